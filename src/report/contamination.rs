//! What stood in the documents of benchmarks, as a whole and as a person reads it.

use super::table::{Table, count};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Hits shown in the text report; `run.json` has as many.
const SHOWN: usize = 20;

/// What decontamination found. Counted from `contamination.parquet` and the books.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ContaminationReport {
    /// The rule: `phi4`, `gpt3`, `coverage`.
    pub rule: String,
    /// What was done: `drop`, `annotate`, `remove`.
    pub action: String,
    /// Distinct n-grams of the index.
    pub ngrams: u64,
    /// Bytes that the index takes in memory, about.
    pub index_bytes: u64,
    /// By benchmark.
    pub benchmarks: BTreeMap<String, BenchmarkCount>,
    /// By source.
    pub sources: BTreeMap<String, SourceContamination>,
    /// Documents that hold items of a benchmark, by source and benchmark.
    pub by_source: BTreeMap<String, BTreeMap<String, u64>>,
    /// Some of the hits, drawn by hash of document and item: for review.
    pub sample: Vec<SampleHit>,
}

/// A benchmark's items.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BenchmarkCount {
    /// Items that the rule can find.
    pub checked: u64,
    /// Items that are too short for it.
    pub uncheckable: u64,
    /// Items that some document holds.
    pub hit: u64,
    /// Items that no document holds, but some hold in part.
    pub partial: u64,
    /// Documents that hold one.
    pub documents: u64,
}

/// A source's documents.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct SourceContamination {
    /// Documents that were looked at: those that pass their filters.
    pub checked: u64,
    /// Documents that hold an item.
    pub contaminated: u64,
    /// Documents that hold a part of one, about which nothing is done.
    pub partial: u64,
    /// Contaminated documents by million, to three places.
    pub per_million: f64,
}

impl SourceContamination {
    /// Computes the rate.
    pub(crate) fn rate(&mut self) {
        let rate = self.contaminated as f64 / self.checked.max(1) as f64;
        self.per_million = (rate * 1e9).round() / 1e3;
    }
}

/// A hit to be looked at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SampleHit {
    /// The document's source.
    pub source: String,
    /// Its id.
    pub id: String,
    /// The benchmark.
    pub benchmark: String,
    /// The item.
    pub item: String,
    /// The item's part.
    pub part: String,
    /// The rule.
    pub rule: String,
    /// The score, to six places.
    pub score: f64,
    /// Words that match.
    pub matched_words: u32,
    /// Words of the part.
    pub part_words: u32,
    /// The beginning of what stands in the document.
    pub matched: String,
}

impl ContaminationReport {
    /// The share of the documents that were looked at which hold an item, of all sources together; 0 if none was.
    ///
    /// ```
    /// use mashbill::report::{ContaminationReport, SourceContamination};
    ///
    /// let mut report = ContaminationReport::default();
    /// assert_eq!(report.share(), 0.0);
    /// report.sources.insert("web".into(), SourceContamination { checked: 8, contaminated: 2, ..Default::default() });
    /// assert_eq!(report.share(), 0.25);
    /// ```
    pub fn share(&self) -> f64 {
        let sum = |of: fn(&SourceContamination) -> u64| self.sources.values().map(of).sum::<u64>();
        let checked = sum(|source| source.checked);
        if checked == 0 { 0.0 } else { sum(|source| source.contaminated) as f64 / checked as f64 }
    }

    pub(super) fn write(&self, out: &mut String) {
        out.push_str(&format!(
            "\nbenchmark items found, by rule `{}` (action: {}; {} n-grams in {} MB)\n",
            self.rule,
            self.action,
            count(self.ngrams),
            count(self.index_bytes.div_ceil(1_000_000))
        ));
        let mut table = Table::new(["benchmark", "items checked", "uncheckable", "hit", "in part", "documents"]);
        for (name, of) in &self.benchmarks {
            let figures = [of.checked, of.uncheckable, of.hit, of.partial, of.documents].map(count);
            table.row(std::iter::once(name.clone()).chain(figures).collect());
        }
        table.write(out);
        out.push_str("\ndocuments with benchmark items\n");
        let mut table = Table::new(["source", "looked at", "contaminated", "in part", "by million"]);
        for (name, of) in &self.sources {
            let figures = [of.checked, of.contaminated, of.partial].map(count);
            let rate = count(of.per_million.round() as u64);
            table.row(std::iter::once(name.clone()).chain(figures).chain([rate]).collect());
        }
        table.write(out);
        let pairs = self.by_source.iter().flat_map(|(source, of)| of.iter().map(move |(name, n)| (source, name, *n)));
        let pairs: Vec<_> = pairs.collect();
        if self.by_source.len() > 1 {
            out.push_str("\ncontaminated documents by source and benchmark\n");
            let mut table = Table::new(["source", "benchmark", "documents"]).texts(2);
            pairs.iter().for_each(|(source, name, n)| table.row(vec![(*source).clone(), (*name).clone(), count(*n)]));
            table.write(out);
        }
        if self.sample.is_empty() {
            return;
        }
        out.push_str("\nfor review: some of the hits, drawn by hash\n");
        let mut table = Table::new(["source", "id", "benchmark", "item", "rule", "score", "words", "matched"]).texts(5);
        for hit in self.sample.iter().take(SHOWN) {
            table.row(vec![
                hit.source.clone(),
                hit.id.clone(),
                hit.benchmark.clone(),
                hit.item.clone(),
                hit.rule.clone(),
                format!("{:.2}", hit.score),
                format!("{}/{}", hit.matched_words, hit.part_words),
                hit.matched.chars().take(60).collect(),
            ]);
        }
        table.write(out);
    }
}
