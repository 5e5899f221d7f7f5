//! `verify`: every check holds after a run, and each kind of change is found.

use crate::kit::{self, copy_dir, files, numbers, pool, read, write};
use crate::pipeline::resume;
use arrow::array::{ArrayRef, RecordBatch, UInt32Array};
use mashbill::Error;
use mashbill::pipeline::{Silent, all_hold, verify};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

fn whole_run() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    resume::inputs(dir.path());
    kit::run(resume::RECIPE, dir.path(), &dir.path().join("out")).unwrap();
    dir
}

/// Writes a changed ledger file, its footer as before.
fn write_ledger(file: &Path, batch: &RecordBatch) {
    write_ledger_as(file, batch, mashbill::ledger::versions());
}

fn write_ledger_as(file: &Path, batch: &RecordBatch, versions: Vec<(&str, String)>) {
    let pairs = versions.into_iter().map(|(k, v)| KeyValue::new(k.to_owned(), v)).collect();
    kit::write_with(file, batch, WriterProperties::builder().set_key_value_metadata(Some(pairs)).build());
}

/// The failed checks' names after `change`; the folder is as before afterwards.
fn found(dir: &TempDir, change: impl FnOnce(&Path)) -> Vec<String> {
    let copy = dir.path().join("copy");
    copy_dir(&dir.path().join("out"), &copy);
    change(&copy);
    let checks = verify(&copy, &pool(2), &Silent);
    fs::remove_dir_all(&copy).unwrap();
    let checks = checks.unwrap();
    let failed: Vec<String> = checks.iter().filter(|c| c.problem.is_some()).map(|c| c.what.clone()).collect();
    match all_hold(&checks) {
        Ok(()) => assert!(failed.is_empty()),
        Err(Error::Unbalanced(message)) => assert!(failed.iter().all(|f| message.contains(f)), "{message}"),
        Err(e) => panic!("{e:?}"),
    }
    failed
}

fn shard(out: &Path) -> PathBuf {
    files(&out.join("data")).remove(0)
}

