//! What a mix is asked for, and how its documents are chosen: in passes over records, whatever their number.

use super::keyed::{Keyed, LeftRows, NO_SCORE, Supply, bucket_of};
use super::sort::{Sequence, Space, record};
use crate::error::{Error, Result};
use crate::mix::weights::Bucket;
use crate::mix::{
    Caps, Cuts, DocKey, Item, MixAsk, MixPlan, Quality, Quotas, Scored, Selection, Selector, SourceQuota, SourceSupply,
    StageAsk, StageSource, StagedPlan, Staging, settle, stage_quotas,
};
use crate::recipe::{BucketUse, Mix, Stage};
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
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct SourceMix {
    /// Its weight among the sources of its category.
    pub weight: Option<f64>,
    /// How often its tokens may be emitted at most, on average.
    pub max_epochs: f64,
    /// What scores have to do with its documents.
    #[serde(default)]
    pub quality: Quality,
    /// What buckets have to do with them.
    #[serde(default)]
    pub buckets: BucketUse,
}

impl SourceMix {
    /// Whether scores or buckets decide anything.
    pub(super) fn is_scored(&self) -> bool {
        self.quality.is_used() || self.buckets.is_used()
    }

    /// Whether each bucket of keys has a quota of its own.
    fn by_bucket(&self) -> bool {
        self.quality.epochs.is_some() || self.buckets.epochs.is_some()
    }

    /// Whether the row's bucket lets it take part.
    fn takes(&self, row: &Keyed) -> bool {
        let bucket = bucket_of(row.size);
        self.buckets.min.is_none_or(|least| bucket >= Some(least))
            && (self.buckets.epochs.is_none() || bucket.is_some())
    }
}

