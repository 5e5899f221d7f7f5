//! Spill files: chosen rows on their way from input order to output order, each with its place.

use super::output::Output;
use crate::error::{Error, Result};
use crate::io::{Compression, TableOptions, TableWriter, add_row_bytes, to_schema};
use crate::pipeline::order::{SpillPlan, Ticket};
use arrow::array::{ArrayRef, AsArray, RecordBatch, UInt32Array, UInt64Array};
use arrow::compute::take_record_batch;
use arrow::datatypes::{DataType, Field, UInt64Type};
use arrow::error::ArrowError;
use std::ops::Range;
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

pub(super) fn spill_path(dir: &Path, spill: u32) -> PathBuf {
    dir.join(format!("{spill:06}.parquet"))
}

/// A file of several spills.
pub(super) fn bin_path(dir: &Path, bin: u32) -> PathBuf {
    dir.join(format!("bin-{bin:04}.parquet"))
}

/// Files of spilled rows, open; each takes the rows of so many spills. Rows arrive in any order; each carries its spill and its place
/// there, in one number.
pub(super) struct Spills {
    /// Whether rows have a `copy_index` to set.
    copy_index: bool,
    /// Names of the stages, where rows have one to set.
    stages: Vec<String>,
    group_bytes: u64,
    /// The first spill.
    first: u32,
    /// Spills that share a file.
    per_file: u32,
    files: Vec<Mutex<Spill>>,
}

struct Spill {
    writer: TableWriter,
    open_bytes: u64,
}

/// A spill and a place in it as one number, in the order of both.
fn place_in(spill: u32, place: u32) -> u64 {
    u64::from(spill) << 32 | u64::from(place)
}

/// The spill in such a number.
pub(super) fn spill_of(place: u64) -> u32 {
    (place >> 32) as u32
}

impl Spills {
    /// Opens files for a range of spills; `path` names each. `memory` is what all of them may hold of open row groups.
    pub fn create(
        path: impl Fn(u32) -> PathBuf,
        output: &Output,
        spills: Range<u32>,
        per_file: u32,
        memory: Option<u64>,
    ) -> Result<Spills> {
        let mut fields: Vec<Field> = output.schema().fields().iter().map(|f| f.as_ref().clone()).collect();
        fields.push(Field::new(PLACE, DataType::UInt64, false));
        let schema = to_schema(fields);
        let options = TableOptions { compression: Compression::Lz4, scratch: true, ..TableOptions::default() };
        let per_file = per_file.max(1);
        let first = spills.start;
        let open = |file: u32| -> Result<Mutex<Spill>> {
            let writer = TableWriter::create(&path(file), &schema, &options)?;
            Ok(Mutex::new(Spill { writer, open_bytes: 0 }))
        };
        let count = (spills.end - first).div_ceil(per_file);
        let files: Vec<Mutex<Spill>> = (0..count).map(open).collect::<Result<_>>()?;
        let part = memory.map_or(SPILL_GROUP_BYTES, |memory| memory / files.len().max(1) as u64);
        let group_bytes = part.clamp(LEAST_GROUP_BYTES, SPILL_GROUP_BYTES);
        Ok(Spills { copy_index: output.added(), stages: output.stages().to_vec(), group_bytes, first, per_file, files })
    }

    fn file_of(&self, spill: u32) -> u32 {
        spill.saturating_sub(self.first) / self.per_file
    }

    /// Appends, for each ticket, the row of `batch` at the same position of `indices`.
    /// `stage_of` is asked for the stage of a ticket where rows have one.
    pub fn append(
        &self,
        batch: &RecordBatch,
        (indices, tickets): (&[u32], &[Ticket]),
        stage_of: &dyn Fn(&Ticket) -> u32,
    ) -> Result<()> {
        let mut order: Vec<usize> = (0..tickets.len()).collect();
        order.sort_by_key(|&i| self.file_of(tickets[i].spill));
        for run in order.chunk_by(|&a, &b| self.file_of(tickets[a].spill) == self.file_of(tickets[b].spill)) {
            let Some(&first) = run.first() else { continue };
            let rows: Vec<u32> = run.iter().map(|&i| indices[i]).collect();
            let places = run.iter().map(|&i| place_in(tickets[i].spill, tickets[i].place));
            let copies = run.iter().map(|&i| tickets[i].copy);
            let spilled = with_copies(batch, &rows, copies, self.copy_index)
                .and_then(|taken| Output::with_stages(taken, &self.stages, run.iter().map(|&i| stage_of(&tickets[i]))))
                .and_then(|taken| with_places(&taken, UInt64Array::from_iter_values(places)))
                .map_err(|e| Error::Unbalanced(e.to_string()))?;
            self.write(self.file_of(tickets[first].spill), &spilled)?;
        }
        Ok(())
    }

    /// Appends rows that were spilled before, to files of fewer spills.
    pub fn append_spilled(&self, batch: &RecordBatch, places: &[u64]) -> Result<()> {
        let file = |row: u32| self.file_of(places.get(row as usize).map_or(self.first, |&place| spill_of(place)));
        let mut order: Vec<u32> = (0..batch.num_rows() as u32).collect();
        order.sort_by_key(|&row| file(row));
        for run in order.chunk_by(|&a, &b| file(a) == file(b)) {
            let Some(&first) = run.first() else { continue };
            let rows = UInt32Array::from_iter_values(run.iter().copied());
            let taken = take_record_batch(batch, &rows).map_err(|e| Error::Unbalanced(e.to_string()))?;
            self.write(file(first), &taken)?;
        }
        Ok(())
    }

    fn write(&self, file: u32, rows: &RecordBatch) -> Result<()> {
        let Some(file) = self.files.get(file as usize) else { return Ok(()) };
        let bytes: u64 = row_sizes(rows).iter().sum();
        let mut spill = file.lock().unwrap_or_else(PoisonError::into_inner);
        spill.writer.write(rows)?;
        spill.open_bytes += bytes;
        if spill.open_bytes > self.group_bytes {
            spill.writer.end_row_group()?;
            spill.open_bytes = 0;
        }
        Ok(())
    }

    /// Ends all files; `expected` are the spills that they took.
    pub fn finish(self, expected: &[SpillPlan]) -> Result<()> {
        for (file, expected) in self.files.into_iter().zip(expected.chunks(self.per_file as usize)) {
            let rows = file.into_inner().unwrap_or_else(PoisonError::into_inner).writer.finish()?;
            let planned: u64 = expected.iter().map(|plan| plan.rows).sum();
            if rows != planned {
                return Err(Error::Unbalanced(format!("{rows} rows were spilled where {planned} were planned")));
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

/// The places of spilled rows.
pub(super) fn places_of(batch: &RecordBatch) -> Vec<u64> {
    let column = batch.column_by_name(PLACE).and_then(|column| column.as_primitive_opt::<UInt64Type>());
    column.map(|places| places.values().to_vec()).unwrap_or_default()
}
