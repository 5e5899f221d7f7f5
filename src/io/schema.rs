//! One schema for shards that were written by different tools: canonical types, and their union.

use crate::error::{Error, Result};
use arrow::datatypes::{DataType, Field, FieldRef, Fields, Schema, SchemaRef};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The type in which a column is read, whatever type its writer declared: every string type is `Utf8View` and every binary type
/// `BinaryView` (no copy out of the page), dictionaries are their values, large lists are lists. Nested types likewise.
pub fn canonical(data_type: &DataType) -> DataType {
    use DataType::*;
    match data_type {
        Utf8 | LargeUtf8 | Utf8View => Utf8View,
        Binary | LargeBinary | BinaryView => BinaryView,
        Dictionary(_, value) => canonical(value),
        List(item) | LargeList(item) | ListView(item) | LargeListView(item) => List(canonical_field(item)),
        Struct(fields) => Struct(fields.iter().map(canonical_field).collect()),
        other => other.clone(),
    }
}

fn canonical_field(field: &FieldRef) -> FieldRef {
    Arc::new(field.as_ref().clone().with_data_type(canonical(field.data_type())))
}

/// The type that the output's Arrow schema declares for a column read as `data_type`: plain `Utf8` and `Binary`, which every
/// reader knows. The Parquet bytes are the same.
pub(super) fn declared(data_type: &DataType) -> DataType {
    use DataType::*;
    let field = |f: &FieldRef| Arc::new(f.as_ref().clone().with_data_type(declared(f.data_type())));
    match data_type {
        Utf8View => Utf8,
        BinaryView => Binary,
        List(item) => List(field(item)),
        Struct(fields) => Struct(fields.iter().map(field).collect()),
        other => other.clone(),
    }
}

/// Builds the output's columns from the inputs': every column of every shard, each nullable. Numbers widen; anything else must
/// agree.
#[derive(Debug, Default)]
pub struct SchemaUnion {
    columns: BTreeMap<String, (DataType, PathBuf)>,
}

impl SchemaUnion {
    /// Adds a shard's (canonical) columns.
    ///
    /// # Errors
    /// [`Error::Column`] if a column has types in two shards that no common type holds; it names both files.
    pub fn add(&mut self, path: &Path, schema: &Schema) -> Result<()> {
        for field in schema.fields() {
            match self.columns.get_mut(field.name()) {
                None => {
                    self.columns.insert(field.name().clone(), (field.data_type().clone(), path.to_owned()));
                }
                Some((have, first)) => {
                    *have = widest(have, field.data_type()).ok_or_else(|| Error::Column {
                        path: path.to_owned(),
                        column: field.name().clone(),
                        problem: format!(
                            "has type {} here but {have} in {}; cast one of them, or drop the column",
                            field.data_type(),
                            first.display()
                        ),
                    })?;
                }
            }
        }
        Ok(())
    }

    /// The united columns, sorted by name, so that the result does not depend on the order or the cutting of the shards.
    pub fn finish(self) -> Vec<Field> {
        self.columns.into_iter().map(|(name, (data_type, _))| Field::new(name, nullable(&data_type), true)).collect()
    }
}

