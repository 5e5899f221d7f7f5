//! What a mix is asked for, and how its documents are chosen: in passes over records, whatever their number.

use super::keyed::{Keyed, LeftRows, NO_SCORE, Supply};
use super::sort::{Sequence, Space, record};
use crate::error::{Error, Result};
use crate::mix::weights::Bucket;
use crate::mix::{
    Caps, Cuts, DocKey, Item, MixAsk, MixPlan, Quality, Quotas, Scored, Selection, Selector, SourceQuota, SourceSupply,
    StageAsk, StageSource, StagedPlan, Staging, bucket_quotas, stage_quotas,
};
use crate::recipe::{Mix, Stage};
use serde::Deserialize;
use serde_json::Value;

/// Selectors that see the same passes: their histograms take 1.5 MiB each.
const SELECTORS_AT_ONCE: usize = 32;

/// What the mix is asked for, beside what the sources turn out to have.
#[derive(Debug, Clone)]
pub struct MixConfig {
    /// Budget, shares, shortage policy. Not looked at where there are stages.
    pub ask: MixAsk,
    /// Mixes one after the other, in place of one.
    pub stages: Vec<StageAsk>,
    /// Whether each source is a group of its own, in place of its category.
    pub by_source: bool,
    /// Caps on kinds, generators, templates and rounds of synthetic text.
    pub caps: Caps,
    /// What each source says of the mix, in the order of the sources.
    pub sources: Vec<SourceMix>,
}

/// What a source says of the mix.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub struct SourceMix {
    /// Its weight among the sources of its category.
    pub weight: Option<f64>,
    /// How often its tokens may be emitted at most, on average.
    pub max_epochs: f64,
    /// What scores have to do with its documents.
    #[serde(default)]
    pub quality: Quality,
}

impl Default for SourceMix {
    /// By its tokens, once, scores aside.
    fn default() -> SourceMix {
        SourceMix { weight: None, max_epochs: 1.0, quality: Quality::default() }
    }
}

record! {
    /// A document by its score, the best first.
    Ranked { source: u32, worse: u64, key: u128, tokens: u64, score: u64, }
}

impl MixConfig {
    /// A plain mix by categories, scores aside.
    pub fn new(ask: MixAsk, sources: Vec<SourceMix>) -> MixConfig {
        MixConfig { ask, stages: Vec::new(), by_source: false, caps: Caps::default(), sources }
    }

    /// What a recipe asks for, if it asks for a mix.
    pub(super) fn of_recipe(mix: Option<&Mix>, stages: &[Stage], sources: Vec<SourceMix>) -> Option<MixConfig> {
        let first = mix.or(stages.first().map(|stage| &stage.mix))?;
        let by_source = !first.source_shares.is_empty();
        let stages = stages.iter().map(Stage::ask).collect();
        Some(MixConfig { ask: first.ask(), stages, by_source, caps: first.caps.clone(), sources })
    }

    /// The same from a recipe with all defaults spelled out.
    pub(super) fn of_resolved(recipe: &Value) -> serde_json::Result<Option<MixConfig>> {
        let read = |key: &str| recipe.get(key).cloned().unwrap_or_default();
        let mix: Option<Mix> = serde_json::from_value(read("mix"))?;
        let stages: Option<Vec<Stage>> = serde_json::from_value(read("stages"))?;
        let sources: Vec<SourceMix> = serde_json::from_value(read("sources"))?;
        Ok(MixConfig::of_recipe(mix.as_ref(), &stages.unwrap_or_default(), sources))
    }

    /// The sources (name and category) as the mix sees them.
    pub(super) fn supplies(&self, sources: &[(String, String)], have: &[Supply]) -> Vec<SourceSupply> {
        let supply = |(((name, category), mix), have): ((&(String, String), &SourceMix), &Supply)| {
            let group = if self.by_source { name } else { category };
            let mut supply = SourceSupply::new(name, group, have.tokens, have.rows).max_epochs(mix.max_epochs);
            supply.weight = mix.weight;
            match mix.quality.epochs {
                Some(epochs) => supply.epoching(epochs.curve),
                None => supply,
            }
        };
        sources.iter().zip(&self.sources).zip(have).map(supply).collect()
    }

    /// Whether scores decide anything.
    fn is_scored(&self) -> bool {
        self.sources.iter().any(|source| source.quality.is_used())
    }

