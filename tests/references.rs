//! Decisions and reasons against those of dolma, DCLM, datamap-rs and TFDS.

// The comparisons with texts of one's own say what they saw.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

use mashbill::filter::profile::rule_set;
use mashbill::filter::{Filter, RuleFilter};
use mashbill::recipe::{Chain, Outcome};
use mashbill::rewrite::{DclmLines, Rewrite};
use mashbill::signal::signal;
use mashbill::text::Analyzer;
use mashbill::{Document, Facts};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use xxhash_rust::xxh3::xxh3_64;

fn folder(reference: &str) -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/parity")).join(reference)
}

/// The columns of a reference's `reference.py`, by this crate.
type Columns<'c> = dyn FnMut(&str) -> Vec<String> + 'c;

/// What the reference calls the first failure, `-` where the set keeps the text.
fn reason(set: &str, filter: &RuleFilter, doc: &Document<'_>) -> String {
    let failed = |rule: usize| rule_set(set).unwrap().rules[rule].reference_reason.unwrap();
    filter.check(doc).failure().map_or("-", |failure| failed(usize::from(failure.rule.0))).to_owned()
}

/// Every document of `fixtures/text` against the reference's goldens.
fn agrees_with_goldens(reference: &str, columns: &mut Columns<'_>) {
    let goldens = std::fs::read_to_string(folder(reference).join("goldens.tsv")).unwrap();
    let mut sets: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut compared = 0;
    for line in goldens.lines().filter(|line| !line.starts_with('#')) {
        let fields: Vec<&str> = line.split('\t').collect();
        let texts = sets.entry(fields[0].to_owned()).or_insert_with(|| {
            let file = folder("../text").join(format!("{}.txt", fields[0]));
            std::fs::read_to_string(file).unwrap().split("\n\u{1e}\n").map(str::to_owned).collect()
        });
        let text = &texts[fields[1].parse::<usize>().unwrap()];
        let got = columns(text);
        // A reference may say more, for people to read.
        assert_eq!(got, fields[2..2 + got.len()], "{} {}", fields[0], fields[1]);
        compared += 1;
    }
    assert_eq!(compared, sets.values().map(Vec::len).sum::<usize>());
    assert_eq!((sets.len(), compared > 600), (6, true));
}

/// A full comparison, over texts that are no part of the repository: see `fixtures/parity/compare.py`.
fn compares_with_dump(reference: &str, columns: &mut Columns<'_>) {
    let dump = std::fs::read(folder(reference).join("corpus.dump")).unwrap();
    let mut rest = &dump[..];
    let mut field = || {
        let len = u32::from_le_bytes(rest.get(..4)?.try_into().unwrap()) as usize;
        let (field, tail) = rest[4..].split_at(len);
        rest = tail;
        Some(std::str::from_utf8(field).unwrap())
    };
    let (mut texts, mut bytes, mut same) = (0, 0, Vec::new());
    let mut dropped = BTreeMap::new();
    while let (Some(name), Some(text), Some(want)) = (field(), field(), field()) {
        texts += 1;
        bytes += text.len();
        let got = columns(text);
        same.resize(got.len(), 0u32);
        for (i, (got, want)) in got.iter().zip(want.split('\t')).enumerate() {
            same[i] += u32::from(got == want);
            if got != want {
                println!("{name}: column {i}: {got}, not {want}");
            }
        }
        *dropped.entry(want.split('\t').next().unwrap()).or_insert(0) += 1;
    }
    println!("{texts} texts of {bytes} bytes; the same of each column: {same:?}");
    println!("first column: {dropped:?}");
}

