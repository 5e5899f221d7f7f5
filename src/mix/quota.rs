//! [`Quotas`]: whole tokens for every group and source, or the exact reason why not.

use super::apportion::{largest_remainder, water_fill};
use super::ask::{Budget, MixAsk, Shortage, SourceSupply};
use super::check::{Checked, Group};
use super::infeasible::{Infeasible, ShortGroup, digits};
use super::share::Share;
use crate::error::{Error, Result};
use std::fmt;

/// How many tokens each source is to give. The quotas sum to the budget; they do not hang on the order of groups or sources.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "recipe-file", derive(serde::Serialize, serde::Deserialize))]
pub struct Quotas {
    /// Tokens to emit.
    pub budget: u64,
    /// The groups, in the order in which they were asked for.
    pub groups: Vec<GroupQuota>,
    /// The sources, in the order in which they were given.
    pub sources: Vec<SourceQuota>,
    /// Whatever the plan does that the ask did not say in so many words.
    pub notes: Vec<Note>,
}

/// A group's part of the budget.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "recipe-file", derive(serde::Serialize, serde::Deserialize))]
pub struct GroupQuota {
    /// The group.
    pub name: String,
    /// The share asked for.
    pub share: Share,
    /// That share of the budget in tokens, by largest remainder.
    pub asked: u64,
    /// The tokens that it is to give: `asked`, unless shares were renormalised.
    pub quota: u64,
}

/// A source's part of the budget, beside its supply.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "recipe-file", derive(serde::Serialize, serde::Deserialize))]
pub struct SourceQuota {
    /// The source.
    pub name: String,
    /// Its group.
    pub group: String,
    /// Its unique tokens.
    pub tokens: u64,
    /// Its documents.
    pub docs: u64,
    /// The most tokens it may give: unique tokens times `max_epochs`, as lifted by [`Shortage::Repeat`].
    pub cap: u64,
    /// The tokens that it is to give.
    pub quota: u64,
    /// The unique tokens that they are copies of, where the shares are of unique tokens and fewer than it has
    /// ([`Target::Unique`](super::Target::Unique)): that many are chosen first, and only those are repeated.
    #[cfg_attr(feature = "recipe-file", serde(default, skip_serializing_if = "Option::is_none"))]
    pub pool: Option<u64>,
}