/// The narrowest type that holds both, or `None`.
fn widest(a: &DataType, b: &DataType) -> Option<DataType> {
    use DataType::*;
    if a == b {
        return Some(a.clone());
    }
    let rank = |t: &DataType| match t {
        Int8 => Some((0, 8)),
        Int16 => Some((0, 16)),
        Int32 => Some((0, 32)),
        Int64 => Some((0, 64)),
        UInt8 => Some((1, 8)),
        UInt16 => Some((1, 16)),
        UInt32 => Some((1, 32)),
        UInt64 => Some((1, 64)),
        Float16 => Some((2, 16)),
        Float32 => Some((2, 32)),
        Float64 => Some((2, 64)),
        _ => None,
    };
    match (a, b) {
        (Null, other) | (other, Null) => Some(other.clone()),
        (List(x), List(y)) => {
            let item = widest(x.data_type(), y.data_type())?;
            Some(List(Arc::new(Field::new("item", item, true))))
        }
        (Struct(x), Struct(y)) if x.len() == y.len() => {
            let fields: Option<Fields> = x
                .iter()
                .zip(y)
                .map(|(f, g)| {
                    let same = f.name() == g.name();
                    let data_type = widest(f.data_type(), g.data_type()).filter(|_| same)?;
                    Some(Field::new(f.name(), data_type, true))
                })
                .collect();
            fields.map(Struct)
        }
        _ => match (rank(a)?, rank(b)?) {
            ((ka, wa), (kb, wb)) if ka == kb => Some(if wa >= wb { a.clone() } else { b.clone() }),
            // An unsigned number fits the signed type of twice its width.
            ((1, w), (0, v)) | ((0, v), (1, w)) if w < 64 => Some(match v.max(2 * w) {
                16 => Int16,
                32 => Int32,
                _ => Int64,
            }),
            _ => None,
        },
    }
}

/// The same type with every nested field nullable and plainly named, so that shards that differ only in that agree.
fn nullable(data_type: &DataType) -> DataType {
    match data_type {
        DataType::List(item) => DataType::List(Arc::new(Field::new("item", nullable(item.data_type()), true))),
        DataType::Struct(fields) => DataType::Struct(
            fields.iter().map(|f| Field::new(f.name(), nullable(f.data_type()), true)).collect::<Fields>(),
        ),
        // A column that is null wherever it occurs: written as a string column of nulls, since Parquet readers differ on `Null`.
        DataType::Null => DataType::Utf8View,
        other => other.clone(),
    }
}

/// A schema of these fields.
pub fn to_schema(fields: Vec<Field>) -> SchemaRef {
    Arc::new(Schema::new(fields))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema(fields: &[(&str, DataType)]) -> Schema {
        Schema::new(fields.iter().map(|(n, t)| Field::new(*n, canonical(t), true)).collect::<Vec<_>>())
    }

    #[test]
    fn strings_of_any_type_are_one_type_and_numbers_widen() {
        let dictionary = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
        let mut union = SchemaUnion::default();
        union.add("a".as_ref(), &schema(&[("text", DataType::Utf8), ("n", DataType::Int32)])).unwrap();
        union.add("b".as_ref(), &schema(&[("n", DataType::Int64), ("text", dictionary)])).unwrap();
        union.add("c".as_ref(), &schema(&[("text", DataType::LargeUtf8), ("x", DataType::Null)])).unwrap();
        let got: Vec<_> = union.finish().iter().map(|f| (f.name().clone(), f.data_type().clone())).collect();
        let view = DataType::Utf8View;
        let expect = [("n", DataType::Int64), ("text", view.clone()), ("x", view)];
        assert_eq!(got, expect.map(|(n, t)| (n.to_owned(), t)));
    }

    #[test]
    fn what_does_not_agree_names_both_files() {
        let mut union = SchemaUnion::default();
        union.add("a.parquet".as_ref(), &schema(&[("n", DataType::Utf8)])).unwrap();
        let e = union.add("b.parquet".as_ref(), &schema(&[("n", DataType::Int64)])).unwrap_err();
        insta::assert_snapshot!(e, @"b.parquet: column `n`: has type Int64 here but Utf8View in a.parquet; cast one of them, or drop the column");
    }

    #[test]
    fn union_does_not_depend_on_order() {
        let types = [DataType::UInt8, DataType::Int8, DataType::UInt32, DataType::Int64, DataType::Null];
        for a in &types {
            for b in &types {
                assert_eq!(widest(a, b), widest(b, a), "{a} {b}");
            }
        }
        assert_eq!(widest(&DataType::UInt32, &DataType::Int8), Some(DataType::Int64));
        assert_eq!(widest(&DataType::UInt64, &DataType::Int64), None);
    }
}
