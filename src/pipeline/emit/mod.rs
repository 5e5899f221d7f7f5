//! The second pass over text: chosen rows are read again and scattered to spill files; `gather` sorts those and writes.
//!
//! ```text
//! input row groups ──take chosen rows, rewrite──► spill 0 … spill N ──sort by place──► train-00000-of-000NN.parquet …
//!    (in parallel)                                 (disk)               (shards in parallel, one spill in memory each)
//! ```
//!
//! Where the output keeps the order of the input, rows go from one to the other without a spill (`stream`).

mod gather;
mod output;
mod spill;
mod stream;

pub(super) use gather::SHARD_MEMORY;
pub(super) use output::Output;

use super::job::Folder;
use super::order::{Schedule, Ticket};
use super::scan::text_id;
use super::table::{Rows, TableShard};
use super::{Event, InputShard, Phase, Pool, Progress, Source};
use crate::error::{Error, Result};
use crate::io::{Compression, Shard, remove_dir};
use crate::ledger::Tally;
use crate::recipe::Order;
use crate::report::Licences;
use crate::text::Analyzer;
use arrow::array::RecordBatch;
use spill::{Spills, bin_path, places_of, spill_path};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

/// Spill files that are open at once; systems allow a process some 1,000 files.
const MAX_OPEN: u32 = 512;

/// How output is written.
#[derive(Debug, Clone)]
pub struct EmitConfig {
    /// Page compression.
    pub compression: Compression,
    /// Ranks that the output is dealt over, each with an order and files of its own; 1 for one order of all.
    pub ranks: u32,
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
    /// Their tokens.
    pub tokens: u64,
    /// The file.
    pub path: PathBuf,
}

/// Everything that emitting works on.
pub(super) struct Emit<'a> {
    pub pool: &'a Pool,
    pub folder: &'a Folder,
    pub sources: &'a [Source],
    pub rows: &'a Rows,
    pub output: &'a Output,
    pub schedule: &'a Schedule,
    pub order: Order,
    pub config: &'a EmitConfig,
    pub progress: &'a dyn Progress,
    /// What is emitted under which licence.
    pub licences: Mutex<Licences>,
}

/// Chosen rows of a batch, in the columns of the output.
pub(super) struct Chosen {
    /// Each row once.
    pub batch: RecordBatch,
    /// For each ticket, its row in the batch.
    pub indices: Vec<u32>,
    pub tickets: Vec<Ticket>,
    /// Bytes of text in the batch.
    pub bytes: u64,
}

