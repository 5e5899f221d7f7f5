//! Documents against benchmark items: which item stands in which document, where, and by which rule that is said.
//!
//! ```
//! use mashbill::decontaminate::{Decontaminator, Item, Rule, Scratch};
//!
//! let items = [Item::new("quiz", "1", "How long must a straight whiskey rest in new charred oak before it may be called so?")];
//! let decontaminator = Decontaminator::new(&items, Rule::phi4())?; // or gpt3, coverage
//! let mut scratch = Scratch::new(); // one per thread; owns the buffers
//!
//! let page = "FAQ\nHow long must a straight whiskey rest in NEW, charred oak before it may be called so? Two years.";
//! let findings = decontaminator.check(&mut scratch, page);
//! assert_eq!(findings.hits[0].rule, "phi4.hard");
//! assert!(decontaminator.check(&mut scratch, "Oak is charred before it is filled.").hits.is_empty());
//! # Ok::<(), mashbill::Error>(())
//! ```
//!
//! Items are read into words and those into numbers; every run of n words of an item is in one table, by a rolling hash. A text is read
//! once: each position costs the hash of one word, one step of the rolling hash and one bit of a filter, whatever the number of
//! benchmarks. What the filter lets through is looked up and compared word by word, so no hit is a collision of hashes.
//!
//! [`ContaminationFilter`] drops by it as a [`Filter`](crate::filter::Filter); [`SpanRemover`] takes out what was found, as a
//! [`Rewrite`](crate::rewrite::Rewrite). `docs/decontamination.md` has what each rule finds, and on what.

mod action;
mod align;
mod allow;
mod coverage;
mod decontaminator;
mod filter;
mod gpt3;
mod grams;
mod hit;
mod index;
mod item;
mod phi4;
mod remove;
mod rule;
mod scratch;
mod whole;
mod words;

pub use action::Action;
pub use allow::{ALLOW_LIST_VERSION, AllowList, AllowListLearner};
pub use decontaminator::Decontaminator;
pub use filter::ContaminationFilter;
pub use hit::{Findings, Hit, Severity};
pub use index::{BenchmarkIndex, ItemName};
pub use item::{Item, Part};
pub use remove::SpanRemover;
pub use rule::{Coverage, Gpt3, Phi4, Removal, Rule};
pub use scratch::Scratch;
pub use words::Words;

/// Version of what a word is and of how items are matched. Raised when either changes, and part of a job's identity.
pub const DECONTAMINATION_VERSION: u32 = 1;
