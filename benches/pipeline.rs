//! The pipeline on the fixtures: decode, scan to ledger, whole run; beside a plain copy of the same Parquet rows.

#![allow(clippy::unwrap_used)] // a bench that cannot be set up should stop

use arrow::array::RecordBatch;
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use mashbill::io::{Shard, TableOptions, TableWriter, to_schema};
use mashbill::pipeline::{Job, Limits, Pool, Silent};
use mashbill::recipe::{Recipe, Registry};
use std::hint::black_box;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

/// The main job with another token counter, so that the scan can be timed without BPE; `words` and `bytes` cost next to nothing.
fn job(counter: &str, pool: &Pool) -> Job {
    let base = fixtures().join("recipes");
    let text = std::fs::read_to_string(base.join("phi4-30-synthetic.toml")).unwrap();
    let text = text.replace("\"cl100k\"", &format!("{counter:?}")).replace("tokens = 1_500_000", "tokens = \"max\"");
    let registry = Registry::default();
    let recipe = Recipe::from_toml(&text, "bench", &base, &registry).unwrap();
    Job::from_recipe(&recipe, &registry, &base, pool, Limits::default()).unwrap()
}

/// Bytes of text in all inputs.
fn input_bytes(job: &Job) -> u64 {
    let mut bytes = 0;
    for shard in job.sources.iter().flat_map(|s| &s.shards) {
        for group in 0..shard.shard.row_groups() {
            for batch in shard.shard.read(group, &[&shard.text], 8 << 20).unwrap() {
                let strings = shard.text.bind(&batch.unwrap()).unwrap();
                bytes += (0..strings.len()).filter_map(|i| strings.get(i)).map(|t| t.len() as u64).sum::<u64>();
            }
        }
    }
    bytes
}

fn run(c: &mut Criterion) {
    let pool = Pool::new(NonZeroUsize::new(1)).unwrap();
    let mut group = c.benchmark_group("pipeline/run");
    group.sample_size(10);
    let counters: &[&str] = if cfg!(feature = "tokens") { &["words", "cl100k"] } else { &["words"] };
    for &counter in counters {
        let job = job(counter, &pool);
        group.throughput(Throughput::Bytes(input_bytes(&job)));
        group.bench_function(counter, |b| {
            b.iter_batched(
                || tempfile::tempdir().unwrap(),
                |dir| {
                    let outcome = job.run(&dir.path().join("out"), &pool, &Silent).unwrap();
                    let rows = outcome.report.mix.as_ref().unwrap().share_table();
                    assert!(rows.iter().all(|row| row.difference == 0), "{rows:?}");
                    dir
                },
                BatchSize::PerIteration,
            );
        });
    }
    group.finish();
}

/// The rival of emitting: decode every row of a file and encode it again, nothing else.
fn copy(c: &mut Criterion) {
    let shard = Shard::open(&fixtures().join("corpus/docs.parquet")).unwrap();
    let batches = || -> Vec<RecordBatch> {
        (0..shard.row_groups())
            .flat_map(|g| shard.read_roots(g, None, None, 8 << 20).unwrap())
            .map(Result::unwrap)
            .collect()
    };
    let schema = to_schema(shard.schema().fields().iter().map(|f| f.as_ref().clone()).collect());
    let mut group = c.benchmark_group("pipeline/parquet");
    group.throughput(Throughput::Bytes(shard.column_bytes("text")));
    group.bench_function("decode", |b| b.iter(|| black_box(batches()).len()));
    group.bench_function("decode_encode", |b| {
        let dir = tempfile::tempdir().unwrap();
        b.iter(|| {
            let mut writer = TableWriter::create(&dir.path().join("x"), &schema, &TableOptions::default()).unwrap();
            batches().iter().for_each(|batch| writer.write(batch).unwrap());
            assert_eq!(writer.finish().unwrap(), shard.rows());
        });
    });
    group.finish();
}

criterion_group!(benches, run, copy);
criterion_main!(benches);
