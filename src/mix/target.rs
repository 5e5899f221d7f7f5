//! [`Target`]: what a share is a share of, and the quotas in emitted tokens that it comes to.

use super::apportion::water_fill;
use super::ask::{Budget, MixAsk, Shortage, SourceSupply};
use super::check::{Checked, Group};
use super::infeasible::Infeasible;
use super::quota::{Note, Quotas, infeasible};
use super::rule;
use super::share::Share;
use super::weights::RepetitionLaw;
use crate::error::{Error, Result};
use std::fmt;

/// What the shares of a mix are shares of. They differ as soon as tokens are repeated: of phi-4's tokens (arXiv 2412.08905, table 5) the
/// synthetic row is 40 % of the emitted and 9 % of the unique ones.
///
/// ```
/// use mashbill::mix::{Budget, MixAsk, SourceSupply, Target};
///
/// let supplies = [
///     SourceSupply::new("web", "organic", 900, 9).max_epochs(4.0),
///     SourceSupply::new("textbooks", "synthetic", 100, 1).max_epochs(4.0),
/// ];
/// let ask = MixAsk::new(Budget::Tokens(1_000)).group("organic", 0.8).group("synthetic", 0.2);
/// let quotas = |target| -> mashbill::Result<Vec<u64>> {
///     Ok(ask.clone().target(target).quotas(&supplies)?.sources.iter().map(|s| s.quota).collect())
/// };
/// assert_eq!(quotas(Target::Emitted)?, [800, 200]); // the textbooks twice
/// assert_eq!(quotas(Target::Effective)?, [797, 203]); // a bit more of them, since the second reading teaches less
/// assert_eq!(quotas(Target::Unique)?, [800, 200]); // of 400 and 100 unique ones, all read twice
/// # Ok::<(), mashbill::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "recipe-file", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Target {
    /// Of emitted tokens, copies counted: what training sees.
    #[default]
    Emitted,
    /// Of unique tokens: of each group a part is chosen, as large as the shares allow and as the budget needs, and if that is less than
    /// the budget, all of it is repeated alike.
    Unique,
    /// Of effective tokens: emitted ones, each worth what [`RepetitionLaw`] gives it, so that a group that is repeated has to emit more.
    Effective,
}

impl Target {
    /// Every target by name.
    pub const ALL: [(&'static str, Target); 3] =
        [("emitted", Target::Emitted), ("unique", Target::Unique), ("effective", Target::Effective)];
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Target::Emitted => "emitted",
            Target::Unique => "unique",
            Target::Effective => "effective",
        })
    }
}

/// See [`MixAsk::quotas`].
pub(crate) fn quotas(ask: &MixAsk, supplies: &[SourceSupply]) -> Result<Quotas> {
    let quotas = match (&ask.rule, ask.target) {
        (Some(rule), Target::Emitted) => rule::quotas(rule, ask, supplies)?,
        (Some(_), target) => {
            let problem = format!("a rule sets shares of the emitted tokens, not of the {target} ones");
            return Err(Error::Invalid { what: "target".to_owned(), problem });
        }
        (None, Target::Emitted) => Quotas::new(ask, supplies)?,
        (None, Target::Unique) => unique(ask, supplies)?,
        (None, Target::Effective) => effective(ask, supplies)?,
    };
    floors(ask, &quotas)?;
    Ok(quotas)
}

/// Refuses quotas that leave a group below its floor; a token's rounding is none.
fn floors(ask: &MixAsk, quotas: &Quotas) -> Result<()> {
    for (name, &floor) in &ask.floors {
        let floor = Share::checked(floor)
            .map_err(|problem| Error::Invalid { what: format!("least share of group `{name}`"), problem })?;
        let given = quotas.groups.iter().find(|g| &g.name == name).map_or(0, |g| g.quota);
        if given < floor.of(quotas.budget) {
            let got = given as f64 / quotas.budget.max(1) as f64;
            return Err(Error::Infeasible(format!(
                "group `{name}` comes to {got:.6} of the emitted tokens, and is to have {floor} at least; \
                 raise its share, give it more documents, or lower the limit"
            )));
        }
    }
    Ok(())
}

