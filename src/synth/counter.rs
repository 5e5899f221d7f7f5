//! Chance without a state: numbers that depend on a key and a counter alone, and permutations that depend on a key alone.

use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

/// The key of a name and a few numbers: xxh3-64 of the name's bytes, a zero byte, and the numbers, little end first.
pub(super) fn key(name: &str, numbers: &[u64]) -> u64 {
    let mut bytes = Vec::with_capacity(name.len() + 1 + 8 * numbers.len());
    bytes.extend_from_slice(name.as_bytes());
    bytes.push(0);
    numbers.iter().for_each(|n| bytes.extend_from_slice(&n.to_le_bytes()));
    xxh3_64(&bytes)
}

/// A counter-based generator: its `n`-th number is the xxh3-64 of `n` under the key as seed, whatever was asked before.
#[derive(Debug, Clone)]
pub(super) struct Counter {
    key: u64,
    next: u64,
}

impl Counter {
    pub(super) fn new(key: u64) -> Counter {
        Counter { key, next: 0 }
    }

    /// A number below `bound` (0 for a bound of 0): the upper half of a 128-bit product, whose bias is below `bound / 2^64`.
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        let number = xxh3_64_with_seed(&self.next.to_le_bytes(), self.key);
        self.next += 1;
        ((u128::from(number) * u128::from(bound)) >> 64) as u64
    }
}

/// Rounds of the network below. Six half-rounds are enough that neighbours look unrelated; nothing here is a secret.
const ROUNDS: u64 = 6;

/// A keyed permutation of the numbers below `size`: item `i` of a shuffle, without the shuffle.
///
/// A Feistel network over pairs (left below `a`, right below `b`) with `a · b >= size` as near as may be, walked on while the
/// result is too large (Black and Rogaway, "Ciphers with arbitrary finite domains", CT-RSA 2002). Each half-round adds to one
/// half a hash of the other, which can be undone: so no two numbers meet.
#[derive(Debug, Clone, Copy)]
pub(super) struct Permutation {
    key: u64,
    size: u64,
    left: u64,
    right: u64,
}

impl Permutation {
    pub(super) fn new(key: u64, size: u64) -> Permutation {
        let mut left = (size as f64).sqrt() as u64;
        while u128::from(left) * u128::from(left) < u128::from(size) {
            left += 1;
        }
        let left = left.max(1);
        Permutation { key, size, left, right: size.div_ceil(left).max(1) }
    }

    /// Where `index` goes. A number that is not below the size stays where it is.
    pub(super) fn at(&self, index: u64) -> u64 {
        if index >= self.size {
            return index;
        }
        let mut value = self.shuffled(index);
        while value >= self.size {
            value = self.shuffled(value);
        }
        value
    }

    fn shuffled(&self, value: u64) -> u64 {
        let (mut l, mut r) = (value % self.left, value / self.left);
        for round in 0..ROUNDS {
            let key = self.key.wrapping_add(round);
            let hash = |half: u64| xxh3_64_with_seed(&half.to_le_bytes(), key);
            if round % 2 == 0 {
                l = added(l, hash(r), self.left);
            } else {
                r = added(r, hash(l), self.right);
            }
        }
        r * self.left + l
    }
}

/// `a + b` modulo `m`, for `a` below `m`.
fn added(a: u64, b: u64, m: u64) -> u64 {
    ((u128::from(a) + u128::from(b % m)) % u128::from(m)) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_is_met_once() {
        for size in [0, 1, 2, 3, 5, 16, 17, 99, 100, 101, 1_000, 4_097] {
            for seed in 0..3 {
                let permutation = Permutation::new(key("test", &[seed]), size);
                let mut seen: Vec<u64> = (0..size).map(|i| permutation.at(i)).collect();
                let moved = (0..).zip(&seen).filter(|(i, to)| i != *to).count() as u64;
                assert!(size < 16 || moved * 10 > size * 8, "{size}: only {moved} moved");
                seen.sort_unstable();
                assert!(seen.into_iter().eq(0..size), "{size}");
            }
        }
        assert_eq!(Permutation::new(1, 10).at(11), 11);
    }

    #[test]
    fn large_spaces_are_walked_without_meeting() {
        let size = 1_000_000_000_000_000_003;
        let permutation = Permutation::new(7, size);
        let mut seen: Vec<u64> = (0..20_000).map(|i| permutation.at(i)).collect();
        assert!(seen.iter().all(|&value| value < size));
        // Spread: each tenth of the space gets about a tenth.
        for tenth in 0..10 {
            let inside = seen.iter().filter(|&&v| v / (size / 10) == tenth).count();
            assert!((1_800..2_200).contains(&inside), "{inside} in tenth {tenth}");
        }
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), 20_000);
    }

    #[test]
    fn numbers_are_below_the_bound_and_even() {
        let mut counter = Counter::new(3);
        let mut counts = [0; 6];
        (0..6_000).for_each(|_| counts[counter.below(6) as usize] += 1);
        assert!(counts.iter().all(|n| (850..1_150).contains(n)), "{counts:?}");
        assert_eq!(counter.below(0), 0);
    }
}
