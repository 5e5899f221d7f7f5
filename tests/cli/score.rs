//! `score train`, `apply` and `show`: the same model on any number of threads, labels of both kinds, and what is refused.

use super::{mashbill, path};
use crate::kit::{batch, plain, prose, read, reals, string_array, write, write_docs};
use arrow::array::{ArrayRef, BooleanArray, Float64Array};
use serde_json::Value;
use std::path::Path;
use std::sync::Arc;

/// A page of a shop: menus and prices.
fn shop(seed: u64) -> String {
    let menu = ["Home", "Cart", "Log in", "Sale", "Contact"];
    (0..12).map(|i| format!("{} {} for {} $\n", menu[(seed as usize + i) % 5], prose(seed, 1), seed % 90 + 1)).collect()
}

/// 150 good texts and 150 bad ones, in one file each, in row groups of 40; and both in one file with labels, the good first.
fn labelled(dir: &Path) {
    let good: Vec<(String, String)> = (0..150).map(|i| (format!("g{i}"), prose(i, 8))).collect();
    let bad: Vec<(String, String)> = (0..150).map(|i| (format!("b{i}"), shop(i))).collect();
    write_docs(&dir.join("good.parquet"), &good, 40);
    write_docs(&dir.join("bad.parquet"), &bad, 40);
    let all: Vec<&(String, String)> = good.iter().chain(&bad).collect();
    let grades: Vec<Option<f64>> =
        (0..300).map(|i| if i == 7 { None } else { Some(if i < 150 { 4.0 } else { 1.0 }) }).collect();
    let flags: Vec<bool> = (0..300).map(|i| i < 150).collect();
    let columns = vec![
        ("id", string_array(all.iter().map(|d| &d.0))),
        ("text", string_array(all.iter().map(|d| &d.1))),
        ("grade", Arc::new(Float64Array::from(grades)) as ArrayRef),
        ("good", Arc::new(BooleanArray::from(flags)) as ArrayRef),
        ("same", Arc::new(Float64Array::from(vec![1.0; 300])) as ArrayRef),
    ];
    write(&dir.join("all.parquet"), &batch(columns), 64);
}

fn scores(dir: &Path, model: &str, file: &str) -> Vec<f64> {
    let out = path(dir, "scores");
    mashbill(&["score", "apply", model, &path(dir, file), "--out", &out, "--quiet"]).ok();
    let found = read(&dir.join("scores/scores.parquet"));
    assert_eq!(found.num_rows(), 150 * if file == "all.parquet" { 2 } else { 1 });
    reals(&found, "score").into_iter().map(Option::unwrap).collect()
}

fn report(model: &str) -> Value {
    serde_json::from_str(&mashbill(&["score", "show", model, "--json"]).ok()).unwrap()
}

#[test]
fn a_model_has_the_same_bytes_on_any_number_of_threads_and_tells_good_from_bad() {
    let dir = tempfile::tempdir().unwrap();
    labelled(dir.path());
    let (good, bad) = (path(dir.path(), "good.parquet"), path(dir.path(), "bad.parquet"));
    let train = |name: &str, more: &[&str]| {
        let out = path(dir.path(), name);
        let args = ["score", "train", "--positive", &good, "--negative", &bad, "--out", &out];
        let printed = mashbill(&[&args[..], more].concat()).ok();
        (std::fs::read(&out).unwrap(), printed)
    };
    let (one, printed) = train("one.model", &["--threads", "1"]);
    for (threads, memory) in [("2", "64MiB"), ("3", "8MiB"), ("8", "2GiB")] {
        assert_eq!(train("other.model", &["--threads", threads, "--memory", memory]).0, one, "{threads} threads");
    }
    assert_ne!(train("seed.model", &["--seed", "1"]).0, one);
    assert!(printed.contains("area under the ROC curve") && printed.contains("for it: "), "{printed}");
    let model = path(dir.path(), "one.model");
    let report = report(&model);
    let quality = &report["report"]["quality"];
    assert!(quality["auc"].as_f64().unwrap() > 0.99, "{quality}");
    let (rows, trained) = (report["report"]["rows"].as_u64().unwrap(), report["report"]["trained"].as_u64().unwrap());
    assert_eq!((rows, rows - trained), (300, quality["held_out"].as_u64().unwrap()));
    assert!((10..60).contains(&(rows - trained)), "about a tenth: {}", rows - trained);
    let (good, bad) = (scores(dir.path(), &model, "good.parquet"), scores(dir.path(), &model, "bad.parquet"));
    assert!(good.iter().all(|s| *s > 0.5) && bad.iter().all(|s| *s < 0.5), "{good:?} {bad:?}");
}

