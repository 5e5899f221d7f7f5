//! Scoring text by a signal, by the composites and by a linear model; and buckets of scores, by a sort and by a sketch.

#![allow(clippy::unwrap_used)]

mod corpus;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use mashbill::Document;
use mashbill::score::linear::{Contract, Example, Loss, Settings, Trainer};
use mashbill::score::{Buckets, CODE, Combined, CompositeScore, Ensemble, QuantileSketch, STEM, Score, SignalScore};
use mashbill::text::Analyzer;
use std::hint::black_box;

/// One pass over the documents of all kinds, those of `good` against the others.
fn trained(corpora: &[corpus::Corpus], good: &str) -> Trainer {
    let mut trainer = Trainer::new(Contract::default(), Loss::Classes, Settings::default()).unwrap();
    let mut analyzer = Analyzer::new();
    for corpus in corpora {
        for doc in corpus.docs.iter().step_by(2) {
            let label = if corpus.name == good { 1.0 } else { 0.0 };
            let example = Example::of(trainer.contract(), &Document::new(&analyzer.view(doc)), label);
            trainer.step(&[example], &|n, work| (0..n).for_each(work));
        }
    }
    trainer
}

fn sum(score: &dyn Score, analyzer: &mut Analyzer, docs: &[String]) -> f64 {
    docs.iter().filter_map(|doc| score.score(&Document::new(&analyzer.view(black_box(doc))))).sum()
}

/// The rival: nothing is kept from one document to the next.
fn sum_naive(score: &dyn Score, docs: &[String]) -> f64 {
    docs.iter().map(|doc| sum(score, &mut Analyzer::new(), std::slice::from_ref(doc))).sum()
}

fn scores(c: &mut Criterion) {
    let corpora = corpus::corpora();
    let trainer = trained(&corpora, "book");
    let model = trained(&corpora, "book").finish(String::new());
    let mut analyzer = Analyzer::new();
    for doc in corpora.iter().flat_map(|corpus| &corpus.docs).take(200) {
        let view = analyzer.view(doc);
        let doc = Document::new(&view);
        let example = Example::of(trainer.contract(), &doc, 0.0);
        let (told, twin) = (model.score(&doc).unwrap(), trainer.predict(&example));
        assert!((told - twin).abs() < 1e-3, "the model says what its trainer says: {told} {twin}");
    }
    let scores: [(&str, Box<dyn Score>); 4] = [
        ("signal", Box::new(SignalScore::named("stop_word_count").unwrap())),
        ("stem", Box::new(CompositeScore::new(&STEM, &[]).unwrap())),
        ("code", Box::new(CompositeScore::new(&CODE, &[]).unwrap())),
        ("linear model", Box::new(model)),
    ];
    for (name, score) in &scores {
        let mut group = c.benchmark_group(format!("score {name}"));
        group.sample_size(20);
        for corpus in &corpora {
            let (shared, fresh) = (sum(score, &mut analyzer, &corpus.docs), sum_naive(score, &corpus.docs));
            assert!((shared - fresh).abs() <= 1e-9 * fresh.abs(), "both ways give the same scores");
            group.throughput(Throughput::Bytes(corpus.bytes()));
            group.bench_with_input(BenchmarkId::new("shared buffers", corpus.name), corpus, |b, corpus| {
                b.iter(|| sum(score, &mut analyzer, &corpus.docs));
            });
            group.bench_with_input(BenchmarkId::new("naive", corpus.name), corpus, |b, corpus| {
                b.iter(|| sum_naive(score, &corpus.docs));
            });
        }
        group.finish();
    }
}

/// Scores of documents with their tokens; of so many different values.
fn scored(rows: u64, values: u64) -> Vec<(f64, u64)> {
    let random = |i: u64, salt: u64| (i ^ salt).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20;
    (0..rows).map(|i| ((random(i, 7) % values) as f64 / values as f64, 50 + random(i, 3) % 1_000)).collect()
}

/// The rival: every threshold by a scan of its own over the sorted scores.
fn thresholds_naive(scores: &mut [(f64, u64)], buckets: u64) -> Vec<f64> {
    scores.sort_by(|a, b| a.0.total_cmp(&b.0));
    let all: u64 = scores.iter().map(|score| score.1).sum();
    let threshold = |k: u64| {
        let mut below = 0;
        scores.iter().find(|score| {
            below += score.1;
            below * buckets >= k * all
        })
    };
    (1..buckets).filter_map(threshold).map(|score| score.0).collect()
}

fn sketched(scores: &[(f64, u64)]) -> QuantileSketch {
    let mut sketch = QuantileSketch::new(4_096);
    scores.iter().for_each(|&(score, weight)| sketch.add(score, weight));
    sketch
}

fn buckets(c: &mut Criterion) {
    let mut group = c.benchmark_group("buckets of a million scores");
    group.sample_size(10);
    for (name, values) in [("all different", u64::MAX >> 20), ("of six grades", 6)] {
        let scores = scored(1_000_000, values);
        let (exact, sketch) = (Buckets::exact(&mut scores.clone(), 20).unwrap(), sketched(&scores));
        assert_eq!(exact.thresholds(), thresholds_naive(&mut scores.clone(), 20));
        let off = sketch.error() as f64 / sketch.weight() as f64;
        assert!(off < 0.005, "the sketch says that it is off by {off} of the weight at most");
        let weight_below = |t: f64| scores.iter().filter(|s| s.0 < t).map(|s| s.1).sum::<u64>();
        for (k, &t) in (1..).zip(sketch.buckets(20).unwrap().thresholds()) {
            assert!(weight_below(t) <= sketch.weight() * k / 20 + sketch.error());
        }
        group.throughput(Throughput::Elements(scores.len() as u64));
        group.bench_with_input(BenchmarkId::new("exact", name), &scores, |b, scores| {
            b.iter_batched_ref(|| scores.clone(), |scores| Buckets::exact(scores, 20), BatchSize::LargeInput);
        });
        group.bench_with_input(BenchmarkId::new("sketch", name), &scores, |b, scores| {
            b.iter(|| sketched(black_box(scores)).buckets(20));
        });
        group.bench_with_input(BenchmarkId::new("naive", name), &scores, |b, scores| {
            b.iter_batched_ref(|| scores.clone(), |scores| thresholds_naive(scores, 20), BatchSize::LargeInput);
        });
    }
    group.finish();
    let mut group = c.benchmark_group("buckets of two scores");
    group.sample_size(10);
    let second = scored(100_000, 6);
    let docs = scored(100_000, 1 << 40).into_iter().zip(&second);
    let docs: Vec<(Vec<Option<f64>>, u64)> =
        docs.map(|((a, weight), (b, _))| (vec![Some(a), Some(*b)], weight)).collect();
    group.throughput(Throughput::Elements(docs.len() as u64));
    for (name, ensemble) in Ensemble::ALL {
        let combined = Combined::exact(&docs, 20, ensemble).unwrap();
        assert!(docs.iter().all(|(scores, _)| combined.of(scores).is_some_and(|bucket| bucket < 20)));
        group.bench_function(BenchmarkId::new("measured", name), |b| {
            b.iter(|| Combined::exact(black_box(&docs), 20, ensemble))
        });
        group.bench_function(BenchmarkId::new("looked up", name), |b| {
            b.iter(|| docs.iter().filter_map(|(scores, _)| combined.of(black_box(scores))).map(u64::from).sum::<u64>());
        });
    }
    group.finish();
}

criterion_group!(benches, scores, buckets);
criterion_main!(benches);
