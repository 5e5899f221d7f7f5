//! The pass before the scan: lines and paragraphs that many documents share are counted, so that the scan can remove them.
//!
//! ```text
//!  inputs ──chain, units──► a run file for each row group ──merge by ranges of hashes──► units to remove ──► the sources' chains
//!   (text)                   (24 bytes a unit and document)   (one range in memory)       (8.5 bytes each)
//! ```
//!
//! Every document is counted as its source's steps leave it, if they keep it. A killed run goes on with the row groups that have no
//! run file yet.

mod counted;
mod merge;
mod runs;
mod samples;

use super::job::Folder;
use super::{Event, Phase, Pool, Progress, Source};
use crate::dedup::lines::{LineCounter, LineRules, RemoveUnits, UnitSlot};
use crate::error::{Error, Result};
use crate::io::remove_dir;
use crate::recipe::{Chain, Step};
use crate::report::LineReport;
use crate::text::Analyzer;
use runs::{Run, RunWriter};
use std::path::PathBuf;

/// Memory for counting where the user states none, in bytes.
const MEMORY: u64 = 256 << 20;
/// Bytes of a record in memory and in run files.
const RECORD_BYTES: u64 = 24;
/// Fewest and most records that a thread gathers before it writes them down.
const GATHERED: std::ops::RangeInclusive<u64> = 1 << 12..=1 << 22;

/// How lines or paragraphs that many documents share are removed.
#[derive(Debug)]
pub struct LineDedup {
    /// What counts as one of them.
    pub rules: LineRules,
    /// Memory for counting, in bytes; `None` for 256 MiB, and any size of the result.
    pub memory: Option<u64>,
    /// The steps of each source without the removal; `None` for a source that takes no part.
    chains: Vec<Option<Chain>>,
    slot: UnitSlot,
}

/// A row group to count.
#[derive(Debug, Clone)]
struct Task {
    source: usize,
    shard: usize,
    group: usize,
    path: PathBuf,
}

impl LineDedup {
    /// Puts the removal at the end of the sources' chains: a limit to what a document may lose, then the rewrite. `chains` has for
    /// each source that takes part its steps once more, by which documents are judged before they are counted.
    ///
    /// # Errors
    /// [`Error::Invalid`] for rules that mean nothing.
    pub fn attach(
        rules: LineRules,
        sources: Vec<Source>,
        chains: Vec<Option<Chain>>,
        memory: Option<u64>,
    ) -> Result<(LineDedup, Vec<Source>)> {
        rules.check()?;
        let slot = UnitSlot::default();
        let attached = sources.into_iter().zip(&chains).map(|(mut source, chain)| {
            if chain.is_some() {
                let remove = RemoveUnits::for_source(&rules, &source.name, slot.clone());
                let steps = vec![Step::filter("lines", remove.clone()), Step::rewrite("remove_lines", remove)];
                source.chain = source.chain.then(steps)?;
            }
            Ok(source)
        });
        let sources = attached.collect::<Result<_>>()?;
        Ok((LineDedup { rules, memory, chains, slot }, sources))
    }

    /// Counts, and gives the units to the chains; what an earlier run of the same job counted is used.
    ///
    /// # Errors
    /// Unreadable data, a full disk; [`Error::Refused`] if the units to remove take more than half of the memory.
    pub(super) fn find(
        &self,
        pool: &Pool,
        folder: &Folder,
        sources: &[Source],
        batch_bytes: usize,
        progress: &dyn Progress,
    ) -> Result<LineReport> {
        let dir = folder.work().join("lines");
        let path = dir.join("units");
        if let Some((units, report)) = counted::read(&path, self)? {
            self.slot.fill(units);
            return Ok(report);
        }
        let tasks = self.tasks(folder, sources);
        let total = tasks.iter().map(|task| group_bytes(sources, task)).sum();
        progress.event(Event::Begin { phase: Phase::Lines, total });
        let runs = pool.map(&tasks, |task| self.count(pool, sources, task, batch_bytes, progress))?;
        let found = merge::merge(pool, &self.rules, &runs.concat(), self.share(pool, 2), self.memory)?;
        let report = self.report(pool, sources, &tasks, &runs, &found.totals, batch_bytes)?;
        counted::write(&path, self, &found.units, &report)?;
        remove_dir(&dir.join("runs"))?;
        self.slot.fill(found.units);
        progress.event(Event::End { phase: Phase::Lines });
        Ok(report)
    }

