//! What was seen of a source's rows under a plan.

use super::SweepAsk;
use super::plan::{Decision, Plan};
use crate::pipeline::evidence_file::EvidenceBatch;
use crate::report::{RuleEffect, RulePair, Setting, Size, SourceSweep, Swept};
use std::collections::HashMap;

/// Rows counted, with bytes and tokens as far as all of them are known.
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    rows: u64,
    bytes: (u64, u64),
    tokens: (u64, u64),
}

impl Sum {
    fn add(&mut self, bytes: Option<u64>, tokens: Option<u64>) {
        self.rows += 1;
        for (sum, value) in [(&mut self.bytes, bytes), (&mut self.tokens, tokens)] {
            sum.0 += value.unwrap_or(0);
            sum.1 += u64::from(value.is_some());
        }
    }

    fn merge(&mut self, other: &Sum) {
        self.rows += other.rows;
        for (sum, more) in [(&mut self.bytes, other.bytes), (&mut self.tokens, other.tokens)] {
            sum.0 += more.0;
            sum.1 += more.1;
        }
    }

    fn size(&self) -> Size {
        let whole = |(sum, known): (u64, u64)| (known == self.rows).then_some(sum);
        Size { rows: self.rows, bytes: whole(self.bytes), tokens: whole(self.tokens) }
    }
}

/// What was seen of some rows. Merging is associative and commutative.
pub(super) struct Counts {
    judged: Sum,
    unjudged: u64,
    kept: Sum,
    /// By ask and value.
    alone: Vec<Vec<Sum>>,
    combined: Vec<Sum>,
    /// By rule: rows failing it, rows of which it is the first.
    failing: Vec<[u64; 2]>,
    only: Vec<Sum>,
    /// Rows that fail both rules, and those of them that fail no third.
    pairs: HashMap<(usize, usize), [u64; 2]>,
}

impl Counts {
    pub(super) fn new(plan: &Plan<'_>) -> Counts {
        let rules = plan.rules.len();
        Counts {
            judged: Sum::default(),
            unjudged: 0,
            kept: Sum::default(),
            alone: plan.asks.iter().map(|(_, ask)| vec![Sum::default(); ask.values.len()]).collect(),
            combined: vec![Sum::default(); plan.combinations.len()],
            failing: vec![[0; 2]; rules],
            only: vec![Sum::default(); rules],
            pairs: HashMap::new(),
        }
    }

    pub(super) fn add(&mut self, plan: &Plan<'_>, batch: &EvidenceBatch) {
        let mut failed = Vec::new();
        for row in 0..batch.rows() {
            if !batch.judged(row) {
                self.unjudged += 1;
                continue;
            }
            failed.clear();
            let passes = |&(column, decision): &(usize, Decision)| decision.passes(batch.value(column, row));
            failed.extend((0..plan.rules.len()).filter(|&rule| !passes(&plan.rules[rule])));
            let (bytes, tokens) = (batch.bytes(row), batch.tokens(row));
            self.judged.add(bytes, tokens);
            self.enter_failures(&failed, bytes, tokens);
            self.sweep_row(plan, batch, row, &failed);
        }
    }

    fn enter_failures(&mut self, failed: &[usize], bytes: Option<u64>, tokens: Option<u64>) {
        match failed {
            [] => self.kept.add(bytes, tokens),
            [only] => self.only[*only].add(bytes, tokens),
            _ => {}
        }
        for (i, &rule) in failed.iter().enumerate() {
            self.failing[rule][0] += 1;
            self.failing[rule][1] += u64::from(i == 0);
            for &other in &failed[i + 1..] {
                let pair = self.pairs.entry((rule, other)).or_default();
                pair[0] += 1;
                pair[1] += u64::from(failed.len() == 2);
            }
        }
    }

