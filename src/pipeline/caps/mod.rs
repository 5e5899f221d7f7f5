//! A mix under caps: which rows are under a cap that may bind, what they give, and what is left to the others.
//!
//! Of values only those are held that have more tokens than their cap: at most as many as all tokens, as often as they may be repeated,
//! over the smallest cap. Rows, copies and the sums of values are records that go to disk when they are many.

mod rows;
mod sums;

use super::keyed::{Keyed, LeftRows, Supply};
use super::mixing::{MixConfig, Task, run};
use super::sort::{Sequence, Space, record};
use crate::error::{Error, Result};
use crate::mix::{
    Budget, CapDoc, CapHeld, CapLimit, CapLine, CapPlan, CapShort, CapSource, Capped, Capper, DocKey, MixAsk, MixPlan,
    Note, Quotas, Selection, Shortage, SourceSupply,
};
pub(super) use rows::hash_of;
use rows::{CapRows, Lined};
use std::collections::HashMap;
use sums::ValueSums;

/// Times that caps are taken of a little less, where whole documents come to less than the quota.
const TRIES: usize = 8;
/// Times that a budget is reduced to what caps allow.
const SHRINKS: usize = 16;

record! {
    /// A copy of a row under caps.
    Copy { row: u32, source: u32, key: u128, tokens: u64, size: u64, }
}

record! {
    /// A row under caps, and how often it is emitted.
    Held { row: u32, source: u32, key: u128, tokens: u64, size: u64, copies: u32, }
}

/// What is decided: a plan, and the rows that it is of.
#[derive(Debug)]
pub(super) struct Decided {
    pub plan: MixPlan,
    /// The rows that the plan's selections choose from, where those are not all.
    pub free: Option<Sequence<Keyed>>,
    /// The rows beside them.
    pub held: Option<Sequence<Held>>,
}

/// The values of a field in a group that may exceed their caps, numbered.
type Tight = HashMap<(u32, u32, u128), u32>;

impl MixConfig {
    /// Chooses the documents, under caps where there are any.
    ///
    /// # Errors
    /// As [`choose`](MixConfig::choose); [`Error::Infeasible`] where caps rule the mix out.
    pub(super) fn decide(
        &self,
        left: &LeftRows<'_>,
        keyed: &Sequence<Keyed>,
        have: &[Supply],
        space: &Space,
    ) -> Result<Decided> {
        // No source repeats by bucket, where there are caps.
        let supplies = self.supplies(left.sources, have, &[]);
        if self.caps.is_empty() || !self.stages.is_empty() {
            let plan = self.choose(keyed, left.sources, have)?;
            return Ok(Decided { plan, free: None, held: None });
        }
        let rows = CapRows::of(left, keyed, &self.caps, &supplies, space)?;
        let mut ask = self.ask.clone();
        let shrinks = ask.budget == Budget::Max || ask.shortage == Shortage::Shrink;
        for _ in 0..SHRINKS {
            let mut quotas = ask.quotas(&supplies)?;
            if let Budget::Tokens(asked) = self.ask.budget
                && quotas.budget < asked
                && !quotas.notes.iter().any(|note| matches!(note, Note::Shrunk { .. }))
            {
                quotas.notes.push(Note::Shrunk { asked, budget: quotas.budget });
            }
            let attempt = Attempt { config: self, ask: &ask, supplies: &supplies, rows: &rows, space };
            match attempt.decide(keyed, quotas)? {
                Ok(decided) => return Ok(decided),
                Err(refusal) => match refusal.budget().filter(|&budget| shrinks && budget > 0) {
                    Some(budget) => ask.budget = Budget::Tokens(budget),
                    None => return Err(refusal.into()),
                },
            }
        }
        Err(Error::Infeasible("no budget was found that these caps allow".into()))
    }
}

