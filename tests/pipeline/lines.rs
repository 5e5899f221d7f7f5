//! Lines that many documents share, removed from real pages: as a twin with hash maps says, whatever the threads, memory, files and
//! kills.

use crate::kit::{
    self, batch, digests, fixtures, job_with, numbers, pool, prose, read_dir, reals, replace, run, words, write_docs,
};
use crate::kit::{run_watched, string_array, write};
use mashbill::Error;
use mashbill::pipeline::{Event, Phase, Progress, Silent};
use regex::Regex;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use tempfile::TempDir;
use unicode_normalization::UnicodeNormalization;

const RECIPE: &str = r#"
[tokens]
counter = "bytes"
[[source]]
name = "web"
category = "organic"
paths = ["web*.parquet"]
steps = [{ threshold = { signal = "word_count", min = 100 } }]
[[source]]
name = "wiki"
category = "organic"
paths = ["wiki*.parquet"]
[[source]]
name = "poems"
category = "organic"
paths = ["poems.parquet"]
lines = false
[[source]]
name = "code"
category = "code"
paths = ["code.parquet"]
[dedup]
exact = false
lines = { min_documents = 3, max_removed = 0.6 }
[output]
order = "input"
"#;

/// Rows of (id, text) by source.
type Rows = BTreeMap<&'static str, Vec<(String, String)>>;

/// Real pages; made ones that share lines with them and each other; two sources that take no part.
fn rows() -> Rows {
    let web = kit::read(&fixtures().join("corpus/web_wet.parquet"));
    let web: Vec<(String, String)> = words(&web, "id").into_iter().zip(words(&web, "text")).collect();
    let shared = "Subscribe to our newsletter today\r\n";
    let mut wiki: Vec<(String, String)> =
        (0..300).map(|i| (format!("k{i}"), format!("{}\r\n{shared}", prose(i, 3)))).collect();
    wiki.push(("all".into(), shared.repeat(30)));
    wiki.push(("copy".into(), wiki[0].1.clone()));
    wiki.push(("empty".into(), String::new()));
    let poems = (0..9).map(|i| (format!("p{i}"), format!("{shared}{}", prose(i, 2)))).collect();
    let code = (0..9).map(|i| (format!("c{i}"), format!("{shared}x = {i}"))).collect();
    BTreeMap::from([("web", web), ("wiki", wiki), ("poems", poems), ("code", code)])
}

/// Each source in so many files of row groups of so many rows.
fn written(rows: &Rows, files: usize, group_rows: usize) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (source, docs) in rows {
        let files = if ["web", "wiki"].contains(source) { files } else { 1 };
        for (i, part) in docs.chunks(docs.len().div_ceil(files)).enumerate() {
            let name = if i == 0 { format!("{source}.parquet") } else { format!("{source}-{i}.parquet") };
            write_docs(&dir.path().join(name), part, group_rows);
        }
    }
    dir
}

