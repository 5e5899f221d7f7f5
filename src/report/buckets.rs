//! What became of each quality bucket: its rows, tokens and mean scores, as they were kept and as they were emitted.

use super::ScoreTally;
use super::table::{Table, count, percent, ratio};
use crate::score::{Combined, Levels};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// Quality buckets, how they were measured, and what is in them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct BucketReport {
    /// The scores that they are made of.
    pub scores: Vec<String>,
    /// Names of ranges of buckets: each with its first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub levels: Vec<(String, u32)>,
    /// The thresholds: of each source, or of all together.
    pub measured: Vec<Measured>,
    /// By source, each bucket; behind the last, rows without one.
    pub sources: BTreeMap<String, Vec<BucketTally>>,
}

/// Thresholds, and whose they are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// The source; `None` for all.
    pub source: Option<String>,
    /// The thresholds.
    pub buckets: Combined,
}

/// The rows of a bucket.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct BucketTally {
    /// Rows that were neither dropped nor removed as duplicates.
    pub kept: BucketRows,
    /// Rows emitted, each as often as it was.
    pub emitted: BucketRows,
}

/// Rows, tokens and scores.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct BucketRows {
    /// Rows.
    pub rows: u64,
    /// Tokens.
    pub tokens: u64,
    /// Each of the scores.
    pub scores: Vec<ScoreTally>,
}

impl BucketRows {
    fn add(&mut self, times: u64, tokens: u64, scores: &[Option<f64>]) {
        self.rows += times;
        self.tokens += times * tokens;
        self.scores.resize(scores.len(), ScoreTally::default());
        for (sum, score) in self.scores.iter_mut().zip(scores) {
            score.iter().for_each(|&score| sum.add(times, score));
        }
    }

    fn merge(&mut self, other: &BucketRows) {
        self.rows += other.rows;
        self.tokens += other.tokens;
        self.scores.resize(self.scores.len().max(other.scores.len()), ScoreTally::default());
        self.scores.iter_mut().zip(&other.scores).for_each(|(mine, theirs)| mine.merge(theirs));
    }
}

impl BucketReport {
    /// Number of buckets.
    fn buckets(&self) -> usize {
        self.measured.first().map_or(0, |measured| measured.buckets.buckets())
    }

    /// Enters a row: its copies if it was kept, and each of its scores.
    pub(crate) fn add(
        &mut self,
        source: &str,
        bucket: Option<u32>,
        copies: Option<u32>,
        tokens: u64,
        score: impl Fn(usize) -> Option<f64>,
    ) {
        let buckets = self.buckets();
        if !self.sources.contains_key(source) {
            self.sources.insert(source.to_owned(), vec![BucketTally::default(); buckets + 1]);
        }
        let (Some(of), Some(copies)) = (self.sources.get_mut(source), copies) else { return };
        let scores: Vec<Option<f64>> = (0..self.scores.len()).map(score).collect();
        let at = bucket.map_or(buckets, |bucket| (bucket as usize).min(buckets));
        if let Some(tally) = of.get_mut(at) {
            tally.kept.add(1, tokens, &scores);
            tally.emitted.add(u64::from(copies), tokens, &scores);
        }
    }

    /// Enters what a later part of the ledger holds. Sums of real numbers depend on their order, so parts come in that of the files.
    pub(crate) fn merge(&mut self, later: &BucketReport) {
        for (source, theirs) in &later.sources {
            let mine = self.sources.entry(source.clone()).or_default();
            mine.resize(mine.len().max(theirs.len()), BucketTally::default());
            for (mine, theirs) in mine.iter_mut().zip(theirs) {
                mine.kept.merge(&theirs.kept);
                mine.emitted.merge(&theirs.emitted);
            }
        }
    }

    /// Tokens of each bucket of a source, as they were kept.
    pub fn kept_tokens(&self, source: &str) -> Vec<u64> {
        let tallies = self.sources.get(source).map_or(&[][..], Vec::as_slice);
        tallies.iter().take(self.buckets()).map(|tally| tally.kept.tokens).collect()
    }

