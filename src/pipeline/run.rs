//! A run from end to end: scan, resolve, plan, emit, and the books at the end.

use super::decontaminate::{self, write_contamination};
use super::duplicates::{show_beginnings, summarise};
use super::emit::{Emit, EmitConfig, Written};
use super::job::{Folder, State, identity, pretty};
use super::lines::LineDedup;
use super::order::Schedule;
use super::output::Output;
use super::plan::{Copies, MixConfig, plan};
use super::resolve::{DedupConfig, Removals, Verdict, remove_duplicates};
use super::scan::{ScanConfig, scan};
use super::signals;
use super::table::{SCAN_BATCH_BYTES, Table, TableShard};
use super::{Event, Phase, Pool, Progress, Source};
use crate::dedup::Kind;
use crate::error::{Error, Result};
use crate::io::{Shard, TableOptions, TableWriter, remove_dir, rename, write_file};
use crate::ledger::{self, Books, Duplicate, DuplicateSummary, Fate, LedgerBatch, ScanBuilder};
use crate::recipe::Order;
use crate::report::{ContaminationReport, LineReport, OutputShard, OutputSummary, RunReport};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use xxhash_rust::xxh3::Xxh3Default;

/// Everything that decides a run's output.
#[derive(Debug)]
pub struct Job {
    /// The recipe with all defaults spelled out, for `job.json`.
    pub recipe: Value,
    /// Key of every choice by hash.
    pub seed: u64,
    /// The sources, in keep order.
    pub sources: Vec<Source>,
    /// Name of the output's text column (the last part, if dotted).
    pub text: String,
    /// Name of the output's id column (the last part, if dotted).
    pub id: Option<String>,
    /// Judging, counting, sketching.
    pub scan: ScanConfig,
    /// Removal of lines or paragraphs that many documents share, if wanted. The sources' chains end in it.
    pub lines: Option<LineDedup>,
    /// Removal of duplicates, if wanted.
    pub dedup: Option<DedupConfig>,
    /// The mix, if wanted.
    pub mix: Option<MixConfig>,
    /// The order of the output.
    pub order: Order,
    /// Writing.
    pub emit: EmitConfig,
    /// Whether rows get the columns `source`, `category` and `copy_index`.
    pub added_columns: bool,
    /// Whether an output without rows is a success.
    pub allow_empty: bool,
}

/// How a run ended.
#[derive(Debug)]
pub struct Outcome {
    /// What `run.json` says.
    pub report: RunReport,
    /// Whether the output was there already, whole, from an earlier run of the same job.
    pub was_done: bool,
}

