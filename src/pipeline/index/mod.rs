//! The index: what earlier batches kept, on disk, so that a later one is deduplicated against it.
//!
//! ```text
//! DIR/index.json                        settings, versions, batches in their order; written last
//! DIR/batch-00000-1a2b3c4d/batch.json   its files
//!     documents/SOURCE/SHARD.parquet    id, length, score, content hash, scope, band keys, cluster size: a row for each kept document
//!     shingles/SOURCE/SHARD.parquet     their shingle sets, row by row
//!     sizes.parquet                     clusters of earlier batches that this one made larger
//! ```
//!
//! Only kept documents are in it: nothing goes because of a document that goes itself, so the others could decide nothing. A folder that
//! `index.json` does not name is of a run that was killed, and counts for nothing.

mod rows;
mod write;

pub(super) use rows::{INDEX_ROW_BYTES, IndexFile, IndexRows};
pub(super) use write::Batch;

use super::job::{Folder, JOB_FILE, differences, pretty};
use super::{DedupConfig, ScanConfig};
use crate::error::{Error, Result};
use crate::hash::HASH_VERSION;
use crate::io::{is_unfinished, remove_dir, write_file};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use xxhash_rust::xxh3::xxh3_128;

/// Version of the files of an index and their meaning, in `index.json`.
const INDEX_VERSION: u32 = 1;
/// Names the batches of an index.
const INDEX_FILE: &str = "index.json";
/// Names the files of a batch.
const BATCH_FILE: &str = "batch.json";

/// `index.json`.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Contents {
    /// What must be the same for all batches.
    settings: Value,
    batches: Vec<Entry>,
}

/// A batch of the index.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Entry {
    folder: String,
    /// Digest of the job that brought it.
    job: String,
    /// Its documents in the index.
    documents: u64,
    /// The rows that its run looked at.
    seen: u64,
}

/// A file of a batch, as `batch.json` has it.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct FileEntry {
    source: String,
    /// Rank of the source among those of its run.
    rank: u32,
    /// Rank of the file among those of its run.
    file: u32,
    /// Its name below `documents` and `shingles`.
    name: PathBuf,
    documents: u64,
}

/// An index as a run sees it: with the batches that it had when the run began.
#[derive(Debug)]
pub(super) struct Index {
    dir: PathBuf,
    settings: Value,
    batches: Vec<Entry>,
}

impl Index {
    /// Opens an index, or begins one where there is nothing yet. A run that goes on in `out` sees the batches that it saw before, its own
    /// not among them.
    ///
    /// # Errors
    /// [`Error::Conflict`] if the index was made with other settings, which it names, or if the folder holds other files.
    pub fn open(dir: &Path, config: &DedupConfig, scan: &ScanConfig, out: &Folder) -> Result<Index> {
        if config.closure {
            let problem = "holds what was kept by proof, and a closure proves nothing: leave one of them out".into();
            return Err(Error::Invalid { what: "index".into(), problem });
        }
        let settings = settings(config, scan);
        let mut batches = match read(dir)? {
            Some(contents) => {
                let differences = differences(&contents.settings, &settings);
                if !differences.is_empty() {
                    let problem = format!(
                        "the index was made with other settings:\n  {}\nUse the settings it was made with, or begin another index.",
                        differences.join("\n  ")
                    );
                    return Err(Error::Conflict { path: dir.to_owned(), problem });
                }
                contents.batches
            }
            None => Vec::new(),
        };
        if let Some(seen) = seen_by(out) {
            batches.truncate(seen);
        }
        Ok(Index { dir: dir.to_owned(), settings, batches })
    }

    /// What the identity of a job says of the index: all that is in it.
    pub fn state(&self) -> Value {
        json!({"batches": self.batches.len(), "after": self.batches.last().map(|batch| &batch.job)})
    }

    /// That nothing but the batch of this job was added to the index since the run began.
    ///
    /// # Errors
    /// [`Error::Conflict`] if there was.
    pub fn check(&self, job: &Value) -> Result<()> {
        self.holds(&digest(job)).map(drop)
    }

    /// Whether the batch of this job is in the index.
    fn holds(&self, job: &str) -> Result<bool> {
        let now = read(&self.dir)?.map(|contents| contents.batches).unwrap_or_default();
        let mine = now.get(self.batches.len());
        if now.get(..self.batches.len()) == Some(&self.batches[..]) && mine.is_none_or(|batch| batch.job == job) {
            return Ok(mine.is_some());
        }
        let problem = format!(
            "the index has changed since this run began (batches: {} then, {} now): one run at a time may add to it. Choose another \
             --out and run again.",
            self.batches.len(),
            now.len()
        );
        Err(Error::Conflict { path: self.dir.clone(), problem })
    }

