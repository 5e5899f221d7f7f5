//! Token totals → shares: the rules by which a mix is set where nobody wrote it by hand, and what a mix written by hand implies.
//!
//! All take what sources have in unique tokens. Shares come back as fractions of 1, in the order given.
//!
//! ```
//! use mashbill::mix::weights::{natural, temperature, uniform};
//!
//! let tokens = [900, 90, 10];
//! assert_eq!(natural(&tokens), [0.9, 0.09, 0.01]);
//! assert_eq!(uniform(&tokens), [1.0 / 3.0; 3]);
//! let flattened = temperature(&tokens, 2.0); // in proportion to square roots
//! assert!(flattened[0] < 0.9 && flattened[2] > 0.01);
//! ```
//!
//! | file | holds |
//! |---|---|
//! | `unimax` | as even as epochs allow: [`unimax`] |
//! | `repetition` | what a repeated token is worth, and the mix that makes the most of it: [`RepetitionLaw`] |
//! | `regression`, `table` | a law fitted to proxy runs, and the shares that it thinks best: [`LogLinear`], [`Search`], [`RunTable`] |
//! | `swarm` | mixes for proxy runs: [`Swarm`] |
//! | `epoching` | how often each quality bucket is repeated: [`Epoching`] |
//! | `repeats` | the same by a curve or as stated, and each bucket's part of a quota: [`Repeats`] |

mod epoching;
mod regression;
mod repeats;
mod repetition;
mod swarm;
mod table;
mod unimax;

pub use epoching::{Bucket, Epoching};
pub use regression::{LogLinear, Search, cross_validated, extrapolated, spearman, wanted_runs};
pub use repeats::Repeats;
pub use repetition::{Priced, RepetitionLaw};
pub use swarm::Swarm;
pub use table::RunTable;
pub(crate) use unimax::by_caps as unimax_by_caps;
pub use unimax::unimax;

/// In proportion to what there is.
pub fn natural(tokens: &[u64]) -> Vec<f64> {
    normalised(tokens.iter().map(|&t| t as f64))
}

/// The same for every source that has any tokens.
pub fn uniform(tokens: &[u64]) -> Vec<f64> {
    normalised(tokens.iter().map(|&t| if t > 0 { 1.0 } else { 0.0 }))
}

/// In proportion to `tokens` to the power of 1/`temperature`: 1 is [`natural`], and the higher, the nearer to [`uniform`]. 2 is the
/// exponent of 0.5 that RegMix and olmix put on their priors (mixing.md §5.1); SeqIO calls the number a temperature.
///
/// A temperature that is not above 0 is taken as the least there is: all to the largest sources.
pub fn temperature(tokens: &[u64], temperature: f64) -> Vec<f64> {
    let largest = tokens.iter().copied().max().unwrap_or(0) as f64;
    let exponent = if temperature > 0.0 { 1.0 / temperature } else { f64::INFINITY };
    // Against the largest, so that no power overflows.
    normalised(tokens.iter().map(|&t| if t > 0 { (t as f64 / largest).powf(exponent) } else { 0.0 }))
}

/// The weights over their sum; all 0 if that is.
fn normalised(weights: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut weights: Vec<f64> = weights.collect();
    let sum: f64 = weights.iter().sum();
    if sum > 0.0 {
        weights.iter_mut().for_each(|w| *w /= sum);
    }
    weights
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_temperature_lies_between_natural_and_uniform() {
        let tokens = [8_000, 1_000, 0, 1_000];
        assert_eq!(natural(&tokens), [0.8, 0.1, 0.0, 0.1]);
        assert_eq!(uniform(&tokens), [1.0 / 3.0, 1.0 / 3.0, 0.0, 1.0 / 3.0]);
        let root = temperature(&tokens, 3.0); // cube roots: 20, 10, 10
        assert!((root[0] - 0.5).abs() < 1e-12 && (root[1] - 0.25).abs() < 1e-12 && root[2] == 0.0);
        assert_eq!(temperature(&tokens, f64::INFINITY), uniform(&tokens));
        assert_eq!(temperature(&tokens, 0.0), [1.0, 0.0, 0.0, 0.0]);
        assert_eq!(temperature(&[u64::MAX, 1], 1e-3), [1.0, 0.0]);
    }

    #[test]
    fn nothing_has_no_shares() {
        assert_eq!(natural(&[]), [0.0; 0]);
        assert_eq!(natural(&[0, 0]), [0.0, 0.0]);
        assert_eq!(uniform(&[0]), [0.0]);
    }
}
