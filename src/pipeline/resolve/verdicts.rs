//! What is said of duplicates and of those that were kept for them: written as batches are decided, in files by ranges of rows, and
//! read again row by row for the ledger. In memory stays one bit a row.

use crate::dedup::{Action, Kind};
use crate::error::{Error, Result};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Files at most.
const MAX_FILES: usize = 256;
/// Rows of a file at least.
const LEAST_ROWS: usize = 64 << 10;

/// What is said of a row in a cluster of two or more.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::pipeline) struct Verdict {
    pub row: u32,
    /// The cluster's lasting id.
    pub cluster: u64,
    /// Its rows.
    pub size: u32,
    /// Set if the row is a duplicate; else it is the one that was kept.
    pub duplicate: Option<OfKept>,
}

/// Of which kept row another is a duplicate.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::pipeline) struct OfKept {
    pub kind: Kind,
    pub of: u32,
    pub of_id: String,
    pub similarity: f64,
}

impl Verdict {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend(self.row.to_le_bytes());
        out.extend(self.cluster.to_le_bytes());
        out.extend(self.size.to_le_bytes());
        let kind = match self.duplicate.as_ref().map(|d| d.kind) {
            None => 0,
            Some(Kind::Exact) => 1,
            Some(Kind::Near) => 2,
            Some(Kind::Unverified) => 3,
        };
        out.push(kind);
        if let Some(OfKept { of, of_id, similarity, .. }) = &self.duplicate {
            out.extend(of.to_le_bytes());
            out.extend(similarity.to_le_bytes());
            out.extend((of_id.len() as u32).to_le_bytes());
            out.extend(of_id.as_bytes());
        }
    }

    /// The first verdict in `bytes`, which are then those behind it.
    fn read(bytes: &mut &[u8]) -> Option<Verdict> {
        fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
            let (head, rest) = bytes.split_first_chunk::<N>()?;
            *bytes = rest;
            Some(*head)
        }
        let row = u32::from_le_bytes(take(bytes)?);
        let cluster = u64::from_le_bytes(take(bytes)?);
        let size = u32::from_le_bytes(take(bytes)?);
        let kind = match take::<1>(bytes)? {
            [0] => return Some(Verdict { row, cluster, size, duplicate: None }),
            [1] => Kind::Exact,
            [2] => Kind::Near,
            [3] => Kind::Unverified,
            _ => return None,
        };
        let of = u32::from_le_bytes(take(bytes)?);
        let similarity = f64::from_le_bytes(take(bytes)?);
        let length = u32::from_le_bytes(take(bytes)?) as usize;
        let (id, rest) = bytes.split_at_checked(length)?;
        *bytes = rest;
        let of_id = String::from_utf8(id.to_vec()).ok()?;
        Some(Verdict { row, cluster, size, duplicate: Some(OfKept { kind, of, of_id, similarity }) })
    }
}

/// One bit a row.
#[derive(Debug)]
struct Bits(Vec<u64>);

impl Bits {
    fn new(rows: usize) -> Bits {
        Bits(vec![0; rows.div_ceil(64)])
    }

    fn set(&mut self, row: usize) {
        self.0[row / 64] |= 1 << (row % 64);
    }

    fn get(&self, row: usize) -> bool {
        self.0.get(row / 64).is_some_and(|word| word >> (row % 64) & 1 == 1)
    }
}

/// The files being written.
pub(super) struct VerdictFiles {
    rows_per_file: usize,
    paths: Vec<PathBuf>,
    files: Vec<Mutex<BufWriter<File>>>,
    duplicates: Mutex<Bits>,
}

impl VerdictFiles {
    pub fn create(dir: &Path, rows: usize) -> Result<VerdictFiles> {
        let rows_per_file = rows.div_ceil(MAX_FILES).max(LEAST_ROWS);
        let paths: Vec<PathBuf> =
            (0..rows.div_ceil(rows_per_file)).map(|i| dir.join(format!("verdicts-{i:04}"))).collect();
        let open = |path: &PathBuf| -> Result<_> {
            Ok(Mutex::new(BufWriter::new(File::create(path).map_err(|e| Error::write(path, e))?)))
        };
        let files = paths.iter().map(open).collect::<Result<_>>()?;
        Ok(VerdictFiles { rows_per_file, paths, files, duplicates: Mutex::new(Bits::new(rows)) })
    }

    pub fn put(&self, verdict: &Verdict) -> Result<()> {
        if verdict.duplicate.is_some() {
            self.duplicates.lock().unwrap_or_else(PoisonError::into_inner).set(verdict.row as usize);
        }
        let mut bytes = Vec::with_capacity(64);
        verdict.write(&mut bytes);
        let at = verdict.row as usize / self.rows_per_file;
        let mut file = self.files[at].lock().unwrap_or_else(PoisonError::into_inner);
        file.write_all(&bytes).map_err(|e| Error::write(&self.paths[at], e))
    }

