//! The accounting identity: rows in = emitted + not sampled + dropped by rule + duplicate + contaminated + quarantined.

use super::{LedgerBatch, RowVerdict};
use crate::error::{Error, Result};
use arrow::array::Array;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Rows, bytes and tokens of some rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Rows.
    pub rows: u64,
    /// Bytes of text as it would be emitted (as read, for rows in).
    pub bytes: u64,
    /// Tokens; counted only for rows that passed their filters.
    pub tokens: u64,
}

impl Tally {
    fn add(&mut self, times: u64, bytes: u64, tokens: u64) {
        self.rows += times;
        self.bytes += times * bytes;
        self.tokens += times * tokens;
    }

    fn merge(&mut self, other: &Tally) {
        self.rows += other.rows;
        self.bytes += other.bytes;
        self.tokens += other.tokens;
    }
}

/// One source's rows by fate.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceBooks {
    /// Every input row.
    pub input: Tally,
    /// Rows that a filter dropped, by the first rule that failed.
    pub dropped: BTreeMap<String, Tally>,
    /// Rows set aside, by reason.
    pub quarantined: BTreeMap<String, Tally>,
    /// Rows removed as duplicates, by kind (`exact`, `near`).
    pub duplicates: BTreeMap<String, Tally>,
    /// Rows that hold a benchmark item, by rule.
    pub contaminated: BTreeMap<String, Tally>,
    /// Rows that passed everything and that the mix did not need.
    pub not_sampled: Tally,
    /// Rows that were emitted at least once, each counted once.
    pub sampled: Tally,
    /// What was emitted: rows times copies.
    pub emitted: Tally,
}

impl SourceBooks {
    /// Rows that have a fate.
    pub fn accounted(&self) -> u64 {
        let maps = [&self.dropped, &self.quarantined, &self.duplicates, &self.contaminated];
        let by_rule: u64 = maps.iter().flat_map(|m| m.values()).map(|t| t.rows).sum();
        by_rule + self.not_sampled.rows + self.sampled.rows
    }

    fn merge(&mut self, other: &SourceBooks) {
        self.input.merge(&other.input);
        self.not_sampled.merge(&other.not_sampled);
        self.sampled.merge(&other.sampled);
        self.emitted.merge(&other.emitted);
        let pairs = [
            (&mut self.dropped, &other.dropped),
            (&mut self.quarantined, &other.quarantined),
            (&mut self.duplicates, &other.duplicates),
            (&mut self.contaminated, &other.contaminated),
        ];
        for (mine, theirs) in pairs {
            for (rule, tally) in theirs {
                mine.entry(rule.clone()).or_default().merge(tally);
            }
        }
    }
}

/// All sources' books. Adding is associative and commutative: shards may be read in any order, on any number of threads.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Books {
    /// By source.
    pub sources: BTreeMap<String, SourceBooks>,
}

impl Books {
    /// Enters a ledger batch.
    ///
    /// # Errors
    /// [`Error::Unbalanced`] if the batch is no ledger batch.
    pub fn add(&mut self, batch: &LedgerBatch<'_>) -> Result<()> {
        let sources = batch.strings("source")?;
        let verdicts = batch.verdicts()?;
        let (input_bytes, bytes, tokens) = (batch.u64s("input_bytes")?, batch.u64s("bytes")?, batch.u64s("tokens")?);
        let (rules, kinds, contaminated) =
            (batch.strings("rule")?, batch.strings("duplicate_kind")?, batch.strings("contaminated_by_rule")?);
        let copies = batch.u32s("copies")?;
        let word = |column: &arrow::array::StringViewArray, i: usize| -> String {
            if column.is_null(i) { "unnamed".to_owned() } else { column.value(i).to_owned() }
        };
        for (i, verdict) in verdicts.into_iter().enumerate() {
            if !self.sources.contains_key(sources.value(i)) {
                self.sources.insert(sources.value(i).to_owned(), SourceBooks::default());
            }
            let Some(books) = self.sources.get_mut(sources.value(i)) else { continue };
            let tokens = if tokens.is_null(i) { 0 } else { tokens.value(i) };
            books.input.add(1, input_bytes.value(i), tokens);
            let fate = match verdict {
                RowVerdict::Dropped => books.dropped.entry(word(rules, i)).or_default(),
                RowVerdict::Quarantined => books.quarantined.entry(word(rules, i)).or_default(),
                RowVerdict::Duplicate => books.duplicates.entry(word(kinds, i)).or_default(),
                RowVerdict::Contaminated => books.contaminated.entry(word(contaminated, i)).or_default(),
                RowVerdict::Kept if copies.value(i) == 0 => &mut books.not_sampled,
                RowVerdict::Kept => &mut books.sampled,
            };
            fate.add(1, bytes.value(i), tokens);
            books.emitted.add(u64::from(copies.value(i)), bytes.value(i), tokens);
        }
        Ok(())
    }

    /// Enters other books.
    pub fn merge(&mut self, other: &Books) {
        for (source, books) in &other.sources {
            self.sources.entry(source.clone()).or_default().merge(books);
        }
    }

    /// Checks the identity against the number of rows that each source's shards hold.
    ///
    /// # Errors
    /// [`Error::Unbalanced`], naming the source and both numbers.
    pub fn check(&self, rows_in: &BTreeMap<String, u64>) -> Result<()> {
        for (source, &expected) in rows_in {
            let empty = SourceBooks::default();
            let books = self.sources.get(source).unwrap_or(&empty);
            let (input, accounted) = (books.input.rows, books.accounted());
            if input != expected || accounted != expected {
                return Err(Error::Unbalanced(format!(
                    "source `{source}` has {expected} rows in its shards, {input} in the ledger, {accounted} with a fate"
                )));
            }
        }
        Ok(())
    }
}
