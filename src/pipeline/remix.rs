//! A mix planned anew from the ledger of a run that is whole: other shares, budgets, seeds and orders, without reading text to judge
//! it again. What is emitted is the same, byte for byte, as a run of the new recipe over the inputs would emit.

use super::caps::{Decided, Held};
use super::index::IndexRows;
use super::job::{Folder, State, differences};
use super::keyed::LeftRows;
use super::mixing::MixConfig;
use super::order::Place;
use super::plan::{Planned, Planning, plan};
use super::run::{Outcome, Stage, read_report};
use super::sort::{Space, record};
use super::table::Rows;
use super::{Job, Pool, Progress};
use crate::error::{Error, Result};
use crate::io::{Shard, TableOptions, TableWriter, remove_dir, to_schema};
use crate::ledger::{LedgerBatch, check_versions};
use crate::mix::{DocKey, MixPlan};
use crate::recipe::Order;
use crate::report::{MixSweep, SweptMix};
use arrow::array::{ArrayRef, RecordBatch, StringViewArray, UInt32Array};
use arrow::datatypes::{DataType, Field};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Parts of a job that the scan does not depend on, nor anything in the ledger but the copies.
const FREE: [&str; 4] = ["recipe.mix", "recipe.output", "recipe.seed", "recipe.stages"];
/// Parts of a source of which the same is true.
const FREE_IN_SOURCE: [&str; 4] = ["weight", "max_epochs", "category", "quality"];
/// Differences shown before the rest is only counted.
const SHOWN: usize = 8;
/// Most ratios of one sweep.
const MOST_RATIOS: usize = 1000;

impl Job {
    /// Does the job in `folder` from the ledger in another run's folder: its rows are planned and emitted, and none is judged. (Where
    /// lines are removed across documents, they are counted again, from the text: the ledger does not say which.)
    ///
    /// # Errors
    /// [`Error::Conflict`] if the ledger was made of other inputs, or by a recipe that differs in what the scan or deduplication
    /// depends on: all such differences are named. Beside that, what [`run`](Job::run) may fail with, but for unusable rows.
    pub fn run_from_ledger(
        &self,
        ledger: &Path,
        folder: &Path,
        pool: &Pool,
        progress: &dyn Progress,
    ) -> Result<Outcome> {
        let (old, folder) = (Folder::new(ledger), Folder::new(folder));
        let identity = same_scan(&old, self)?;
        if old.root() == folder.root() {
            let problem = "is the run whose ledger is used; choose another folder for the new mix".to_owned();
            return Err(Error::Conflict { path: folder.root().to_owned(), problem });
        }
        let mut output = self.output()?;
        if folder.claim(&identity)? == State::Done {
            return Ok(Outcome { report: read_report(&folder)?, was_done: true });
        }
        let lines = match &self.lines {
            Some(lines) => Some(lines.find(pool, &folder, &self.sources, self.scan.batch_bytes, progress)?),
            None => None,
        };
        let rows = Rows::of(&self.sources, |source, label| old.ledger().join(Folder::ledger_name(source, label)))?;
        if output.integer_ids() {
            output.settle_ids(rows.integer_ids(pool)?);
        }
        // Nothing is sought in an index again, and nothing added to it: the ledger says what was found.
        let indexed = IndexRows::none(rows.len());
        let stage = Stage {
            folder: &folder,
            output,
            identity,
            rows,
            removals: None,
            ledger: Some(&old),
            lines,
            indexed,
            index: None,
        };
        self.plan_and_emit(stage, pool, progress)
    }
}

/// Refuses a ledger that a run of this job would not have written, copies aside; else, what the job is.
fn same_scan(old: &Folder, job: &Job) -> Result<Value> {
    let was = read_report(old)?.job;
    // An index is what it was when the ledger was written.
    let job = job.identity(was.get("index").cloned());
    let bound: Vec<String> = differences(&was, &job).into_iter().filter(|difference| !is_free(difference)).collect();
    if bound.is_empty() {
        return Ok(job);
    }
    let mut lines = vec!["its ledger is of other inputs, or of a recipe with another scan:".to_owned()];
    lines.extend(bound.iter().take(SHOWN).map(|difference| format!("  {difference}")));
    if bound.len() > SHOWN {
        lines.push(format!("  and {} more", bound.len() - SHOWN));
    }
    lines.push("Undo the change, or scan anew: mashbill run RECIPE --out DIR.".to_owned());
    Err(Error::Conflict { path: old.root().to_owned(), problem: lines.join("\n") })
}

/// Whether a difference between two jobs, as `path: was X, is Y`, may be where one's ledger serves the other.
fn is_free(difference: &str) -> bool {
    let path = difference.split(": ").next().unwrap_or_default();
    let below =
        |root: &str| path.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']));
    let in_source = path.strip_prefix("recipe.sources[").and_then(|rest| rest.split_once("].")).map(|(_, key)| key);
    // Signals that were written may be left behind.
    let left_signals = difference == "recipe.ledger.signals: was true, is false";
    FREE.into_iter().any(below)
        || in_source.is_some_and(|key| FREE_IN_SOURCE.contains(&key.split('.').next().unwrap_or(key)))
        || left_signals
}

