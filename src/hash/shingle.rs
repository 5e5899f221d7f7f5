//! Shingles: hashes of all runs of `n` words, and the Jaccard similarity of two sets of them.

use super::splitmix::finalise;
use crate::error::{Error, Result};
use xxhash_rust::xxh3::xxh3_64;

/// Base of the polynomial over word hashes: 2^64 divided by the golden ratio, rounded to an odd number (Knuth, TAOCP 3,
/// section 6.4). Any odd base with bits all over would do: word hashes are already mixed, and a finaliser follows.
const BASE: u64 = 0x9E37_79B9_7F4A_7C15;

/// Makes the word shingles of a normal form.
///
/// A word's hash is xxh3-64 of its bytes. A shingle of words `w1 … wn` is `Σ h(wi) · BASE^(n-i)` in wrapping `u64`,
/// passed through the SplitMix64 finaliser. The sum rolls: each word is hashed once, whatever `n`, and nothing is
/// joined. A text of fewer than `n` words has no shingles.
#[derive(Debug, Clone)]
pub struct Shingler {
    ngram: usize,
    /// `BASE^n`, by which the word that falls out of the window is taken away.
    out_factor: u64,
    words: Vec<u64>,
}

impl Shingler {
    /// Shingles of `ngram` words.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] for `ngram = 0`.
    pub fn new(ngram: u32) -> Result<Self> {
        if ngram == 0 {
            return Err(Error::Invalid { what: "ngram".into(), problem: "a shingle has at least one word".into() });
        }
        Ok(Shingler { ngram: ngram as usize, out_factor: BASE.wrapping_pow(ngram), words: Vec::new() })
    }

    /// Writes the shingle hashes of `normal_form` to `out`, in text order and with repetitions, and returns the number
    /// of words.
    ///
    /// ```
    /// use mashbill::hash::Shingler;
    ///
    /// let mut out = Vec::new();
    /// let words = Shingler::new(2)?.shingles("the rye the rye", &mut out);
    /// assert_eq!((words, out.len()), (4, 3));
    /// assert_eq!(out[0], out[2]); // "the rye", twice
    /// # Ok::<(), mashbill::Error>(())
    /// ```
    pub fn shingles(&mut self, normal_form: &str, out: &mut Vec<u64>) -> usize {
        hash_words(normal_form.as_bytes(), &mut self.words);
        out.clear();
        let (words, n) = (&self.words, self.ngram);
        if words.len() < n {
            return words.len();
        }
        let (head, tail) = words.split_at(n);
        let mut sum = head.iter().fold(0_u64, |sum, &word| sum.wrapping_mul(BASE).wrapping_add(word));
        out.reserve(tail.len() + 1);
        out.push(finalise(sum));
        out.extend(tail.iter().zip(words).map(|(&enters, &leaves)| {
            sum = sum.wrapping_mul(BASE).wrapping_add(enters).wrapping_sub(leaves.wrapping_mul(self.out_factor));
            finalise(sum)
        }));
        words.len()
    }
}

/// Hashes of the words between the single spaces of a normal form.
fn hash_words(normal_form: &[u8], hashes: &mut Vec<u64>) {
    hashes.clear();
    let mut start = 0;
    for (i, &byte) in normal_form.iter().enumerate() {
        if byte == b' ' {
            hashes.push(xxh3_64(&normal_form[start..i]));
            start = i + 1;
        }
    }
    if start < normal_form.len() {
        hashes.push(xxh3_64(&normal_form[start..]));
    }
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

    #[test]
    fn no_shingle_of_no_words() {
        assert!(Shingler::new(0).is_err());
        let mut out = vec![7];
        assert_eq!(Shingler::new(3).unwrap().shingles("rye corn", &mut out), 2);
        assert!(out.is_empty());
        assert_eq!(Shingler::new(1).unwrap().shingles("", &mut out), 0);
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
            prop_assert_eq!(out, naive_shingles(text, n as usize));
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
