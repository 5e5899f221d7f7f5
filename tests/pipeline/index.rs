//! Deduplication against an index: batch after batch says of every row what one run over all of them says.

use super::dedup::{DEFAULT, Doc, SOURCES, Said, Settings, corpus, ledger, settings, write_corpus};
use crate::kit::{self, digests, job_with, plain, pool, read_dir, words};
use mashbill::Result;
use mashbill::pipeline::{Outcome, Silent};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The recipe over the files of one batch, or of all (`*`), against an index if one is named.
fn recipe(settings: &Settings, batch: &str, index: Option<&str>) -> String {
    let text = SOURCES.iter().fold(settings.recipe(), |text, name| {
        kit::replace(&text, &format!("{name}-*.parquet"), &format!("{batch}-{name}.parquet"))
    });
    match index {
        Some(index) => kit::replace(&text, "max_loss = 1.0\n", &format!("max_loss = 1.0\nindex = \"{index}\"\n")),
        None => text,
    }
}

fn run(recipe: &str, dir: &Path, out: &str, threads: usize, memory: Option<u64>) -> Result<Outcome> {
    let pool = pool(threads);
    job_with(recipe, dir, &pool, memory)?.run(&dir.join(out), &pool, &Silent)
}

/// Writes `BATCH-SOURCE.parquet` for every batch and source, in row groups of `group_rows`.
fn write_batches(dir: &Path, docs: &[Doc], batch_of: &dyn Fn(&Doc) -> usize, batches: usize, group_rows: usize) {
    let parts = dir.join("parts");
    for batch in 0..batches {
        std::fs::create_dir_all(&parts).unwrap();
        let of: Vec<Doc> = docs.iter().filter(|doc| batch_of(doc) == batch).cloned().collect();
        write_corpus(&parts, &of, 1, group_rows);
        for name in SOURCES {
            std::fs::rename(parts.join(format!("{name}-00.parquet")), dir.join(format!("{batch}-{name}.parquet")))
                .unwrap();
        }
    }
}

type Ledger = BTreeMap<(String, String), Said>;

/// What is the same whether a run came first or last: all but the size of the cluster.
fn decided(said: &Said) -> (String, Option<(String, String, f64)>, Option<u64>) {
    let (verdict, duplicate, cluster) = said.clone();
    // A row that is kept may get its first duplicate later.
    let cluster = cluster.filter(|_| duplicate.is_some()).map(|(id, _)| id);
    (verdict, duplicate, cluster)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]
    #[test]
    fn batch_after_batch_equals_all_at_once(
        seed in any::<u32>(),
        docs in prop_oneof![1_usize..40, 200_usize..500],
        settings in settings(),
        batches in 1_usize..5,
        memory in prop::sample::select(vec![Some(1), Some(200 << 10), None]),
        threads in prop::sample::select(vec![1_usize, 2, 8]),
        group_rows in prop::sample::select(vec![7_usize, 100]),
    ) {
        let settings = Settings { keep: &["file", "source", "length", "id"], ..settings };
        let docs = corpus(u64::from(seed), docs);
        let dir = tempfile::tempdir().unwrap();
        let batch_of = |doc: &Doc| {
            xxhash_rust::xxh3::xxh3_64_with_seed(doc.id.as_bytes(), u64::from(seed)) as usize % batches
        };
        write_batches(dir.path(), &docs, &batch_of, batches, group_rows);
        run(&recipe(&settings, "*", None), dir.path(), "once", threads, memory).unwrap();
        let once = ledger(&dir.path().join("once"));
        let mut seen = Ledger::new();
        for batch in 0..batches {
            let (out, text) = (format!("out-{batch}"), recipe(&settings, &batch.to_string(), Some("index")));
            run(&text, dir.path(), &out, threads, memory).unwrap();
            let found = ledger(&dir.path().join(&out));
            for (row, said) in &found {
                prop_assert_eq!(decided(said), decided(&once[row]), "{:?} of batch {}", row, batch);
                // What the last batch brings is the whole of its clusters.
                if batch + 1 == batches {
                    prop_assert_eq!(said.2, once[row].2, "{:?}", row);
                }
            }
            seen.extend(found);
        }
        prop_assert_eq!(seen.len(), once.len());
    }
}

/// Documents, some of which come again.
fn copies() -> Vec<Doc> {
    corpus(11, 400)
}

