//! The scans of all shards, read back. Where rows lie is in memory ([`Rows`]); what each is worth is read in passes, by as many threads
//! as there are. Only deduplication holds something of every row ([`Table`]).

use super::{Pool, Source};
use crate::error::{Error, Result};
use crate::io::Shard;
use crate::ledger::{LedgerBatch, RowVerdict, band_column, check_versions};
use arrow::array::{Array, RecordBatch};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// How much of a scan file is decoded at a time.
pub(super) const SCAN_BATCH_BYTES: usize = 8 << 20;

/// Bytes of a row in the table: a count and its marks.
pub(super) const TABLE_ROW_BYTES: u64 = 5;

/// It passed its filters.
const KEPT: u8 = 1;
/// A rewrite changed its text.
const REWRITTEN: u8 = 2;
/// It has band keys.
const BANDED: u8 = 4;

/// All shards, their rows numbered through in the order of sources and labels.
#[derive(Debug, Default)]
pub(super) struct Rows {
    pub shards: Vec<TableShard>,
    len: usize,
}

/// A shard's rows, and the file that says what they are worth: its scan, or, where an earlier run is planned anew, its ledger.
#[derive(Debug, Clone)]
pub(super) struct TableShard {
    /// Position of its source.
    pub source: usize,
    /// Position in its source.
    pub shard: usize,
    /// Number of its first row.
    pub first: usize,
    /// Number of rows.
    pub rows: usize,
    /// Its scan file.
    pub scan: PathBuf,
}

/// A row group of a scan file.
#[derive(Debug, Clone, Copy)]
pub(super) struct ScanGroup<'a> {
    pub shard: &'a TableShard,
    group: usize,
    /// Number of its first row.
    first: usize,
}

impl Rows {
    /// The rows of all sources; `scan` says where a shard's file lies.
    ///
    /// # Errors
    /// [`Error::Invalid`] if they are more than 32 bits count.
    pub fn of(sources: &[Source], scan: impl Fn(&str, &str) -> PathBuf) -> Result<Rows> {
        let mut rows = Rows::default();
        for (source, from) in sources.iter().enumerate() {
            for (shard, input) in from.shards.iter().enumerate() {
                rows.add(source, shard, input.shard.rows(), scan(&from.name, &input.label))?;
            }
        }
        Ok(rows)
    }

    /// Appends a shard.
    pub fn add(&mut self, source: usize, shard: usize, rows: u64, scan: PathBuf) -> Result<()> {
        let total = self.len as u64 + rows;
        if total >= u64::from(u32::MAX) {
            return Err(Error::Invalid {
                what: "inputs".into(),
                problem: format!("{total} rows or more are too many for one run (2^32 - 2 at most); split the inputs"),
            });
        }
        self.shards.push(TableShard { source, shard, first: self.len, rows: rows as usize, scan });
        self.len = total as usize;
        Ok(())
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.len
    }

    /// The shard that holds a row.
    pub fn shard_of(&self, row: usize) -> &TableShard {
        let at = self.shards.partition_point(|s| s.first <= row);
        &self.shards[at.saturating_sub(1)]
    }

    /// The row groups of all scan files.
    ///
    /// # Errors
    /// A scan file that is missing or damaged, or has not as many rows as its shard.
    pub fn groups(&self, pool: &Pool) -> Result<Vec<ScanGroup<'_>>> {
        let parts = pool.map(&self.shards, |shard| {
            let file = Shard::open(&shard.scan)?;
            check_versions(&file)?;
            if file.rows() != shard.rows as u64 {
                let (rows, found) = (shard.rows, file.rows());
                return Err(Error::Unbalanced(format!("{rows} rows were scanned, {found} read back")));
            }
            Ok((0..file.row_groups()).map(|group| shard.first + file.first_row(group) as usize).collect::<Vec<_>>())
        })?;
        let groups = |(shard, firsts): (_, Vec<usize>)| {
            firsts.into_iter().enumerate().map(move |(group, first)| ScanGroup { shard, group, first })
        };
        Ok(self.shards.iter().zip(parts).flat_map(groups).collect())
    }

    /// Whether the ids of all rows that passed their filters are integers of 64 bits.
    ///
    /// # Errors
    /// An unreadable scan.
    pub fn integer_ids(&self, pool: &Pool) -> Result<bool> {
        let all = pool.map(&self.groups(pool)?, |group| {
            let mut all = true;
            group.each_batch(&["id", "verdict"], &mut |_, batch| {
                let (ids, verdicts) = (batch.strings("id")?, batch.verdicts()?);
                let kept = verdicts.into_iter().enumerate().filter(|(_, verdict)| *verdict == RowVerdict::Kept);
                all = all && kept.into_iter().all(|(i, _)| ids.value(i).parse::<i64>().is_ok());
                Ok(())
            })?;
            Ok(all)
        })?;
        Ok(all.into_iter().all(|all| all))
    }
}

