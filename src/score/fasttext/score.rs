//! The probability of a label, or of several, as a quality score.

use super::{FastText, Newlines};
use crate::document::Document;
use crate::error::{Error, Result};
use crate::score::Score;
use std::sync::Arc;

/// How probable one label is, or one of several: their sum.
#[derive(Debug, Clone)]
pub struct FastTextScore {
    model: Arc<FastText>,
    labels: Vec<usize>,
    newlines: Newlines,
}

impl FastTextScore {
    /// Scores by the sum of these labels' probabilities, each named as in the file or without `__label__`.
    ///
    /// # Errors
    /// [`Error::Unknown`] for a label that the model has not, with the nearest; [`Error::Invalid`] for none, or one named twice.
    pub fn new<'n>(
        model: Arc<FastText>,
        labels: impl IntoIterator<Item = &'n str>,
        newlines: Newlines,
    ) -> Result<FastTextScore> {
        let mut places: Vec<usize> = Vec::new();
        for name in labels {
            let place = model.find_label(name)?;
            if places.contains(&place) {
                return Err(Error::Invalid { what: "label".into(), problem: format!("`{name}` is named twice") });
            }
            places.push(place);
        }
        match places.is_empty() {
            true => Err(Error::Invalid { what: "label".into(), problem: "name the label to score by".into() }),
            false => Ok(FastTextScore { model, labels: places, newlines }),
        }
    }

    /// The model.
    pub fn model(&self) -> &FastText {
        &self.model
    }

    /// The labels that it sums up, as the file has them.
    pub fn labels(&self) -> impl Iterator<Item = &str> {
        self.labels.iter().filter_map(|&place| self.model.label(place))
    }
}

impl Score for FastTextScore {
    fn describe(&self) -> String {
        let labels: Vec<&str> = self.labels().collect();
        format!("the probability of {} by {:?}", labels.join(" or "), self.model)
    }

    /// Undefined where the text has no feature that the model knows; the end of the line, which every text has, is none.
    fn score(&self, doc: &Document<'_>) -> Option<f64> {
        self.model.probabilities(doc.text(), &self.labels, self.newlines).map(f64::from)
    }
}
