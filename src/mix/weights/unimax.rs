//! [`unimax`]: as even between sources as a cap on epochs allows.

use crate::mix::apportion::water_fill;

/// Tokens for each source by UniMax (Chung et al. 2023, arXiv 2304.09151): all the same, but no source more than `max_epochs` times its
/// unique tokens; what the small ones cannot give, the others do, evenly. In whole tokens, which sum to `budget`, or to all that the
/// caps allow if that is less.
///
/// The paper budgets characters; tokens are what a mix is counted in here.
///
/// ```
/// use mashbill::mix::weights::unimax;
///
/// // 4 epochs at most of each; the smallest source can give 400.
/// assert_eq!(unimax(&[10_000, 5_000, 100], 6_000, 4.0), [2_800, 2_800, 400]);
/// ```
pub fn unimax(tokens: &[u64], budget: u64, max_epochs: f64) -> Vec<u64> {
    // A product beyond u64 is as good as no cap; NaN caps at nothing.
    let caps: Vec<u64> = tokens.iter().map(|&t| (t as f64 * max_epochs.max(0.0)) as u64).collect();
    by_caps(&caps, budget)
}

/// The same under the caps of each source.
pub(crate) fn by_caps(caps: &[u64], budget: u64) -> Vec<u64> {
    let most = caps.iter().fold(0_u64, |sum, &cap| sum.saturating_add(cap));
    water_fill(budget.min(most), &vec![1; caps.len()], caps).unwrap_or_else(|| caps.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    /// The published procedure, step by step, in fractions of a token.
    fn published(tokens: &[u64], budget: u64, max_epochs: f64) -> Vec<f64> {
        let mut order: Vec<usize> = (0..tokens.len()).collect();
        order.sort_by_key(|&i| tokens[i]);
        let mut left = budget as f64;
        let mut parts = vec![0.0; tokens.len()];
        for (done, &i) in order.iter().enumerate() {
            let fair = left / (tokens.len() - done) as f64;
            parts[i] = fair.min(tokens[i] as f64 * max_epochs);
            left -= parts[i];
        }
        parts
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        #[test]
        fn agrees_with_the_published_procedure(tokens in vec(0_u64..5_000, 1..9), budget in 0_u64..20_000, epochs in 1_u32..6) {
            let epochs = f64::from(epochs);
            let ours = unimax(&tokens, budget, epochs);
            for (ours, published) in ours.iter().zip(published(&tokens, budget, epochs)) {
                prop_assert!((*ours as f64 - published).abs() <= 1.0, "{ours} for {published}");
            }
            let most: u64 = tokens.iter().sum::<u64>() * epochs as u64;
            prop_assert_eq!(ours.iter().sum::<u64>(), budget.min(most));
        }
    }

    #[test]
    fn extremes() {
        assert_eq!(unimax(&[], 5, 1.0), [0_u64; 0]);
        assert_eq!(unimax(&[3, 3], 100, 1.0), [3, 3]);
        assert_eq!(unimax(&[3, 3], 100, f64::NAN), [0, 0]);
        assert_eq!(unimax(&[u64::MAX, u64::MAX], u64::MAX, 1e9).iter().sum::<u64>(), u64::MAX);
    }
}
