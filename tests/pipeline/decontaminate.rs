//! Decontamination in runs: planted items of real benchmarks in real pages, found whatever the threads, files and kills; the books, the evidence,
//! the actions.

use crate::kit::{
    self, COUNTER, batch, digests, fixture, job_with, numbers, plain, pool, read, read_dir, reals, replace, strings,
    words, write, write_docs,
};
use mashbill::Error;
use mashbill::pipeline::{Silent, all_hold, verify};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

const RECIPE: &str = r#"
[tokens]
counter = "COUNTER"
[[source]]
name = "pages"
category = "organic"
paths = ["pages*.parquet"]
[dedup]
exact = true
[decontaminate]
benchmarks = ["benchmarks.parquet"]
rule = "coverage"
[output]
order = "input"
"#;

fn recipe() -> String {
    replace(RECIPE, "COUNTER", COUNTER)
}

/// The planted pages and the benchmarks in a folder.
fn folder() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, to) in [("contaminated", "pages"), ("benchmarks", "benchmarks")] {
        let from = fixture(&format!("decontaminate/{name}.parquet"));
        fs::copy(from, dir.path().join(format!("{to}.parquet"))).unwrap();
    }
    dir
}

fn run(recipe: &str, dir: &Path, out: &str, threads: usize) -> mashbill::Result<mashbill::pipeline::Outcome> {
    let pool = pool(threads);
    job_with(recipe, dir, &pool, None)?.run(&dir.join(out), &pool, &Silent)
}

fn verified(dir: &Path) {
    all_hold(&verify(dir, &pool(2), &Silent).unwrap()).unwrap();
}

/// Kind of plant, or that nothing was planted, by id; with the words of the question.
fn truth() -> BTreeMap<String, (String, u64)> {
    let rows = read(fixture("decontaminate/contaminated.parquet").as_ref());
    let kinds = strings(&rows, "plant_kind").into_iter().zip(strings(&rows, "neg_kind"));
    let kinds =
        kinds.map(|(plant, neg)| plant.map_or_else(|| format!("-{}", neg.unwrap()), |plant| format!("+{plant}")));
    let q_words = numbers(&rows, "q_words").into_iter().map(|n| n.unwrap_or(0));
    words(&rows, "id").into_iter().zip(kinds.zip(q_words)).collect()
}

#[test]
fn planted_items_are_found_and_proved_and_the_books_balance() {
    let dir = folder();
    let outcome = run(&recipe(), dir.path(), "out", 2).unwrap();
    let out = dir.path().join("out");
    verified(&out);
    let report = outcome.report.contamination.clone().unwrap();
    let ledger = read_dir(&out.join("ledger"));
    let hits = read(&out.join("contamination.parquet"));
    let verdicts: BTreeMap<String, String> = words(&ledger, "id").into_iter().zip(words(&ledger, "verdict")).collect();

    // Recall by kind, and what was not planted.
    let whole = [
        "verbatim_q",
        "verbatim_qa",
        "verbatim_alone",
        "case_upper",
        "punct_removed",
        "punct_unicode",
        "ws_newlines",
        "hard_wrap",
        "markdown_quote",
        "html_escaped",
    ];
    let edited = ["reworded_05", "inserted_10", "inserted_20"];
    let (mut edits, mut missed) = (0, 0);
    for (id, (kind, q_words)) in truth() {
        let found = verdicts[&id] == "contaminated";
        if let Some(kind) = kind.strip_prefix('+') {
            assert!(found || !whole.contains(&kind), "{id} {kind}");
            if edited.contains(&kind) && q_words >= 20 {
                edits += 1;
                missed += u64::from(!found);
            }
        } else if !["-numbers_changed", "-shuffled_words"].contains(&kind.as_str()) {
            assert!(!found, "{id} {kind}");
        }
    }
    assert!(edits > 20 && missed * 20 <= edits, "{missed} of {edits} edited questions were missed");

    // The books: a fate of their own, by rule.
    let books = &outcome.report.books.sources["pages"];
    let contaminated: u64 = books.contaminated.values().map(|tally| tally.rows).sum();
    assert_eq!(contaminated, verdicts.values().filter(|verdict| *verdict == "contaminated").count() as u64);
    assert_eq!((report.sources["pages"].checked, report.sources["pages"].contaminated), (440, contaminated));
    assert_eq!(report.sources["pages"].per_million, (contaminated as f64 / 440.0 * 1e9).round() / 1e3);
    assert_eq!(report.benchmarks["gsm8k"].checked + report.benchmarks["humaneval"].checked, 390);

    // The evidence: what stands at the span is what is shown, and the ledger names the best hit.
    let texts: BTreeMap<String, String> = {
        let rows = read(&dir.path().join("pages.parquet"));
        words(&rows, "id").into_iter().zip(words(&rows, "text")).collect()
    };
    let (ids, starts, ends) = (words(&hits, "id"), numbers(&hits, "start"), numbers(&hits, "end"));
    let (matched, severities, scores) = (words(&hits, "matched"), words(&hits, "severity"), reals(&hits, "score"));
    let mut decided = BTreeSet::new();
    for i in 0..ids.len() {
        let span = starts[i].unwrap() as usize..ends[i].unwrap() as usize;
        assert!(texts[&ids[i]][span].starts_with(&matched[i]));
        assert!((0.0..=1.0).contains(&scores[i].unwrap()));
        if severities[i] == "contaminated" {
            decided.insert(ids[i].clone());
        }
    }
    assert_eq!(decided.len() as u64, contaminated);
    let (by, of) = (strings(&ledger, "contaminated_by_item"), words(&ledger, "id"));
    let named: BTreeSet<String> = of.into_iter().zip(by).filter_map(|(id, by)| by.map(|_| id)).collect();
    assert_eq!(named, decided);
    let data = words(&read_dir(&out.join("data")), "id");
    assert!(data.iter().all(|id| !decided.contains(id)));

    // The report in words.
    let text = fs::read_to_string(out.join("report.txt")).unwrap();
    for part in
        ["benchmark items found, by rule `coverage`", "documents with benchmark items", "for review: some of the hits"]
    {
        assert!(text.contains(part), "{part}\n{text}");
    }
    assert_eq!(report.sample.len(), 20);
}

