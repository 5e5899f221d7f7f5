//! What the most frequent units say: found in the run files, then read from one row group each.

use super::runs::Run;
use super::{LineDedup, Task};
use crate::dedup::lines::{LineTotals, UnitReader};
use crate::error::Result;
use crate::pipeline::{Pool, Source};
use crate::report::{LineReport, RepeatedUnit};
use std::collections::{BTreeMap, HashMap};

/// Characters of a unit that the report keeps.
const SAMPLE_CHARS: usize = 200;

impl LineDedup {
    /// The totals in words. All occurrences of a unit have one content form, so it does not matter where it is read.
    pub(super) fn report(
        &self,
        pool: &Pool,
        sources: &[Source],
        tasks: &[Task],
        runs: &[Vec<Run>],
        totals: &LineTotals,
        batch_bytes: usize,
    ) -> Result<LineReport> {
        let mut wanted: BTreeMap<usize, Vec<u64>> = BTreeMap::new();
        for frequent in &totals.frequent {
            for (at, runs) in runs.iter().enumerate() {
                if holds(runs, frequent.unit)? {
                    wanted.entry(at).or_default().push(frequent.unit);
                    break;
                }
            }
        }
        let wanted: Vec<(usize, Vec<u64>)> = wanted.into_iter().collect();
        let texts = pool.map(&wanted, |(at, units)| self.texts(sources, &tasks[*at], units, batch_bytes))?;
        let texts: HashMap<u64, String> = texts.into_iter().flatten().collect();
        let frequent = totals.frequent.iter().map(|u| RepeatedUnit {
            text: texts.get(&u.unit).cloned().unwrap_or_default(),
            documents: u.documents,
            times: u.times,
        });
        let name = |number: u16| sources.get(usize::from(number)).map(|s| s.name.clone()).unwrap_or_default();
        Ok(LineReport {
            unit: self.rules.unit.name().to_owned(),
            distinct: totals.distinct,
            repeated: totals.repeated,
            sources: totals.sources.iter().map(|(&number, &removed)| (name(number), removed)).collect(),
            frequent: frequent.collect(),
        })
    }

    /// The content forms of these units, all of which are in the row group.
    fn texts(
        &self,
        sources: &[Source],
        task: &Task,
        units: &[u64],
        batch_bytes: usize,
    ) -> Result<HashMap<u64, String>> {
        let mut reader = UnitReader::new(&self.rules, &sources[task.source].name);
        let mut texts = HashMap::new();
        self.each_text(sources, task, batch_bytes, &mut |text| {
            reader.forms(text, &|unit| units.contains(&unit), &mut |unit, form| {
                texts.entry(unit).or_insert_with(|| form.chars().take(SAMPLE_CHARS).collect());
            });
            Ok(texts.len() < units.len())
        })?;
        Ok(texts)
    }
}

fn holds(runs: &[Run], unit: u64) -> Result<bool> {
    for run in runs {
        if run.holds(unit)? {
            return Ok(true);
        }
    }
    Ok(false)
}
