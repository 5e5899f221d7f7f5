//! The mix worked out again, from what `run.json` says of the recipe and what the ledger holds: for `verify`.

use crate::ledger::{Books, SourceBooks};
use crate::mix::{MixAsk, MixPlan, Quotas, SourceSupply};
use crate::recipe::Category;
use serde_json::{Value, json};

/// What differs between a plan and the one that the same recipe makes of the same ledger; `None` if nothing does.
pub(super) fn problem(recipe: &Value, plan: &MixPlan, books: &Books) -> Option<String> {
    let quotas = match quotas(recipe, books) {
        Ok(quotas) => quotas,
        Err(e) => return Some(format!("the recipe and the ledger give no plan: {e}")),
    };
    let said = Quotas {
        budget: plan.budget,
        groups: plan.groups.clone(),
        sources: plan.sources.iter().map(|s| s.quota.clone()).collect(),
        notes: plan.notes.clone(),
    };
    if said != quotas {
        return Some(format!("run.json says {said:?}\n      recomputed: {quotas:?}"));
    }
    plan.sources.iter().find_map(|source| {
        let emitted = books.sources.get(&source.quota.name).map(|b| b.emitted).unwrap_or_default();
        let epochs = source.quota.quota.checked_div(source.quota.tokens).unwrap_or(0);
        let (name, selection) = (&source.quota.name, &source.selection);
        let same =
            (selection.tokens, selection.docs, u64::from(selection.epochs)) == (emitted.tokens, emitted.rows, epochs);
        (!same)
            .then(|| format!("`{name}`: run.json says {selection:?}, the ledger {emitted:?} in {epochs} whole epochs"))
    })
}

/// The quotas that a recipe, all its defaults spelled out, has of the rows that are left.
fn quotas(recipe: &Value, books: &Books) -> crate::Result<Quotas> {
    let mix = &recipe["mix"];
    let groups: Vec<Value> = Category::ALL
        .iter()
        .filter_map(|(name, _)| mix["shares"].get(name).map(|share| json!({"name": name, "share": share})))
        .collect();
    let ask = json!({"groups": groups, "budget": mix["tokens"], "shortage": mix["shortage"]});
    let ask: MixAsk = serde_json::from_value(ask).map_err(no_recipe)?;
    let supplies = recipe["sources"].as_array().into_iter().flatten().map(|source| {
        let name = source["name"].as_str().unwrap_or_default();
        let left = |b: &SourceBooks| (b.not_sampled.tokens + b.sampled.tokens, b.not_sampled.rows + b.sampled.rows);
        let (tokens, docs) = books.sources.get(name).map(left).unwrap_or_default();
        let supply = json!({
            "name": name,
            "group": source["category"],
            "weight": source["weight"],
            "max_epochs": source["max_epochs"],
            "tokens": tokens,
            "docs": docs,
        });
        serde_json::from_value(supply).map_err(no_recipe)
    });
    ask.quotas(&supplies.collect::<crate::Result<Vec<SourceSupply>>>()?)
}

fn no_recipe(e: serde_json::Error) -> crate::Error {
    crate::Error::Unbalanced(format!("the recipe in run.json has no mix that can be read: {e}"))
}
