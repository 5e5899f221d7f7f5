//! A batch for the index: what a run kept, from its scan files and, for the shingles, from its texts, read once more.

use super::{FileEntry, IndexRows};
use crate::error::{Error, Result};
use crate::io::{Compression, TableOptions, TableWriter};
use crate::ledger::{LedgerBatch, band_column, versions};
use crate::pipeline::job::Folder;
use crate::pipeline::resolve::{Removals, Texts, Verdicts};
use crate::pipeline::table::TableShard;
use crate::pipeline::{Pool, Source};
use arrow::array::{ArrayRef, BinaryBuilder, BooleanArray, RecordBatch, UInt32Array, UInt64Array};
use arrow::compute::filter_record_batch;
use arrow::datatypes::{DataType, Field, Schema};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

/// Rows of verdicts that are looked at together.
const STEP: usize = 64 << 10;
/// Bytes after which a row group ends, and after which shingle sets go to the writer. Fixed, so that an index has the same bytes whatever
/// the memory.
const GROUP_BYTES: usize = 16 << 20;
const HELD_BYTES: usize = 1 << 20;

/// What is written of a run.
pub(in crate::pipeline) struct Batch<'a> {
    pub pool: &'a Pool,
    pub texts: Texts<'a>,
    pub removals: &'a Removals,
    /// The index that it was deduplicated against.
    pub index: &'a IndexRows,
}

impl Batch<'_> {
    /// Writes all files but the list of them, which is returned.
    pub(super) fn write(&self, dir: &Path) -> Result<Vec<FileEntry>> {
        let ranks = self.texts.table.file_ranks(self.texts.sources);
        let shards: Vec<(&TableShard, u32)> = self.texts.table.shards.iter().zip(ranks).collect();
        let files = self.pool.map(&shards, |&(at, file)| {
            let source: &Source = &self.texts.sources[at.source];
            let name = Folder::ledger_name(&source.name, &source.shards[at.shard].label);
            let documents = self.documents(at, &dir.join("documents").join(&name))?;
            if self.texts.scan.near {
                self.shingles(at, &dir.join("shingles").join(&name))?;
            }
            Ok(FileEntry { source: source.name.clone(), rank: at.source as u32, file, name, documents })
        })?;
        self.sizes(&dir.join("sizes.parquet"))?;
        Ok(files)
    }

    fn options(&self, plain: Vec<String>) -> TableOptions {
        TableOptions {
            compression: Compression::Lz4,
            plain_columns: plain,
            metadata: versions(),
            ..TableOptions::default()
        }
    }

    /// Of these rows, which stay, and the sizes of the clusters of those that do.
    fn fates(&self, verdicts: &mut Verdicts<'_>, rows: Range<usize>) -> Result<(Vec<bool>, Vec<u32>)> {
        let mut found = verdicts.of_rows(rows.clone())?.iter().peekable();
        let (mut stays, mut sizes) = (Vec::with_capacity(rows.len()), Vec::new());
        for row in rows {
            let verdict = found.next_if(|verdict| verdict.row as usize == row);
            let stay = self.texts.table.kept(row) && verdict.is_none_or(|verdict| verdict.duplicate.is_none());
            stays.push(stay);
            sizes.extend(stay.then(|| verdict.map_or(1, |verdict| verdict.size)));
        }
        Ok((stays, sizes))
    }

    fn documents(&self, at: &TableShard, path: &Path) -> Result<u64> {
        let scan = self.texts.scan;
        let mut fields = vec![
            Field::new("id", DataType::Utf8, false),
            Field::new("bytes", DataType::UInt64, false),
            Field::new("content_hash", DataType::FixedSizeBinary(16), false),
            Field::new("score", DataType::Float64, true),
        ];
        fields.extend(scan.scope.then(|| Field::new("scope", DataType::Utf8, true)));
        let bands: Vec<String> = (0..scan.bands()).map(band_column).collect();
        fields.extend(bands.iter().map(|band| Field::new(band, DataType::UInt64, true)));
        let columns: Vec<String> = fields.iter().map(|field| field.name().clone()).collect();
        let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        fields.push(Field::new("size", DataType::UInt32, false));
        let plain = std::iter::once("content_hash".to_owned()).chain(bands).collect();
        let schema = Schema::new(fields);
        let mut writer = TableWriter::create(path, &schema, &self.options(plain))?;
        let mut verdicts = self.removals.verdicts();
        let mut open = 0;
        at.each_batch(Some(&columns), &mut |first, batch| {
            let (stays, sizes) = self.fates(&mut verdicts, first..first + batch.rows())?;
            open += batch.batch().get_array_memory_size();
            writer.write(&stayed(batch, &columns, stays, sizes).map_err(|e| Error::write(path, e))?)?;
            if open >= GROUP_BYTES {
                open = 0;
                writer.end_row_group()?;
            }
            Ok(())
        })?;
        writer.finish()
    }

    /// The shingle sets of the rows that stay, empty for one that is too short to have any.
    fn shingles(&self, at: &TableShard, path: &Path) -> Result<()> {
        // As bytes, little-endian: a list would have a dictionary of numbers that are all different.
        let schema = Schema::new(vec![Field::new("shingles", DataType::Binary, false)]);
        let plain = vec!["shingles".to_owned()];
        let mut sets = Sets {
            writer: TableWriter::create(path, &schema, &self.options(plain))?,
            builder: BinaryBuilder::new(),
            bytes: Vec::new(),
            held: 0,
            open: 0,
        };
        let mut verdicts = self.removals.verdicts();
        let shard = &self.texts.sources[at.source].shards[at.shard].shard;
        for group in 0..shard.row_groups() {
            let first = at.first + shard.first_row(group) as usize;
            let end = first + shard.group_rows(group) as usize;
            let mut stay: Vec<u32> = Vec::new();
            for from in (first..end).step_by(STEP) {
                let rows = from..(from + STEP).min(end);
                let (stays, _) = self.fates(&mut verdicts, rows.clone())?;
                stay.extend(rows.zip(stays).filter(|(_, stays)| *stays).map(|(row, _)| row as u32));
            }
            let banded: Vec<u32> = stay.iter().copied().filter(|&row| self.texts.table.banded(row as usize)).collect();
            let mut rest = stay.iter().copied().peekable();
            let mut before = |row: Option<u32>, sets: &mut Sets| -> Result<()> {
                while rest.next_if(|&next| Some(next) != row).is_some() {
                    sets.push(&[])?;
                }
                rest.next();
                Ok(())
            };
            if !banded.is_empty() {
                self.texts.each_shingles(at, (group, first), &banded, &mut |row, shingles| {
                    before(Some(row), &mut sets)?;
                    sets.push(shingles)
                })?;
            }
            before(None, &mut sets)?;
        }
        sets.finish()
    }

    /// The clusters of earlier batches that this one made larger.
    fn sizes(&self, path: &Path) -> Result<()> {
        let fields = vec![Field::new("document", DataType::UInt64, false), Field::new("size", DataType::UInt32, false)];
        let schema = Arc::new(Schema::new(fields));
        let mut writer = TableWriter::create(path, &schema, &self.options(Vec::new()))?;
        let mut verdicts = self.removals.verdicts();
        let end = self.index.first + self.index.len();
        for from in (self.index.first..end).step_by(STEP) {
            let found = verdicts.of_rows(from..(from + STEP).min(end))?;
            let documents = UInt64Array::from_iter_values(
                found.iter().map(|verdict| (verdict.row as usize - self.index.first) as u64),
            );
            let sizes = UInt32Array::from_iter_values(found.iter().map(|verdict| verdict.size));
            let batch = RecordBatch::try_new(schema.clone(), vec![Arc::new(documents), Arc::new(sizes)]);
            writer.write(&batch.map_err(|e| Error::write(path, e))?)?;
        }
        writer.finish().map(drop)
    }
}