impl ScanGroup<'_> {
    /// Reads columns of the row group, batch by batch, with the number of each batch's first row.
    pub fn each_batch(
        &self,
        columns: &[&str],
        each: &mut dyn FnMut(usize, &LedgerBatch<'_>) -> Result<()>,
    ) -> Result<()> {
        let file = Shard::open(&self.shard.scan)?;
        let mut row = self.first;
        for batch in file.read_roots(self.group, Some(columns), None, SCAN_BATCH_BYTES)? {
            let batch = batch?;
            each(row, &LedgerBatch::new(&batch))?;
            row += batch.num_rows();
        }
        Ok(())
    }
}

/// What deduplication needs of every row, in memory: [`TABLE_ROW_BYTES`] a row. Ids, hashes and keys stay in the files and are read
/// again where they are needed.
#[derive(Debug)]
pub(super) struct Table {
    pub shards: Vec<TableShard>,
    bytes: Narrow,
    marks: Vec<u8>,
}

impl Table {
    pub fn read(pool: &Pool, rows: &Rows, bands: usize) -> Result<Table> {
        let mut table = Table { shards: rows.shards.clone(), bytes: Narrow::default(), marks: Vec::new() };
        let total = rows.len();
        table.bytes.values.reserve_exact(total);
        table.marks.reserve_exact(total);
        // Some at a time, so that few rows are in memory twice.
        for shards in rows.shards.chunks(4 * pool.threads()) {
            for part in pool.map(shards, |at| Part::read(at, bands))? {
                table.bytes.append(part.bytes);
                table.marks.extend(part.marks);
            }
        }
        match table.marks.len() == total {
            true => Ok(table),
            false => Err(Error::Unbalanced(format!("{total} rows were scanned, {} read back", table.marks.len()))),
        }
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.marks.len()
    }

    /// Bytes of a row's text as it would be emitted.
    pub fn bytes(&self, row: usize) -> u64 {
        self.bytes.get(row)
    }

    /// Whether it passed its filters.
    pub fn kept(&self, row: usize) -> bool {
        self.marks[row] & KEPT != 0
    }

    /// Whether a rewrite changed it.
    pub fn rewritten(&self, row: usize) -> bool {
        self.marks[row] & REWRITTEN != 0
    }

    /// Whether it has band keys.
    pub fn banded(&self, row: usize) -> bool {
        self.marks[row] & BANDED != 0
    }

    /// The shard that holds a row.
    pub fn shard_of(&self, row: usize) -> &TableShard {
        self.place_of(row).1
    }

    /// The rank of each shard by its name, whatever its source.
    pub fn file_ranks(&self, sources: &[Source]) -> Vec<u32> {
        let label = |at: &TableShard| &sources[at.source].shards[at.shard].label;
        let names: BTreeSet<&String> = self.shards.iter().map(label).collect();
        let ranks: BTreeMap<&String, u32> = names.into_iter().zip(0..).collect();
        self.shards.iter().map(|at| ranks.get(label(at)).copied().unwrap_or_default()).collect()
    }

    /// The shard that holds a row, and its position among all.
    pub fn place_of(&self, row: usize) -> (usize, &TableShard) {
        let at = self.shards.partition_point(|s| s.first <= row).saturating_sub(1);
        (at, &self.shards[at])
    }
}

impl TableShard {
    /// Its scan file.
    pub fn file(&self) -> RowFile<'_> {
        RowFile { path: &self.scan, first: self.first }
    }

    /// Reads columns of its scan file; see [`RowFile::each_batch`].
    pub fn each_batch(
        &self,
        columns: Option<&[&str]>,
        each: &mut dyn FnMut(usize, &LedgerBatch<'_>) -> Result<()>,
    ) -> Result<()> {
        self.file().each_batch(columns, each)
    }

    /// Reads all columns, a row group at a time (as many rows as a batch holds at most), with the number of each one's first row.
    pub fn each_whole_group(&self, each: &mut dyn FnMut(usize, &RecordBatch) -> Result<()>) -> Result<()> {
        let file = Shard::open(&self.scan)?;
        let mut row = self.first;
        for group in 0..file.row_groups() {
            for batch in file.read_roots(group, None, None, usize::MAX)? {
                let batch = batch?;
                each(row, &batch)?;
                row += batch.num_rows();
            }
        }
        Ok(())
    }

    /// Reads columns of some of its rows; see [`RowFile::each_of_rows`].
    pub fn each_of_rows(
        &self,
        columns: &[&str],
        rows: &[u32],
        each: &mut dyn FnMut(&[u32], &LedgerBatch<'_>) -> Result<()>,
    ) -> Result<()> {
        self.file().each_of_rows(columns, rows, each)
    }
}

/// A file with a row for each of a range of numbered rows.
#[derive(Debug, Clone, Copy)]
pub(super) struct RowFile<'a> {
    pub path: &'a Path,
    /// Number of its first row.
    pub first: usize,
}

