//! Linear models over hashed words and characters, trained here on the user's own labels.
//!
//! ```
//! use mashbill::{Document, score::{Score, linear::{Contract, Example, Loss, Settings, Trainer}}, text::Analyzer};
//!
//! let mut trainer = Trainer::new(Contract::default(), Loss::Classes, Settings::default())?;
//! let mut analyzer = Analyzer::new();
//! for _ in 0..20 {
//!     for (text, label) in [("the proof follows by induction", 1.0), ("click here to subscribe", 0.0)] {
//!         let view = analyzer.view(text);
//!         let example = Example::of(trainer.contract(), &Document::new(&view), label);
//!         trainer.step(&[example], &|n, work| (0..n).for_each(work)); // one thread does all
//!     }
//! }
//! let model = trainer.finish(String::new());
//! let mut of = |text: &str| model.score(&Document::new(&analyzer.view(text)));
//! assert!(of("a proof by induction") > of("subscribe here"));
//! # Ok::<(), mashbill::Error>(())
//! ```

mod example;
mod file;
mod model;
mod train;
mod walk;

#[cfg(test)]
mod tests;

pub use example::Example;
pub use model::LinearModel;
pub use train::{RunAll, Settings, Trainer, Work};

use crate::error::{Error, Result};
use crate::signal::{SIGNALS, Signal, signal};

/// Version of what a model file holds and of how texts become features. A model of another version is refused.
pub const CONTRACT: u32 = 1;

/// What a model looks at. Part of its file.
#[derive(Debug, Clone)]
pub struct Contract {
    /// Binary logarithm of the places for words and pairs of words; 10 to 26.
    pub word_bits: u32,
    /// Whether pairs of neighbouring words count beside words.
    pub pairs: bool,
    /// Bytes of a run of characters, up to 8; 0 for none.
    pub run_bytes: u32,
    /// Binary logarithm of the places for runs; 10 to 26.
    pub run_bits: u32,
    /// Signals, each brought to mean 0 and deviation 1 over the training texts.
    pub signals: Vec<SignalFeature>,
}

/// A signal among the features: clipped to 5 deviations from its mean, 0 where it is undefined.
#[derive(Debug, Clone)]
pub struct SignalFeature {
    /// The signal.
    pub signal: &'static dyn Signal,
    /// Its mean over the training texts.
    pub mean: f64,
    /// Its standard deviation there.
    pub deviation: f64,
}

/// What the model is to hit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Loss {
    /// Two classes, labels 0 and 1: logistic regression; the score is the chance of class 1.
    Classes,
    /// Numbers in a range, as grades from 0 to 5: logistic regression of how far up the range the label lies; the score is in the
    /// unit of the labels, and never outside the range.
    Numbers {
        /// The lowest label.
        low: f64,
        /// The highest.
        high: f64,
    },
}

impl Loss {
    /// The range of the labels.
    pub(super) fn range(self) -> (f64, f64) {
        match self {
            Loss::Classes => (0.0, 1.0),
            Loss::Numbers { low, high } => (low, high),
        }
    }

    /// The score that a sum of weights stands for.
    pub(super) fn score(self, sum: f64) -> f64 {
        let (low, high) = self.range();
        low + (high - low) * logistic(sum)
    }

    /// How far a sum is from a label, as a part of the range; its derivative by the sum is that of cross entropy.
    pub(super) fn error(self, sum: f64, label: f64) -> f64 {
        let (low, high) = self.range();
        logistic(sum) - ((label - low) / (high - low)).clamp(0.0, 1.0)
    }

    /// # Errors
    /// [`Error::Invalid`] for a range that has no inside.
    pub(super) fn check(self) -> Result<()> {
        let (low, high) = self.range();
        match low.is_finite() && high.is_finite() && low < high && (high - low).is_finite() {
            true => Ok(()),
            false => Err(Error::Invalid {
                what: "labels".into(),
                problem: format!(
                    "from {low} to {high} are no range: the lowest must be below the highest, both finite"
                ),
            }),
        }
    }
}

impl Default for Contract {
    /// Words and pairs in 2^20 places, runs of 5 bytes in 2^16; no signals. Chosen on the development corpus: docs/scores.md.
    fn default() -> Self {
        Contract { word_bits: 20, pairs: true, run_bytes: 5, run_bits: 16, signals: Vec::new() }
    }
}

impl Contract {
    /// The contract with these signals, by name, not yet brought to a common scale.
    ///
    /// # Errors
    /// [`Error::Unknown`] for a name that no built-in signal has, or `score`, which needs a score.
    pub fn with_signals<'n>(mut self, names: impl IntoIterator<Item = &'n str>) -> Result<Self> {
        for name in names {
            let known = signal(name).filter(|_| name != crate::document::SCORE);
            let Some(signal) = known else {
                return Err(Error::unknown("signal", name, SIGNALS.iter().map(|s| s.name())));
            };
            self.signals.push(SignalFeature { signal, mean: 0.0, deviation: 1.0 });
        }
        Ok(self)
    }

    /// Places for words and runs together.
    pub(super) fn places(&self) -> usize {
        (1 << self.word_bits) + self.run_places()
    }

    fn run_places(&self) -> usize {
        if self.run_bytes == 0 { 0 } else { 1 << self.run_bits }
    }

    /// # Errors
    /// [`Error::Invalid`] for settings out of range.
    pub(super) fn check(&self) -> Result<()> {
        let invalid = |what: &str, problem: &str| Err(Error::Invalid { what: what.into(), problem: problem.into() });
        match () {
            () if !(10..=26).contains(&self.word_bits) => invalid("word_bits", "must lie between 10 and 26"),
            () if self.run_bytes > 8 => invalid("run_bytes", "must be 8 at most, or 0 for no runs"),
            () if !(10..=26).contains(&self.run_bits) => invalid("run_bits", "must lie between 10 and 26"),
            () if self.signals.len() > 256 => invalid("signals", "must be 256 at most"),
            () if self
                .signals
                .iter()
                .any(|s| !s.mean.is_finite() || !s.deviation.is_finite() || s.deviation <= 0.0) =>
            {
                invalid("signals", "need finite means and deviations above 0")
            }
            () => Ok(()),
        }
    }
}

impl SignalFeature {
    /// The feature's value for a document.
    pub(super) fn value(&self, doc: &crate::document::Document<'_>) -> f64 {
        let scaled = self.signal.measure(doc).map(|value| (value - self.mean) / self.deviation);
        scaled.map_or(0.0, |value| value.clamp(-5.0, 5.0))
    }
}

/// What all words and pairs of a document count together, and all its runs: makes Adagrad's first steps as long as they should be. Chosen
/// on the development corpus: docs/scores.md.
const SCALE: f64 = 16.0;

/// What one of so many features of a kind counts. A mean, and so neither long texts nor loops of one phrase are believed more.
pub(super) fn share(features: u64) -> f64 {
    if features == 0 { 0.0 } else { SCALE / features as f64 }
}

/// The logistic function.
pub(super) fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}
