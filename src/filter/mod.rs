//! Document → verdict: decide. A filter knows its rules; a verdict knows which rule decided and on what value.

use crate::document::Document;
use std::fmt::Debug;

/// A position in [`Filter::rules`]. Local to its filter; whoever combines filters adds an offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RuleId(pub u16);

/// Keep, or drop with the cause. `Copy`: it becomes words only when a report is printed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Verdict {
    /// The document passes.
    Keep,
    /// The document fails, by this rule.
    Drop(Failure),
}

impl Verdict {
    /// Whether the document passes.
    pub fn is_keep(self) -> bool {
        self == Verdict::Keep
    }
}

/// What made a document fail.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Failure {
    /// The first rule that failed.
    pub rule: RuleId,
    /// The value it saw; `None` where it was undefined or the rule has no number.
    pub observed: Option<f64>,
}

/// One rule's outcome in an audit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Finding {
    /// The rule.
    pub rule: RuleId,
    /// The value it saw; `None` where it was undefined or the rule has no number.
    pub observed: Option<f64>,
    /// Whether the document passes this rule.
    pub passed: bool,
}

/// A reason for which a filter may drop a document.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// The name: `min_words`, `max_words`, … A chain prefixes the step's name: `gopher_quality.min_words`.
    pub name: String,
    /// The signal that it judges, where it judges one.
    pub signal: Option<&'static str>,
    /// The bound in words, for reports: `word_count >= 50`.
    pub bound: String,
}

/// A decision about a document. Total: no text makes it fail or panic.
pub trait Filter: Debug + Send + Sync {
    /// The reasons it can give, in the order in which `check` tries them.
    fn rules(&self) -> &[Rule];

    /// The verdict; stops at the first failure.
    fn check(&self, doc: &Document<'_>) -> Verdict;

    /// Every rule with its observed value, in the order of [`rules`](Filter::rules); does not stop. [`check`](Filter::check)
    /// keeps a document exactly if every finding passed, and drops it by the first that did not.
    fn audit(&self, doc: &Document<'_>, each: &mut dyn FnMut(Finding));
}
