//! The slots of datatrove and text-dedup: affine maps that wrap at 2^64, then modulo the prime 2^61 - 1.

use super::mt19937::Mt19937;

const PRIME: u64 = (1 << 61) - 1;

/// `x → (a_i x + b_i mod 2^64) mod (2^61 - 1)`. All multipliers are drawn from 1 on before all addends, so that another number of maps
/// has other addends. The wrap makes it no 2-universal family; it is unbiased in measurement.
#[derive(Debug, Clone)]
pub(super) struct Mersenne {
    maps: Vec<(u64, u64)>,
}

impl Mersenne {
    pub fn new(seed: u32, count: usize) -> Self {
        let mut generator = Mt19937::new(seed);
        let multiply: Vec<u64> = (0..count).map(|_| generator.in_range(1, PRIME)).collect();
        Mersenne { maps: multiply.into_iter().map(|a| (a, generator.in_range(0, PRIME))).collect() }
    }

    /// The least value of each map over the inputs, the bits of `mask` of it.
    pub fn minima(&self, inputs: &[u64], mask: u64, out: &mut Vec<u64>) {
        out.clear();
        out.extend(self.maps.iter().map(|&(a, b)| {
            let values = inputs.iter().map(|&x| remainder(x.wrapping_mul(a).wrapping_add(b)) & mask);
            values.min().unwrap_or(mask)
        }));
    }
}

/// `x mod (2^61 - 1)`, without a division: 2^61 is 1 there.
fn remainder(x: u64) -> u64 {
    let folded = (x & PRIME) + (x >> 61);
    if folded >= PRIME { folded - PRIME } else { folded }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn constants_are_numpys() {
        // numpy.random.RandomState(1), 112 draws of each.
        let maps = Mersenne::new(1, 112).maps;
        assert_eq!(maps[0], (775_169_054_918_279_404, 1_062_448_801_025_099_917));
        assert_eq!(maps[1], (1_758_426_461_858_698_313, 1_324_811_268_927_594_100));
        assert_eq!(maps[111], (223_865_076_026_037_746, 1_097_409_548_522_419_201));
        // RandomState(42), 240 of each.
        let maps = Mersenne::new(42, 240).maps;
        assert_eq!(maps[0], (2_297_359_619_001_564_596, 1_207_497_806_379_370_653));
        assert_eq!(maps[239], (961_272_302_830_017_708, 426_080_070_945_019_950));
    }

    proptest! {
        #[test]
        fn remainder_is_that_of_division(x in prop_oneof![any::<u64>(), (0..16_u64).prop_map(|k| PRIME.wrapping_mul(k))]) {
            prop_assert_eq!(remainder(x), x % PRIME);
            prop_assert_eq!(remainder(x.wrapping_sub(1)), x.wrapping_sub(1) % PRIME);
        }
    }
}