    /// By level where levels have names, else by bucket.
    pub(super) fn write(&self, out: &mut String) {
        let levels = Levels::new(self.levels.clone()).ok();
        let name = |bucket: usize| match &levels {
            _ if bucket == self.buckets() => "none".to_owned(),
            Some(levels) => levels.of(bucket as u32).to_owned(),
            None => bucket.to_string(),
        };
        let by = if levels.is_some() { "level" } else { "bucket" };
        out.push_str(&format!("\nquality buckets of {}, before and after\n", self.scores.join(", ")));
        let mut heads = vec!["source".to_owned(), by.to_owned()];
        for part in ["kept", "emitted"] {
            heads.extend([format!("rows {part}"), "tokens".to_owned()]);
            heads.extend(self.scores.iter().map(|score| format!("mean {score}")));
        }
        let mut table = Table::with_heading(heads).texts(2);
        for (source, tallies) in &self.sources {
            let mut rows: Vec<(String, BucketTally)> = Vec::new();
            for (bucket, tally) in tallies.iter().enumerate() {
                let name = name(bucket);
                match rows.iter_mut().find(|row| row.0 == name) {
                    Some((_, sum)) => {
                        sum.kept.merge(&tally.kept);
                        sum.emitted.merge(&tally.emitted);
                    }
                    None => rows.push((name, tally.clone())),
                }
            }
            for (name, tally) in rows.into_iter().filter(|(_, tally)| tally.kept.rows > 0) {
                let mut cells = vec![source.clone(), name];
                for rows in [&tally.kept, &tally.emitted] {
                    cells.extend([count(rows.rows), count(rows.tokens)]);
                    let mean = |score: usize| rows.scores.get(score).and_then(ScoreTally::mean);
                    let mean = |score: usize| mean(score).map_or("-".to_owned(), |mean| format!("{mean:.4}"));
                    cells.extend((0..self.scores.len()).map(mean));
                }
                table.row(cells);
            }
        }
        table.write(out);
    }
}

/// Quality buckets of files without a run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct FileBuckets {
    /// The columns of scores that they are made of.
    pub scores: Vec<String>,
    /// Names of ranges of buckets: each with its first.
    pub levels: Vec<(String, u32)>,
    /// The thresholds: of each group of rows that was measured by itself, or of all together.
    pub measured: Vec<Measured>,
    /// By how much of the weight of its group a rank may be off at most, where thresholds come from sketches.
    pub error: Option<f64>,
    /// Rows and weight of each bucket; behind the last, of rows without one.
    pub buckets: Vec<(u64, u64)>,
    /// All rows.
    pub rows: u64,
}

impl FileBuckets {
    pub(crate) fn add(&mut self, tally: &[(u64, u64)]) {
        self.buckets.resize(self.buckets.len().max(tally.len()), (0, 0));
        for (sum, part) in self.buckets.iter_mut().zip(tally) {
            *sum = (sum.0 + part.0, sum.1.saturating_add(part.1));
        }
    }
}

impl fmt::Display for FileBuckets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = format!("buckets of {}\n", self.scores.join(", "));
        let levels = Levels::new(self.levels.clone()).ok();
        let mut table = Table::new(["bucket", "level", "rows", "weight", "of all"]).texts(2);
        let all: u64 = self.buckets.iter().fold(0, |sum, bucket| sum.saturating_add(bucket.1));
        let none = self.measured.first().map_or(0, |measured| measured.buckets.buckets());
        for (at, &(rows, weight)) in self.buckets.iter().enumerate().filter(|(_, bucket)| bucket.0 > 0) {
            let level = levels.as_ref().filter(|_| at < none).map_or("-", |levels| levels.of(at as u32));
            let name = if at < none { at.to_string() } else { "none".to_owned() };
            table.row(vec![name, level.to_owned(), count(rows), count(weight), percent(ratio(weight, all), 2)]);
        }
        table.write(&mut out);
        if let Some(error) = self.error {
            out.push_str(&format!("by sketch: a rank is off by {} of the weight at most\n", percent(error, 4)));
        }
        f.write_str(&out)
    }
}
