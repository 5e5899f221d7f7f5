//! What other bounds would keep, and which rule removes what: from recorded values, without reading text.

use super::Pool;
use super::evidence_file::{EvidenceBatch, EvidenceFile};
use crate::error::{Error, Result};
use crate::filter::Test;
use crate::recipe::{Chain, Evidence, EvidenceKind, StepKind};
use crate::report::{RuleEffect, RulePair, Setting, Size, SourceSweep, Sweep, Swept};
use crate::signal;
use std::collections::HashMap;
use std::str::FromStr;

/// The most combinations of several rules' values that are tried. More would not be read by a person; each rule alone always is.
const MAX_COMBINATIONS: usize = 100;

/// A rule and the bounds to try: `gopher_quality.min_words=30,50,off`.
#[derive(Debug, Clone, PartialEq)]
pub struct SweepAsk {
    /// The rule's full name.
    pub rule: String,
    /// The bounds; `None` switches the rule off.
    pub values: Vec<Option<f64>>,
}

impl FromStr for SweepAsk {
    type Err = Error;

    fn from_str(text: &str) -> Result<SweepAsk> {
        let invalid = |problem: &str| Error::Invalid { what: format!("--rule {text}"), problem: problem.to_owned() };
        let form = "is to be STEP.RULE=VALUE,VALUE,… as in gopher_quality.min_words=30,50,off";
        // A combination's name holds what is inside of it, but no `=`.
        let (rule, values) = text.rsplit_once('=').ok_or_else(|| invalid(form))?;
        let value = |word: &str| match word.trim() {
            "off" => Ok(None),
            number => match number.parse::<f64>() {
                Ok(x) if x.is_finite() => Ok(Some(x)),
                _ => Err(invalid(&format!("`{number}` is no number; a bound is a number, or off"))),
            },
        };
        if rule.trim().is_empty() || values.trim().is_empty() {
            return Err(invalid(form));
        }
        Ok(SweepAsk { rule: rule.trim().to_owned(), values: values.split(',').map(value).collect::<Result<_>>()? })
    }
}

/// A source whose values were recorded.
#[derive(Debug)]
pub struct SweepSource {
    /// Its name.
    pub name: String,
    /// The steps that the values were seen by.
    pub chain: Chain,
    /// Where they are recorded.
    pub files: Vec<EvidenceFile>,
}

impl SweepSource {
    /// Whether every source has every rule, and each rule the bounds asked: what [`sweep`] asks first, without any file.
    ///
    /// # Errors
    /// [`Error::Unknown`] with the nearest name, [`Error::Invalid`] with what would be right.
    pub fn check(sources: &[SweepSource], asks: &[SweepAsk]) -> Result<()> {
        present(sources, asks)?;
        sources.iter().try_for_each(|source| Plan::new(&source.chain, asks, false).map(|_| ()))
    }
}

/// Answers for each source what other bounds would keep, and what each rule removes at those of the recipe. Exact: a run with the
/// changed recipe keeps these very rows. Memory does not grow with the rows.
///
/// # Errors
/// [`Error::Unknown`] and [`Error::Invalid`] for a rule that a source does not have, that is no bound, or a bound that nothing
/// could pass; unreadable files.
pub fn sweep(sources: &[SweepSource], asks: &[SweepAsk], pool: &Pool) -> Result<Sweep> {
    present(sources, asks)?;
    let combinations = asks.iter().fold(1u64, |n, ask| n.saturating_mul(ask.values.len() as u64));
    let combined = asks.len() > 1 && combinations <= MAX_COMBINATIONS as u64;
    let swept: Result<Vec<SourceSweep>> = sources
        .iter()
        .map(|source| {
            let plan = Plan::new(&source.chain, asks, combined)?;
            let files = source.files.iter().enumerate();
            let tasks: Vec<(usize, usize)> =
                files.flat_map(|(at, file)| (0..file.row_groups()).map(move |group| (at, group))).collect();
            let parts = pool.map(&tasks, |&(at, group)| {
                let mut counts = Counts::new(&plan);
                source.files[at].read(group, &source.chain, &plan.evidence, &mut |batch| counts.add(&plan, batch))?;
                Ok(counts)
            })?;
            let mut counts = Counts::new(&plan);
            parts.iter().for_each(|part| counts.merge(part));
            Ok(counts.report(&plan, &source.name))
        })
        .collect();
    let left_out = (asks.len() > 1 && !combined).then_some(combinations);
    Ok(Sweep { sources: swept?, combinations_left_out: left_out })
}

/// Whether every source has every rule; the error says what would be right.
fn present(sources: &[SweepSource], asks: &[SweepAsk]) -> Result<()> {
    for (at, ask) in asks.iter().enumerate() {
        let invalid = |problem: String| Error::Invalid { what: format!("--rule {}", ask.rule), problem };
        if asks.iter().take(at).any(|other| other.rule == ask.rule) {
            return Err(invalid("is named twice; put its values into one list".to_owned()));
        }
        let has = |source: &&SweepSource| source.chain.rules().iter().any(|rule| rule.name == ask.rule);
        let (with, without): (Vec<&SweepSource>, Vec<&SweepSource>) = sources.iter().partition(has);
        match (with.is_empty(), without.first()) {
            (_, None) => {}
            (false, Some(lacks)) => {
                let name: Vec<String> = with.iter().map(|source| format!("--source {}", source.name)).collect();
                let problem =
                    format!("source `{}` has no such rule; name those that have it: {}", lacks.name, name.join(" "));
                return Err(invalid(problem));
            }
            (true, Some(_)) => return Err(missing(sources, &ask.rule)),
        }
    }
    Ok(())
}

