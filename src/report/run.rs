//! `run.json`: everything about a run that does not depend on the machine it ran on.

use super::{Achievement, ContaminationReport, Licences, LineReport, ProvenanceReport, ScoreReport};
use crate::ledger::{Books, DuplicateSummary};
use crate::mix::MixPlan;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// The content of `run.json`. Holds no time, thread count or absolute path: equal runs write equal files.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunReport {
    /// What the output folder belongs to: versions, the recipe with every default spelled out, the inputs with their digests.
    pub job: Value,
    /// Every input row's fate, by source.
    pub books: Books,
    /// Lines or paragraphs removed across documents; `None` where the recipe does not ask for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lines: Option<LineReport>,
    /// Benchmark items found in documents, as a whole; `None` where they were not looked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contamination: Option<ContaminationReport>,
    /// What was a duplicate of what, as a whole; `None` where duplicates were not sought.
    pub duplicates: Option<DuplicateSummary>,
    /// Quality scores before and after, by source; `None` where the recipe takes none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scores: Option<ScoreReport>,
    /// What the reference system (datatrove) calls each rule that dropped rows, by source and rule, where it has that rule.
    #[serde(default)]
    pub reference_reasons: BTreeMap<String, BTreeMap<String, String>>,
    /// The mix: quotas, cut-offs, exceptions; `None` where the recipe has no `[mix]`.
    pub mix: Option<MixPlan>,
    /// Emitted, unique and effective shares of groups and sources.
    #[serde(default)]
    pub achieved: Achievement,
    /// What was emitted under which licence; `None` where no source has a column of licences.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub licences: Option<Licences>,
    /// Where the emitted text comes from; `None` where no row says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provenance: Option<ProvenanceReport>,
    /// What was written.
    pub output: OutputSummary,
}

/// The output as a whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OutputSummary {
    /// Rows.
    pub rows: u64,
    /// Tokens, by the recipe's counter.
    pub tokens: u64,
    /// Bytes of text.
    pub text_bytes: u64,
    /// Files, in order.
    pub shards: Vec<OutputShard>,
    /// Column names, in order.
    pub columns: Vec<String>,
    /// Whether rows have the columns `source`, `category` and `copy_index` of the run. Without, all rows are of its one source.
    pub added_columns: bool,
    /// Input columns whose names the mix needed, with what they are called in the output.
    pub renamed_columns: Vec<(String, String)>,
}

/// One output file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutputShard {
    /// File name within `data/`.
    pub name: String,
    /// Rows.
    pub rows: u64,
    /// Their tokens, by the recipe's counter.
    #[serde(default)]
    pub tokens: u64,
    /// Size of the file in bytes.
    pub bytes: u64,
    /// xxh3-128 of the whole file, 32 hex digits.
    pub xxh3_128: String,
}
