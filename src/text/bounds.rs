//! How much the word n-grams of a text repeat at most: a fraction of the work of measuring it, and enough to tell that a text
//! which hardly repeats itself keeps within a bound.

use super::Spans;
use super::chars::Lengths;
use super::intern::{spread, word_key};

/// Fewest words, since n-grams have up to ten; and most: more would not fit the cache.
const WORDS: std::ops::RangeInclusive<usize> = 10..=1 << 18;
/// Counts for each word, of pairs and of triples. Two that share one make the bounds worse, not wrong.
const COUNTS_PER_WORD: usize = 8;
/// Repeated triples in a row from which n-grams of five words may repeat.
const SHORTEST_RUN: usize = 3;

/// What [`Repetition`](super::Repetition) is at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct RepetitionBounds {
    /// Characters of all words; exact.
    pub(crate) word_chars: u64,
    /// n = 2 to 4: no n-gram's occurrences × its characters, with a space between its words, are more.
    pub(crate) top: [u64; 3],
    /// n = 5 to 10: n-grams that occur twice or more cover no more characters.
    pub(crate) duplicate: [u64; 6],
}

/// Reused buffers of [`bound`].
#[derive(Debug, Default)]
pub(super) struct Scratch {
    /// How many pairs of neighbours there are of each hash; 65,535 are as many or more.
    pairs: Vec<u16>,
    /// How many triples there are of each hash, up to two.
    triples: Vec<u8>,
    /// Where each word with the next, and with the next two, is counted.
    slots: Vec<[u32; 2]>,
    /// Characters before each word, and at the end those of all.
    offsets: Vec<u32>,
}

/// Bounds on the repetition of `words`; `None` for very short and very long texts.
///
/// An n-gram occurs no oftener than its first two words do, and twice only if all triples of neighbours in it do. Both are
/// counted by hash alone, so no word is looked at twice.
pub(super) fn bound(words: Spans<'_>, scratch: &mut Scratch) -> Option<RepetitionBounds> {
    if !WORDS.contains(&words.len()) {
        return None;
    }
    scratch.count(words);
    Some(scratch.bounds())
}

impl Scratch {
    fn count(&mut self, words: Spans<'_>) {
        let Scratch { pairs, triples, slots, offsets } = self;
        let size = (words.len() * COUNTS_PER_WORD).next_power_of_two();
        pairs.clear();
        pairs.resize(size, 0);
        triples.clear();
        triples.resize(size, 0);
        slots.clear();
        offsets.clear();
        offsets.push(0);
        let bytes = words.text().as_bytes();
        let mut lengths = Lengths::new(words.text());
        // Odd constants other than that of `spread` (wyhash's), so that order counts.
        let first = |key: u64| key.wrapping_mul(0xE703_7ED1_A0B4_28DB).rotate_left(32);
        let second = |key: u64| key.wrapping_mul(0xA076_1D64_78BD_642F).rotate_left(32);
        let (mut offset, mut one, mut two) = (0, 0, 0);
        for &span in words.as_slice() {
            offset += lengths.of(span);
            offsets.push(offset);
            let key = word_key(bytes, span);
            let pair = spread(first(one) ^ key) & (size - 1);
            let triple = spread(second(two) ^ first(one) ^ key) & (size - 1);
            pairs[pair] = pairs[pair].saturating_add(1);
            triples[triple] = (triples[triple] + 1).min(2);
            slots.push([pair as u32, triple as u32]);
            (two, one) = (one, key);
        }
    }

    fn bounds(&self) -> RepetitionBounds {
        let Scratch { pairs, triples, slots, offsets } = self;
        let words = slots.len();
        let chars = |from: usize, to: usize| u64::from(offsets[to] - offsets[from]);
        let mut found = RepetitionBounds { word_chars: chars(0, words), ..RepetitionBounds::default() };
        // The pair that ends at each word but the first.
        for (at, slot) in slots.iter().skip(1).enumerate() {
            let count = pairs[slot[0] as usize];
            let count = if count == u16::MAX { u64::from(u32::MAX) } else { u64::from(count) };
            for (n, top) in (2..).zip(&mut found.top) {
                *top = (*top).max(count * (chars(at, (at + n).min(words)) + n as u64 - 1));
            }
        }
        // Triples in a row, up to the one before, that occur twice or more.
        let mut run = 0;
        for (at, slot) in slots.iter().skip(2).enumerate() {
            if triples[slot[1] as usize] > 1 {
                run += 1;
                continue;
            }
            if run >= SHORTEST_RUN {
                found.cover(run, chars(at - run, at + 2));
            }
            run = 0;
        }
        found.cover(run, chars(words - 2 - run, words));
        found
    }
}

impl RepetitionBounds {
    /// Counts the characters of so many repeated triples in a row for each n whose n-grams have no more triples.
    fn cover(&mut self, triples: usize, chars: u64) {
        for (n, covered) in (5..).zip(&mut self.duplicate) {
            *covered += if triples + 2 >= n { chars } else { 0 };
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::text::{Analyzer, WordBreak};
    use proptest::prelude::*;

    fn holds(text: &str) -> Result<(), TestCaseError> {
        let mut analyzer = Analyzer::new();
        let view = analyzer.view(text);
        let bounds = view.repetition_bounds(WordBreak::Whitespace).copied();
        let exact = view.repetition(WordBreak::Whitespace);
        let Some(bounds) = bounds else {
            prop_assert!(view.words(WordBreak::Whitespace).len() < 10);
            return Ok(());
        };
        prop_assert_eq!(bounds.word_chars, exact.word_chars());
        for n in 2..=4 {
            prop_assert!(exact.top_ngram_chars(n).unwrap() <= bounds.top[n - 2], "{} {:?}", n, bounds);
        }
        for n in 5..=10 {
            prop_assert!(exact.duplicate_ngram_chars(n).unwrap() <= bounds.duplicate[n - 5], "{} {:?}", n, bounds);
        }
        Ok(())
    }

    /// Words that all differ: but for pairs that share a count by chance, that is known.
    #[test]
    fn no_repetition_is_known_for_none() {
        let mut analyzer = Analyzer::new();
        let mut exact = (0, 0);
        for first in 0..50 {
            let text: String = (0..40).map(|i| format!("w{:02}{first:02} ", i)).collect();
            let view = analyzer.view(&text);
            let bounds = view.repetition_bounds(WordBreak::Whitespace).unwrap();
            exact.0 += u32::from(bounds.duplicate == [0; 6]);
            exact.1 += u32::from(bounds.top == [11, 17, 23]);
        }
        // Seen: 49 and 15.
        assert!(exact.0 >= 45 && exact.1 >= 10, "{exact:?}");
    }

    #[test]
    fn a_full_tally_bounds_nothing() {
        holds(&"a b ".repeat(400)).unwrap();
        holds(&"a b ".repeat(70_000)).unwrap();
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(512))]

        #[test]
        fn no_measure_is_beyond_its_bound(text in "((a b c d e f|g h i j k l m n o p q r|é|s|a|longer-word) ){0,40}") {
            holds(&text)?;
        }
    }
}
