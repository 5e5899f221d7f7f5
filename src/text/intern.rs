//! Strings to dense ids, by an open-addressing table that is cleared, not freed, between texts.

use super::runs::load;
use super::{Span, Spans};
use xxhash_rust::xxh3::xxh3_64;

/// What became of one string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Interned {
    /// Its id: 0 for the first distinct string, 1 for the next …
    pub(super) id: u32,
    /// Whether an earlier string was equal to it.
    pub(super) repeated: bool,
}

/// The largest table that a new text begins with; beyond, it grows with the distinct keys. 64 KiB, which stays in the cache.
const FIRST_SLOTS: usize = 4096;

/// One place in the table; free unless `round` is the table's.
#[derive(Debug, Clone, Copy, Default)]
struct Slot {
    key: u64,
    id: u32,
    round: u32,
}

/// Keys to ids, open addressing at a load of one half at most. It takes room for the distinct keys, however many there are in
/// all, and keeps it for the next text. To forget all keys costs nothing: the next round has another number.
#[derive(Debug, Default)]
pub(super) struct KeyTable {
    slots: Vec<Slot>,
    /// One less than the number of slots in use, the first ones.
    mask: usize,
    len: usize,
    round: u32,
    /// Entries on their way to a larger table.
    moving: Vec<Slot>,
}

impl KeyTable {
    /// Forgets all keys; at most `keys` are to come.
    pub(super) fn reset(&mut self, keys: usize) {
        self.mask = (keys * 2).next_power_of_two().clamp(16, FIRST_SLOTS) - 1;
        self.begin_round();
    }

    /// Frees every slot.
    fn begin_round(&mut self) {
        match self.round.checked_add(1) {
            Some(next) => self.round = next,
            None => {
                self.slots.fill(Slot::default());
                self.round = 1;
            }
        }
        self.len = 0;
        if self.slots.len() <= self.mask {
            self.slots.resize(self.mask + 1, Slot::default());
        }
    }

    /// The id of the entry with this key for which `same` holds; if there is none, `next` becomes its id.
    #[inline]
    pub(super) fn id(&mut self, key: u64, next: u32, same: impl Fn(u32) -> bool) -> u32 {
        let mut at = spread(key) & self.mask;
        loop {
            let slot = self.slots[at];
            if slot.round != self.round {
                self.slots[at] = Slot { key, id: next, round: self.round };
                self.len += 1;
                if self.len * 2 > self.mask {
                    self.grow();
                }
                return next;
            }
            if slot.key == key && same(slot.id) {
                return slot.id;
            }
            at = (at + 1) & self.mask;
        }
    }

    /// The first of `words` that is equal to the word at `at`, if all before have been named.
    #[inline]
    pub(super) fn name(&mut self, words: Spans<'_>, at: usize) -> u32 {
        let (bytes, spans) = (words.text().as_bytes(), words.as_slice());
        let (key, exact) = key(bytes, spans[at]);
        self.id(key, at as u32, |other| exact || equal(bytes, spans[other as usize], spans[at]))
    }

    /// Whether there is an entry with this key, which must not be 0, for which `same` holds.
    #[inline]
    pub(super) fn contains(&self, key: u64, same: impl Fn(u32) -> bool) -> bool {
        let mut at = spread(key) & self.mask;
        loop {
            let slot = self.slots[at];
            if slot.key == 0 {
                return false;
            }
            if slot.key == key && same(slot.id) {
                return true;
            }
            at = (at + 1) & self.mask;
        }
    }

    #[cold]
    fn grow(&mut self) {
        self.moving.clear();
        let taken = self.slots.iter().take(self.mask + 1).filter(|slot| slot.round == self.round);
        self.moving.extend(taken);
        self.mask = self.mask * 2 + 1;
        self.begin_round();
        self.len = self.moving.len();
        for &slot in &self.moving {
            let mut at = spread(slot.key) & self.mask;
            while self.slots[at].round == self.round {
                at = (at + 1) & self.mask;
            }
            self.slots[at] = Slot { round: self.round, ..slot };
        }
    }
}

/// Gives equal strings of one text equal ids. Ids are exact: two different strings never share one.
#[derive(Debug, Default)]
pub(super) struct Interner {
    table: KeyTable,
    /// Where each id was first seen.
    first: Vec<Span>,
}

impl Interner {
    /// Forgets all strings; at most `strings` are to come.
    pub(super) fn reset(&mut self, strings: usize) {
        self.table.reset(strings);
        self.first.clear();
    }

    /// The id of `text[span]`.
    #[inline]
    pub(super) fn intern(&mut self, text: &str, span: Span) -> Interned {
        let bytes = text.as_bytes();
        let (key, exact) = key(bytes, span);
        let (first, next) = (&self.first, self.first.len() as u32);
        let same = |id: u32| exact || equal(bytes, first[id as usize], span);
        let id = self.table.id(key, next, same);
        if id == next {
            self.first.push(span);
        }
        Interned { id, repeated: id != next }
    }
}

