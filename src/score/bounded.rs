//! Reads a file of known length from its beginning. No number in it is believed before the file is known to be that long, so a damaged
//! file takes no more memory than a sound one.

use crate::error::{Cause, Error};
use std::io::{ErrorKind, Read};
use std::path::Path;
use xxhash_rust::xxh3::Xxh3;

/// Bytes that are read at a time.
const PIECE: usize = 1 << 20;

/// Why a file is not read.
pub(super) enum Problem {
    Io(std::io::Error),
    /// It ends too early.
    Short,
    /// What is wrong, as what follows the file's name.
    Other(String),
}

pub(super) type Found<T> = Result<T, Problem>;

impl Problem {
    /// The error that names the file.
    pub fn of(self, path: &Path) -> Error {
        match self {
            Problem::Io(e) => unreadable(path, e),
            Problem::Short => unreadable(path, "is damaged: it ends too early; copy it again".to_owned()),
            Problem::Other(problem) => unreadable(path, problem),
        }
    }
}

pub(super) fn unreadable(path: &Path, cause: impl Into<Cause>) -> Error {
    Error::Read { path: path.to_owned(), row_group: None, cause: cause.into() }
}

pub(super) fn damaged<T>(what: impl std::fmt::Display) -> Found<T> {
    Err(Problem::Other(format!("is damaged: {what}")))
}

/// The reader, with what is left and the sum of what was read.
pub(super) struct Bounded<R> {
    file: R,
    pub left: u64,
    pub digest: Xxh3,
}

impl<R: Read> Bounded<R> {
    pub fn new(file: R, bytes: u64) -> Self {
        Bounded { file, left: bytes, digest: Xxh3::new() }
    }

    pub fn fill(&mut self, buffer: &mut [u8]) -> Found<()> {
        self.left = self.left.checked_sub(buffer.len() as u64).ok_or(Problem::Short)?;
        self.file.read_exact(buffer).map_err(|e| match e.kind() {
            ErrorKind::UnexpectedEof => Problem::Short,
            _ => Problem::Io(e),
        })?;
        self.digest.update(buffer);
        Ok(())
    }

    pub fn array<const N: usize>(&mut self) -> Found<[u8; N]> {
        let mut bytes = [0; N];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }

    #[cfg(feature = "fasttext")]
    pub fn i32(&mut self) -> Found<i32> {
        self.array().map(i32::from_le_bytes)
    }

    #[cfg(feature = "fasttext")]
    pub fn i64(&mut self) -> Found<i64> {
        self.array().map(i64::from_le_bytes)
    }

    pub fn u64(&mut self) -> Found<u64> {
        self.array().map(u64::from_le_bytes)
    }

    /// A number that counts things, each of which takes at least `bytes` of what is left.
    pub fn count(&mut self, what: &str, number: i64, bytes: u64) -> Found<usize> {
        let count = u64::try_from(number).map_err(|_| Problem::Other(format!("is damaged: {number} {what}")))?;
        match count.checked_mul(bytes).is_some_and(|bytes| bytes <= self.left) {
            true => usize::try_from(count).map_err(|_| Problem::Short),
            false => damaged(format!("it says {count} {what}, for which it is too short")),
        }
    }

    #[cfg(feature = "fasttext")]
    pub fn bytes(&mut self, count: usize) -> Found<Vec<u8>> {
        let mut bytes = Vec::new();
        while bytes.len() < count {
            let (at, more) = (bytes.len(), PIECE.min(count - bytes.len()));
            bytes.resize(at + more, 0);
            self.fill(&mut bytes[at..])?;
        }
        Ok(bytes)
    }

    /// Finite numbers.
    pub fn reals(&mut self, count: usize) -> Found<Vec<f32>> {
        let reals = self.many(count, |b: [u8; 4]| f32::from_le_bytes(b))?;
        match reals.iter().all(|x| x.is_finite()) {
            true => Ok(reals),
            false => damaged("it holds a weight that is no finite number"),
        }
    }

    pub fn u64s(&mut self, count: usize) -> Found<Vec<u64>> {
        self.many(count, u64::from_le_bytes)
    }

    fn many<T, const N: usize>(&mut self, count: usize, of: impl Fn([u8; N]) -> T) -> Found<Vec<T>> {
        let mut many = Vec::new();
        let mut piece = vec![0; PIECE.min(count.saturating_mul(N))];
        while many.len() < count {
            let more = (PIECE / N).min(count - many.len());
            self.fill(&mut piece[..N * more])?;
            many.extend(piece[..N * more].chunks_exact(N).filter_map(|b| b.try_into().ok().map(&of)));
        }
        Ok(many)
    }
}
