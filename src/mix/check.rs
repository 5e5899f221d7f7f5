//! An ask and its supplies, checked and in integers: sorted by name, so that nothing after this can hang on their order.

use super::ask::{MixAsk, SourceSupply};
use super::quota::GroupQuota;
use super::share::{Share, decimal, sum_to_one};
use crate::error::{Error, Result, nearest};

/// Decimal places of `max_epochs`; with at most 1e9 epochs, cap = epochs × tokens fits `u128`.
const EPOCH_PLACES: u32 = 9;

/// The most epochs that may be asked for. Far above any use: Olmo 3 caps at 4 to 7, SmolLM2 at about 5,
/// RegMix's configuration at 15.
const MOST_EPOCHS: f64 = 1e9;

/// Digits that weights keep, counted from the first digit of the largest weight of a group; as many as an `f64` has and
/// few enough that weight × tokens fits `u128`.
const WEIGHT_DIGITS: u32 = 18;

pub(crate) struct Checked<'a> {
    /// Sorted by name.
    pub(crate) groups: Vec<Group<'a>>,
    /// The sum of the shares in their unit, mostly 10⁻¹⁸: what a share is divided by.
    pub(crate) sum: u128,
}

pub(crate) struct Group<'a> {
    pub(crate) name: &'a str,
    /// Its position in the ask.
    index: usize,
    pub(crate) share: Share,
    /// How often its tokens may be emitted at most, on average over its sources.
    pub(crate) max_epochs: Option<f64>,
    /// That many times the tokens of its sources, cut off at `u64::MAX`; `u64::MAX` too without a limit.
    pub(crate) limit: u64,
    /// Sorted by name.
    pub(crate) sources: Vec<Source<'a>>,
}

pub(crate) struct Source<'a> {
    pub(crate) name: &'a str,
    /// Its position among the supplies.
    pub(crate) index: usize,
    pub(crate) tokens: u64,
    /// Tokens that earlier stages emitted.
    used: u64,
    pub(crate) max_epochs: f64,
    /// Its weight in units common to its group.
    pub(crate) weight: u64,
    /// The most tokens it may give.
    pub(crate) cap: u64,
}

impl<'a> Checked<'a> {
    /// Every rule that an ask must keep, but for feasibility.
    pub(crate) fn new(ask: &'a MixAsk, supplies: &'a [SourceSupply]) -> Result<Checked<'a>> {
        if ask.budget == super::ask::Budget::Tokens(0) {
            return Err(invalid("tokens", "0 tokens is no mix; ask for at least one"));
        }
        let mut groups = Vec::with_capacity(ask.groups.len());
        for (index, group) in ask.groups.iter().enumerate() {
            let share = Share::checked(group.share)
                .map_err(|problem| invalid(format!("share of group `{}`", group.name), problem))?;
            let max_epochs = ask.group_epochs.get(&group.name).copied();
            groups.push(Group { name: &group.name, index, share, max_epochs, limit: u64::MAX, sources: Vec::new() });
        }
        let known = |name: &str| ask.groups.iter().any(|g| g.name == name);
        if let Some(name) = ask.group_epochs.keys().chain(ask.floors.keys()).find(|name| !known(name)) {
            let near = nearest(name, ask.groups.iter().map(|g| g.name.as_str()));
            let near = near.map(|n| format!(" (did you mean `{n}`?)")).unwrap_or_default();
            return Err(invalid(format!("group `{name}`"), format!("has a limit but no share{near}")));
        }
        let sum = sum_to_one(groups.iter().map(|g| g.share))?;
        groups.sort_by_key(|g| g.name);
        if let Some(pair) = groups.windows(2).find(|pair| pair[0].name == pair[1].name) {
            return Err(invalid(format!("share of group `{}`", pair[0].name), "is given twice"));
        }
        let mut checked = Checked { groups, sum };
        checked.place(supplies)?;
        for group in &mut checked.groups {
            group.weigh(supplies)?;
        }
        Ok(checked)
    }

    /// Puts every source into its group.
    fn place(&mut self, supplies: &'a [SourceSupply]) -> Result<()> {
        let mut order: Vec<usize> = (0..supplies.len()).collect();
        order.sort_by_key(|&i| &supplies[i].name);
        if let Some(pair) = order.windows(2).find(|pair| supplies[pair[0]].name == supplies[pair[1]].name) {
            return Err(invalid(format!("source `{}`", supplies[pair[0]].name), "is given twice"));
        }
        let total: u128 = supplies.iter().map(|s| u128::from(s.tokens)).sum();
        if total > u128::from(u64::MAX) {
            return Err(invalid("sources", format!("hold {total} tokens, more than 64 bits count")));
        }
        for index in order {
            let supply = &supplies[index];
            let Ok(at) = self.groups.binary_search_by_key(&supply.group.as_str(), |g| g.name) else {
                return Err(self.shareless(supplies, &supply.group));
            };
            let cap = cap(supply)?;
            let SourceSupply { tokens, max_epochs, used, .. } = *supply;
            self.groups[at].sources.push(Source {
                name: &supply.name,
                index,
                tokens,
                used,
                max_epochs,
                weight: 0,
                cap,
            });
        }
        Ok(())
    }

    /// The error for a group that has sources but no share.
    fn shareless(&self, supplies: &[SourceSupply], group: &str) -> Error {
        let mut sources: Vec<String> =
            supplies.iter().filter(|s| s.group == group).map(|s| format!("`{}`", s.name)).collect();
        sources.sort();
        let near = nearest(group, self.groups.iter().map(|g| g.name));
        let near = near.map(|n| format!(" (did you mean `{n}`?)")).unwrap_or_default();
        let problem = format!("has sources ({}) but no share{near}; write 0 to leave it out", sources.join(", "));
        invalid(format!("group `{group}`"), problem)
    }

    /// The largest budget of which every group's exact share is within its cap.
    pub(crate) fn largest_budget(&self) -> u64 {
        let shared = self.groups.iter().filter(|g| g.share > Share::ZERO);
        let most = shared.map(|g| u128::from(g.cap()) * self.sum / u128::from(g.share.units())).min();
        most.map_or(0, |most| u64::try_from(most).unwrap_or(u64::MAX))
    }

    /// The group's exact share of `budget`, rounded up. A cap is whole, so this is within it exactly if the fraction is.
    pub(crate) fn need(&self, group: &Group<'_>, budget: u64) -> u128 {
        (u128::from(budget) * u128::from(group.share.units())).div_ceil(self.sum)
    }

    /// Shares in whole numbers, in the order of the ask: a ratio of tokens, which no decimal fraction need hit.
    pub(crate) fn set_ratio(&mut self, ratio: &[u64]) {
        for group in &mut self.groups {
            group.share = Share::ratio(ratio.get(group.index).copied().unwrap_or(0));
        }
        self.sum = self.groups.iter().map(|g| u128::from(g.share.units())).sum();
    }

    /// Rows made in the order of `groups`, in the order of the ask.
    pub(crate) fn in_ask_order(&self, rows: Vec<GroupQuota>) -> Vec<GroupQuota> {
        let mut rows: Vec<(usize, GroupQuota)> = self.groups.iter().map(|g| g.index).zip(rows).collect();
        rows.sort_by_key(|&(index, _)| index);
        rows.into_iter().map(|(_, row)| row).collect()
    }
}

