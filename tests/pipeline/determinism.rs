//! The same rows, recipe and seed give the same bytes: for any threads, memory, file order, and (`data/`) cutting of the inputs.

use crate::kit::{self, digests, job_with, main_run, pool, recipe, recipes, replace, write_with};
use crate::pipeline::resume;
use arrow::array::{ArrayRef, RecordBatch, UInt32Array};
use arrow::compute::{cast, concat_batches, take_record_batch};
use arrow::datatypes::{DataType, Field, Schema};
use mashbill::pipeline::Silent;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::{WriterProperties, WriterVersion};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// Runs the main recipe and compares every output file with the shared run's.
fn same_as_the_main_run(text: &str, threads: usize, memory: Option<u64>) {
    let whole = main_run();
    let dir = tempfile::tempdir().unwrap();
    let pool = pool(threads);
    let job = job_with(text, &recipes(), &pool, memory).unwrap();
    job.run(dir.path(), &pool, &Silent).unwrap();
    let (ours, theirs) = (digests(dir.path()), digests(&whole.out()));
    assert_eq!(ours, theirs);
    // Nothing was left out of the comparison: a job, a ledger file for each of 8 inputs, a report, run.json, the data.
    let names: Vec<&str> = ours.keys().map(String::as_str).collect();
    assert!(names.contains(&"run.json") && names.contains(&"report.txt") && names.contains(&"job.json"), "{names:?}");
    assert_eq!(names.iter().filter(|n| n.starts_with("ledger/")).count(), 8, "{names:?}");
    assert!(names.iter().any(|n| n.starts_with("data/train-")), "{names:?}");
}

#[test]
fn one_thread_gives_the_same_bytes() {
    same_as_the_main_run(&recipe("phi4-30-synthetic.toml"), 1, None);
}

#[test]
fn eight_threads_give_the_same_bytes() {
    same_as_the_main_run(&recipe("phi4-30-synthetic.toml"), 8, None);
}

#[test]
fn little_memory_gives_the_same_bytes() {
    same_as_the_main_run(&recipe("phi4-30-synthetic.toml"), 2, Some(64 << 20));
}

