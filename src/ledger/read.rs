//! Reading scan and ledger files back: typed columns of one batch.

use super::RowVerdict;
use crate::error::{Error, Result};
use arrow::array::{
    Array, ArrayRef, AsArray, FixedSizeBinaryArray, Float64Array, RecordBatch, StringViewArray, UInt32Array,
    UInt64Array,
};
use arrow::datatypes::{DataType, Float64Type, UInt32Type, UInt64Type};

/// The hash at that position of a column of hashes; 0 where there is none.
pub fn hash_at(column: &FixedSizeBinaryArray, row: usize) -> u128 {
    let bytes = if column.is_null(row) { None } else { <[u8; 16]>::try_from(column.value(row)).ok() };
    bytes.map_or(0, u128::from_be_bytes)
}

/// A batch of a scan or ledger file, read with canonical types.
#[derive(Debug)]
pub struct LedgerBatch<'a>(&'a RecordBatch);

impl<'a> LedgerBatch<'a> {
    /// Views a batch.
    pub fn new(batch: &'a RecordBatch) -> Self {
        LedgerBatch(batch)
    }

    /// The batch itself.
    pub fn batch(&self) -> &'a RecordBatch {
        self.0
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.0.num_rows()
    }

    fn column(&self, name: &str, wanted: &DataType) -> Result<&'a ArrayRef> {
        let column = self.0.column_by_name(name).filter(|c| match (c.data_type(), wanted) {
            (DataType::FixedSizeBinary(_), DataType::FixedSizeBinary(_)) => true,
            (have, wanted) => have == wanted,
        });
        column.ok_or_else(|| Error::Unbalanced(format!("the ledger has no column `{name}` of type {wanted}")))
    }

    /// A string column.
    ///
    /// # Errors
    /// [`Error::Unbalanced`] if the batch lacks it, as for all columns below.
    pub fn strings(&self, name: &str) -> Result<&'a StringViewArray> {
        Ok(self.column(name, &DataType::Utf8View)?.as_string_view())
    }

    /// A `u64` column.
    ///
    /// # Errors
    /// See [`strings`](Self::strings).
    pub fn u64s(&self, name: &str) -> Result<&'a UInt64Array> {
        Ok(self.column(name, &DataType::UInt64)?.as_primitive::<UInt64Type>())
    }

    /// A `u32` column.
    ///
    /// # Errors
    /// See [`strings`](Self::strings).
    pub fn u32s(&self, name: &str) -> Result<&'a UInt32Array> {
        Ok(self.column(name, &DataType::UInt32)?.as_primitive::<UInt32Type>())
    }

    /// A real column.
    ///
    /// # Errors
    /// See [`strings`](Self::strings).
    pub fn f64s(&self, name: &str) -> Result<&'a Float64Array> {
        Ok(self.column(name, &DataType::Float64)?.as_primitive::<Float64Type>())
    }

    /// A column of fixed-size byte strings.
    ///
    /// # Errors
    /// See [`strings`](Self::strings).
    pub fn bytes(&self, name: &str) -> Result<&'a FixedSizeBinaryArray> {
        Ok(self.column(name, &DataType::FixedSizeBinary(0))?.as_fixed_size_binary())
    }

    /// The verdicts, row by row.
    ///
    /// # Errors
    /// [`Error::Unbalanced`] for a word that is no verdict.
    pub fn verdicts(&self) -> Result<Vec<RowVerdict>> {
        let words = self.strings("verdict")?;
        let parse = |word: Option<&str>| {
            let word = word.unwrap_or_default();
            RowVerdict::parse(word).ok_or_else(|| Error::Unbalanced(format!("the ledger has a verdict `{word}`")))
        };
        words.iter().map(parse).collect()
    }
}
