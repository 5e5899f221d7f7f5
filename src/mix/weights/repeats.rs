//! [`Repeats`]: how often the documents of each quality bucket are emitted.

use super::{Bucket, Epoching};
use crate::error::{Error, Result};
use crate::mix::apportion::largest_remainder;

/// How often each bucket of a source is repeated, the worst first.
///
/// ```
/// use mashbill::mix::weights::{Bucket, Repeats};
///
/// // The worst half not at all, the next quarter once, the best quarter four times.
/// let repeats = Repeats::Stated(vec![0.0, 0.0, 1.0, 4.0]);
/// let buckets = [Bucket { tokens: 1_000 }; 4];
/// assert_eq!(repeats.most_epochs(&buckets), 1.25); // 5,000 tokens of 4,000
/// assert_eq!(repeats.quotas(&buckets, 5_000)?, [0, 0, 1_000, 4_000]);
/// assert_eq!(repeats.quotas(&buckets, 2_500)?, [0, 0, 500, 2_000]); // where less is wanted, in proportion
/// # Ok::<(), mashbill::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "recipe-file", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Repeats {
    /// By a curve, as steep as its caps and what is wanted allow.
    Curve(Epoching),
    /// As stated: how often the documents of each bucket are emitted at most, on average. Where less is wanted, all buckets give less in the
    /// same proportion. Numbers of 0 or more; a bucket beyond the last has 0.
    Stated(Vec<f64>),
}

impl Repeats {
    /// How often all tokens together can be emitted, to nine places, which is what a cap on epochs keeps.
    pub fn most_epochs(&self, buckets: &[Bucket]) -> f64 {
        let stated = match self {
            Repeats::Curve(curve) => return curve.most_epochs(),
            Repeats::Stated(stated) => stated,
        };
        let tokens: f64 = buckets.iter().map(|bucket| bucket.tokens as f64).sum();
        let emitted: f64 = stated.iter().zip(buckets).map(|(epochs, bucket)| epochs * bucket.tokens as f64).sum();
        if tokens > 0.0 { (emitted / tokens * 1e9).floor() / 1e9 } else { 0.0 }
    }

    /// Whole tokens for each bucket that sum to `quota`.
    ///
    /// # Errors
    /// [`Error::Invalid`] for settings that mean nothing, and if a curve cannot give the quota.
    pub fn quotas(&self, buckets: &[Bucket], quota: u64) -> Result<Vec<u64>> {
        let epochs = match self {
            Repeats::Curve(curve) => curve.epochs(buckets, quota)?,
            Repeats::Stated(stated) => scaled(stated, buckets, quota)?,
        };
        // In millionths of a token, which a quota below 2^43 tokens can be counted in; larger ones lose what nobody will miss.
        let unit = if quota < 1 << 43 { 1e6 } else { 1.0 };
        let wanted: Vec<u64> = epochs.iter().zip(buckets).map(|(e, b)| (e * b.tokens as f64 * unit) as u64).collect();
        Ok(largest_remainder(quota, &wanted))
    }
}

/// The stated epochs, in the proportion in which they give `quota` tokens.
fn scaled(stated: &[f64], buckets: &[Bucket], quota: u64) -> Result<Vec<f64>> {
    let invalid = |problem: &str| Error::Invalid { what: "epochs by bucket".to_owned(), problem: problem.to_owned() };
    if !stated.iter().all(|epochs| epochs.is_finite() && *epochs >= 0.0) {
        return Err(invalid("must be numbers of 0 or more"));
    }
    let of = |bucket: usize| stated.get(bucket).copied().unwrap_or(0.0);
    let all: f64 = buckets.iter().enumerate().map(|(at, bucket)| of(at) * bucket.tokens as f64).sum();
    if all <= 0.0 && quota > 0 {
        return Err(invalid("leave nothing: no bucket with tokens has more than 0"));
    }
    let part = if quota == 0 { 0.0 } else { quota as f64 / all };
    Ok((0..buckets.len()).map(|bucket| of(bucket) * part).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    #[test]
    fn nothing_and_nonsense() {
        let some = [Bucket { tokens: 10 }, Bucket { tokens: 0 }];
        for nonsense in [vec![f64::NAN], vec![-1.0], vec![f64::INFINITY]] {
            assert!(Repeats::Stated(nonsense).quotas(&some, 5).is_err());
        }
        let refused = Repeats::Stated(vec![0.0, 3.0]).quotas(&some, 5).unwrap_err().to_string();
        assert_eq!(refused, "epochs by bucket: leave nothing: no bucket with tokens has more than 0");
        assert_eq!(Repeats::Stated(vec![0.0, 3.0]).quotas(&some, 0).unwrap(), [0, 0]);
        assert_eq!(Repeats::Stated(vec![2.0]).most_epochs(&[]), 0.0);
        assert_eq!(Repeats::Stated(Vec::new()).quotas(&[], 0).unwrap(), [0; 0]);
    }

    proptest! {
        /// To the token in all, and each bucket within a token of its part.
        #[test]
        fn stated_epochs_are_kept_in_proportion(
            buckets in vec((0_u64..100_000, 0_u32..700), 1..30),
            part in 0.001_f64..1.0,
        ) {
            let repeats = Repeats::Stated(buckets.iter().map(|b| f64::from(b.1) / 100.0).collect());
            let sizes: Vec<Bucket> = buckets.iter().map(|&(tokens, _)| Bucket { tokens }).collect();
            let most: f64 = buckets.iter().map(|b| b.0 as f64 * f64::from(b.1) / 100.0).sum();
            prop_assume!(most >= 1.0);
            let quota = (most * part) as u64;
            let quotas = repeats.quotas(&sizes, quota).unwrap();
            prop_assert_eq!(quotas.iter().sum::<u64>(), quota);
            for (given, (tokens, hundredths)) in quotas.iter().zip(&buckets) {
                let wanted = *tokens as f64 * f64::from(*hundredths) / 100.0 * quota as f64 / most;
                prop_assert!((*given as f64 - wanted).abs() < 1.5, "{} {}", given, wanted);
            }
        }
    }
}
