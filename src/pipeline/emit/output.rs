//! The output's columns, decided before the first row: text and id first, every other input column, then what the mix adds.

use crate::error::{Error, Result};
use crate::io::{SchemaUnion, canonical, replace_strings};
use crate::pipeline::{InputShard, Source};
use arrow::array::{ArrayRef, RecordBatch, StringViewArray, UInt32Array, new_null_array};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use std::sync::Arc;

/// Columns that the mix adds. An input column of such a name, or one called as the output's text or id is and yet another,
/// passes through as `input_NAME`.
const ADDED: [&str; 3] = ["source", "category", "copy_index"];
/// The column that a mix of several stages adds as well.
const STAGE: &str = "stage";

/// Maps each source's columns to the output's.
#[derive(Debug)]
pub(in crate::pipeline) struct Output {
    schema: SchemaRef,
    text: String,
    id: String,
    added: bool,
    /// Names of the stages, where rows say which one emits them.
    stages: Vec<String>,
    renamed: Vec<(String, String)>,
}

/// Where an output column's values come from.
enum Origin<'a> {
    Text,
    Id,
    Input(&'a str),
    Absent,
}

impl Output {
    /// Decides the columns from every shard's schema.
    ///
    /// # Errors
    /// [`Error::Column`] if a column has types in two shards that no type holds.
    pub fn decide(
        sources: &[Source],
        (text, id): (&str, Option<&str>),
        added: bool,
        stages: Vec<String>,
    ) -> Result<Output> {
        let last = |name: &str| name.rsplit('.').next().unwrap_or(name).to_owned();
        let (text, id) = (last(text), last(id.unwrap_or("id")));
        let mut union = SchemaUnion::default();
        let mut ids_are_strings = false;
        for shard in sources.iter().flat_map(|s| &s.shards) {
            let id_type = shard.id.as_ref().map(|c| c.column().data_type());
            ids_are_strings |= id_type.is_none_or(|t| !t.is_integer());
            let roots = own_roots(shard);
            let fields = shard.shard.schema().fields().iter().filter(|f| !roots.contains(&f.name().as_str()));
            let fields: Vec<Field> = fields.map(|f| Field::new(f.name(), canonical(f.data_type()), true)).collect();
            union.add(shard.shard.path(), &Schema::new(fields))?;
        }
        let others = union.finish();
        let id_type = if ids_are_strings { DataType::Utf8View } else { DataType::Int64 };
        let mut fields = vec![Field::new(&id, id_type, true), Field::new(&text, DataType::Utf8View, true)];
        let mut renamed = Vec::new();
        let mut taken: Vec<String> = others.iter().map(|f| f.name().clone()).collect();
        taken.extend([text.clone(), id.clone()]);
        for field in others {
            let mut name = field.name().clone();
            let of_mix = ADDED.contains(&name.as_str()) || (!stages.is_empty() && name == STAGE);
            if name == text || name == id || (added && of_mix) {
                name = format!("input_{name}");
                while taken.contains(&name) {
                    name.insert_str(0, "input_");
                }
                taken.push(name.clone());
                renamed.push((field.name().clone(), name.clone()));
            }
            fields.push(field.with_name(name));
        }
        fields.sort_by_key(|f| (f.name() != &id, f.name() != &text, f.name().clone()));
        if added {
            fields.push(Field::new("source", DataType::Utf8View, false));
            fields.push(Field::new("category", DataType::Utf8View, false));
            fields.push(Field::new("copy_index", DataType::UInt32, false));
            fields.extend((!stages.is_empty()).then(|| Field::new(STAGE, DataType::Utf8View, false)));
        }
        Ok(Output { schema: Arc::new(Schema::new(fields)), text, id, added, stages, renamed })
    }

    /// Whether ids are integers as far as the columns' types say.
    pub fn integer_ids(&self) -> bool {
        self.schema.field_with_name(&self.id).is_ok_and(|f| f.data_type().is_integer())
    }

    /// Lets ids be integers only if every one is: a row without an id goes by the hash of its text, and an unsigned id may be
    /// too large. `all_are` says it of all rows that passed their filters.
    pub fn settle_ids(&mut self, all_are: bool) {
        if self.integer_ids() && !all_are {
            let text = |f: &Arc<Field>| match f.name() == &self.id {
                true => Arc::new(f.as_ref().clone().with_data_type(DataType::Utf8View)),
                false => f.clone(),
            };
            self.schema = Arc::new(Schema::new(self.schema.fields().iter().map(text).collect::<Vec<_>>()));
        }
    }

