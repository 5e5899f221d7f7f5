//! Every signal's value and every rule's outcome as columns, dropping nothing: for choosing thresholds and comparing tools.

use crate::document::Facts;
use crate::error::{Error, Result};
use crate::io::{TableOptions, TableWriter};
use crate::pipeline::signals::{BYTES, STEPS, plain_name, short_name, steps_stamp};
use crate::pipeline::{Event, InputShard, Phase, Pool, Progress, Source};
use crate::recipe::{Chain, Evidence, EvidenceColumn, EvidenceKind, StepKind};
use crate::text::Analyzer;
use arrow::array::{
    ArrayRef, BooleanBuilder, Float64Builder, ListBuilder, RecordBatch, StringBuilder, UInt32Builder, UInt64Builder,
};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use std::path::Path;
use std::sync::Arc;

/// How annotations are made.
#[derive(Debug, Clone, Copy)]
pub struct AnnotateConfig {
    /// About how many uncompressed bytes of columns are decoded at a time, per thread.
    pub batch_bytes: usize,
    /// Whether the reference system's names for failures get columns.
    pub reference_reasons: bool,
}

/// Writes one row for each input row, in input order: `id`; a column for each signal that the chain's rules use, with its value
/// where it was first measured (null where undefined); `edits`, how many edits rewrites made; and for each step that filters
/// `STEP.keep`, `STEP.reason` (its first failing rule) and `STEP.failed` (all of them). Then what a [`sweep`](crate::pipeline::sweep) needs
/// beside these: `bytes_if_kept`, the bytes of the text after all rewrites, and `STEP.SIGNAL` for each signal that a step sees of
/// another text than the first one did. With `reference_reasons` there follows for each step that filters
/// `STEP.reference_reason`: what the reference system calls the first failure, where it has that rule. A row without text is null
/// but for its id.
///
/// Returns the number of rows.
///
/// # Errors
/// Unreadable inputs and unwritable outputs, naming the file.
pub fn annotate(
    source: &Source,
    pool: &Pool,
    path: &Path,
    config: &AnnotateConfig,
    progress: &dyn Progress,
) -> Result<u64> {
    let batch_bytes = config.batch_bytes;
    let layout = Layout::new(&source.chain, config.reference_reasons);
    let options = TableOptions { metadata: vec![(STEPS, steps_stamp(&source.chain))], ..TableOptions::default() };
    let mut writer = TableWriter::create(path, &layout.schema, &options)?;
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
    /// What a sweep needs, and which of it has a column of its own.
    evidence: Evidence,
    extra: Vec<usize>,
    reference_reasons: bool,
}

impl Layout {
    fn new(chain: &Chain, reference_reasons: bool) -> Layout {
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
        let evidence = Evidence::of(chain);
        let own = |column: &EvidenceColumn| column.kind == EvidenceKind::Value && plain_name(chain, column).is_none();
        let extra: Vec<usize> = (0..evidence.columns().len()).filter(|&at| own(&evidence.columns()[at])).collect();
        fields.push(Field::new(BYTES, DataType::UInt64, true));
        fields.extend(extra.iter().map(|&at| Field::new(&evidence.columns()[at].name, DataType::Float64, true)));
        if reference_reasons {
            let steps = chain.steps().iter().filter(|step| matches!(step.kind, StepKind::Filter(_)));
            fields.extend(steps.map(|s| Field::new(format!("{}.reference_reason", s.name), DataType::Utf8, true)));
        }
        let schema = Arc::new(Schema::new(fields));
        let signals = signals.len();
        Layout { schema, signal_of_rule, signals, filter_of_step, filters, evidence, extra, reference_reasons }
    }
}

/// One filtering step's columns.
#[derive(Default)]
struct StepColumns {
    keep: BooleanBuilder,
    reason: StringBuilder,
    failed: ListBuilder<StringBuilder>,
    reference_reason: StringBuilder,
}

/// Rows under construction.
struct Rows<'a> {
    chain: &'a Chain,
    layout: &'a Layout,
    ids: StringBuilder,
    signals: Vec<Float64Builder>,
    edits: UInt32Builder,
    steps: Vec<StepColumns>,
    bytes: UInt64Builder,
    extra: Vec<Float64Builder>,
    /// Scratch, for one row: signal values seen, each step's failed rules, and evidence.
    values: Vec<Option<Option<f64>>>,
    failures: Vec<Vec<usize>>,
    evidence: Vec<Option<f64>>,
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
        bytes: UInt64Builder::new(),
        extra: layout.extra.iter().map(|_| Float64Builder::new()).collect(),
        values: vec![None; layout.signals],
        failures: vec![Vec::new(); layout.filters],
        evidence: layout.evidence.blank(),
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
                None => rows.ids.append_value(text.map(crate::pipeline::scan::text_id).unwrap_or_default()),
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
        let (values, failures, evidence) = (&mut self.values, &mut self.failures, &mut self.evidence);
        let outcome = chain.audit(analyzer, text, facts, &mut |finding| {
            let rule = usize::from(finding.rule.0);
            layout.evidence.note(finding, evidence);
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
            let notes = failed.first().and_then(|&rule| chain.rules().get(rule)).map(|rule| rule.notes);
            columns.reference_reason.append_option(notes.and_then(|notes| notes.reference_reason));
        }
        self.bytes.append_value(outcome.text.len() as u64);
        for (column, &at) in self.extra.iter_mut().zip(&layout.extra) {
            column.append_option(self.evidence[at]);
        }
    }

    fn push_null(&mut self) {
        self.signals.iter_mut().for_each(Float64Builder::append_null);
        self.edits.append_null();
        for columns in &mut self.steps {
            columns.keep.append_null();
            columns.reason.append_null();
            columns.failed.append(false);
            columns.reference_reason.append_null();
        }
        self.bytes.append_null();
        self.extra.iter_mut().for_each(Float64Builder::append_null);
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
        columns.push(Arc::new(self.bytes.finish()));
        columns.extend(self.extra.iter_mut().map(|column| Arc::new(column.finish()) as ArrayRef));
        if self.layout.reference_reasons {
            columns.extend(self.steps.iter_mut().map(|s| Arc::new(s.reference_reason.finish()) as ArrayRef));
        }
        RecordBatch::try_new(self.layout.schema.clone(), columns)
    }
}
