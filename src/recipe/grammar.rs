//! What a recipe says: its tables as types, with every default in place.

use super::chain::Chain;
use super::decontaminate::Decontaminate;
use super::lists::Lists;
use super::mixing::{Mix, Stage};
use super::parse;
use super::reader::{Origin, Table};
use super::registry::Registry;
use super::scores::{self, SourceScore};
use crate::dedup::lines::LineRules;
use crate::dedup::{Action, Exact, KeepBy, Scope};
use crate::error::{Error, Result};
use crate::hash::compat::Compat;
use crate::hash::{Form, Unit};
use crate::io::Compression;
use crate::mix::Quality;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A recipe: which sources, what happens to their documents, and the mix that is asked for.
///
/// ```
/// use mashbill::recipe::{Recipe, Registry};
///
/// # let base = std::env::temp_dir().join("mashbill-doc-recipe");
/// # std::fs::create_dir_all(&base).unwrap();
/// # std::fs::write(base.join("web.parquet"), "").unwrap();
/// let text = r#"
///     seed = 17
///     [[source]]
///     name = "web"
///     category = "organic"
///     paths = ["web*.parquet"]
///     steps = [{ profile = "fineweb" }]
/// "#;
/// let recipe = Recipe::from_toml(text, "recipe.toml", &base, &Registry::default())?;
/// assert_eq!(recipe.sources[0].files.len(), 1);
///
/// let misspelt = text.replace("fineweb", "finewab");
/// let error = Recipe::from_toml(&misspelt, "recipe.toml", &base, &Registry::default()).unwrap_err();
/// assert!(error.to_string().starts_with("recipe.toml:7:26: unknown profile `finewab` (did you mean `fineweb`?)"));
/// # Ok::<(), mashbill::Error>(())
/// ```
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Recipe {
    /// Key of every choice by hash. Default 0.
    pub seed: u64,
    /// Where a source's columns are found, unless it says otherwise.
    pub columns: Columns,
    /// What counts tokens.
    pub tokens: Counter,
    /// Tokens that training adds to each document, beside those that are counted: 1 for an end-of-text token. Default 0.
    #[serde(skip_serializing_if = "is_zero")]
    pub tokens_per_document: u64,
    /// What a row with an unusable text does.
    pub on_bad_row: OnBadRow,
    /// The sources, in the order written. At least one.
    pub sources: Vec<Source>,
    /// Removal of duplicates; `None` removes none.
    pub dedup: Option<Dedup>,
    /// Removal of documents that hold benchmark items; `None` looks for none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decontaminate: Option<Decontaminate>,
    /// The mix; `None` keeps every surviving row once.
    pub mix: Option<Mix>,
    /// Mixes one after the other, in place of one; none by default.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub stages: Vec<Stage>,
    /// What is written down of each row.
    pub ledger: Ledger,
    /// How the output is written.
    pub output: Output,
    /// The recipe as written, from which steps are built again.
    #[serde(skip)]
    pub(super) origin: Arc<Origin>,
}

/// `[columns]`: the names of the columns that the crate reads; dots descend into structs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Columns {
    /// The text. Default `text`.
    pub text: String,
    /// The row's identity. Default `id`; `None` (`id = false`) makes ids from the text.
    pub id: Option<String>,
    /// The page's address, for rules that judge it. Default: none is read.
    pub url: Option<String>,
    /// The language of the text: a code, or the name of a programming language. Default: none is read.
    pub lang: Option<String>,
    /// The file's path or name, for rules on code. Default: none is read.
    pub path: Option<String>,
    /// What a model was asked, for rules on its answer. Default: none is read.
    pub prompt: Option<String>,
    /// The licence of the text, an SPDX id at best, for the report. Default: none is read. A file may lack the column.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub license: Option<String>,
    /// Where a row of synthetic text comes from: `kind`, `generator`, `template`, `round`, `seed_source` and `seed_ids`, each the name of
    /// a column or none (`false`). Default: in synthetic sources the usual names, where a file has them. A file may lack a column.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub provenance: BTreeMap<String, Option<String>>,
}

impl Default for Columns {
    fn default() -> Self {
        Columns {
            text: "text".to_owned(),
            id: Some("id".to_owned()),
            url: None,
            lang: None,
            path: None,
            prompt: None,
            license: None,
            provenance: BTreeMap::new(),
        }
    }
}

/// `[tokens] counter`: what counts tokens. As text: `words`, `column:token_count`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(into = "String")]
pub enum Counter {
    /// One of [`TokenCounter::NAMES`](crate::text::TokenCounter::NAMES). The default is `words`.
    Named(String),
    /// A column that holds the count.
    Column(String),
}

impl From<Counter> for String {
    fn from(counter: Counter) -> String {
        match counter {
            Counter::Named(name) => name,
            Counter::Column(column) => format!("column:{column}"),
        }
    }
}

