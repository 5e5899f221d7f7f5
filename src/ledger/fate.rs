//! What resolving and planning say of each row, and the finished ledger batch.

use super::scan::misfit;
use super::{Provenance, RowVerdict, schema};
use crate::error::{Error, Result};
use arrow::array::{
    Array, ArrayRef, Float64Builder, RecordBatch, StringArray, StringBuilder, UInt32Array, UInt32Builder,
    UInt64Builder, new_null_array,
};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Schema};
use std::sync::Arc;

/// Which kept row a removed row duplicates, and how much.
#[derive(Debug, Clone, PartialEq)]
pub struct Duplicate<'a> {
    /// `exact`, `near` or `unverified`.
    pub kind: &'static str,
    /// The kept row's source.
    pub of_source: &'a str,
    /// The kept row's id.
    pub of_id: &'a str,
    /// Exact Jaccard similarity of the two shingle sets; 1 for exact duplicates; `None` where it was not looked at.
    pub similarity: Option<f64>,
}

/// What became of a row after scanning.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Fate<'a> {
    /// Set where the row is a duplicate.
    pub duplicate: Option<Duplicate<'a>>,
    /// Whether it was removed as such; else it stays, and the ledger only says so.
    pub removed: bool,
    /// Identity and size of its cluster, where that has two rows or more.
    pub cluster: Option<(u64, u32)>,
    /// How often it is emitted.
    pub copies: u32,
}

/// The ledger batch of a scan batch: fates added, removed duplicates given their verdict, band keys left out.
///
/// # Errors
/// [`Error::Unbalanced`] if there are not as many fates as rows.
pub fn complete(scan: &RecordBatch, fates: &[Fate<'_>]) -> Result<RecordBatch> {
    if scan.num_rows() != fates.len() {
        return Err(Error::Unbalanced(format!(
            "{} rows were scanned but {} have a fate",
            scan.num_rows(),
            fates.len()
        )));
    }
    let ledger = schema();
    let mut columns: Vec<ArrayRef> = Vec::with_capacity(ledger.fields().len());
    for field in ledger.fields() {
        let column = match scan.column_by_name(field.name()) {
            Some(column) if field.name() == "verdict" => with_duplicates(column, fates)?,
            Some(column) => cast(column, field.data_type()).map_err(misfit)?,
            None => fate_column(field.name(), field.data_type(), fates),
        };
        columns.push(column);
    }
    with_provenance(scan, ledger, columns)
}

/// The batch of these columns, and of those that say where rows come from.
fn with_provenance(from: &RecordBatch, ledger: Schema, mut columns: Vec<ArrayRef>) -> Result<RecordBatch> {
    let mut fields: Vec<Field> = ledger.fields().iter().map(|field| field.as_ref().clone()).collect();
    Provenance::carry(from, &mut fields, &mut columns)?;
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).map_err(misfit)
}

/// A ledger batch with other numbers of copies, and all else as it was.
///
/// # Errors
/// [`Error::Unbalanced`] if it is no ledger batch, or there are not as many numbers as rows.
pub fn with_copies(batch: &RecordBatch, copies: &[u32]) -> Result<RecordBatch> {
    if batch.num_rows() != copies.len() {
        let problem = format!("{} rows of a ledger, and {} numbers of copies", batch.num_rows(), copies.len());
        return Err(Error::Unbalanced(problem));
    }
    let ledger = schema();
    let mut columns: Vec<ArrayRef> = Vec::with_capacity(ledger.fields().len());
    for field in ledger.fields() {
        let column = match batch.column_by_name(field.name()) {
            _ if field.name() == "copies" => Arc::new(UInt32Array::from(copies.to_vec())) as ArrayRef,
            Some(column) => cast(column, field.data_type()).map_err(misfit)?,
            None => return Err(Error::Unbalanced(format!("the ledger has no column `{}`", field.name()))),
        };
        columns.push(column);
    }
    with_provenance(batch, ledger, columns)
}

fn with_duplicates(verdicts: &ArrayRef, fates: &[Fate<'_>]) -> Result<ArrayRef> {
    let verdicts = cast(verdicts, &DataType::Utf8).map_err(misfit)?;
    let Some(verdicts) = verdicts.as_any().downcast_ref::<StringArray>() else {
        return Err(Error::Unbalanced("verdicts are not strings".into()));
    };
    let merged = fates.iter().zip(verdicts.iter()).map(|(fate, verdict)| match fate.removed {
        true => Some(RowVerdict::Duplicate.as_str()),
        false => verdict,
    });
    Ok(Arc::new(merged.collect::<StringArray>()))
}

fn fate_column(name: &str, data_type: &DataType, fates: &[Fate<'_>]) -> ArrayRef {
    let string = |get: &dyn Fn(&Duplicate<'_>) -> String| -> ArrayRef {
        let mut out = StringBuilder::new();
        for fate in fates {
            out.append_option(fate.duplicate.as_ref().map(get));
        }
        Arc::new(out.finish())
    };
    match name {
        "duplicate_kind" => string(&|d| d.kind.to_owned()),
        "duplicate_of_source" => string(&|d| d.of_source.to_owned()),
        "duplicate_of_id" => string(&|d| d.of_id.to_owned()),
        "similarity" => {
            let mut out = Float64Builder::new();
            fates.iter().for_each(|f| out.append_option(f.duplicate.as_ref().and_then(|d| d.similarity)));
            Arc::new(out.finish())
        }
        "cluster_id" => {
            let mut out = UInt64Builder::new();
            fates.iter().for_each(|f| out.append_option(f.cluster.map(|c| c.0)));
            Arc::new(out.finish())
        }
        "cluster_size" => {
            let mut out = UInt32Builder::new();
            fates.iter().for_each(|f| out.append_option(f.cluster.map(|c| c.1)));
            Arc::new(out.finish())
        }
        "copies" => {
            let mut out = UInt32Builder::new();
            fates.iter().for_each(|f| out.append_value(f.copies));
            Arc::new(out.finish())
        }
        _ => new_null_array(data_type, fates.len()),
    }
}
