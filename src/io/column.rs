//! One column of a shard, named by a dotted path that descends into structs; string columns of any type.

use super::schema::canonical;
use crate::error::{Error, Result, nearest};
use arrow::array::{Array, ArrayRef, BinaryViewArray, RecordBatch, StringViewArray, StructArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Fields, Schema};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A column found in a shard's schema.
#[derive(Debug, Clone)]
pub struct Column {
    pub(super) path: PathBuf,
    name: String,
    steps: Vec<String>,
    data_type: DataType,
}

impl Column {
    /// Finds `name` in `schema`: a top-level column of that very name, else a path of struct fields parted by dots.
    ///
    /// # Errors
    /// [`Error::Column`] if there is none, naming the nearest.
    pub fn find(path: &Path, schema: &Schema, name: &str) -> Result<Column> {
        let found = |steps: Vec<String>, data_type: &DataType| Column {
            path: path.to_owned(),
            name: name.to_owned(),
            steps,
            data_type: data_type.clone(),
        };
        if let Ok(field) = schema.field_with_name(name) {
            return Ok(found(vec![name.to_owned()], field.data_type()));
        }
        let steps: Vec<String> = name.split('.').map(str::to_owned).collect();
        match descend(schema.fields(), &steps) {
            Some(data_type) => Ok(found(steps, &data_type)),
            None => {
                Err(Error::Column { path: path.to_owned(), column: name.to_owned(), problem: missing(schema, name) })
            }
        }
    }

    /// The top-level column it lies in.
    pub fn root(&self) -> &str {
        &self.steps[0]
    }

    /// The name, as given.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its (canonical) type.
    pub fn data_type(&self) -> &DataType {
        &self.data_type
    }

    /// An [`Error::Column`] about this column.
    pub fn error(&self, problem: impl Into<String>) -> Error {
        Error::Column { path: self.path.clone(), column: self.name.clone(), problem: problem.into() }
    }

    /// Its arrays in a batch, outermost first; a row is null if any of them is null there.
    fn arrays(&self, batch: &RecordBatch) -> Result<Vec<ArrayRef>> {
        let gone = || self.error("is not in the batch that was read");
        let mut arrays = vec![batch.column_by_name(self.root()).ok_or_else(gone)?.clone()];
        for step in &self.steps[1..] {
            let inner = arrays
                .last()
                .and_then(|a| a.as_any().downcast_ref::<StructArray>())
                .and_then(|s| s.column_by_name(step))
                .ok_or_else(gone)?;
            arrays.push(inner.clone());
        }
        Ok(arrays)
    }

    /// The column of a batch as numbers, nulls where a row has none.
    ///
    /// # Errors
    /// [`Error::Column`] if its type is not an integer.
    pub fn bind_u64(&self, batch: &RecordBatch) -> Result<Vec<Option<u64>>> {
        if !self.data_type.is_integer() {
            return Err(self.error(format!("has type {}, where an integer is needed", self.data_type)));
        }
        let arrays = self.arrays(batch)?;
        let values =
            arrays.last().map(|a| cast(a, &DataType::Int64)).transpose().map_err(|e| self.error(e.to_string()))?;
        let values = values.as_ref().and_then(|v| v.as_any().downcast_ref::<arrow::array::Int64Array>());
        let Some(values) = values else { return Err(self.error("could not be read as integers")) };
        Ok((0..batch.num_rows())
            .map(|i| if is_null(&arrays, i) { None } else { u64::try_from(values.value(i)).ok() })
            .collect())
    }

    /// The column, if it holds numbers: integers, or real numbers of any width.
    ///
    /// # Errors
    /// [`Error::Column`] if it does not.
    pub fn of_numbers(self) -> Result<Column> {
        match self.data_type.is_integer() || self.data_type.is_floating() {
            true => Ok(self),
            false => Err(self.error(format!("has type {}, where a number is needed", self.data_type))),
        }
    }

