//! TOML tables → the types of the grammar. One function a table, in the order of the recipe.

use super::decontaminate::decontaminate;
use super::grammar::*;
use super::mixing::{mix, quality, stages};
use super::reader::{Node, Origin, Table};
use super::registry::{Built, Registry};
use super::scores::{self, SourceScore};
use super::{lists, paths};
use crate::dedup::lines::{KeepUnit, LineRules, LineScope, LineUnit};
use crate::dedup::{Action, Exact, KeepBy, Scope};
use crate::error::{Error, Result};
use crate::hash::compat::Compat;
use crate::hash::{Bands, Form, Unit};
use crate::io::Compression;
use crate::text::TokenCounter;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Most ranks: our own choice, more than any training run has readers. Each has a file at least.
const MAX_RANKS: u32 = 65_536;

/// Keys of `[columns]` that say where a row comes from.
const PROVENANCE: [&str; 6] = ["kind", "generator", "template", "round", "seed_source", "seed_ids"];

pub(super) fn recipe(root: &Table<'_>, origin: &Arc<Origin>, base: &Path, registry: &Registry) -> Result<Recipe> {
    let known = [
        "seed",
        "on_bad_row",
        "columns",
        "tokens",
        "score",
        "source",
        "dedup",
        "decontaminate",
        "mix",
        "stage",
        "ledger",
        "output",
    ];
    root.only(&known)?;
    let seed = root.get("seed").map_or(Ok(0), |v| v.whole(0..=i64::MAX as u64))?;
    let on_bad_row = match root.get("on_bad_row") {
        Some(v) => v.one_of("policy", &[("fail", OnBadRow::Fail), ("quarantine", OnBadRow::Quarantine)])?,
        None => OnBadRow::Fail,
    };
    let columns = match root.get("columns") {
        Some(v) => columns(&v.table("[columns]")?, &Columns::default())?,
        None => Columns::default(),
    };
    let (tokens, tokens_per_document) = match root.get("tokens") {
        Some(v) => tokens(&v.table("[tokens]")?)?,
        None => (Counter::Named("words".to_owned()), 0),
    };
    let score = root.get("score").map_or(Ok(None), |v| scores::score(&v, base))?;
    let sources = sources(root, base, &columns, score.as_ref(), registry)?;
    let dedup = root.get("dedup").map(|v| dedup(&v.table("[dedup]")?, &sources)).transpose()?;
    let decontaminate =
        root.get("decontaminate").map(|v| decontaminate(&v.table("[decontaminate]")?, base)).transpose()?;
    let mix = root.get("mix").map(|v| mix(&v.table("[mix]")?, &sources)).transpose()?;
    let stages = stages(root, &sources)?;
    let ledger = root.get("ledger").map_or_else(|| Ok(Ledger::default()), |v| ledger(&v.table("[ledger]")?))?;
    let output = root.get("output").map_or_else(|| Ok(Output::default()), |v| output(&v.table("[output]")?))?;
    if !stages.is_empty() && output.order == Order::Input {
        let problem = "stages come one after the other, and order = \"input\" leaves rows where they lie; \
                       take another `order` in [output]";
        return Err(root.key_error("stage", problem));
    }
    let origin = Arc::clone(origin);
    Ok(Recipe {
        seed,
        columns,
        tokens,
        tokens_per_document,
        on_bad_row,
        sources,
        dedup,
        decontaminate,
        mix,
        stages,
        ledger,
        output,
        origin,
    })
}

fn columns(table: &Table<'_>, under: &Columns) -> Result<Columns> {
    let own = ["text", "id", "url", "lang", "path", "prompt", "license"];
    table.only(&[own.as_slice(), &PROVENANCE].concat())?;
    let name = |key| table.get(key).map(|v| v.filled().map(str::to_owned)).transpose();
    Ok(Columns {
        text: name("text")?.unwrap_or_else(|| under.text.clone()),
        id: match table.get("id") {
            Some(v) if v.as_bool() == Some(false) => None,
            Some(v) if v.text().is_none() => return Err(v.expected("the name of a column, or false for none")),
            _ => name("id")?.or_else(|| under.id.clone()),
        },
        url: name("url")?.or_else(|| under.url.clone()),
        lang: name("lang")?.or_else(|| under.lang.clone()),
        path: name("path")?.or_else(|| under.path.clone()),
        prompt: name("prompt")?.or_else(|| under.prompt.clone()),
        license: name("license")?.or_else(|| under.license.clone()),
        provenance: provenance(table, under)?,
    })
}

