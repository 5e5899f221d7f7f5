//! Closure of datatrove's signatures against what datatrove itself removes (`fixtures/parity/minhash/make_closure.py`), and what is said of it.

use crate::kit::{self, fixtures, read_dir, reals, strings, words};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use xxhash_rust::xxh3::xxh3_64;

const FILES: [&str; 5] = ["code-0", "docs", "neardup", "synthetic_math", "web_extracted"];

fn recipe(near: &str) -> String {
    let paths = FILES.map(|file| format!("{file}.parquet"));
    format!(
        "[tokens]\ncounter = \"bytes\"\n[[source]]\nname = \"all\"\ncategory = \"organic\"\npaths = {paths:?}\n\
         [dedup]\nnear = {near}\nmax_loss = 1.0\n[output]\norder = \"input\"\n"
    )
}

fn run(near: &str, out: &Path, memory: Option<u64>) {
    let pool = kit::pool(2);
    let job = kit::job_with(&recipe(near), &fixtures().join("corpus"), &pool, memory).unwrap();
    job.run(out, &pool, &mashbill::pipeline::Silent).unwrap();
}

/// Golden lines of a tokenizer: file, documents, removed, digest of the ids that are kept.
fn golden(tokenizer: &str) -> Vec<(String, usize, usize, String)> {
    let text = std::fs::read_to_string(fixtures().join("parity/minhash/closure.tsv")).unwrap();
    let lines = text.lines().map(|line| line.split('\t').collect::<Vec<_>>());
    let of = lines.filter(|fields| fields[0] == tokenizer);
    of.map(|f| (f[1].to_owned(), f[2].parse().unwrap(), f[3].parse().unwrap(), f[4].to_owned())).collect()
}

fn found(out: &Path) -> Vec<(String, usize, usize, String)> {
    let ledger = read_dir(&out.join("ledger"));
    let (shards, ids, verdicts) = (words(&ledger, "shard"), words(&ledger, "id"), words(&ledger, "verdict"));
    let mut files: BTreeMap<String, (usize, Vec<String>)> = BTreeMap::new();
    for ((shard, id), verdict) in shards.into_iter().zip(ids).zip(verdicts) {
        let file = files.entry(shard.trim_end_matches(".parquet").to_owned()).or_default();
        file.0 += 1;
        if verdict == "kept" {
            file.1.push(id);
        }
    }
    let line = |(file, (rows, mut kept)): (String, (usize, Vec<String>))| {
        kept.sort();
        (file, rows, rows - kept.len(), format!("{:016x}", xxh3_64(kept.join("\n").as_bytes())))
    };
    files.into_iter().map(line).collect()
}

#[test]
fn closure_keeps_what_datatrove_keeps() {
    // With a budget under which no signature is in memory for long, and without one.
    for (tokenizer, compat, memory) in
        [("english", "datatrove-0.10", None), ("whitespace", "datatrove-0.10-whitespace", Some(1 << 20))]
    {
        let (dir, golden) = (tempfile::tempdir().unwrap(), golden(tokenizer));
        assert_eq!(golden.iter().map(|line| line.0.as_str()).collect::<Vec<_>>(), FILES);
        assert!(golden.iter().map(|line| line.2).sum::<usize>() > 1_000);
        run(&format!("{{ compat = \"{compat}\", closure = true }}"), dir.path(), memory);
        assert_eq!(found(dir.path()), golden, "{tokenizer}");
        // Nobody is told that it was proved.
        let ledger = read_dir(&dir.path().join("ledger"));
        let kinds: BTreeSet<String> = strings(&ledger, "duplicate_kind").into_iter().flatten().collect();
        assert_eq!(kinds, BTreeSet::from(["unverified".to_owned()]));
        assert!(reals(&ledger, "similarity").iter().all(Option::is_none));
        let report = std::fs::read_to_string(dir.path().join("report.txt")).unwrap();
        assert!(report.contains("unverified") && !report.contains("near duplicates by similarity"), "{report}");
    }
}

/// The signatures alone: what they bring together is proved as ever.
#[test]
fn without_closure_every_removal_is_proved() {
    let dir = tempfile::tempdir().unwrap();
    run("{ compat = \"datatrove-0.10\", threshold = 0.75 }", dir.path(), None);
    let ledger = read_dir(&dir.path().join("ledger"));
    let kinds = strings(&ledger, "duplicate_kind");
    let near = kinds.iter().zip(reals(&ledger, "similarity")).filter(|(kind, _)| kind.as_deref() == Some("near"));
    let near: Vec<f64> = near.map(|(_, similarity)| similarity.unwrap()).collect();
    assert!(near.len() > 100 && near.iter().all(|&similarity| similarity >= 0.75), "{}", near.len());
    let closed: usize = golden("english").iter().map(|line| line.2).sum();
    assert!(kinds.iter().flatten().count() < closed, "closure removes more than can be proved");
}
