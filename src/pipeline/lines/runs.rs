//! Run files: the sorted records of one row group, in as many runs as its memory asked for.

use super::RECORD_BYTES;
use crate::dedup::lines::{LINES_VERSION, UnitRecord};
use crate::error::{Error, Result};
use crate::io::WholeFile;
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The last bytes of a run file, before them the number of runs and the length of each.
const MARK: [u8; 8] = *b"MBRUNS\0\0";

/// Writes one run file: records, the lengths of the runs, their number, version, mark.
pub(super) struct RunWriter {
    file: WholeFile,
    lengths: Vec<u64>,
}

impl RunWriter {
    pub fn create(path: &Path) -> Result<RunWriter> {
        Ok(RunWriter { file: WholeFile::create(path)?, lengths: Vec::new() })
    }

    /// Appends a run of sorted records.
    pub fn run(&mut self, records: &[UnitRecord]) -> Result<()> {
        for record in records {
            self.file.write(&to_bytes(record))?;
        }
        self.lengths.push(records.len() as u64);
        Ok(())
    }

    pub fn finish(mut self) -> Result<()> {
        for length in &self.lengths {
            self.file.write(&length.to_le_bytes())?;
        }
        self.file.write(&(self.lengths.len() as u64).to_le_bytes())?;
        self.file.write(&u64::from(LINES_VERSION).to_le_bytes())?;
        self.file.write(&MARK)?;
        self.file.finish()
    }
}

/// A stretch of sorted records in a run file, by record number.
#[derive(Debug, Clone)]
pub(super) struct Run {
    path: Arc<PathBuf>,
    pub from: u64,
    pub to: u64,
}

/// The runs of a file.
pub(super) fn open(path: &Path) -> Result<Vec<Run>> {
    let fail = |e: std::io::Error| Error::read(path, None, e);
    let foreign = || Error::read(path, None, "is no run file of this version; delete the output folder's `work`");
    let mut file = File::open(path).map_err(fail)?;
    let size = file.metadata().map_err(fail)?.len();
    let mut word = |from_end: u64| -> Result<u64> {
        let mut bytes = [0; 8];
        file.seek(SeekFrom::Start(size.checked_sub(from_end).ok_or_else(foreign)?)).map_err(fail)?;
        file.read_exact(&mut bytes).map_err(fail)?;
        Ok(u64::from_le_bytes(bytes))
    };
    if word(8)? != u64::from_le_bytes(MARK) || word(16)? != u64::from(LINES_VERSION) {
        return Err(foreign());
    }
    let count = word(24)?;
    let path = Arc::new(path.to_owned());
    let mut runs = Vec::new();
    let mut from = 0_u64;
    for i in 0..count {
        let to = from.saturating_add(word(24_u64.saturating_add(8 * (count - i)))?);
        runs.push(Run { path: Arc::clone(&path), from, to });
        from = to;
    }
    match from.checked_mul(RECORD_BYTES).and_then(|bytes| bytes.checked_add(24 + 8 * count)) == Some(size) {
        true => Ok(runs),
        false => Err(foreign()),
    }
}

impl Run {
    pub fn len(&self) -> u64 {
        self.to - self.from
    }

    /// The records `from..to` of it.
    pub fn part(&self, from: u64, to: u64) -> Run {
        Run { path: Arc::clone(&self.path), from, to }
    }

    /// Hands on its records in order.
    pub fn each(&self, each: &mut dyn FnMut(UnitRecord)) -> Result<()> {
        let mut file = BufReader::with_capacity(1 << 16, self.at(self.from)?);
        let mut bytes = [0; RECORD_BYTES as usize];
        for _ in self.from..self.to {
            file.read_exact(&mut bytes).map_err(|e| Error::read(&self.path, None, e))?;
            each(from_bytes(&bytes));
        }
        Ok(())
    }

    /// For each of these ascending keys the number of the first record whose key is not below it.
    pub fn places(&self, keys: &[u128]) -> Result<Vec<u64>> {
        let mut file = self.at(self.from)?;
        let mut from = self.from;
        let mut places = Vec::with_capacity(keys.len());
        for &key in keys {
            let mut to = self.to;
            while from < to {
                let middle = from + (to - from) / 2;
                if self.key(&mut file, middle)? < key { from = middle + 1 } else { to = middle }
            }
            places.push(from);
        }
        Ok(places)
    }

    /// Whether a unit is in it.
    pub fn holds(&self, unit: u64) -> Result<bool> {
        let key = u128::from(unit) << 64;
        let place = self.places(&[key])?[0];
        Ok(place < self.to && (self.key(&mut self.at(place)?, place)? >> 64) as u64 == unit)
    }

    fn at(&self, record: u64) -> Result<File> {
        let fail = |e: std::io::Error| Error::read(&self.path, None, e);
        let mut file = File::open(&*self.path).map_err(fail)?;
        file.seek(SeekFrom::Start(record * RECORD_BYTES)).map_err(fail)?;
        Ok(file)
    }

    fn key(&self, file: &mut File, record: u64) -> Result<u128> {
        let fail = |e: std::io::Error| Error::read(&self.path, None, e);
        let mut bytes = [0; 16];
        file.seek(SeekFrom::Start(record * RECORD_BYTES)).map_err(fail)?;
        file.read_exact(&mut bytes).map_err(fail)?;
        Ok(u128::from_be_bytes(bytes))
    }
}

/// The key big-endian, so that bytes sort as records do; then times and bytes.
fn to_bytes(record: &UnitRecord) -> [u8; RECORD_BYTES as usize] {
    let mut bytes = [0; RECORD_BYTES as usize];
    bytes[..16].copy_from_slice(&record.key().to_be_bytes());
    bytes[16..20].copy_from_slice(&record.times.to_be_bytes());
    bytes[20..].copy_from_slice(&record.bytes.to_be_bytes());
    bytes
}

fn from_bytes(bytes: &[u8; RECORD_BYTES as usize]) -> UnitRecord {
    let word = |at: usize| bytes[at..at + 4].iter().fold(0_u32, |sum, &b| (sum << 8) | u32::from(b));
    let long = |at: usize| (u64::from(word(at)) << 32) | u64::from(word(at + 4));
    UnitRecord { unit: long(0), doc: long(8), times: word(16), bytes: word(20) }
}