/// The columns that say where a row comes from: names, or `false` for none.
fn provenance(table: &Table<'_>, under: &Columns) -> Result<BTreeMap<String, Option<String>>> {
    let mut columns = under.provenance.clone();
    for key in PROVENANCE {
        let Some(v) = table.get(key) else { continue };
        let name = match v.as_bool() {
            Some(false) => None,
            _ if v.text().is_none() => return Err(v.expected("the name of a column, or false for none")),
            _ => Some(v.filled()?.to_owned()),
        };
        columns.insert(key.to_owned(), name);
    }
    Ok(columns)
}

/// The counter, and what training adds to each document.
fn tokens(table: &Table<'_>) -> Result<(Counter, u64)> {
    table.only(&["counter", "per_document"])?;
    // Begin, end and separator of a document are three; nobody has many.
    let per_document = table.get("per_document").map_or(Ok(0), |v| v.whole(0..=1_000))?;
    let value = table.require("counter", "counter = \"words\"")?;
    let name = value.string()?;
    match name.strip_prefix("column:") {
        Some(column) if !column.trim().is_empty() => Ok((Counter::Column(column.to_owned()), per_document)),
        Some(_) => Err(value.error("`column:` needs the name of a column, for example \"column:token_count\"")),
        None if TokenCounter::NAMES.contains(&name) => Ok((Counter::Named(name.to_owned()), per_document)),
        None => {
            Err(value.error(Error::unknown("counter", name, TokenCounter::NAMES.into_iter().chain(["column:NAME"]))))
        }
    }
}

/// The `[[source]]` tables, in order.
pub(super) fn source_tables<'a>(root: &Table<'a>) -> Result<Vec<Table<'a>>> {
    let list = root.require("source", "[[source]] with name = \"web\"")?;
    if list.value().is_table() {
        return Err(root.key_error("source", "sources are a list: write [[source]], with two brackets"));
    }
    let tables: Vec<Table<'a>> = list.list()?.iter().map(|node| node.table("[[source]]")).collect::<Result<_>>()?;
    if tables.is_empty() { Err(list.error("a recipe needs at least one [[source]]")) } else { Ok(tables) }
}

fn sources(
    root: &Table<'_>,
    base: &Path,
    columns: &Columns,
    score: Option<&SourceScore>,
    registry: &Registry,
) -> Result<Vec<Source>> {
    let mut sources: Vec<Source> = Vec::new();
    for table in source_tables(root)? {
        let source = source(&table, base, columns, score, registry)?;
        // Case aside, since the name becomes a folder and some file systems do not tell case.
        if let Some(twin) = sources.iter().find(|s| s.name.eq_ignore_ascii_case(&source.name)) {
            let problem = format!("there is a source `{}` already; give this one another name", twin.name);
            return Err(table.value_error("name", problem));
        }
        sources.push(source);
    }
    Ok(sources)
}

fn source(
    table: &Table<'_>,
    base: &Path,
    under: &Columns,
    score: Option<&SourceScore>,
    registry: &Registry,
) -> Result<Source> {
    table.only(&[
        "name",
        "category",
        "paths",
        "steps",
        "weight",
        "max_epochs",
        "select",
        "min_score",
        "top",
        "epochs_by_score",
        "near",
        "lines",
        "score",
        "columns",
    ])?;
    let node = table.require("name", "name = \"web\"")?;
    let name = node.filled()?.to_owned();
    if !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-') {
        return Err(node.error("a source's name has only ASCII letters, digits, `_` and `-`: a folder is called so"));
    }
    let category = table.require("category", "category = \"organic\"")?.one_of("category", &Category::ALL)?;
    let (paths, files) = files(&table.require("paths", "paths = [\"web_*.parquet\"]")?, base)?;
    let score = table.get("score").map_or_else(|| Ok(score.cloned()), |v| scores::score(&v, base))?;
    // What one step cannot see: a bound that leaves nothing of what an earlier step keeps, a score that nobody takes.
    scores::chain(steps(table, registry)?, score.as_ref(), table)?;
    let steps: Vec<Value> = steps(table, registry)?.into_iter().map(|built| built.parted().1).collect();
    let above_zero = |key| table.get(key).map(|v| v.number("a number above 0", |x| x > 0.0)).transpose();
    let weight = above_zero("weight")?;
    let max_epochs = above_zero("max_epochs")?.unwrap_or(1.0);
    let near = table.get("near").map(|v| v.bool()).transpose()?.unwrap_or(true);
    let lines = table.get("lines").map(|v| v.bool()).transpose()?.unwrap_or(category == Category::Organic);
    let columns = match table.get("columns") {
        Some(v) => columns(&v.table("`columns`")?, under)?,
        None => under.clone(),
    };
    if columns.url.is_none() && steps.iter().any(|step| lists::names_step(step, lists::URL_LISTS)) {
        let problem =
            "`url_lists` looks at the page's address, and no column holds it; say url = \"url\" under [columns]";
        return Err(table.value_error("steps", problem));
    }
    let quality = quality(table)?;
    Ok(Source { name, category, paths, files, weight, max_epochs, quality, near, lines, score, columns, steps })
}

