//! Hits as rows: the columns of `contamination.parquet`.

use crate::decontaminate::{BenchmarkIndex, Hit};
use crate::error::{Error, Result};
use arrow::array::{ArrayRef, Float64Builder, RecordBatch, StringArray, StringBuilder, UInt32Builder, UInt64Builder};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use std::sync::Arc;

/// Characters of the matched text that are noted, at most.
const SHOWN_CHARS: usize = 300;

/// The columns: where the hit is, of what, by what.
pub(super) fn schema() -> SchemaRef {
    let string = |name: &str, null: bool| Field::new(name, DataType::Utf8, null);
    let number = |name: &str| Field::new(name, DataType::UInt64, false);
    let small = |name: &str| Field::new(name, DataType::UInt32, false);
    Arc::new(Schema::new(vec![
        string("source", false),
        string("shard", false),
        number("row"),
        string("id", false),
        string("benchmark", false),
        string("split", true),
        string("item", false),
        string("part", false),
        string("rule", false),
        string("severity", false),
        Field::new("score", DataType::Float64, false),
        number("start"),
        number("end"),
        small("item_start"),
        small("item_end"),
        small("part_words"),
        small("matched_words"),
        string("matched", false),
    ]))
}

/// Gathers the hits of one shard into record batches.
#[derive(Debug)]
pub(in crate::pipeline) struct HitRows {
    source: String,
    shard: String,
    rows: usize,
    /// Row, start, end.
    places: [UInt64Builder; 3],
    /// Id, benchmark, split, item, part, rule, severity, matched.
    strings: [StringBuilder; 8],
    score: Float64Builder,
    /// Item's start and end, the part's words, matched words.
    words: [UInt32Builder; 4],
}

impl HitRows {
    /// For hits in this shard.
    pub fn new(source: &str, shard: &str) -> HitRows {
        HitRows {
            source: source.to_owned(),
            shard: shard.to_owned(),
            rows: 0,
            places: Default::default(),
            strings: Default::default(),
            score: Float64Builder::new(),
            words: Default::default(),
        }
    }

    /// The schema of the batches.
    pub fn schema() -> SchemaRef {
        schema()
    }

    /// Appends a hit.
    pub fn push(&mut self, index: &BenchmarkIndex, row: u64, id: &str, text: &str, hit: &Hit) {
        let Some(item) = index.items().get(hit.item as usize) else { return };
        let benchmark = index.benchmarks().get(item.benchmark as usize).map_or("", String::as_str);
        for (to, place) in self.places.iter_mut().zip([row, hit.span.start as u64, hit.span.end as u64]) {
            to.append_value(place);
        }
        let matched: String = text[hit.span.clone()].chars().take(SHOWN_CHARS).collect();
        let [ids, benchmarks, splits, items, parts, rules, severities, texts] = &mut self.strings;
        ids.append_value(id);
        benchmarks.append_value(benchmark);
        splits.append_option(item.split.as_deref());
        items.append_value(&item.id);
        parts.append_value(hit.part.name());
        rules.append_value(hit.rule);
        severities.append_value(hit.severity.name());
        texts.append_value(matched);
        self.score.append_value(hit.score);
        let words = [hit.item_words.start, hit.item_words.end, hit.part_words, hit.matched_words];
        for (to, words) in self.words.iter_mut().zip(words) {
            to.append_value(u32::try_from(words).unwrap_or(u32::MAX));
        }
        self.rows += 1;
    }

    /// The hits gathered so far as a batch; empty again.
    ///
    /// # Errors
    /// [`Error::Unbalanced`] if the columns disagree (a bug).
    pub fn finish(&mut self) -> Result<RecordBatch> {
        let repeat =
            |s: &str| -> ArrayRef { Arc::new(StringArray::from_iter_values(std::iter::repeat_n(s, self.rows))) };
        let (source, shard) = (repeat(&self.source), repeat(&self.shard));
        let [row, start, end] = self.places.each_mut().map(|column| -> ArrayRef { Arc::new(column.finish()) });
        let strings = self.strings.each_mut().map(|column| -> ArrayRef { Arc::new(column.finish()) });
        let [id, benchmark, split, item, part, rule, severity, matched] = strings;
        let score: ArrayRef = Arc::new(self.score.finish());
        let words = self.words.each_mut().map(|column| -> ArrayRef { Arc::new(column.finish()) });
        let [item_start, item_end, part_words, matched_words] = words;
        self.rows = 0;
        let columns = vec![
            source,
            shard,
            row,
            id,
            benchmark,
            split,
            item,
            part,
            rule,
            severity,
            score,
            start,
            end,
            item_start,
            item_end,
            part_words,
            matched_words,
            matched,
        ];
        RecordBatch::try_new(schema(), columns)
            .map_err(|e| Error::Unbalanced(format!("a batch of hits does not fit together: {e}")))
    }
}
