//! The rule sentencizer: after a token that ends a sentence, the next that is no punctuation begins another.

use super::tables::{Flags, Tables, tables};
use crate::text::{Span, Spans};

/// Appends the sentences, cut from the text without gaps.
pub(in crate::text) fn split(words: Spans<'_>, out: &mut Vec<Span>) {
    let text = words.text();
    each(text, words.as_slice(), Span::new(0, text.len()), |sentence| out.push(sentence));
}

/// The number of sentences of a part of the text, which holds these words.
pub(in crate::text) fn count(text: &str, words: &[Span], part: Span) -> u64 {
    let mut count = 0;
    each(text, words, part, |_| count += 1);
    count
}

/// Hands on the sentences of a part of the text, which holds these words.
///
/// White space counts as a token here, unless it is one space after another token; so a line break after a full stop begins
/// a sentence, and at the end of the text is one.
#[inline]
fn each(text: &str, words: &[Span], part: Span, mut sentence: impl FnMut(Span)) {
    let tables = tables();
    // White space that is a token.
    let token_between = |start: u32, end: u32| start < end && &text.as_bytes()[start as usize..end as usize] != b" ";
    // Start of the sentence, and end of the last token.
    let (mut start, mut end) = (part.start, part.start);
    let mut ended = false;
    for &word in words {
        if ended && token_between(end, word.start) {
            sentence(Span { start, end });
            (start, ended) = (end, false);
        }
        let token = &text[word.range()];
        if is_end(tables, token) {
            ended = true;
        } else if ended && !is_punctuation(tables, token) {
            sentence(Span { start, end });
            (start, ended) = (end, false);
        }
        end = word.end;
    }
    if ended && token_between(end, part.end) {
        sentence(Span { start, end });
        start = end;
    }
    sentence(Span { start, end: part.end });
}

/// Whether a token is one of the characters that end a sentence, and nothing else.
#[inline]
fn is_end(tables: &Tables, token: &str) -> bool {
    match token.as_bytes() {
        [b] => matches!(b, b'.' | b'!' | b'?'),
        [0xC0..=0xDF, _] | [0xE0..=0xEF, _, _] | [0xF0..=0xFF, _, _, _] => {
            token.chars().next().is_some_and(|c| tables.flags(c).has(Flags::END))
        }
        _ => false,
    }
}

fn is_punctuation(tables: &Tables, token: &str) -> bool {
    token.chars().all(|c| tables.flags(c).has(Flags::PUNCTUATION))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_that_ends_a_sentence_does_so_alone() {
        for c in '\0'..=char::MAX {
            let ends = tables().flags(c).has(Flags::END);
            assert_eq!(is_end(tables(), &c.to_string()), ends, "{c:?}");
            assert!(!is_end(tables(), &format!("{c}x")) && !is_end(tables(), &format!("x{c}")), "{c:?}");
        }
    }
}