#[test]
fn labels_may_be_grades_classes_or_grades_made_classes() {
    let dir = tempfile::tempdir().unwrap();
    labelled(dir.path());
    let all = path(dir.path(), "all.parquet");
    let train = |more: &[&str]| {
        let model = path(dir.path(), "m.model");
        mashbill(&[&["score", "train", &all, "--out", &model, "--quiet"][..], more].concat()).ok();
        (report(&model)["report"].clone(), scores(dir.path(), &model, "all.parquet"))
    };
    let (grades, scored) = train(&["--label", "grade", "--epochs", "10"]);
    // One row has no grade.
    assert_eq!((grades["loss"].as_str(), grades["rows"].as_u64()), (Some("numbers"), Some(299)));
    assert!(grades["quality"]["explained"].as_f64().unwrap() > 0.9, "{grades}");
    assert!(scored[..150].iter().all(|s| (s - 4.0).abs() < 1.5) && scored[150..].iter().all(|s| (s - 1.0).abs() < 1.5));
    let (flags, _) = train(&["--label", "good", "--signals", "word_count,digit_char_ratio"]);
    assert_eq!((flags["loss"].as_str(), flags["quality"]["auc"].as_f64()), (Some("classes"), Some(1.0)));
    let (made, scored) = train(&["--label", "grade", "--at-least", "3"]);
    assert_eq!(made["loss"].as_str(), Some("classes"));
    assert!(scored[..150].iter().all(|s| *s > 0.5) && scored[150..].iter().all(|s| *s < 0.5));
}

#[test]
fn a_recipe_scores_by_a_model_and_knows_it_by_its_bytes() {
    let dir = tempfile::tempdir().unwrap();
    labelled(dir.path());
    let (good, bad) = (path(dir.path(), "good.parquet"), path(dir.path(), "bad.parquet"));
    let model = path(dir.path(), "q.model");
    let train = |seed: &str| {
        let args =
            ["score", "train", "--positive", &good, "--negative", &bad, "--out", &model, "--quiet", "--seed", seed];
        mashbill(&args).ok();
    };
    train("0");
    let recipe = path(dir.path(), "recipe.toml");
    let text = "[[source]]\nname = \"all\"\ncategory = \"organic\"\npaths = [\"all.parquet\"]\nscore = { model = \"q.model\" }\n\
                steps = [{ threshold = { signal = \"score\", min = 0.5 } }]\n";
    std::fs::write(&recipe, text).unwrap();
    let out = path(dir.path(), "out");
    let run: Value = serde_json::from_str(&mashbill(&["run", &recipe, "--out", &out, "--json"]).ok()).unwrap();
    assert_eq!(run["output"]["rows"].as_u64(), Some(150));
    let ledger = read(&dir.path().join("out/ledger/all/all.parquet"));
    assert_eq!(
        reals(&ledger, "score").into_iter().flatten().collect::<Vec<_>>(),
        scores(dir.path(), &model, "all.parquet")
    );
    mashbill(&["verify", &out]).ok();
    train("1");
    let refused = mashbill(&["run", &recipe, "--out", &out]).failed(2);
    assert!(refused.contains("recipe.sources[0].score.xxh3_128: was "), "{refused}");
}

#[test]
fn what_cannot_be_trained_or_applied_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    labelled(dir.path());
    let (all, out) = (path(dir.path(), "all.parquet"), path(dir.path(), "m.model"));
    let fails = |args: &[&str]| plain(mashbill(args).failed(2), &[dir.path()]);
    let train = |more: &[&str]| fails(&[&["score", "train", &all, "--out", &out][..], more].concat());
    insta::assert_snapshot!(train(&["--label", "same"]), @"error: training: all 300 labels are 1: a model needs two kinds of documents to tell apart");
    insta::assert_snapshot!(train(&["--label", "text"]), @"error: DIR/all.parquet: column `text`: has type Utf8View, where a number is needed");
    insta::assert_snapshot!(train(&["--label", "grades"]), @"error: DIR/all.parquet: column `grades`: is missing (did you mean `grade`?); there are: id, text, grade, good, same");
    insta::assert_snapshot!(train(&["--label", "good", "--hold-out", "1.5"]), @"error: --hold-out: must lie between 0 and 0.9");
    let unknown = train(&["--label", "good", "--signals", "word_cout"]);
    insta::assert_snapshot!(unknown.split("; known").next().unwrap_or_default(), @"error: unknown signal `word_cout` (did you mean `word_count`?)");
    insta::assert_snapshot!(fails(&["score", "apply", &all, &all, "--out", &path(dir.path(), "x")]), @"error: DIR/all.parquet: is no model of `mashbill score train`");
    assert!(!Path::new(&out).exists());
}