impl Job {
    /// Does the job in `folder`; goes on where a broken run of the same job stopped.
    ///
    /// The output's bytes depend on the job and its input rows alone: not on threads, memory, the order or (for `data/`) the
    /// cutting of the input files. `run.json` is written last.
    ///
    /// # Errors
    /// [`Error::Conflict`] if the folder belongs to another job; [`Error::Infeasible`] if the mix cannot be had;
    /// [`Error::Unbalanced`] if the books do not balance; unreadable inputs and unwritable outputs, naming the file.
    pub fn run(&self, folder: &Path, pool: &Pool, progress: &dyn Progress) -> Result<Outcome> {
        let folder = Folder::new(folder);
        let mut output = Output::decide(&self.sources, &self.text, self.id.as_deref(), self.added_columns)?;
        let mut identity = identity(self.recipe.clone(), &self.sources);
        if let Some(decontamination) = &self.scan.decontamination {
            identity["decontamination"] = decontamination.identity();
        }
        if folder.claim(&identity)? == State::Done {
            return Ok(Outcome { report: read_report(&folder)?, was_done: true });
        }
        let lines = match &self.lines {
            Some(lines) => Some(lines.find(pool, &folder, &self.sources, self.scan.batch_bytes, progress)?),
            None => None,
        };
        scan(pool, &folder, &self.sources, &self.scan, progress)?;
        let bands = self.scan.bands();
        let table = Table::read(pool, &folder, &self.sources, bands, output.integer_ids())?;
        output.settle_ids(table.integer_ids);
        let removals = match &self.dedup {
            Some(dedup) => Some(remove_duplicates(pool, &folder, &self.sources, &table, &self.scan, dedup, progress)?),
            None => None,
        };
        progress.event(Event::Begin { phase: Phase::Plan, total: table.len() as u64 });
        let keyed = self.order != Order::Input;
        let copies = plan(pool, self.seed, &self.sources, &table, removals.as_ref(), self.mix.as_ref(), keyed)?;
        progress.event(Event::End { phase: Phase::Plan });
        self.refuse_empty(&copies)?;
        let books = self.write_ledger(pool, &folder, &table, removals.as_ref(), &copies)?;
        let duplicates = match &removals {
            Some(_) => Some(self.summarise(pool, &folder)?),
            None => None,
        };
        let contamination = self.contamination(&folder, &table, &books)?;
        drop(removals);
        remove_dir(&folder.dedup())?;
        let schedule =
            Schedule::new(&table, &copies.copies, &copies.keys, self.seed, self.order, self.emit.shard_bytes);
        let (sources, config) = (self.sources.as_slice(), &self.emit);
        let emit = Emit {
            pool,
            folder: &folder,
            sources,
            table: &table,
            output: &output,
            schedule: &schedule,
            config,
            progress,
        };
        let written = emit.run()?;
        let found = Found { lines, contamination, duplicates };
        let report = self.report(pool, &output, identity, (books, found), copies, &written)?;
        self.publish(&folder, &report)?;
        Ok(Outcome { report, was_done: false })
    }

    fn refuse_empty(&self, copies: &Copies) -> Result<()> {
        if self.allow_empty || copies.copies.iter().any(|&n| n > 0) {
            return Ok(());
        }
        let rows = copies.copies.len();
        Err(Error::Refused(format!(
            "not one of {rows} rows would be emitted. Look at the rules of the filters; if an empty output is right, say \
             `allow_empty = true` in [output]"
        )))
    }

    /// Writes a ledger file for each shard, and enters it in the books.
    fn write_ledger(
        &self,
        pool: &Pool,
        folder: &Folder,
        table: &Table,
        removals: Option<&Removals>,
        copies: &Copies,
    ) -> Result<Books> {
        let parts = pool.map(&table.shards, |at| {
            let source = &self.sources[at.source];
            let name = Folder::ledger_name(&source.name, &source.shards[at.shard].label);
            let path = folder.work().join("emit").join("ledger").join(name);
            let options = TableOptions { metadata: ledger::versions(), ..TableOptions::default() };
            let mut writer = TableWriter::create(&path, &ledger::schema(), &options)?;
            let mut books = Books::default();
            self.each_ledger_batch(at, table, removals, copies, &mut |batch| {
                writer.write(&batch)?;
                writer.end_row_group()
            })?;
            writer.finish()?;
            if self.scan.signals {
                let name = Folder::ledger_name(&source.name, &source.shards[at.shard].label);
                signals::write(&at.scan, &source.chain, &work_signals(folder).join(name))?;
            }
            // The books are kept from what was written, not from what was meant.
            add_ledger_file(&path, &mut books)?;
            Ok(books)
        })?;
        let mut books = Books::default();
        parts.iter().for_each(|part| books.merge(part));
        books.check(&self.sources.iter().map(|s| (s.name.clone(), s.rows())).collect())?;
        Ok(books)
    }

