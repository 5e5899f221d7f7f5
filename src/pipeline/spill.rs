//! Spill files: chosen rows on their way from input order to output order, each with its place.

use super::order::{SpillPlan, Ticket};
use super::output::Output;
use crate::error::{Error, Result};
use crate::io::{Compression, TableOptions, TableWriter, add_row_bytes, to_schema};
use arrow::array::{ArrayRef, RecordBatch, UInt32Array, UInt64Array};
use arrow::compute::take_record_batch;
use arrow::datatypes::{DataType, Field};
use arrow::error::ArrowError;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Column of spill files that says where a row goes.
pub(super) const PLACE: &str = "__mashbill_place";
/// A spill's open row group is ended at so many bytes at most, so that many open spills stay small in memory …
const SPILL_GROUP_BYTES: u64 = 4 << 20;
/// … and, with a budget, at their part of an eighth of it, but not below this.
const LEAST_GROUP_BYTES: u64 = 64 << 10;

pub(super) fn row_sizes(batch: &RecordBatch) -> Vec<u64> {
    let mut sizes = vec![0; batch.num_rows()];
    for column in batch.columns() {
        add_row_bytes(column, &mut sizes);
    }
    sizes
}

pub(super) fn spill_path(dir: &Path, spill: usize) -> PathBuf {
    dir.join(format!("{spill:05}.parquet"))
}

/// All spill files, open. Rows arrive in any order; each carries its place.
pub(super) struct Spills {
    /// Whether rows have a `copy_index` to set.
    copy_index: bool,
    group_bytes: u64,
    files: Vec<Mutex<Spill>>,
}

struct Spill {
    writer: TableWriter,
    open_bytes: u64,
}

impl Spills {
    pub fn create(dir: &Path, output: &Output, spills: usize, memory: Option<u64>) -> Result<Spills> {
        let mut fields: Vec<Field> = output.schema().fields().iter().map(|f| f.as_ref().clone()).collect();
        fields.push(Field::new(PLACE, DataType::UInt64, false));
        let schema = to_schema(fields);
        let options = TableOptions {
            compression: Compression::Lz4,
            plain_columns: vec![output.text().to_owned()],
            ..TableOptions::default()
        };
        let open = |spill| -> Result<Mutex<Spill>> {
            let writer = TableWriter::create(&spill_path(dir, spill), &schema, &options)?;
            Ok(Mutex::new(Spill { writer, open_bytes: 0 }))
        };
        let files = (0..spills).map(open).collect::<Result<_>>()?;
        let part = memory.map_or(SPILL_GROUP_BYTES, |memory| memory / 8 / spills.max(1) as u64);
        let group_bytes = part.clamp(LEAST_GROUP_BYTES, SPILL_GROUP_BYTES);
        Ok(Spills { copy_index: output.added(), group_bytes, files })
    }

    /// Appends, for each ticket, the row of `batch` at the same position of `indices`.
    pub fn append(&self, batch: &RecordBatch, indices: &[u32], tickets: &[Ticket]) -> Result<()> {
        let mut order: Vec<usize> = (0..tickets.len()).collect();
        order.sort_by_key(|&i| tickets[i].spill);
        for run in order.chunk_by(|&a, &b| tickets[a].spill == tickets[b].spill) {
            let Some(file) = run.first().and_then(|&i| self.files.get(tickets[i].spill as usize)) else {
                continue;
            };
            let rows: Vec<u32> = run.iter().map(|&i| indices[i]).collect();
            let places = UInt64Array::from_iter_values(run.iter().map(|&i| u64::from(tickets[i].place)));
            let copies = run.iter().map(|&i| tickets[i].copy);
            let spilled = with_copies(batch, &rows, copies, self.copy_index)
                .and_then(|taken| with_places(&taken, places))
                .map_err(|e| Error::Unbalanced(e.to_string()))?;
            let bytes: u64 = row_sizes(&spilled).iter().sum();
            let mut spill = file.lock().unwrap_or_else(PoisonError::into_inner);
            spill.writer.write(&spilled)?;
            spill.open_bytes += bytes;
            if spill.open_bytes > self.group_bytes {
                spill.writer.end_row_group()?;
                spill.open_bytes = 0;
            }
        }
        Ok(())
    }

    pub fn finish(self, expected: &[SpillPlan]) -> Result<()> {
        for (file, expected) in self.files.into_iter().zip(expected) {
            let rows = file.into_inner().unwrap_or_else(PoisonError::into_inner).writer.finish()?;
            if rows != expected.rows {
                return Err(Error::Unbalanced(format!(
                    "{rows} rows were spilled where {} were planned",
                    expected.rows
                )));
            }
        }
        Ok(())
    }
}

/// The rows at these positions, each with the number of its copy where rows have one.
pub(super) fn with_copies(
    batch: &RecordBatch,
    rows: &[u32],
    copies: impl Iterator<Item = u32>,
    copy_index: bool,
) -> Result<RecordBatch, ArrowError> {
    // Mostly every row is taken once.
    let whole = rows.len() == batch.num_rows() && rows.iter().enumerate().all(|(i, &row)| row as usize == i);
    let taken = if whole {
        batch.clone()
    } else {
        take_record_batch(batch, &UInt32Array::from_iter_values(rows.iter().copied()))?
    };
    let at = if copy_index { taken.schema().index_of("copy_index").ok() } else { None };
    let Some(at) = at else { return Ok(taken) };
    let mut columns: Vec<ArrayRef> = taken.columns().to_vec();
    columns[at] = Arc::new(UInt32Array::from_iter_values(copies));
    RecordBatch::try_new(taken.schema(), columns)
}

/// The rows with the place column appended.
fn with_places(batch: &RecordBatch, places: UInt64Array) -> Result<RecordBatch, ArrowError> {
    let mut fields: Vec<Field> = batch.schema().fields().iter().map(|f| f.as_ref().clone()).collect();
    let mut columns: Vec<ArrayRef> = batch.columns().to_vec();
    fields.push(Field::new(PLACE, DataType::UInt64, false));
    columns.push(Arc::new(places));
    RecordBatch::try_new(to_schema(fields), columns)
}
