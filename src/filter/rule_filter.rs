//! The filter under thresholds and rule sets: bounds on signals, tried in order, each signal measured once.

use super::{Failure, Filter, Finding, Rule, RuleId, RuleNotes, Verdict};
use crate::document::Document;
use crate::error::{Error, Result};
use crate::signal::Signal;
use crate::text::LanguageSet;

/// A bound on a signal. `Min` and `Max` keep the value that they name; `Above` and `Below` do not.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Bound {
    /// Keeps values of at least this.
    Min(f64),
    /// Keeps values of at most this.
    Max(f64),
    /// Keeps values above this.
    Above(f64),
    /// Keeps values below this.
    Below(f64),
}

impl Bound {
    /// The number.
    pub fn value(self) -> f64 {
        match self {
            Bound::Min(value) | Bound::Max(value) | Bound::Above(value) | Bound::Below(value) => value,
        }
    }

    /// The same bound at another number.
    pub fn at(self, value: f64) -> Bound {
        match self {
            Bound::Min(_) => Bound::Min(value),
            Bound::Max(_) => Bound::Max(value),
            Bound::Above(_) => Bound::Above(value),
            Bound::Below(_) => Bound::Below(value),
        }
    }

    /// Whether it bounds values from below.
    pub fn is_lower(self) -> bool {
        matches!(self, Bound::Min(_) | Bound::Above(_))
    }

    /// Whether the value is kept.
    pub fn keeps(self, value: f64) -> bool {
        match self {
            Bound::Min(min) => value >= min,
            Bound::Max(max) => value <= max,
            Bound::Above(low) => value > low,
            Bound::Below(high) => value < high,
        }
    }

    /// The bound on that signal in words: `word_count >= 50`.
    pub fn on(self, signal: &str) -> String {
        match self {
            Bound::Min(min) => format!("{signal} >= {min}"),
            Bound::Max(max) => format!("{signal} <= {max}"),
            Bound::Above(low) => format!("{signal} > {low}"),
            Bound::Below(high) => format!("{signal} < {high}"),
        }
    }
}

/// What a rule does with a document for which its signal is undefined (a mean over no words).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Undefined {
    /// It fails; the failure has no observed value.
    #[default]
    Drop,
    /// It passes.
    Keep,
}

/// A rule without its words: whether an observed value passes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Test {
    /// The bound on the value.
    pub bound: Bound,
    /// What an undefined value does.
    pub undefined: Undefined,
}

impl Test {
    /// Whether the value passes; `None` is undefined.
    pub fn passes(self, observed: Option<f64>) -> bool {
        observed.map_or(self.undefined == Undefined::Keep, |value| self.bound.keeps(value))
    }

    /// The same test with its bound at another number.
    pub fn at(self, value: f64) -> Test {
        Test { bound: self.bound.at(value), ..self }
    }

    /// Whether no value at all passes both tests of one signal.
    pub fn excludes(self, other: Test) -> bool {
        let (low, high) = match (self.bound.is_lower(), other.bound.is_lower()) {
            (true, false) => (self.bound, other.bound),
            (false, true) => (other.bound, self.bound),
            _ => return false,
        };
        let strict = matches!(low, Bound::Above(_)) || matches!(high, Bound::Below(_));
        let apart = low.value() > high.value() || strict && low.value() == high.value();
        apart && (self.undefined == Undefined::Drop || other.undefined == Undefined::Drop)
    }
}

/// Rules in order, each a bound on a signal. A signal that several rules in a row share is measured once.
#[derive(Debug, Default)]
pub struct RuleFilter {
    groups: Vec<Group>,
    rules: Vec<Rule>,
    notes: Vec<RuleNotes>,
}

/// Neighbouring rules on one signal.
#[derive(Debug)]
struct Group {
    signal: Box<dyn Signal>,
    tests: Vec<Asked>,
}

impl Group {
    /// Whether all rules keep the value. What they keep has no gaps: of two such values, they keep all between.
    fn keeps(&self, value: f64) -> bool {
        self.tests.iter().all(|asked| asked.test.bound.keeps(value))
    }
}

