//! The second pass over text: chosen rows are read again and scattered to spill files; `gather` sorts those and writes.
//!
//! ```text
//! input row groups ──take chosen rows, rewrite──► spill 0 … spill N ──sort by place──► train-00000-of-000NN.parquet …
//!    (in parallel)                                 (disk)               (shards in parallel, one spill in memory each)
//! ```

use super::job::Folder;
use super::order::{Schedule, Ticket};
use super::output::Output;
use super::scan::text_id;
use super::spill::Spills;
use super::table::{Table, TableShard};
use super::{Event, Phase, Pool, Progress, Source};
use crate::error::{Error, Result};
use crate::io::{Compression, remove_dir};
use crate::text::Analyzer;
use arrow::array::RecordBatch;
use std::path::PathBuf;

/// How output is written.
#[derive(Debug, Clone)]
pub struct EmitConfig {
    /// Page compression.
    pub compression: Compression,
    /// About how many bytes of text an output shard holds.
    pub shard_bytes: u64,
    /// About how many bytes of columns, uncompressed, a row group holds.
    pub row_group_bytes: u64,
    /// About how many uncompressed bytes of columns are decoded at a time, per thread.
    pub batch_bytes: usize,
    /// Memory that writing may take, in bytes; `None` for as much as one shard per thread takes.
    pub memory: Option<u64>,
}

/// An output shard that is whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// File name within the data folder.
    pub name: String,
    /// Rows.
    pub rows: u64,
    /// The file.
    pub path: PathBuf,
}

/// Everything that emitting works on.
pub(super) struct Emit<'a> {
    pub pool: &'a Pool,
    pub folder: &'a Folder,
    pub sources: &'a [Source],
    pub table: &'a Table,
    pub output: &'a Output,
    pub schedule: &'a Schedule,
    pub config: &'a EmitConfig,
    pub progress: &'a dyn Progress,
}

impl Emit<'_> {
    /// Writes every output shard into `work/emit/data`.
    ///
    /// # Errors
    /// The first failure to read or write, naming the file; [`Error::Unbalanced`] if a row's text is not what was scanned.
    pub fn run(&self) -> Result<Vec<Written>> {
        self.scatter()?;
        let written = self.gather()?;
        remove_dir(&self.spill_dir())?;
        Ok(written)
    }

    /// Where finished shards wait for the rest.
    pub fn data_dir(folder: &Folder) -> PathBuf {
        folder.work().join("emit").join("data")
    }

    pub(super) fn spill_dir(&self) -> PathBuf {
        self.folder.work().join("emit").join("spill")
    }

    fn scatter(&self) -> Result<()> {
        let progress = self.progress;
        let spills = Spills::create(&self.spill_dir(), self.output, self.schedule.spills.len(), self.config.memory)?;
        progress.event(Event::Begin { phase: Phase::Scatter, total: self.schedule.bytes });
        let groups = |at: &'_ TableShard| 0..self.sources[at.source].shards[at.shard].shard.row_groups();
        let tasks: Vec<(&TableShard, usize)> =
            self.table.shards.iter().flat_map(|at| groups(at).map(move |group| (at, group))).collect();
        self.pool.map(&tasks, |&(at, group)| self.scatter_group(&self.sources[at.source], at, group, &spills))?;
        spills.finish(&self.schedule.spills)?;
        progress.event(Event::End { phase: Phase::Scatter });
        Ok(())
    }

    fn scatter_group(&self, source: &Source, at: &TableShard, group: usize, spills: &Spills) -> Result<()> {
        let input = &source.shards[at.shard];
        let first = at.first + input.shard.first_row(group) as usize;
        let tickets = self.schedule.of_rows(first, input.shard.group_rows(group) as usize);
        let mut wanted: Vec<u64> = tickets.iter().map(|t| (t.row as usize - first) as u64).collect();
        wanted.dedup();
        if wanted.is_empty() {
            return Ok(());
        }
        let mut analyzer = Analyzer::new();
        let mut rest = tickets;
        let mut done = 0;
        for batch in input.shard.read_roots(group, None, Some(&wanted), self.config.batch_bytes)? {
            let batch = batch?;
            let rows = &wanted[done..(done + batch.num_rows()).min(wanted.len())];
            done += rows.len();
            let last = rows.last().map_or(0, |&r| first + r as usize);
            let (now, later) = rest.split_at(rest.partition_point(|t| t.row as usize <= last));
            rest = later;
            self.scatter_batch(source, at, &batch, (first, rows), now, &mut analyzer, spills)?;
        }
        match done == wanted.len() {
            true => Ok(()),
            false => Err(Error::Unbalanced(format!("{}: rows that were scanned are gone", input.label))),
        }
    }

    /// Rewrites and converts the rows of one batch, and appends each copy to its spill.
    #[expect(clippy::too_many_arguments, reason = "the loop's state, handed to its body")]
    fn scatter_batch(
        &self,
        source: &Source,
        at: &TableShard,
        batch: &RecordBatch,
        (first, rows): (usize, &[u64]),
        tickets: &[Ticket],
        analyzer: &mut Analyzer,
        spills: &Spills,
    ) -> Result<()> {
        let input = &source.shards[at.shard];
        let strings = input.text.bind(batch)?;
        let facts = input.facts.bind(batch)?;
        let given = input.id.as_ref().map(|c| c.bind(batch)).transpose()?;
        let mut texts = Vec::with_capacity(rows.len());
        let mut ids = Vec::with_capacity(rows.len());
        let mut bytes = 0;
        for (i, &row) in rows.iter().enumerate() {
            let number = first + row as usize;
            let text = strings.get(i).unwrap_or_default();
            let new =
                self.table.rewritten(number).then(|| source.rewrite(analyzer, text, facts.get(i)).into_owned());
            let size = new.as_ref().map_or(text.len(), String::len) as u64;
            if size != self.table.bytes(number) {
                let (label, was) = (&input.label, self.table.bytes(number));
                let what = format!("{label}, row {row} of a group: had {was} bytes of text when scanned, {size} now");
                return Err(Error::Unbalanced(what));
            }
            bytes += size;
            texts.push(new);
            let id = given.as_ref().and_then(|ids| ids.get(i));
            ids.push(id.map_or_else(|| text_id(text), str::to_owned));
        }
        // One output row per ticket: a row of three copies is taken three times.
        let mut indices = Vec::with_capacity(tickets.len());
        for ticket in tickets {
            let group_row = (ticket.row as usize - first) as u64;
            indices.push(rows.partition_point(|&r| r < group_row) as u32);
        }
        let zeros = vec![0; rows.len()];
        let converted = self.output.convert(source, input, batch, &ids, &texts, &zeros)?;
        spills.append(&converted, &indices, tickets)?;
        self.progress.event(Event::Advance { phase: Phase::Scatter, units: bytes });
        Ok(())
    }
}
