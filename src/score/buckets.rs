//! Scores → buckets of equal weight: scores of different kinds brought to one scale, and put together.
//!
//! A document of 100 kB counts a hundred times one of 1 kB: quantiles are of tokens or bytes, not of rows. As Nemotron-CC does it
//! (Su et al. 2024): thresholds at the 5th, 10th … 95th percentile by bytes, the bucket of a document is the number of thresholds at or
//! below its score, and the ensemble of several scores is the highest of their buckets.
//!
//! ```
//! use mashbill::score::{Buckets, Ensemble};
//!
//! // (score, tokens)
//! let education = Buckets::exact(&mut [(0.2, 100), (0.9, 300), (0.5, 100), (0.4, 500)], 4)?;
//! assert_eq!(education.thresholds(), [0.4, 0.4, 0.9]);
//! assert_eq!([0.2, 0.4, 0.5, 0.95].map(|score| education.of(score)), [0, 2, 2, 3]);
//! assert_eq!(Ensemble::Max.of(&[Some(2), None, Some(1)]), Some(2.0));
//! # Ok::<(), mashbill::Error>(())
//! ```

use super::thresholds::Cutter;
use crate::error::{Error, Result};

/// Most buckets.
pub(super) const MAX_BUCKETS: usize = 10_000;

/// Thresholds between buckets that hold equal parts of the weight, as far as ties allow.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "recipe-file", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
pub struct Buckets {
    thresholds: Vec<f64>,
}

impl Buckets {
    /// So many buckets of these scores with their weights, exactly: threshold k of n is the lowest score up to which (it included) lies
    /// at least the part k / n of the weight (the inverted distribution function). Sorts the scores; those that are no number, or have
    /// no weight, are left out. Without any there are no thresholds, and everything is in bucket 0.
    ///
    /// # Errors
    /// [`Error::Invalid`] for no bucket, or more than 10,000.
    pub fn exact(scores: &mut [(f64, u64)], buckets: usize) -> Result<Buckets> {
        check(buckets)?;
        scores.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        Ok(cut(scores.iter().copied().filter(|(score, _)| !score.is_nan()), buckets))
    }

    /// Thresholds made elsewhere.
    ///
    /// # Errors
    /// [`Error::Invalid`] unless they ascend and are numbers.
    pub fn from_thresholds(thresholds: Vec<f64>) -> Result<Buckets> {
        match thresholds.iter().any(|t| t.is_nan()) || !thresholds.is_sorted() {
            true => Err(Error::Invalid { what: "thresholds".into(), problem: "must be numbers that ascend".into() }),
            false => Ok(Buckets { thresholds }),
        }
    }

    /// One bucket, which holds everything.
    pub(super) fn none() -> Buckets {
        Buckets { thresholds: Vec::new() }
    }

    /// The thresholds, ascending; one fewer than there are buckets.
    pub fn thresholds(&self) -> &[f64] {
        &self.thresholds
    }

    /// The bucket of a score: how many thresholds are at or below it.
    pub fn of(&self, score: f64) -> u32 {
        self.thresholds.partition_point(|&threshold| threshold <= score) as u32
    }
}

pub(super) fn check(buckets: usize) -> Result<()> {
    match (1..=MAX_BUCKETS).contains(&buckets) {
        true => Ok(()),
        false => Err(Error::Invalid {
            what: "buckets".into(),
            problem: format!("must lie between 1 and {MAX_BUCKETS}, but {buckets} are asked for"),
        }),
    }
}

/// Thresholds of ascending scores.
fn cut(scores: impl Iterator<Item = (f64, u64)> + Clone, buckets: usize) -> Buckets {
    let mut cutter = Cutter::new(buckets, scores.clone().map(|(_, weight)| u128::from(weight)).sum());
    scores.for_each(|(score, weight)| cutter.push(score, weight));
    cutter.finish()
}

