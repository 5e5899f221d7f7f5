//! The mix worked out again, from what `run.json` says of the recipe and what the ledger holds: for `verify`.

use crate::ledger::{Books, SourceBooks};
use crate::mix::weights::Bucket;
use crate::mix::{Budget, MixPlan, Quotas, SourceSupply, StagePlan, stage_quotas};
use crate::pipeline::keyed::Supply;
use crate::pipeline::mixing::{MixConfig, no_mix};
use crate::report::BucketReport;
use serde_json::Value;
use std::collections::BTreeMap;

/// What differs between a plan and the one that the same recipe makes of the same ledger; `None` if nothing does.
pub(super) fn problem(recipe: &Value, plan: &MixPlan, books: &Books, buckets: Option<&BucketReport>) -> Option<String> {
    let no_plan = |e: crate::Error| Some(format!("the recipe and the ledger give no plan: {e}"));
    let (config, supplies) = match asked(recipe, plan, books, buckets) {
        Ok(asked) => asked,
        Err(e) => return no_plan(e),
    };
    if !config.stages.is_empty() {
        return stages_problem(plan, &config, &supplies, books);
    }
    let (config, said) = match &plan.caps {
        Some(_) => (at_budget(config, plan.budget), without_caps(plan)),
        None => (config, quotas_of(plan)),
    };
    let quotas = match config.ask.quotas(&supplies) {
        Ok(quotas) => quotas,
        Err(e) => return no_plan(e),
    };
    let quotas = if plan.caps.is_some() { by_group(quotas) } else { quotas };
    if said != quotas {
        return Some(format!("run.json says {said:?}\n      recomputed: {quotas:?}"));
    }
    plan.sources.iter().find_map(|source| {
        let books = books.sources.get(&source.quota.name);
        let emitted = books.map(|b| b.emitted).unwrap_or_default();
        let unique = books.map_or(0, |b| b.sampled.tokens);
        let epochs = source.quota.quota.checked_div(source.quota.tokens).unwrap_or(0);
        let (name, selection) = (&source.quota.name, &source.selection);
        // Whole epochs are of the documents of a pool, or differ by bucket.
        let epochs = match selection.pool.is_none() && selection.buckets.is_empty() && plan.caps.is_none() {
            true => epochs,
            false => u64::from(selection.epochs),
        };
        let said = (selection.tokens, selection.unique_tokens, selection.docs, u64::from(selection.epochs));
        (said != (emitted.tokens, unique, emitted.rows, epochs)).then(|| {
            format!(
                "`{name}`: run.json says {selection:?}, the ledger {emitted:?}, {unique} unique tokens, in {epochs} whole epochs"
            )
        })
    })
}

fn quotas_of(plan: &MixPlan) -> Quotas {
    Quotas {
        budget: plan.budget,
        groups: plan.groups.clone(),
        sources: plan.sources.iter().map(|s| s.quota.clone()).collect(),
        notes: plan.notes.clone(),
    }
}

/// Caps move quotas between the sources of a group, and may shorten the budget: what they leave as it was is the quotas of groups.
fn without_caps(plan: &MixPlan) -> Quotas {
    by_group(quotas_of(plan))
}

/// Each group's quota in its first source; no notes.
fn by_group(mut quotas: Quotas) -> Quotas {
    quotas.notes.clear();
    let mut sums: BTreeMap<String, u64> = BTreeMap::new();
    quotas.sources.iter().for_each(|source| *sums.entry(source.group.clone()).or_default() += source.quota);
    for source in &mut quotas.sources {
        source.quota = sums.remove(&source.group).unwrap_or(0);
    }
    quotas
}

fn at_budget(mut config: MixConfig, budget: u64) -> MixConfig {
    config.ask.budget = Budget::Tokens(budget);
    config
}

/// The recipe's mix, and the sources as the rows that are left make them: those of which scores leave rows out as the plan says.
fn asked(
    recipe: &Value,
    plan: &MixPlan,
    books: &Books,
    buckets: Option<&BucketReport>,
) -> crate::Result<(MixConfig, Vec<SourceSupply>)> {
    let config = MixConfig::of_resolved(recipe).map_err(|e| no_mix(&e))?;
    let config = config.ok_or_else(|| crate::Error::Unbalanced("the recipe in run.json has no mix".to_owned()))?;
    let text = |source: &Value, key: &str| source[key].as_str().unwrap_or_default().to_owned();
    let sources = recipe["sources"].as_array().into_iter().flatten();
    let names: Vec<(String, String)> = sources.map(|s| (text(s, "name"), text(s, "category"))).collect();
    let mut have = Vec::with_capacity(names.len());
    for ((name, _), source) in names.iter().zip(&config.sources) {
        let left = |b: &SourceBooks| (b.not_sampled.tokens + b.sampled.tokens, b.not_sampled.rows + b.sampled.rows);
        let (tokens, rows) = books.sources.get(name).map(left).unwrap_or_default();
        let said = plan.sources.iter().find(|s| &s.quota.name == name).map(|s| (s.quota.tokens, s.quota.docs));
        let some = said.filter(|said| source.is_scored() && said.0 <= tokens && said.1 <= rows);
        let (tokens, rows) = some.unwrap_or((tokens, rows));
        have.push(Supply { tokens, rows });
    }
    // A source that repeats by bucket takes every row that has one.
    let sizes = |name: &String| buckets.map_or_else(Vec::new, |buckets| buckets.kept_tokens(name));
    let sizes = names.iter().map(|(name, _)| sizes(name).into_iter().map(|tokens| Bucket { tokens }).collect());
    let supplies = config.supplies(&names, &have, &sizes.collect::<Vec<_>>());
    Ok((config, supplies))
}

/// What differs between the stages of a plan and those that the recipe makes of the ledger.
fn stages_problem(plan: &MixPlan, config: &MixConfig, supplies: &[SourceSupply], books: &Books) -> Option<String> {
    let quotas = match stage_quotas(&config.stages, supplies) {
        Ok(quotas) => quotas,
        Err(e) => return Some(format!("the recipe and the ledger give no plan: {e}")),
    };
    let said = |stage: &StagePlan| Quotas {
        budget: stage.budget,
        groups: stage.groups.clone(),
        sources: stage.sources.iter().map(|s| s.quota.clone()).collect(),
        notes: stage.notes.clone(),
    };
    let said: Vec<Quotas> = plan.stages.iter().map(said).collect();
    if said != quotas {
        return Some(format!("run.json says {said:?}\n      recomputed: {quotas:?}"));
    }
    supplies.iter().enumerate().find_map(|(at, supply)| {
        let emitted = books.sources.get(&supply.name).map(|b| b.emitted).unwrap_or_default();
        let parts = plan.stages.iter().filter_map(|stage| stage.sources.get(at));
        let sum = parts.fold((0, 0), |sum, part| (sum.0 + part.tokens, sum.1 + part.docs));
        let name = &supply.name;
        (sum != (emitted.tokens, emitted.rows))
            .then(|| format!("`{name}`: run.json says {sum:?} tokens and rows in all stages, the ledger {emitted:?}"))
    })
}