/// The error for a rule that no source has.
fn missing(sources: &[SweepSource], rule: &str) -> Error {
    let steps = || sources.iter().flat_map(|source| source.chain.steps());
    let step = steps().filter(|step| rule.strip_prefix(&step.name).is_some_and(|rest| rest.starts_with('.')));
    let Some(step) = step.max_by_key(|step| step.name.len()) else {
        let named = rule.split_once('.').map_or(rule, |(step, _)| step);
        let mut names: Vec<&str> = steps().map(|step| step.name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        return Error::unknown("step", named, names);
    };
    match &step.kind {
        StepKind::Filter(filter) => {
            let short = rule.get(step.name.len() + 1..).unwrap_or_default();
            Error::unknown("rule", short, filter.rules().iter().map(|rule| rule.name.as_str()))
        }
        StepKind::Remember(_) | StepKind::Score(_) => Error::Invalid {
            what: format!("--rule {rule}"),
            problem: format!("`{}` decides nothing; name a rule of a step that filters", step.name),
        },
        StepKind::Rewrite(_) => Error::Invalid {
            what: format!("--rule {rule}"),
            problem: format!(
                "`{}` rewrites the text, and later steps measure what it leaves: change it in the recipe and run again",
                step.name
            ),
        },
    }
}

/// What is to be tried on one source.
struct Plan<'a> {
    chain: &'a Chain,
    evidence: Evidence,
    /// For each rule of the chain: where its value stands and what decides it.
    rules: Vec<(usize, Decision)>,
    asks: Vec<(usize, &'a SweepAsk)>,
    /// For each combination, the position of each ask's value.
    combinations: Vec<Vec<usize>>,
}

/// How a recorded value decides a rule.
#[derive(Clone, Copy)]
enum Decision {
    Test(Test),
    Passed,
}

impl Decision {
    fn passes(self, value: Option<f64>) -> bool {
        match self {
            Decision::Test(test) => test.passes(value),
            Decision::Passed => value == Some(1.0),
        }
    }

    /// The same at another bound; `None` switches the rule off.
    fn passes_at(self, bound: Option<f64>, value: Option<f64>) -> bool {
        match (self, bound) {
            (_, None) => true,
            (Decision::Test(test), Some(bound)) => test.at(bound).passes(value),
            (Decision::Passed, Some(_)) => self.passes(value),
        }
    }
}

impl<'a> Plan<'a> {
    fn new(chain: &'a Chain, asks: &'a [SweepAsk], combined: bool) -> Result<Plan<'a>> {
        let evidence = Evidence::of(chain);
        let decision = |at: usize| {
            let column = evidence.column_of(at).unwrap_or_default();
            let value = evidence.columns().get(column).is_some_and(|c| c.kind == EvidenceKind::Value);
            let test = chain.rules().get(at).and_then(|rule| rule.notes.test).filter(|_| value);
            (column, test.map_or(Decision::Passed, Decision::Test))
        };
        let rules = (0..chain.rules().len()).map(decision).collect();
        let place = |ask: &'a SweepAsk| chain.rules().iter().position(|r| r.name == ask.rule).map(|at| (at, ask));
        let asks: Vec<(usize, &SweepAsk)> = asks.iter().filter_map(place).collect();
        let mut combinations = vec![Vec::new()];
        for (_, ask) in asks.iter().filter(|_| combined) {
            let with = |so_far: &Vec<usize>| -> Vec<Vec<usize>> {
                (0..ask.values.len()).map(|v| so_far.iter().copied().chain([v]).collect()).collect()
            };
            combinations = combinations.iter().flat_map(with).collect();
        }
        if !combined {
            combinations.clear();
        }
        let plan = Plan { chain, evidence, rules, asks, combinations };
        plan.check()?;
        Ok(plan)
    }

    /// Refuses bounds for a rule that has none, and bounds that the recipe could not have.
    fn check(&self) -> Result<()> {
        for &(at, ask) in &self.asks {
            for bound in ask.values.iter().flatten() {
                let invalid = |problem| Error::Invalid { what: format!("--rule {}={bound}", ask.rule), problem };
                let Decision::Test(test) = self.rules[at].1 else {
                    return Err(invalid(
                        "is decided by more than one number, so it has no bound to change; it may be =off".into(),
                    ));
                };
                if let Some(other) = self.excluded(at, test.at(*bound)) {
                    let mine = test.at(*bound).bound.on(self.chain.rules()[at].signal.unwrap_or_default());
                    let other = &self.chain.rules()[other];
                    return Err(invalid(format!(
                        "no document could pass `{mine}` and `{}` of `{}`",
                        other.bound, other.name
                    )));
                }
            }
        }
        Ok(())
    }

    /// The rule, not swept itself, that leaves nothing of what the test of rule `at` would keep.
    fn excluded(&self, at: usize, test: Test) -> Option<usize> {
        let rules = self.chain.rules();
        let signal = rules[at].signal.filter(|name| signal::signal(name).is_some())?;
        let stage = self.chain.stage(rules[at].step);
        (0..rules.len()).find(|&other| {
            let swept = self.asks.iter().any(|&(asked, _)| asked == other);
            let same = rules[other].signal == Some(signal) && self.chain.stage(rules[other].step) == stage;
            !swept && same && rules[other].notes.test.is_some_and(|t| t.excludes(test))
        })
    }
}

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
struct Counts {
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
    fn new(plan: &Plan<'_>) -> Counts {
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

    fn add(&mut self, plan: &Plan<'_>, batch: &EvidenceBatch) {
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

    fn merge(&mut self, other: &Counts) {
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

    fn report(&self, plan: &Plan<'_>, source: &str) -> SourceSweep {
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