/// The steps of a source, built.
pub(super) fn steps(source: &Table<'_>, registry: &Registry) -> Result<Vec<Built>> {
    let Some(list) = source.get("steps") else { return Ok(Vec::new()) };
    let built: Result<Vec<Vec<Built>>> = list.list()?.iter().map(|step| registry.build(step)).collect();
    Ok(built?.into_iter().flatten().collect())
}

/// Patterns, and the files they name: each sorted, since their order decides nothing, a file once.
fn files(list: &Node<'_>, base: &Path) -> Result<(Vec<String>, Vec<PathBuf>)> {
    let (mut patterns, mut files) = (Vec::new(), BTreeSet::new());
    for node in list.list()? {
        let pattern = node.filled()?;
        files.extend(paths::expand(base, pattern).map_err(|problem| node.error(problem))?);
        patterns.push(pattern.to_owned());
    }
    if patterns.is_empty() {
        return Err(list.error("`paths` needs at least one path or glob"));
    }
    patterns.sort();
    Ok((patterns, files.into_iter().collect()))
}

fn dedup(table: &Table<'_>, sources: &[Source]) -> Result<Dedup> {
    table.only(&["exact", "near", "lines", "keep", "scope", "action", "max_loss", "allow_loss", "index"])?;
    let near = match table.get("near") {
        Some(v) => near(&v)?,
        None => None,
    };
    // Copies but for white space would have other shingles of the text as it is, and so could not stand for one another.
    let as_it_is = near.as_ref().is_some_and(|near| near.form == Form::Raw);
    let closure = near.as_ref().is_some_and(|near| near.closure);
    let exact = match table.get("exact") {
        Some(v) => match exact(&v)? {
            Exact::Content if as_it_is => {
                let problem =
                    "with shingles of the raw text, copies are equal byte for byte: write exact = \"raw\", or false";
                return Err(v.error(problem));
            }
            exact if closure && exact.is_on() => {
                return Err(v.error("with `closure`, only what collides goes: write exact = false, or leave it out"));
            }
            exact => exact,
        },
        None if closure => Exact::Off,
        None if as_it_is => Exact::Raw,
        None => Exact::Content,
    };
    let lines = match table.get("lines") {
        Some(v) => lines(&v, sources)?,
        None => None,
    };
    let choices = KeepBy::ALL.map(|by| (by.name(), by));
    let mut keep = Vec::new();
    for node in table.get("keep").map_or(Ok(Vec::new()), |v| v.list())? {
        let by = node.one_of("reason to keep", &choices)?;
        if keep.contains(&by) {
            return Err(node.error("this reason stands twice in `keep`"));
        }
        keep.push(by);
    }
    if table.get("keep").is_none() {
        keep.extend(KeepBy::DEFAULT);
    }
    let scope = table.get("scope").map_or(Ok(Scope::Global), |v| scope(&v))?;
    let actions = [("remove", Action::Remove), ("annotate", Action::Annotate)];
    let action = table.get("action").map_or(Ok(Action::Remove), |v| v.one_of("action", &actions))?;
    let part = |v: Node<'_>| v.number("a number between 0 and 1", |x| (0.0..=1.0).contains(&x));
    let max_loss = table.get("max_loss").map_or(Ok(0.9), part)?;
    let mut allow_loss = Vec::new();
    for node in table.get("allow_loss").map_or(Ok(Vec::new()), |v| v.list())? {
        let name = node.string()?;
        if !sources.iter().any(|s| s.name == name) {
            return Err(node.error(Error::unknown("source", name, sources.iter().map(|s| s.name.as_str()))));
        }
        allow_loss.push(name.to_owned());
    }
    let index = table.get("index").map(|v| v.filled().map(str::to_owned)).transpose()?;
    if index.is_some() && closure {
        return Err(table
            .key_error("index", "an index holds what was kept by proof, and a closure proves nothing: leave one out"));
    }
    Ok(Dedup { exact, near, lines, keep, scope, action, max_loss, allow_loss, index })
}

