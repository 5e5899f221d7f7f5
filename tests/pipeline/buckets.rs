//! Quality buckets of a run: measured as a sort measures them, in the ledger, and what selection and repetition make of them.

use crate::kit::{
    self, batch, copy_dir, digests, job_with, numbers, pool, read_dir, reals, replace, string_array, words, write,
};
use arrow::array::{ArrayRef, Float64Array, Int64Array, RecordBatch};
use arrow::compute::take_record_batch;
use mashbill::Result;
use mashbill::pipeline::{RatioJob, Silent, all_hold, sweep_mix, verify};
use mashbill::score::{Combined, Ensemble};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

/// A row's text has 20 to 60 words; every seventh has too few to be kept, every fiftieth is a copy of another.
fn source(name: &str, rows: u64) -> RecordBatch {
    let number = |i: u64, salt: u64| i.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(salt as u32) >> 40;
    let text = |i: u64| {
        let of = if i % 50 == 49 { i - 1 } else { i };
        let words = if of % 7 == 6 { 5 } else { 20 + number(of, 3) % 41 };
        (0..words).map(|w| format!("{name}{of}x{w}")).collect::<Vec<_>>().join(" ")
    };
    // A probability; a grade from 0 to 5 of which every fifth is missing; the grade follows the other in part.
    let edu = (0..rows).map(|i| (i % 11 != 5).then(|| (number(i, 17) % 1_000) as f64 / 1_000.0));
    let grade = (0..rows).map(|i| (i % 5 != 2).then(|| ((number(i, 17) + number(i, 31)) % 2_000 / 400) as i64));
    batch(vec![
        ("id", string_array((0..rows).map(|i| format!("{name}-{i}")))),
        ("text", string_array((0..rows).map(text))),
        ("edu", Arc::new(edu.collect::<Float64Array>()) as ArrayRef),
        ("grade", Arc::new(grade.collect::<Int64Array>()) as ArrayRef),
    ])
}

fn inputs(dir: &Path) {
    write(&dir.join("web.parquet"), &source("web", 1_500), 200);
    write(&dir.join("llm.parquet"), &source("llm", 700), 90);
}

const RECIPE: &str = r#"
seed = 5
score = "edu"

[scores]
edu = { column = "edu" }
grade = { column = "grade" }

[[source]]
name = "web"
category = "organic"
paths = ["web*.parquet"]
steps = [{ threshold = { signal = "word_count", min = 10 } }, { threshold = { signal = "score", min = 0.01, undefined = "keep" } }]

[[source]]
name = "llm"
category = "synthetic"
paths = ["llm*.parquet"]
steps = [{ threshold = { signal = "word_count", min = 10 } }]

[dedup]
exact = true

[buckets]
count = 8
levels = { low = 0, high = 6 }

[mix]
tokens = 20_000
shares = { organic = 0.7, synthetic = 0.3 }
"#;

fn run(recipe: &str, dir: &Path, out: &str) -> mashbill::report::RunReport {
    let report = kit::run(recipe, dir, &dir.join(out)).unwrap().report;
    all_hold(&verify(&dir.join(out), &pool(2), &Silent).unwrap()).unwrap();
    report
}

/// What the ledger says of a row.
#[derive(Debug, Clone, PartialEq)]
struct Row {
    source: String,
    kept: bool,
    tokens: u64,
    bytes: u64,
    scores: Vec<Option<f64>>,
    bucket: Option<u64>,
    copies: u64,
}

fn ledger(out: &Path) -> BTreeMap<String, Row> {
    let all = read_dir(&out.join("ledger"));
    let (sources, verdicts, copies) = (words(&all, "source"), words(&all, "verdict"), numbers(&all, "copies"));
    let (tokens, bytes, buckets) = (numbers(&all, "tokens"), numbers(&all, "bytes"), numbers(&all, "bucket"));
    let scores = [reals(&all, "score_edu"), reals(&all, "score_grade")];
    let row = |(i, id): (usize, String)| {
        let row = Row {
            source: sources[i].clone(),
            kept: verdicts[i] == "kept",
            tokens: tokens[i].unwrap_or(0),
            bytes: bytes[i].unwrap(),
            scores: scores.iter().map(|score| score[i]).collect(),
            bucket: buckets[i],
            copies: copies[i].unwrap(),
        };
        (id, row)
    };
    words(&all, "id").into_iter().enumerate().map(row).collect()
}

