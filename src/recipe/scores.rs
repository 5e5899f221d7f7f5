//! `score = { … }` of a source: what its documents are scored by, and where in its steps that is done.

use super::chain::{Chain, NamedScores, Step, StepKind};
use super::reader::{Node, Table};
use super::registry::Built;
use super::score_files;
use crate::document::SCORE;
use crate::error::{Error, Result};
use crate::score::linear::LinearModel;
use crate::score::{CODE, Composite, CompositeScore, RowScore, STEM, Score, SignalScore};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// What a source's documents are scored by.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
#[non_exhaustive]
pub struct SourceScore {
    /// The settings with all defaults, as a recipe would state them.
    pub(super) settings: Value,
    /// The column that the score is read from, where it is.
    #[serde(skip)]
    pub column: Option<String>,
    /// The name under `scores` that it goes by, where it is one of those.
    #[serde(skip)]
    pub(super) of: Option<String>,
    /// What scores.
    #[serde(skip)]
    pub score: Arc<dyn Score>,
}

/// Reads one kind of score from the value behind its key.
type Kind = fn(&Node<'_>, &Path) -> Result<SourceScore>;

/// The kinds of scores, by key.
const KINDS: [(&str, Kind); 7] = [
    ("code", |value, _| composite(value, &CODE)),
    ("column", |value, _| column(value)),
    ("fasttext", score_files::fasttext),
    ("model", model),
    ("perplexity", score_files::perplexity),
    ("signal", |value, _| signal(value)),
    ("stem", |value, _| composite(value, &STEM)),
];

/// Scores by name.
pub(super) type ScoreTable = BTreeMap<String, SourceScore>;

/// `score = { column = "edu_score" }`, or `"edu"` for the one of that name among `named`; `false` takes none. Paths are taken from
/// `base`.
pub(super) fn score(node: &Node<'_>, base: &Path, named: &ScoreTable) -> Result<Option<SourceScore>> {
    if node.as_bool() == Some(false) {
        return Ok(None);
    }
    if let Some(name) = node.text().filter(|_| !named.is_empty()) {
        let score = named.get(name).cloned();
        let score = score.ok_or_else(|| node.error(Error::unknown("score", name, named.keys().map(String::as_str))))?;
        return Ok(Some(SourceScore { settings: json!(name), column: None, of: Some(name.to_owned()), ..score }));
    }
    if !node.value().is_table() {
        return Err(node.expected("a table like { column = \"edu_score\" }, or false for none"));
    }
    one(node, base).map(Some)
}

/// `[scores]`, and `scores = { … }` of a source: scores by name. Those of a source stand over those of the recipe; `edu = false` takes one
/// away.
pub(super) fn scores(node: Option<Node<'_>>, base: &Path, above: &ScoreTable) -> Result<ScoreTable> {
    let mut scores = above.clone();
    let Some(node) = node else { return Ok(scores) };
    let table = node.table("`scores`")?;
    for name in table.keys() {
        let node = table.require(name, "edu = { column = \"edu_score\" }")?;
        if name == SCORE || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-') {
            let problem = "a score's name has only ASCII letters, digits, `_` and `-`, since a column of the ledger is called so, and \
                           is not `score`";
            return Err(table.key_error(name, problem));
        }
        match node.as_bool() {
            Some(false) => drop(scores.remove(name)),
            _ if !node.value().is_table() => {
                return Err(node.expected("a table like { column = \"edu_score\" }, or false for none"));
            }
            _ => drop(scores.insert(name.to_owned(), one(&node, base)?)),
        }
    }
    Ok(scores)
}

/// A score of one kind.
fn one(node: &Node<'_>, base: &Path) -> Result<SourceScore> {
    let table = node.table("`score`")?;
    table.only(&KINDS.map(|(name, _)| name))?;
    let mut given = KINDS.iter().filter_map(|(name, kind)| table.get(name).map(|value| (name, kind, value)));
    let Some((_, kind, value)) = given.next() else {
        return Err(node.error("`score` is empty; write for example score = { column = \"edu_score\" }"));
    };
    if let Some((second, ..)) = given.next() {
        return Err(table.key_error(second, "a score has one kind; take this one or the other out"));
    }
    kind(&value, base)
}

/// `{ column = "edu_score" }`: a column of numbers.
fn column(value: &Node<'_>) -> Result<SourceScore> {
    let name = value.filled()?;
    Ok(SourceScore {
        settings: json!({ "column": name }),
        column: Some(name.to_owned()),
        of: None,
        score: Arc::new(RowScore::new(name)),
    })
}

/// `{ signal = "word_count" }`: a built-in signal.
fn signal(value: &Node<'_>) -> Result<SourceScore> {
    let name = value.string()?;
    if name == SCORE {
        return Err(value.error("the signal `score` is the score itself; name another signal"));
    }
    let score = SignalScore::named(name).map_err(|e| value.wrap(e))?;
    Ok(SourceScore { settings: json!({ "signal": name }), column: None, of: None, score: Arc::new(score) })
}

