//! [`RepetitionLaw`]: what a token is worth when it is read again, the mix that makes the most of a budget under it, and the values that
//! a mix written by hand implies.

use crate::error::{Error, Result};

/// The law of repeated tokens (Muennighoff et al. 2023, "Scaling Data-Constrained Language Models", arXiv 2305.16264, section 5): `U` unique
/// tokens read `1 + R` times teach as much as `U + U·R*·(1 − exp(−R / R*))` that are all different.
///
/// It was fitted to whole corpora of web text read again by models of up to 9 billion parameters. To use it source by source stretches
/// it: take directions from it, no digits.
///
/// ```
/// use mashbill::mix::weights::RepetitionLaw;
///
/// let law = RepetitionLaw::default();
/// assert_eq!(law.mean_value(1.0), 1.0);
/// assert!((law.mean_value(4.0) - 0.931).abs() < 5e-4); // four epochs cost 7 %
/// assert!((law.marginal_value(13.8) - 0.435).abs() < 5e-4); // the next token of phi-4's synthetic data, at 13.8 epochs
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RepetitionLaw {
    /// Repetitions after which a further one is worth 1/e of a fresh token.
    pub r_star: f64,
}

impl Default for RepetitionLaw {
    /// R* = 15.387756, as in huggingface/datablations (README.md), the paper's own fit.
    fn default() -> RepetitionLaw {
        RepetitionLaw { r_star: 15.387_756 }
    }
}

/// A source with a price: what a fresh token of it is worth against fresh tokens of the others.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Priced {
    /// Its unique tokens.
    pub tokens: u64,
    /// The worth of a fresh token; only ratios count. Above 0.
    pub value: f64,
    /// How often its tokens may be emitted at most.
    pub max_epochs: f64,
}

impl RepetitionLaw {
    /// How many fresh tokens `emitted` of `unique` ones are worth. Linear up to one epoch.
    pub fn effective(&self, unique: f64, emitted: f64) -> f64 {
        let repetitions = emitted / unique - 1.0;
        if unique <= 0.0 {
            0.0
        } else if repetitions <= 0.0 {
            emitted
        } else {
            unique * (1.0 - self.r_star * (-repetitions / self.r_star).exp_m1())
        }
    }

    /// The worth of an emitted token, on average over that many epochs.
    pub fn mean_value(&self, epochs: f64) -> f64 {
        if epochs <= 1.0 { 1.0 } else { self.effective(1.0, epochs) / epochs }
    }

    /// The worth of the next token after that many epochs.
    pub fn marginal_value(&self, epochs: f64) -> f64 {
        (-(epochs - 1.0).max(0.0) / self.r_star).exp()
    }

    /// Tokens of each source that together are worth the most: `Σ value · effective(tokens, emitted)` under `Σ emitted = budget` and the
    /// sources' epochs. Sources of equal value that are not used up share in proportion to their tokens.
    ///
    /// At the optimum the next token of every source in use is worth the same λ, so that a source is read `1 + R*·ln(value / λ)` times, or
    /// as often as it may; λ is found by bisection.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a value or a cap that is not above 0 (a cap may be infinite), and for a budget that the caps cannot make.
    pub fn allocate(&self, sources: &[Priced], budget: u64) -> Result<Vec<f64>> {
        let invalid = |problem: String| Err(Error::Invalid { what: "repetition law".to_owned(), problem });
        if let Some(bad) = sources.iter().find(|s| !(s.value > 0.0 && s.value.is_finite() && s.max_epochs > 0.0)) {
            return invalid(format!(
                "a value and its max_epochs are numbers above 0, not {} and {}",
                bad.value, bad.max_epochs
            ));
        }
        let budget = budget as f64;
        let most: f64 = sources.iter().map(|s| s.tokens as f64 * s.max_epochs).filter(|t| !t.is_nan()).sum();
        if budget > most {
            return invalid(format!("{budget} tokens are asked for, but max_epochs allow {most}"));
        }
        // In logarithms, λ lies below the highest value (nothing is used) and above the depth at which the least source alone would do.
        let logs = || sources.iter().filter(|s| s.tokens > 0).map(|s| s.value.ln());
        let mut high = logs().fold(f64::NEG_INFINITY, f64::max) + 1.0;
        let smallest = sources.iter().map(|s| s.tokens).filter(|&t| t > 0).min().unwrap_or(1) as f64;
        let mut low = logs().fold(f64::INFINITY, f64::min) - budget / smallest / self.r_star - 1.0;
        if !(low.is_finite() && high.is_finite()) {
            return Ok(vec![0.0; sources.len()]);
        }
        let sum = |log_lambda: f64| self.at(sources, log_lambda).iter().sum::<f64>();
        loop {
            let middle = low + (high - low) / 2.0;
            if middle <= low || middle >= high {
                break; // neighbours: no number lies between
            }
            if sum(middle) >= budget { low = middle } else { high = middle }
        }
        // A source whose value is λ itself jumps from nothing to one epoch between the two: the budget lies somewhere in that.
        let (less, more) = (self.at(sources, high), self.at(sources, low));
        let (from, to) = (less.iter().sum::<f64>(), more.iter().sum::<f64>());
        let part = if to > from { ((budget - from) / (to - from)).clamp(0.0, 1.0) } else { 0.0 };
        Ok(less.iter().zip(&more).map(|(less, more)| less + part * (more - less)).collect())
    }