/// Named one by one, and backwards. Only what the recipe says of its paths is different from the glob's.
#[test]
fn files_named_in_another_order_give_the_same_bytes() {
    let listed = r#"["../corpus/web_wet.parquet", "../corpus/web_extracted.parquet"]"#;
    let text = replace(&recipe("phi4-30-synthetic.toml"), r#"["../corpus/web_*.parquet"]"#, listed);
    let dir = tempfile::tempdir().unwrap();
    kit::run(&text, &recipes(), dir.path()).unwrap();
    let others = |dir: &Path| -> BTreeMap<String, String> {
        digests(dir).into_iter().filter(|(name, _)| !name.ends_with(".json")).collect()
    };
    assert_eq!(others(dir.path()), others(&main_run().out()));
}

/// Two lists of the same files in different orders are one job: not even `run.json` differs.
#[test]
fn the_order_of_the_paths_is_no_part_of_the_job() {
    let dir = tempfile::tempdir().unwrap();
    resume::inputs(dir.path());
    let [forth, back] = [["0", "1", "2"], ["2", "0", "1"]].map(|parts| {
        let paths = parts.map(|p| format!("\"web-{p}.parquet\"")).join(", ");
        let out = dir.path().join(parts.concat());
        kit::run(&replace(resume::RECIPE, "\"web-*.parquet\"", &paths), dir.path(), &out).unwrap();
        digests(&out)
    });
    assert_eq!(forth, back);
}

/// The sources of the main recipe and their files.
const SOURCES: [(&str, &[&str]); 6] = [
    ("web_*", &["web_extracted", "web_wet"]),
    ("docs", &["docs"]),
    ("books", &["books"]),
    ("code-*", &["code-0", "code-1"]),
    ("synthetic_llm", &["synthetic_llm"]),
    ("synthetic_math", &["synthetic_math"]),
];

/// How the rows of a source are written again.
struct Layout {
    files: usize,
    group_rows: usize,
    codec: Compression,
    strings: DataType,
    version: WriterVersion,
    shuffled: bool,
}

/// All rows of a source, every column as plain strings.
fn rows_of(files: &[&str]) -> RecordBatch {
    let batches: Vec<RecordBatch> = files
        .iter()
        .map(|file| {
            let batch = kit::read(&kit::fixtures().join(format!("corpus/{file}.parquet")));
            with_strings(&batch, &DataType::Utf8)
        })
        .collect();
    concat_batches(&batches[0].schema(), &batches).unwrap()
}

/// The same columns, each in this string type.
fn with_strings(batch: &RecordBatch, strings: &DataType) -> RecordBatch {
    let names: Vec<String> = batch.schema().fields().iter().map(|f| f.name().clone()).collect();
    let fields: Vec<Field> = names.iter().map(|n| Field::new(n, strings.clone(), true)).collect();
    let columns: Vec<ArrayRef> = batch.columns().iter().map(|c| cast(c, strings).unwrap()).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap()
}

/// A permutation of `0..n`, the same each time.
fn shuffled(n: usize) -> UInt32Array {
    let mut order: Vec<u32> = (0..n as u32).collect();
    order.sort_by_key(|&i| xxhash_rust::xxh3::xxh3_64(&i.to_le_bytes()));
    UInt32Array::from(order)
}

fn write_again(dir: &Path, layout: &Layout) {
    for (glob, files) in SOURCES {
        let mut rows = with_strings(&rows_of(files), &layout.strings);
        if layout.shuffled {
            rows = take_record_batch(&rows, &shuffled(rows.num_rows())).unwrap();
        }
        let properties = WriterProperties::builder()
            .set_max_row_group_row_count(Some(layout.group_rows))
            .set_compression(layout.codec)
            .set_writer_version(layout.version)
            .build();
        let step = rows.num_rows().div_ceil(layout.files);
        for part in 0..layout.files {
            let first = (part * step).min(rows.num_rows());
            let slice = rows.slice(first, step.min(rows.num_rows() - first));
            let name = glob.replace('*', "");
            // Part numbers without padding: the order of the labels is not the order of the rows.
            write_with(&dir.join(format!("corpus/{name}part{part}.parquet")), &slice, properties.clone());
        }
    }
}

/// Runs the main recipe over its inputs written again, and compares `data/`.
fn same_data_when_written_as(layout: &Layout) {
    let dir = tempfile::tempdir().unwrap();
    write_again(dir.path(), layout);
    let mut text = recipe("phi4-30-synthetic.toml");
    for (glob, _) in SOURCES {
        let name = glob.replace('*', "");
        text = replace(&text, &format!("../corpus/{glob}.parquet"), &format!("../corpus/{name}part*.parquet"));
    }
    let base = dir.path().join("recipes");
    std::fs::create_dir(&base).unwrap();
    let out = dir.path().join("out");
    let outcome = kit::run(&text, &base, &out).unwrap();
    let whole = main_run();
    assert_eq!(digests(&out.join("data")), digests(&whole.out().join("data")));
    assert_eq!(outcome.report.books, whole.outcome.report.books);
    assert_eq!(kit::files(&out.join("ledger")).len(), 6 * layout.files);
}

#[test]
fn inputs_in_one_file_give_the_same_data() {
    same_data_when_written_as(&Layout {
        files: 1,
        group_rows: 10_000,
        codec: Compression::SNAPPY,
        strings: DataType::LargeUtf8,
        version: WriterVersion::PARQUET_2_0,
        shuffled: false,
    });
}

#[test]
fn inputs_in_three_files_give_the_same_data() {
    same_data_when_written_as(&Layout {
        files: 3,
        group_rows: 100,
        codec: Compression::LZ4_RAW,
        strings: DataType::Utf8View,
        version: WriterVersion::PARQUET_1_0,
        shuffled: false,
    });
}

#[test]
fn inputs_in_twenty_files_give_the_same_data() {
    same_data_when_written_as(&Layout {
        files: 20,
        group_rows: 37,
        codec: Compression::ZSTD(ZstdLevel::try_new(1).unwrap()),
        strings: DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)),
        version: WriterVersion::PARQUET_1_0,
        shuffled: false,
    });
}

