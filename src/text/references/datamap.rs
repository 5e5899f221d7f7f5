//! What datamap-rs's filters count.

use super::dclm::is_stop_word;
use crate::text::Spans;

/// Counts over words between white space.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Words {
    /// All words.
    pub(crate) all: u64,
    /// UTF-8 bytes of these.
    pub(crate) bytes: u64,
    /// Words without a letter.
    pub(crate) non_alpha: u64,
    /// Words that are one of Gopher's stop words, in any case.
    pub(crate) stop_words: u64,
}

pub(super) fn words(words: Spans<'_>) -> Words {
    let mut found = Words { all: words.len() as u64, ..Words::default() };
    for (word, span) in words.iter().zip(words.as_slice()) {
        found.bytes += span.len() as u64;
        let letter_first = word.bytes().next().is_some_and(|b| b.is_ascii_alphabetic());
        found.non_alpha += u64::from(!letter_first && !word.chars().any(char::is_alphabetic));
        found.stop_words += u64::from(is_stop_word(word));
    }
    found
}

/// Runs of letters and digits of an ASCII text; `None` for any other.
pub(super) fn ascii_word_count(text: &str) -> Option<u64> {
    let mut found = 0;
    let mut inside = false;
    for &b in text.is_ascii().then_some(text.as_bytes())? {
        let before = std::mem::replace(&mut inside, b.is_ascii_alphanumeric());
        found += u64::from(inside && !before);
    }
    Some(found)
}

/// Whether the line begins with one of datamap's and DCLM's bullets.
pub(crate) fn is_bullet_line(line: &str) -> bool {
    line.starts_with(['●', '•', '*', '-'])
}
