//! [`MixAsk`] and [`SourceSupply`]: what somebody wants of a mix, and what the sources have.

use super::draw::draw;
use super::plan::MixPlan;
use super::quota::Quotas;
use super::rule::ShareRule;
use super::select::Item;
use super::target::Target;
use super::weights::{Bucket, Epoching, Repeats};
use crate::error::{Error, Result};
use std::collections::BTreeMap;

/// The mix that is asked for: the share of each group, how many tokens, and what to do if they cannot be had.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "recipe-file", derive(serde::Serialize, serde::Deserialize))]
pub struct MixAsk {
    /// The groups, in the order in which reports list them. None where a [`rule`](MixAsk::rule) sets the shares.
    pub groups: Vec<GroupAsk>,
    /// How many tokens to emit.
    pub budget: Budget,
    /// What to do if a group has too few tokens.
    pub shortage: Shortage,
    /// What the shares are shares of: emitted tokens, unless another is asked for.
    #[cfg_attr(feature = "recipe-file", serde(default))]
    pub target: Target,
    /// How often a group's tokens may be emitted at most, on average over its sources, beside what each source may. None for a group
    /// that is not named.
    #[cfg_attr(feature = "recipe-file", serde(default))]
    pub group_epochs: BTreeMap<String, f64>,
    /// The least part of the emitted tokens that a group may come to, whatever a rule or a policy for shortages makes of the shares: an
    /// anchor of organic text, say.
    #[cfg_attr(feature = "recipe-file", serde(default))]
    pub floors: BTreeMap<String, f64>,
    /// A rule that sets the shares of all sources from their tokens, in place of `groups`.
    #[cfg_attr(feature = "recipe-file", serde(default))]
    pub rule: Option<ShareRule>,
}

impl MixAsk {
    /// A mix of so many tokens, still without groups, that refuses what cannot be had.
    pub fn new(budget: Budget) -> MixAsk {
        MixAsk {
            groups: Vec::new(),
            budget,
            shortage: Shortage::Error,
            target: Target::Emitted,
            group_epochs: BTreeMap::new(),
            floors: BTreeMap::new(),
            rule: None,
        }
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

    /// What the shares are shares of.
    pub fn target(mut self, target: Target) -> MixAsk {
        self.target = target;
        self
    }

    /// How often a group's tokens may be emitted at most, on average over its sources.
    pub fn group_epochs(mut self, group: impl Into<String>, max_epochs: f64) -> MixAsk {
        self.group_epochs.insert(group.into(), max_epochs);
        self
    }

    /// The least part of the emitted tokens that a group may come to.
    pub fn floor(mut self, group: impl Into<String>, share: f64) -> MixAsk {
        self.floors.insert(group.into(), share);
        self
    }

    /// Lets a rule set the shares.
    pub fn rule(mut self, rule: ShareRule) -> MixAsk {
        self.rule = Some(rule);
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
        super::target::quotas(self, supplies)
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
            selections.push(draw(&mut items, supply, quota)?);
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
    /// Tokens that earlier stages of the same run have emitted of it: they count against `max_epochs`.
    #[cfg_attr(feature = "recipe-file", serde(default))]
    pub used: u64,
    /// How often a document is repeated by its quality, where that is asked for: the keys of its documents are then in buckets, the worst
    /// first ([`DocKey::in_bucket`](super::DocKey::in_bucket)).
    #[cfg_attr(feature = "recipe-file", serde(default))]
    pub epoching: Option<Repeats>,
}

impl SourceSupply {
    /// A source of `docs` documents and `tokens` unique tokens in all, without a weight, to be used at most once.
    pub fn new(name: impl Into<String>, group: impl Into<String>, tokens: u64, docs: u64) -> SourceSupply {
        SourceSupply {
            name: name.into(),
            group: group.into(),
            weight: None,
            max_epochs: 1.0,
            tokens,
            docs,
            used: 0,
            epoching: None,
        }
    }

    /// Sets the weight within the group.
    pub fn weight(mut self, weight: f64) -> SourceSupply {
        self.weight = Some(weight);
        self
    }

    /// Sets how many tokens earlier stages have emitted of the source.
    pub fn used(mut self, used: u64) -> SourceSupply {
        self.used = used;
        self
    }

    /// Repeats documents by their quality; the source gives no more than the curve can.
    pub fn epoching(mut self, epoching: Epoching) -> SourceSupply {
        self.max_epochs = self.max_epochs.min(epoching.most_epochs());
        self.epoching = Some(Repeats::Curve(epoching));
        self
    }

    /// Repeats the documents of each bucket as often as stated; the source, whose buckets have these tokens, gives no more than that.
    pub fn epochs_by_bucket(mut self, epochs: Vec<f64>, buckets: &[Bucket]) -> SourceSupply {
        let stated = Repeats::Stated(epochs);
        self.max_epochs = self.max_epochs.min(stated.most_epochs(buckets));
        self.epoching = Some(stated);
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
