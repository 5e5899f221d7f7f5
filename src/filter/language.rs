//! Filters that ask for the language: which ones are kept, and what is asked of each.

use super::{AllOf, Failure, Filter, Finding, Rule, RuleId, Verdict};
use crate::document::Document;
use crate::error::{Error, Result};
use crate::text::{LanguageSet, NaturalLanguage};

/// Keeps documents in some languages, as the row says or the text looks (see [`Document::language`]).
///
/// A document fails `kept` if its language is none of them, or unknown; the observed value is [`NaturalLanguage::number`]. It fails
/// `min_confidence` if the detector is less sure; what the row itself says is sure.
///
/// ```
/// use mashbill::filter::{Filter, KeepLanguages};
/// use mashbill::{Document, Facts, text::{Analyzer, NaturalLanguage}};
///
/// let german = KeepLanguages::new(&[NaturalLanguage::named("de")?], 0.65)?;
/// let mut analyzer = Analyzer::new();
/// let view = analyzer.view("Roggen");
/// let said = |lang| Document::new(&view).with_facts(Facts { lang: Some(lang), ..Facts::NONE });
/// assert!(german.check(&said("deu_Latn")).is_keep());
/// assert_eq!(german.check(&said("en")).failure().and_then(|f| f.observed), Some(4030.0)); // `eng`
/// # Ok::<(), mashbill::Error>(())
/// ```
#[derive(Debug)]
pub struct KeepLanguages {
    keep: LanguageSet,
    min_confidence: f64,
    detect: bool,
    rules: [Rule; 2],
}

impl KeepLanguages {
    /// Keeps these languages, where the confidence is at least so much.
    ///
    /// # Errors
    /// [`Error::Invalid`] for no language, or a confidence that is not between 0 and 1.
    pub fn new(keep: &[NaturalLanguage], min_confidence: f64) -> Result<KeepLanguages> {
        let invalid = |problem: &str| Error::Invalid { what: "language".to_owned(), problem: problem.to_owned() };
        if keep.is_empty() {
            return Err(invalid("`keep` needs at least one language"));
        }
        if !(0.0..=1.0).contains(&min_confidence) {
            return Err(invalid("`min_confidence` must be between 0 and 1"));
        }
        let codes: Vec<&str> = keep.iter().map(|language| language.code()).collect();
        let rule = |name: &str, signal, bound| Rule { name: name.to_owned(), signal, bound };
        let rules = [
            rule("kept", Some("lang_number"), format!("language in {}", codes.join(", "))),
            rule("min_confidence", Some("lang_confidence"), format!("lang_confidence >= {min_confidence}")),
        ];
        Ok(KeepLanguages { keep: keep.iter().copied().collect(), min_confidence, detect: true, rules })
    }

    /// The same, by what the rows say alone: a row that says nothing has no language.
    pub fn without_detection(self) -> KeepLanguages {
        KeepLanguages { detect: false, ..self }
    }

    /// Each rule's observed value, and whether it passes.
    fn findings(&self, doc: &Document<'_>) -> [(Option<f64>, bool); 2] {
        let stated = doc.facts().lang.is_some_and(|code| !code.trim().is_empty());
        let found = if self.detect || stated { doc.language_with_confidence() } else { None };
        let language = found.map(|found| found.language);
        let confidence = found.map(|found| found.confidence);
        [
            (language.map(|l| f64::from(l.number())), language.is_some() && self.keep.contains(language)),
            (confidence, confidence.is_some_and(|confidence| confidence >= self.min_confidence)),
        ]
    }
}

impl Filter for KeepLanguages {
    fn rules(&self) -> &[Rule] {
        &self.rules
    }

    fn check(&self, doc: &Document<'_>) -> Verdict {
        let findings = self.findings(doc);
        match findings.iter().position(|(_, passed)| !passed) {
            None => Verdict::Keep,
            Some(at) => Verdict::Drop(Failure { rule: RuleId(at as u16), observed: findings[at].0 }),
        }
    }

    fn audit(&self, doc: &Document<'_>, each: &mut dyn FnMut(Finding)) {
        for (at, (observed, passed)) in self.findings(doc).into_iter().enumerate() {
            each(Finding { rule: RuleId(at as u16), observed, passed });
        }
    }
}

/// Filters for each language, and others for all languages that are not named, and documents of none.
///
/// Its rules are those of all branches, `de.gopher_quality.min_words`; a document passes the rules of every branch but its
/// own.
#[derive(Debug)]
pub struct ByLanguage {
    branches: Vec<Branch>,
    rules: Vec<Rule>,
}

#[derive(Debug)]
struct Branch {
    languages: LanguageSet,
    /// Position of its first rule among all.
    first: u16,
    filter: AllOf,
}

/// Named filters, in order.
pub type NamedFilters = Vec<(String, Box<dyn Filter>)>;

impl ByLanguage {
    /// What is asked of documents in each language, and of others.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a language that is named twice, and for more rules than a [`RuleId`] can number.
    pub fn new(languages: Vec<(NaturalLanguage, NamedFilters)>, default: NamedFilters) -> Result<ByLanguage> {
        let invalid = |problem: String| Error::Invalid { what: "by_language".to_owned(), problem };
        let mut named = LanguageSet::default();
        let mut parts = Vec::new();
        for (language, filters) in languages {
            if !named.insert(language) {
                return Err(invalid(format!("the language `{language}` is named twice")));
            }
            parts.push((LanguageSet::from_iter([language]), language.code(), filters));
        }
        parts.push((named.complement(), "default", default));
        let (mut branches, mut rules) = (Vec::new(), Vec::new());
        for (languages, code, filters) in parts {
            let first = u16::try_from(rules.len()).map_err(|_| invalid("too many rules in one step".to_owned()))?;
            for (step, filter) in &filters {
                let named = |rule: &Rule| Rule { name: format!("{code}.{step}.{}", rule.name), ..rule.clone() };
                rules.extend(filter.rules().iter().map(named));
            }
            let filter = AllOf::new(filters.into_iter().map(|(_, filter)| filter).collect())?;
            branches.push(Branch { languages, first, filter });
        }
        if rules.len() > usize::from(u16::MAX) {
            return Err(invalid("too many rules in one step".to_owned()));
        }
        Ok(ByLanguage { branches, rules })
    }
}

