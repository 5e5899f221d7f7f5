//! What a model is worth on documents that it has not seen.

use super::{Input, TrainConfig, stream};
use crate::document::Document;
use crate::error::Result;
use crate::pipeline::{Event, Phase, Pool, Progress};
use crate::report::{CalibrationBin, KeepRate, TrainingQuality};
use crate::score::Score;
use crate::score::linear::{LinearModel, Loss};
use crate::text::Analyzer;

/// Shares of the documents that precision is told at.
const KEEP: [f64; 6] = [0.01, 0.05, 0.1, 0.2, 0.4, 0.6];
/// Bins of calibration.
const BINS: usize = 10;
/// Texts kept of each row group and in all, for naming features, and how much of each.
const GROUP_TEXTS: usize = 200;
const TEXTS: usize = 2_000;
const TEXT_BYTES: usize = 16 << 10;

/// Scores and labels of the documents held out, and some of their texts.
#[derive(Default)]
pub(super) struct HeldOut {
    /// Score and label.
    pub outcomes: Vec<(f64, f64)>,
    pub texts: Vec<String>,
}

pub(super) fn held_out(
    model: &LinearModel,
    inputs: &[Input],
    config: &TrainConfig,
    part: f64,
    pool: &Pool,
    progress: &dyn Progress,
) -> Result<HeldOut> {
    let all = inputs.iter().enumerate();
    let groups: Vec<(usize, usize)> =
        all.flat_map(|(at, input)| (0..input.shard.row_groups()).map(move |group| (at, group))).collect();
    let total = inputs.iter().map(|input| input.shard.column_bytes(input.text.column().root())).sum();
    progress.event(Event::Begin { phase: Phase::Evaluate, total });
    let parts = pool.map(&groups, |&(at, group)| {
        let (mut held, mut analyzer, mut read) = (HeldOut::default(), Analyzer::new(), 0);
        stream::each(&inputs[at], group, config.batch_bytes, &mut |label, text| {
            read += text.len() as u64;
            if !config.holds_out(text, part) {
                return;
            }
            let view = analyzer.view(text);
            if let Some(score) = model.score(&Document::new(&view)) {
                held.outcomes.push((score, config.label(label)));
                if held.texts.len() < GROUP_TEXTS {
                    let end = (0..=TEXT_BYTES.min(text.len())).rev().find(|&at| text.is_char_boundary(at));
                    held.texts.extend(text.get(..end.unwrap_or(0)).map(str::to_owned));
                }
            }
        })?;
        progress.event(Event::Advance { phase: Phase::Evaluate, units: read });
        Ok(held)
    })?;
    progress.event(Event::End { phase: Phase::Evaluate });
    let mut held = HeldOut::default();
    for part in parts {
        held.outcomes.extend(part.outcomes);
        held.texts.extend(part.texts);
    }
    // Evenly, so that every file has its say.
    let step = held.texts.len().div_ceil(TEXTS).max(1);
    held.texts = held.texts.into_iter().step_by(step).collect();
    Ok(held)
}

/// The figures of a report; `None` without any document held out.
pub(super) fn quality(outcomes: &[(f64, f64)], loss: Loss) -> Option<TrainingQuality> {
    if outcomes.is_empty() {
        return None;
    }
    let n = outcomes.len() as f64;
    let classes = loss == Loss::Classes;
    let mean = outcomes.iter().map(|o| o.1).sum::<f64>() / n;
    let errors: f64 = outcomes.iter().map(|(score, label)| (score - label).powi(2)).sum();
    let spread: f64 = outcomes.iter().map(|(_, label)| (label - mean).powi(2)).sum();
    let bins = if classes { calibration(outcomes) } else { Vec::new() };
    let gaps = bins.iter().map(|bin| bin.rows as f64 * (bin.predicted - bin.observed).abs());
    Some(TrainingQuality {
        held_out: outcomes.len() as u64,
        mean_label: mean,
        auc: if classes { auc(outcomes) } else { None },
        mean_squared_error: errors / n,
        explained: (spread > 0.0).then(|| 1.0 - errors / spread),
        calibration_error: classes.then(|| gaps.sum::<f64>() / n),
        calibration: bins,
        keep_rates: keep_rates(outcomes),
    })
}