    /// The column, if it holds labels: numbers, or truth values.
    ///
    /// # Errors
    /// [`Error::Column`] if it does not.
    pub fn of_labels(self) -> Result<Column> {
        match self.data_type {
            DataType::Boolean => Ok(self),
            _ => self.of_numbers(),
        }
    }

    /// The column of a batch as real numbers (truth values as 0 and 1), none where a row has a null or a number that is not finite.
    ///
    /// # Errors
    /// [`Error::Column`] if its type is not one of numbers.
    pub fn bind_f64(&self, batch: &RecordBatch) -> Result<Vec<Option<f64>>> {
        self.clone().of_labels()?;
        let arrays = self.arrays(batch)?;
        let values =
            arrays.last().map(|a| cast(a, &DataType::Float64)).transpose().map_err(|e| self.error(e.to_string()))?;
        let values = values.as_ref().and_then(|v| v.as_any().downcast_ref::<arrow::array::Float64Array>());
        let Some(values) = values else { return Err(self.error("could not be read as numbers")) };
        Ok((0..batch.num_rows())
            .map(|i| if is_null(&arrays, i) { None } else { Some(values.value(i)).filter(|x| x.is_finite()) })
            .collect())
    }
}

/// The type at the end of a path of struct fields.
fn descend(fields: &Fields, steps: &[String]) -> Option<DataType> {
    let (first, rest) = steps.split_first()?;
    let field = fields.iter().find(|f| f.name() == first)?;
    match field.data_type() {
        data_type if rest.is_empty() => Some(data_type.clone()),
        DataType::Struct(inner) => descend(inner, rest),
        _ => None,
    }
}

fn missing(schema: &Schema, name: &str) -> String {
    let mut known = Vec::new();
    list_paths(schema.fields(), "", &mut known);
    let near = nearest(name, known.iter().map(String::as_str));
    let hint = near.map(|n| format!(" (did you mean `{n}`?)")).unwrap_or_default();
    format!("is missing{hint}; there are: {}", known.join(", "))
}

fn list_paths(fields: &Fields, prefix: &str, out: &mut Vec<String>) {
    for field in fields {
        let path = format!("{prefix}{}", field.name());
        if let DataType::Struct(inner) = field.data_type() {
            list_paths(inner, &format!("{path}."), out);
        } else {
            out.push(path);
        }
    }
}

fn is_null(arrays: &[ArrayRef], row: usize) -> bool {
    arrays.iter().any(|a| a.is_null(row))
}

/// A column that holds strings, or integers read as their decimal digits (ids are often so).
#[derive(Debug, Clone)]
pub struct StringColumn(Column);

impl StringColumn {
    /// Accepts a column as strings.
    ///
    /// # Errors
    /// [`Error::Column`] if it holds neither strings nor, where `integers` is true, integers.
    pub fn new(column: Column, integers: bool) -> Result<Self> {
        match column.data_type() {
            DataType::Utf8View => Ok(StringColumn(column)),
            t if integers && t.is_integer() => Ok(StringColumn(column)),
            t => Err(column.error(format!("has type {t}, where a string is needed"))),
        }
    }

    /// Finds a column of strings, of any string type, in the schema of batches that do not come from a [`Shard`](super::Shard).
    ///
    /// ```
    /// use arrow::array::{ArrayRef, LargeStringArray, RecordBatch};
    /// use mashbill::io::StringColumn;
    /// use std::sync::Arc;
    ///
    /// let column: ArrayRef = Arc::new(LargeStringArray::from(vec![Some("rye"), None]));
    /// let batch = RecordBatch::try_from_iter([("text", column)]).unwrap();
    /// let texts = StringColumn::find(&batch.schema(), "text")?.bind(&batch)?;
    /// assert_eq!((texts.get(0), texts.get(1)), (Some("rye"), None));
    /// # Ok::<(), mashbill::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Column`] if there is none of that name (naming the nearest), or it holds no strings.
    pub fn find(schema: &Schema, name: &str) -> Result<Self> {
        let column = Column::find("record batch".as_ref(), schema, name)?;
        let data_type = canonical(&column.data_type);
        StringColumn::new(Column { data_type, ..column }, false)
    }

