//! The perplexity of every row of files, without a recipe.

use super::apply::{RowColumns, write_rows};
use crate::document::Document;
use crate::error::Result;
use crate::pipeline::{Pool, Progress, Source};
use crate::score::ngram::NgramModel;
use arrow::array::{ArrayRef, Float64Builder, UInt64Builder};
use arrow::datatypes::{DataType, Field};
use std::path::Path;
use std::sync::Arc;

struct Measures<'m> {
    model: &'m NgramModel,
    scores: Float64Builder,
    perplexities: Float64Builder,
    words: UInt64Builder,
    unknown: UInt64Builder,
}

impl RowColumns for Measures<'_> {
    fn push(&mut self, doc: Option<&Document<'_>>) {
        let measure = doc.and_then(|doc| self.model.measure(doc.text()));
        self.scores.append_option(measure.map(|m| m.mean_log10()));
        self.perplexities.append_option(measure.map(|m| m.perplexity()).filter(|p| p.is_finite()));
        self.words.append_option(measure.map(|m| m.words));
        self.unknown.append_option(measure.map(|m| m.unknown));
    }

    fn finish(mut self: Box<Self>) -> Vec<ArrayRef> {
        vec![
            Arc::new(self.scores.finish()),
            Arc::new(self.perplexities.finish()),
            Arc::new(self.words.finish()),
            Arc::new(self.unknown.finish()),
        ]
    }
}

/// Writes `shard`, `row`, `id`, `score` (mean log10 probability of a word), `perplexity`, `words` (ends of lines counted) and
/// `unknown_words` for each row of the source, in input order; null for a row without words. Returns the number of rows.
///
/// # Errors
/// Unreadable inputs and unwritable outputs, naming the file.
pub fn perplexity(
    source: &Source,
    model: &NgramModel,
    pool: &Pool,
    path: &Path,
    batch_bytes: usize,
    progress: &dyn Progress,
) -> Result<u64> {
    let fields = vec![
        Field::new("score", DataType::Float64, true),
        Field::new("perplexity", DataType::Float64, true),
        Field::new("words", DataType::UInt64, true),
        Field::new("unknown_words", DataType::UInt64, true),
    ];
    let new = || -> Box<dyn RowColumns + '_> {
        Box::new(Measures {
            model,
            scores: Float64Builder::new(),
            perplexities: Float64Builder::new(),
            words: UInt64Builder::new(),
            unknown: UInt64Builder::new(),
        })
    };
    write_rows(source, fields, &new, pool, path, batch_bytes, progress)
}
