//! The rule sentencizer: after a token that ends a sentence, the next that is no punctuation begins another.

use super::tables::{Flags, Tables, tables};
use crate::text::{Span, Spans};

/// Appends the sentences, cut from the text without gaps.
///
/// White space counts as a token here, unless it is one space after another token; so a line break after a full stop begins
/// a sentence, and at the end of the text is one.
pub(in crate::text) fn split(words: Spans<'_>, out: &mut Vec<Span>) {
    let (text, tables) = (words.text(), tables());
    // End of the sentence before, and of the last token.
    let (mut start, mut end) = (0, 0);
    let mut ended = false;
    let beyond = Span::new(text.len(), text.len());
    for &word in words.as_slice().iter().chain([&beyond]) {
        let (gap_start, gap_end) = (end, word.start as usize);
        let gap = &text[gap_start..gap_end];
        if !gap.is_empty() && (gap != " " || gap_start == 0) {
            if ended {
                out.push(Span::new(start, end));
                (start, ended) = (end, false);
            }
            end = gap_end;
        }
        let token = &text[word.range()];
        if is_end(tables, token) {
            ended = true;
        } else if ended && !word.is_empty() && !is_punctuation(tables, token) {
            out.push(Span::new(start, end));
            (start, ended) = (end, false);
        }
        if !word.is_empty() {
            end = word.end as usize;
        }
    }
    out.push(Span::new(start, text.len()));
}

/// Whether a token is one of the characters that end a sentence, and nothing else.
#[inline]
fn is_end(tables: &Tables, token: &str) -> bool {
    if token.len() > 4 {
        return false;
    }
    let mut chars = token.chars();
    let first = chars.next().filter(|_| chars.next().is_none());
    first.is_some_and(|c| tables.flags(c).has(Flags::END))
}

fn is_punctuation(tables: &Tables, token: &str) -> bool {
    token.chars().all(|c| tables.flags(c).has(Flags::PUNCTUATION))
}
