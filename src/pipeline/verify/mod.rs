//! Recomputes every number of `run.json` from the output and the ledger.

mod prefixes;
mod recheck;
mod replan;

use super::Folder;
use super::books::{LINES_KEY, add_ledger_file, ledger_files};
use super::buckets;
use super::decontaminate::check_file;
use super::duplicates::summarise;
use super::job::JOB_FILE;
use super::run::{digest, read_report};
use super::scores::sum_up;
use super::signals;
use super::table::SCAN_BATCH_BYTES;
use super::{Event, Phase, Pool, Progress};
use crate::error::{Error, Result};
use crate::hash::content_hash;
use crate::io::{Shard, StringColumn};
use crate::ledger::{Books, LedgerBatch, Tally, hash_at};
use crate::report::{Achievement, BucketReport, ContaminationReport, Licences, LineReport, RunReport};
use crate::text::{Normalizer, TokenCounter};
use arrow::array::Array;
use prefixes::Step;
use recheck::{check_lines_of_sources, check_origins, check_plan};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use xxhash_rust::xxh3::xxh3_128;

/// One thing that was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What was recomputed.
    pub what: String,
    /// What differs; `None` if nothing does.
    pub problem: Option<String>,
}

/// What the output itself holds.
#[derive(Debug, Default)]
struct Seen {
    /// Rows, text bytes and tokens by source.
    emitted: BTreeMap<String, Tally>,
    /// Copies of each row, by hash of source, id and content.
    copies: HashMap<u128, u64>,
    /// What is under which licence; tokens only where they can be counted.
    licences: Licences,
    /// The rows in their order, where that is one that keeps shares.
    order: Vec<Step>,
}

/// How a run's texts are read.
struct Reading<'a> {
    report: &'a RunReport,
    /// `None` where a column of the input was used, or this build lacks the counter.
    counter: Option<TokenCounter>,
    /// Whether the ledger's content hashes are of the bytes of the text.
    raw: bool,
    /// Each source's column of licences in the output.
    licences: BTreeMap<String, String>,
    /// Whether the order keeps shares, as far as tokens can be counted.
    ordered: bool,
    /// Whether rows say their stage.
    staged: bool,
}

/// Verifies a run's folder. Every check is made, also after one that failed.
///
/// # Errors
/// [`Error::Read`] if `run.json` or the ledger cannot be read at all.
pub fn verify(root: &Path, pool: &Pool, progress: &dyn Progress) -> Result<Vec<Check>> {
    let folder = Folder::new(root);
    let report = read_report(&folder)?;
    let mut checks = vec![check_job(&folder, &report)];
    let (books, planned) = read_ledger(pool, &folder)?;
    checks.push(check("fates of all rows, from the ledger", &report.books, &books));
    checks.push(check_duplicates(pool, &folder, &report)?);
    if let Some(said) = &report.contamination {
        checks.push(check_contamination(&folder, said, &books));
        checks.push(check_contaminated_rows(pool, &folder, said)?);
    }
    if report.scores.is_some() {
        checks.push(check_scores(pool, &folder, &report)?);
    }
    if let Some(said) = &report.buckets {
        checks.push(check_buckets(pool, &folder, &report, said)?);
    }
    checks.push(check_inputs(&report, &books));
    checks.push(check_names(&folder, &report));
    if report.job["recipe"]["ledger"]["signals"] == true {
        checks.push(check_signals(pool, &folder)?);
    }
    let total = report.output.text_bytes;
    progress.event(Event::Begin { phase: Phase::Scan, total });
    let reading = Reading::of(&report);
    let counted = reading.counter.is_some();
    let paths: Vec<usize> = (0..report.output.shards.len()).collect();
    let parts = pool.map(&paths, |&i| check_shard(&folder, &reading, i, progress))?;
    progress.event(Event::End { phase: Phase::Scan });
    let mut seen = Seen::default();
    let mut orders = Vec::with_capacity(parts.len());
    for (check, mut part) in parts {
        checks.push(check);
        orders.push(std::mem::take(&mut part.order));
        seen.merge(part)?;
    }
    checks.extend(reading.ordered.then(|| Check {
        what: "every prefix of the order within its bound, and every rank".into(),
        problem: prefixes::problem(&report, &orders),
    }));
    checks.push(check_emitted(&books, &seen, counted));
    checks.push(check_copies(&planned, &seen));
    checks.push(check_mix(&report, &books));
    checks.extend(check_plan(pool, &folder, &report)?);
    checks.push(check_totals(&report, &books));
    checks.push(check("emitted, unique and effective shares", &report.achieved, &achievement(&report, &books)));
    checks.extend(check_licences(&report, seen.licences, counted));
    checks.extend(check_origins(pool, &folder, &report)?);
    checks.extend(check_lines(&folder, &report)?);
    checks.extend(check_lines_of_sources(pool, &folder, &report)?);
    checks.push(check_text(&folder, &report));
    Ok(checks)
}

