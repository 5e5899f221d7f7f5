//! The end of a run: the shards' hits as one `contamination.parquet`, and what it says as a whole.

use super::hits::schema;
use super::{Decontamination, hits_path};
use crate::error::{Error, Result};
use crate::io::{Shard, TableOptions, TableWriter};
use crate::ledger::{Books, LedgerBatch, versions};
use crate::pipeline::table::{Rows, SCAN_BATCH_BYTES};
use crate::pipeline::{Folder, Source};
use crate::report::{BenchmarkCount, ContaminationReport, SampleHit, SourceContamination};
use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use xxhash_rust::xxh3::xxh3_64;

/// Hits of a row group of `contamination.parquet`, about.
const GROUP_ROWS: usize = 1 << 17;
/// Hits that the report shows, drawn by hash.
const SAMPLE: usize = 20;
/// Characters of the matched text that a sample shows.
const SAMPLE_CHARS: usize = 160;

/// Writes the hits of all shards, in their order, to one file. Returns their number.
///
/// # Errors
/// Unreadable hits, an unwritable file.
pub(in crate::pipeline) fn write_contamination(
    folder: &Folder,
    sources: &[Source],
    rows: &Rows,
    path: &Path,
) -> Result<u64> {
    let options = TableOptions { metadata: versions(), ..TableOptions::default() };
    let mut writer = TableWriter::create(path, &schema(), &options)?;
    let mut open = 0;
    for at in &rows.shards {
        let source = &sources[at.source];
        let name = Path::new(at.scan.file_name().unwrap_or_default());
        let shard = Shard::open(&hits_path(&folder.work(), &source.name, name))?;
        for group in 0..shard.row_groups() {
            for batch in shard.read_roots(group, None, None, SCAN_BATCH_BYTES)? {
                let batch = batch?;
                writer.write(&batch)?;
                open += batch.num_rows();
                if open >= GROUP_ROWS {
                    writer.end_row_group()?;
                    open = 0;
                }
            }
        }
    }
    writer.finish()
}

/// What `contamination.parquet` and the books say as a whole.
///
/// # Errors
/// An unreadable file.
pub(in crate::pipeline) fn summarise(
    path: &Path,
    books: &Books,
    decontamination: &Decontamination,
) -> Result<ContaminationReport> {
    let index = decontamination.decontaminator().index();
    let mut report = ContaminationReport {
        rule: decontamination.decontaminator().rule().name().to_owned(),
        action: decontamination.action().name().to_owned(),
        ngrams: index.ngrams() as u64,
        index_bytes: decontamination.decontaminator().memory() as u64,
        ..ContaminationReport::default()
    };
    for item in index.items() {
        let Some(name) = index.benchmarks().get(item.benchmark as usize) else { continue };
        if !report.benchmarks.contains_key(name) {
            report.benchmarks.insert(name.clone(), BenchmarkCount::default());
        }
        if let Some(count) = report.benchmarks.get_mut(name) {
            if item.checkable { count.checked += 1 } else { count.uncheckable += 1 }
        }
    }
    add_hits(path, books, &mut report)?;
    Ok(report)
}

/// Recomputes what a report says of the hits, from the file.
///
/// # Errors
/// An unreadable file.
pub(in crate::pipeline) fn check_file(
    path: &Path,
    books: &Books,
    said: &ContaminationReport,
) -> Result<ContaminationReport> {
    let unhit = |count: &BenchmarkCount| BenchmarkCount {
        checked: count.checked,
        uncheckable: count.uncheckable,
        ..BenchmarkCount::default()
    };
    let mut report = ContaminationReport {
        benchmarks: said.benchmarks.iter().map(|(name, count)| (name.clone(), unhit(count))).collect(),
        sources: BTreeMap::new(),
        by_source: BTreeMap::new(),
        sample: Vec::new(),
        ..said.clone()
    };
    add_hits(path, books, &mut report)?;
    Ok(report)
}

/// Items that were hit, by hash of benchmark, split and id.
#[derive(Debug, Default)]
struct HitItems {
    contaminated: HashSet<u64>,
    partial: HashSet<u64>,
}

