//! What ledger files say of quality scores, as a whole.

use super::Pool;
use super::table::SCAN_BATCH_BYTES;
use crate::error::Result;
use crate::io::Shard;
use crate::ledger::{LedgerBatch, RowVerdict, check_versions};
use crate::report::ScoreReport;
use arrow::array::Array;
use std::path::{Path, PathBuf};

/// Sums up the scores of ledger files, given in their order.
///
/// # Errors
/// An unreadable ledger.
pub(super) fn sum_up(pool: &Pool, files: &[PathBuf]) -> Result<ScoreReport> {
    let mut report = ScoreReport::default();
    for part in pool.map(files, |path| of_file(path))? {
        report.merge(&part);
    }
    Ok(report)
}

fn of_file(path: &Path) -> Result<ScoreReport> {
    let mut report = ScoreReport::default();
    let file = Shard::open(path)?;
    check_versions(&file)?;
    let columns = ["source", "verdict", "score", "copies"];
    for group in 0..file.row_groups() {
        for batch in file.read_roots(group, Some(&columns), None, SCAN_BATCH_BYTES)? {
            add(&mut report, &LedgerBatch::new(&batch?))?;
        }
    }
    Ok(report)
}

fn add(report: &mut ScoreReport, batch: &LedgerBatch<'_>) -> Result<()> {
    let (scores, copies) = (batch.f64s("score")?, batch.u32s("copies")?);
    if scores.null_count() == batch.rows() {
        return Ok(());
    }
    let (sources, verdicts) = (batch.strings("source")?, batch.verdicts()?);
    for (i, verdict) in verdicts.into_iter().enumerate().filter(|&(i, _)| !scores.is_null(i)) {
        let source = sources.value(i);
        if !report.sources.contains_key(source) {
            report.sources.insert(source.to_owned(), Default::default());
        }
        let (Some(of), score) = (report.sources.get_mut(source), scores.value(i)) else { continue };
        of.input.add(1, score);
        if verdict == RowVerdict::Kept {
            of.kept.add(1, score);
            of.emitted.add(u64::from(copies.value(i)), score);
        }
    }
    Ok(())
}
