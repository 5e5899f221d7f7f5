//! `dedup --index`: real documents in two batches against the same at once, and runs that are killed.

use super::{command, mashbill, path};
use crate::kit::{digests, fixture, read, read_dir, strings, words, write};
use arrow::compute::filter_record_batch;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Stdio;
use std::time::Instant;
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// The file's rows in two files, by a hash of their ids under that seed.
fn split(file: &str, dir: &Path, seed: u64) -> [String; 2] {
    let rows = read(Path::new(file));
    let ids = words(&rows, "id");
    ["a.parquet", "b.parquet"].map(|name| {
        let late = name == "b.parquet";
        let picked = ids.iter().map(|id| Some((xxh3_64_with_seed(id.as_bytes(), seed) % 2 == 1) == late)).collect();
        write(&dir.join(name), &filter_record_batch(&rows, &picked).unwrap(), 200);
        path(dir, name)
    })
}

fn dedup(files: &[&String], out: &str, more: &[&str]) {
    let mut arguments = vec!["dedup", "--out", out, "--quiet", "--keep", "file,length,id"];
    arguments.extend(files.iter().map(|file| file.as_str()));
    arguments.extend(more);
    mashbill(&arguments).ok();
}

/// Ids that stay, and for each duplicate its kept row and cluster.
fn outcome(out: &str) -> (BTreeSet<String>, BTreeMap<String, (String, String)>) {
    let kept = words(&read_dir(&Path::new(out).join("data")), "id").into_iter().collect();
    let table = read(&Path::new(out).join("duplicates.parquet"));
    let of = words(&table, "kept_id").into_iter().zip(strings(&table, "cluster_id"));
    let of = of.map(|(kept, cluster)| (kept, cluster.unwrap()));
    (kept, words(&table, "id").into_iter().zip(of).collect())
}

/// What `corpus` comes to in two batches and at once, for five splits. Returns how many duplicates of the second batch had their kept row in
/// the first.
fn splits(corpus: &str) -> usize {
    let mut across = 0;
    for seed in 1..=5 {
        let dir = tempfile::tempdir().unwrap();
        let [a, b] = split(corpus, dir.path(), seed);
        let [once, first, second, index] = ["once", "first", "second", "index"].map(|name| path(dir.path(), name));
        dedup(&[&b, &a], &once, &[]);
        dedup(&[&a], &first, &["--index", &index]);
        dedup(&[&b], &second, &["--index", &index]);
        let ((mut kept, mut removed), late) = (outcome(&first), outcome(&second));
        across += late.1.values().filter(|(of, _)| kept.contains(of)).count();
        kept.extend(late.0);
        removed.extend(late.1);
        assert_eq!((kept, removed), outcome(&once), "split {seed}");
        mashbill(&["verify", &second, "--quiet"]).ok();
    }
    across
}

#[test]
fn two_batches_of_real_documents_equal_one() {
    let across = splits(&fixture("corpus/neardup.parquet"));
    assert!(across > 50, "{across}");
}

#[test]
#[ignore = "set NEARDUP to a Parquet file with the columns `id` and `text`"]
#[allow(clippy::print_stdout, clippy::disallowed_methods)] // it is run by hand, on a file of one's own
fn two_batches_of_a_corpus_equal_one() {
    println!("{} duplicates found in the index", splits(&std::env::var("NEARDUP").unwrap()));
}

/// The files of an index, without the digest in the names of their folders.
fn index_files(dir: &Path) -> BTreeMap<String, String> {
    let mut files = digests(dir);
    files.remove("index.json");
    let short = |name: &str| match name.split_once('/') {
        Some((batch, rest)) => format!("{}/{rest}", &batch[.."batch-00000".len()]),
        None => name.to_owned(),
    };
    files.into_iter().map(|(name, digest)| (short(&name), digest)).collect()
}

/// The outcome of a run: all but the job, which names the index by its path.
fn output_files(out: &str) -> BTreeMap<String, String> {
    let mut files = digests(Path::new(out));
    files.retain(|name, _| name != "job.json" && name != "run.json");
    files
}

fn batches(index: &Path) -> usize {
    let contents: serde_json::Value =
        serde_json::from_slice(&std::fs::read(index.join("index.json")).unwrap()).unwrap();
    contents["batches"].as_array().unwrap().len()
}

#[test]
fn killed_at_any_instant_a_run_leaves_the_index_whole_and_is_added_once() {
    let dir = tempfile::tempdir().unwrap();
    let [a, b] = split(&fixture("corpus/neardup.parquet"), dir.path(), 1);
    let whole = path(dir.path(), "whole");
    let base = path(dir.path(), "base");
    dedup(&[&a], &path(dir.path(), "first"), &["--index", &base]);
    let index = dir.path().join("index-whole");
    crate::kit::copy_dir(Path::new(&base), &index);
    let began = Instant::now();
    dedup(&[&b], &whole, &["--index", index.to_str().unwrap()]);
    let time = began.elapsed();
    let (expected, expected_files) = (output_files(&whole), index_files(&index));
    let mut midway = 0;
    for tenth in 0..10 {
        let (out, index) = (path(dir.path(), &format!("out{tenth}")), dir.path().join(format!("index{tenth}")));
        crate::kit::copy_dir(Path::new(&base), &index);
        let named = index.to_str().unwrap();
        let arguments =
            ["dedup", &b, "--out", &out, "--quiet", "--keep", "file,length,id", "--index", named, "--threads", "2"];
        let mut child = command(&arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(time * tenth / 10);
        midway += usize::from(child.try_wait().unwrap().is_none());
        child.kill().unwrap();
        child.wait().unwrap();
        // Whole before it is whole again: with the batch or without.
        assert!((1..=2).contains(&batches(&index)), "killed after {tenth}/10 of {time:?}");
        mashbill(&arguments).ok();
        assert_eq!(batches(&index), 2);
        assert_eq!(output_files(&out), expected, "killed after {tenth}/10 of {time:?}");
        assert_eq!(index_files(&index), expected_files, "killed after {tenth}/10 of {time:?}");
    }
    assert!(midway >= 4, "{midway}");
}
