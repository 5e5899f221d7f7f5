//! `[decontaminate]`: which benchmarks, by which rule, and what is done about documents that hold their items.

use super::paths;
use super::reader::{Node, Table};
use crate::decontaminate::{Action, Removal, Rule};
use crate::error::Result;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// `[decontaminate]`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Decontaminate {
    /// The benchmarks.
    pub benchmarks: Vec<Benchmark>,
    /// The rule, with its settings. Default `coverage`.
    pub rule: Rule,
    /// What is done about documents that hold an item. Default drop.
    pub action: Action,
    /// How spans are removed under `action = "remove"`. Default: as the rule has it.
    pub remove: Removal,
    /// Path of a list of n-grams that are no evidence, as written. Default none.
    pub allow_list: Option<String>,
    /// That file.
    #[serde(skip)]
    pub allow_list_file: Option<PathBuf>,
    /// The command fails, once all is written, if a greater share of the documents holds an item. Default: it does not. Left out of
    /// [`Recipe::resolved`](super::Recipe::resolved), since it changes no byte of the output.
    #[serde(skip)]
    pub fail_above: Option<f64>,
}

/// A file of benchmark items, or several with the same columns.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Benchmark {
    /// Path or glob as written.
    pub path: String,
    /// The files that it named when the recipe was read, sorted.
    #[serde(skip)]
    pub files: Vec<PathBuf>,
    /// The benchmark's name; `None`: that in a column, or the file's.
    pub name: Option<String>,
    /// Which columns hold what.
    pub columns: ItemColumns,
}

/// Which columns of a benchmark hold what, where that is not to be found by their names. Dots descend into structs.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct ItemColumns {
    /// The question.
    pub question: Option<String>,
    /// The choices: a list of strings, a struct of `text` and `label` lists (ARC), or a list of such structs.
    pub choices: Option<String>,
    /// The answer: a text, or where there are choices the number (from 0), letter or label of one.
    pub answer: Option<String>,
    /// The passage that the question is about.
    pub passage: Option<String>,
    /// The item's id; without, its number in the file.
    pub id: Option<String>,
    /// The benchmark's name; without, the file's.
    pub benchmark: Option<String>,
    /// The split.
    pub split: Option<String>,
}

impl ItemColumns {
    /// The columns that are named.
    pub fn named(&self) -> impl Iterator<Item = &str> {
        let ItemColumns { question, choices, answer, passage, id, benchmark, split } = self;
        [question, choices, answer, passage, id, benchmark, split].into_iter().filter_map(|name| name.as_deref())
    }
}

/// Reads the table.
pub(super) fn decontaminate(table: &Table<'_>, base: &Path) -> Result<Decontaminate> {
    table.only(&["benchmarks", "rule", "action", "remove", "allow_list", "fail_above"])?;
    let node = table.require("benchmarks", "benchmarks = [\"benchmarks/*.parquet\"]")?;
    let benchmarks: Vec<Benchmark> = node.list()?.iter().map(|node| benchmark(node, base)).collect::<Result<_>>()?;
    if benchmarks.is_empty() {
        return Err(node.error("`benchmarks` needs at least one path, glob or table like { path = \"mmlu.jsonl\" }"));
    }
    let rule = table.get("rule").map_or(Ok(Rule::default()), |v| rule(&v))?;
    let action = table.get("action").map_or(Ok(Action::Drop), |v| v.one_of("action", &Action::ALL))?;
    let remove = match table.get("remove") {
        Some(v) if action != Action::Remove => {
            return Err(v.error("`remove` says how spans are removed: it needs action = \"remove\""));
        }
        Some(v) => removal(&v.table("`remove`")?, rule.removal())?,
        None => rule.removal(),
    };
    let (allow_list, allow_list_file) = match table.get("allow_list") {
        Some(v) => {
            let path = v.filled()?;
            let files = paths::expand(base, path).map_err(|problem| v.error(problem))?;
            match files.as_slice() {
                [file] => (Some(path.to_owned()), Some(file.clone())),
                files => return Err(v.error(format!("`allow_list` is one file, but this names {}", files.len()))),
            }
        }
        None => (None, None),
    };
    let share = |v: Node<'_>| v.number("a share between 0 and 1", |x| (0.0..=1.0).contains(&x));
    let fail_above = table.get("fail_above").map(share).transpose()?;
    Ok(Decontaminate { benchmarks, rule, action, remove, allow_list, allow_list_file, fail_above })
}