fn form(line: &str) -> String {
    line.nfc().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What should come out, worked out with strings and hash maps.
struct Expected {
    /// Text by source and id; `None` for a row that `lines.max_removed` drops, with the share.
    texts: BTreeMap<(String, String), Result<Vec<String>, f64>>,
    removed: BTreeMap<String, (u64, u64)>,
    edits: u64,
}

fn expected(rows: &Rows) -> Expected {
    let ends = Regex::new("\r\n|\n|\r").unwrap();
    let part = |source: &str| ["web", "wiki"].contains(&source);
    let kept = |source: &str, text: &str| source != "web" || mashbill_words(text) >= 100;
    let mut documents: HashMap<String, HashSet<&str>> = HashMap::new();
    for (source, docs) in rows.iter().filter(|(source, _)| part(source)) {
        for (_, text) in docs.iter().filter(|(_, text)| kept(source, text)) {
            for line in ends.split(text) {
                documents.entry(form(line)).or_default().insert(text);
            }
        }
    }
    let gone = |line: &str| {
        let form = form(line);
        form.chars().count() >= 15 && documents.get(&form).is_some_and(|d| d.len() >= 3)
    };
    let mut want = Expected { texts: BTreeMap::new(), removed: BTreeMap::new(), edits: 0 };
    for (&source, docs) in rows {
        for (id, text) in docs.iter().filter(|(_, text)| kept(source, text)) {
            let lines: Vec<&str> = ends.split(text).collect();
            let key = (source.to_owned(), id.clone());
            if !part(source) {
                want.texts.insert(key, Ok(lines.iter().map(|&l| l.to_owned()).collect()));
                continue;
            }
            let sum =
                |lines: &[&str]| lines.iter().filter(|l| !l.trim().is_empty()).map(|l| l.len() as u64).sum::<u64>();
            let (out, stay): (Vec<&str>, Vec<&str>) = lines.iter().partition(|line| gone(line));
            let share = if sum(&lines) == 0 { 0.0 } else { sum(&out) as f64 / sum(&lines) as f64 };
            let entry = want.removed.entry(source.to_owned()).or_default();
            entry.0 += out.len() as u64;
            entry.1 += sum(&out);
            if share > 0.6 {
                want.texts.insert(key, Err(share));
            } else {
                want.edits += out.len() as u64;
                want.texts.insert(key, Ok(stay.iter().map(|&l| l.to_owned()).collect()));
            }
        }
    }
    want
}

fn mashbill_words(text: &str) -> usize {
    use mashbill::signal::Signal;
    let mut analyzer = mashbill::text::Analyzer::new();
    let view = analyzer.view(text);
    mashbill::signal::WordCount.measure(&mashbill::Document::new(&view)).unwrap_or(0.0) as usize
}

#[test]
fn pages_lose_the_lines_that_they_share_and_no_others() {
    let (rows, ends) = (rows(), Regex::new("\r\n|\n|\r").unwrap());
    let want = expected(&rows);
    let dir = written(&rows, 2, 37);
    let out = dir.path().join("out");
    let outcome = run(RECIPE, dir.path(), &out).unwrap();

    let data = read_dir(&out.join("data"));
    let got = words(&data, "source").into_iter().zip(words(&data, "id")).zip(words(&data, "text"));
    let got: BTreeMap<(String, String), String> = got.collect();
    let emitted: Vec<_> = want.texts.iter().filter(|(_, text)| text.is_ok()).collect();
    assert_eq!(got.len(), emitted.len());
    for (key, text) in emitted {
        // Of a text that ends in a line break, the last piece is empty; where all before it go, it goes with them.
        let mut lines: Vec<&str> = ends.split(&got[key]).collect();
        let mut wanted: Vec<&str> = text.as_ref().unwrap().iter().map(String::as_str).collect();
        for list in [&mut lines, &mut wanted] {
            while list.last() == Some(&"") {
                list.pop();
            }
        }
        assert_eq!(lines, wanted, "{key:?}");
    }
    let changed = rows.iter().flat_map(|(source, docs)| docs.iter().map(move |(id, text)| ((*source, id), text)));
    let changed = changed.filter(|((source, id), text)| {
        got.get(&((*source).to_owned(), (*id).clone())).is_some_and(|after| after != *text)
    });
    assert!(changed.count() > 60);

    // The ledger knows who was dropped for it, on what value, and how many edits there were.
    let ledger = read_dir(&out.join("ledger"));
    let rules = kit::strings(&ledger, "rule");
    let values = words(&ledger, "source").into_iter().zip(words(&ledger, "id")).zip(reals(&ledger, "observed"));
    let dropped: BTreeMap<(String, String), f64> = values
        .zip(&rules)
        .filter(|(_, rule)| rule.as_deref() == Some("lines.max_removed"))
        .map(|((key, observed), _)| (key, observed.unwrap()))
        .collect();
    let wanted = want.texts.iter().filter_map(|(key, text)| Some((key.clone(), *text.as_ref().err()?)));
    assert_eq!(dropped, wanted.collect());
    assert!(dropped.contains_key(&("wiki".into(), "all".into())));
    assert_eq!(numbers(&ledger, "edits").into_iter().flatten().sum::<u64>(), want.edits);

    // And the report says what went.
    let lines = outcome.report.lines.as_ref().unwrap();
    let removed: BTreeMap<String, (u64, u64)> =
        lines.sources.iter().map(|(source, r)| (source.clone(), (r.units, r.bytes))).collect();
    assert_eq!(removed, want.removed);
    let newsletter = lines.frequent.iter().find(|u| u.text == "Subscribe to our newsletter today").unwrap();
    assert_eq!(
        (newsletter.documents, newsletter.times),
        (301, 331),
        "a copy is the same document; its lines go all the same"
    );
    assert!(lines.frequent.is_sorted_by(|a, b| a.documents >= b.documents));
    assert!(lines.frequent.iter().all(|u| !u.text.is_empty() && u.documents >= 3));
    let text = outcome.report.to_string();
    assert!(
        text.contains("lines removed across documents: ") && text.contains("Subscribe to our newsletter today"),
        "{text}"
    );
    assert!(mashbill::pipeline::verify(&out, &pool(2), &Silent).unwrap().iter().all(|check| check.problem.is_none()));
}

#[test]
fn threads_and_memory_change_no_byte() {
    let dir = written(&rows(), 3, 20);
    let digest = |threads: usize, memory: Option<u64>| {
        let (pool, out) = (pool(threads), tempfile::tempdir().unwrap());
        job_with(RECIPE, dir.path(), &pool, memory).unwrap().run(out.path(), &pool, &Silent).unwrap();
        digests(out.path())
    };
    let one = digest(1, None);
    assert_eq!(digest(2, Some(4 << 30)), one);
    assert_eq!(digest(8, None), one);
    // So little that every row group makes several runs, and several ranges are merged.
    assert_eq!(digest(8, Some(3 << 20)), one);
}

/// A shuffle, since rows in input order would lie otherwise.
#[test]
fn rows_in_other_files_and_in_another_order_give_the_same_data() {
    for keep in ["none", "first"] {
        let recipe = replace(RECIPE, "order = \"input\"", "order = \"shuffled\"");
        let recipe = replace(&recipe, "max_removed = 0.6", &format!("max_removed = 0.6, keep = \"{keep}\""));
        let mut rows = rows();
        let whole = written(&rows, 1, 1_000);
        rows.values_mut().for_each(|docs| docs.sort_by_key(|(id, _)| xxhash_rust::xxh3::xxh3_64(id.as_bytes())));
        let cut = written(&rows, 7, 13);
        let mut reports = Vec::new();
        let mut data = Vec::new();
        for dir in [&whole, &cut] {
            let outcome = run(&recipe, dir.path(), &dir.path().join("out")).unwrap();
            reports.push(outcome.report.lines.unwrap());
            data.push(digests(&dir.path().join("out/data")));
        }
        assert_eq!(data[0], data[1], "{keep}");
        assert_eq!(reports[0], reports[1], "{keep}");
    }
}

/// Kept first, a line is still there once, in the document with the lowest hash and its copies.
#[test]
fn one_document_keeps_a_line_where_the_recipe_says_so() {
    let recipe = replace(RECIPE, "max_removed = 0.6", "max_removed = 1.0, keep = \"first\"");
    let dir = written(&rows(), 2, 37);
    run(&recipe, dir.path(), &dir.path().join("out")).unwrap();
    let data = read_dir(&dir.path().join("out/data"));
    let texts: HashSet<String> = words(&data, "source")
        .into_iter()
        .zip(words(&data, "text"))
        .filter(|(source, text)| source == "wiki" && text.contains("Subscribe to our newsletter"))
        .map(|(_, text)| text)
        .collect();
    assert_eq!(texts.len(), 1, "{texts:?}");
}

/// Stops the run, as if by a kill, at the nth event of the phase.
struct StopAt(AtomicUsize);

impl Progress for StopAt {
    fn event(&self, event: Event) {
        let (Event::Begin { phase, .. } | Event::Advance { phase, .. } | Event::End { phase }) = event else { return };
        if phase == Phase::Lines && self.0.fetch_sub(1, Ordering::Relaxed) == 0 {
            std::panic::resume_unwind(Box::new("stopped"));
        }
    }
}

#[test]
fn a_run_stopped_while_it_counts_goes_on_and_counts_no_row_group_twice() {
    let dir = written(&rows(), 3, 20);
    let out = |name: &str| dir.path().join(name);
    run(RECIPE, dir.path(), &out("unbroken")).unwrap();
    let groups = {
        let phases = Counting::default();
        run_watched(RECIPE, dir.path(), &out("watched"), &phases).unwrap();
        phases.0.load(Ordering::Relaxed)
    };
    assert!(groups > 10);
    for nth in [0, 1, 4, 9, groups, groups + 1] {
        let folder = out(&format!("stopped-{nth}"));
        let stop = StopAt(AtomicUsize::new(nth));
        let stopped = catch_unwind(AssertUnwindSafe(|| run_watched(RECIPE, dir.path(), &folder, &stop).unwrap()));
        assert!(stopped.is_err(), "{nth}");
        let runs = kit::files(&folder.join("work/lines/runs"));
        let done = runs.iter().filter(|f| f.extension().is_some_and(|e| e == "run")).count();
        assert!(nth == 0 || nth > groups || done >= nth, "{done} run files after {nth} row groups");
        let before: Vec<_> =
            runs.iter().map(|f| (f.clone(), std::fs::metadata(f).unwrap().modified().unwrap())).collect();
        // Stopped once more at the end of counting: what was there is there still, as it was.
        let stop = StopAt(AtomicUsize::new(groups));
        let again = catch_unwind(AssertUnwindSafe(|| run_watched(RECIPE, dir.path(), &folder, &stop).unwrap()));
        if nth <= groups {
            assert!(again.is_err());
            assert!(before.iter().all(|(f, time)| std::fs::metadata(f).unwrap().modified().unwrap() == *time));
            run(RECIPE, dir.path(), &folder).unwrap();
        }
        assert_eq!(digests(&folder), digests(&out("unbroken")), "{nth}");
    }
    let other = replace(RECIPE, "min_documents = 3", "min_documents = 4");
    let Error::Conflict { problem, .. } = run(&other, dir.path(), &out("unbroken")).unwrap_err() else { panic!() };
    assert!(problem.contains("recipe.dedup.lines.min_documents: was 3, is 4"), "{problem}");
}

/// Counts how often counting advances.
#[derive(Default)]
struct Counting(AtomicUsize);

impl Progress for Counting {
    fn event(&self, event: Event) {
        self.0.fetch_add(usize::from(matches!(event, Event::Advance { phase: Phase::Lines, .. })), Ordering::Relaxed);
    }
}

#[test]
fn hostile_texts_have_an_outcome() {
    let dir = tempfile::tempdir().unwrap();
    let many = "a line that is always the same\n".repeat(1_000_000);
    let long = "no line end ".repeat(4 << 20);
    let ids = ["many", "long", "crlf", "cr", "nul", "null"];
    let texts = [&many, &long, "\r\n\r\n\r\n", "\r\r\r", "\0\n\u{301}\n\u{feff}", "a line that is always the same"];
    write(&dir.path().join("web.parquet"), &batch(vec![("id", string_array(ids)), ("text", string_array(texts))]), 2);
    let recipe = r#"
[[source]]
name = "web"
category = "organic"
paths = ["web.parquet"]
[dedup]
exact = false
lines = { min_documents = 2, min_chars = 1, max_removed = 1 }
"#;
    let pool = pool(2);
    let job = job_with(recipe, dir.path(), &pool, Some(32 << 20)).unwrap();
    let report = job.run(&dir.path().join("out"), &pool, &Silent).unwrap().report;
    let data = read_dir(&dir.path().join("out/data"));
    let after: BTreeMap<String, String> = words(&data, "id").into_iter().zip(words(&data, "text")).collect();
    assert_eq!((after["many"].as_str(), after["null"].as_str()), ("", ""));
    assert!(after["long"] == long && after["crlf"] == texts[2] && after["cr"] == texts[3] && after["nul"] == texts[4]);
    let lines = report.lines.unwrap();
    assert_eq!((lines.frequent[0].documents, lines.frequent[0].times), (2, 1_000_001));
}

#[test]
fn a_result_that_does_not_fit_the_memory_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let lines: String = (0..200_000).map(|i| format!("line {i} of two documents\n")).collect();
    let docs = [("a", lines.as_str()), ("b", &lines[1..])];
    write_docs(&dir.path().join("web.parquet"), &docs, 1);
    let recipe = "[[source]]\nname = \"web\"\ncategory = \"organic\"\npaths = [\"web.parquet\"]\n[dedup]\nlines = { min_documents = 2 }\n";
    let pool = pool(1);
    let run = |memory: u64, out: &str| {
        job_with(recipe, dir.path(), &pool, Some(memory)).unwrap().run(&dir.path().join(out), &pool, &Silent)
    };
    let error = run(3 << 20, "small").unwrap_err().to_string();
    insta::assert_snapshot!(error, @r"
    199999 different lines or paragraphs would be removed, and looking them up takes 1699991 bytes, more than half of the memory allowed (3145728).
    Raise `min_documents` or `min_chars` in [dedup] lines, or allow more memory with --memory.
    ");
    assert!(run(64 << 20, "large").is_err(), "both documents lose all but a line, and the output is empty");
    assert!(Path::new(&dir.path().join("large/work/lines/units")).exists());
}
