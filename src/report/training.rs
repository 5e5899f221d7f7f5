//! What a trained model says of itself: how it was trained, and what it is worth on documents that it has not seen.

use super::table::{Table, count};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Features shown on each side of the text report.
const SHOWN: usize = 10;

/// The report in a model's file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrainingReport {
    /// `classes` or `numbers`.
    pub loss: String,
    /// Labelled rows.
    pub rows: u64,
    /// Rows trained on, once in each epoch.
    pub trained: u64,
    /// Passes over them.
    pub epochs: u32,
    /// The seed.
    pub seed: u64,
    /// Adagrad's rate.
    pub rate: f64,
    /// Decay of the weights.
    pub decay: f64,
    /// On the rows held out; `None` without any.
    pub quality: Option<TrainingQuality>,
    /// What decides most, best first.
    pub features: Vec<TopFeature>,
}

/// Figures on rows that were held out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrainingQuality {
    /// Rows.
    pub held_out: u64,
    /// Their mean label: of classes, the share of class 1.
    pub mean_label: f64,
    /// Area under the ROC curve, of classes.
    pub auc: Option<f64>,
    /// Mean squared difference of score and label.
    pub mean_squared_error: f64,
    /// Part of the labels' variance that the score explains.
    pub explained: Option<f64>,
    /// Mean difference of chance and share over the bins, by rows.
    pub calibration_error: Option<f64>,
    /// Ten bins of the score from 0 to 1, of classes; empty ones left out.
    pub calibration: Vec<CalibrationBin>,
    /// Mean label among the best; of classes, precision.
    pub keep_rates: Vec<KeepRate>,
}

/// Rows whose score is in one tenth of 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CalibrationBin {
    /// Rows.
    pub rows: u64,
    /// Their mean score.
    pub predicted: f64,
    /// Their share of class 1.
    pub observed: f64,
}

/// What is kept if so much is kept.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct KeepRate {
    /// Part of the rows.
    pub keep: f64,
    /// The lowest score among them.
    pub threshold: f64,
    /// Their mean label.
    pub mean_label: f64,
}

/// A word, pair or run, and what it adds to the sum of a text, on average over the texts held out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TopFeature {
    /// The text that stands most often at its place.
    pub text: String,
    /// What it adds.
    pub adds: f64,
}

impl fmt::Display for TrainingReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "trained on {} of {} rows, {} epochs", count(self.trained), count(self.rows), self.epochs)?;
        let Some(quality) = &self.quality else {
            return writeln!(f, "no row was held out, so nothing says how good it is");
        };
        writeln!(f, "on {} rows held out (mean label {:.4}):", count(quality.held_out), quality.mean_label)?;
        if let Some(auc) = quality.auc {
            writeln!(f, "  area under the ROC curve  {auc:.5}")?;
        }
        writeln!(f, "  mean squared error        {:.5}", quality.mean_squared_error)?;
        if let Some(explained) = quality.explained {
            writeln!(f, "  variance explained        {explained:.4}")?;
        }
        if let Some(error) = quality.calibration_error {
            writeln!(f, "  calibration error         {error:.5}")?;
        }
        let mut out = String::from("kept, and what that is\n");
        let mut table = Table::new(["part kept", "lowest score", "mean label"]);
        for keep in &quality.keep_rates {
            table.row(vec![
                format!("{} %", keep.keep * 100.0),
                format!("{:.6}", keep.threshold),
                format!("{:.4}", keep.mean_label),
            ]);
        }
        table.write(&mut out);
        let side = |features: Vec<&TopFeature>| -> String {
            features.iter().map(|feature| format!("{:?}", feature.text)).collect::<Vec<_>>().join(" ")
        };
        let best = self.features.iter().filter(|feature| feature.adds > 0.0).take(SHOWN).collect();
        let worst = self.features.iter().rev().filter(|feature| feature.adds < 0.0).take(SHOWN).collect();
        write!(f, "{out}for it:     {}\nagainst it: {}\n", side(best), side(worst))
    }
}
