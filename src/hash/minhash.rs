//! MinHash: a signature whose slots agree, for two texts, with the probability of their Jaccard similarity.

use super::simd::{Avx2, Maps, minima};
use super::splitmix::SplitMix64;
use crate::error::{Error, Result};

/// Slots that are worked on together: one AVX2 register of 32-bit numbers.
const LANES: u32 = 8;

/// Shingles that pass over the slots together: 4 KiB of inputs.
pub(super) const BLOCK: usize = 1024;

/// Slot numbers are bounded so that a mistyped setting does not ask for gigabytes. RefinedWeb's 9,000 permutations,
/// the most that any published pipeline uses, fit.
const MAX_SLOTS: u32 = 1 << 16;

/// The smallest value of each of `slots` maps over the shingles of a text.
///
/// Slot `i` holds `min over x of (a_i · x + b_i) mod 2^32`, where `x` is the upper half of a (finalised) shingle hash
/// and `a_i` is odd, which makes every map a bijection. Unbiased, with 0.98 to 1.05 of the variance of independent
/// hash functions, at the cost of one 32-bit multiplication a slot. `(a_i, b_i)` are the upper and lower half of the
/// `i`-th output of SplitMix64 from the seed, the lowest bit of `a_i` set.
#[derive(Debug, Clone)]
pub struct MinHasher {
    maps: Maps,
    avx2: Option<Avx2>,
    inputs: Vec<u32>,
}

impl MinHasher {
    /// The seed of the frozen constants: ASCII "mashbill".
    pub const SEED: u64 = 0x6D61_7368_6269_6C6C;

    /// The frozen constants.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] unless `slots` is a multiple of 8 from 8 to 65,536.
    pub fn new(slots: u32) -> Result<Self> {
        MinHasher::with_seed(slots, MinHasher::SEED)
    }

    /// Other constants, for measurements that must not depend on one draw.
    ///
    /// # Errors
    ///
    /// As [`MinHasher::new`].
    pub fn with_seed(slots: u32, seed: u64) -> Result<Self> {
        if slots == 0 || slots > MAX_SLOTS || slots % LANES != 0 {
            let problem = format!("{slots} is not a multiple of {LANES} from {LANES} to {MAX_SLOTS}");
            return Err(Error::Invalid { what: "slots".into(), problem });
        }
        let mut generator = SplitMix64::new(seed);
        let mut maps = Maps::default();
        for _ in 0..slots {
            let bits = generator.next_u64();
            maps.multiply.push((bits >> 32) as u32 | 1);
            maps.add.push(bits as u32);
        }
        Ok(MinHasher { maps, avx2: Avx2::detect(), inputs: Vec::new() })
    }

    /// The same without the instructions of this processor in particular, to compare the two. Signatures are equal.
    pub fn without_simd(mut self) -> Self {
        self.avx2 = None;
        self
    }

    /// Number of slots.
    pub fn slots(&self) -> usize {
        self.maps.add.len()
    }

    /// The signature of a text's shingles (order and repetitions do not matter). `None` if there are none.
    pub fn signature(&mut self, shingles: &[u64]) -> Option<Signature> {
        let mut slots = Vec::new();
        self.signature_into(shingles, &mut slots).then_some(Signature { slots })
    }

    /// Writes the slots to `out`. False, and `out` empty, if there are no shingles.
    pub fn signature_into(&mut self, shingles: &[u64], out: &mut Vec<u32>) -> bool {
        self.begin(out);
        shingles.chunks(BLOCK).for_each(|block| self.lower(block, out));
        if shingles.is_empty() {
            out.clear();
        }
        !shingles.is_empty()
    }

    /// Slots of no shingles yet, for [`MinHasher::lower`].
    pub(super) fn begin(&self, slots: &mut Vec<u32>) {
        slots.clear();
        slots.resize(self.slots(), u32::MAX);
    }

    /// Lowers the slots by some of a text's shingles: at best [`BLOCK`] or so, which stay in the nearest cache.
    pub(super) fn lower(&mut self, shingles: &[u64], slots: &mut [u32]) {
        self.inputs.clear();
        self.inputs.extend(shingles.iter().map(|&hash| (hash >> 32) as u32));
        minima(self.avx2, &self.maps, &self.inputs, slots);
    }
}

/// The slots of one text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Signature {
    slots: Vec<u32>,
}

impl Signature {
    /// A signature read back from where it was kept.
    pub fn from_slots(slots: Vec<u32>) -> Self {
        Signature { slots }
    }

    /// The slots.
    pub fn slots(&self) -> &[u32] {
        &self.slots
    }

