//! Every signal's value and every rule's outcome as columns, dropping nothing: for choosing thresholds and comparing tools.

use super::{Event, InputShard, Phase, Pool, Progress, Source};
use crate::document::Facts;
use crate::error::{Error, Result};
use crate::io::{TableOptions, TableWriter};
use crate::recipe::{Chain, StepKind};
use crate::text::Analyzer;
use arrow::array::{ArrayRef, BooleanBuilder, Float64Builder, ListBuilder, RecordBatch, StringBuilder, UInt32Builder};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use std::path::Path;
use std::sync::Arc;

/// Writes one row for each input row, in input order: `id`; a column for each signal that the chain's rules use, with its value
/// where it was first measured (null where undefined); `edits`, how many edits rewrites made; and for each step that filters
/// `STEP.keep`, `STEP.reason` (its first failing rule) and `STEP.failed` (all of them). A row without text is null but for its id.
///
/// Returns the number of rows.
///
/// # Errors
/// Unreadable inputs and unwritable outputs, naming the file.
pub fn annotate(source: &Source, pool: &Pool, path: &Path, batch_bytes: usize, progress: &dyn Progress) -> Result<u64> {
    let layout = Layout::new(&source.chain);
    let mut writer = TableWriter::create(path, &layout.schema, &TableOptions::default())?;
    progress.event(Event::Begin { phase: Phase::Scan, total: source.text_bytes() });
    for shard in &source.shards {
        let groups: Vec<usize> = (0..shard.shard.row_groups()).collect();
        // As many row groups as threads at a time, so that memory does not grow with the file.
        for some in groups.chunks(pool.threads().max(1)) {
            for batch in
                pool.map(some, |&group| annotate_group(source, &layout, shard, group, batch_bytes, progress))?
            {
                writer.write(&batch)?;
            }
        }
    }
    progress.event(Event::End { phase: Phase::Scan });
    writer.finish()
}

/// The output's columns, and where each rule's finding goes.
struct Layout {
    schema: SchemaRef,
    /// For each rule of the chain, the position of its signal's column.
    signal_of_rule: Vec<Option<usize>>,
    signals: usize,
    /// For each step of the chain, the position of its columns among the filtering steps'.
    filter_of_step: Vec<Option<usize>>,
    filters: usize,
}

impl Layout {
    fn new(chain: &Chain) -> Layout {
        let mut signals: Vec<&'static str> = chain.rules().iter().filter_map(|r| r.signal).collect();
        signals.sort_unstable();
        signals.dedup();
        let signal_of_rule =
            chain.rules().iter().map(|r| r.signal.and_then(|s| signals.binary_search(&s).ok())).collect();
        let mut fields = vec![Field::new("id", DataType::Utf8, false)];
        fields.extend(signals.iter().map(|s| Field::new(*s, DataType::Float64, true)));
        fields.push(Field::new("edits", DataType::UInt32, true));
        let mut filters = 0;
        let mut filter_of_step = Vec::new();
        for step in chain.steps() {
            let is_filter = matches!(step.kind, StepKind::Filter(_));
            filter_of_step.push(is_filter.then_some(filters));
            if is_filter {
                filters += 1;
                let item = Arc::new(Field::new("item", DataType::Utf8, true));
                fields.push(Field::new(format!("{}.keep", step.name), DataType::Boolean, true));
                fields.push(Field::new(format!("{}.reason", step.name), DataType::Utf8, true));
                fields.push(Field::new(format!("{}.failed", step.name), DataType::List(item), true));
            }
        }
        let schema = Arc::new(Schema::new(fields));
        Layout { schema, signal_of_rule, signals: signals.len(), filter_of_step, filters }
    }
}

/// One filtering step's columns.
#[derive(Default)]
struct StepColumns {
    keep: BooleanBuilder,
    reason: StringBuilder,
    failed: ListBuilder<StringBuilder>,
}

/// Rows under construction.
struct Rows<'a> {
    chain: &'a Chain,
    layout: &'a Layout,
    ids: StringBuilder,
    signals: Vec<Float64Builder>,
    edits: UInt32Builder,
    steps: Vec<StepColumns>,
    /// Scratch, for one row: signal values seen, and each step's failed rules.
    values: Vec<Option<Option<f64>>>,
    failures: Vec<Vec<usize>>,
}