/// The columns of `dolma/reference.py`.
fn dolma() -> impl FnMut(&str) -> Vec<String> {
    const SETS: [&str; 4] = ["dolma_gopher_v1", "dolma_gopher_v2", "dolma_top_ngrams", "dolma_c4"];
    let filters = SETS.map(|set| rule_set(set).unwrap().build(&[]).unwrap());
    let mut names: Vec<String> =
        ["word_count", "median_word_length", "symbol_word_ratio", "alpha_word_ratio", "required_word_count"]
            .map(str::to_owned)
            .into();
    let lines =
        ["bullet_line_ratio", "ellipsis_line_ratio", "duplicate_line_ratio", "duplicate_line_chars_per_word_char"];
    names.extend(lines.map(str::to_owned));
    names.extend((2..=4).map(|n| format!("top_{n}gram_char_ratio")));
    names.extend((5..=10).map(|n| format!("duplicate_{n}gram_char_ratio")));
    names.extend(lines.map(|line| format!("v2_{line}")));
    let signals: Vec<_> = names.iter().map(|name| signal(&format!("dolma_{name}")).unwrap()).collect();
    let mut analyzer = Analyzer::new();
    move |text| {
        let view = analyzer.view(text);
        let doc = Document::new(&view);
        let mut columns: Vec<String> =
            SETS.iter().zip(&filters).map(|(set, filter)| reason(set, filter, &doc)).collect();
        let score = |value: Option<f64>| value.map_or("-".to_owned(), |value| format!("{value:.5}"));
        let scores: Vec<String> = signals.iter().map(|signal| score(signal.measure(&doc))).collect();
        columns.push(format!("{:016x}", xxh3_64(scores.join(" ").as_bytes())));
        columns
    }
}

/// What the reference calls the first failure of a chain whose filters are `sets`, by step.
fn chain_reason(chain: &Chain, sets: &[(&str, &str)], outcome: &Outcome<'_>) -> String {
    let Some(failure) = outcome.failure() else { return "-".to_owned() };
    let (step, rule) = chain.rule(failure.rule).unwrap().name.split_once('.').unwrap();
    let set = sets.iter().find(|(name, _)| *name == step).unwrap().1;
    rule_set(set).unwrap().rule(rule).unwrap().reference_reason.unwrap().to_owned()
}

fn digest(text: &str) -> String {
    format!("{:016x}", xxh3_64(text.as_bytes()))
}

/// The columns of `dclm/reference.py` and `datamap/`: two filters, the chain, the text it leaves, and the text that its line rules
/// alone leave.
fn cleans_lines(profile: &'static str, lines: impl Rewrite) -> impl FnMut(&str) -> Vec<String> {
    let steps = ["quality", "repetition", "removal"];
    let names = steps.map(|step| format!("{profile}_{step}"));
    let filters = names.each_ref().map(|set| rule_set(set).unwrap().build(&[]).unwrap());
    let chain = Chain::profile(profile).unwrap();
    let mut analyzer = Analyzer::new();
    move |text| {
        let sets: Vec<(&str, &str)> = steps.into_iter().zip(names.iter().map(String::as_str)).collect();
        let outcome = chain.check(&mut analyzer, text, Facts::NONE);
        let dropped = chain_reason(&chain, &sets, &outcome);
        let left = if dropped == "-" { digest(&outcome.text) } else { "-".to_owned() };
        let view = analyzer.view(text);
        let doc = Document::new(&view);
        let [quality, repetition] = [0, 1].map(|i| reason(&names[i], &filters[i], &doc));
        vec![quality, repetition, dropped, left, digest(&lines.rewrite(&doc).text)]
    }
}

/// The columns of `tfds/reference.py`.
fn tfds() -> impl FnMut(&str) -> Vec<String> {
    let chain = Chain::profile("c4-tfds").unwrap();
    let mut analyzer = Analyzer::new();
    move |text| {
        let outcome = chain.check(&mut analyzer, text, Facts::NONE);
        let dropped = chain_reason(&chain, &[("c4", "c4_tfds")], &outcome);
        let left = if dropped == "-" { digest(&outcome.text) } else { "-".to_owned() };
        vec![dropped, left]
    }
}

#[test]
fn tfds_goldens() {
    agrees_with_goldens("tfds", &mut tfds());
}

#[test]
#[ignore = "reads a dump that compare.py writes"]
fn tfds_dump() {
    compares_with_dump("tfds", &mut tfds());
}

#[test]
fn dclm_goldens() {
    agrees_with_goldens("dclm", &mut cleans_lines("dclm", DclmLines::default()));
}

#[test]
#[ignore = "reads a dump that compare.py writes"]
fn dclm_dump() {
    compares_with_dump("dclm", &mut cleans_lines("dclm", DclmLines::default()));
}

#[test]
fn dolma_goldens() {
    agrees_with_goldens("dolma", &mut dolma());
}

#[test]
#[ignore = "reads a dump that compare.py writes"]
fn dolma_dump() {
    compares_with_dump("dolma", &mut dolma());
}
