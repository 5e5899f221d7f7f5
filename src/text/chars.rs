//! Characters by kind, counted in one pass, sixty-four ASCII bytes at a time.

use super::Span;

/// How many characters (code points) of each kind a text has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct CharCounts {
    /// All characters.
    pub chars: u64,
    /// Alphabetic ones (`char::is_alphabetic`).
    pub letters: u64,
    /// Upper-case ones (`char::is_uppercase`).
    pub upper: u64,
    /// Numeric ones (`char::is_numeric`: decimal digits, but also fractions and letter-like numbers).
    pub digits: u64,
    /// Alphabetic or numeric ones. Less than the sum of the two where some are both, as Roman numerals are.
    pub alphanumeric: u64,
    /// White space (`char::is_whitespace`), line breaks included.
    pub whitespace: u64,
    /// Line feeds.
    pub newlines: u64,
}

impl CharCounts {
    /// What is neither alphanumeric nor white space: punctuation, symbols, marks, controls.
    pub fn symbols(&self) -> u64 {
        self.chars - self.alphanumeric - self.whitespace
    }

    fn add_char(&mut self, c: char) {
        self.chars += 1;
        if is_common_letter(c) {
            self.letters += 1;
            self.alphanumeric += 1;
            // No script here but these two has case, and the first of the others is U+05D0.
            self.upper += u64::from(c < '\u{5D0}' && c.is_uppercase());
            return;
        }
        self.letters += u64::from(c.is_alphabetic());
        self.upper += u64::from(c.is_uppercase());
        self.digits += u64::from(c.is_numeric());
        self.alphanumeric += u64::from(c.is_alphanumeric());
        self.whitespace += u64::from(c.is_whitespace());
        self.newlines += u64::from(c == '\n');
    }

    /// Adds ASCII bytes, at most 255 of them, so that a byte can hold each sum and the loop becomes vector code.
    fn add_ascii(&mut self, block: &[u8]) {
        let (mut letters, mut upper, mut digits, mut whitespace, mut newlines) = (0u8, 0u8, 0u8, 0u8, 0u8);
        for &b in block {
            letters += u8::from((b | 0x20).wrapping_sub(b'a') < 26);
            upper += u8::from(b.wrapping_sub(b'A') < 26);
            digits += u8::from(b.wrapping_sub(b'0') < 10);
            // U+0009..=U+000D and the space, as `char::is_whitespace` has it.
            whitespace += u8::from(b.wrapping_sub(9) < 5) + u8::from(b == b' ');
            newlines += u8::from(b == b'\n');
        }
        self.chars += block.len() as u64;
        self.letters += u64::from(letters);
        self.upper += u64::from(upper);
        self.digits += u64::from(digits);
        self.alphanumeric += u64::from(letters) + u64::from(digits);
        self.whitespace += u64::from(whitespace);
        self.newlines += u64::from(newlines);
    }
}

/// Whether the character lies in a block of letters beyond ASCII that are nothing else: one comparison instead of five table
/// searches. Latin and Cyrillic; Hebrew, Arabic, Devanagari, kana, Han and Hangul.
fn is_common_letter(c: char) -> bool {
    matches!(c, 'À'..='Ö' | 'Ø'..='ö' | 'ø'..='\u{24F}' | '\u{400}'..='\u{481}')
        || matches!(c, '\u{5D0}'..='\u{5EA}' | '\u{620}'..='\u{64A}' | '\u{904}'..='\u{939}')
        || matches!(c, '\u{3041}'..='\u{3096}' | '\u{30A1}'..='\u{30FA}' | '\u{4E00}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7A3}')
}

/// Counts the characters of `text` by kind.
pub(super) fn count(text: &str) -> CharCounts {
    const BLOCK: usize = 64;
    let mut counts = CharCounts::default();
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let end = (at + BLOCK).min(bytes.len());
        if bytes[at..end].is_ascii() {
            counts.add_ascii(&bytes[at..end]);
            at = end;
            continue;
        }
        // Character by character to the first boundary at or past the block's end; `at` always lies on one.
        for c in text[at..].chars() {
            counts.add_char(c);
            at += c.len_utf8();
            if at >= end {
                break;
            }
        }
    }
    counts
}

/// Characters (code points) in `text`.
pub(super) fn len(text: &str) -> u64 {
    text.chars().count() as u64
}

/// Lengths in characters of one span after another: their bytes, as long as no byte beyond ASCII is near.
pub(super) struct Lengths<'t> {
    text: &'t str,
    /// The first byte beyond ASCII at or after the end of the last span; the text's length if there is none.
    next: usize,
}

impl<'t> Lengths<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Lengths { text, next: beyond_ascii(text, 0) }
    }

    /// Characters (code points) in `span`, which must begin at or after the end of the one before.
    #[inline]
    pub(super) fn of(&mut self, span: Span) -> u32 {
        let end = span.end as usize;
        if end <= self.next {
            return span.end - span.start;
        }
        if self.next < span.start as usize {
            self.next = beyond_ascii(self.text, span.start as usize);
            if end <= self.next {
                return span.end - span.start;
            }
        }
        self.text[span.range()].bytes().map(|b| u32::from(b & 0xC0 != 0x80)).sum()
    }
}

/// Where the first byte beyond ASCII lies at or after `from`.
fn beyond_ascii(text: &str, from: usize) -> usize {
    const BLOCK: usize = 32;
    let bytes = text.as_bytes();
    let mut at = from;
    for block in bytes[from..].chunks(BLOCK) {
        if !block.is_ascii() {
            return at + block.iter().position(|b| !b.is_ascii()).unwrap_or(0);
        }
        at += block.len();
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn naive(text: &str) -> CharCounts {
        let of = |f: fn(char) -> bool| text.chars().filter(|&c| f(c)).count() as u64;
        CharCounts {
            chars: of(|_| true),
            letters: of(char::is_alphabetic),
            upper: of(char::is_uppercase),
            digits: of(char::is_numeric),
            alphanumeric: of(char::is_alphanumeric),
            whitespace: of(char::is_whitespace),
            newlines: of(|c| c == '\n'),
        }
    }

    #[test]
    fn every_ascii_character_is_counted_as_its_kind() {
        for c in (0..=127u8).map(char::from) {
            let text = String::from(c);
            assert_eq!(count(&text), naive(&text), "{c:?}");
        }
        let ascii: String = (0..=127u8).map(char::from).collect();
        assert_eq!(count(&ascii).symbols(), 128 - 62 - 6);
    }

    #[test]
    fn common_letters_are_letters_and_nothing_else() {
        for c in ('\u{80}'..=char::MAX).filter(|&c| is_common_letter(c)) {
            assert!(c.is_alphabetic() && !c.is_numeric() && !c.is_whitespace(), "{c:?}");
            assert!(c < '\u{5D0}' || !c.is_uppercase(), "{c:?}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn lengths_agree_with_counting(text in "([a-c]{0,40} |[é日b]{0,3} ){0,12}") {
            let mut lengths = Lengths::new(&text);
            for word in text.split(' ') {
                let span = crate::text::spans::span_of(&text, word);
                prop_assert_eq!(u64::from(lengths.of(span)), len(word));
            }
        }

        #[test]
        fn blocks_agree_with_one_by_one(text in "([ -~\\n]{0,150}[éЖא日\u{2160}٣\u{85}\u{10FFFF}]{0,3}){0,4}") {
            prop_assert_eq!(count(&text), naive(&text));
        }
    }
}