fn check<T: PartialEq + std::fmt::Debug>(what: &str, said: &T, found: &T) -> Check {
    let problem = (said != found).then(|| format!("run.json says {said:?}\n      recomputed: {found:?}"));
    Check { what: what.to_owned(), problem }
}

fn check_job(folder: &Folder, report: &RunReport) -> Check {
    let job = std::fs::read(folder.root().join(JOB_FILE)).ok();
    let job: Option<Value> = job.and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let problem = match job {
        Some(job) if job == report.job => None,
        Some(_) => Some(format!("{JOB_FILE} and run.json differ")),
        None => Some(format!("{JOB_FILE} is missing or damaged")),
    };
    Check { what: "recipe and inputs".into(), problem }
}

/// All but how texts begin, which the ledger does not say.
fn check_duplicates(pool: &Pool, folder: &Folder, report: &RunReport) -> Result<Check> {
    let files: Vec<_> = ledger_files(&folder.ledger())?.into_values().flatten().collect();
    let found = report.duplicates.is_some().then(|| summarise(pool, &files)).transpose()?;
    let mut said = report.duplicates.clone();
    for cluster in said.iter_mut().flat_map(|said| &mut said.largest) {
        std::iter::once(&mut cluster.kept).chain(&mut cluster.samples).for_each(|member| member.begins.clear());
    }
    Ok(check("duplicates by similarity, source and cluster, from the ledger", &said, &found))
}

/// All that `contamination.parquet` says; a file that is missing or damaged is a failed check, not an error.
fn check_contamination(folder: &Folder, said: &ContaminationReport, books: &Books) -> Check {
    let what = "benchmark items by benchmark and source, from contamination.parquet";
    match check_file(&folder.contamination(), books, said) {
        Ok(found) => check(what, said, &found),
        Err(e) => Check { what: what.into(), problem: Some(e.to_string()) },
    }
}

/// The ledger names an item for as many rows as the report says.
fn check_contaminated_rows(pool: &Pool, folder: &Folder, said: &ContaminationReport) -> Result<Check> {
    let files: Vec<(String, PathBuf)> = ledger_files(&folder.ledger())?
        .into_iter()
        .flat_map(|(source, files)| files.into_iter().map(move |file| (source.clone(), file)))
        .collect();
    let counts = pool.map(&files, |(source, path)| {
        let file = Shard::open(path)?;
        let mut rows = 0;
        for group in 0..file.row_groups() {
            for batch in file.read_roots(group, Some(&["contaminated_by_rule"]), None, SCAN_BATCH_BYTES)? {
                let batch = batch?;
                let rules = LedgerBatch::new(&batch).strings("contaminated_by_rule")?;
                rows += (rules.len() - rules.null_count()) as u64;
            }
        }
        Ok((source.clone(), rows))
    })?;
    let mut found: BTreeMap<String, u64> = said.sources.keys().map(|source| (source.clone(), 0)).collect();
    counts.into_iter().for_each(|(source, rows)| *found.entry(source).or_default() += rows);
    let said = said.sources.iter().map(|(source, of)| (source.clone(), of.contaminated)).collect();
    Ok(check("rows that hold a benchmark item, from the ledger", &said, &found))
}

fn check_scores(pool: &Pool, folder: &Folder, report: &RunReport) -> Result<Check> {
    let files: Vec<_> = ledger_files(&folder.ledger())?.into_values().flatten().collect();
    let found = Some(sum_up(pool, &files)?);
    Ok(check("quality scores before and after, from the ledger", &report.scores, &found))
}

