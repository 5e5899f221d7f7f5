//! [`Quality`]: what a document's score has to do with whether it is chosen, and how often.
//!
//! All of it is done by keys: a score makes another key of a document's hash key, and everything after that, selection, nesting, order, goes on
//! as if it had been the hash.

use super::key::DocKey;
use super::share::Share;
use super::weights::Epoching;
use crate::error::{Error, Result};
use std::cmp::Reverse;

/// How the scores of a source's documents are used. A document without a score (or with one that is no number) is the worst there is.
///
/// ```
/// use mashbill::mix::{DocKey, Quality, Scored};
///
/// let docs: Vec<Scored> = (0..100)
///     .map(|i| Scored { score: Some(f64::from(i)), key: DocKey::new(17, "web", &format!("doc-{i}"), 0), tokens: 10 })
///     .collect();
/// let quality = Quality { min_score: Some(50.0), top: Some(0.4), ..Quality::default() };
/// let cuts = quality.cuts(&mut docs.clone())?;
///
/// // 50 documents pass, and 40 % of their tokens are the best 20.
/// let left: Vec<f64> = docs.iter().filter(|d| cuts.key(d) != DocKey::NEVER).filter_map(|d| d.score).collect();
/// assert_eq!((left.len(), left[0]), (20, 80.0));
/// # Ok::<(), mashbill::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[cfg_attr(feature = "recipe-file", derive(serde::Serialize, serde::Deserialize))]
pub struct Quality {
    /// In which order documents are taken.
    pub select: SelectBy,
    /// Documents with a lower score, or without one, are left out of the mix.
    pub min_score: Option<f64>,
    /// Of the documents that are left, those of the best scores that have together this part of the tokens, or as much less as a document
    /// is long; the others are left out. Above 0, at most 1. Of equal scores the hash decides.
    pub top: Option<f64>,
    /// How often a document is repeated by the bucket of its score.
    pub epochs: Option<ScoreEpochs>,
}

/// In which order documents of a source are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "recipe-file", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum SelectBy {
    /// By hash: every document with the same chance.
    #[default]
    Hash,
    /// By hash and score: of two documents, one with twice the score is twice as likely to come first. A document with no score, or
    /// none above 0, comes after all others.
    Quality,
}

impl SelectBy {
    /// Every order by name.
    pub const ALL: [(&'static str, SelectBy); 2] = [("hash", SelectBy::Hash), ("quality", SelectBy::Quality)];
}

/// Repetition by score: buckets of equal tokens, the worst first, and the curve over them.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "recipe-file", derive(serde::Serialize, serde::Deserialize))]
pub struct ScoreEpochs {
    /// Number of buckets, 2 to 200. Olmo 3's example has 20.
    pub buckets: u8,
    /// The curve.
    pub curve: Epoching,
}

impl Default for ScoreEpochs {
    fn default() -> ScoreEpochs {
        ScoreEpochs { buckets: 20, curve: Epoching::default() }
    }
}

/// A document with its score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scored {
    /// The score; the higher, the better.
    pub score: Option<f64>,
    /// The hash key.
    pub key: DocKey,
    /// Its tokens.
    pub tokens: u64,
}

/// Where a source's documents are cut by score. Small, however many documents there are.
#[derive(Debug, Clone, PartialEq)]
pub struct Cuts {
    quality: Quality,
    /// The worst document among the top.
    top: Option<Place>,
    /// The worst document of every bucket but the first.
    buckets: Vec<Place>,
}

/// A document's place among all by score: the worst first; of equal scores, the one of the higher key.
type Place = (u64, Reverse<DocKey>);

impl Quality {
    /// Whether scores change anything.
    pub fn is_used(&self) -> bool {
        *self != Quality::default()
    }

    /// Whether [`cuts`](Quality::cuts) looks at documents at all; if not, none need be given.
    pub fn needs_documents(&self) -> bool {
        self.top.is_some() || self.epochs.is_some()
    }

    /// The cuts for these documents: all of a source, in any order. Sorts them.
    ///
    /// # Errors
    /// [`Error::Invalid`] for settings that mean nothing.
    pub fn cuts(&self, documents: &mut [Scored]) -> Result<Cuts> {
        documents.sort_unstable_by_key(|d| Reverse(d.place()));
        self.cuts_in_order(&mut |each| {
            documents.iter().for_each(each);
            Ok(())
        })
    }