#[test]
fn a_run_verifies_and_changes_of_every_kind_are_found() {
    let dir = whole_run();
    assert_eq!(found(&dir, |_| ()), Vec::<String>::new());
    let has = |failed: &[String], part: &str| assert!(failed.iter().any(|f| f.contains(part)), "{part}: {failed:?}");

    // A byte of text changed in place.
    let failed = found(&dir, |out| {
        let mut bytes = fs::read(shard(out)).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(shard(out), bytes).unwrap();
    });
    has(&failed, "train-00000");
    // A shard that is gone.
    has(&found(&dir, |out| fs::remove_file(shard(out)).unwrap()), "train-00000");
    // A row left out, by a shard that is a sound file.
    let failed = found(&dir, |out| {
        let batch = read(&shard(out));
        write(&shard(out), &batch.slice(1, batch.num_rows() - 1), 1_000);
    });
    has(&failed, "train-00000");
    has(&failed, "every row's copies");
    has(&failed, "rows, bytes and tokens emitted");
    // One text changed, and `run.json` made to say so: the ledger knows the text that was chosen.
    let failed = found(&dir, |out| {
        let batch = read(&shard(out));
        let mut texts = kit::words(&batch, "text");
        let other = if texts[3].starts_with('T') { "S" } else { "T" };
        texts[3].replace_range(..1, other);
        let at = batch.schema().index_of("text").unwrap();
        let mut columns = batch.columns().to_vec();
        columns[at] = arrow::compute::cast(&kit::string_array(texts), batch.schema().field(at).data_type()).unwrap();
        write(&shard(out), &RecordBatch::try_new(batch.schema(), columns).unwrap(), 1_000);
        let bytes = fs::read(shard(out)).unwrap();
        let mut report: Value = serde_json::from_slice(&fs::read(out.join("run.json")).unwrap()).unwrap();
        report["output"]["shards"][0]["bytes"] = Value::from(bytes.len());
        report["output"]["shards"][0]["xxh3_128"] =
            Value::from(format!("{:032x}", xxhash_rust::xxh3::xxh3_128(&bytes)));
        fs::write(out.join("run.json"), report.to_string()).unwrap();
    });
    assert_eq!(failed, ["every row's copies, ledger against output"]);
    // Two shards that changed places.
    let failed = found(&dir, |out| {
        let shards = files(&out.join("data"));
        let aside = out.join("aside");
        fs::rename(&shards[0], &aside).unwrap();
        fs::rename(&shards[1], &shards[0]).unwrap();
        fs::rename(&aside, &shards[1]).unwrap();
    });
    has(&failed, "train-00000");
    has(&failed, "train-00001");
    // A file that is no part of the run, where a glob would read it.
    let failed = found(&dir, |out| {
        fs::copy(shard(out), out.join("data/train-99999.parquet")).unwrap();
    });
    assert!(!failed.is_empty(), "a foreign shard in data/ is not found");
    // One number of the ledger.
    let failed = found(&dir, |out| {
        let file = files(&out.join("ledger")).remove(0);
        let batch = read(&file);
        let mut copies: Vec<u32> = numbers(&batch, "copies").iter().map(|c| c.unwrap() as u32).collect();
        copies[3] += 1;
        let at = batch.schema().index_of("copies").unwrap();
        let mut columns = batch.columns().to_vec();
        columns[at] = Arc::new(UInt32Array::from(copies)) as ArrayRef;
        write_ledger(&file, &RecordBatch::try_new(batch.schema(), columns).unwrap());
    });
    has(&failed, "fates of all rows");
    has(&failed, "every row's copies");
    // A ledger file that is gone.
    has(&found(&dir, |out| fs::remove_file(files(&out.join("ledger")).remove(0)).unwrap()), "fates of all rows");
    // A row of the ledger that is gone.
    let failed = found(&dir, |out| {
        let file = files(&out.join("ledger")).remove(0);
        let batch = read(&file);
        write_ledger(&file, &batch.slice(0, batch.num_rows() - 1));
    });
    has(&failed, "rows in = sum of fates");
    // Another recipe.
    let failed = found(&dir, |out| {
        let job = fs::read_to_string(out.join("job.json")).unwrap();
        fs::write(out.join("job.json"), kit::replace(&job, "\"seed\": 5", "\"seed\": 6")).unwrap();
    });
    has(&failed, "recipe and inputs");
}

/// A ledger whose hashes are of another version is not read as if they compared.
#[test]
fn a_ledger_of_another_hash_version_is_refused() {
    let dir = whole_run();
    let file = files(&dir.path().join("out/ledger")).remove(0);
    let mut versions = mashbill::ledger::versions();
    versions[2].1 = "999".to_owned();
    write_ledger_as(&file, &read(&file), versions);
    let error = verify(&dir.path().join("out"), &pool(2), &Silent).unwrap_err().to_string();
    assert!(error.contains("was written under version 999 of the hash contract"), "{error}");
}

/// Every number of `run.json`, changed one at a time. Arrays are tried at their first element.
#[test]
fn every_number_of_the_report_is_recomputed() {
    let dir = whole_run();
    let report: Value = serde_json::from_slice(&fs::read(dir.path().join("out/run.json")).unwrap()).unwrap();
    let mut paths = Vec::new();
    list_numbers(&report, String::new(), &mut paths);
    assert!(paths.len() > 60, "{paths:?}");
    let missed: Vec<&String> = paths
        .iter()
        .filter(|path| {
            found(&dir, |out| {
                let mut changed = report.clone();
                let number = changed.pointer_mut(path).unwrap();
                *number = match number.as_u64() {
                    Some(n) => Value::from(n + 1),
                    None => Value::from(number.as_f64().unwrap() / 2.0),
                };
                fs::write(out.join("run.json"), changed.to_string()).unwrap();
            })
            .is_empty()
        })
        .collect();
    assert!(missed.is_empty(), "these may be changed without notice: {missed:#?}");
}