    /// A key for each row that is left, by hash and, where a source asks for that, by score; and what each source has, without the rows
    /// that scores leave out.
    pub(super) fn keyed(
        &self,
        left: &LeftRows<'_>,
        seed: u64,
        space: &Space,
    ) -> Result<(Sequence<Keyed>, Vec<Supply>)> {
        if !self.is_scored() {
            return left.keyed(seed, space, false);
        }
        let (keyed, mut have) = left.keyed(seed, space, true)?;
        let cuts = self.cuts(&keyed, space)?;
        for (have, cuts) in have.iter_mut().zip(&cuts) {
            if cuts.is_some() {
                *have = Supply::default();
            }
        }
        let mut scored = space.sequence("scored")?;
        let mut reader = keyed.read(0..keyed.len())?;
        while let Some(mut row) = reader.next()? {
            if let Some(cuts) = cuts.get(row.source as usize).and_then(Option::as_ref) {
                row.key = cuts.key(&scored_of(&row)).0;
                if row.key != DocKey::NEVER.0 {
                    have[row.source as usize].add(row.tokens);
                }
            }
            scored.push(row)?;
        }
        Ok((scored.finish()?, have))
    }

    /// The cuts of each source that looks at scores.
    fn cuts(&self, keyed: &Sequence<Keyed>, space: &Space) -> Result<Vec<Option<Cuts>>> {
        let asks = |source: usize| self.sources.get(source).is_some_and(|source| source.quality.needs_documents());
        let (ranked, mut buffer) = (space.sorter::<Ranked>("ranked")?, Vec::new());
        let mut reader = keyed.read(0..keyed.len())?;
        while let Some(row) = reader.next()? {
            if asks(row.source as usize) {
                let Keyed { source, key, tokens, score, .. } = row;
                buffer.push(Ranked { source, worse: !scored_of(&row).rank(), key, tokens, score });
            }
            if buffer.len() == super::keyed::CHUNK {
                ranked.push(&mut buffer)?;
            }
        }
        ranked.push(&mut buffer)?;
        let ranked = ranked.finish()?.into_sequence(space, "by-score")?;
        let mut cuts = Vec::with_capacity(self.sources.len());
        for (number, source) in self.sources.iter().enumerate() {
            let from = ranked.partition_point(|row| (row.source as usize) < number)?;
            let to = ranked.partition_point(|row| (row.source as usize) <= number)?;
            let mut best_first = |each: &mut dyn FnMut(&Scored)| -> Result<()> {
                let mut reader = ranked.read(from..to)?;
                while let Some(Ranked { key, tokens, score, .. }) = reader.next()? {
                    each(&Scored { score: score_of(score), key: DocKey(key), tokens });
                }
                Ok(())
            };
            cuts.push(source.quality.is_used().then(|| source.quality.cuts_in_order(&mut best_first)).transpose()?);
        }
        Ok(cuts)
    }

    /// Chooses the documents.
    ///
    /// # Errors
    /// As [`MixAsk::quotas`], and files that cannot be read.
    pub(super) fn choose(
        &self,
        keyed: &Sequence<Keyed>,
        sources: &[(String, String)],
        have: &[Supply],
    ) -> Result<MixPlan> {
        let supplies = self.supplies(sources, have);
        if !self.stages.is_empty() {
            return self.choose_stages(keyed, &supplies);
        }
        let quotas = self.ask.quotas(&supplies)?;
        self.choose_of(keyed, &supplies, quotas)
    }

    /// Chooses the documents for these quotas.
    pub(super) fn choose_of(
        &self,
        keyed: &Sequence<Keyed>,
        supplies: &[SourceSupply],
        quotas: Quotas,
    ) -> Result<MixPlan> {
        // Pools first: what they leave out is not there for the rest.
        let pool = |(at, source): (usize, &SourceQuota)| Some(Task::new(at, source.pool?));
        let mut pools: Vec<Task> = quotas.sources.iter().enumerate().filter_map(pool).collect();
        run(keyed, &mut pools)?;
        let mut pooled: Vec<Option<Selection>> = vec![None; supplies.len()];
        pools.into_iter().for_each(|task| pooled[task.source] = Some(task.selector.finish()));
        let mut tasks = Vec::new();
        for (at, (source, pool)) in quotas.sources.iter().zip(&mut pooled).enumerate() {
            if supplies[at].epoching.is_none() {
                tasks.push(Task { pool: pool.take(), ..Task::new(at, source.quota) });
            }
        }
        self.bucket_tasks(keyed, supplies, &quotas, &mut tasks)?;
        run(keyed, &mut tasks)?;
        let mut selections = vec![Selection::default(); supplies.len()];
        for Task { source, bucket, pool, selector, .. } in tasks {
            let (mut selection, whole) = (selector.finish(), &mut selections[source]);
            if bucket.is_some() {
                whole.tokens += selection.tokens;
                whole.docs += selection.docs;
                whole.unique_tokens += selection.unique_tokens;
                whole.buckets.push(selection);
            } else {
                selection.pool = pool.map(Box::new);
                *whole = selection;
            }
        }
        MixPlan::new(quotas, selections)
    }