/// `on_bad_row`: what a row does whose text is null or not UTF-8.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OnBadRow {
    /// Stop the run, naming file, row group and row. The default.
    #[default]
    Fail,
    /// Count the row, under its own rule, keep it aside and go on.
    Quarantine,
}

/// What a source's text is, for the shares of the mix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    /// Written by people, in prose.
    Organic,
    /// Program text.
    Code,
    /// Written by a model.
    Synthetic,
}

impl Category {
    /// Every category by name.
    pub const ALL: [(&'static str, Category); 3] =
        [("organic", Category::Organic), ("code", Category::Code), ("synthetic", Category::Synthetic)];

    /// The name in recipes and columns.
    pub fn name(self) -> &'static str {
        match self {
            Category::Organic => "organic",
            Category::Code => "code",
            Category::Synthetic => "synthetic",
        }
    }
}

/// One `[[source]]`.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Source {
    /// The name, unique, of ASCII letters, digits, `_` and `-`: a folder of the ledger is called so.
    pub name: String,
    /// What its text is.
    pub category: Category,
    /// Paths and globs as written.
    pub paths: Vec<String>,
    /// The files they named when the recipe was read, sorted, each once. Left out of [`Recipe::resolved`].
    #[serde(skip)]
    pub files: Vec<PathBuf>,
    /// Its share among the sources of its category, relative to theirs; `None` where the recipe states none.
    pub weight: Option<f64>,
    /// How often a document may at most be repeated. Default 1.
    pub max_epochs: f64,
    /// What its documents' scores have to do with which are chosen, and how often. Default: nothing.
    #[serde(skip_serializing_if = "is_unused")]
    pub quality: Quality,
    /// Whether near duplicates are sought among its rows, where the recipe seeks any. Without, only exact copies of its rows go:
    /// right for worksheets and tables, in which `x + 3` and `x - 3` are two problems with the same words. Default true.
    pub near: bool,
    /// Whether lines or paragraphs that many documents share are removed from its documents, where the recipe asks for that. Default:
    /// for prose that people wrote; in code and in texts of models what repeats is licences, idioms and prompts.
    pub lines: bool,
    /// What its documents are scored by: the recipe's `score`, unless the source has its own or says `score = false`. Default: no
    /// score.
    pub score: Option<SourceScore>,
    /// Its columns: `[columns]`, with its own `columns` over them.
    pub columns: Columns,
    /// The steps with all their settings, one `{ name: settings }` each.
    pub(super) steps: Vec<serde_json::Value>,
}

/// `[dedup]`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Dedup {
    /// Which documents are exact duplicates: those whose text is the same but for white space (`true`, the default), the same
    /// byte for byte (`"raw"`), none (`false`).
    pub exact: Exact,
    /// Remove near duplicates; `None` (`near = false`, the default) does not, `near = true` takes all defaults.
    pub near: Option<Near>,
    /// Remove the lines or paragraphs that many documents share; `None` (`lines = false`, the default) does not, `lines = true`
    /// takes all defaults. This comes before the removal of duplicate documents.
    pub lines: Option<LineRules>,
    /// Which of two duplicates stays: the first of these that tells them apart. Default source, score, length, id.
    pub keep: Vec<KeepBy>,
    /// Between which documents duplicates are sought. Default global.
    pub scope: Scope,
    /// What is done about duplicates. Default remove.
    pub action: Action,
    /// The run stops when a source loses more than this part of its documents. Default 0.9.
    pub max_loss: f64,
    /// Sources that may lose more.
    pub allow_loss: Vec<String>,
    /// The folder of an index: duplicates of what earlier runs kept go as well, and what this run keeps is added. Default: none.
    pub index: Option<String>,
}

/// `near = { … }`: near duplicates by MinHash, each verified.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Near {
    /// What shingles are made of. Default the normal form.
    pub form: Form,
    /// What a shingle is a run of. Default words.
    pub unit: Unit,
    /// Words of a shingle, or characters. Default 5 words, 13 characters.
    pub ngram: u32,
    /// Lowest exact Jaccard similarity of a duplicate. Default 0.8.
    pub threshold: f64,
    /// Chance to find a pair at the threshold, for which the planner chooses bands and rows. Default 0.95.
    pub recall: f64,
    /// MinHash values of a document. Default 128.
    pub slots: u32,
    /// Bands, if the recipe states them, together with `rows`; `bands * rows` is at most `slots`.
    pub bands: Option<u32>,
    /// Values of a band.
    pub rows: Option<u32>,
    /// Whose signatures take the place of the crate's own, if any: they fix `slots`, `bands` and `rows`.
    pub compat: Option<Compat>,
    /// Whether all that collide are one cluster, of which one stays, whatever their similarity: as datatrove does. Default false.
    pub closure: bool,
}