/// Why a budget cannot be had under caps.
enum Refusal {
    Short(CapShort),
    /// The caps allow it, but whole documents under them come to less, and their part of that to less again.
    Whole {
        /// A budget that may do.
        budget: u64,
    },
}

impl Refusal {
    /// A smaller budget that may do.
    fn budget(&self) -> Option<u64> {
        match self {
            Refusal::Short(short) => short.fix.largest_budget,
            Refusal::Whole { budget } => Some(*budget),
        }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Error {
        match refusal {
            Refusal::Short(short) => short.into(),
            Refusal::Whole { budget } => Error::Infeasible(format!(
                "the caps leave no room for whole documents, which under them come to less than the quota, and their part of that to \
                 less again\nany one of these helps:\n  tokens = {budget}, or a little less\n  caps that are a little wider"
            )),
        }
    }
}

/// A mix under caps at one budget.
struct Attempt<'a> {
    config: &'a MixConfig,
    ask: &'a MixAsk,
    supplies: &'a [SourceSupply],
    rows: &'a CapRows<'a>,
    space: &'a Space,
}

/// A walk's end: what is settled, and whose.
struct Settled {
    capped: Capped,
    capper: Capper,
}

impl Attempt<'_> {
    fn decide(&self, keyed: &Sequence<Keyed>, quotas: Quotas) -> Result<Result<Decided, Refusal>> {
        let groups = self.rows.group_quotas(&quotas);
        // Caps are of what is emitted, which whole documents may leave below the quota.
        let mut bases = groups.clone();
        let mut first = groups.clone();
        for attempt in 0..TRIES {
            let sources = self.sources(&quotas);
            let sums = ValueSums::of(self.rows, &sources, self.space)?;
            if let Some(short) = sums.short(self, &quotas, &groups, &bases)? {
                if bases != groups {
                    break;
                }
                return Ok(Err(Refusal::Short(short)));
            }
            let (tight, limits) = sums.tight(&bases)?;
            if tight.is_empty() {
                let plan = self.config.choose_of(keyed, self.supplies, quotas)?;
                return Ok(Ok(Decided { plan, free: None, held: None }));
            }
            let (lined, names) = self.rows.lined(&tight, self.space)?;
            let settled = settle(&lined, &vec![true; limits.len()], groups.clone(), &sources, &limits)?;
            if let Some(short) = sums.together(&settled.capped, &quotas, &limits, &tight, &names)? {
                return Ok(Err(Refusal::Short(short)));
            }
            // A cap that refused no document does not bind, and its documents are as free as any, unless that takes them over it.
            let mut live = settled.capped.closed;
            let (mut decided, tokens) = loop {
                let settled = settle(&lined, &live, groups.clone(), &sources, &limits)?;
                let (decided, tokens) = self.fill(&lined, &live, &settled, quotas.clone())?;
                let over = |at: &usize| tokens[*at] > limits[*at].most && !live[*at];
                let over: Vec<usize> = (0..limits.len()).filter(over).collect();
                if over.is_empty() {
                    break (decided, tokens);
                }
                over.into_iter().for_each(|at| live[at] = true);
            };
            let mut emitted = vec![0; groups.len()];
            for (source, plan) in self.rows.group_of.iter().zip(&decided.plan.sources) {
                emitted[*source as usize] += plan.selection.tokens;
            }
            if attempt == 0 {
                first.clone_from(&emitted);
            }
            let below = |(&base, &emitted): (&u64, &u64)| emitted < base;
            if !bases.iter().zip(&emitted).any(below) {
                decided.plan.caps = Some(self.told(&sums, &tokens, &limits, &tight, &names, &decided)?);
                return Ok(Ok(decided));
            }
            for ((base, emitted), group) in bases.iter_mut().zip(&emitted).zip(&groups) {
                if emitted < base {
                    *base = group.saturating_sub(2 * (group - emitted));
                }
            }
        }
        // As much less again as whole documents took away.
        let less = |(&group, &emitted): (&u64, &u64)| {
            let part = emitted.saturating_sub(group.saturating_sub(emitted));
            (u128::from(quotas.budget) * u128::from(part) / u128::from(group.max(1))) as u64
        };
        let budget = groups.iter().zip(&first).filter(|(group, _)| **group > 0).map(less).min().unwrap_or(0);
        Ok(Err(Refusal::Whole { budget: budget.min(quotas.budget.saturating_sub(1)) }))
    }

    /// The sources as caps see them.
    fn sources(&self, quotas: &Quotas) -> Vec<CapSource> {
        let source = |(quota, &group): (&crate::mix::SourceQuota, &u32)| CapSource {
            group: group as usize,
            quota: quota.quota,
            most: quota.cap,
            copies: u32::try_from(quota.cap.div_ceil(quota.tokens.max(1))).unwrap_or(u32::MAX),
        };
        quotas.sources.iter().zip(&self.rows.group_of).map(source).collect()
    }

    /// Takes the walk that settled it once more, and lets the other documents fill what it leaves. With what comes under every limit.
    fn fill(
        &self,
        lined: &Sequence<Lined>,
        live: &[bool],
        settled: &Settled,
        mut quotas: Quotas,
    ) -> Result<(Decided, Vec<u64>)> {
        let mut under = vec![0; live.len()];
        let copies = self.space.sorter::<Copy>("capped")?;
        let (mut walk, mut buffer) = (settled.capper.walk(), Vec::new());
        let mut free = self.space.sequence::<Keyed>("free")?;
        let mut first = true;
        loop {
            let mut reader = lined.read(0..lined.len())?;
            while let Some(row) = reader.next()? {
                let (doc, taken) = (row.doc(live), walk.take(&row.doc(live)));
                let Lined { key, row: number, source, tokens, size, .. } = row;
                if doc.is_free() {
                    if first {
                        free.push(Keyed { key, row: number, source, tokens, size, score: super::keyed::NO_SCORE })?;
                    }
                } else if taken {
                    row.add_to(&mut under, 1);
                    buffer.push(Copy { row: number, source, key, tokens, size });
                    if buffer.len() == super::keyed::CHUNK {
                        copies.push(&mut buffer)?;
                    }
                }
            }
            first = false;
            if !walk.end_pass() {
                break;
            }
        }
        copies.push(&mut buffer)?;
        let free = free.finish()?;
        let (held, sums) = self.held(copies.finish()?)?;
        let mut tasks: Vec<Task> = Vec::new();
        for (at, (&quota, &held)) in settled.capped.quotas.iter().zip(&settled.capped.held).enumerate() {
            tasks.push(Task::new(at, quota - held));
        }
        run(&free, &mut tasks)?;
        let mut selections = vec![Selection::default(); tasks.len()];
        for task in tasks {
            let (mut selection, held) = (task.selector.finish(), &sums[task.source]);
            selection.tokens += held.tokens;
            selection.docs += held.docs;
            selection.unique_tokens += held.unique_tokens;
            selections[task.source] = selection;
        }
        for (source, &quota) in quotas.sources.iter_mut().zip(&settled.capped.quotas) {
            if source.quota != quota {
                quotas.notes.push(Note::Moved { source: source.name.clone(), asked: source.quota, quota });
                source.quota = quota;
            }
        }
        let mut plan = MixPlan::new(quotas, selections)?;
        let mut reader = lined.read(0..lined.len())?;
        while let Some(row) = reader.next()? {
            if row.doc(live).is_free() {
                row.add_to(&mut under, u64::from(plan.copies(row.source as usize, DocKey(row.key))));
            }
        }
        plan.caps = Some(CapPlan { limits: Vec::new(), sources: sums });
        Ok((Decided { plan, free: Some(free), held: Some(held) }, under))
    }

    /// Rows from copies, and what each source gives of them.
    fn held(&self, mut copies: super::sort::Sorted<Copy>) -> Result<(Sequence<Held>, Vec<CapHeld>)> {
        let held = |supply: &SourceSupply| CapHeld { source: supply.name.clone(), ..CapHeld::default() };
        let mut sums: Vec<CapHeld> = self.supplies.iter().map(held).collect();
        let mut rows = self.space.sequence::<Held>("held")?;
        let mut last: Option<Held> = None;
        while let Some(Copy { row, source, key, tokens, size }) = copies.next()? {
            let sum = &mut sums[source as usize];
            (sum.tokens, sum.docs) = (sum.tokens + tokens, sum.docs + 1);
            match &mut last {
                Some(last) if last.row == row => last.copies += 1,
                _ => {
                    sum.unique_tokens += tokens;
                    last.replace(Held { row, source, key, tokens, size, copies: 1 })
                        .map_or(Ok(()), |row| rows.push(row))?;
                }
            }
        }
        last.map_or(Ok(()), |row| rows.push(row))?;
        Ok((rows.finish()?, sums))
    }

    /// What the plan tells of the caps.
    fn told(
        &self,
        sums: &ValueSums<'_>,
        tokens: &[u64],
        limits: &[CapLimit],
        tight: &Tight,
        names: &[Option<String>],
        decided: &Decided,
    ) -> Result<CapPlan> {
        let unique = sums.unique(tight)?;
        let mut lines = Vec::with_capacity(limits.len());
        for (&(group, field, hash), &number) in tight {
            let at = number as usize - 1;
            lines.push(CapLine {
                group: self.rows.groups[group as usize].clone(),
                field: self.rows.field_name(field).to_owned(),
                value: names.get(at).cloned().flatten().unwrap_or_default(),
                cap: self.rows.cap(field, hash).unwrap_or(crate::mix::Share::ONE),
                most: limits[at].most,
                available: unique.get(&number).copied().unwrap_or(0),
                tokens: tokens[at],
            });
        }
        lines.sort_by(|a, b| (&a.group, &a.field, &a.value).cmp(&(&b.group, &b.field, &b.value)));
        let sources = decided.plan.caps.as_ref().map(|caps| caps.sources.clone()).unwrap_or_default();
        Ok(CapPlan { limits: lines, sources })
    }
}

