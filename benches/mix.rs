//! Planning: keys from ids, and the selection of 10⁶ documents to an exact quota, beside the plain prefix without a repair.

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use mashbill::mix::{DocKey, Item, SourceSalt, select};
use std::hint::black_box;

/// 10⁶ documents of 200 to 1,223 tokens, in the order in which files would bring them.
fn documents(n: u64) -> Vec<Item> {
    let salt = SourceSalt::new(17, "web");
    let length = |i: u64| 200 + (i.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 54);
    (0..n).map(|i| Item::new(salt.key(&format!("doc-{i}"), 0), length(i))).collect()
}

/// The rival: sort, and stop before the quota. Fast, and off by part of a document.
fn plain_prefix(items: &mut [Item], quota: u64) -> (Option<DocKey>, u64) {
    items.sort_unstable_by_key(|item| item.key);
    let (mut cutoff, mut tokens) = (None, 0);
    for item in items.iter() {
        if tokens + item.tokens > quota {
            break;
        }
        tokens += item.tokens;
        cutoff = Some(item.key);
    }
    (cutoff, tokens)
}

fn selections(c: &mut Criterion) {
    let mut group = c.benchmark_group("select");
    group.sample_size(10);
    let items = documents(1_000_000);
    let unique: u64 = items.iter().map(|item| item.tokens).sum();
    for (name, quota) in [("3 of 10", unique * 3 / 10), ("9 of 10", unique * 9 / 10), ("5 of 2", unique * 5 / 2)] {
        let selection = select(&mut items.clone(), quota).unwrap_or_default();
        let recount: u64 = items.iter().map(|i| i.tokens * u64::from(selection.copies(i.key))).sum();
        assert_eq!((selection.tokens, recount), (quota, quota), "the quota is met to the token");
        group.throughput(Throughput::Elements(items.len() as u64));
        group.bench_with_input(BenchmarkId::new("exact", name), &quota, |b, &quota| {
            b.iter_batched_ref(|| items.clone(), |items| select(items, quota), BatchSize::LargeInput);
        });
        group.bench_with_input(BenchmarkId::new("plain prefix", name), &(quota % unique), |b, &quota| {
            b.iter_batched_ref(|| items.clone(), |items| plain_prefix(items, quota), BatchSize::LargeInput);
        });
    }
    group.finish();
}

fn keys(c: &mut Criterion) {
    let ids: Vec<String> = (0..10_000).map(|i| format!("<urn:uuid:{i:036}>")).collect();
    let salt = SourceSalt::new(17, "web");
    assert_eq!(salt.key(&ids[7], 0), DocKey::new(17, "web", &ids[7], 0));
    let mut group = c.benchmark_group("keys");
    group.throughput(Throughput::Elements(ids.len() as u64));
    group.bench_function("salted", |b| {
        b.iter(|| ids.iter().map(|id| black_box(&salt).key(id, 0)).max());
    });
    group.finish();
}

criterion_group!(benches, selections, keys);
criterion_main!(benches);
