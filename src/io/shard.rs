//! A Parquet file to read: opened once, checked, read by row group in batches bounded in bytes.

use super::column::{Column, StringColumn};
use super::raw_text::{as_bytes, with_text};
use crate::error::{Cause, Error, Result};
use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Schema, SchemaRef};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder, RowSelection,
    RowSelector,
};
use parquet::basic::Compression as Codec;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use xxhash_rust::xxh3::xxh3_128;

/// The most rows in one batch, however short.
const MAX_BATCH_ROWS: usize = 8192;

/// A Parquet file, its footer read and its columns given canonical types (see [`canonical`](super::canonical)).
#[derive(Debug, Clone)]
pub struct Shard {
    path: PathBuf,
    bytes: u64,
    digest: u128,
    /// The columns as the crate shows them; text columns are strings.
    schema: SchemaRef,
    /// The columns as they are decoded; text columns are bytes.
    metadata: ArrowReaderMetadata,
}

impl Shard {
    /// Opens a file and reads its footer.
    ///
    /// # Errors
    /// [`Error::Read`] if it is missing, a folder, empty, not Parquet, or cut short, saying which.
    pub fn open(path: &Path) -> Result<Shard> {
        Shard::open_with_text(path, &[])
    }

    /// Like [`open`](Shard::open); columns named in `text` (dots descend into structs) are read as bytes, whether the file
    /// declares them strings or binary, and checked value by value: see [`Strings::is_invalid`](super::Strings::is_invalid).
    ///
    /// # Errors
    /// As [`open`](Shard::open); also for a compression that this build does not read.
    pub fn open_with_text(path: &Path, text: &[&str]) -> Result<Shard> {
        let (mut file, bytes) = open_file(path)?;
        let footer = read_footer(path, &mut file, bytes)?;
        let paths: Vec<Vec<&str>> = text.iter().map(|name| name.split('.').collect()).collect();
        let load = || -> Result<(SchemaRef, ArrowReaderMetadata), Cause> {
            let plain = ArrowReaderMetadata::load(&file, ArrowReaderOptions::new())?;
            let typed = |text: DataType| -> SchemaRef {
                let fields = plain.schema().fields().iter().map(|f| with_text(f, &paths, &text));
                Arc::new(Schema::new(fields.collect::<Vec<_>>()))
            };
            let (shown, decoded) = (typed(DataType::Utf8View), typed(DataType::BinaryView));
            let mut options = ArrowReaderOptions::new().with_schema(decoded);
            if !paths.is_empty() {
                options = options.with_parquet_schema(Arc::new(as_bytes(plain.parquet_schema(), &paths)?));
            }
            Ok((shown, ArrowReaderMetadata::load(&file, options)?))
        };
        let (schema, metadata) = guarded(load).map_err(|cause| {
            Error::read(path, None, format!("its footer cannot be read: {cause}; the file is damaged, write it again"))
        })?;
        check_codecs(path, &metadata)?;
        Ok(Shard { path: path.to_owned(), bytes, digest: xxh3_128(&footer), schema, metadata })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The file's size in bytes.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// xxh3-128 of the footer, which holds the offsets, sizes and statistics of every column chunk: a rewritten file differs.
    /// A single value changed in place, with its page's statistics and sizes kept, does not show here.
    pub fn digest(&self) -> u128 {
        self.digest
    }

    /// The value of a key in the footer's key-value pairs.
    pub fn footer_value(&self, key: &str) -> Option<&str> {
        let pairs = self.metadata.metadata().file_metadata().key_value_metadata()?;
        pairs.iter().find(|pair| pair.key == key)?.value.as_deref()
    }

    /// Number of rows.
    pub fn rows(&self) -> u64 {
        (0..self.row_groups()).map(|g| self.group_rows(g)).sum()
    }

    /// Number of row groups.
    pub fn row_groups(&self) -> usize {
        self.metadata.metadata().num_row_groups()
    }

    /// Number of rows in a row group; 0 where there is no such group.
    pub fn group_rows(&self, group: usize) -> u64 {
        let groups = self.metadata.metadata().row_groups();
        groups.get(group).map_or(0, |g| u64::try_from(g.num_rows()).unwrap_or(0))
    }

    /// The number, within the file, of the row group's first row.
    pub fn first_row(&self, group: usize) -> u64 {
        (0..group).map(|g| self.group_rows(g)).sum()
    }

    /// The columns, with canonical types.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// Uncompressed bytes of a top-level column in all row groups, as the footer states them.
    pub fn column_bytes(&self, root: &str) -> u64 {
        (0..self.row_groups()).map(|g| self.group_bytes(g, Some(root))).sum()
    }

    /// Finds a column of strings.
    ///
    /// # Errors
    /// [`Error::Column`] if it is missing (names the nearest) or holds something else.
    pub fn string_column(&self, name: &str) -> Result<StringColumn> {
        StringColumn::new(Column::find(&self.path, self.schema(), name)?, false)
    }

    /// Finds a column of identifiers: strings, or integers read as their digits.
    ///
    /// # Errors
    /// As [`string_column`](Shard::string_column).
    pub fn id_column(&self, name: &str) -> Result<StringColumn> {
        StringColumn::new(Column::find(&self.path, self.schema(), name)?, true)
    }

    /// Finds a column of any type.
    ///
    /// # Errors
    /// [`Error::Column`] if it is missing (names the nearest).
    pub fn column(&self, name: &str) -> Result<Column> {
        Column::find(&self.path, self.schema(), name)
    }

    /// Reads some columns of a row group, in batches of about `batch_bytes` uncompressed bytes (one row at least).
    ///
    /// # Errors
    /// [`Error::Read`], naming file and row group; each batch may fail likewise.
    pub fn read(&self, group: usize, columns: &[&StringColumn], batch_bytes: usize) -> Result<Batches> {
        let roots: Vec<&str> = columns.iter().map(|c| c.column().root()).collect();
        self.read_roots(group, Some(&roots), None, batch_bytes)
    }

    /// Reads top-level columns of a row group (`None`: all of them), either all rows or those listed (ascending, counted from
    /// the group's first).
    ///
    /// # Errors
    /// As [`read`](Shard::read).
    pub fn read_roots(
        &self,
        group: usize,
        roots: Option<&[&str]>,
        rows: Option<&[u64]>,
        batch_bytes: usize,
    ) -> Result<Batches> {
        let (file, bytes) = open_file(&self.path)?;
        if bytes != self.bytes {
            let what = format!("it had {} bytes when the run began and has {bytes} now; run again", self.bytes);
            return Err(Error::read(&self.path, Some(group), what));
        }
        let total: u64 = match roots {
            Some(roots) => roots.iter().map(|r| self.group_bytes(group, Some(r))).sum(),
            None => self.group_bytes(group, None),
        };
        let batch_rows = batch_rows(total, self.group_rows(group), batch_bytes);
        let build = || -> Result<ParquetRecordBatchReader, Cause> {
            let mut builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, self.metadata.clone())
                .with_row_groups(vec![group])
                .with_batch_size(batch_rows);
            if let Some(roots) = roots {
                let mask = ProjectionMask::leaves(builder.parquet_schema(), self.leaves(roots));
                builder = builder.with_projection(mask);
            }
            if let Some(rows) = rows {
                builder = builder.with_row_selection(selection(rows, self.group_rows(group)));
            }
            Ok(builder.build()?)
        };
        let reader = guarded(build).map_err(|cause| Error::read(&self.path, Some(group), cause))?;
        Ok(Batches { shard: self.clone(), group, reader: Some(reader) })
    }

