//! Document → a quality score: how good, where a filter only says whether.
//!
//! ```
//! use mashbill::{Document, score::{Score, SignalScore}, text::Analyzer};
//!
//! let mut analyzer = Analyzer::new();
//! let view = analyzer.view("Rye, corn and barley.");
//! let score = SignalScore::named("word_count")?;
//! assert_eq!(score.score(&Document::new(&view)), Some(4.0));
//! # Ok::<(), mashbill::Error>(())
//! ```
//!
//! In a recipe, `score = { … }` of a source says which score its documents get; the ledger's column `score` holds it. There it
//! decides between duplicates (`keep = ["score"]`), thresholds may ask for it (signal `score`), and reports show what a run did to
//! it. `docs/scores.md` describes every score.

mod bounded;
mod buckets;
mod code;
mod combined;
mod composite;
#[cfg(feature = "fasttext")]
pub mod fasttext;
pub mod linear;
pub mod ngram;
mod row;
mod signal;
mod stem;
mod thresholds;

pub use buckets::{Buckets, Ensemble, Levels, QuantileSketch};
pub use code::CODE;
pub use combined::{Combined, MAX_SCORES, MeanRanks, RANK_PARTS};
pub use composite::{Composite, CompositeScore, Part};
pub use row::RowScore;
pub use signal::SignalScore;
pub use stem::STEM;
pub use thresholds::{Cutter, ThresholdCheck};

use crate::document::Document;
use std::fmt::Debug;
use std::sync::Arc;

/// A measure of quality: the higher, the better.
///
/// Total: every text has an outcome, `None` where the score is undefined (a text without words), never NaN, never a panic.
/// `Debug` tells two scores apart that differ in any setting: signals files are known by it.
pub trait Score: Debug + Send + Sync {
    /// What it scores by, in a few words, for reports.
    fn describe(&self) -> String;

    /// The score, or `None` where it is undefined for this document.
    fn score(&self, doc: &Document<'_>) -> Option<f64>;
}

macro_rules! scores_behind_pointers {
    ($($pointer:ty),+) => {$(
        impl<S: Score + ?Sized> Score for $pointer {
            fn describe(&self) -> String {
                (**self).describe()
            }

            fn score(&self, doc: &Document<'_>) -> Option<f64> {
                (**self).score(doc)
            }
        }
    )+};
}

scores_behind_pointers!(&S, Box<S>, Arc<S>);
