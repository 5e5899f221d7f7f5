//! The second pass over text: chosen rows are read again, scattered to a spill file per output shard, gathered in order, written.
//!
//! ```text
//! input row groups ──take chosen rows, rewrite──► spill 0 … spill N ──sort by place──► train-00000-of-000NN.parquet …
//!    (in parallel)                                 (disk)               (in parallel, one shard in memory per thread)
//! ```

use super::job::Folder;
use super::order::{Schedule, Ticket};
use super::output::Output;
use super::table::{Table, TableShard};
use super::{Event, Phase, Pool, Progress, Source};
use crate::error::{Error, Result};
use crate::io::{Compression, Shard, TableOptions, TableWriter, add_row_bytes, remove_dir, to_schema};
use crate::text::Analyzer;
use arrow::array::{ArrayRef, AsArray, RecordBatch, UInt32Array, UInt64Array};
use arrow::compute::{interleave_record_batch, take_record_batch};
use arrow::datatypes::{DataType, Field, UInt64Type};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Column of spill files that says where a row goes.
const PLACE: &str = "__mashbill_place";
/// A spill's open row group is ended at so many bytes, so that many open spills stay small in memory.
const SPILL_GROUP_BYTES: u64 = 4 << 20;
/// Rows are put in order and encoded in pieces of about so many bytes.
const PIECE_BYTES: u64 = 8 << 20;

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
    /// Memory that gathering may take, in bytes; `None` for as much as one shard per thread takes.
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

    fn spill_dir(&self) -> PathBuf {
        self.folder.work().join("emit").join("spill")
    }

    fn scatter(&self) -> Result<()> {
        let progress = self.progress;
        let spills = Spills::create(&self.spill_dir(), self.output, self.schedule.shard_rows.len())?;
        progress.event(Event::Begin { phase: Phase::Scatter, total: self.schedule.bytes });
        self.pool.map(&self.table.shards, |at| {
            let source = &self.sources[at.source];
            let shard = &source.shards[at.shard].shard;
            let groups: Vec<usize> = (0..shard.row_groups()).collect();
            self.pool.map(&groups, |&group| self.scatter_group(source, at, group, &spills))?;
            Ok(())
        })?;
        spills.finish(&self.schedule.shard_rows)?;
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
        let mut texts = Vec::with_capacity(rows.len());
        let mut ids = Vec::with_capacity(rows.len());
        let mut bytes = 0;
        for (i, &row) in rows.iter().enumerate() {
            let number = first + row as usize;
            let scanned = &self.table.rows[number];
            let text = strings.get(i).unwrap_or_default();
            let new = scanned.rewritten.then(|| source.chain.rewrite(analyzer, text).into_owned());
            let size = new.as_ref().map_or(text.len(), String::len) as u64;
            if size != scanned.bytes {
                let (label, was) = (&input.label, scanned.bytes);
                let what = format!("{label}, row {row} of a group: had {was} bytes of text when scanned, {size} now");
                return Err(Error::Unbalanced(what));
            }
            bytes += size;
            texts.push(new);
            ids.push(self.table.id(number).to_owned());
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

    fn gather(&self) -> Result<Vec<Written>> {
        self.progress.event(Event::Begin { phase: Phase::Write, total: self.schedule.bytes });
        let shards: Vec<usize> = (0..self.schedule.shard_rows.len()).collect();
        // A shard in memory is its spill, decoded, and the row group being encoded: about twice its text.
        let at_once =
            self.config.memory.map_or(usize::MAX, |m| (m / (2 * self.config.shard_bytes).max(1)).max(1) as usize);
        let mut written = Vec::with_capacity(shards.len());
        for some in shards.chunks(at_once.min(self.pool.threads()).max(1)) {
            written.extend(self.pool.map(some, |&shard| self.gather_shard(shard))?);
        }
        self.progress.event(Event::End { phase: Phase::Write });
        Ok(written)
    }

    fn gather_shard(&self, shard: usize) -> Result<Written> {
        let spill_path = spill_path(&self.spill_dir(), shard);
        let spill = Shard::open(&spill_path)?;
        let mut batches = Vec::new();
        let mut queue: Vec<(u64, usize, usize)> = Vec::new();
        for group in 0..spill.row_groups() {
            for batch in spill.read_roots(group, None, None, self.config.batch_bytes)? {
                let mut batch = batch?;
                let place = batch.schema().index_of(PLACE).map_err(|e| Error::read(&spill_path, Some(group), e))?;
                let places = batch.remove_column(place);
                let places = places.as_primitive_opt::<UInt64Type>().map(|p| p.values().to_vec()).unwrap_or_default();
                queue.extend(places.into_iter().enumerate().map(|(row, place)| (place, batches.len(), row)));
                batches.push(batch);
            }
        }
        queue.sort_unstable();
        let name = format!("train-{shard:05}-of-{:05}.parquet", self.schedule.shard_rows.len());
        let path = Self::data_dir(self.folder).join(&name);
        let options = TableOptions {
            compression: self.config.compression,
            metadata: vec![("mashbill.version", env!("CARGO_PKG_VERSION").to_owned())],
            plain_columns: vec![self.output.text().to_owned()],
        };
        let mut writer = TableWriter::create(&path, self.output.schema(), &options)?;
        self.write_in_order(&batches, &queue, &mut writer).map_err(|e| match e {
            Failure::Ours(e) => e,
            Failure::Arrow(e) => Error::write(&path, e),
        })?;
        Ok(Written { name, rows: writer.finish()?, path })
    }

    fn write_in_order(
        &self,
        batches: &[RecordBatch],
        queue: &[(u64, usize, usize)],
        writer: &mut TableWriter,
    ) -> Result<(), Failure> {
        let sizes: Vec<Vec<u64>> = batches.iter().map(row_sizes).collect();
        let sources: Vec<&RecordBatch> = batches.iter().collect();
        let (mut piece, mut piece_bytes, mut group_bytes) = (Vec::new(), 0, 0);
        let flush = |piece: &mut Vec<(usize, usize)>, writer: &mut TableWriter| -> Result<(), Failure> {
            if !piece.is_empty() {
                writer.write(&interleave_record_batch(&sources, piece)?)?;
                piece.clear();
            }
            Ok(())
        };
        for &(_, batch, row) in queue {
            let size = sizes[batch][row];
            // Cuts depend on the rows alone, never on how they were batched before.
            if group_bytes > 0 && group_bytes + size > self.config.row_group_bytes {
                flush(&mut piece, writer)?;
                writer.end_row_group()?;
                self.progress.event(Event::Advance { phase: Phase::Write, units: group_bytes });
                (piece_bytes, group_bytes) = (0, 0);
            }
            if piece_bytes > 0 && piece_bytes + size > PIECE_BYTES {
                flush(&mut piece, writer)?;
                piece_bytes = 0;
            }
            piece.push((batch, row));
            piece_bytes += size;
            group_bytes += size;
        }
        flush(&mut piece, writer)?;
        self.progress.event(Event::Advance { phase: Phase::Write, units: group_bytes });
        Ok(())
    }
}

/// Either side's error, until the file's name is at hand.
enum Failure {
    Ours(Error),
    Arrow(arrow::error::ArrowError),
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

fn row_sizes(batch: &RecordBatch) -> Vec<u64> {
    let mut sizes = vec![0; batch.num_rows()];
    for column in batch.columns() {
        add_row_bytes(column, &mut sizes);
    }
    sizes
}

fn spill_path(dir: &Path, shard: usize) -> PathBuf {
    dir.join(format!("{shard:05}.parquet"))
}

/// One open file per output shard. Rows arrive in any order; each carries its place.
struct Spills {
    /// Whether rows have a `copy_index` to set.
    copy_index: bool,
    files: Vec<Mutex<Spill>>,
}

struct Spill {
    writer: TableWriter,
    open_bytes: u64,
}

impl Spills {
    fn create(dir: &Path, output: &Output, shards: usize) -> Result<Spills> {
        let mut fields: Vec<Field> = output.schema().fields().iter().map(|f| f.as_ref().clone()).collect();
        fields.push(Field::new(PLACE, DataType::UInt64, false));
        let schema = to_schema(fields);
        let options = TableOptions {
            compression: Compression::Lz4,
            plain_columns: vec![output.text().to_owned()],
            ..TableOptions::default()
        };
        let open = |shard| -> Result<Mutex<Spill>> {
            let writer = TableWriter::create(&spill_path(dir, shard), &schema, &options)?;
            Ok(Mutex::new(Spill { writer, open_bytes: 0 }))
        };
        let files = (0..shards).map(open).collect::<Result<_>>()?;
        Ok(Spills { copy_index: output.added(), files })
    }

    /// Appends, for each ticket, the row of `batch` at the same position of `indices`.
    fn append(&self, batch: &RecordBatch, indices: &[u32], tickets: &[Ticket]) -> Result<()> {
        let mut order: Vec<usize> = (0..tickets.len()).collect();
        order.sort_by_key(|&i| tickets[i].shard);
        for run in order.chunk_by(|&a, &b| tickets[a].shard == tickets[b].shard) {
            let Some(file) = run.first().and_then(|&i| self.files.get(tickets[i].shard as usize)) else {
                continue;
            };
            let rows = UInt32Array::from_iter_values(run.iter().map(|&i| indices[i]));
            let places = UInt64Array::from_iter_values(run.iter().map(|&i| tickets[i].place));
            let copies = UInt32Array::from_iter_values(run.iter().map(|&i| tickets[i].copy));
            let copies = self.copy_index.then_some(copies);
            let spilled = with_places(batch, &rows, places, copies).map_err(|e| Error::Unbalanced(e.to_string()))?;
            let bytes: u64 = row_sizes(&spilled).iter().sum();
            let mut spill = file.lock().unwrap_or_else(PoisonError::into_inner);
            spill.writer.write(&spilled)?;
            spill.open_bytes += bytes;
            if spill.open_bytes > SPILL_GROUP_BYTES {
                spill.writer.end_row_group()?;
                spill.open_bytes = 0;
            }
        }
        Ok(())
    }

    fn finish(self, expected: &[u64]) -> Result<()> {
        for (file, &expected) in self.files.into_iter().zip(expected) {
            let rows = file.into_inner().unwrap_or_else(PoisonError::into_inner).writer.finish()?;
            if rows != expected {
                return Err(Error::Unbalanced(format!("{rows} rows were spilled where {expected} were planned")));
            }
        }
        Ok(())
    }
}

/// The taken rows, their copy indices set, with the place column appended.
fn with_places(
    batch: &RecordBatch,
    rows: &UInt32Array,
    places: UInt64Array,
    copies: Option<UInt32Array>,
) -> Result<RecordBatch, arrow::error::ArrowError> {
    let taken = take_record_batch(batch, rows)?;
    let mut fields: Vec<Field> = taken.schema().fields().iter().map(|f| f.as_ref().clone()).collect();
    let mut columns: Vec<ArrayRef> = taken.columns().to_vec();
    if let Some(copies) = copies {
        let at = fields.iter().position(|f| f.name() == "copy_index");
        if let Some(column) = at.and_then(|i| columns.get_mut(i)) {
            *column = Arc::new(copies);
        }
    }
    fields.push(Field::new(PLACE, DataType::UInt64, false));
    columns.push(Arc::new(places));
    RecordBatch::try_new(to_schema(fields), columns)
}
