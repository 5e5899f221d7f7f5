//! Document → verdict: decide. A filter knows its rules; a verdict knows which rule decided and on what value.
//!
//! A [`Threshold`] bounds one signal; [`AllOf`], [`AnyOf`] and [`Not`] combine filters; a [`RuleSet`] is a published list of bounds,
//! as data, and [`profile`] holds them all.
//!
//! ```
//! use mashbill::filter::{Filter, Override, profile};
//! use mashbill::{Document, text::Analyzer};
//!
//! // Gopher's quality rules, but for texts of ten words and more.
//! let gopher = profile::rule_set("gopher_quality")?.build(&[("min_words".to_owned(), Override::Bound(10.0))])?;
//!
//! let mut analyzer = Analyzer::new();
//! let view = analyzer.view("Too short to judge.");
//! let verdict = gopher.check(&Document::new(&view));
//! let reason = verdict.failure().map(|f| (gopher.rules()[usize::from(f.rule.0)].name.as_str(), f.observed));
//! assert_eq!(reason, Some(("min_words", Some(4.0))));
//! # Ok::<(), mashbill::Error>(())
//! ```

#[cfg(feature = "lists")]
mod bad_words;
mod combine;
#[cfg(feature = "lists")]
mod entries;
mod language;
pub mod profile;
mod rule_filter;
mod rule_set;
mod threshold;
#[cfg(feature = "lists")]
mod url_lists;

#[cfg(feature = "lists")]
pub use bad_words::BadWords;
pub use combine::{AllOf, AnyOf, Not};
pub use language::{ByLanguage, KeepLanguages, NamedFilters};
pub use rule_filter::{Bound, RuleFilter, Test, Undefined};
pub use rule_set::{BoundRule, In, Override, RuleSet};
pub use threshold::Threshold;
#[cfg(feature = "lists")]
pub use url_lists::UrlLists;

