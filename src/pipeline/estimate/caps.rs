//! What caps will leave of a mix, from the values of sampled rows.

use crate::error::Result;
use crate::ledger::{Provenance, RowProvenance};
use crate::pipeline::MixConfig;
use crate::report::{CapEstimate, SourceEstimate};
use std::collections::{BTreeMap, HashMap};

/// Rows of a sample that a value has to be seen in before its tokens are taken to be as many in the whole: what is seen once or twice is
/// one of many rare values, and none of them near its cap.
const LEAST_ROWS: u64 = 3;
/// Caps that a plan shows.
const SHOWN: usize = 12;

/// The values of sampled rows: rows and tokens by field and value.
#[derive(Debug, Default)]
pub(super) struct ValueSample(HashMap<(usize, String), (u64, u64)>);

impl ValueSample {
    /// Takes notice of a row.
    pub fn add(&mut self, row: &RowProvenance<'_>, tokens: u64) {
        for (field, value) in row.values.iter().enumerate().take(Provenance::CAPPED) {
            if let Some(value) = value {
                let sum = self.0.entry((field, (*value).to_owned())).or_default();
                *sum = (sum.0 + 1, sum.1.saturating_add(tokens));
            }
        }
    }

    pub fn merge(&mut self, other: ValueSample) {
        for (value, (rows, tokens)) in other.0 {
            let sum = self.0.entry(value).or_default();
            *sum = (sum.0 + rows, sum.1.saturating_add(tokens));
        }
    }
}

/// A group: its quota, all its tokens as often as they may be emitted, and those of each value.
#[derive(Default)]
struct Group<'a> {
    quota: u64,
    tokens: f64,
    values: BTreeMap<(usize, &'a str), f64>,
}

/// The caps that will bind, and why they rule the mix out, if they do. `values` are of the sources in their order, each with what a token of
/// its sample stands for.
pub(super) fn caps(
    mix: &MixConfig,
    sources: &[SourceEstimate],
    values: &[(ValueSample, f64)],
    exhaustive: bool,
) -> Result<(Vec<CapEstimate>, Option<String>)> {
    let (mut binding, mut short) = (Vec::new(), None);
    if mix.caps.is_empty() || !mix.stages.is_empty() {
        return Ok((binding, short));
    }
    let mut groups: BTreeMap<&str, Group<'_>> = BTreeMap::new();
    for ((source, (values, scale)), config) in sources.iter().zip(values).zip(&mix.sources) {
        let Some(quota) = source.quota else { return Ok((binding, short)) };
        let copies = if quota == 0 { 0.0 } else { config.max_epochs.ceil() };
        let group = if mix.by_source { &source.source } else { &source.group };
        let of_group = groups.entry(group).or_default();
        of_group.quota += quota;
        of_group.tokens += source.unique_tokens as f64 * copies;
        for ((field, value), (rows, tokens)) in &values.0 {
            if exhaustive || *rows >= LEAST_ROWS {
                *of_group.values.entry((*field, value)).or_default() += *tokens as f64 * scale * copies;
            }
        }
    }
    for (group, Group { quota, tokens, values }) in groups {
        let mut lost = [0.0; Provenance::CAPPED];
        for ((field, value), available) in values {
            let name = Provenance::COLUMNS[field];
            let Some(cap) = mix.caps.share(name, value)? else { continue };
            let most = cap.of(quota);
            if available > most as f64 {
                lost[field] += available - most as f64;
                let (group, field, value) = (group.to_owned(), name.to_owned(), value.to_owned());
                binding.push(CapEstimate { group, field, value, cap, most, available: available.round() as u64 });
            }
        }
        for (field, lost) in lost.into_iter().enumerate() {
            let left = (tokens - lost).max(0.0).round() as u64;
            if left < quota && short.is_none() {
                let field = Provenance::COLUMNS[field];
                short = Some(format!(
                    "group `{group}` is to give {quota} tokens, but under the caps on {field} it can give only {}{left}\n\
                     raise a cap, take fewer tokens, or bring more documents that are not under these caps",
                    if exhaustive { "" } else { "about " }
                ));
            }
        }
    }
    binding.sort_by_key(|cap| (std::cmp::Reverse(cap.available.saturating_sub(cap.most)), cap.value.clone()));
    binding.truncate(SHOWN);
    Ok((binding, short))
}
