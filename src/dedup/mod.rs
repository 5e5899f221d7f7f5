//! Sketches → duplicates, each proved against a kept document.
//!
//! Documents are taken in keep order ([`KeepPolicy`]). One whose content hash equals a kept document's is an exact
//! duplicate; one that shares a band key with kept documents, and whose shingle set has at least the threshold's
//! Jaccard similarity to one of them, is a near duplicate; all others are kept. So the kept set is the
//! lexicographically first maximal independent set of the graph of verified pairs. Nothing goes because of a document
//! that goes itself, and nothing depends on the order in which rows, files or threads come.
//!
//! Two passes over the text suffice: one for the sketches, one for the shingles of [`Candidates`] only.
//!
//! Where there are more documents than memory holds, the same is done piece by piece: [`Buckets`] groups the keys of one band
//! (and one [`Partition`] of them) at a time, [`Links`] remembers with 5 bytes a document who is linked with whom, and each
//! component, a [`DocTable`] of its own, is resolved by itself: the answer is the same. `docs/dedup.md` has the figures.
//!
//! ```
//! use mashbill::dedup::{Candidates, DocTable, KeepKey, KeepPolicy, Kind, Rules, ShingleStore, resolve};
//! use mashbill::hash::{SketchConfig, Sketcher};
//!
//! let text = "corn is sweet and rye is dry and wheat is soft and barley is what makes the mash ferment at all so none is \
//!             left out of the bill";
//! let texts = [&format!("{text} today"), text, "something else"];
//! let mut sketcher = Sketcher::new(SketchConfig::default())?;
//! let mut docs = DocTable::new(sketcher.config().bands.bands);
//! let mut keys = Vec::new();
//! for (text, id) in texts.iter().zip(["a", "b", "c"]) {
//!     let sketch = sketcher.sketch(text);
//!     docs.push(0, sketch.content, sketch.band_keys)?;
//!     keys.push(KeepKey { source: 0, score: None, length: text.len() as u64, id, ..KeepKey::default() });
//! }
//!
//! let rules = Rules { near: Some(0.8), ..Rules::default() };
//! let order = KeepPolicy::default().order(&keys, &docs)?;
//! let candidates = Candidates::find(&docs, &order, &rules)?;
//! let mut shingles = ShingleStore::default();
//! for &doc in candidates.docs() {
//!     shingles.insert(doc, sketcher.shingles(texts[doc as usize]).unwrap_or_default());
//! }
//! let resolution = resolve(&docs, &order, &candidates, &shingles)?;
//! let duplicate = resolution.duplicate(1).expect("b goes, as the longer a is kept");
//! assert_eq!((duplicate.kind, duplicate.of), (Kind::Near, 0));
//! assert_eq!(resolution.cluster_size(0), 2);
//! # Ok::<(), mashbill::Error>(())
//! ```

mod alarm;
mod buckets;
mod closure;
mod components;
mod exact;
mod keep;
mod kept;
pub mod lines;
mod links;
mod near;
mod prefix;
mod resolve;
mod scope;
mod shingles;
mod table;

pub use alarm::{DEFAULT_LOSS_LIMIT, SourceTotals, heavy_losses};
pub use buckets::{BandBuckets, Buckets, ContentBuckets, Partition};
pub use closure::close;
pub use components::Components;
pub use keep::{KeepBy, KeepKey, KeepOrder, KeepPolicy};
pub use links::Links;
pub use near::Candidates;
pub use resolve::{Duplicate, Kind, Resolution, Rules, cluster_id, resolve};
pub use scope::{Action, Exact, Scope};
pub use shingles::{ShingleSource, ShingleStore};
pub use table::DocTable;
