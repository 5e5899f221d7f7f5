//! N-gram language models: what KenLM's `lmplz` estimates, and what KenLM says by it.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

use mashbill::score::ngram::{NgramModel, Settings, Trainer};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

fn fixture(name: &str) -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures")).join(name)
}

fn lines(text: &str) -> Vec<String> {
    let text = std::fs::read_to_string(fixture(&format!("text/{text}.txt"))).unwrap();
    text.split('\n').map(str::to_owned).collect()
}

fn trained(settings: Settings) -> NgramModel {
    let text = std::fs::read_to_string(fixture("parity/kenlm/train.txt")).unwrap();
    let mut trainer = Trainer::new(settings).unwrap();
    trainer.add_text(&text).unwrap();
    trainer.finish().unwrap()
}

#[test]
fn every_line_has_the_probability_that_kenlm_gives_it() {
    let goldens = std::fs::read_to_string(fixture("parity/kenlm/goldens.tsv")).unwrap();
    let arpa = |name: &str| NgramModel::load(&fixture(&format!("parity/kenlm/{name}.arpa"))).unwrap();
    // What `lmplz` estimated, and what is estimated here from the same text with the same settings.
    let models = BTreeMap::from([
        ("trained", [arpa("trained"), trained(Settings { order: 4, ..Settings::default() })]),
        ("pruned", [arpa("pruned"), trained(Settings { order: 3, prune: vec![0, 1], ..Settings::default() })]),
    ]);
    for [theirs, ours] in models.values() {
        assert_eq!(theirs.counts(), ours.counts());
    }
    let mut texts: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let mut compared = 0;
    for golden in goldens.lines().skip(1) {
        let fields: Vec<&str> = golden.split('\t').collect();
        let lines = texts.entry(fields[1]).or_insert_with(|| lines(fields[1]));
        let line = &lines[fields[2].parse::<usize>().unwrap()];
        let (log10, words): (f64, u64) = (fields[3].parse().unwrap(), fields[4].parse().unwrap());
        for (model, which) in models[fields[0]].iter().zip(["read", "estimated"]) {
            let found = model.measure(line).unwrap();
            assert_eq!(found.words, words, "{golden}");
            // KenLM sums in single precision; the allowance is 0.00001 for a word.
            assert!((found.log10 - log10).abs() <= 1e-5 * words as f64, "{which} {golden}: {}", found.log10);
        }
        compared += 1;
    }
    assert!(compared > 300, "{compared}");
}

/// `MASHBILL_KENLM` is a folder with `model.arpa`, `text.txt` and `scores.tsv`: for each line with a word, what KenLM's `score` says.
#[test]
#[ignore = "needs MASHBILL_KENLM"]
#[allow(clippy::disallowed_methods)]
fn agrees_on_a_corpus() {
    let folder = PathBuf::from(std::env::var("MASHBILL_KENLM").unwrap());
    let model = NgramModel::load(&folder.join("model.arpa")).unwrap();
    let text = std::fs::read_to_string(folder.join("text.txt")).unwrap();
    let scores = std::fs::read_to_string(folder.join("scores.tsv")).unwrap();
    let found: Vec<_> = text.split('\n').filter_map(|line| model.measure(line)).collect();
    assert_eq!(found.len(), scores.lines().count());
    let apart = found
        .iter()
        .zip(scores.lines())
        .map(|(found, score)| (found.log10 - score.parse::<f64>().unwrap()).abs() / found.words as f64);
    let most = apart.fold(0.0, f64::max);
    println!("{} lines, |d log10 p| <= {most:.2e} for a word", found.len());
    assert!(most <= 1e-5);
}