#[test]
fn rows_in_another_order_give_the_same_data() {
    same_data_when_written_as(&Layout {
        files: 3,
        group_rows: 500,
        codec: Compression::UNCOMPRESSED,
        strings: DataType::Utf8,
        version: WriterVersion::PARQUET_1_0,
        shuffled: true,
    });
}

/// Rows in any order, cut into any number of files and row groups, on any number of threads.
#[test]
fn twenty_random_layouts_give_the_same_data_on_1_2_and_8_threads() {
    let dir = tempfile::tempdir().unwrap();
    resume::inputs(dir.path());
    // Rows that share an id, and rows without one, have to find their places too.
    let mut twins: Vec<(String, String)> =
        (0..60).map(|i| (format!("twin{}", i % 7), kit::prose(i + 9_000, 25))).collect();
    twins.push(("twin0".to_owned(), kit::prose(9_000, 25)));
    kit::write_docs(&dir.path().join("web-7.parquet"), &twins, 50);
    let sources = ["web", "made"].map(|source| {
        let mut files = kit::files(dir.path());
        files.retain(|file| file.file_name().unwrap().to_str().unwrap().starts_with(source));
        let batches: Vec<RecordBatch> = files.iter().map(|file| kit::read(file)).collect();
        (source, concat_batches(&batches[0].schema(), &batches).unwrap())
    });
    for order in ["shuffled", "interleaved"] {
        let recipe = replace(resume::RECIPE, "[output]\n", &format!("[output]\norder = \"{order}\"\n"));
        let first = dir.path().join(order);
        let books = kit::run(&recipe, dir.path(), &first).unwrap().report.books;
        let expected = digests(&first.join("data"));
        assert!(expected.len() > 1, "several shards");
        for layout in 0..10 {
            let mut state = 0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(layout + 1 + u64::from(order == "shuffled") * 100);
            let mut draw = |n: usize| {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                (state % n as u64) as usize
            };
            let other = tempfile::tempdir().unwrap();
            for (source, rows) in &sources {
                let mut places: Vec<u32> = (0..rows.num_rows() as u32).collect();
                (1..places.len()).rev().for_each(|i| places.swap(i, draw(i + 1)));
                let rows = take_record_batch(rows, &UInt32Array::from(places)).unwrap();
                let (mut at, mut file) = (0, 0);
                while at < rows.num_rows() {
                    let n = (1 + draw(rows.num_rows() / 2)).min(rows.num_rows() - at);
                    let path = other.path().join(format!("{source}-{}.parquet", (file * 7) % 1000));
                    kit::write(&path, &rows.slice(at, n), 1 + draw(120));
                    (at, file) = (at + n, file + 1);
                }
            }
            for threads in [1, 2, 8] {
                let pool = pool(threads);
                let out = other.path().join(format!("out{threads}"));
                let outcome = job_with(&recipe, other.path(), &pool, None).unwrap().run(&out, &pool, &Silent).unwrap();
                assert_eq!(digests(&out.join("data")), expected, "{order}, layout {layout}, {threads} threads");
                assert_eq!(outcome.report.books, books);
            }
        }
    }
}

