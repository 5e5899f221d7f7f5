//! Where emitted text comes from: shares of kinds, generators, templates and rounds beside their caps, and the seeds that are in the mix too.

use super::table::{Table, count, percent};
use crate::ledger::Tally;
use crate::mix::Share;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Values of a field that a report lists: those of most tokens.
pub(crate) const LISTED: usize = 20;
/// Of them, those that a person reads.
const SHOWN: usize = 8;
/// Characters of a value that a person reads.
const WIDE: usize = 48;

/// Where the emitted text comes from, as far as its rows say it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ProvenanceReport {
    /// By group of the mix, and in it by field: `kind`, `generator`, `template`, `round`.
    pub groups: BTreeMap<String, BTreeMap<String, FieldShares>>,
    /// Rows made from documents that are emitted too; `None` where no row names its seeds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seeds: Option<SeedOverlap>,
}

/// What one group emits by one field.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct FieldShares {
    /// All that the group emits, copies counted.
    pub emitted: Tally,
    /// Of it, rows without a value.
    pub without: Tally,
    /// Different values that are emitted.
    pub values: u64,
    /// Values over their caps. There are none.
    pub over_cap: u64,
    /// The values of most tokens: 20 at most.
    pub top: Vec<ValueShare>,
}

/// What a group emits of one value.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ValueShare {
    /// The value.
    pub value: String,
    /// Rows, copies counted.
    pub rows: u64,
    /// Tokens, copies counted.
    pub tokens: u64,
    /// Part of the group's emitted tokens, to nine decimal places.
    pub share: Option<f64>,
    /// Its cap, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cap: Option<Share>,
}

/// Emitted rows that name their seeds, and those of which a seed is emitted too, from a source that is not synthetic.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeedOverlap {
    /// Rows that name seeds, copies counted.
    pub rows: u64,
    /// Their tokens.
    pub tokens: u64,
    /// Those of which any seed is emitted too.
    pub overlapping_rows: u64,
    /// Their tokens.
    pub overlapping_tokens: u64,
}

impl ProvenanceReport {
    pub(super) fn write(&self, out: &mut String) {
        for (group, fields) in &self.groups {
            for (field, shares) in fields {
                shares.write(out, group, field);
            }
        }
        let Some(SeedOverlap { rows, tokens, overlapping_rows, overlapping_tokens }) = self.seeds else { return };
        let (of_rows, of_tokens) = (count(overlapping_rows), count(overlapping_tokens));
        out.push_str(&format!(
            "\nseeds: {of_rows} of {} rows ({of_tokens} of {} tokens) are made from documents that are emitted too\n",
            count(rows),
            count(tokens)
        ));
    }
}

impl FieldShares {
    fn write(&self, out: &mut String, group: &str, field: &str) {
        if self.values == 0 {
            return;
        }
        out.push_str(&format!("\n{field} of what `{group}` emits: {} different\n", count(self.values)));
        let mut table = Table::new([field, "rows", "tokens", "share", "cap"]);
        for ValueShare { value, rows, tokens, share, cap } in self.top.iter().take(SHOWN) {
            let share = share.map_or("-".to_owned(), |share| percent(share, 4));
            let cap = cap.map_or("-".to_owned(), |cap| percent(cap.to_f64(), 4));
            table.row(vec![shown(value), count(*rows), count(*tokens), share, cap]);
        }
        let listed = self.top.iter().take(SHOWN).fold((0, 0), |sum, top| (sum.0 + top.rows, sum.1 + top.tokens));
        let rest = (self.emitted.rows - self.without.rows, self.emitted.tokens - self.without.tokens);
        if self.values > SHOWN as u64 {
            let others = format!("{} others", count(self.values - SHOWN as u64));
            table.row(vec![others, count(rest.0.saturating_sub(listed.0)), count(rest.1.saturating_sub(listed.1))]);
        }
        if self.without.rows > 0 {
            table.row(vec!["(none)".to_owned(), count(self.without.rows), count(self.without.tokens)]);
        }
        table.write(out);
    }
}

/// A value on one line.
fn shown(value: &str) -> String {
    let line: String = value.chars().map(|c| if c.is_control() { ' ' } else { c }).take(WIDE).collect();
    if value.chars().nth(WIDE).is_some() { format!("{line}…") } else { line }
}
