//! What a grouping of slots will find, and what it will cost: shown before the work, not learnt from it.

use super::Bands;
use std::fmt;

/// Similarities at which the recall is told.
const FOUND_AT: [f64; 10] = [0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95];

/// Similarities of pairs that nobody calls duplicates, at which the load is told.
const LOAD_AT: [f64; 5] = [0.05, 0.1, 0.2, 0.3, 0.4];

/// What [`Bands`] do to pairs of documents, by their similarity.
///
/// The probability is that of the S-curve, [`Bands::recall`]; for pairs that are no duplicates it is the load: each
/// candidate costs a comparison of two shingle sets. What a corpus has of which similarity nobody knows beforehand. As a
/// cautious model of it, [`Forecast::unrelated_candidates`] takes every pair to be at [`Forecast::BACKGROUND`].
///
/// ```
/// use mashbill::hash::Bands;
///
/// let forecast = Bands::plan(0.8, 0.95, 128)?.forecast();
/// assert!(forecast.found.iter().any(|&(similarity, share)| similarity == 0.8 && share > 0.97));
/// assert!(forecast.unrelated_candidates(1_000_000) < 10_000.0); // of 5e11 pairs
/// println!("{forecast}");
/// # Ok::<(), mashbill::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "recipe-file", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Forecast {
    /// Number of bands.
    pub bands: u32,
    /// Slots in each.
    pub rows: u32,
    /// Similarity, and the share of pairs of it that become candidates: what is found.
    pub found: Vec<(f64, f64)>,
    /// The same for similarities far below any threshold: what it costs.
    pub load: Vec<(f64, f64)>,
}

impl Forecast {
    /// The similarity that unrelated documents are taken to have. Of runs of five words, pages of one site share a few by their
    /// menus and footers; books less than 0.001 (marin-community/marin #6854). Of runs of five characters, unrelated
    /// English texts share 0.3 and more: see the column of that similarity.
    pub const BACKGROUND: f64 = 0.05;

    pub(super) fn of(bands: Bands) -> Forecast {
        let at = |similarities: &[f64]| similarities.iter().map(|&s| (s, bands.recall(s))).collect();
        Forecast { bands: bands.bands, rows: bands.rows, found: at(&FOUND_AT), load: at(&LOAD_AT) }
    }

    /// Candidate pairs to expect among so many documents of which no two are more alike than [`Forecast::BACKGROUND`].
    pub fn unrelated_candidates(&self, documents: u64) -> f64 {
        let pairs = documents as f64 * (documents.saturating_sub(1)) as f64 / 2.0;
        pairs * Bands { bands: self.bands, rows: self.rows }.recall(Forecast::BACKGROUND)
    }
}

impl fmt::Display for Forecast {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut line = |heading: &str, cells: &[String]| {
            write!(f, "  {heading:<24}")?;
            cells.iter().try_for_each(|cell| write!(f, " {cell:>7}"))?;
            writeln!(f)
        };
        let column = |pairs: &[(f64, f64)], cell: fn(&(f64, f64)) -> String| pairs.iter().map(cell).collect::<Vec<_>>();
        line("pairs of similarity", &column(&self.found, |(s, _)| format!("{s:.2}")))?;
        line("are found, of 100", &column(&self.found, |(_, share)| format!("{:.2}", 100.0 * share)))?;
        line("pairs of similarity", &column(&self.load, |(s, _)| format!("{s:.2}")))?;
        line("are compared, of 10^6", &column(&self.load, |(_, share)| per_million(*share)))
    }
}

fn per_million(share: f64) -> String {
    match 1e6 * share {
        n if n < 0.01 => "< 0.01".to_owned(),
        n if n < 100.0 => format!("{n:.2}"),
        n => format!("{n:.0}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The row of 14 × 8, as FineWeb has it, in figures published elsewhere; and the page that a person reads.
    #[test]
    fn the_table() {
        let forecast = Bands { bands: 14, rows: 8 }.forecast();
        insta::assert_snapshot!(forecast.to_string(), @r"
          pairs of similarity         0.50    0.55    0.60    0.65    0.70    0.75    0.80    0.85    0.90    0.95
          are found, of 100           5.33   11.11   21.11   36.45   56.45   77.16   92.35   98.84   99.96  100.00
          pairs of similarity         0.05    0.10    0.20    0.30    0.40
          are compared, of 10^6     < 0.01    0.14   35.84     918    9136
        ");
    }

    #[test]
    fn unrelated_pairs_are_counted() {
        let all = Bands { bands: 1, rows: 1 }.forecast();
        assert_eq!((all.unrelated_candidates(0), all.unrelated_candidates(1)), (0.0, 0.0));
        assert!((all.unrelated_candidates(101) - 5050.0 * 0.05).abs() < 1e-9);
    }
}
