//! The filters that made FineWeb's first version: the words that NLTK makes, and the decisions of datatrove 0.2 over the same sentences.

#![allow(clippy::unwrap_used)]

use crate::escapes::unescaped;
use mashbill::filter::Filter;
use mashbill::filter::profile::rule_set;
use mashbill::recipe::Chain;
use mashbill::rewrite::{DatatroveC4Lines, Rewrite};
use mashbill::text::{Analyzer, treebank_words};
use mashbill::{Document, Facts};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;
use xxhash_rust::xxh3::xxh3_128;

const FOLDER: &str = "fixtures/parity/datatrove";

fn texts(set: &str) -> Vec<String> {
    let file = Path::new(FOLDER).join(format!("../../text/{set}.txt"));
    std::fs::read_to_string(file).unwrap().split("\n\u{1e}\n").map(str::to_owned).collect()
}

#[test]
fn words_are_those_of_nltk() {
    let goldens = std::fs::read_to_string(format!("{FOLDER}/treebank.tsv")).unwrap();
    let mut sets: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let (mut sentences, mut documents) = (0, 0);
    for line in goldens.lines().skip(1) {
        match line.split('\t').collect::<Vec<_>>()[..] {
            [sentence, want] => {
                assert_eq!(treebank_words(&unescaped(sentence)).join(" "), unescaped(want), "{sentence}");
                sentences += 1;
            }
            [set, number, count, digest] => {
                let texts = sets.entry(set.to_owned()).or_insert_with(|| texts(set));
                let lines = texts[number.parse::<usize>().unwrap()].split('\n');
                let words: Vec<String> = lines.flat_map(treebank_words).collect();
                let joined: String = words.iter().flat_map(|word| [word.as_str(), "\0"]).collect();
                let got = (words.len().to_string(), format!("{:032x}", xxh3_128(joined.as_bytes())));
                assert_eq!(got, (count.to_owned(), digest.to_owned()), "{set} {number}");
                documents += 1;
            }
            _ => panic!("{line}"),
        }
    }
    assert!(sentences > 1_200 && documents == 656, "{sentences} {documents}");
}

/// One reason per filter on the text as it came, then the chain's, and the digest of what C4's lines leave.
fn judge(analyzer: &mut Analyzer, chain: &Chain, text: &str) -> Vec<String> {
    let sets = [
        "datatrove_0_2_gopher_repetition",
        "datatrove_0_2_gopher_quality",
        "datatrove_c4_fineweb",
        "datatrove_0_2_fineweb_quality",
    ];
    let mut columns = Vec::new();
    let view = analyzer.view(text);
    let doc = Document::new(&view);
    for set in sets {
        let filter = rule_set(set).unwrap().build(&[]).unwrap();
        let failure = filter.check(&doc).failure();
        columns.push(failure.map_or("-".to_owned(), |f| filter.rules()[usize::from(f.rule.0)].name.clone()));
    }
    let after = DatatroveC4Lines { terminal_punctuation: false }.rewrite(&doc).text.into_owned();
    drop(view);
    let failure = chain.check(analyzer, text, Facts::NONE).failure();
    let digest = if columns[2] == "-" { format!("{:032x}", xxh3_128(after.as_bytes())) } else { "-".to_owned() };
    columns.push(failure.map_or("-".to_owned(), |f| chain.rule(f.rule).unwrap().name.clone()));
    columns.push(digest);
    columns
}

#[test]
fn documents_are_dropped_for_the_same_reasons() {
    let goldens = std::fs::read_to_string(format!("{FOLDER}/fineweb_1.tsv")).unwrap();
    let chain = Chain::profile("fineweb-1").unwrap();
    let mut sets: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut analyzer = Analyzer::new();
    let mut compared = 0;
    for line in goldens.lines().filter(|line| !line.starts_with('#')) {
        let fields: Vec<&str> = line.split('\t').collect();
        let texts = sets.entry(fields[0].to_owned()).or_insert_with(|| texts(fields[0]));
        let text = &texts[fields[1].parse::<usize>().unwrap()];
        assert_eq!(judge(&mut analyzer, &chain, text), fields[2..], "{} {}", fields[0], fields[1]);
        compared += 1;
    }
    assert_eq!(compared, 656);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// Rules take no letter away, and put nothing but spaces and quotes in.
    #[test]
    fn words_keep_the_letters(sentence in "[a-dnot'\".,:!?()`$ \u{a0}é’“*-]{0,24}") {
        let kept = |text: &str| -> String {
            text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '"' | '\'' | '`')).collect()
        };
        let words = treebank_words(&sentence);
        prop_assert!(words.iter().all(|word| !word.is_empty()));
        prop_assert_eq!(kept(&words.concat()), kept(&sentence));
    }
}

/// What each rule looks at again and again. Quadratic time would be minutes here.
#[test]
fn hostile_sentences_end() {
    let start = Instant::now();
    for unit in [
        "'", "\"", "`", "' ", "a' ", "'' ", "\" ", "(\"", ".", "a.", ",", ":a", "cannot", "cannot ", " 'tis", "d'",
        "a", "é", "’", "n't ",
    ] {
        let sentence = unit.repeat(400_000 / unit.len());
        assert!(!treebank_words(&sentence).is_empty(), "{unit:?}");
    }
    assert!(start.elapsed().as_secs() < 120, "{:?}", start.elapsed());
}