impl Group<'_> {
    /// What its sources may give together; those of weight 0 give nothing. Cut off at `u64::MAX`, which no budget exceeds.
    pub(crate) fn cap(&self) -> u64 {
        let used = self.sources.iter().filter(|s| s.weight > 0);
        u64::try_from(used.map(|s| u128::from(s.cap)).sum::<u128>()).unwrap_or(u64::MAX).min(self.limit)
    }

    /// Whether its own limit, and not those of its sources, is what binds.
    pub(crate) fn limited(&self) -> bool {
        self.limit < u64::MAX && self.cap() == self.limit
    }

    /// Sets the weights of the sources, and refuses a share that nothing could meet under any policy.
    fn weigh(&mut self, supplies: &[SourceSupply]) -> Result<()> {
        let given = self.sources.iter().filter_map(|s| supplies[s.index].weight.map(|w| (s.name, w)));
        let given: Vec<(&str, f64)> = given.collect();
        if given.is_empty() {
            for source in &mut self.sources {
                source.weight = source.tokens;
            }
        } else if given.len() == self.sources.len() {
            let weights = align(&given)?;
            for (source, weight) in self.sources.iter_mut().zip(weights) {
                source.weight = weight;
            }
        } else {
            let without = self.sources.iter().filter(|s| supplies[s.index].weight.is_none());
            let without: Vec<String> = without.map(|s| format!("`{}`", s.name)).collect();
            let problem = format!("some sources have a weight, but not {}; give all or none", without.join(", "));
            return Err(invalid(format!("group `{}`", self.name), problem));
        }
        self.limit = match self.max_epochs {
            Some(epochs) => self.limit_of(epochs)?,
            None => u64::MAX,
        };
        self.refuse_empty()
    }

    /// What the group may give at so many epochs, less what earlier stages gave.
    fn limit_of(&self, epochs: f64) -> Result<u64> {
        let (tokens, used) = self.tokens_and_used();
        let units =
            epoch_units(epochs).map_err(|problem| invalid(format!("max_epochs of group `{}`", self.name), problem))?;
        // With at most 1e9 epochs of fewer than 2^64 tokens this fits.
        let most = units * tokens / 10_u128.pow(EPOCH_PLACES);
        Ok(u64::try_from(most.saturating_sub(used)).unwrap_or(u64::MAX))
    }

    /// Of its sources that have a weight.
    fn tokens_and_used(&self) -> (u128, u128) {
        let used = self.sources.iter().filter(|s| s.weight > 0);
        used.fold((0, 0), |(tokens, used), s| (tokens + u128::from(s.tokens), used + u128::from(s.used)))
    }

    /// Its own limit if it may be used at least `hundredths`/100 times.
    pub(crate) fn limit_at(&self, hundredths: u128) -> u64 {
        let (tokens, used) = self.tokens_and_used();
        let lifted = (hundredths.saturating_mul(tokens) / 100).saturating_sub(used);
        self.limit.max(u64::try_from(lifted).unwrap_or(u64::MAX))
    }

    fn refuse_empty(&self) -> Result<()> {
        if self.share == Share::ZERO {
            return Ok(());
        }
        let (group, share) = (self.name, self.share);
        if self.sources.is_empty() {
            return Err(invalid(format!("group `{group}`"), format!("is asked for {share} but has no source")));
        }
        let used = || self.sources.iter().filter(|s| s.tokens > 0);
        if used().next().is_none() {
            let problem = format!("group `{group}` is asked for {share}, but its sources have no tokens left");
            return Err(Error::Infeasible(problem));
        }
        if used().all(|s| s.weight == 0) {
            let problem = format!("is asked for {share}, but every source with tokens has weight 0");
            return Err(invalid(format!("group `{group}`"), problem));
        }
        Ok(())
    }

    /// The least k such that the sources give `tokens` if each may be used k/100 times (or as often as it may already).
    pub(crate) fn sufficient_hundredths(&self, tokens: u64) -> u128 {
        let used = || self.sources.iter().filter(|s| s.weight > 0);
        let gives = |k: u128| {
            let sources = used().map(|s| u128::from(s.cap_at(k))).sum::<u128>();
            sources.min(u128::from(self.limit_at(k))) >= u128::from(tokens)
        };
        let (unique, emitted) = self.tokens_and_used();
        // Rounding down costs each source less than a token, so this many suffice.
        let spare = u128::from(tokens) + emitted + used().count() as u128;
        let (mut low, mut high) = (0, (spare * 100).div_ceil(unique.max(1)));
        while low < high {
            let middle = (low + high) / 2;
            if gives(middle) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        low
    }
}