/// As many unique tokens as the shares allow and the budget needs, then all of them repeated alike.
fn unique(ask: &MixAsk, supplies: &[SourceSupply]) -> Result<Quotas> {
    if supplies.iter().any(|s| s.used > 0) {
        let problem = "shares of unique tokens cannot be continued from an earlier stage".to_owned();
        return Err(Error::Invalid { what: "target".to_owned(), problem });
    }
    // Once through: the pools.
    let once: Vec<SourceSupply> = supplies.iter().map(|s| s.clone().max_epochs(1.0)).collect();
    let mut first = ask.clone().shortage(Shortage::Shrink);
    first.group_epochs.clear();
    if let Budget::Max = ask.budget {
        first.budget = Budget::Tokens(supplies.iter().map(|s| s.tokens).sum::<u64>().max(1));
    }
    let pools = Quotas::new(&first, &once)?;
    // Then the pools are all there is. Their weights are their tokens.
    let pooled = supplies.iter().zip(&pools.sources).map(|(supply, pool)| SourceSupply {
        weight: None,
        tokens: pool.quota,
        docs: if supply.tokens == 0 { 0 } else { scaled(supply.docs, pool.quota, supply.tokens) },
        ..supply.clone()
    });
    let mut quotas = Quotas::new(ask, &pooled.collect::<Vec<_>>())?;
    for (row, supply) in quotas.sources.iter_mut().zip(supplies) {
        row.pool = (row.tokens < supply.tokens).then_some(row.tokens);
        (row.tokens, row.docs) = (supply.tokens, supply.docs);
    }
    Ok(quotas)
}

fn scaled(n: u64, part: u64, whole: u64) -> u64 {
    u64::try_from((u128::from(n) * u128::from(part)).div_ceil(u128::from(whole.max(1)))).unwrap_or(u64::MAX)
}

/// What so many tokens of a group are worth, and back.
struct Worth<'a, 'b> {
    law: RepetitionLaw,
    group: &'b Group<'a>,
    weights: Vec<u64>,
    caps: Vec<u64>,
}

impl<'a, 'b> Worth<'a, 'b> {
    /// `capped`: within what its sources may give; else as if they might give any number.
    fn new(group: &'b Group<'a>, capped: bool) -> Worth<'a, 'b> {
        let weights = group.sources.iter().map(|s| s.weight).collect();
        let caps = group.sources.iter().map(|s| if capped { s.cap } else { u64::MAX >> 16 }).collect();
        Worth { law: RepetitionLaw::default(), group, weights, caps }
    }

    /// Fresh tokens that `emitted` ones are worth; more than the caps allow are worth what the caps are.
    fn of(&self, emitted: u64) -> f64 {
        let parts = water_fill(emitted, &self.weights, &self.caps).unwrap_or_else(|| self.caps.clone());
        let sources = self.group.sources.iter().zip(parts);
        sources.map(|(s, part)| self.law.effective(s.tokens as f64, part as f64)).sum()
    }

    /// The fewest tokens that are worth as much; `None` if `most` are worth less.
    fn tokens_for(&self, worth: f64, most: u64) -> Option<u64> {
        if worth <= 0.0 {
            return Some(0);
        }
        if self.of(most) < worth {
            return None;
        }
        let (mut low, mut high) = (0, most);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.of(middle) >= worth { high = middle } else { low = middle + 1 }
        }
        Some(low)
    }
}

/// Tokens that a group may give beyond the level, so that whole tokens sum to the budget: what 80 halvings leave over is less.
const SPARE: u64 = 4;

/// Tokens of each group (sorted by name) at which their worths have the ratio of the shares and the tokens sum to `budget`; `None` if
/// all that some group may give is worth too little.
fn levelled(checked: &Checked<'_>, budget: u64, capped: bool) -> Option<Vec<u64>> {
    let shared: Vec<(usize, Worth<'_, '_>)> = (0..checked.groups.len())
        .filter(|&g| checked.groups[g].share > Share::ZERO)
        .map(|g| (g, Worth::new(&checked.groups[g], capped)))
        .collect();
    let most = |g: usize| if capped { checked.groups[g].cap().min(budget) } else { budget };
    let tokens = |level: f64| -> Option<Vec<u64>> {
        let mut tokens = vec![0; checked.groups.len()];
        for (g, worth) in &shared {
            tokens[*g] = worth.tokens_for(level * checked.groups[*g].share.to_f64(), most(*g))?;
        }
        Some(tokens)
    };
    let fits =
        |level: f64| tokens(level).filter(|t| t.iter().map(|&t| u128::from(t)).sum::<u128>() <= u128::from(budget));
    // No token is worth more than one, so the level is at most the budget.
    let (mut low, mut high) = (0.0, budget as f64);
    if let Some(level) = fits(high).filter(|level| sum(level) == budget) {
        return Some(level);
    }
    for _ in 0..80 {
        let middle = (low + high) / 2.0;
        if fits(middle).is_some() { low = middle } else { high = middle }
    }
    let mut level = fits(low)?;
    // Whole tokens leave a few over: the first groups that may give more do.
    for (g, _) in &shared {
        let missing = budget - sum(&level);
        level[*g] += missing.min(most(*g) - level[*g]).min(SPARE);
    }
    (sum(&level) == budget).then_some(level)
}

