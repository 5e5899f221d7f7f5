//! Whole tokens from fractions: largest remainder, and largest remainder under caps (water-filling). Integers only.

/// `total` split in proportion to `weights`, in whole numbers that sum to `total`: every part is rounded down, and what is
/// left goes one by one to the largest remainders (Hamilton's method), the earlier part first where two are equal.
///
/// No part is a whole token off its exact share. If all weights are zero (or there are none), nobody gets anything.
///
/// ```
/// use mashbill::mix::largest_remainder;
///
/// assert_eq!(largest_remainder(10, &[1, 1, 1]), [4, 3, 3]);
/// assert_eq!(largest_remainder(1_000, &[50, 20, 30]), [500, 200, 300]);
/// ```
pub fn largest_remainder(total: u64, weights: &[u64]) -> Vec<u64> {
    let sum = sum(weights);
    if sum == 0 {
        return vec![0; weights.len()];
    }
    let scaled = |weight: u64| u128::from(total) * u128::from(weight);
    // A part is at most `total`, so it fits.
    let mut parts: Vec<u64> = weights.iter().map(|&w| (scaled(w) / sum) as u64).collect();
    let left = total - parts.iter().sum::<u64>();
    let mut order: Vec<(u128, usize)> = weights.iter().enumerate().map(|(i, &w)| (scaled(w) % sum, i)).collect();
    order.sort_unstable_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    for &(_, i) in order.iter().take(left as usize) {
        parts[i] += 1;
    }
    parts
}

/// `total` split as by [`largest_remainder`], but no part above its cap: what a capped part cannot take goes to the others
/// in proportion to their weights, again and again until nothing is over. A weight of zero gets nothing.
///
/// `None` if the caps (of the parts with a weight) sum to less than `total`.
pub(crate) fn water_fill(total: u64, weights: &[u64], caps: &[u64]) -> Option<Vec<u64>> {
    let mut parts = vec![0; weights.len()];
    let mut open: Vec<u64> = weights.to_vec();
    let mut left = total;
    while left > 0 {
        let sum = sum(&open);
        if sum == 0 {
            return None;
        }
        // Against the exact fraction, before rounding: then the caps that bind do not hang on how a remainder fell. Caps are
        // whole, so the fraction reaches one exactly if its whole part does.
        let reaches = |i: usize| u128::from(left) * u128::from(open[i]) / sum >= u128::from(caps[i]);
        let over: Vec<usize> = (0..open.len()).filter(|&i| open[i] > 0 && reaches(i)).collect();
        if over.is_empty() {
            for (part, more) in parts.iter_mut().zip(largest_remainder(left, &open)) {
                *part += more;
            }
            return Some(parts);
        }
        for i in over {
            parts[i] = caps[i];
            open[i] = 0;
            // The exact fractions of `left` reach these caps, so their sum cannot exceed `left`.
            left -= caps[i];
        }
    }
    Some(parts)
}

fn sum(weights: &[u64]) -> u128 {
    weights.iter().map(|&w| u128::from(w)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    #[test]
    fn extremes_do_not_overflow() {
        assert_eq!(largest_remainder(u64::MAX, &[u64::MAX, u64::MAX]), [u64::MAX / 2 + 1, u64::MAX / 2]);
        assert_eq!(largest_remainder(5, &[]), [0_u64; 0]);
        assert_eq!(largest_remainder(5, &[0, 0]), [0, 0]);
        assert_eq!(water_fill(5, &[1, 1], &[1, 3]), None);
        assert_eq!(water_fill(5, &[1, 0], &[4, 9]), None);
        assert_eq!(water_fill(9, &[3, 2, 1], &[2, 9, 9]), Some(vec![2, 5, 2]));
        assert_eq!(water_fill(u64::MAX, &[1, u64::MAX], &[u64::MAX; 2]).unwrap().iter().sum::<u64>(), u64::MAX);
    }

    /// The naive twin: hand out token by token to whoever is furthest below its exact share (which it may pass by less
    /// than one token), first come first served on ties.
    fn naive(total: u64, weights: &[u64]) -> Vec<u64> {
        let sum: u64 = weights.iter().sum();
        let mut parts = vec![0; weights.len()];
        for _ in 0..total {
            let lag = |i: usize| (total * weights[i]) as i64 - (parts[i] * sum) as i64;
            // Every whole token first; then the remainders, which are below one token, by size.
            let i = (0..weights.len()).rev().max_by_key(|&i| lag(i)).unwrap();
            parts[i] += 1;
        }
        parts
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(512))]

        #[test]
        fn agrees_with_token_by_token(total in 0_u64..300, weights in vec(0_u64..50, 1..7)) {
            prop_assume!(weights.iter().sum::<u64>() > 0);
            prop_assert_eq!(largest_remainder(total, &weights), naive(total, &weights));
        }

        #[test]
        fn a_filled_vessel_is_level(total in 0_u64..5_000, vessels in vec((1_u64..50, 0_u64..2_000), 1..8)) {
            let (weights, caps): (Vec<u64>, Vec<u64>) = vessels.into_iter().unzip();
            match water_fill(total, &weights, &caps) {
                None => prop_assert!(caps.iter().sum::<u64>() < total),
                Some(parts) => {
                    prop_assert_eq!(parts.iter().sum::<u64>(), total);
                    prop_assert!(parts.iter().zip(&caps).all(|(p, c)| p <= c));
                    // Level: nobody below its cap stands more than a token's rounding lower than anybody else.
                    for i in 0..parts.len() {
                        for j in 0..parts.len() {
                            let lower = parts[i] < caps[i] && (parts[i] + 1) * weights[j] < (parts[j].max(1) - 1) * weights[i];
                            prop_assert!(!lower, "{:?} of {:?} under {:?}", parts, weights, caps);
                        }
                    }
                }
            }
        }
    }
}
