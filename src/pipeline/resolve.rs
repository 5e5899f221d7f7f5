//! Duplicates among the rows that passed their filters, within a memory budget: who is linked with whom, from the sketches in the
//! scan files; then proof from the texts of linked rows, read again; then the decision, component by component.
//!
//! ```text
//! scan files ──one hash at a time──► Links ──components to batches──► work/dedup/batch-*  ──one at a time──► verdicts-*
//! (content, bands)  (5 bytes a row)    texts of linked rows, read once ─┘ (facts, shingles)                 (for the ledger)
//! ```

mod batch;
mod facts;
mod links;
mod spill;
mod texts;
mod verdicts;

pub(super) use facts::{DOC_BYTES, SHINGLE_BYTES_PER_TEXT_BYTE};
pub(super) use spill::numbers;
pub(super) use texts::Texts;
pub(super) use verdicts::{Removals, Verdict, Verdicts};

use super::index::{INDEX_ROW_BYTES, IndexRows};
use super::job::Folder;
use super::table::{RowFile, TABLE_ROW_BYTES, Table, TableShard};
use super::{Event, Phase, Pool, Progress, ScanConfig, Source};
use crate::dedup::{Action, Exact, KeepPolicy, Rules, Scope, SourceTotals, heavy_losses};
use crate::error::{Error, Result};
use crate::hash::Form;
use batch::decide_batch;
use facts::spill_candidates;
use links::find_links;
use spill::BatchFiles;
use std::path::PathBuf;
use verdicts::VerdictFiles;

/// How duplicates are removed.
#[derive(Debug, Clone)]
pub struct DedupConfig {
    /// Which documents are exact duplicates.
    pub exact: Exact,
    /// The Jaccard similarity from which documents are near duplicates, in (0, 1]; `None`: not looked for.
    pub near: Option<f64>,
    /// Whether all that collide are one cluster, directly or through others, of which one stays, whatever their similarity: as datatrove
    /// does. Then `exact` is off, `keep` is not asked, and the scan's band keys are [`Compat`](crate::hash::compat::Compat)'s.
    pub closure: bool,
    /// Which documents may meet.
    pub scope: Scope,
    /// What is done about duplicates.
    pub action: Action,
    /// Who is kept.
    pub keep: KeepPolicy,
    /// The share of its rows that a source may lose before the run stops, 0 to 1.
    pub max_loss: f64,
    /// Sources that may lose more.
    pub allow_loss: Vec<String>,
    /// The folder of an index: what earlier runs kept there stays before all rows of this one, whose kept rows are added. `None`: there
    /// is none.
    pub index: Option<PathBuf>,
    /// Memory of the whole run in bytes, of which deduplication takes what its tables of rows leave; `None`: 1 GiB. Changes no
    /// byte of the output.
    pub memory: Option<u64>,
}

impl DedupConfig {
    fn rules(&self) -> Rules {
        Rules { exact: self.exact.is_on(), near: self.near }
    }
}

/// Memory of a run that has no budget, as far as deduplication is concerned.
const DEFAULT_MEMORY: u64 = 1 << 30;
/// What threads, readers and the program itself take.
const BASE_MEMORY: u64 = 96 << 20;
/// Never less than this, whatever the budget: below, files would be too many and too small.
const LEAST_MEMORY: u64 = 64 << 10;
/// Bytes of a row while duplicates are sought, beside the table: links (5), and one bit for the verdict.
pub(super) const LINK_ROW_BYTES: u64 = 6;

/// Bytes that records and batches may take at a time, beside the tables of so many rows of the run and of the index.
pub(super) fn working_memory(config: &DedupConfig, rows: u64, indexed: u64) -> u64 {
    let all = config.memory.unwrap_or(DEFAULT_MEMORY);
    let scope = if matches!(config.scope, Scope::Column(_)) { 4 } else { 0 };
    let linked = (rows + indexed) * (LINK_ROW_BYTES + scope);
    let tables = rows * TABLE_ROW_BYTES + indexed * INDEX_ROW_BYTES + linked + BASE_MEMORY;
    (all / 8 * 7).saturating_sub(tables).max(all / 8).max(LEAST_MEMORY)
}

/// Everything that deduplication works on.
struct Dedup<'a> {
    pool: &'a Pool,
    sources: &'a [Source],
    table: &'a Table,
    /// The rows of the index, if there is one: behind those of the table.
    index: &'a IndexRows,
    scan: &'a ScanConfig,
    config: &'a DedupConfig,
    /// Bytes that records and batches may take at a time, on all threads together.
    memory: u64,
    progress: &'a dyn Progress,
    /// Under [`Scope::Column`], the number of each row's value.
    scopes: Vec<u32>,
    /// The rank of each shard of the table by its name.
    file_ranks: Vec<u32>,
}