/// A source of ledger files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerSource {
    /// Its name.
    pub name: String,
    /// Its group in the mix.
    pub group: String,
    /// Its ledger (or scan) files, in the order of their rows.
    pub files: Vec<PathBuf>,
}

/// What a mix over ledger files comes to.
#[derive(Debug, Clone, PartialEq)]
pub struct LedgerPlan {
    /// Quotas, cut-offs, exceptions.
    pub plan: MixPlan,
    /// Rows that would be emitted, copies counted.
    pub rows: u64,
    /// Bytes of their text.
    pub text_bytes: u64,
    /// xxh3-128 of (row, copy) in the order of the output, rows numbered through: equal for equal outputs.
    pub order_xxh3_128: u128,
}

/// Plans a mix, and puts its copies in order, from ledger files alone. `work` is a folder for records that memory does not hold; it is
/// made and removed. `memory` is in bytes; `None` is as 1 GiB.
///
/// # Errors
/// [`Error::Infeasible`]; unreadable ledger files; a full disk.
pub fn plan_ledger(
    sources: &[LedgerSource],
    config: &MixConfig,
    (seed, order): (u64, Order),
    work: &Path,
    memory: Option<u64>,
    pool: &Pool,
) -> Result<LedgerPlan> {
    let rows = Rows::of_files(sources.iter().map(|source| source.files.as_slice()))?;
    let names: Vec<(String, String)> = sources.iter().map(|s| (s.name.clone(), s.group.clone())).collect();
    let space = Space::new(work.to_owned(), memory, pool.threads());
    let left = LeftRows { pool, sources: &names, rows: &rows, removals: None };
    let planned = plan(&Planning { seed, order, space: &space }, &left, Some(config))?;
    let (emitted, text_bytes) = (planned.rows, planned.bytes);
    let mut hash = xxhash_rust::xxh3::Xxh3Default::new();
    let plan = match planned {
        Planned { plan: Some(plan), mut places, .. } => {
            super::order::each_in_order(&mut places, order, &space, &mut |place: &Place| {
                hash.update(&place.row.to_le_bytes());
                hash.update(&place.copy.to_le_bytes());
                Ok(())
            })?;
            plan
        }
        _ => return Err(Error::Unbalanced("a mix was asked for, and none was planned".into())),
    };
    remove_dir(&space.dir)?;
    Ok(LedgerPlan { plan, rows: emitted, text_bytes, order_xxh3_128: hash.digest128() })
}

/// Jobs that differ in their mix alone, each under the name of its ratio.
#[derive(Debug)]
pub struct RatioJob {
    /// `synthetic=0.3`.
    pub name: String,
    /// The job.
    pub job: Job,
}

record! {
    /// How often a row is emitted, if it is.
    Chosen { row: u32, copies: u32, }
}

/// Plans each job from the ledger of a run, and writes for each a list of the rows that it would emit: `OUT/RATIO.parquet` with columns
/// `source`, `id` and `copies`, in the order of the ledger. Every row's key is made once, whatever the number of ratios. A ratio that
/// cannot be had has no list, and its row of the result says why.
///
/// # Errors
/// As [`Job::run_from_ledger`], but for what cannot be had.
pub fn sweep_mix(jobs: &[RatioJob], ledger: &Path, out: &Path, pool: &Pool) -> Result<MixSweep> {
    let old = Folder::new(ledger);
    if jobs.len() > MOST_RATIOS {
        let problem = format!("{} ratios are more than {MOST_RATIOS}", jobs.len());
        return Err(Error::Invalid { what: "--sweep".into(), problem });
    }
    let Some(RatioJob { job: first, .. }) = jobs.first() else { return Ok(MixSweep::default()) };
    for RatioJob { job, .. } in jobs {
        same_scan(&old, job)?;
    }
    let rows = Rows::of(&first.sources, |source, label| old.ledger().join(Folder::ledger_name(source, label)))?;
    let space = Space::new(out.join("work"), first.emit.memory, pool.threads());
    let names = first.names();
    let left = LeftRows { pool, sources: &names, rows: &rows, removals: None };
    // The ratios differ in nothing that a key is made of.
    let (keyed, have) = match &first.mix {
        Some(config) => config.keyed(&left, first.seed, &space)?,
        None => left.keyed(first.seed, &space, false)?,
    };
    let mut sweep = MixSweep::default();
    for RatioJob { name, job } in jobs {
        let config = job.mix.as_ref().ok_or_else(|| Error::Invalid {
            what: "the recipe".into(),
            problem: "has no [mix] whose shares could be swept".into(),
        })?;
        let Decided { plan, free, held } = match config.decide(&left, &keyed, &have, &space) {
            Ok(decided) => decided,
            Err(Error::Infeasible(why)) => {
                sweep.mixes.push(SweptMix { ratio: name.clone(), list: None, plan: None, infeasible: Some(why) });
                continue;
            }
            Err(other) => return Err(other),
        };
        let chosen = space.sorter::<Chosen>("chosen")?;
        let free = free.as_ref().unwrap_or(&keyed);
        if let Some(held) = &held {
            let mut buffer = Vec::new();
            let mut reader = held.read(0..held.len())?;
            while let Some(Held { row, copies, .. }) = reader.next()? {
                buffer.push(Chosen { row, copies });
                if buffer.len() == super::keyed::CHUNK {
                    chosen.push(&mut buffer)?;
                }
            }
            chosen.push(&mut buffer)?;
        }
        pool.map(&free.pieces(), |piece| {
            let mut buffer = Vec::new();
            let mut reader = free.read(piece.clone())?;
            while let Some(row) = reader.next()? {
                let copies = plan.copies(row.source as usize, DocKey(row.key));
                if copies > 0 {
                    buffer.push(Chosen { row: row.row, copies });
                }
            }
            chosen.push(&mut buffer)
        })?;
        let file = format!("{name}.parquet");
        write_list(&rows, &names, chosen.finish()?, &out.join(&file))?;
        sweep.mixes.push(SweptMix { ratio: name.clone(), list: Some(file), plan: Some(plan), infeasible: None });
    }
    remove_dir(&space.dir)?;
    Ok(sweep)
}

