//! Each command once for each of its ends: what it prints, where, and with which exit code.

use super::{mashbill, path};
use crate::kit::{fixture, plain, prose, replace, write_docs};
use serde_json::Value;
use std::path::Path;
use tempfile::TempDir;

/// Documents and a recipe that takes some of them.
fn small(recipe: &str) -> (TempDir, String) {
    let dir = tempfile::tempdir().unwrap();
    let docs: Vec<(String, String)> = (0..40).map(|i| (format!("d{i}"), prose(i, 6))).collect();
    write_docs(&dir.path().join("a.parquet"), &docs, 11);
    std::fs::write(dir.path().join("recipe.toml"), recipe).unwrap();
    let recipe = path(dir.path(), "recipe.toml");
    (dir, recipe)
}

const RECIPE: &str = r#"
[tokens]
counter = "bytes"
[[source]]
name = "a"
category = "organic"
paths = ["a.parquet"]
[mix]
tokens = 5_000
shares = { organic = 1.0 }
"#;

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|e| panic!("{e}: {text}"))
}

#[test]
fn help_and_version_are_no_failures() {
    let help = mashbill(&["--help"]).ok();
    for command in
        ["plan", "run", "mix", "verify", "handover", "annotate", "dedup", "sweep", "profile", "synth", "synth-report"]
    {
        assert!(help.contains(command), "{help}");
        let help = mashbill(&[command, "--help"]).ok();
        for option in ["--threads", "--memory", "--seed", "--json", "--quiet"] {
            assert!(help.contains(option), "{command}: {help}");
        }
    }
    assert_eq!(mashbill(&["--version"]).ok().trim(), concat!("mashbill ", env!("CARGO_PKG_VERSION")));
}

#[test]
fn run_plan_and_verify_end_with_zero_and_print_the_funnel() {
    let (dir, recipe) = small(RECIPE);
    let out = path(dir.path(), "out");
    let plan = mashbill(&["plan", &recipe]).ok();
    assert!(plan.contains("tokens to emit: 5,000"), "{plan}");
    let run = mashbill(&["run", &recipe, "--out", &out]).ok();
    assert!(run.contains("rows in = ") && run.contains("shares of emitted tokens"), "{run}");
    let report = std::fs::read_to_string(dir.path().join("out/report.txt")).unwrap();
    assert!(run.starts_with(&report), "what is printed is what report.txt says");
    assert!(mashbill(&["run", &recipe, "--out", &out]).ok().contains("nothing was done"));
    let verify = mashbill(&["verify", &out]).ok();
    assert!(verify.lines().count() > 5 && verify.lines().all(|l| l.starts_with("ok  ")), "{verify}");
}

#[test]
fn json_is_json_and_nothing_else() {
    let (dir, recipe) = small(RECIPE);
    let out = path(dir.path(), "out");
    let file = path(dir.path(), "a.parquet");
    let plan = json(&mashbill(&["plan", &recipe, "--json"]).ok());
    assert_eq!((&plan["tokens"], &plan["exhaustive"]), (&Value::from(5_000), &Value::from(true)));
    let run = json(&mashbill(&["run", &recipe, "--out", &out, "--json"]).ok());
    let written = std::fs::read_to_string(dir.path().join("out/run.json")).unwrap();
    assert_eq!(run, json(&written));
    assert_eq!(
        json(&mashbill(&["run", &recipe, "--out", &out, "--json"]).ok()),
        run,
        "also when nothing was left to do"
    );
    let verify = json(&mashbill(&["--json", "verify", &out]).ok());
    assert!(verify.as_array().unwrap().iter().all(|c| c["problem"].is_null() && c["what"].is_string()), "{verify}");
    let annotations = path(dir.path(), "annotations");
    let annotate = json(&mashbill(&["annotate", &file, "--profile", "gopher", "--out", &annotations, "--json"]).ok());
    assert_eq!(annotate["rows"], 40);
    assert!(Path::new(annotate["path"].as_str().unwrap()).exists());
    let dedup = json(&mashbill(&["dedup", &file, "--out", &path(dir.path(), "dedup"), "--json"]).ok());
    assert_eq!(dedup["output"]["rows"], 40);
}

