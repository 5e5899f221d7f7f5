//! What scanning says of each row: the builder of scan batches.

use super::provenance::ProvenanceBuilder;
use super::{Provenance, RowProvenance, RowVerdict, scan_fields};
use crate::error::{Error, Result};
use arrow::array::{
    ArrayRef, FixedSizeBinaryBuilder, Float64Builder, ListBuilder, RecordBatch, StringBuilder, UInt32Builder,
    UInt64Builder,
};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use std::sync::Arc;

/// One scanned row.
#[derive(Debug, Clone)]
pub struct ScanRow<'a> {
    /// Row number within the shard.
    pub row: u64,
    /// The row's id.
    pub id: &'a str,
    /// Bytes of its text as read.
    pub input_bytes: u64,
    /// Bytes of its text as it would be emitted.
    pub bytes: u64,
    /// Number of edits that rewrites made.
    pub edits: u32,
    /// Tokens of its text as it would be emitted; `None` where it is not kept and so was not counted.
    pub tokens: Option<u64>,
    /// Hash of its normal form; `None` where it has no text.
    pub content_hash: Option<u128>,
    /// [`RowVerdict::Kept`], [`RowVerdict::Dropped`], [`RowVerdict::Contaminated`] or [`RowVerdict::Quarantined`].
    pub verdict: RowVerdict,
    /// The first rule that failed, or why it was quarantined.
    pub rule: Option<&'a str>,
    /// The value that rule saw.
    pub observed: Option<f64>,
    /// Every rule that failed, in order.
    pub failed: &'a [&'a str],
    /// Its quality score, where the recipe has one.
    pub score: Option<f64>,
    /// The value that says which rows it may be a duplicate of, where the recipe names a column for that.
    pub scope: Option<&'a str>,
    /// The benchmark and item that it holds, and the rule that says so.
    pub contaminated_by: Option<(&'a str, &'a str, &'a str)>,
    /// Where it comes from, as far as the layout has columns for that.
    pub provenance: RowProvenance<'a>,
    /// LSH band keys, where it is kept and long enough.
    pub band_keys: Option<&'a [u64]>,
}

/// What a scan file holds beside the ledger's columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ScanLayout {
    /// Number of band keys of each row. Each band has a column of its own, since they are read one by one.
    pub bands: usize,
    /// Whether there is a column `scope`.
    pub scope: bool,
    /// Whether there are the ledger's columns `contaminated_by_*`.
    pub contaminated: bool,
    /// Which columns say where a row comes from.
    pub provenance: Provenance,
}

/// The ledger's columns for the benchmark item that a row holds, which scanning fills too.
const CONTAMINATED_BY: [&str; 3] = ["contaminated_by_benchmark", "contaminated_by_item", "contaminated_by_rule"];

/// The column of that band's keys.
pub fn band_column(band: usize) -> String {
    format!("band_{band:04}")
}

/// Gathers [`ScanRow`]s of one shard into record batches.
#[derive(Debug)]
pub struct ScanBuilder {
    source: String,
    shard: String,
    layout: ScanLayout,
    rows: usize,
    numbers: [UInt64Builder; 4],
    strings: [StringBuilder; 3],
    edits: UInt32Builder,
    content: FixedSizeBinaryBuilder,
    reals: [Float64Builder; 2],
    failed: ListBuilder<StringBuilder>,
    scope: StringBuilder,
    contaminated: [StringBuilder; 3],
    provenance: ProvenanceBuilder,
    bands: Vec<UInt64Builder>,
}

impl ScanBuilder {
    /// For rows of this shard.
    pub fn new(source: &str, shard: &str, layout: ScanLayout) -> Self {
        ScanBuilder {
            source: source.to_owned(),
            shard: shard.to_owned(),
            layout,
            rows: 0,
            numbers: Default::default(),
            strings: Default::default(),
            edits: UInt32Builder::new(),
            content: FixedSizeBinaryBuilder::new(16),
            reals: Default::default(),
            failed: ListBuilder::new(StringBuilder::new()),
            scope: StringBuilder::new(),
            contaminated: Default::default(),
            provenance: ProvenanceBuilder::new(layout.provenance),
            bands: (0..layout.bands).map(|_| UInt64Builder::new()).collect(),
        }
    }