/// `exact = true`, `false` or `"raw"`.
fn exact(node: &Node<'_>) -> Result<Exact> {
    match (node.as_bool(), node.text()) {
        (Some(true), _) => Ok(Exact::Content),
        (Some(false), _) => Ok(Exact::Off),
        (None, Some("raw")) => Ok(Exact::Raw),
        (None, _) => Err(node.expected("true, false or \"raw\"")),
    }
}

/// `scope = "global"`, `"source"` or `"column:NAME"`.
fn scope(node: &Node<'_>) -> Result<Scope> {
    let name = node.string()?;
    match Scope::parse(name) {
        Some(scope) => Ok(scope),
        None if name.starts_with("column:") => {
            Err(node.error("`column:` needs the name of a column, for example \"column:dump\""))
        }
        None => Err(node.error(Error::unknown("scope", name, ["global", "source", "column:NAME"]))),
    }
}

/// `near = true`, `false` or a table of settings.
fn near(node: &Node<'_>) -> Result<Option<Near>> {
    let (form, unit) = (Form::default(), Unit::default());
    let ngram = unit.default_ngram();
    let mut near = Near {
        form,
        unit,
        ngram,
        threshold: 0.8,
        recall: 0.95,
        slots: 128,
        bands: None,
        rows: None,
        compat: None,
        closure: false,
    };
    match node.as_bool() {
        Some(on) => return Ok(on.then_some(near)),
        None if !node.value().is_table() => {
            return Err(node.expected("false, true or a table like { threshold = 0.8 }"));
        }
        None => {}
    }
    let table = node.table("`near`")?;
    table.only(&["form", "unit", "ngram", "threshold", "recall", "slots", "bands", "rows", "compat", "closure"])?;
    near.compat = table.get("compat").map(|v| v.one_of("system", &Compat::ALL)).transpose()?;
    near.closure = table.get("closure").map_or(Ok(false), |v| v.bool())?;
    compatible(&table, &near)?;
    let whole = |key, range| table.get(key).map(|v| v.whole32(range)).transpose();
    near.form = table.get("form").map_or(Ok(form), |v| v.one_of("form", &Form::ALL))?;
    near.unit = table.get("unit").map_or(Ok(unit), |v| v.one_of("unit", &Unit::ALL))?;
    near.ngram = whole("ngram", 1..=100)?.unwrap_or(near.unit.default_ngram());
    near.slots = whole("slots", 8..=1024)?.unwrap_or(near.slots);
    if near.slots % 8 != 0 {
        return Err(table.value_error("slots", "`slots` must be a multiple of 8, as in slots = 128"));
    }
    near.bands = whole("bands", 1..=1024)?;
    near.rows = whole("rows", 1..=1024)?;
    if let Some(v) = table.get("threshold") {
        near.threshold = v.number("a number above 0, at most 1", |x| x > 0.0 && x <= 1.0)?;
    }
    if let Some(v) = table.get("recall") {
        near.recall = v.number("a number between 0 and 1, both excluded", |x| x > 0.0 && x < 1.0)?;
    }
    if near.compat.is_some() {
        near.slots = Compat::BUCKETS * Compat::ROWS;
        (near.bands, near.rows) = (Some(Compat::BUCKETS), Some(Compat::ROWS));
        return Ok(Some(near));
    }
    match (near.bands, near.rows) {
        (Some(bands), Some(rows)) if bands * rows > near.slots => Err(node.error(format!(
            "`bands` times `rows` is {}, but there are {} slots: make one of them smaller, or set slots = {}",
            bands * rows,
            near.slots,
            (bands * rows).next_multiple_of(8)
        ))),
        (Some(_), None) => {
            Err(table.key_error("bands", "`bands` needs `rows` beside it, or leave both to the planner"))
        }
        (None, Some(_)) => Err(table.key_error("rows", "`rows` needs `bands` beside it, or leave both to the planner")),
        (Some(_), Some(_)) => Ok(Some(near)),
        (None, None) => {
            Bands::plan(near.threshold, near.recall, near.slots).map_err(|e| node.wrap(e))?;
            Ok(Some(near))
        }
    }
}

