//! [`Combined`]: the bucket of a document that has several scores.

use super::buckets::check;
use super::{Buckets, Cutter, Ensemble};
use crate::error::{Error, Result};

/// Parts of the weight that a rank is counted in ([`Ensemble::Rank`]). Our own choice: fifty times as fine as Nemotron-CC's buckets.
pub const RANK_PARTS: usize = 1_000;

/// Most scores of a document. Our own choice; Nemotron-CC has three.
pub const MAX_SCORES: usize = 8;

/// Thresholds of several scores, and how their buckets become one. Small, however many documents they were measured on.
///
/// Each score is brought to buckets of its own, of equal weight: kinds of scores that are not comparable are so after that. What an
/// ensemble makes of them is the document's bucket: the highest, the lowest, the mean rounded down; or, by rank, the mean of ranks, cut
/// once more into buckets of equal weight. A score that is undefined has no say; a document of which all are has no bucket.
///
/// ```
/// use mashbill::score::{Combined, Ensemble};
///
/// // Two scores of four documents, and their tokens.
/// let docs = [(vec![Some(0.1), Some(7.0)], 100), (vec![Some(0.2), Some(2.0)], 100),
///             (vec![Some(0.3), None], 100), (vec![Some(0.4), Some(5.0)], 100)];
/// let best = Combined::exact(&docs, 4, Ensemble::Max)?;
/// assert_eq!(docs.each_ref().map(|(scores, _)| best.of(scores)), [Some(3), Some(2), Some(3), Some(3)]);
/// assert_eq!(best.of(&[None, None]), None);
/// # Ok::<(), mashbill::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "recipe-file", derive(serde::Serialize, serde::Deserialize))]
pub struct Combined {
    ensemble: Ensemble,
    buckets: usize,
    /// Of each score, cut into [`Ensemble::parts`].
    scores: Vec<Buckets>,
    /// Of the mean rank; `None` where there is none, or it has not been cut yet.
    #[cfg_attr(feature = "recipe-file", serde(default, skip_serializing_if = "Option::is_none"))]
    ranks: Option<Buckets>,
}

impl Ensemble {
    /// Into how many parts each score is cut, where so many buckets are asked for.
    pub fn parts(self, buckets: usize) -> usize {
        if self == Ensemble::Rank { RANK_PARTS } else { buckets }
    }
}

impl Combined {
    /// Of documents with their weights, exactly: sorts each score.
    ///
    /// # Errors
    /// [`Error::Invalid`] for no bucket or more than 10,000, for no score or more than [`MAX_SCORES`].
    pub fn exact(documents: &[(Vec<Option<f64>>, u64)], buckets: usize, ensemble: Ensemble) -> Result<Combined> {
        let scores = documents.iter().map(|(scores, _)| scores.len()).max().unwrap_or(1);
        let cut = |at: usize| {
            let of = documents.iter().filter_map(|(scores, weight)| Some(((*scores.get(at)?)?, *weight)));
            Buckets::exact(&mut of.collect::<Vec<_>>(), ensemble.parts(buckets))
        };
        let mut combined = Combined::new((0..scores).map(cut).collect::<Result<_>>()?, buckets, ensemble)?;
        if let Some(mut ranks) = combined.mean_ranks() {
            documents.iter().for_each(|(scores, weight)| ranks.add(&combined, scores, *weight));
            combined.cut_ranks(&ranks);
        }
        Ok(combined)
    }

    /// Of scores that were cut one by one, into [`Ensemble::parts`] each. By rank, all documents are to be seen once more:
    /// [`mean_ranks`](Combined::mean_ranks), then [`cut_ranks`](Combined::cut_ranks).
    ///
    /// # Errors
    /// As [`exact`](Combined::exact).
    pub fn new(scores: Vec<Buckets>, buckets: usize, ensemble: Ensemble) -> Result<Combined> {
        check(buckets)?;
        match (1..=MAX_SCORES).contains(&scores.len()) {
            true => Ok(Combined { ensemble, buckets, scores, ranks: None }),
            false => Err(Error::Invalid {
                what: "scores".into(),
                problem: format!("must be 1 to {MAX_SCORES}, but there are {}", scores.len()),
            }),
        }
    }

    /// What gathers mean ranks, where the ensemble is by rank.
    pub fn mean_ranks(&self) -> Option<MeanRanks> {
        let values = RANK_PARTS * self.unit() as usize;
        (self.ensemble == Ensemble::Rank).then(|| MeanRanks { weights: vec![0; values] })
    }

    /// Cuts the mean ranks of all documents into buckets.
    pub fn cut_ranks(&mut self, ranks: &MeanRanks) {
        let all = ranks.weights.iter().map(|&weight| u128::from(weight)).sum();
        let mut cutter = Cutter::new(self.buckets, all);
        ranks.weights.iter().enumerate().for_each(|(value, &weight)| cutter.push(value as f64, weight));
        self.ranks = Some(cutter.finish());
    }