    /// The share of equal slots: an unbiased estimate of the Jaccard similarity, with variance `J (1 - J) / slots`.
    /// `None` for signatures of different or no length, which are not comparable.
    pub fn similarity(&self, other: &Signature) -> Option<f64> {
        let slots = self.slots.len();
        (slots > 0 && slots == other.slots.len()).then(|| {
            let equal = self.slots.iter().zip(&other.slots).filter(|(a, b)| a == b).count();
            equal as f64 / slots as f64
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn slots_are_a_multiple_of_eight() {
        for slots in [0, 1, 7, 12, MAX_SLOTS + 8] {
            assert!(MinHasher::new(slots).is_err(), "{slots}");
        }
        assert_eq!(MinHasher::new(8).unwrap().slots(), 8);
        assert_eq!(MinHasher::new(128).unwrap().signature(&[]), None);
    }

    #[test]
    fn similarity_needs_equal_lengths() {
        let signature = |slots: &[u32]| Signature::from_slots(slots.to_vec());
        assert_eq!(signature(&[1, 2, 3, 4]).similarity(&signature(&[1, 2, 0, 4])), Some(0.75));
        assert_eq!(signature(&[1]).similarity(&signature(&[1, 2])), None);
        assert_eq!(signature(&[]).similarity(&signature(&[])), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(50))]
        #[test]
        fn equals_the_formula(shingles in prop::collection::vec(any::<u64>(), 1..200), seed in any::<u64>()) {
            let mut hasher = MinHasher::with_seed(72, seed).unwrap();
            let signature = hasher.signature(&shingles).unwrap();
            let plain = hasher.without_simd().signature(&shingles).unwrap();
            prop_assert_eq!(&plain, &signature);
            let mut generator = SplitMix64::new(seed);
            for &slot in signature.slots() {
                let bits = generator.next_u64();
                let (a, b) = ((bits >> 32) | 1, bits & 0xFFFF_FFFF);
                let naive = shingles.iter().map(|&x| (a * (x >> 32) + b) % (1 << 32)).min();
                prop_assert_eq!(Some(u64::from(slot)), naive);
            }
        }
    }

    /// For sets of known similarity: the estimate's mean is J, within 4 standard errors. Its variance is that of independent
    /// hash functions, J (1 - J) / slots, within a tenth over all J of a size (4 standard errors), and within 4 standard
    /// errors for each. With constants drawn anew for each pair, and with the frozen ones.
    #[test]
    fn estimate_is_unbiased_with_the_variance_of_theory() {
        const SLOTS: u32 = 128;
        let mut random = SplitMix64::new(42);
        for (union, frozen) in [30, 100, 300, 1000].into_iter().flat_map(|union| [(union, true), (union, false)]) {
            let trials = if union < 1000 { 500 } else { 250 };
            let mut ratios = Vec::new();
            for tenths in 3..=9_usize {
                let common = union * tenths / 10;
                let truth = common as f64 / union as f64;
                let mut estimates = Vec::with_capacity(trials);
                let mut hasher = MinHasher::new(SLOTS).unwrap();
                for _ in 0..trials {
                    let all: Vec<u64> = (0..union).map(|_| random.next_u64()).collect();
                    let half = common + (union - common) / 2;
                    let a = &all[..half];
                    let b: Vec<u64> = all[..common].iter().chain(&all[half..]).copied().collect();
                    if !frozen {
                        hasher = MinHasher::with_seed(SLOTS, random.next_u64()).unwrap();
                    }
                    let (a, b) = (hasher.signature(a).unwrap(), hasher.signature(&b).unwrap());
                    estimates.push(a.similarity(&b).unwrap());
                }
                let mean = estimates.iter().sum::<f64>() / trials as f64;
                let variance = estimates.iter().map(|e| (e - mean).powi(2)).sum::<f64>() / (trials - 1) as f64;
                let theory = truth * (1.0 - truth) / f64::from(SLOTS);
                let error = (mean - truth).abs() / (theory / trials as f64).sqrt();
                assert!(error < 4.0, "union {union}, J {truth}: mean {mean}, {error:.1} standard errors off");
                let (ratio, error) = (variance / theory, (2.0 / (trials - 1) as f64).sqrt());
                assert!((ratio - 1.0).abs() < 4.0 * error, "union {union}, J {truth}: variance {ratio:.2} of theory");
                ratios.push(ratio);
            }
            let ratio = ratios.iter().sum::<f64>() / ratios.len() as f64;
            let bound = 4.0 * (2.0 / (trials * ratios.len()) as f64).sqrt();
            assert!((ratio - 1.0).abs() < bound, "union {union}: variance {ratio:.3} of theory, bound {bound:.3}");
        }
    }
}