    pub fn finish(self, action: Action) -> Result<Removals> {
        for (file, path) in self.files.into_iter().zip(&self.paths) {
            let mut file = file.into_inner().unwrap_or_else(PoisonError::into_inner);
            file.flush().map_err(|e| Error::write(path, e))?;
        }
        let duplicates = self.duplicates.into_inner().unwrap_or_else(PoisonError::into_inner);
        Ok(Removals { rows_per_file: self.rows_per_file, paths: self.paths, duplicates, action })
    }
}

/// The decision: by row whether it is removed; what else is said of it, in files.
#[derive(Debug)]
pub(in crate::pipeline) struct Removals {
    rows_per_file: usize,
    paths: Vec<PathBuf>,
    duplicates: Bits,
    action: Action,
}

impl Removals {
    /// Whether a row is removed.
    pub fn removed(&self, row: usize) -> bool {
        self.action == Action::Remove && self.duplicates.get(row)
    }

    /// Reads the verdicts, row by row.
    pub fn verdicts(&self) -> Verdicts<'_> {
        Verdicts { removals: self, next_file: None, loaded: Vec::new() }
    }

    /// The verdicts of a file, by row.
    fn load(&self, path: &Path) -> Result<Vec<Verdict>> {
        let fail = |cause: crate::error::Cause| Error::read(path, None, cause);
        let bytes = std::fs::read(path).map_err(|e| fail(e.into()))?;
        let (mut rest, mut verdicts) = (bytes.as_slice(), Vec::new());
        while !rest.is_empty() {
            verdicts.push(Verdict::read(&mut rest).ok_or_else(|| fail("a record is damaged".into()))?);
        }
        verdicts.sort_unstable_by_key(|verdict| verdict.row);
        Ok(verdicts)
    }
}

/// Reads verdicts in the order of rows: a file or two of them in memory.
pub(in crate::pipeline) struct Verdicts<'a> {
    removals: &'a Removals,
    /// `None` before the first is read.
    next_file: Option<usize>,
    loaded: Vec<Verdict>,
}

impl Verdicts<'_> {
    /// The verdicts of these rows, ascending. Ranges come in order.
    pub fn of_rows(&mut self, rows: Range<usize>) -> Result<&[Verdict]> {
        let removals = self.removals;
        let done = self.loaded.partition_point(|verdict| (verdict.row as usize) < rows.start);
        self.loaded.drain(..done);
        let mut next = self.next_file.unwrap_or(rows.start / removals.rows_per_file);
        while let Some(path) = removals.paths.get(next).filter(|_| next * removals.rows_per_file < rows.end) {
            let verdicts = removals.load(path)?;
            self.loaded.extend(verdicts.into_iter().filter(|verdict| verdict.row as usize >= rows.start));
            next += 1;
        }
        self.next_file = Some(next);
        let end = self.loaded.partition_point(|verdict| (verdict.row as usize) < rows.end);
        Ok(&self.loaded[..end])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdicts_come_back_in_order_of_rows() {
        let rows = 3 * LEAST_ROWS + 5;
        let dir = tempfile::tempdir().unwrap();
        let files = VerdictFiles::create(dir.path(), rows).unwrap();
        let verdict = |row: usize| {
            let kind = [Kind::Exact, Kind::Near, Kind::Unverified][row / 2 % 3];
            let of_id = "ß".repeat(row % 3);
            let duplicate = (row % 2 == 0).then_some(OfKept { kind, of: 1, of_id, similarity: 1.0 / row as f64 });
            Verdict { row: row as u32, cluster: u64::MAX - row as u64, size: 2, duplicate }
        };
        let written: Vec<usize> = (1..rows).filter(|row| row % 1_000 < 2).collect();
        written.iter().rev().for_each(|&row| files.put(&verdict(row)).unwrap());
        let removals = files.finish(Action::Remove).unwrap();
        assert!((0..rows).all(|row| removals.removed(row) == (row % 2 == 0 && written.contains(&row))));
        for step in [1_000, 50_000, LEAST_ROWS, rows] {
            // A reader may begin anywhere.
            for first in [0, 70_001] {
                let (mut reader, mut read) = (removals.verdicts(), Vec::new());
                let mut at = first;
                while at < rows {
                    read.extend_from_slice(reader.of_rows(at..(at + step).min(rows)).unwrap());
                    at += step;
                }
                let expected = written.iter().filter(|&&row| row >= first).map(|&row| verdict(row));
                assert!(read.into_iter().eq(expected), "{step} {first}");
            }
        }
    }
}