    /// The schema of scan files: the ledger's columns up to `score`, then `scope`, `contaminated_by_*`, provenance and
    /// [`band_column`]s as the layout says.
    pub fn schema(layout: ScanLayout) -> SchemaRef {
        let mut fields = scan_fields();
        fields.extend(layout.scope.then(|| Field::new("scope", DataType::Utf8, true)));
        if layout.contaminated {
            fields.extend(CONTAMINATED_BY.map(|name| Field::new(name, DataType::Utf8, true)));
        }
        fields.extend(layout.provenance.fields());
        fields.extend((0..layout.bands).map(|band| Field::new(band_column(band), DataType::UInt64, true)));
        Arc::new(Schema::new(fields))
    }

    /// The columns whose values are all different, so that a dictionary would only be in the way.
    pub fn plain_columns(layout: ScanLayout) -> Vec<String> {
        let mut columns = vec!["content_hash".to_owned()];
        columns.extend((0..layout.bands).map(band_column));
        columns
    }

    /// Appends a row.
    ///
    /// # Errors
    /// [`Error::Unbalanced`] if the row has another number of band keys than this builder was made for.
    pub fn push(&mut self, row: &ScanRow<'_>) -> Result<()> {
        let [number, input_bytes, bytes, tokens] = &mut self.numbers;
        number.append_value(row.row);
        input_bytes.append_value(row.input_bytes);
        bytes.append_value(row.bytes);
        tokens.append_option(row.tokens);
        let [id, verdict, rule] = &mut self.strings;
        id.append_value(row.id);
        verdict.append_value(row.verdict.as_str());
        rule.append_option(row.rule);
        self.edits.append_value(row.edits);
        let [observed, score] = &mut self.reals;
        observed.append_option(row.observed);
        score.append_option(row.score);
        match row.content_hash {
            Some(hash) => self.content.append_value(hash.to_be_bytes()).map_err(misfit)?,
            None => self.content.append_null(),
        }
        if self.layout.scope {
            self.scope.append_option(row.scope);
        }
        if self.layout.contaminated {
            let by = row.contaminated_by.map(|(benchmark, item, rule)| [benchmark, item, rule]);
            let each = by.map_or([None; 3], |by| by.map(Some));
            self.contaminated.iter_mut().zip(each).for_each(|(column, value)| column.append_option(value));
        }
        self.provenance.push(&row.provenance);
        if let Some(keys) = row.band_keys.filter(|keys| keys.len() != self.layout.bands) {
            let (found, layout) = (keys.len(), self.layout);
            return Err(Error::Unbalanced(format!("a row with {found} band keys in a scan of {layout:?}")));
        }
        for (band, keys) in self.bands.iter_mut().enumerate() {
            keys.append_option(row.band_keys.map(|keys| keys[band]));
        }
        for rule in row.failed {
            self.failed.values().append_value(rule);
        }
        self.failed.append(!row.failed.is_empty());
        self.rows += 1;
        Ok(())
    }

    /// Number of rows gathered.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The rows gathered so far as a batch; the builder is empty again.
    ///
    /// # Errors
    /// [`Error::Unbalanced`] if the columns disagree (a bug).
    pub fn finish(&mut self) -> Result<RecordBatch> {
        let repeat = |s: &str| -> ArrayRef {
            Arc::new(arrow::array::StringArray::from_iter_values(std::iter::repeat_n(s, self.rows)))
        };
        let [number, input_bytes, bytes, tokens] = &mut self.numbers;
        let [id, verdict, rule] = &mut self.strings;
        let [observed, score] = &mut self.reals;
        let mut columns: Vec<ArrayRef> = vec![
            repeat(&self.source),
            repeat(&self.shard),
            Arc::new(number.finish()),
            Arc::new(id.finish()),
            Arc::new(input_bytes.finish()),
            Arc::new(bytes.finish()),
            Arc::new(self.edits.finish()),
            Arc::new(tokens.finish()),
            Arc::new(self.content.finish()),
            Arc::new(verdict.finish()),
            Arc::new(rule.finish()),
            Arc::new(observed.finish()),
            Arc::new(self.failed.finish()),
            Arc::new(score.finish()),
        ];
        if self.layout.scope {
            columns.push(Arc::new(self.scope.finish()));
        }
        if self.layout.contaminated {
            columns.extend(self.contaminated.iter_mut().map(|column| -> ArrayRef { Arc::new(column.finish()) }));
        }
        self.provenance.finish(&mut columns);
        columns.extend(self.bands.iter_mut().map(|keys| -> ArrayRef { Arc::new(keys.finish()) }));
        self.rows = 0;
        RecordBatch::try_new(Self::schema(self.layout), columns).map_err(misfit)
    }
}

pub(super) fn misfit(e: arrow::error::ArrowError) -> Error {
    Error::Unbalanced(format!("a ledger batch does not fit together: {e}"))
}
