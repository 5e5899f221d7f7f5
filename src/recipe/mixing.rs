//! `[mix]`, `[[stage]]`, and what a `[[source]]` says of the mix: as types, and out of TOML.

use super::grammar::{Category, Source};
use super::reader::{Node, Table};
use crate::error::{Error, Result};
use crate::mix::weights::Epoching;
use crate::mix::{Budget, Caps, MixAsk, Quality, ScoreEpochs, SelectBy, ShareRule, Shortage, StageAsk, Target};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Most tokens that a recipe may ask for: 2^53, up to which every count is exact also as a JSON number.
const MAX_TOKENS: u64 = 1 << 53;

/// What caps may be on: the first columns of provenance.
const CAPPED: [&str; 4] = ["kind", "generator", "template", "round"];

/// `[mix]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Mix {
    /// How many tokens to emit.
    pub tokens: Budget,
    /// Each category's part of the tokens; they sum to 1. None where the shares are of sources, or a rule sets them.
    pub shares: BTreeMap<Category, f64>,
    /// Each source's part of the tokens, where the shares are of sources.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub source_shares: BTreeMap<String, f64>,
    /// The rule that sets the shares of all sources.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<ShareRule>,
    /// What the shares are shares of. Default emitted tokens.
    #[serde(default, skip_serializing_if = "is_default")]
    pub target: Target,
    /// How often the tokens of a category may be emitted at most, on average over its sources. Default: as often as those may.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub max_epochs: BTreeMap<Category, f64>,
    /// The least part of the emitted tokens that a category may come to, whatever a rule or `shortage` makes of the shares. Default none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub min_shares: BTreeMap<Category, f64>,
    /// The most that one kind, generator, template or round of synthetic text may come to, as a part of the tokens that its category emits.
    /// Default none.
    #[serde(default, skip_serializing_if = "Caps::is_empty")]
    pub caps: Caps,
    /// What happens when a share cannot be had. Default error.
    pub shortage: Shortage,
}

/// `[[stage]]`: a mix with a name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Stage {
    /// The name, unique.
    pub name: String,
    /// What is asked for in it.
    #[serde(flatten)]
    pub mix: Mix,
}

impl Mix {
    /// The mix as the planner is asked for it.
    pub fn ask(&self) -> MixAsk {
        let ask = MixAsk::new(self.tokens).shortage(self.shortage).target(self.target);
        let ask = self.shares.iter().fold(ask, |ask, (category, &share)| ask.group(category.name(), share));
        let ask = self.source_shares.iter().fold(ask, |ask, (source, &share)| ask.group(source, share));
        let ask = self.max_epochs.iter().fold(ask, |ask, (category, &most)| ask.group_epochs(category.name(), most));
        let ask = self.min_shares.iter().fold(ask, |ask, (category, &least)| ask.floor(category.name(), least));
        MixAsk { rule: self.rule.clone(), ..ask }
    }

    /// The group that a source belongs to: its category, or where the shares are of sources, itself.
    pub fn group<'a>(&self, source: &'a str, category: &'a str) -> &'a str {
        if self.source_shares.is_empty() { category } else { source }
    }
}

impl Stage {
    /// The stage as the planner is asked for it.
    pub fn ask(&self) -> StageAsk {
        StageAsk::new(&self.name, self.mix.ask())
    }
}

fn is_default(target: &Target) -> bool {
    *target == Target::default()
}

pub(super) fn mix(table: &Table<'_>, sources: &[Source]) -> Result<Mix> {
    table.only(&["tokens", "shares", "target", "max_epochs", "min_shares", "caps", "shortage"])?;
    let mut mix = settings(table, sources)?;
    let Some(node) = table.get("caps") else { return Ok(mix) };
    mix.caps = caps(&node)?;
    if mix.target == Target::Unique {
        return Err(table.key_error("caps", "caps are of emitted tokens; leave out `target = \"unique\"`"));
    }
    if let Some(source) = sources.iter().find(|s| s.quality.epochs.is_some()) {
        let problem =
            format!("source `{}` has `epochs_by_score`, which caps cannot go with; leave one out", source.name);
        return Err(table.key_error("caps", problem));
    }
    Ok(mix)
}

