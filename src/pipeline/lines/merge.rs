//! Run files → counts: ranges of keys small enough for the memory are loaded, sorted and counted, one after the other.

use super::runs::Run;
use super::too_many;
use crate::dedup::lines::{Counted, KeepUnit, LineRules, Part, RepeatedUnits, UnitFold, UnitRecord};
use crate::error::Result;
use crate::pipeline::Pool;

/// Fewest records that a range holds at a time, however little memory there is.
const MIN_LOADED: u64 = 1 << 14;
/// Records from which threads share the work.
const SHARED_FROM: u64 = 1 << 18;
/// Ranges for each thread, so that none waits long for the others.
const RANGES: usize = 4;

/// Counts all records of all runs. Each thread holds at most `loaded` of them, and what was found.
///
/// # Errors
/// Unreadable runs; [`Error::Refused`](crate::Error::Refused) if the result takes more than half of `memory`.
pub(super) fn merge(pool: &Pool, rules: &LineRules, runs: &[Run], loaded: u64, memory: Option<u64>) -> Result<Counted> {
    let total: u64 = runs.iter().map(Run::len).sum();
    let ranges = if total < SHARED_FROM { 1 } else { RANGES * pool.threads() } as u64;
    // Cut between units only, so that none is counted in two ranges.
    let cuts: Vec<u128> = (1..ranges).map(|i| u128::from(u64::MAX / ranges * i) << 64).collect();
    let places: Vec<Vec<u64>> = pool.map(runs, |run| run.places(&cuts))?;
    let numbers: Vec<usize> = (0..ranges as usize).collect();
    let parts = pool.map(&numbers, |&i| {
        let low = if i == 0 { 0 } else { cuts[i - 1] };
        let high = cuts.get(i).map_or(u128::MAX, |&cut| cut - 1);
        let slices = runs.iter().zip(&places).map(|(run, places)| {
            let from = if i == 0 { run.from } else { places[i - 1] };
            run.part(from, places.get(i).copied().unwrap_or(run.to))
        });
        let mut range = Range { fold: UnitFold::new(rules), loaded: loaded.max(MIN_LOADED), records: Vec::new() };
        range.fold(&slices.filter(|s| s.len() > 0).collect::<Vec<_>>(), low, high)?;
        Ok(range.fold.finish())
    })?;
    let units = parts.iter().map(Part::len).sum();
    let bytes = RepeatedUnits::memory(units, rules.keep == KeepUnit::First);
    match memory {
        Some(memory) if bytes > memory / 2 => Err(too_many(units, bytes, memory)),
        _ => Ok(Counted::from_parts(rules, parts)),
    }
}

/// A range of keys under way.
struct Range {
    fold: UnitFold,
    loaded: u64,
    records: Vec<UnitRecord>,
}

impl Range {
    /// Counts the records of `slices`, all of whose keys lie from `low` to `high`. What does not fit is halved; keys are
    /// hashes, so halves are about even, but for a unit that very many documents share, which is cut between documents.
    fn fold(&mut self, slices: &[Run], low: u128, high: u128) -> Result<()> {
        let total: u64 = slices.iter().map(Run::len).sum();
        if total <= self.loaded {
            return self.load(slices);
        }
        if low == high {
            // Exact copies of one document that share a unit: all the same to the fold, in any order.
            return slices.iter().try_for_each(|slice| slice.each(&mut |record| self.fold.push(&record)));
        }
        let middle = low + (high - low) / 2;
        let (mut left, mut right) = (Vec::new(), Vec::new());
        for slice in slices {
            let at = slice.places(&[middle + 1])?[0];
            left.push(slice.part(slice.from, at));
            right.push(slice.part(at, slice.to));
        }
        [&mut left, &mut right].into_iter().for_each(|half| half.retain(|s| s.len() > 0));
        self.fold(&left, low, middle)?;
        self.fold(&right, middle + 1, high)
    }

    fn load(&mut self, slices: &[Run]) -> Result<()> {
        self.records.clear();
        for slice in slices {
            slice.each(&mut |record| self.records.push(record))?;
        }
        self.records.sort_unstable_by_key(UnitRecord::key);
        self.records.iter().for_each(|record| self.fold.push(record));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::lines::runs::{self, RunWriter};
    use proptest::prelude::*;
    use std::num::NonZeroUsize;

    /// However little is loaded at a time, the counts are those of one fold over all.
    fn agrees(records: &[UnitRecord], rules: &LineRules, loaded: u64) {
        let dir = tempfile::tempdir().unwrap();
        let mut all = Vec::new();
        for (i, part) in records.chunks(records.len() / 3 + 1).enumerate() {
            let path = dir.path().join(i.to_string());
            let mut writer = RunWriter::create(&path).unwrap();
            for run in part.chunks(part.len() / 2 + 1) {
                let mut run = run.to_vec();
                run.sort_unstable_by_key(UnitRecord::key);
                writer.run(&run).unwrap();
            }
            writer.finish().unwrap();
            all.extend(runs::open(&path).unwrap());
        }
        let mut sorted = records.to_vec();
        sorted.sort_unstable_by_key(UnitRecord::key);
        let mut fold = UnitFold::new(rules);
        sorted.iter().for_each(|record| fold.push(record));
        let want = Counted::from_parts(rules, [fold.finish()]);
        let slices: Vec<Run> = all.iter().filter(|r| r.len() > 0).cloned().collect();
        let mut range = Range { fold: UnitFold::new(rules), loaded, records: Vec::new() };
        range.fold(&slices, 0, u128::MAX).unwrap();
        assert_eq!(Counted::from_parts(rules, [range.fold.finish()]), want);
        let pool = Pool::new(NonZeroUsize::new(2)).unwrap();
        assert_eq!(merge(&pool, rules, &all, loaded, None).unwrap(), want);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn little_memory_counts_the_same(
            records in prop::collection::vec((0u64..6, 0u64..40, 1u32..3), 0..200),
            first: bool, loaded in 1u64..60, min_documents in 2u32..8,
        ) {
            let spread = |x: u64| x.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let records: Vec<UnitRecord> = records
                .into_iter()
                .map(|(unit, doc, times)| UnitRecord { unit: spread(unit), doc: spread(doc), times, bytes: 5 * times })
                .collect();
            let keep = if first { KeepUnit::First } else { KeepUnit::None };
            agrees(&records, &LineRules { min_documents, keep, ..LineRules::default() }, loaded);
        }
    }

    /// One unit in very many documents, and one document very often: neither can be parted by its hash alone.
    #[test]
    fn a_hot_unit_is_counted_in_little_memory() {
        let record = |unit, doc: u64| UnitRecord { unit, doc, times: 1, bytes: 20 };
        let mut records: Vec<UnitRecord> = (0..5_000_u64).map(|doc| record(7, doc << 20)).collect();
        records.extend(std::iter::repeat_n(record(9, 1 << 30), 5_000));
        agrees(&records, &LineRules::default(), 16);
    }

    #[test]
    fn ranges_shared_by_threads_cut_no_unit() {
        let spread = |x: u64| x.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let record = |i: u64| UnitRecord { unit: spread(i % 30_000), doc: spread(i), times: 1, bytes: 20 };
        let records: Vec<UnitRecord> = (0..SHARED_FROM + 5).map(record).collect();
        agrees(&records, &LineRules { min_documents: 9, ..LineRules::default() }, 1 << 14);
    }
}
