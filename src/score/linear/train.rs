//! Training: Adagrad over small batches, the same bits on any number of threads.
//!
//! All examples of a batch are scored by the weights as the batch finds them; then each shard of the tables takes the errors of the
//! examples in their order. No weight is in two shards, so it does not matter who does which shard when.

use super::example::{Example, SHARDS, shard_places};
use super::model::LinearModel;
use super::{Contract, Loss};
use crate::error::{Error, Result};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// Work of which there is a number of parts; called with each part's number.
pub type Work<'w> = dyn Fn(usize) + Sync + 'w;

/// What calls all parts of a work, on whatever threads, and returns when all are done.
pub type RunAll<'r> = dyn Fn(usize, &Work<'_>) + 'r;

/// How a model is trained. The defaults were chosen on the development corpus: docs/scores.md.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// Adagrad's rate (Duchi et al. 2011).
    pub rate: f64,
    /// Part by which a weight shrinks each time that it is touched, times the rate: keeps rare words from being believed.
    pub decay: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Settings { rate: 0.2, decay: 1e-6 }
    }
}

/// What Adagrad's sums of squares begin with: bounds the first steps.
const FIRST_SQUARES: f32 = 1e-4;

/// A model in training.
#[derive(Debug)]
pub struct Trainer {
    contract: Contract,
    loss: Loss,
    settings: Settings,
    /// Weights of the places, words first.
    weights: Vec<f32>,
    /// Sums of squared gradients.
    squares: Vec<f32>,
    /// Bias, then the signals: weight and sum of squares.
    dense: Vec<(f64, f64)>,
}

impl Trainer {
    /// A model that knows nothing.
    ///
    /// # Errors
    /// [`Error::Invalid`] for settings out of range.
    pub fn new(contract: Contract, loss: Loss, settings: Settings) -> Result<Trainer> {
        contract.check()?;
        loss.check()?;
        let fits = |x: f64, low: f64| x.is_finite() && x >= low;
        if !fits(settings.rate, f64::MIN_POSITIVE) || !fits(settings.decay, 0.0) {
            let problem = "the rate must be above 0, the decay 0 or above, both finite".to_owned();
            return Err(Error::Invalid { what: "training".into(), problem });
        }
        let places = contract.places();
        Ok(Trainer {
            loss,
            settings,
            weights: vec![0.0; places],
            squares: vec![FIRST_SQUARES; places],
            dense: vec![(0.0, f64::from(FIRST_SQUARES)); 1 + contract.signals.len()],
            contract,
        })
    }

    /// What it looks at.
    pub fn contract(&self) -> &Contract {
        &self.contract
    }

    /// The sum of the weights of an example's features.
    fn sum(&self, example: &Example) -> f64 {
        let words = 1u32 << self.contract.word_bits;
        let mut sums = [0.0f64; 2];
        for &place in &example.places {
            let weight = self.weights.get(place as usize).copied().unwrap_or(0.0);
            sums[usize::from(place >= words)] += f64::from(weight);
        }
        let signals = self.dense.iter().skip(1).zip(&example.signals).map(|((weight, _), value)| weight * value);
        self.dense.first().map_or(0.0, |bias| bias.0)
            + sums[0] * example.shares[0]
            + sums[1] * example.shares[1]
            + signals.sum::<f64>()
    }

    /// What the model says of an example: a chance, or a number in the unit of the labels.
    pub fn predict(&self, example: &Example) -> f64 {
        self.loss.score(self.sum(example))
    }

    /// Learns from a batch. `run(n, work)` calls `work` with every number below `n`, in any order, on any threads, and returns when
    /// all is done; what comes out does not depend on how.
    pub fn step(&mut self, batch: &[Example], run: &RunAll<'_>) {
        let errors: Vec<AtomicU64> = batch.iter().map(|_| AtomicU64::new(0)).collect();
        run(batch.len(), &|i| {
            if let (Some(example), Some(error)) = (batch.get(i), errors.get(i)) {
                error.store(self.loss.error(self.sum(example), example.label).to_bits(), Ordering::Relaxed);
            }
        });
        let errors: Vec<f64> = errors.iter().map(|e| f64::from_bits(e.load(Ordering::Relaxed))).collect();
        let (settings, words) = (self.settings, 1u32 << self.contract.word_bits);
        let size = shard_places(&self.contract);
        let shards: Vec<Mutex<(&mut [f32], &mut [f32])>> =
            self.weights.chunks_mut(size).zip(self.squares.chunks_mut(size)).map(Mutex::new).collect();
        run(shards.len().min(SHARDS), &|s| {
            let Some(shard) = shards.get(s) else { return };
            let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
            let (weights, squares) = &mut *shard;
            let (rate, keep) = (settings.rate as f32, (1.0 - settings.rate * settings.decay) as f32);
            for (example, &error) in batch.iter().zip(&errors) {
                let gradients = example.shares.map(|share| (error * share) as f32);
                for &place in example.shard(s) {
                    let gradient = gradients[usize::from(place >= words)];
                    let at = place as usize - s * size;
                    let (Some(weight), Some(square)) = (weights.get_mut(at), squares.get_mut(at)) else { continue };
                    *square += gradient * gradient;
                    *weight = *weight * keep - rate * gradient / square.sqrt();
                }
            }
        });
        drop(shards);
        for (example, &error) in batch.iter().zip(&errors) {
            let values = std::iter::once(1.0).chain(example.signals.iter().copied());
            for ((weight, square), value) in self.dense.iter_mut().zip(values) {
                let gradient = error * value;
                *square += gradient * gradient;
                *weight -= settings.rate * gradient / square.sqrt();
            }
        }
    }

    /// The model, with a report to go into its file.
    pub fn finish(self, report: String) -> LinearModel {
        let mut dense = self.dense.into_iter().map(|(weight, _)| weight);
        let bias = dense.next().unwrap_or(0.0);
        LinearModel::new(self.contract, self.loss, self.weights, bias, dense.collect(), report)
    }
}