#[test]
fn quiet_prints_nothing() {
    let (dir, recipe) = small(RECIPE);
    let (out, file) = (path(dir.path(), "out"), path(dir.path(), "a.parquet"));
    let (annotations, dedup) = (path(dir.path(), "annotations"), path(dir.path(), "dedup"));
    for arguments in [
        &["plan", &recipe, "--quiet"][..],
        &["run", &recipe, "--out", &out, "--quiet"],
        &["run", &recipe, "--out", &out, "-q"],
        &["verify", &out, "--quiet"],
        &["annotate", &file, "--profile", "c4", "--out", &annotations, "--quiet"],
        &["dedup", &file, "--out", &dedup, "--quiet"],
    ] {
        let ran = mashbill(arguments);
        assert_eq!((ran.code, ran.stdout.as_str(), ran.stderr.as_str()), (Some(0), "", ""), "{arguments:?}");
    }
}

#[test]
fn bad_arguments_recipes_and_inputs_end_with_two() {
    let (dir, recipe) = small(&replace(RECIPE, "[[source]]", "[[source]]\nsteps = [{ profile = \"finewab\" }]"));
    let out = path(dir.path(), "out");
    let said = mashbill(&["run", &recipe, "--out", &out]).failed(2);
    assert!(said.contains("recipe.toml:5:") && said.contains("did you mean `fineweb`?"), "{said}");
    assert!(!dir.path().join("out").exists());

    let file = fixture("bad/truncated.parquet");
    let said = mashbill(&["annotate", &file, "--profile", "c4", "--out", &out]).failed(2);
    insta::assert_snapshot!(plain(said.trim(), &[dir.path()]), @"error: REPO/fixtures/bad/truncated.parquet: is cut short (it does not end with PAR1): its writer or its transfer did not finish; fetch it again");
    let said = mashbill(&["annotate", &fixture("bad/sound.parquet"), "--profile", "gofer", "--out", &out]).failed(2);
    insta::assert_snapshot!(plain(said.trim(), &[dir.path()]), @"error: unknown profile `gofer` (did you mean `gopher`?); known: c4, c4-tfds, code, datamap, datatrove-0.10, datatrove-0.10-each, dclm, dolma-1.6, fineweb, fineweb-1, gopher, math, starcoder2, synthetic");
    let said = mashbill(&["dedup", &fixture("bad/null_text.parquet"), "--out", &out]).failed(2);
    assert!(said.contains("row group 1, row 13: column `text`: is null"), "{said}");
    assert!(!dir.path().join("out/data").exists());

    for arguments in [
        &["run"][..],
        &["run", "no-such.toml", "--out", &out],
        &["frobnicate"],
        &["verify", &path(dir.path(), "no-such")],
        &["dedup", "no-such.parquet", "--out", &out],
        &["dedup", &file, "--out", &out, "--bands", "9"],
        &["plan", &recipe, "--memory", "2 bushels"],
        &["plan", &recipe, "--threads", "0"],
    ] {
        let ran = mashbill(arguments);
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{arguments:?}: {}", ran.stderr);
        assert!(ran.stderr.contains("error"), "{arguments:?}: {}", ran.stderr);
    }
}

#[test]
fn what_cannot_be_had_ends_with_three() {
    let (dir, recipe) = small(&replace(RECIPE, "5_000", "5_000_000"));
    let out = path(dir.path(), "out");
    let said = mashbill(&["run", &recipe, "--out", &out]).failed(3);
    assert!(said.contains("organic") && said.contains("the largest budget"), "{said}");
    assert!(!dir.path().join("out/data").exists() && !dir.path().join("out/run.json").exists());
    // `plan` says it too, and still prints what it found.
    let plan = mashbill(&["plan", &recipe]);
    assert_eq!(plan.code, Some(3));
    assert!(plan.stdout.contains("unique tokens") && plan.stderr.contains("the largest budget"), "{}", plan.stderr);
    let plan = mashbill(&["plan", &recipe, "--json"]);
    assert_eq!(plan.code, Some(3));
    assert!(json(&plan.stdout)["infeasible"].is_string());
}

