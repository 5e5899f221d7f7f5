//! What was removed from inside documents, since many of them share it.

use super::table::{Table, count};
use crate::dedup::lines::Removed;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Units named in the text report; `run.json` names more.
const SHOWN: usize = 10;
/// Characters of a unit that the text report shows.
const SHOWN_CHARS: usize = 70;

/// Units (lines or paragraphs) that many documents share. Counted over the documents that the filters keep, among them those that
/// `lines.max_removed` drops afterwards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineReport {
    /// `line` or `paragraph`.
    pub unit: String,
    /// Distinct units that are long enough to be touched.
    pub distinct: u64,
    /// Those of them that stand in enough documents to be removed.
    pub repeated: u64,
    /// What that takes from each source.
    pub sources: BTreeMap<String, Removed>,
    /// Those that stand in most documents, most first; at most 50.
    pub frequent: Vec<RepeatedUnit>,
}

/// One of the units removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RepeatedUnit {
    /// The beginning of its content form.
    pub text: String,
    /// Distinct documents that it stands in.
    pub documents: u64,
    /// Occurrences, in all documents.
    pub times: u64,
}

impl LineReport {
    /// xxh3-128 of the report as JSON, 32 hex digits: ledger files carry it, so that a changed count shows.
    pub fn digest(&self) -> String {
        let json = serde_json::to_vec(self).unwrap_or_default();
        format!("{:032x}", xxhash_rust::xxh3::xxh3_128(&json))
    }

    pub(super) fn write(&self, out: &mut String) {
        let LineReport { unit, distinct, repeated, .. } = self;
        out.push_str(&format!(
            "\n{unit}s removed across documents: {} of {} distinct ones\n",
            count(*repeated),
            count(*distinct)
        ));
        let mut table = Table::new(["source", "removed", "bytes"]);
        for (source, removed) in &self.sources {
            table.row(vec![source.clone(), count(removed.units), count(removed.bytes)]);
        }
        table.write(out);
        if self.frequent.is_empty() {
            return;
        }
        out.push_str(&format!("\n{unit}s in most documents\n"));
        let mut table = Table::new(["text", "documents", "times"]);
        for unit in self.frequent.iter().take(SHOWN) {
            let mut text: String = unit.text.chars().take(SHOWN_CHARS).collect();
            if text.len() < unit.text.len() {
                text.push('…');
            }
            table.row(vec![text, count(unit.documents), count(unit.times)]);
        }
        table.write(out);
    }
}