/// Walks until what capped documents give is settled.
fn settle(
    lined: &Sequence<Lined>,
    live: &[bool],
    groups: Vec<u64>,
    sources: &[CapSource],
    limits: &[CapLimit],
) -> Result<Settled> {
    let mut capper = Capper::new(groups, sources.to_vec(), limits.to_vec());
    loop {
        let before = capper.clone();
        let mut walk = capper.walk();
        loop {
            let mut reader = lined.read(0..lined.len())?;
            while let Some(row) = reader.next()? {
                walk.take(&row.doc(live));
            }
            if !walk.end_pass() {
                break;
            }
        }
        if let Some(capped) = capper.end(walk) {
            return Ok(Settled { capped, capper: before });
        }
    }
}

impl Lined {
    /// The document under those of its limits that are live.
    fn doc(&self, live: &[bool]) -> CapDoc {
        let is_live = |limit: u32| limit > 0 && live.get(limit as usize - 1).copied().unwrap_or(false);
        let limits = self.limits().map(|limit| if is_live(limit) { limit } else { 0 });
        CapDoc { source: self.source as usize, tokens: self.tokens, limits }
    }

    fn limits(&self) -> [u32; 4] {
        [self.kind, self.generator, self.template, self.round]
    }

    /// Adds so many copies to what comes under the limits.
    fn add_to(&self, under: &mut [u64], copies: u64) {
        for limit in self.limits().into_iter().filter(|&limit| limit > 0) {
            if let Some(sum) = under.get_mut(limit as usize - 1) {
                *sum += copies * self.tokens;
            }
        }
    }
}