/// Thresholds are checked by what they are: so much of the weight at or below each, and less below it.
fn check_buckets(pool: &Pool, folder: &Folder, report: &RunReport, said: &BucketReport) -> Result<Check> {
    let what = "quality buckets: thresholds, each row's bucket, sums before and after, from the ledger".to_owned();
    let rules = report.job["recipe"]["buckets"].clone();
    let problem = match serde_json::from_value(rules) {
        Ok(rules) => {
            let files: Vec<_> = ledger_files(&folder.ledger())?.into_values().flatten().collect();
            buckets::disagreement(said, &rules, pool, &files)?
        }
        Err(e) => Some(format!("the recipe in run.json has no buckets that can be read: {e}")),
    };
    Ok(Check { what, problem })
}

fn check_inputs(report: &RunReport, books: &Books) -> Check {
    let mut rows: BTreeMap<String, u64> = BTreeMap::new();
    for input in report.job["inputs"].as_array().into_iter().flatten() {
        let source = input["source"].as_str().unwrap_or_default();
        *rows.entry(source.to_owned()).or_default() += input["rows"].as_u64().unwrap_or(0);
    }
    Check { what: "rows in = sum of fates".into(), problem: books.check(&rows).err().map(|e| e.to_string()) }
}

impl Reading<'_> {
    fn of(report: &RunReport) -> Reading<'_> {
        let recipe = &report.job["recipe"];
        let counter = recipe["tokens"].as_str().and_then(|name| TokenCounter::parse(name).ok());
        let dedup = &recipe["dedup"];
        let raw = [&dedup["exact"], &dedup["form"], &dedup["near"]["form"]].into_iter().any(|form| form == "raw");
        let renamed = |name: &str| {
            let new = report.output.renamed_columns.iter().find(|(old, _)| old == name);
            new.map_or_else(|| name.to_owned(), |(_, new)| new.clone())
        };
        let column = |source: &Value| {
            let name = source["columns"]["license"].as_str()?;
            Some((source["name"].as_str()?.to_owned(), renamed(name)))
        };
        let licences = recipe["sources"].as_array().into_iter().flatten().filter_map(column).collect();
        let ordered = counter.is_some() && recipe["output"]["order"] == "interleaved";
        let staged = recipe["stages"].is_array();
        Reading { report, counter, raw, licences, ordered, staged }
    }
}

fn achievement(report: &RunReport, books: &Books) -> Achievement {
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let groups: Vec<(String, String)> = match report.job["recipe"]["sources"].as_array() {
        Some(sources) => sources.iter().map(|source| (word(&source["name"]), word(&source["category"]))).collect(),
        // A command without a recipe has one source, in a group of that name.
        None => books.sources.keys().map(|name| (name.clone(), name.clone())).collect(),
    };
    Achievement::of(books, &groups)
}

fn check_licences(report: &RunReport, mut found: Licences, counted: bool) -> Option<Check> {
    let said = report.licences.as_ref()?;
    let mut said = said.clone();
    if !counted {
        let tallies = |licences: &mut Licences| {
            licences.sources.values_mut().flat_map(|source| source.values_mut()).for_each(|tally| tally.tokens = 0);
        };
        tallies(&mut said);
        tallies(&mut found);
    }
    Some(check("rows and tokens under each licence, counted again in the output", &said, &found))
}

/// Lines are counted over the inputs, which are not here; but every ledger file says which counts belong to it.
fn check_lines(folder: &Folder, report: &RunReport) -> Result<Option<Check>> {
    let said = report.lines.as_ref().map(LineReport::digest);
    let mut problem = None;
    let mut any = said.is_some();
    for path in ledger_files(&folder.ledger())?.into_values().flatten() {
        let file = Shard::open(&path)?;
        let written = file.footer_value(LINES_KEY);
        any |= written.is_some();
        if written != said.as_deref() && problem.is_none() {
            let words =
                |digest: Option<&str>| digest.map_or("no such counts".to_owned(), |d| format!("counts of digest {d}"));
            let name = path.strip_prefix(folder.root()).unwrap_or(&path).display().to_string();
            problem =
                Some(format!("run.json has {}, {name} was written with {}", words(said.as_deref()), words(written)));
        }
    }
    Ok(any.then(|| Check {
        what: "counts of lines removed across documents, against the ledger's footers".into(),
        problem,
    }))
}

