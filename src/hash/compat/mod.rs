//! Signatures as other tools write them, bit for bit: to read what they wrote, and to compare.
//!
//! Slower by far than the crate's own ([`Sketcher`](super::Sketcher)): strings are joined and slots cost a 64-bit multiplication and
//! a remainder each. Nothing of the crate's own deduplication uses them. `docs/parity.md` has what was compared.
//!
//! ```
//! use mashbill::hash::compat::{Datatrove, Tokens};
//!
//! let mut signer = Datatrove::new(Tokens::Whitespace)?;
//! let signature = signer.signature("Hello, World! It's 12.5 degrees on Monday — naïve café; don't.").unwrap();
//! assert_eq!((signature.len(), signature[0]), (14 * 8, 187_500_488_389_934_458));
//! # Ok::<(), mashbill::Error>(())
//! ```

mod datatrove;
mod datatrove_text;
mod mersenne;
mod mt19937;
mod text_dedup;

pub use datatrove::{Compat, Datatrove, Tokens, sort_records};
pub use text_dedup::TextDedup;
