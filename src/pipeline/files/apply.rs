//! Scores of files without a recipe: one row for each input row.

use crate::document::Document;
use crate::error::{Error, Result};
use crate::io::{TableOptions, TableWriter};
use crate::pipeline::{Event, InputShard, Phase, Pool, Progress, Source};
use crate::score::Score;
use crate::text::Analyzer;
use arrow::array::{ArrayRef, Float64Builder, RecordBatch, StringBuilder, UInt64Builder};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use std::path::Path;
use std::sync::Arc;

/// The columns that a row of input gets beside `shard`, `row` and `id`: appended row by row, one set for each row group.
pub(super) trait RowColumns {
    /// Adds a row's values, of the document, or of a row without a text.
    fn push(&mut self, doc: Option<&Document<'_>>);

    /// The columns.
    fn finish(self: Box<Self>) -> Vec<ArrayRef>;
}

/// Makes the columns for a row group.
pub(super) type NewColumns<'a> = &'a (dyn Fn() -> Box<dyn RowColumns + 'a> + Sync);

/// The score, null where it is undefined.
struct ScoreColumn<'a> {
    score: &'a dyn Score,
    values: Float64Builder,
}

impl RowColumns for ScoreColumn<'_> {
    fn push(&mut self, doc: Option<&Document<'_>>) {
        self.values.append_option(doc.and_then(|doc| self.score.score(doc)));
    }

    fn finish(mut self: Box<Self>) -> Vec<ArrayRef> {
        vec![Arc::new(self.values.finish())]
    }
}

/// Writes `shard`, `row`, `id` and `score` for each row of the source, in input order; the score is null where it is undefined, and for
/// a row without a text. Returns the number of rows.
///
/// # Errors
/// Unreadable inputs and unwritable outputs, naming the file.
pub fn apply(
    source: &Source,
    score: &dyn Score,
    pool: &Pool,
    path: &Path,
    batch_bytes: usize,
    progress: &dyn Progress,
) -> Result<u64> {
    let fields = vec![Field::new("score", DataType::Float64, true)];
    let new = || -> Box<dyn RowColumns + '_> { Box::new(ScoreColumn { score, values: Float64Builder::new() }) };
    write_rows(source, fields, &new, pool, path, batch_bytes, progress)
}

/// Writes `shard`, `row`, `id` and the given columns for each row of the source, in input order.
pub(super) fn write_rows(
    source: &Source,
    fields: Vec<Field>,
    new: NewColumns<'_>,
    pool: &Pool,
    path: &Path,
    batch_bytes: usize,
    progress: &dyn Progress,
) -> Result<u64> {
    let place = vec![
        Field::new("shard", DataType::Utf8, false),
        Field::new("row", DataType::UInt64, false),
        Field::new("id", DataType::Utf8, false),
    ];
    let schema: SchemaRef = Arc::new(Schema::new([place, fields].concat()));
    let mut writer = TableWriter::create(path, &schema, &TableOptions::default())?;
    progress.event(Event::Begin { phase: Phase::Scan, total: source.text_bytes() });
    for shard in &source.shards {
        let groups: Vec<usize> = (0..shard.shard.row_groups()).collect();
        // As many row groups as threads at a time, so that memory does not grow with the file.
        for some in groups.chunks(pool.threads().max(1)) {
            for batch in pool.map(some, |&group| of_group(&schema, new, shard, group, batch_bytes, progress))? {
                writer.write(&batch)?;
            }
        }
    }
    progress.event(Event::End { phase: Phase::Scan });
    writer.finish()
}

fn of_group(
    schema: &SchemaRef,
    new: NewColumns<'_>,
    shard: &InputShard,
    group: usize,
    batch_bytes: usize,
    progress: &dyn Progress,
) -> Result<RecordBatch> {
    let (mut shards, mut rows, mut ids) = (StringBuilder::new(), UInt64Builder::new(), StringBuilder::new());
    let mut values = new();
    let mut analyzer = Analyzer::new();
    let mut row = shard.shard.first_row(group);
    for batch in shard.shard.read_roots(group, Some(&shard.roots()), None, batch_bytes)? {
        let batch = batch?;
        let (texts, facts) = (shard.text.bind(&batch)?, shard.facts.bind(&batch)?);
        let names = shard.id.as_ref().map(|c| c.bind(&batch)).transpose()?;
        let mut bytes = 0;
        for i in 0..batch.num_rows() {
            let text = texts.get(i);
            bytes += text.map_or(0, str::len) as u64;
            shards.append_value(&shard.label);
            rows.append_value(row);
            match names.as_ref().and_then(|names| names.get(i)) {
                Some(id) => ids.append_value(id),
                None => ids.append_value(text.map(crate::pipeline::scan::text_id).unwrap_or_default()),
            }
            match text {
                Some(text) => {
                    let view = analyzer.view(text);
                    values.push(Some(&Document::new(&view).with_facts(facts.get(i))));
                }
                None => values.push(None),
            }
            row += 1;
        }
        progress.event(Event::Advance { phase: Phase::Scan, units: bytes });
    }
    let place: Vec<ArrayRef> = vec![Arc::new(shards.finish()), Arc::new(rows.finish()), Arc::new(ids.finish())];
    let columns = [place, values.finish()].concat();
    RecordBatch::try_new(schema.clone(), columns).map_err(|e| Error::read(shard.shard.path(), Some(group), e))
}