/// The same rows in other files and row groups, on another number of threads.
#[test]
fn threads_and_sharding_change_nothing() {
    let dir = folder();
    run(&recipe(), dir.path(), "one", 1).unwrap();
    run(&recipe(), dir.path(), "four", 4).unwrap();
    assert_eq!(digests(&dir.path().join("one")), digests(&dir.path().join("four")));
    let rows = read(&dir.path().join("pages.parquet"));
    let cut = tempfile::tempdir().unwrap();
    fs::copy(dir.path().join("benchmarks.parquet"), cut.path().join("benchmarks.parquet")).unwrap();
    for (number, from) in (0..rows.num_rows()).step_by(97).enumerate() {
        let length = 97.min(rows.num_rows() - from);
        write(&cut.path().join(format!("pages-{number}.parquet")), &rows.slice(from, length), 13);
    }
    let whole = run(&recipe(), dir.path(), "again", 2).unwrap().report;
    let parts = run(&recipe(), cut.path(), "out", 3).unwrap().report;
    assert_eq!(whole.contamination, parts.contamination);
    assert_eq!(digests(&dir.path().join("again/data")), digests(&cut.path().join("out/data")));
    let hits = |path: &Path| {
        let hits = read(path);
        let mut all: Vec<_> =
            words(&hits, "id").into_iter().zip(words(&hits, "item")).zip(numbers(&hits, "start")).collect();
        all.sort();
        all
    };
    assert_eq!(
        hits(&dir.path().join("again/contamination.parquet")),
        hits(&cut.path().join("out/contamination.parquet"))
    );
}

/// Documents of one question, with something around it.
const QUESTION: &str = "A distiller fills twelve barrels every day, three of them with rye. How many barrels of other grain does she fill in a week of five days?";

fn small(dir: &Path, docs: &[(&str, String)]) {
    write_docs(&dir.join("pages.parquet"), docs, 2);
    let columns = vec![
        ("question", kit::string_array([QUESTION])),
        ("answer", kit::string_array(["(12 - 3) * 5 = 45"])),
        ("id", kit::string_array(["q1"])),
    ];
    write(&dir.join("benchmarks.parquet"), &batch(columns), 10);
}

fn docs() -> Vec<(&'static str, String)> {
    let prose = kit::prose(1, 5);
    vec![
        ("alone", QUESTION.to_owned()),
        ("inside", format!("{prose}\n{QUESTION}\n{}", kit::prose(2, 5))),
        ("twin", format!("{prose}\n{QUESTION}\n{}", kit::prose(2, 5))),
        ("clean", kit::prose(3, 5)),
        ("empty", String::new()),
    ]
}

