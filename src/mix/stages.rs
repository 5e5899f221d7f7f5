//! [`StagedPlan`]: several mixes one after the other, from the same documents under one cap on repetition.

use super::ask::{MixAsk, SourceSupply};
use super::key::DocKey;
use super::quota::{GroupQuota, Note, Quotas, SourceQuota};
use super::select::{Item, Selection, select};
use crate::error::{Error, Result};

/// A stage: its name and its mix.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "recipe-file", derive(serde::Serialize, serde::Deserialize))]
pub struct StageAsk {
    /// The name.
    pub name: String,
    /// What is asked for in it.
    pub ask: MixAsk,
}

impl StageAsk {
    /// A stage.
    pub fn new(name: impl Into<String>, ask: MixAsk) -> StageAsk {
        StageAsk { name: name.into(), ask }
    }
}

/// A plan for stages. A source's documents are taken in one order over all stages: a later stage goes on where the earlier ones stopped, no
/// document comes a second time before all have come once, and `max_epochs` is for all stages together.
///
/// ```
/// use mashbill::mix::{Budget, DocKey, Item, MixAsk, SourceSupply, StageAsk, StagedPlan};
///
/// let mix = |tokens, web, math| MixAsk::new(Budget::Tokens(tokens)).group("web", web).group("math", math);
/// let stages = [StageAsk::new("stable", mix(8_000, 0.9, 0.1)), StageAsk::new("decay", mix(2_000, 0.6, 0.4))];
/// let supplies = [
///     SourceSupply::new("crawl", "web", 10_000, 100),
///     SourceSupply::new("proofs", "math", 1_000, 10).max_epochs(2.0),
/// ];
/// let plan = StagedPlan::new(&stages, &supplies, |source| {
///     let key = |i| DocKey::new(17, &source.name, &format!("doc-{i}"), 0);
///     Ok((0..source.docs).map(|i| Item::new(key(i), 100)).collect())
/// })?;
///
/// assert_eq!(plan.stages[1].sources.iter().map(|s| s.tokens).collect::<Vec<_>>(), [1_200, 800]);
/// let copies = |i| {
///     let key = DocKey::new(17, "proofs", &format!("doc-{i}"), 0);
///     [plan.copies(0, 1, key), plan.copies(1, 1, key)]
/// };
/// // 8 of 10 proofs in the first stage; in the second the 2 that are left, and 6 of all once more.
/// assert!((0..10).all(|i| copies(i) != [0, 0]));
/// # Ok::<(), mashbill::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "recipe-file", derive(serde::Serialize, serde::Deserialize))]
pub struct StagedPlan {
    /// The stages, in order.
    pub stages: Vec<StagePlan>,
}

/// One stage of a plan.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "recipe-file", derive(serde::Serialize, serde::Deserialize))]
pub struct StagePlan {
    /// The name.
    pub name: String,
    /// The tokens that are to be emitted in it.
    pub budget: u64,
    /// The groups, in the order in which they were asked for.
    pub groups: Vec<GroupQuota>,
    /// The sources, in the order in which they were given.
    pub sources: Vec<StageSource>,
    /// Whatever the stage does that its ask did not say in so many words.
    pub notes: Vec<Note>,
}

/// What a source gives in a stage.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "recipe-file", derive(serde::Serialize, serde::Deserialize))]
pub struct StageSource {
    /// Supply and quota.
    pub quota: SourceQuota,
    /// Whether every document comes that has not come in the pass that earlier stages began. The selection is then of all documents anew;
    /// else it is of those that have not come.
    pub finishes_pass: bool,
    /// The documents.
    pub selection: Selection,
    /// Tokens emitted in the stage.
    pub tokens: u64,
    /// Documents emitted in the stage, copies counted.
    pub docs: u64,
}

/// Tokens of every stage for every source, from totals alone.
///
/// # Errors
/// As [`MixAsk::quotas`], with the name of the stage; [`Error::Invalid`] if there is no stage, or two have one name.
pub fn stage_quotas(stages: &[StageAsk], supplies: &[SourceSupply]) -> Result<Vec<Quotas>> {
    let invalid = |problem: String| Error::Invalid { what: "stages".to_owned(), problem };
    if stages.is_empty() {
        return Err(invalid("there is none".to_owned()));
    }
    if let Some((_, twin)) =
        stages.iter().enumerate().find(|(at, stage)| stages[..*at].iter().any(|earlier| earlier.name == stage.name))
    {
        return Err(invalid(format!("two are called `{}`", twin.name)));
    }
    let mut supplies = supplies.to_vec();
    let mut all = Vec::with_capacity(stages.len());
    for stage in stages {
        let quotas = stage.ask.quotas(&supplies).map_err(|e| in_stage(&stage.name, e))?;
        for (supply, source) in supplies.iter_mut().zip(&quotas.sources) {
            supply.used += source.quota;
        }
        all.push(quotas);
    }
    Ok(all)
}

fn in_stage(stage: &str, error: Error) -> Error {
    match error {
        Error::Infeasible(problem) => Error::Infeasible(format!("stage `{stage}`: {problem}")),
        Error::Invalid { what, problem } => Error::Invalid { what: format!("stage `{stage}`: {what}"), problem },
        other => other,
    }
}

