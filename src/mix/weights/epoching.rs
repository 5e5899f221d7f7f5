//! [`Epoching`]: how often each quality bucket of a source is repeated, so that the best is read most.

use crate::error::{Error, Result};

/// A curve of repetition over quality (Olmo 3, arXiv 2512.13961, section 3.4.4): the worst part is dropped, and above it each document is
/// repeated the more often, the better it is, up to a cap for the best bucket.
///
/// Over the tokens in order of quality, from 0 to 1, the cumulative share of what is emitted is `((t − a) / (1 − a))^q`; the exponent `q` is
/// the largest at which the best bucket keeps to its cap.
///
/// ```
/// use mashbill::mix::weights::{Bucket, Epoching};
///
/// // Twenty buckets of 5 % each, worst first; as many tokens as there are.
/// let buckets = [Bucket { tokens: 1_000 }; 20];
/// let epochs = Epoching::default().epochs(&buckets, 20_000)?;
/// assert!(epochs[..8].iter().all(|&e| e == 0.0)); // the worst 40 % are dropped
/// assert!((epochs[19] - 7.0).abs() < 1e-6); // the best 5 % are read seven times
/// # Ok::<(), mashbill::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "recipe-file", derive(serde::Serialize, serde::Deserialize))]
pub struct Epoching {
    /// The part of the tokens, from the worst up, that is dropped; 0 ..< 1. Default 0.4, as in Olmo 3's example.
    pub drop_below: f64,
    /// How often the best bucket may be repeated. Default 7, as in Olmo 3's example.
    pub max_epochs: f64,
    /// The largest exponent: where few tokens are wanted the cap never binds, and without a limit all of them would come from the best
    /// bucket. Default 8; ours.
    pub max_exponent: f64,
}

impl Default for Epoching {
    fn default() -> Epoching {
        Epoching { drop_below: 0.4, max_epochs: 7.0, max_exponent: 8.0 }
    }
}

/// A quality bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bucket {
    /// Its unique tokens.
    pub tokens: u64,
}

impl Epoching {
    /// How often all tokens together can be emitted: even the flattest curve that drops the worst keeps the others below the cap.
    pub fn most_epochs(&self) -> f64 {
        // Nine places, rounded down, are what a cap on epochs keeps.
        (self.max_epochs * (1.0 - self.drop_below) * 1e9).floor() / 1e9
    }

    /// How often each bucket's tokens are emitted, on average, so that all give `wanted` tokens. Buckets come worst first; one without
    /// tokens has 0.
    ///
    /// # Errors
    /// [`Error::Invalid`] for settings that mean nothing, and if even an even curve would put the best bucket above its cap.
    pub fn epochs(&self, buckets: &[Bucket], wanted: u64) -> Result<Vec<f64>> {
        let invalid = |problem: String| Err(Error::Invalid { what: "epoching".to_owned(), problem });
        if !((0.0..1.0).contains(&self.drop_below) && self.max_epochs > 0.0 && self.max_exponent >= 1.0) {
            return invalid("needs drop_below in 0 ..< 1, max_epochs above 0 and max_exponent of 1 or more".to_owned());
        }
        let total: f64 = buckets.iter().map(|b| b.tokens as f64).sum();
        let top = |exponent: f64| self.curve(buckets, total, wanted as f64, exponent).into_iter().fold(0.0, f64::max);
        if total > 0.0 && top(1.0) > self.max_epochs * (1.0 + 1e-12) {
            let most = self.max_epochs * total * (1.0 - self.drop_below);
            return invalid(format!(
                "{wanted} tokens are wanted, but {:.0} are the most at these settings",
                most.floor()
            ));
        }
        let (mut low, mut high) = (1.0, self.max_exponent);
        if top(high) > self.max_epochs {
            // The best bucket rises with the exponent, so bisection ends where it meets the cap.
            for _ in 0..200 {
                let middle = (low + high) / 2.0;
                if top(middle) > self.max_epochs { high = middle } else { low = middle }
            }
        } else {
            low = high;
        }
        Ok(self.curve(buckets, total, wanted as f64, low))
    }

    /// The epochs of each bucket at that exponent.
    fn curve(&self, buckets: &[Bucket], total: f64, wanted: f64, exponent: f64) -> Vec<f64> {
        let emitted = |t: f64| ((t - self.drop_below).max(0.0) / (1.0 - self.drop_below)).min(1.0).powf(exponent);
        let (mut below, mut before) = (0.0, 0.0);
        let mut epochs = Vec::with_capacity(buckets.len());
        for bucket in buckets {
            below += bucket.tokens as f64;
            let after = if total > 0.0 { emitted(below / total) } else { 0.0 };
            epochs.push(if bucket.tokens > 0 { wanted * (after - before) / bucket.tokens as f64 } else { 0.0 });
            before = after;
        }
        epochs
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    #[test]
    fn more_than_the_caps_allow_is_refused() {
        let buckets = [Bucket { tokens: 100 }; 10];
        let refused = Epoching::default().epochs(&buckets, 4_201).unwrap_err().to_string();
        assert_eq!(refused, "epoching: 4201 tokens are wanted, but 4200 are the most at these settings");
        let even = Epoching::default().epochs(&buckets, 4_200).unwrap();
        assert!(even[..4].iter().all(|&e| e == 0.0) && even[4..].iter().all(|e| (e - 7.0).abs() < 1e-9), "{even:?}");
        assert!(Epoching { drop_below: 1.0, ..Epoching::default() }.epochs(&buckets, 1).is_err());
        assert!(Epoching { max_epochs: f64::NAN, ..Epoching::default() }.epochs(&buckets, 1).is_err());
    }

    #[test]
    fn few_wanted_tokens_do_not_all_come_from_the_best() {
        let epochs = Epoching::default().epochs(&[Bucket { tokens: 1_000 }; 20], 100).unwrap();
        assert!(epochs[19] < 0.1 && epochs[15] > 0.0, "{epochs:?}");
        assert_eq!(Epoching::default().epochs(&[], 100).unwrap(), [0.0; 0]);
        assert_eq!(Epoching::default().epochs(&[Bucket { tokens: 0 }], 100).unwrap(), [0.0]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        #[test]
        fn the_curve_gives_what_is_wanted_under_its_cap(tokens in vec(1_u64..5_000, 1..30), part in 0.0_f64..1.0, drop in 0.0_f64..0.9) {
            let epoching = Epoching { drop_below: drop, ..Epoching::default() };
            let buckets: Vec<Bucket> = tokens.iter().map(|&tokens| Bucket { tokens }).collect();
            let total: u64 = tokens.iter().sum();
            let wanted = (total as f64 * part) as u64;
            // A bucket that the cut runs through counts in full, so a coarse last bucket may refuse what a fine one could give.
            let Ok(epochs) = epoching.epochs(&buckets, wanted) else { return Ok(()) };
            let got: f64 = tokens.iter().zip(&epochs).map(|(&t, e)| t as f64 * e).sum();
            prop_assert!((got - wanted as f64).abs() <= 1e-6 * (1.0 + wanted as f64));
            prop_assert!(epochs.iter().all(|&e| (0.0..=7.0 + 1e-6).contains(&e)), "{epochs:?}");
            prop_assert!(epochs.windows(2).all(|pair| pair[0] <= pair[1] + 1e-9), "{epochs:?}");
        }
    }
}