/// So many rows that keys, places and tickets go to disk where memory is short.
#[test]
fn an_order_sorted_on_disk_is_the_order_sorted_in_memory() {
    let dir = tempfile::tempdir().unwrap();
    for (source, from) in [("a", 0), ("b", 40_000)] {
        // Of a hundred rows two share an id.
        let id = |i: u32| format!("{source}{}", if i % 100 == 1 { i - 1 } else { i });
        let docs: Vec<(String, String)> =
            (from..from + 40_000).map(|i| (id(i), format!("row {i} {}", "x".repeat(i as usize % 23)))).collect();
        kit::write_docs(&dir.path().join(format!("{source}.parquet")), &docs, 3_000);
    }
    for order in ["shuffled", "interleaved", "input"] {
        let text = format!(
            "seed = 4\n[tokens]\ncounter = \"bytes\"\n[[source]]\nname = \"a\"\ncategory = \"organic\"\npaths = [\"a.parquet\"]\n\
             max_epochs = 3.0\n[[source]]\nname = \"b\"\ncategory = \"code\"\npaths = [\"b.parquet\"]\n\
             [mix]\ntokens = 1_500_000\nshares = {{ organic = 0.8, code = 0.2 }}\n[output]\norder = {order:?}\n"
        );
        let run = |memory: Option<u64>, name: &str| {
            let (pool, out) = (pool(3), dir.path().join(format!("{order}-{name}")));
            job_with(&text, dir.path(), &pool, memory).unwrap().run(&out, &pool, &Silent).unwrap();
            digests(&out)
        };
        assert_eq!(run(Some(1), "disk"), run(None, "memory"), "{order}");
    }
}

/// More output shards, and so spill files, than may be open at once: they are made in two rounds.
#[test]
fn more_shards_than_open_files_hold_the_same_rows() {
    let dir = tempfile::tempdir().unwrap();
    let docs: Vec<(String, String)> =
        (0..2_000).map(|i| (format!("d{i}"), format!("row {i} {}", "y".repeat(i % 90)))).collect();
    kit::write_docs(&dir.path().join("a.parquet"), &docs, 300);
    let text =
        "[tokens]\ncounter = \"bytes\"\n[[source]]\nname = \"a\"\ncategory = \"code\"\npaths = [\"a.parquet\"]\n";
    let rows = |shard_bytes: u64, name: &str| {
        let (pool, out) = (pool(2), dir.path().join(name));
        let mut job = job_with(text, dir.path(), &pool, None).unwrap();
        job.emit.shard_bytes = shard_bytes;
        let shards = job.run(&out, &pool, &Silent).unwrap().report.output.shards.len();
        (shards, kit::words(&kit::read_dir(&out.join("data")), "id"))
    };
    let ((many, small), (one, large)) = (rows(150, "many"), rows(1 << 20, "one"));
    assert!(many > 600 && one == 1, "{many} {one}");
    assert_eq!(small, large);
}

/// The other side of it: another seed chooses and orders otherwise.
#[test]
fn another_seed_gives_other_data() {
    let dir = tempfile::tempdir().unwrap();
    kit::write_docs(&dir.path().join("a.parquet"), &small_docs(), 50);
    let text = |seed: u64| {
        format!(
            "seed = {seed}\n[[source]]\nname = \"a\"\ncategory = \"organic\"\npaths = [\"a.parquet\"]\nsteps = []\n\
             [tokens]\ncounter = \"bytes\"\n[mix]\ntokens = 20_000\nshares = {{ organic = 1.0 }}\n"
        )
    };
    let ids = |seed: u64| {
        let out = dir.path().join(format!("out{seed}"));
        kit::run(&text(seed), dir.path(), &out).unwrap();
        kit::words(&kit::read_dir(&out.join("data")), "id")
    };
    let (mut a, mut b) = (ids(1), ids(2));
    assert_ne!(a, b);
    a.sort();
    b.sort();
    assert_ne!(a, b, "another order of the same choice");
}

fn small_docs() -> Vec<(String, String)> {
    (0..200).map(|i| (format!("doc-{i}"), kit::prose(i, 3))).collect()
}
