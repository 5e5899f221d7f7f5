//! What the ledger says of duplicates: `duplicates.parquet`, with every duplicate and the row that was kept for it, and the summary
//! of a report.

use super::books::ledger_files;
use super::table::SCAN_BATCH_BYTES;
use super::{Folder, Pool, Source};
use crate::error::{Error, Result};
use crate::io::{Shard, TableOptions, TableWriter};
use crate::ledger::{Cluster, DuplicateSummary, LedgerBatch, Member, check_versions};
use arrow::array::{BooleanArray, RecordBatch};
use arrow::compute::{cast, filter_record_batch};
use arrow::datatypes::{DataType, Field, Schema};
use std::path::{Path, PathBuf};
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
    let schema = Arc::new(Schema::new(
        COLUMNS.map(|(name, data_type, _)| Field::new(name, data_type, name == "similarity")).to_vec(),
    ));
    let mut writer = TableWriter::create(path, &schema, &TableOptions::default())?;
    for file in ledger_files(&folder.ledger())?.values().flatten() {
        let shard = Shard::open(file)?;
        check_versions(&shard)?;
        for group in 0..shard.row_groups() {
            for batch in shard.read_roots(group, None, None, SCAN_BATCH_BYTES)? {
                let batch = batch?;
                let kinds = LedgerBatch::new(&batch).strings("duplicate_kind")?;
                let listed: BooleanArray = kinds.iter().map(|kind| Some(kind.is_some())).collect();
                let pick = || -> Result<RecordBatch, arrow::error::ArrowError> {
                    let rows = filter_record_batch(&batch, &listed)?;
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

/// How many characters of a text are shown.
const SHOWN: usize = 60;

/// Summarises what ledger files say of duplicates.
///
/// # Errors
/// An unreadable ledger.
pub(super) fn summarise(pool: &Pool, files: &[PathBuf]) -> Result<DuplicateSummary> {
    let fold = |add: &(dyn Fn(&mut DuplicateSummary, &LedgerBatch<'_>) -> Result<()> + Sync),
                begin: &DuplicateSummary| {
        pool.map(files, |path| {
            let mut part = begin.clone();
            let file = Shard::open(path)?;
            for group in 0..file.row_groups() {
                for batch in file.read_roots(group, Some(&DuplicateSummary::COLUMNS), None, SCAN_BATCH_BYTES)? {
                    add(&mut part, &LedgerBatch::new(&batch?))?;
                }
            }
            Ok(part)
        })
    };
    let mut summary = DuplicateSummary::default();
    for part in fold(&DuplicateSummary::add, &DuplicateSummary::default())? {
        summary.merge(part);
    }
    let largest = DuplicateSummary { largest: summary.largest.clone(), ..DuplicateSummary::default() };
    for part in fold(&DuplicateSummary::add_samples, &largest)? {
        summary.merge_samples(part);
    }
    Ok(summary)
}

/// Looks up how the texts of the largest clusters begin.
///
/// # Errors
/// An unreadable input.
pub(super) fn show_beginnings(summary: &mut DuplicateSummary, sources: &[Source]) -> Result<()> {
    for Cluster { kept, samples, .. } in &mut summary.largest {
        for member in std::iter::once(kept).chain(samples) {
            member.begins = beginning(member, sources)?.unwrap_or_default();
        }
    }
    Ok(())
}

fn beginning(member: &Member, sources: &[Source]) -> Result<Option<String>> {
    let source = sources.iter().find(|source| source.name == member.source);
    let Some(input) = source.and_then(|s| s.shards.iter().find(|shard| shard.label == member.shard)) else {
        return Ok(None);
    };
    let holds = |&group: &usize| member.row < input.shard.first_row(group) + input.shard.group_rows(group);
    let Some(group) = (0..input.shard.row_groups()).find(holds) else { return Ok(None) };
    let row = member.row.saturating_sub(input.shard.first_row(group));
    for batch in input.shard.read_roots(group, Some(&[input.text.column().root()]), Some(&[row]), SCAN_BATCH_BYTES)? {
        let texts = input.text.bind(&batch?)?;
        if let Some(text) = texts.get(0) {
            let words = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
            let line = words.take(SHOWN).collect::<Vec<_>>().join(" ");
            return Ok(Some(line.chars().take(SHOWN).collect()));
        }
    }
    Ok(None)
}
