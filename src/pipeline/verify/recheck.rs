//! What `verify` works out again from the ledger by the passes of a run: the whole plan, where emitted text comes from, the lines removed.

use crate::error::Result;
use crate::io::{Shard, remove_dir};
use crate::ledger::{LedgerBatch, RowVerdict};
use crate::mix::{Caps, MixPlan};
use crate::pipeline::Folder;
use crate::pipeline::books::ledger_files;
use crate::pipeline::buckets::RowBuckets;
use crate::pipeline::keyed::LeftRows;
use crate::pipeline::mixing::{MixConfig, no_mix};
use crate::pipeline::origins::{self, OriginSource};
use crate::pipeline::sort::Space;
use crate::pipeline::table::{Rows, SCAN_BATCH_BYTES};
use crate::pipeline::{Check, Pool};
use crate::recipe::BucketRules;
use crate::report::{FieldShares, ProvenanceReport, RunReport};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::PathBuf;
use xxhash_rust::xxh3::xxh3_128;

/// Where records go: beside no run, since its folder may be one that cannot be written to.
fn space(pool: &Pool, folder: &Folder, what: &str) -> Space {
    let digest = xxh3_128(format!("{}{what}{:?}", std::process::id(), folder.root()).as_bytes());
    Space::new(std::env::temp_dir().join(format!("mashbill-verify-{digest:032x}")), None, pool.threads())
}

/// Each source's name and category, in the order of the recipe.
fn names(recipe: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let sources = recipe["sources"].as_array().into_iter().flatten();
    sources.map(|source| (text(&source["name"]), text(&source["category"]))).collect()
}

/// The plan made again from the ledger's rows: what scores leave of each source, quotas, cut-offs, exceptions, caps.
pub(super) fn check_plan(pool: &Pool, folder: &Folder, report: &RunReport) -> Result<Option<Check>> {
    let Some(said) = &report.mix else { return Ok(None) };
    let space = space(pool, folder, "plan");
    let found = plan_again(pool, folder, &report.job["recipe"], &space);
    remove_dir(&space.dir)?;
    let problem = match found {
        Ok(found) => (found.as_ref() != Some(said)).then(|| difference(said, found.as_ref())),
        Err(e) => Some(format!("the recipe and the ledger give no plan: {e}")),
    };
    Ok(Some(Check { what: "the mix's plan, made again from every row of the ledger".into(), problem }))
}

fn plan_again(pool: &Pool, folder: &Folder, recipe: &Value, space: &Space) -> Result<Option<MixPlan>> {
    let Some(config) = MixConfig::of_resolved(recipe).map_err(|e| no_mix(&e))? else { return Ok(None) };
    let (names, files) = (names(recipe), ledger_files(&folder.ledger())?);
    let of_source = |(name, _): &(String, String)| files.get(name).map(Vec::as_slice).unwrap_or_default();
    let rows = Rows::of_files(names.iter().map(of_source))?;
    let left = LeftRows { pool, sources: &names, rows: &rows, removals: None, buckets: None };
    let rules: Option<BucketRules> = serde_json::from_value(recipe["buckets"].clone()).map_err(|e| no_mix(&e))?;
    let buckets = rules.as_ref().map(|rules| RowBuckets::measure(rules, &left, space)).transpose()?;
    let left = LeftRows { buckets: buckets.as_ref(), ..left };
    let (keyed, have) = config.keyed(&left, recipe["seed"].as_u64().unwrap_or(0), space)?;
    Ok(Some(config.decide(&left, &keyed, &have, space)?.plan))
}

/// Which part of a plan differs first.
fn difference(said: &MixPlan, found: Option<&MixPlan>) -> String {
    let Some(found) = found else { return "the recipe has no mix".to_owned() };
    let source = said.sources.iter().zip(&found.sources).find(|(said, found)| said != found);
    match source {
        Some((said, found)) => format!("run.json says {said:?}\n      recomputed: {found:?}"),
        None => format!("run.json says {said:?}\n      recomputed: {found:?}"),
    }
}

