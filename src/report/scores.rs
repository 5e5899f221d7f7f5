//! What a run did to the quality score: its mean over the rows read, kept and emitted.

use super::table::{Table, count};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Quality scores by source. Sources without scores are left out.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ScoreReport {
    /// By name of the source.
    pub sources: BTreeMap<String, SourceScores>,
}

/// One source's scores.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct SourceScores {
    /// Of every row that has one, whatever became of it.
    pub input: ScoreTally,
    /// Of the rows that were neither dropped nor removed as duplicates.
    pub kept: ScoreTally,
    /// Of the rows emitted, each as often as it was.
    pub emitted: ScoreTally,
}

/// Rows with a score, and the sum of their scores.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct ScoreTally {
    /// Rows that have a score.
    pub rows: u64,
    /// The sum of their scores, in the order of the ledger.
    pub sum: f64,
}

impl ScoreTally {
    /// Enters a row's score so many times.
    pub(crate) fn add(&mut self, times: u64, score: f64) {
        self.rows += times;
        self.sum += times as f64 * score;
    }

    pub(super) fn merge(&mut self, other: &ScoreTally) {
        self.rows += other.rows;
        self.sum += other.sum;
    }

    /// The mean; `None` over no rows.
    pub fn mean(&self) -> Option<f64> {
        (self.rows > 0).then(|| self.sum / self.rows as f64)
    }
}

impl ScoreReport {
    /// Enters what a later part of the ledger holds. Sums of real numbers depend on their order, so parts come in that of the files.
    pub(crate) fn merge(&mut self, later: &ScoreReport) {
        for (source, theirs) in &later.sources {
            let mine = self.sources.entry(source.clone()).or_default();
            mine.input.merge(&theirs.input);
            mine.kept.merge(&theirs.kept);
            mine.emitted.merge(&theirs.emitted);
        }
    }

    pub(super) fn write(&self, out: &mut String) {
        if self.sources.is_empty() {
            return;
        }
        out.push_str("\nquality score by row, before and after\n");
        let mut table = Table::new(["source", "rows in", "mean", "kept", "mean", "emitted", "mean"]);
        for (source, scores) in &self.sources {
            let mut cells = vec![source.clone()];
            for tally in [&scores.input, &scores.kept, &scores.emitted] {
                cells.push(count(tally.rows));
                cells.push(tally.mean().map_or("-".to_owned(), |mean| format!("{mean:.4}")));
            }
            table.row(cells);
        }
        table.write(out);
    }
}
