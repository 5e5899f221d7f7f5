//! The spill files of deduplication: facts and shingle sets of linked rows, a file for each batch of components.
//!
//! Nothing in them outlives the run that writes them: a run that goes on in the folder begins them anew.

use crate::error::{Error, Result};
use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// What is buffered for each file that is being written.
const BUFFER_BYTES: usize = 64 << 10;

/// What deciding needs of a row, beside what the table has.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Facts<'a> {
    pub row: u32,
    /// The smallest row of its component.
    pub root: u32,
    pub content: u128,
    pub score: Option<f64>,
    pub id: &'a str,
    /// Its band keys; none if no near duplicates of it are to be looked for.
    pub keys: &'a [u64],
}

/// A record: the root of its component, its kind, and the rest.
const FACTS: u8 = 0;
const SHINGLES: u8 = 1;
/// Root, row, kind, length of what follows.
const HEAD_BYTES: usize = 4 + 4 + 1 + 4;

/// The files being written, by number.
pub(super) struct BatchFiles {
    paths: Vec<PathBuf>,
    files: Vec<Mutex<BufWriter<File>>>,
}

impl BatchFiles {
    pub fn create(dir: &Path, batches: usize) -> Result<BatchFiles> {
        std::fs::create_dir_all(dir).map_err(|e| Error::write(dir, e))?;
        let paths: Vec<PathBuf> = (0..batches).map(|i| dir.join(format!("batch-{i:04}"))).collect();
        let open = |path: &PathBuf| -> Result<_> {
            let file = File::create(path).map_err(|e| Error::write(path, e))?;
            Ok(Mutex::new(BufWriter::with_capacity(BUFFER_BYTES, file)))
        };
        let files = paths.iter().map(open).collect::<Result<_>>()?;
        Ok(BatchFiles { paths, files })
    }

    /// The file of a component: a matter of its root alone.
    fn of(&self, root: u32) -> usize {
        (xxhash_rust::xxh3::xxh3_64(&root.to_le_bytes()) % self.files.len().max(1) as u64) as usize
    }

    pub fn put_facts(&self, facts: &Facts<'_>) -> Result<()> {
        let score = facts.score.map_or([0; 9], |score| {
            let mut bytes = [1; 9];
            bytes[1..].copy_from_slice(&score.to_le_bytes());
            bytes
        });
        let keys: Vec<u8> = facts.keys.iter().flat_map(|key| key.to_le_bytes()).collect();
        let count = (facts.keys.len() as u32).to_le_bytes();
        let parts: [&[u8]; 5] = [&facts.content.to_le_bytes(), &score, &count, &keys, facts.id.as_bytes()];
        self.put(facts.root, facts.row, FACTS, &parts)
    }

    pub fn put_shingles(&self, root: u32, row: u32, shingles: &[u64]) -> Result<()> {
        let bytes: Vec<u8> = shingles.iter().flat_map(|shingle| shingle.to_le_bytes()).collect();
        self.put(root, row, SHINGLES, &[&bytes])
    }

    fn put(&self, root: u32, row: u32, kind: u8, parts: &[&[u8]]) -> Result<()> {
        let length: usize = parts.iter().map(|part| part.len()).sum();
        let path = &self.paths[self.of(root)];
        let length = u32::try_from(length).map_err(|e| Error::write(path, e))?;
        let mut head = [0; HEAD_BYTES];
        head[..4].copy_from_slice(&root.to_le_bytes());
        head[4..8].copy_from_slice(&row.to_le_bytes());
        head[8] = kind;
        head[9..].copy_from_slice(&length.to_le_bytes());
        let mut file = self.files[self.of(root)].lock().unwrap_or_else(PoisonError::into_inner);
        std::iter::once(&head[..])
            .chain(parts.iter().copied())
            .try_for_each(|part| file.write_all(part))
            .map_err(|e| Error::write(path, e))
    }

    /// All is written. Gives the files to read.
    pub fn finish(self) -> Result<Vec<BatchFile>> {
        let close = |(file, path): (Mutex<BufWriter<File>>, PathBuf)| -> Result<BatchFile> {
            let file = file.into_inner().unwrap_or_else(PoisonError::into_inner);
            let file = file.into_inner().map_err(|e| Error::write(&path, e.into_error()))?;
            let bytes = file.metadata().map_err(|e| Error::write(&path, e))?.len();
            Ok(BatchFile { path, bytes })
        };
        self.files.into_iter().zip(self.paths).map(close).collect()
    }
}

/// A file to read.
#[derive(Debug)]
pub(super) struct BatchFile {
    path: PathBuf,
    pub bytes: u64,
}

/// A record's head: what it is, and where its content lies.
#[derive(Debug, Clone, Copy)]
pub(super) struct Head {
    pub root: u32,
    pub row: u32,
    pub is_facts: bool,
    /// Where its content begins in the file.
    pub at: u64,
    pub length: u32,
}

/// Is asked about a record by its head, and, where it says true, gets its content.
pub(super) type Visit<'v> = dyn FnMut(Head, Option<&[u8]>) -> Result<bool> + 'v;

impl BatchFile {
    pub fn fail(&self, e: impl Into<crate::error::Cause>) -> Error {
        Error::read(&self.path, None, e)
    }

    pub fn open(&self) -> Result<File> {
        File::open(&self.path).map_err(|e| self.fail(e))
    }