    /// The first of all columns that does not decode in a row group. Reads the row group once more, column by column.
    fn damaged_column(&self, group: usize) -> Option<String> {
        let roots = self.schema.fields().iter().map(|f| f.name().clone());
        roots.into_iter().find(|root| {
            let mask = ProjectionMask::leaves(self.metadata.parquet_schema(), self.leaves(&[root]));
            let read = || -> Result<(), Cause> {
                let builder =
                    ParquetRecordBatchReaderBuilder::new_with_metadata(File::open(&self.path)?, self.metadata.clone());
                let reader = builder.with_row_groups(vec![group]).with_batch_size(64).with_projection(mask).build()?;
                for batch in reader {
                    batch?;
                }
                Ok(())
            };
            guarded(read).is_err()
        })
    }

    /// The positions of all leaves below these top-level columns. By position, since a column's name may hold a dot.
    fn leaves(&self, roots: &[&str]) -> Vec<usize> {
        let leaves = self.metadata.parquet_schema().columns().iter().enumerate();
        let below = |parts: &[String]| parts.first().is_some_and(|root| roots.contains(&root.as_str()));
        leaves.filter(|(_, leaf)| below(leaf.path().parts())).map(|(at, _)| at).collect()
    }

    fn group_bytes(&self, group: usize, root: Option<&str>) -> u64 {
        let Some(group) = self.metadata.metadata().row_groups().get(group) else { return 0 };
        let chunks = group.columns().iter();
        let wanted = chunks.filter(|c| root.is_none() || c.column_path().parts().first().map(String::as_str) == root);
        wanted.map(|c| u64::try_from(c.uncompressed_size()).unwrap_or(0)).sum()
    }
}

/// The batches of one row group.
#[derive(Debug)]
pub struct Batches {
    shard: Shard,
    group: usize,
    reader: Option<ParquetRecordBatchReader>,
}

impl Iterator for Batches {
    type Item = Result<RecordBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut reader = self.reader.take()?;
        let next = guarded(|| match reader.next() {
            Some(batch) => Ok(Some((batch?, reader))),
            None => Ok(None),
        });
        match next {
            Ok(Some((batch, reader))) => {
                self.reader = Some(reader);
                Some(Ok(batch))
            }
            Ok(None) => None,
            Err(cause) => {
                let column = self.shard.damaged_column(self.group);
                let column = column.map(|c| format!("column `{c}`: ")).unwrap_or_default();
                let what = format!("{column}{cause}; the row group is damaged: write the file again, or leave it out");
                Some(Err(Error::read(&self.shard.path, Some(self.group), what)))
            }
        }
    }
}

