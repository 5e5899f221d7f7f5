//! Words: where one begins and ends, by each of the breaks that the field's rules ask for.

use super::runs::{letters_end, visible_end};
use super::{Span, script, spacy};
use std::cell::RefCell;
use unicode_segmentation::UnicodeSegmentation;

/// What counts as a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WordBreak {
    /// Unicode words: UAX #29 segments that hold at least one alphanumeric character. Punctuation is no word.
    Unicode,
    /// Maximal runs of characters that are not Unicode white space. Punctuation sticks to its word.
    Whitespace,
    /// Tokens of spaCy 3.8's blank English tokenizer, the words of datatrove from 0.4 on. Punctuation marks are tokens of
    /// their own, contractions are two, and blank tokens are left out.
    SpacyEnglish,
    /// Unicode words, but in scripts without spaces, where those are single characters or whole runs, pieces of about a
    /// word's length: two characters of Han and Hiragana, four of Thai, Lao, Khmer and Myanmar. A measure of how many words
    /// there are and how long, not of which.
    Script,
}

impl WordBreak {
    /// Number of breaks: a view holds one cell for each.
    pub(super) const COUNT: usize = 4;

    /// Position among the breaks.
    pub(super) fn index(self) -> usize {
        self as usize
    }

    /// Appends the words of `text` to `out`.
    pub(super) fn split(self, text: &str, scratch: &RefCell<spacy::Scratch>, out: &mut Vec<Span>) {
        match self {
            WordBreak::Unicode => split_unicode(text, out),
            WordBreak::Whitespace => split_whitespace(text, out),
            WordBreak::Script => {
                split_unicode(text, out);
                script::recut(text, out);
            }
            WordBreak::SpacyEnglish => spacy::split_words(text, &mut scratch.borrow_mut(), out),
        }
    }
}

/// Word_Break classes (UAX #29, table 3), as far as [`split_unicode`] knows them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    /// Nothing that could be in a word, nor alters what stands before it.
    Other,
    Letter,
    Numeric,
    /// The underscore: joins on both sides, but makes no word alone.
    ExtendNumLet,
    /// Joins letters.
    MidLetter,
    /// Joins digits.
    MidNum,
    /// Joins letters or digits.
    MidNumLet,
    /// Any other: left to the `unicode-segmentation` crate.
    Complex,
}
use Class::*;

/// Classes of the ASCII characters; every other byte is `Complex` here.
const ASCII: [Class; 256] = {
    let mut table = [Complex; 256];
    let mut b = 0;
    while b < 128 {
        table[b] = match b as u8 {
            b'a'..=b'z' | b'A'..=b'Z' => Letter,
            b'0'..=b'9' => Numeric,
            b'_' => ExtendNumLet,
            b':' => MidLetter,
            b',' | b';' => MidNum,
            b'.' | b'\'' => MidNumLet,
            _ => Other,
        };
        b += 1;
    }
    table
};

/// The class of the character at `at` and its length in bytes.
#[inline]
fn class_at(bytes: &[u8], at: usize) -> (Class, usize) {
    match ASCII[usize::from(bytes[at])] {
        Complex => class_beyond_ascii(&bytes[at..]),
        class => (class, 1),
    }
}

/// The class of the first character of `rest`, which is not ASCII: letters of the Latin, Greek and Cyrillic blocks and the
/// commonest typographic marks, so that a curly quote or an accent does not leave the fast path.
fn class_beyond_ascii(rest: &[u8]) -> (Class, usize) {
    match *rest {
        [a @ 0xC2..=0xD4, b, ..] => {
            let class = match u32::from(a & 0x1F) << 6 | u32::from(b & 0x3F) {
                0xAA | 0xB5 | 0xBA | 0xC0..=0xD6 | 0xD8..=0xF6 | 0xF8..=0x24F => Letter,
                0x388..=0x38A | 0x38C | 0x38E..=0x3A1 | 0x3A3..=0x3F5 | 0x3F7..=0x3FF => Letter,
                0x400..=0x481 | 0x48A..=0x52F => Letter,
                // Not the soft hyphen (Format), the cedilla (a letter here), nor superscripts and fractions (alphanumeric by themselves).
                0xA0..=0xA9 | 0xAB..=0xAC | 0xAE..=0xB1 | 0xB4 | 0xB6 | 0xBB | 0xBF => Other,
                _ => Complex,
            };
            (class, 2)
        }
        [0xE2, 0x80, b, ..] => {
            let class = match b {
                // U+2018 and U+2019, curly apostrophes.
                0x98 | 0x99 => MidNumLet,
                // U+2010 to 2015, dashes; U+201A to 2023, quotes, daggers, bullets; U+2026, the ellipsis.
                0x90..=0x95 | 0x9A..=0xA3 | 0xA6 => Other,
                _ => Complex,
            };
            (class, 3)
        }
        _ => (Complex, 1),
    }
}

/// Appends the Unicode words of `text`: those of `unicode_word_indices`, some times faster.
///
/// The rules of UAX #29 are carried out here for the classes above. At a character of any other class, the crate takes over
/// from the end of the last word (a boundary) to the next ASCII white space that an ASCII character follows (another one:
/// what comes after cannot attach to the white space).
fn split_unicode(text: &str, out: &mut Vec<Span>) {
    let bytes = text.as_bytes();
    let mut settled = 0;
    let mut at = 0;
    while at < bytes.len() {
        let (class, width) = class_at(bytes, at);
        let word = match class {
            Letter | Numeric | ExtendNumLet => scan_word(bytes, at, letters_end(bytes, at)),
            Complex => None,
            _ => {
                at += width;
                continue;
            }
        };
        if let Some((end, is_word)) = word {
            if is_word {
                out.push(Span::new(at, end));
            }
            at = end;
        } else {
            let end = safe_boundary(bytes, at);
            let words = text[settled..end].unicode_word_indices();
            out.extend(words.map(|(i, w)| Span::new(settled + i, settled + i + w.len())));
            at = end;
        }
        settled = at;
    }
}

