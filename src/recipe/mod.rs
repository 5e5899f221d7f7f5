//! Names and TOML → built parts. A [`Chain`] is a source's list of steps, ready to judge documents.
//!
//! # Example: check one `&str` with a profile
//!
//! ```
//! use mashbill::{Facts, recipe::Chain, text::Analyzer};
//!
//! let chain = Chain::profile("gopher")?;
//! let mut analyzer = Analyzer::new(); // one per thread
//! let outcome = chain.check(&mut analyzer, "Too short to be of use.", Facts::NONE);
//!
//! let failure = outcome.failure().unwrap(); // `None` for a text that is kept
//! let rule = chain.rule(failure.rule).unwrap();
//! assert_eq!((rule.name.as_str(), rule.bound.as_str()), ("gopher_quality.min_words", "word_count >= 50"));
//! assert_eq!(failure.observed, Some(6.0)); // words
//! # Ok::<(), mashbill::Error>(())
//! ```

#[cfg(feature = "recipe-file")]
mod buckets;
mod chain;
#[cfg(feature = "recipe-file")]
mod decontaminate;
mod evidence;
#[cfg(feature = "recipe-file")]
mod grammar;
#[cfg(feature = "recipe-file")]
mod languages;
#[cfg(feature = "recipe-file")]
mod lists;
#[cfg(feature = "recipe-file")]
mod mixing;
#[cfg(feature = "recipe-file")]
mod parse;
#[cfg(feature = "recipe-file")]
mod paths;
mod profile;
#[cfg(feature = "recipe-file")]
mod reader;
#[cfg(feature = "recipe-file")]
mod registry;
#[cfg(feature = "recipe-file")]
mod rewrites;
#[cfg(feature = "recipe-file")]
mod score_files;
#[cfg(feature = "recipe-file")]
mod scores;
mod sheet;
#[cfg(feature = "recipe-file")]
mod steps;

#[cfg(feature = "recipe-file")]
pub use buckets::{BucketRules, BucketScope, BucketUse, BucketWeight};
pub use chain::{Chain, ChainRule, Judged, NamedScores, Outcome, Step, StepKind};
#[cfg(feature = "recipe-file")]
pub use decontaminate::{Benchmark, Decontaminate, ItemColumns};
pub use evidence::{Evidence, EvidenceColumn, EvidenceKind};
#[cfg(feature = "recipe-file")]
pub use grammar::{Category, Columns, Counter, Dedup, Ledger, Near, OnBadRow, Order, Output, Recipe, Source};
#[cfg(feature = "recipe-file")]
pub use mixing::{Mix, Stage};
pub use profile::{Profile, profile_names};
#[cfg(feature = "recipe-file")]
pub use registry::{Registry, StepConfig};
#[cfg(feature = "recipe-file")]
pub use scores::SourceScore;
pub use sheet::{Difference, Entry, Sheet, StepSheet};
