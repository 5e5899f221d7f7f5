//! `duplicates.parquet`: every removed duplicate with the row that was kept for it, read from the ledger.

use super::Folder;
use super::run::ledger_files;
use super::table::SCAN_BATCH_BYTES;
use crate::error::{Error, Result};
use crate::io::{Shard, TableOptions, TableWriter};
use crate::ledger::{LedgerBatch, RowVerdict, check_versions};
use arrow::array::{BooleanArray, RecordBatch};
use arrow::compute::{cast, filter_record_batch};
use arrow::datatypes::{DataType, Field, Schema};
use std::path::Path;
use std::sync::Arc;

/// Output column, its type, and the ledger column that it is.
const COLUMNS: [(&str, DataType, &str); 10] = [
    ("source", DataType::Utf8, "source"),
    ("id", DataType::Utf8, "id"),
    ("kept_source", DataType::Utf8, "duplicate_of_source"),
    ("kept_id", DataType::Utf8, "duplicate_of_id"),
    ("similarity", DataType::Float64, "similarity"),
    ("kind", DataType::Utf8, "duplicate_kind"),
    ("cluster_id", DataType::UInt64, "cluster_id"),
    ("cluster_size", DataType::UInt32, "cluster_size"),
    ("shard", DataType::Utf8, "shard"),
    ("row", DataType::UInt64, "row"),
];

/// Writes the duplicates of a run that is whole; rows in the order of the ledger. Returns their number.
///
/// # Errors
/// An unreadable ledger, an unwritable file.
pub fn write_duplicates(folder: &Folder, path: &Path) -> Result<u64> {
    let schema = Arc::new(Schema::new(COLUMNS.map(|(name, data_type, _)| Field::new(name, data_type, false)).to_vec()));
    let mut writer = TableWriter::create(path, &schema, &TableOptions::default())?;
    for file in ledger_files(folder)?.values().flatten() {
        let shard = Shard::open(file)?;
        check_versions(&shard)?;
        for group in 0..shard.row_groups() {
            for batch in shard.read_roots(group, None, None, SCAN_BATCH_BYTES)? {
                let batch = batch?;
                let verdicts = LedgerBatch::new(&batch).verdicts()?;
                let removed: BooleanArray = verdicts.iter().map(|&v| Some(v == RowVerdict::Duplicate)).collect();
                let pick = || -> Result<RecordBatch, arrow::error::ArrowError> {
                    let rows = filter_record_batch(&batch, &removed)?;
                    let columns = COLUMNS.iter().map(|(_, data_type, from)| {
                        let index = rows.schema().index_of(from)?;
                        cast(rows.column(index), data_type)
                    });
                    RecordBatch::try_new(schema.clone(), columns.collect::<Result<_, _>>()?)
                };
                writer.write(&pick().map_err(|e| Error::read(file, Some(group), e))?)?;
            }
        }
    }
    writer.finish()
}
