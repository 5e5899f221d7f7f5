//! Records that may be more than memory holds: sorted in runs on disk and merged, or kept in a row and read again.
//!
//! ```text
//! threads ──push──► Sorter ──a full buffer: sort, write──► run 0 … run n ──merge──► Sorted ──► Sequence (read at any place)
//! ```
//!
//! What fits into the buffer never sees a disk. Records are ordered by all their fields, so neither threads nor memory change
//! what comes out.

use crate::error::{Error, Result};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;
use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::marker::PhantomData;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Runs that are merged at once; of more, the oldest are merged into one first, so that open files and their buffers stay few.
const MAX_RUNS: usize = 64;
/// Bytes that a run is read or written by.
const BUFFER_BYTES: usize = 256 << 10;

/// A record of a fixed number of bytes, in the order of its fields.
pub(super) trait Record: Copy + Ord + Send + Sync {
    /// Bytes on disk.
    const BYTES: usize;
    /// Appends them.
    fn put(&self, to: &mut Vec<u8>);
    /// The record in these bytes.
    fn get(from: &[u8]) -> Self;
}

/// Defines a record of integers: its fields in the order by which records are sorted.
macro_rules! record {
    ($(#[$meta:meta])* $name:ident { $($(#[$about:meta])* $field:ident: $type:ty,)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub(super) struct $name { $($(#[$about])* pub $field: $type,)* }

        impl $crate::pipeline::sort::Record for $name {
            const BYTES: usize = 0 $(+ size_of::<$type>())*;

            fn put(&self, to: &mut Vec<u8>) {
                $(to.extend_from_slice(&self.$field.to_le_bytes());)*
            }

            fn get(from: &[u8]) -> Self {
                let mut rest = from;
                $(let $field = <$type>::from_le_bytes($crate::pipeline::sort::take(&mut rest));)*
                $name { $($field,)* }
            }
        }
    };
}
pub(super) use record;

/// The first bytes, which are then gone; zeros if there are too few.
pub(super) fn take<const N: usize>(rest: &mut &[u8]) -> [u8; N] {
    match rest.split_first_chunk::<N>() {
        Some((head, tail)) => {
            *rest = tail;
            *head
        }
        None => [0; N],
    }
}

/// Where sorters and sequences lie, and the memory that each may take.
#[derive(Debug, Clone)]
pub(super) struct Space {
    /// The folder; gone with [`remove_dir`](crate::io::remove_dir) once nothing in it is needed.
    pub dir: PathBuf,
    /// Bytes that one sorter, or one sequence, holds in memory.
    pub bytes: u64,
    /// Threads that push.
    pub threads: usize,
}

/// A run with no budget takes what one of this many bytes would.
const DEFAULT_MEMORY: u64 = 1 << 30;
/// The least that a sorter or a sequence takes: below, its files would be too many and too small.
const LEAST_BYTES: u64 = 1 << 20;

/// What one sorter, or one sequence, takes of a budget: an eighth. At most three are at work at a time, beside the readers of runs.
pub(super) fn sort_bytes(memory: Option<u64>) -> u64 {
    (memory.unwrap_or(DEFAULT_MEMORY) / 8).max(LEAST_BYTES)
}

impl Space {
    /// A folder, and what each sorter may take of a budget.
    pub fn new(dir: PathBuf, memory: Option<u64>, threads: usize) -> Space {
        Space { dir, bytes: sort_bytes(memory), threads }
    }

    /// A sorter whose runs have this name.
    pub fn sorter<R: Record>(&self, name: &'static str) -> Result<Sorter<R>> {
        std::fs::create_dir_all(&self.dir).map_err(|e| Error::write(&self.dir, e))?;
        // Each thread may be sorting a full buffer while another one fills.
        let part = self.bytes / (self.threads as u64 + 1);
        let capacity = (part / size_of::<R>() as u64).max(1) as usize;
        let state = State { open: Vec::new(), runs: Vec::new(), written: 0 };
        Ok(Sorter { dir: self.dir.clone(), name, capacity, state: Mutex::new(state), merging: Mutex::new(()) })
    }

    /// A sequence in a file of this name.
    pub fn sequence<R: Record>(&self, name: &'static str) -> Result<SequenceWriter<R>> {
        std::fs::create_dir_all(&self.dir).map_err(|e| Error::write(&self.dir, e))?;
        let capacity = (self.bytes / size_of::<R>() as u64).max(1) as usize;
        Ok(SequenceWriter { path: self.dir.join(name), capacity, memory: Vec::new(), file: None, len: 0 })
    }
}

/// Takes records from any number of threads, in any order.
#[derive(Debug)]
pub(super) struct Sorter<R> {
    dir: PathBuf,
    name: &'static str,
    capacity: usize,
    state: Mutex<State<R>>,
    /// Held by the thread that merges runs.
    merging: Mutex<()>,
}

#[derive(Debug)]
struct State<R> {
    open: Vec<R>,
    runs: Vec<Run<R>>,
    written: usize,
}

impl<R: Record> Sorter<R> {
    /// Takes records, and leaves none.
    pub fn push(&self, records: &mut Vec<R>) -> Result<()> {
        let full = {
            let mut state = self.lock();
            if state.open.capacity() == 0 {
                state.open.reserve(self.capacity.min(1 << 16));
            }
            state.open.append(records);
            (state.open.len() >= self.capacity).then(|| std::mem::take(&mut state.open))
        };
        match full {
            Some(full) => self.write_run(full),
            None => Ok(()),
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State<R>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn new_path(&self) -> PathBuf {
        let mut state = self.lock();
        state.written += 1;
        self.dir.join(format!("{}-{:05}", self.name, state.written))
    }

    fn write_run(&self, mut records: Vec<R>) -> Result<()> {
        records.sort_unstable();
        let mut writer = RunWriter::create(self.new_path())?;
        records.iter().try_for_each(|record| writer.write(record))?;
        drop(records);
        let run = writer.finish()?;
        self.lock().runs.push(run);
        let _merging = self.merging.lock().unwrap_or_else(PoisonError::into_inner);
        let many = {
            let mut state = self.lock();
            (state.runs.len() >= MAX_RUNS).then(|| std::mem::take(&mut state.runs))
        };
        let Some(many) = many else { return Ok(()) };
        // The largest stay as they are, so that a record is merged anew only when as many have come again.
        let largest = many.iter().map(|run| run.len).max().unwrap_or(0);
        let (large, small): (Vec<_>, Vec<_>) = many.into_iter().partition(|run| run.len > largest / 2 && run.len > 1);
        let (stay, merge) = if small.len() < MAX_RUNS / 2 { (small, large) } else { (large, small) };
        let mut writer = RunWriter::create(self.new_path())?;
        let mut merged = Sorted::new(Vec::new(), merge)?;
        while let Some(record) = merged.next()? {
            writer.write(&record)?;
        }
        let run = writer.finish()?;
        let mut state = self.lock();
        state.runs.extend(stay);
        state.runs.push(run);
        Ok(())
    }

    /// All records, sorted.
    pub fn finish(self) -> Result<Sorted<R>> {
        let State { mut open, runs, .. } = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        open.sort_unstable();
        Sorted::new(open, runs)
    }
}

/// A file of records. Removed when it is dropped.
#[derive(Debug)]
struct Run<R> {
    path: PathBuf,
    len: u64,
    records: PhantomData<R>,
}

impl<R> Drop for Run<R> {
    fn drop(&mut self) {
        // What is left goes with the folder.
        let _ = std::fs::remove_file(&self.path);
    }
}

struct RunWriter<R> {
    run: Run<R>,
    file: BufWriter<File>,
    bytes: Vec<u8>,
}

impl<R: Record> RunWriter<R> {
    fn create(path: PathBuf) -> Result<RunWriter<R>> {
        let file = File::create(&path).map_err(|e| Error::write(&path, e))?;
        let run = Run { path, len: 0, records: PhantomData };
        Ok(RunWriter { run, file: BufWriter::with_capacity(BUFFER_BYTES, file), bytes: Vec::new() })
    }

    fn write(&mut self, record: &R) -> Result<()> {
        self.bytes.clear();
        record.put(&mut self.bytes);
        self.run.len += 1;
        self.file.write_all(&self.bytes).map_err(|e| Error::write(&self.run.path, e))
    }

    fn finish(mut self) -> Result<Run<R>> {
        self.file.flush().map_err(|e| Error::write(&self.run.path, e))?;
        Ok(self.run)
    }
}

/// Reads records of a file from one place on.
#[derive(Debug)]
struct FileReader<R> {
    path: PathBuf,
    file: BufReader<File>,
    left: u64,
    bytes: Vec<u8>,
    records: PhantomData<R>,
}

impl<R: Record> FileReader<R> {
    fn open(path: &Path, range: Range<u64>) -> Result<FileReader<R>> {
        let fail = |e| Error::read(path, None, e);
        let mut file = File::open(path).map_err(fail)?;
        file.seek(SeekFrom::Start(range.start * R::BYTES as u64)).map_err(fail)?;
        let left = range.end.saturating_sub(range.start);
        let buffer = (left * R::BYTES as u64).clamp(1, BUFFER_BYTES as u64) as usize;
        let (file, bytes) = (BufReader::with_capacity(buffer, file), vec![0; R::BYTES]);
        Ok(FileReader { path: path.to_owned(), file, left, bytes, records: PhantomData })
    }

    fn next(&mut self) -> Result<Option<R>> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        self.file.read_exact(&mut self.bytes).map_err(|e| Error::read(&self.path, None, e))?;
        Ok(Some(R::get(&self.bytes)))
    }
}

/// Records in order, to be taken once.
#[derive(Debug)]
pub(super) struct Sorted<R> {
    memory: std::vec::IntoIter<R>,
    readers: Vec<FileReader<R>>,
    /// The next record of each reader, and of memory under the number of readers.
    heads: BinaryHeap<Reverse<(R, usize)>>,
    /// The files that are being read.
    _runs: Vec<Run<R>>,
}

impl<R: Record> Sorted<R> {
    fn new(memory: Vec<R>, runs: Vec<Run<R>>) -> Result<Sorted<R>> {
        let mut readers = Vec::with_capacity(runs.len());
        for run in &runs {
            readers.push(FileReader::open(&run.path, 0..run.len)?);
        }
        let mut sorted = Sorted { memory: memory.into_iter(), readers, heads: BinaryHeap::new(), _runs: runs };
        if !sorted.readers.is_empty() {
            for at in 0..=sorted.readers.len() {
                let head = sorted.take(at)?;
                sorted.heads.extend(head.map(|record| Reverse((record, at))));
            }
        }
        Ok(sorted)
    }

    fn take(&mut self, at: usize) -> Result<Option<R>> {
        match self.readers.get_mut(at) {
            Some(reader) => reader.next(),
            None => Ok(self.memory.next()),
        }
    }

    /// The next record.
    pub fn next(&mut self) -> Result<Option<R>> {
        if self.readers.is_empty() {
            return Ok(self.memory.next());
        }
        let Some(mut head) = self.heads.peek_mut() else { return Ok(None) };
        let Reverse((record, at)) = *head;
        let next = match self.readers.get_mut(at) {
            Some(reader) => reader.next()?,
            None => self.memory.next(),
        };
        match next {
            Some(next) => *head = Reverse((next, at)),
            None => drop(PeekMut::pop(head)),
        }
        Ok(Some(record))
    }

    /// The records as a sequence: in memory if they are there already, else in a file.
    pub fn into_sequence(mut self, space: &Space, name: &'static str) -> Result<Sequence<R>> {
        if self.readers.is_empty() {
            return Ok(Sequence::Memory(self.memory.collect()));
        }
        let mut sequence = space.sequence(name)?;
        while let Some(record) = self.next()? {
            sequence.push(record)?;
        }
        sequence.finish()
    }
}

/// Takes records in the order in which they are to be read.
pub(super) struct SequenceWriter<R> {
    path: PathBuf,
    capacity: usize,
    memory: Vec<R>,
    file: Option<RunWriter<R>>,
    len: u64,
}

impl<R: Record> SequenceWriter<R> {
    /// Appends.
    pub fn push(&mut self, record: R) -> Result<()> {
        self.len += 1;
        if let Some(file) = &mut self.file {
            return file.write(&record);
        }
        self.memory.push(record);
        if self.memory.len() < self.capacity {
            return Ok(());
        }
        let mut file = RunWriter::create(self.path.clone())?;
        std::mem::take(&mut self.memory).iter().try_for_each(|record| file.write(record))?;
        self.file = Some(file);
        Ok(())
    }

    /// Records so far.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// The sequence.
    pub fn finish(self) -> Result<Sequence<R>> {
        match self.file {
            Some(file) => Ok(Sequence::File(file.finish()?)),
            None => Ok(Sequence::Memory(self.memory)),
        }
    }
}

/// Records in a row.
#[derive(Debug)]
#[expect(private_interfaces, reason = "how a sequence is held is its own affair")]
pub(super) enum Sequence<R> {
    Memory(Vec<R>),
    File(Run<R>),
}

impl<R: Record> Sequence<R> {
    /// Records.
    pub fn len(&self) -> u64 {
        match self {
            Sequence::Memory(records) => records.len() as u64,
            Sequence::File(run) => run.len,
        }
    }

    /// Reads from one place to another.
    pub fn read(&self, range: Range<u64>) -> Result<Reader<'_, R>> {
        let range = range.start.min(self.len())..range.end.min(self.len());
        Ok(match self {
            Sequence::Memory(records) => {
                Reader::Memory(records.get(range.start as usize..range.end as usize).unwrap_or_default().iter())
            }
            Sequence::File(run) => Reader::File(FileReader::open(&run.path, range)?),
        })
    }

    /// The number of records at the beginning of which `is` holds, if it holds of none behind them.
    pub fn partition_point(&self, is: impl Fn(&R) -> bool) -> Result<u64> {
        let run = match self {
            Sequence::Memory(records) => return Ok(records.partition_point(is) as u64),
            Sequence::File(run) => run,
        };
        let fail = |e| Error::read(&run.path, None, e);
        let mut file = File::open(&run.path).map_err(fail)?;
        let mut bytes = vec![0; R::BYTES];
        let (mut low, mut high) = (0, run.len);
        while low < high {
            let middle = low + (high - low) / 2;
            file.seek(SeekFrom::Start(middle * R::BYTES as u64)).map_err(fail)?;
            file.read_exact(&mut bytes).map_err(fail)?;
            if is(&R::get(&bytes)) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        Ok(low)
    }

    /// The places cut into pieces for threads to share.
    pub fn pieces(&self) -> Vec<Range<u64>> {
        const PIECE: u64 = 1 << 18;
        (0..self.len()).step_by(PIECE as usize).map(|first| first..(first + PIECE).min(self.len())).collect()
    }
}

/// Reads a sequence.
#[derive(Debug)]
#[expect(private_interfaces, reason = "as for a sequence")]
pub(super) enum Reader<'a, R> {
    Memory(std::slice::Iter<'a, R>),
    File(FileReader<R>),
}

impl<R: Record> Reader<'_, R> {
    /// The next record.
    pub fn next(&mut self) -> Result<Option<R>> {
        match self {
            Reader::Memory(records) => Ok(records.next().copied()),
            Reader::File(file) => file.next(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::Pool;
    use std::num::NonZeroUsize;

    record! {
        Pair { key: u128, row: u32, }
    }

    fn pairs(n: u32) -> Vec<Pair> {
        (0..n).map(|row| Pair { key: u128::from(row.wrapping_mul(2_654_435_761)) << 70, row }).collect()
    }

    fn space(dir: &Path, bytes: u64) -> Space {
        Space { dir: dir.join("sort"), bytes, threads: 3 }
    }

    #[test]
    fn records_come_out_sorted_whatever_the_memory() {
        let mut expected = pairs(100_000);
        expected.sort_unstable();
        let dir = tempfile::tempdir().unwrap();
        let pool = Pool::new(NonZeroUsize::new(3)).unwrap();
        // In memory; some runs; more runs than are merged at once.
        for bytes in [1 << 30, 1 << 20, 40_000] {
            let space = space(dir.path(), bytes);
            let sorter = space.sorter::<Pair>("pairs").unwrap();
            let all = pairs(100_000);
            let chunks: Vec<&[Pair]> = all.chunks(977).collect();
            pool.map(&chunks, |chunk| sorter.push(&mut chunk.to_vec())).unwrap();
            let sequence = sorter.finish().unwrap().into_sequence(&space, "sorted").unwrap();
            assert_eq!(matches!(sequence, Sequence::Memory(_)), bytes == 1 << 30);
            let mut reader = sequence.read(0..u64::MAX).unwrap();
            for pair in &expected {
                assert_eq!(reader.next().unwrap(), Some(*pair));
            }
            assert_eq!(reader.next().unwrap(), None);
            let middle = expected[60_000];
            assert_eq!(sequence.partition_point(|pair| *pair < middle).unwrap(), 60_000);
            assert_eq!(sequence.read(60_000..60_001).unwrap().next().unwrap(), Some(middle));
            drop(sequence);
            assert_eq!(std::fs::read_dir(&space.dir).unwrap().count(), 0, "files are left");
        }
    }

    #[test]
    fn a_sequence_goes_to_a_file_when_it_is_long() {
        let dir = tempfile::tempdir().unwrap();
        for n in [0, 10, 70_000] {
            let mut writer = space(dir.path(), 1 << 20).sequence::<Pair>("row").unwrap();
            pairs(n).into_iter().for_each(|pair| writer.push(pair).unwrap());
            assert_eq!(writer.len(), u64::from(n));
            let sequence = writer.finish().unwrap();
            assert_eq!(matches!(sequence, Sequence::File(_)), n == 70_000);
            let mut read = Vec::new();
            for piece in sequence.pieces() {
                let mut reader = sequence.read(piece).unwrap();
                while let Some(pair) = reader.next().unwrap() {
                    read.push(pair);
                }
            }
            assert_eq!(read, pairs(n));
        }
    }
}
