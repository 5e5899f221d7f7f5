//! `[buckets]`, and what a `[[source]]` says of its buckets: as types, and out of TOML.

use super::grammar::Source;
use super::reader::{Node, Table};
use crate::document::SCORE;
use crate::error::{Error, Result};
use crate::score::{Ensemble, Levels, MAX_SCORES};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Most buckets of a recipe: as many as `epochs_by_score` has at most.
const MAX_BUCKETS: u64 = 200;

/// `[buckets]`: scores brought to one scale, by quantiles, and put together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BucketRules {
    /// The scores: names under `[scores]`, or `score` for the source's own. Default: all under `[scores]`, or that one if there are none.
    pub scores: Vec<String>,
    /// Number of buckets, 2 to 200. Default 20, as Nemotron-CC has them.
    pub count: u32,
    /// What buckets have equal parts of. Default tokens.
    pub weight: BucketWeight,
    /// Over which rows they are measured. Default each source's own.
    pub per: BucketScope,
    /// How the buckets of several scores become one. Default max, as Nemotron-CC does.
    pub combine: Ensemble,
    /// Names for ranges of buckets: each with its first. Default none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub levels: Vec<(String, u32)>,
}

/// What buckets have equal parts of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BucketWeight {
    /// Tokens, as they are counted for the mix.
    #[default]
    Tokens,
    /// Bytes of text.
    Bytes,
    /// Rows.
    Rows,
}

