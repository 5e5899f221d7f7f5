//! The emit pass of an output in the order of its input: no spill, and one batch of each shard in memory.

use super::gather::{Failure, PIECE_BYTES};
use super::spill::{row_sizes, with_copies};
use crate::error::{Error, Result};
use crate::io::TableWriter;
use crate::pipeline::emit::{Chosen, Emit, Written};
use crate::pipeline::order::Cut;
use crate::pipeline::table::TableShard;
use crate::pipeline::{Event, Phase};
use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use std::path::Path;

impl Emit<'_> {
    /// Writes the output shards, one on each thread.
    pub(super) fn stream(&self) -> Result<Vec<Written>> {
        self.progress.event(Event::Begin { phase: Phase::Write, total: self.schedule.bytes });
        let shards: Vec<u32> = (0..self.schedule.shards).collect();
        let mut written = Vec::with_capacity(shards.len());
        for some in shards.chunks(self.shards_at_once()) {
            written.extend(self.pool.map(some, |&shard| self.stream_shard(shard))?);
        }
        self.progress.event(Event::End { phase: Phase::Write });
        Ok(written)
    }

    fn stream_shard(&self, shard: u32) -> Result<Written> {
        let (name, path, writer) = self.create_shard(shard)?;
        let mut pieces = Pieces::new(writer, &path, self.config.row_group_bytes);
        let rows = self.schedule.rows_of_shard(shard)?;
        let touched = |at: &&TableShard| at.first < rows.end && at.first + at.rows > rows.start;
        for at in self.rows.shards.iter().filter(touched) {
            let input = &self.sources[at.source].shards[at.shard].shard;
            for group in 0..input.row_groups() {
                self.each_chosen(at, group, rows.clone(), &mut |chosen| {
                    let chosen = self.only_of_shard(chosen, shard);
                    let spills: Vec<u32> = chosen.tickets.iter().map(|ticket| ticket.spill).collect();
                    let copies = chosen.tickets.iter().map(|ticket| ticket.copy);
                    let batch = with_copies(&chosen.batch, &chosen.indices, copies, self.output.added())
                        .map_err(|e| Error::write(&path, e))?;
                    pieces.push(&batch, &spills)?;
                    self.progress.event(Event::Advance { phase: Phase::Write, units: chosen.bytes });
                    Ok(())
                })?;
            }
        }
        let tokens = self.schedule.tokens_of_shard(shard);
        Ok(Written { name, rows: pieces.finish()?, tokens, path })
    }

    /// Without the copies of the first and the last row that belong to the shard before, or the one behind.
    fn only_of_shard(&self, chosen: Chosen, shard: u32) -> Chosen {
        let own = |spill: u32| self.schedule.spills.get(spill as usize).is_some_and(|plan| plan.shard == shard);
        if chosen.tickets.iter().all(|ticket| own(ticket.spill)) {
            return chosen;
        }
        let pairs = chosen.indices.iter().zip(&chosen.tickets).filter(|(_, ticket)| own(ticket.spill));
        let (indices, tickets) = pairs.map(|(&index, &ticket)| (index, ticket)).unzip();
        Chosen { indices, tickets, ..chosen }
    }
}

/// Writes rows as they come, cut into row groups and pieces where `gather` would cut them, so that both give the same bytes.
struct Pieces<'a> {
    writer: TableWriter,
    path: &'a Path,
    group: Cut,
    piece: Cut,
    spill: Option<u32>,
    /// The open piece.
    open: Vec<RecordBatch>,
}

impl Pieces<'_> {
    fn new(writer: TableWriter, path: &Path, group_bytes: u64) -> Pieces<'_> {
        let (group, piece) = (Cut::new(group_bytes), Cut::new(PIECE_BYTES));
        Pieces { writer, path, group, piece, spill: None, open: Vec::new() }
    }

    /// Appends rows, each of the spill that it would have gone to.
    fn push(&mut self, batch: &RecordBatch, spills: &[u32]) -> Result<()> {
        let mut start = 0;
        for (row, (size, &spill)) in row_sizes(batch).into_iter().zip(spills).enumerate() {
            let new_group = self.group.before(size);
            let new_spill = self.spill.is_some_and(|last| last != spill);
            if new_group || new_spill {
                self.piece.restart();
            }
            if self.piece.before(size) || new_group || new_spill {
                self.open.push(batch.slice(start, row - start));
                self.flush()?;
                start = row;
            }
            if new_group {
                self.writer.end_row_group()?;
            }
            self.spill = Some(spill);
        }
        self.open.push(batch.slice(start, batch.num_rows() - start));
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
        let open = std::mem::take(&mut self.open);
        let Some(first) = open.first().filter(|_| open.iter().any(|batch| batch.num_rows() > 0)) else {
            return Ok(());
        };
        let piece = concat_batches(&first.schema(), &open).map_err(|e| Failure::from(e).named(self.path))?;
        self.writer.write(&piece)
    }

    fn finish(mut self) -> Result<u64> {
        self.flush()?;
        self.writer.finish()
    }
}