/// A hash of a word, which equal words share.
#[inline]
pub(super) fn word_key(bytes: &[u8], span: Span) -> u64 {
    key(bytes, span).0
}

/// A key, and whether it *is* the string. Up to seven bytes are their own key (bytes below, length on top); longer ones are
/// hashed, under a top byte that no short one has.
#[inline]
fn key(bytes: &[u8], span: Span) -> (u64, bool) {
    let (start, len) = (span.start as usize, span.len());
    if len > 7 {
        return (hash(bytes, span) | 0xFF << 56, false);
    }
    let word = match load(bytes, start) {
        Some(eight) => eight & !(u64::MAX << (len * 8)),
        None => bytes[span.range()].iter().rev().fold(0, |word, &b| word << 8 | u64::from(b)),
    };
    (word | (len as u64) << 56, true)
}

/// A hash of eight bytes or more. Up to sixteen are two halves that may overlap, each the other's factor. No half makes a
/// factor 0: the constants (those of wyhash) begin with bytes that do not follow one another in UTF-8.
#[inline]
fn hash(bytes: &[u8], span: Span) -> u64 {
    match halves(bytes, span) {
        Some((head, tail)) if span.len() <= 16 => {
            let product = u128::from(head ^ 0xA076_1D64_78BD_642F) * u128::from(tail ^ 0xE703_7ED1_A0B4_28DB);
            product as u64 ^ (product >> 64) as u64 ^ span.len() as u64
        }
        _ => xxh3_64(&bytes[span.range()]),
    }
}

/// Whether two pieces of eight bytes or more are equal.
#[inline]
fn equal(bytes: &[u8], a: Span, b: Span) -> bool {
    a.len() == b.len()
        && if a.len() <= 16 { halves(bytes, a) == halves(bytes, b) } else { bytes[a.range()] == bytes[b.range()] }
}

/// The first and the last eight bytes of a piece that has as many.
#[inline]
fn halves(bytes: &[u8], span: Span) -> Option<(u64, u64)> {
    Some((load(bytes, span.start as usize)?, load(bytes, (span.end as usize).checked_sub(8)?)?))
}

/// Which keys may have come twice: a byte for each of some places, which counts to two. Keys that came once are mostly told
/// from it by a look at memory that is much smaller than a table of them.
#[derive(Debug, Default)]
pub(super) struct Again {
    counts: Vec<u8>,
    /// One less than their number.
    mask: usize,
}

impl Again {
    /// Forgets all keys; about `keys` are to come.
    pub(super) fn reset(&mut self, keys: usize) {
        let size = (keys * 4).next_power_of_two();
        self.counts.clear();
        self.counts.resize(size, 0);
        self.mask = size - 1;
    }

    /// Counts a key.
    #[inline]
    pub(super) fn add(&mut self, key: u64) {
        let count = &mut self.counts[spread(key) & self.mask];
        *count = (*count + 1).min(2);
    }

    /// `false` only if the key came once at most.
    #[inline]
    pub(super) fn holds(&self, key: u64) -> bool {
        self.counts[spread(key) & self.mask] > 1
    }
}

/// Where in the table a key is looked for first. Multiplication by an odd constant (2^64 / golden ratio, Knuth, TAOCP 6.4)
/// carries every bit of the key upwards; the upper half is folded down to where the mask looks.
#[inline]
pub(super) fn spread(key: u64) -> usize {
    let product = key.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (product ^ product >> 32) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Analyzer;
    use crate::text::WordBreak;
    use proptest::prelude::*;
    use std::collections::HashMap;

    /// No round may take another's entries for its own, the one after the last number neither.
    #[test]
    fn rounds_begin_again_after_the_last() {
        let mut table = KeyTable { round: u32::MAX - 1, ..KeyTable::default() };
        for round in 0..4 {
            table.reset(40);
            for key in 0..40 {
                assert_eq!(table.id(key, round * 100 + key as u32, |_| true), round * 100 + key as u32);
            }
            assert_eq!(table.id(7, 999, |_| true), round * 100 + 7);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn ids_agree_with_a_hash_map(text in "([ab\0é]{1,19}|word|averylongwordindeed)( [ab\0é]{1,19}){0,60}") {
            let mut analyzer = Analyzer::new();
            let view = analyzer.view(&text);
            let words = view.words(WordBreak::Whitespace);
            let mut ids = Interner::default();
            for _ in 0..2 {
                ids.reset(words.len());
                let mut naive = HashMap::new();
                for (word, &span) in words.iter().zip(words.as_slice()) {
                    let known = naive.len() as u32;
                    let repeated = naive.contains_key(word);
                    let id = *naive.entry(word).or_insert(known);
                    prop_assert_eq!(ids.intern(&text, span), Interned { id, repeated });
                }
            }
        }
    }
}
