//! One row's fate: a narrow Parquet row for every input row, its schema, writer, reader, and the identity that it must satisfy.
//!
//! ```text
//!  scan  ──► ScanBuilder ──► scan file  (ledger columns up to `score`, and band keys)
//!                               │  resolve, plan: Fate per row
//!                               ▼
//!                            complete() ──► ledger file ──► Books (rows in = sum of fates)
//! ```
//!
//! `docs/ledger.md` describes every column.

mod books;
mod duplicates;
mod fate;
mod provenance;
mod read;
mod scan;
mod versions;

pub use books::{Books, SourceBooks, Tally};
pub use duplicates::{Cluster, DuplicateSummary, Member, PairCount};
pub use fate::{Duplicate, Fate, complete, with_copies};
pub use provenance::{Provenance, RowProvenance};
pub use read::{LedgerBatch, hash_at};
pub use scan::{ScanBuilder, ScanLayout, ScanRow, band_column};
pub use versions::{check_versions, versions};

use arrow::datatypes::{DataType, Field, Schema};
use std::fmt;
use std::sync::Arc;

/// Version of the ledger's columns and their meaning, written into every file's footer as `mashbill.ledger`.
pub const LEDGER_VERSION: u32 = 1;

/// What scanning and resolving said of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum RowVerdict {
    /// Passed everything; emitted `copies` times (0: not sampled).
    Kept,
    /// Failed a filter.
    Dropped,
    /// A duplicate of a kept row.
    Duplicate,
    /// Holds a benchmark item.
    Contaminated,
    /// Could not be read as text, and was set aside by policy.
    Quarantined,
}

impl RowVerdict {
    /// All of them.
    pub const ALL: [RowVerdict; 5] = [
        RowVerdict::Kept,
        RowVerdict::Dropped,
        RowVerdict::Duplicate,
        RowVerdict::Contaminated,
        RowVerdict::Quarantined,
    ];

    /// The word in the ledger.
    pub fn as_str(self) -> &'static str {
        match self {
            RowVerdict::Kept => "kept",
            RowVerdict::Dropped => "dropped",
            RowVerdict::Duplicate => "duplicate",
            RowVerdict::Contaminated => "contaminated",
            RowVerdict::Quarantined => "quarantined",
        }
    }

    /// The verdict of that word.
    pub fn parse(word: &str) -> Option<RowVerdict> {
        RowVerdict::ALL.into_iter().find(|v| v.as_str() == word)
    }
}

impl fmt::Display for RowVerdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The columns that scanning fills, in order.
fn scan_fields() -> Vec<Field> {
    let string = |name: &str, null: bool| Field::new(name, DataType::Utf8, null);
    let item = Arc::new(Field::new("item", DataType::Utf8, true));
    vec![
        string("source", false),
        string("shard", false),
        Field::new("row", DataType::UInt64, false),
        string("id", false),
        Field::new("input_bytes", DataType::UInt64, false),
        Field::new("bytes", DataType::UInt64, false),
        Field::new("edits", DataType::UInt32, false),
        Field::new("tokens", DataType::UInt64, true),
        Field::new("content_hash", DataType::FixedSizeBinary(16), true),
        string("verdict", false),
        string("rule", true),
        Field::new("observed", DataType::Float64, true),
        Field::new("failed", DataType::List(item), true),
        Field::new("score", DataType::Float64, true),
    ]
}

/// The columns that resolving and planning fill, in order.
fn fate_fields() -> Vec<Field> {
    let string = |name: &str| Field::new(name, DataType::Utf8, true);
    vec![
        string("duplicate_kind"),
        string("duplicate_of_source"),
        string("duplicate_of_id"),
        Field::new("similarity", DataType::Float64, true),
        Field::new("cluster_id", DataType::UInt64, true),
        Field::new("cluster_size", DataType::UInt32, true),
        string("contaminated_by_benchmark"),
        string("contaminated_by_item"),
        string("contaminated_by_rule"),
        Field::new("copies", DataType::UInt32, false),
    ]
}

/// The ledger's columns, where its rows say where they come from: as [`schema`], and these behind them.
pub fn schema_with(provenance: Provenance) -> Schema {
    let fields = schema().fields().iter().map(|field| field.as_ref().clone()).collect::<Vec<_>>();
    Schema::new(fields.into_iter().chain(provenance.fields()).collect::<Vec<_>>())
}

/// The columns that every ledger has.
pub fn schema() -> Schema {
    let mut fields = scan_fields();
    fields.extend(fate_fields());
    Schema::new(fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_describes_every_column_and_no_other() {
        let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/ledger.md")).unwrap();
        let described: Vec<&str> = page
            .lines()
            .filter_map(|l| l.strip_prefix("| `"))
            .filter_map(|l| l.split_once('`'))
            .map(|(name, _)| name)
            .collect();
        let columns: Vec<String> = schema().fields().iter().map(|f| f.name().clone()).collect();
        assert_eq!(described, columns);
    }
}