/// `[mix.caps]`: for each field a default, or a table of caps by value.
fn caps(node: &Node<'_>) -> Result<Caps> {
    let table = node.table("`caps`")?;
    table.only(&CAPPED)?;
    let share = |v: &Node<'_>| v.number("a number between 0 and 1", |x| (0.0..=1.0).contains(&x));
    let mut caps = Caps::default();
    for field in CAPPED {
        let Some(v) = table.get(field) else { continue };
        if !v.value().is_table() {
            caps = caps.default_cap(field, share(&v)?);
            continue;
        }
        let values = v.table(format!("`{field}`"))?;
        for value in values.keys() {
            let Some(v) = values.get(value) else { continue };
            caps = match value {
                "default" => caps.default_cap(field, share(&v)?),
                value => caps.cap(field, value, share(&v)?),
            };
        }
    }
    Ok(caps)
}

/// The `[[stage]]` tables, in order; all by categories or all by sources, since a source has one group.
pub(super) fn stages(root: &Table<'_>, sources: &[Source]) -> Result<Vec<Stage>> {
    let Some(list) = root.get("stage") else { return Ok(Vec::new()) };
    if list.value().is_table() {
        return Err(root.key_error("stage", "stages are a list: write [[stage]], with two brackets"));
    }
    if root.get("mix").is_some() {
        return Err(root.key_error("stage", "[[stage]] stands in place of [mix]; leave one out"));
    }
    let mut stages: Vec<Stage> = Vec::new();
    for node in list.list()? {
        let table = node.table("[[stage]]")?;
        table.only(&["name", "tokens", "shares", "max_epochs", "min_shares", "shortage"])?;
        let name = table.require("name", "name = \"stable\"")?.filled()?.to_owned();
        if stages.iter().any(|stage| stage.name == name) {
            return Err(
                table.value_error("name", format!("there is a stage `{name}` already; give this one another name"))
            );
        }
        let mix = settings(&table, sources)?;
        if mix.tokens == Budget::Max {
            return Err(table
                .value_error("tokens", "a stage needs a number of tokens: \"max\" would leave nothing to the next"));
        }
        if stages.first().is_some_and(|first| first.mix.source_shares.is_empty() != mix.source_shares.is_empty()) {
            let problem = "the shares of all stages are of categories, or those of all are of sources";
            return Err(table.value_error("shares", problem));
        }
        stages.push(Stage { name, mix });
    }
    if let Some(source) = sources.iter().find(|s| s.quality.epochs.is_some() && !stages.is_empty()) {
        let problem =
            format!("source `{}` has `epochs_by_score`, which stages cannot go on with; leave one out", source.name);
        return Err(root.key_error("stage", problem));
    }
    Ok(stages)
}

/// What `[mix]` and `[[stage]]` have in common.
fn settings(table: &Table<'_>, sources: &[Source]) -> Result<Mix> {
    let node = table.require("tokens", "tokens = 10_000_000, or \"max\"")?;
    let tokens = match node.text() {
        Some("max") => Budget::Max,
        None if node.value().is_integer() => Budget::Tokens(node.whole(1..=MAX_TOKENS)?),
        _ => return Err(node.expected("a whole number, or \"max\"")),
    };
    let policies = [
        ("error", Shortage::Error),
        ("shrink", Shortage::Shrink),
        ("repeat", Shortage::Repeat),
        ("renormalise", Shortage::Renormalise),
    ];
    let shortage = table.get("shortage").map_or(Ok(Shortage::Error), |v| v.one_of("policy", &policies))?;
    let target = table.get("target").map_or(Ok(Target::Emitted), |v| v.one_of("target", &Target::ALL))?;
    let mut mix = Mix {
        tokens,
        shares: BTreeMap::new(),
        source_shares: BTreeMap::new(),
        rule: None,
        target,
        max_epochs: by_category(table, "max_epochs", sources, "a number above 0", |x| x > 0.0)?,
        min_shares: by_category(table, "min_shares", sources, "a number between 0 and 1", |x| {
            (0.0..=1.0).contains(&x)
        })?,
        caps: Caps::default(),
        shortage,
    };
    let node = table.require("shares", "shares = { organic = 0.7, code = 0.3 }")?;
    shares(&node, sources, &mut mix)?;
    if mix.rule.is_some() {
        if let Some(source) = sources.iter().find(|s| s.weight.is_some()) {
            return Err(
                node.error(format!("a rule sets the share of each source, but `{}` has a `weight`", source.name))
            );
        }
        if mix.target != Target::Emitted {
            return Err(table.key_error("target", "a rule sets shares of the emitted tokens; leave `target` out"));
        }
    }
    if !mix.source_shares.is_empty() {
        if let Some(key) = ["max_epochs", "min_shares"].into_iter().find(|key| table.get(key).is_some()) {
            return Err(table.key_error(key, format!("`{key}` is by category, and the shares are by source")));
        }
        if let Some(source) = sources.iter().find(|s| s.weight.is_some()) {
            return Err(
                node.error(format!("the share of each source is here, but `{}` also has a `weight`", source.name))
            );
        }
    }
    Ok(mix)
}

