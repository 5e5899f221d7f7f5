//! Words and labels, and the features of a text: words, runs of characters within them, runs of words.

use std::collections::HashMap;

/// The end of a line, a word of its own.
const END: &[u8] = b"</s>";
/// What labels begin with. The file does not say; this is fastText's default, and an unknown word that begins so is passed over.
pub(super) const LABEL: &str = "__label__";
/// FNV-1a's beginning and multiplier, 32 bits.
const FNV: (u32, u32) = (2_166_136_261, 16_777_619);
/// The multiplier of the hash of a run of words: fastText's `dictionary.cc`.
const RUN: u64 = 116_049_371;
/// An empty slot.
const NONE: u32 = u32::MAX;

/// Words first, labels behind them, and how runs become rows.
#[derive(Default)]
pub(super) struct Dictionary {
    /// All words and labels, one after another.
    pub bytes: Vec<u8>,
    /// Where each ends.
    pub ends: Vec<usize>,
    pub words: u32,
    /// The labels again, as text.
    pub labels: Vec<String>,
    /// Word → number, open addressing; the length is a power of two.
    pub slots: Vec<u32>,
    pub buckets: u32,
    pub word_ngrams: u32,
    pub char_ngrams: (u32, u32),
    /// 2^64 over the number of buckets, rounded up: divides by it.
    pub reciprocal: u64,
    /// Of a pruned model, the places that are left, by bucket.
    pub kept: Option<HashMap<u32, u32>>,
}

/// What a walk works in.
#[derive(Default)]
pub(super) struct Words {
    /// The hash of every word of the line.
    hashes: Vec<u32>,
    /// A word between the marks of its ends.
    marked: Vec<u8>,
}

/// What a text had.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Count {
    /// Features with a row.
    pub rows: u64,
    /// Those of them that are the end of the line.
    pub end: u64,
}

impl Dictionary {
    /// Adds a word; of the same word twice, the later one counts.
    pub fn push(&mut self, word: &[u8]) {
        self.bytes.extend_from_slice(word);
        self.ends.push(self.bytes.len());
    }

    /// Makes the table of slots, twice as many as words.
    pub fn index(&mut self) {
        self.reciprocal = reciprocal(self.buckets);
        self.slots = vec![NONE; (2 * self.ends.len()).next_power_of_two().max(2)];
        for number in 0..self.ends.len() {
            let slot = self.slot(self.entry(number as u32), hash(self.entry(number as u32)));
            self.slots[slot] = number as u32;
        }
    }

    pub fn label(&self, label: usize) -> Option<&str> {
        self.labels.get(label).map(String::as_str)
    }

    fn entry(&self, number: u32) -> &[u8] {
        let number = number as usize;
        let start = number.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.bytes[start..self.ends[number]]
    }

    /// The word's slot, or the empty one where it would be.
    fn slot(&self, word: &[u8], hash: u32) -> usize {
        let mask = self.slots.len() - 1;
        // FNV's low bits are good, but words that differ in one byte lie near each other: spread them.
        let mut slot = (hash ^ (hash >> 15)) as usize & mask;
        while self.slots[slot] != NONE && self.entry(self.slots[slot]) != word {
            slot = (slot + 1) & mask;
        }
        slot
    }

    /// Calls `add` with the row of every feature, in fastText's order: all words with their runs of characters, then all runs of words.
    pub fn walk(&self, text: &[u8], first_line: bool, words: &mut Words, add: &mut impl FnMut(usize)) -> Count {
        let mut count = Count::default();
        words.hashes.clear();
        let mut rest = text;
        loop {
            let begin = rest.iter().position(|&b| !(white(b) && !(first_line && b == b'\n'))).unwrap_or(rest.len());
            rest = &rest[begin..];
            if rest.is_empty() || rest[0] == b'\n' {
                break;
            }
            let end = rest.iter().position(|&b| white(b)).unwrap_or(rest.len());
            let (word, behind) = rest.split_at(end);
            if word == END {
                break;
            }
            self.word(word, words, &mut count, add);
            rest = behind;
        }
        let before = count.rows;
        self.word(END, words, &mut count, add);
        count.end = count.rows - before;
        self.runs(&words.hashes, &mut count, add);
        count
    }

