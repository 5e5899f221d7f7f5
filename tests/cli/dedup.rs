//! `dedup` on the fixture whose duplicates are known: every removal proved again from the texts by a naive twin, recall against
//! the truth, and the same result however the rows are cut into files.

use super::{mashbill, path};
use crate::kit::{fixture, flags, numbers, read, read_dir, reals, strings, words, write, write_docs};
use arrow::datatypes::DataType;
use regex::Regex;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::Path;
use unicode_normalization::UnicodeNormalization;

/// The normal form as `fixtures/README.md` states it, written anew.
fn normal_words(text: &str, word: &Regex) -> Vec<String> {
    let text = text.nfc().collect::<String>().to_lowercase();
    word.find_iter(&text).map(|m| m.as_str().to_owned()).collect()
}

fn shingles(words: &[String]) -> HashSet<String> {
    words.windows(5).map(|w| w.join(" ")).collect()
}

fn jaccard(a: &HashSet<String>, b: &HashSet<String>) -> f64 {
    let both = a.intersection(b).count();
    both as f64 / (a.len() + b.len() - both) as f64
}

struct Deduped {
    kept: Vec<String>,
    /// Removed id → (kept id, similarity, kind).
    removed: BTreeMap<String, (String, f64, String)>,
}

fn dedup(files: &[String], more: &[&str]) -> (tempfile::TempDir, Deduped) {
    let dir = tempfile::tempdir().unwrap();
    let out = path(dir.path(), "out");
    let mut arguments = vec!["dedup"];
    arguments.extend(files.iter().map(String::as_str));
    arguments.extend(["--out", &out, "--quiet"]);
    arguments.extend(more);
    mashbill(&arguments).ok();
    let kept = words(&read_dir(&dir.path().join("out/data")), "id");
    let table = read(&dir.path().join("out/duplicates.parquet"));
    let values = words(&table, "kept_id").into_iter().zip(reals(&table, "similarity")).zip(words(&table, "kind"));
    let values = values.map(|((kept, similarity), kind)| (kept, similarity.unwrap(), kind));
    let removed = words(&table, "id").into_iter().zip(values).collect();
    (dir, Deduped { kept, removed })
}

#[test]
fn every_removal_is_proved_by_the_texts_themselves() {
    let word = Regex::new(r"[\p{L}\p{M}\p{N}\p{Pc}]+").unwrap();
    let file = fixture("corpus/neardup.parquet");
    let input = read(Path::new(&file));
    let texts: HashMap<String, String> = words(&input, "id").into_iter().zip(words(&input, "text")).collect();
    let (_dir, deduped) = dedup(&[file], &[]);
    let sets: HashMap<&String, HashSet<String>> =
        texts.iter().map(|(id, text)| (id, shingles(&normal_words(text, &word)))).collect();
    for (id, (kept_id, similarity, kind)) in &deduped.removed {
        assert!(!deduped.removed.contains_key(kept_id), "{id} goes for {kept_id}, which goes itself");
        // Two texts without shingles can only be exact duplicates.
        let naive = if sets[id].is_empty() { 1.0 } else { jaccard(&sets[id], &sets[kept_id]) };
        assert!((naive - similarity).abs() < 1e-12, "{id}, {kept_id}: {naive} by hand, {similarity} in the table");
        assert!(*similarity >= 0.8, "{id}");
        match kind.as_str() {
            "exact" => assert_eq!(
                texts[id].split_whitespace().collect::<Vec<_>>().join(" ").nfc().collect::<String>(),
                texts[kept_id].split_whitespace().collect::<Vec<_>>().join(" ").nfc().collect::<String>(),
                "{id}, {kept_id}"
            ),
            kind => assert_eq!(kind, "near"),
        }
    }
    // Nothing is lost, nothing is both.
    let kept: BTreeSet<&String> = deduped.kept.iter().collect();
    assert_eq!(kept.len(), deduped.kept.len());
    assert_eq!(deduped.kept.len() + deduped.removed.len(), input.num_rows());
    assert!(kept.iter().all(|id| texts.contains_key(*id) && !deduped.removed.contains_key(*id)));
    // And kept rows keep the order of the input.
    let order: Vec<String> = words(&input, "id").into_iter().filter(|id| kept.contains(id)).collect();
    assert_eq!(deduped.kept, order);
}