    /// Tries the asked bounds on a row, all other rules as they are.
    fn sweep_row(&mut self, plan: &Plan<'_>, batch: &EvidenceBatch, row: usize, failed: &[usize]) {
        let asked = |rule: usize| plan.asks.iter().any(|&(at, _)| at == rule);
        if plan.asks.is_empty() || failed.iter().any(|&rule| !asked(rule)) {
            return;
        }
        let (bytes, tokens) = (batch.bytes(row), batch.tokens(row));
        let passes = |ask: usize, value: usize| {
            let (at, ask) = plan.asks[ask];
            let (column, decision) = plan.rules[at];
            decision.passes_at(ask.values[value], batch.value(column, row))
        };
        for (ask, sums) in self.alone.iter_mut().enumerate() {
            if failed.iter().all(|&rule| rule == plan.asks[ask].0) {
                let sums = sums.iter_mut().enumerate().filter(|&(value, _)| passes(ask, value));
                sums.for_each(|(_, sum)| sum.add(bytes, tokens));
            }
        }
        for (combination, sum) in plan.combinations.iter().zip(&mut self.combined) {
            if combination.iter().enumerate().all(|(ask, &value)| passes(ask, value)) {
                sum.add(bytes, tokens);
            }
        }
    }

    pub(super) fn merge(&mut self, other: &Counts) {
        self.judged.merge(&other.judged);
        self.unjudged += other.unjudged;
        self.kept.merge(&other.kept);
        let sums = self.alone.iter_mut().flatten().zip(other.alone.iter().flatten());
        let sums =
            sums.chain(self.combined.iter_mut().zip(&other.combined)).chain(self.only.iter_mut().zip(&other.only));
        sums.for_each(|(mine, theirs)| mine.merge(theirs));
        for (mine, theirs) in self.failing.iter_mut().zip(&other.failing) {
            mine.iter_mut().zip(theirs).for_each(|(mine, theirs)| *mine += theirs);
        }
        for (pair, theirs) in &other.pairs {
            let mine = self.pairs.entry(*pair).or_default();
            mine.iter_mut().zip(theirs).for_each(|(mine, theirs)| *mine += theirs);
        }
    }

    pub(super) fn report(&self, plan: &Plan<'_>, source: &str) -> SourceSweep {
        let rules = plan.chain.rules();
        let setting = |ask: &SweepAsk, value: usize| Setting { rule: ask.rule.clone(), value: ask.values[value] };
        let alone = plan.asks.iter().zip(&self.alone).flat_map(|((_, ask), sums)| {
            let one = |(value, sum): (usize, &Sum)| Swept { settings: vec![setting(ask, value)], kept: sum.size() };
            sums.iter().enumerate().map(one)
        });
        let combined = plan.combinations.iter().zip(&self.combined).map(|(combination, sum)| {
            let asks = plan.asks.iter().zip(combination);
            Swept { settings: asks.map(|((_, ask), &value)| setting(ask, value)).collect(), kept: sum.size() }
        });
        let effect = |at: usize| RuleEffect {
            rule: rules[at].name.clone(),
            bound: rules[at].bound.clone(),
            reference_reason: rules[at].notes.reference_reason,
            failing_rows: self.failing[at][0],
            first_rows: self.failing[at][1],
            only: self.only[at].size(),
        };
        let mut pairs: Vec<(&(usize, usize), &[u64; 2])> = self.pairs.iter().collect();
        pairs.sort_by_key(|&(&pair, &[rows, _])| (std::cmp::Reverse(rows), pair));
        let name = |at: usize| rules[at].name.clone();
        let pair = |(&(a, b), &[rows, only_rows]): (&(usize, usize), &[u64; 2])| RulePair {
            rules: [name(a), name(b)],
            rows,
            only_rows,
        };
        SourceSweep {
            source: source.to_owned(),
            judged: self.judged.size(),
            unjudged_rows: self.unjudged,
            kept: self.kept.size(),
            alone: alone.collect(),
            combined: combined.collect(),
            rules: (0..rules.len()).map(effect).collect(),
            pairs: pairs.into_iter().map(pair).collect(),
        }
    }
}
