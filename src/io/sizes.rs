//! How many bytes a row holds: exact, and independent of how rows were batched, so that cuts made by it are reproducible.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::DataType;

/// Adds to `sizes[row]` the bytes of the row's value in `array`: string and binary lengths, the width of fixed-width values,
/// nested values by their children. Null takes one byte.
pub fn add_row_bytes(array: &ArrayRef, sizes: &mut [u64]) {
    match array.data_type() {
        DataType::Utf8View => add(array, sizes, |i| array.as_string_view().value(i).len()),
        DataType::BinaryView => add(array, sizes, |i| array.as_binary_view().value(i).len()),
        DataType::Utf8 => add(array, sizes, |i| array.as_string::<i32>().value(i).len()),
        DataType::Binary => add(array, sizes, |i| array.as_binary::<i32>().value(i).len()),
        DataType::List(_) => {
            let list = array.as_list::<i32>();
            let mut items = vec![0; list.values().len()];
            add_row_bytes(list.values(), &mut items);
            let offsets = list.value_offsets();
            for (size, bounds) in sizes.iter_mut().zip(offsets.windows(2)) {
                *size += items[bounds[0] as usize..bounds[1] as usize].iter().sum::<u64>() + 1;
            }
        }
        DataType::Struct(_) => {
            for child in array.as_struct().columns() {
                add_row_bytes(child, sizes);
            }
        }
        other => {
            let width = other.primitive_width().unwrap_or(8);
            add(array, sizes, |_| width);
        }
    }
}

fn add(array: &ArrayRef, sizes: &mut [u64], bytes: impl Fn(usize) -> usize) {
    for (row, size) in sizes.iter_mut().enumerate().take(array.len()) {
        *size += if array.is_null(row) { 1 } else { bytes(row) as u64 };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{Int64Array, ListArray, StringViewArray};
    use arrow::datatypes::Int32Type;
    use std::sync::Arc;

    #[test]
    fn slices_count_what_the_whole_counts() {
        let text: ArrayRef =
            Arc::new(StringViewArray::from(vec![Some("rye"), None, Some("a long one, kept in a buffer")]));
        let n: ArrayRef = Arc::new(Int64Array::from(vec![1, 2, 3]));
        let list: ArrayRef = Arc::new(ListArray::from_iter_primitive::<Int32Type, _, _>(vec![
            Some(vec![Some(1), Some(2)]),
            None,
            Some(vec![Some(3)]),
        ]));
        let mut whole = [0; 3];
        let mut cut = [0; 2];
        for column in [text, n, list] {
            add_row_bytes(&column, &mut whole);
            add_row_bytes(&column.slice(1, 2), &mut cut);
        }
        assert_eq!(whole, [3 + 8 + 9, 1 + 8 + 1, 28 + 8 + 5]);
        assert_eq!(whole[1..], cut);
    }
}
