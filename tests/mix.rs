//! The mix room from outside: quotas against an oracle in exact fractions, selections on hostile lengths, and traps by name.
// The helpers here are no tests in Clippy's eyes.
#![allow(clippy::unwrap_used)]

mod bugs;
mod caps;
mod exact;
mod order;
mod quality;
mod quotas;
mod regmix;
mod selection;
mod stages;
mod targets;
mod traps;

use mashbill::mix::{Budget, DocKey, Item, MixAsk, Quotas, SourceSupply};

/// SplitMix64 (Steele, Lea, Flood 2014): a few lines, the same numbers everywhere.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    /// Uniform in (0, 1).
    pub(crate) fn unit(&mut self) -> f64 {
        ((self.next() >> 12) as f64 + 0.5) / (1_u64 << 52) as f64
    }

    /// Lognormal with this median and σ, by Box and Muller, at most 100,000.
    pub(crate) fn lognormal(&mut self, median: f64, sigma: f64) -> u64 {
        let normal = (-2.0 * self.unit().ln()).sqrt() * (std::f64::consts::TAU * self.unit()).cos();
        (median * (sigma * normal).exp()).clamp(1.0, 100_000.0) as u64
    }

    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i as u64 + 1) as usize);
        }
    }
}

/// Documents of one source, with keys by the hash contract.
pub(crate) fn documents(seed: u64, lengths: impl IntoIterator<Item = u64>) -> Vec<Item> {
    let lengths = lengths.into_iter().enumerate();
    lengths.map(|(i, tokens)| Item::new(DocKey::new(seed, "web", &format!("doc-{i}"), 0), tokens)).collect()
}

/// Tokens by asking `copies` about every document.
pub(crate) fn recount(items: &[Item], copies: impl Fn(DocKey) -> u32) -> u64 {
    items.iter().map(|item| item.tokens * u64::from(copies(item.key))).sum()
}

pub(crate) fn two_groups(budget: u64) -> MixAsk {
    MixAsk::new(Budget::Tokens(budget)).group("organic", 0.7).group("synthetic", 0.3)
}

pub(crate) fn two_supplies(organic: u64, synthetic: u64) -> [SourceSupply; 2] {
    [
        SourceSupply::new("web", "organic", organic, organic.div_ceil(10)),
        SourceSupply::new("cosmopedia", "synthetic", synthetic, synthetic.div_ceil(10)),
    ]
}

pub(crate) fn source_quotas(quotas: &Quotas) -> Vec<u64> {
    quotas.sources.iter().map(|s| s.quota).collect()
}