    /// The same for documents that are too many to hold: `best_first` brings them all, those of the highest [`rank`](Scored::rank) first, of
    /// equal rank the one of the lower key. It is called up to three times.
    ///
    /// # Errors
    /// [`Error::Invalid`] for settings that mean nothing; those of `best_first`.
    pub fn cuts_in_order(&self, best_first: &mut dyn FnMut(&mut dyn FnMut(&Scored)) -> Result<()>) -> Result<Cuts> {
        let invalid = |what: &str, problem: &str| Error::Invalid { what: what.to_owned(), problem: problem.to_owned() };
        if self.min_score.is_some_and(f64::is_nan) {
            return Err(invalid("min_score", "is not a number"));
        }
        let top = match self.top {
            Some(top) => Some(Share::from_f64(top)?).filter(|top| *top < Share::ONE),
            None => None,
        };
        if top == Some(Share::ZERO) {
            return Err(invalid("top", "0 of the tokens leaves nothing; write a fraction above 0"));
        }
        if self.epochs.is_some_and(|epochs| !(2..=200).contains(&epochs.buckets)) {
            return Err(invalid("buckets", "are to be 2 to 200"));
        }
        let mut cuts = Cuts { quality: *self, top: None, buckets: Vec::new() };
        if !self.needs_documents() {
            return Ok(cuts);
        }
        let mut left = 0_u64;
        best_first(&mut |d| left = left.saturating_add(if cuts.passes(d) { d.tokens } else { 0 }))?;
        if let Some(top) = top {
            let (mut room, mut open, mut worst) = (top.of(left), true, None);
            best_first(&mut |d| {
                open &= !cuts.passes(d) || d.tokens <= room && d.score().is_some();
                if open && cuts.passes(d) {
                    room -= d.tokens;
                    worst = Some(d.place());
                }
            })?;
            left = top.of(left) - room;
            // Beyond every place, if not even the best document fits.
            cuts.top = Some(worst.unwrap_or((u64::MAX, Reverse(DocKey(0)))));
        }
        if let Some(epochs) = self.epochs {
            cuts.buckets = cuts.bucket_cuts(epochs.buckets, left, best_first)?;
        }
        Ok(cuts)
    }
}

impl Scored {
    /// The score if it is a number.
    fn score(&self) -> Option<f64> {
        self.score.filter(|score| !score.is_nan())
    }

    /// The score as a whole number of the same order; 0 without one.
    pub fn rank(&self) -> u64 {
        // The order of numbers as an order of bits: negative ones turned round, below the others.
        let ordered = |score: f64| {
            let bits = (score + 0.0).to_bits(); // −0 is 0
            if bits >> 63 == 1 { !bits } else { bits | 1 << 63 }
        };
        self.score().map_or(0, ordered)
    }

    fn place(&self) -> Place {
        (self.rank(), Reverse(self.key))
    }
}

impl Cuts {
    /// Where buckets of equal tokens begin, of documents that have `left` tokens: the worst document of each bucket but the first.
    fn bucket_cuts(
        &self,
        buckets: u8,
        left: u64,
        best_first: &mut dyn FnMut(&mut dyn FnMut(&Scored)) -> Result<()>,
    ) -> Result<Vec<Place>> {
        let mut starts: Vec<Option<Place>> = vec![None; usize::from(buckets)];
        let mut above = 0_u64;
        best_first(&mut |d| {
            if !self.passes(d) || self.top.is_some_and(|worst| d.place() < worst) {
                return;
            }
            above = above.saturating_add(d.tokens);
            // A document's bucket is where it begins, counted from the worst.
            let before = u128::from(left.saturating_sub(above)) * u128::from(buckets);
            let bucket = before.checked_div(u128::from(left)).unwrap_or(0) as usize;
            if let Some(start) = starts.get_mut(bucket) {
                *start = Some(d.place());
            }
        })?;
        // A document longer than a bucket leaves the buckets that it covers empty: they begin with the next one's worst.
        let mut next = None;
        let mut places = Vec::new();
        for start in starts.into_iter().skip(1).rev() {
            next = start.or(next);
            places.extend(next);
        }
        places.reverse();
        Ok(places)
    }

    fn passes(&self, document: &Scored) -> bool {
        self.quality.min_score.is_none_or(|least| document.score().is_some_and(|score| score >= least))
    }

