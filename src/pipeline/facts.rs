//! The columns that rules may look at beside the text: found when a shard is opened, bound to a batch, read by row.

use crate::document::Facts;
use crate::error::Result;
use crate::io::{Column, Shard, StringColumn, Strings};
use arrow::array::RecordBatch;

/// Which columns hold the facts of a row; none is read unless it is named. Dotted names descend into structs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FactNames {
    /// The page's address.
    pub url: Option<String>,
    /// The language of the text.
    pub lang: Option<String>,
    /// The file's path or name.
    pub path: Option<String>,
    /// What a model was asked.
    pub prompt: Option<String>,
    /// A quality score that was measured elsewhere: a column of numbers.
    pub score: Option<String>,
}

/// The columns of facts in one shard.
#[derive(Debug, Default)]
pub struct FactColumns {
    url: Option<StringColumn>,
    lang: Option<StringColumn>,
    path: Option<StringColumn>,
    prompt: Option<StringColumn>,
    score: Option<Column>,
}

impl FactColumns {
    pub(super) fn open(shard: &Shard, names: &FactNames) -> Result<FactColumns> {
        let find = |name: &Option<String>| name.as_deref().map(|n| shard.string_column(n)).transpose();
        Ok(FactColumns {
            url: find(&names.url)?,
            lang: find(&names.lang)?,
            path: find(&names.path)?,
            prompt: find(&names.prompt)?,
            score: names.score.as_deref().map(|n| shard.column(n)?.of_numbers()).transpose()?,
        })
    }

    /// The columns there are.
    pub(super) fn columns(&self) -> impl Iterator<Item = &Column> {
        let strings = [&self.url, &self.lang, &self.path, &self.prompt];
        strings.into_iter().flatten().map(StringColumn::column).chain(&self.score)
    }

    pub(super) fn bind(&self, batch: &RecordBatch) -> Result<FactValues> {
        let bind = |column: &Option<StringColumn>| column.as_ref().map(|c| c.bind(batch)).transpose();
        Ok(FactValues {
            url: bind(&self.url)?,
            lang: bind(&self.lang)?,
            path: bind(&self.path)?,
            prompt: bind(&self.prompt)?,
            score: self.score.as_ref().map(|c| c.bind_f64(batch)).transpose()?,
        })
    }
}

/// The facts of a batch's rows.
pub(super) struct FactValues {
    url: Option<Strings>,
    lang: Option<Strings>,
    path: Option<Strings>,
    prompt: Option<Strings>,
    score: Option<Vec<Option<f64>>>,
}

impl FactValues {
    /// The facts of the row at that position of the batch.
    pub(super) fn get(&self, row: usize) -> Facts<'_> {
        fn get(values: &Option<Strings>, row: usize) -> Option<&str> {
            values.as_ref().and_then(|v| v.get(row))
        }
        Facts {
            url: get(&self.url, row),
            lang: get(&self.lang, row),
            path: get(&self.path, row),
            prompt: get(&self.prompt, row),
            score: self.score.as_ref().and_then(|scores| scores.get(row).copied().flatten()),
        }
    }
}