/// Something that a plan does beyond the letter of the ask. Its `Display` is a line for a report.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
#[cfg_attr(feature = "recipe-file", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Note {
    /// A source gives less than its weight says, because of its `max_epochs`; the others of its group give the difference.
    Capped {
        /// The source.
        source: String,
        /// Tokens by weight.
        asked: u64,
        /// Tokens to give.
        quota: u64,
    },
    /// A source's quota is less than its average document, so it may get one document or none.
    BelowOneDocument {
        /// The source.
        source: String,
        /// Tokens to give.
        quota: u64,
        /// Its tokens over its documents, rounded down.
        mean_document: u64,
        /// The smallest part of the budget that comes to one such document.
        least_share: f64,
    },
    /// The budget was reduced ([`Shortage::Shrink`]).
    Shrunk {
        /// Tokens asked for.
        asked: u64,
        /// Tokens to emit.
        budget: u64,
    },
    /// A source may be repeated more often than it was allowed to ([`Shortage::Repeat`]).
    Repeated {
        /// The source.
        source: String,
        /// The `max_epochs` it came with.
        max_epochs: f64,
        /// The one it has now.
        lifted_to: f64,
    },
    /// A source gives more or less than its weight says, because of caps ([`Caps`](super::Caps)); the others of its group give the
    /// difference.
    Moved {
        /// The source.
        source: String,
        /// Tokens without caps.
        asked: u64,
        /// Tokens to give.
        quota: u64,
    },
    /// A group may be repeated more often than it was allowed to ([`Shortage::Repeat`]).
    GroupRepeated {
        /// The group.
        group: String,
        /// The `max_epochs` it came with.
        max_epochs: f64,
        /// The one it has now.
        lifted_to: f64,
    },
    /// A share that is not of emitted tokens, as the share of emitted tokens that it comes to ([`Target`](super::Target)).
    Converted {
        /// The group.
        group: String,
        /// The share asked for.
        asked: Share,
        /// Its part of the emitted tokens.
        emitted: f64,
        /// What the asked share is of.
        target: super::Target,
    },
    /// A share that a rule set ([`ShareRule`](super::ShareRule)).
    Ruled {
        /// The group.
        group: String,
        /// Its share.
        share: Share,
    },
    /// A group gives another number of tokens than its share says ([`Shortage::Renormalise`]).
    Renormalised {
        /// The group.
        group: String,
        /// Tokens by share.
        asked: u64,
        /// Tokens to give.
        quota: u64,
    },
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Note::Capped { source, asked, quota } => {
                write!(f, "source `{source}` gives {} tokens, not {}: max_epochs", digits(*quota), digits(*asked))
            }
            Note::BelowOneDocument { source, quota, mean_document, least_share } => {
                let (quota, mean) = (digits(*quota), digits(*mean_document));
                write!(f, "source `{source}` is to give {quota} tokens, less than its average document of {mean}")?;
                write!(f, "; the smallest share of this budget that comes to a document is {least_share:.2e}")
            }
            Note::Shrunk { asked, budget } => {
                write!(f, "the budget is {} tokens, not {}: shortage = \"shrink\"", digits(*budget), digits(*asked))
            }
            Note::Repeated { source, max_epochs, lifted_to } => {
                write!(f, "source `{source}` has max_epochs {lifted_to}, not {max_epochs}: shortage = \"repeat\"")
            }
            Note::Moved { source, asked, quota } => {
                write!(f, "source `{source}` gives {} tokens, not {}: caps", digits(*quota), digits(*asked))
            }
            Note::GroupRepeated { group, max_epochs, lifted_to } => {
                write!(f, "group `{group}` has max_epochs {lifted_to}, not {max_epochs}: shortage = \"repeat\"")
            }
            Note::Converted { group, asked, emitted, target } => {
                write!(f, "group `{group}`: {asked} of the {target} tokens is {emitted:.6} of the emitted ones")
            }
            Note::Ruled { group, share } => write!(f, "group `{group}` has a share of {:.6} by rule", share.to_f64()),
            Note::Renormalised { group, asked, quota } => {
                let (quota, asked) = (digits(*quota), digits(*asked));
                write!(f, "group `{group}` gives {quota} tokens, not {asked}: shortage = \"renormalise\"")
            }
        }
    }
}

impl MixAsk {
    /// What stands in the way of the asked budget, whatever the policy for shortages would do about it; `None` if nothing.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] for an ask that means nothing.
    pub fn infeasible(&self, supplies: &[SourceSupply]) -> Result<Option<Infeasible>> {
        let checked = Checked::new(self, supplies)?;
        let largest = checked.largest_budget();
        Ok(match self.budget {
            Budget::Tokens(budget) if budget > largest => Some(infeasible(&checked, budget, largest)),
            Budget::Max if largest == 0 => Some(infeasible(&checked, 1, 0)),
            _ => None,
        })
    }
}

impl Quotas {
    /// See [`MixAsk::quotas`].
    pub(crate) fn new(ask: &MixAsk, supplies: &[SourceSupply]) -> Result<Quotas> {
        Quotas::of_checked(ask, supplies, Checked::new(ask, supplies)?)
    }

    /// The same with shares in whole numbers, one for each group in the order of the ask, in place of its own.
    pub(crate) fn in_ratio(ask: &MixAsk, supplies: &[SourceSupply], ratio: &[u64]) -> Result<Quotas> {
        let mut checked = Checked::new(ask, supplies)?;
        checked.set_ratio(ratio);
        let mut quotas = Quotas::of_checked(ask, supplies, checked)?;
        for (row, group) in quotas.groups.iter_mut().zip(&ask.groups) {
            row.share = Share::told(group.share);
        }
        Ok(quotas)
    }