impl Source<'_> {
    /// The cap if the source may be used at least `hundredths`/100 times.
    pub(crate) fn cap_at(&self, hundredths: u128) -> u64 {
        let lifted = (hundredths.saturating_mul(u128::from(self.tokens)) / 100).saturating_sub(u128::from(self.used));
        self.cap.max(u64::try_from(lifted).unwrap_or(u64::MAX))
    }
}

/// Unique tokens times `max_epochs` (as the decimal that was written), rounded down, less what earlier stages emitted.
fn cap(supply: &SourceSupply) -> Result<u64> {
    let wrong = |problem| invalid(format!("max_epochs of source `{}`", supply.name), problem);
    let units = epoch_units(supply.max_epochs).map_err(wrong)?;
    let most = units * u128::from(supply.tokens) / 10_u128.pow(EPOCH_PLACES);
    Ok(u64::try_from(most.saturating_sub(u128::from(supply.used))).unwrap_or(u64::MAX))
}

/// Epochs in units of 10^-[`EPOCH_PLACES`].
fn epoch_units(epochs: f64) -> std::result::Result<u128, String> {
    if !(epochs > 0.0 && epochs <= MOST_EPOCHS) {
        return Err(format!("{epochs} is not above 0 and at most {MOST_EPOCHS}"));
    }
    Ok(decimal(epochs, EPOCH_PLACES).unwrap_or(0))
}

/// Weights as whole numbers of a common unit, so chosen that the largest has [`WEIGHT_DIGITS`] digits.
fn align(weights: &[(&str, f64)]) -> Result<Vec<u64>> {
    let wrong = |name: &str, problem: String| invalid(format!("weight of source `{name}`"), problem);
    let mut whole_digits = 0;
    for &(name, weight) in weights {
        // Two thirds of the digits before the point leave a third behind it; more than that is no weight but a count.
        let whole = decimal(weight, 0).filter(|&w| w < 10_u128.pow(WEIGHT_DIGITS * 2 / 3));
        let whole = whole.ok_or_else(|| wrong(name, format!("{weight} is not between 0 and 1e12")))?;
        whole_digits = whole_digits.max(whole.checked_ilog10().map_or(0, |log| log + 1));
    }
    let places = WEIGHT_DIGITS - whole_digits;
    let mut units = Vec::with_capacity(weights.len());
    for &(name, weight) in weights {
        let unit = decimal(weight, places).and_then(|u| u64::try_from(u).ok()).unwrap_or(u64::MAX);
        if unit == 0 && weight > 0.0 {
            return Err(wrong(name, format!("{weight:e} vanishes beside the others; write 0 to leave it out")));
        }
        units.push(unit);
    }
    Ok(units)
}

pub(crate) fn invalid(what: impl Into<String>, problem: impl Into<String>) -> Error {
    Error::Invalid { what: what.into(), problem: problem.into() }
}