impl Emit<'_> {
    /// Writes every output shard into `work/emit/data`.
    ///
    /// # Errors
    /// The first failure to read or write, naming the file; [`Error::Unbalanced`] if a row's text is not what was scanned.
    pub fn run(&self) -> Result<Vec<Written>> {
        if self.order == Order::Input {
            return self.stream();
        }
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

    /// Sends every chosen row to its spill: at once where all spills may be open together, else by way of files of several spills each.
    fn scatter(&self) -> Result<()> {
        let (progress, dir) = (self.progress, self.spill_dir());
        let all = 0..self.schedule.spills.len() as u32;
        let per_bin = all.end.div_ceil(MAX_OPEN);
        let path = |file| if per_bin > 1 { bin_path(&dir, file) } else { spill_path(&dir, file) };
        let memory = self.config.memory.map(|memory| memory / 8);
        let spills = Spills::create(path, self.output, all.clone(), per_bin, memory)?;
        progress.event(Event::Begin { phase: Phase::Scatter, total: self.schedule.bytes });
        let groups = |at: &'_ TableShard| 0..self.sources[at.source].shards[at.shard].shard.row_groups();
        let tasks: Vec<(&TableShard, usize)> =
            self.rows.shards.iter().flat_map(|at| groups(at).map(move |group| (at, group))).collect();
        self.pool.map(&tasks, |&(at, group)| {
            self.each_chosen(at, group, 0..usize::MAX, &mut |chosen| {
                let pairs = (chosen.indices.as_slice(), chosen.tickets.as_slice());
                spills.append(&chosen.batch, pairs, &|ticket| self.schedule.stage_of(ticket))?;
                progress.event(Event::Advance { phase: Phase::Scatter, units: chosen.bytes });
                Ok(())
            })
        })?;
        spills.finish(&self.schedule.spills)?;
        if per_bin > 1 {
            // One at a time, since each opens as many files as it has spills.
            (0..all.end.div_ceil(per_bin)).try_for_each(|bin| self.scatter_bin(bin, per_bin))?;
        }
        progress.event(Event::End { phase: Phase::Scatter });
        Ok(())
    }

    fn scatter_bin(&self, bin: u32, per_bin: u32) -> Result<()> {
        let (dir, end) = (self.spill_dir(), self.schedule.spills.len() as u32);
        let first = bin * per_bin;
        let range = first..(first + per_bin).min(end);
        let memory = self.config.memory.map(|memory| memory / 8);
        let spills = Spills::create(|file| spill_path(&dir, first + file), self.output, range.clone(), 1, memory)?;
        let path = bin_path(&dir, bin);
        let file = Shard::open(&path)?;
        let groups: Vec<usize> = (0..file.row_groups()).collect();
        self.pool.map(&groups, |&group| {
            for batch in file.read_roots(group, None, None, self.config.batch_bytes)? {
                let batch = batch?;
                let places = places_of(&batch);
                spills.append_spilled(&batch, &places)?;
            }
            Ok(())
        })?;
        let expected = self.schedule.spills.get(range.start as usize..range.end as usize).unwrap_or_default();
        spills.finish(expected)?;
        std::fs::remove_file(&path).map_err(|e| Error::write(&path, e))
    }

    /// Reads the chosen rows of a row group again, those numbered within `range`, batch by batch.
    pub(super) fn each_chosen(
        &self,
        at: &TableShard,
        group: usize,
        range: Range<usize>,
        each: &mut dyn FnMut(Chosen) -> Result<()>,
    ) -> Result<()> {
        let source = &self.sources[at.source];
        let input = &source.shards[at.shard];
        let first = at.first + input.shard.first_row(group) as usize;
        let end = (first + input.shard.group_rows(group) as usize).min(range.end);
        let from = first.max(range.start);
        let mut rest = self.schedule.of_rows(from, end.saturating_sub(from))?;
        let (mut tickets, mut wanted) = (Vec::new(), Vec::new());
        while let Some(ticket) = rest.next_before(end)? {
            wanted.push((ticket.row as usize - first) as u64);
            tickets.push(ticket);
        }
        wanted.dedup();
        if wanted.is_empty() {
            return Ok(());
        }
        let mut analyzer = Analyzer::new();
        let mut rest = tickets.as_slice();
        let mut done = 0;
        for batch in input.shard.read_roots(group, None, Some(&wanted), self.config.batch_bytes)? {
            let batch = batch?;
            let rows = &wanted[done..(done + batch.num_rows()).min(wanted.len())];
            done += rows.len();
            let last = rows.last().map_or(0, |&r| first + r as usize);
            let (now, later) = rest.split_at(rest.partition_point(|t| t.row as usize <= last));
            rest = later;
            each(self.choose(source, input, &batch, first, now, &mut analyzer)?)?;
        }
        match done == wanted.len() {
            true => Ok(()),
            false => Err(Error::Unbalanced(format!("{}: rows that were scanned are gone", input.label))),
        }
    }

    /// Rewrites and converts the rows of one batch, which are those of the tickets; `first` is the number of their group's first row.
    fn choose(
        &self,
        source: &Source,
        input: &InputShard,
        batch: &RecordBatch,
        first: usize,
        tickets: &[Ticket],
        analyzer: &mut Analyzer,
    ) -> Result<Chosen> {
        let strings = input.text.bind(batch)?;
        let facts = input.facts.bind(batch)?;
        let given = input.id.as_ref().map(|c| c.bind(batch)).transpose()?;
        let licences = input.license.as_ref().map(|c| c.bind(batch)).transpose()?;
        let mut texts = Vec::with_capacity(batch.num_rows());
        let mut ids = Vec::with_capacity(batch.num_rows());
        // One output row per ticket: a row of three copies is taken three times.
        let mut indices = Vec::with_capacity(tickets.len());
        let (mut bytes, mut licensed) = (0, Licences::default());
        for (i, same) in tickets.chunk_by(|a, b| a.row == b.row).enumerate() {
            let Some(ticket) = same.first() else { continue };
            let text = strings.get(i).unwrap_or_default();
            let new = ticket.rewritten().then(|| source.rewrite(analyzer, text, facts.get(i)).into_owned());
            let size = new.as_ref().map_or(text.len(), String::len) as u64;
            if size != ticket.bytes() {
                let (label, row, was) = (&input.label, ticket.row as usize - first, ticket.bytes());
                let what = format!("{label}, row {row} of a group: had {was} bytes of text when scanned, {size} now");
                return Err(Error::Unbalanced(what));
            }
            bytes += size;
            texts.push(new);
            let id = given.as_ref().and_then(|ids| ids.get(i));
            ids.push(id.map_or_else(|| text_id(text), str::to_owned));
            indices.extend(same.iter().map(|_| i as u32));
            if input.licensed {
                let copies = same.len() as u64;
                let tally = Tally { rows: copies, bytes: copies * size, tokens: copies * ticket.tokens };
                let licence = licences.as_ref().and_then(|licences| licences.get(i));
                licensed.add(&source.name, licence, &tally)?;
            }
        }
        if input.licensed {
            self.licences.lock().unwrap_or_else(PoisonError::into_inner).merge(licensed)?;
        }
        let zeros = vec![0; texts.len()];
        let batch = self.output.convert(source, input, batch, &ids, &texts, &zeros)?;
        Ok(Chosen { batch, indices, tickets: tickets.to_vec(), bytes })
    }
}