/// The columns of the rows that stay, and the sizes.
fn stayed(
    batch: &LedgerBatch<'_>,
    columns: &[&str],
    stays: Vec<bool>,
    sizes: Vec<u32>,
) -> Result<RecordBatch, arrow::error::ArrowError> {
    let batch = filter_record_batch(batch.batch(), &BooleanArray::from(stays))?;
    let mut named: Vec<(&str, ArrayRef, bool)> = Vec::new();
    for &name in columns {
        named.push((name, batch.column(batch.schema().index_of(name)?).clone(), true));
    }
    named.push(("size", Arc::new(UInt32Array::from(sizes)), true));
    RecordBatch::try_from_iter_with_nullable(named)
}

/// Shingle sets on their way to a file.
struct Sets {
    writer: TableWriter,
    builder: BinaryBuilder,
    /// Scratch: a set as bytes.
    bytes: Vec<u8>,
    /// Bytes in the builder, and in the open row group.
    held: usize,
    open: usize,
}

impl Sets {
    fn push(&mut self, shingles: &[u64]) -> Result<()> {
        self.bytes.clear();
        self.bytes.extend(shingles.iter().flat_map(|shingle| shingle.to_le_bytes()));
        self.builder.append_value(&self.bytes);
        self.held += 8 * shingles.len() + 8;
        if self.held >= HELD_BYTES { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<()> {
        let sets: ArrayRef = Arc::new(self.builder.finish());
        let batch = RecordBatch::try_from_iter([("shingles", sets)]);
        self.writer.write(&batch.map_err(|e| Error::Unbalanced(format!("shingle sets do not fit together: {e}")))?)?;
        self.open += std::mem::take(&mut self.held);
        if self.open >= GROUP_BYTES {
            self.open = 0;
            self.writer.end_row_group()?;
        }
        Ok(())
    }

    fn finish(mut self) -> Result<()> {
        self.flush()?;
        self.writer.finish().map(drop)
    }
}
