//! What other bounds would keep, and which rule removes what: from recorded values, without reading text.

mod ask;
mod counts;
mod plan;

pub use ask::SweepAsk;

use super::Pool;
use super::evidence_file::EvidenceFile;
use crate::error::{Error, Result};
use crate::recipe::{Chain, StepKind};
use crate::report::{SourceSweep, Sweep};
use counts::Counts;
use plan::Plan;

/// The most combinations of several rules' values that are tried. More would not be read by a person; each rule alone always is.
const MAX_COMBINATIONS: usize = 100;

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
        StepKind::Remember(_) | StepKind::Score(_) | StepKind::Scores(_) => Error::Invalid {
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