/// Runs what decodes foreign bytes. The decoder is meant to return errors, but a damaged file may still trip an assertion
/// inside it; that too is an error about the file, not about this program.
fn guarded<T>(decode: impl FnOnce() -> Result<T, Cause>) -> Result<T, Cause> {
    match catch_unwind(AssertUnwindSafe(decode)) {
        Ok(result) => result,
        Err(payload) => {
            let text = payload.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("unknown cause");
            Err(format!("the Parquet decoder gave up: {text}").into())
        }
    }
}

/// Refuses a compression that this build does not read, before a row group fails on it.
fn check_codecs(path: &Path, metadata: &ArrowReaderMetadata) -> Result<()> {
    let chunks = metadata.metadata().row_groups().iter().flat_map(|g| g.columns());
    let unread = chunks.map(|c| c.compression()).find(|c| matches!(c, Codec::BROTLI(_) | Codec::LZO));
    match unread {
        None => Ok(()),
        Some(codec) => {
            let name = if codec == Codec::LZO { "lzo" } else { "brotli" };
            let what = format!(
                "is compressed with {name}, which this build does not read; write it again with zstd or snappy"
            );
            Err(Error::read(path, None, what))
        }
    }
}

fn batch_rows(bytes: u64, rows: u64, batch_bytes: usize) -> usize {
    let per_row = (bytes / rows.max(1)).max(1);
    let fit = batch_bytes as u64 / per_row;
    usize::try_from(fit).unwrap_or(MAX_BATCH_ROWS).clamp(1, MAX_BATCH_ROWS)
}

fn selection(rows: &[u64], total: u64) -> RowSelection {
    let mut selectors = Vec::new();
    let mut at = 0;
    for &row in rows.iter().filter(|&&row| row < total) {
        if row > at {
            selectors.push(RowSelector::skip((row - at) as usize));
        }
        selectors.push(RowSelector::select(1));
        at = row + 1;
    }
    if at < total {
        selectors.push(RowSelector::skip((total - at) as usize));
    }
    RowSelection::from(selectors)
}

fn open_file(path: &Path) -> Result<(File, u64)> {
    let file = File::open(path).map_err(|e| Error::read(path, None, e))?;
    let metadata = file.metadata().map_err(|e| Error::read(path, None, e))?;
    if metadata.is_dir() {
        return Err(Error::read(
            path,
            None,
            "is a folder, not a Parquet file; name the files in it, as in `folder/*.parquet`",
        ));
    }
    Ok((file, metadata.len()))
}

/// The bytes of the footer, checked for the marks that a whole Parquet file has.
fn read_footer(path: &Path, file: &mut File, bytes: u64) -> Result<Vec<u8>> {
    let fail = |cause: &str| Error::read(path, None, cause);
    if bytes == 0 {
        return Err(fail("is empty (0 bytes): its writer did not finish; write it again or leave it out"));
    }
    let mut magic = [0; 4];
    let mut tail = [0; 8];
    let mut take = |from: SeekFrom, into: &mut [u8]| -> std::io::Result<()> {
        file.seek(from)?;
        file.read_exact(into)
    };
    if bytes < 12 || take(SeekFrom::Start(0), &mut magic).is_err() || &magic != b"PAR1" {
        return Err(fail("is not a Parquet file (it does not begin with PAR1)"));
    }
    take(SeekFrom::End(-8), &mut tail).map_err(|e| Error::read(path, None, e))?;
    let [a, b, c, d, mark @ ..] = tail;
    if &mark != b"PAR1" {
        return Err(fail(
            "is cut short (it does not end with PAR1): its writer or its transfer did not finish; fetch it again",
        ));
    }
    let length = u64::from(u32::from_le_bytes([a, b, c, d]));
    if length + 12 > bytes {
        return Err(fail("is damaged: its footer says that it is longer than the file; fetch it again"));
    }
    let mut footer = vec![0; length as usize];
    take(SeekFrom::End(-8 - length as i64), &mut footer).map_err(|e| Error::read(path, None, e))?;
    Ok(footer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_are_bounded_in_bytes_and_hold_a_row_at_least() {
        assert_eq!(batch_rows(1 << 30, 10, 1 << 20), 1);
        assert_eq!(batch_rows(100, 100, 1 << 20), MAX_BATCH_ROWS);
        assert_eq!(batch_rows(4096 * 1000, 1000, 1 << 20), 256);
        assert_eq!(batch_rows(0, 0, 1), 1);
    }

    #[test]
    fn a_selection_covers_the_group() {
        let all: Vec<RowSelector> = selection(&[0, 1, 5], 8).into();
        let skip = RowSelector::skip;
        let select = RowSelector::select;
        assert_eq!(all, [select(2), skip(3), select(1), skip(2)]);
        let none: Vec<RowSelector> = selection(&[], 3).into();
        assert_eq!(none, [skip(3)]);
    }
}
