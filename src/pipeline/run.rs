//! A run from end to end: scan, resolve, plan, emit, and the books at the end.

use super::books::{Fates, copy_file, work_ledger, work_signals};
use super::buckets::RowBuckets;
use super::decontaminate::{self, write_contamination};
use super::duplicates::{show_beginnings, summarise};
use super::emit::Output;
use super::emit::{Emit, EmitConfig, Written};
use super::index::{Batch, Index, IndexRows};
use super::job::{Folder, State, identity, pretty};
use super::keyed::LeftRows;
use super::lines::LineDedup;
use super::mixing::MixConfig;
use super::order::Schedule;
use super::origins::{self, OriginSource};
use super::plan::{Planning, plan};
use super::resolve::{DedupConfig, Removals, Texts, remove_duplicates};
use super::scan::{ScanConfig, scan};
use super::scores::sum_up;
use super::sort::Space;
use super::table::{Rows, Table};
use super::{Event, Phase, Pool, Progress, Source};
use crate::error::{Error, Result};
use crate::io::{remove_dir, rename, write_file};
use crate::ledger::{Books, DuplicateSummary};
use crate::mix::{Caps, MixPlan};
use crate::recipe::{BucketRules, Order, StepKind};
use crate::report::{
    Achievement, BucketReport, ContaminationReport, Licences, LineReport, OutputShard, OutputSummary, ProvenanceReport,
    RunReport, ScoreReport,
};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
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
    /// Quality buckets, if wanted.
    pub buckets: Option<BucketRules>,
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
        let mut output = self.output()?;
        let index = self.index(&folder)?;
        let identity = self.identity(index.as_ref().map(Index::state));
        if folder.claim(&identity)? == State::Done {
            return Ok(Outcome { report: read_report(&folder)?, was_done: true });
        }
        index.as_ref().map_or(Ok(()), |index| index.check(&identity))?;
        let lines = match &self.lines {
            Some(lines) => Some(lines.find(pool, &folder, &self.sources, self.scan.batch_bytes, progress)?),
            None => None,
        };
        scan(pool, &folder, &self.sources, &self.scan, progress)?;
        let rows = Rows::of(&self.sources, |source, label| folder.scan(source, label))?;
        if output.integer_ids() {
            output.settle_ids(rows.integer_ids(pool)?);
        }
        let (removals, indexed) = match &self.dedup {
            Some(dedup) => {
                let index = index.as_ref().map(|index| (index, &identity));
                let (removals, indexed) = self.remove_duplicates(pool, &folder, &rows, dedup, index, progress)?;
                (Some(removals), indexed)
            }
            None => (None, IndexRows::none(rows.len())),
        };
        let index = index.as_ref();
        let stage = Stage { folder: &folder, output, identity, rows, removals, ledger: None, lines, indexed, index };
        self.plan_and_emit(stage, pool, progress)
    }

    /// What makes this job another one than others: recipe, inputs, benchmarks, the state of an index.
    pub(super) fn identity(&self, index: Option<Value>) -> Value {
        let mut identity = identity(self.recipe.clone(), &self.sources, index);
        if let Some(decontamination) = &self.scan.decontamination {
            identity["decontamination"] = decontamination.identity();
        }
        identity
    }

    /// All that comes behind what is known of the rows.
    pub(super) fn plan_and_emit(&self, stage: Stage<'_>, pool: &Pool, progress: &dyn Progress) -> Result<Outcome> {
        let Stage { folder, output, identity, rows, removals, ledger, lines, indexed, index } = stage;
        let space = Space::new(folder.work().join("emit").join("order"), self.emit.memory, pool.threads());
        progress.event(Event::Begin { phase: Phase::Plan, total: rows.len() as u64 });
        let names = self.names();
        let left = LeftRows { pool, sources: &names, rows: &rows, removals: removals.as_ref(), buckets: None };
        let buckets = self.buckets.as_ref().map(|rules| RowBuckets::measure(rules, &left, &space)).transpose()?;
        let left = LeftRows { buckets: buckets.as_ref(), ..left };
        let planning = Planning { seed: self.seed, order: self.order, space: &space };
        let mut planned = plan(&planning, &left, self.mix.as_ref())?;
        self.refuse_empty(planned.rows, rows.len())?;
        let mix = planned.plan.take();
        let schedule = Schedule::new(planned, (self.order, self.emit.ranks), &space, self.emit.shard_bytes)?;
        progress.event(Event::End { phase: Phase::Plan });
        let fates = Fates {
            removals: removals.as_ref(),
            indexed: &indexed,
            ledger,
            lines: lines.as_ref(),
            buckets: buckets.as_ref(),
            schedule: &schedule,
        };
        let books = self.write_ledger(pool, folder, &rows, &fates)?;
        drop(indexed);
        let duplicates = match &self.dedup {
            Some(_) => Some(self.summarise(pool, folder)?),
            None => None,
        };
        let contamination = self.contamination(folder, &rows, ledger, &books)?;
        let scores = match self.scores() {
            true => Some(sum_up(pool, &work_ledger(folder)?)?),
            false => None,
        };
        let ledger = work_ledger(folder)?;
        let buckets = buckets.map(|buckets| buckets.report(&names, pool, &ledger)).transpose()?;
        let provenance = self.origins(pool, folder, &rows, &space)?;
        drop(removals);
        remove_dir(&folder.dedup())?;
        let emit = Emit {
            pool,
            folder,
            sources: &self.sources,
            rows: &rows,
            output: &output,
            schedule: &schedule,
            order: self.order,
            config: &self.emit,
            progress,
            licences: Mutex::default(),
        };
        let written = emit.run()?;
        let licences = emit.licences.into_inner().unwrap_or_else(PoisonError::into_inner);
        drop(schedule);
        remove_dir(&space.dir)?;
        let told =
            Told { job: identity, books, contamination, lines, duplicates, scores, buckets, mix, licences, provenance };
        let report = self.report(pool, &output, told, &written)?;
        self.publish(folder, &report, index)?;
        Ok(Outcome { report, was_done: false })
    }

    /// The output's columns.
    pub(super) fn output(&self) -> Result<Output> {
        let stages = self.mix.iter().flat_map(|mix| &mix.stages).map(|stage| stage.name.clone()).collect();
        Output::decide(&self.sources, (&self.text, self.id.as_deref()), self.added_columns, stages)
    }

    /// Each source's name and category.
    pub(super) fn names(&self) -> Vec<(String, String)> {
        self.sources.iter().map(|source| (source.name.clone(), source.category.clone())).collect()
    }

    /// The index, where the job has one.
    fn index(&self, folder: &Folder) -> Result<Option<Index>> {
        let Some((dedup, dir)) = self.dedup.as_ref().and_then(|dedup| Some((dedup, dedup.index.as_ref()?))) else {
            return Ok(None);
        };
        Index::open(dir, dedup, &self.scan, folder).map(Some)
    }

    /// Finds duplicates, and writes what stays beside the index, if there is one. What is known of the index's rows afterwards is where they
    /// come from.
    fn remove_duplicates(
        &self,
        pool: &Pool,
        folder: &Folder,
        rows: &Rows,
        dedup: &DedupConfig,
        index: Option<(&Index, &Value)>,
        progress: &dyn Progress,
    ) -> Result<(Removals, IndexRows)> {
        let (sources, scan) = (self.sources.as_slice(), &self.scan);
        let table = Table::read(pool, rows, scan.bands())?;
        let indexed = match index {
            Some((index, _)) => IndexRows::read(pool, index, sources, &dedup.scope, scan.bands(), table.len())?,
            None => IndexRows::none(table.len()),
        };
        let removals = remove_duplicates(pool, folder, sources, (&table, &indexed), scan, dedup, progress)?;
        if let Some((index, identity)) = index {
            let texts = Texts { sources, table: &table, scan, signatures: false, progress: None };
            index.write(identity, &Batch { pool, texts, removals: &removals, index: &indexed })?;
        }
        Ok((removals, indexed.files_alone()))
    }

    /// Where the emitted rows come from, where the ledger says it.
    fn origins(&self, pool: &Pool, folder: &Folder, rows: &Rows, space: &Space) -> Result<Option<ProvenanceReport>> {
        let by_source = self.mix.as_ref().is_some_and(|mix| mix.by_source);
        let mut sources = OriginSource::of(&self.names(), by_source);
        for at in &rows.shards {
            let source = &self.sources[at.source];
            let name = Folder::ledger_name(&source.name, &source.shards[at.shard].label);
            sources[at.source].files.push(folder.work().join("emit").join("ledger").join(name));
        }
        let none = Caps::default();
        origins::sum_up(pool, &sources, self.mix.as_ref().map_or(&none, |mix| &mix.caps), space)
    }

    /// Whether any source's documents are scored.
    fn scores(&self) -> bool {
        let mut steps = self.sources.iter().flat_map(|source| source.chain.steps());
        steps.any(|step| {
            matches!(&step.kind, StepKind::Score(_))
                || matches!(&step.kind, StepKind::Scores(named) if named.main.is_some())
        })
    }

    fn refuse_empty(&self, emitted: u64, rows: usize) -> Result<()> {
        if self.allow_empty || emitted > 0 {
            return Ok(());
        }
        Err(Error::Refused(format!(
            "not one of {rows} rows would be emitted. Look at the rules of the filters; if an empty output is right, say \
             `allow_empty = true` in [output]"
        )))
    }

    /// Joins the hits of all shards, and counts them.
    fn contamination(
        &self,
        folder: &Folder,
        rows: &Rows,
        ledger: Option<&Folder>,
        books: &Books,
    ) -> Result<Option<ContaminationReport>> {
        let Some(decontamination) = &self.scan.decontamination else { return Ok(None) };
        let path = work_contamination(folder);
        match ledger {
            // Planned anew from an earlier run: what it found is what is found.
            Some(from) => copy_file(&from.contamination(), &path)?,
            None => drop(write_contamination(folder, &self.sources, rows, &path)?),
        }
        decontaminate::summarise(&path, books, decontamination).map(Some)
    }

    fn summarise(&self, pool: &Pool, folder: &Folder) -> Result<DuplicateSummary> {
        let mut summary = summarise(pool, &work_ledger(folder)?)?;
        show_beginnings(&mut summary, &self.sources)?;
        Ok(summary)
    }

    fn report(&self, pool: &Pool, output: &Output, told: Told, written: &[Written]) -> Result<RunReport> {
        let Told { job, books, contamination, lines, duplicates, scores, buckets, mix, licences, provenance } = told;
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
        let achieved = Achievement::of(&books, &self.names());
        let licensed = self.sources.iter().flat_map(|s| &s.shards).any(|shard| shard.license.is_some());
        let licences = licensed.then_some(licences);
        Ok(RunReport {
            job,
            books,
            lines,
            contamination,
            duplicates,
            scores,
            buckets,
            reference_reasons,
            mix,
            achieved,
            licences,
            provenance,
            output,
        })
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

    /// Gives data and ledger their names, adds to the index, then writes `report.txt` and `run.json`, then clears the work folder.
    fn publish(&self, folder: &Folder, report: &RunReport, index: Option<&Index>) -> Result<()> {
        rename(&folder.work().join("emit").join("ledger"), &folder.ledger())?;
        if self.scan.signals {
            rename(&work_signals(folder), &folder.signals())?;
        }
        if self.scan.decontamination.is_some() {
            rename(&work_contamination(folder), &folder.contamination())?;
        }
        rename(&Emit::data_dir(folder), &folder.data())?;
        if let Some(index) = index {
            index.add(&report.job, report.books.sources.values().map(|books| books.input.rows).sum())?;
        }
        write_file(&folder.root().join("report.txt"), report.to_string().as_bytes())?;
        let value = serde_json::to_value(report).map_err(|e| Error::write(&folder.run_file(), e))?;
        write_file(&folder.run_file(), pretty(&value).as_bytes())?;
        remove_dir(&folder.work())
    }
}

/// What a run works on once everything is known of its rows.
pub(super) struct Stage<'a> {
    pub folder: &'a Folder,
    pub output: Output,
    pub identity: Value,
    pub rows: Rows,
    pub removals: Option<Removals>,
    /// The folder whose ledger says it, if it is not the scans.
    pub ledger: Option<&'a Folder>,
    pub lines: Option<LineReport>,
    /// Where the removed rows' counterparts are that are no rows of this run.
    pub indexed: IndexRows,
    /// What the kept rows are added to.
    pub index: Option<&'a Index>,
}

/// What a report tells, but for the output.
struct Told {
    job: Value,
    books: Books,
    contamination: Option<ContaminationReport>,
    lines: Option<LineReport>,
    duplicates: Option<DuplicateSummary>,
    scores: Option<ScoreReport>,
    buckets: Option<BucketReport>,
    mix: Option<MixPlan>,
    licences: Licences,
    provenance: Option<ProvenanceReport>,
}

/// Where the hits of benchmark items are until the output is whole.
fn work_contamination(folder: &Folder) -> PathBuf {
    folder.work().join("emit").join("contamination.parquet")
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
    Ok(OutputShard { name: file.name.clone(), rows: file.rows, tokens: file.tokens, bytes, xxh3_128 })
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
