//! The rows of an index: numbered on from those of the run, of each the little that is in memory, and where the rest lies.

use super::{Index, files_of};
use crate::dedup::Scope;
use crate::error::{Error, Result};
use crate::ledger::band_column;
use crate::pipeline::resolve::numbers;
use crate::pipeline::table::{Narrow, RowFile};
use crate::pipeline::{Pool, Source};
use arrow::array::AsArray;
use std::path::PathBuf;

/// Bytes of a row in memory: length and cluster size, and whether it has band keys.
pub(in crate::pipeline) const INDEX_ROW_BYTES: u64 = 9;

/// The documents of an index, as rows behind those of the run. [`INDEX_ROW_BYTES`] a row.
#[derive(Debug, Default)]
pub(in crate::pipeline) struct IndexRows {
    /// Number of the first: how many rows the run has.
    pub first: usize,
    pub files: Vec<IndexFile>,
    bytes: Narrow,
    sizes: Vec<u32>,
    banded: Vec<bool>,
}

/// A file of an index.
#[derive(Debug)]
pub(in crate::pipeline) struct IndexFile {
    documents: PathBuf,
    shingles: PathBuf,
    /// Number of its first row.
    pub first: usize,
    pub rows: usize,
    pub source: String,
    /// The batch that it is of.
    pub batch: u32,
    /// Rank of its source in the run that brought it.
    pub rank: u32,
    /// Its own rank among the files of that run.
    pub file: u32,
    /// Under [`Scope::Source`], the number of its scope.
    pub scope: u32,
}

impl IndexFile {
    /// What is known of each document.
    pub fn documents(&self) -> RowFile<'_> {
        RowFile { path: &self.documents, first: self.first }
    }

    /// Their shingle sets.
    fn shingles(&self) -> RowFile<'_> {
        RowFile { path: &self.shingles, first: self.first }
    }
}

impl IndexRows {
    /// None: of a run without an index that has so many rows.
    pub fn none(first: usize) -> IndexRows {
        IndexRows { first, ..IndexRows::default() }
    }

    /// The same without what is in memory of each row.
    pub fn files_alone(self) -> IndexRows {
        IndexRows { first: self.first, files: self.files, ..IndexRows::default() }
    }

    /// Reads what is in memory of each row. `first` is the number of rows of the run.
    pub fn read(
        pool: &Pool,
        index: &Index,
        sources: &[Source],
        scope: &Scope,
        bands: usize,
        first: usize,
    ) -> Result<IndexRows> {
        let mut rows = IndexRows::none(first);
        let mut names: Vec<String> = sources.iter().map(|source| source.name.clone()).collect();
        let mut next = first;
        for (batch, entry) in (0..).zip(&index.batches) {
            let dir = index.dir.join(&entry.folder);
            for found in files_of(&dir)? {
                let scope = match (scope, names.iter().position(|name| *name == found.source)) {
                    (Scope::Source, Some(at)) => at as u32,
                    (Scope::Source, None) => {
                        names.push(found.source.clone());
                        names.len() as u32 - 1
                    }
                    _ => 0,
                };
                rows.files.push(IndexFile {
                    documents: dir.join("documents").join(&found.name),
                    shingles: dir.join("shingles").join(&found.name),
                    first: next,
                    rows: usize::try_from(found.documents).unwrap_or(usize::MAX),
                    source: found.source,
                    batch,
                    rank: found.rank,
                    file: found.file,
                    scope,
                });
                next = next.saturating_add(usize::try_from(found.documents).unwrap_or(usize::MAX));
            }
        }
        if next as u64 >= u64::from(u32::MAX) {
            let problem = format!("{next} rows, the index included, are more than one run takes (2^32 - 2)");
            return Err(Error::Invalid { what: "inputs".into(), problem });
        }
        // Some at a time, so that few rows are in memory twice.
        for files in rows.files.chunks(4 * pool.threads()) {
            for (bytes, sizes, banded) in pool.map(files, |file| facts(file, bands))? {
                bytes.into_iter().for_each(|bytes| rows.bytes.push(bytes));
                rows.sizes.extend(sizes);
                rows.banded.extend(banded);
            }
        }
        rows.read_sizes(index)?;
        Ok(rows)
    }

    /// Enters the sizes to which later batches brought clusters.
    fn read_sizes(&mut self, index: &Index) -> Result<()> {
        for entry in &index.batches {
            let path = index.dir.join(&entry.folder).join("sizes.parquet");
            RowFile { path: &path, first: 0 }.each_batch(None, &mut |_, batch| {
                let (documents, sizes) = (batch.u64s("document")?, batch.u32s("size")?);
                for (document, size) in documents.iter().zip(sizes) {
                    let document = document.and_then(|document| self.sizes.get_mut(usize::try_from(document).ok()?));
                    match (document, size) {
                        (Some(known), Some(size)) => *known = size,
                        _ => return Err(Error::read(&path, None, "names a document that is not in the index")),
                    }
                }
                Ok(())
            })?;
        }
        Ok(())
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.sizes.len()
    }

    /// Bytes of a row's text.
    pub fn bytes(&self, row: usize) -> u64 {
        self.bytes.get(row - self.first)
    }

    /// How many rows its cluster had before this run, itself included.
    pub fn size(&self, row: usize) -> u32 {
        self.sizes[row - self.first]
    }

    /// Whether it has band keys.
    pub fn banded(&self, row: usize) -> bool {
        self.banded[row - self.first]
    }

    /// The file that holds a row.
    pub fn file_of(&self, row: usize) -> &IndexFile {
        let at = self.files.partition_point(|file| file.first <= row);
        // An empty file begins where the next does, and comes before it.
        &self.files[at.saturating_sub(1)]
    }
}

type FileFacts = (Vec<u64>, Vec<u32>, Vec<bool>);

fn facts(file: &IndexFile, bands: usize) -> Result<FileFacts> {
    let band = band_column(0);
    let mut columns = vec!["bytes", "size"];
    columns.extend((bands > 0).then_some(band.as_str()));
    let (mut bytes, mut sizes, mut banded) = FileFacts::default();
    file.documents().each_batch(Some(&columns), &mut |_, batch| {
        bytes.extend(batch.u64s("bytes")?.values());
        sizes.extend(batch.u32s("size")?.values());
        match bands {
            0 => banded.extend(std::iter::repeat_n(false, batch.rows())),
            _ => banded.extend(batch.u64s(&band)?.iter().map(|key| key.is_some())),
        }
        Ok(())
    })?;
    match sizes.len() == file.rows {
        true => Ok((bytes, sizes, banded)),
        false => {
            let problem = format!("has {} rows, where the index says {}", sizes.len(), file.rows);
            Err(Error::read(&file.documents, None, problem))
        }
    }
}

impl IndexFile {
    /// Reads the shingle sets of some of its rows, ascending.
    pub fn each_shingles(&self, rows: &[u32], each: &mut dyn FnMut(u32, &[u64]) -> Result<()>) -> Result<()> {
        let damaged = || Error::read(&self.shingles, None, "has no shingle set for each document");
        let (mut read, mut set) = (0, Vec::new());
        self.shingles().each_of_rows(&["shingles"], rows, &mut |rows, batch| {
            let sets = batch.batch().column_by_name("shingles").and_then(|sets| sets.as_binary_view_opt());
            let sets = sets.ok_or_else(damaged)?;
            for (i, &row) in rows.iter().enumerate() {
                set.clear();
                set.extend(numbers(sets.value(i)));
                each(row, &set)?;
            }
            read += rows.len();
            Ok(())
        })?;
        if read == rows.len() { Ok(()) } else { Err(damaged()) }
    }
}
