//! Sorted records → the units to remove, and what they come to.

use super::count::UnitRecord;
use super::{KeepUnit, LineRules, RepeatedUnits};
use std::collections::BTreeMap;

/// The most frequent units that totals name.
const FREQUENT: usize = 50;

/// Units that go, and their bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "recipe-file", derive(serde::Serialize, serde::Deserialize))]
pub struct Removed {
    /// Occurrences.
    pub units: u64,
    /// Their bytes, line ends left out.
    pub bytes: u64,
}

/// One of the most frequent units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrequentUnit {
    /// Its hash.
    pub unit: u64,
    /// Distinct documents that it stands in.
    pub documents: u64,
    /// Occurrences, in all documents.
    pub times: u64,
}

/// What counting found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LineTotals {
    /// Distinct units that are long enough to be touched.
    pub distinct: u64,
    /// Those of them that are removed.
    pub repeated: u64,
    /// What goes from each source, by its number.
    pub sources: BTreeMap<u16, Removed>,
    /// The removed units that stand in most documents, most first; at most 50.
    pub frequent: Vec<FrequentUnit>,
}

impl LineTotals {
    /// Adds the totals of other units.
    fn merge(&mut self, other: LineTotals) {
        self.distinct += other.distinct;
        self.repeated += other.repeated;
        for (source, removed) in other.sources {
            let mine = self.sources.entry(source).or_default();
            mine.units += removed.units;
            mine.bytes += removed.bytes;
        }
        self.frequent.extend(other.frequent);
        most_frequent(&mut self.frequent);
    }
}

/// Keeps the most frequent, most first; of equally frequent ones those of the lower hash.
fn most_frequent(units: &mut Vec<FrequentUnit>) {
    units.sort_unstable_by_key(|u| (std::cmp::Reverse((u.documents, u.times)), u.unit));
    units.truncate(FREQUENT);
}

/// The result of counting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// The units to remove.
    pub units: RepeatedUnits,
    /// What they come to.
    pub totals: LineTotals,
}

impl Counted {
    /// Joins folds over ascending ranges of units, in their order.
    pub fn from_parts(rules: &LineRules, parts: impl IntoIterator<Item = Part>) -> Counted {
        let (mut units, mut keepers, mut totals) = (Vec::new(), Vec::new(), LineTotals::default());
        for part in parts {
            units.extend(part.units);
            keepers.extend(part.keepers);
            totals.merge(part.totals);
        }
        let keepers = (rules.keep == KeepUnit::First).then_some(keepers);
        Counted { units: RepeatedUnits::new(units, keepers), totals }
    }
}

/// What one [`UnitFold`] found.
#[derive(Debug)]
pub struct Part {
    units: Vec<u64>,
    keepers: Vec<u64>,
    totals: LineTotals,
}

impl Part {
    /// Number of units to remove.
    pub fn len(&self) -> usize {
        self.units.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.units.is_empty()
    }
}

/// Counts documents by unit over records in ascending order of [`UnitRecord::key`]. Holds one unit at a time, beside what it
/// found.
#[derive(Debug)]
pub struct UnitFold {
    min_documents: u64,
    keep: KeepUnit,
    now: Option<Now>,
    part: Part,
}

/// The unit under way.
#[derive(Debug)]
struct Now {
    unit: u64,
    /// The document that came first: the lowest.
    first: u64,
    /// The document that came last, so that copies of it in other sources count once.
    last: u64,
    documents: u64,
    times: u64,
    /// What would go, by source.
    sources: Vec<(u16, Removed)>,
}

impl UnitFold {
    /// A fold under these rules.
    pub fn new(rules: &LineRules) -> Self {
        let part = Part { units: Vec::new(), keepers: Vec::new(), totals: LineTotals::default() };
        UnitFold { min_documents: u64::from(rules.min_documents), keep: rules.keep, now: None, part }
    }

    /// Takes the next record.
    pub fn push(&mut self, record: &UnitRecord) {
        let content = record.content();
        let now = match self.now.as_mut().filter(|now| now.unit == record.unit) {
            Some(now) => now,
            None => {
                let mut sources = self.settle();
                sources.clear();
                let fresh = Now { unit: record.unit, first: content, last: content, documents: 1, times: 0, sources };
                self.now.insert(fresh)
            }
        };
        if content != now.last {
            now.last = content;
            now.documents += 1;
        }
        now.times += u64::from(record.times);
        if self.keep == KeepUnit::First && content == now.first {
            return;
        }
        let at = now.sources.iter().position(|(source, _)| *source == record.source());
        let at = at.unwrap_or_else(|| {
            now.sources.push((record.source(), Removed::default()));
            now.sources.len() - 1
        });
        now.sources[at].1.units += u64::from(record.times);
        now.sources[at].1.bytes += u64::from(record.bytes);
    }

    /// What was found.
    pub fn finish(mut self) -> Part {
        self.settle();
        most_frequent(&mut self.part.totals.frequent);
        self.part
    }

    /// Enters the unit under way; gives its list of sources back, to be used again.
    fn settle(&mut self) -> Vec<(u16, Removed)> {
        let Some(now) = self.now.take() else { return Vec::new() };
        let totals = &mut self.part.totals;
        totals.distinct += 1;
        if now.documents < self.min_documents {
            return now.sources;
        }
        totals.repeated += 1;
        for (source, removed) in &now.sources {
            let sum = totals.sources.entry(*source).or_default();
            sum.units += removed.units;
            sum.bytes += removed.bytes;
        }
        totals.frequent.push(FrequentUnit { unit: now.unit, documents: now.documents, times: now.times });
        if totals.frequent.len() > 4 * FREQUENT {
            most_frequent(&mut totals.frequent);
        }
        self.part.units.push(now.unit);
        if self.keep == KeepUnit::First {
            self.part.keepers.push(now.first);
        }
        now.sources
    }
}
