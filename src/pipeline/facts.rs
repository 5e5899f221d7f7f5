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
    /// Further ones, each at its position; `None` where it is no column.
    pub scores: Vec<Option<String>>,
}

/// The columns of facts in one shard.
#[derive(Debug, Default)]
pub struct FactColumns {
    url: Option<StringColumn>,
    lang: Option<StringColumn>,
    path: Option<StringColumn>,
    prompt: Option<StringColumn>,
    score: Option<Column>,
    scores: Vec<Option<Column>>,
}

impl FactColumns {
    pub(super) fn open(shard: &Shard, names: &FactNames) -> Result<FactColumns> {
        let find = |name: &Option<String>| name.as_deref().map(|n| shard.string_column(n)).transpose();
        let number = |name: &Option<String>| name.as_deref().map(|n| shard.column(n)?.of_numbers()).transpose();
        Ok(FactColumns {
            url: find(&names.url)?,
            lang: find(&names.lang)?,
            path: find(&names.path)?,
            prompt: find(&names.prompt)?,
            score: number(&names.score)?,
            scores: names.scores.iter().map(number).collect::<Result<_>>()?,
        })
    }

    /// The columns there are.
    pub(super) fn columns(&self) -> impl Iterator<Item = &Column> {
        let strings = [&self.url, &self.lang, &self.path, &self.prompt];
        strings.into_iter().flatten().map(StringColumn::column).chain(&self.score).chain(self.scores.iter().flatten())
    }

    pub(super) fn bind(&self, batch: &RecordBatch) -> Result<FactValues> {
        let bind = |column: &Option<StringColumn>| column.as_ref().map(|c| c.bind(batch)).transpose();
        Ok(FactValues {
            url: bind(&self.url)?,
            lang: bind(&self.lang)?,
            path: bind(&self.path)?,
            prompt: bind(&self.prompt)?,
            score: self.score.as_ref().map(|c| c.bind_f64(batch)).transpose()?,
            scores: self.bind_scores(batch)?,
            width: self.scores.len(),
        })
    }

    /// The further scores, row by row.
    fn bind_scores(&self, batch: &RecordBatch) -> Result<Vec<Option<f64>>> {
        let columns: Vec<Option<Vec<Option<f64>>>> =
            self.scores.iter().map(|c| c.as_ref().map(|c| c.bind_f64(batch)).transpose()).collect::<Result<_>>()?;
        let of = |row: usize| columns.iter().map(move |c| c.as_ref().and_then(|c| c.get(row).copied().flatten()));
        Ok(if columns.is_empty() { Vec::new() } else { (0..batch.num_rows()).flat_map(of).collect() })
    }
}

/// The facts of a batch's rows.
pub(super) struct FactValues {
    url: Option<Strings>,
    lang: Option<Strings>,
    path: Option<Strings>,
    prompt: Option<Strings>,
    score: Option<Vec<Option<f64>>>,
    /// So many a row.
    scores: Vec<Option<f64>>,
    width: usize,
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
            scores: self.scores.get(row * self.width..(row + 1) * self.width).unwrap_or_default(),
        }
    }
}
