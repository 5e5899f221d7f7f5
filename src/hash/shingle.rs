//! Shingles: hashes of all runs of `n` words or characters, and the Jaccard similarity of two sets of them.

use super::minhash::BLOCK;
use super::splitmix::{SplitMix64, finalise};
use crate::error::{Error, Result};
use xxhash_rust::xxh3::xxh3_64;

/// Base of the polynomial over unit hashes: 2^64 divided by the golden ratio, rounded to an odd number (Knuth, TAOCP 3,
/// section 6.4). Any odd base with bits all over would do: unit hashes are already mixed, and a finaliser follows.
const BASE: u64 = 0x9E37_79B9_7F4A_7C15;

/// What a shingle is a run of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "recipe-file", derive(serde::Serialize), serde(rename_all = "snake_case"))]
pub enum Unit {
    /// What stands between spaces.
    #[default]
    Word,
    /// Code points, spaces among them: for scripts without spaces, and for what differs inside words. Unrelated books in one language share
    /// up to 0.36 of their runs of five characters, but less than 0.001 of their runs of five words: see `docs/dedup.md`.
    Char,
}

impl Unit {
    /// Every unit by its name in recipes.
    pub const ALL: [(&'static str, Unit); 2] = [("word", Unit::Word), ("char", Unit::Char)];

    /// Units of a shingle, where nobody states them: five words, as FineWeb (arXiv 2406.17557, section 3.4) and most others; 13 characters, as
    /// SlimPajama. Five characters are shared by texts that have nothing else in common.
    pub fn default_ngram(self) -> u32 {
        match self {
            Unit::Word => 5,
            Unit::Char => 13,
        }
    }
}

/// Makes the shingles of a text whose words stand between single spaces, as in a normal form.
///
/// A word's hash is xxh3-64 of its bytes; a character's is the first output of SplitMix64 from its code point. A
/// shingle of units `u1 … un` is `Σ h(ui) · BASE^(n-i)` in wrapping `u64`, passed through the SplitMix64 finaliser. The
/// sum rolls: each unit is hashed once, whatever `n`, and nothing is joined. A text of fewer than `n` units has no
/// shingles.
#[derive(Debug, Clone)]
pub struct Shingler {
    unit: Unit,
    ngram: usize,
    /// `BASE^n`, by which the unit that falls out of the window is taken away.
    out_factor: u64,
    /// Hashes of the units of a block, and of the `n - 1` before it.
    units: Vec<u64>,
    block: Vec<u64>,
}

impl Shingler {
    /// Shingles of `ngram` words.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] for `ngram = 0`.
    pub fn new(ngram: u32) -> Result<Self> {
        Shingler::of(Unit::Word, ngram)
    }

    /// Shingles of `ngram` units.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] for `ngram = 0`.
    pub fn of(unit: Unit, ngram: u32) -> Result<Self> {
        if ngram == 0 {
            let problem = "a shingle has at least one word or character".into();
            return Err(Error::Invalid { what: "ngram".into(), problem });
        }
        let out_factor = BASE.wrapping_pow(ngram);
        Ok(Shingler { unit, ngram: ngram as usize, out_factor, units: Vec::new(), block: Vec::new() })
    }

    /// Writes the shingle hashes of `text` to `out`, in text order and with repetitions, and returns the number of units.
    ///
    /// ```
    /// use mashbill::hash::{Shingler, Unit};
    ///
    /// let mut out = Vec::new();
    /// let words = Shingler::new(2)?.shingles("the rye the rye", &mut out);
    /// assert_eq!((words, out.len()), (4, 3));
    /// assert_eq!(out[0], out[2]); // "the rye", twice
    ///
    /// let characters = Shingler::of(Unit::Char, 5)?.shingles("麦芽とライ麦", &mut out);
    /// assert_eq!((characters, out.len()), (6, 2));
    /// # Ok::<(), mashbill::Error>(())
    /// ```
    pub fn shingles(&mut self, text: &str, out: &mut Vec<u64>) -> usize {
        out.clear();
        self.blocks(text, |block| out.extend_from_slice(block))
    }

    /// Hands on the shingle hashes of `text` in blocks of at most [`BLOCK`], so that memory does not grow with the text. Returns the
    /// number of units.
    pub(super) fn blocks(&mut self, text: &str, mut take: impl FnMut(&[u64])) -> usize {
        self.units.clear();
        let mut count = 0;
        let full = (self.ngram - 1).saturating_add(BLOCK);
        let mut push = |unit| {
            self.units.push(unit);
            count += 1;
            if self.units.len() >= full {
                roll(&mut self.units, self.ngram, self.out_factor, &mut self.block);
                take(&self.block);
            }
        };
        match self.unit {
            Unit::Word => each_word(text.as_bytes(), |word| push(xxh3_64(word))),
            Unit::Char => text.chars().for_each(|c| push(SplitMix64::new(u64::from(u32::from(c))).next_u64())),
        }
        roll(&mut self.units, self.ngram, self.out_factor, &mut self.block);
        if !self.block.is_empty() {
            take(&self.block);
        }
        count
    }
}

/// Writes the shingles of `units` to `out`, and leaves in `units` those that the next block begins with.
#[inline]
fn roll(units: &mut Vec<u64>, n: usize, out_factor: u64, out: &mut Vec<u64>) {
    out.clear();
    let Some((head, tail)) = units.split_at_checked(n) else { return };
    let mut sum = head.iter().fold(0_u64, |sum, &unit| sum.wrapping_mul(BASE).wrapping_add(unit));
    out.reserve(tail.len() + 1);
    out.push(finalise(sum));
    out.extend(tail.iter().zip(units.iter()).map(|(&enters, &leaves)| {
        sum = sum.wrapping_mul(BASE).wrapping_add(enters).wrapping_sub(leaves.wrapping_mul(out_factor));
        finalise(sum)
    }));
    units.drain(..units.len() - (n - 1));
}

/// The words between single spaces. Eight bytes are looked at together.
#[inline]
fn each_word(text: &[u8], mut take: impl FnMut(&[u8])) {
    let mut start = 0;
    let mut until = |end: usize| {
        take(&text[start..end]);
        start = end + 1;
    };
    let chunks = text.chunks_exact(8);
    let whole = text.len() - chunks.remainder().len();
    for (at, chunk) in (0..).step_by(8).zip(chunks) {
        let mut eight = [0; 8];
        eight.copy_from_slice(chunk);
        let mut spaces = spaces(u64::from_le_bytes(eight));
        while spaces != 0 {
            until(at + spaces.trailing_zeros() as usize / 8);
            spaces &= spaces - 1;
        }
    }
    (whole..text.len()).filter(|&at| text[at] == b' ').for_each(&mut until);
    if start < text.len() {
        take(&text[start..]);
    }
}

/// The top bit of each byte that is a space (Warren, "Hacker's Delight", section 6-1: the exact test for bytes that are 0).
fn spaces(eight: u64) -> u64 {
    const LOW: u64 = u64::from_le_bytes([0x7F; 8]);
    let zero_where_space = eight ^ u64::from_le_bytes([b' '; 8]);
    !(((zero_where_space & LOW) + LOW) | zero_where_space | LOW)
}

/// Exact Jaccard similarity of two sets, given as sorted slices without repetitions. `None` if both are empty.
///
/// ```
/// assert_eq!(mashbill::hash::jaccard(&[1, 2, 3], &[2, 3, 4]), Some(0.5));
/// assert_eq!(mashbill::hash::jaccard(&[], &[]), None);
/// ```
pub fn jaccard(a: &[u64], b: &[u64]) -> Option<f64> {
    ratio(intersection(a, b), a.len() + b.len())
}

/// The Jaccard similarity if it is at least `threshold`, else `None`: the same number as [`jaccard`] gives, but a
/// comparison that cannot get there any more is broken off. `None` for two empty sets.
pub fn jaccard_at_least(a: &[u64], b: &[u64], threshold: f64) -> Option<f64> {
    // Elements between two looks at whether the threshold can still be reached.
    const STRIDE: usize = 64;
    let total = a.len() + b.len();
    let reaches = |common: usize| ratio(common, total).is_some_and(|j| j >= threshold);
    let (mut i, mut j, mut common) = (0, 0, 0);
    loop {
        // Division rounds monotonically, so the best case fails only if every case does.
        if !reaches(common + (a.len() - i).min(b.len() - j)) {
            return None;
        }
        let stop = (i + STRIDE).min(a.len());
        while i < stop && j < b.len() {
            let (x, y) = (a[i], b[j]);
            common += usize::from(x == y);
            i += usize::from(x <= y);
            j += usize::from(y <= x);
        }
        if i == a.len() || j == b.len() {
            return ratio(common, total).filter(|&j| j >= threshold);
        }
    }
}

/// Number of elements that two sorted slices without repetitions share.
fn intersection(a: &[u64], b: &[u64]) -> usize {
    let (mut i, mut j, mut common) = (0, 0, 0);
    while i < a.len() && j < b.len() {
        let (x, y) = (a[i], b[j]);
        common += usize::from(x == y);
        i += usize::from(x <= y);
        j += usize::from(y <= x);
    }
    common
}

/// |A ∩ B| / |A ∪ B| from |A ∩ B| and |A| + |B|.
fn ratio(common: usize, total: usize) -> Option<f64> {
    (total > 0).then(|| common as f64 / (total - common) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::words;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn naive_shingles(normal_form: &str, n: usize) -> Vec<u64> {
        let words: Vec<&str> = words(normal_form).collect();
        let sum = |window: &[&str]| {
            let power = |i| (0..window.len() - 1 - i).fold(1_u64, |p, _| p.wrapping_mul(BASE));
            let terms = window.iter().enumerate().map(|(i, w)| xxh3_64(w.as_bytes()).wrapping_mul(power(i)));
            finalise(terms.fold(0, u64::wrapping_add))
        };
        words.windows(n).map(sum).collect()
    }

    fn naive_chars(text: &str, n: usize) -> Vec<u64> {
        let hash = |c: &char| finalise((*c as u64).wrapping_add(0x9E37_79B9_7F4A_7C15));
        let hashes: Vec<u64> = text.chars().collect::<Vec<_>>().iter().map(hash).collect();
        let sum = |window: &[u64]| window.iter().fold(0_u64, |s, &h| s.wrapping_mul(BASE).wrapping_add(h));
        hashes.windows(n).map(|window| finalise(sum(window))).collect()
    }

    #[test]
    fn no_shingle_of_no_words() {
        assert!(Shingler::new(0).is_err());
        let mut out = vec![7];
        assert_eq!(Shingler::new(3).unwrap().shingles("rye corn", &mut out), 2);
        assert!(out.is_empty());
        assert_eq!(Shingler::new(1).unwrap().shingles("", &mut out), 0);
        assert!(out.is_empty());
    }

    /// Texts of more units than a block has, at and about its edges.
    #[test]
    fn blocks_join_without_a_seam() {
        let mut out = Vec::new();
        for n in [1, 2, 5, BLOCK, 3 * BLOCK] {
            for length in [BLOCK - 1, BLOCK, BLOCK + 1, BLOCK + n - 1, BLOCK + n, 2 * BLOCK + n - 1, 3 * BLOCK + 7] {
                let text: Vec<String> = (0..length).map(|i| format!("w{}", i % 997)).collect();
                let text = text.join(" ");
                let mut shingler = Shingler::new(n as u32).unwrap();
                assert_eq!(shingler.shingles(&text, &mut out), length);
                assert_eq!(out, naive_shingles(&text, n), "{n} {length}");
                let mut most = 0;
                shingler.blocks(&text, |block| most = most.max(block.len()));
                assert!(most <= BLOCK);
                Shingler::of(Unit::Char, n as u32).unwrap().shingles(&text, &mut out);
                assert_eq!(out, naive_chars(&text, n), "{n} {length}");
            }
        }
        assert_eq!(Shingler::new(u32::MAX).unwrap().shingles("a b c", &mut out), 3);
        assert!(out.is_empty());
    }

    #[test]
    fn order_and_place_of_words_matter() {
        let mut shingler = Shingler::new(3).unwrap();
        let mut hashes = BTreeSet::new();
        let mut out = Vec::new();
        for text in ["a b c", "a c b", "b a c", "c b a", "ab c d", "a bc d", "a a b", "a b a", "b a a", "a a a"] {
            shingler.shingles(text, &mut out);
            hashes.extend(out.iter().copied());
        }
        assert_eq!(hashes.len(), 10);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(500))]
        #[test]
        fn rolling_equals_naive(text in "[abé]{0,3}( [abé]{1,3}){0,40}", n in 1_u32..8) {
            let text = text.trim_start();
            let mut out = Vec::new();
            let count = Shingler::new(n).unwrap().shingles(text, &mut out);
            prop_assert_eq!(count, words(text).count());
            prop_assert_eq!(&out, &naive_shingles(text, n as usize));
            let count = Shingler::of(Unit::Char, n).unwrap().shingles(text, &mut out);
            prop_assert_eq!(count, text.chars().count());
            prop_assert_eq!(&out, &naive_chars(text, n as usize));
        }

        #[test]
        fn jaccard_equals_set_arithmetic(
            a in prop::collection::btree_set(0_u64..400, 0..300),
            b in prop::collection::btree_set(0_u64..400, 0..300),
            threshold in prop_oneof![Just(0.0), Just(0.5), Just(1.0), 0.0..=1.0],
        ) {
            let (va, vb): (Vec<u64>, Vec<u64>) = (a.iter().copied().collect(), b.iter().copied().collect());
            let union = a.union(&b).count();
            let expected = (union > 0).then(|| a.intersection(&b).count() as f64 / union as f64);
            prop_assert_eq!(jaccard(&va, &vb), expected);
            prop_assert_eq!(jaccard_at_least(&va, &vb, threshold), expected.filter(|&j| j >= threshold));
            prop_assert_eq!(jaccard_at_least(&va, &va, 1.0), (!a.is_empty()).then_some(1.0));
        }
    }
}
