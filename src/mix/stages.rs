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
        Ok(StagedPlan::of_parts(stages, quotas, by_source))
    }

    /// The plan of stages whose sources were planned one by one, in the order of the quotas.
    pub fn of_parts(stages: &[StageAsk], quotas: Vec<Quotas>, by_source: Vec<Staging>) -> StagedPlan {
        let mut by_source: Vec<_> = by_source.into_iter().map(|staging| staging.parts.into_iter()).collect();
        let stages = stages.iter().zip(quotas).map(|(stage, Quotas { budget, groups, sources, notes })| {
            let parts = sources.into_iter().zip(&mut by_source);
            let sources = parts.filter_map(|(quota, parts)| parts.next().map(|part| StageSource { quota, ..part }));
            StagePlan { name: stage.name.clone(), budget, groups, sources: sources.collect(), notes }
        });
        StagedPlan { stages: stages.collect() }
    }

    /// How often the document with this key of the source at this position is emitted in the stage at that one.
    pub fn copies(&self, stage: usize, source: usize, key: DocKey) -> u32 {
        self.by_stage(source, key).nth(stage).unwrap_or(0)
    }

    /// How often it is emitted in each stage.
    pub fn by_stage(&self, source: usize, key: DocKey) -> impl Iterator<Item = u32> + use<'_> {
        by_stage(&self.stages, source, key)
    }

    /// Tokens emitted in all stages, copies counted.
    pub fn tokens(&self) -> u64 {
        self.stages.iter().flat_map(|stage| &stage.sources).map(|source| source.tokens).sum()
    }
}

/// How often a document is emitted in each of these stages.
pub(crate) fn by_stage(stages: &[StagePlan], source: usize, key: DocKey) -> impl Iterator<Item = u32> + use<'_> {
    let mut came = false;
    stages.iter().map(move |stage| match stage.sources.get(source) {
        Some(part) if key != DocKey::NEVER => part.copies(key, &mut came),
        _ => 0,
    })
}

impl StageSource {
    /// Copies of a document; `came`: whether it has come in the pass that is under way, before the stage and after it.
    fn copies(&self, key: DocKey, came: &mut bool) -> u32 {
        if !self.finishes_pass && *came {
            return 0; // it is none of the documents that the selection is of
        }
        let rest = u32::from(self.finishes_pass && !*came);
        let more = self.selection.copies(key);
        *came = self.selection.once_more(key);
        rest.saturating_add(more)
    }
}

/// The parts of a source's documents that fill its quotas, one after the other.
fn split(mut items: Vec<Item>, supply: &SourceSupply, quotas: &[u64]) -> Result<Staging> {
    items.retain(|item| item.key != DocKey::NEVER);
    items.sort_unstable_by_key(|item| item.key);
    let unique: u128 = items.iter().map(|item| u128::from(item.tokens)).sum();
    if quotas.iter().any(|&q| q > 0) && unique != u128::from(supply.tokens) {
        let SourceSupply { name, tokens, .. } = supply;
        let problem = format!("source `{name}` was to have {tokens} tokens, its documents have {unique}");
        return Err(Error::Unbalanced(problem));
    }
    let mut staging = Staging::new(supply.tokens, items.len() as u64);
    // In this pass: the documents that have not come.
    let mut open = items.clone();
    for &quota in quotas {
        let (finishes, quota) = staging.begin(quota);
        if finishes {
            open.clone_from(&items);
        }
        let selection = select(&mut open, quota)?;
        open.retain(|item| !selection.once_more(item.key));
        staging.end(selection);
    }
    Ok(staging)
}

/// The stages of one source as they are planned, for callers who select its documents themselves: for each stage [`begin`](Staging::begin), then a
/// selection of what that says, then [`end`](Staging::end).
#[derive(Debug, Clone)]
pub struct Staging {
    unique: u64,
    docs: u64,
    /// Of the pass under way: what has not come.
    left: (u64, u64),
    asked: u64,
    emitted: u64,
    finishes: bool,
    parts: Vec<StageSource>,
}

impl Staging {
    /// For a source of so many unique tokens and documents.
    pub fn new(unique: u64, docs: u64) -> Staging {
        let left = (unique, docs);
        Staging { unique, docs, left, asked: 0, emitted: 0, finishes: false, parts: Vec::new() }
    }

    /// Begins a stage of so many tokens. Whether it finishes the pass under way; and the tokens of the selection that it wants: of all documents
    /// if it does, else of those that have not [come](Staging::came).
    pub fn begin(&mut self, quota: u64) -> (bool, u64) {
        // Whole documents may have given more than was asked; the cap is for what was given.
        self.asked += quota;
        let wanted = quota.min(self.asked.saturating_sub(self.emitted));
        self.finishes = wanted > 0 && wanted >= self.left.0;
        (self.finishes, if self.finishes { wanted - self.left.0 } else { wanted })
    }

    /// Ends the stage with its selection.
    pub fn end(&mut self, selection: Selection) {
        let rest = if self.finishes { self.left } else { (0, 0) };
        let (tokens, docs) = (rest.0 + selection.tokens, rest.1 + selection.docs);
        if self.finishes {
            self.left = (self.unique, self.docs);
        }
        // What the selection takes beyond whole passes has come.
        let epochs = u64::from(selection.epochs);
        self.left.0 = self.left.0.saturating_sub(selection.tokens - epochs * self.unique);
        self.left.1 = self.left.1.saturating_sub(selection.docs - epochs * self.docs);
        self.emitted += tokens;
        let quota =
            SourceQuota { name: String::new(), group: String::new(), tokens: 0, docs: 0, cap: 0, quota: 0, pool: None };
        self.parts.push(StageSource { quota, finishes_pass: self.finishes, selection, tokens, docs });
    }

    /// The stages so far. Their quotas are not filled in.
    pub fn parts(&self) -> &[StageSource] {
        &self.parts
    }

    /// Whether a document has come in the pass that is under way after these stages.
    pub fn came(parts: &[StageSource], key: DocKey) -> bool {
        let mut came = false;
        for part in parts {
            part.copies(key, &mut came);
        }
        came
    }
}
