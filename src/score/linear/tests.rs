//! The trainer, the model and its file, each against a plain twin.

use super::train::Settings;
use super::walk::{Sink, walk};
use super::*;
use crate::document::Document;
use crate::score::Score;
use crate::text::Analyzer;
use proptest::prelude::*;
use std::collections::HashMap;
use std::path::Path;

const ONE_THREAD: &super::RunAll<'_> = &|n, work| (0..n).for_each(work);

fn small() -> Contract {
    Contract { word_bits: 12, run_bits: 10, ..Contract::default() }
}

fn example(contract: &Contract, text: &str, label: f64) -> Example {
    let mut analyzer = Analyzer::new();
    let view = analyzer.view(text);
    Example::of(contract, &Document::new(&view), label)
}

fn score(model: &LinearModel, text: &str) -> Option<f64> {
    let mut analyzer = Analyzer::new();
    model.score(&Document::new(&analyzer.view(text)))
}

/// All places of a text, runs behind words, and what one of each counts.
fn places(contract: &Contract, text: &str) -> Vec<(u32, f64)> {
    struct All(Vec<u32>, Vec<u32>);
    impl Sink for All {
        fn word(&mut self, place: u32, _: std::ops::Range<usize>, _: bool) {
            self.0.push(place);
        }
        fn run(&mut self, place: u32, _: usize) {
            self.1.push(place);
        }
    }
    let mut all = All(Vec::new(), Vec::new());
    walk(text, contract, &mut all);
    let of = |places: &[u32], base: u32| {
        let share = share(places.len() as u64);
        places.iter().map(|p| (p + base, share)).collect::<Vec<_>>()
    };
    [of(&all.0, 0), of(&all.1, 1 << contract.word_bits)].concat()
}

/// The trainer as one would write it without shards: a map of weights, batch by batch.
fn naive(contract: &Contract, loss: Loss, batches: &[Vec<(String, f64)>]) -> (HashMap<u32, f32>, f64) {
    let Settings { rate, decay } = Settings::default();
    let (mut weights, mut squares): (HashMap<u32, f32>, HashMap<u32, f32>) = Default::default();
    let (mut bias, mut bias_square) = (0.0f64, f64::from(1e-4f32));
    for batch in batches {
        let errors: Vec<f64> = batch
            .iter()
            .map(|(text, label)| {
                let words = 1 << contract.word_bits;
                let mut sums = [0.0; 2];
                let mut shares = [0.0; 2];
                for (place, share) in places(contract, text) {
                    let kind = usize::from(place >= words);
                    sums[kind] += f64::from(weights.get(&place).copied().unwrap_or(0.0));
                    shares[kind] = share;
                }
                let sum = bias + sums[0] * shares[0] + sums[1] * shares[1];
                match loss {
                    Loss::Classes => logistic(sum) - label,
                    Loss::Numbers { low, high } => logistic(sum) - (label - low) / (high - low),
                }
            })
            .collect();
        for ((text, _), error) in batch.iter().zip(&errors) {
            for (place, share) in places(contract, text) {
                let gradient = (error * share) as f32;
                let square = squares.entry(place).or_insert(1e-4);
                *square += gradient * gradient;
                let weight = weights.entry(place).or_insert(0.0);
                *weight = *weight * (1.0 - rate * decay) as f32 - rate as f32 * gradient / square.sqrt();
            }
            bias_square += error * error;
            bias -= rate * error / bias_square.sqrt();
        }
    }
    (weights, bias)
}

fn trained(contract: &Contract, loss: Loss, batches: &[Vec<(String, f64)>], run: Run<'_>) -> LinearModel {
    let mut trainer = Trainer::new(contract.clone(), loss, Settings::default()).unwrap();
    for batch in batches {
        let examples: Vec<Example> = batch.iter().map(|(text, label)| example(contract, text, *label)).collect();
        trainer.step(&examples, run);
    }
    trainer.finish("report".to_owned())
}

type Run<'r> = &'r super::RunAll<'r>;

