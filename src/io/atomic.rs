//! Files that appear whole or not at all: written under a temporary name, synced, renamed.

use crate::error::{Error, Result};
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// The suffix of a file that is not finished. Anything so named may be deleted.
const UNFINISHED: &str = ".unfinished";

/// Where `path` is written until it is whole.
pub(super) fn unfinished(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(UNFINISHED);
    PathBuf::from(name)
}

/// Whether a file is one that was being written when a run stopped: no one else's, and of no use.
pub fn is_unfinished(path: &Path) -> bool {
    path.to_string_lossy().ends_with(UNFINISHED)
}

/// Writes a whole file: temporary name, `fsync`, rename, `fsync` of the folder. Parent folders are made.
///
/// # Errors
/// [`Error::Write`], naming the file, if any of these fails; `path` is then as it was.
pub fn write_file(path: &Path, bytes: &[u8]) -> Result<()> {
    let temporary = unfinished(path);
    make_parent(path)?;
    let write = || -> std::io::Result<()> {
        let mut file = File::create(&temporary)?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    write().map_err(|e| Error::write(path, e))?;
    rename(&temporary, path)
}

/// A file written piece by piece that appears once it is whole, as by [`write_file`]. Dropped before that, it leaves what
/// [`is_unfinished`].
#[derive(Debug)]
pub struct WholeFile {
    path: PathBuf,
    file: BufWriter<File>,
}

impl WholeFile {
    /// Begins a file. Parent folders are made.
    ///
    /// # Errors
    /// [`Error::Write`], naming the file.
    pub fn create(path: &Path) -> Result<WholeFile> {
        make_parent(path)?;
        let file = File::create(unfinished(path)).map_err(|e| Error::write(path, e))?;
        Ok(WholeFile { path: path.to_owned(), file: BufWriter::with_capacity(1 << 16, file) })
    }

    /// Appends.
    ///
    /// # Errors
    /// [`Error::Write`], naming the file.
    pub fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.file.write_all(bytes).map_err(|e| Error::write(&self.path, e))
    }

    /// Gives the file its name, once all of it is on disk.
    ///
    /// # Errors
    /// [`Error::Write`], naming the file.
    pub fn finish(self) -> Result<()> {
        let WholeFile { path, file } = self;
        let fail = |e: std::io::Error| Error::write(&path, e);
        file.into_inner().map_err(|e| fail(e.into_error()))?.sync_all().map_err(fail)?;
        rename(&unfinished(&path), &path)
    }
}

/// Renames and syncs the folder, so that the new name survives a power cut.
///
/// # Errors
/// [`Error::Write`], naming the target.
pub fn rename(from: &Path, to: &Path) -> Result<()> {
    fs::rename(from, to).map_err(|e| Error::write(to, e))?;
    match to.parent() {
        Some(parent) => sync_dir(parent),
        None => Ok(()),
    }
}

/// Syncs a folder's list of names to disk. Does nothing where the system cannot open folders.
///
/// # Errors
/// [`Error::Write`], naming the folder.
pub fn sync_dir(dir: &Path) -> Result<()> {
    let dir = if dir.as_os_str().is_empty() { Path::new(".") } else { dir };
    match File::open(dir) {
        Ok(handle) if cfg!(unix) => handle.sync_all().map_err(|e| Error::write(dir, e)),
        _ => Ok(()),
    }
}

/// Removes a folder with all it holds; one that is not there is fine.
///
/// # Errors
/// [`Error::Write`], naming the folder.
pub fn remove_dir(dir: &Path) -> Result<()> {
    match fs::remove_dir_all(dir) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(Error::write(dir, e)),
        _ => Ok(()),
    }
}

/// Removes a file; one that is not there is fine.
///
/// # Errors
/// [`Error::Write`], naming the file.
pub fn remove_file(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(Error::write(path, e)),
        _ => Ok(()),
    }
}

pub(super) fn make_parent(path: &Path) -> Result<()> {
    match path.parent() {
        Some(parent) => fs::create_dir_all(parent).map_err(|e| Error::write(parent, e)),
        None => Ok(()),
    }
}

impl Error {
    /// An [`Error::Write`] about `path`.
    pub(crate) fn write(path: &Path, cause: impl Into<crate::error::Cause>) -> Error {
        Error::Write { path: path.to_owned(), cause: cause.into() }
    }

    /// An [`Error::Read`] about `path`.
    pub(crate) fn read(path: &Path, row_group: Option<usize>, cause: impl Into<crate::error::Cause>) -> Error {
        Error::Read { path: path.to_owned(), row_group, cause: cause.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_and_leaves_nothing_behind() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a/b.json");
        write_file(&path, b"one").unwrap();
        write_file(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }
}