/// Quantiles of weighted scores in memory that does not grow with them, mergeable, with its error stated.
///
/// Scores are gathered in summaries of `size` entries; two summaries of one level become one of the next. Each time, entries that lie
/// side by side are put together under the highest of them, up to one `size`th of the weight; that weight is what a rank may then be
/// off by, and [`error`](Self::error) adds it up. For 10^9 rows and a size of 4,096 that is at most 18 / 4,096 of the weight.
#[derive(Debug, Clone)]
pub struct QuantileSketch {
    size: usize,
    /// By level: ascending scores with their weights; none where a level is free.
    levels: Vec<Option<Vec<(f64, u64)>>>,
    fresh: Vec<(f64, u64)>,
    weight: u64,
    error: u64,
}

impl QuantileSketch {
    /// An empty sketch with summaries of so many entries, 16 at least: 16 bytes each, one for each doubling of the rows.
    pub fn new(size: usize) -> Self {
        QuantileSketch { size: size.max(16), levels: Vec::new(), fresh: Vec::new(), weight: 0, error: 0 }
    }

    /// Enters a score. One that is no number, or has no weight, is left out.
    pub fn add(&mut self, score: f64, weight: u64) {
        if score.is_nan() || weight == 0 {
            return;
        }
        self.weight = self.weight.saturating_add(weight);
        self.fresh.push((score, weight));
        if self.fresh.len() >= self.size {
            let mut summary = std::mem::take(&mut self.fresh);
            summary.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
            self.put(0, summary);
        }
    }

    /// Enters all that another sketch has seen. The error is the sum of both, and what this merge adds.
    pub fn merge(&mut self, other: &QuantileSketch) {
        self.error = self.error.saturating_add(other.error);
        for (level, summary) in other.levels.iter().enumerate() {
            if let Some(summary) = summary {
                self.weight = self.weight.saturating_add(summary.iter().map(|entry| entry.1).sum());
                self.put(level, summary.clone());
            }
        }
        other.fresh.iter().for_each(|&(score, weight)| self.add(score, weight));
    }

    /// The weight of all scores.
    pub fn weight(&self) -> u64 {
        self.weight
    }

    /// By how much weight a rank may be off at most.
    pub fn error(&self) -> u64 {
        self.error
    }

    /// So many buckets. For threshold k of n, `t`: up to `t` (it included) lies at least the part k / n of the weight; below it lies at
    /// most that part and [`error`](Self::error).
    ///
    /// # Errors
    /// [`Error::Invalid`] for no bucket, or more than 10,000.
    pub fn buckets(&self, buckets: usize) -> Result<Buckets> {
        check(buckets)?;
        let mut all: Vec<(f64, u64)> = self.levels.iter().flatten().flatten().chain(&self.fresh).copied().collect();
        all.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        Ok(cut(all.iter().copied(), buckets))
    }

    /// Puts a summary in its level; where there is one, both become one of the next.
    fn put(&mut self, mut level: usize, mut summary: Vec<(f64, u64)>) {
        loop {
            if self.levels.len() <= level {
                self.levels.resize(level + 1, None);
            }
            let Some(slot) = self.levels.get_mut(level) else { return };
            let Some(there) = slot.take() else {
                *slot = Some(summary);
                return;
            };
            summary.extend(there);
            summary.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
            summary = self.pressed(summary);
            level += 1;
        }
    }

    /// Neighbours put together, so that about `size` entries are left.
    fn pressed(&mut self, summary: Vec<(f64, u64)>) -> Vec<(f64, u64)> {
        let weight: u64 = summary.iter().fold(0, |sum, entry| sum.saturating_add(entry.1));
        let limit = weight.div_ceil(self.size as u64);
        let mut pressed: Vec<(f64, u64)> = Vec::with_capacity(self.size + 1);
        let mut moved = false;
        for (score, weight) in summary {
            match pressed.last_mut() {
                Some(last) if last.1.saturating_add(weight) <= limit || last.0 == score => {
                    moved |= last.0 != score;
                    *last = (score, last.1.saturating_add(weight));
                }
                _ => pressed.push((score, weight)),
            }
        }
        self.error = self.error.saturating_add(if moved { limit } else { 0 });
        pressed
    }
}

/// How the buckets of several scores become one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "recipe-file", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Ensemble {
    /// The highest: a document is good if one score says so (Nemotron-CC).
    #[default]
    Max,
    /// The mean.
    Mean,
    /// The lowest: a document is good if all scores say so.
    Min,
    /// The mean of ranks: of each score, the part of the weight that lies at or below it, in thousandths
    /// ([`RANK_PARTS`](super::RANK_PARTS)). What is given to [`of`](Ensemble::of) are then these, not buckets.
    Rank,
}

