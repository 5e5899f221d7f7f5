//! Sketching: normal form, shingles, MinHash, and the whole, beside the way it is written at first.
//!
//! `cargo bench --bench hash` on the texts of `fixtures/text`, or on made-up prose where they are absent. The `naive` rivals
//! compute the same answers (asserted once) with a string per word and per shingle.

#![allow(clippy::expect_used)] // a bench that cannot be set up should stop

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use mashbill::hash::{Bands, MinHasher, Shingler, SketchConfig, Sketcher, content_hash};
use mashbill::text::{Normalizer, is_word_char};
use std::collections::HashMap;
use std::hint::black_box;
use std::path::Path;
use unicode_normalization::UnicodeNormalization;
use xxhash_rust::xxh3::xxh3_64;

const NGRAM: usize = 5;

/// A named set of documents.
struct Texts {
    name: String,
    docs: Vec<String>,
}

impl Texts {
    fn bytes(&self) -> u64 {
        self.docs.iter().map(|doc| doc.len() as u64).sum()
    }
}

/// The fixtures (documents are separated by a line that holds only U+001E), or prose by a generator.
fn texts() -> Vec<Texts> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/text");
    let mut found: Vec<Texts> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let text = path.extension().is_some_and(|e| e == "txt").then(|| std::fs::read_to_string(&path))?.ok()?;
            let docs = text.split("\n\u{1e}\n").map(str::to_owned).collect();
            Some(Texts { name: path.file_stem()?.to_string_lossy().into_owned(), docs })
        })
        .collect();
    found.sort_by(|a, b| a.name.cmp(&b.name));
    if found.is_empty() {
        found.push(made_up(
            "ascii",
            &["the", "rye", "and", "Corn", "of", "fermentation", "is", "kept.", "barley,", "mash"],
        ));
        found.push(made_up(
            "latin",
            &["für", "die", "Gärung", "und", "später", "ein", "Maß", "é,", "naïve", "Brennerei."],
        ));
        found.push(made_up(
            "cyrillic",
            &["рожь", "и", "Солод", "это", "в", "бочке,", "который", "не", "зерно", "сусло."],
        ));
    }
    found
}

/// Documents of 3.2 KB or so, as a web page has (dedup research: 500 words).
fn made_up(name: &str, vocabulary: &[&str]) -> Texts {
    let mut state = 1_u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize
    };
    let mut word = || format!("{}{}", vocabulary[next() % vocabulary.len()], ["", "", "s", "ing"][next() % 4]);
    let docs = (0..300).map(|_| (0..500).map(|_| word()).collect::<Vec<_>>().join(" ")).collect();
    Texts { name: format!("made-up-{name}"), docs }
}

/// The normal form by its definition.
fn naive_normalize(text: &str) -> String {
    let lower = text.nfc().collect::<String>().to_lowercase();
    lower.split(|c| !is_word_char(c)).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// One allocated, joined string per shingle; 128 slots, each by its own pass.
fn naive_band_keys(text: &str, bands: Bands) -> Option<Vec<u64>> {
    let normal_form = naive_normalize(text);
    let words: Vec<String> = normal_form.split(' ').map(str::to_owned).collect();
    let shingles: Vec<u64> = words.windows(NGRAM).map(|run| xxh3_64(run.join(" ").as_bytes())).collect();
    let minimum = |slot: u64| shingles.iter().map(|s| xxh3_64(&(s ^ slot).to_le_bytes()) as u32).min();
    let slots: Vec<u32> = (0..128).map(minimum).collect::<Option<_>>()?;
    let mut keys = Vec::new();
    bands.keys(&slots, &mut keys);
    Some(keys)
}

/// Groups of equal documents, which any sketch must agree on.
fn groups<K: std::hash::Hash + Eq>(docs: &[String], key: impl FnMut(&String) -> K) -> Vec<Vec<usize>> {
    let mut groups: HashMap<K, Vec<usize>> = HashMap::new();
    docs.iter().map(key).enumerate().for_each(|(i, key)| groups.entry(key).or_default().push(i));
    let mut groups: Vec<_> = groups.into_values().collect();
    groups.sort();
    groups
}

fn sketching(c: &mut Criterion) {
    for texts in &texts() {
        let mut group = c.benchmark_group(&texts.name);
        group.throughput(Throughput::Bytes(texts.bytes()));
        let docs = &texts.docs;
        let mut normalizer = Normalizer::new();
        for doc in docs {
            assert_eq!(normalizer.normalize(doc), naive_normalize(doc));
        }
        group.bench_function("normalize", |b| {
            b.iter(|| docs.iter().map(|doc| normalizer.normalize(black_box(doc)).len()).sum::<usize>());
        });
        group.bench_function("normalize/naive", |b| {
            b.iter(|| docs.iter().map(|doc| naive_normalize(black_box(doc)).len()).sum::<usize>());
        });

        let normal_forms: Vec<String> = docs.iter().map(|doc| naive_normalize(doc)).collect();
        group.bench_function("content_hash", |b| {
            b.iter(|| normal_forms.iter().fold(0, |sum, normal| sum ^ content_hash(black_box(normal))));
        });
        let mut shingler = Shingler::new(NGRAM as u32).expect("five words");
        let mut shingles = Vec::new();
        group.bench_function("shingles", |b| {
            b.iter(|| {
                normal_forms.iter().map(|normal| shingler.shingles(black_box(normal), &mut shingles)).sum::<usize>()
            });
        });

        let sets: Vec<Vec<u64>> = (normal_forms.iter())
            .map(|normal| {
                shingler.shingles(normal, &mut shingles);
                shingles.clone()
            })
            .collect();
        let mut hasher = MinHasher::new(128).expect("128 slots");
        let mut slots = Vec::new();
        group.bench_function("minhash128", |b| {
            b.iter(|| sets.iter().filter(|set| hasher.signature_into(black_box(set), &mut slots)).count());
        });

        let mut sketcher = Sketcher::new(SketchConfig::default()).expect("the default");
        let bands = sketcher.config().bands;
        assert_eq!(
            groups(docs, |doc| sketcher.sketch(doc).content),
            groups(docs, |doc| match naive_normalize(doc) {
                empty if empty.is_empty() => (empty, doc.clone()),
                normal => (normal, String::new()),
            })
        );
        group.bench_function("sketch", |b| {
            b.iter(|| docs.iter().filter(|doc| sketcher.sketch(black_box(doc)).band_keys.is_some()).count());
        });
        group.sample_size(10);
        group.bench_function("sketch/naive", |b| {
            b.iter(|| docs.iter().filter(|doc| naive_band_keys(black_box(doc), bands).is_some()).count());
        });
        group.finish();
    }
}

criterion_group!(benches, sketching);
criterion_main!(benches);
