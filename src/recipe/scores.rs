//! `score = { … }` of a source: what its documents are scored by, and where in its steps that is done.

use super::chain::{Chain, Step, StepKind};
use super::reader::{Node, Table};
use super::registry::Built;
use super::score_files;
use crate::document::SCORE;
use crate::error::Result;
use crate::score::linear::LinearModel;
use crate::score::{CODE, Composite, CompositeScore, RowScore, STEM, Score, SignalScore};
use serde::Serialize;
use serde_json::{Value, json};
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

/// `score = { column = "edu_score" }`; `false` takes none. Paths are taken from `base`.
pub(super) fn score(node: &Node<'_>, base: &Path) -> Result<Option<SourceScore>> {
    if node.as_bool() == Some(false) {
        return Ok(None);
    }
    if !node.value().is_table() {
        return Err(node.expected("a table like { column = \"edu_score\" }, or false for none"));
    }
    let table = node.table("`score`")?;
    table.only(&KINDS.map(|(name, _)| name))?;
    let mut given = KINDS.iter().filter_map(|(name, kind)| table.get(name).map(|value| (name, kind, value)));
    let Some((_, kind, value)) = given.next() else {
        return Err(node.error("`score` is empty; write for example score = { column = \"edu_score\" }"));
    };
    if let Some((second, ..)) = given.next() {
        return Err(table.key_error(second, "a score has one kind; take this one or the other out"));
    }
    kind(&value, base).map(Some)
}

/// `{ column = "edu_score" }`: a column of numbers.
fn column(value: &Node<'_>) -> Result<SourceScore> {
    let name = value.filled()?;
    Ok(SourceScore {
        settings: json!({ "column": name }),
        column: Some(name.to_owned()),
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
    Ok(SourceScore { settings: json!({ "signal": name }), column: None, score: Arc::new(score) })
}

/// `{ model = "quality.model" }`: a model that `mashbill score train` wrote. Its digest is part of the settings, so that another model
/// under the same name is another job.
fn model(value: &Node<'_>, base: &Path) -> Result<SourceScore> {
    let path = value.filled()?;
    let model = LinearModel::load(&base.join(path)).map_err(|e| value.wrap(e))?;
    let settings = json!({ "model": path, "xxh3_128": format!("{:032x}", model.digest()) });
    Ok(SourceScore { settings, column: None, score: Arc::new(model) })
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
    Ok(SourceScore { settings: json!({ composite.name: weights }), column: None, score: Arc::new(score) })
}

/// The chain of a source: its steps, and the score after the last of them, or before the first that asks for it. It is taken of the
/// text as all steps leave it, so nothing may rewrite the text after it.
pub(super) fn chain(built: Vec<Built>, score: Option<&SourceScore>, source: &Table<'_>) -> Result<Chain> {
    let misplaced = |message: String| match source.get("steps") {
        Some(steps) => steps.error(message),
        None => source.error(message),
    };
    let asks = built.iter().position(asks);
    let mut steps: Vec<Step> = built.into_iter().map(|built| built.step).collect();
    match (score, asks) {
        (None, None) => {}
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
            steps.insert(at, Step::score(SCORE, score.score.clone()));
        }
    }
    Chain::new(steps).map_err(|e| misplaced(e.to_string()))
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
