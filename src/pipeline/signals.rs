//! The signals files: what each rule of a source's chain saw of each row, beside the ledger, so that bounds can be changed without text.

use super::table::SCAN_BATCH_BYTES;
use crate::error::{Error, Result};
use crate::io::{Shard, TableOptions, TableWriter};
use crate::ledger::{LedgerBatch, RowVerdict};
use crate::recipe::{Chain, Evidence, EvidenceColumn, EvidenceKind};
use crate::signal;
use arrow::array::{Array, ArrayRef, BooleanBuilder, Float64Builder, RecordBatch, UInt64Builder};
use arrow::datatypes::{DataType, Field, Schema};
use std::path::Path;
use std::sync::Arc;

/// The row's number in its shard, as in the ledger.
pub(super) const ROW: &str = "row";
/// Bytes of the row's text after all rewrites: what it is emitted with if it is kept. Null where it was not judged.
pub(super) const BYTES: &str = "bytes_if_kept";
/// Tokens of that text. Null where the row was not judged, or nothing counted.
pub(super) const TOKENS: &str = "tokens_if_kept";
/// The footer's key under which stand the steps that the values were seen by.
pub(super) const STEPS: &str = "mashbill.steps";

/// The steps of a chain with digests of their settings, one a line, for a footer.
pub(super) fn steps_stamp(chain: &Chain) -> String {
    chain.digests().iter().map(|(name, digest)| format!("{name} {digest:016x}\n")).collect()
}

/// A rule's name without its step's.
pub(super) fn short_name(chain: &Chain, rule: usize) -> &str {
    let Some(rule) = chain.rules().get(rule) else { return "" };
    let step = chain.steps().get(rule.step).map_or(0, |s| s.name.len() + 1);
    rule.name.get(step..).unwrap_or(&rule.name)
}

/// The signal whose column in annotations, which holds what the first rule on it saw, holds a column of evidence too: nothing
/// rewrote the text in between, and the signal is known by its name.
pub(super) fn plain_name(chain: &Chain, column: &EvidenceColumn) -> Option<&'static str> {
    let rules = chain.rules();
    let rule = rules.get(column.rule).filter(|_| column.kind == EvidenceKind::Value)?;
    let name = rule.signal?;
    let first = rules.iter().position(|other| other.signal == rule.signal)?;
    let same = signal::signal(name).is_some() && chain.stage(rules.get(first)?.step) == chain.stage(rule.step);
    (same || first == column.rule).then_some(name)
}

/// The columns of a chain's evidence, sizes first. In a signals file `row` stands before them.
pub(super) fn fields(evidence: &Evidence) -> Vec<Field> {
    let mut fields = vec![Field::new(BYTES, DataType::UInt64, true), Field::new(TOKENS, DataType::UInt64, true)];
    fields.extend(evidence.columns().iter().map(|column| {
        let data_type = match column.kind {
            EvidenceKind::Value => DataType::Float64,
            EvidenceKind::Passed => DataType::Boolean,
        };
        Field::new(&column.name, data_type, true)
    }));
    fields
}

/// Writes the signals file of a shard: the evidence of its scan file, row by row.
pub(super) fn write(scan: &Path, chain: &Chain, path: &Path) -> Result<()> {
    let mut schema = vec![Field::new(ROW, DataType::UInt64, false)];
    schema.extend(fields(&Evidence::of(chain)));
    let schema = Arc::new(Schema::new(schema));
    let options = TableOptions {
        metadata: vec![("mashbill.version", env!("CARGO_PKG_VERSION").to_owned()), (STEPS, steps_stamp(chain))],
        ..TableOptions::default()
    };
    let mut writer = TableWriter::create(path, &schema, &options)?;
    let names: Vec<&str> = schema.fields().iter().map(|f| f.name().as_str()).collect();
    let scan = Shard::open(scan)?;
    for group in 0..scan.row_groups() {
        for batch in scan.read_roots(group, Some(&names), None, SCAN_BATCH_BYTES)? {
            let batch = batch?;
            let columns = schema.fields().iter().map(|f| batch.column_by_name(f.name()).cloned());
            let columns = columns.collect::<Option<Vec<ArrayRef>>>().unwrap_or_default();
            let batch = RecordBatch::try_new(schema.clone(), columns)
                .map_err(|e| Error::Unbalanced(format!("a scan file lacks evidence: {e}")))?;
            writer.write(&batch)?;
            writer.end_row_group()?;
        }
    }
    writer.finish().map(|_| ())
}

