//! Bands: groups of signature slots, hashed to keys. Two texts that share a key are candidates for being near
//! duplicates.

use crate::error::{Error, Result};
use xxhash_rust::xxh3::xxh3_64;

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
        if u64::from(bands) * u64::from(rows) > u64::from(slots) {
            return Err(invalid("bands", format!("{bands} bands of {rows} rows need more than the {slots} slots")));
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
    /// [`Error::Invalid`] if the threshold is not in (0, 1], the recall not in (0, 1), or the recall out of reach:
    /// then the message says what can be had.
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
        let plans = (1..=slots).rev().map(|rows| Bands { bands: slots / rows, rows });
        plans.into_iter().find(|plan| plan.recall(threshold) >= recall).ok_or_else(|| {
            let best = Bands { bands: slots, rows: 1 }.recall(threshold);
            let problem = format!(
                "{recall} cannot be had at threshold {threshold} with {slots} slots (at most {best:.4}); \
                 use more slots or ask for less"
            );
            invalid("recall", problem)
        })
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
                    let suffices = |rows: u32| Bands { bands: slots / rows, rows }.recall(threshold) >= recall;
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
        let error = Bands::plan(0.01, 0.95, 128).unwrap_err().to_string();
        assert!(error.contains("at most 0.72"), "{error}");
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
