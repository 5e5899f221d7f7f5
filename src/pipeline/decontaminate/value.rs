//! A Parquet row as the JSON value that a line of JSONL would have been, so that benchmarks of both are read alike.

use crate::error::Cause;
use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type, Int64Type};
use serde_json::{Map, Value};

/// The value at a row of a column: strings, numbers, truth values, and lists and structs of them; of any other type null.
pub(super) fn value_at(array: &ArrayRef, row: usize) -> Result<Value, Cause> {
    if row >= array.len() || array.is_null(row) {
        return Ok(Value::Null);
    }
    let one = array.slice(row, 1);
    let items = |list: ArrayRef| -> Result<Value, Cause> {
        (0..list.len()).map(|at| value_at(&list, at)).collect::<Result<Vec<_>, _>>().map(Value::Array)
    };
    Ok(match array.data_type() {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Dictionary(..) => {
            let text = cast(&one, &DataType::Utf8)?;
            Value::String(text.as_string::<i32>().value(0).to_owned())
        }
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView => {
            let bytes = cast(&one, &DataType::Binary)?;
            Value::String(String::from_utf8(bytes.as_binary::<i32>().value(0).to_vec())?)
        }
        DataType::Boolean => Value::Bool(one.as_boolean().value(0)),
        whole if whole.is_integer() => cast(&one, &DataType::Int64)?.as_primitive::<Int64Type>().value(0).into(),
        number if number.is_numeric() => cast(&one, &DataType::Float64)?.as_primitive::<Float64Type>().value(0).into(),
        DataType::List(_) => items(one.as_list::<i32>().value(0))?,
        DataType::LargeList(_) => items(one.as_list::<i64>().value(0))?,
        DataType::FixedSizeList(..) => items(one.as_fixed_size_list().value(0))?,
        DataType::Struct(fields) => {
            let parts = fields.iter().zip(one.as_struct().columns());
            let members = parts.map(|(field, column)| Ok((field.name().clone(), value_at(column, 0)?)));
            Value::Object(members.collect::<Result<Map<_, _>, Cause>>()?)
        }
        _ => Value::Null,
    })
}
