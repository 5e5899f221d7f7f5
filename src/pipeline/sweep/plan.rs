//! What is to be tried on one source, refused where a recipe could not have it.

use super::SweepAsk;
use crate::error::{Error, Result};
use crate::filter::Test;
use crate::recipe::{Chain, Evidence, EvidenceKind};
use crate::signal;

/// What is to be tried on one source.
pub(super) struct Plan<'a> {
    pub(super) chain: &'a Chain,
    pub(super) evidence: Evidence,
    /// For each rule of the chain: where its value stands and what decides it.
    pub(super) rules: Vec<(usize, Decision)>,
    pub(super) asks: Vec<(usize, &'a SweepAsk)>,
    /// For each combination, the position of each ask's value.
    pub(super) combinations: Vec<Vec<usize>>,
}

/// How a recorded value decides a rule.
#[derive(Clone, Copy)]
pub(super) enum Decision {
    Test(Test),
    Passed,
}

impl Decision {
    pub(super) fn passes(self, value: Option<f64>) -> bool {
        match self {
            Decision::Test(test) => test.passes(value),
            Decision::Passed => value == Some(1.0),
        }
    }

    /// The same at another bound; `None` switches the rule off.
    pub(super) fn passes_at(self, bound: Option<f64>, value: Option<f64>) -> bool {
        match (self, bound) {
            (_, None) => true,
            (Decision::Test(test), Some(bound)) => test.at(bound).passes(value),
            (Decision::Passed, Some(_)) => self.passes(value),
        }
    }
}

impl<'a> Plan<'a> {
    pub(super) fn new(chain: &'a Chain, asks: &'a [SweepAsk], combined: bool) -> Result<Plan<'a>> {
        let evidence = Evidence::of(chain);
        let decision = |at: usize| {
            let column = evidence.column_of(at).unwrap_or_default();
            let value = evidence.columns().get(column).is_some_and(|c| c.kind == EvidenceKind::Value);
            let test = chain.rules().get(at).and_then(|rule| rule.notes.test).filter(|_| value);
            (column, test.map_or(Decision::Passed, Decision::Test))
        };
        let rules = (0..chain.rules().len()).map(decision).collect();
        let place = |ask: &'a SweepAsk| chain.rules().iter().position(|r| r.name == ask.rule).map(|at| (at, ask));
        let asks: Vec<(usize, &SweepAsk)> = asks.iter().filter_map(place).collect();
        let mut combinations = vec![Vec::new()];
        for (_, ask) in asks.iter().filter(|_| combined) {
            let with = |so_far: &Vec<usize>| -> Vec<Vec<usize>> {
                (0..ask.values.len()).map(|v| so_far.iter().copied().chain([v]).collect()).collect()
            };
            combinations = combinations.iter().flat_map(with).collect();
        }
        if !combined {
            combinations.clear();
        }
        let plan = Plan { chain, evidence, rules, asks, combinations };
        plan.check()?;
        Ok(plan)
    }

    /// Refuses bounds for a rule that has none, and bounds that the recipe could not have.
    fn check(&self) -> Result<()> {
        for &(at, ask) in &self.asks {
            for bound in ask.values.iter().flatten() {
                let invalid = |problem| Error::Invalid { what: format!("--rule {}={bound}", ask.rule), problem };
                let Decision::Test(test) = self.rules[at].1 else {
                    return Err(invalid(
                        "is decided by more than one number, so it has no bound to change; it may be =off".into(),
                    ));
                };
                if let Some(other) = self.excluded(at, test.at(*bound)) {
                    let mine = test.at(*bound).bound.on(self.chain.rules()[at].signal.unwrap_or_default());
                    let other = &self.chain.rules()[other];
                    return Err(invalid(format!(
                        "no document could pass `{mine}` and `{}` of `{}`",
                        other.bound, other.name
                    )));
                }
            }
        }
        Ok(())
    }

    /// The rule, not swept itself, that leaves nothing of what the test of rule `at` would keep.
    fn excluded(&self, at: usize, test: Test) -> Option<usize> {
        let rules = self.chain.rules();
        let signal = rules[at].signal.filter(|name| signal::signal(name).is_some())?;
        let stage = self.chain.stage(rules[at].step);
        (0..rules.len()).find(|&other| {
            let swept = self.asks.iter().any(|&(asked, _)| asked == other);
            let same = rules[other].signal == Some(signal) && self.chain.stage(rules[other].step) == stage;
            !swept && same && rules[other].notes.test.is_some_and(|t| t.excludes(test))
        })
    }
}