impl Ensemble {
    /// Every ensemble by name.
    pub const ALL: [(&'static str, Ensemble); 4] =
        [("max", Ensemble::Max), ("mean", Ensemble::Mean), ("min", Ensemble::Min), ("rank", Ensemble::Rank)];

    /// Of the buckets of one document; a score that is undefined has no say. `None` if all are.
    pub fn of(self, buckets: &[Option<u32>]) -> Option<f64> {
        let defined = buckets.iter().flatten().map(|&bucket| f64::from(bucket));
        match self {
            Ensemble::Max => defined.reduce(f64::max),
            Ensemble::Min => defined.reduce(f64::min),
            Ensemble::Mean | Ensemble::Rank => {
                let (sum, n) = defined.fold((0.0, 0.0), |(sum, n), bucket| (sum + bucket, n + 1.0));
                (n > 0.0).then(|| sum / n)
            }
        }
    }
}

/// Names for ranges of buckets, as `low`, `medium`, `high`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Levels {
    /// Each name with its first bucket, ascending from 0.
    levels: Vec<(String, u32)>,
}

impl Levels {
    /// Names with their first buckets.
    ///
    /// # Errors
    /// [`Error::Invalid`] unless the first begins at 0 and each later one above the one before.
    pub fn new<N: Into<String>>(levels: impl IntoIterator<Item = (N, u32)>) -> Result<Levels> {
        let levels: Vec<(String, u32)> = levels.into_iter().map(|(name, from)| (name.into(), from)).collect();
        let ascend = levels.windows(2).all(|pair| pair[0].1 < pair[1].1);
        match levels.first().is_some_and(|first| first.1 == 0) && ascend {
            true => Ok(Levels { levels }),
            false => Err(Error::Invalid {
                what: "levels".into(),
                problem: "the first must begin at bucket 0, each later one above the one before".into(),
            }),
        }
    }

