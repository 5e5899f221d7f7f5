//! Sorted keys, found by their first bits; and what is known of the n-grams that they stand for.

/// Keys of a bucket, on average.
const BUCKET: usize = 4;
/// A longer bucket is halved instead of walked; keys that are no hashes must not make it slow.
const LONG: usize = 32;

/// Sorted, distinct keys. Where one stands is found from its first bits.
#[derive(Default)]
pub(super) struct Index {
    keys: Vec<u64>,
    /// Where each bucket begins.
    starts: Vec<u32>,
    bits: u32,
}

impl Index {
    /// `None` where the keys are not sorted and distinct, or more than 2^32.
    pub fn new(keys: Vec<u64>) -> Option<Index> {
        let length = u32::try_from(keys.len()).ok()?;
        if keys.windows(2).any(|pair| pair[0] >= pair[1]) {
            return None;
        }
        let buckets = (keys.len() / BUCKET).next_power_of_two();
        let bits = buckets.trailing_zeros();
        let mut starts = Vec::with_capacity(buckets + 1);
        for (at, &key) in keys.iter().enumerate() {
            while starts.len() <= bucket(key, bits) {
                starts.push(at as u32);
            }
        }
        starts.resize(buckets + 1, length);
        Some(Index { keys, starts, bits })
    }

    pub fn keys(&self) -> &[u64] {
        &self.keys
    }

    /// The key's place.
    #[inline]
    pub fn find(&self, key: u64) -> Option<usize> {
        let bucket = bucket(key, self.bits);
        let (from, to) = (*self.starts.get(bucket)? as usize, *self.starts.get(bucket + 1)? as usize);
        let keys = self.keys.get(from..to)?;
        let at = match keys.len() {
            ..LONG => keys.iter().position(|&k| k == key)?,
            _ => keys.binary_search(&key).ok()?,
        };
        Some(from + at)
    }
}

#[inline]
fn bucket(key: u64, bits: u32) -> usize {
    key.checked_shr(64 - bits).unwrap_or(0) as usize
}

/// N-grams of one order.
#[derive(Default)]
pub(super) struct Table {
    pub index: Index,
    /// Decimal logarithm of the last word's probability after the others.
    pub log10: Vec<f32>,
    /// Of the back-off from the n-gram as a context; empty for the longest.
    pub backoffs: Vec<f32>,
}

impl Table {
    #[inline]
    pub fn find(&self, key: u64) -> Option<usize> {
        self.index.find(key)
    }
}

/// The hash of an n-gram begins with its last word …
#[inline]
pub(super) fn begin(word: u32) -> u64 {
    extend(0, word)
}

/// … and goes on towards the first. Part of every model's file.
#[inline]
pub(super) fn extend(hash: u64, before: u32) -> u64 {
    // 2^64 over the golden ratio, and splitmix64's two multipliers.
    let mut x = hash.rotate_left(17) ^ (u64::from(before) + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// The hash of an n-gram, its first word first.
pub(super) fn hash(words: &[u32]) -> u64 {
    words.iter().rev().fold(0, |hash, &word| extend(hash, word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn finds_what_a_plain_search_finds(mut keys in prop::collection::vec(any::<u64>(), 0..300), narrow in any::<bool>(), other in any::<u64>()) {
            if narrow {
                keys.iter_mut().for_each(|key| *key %= 1000);
            }
            keys.sort_unstable();
            keys.dedup();
            let index = Index::new(keys.clone()).unwrap();
            for (at, &key) in keys.iter().enumerate() {
                prop_assert_eq!(index.find(key), Some(at));
                prop_assert_eq!(index.find(key ^ 1), keys.binary_search(&(key ^ 1)).ok());
            }
            prop_assert_eq!(index.find(other), keys.binary_search(&other).ok());
        }
    }

    #[test]
    fn unsorted_keys_make_no_index() {
        assert!(Index::new(vec![2, 1]).is_none() && Index::new(vec![1, 1]).is_none());
        assert_eq!(Index::new(Vec::new()).unwrap().find(0), None);
        assert_eq!(hash(&[3, 4]), extend(begin(4), 3));
    }
}
