//! Duplicates among the rows that passed their filters: candidates from the sketches, then proof from their text, read again.

use super::table::Table;
use super::{Event, Phase, Pool, Progress, ScanConfig, Source};
use crate::dedup::{
    Candidates, DocTable, Duplicate, KeepKey, KeepPolicy, Resolution, Rules, ShingleStore, SourceTotals, cluster_id,
    heavy_losses, resolve,
};
use crate::error::{Error, Result};
use crate::hash::Sketcher;
use crate::text::Analyzer;

/// How duplicates are removed.
#[derive(Debug, Clone)]
pub struct DedupConfig {
    /// What counts as a duplicate.
    pub rules: Rules,
    /// Who is kept.
    pub keep: KeepPolicy,
    /// The share of its rows that a source may lose before the run stops, 0 to 1.
    pub max_loss: f64,
    /// Sources that may lose more.
    pub allow_loss: Vec<String>,
}

/// The decision, by row of the table.
#[derive(Debug)]
pub(super) struct Removals {
    /// Rows that take part, in table order; positions in `resolution` index it.
    rows: Vec<u32>,
    /// Position in `rows` of each row of the table; `u32::MAX` for rows that do not take part.
    position: Vec<u32>,
    resolution: Resolution,
}

impl Removals {
    /// The kept row that a row duplicates, and how.
    pub fn duplicate(&self, row: usize) -> Option<(usize, Duplicate)> {
        let duplicate = self.resolution.duplicate(self.place(row)?)?;
        Some((self.rows[duplicate.of as usize] as usize, duplicate))
    }

    /// The lasting id and the size of a row's cluster, where that has two rows or more.
    pub fn cluster(&self, row: usize, table: &Table, sources: &[Source]) -> Option<(u64, u32)> {
        let doc = self.place(row)?;
        let size = self.resolution.cluster_size(doc);
        let kept = self.rows[self.resolution.representative(doc) as usize] as usize;
        let source = &sources[table.shard_of(kept).source];
        (size > 1).then(|| (cluster_id(&source.name, table.id(kept)), size))
    }

    fn place(&self, row: usize) -> Option<u32> {
        self.position.get(row).copied().filter(|&p| p != u32::MAX)
    }
}

/// Finds the duplicates.
///
/// # Errors
/// Unreadable data; [`Error::Refused`] if a source loses more than it may.
pub(super) fn remove_duplicates(
    pool: &Pool,
    sources: &[Source],
    table: &Table,
    scan: &ScanConfig,
    config: &DedupConfig,
    progress: &dyn Progress,
) -> Result<Removals> {
    let mut docs = DocTable::new(table.bands as u32);
    let (mut rows, mut keys) = (Vec::new(), Vec::new());
    let mut position = vec![u32::MAX; table.rows.len()];
    for shard in &table.shards {
        for (number, position) in position.iter_mut().enumerate().skip(shard.first).take(shard.rows) {
            let row = &table.rows[number];
            if row.kept {
                *position = docs.push(shard.source as u32, row.content, table.keys(number))?;
                rows.push(number as u32);
                let id = table.id(number);
                keys.push(KeepKey { source: shard.source as u32, score: None, length: row.bytes, id });
            }
        }
    }
    let order = config.keep.order(&keys, &docs)?;
    let candidates = Candidates::find(&docs, &order, &config.rules)?;
    let wanted: Vec<u32> = candidates.docs().iter().map(|&doc| rows[doc as usize]).collect();
    let total = wanted.iter().map(|&row| table.rows[row as usize].bytes).sum();
    progress.event(Event::Begin { phase: Phase::Dedup, total });
    let store = read_shingles(pool, sources, table, scan, &wanted, &position, progress)?;
    let resolution = resolve(&docs, &order, &candidates, &store)?;
    progress.event(Event::End { phase: Phase::Dedup });
    alarm(sources, &docs, &resolution, config)?;
    Ok(Removals { rows, position, resolution })
}

/// Reads the candidates' texts again, in file order, and makes their shingle sets.
fn read_shingles(
    pool: &Pool,
    sources: &[Source],
    table: &Table,
    scan: &ScanConfig,
    wanted: &[u32],
    position: &[u32],
    progress: &dyn Progress,
) -> Result<ShingleStore> {
    let tasks: Vec<(usize, usize)> = table
        .shards
        .iter()
        .enumerate()
        .flat_map(|(i, at)| (0..sources[at.source].shards[at.shard].shard.row_groups()).map(move |group| (i, group)))
        .collect();
    let parts = pool.map(&tasks, |&(shard, group)| {
        let at = &table.shards[shard];
        let source = &sources[at.source];
        let input = &source.shards[at.shard];
        let first = at.first + input.shard.first_row(group) as usize;
        let end = first + input.shard.group_rows(group) as usize;
        let from = wanted.partition_point(|&r| (r as usize) < first);
        let to = wanted.partition_point(|&r| (r as usize) < end);
        let mine: Vec<u64> = wanted[from..to].iter().map(|&r| (r as usize - first) as u64).collect();
        if mine.is_empty() {
            return Ok(Vec::new());
        }
        let (mut analyzer, mut sketcher) = (Analyzer::new(), Sketcher::new(scan.sketch)?);
        let mut sets: Vec<(u32, Vec<u64>)> = Vec::with_capacity(mine.len());
        let roots = input.judged_roots();
        for batch in input.shard.read_roots(group, Some(&roots), Some(&mine), scan.batch_bytes)? {
            let batch = batch?;
            let texts = input.text.bind(&batch)?;
            let facts = input.facts.bind(&batch)?;
            let mut bytes = 0;
            for i in 0..texts.len() {
                let Some(&row) = wanted[from..to].get(sets.len()) else { break };
                let text = texts.get(i).unwrap_or_default();
                let rewritten =
                    table.rows[row as usize].rewritten.then(|| source.chain.rewrite(&mut analyzer, text, facts.get(i)));
                let set = sketcher.shingles(rewritten.as_deref().unwrap_or(text)).unwrap_or_default().to_vec();
                sets.push((position[row as usize], set));
                bytes += table.rows[row as usize].bytes;
            }
            progress.event(Event::Advance { phase: Phase::Dedup, units: bytes });
        }
        Ok(sets)
    })?;
    let mut store = ShingleStore::default();
    for (doc, set) in parts.iter().flatten() {
        store.insert(*doc, set);
    }
    Ok(store)
}

/// Stops a run in which a source loses nearly everything: that is more often a mistake than a copy.
fn alarm(sources: &[Source], docs: &DocTable, resolution: &Resolution, config: &DedupConfig) -> Result<()> {
    let mut totals: Vec<SourceTotals> =
        (0..sources.len()).map(|s| SourceTotals { source: s as u32, documents: 0, removed: 0 }).collect();
    for (doc, duplicate) in resolution.duplicates().iter().enumerate() {
        let total = &mut totals[docs.source(doc as u32) as usize];
        total.documents += 1;
        total.removed += u64::from(duplicate.is_some());
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