fn check_text(folder: &Folder, report: &RunReport) -> Check {
    let text = std::fs::read_to_string(folder.root().join("report.txt")).ok();
    let problem = match text {
        Some(text) if text == report.to_string() => None,
        Some(_) => Some("it says something else than run.json".to_owned()),
        None => Some("it is missing or damaged".to_owned()),
    };
    Check { what: "report.txt, written again from run.json".into(), problem }
}

fn read_ledger(pool: &Pool, folder: &Folder) -> Result<(Books, HashMap<u128, u64>)> {
    let files: Vec<_> = ledger_files(&folder.ledger())?.into_values().flatten().collect();
    let parts = pool.map(&files, |path| {
        let mut books = Books::default();
        add_ledger_file(path, &mut books)?;
        Ok((books, planned_copies(path)?))
    })?;
    let (mut books, mut planned) = (Books::default(), HashMap::new());
    for (part, copies) in parts {
        books.merge(&part);
        for (key, n) in copies {
            *planned.entry(key).or_default() += n;
        }
    }
    Ok((books, planned))
}

fn planned_copies(path: &Path) -> Result<HashMap<u128, u64>> {
    let file = Shard::open(path)?;
    let mut planned = HashMap::new();
    for group in 0..file.row_groups() {
        for batch in
            file.read_roots(group, Some(&["source", "id", "content_hash", "copies"]), None, SCAN_BATCH_BYTES)?
        {
            let batch = batch?;
            let batch = LedgerBatch::new(&batch);
            let (sources, ids, copies) = (batch.strings("source")?, batch.strings("id")?, batch.u32s("copies")?);
            let contents = batch.bytes("content_hash")?;
            for i in (0..batch.rows()).filter(|&i| copies.value(i) > 0) {
                let key = row_key(sources.value(i), ids.value(i), hash_at(contents, i));
                *planned.entry(key).or_default() += u64::from(copies.value(i));
            }
        }
    }
    Ok(planned)
}

fn row_key(source: &str, id: &str, content: u128) -> u128 {
    xxh3_128(format!("{content:032x}{}:{source}{id}", source.len()).as_bytes())
}

impl Seen {
    fn merge(&mut self, other: Seen) -> Result<()> {
        for (source, tally) in other.emitted {
            let mine = self.emitted.entry(source).or_default();
            mine.rows += tally.rows;
            mine.bytes += tally.bytes;
            mine.tokens += tally.tokens;
        }
        for (key, n) in other.copies {
            *self.copies.entry(key).or_default() += n;
        }
        self.licences.merge(other.licences)
    }

    fn tokens(&self) -> u64 {
        self.emitted.values().map(|tally| tally.tokens).sum()
    }
}

/// Digest, size and rows of an output shard, and what is in it. A shard that cannot be read is a failed check, not an error.
fn check_shard(folder: &Folder, reading: &Reading<'_>, index: usize, progress: &dyn Progress) -> Result<(Check, Seen)> {
    let said = &reading.report.output.shards[index];
    let path = folder.data().join(&said.name);
    let what = format!("data/{}: size, digest, rows, tokens", said.name);
    let mut seen = Seen::default();
    let read = || -> Result<Option<String>> {
        let (bytes, xxh3_128) = digest(&path)?;
        let rows = read_shard(&path, reading, &mut seen, progress)?;
        let tokens = if reading.counter.is_some() { seen.tokens() } else { said.tokens };
        let problem = match () {
            () if bytes != said.bytes => Some(format!("run.json says {} bytes, it has {bytes}", said.bytes)),
            () if xxh3_128 != said.xxh3_128 => Some(format!("run.json says {}, it has {xxh3_128}", said.xxh3_128)),
            () if rows != said.rows => Some(format!("run.json says {} rows, it has {rows}", said.rows)),
            () if tokens != said.tokens => Some(format!("run.json says {} tokens, it has {tokens}", said.tokens)),
            () => None,
        };
        Ok(problem)
    };
    let problem = { read }().unwrap_or_else(|e| Some(e.to_string()));
    Ok((Check { what, problem }, seen))
}