#[test]
fn books_that_do_not_balance_end_with_four() {
    let (dir, recipe) = small(RECIPE);
    let out = path(dir.path(), "out");
    mashbill(&["run", &recipe, "--out", &out, "--quiet"]).ok();
    let run = dir.path().join("out/run.json");
    let report = std::fs::read_to_string(&run).unwrap();
    std::fs::write(&run, replace(&report, "\"budget\": 5000", "\"budget\": 5001")).unwrap();
    let verify = mashbill(&["verify", &out]);
    assert_eq!(verify.code, Some(4));
    // The quotas from the books, and the plan from every row.
    assert_eq!(verify.stdout.lines().filter(|l| l.starts_with("FAIL")).count(), 2, "{}", verify.stdout);
    assert!(verify.stderr.starts_with("error: the books do not balance: the mix"), "{}", verify.stderr);
    let verify = mashbill(&["verify", &out, "--json"]);
    assert_eq!(verify.code, Some(4));
    assert_eq!(json(&verify.stdout).as_array().unwrap().iter().filter(|c| c["problem"].is_string()).count(), 2);
}

#[test]
fn another_recipe_or_a_foreign_folder_ends_with_two() {
    let (dir, recipe) = small(RECIPE);
    let out = path(dir.path(), "out");
    mashbill(&["run", &recipe, "--out", &out, "--quiet"]).ok();
    let said = mashbill(&["run", &recipe, "--out", &out, "--seed", "9"]).failed(2);
    insta::assert_snapshot!(plain(said.trim(), &[dir.path()]), @r#"
    error: DIR/out: belongs to a run with another recipe or other inputs:
      recipe.seed: was 0, is 9
    Choose another --out, undo the change, or delete the folder to begin anew.
    "#);
    let said = mashbill(&["dedup", &path(dir.path(), "a.parquet"), "--out", dir.path().to_str().unwrap()]).failed(2);
    insta::assert_snapshot!(plain(said.trim(), &[dir.path()]), @"error: DIR: holds files that no run made; choose an empty or new folder");
}

#[test]
fn options_that_change_no_byte_are_no_other_job() {
    let (dir, recipe) = small(RECIPE);
    let out = path(dir.path(), "out");
    mashbill(&["run", &recipe, "--out", &out, "--quiet", "--threads", "1"]).ok();
    let again = mashbill(&["run", &recipe, "--out", &out, "--threads", "3", "--memory", "64MiB"]).ok();
    assert!(again.contains("nothing was done"), "{again}");
}

/// Paths are the recipe's own folder's, or `--base`'s; the working folder decides nothing.
#[test]
fn a_base_folder_may_be_given() {
    let (dir, recipe) = small(RECIPE);
    let elsewhere = tempfile::tempdir().unwrap();
    let moved = elsewhere.path().join("moved.toml");
    std::fs::copy(&recipe, &moved).unwrap();
    let moved = moved.to_str().unwrap();
    let out = path(elsewhere.path(), "out");
    let said = mashbill(&["run", moved, "--out", &out]).failed(2);
    assert!(said.contains("no file `a.parquet`"), "{said}");
    mashbill(&["run", moved, "--out", &out, "--base", dir.path().to_str().unwrap(), "--quiet"]).ok();
    mashbill(&["run", &recipe, "--out", &path(elsewhere.path(), "other"), "--quiet"]).ok();
    assert_eq!(crate::kit::digests(Path::new(&out)), crate::kit::digests(&elsewhere.path().join("other")));
}