fn batches() -> impl Strategy<Value = Vec<Vec<(String, f64)>>> {
    let text = "(rye|barley|[a-f ]|\\n|é|, ){0,30}";
    prop::collection::vec(prop::collection::vec((text, (0u8..2).prop_map(f64::from)), 1..5), 1..6)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Shards, in any order or on threads, give the bits of the plain way.
    #[test]
    fn training_does_not_depend_on_who_does_what(batches in batches(), numbers in prop::bool::ANY) {
        let (contract, loss) = (small(), if numbers { Loss::Numbers { low: -1.0, high: 3.0 } } else { Loss::Classes });
        let model = trained(&contract, loss, &batches, ONE_THREAD);
        let backwards = trained(&contract, loss, &batches, &|n, work| (0..n).rev().for_each(work));
        let threads = trained(&contract, loss, &batches, &|n, work| {
            std::thread::scope(|scope| (0..n).for_each(|i| drop(scope.spawn(move || work(i)))));
        });
        prop_assert_eq!(model.to_bytes(), backwards.to_bytes());
        prop_assert_eq!(model.to_bytes(), threads.to_bytes());
        let (weights, bias) = naive(&contract, loss, &batches);
        prop_assert_eq!(model.bias, bias);
        for (at, weight) in model.words.iter().chain(&model.runs).enumerate() {
            prop_assert_eq!(*weight, weights.get(&(at as u32)).copied().unwrap_or(0.0), "place {}", at);
        }
    }

    /// The model says of a text what the trainer said of it as an example, and what its parts add up to.
    #[test]
    fn a_model_says_what_its_trainer_said(batches in batches(), text in "(rye|barley|[a-f ]|\\n|é|, ){0,40}") {
        let contract = small();
        let mut trainer = Trainer::new(contract.clone(), Loss::Classes, Settings::default()).unwrap();
        for batch in &batches {
            let examples: Vec<Example> = batch.iter().map(|(text, label)| example(&contract, text, *label)).collect();
            trainer.step(&examples, ONE_THREAD);
        }
        let said = trainer.predict(&example(&contract, &text, 0.0));
        let model = trainer.finish(String::new());
        let scored = score(&model, &text);
        prop_assert_eq!(scored.is_none(), text.trim_matches([' ']).is_empty());
        let mut sum = model.bias;
        model.explain(&text, &mut |_, adds, _| sum += adds);
        for other in [scored.unwrap_or(said), logistic(sum)] {
            prop_assert!((said - other).abs() < 1e-9, "{} and {}", said, other);
        }
        let again = LinearModel::from_bytes(Path::new("m"), &model.to_bytes()).unwrap();
        prop_assert_eq!(score(&again, &text), scored);
        prop_assert_eq!((again.digest(), again.report()), (model.digest(), model.report()));
    }

    /// Bytes that are no model, or a model with any byte changed, are an error and nothing worse.
    #[test]
    fn damaged_files_are_refused(at in 0usize..20_000, with in 1u8..=255, cut in 0usize..20_000) {
        let contract = small().with_signals(["word_count", "digit_char_ratio"]).unwrap();
        let bytes = Trainer::new(contract, Loss::Numbers { low: 0.0, high: 5.0 }, Settings::default()).unwrap().finish("r".to_owned()).to_bytes();
        let read = |bytes: &[u8]| LinearModel::from_bytes(Path::new("m"), bytes);
        prop_assert!(read(&bytes).is_ok());
        let mut changed = bytes.clone();
        changed[at % bytes.len()] ^= with;
        prop_assert!(read(&changed).is_err());
        prop_assert!(read(&bytes[..cut.min(bytes.len() - 1)]).is_err());
    }
}

#[test]
fn signals_are_features_of_equal_scale() {
    let mut contract = small().with_signals(["word_count"]).unwrap();
    (contract.signals[0].mean, contract.signals[0].deviation) = (10.0, 2.0);
    let long = "a b c d e f g h i j k l m n";
    assert_eq!(example(&contract, long, 0.0).signals, [2.0]);
    assert_eq!(example(&contract, &long.repeat(50), 0.0).signals, [5.0], "clipped");
}

#[test]
fn what_makes_no_sense_is_refused() {
    let error = |contract: Contract, settings: Settings| {
        Trainer::new(contract, Loss::Classes, settings).map(|_| ()).unwrap_err().to_string()
    };
    let plain = Settings::default();
    insta::assert_snapshot!(error(Contract { word_bits: 30, ..small() }, plain), @"word_bits: must lie between 10 and 26");
    insta::assert_snapshot!(error(Contract { run_bytes: 9, ..small() }, plain), @"run_bytes: must be 8 at most, or 0 for no runs");
    insta::assert_snapshot!(
        error(small(), Settings { rate: f64::NAN, ..plain }),
        @"training: the rate must be above 0, the decay 0 or above, both finite"
    );
    let flat = Trainer::new(small(), Loss::Numbers { low: 1.0, high: 1.0 }, plain).unwrap_err().to_string();
    insta::assert_snapshot!(flat, @"labels: from 1 to 1 are no range: the lowest must be below the highest, both finite");
    assert!(small().with_signals(["score"]).is_err() && small().with_signals(["nothing"]).is_err());
    let other = |change: fn(&mut Vec<u8>)| {
        let mut bytes = Trainer::new(small(), Loss::Classes, plain).unwrap().finish(String::new()).to_bytes();
        change(&mut bytes);
        LinearModel::from_bytes(Path::new("a.model"), &bytes).unwrap_err().to_string()
    };
    insta::assert_snapshot!(other(|b| b.clear()), @"a.model: is no model of `mashbill score train`");
    insta::assert_snapshot!(
        other(|b| b[16] = 9),
        @"a.model: is a model of version 9, and this release reads version 1: train it again, or use the release that did"
    );
    insta::assert_snapshot!(
        other(|b| b.truncate(b.len() - 1)),
        @"a.model: is damaged: its checksum does not fit; copy or train it again"
    );
}