/// Every copy of what an index holds goes, not only the first; and clusters count the rows of all batches.
#[test]
fn all_copies_of_an_indexed_document_go() {
    let docs = copies();
    let dir = tempfile::tempdir().unwrap();
    let again = |n: usize| docs.iter().map(move |doc| Doc { id: format!("{}-{n}", doc.id), ..doc.clone() });
    let all: Vec<Doc> = docs.iter().cloned().chain(again(1)).chain(again(2)).collect();
    write_batches(dir.path(), &all, &|doc| usize::from(doc.id.contains('-')), 2, 50);
    for (batch, out) in [("0", "out-0"), ("1", "out-1"), ("*", "once")] {
        let index = (batch != "*").then_some("index");
        let settings = Settings { keep: &["file", "id"], ..DEFAULT };
        run(&recipe(&settings, batch, index), dir.path(), out, 2, None).unwrap();
    }
    let [first, second, once] = ["out-0", "out-1", "once"].map(|out| ledger(&dir.path().join(out)));
    assert_eq!(second.values().filter(|said| said.0 == "kept").count(), 0);
    assert_eq!(second.len(), 2 * first.len());
    for (row, said) in &second {
        assert_eq!(said, &once[row], "{row:?}");
    }
}

#[test]
fn threads_and_memory_change_no_byte() {
    let docs = copies();
    let dir = tempfile::tempdir().unwrap();
    write_batches(dir.path(), &docs, &|doc| usize::from(doc.id.ends_with(['1', '2', '3'])), 2, 30);
    let mut expected = None;
    for (threads, memory) in [(1, None), (8, None), (2, Some(1)), (2, Some(1 << 30))] {
        let _ = std::fs::remove_dir_all(dir.path().join("index"));
        for batch in ["0", "1"] {
            let out = format!("out-{batch}");
            let _ = std::fs::remove_dir_all(dir.path().join(&out));
            run(&recipe(&DEFAULT, batch, Some("index")), dir.path(), &out, threads, memory).unwrap();
        }
        let found = ["index", "out-0", "out-1"].map(|name| digests(&dir.path().join(name)));
        assert!(found.iter().all(|files| files.len() > 3));
        assert_eq!(expected.get_or_insert_with(|| found.clone()), &found, "{threads} threads, {memory:?}");
    }
}

fn batches(dir: &Path) -> Vec<(u64, u64)> {
    let index: serde_json::Value =
        serde_json::from_slice(&std::fs::read(dir.join("index/index.json")).unwrap()).unwrap();
    let batches = index["batches"].as_array().unwrap();
    batches.iter().map(|batch| (batch["documents"].as_u64().unwrap(), batch["seen"].as_u64().unwrap())).collect()
}

#[test]
fn a_run_is_added_once() {
    let docs = copies();
    let dir = tempfile::tempdir().unwrap();
    write_batches(dir.path(), &docs, &|doc| usize::from(doc.id.ends_with(['1', '2', '3'])), 2, 30);
    let (first, second) = (recipe(&DEFAULT, "0", Some("index")), recipe(&DEFAULT, "1", Some("index")));
    run(&first, dir.path(), "out-0", 2, None).unwrap();
    run(&second, dir.path(), "out-1", 2, None).unwrap();
    let expected = digests(&dir.path().join("index"));
    let once = batches(dir.path());
    assert_eq!(once.len(), 2);
    let written: usize =
        ["out-0", "out-1"].map(|out| read_dir(&dir.path().join(out).join("data")).num_rows()).iter().sum();
    assert_eq!(once.iter().map(|batch| batch.0).sum::<u64>(), written as u64);
    assert_eq!(once.iter().map(|batch| batch.1).sum::<u64>(), docs.len() as u64);
    // A run that is whole.
    assert!(run(&first, dir.path(), "out-0", 2, None).unwrap().was_done);
    // One that was killed after it had been added: the last file is missing. It goes on without itself in the index.
    let whole = digests(&dir.path().join("out-1"));
    std::fs::remove_file(dir.path().join("out-1/run.json")).unwrap();
    assert!(!run(&second, dir.path(), "out-1", 2, None).unwrap().was_done);
    assert_eq!(digests(&dir.path().join("out-1")), whole);
    assert_eq!(digests(&dir.path().join("index")), expected);
    // One that was killed before: what it left counts for nothing, and is cleared.
    let left = dir.path().join("index/batch-00002-0123abcd");
    std::fs::create_dir(&left).unwrap();
    std::fs::write(left.join("batch.json.unfinished"), "[").unwrap();
    // The same rows into another folder are another batch: all of them are known.
    let outcome = run(&first, dir.path(), "out-2", 2, None).unwrap();
    assert_eq!(outcome.report.output.rows, 0);
    assert_eq!(batches(dir.path())[2].0, 0);
    assert!(!left.exists());
}