use crate::document::Document;
use std::fmt::Debug;
use std::sync::Arc;

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

    /// Why the document fails, if it does.
    pub fn failure(self) -> Option<Failure> {
        match self {
            Verdict::Keep => None,
            Verdict::Drop(failure) => Some(failure),
        }
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

/// What is known of a rule beside its words, where anything is.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[non_exhaustive]
pub struct RuleNotes {
    /// How the observed value alone decides the rule. `None` where there is no number, or more than it decides.
    pub test: Option<Test>,
    /// Where the bound's number was published, or that it is ours; `None` where whoever built the filter chose it.
    pub source: Option<&'static str>,
    /// What the reference system calls a failure of this rule: datatrove's `gopher_short_doc`.
    pub reference_reason: Option<&'static str>,
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

    /// What is known of a rule beside its words. A rule that says its [`test`](RuleNotes::test) can be tried at other bounds
    /// without the text: the test of the value that [`audit`](Filter::audit) observes must be all that decides it.
    fn notes(&self, rule: RuleId) -> RuleNotes {
        let _ = rule;
        RuleNotes::default()
    }
}

macro_rules! filters_behind_pointers {
    ($($pointer:ty),+) => {$(
        impl<F: Filter + ?Sized> Filter for $pointer {
            fn rules(&self) -> &[Rule] {
                (**self).rules()
            }

            fn check(&self, doc: &Document<'_>) -> Verdict {
                (**self).check(doc)
            }

            fn audit(&self, doc: &Document<'_>, each: &mut dyn FnMut(Finding)) {
                (**self).audit(doc, each)
            }

            fn notes(&self, rule: RuleId) -> RuleNotes {
                (**self).notes(rule)
            }
        }
    )+};
}

filters_behind_pointers!(&F, Box<F>, Arc<F>);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::{CharCount, CurlyBracketCount, LineCount, MeanWordLength, WordCount};
    use crate::text::Analyzer;
    use proptest::prelude::*;

    /// What [`Filter::check`] must say, by its definition: the first finding that did not pass.
    fn first_failure(filter: &dyn Filter, doc: &Document<'_>) -> Verdict {
        let mut verdict = Verdict::Keep;
        let mut position = 0;
        filter.audit(doc, &mut |finding| {
            assert_eq!(finding.rule, RuleId(position), "findings come in the order of the rules");
            position += 1;
            if verdict.is_keep() && !finding.passed {
                verdict = Verdict::Drop(Failure { rule: finding.rule, observed: finding.observed });
            }
        });
        assert_eq!(usize::from(position), filter.rules().len(), "one finding for each rule");
        verdict
    }

    /// A threshold that drops some of the texts below.
    fn threshold() -> impl Strategy<Value = Box<dyn Filter>> {
        let undefined = prop_oneof![Just(Undefined::Drop), Just(Undefined::Keep)];
        (0..5usize, 0..6u8, 0..6u8, undefined).prop_map(|(signal, a, b, undefined)| {
            let signals: [&'static dyn crate::signal::Signal; 5] =
                [&WordCount, &CharCount, &LineCount, &CurlyBracketCount, &MeanWordLength];
            let (min, max) = (f64::from(a.min(b)), f64::from(a.max(b)));
            let threshold = Threshold::new(signals[signal], Some(min), Some(max)).unwrap();
            Box::new(threshold.undefined(undefined)) as Box<dyn Filter>
        })
    }

    /// Filters of every kind, nested.
    fn filter() -> impl Strategy<Value = Box<dyn Filter>> {
        threshold().prop_recursive(3, 12, 3, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4)
                    .prop_map(|f| Box::new(AllOf::new(f).unwrap()) as Box<dyn Filter>),
                prop::collection::vec(inner.clone(), 1..4)
                    .prop_map(|f| Box::new(AnyOf::new(f).unwrap()) as Box<dyn Filter>),
                inner.prop_map(|f| Box::new(Not::new(f)) as Box<dyn Filter>),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn check_is_the_first_failure_of_audit(filter in filter(), text in "[ab{ \\n]{0,8}") {
            let mut analyzer = Analyzer::new();
            let view = analyzer.view(&text);
            let doc = Document::new(&view);
            prop_assert_eq!(filter.check(&doc), first_failure(&filter, &doc));
        }

        #[test]
        fn combinations_follow_logic(a in filter(), b in filter(), text in "[ab{ \\n]{0,8}") {
            let mut analyzer = Analyzer::new();
            let view = analyzer.view(&text);
            let doc = Document::new(&view);
            let (a, b): (Arc<dyn Filter>, Arc<dyn Filter>) = (a.into(), b.into());
            let boxed = |f: &Arc<dyn Filter>| Box::new(Arc::clone(f)) as Box<dyn Filter>;
            let keeps = |f: &dyn Filter| f.check(&doc).is_keep();
            prop_assert_eq!(keeps(&Not::new(Box::new(Not::new(boxed(&a))))), keeps(&a));
            prop_assert_eq!(keeps(&Not::new(boxed(&a))), !keeps(&a));
            let all = AllOf::new(vec![boxed(&a), boxed(&b)]).unwrap();
            prop_assert_eq!(keeps(&all), keeps(&a) && keeps(&b));
            let any = AnyOf::new(vec![boxed(&a), boxed(&b)]).unwrap();
            prop_assert_eq!(keeps(&any), keeps(&a) || keeps(&b));
        }

        #[test]
        fn rule_sets_check_as_they_audit(text in "(The (corn|rye) and|of|that have|•|#|\\.\\.\\.|\\{|[.!] |\\n|\\n\\n| ){0,200}") {
            let mut analyzer = Analyzer::new();
            let view = analyzer.view(&text);
            let doc = Document::new(&view);
            for set in profile::RULE_SETS {
                let filter = set.build(&[]).unwrap();
                prop_assert_eq!(filter.check(&doc), first_failure(&filter, &doc), "{}", set.name);
            }
        }
    }
}