fn read_shard(path: &Path, reading: &Reading<'_>, seen: &mut Seen, progress: &dyn Progress) -> Result<u64> {
    let Reading { report, counter, raw, licences, ordered, staged } = reading;
    let file = Shard::open(path)?;
    let recipe = &report.job["recipe"]["columns"];
    let last = |key: &str| -> String {
        let name = recipe[key].as_str().unwrap_or(key);
        name.rsplit('.').next().unwrap_or(name).to_owned()
    };
    let per_document = report.job["recipe"]["tokens_per_document"].as_u64().unwrap_or(0);
    let (text, id) = (file.string_column(&last("text"))?, file.id_column(&last("id"))?);
    // A column of that name may also be one of the input's own.
    let source = report.output.added_columns.then(|| file.string_column("source")).transpose()?;
    let licensed: BTreeMap<&str, StringColumn> =
        licences.values().filter_map(|name| Some((name.as_str(), file.string_column(name).ok()?))).collect();
    let stage = (*ordered && *staged).then(|| file.string_column("stage")).transpose()?;
    let names: Vec<&str> = report.books.sources.keys().map(String::as_str).collect();
    let stages: Vec<&str> =
        report.job["recipe"]["stages"].as_array().into_iter().flatten().filter_map(|s| s["name"].as_str()).collect();
    let own = [Some(&text), Some(&id), source.as_ref(), stage.as_ref()].into_iter().flatten();
    let columns: Vec<&StringColumn> = own.chain(licensed.values()).collect();
    let mut normalizer = Normalizer::new();
    let only = report.books.sources.keys().next().map(String::as_str).unwrap_or_default();
    let mut rows = 0;
    for group in 0..file.row_groups() {
        for batch in file.read(group, &columns, SCAN_BATCH_BYTES)? {
            let batch = batch?;
            let (texts, ids) = (text.bind(&batch)?, id.bind(&batch)?);
            let sources = source.as_ref().map(|c| c.bind(&batch)).transpose()?;
            let in_stages = stage.as_ref().map(|c| c.bind(&batch)).transpose()?;
            let mut bound = BTreeMap::new();
            for (name, column) in &licensed {
                bound.insert(*name, column.bind(&batch)?);
            }
            let mut bytes = 0;
            for i in 0..batch.num_rows() {
                let text = texts.get(i).unwrap_or_default();
                let source = sources.as_ref().map_or(only, |sources| sources.get(i).unwrap_or_default());
                if !seen.emitted.contains_key(source) {
                    seen.emitted.insert(source.to_owned(), Tally::default());
                }
                let tokens = counter.as_ref().map_or(0, |c| c.count(text) + per_document);
                let one = Tally { rows: 1, bytes: text.len() as u64, tokens };
                if let Some(tally) = seen.emitted.get_mut(source) {
                    tally.rows += 1;
                    tally.bytes += one.bytes;
                    tally.tokens += tokens;
                }
                if let (true, Ok(source)) = (*ordered, names.binary_search(&source)) {
                    let stage = in_stages.as_ref().and_then(|in_stages| in_stages.get(i));
                    let stage = stages.iter().position(|name| Some(*name) == stage).unwrap_or(0) as u32;
                    seen.order.push(Step { stage, source: source as u32, tokens });
                }
                if let (Some(name), true) = (licences.get(source), report.licences.is_some()) {
                    let licence = bound.get(name.as_str()).and_then(|values| values.get(i));
                    seen.licences.add(source, licence, &one)?;
                }
                let content =
                    if *raw { xxh3_128(text.as_bytes()) } else { content_hash(normalizer.content_form(text)) };
                *seen.copies.entry(row_key(source, ids.get(i).unwrap_or_default(), content)).or_default() += 1;
                bytes += text.len() as u64;
            }
            rows += batch.num_rows() as u64;
            progress.event(Event::Advance { phase: Phase::Scan, units: bytes });
        }
    }
    Ok(rows)
}

