//! What scanning says of each row: the builder of scan batches.

use super::{RowVerdict, scan_fields};
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
    /// [`RowVerdict::Kept`], [`RowVerdict::Dropped`] or [`RowVerdict::Quarantined`].
    pub verdict: RowVerdict,
    /// The first rule that failed, or why it was quarantined.
    pub rule: Option<&'a str>,
    /// The value that rule saw.
    pub observed: Option<f64>,
    /// Every rule that failed, in order.
    pub failed: &'a [&'a str],
    /// Its quality score, where the recipe has one.
    pub score: Option<f64>,
    /// LSH band keys, where it is kept and long enough.
    pub band_keys: Option<&'a [u64]>,
}

/// Gathers [`ScanRow`]s of one shard into record batches.
#[derive(Debug)]
pub struct ScanBuilder {
    source: String,
    shard: String,
    bands: usize,
    rows: usize,
    numbers: [UInt64Builder; 4],
    strings: [StringBuilder; 3],
    edits: UInt32Builder,
    content: FixedSizeBinaryBuilder,
    reals: [Float64Builder; 2],
    failed: ListBuilder<StringBuilder>,
    band_keys: FixedSizeBinaryBuilder,
}

impl ScanBuilder {
    /// For rows of this shard, with so many band keys each (0: none are stored).
    pub fn new(source: &str, shard: &str, bands: usize) -> Self {
        ScanBuilder {
            source: source.to_owned(),
            shard: shard.to_owned(),
            bands,
            rows: 0,
            numbers: Default::default(),
            strings: Default::default(),
            edits: UInt32Builder::new(),
            content: FixedSizeBinaryBuilder::new(16),
            reals: Default::default(),
            failed: ListBuilder::new(StringBuilder::new()),
            band_keys: FixedSizeBinaryBuilder::new(band_width(bands)),
        }
    }

    /// The schema of scan files: the ledger's columns up to `score`, and `band_keys` (little-endian `u64`s, `bands` of them).
    pub fn schema(bands: usize) -> SchemaRef {
        let mut fields = scan_fields();
        fields.push(Field::new("band_keys", DataType::FixedSizeBinary(band_width(bands)), true));
        Arc::new(Schema::new(fields))
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
        match row.band_keys {
            Some(keys) => {
                let bytes: Vec<u8> = keys.iter().flat_map(|k| k.to_le_bytes()).collect();
                self.band_keys.append_value(bytes).map_err(misfit)?;
            }
            None => self.band_keys.append_null(),
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
        let columns: Vec<ArrayRef> = vec![
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
            Arc::new(self.band_keys.finish()),
        ];
        self.rows = 0;
        RecordBatch::try_new(Self::schema(self.bands), columns).map_err(misfit)
    }
}

/// Width of the `band_keys` column in bytes; a column of width 0 is not portable, so none is 8 bytes of null.
fn band_width(bands: usize) -> i32 {
    i32::try_from(bands.max(1) * 8).unwrap_or(i32::MAX)
}

pub(super) fn misfit(e: arrow::error::ArrowError) -> Error {
    Error::Unbalanced(format!("a ledger batch does not fit together: {e}"))
}