    /// Reads all records in the order in which they were written. `visit` says of every head whether it wants the content,
    /// and gets it in a second call.
    pub fn each(&self, visit: &mut Visit<'_>) -> Result<()> {
        let mut reader = BufReader::with_capacity(1 << 20, self.open()?);
        let mut at = 0;
        let mut content = Vec::new();
        while at < self.bytes {
            let mut head = [0; HEAD_BYTES];
            reader.read_exact(&mut head).map_err(|e| self.fail(e))?;
            let word = |i: usize| u32::from_le_bytes([head[i], head[i + 1], head[i + 2], head[i + 3]]);
            at += HEAD_BYTES as u64;
            let head = Head { root: word(0), row: word(4), is_facts: head[8] == FACTS, at, length: word(9) };
            at += u64::from(head.length);
            if visit(head, None)? {
                content.resize(head.length as usize, 0);
                reader.read_exact(&mut content).map_err(|e| self.fail(e))?;
                visit(head, Some(&content))?;
            } else {
                reader.seek_relative(i64::from(head.length)).map_err(|e| self.fail(e))?;
            }
        }
        Ok(())
    }

    /// Removes the file.
    pub fn remove(&self) -> Result<()> {
        std::fs::remove_file(&self.path).map_err(|e| Error::write(&self.path, e))
    }
}

/// Reads `length` bytes at `at`.
pub(super) fn read_at(mut file: &File, at: u64, length: usize) -> std::io::Result<Vec<u8>> {
    let mut bytes = vec![0; length];
    file.seek(SeekFrom::Start(at))?;
    file.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// The little-endian numbers in these bytes.
pub(in crate::pipeline) fn numbers(bytes: &[u8]) -> impl Iterator<Item = u64> + use<'_> {
    bytes.chunks_exact(8).map(|word| word.iter().rev().fold(0, |n, &byte| (n << 8) | u64::from(byte)))
}

impl<'a> Facts<'a> {
    /// The facts in a record; its band keys go to `keys`.
    pub fn parse(head: Head, bytes: &'a [u8], keys: &'a mut Vec<u64>) -> Option<Facts<'a>> {
        let (content, rest) = bytes.split_first_chunk::<16>()?;
        let (&scored, rest) = rest.split_first()?;
        let (score, rest) = rest.split_first_chunk::<8>()?;
        let (count, rest) = rest.split_first_chunk::<4>()?;
        let (words, id) = rest.split_at_checked(8 * u32::from_le_bytes(*count) as usize)?;
        keys.clear();
        keys.extend(numbers(words));
        Some(Facts {
            row: head.row,
            root: head.root,
            content: u128::from_le_bytes(*content),
            score: (scored == 1).then_some(f64::from_le_bytes(*score)),
            id: std::str::from_utf8(id).ok()?,
            keys,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `docs/dedup.md` says what a row takes on disk while it is decided.
    #[test]
    fn the_page_says_how_large_records_are() {
        let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/dedup.md")).unwrap();
        let size = |keys: &[u64], shingles: Option<&[u64]>| {
            let dir = tempfile::tempdir().unwrap();
            let files = BatchFiles::create(dir.path(), 1).unwrap();
            files.put_facts(&Facts { row: 1, root: 0, content: 5, score: None, id: "", keys }).unwrap();
            shingles.iter().for_each(|shingles| files.put_shingles(0, 1, shingles).unwrap());
            files.finish().unwrap()[0].bytes
        };
        let (copy, near) = (size(&[], None), size(&[], Some(&[])));
        let said = [
            format!("for an exact copy {copy} bytes"),
            format!("{near} bytes and its id"),
            format!("{} bytes a band", size(&[7], None) - copy),
            format!("{} bytes a shingle", size(&[], Some(&[7])) - near),
        ];
        let page = page.split_whitespace().collect::<Vec<_>>().join(" ");
        said.iter().for_each(|said| assert!(page.contains(said), "{said}"));
    }

    #[test]
    fn records_come_back_as_they_were_put() {
        let dir = tempfile::tempdir().unwrap();
        let files = BatchFiles::create(dir.path(), 2).unwrap();
        let facts = |row: u32| Facts {
            row,
            root: row / 2,
            content: u128::MAX - u128::from(row),
            score: (row % 3 == 0).then_some(f64::from(row) / 7.0),
            id: ["", "rye", "ß"][row as usize % 3],
            keys: &[1, u64::MAX][..row as usize % 3 % 2 * 2],
        };
        for row in 0..40 {
            files.put_facts(&facts(row)).unwrap();
            files.put_shingles(row / 2, row, &[u64::from(row), 5]).unwrap();
        }
        let mut seen = Vec::new();
        for file in files.finish().unwrap() {
            let handle = file.open().unwrap();
            let mut keys = Vec::new();
            file.each(&mut |head, content| {
                match content {
                    Some(bytes) => {
                        assert_eq!(Facts::parse(head, bytes, &mut keys).unwrap(), facts(head.row));
                        seen.push(head.row);
                    }
                    None if !head.is_facts => {
                        let bytes = read_at(&handle, head.at, head.length as usize).unwrap();
                        assert_eq!(numbers(&bytes).collect::<Vec<_>>(), [u64::from(head.row), 5]);
                    }
                    None => {}
                }
                Ok(head.is_facts)
            })
            .unwrap();
            file.remove().unwrap();
        }
        seen.sort_unstable();
        assert!(seen.into_iter().eq(0..40));
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    }
}