    fn each_ledger_batch(
        &self,
        at: &TableShard,
        table: &Table,
        removals: Option<&Removals>,
        copies: &Copies,
        each: &mut dyn FnMut(arrow::array::RecordBatch) -> Result<()>,
    ) -> Result<()> {
        // Without evidence, so that the ledger has the same bytes whether signals files are written or not.
        let schema = ScanBuilder::schema(self.scan.layout());
        let columns: Vec<&str> = schema.fields().iter().map(|f| f.name().as_str()).collect();
        let mut verdicts = removals.map(Removals::verdicts);
        at.each_batch(Some(&columns), &mut |first, batch| {
            let range = first..first + batch.rows();
            let found: &[Verdict] = match &mut verdicts {
                Some(verdicts) => verdicts.of_rows(range.clone())?,
                None => &[],
            };
            let mut found = found.iter().peekable();
            let fates: Vec<Fate<'_>> = range
                .map(|row| {
                    let verdict = found.next_if(|verdict| verdict.row as usize == row);
                    Fate {
                        duplicate: verdict.and_then(|v| v.duplicate.as_ref()).map(|duplicate| Duplicate {
                            kind: kind_word(duplicate.kind),
                            of_source: &self.sources[table.shard_of(duplicate.of as usize).source].name,
                            of_id: &duplicate.of_id,
                            similarity: duplicate.similarity,
                        }),
                        removed: removals.is_some_and(|removals| removals.removed(row)),
                        cluster: verdict.map(|v| (v.cluster, v.size)),
                        copies: copies.copies[row],
                    }
                })
                .collect();
            each(ledger::complete(batch.batch(), &fates)?)
        })
    }

    /// Joins the hits of all shards, and counts them.
    fn contamination(&self, folder: &Folder, table: &Table, books: &Books) -> Result<Option<ContaminationReport>> {
        let Some(decontamination) = &self.scan.decontamination else { return Ok(None) };
        let path = work_contamination(folder);
        write_contamination(folder, &self.sources, table, &path)?;
        decontaminate::summarise(&path, books, decontamination).map(Some)
    }

    fn summarise(&self, pool: &Pool, folder: &Folder) -> Result<DuplicateSummary> {
        let files: Vec<PathBuf> =
            ledger_files(&folder.work().join("emit").join("ledger"))?.into_values().flatten().collect();
        let mut summary = summarise(pool, &files)?;
        show_beginnings(&mut summary, &self.sources)?;
        Ok(summary)
    }

    fn report(
        &self,
        pool: &Pool,
        output: &Output,
        job: Value,
        (books, found): (Books, Found),
        copies: Copies,
        written: &[Written],
    ) -> Result<RunReport> {
        let shards = pool.map(written, describe)?;
        let emitted = books.sources.values().map(|b| b.emitted);
        let (rows, tokens, text_bytes) =
            emitted.fold((0, 0, 0), |(r, t, b), tally| (r + tally.rows, t + tally.tokens, b + tally.bytes));
        let written_rows: u64 = shards.iter().map(|s| s.rows).sum();
        if written_rows != rows {
            return Err(Error::Unbalanced(format!("the ledger emits {rows} rows, {written_rows} were written")));
        }
        let columns = output.schema().fields().iter().map(|f| f.name().clone()).collect();
        let renamed_columns = output.renamed().to_vec();
        let added_columns = self.added_columns;
        let output = OutputSummary { rows, tokens, text_bytes, shards, columns, added_columns, renamed_columns };
        let reference_reasons = self.reference_reasons(&books);
        let Found { lines, contamination, duplicates } = found;
        let mix = copies.plan;
        Ok(RunReport { job, books, lines, contamination, duplicates, reference_reasons, mix, output })
    }

    /// The reference system's names for the rules that dropped rows.
    fn reference_reasons(&self, books: &Books) -> BTreeMap<String, BTreeMap<String, String>> {
        let of_source = |source: &Source| {
            let dropped = books.sources.get(&source.name)?;
            let reasons = source.chain.rules().iter().filter(|rule| dropped.dropped.contains_key(&rule.name));
            let reasons = reasons.filter_map(|r| Some((r.name.clone(), r.notes.reference_reason?.to_owned())));
            let reasons: BTreeMap<String, String> = reasons.collect();
            (!reasons.is_empty()).then(|| (source.name.clone(), reasons))
        };
        self.sources.iter().filter_map(of_source).collect()
    }

