//! [`MixPlan`]: quotas and selections together: how many copies of every document, and how near that comes to the ask.

use super::caps::CapPlan;
use super::key::DocKey;
use super::quota::{GroupQuota, Note, Quotas, SourceQuota};
use super::select::Selection;
use super::share::Share;
use super::stages::{StagePlan, StagedPlan, by_stage};
use super::weights::RepetitionLaw;
use crate::error::{Error, Result};

/// A whole mix: small, serialisable, to be compared line by line. Which documents it takes hangs on their keys alone.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "recipe-file", derive(serde::Serialize, serde::Deserialize))]
pub struct MixPlan {
    /// The tokens that were to be emitted.
    pub budget: u64,
    /// The groups, in the order in which they were asked for.
    pub groups: Vec<GroupQuota>,
    /// The sources, in the order in which they were given.
    pub sources: Vec<SourcePlan>,
    /// Whatever the plan does that the ask did not say in so many words.
    pub notes: Vec<Note>,
    /// The stages, where the mix has any. The rest is then their sums, and selections say numbers only.
    #[cfg_attr(feature = "recipe-file", serde(default, skip_serializing_if = "Vec::is_empty"))]
    pub stages: Vec<StagePlan>,
    /// What caps made of it, where there are any that bind. The documents under them are then beside the selections, which choose from the
    /// others; totals are of all.
    #[cfg_attr(feature = "recipe-file", serde(default, skip_serializing_if = "Option::is_none"))]
    pub caps: Option<CapPlan>,
}

/// A source's quota and the documents that fill it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "recipe-file", derive(serde::Serialize, serde::Deserialize))]
pub struct SourcePlan {
    /// Supply and quota. Serialised without a level of its own.
    #[cfg_attr(feature = "recipe-file", serde(flatten))]
    pub quota: SourceQuota,
    /// The documents.
    pub selection: Selection,
}

impl SourcePlan {
    /// Tokens emitted less tokens asked of the source.
    pub fn difference(&self) -> i64 {
        difference(self.selection.tokens, self.quota.quota)
    }

    /// How often the source's unique tokens are emitted on average; `None` for a source without tokens.
    pub fn epochs(&self) -> Option<f64> {
        ratio(self.selection.tokens, self.quota.tokens)
    }

    /// Tokens of the documents that are emitted at least once.
    pub fn emitted_unique(&self) -> u64 {
        self.selection.unique_tokens.min(self.selection.tokens)
    }

    /// What its emitted tokens are worth in fresh ones, by the repetition law with its published constant.
    pub fn effective(&self) -> f64 {
        RepetitionLaw::default().effective(self.emitted_unique() as f64, self.selection.tokens as f64)
    }
}

/// A group's line in the table of asked and got.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "recipe-file", derive(serde::Serialize, serde::Deserialize))]
pub struct ShareRow {
    /// The group.
    pub group: String,
    /// The share asked for.
    pub asked_share: Share,
    /// That share of the budget in tokens.
    pub asked_tokens: u64,
    /// Tokens emitted.
    pub got_tokens: u64,
    /// Tokens emitted less tokens asked for.
    pub difference: i64,
    /// The part of all emitted tokens; `None` if nothing is emitted.
    pub got_share: Option<f64>,
    /// Unique tokens of the group's sources.
    pub unique_tokens: u64,
    /// How often they are emitted on average; `None` if there are none.
    pub epochs: Option<f64>,
    /// Unique tokens among the emitted: those of documents that are emitted at least once.
    pub emitted_unique_tokens: u64,
    /// What the emitted tokens are worth in fresh ones, by the repetition law with its published constant, source by source.
    pub effective_tokens: f64,
}

impl MixPlan {
    /// The plan that fills `quotas` by `selections`, one for each source, in the same order. [`MixAsk::plan`] does both steps;
    /// this one is for callers who select their sources elsewhere, in parallel, say.
    ///
    /// # Errors
    ///
    /// [`Error::Unbalanced`] if the numbers of quotas and selections differ, or a selection is further from its quota than
    /// the source has unique tokens: it was made from other documents.
    ///
    /// [`MixAsk::plan`]: super::MixAsk::plan
    pub fn new(quotas: Quotas, selections: Vec<Selection>) -> Result<MixPlan> {
        let Quotas { budget, groups, sources, notes } = quotas;
        if sources.len() != selections.len() {
            let problem = format!("{} sources, but {} selections", sources.len(), selections.len());
            return Err(Error::Unbalanced(problem));
        }
        let pairs = sources.into_iter().zip(selections);
        let sources: Vec<SourcePlan> = pairs.map(|(quota, selection)| SourcePlan { quota, selection }).collect();
        if let Some(SourcePlan { quota, selection }) =
            sources.iter().find(|s| s.selection.tokens.abs_diff(s.quota.quota) > s.quota.tokens)
        {
            return Err(Error::Unbalanced(format!(
                "source `{}` gives {} tokens for a quota of {}",
                quota.name, selection.tokens, quota.quota
            )));
        }
        Ok(MixPlan { budget, groups, sources, notes, stages: Vec::new(), caps: None })
    }