/// Among them those of lines removed across documents, which nothing in the output could tell.
#[test]
fn a_wrong_count_of_lines_is_found() {
    let dir = tempfile::tempdir().unwrap();
    resume::inputs(dir.path());
    let shared: Vec<(String, String)> = (0..9)
        .map(|i| (format!("s{i}"), format!("Log in to read more of this page\n{}", kit::prose(i + 5_000, 30))))
        .collect();
    kit::write_docs(&dir.path().join("web-9.parquet"), &shared, 50);
    let lines = "near = false\nlines = { min_documents = 3, min_chars = 10 }";
    let recipe = kit::replace(resume::RECIPE, "near = { ngram = 5, threshold = 0.8 }", lines);
    kit::run(&recipe, dir.path(), &dir.path().join("out")).unwrap();
    assert_eq!(found(&dir, |_| ()), Vec::<String>::new());
    let report: Value = serde_json::from_slice(&fs::read(dir.path().join("out/run.json")).unwrap()).unwrap();
    let mut paths = Vec::new();
    list_numbers(&report["lines"], "/lines".to_owned(), &mut paths);
    assert!(paths.len() >= 6, "{paths:?}");
    for path in paths {
        let failed = found(&dir, |out| {
            let mut changed = report.clone();
            let number = changed.pointer_mut(&path).unwrap();
            *number = Value::from(number.as_u64().unwrap() + 1);
            fs::write(out.join("run.json"), changed.to_string()).unwrap();
        });
        assert!(failed.iter().any(|what| what.contains("lines removed across documents")), "{path}: {failed:?}");
    }
}

fn list_numbers(value: &Value, path: String, out: &mut Vec<String>) {
    match value {
        Value::Number(_) => out.push(path),
        Value::Array(items) => items.iter().take(1).for_each(|item| list_numbers(item, format!("{path}/0"), out)),
        Value::Object(fields) => {
            let escape = |key: &str| key.replace('~', "~0").replace('/', "~1");
            fields.iter().for_each(|(key, item)| list_numbers(item, format!("{path}/{}", escape(key)), out));
        }
        _ => {}
    }
}

#[test]
fn a_folder_without_a_run_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let error = verify(dir.path(), &pool(1), &Silent).unwrap_err();
    assert!(matches!(error, Error::Read { .. }) && error.to_string().contains("run.json"), "{error}");
}

/// The plan is made again from the recipe as `run.json` has it, whatever the budget and the policy.
#[test]
fn runs_of_every_kind_of_mix_verify() {
    let dir = tempfile::tempdir().unwrap();
    resume::inputs(dir.path());
    let mix = resume::RECIPE.find("[mix]").unwrap();
    let without = &resume::RECIPE[..mix];
    let mixed = |tokens: &str, rest: &str| {
        format!("{without}[mix]\ntokens = {tokens}\nshares = {{ organic = 0.6, synthetic = 0.4 }}\n{rest}\n")
    };
    let kinds = [
        ("none", without.to_owned()),
        ("max", mixed("\"max\"", "")),
        ("shrink", mixed("90_000_000", "shortage = \"shrink\"")),
        ("repeat", mixed("6_000_000", "shortage = \"repeat\"")),
        ("renormalise", mixed("1_900_000", "shortage = \"renormalise\"")),
    ];
    for (name, recipe) in kinds {
        let out = dir.path().join(name);
        kit::run(&recipe, dir.path(), &out).unwrap();
        let checks = verify(&out, &pool(2), &Silent).unwrap();
        let failed: Vec<_> = checks.iter().filter(|c| c.problem.is_some()).collect();
        assert!(failed.is_empty(), "{name}: {failed:?}");
    }
}
