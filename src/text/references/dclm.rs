//! What DCLM's filters count.

use super::copies::{self, Copies};
use super::datamap::is_bullet_line;
use crate::text::words::begins_alnum;
use crate::text::{Spans, python};

/// Counts over words between Python's white space.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Words {
    /// All words.
    pub(crate) all: u64,
    /// Words without a letter.
    pub(crate) non_alpha: u64,
    /// Words that are one of Gopher's stop words, in any case.
    pub(crate) stop_words: u64,
}

/// Stripped lines that are not empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Lines {
    /// All of them, and those that another one equals.
    pub(crate) copies: Copies,
    /// Lines that begin with a bullet.
    pub(crate) bullets: u64,
    /// Lines that end in an ellipsis.
    pub(crate) ellipses: u64,
}

pub(super) fn words(words: Spans<'_>) -> Words {
    let mut found = Words { all: words.len() as u64, ..Words::default() };
    for word in words.iter() {
        let letter_first = word.bytes().next().is_some_and(|b| b.is_ascii_alphabetic());
        found.non_alpha += u64::from(!letter_first && !word.chars().any(python::is_alpha));
        found.stop_words += u64::from(is_stop_word(word));
    }
    found
}

/// Whether the word, in lower case, is one of Gopher's stop words (Rae et al. 2021, A1.1). No character beyond ASCII has a
/// lower case that is one of their letters.
pub(super) fn is_stop_word(word: &str) -> bool {
    (2..=4).contains(&word.len())
        && ["the", "be", "to", "of", "and", "that", "have", "with"].iter().any(|stop| word.eq_ignore_ascii_case(stop))
}

/// Words between what fastText takes for blanks that begin with a letter or digit (`split_words` with `fasttext`).
pub(super) fn word_count(text: &str) -> u64 {
    // fastText, `Dictionary::readWord`. All are ASCII, so bytes will do.
    let is_blank = |b: u8| matches!(b, b'\t'..=b'\r' | b' ' | 0);
    let bytes = text.as_bytes();
    let mut found = 0;
    let mut blank = true;
    for (at, &b) in bytes.iter().enumerate() {
        let begins = std::mem::replace(&mut blank, is_blank(b)) && !blank;
        if begins {
            found += u64::from(if b.is_ascii() { b.is_ascii_alphanumeric() } else { begins_alnum(&text[at..]) });
        }
    }
    found
}

pub(super) fn lines(text: &str, scratch: &mut copies::Scratch) -> Lines {
    let mut found = Lines::default();
    let count = |line: &&str| {
        found.bullets += u64::from(is_bullet_line(line));
        found.ellipses += u64::from(line.ends_with("...") || line.ends_with(". . .") || line.ends_with('…'));
    };
    found.copies = copies::count(text, stripped(text, "\n").inspect(count), scratch);
    found
}

pub(super) fn paragraphs(text: &str, scratch: &mut copies::Scratch) -> Copies {
    copies::count(text, stripped(text, "\n\n"), scratch)
}

fn stripped<'t>(text: &'t str, separator: &str) -> impl Iterator<Item = &'t str> {
    text.split(separator).map(python::strip).filter(|piece| !piece.is_empty())
}