    /// The plan of several stages, summed up.
    pub fn staged(plan: StagedPlan) -> MixPlan {
        let mut whole = MixPlan {
            budget: 0,
            groups: Vec::new(),
            sources: Vec::new(),
            notes: Vec::new(),
            stages: plan.stages,
            caps: None,
        };
        for stage in &whole.stages {
            whole.budget = whole.budget.saturating_add(stage.budget);
            whole.notes.extend(stage.notes.iter().cloned());
            for group in &stage.groups {
                match whole.groups.iter_mut().find(|g| g.name == group.name) {
                    Some(sum) => (sum.asked, sum.quota) = (sum.asked + group.asked, sum.quota + group.quota),
                    None => whole.groups.push(group.clone()),
                }
            }
            for (at, part) in stage.sources.iter().enumerate() {
                if at == whole.sources.len() {
                    let quota = SourceQuota { quota: 0, ..part.quota.clone() };
                    whole.sources.push(SourcePlan { quota, selection: Selection::default() });
                }
                if let Some(SourcePlan { quota, selection }) = whole.sources.get_mut(at) {
                    quota.quota += part.quota.quota;
                    selection.tokens += part.tokens;
                    selection.docs += part.docs;
                    selection.unique_tokens = selection.tokens.min(quota.tokens);
                }
            }
        }
        let budget = whole.budget.max(1) as f64;
        for group in &mut whole.groups {
            group.share = Share::told(group.asked as f64 / budget);
        }
        whole
    }

    /// How often the document with this key of the source at this position is emitted; 0 for a source that is not there.
    pub fn copies(&self, source: usize, key: DocKey) -> u32 {
        match self.stages.as_slice() {
            [] => self.sources.get(source).map_or(0, |s| s.selection.copies(key)),
            stages => by_stage(stages, source, key).fold(0, u32::saturating_add),
        }
    }

    /// The same by stage; a mix without stages has one.
    pub fn by_stage(&self, source: usize, key: DocKey) -> Vec<u32> {
        match self.stages.as_slice() {
            [] => vec![self.copies(source, key)],
            stages => by_stage(stages, source, key).collect(),
        }
    }

    /// Tokens emitted, copies counted.
    pub fn tokens(&self) -> u64 {
        self.sources.iter().map(|s| s.selection.tokens).sum()
    }

    /// Documents emitted, copies counted.
    pub fn docs(&self) -> u64 {
        self.sources.iter().map(|s| s.selection.docs).sum()
    }

    /// What was asked for and what is got, a row a group, in the order of the ask.
    pub fn share_table(&self) -> Vec<ShareRow> {
        let total = self.tokens();
        let row = |group: &GroupQuota| {
            let sources = || self.sources.iter().filter(|s| s.quota.group == group.name);
            let got_tokens = sources().map(|s| s.selection.tokens).sum();
            let unique_tokens = sources().map(|s| s.quota.tokens).sum();
            ShareRow {
                group: group.name.clone(),
                asked_share: group.share,
                asked_tokens: group.asked,
                got_tokens,
                difference: difference(got_tokens, group.asked),
                got_share: ratio(got_tokens, total),
                unique_tokens,
                epochs: ratio(got_tokens, unique_tokens),
                emitted_unique_tokens: sources().map(SourcePlan::emitted_unique).sum(),
                effective_tokens: sources().map(SourcePlan::effective).sum(),
            }
        };
        self.groups.iter().map(row).collect()
    }
}

/// `got` − `asked`, held within 64 bits (no corpus comes near them).
fn difference(got: u64, asked: u64) -> i64 {
    let difference = i128::from(got) - i128::from(asked);
    i64::try_from(difference).unwrap_or(if difference < 0 { i64::MIN } else { i64::MAX })
}

fn ratio(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}
