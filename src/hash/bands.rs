//! Bands: groups of signature slots, hashed to keys. Two texts that share a key are candidates for being near
//! duplicates.

use super::Forecast;
use crate::error::{Error, Result};
use xxhash_rust::xxh3::xxh3_64;

/// The largest part of the pairs of unrelated documents that a plan may compare: a hundredth. Among a million documents that is
/// already ten thousand comparisons for each; three rows of 128 slots have half of it, two rows fifteen times as much.
const MAX_BACKGROUND: f64 = 0.01;

/// How slots are grouped: `bands` groups of `rows` slots. Slots beyond `bands · rows` are not used.
///
/// A pair of Jaccard similarity `j` becomes a candidate with probability `1 - (1 - j^rows)^bands`: the S-curve of
/// locality-sensitive hashing (Leskovec, Rajaraman, Ullman, "Mining of Massive Datasets", section 3.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Bands {
    /// Number of bands.
    pub bands: u32,
    /// Slots in each.
    pub rows: u32,
}

impl Bands {
    /// Stated by hand.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] if either is zero or they need more than `slots` slots.
    pub fn new(bands: u32, rows: u32, slots: u32) -> Result<Self> {
        if bands == 0 || rows == 0 {
            return Err(invalid("bands", "there is at least one band of at least one row".into()));
        }
        let needed = u64::from(bands) * u64::from(rows);
        if needed > u64::from(slots) {
            let mut problem = format!("{bands} bands of {rows} rows need more than the {slots} slots");
            problem += &match (slots / rows, slots / bands) {
                (0, 0) => format!("; use {} slots", needed.next_multiple_of(8)),
                (fewer, 0) => format!("; use {fewer} bands, or {} slots", needed.next_multiple_of(8)),
                (0, shorter) => format!("; use {shorter} rows, or {} slots", needed.next_multiple_of(8)),
                (fewer, shorter) => {
                    format!("; use {fewer} bands, {shorter} rows, or {} slots", needed.next_multiple_of(8))
                }
            };
            return Err(invalid("bands", problem));
        }
        Ok(Bands { bands, rows })
    }

    /// The grouping with the longest rows (so the fewest false candidates) that finds a pair at `threshold` with at
    /// least the probability `recall`, in `slots` slots.
    ///
    /// ```
    /// use mashbill::hash::Bands;
    ///
    /// let bands = Bands::plan(0.8, 0.95, 128)?;
    /// assert_eq!(bands, Bands { bands: 18, rows: 7 });
    /// assert!(bands.recall(0.8) >= 0.95 && bands.recall(0.5) < 0.2);
    /// # Ok::<(), mashbill::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] if the threshold is not in (0, 1], the recall not in (0, 1), the recall out of reach, or to be had only
    /// by grouping so loosely that unrelated documents become candidates by the hundred: then the message says what can
    /// be had.
    pub fn plan(threshold: f64, recall: f64, slots: u32) -> Result<Self> {
        // Written so that NaN fails too.
        if !(threshold > 0.0 && threshold <= 1.0) {
            return Err(invalid("threshold", format!("{threshold} is not a similarity in (0, 1]")));
        }
        if !(recall > 0.0 && recall < 1.0) {
            return Err(invalid("recall", format!("{recall} is not a probability in (0, 1)")));
        }
        if slots == 0 {
            return Err(invalid("slots", "at least one slot is needed".into()));
        }
        match Bands::longest_rows(threshold, recall, slots) {
            Some(bands) if bands.is_selective() => Ok(bands),
            Some(bands) => {
                let share = 100.0 * bands.recall(Forecast::BACKGROUND);
                let problem = format!(
                    "to find pairs at {threshold} with probability {recall}, {slots} slots would be grouped in bands of {}: {share:.0} % \
                     of all pairs of unrelated documents would be compared{}",
                    bands.rows,
                    Bands::sensible(threshold, recall, slots)
                );
                Err(invalid("threshold", problem))
            }
            None => {
                let best = Bands { bands: slots, rows: 1 }.recall(threshold);
                let problem = format!(
                    "{recall} cannot be had at threshold {threshold} with {slots} slots (at most {best:.4}){}",
                    Bands::sensible(threshold, recall, slots)
                );
                Err(invalid("recall", problem))
            }
        }
    }

