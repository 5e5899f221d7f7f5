//! The analyses of a text, each beside a rival: the crate it replaces or the plain way to write it.

mod corpus;

use corpus::Corpus;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use mashbill::text::{Analyzer, TextView, WordBreak};
use std::collections::HashMap;
use std::hint::black_box;
use unicode_segmentation::UnicodeSegmentation;

fn repetition_naive(text: &str) -> u64 {
    let words: Vec<&str> = text.unicode_words().collect();
    let chars = |gram: &[&str]| gram.iter().map(|w| w.chars().count() as u64).sum::<u64>();
    (2..=10)
        .map(|n| {
            let mut counts: HashMap<&[&str], u64> = HashMap::new();
            words.windows(n).for_each(|gram| *counts.entry(gram).or_default() += 1);
            if n <= 4 {
                let repeated = counts.iter().filter(|(_, c)| **c > 1);
                return repeated.map(|(g, &c)| (c, chars(g))).max().map_or(0, |(c, chars)| c * chars);
            }
            let mut covered = vec![false; words.len()];
            for (i, gram) in words.windows(n).enumerate().filter(|(_, gram)| counts[gram] > 1) {
                covered[i..i + gram.len()].fill(true);
            }
            words.iter().zip(&covered).filter(|(_, c)| **c).map(|(w, _)| chars(&[w])).sum()
        })
        .sum()
}

fn repetition(view: &TextView<'_>) -> u64 {
    let found = view.repetition(WordBreak::Unicode);
    let top = (2..=4).filter_map(|n| found.top_ngram_chars(n));
    top.chain((5..=10).filter_map(|n| found.duplicate_ngram_chars(n))).sum()
}

/// Two ways to one number, on every document: checked once, then timed.
fn compare(
    c: &mut Criterion,
    name: &str,
    corpora: &[Corpus],
    ours: impl Fn(&TextView<'_>) -> u64,
    rival: (&str, impl Fn(&str) -> u64),
) {
    let mut group = c.benchmark_group(name);
    for corpus in corpora {
        let mut analyzer = Analyzer::new();
        for doc in &corpus.docs {
            assert_eq!(ours(&analyzer.view(doc)), rival.1(doc), "{name} of {:.80}", doc);
        }
        group.throughput(Throughput::Bytes(corpus.bytes()));
        group.bench_function(BenchmarkId::new("ours", corpus.name), |b| {
            b.iter(|| corpus.docs.iter().map(|doc| ours(&analyzer.view(black_box(doc)))).sum::<u64>());
        });
        group.bench_function(BenchmarkId::new(rival.0, corpus.name), |b| {
            b.iter(|| corpus.docs.iter().map(|doc| rival.1(black_box(doc))).sum::<u64>());
        });
    }
    group.finish();
}

fn text(c: &mut Criterion) {
    let corpora = corpus::corpora();
    let words = |view: &TextView<'_>| view.words(WordBreak::Unicode).len() as u64;
    compare(c, "unicode_words", &corpora, words, ("crate", |text| text.unicode_words().count() as u64));
    let words = |view: &TextView<'_>| view.words(WordBreak::Whitespace).len() as u64;
    compare(c, "whitespace_words", &corpora, words, ("std", |text| text.split_whitespace().count() as u64));
    // The reference runs in Python (0.6 MB/s); the rival here is UAX #29, whose words are others: only that there are any agrees.
    let words = |view: &TextView<'_>| u64::from(!view.words(WordBreak::SpacyEnglish).is_empty());
    let uax = |text: &str| u64::from(text.split_word_bounds().filter(|word| !word.trim().is_empty()).count() > 0);
    compare(c, "spacy_words", &corpora, words, ("uax_words", uax));
    let bounds = |text: &str| text.split_sentence_bounds().filter(|s| !s.trim().is_empty()).count() as u64;
    compare(c, "sentences", &corpora, |view| view.sentences().len() as u64, ("crate", bounds));
    let naive = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).count() as u64;
    compare(c, "chars", &corpora, |view| view.chars().alphanumeric, ("naive", naive));
    compare(c, "repetition", &corpora, repetition, ("naive", repetition_naive));
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20).measurement_time(std::time::Duration::from_secs(2));
    targets = text
}
criterion_main!(benches);
