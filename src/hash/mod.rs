//! Text → fixed-size sketches: content hash, shingles, MinHash, band keys.
//!
//! The content hash is of the content form of a text, all other hashes of its normal form (both by
//! [`text::Normalizer`](crate::text::Normalizer)), in integer arithmetic with frozen constants, so that equal texts have equal
//! sketches on every machine. [`HASH_VERSION`] names the contract.
//!
//! # Example: MinHash two strings and estimate their similarity
//!
//! ```
//! use mashbill::hash::{SketchConfig, Sketcher};
//!
//! let mut sketcher = Sketcher::new(SketchConfig::default())?; // one per thread; owns the buffers
//! let a = sketcher.signature("corn is sweet and rye is dry and wheat is soft and oak is old").unwrap();
//! let b = sketcher.signature("Corn is sweet, and rye is dry, and wheat is soft, and oak is young.").unwrap();
//!
//! let similarity = a.similarity(&b).unwrap(); // of the word 5-grams: 10 in common, 12 in all
//! assert!((similarity - 10.0 / 12.0).abs() < 0.1);
//! # Ok::<(), mashbill::Error>(())
//! ```
//!
//! # Example: what deduplication asks of a text
//!
//! ```
//! # use mashbill::hash::{SketchConfig, Sketcher};
//! # let mut sketcher = Sketcher::new(SketchConfig::default())?;
//! let a = sketcher.sketch("Rye, corn, and barley,\r\nand more rye.").content;
//! let b = sketcher.sketch("Rye, corn, and barley, and more rye.");
//! assert_eq!(a, b.content);
//! assert_eq!(b.words, 7);
//! assert!(b.band_keys.is_some()); // enough words for a shingle of five
//! # Ok::<(), mashbill::Error>(())
//! ```

mod bands;
pub mod compat;
mod content;
mod forecast;
mod minhash;
mod shingle;
mod simd;
mod sketch;
pub(crate) mod splitmix;

pub use bands::Bands;
pub use content::content_hash;
pub use forecast::Forecast;
pub use minhash::{MinHasher, Signature};
pub use shingle::{Shingler, Unit, jaccard, jaccard_at_least};
pub use sketch::{Form, Sketch, SketchConfig, Sketcher};

/// Version of the hash contract (`docs/hashing.md`): normal form, content hash, word and shingle hashes, slot constants, band keys. Raised
/// when any of their outputs changes; written into every file that holds one, and never mixed.
pub const HASH_VERSION: u32 = 1;
