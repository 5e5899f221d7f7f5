//! Shards in and out: every layout reads the same, batches are bounded, and the core builds without any of it.
// The helpers here are no tests in Clippy's eyes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use crate::kit::{self, fixtures, read, words};
use mashbill::io::{Compression, Shard, TableOptions, TableWriter, to_schema};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::path::Path;

/// All ids and texts of a shard, in batches of about so many bytes.
fn rows(path: &Path, batch_bytes: usize) -> Vec<(String, String)> {
    let shard = Shard::open_with_text(path, &["text"]).unwrap();
    let (text, id) = (shard.string_column("text").unwrap(), shard.id_column("id").unwrap());
    let mut rows = Vec::new();
    for group in 0..shard.row_groups() {
        assert_eq!(shard.first_row(group), rows.len() as u64);
        for batch in shard.read(group, &[&text, &id], batch_bytes).unwrap() {
            let batch = batch.unwrap();
            let (texts, ids) = (text.bind(&batch).unwrap(), id.bind(&batch).unwrap());
            rows.extend((0..texts.len()).map(|i| (ids.get(i).unwrap().to_owned(), texts.get(i).unwrap().to_owned())));
        }
        assert_eq!(shard.first_row(group) + shard.group_rows(group), rows.len() as u64);
    }
    assert_eq!(shard.rows(), rows.len() as u64);
    rows
}

#[test]
fn every_layout_reads_the_same() {
    let files = kit::files(&fixtures().join("layouts"));
    assert!(files.len() >= 16, "{files:?}");
    let expected = rows(&fixtures().join("layouts/utf8-plain.parquet"), 1 << 20);
    assert_eq!(expected.len(), 32);
    for file in files {
        for batch_bytes in [1, 2_000, 1 << 20] {
            assert_eq!(rows(&file, batch_bytes), expected, "{}, {batch_bytes}", file.display());
        }
    }
}

#[test]
fn files_of_other_writers_read() {
    for (file, count) in [("duckdb", 56), ("extra_columns", 41), ("empty", 0), ("web_wet", 407), ("docs", 969)] {
        let path = fixtures().join(format!("corpus/{file}.parquet"));
        let rows = rows(&path, 1 << 18);
        let plain = read(&path);
        assert_eq!(rows.len(), count);
        assert_eq!(rows, words(&plain, "id").into_iter().zip(words(&plain, "text")).collect::<Vec<_>>());
    }
}

/// The stated size bounds a batch: here to a few rows, whatever the row group holds.
#[test]
fn batches_are_bounded_in_bytes() {
    let shard = Shard::open(&fixtures().join("corpus/books.parquet")).unwrap();
    let text = shard.string_column("text").unwrap();
    for group in 0..shard.row_groups() {
        let (mut batches, mut total) = (0, 0);
        for batch in shard.read(group, &[&text], 100_000).unwrap() {
            let batch = batch.unwrap();
            let texts = text.bind(&batch).unwrap();
            let bytes: usize = (0..texts.len()).map(|i| texts.get(i).unwrap().len()).sum();
            // About: rows are counted by their mean size, and one long book may stand among chapters.
            assert!(bytes < 100_000 + 500_000, "{bytes}");
            batches += 1;
            total += bytes;
        }
        assert!(batches >= total / 200_000, "{batches} batches of {total} bytes");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Any rows of a row group, in any batch size: those and no others, in order.
    #[test]
    fn chosen_rows_are_read_and_no_others(chosen in proptest::collection::btree_set(0_u64..250, 0..60), batch_bytes in 1_usize..40_000) {
        let path = fixtures().join("corpus/code-0.parquet");
        let shard = Shard::open(&path).unwrap();
        let id = shard.id_column("id").unwrap();
        let group = 1;
        let all = words(&read(&path), "id");
        let first = shard.first_row(group);
        let wanted: Vec<u64> = chosen.into_iter().filter(|&r| r < shard.group_rows(group)).collect();
        let mut found = Vec::new();
        for batch in shard.read_roots(group, Some(&["id"]), Some(&wanted), batch_bytes).unwrap() {
            let batch = batch.unwrap();
            let ids = id.bind(&batch).unwrap();
            found.extend((0..ids.len()).map(|i| ids.get(i).unwrap().to_owned()));
        }
        let expected: Vec<String> = wanted.iter().map(|&r| all[(first + r) as usize].clone()).collect();
        prop_assert_eq!(found, expected);
    }
}

/// What is written is read back, by any codec; and nothing bears the file's name before it is whole.
#[test]
fn a_file_has_its_name_when_it_is_whole() {
    let input = read(&fixtures().join("corpus/extra_columns.parquet"));
    for name in ["zstd", "zstd:9", "snappy", "lz4", "none"] {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("deep/er/out.parquet");
        let options = TableOptions { compression: Compression::parse(name).unwrap(), ..TableOptions::default() };
        let schema = to_schema(input.schema().fields().iter().map(|f| f.as_ref().clone()).collect());
        let mut writer = TableWriter::create(&path, &schema, &options).unwrap();
        writer.write(&input.slice(0, 20)).unwrap();
        writer.end_row_group().unwrap();
        writer.write(&input.slice(20, 21)).unwrap();
        assert!(!path.exists());
        assert_eq!(writer.finish().unwrap(), 41);
        let back = read(&path);
        assert_eq!((back.num_rows(), Shard::open(&path).unwrap().row_groups()), (41, 2), "{name}");
        assert_eq!(words(&back, "text"), words(&input, "text"), "{name}");
        assert_eq!(kit::files(dir.path()), [path]);
    }
    // Dropped before its end, a file never was.
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("out.parquet");
    drop(TableWriter::create(&path, &input.schema(), &TableOptions::default()).unwrap());
    assert!(!path.exists());
}

/// The core is for services that have only `&str`: no Arrow, and few crates.
#[test]
fn the_core_builds_on_few_crates_and_without_arrow() {
    let output = std::process::Command::new(env!("CARGO"))
        .args(["tree", "--offline", "--no-default-features", "-e", "normal", "--prefix", "none", "--format", "{p}"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let crates: BTreeSet<&str> = text.lines().filter_map(|l| l.split_whitespace().next()).collect();
    assert!(crates.contains("mashbill") && crates.contains("regex"), "{crates:?}");
    assert!(!crates.iter().any(|c| c.starts_with("arrow") || c.starts_with("parquet")), "{crates:?}");
    assert!(crates.len() <= 15, "{} crates: {crates:?}", crates.len());
}
