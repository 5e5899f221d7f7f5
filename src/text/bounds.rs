//! How much the word n-grams of a text repeat at most: a fraction of the work of measuring it, and enough to tell that a text
//! which hardly repeats itself keeps within a bound.

use super::Spans;
use super::chars::Lengths;
use super::intern::{spread, word_key};

/// Fewest words, since n-grams have up to ten; and most: more would not fit the cache.
const WORDS: std::ops::RangeInclusive<usize> = 10..=1 << 18;
/// Counts for each word. Two pairs that share one make the bounds worse, not wrong.
const COUNTS_PER_WORD: usize = 8;
/// Repeated pairs in a row from which n-grams of five words may repeat.
const SHORTEST_RUN: usize = 4;

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
    tally: Vec<u16>,
    /// Where each word and the next are counted.
    slots: Vec<u32>,
    /// Characters before each word, and at the end those of all.
    offsets: Vec<u32>,
}

/// Bounds on the repetition of `words`; `None` for very short and very long texts.
///
/// An n-gram occurs no oftener than its first two words do, and only if all its pairs of neighbours do. Pairs are counted by
/// hash alone, so no word is looked at twice.
pub(super) fn bound(words: Spans<'_>, scratch: &mut Scratch) -> Option<RepetitionBounds> {
    if !WORDS.contains(&words.len()) {
        return None;
    }
    scratch.count_pairs(words);
    Some(scratch.bounds())
}

impl Scratch {
    fn count_pairs(&mut self, words: Spans<'_>) {
        let Scratch { tally, slots, offsets } = self;
        let size = (words.len() * COUNTS_PER_WORD).next_power_of_two();
        tally.clear();
        tally.resize(size, 0);
        slots.clear();
        offsets.clear();
        offsets.push(0);
        let bytes = words.text().as_bytes();
        let mut lengths = Lengths::new(words.text());
        let (mut offset, mut before) = (0, None);
        for &span in words.as_slice() {
            offset += lengths.of(span);
            offsets.push(offset);
            let key = word_key(bytes, span);
            if let Some(before) = before.replace(key) {
                // Another odd constant than `spread` has (wyhash's), so that order counts.
                let slot = spread(key.wrapping_mul(0xE703_7ED1_A0B4_28DB).rotate_left(32) ^ before) & (size - 1);
                tally[slot] = tally[slot].saturating_add(1);
                slots.push(slot as u32);
            }
        }
    }

    fn bounds(&self) -> RepetitionBounds {
        let Scratch { tally, slots, offsets } = self;
        let chars = |from: usize, to: usize| u64::from(offsets[to] - offsets[from]);
        let mut found = RepetitionBounds { word_chars: chars(0, offsets.len() - 1), ..RepetitionBounds::default() };
        let mut full = false;
        // Pairs in a row, up to the one before, that occur twice or more.
        let mut run = 0;
        for (at, &slot) in slots.iter().enumerate() {
            let count = tally[slot as usize];
            full |= count == u16::MAX;
            for (n, top) in (2..).zip(&mut found.top) {
                let end = (at + n).min(offsets.len() - 1);
                *top = (*top).max(u64::from(count) * (chars(at, end) + n as u64 - 1));
            }
            if count < 2 && run >= SHORTEST_RUN {
                found.cover(run, chars(at - run, at + 1));
            }
            run = if count < 2 { 0 } else { run + 1 };
        }
        found.cover(run, chars(slots.len() - run, slots.len() + 1));
        if full {
            found.top = [u64::MAX; 3];
        }
        found
    }
}

impl RepetitionBounds {
    /// Counts the characters of `pairs` repeated pairs in a row for each n whose n-grams have no more pairs.
    fn cover(&mut self, pairs: usize, chars: u64) {
        for (n, covered) in (5..).zip(&mut self.duplicate) {
            *covered += if pairs + 1 >= n { chars } else { 0 };
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

    #[test]
    fn no_repetition_is_known_for_none() {
        let mut analyzer = Analyzer::new();
        let text: String = (0..40).map(|i| format!("w{i} ")).collect();
        let view = analyzer.view(&text);
        let bounds = view.repetition_bounds(WordBreak::Whitespace).unwrap();
        assert_eq!((bounds.top, bounds.duplicate), ([7, 11, 15], [0; 6]));
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
