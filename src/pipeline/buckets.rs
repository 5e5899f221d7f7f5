//! Scores of the rows that are left → buckets. Once they are measured ([`Measure`]), a row's bucket is a function of its scores.
//!
//! There is no sketch here: its thresholds would hang on how rows are cut into files.

use super::Pool;
use super::keyed::{LeftRows, bytes_of};
use super::measure::Measure;
use super::sort::Space;
use super::table::SCAN_BATCH_BYTES;
use crate::document::SCORE;
use crate::error::{Error, Result};
use crate::io::Shard;
use crate::ledger::{LedgerBatch, RowVerdict, check_versions, score_column};
use crate::recipe::{BucketRules, BucketScope, BucketWeight};
use crate::report::{BucketReport, Measured};
use crate::score::{Combined, MeanRanks, ThresholdCheck};
use arrow::array::{Array, Float64Array};
use std::path::{Path, PathBuf};

/// What brings a row to its bucket.
#[derive(Debug)]
pub(super) struct RowBuckets<'a> {
    rules: &'a BucketRules,
    columns: Vec<String>,
    /// One for each source, or one for all.
    scopes: Vec<Combined>,
}

impl<'a> RowBuckets<'a> {
    /// Measures the buckets of the rows that are left.
    pub fn measure(rules: &'a BucketRules, left: &LeftRows<'_>, space: &Space) -> Result<RowBuckets<'a>> {
        let scopes = if rules.per == BucketScope::Global { 1 } else { left.sources.len() };
        let mut buckets = RowBuckets { rules, columns: columns(rules), scopes: Vec::new() };
        let (scores, count, ensemble) = (rules.scores.len(), rules.count as usize, rules.combine);
        let groups = left.rows.groups(left.pool)?;
        buckets.scopes =
            Measure { scores, scopes, count, ensemble }.exact(left.pool, &groups, space, |group, each| {
                let scope = group.shard.source.min(scopes - 1);
                let mut scores = Vec::new();
                left.each(*group, &buckets.columns(), &mut |rows, batch| {
                    let values = buckets.bind(batch)?;
                    rows.iter().try_for_each(|row| {
                        read(&values, row.at, &mut scores);
                        each(scope, &scores, weight(rules, row.tokens, bytes_of(row.size)))
                    })
                })
            })?;
        Ok(buckets)
    }

    /// The ledger's columns that hold the scores.
    pub fn columns(&self) -> Vec<&str> {
        self.columns.iter().map(String::as_str).collect()
    }

    /// The bucket of each row of a batch.
    pub fn of_batch(&self, source: usize, batch: &LedgerBatch<'_>) -> Result<Vec<Option<u32>>> {
        let (values, mut scores) = (self.bind(batch)?, Vec::new());
        let scope = &self.scopes[self.scope(source)];
        let of = |row| {
            read(&values, row, &mut scores);
            scope.of(&scores)
        };
        Ok((0..batch.rows()).map(of).collect())
    }

    fn scope(&self, source: usize) -> usize {
        source.min(self.scopes.len().saturating_sub(1))
    }

    fn bind<'b>(&self, batch: &LedgerBatch<'b>) -> Result<Vec<&'b Float64Array>> {
        self.columns.iter().map(|name| batch.f64s(name)).collect()
    }

    /// What the report says of the buckets, and of the rows in them.
    pub fn report(&self, sources: &[(String, String)], pool: &Pool, ledger: &[PathBuf]) -> Result<BucketReport> {
        let name = |at: usize| (self.rules.per == BucketScope::Source).then(|| sources[at].0.clone());
        let measured = self.scopes.iter().enumerate();
        let measured = measured.map(|(at, buckets)| Measured { source: name(at), buckets: buckets.clone() }).collect();
        let mut report = BucketReport {
            scores: self.rules.scores.clone(),
            levels: self.rules.levels.clone(),
            measured,
            ..BucketReport::default()
        };
        tally(&mut report, pool, ledger)?;
        Ok(report)
    }
}

/// Enters the rows of ledger files, given in their order.
fn tally(report: &mut BucketReport, pool: &Pool, files: &[PathBuf]) -> Result<()> {
    let blank = BucketReport { sources: Default::default(), ..report.clone() };
    for part in pool.map(files, |path| {
        let mut part = blank.clone();
        each_ledger_batch(path, &blank.scores, &mut |rows| {
            for row in 0..rows.batch.rows() {
                let copies = rows.kept(row).then(|| rows.copies.value(row));
                let bucket = rows.bucket(row);
                part.add(rows.sources.value(row), bucket, copies, rows.tokens(row), |score| {
                    let values = rows.scores[score];
                    values.is_valid(row).then(|| values.value(row))
                });
            }
            Ok(())
        })?;
        Ok(part)
    })? {
        report.merge(&part);
    }
    Ok(())
}

/// What differs between a report and the ledger: thresholds that are not those of the rows kept, rows in another bucket, other sums. `None`
/// if nothing does.
pub(super) fn disagreement(
    said: &BucketReport,
    rules: &BucketRules,
    pool: &Pool,
    files: &[PathBuf],
) -> Result<Option<String>> {
    let parts = pool.map(files, |path| Checked::of_file(said, rules, path))?;
    let mut whole = Checked::new(said);
    parts.iter().for_each(|part| whole.merge(part));
    if whole.wrong > 0 {
        return Ok(Some(format!("{} rows of the ledger are in another bucket than their scores say", whole.wrong)));
    }
    for (measured, scope) in said.measured.iter().zip(&whole.scopes) {
        let name = measured.source.as_deref().unwrap_or("all sources");
        let mut again = measured.buckets.clone();
        scope.ranks.iter().for_each(|ranks| again.cut_ranks(ranks));
        if !scope.checks.iter().all(ThresholdCheck::holds) || again != measured.buckets {
            return Ok(Some(format!("the thresholds of `{name}` are not those of its rows in the ledger")));
        }
    }
    let mut found = BucketReport { sources: Default::default(), ..said.clone() };
    tally(&mut found, pool, files)?;
    Ok((found != *said).then(|| format!("run.json says {said:?}\n      recomputed: {found:?}")))
}

