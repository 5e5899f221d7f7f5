//! Languages: one name for the many codes of each, and which one a text is in (feature `lang`).
//!
//! ```
//! use mashbill::text::NaturalLanguage;
//!
//! let codes = ["de", "deu", "ger", "deu_Latn", "de-AT", "German"];
//! assert!(codes.iter().all(|code| NaturalLanguage::parse(code).map(NaturalLanguage::code) == Some("de")));
//! assert_eq!(NaturalLanguage::parse("C++"), None);
//! # #[cfg(feature = "lang")] {
//! let mut analyzer = mashbill::text::Analyzer::new();
//! let view = analyzer.view("Der Roggen gibt die Würze, und der Mais gibt die Süße.");
//! assert_eq!(view.detected_language().map(|d| d.language.code()), Some("de"));
//! # }
//! ```

#[cfg(feature = "lang")]
mod detect;
mod stop_words;
mod table;

pub(crate) use stop_words::stop_words;

use crate::error::{Error, Result};
use std::fmt;
use table::{ALIASES, LANGUAGES};

/// A language of ISO 639. Regions and scripts are not told apart: `pt-BR` is Portuguese, `sr_Latn` Serbian.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NaturalLanguage(u8);

/// A language as a detector found it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Detected {
    /// The likeliest language.
    pub language: NaturalLanguage,
    /// How far it is ahead of the second, 0 to 1: the detector's own measure, no probability.
    pub confidence: f64,
}

impl NaturalLanguage {
    /// English.
    pub const ENGLISH: NaturalLanguage = NaturalLanguage::known("en");

    /// The language of a code or name, in any case: ISO 639-1 (`de`), ISO 639-3 (`deu`) or 639-2/B (`ger`), with or without
    /// a script or region behind `-` or `_` (`deu_Latn`, `de-AT`), or the English name. `None` for any other string.
    pub fn parse(code: &str) -> Option<NaturalLanguage> {
        let code = code.trim();
        // No name of the table is longer; this also spares a column of texts the search.
        if code.is_empty() || code.len() > 32 {
            return None;
        }
        let mut lower = [0; 32];
        for (lower, byte) in lower.iter_mut().zip(code.bytes()) {
            *lower = byte.to_ascii_lowercase();
        }
        let lower = std::str::from_utf8(lower.get(..code.len())?).ok()?;
        let (first, rest) = lower.split_once(['-', '_']).map_or((lower, None), |(first, rest)| (first, Some(rest)));
        // Script, region, variant: letters and digits, eight at most (RFC 5646, 2.1).
        let is_tag = |tag: &str| (2..=8).contains(&tag.len()) && tag.bytes().all(|b| b.is_ascii_alphanumeric());
        if rest.is_some_and(|rest| !rest.split(['-', '_']).all(is_tag)) {
            return NaturalLanguage::by_name(lower);
        }
        NaturalLanguage::by_code(first).or_else(|| NaturalLanguage::by_name(lower))
    }

    /// The same, for a setting.
    ///
    /// # Errors
    /// [`Error::Unknown`] with the nearest code or name.
    pub fn named(code: &str) -> Result<NaturalLanguage> {
        NaturalLanguage::parse(code).ok_or_else(|| {
            // A list of all would bury the message: of names as of codes, the nearest are enough.
            let names = LANGUAGES.iter().map(|(_, _, name)| *name);
            let codes = LANGUAGES.iter().map(|(code, _, _)| *code);
            let nearest = match code.trim().len() {
                0..=3 => crate::nearest(code, codes),
                _ => crate::nearest(code, names),
            };
            Error::Unknown {
                kind: "language",
                name: code.to_owned(),
                nearest: nearest.map(str::to_owned),
                known:
                    "codes of ISO 639-1 (en), 639-3 (eng), with a script or region (eng_Latn, en-US), and English names"
                        .to_owned(),
            }
        })
    }

    /// The ISO 639-1 code, `de`; ISO 639-3 where there is none.
    pub fn code(self) -> &'static str {
        self.row().0
    }

    /// The ISO 639-3 code, `deu`.
    pub fn code3(self) -> &'static str {
        self.row().1
    }

    /// The English name.
    pub fn name(self) -> &'static str {
        self.row().2
    }

    /// Every language of the table, by code.
    pub fn all() -> impl Iterator<Item = NaturalLanguage> {
        (0..LANGUAGES.len() as u8).map(NaturalLanguage)
    }

    /// The ISO 639-3 code as a number, for columns that hold numbers: its letters as digits of base 27, `a` being 1.
    ///
    /// ```
    /// use mashbill::text::NaturalLanguage;
    ///
    /// assert_eq!(NaturalLanguage::ENGLISH.number(), 5 * 27 * 27 + 14 * 27 + 7); // e, n, g
    /// ```
    pub fn number(self) -> u32 {
        self.code3().bytes().fold(0, |number, letter| number * 27 + u32::from(letter - b'a' + 1))
    }

    /// The table has fewer rows than a `u8` can count: a test holds that.
    fn row(self) -> &'static (&'static str, &'static str, &'static str) {
        &LANGUAGES[usize::from(self.0)]
    }

    /// The language of a code, which is in the table.
    const fn known(code: &str) -> NaturalLanguage {
        let code = code.as_bytes();
        let mut at = 0;
        while at < LANGUAGES.len() {
            let row = LANGUAGES[at].0.as_bytes();
            if row.len() == code.len() && row[0] == code[0] && row[1] == code[1] {
                break;
            }
            at += 1;
        }
        NaturalLanguage(at as u8)
    }

    fn by_code(code: &str) -> Option<NaturalLanguage> {
        let row = |code: &str| LANGUAGES.binary_search_by_key(&code, |row| row.0).ok();
        let at = row(code).or_else(|| LANGUAGES.iter().position(|row| row.1 == code));
        let at =
            at.or_else(|| ALIASES.binary_search_by_key(&code, |alias| alias.0).ok().and_then(|at| row(ALIASES[at].1)));
        at.map(|at| NaturalLanguage(at as u8))
    }

    fn by_name(lower: &str) -> Option<NaturalLanguage> {
        let named = LANGUAGES.iter().position(|row| row.2.eq_ignore_ascii_case(lower));
        named.map(|at| NaturalLanguage(at as u8)).or_else(|| NaturalLanguage::by_code(lower))
    }
}

