//! The most frequent n-gram of two to four words as datatrove finds it, even if it occurs once: sought among those alone whose
//! first two words are frequent enough.

use super::rounds::{Round, Rounds};
use crate::text::chars::Lengths;
use crate::text::intern::{KeyTable, spread, word_key};
use crate::text::{Span, Spans};

/// The lengths n for which the most frequent n-gram is measured.
pub(super) const TOP: std::ops::RangeInclusive<usize> = 2..=4;
/// Counts for each word, and most in all (8 MiB). Pairs that share one cost time, and make the bounds worse, not wrong.
const COUNTS_PER_WORD: usize = 8;
const MOST_COUNTS: usize = 1 << 22;

/// Reused buffers.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    rounds: Rounds,
    /// How many pairs of neighbours there are of each hash; `u16::MAX` are as many or more.
    pairs: Vec<u16>,
    /// The greatest of them.
    most: u16,
    /// Where the pair is counted that begins at each word.
    slots: Vec<u32>,
    /// Characters before each word, and at the end those of all.
    offsets: Vec<u32>,
    grams: Vec<Gram>,
    table: KeyTable,
}

/// An n-gram.
#[derive(Debug, Clone, Copy)]
struct Gram {
    /// The word at which it first begins.
    first: u32,
    /// How often it occurs.
    count: u32,
}

impl Scratch {
    /// Takes the words of another text.
    pub(super) fn begin(&mut self, words: Spans<'_>) -> Round {
        self.count(words);
        self.rounds.begin()
    }

    /// Takes the words of that round again, if others came after them.
    pub(super) fn resume(&mut self, words: Spans<'_>, round: Round) {
        if !self.rounds.resume(round) {
            self.count(words);
        }
    }

    fn count(&mut self, words: Spans<'_>) {
        let Scratch { pairs, most, slots, offsets, .. } = self;
        let size = (words.len() * COUNTS_PER_WORD).next_power_of_two().min(MOST_COUNTS);
        pairs.clear();
        pairs.resize(size, 0);
        slots.clear();
        slots.reserve_exact(words.len());
        offsets.clear();
        offsets.reserve_exact(words.len() + 1);
        offsets.push(0);
        *most = 0;
        let bytes = words.text().as_bytes();
        let mut lengths = Lengths::new(words.text());
        let (mut offset, mut before) = (0, None);
        for &span in words.as_slice() {
            offset += lengths.of(span);
            offsets.push(offset);
            let key = word_key(bytes, span);
            if let Some(before) = before.replace(key) {
                let slot = spread(joined(before, key)) & (size - 1);
                pairs[slot] = pairs[slot].saturating_add(1);
                *most = pairs[slot].max(*most);
                slots.push(slot as u32);
            }
        }
    }

    /// For n = 2 to 4, what [`top`](Self::top) is at most: an n-gram occurs no oftener than its first two words do. `None` if there
    /// are fewer than four words.
    pub(super) fn bounds(&self) -> Option<[u64; 3]> {
        let last = self.offsets.len().checked_sub(1 + TOP.end())?;
        let mut bounds = [0; 3];
        for (at, &slot) in self.slots.iter().enumerate() {
            let count = match self.pairs[slot as usize] {
                u16::MAX => u64::from(u32::MAX),
                count => u64::from(count),
            };
            // At the end of the text, the last n-gram instead of a shorter one: longer, if anything.
            let longest = count * (self.chars(at.min(last), *TOP.end()) + 3);
            // What is short and rare changes nothing, and most pairs are.
            if longest > bounds[0] {
                for (n, bound) in TOP.zip(&mut bounds) {
                    let end = (at + n).min(self.offsets.len() - 1);
                    let chars = u64::from(self.offsets[end] - self.offsets[at]);
                    *bound = (*bound).max(count * (chars + n as u64 - 1));
                }
            }
        }
        Some(bounds)
    }

    /// Occurrences × characters of the most frequent n-gram with one space between its words; of equally frequent ones, and
    /// where none repeats, of the first (`find_top_duplicate`). `None` if there are fewer than n words.
    pub(super) fn top(&mut self, words: Spans<'_>, n: usize) -> Option<u64> {
        if words.len() < n {
            return None;
        }
        let mut top = self.most_frequent(words, n, self.most);
        // One that begins with a rarer pair may be more frequent, or as frequent and before it.
        if top.count < u32::from(self.most) {
            top = self.most_frequent(words, n, u16::try_from(top.count).unwrap_or(u16::MAX));
        }
        Some((self.chars(top.first as usize, n) + n as u64 - 1) * u64::from(top.count))
    }

    /// The most frequent n-gram among those that begin with two words that occur `least` times or more, and not once; the first of
    /// all if none of these does.
    fn most_frequent(&mut self, words: Spans<'_>, n: usize, least: u16) -> Gram {
        let Scratch { pairs, slots, grams, table, .. } = self;
        let (bytes, spans) = (words.text().as_bytes(), words.as_slice());
        let least = least.max(2);
        grams.clear();
        table.reset(words.len());
        for (at, gram) in spans.windows(n).enumerate() {
            if pairs[slots[at] as usize] < least {
                continue;
            }
            let key = gram.iter().fold(0, |key, &word| joined(key, word_key(bytes, word)));
            let equal = |id: u32| same(bytes, &spans[grams[id as usize].first as usize..], gram);
            let id = table.id(key, grams.len() as u32, equal) as usize;
            match grams.get_mut(id) {
                Some(gram) => gram.count += 1,
                None => grams.push(Gram { first: at as u32, count: 1 }),
            }
        }
        let once = Gram { first: 0, count: 1 };
        grams.iter().fold(once, |top, &gram| if gram.count > top.count { gram } else { top })
    }

    /// Characters of the `n` words from `first` on.
    fn chars(&self, first: usize, n: usize) -> u64 {
        u64::from(self.offsets[first + n] - self.offsets[first])
    }
}

/// Whether both begin with the words of `gram`.
fn same(bytes: &[u8], words: &[Span], gram: &[Span]) -> bool {
    words.iter().zip(gram).all(|(a, b)| bytes[a.range()] == bytes[b.range()])
}

/// A key of what `before` is the key of, and the next word. An odd constant other than that of `spread` (wyhash's), so that order
/// counts.
#[inline]
fn joined(before: u64, key: u64) -> u64 {
    before.wrapping_mul(0xE703_7ED1_A0B4_28DB).rotate_left(32) ^ key
}
