//! Arguments of `score buckets`.

use crate::error::{Error, Result};
use crate::pipeline::FileScope;
use crate::score::Ensemble;
use clap::Args;
use std::path::PathBuf;

/// Which buckets of which scores.
#[derive(Debug, Clone, Args)]
pub(super) struct BucketArgs {
    /// Parquet files with columns of scores.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Columns of scores, higher being better.
    #[arg(long = "column", value_delimiter = ',', default_value = "score", value_name = "NAMES")]
    pub columns: Vec<String>,
    /// Number of buckets.
    #[arg(long, default_value_t = 20, value_name = "N")]
    pub count: usize,
    /// How the buckets of several scores become one.
    #[arg(long, default_value = "max", value_parser = Ensemble::ALL.map(|(name, _)| name), value_name = "HOW")]
    pub combine: String,
    /// What buckets have equal parts of: `rows`, or `column:NAME` of whole numbers, as tokens are.
    #[arg(long, default_value = "rows", value_name = "WEIGHT", value_parser = parse_weight)]
    pub weight: BucketColumn,
    /// Which rows are measured by themselves: `global` for all, `file`, or `column:NAME` for those with the same value in a column.
    #[arg(long, default_value = "global", value_name = "SCOPE", value_parser = parse_file_scope)]
    pub per: FileScope,
    /// Names of ranges of buckets, each with its first, as in low=0,high=12.
    #[arg(long, value_delimiter = ',', value_name = "NAME=FIRST", value_parser = parse_level)]
    pub levels: Vec<(String, u32)>,
    /// Column of ids, which is written beside the buckets.
    #[arg(long, value_name = "COLUMN")]
    pub id: Option<String>,
    /// Thresholds out of sketches with summaries of N entries, in one pass, in place of a sort. How far they may be off is printed.
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "4096", value_name = "N")]
    pub sketch: Option<usize>,
    /// Folder for buckets.parquet and thresholds.json.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
}

/// `rows`, or a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct BucketColumn(pub Option<String>);

fn parse_weight(text: &str) -> Result<BucketColumn> {
    match text.strip_prefix("column:").filter(|name| !name.is_empty()) {
        Some(name) => Ok(BucketColumn(Some(name.to_owned()))),
        None if text == "rows" => Ok(BucketColumn(None)),
        None => Err(Error::unknown("weight", text, ["rows", "column:NAME"])),
    }
}

fn parse_file_scope(text: &str) -> Result<FileScope> {
    match (text, text.strip_prefix("column:").filter(|name| !name.is_empty())) {
        ("global", _) => Ok(FileScope::Global),
        ("file", _) => Ok(FileScope::File),
        (_, Some(name)) => Ok(FileScope::Column(name.to_owned())),
        (_, None) => Err(Error::unknown("scope", text, ["global", "file", "column:NAME"])),
    }
}

fn parse_level(text: &str) -> Result<(String, u32)> {
    let parts = text.split_once('=').and_then(|(name, first)| Some((name.trim(), first.trim().parse().ok()?)));
    match parts {
        Some((name, first)) if !name.is_empty() => Ok((name.to_owned(), first)),
        _ => Err(Error::Invalid {
            what: format!("level `{text}`"),
            problem: "a name and its first bucket, as in high=12".to_owned(),
        }),
    }
}
