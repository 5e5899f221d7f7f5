//! The best labels of a fastText model for every row of files, without a recipe.

use super::apply::{RowColumns, write_rows};
use crate::document::Document;
use crate::error::Result;
use crate::pipeline::{Pool, Progress, Source};
use crate::score::fasttext::{FastText, Newlines};
use arrow::array::{ArrayRef, Float32Builder, StringBuilder};
use arrow::datatypes::{DataType, Field};
use std::path::Path;
use std::sync::Arc;

/// A label and its probability, for each place from the best on.
struct Labels<'m> {
    model: &'m FastText,
    newlines: Newlines,
    places: Vec<(StringBuilder, Float32Builder)>,
}

impl RowColumns for Labels<'_> {
    fn push(&mut self, doc: Option<&Document<'_>>) {
        let top = self.places.len();
        let best = doc.map(|doc| self.model.predict(doc.text(), top, self.newlines)).unwrap_or_default();
        for (place, (labels, chances)) in self.places.iter_mut().enumerate() {
            labels.append_option(best.get(place).map(|(label, _)| label));
            chances.append_option(best.get(place).map(|(_, chance)| *chance));
        }
    }

    fn finish(self: Box<Self>) -> Vec<ArrayRef> {
        let both = |(mut labels, mut chances): (StringBuilder, Float32Builder)| -> [ArrayRef; 2] {
            [Arc::new(labels.finish()), Arc::new(chances.finish())]
        };
        self.places.into_iter().flat_map(both).collect()
    }
}

/// Writes `shard`, `row`, `id`, and the `top` best labels with their probabilities (`label`, `probability`, `label_2`, `probability_2`, …)
/// for each row of the source, in input order; null where a model lists fewer, knows nothing of the text, or the row has none. Returns
/// the number of rows.
///
/// # Errors
/// Unreadable inputs and unwritable outputs, naming the file.
#[allow(clippy::too_many_arguments)]
pub fn classify(
    source: &Source,
    model: &FastText,
    newlines: Newlines,
    top: usize,
    pool: &Pool,
    path: &Path,
    batch_bytes: usize,
    progress: &dyn Progress,
) -> Result<u64> {
    let top = top.clamp(1, model.summary().labels);
    let of_place = |place: usize| {
        let name = |what: &str| if place == 0 { what.to_owned() } else { format!("{what}_{}", place + 1) };
        [Field::new(name("label"), DataType::Utf8, true), Field::new(name("probability"), DataType::Float32, true)]
    };
    let fields = (0..top).flat_map(of_place).collect();
    let new = || -> Box<dyn RowColumns + '_> {
        let places = (0..top).map(|_| Default::default()).collect();
        Box::new(Labels { model, newlines, places })
    };
    write_rows(source, fields, &new, pool, path, batch_bytes, progress)
}
