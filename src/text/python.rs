//! Python's string methods, where Rust's of the same name differ and a decision of a Python tool rests on them.
//!
//! | Python | here | Rust's own |
//! |---|---|---|
//! | `c.isspace()`, `\s` of `re` | [`is_space`] | `char::is_whitespace` lacks U+001C to U+001F |
//! | `s.strip()` | [`strip`] | `str::trim`: likewise |
//! | `s.splitlines()` | [`split_lines`] | `str::lines` knows LF and CRLF only |
//! | `c.isalpha()` | [`is_alpha`] | `char::is_alphabetic` adds marks, letter-like numbers and symbols |
//! | `len(s)` | `s.chars().count()` | `str::len` is in bytes |
//! | `s.split("\n")`, `s.count(x)`, `s.lower()` | the same in Rust | |
//!
//! The tables are those of Python 3.11 (Unicode 14), whatever the Unicode version of this build: a character assigned
//! later is no letter here.
//!
//! ```
//! use mashbill::text::python;
//!
//! assert_eq!(python::strip("\u{1c} rye \u{a0}"), "rye");
//! assert_eq!(python::split_lines("a\r\nb\u{85}\u{b}c\n").collect::<Vec<_>>(), ["a", "b", "", "c"]);
//! assert!(python::is_alpha('é') && !python::is_alpha('Ⅷ'));
//! ```

use super::spacy::tables::{Flags, tables};

/// Whether `c.isspace()` holds: white space of Unicode, and the separators U+001C to U+001F.
#[inline]
pub fn is_space(c: char) -> bool {
    match c {
        '\t'..='\r' | '\x1C'..='\x1F' | ' ' => true,
        c if c.is_ascii() => false,
        c => c.is_whitespace(),
    }
}

/// Whether `c.isalpha()` holds: general category L (Unicode 14).
#[inline]
pub fn is_alpha(c: char) -> bool {
    if c.is_ascii() { c.is_ascii_alphabetic() } else { tables().flags(c).has(Flags::ALPHABETIC) }
}

/// Whether `\d` of `re` matches: general category Nd (Unicode 14).
pub(crate) fn is_decimal(c: char) -> bool {
    if c.is_ascii() { c.is_ascii_digit() } else { tables().flags(c).has(Flags::DIGIT) }
}

/// Whether `\w` of `re` matches: letters, numbers and the underscore, but no marks (Unicode 14).
pub(crate) fn is_word(c: char) -> bool {
    if c.is_ascii() { c.is_ascii_alphanumeric() || c == '_' } else { tables().flags(c).has(Flags::WORD) }
}

/// `text.strip()`.
pub fn strip(text: &str) -> &str {
    text.trim_matches(is_space)
}

/// `text.splitlines()`: pieces between LF, CR, CRLF, U+000B, U+000C, U+001C to U+001E, U+0085, U+2028 and U+2029. A final
/// break opens no further line; an empty text has none.
pub fn split_lines(text: &str) -> impl Iterator<Item = &str> {
    line_ranges(text).map(|line| &text[line])
}

/// The byte ranges of those pieces.
pub(crate) fn line_ranges(text: &str) -> impl Iterator<Item = std::ops::Range<usize>> + '_ {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let start = text.len() - rest.len();
        let end = find_line_break(rest).unwrap_or(rest.len());
        let tail = &rest[end..];
        let mut chars = tail.chars();
        rest = match chars.next() {
            Some('\r') => tail.strip_prefix("\r\n").unwrap_or(chars.as_str()),
            _ => chars.as_str(),
        };
        Some(start..start + end)
    })
}

/// The byte at which the first line break begins. Bytes are looked at sixteen at a time, and characters only behind the lead
/// bytes of those breaks that are not ASCII: many times as fast as to decode every character.
fn find_line_break(text: &str) -> Option<usize> {
    const BLOCK: usize = 16;
    let bytes = text.as_bytes();
    let may_break = |b: &u8| matches!(b, b'\n'..=b'\r' | 0x1C..=0x1E | 0xC2 | 0xE2);
    let mut at = 0;
    loop {
        // Without a way out of the inner loop, so that it becomes vector code.
        while bytes.get(at..at + BLOCK).is_some_and(|block| !block.iter().fold(false, |any, b| any | may_break(b))) {
            at += BLOCK;
        }
        at += bytes.get(at..)?.iter().position(may_break)?;
        // Never inside a character, for no continuation byte is among those.
        if text.get(at..)?.starts_with(is_line_break) {
            return Some(at);
        }
        at += 1;
    }
}

fn is_line_break(c: char) -> bool {
    matches!(c, '\n'..='\r' | '\x1C'..='\x1E' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_is_as_in_python() {
        for c in '\0'..=char::MAX {
            let flags = tables().flags(c);
            assert_eq!(is_space(c), flags.has(Flags::SPACE), "{c:?}");
            assert_eq!(is_alpha(c), flags.has(Flags::ALPHABETIC), "{c:?}");
            assert_eq!(is_word(c), flags.has(Flags::WORD), "{c:?}");
        }
    }

    #[test]
    fn lines_are_those_of_splitlines() {
        let cases: [(&str, &[&str]); 6] = [
            ("", &[]),
            ("\n", &[""]),
            ("a\r\rb\n\r", &["a", "", "b", ""]),
            ("a\u{1c}b\u{1d}c\u{1e}d\u{1f}e", &["a", "b", "c", "d\u{1f}e"]),
            ("é\u{2028}\u{2029}x", &["é", "", "x"]),
            ("a\u{c}\u{b}b", &["a", "", "b"]),
        ];
        for (text, want) in cases {
            assert_eq!(split_lines(text).collect::<Vec<_>>(), want, "{text:?}");
        }
    }
}