/// A set of languages, which also says whether an unknown one is in it. `Copy`, since filters ask it for every document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LanguageSet {
    /// A bit for each language of the table.
    bits: [u64; 4],
    unknown: bool,
}

impl LanguageSet {
    /// Whether the language, or an unknown one, is in the set.
    pub fn contains(&self, language: Option<NaturalLanguage>) -> bool {
        language.map_or(self.unknown, |NaturalLanguage(at)| self.bits[usize::from(at / 64)] >> (at % 64) & 1 == 1)
    }

    /// Adds a language; whether it is new.
    pub fn insert(&mut self, language: NaturalLanguage) -> bool {
        let is_new = !self.contains(Some(language));
        self.bits[usize::from(language.0 / 64)] |= 1 << (language.0 % 64);
        is_new
    }

    /// What is in both.
    pub fn intersection(self, other: LanguageSet) -> LanguageSet {
        let mut bits = self.bits;
        bits.iter_mut().zip(other.bits).for_each(|(bits, other)| *bits &= other);
        LanguageSet { bits, unknown: self.unknown && other.unknown }
    }

    /// All that is not in the set.
    pub fn complement(self) -> LanguageSet {
        LanguageSet { bits: self.bits.map(|bits| !bits), unknown: !self.unknown }
    }
}

impl FromIterator<NaturalLanguage> for LanguageSet {
    fn from_iter<I: IntoIterator<Item = NaturalLanguage>>(languages: I) -> LanguageSet {
        let mut set = LanguageSet::default();
        for language in languages {
            set.insert(language);
        }
        set
    }
}

impl fmt::Debug for NaturalLanguage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Display for NaturalLanguage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// The language of a text, by its letters; `None` where it has none, and in builds without the feature `lang`.
pub(super) fn detect(text: &str) -> Option<Detected> {
    #[cfg(feature = "lang")]
    {
        detect::detect(text)
    }
    #[cfg(not(feature = "lang"))]
    {
        let _ = text;
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_sorted_and_agree() {
        assert!(LANGUAGES.len() <= 256);
        assert!(LANGUAGES.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert!(ALIASES.windows(2).all(|pair| pair[0].0 < pair[1].0));
        for language in NaturalLanguage::all() {
            for name in [language.code(), language.code3(), language.name()] {
                assert_eq!(NaturalLanguage::parse(name), Some(language), "{name}");
                assert_eq!(NaturalLanguage::parse(&name.to_ascii_uppercase()), Some(language), "{name}");
            }
            assert!(language.code3().len() == 3 && language.code3().bytes().all(|b| b.is_ascii_lowercase()));
        }
        for (alias, code) in ALIASES {
            assert_eq!(NaturalLanguage::parse(alias).map(NaturalLanguage::code), Some(*code), "{alias}");
        }
        assert_eq!(NaturalLanguage::ENGLISH.code(), "en");
    }

    #[test]
    fn codes_of_one_language_are_one() {
        for code in ["en", "eng", "eng_Latn", "en-US", "English", " EN ", "en_Latn_US", "en-Latn-US-x1"] {
            assert_eq!(NaturalLanguage::parse(code), Some(NaturalLanguage::ENGLISH), "{code}");
        }
        for (code, plain) in [
            ("zh-Hant-TW", "zh"),
            ("cmn_Hans", "zh"),
            ("pt-BR", "pt"),
            ("nob_Latn", "nb"),
            ("no", "nb"),
            ("arb_Arab", "ar"),
            ("Haitian Creole", "ht"),
            ("es-419", "es"),
        ] {
            assert_eq!(NaturalLanguage::parse(code).map(NaturalLanguage::code), Some(plain), "{code}");
        }
        for code in [
            "",
            " ",
            "python",
            "C++",
            "javascript",
            "e",
            "english text",
            "en-",
            "en-!",
            "xx",
            "\u{130}",
            "typescript",
            "rust",
        ] {
            assert_eq!(NaturalLanguage::parse(code), None, "{code}");
        }
    }

    #[test]
    fn sets_know_every_language() {
        for language in NaturalLanguage::all() {
            let mut set = LanguageSet::from_iter([language]);
            assert!(!set.insert(language));
            assert_eq!(NaturalLanguage::all().filter(|&l| set.contains(Some(l))).collect::<Vec<_>>(), [language]);
            assert!(
                !set.contains(None) && set.complement().contains(None) && !set.complement().contains(Some(language))
            );
        }
    }

    #[test]
    fn an_unknown_code_names_the_nearest() {
        let message = |code: &str| NaturalLanguage::named(code).unwrap_err().to_string();
        assert!(
            message("Englisch").starts_with("unknown language `Englisch` (did you mean `English`?); known: codes of")
        );
        assert!(message("xx").starts_with("unknown language `xx` ("));
    }
}
