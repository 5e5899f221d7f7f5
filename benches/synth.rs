//! Rule-based problems, made and checked: items per second of each kind.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use mashbill::synth::{Generator, Kind, check_answer};
use std::hint::black_box;

/// Items of a round: enough that every template and level takes part.
const ITEMS: u64 = 1_000;

fn items(c: &mut Criterion) {
    let mut group = c.benchmark_group("synth");
    group.throughput(Throughput::Elements(ITEMS)).sample_size(20);
    for (name, kind) in Kind::ALL {
        let generator = Generator::new(kind, 17);
        let right = (0..ITEMS)
            .filter_map(|i| generator.item(i).ok())
            .all(|item| check_answer(item.template, item.phrasing, &item.question, &item.answer) == Some(true));
        assert!(right, "every answer of {name} passes its check");
        group.bench_function(BenchmarkId::new("item and text", name), |b| {
            b.iter(|| {
                (0..ITEMS)
                    .filter_map(|i| black_box(&generator).item(i).ok())
                    .map(|item| item.text().len())
                    .sum::<usize>()
            });
        });
    }
    group.finish();
}

criterion_group!(benches, items);
criterion_main!(benches);