/// A path, a glob, or a table with one and what its columns are.
fn benchmark(node: &Node<'_>, base: &Path) -> Result<Benchmark> {
    if node.text().is_some() {
        let (path, files) = files(node, base)?;
        return Ok(Benchmark { path, files, name: None, columns: ItemColumns::default() });
    }
    if !node.value().is_table() {
        return Err(node.expected("a path, a glob or a table like { path = \"mmlu.jsonl\", question = \"query\" }"));
    }
    let table = node.table("a benchmark")?;
    table.only(&["path", "name", "question", "choices", "answer", "passage", "id", "benchmark", "split"])?;
    let (path, files) = files(&table.require("path", "path = \"mmlu.jsonl\"")?, base)?;
    let text = |key| table.get(key).map(|v| v.filled().map(str::to_owned)).transpose();
    let columns = ItemColumns {
        question: text("question")?,
        choices: text("choices")?,
        answer: text("answer")?,
        passage: text("passage")?,
        id: text("id")?,
        benchmark: text("benchmark")?,
        split: text("split")?,
    };
    Ok(Benchmark { path, files, name: text("name")?, columns })
}

fn files(node: &Node<'_>, base: &Path) -> Result<(String, Vec<PathBuf>)> {
    let path = node.filled()?;
    let mut files: Vec<PathBuf> =
        paths::expand(base, path).map_err(|problem| node.error(problem))?.into_iter().collect();
    files.sort();
    Ok((path.to_owned(), files))
}

/// `"phi4"`, or `{ phi4 = { threshold = 0.5 } }`.
fn rule(node: &Node<'_>) -> Result<Rule> {
    let named = |name: &str| Rule::named(name).map_err(|e| node.wrap(e));
    if let Some(name) = node.text() {
        return named(name);
    }
    if !node.value().is_table() {
        return Err(node.expected("the name of a rule, or a table like { phi4 = { threshold = 0.5 } }"));
    }
    let table = node.table("`rule`")?;
    table.only(&Rule::NAMES)?;
    let [name] = table.keys()[..] else {
        return Err(node.error("one rule at a time: { phi4 = { threshold = 0.5 } }"));
    };
    let mut rule = named(name)?;
    let Some(settings) = table.get(name) else { return Ok(rule) };
    let settings = settings.table(format!("`{name}`"))?;
    let words = |key, now: usize| settings.get(key).map_or(Ok(now), |v| v.whole32(1..=255).map(|n| n as usize));
    let share = |key, now: f64| {
        settings.get(key).map_or(Ok(now), |v| v.number("a share between 0 and 1", |x| (0.0..=1.0).contains(&x)))
    };
    match &mut rule {
        Rule::Phi4(phi4) => {
            settings.only(&["hard_ngram", "ratio_ngram", "partial", "threshold"])?;
            phi4.hard_ngram = words("hard_ngram", phi4.hard_ngram)?;
            phi4.ratio_ngram = words("ratio_ngram", phi4.ratio_ngram)?;
            phi4.threshold = share("threshold", phi4.threshold)?;
            phi4.partial = share("partial", phi4.partial.min(phi4.threshold))?;
        }
        Rule::Gpt3(gpt3) => {
            settings.only(&["ngram"])?;
            gpt3.ngram = words("ngram", gpt3.ngram)?;
        }
        Rule::Coverage(coverage) => {
            settings.only(&["ngram", "partial", "threshold", "answer_words", "run_words"])?;
            coverage.ngram = words("ngram", coverage.ngram)?;
            coverage.threshold = share("threshold", coverage.threshold)?;
            coverage.partial = share("partial", coverage.partial.min(coverage.threshold))?;
            let weight =
                |key, now: f64| settings.get(key).map_or(Ok(now), |v| v.number("a number from 0 on", |x| x >= 0.0));
            coverage.answer_words = weight("answer_words", coverage.answer_words)?;
            coverage.run_words = weight("run_words", coverage.run_words)?;
        }
    }
    rule.check().map_err(|e| node.wrap(e))?;
    Ok(rule)
}

fn removal(table: &Table<'_>, under: Removal) -> Result<Removal> {
    table.only(&["margin_chars", "min_piece_chars", "max_pieces"])?;
    let whole = |key, now: usize| table.get(key).map_or(Ok(now), |v| v.whole32(0..=u32::MAX).map(|n| n as usize));
    Ok(Removal {
        margin_chars: whole("margin_chars", under.margin_chars)?,
        min_piece_chars: whole("min_piece_chars", under.min_piece_chars)?,
        max_pieces: whole("max_pieces", under.max_pieces)?,
    })
}
