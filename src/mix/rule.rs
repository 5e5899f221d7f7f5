//! [`ShareRule`]: shares of all sources from their tokens, where nobody wrote them by hand.

use super::apportion::largest_remainder;
use super::ask::{Budget, GroupAsk, MixAsk, SourceSupply};
use super::check::invalid;
use super::quota::{Note, Quotas};
use super::share::Share;
use super::weights::{Priced, RepetitionLaw, temperature, unimax_by_caps};
use crate::error::Result;
use std::collections::BTreeMap;

/// A rule that sets the share of every source from what the sources have; a group's share is the sum of its sources'.
///
/// ```
/// use mashbill::mix::{Budget, MixAsk, ShareRule, SourceSupply};
///
/// let supplies = [
///     SourceSupply::new("web", "organic", 10_000, 100).max_epochs(4.0),
///     SourceSupply::new("books", "organic", 5_000, 50).max_epochs(4.0),
///     SourceSupply::new("textbooks", "synthetic", 100, 1).max_epochs(4.0),
/// ];
/// let quotas = |rule| -> mashbill::Result<Vec<u64>> {
///     let ask = MixAsk::new(Budget::Tokens(6_000)).rule(rule);
///     Ok(ask.quotas(&supplies)?.sources.iter().map(|s| s.quota).collect())
/// };
/// assert_eq!(quotas(ShareRule::Natural)?, [3_973, 1_987, 40]);
/// assert_eq!(quotas(ShareRule::Unimax)?, [2_800, 2_800, 400]);
/// # Ok::<(), mashbill::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "recipe-file", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum ShareRule {
    /// In proportion to tokens.
    Natural,
    /// The same for every source that has any.
    Uniform,
    /// In proportion to tokens to the power of one over this ([`temperature`]). Above 0.
    Temperature(f64),
    /// As even as each source's `max_epochs` allows ([`unimax`](super::weights::unimax)). Needs a budget in tokens.
    Unimax,
    /// What is worth the most under [`RepetitionLaw`], if a fresh token of each source is worth what this says (1 for a source that is
    /// not named), within each source's `max_epochs`. Needs a budget in tokens.
    Law(BTreeMap<String, f64>),
}

/// The quotas of an ask that has this rule in place of shares.
pub(crate) fn quotas(rule: &ShareRule, ask: &MixAsk, supplies: &[SourceSupply]) -> Result<Quotas> {
    if !ask.groups.is_empty() {
        return Err(invalid("shares", "are set by a rule and by hand; leave one out"));
    }
    if let Some(supply) = supplies.iter().find(|s| s.weight.is_some()) {
        let problem = "stands beside a rule that sets the shares of all sources; leave one out";
        return Err(invalid(format!("weight of source `{}`", supply.name), problem));
    }
    let weights = weights(rule, ask.budget, supplies)?;
    let mut names: Vec<&str> = Vec::new();
    for supply in supplies {
        if !names.contains(&supply.group.as_str()) {
            names.push(&supply.group);
        }
    }
    let of_group = |name: &str| supplies.iter().zip(&weights).filter(|(s, _)| s.group == name).map(|(_, &w)| w).sum();
    let ratio: Vec<u64> = names.iter().map(|name| of_group(name)).collect();
    let mut ruled = MixAsk { rule: None, ..ask.clone() };
    let mut notes = Vec::new();
    for (name, units) in names.iter().zip(largest_remainder(Share::ONE.units(), &ratio)) {
        let share = Share::told(Share::from_units(units).to_f64());
        ruled.groups.push(GroupAsk { name: (*name).to_owned(), share: share.to_f64() });
        notes.push(Note::Ruled { group: (*name).to_owned(), share });
    }
    let largest = weights.iter().copied().max().unwrap_or(0).max(1) as f64;
    let weigh = |(s, &w): (&SourceSupply, &u64)| s.clone().weight(w as f64 / largest);
    let weighed: Vec<SourceSupply> = supplies.iter().zip(&weights).map(weigh).collect();
    let mut quotas = Quotas::in_ratio(&ruled, &weighed, &ratio)?;
    quotas.notes.splice(0..0, notes);
    Ok(quotas)
}

/// What the sources' shares are in proportion to; the sum is within 64 bits.
fn weights(rule: &ShareRule, budget: Budget, supplies: &[SourceSupply]) -> Result<Vec<u64>> {
    let tokens: Vec<u64> = supplies.iter().map(|s| s.tokens).collect();
    let budget = match budget {
        Budget::Tokens(budget) => Some(budget),
        Budget::Max => None,
    };
    let needs_budget = || invalid("tokens", "this rule for shares needs a number of tokens, not \"max\"");
    match rule {
        ShareRule::Natural => Ok(tokens),
        ShareRule::Uniform => Ok(tokens.iter().map(|&t| u64::from(t > 0)).collect()),
        ShareRule::Temperature(t) if *t > 0.0 => {
            // In units of 1e-15 of the whole: rounded, so that the last digit of a power does not matter.
            Ok(temperature(&tokens, *t).into_iter().map(|share| (share * 1e15).round() as u64).collect())
        }
        ShareRule::Temperature(t) => Err(invalid("temperature", format!("{t} is not above 0"))),
        ShareRule::Unimax => Ok(unimax_by_caps(&caps(supplies), budget.ok_or_else(needs_budget)?)),
        ShareRule::Law(values) => {
            let budget = budget.ok_or_else(needs_budget)?;
            if let Some(name) = values.keys().find(|name| supplies.iter().all(|s| &s.name != *name)) {
                return Err(invalid(format!("value of `{name}`"), "there is no source of that name"));
            }
            let priced = |s: &SourceSupply| Priced {
                tokens: s.tokens,
                value: values.get(&s.name).copied().unwrap_or(1.0),
                max_epochs: s.max_epochs,
            };
            let sources: Vec<Priced> = supplies.iter().map(priced).collect();
            let parts = RepetitionLaw::default().allocate(&sources, budget)?;
            // Whole tokens: the last digits of a logarithm are not the same everywhere.
            Ok(parts.into_iter().map(|part| part.round() as u64).collect())
        }
    }
}

fn caps(supplies: &[SourceSupply]) -> Vec<u64> {
    supplies.iter().map(|s| ((s.tokens as f64 * s.max_epochs.max(0.0)) as u64).saturating_sub(s.used)).collect()
}