/// `{ model = "quality.model" }`: a model that `mashbill score train` wrote. Its digest is part of the settings, so that another model
/// under the same name is another job.
fn model(value: &Node<'_>, base: &Path) -> Result<SourceScore> {
    let path = value.filled()?;
    let model = LinearModel::load(&base.join(path)).map_err(|e| value.wrap(e))?;
    let settings = json!({ "model": path, "xxh3_128": format!("{:032x}", model.digest()) });
    Ok(SourceScore { settings, column: None, of: None, score: Arc::new(model) })
}

/// `{ stem = {} }`, `{ code = { comments = 2.0, tests = 0 } }`: a composite score, with other weights for some of its parts.
fn composite(value: &Node<'_>, composite: &'static Composite) -> Result<SourceScore> {
    let table = value.table(format!("`{}`", composite.name))?;
    let known: Vec<&str> = composite.parts.iter().map(|part| part.name).collect();
    table.only(&known)?;
    let mut weights = Vec::new();
    for key in table.keys() {
        let weight = table.get(key).map(|v| v.number("a finite number", |_| true)).transpose()?;
        weights.extend(weight.map(|weight| (key, weight)));
    }
    let score = CompositeScore::new(composite, &weights).map_err(|e| value.wrap(e))?;
    let weights: serde_json::Map<String, Value> =
        score.weights().map(|(part, weight)| (part.name.to_owned(), json!(weight))).collect();
    Ok(SourceScore { settings: json!({ composite.name: weights }), column: None, of: None, score: Arc::new(score) })
}

/// The chain of a source: its steps, and the score after the last of them, or before the first that asks for it. It is taken of the
/// text as all steps leave it, so nothing may rewrite the text after it.
///
/// Scores by name are taken there too, each at its position among `names`.
pub(super) fn chain(
    built: Vec<Built>,
    score: Option<&SourceScore>,
    (names, scores): (&[String], &ScoreTable),
    source: &Table<'_>,
) -> Result<Chain> {
    let misplaced = |message: String| match source.get("steps") {
        Some(steps) => steps.error(message),
        None => source.error(message),
    };
    let asks = built.iter().position(asks);
    let mut steps: Vec<Step> = built.into_iter().map(|built| built.step).collect();
    let named = (!scores.is_empty()).then(|| named(names, scores, score));
    match (score, asks) {
        (None, None) => steps.extend(named),
        (None, Some(at)) => {
            return Err(misplaced(format!(
                "step `{}` asks for the score, and this source has none; write for example score = {{ column = \"edu_score\" }}",
                steps[at].name
            )));
        }
        (Some(score), asks) => {
            let at = asks.unwrap_or(steps.len());
            if let Some(late) = steps[at..].iter().find(|step| matches!(step.kind, StepKind::Rewrite(_))) {
                return Err(misplaced(format!(
                    "the score is of the text as all steps leave it, but `{}` rewrites it after step `{}` has asked for the score; \
                     put `{}` before that",
                    late.name, steps[at].name, late.name
                )));
            }
            // By name or by itself, but not twice.
            match named.into_iter().next() {
                Some(named) if score.of.is_some() => steps.insert(at, named),
                named => drop(steps.splice(at..at, named.into_iter().chain([Step::score(SCORE, score.score.clone())]))),
            }
        }
    }
    Chain::new(steps).map_err(|e| misplaced(e.to_string()))
}

/// The step that takes scores by name.
fn named(names: &[String], scores: &ScoreTable, main: Option<&SourceScore>) -> Step {
    let of = |(at, name): (usize, &String)| {
        let score = scores.get(name).map(|score| -> Box<dyn Score> {
            match &score.column {
                Some(column) => Box::new(RowScore::new(column).at(at)),
                None => Box::new(score.score.clone()),
            }
        });
        (name.clone(), score)
    };
    let main = main.and_then(|main| main.of.as_ref()).and_then(|of| names.iter().position(|name| name == of));
    let scores = NamedScores { scores: names.iter().enumerate().map(of).collect(), main };
    Step { name: "scores".to_owned(), kind: StepKind::Scores(scores) }
}

/// Whether a step asks for the score: one of its rules does, or a filter somewhere inside it.
fn asks(built: &Built) -> bool {
    let rules = match &built.step.kind {
        StepKind::Filter(filter) => filter.rules(),
        _ => &[],
    };
    rules.iter().any(|rule| rule.signal == Some(SCORE)) || names_it(&built.config)
}

/// Whether settings say `signal = "score"` anywhere.
fn names_it(settings: &Value) -> bool {
    match settings {
        Value::Object(keys) => keys.iter().any(|(key, value)| (key == "signal" && value == SCORE) || names_it(value)),
        Value::Array(items) => items.iter().any(names_it),
        _ => false,
    }
}