impl RowFile<'_> {
    /// Reads columns (`None`: all), batch by batch, with the number of each batch's first row.
    pub fn each_batch(
        self,
        columns: Option<&[&str]>,
        each: &mut dyn FnMut(usize, &LedgerBatch<'_>) -> Result<()>,
    ) -> Result<()> {
        let file = Shard::open(self.path)?;
        check_versions(&file)?;
        let mut row = self.first;
        for group in 0..file.row_groups() {
            for batch in file.read_roots(group, columns, None, SCAN_BATCH_BYTES)? {
                let batch = batch?;
                each(row, &LedgerBatch::new(&batch))?;
                row += batch.num_rows();
            }
        }
        Ok(())
    }

    /// Reads columns of some of its rows, given by their numbers, ascending. Calls `each` with every batch and the numbers of its
    /// rows.
    pub fn each_of_rows(
        self,
        columns: &[&str],
        rows: &[u32],
        each: &mut dyn FnMut(&[u32], &LedgerBatch<'_>) -> Result<()>,
    ) -> Result<()> {
        let file = Shard::open(self.path)?;
        let mut rest = rows;
        let mut first = self.first;
        for group in 0..file.row_groups() {
            let end = first + file.group_rows(group) as usize;
            let (mut here, later) = rest.split_at(rest.partition_point(|&row| (row as usize) < end));
            rest = later;
            let wanted: Vec<u64> = here.iter().map(|&row| (row as usize - first) as u64).collect();
            first = end;
            if wanted.is_empty() {
                continue;
            }
            for batch in file.read_roots(group, Some(columns), Some(&wanted), SCAN_BATCH_BYTES)? {
                let batch = batch?;
                let (now, later) = here.split_at(batch.num_rows().min(here.len()));
                here = later;
                each(now, &LedgerBatch::new(&batch))?;
            }
        }
        Ok(())
    }
}

/// Whole numbers that seldom need more than 32 bits: 4 bytes each, and some 30 for one that does.
#[derive(Debug, Default)]
pub(super) struct Narrow {
    /// `u32::MAX`: look among the large ones.
    values: Vec<u32>,
    large: BTreeMap<usize, u64>,
}

impl Narrow {
    pub fn push(&mut self, value: u64) {
        let narrow = u32::try_from(value).unwrap_or(u32::MAX);
        if narrow == u32::MAX {
            self.large.insert(self.values.len(), value);
        }
        self.values.push(narrow);
    }

    pub fn get(&self, at: usize) -> u64 {
        match self.values[at] {
            u32::MAX => self.large.get(&at).copied().unwrap_or(u64::from(u32::MAX)),
            value => u64::from(value),
        }
    }

    fn append(&mut self, other: Narrow) {
        let first = self.values.len();
        self.large.extend(other.large.into_iter().map(|(at, value)| (first + at, value)));
        self.values.extend(other.values);
    }
}

#[derive(Default)]
struct Part {
    bytes: Narrow,
    marks: Vec<u8>,
}

impl Part {
    fn read(at: &TableShard, bands: usize) -> Result<Part> {
        let band = band_column(0);
        let mut columns = vec!["bytes", "edits", "verdict"];
        columns.extend((bands > 0).then_some(band.as_str()));
        let mut part = Part::default();
        at.each_batch(Some(&columns), &mut |_, batch| {
            let (bytes, edits) = (batch.u64s("bytes")?, batch.u32s("edits")?);
            let keys = (bands > 0).then(|| batch.u64s(&band)).transpose()?;
            for (i, verdict) in batch.verdicts()?.into_iter().enumerate() {
                let mark = |is: bool, mark: u8| if is { mark } else { 0 };
                part.bytes.push(bytes.value(i));
                part.marks.push(
                    mark(verdict == RowVerdict::Kept, KEPT)
                        | mark(edits.value(i) > 0, REWRITTEN)
                        | mark(keys.is_some_and(|keys| !keys.is_null(i)), BANDED),
                );
            }
            Ok(())
        })?;
        Ok(part)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_numbers_are_kept_too() {
        let (mut a, mut b) = (Narrow::default(), Narrow::default());
        let values = [0, 7, u64::from(u32::MAX) - 1, u64::from(u32::MAX), u64::from(u32::MAX) + 1, u64::MAX, 3];
        values.into_iter().for_each(|value| a.push(value));
        values.into_iter().for_each(|value| b.push(value));
        a.append(b);
        let read: Vec<u64> = (0..2 * values.len()).map(|at| a.get(at)).collect();
        assert_eq!(read, [values, values].concat());
        assert_eq!(a.values.len() * 4, 2 * values.len() * size_of::<u32>());
        assert_eq!(a.large.len(), 6);
    }
}