    /// The bucket of a document by its scores, from 0; `None` if all are undefined. By rank, before the ranks are cut, every document is
    /// in bucket 0.
    pub fn of(&self, scores: &[Option<f64>]) -> Option<u32> {
        match self.ensemble {
            Ensemble::Rank => {
                let mean = self.mean_rank(scores)?;
                Some(self.ranks.as_ref().map_or(0, |ranks| ranks.of(mean as f64)))
            }
            ensemble => {
                let mut found = [None; MAX_SCORES];
                for (found, (score, buckets)) in found.iter_mut().zip(scores.iter().zip(&self.scores)) {
                    *found = defined(*score).map(|score| buckets.of(score));
                }
                // Whole numbers below 10,000, so their mean rounds down as it should.
                ensemble.of(&found).map(|bucket| bucket as u32)
            }
        }
    }

    /// Number of buckets.
    pub fn buckets(&self) -> usize {
        self.buckets
    }

    /// How they are put together.
    pub fn ensemble(&self) -> Ensemble {
        self.ensemble
    }

    /// The thresholds of each score.
    pub fn scores(&self) -> &[Buckets] {
        &self.scores
    }

    /// The thresholds of the mean rank, in [`mean_rank`](Combined::mean_rank)'s unit, where there is one.
    pub fn ranks(&self) -> Option<&Buckets> {
        self.ranks.as_ref()
    }

    /// The mean of the ranks of a document's scores: each is the part of the weight that lies at or below the score, in thousandths
    /// rounded down, 999 at most. The mean is in parts of a thousandth that hold every mean of so many scores: halves for two,
    /// sixths for three, so that it is exact.
    pub fn mean_rank(&self, scores: &[Option<f64>]) -> Option<u64> {
        let (mut sum, mut n) = (0, 0);
        for (score, buckets) in scores.iter().zip(&self.scores) {
            if let Some(score) = defined(*score) {
                (sum, n) = (sum + u64::from(buckets.of(score)), n + 1);
            }
        }
        (sum * self.unit()).checked_div(n)
    }

    /// The least number that every number of scores divides.
    fn unit(&self) -> u64 {
        (1..=self.scores.len() as u64).fold(1, |all, n| all / gcd(all, n) * n)
    }
}

/// Mean ranks by weight, of documents in any order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeanRanks {
    weights: Vec<u64>,
}

impl MeanRanks {
    /// Enters a document. One without a score is left out.
    pub fn add(&mut self, of: &Combined, scores: &[Option<f64>], weight: u64) {
        let mean = of.mean_rank(scores);
        if let Some(sum) = mean.and_then(|mean| self.weights.get_mut(mean as usize)) {
            *sum = sum.saturating_add(weight);
        }
    }

    /// Enters what others have seen.
    pub fn merge(&mut self, other: &MeanRanks) {
        self.weights.iter_mut().zip(&other.weights).for_each(|(mine, theirs)| *mine = mine.saturating_add(*theirs));
    }
}

