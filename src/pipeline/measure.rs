//! Scores of rows that are too many to hold → thresholds, exactly: an external sort, and by rank one pass more.
//!
//! ```text
//! pass 1   (scope, score, value, weight) of each row ──sort──► thresholds of each score
//! pass 2   by rank only: mean ranks of each row ──histogram──► thresholds of the mean
//! ```

use super::Pool;
use super::keyed::CHUNK;
use super::sort::{Space, record};
use crate::error::Result;
use crate::score::{Buckets, Combined, Cutter, Ensemble, MeanRanks, QuantileSketch};

/// What is measured.
#[derive(Debug, Clone, Copy)]
pub(super) struct Measure {
    /// Scores of a row.
    pub scores: usize,
    /// Groups of rows that are measured by themselves.
    pub scopes: usize,
    /// Buckets.
    pub count: usize,
    pub ensemble: Ensemble,
}

/// Takes a row: its scope, its scores and its weight.
pub(super) type EachRow<'e> = dyn FnMut(usize, &[Option<f64>], u64) -> Result<()> + 'e;

record! {
    /// A score of a row.
    Value { scope: u32, score: u32, rank: u64, weight: u64, }
}

impl Measure {
    /// The thresholds of each scope. `each` brings the rows of a part; it is called once for every part, by rank twice.
    ///
    /// # Errors
    /// Those of `each`, and a full disk.
    pub fn exact<T: Sync>(
        self,
        pool: &Pool,
        parts: &[T],
        space: &Space,
        each: impl Fn(&T, &mut EachRow<'_>) -> Result<()> + Sync,
    ) -> Result<Vec<Combined>> {
        let sorter = space.sorter::<Value>("scores")?;
        let mut all = vec![0_u128; self.scopes * self.scores];
        // Some at a time, so that few sums are in memory at once.
        for some in parts.chunks(4 * pool.threads().max(1)) {
            for sums in pool.map(some, |part| {
                let (mut sums, mut buffer) = (vec![0_u128; self.scopes * self.scores], Vec::new());
                each(part, &mut |scope, scores, weight| {
                    for (at, score) in scores.iter().enumerate().filter_map(|(at, score)| Some((at, (*score)?))) {
                        sums[scope * self.scores + at] += u128::from(weight);
                        buffer.push(Value { scope: scope as u32, score: at as u32, rank: rank(score), weight });
                    }
                    if buffer.len() < CHUNK { Ok(()) } else { sorter.push(&mut buffer) }
                })?;
                sorter.push(&mut buffer)?;
                Ok(sums)
            })? {
                all.iter_mut().zip(sums).for_each(|(all, sum)| *all += sum);
            }
        }
        let parts_of_each = self.ensemble.parts(self.count);
        let mut cutters: Vec<Cutter> = all.into_iter().map(|all| Cutter::new(parts_of_each, all)).collect();
        let mut sorted = sorter.finish()?;
        while let Some(Value { scope, score, rank, weight }) = sorted.next()? {
            cutters[scope as usize * self.scores + score as usize].push(real(rank), weight);
        }
        self.combine(pool, parts, cutters.into_iter().map(Cutter::finish).collect(), each)
    }

    /// The same out of sketches with summaries of so many entries, and by how much of the weight of its scope a rank may be off at most.
    /// Parts are joined in their order, so other parts may give other thresholds.
    ///
    /// # Errors
    /// Those of `each`.
    pub fn sketched<T: Sync>(
        self,
        pool: &Pool,
        parts: &[T],
        size: usize,
        each: impl Fn(&T, &mut EachRow<'_>) -> Result<()> + Sync,
    ) -> Result<(Vec<Combined>, f64)> {
        let blank = || vec![QuantileSketch::new(size); self.scopes * self.scores];
        let mut all = blank();
        for some in parts.chunks(4 * pool.threads().max(1)) {
            for part in pool.map(some, |part| {
                let mut sketches = blank();
                each(part, &mut |scope, scores, weight| {
                    for (sketch, score) in sketches[scope * self.scores..].iter_mut().zip(scores) {
                        score.iter().for_each(|&score| sketch.add(score, weight));
                    }
                    Ok(())
                })?;
                Ok(sketches)
            })? {
                all.iter_mut().zip(&part).for_each(|(all, part)| all.merge(part));
            }
        }
        let error = |sketch: &QuantileSketch| sketch.error() as f64 / sketch.weight().max(1) as f64;
        let error = all.iter().map(error).fold(0.0, f64::max);
        let cuts = all.iter().map(|sketch| sketch.buckets(self.ensemble.parts(self.count)));
        let cuts = cuts.collect::<Result<Vec<Buckets>>>()?;
        Ok((self.combine(pool, parts, cuts, each)?, error))
    }

    /// What thresholds of all scores of all scopes come to; by rank, from all rows once more.
    fn combine<T: Sync>(
        self,
        pool: &Pool,
        parts: &[T],
        cuts: Vec<Buckets>,
        each: impl Fn(&T, &mut EachRow<'_>) -> Result<()> + Sync,
    ) -> Result<Vec<Combined>> {
        let of_scope = |cuts: &[Buckets]| Combined::new(cuts.to_vec(), self.count, self.ensemble);
        let mut scopes: Vec<Combined> = cuts.chunks(self.scores.max(1)).map(of_scope).collect::<Result<_>>()?;
        let Some(mut all) = scopes.iter().map(Combined::mean_ranks).collect::<Option<Vec<MeanRanks>>>() else {
            return Ok(scopes);
        };
        for some in parts.chunks(4 * pool.threads().max(1)) {
            for ranks in pool.map(some, |part| {
                // Mostly a part is of one scope.
                let mut ranks: Vec<Option<MeanRanks>> = vec![None; scopes.len()];
                each(part, &mut |scope, scores, weight| {
                    let of = &scopes[scope];
                    if ranks[scope].is_none() {
                        ranks[scope] = of.mean_ranks();
                    }
                    ranks[scope].iter_mut().for_each(|ranks| ranks.add(of, scores, weight));
                    Ok(())
                })?;
                Ok(ranks)
            })? {
                for (all, ranks) in all.iter_mut().zip(&ranks) {
                    ranks.iter().for_each(|ranks| all.merge(ranks));
                }
            }
        }
        scopes.iter_mut().zip(&all).for_each(|(scope, ranks)| scope.cut_ranks(ranks));
        Ok(scopes)
    }
}

/// The order of numbers as an order of whole numbers: negative ones turned round, below the others; −0 is 0.
fn rank(score: f64) -> u64 {
    let bits = (score + 0.0).to_bits();
    if bits >> 63 == 1 { !bits } else { bits | 1 << 63 }
}

/// The number of a rank.
fn real(rank: u64) -> f64 {
    f64::from_bits(if rank >> 63 == 1 { rank & !(1 << 63) } else { !rank })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn ranks_are_in_the_order_of_numbers(a in any::<f64>(), b in any::<f64>()) {
            prop_assert_eq!(rank(a).cmp(&rank(b)), (a + 0.0).total_cmp(&(b + 0.0)));
            prop_assert_eq!(real(rank(a)).to_bits(), (a + 0.0).to_bits());
        }
    }
}