/// The end of the segment that starts at `start` with a letter, digit or underscore, and whether it is more than
/// underscores. `None` if a character of class `Complex` has a say in it. Up to `letters` there are ASCII letters.
#[inline]
fn scan_word(bytes: &[u8], start: usize, letters: usize) -> Option<(usize, bool)> {
    let mut at = letters;
    let mut is_word = start < letters;
    let mut last = if is_word { Letter } else { Other };
    while at < bytes.len() {
        let (class, width) = class_at(bytes, at);
        match class {
            Letter | Numeric => is_word = true,
            ExtendNumLet => {}
            Complex => return None,
            Other => break,
            MidLetter | MidNum | MidNumLet => {
                // WB6, 7, 11, 12: a mark between two letters or two digits joins them.
                let joins = match last {
                    Letter => class != MidNum,
                    Numeric => class != MidLetter,
                    _ => false,
                };
                match bytes.get(at + width).map(|_| class_at(bytes, at + width).0) {
                    Some(Complex) => return None,
                    Some(next) if joins && next == last => {}
                    _ => break,
                }
            }
        }
        last = class;
        at += width;
    }
    Some((at, is_word))
}

/// The first ASCII white space at or after `from` that ends the text or has an ASCII character after it; else the end.
fn safe_boundary(bytes: &[u8], from: usize) -> usize {
    let safe = |at: &usize| bytes[*at].is_ascii_whitespace() && bytes.get(at + 1).is_none_or(u8::is_ascii);
    (from..bytes.len()).find(safe).unwrap_or(bytes.len())
}

/// Appends the pieces of `split_whitespace`.
fn split_whitespace(text: &str, out: &mut Vec<Span>) {
    let bytes = text.as_bytes();
    let mut start = 0;
    let mut at = 0;
    loop {
        at = visible_end(bytes, at);
        let width = match bytes.get(at) {
            None => break,
            Some(b' ' | b'\t'..=b'\r') => 1,
            // The lead bytes of all white space beyond ASCII.
            Some(0xC2 | 0xE1..=0xE3) => whitespace_len(text, at),
            Some(_) => 0,
        };
        if width == 0 {
            at += 1;
            continue;
        }
        if start < at {
            out.push(Span::new(start, at));
        }
        at += width;
        start = at;
    }
    if start < at {
        out.push(Span::new(start, at));
    }
}

/// The length in bytes of the white space character that starts at `at`; 0 if none does.
#[cold]
fn whitespace_len(text: &str, at: usize) -> usize {
    let first = text.get(at..).and_then(|rest| rest.chars().next());
    first.filter(|c| c.is_whitespace()).map_or(0, char::len_utf8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Analyzer;
    use proptest::prelude::*;

    fn unicode(text: &str) -> Vec<(usize, &str)> {
        let mut out = Vec::new();
        split_unicode(text, &mut out);
        out.iter().map(|s| (s.start as usize, &text[s.range()])).collect()
    }

    fn oracle(text: &str) -> Vec<(usize, &str)> {
        text.unicode_word_indices().collect()
    }

    #[test]
    fn words_of_both_kinds() {
        let mut analyzer = Analyzer::new();
        let view = analyzer.view("It's 3.14, isn’t it?  (naïve_1) — _\n日本 e\u{301}a");
        let words: Vec<_> = view.words(WordBreak::Unicode).iter().collect();
        assert_eq!(words, ["It's", "3.14", "isn’t", "it", "naïve_1", "日", "本", "e\u{301}a"]);
        let words: Vec<_> = view.words(WordBreak::Whitespace).iter().collect();
        assert_eq!(words, ["It's", "3.14,", "isn’t", "it?", "(naïve_1)", "—", "_", "日本", "e\u{301}a"]);
    }

    /// Every character in every position that the rules know, against the crate.
    #[test]
    fn every_character_breaks_as_in_the_crate() {
        for c in (0..0x3100).chain([0xFF10, 0x1F600, 0x1F1E6, 0xE0001]).filter_map(char::from_u32) {
            let text = format!("{c} a{c} {c}b a{c}b 1{c}2 a.{c}b _{c} -{c}\u{301}- \n{c}\n");
            assert_eq!(unicode(&text), oracle(&text), "{c:?}");
        }
    }

    #[test]
    fn white_space_is_that_of_std() {
        let text: String = ('\0'..='\u{3100}').collect();
        let mut out = Vec::new();
        split_whitespace(&text, &mut out);
        assert_eq!(
            out.iter().map(|s| &text[s.range()]).collect::<Vec<_>>(),
            text.split_whitespace().collect::<Vec<_>>()
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1024))]

        #[test]
        fn unicode_words_are_those_of_the_crate(
            text in "([ab1_.,:;' \\n\\-]|[é’—Ж\u{301}\u{345}\u{200D}日カא\"\u{1F600}\u{1F1E6}\u{2003}²·]){0,24}"
        ) {
            prop_assert_eq!(unicode(&text), oracle(&text));
        }

        #[test]
        fn any_text_breaks_as_in_the_crate(text in "\\PC{0,40}") {
            prop_assert_eq!(unicode(&text), oracle(&text));
        }
    }
}
