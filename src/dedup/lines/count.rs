//! The first pass: which unit stands in which document.

use super::LineRules;
use super::fold::{Counted, UnitFold};
use super::unit::UnitReader;
use crate::error::Result;
use xxhash_rust::xxh3::xxh3_64;

/// Lower bits of a document's key, which number its source; the upper ones are of its text.
const SOURCE_BITS: u32 = 16;
/// Records gathered before equal ones are put together for the first time.
const FIRST_COMPACTION: usize = 1 << 16;

/// That a unit stands in a document: 24 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnitRecord {
    /// The unit's hash.
    pub unit: u64,
    /// The document's key: the upper 48 bits of its text's hash, then 16 of its source's number.
    pub doc: u64,
    /// How often the unit stands there.
    pub times: u32,
    /// Bytes of all these occurrences, line ends left out.
    pub bytes: u32,
}

impl UnitRecord {
    /// What records are sorted by: the unit, then the document.
    pub fn key(&self) -> u128 {
        (u128::from(self.unit) << 64) | u128::from(self.doc)
    }

    /// What the document is told from others by: equal for exact copies, in whatever source.
    pub fn content(&self) -> u64 {
        self.doc >> SOURCE_BITS
    }

    /// The number of the document's source.
    pub fn source(&self) -> u16 {
        self.doc as u16
    }
}

/// What a document is told from others by, of its text as units are removed from it.
pub(super) fn content_key(text: &str) -> u64 {
    xxh3_64(text.as_bytes()) >> SOURCE_BITS
}

/// Gathers the units of documents, in memory: 24 bytes for each distinct unit of each distinct document, up to twice that while
/// it grows. Order and grouping decide nothing: merge forks in any way.
#[derive(Debug)]
pub struct LineCounter {
    rules: LineRules,
    source: u16,
    name: String,
    reader: UnitReader,
    records: Vec<UnitRecord>,
    compact_at: usize,
}

impl LineCounter {
    /// A counter of documents that are all compared with each other.
    pub fn new(rules: &LineRules) -> Self {
        LineCounter::of_source(rules, 0, "")
    }

    /// A counter of one source's documents. Counters of several sources may be merged. Sources beyond the 65,535th are counted
    /// as one in the totals.
    pub fn for_source(rules: &LineRules, number: usize, name: &str) -> Self {
        LineCounter::of_source(rules, u16::try_from(number).unwrap_or(u16::MAX), name)
    }

    fn of_source(rules: &LineRules, source: u16, name: &str) -> Self {
        let (reader, name) = (UnitReader::new(rules, name), name.to_owned());
        LineCounter { rules: *rules, source, name, reader, records: Vec::new(), compact_at: FIRST_COMPACTION }
    }

    /// An empty counter of the same kind.
    pub fn fork(&self) -> Self {
        LineCounter::of_source(&self.rules, self.source, &self.name)
    }

    /// Takes a document.
    pub fn collect(&mut self, text: &str) {
        let doc = (content_key(text) << SOURCE_BITS) | u64::from(self.source);
        let (records, compact_at) = (&mut self.records, &mut self.compact_at);
        self.reader.each(text, |piece| {
            if let Some(unit) = piece.hash {
                push(records, compact_at, UnitRecord { unit, doc, times: 1, bytes: narrow(piece.range.len()) });
            }
        });
    }

    /// Takes a document, and hands all records on, sorted, whenever more than `limit` are left of them after equal ones are put
    /// together; so the memory stays bounded also within one document.
    ///
    /// # Errors
    /// The first that `spill` gives; the counter is of no use then.
    pub fn collect_spilling(
        &mut self,
        text: &str,
        limit: usize,
        spill: &mut dyn FnMut(&[UnitRecord]) -> Result<()>,
    ) -> Result<()> {
        let doc = (content_key(text) << SOURCE_BITS) | u64::from(self.source);
        let (records, mut result) = (&mut self.records, Ok(()));
        self.reader.each(text, |piece| {
            let Some(unit) = piece.hash else { return };
            if records.len() >= 2 * limit.max(1) && result.is_ok() {
                compact(records);
                if records.len() > limit {
                    result = spill(records);
                    records.clear();
                }
            }
            records.push(UnitRecord { unit, doc, times: 1, bytes: narrow(piece.range.len()) });
        });
        result
    }

    /// Hands on what is left, sorted.
    ///
    /// # Errors
    /// Those of `spill`.
    pub fn spill_rest(&mut self, spill: &mut dyn FnMut(&[UnitRecord]) -> Result<()>) -> Result<()> {
        compact(&mut self.records);
        let result = if self.records.is_empty() { Ok(()) } else { spill(&self.records) };
        self.records.clear();
        result
    }

    /// Takes what another counter has gathered.
    pub fn merge(&mut self, other: LineCounter) {
        for record in other.records {
            push(&mut self.records, &mut self.compact_at, record);
        }
    }

    /// The units to remove, and what they come to.
    pub fn finish(mut self) -> Counted {
        compact(&mut self.records);
        let mut fold = UnitFold::new(&self.rules);
        self.records.iter().for_each(|record| fold.push(record));
        Counted::from_parts(&self.rules, [fold.finish()])
    }
}

fn narrow(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

fn push(records: &mut Vec<UnitRecord>, compact_at: &mut usize, record: UnitRecord) {
    if records.len() >= *compact_at {
        compact(records);
        *compact_at = (2 * records.len()).max(FIRST_COMPACTION);
    }
    records.push(record);
}

/// Sorts, and puts records of the same unit and document together as far as their sums fit.
fn compact(records: &mut Vec<UnitRecord>) {
    records.sort_unstable_by_key(UnitRecord::key);
    records.dedup_by(|next, sum| {
        let (times, bytes) = (sum.times.checked_add(next.times), sum.bytes.checked_add(next.bytes));
        match (next.key() == sum.key(), times, bytes) {
            (true, Some(times), Some(bytes)) => {
                (sum.times, sum.bytes) = (times, bytes);
                true
            }
            _ => false,
        }
    });
}
