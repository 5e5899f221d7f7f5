//! Perplexity as a quality score.

use super::NgramModel;
use crate::document::Document;
use crate::score::Score;
use std::sync::Arc;

/// How well a model foretells a text: the mean decimal logarithm of its words' probabilities, which is minus the logarithm of its
/// perplexity. Higher is better; 0 is certain, -3 a perplexity of 1,000.
///
/// cc_net's head, middle and tail are the best 30 % of a language's documents by it, the next 30 %, and the others:
///
/// ```
/// use mashbill::score::{Buckets, Levels};
///
/// let mut scores: Vec<(f64, u64)> = (0..100).map(|i| (-4.0 + f64::from(i) / 50.0, 1)).collect();
/// let buckets = Buckets::exact(&mut scores, 10)?;
/// let levels = Levels::new([("tail", 0), ("middle", 4), ("head", 7)])?;
/// let found = [-2.1, -2.7, -3.0, -3.9].map(|score| levels.of(buckets.of(score)));
/// assert_eq!(found, ["head", "middle", "middle", "tail"]);
/// # Ok::<(), mashbill::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct PerplexityScore(Arc<NgramModel>);

impl PerplexityScore {
    /// Scores by a model.
    pub fn new(model: Arc<NgramModel>) -> PerplexityScore {
        PerplexityScore(model)
    }

    /// The model.
    pub fn model(&self) -> &NgramModel {
        &self.0
    }
}

impl Score for PerplexityScore {
    fn describe(&self) -> String {
        format!("the mean log10 probability of a word by {:?}", self.0)
    }

    /// Undefined for a text without words.
    fn score(&self, doc: &Document<'_>) -> Option<f64> {
        self.0.measure(doc.text()).map(|measure| measure.mean_log10())
    }
}