    /// The column found.
    pub fn column(&self) -> &Column {
        &self.0
    }

    /// The column's values in a batch.
    ///
    /// # Errors
    /// [`Error::Column`] if the batch does not hold the column.
    pub fn bind(&self, batch: &RecordBatch) -> Result<Strings> {
        let mut arrays = self.0.arrays(batch)?;
        let values = arrays.pop().ok_or_else(|| self.0.error("is not in the batch that was read"))?;
        if let Some(bytes) = values.as_any().downcast_ref::<BinaryViewArray>() {
            let (values, invalid) = checked(bytes);
            return Ok(Strings { parents: arrays, values, invalid });
        }
        let strings = match values.data_type() {
            DataType::Utf8View => values.clone(),
            _ => cast(&values, &DataType::Utf8View).map_err(|e| self.0.error(e.to_string()))?,
        };
        match strings.as_any().downcast_ref::<StringViewArray>() {
            Some(strings) => Ok(Strings { parents: arrays, values: strings.clone(), invalid: Vec::new() }),
            None => Err(self.0.error(format!("has type {}, where a string is needed", values.data_type()))),
        }
    }
}

/// Bytes as strings, and the rows that are not UTF-8, in order; those are null. Copies nothing where all are.
fn checked(bytes: &BinaryViewArray) -> (StringViewArray, Vec<usize>) {
    match bytes.clone().to_string_view() {
        Ok(strings) => (strings, Vec::new()),
        Err(_) => {
            let mut invalid = Vec::new();
            let strings = bytes.iter().enumerate().map(|(row, value)| match value.map(std::str::from_utf8) {
                None => None,
                Some(Ok(text)) => Some(text),
                Some(Err(_)) => {
                    invalid.push(row);
                    None
                }
            });
            (strings.collect(), invalid)
        }
    }
}

/// A string column's values in one batch.
#[derive(Debug, Clone)]
pub struct Strings {
    parents: Vec<ArrayRef>,
    values: StringViewArray,
    invalid: Vec<usize>,
}

impl Strings {
    /// Number of rows.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The row's value; `None` if it, or a struct around it, is null, or if it is not UTF-8.
    pub fn get(&self, row: usize) -> Option<&str> {
        let null = row >= self.values.len() || self.values.is_null(row) || is_null(&self.parents, row);
        (!null).then(|| self.values.value(row))
    }

    /// The values as an array, null where [`get`](Self::get) gives none. Copies no text unless a struct around it has nulls.
    pub fn into_array(self) -> ArrayRef {
        if self.parents.iter().all(|parent| parent.null_count() == 0) {
            return Arc::new(self.values);
        }
        Arc::new((0..self.len()).map(|row| self.get(row)).collect::<StringViewArray>())
    }

    /// Whether the row holds bytes that are not UTF-8.
    pub fn is_invalid(&self, row: usize) -> bool {
        self.invalid.binary_search(&row).is_ok()
    }
}