    fn word(&self, word: &[u8], words: &mut Words, count: &mut Count, add: &mut impl FnMut(usize)) {
        let hash = hash(word);
        let known = self.slots[self.slot(word, hash)];
        let is_label = if known == NONE { word.starts_with(LABEL.as_bytes()) } else { known >= self.words };
        if is_label {
            return;
        }
        words.hashes.push(hash);
        if known != NONE {
            add(known as usize);
            count.rows += 1;
        }
        if self.char_ngrams.1 > 0 && word != END {
            self.characters(word, &mut words.marked, count, add);
        }
    }

    /// Runs of characters of `<word>`; one character alone is none where it is the first or last.
    fn characters(&self, word: &[u8], marked: &mut Vec<u8>, count: &mut Count, add: &mut impl FnMut(usize)) {
        marked.clear();
        marked.push(b'<');
        marked.extend_from_slice(word);
        marked.push(b'>');
        let (shortest, longest) = self.char_ngrams;
        for start in (0..marked.len()).filter(|&at| !inner(marked[at])) {
            let (mut hash, mut n) = (FNV.0, 0);
            for (at, &byte) in marked.iter().enumerate().skip(start) {
                hash = fnv(hash, byte);
                let next = marked.get(at + 1);
                if next.is_some_and(|&next| inner(next)) {
                    continue;
                }
                n += 1;
                if n >= shortest && !(n == 1 && (start == 0 || next.is_none())) {
                    self.place(remainder(hash, self.buckets, self.reciprocal), count, add);
                }
                if n >= longest {
                    break;
                }
            }
        }
    }

    /// Runs of two and more words, by their hashes; those are signed in fastText, and widened as such.
    fn runs(&self, hashes: &[u32], count: &mut Count, add: &mut impl FnMut(usize)) {
        if self.word_ngrams < 2 {
            return;
        }
        let wide = |hash: u32| i64::from(hash as i32) as u64;
        for (at, &first) in hashes.iter().enumerate() {
            let mut run = wide(first);
            for &next in hashes[at + 1..].iter().take(self.word_ngrams as usize - 1) {
                run = run.wrapping_mul(RUN).wrapping_add(wide(next));
                self.place((run % u64::from(self.buckets)) as u32, count, add);
            }
        }
    }

    #[inline]
    fn place(&self, bucket: u32, count: &mut Count, add: &mut impl FnMut(usize)) {
        let place = match &self.kept {
            None => Some(bucket),
            Some(kept) => kept.get(&bucket).copied(),
        };
        if let Some(place) = place {
            add(self.words as usize + place as usize);
            count.rows += 1;
        }
    }
}

/// Whether a byte goes on with a character.
#[inline]
fn inner(byte: u8) -> bool {
    byte & 0xC0 == 0x80
}

fn reciprocal(divisor: u32) -> u64 {
    u64::MAX.checked_div(u64::from(divisor)).unwrap_or(0).wrapping_add(1)
}

/// `number % divisor` without a division (Lemire, Kaser and Kurz 2019).
#[inline]
fn remainder(number: u32, divisor: u32, reciprocal: u64) -> u32 {
    let low = reciprocal.wrapping_mul(u64::from(number));
    ((u128::from(low) * u128::from(divisor)) >> 64) as u32
}

/// What parts words.
#[inline]
fn white(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\r' | b'\t' | 0x0B | 0x0C | 0)
}

/// FNV-1a over signed bytes, as fastText has it.
fn hash(word: &[u8]) -> u32 {
    word.iter().fold(FNV.0, |hash, &byte| fnv(hash, byte))
}

#[inline]
fn fnv(hash: u32, byte: u8) -> u32 {
    (hash ^ i32::from(byte as i8) as u32).wrapping_mul(FNV.1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_remainder_is_one(number: u32, divisor in prop_oneof![1u32..=2_000_000, 1u32..]) {
            prop_assert_eq!(remainder(number, divisor, reciprocal(divisor)), number % divisor);
        }
    }

    #[test]
    fn remainders_at_the_ends() {
        for divisor in [1, 2, 3, 1 << 31, u32::MAX - 1, u32::MAX] {
            for number in [0, 1, divisor - 1, divisor, u32::MAX - 1, u32::MAX] {
                assert_eq!(remainder(number, divisor, reciprocal(divisor)), number % divisor, "{number} {divisor}");
            }
        }
    }
}