impl Dedup<'_> {
    /// Number of rows, those of the index included.
    fn rows(&self) -> usize {
        self.table.len() + self.index.len()
    }

    /// Whether a row is of the index.
    fn indexed(&self, row: u32) -> bool {
        row as usize >= self.table.len()
    }

    /// The files with hashes and keys of all rows.
    fn files(&self) -> impl Iterator<Item = RowFile<'_>> {
        self.table.shards.iter().map(TableShard::file).chain(self.index.files.iter().map(|file| file.documents()))
    }

    /// Whether a row takes part.
    fn kept(&self, row: usize) -> bool {
        row >= self.table.len() || self.table.kept(row)
    }

    /// Whether it has band keys.
    fn banded(&self, row: u32) -> bool {
        match self.indexed(row) {
            true => self.index.banded(row as usize),
            false => self.table.banded(row as usize),
        }
    }

    /// Bytes of its text.
    fn bytes(&self, row: u32) -> u64 {
        match self.indexed(row) {
            true => self.index.bytes(row as usize),
            false => self.table.bytes(row as usize),
        }
    }

    /// Name of its source.
    fn source_name(&self, row: u32) -> &str {
        match self.indexed(row) {
            true => &self.index.file_of(row as usize).source,
            false => &self.sources[self.table.shard_of(row as usize).source].name,
        }
    }

    /// The number of a row's scope.
    fn scope(&self, row: u32) -> u32 {
        match self.config.scope {
            Scope::Source if self.indexed(row) => self.index.file_of(row as usize).scope,
            Scope::Source => self.table.shard_of(row as usize).source as u32,
            Scope::Column(_) => self.scopes.get(row as usize).copied().unwrap_or(0),
            _ => 0,
        }
    }

    fn texts(&self) -> Texts<'_> {
        Texts {
            sources: self.sources,
            table: self.table,
            scan: self.scan,
            signatures: self.config.closure,
            progress: Some(self.progress),
        }
    }

    fn memory_per_thread(&self) -> u64 {
        (self.memory / self.pool.threads() as u64).max(1)
    }
}

/// Finds the duplicates. What is said of each row goes to files, for the ledger.
///
/// # Errors
/// Unreadable data, a full disk; [`Error::Refused`] if a source loses more than it may.
pub(super) fn remove_duplicates(
    pool: &Pool,
    folder: &Folder,
    sources: &[Source],
    (table, index): (&Table, &IndexRows),
    scan: &ScanConfig,
    config: &DedupConfig,
    progress: &dyn Progress,
) -> Result<Removals> {
    if config.near.is_some() && scan.sketch.form == Form::Raw && !scan.raw {
        let problem = "of the raw text need content hashes of it, too: set `raw`".into();
        return Err(Error::Invalid { what: "shingles".into(), problem });
    }
    if config.closure && (scan.compat.is_none() || config.exact.is_on()) {
        let problem = "is of compatible signatures, and seeks no exact duplicates".into();
        return Err(Error::Invalid { what: "closure".into(), problem });
    }
    let memory = working_memory(config, table.len() as u64, index.len() as u64);
    let file_ranks = table.file_ranks(sources);
    let mut dedup =
        Dedup { pool, sources, table, index, scan, config, memory, progress, scopes: Vec::new(), file_ranks };
    if matches!(config.scope, Scope::Column(_)) {
        dedup.scopes = links::read_scopes(&dedup)?;
    }
    let links = find_links(&dedup)?;
    let near = |row: u32| links.is_near(row) && table.banded(row as usize) && !links.follows(row);
    let texts = (0..table.len() as u32).filter(|&row| near(row)).map(|row| table.bytes(row as usize));
    progress.event(Event::Begin { phase: Phase::Dedup, total: texts.sum() });
    let batches = BatchFiles::create(&folder.dedup(), facts::batches(&dedup, &links))?;
    spill_candidates(&dedup, &links, &batches)?;
    drop(links);
    let batches = batches.finish()?;
    let verdicts = VerdictFiles::create(&folder.dedup(), dedup.rows())?;
    let numbers: Vec<usize> = (0..batches.len()).collect();
    pool.map(&numbers, |&number| decide_batch(&dedup, &batches[number], &verdicts))?;
    let removals = verdicts.finish(config.action)?;
    progress.event(Event::End { phase: Phase::Dedup });
    alarm(sources, table, &removals, config)?;
    Ok(removals)
}

/// Stops a run in which a source loses nearly everything: that is more often a mistake than a copy.
fn alarm(sources: &[Source], table: &Table, removals: &Removals, config: &DedupConfig) -> Result<()> {
    let mut totals: Vec<SourceTotals> =
        (0..sources.len()).map(|s| SourceTotals { source: s as u32, documents: 0, removed: 0 }).collect();
    for shard in &table.shards {
        let total = &mut totals[shard.source];
        for row in (shard.first..shard.first + shard.rows).filter(|&row| table.kept(row)) {
            total.documents += 1;
            total.removed += u64::from(removals.removed(row));
        }
    }
    totals.retain(|t| !config.allow_loss.contains(&sources[t.source as usize].name));
    let heavy = heavy_losses(&totals, config.max_loss);
    let Some(worst) = heavy.first() else { return Ok(()) };
    let name = &sources[worst.source as usize].name;
    Err(Error::Refused(format!(
        "source `{name}` loses {} of its {} rows as duplicates, more than max_loss = {} allows.\n\
         If that is right (the source is a copy of others), say `allow_loss = [\"{name}\"]` in [dedup]; \
         otherwise raise the threshold, or look at what it shares with the others (boilerplate, a template).",
        worst.removed, worst.documents, config.max_loss
    )))
}
