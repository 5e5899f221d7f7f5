//! A signal as a score.

use super::Score;
use crate::document::Document;
use crate::error::{Error, Result};
use crate::signal::{SIGNALS, Signal, signal};

/// One measured signal, taken as the score as it is.
#[derive(Debug)]
pub struct SignalScore<S: Signal = &'static dyn Signal>(S);

impl SignalScore {
    /// The built-in signal of that name.
    ///
    /// # Errors
    /// [`Error::Unknown`], with the nearest name.
    pub fn named(name: &str) -> Result<Self> {
        match signal(name) {
            Some(signal) => Ok(SignalScore(signal)),
            None => Err(Error::unknown("signal", name, SIGNALS.iter().map(|s| s.name()))),
        }
    }
}

impl<S: Signal> SignalScore<S> {
    /// Scores by `signal`.
    pub fn new(signal: S) -> Self {
        SignalScore(signal)
    }
}

impl<S: Signal> Score for SignalScore<S> {
    fn describe(&self) -> String {
        format!("the signal `{}`", self.0.name())
    }

    fn score(&self, doc: &Document<'_>) -> Option<f64> {
        self.0.measure(doc)
    }
}