    /// The row groups of the sources that take part, in their order.
    fn tasks(&self, folder: &Folder, sources: &[Source]) -> Vec<Task> {
        let mut tasks = Vec::new();
        for (number, source) in sources.iter().enumerate().filter(|&(number, _)| self.chain(number).is_some()) {
            for (shard, input) in source.shards.iter().enumerate() {
                let name = folder.work().join("lines/runs").join(Folder::ledger_name(&source.name, &input.label));
                for group in 0..input.shard.row_groups() {
                    let path = name.with_extension(format!("{group}.run"));
                    tasks.push(Task { source: number, shard, group, path });
                }
            }
        }
        tasks
    }

    fn chain(&self, source: usize) -> Option<&Chain> {
        self.chains.get(source).and_then(Option::as_ref)
    }

    /// Records that each thread may hold, of one `part`-th of the memory.
    fn share(&self, pool: &Pool, part: u64) -> u64 {
        self.memory.unwrap_or(MEMORY) / (part * RECORD_BYTES * pool.threads() as u64)
    }

    /// Writes the units of a row group to its run file, unless it has one.
    fn count(
        &self,
        pool: &Pool,
        sources: &[Source],
        task: &Task,
        batch_bytes: usize,
        progress: &dyn Progress,
    ) -> Result<Vec<Run>> {
        if !task.path.exists() {
            // Twice as many are gathered before equal ones are put together.
            let limit = self.share(pool, 8).clamp(*GATHERED.start(), *GATHERED.end()) as usize;
            let mut counter = LineCounter::for_source(&self.rules, task.source, &sources[task.source].name);
            let mut writer = RunWriter::create(&task.path)?;
            self.each_text(sources, task, batch_bytes, &mut |text| {
                counter.collect_spilling(text, limit, &mut |records| writer.run(records))?;
                Ok(true)
            })?;
            counter.spill_rest(&mut |records| writer.run(records))?;
            writer.finish()?;
        }
        progress.event(Event::Advance { phase: Phase::Lines, units: group_bytes(sources, task) });
        runs::open(&task.path)
    }

    /// Hands on the texts of a row group that the source's steps keep, as they leave them, until `each` has enough.
    fn each_text(
        &self,
        sources: &[Source],
        task: &Task,
        batch_bytes: usize,
        each: &mut dyn FnMut(&str) -> Result<bool>,
    ) -> Result<()> {
        let input = &sources[task.source].shards[task.shard];
        let Some(chain) = self.chain(task.source) else { return Ok(()) };
        let mut analyzer = Analyzer::new();
        for batch in input.shard.read_roots(task.group, Some(&input.roots()), None, batch_bytes)? {
            let batch = batch?;
            let texts = input.text.bind(&batch)?;
            let facts = input.facts.bind(&batch)?;
            let counts = input.tokens.as_ref().map(|c| c.bind_u64(&batch)).transpose()?;
            for i in 0..batch.num_rows() {
                // A row that the scan quarantines, or stops at, is no document.
                let counted = counts.as_ref().is_none_or(|c| c[i].is_some());
                let Some(text) = texts.get(i).filter(|_| counted) else { continue };
                let outcome = chain.check(&mut analyzer, text, facts.get(i));
                if outcome.verdict.is_keep() && !each(&outcome.text)? {
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}

/// Bytes of text in a row group, about: its part of the rows.
fn group_bytes(sources: &[Source], task: &Task) -> u64 {
    let input = &sources[task.source].shards[task.shard];
    let (rows, all) = (input.shard.group_rows(task.group), input.shard.rows());
    (u128::from(input.text_bytes()) * u128::from(rows) / u128::from(all.max(1))) as u64
}

/// The error for a set of units that does not fit.
fn too_many(units: usize, bytes: u64, memory: u64) -> Error {
    Error::Refused(format!(
        "{units} different lines or paragraphs would be removed, and looking them up takes {bytes} bytes, more than half of the \
         memory allowed ({memory}).\nRaise `min_documents` or `min_chars` in [dedup] lines, or allow more memory with --memory."
    ))
}
