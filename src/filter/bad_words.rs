//! Lists of bad words, one a language, as datatrove's `C4BadWordsFilter` asks them (feature `lists`).

use super::entries::Entries;
use super::url_lists::automaton;
use super::{Failure, Filter, Finding, Rule, RuleId, RuleNotes, Undefined, Verdict};
use crate::document::Document;
use crate::error::{Error, Result};
use crate::hash::content_hash;
use crate::text::{NaturalLanguage, Normalizer, python};
use aho_corasick::automaton::Automaton;
use aho_corasick::{Anchored, nfa::contiguous::NFA};
use std::borrow::Cow;
use std::sync::Arc;

/// Drops documents in which an entry of their language's list stands, as `C4BadWordsFilter` of datatrove 0.10 does with the same lists.
///
/// Entries are searched in the text in lower case, and are not lowered themselves. Around an entry stands what Python's `\W` matches, or an
/// end of the text; in Japanese, Thai and Chinese, which write no spaces, it may stand anywhere. Four entries that are parts of common words
/// there are left out of every list, as in datatrove: `sm`, `グロ`, `女の子`, `性`.
///
/// The language is the one that the row states, else the default; the text is not looked at for it. With a fraction to keep, documents
/// are kept by their content hash, where datatrove draws a random number at each hit: the same share, other documents.
///
/// ```
/// use mashbill::filter::{BadWords, Filter};
/// use mashbill::{Document, text::{Analyzer, NaturalLanguage}};
///
/// let words = BadWords::new(NaturalLanguage::ENGLISH).list(NaturalLanguage::ENGLISH, "rye whisky\n")?;
/// let mut analyzer = Analyzer::new();
/// let mut keeps = |text| words.check(&Document::new(&analyzer.view(text))).is_keep();
/// assert!(!keeps("Rye whisky!"));
/// assert!(keeps("Rye whiskys"));
/// # Ok::<(), mashbill::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct BadWords {
    default: NaturalLanguage,
    lists: Vec<(NaturalLanguage, List)>,
    unlisted: Undefined,
    keep_fraction: f64,
    rules: Vec<Rule>,
}

/// The entries of one language.
#[derive(Debug, Clone)]
struct List {
    automaton: NFA,
    entries: usize,
    /// Whether an entry is a word of its own.
    flanked: bool,
}

/// datatrove 0.10, `c4_filters.py` (`_BADWORDS_ALLOWLIST`).
const ALLOWED: [&str; 4] = ["sm", "グロ", "女の子", "性"];

/// Languages whose entries need no border (the same file).
const UNFLANKED: [&str; 3] = ["ja", "th", "zh"];

const REASON: &str = "document_removed_with_badwords";

impl BadWords {
    /// No lists yet; rows that state no language are in `default`.
    pub fn new(default: NaturalLanguage) -> BadWords {
        let words =
            BadWords { default, lists: Vec::new(), unlisted: Undefined::Drop, keep_fraction: 0.0, rules: Vec::new() };
        words.stated()
    }

    /// With a language's list: text of one entry a line.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the language has a list already, or for a list too long for an automaton.
    pub fn list(mut self, language: NaturalLanguage, list: impl Into<Arc<str>>) -> Result<BadWords> {
        if self.lists.iter().any(|(other, _)| *other == language) {
            let problem = format!("`{language}` has a list already; join the two");
            return Err(Error::Invalid { what: "c4_badwords".to_owned(), problem });
        }
        let entries = Entries::lines(&list.into(), false)?;
        let entries: Vec<&str> = entries.iter().filter(|entry| !ALLOWED.contains(entry)).collect();
        let flanked = !UNFLANKED.contains(&language.code());
        let list = List { automaton: automaton(entries.iter().copied())?, entries: entries.len(), flanked };
        self.lists.push((language, list));
        Ok(self.stated())
    }

    /// What becomes of a document in a language without a list. Default: it is dropped; datatrove stops there.
    pub fn unlisted(self, unlisted: Undefined) -> BadWords {
        BadWords { unlisted, ..self }.stated()
    }

    /// The part of documents with a bad word that is kept all the same. Default 0.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a number that is not between 0 and 1.
    pub fn keep_fraction(self, keep_fraction: f64) -> Result<BadWords> {
        if !(0.0..=1.0).contains(&keep_fraction) {
            let problem = "must be between 0 and 1".to_owned();
            return Err(Error::Invalid { what: "keep_fraction".to_owned(), problem });
        }
        Ok(BadWords { keep_fraction, ..self }.stated())
    }

    /// The same, with rules that say how it stands.
    fn stated(mut self) -> BadWords {
        let counts = self.lists.iter().map(|(language, list)| format!("{language} {}", list.entries));
        let counts = counts.collect::<Vec<_>>().join(", ");
        let unlisted = match self.unlisted {
            Undefined::Drop => format!("a list for the language ({counts})"),
            Undefined::Keep => "any language".to_owned(),
        };
        let words = match self.keep_fraction {
            0.0 => format!("no bad word ({counts})"),
            kept => format!("no bad word ({counts}), or among the {kept} kept"),
        };
        let rule = |(name, bound): (&str, String)| Rule { name: name.to_owned(), signal: None, bound };
        self.rules = [("unlisted_language", unlisted), (REASON, words)].map(rule).to_vec();
        self
    }