/// Area under the ROC curve: the chance that a document of class 1 has a higher score than one of class 0, ties counting half. `None`
/// without both classes.
pub(super) fn auc(outcomes: &[(f64, f64)]) -> Option<f64> {
    let mut sorted: Vec<(f64, bool)> = outcomes.iter().map(|&(score, label)| (score, label > 0.5)).collect();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut wins, mut below) = (0.0, 0.0);
    for tied in sorted.chunk_by(|a, b| a.0 == b.0) {
        let ones = tied.iter().filter(|(_, one)| *one).count() as f64;
        let zeros = tied.len() as f64 - ones;
        wins += ones * (below + zeros / 2.0);
        below += zeros;
    }
    let ones = sorted.len() as f64 - below;
    (ones > 0.0 && below > 0.0).then(|| wins / (ones * below))
}

fn calibration(outcomes: &[(f64, f64)]) -> Vec<CalibrationBin> {
    let mut bins = vec![(0u64, 0.0, 0.0); BINS];
    for (score, label) in outcomes {
        if let Some(bin) = bins.get_mut(((score * BINS as f64) as usize).min(BINS - 1)) {
            *bin = (bin.0 + 1, bin.1 + score, bin.2 + label);
        }
    }
    let bin = |(rows, predicted, observed): &(u64, f64, f64)| CalibrationBin {
        rows: *rows,
        predicted: predicted / (*rows).max(1) as f64,
        observed: observed / (*rows).max(1) as f64,
    };
    bins.iter().filter(|bin| bin.0 > 0).map(bin).collect()
}

/// What is among the best so many of a hundred.
fn keep_rates(outcomes: &[(f64, f64)]) -> Vec<KeepRate> {
    let mut sorted = outcomes.to_vec();
    sorted.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.total_cmp(&b.1)));
    let at = |keep: f64| {
        let rows = ((keep * sorted.len() as f64).round() as usize).clamp(1, sorted.len());
        let kept = sorted.get(..rows).unwrap_or_default();
        KeepRate {
            keep,
            threshold: kept.last().map_or(0.0, |last| last.0),
            mean_label: kept.iter().map(|o| o.1).sum::<f64>() / rows as f64,
        }
    };
    KEEP.map(at).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn figures_by_hand() {
        let outcomes = [(0.9, 1.0), (0.8, 0.0), (0.3, 1.0), (0.1, 0.0)];
        let found = quality(&outcomes, Loss::Classes).unwrap();
        assert_eq!(found.auc, Some(0.75));
        assert_eq!((found.held_out, found.mean_label), (4, 0.5));
        let squares: f64 = 0.01 + 0.64 + 0.49 + 0.01;
        assert!((found.mean_squared_error - squares / 4.0).abs() < 1e-12);
        // Bins 0.1, 0.3, 0.8, 0.9, one document each.
        assert!((found.calibration_error.unwrap() - (0.1 + 0.8 + 0.7 + 0.1) / 4.0).abs() < 1e-12);
        let half = found.keep_rates.iter().find(|k| k.keep == 0.6).unwrap();
        assert_eq!((half.threshold, half.mean_label), (0.8, 0.5));
        assert!(quality(&[], Loss::Classes).is_none());
        assert_eq!(auc(&[(0.5, 1.0)]), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        #[test]
        fn the_area_is_that_of_all_pairs(outcomes in prop::collection::vec((0u8..6, prop::bool::ANY), 1..40)) {
            let outcomes: Vec<(f64, f64)> =
                outcomes.into_iter().map(|(s, one)| (f64::from(s), if one { 1.0 } else { 0.0 })).collect();
            let of = |class: f64| outcomes.iter().filter(move |o| o.1 == class).map(|o| o.0);
            let pairs = of(1.0).count() * of(0.0).count();
            let wins: f64 = of(1.0)
                .flat_map(|a| of(0.0).map(move |b| if a > b { 1.0 } else if a == b { 0.5 } else { 0.0 }))
                .sum();
            let naive = (pairs > 0).then(|| wins / pairs as f64);
            match (auc(&outcomes), naive) {
                (Some(a), Some(b)) => prop_assert!((a - b).abs() < 1e-12),
                (a, b) => prop_assert_eq!(a, b),
            }
        }
    }
}