/// Truth pairs are (variant, origin). A pair is resolved if not both of its texts are left. Compared: all pairs that are equal
/// as bytes, which must be resolved without exception; and all pairs with word 5-gram similarity of at least 0.8 to the origin,
/// of which at least the planned recall of 0.95 must be.
#[test]
fn the_truth_is_found() {
    let file = fixture("corpus/neardup.parquet");
    let input = read(Path::new(&file));
    let (_dir, deduped) = dedup(&[file], &[]);
    let kept: HashSet<&String> = deduped.kept.iter().collect();
    let (ids, origins) = (words(&input, "id"), strings(&input, "origin_id"));
    let (exact, jaccard) = (flags(&input, "exact"), reals(&input, "jaccard_w5"));
    let (mut exact_pairs, mut near_pairs, mut near_found) = (0, 0, 0);
    for i in 0..ids.len() {
        let Some(origin) = origins[i].as_ref().filter(|o| **o != ids[i]) else { continue };
        let resolved = !(kept.contains(&ids[i]) && kept.contains(origin));
        if exact[i] == Some(true) {
            exact_pairs += 1;
            assert!(resolved, "{} and {origin} are equal and both stay", ids[i]);
        }
        if jaccard[i].is_some_and(|j| j >= 0.8) {
            near_pairs += 1;
            near_found += usize::from(resolved);
        }
    }
    assert!(exact_pairs >= 3 && near_pairs >= 100, "{exact_pairs} {near_pairs}");
    assert!(near_found * 100 >= near_pairs * 95, "{near_found} of {near_pairs}");
    // Unrelated texts stay, all of them.
    for i in (0..ids.len()).filter(|&i| origins[i].is_none()) {
        assert!(kept.contains(&ids[i]), "{} is like no other and goes", ids[i]);
    }
}

#[test]
fn columns_are_as_documented() {
    let (dir, deduped) = dedup(&[fixture("corpus/neardup.parquet")], &[]);
    let table = read(&dir.path().join("out/duplicates.parquet"));
    let schema = table.schema();
    let found: Vec<(&str, &DataType)> = schema.fields().iter().map(|f| (f.name().as_str(), f.data_type())).collect();
    let expected = [
        ("source", &DataType::Utf8),
        ("id", &DataType::Utf8),
        ("kept_source", &DataType::Utf8),
        ("kept_id", &DataType::Utf8),
        ("similarity", &DataType::Float64),
        ("kind", &DataType::Utf8),
        ("cluster_id", &DataType::UInt64),
        ("cluster_size", &DataType::UInt32),
    ];
    assert_eq!(found[..8], expected);
    // A cluster is a kept row and all that go for it: its size is one more than the rows of its id.
    let mut sizes: HashMap<u64, (u64, HashSet<u64>, HashSet<String>)> = HashMap::new();
    let clusters = numbers(&table, "cluster_id").into_iter().zip(numbers(&table, "cluster_size"));
    for ((id, size), kept) in clusters.zip(words(&table, "kept_id")) {
        let entry = sizes.entry(id.unwrap()).or_default();
        entry.0 += 1;
        entry.1.insert(size.unwrap());
        entry.2.insert(kept);
    }
    for (id, (rows, said, kept)) in sizes {
        assert_eq!((said.len(), kept.len()), (1, 1), "cluster {id}");
        assert_eq!(said.into_iter().next(), Some(rows + 1), "cluster {id}");
    }
    // The kept rows have the input's columns and no others.
    let input = read(Path::new(&fixture("corpus/neardup.parquet")));
    let names = |batch: &arrow::array::RecordBatch| -> BTreeSet<String> {
        batch.schema().fields().iter().map(|f| f.name().clone()).collect()
    };
    let data = read_dir(&dir.path().join("out/data"));
    assert_eq!(names(&data), names(&input));
    assert_eq!(data.num_rows(), deduped.kept.len());
}

/// Ids decide, not places: the same rows in three files, the last first.
#[test]
fn files_cut_otherwise_give_the_same_removals() {
    let file = fixture("corpus/neardup.parquet");
    let input = read(Path::new(&file));
    let (_whole_dir, whole) = dedup(&[file], &[]);
    let dir = tempfile::tempdir().unwrap();
    let third = input.num_rows() / 3 + 1;
    let parts: Vec<String> = (0..3).map(|i| path(dir.path(), &format!("{}.parquet", 9 - i))).collect();
    for (i, part) in parts.iter().enumerate() {
        write(Path::new(part), &input.slice(i * third, third.min(input.num_rows() - i * third)), 17);
    }
    let (_dir, cut) = dedup(&parts, &["--threads", "3", "--memory", "64MiB"]);
    assert_eq!(cut.removed, whole.removed);
    let set = |ids: Vec<String>| ids.into_iter().collect::<BTreeSet<String>>();
    assert_eq!(set(cut.kept), set(whole.kept));
}