    /// Whether each rule passes.
    fn findings(&self, doc: &Document<'_>) -> [bool; 2] {
        let stated = doc.facts().lang.map(str::trim).filter(|code| !code.is_empty());
        let language = stated.map_or(Some(self.default), NaturalLanguage::parse);
        let Some((_, list)) = self.lists.iter().find(|(listed, _)| Some(*listed) == language) else {
            return [self.unlisted == Undefined::Keep, true];
        };
        [true, !list.is_in(doc.text()) || self.is_spared(doc.text())]
    }

    /// Whether a document with a bad word is among those that are kept: by its content, whatever the order of the rows.
    fn is_spared(&self, text: &str) -> bool {
        if self.keep_fraction <= 0.0 {
            return false;
        }
        let hash = content_hash(Normalizer::new().content_form(text));
        // The upper 53 bits, which a float holds exactly, as a number from 0 to 1.
        let draw = (hash >> 75) as f64 / (1u64 << 53) as f64;
        draw < self.keep_fraction
    }
}

impl List {
    /// Whether an entry stands in the text.
    fn is_in(&self, text: &str) -> bool {
        let lower = if text.bytes().any(|b| b.is_ascii_uppercase() || !b.is_ascii()) {
            Cow::Owned(text.to_lowercase())
        } else {
            Cow::Borrowed(text)
        };
        let Ok(mut state) = self.automaton.start_state(Anchored::No) else { return false };
        lower.bytes().enumerate().any(|(at, byte)| {
            state = self.automaton.next_state(Anchored::No, state, byte);
            self.automaton.is_match(state) && self.ends_at(&lower, at + 1, state)
        })
    }

    /// Whether one of the entries that end there stands as its language asks.
    fn ends_at(&self, lower: &str, end: usize, state: aho_corasick::automaton::StateID) -> bool {
        if !self.flanked {
            return true;
        }
        if lower.get(end..).and_then(|rest| rest.chars().next()).is_some_and(python::is_word) {
            return false;
        }
        (0..self.automaton.match_len(state)).any(|index| {
            let start = end.saturating_sub(self.automaton.pattern_len(self.automaton.match_pattern(state, index)));
            !lower.get(..start).and_then(|before| before.chars().next_back()).is_some_and(python::is_word)
        })
    }
}

impl Filter for BadWords {
    fn rules(&self) -> &[Rule] {
        &self.rules
    }

    fn check(&self, doc: &Document<'_>) -> Verdict {
        match self.findings(doc).iter().position(|passed| !passed) {
            None => Verdict::Keep,
            Some(at) => Verdict::Drop(Failure { rule: RuleId(at as u16), observed: None }),
        }
    }

    fn audit(&self, doc: &Document<'_>, each: &mut dyn FnMut(Finding)) {
        for (at, passed) in self.findings(doc).into_iter().enumerate() {
            each(Finding { rule: RuleId(at as u16), observed: None, passed });
        }
    }

    fn notes(&self, rule: RuleId) -> RuleNotes {
        RuleNotes { reference_reason: (rule.0 == 1).then_some(REASON), ..RuleNotes::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Facts;
    use crate::text::Analyzer;

    #[test]
    fn languages_have_lists_of_their_own() {
        let [en, ja, de] = ["en", "ja", "de"].map(|code| NaturalLanguage::named(code).unwrap());
        let words = BadWords::new(en).list(en, "rye\n").and_then(|w| w.list(ja, "ライ\nsm\n")).unwrap();
        assert!(words.clone().list(en, "").is_err());
        let mut analyzer = Analyzer::new();
        let mut reason = |words: &BadWords, lang, text: &str| {
            let view = analyzer.view(text);
            let doc = Document::new(&view).with_facts(Facts { lang, ..Facts::NONE });
            words.check(&doc).failure().map(|f| f.rule.0)
        };
        assert_eq!(reason(&words, None, "Corn, rye."), Some(1));
        assert_eq!(reason(&words, Some(" "), "Corn, rye."), Some(1));
        assert_eq!(reason(&words, Some("ja"), "Corn, rye."), None);
        assert_eq!(reason(&words, Some("jpn_Jpan"), "とライ麦sm"), Some(1));
        assert_eq!(reason(&words, Some("ja"), "sm"), None);
        assert_eq!(reason(&words, Some("de"), "Roggen"), Some(0));
        assert_eq!(reason(&words.clone().unlisted(Undefined::Keep), Some("de"), "rye"), None);
        assert_eq!(reason(&BadWords::new(de), None, "rye"), Some(0));
    }

    #[test]
    fn the_kept_part_is_a_part_and_grows() {
        let en = NaturalLanguage::ENGLISH;
        let kept = |fraction: f64| -> Vec<bool> {
            let words = BadWords::new(en).list(en, "rye").and_then(|w| w.keep_fraction(fraction)).unwrap();
            let mut analyzer = Analyzer::new();
            (0..1000).map(|i| words.check(&Document::new(&analyzer.view(&format!("rye {i}")))).is_keep()).collect()
        };
        let count = |kept: &[bool]| kept.iter().filter(|kept| **kept).count();
        let (none, third, half, all) = (kept(0.0), kept(0.3), kept(0.5), kept(1.0));
        assert_eq!((count(&none), count(&all)), (0, 1000));
        assert!((250..350).contains(&count(&third)), "{}", count(&third));
        assert!(third.iter().zip(&half).all(|(third, half)| !third || *half));
    }
}