    fn longest_rows(threshold: f64, recall: f64, slots: u32) -> Option<Bands> {
        let plans = (1..=slots).rev().map(|rows| Bands { bands: slots / rows, rows });
        plans.into_iter().find(|plan| plan.recall(threshold) >= recall)
    }

    /// Whether few enough pairs of unrelated documents become candidates: [`MAX_BACKGROUND`] of them.
    fn is_selective(&self) -> bool {
        self.recall(Forecast::BACKGROUND) <= MAX_BACKGROUND
    }

    /// What to ask for instead, as the end of a sentence: the nearest threshold above and the next number of slots that do.
    fn sensible(threshold: f64, recall: f64, slots: u32) -> String {
        let does = |threshold, slots| Bands::longest_rows(threshold, recall, slots).is_some_and(|b| b.is_selective());
        let hundredths = (threshold * 100.0) as u32 + 1..=100;
        let higher = hundredths.map(|t| f64::from(t) / 100.0).find(|&t| does(t, slots));
        let more = [64, 128, 256, 512, 1024].into_iter().find(|&more| more > slots && does(threshold, more));
        match (higher, more) {
            (Some(t), Some(n)) => format!("; the nearest that can be had is threshold {t}, or {n} slots"),
            (Some(t), None) => format!("; the nearest that can be had is threshold {t}"),
            (None, Some(n)) => format!("; it can be had with {n} slots"),
            (None, None) => "; ask for a lower recall".to_owned(),
        }
    }

    /// What these bands find and cost, for a person to see before they are used.
    pub fn forecast(&self) -> Forecast {
        Forecast::of(*self)
    }

    /// The probability that a pair of Jaccard similarity `jaccard` becomes a candidate.
    pub fn recall(&self, jaccard: f64) -> f64 {
        let one_band = jaccard.clamp(0.0, 1.0).powi(self.rows.min(i32::MAX as u32) as i32);
        1.0 - (1.0 - one_band).powi(self.bands.min(i32::MAX as u32) as i32)
    }

    /// Writes one key per band to `out`: xxh3-64 of the band's index and its slots, all as little-endian `u32`. Bands
    /// that `slots` is too short for get no key.
    pub fn keys(&self, slots: &[u32], out: &mut Vec<u64>) {
        out.clear();
        let mut bytes = Vec::with_capacity(4 * (self.rows as usize + 1));
        self.keys_with(slots, &mut bytes, out);
    }

    /// [`Bands::keys`] over a buffer of the caller's.
    pub(super) fn keys_with(&self, slots: &[u32], bytes: &mut Vec<u8>, out: &mut Vec<u64>) {
        out.clear();
        let rows = slots.chunks_exact((self.rows as usize).max(1));
        for (band, rows) in (0..self.bands).zip(rows) {
            bytes.clear();
            bytes.extend_from_slice(&band.to_le_bytes());
            rows.iter().for_each(|slot| bytes.extend_from_slice(&slot.to_le_bytes()));
            out.push(xxh3_64(bytes));
        }
    }
}