    /// Gives data and ledger their names, then writes `report.txt` and `run.json`, then clears the work folder.
    fn publish(&self, folder: &Folder, report: &RunReport) -> Result<()> {
        rename(&folder.work().join("emit").join("ledger"), &folder.ledger())?;
        if self.scan.signals {
            rename(&work_signals(folder), &folder.signals())?;
        }
        if self.scan.decontamination.is_some() {
            rename(&work_contamination(folder), &folder.contamination())?;
        }
        rename(&Emit::data_dir(folder), &folder.data())?;
        write_file(&folder.root().join("report.txt"), report.to_string().as_bytes())?;
        let value = serde_json::to_value(report).map_err(|e| Error::write(&folder.run_file(), e))?;
        write_file(&folder.run_file(), pretty(&value).as_bytes())?;
        remove_dir(&folder.work())
    }
}

/// What a report says beside the books.
struct Found {
    lines: Option<LineReport>,
    contamination: Option<ContaminationReport>,
    duplicates: Option<DuplicateSummary>,
}

/// Where the hits of benchmark items are until the output is whole.
fn work_contamination(folder: &Folder) -> PathBuf {
    folder.work().join("emit").join("contamination.parquet")
}

/// Where signals files are until the output is whole.
fn work_signals(folder: &Folder) -> PathBuf {
    folder.work().join("emit").join("signals")
}

fn kind_word(kind: Kind) -> &'static str {
    match kind {
        Kind::Exact => "exact",
        Kind::Near => "near",
    }
}

/// Enters one ledger file in the books.
///
/// # Errors
/// [`Error::Read`] or [`Error::Unbalanced`] if it is no ledger.
pub fn add_ledger_file(path: &Path, books: &mut Books) -> Result<()> {
    let file = Shard::open(path)?;
    ledger::check_versions(&file)?;
    for group in 0..file.row_groups() {
        for batch in file.read_roots(group, None, None, SCAN_BATCH_BYTES)? {
            books.add(&LedgerBatch::new(&batch?))?;
        }
    }
    Ok(())
}

/// The report of a run that is whole.
///
/// # Errors
/// [`Error::Read`] if `run.json` is missing or is not one.
pub fn read_report(folder: &Folder) -> Result<RunReport> {
    let path = folder.run_file();
    let bytes = std::fs::read(&path).map_err(|e| Error::read(&path, None, e))?;
    serde_json::from_slice(&bytes).map_err(|e| Error::read(&path, None, e))
}

fn describe(file: &Written) -> Result<OutputShard> {
    let (bytes, xxh3_128) = digest(&file.path)?;
    Ok(OutputShard { name: file.name.clone(), rows: file.rows, bytes, xxh3_128 })
}

/// Size and xxh3-128 of a whole file.
pub(super) fn digest(path: &PathBuf) -> Result<(u64, String)> {
    let fail = |e: std::io::Error| Error::read(path, None, e);
    let mut file = std::fs::File::open(path).map_err(fail)?;
    let mut hash = Xxh3Default::new();
    let mut buffer = vec![0; 1 << 20];
    let mut bytes = 0;
    loop {
        match file.read(&mut buffer).map_err(fail)? {
            0 => return Ok((bytes, format!("{:032x}", hash.digest128()))),
            n => {
                hash.update(&buffer[..n]);
                bytes += n as u64;
            }
        }
    }
}

/// Every ledger file below a ledger folder, by source, sorted.
pub(super) fn ledger_files(ledger: &Path) -> Result<BTreeMap<String, Vec<PathBuf>>> {
    let list = |dir: &Path| -> Result<Vec<PathBuf>> {
        let entries = std::fs::read_dir(dir).map_err(|e| Error::read(dir, None, e))?;
        let mut paths: Vec<PathBuf> = entries
            .map(|e| e.map(|e| e.path()))
            .collect::<std::io::Result<_>>()
            .map_err(|e| Error::read(dir, None, e))?;
        paths.sort();
        Ok(paths)
    };
    let mut files = BTreeMap::new();
    for dir in list(ledger)? {
        let source = dir.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        files.insert(source, list(&dir)?);
    }
    Ok(files)
}
