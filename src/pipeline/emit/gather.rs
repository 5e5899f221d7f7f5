//! The end of the emit pass: each spill is sorted in memory by place, and output shards are written from their spills in order.

use super::spill::{PLACE, places_of, row_sizes, spill_path};
use crate::error::{Error, Result};
use crate::io::{Shard, TableOptions, TableWriter};
use crate::pipeline::emit::{Emit, Written};
use crate::pipeline::order::Cut;
use crate::pipeline::{Event, Phase};
use arrow::array::RecordBatch;
use arrow::compute::interleave_record_batch;
use std::path::{Path, PathBuf};

/// Rows are put in order and encoded in pieces of about so many bytes.
pub(super) const PIECE_BYTES: u64 = 8 << 20;
/// What a shard being written takes in memory: a spill decoded, its pieces, the row group being encoded.
pub(in crate::pipeline) const SHARD_MEMORY: u64 = 192 << 20;

/// One spill in memory: its batches, and its rows in order of place.
struct Sorted {
    batches: Vec<RecordBatch>,
    /// Batch and row.
    order: Vec<(usize, usize)>,
}

impl Emit<'_> {
    /// Writes the output shards, as many at once as threads and memory allow.
    pub(super) fn gather(&self) -> Result<Vec<Written>> {
        self.progress.event(Event::Begin { phase: Phase::Write, total: self.schedule.bytes });
        let shards: Vec<u32> = (0..self.schedule.shards).collect();
        let mut written = Vec::with_capacity(shards.len());
        for some in shards.chunks(self.shards_at_once()) {
            written.extend(self.pool.map(some, |&shard| self.gather_shard(shard))?);
        }
        self.progress.event(Event::End { phase: Phase::Write });
        Ok(written)
    }

    /// Output shards that are written at once: as many as threads and memory allow.
    pub(super) fn shards_at_once(&self) -> usize {
        let at_once = self.config.memory.map_or(usize::MAX, |m| (m / SHARD_MEMORY).max(1) as usize);
        at_once.min(self.pool.threads()).max(1)
    }

    /// Begins an output shard: its name, its file, and the writer.
    pub(super) fn create_shard(&self, shard: u32) -> Result<(String, PathBuf, TableWriter)> {
        let name = self.schedule.name_of(shard);
        let path = Self::data_dir(self.folder).join(&name);
        let options = TableOptions {
            compression: self.config.compression,
            metadata: vec![("mashbill.version", env!("CARGO_PKG_VERSION").to_owned())],
            plain_columns: vec![self.output.text().to_owned()],
            ..TableOptions::default()
        };
        let writer = TableWriter::create(&path, self.output.schema(), &options)?;
        Ok((name, path, writer))
    }

    fn gather_shard(&self, shard: u32) -> Result<Written> {
        let (name, path, mut writer) = self.create_shard(shard)?;
        let mut group = Cut::new(self.config.row_group_bytes);
        let spills = self.schedule.spills.iter().enumerate().filter(|(_, plan)| plan.shard == shard);
        for (spill, _) in spills {
            let sorted = self.sort_spill(spill as u32)?;
            self.write_in_order(&sorted, &mut group, &mut writer).map_err(|e| e.named(&path))?;
        }
        Ok(Written { name, rows: writer.finish()?, tokens: self.schedule.tokens_of_shard(shard), path })
    }

    fn sort_spill(&self, spill: u32) -> Result<Sorted> {
        let path = spill_path(&self.spill_dir(), spill);
        let file = Shard::open(&path)?;
        let mut batches = Vec::new();
        let mut queue: Vec<(u64, usize, usize)> = Vec::new();
        for group in 0..file.row_groups() {
            for batch in file.read_roots(group, None, None, self.config.batch_bytes)? {
                let mut batch = batch?;
                let place = batch.schema().index_of(PLACE).map_err(|e| Error::read(&path, Some(group), e))?;
                let places = places_of(&batch);
                batch.remove_column(place);
                queue.extend(places.into_iter().enumerate().map(|(row, place)| (place, batches.len(), row)));
                batches.push(batch);
            }
        }
        queue.sort_unstable();
        Ok(Sorted { batches, order: queue.into_iter().map(|(_, batch, row)| (batch, row)).collect() })
    }

    /// Cuts depend on the rows alone, never on how they were batched before.
    fn write_in_order(&self, sorted: &Sorted, group: &mut Cut, writer: &mut TableWriter) -> Result<(), Failure> {
        let sizes: Vec<Vec<u64>> = sorted.batches.iter().map(row_sizes).collect();
        let batches: Vec<&RecordBatch> = sorted.batches.iter().collect();
        let (mut piece, mut bytes, mut cut) = (Vec::new(), 0, Cut::new(PIECE_BYTES));
        let flush =
            |piece: &mut Vec<(usize, usize)>, bytes: &mut u64, writer: &mut TableWriter| -> Result<(), Failure> {
                if !piece.is_empty() {
                    writer.write(&interleave_record_batch(&batches, piece)?)?;
                    self.progress.event(Event::Advance { phase: Phase::Write, units: *bytes });
                    piece.clear();
                    *bytes = 0;
                }
                Ok(())
            };
        for &(batch, row) in &sorted.order {
            let size = sizes[batch][row];
            let new_group = group.before(size);
            if new_group {
                cut.restart();
            }
            if cut.before(size) || new_group {
                flush(&mut piece, &mut bytes, writer)?;
            }
            if new_group {
                writer.end_row_group()?;
            }
            piece.push((batch, row));
            bytes += size;
        }
        flush(&mut piece, &mut bytes, writer)
    }
}

/// Either side's error, until the file's name is at hand.
pub(super) enum Failure {
    Ours(Error),
    Arrow(arrow::error::ArrowError),
}

impl Failure {
    pub(super) fn named(self, path: &Path) -> Error {
        match self {
            Failure::Ours(e) => e,
            Failure::Arrow(e) => Error::write(path, e),
        }
    }
}

impl From<Error> for Failure {
    fn from(e: Error) -> Self {
        Failure::Ours(e)
    }
}

impl From<arrow::error::ArrowError> for Failure {
    fn from(e: arrow::error::ArrowError) -> Self {
        Failure::Arrow(e)
    }
}
