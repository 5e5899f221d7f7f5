//! `score buckets`: files of scores without a run, by a sort and by sketches, and what is refused.

use super::{mashbill, path};
use crate::kit::{batch, numbers, plain, read, reals, string_array, strings, words, write};
use arrow::array::{ArrayRef, Float32Array, Float64Array, Int64Array, RecordBatch};
use mashbill::score::{Combined, Ensemble};
use serde_json::Value;
use std::path::Path;
use std::sync::Arc;

const ROWS: u64 = 3_000;

fn number(i: u64, salt: u32) -> u64 {
    i.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(salt) >> 44
}

/// Rows of two sources, each with scores on a scale of its own; some are missing.
fn scored(range: std::ops::Range<u64>) -> RecordBatch {
    let source = |i: u64| if number(i, 5) % 3 == 0 { "books" } else { "web" };
    let edu =
        |i: u64| (i % 13 != 4).then(|| (number(i, 11) % 997) as f64 / if source(i) == "web" { 997.0 } else { 50.0 });
    let grade = |i: u64| (i % 7 != 2).then_some((number(i, 23) % 6) as f32);
    batch(vec![
        ("name", string_array(range.clone().map(|i| format!("n{i}")))),
        ("source", string_array(range.clone().map(source))),
        ("edu", Arc::new(Float64Array::from_iter(range.clone().map(edu))) as ArrayRef),
        ("grade", Arc::new(Float32Array::from_iter(range.clone().map(grade))) as ArrayRef),
        ("tokens", Arc::new(Int64Array::from_iter_values(range.map(|i| (number(i, 31) % 900) as i64))) as ArrayRef),
    ])
}

fn inputs(dir: &Path) {
    write(&dir.join("a.parquet"), &scored(0..1_000), 128);
    write(&dir.join("b.parquet"), &scored(1_000..ROWS), 700);
}

fn run(dir: &Path, out: &str, more: &[&str]) -> (RecordBatch, Value) {
    let (a, b, to) = (path(dir, "a.parquet"), path(dir, "b.parquet"), path(dir, out));
    let printed = mashbill(&[&["score", "buckets", &b, &a, "--out", &to, "--json"], more].concat()).ok();
    let report: Value = serde_json::from_str(&printed).unwrap();
    let thresholds = std::fs::read(dir.join(out).join("thresholds.json")).unwrap();
    assert_eq!(report, serde_json::from_slice::<Value>(&thresholds).unwrap());
    assert_eq!(std::fs::read_dir(dir.join(out)).unwrap().count(), 2, "no file is left behind");
    (read(&dir.join(out).join("buckets.parquet")), report)
}

#[test]
fn buckets_of_files_are_those_of_a_sort() {
    let dir = tempfile::tempdir().unwrap();
    inputs(dir.path());
    let all = scored(0..ROWS);
    let (sources, tokens) = (words(&all, "source"), numbers(&all, "tokens"));
    let (edu, grade) = (reals(&all, "edu"), reals(&all, "grade"));
    for (how, ensemble) in Ensemble::ALL {
        let columns = ["--column", "edu,grade", "--combine", how, "--count", "12", "--weight", "column:tokens"];
        let more = ["--per", "column:source", "--id", "name", "--levels", "high=9,low=0", "--memory", "16MiB"];
        let (found, report) = run(dir.path(), how, &[&columns[..], &more].concat());
        assert_eq!(words(&found, "id"), words(&all, "name"), "in the order of the files");
        assert_eq!((reals(&found, "edu"), reals(&found, "grade")), (edu.clone(), grade.clone()));
        let buckets = numbers(&found, "bucket");
        for source in ["web", "books"] {
            let of: Vec<usize> = (0..ROWS as usize).filter(|&i| sources[i] == source).collect();
            let docs: Vec<(Vec<Option<f64>>, u64)> =
                of.iter().map(|&i| (vec![edu[i], grade[i]], tokens[i].unwrap())).collect();
            let combined = Combined::exact(&docs, 12, ensemble).unwrap();
            for (&i, (scores, _)) in of.iter().zip(&docs) {
                assert_eq!(buckets[i], combined.of(scores).map(u64::from), "{how} {source} {i}");
            }
            let measured = report["measured"].as_array().unwrap();
            let measured = measured.iter().find(|measured| measured["source"] == source).unwrap();
            assert_eq!(measured["buckets"], serde_json::to_value(&combined).unwrap(), "{how} {source}");
        }
        let level = |bucket: &Option<u64>| bucket.map(|b| if b < 9 { "low" } else { "high" }.to_owned());
        assert_eq!(strings(&found, "level"), buckets.iter().map(level).collect::<Vec<_>>());
        // The same from other threads.
        let (again, _) = run(dir.path(), "again", &[&columns[..], &more, &["--threads", "3"]].concat());
        assert_eq!(again, found);
        std::fs::remove_dir_all(dir.path().join("again")).unwrap();
    }
}

