//! Decontamination as a filter: a document that holds an item is dropped.

use super::decontaminator::Decontaminator;
use super::scratch::Scratch;
use crate::document::Document;
use crate::filter::{Failure, Filter, Finding, Rule, RuleId, Verdict};
use std::sync::{Arc, Mutex, PoisonError};

/// Scratch buffers that threads share: taken, used, given back.
#[derive(Debug, Default)]
pub(super) struct Pool(Mutex<Vec<Scratch>>);

impl Pool {
    pub fn with<T>(&self, use_it: impl FnOnce(&mut Scratch) -> T) -> T {
        let taken = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut scratch = taken.unwrap_or_default();
        let result = use_it(&mut scratch);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(scratch);
        result
    }
}

/// Drops documents that hold a benchmark item, as a [`Filter`] among others: one rule for each name in
/// [`Rule::names`](super::Rule::names), observing the score.
///
/// ```
/// use mashbill::decontaminate::{ContaminationFilter, Decontaminator, Item, Rule};
/// use mashbill::{Document, filter::Filter, text::Analyzer};
/// use std::sync::Arc;
///
/// let items = [Item::new("quiz", "1", "Which grain, beside malted barley, do most distillers of the state of Kentucky put first?")];
/// let filter = ContaminationFilter::new(Arc::new(Decontaminator::new(&items, Rule::phi4())?));
/// let mut analyzer = Analyzer::new();
/// let view = analyzer.view("Q: Which grain, beside malted barley, do most distillers of the state of Kentucky put first? A: corn");
/// let failure = filter.check(&Document::new(&view)).failure().expect("it holds the item");
/// assert_eq!((filter.rules()[usize::from(failure.rule.0)].name.as_str(), failure.observed), ("phi4.hard", Some(1.0)));
/// # Ok::<(), mashbill::Error>(())
/// ```
#[derive(Debug)]
pub struct ContaminationFilter {
    decontaminator: Arc<Decontaminator>,
    rules: Vec<Rule>,
    pool: Pool,
}

impl ContaminationFilter {
    /// A filter by this index and rule.
    pub fn new(decontaminator: Arc<Decontaminator>) -> ContaminationFilter {
        let rule =
            |name: &&str| Rule { name: (*name).to_owned(), signal: None, bound: "holds no benchmark item".into() };
        let rules = decontaminator.rule().names().iter().map(rule).collect();
        ContaminationFilter { decontaminator, rules, pool: Pool::default() }
    }

    /// The rule that decides, and its score.
    fn failure(&self, doc: &Document<'_>) -> Option<Failure> {
        let findings = self.pool.with(|scratch| self.decontaminator.check(scratch, doc.text()));
        let hit = findings.decisive()?;
        let at = self.rules.iter().position(|rule| rule.name == hit.rule)?;
        Some(Failure { rule: RuleId(at as u16), observed: Some(hit.score) })
    }
}

impl Filter for ContaminationFilter {
    fn rules(&self) -> &[Rule] {
        &self.rules
    }

    fn check(&self, doc: &Document<'_>) -> Verdict {
        self.failure(doc).map_or(Verdict::Keep, Verdict::Drop)
    }

    fn audit(&self, doc: &Document<'_>, each: &mut dyn FnMut(Finding)) {
        let failure = self.failure(doc);
        for (at, _) in (0..).zip(&self.rules) {
            let failed = failure.filter(|failure| failure.rule == RuleId(at));
            each(Finding { rule: RuleId(at), observed: failed.and_then(|f| f.observed), passed: failed.is_none() });
        }
    }
}