/// The batch with the column's values replaced (`None` leaves a row as it was), structs around it rebuilt.
///
/// # Errors
/// [`Error::Column`] if the batch does not hold the column, or `new` has another number of rows.
pub fn replace_strings(batch: &RecordBatch, strings: &StringColumn, new: &[Option<String>]) -> Result<RecordBatch> {
    let column = strings.column();
    let arrays = column.arrays(batch)?;
    let old = strings.bind(batch)?;
    if new.len() != old.len() {
        return Err(column.error(format!("has {} rows, but {} replacements were given", old.len(), new.len())));
    }
    let mut rebuilt: ArrayRef = match new.iter().all(Option::is_none) {
        true => Arc::new(old.values.clone()),
        false => {
            Arc::new((0..old.len()).map(|i| new[i].as_deref().or_else(|| old.get(i))).collect::<StringViewArray>())
        }
    };
    for depth in (0..arrays.len() - 1).rev() {
        let Some(parent) = arrays[depth].as_any().downcast_ref::<StructArray>() else {
            return Err(column.error("does not lie in structs"));
        };
        let (fields, mut children, nulls) = parent.clone().into_parts();
        let at = fields.iter().position(|f| f.name() == &column.steps[depth + 1]);
        if let Some(slot) = at.and_then(|i| children.get_mut(i)) {
            *slot = rebuilt;
        }
        let retyped =
            fields.iter().zip(&children).map(|(f, c)| f.as_ref().clone().with_data_type(c.data_type().clone()));
        let retyped: Fields = retyped.collect();
        rebuilt = Arc::new(StructArray::try_new(retyped, children, nulls).map_err(|e| column.error(e.to_string()))?);
    }
    let schema = batch.schema();
    let mut columns = batch.columns().to_vec();
    let mut fields = schema.fields().to_vec();
    if let Ok(at) = schema.index_of(column.root()) {
        fields[at] = Arc::new(fields[at].as_ref().clone().with_data_type(rebuilt.data_type().clone()));
        columns[at] = rebuilt;
    }
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).map_err(|e| column.error(e.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::StringArray;
    use arrow::buffer::NullBuffer;
    use arrow::datatypes::Field;

    fn nested() -> RecordBatch {
        let text: ArrayRef = Arc::new(StringViewArray::from(vec![Some("a"), None, Some("c")]));
        let inner = Fields::from(vec![Field::new("text", DataType::Utf8View, true)]);
        let record = StructArray::new(inner, vec![text], Some(NullBuffer::from(vec![true, true, false])));
        RecordBatch::try_from_iter([("record", Arc::new(record) as ArrayRef)]).unwrap()
    }

    #[test]
    fn a_dotted_path_descends_and_a_null_parent_is_null() {
        let batch = nested();
        let column = Column::find("f".as_ref(), &batch.schema(), "record.text").unwrap();
        let strings = StringColumn::new(column, false).unwrap();
        let values = strings.bind(&batch).unwrap();
        assert_eq!((values.get(0), values.get(1), values.get(2), values.get(9)), (Some("a"), None, None, None));
        let new = replace_strings(&batch, &strings, &[Some("A".into()), None, None]).unwrap();
        assert_eq!(strings.bind(&new).unwrap().get(0), Some("A"));
        assert_eq!(strings.bind(&new).unwrap().get(2), None);
    }

    #[test]
    fn strings_of_any_type_are_found_in_a_batch_and_replaced() {
        let plain = StringArray::from(vec![Some("a"), None, Some("c")]);
        let types = [
            DataType::Utf8,
            DataType::LargeUtf8,
            DataType::Utf8View,
            DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)),
        ];
        for data_type in types {
            let batch = RecordBatch::try_from_iter([("text", cast(&plain, &data_type).unwrap())]).unwrap();
            let column = StringColumn::find(&batch.schema(), "text").unwrap();
            let batch = replace_strings(&batch, &column, &[Some("A".into()), None, None]).unwrap();
            let values = column.bind(&batch).unwrap();
            assert_eq!((values.get(0), values.get(1), values.get(2)), (Some("A"), None, Some("c")), "{data_type}");
        }
        let number: ArrayRef = Arc::new(arrow::array::Int32Array::from(vec![1]));
        let batch = RecordBatch::try_from_iter([("text", number)]).unwrap();
        let e = StringColumn::find(&batch.schema(), "text").unwrap_err();
        insta::assert_snapshot!(e, @"record batch: column `text`: has type Int32, where a string is needed");
    }

    #[test]
    fn a_missing_column_names_the_nearest() {
        let batch = nested();
        let e = Column::find("f.parquet".as_ref(), &batch.schema(), "record.txt").unwrap_err();
        insta::assert_snapshot!(e, @"f.parquet: column `record.txt`: is missing (did you mean `record.text`?); there are: record.text");
    }
}