#[test]
fn options_mean_what_they_say() {
    let file = fixture("corpus/neardup.parquet");
    let (_a, all) = dedup(std::slice::from_ref(&file), &[]);
    let (_b, exact) = dedup(std::slice::from_ref(&file), &["--exact-only"]);
    assert!(exact.removed.values().all(|(_, similarity, kind)| kind == "exact" && *similarity == 1.0));
    assert!(!exact.removed.is_empty() && exact.removed.len() < all.removed.len());
    let (_c, strict) = dedup(std::slice::from_ref(&file), &["--threshold", "0.95"]);
    assert!(strict.removed.values().all(|(_, similarity, _)| *similarity >= 0.95));
    assert!(exact.removed.len() < strict.removed.len() && strict.removed.len() < all.removed.len());
    let (dir, _stated) = dedup(&[file], &["--bands", "20", "--rows", "6", "--ngram", "3"]);
    let job = std::fs::read_to_string(dir.path().join("out/job.json")).unwrap();
    for setting in ["\"bands\": 20", "\"rows\": 6", "\"ngram\": 3"] {
        assert!(job.contains(setting), "{job}");
    }
}

/// Pages under one menu: it goes, their own lines stay; the options mean what they say.
#[test]
fn lines_go_from_all_documents_that_share_them() {
    let dir = tempfile::tempdir().unwrap();
    let file = path(dir.path(), "pages.parquet");
    let page = |i: u64| format!("Home | About | Contact\nAccept all cookies\n\n{}\n", crate::kit::prose(i, 4));
    let pages: Vec<(String, String)> = (0..24).map(|i| (format!("p{i:02}"), page(i))).collect();
    crate::kit::write_docs(Path::new(&file), &pages, 5);
    let run = |options: &[&str]| {
        let out = path(dir.path(), &options.concat());
        let mut arguments = vec!["dedup", &file, "--out", &out, "--exact-only"];
        arguments.extend(options);
        let printed = mashbill(&arguments).ok();
        (words(&read_dir(&Path::new(&out).join("data")), "text"), printed)
    };
    let bare: Vec<String> = (0..24).map(|i| format!("\n{}\n", crate::kit::prose(i, 4))).collect();
    let (texts, printed) = run(&["--lines"]);
    assert_eq!(texts, bare);
    assert!(
        printed.contains("lines removed across documents: 2 of ") && printed.contains("Accept all cookies"),
        "{printed}"
    );
    let (texts, _) = run(&["--lines", "--min-chars", "20"]);
    assert_eq!(texts[3], format!("Accept all cookies\n{}", bare[3]));
    let (texts, _) = run(&["--lines", "--min-documents", "25"]);
    assert_eq!(texts, pages.iter().map(|p| p.1.clone()).collect::<Vec<_>>());
    let (texts, printed) = run(&["--lines=paragraph"]);
    assert_eq!(texts, bare.iter().map(|t| t.trim_start().to_owned()).collect::<Vec<_>>());
    assert!(printed.contains("paragraphs removed across documents: 1 of "), "{printed}");
    let (texts, _) = run(&["--lines", "--keep-first"]);
    assert_eq!(texts.iter().filter(|t| t.contains("cookies")).count(), 1);
    let (texts, _) = run(&["--lines", "--max-removed", "0.01"]);
    assert!(texts.is_empty(), "{texts:?}");
    let out = path(dir.path(), "refused");
    let error = mashbill(&["dedup", &file, "--out", &out, "--min-chars", "3"]).failed(2);
    assert!(error.contains("--lines"), "{error}");
    let error = mashbill(&["dedup", &file, "--out", &out, "--lines", "--min-documents", "1"]).failed(2);
    assert!(error.contains("min_documents"), "{error}");
}

/// Without an id column, rows go by the hash of their text.
#[test]
fn a_file_without_ids_is_read() {
    let (_dir, deduped) = dedup(&[fixture("bad/no_id_column.parquet")], &[]);
    assert_eq!(deduped.kept.len(), 20);
    assert!(deduped.kept.iter().all(|id| id.len() == 32), "{:?}", deduped.kept);
}

/// `--annotate` lists what would go and lets it stay.
#[test]
fn annotate_removes_nothing_and_lists_the_same() {
    let file = fixture("corpus/neardup.parquet");
    let (dir, removed) = dedup(std::slice::from_ref(&file), &[]);
    let (annotated_dir, annotated) = dedup(&[file], &["--annotate"]);
    assert_eq!(annotated.removed, removed.removed);
    assert_eq!(annotated.kept.len(), removed.kept.len() + removed.removed.len());
    let report = |dir: &tempfile::TempDir| -> serde_json::Value {
        serde_json::from_str(&std::fs::read_to_string(dir.path().join("out/run.json")).unwrap()).unwrap()
    };
    assert_eq!(report(&dir)["duplicates"], report(&annotated_dir)["duplicates"]);
    for dir in [&dir, &annotated_dir] {
        mashbill(&["verify", &path(dir.path(), "out"), "--quiet"]).ok();
    }
}