/// A rule's test and whom it is for.
#[derive(Debug, Clone, Copy)]
struct Asked {
    rule: RuleId,
    test: Test,
    /// The languages whose documents are asked; `None` for all.
    languages: Option<LanguageSet>,
}

impl Asked {
    /// Whether the rule is for documents like this.
    #[inline]
    fn asks(self, doc: &Document<'_>) -> bool {
        self.languages.is_none_or(|languages| languages.contains(doc.language()))
    }
}

impl RuleFilter {
    /// A filter without rules: it keeps everything.
    pub fn new() -> RuleFilter {
        RuleFilter::default()
    }

    /// Adds a rule after the others.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] if the bound is not a number, if no value could pass it and the bounds before, or if there are too
    /// many rules to number.
    pub fn with(
        self,
        name: &str,
        signal: impl Signal + 'static,
        bound: Bound,
        undefined: Undefined,
    ) -> Result<RuleFilter> {
        self.with_languages(name, signal, bound, undefined, None)
    }

    /// The same, for documents in these languages alone; others pass the rule.
    pub(super) fn with_languages(
        mut self,
        name: &str,
        signal: impl Signal + 'static,
        bound: Bound,
        undefined: Undefined,
        languages: Option<LanguageSet>,
    ) -> Result<RuleFilter> {
        let invalid = |problem: String| Error::Invalid { what: name.to_owned(), problem };
        if bound.value().is_nan() {
            return Err(invalid("the bound is not a number".to_owned()));
        }
        let rule =
            RuleId(u16::try_from(self.rules.len()).map_err(|_| invalid("too many rules in one filter".to_owned()))?);
        let asked = Asked { rule, test: Test { bound, undefined }, languages };
        if let Some(other) = self.excluding(signal.name(), asked) {
            let (bound, other) = (bound.on(signal.name()), &other.bound);
            return Err(invalid(format!("no document could pass `{bound}` and `{other}`")));
        }
        self.rules.push(Rule { name: name.to_owned(), signal: Some(signal.name()), bound: bound.on(signal.name()) });
        // With languages, the value alone does not decide.
        self.notes.push(RuleNotes { test: languages.is_none().then_some(asked.test), ..RuleNotes::default() });
        match self.groups.last_mut().filter(|last| last.signal.name() == signal.name()) {
            Some(last) => last.tests.push(asked),
            None => self.groups.push(Group { signal: Box::new(signal), tests: vec![asked] }),
        }
        Ok(self)
    }

    /// The same rules; the last one's number is from `source`, and its failure has a name in the reference system.
    pub(super) fn cited(mut self, source: Option<&'static str>, reference_reason: Option<&'static str>) -> RuleFilter {
        if let Some(last) = self.notes.last_mut() {
            (last.source, last.reference_reason) = (source, reference_reason);
        }
        self
    }

    /// The same rules, with another say on undefined values for each.
    pub fn undefined(mut self, undefined: Undefined) -> RuleFilter {
        self.groups.iter_mut().flat_map(|group| &mut group.tests).for_each(|asked| asked.test.undefined = undefined);
        self.notes.iter_mut().filter_map(|notes| notes.test.as_mut()).for_each(|test| test.undefined = undefined);
        self
    }

    /// The rule on the same signal, for the same languages or all, that keeps no value which `asked` keeps, whatever either says
    /// of undefined ones: such bounds are always a mistake.
    fn excluding(&self, signal: &str, asked: Asked) -> Option<&Rule> {
        let strict = Test { undefined: Undefined::Drop, ..asked.test };
        let meet = |other: &Asked| {
            other.languages.is_none() || asked.languages.is_none() || other.languages == asked.languages
        };
        let same = self.groups.iter().filter(|group| group.signal.name() == signal);
        let mut tests = same.flat_map(|group| &group.tests);
        let found = tests.find(|other| meet(other) && strict.excludes(other.test));
        found.and_then(|other| self.rules.get(usize::from(other.rule.0)))
    }
}

impl Filter for RuleFilter {
    fn rules(&self) -> &[Rule] {
        &self.rules
    }