    fn folder(&self, job: &str) -> String {
        format!("batch-{:05}-{}", self.batches.len(), job.get(..8).unwrap_or(job))
    }

    /// Writes the batch of a job beside the others. It is not in the index before it is [added](Index::add).
    pub fn write(&self, job: &Value, batch: &Batch<'_>) -> Result<()> {
        let job = digest(job);
        if self.holds(&job)? {
            return Ok(());
        }
        let dir = self.dir.join(self.folder(&job));
        remove_dir(&dir)?;
        let files = batch.write(&dir)?;
        let value = serde_json::to_value(files).map_err(|e| Error::write(&dir, e))?;
        write_file(&dir.join(BATCH_FILE), pretty(&value).as_bytes())
    }

    /// Adds the batch that was written for a job, unless a run before did; clears what killed runs left.
    pub fn add(&self, job: &Value, seen: u64) -> Result<()> {
        let job = digest(job);
        if self.holds(&job)? {
            return Ok(());
        }
        let folder = self.folder(&job);
        let documents = files_of(&self.dir.join(&folder))?.iter().map(|file| file.documents).sum();
        let mut contents = Contents { settings: self.settings.clone(), batches: self.batches.clone() };
        contents.batches.push(Entry { folder, job, documents, seen });
        let path = self.dir.join(INDEX_FILE);
        let value = serde_json::to_value(&contents).map_err(|e| Error::write(&path, e))?;
        write_file(&path, pretty(&value).as_bytes())?;
        let named = |name: &str| contents.batches.iter().any(|batch| batch.folder == name);
        let mut left = batch_folders(&self.dir).into_iter().filter(|name| !named(name));
        left.try_for_each(|name| remove_dir(&self.dir.join(name)))
    }
}

/// What must be the same for all batches of an index: else their hashes could not be compared, or a document would be judged by another
/// rule than those before it.
fn settings(config: &DedupConfig, scan: &ScanConfig) -> Value {
    let sketch = &scan.sketch;
    let near = config.near.map(|threshold| {
        json!({
            "threshold": threshold,
            "form": sketch.form,
            "unit": sketch.unit,
            "ngram": sketch.ngram,
            "slots": sketch.slots,
            "bands": sketch.bands.bands,
            "rows": sketch.bands.rows,
            "compat": scan.compat,
        })
    });
    json!({
        "index_version": INDEX_VERSION,
        "hash_version": HASH_VERSION,
        "exact": config.exact,
        "content_hash": if scan.raw { "raw" } else { "content" },
        "scope": config.scope,
        "near": near,
    })
}

fn read(dir: &Path) -> Result<Option<Contents>> {
    let path = dir.join(INDEX_FILE);
    match std::fs::read(&path) {
        Ok(bytes) => match serde_json::from_slice(&bytes) {
            Ok(contents) => Ok(Some(contents)),
            Err(e) => Err(Error::read(&path, None, format!("is no index that this release can read: {e}"))),
        },
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            let batches = batch_folders(dir);
            let others = std::fs::read_dir(dir).into_iter().flatten().flatten().map(|entry| entry.path());
            let is_left = |path: &PathBuf| {
                is_unfinished(path) || path.file_name().is_some_and(|name| batches.iter().any(|b| name == b.as_str()))
            };
            match others.into_iter().all(|path| is_left(&path)) {
                true => Ok(None),
                false => {
                    let problem = "holds files that are no index; choose an empty or new folder for it".into();
                    Err(Error::Conflict { path: dir.to_owned(), problem })
                }
            }
        }
        Err(e) => Err(Error::read(&path, None, e)),
    }
}

/// The folders that are named as those of batches are: of an index or of a run that was killed.
fn batch_folders(dir: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let is_batch = |name: &str| {
        let rest = name.strip_prefix("batch-").and_then(|rest| rest.split_once('-'));
        rest.is_some_and(|(number, job)| {
            number.bytes().all(|b| b.is_ascii_digit()) && job.len() == 8 && job.bytes().all(|b| b.is_ascii_hexdigit())
        })
    };
    names.filter(|name| is_batch(name)).collect()
}

fn files_of(dir: &Path) -> Result<Vec<FileEntry>> {
    let path = dir.join(BATCH_FILE);
    let bytes = std::fs::read(&path).map_err(|e| Error::read(&path, None, e))?;
    serde_json::from_slice(&bytes).map_err(|e| Error::read(&path, None, e))
}

/// How many batches the run saw that the folder belongs to, if one does.
fn seen_by(out: &Folder) -> Option<usize> {
    let job: Value = serde_json::from_slice(&std::fs::read(out.root().join(JOB_FILE)).ok()?).ok()?;
    job["index"]["batches"].as_u64().and_then(|batches| usize::try_from(batches).ok())
}

fn digest(job: &Value) -> String {
    format!("{:032x}", xxh3_128(pretty(job).as_bytes()))
}