/// Two rows that differ in white space are the same, but not byte for byte.
#[test]
fn raw_copies_are_the_same_byte_for_byte() {
    let dir = tempfile::tempdir().unwrap();
    let docs = [("a", "rye and  corn"), ("b", "rye and corn"), ("c", "rye and corn"), ("d", "barley")];
    write_docs(&dir.path().join("docs.parquet"), &docs, 10);
    let file = path(dir.path(), "docs.parquet");
    let (_a, content) = dedup(std::slice::from_ref(&file), &["--exact-only"]);
    assert_eq!(content.kept, ["a", "d"]);
    let (_b, raw) = dedup(&[file], &["--exact-only", "--raw"]);
    assert_eq!(raw.kept, ["a", "b", "d"]);
}

/// The report's figures against the table of duplicates.
#[test]
fn the_report_counts_what_is_listed() {
    let (dir, deduped) = dedup(&[fixture("corpus/neardup.parquet")], &[]);
    let run = std::fs::read_to_string(dir.path().join("out/run.json")).unwrap();
    let report = &serde_json::from_str::<serde_json::Value>(&run).unwrap()["duplicates"];
    let near: Vec<f64> = deduped.removed.values().filter(|(.., kind)| kind == "near").map(|(_, s, _)| *s).collect();
    let bins = report["by_similarity"].as_object().unwrap();
    for (bin, rows) in bins {
        let from: f64 = bin.parse().unwrap();
        let found = near.iter().filter(|&&s| s + 1e-9 >= from && s + 1e-9 < from + 0.05).count();
        assert_eq!(rows.as_u64(), Some(found as u64), "{bin}");
    }
    assert_eq!(bins.values().filter_map(|v| v.as_u64()).sum::<u64>(), near.len() as u64);
    let pairs = &report["by_source"]["input"]["input"];
    assert_eq!(pairs["near"], near.len());
    assert_eq!(pairs["exact"], deduped.removed.len() - near.len());
    let largest = report["largest"].as_array().unwrap();
    assert!(!largest.is_empty() && largest.len() <= 10);
    assert!(largest.windows(2).all(|two| two[0]["size"].as_u64() >= two[1]["size"].as_u64()));
    for cluster in largest {
        let kept = cluster["kept"]["id"].as_str().unwrap();
        let members = deduped.removed.values().filter(|(of, ..)| of == kept).count();
        assert_eq!(cluster["size"], members + 1);
        assert!(!cluster["kept"]["begins"].as_str().unwrap().is_empty());
        for sample in cluster["samples"].as_array().unwrap() {
            assert_eq!(deduped.removed[sample["id"].as_str().unwrap()].0, kept);
        }
    }
    let text = std::fs::read_to_string(dir.path().join("out/report.txt")).unwrap();
    assert!(text.contains("near duplicates by similarity") && text.contains("clusters: "), "{text}");
}

#[test]
fn an_unknown_scope_is_answered_with_those_there_are() {
    let said =
        mashbill(&["dedup", &fixture("corpus/neardup.parquet"), "--out", "nowhere", "--scope", "galaxy"]).failed(2);
    assert!(said.contains("unknown scope `galaxy`; known: global, source, column:NAME"), "{said}");
}

#[test]
fn closure_says_that_it_proves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let (file, out) = (fixture("corpus/neardup.parquet"), path(dir.path(), "out"));
    let printed = mashbill(&["dedup", &file, "--compat", "datatrove-0.10", "--closure", "--out", &out]).ok();
    assert!(printed.contains("unverified"), "{printed}");
    let table = read(&dir.path().join("out/duplicates.parquet"));
    assert!(table.num_rows() > 100);
    assert!(words(&table, "kind").iter().all(|kind| kind == "unverified"));
    assert!(reals(&table, "similarity").iter().all(Option::is_none));
    mashbill(&["verify", &out, "--quiet"]).ok();
    for wrong in
        [&["--closure"][..], &["--compat", "dolma"], &["--compat", "datatrove-0.10", "--bands", "3", "--rows", "4"]]
    {
        let arguments = [&["dedup", &file, "--out", &out], wrong].concat();
        mashbill(&arguments).failed(2);
    }
}

#[test]
fn a_budget_that_cannot_be_kept_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let (file, out) = (fixture("corpus/neardup.parquet"), path(dir.path(), "out"));
    let ran = mashbill(&["dedup", &file, "--memory", "1MiB", "--out", &out]);
    assert!(ran.stderr.contains("warning: --memory") && ran.stderr.contains("256MiB"), "{}", ran.stderr);
    ran.ok();
    for (memory, more) in [("1MiB", Some("--quiet")), ("300MiB", None)] {
        let arguments: Vec<&str> =
            ["dedup", &file, "--out", &out, "--memory", memory].into_iter().chain(more).collect();
        let ran = mashbill(&arguments);
        assert!(!ran.stderr.contains("warning"), "{}", ran.stderr);
        ran.ok();
    }
}