/// A number for some categories that have sources.
fn by_category(
    table: &Table<'_>,
    key: &str,
    sources: &[Source],
    bounds: &str,
    fits: impl Fn(f64) -> bool + Copy,
) -> Result<BTreeMap<Category, f64>> {
    let Some(node) = table.get(key) else { return Ok(BTreeMap::new()) };
    let table = node.table(format!("`{key}`"))?;
    table.only(&Category::ALL.map(|(name, _)| name))?;
    let mut numbers = BTreeMap::new();
    for (name, category) in Category::ALL {
        let Some(v) = table.get(name) else { continue };
        if sources.iter().all(|s| s.category != category) {
            return Err(v.error(format!("no [[source]] has the category `{name}`")));
        }
        numbers.insert(category, v.number(bounds, fits)?);
    }
    Ok(numbers)
}

/// Shares by category or by source, or a rule.
fn shares(node: &Node<'_>, sources: &[Source], mix: &mut Mix) -> Result<()> {
    let rules = [("natural", ShareRule::Natural), ("uniform", ShareRule::Uniform), ("unimax", ShareRule::Unimax)];
    if let Some(name) = node.text() {
        let rule = rules.iter().find(|(known, _)| *known == name);
        let rule =
            rule.ok_or_else(|| node.error(Error::unknown("rule", name, rules.iter().map(|(known, _)| *known))))?;
        mix.rule = Some(rule.1.clone());
        return Ok(());
    }
    let table = node.table("`shares`")?;
    let category = |key: &str| Category::ALL.iter().any(|(name, _)| *name == key);
    let keys = table.keys();
    match keys.as_slice() {
        ["temperature"] => {
            let v = table.require("temperature", "temperature = 2.0")?;
            mix.rule = Some(ShareRule::Temperature(v.number("a number above 0", |x| x > 0.0)?));
        }
        ["law"] => {
            let values = table.require("law", "law = { textbooks = 2.0 }")?.table("`law`")?;
            let names: Vec<&str> = sources.iter().map(|s| s.name.as_str()).collect();
            values.only(&names)?;
            let mut law = BTreeMap::new();
            for name in values.keys() {
                let v = values.require(name, "textbooks = 2.0")?;
                law.insert(name.to_owned(), v.number("a number above 0", |x| x > 0.0)?);
            }
            mix.rule = Some(ShareRule::Law(law));
        }
        // Whoever names a source and no category means sources.
        keys if !keys.is_empty()
            && !keys.iter().any(|key| category(key))
            && keys.iter().any(|key| sources.iter().any(|s| s.name == *key)) =>
        {
            mix.source_shares = source_shares(node, &table, sources)?;
        }
        _ => mix.shares = category_shares(node, &table, sources)?,
    }
    Ok(())
}