    /// Tokens of each source at which its next token is worth e^`log_lambda`.
    fn at(&self, sources: &[Priced], log_lambda: f64) -> Vec<f64> {
        let epochs = |source: &Priced| match source.value.ln() - log_lambda {
            gain if gain >= 0.0 => (1.0 + self.r_star * gain).min(source.max_epochs),
            _ => 0.0,
        };
        sources.iter().map(|s| if s.tokens > 0 { s.tokens as f64 * epochs(s) } else { 0.0 }).collect()
    }

    /// The value of a fresh token of each source under which [`allocate`](RepetitionLaw::allocate) would have chosen just these
    /// `emitted` tokens: a way to read a mix that was written by hand. Against the source of the least value, which has 1; a source that is
    /// not emitted in full has the least. `None` for a source without tokens or that is not emitted.
    pub fn implied_values(&self, unique: &[u64], emitted: &[u64]) -> Vec<Option<f64>> {
        let marginal = |(&unique, &emitted): (&u64, &u64)| {
            (unique > 0 && emitted > 0).then(|| self.marginal_value(emitted as f64 / unique as f64))
        };
        let marginals: Vec<Option<f64>> = unique.iter().zip(emitted).map(marginal).collect();
        let least_used = marginals.iter().flatten().fold(0.0, |a: f64, &b| a.max(b));
        marginals.into_iter().map(|m| m.map(|m| least_used / m)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    /// The table in mixing.md §5.3: epochs; effective tokens per unique token; mean and marginal value.
    #[test]
    fn the_law_has_its_published_numbers() {
        let law = RepetitionLaw::default();
        for (epochs, effective, mean, marginal) in [
            (1.0, 1.0, 1.0, 1.0),
            (2.0, 1.97, 0.984, 0.937),
            (4.0, 3.73, 0.931, 0.823),
            (7.0, 5.97, 0.853, 0.677),
            (16.0, 10.58, 0.661, 0.377),
            (40.0, 15.17, 0.379, 0.079),
        ] {
            assert!((law.effective(1.0, epochs) - effective).abs() < 5.1e-3, "{epochs}");
            assert!((law.mean_value(epochs) - mean).abs() < 5.1e-4, "{epochs}");
            assert!((law.marginal_value(epochs) - marginal).abs() < 5.1e-4, "{epochs}");
        }
        assert_eq!((law.effective(0.0, 5.0), law.effective(10.0, 4.0), law.mean_value(0.5)), (0.0, 4.0, 1.0));
    }

    /// phi-4 (arXiv 2412.08905, table 5): web, rewrites, synthetic, code, acquired; unique tokens in billions, shares of 10 T. The values
    /// implied by its shares are those of mixing.md §5.3, and lead back to the shares.
    #[test]
    fn phi_4_goes_round() {
        let unique = [1_300, 290, 290, 820, 580];
        let emitted = [1_500, 1_500, 4_000, 2_000, 1_000];
        let law = RepetitionLaw::default();
        let values: Vec<f64> = law.implied_values(&unique, &emitted).into_iter().map(Option::unwrap).collect();
        for (value, published) in values.iter().zip([1.0, 1.30, 2.28, 1.09, 1.04]) {
            assert!((value - published).abs() < 0.02, "{values:?}");
        }
        let priced = |(&tokens, &value): (&u64, &f64)| Priced { tokens, value, max_epochs: f64::INFINITY };
        let sources: Vec<Priced> = unique.iter().zip(&values).map(priced).collect();
        let back = law.allocate(&sources, 10_000).unwrap();
        for (back, emitted) in back.iter().zip(emitted) {
            assert!((back - emitted as f64).abs() < 1e-3, "{back} for {emitted}");
        }
    }

    #[test]
    fn equal_sources_share_what_is_less_than_an_epoch() {
        let source = |tokens, value| Priced { tokens, value, max_epochs: 4.0 };
        let law = RepetitionLaw::default();
        let parts = law.allocate(&[source(300, 1.0), source(100, 1.0), source(100, 0.1)], 200).unwrap();
        assert!((parts[0] - 150.0).abs() < 1e-6 && (parts[1] - 50.0).abs() < 1e-6 && parts[2] == 0.0, "{parts:?}");
        assert_eq!(law.allocate(&[source(0, 1.0)], 0).unwrap(), [0.0]);
        let all = law.allocate(&[source(100, 1.0), source(50, 9.0)], 600).unwrap();
        assert!((all[0] - 400.0).abs() < 1e-6 && (all[1] - 200.0).abs() < 1e-6, "{all:?}");
    }

    #[test]
    fn what_cannot_be_had_is_said() {
        let law = RepetitionLaw::default();
        let source = Priced { tokens: 100, value: 1.0, max_epochs: 2.0 };
        let refused = |source: Priced, budget| law.allocate(&[source], budget).unwrap_err().to_string();
        assert_eq!(refused(source, 201), "repetition law: 201 tokens are asked for, but max_epochs allow 200");
        assert!(refused(Priced { value: f64::NAN, ..source }, 1).contains("numbers above 0, not NaN and 2"));
        assert!(law.allocate(&[Priced { max_epochs: 0.0, ..source }], 1).is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        /// Brute force: no transfer of tokens from one source to another makes the mix worth more.
        #[test]
        fn no_transfer_is_worth_it(
            sources in vec((1_u64..2_000, 0.1_f64..5.0, 1.0_f64..20.0), 2..7),
            part in 0.0_f64..1.0,
        ) {
            let law = RepetitionLaw::default();
            let sources: Vec<Priced> =
                sources.into_iter().map(|(tokens, value, max_epochs)| Priced { tokens, value, max_epochs }).collect();
            let most: f64 = sources.iter().map(|s| s.tokens as f64 * s.max_epochs).sum();
            let budget = (most * part) as u64;
            let parts = law.allocate(&sources, budget).unwrap();
            prop_assert!((parts.iter().sum::<f64>() - budget as f64).abs() < 1e-6 * (1.0 + budget as f64));
            let worth = |parts: &[f64]| -> f64 {
                sources.iter().zip(parts).map(|(s, &p)| s.value * law.effective(s.tokens as f64, p)).sum()
            };
            let best = worth(&parts);
            for from in 0..parts.len() {
                for to in 0..parts.len() {
                    let room = sources[to].tokens as f64 * sources[to].max_epochs - parts[to];
                    let step = (parts[from] * 0.1).min(room.max(0.0));
                    let mut other = parts.clone();
                    other[from] -= step;
                    other[to] += step;
                    prop_assert!(worth(&other) <= best * (1.0 + 1e-9), "{parts:?} -> {other:?}");
                }
            }
        }
    }
}
