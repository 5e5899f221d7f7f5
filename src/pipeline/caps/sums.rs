//! The tokens of every value: which can exceed its cap, and what there is under the caps of a field.

use super::super::sort::{Sequence, Space, record};
use super::rows::{CapRows, hash_of};
use super::{Attempt, Tight};
use crate::error::Result;
use crate::mix::{Budget, CapFix, CapLimit, CapShort, CapSource, Capped, MixAsk, Quotas, Share, ShortCap};
use std::collections::HashMap;

/// Values that a row group sums up before it hands them over.
const TOGETHER: usize = 1 << 14;
/// Caps that an error names.
const SHOWN: usize = 3;
/// A cap that would do is told in steps of this: 0.0001.
const STEPS: u64 = 10_000;

record! {
    /// Tokens of a value in some rows.
    Part { group: u32, field: u32, value: u128, available: u64, unique: u64, }
}

/// The tokens of every value of the capped fields, each group by itself.
pub(super) struct ValueSums<'a> {
    rows: &'a CapRows<'a>,
    sums: Sequence<Part>,
    /// By group: all tokens, as often as they may be emitted.
    available: Vec<u128>,
}

impl<'a> ValueSums<'a> {
    pub fn of(rows: &'a CapRows<'a>, sources: &[CapSource], space: &Space) -> Result<ValueSums<'a>> {
        let sorter = space.sorter::<Part>("values")?;
        let totals = std::sync::Mutex::new(vec![0_u128; rows.groups.len()]);
        let flush = |sums: &mut HashMap<(u32, u32, u128), (u64, u64)>| {
            let part = |((group, field, value), (available, unique))| Part { group, field, value, available, unique };
            sorter.push(&mut sums.drain().map(part).collect())
        };
        rows.map(
            || (HashMap::new(), vec![0_u128; rows.groups.len()]),
            |(sums, totals), row, values| {
                let Some(source) = sources.get(row.source as usize) else { return Ok(()) };
                // A source that is left out has nothing to give.
                let copies = if source.quota == 0 { 0 } else { u64::from(source.copies) };
                let available = row.tokens.saturating_mul(copies);
                totals[source.group] += u128::from(available);
                for (field, value) in values.iter().enumerate() {
                    let Some(value) = value else { continue };
                    let sum: &mut (u64, u64) =
                        sums.entry((source.group as u32, field as u32, hash_of(value))).or_default();
                    *sum = (sum.0.saturating_add(available), sum.1.saturating_add(row.tokens));
                }
                if sums.len() < TOGETHER { Ok(()) } else { flush(sums) }
            },
            |(mut sums, part)| {
                let mut totals = totals.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                totals.iter_mut().zip(part).for_each(|(total, part)| *total += part);
                drop(totals);
                flush(&mut sums)
            },
        )?;
        let mut sorted = sorter.finish()?;
        let mut sums = space.sequence::<Part>("sums")?;
        let mut last: Option<Part> = None;
        while let Some(part) = sorted.next()? {
            match &mut last {
                Some(last) if (last.group, last.field, last.value) == (part.group, part.field, part.value) => {
                    last.available = last.available.saturating_add(part.available);
                    last.unique = last.unique.saturating_add(part.unique);
                }
                _ => last.replace(part).map_or(Ok(()), |sum| sums.push(sum))?,
            }
        }
        last.map_or(Ok(()), |sum| sums.push(sum))?;
        let available = totals.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        Ok(ValueSums { rows, sums: sums.finish()?, available })
    }

    fn each(&self, each: &mut dyn FnMut(&Part)) -> Result<()> {
        let mut reader = self.sums.read(0..self.sums.len())?;
        while let Some(part) = reader.next()? {
            each(&part);
        }
        Ok(())
    }

    /// The values that have more than their caps allow of so many tokens, numbered from 1, and what they may give.
    pub fn tight(&self, bases: &[u64]) -> Result<(Tight, Vec<CapLimit>)> {
        let (mut tight, mut limits) = (Tight::new(), Vec::new());
        self.each(&mut |part| {
            let &Part { group, field, value, available, .. } = part;
            let Some(cap) = self.rows.cap(field, value) else { return };
            let most = cap.of(bases[group as usize]);
            if available > most {
                limits.push(CapLimit { group: group as usize, most });
                tight.insert((group, field, value), limits.len() as u32);
            }
        })?;
        Ok((tight, limits))
    }

    /// Unique tokens of the values of limits, by their numbers.
    pub fn unique(&self, tight: &Tight) -> Result<HashMap<u32, u64>> {
        let mut unique = HashMap::with_capacity(tight.len());
        self.each(&mut |part| {
            if let Some(&number) = tight.get(&(part.group, part.field, part.value)) {
                unique.insert(number, part.unique);
            }
        })?;
        Ok(unique)
    }

    /// What a group can give under the caps of one field, if they are of so many tokens; with another default, if there is one.
    fn under(&self, group: u32, field: u32, base: u64, default: Option<Share>) -> Result<u128> {
        let mut sum = self.available[group as usize];
        self.each(&mut |part| {
            if (part.group, part.field) != (group, field) {
                return;
            }
            let cap = match default.filter(|_| self.rows.is_default(field, part.value)) {
                Some(default) => Some(default),
                None => self.rows.cap(field, part.value),
            };
            if let Some(cap) = cap {
                sum -= u128::from(part.available.saturating_sub(cap.of(base)));
            }
        })?;
        Ok(sum)
    }

    /// Why the caps of one field alone rule a group's quota out, if they do.
    pub fn short(
        &self,
        attempt: &Attempt<'_>,
        quotas: &Quotas,
        groups: &[u64],
        bases: &[u64],
    ) -> Result<Option<CapShort>> {
        for (group, (&asked, &base)) in groups.iter().zip(bases).enumerate() {
            for field in self.rows.fields() {
                let available = self.under(group as u32, field, base, None)?;
                if available < u128::from(asked) {
                    let available = available as u64;
                    return self.explain(attempt, quotas, (group as u32, field), asked, available).map(Some);
                }
            }
        }
        Ok(None)
    }

    fn explain(
        &self,
        attempt: &Attempt<'_>,
        quotas: &Quotas,
        (group, field): (u32, u32),
        asked: u64,
        available: u64,
    ) -> Result<CapShort> {
        // The values that lose most, by what they lose.
        let (mut worst, mut binding) = (Vec::<(u64, Part, Share)>::new(), 0);
        self.each(&mut |part| {
            let cap = self.rows.cap(field, part.value).filter(|_| (part.group, part.field) == (group, field));
            let Some((cap, lost)) = cap.map(|cap| (cap, part.available.saturating_sub(cap.of(asked)))) else { return };
            if lost > 0 {
                binding += 1;
                worst.push((lost, *part, cap));
                worst.sort_by_key(|(lost, part, _)| (std::cmp::Reverse(*lost), part.value));
                worst.truncate(SHOWN);
            }
        })?;
        let tight: Tight =
            (1..).zip(&worst).map(|(number, (_, part, _))| ((group, field, part.value), number)).collect();
        let names = self.rows.names(&tight)?;
        let short_cap = |((_, part, cap), name): (&(u64, Part, Share), &Option<String>)| ShortCap {
            field: self.rows.field_name(field).to_owned(),
            value: name.clone().unwrap_or_default(),
            cap: *cap,
            most: cap.of(asked),
            available: part.available,
        };
        let lack = asked - available;
        let largest = largest(|tokens| Ok(self.under(group, field, tokens, None)? >= u128::from(tokens)), asked)?;
        let cap = worst.first().filter(|(lost, ..)| *lost >= lack).map(|(_, _, cap)| {
            let wanted = (u128::from(cap.of(asked) + lack) * u128::from(STEPS)).div_ceil(u128::from(asked.max(1)));
            wanted as f64 / STEPS as f64
        });
        Ok(CapShort {
            group: self.rows.groups[group as usize].clone(),
            asked,
            available,
            field: Some(self.rows.field_name(field).to_owned()),
            caps: worst.iter().zip(&names).map(short_cap).collect(),
            binding,
            fix: CapFix {
                largest: Some(largest),
                largest_budget: budget_for(attempt, quotas, group, largest, asked)?,
                cap: cap.filter(|&cap| cap <= 1.0),
                default: self.sufficient_default(group, field, asked)?,
            },
        })
    }

    /// The smallest default, in steps, under which there is enough.
    fn sufficient_default(&self, group: u32, field: u32, asked: u64) -> Result<Option<f64>> {
        if self.rows.default_of(field).is_none() {
            return Ok(None);
        }
        let does = |steps: u64| -> Result<bool> {
            let default = Share::from_f64(steps as f64 / STEPS as f64)?;
            Ok(self.under(group, field, asked, Some(default))? >= u128::from(asked))
        };
        if !does(STEPS)? {
            return Ok(None);
        }
        let (mut low, mut high) = (0, STEPS);
        while low < high {
            let middle = low + (high - low) / 2;
            if does(middle)? { high = middle } else { low = middle + 1 }
        }
        Ok(Some(high as f64 / STEPS as f64))
    }

    /// What the caps of several fields leave of a group in hash order, if that is too little for other reasons than the lengths of documents.
    pub fn together(
        &self,
        capped: &Capped,
        quotas: &Quotas,
        limits: &[CapLimit],
        tight: &Tight,
        names: &[Option<String>],
    ) -> Result<Option<CapShort>> {
        let Some(group) = (0..capped.lack.len()).find(|&group| capped.lack[group] > capped.slack[group]) else {
            return Ok(None);
        };
        let mut available = HashMap::new();
        self.each(&mut |part| {
            if let Some(&number) = tight.get(&(part.group, part.field, part.value)) {
                available.insert(number, part.available);
            }
        })?;
        let asked = self.rows.group_quotas(quotas).get(group).copied().unwrap_or_default();
        let mut caps: Vec<(u128, ShortCap)> = Vec::new();
        for (&(of, field, value), &number) in tight {
            let at = number as usize - 1;
            if of as usize == group && capped.closed[at] {
                let name = names.get(at).cloned().flatten().unwrap_or_default();
                let (cap, most) = (self.rows.cap(field, value).unwrap_or(Share::ONE), limits[at].most);
                let field = self.rows.field_name(field).to_owned();
                let available = available.get(&number).copied().unwrap_or(most);
                caps.push((value, ShortCap { field, value: name, cap, most, available }));
            }
        }
        caps.sort_by_key(|(value, cap)| (std::cmp::Reverse(cap.most), cap.field.clone(), *value));
        let binding = caps.len();
        Ok(Some(CapShort {
            group: self.rows.groups[group].clone(),
            asked,
            available: asked - capped.lack[group],
            field: None,
            caps: caps.into_iter().take(SHOWN).map(|(_, cap)| cap).collect(),
            binding,
            fix: CapFix::default(),
        }))
    }
}

/// The largest number of which it holds, below one of which it does not.
fn largest(holds: impl Fn(u64) -> Result<bool>, too_many: u64) -> Result<u64> {
    let (mut low, mut high) = (0, too_many);
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if holds(middle)? { low = middle } else { high = middle }
    }
    Ok(low)
}

/// The budget at which a group gives so many tokens; shares stay as they are.
fn budget_for(attempt: &Attempt<'_>, quotas: &Quotas, group: u32, tokens: u64, asked: u64) -> Result<Option<u64>> {
    let mut budget = (u128::from(quotas.budget) * u128::from(tokens) / u128::from(asked.max(1))) as u64;
    // Rounding of shares may make a token more of it.
    for _ in 0..4 {
        if budget == 0 {
            break;
        }
        let ask = MixAsk { budget: Budget::Tokens(budget), ..attempt.ask.clone() };
        let Ok(quotas) = ask.quotas(attempt.supplies) else { return Ok(None) };
        if attempt.rows.group_quotas(&quotas).get(group as usize).is_some_and(|&quota| quota <= tokens) {
            return Ok(Some(budget));
        }
        budget -= 1;
    }
    Ok(None)
}
