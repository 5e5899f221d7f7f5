//! [`MixAsk`] and [`SourceSupply`]: what somebody wants of a mix, and what the sources have.

use super::plan::MixPlan;
use super::quota::Quotas;
use super::select::{Item, select};
use crate::error::{Error, Result};

/// The mix that is asked for: the share of each group, how many tokens, and what to do if they cannot be had.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "recipe-file", derive(serde::Serialize, serde::Deserialize))]
pub struct MixAsk {
    /// The groups, in the order in which reports list them.
    pub groups: Vec<GroupAsk>,
    /// How many tokens to emit.
    pub budget: Budget,
    /// What to do if a group has too few tokens.
    pub shortage: Shortage,
}

impl MixAsk {
    /// A mix of so many tokens, still without groups, that refuses what cannot be had.
    pub fn new(budget: Budget) -> MixAsk {
        MixAsk { groups: Vec::new(), budget, shortage: Shortage::Error }
    }

    /// Asks for one more group: `share` of the emitted tokens, as a fraction. All shares must sum to 1.
    pub fn group(mut self, name: impl Into<String>, share: f64) -> MixAsk {
        self.groups.push(GroupAsk { name: name.into(), share });
        self
    }

    /// What to do if a group has too few tokens.
    pub fn shortage(mut self, shortage: Shortage) -> MixAsk {
        self.shortage = shortage;
        self
    }

    /// How many tokens each source is to give. Needs totals only: ask before any text is read twice.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`](crate::Error::Invalid) for an ask that means nothing (shares that do not sum to 1, a share without
    /// sources, sources without a share, some weights missing …), [`Error::Infeasible`](crate::Error::Infeasible) for one
    /// that the sources cannot meet.
    pub fn quotas(&self, supplies: &[SourceSupply]) -> Result<Quotas> {
        Quotas::new(self, supplies)
    }

    /// The whole plan: the quotas, then a selection from the documents that `items` gives for each source.
    ///
    /// Sources are asked in the order of `supplies`, one source's items are held at a time, and a source that is to give
    /// nothing is not asked.
    ///
    /// # Errors
    ///
    /// As [`quotas`](MixAsk::quotas); those of `items`; and [`Error::Unbalanced`](crate::Error::Unbalanced) if the items of
    /// a source do not sum to its supply.
    pub fn plan(
        &self,
        supplies: &[SourceSupply],
        mut items: impl FnMut(&SourceSupply) -> Result<Vec<Item>>,
    ) -> Result<MixPlan> {
        let quotas = self.quotas(supplies)?;
        let mut selections = Vec::with_capacity(supplies.len());
        for (supply, quota) in supplies.iter().zip(&quotas.sources) {
            let mut items = if quota.quota > 0 { items(supply)? } else { Vec::new() };
            let tokens: u128 = items.iter().map(|item| u128::from(item.tokens)).sum();
            if quota.quota > 0 && tokens != u128::from(supply.tokens) {
                let SourceSupply { name, tokens: supplied, .. } = supply;
                let problem = format!("source `{name}` was to have {supplied} tokens, its documents have {tokens}");
                return Err(Error::Unbalanced(problem));
            }
            selections.push(select(&mut items, quota.quota)?);
        }
        MixPlan::new(quotas, selections)
    }
}

/// A group (category) of sources and its share of the emitted tokens.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "recipe-file", derive(serde::Serialize, serde::Deserialize))]
pub struct GroupAsk {
    /// The name: organic, code, synthetic …
    pub name: String,
    /// Its share of the emitted tokens, 0 ..= 1; read as the decimal that was written ([`Share`](super::Share)).
    /// 0 leaves the group out on purpose.
    pub share: f64,
}

/// A source as the planner sees it: its name, its group, its totals.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "recipe-file", derive(serde::Serialize, serde::Deserialize))]
pub struct SourceSupply {
    /// The name; no two sources share one.
    pub name: String,
    /// The group it belongs to.
    pub group: String,
    /// Its weight against the other sources of its group: any number ≥ 0; only ratios count, so 2 and 1 mean what 0.5 and
    /// 0.25 mean. `None` for all sources of a group: in proportion to their unique tokens. 0 leaves the source out.
    pub weight: Option<f64>,
    /// How often its tokens may be emitted at most, on average; 1 is once, 2.5 is two and a half passes.
    pub max_epochs: f64,
    /// Its unique tokens, as training will see them (with the end-of-text token of each document, if there is one).
    pub tokens: u64,
    /// Its documents.
    pub docs: u64,
}

impl SourceSupply {
    /// A source of `docs` documents and `tokens` unique tokens in all, without a weight, to be used at most once.
    pub fn new(name: impl Into<String>, group: impl Into<String>, tokens: u64, docs: u64) -> SourceSupply {
        SourceSupply { name: name.into(), group: group.into(), weight: None, max_epochs: 1.0, tokens, docs }
    }

    /// Sets the weight within the group.
    pub fn weight(mut self, weight: f64) -> SourceSupply {
        self.weight = Some(weight);
        self
    }

    /// Sets how often the source's tokens may be emitted at most.
    pub fn max_epochs(mut self, max_epochs: f64) -> SourceSupply {
        self.max_epochs = max_epochs;
        self
    }
}

/// How many tokens to emit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "recipe-file", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Budget {
    /// So many.
    Tokens(u64),
    /// As many as the shares and the sources' `max_epochs` allow.
    Max,
}

/// What to do if a group has too few tokens for its share of the budget. Whatever is done is noted in the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "recipe-file", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Shortage {
    /// Refuse, naming the group, the largest budget and the repetition that would do.
    #[default]
    Error,
    /// Emit fewer tokens: the largest budget that keeps every share.
    Shrink,
    /// Repeat the short group's sources beyond their `max_epochs`, as little as is needed.
    Repeat,
    /// Keep the budget and let the shares go: the short group gives what it can, the others give the rest in proportion to
    /// their shares.
    Renormalise,
}