/// Writes the ids of the chosen rows, a row group for each of the ledger that has any.
fn write_list(
    rows: &Rows,
    names: &[(String, String)],
    mut chosen: super::sort::Sorted<Chosen>,
    path: &Path,
) -> Result<()> {
    let fields = [("source", DataType::Utf8View), ("id", DataType::Utf8View), ("copies", DataType::UInt32)];
    let schema = to_schema(fields.map(|(name, kind)| Field::new(name, kind, false)).into());
    let options = TableOptions { plain_columns: vec!["id".into()], ..TableOptions::default() };
    let mut writer = TableWriter::create(path, &schema, &options)?;
    let mut next = chosen.next()?;
    for at in &rows.shards {
        at.each_batch(Some(&["id"]), &mut |first, batch: &LedgerBatch<'_>| {
            let all = batch.strings("id")?;
            let (mut ids, mut copies) = (Vec::new(), Vec::new());
            while let Some(row) = next.filter(|row| (row.row as usize) < first + batch.rows()) {
                ids.push(all.value(row.row as usize - first));
                copies.push(row.copies);
                next = chosen.next()?;
            }
            if ids.is_empty() {
                return Ok(());
            }
            let source = std::iter::repeat_n(names[at.source].0.as_str(), ids.len());
            let columns: Vec<ArrayRef> = vec![
                Arc::new(StringViewArray::from_iter_values(source)),
                Arc::new(StringViewArray::from_iter_values(&ids)),
                Arc::new(UInt32Array::from(copies)),
            ];
            writer.write(&RecordBatch::try_new(schema.clone(), columns).map_err(|e| Error::write(path, e))?)
        })?;
    }
    writer.finish()?;
    Ok(())
}

impl Rows {
    /// The rows of ledger files alone, by source.
    pub(super) fn of_files<'a>(sources: impl Iterator<Item = &'a [PathBuf]>) -> Result<Rows> {
        let mut rows = Rows::default();
        for (source, files) in sources.enumerate() {
            for (shard, path) in files.iter().enumerate() {
                let file = Shard::open(path)?;
                check_versions(&file)?;
                rows.add(source, shard, file.rows(), path.clone())?;
            }
        }
        Ok(rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_scan_does_not_depend_on_is_free() {
        let free = [
            "recipe.mix: was null, is {}",
            "recipe.mix.shares.synthetic: was 0.3, is 0.4",
            "recipe.output.order: was \"input\", is \"shuffled\"",
            "recipe.seed: was 1, is 2",
            "recipe.sources[3].weight: was null, is 2.0",
            "recipe.sources[0].max_epochs: was 1.0, is 4.0",
            "recipe.ledger.signals: was true, is false",
        ];
        for difference in free {
            assert!(is_free(difference), "{difference}");
        }
        let bound = [
            "recipe.mixture: was 1, is 2",
            "recipe.tokens: was \"words\", is \"bytes\"",
            "recipe.sources[0].steps[1].threshold.min: was 3, is 4",
            "recipe.sources[0].weights: was 3, is 4",
            "recipe.ledger.signals: was false, is true",
            "input web/a.parquet.bytes: was 1, is 2",
            "ledger_version: was 1, is 2",
        ];
        for difference in bound {
            assert!(!is_free(difference), "{difference}");
        }
    }
}