fn defined(score: Option<f64>) -> Option<f64> {
    score.filter(|score| !score.is_nan())
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::QuantileSketch;
    use proptest::prelude::*;

    type Doc = (Vec<Option<f64>>, u64);

    /// A grade of whole numbers, a probability, and a perplexity turned round: sources of different kinds, by hand.
    #[test]
    fn ranks_of_scores_of_different_kinds_by_hand() {
        let docs: Vec<Doc> = vec![
            (vec![Some(1.0), Some(0.10), Some(-900.0)], 300),
            (vec![Some(3.0), Some(0.70), Some(-250.0)], 100),
            (vec![Some(3.0), Some(0.20), None], 200),
            (vec![Some(5.0), None, Some(-300.0)], 400),
            (vec![None, None, None], 7_000),
            (vec![None, Some(f64::NAN), None], 1),
        ];
        let ranks = Combined::exact(&docs, 2, Ensemble::Rank).unwrap();
        // Of 1,000 with a grade, 300 lie up to 1, 600 up to 3. Of 600 with a probability, 300, 500, 600 up to each. Of 800 with a
        // perplexity, 300 up to -900, 700 up to -300.
        let parts: Vec<Vec<u32>> = [vec![1.0, 3.0, 5.0], vec![0.1, 0.2, 0.7], vec![-900.0, -300.0, -250.0]]
            .iter()
            .zip(ranks.scores())
            .map(|(scores, buckets)| scores.iter().map(|score| buckets.of(*score)).collect())
            .collect();
        assert_eq!(parts, [[300, 600, 999], [500, 833, 999], [375, 875, 999]]);
        // In sixths of a thousandth: three scores divide by 3, two by 2.
        let means: Vec<Option<u64>> = docs.iter().map(|(scores, _)| ranks.mean_rank(scores)).collect();
        let mean = |sum: u64, n: u64| Some(sum * 6 / n);
        assert_eq!(
            means,
            [mean(300 + 500 + 375, 3), mean(600 + 999 + 999, 3), mean(600 + 833, 2), mean(999 + 875, 2), None, None]
        );
        // 300 tokens at 391.7, 200 at 716.5, 100 at 866, 400 at 937: half of the 1,000 lies up to the second.
        assert_eq!(ranks.ranks().unwrap().thresholds(), [716.5 * 6.0]);
        assert_eq!(
            docs.iter().map(|(s, _)| ranks.of(s)).collect::<Vec<_>>(),
            [Some(0), Some(1), Some(1), Some(1), None, None]
        );
        // Four buckets by the best, the worst and the mean of each score's own.
        let of = |ensemble| {
            let combined = Combined::exact(&docs, 4, ensemble).unwrap();
            docs[..4].iter().map(|(scores, _)| combined.of(scores).unwrap()).collect::<Vec<_>>()
        };
        // Buckets are 1, 2, 1; 2, 3, 3; 2, 3; 3, 3.
        assert_eq!(of(Ensemble::Max), [2, 3, 3, 3]);
        assert_eq!(of(Ensemble::Min), [1, 2, 2, 3]);
        assert_eq!(of(Ensemble::Mean), [1, 2, 2, 3]);
    }

    #[test]
    fn nothing_and_nonsense() {
        assert!(Combined::exact(&[], 0, Ensemble::Max).is_err());
        assert!(Combined::new(Vec::new(), 4, Ensemble::Max).is_err());
        assert!(Combined::new(vec![Buckets::none(); 9], 4, Ensemble::Rank).is_err());
        for (_, ensemble) in Ensemble::ALL {
            let none = Combined::exact(&[], 4, ensemble).unwrap();
            assert_eq!((none.of(&[Some(3.0)]), none.of(&[]), none.of(&[None])), (Some(0), None, None));
            let same = Combined::exact(&vec![(vec![Some(1.0); 8], u64::MAX / 16); 8], 3, ensemble).unwrap();
            assert_eq!(same.of(&[Some(1.0)]), Some(2));
            assert!(same.of(&[Some(f64::INFINITY), Some(f64::NEG_INFINITY)]).is_some());
        }
    }

    fn documents() -> impl Strategy<Value = Vec<Doc>> {
        let score = || prop::option::weighted(0.8, (-30i32..30).prop_map(|i| f64::from(i) / 8.0));
        prop::collection::vec((prop::collection::vec(score(), 3), 0u64..300), 0..150)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        /// The definition, read out: the part of the weight at or below each score, their mean, and a sort of the means.
        #[test]
        fn ranks_against_a_sort(docs in documents(), buckets in 1usize..9) {
            let ranks = Combined::exact(&docs, buckets, Ensemble::Rank).unwrap();
            let rank = |at: usize, score: f64| {
                let weight = |most: f64| -> u128 {
                    docs.iter().filter(|d| d.0[at].is_some_and(|s| s <= most)).map(|d| u128::from(d.1)).sum()
                };
                (weight(score) * 1_000).checked_div(weight(f64::INFINITY)).unwrap_or(0).min(999)
            };
            let mean = |doc: &Doc| {
                let of = (0..3).filter_map(|at| Some(rank(at, doc.0[at]?))).collect::<Vec<_>>();
                (of.iter().sum::<u128>() * 6).checked_div(of.len() as u128)
            };
            let means: Vec<Option<u128>> = docs.iter().map(mean).collect();
            let up_to = |most: u128| {
                docs.iter().zip(&means).filter(|(_, m)| m.is_some_and(|m| m <= most)).map(|(d, _)| u128::from(d.1)).sum::<u128>()
            };
            let all = up_to(u128::MAX);
            for (doc, found) in docs.iter().zip(&means) {
                prop_assert_eq!(ranks.mean_rank(&doc.0).map(u128::from), *found);
                let bucket = found.map(|mean| (up_to(mean) * buckets as u128).checked_div(all).unwrap_or(0).min(buckets as u128 - 1));
                prop_assert_eq!(ranks.of(&doc.0).map(u128::from), bucket);
            }
        }

        /// Ranks out of sketches are off by what those state, and a part for rounding down.
        #[test]
        fn ranks_of_sketches_keep_to_their_error(
            docs in prop::collection::vec((prop::collection::vec(any::<i16>().prop_map(|i| Some(f64::from(i))), 2), 1u64..50), 1..2000),
        ) {
            let exact = Combined::exact(&docs, 20, Ensemble::Rank).unwrap();
            let (mut cuts, mut most) = (Vec::new(), 0.0_f64);
            for at in 0..2 {
                let mut sketch = QuantileSketch::new(64);
                docs.iter().for_each(|(scores, weight)| sketch.add(scores[at].unwrap(), *weight));
                most = most.max(1.0 + sketch.error() as f64 * 1_000.0 / sketch.weight() as f64);
                cuts.push(sketch.buckets(RANK_PARTS).unwrap());
            }
            let sketched = Combined::new(cuts, 20, Ensemble::Rank).unwrap();
            for (scores, _) in &docs {
                let (exact, sketched) = (exact.mean_rank(scores).unwrap(), sketched.mean_rank(scores).unwrap());
                prop_assert!(sketched <= exact && (exact - sketched) as f64 <= 2.0 * most, "{} {} {}", exact, sketched, most);
            }
        }
    }
}
