//! `sweep` and `profile` as their users meet them: what they print, and how each wrong question is answered.

use super::{mashbill, path};
use crate::kit::{plain, prose, replace, write_docs};
use serde_json::Value;
use tempfile::TempDir;

const RECIPE: &str = r#"
[tokens]
counter = "bytes"
[[source]]
name = "web"
category = "organic"
paths = ["web.parquet"]
steps = [{ profile = "gopher" }, { newline_cap = {} }]
[[source]]
name = "made"
category = "synthetic"
paths = ["made.parquet"]
steps = [{ profile = "synthetic" }, { any_of = [{ code = {} }, { threshold = { signal = "word_count", min = 90 } }] }]
"#;

/// A recipe that was run with signals, and its folder.
struct Swept {
    dir: TempDir,
    recipe: String,
    out: String,
}

impl Swept {
    fn new() -> Swept {
        let dir = tempfile::tempdir().unwrap();
        let docs = |first: u64| -> Vec<(String, String)> {
            (first..first + 30).map(|i| (format!("d{i}"), prose(i, 1 + i as usize % 6))).collect()
        };
        write_docs(&dir.path().join("web.parquet"), &docs(0), 11);
        write_docs(&dir.path().join("made.parquet"), &docs(100), 11);
        std::fs::write(dir.path().join("recipe.toml"), RECIPE).unwrap();
        let (recipe, out) = (path(dir.path(), "recipe.toml"), path(dir.path(), "out"));
        mashbill(&["run", &recipe, "--out", &out, "--signals", "--quiet"]).ok();
        Swept { dir, recipe, out }
    }

    fn ask(&self, arguments: &[&str]) -> super::Ran {
        mashbill(&[&["sweep", &self.recipe, "--ledger", &self.out], arguments].concat())
    }

    fn refused(&self, arguments: &[&str]) -> String {
        plain(self.ask(arguments).failed(2).trim(), &[self.dir.path()])
    }
}

#[test]
fn a_sweep_is_a_table_or_json() {
    let swept = Swept::new();
    let rule = ["--source", "web", "--rule", "gopher_quality.min_words=20,80,off"];
    insta::assert_snapshot!(swept.ask(&rule).ok(), @"");
    let json: Value = serde_json::from_str(&swept.ask(&[&rule[..], &["--json"]].concat()).ok()).unwrap();
    let web = &json["sources"][0];
    assert_eq!((&web["source"], &web["judged"]["rows"]), (&Value::from("web"), &Value::from(30)));
    assert_eq!(web["alone"].as_array().unwrap().len(), 3);
    assert_eq!(web["alone"][2]["settings"][0]["value"], Value::Null);
    assert_eq!(web["rules"][13]["reference_reason"], "gopher_short_doc");
    assert_eq!(json["combinations_left_out"], Value::Null);
    let quiet = swept.ask(&["--quiet"]);
    assert_eq!((quiet.code, quiet.stdout.as_str(), quiet.stderr.as_str()), (Some(0), "", ""));
    // Nothing of the input is read: it may be gone by its content, if not by its name.
    std::fs::write(swept.dir.path().join("web.parquet"), "").unwrap();
    assert!(swept.ask(&rule).ok().contains("gopher_quality.min_words off"));
}

#[test]
fn wrong_questions_are_answered_with_the_right_ones() {
    let swept = Swept::new();
    let web = |rule: &str| swept.refused(&["--source", "web", "--rule", rule]);
    insta::assert_snapshot!(web("gopher_qualty.min_words=30"), @"");
    insta::assert_snapshot!(web("gopher_quality.min_wrods=30"), @"");
    insta::assert_snapshot!(web("newline_cap.max=1"), @"");
    insta::assert_snapshot!(web("gopher_quality.min_words=200000"), @"");
    insta::assert_snapshot!(swept.refused(&["--rule", "gopher_quality.min_words=30"]), @"");
    let any_of = "any_of.any_of(max_line_length and max_mean_line_length and min_alphanumeric_chars, min_word_count)=3";
    insta::assert_snapshot!(swept.refused(&["--source", "made", "--rule", any_of]), @"");
    insta::assert_snapshot!(swept.refused(&["--source", "wbe"]), @"");
    let twice = ["--source", "web", "--rule", "gopher_quality.min_words=30", "--rule", "gopher_quality.min_words=50"];
    insta::assert_snapshot!(swept.refused(&twice), @"");
    for rule in ["gopher_quality.min_words", "gopher_quality.min_words=", "gopher_quality.min_words=30,many"] {
        let said = mashbill(&["sweep", &swept.recipe, "--ledger", &swept.out, "--rule", rule]).failed(2);
        assert!(said.contains("gopher_quality.min_words=30,50,off") || said.contains("`many` is no number"), "{said}");
    }
}