/// Where a signals file says otherwise than its ledger: for `verify`. `None` where it does not.
pub(super) fn disagreement(ledger: &Path, signals: &Path) -> Result<Option<String>> {
    let said = sizes(ledger, ["row", "bytes", "tokens"], true)?;
    let found = sizes(signals, [ROW, BYTES, TOKENS], false)?;
    if said.len() != found.len() {
        return Ok(Some(format!("it has {} rows, the ledger {}", found.len(), said.len())));
    }
    let differs = |(said, found): &(&Sizes, &Sizes)| match (said, found) {
        // Only of a kept row does the ledger say what it is emitted with.
        (Sizes { row, kept: None }, found) => *row != found.row,
        (said, found) => said != found,
    };
    Ok(said.iter().zip(&found).find(differs).map(|(said, found)| format!("the ledger has {said:?}, it has {found:?}")))
}

/// A row's number and, where they are those of the kept row, its bytes and tokens.
#[derive(Debug, PartialEq)]
struct Sizes {
    row: u64,
    kept: Option<(u64, Option<u64>)>,
}

fn sizes(path: &Path, names: [&str; 3], ledger: bool) -> Result<Vec<Sizes>> {
    let file = Shard::open(path)?;
    let mut rows = Vec::new();
    let columns = [&names[..], if ledger { &["verdict"] } else { &[] }].concat();
    for group in 0..file.row_groups() {
        for batch in file.read_roots(group, Some(&columns), None, SCAN_BATCH_BYTES)? {
            let batch = batch?;
            let batch = LedgerBatch::new(&batch);
            let [number, bytes, tokens] = [batch.u64s(names[0])?, batch.u64s(names[1])?, batch.u64s(names[2])?];
            let verdicts = if ledger { batch.verdicts()? } else { Vec::new() };
            for i in 0..batch.rows() {
                let kept = verdicts.get(i).is_none_or(|v| matches!(v, RowVerdict::Kept | RowVerdict::Duplicate));
                let tokens = (!tokens.is_null(i)).then(|| tokens.value(i));
                let kept = (kept && !bytes.is_null(i)).then(|| (bytes.value(i), tokens));
                rows.push(Sizes { row: number.value(i), kept });
            }
        }
    }
    Ok(rows)
}

/// Rows of evidence under construction.
#[derive(Debug)]
pub(super) struct SignalRows {
    bytes: UInt64Builder,
    tokens: UInt64Builder,
    columns: Vec<Values>,
}

#[derive(Debug)]
enum Values {
    Value(Float64Builder),
    Passed(BooleanBuilder),
}

impl SignalRows {
    pub fn new(evidence: &Evidence) -> SignalRows {
        let column = |kind| match kind {
            EvidenceKind::Value => Values::Value(Float64Builder::new()),
            EvidenceKind::Passed => Values::Passed(BooleanBuilder::new()),
        };
        SignalRows {
            bytes: UInt64Builder::new(),
            tokens: UInt64Builder::new(),
            columns: evidence.columns().iter().map(|c| column(c.kind)).collect(),
        }
    }

    /// Appends a judged row.
    pub fn push(&mut self, bytes: u64, tokens: Option<u64>, values: &[Option<f64>]) {
        self.bytes.append_value(bytes);
        self.tokens.append_option(tokens);
        for (column, &value) in self.columns.iter_mut().zip(values) {
            match column {
                Values::Value(column) => column.append_option(value),
                Values::Passed(column) => column.append_option(value.map(|passed| passed > 0.0)),
            }
        }
    }

    /// Appends a row that could not be judged.
    pub fn push_unjudged(&mut self) {
        self.bytes.append_null();
        self.tokens.append_null();
        for column in &mut self.columns {
            match column {
                Values::Value(column) => column.append_null(),
                Values::Passed(column) => column.append_null(),
            }
        }
    }

    /// The columns, in the order of [`fields`].
    pub fn finish(&mut self) -> Vec<ArrayRef> {
        let mut arrays: Vec<ArrayRef> = vec![Arc::new(self.bytes.finish()), Arc::new(self.tokens.finish())];
        arrays.extend(self.columns.iter_mut().map(|column| match column {
            Values::Value(column) => Arc::new(column.finish()) as ArrayRef,
            Values::Passed(column) => Arc::new(column.finish()),
        }));
        arrays
    }
}