fn check_emitted(books: &Books, seen: &Seen, counted: bool) -> Check {
    let problems: Vec<String> = books
        .sources
        .iter()
        .filter_map(|(source, books)| {
            let mut found = seen.emitted.get(source).copied().unwrap_or_default();
            if !counted {
                found.tokens = books.emitted.tokens;
            }
            (found != books.emitted)
                .then(|| format!("`{source}`: the ledger emits {:?}, the output holds {found:?}", books.emitted))
        })
        .collect();
    let what = match counted {
        true => "rows, bytes and tokens emitted by each source, counted again in the output",
        false => "rows and bytes emitted by each source, counted again in the output (tokens came from a column)",
    };
    Check { what: what.into(), problem: (!problems.is_empty()).then(|| problems.join("\n      ")) }
}

fn check_copies(planned: &HashMap<u128, u64>, seen: &Seen) -> Check {
    let missing = planned.iter().filter(|(key, n)| seen.copies.get(key) != Some(n)).count();
    let foreign = seen.copies.keys().filter(|key| !planned.contains_key(key)).count();
    let problem = (missing + foreign > 0).then(|| {
        format!("{missing} planned rows are missing or have another number of copies, {foreign} rows were not planned")
    });
    Check { what: "every row's copies, ledger against output".into(), problem }
}

fn check_mix(report: &RunReport, books: &Books) -> Check {
    let problem =
        report.mix.as_ref().and_then(|mix| replan::problem(&report.job["recipe"], mix, books, report.buckets.as_ref()));
    Check { what: "the mix's quotas and tokens, planned again from recipe and ledger".into(), problem }
}

/// A signals file that is missing or damaged is a failed check, not an error.
fn check_signals(pool: &Pool, folder: &Folder) -> Result<Check> {
    let files: Vec<PathBuf> = ledger_files(&folder.ledger())?.into_values().flatten().collect();
    let problems = pool.map(&files, |ledger| {
        let name = ledger.strip_prefix(folder.ledger()).unwrap_or(ledger);
        let problem =
            signals::disagreement(ledger, &folder.signals().join(name)).unwrap_or_else(|e| Some(e.to_string()));
        Ok(problem.map(|problem| format!("signals/{}: {problem}", name.display())))
    })?;
    let problems: Vec<String> = problems.into_iter().flatten().collect();
    let problem = (!problems.is_empty()).then(|| problems.join("\n      "));
    Ok(Check {
        what: "signals: a row for each row of the ledger, with its bytes and tokens if it is kept".into(),
        problem,
    })
}

/// Readers take `data/*.parquet`: a file more is as wrong as a file less.
fn check_names(folder: &Folder, report: &RunReport) -> Check {
    let mut said: Vec<String> = report.output.shards.iter().map(|s| s.name.clone()).collect();
    let list = |dir: &Path| -> Vec<String> {
        let entries = std::fs::read_dir(dir).into_iter().flatten();
        entries.flatten().map(|e| e.file_name().to_string_lossy().into_owned()).collect()
    };
    let below = |name: String| match folder.data().join(&name) {
        dir if dir.is_dir() => list(&dir).into_iter().map(|file| format!("{name}/{file}")).collect(),
        _ => vec![name],
    };
    let mut found: Vec<String> = list(&folder.data()).into_iter().flat_map(below).collect();
    said.sort();
    found.sort();
    check("the files in data/", &said, &found)
}

fn check_totals(report: &RunReport, books: &Books) -> Check {
    let mut total = Tally::default();
    for books in books.sources.values() {
        total.rows += books.emitted.rows;
        total.tokens += books.emitted.tokens;
        total.bytes += books.emitted.bytes;
    }
    let output = &report.output;
    let said = Tally { rows: output.rows, tokens: output.tokens, bytes: output.text_bytes };
    let shards: u64 = output.shards.iter().map(|shard| shard.tokens).sum();
    check("totals of the output", &(said, shards), &(total, total.tokens))
}

/// Joins failed checks into an error.
///
/// # Errors
/// [`Error::Unbalanced`] if any check failed.
pub fn all_hold(checks: &[Check]) -> Result<()> {
    let failed: Vec<String> =
        checks.iter().filter_map(|c| c.problem.as_ref().map(|p| format!("{}: {p}", c.what))).collect();
    match failed.is_empty() {
        true => Ok(()),
        false => Err(Error::Unbalanced(failed.join("\n"))),
    }
}