/// Every way to weigh, to measure and to put together: the ledger's buckets are those of scores sorted here; and the same out of little
/// memory, from shuffled rows in other files, on other threads.
#[test]
fn buckets_are_those_of_a_sort() {
    let dir = tempfile::tempdir().unwrap();
    inputs(dir.path());
    let other = tempfile::tempdir().unwrap();
    for (name, rows) in [("web", 1_500_u64), ("llm", 700)] {
        let order = arrow::array::UInt64Array::from_iter_values((0..rows).map(|i| (i * 397 + 11) % rows));
        let shuffled = take_record_batch(&source(name, rows), &order).unwrap();
        write(&other.path().join(format!("{name}-0.parquet")), &shuffled.slice(0, 333), 50);
        write(&other.path().join(format!("{name}-1.parquet")), &shuffled.slice(333, rows as usize - 333), 1000);
    }
    for (number, (settings, per_source, ensemble, weight)) in [
        ("", true, Ensemble::Max, "tokens"),
        ("per = \"global\"\ncombine = \"mean\"\nweight = \"bytes\"", false, Ensemble::Mean, "bytes"),
        ("combine = \"rank\"\nweight = \"rows\"", true, Ensemble::Rank, "rows"),
        ("per = \"global\"\ncombine = \"rank\"", false, Ensemble::Rank, "tokens"),
        ("combine = \"min\"\nper = \"source\"", true, Ensemble::Min, "tokens"),
    ]
    .into_iter()
    .enumerate()
    {
        let recipe = replace(RECIPE, "count = 8\n", &format!("count = 8\n{settings}\n"));
        run(&recipe, dir.path(), &number.to_string());
        let rows = ledger(&dir.path().join(number.to_string()));
        let mut buckets = vec![0; 8];
        for source in ["web", "llm"] {
            let measured = rows.values().filter(|row| row.kept && (!per_source || row.source == source));
            let docs: Vec<(Vec<Option<f64>>, u64)> = measured
                .map(|row| {
                    let weight = match weight {
                        "tokens" => row.tokens,
                        "bytes" => row.bytes,
                        _ => 1,
                    };
                    (row.scores.clone(), weight)
                })
                .collect();
            let combined = Combined::exact(&docs, 8, ensemble).unwrap();
            for (id, row) in rows.iter().filter(|(_, row)| row.source == source) {
                assert_eq!(row.bucket, combined.of(&row.scores).map(u64::from), "{settings} {id} {row:?}");
                row.bucket.iter().for_each(|bucket| buckets[*bucket as usize] += 1);
            }
        }
        assert!(buckets.iter().all(|&rows| rows > 30), "{settings} {buckets:?}");
        let pool = pool(3);
        let out = other.path().join(number.to_string());
        job_with(&recipe, other.path(), &pool, Some(16 << 20)).unwrap().run(&out, &pool, &Silent).unwrap();
        assert_eq!(ledger(&out), rows, "{settings}");
        let data = |out: &Path| digests(&out.join("data"));
        assert_eq!(data(&out), data(&dir.path().join(number.to_string())), "{settings}");
    }
}

