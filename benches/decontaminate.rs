//! Looking for benchmark items: each rule over texts of four kinds, beside a hash set of joined 13-grams.
//!
//! `cargo bench --bench decontaminate` on the texts of `fixtures/text` (or generated ones), against 20 benchmarks' worth of items: 30,000 of 20 to 100
//! made words, and one question per text taken from it, so that there is something to find. The `naive` rival keeps a string for each n-gram of the
//! items; that both find the same documents is asserted once.

#![allow(clippy::expect_used)] // a bench that cannot be set up should stop

mod corpus;

use corpus::{Corpus, corpora};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use mashbill::decontaminate::{Decontaminator, Item, Rule, Scratch};
use std::collections::HashSet;
use std::hint::black_box;

const NGRAM: usize = 13;

/// Made items, and a piece of every tenth document.
fn items(docs: &[String]) -> Vec<Item> {
    let mut state = 5_u64;
    let mut random = |below: usize| {
        // Knuth's MMIX constants; the upper bits are the good ones.
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let vocabulary: Vec<&str> = docs.iter().flat_map(|doc| doc.split_whitespace()).take(40_000).collect();
    let made = (0..30_000).map(|i| {
        let words: Vec<&str> = (0..20 + random(80)).map(|_| vocabulary[random(vocabulary.len())]).collect();
        Item::new("made", &i.to_string(), &words.join(" "))
    });
    let made: Vec<Item> = made.collect();
    let pieces = docs.iter().step_by(10).map(|doc| doc.split_whitespace().take(30).collect::<Vec<_>>().join(" "));
    made.into_iter().chain(pieces.enumerate().map(|(i, text)| Item::new("piece", &i.to_string(), &text))).collect()
}

fn words(text: &str) -> Vec<String> {
    let lower = text.to_lowercase();
    lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

fn naive_holds(set: &HashSet<String>, text: &str) -> bool {
    words(text).windows(NGRAM).any(|gram| set.contains(&gram.join(" ")))
}

fn bench(c: &mut Criterion) {
    for Corpus { name, docs } in corpora() {
        let items = items(&docs);
        let set: HashSet<String> = items
            .iter()
            .flat_map(|item| words(&item.question).windows(NGRAM).map(|gram| gram.join(" ")).collect::<Vec<_>>())
            .collect();
        let mut group = c.benchmark_group(format!("decontaminate/{name}"));
        group.throughput(Throughput::Bytes(Corpus { name, docs: docs.clone() }.bytes())).sample_size(10);
        for rule in [Rule::coverage(), Rule::phi4(), Rule::gpt3()] {
            let decontaminator = Decontaminator::new(&items, rule).expect("settings of the crate");
            let mut scratch = Scratch::new();
            let mut count =
                || docs.iter().filter(|doc| decontaminator.check(&mut scratch, doc).decisive().is_some()).count();
            if decontaminator.rule().name() == "gpt3" && name != "multilingual" {
                // Other scripts have other words; whole matches of short items are counted by neither.
                assert!(count() >= docs.iter().filter(|doc| naive_holds(&set, doc)).count(), "{name}");
            }
            assert!(count() > 0, "{name}");
            group.bench_function(decontaminator.rule().name(), |b| b.iter(|| black_box(count())));
        }
        group.bench_function("gpt3/naive", |b| b.iter(|| docs.iter().filter(|doc| naive_holds(&set, doc)).count()));
        group.finish();
    }
}

criterion_group!(benches, bench);
criterion_main!(benches);