/// One share for each source.
fn source_shares(node: &Node<'_>, table: &Table<'_>, sources: &[Source]) -> Result<BTreeMap<String, f64>> {
    let names: Vec<&str> = sources.iter().map(|s| s.name.as_str()).collect();
    table.only(&names)?;
    let mut shares = BTreeMap::new();
    for name in names {
        let Some(v) = table.get(name) else {
            return Err(node.error(format!(
                "source `{name}` has no share here; give it one, or write {name} = 0 to leave it out"
            )));
        };
        shares.insert(name.to_owned(), v.number("a number between 0 and 1", |x| (0.0..=1.0).contains(&x))?);
    }
    sum_to_one(node, shares.values())?;
    Ok(shares)
}

/// One share for each category that has sources, and no other above 0; they sum to 1.
fn category_shares(node: &Node<'_>, table: &Table<'_>, sources: &[Source]) -> Result<BTreeMap<Category, f64>> {
    table.only(&Category::ALL.map(|(name, _)| name))?;
    let mut shares = BTreeMap::new();
    for (name, category) in Category::ALL {
        let used = sources.iter().find(|s| s.category == category);
        match (table.get(name), used) {
            (Some(v), used) => {
                let share = v.number("a number between 0 and 1", |x| (0.0..=1.0).contains(&x))?;
                if share > 0.0 && used.is_none() {
                    return Err(v.error(format!("no [[source]] has the category `{name}`, so it can have no share")));
                }
                shares.insert(category, share);
            }
            (None, Some(source)) => {
                return Err(node.error(format!(
                    "source `{}` is `{name}`, which has no share here; give it one, or write {name} = 0 to leave it out",
                    source.name
                )));
            }
            (None, None) => {}
        }
    }
    sum_to_one(node, shares.values())?;
    Ok(shares)
}

fn sum_to_one<'a>(node: &Node<'_>, shares: impl Iterator<Item = &'a f64>) -> Result<()> {
    // Decimal fractions are not exact in binary: a sum of many may miss 1 by some 1e-16 each.
    let sum: f64 = shares.sum();
    match (sum - 1.0).abs() > 1e-9 {
        true => Err(node.error(format!("the shares sum to {}, not to 1", (sum * 1e9).round() / 1e9))),
        false => Ok(()),
    }
}

/// What a source says of its documents' scores.
pub(super) fn quality(table: &Table<'_>) -> Result<Quality> {
    let select = table.get("select").map_or(Ok(SelectBy::Hash), |v| v.one_of("order", &SelectBy::ALL))?;
    let min_score = table.get("min_score").map(|v| v.number("a number", |_| true)).transpose()?;
    let top = table.get("top").map(|v| v.number("a number above 0, at most 1", |x| x > 0.0 && x <= 1.0)).transpose()?;
    let epochs = table.get("epochs_by_score").map_or(Ok(None), |v| epochs_by_score(&v))?;
    Ok(Quality { select, min_score, top, epochs })
}

/// `epochs_by_score = true`, `false` or a table of settings.
fn epochs_by_score(node: &Node<'_>) -> Result<Option<ScoreEpochs>> {
    let mut epochs = ScoreEpochs::default();
    match node.as_bool() {
        Some(on) => return Ok(on.then_some(epochs)),
        None if !node.value().is_table() => {
            return Err(node.expected("true, false or a table like { drop_below = 0.4, max_epochs = 7 }"));
        }
        None => {}
    }
    let table = node.table("`epochs_by_score`")?;
    table.only(&["buckets", "drop_below", "max_epochs", "max_exponent"])?;
    let Epoching { drop_below, max_epochs, max_exponent } = epochs.curve;
    let number = |key: &str, default: f64, bounds: &str, fits: fn(f64) -> bool| {
        table.get(key).map_or(Ok(default), |v| v.number(bounds, fits))
    };
    epochs.curve = Epoching {
        drop_below: number("drop_below", drop_below, "a number from 0, below 1", |x| (0.0..1.0).contains(&x))?,
        max_epochs: number("max_epochs", max_epochs, "a number above 0", |x| x > 0.0)?,
        max_exponent: number("max_exponent", max_exponent, "a number of 1 or more", |x| x >= 1.0)?,
    };
    if let Some(v) = table.get("buckets") {
        epochs.buckets = v.whole(2..=200)? as u8;
    }
    Ok(Some(epochs))
}
