//! NumPy's legacy generator, as far as the constants of other tools come from it.

/// State words.
const N: usize = 624;
/// Distance of the words that are mixed.
const M: usize = 397;

/// MT19937 (Matsumoto, Nishimura, "Mersenne Twister", 1998), seeded with one number as `numpy.random.RandomState(seed)` is.
#[derive(Debug, Clone)]
pub(super) struct Mt19937 {
    state: [u32; N],
    at: usize,
}

impl Mt19937 {
    pub fn new(seed: u32) -> Self {
        let mut state = [0; N];
        state[0] = seed;
        for i in 1..N {
            let last = state[i - 1] ^ (state[i - 1] >> 30);
            state[i] = last.wrapping_mul(1_812_433_253).wrapping_add(i as u32);
        }
        Mt19937 { state, at: N }
    }

    fn twist(&mut self) {
        for i in 0..N {
            let joined = (self.state[i] & 0x8000_0000) | (self.state[(i + 1) % N] & 0x7FFF_FFFF);
            let odd = if joined & 1 == 1 { 0x9908_B0DF } else { 0 };
            self.state[i] = self.state[(i + M) % N] ^ (joined >> 1) ^ odd;
        }
        self.at = 0;
    }

    pub fn next_u32(&mut self) -> u32 {
        if self.at == N {
            self.twist();
        }
        let mut y = self.state[self.at];
        self.at += 1;
        y ^= y >> 11;
        y ^= (y << 7) & 0x9D2C_5680;
        y ^= (y << 15) & 0xEFC6_0000;
        y ^ (y >> 18)
    }

    /// `randint(low, high, dtype=uint64)` for ranges of more than 32 bits: the first output above the second, masked to the bits of the
    /// range, drawn again where that is too much.
    pub fn in_range(&mut self, low: u64, high: u64) -> u64 {
        let most = high - 1 - low;
        let mask = u64::MAX >> most.leading_zeros();
        loop {
            let drawn = ((u64::from(self.next_u32()) << 32) | u64::from(self.next_u32())) & mask;
            if drawn <= most {
                return low + drawn;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_outputs() {
        // The first outputs of the reference program for its default seed (also those of C++'s std::mt19937).
        let mut generator = Mt19937::new(5489);
        let first: Vec<u32> = (0..3).map(|_| generator.next_u32()).collect();
        assert_eq!(first, [3_499_211_612, 581_869_302, 3_890_346_734]);
        // ISO C++ 26.6.6: the 10,000th is 4123659995.
        let last = (3..10_000).map(|_| generator.next_u32()).last();
        assert_eq!(last, Some(4_123_659_995));
    }
}
