//! The text that datatrove 0.10 shingles: `simplify_text` of its `utils/text.py`, with the default settings.

use crate::text::python;
use regex::Regex;
use std::sync::LazyLock;
use unicode_normalization::UnicodeNormalization;

/// Beyond ASCII's 32 marks and the controls: the marks of the constant `PUNCTUATION` there (129 characters in all; SHA-256 of its UTF-8
/// in 0.10.1 begins with 547982d1).
const MARKS: &str = "\u{ab}\u{b4}\u{bb}\u{2013}\u{2014}\u{2019}\u{201c}\u{201d}\u{201e}\u{2026}\u{2236}\u{2501}\u{25ba}\u{3001}\
                     \u{3002}\u{3008}\u{3009}\u{300a}\u{300b}\u{300c}\u{300d}\u{3010}\u{3011}\u{ff01}\u{ff05}\u{ff08}\u{ff09}\u{ff0c}\
                     \u{ff0e}\u{ff11}\u{ff1a}\u{ff1b}\u{ff1f}\u{ff5e}";

/// Digits of any script, with one decimal part at most. A pattern that does not compile is caught by the tests.
static NUMBER: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\p{Nd}+([.,،٫⎖⎗⎘]\p{Nd}+)?").ok());
static MARK: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\p{Mn}+").ok());

/// Lower case; numbers to `0`; punctuation to spaces; white space collapsed; decomposed, non-spacing marks left out; stripped.
///
/// Characters that Unicode assigned after version 14 may come out otherwise: Python 3.11 knows neither their case nor
/// their category.
pub(super) fn simplify(text: &str) -> String {
    let lower = text.to_lowercase();
    let numbers = match NUMBER.as_ref() {
        Some(number) => number.replace_all(&lower, "0"),
        None => lower.as_str().into(),
    };
    let spaced: String = numbers.chars().map(|c| if is_punctuation(c) { ' ' } else { c }).collect();
    let mut collapsed = String::with_capacity(spaced.len());
    for word in spaced.split(python::is_space).filter(|word| !word.is_empty()) {
        if !collapsed.is_empty() {
            collapsed.push(' ');
        }
        collapsed.push_str(word);
    }
    if collapsed.is_ascii() {
        return collapsed;
    }
    let decomposed: String = collapsed.nfd().collect();
    let bare = match MARK.as_ref() {
        Some(mark) => mark.replace_all(&decomposed, ""),
        None => decomposed.as_str().into(),
    };
    python::strip(&bare).to_owned()
}

fn is_punctuation(c: char) -> bool {
    match c {
        '\t' | '\n' => false,
        '\0'..='\u{9f}' => c.is_ascii_punctuation() || c.is_control(),
        c => MARKS.contains(c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples() {
        assert!(NUMBER.is_some() && MARK.is_some());
        for (text, simple) in [
            ("", ""),
            (
                "Hello, World! It's 12.5 degrees on Monday — naïve café; don't.",
                "hello world it s 0 degrees on monday naive cafe don t",
            ),
            ("1,234,567", "0 0"),
            ("‘quotes’ • stay", "‘quotes • stay"),
            ("\u{301} a\u{1c}b \t c", "a b c"),
            (" \u{301} ", ""),
        ] {
            assert_eq!(simplify(text), simple, "{text:?}");
        }
        assert_eq!(('\0'..=char::MAX).filter(|&c| is_punctuation(c)).count(), 129);
    }
}