impl StagedPlan {
    /// Plans the stages. Sources are asked for their documents in order, each once.
    ///
    /// # Errors
    /// Those of [`stage_quotas`] and of `items`; [`Error::Unbalanced`] if the items of a source do not sum to its supply; [`Error::Invalid`]
    /// for what stages cannot have: repetition by score.
    pub fn new(
        stages: &[StageAsk],
        supplies: &[SourceSupply],
        mut items: impl FnMut(&SourceSupply) -> Result<Vec<Item>>,
    ) -> Result<StagedPlan> {
        if let Some(supply) = supplies.iter().find(|s| s.epoching.is_some()) {
            return Err(Error::Invalid {
                what: format!("source `{}`", supply.name),
                problem: "is repeated by score, which stages cannot go on with".to_owned(),
            });
        }
        let quotas = stage_quotas(stages, supplies)?;
        let mut by_source = Vec::with_capacity(supplies.len());
        for (number, supply) in supplies.iter().enumerate() {
            let quotas: Vec<u64> = quotas.iter().map(|q| q.sources[number].quota).collect();
            let items = if quotas.iter().any(|&q| q > 0) { items(supply)? } else { Vec::new() };
            by_source.push(split(items, supply, &quotas)?);
        }
        let mut by_source: Vec<_> = by_source.into_iter().map(Vec::into_iter).collect();
        let stages = stages.iter().zip(quotas).map(|(stage, Quotas { budget, groups, sources, notes })| {
            let parts = sources.into_iter().zip(&mut by_source);
            let sources = parts.filter_map(|(quota, parts)| parts.next().map(|part| StageSource { quota, ..part }));
            StagePlan { name: stage.name.clone(), budget, groups, sources: sources.collect(), notes }
        });
        Ok(StagedPlan { stages: stages.collect() })
    }

    /// How often the document with this key of the source at this position is emitted in the stage at that one.
    pub fn copies(&self, stage: usize, source: usize, key: DocKey) -> u32 {
        self.by_stage(source, key).nth(stage).unwrap_or(0)
    }

    /// How often it is emitted in each stage.
    pub fn by_stage(&self, source: usize, key: DocKey) -> impl Iterator<Item = u32> + use<'_> {
        let mut came = false;
        self.stages.iter().map(move |stage| match stage.sources.get(source) {
            Some(part) if key != DocKey::NEVER => part.copies(key, &mut came),
            _ => 0,
        })
    }

    /// Tokens emitted in all stages, copies counted.
    pub fn tokens(&self) -> u64 {
        self.stages.iter().flat_map(|stage| &stage.sources).map(|source| source.tokens).sum()
    }
}

impl StageSource {
    /// Copies of a document; `came`: whether it has come in the pass that is under way, before the stage and after it.
    fn copies(&self, key: DocKey, came: &mut bool) -> u32 {
        if !self.finishes_pass && *came {
            return 0;
        }
        let rest = u32::from(self.finishes_pass && !*came);
        let more = self.selection.copies(key);
        *came = self.selection.once_more(key);
        rest.saturating_add(more)
    }
}

/// The parts of a source's documents that fill its quotas, one after the other. Their `quota` is still to be set.
fn split(mut items: Vec<Item>, supply: &SourceSupply, quotas: &[u64]) -> Result<Vec<StageSource>> {
    items.retain(|item| item.key != DocKey::NEVER);
    items.sort_unstable_by_key(|item| item.key);
    let unique: u128 = items.iter().map(|item| u128::from(item.tokens)).sum();
    if quotas.iter().any(|&q| q > 0) && unique != u128::from(supply.tokens) {
        let SourceSupply { name, tokens, .. } = supply;
        let problem = format!("source `{name}` was to have {tokens} tokens, its documents have {unique}");
        return Err(Error::Unbalanced(problem));
    }
    // In this pass: the documents that have not come, and their tokens.
    let mut open = items.clone();
    let mut emitted = 0_u64;
    let mut asked = 0_u64;
    let mut parts = Vec::with_capacity(quotas.len());
    for &quota in quotas {
        // Whole documents may have given more than was asked; the cap is for what was given.
        asked += quota;
        let mut part = StageSource {
            quota: SourceQuota { name: String::new(), group: String::new(), tokens: 0, docs: 0, cap: 0, quota: 0, pool: None },
            finishes_pass: false,
            selection: Selection::default(),
            tokens: 0,
            docs: 0,
        };
        let wanted = quota.min(asked.saturating_sub(emitted));
        let left: u64 = open.iter().map(|item| item.tokens).sum();
        if wanted > 0 && wanted >= left {
            part.finishes_pass = true;
            (part.tokens, part.docs) = (left, open.len() as u64);
            part.selection = select(&mut items, wanted - left)?;
            open.clone_from(&items);
        } else {
            part.selection = select(&mut open, wanted)?;
        }
        part.tokens += part.selection.tokens;
        part.docs += part.selection.docs;
        open.retain(|item| !part.selection.once_more(item.key));
        emitted += part.tokens;
        parts.push(part);
    }
    Ok(parts)
}