#[test]
fn the_report_has_levels_before_and_after() {
    let dir = tempfile::tempdir().unwrap();
    inputs(dir.path());
    let recipe = replace(RECIPE, "name = \"llm\"", "name = \"llm\"\nmin_level = \"high\"");
    let report = run(&recipe, dir.path(), "out");
    let rows = ledger(&dir.path().join("out"));
    let buckets = report.buckets.as_ref().unwrap();
    for (source, tallies) in &buckets.sources {
        for (bucket, tally) in tallies.iter().enumerate() {
            let bucket = (bucket < 8).then_some(bucket as u64);
            let of = rows.values().filter(|r| r.kept && r.source == *source && r.bucket == bucket);
            let sums =
                of.fold((0, 0, 0, 0), |s, r| (s.0 + 1, s.1 + r.tokens, s.2 + r.copies, s.3 + r.copies * r.tokens));
            assert_eq!((tally.kept.rows, tally.kept.tokens, tally.emitted.rows, tally.emitted.tokens), sums);
            assert!(source != "llm" || bucket >= Some(6) || sums.2 == 0);
        }
    }
    assert!(report.scores.is_some(), "the score by name is the score, too");
    let text = report.to_string();
    let table: Vec<&str> = text.lines().skip_while(|line| !line.starts_with("quality buckets")).take(8).collect();
    insta::assert_snapshot!(table.join("\n"), @r"
    quality buckets of edu, grade, before and after
      source  level  rows kept  tokens  mean edu  mean grade  rows emitted  tokens  mean edu  mean grade
      llm     low          307  11,979    0.3773      1.0673             0       0         -           -
      llm     high         270  10,916    0.6267      2.8776           149   6,000    0.6314      2.8841
      llm     none          11     411         -           -             0       0         -           -
      web     low          659  25,995    0.3847      1.0435           182   7,302    0.3679      1.0930
      web     high         562  22,667    0.6476      2.8622           165   6,541    0.6395      2.9048
      web     none          23     895         -           -             4     157         -           -
    ");
}

/// Epochs as stated, per bucket and exact in all; planned anew from the ledger they give what a run gives.
#[test]
fn buckets_are_repeated_as_stated() {
    let dir = tempfile::tempdir().unwrap();
    inputs(dir.path());
    run(RECIPE, dir.path(), "plain");
    let epochs = [0.0, 0.0, 0.0, 0.5, 1.0, 1.5, 3.0, 7.0];
    let stated = format!("name = \"web\"\nepochs_by_bucket = {epochs:?}");
    let recipe = replace(RECIPE, "name = \"web\"", &stated);
    let recipe = replace(&recipe, "tokens = 20_000", "tokens = \"max\"");
    let recipe = replace(&recipe, "organic = 0.7, synthetic = 0.3", "organic = 0.9, synthetic = 0.1");
    let report = run(&recipe, dir.path(), "run");
    let mix = report.mix.as_ref().unwrap();
    mix.share_table().iter().for_each(|row| assert_eq!(row.difference, 0, "{row:?}"));
    let tallies = &report.buckets.as_ref().unwrap().sources["web"];
    let most: f64 = tallies.iter().zip(epochs).map(|(t, e)| t.kept.tokens as f64 * e).sum();
    assert!(
        (report.books.sources["web"].emitted.tokens as f64 - most).abs() < 10.0,
        "all that may be had is asked for"
    );
    for (bucket, (tally, epochs)) in tallies.iter().zip(epochs).enumerate() {
        let miss = (tally.emitted.tokens as f64 - tally.kept.tokens as f64 * epochs).abs();
        assert!(miss < 10.0, "bucket {bucket}: {tally:?} at {epochs}");
    }
    // From the ledger of the plain run, with other buckets too.
    let ranked = replace(&recipe, "count = 8\n", "count = 8\ncombine = \"rank\"\nweight = \"rows\"\n");
    for (name, recipe) in [("same", recipe.clone()), ("ranked", ranked)] {
        let pool = pool(2);
        let (run, mix) = (dir.path().join(format!("run-{name}")), dir.path().join(format!("mix-{name}")));
        kit::run(&recipe, dir.path(), &run).unwrap();
        let job = job_with(&recipe, dir.path(), &pool, None).unwrap();
        job.run_from_ledger(&dir.path().join("plain"), &mix, &pool, &Silent).unwrap();
        assert_eq!(digests(&mix), digests(&run), "{name}");
        all_hold(&verify(&mix, &pool, &Silent).unwrap()).unwrap();
    }
    // A list of ids for a ratio.
    let pool = pool(2);
    let ratio = RatioJob { name: "one".into(), job: job_with(&recipe, dir.path(), &pool, None).unwrap() };
    let sweep = sweep_mix(&[ratio], &dir.path().join("plain"), &dir.path().join("lists"), &pool).unwrap();
    assert_eq!(sweep.mixes[0].plan.as_ref(), report.mix.as_ref());
    // Scores that the ledger has not are another scan.
    let job = job_with(&replace(&recipe, "column = \"grade\"", "column = \"edu\""), dir.path(), &pool, None).unwrap();
    let refused = job.run_from_ledger(&dir.path().join("plain"), &dir.path().join("no"), &pool, &Silent).unwrap_err();
    assert!(
        refused.to_string().contains("recipe.sources[0].scores.grade.column: was \"grade\", is \"edu\""),
        "{refused}"
    );
}

#[test]
fn changed_buckets_are_found() {
    let dir = tempfile::tempdir().unwrap();
    inputs(dir.path());
    for combine in ["max", "rank"] {
        let out = dir.path().join(combine);
        run(&replace(RECIPE, "count = 8\n", &format!("count = 8\ncombine = \"{combine}\"\n")), dir.path(), combine);
        let failed = |change: &dyn Fn(&mut serde_json::Value)| -> Vec<String> {
            let copy = dir.path().join("copy");
            copy_dir(&out, &copy);
            let path = copy.join("run.json");
            let mut json: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
            change(&mut json["buckets"]);
            fs::write(&path, json.to_string()).unwrap();
            let checks = verify(&copy, &pool(2), &Silent).unwrap();
            fs::remove_dir_all(&copy).unwrap();
            checks.into_iter().filter_map(|c| c.problem.filter(|_| c.what.starts_with("quality buckets"))).collect()
        };
        assert_eq!(failed(&|_| ()), [""; 0]);
        let thresholds = "/measured/0/buckets/scores/0";
        let wrong = failed(&|json| json.pointer_mut(thresholds).unwrap()[3] = json_of(0.999_5));
        assert!(wrong[0].contains("are in another bucket than") || wrong[0].contains("thresholds"), "{wrong:?}");
        // Between two scores that are neighbours: no row changes its bucket.
        let nudged = failed(&|json| {
            let threshold = &mut json.pointer_mut(thresholds).unwrap()[3];
            *threshold = json_of(threshold.as_f64().unwrap() - 1e-9);
        });
        assert_eq!(nudged, ["the thresholds of `web` are not those of its rows in the ledger"]);
        let sums = failed(&|json| json["sources"]["llm"][7]["kept"]["tokens"] = 1.into());
        assert!(sums[0].starts_with("run.json says"), "{sums:?}");
    }
}

fn json_of(number: f64) -> serde_json::Value {
    serde_json::Number::from_f64(number).unwrap().into()
}

/// Sources that have a score under other columns, under none, or no rows with one.
#[test]
fn missing_scores_have_an_outcome() -> Result<()> {
    let dir = tempfile::tempdir().unwrap();
    inputs(dir.path());
    let none =
        batch(vec![("id", string_array(["n-0", "n-1"])), ("text", string_array([kit::prose(1, 5), kit::prose(2, 5)]))]);
    write(&dir.path().join("none.parquet"), &none, 9);
    write(&dir.path().join("zero.parquet"), &source("zero", 0), 9);
    let more = "\n[[source]]\nname = \"none\"\ncategory = \"organic\"\npaths = [\"none.parquet\"]\n\
                scores = { edu = false, grade = false }\n\
                \n[[source]]\nname = \"zero\"\ncategory = \"organic\"\npaths = [\"zero.parquet\"]\n\
                scores = { edu = { signal = \"word_count\" }, grade = false }\n\n[dedup]\n";
    for per in ["source", "global"] {
        let recipe =
            replace(&replace(RECIPE, "\n[dedup]\n", more), "count = 8\n", &format!("count = 8\nper = \"{per}\"\n"));
        let report = run(&recipe, dir.path(), per);
        let buckets = report.buckets.unwrap();
        assert_eq!(buckets.sources["none"][8].kept.rows, 2);
        let rows = ledger(&dir.path().join(per));
        assert!(rows["n-0"].bucket.is_none() && rows["n-0"].scores == [None, None]);
        assert!(report.scores.unwrap().sources.keys().all(|source| source != "none"));
    }
    Ok(())
}
