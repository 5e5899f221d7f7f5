//! Scores of the rows that are left → buckets: measured in passes over the scan files, with thresholds alone in memory.
//!
//! ```text
//! pass 1   (scope, score, value, weight) of each row ──sort──► thresholds of each score
//! pass 2   by rank only: mean ranks of each row ──histogram──► thresholds of the mean
//! ```
//!
//! After that a row's bucket is a function of its scores. There is no sketch here: its thresholds would hang on how rows are cut into
//! files.

use super::Pool;
use super::keyed::{CHUNK, Left, LeftRows, bytes_of};
use super::sort::{Space, record};
use super::table::SCAN_BATCH_BYTES;
use crate::document::SCORE;
use crate::error::{Error, Result};
use crate::io::Shard;
use crate::ledger::{LedgerBatch, RowVerdict, check_versions, score_column};
use crate::recipe::{BucketRules, BucketScope, BucketWeight};
use crate::report::{BucketReport, Measured};
use crate::score::{Buckets, Combined, Cutter, MeanRanks, ThresholdCheck};
use arrow::array::{Array, Float64Array};
use std::path::{Path, PathBuf};

record! {
    /// A score of a row.
    Value { scope: u32, score: u32, rank: u64, weight: u64, }
}

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
        let cuts = buckets.cut(left, scopes, space)?;
        let of = |scores| Combined::new(scores, rules.count as usize, rules.combine);
        buckets.scopes = cuts.into_iter().map(of).collect::<Result<_>>()?;
        if let Some(ranks) = buckets.mean_ranks(left)? {
            buckets.scopes.iter_mut().zip(&ranks).for_each(|(scope, ranks)| scope.cut_ranks(ranks));
        }
        Ok(buckets)
    }

    /// The thresholds of each score in each scope.
    fn cut(&self, left: &LeftRows<'_>, scopes: usize, space: &Space) -> Result<Vec<Vec<Buckets>>> {
        let names = self.columns();
        let sorter = space.sorter::<Value>("scores")?;
        let parts = left.map(|group| {
            let scope = if scopes == 1 { 0 } else { group.shard.source };
            let (mut sums, mut buffer) = (vec![0_u128; names.len()], Vec::new());
            left.each(group, &names, &mut |rows, batch| {
                for (score, values) in self.bind(batch)?.into_iter().enumerate() {
                    for row in rows.iter().filter(|row| values.is_valid(row.at)) {
                        let (rank, weight) = (rank(values.value(row.at)), self.weight(row));
                        sums[score] += u128::from(weight);
                        buffer.push(Value { scope: scope as u32, score: score as u32, rank, weight });
                    }
                }
                if buffer.len() < CHUNK { Ok(()) } else { sorter.push(&mut buffer) }
            })?;
            sorter.push(&mut buffer)?;
            Ok((scope, sums))
        })?;
        let mut all = vec![vec![0_u128; names.len()]; scopes];
        for (scope, sums) in parts {
            all[scope].iter_mut().zip(sums).for_each(|(all, sum)| *all += sum);
        }
        let parts = self.rules.combine.parts(self.rules.count as usize);
        let cutters = |sums: Vec<u128>| sums.into_iter().map(|all| Cutter::new(parts, all)).collect();
        let mut cutters: Vec<Vec<Cutter>> = all.into_iter().map(cutters).collect();
        let mut sorted = sorter.finish()?;
        while let Some(Value { scope, score, rank, weight }) = sorted.next()? {
            cutters[scope as usize][score as usize].push(real(rank), weight);
        }
        Ok(cutters.into_iter().map(|of| of.into_iter().map(Cutter::finish).collect()).collect())
    }

    /// The mean ranks of all rows by scope, where buckets are of those.
    fn mean_ranks(&self, left: &LeftRows<'_>) -> Result<Option<Vec<MeanRanks>>> {
        let Some(mut all) = self.scopes.iter().map(Combined::mean_ranks).collect::<Option<Vec<_>>>() else {
            return Ok(None);
        };
        let parts = left.map(|group| {
            let scope = self.scope(group.shard.source);
            let mut ranks = self.scopes[scope].mean_ranks();
            left.each(group, &self.columns(), &mut |rows, batch| {
                let (values, mut scores) = (self.bind(batch)?, Vec::new());
                for row in rows {
                    read(&values, row.at, &mut scores);
                    ranks.iter_mut().for_each(|ranks| ranks.add(&self.scopes[scope], &scores, self.weight(row)));
                }
                Ok(())
            })?;
            Ok((scope, ranks))
        })?;
        for (scope, ranks) in parts {
            ranks.iter().for_each(|ranks| all[scope].merge(ranks));
        }
        Ok(Some(all))
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

    fn weight(&self, row: &Left) -> u64 {
        weight(self.rules, row.tokens, bytes_of(row.size))
    }

    /// What the report says of the buckets, and of the rows in them.
    pub fn report(&self, sources: &[(String, String)], pool: &Pool, ledger: &[PathBuf]) -> Result<BucketReport> {
        let name = |at: usize| (self.rules.per == BucketScope::Source).then(|| sources[at].0.clone());
        let measured = self.scopes.iter().enumerate();
        let measured = measured.map(|(at, buckets)| Measured { source: name(at), buckets: buckets.clone() }).collect();
        let mut report =
            BucketReport { scores: self.rules.scores.clone(), levels: self.rules.levels.clone(), measured, ..BucketReport::default() };
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

/// The order of numbers as an order of whole numbers: negative ones turned round, below the others; −0 is 0.
pub(super) fn rank(score: f64) -> u64 {
    let bits = (score + 0.0).to_bits();
    if bits >> 63 == 1 { !bits } else { bits | 1 << 63 }
}

/// The number of a rank.
pub(super) fn real(rank: u64) -> f64 {
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