    /// The name of a bucket.
    pub fn of(&self, bucket: u32) -> &str {
        let at = self.levels.partition_point(|(_, from)| *from <= bucket);
        self.levels.get(at.saturating_sub(1)).map_or("", |(name, _)| name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The definition, read out: for each threshold, every score is tried.
    fn naive(scores: &[(f64, u64)], buckets: usize) -> Vec<f64> {
        let up_to = |t: f64| scores.iter().filter(|s| s.0 <= t).map(|s| u128::from(s.1)).sum::<u128>();
        let all = up_to(f64::INFINITY);
        let mut sorted: Vec<f64> = scores.iter().filter(|s| s.1 > 0).map(|s| s.0).collect();
        sorted.sort_by(f64::total_cmp);
        let threshold = |k: u128| sorted.iter().copied().find(|&t| up_to(t) * buckets as u128 >= k * all);
        (1..buckets as u128).filter_map(threshold).collect()
    }

    #[test]
    fn three_scores_of_twenty_buckets_by_hand() {
        // 100 documents of one byte: score i has the bucket i / 5, less one for the inclusive threshold at its upper end.
        let mut scores: Vec<(f64, u64)> = (0..100).map(|i| (f64::from(i), 1)).collect();
        let buckets = Buckets::exact(&mut scores, 20).unwrap();
        let want: Vec<f64> = (1..20).map(|k| f64::from(5 * k - 1)).collect();
        assert_eq!(buckets.thresholds(), want);
        assert_eq!([0.0, 3.0, 4.0, 8.9, 9.0, 94.0, 99.0, 1e9].map(|s| buckets.of(s)), [0, 0, 1, 1, 2, 19, 19, 19]);
        // One document of 300 bytes among 100 of one: it is three quarters of the weight, and so of the thresholds.
        scores.push((50.5, 300));
        let heavy = Buckets::exact(&mut scores, 20).unwrap();
        assert_eq!(heavy.thresholds().iter().filter(|t| **t == 50.5).count(), 15);
        let of = |a: f64, b: f64, c: Option<u32>| [Some(buckets.of(a)), Some(heavy.of(b)), c];
        // Buckets 2, 2 and 12: Nemotron-CC takes 12.
        assert_eq!(Ensemble::Max.of(&of(9.0, 40.0, Some(12))), Some(12.0));
        assert_eq!(Ensemble::Mean.of(&of(9.0, 40.0, Some(12))), Some((2.0 + 2.0 + 12.0) / 3.0));
        assert_eq!(Ensemble::Min.of(&of(9.0, 40.0, None)), Some(2.0));
        assert_eq!(Ensemble::Mean.of(&[None, None]), None);
    }

    #[test]
    fn nothing_one_and_nonsense() {
        assert_eq!(Buckets::exact(&mut [], 20).unwrap().of(5.0), 0);
        assert_eq!(Buckets::exact(&mut [(f64::NAN, 3), (1.0, 0)], 20).unwrap().thresholds(), [0.0; 0]);
        assert_eq!(Buckets::exact(&mut [(1.0, 7)], 3).unwrap().thresholds(), [1.0, 1.0]);
        assert_eq!(Buckets::exact(&mut [(1.0, u64::MAX), (2.0, u64::MAX)], 2).unwrap().thresholds(), [1.0]);
        assert!(Buckets::exact(&mut [], 0).is_err() && QuantileSketch::new(9).buckets(10_001).is_err());
        assert!(Buckets::from_thresholds(vec![2.0, 1.0]).is_err());
        assert!(Buckets::from_thresholds(vec![f64::NAN]).is_err());
        let levels = Levels::new([("low", 0), ("medium", 7), ("high", 12)]).unwrap();
        assert_eq!([0, 6, 7, 11, 12, 19].map(|b| levels.of(b)), ["low", "low", "medium", "medium", "high", "high"]);
        assert!(Levels::new([("low", 1)]).is_err() && Levels::new([("a", 0), ("b", 0)]).is_err());
    }

    fn scores() -> impl Strategy<Value = Vec<(f64, u64)>> {
        prop::collection::vec(((-40i32..40).prop_map(|i| f64::from(i) / 8.0), 0u64..1000), 0..400)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn exact_against_a_sort(scores in scores(), buckets in 1usize..25) {
            let found = Buckets::exact(&mut scores.clone(), buckets).unwrap();
            prop_assert_eq!(found.thresholds(), naive(&scores, buckets));
            for (score, _) in &scores {
                prop_assert_eq!(found.of(*score) as usize, found.thresholds().iter().filter(|t| *t <= score).count());
            }
        }

        /// Cut in parts, sketched apart and merged: every threshold is within the error that the sketch states.
        #[test]
        fn a_sketch_keeps_to_its_error(
            scores in prop::collection::vec((any::<i16>().prop_map(f64::from), 0u64..50), 0..3000),
            parts in 1usize..6,
            buckets in 2usize..21,
        ) {
            let mut sketch = QuantileSketch::new(64);
            for part in scores.chunks(scores.len().div_ceil(parts).max(1)) {
                let mut one = QuantileSketch::new(64);
                part.iter().for_each(|&(score, weight)| one.add(score, weight));
                sketch.merge(&one);
            }
            let all: u64 = scores.iter().map(|s| s.1).sum();
            prop_assert_eq!(sketch.weight(), all);
            // Six doublings of 64 entries hold 4,096 rows; each part adds its own.
            prop_assert!(sketch.error() as f64 <= (7 + 2 * parts) as f64 * (all as f64 / 64.0 + 1.0), "{}", sketch.error());
            let found = sketch.buckets(buckets).unwrap();
            for (k, threshold) in (1u128..).zip(found.thresholds()) {
                let weight = |keep: &dyn Fn(f64) -> bool| scores.iter().filter(|s| keep(s.0)).map(|s| s.1).sum::<u64>();
                let (up_to, below) = (weight(&|s| s <= *threshold), weight(&|s| s < *threshold));
                let (n, target) = (buckets as u128, k * u128::from(all));
                prop_assert!(u128::from(up_to) * n >= target);
                prop_assert!(u128::from(below) * n <= target + u128::from(sketch.error()) * n);
            }
        }
    }
}