    /// A task for each bucket of the sources that repeat by score.
    fn bucket_tasks(
        &self,
        keyed: &Sequence<Keyed>,
        supplies: &[SourceSupply],
        quotas: &Quotas,
        tasks: &mut Vec<Task>,
    ) -> Result<()> {
        if supplies.iter().all(|supply| supply.epoching.is_none()) {
            return Ok(());
        }
        let mut buckets: Vec<Vec<Bucket>> = vec![Vec::new(); supplies.len()];
        let mut reader = keyed.read(0..keyed.len())?;
        while let Some(row) = reader.next()? {
            let (key, at) = (DocKey(row.key), row.source as usize);
            if key != DocKey::NEVER && supplies[at].epoching.is_some() {
                let buckets = &mut buckets[at];
                buckets.resize(buckets.len().max(key.bucket() + 1), Bucket { tokens: 0 });
                buckets[key.bucket()].tokens += row.tokens;
            }
        }
        for (at, (supply, source)) in supplies.iter().zip(&quotas.sources).enumerate() {
            let Some(epoching) = &supply.epoching else { continue };
            for (bucket, quota) in bucket_quotas(epoching, &buckets[at], source.quota)?.into_iter().enumerate() {
                tasks.push(Task { bucket: Some(bucket), ..Task::new(at, quota) });
            }
        }
        Ok(())
    }

    fn choose_stages(&self, keyed: &Sequence<Keyed>, supplies: &[SourceSupply]) -> Result<MixPlan> {
        let quotas = stage_quotas(&self.stages, supplies)?;
        let mut parts: Vec<Staging> = supplies.iter().map(|s| Staging::new(s.tokens, s.docs)).collect();
        for stage in &quotas {
            let mut tasks = Vec::with_capacity(parts.len());
            for (at, (part, source)) in parts.iter_mut().zip(&stage.sources).enumerate() {
                let (finishes, quota) = part.begin(source.quota);
                let before = if finishes { Vec::new() } else { part.parts().to_vec() };
                tasks.push(Task { before, ..Task::new(at, quota) });
            }
            run(keyed, &mut tasks)?;
            for task in tasks {
                parts[task.source].end(task.selector.finish());
            }
        }
        Ok(MixPlan::staged(StagedPlan::of_parts(&self.stages, quotas, parts)))
    }
}

/// Documents that are chosen for one quota.
pub(super) struct Task {
    pub source: usize,
    /// Only those of this bucket.
    bucket: Option<usize>,
    /// Only those that are in here.
    pool: Option<Selection>,
    /// Only those that have not come in the pass that these stages began.
    before: Vec<StageSource>,
    pub selector: Selector,
}

impl Task {
    pub fn new(source: usize, quota: u64) -> Task {
        Task { source, bucket: None, pool: None, before: Vec::new(), selector: Selector::new(quota) }
    }

    fn see(&mut self, key: DocKey, tokens: u64) {
        let takes = self.bucket.is_none_or(|bucket| key.bucket() == bucket)
            && self.pool.as_ref().is_none_or(|pool| pool.copies(key) > 0)
            && (self.before.is_empty() || !Staging::came(&self.before, key));
        if takes {
            self.selector.see(Item::new(key, tokens));
        }
    }
}

/// Lets every task see all documents as often as it needs to.
pub(super) fn run(keyed: &Sequence<Keyed>, tasks: &mut [Task]) -> Result<()> {
    for some in tasks.chunks_mut(SELECTORS_AT_ONCE) {
        // A task stands with the others of its source.
        let (first, last) = (some.iter().map(|t| t.source).min(), some.iter().map(|t| t.source).max());
        let (Some(first), Some(last)) = (first, last) else { continue };
        loop {
            let mut reader = keyed.read(0..keyed.len())?;
            while let Some(row) = reader.next()? {
                let source = row.source as usize;
                if (first..=last).contains(&source) && row.key != DocKey::NEVER.0 {
                    let tasks = some.iter_mut().filter(|task| task.source == source);
                    tasks.for_each(|task| task.see(DocKey(row.key), row.tokens));
                }
            }
            let mut done = true;
            for task in some.iter_mut() {
                done &= task.selector.end_pass()?;
            }
            if done {
                break;
            }
        }
    }
    Ok(())
}

fn score_of(bits: u64) -> Option<f64> {
    (bits != NO_SCORE).then(|| f64::from_bits(bits))
}

fn scored_of(row: &Keyed) -> Scored {
    Scored { score: score_of(row.score), key: DocKey(row.key), tokens: row.tokens }
}

/// Why a recipe in `run.json` has no mix that can be read.
pub(super) fn no_mix(e: &serde_json::Error) -> Error {
    Error::Unbalanced(format!("the recipe in run.json has no mix that can be read: {e}"))
}
