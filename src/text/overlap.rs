//! How much of one text's words stand in another: n-grams of an answer that its question has too.

use super::intern::KeyTable;
use super::{Span, Spans, WordBreak, spacy};
use std::cell::RefCell;
use xxhash_rust::xxh3::xxh3_64;

/// Words of an n-gram. Ours: short enough for a copied sentence, too long for common turns of phrase.
const N: usize = 5;

/// N-grams of a text that another text has too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Overlap {
    /// N-grams (of five words), by position, that the other text has.
    pub shared: u64,
    /// All n-grams, by position.
    pub total: u64,
}

/// Reused buffers of [`measure`].
#[derive(Debug, Default)]
pub(super) struct Scratch {
    other: Vec<Span>,
    hashes: Vec<u64>,
    table: KeyTable,
}

/// Counts the n-grams of `words` that `other` has. Words are compared as they stand, and n-grams in full: a hash only says where to
/// look.
pub(super) fn measure(
    words: Spans<'_>,
    other: &str,
    spacy: &RefCell<spacy::Scratch>,
    scratch: &mut Scratch,
) -> Overlap {
    let Scratch { other: spans, hashes, table } = scratch;
    spans.clear();
    WordBreak::Unicode.split(other, spacy, spans);
    let others = Spans::new(other, spans);
    table.reset(others.len());
    hash_words(others, hashes);
    for (i, window) in hashes.windows(N).enumerate() {
        let same = |id: u32| equal(others, id as usize, others, i);
        table.id(key(window), i as u32, same);
    }
    hash_words(words, hashes);
    let mut found = Overlap::default();
    for (i, window) in hashes.windows(N).enumerate() {
        found.total += 1;
        found.shared += u64::from(table.contains(key(window), |id| equal(others, id as usize, words, i)));
    }
    found
}

fn hash_words(words: Spans<'_>, hashes: &mut Vec<u64>) {
    hashes.clear();
    hashes.extend(words.iter().map(|word| xxh3_64(word.as_bytes())));
}

/// A key for the words of one window; never 0.
fn key(window: &[u64]) -> u64 {
    // Multiplication by an odd constant keeps the order of the words in the sum (as in a polynomial hash).
    window.iter().fold(0u64, |key, hash| key.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(*hash)) | 1
}

/// Whether the n-grams at `i` of `a` and at `j` of `b` have the same words.
fn equal(a: Spans<'_>, i: usize, b: Spans<'_>, j: usize) -> bool {
    (0..N).all(|k| a.get(i + k) == b.get(j + k))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Analyzer;
    use proptest::prelude::*;
    use std::collections::HashSet;

    fn ours(text: &str, other: &str) -> Overlap {
        Analyzer::new().view(text).overlap(other)
    }

    #[test]
    fn a_small_case_by_hand() {
        let question = "What is the sum of one and two?";
        let found = ours("Well: what is the sum of one, and more of it", question);
        // "is the sum of one" and "the sum of one and"; `What` has another case.
        assert_eq!(found, Overlap { shared: 2, total: 7 });
        assert_eq!(ours("one two three four", "one two three four"), Overlap::default());
        assert_eq!(ours("", ""), Overlap::default());
        assert_eq!(ours("a b c d e", ""), Overlap { shared: 0, total: 1 });
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn agrees_with_a_hash_set(text in "((a|b|é|word)[ ,]){0,40}", other in "((a|b|é|word)[ ,]){0,40}") {
            let words = |text: &str| -> Vec<String> {
                text.split([' ', ',']).filter(|w| !w.is_empty()).map(str::to_owned).collect()
            };
            let (words, others) = (words(&text), words(&other));
            let known: HashSet<&[String]> = others.windows(N).collect();
            let shared = words.windows(N).filter(|w| known.contains(w)).count() as u64;
            let total = words.windows(N).count() as u64;
            prop_assert_eq!(ours(&text, &other), Overlap { shared, total });
        }
    }
}