/// Thresholds of sketches are off by what is printed at most.
#[test]
fn sketches_keep_to_what_they_print() {
    let dir = tempfile::tempdir().unwrap();
    inputs(dir.path());
    let settings = ["--column", "edu", "--count", "10", "--per", "file", "--sketch=64"];
    let (found, report) = run(dir.path(), "sketch", &settings);
    let error = report["error"].as_f64().unwrap();
    assert!(error > 0.0 && error < 0.2, "{error}");
    let (shards, scores, buckets) = (words(&found, "shard"), reals(&found, "edu"), numbers(&found, "bucket"));
    for file in ["a.parquet", "b.parquet"] {
        let of: Vec<(f64, u64)> = (0..ROWS as usize)
            .filter(|&i| shards[i].ends_with(file))
            .filter_map(|i| Some((scores[i]?, buckets[i]?)))
            .collect();
        for &(score, bucket) in &of {
            let up_to = of.iter().filter(|s| s.0 <= score).count();
            let exact = (up_to * 10 / of.len()).min(9) as u64;
            let off = exact.checked_sub(bucket).unwrap_or_else(|| panic!("{score}: {bucket} above {exact}"));
            assert!(off as f64 <= 1.0 + 10.0 * error, "{score}: {bucket} {exact}");
        }
    }
    let (one, _) = run(dir.path(), "one", &[&settings[..], &["--threads", "1"]].concat());
    assert_eq!(one, found, "the same on any number of threads");
}

#[test]
fn what_cannot_be_had_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    inputs(dir.path());
    let refused = |more: &[&str]| {
        let (a, out) = (path(dir.path(), "a.parquet"), path(dir.path(), "no"));
        let error = mashbill(&[&["score", "buckets", &a, "--out", &out], more].concat()).failed(2);
        plain(error, &[dir.path()]).lines().next().unwrap().to_owned()
    };
    let messages = [
        refused(&[]),
        refused(&["--column", "source"]),
        refused(&["--column", "edu", "--weight", "column:grade"]),
        refused(&["--column", "edu", "--per", "column:sorce"]),
        refused(&["--column", "edu", "--count", "0"]),
        refused(&["--column", "edu", "--levels", "high=3"]),
    ];
    insta::assert_snapshot!(messages.join("\n"), @r"
    error: DIR/a.parquet: column `score`: is missing; there are: name, source, edu, grade, tokens
    error: DIR/a.parquet: column `source`: has type Utf8View, where a number is needed
    error: DIR/a.parquet: column `grade`: has type Float32, where an integer is needed
    error: DIR/a.parquet: column `sorce`: is missing (did you mean `source`?); there are: name, source, edu, grade, tokens
    error: buckets: must lie between 1 and 10000, but 0 are asked for
    error: levels: the first must begin at bucket 0, each later one above the one before
    ");
    // No row, and no score at all, have buckets all the same.
    write(&dir.path().join("a.parquet"), &scored(0..0), 9);
    write(&dir.path().join("b.parquet"), &scored(2..3), 9);
    let (found, report) = run(dir.path(), "none", &["--column", "grade"]);
    assert_eq!((numbers(&found, "bucket"), report["rows"].as_u64()), (vec![None], Some(1)));
}
