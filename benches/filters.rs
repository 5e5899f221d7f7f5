//! The rule sets, their chain and the built-in profiles, with the shared view and with a view for each rule (`naive`).

#![allow(clippy::unwrap_used)]

mod corpus;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use mashbill::filter::{AllOf, Filter, RuleFilter, profile};
use mashbill::recipe::{Chain, StepKind, profile_names};
use mashbill::signal;
use mashbill::text::Analyzer;
use mashbill::{Document, Facts};
use std::hint::black_box;

fn rule_set(name: &str) -> RuleFilter {
    profile::rule_set(name).and_then(|set| set.build(&[])).unwrap()
}

/// The rules that FineWeb applies to a document, over this crate's words; C4's line rules, a rewrite, are left out.
const CHAIN: [&str; 4] = ["gopher_repetition", "gopher_quality", "c4", "fineweb"];

/// How many documents pass, every rule computing all that it needs anew.
fn kept_naive(sets: &[&str], docs: &[String]) -> usize {
    let rules: Vec<_> = sets.iter().flat_map(|set| profile::rule_set(set).unwrap().rules).collect();
    let keeps = |doc: &str| {
        rules.iter().all(|rule| {
            let mut analyzer = Analyzer::new();
            let view = analyzer.view(doc);
            let value = signal::signal(rule.signal).unwrap().measure(&Document::new(&view));
            value.is_some_and(|value| rule.bound.keeps(value))
        })
    };
    docs.iter().filter(|doc| keeps(doc)).count()
}

fn kept(filter: &dyn Filter, analyzer: &mut Analyzer, docs: &[String]) -> usize {
    let mut keeps = |doc: &String| {
        let view = analyzer.view(black_box(doc));
        filter.check(&Document::new(&view)).is_keep()
    };
    docs.iter().filter(|doc| keeps(doc)).count()
}

/// All findings, so that no early drop makes it look fast.
fn audited(filter: &dyn Filter, analyzer: &mut Analyzer, docs: &[String]) -> usize {
    let mut failed = 0;
    for doc in docs {
        let view = analyzer.view(black_box(doc));
        filter.audit(&Document::new(&view), &mut |finding| failed += usize::from(!finding.passed));
    }
    failed
}

fn filters(c: &mut Criterion) {
    let corpora = corpus::corpora();
    let chain: Vec<Box<dyn Filter>> = CHAIN.iter().map(|name| Box::new(rule_set(name)) as Box<dyn Filter>).collect();
    let mut filters: Vec<(&str, Vec<&str>, Box<dyn Filter>)> =
        vec![("chain", CHAIN.to_vec(), Box::new(AllOf::new(chain).unwrap()))];
    for set in profile::RULE_SETS {
        filters.push((set.name, vec![set.name], Box::new(rule_set(set.name))));
    }
    for (name, sets, filter) in &filters {
        let mut group = c.benchmark_group(*name);
        for corpus in &corpora {
            let mut analyzer = Analyzer::new();
            assert_eq!(kept(filter, &mut analyzer, &corpus.docs), kept_naive(sets, &corpus.docs));
            group.throughput(Throughput::Bytes(corpus.bytes()));
            group.bench_function(BenchmarkId::new("check", corpus.name), |b| {
                b.iter(|| kept(filter, &mut analyzer, &corpus.docs));
            });
            group.bench_function(BenchmarkId::new("audit", corpus.name), |b| {
                b.iter(|| audited(filter, &mut analyzer, &corpus.docs));
            });
            if *name == "chain" {
                group.bench_function(BenchmarkId::new("naive", corpus.name), |b| {
                    b.iter(|| kept_naive(sets, black_box(&corpus.docs)));
                });
            }
        }
        group.finish();
    }
}

/// How many documents pass a chain, every rule on a view of its own.
fn kept_by_steps(chain: &Chain, docs: &[String]) -> usize {
    let keeps = |doc: &String| {
        let mut text = doc.clone();
        chain.steps().iter().all(|step| {
            let mut analyzer = Analyzer::new();
            let view = analyzer.view(&text);
            let doc = Document::new(&view);
            let (mut passed, mut after) = (true, None);
            match &step.kind {
                StepKind::Filter(filter) => filter.audit(&doc, &mut |finding| passed &= finding.passed),
                StepKind::Rewrite(rewrite) => after = Some(rewrite.rewrite(&doc).text.into_owned()),
                _ => {}
            }
            drop(view);
            text = after.unwrap_or_else(|| std::mem::take(&mut text));
            passed
        })
    };
    docs.iter().filter(|doc| keeps(doc)).count()
}

fn profiles(c: &mut Criterion) {
    let corpora = corpus::corpora();
    for name in profile_names() {
        let chain = Chain::profile(name).unwrap();
        let mut group = c.benchmark_group(format!("profile/{name}"));
        for corpus in &corpora {
            let mut analyzer = Analyzer::new();
            let mut kept = || {
                let mut keeps = |doc| chain.check(&mut analyzer, doc, Facts::NONE).verdict.is_keep();
                corpus.docs.iter().filter(|doc| keeps(black_box(doc.as_str()))).count()
            };
            assert_eq!(kept(), kept_by_steps(&chain, &corpus.docs), "{name} of {}", corpus.name);
            group.throughput(Throughput::Bytes(corpus.bytes()));
            group.bench_function(BenchmarkId::new("check", corpus.name), |b| b.iter(&mut kept));
            group.bench_function(BenchmarkId::new("naive", corpus.name), |b| {
                b.iter(|| kept_by_steps(&chain, black_box(&corpus.docs)));
            });
        }
        group.finish();
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20).measurement_time(std::time::Duration::from_secs(2));
    targets = filters, profiles
}
criterion_main!(benches);