impl Filter for ByLanguage {
    fn rules(&self) -> &[Rule] {
        &self.rules
    }

    fn check(&self, doc: &Document<'_>) -> Verdict {
        let language = doc.language();
        let Some(branch) = self.branches.iter().find(|branch| branch.languages.contains(language)) else {
            return Verdict::Keep;
        };
        match branch.filter.check(doc) {
            Verdict::Keep => Verdict::Keep,
            Verdict::Drop(failure) => Verdict::Drop(Failure { rule: RuleId(branch.first + failure.rule.0), ..failure }),
        }
    }

    fn audit(&self, doc: &Document<'_>, each: &mut dyn FnMut(Finding)) {
        let language = doc.language();
        for branch in &self.branches {
            if branch.languages.contains(language) {
                branch.filter.audit(doc, &mut |finding| {
                    each(Finding { rule: RuleId(branch.first + finding.rule.0), ..finding });
                });
            } else {
                for at in 0..branch.filter.rules().len() as u16 {
                    each(Finding { rule: RuleId(branch.first + at), observed: None, passed: true });
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Facts;
    use crate::filter::Threshold;
    use crate::signal::WordCount;
    use crate::text::Analyzer;

    fn language(code: &str) -> NaturalLanguage {
        NaturalLanguage::named(code).unwrap()
    }

    fn at_least(words: f64) -> NamedFilters {
        vec![("words".to_owned(), Box::new(Threshold::new(WordCount, Some(words), None).unwrap()) as Box<dyn Filter>)]
    }

    #[test]
    fn each_language_is_asked_its_own() {
        let filter =
            ByLanguage::new(vec![(language("de"), at_least(2.0)), (language("eng"), at_least(3.0))], at_least(1.0))
                .unwrap();
        let names: Vec<&str> = filter.rules().iter().map(|rule| rule.name.as_str()).collect();
        assert_eq!(names, ["de.words.min_word_count", "en.words.min_word_count", "default.words.min_word_count"]);
        let mut analyzer = Analyzer::new();
        for (text, lang, failure) in [
            ("a b", "de", None),
            ("a b", "en_GB", Some((1, Some(2.0)))),
            ("a", "de-AT", Some((0, Some(1.0)))),
            ("a", "fr", None),
            ("", "C++", Some((2, Some(0.0)))),
        ] {
            let view = analyzer.view(text);
            let doc = Document::new(&view).with_facts(Facts { lang: Some(lang), ..Facts::NONE });
            let found = filter.check(&doc).failure().map(|f| (f.rule.0, f.observed));
            assert_eq!(found, failure, "{text:?} in {lang}");
            let mut audited = Vec::new();
            filter.audit(&doc, &mut |finding| audited.push(finding));
            assert_eq!(audited.len(), 3);
            let first = audited.iter().find(|f| !f.passed).map(|f| (f.rule.0, f.observed));
            assert_eq!(first, failure, "{text:?} in {lang}");
        }
        let twice = ByLanguage::new(vec![(language("de"), Vec::new()), (language("ger"), Vec::new())], Vec::new());
        assert_eq!(twice.unwrap_err().to_string(), "by_language: the language `de` is named twice");
    }

    #[test]
    fn languages_are_kept_by_what_the_row_says() {
        let filter = KeepLanguages::new(&[language("de"), language("en")], 0.65).unwrap().without_detection();
        let mut analyzer = Analyzer::new();
        let view = analyzer.view("The grain arrives in the autumn and waits for the cold.");
        let check = |lang| {
            let doc = Document::new(&view).with_facts(Facts { lang, ..Facts::NONE });
            filter.check(&doc).failure().map(|f| (f.rule.0, f.observed))
        };
        assert_eq!(check(Some("English")), None);
        let french = f64::from(language("fr").number());
        assert_eq!(check(Some("fr")), Some((0, Some(french))));
        assert_eq!(check(Some("python")), Some((0, None)));
        assert_eq!(check(None), Some((0, None)));
        assert!(KeepLanguages::new(&[], 0.5).is_err() && KeepLanguages::new(&[language("de")], f64::NAN).is_err());
    }

    #[cfg(feature = "lang")]
    #[test]
    fn the_text_says_what_the_row_does_not() {
        let filter = |min| KeepLanguages::new(&[language("en")], min).unwrap();
        let mut analyzer = Analyzer::new();
        let view = analyzer
            .view("The grain arrives in the autumn and waits in tall silos for the first cold week of the year.");
        assert!(filter(0.5).check(&Document::new(&view)).is_keep());
        let mut analyzer = Analyzer::new();
        let view = analyzer.view("Das Korn kommt im Herbst und wartet in hohen Silos auf die erste kalte Woche.");
        let failure = filter(0.5).check(&Document::new(&view)).failure().unwrap();
        assert_eq!((failure.rule, failure.observed), (RuleId(0), Some(f64::from(language("de").number()))));
    }
}