    fn check(&self, doc: &Document<'_>) -> Verdict {
        for group in &self.groups {
            // Where rules are for some languages, a signal may be for others alone.
            if !group.tests.iter().any(|asked| asked.asks(doc)) {
                continue;
            }
            if group.signal.bounds(doc).is_some_and(|(low, high)| group.keeps(low) && group.keeps(high)) {
                continue;
            }
            let observed = group.signal.measure(doc);
            let failed = group.tests.iter().find(|asked| asked.asks(doc) && !asked.test.passes(observed));
            if let Some(failed) = failed {
                return Verdict::Drop(Failure { rule: failed.rule, observed });
            }
        }
        Verdict::Keep
    }

    fn audit(&self, doc: &Document<'_>, each: &mut dyn FnMut(Finding)) {
        for group in &self.groups {
            let observed = group.signal.measure(doc);
            for asked in &group.tests {
                let passed = !asked.asks(doc) || asked.test.passes(observed);
                each(Finding { rule: asked.rule, observed, passed });
            }
        }
    }

    fn notes(&self, rule: RuleId) -> RuleNotes {
        self.notes.get(usize::from(rule.0)).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::{CharCount, WordCount};
    use crate::text::Analyzer;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    /// Counts how often it is measured.
    #[derive(Debug, Clone, Default)]
    struct Counting(Arc<AtomicU32>);

    impl Signal for Counting {
        fn name(&self) -> &'static str {
            "counting"
        }

        fn doc(&self) -> &'static str {
            "How often it was measured before."
        }

        fn measure(&self, _: &Document<'_>) -> Option<f64> {
            Some(f64::from(self.0.fetch_add(1, Ordering::Relaxed)))
        }
    }

    #[test]
    fn neighbours_share_one_measurement() {
        let signal = Counting::default();
        let filter = RuleFilter::new()
            .with("min", signal.clone(), Bound::Min(0.0), Undefined::Drop)
            .and_then(|f| f.with("max", signal.clone(), Bound::Max(9.0), Undefined::Drop))
            .unwrap();
        let mut analyzer = Analyzer::new();
        let view = analyzer.view("");
        assert!(filter.check(&Document::new(&view)).is_keep());
        assert_eq!(signal.0.load(Ordering::Relaxed), 1);
        filter.audit(&Document::new(&view), &mut |finding| assert_eq!(finding.observed, Some(1.0)));
        assert_eq!(signal.0.load(Ordering::Relaxed), 2);
    }

    #[test]
    fn strict_bounds_leave_out_what_they_name() {
        let kept = |bound: Bound| [1.0, 2.0, 3.0].map(|value| bound.keeps(value));
        assert_eq!(kept(Bound::Above(2.0)), [false, false, true]);
        assert_eq!(kept(Bound::Below(2.0)), [true, false, false]);
        assert_eq!((kept(Bound::Min(2.0)), kept(Bound::Max(2.0))), ([false, true, true], [true, true, false]));
        assert_eq!(Bound::Above(1.0).at(2.0).on("x"), "x > 2");
        assert_eq!(Bound::Below(1.0).at(0.12).on("x"), "x < 0.12");
    }

    #[test]
    fn bounds_that_nothing_passes_are_refused() {
        let one = |bound| RuleFilter::new().with("first", WordCount, bound, Undefined::Drop);
        let both = |a, b| {
            one(a)?.with("between", CharCount, Bound::Min(1.0), Undefined::Drop)?.with(
                "last",
                WordCount,
                b,
                Undefined::Drop,
            )
        };
        assert!(both(Bound::Min(5.0), Bound::Max(5.0)).is_ok());
        let refused = both(Bound::Min(5.0), Bound::Max(4.0)).unwrap_err();
        assert_eq!(refused.to_string(), "last: no document could pass `word_count <= 4` and `word_count >= 5`");
        assert!(both(Bound::Max(4.0), Bound::Min(5.0)).is_err());
        assert!(both(Bound::Above(5.0), Bound::Max(5.0)).is_err());
        assert!(both(Bound::Below(5.0), Bound::Min(5.0)).is_err());
        assert!(both(Bound::Above(5.0), Bound::Below(6.0)).is_ok());
        assert_eq!(one(Bound::Min(f64::NAN)).unwrap_err().to_string(), "first: the bound is not a number");
    }
}
