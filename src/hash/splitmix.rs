//! SplitMix64: the documented generator behind the slot constants, and its finaliser.

/// Steele, Lea, Flood, "Fast splittable pseudorandom number generators" (OOPSLA 2014): the golden-ratio increment.
const INCREMENT: u64 = 0x9E37_79B9_7F4A_7C15;

/// The generator. State is the seed; the `i`-th output is `finalise(seed + i · INCREMENT)`, from `i = 1`.
#[derive(Debug, Clone)]
pub(crate) struct SplitMix64(u64);

impl SplitMix64 {
    pub(crate) fn new(seed: u64) -> Self {
        SplitMix64(seed)
    }

    pub(crate) fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(INCREMENT);
        finalise(self.0)
    }
}

/// A bijection of `u64` after which every bit depends on every other (Stafford's variant 13 of the MurmurHash3
/// finaliser, as in SplitMix64).
#[inline]
pub(crate) fn finalise(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_outputs() {
        // The reference program's first outputs for seed 1234567 (prng.di.unimi.it/splitmix64.c).
        let mut generator = SplitMix64::new(1_234_567);
        let first: Vec<u64> = (0..3).map(|_| generator.next_u64()).collect();
        assert_eq!(first, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
    }
}