impl Default for SourceMix {
    /// By its tokens, once, scores aside.
    fn default() -> SourceMix {
        SourceMix { weight: None, max_epochs: 1.0, quality: Quality::default(), buckets: BucketUse::default() }
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

    /// The sources (name and category) as the mix sees them. `sizes`: the buckets of those that repeat by bucket; where they are not known,
    /// all of a source are taken for equal.
    pub(super) fn supplies(
        &self,
        sources: &[(String, String)],
        have: &[Supply],
        sizes: &[Vec<Bucket>],
    ) -> Vec<SourceSupply> {
        let supply = |at: usize, (name, category): &(String, String), mix: &SourceMix, have: &Supply| {
            let group = if self.by_source { name } else { category };
            let mut supply = SourceSupply::new(name, group, have.tokens, have.rows).max_epochs(mix.max_epochs);
            supply.weight = mix.weight;
            match (mix.quality.epochs, &mix.buckets.epochs) {
                (Some(epochs), _) => supply.epoching(epochs.curve),
                (None, Some(epochs)) => {
                    let equal = vec![Bucket { tokens: have.tokens / epochs.len().max(1) as u64 }; epochs.len()];
                    supply.epochs_by_bucket(epochs.clone(), sizes.get(at).unwrap_or(&equal))
                }
                (None, None) => supply,
            }
        };
        let all = sources.iter().zip(&self.sources).zip(have).enumerate();
        all.map(|(at, ((source, mix), have))| supply(at, source, mix, have)).collect()
    }

    /// Whether scores decide anything.
    fn is_scored(&self) -> bool {
        self.sources.iter().any(SourceMix::is_scored)
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
        for (have, source) in have.iter_mut().zip(&self.sources) {
            if source.is_scored() {
                *have = Supply::default();
            }
        }
        let mut scored = space.sequence("scored")?;
        let mut reader = keyed.read(0..keyed.len())?;
        while let Some(mut row) = reader.next()? {
            let at = row.source as usize;
            if let Some(source) = self.sources.get(at).filter(|source| source.is_scored()) {
                let cuts = cuts.get(at).and_then(Option::as_ref);
                let key = match cuts {
                    _ if !source.takes(&row) => DocKey::NEVER,
                    Some(cuts) => cuts.key(&scored_of(&row)),
                    None => DocKey(row.key),
                };
                let key = match bucket_of(row.size).filter(|_| source.buckets.epochs.is_some()) {
                    Some(bucket) if key != DocKey::NEVER => key.in_bucket(bucket as u8),
                    _ => key,
                };
                row.key = key.0;
                if key != DocKey::NEVER {
                    have[at].add(row.tokens);
                }
            }
            scored.push(row)?;
        }
        Ok((scored.finish()?, have))
    }

    /// The cuts of each source that looks at scores.
    fn cuts(&self, keyed: &Sequence<Keyed>, space: &Space) -> Result<Vec<Option<Cuts>>> {
        let asks = |row: &Keyed| {
            let source = self.sources.get(row.source as usize);
            source.is_some_and(|source| source.quality.needs_documents() && source.takes(row))
        };
        let (ranked, mut buffer) = (space.sorter::<Ranked>("ranked")?, Vec::new());
        let mut reader = keyed.read(0..keyed.len())?;
        while let Some(row) = reader.next()? {
            if asks(&row) {
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
        let sizes = self.bucket_sizes(keyed)?;
        let supplies = self.supplies(sources, have, &sizes);
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
        let sizes = self.bucket_sizes(keyed)?;
        // Pools first: what they leave out is not there for the rest.
        let pool = |(at, source): (usize, &SourceQuota)| Some(Task::new(at, source.pool?));
        let mut pools: Vec<Task> = quotas.sources.iter().enumerate().filter_map(pool).collect();
        run(keyed, &mut pools)?;
        let mut pooled: Vec<Option<Selection>> = vec![None; supplies.len()];
        pools.into_iter().for_each(|task| pooled[task.source] = Some(task.selector.finish()));
        let mut tasks = Vec::new();
        for (at, (source, pool)) in quotas.sources.iter().zip(&mut pooled).enumerate() {
            match &supplies[at].epoching {
                None => tasks.push(Task { pool: pool.take(), ..Task::new(at, source.quota) }),
                Some(repeats) => {
                    let quotas = repeats.quotas(&sizes[at], source.quota)?;
                    tasks.extend(
                        quotas.into_iter().enumerate().map(|(bucket, quota)| Task::of_bucket(at, bucket, quota)),
                    );
                }
            }
        }
        run(keyed, &mut tasks)?;
        let mut selections = vec![Selection::default(); supplies.len()];
        let mut by_bucket: Vec<Vec<u64>> = vec![Vec::new(); supplies.len()];
        for Task { source, quota, bucket, pool, selector, .. } in tasks {
            let (mut selection, whole) = (selector.finish(), &mut selections[source]);
            if bucket.is_some() {
                by_bucket[source].push(quota);
                whole.buckets.push(selection);
            } else {
                selection.pool = pool.map(Box::new);
                *whole = selection;
            }
        }
        for (at, (whole, quotas)) in selections.iter_mut().zip(&by_bucket).enumerate() {
            settle(&mut whole.buckets, quotas, |bucket, quota| {
                let mut task = [Task::of_bucket(at, bucket, quota)];
                run(keyed, &mut task)?;
                let [task] = task;
                Ok(task.selector.finish())
            })?;
            for selection in &whole.buckets {
                whole.tokens += selection.tokens;
                whole.docs += selection.docs;
                whole.unique_tokens += selection.unique_tokens;
            }
        }
        MixPlan::new(quotas, selections)
    }

    /// The tokens of each bucket of keys, of the sources that repeat by bucket; of the others none.
    fn bucket_sizes(&self, keyed: &Sequence<Keyed>) -> Result<Vec<Vec<Bucket>>> {
        let mut sizes: Vec<Vec<Bucket>> = vec![Vec::new(); self.sources.len()];
        if !self.sources.iter().any(SourceMix::by_bucket) {
            return Ok(sizes);
        }
        let mut reader = keyed.read(0..keyed.len())?;
        while let Some(row) = reader.next()? {
            let (key, at) = (DocKey(row.key), row.source as usize);
            if key != DocKey::NEVER && self.sources.get(at).is_some_and(SourceMix::by_bucket) {
                let sizes = &mut sizes[at];
                sizes.resize(sizes.len().max(key.bucket() + 1), Bucket { tokens: 0 });
                sizes[key.bucket()].tokens += row.tokens;
            }
        }
        Ok(sizes)
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
    quota: u64,
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
        Task { source, quota, bucket: None, pool: None, before: Vec::new(), selector: Selector::new(quota) }
    }

    fn of_bucket(source: usize, bucket: usize, quota: u64) -> Task {
        Task { bucket: Some(bucket), ..Task::new(source, quota) }
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
