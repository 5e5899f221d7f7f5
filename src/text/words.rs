//! Words: where one begins and ends, by each of the breaks that the field's rules ask for.

use super::Span;
use super::spans::span_of;
use unicode_segmentation::UnicodeSegmentation;

/// What counts as a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WordBreak {
    /// Unicode words: UAX #29 segments that hold at least one alphanumeric character. Punctuation is no word.
    Unicode,
    /// Maximal runs of characters that are not Unicode white space. Punctuation sticks to its word.
    Whitespace,
}

impl WordBreak {
    /// Number of breaks: a view holds one cell for each.
    pub(super) const COUNT: usize = 2;

    /// Position among the breaks.
    pub(super) fn index(self) -> usize {
        self as usize
    }

    /// Appends the words of `text` to `out`.
    pub(super) fn split(self, text: &str, out: &mut Vec<Span>) {
        match self {
            WordBreak::Unicode => {
                out.extend(text.unicode_word_indices().map(|(i, w)| Span::new(i, i + w.len())));
            }
            WordBreak::Whitespace => out.extend(text.split_whitespace().map(|w| span_of(text, w))),
        }
    }
}