fn annotate_group(
    source: &Source,
    layout: &Layout,
    shard: &InputShard,
    group: usize,
    batch_bytes: usize,
    progress: &dyn Progress,
) -> Result<RecordBatch> {
    let mut rows = Rows {
        chain: &source.chain,
        layout,
        ids: StringBuilder::new(),
        signals: (0..layout.signals).map(|_| Float64Builder::new()).collect(),
        edits: UInt32Builder::new(),
        steps: (0..layout.filters).map(|_| StepColumns::default()).collect(),
        values: vec![None; layout.signals],
        failures: vec![Vec::new(); layout.filters],
    };
    let mut analyzer = Analyzer::new();
    for batch in shard.shard.read_roots(group, Some(&shard.roots()), None, batch_bytes)? {
        let batch = batch?;
        let texts = shard.text.bind(&batch)?;
        let ids = shard.id.as_ref().map(|c| c.bind(&batch)).transpose()?;
        let facts = shard.facts.bind(&batch)?;
        let mut bytes = 0;
        for i in 0..batch.num_rows() {
            let text = texts.get(i);
            bytes += text.map_or(0, str::len) as u64;
            match ids.as_ref().and_then(|s| s.get(i)) {
                Some(id) => rows.ids.append_value(id),
                None => rows.ids.append_value(text.map(super::scan::text_id).unwrap_or_default()),
            }
            match text {
                Some(text) => rows.push(&mut analyzer, text, facts.get(i)),
                None => rows.push_null(),
            }
        }
        progress.event(Event::Advance { phase: Phase::Scan, units: bytes });
    }
    rows.finish().map_err(|e| Error::read(shard.shard.path(), Some(group), e))
}

impl Rows<'_> {
    fn push(&mut self, analyzer: &mut Analyzer, text: &str, facts: Facts<'_>) {
        self.values.fill(None);
        self.failures.iter_mut().for_each(Vec::clear);
        let (chain, layout) = (self.chain, self.layout);
        let (values, failures) = (&mut self.values, &mut self.failures);
        let outcome = chain.audit(analyzer, text, facts, &mut |finding| {
            let rule = usize::from(finding.rule.0);
            if let Some(signal) = layout.signal_of_rule[rule] {
                values[signal].get_or_insert(finding.observed);
            }
            let step = layout.filter_of_step[chain.rules()[rule].step];
            if let Some(step) = step.filter(|_| !finding.passed) {
                failures[step].push(rule);
            }
        });
        for (column, value) in self.signals.iter_mut().zip(&self.values) {
            column.append_option(value.flatten());
        }
        self.edits.append_value(outcome.edits);
        for (columns, failed) in self.steps.iter_mut().zip(&self.failures) {
            let name = |rule: &usize| short_name(chain, *rule);
            columns.keep.append_value(failed.is_empty());
            columns.reason.append_option(failed.first().map(name));
            failed.iter().for_each(|rule| columns.failed.values().append_value(name(rule)));
            columns.failed.append(true);
        }
    }

    fn push_null(&mut self) {
        self.signals.iter_mut().for_each(Float64Builder::append_null);
        self.edits.append_null();
        for columns in &mut self.steps {
            columns.keep.append_null();
            columns.reason.append_null();
            columns.failed.append(false);
        }
    }

    fn finish(mut self) -> Result<RecordBatch, arrow::error::ArrowError> {
        let mut columns: Vec<ArrayRef> = vec![Arc::new(self.ids.finish())];
        columns.extend(self.signals.iter_mut().map(|s| Arc::new(s.finish()) as ArrayRef));
        columns.push(Arc::new(self.edits.finish()));
        for step in &mut self.steps {
            columns.push(Arc::new(step.keep.finish()));
            columns.push(Arc::new(step.reason.finish()));
            columns.push(Arc::new(step.failed.finish()));
        }
        RecordBatch::try_new(self.layout.schema.clone(), columns)
    }
}

/// A rule's name without its step's, which the column bears already.
fn short_name(chain: &Chain, rule: usize) -> &str {
    let rule = &chain.rules()[rule];
    let step = chain.steps().get(rule.step).map_or(0, |s| s.name.len() + 1);
    rule.name.get(step..).unwrap_or(&rule.name)
}
