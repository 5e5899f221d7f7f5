//! `mix` and `handover`: what they print and write, and with which exit code.

use super::{mashbill, path};
use crate::kit::{prose, replace, write_docs};
use serde_json::Value;
use tempfile::TempDir;

const RECIPE: &str = r#"
[tokens]
counter = "bytes"
[[source]]
name = "a"
category = "organic"
paths = ["a.parquet"]
[[source]]
name = "b"
category = "synthetic"
paths = ["b.parquet"]
max_epochs = 2.0
[mix]
tokens = 20_000
shares = { organic = 0.7, synthetic = 0.3 }
"#;

fn whole_run() -> (TempDir, String, String) {
    let dir = tempfile::tempdir().unwrap();
    for (name, from) in [("a", 0), ("b", 100)] {
        let docs: Vec<(String, String)> = (from..from + 60).map(|i| (format!("d{i}"), prose(i, 4))).collect();
        write_docs(&dir.path().join(format!("{name}.parquet")), &docs, 11);
    }
    std::fs::write(dir.path().join("recipe.toml"), RECIPE).unwrap();
    let (recipe, out) = (path(dir.path(), "recipe.toml"), path(dir.path(), "out"));
    mashbill(&["run", &recipe, "--out", &out, "--quiet"]).ok();
    (dir, recipe, out)
}

#[test]
fn mix_plans_and_emits_from_a_ledger() {
    let (dir, recipe, out) = whole_run();
    std::fs::write(&recipe, replace(RECIPE, "20_000", "15_000")).unwrap();
    let mixed = path(dir.path(), "mixed");
    let told = mashbill(&["mix", &recipe, "--ledger", &out, "--out", &mixed]).ok();
    assert!(told.contains("shares of emitted tokens") && !told.contains("time: scan"), "{told}");
    mashbill(&["verify", &mixed, "--quiet"]).ok();
    assert!(mashbill(&["mix", &recipe, "--ledger", &out, "--out", &mixed]).ok().contains("nothing was done"));
    let other = path(dir.path(), "other");
    std::fs::write(&recipe, replace(RECIPE, "20_000", "900_000")).unwrap();
    mashbill(&["mix", &recipe, "--ledger", &out, "--out", &other]).failed(3);
    std::fs::write(&recipe, replace(RECIPE, "\"bytes\"", "\"words\"")).unwrap();
    let refused = mashbill(&["mix", &recipe, "--ledger", &out, "--out", &other]).failed(2);
    assert!(refused.contains("recipe.tokens: was \"bytes\", is \"words\""), "{refused}");
}

#[test]
fn mix_sweeps_ratios_as_lists_and_as_data() {
    let (dir, recipe, out) = whole_run();
    let lists = path(dir.path(), "lists");
    let nine = "synthetic=0.1,0.2,0.3,0.4,0.5,0.6,0.7,0.8,0.9";
    let arguments = ["mix", &recipe, "--ledger", &out, "--out", &lists, "--sweep", nine];
    let told = mashbill(&arguments).ok();
    assert_eq!(
        told.lines().filter(|line| line.trim_start().starts_with("synthetic=")).count(),
        9 + told.matches("\nsynthetic=").count(),
        "{told}"
    );
    assert!(dir.path().join("lists/synthetic=0.3.parquet").is_file());
    let json: Value = serde_json::from_str(&mashbill(&[&arguments[..], &["--json"]].concat()).ok()).unwrap();
    assert_eq!(json["mixes"].as_array().unwrap().len(), 9);
    assert_eq!(json["mixes"][2]["plan"]["groups"][1]["asked"], 6_000);

    let data = path(dir.path(), "data");
    mashbill(&["mix", &recipe, "--ledger", &out, "--out", &data, "--sweep", "synthetic=0.2,0.3", "--data", "--quiet"])
        .ok();
    for ratio in ["synthetic=0.2", "synthetic=0.3"] {
        mashbill(&["verify", &path(&dir.path().join("data"), ratio), "--quiet"]).ok();
    }
    for (sweep, problem) in [("code=0.1", "`code` has no share in the recipe"), ("synthetic=2", "`2` is no share")] {
        let error = mashbill(&["mix", &recipe, "--ledger", &out, "--out", &lists, "--sweep", sweep]).failed(2);
        assert!(error.contains(problem), "{error}");
    }
}

#[test]
fn handover_writes_what_is_asked_for() {
    let (dir, _, out) = whole_run();
    let told = mashbill(&["handover", &out, "--for", "megatron,card"]).ok();
    assert_eq!(told.lines().count(), 3, "{told}");
    assert!(dir.path().join("out/README.md").is_file() && !dir.path().join("out/handover/hf.json").exists());
    assert_eq!(mashbill(&["handover", &out]).ok().lines().count(), 5);
    let error = mashbill(&["handover", &out, "--for", "mosaik"]).failed(2);
    assert!(error.contains("did you mean `mosaic`?"), "{error}");
    mashbill(&["verify", &out, "--quiet"]).ok();
}