fn add_hits(path: &Path, books: &Books, report: &mut ContaminationReport) -> Result<()> {
    for (source, books) in &books.sources {
        // All rows that passed their filters were looked at.
        let rows = |map: &BTreeMap<String, crate::ledger::Tally>| map.values().map(|t| t.rows).sum::<u64>();
        let checked = books.sampled.rows + books.not_sampled.rows + rows(&books.duplicates) + rows(&books.contaminated);
        let of_source = SourceContamination { checked, ..SourceContamination::default() };
        report.sources.insert(source.clone(), of_source);
    }
    let mut items: BTreeMap<String, HitItems> = BTreeMap::new();
    let mut document = Document::default();
    let mut sample: Vec<(u64, SampleHit)> = Vec::new();
    let shard = Shard::open(path)?;
    for group in 0..shard.row_groups() {
        for batch in shard.read_roots(group, None, None, SCAN_BATCH_BYTES)? {
            let batch = batch?;
            let columns = LedgerBatch::new(&batch);
            let string = |name: &str| columns.strings(name).map_err(|e| Error::read(path, Some(group), e));
            let (sources, shards, ids) = (string("source")?, string("shard")?, string("id")?);
            let (benchmarks, splits, names) = (string("benchmark")?, string("split")?, string("item")?);
            let (severities, rules, parts, matched) =
                (string("severity")?, string("rule")?, string("part")?, string("matched")?);
            let (rows, scores) = (columns.u64s("row")?, columns.f64s("score")?);
            let (matched_words, part_words) = (columns.u32s("matched_words")?, columns.u32s("part_words")?);
            for i in 0..columns.rows() {
                let decides = severities.value(i) == "contaminated";
                let (benchmark, source) = (benchmarks.value(i), sources.value(i));
                if !document.is(source, shards.value(i), rows.value(i)) {
                    document.count(report);
                    document = Document::new(source, shards.value(i), rows.value(i));
                }
                document.note(benchmark, decides);
                let item = hash(&[benchmark, splits.value(i), names.value(i)]);
                let of_benchmark = items.entry(benchmark.to_owned()).or_default();
                if decides {
                    of_benchmark.contaminated.insert(item)
                } else {
                    of_benchmark.partial.insert(item)
                };
                let key = hash(&[source, ids.value(i), benchmark, names.value(i), parts.value(i)]);
                let last = sample.last().map_or(u64::MAX, |(key, _)| *key);
                if decides && (sample.len() < SAMPLE || key < last) {
                    let shown: String = matched.value(i).chars().take(SAMPLE_CHARS).collect();
                    sample.push((
                        key,
                        SampleHit {
                            source: source.to_owned(),
                            id: ids.value(i).to_owned(),
                            benchmark: benchmark.to_owned(),
                            item: names.value(i).to_owned(),
                            part: parts.value(i).to_owned(),
                            rule: rules.value(i).to_owned(),
                            score: (scores.value(i) * 1e6).round() / 1e6,
                            matched_words: matched_words.value(i),
                            part_words: part_words.value(i),
                            matched: shown.split_whitespace().collect::<Vec<_>>().join(" "),
                        },
                    ));
                    sample.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| a.1.matched.cmp(&b.1.matched)));
                    sample.truncate(SAMPLE);
                }
            }
        }
    }
    document.count(report);
    for (benchmark, hit) in items {
        let count = report.benchmarks.entry(benchmark).or_default();
        count.hit = hit.contaminated.len() as u64;
        count.partial = hit.partial.difference(&hit.contaminated).count() as u64;
    }
    report.sample = sample.into_iter().map(|(_, hit)| hit).collect();
    report.sources.values_mut().for_each(SourceContamination::rate);
    Ok(())
}

/// One document's hits, which lie side by side in the file.
#[derive(Debug, Default)]
struct Document {
    source: String,
    shard: String,
    row: u64,
    /// Benchmarks that it holds items of, and whether they decide.
    benchmarks: BTreeMap<String, bool>,
}

impl Document {
    fn new(source: &str, shard: &str, row: u64) -> Document {
        Document { source: source.to_owned(), shard: shard.to_owned(), row, benchmarks: BTreeMap::new() }
    }

    fn is(&self, source: &str, shard: &str, row: u64) -> bool {
        !self.benchmarks.is_empty() && self.row == row && self.shard == shard && self.source == source
    }

    fn note(&mut self, benchmark: &str, decides: bool) {
        match self.benchmarks.get_mut(benchmark) {
            Some(before) => *before |= decides,
            None => drop(self.benchmarks.insert(benchmark.to_owned(), decides)),
        }
    }

    fn count(&self, report: &mut ContaminationReport) {
        if self.benchmarks.is_empty() {
            return;
        }
        let of_source = report.sources.entry(self.source.clone()).or_default();
        match self.benchmarks.values().any(|&decides| decides) {
            true => of_source.contaminated += 1,
            false => of_source.partial += 1,
        }
        for (benchmark, _) in self.benchmarks.iter().filter(|(_, decides)| **decides) {
            report.benchmarks.entry(benchmark.clone()).or_default().documents += 1;
            *report.by_source.entry(self.source.clone()).or_default().entry(benchmark.clone()).or_default() += 1;
        }
    }
}

/// A hash of words whose lengths count.
fn hash(parts: &[&str]) -> u64 {
    let joined: String = parts.iter().map(|part| format!("{}:{part}", part.len())).collect();
    xxh3_64(joined.as_bytes())
}