    /// The key by which a document of the source is chosen; [`DocKey::NEVER`] if it is left out.
    pub fn key(&self, document: &Scored) -> DocKey {
        let place = document.place();
        if !self.passes(document) || self.top.is_some_and(|worst| place < worst) {
            return DocKey::NEVER;
        }
        let key = match self.quality.select {
            SelectBy::Hash => document.key,
            SelectBy::Quality => race_key(document.key, document.score().unwrap_or(0.0)),
        };
        match self.quality.epochs {
            Some(_) => key.in_bucket(self.buckets.partition_point(|worst| *worst <= place) as u8),
            None => key,
        }
    }
}

/// Bits of the fraction of a logarithm: with 7 bits before the point, all of it is exact as an `f64`.
const LOG_BITS: u32 = 46;

/// The key by which a document of weight `weight` is taken, where its chance is to be in proportion to its weight: exponential-race keys
/// −log₂(u) / weight, smallest first, with u from the hash key (Efraimidis and Spirakis 2006, "Weighted random sampling with a
/// reservoir"). The documents with the smallest keys are a weighted sample without replacement, of whatever size. A weight that is not above 0
/// comes after all others, by hash.
///
/// The same bits on every machine: the logarithm is ours, in whole numbers, and one division is all that is done in floating point.
pub fn race_key(key: DocKey, weight: f64) -> DocKey {
    let low = key.0 & u128::from(u64::MAX);
    if weight.is_nan() || weight <= 0.0 {
        return DocKey(u128::from(u64::MAX - 1) << 64 | low);
    }
    let time = minus_log2((key.0 >> 64) as u64) as f64 / weight;
    DocKey(u128::from(time.to_bits()) << 64 | low)
}

/// −log₂((x + ½) / 2⁶⁴) in units of 2^-[`LOG_BITS`], rounded up; above 0.
fn minus_log2(x: u64) -> u64 {
    let n = u128::from(x) * 2 + 1;
    let whole = 127 - n.leading_zeros();
    // The mantissa, in 1 ..< 2, with 63 bits behind the point.
    let mut mantissa = if whole > 63 { n >> (whole - 63) } else { n << (63 - whole) };
    let mut log = u64::from(whole);
    // A square doubles the logarithm: its next bit is whether that passes 2.
    for _ in 0..LOG_BITS {
        mantissa = (mantissa * mantissa) >> 63;
        let bit = mantissa >> 64;
        mantissa >>= bit;
        log = log << 1 | bit as u64;
    }
    (65 << LOG_BITS) - log
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Frozen: a change here changes mixes.
    #[test]
    fn race_keys_are_frozen() {
        let keys = [(0, 1.0), (17, 0.5), (u128::MAX, 3.0), (1 << 127, 0.3), (5 << 64, 0.0), (5 << 64, f64::NAN)];
        let keys = keys.map(|(key, weight)| format!("{:032x}", race_key(DocKey(key), weight).0));
        assert_eq!(
            keys,
            [
                "43304000000000000000000000000000",
                "43404000000000000000000000000011",
                "3fd5555555555555ffffffffffffffff",
                "42eaaaaaaaaaaaab0000000000000000",
                "fffffffffffffffe0000000000000000",
                "fffffffffffffffe0000000000000000",
            ]
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        /// The naive twin is the logarithm of the standard library.
        #[test]
        fn the_logarithm_is_one(x in any::<u64>(), shift in 0_u32..64) {
            let x = x >> shift;
            let ours = minus_log2(x) as f64 / (1_u64 << LOG_BITS) as f64;
            let theirs = 64.0 - (x as f64 + 0.5).log2();
            prop_assert!((ours - theirs).abs() < 1e-12, "{ours} {theirs}");
        }

        #[test]
        fn places_are_in_the_order_of_scores(a in any::<f64>(), b in any::<f64>()) {
            let place = |score: f64| Scored { score: Some(score), key: DocKey(0), tokens: 1 }.place();
            if a < b {
                prop_assert!(place(a) < place(b));
            }
            prop_assert_eq!(place(-0.0), place(0.0));
            let none = Scored { score: None, key: DocKey(0), tokens: 1 }.place();
            prop_assert!(none < place(f64::NEG_INFINITY) && place(f64::NAN) == none);
        }
    }
}
