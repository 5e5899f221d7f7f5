//! One signal between bounds.

use super::{Bound, Filter, Finding, Rule, RuleFilter, RuleId, RuleNotes, Undefined, Verdict};
use crate::document::Document;
use crate::error::{Error, Result};
use crate::signal::Signal;
use std::sync::Arc;

/// Keeps documents for which a signal lies between two bounds, or within one. Each bound is a rule of its own and keeps the value
/// that it names.
///
/// ```
/// use mashbill::filter::{Filter, Threshold};
/// use mashbill::signal::MeanWordLength;
///
/// let threshold = Threshold::new(MeanWordLength, Some(3.0), Some(10.0))?;
/// let names: Vec<&str> = threshold.rules().iter().map(|rule| rule.name.as_str()).collect();
/// assert_eq!(names, ["min_mean_word_length", "max_mean_word_length"]);
/// # Ok::<(), mashbill::Error>(())
/// ```
#[derive(Debug)]
pub struct Threshold {
    rules: RuleFilter,
}

impl Threshold {
    /// Keeps values from `min` to `max`, both included. Undefined values are dropped.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] without any bound, with one that is not a number, or with a `min` above the `max`.
    pub fn new(signal: impl Signal + 'static, min: Option<f64>, max: Option<f64>) -> Result<Threshold> {
        let signal: Arc<dyn Signal> = Arc::new(signal);
        let name = signal.name();
        if min.is_none() && max.is_none() {
            let problem = "needs `min`, `max` or both".to_owned();
            return Err(Error::Invalid { what: format!("threshold on `{name}`"), problem });
        }
        let mut rules = RuleFilter::new();
        if let Some(min) = min {
            rules = rules.with(&format!("min_{name}"), Arc::clone(&signal), Bound::Min(min), Undefined::Drop)?;
        }
        if let Some(max) = max {
            rules = rules.with(&format!("max_{name}"), Arc::clone(&signal), Bound::Max(max), Undefined::Drop)?;
        }
        Ok(Threshold { rules })
    }

    /// The same bounds, with another say on undefined values.
    pub fn undefined(self, undefined: Undefined) -> Threshold {
        Threshold { rules: self.rules.undefined(undefined) }
    }
}

impl Filter for Threshold {
    fn rules(&self) -> &[Rule] {
        self.rules.rules()
    }

    fn check(&self, doc: &Document<'_>) -> Verdict {
        self.rules.check(doc)
    }

    fn audit(&self, doc: &Document<'_>, each: &mut dyn FnMut(Finding)) {
        self.rules.audit(doc, each);
    }

    fn notes(&self, rule: RuleId) -> RuleNotes {
        self.rules.notes(rule)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::Failure;
    use crate::signal::{MeanWordLength, WordCount};
    use crate::text::Analyzer;

    fn verdict(threshold: &Threshold, text: &str) -> Verdict {
        let mut analyzer = Analyzer::new();
        threshold.check(&Document::new(&analyzer.view(text)))
    }

    #[test]
    fn bounds_keep_their_own_value_and_say_what_they_saw() {
        let threshold = Threshold::new(WordCount, Some(2.0), Some(3.0)).unwrap();
        let dropped = |rule, observed| Verdict::Drop(Failure { rule: RuleId(rule), observed: Some(observed) });
        assert_eq!(verdict(&threshold, "one"), dropped(0, 1.0));
        assert_eq!(verdict(&threshold, "one two"), Verdict::Keep);
        assert_eq!(verdict(&threshold, "one two three"), Verdict::Keep);
        assert_eq!(verdict(&threshold, "one two three four"), dropped(1, 4.0));
    }

    #[test]
    fn undefined_values_follow_the_choice() {
        let threshold = || Threshold::new(MeanWordLength, None, Some(9.0)).unwrap();
        let failure = Failure { rule: RuleId(0), observed: None };
        assert_eq!(verdict(&threshold(), ""), Verdict::Drop(failure));
        assert_eq!(verdict(&threshold().undefined(Undefined::Keep), ""), Verdict::Keep);
    }

    #[test]
    fn a_threshold_needs_a_bound() {
        let refused = Threshold::new(WordCount, None, None).unwrap_err();
        assert_eq!(refused.to_string(), "threshold on `word_count`: needs `min`, `max` or both");
        assert!(Threshold::new(WordCount, Some(2.0), Some(1.0)).is_err());
    }
}
