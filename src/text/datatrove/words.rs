//! Words as datatrove's Gopher quality filter counts them.

use super::marks::{is_first_symbol, is_symbol};
use crate::text::chars::Lengths;
use crate::text::{Spans, python};

/// Counts over the tokens of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Words {
    /// All tokens.
    pub(crate) all: u64,
    /// Tokens with a character that is no symbol.
    pub(crate) non_symbol: u64,
    /// Characters (code points) of these.
    pub(crate) non_symbol_chars: u64,
    /// Tokens with a letter.
    pub(crate) alpha: u64,
    /// How many of Gopher's eight stop words are among them, in lower case.
    pub(crate) stop_words: u32,
}

pub(super) fn count(words: Spans<'_>) -> Words {
    let mut counts = Words { all: words.len() as u64, ..Words::default() };
    let mut lengths = Lengths::new(words.text());
    let mut seen = 0u8;
    for (word, &span) in words.iter().zip(words.as_slice()) {
        let chars = u64::from(lengths.of(span));
        let letter_first = word.bytes().next().is_some_and(|b| b.is_ascii_alphabetic());
        if letter_first || word.chars().any(|c| !is_symbol(c)) {
            counts.non_symbol += 1;
            counts.non_symbol_chars += chars;
        }
        counts.alpha += u64::from(letter_first || word.chars().any(python::is_alpha));
        seen |= stop_word(word.as_bytes());
    }
    counts.stop_words = seen.count_ones();
    counts
}

/// The same as datatrove 0.2 counted: fewer characters are symbols, and stop words count as often as they occur.
pub(super) fn count_first(words: Spans<'_>) -> Words {
    let mut counts = Words { all: words.len() as u64, ..Words::default() };
    for word in words.iter() {
        if word.chars().any(|c| !is_first_symbol(c)) {
            counts.non_symbol += 1;
            counts.non_symbol_chars += word.chars().count() as u64;
        }
        counts.alpha += u64::from(word.chars().any(python::is_alpha));
        counts.stop_words = counts.stop_words.saturating_add(stop_word(word.as_bytes()).count_ones());
    }
    counts
}

/// As many words as there are, or fewer. An ASCII space or line feed parts words, and what stands after it, unless it is white
/// space too, is one or more.
pub(super) fn at_least(text: &str) -> u64 {
    const BLOCK: usize = 128;
    let starts = |before: u8, b: u8| matches!(before, b' ' | b'\n') && (0x21..0x80).contains(&b);
    let bytes = text.as_bytes();
    let first = u64::from(bytes.first().is_some_and(|b| (0x21..0x80).contains(b)));
    let (before, after) = (bytes.chunks(BLOCK), bytes.get(1..).unwrap_or(&[]).chunks(BLOCK));
    // A byte can hold a block's sum, so that the loop becomes vector code.
    let block = |(before, after): (&[u8], &[u8])| {
        u64::from(before.iter().zip(after).fold(0u8, |sum, (&before, &b)| sum + u8::from(starts(before, b))))
    };
    first + before.zip(after).map(block).sum::<u64>()
}

/// A bit for each of Gopher's stop words (Rae et al. 2021, A1.1), as they stand; none for any other word.
fn stop_word(word: &[u8]) -> u8 {
    match word {
        b"the" => 1,
        b"be" => 1 << 1,
        b"to" => 1 << 2,
        b"of" => 1 << 3,
        b"and" => 1 << 4,
        b"that" => 1 << 5,
        b"have" => 1 << 6,
        b"with" => 1 << 7,
        _ => 0,
    }
}
