//! The scans of all shards, read back: what resolving and planning need of each row, in memory.

use super::{Pool, Source};
use crate::error::{Error, Result};
use crate::io::Shard;
use crate::ledger::{LedgerBatch, RowVerdict, check_versions};
use crate::pipeline::job::Folder;
use arrow::array::{Array, FixedSizeBinaryArray, StringViewArray};
use std::path::PathBuf;

/// How much of a scan file is decoded at a time.
pub(super) const SCAN_BATCH_BYTES: usize = 8 << 20;

/// All rows of all shards, numbered through in the order of sources and labels.
#[derive(Debug)]
pub(super) struct Table {
    pub shards: Vec<TableShard>,
    pub rows: Vec<Row>,
    /// LSH band keys, `bands` per row; empty where near duplicates are not sought.
    pub band_keys: Vec<u64>,
    pub bands: usize,
    ids: Vec<StringViewArray>,
}

/// A shard's rows in the table.
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

/// One row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    pub content: u128,
    pub bytes: u64,
    pub tokens: u64,
    pub kept: bool,
    pub rewritten: bool,
    pub has_bands: bool,
}

impl Table {
    pub fn read(pool: &Pool, folder: &Folder, sources: &[Source], bands: usize) -> Result<Table> {
        let all = sources.iter().enumerate().flat_map(|(s, source)| (0..source.shards.len()).map(move |i| (s, i)));
        let all: Vec<(usize, usize)> = all.collect();
        let parts = pool.map(&all, |&(source, shard)| {
            let label = &sources[source].shards[shard].label;
            ScanPart::read(folder.scan(&sources[source].name, label), bands)
        })?;
        let mut table = Table { shards: Vec::new(), rows: Vec::new(), band_keys: Vec::new(), bands, ids: Vec::new() };
        for (&(source, shard), part) in all.iter().zip(parts) {
            let (first, rows) = (table.rows.len(), part.rows.len());
            table.shards.push(TableShard { source, shard, first, rows, scan: part.path });
            table.rows.extend(part.rows);
            table.band_keys.extend(part.band_keys);
            table.ids.push(part.ids);
        }
        if u32::try_from(table.rows.len()).is_err() {
            return Err(Error::Invalid {
                what: "inputs".into(),
                problem: format!("{} rows are more than one run takes (2^32 - 1); split the inputs", table.rows.len()),
            });
        }
        Ok(table)
    }

    /// The shard that holds a row.
    pub fn shard_of(&self, row: usize) -> &TableShard {
        let at = self.shards.partition_point(|s| s.first <= row);
        &self.shards[at.saturating_sub(1)]
    }

    /// A row's id.
    pub fn id(&self, row: usize) -> &str {
        let at = self.shards.partition_point(|s| s.first <= row).saturating_sub(1);
        self.ids[at].value(row - self.shards[at].first)
    }

    /// A row's band keys; `None` where it has none.
    pub fn keys(&self, row: usize) -> Option<&[u64]> {
        let has = self.bands > 0 && self.rows[row].has_bands;
        has.then(|| &self.band_keys[row * self.bands..(row + 1) * self.bands])
    }
}

struct ScanPart {
    path: PathBuf,
    rows: Vec<Row>,
    band_keys: Vec<u64>,
    ids: StringViewArray,
}

impl ScanPart {
    fn read(path: PathBuf, bands: usize) -> Result<ScanPart> {
        let file = Shard::open(&path)?;
        check_versions(&file)?;
        let columns = ["id", "bytes", "edits", "tokens", "content_hash", "verdict", "band_keys"];
        let mut rows = Vec::new();
        let mut band_keys = Vec::new();
        let mut ids = Vec::new();
        for group in 0..file.row_groups() {
            for batch in file.read_roots(group, Some(&columns), None, SCAN_BATCH_BYTES)? {
                let batch = batch?;
                let batch = LedgerBatch::new(&batch);
                let (bytes, edits, tokens) = (batch.u64s("bytes")?, batch.u32s("edits")?, batch.u64s("tokens")?);
                let (content, keys) = (batch.bytes("content_hash")?, batch.bytes("band_keys")?);
                for (i, verdict) in batch.verdicts()?.into_iter().enumerate() {
                    rows.push(Row {
                        content: hash_at(content, i),
                        bytes: bytes.value(i),
                        tokens: if tokens.is_null(i) { 0 } else { tokens.value(i) },
                        kept: verdict == RowVerdict::Kept,
                        rewritten: edits.value(i) > 0,
                        has_bands: bands > 0 && !keys.is_null(i),
                    });
                    if bands > 0 {
                        push_keys(keys, i, bands, &mut band_keys);
                    }
                }
                ids.extend(batch.strings("id")?.iter().map(|id| id.unwrap_or_default().to_owned()));
            }
        }
        Ok(ScanPart { path, rows, band_keys, ids: StringViewArray::from_iter_values(ids) })
    }
}

fn hash_at(column: &FixedSizeBinaryArray, row: usize) -> u128 {
    let bytes = if column.is_null(row) { None } else { <[u8; 16]>::try_from(column.value(row)).ok() };
    bytes.map_or(0, u128::from_be_bytes)
}

fn push_keys(column: &FixedSizeBinaryArray, row: usize, bands: usize, out: &mut Vec<u64>) {
    if column.is_null(row) {
        out.extend(std::iter::repeat_n(0, bands));
        return;
    }
    let words = column.value(row).chunks_exact(8).take(bands);
    out.extend(words.map(|w| w.iter().rev().fold(0, |acc, &b| (acc << 8) | u64::from(b))));
}