    /// The columns.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// Whether rows get the columns that the mix adds.
    pub fn added(&self) -> bool {
        self.added
    }

    /// Names of the stages, where rows say which one emits them.
    pub fn stages(&self) -> &[String] {
        if self.added { &self.stages } else { &[] }
    }

    /// Spilled rows with the stage of each.
    pub fn with_stages(
        rows: RecordBatch,
        names: &[String],
        stages: impl Iterator<Item = u32>,
    ) -> Result<RecordBatch, arrow::error::ArrowError> {
        if names.is_empty() {
            return Ok(rows);
        }
        let (mut columns, at) = (rows.columns().to_vec(), rows.schema().index_of(STAGE)?);
        let name = |stage: u32| names.get(stage as usize).map_or("", String::as_str);
        columns[at] = Arc::new(StringViewArray::from_iter_values(stages.map(name)));
        RecordBatch::try_new(rows.schema(), columns)
    }

    /// The column that holds the text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Input columns whose names the mix needed, and what they are called in the output.
    pub fn renamed(&self) -> &[(String, String)] {
        &self.renamed
    }

    fn origin<'a>(&'a self, shard: &InputShard, name: &'a str) -> Origin<'a> {
        let original = self.renamed.iter().find(|(_, new)| new == name).map_or(name, |(old, _)| old.as_str());
        match name {
            _ if name == self.text => Origin::Text,
            _ if name == self.id => Origin::Id,
            _ if own_roots(shard).contains(&original) => Origin::Absent,
            _ if shard.shard.schema().field_with_name(original).is_ok() => Origin::Input(original),
            _ => Origin::Absent,
        }
    }

    /// An input batch in the output's columns. `ids` are the ledger's; `texts` holds rewritten texts (`None`: as it was).
    pub fn convert(
        &self,
        source: &Source,
        shard: &InputShard,
        batch: &RecordBatch,
        ids: &[String],
        texts: &[Option<String>],
        copies: &[u32],
    ) -> Result<RecordBatch> {
        let fail = |e: arrow::error::ArrowError| Error::read(shard.shard.path(), None, e);
        let rewritten = replace_strings(batch, &shard.text, texts)?;
        let repeat = |word: &str| -> ArrayRef {
            Arc::new(StringViewArray::from_iter_values(std::iter::repeat_n(word, batch.num_rows())))
        };
        let mut columns: Vec<ArrayRef> = Vec::with_capacity(self.schema.fields().len());
        for field in self.schema.fields() {
            let column = match (field.name().as_str(), self.origin(shard, field.name())) {
                ("source", _) if self.added => repeat(&source.name),
                ("category", _) if self.added => repeat(&source.category),
                ("copy_index", _) if self.added => Arc::new(UInt32Array::from(copies.to_vec())),
                // Told when rows become copies.
                (STAGE, _) if !self.stages().is_empty() => repeat(""),
                (_, Origin::Text) => shard.text.bind(&rewritten)?.into_array(),
                (_, Origin::Id) => {
                    let ids: ArrayRef = Arc::new(StringViewArray::from_iter_values(ids));
                    cast(&ids, field.data_type()).map_err(fail)?
                }
                (_, Origin::Input(name)) => match rewritten.column_by_name(name) {
                    Some(column) => cast(column, field.data_type()).map_err(fail)?,
                    None => new_null_array(field.data_type(), batch.num_rows()),
                },
                (_, Origin::Absent) => new_null_array(field.data_type(), batch.num_rows()),
            };
            columns.push(column);
        }
        RecordBatch::try_new(self.schema.clone(), columns).map_err(fail)
    }
}

/// Top-level columns that are a shard's text or id: they appear in the output under the recipe's names. A struct that holds
/// the text or id passes through as well.
fn own_roots(shard: &InputShard) -> Vec<&str> {
    let own = [Some(&shard.text), shard.id.as_ref()];
    let top_level = own.into_iter().flatten().map(|c| c.column()).filter(|c| c.root() == c.name());
    top_level.map(|c| c.root()).collect()
}
