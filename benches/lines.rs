//! Lines that many documents share: counting and removing, beside hash maps of strings.
//!
//! `cargo bench --bench lines` on the texts of `fixtures/text` (or generated ones). Each text also stands under a menu of five
//! lines, so that there is something to remove. The `naive` rivals hold a string for each line; that they agree is asserted once.

#![allow(clippy::expect_used)] // a bench that cannot be set up should stop

mod corpus;

use corpus::{Corpus, corpora};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use mashbill::dedup::lines::{LineCounter, LineRules, RemoveUnits};
use mashbill::rewrite::Rewrite;
use mashbill::{Document, text::Analyzer};
use std::collections::{HashMap, HashSet};
use std::hint::black_box;
use unicode_normalization::UnicodeNormalization;

const MENU: &str = "Home | Products | Contact\nAccept all cookies\n  Subscribe to our newsletter\nTerms and conditions\nLog in to comment\n";

fn rules() -> LineRules {
    LineRules { min_documents: 3, ..LineRules::default() }
}

fn form(line: &str) -> String {
    line.nfc().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// For each line the distinct documents that it stands in.
fn naive_count(docs: &[String]) -> HashMap<String, HashSet<&str>> {
    let mut documents: HashMap<String, HashSet<&str>> = HashMap::new();
    for doc in docs {
        for line in doc.split(['\n', '\r']) {
            let form = form(line);
            if form.chars().count() >= rules().min_chars as usize {
                documents.entry(form).or_default().insert(doc);
            }
        }
    }
    documents.retain(|_, docs| docs.len() >= rules().min_documents as usize);
    documents
}

fn naive_remove(text: &str, units: &HashMap<String, HashSet<&str>>) -> String {
    text.split_inclusive('\n').filter(|line| !units.contains_key(&form(line))).collect()
}

fn count(docs: &[String]) -> LineCounter {
    let mut counter = LineCounter::new(&rules());
    docs.iter().for_each(|doc| counter.collect(doc));
    counter
}

fn rewritten(remove: &RemoveUnits, analyzer: &mut Analyzer, text: &str) -> String {
    let view = analyzer.view(text);
    remove.rewrite(&Document::new(&view)).text.into_owned()
}

fn bench(c: &mut Criterion) {
    for Corpus { name, docs } in corpora() {
        let docs: Vec<String> = docs.iter().map(|doc| format!("{MENU}{}\n", doc.replace('\r', ""))).collect();
        let bytes = Corpus { name, docs: docs.clone() }.bytes();
        let (naive, counted) = (naive_count(&docs), count(&docs).finish());
        assert_eq!(counted.units.len(), naive.len(), "{name}");
        let remove = RemoveUnits::new(&rules(), counted.units);
        let mut analyzer = Analyzer::new();
        for doc in &docs {
            assert_eq!(rewritten(&remove, &mut analyzer, doc), naive_remove(doc, &naive), "{name}");
        }

        let mut group = c.benchmark_group(format!("lines/{name}"));
        group.throughput(Throughput::Bytes(bytes)).sample_size(10);
        group.bench_function("count", |b| b.iter(|| black_box(count(&docs).finish())));
        group.bench_function("count/naive", |b| b.iter(|| black_box(naive_count(&docs).len())));
        group.bench_function("remove", |b| {
            b.iter(|| docs.iter().map(|doc| rewritten(&remove, &mut analyzer, doc).len()).sum::<usize>());
        });
        group.bench_function("remove/naive", |b| {
            b.iter(|| docs.iter().map(|doc| naive_remove(doc, &naive).len()).sum::<usize>());
        });
        group.finish();
    }
}

criterion_group!(benches, bench);
criterion_main!(benches);
