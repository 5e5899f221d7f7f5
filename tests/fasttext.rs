//! Models of fastText: labels and probabilities as the reference gives them.

// The comparison with a corpus of one's own says what it saw.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use crate::kit::{fixture, fixtures, read, words};
use mashbill::score::fasttext::{FastText, Newlines};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// What `make.py` puts before the documents of the corpus.
fn odd() -> Vec<String> {
    let texts = [
        "",
        " ",
        "the",
        "zzzqqq",
        "the\u{a0}mill\u{3000}of rye",
        "the\u{b}mill\u{c}of\rrye\ttoday",
        "the </s> mill",
        "__label__docs the __label__none mill",
        "the\0mill\0",
        "Caf\u{e9} e\u{301}t\u{e9} \u{65e5}\u{672c}\u{8a9e} \u{1f600} \u{301}",
        "the the the the the",
        "\u{feff}the mill",
        "a b c d e f g",
    ];
    texts.into_iter().map(str::to_owned).chain(["x".repeat(3000)]).collect()
}

fn texts(path: &Path) -> Vec<String> {
    words(&read(path), "text")
}

/// Labels and probabilities in a row of goldens.
fn listed(shown: &str) -> Vec<(String, f32)> {
    let parts: Vec<&str> = shown.split(' ').filter(|part| !part.is_empty()).collect();
    parts.chunks(2).map(|pair| (pair[0].to_owned(), pair[1].parse().unwrap())).collect()
}

/// How far the probabilities are apart at most, if the labels are the same in the same order.
fn difference(ours: &[(&str, f32)], theirs: &[(String, f32)]) -> Option<f32> {
    let bare = |label: &str| label.strip_prefix("__label__").unwrap_or(label).to_owned();
    let same = ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(a, b)| bare(a.0) == b.0);
    same.then(|| ours.iter().zip(theirs).map(|(a, b)| (a.1 - b.1).abs()).fold(0.0, f32::max))
}

#[test]
fn every_model_says_what_fasttext_says() {
    let folder = fixtures().join("parity/fasttext");
    let mut documents = odd();
    for name in ["web_wet", "docs", "books", "code-0", "synthetic_math"] {
        let all = texts(Path::new(&fixture(&format!("corpus/{name}.parquet"))));
        documents.extend(all.into_iter().skip(1).step_by(2).take(24));
    }
    let goldens = std::fs::read_to_string(folder.join("goldens.tsv")).unwrap();
    let mut models: BTreeMap<&str, FastText> = BTreeMap::new();
    let mut compared = 0;
    for line in goldens.lines().skip(1) {
        let fields: Vec<&str> = line.split('\t').collect();
        let model = models.entry(fields[0]).or_insert_with(|| FastText::load(&folder.join(fields[0])).unwrap());
        let text = &documents[fields[1].parse::<usize>().unwrap()];
        let ours = model.predict(text, fields[2].parse().unwrap(), Newlines::Space);
        let theirs = listed(fields[3]);
        let apart = difference(&ours, &theirs);
        assert!(apart.is_some_and(|d| d <= 1e-5), "{} {}: {ours:?}, fastText: {theirs:?}", fields[0], fields[1]);
        compared += 1;
    }
    assert_eq!((models.len(), compared), (11, 11 * documents.len()));
}

/// See `fixtures/parity/fasttext/compare.py`.
#[test]
#[ignore = "needs MASHBILL_CORPUS and MASHBILL_FASTTEXT, a folder that fixtures/parity/fasttext/compare.py filled"]
#[allow(clippy::disallowed_methods)]
fn agrees_on_a_corpus() {
    let at = |name: &str| PathBuf::from(std::env::var(name).unwrap());
    let (corpus, folder) = (at("MASHBILL_CORPUS"), at("MASHBILL_FASTTEXT"));
    let predictions = std::fs::read_to_string(folder.join("predictions.tsv")).unwrap();
    let mut files: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let mut of_models: BTreeMap<&str, Vec<(&str, usize, &str)>> = BTreeMap::new();
    for line in predictions.lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        files.entry(fields[1]).or_insert_with(|| texts(&corpus.join(format!("{}.parquet", fields[1]))));
        of_models.entry(fields[0]).or_default().push((fields[1], fields[2].parse().unwrap(), fields[3]));
    }
    for (name, rows) in of_models {
        let model = FastText::load(&folder.join(name)).unwrap();
        let (begin, mut bytes) = (Instant::now(), 0);
        let mut found = Vec::new();
        for &(file, row, _) in &rows {
            bytes += files[file][row].len();
            found.push(model.predict(&files[file][row], 0, Newlines::Space));
        }
        let rate = bytes as f64 / 1e6 / begin.elapsed().as_secs_f64();
        let (mut others, mut swapped, mut most) = (0, 0, 0.0f32);
        for (ours, &(_, _, shown)) in found.iter().zip(&rows) {
            let theirs = listed(shown);
            let first = |found: Option<&str>| found.map(|label| label.trim_start_matches("__label__").to_owned());
            if first(ours.first().map(|f| f.0)) != first(theirs.first().map(|f| f.0.as_str())) {
                others += 1;
            }
            match difference(ours, &theirs) {
                Some(apart) => most = most.max(apart),
                None => swapped += 1,
            }
        }
        println!(
            "{name}: {} documents, {others} with another first label, {swapped} in another order, |dp| <= {most:.2e}, {rate:.1} MB/s",
            rows.len()
        );
        assert_eq!(others, 0);
        assert!(most <= 1e-5);
    }
}
