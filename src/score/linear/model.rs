//! A trained model: scores documents, nothing allocated.

use super::walk::{Sink, walk};
use super::{Contract, Loss, share};
use crate::document::Document;
use crate::score::Score;
use std::fmt;

/// A linear model, trained by a [`Trainer`](super::Trainer) or read from its file.
pub struct LinearModel {
    pub(super) contract: Contract,
    pub(super) loss: Loss,
    pub(super) words: Vec<f32>,
    pub(super) runs: Vec<f32>,
    pub(super) bias: f64,
    pub(super) signals: Vec<f64>,
    pub(super) report: String,
    pub(super) digest: u128,
}

impl LinearModel {
    pub(super) fn new(
        contract: Contract,
        loss: Loss,
        mut words: Vec<f32>,
        bias: f64,
        signals: Vec<f64>,
        report: String,
    ) -> LinearModel {
        let runs = words.split_off(words.len().min(1 << contract.word_bits));
        let mut model = LinearModel { contract, loss, words, runs, bias, signals, report, digest: 0 };
        model.digest = xxhash_rust::xxh3::xxh3_128(&model.to_bytes());
        model
    }

    /// What it looks at.
    pub fn contract(&self) -> &Contract {
        &self.contract
    }

    /// What it was to hit.
    pub fn loss(&self) -> Loss {
        self.loss
    }

    /// The report that its trainer left in it.
    pub fn report(&self) -> &str {
        &self.report
    }

    /// The same model with another report.
    pub fn with_report(self, report: String) -> LinearModel {
        let mut model = LinearModel { report, ..self };
        model.digest = xxhash_rust::xxh3::xxh3_128(&model.to_bytes());
        model
    }

    /// xxh3-128 of its file.
    pub fn digest(&self) -> u128 {
        self.digest
    }

    /// Which words, pairs and runs of a text speak for it and against it: calls `each` with the feature's place in all tables, what it
    /// adds to the sum, and its text.
    pub fn explain<'t>(&self, text: &'t str, each: &mut dyn FnMut(u32, f64, &'t [u8])) {
        let mut count = Count::default();
        walk(text, &self.contract, &mut count);
        let shares = [share(count.words), share(count.runs)];
        walk(text, &self.contract, &mut Explain { model: self, text, shares, before: 0, each });
    }
}

impl Score for LinearModel {
    fn describe(&self) -> String {
        format!("the linear model {:032x}", self.digest)
    }

    fn score(&self, doc: &Document<'_>) -> Option<f64> {
        let mut sum = Sum { model: self, words: 0.0, runs: 0.0, count: Count::default() };
        walk(doc.text(), &self.contract, &mut sum);
        if sum.count.words == 0 {
            return None;
        }
        let signals =
            self.contract.signals.iter().zip(&self.signals).map(|(signal, weight)| weight * signal.value(doc));
        let linear =
            self.bias + sum.words * share(sum.count.words) + sum.runs * share(sum.count.runs) + signals.sum::<f64>();
        Some(self.loss.score(linear)).filter(|score| score.is_finite())
    }
}

impl fmt::Debug for LinearModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.describe())
    }
}

#[derive(Default)]
struct Count {
    words: u64,
    runs: u64,
}

impl Sink for Count {
    fn word(&mut self, _: u32, _: std::ops::Range<usize>, _: bool) {
        self.words += 1;
    }

    fn run(&mut self, _: u32, _: usize) {
        self.runs += 1;
    }
}

/// Adds up weights as the text goes by.
struct Sum<'m> {
    model: &'m LinearModel,
    words: f64,
    runs: f64,
    count: Count,
}

impl Sink for Sum<'_> {
    #[inline]
    fn word(&mut self, place: u32, _: std::ops::Range<usize>, _: bool) {
        self.words += f64::from(self.model.words.get(place as usize).copied().unwrap_or(0.0));
        self.count.words += 1;
    }

    #[inline]
    fn run(&mut self, place: u32, _: usize) {
        self.runs += f64::from(self.model.runs.get(place as usize).copied().unwrap_or(0.0));
        self.count.runs += 1;
    }
}

struct Explain<'m, 't, 'e> {
    model: &'m LinearModel,
    text: &'t str,
    shares: [f64; 2],
    /// Where the word before begins.
    before: usize,
    each: &'e mut dyn FnMut(u32, f64, &'t [u8]),
}

impl Sink for Explain<'_, '_, '_> {
    fn word(&mut self, place: u32, bytes: std::ops::Range<usize>, pair: bool) {
        let weight = f64::from(self.model.words.get(place as usize).copied().unwrap_or(0.0));
        let start = if pair { self.before } else { bytes.start };
        let text = self.text.as_bytes().get(start..bytes.end).unwrap_or_default();
        (self.each)(place, weight * self.shares[0], text);
        if pair || !self.model.contract.pairs {
            self.before = bytes.start;
        }
    }

    fn run(&mut self, place: u32, end: usize) {
        let weight = f64::from(self.model.runs.get(place as usize).copied().unwrap_or(0.0));
        let start = end.saturating_sub(self.model.contract.run_bytes as usize);
        let text = self.text.as_bytes().get(start..end).unwrap_or_default();
        (self.each)(place + self.model.words.len() as u32, weight * self.shares[1], text);
    }
}
