//! Thresholds between buckets, where the scores are too many to hold: cut in one pass over sorted ones, checked in one pass over any.

use super::Buckets;

/// Cuts scores that come ascending, whatever their number, into buckets of equal weight.
///
/// ```
/// use mashbill::score::Cutter;
///
/// let mut cutter = Cutter::new(2, 400);
/// [(0.1, 100), (0.2, 100), (0.7, 200)].map(|(score, weight)| cutter.push(score, weight));
/// assert_eq!(cutter.finish().thresholds(), [0.2]);
/// ```
#[derive(Debug, Clone)]
pub struct Cutter {
    buckets: usize,
    all: u128,
    below: u128,
    thresholds: Vec<f64>,
}

impl Cutter {
    /// For scores whose weights sum to `all`.
    pub fn new(buckets: usize, all: u128) -> Cutter {
        Cutter { buckets, all, below: 0, thresholds: Vec::new() }
    }

    /// The next score, no lower than the one before. One that is no number, or has no weight, is left out.
    pub fn push(&mut self, score: f64, weight: u64) {
        if score.is_nan() || weight == 0 {
            return;
        }
        self.below += u128::from(weight);
        while self.thresholds.len() + 1 < self.buckets && self.reaches(self.thresholds.len() + 1) {
            self.thresholds.push(score);
        }
    }

    /// Whether the scores so far have the weight of the lowest `k` buckets.
    fn reaches(&self, k: usize) -> bool {
        self.below.saturating_mul(self.buckets as u128) >= (k as u128).saturating_mul(self.all)
    }

    /// The buckets.
    pub fn finish(self) -> Buckets {
        Buckets::from_thresholds(self.thresholds).unwrap_or_else(|_| Buckets::none())
    }
}

/// Says whether thresholds are those of some scores, which may come in any order, and of which nothing is held: of each threshold
/// it is asked how much weight lies below it, and how much up to it.
///
/// ```
/// use mashbill::score::{Buckets, ThresholdCheck};
///
/// let mut check = ThresholdCheck::new(&Buckets::from_thresholds(vec![0.2])?, 2);
/// [(0.7, 200), (0.1, 100), (0.2, 100)].map(|(score, weight)| check.add(score, weight));
/// assert!(check.holds());
/// check.add(0.8, 1);
/// assert!(!check.holds());
/// # Ok::<(), mashbill::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct ThresholdCheck {
    thresholds: Vec<f64>,
    buckets: usize,
    all: u128,
    /// Weight of the scores above so many thresholds, and of those at or above so many.
    above: Vec<u128>,
    at_least: Vec<u128>,
}

impl ThresholdCheck {
    /// For the thresholds of so many buckets.
    pub fn new(of: &Buckets, buckets: usize) -> ThresholdCheck {
        let thresholds = of.thresholds().to_vec();
        let none = vec![0; thresholds.len() + 1];
        ThresholdCheck { thresholds, buckets, all: 0, above: none.clone(), at_least: none }
    }

    /// Enters a score.
    pub fn add(&mut self, score: f64, weight: u64) {
        if score.is_nan() || weight == 0 {
            return;
        }
        let weight = u128::from(weight);
        self.all += weight;
        self.above[self.thresholds.partition_point(|&t| t < score)] += weight;
        self.at_least[self.thresholds.partition_point(|&t| t <= score)] += weight;
    }

    /// Enters what another check of the same thresholds has seen.
    pub fn merge(&mut self, other: &ThresholdCheck) {
        self.all += other.all;
        self.above.iter_mut().zip(&other.above).for_each(|(mine, theirs)| *mine += theirs);
        self.at_least.iter_mut().zip(&other.at_least).for_each(|(mine, theirs)| *mine += theirs);
    }

    /// Whether the thresholds are those of the scores.
    pub fn holds(&self) -> bool {
        let wanted = if self.all == 0 { 0 } else { self.buckets.saturating_sub(1) };
        let (mut up_to, mut below) = (0_u128, 0_u128);
        self.thresholds.len() == wanted
            && self.thresholds.is_sorted()
            && self.above.iter().zip(&self.at_least).take(wanted).zip(1_u128..).all(|((above, at_least), k)| {
                (up_to, below) = (up_to + above, below + at_least);
                let (n, part) = (self.buckets as u128, k.saturating_mul(self.all));
                up_to.saturating_mul(n) >= part && below.saturating_mul(n) < part
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        /// A check holds for what a sort cuts, in any order and in parts, and for no other thresholds.
        #[test]
        fn a_check_holds_for_the_thresholds_alone(
            scores in prop::collection::vec(((-20i32..20).prop_map(|i| f64::from(i) / 4.0), 0u64..50), 1..120),
            buckets in 2usize..12,
            turn in 0usize..11,
            step in prop::sample::select(vec![-0.25, 0.125, 0.25]),
        ) {
            let found = Buckets::exact(&mut scores.clone(), buckets).unwrap();
            let check = |thresholds: &Buckets| {
                let (one, two) = scores.split_at(scores.len() / 2);
                let part = |scores: &[(f64, u64)]| {
                    let mut check = ThresholdCheck::new(thresholds, buckets);
                    scores.iter().rev().for_each(|&(score, weight)| check.add(score, weight));
                    check
                };
                let mut whole = part(two);
                whole.merge(&part(one));
                whole.holds()
            };
            prop_assert!(check(&found));
            let mut other = found.thresholds().to_vec();
            if let Some(threshold) = other.get_mut(turn) {
                *threshold += step;
                other.sort_by(f64::total_cmp);
                let other = Buckets::from_thresholds(other).unwrap();
                prop_assert_eq!(check(&other), other == found);
            }
        }
    }
}
