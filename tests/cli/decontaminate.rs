//! `mashbill decontaminate`, and exit codes.

use super::{mashbill, path};
use crate::kit::{fixture, read, read_dir, words};
use std::fs;

#[test]
fn files_are_decontaminated_without_a_recipe() {
    let dir = tempfile::tempdir().unwrap();
    let (pages, benchmarks) =
        (fixture("decontaminate/contaminated.parquet"), fixture("decontaminate/benchmarks.parquet"));
    let out = path(dir.path(), "out");
    let said = mashbill(&["decontaminate", &pages, "--benchmarks", &benchmarks, "--out", &out]).ok();
    assert!(said.contains("benchmark items found, by rule `coverage` (action: drop;"), "{said}");
    mashbill(&["verify", &out]).ok();
    let hits = read(&dir.path().join("out/contamination.parquet"));
    let dirty = words(&hits, "id");
    let kept = words(&read_dir(&dir.path().join("out/data")), "id");
    assert!(kept.len() > 150 && !dirty.is_empty());
    // Again is done already, and a limit changes no byte of it.
    let limit = ["decontaminate", &pages, "--benchmarks", &benchmarks, "--out", &out, "--quiet", "--fail-above"];
    let refused = mashbill(&[&limit[..], &["0.1"]].concat()).failed(5);
    assert!(refused.contains("of the documents that were looked at hold a benchmark item: a share of 0."), "{refused}");
    mashbill(&[&limit[..], &["0.9"]].concat()).ok();
    let bad = mashbill(&[&limit[..], &["2"]].concat());
    assert_eq!(bad.code, Some(2));
    let json = mashbill(&["decontaminate", &pages, "--benchmarks", &benchmarks, "--out", &out, "--json"]).ok();
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["contamination"]["rule"], "coverage");
}

#[test]
fn an_allow_list_is_learned_and_used() {
    let dir = tempfile::tempdir().unwrap();
    let (pages, benchmarks) =
        (fixture("decontaminate/contaminated.parquet"), fixture("decontaminate/benchmarks.parquet"));
    let list = path(dir.path(), "allow.txt");
    let learn = [
        "decontaminate",
        &pages,
        "--benchmarks",
        &benchmarks,
        "--rule",
        "gpt3",
        "--learn",
        &list,
        "--min-documents",
        "1",
    ];
    let said = mashbill(&learn).ok();
    assert!(said.contains("n-grams that are no evidence"), "{said}");
    assert!(fs::read_to_string(&list).unwrap().starts_with("mashbill allow-list 1\n13\t"));
    let out = path(dir.path(), "out");
    let clean =
        ["decontaminate", &pages, "--benchmarks", &benchmarks, "--rule", "gpt3", "--allow-list", &list, "--out", &out];
    mashbill(&[&clean[..], &["--fail-above", "0.02"]].concat()).ok();
    // Anything that is no list is refused.
    let refused = mashbill(&[
        "decontaminate",
        &pages,
        "--benchmarks",
        &benchmarks,
        "--allow-list",
        &fixture("README.md"),
        "--out",
        &out,
    ]);
    assert!(refused.failed(2).contains("allow-list, line 1: must be `mashbill allow-list 1`"));
}

#[test]
fn every_rule_and_action_has_an_outcome_that_verifies() {
    let dir = tempfile::tempdir().unwrap();
    let (pages, benchmarks) =
        (fixture("decontaminate/contaminated.parquet"), fixture("decontaminate/benchmarks.parquet"));
    for rule in ["coverage", "phi4", "gpt3"] {
        for action in ["annotate", "remove"] {
            let out = path(dir.path(), &format!("{rule}-{action}"));
            let said = mashbill(&[
                "decontaminate",
                &pages,
                "--benchmarks",
                &benchmarks,
                "--rule",
                rule,
                "--action",
                action,
                "--out",
                &out,
            ])
            .ok();
            assert!(said.contains(&format!("by rule `{rule}` (action: {action};")), "{said}");
            mashbill(&["verify", &out]).ok();
        }
    }
    let out = path(dir.path(), "none");
    let refused = mashbill(&[
        "decontaminate",
        &pages,
        "--benchmarks",
        &benchmarks,
        "--rule",
        "gpt3",
        "--threshold",
        "0.5",
        "--out",
        &out,
    ]);
    assert_eq!(refused.failed(2), "error: rule gpt3: has no thresholds: any 13-gram decides\n");
}

#[test]
fn a_recipe_fails_above_its_limit_once_all_is_written() {
    let dir = tempfile::tempdir().unwrap();
    for (name, to) in [("contaminated", "pages"), ("benchmarks", "benchmarks")] {
        fs::copy(fixture(&format!("decontaminate/{name}.parquet")), dir.path().join(format!("{to}.parquet"))).unwrap();
    }
    let recipe = path(dir.path(), "recipe.toml");
    let text = "[[source]]\nname = \"web\"\ncategory = \"organic\"\npaths = [\"pages.parquet\"]\n\
                [decontaminate]\nbenchmarks = [\"benchmarks.parquet\"]\nfail_above = 0.001\n";
    fs::write(&recipe, text).unwrap();
    let out = path(dir.path(), "out");
    let refused = mashbill(&["run", &recipe, "--out", &out, "--quiet"]).failed(5);
    assert!(refused.contains("where at most 0.001 is allowed"), "{refused}");
    mashbill(&["verify", &out]).ok();
}