#[test]
fn what_does_not_fit_an_index_is_refused() {
    let docs = copies();
    let dir = tempfile::tempdir().unwrap();
    write_batches(dir.path(), &docs, &|doc| usize::from(doc.id.ends_with(['1', '2', '3'])), 2, 30);
    let first = recipe(&DEFAULT, "0", Some("index"));
    run(&first, dir.path(), "out-0", 2, None).unwrap();
    let mut said = Vec::new();
    for (from, to) in [
        ("threshold = 0.6", "threshold = 0.7"),
        ("ngram = 3", "ngram = 4"),
        ("slots = 80, bands = 20, rows = 4", "slots = 88, bands = 11, rows = 8"),
        ("form = \"normal\"", "form = \"content\""),
        ("scope = \"global\"", "scope = \"source\""),
        ("near = { ", "lines = { min_chars = 9 }\nnear = { unit = \"char\", "),
    ] {
        let error = run(&kit::replace(&first, from, to), dir.path(), "other", 2, None).unwrap_err();
        said.push(plain(error, &[dir.path()]));
        assert!(!dir.path().join("other").exists(), "nothing is begun");
    }
    insta::assert_snapshot!(said.join("\n\n"), @r#"
    DIR/index: the index was made with other settings:
      near.threshold: was 0.6, is 0.7
    Use the settings it was made with, or begin another index.

    DIR/index: the index was made with other settings:
      near.ngram: was 3, is 4
    Use the settings it was made with, or begin another index.

    DIR/index: the index was made with other settings:
      near.bands: was 20, is 11
      near.rows: was 4, is 8
      near.slots: was 80, is 88
    Use the settings it was made with, or begin another index.

    DIR/index: the index was made with other settings:
      near.form: was "normal", is "content"
    Use the settings it was made with, or begin another index.

    DIR/index: the index was made with other settings:
      scope: was "global", is "source"
    Use the settings it was made with, or begin another index.

    DIR/index: the index was made with other settings:
      near.unit: was "word", is "char"
    Use the settings it was made with, or begin another index.
    "#);
    // A batch that came between: the run that did not see it cannot be added.
    let (late, between) = (recipe(&DEFAULT, "1", Some("index")), recipe(&DEFAULT, "0", Some("index")));
    run(&late, dir.path(), "late", 2, None).unwrap();
    run(&between, dir.path(), "between", 2, None).unwrap();
    let index = dir.path().join("index/index.json");
    let mut contents: serde_json::Value = serde_json::from_slice(&std::fs::read(&index).unwrap()).unwrap();
    contents["batches"].as_array_mut().unwrap().remove(1);
    std::fs::write(&index, contents.to_string()).unwrap();
    std::fs::remove_file(dir.path().join("late/run.json")).unwrap();
    let error = run(&late, dir.path(), "late", 2, None).unwrap_err();
    insta::assert_snapshot!(plain(error, &[dir.path()]), @"DIR/index: the index has changed since this run began (batches: 1 then, 2 now): one run at a time may add to it. Choose another --out and run again.");
    // A folder of something else; an index that is damaged.
    std::fs::create_dir(dir.path().join("thesis")).unwrap();
    std::fs::write(dir.path().join("thesis/thesis.tex"), "").unwrap();
    let elsewhere = kit::replace(&first, "index = \"index\"", "index = \"thesis\"");
    let error = run(&elsewhere, dir.path(), "other", 2, None).unwrap_err();
    insta::assert_snapshot!(plain(error, &[dir.path()]), @"DIR/thesis: holds files that are no index; choose an empty or new folder for it");
    std::fs::write(&index, "{}").unwrap();
    let error = run(&first, dir.path(), "other", 2, None).unwrap_err();
    insta::assert_snapshot!(plain(error, &[dir.path()]), @"DIR/index/index.json: is no index that this release can read: missing field `settings` at line 1 column 2");
}

/// A shard that is named without rows, and an index of which nothing is left.
#[test]
fn an_index_may_hold_nothing() {
    let dir = tempfile::tempdir().unwrap();
    write_batches(dir.path(), &copies(), &|_| 1, 2, 30);
    for (batch, out) in [("0", "out-0"), ("1", "out-1"), ("0", "out-2")] {
        run(&recipe(&DEFAULT, batch, Some("index")), dir.path(), out, 2, None).unwrap();
    }
    run(&recipe(&DEFAULT, "1", None), dir.path(), "once", 2, None).unwrap();
    let ids = |out: &str| -> BTreeSet<String> {
        words(&read_dir(&dir.path().join(out).join("data")), "id").into_iter().collect()
    };
    assert_eq!(ids("out-1"), ids("once"));
    assert_eq!(
        batches(dir.path()).iter().map(|batch| batch.0).collect::<Vec<_>>()[..],
        [0, ids("once").len() as u64, 0]
    );
}