    fn of_checked(ask: &MixAsk, supplies: &[SourceSupply], mut checked: Checked<'_>) -> Result<Quotas> {
        let mut notes = Vec::new();
        let largest = checked.largest_budget();
        let mut renormalise = false;
        let budget = match ask.budget {
            Budget::Max if largest == 0 => return Err(infeasible(&checked, 1, 0).into()),
            Budget::Max => largest,
            Budget::Tokens(budget) if budget <= largest => budget,
            Budget::Tokens(budget) => {
                let short = infeasible(&checked, budget, largest);
                match ask.shortage {
                    Shortage::Shrink if largest > 0 => notes.push(Note::Shrunk { asked: budget, budget: largest }),
                    Shortage::Repeat => lift_caps(&mut checked, &short, &mut notes),
                    Shortage::Renormalise if short.available >= budget => renormalise = true,
                    _ => return Err(short.into()),
                }
                if ask.shortage == Shortage::Shrink { largest } else { budget }
            }
        };
        let groups = group_quotas(&checked, budget, renormalise, &mut notes)?;
        let sources = source_quotas(&checked, supplies, &groups, budget, &mut notes)?;
        // From the sorted order of names back to the order of the ask.
        let groups = checked.in_ask_order(groups);
        Ok(Quotas { budget, groups, sources, notes })
    }
}

/// Largest remainder over the groups; a share that comes to no token at all is refused.
fn group_quotas(
    checked: &Checked<'_>,
    budget: u64,
    renormalise: bool,
    notes: &mut Vec<Note>,
) -> Result<Vec<GroupQuota>> {
    let units: Vec<u64> = checked.groups.iter().map(|g| g.share.units()).collect();
    let asked = largest_remainder(budget, &units);
    for (group, &asked) in checked.groups.iter().zip(&asked) {
        if group.share > Share::ZERO && asked == 0 {
            let least = u64::try_from(checked.sum.div_ceil(u128::from(group.share.units()))).unwrap_or(u64::MAX);
            let (share, budget, least) = (group.share, digits(budget), digits(least));
            return Err(Error::Invalid {
                what: format!("share of group `{}`", group.name),
                problem: format!(
                    "{share} of {budget} tokens is less than one token; \
                     emit at least {least}, or write 0 to leave the group out"
                ),
            });
        }
    }
    let quotas = if renormalise {
        let caps: Vec<u64> = checked.groups.iter().map(Group::cap).collect();
        water_fill(budget, &units, &caps).ok_or_else(|| unfilled(budget))?
    } else {
        asked.clone()
    };
    let mut rows = Vec::with_capacity(quotas.len());
    for ((group, asked), quota) in checked.groups.iter().zip(asked).zip(quotas) {
        let name = group.name.to_owned();
        if quota != asked {
            notes.push(Note::Renormalised { group: name.clone(), asked, quota });
        }
        rows.push(GroupQuota { name, share: group.share, asked, quota });
    }
    Ok(rows)
}

/// Within each group: weights, filled up under the caps.
fn source_quotas(
    checked: &Checked<'_>,
    supplies: &[SourceSupply],
    groups: &[GroupQuota],
    budget: u64,
    notes: &mut Vec<Note>,
) -> Result<Vec<SourceQuota>> {
    let mut rows: Vec<SourceQuota> = supplies
        .iter()
        .map(|s| SourceQuota {
            name: s.name.clone(),
            group: s.group.clone(),
            tokens: s.tokens,
            docs: s.docs,
            cap: 0,
            quota: 0,
            pool: None,
        })
        .collect();
    for (group, &GroupQuota { quota, .. }) in checked.groups.iter().zip(groups) {
        let weights: Vec<u64> = group.sources.iter().map(|s| s.weight).collect();
        let caps: Vec<u64> = group.sources.iter().map(|s| s.cap).collect();
        let wanted = largest_remainder(quota, &weights);
        let given = water_fill(quota, &weights, &caps).ok_or_else(|| unfilled(quota))?;
        for ((source, asked), quota) in group.sources.iter().zip(wanted).zip(given) {
            let row = &mut rows[source.index];
            (row.cap, row.quota) = (source.cap, quota);
            let name = || row.name.clone();
            if quota < asked && quota == row.cap {
                notes.push(Note::Capped { source: name(), asked, quota });
            }
            let mean_document = row.tokens.checked_div(row.docs).unwrap_or(0);
            if quota < mean_document && source.weight > 0 && group.share > Share::ZERO {
                let least_share = digits_of(mean_document as f64 / budget as f64);
                notes.push(Note::BelowOneDocument { source: name(), quota, mean_document, least_share });
            }
        }
    }
    Ok(rows)
}

