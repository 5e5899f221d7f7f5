//! A Parquet file to write: whole or not at all, row groups cut where the caller says, bytes that depend on the rows and on how
//! they were cut into batches (the encoder may end a page where a batch ends).

use super::atomic::{make_parent, rename, unfinished};
use super::compression::Compression;
use super::schema::declared;
use crate::error::{Cause, Error, Result};
use arrow::array::{ArrayRef, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{Field, Schema, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::{Compression as Codec, ZstdLevel};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterVersion};
use std::fs::File;
use std::path::{Path, PathBuf};

/// How a file is written.
#[derive(Debug, Clone, Default)]
pub struct TableOptions {
    /// Page compression.
    pub compression: Compression,
    /// Key-value pairs for the footer, in this order.
    pub metadata: Vec<(&'static str, String)>,
    /// Top-level columns without a dictionary: whole documents, whose dictionary would only fill memory and then be given up.
    pub plain_columns: Vec<String>,
    /// Whether the file is read once and then removed: no dictionaries, statistics or checks of what the disk holds.
    pub scratch: bool,
}

/// Writes batches of one schema to a Parquet file, which takes its name only in [`finish`](TableWriter::finish).
#[derive(Debug)]
pub struct TableWriter {
    path: PathBuf,
    writer: ArrowWriter<File>,
    file_schema: SchemaRef,
    rows: u64,
    scratch: bool,
}

impl TableWriter {
    /// Begins a file. `schema` has the types of the batches to come; strings and binaries are declared as plain `Utf8` and
    /// `Binary`.
    ///
    /// # Errors
    /// [`Error::Write`], naming the file.
    pub fn create(path: &Path, schema: &Schema, options: &TableOptions) -> Result<Self> {
        make_parent(path)?;
        let fields = schema.fields().iter().map(|f| Field::new(f.name(), declared(f.data_type()), f.is_nullable()));
        let file_schema = SchemaRef::new(Schema::new(fields.collect::<Vec<_>>()));
        let begin = || -> Result<ArrowWriter<File>, Cause> {
            let file = File::create(unfinished(path))?;
            let writer_options = ArrowWriterOptions::new().with_properties(properties(options));
            Ok(ArrowWriter::try_new_with_options(file, file_schema.clone(), writer_options)?)
        };
        let writer = begin().map_err(|cause| Error::write(path, cause))?;
        Ok(TableWriter { path: path.to_owned(), writer, file_schema, rows: 0, scratch: options.scratch })
    }

    /// Appends rows to the open row group.
    ///
    /// # Errors
    /// [`Error::Write`], naming the file.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        let mut append = || -> Result<(), Cause> {
            let columns: Result<Vec<ArrayRef>, _> =
                batch.columns().iter().zip(self.file_schema.fields()).map(|(c, f)| cast(c, f.data_type())).collect();
            let batch = RecordBatch::try_new(self.file_schema.clone(), columns?)?;
            Ok(self.writer.write(&batch)?)
        };
        let result = append();
        self.rows += batch.num_rows() as u64;
        result.map_err(|cause| Error::write(&self.path, cause))
    }

    /// Ends the open row group, if it has rows.
    ///
    /// # Errors
    /// [`Error::Write`], naming the file.
    pub fn end_row_group(&mut self) -> Result<()> {
        self.writer.flush().map_err(|e| Error::write(&self.path, e))
    }

    /// Writes the footer, syncs, and gives the file its name. Returns its number of rows.
    ///
    /// # Errors
    /// [`Error::Write`], naming the file.
    pub fn finish(self) -> Result<u64> {
        let TableWriter { path, writer, rows, scratch, .. } = self;
        let close = || -> Result<(), Cause> {
            let mut writer = writer;
            writer.finish()?;
            if !scratch {
                writer.inner().sync_all()?;
            }
            Ok(())
        };
        close().map_err(|cause| Error::write(&path, cause))?;
        match scratch {
            true => std::fs::rename(unfinished(&path), &path).map_err(|e| Error::write(&path, e))?,
            false => rename(&unfinished(&path), &path)?,
        }
        Ok(rows)
    }
}

fn properties(options: &TableOptions) -> WriterProperties {
    let pairs = options.metadata.iter().map(|(k, v)| KeyValue::new((*k).to_owned(), v.clone())).collect();
    let mut builder = WriterProperties::builder()
        .set_created_by(concat!("mashbill ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_writer_version(WriterVersion::PARQUET_1_0)
        .set_compression(codec(options.compression))
        // Row groups end where the caller says, by bytes counted from the rows.
        .set_max_row_group_row_count(None)
        .set_statistics_enabled(EnabledStatistics::Page)
        .set_key_value_metadata(Some(pairs));
    if options.scratch {
        builder = builder.set_dictionary_enabled(false).set_statistics_enabled(EnabledStatistics::None);
    }
    for column in &options.plain_columns {
        builder = builder.set_column_dictionary_enabled(column.as_str().into(), false);
    }
    builder.build()
}

fn codec(compression: Compression) -> Codec {
    match compression {
        Compression::Zstd(level) => Codec::ZSTD(ZstdLevel::try_new(i32::from(level)).unwrap_or_default()),
        Compression::Snappy => Codec::SNAPPY,
        Compression::Lz4 => Codec::LZ4_RAW,
        Compression::None => Codec::UNCOMPRESSED,
    }
}
