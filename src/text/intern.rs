//! Strings to dense ids, by an open-addressing table that is cleared, not freed, between texts.

use super::Span;
use xxhash_rust::xxh3::xxh3_64;

/// What became of one string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Interned {
    /// Its id: 0 for the first distinct string, 1 for the next …
    pub(super) id: u32,
    /// Whether an earlier string was equal to it.
    pub(super) repeated: bool,
}

/// The largest table that is cleared for a new text; beyond, it grows with the distinct keys. 64 KiB, which stays in the cache.
const FIRST_SLOTS: usize = 4096;

/// One place in the table; free while `key` is 0.
#[derive(Debug, Clone, Copy, Default)]
struct Slot {
    key: u64,
    id: u32,
}

/// Keys to ids, open addressing at a load of one half at most. It takes room for the distinct keys, however many there are in
/// all, and keeps it for the next text.
#[derive(Debug, Default)]
pub(super) struct KeyTable {
    slots: Vec<Slot>,
    /// One less than their number.
    mask: usize,
    len: usize,
    /// Entries on their way to a larger table.
    moving: Vec<Slot>,
}

impl KeyTable {
    /// Forgets all keys; at most `keys` are to come.
    pub(super) fn reset(&mut self, keys: usize) {
        let size = (keys * 2).next_power_of_two().clamp(16, FIRST_SLOTS);
        self.slots.clear();
        self.slots.resize(size, Slot::default());
        (self.mask, self.len) = (size - 1, 0);
    }

    /// The id of the entry with this key, which must not be 0, for which `same` holds; if there is none, `next` becomes its id.
    #[inline]
    pub(super) fn id(&mut self, key: u64, next: u32, same: impl Fn(u32) -> bool) -> u32 {
        let mut at = spread(key) & self.mask;
        loop {
            let slot = self.slots[at];
            if slot.key == 0 {
                self.slots[at] = Slot { key, id: next };
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
        self.moving.extend(self.slots.iter().filter(|slot| slot.key != 0));
        let size = (self.mask + 1) * 2;
        self.slots.clear();
        self.slots.resize(size, Slot::default());
        self.mask = size - 1;
        for &slot in &self.moving {
            let mut at = spread(slot.key) & self.mask;
            while self.slots[at].key != 0 {
                at = (at + 1) & self.mask;
            }
            self.slots[at] = slot;
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

    /// The id of `text[span]`, which must not be empty.
    #[inline]
    pub(super) fn intern(&mut self, text: &str, span: Span) -> Interned {
        let (key, exact) = key(text, span);
        let (first, next) = (&self.first, self.first.len() as u32);
        let same = |id: u32| exact || text.as_bytes()[first[id as usize].range()] == text.as_bytes()[span.range()];
        let id = self.table.id(key, next, same);
        if id == next {
            self.first.push(span);
        }
        Interned { id, repeated: id != next }
    }
}

/// A key that is never 0 for a string that is not empty, and whether it *is* the string. Up to seven bytes are their own key
/// (bytes below, length on top); longer ones are hashed, under a top byte that no short one has.
#[inline]
fn key(text: &str, span: Span) -> (u64, bool) {
    let bytes = text.as_bytes();
    let len = span.len();
    if len > 7 {
        return (xxh3_64(&bytes[span.range()]) | 0xFF << 56, false);
    }
    let start = span.start as usize;
    let word = match bytes.get(start..start + 8) {
        Some(eight) => eight.try_into().map_or(0, u64::from_le_bytes) & !(u64::MAX << (len * 8)),
        None => bytes[span.range()].iter().rev().fold(0, |word, &b| word << 8 | u64::from(b)),
    };
    (word | (len as u64) << 56, true)
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

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn ids_agree_with_a_hash_map(text in "([ab\0é]{1,9}|word|averylongwordindeed)( [ab\0é]{1,9}){0,60}") {
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