fn invalid(what: &str, problem: String) -> Error {
    Error::Invalid { what: what.into(), problem }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recall_is_the_published_curve() {
        // bands, rows, similarity, recall: FineWeb's 14 × 8, SlimPajama's 9 × 13, BigCode's 25 × 10.
        for (bands, rows, j, recall) in [
            (14, 8, 0.75, 0.7716),
            (14, 8, 0.8, 0.9235),
            (9, 13, 0.8, 0.3988),
            (25, 10, 0.7, 0.5115),
            (14, 8, 0.0, 0.0),
            (14, 8, 1.0, 1.0),
        ] {
            let found = Bands { bands, rows }.recall(j);
            assert!((found - recall).abs() < 5e-5, "{bands} × {rows} at {j}: {found}");
        }
    }

    #[test]
    fn plan_has_the_longest_rows_that_suffice() {
        for slots in [8, 64, 112, 128, 256] {
            for threshold in [0.3, 0.5, 0.7, 0.8, 0.9, 1.0] {
                for recall in [0.5, 0.9, 0.95, 0.999] {
                    let suffices = |rows: u32| {
                        let bands = Bands { bands: slots / rows, rows };
                        bands.recall(threshold) >= recall && bands.recall(0.05) <= 0.01
                    };
                    match Bands::plan(threshold, recall, slots) {
                        Ok(plan) => {
                            assert!(suffices(plan.rows) && plan.bands * plan.rows <= slots);
                            assert!(!(plan.rows + 1..=slots).any(suffices));
                        }
                        Err(_) => {
                            assert!(!(1..=slots).any(suffices), "{slots} {threshold} {recall}")
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn absurd_wishes_are_refused() {
        for (threshold, recall, slots) in [
            (0.0, 0.9, 128),
            (1.1, 0.9, 128),
            (f64::NAN, 0.9, 128),
            (0.8, 1.0, 128),
            (0.8, 0.0, 128),
            (0.8, f64::NAN, 128),
            (0.8, 0.9, 0),
            (0.01, 0.95, 128),
        ] {
            assert!(Bands::plan(threshold, recall, slots).is_err(), "{threshold} {recall} {slots}");
        }
        assert!(Bands::new(16, 8, 128).is_ok());
        assert!(Bands::new(16, 9, 128).is_err());
        assert!(Bands::new(0, 8, 128).is_err());
        assert!(Bands::new(u32::MAX, u32::MAX, 128).is_err());
    }

    #[test]
    fn a_refusal_says_what_can_be_had() {
        let refusal = |threshold, recall, slots| Bands::plan(threshold, recall, slots).unwrap_err().to_string();
        insta::assert_snapshot!(refusal(0.01, 0.95, 128), @"recall: 0.95 cannot be had at threshold 0.01 with 128 slots (at most 0.7237); the nearest that can be had is threshold 0.41");
        insta::assert_snapshot!(refusal(0.3, 0.95, 128), @"threshold: to find pairs at 0.3 with probability 0.95, 128 slots would be grouped in bands of 2: 15 % of all pairs of unrelated documents would be compared; the nearest that can be had is threshold 0.41");
        insta::assert_snapshot!(refusal(0.8, 0.999, 8), @"threshold: to find pairs at 0.8 with probability 0.999, 8 slots would be grouped in bands of 1: 34 % of all pairs of unrelated documents would be compared; the nearest that can be had is threshold 0.91, or 64 slots");
        insta::assert_snapshot!(refusal(0.2, 0.999999, 8), @"recall: 0.999999 cannot be had at threshold 0.2 with 8 slots (at most 0.8322); the nearest that can be had is threshold 0.99");
        let stated = |bands, rows, slots| Bands::new(bands, rows, slots).unwrap_err().to_string();
        insta::assert_snapshot!(stated(20, 13, 128), @"bands: 20 bands of 13 rows need more than the 128 slots; use 9 bands, 6 rows, or 264 slots");
        insta::assert_snapshot!(stated(200, 13, 128), @"bands: 200 bands of 13 rows need more than the 128 slots; use 9 bands, or 2600 slots");
        // What is named can be had.
        assert!(Bands::plan(0.42, 0.95, 128).is_ok());
    }

    #[test]
    fn a_key_depends_on_band_and_rows_alone() {
        let bands = Bands::new(3, 2, 8).unwrap();
        let (mut a, mut b) = (Vec::new(), Vec::new());
        bands.keys(&[1, 2, 1, 2, 5, 6, 7, 8], &mut a);
        bands.keys(&[1, 2, 1, 3, 5, 6, 0, 0], &mut b);
        assert_eq!(a.len(), 3);
        assert_ne!(a[0], a[1], "equal rows in different bands");
        assert_eq!((a[0], a[2]), (b[0], b[2]));
        assert_ne!(a[1], b[1]);
    }
}
