//! Published lists of rules, as data: what a profile is made of, and how a recipe changes a part of it.

use super::{Bound, RuleFilter, Undefined};
use crate::error::{Error, Result};
use crate::signal::{self, SIGNALS};

/// A named list of rules over built-in signals.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RuleSet {
    /// The name: a step of a recipe, `gopher_quality`.
    pub name: &'static str,
    /// One line: what it keeps, and whose rules they are.
    pub doc: &'static str,
    /// The rules, in the order in which they are tried.
    pub rules: &'static [BoundRule],
}

/// One rule of a set.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct BoundRule {
    /// The name: a key that a recipe may set, `min_words`.
    pub name: &'static str,
    /// The name of the signal.
    pub signal: &'static str,
    /// The bound, with the published number.
    pub bound: Bound,
    /// Where the number was published, or that it is ours.
    pub source: &'static str,
    /// What the reference system calls a failure of this rule, where there is one: datatrove's `gopher_short_doc`.
    pub reference_reason: Option<&'static str>,
    /// What becomes of a document for which the signal is undefined.
    pub undefined: Undefined,
}

impl BoundRule {
    /// A rule that keeps values of at least `bound`.
    pub const fn min(name: &'static str, signal: &'static str, bound: f64, source: &'static str) -> BoundRule {
        BoundRule::new(name, signal, Bound::Min(bound), source)
    }

    /// A rule that keeps values of at most `bound`.
    pub const fn max(name: &'static str, signal: &'static str, bound: f64, source: &'static str) -> BoundRule {
        BoundRule::new(name, signal, Bound::Max(bound), source)
    }

    const fn new(name: &'static str, signal: &'static str, bound: Bound, source: &'static str) -> BoundRule {
        BoundRule { name, signal, bound, source, reference_reason: None, undefined: Undefined::Drop }
    }

    /// The same rule, with the reference system's name for its failure.
    pub const fn reason(self, reference_reason: &'static str) -> BoundRule {
        BoundRule { reference_reason: Some(reference_reason), ..self }
    }

    /// The same rule, with another say on undefined values.
    pub const fn undefined(self, undefined: Undefined) -> BoundRule {
        BoundRule { undefined, ..self }
    }
}

/// What a recipe says of one rule of a set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Override {
    /// Another number for the same bound.
    Bound(f64),
    /// The rule is not tried.
    Off,
}

impl RuleSet {
    /// The rule of that name.
    pub fn rule(&self, name: &str) -> Option<&'static BoundRule> {
        self.rules.iter().find(|rule| rule.name == name)
    }

    /// The filter, with the rules named in `overrides` changed.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`] for a rule (or a signal) that does not exist, naming the nearest; [`Error::Invalid`] for a rule named
    /// twice, a bound that is not a number, and bounds that nothing could pass.
    pub fn build(&self, overrides: &[(String, Override)]) -> Result<RuleFilter> {
        for (i, (name, _)) in overrides.iter().enumerate() {
            if self.rule(name).is_none() {
                return Err(Error::unknown("rule", name, self.rules.iter().map(|rule| rule.name)));
            }
            if overrides.iter().take(i).any(|(earlier, _)| earlier == name) {
                let problem = "is set twice".to_owned();
                return Err(Error::Invalid { what: format!("{}.{name}", self.name), problem });
            }
        }
        let mut filter = RuleFilter::new();
        for rule in self.rules {
            let said = overrides.iter().find(|(name, _)| name == rule.name).map(|(_, said)| *said);
            let bound = match said {
                Some(Override::Off) => continue,
                Some(Override::Bound(value)) => rule.bound.at(value),
                None => rule.bound,
            };
            let signal = signal::signal(rule.signal)
                .ok_or_else(|| Error::unknown("signal", rule.signal, SIGNALS.iter().map(|s| s.name())))?;
            // A number that the recipe chose is not the source's.
            let source = (bound == rule.bound).then_some(rule.source);
            filter = filter.with(rule.name, signal, bound, rule.undefined)?.cited(source, rule.reference_reason);
        }
        Ok(filter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::Filter;
    use crate::filter::profile::rule_set;

    fn bounds(overrides: &[(&str, Override)]) -> Result<Vec<String>> {
        let overrides: Vec<_> = overrides.iter().map(|(name, said)| (name.to_string(), *said)).collect();
        let filter = rule_set("gopher_quality")?.build(&overrides)?;
        Ok(filter.rules().iter().map(|rule| rule.bound.clone()).collect())
    }

    #[test]
    fn overrides_change_or_remove_a_rule() {
        let published = bounds(&[]).unwrap();
        assert_eq!(published[..2], ["word_count >= 50", "word_count <= 100000"]);
        let changed = bounds(&[("min_words", Override::Bound(30.0)), ("max_words", Override::Off)]).unwrap();
        assert_eq!(changed[0], "word_count >= 30");
        assert_eq!(changed[1..], published[2..]);
    }

    #[test]
    fn wrong_overrides_are_refused() {
        let message = |overrides: &[_]| bounds(overrides).unwrap_err().to_string();
        let unknown = message(&[("min_word", Override::Off)]);
        assert!(
            unknown.starts_with("unknown rule `min_word` (did you mean `min_words`?); known: min_words, max_words,")
        );
        let twice = message(&[("min_words", Override::Off), ("min_words", Override::Bound(1.0))]);
        assert_eq!(twice, "gopher_quality.min_words: is set twice");
        let unreachable = message(&[("min_words", Override::Bound(1e6))]);
        assert_eq!(unreachable, "max_words: no document could pass `word_count <= 100000` and `word_count >= 1000000`");
        assert!(bounds(&[("min_words", Override::Bound(f64::NAN))]).is_err());
    }
}
