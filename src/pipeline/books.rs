//! The ledger of a run: its files written from scans and verdicts, or from those of an earlier run, and entered in the books.

use super::index::IndexRows;
use super::job::Folder;
use super::order::Schedule;
use super::resolve::{Removals, Verdict};
use super::signals;
use super::table::{Rows, SCAN_BATCH_BYTES, TableShard};
use super::{Job, Pool};
use crate::dedup::Kind;
use crate::error::{Error, Result};
use crate::io::{Shard, TableOptions, TableWriter, write_file};
use crate::ledger::{self, Books, Duplicate, Fate, LedgerBatch, Provenance, ScanBuilder};
use crate::report::LineReport;
use arrow::array::RecordBatch;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What the ledger is written from.
pub(super) struct Fates<'a> {
    pub removals: Option<&'a Removals>,
    pub indexed: &'a IndexRows,
    pub ledger: Option<&'a Folder>,
    pub lines: Option<&'a LineReport>,
    pub schedule: &'a Schedule,
}

/// Key under which ledger files say which line counts belong to them.
pub(super) const LINES_KEY: &str = "mashbill.lines";

impl Job {
    /// Writes a ledger file for each shard, and enters it in the books.
    pub(super) fn write_ledger(&self, pool: &Pool, folder: &Folder, rows: &Rows, fates: &Fates<'_>) -> Result<Books> {
        let mut metadata = ledger::versions();
        metadata.extend(fates.lines.map(|lines| (LINES_KEY, lines.digest())));
        let parts = pool.map(&rows.shards, |at| {
            let source = &self.sources[at.source];
            let name = Folder::ledger_name(&source.name, &source.shards[at.shard].label);
            let path = folder.work().join("emit").join("ledger").join(&name);
            let options = TableOptions { metadata: metadata.clone(), ..TableOptions::default() };
            // An earlier ledger has the columns of provenance that it was written with.
            let provenance = match fates.ledger {
                Some(_) => Provenance::of(Shard::open(&at.scan)?.schema()),
                None => self.scan.provenance,
            };
            let mut writer = TableWriter::create(&path, &ledger::schema_with(provenance), &options)?;
            let mut books = Books::default();
            let mut each = |batch: RecordBatch| -> Result<()> {
                writer.write(&batch)?;
                writer.end_row_group()
            };
            match fates.ledger {
                Some(_) => self.each_batch_again(at, fates, &mut each)?,
                None => self.each_ledger_batch(at, rows, fates, &mut each)?,
            }
            writer.finish()?;
            if self.scan.signals {
                let to = work_signals(folder).join(&name);
                match fates.ledger {
                    Some(old) => copy_file(&old.signals().join(&name), &to)?,
                    None => signals::write(&at.scan, &source.chain, &to)?,
                }
            }
            // The books are kept from what was written, not from what was meant.
            add_ledger_file(&path, &mut books)?;
            Ok(books)
        })?;
        let mut books = Books::default();
        parts.iter().for_each(|part| books.merge(part));
        books.check(&self.sources.iter().map(|s| (s.name.clone(), s.rows())).collect())?;
        Ok(books)
    }

    /// The batches of an earlier ledger, with other numbers of copies.
    fn each_batch_again(
        &self,
        at: &TableShard,
        fates: &Fates<'_>,
        each: &mut dyn FnMut(RecordBatch) -> Result<()>,
    ) -> Result<()> {
        let mut tickets = fates.schedule.of_rows(at.first, at.rows)?;
        // A row group was a batch, and is to be one again.
        at.each_whole_group(&mut |first, batch| {
            let copies = tickets.copies(first..first + batch.num_rows())?;
            each(ledger::with_copies(batch, &copies)?)
        })
    }

