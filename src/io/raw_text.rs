//! Text columns read as bytes: the schema by which the decoder hands their values over unchecked, so that one value that is not
//! UTF-8 is one bad row and not a lost row group.

use super::schema::canonical;
use arrow::datatypes::{DataType, Field, FieldRef, Fields};
use parquet::basic::{Repetition, Type as PhysicalType};
use parquet::errors::Result;
use parquet::schema::types::{SchemaDescriptor, Type, TypePtr};
use std::sync::Arc;

/// The same Parquet schema with the string annotation taken off the columns at these paths.
pub(super) fn as_bytes(schema: &SchemaDescriptor, paths: &[Vec<&str>]) -> Result<SchemaDescriptor> {
    let root = schema.root_schema();
    let fields = root.get_fields().iter().map(|f| strip(f, paths, &[])).collect::<Result<Vec<_>>>()?;
    Ok(SchemaDescriptor::new(Arc::new(Type::group_type_builder(root.name()).with_fields(fields).build()?)))
}

fn strip(node: &TypePtr, paths: &[Vec<&str>], above: &[&str]) -> Result<TypePtr> {
    let mut path = above.to_vec();
    path.push(node.name());
    if !paths.iter().any(|p| p.starts_with(&path)) {
        return Ok(node.clone());
    }
    let info = node.get_basic_info();
    let id = info.has_id().then(|| info.id());
    let repetition = if info.has_repetition() { info.repetition() } else { Repetition::REQUIRED };
    let stripped = match node.as_ref() {
        Type::PrimitiveType { physical_type: PhysicalType::BYTE_ARRAY, .. } => {
            let bare = Type::primitive_type_builder(node.name(), PhysicalType::BYTE_ARRAY);
            bare.with_repetition(repetition).with_id(id).build()?
        }
        Type::PrimitiveType { .. } => return Ok(node.clone()),
        Type::GroupType { fields, .. } => {
            let fields = fields.iter().map(|f| strip(f, paths, &path)).collect::<Result<Vec<_>>>()?;
            Type::group_type_builder(node.name())
                .with_repetition(repetition)
                .with_converted_type(info.converted_type())
                .with_logical_type(info.logical_type_ref().cloned())
                .with_fields(fields)
                .with_id(id)
                .build()?
        }
    };
    Ok(Arc::new(stripped))
}

/// The canonical type of a field whose text columns, at these paths, are to be `text`: `Utf8View` as the crate shows them,
/// `BinaryView` as they are decoded. Columns of other types stay what they are.
pub(super) fn with_text(field: &Field, paths: &[Vec<&str>], text: &DataType) -> Field {
    field.clone().with_data_type(retype(field.name(), field.data_type(), paths, text))
}

fn retype(name: &str, data_type: &DataType, paths: &[Vec<&str>], text: &DataType) -> DataType {
    let below: Vec<Vec<&str>> =
        paths.iter().filter(|p| p.first() == Some(&name)).map(|p| p.iter().skip(1).copied().collect()).collect();
    let is_text = below.iter().any(Vec::is_empty);
    match canonical(data_type) {
        DataType::Utf8View | DataType::BinaryView if is_text => text.clone(),
        DataType::Struct(fields) if !below.is_empty() => {
            let inner = |f: &FieldRef| f.as_ref().clone().with_data_type(retype(f.name(), f.data_type(), &below, text));
            DataType::Struct(fields.iter().map(inner).collect::<Fields>())
        }
        other => other,
    }
}