#[test]
fn annotated_rows_stay_and_duplicates_are_contaminated_by_themselves() {
    let dir = tempfile::tempdir().unwrap();
    small(dir.path(), &docs());
    run(&recipe(), dir.path(), "drop", 2).unwrap();
    verified(&dir.path().join("drop"));
    assert_eq!(
        words(&read_dir(&dir.path().join("drop/ledger")), "verdict"),
        ["contaminated", "contaminated", "contaminated", "kept", "kept"]
    );
    let annotate = replace(&recipe(), "rule = \"coverage\"", "rule = \"phi4\"\naction = \"annotate\"");
    let report = run(&annotate, dir.path(), "annotate", 2).unwrap().report;
    verified(&dir.path().join("annotate"));
    let ledger = read_dir(&dir.path().join("annotate/ledger"));
    assert_eq!(words(&ledger, "verdict"), ["kept", "kept", "duplicate", "kept", "kept"]);
    let some = |s: &str| Some(s.to_owned());
    assert_eq!(
        strings(&ledger, "contaminated_by_rule"),
        [some("phi4.hard"), some("phi4.hard"), some("phi4.hard"), None, None]
    );
    assert_eq!(strings(&ledger, "contaminated_by_benchmark")[0], some("benchmarks"));
    assert_eq!(report.contamination.unwrap().sources["pages"].contaminated, 3);
}

/// What is counted, sketched and written is the text without the spans.
#[test]
fn spans_are_removed_and_what_is_left_is_counted() {
    let dir = tempfile::tempdir().unwrap();
    small(dir.path(), &docs());
    let recipe = replace(&recipe(), "rule = \"coverage\"", "rule = \"coverage\"\naction = \"remove\"");
    let report = run(&recipe, dir.path(), "out", 2).unwrap().report;
    let out = dir.path().join("out");
    verified(&out);
    let data = read_dir(&out.join("data"));
    assert_eq!(words(&data, "id"), ["inside", "clean", "empty"]);
    let without = docs()[1].1.replace(QUESTION.trim_end_matches('?'), "");
    assert_eq!(words(&data, "text")[0], without);
    let ledger = read_dir(&out.join("ledger"));
    assert_eq!(words(&ledger, "verdict"), ["contaminated", "kept", "duplicate", "kept", "kept"]);
    assert_eq!(numbers(&ledger, "bytes")[1], Some(without.len() as u64));
    assert_eq!(numbers(&ledger, "edits")[1], Some(1));
    assert_eq!(report.output.rows, 3);
}

#[test]
fn another_benchmark_or_allow_list_is_another_job() {
    let dir = tempfile::tempdir().unwrap();
    small(dir.path(), &docs());
    fs::write(dir.path().join("allow.txt"), "mashbill allow-list 1\n").unwrap();
    let recipe = replace(&recipe(), "rule = ", "allow_list = \"allow.txt\"\nrule = ");
    run(&recipe, dir.path(), "out", 2).unwrap();
    assert!(run(&recipe, dir.path(), "out", 1).unwrap().was_done);
    fs::write(dir.path().join("allow.txt"), "mashbill allow-list 1\n5\t10\ta distiller fills twelve barrels\n")
        .unwrap();
    let Error::Conflict { problem, .. } = run(&recipe, dir.path(), "out", 2).unwrap_err() else { panic!() };
    assert!(problem.contains("decontamination.allow_list.xxh3_128: was"), "{problem}");
    fs::write(dir.path().join("allow.txt"), "mashbill allow-list 1\n").unwrap();
    let question = kit::string_array(["Another question, about nothing in particular?"]);
    write(&dir.path().join("benchmarks.parquet"), &batch(vec![("question", question)]), 10);
    let Error::Conflict { problem, .. } = run(&recipe, dir.path(), "out", 2).unwrap_err() else { panic!() };
    assert!(problem.contains("decontamination.benchmarks[0].xxh3_128: was"), "{problem}");
}