/// To six digits, which every reader of JSON reads back.
fn digits_of(number: f64) -> f64 {
    format!("{number:.5e}").parse().unwrap_or(number)
}

/// Cannot be: the caps were compared with the budget before. An error all the same, so that no panic is possible.
fn unfilled(tokens: u64) -> Error {
    Error::Unbalanced(format!("{tokens} tokens do not fit under caps that were found to be enough"))
}

/// The groups that are short of `budget`, with what each would need.
pub(super) fn infeasible(checked: &Checked<'_>, budget: u64, largest_budget: u64) -> Infeasible {
    let mut short: Vec<&Group<'_>> =
        checked.groups.iter().filter(|g| checked.need(g, budget) > u128::from(g.cap())).collect();
    // The binding one first: the least cap for its share, compared as fractions. The sort is stable, so ties go by name.
    short.sort_by(|a, b| {
        let scaled = |x: &Group<'_>, y: &Group<'_>| u128::from(x.cap()) * u128::from(y.share.units());
        scaled(a, b).cmp(&scaled(b, a))
    });
    let shared = checked.groups.iter().filter(|g| g.share > Share::ZERO);
    let available = shared.map(|g| u128::from(g.cap())).sum::<u128>();
    Infeasible {
        budget,
        largest_budget,
        available: u64::try_from(available).unwrap_or(u64::MAX),
        short: short.into_iter().map(|g| short_group(checked, g, budget)).collect(),
    }
}

fn short_group(checked: &Checked<'_>, group: &Group<'_>, budget: u64) -> ShortGroup {
    let used = || group.sources.iter().filter(|s| s.weight > 0);
    // A share is at most 1, so its part of the budget, rounded up, is at most the budget.
    let asked = u64::try_from(checked.need(group, budget)).unwrap_or(u64::MAX);
    ShortGroup {
        group: group.name.to_owned(),
        sources: used().map(|s| s.name.to_owned()).collect(),
        share: group.share,
        asked,
        available: group.cap(),
        unique: used().map(|s| s.tokens).sum(),
        sufficient_epochs: group.sufficient_hundredths(asked) as f64 / 100.0,
        group_limit: group.limited().then_some(group.limit),
    }
}

/// Gives every source of a short group the epochs that suffice.
fn lift_caps(checked: &mut Checked<'_>, short: &Infeasible, notes: &mut Vec<Note>) {
    for group in &mut checked.groups {
        let Some(lack) = short.short.iter().find(|s| s.group == group.name) else { continue };
        let hundredths = group.sufficient_hundredths(lack.asked);
        let limit = group.limit_at(hundredths);
        if let Some(max_epochs) = group.max_epochs.filter(|_| limit > group.limit) {
            let lifted_to = lack.sufficient_epochs;
            notes.push(Note::GroupRepeated { group: group.name.to_owned(), max_epochs, lifted_to });
        }
        group.limit = limit;
        for source in group.sources.iter_mut().filter(|s| s.weight > 0) {
            let cap = source.cap_at(hundredths);
            if cap > source.cap {
                source.cap = cap;
                notes.push(Note::Repeated {
                    source: source.name.to_owned(),
                    max_epochs: source.max_epochs,
                    lifted_to: lack.sufficient_epochs,
                });
            }
        }
    }
}