/// What is checked of the ledger's rows.
struct Checked {
    wrong: u64,
    scopes: Vec<CheckedScope>,
}

struct CheckedScope {
    checks: Vec<ThresholdCheck>,
    ranks: Option<MeanRanks>,
}

impl Checked {
    fn new(said: &BucketReport) -> Checked {
        let scope = |measured: &Measured| {
            let of = &measured.buckets;
            let parts = of.ensemble().parts(of.buckets());
            let checks = of.scores().iter().map(|score| ThresholdCheck::new(score, parts)).collect();
            CheckedScope { checks, ranks: of.mean_ranks() }
        };
        Checked { wrong: 0, scopes: said.measured.iter().map(scope).collect() }
    }

    fn of_file(said: &BucketReport, rules: &BucketRules, path: &Path) -> Result<Checked> {
        let mut checked = Checked::new(said);
        let mut scores = Vec::new();
        each_ledger_batch(path, &rules.scores, &mut |rows| {
            let bytes = rows.batch.u64s("bytes")?;
            for row in 0..rows.batch.rows() {
                let name = rows.sources.value(row);
                let scope = said.measured.iter().position(|m| m.source.as_ref().is_none_or(|source| source == name));
                let Some(scope) = scope else {
                    return Err(Error::Unbalanced(format!("run.json has no buckets of source `{name}`")));
                };
                let (combined, of) = (&said.measured[scope].buckets, &mut checked.scopes[scope]);
                read(&rows.scores, row, &mut scores);
                checked.wrong += u64::from(combined.of(&scores) != rows.bucket(row));
                if !rows.kept(row) {
                    continue;
                }
                let weight = weight(rules, rows.tokens(row), bytes.value(row));
                for (check, score) in of.checks.iter_mut().zip(&scores) {
                    score.iter().for_each(|&score| check.add(score, weight));
                }
                of.ranks.iter_mut().for_each(|ranks| ranks.add(combined, &scores, weight));
            }
            Ok(())
        })?;
        Ok(checked)
    }

    fn merge(&mut self, other: &Checked) {
        self.wrong += other.wrong;
        for (mine, theirs) in self.scopes.iter_mut().zip(&other.scopes) {
            mine.checks.iter_mut().zip(&theirs.checks).for_each(|(mine, theirs)| mine.merge(theirs));
            mine.ranks.iter_mut().zip(&theirs.ranks).for_each(|(mine, theirs)| mine.merge(theirs));
        }
    }
}

/// Rows of a ledger file, as far as buckets are concerned.
struct LedgerRows<'a> {
    batch: LedgerBatch<'a>,
    sources: &'a arrow::array::StringViewArray,
    verdicts: Vec<RowVerdict>,
    tokens: &'a arrow::array::UInt64Array,
    buckets: &'a arrow::array::UInt32Array,
    copies: &'a arrow::array::UInt32Array,
    scores: Vec<&'a Float64Array>,
}

impl LedgerRows<'_> {
    fn kept(&self, row: usize) -> bool {
        self.verdicts[row] == RowVerdict::Kept
    }

    fn tokens(&self, row: usize) -> u64 {
        if self.tokens.is_null(row) { 0 } else { self.tokens.value(row) }
    }

    fn bucket(&self, row: usize) -> Option<u32> {
        self.buckets.is_valid(row).then(|| self.buckets.value(row))
    }
}

fn each_ledger_batch(
    path: &Path,
    scores: &[String],
    each: &mut dyn FnMut(&LedgerRows<'_>) -> Result<()>,
) -> Result<()> {
    let file = Shard::open(path)?;
    check_versions(&file)?;
    let names: Vec<String> = scores.iter().map(|name| column_of(name)).collect();
    let mut columns = vec!["source", "verdict", "bytes", "tokens", "bucket", "copies"];
    columns.extend(names.iter().map(String::as_str));
    for group in 0..file.row_groups() {
        for batch in file.read_roots(group, Some(&columns), None, SCAN_BATCH_BYTES)? {
            let batch = batch?;
            let batch = LedgerBatch::new(&batch);
            each(&LedgerRows {
                sources: batch.strings("source")?,
                verdicts: batch.verdicts()?,
                tokens: batch.u64s("tokens")?,
                buckets: batch.u32s("bucket")?,
                copies: batch.u32s("copies")?,
                scores: names.iter().map(|name| batch.f64s(name)).collect::<Result<_>>()?,
                batch,
            })?;
        }
    }
    Ok(())
}

fn columns(rules: &BucketRules) -> Vec<String> {
    rules.scores.iter().map(|name| column_of(name)).collect()
}

/// The ledger's column of a score.
fn column_of(name: &str) -> String {
    if name == SCORE { SCORE.to_owned() } else { score_column(name) }
}

fn weight(rules: &BucketRules, tokens: u64, bytes: u64) -> u64 {
    match rules.weight {
        BucketWeight::Tokens => tokens,
        BucketWeight::Bytes => bytes,
        BucketWeight::Rows => 1,
    }
}

fn read(values: &[&Float64Array], row: usize, scores: &mut Vec<Option<f64>>) {
    scores.clear();
    scores.extend(values.iter().map(|values| values.is_valid(row).then(|| values.value(row))));
}
