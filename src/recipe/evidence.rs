//! What must be known of a document so that the bounds of a chain can be changed without its text.

use super::chain::{Chain, StepKind};
use crate::filter::Finding;
use crate::signal;
use std::collections::HashMap;
use std::fmt::Debug;
use xxhash_rust::xxh3::Xxh3Default;

/// The values that the rules of a chain see, each under a name of its own. A signal that two steps measure, with a rewrite
/// between them, has two values and so two columns.
///
/// ```
/// use mashbill::{Facts, recipe::{Chain, Evidence}, text::Analyzer};
///
/// let chain = Chain::profile("gopher")?;
/// let evidence = Evidence::of(&chain);
/// let mut values = evidence.blank();
/// chain.audit(&mut Analyzer::new(), "Too short to be of use.", Facts::NONE, &mut |finding| evidence.note(finding, &mut values));
///
/// let at = evidence.columns().iter().position(|column| column.name == "gopher_quality.word_count").unwrap();
/// assert_eq!(values[at], Some(6.0)); // words
/// # Ok::<(), mashbill::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    columns: Vec<EvidenceColumn>,
    /// For each rule of the chain, the position of its column.
    of_rule: Vec<usize>,
}

/// One column of values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvidenceColumn {
    /// `STEP.SIGNAL`, or the rule's full name where it is no test of a signal.
    pub name: String,
    /// What its values are.
    pub kind: EvidenceKind,
    /// Position of the first rule of the chain that sees the value.
    pub rule: usize,
}

/// What a column of evidence holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EvidenceKind {
    /// The value of a signal, as it is at the step; rules test it.
    Value,
    /// 1 where the rule passes, 0 where it fails: a rule without a test of one number (`any_of`, `not`).
    Passed,
}

impl Evidence {
    /// What the rules of a chain see.
    pub fn of(chain: &Chain) -> Evidence {
        let mut evidence = Evidence { columns: Vec::new(), of_rule: Vec::with_capacity(chain.rules().len()) };
        let (mut shared, mut taken) = (HashMap::new(), HashMap::new());
        for (at, rule) in chain.rules().iter().enumerate() {
            let step = chain.steps().get(rule.step).map_or("", |step| step.name.as_str());
            let (name, kind) = match rule.signal.filter(|_| rule.notes.test.is_some()) {
                Some(signal) => (format!("{step}.{signal}"), EvidenceKind::Value),
                None => (rule.name.clone(), EvidenceKind::Passed),
            };
            // Only a built-in signal is known by its name: two patterns of one step are two signals called `matches`.
            let known = rule.signal.filter(|name| kind == EvidenceKind::Value && signal::signal(name).is_some());
            let column = match known.and_then(|signal| shared.get(&(rule.step, signal))) {
                Some(&column) => column,
                None => evidence.add(name, kind, at, &mut taken),
            };
            if let Some(signal) = known {
                shared.insert((rule.step, signal), column);
            }
            evidence.of_rule.push(column);
        }
        evidence
    }

    /// Adds a column; a name that is taken gets a number.
    fn add(&mut self, name: String, kind: EvidenceKind, rule: usize, taken: &mut HashMap<String, usize>) -> usize {
        let count = taken.entry(name.clone()).or_default();
        *count += 1;
        let name = if *count == 1 { name } else { format!("{name}#{count}") };
        self.columns.push(EvidenceColumn { name, kind, rule });
        self.columns.len() - 1
    }

    /// The columns, in the order in which rules first see them.
    pub fn columns(&self) -> &[EvidenceColumn] {
        &self.columns
    }

    /// The position of the column that a rule of the chain sees.
    pub fn column_of(&self, rule: usize) -> Option<usize> {
        self.of_rule.get(rule).copied()
    }

    /// A row of values, all unknown.
    pub fn blank(&self) -> Vec<Option<f64>> {
        vec![None; self.columns.len()]
    }

    /// Enters what one finding of [`Chain::audit`] saw.
    pub fn note(&self, finding: Finding, values: &mut [Option<f64>]) {
        let Some(column) = self.column_of(usize::from(finding.rule.0)) else { return };
        if let (Some(value), Some(column)) = (values.get_mut(column), self.columns.get(column)) {
            *value = match column.kind {
                EvidenceKind::Value => finding.observed,
                EvidenceKind::Passed => Some(f64::from(u8::from(finding.passed))),
            };
        }
    }
}

impl Chain {
    /// Each step's name with a digest of all its settings: equal for steps that do the same, in the same version of the crate.
    /// For telling whether values were recorded under these very steps.
    pub fn digests(&self) -> Vec<(&str, u64)> {
        let digest = |kind: &StepKind| {
            let mut hash = Xxh3Default::new();
            let settings: &dyn Debug = match kind {
                StepKind::Filter(filter) => filter,
                StepKind::Rewrite(rewrite) => rewrite,
                StepKind::Remember(signal) => signal,
                StepKind::Score(score) => score,
                StepKind::Scores(scores) => scores,
            };
            hash.update(format!("{settings:?}").as_bytes());
            hash.digest()
        };
        self.steps().iter().map(|step| (step.name.as_str(), digest(&step.kind))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Facts;
    use crate::filter::{AllOf, Filter, Not, Threshold};
    use crate::recipe::Step;
    use crate::rewrite::NewlineCap;
    use crate::signal::{LineCount, Matches, WordCount};
    use crate::text::Analyzer;

    fn chain() -> Chain {
        let boxed = |filter: Threshold| Box::new(filter) as Box<dyn Filter>;
        let matches = |regex| boxed(Threshold::new(Matches::new(regex).unwrap(), None, Some(0.0)).unwrap());
        let lines = || Threshold::new(LineCount, Some(1.0), Some(2.0)).unwrap();
        let not = Not::new(boxed(Threshold::new(WordCount, None, Some(1.0)).unwrap()));
        Chain::new(vec![
            Step::filter(
                "all_of",
                AllOf::new(vec![matches("a"), matches("b"), boxed(lines()), Box::new(not)]).unwrap(),
            ),
            Step::rewrite("newline_cap", NewlineCap { max: 1, ..NewlineCap::default() }),
            Step::filter("threshold", lines()),
        ])
        .unwrap()
    }

    #[test]
    fn every_value_has_a_name_of_its_own() {
        let chain = chain();
        let evidence = Evidence::of(&chain);
        let names: Vec<&str> = evidence.columns().iter().map(|c| c.name.as_str()).collect();
        let not = "all_of.not(max_word_count)";
        assert_eq!(names, ["all_of.matches", "all_of.matches#2", "all_of.line_count", not, "threshold.line_count"],);
        assert_eq!(evidence.of_rule, [0, 1, 2, 2, 3, 4, 4]);
        let mut values = evidence.blank();
        let mut analyzer = Analyzer::new();
        chain.audit(&mut analyzer, "a a\n\n\nb", Facts::NONE, &mut |finding| evidence.note(finding, &mut values));
        assert_eq!(values, [Some(2.0), Some(1.0), Some(4.0), Some(1.0), Some(2.0)]);
    }

    #[test]
    fn digests_tell_settings_apart() {
        let chain = chain();
        assert_eq!(chain.digests(), self::chain().digests());
        let digest = |max| {
            let chain =
                Chain::new(vec![Step::rewrite("newline_cap", NewlineCap { max, ..NewlineCap::default() })]).unwrap();
            chain.digests()[0].1
        };
        assert_eq!(digest(1), chain.digests()[1].1);
        assert_ne!(digest(2), digest(1));
    }
}
