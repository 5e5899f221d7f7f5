//! STUB until the filter room lands.
use super::chain::StepKind;
use crate::document::Document;
use crate::error::{Error, Result};
use crate::filter::*;

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Override {
    Bound(f64),
    Off,
}
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) enum Undefined {
    #[default]
    Drop,
    Keep,
}
const SETS: [&str; 6] =
    ["c4", "code", "fineweb", "gopher_quality", "gopher_repetition", "synthetic"];
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    SETS.into_iter()
}
pub(super) fn rule_names(_set: &str) -> Vec<&'static str> {
    vec!["min_words", "max_words"]
}
pub(super) fn build(set: &str, overrides: &[(String, Override)]) -> Result<StepKind> {
    if !SETS.contains(&set) {
        return Err(Error::unknown("rule set", set, SETS));
    }
    let mut rules = Vec::new();
    let mut mins = Vec::new();
    for (n, v) in [("min_words", 50.0), ("max_words", 1e5)] {
        let o = overrides.iter().find(|o| o.0 == n).map(|o| o.1);
        let v = match o {
            Some(Override::Off) => continue,
            Some(Override::Bound(b)) => b,
            None => v,
        };
        rules.push(Rule {
            name: n.into(),
            signal: Some("word_count"),
            bound: format!("word_count {} {v}", if n == "min_words" { ">=" } else { "<=" }),
        });
        mins.push((n == "min_words", v));
    }
    Ok(StepKind::Filter(Box::new(Words { rules, mins })))
}
#[derive(Debug)]
struct Words {
    rules: Vec<Rule>,
    mins: Vec<(bool, f64)>,
}
impl Filter for Words {
    fn rules(&self) -> &[Rule] {
        &self.rules
    }
    fn check(&self, doc: &Document<'_>) -> Verdict {
        let mut v = Verdict::Keep;
        self.audit(doc, &mut |f| {
            if v.is_keep() && !f.passed {
                v = Verdict::Drop(Failure { rule: f.rule, observed: f.observed })
            }
        });
        v
    }
    fn audit(&self, doc: &Document<'_>, each: &mut dyn FnMut(Finding)) {
        let n = doc.text().split_whitespace().count() as f64;
        for (i, (min, b)) in self.mins.iter().enumerate() {
            each(Finding {
                rule: RuleId(i as u16),
                observed: Some(n),
                passed: if *min { n >= *b } else { n <= *b },
            });
        }
    }
}
pub(super) fn threshold(
    signal: &str,
    min: Option<f64>,
    max: Option<f64>,
    _u: Undefined,
) -> Result<StepKind> {
    if signal != "word_count" {
        return Err(Error::unknown("signal", signal, ["mean_word_length", "word_count"]));
    }
    let mut o = vec![];
    if let Some(m) = min {
        o.push(("min_words".to_owned(), Override::Bound(m)))
    }
    if let Some(m) = max {
        o.push(("max_words".to_owned(), Override::Bound(m)))
    }
    build("c4", &o)
}
pub(super) struct AllOf;
impl AllOf {
    #[allow(clippy::new_ret_no_self)]
    pub(super) fn new(_f: Vec<Box<dyn Filter>>) -> Words0 {
        Words0
    }
}
#[derive(Debug)]
pub(super) struct Words0;
impl Filter for Words0 {
    fn rules(&self) -> &[Rule] {
        &[]
    }
    fn check(&self, _: &Document<'_>) -> Verdict {
        Verdict::Keep
    }
    fn audit(&self, _: &Document<'_>, _: &mut dyn FnMut(Finding)) {}
}
pub(super) fn all_of(f: Vec<Box<dyn Filter>>) -> StepKind {
    StepKind::Filter(Box::new(AllOf::new(f)))
}
pub(super) fn any_of(f: Vec<Box<dyn Filter>>) -> StepKind {
    all_of(f)
}
pub(super) fn not(f: Box<dyn Filter>) -> StepKind {
    all_of(vec![f])
}
