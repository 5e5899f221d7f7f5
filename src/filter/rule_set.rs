//! Published lists of rules, as data: what a profile is made of, and how a recipe changes a part of it.

use super::{Bound, RuleFilter, Undefined};
use crate::error::{Error, Result};
use crate::signal;
use crate::text::{LanguageSet, NaturalLanguage};

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
    /// The languages whose documents are asked.
    pub languages: In,
}

/// Languages, by their codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum In {
    /// Every language, and none.
    Any,
    /// These.
    Only(&'static [&'static str]),
    /// All but these, and none.
    Except(&'static [&'static str]),
}

impl In {
    /// The set; `None` where language is not asked.
    fn set(self) -> Result<Option<LanguageSet>> {
        let set =
            |codes: &[&str]| codes.iter().map(|code| NaturalLanguage::named(code)).collect::<Result<LanguageSet>>();
        match self {
            In::Any => Ok(None),
            In::Only(codes) => set(codes).map(Some),
            In::Except(codes) => Ok(Some(set(codes)?.complement())),
        }
    }
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

    /// A rule that keeps values above `bound`.
    pub const fn above(name: &'static str, signal: &'static str, bound: f64, source: &'static str) -> BoundRule {
        BoundRule::new(name, signal, Bound::Above(bound), source)
    }

    /// A rule that keeps values below `bound`.
    pub const fn below(name: &'static str, signal: &'static str, bound: f64, source: &'static str) -> BoundRule {
        BoundRule::new(name, signal, Bound::Below(bound), source)
    }

    const fn new(name: &'static str, signal: &'static str, bound: Bound, source: &'static str) -> BoundRule {
        BoundRule {
            name,
            signal,
            bound,
            source,
            reference_reason: None,
            undefined: Undefined::Drop,
            languages: In::Any,
        }
    }

    /// The same rule, with the reference system's name for its failure.
    pub const fn reason(self, reference_reason: &'static str) -> BoundRule {
        BoundRule { reference_reason: Some(reference_reason), ..self }
    }

    /// The same rule, with another say on undefined values.
    pub const fn undefined(self, undefined: Undefined) -> BoundRule {
        BoundRule { undefined, ..self }
    }

    /// The same rule, for documents in some languages; others pass it.
    pub const fn languages(self, languages: In) -> BoundRule {
        BoundRule { languages, ..self }
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
        self.build_by_language(overrides, &[])
    }

    /// The same, with some rules changed once more for documents in some languages: a changed bound is a rule of its own,
    /// `de.max_words` beside `max_words`, which then asks all other documents.
    ///
    /// # Errors
    ///
    /// As [`build`](RuleSet::build), for each language too; [`Error::Invalid`] for a language that is named twice.
    pub fn build_by_language(
        &self,
        overrides: &[(String, Override)],
        by_language: &[(NaturalLanguage, Vec<(String, Override)>)],
    ) -> Result<RuleFilter> {
        self.check_overrides(overrides)?;
        for (i, (language, overrides)) in by_language.iter().enumerate() {
            self.check_overrides(overrides)?;
            if by_language.iter().take(i).any(|(earlier, _)| earlier == language) {
                let what = format!("{}.by_language", self.name);
                return Err(Error::Invalid { what, problem: format!("the language `{language}` is named twice") });
            }
        }
        let mut filter = RuleFilter::new();
        for rule in self.rules {
            let said = |overrides: &[(String, Override)]| {
                overrides.iter().find(|(name, _)| name == rule.name).map(|(_, said)| *said)
            };
            let signal = signal::signal(rule.signal).ok_or_else(|| signal::unknown_signal(rule.signal))?;
            let apart: Vec<(NaturalLanguage, Override)> =
                by_language.iter().filter_map(|(l, overrides)| said(overrides).map(|said| (*l, said))).collect();
            let bound = match said(overrides) {
                Some(Override::Off) => None,
                Some(Override::Bound(value)) => Some(rule.bound.at(value)),
                None => Some(rule.bound),
            };
            if let Some(bound) = bound {
                let others = apart.iter().map(|(language, _)| *language).collect::<LanguageSet>().complement();
                let languages = match rule.languages.set()? {
                    set if apart.is_empty() => set,
                    Some(set) => Some(set.intersection(others)),
                    None => Some(others),
                };
                // A number that the recipe chose is not the source's.
                let source = (bound == rule.bound).then_some(rule.source);
                filter = filter.with_languages(rule.name, signal, bound, rule.undefined, languages)?;
                filter = filter.cited(source, rule.reference_reason);
            }
            for (language, said) in apart {
                if let Override::Bound(value) = said {
                    let name = format!("{language}.{}", rule.name);
                    let only = Some(LanguageSet::from_iter([language]));
                    filter = filter.with_languages(&name, signal, rule.bound.at(value), rule.undefined, only)?;
                    filter = filter.cited(None, rule.reference_reason);
                }
            }
        }
        Ok(filter)
    }

    /// Every override is for a rule, and for another one.
    fn check_overrides(&self, overrides: &[(String, Override)]) -> Result<()> {
        for (i, (name, _)) in overrides.iter().enumerate() {
            if self.rule(name).is_none() {
                return Err(Error::unknown("rule", name, self.rules.iter().map(|rule| rule.name)));
            }
            if overrides.iter().take(i).any(|(earlier, _)| earlier == name) {
                let problem = "is set twice".to_owned();
                return Err(Error::Invalid { what: format!("{}.{name}", self.name), problem });
            }
        }
        Ok(())
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
    #[test]
    fn a_language_may_have_bounds_of_its_own() {
        use crate::document::{Document, Facts};
        use crate::text::Analyzer;
        let said = |name: &str, said| (name.to_owned(), said);
        let german = vec![said("min_words", Override::Bound(2.0)), said("max_words", Override::Off)];
        let set = rule_set("gopher_quality").unwrap();
        let by_language = [(NaturalLanguage::named("de").unwrap(), german)];
        let filter = set.build_by_language(&[said("min_words", Override::Bound(4.0))], &by_language).unwrap();
        let rules: Vec<_> = filter.rules().iter().take(3).map(|r| (r.name.as_str(), r.bound.as_str())).collect();
        let expected = [
            ("min_words", "word_count >= 4"),
            ("de.min_words", "word_count >= 2"),
            ("max_words", "word_count <= 100000"),
        ];
        assert_eq!(rules, expected);
        let mut analyzer = Analyzer::new();
        let view = analyzer.view("one");
        let first = |lang| {
            let doc = Document::new(&view).with_facts(Facts { lang: Some(lang), ..Facts::NONE });
            filter.check(&doc).failure().map(|f| filter.rules()[usize::from(f.rule.0)].name.clone())
        };
        assert_eq!((first("de").as_deref(), first("en").as_deref()), (Some("de.min_words"), Some("min_words")));
        let twice = set.build_by_language(&[], &[by_language[0].clone(), by_language[0].clone()]).unwrap_err();
        assert_eq!(twice.to_string(), "gopher_quality.by_language: the language `de` is named twice");
    }
}