#[test]
fn a_ledger_without_signals_or_of_another_recipe_is_refused() {
    let swept = Swept::new();
    let bare = path(swept.dir.path(), "bare");
    let ask = |recipe: &str, out: &str| {
        plain(mashbill(&["sweep", recipe, "--ledger", out]).failed(2).trim(), &[swept.dir.path()])
    };
    insta::assert_snapshot!(ask(&swept.recipe, &bare), @"");
    mashbill(&["run", &swept.recipe, "--out", &bare, "--quiet"]).ok();
    insta::assert_snapshot!(ask(&swept.recipe, &bare), @"");
    std::fs::write(&swept.recipe, replace(RECIPE, "newline_cap = {}", "newline_cap = { max = 3 }")).unwrap();
    let said = ask(&swept.recipe, &swept.out);
    let at = said.find(": was recorded").unwrap();
    insta::assert_snapshot!(said[at..].trim(), @"");
    let annotations = fixture_annotations(&swept);
    let said = mashbill(&["sweep", &swept.recipe, "--annotations", &annotations]).failed(2);
    insta::assert_snapshot!(plain(said.trim(), &[swept.dir.path()]), @"");
    let said =
        mashbill(&["sweep", &swept.recipe, "--annotations", &path(swept.dir.path(), "web.parquet"), "--source", "web"]);
    insta::assert_snapshot!(plain(said.failed(2).trim(), &[swept.dir.path()]), @"");
}

/// Annotations of `web` by its profile alone.
fn fixture_annotations(swept: &Swept) -> String {
    let out = path(swept.dir.path(), "notes");
    let file = path(swept.dir.path(), "web.parquet");
    let annotate = ["annotate", &file, "--profile", "gopher", "--out", &out, "--reference-reasons", "--quiet"];
    mashbill(&annotate).ok();
    path(swept.dir.path(), "notes/annotations.parquet")
}

#[test]
fn annotations_of_a_profile_are_swept_by_a_recipe_with_it() {
    let swept = Swept::new();
    let annotations = fixture_annotations(&swept);
    std::fs::write(&swept.recipe, replace(RECIPE, ", { newline_cap = {} }", "")).unwrap();
    let rule = ["--source", "web", "--rule", "gopher_quality.min_words=20"];
    let said = mashbill(&[&["sweep", &swept.recipe, "--annotations", &annotations], &rule[..]].concat()).ok();
    let row = |text: &str| text.lines().find(|l| l.contains("min_words = 20")).unwrap().to_owned();
    let mut cells: Vec<String> = row(&said).split_whitespace().map(str::to_owned).collect();
    assert_eq!(cells.pop().as_deref(), Some("-"), "no tokens are counted: {said}");
    let ledger = row(&swept_again(&swept).ask(&rule).ok());
    assert!(ledger.split_whitespace().zip(&cells).all(|(a, b)| a == b), "{ledger} {cells:?}");
    let columns = crate::kit::read(annotations.as_ref());
    let reasons = crate::kit::strings(&columns, "gopher_quality.reference_reason");
    assert!(reasons.iter().flatten().any(|reason| reason == "gopher_short_doc"), "{reasons:?}");
}

/// The same run again, since the recipe changed.
fn swept_again(swept: &Swept) -> Swept {
    let again = Swept::new();
    let recipe = std::fs::read_to_string(&swept.recipe).unwrap();
    std::fs::write(&again.recipe, recipe).unwrap();
    let out = path(again.dir.path(), "again");
    mashbill(&["run", &again.recipe, "--out", &out, "--signals", "--quiet"]).ok();
    Swept { out, ..again }
}

#[test]
fn profiles_are_listed_shown_and_compared() {
    insta::assert_snapshot!(mashbill(&["profile", "list"]).ok(), @"");
    insta::assert_snapshot!(mashbill(&["profile", "show", "c4"]).ok(), @"");
    insta::assert_snapshot!(mashbill(&["profile", "show", "c4", "--toml"]).ok(), @"");
    insta::assert_snapshot!(mashbill(&["profile", "diff", "c4", "fineweb"]).ok().lines().take(6).collect::<Vec<_>>().join("\n"), @"");
    assert_eq!(mashbill(&["profile", "diff", "gopher", "gopher"]).ok(), "gopher and gopher do the same\n");
    let swept = Swept::new();
    let web = format!("{}#web", swept.recipe);
    insta::assert_snapshot!(plain(mashbill(&["profile", "diff", "gopher", &web]).ok(), &[swept.dir.path()]), @"");
    let json: Value = serde_json::from_str(&mashbill(&["profile", "diff", "gopher", &web, "--json"]).ok()).unwrap();
    assert_eq!((&json[0]["a"], &json[0]["b"]["name"]), (&Value::Null, &Value::from("newline_cap.max")));
    let json: Value = serde_json::from_str(&mashbill(&["profile", "show", "gopher", "--json"]).ok()).unwrap();
    assert_eq!(json["steps"][1]["entries"][0]["reference_reason"], "gopher_short_doc");
    let list: Value = serde_json::from_str(&mashbill(&["profile", "list", "--json"]).ok()).unwrap();
    assert!(list.as_array().unwrap().iter().any(|p| p["profile"] == "fineweb"));

    let refused = |name: &str| plain(mashbill(&["profile", "show", name]).failed(2).trim(), &[swept.dir.path()]);
    insta::assert_snapshot!(refused("finewab"), @"");
    insta::assert_snapshot!(refused(&swept.recipe), @"");
    insta::assert_snapshot!(refused(&format!("{}#wbe", swept.recipe)), @"");
}