    fn each_ledger_batch(
        &self,
        at: &TableShard,
        rows: &Rows,
        fates: &Fates<'_>,
        each: &mut dyn FnMut(RecordBatch) -> Result<()>,
    ) -> Result<()> {
        // Without evidence, so that the ledger has the same bytes whether signals files are written or not.
        let schema = ScanBuilder::schema(self.scan.layout());
        let columns: Vec<&str> = schema.fields().iter().map(|f| f.name().as_str()).collect();
        let mut verdicts = fates.removals.map(Removals::verdicts);
        let mut tickets = fates.schedule.of_rows(at.first, at.rows)?;
        let source_of = |row: usize| match row < rows.len() {
            true => self.sources[rows.shard_of(row).source].name.as_str(),
            false => fates.indexed.file_of(row).source.as_str(),
        };
        at.each_batch(Some(&columns), &mut |first, batch| {
            let range = first..first + batch.rows();
            let found: &[Verdict] = match &mut verdicts {
                Some(verdicts) => verdicts.of_rows(range.clone())?,
                None => &[],
            };
            let mut found = found.iter().peekable();
            let copies = tickets.copies(range.clone())?;
            let fates: Vec<Fate<'_>> = range
                .zip(copies)
                .map(|(row, copies)| {
                    let verdict = found.next_if(|verdict| verdict.row as usize == row);
                    Fate {
                        duplicate: verdict.and_then(|v| v.duplicate.as_ref()).map(|duplicate| Duplicate {
                            kind: kind_word(duplicate.kind),
                            of_source: source_of(duplicate.of as usize),
                            of_id: &duplicate.of_id,
                            similarity: (duplicate.kind != Kind::Unverified).then_some(duplicate.similarity),
                        }),
                        removed: fates.removals.is_some_and(|removals| removals.removed(row)),
                        cluster: verdict.map(|v| (v.cluster, v.size)),
                        copies,
                    }
                })
                .collect();
            each(ledger::complete(batch.batch(), &fates)?)
        })
    }
}

/// Copies a file whole.
pub(super) fn copy_file(from: &Path, to: &Path) -> Result<()> {
    let bytes = std::fs::read(from).map_err(|e| Error::read(from, None, e))?;
    write_file(to, &bytes)
}

/// The ledger files, in their order, until the output is whole.
pub(super) fn work_ledger(folder: &Folder) -> Result<Vec<PathBuf>> {
    Ok(ledger_files(&folder.work().join("emit").join("ledger"))?.into_values().flatten().collect())
}

/// Where signals files are until the output is whole.
pub(super) fn work_signals(folder: &Folder) -> PathBuf {
    folder.work().join("emit").join("signals")
}

fn kind_word(kind: Kind) -> &'static str {
    match kind {
        Kind::Exact => "exact",
        Kind::Near => "near",
        Kind::Unverified => "unverified",
    }
}

/// Enters one ledger file in the books.
///
/// # Errors
/// [`Error::Read`] or [`Error::Unbalanced`] if it is no ledger.
pub(super) fn add_ledger_file(path: &Path, books: &mut Books) -> Result<()> {
    let file = Shard::open(path)?;
    ledger::check_versions(&file)?;
    for group in 0..file.row_groups() {
        for batch in file.read_roots(group, None, None, SCAN_BATCH_BYTES)? {
            books.add(&LedgerBatch::new(&batch?))?;
        }
    }
    Ok(())
}

/// Every ledger file below a ledger folder, by source, sorted.
pub(super) fn ledger_files(ledger: &Path) -> Result<BTreeMap<String, Vec<PathBuf>>> {
    let list = |dir: &Path| -> Result<Vec<PathBuf>> {
        let entries = std::fs::read_dir(dir).map_err(|e| Error::read(dir, None, e))?;
        let mut paths: Vec<PathBuf> = entries
            .map(|e| e.map(|e| e.path()))
            .collect::<std::io::Result<_>>()
            .map_err(|e| Error::read(dir, None, e))?;
        paths.sort();
        Ok(paths)
    };
    let mut files = BTreeMap::new();
    for dir in list(ledger)? {
        let source = dir.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        files.insert(source, list(&dir)?);
    }
    Ok(files)
}