/// `[ledger]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct Ledger {
    /// Whether signals files are written beside the ledger: what every rule saw of every row, so that bounds can be swept
    /// without reading text. Default false.
    pub signals: bool,
}

/// `[output]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Output {
    /// Size of a shard, in MiB of text. Default 512.
    pub shard_mib: u64,
    /// Highest size of a row group, in MiB uncompressed. Default 64.
    pub row_group_mib: u64,
    /// Compression of the pages. Default `zstd:3`.
    pub compression: Compression,
    /// The order of the rows. Default shuffled.
    pub order: Order,
    /// Ranks that the output is dealt over, each with an order and files of its own. Default 1: one order of all.
    #[serde(skip_serializing_if = "is_one")]
    pub ranks: u32,
    /// Whether an output without rows is a success. Default false.
    pub allow_empty: bool,
}

/// The order in which rows leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Order {
    /// A global shuffle by hash(seed, source, id, copy): independent of files, threads and machine. The default.
    #[default]
    Shuffled,
    /// Every prefix keeps the shares of the sources in tokens, within one longest document ([`Interleave`](crate::mix::Interleave)); within
    /// a source by hash, all first copies before any second one.
    Interleaved,
    /// Sources in the order given, shards by label, rows as they lie; copies side by side.
    Input,
}

impl Order {
    /// Every order by name.
    pub const ALL: [(&'static str, Order); 3] =
        [("shuffled", Order::Shuffled), ("interleaved", Order::Interleaved), ("input", Order::Input)];
}

impl Default for Output {
    fn default() -> Self {
        Output {
            shard_mib: 512,
            row_group_mib: 64,
            compression: Compression::default(),
            order: Order::default(),
            ranks: 1,
            allow_empty: false,
        }
    }
}

impl Recipe {
    /// Reads a recipe. `file` is the name that messages show; paths are taken from `base`.
    ///
    /// # Errors
    /// [`Error::Recipe`], with file, line, column and the line itself, for every mistake: TOML that does not parse, a key,
    /// value, name or number that means nothing, a path that names no file.
    pub fn from_toml(text: &str, file: &str, base: &Path, registry: &Registry) -> Result<Recipe> {
        let origin = Arc::new(Origin { file: file.to_owned(), text: text.to_owned(), lists: Lists::new(base) });
        let parsed = origin.parse()?;
        parse::recipe(&Table::root(&origin, &parsed), &origin, base, registry)
    }

    /// Reads a recipe file. Paths are taken from `base`, or from the folder of the file.
    ///
    /// # Errors
    /// Those of [`from_toml`](Recipe::from_toml), and [`Error::Recipe`] if the file cannot be read.
    pub fn load(path: &Path, base: Option<&Path>, registry: &Registry) -> Result<Recipe> {
        let file = path.display().to_string();
        let bytes = std::fs::read(path).map_err(|e| Error::Recipe(format!("{file}: cannot read the recipe: {e}")))?;
        let text = String::from_utf8(bytes).map_err(|e| {
            let line = e.as_bytes()[..e.utf8_error().valid_up_to()].split(|&b| b == b'\n').count();
            Error::Recipe(format!("{file}:{line}: the recipe is not UTF-8"))
        })?;
        let beside = path.parent().unwrap_or(Path::new(""));
        Recipe::from_toml(&text, &file, base.unwrap_or(beside), registry)
    }

    /// The chain of the source at that position in [`sources`](Recipe::sources), built anew.
    ///
    /// # Errors
    /// [`Error::Invalid`] if there is no such source; [`Error::Recipe`] if the registry lacks a step.
    pub fn chain(&self, source: usize, registry: &Registry) -> Result<Chain> {
        let parsed = self.origin.parse()?;
        let table = parse::source_tables(&Table::root(&self.origin, &parsed))?.into_iter().nth(source);
        let (table, source) = table.zip(self.sources.get(source)).ok_or_else(|| Error::Invalid {
            what: format!("source {source}"),
            problem: format!("the recipe has {} sources", self.sources.len()),
        })?;
        scores::chain(parse::steps(&table, registry)?, source.score.as_ref(), &table)
    }

    /// The recipe with every default spelled out, keys sorted: equal for two recipes that ask for the same work on the same
    /// patterns. Profiles appear as their steps, and each filter as its rules and bounds.
    pub fn resolved(&self) -> serde_json::Value {
        // The types have string keys and finite numbers only, so this cannot fail.
        serde_json::to_value(self).unwrap_or_default()
    }
}

fn is_zero(n: &u64) -> bool {
    *n == 0
}

fn is_one(n: &u32) -> bool {
    *n == 1
}

fn is_unused(quality: &Quality) -> bool {
    !quality.is_used()
}