/// Shares of kinds, generators, templates and rounds, against caps, and the seeds that are emitted too.
pub(super) fn check_origins(pool: &Pool, folder: &Folder, report: &RunReport) -> Result<Option<Check>> {
    let recipe = &report.job["recipe"];
    let by_source = recipe["mix"]["source_shares"].is_object();
    let files = ledger_files(&folder.ledger())?;
    let mut names = names(recipe);
    if names.is_empty() {
        // A command without a recipe has one source, in a group of that name.
        names = files.keys().map(|name| (name.clone(), name.clone())).collect();
    }
    let mut sources = OriginSource::of(&names, by_source);
    for source in &mut sources {
        source.files = files.get(&source.name).cloned().unwrap_or_default();
    }
    let caps: Caps = serde_json::from_value(recipe["mix"]["caps"].clone()).unwrap_or_default();
    let space = space(pool, folder, "origins");
    let found = origins::sum_up(pool, &sources, &caps, &space);
    remove_dir(&space.dir)?;
    let found = found?;
    let mut problem = (report.provenance != found)
        .then(|| format!("run.json says {:?}\n      recomputed: {found:?}", report.provenance));
    let over = |(group, fields): (&String, &BTreeMap<String, FieldShares>)| {
        let (field, shares) = fields.iter().find(|(_, shares)| shares.over_cap > 0)?;
        Some(format!("{} values of {field} are over their caps in `{group}`", shares.over_cap))
    };
    let groups = found.iter().flat_map(|found| &found.groups);
    problem = problem.or_else(|| groups.into_iter().find_map(over)).or_else(|| limits_problem(report, found.as_ref()));
    let told = report.provenance.is_some() || found.is_some() || problem.is_some();
    Ok(told.then(|| Check { what: "where emitted text comes from, against its caps, from the ledger".into(), problem }))
}

/// A limit in the plan whose tokens are not those of the ledger, as far as that lists the value.
fn limits_problem(report: &RunReport, found: Option<&ProvenanceReport>) -> Option<String> {
    let limits = report.mix.iter().flat_map(|mix| &mix.caps).flat_map(|caps| &caps.limits);
    limits.into_iter().find_map(|limit| {
        let shares = found.and_then(|found| found.groups.get(&limit.group)?.get(&limit.field));
        let listed = shares.and_then(|shares| shares.top.iter().find(|value| value.value == limit.value));
        let wrong = match (listed, shares) {
            (Some(listed), _) => listed.tokens != limit.tokens,
            // A value that is not listed has no more than those that are.
            (None, Some(shares)) => shares.top.last().is_some_and(|last| limit.tokens > last.tokens),
            (None, None) => limit.tokens > 0,
        };
        (wrong || limit.tokens > limit.most).then(|| format!("the plan says that {limit}, the ledger: {listed:?}"))
    })
}

/// Edits that rewrites made in rows that passed their filters, by source, and whether the removal of lines dropped any row.
#[derive(Debug, Clone, Copy, Default)]
struct Taken {
    edits: u64,
    dropped: bool,
}

/// What the report says was removed from each source's texts are the edits of the ledger's rows, where nothing else edits them; else no more
/// than those.
pub(super) fn check_lines_of_sources(pool: &Pool, folder: &Folder, report: &RunReport) -> Result<Option<Check>> {
    let Some(lines) = &report.lines else { return Ok(None) };
    let files: Vec<(String, PathBuf)> = ledger_files(&folder.ledger())?
        .into_iter()
        .flat_map(|(source, files)| files.into_iter().map(move |file| (source.clone(), file)))
        .collect();
    let parts = pool.map(&files, |(source, path)| {
        let (file, mut taken) = (Shard::open(path)?, Taken::default());
        let columns = ["edits", "verdict", "rule"];
        for group in 0..file.row_groups() {
            for batch in file.read_roots(group, Some(&columns), None, SCAN_BATCH_BYTES)? {
                let batch = batch?;
                let batch = LedgerBatch::new(&batch);
                let (edits, rules) = (batch.u32s("edits")?, batch.strings("rule")?);
                for (at, verdict) in batch.verdicts()?.into_iter().enumerate() {
                    match verdict {
                        RowVerdict::Dropped => taken.dropped |= rules.value(at).starts_with("lines."),
                        RowVerdict::Quarantined => {}
                        _ => taken.edits += u64::from(edits.value(at)),
                    }
                }
            }
        }
        Ok((source.clone(), taken))
    })?;
    let mut sources: BTreeMap<String, Taken> = BTreeMap::new();
    for (source, part) in parts {
        let sum = sources.entry(source).or_default();
        *sum = Taken { edits: sum.edits + part.edits, dropped: sum.dropped | part.dropped };
    }
    let recipe = &report.job["recipe"];
    let removes_items = recipe["decontaminate"]["action"] == "remove";
    let plain = |name: &str| {
        let source = recipe["sources"].as_array().into_iter().flatten().find(|source| source["name"] == name);
        let source = source.unwrap_or(&recipe["source"]);
        !removes_items && source["steps"].as_array().is_none_or(|steps| steps.is_empty())
    };
    let problem = lines.sources.iter().find_map(|(name, removed)| {
        let taken = sources.get(name).copied().unwrap_or_default();
        // Rows that lose too much are counted, and lose nothing.
        let wrong = match (plain(name), taken.dropped) {
            (true, false) => removed.units != taken.edits,
            (true, true) => removed.units < taken.edits,
            (false, false) => removed.units > taken.edits,
            (false, true) => false,
        };
        wrong.then(|| {
            format!("run.json says {} removed from `{name}`; its rows have {} edits", removed.units, taken.edits)
        })
    });
    Ok(Some(Check { what: "lines removed from each source, against what the ledger's rows lost".into(), problem }))
}