/// A mix from a ledger takes over what was found, and looks at no text; where spans are removed, it cuts them again.
#[test]
fn a_mix_from_the_ledger_is_what_a_run_of_it_gives() {
    for action in ["drop", "annotate", "remove"] {
        let dir = folder();
        let was = replace(&recipe(), "rule = \"coverage\"", &format!("rule = \"coverage\"\naction = \"{action}\""));
        run(&was, dir.path(), "out", 2).unwrap();
        let mix = "[mix]\ntokens = 20_000\nshares = { organic = 1.0 }\n[output]";
        let now = replace(&was, "[output]\norder = \"input\"", mix);
        run(&now, dir.path(), "run", 1).unwrap();
        let pool = pool(2);
        let job = job_with(&now, dir.path(), &pool, None).unwrap();
        job.run_from_ledger(&dir.path().join("out"), &dir.path().join("mix"), &pool, &Silent).unwrap();
        assert_eq!(digests(&dir.path().join("mix")), digests(&dir.path().join("run")), "{action}");
        verified(&dir.path().join("mix"));
    }
}

#[test]
fn a_changed_contamination_file_does_not_verify() {
    let dir = tempfile::tempdir().unwrap();
    small(dir.path(), &docs());
    run(&recipe(), dir.path(), "out", 2).unwrap();
    let path = dir.path().join("out/contamination.parquet");
    let hits = read(&path);
    write(&path, &hits.slice(0, hits.num_rows() - 1), 100);
    let checks = verify(&dir.path().join("out"), &pool(1), &Silent).unwrap();
    let failed: Vec<&str> =
        checks.iter().filter(|check| check.problem.is_some()).map(|check| check.what.as_str()).collect();
    assert_eq!(failed, ["benchmark items by benchmark and source, from contamination.parquet"]);
}

/// GSM8K and HumanEval as they are published find what the Parquet file of the same items finds.
#[test]
fn jsonl_in_published_layouts_is_read() {
    let dir = folder();
    for name in ["gsm8k.jsonl", "humaneval.jsonl"] {
        fs::copy(fixture(&format!("decontaminate/{name}")), dir.path().join(name)).unwrap();
    }
    let recipe = replace(
        &recipe(),
        "\"benchmarks.parquet\"",
        "\"*.jsonl\", { path = \"gsm8k.jsonl\", name = \"again\", question = \"question\" }",
    );
    let report = run(&recipe, dir.path(), "out", 2).unwrap().report.contamination.unwrap();
    verified(&dir.path().join("out"));
    let checked: Vec<(&str, u64)> = report.benchmarks.iter().map(|(name, of)| (name.as_str(), of.checked)).collect();
    assert_eq!(checked, [("again", 40), ("gsm8k", 40), ("humaneval", 20)]);
    assert!(report.benchmarks["gsm8k"].hit > 0 && report.benchmarks["gsm8k"].hit == report.benchmarks["again"].hit);
}

#[test]
fn benchmarks_that_cannot_be_read_are_named() {
    let dir = tempfile::tempdir().unwrap();
    small(dir.path(), &docs());
    let answer = |file: &str, content: &[u8], benchmarks: &str| {
        fs::write(dir.path().join(file), content).unwrap();
        let recipe = replace(&recipe(), "\"benchmarks.parquet\"", benchmarks);
        plain(run(&recipe, dir.path(), "out", 1).unwrap_err(), &[dir.path()])
    };
    insta::assert_snapshot!(answer("a.jsonl", b"{\"question\": \"x\"}\n\n{\"question\"", "\"a.jsonl\""), @"DIR/a.jsonl: line 3: EOF while parsing an object at line 1 column 11; benchmarks are Parquet, or JSON with one object a line");
    insta::assert_snapshot!(answer("b.jsonl", b"[1]", "\"b.jsonl\""), @"DIR/b.jsonl: line 1: is no object; benchmarks are Parquet, or JSON with one object a line");
    insta::assert_snapshot!(answer("c.jsonl", b"{\"frage\": \"x\"}", "\"c.jsonl\""), @"DIR/c.jsonl: column `question`: is missing in line 1, and no other column is known to hold it; there are: frage; say which column holds it: { path = …, question = \"…\" } in a recipe, --question COLUMN without one");
    insta::assert_snapshot!(answer("c.jsonl", b"{\"frage\": \"x\"}", "{ path = \"c.jsonl\", question = \"fragen\" }"), @"DIR/c.jsonl: column `fragen`: is missing in line 1 (did you mean `frage`?); there are: frage");
    insta::assert_snapshot!(answer("d.jsonl", b"{\"question\": \"Why?\"}", "\"d.jsonl\""), @"benchmarks: no item of 1 is long enough for the rule `coverage`; see docs/decontamination.md for what it needs");
    let parquet = answer("e.parquet", b"PAR1", "\"e.parquet\"");
    assert!(parquet.starts_with("DIR/e.parquet: "), "{parquet}");
}