impl BucketWeight {
    /// Every weight by name.
    pub const ALL: [(&'static str, BucketWeight); 3] =
        [("tokens", BucketWeight::Tokens), ("bytes", BucketWeight::Bytes), ("rows", BucketWeight::Rows)];
}

/// Over which rows buckets are measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BucketScope {
    /// Those of each source by themselves.
    #[default]
    Source,
    /// Those of all sources together.
    Global,
}

impl BucketScope {
    /// Every scope by name.
    pub const ALL: [(&'static str, BucketScope); 2] =
        [("source", BucketScope::Source), ("global", BucketScope::Global)];
}

/// What a source's buckets have to do with which of its documents are chosen, and how often.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BucketUse {
    /// Rows of a lower bucket, or without one, are not sampled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<u32>,
    /// How often the rows of each bucket are emitted at most, on average.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epochs: Option<Vec<f64>>,
}

impl BucketUse {
    /// Whether buckets decide anything.
    pub fn is_used(&self) -> bool {
        *self != BucketUse::default()
    }
}

/// `[buckets]`, once the sources and their scores are known; `names` are those of all scores by name.
pub(super) fn buckets(table: &Table<'_>, names: &[String], sources: &[Source]) -> Result<BucketRules> {
    table.only(&["scores", "count", "weight", "per", "combine", "levels"])?;
    let count = count(table)?;
    let weight = table.get("weight").map_or(Ok(BucketWeight::default()), |v| v.one_of("weight", &BucketWeight::ALL))?;
    let per = table.get("per").map_or(Ok(BucketScope::default()), |v| v.one_of("scope", &BucketScope::ALL))?;
    let combine = table.get("combine").map_or(Ok(Ensemble::default()), |v| v.one_of("ensemble", &Ensemble::ALL))?;
    let rules =
        BucketRules { scores: scores(table, names, sources)?, count, weight, per, combine, levels: levels(table)? };
    Ok(rules)
}

/// `count = 20`.
fn count(table: &Table<'_>) -> Result<u32> {
    table.get("count").map_or(Ok(20), |v| v.whole(2..=MAX_BUCKETS).map(|count| count as u32))
}

/// `scores = ["edu", "dclm"]`: each known, and some source has it.
fn scores(table: &Table<'_>, names: &[String], sources: &[Source]) -> Result<Vec<String>> {
    let own = sources.iter().any(|source| source.score.is_some());
    let Some(list) = table.get("scores") else {
        return match (names.is_empty(), own) {
            (false, _) if names.len() <= MAX_SCORES => Ok(names.to_vec()),
            (false, _) => Err(table.error(format!(
                "there are {} scores, and buckets take {MAX_SCORES} at most; say which: scores = [\"{}\"]",
                names.len(),
                names[0]
            ))),
            (true, true) => Ok(vec![SCORE.to_owned()]),
            (true, false) => Err(table.error(
                "no source has a score to make buckets of; write for example score = { column = \"edu_score\" }",
            )),
        };
    };
    let mut scores: Vec<String> = Vec::new();
    for node in list.list()? {
        let name = node.string()?;
        if !(names.iter().any(|known| known == name) || name == SCORE && own) {
            let known = names.iter().map(String::as_str).chain(own.then_some(SCORE));
            return Err(node.error(Error::unknown("score", name, known)));
        }
        if scores.iter().any(|score| score == name) {
            return Err(node.error("this score stands twice in `scores`"));
        }
        scores.push(name.to_owned());
    }
    match scores.len() {
        1..=MAX_SCORES => Ok(scores),
        n => Err(list.error(format!("buckets are of 1 to {MAX_SCORES} scores, and here are {n}"))),
    }
}

/// `levels = { low = 0, high = 12 }`, by their first buckets.
fn levels(table: &Table<'_>) -> Result<Vec<(String, u32)>> {
    let Some(node) = table.get("levels") else { return Ok(Vec::new()) };
    let of = node.table("`levels`")?;
    let last = u64::from(count(table)?) - 1;
    let mut levels = Vec::new();
    for name in of.keys() {
        levels.push((name.to_owned(), of.require(name, "high = 12")?.whole(0..=last)? as u32));
    }
    levels.sort_by_key(|level| level.1);
    Levels::new(levels.clone()).map_err(|e| node.wrap(e))?;
    Ok(levels)
}

/// What a source says of its buckets, and the most that the list of its epochs says, if it has one.
pub(super) fn bucket_use(source: &Table<'_>, rules: Option<&Table<'_>>) -> Result<BucketUse> {
    const KEYS: [&str; 3] = ["min_bucket", "min_level", "epochs_by_bucket"];
    let Some(key) = KEYS.into_iter().find(|key| source.get(key).is_some()) else { return Ok(BucketUse::default()) };
    let Some(rules) = rules else {
        return Err(source.key_error(key, "the recipe has no [buckets]; say there which scores they are made of"));
    };
    let count = count(rules)?;
    let least = |v: &Node<'_>| v.whole(0..=u64::from(count) - 1).map(|bucket| bucket as u32);
    let min = match (source.get("min_bucket"), source.get("min_level")) {
        (Some(_), Some(_)) => {
            return Err(source.key_error("min_level", "`min_bucket` says it already; leave one out"));
        }
        (Some(v), None) => Some(least(&v)?),
        (None, Some(v)) => {
            let (name, levels) = (v.string()?, levels(rules)?);
            let level = levels.iter().find(|level| level.0 == name);
            let known = || levels.iter().map(|level| level.0.as_str());
            Some(level.ok_or_else(|| v.error(Error::unknown("level", name, known())))?.1)
        }
        (None, None) => None,
    };
    let epochs = source.get("epochs_by_bucket").map(|v| epochs(&v, count)).transpose()?;
    if epochs.is_some() {
        let others = ["min_bucket", "min_level", "min_score", "top", "epochs_by_score"];
        if let Some(key) = others.into_iter().find(|key| source.get(key).is_some()) {
            return Err(source.key_error(
                key,
                format!("`epochs_by_bucket` says how often every bucket is taken, with 0 for those that are not; leave `{key}` out"),
            ));
        }
    }
    Ok(BucketUse { min, epochs })
}

/// `epochs_by_bucket = [0, 0, 1, 7]`: a number for each bucket, the worst first.
fn epochs(node: &Node<'_>, count: u32) -> Result<Vec<f64>> {
    let mut epochs = Vec::new();
    for node in node.list()? {
        epochs.push(node.number("a number of 0 or more", |x| x >= 0.0)?);
    }
    if epochs.len() != count as usize {
        let problem = format!("there are {count} buckets, and here are {} numbers; write one for each", epochs.len());
        return Err(node.error(problem));
    }
    match epochs.iter().any(|&epochs| epochs > 0.0) {
        true => Ok(epochs),
        false => Err(node.error("leaves nothing: give some bucket a number above 0")),
    }
}

/// The names of all scores by name, sorted: the same for every source.
pub(super) fn score_names(sources: &[Source]) -> Vec<String> {
    let names: BTreeSet<&String> = sources.iter().flat_map(|source| source.scores.keys()).collect();
    names.into_iter().cloned().collect()
}