/// That no key is stated that another one leaves without a meaning.
fn compatible(table: &Table<'_>, near: &Near) -> Result<()> {
    let stated = |keys: &[&'static str]| keys.iter().copied().find(|key| table.get(key).is_some());
    match (near.compat, near.closure) {
        (None, true) => {
            Err(table.key_error("closure", "`closure` needs `compat` beside it: the crate's own duplicates are proved"))
        }
        (Some(_), closure) => match stated(&["slots", "bands", "rows", "recall"]) {
            Some(key) => Err(table.key_error(key, format!("`compat` fixes `{key}`: leave it out"))),
            None => match stated(&["form", "unit", "ngram", "threshold"]).filter(|_| closure) {
                Some(key) => Err(table.key_error(key, format!("`closure` looks at no similarity: leave `{key}` out"))),
                None => Ok(()),
            },
        },
        (None, false) => Ok(()),
    }
}

/// `lines = true`, `false` or a table of settings.
fn lines(node: &Node<'_>, sources: &[Source]) -> Result<Option<LineRules>> {
    let mut rules = LineRules::default();
    match node.as_bool() {
        Some(false) => return Ok(None),
        Some(true) => {}
        None if !node.value().is_table() => {
            return Err(node.expected("false, true or a table like { min_documents = 20 }"));
        }
        None => {
            let table = node.table("`lines`")?;
            table.only(&["unit", "min_documents", "min_chars", "keep", "scope", "max_removed"])?;
            let whole = |key, range| table.get(key).map(|v| v.whole32(range)).transpose();
            rules.min_documents = whole("min_documents", 2..=u32::MAX)?.unwrap_or(rules.min_documents);
            rules.min_chars = whole("min_chars", 1..=u32::MAX)?.unwrap_or(rules.min_chars);
            rules.unit = table.get("unit").map_or(Ok(rules.unit), |v| v.one_of("unit", &LineUnit::ALL))?;
            rules.keep = table.get("keep").map_or(Ok(rules.keep), |v| v.one_of("keeper", &KeepUnit::ALL))?;
            rules.scope = table.get("scope").map_or(Ok(rules.scope), |v| v.one_of("scope", &LineScope::ALL))?;
            if let Some(v) = table.get("max_removed") {
                rules.max_removed = v.number("a number between 0 and 1", |x| (0.0..=1.0).contains(&x))?;
            }
        }
    }
    match sources.iter().any(|s| s.lines) {
        true => Ok(Some(rules)),
        false => Err(node.error(
            "no [[source]] takes part: those of code and of synthetic text do so only where they say `lines = true`",
        )),
    }
}

fn ledger(table: &Table<'_>) -> Result<Ledger> {
    table.only(&["signals"])?;
    Ok(Ledger { signals: table.get("signals").map_or(Ok(false), |v| v.bool())? })
}

fn output(table: &Table<'_>) -> Result<Output> {
    table.only(&["shard_mib", "row_group_mib", "compression", "order", "ranks", "allow_empty"])?;
    let mut output = Output::default();
    if let Some(v) = table.get("shard_mib") {
        output.shard_mib = v.whole(1..=65_536)?;
    }
    if let Some(v) = table.get("row_group_mib") {
        // Above 128 MiB readers that load a row group at a time need too much memory.
        output.row_group_mib = v.whole(1..=128)?;
    }
    if let Some(v) = table.get("compression") {
        output.compression = Compression::parse(v.string()?).map_err(|e| v.wrap(e))?;
    }
    if let Some(v) = table.get("order") {
        output.order = v.one_of("order", &Order::ALL)?;
    }
    if let Some(v) = table.get("ranks") {
        output.ranks = v.whole32(1..=MAX_RANKS)?;
        if output.ranks > 1 && output.order == Order::Input {
            let problem = "order = \"input\" leaves rows where they lie, so ranks have no order of their own; take another `order`";
            return Err(v.error(problem));
        }
    }
    if let Some(v) = table.get("allow_empty") {
        output.allow_empty = v.bool()?;
    }
    Ok(output)
}