/// The largest budget at which worths have the ratio of the shares within the caps, and its tokens by group.
fn largest(checked: &Checked<'_>) -> Vec<u64> {
    let worths: Vec<Worth<'_, '_>> = checked.groups.iter().map(|g| Worth::new(g, true)).collect();
    let of_cap = |(group, worth): (&Group<'_>, &Worth<'_, '_>)| worth.of(group.cap()) / group.share.to_f64();
    let shared = || checked.groups.iter().zip(&worths).filter(|(g, _)| g.share > Share::ZERO);
    let level = shared().map(of_cap).fold(f64::INFINITY, f64::min);
    let tokens = |(group, worth): (&Group<'_>, &Worth<'_, '_>)| match group.share > Share::ZERO {
        // The binding group gives its cap, whatever the last digit of the level.
        true => worth.tokens_for(level * group.share.to_f64() * (1.0 - 1e-12), group.cap()).unwrap_or(group.cap()),
        false => 0,
    };
    checked.groups.iter().zip(&worths).map(tokens).collect()
}

/// Shares of effective tokens, turned into shares of emitted ones.
fn effective(ask: &MixAsk, supplies: &[SourceSupply]) -> Result<Quotas> {
    if supplies.iter().any(|s| s.used > 0) {
        let problem = "shares of effective tokens cannot be continued from an earlier stage".to_owned();
        return Err(Error::Invalid { what: "target".to_owned(), problem });
    }
    let checked = Checked::new(ask, supplies)?;
    let most = largest(&checked);
    let largest_budget = most.iter().map(|&t| u128::from(t)).sum::<u128>();
    let largest_budget = u64::try_from(largest_budget).unwrap_or(u64::MAX);
    let (budget, tokens) = match ask.budget {
        Budget::Max => (largest_budget, most),
        Budget::Tokens(budget) => match levelled(&checked, budget, true) {
            Some(tokens) => (budget, tokens),
            _ if ask.shortage == Shortage::Shrink && largest_budget > 0 => (largest_budget, most),
            _ => return short_of(ask, supplies, &checked, budget, largest_budget),
        },
    };
    if budget == 0 {
        return Err(Error::Infeasible("no tokens can be had at these effective shares and max_epochs".to_owned()));
    }
    let mut quotas = emitted(ask, supplies, &checked, budget, &tokens)?;
    if let Budget::Tokens(asked) = ask.budget {
        if budget < asked {
            quotas.notes.insert(0, Note::Shrunk { asked, budget });
        }
    }
    Ok(quotas)
}

fn sum(tokens: &[u64]) -> u64 {
    tokens.iter().sum()
}

/// Quotas for emitted tokens in the ratio of `tokens` (of the groups by name), told as what was asked for.
fn emitted(
    ask: &MixAsk,
    supplies: &[SourceSupply],
    checked: &Checked<'_>,
    budget: u64,
    tokens: &[u64],
) -> Result<Quotas> {
    let shares = MixAsk { budget: Budget::Tokens(budget), ..emitted_shares(ask, checked, tokens) };
    let of = |name: &str| checked.groups.iter().zip(tokens).find(|(g, _)| g.name == name).map_or(0, |(_, &t)| t);
    let ratio: Vec<u64> = ask.groups.iter().map(|g| of(&g.name)).collect();
    let mut quotas = Quotas::in_ratio(&shares, supplies, &ratio)?;
    let mut notes = Vec::new();
    for (row, asked) in quotas.groups.iter_mut().zip(&ask.groups) {
        let (asked, emitted) = (Share::from_f64(asked.share)?, row.share.to_f64());
        notes.push(Note::Converted { group: row.name.clone(), asked, emitted, target: Target::Effective });
    }
    quotas.notes.splice(0..0, notes);
    Ok(quotas)
}

/// A budget that the caps do not allow at these effective shares: what each policy makes of it.
fn short_of(
    ask: &MixAsk,
    supplies: &[SourceSupply],
    checked: &Checked<'_>,
    budget: u64,
    largest_budget: u64,
) -> Result<Quotas> {
    let Some(tokens) = levelled(checked, budget, false) else {
        return Err(Error::Infeasible(format!(
            "{budget} tokens cannot have these effective shares, however often sources are repeated: a token read \
             without end is worth {:.2} fresh ones. The largest budget at these max_epochs is {largest_budget}",
            1.0 + RepetitionLaw::default().r_star
        )));
    };
    let shares = emitted_shares(ask, checked, &tokens);
    let why: Infeasible = infeasible(&Checked::new(&shares, supplies)?, budget, largest_budget);
    match ask.shortage {
        Shortage::Repeat => repeated(ask, supplies, budget, &why),
        Shortage::Renormalise if why.available >= budget => emitted(ask, supplies, checked, budget, &tokens),
        _ => Err(Error::Infeasible(format!("effective shares come to other shares of the emitted tokens:\n{why}"))),
    }
}

/// The short groups repeated as little as the budget needs.
fn repeated(ask: &MixAsk, supplies: &[SourceSupply], budget: u64, why: &Infeasible) -> Result<Quotas> {
    let short = |group: &str| why.short.iter().any(|s| s.group == group);
    let lifted = |hundredths: u64| {
        let epochs = hundredths as f64 / 100.0;
        let mut ask = ask.clone();
        ask.group_epochs.iter_mut().filter(|(group, _)| short(group)).for_each(|(_, most)| *most = most.max(epochs));
        let lift = |s: &SourceSupply| match short(&s.group) {
            true => s.clone().max_epochs(s.max_epochs.max(epochs)),
            false => s.clone(),
        };
        (ask, supplies.iter().map(lift).collect::<Vec<_>>())
    };
    let tokens = |hundredths: u64| {
        let (ask, supplies) = lifted(hundredths);
        Checked::new(&ask, &supplies).ok().and_then(|checked| levelled(&checked, budget, true))
    };
    // Far above any use, and a number that every cap can be multiplied by.
    let (mut low, mut high) = (0, 1_000_000_u64);
    if tokens(high).is_none() {
        return Err(Error::Infeasible(why.to_string()));
    }
    while low < high {
        let middle = low + (high - low) / 2;
        if tokens(middle).is_some() { high = middle } else { low = middle + 1 }
    }
    let (lifted_ask, lifted) = lifted(low);
    let checked = Checked::new(&lifted_ask, &lifted)?;
    let tokens = levelled(&checked, budget, true).unwrap_or_default();
    let mut quotas = emitted(&lifted_ask, &lifted, &checked, budget, &tokens)?;
    for (was, is) in supplies.iter().zip(&lifted).filter(|(was, is)| was.max_epochs < is.max_epochs) {
        let (source, max_epochs, lifted_to) = (was.name.clone(), was.max_epochs, is.max_epochs);
        quotas.notes.push(Note::Repeated { source, max_epochs, lifted_to });
    }
    for (group, &max_epochs) in &ask.group_epochs {
        let lifted_to = lifted_ask.group_epochs.get(group).copied().unwrap_or(max_epochs);
        if lifted_to > max_epochs {
            quotas.notes.push(Note::GroupRepeated { group: group.clone(), max_epochs, lifted_to });
        }
    }
    Ok(quotas)
}

fn emitted_shares(ask: &MixAsk, checked: &Checked<'_>, tokens: &[u64]) -> MixAsk {
    let mut shares = ask.clone();
    let total = sum(tokens).max(1) as f64;
    for group in &mut shares.groups {
        let of = checked.groups.iter().zip(tokens).find(|(g, _)| g.name == group.name);
        group.share = of.map_or(0.0, |(_, &tokens)| tokens as f64 / total);
    }
    shares
}
