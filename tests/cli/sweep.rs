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
steps = [{ profile = "c4" }, { gopher_quality = {} }, { newline_cap = {} }]
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
    let rule = ["--source", "web", "--rule", "c4.min_sentences=3,off", "--rule", "gopher_quality.min_words=20"];
    insta::assert_snapshot!(swept.ask(&rule).ok(), @r"
    kept by the filters, one rule changed at a time; duplicates are not taken off
      source  bound                          rows  of judged  difference  bytes  tokens
      web     as in the recipe                 10     33.3 %           0  5,031   5,031
      web     c4.min_sentences = 3             20     66.7 %         +10  8,223   8,223
      web     c4.min_sentences = off           20     66.7 %         +10  8,223   8,223
      web     gopher_quality.min_words = 20    10     33.3 %           0  5,031   5,031

    kept with all of them changed
      source  c4.min_sentences  gopher_quality.min_words  rows  of judged  difference  bytes  tokens
      web                    3                        20    20     66.7 %         +10  8,223   8,223
      web                  off                        20    25     83.3 %         +15  9,127   9,127

    removed by each rule, as the recipe is: at all; as the first that fails; as the only one
      source  rule                      keeps                rows failing  first  only  bytes only  tokens only
      web     c4.min_sentences          sentence_count >= 5            20     20    10       3,192        3,192
      web     gopher_quality.min_words  word_count >= 50               10      0     0           0            0
      web     11 others                                                 0      0     0

    rules that fail together
      source  rule              and                       rows  these two only
      web     c4.min_sentences  gopher_quality.min_words    10              10
    ");
    let json: Value = serde_json::from_str(&swept.ask(&[&rule[..], &["--json"]].concat()).ok()).unwrap();
    let web = &json["sources"][0];
    assert_eq!((&web["source"], &web["judged"]["rows"]), (&Value::from("web"), &Value::from(30)));
    assert_eq!(web["alone"].as_array().unwrap().len(), 3);
    assert_eq!(web["alone"][1]["settings"][0]["value"], Value::Null);
    assert_eq!(web["rules"][3]["reference_reason"], "gopher_short_doc");
    assert_eq!(json["combinations_left_out"], Value::Null);
    let quiet = swept.ask(&["--quiet"]);
    assert_eq!((quiet.code, quiet.stdout.as_str(), quiet.stderr.as_str()), (Some(0), "", ""));
    // Nothing of the input is read: it may be gone by its content, if not by its name.
    std::fs::write(swept.dir.path().join("web.parquet"), "").unwrap();
    assert!(swept.ask(&rule).ok().contains("c4.min_sentences = off"));
}

#[test]
fn wrong_questions_are_answered_with_the_right_ones() {
    let swept = Swept::new();
    let web = |rule: &str| swept.refused(&["--source", "web", "--rule", rule]);
    insta::assert_snapshot!(web("gopher_qualty.min_words=30"), @"error: unknown step `gopher_qualty` (did you mean `gopher_quality`?); known: c4, c4_lines, gopher_quality, newline_cap");
    insta::assert_snapshot!(web("gopher_quality.min_wrods=30"), @"error: unknown rule `min_wrods` (did you mean `min_words`?); known: min_words, max_words, min_mean_word_length, max_mean_word_length, max_hash_ratio, max_ellipsis_ratio, max_bullet_lines, max_ellipsis_lines, min_alpha_words, min_stop_words");
    insta::assert_snapshot!(web("c4_lines.policy=1"), @"error: --rule c4_lines.policy: `c4_lines` rewrites the text, and later steps measure what it leaves: change it in the recipe and run again");
    insta::assert_snapshot!(web("gopher_quality.min_words=200000"), @"error: --rule gopher_quality.min_words=200000: no document could pass `word_count >= 200000` and `word_count <= 100000` of `gopher_quality.max_words`");
    insta::assert_snapshot!(swept.refused(&["--rule", "gopher_quality.min_words=30"]), @"error: --rule gopher_quality.min_words: source `made` has no such rule; name those that have it: --source web");
    let any_of = "any_of.any_of(max_line_length and max_mean_line_length and min_alphanumeric_chars, min_word_count)=3";
    insta::assert_snapshot!(swept.refused(&["--source", "made", "--rule", any_of]), @"error: --rule any_of.any_of(max_line_length and max_mean_line_length and min_alphanumeric_chars, min_word_count)=3: is decided by more than one number, so it has no bound to change; it may be =off");
    insta::assert_snapshot!(swept.refused(&["--source", "wbe"]), @"error: unknown source `wbe` (did you mean `web`?); known: web, made");
    let twice = ["--source", "web", "--rule", "gopher_quality.min_words=30", "--rule", "gopher_quality.min_words=50"];
    insta::assert_snapshot!(swept.refused(&twice), @"error: --rule gopher_quality.min_words: is named twice; put its values into one list");
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
    insta::assert_snapshot!(ask(&swept.recipe, &bare), @"error: DIR/bare: holds no whole run (no run.json)");
    mashbill(&["run", &swept.recipe, "--out", &bare, "--quiet"]).ok();
    insta::assert_snapshot!(ask(&swept.recipe, &bare), @"error: DIR/bare: recorded no signals; say `signals = true` under [ledger], or give `run` --signals, and run into a new folder");
    std::fs::write(&swept.recipe, replace(RECIPE, "newline_cap = {}", "newline_cap = { max = 3 }")).unwrap();
    let said = ask(&swept.recipe, &swept.out);
    let at = said.find(": was recorded").unwrap();
    insta::assert_snapshot!(said[at..].trim(), @": was recorded by other steps than source `web` has: `newline_cap` has other settings. Values hold for the steps that saw them: sweep with the recipe they were recorded with, or record them anew");
    let annotations = fixture_annotations(&swept);
    let said = mashbill(&["sweep", &swept.recipe, "--annotations", &annotations]).failed(2);
    insta::assert_snapshot!(plain(said.trim(), &[swept.dir.path()]), @"error: DIR/notes/annotations.parquet: annotations are of one source, but `web` and `made` are to be swept: name one with --source");
    let said =
        mashbill(&["sweep", &swept.recipe, "--annotations", &path(swept.dir.path(), "web.parquet"), "--source", "web"]);
    insta::assert_snapshot!(plain(said.failed(2).trim(), &[swept.dir.path()]), @"error: DIR/web.parquet: names no steps in its footer: neither a signals file of a run nor annotations");
}

/// Annotations of `web` by its profile alone.
fn fixture_annotations(swept: &Swept) -> String {
    let out = path(swept.dir.path(), "notes");
    let file = path(swept.dir.path(), "web.parquet");
    let annotate = ["annotate", &file, "--profile", "c4", "--out", &out, "--reference-reasons", "--quiet"];
    mashbill(&annotate).ok();
    path(swept.dir.path(), "notes/annotations.parquet")
}

#[test]
fn annotations_of_a_profile_are_swept_by_a_recipe_with_it() {
    let swept = Swept::new();
    let annotations = fixture_annotations(&swept);
    std::fs::write(&swept.recipe, replace(RECIPE, ", { gopher_quality = {} }, { newline_cap = {} }", "")).unwrap();
    let rule = ["--source", "web", "--rule", "c4.min_sentences=3"];
    let said = mashbill(&[&["sweep", &swept.recipe, "--annotations", &annotations], &rule[..]].concat()).ok();
    let row = |text: &str| text.lines().find(|l| l.contains("min_sentences = 3")).unwrap().to_owned();
    let mut cells: Vec<String> = row(&said).split_whitespace().map(str::to_owned).collect();
    assert_eq!(cells.pop().as_deref(), Some("-"), "no tokens are counted: {said}");
    let ledger = row(&swept_again(&swept).ask(&rule).ok());
    assert!(ledger.split_whitespace().zip(&cells).all(|(a, b)| a == b), "{ledger} {cells:?}");
    let columns = crate::kit::read(annotations.as_ref());
    let reasons = crate::kit::strings(&columns, "c4.reference_reason");
    assert!(reasons.iter().flatten().any(|reason| reason == "too_few_sentences"), "{reasons:?}");
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
    let list = mashbill(&["profile", "list"]).ok();
    let row = |name: &str| list.lines().find(|line| line.starts_with(&format!("{name} "))).unwrap();
    assert!(row("fineweb").ends_with("  gopher_repetition, gopher_quality, c4_lines, c4, fineweb"), "{list}");
    insta::assert_snapshot!(mashbill(&["profile", "show", "c4"]).ok(), @r"
    c4_lines (rewrites)
      min_words_per_line    3
      terminal_punctuation  true
      max_word_chars        1000
      javascript            true
      policy                true
      remove_citations      true

    c4 (filters)
      max_lorem_ipsum     lorem_ipsum_count <= 0    datatrove: lorem_ipsum        C4 (Raffel et al. 2020), section 2.2
      max_curly_brackets  curly_bracket_count <= 0  datatrove: curly_bracket      C4 (Raffel et al. 2020), section 2.2
      min_sentences       sentence_count >= 5       datatrove: too_few_sentences  C4 (Raffel et al. 2020), section 2.2
    ");
    insta::assert_snapshot!(mashbill(&["profile", "show", "c4", "--toml"]).ok(), @r"
    # The profile `c4`, step by step: paste it at the end of a [[source]].

    [[source.steps]]
    [source.steps.c4_lines]
    min_words_per_line = 3
    terminal_punctuation = true
    max_word_chars = 1000
    javascript = true
    policy = true
    remove_citations = true

    [[source.steps]]
    [source.steps.c4]
    max_lorem_ipsum = 0     # lorem_ipsum_count <= 0; datatrove: lorem_ipsum; C4 (Raffel et al. 2020), section 2.2
    max_curly_brackets = 0  # curly_bracket_count <= 0; datatrove: curly_bracket; C4 (Raffel et al. 2020), section 2.2
    min_sentences = 5       # sentence_count >= 5; datatrove: too_few_sentences; C4 (Raffel et al. 2020), section 2.2
    ");
    insta::assert_snapshot!(mashbill(&["profile", "diff", "c4", "fineweb"]).ok().lines().take(6).collect::<Vec<_>>().join("\n"), @r"
    --- c4
    +++ fineweb
    - c4_lines.terminal_punctuation: true
    + c4_lines.terminal_punctuation: false
    + gopher_repetition.max_duplicate_lines: duplicate_line_ratio <= 0.3
    + gopher_repetition.max_duplicate_paragraphs: duplicate_paragraph_ratio <= 0.3
    ");
    assert_eq!(mashbill(&["profile", "diff", "gopher", "gopher"]).ok(), "gopher and gopher do the same\n");
    let swept = Swept::new();
    let web = format!("{}#web", swept.recipe);
    insta::assert_snapshot!(plain(mashbill(&["profile", "diff", "c4", &web]).ok(), &[swept.dir.path()]), @r"
    --- c4
    +++ DIR/recipe.toml#web
    + gopher_quality.min_words: word_count >= 50
    + gopher_quality.max_words: word_count <= 100000
    + gopher_quality.min_mean_word_length: mean_word_length >= 3
    + gopher_quality.max_mean_word_length: mean_word_length <= 10
    + gopher_quality.max_hash_ratio: hash_to_word_ratio <= 0.1
    + gopher_quality.max_ellipsis_ratio: ellipsis_to_word_ratio <= 0.1
    + gopher_quality.max_bullet_lines: bullet_line_ratio <= 0.9
    + gopher_quality.max_ellipsis_lines: ellipsis_line_ratio <= 0.3
    + gopher_quality.min_alpha_words: alpha_word_ratio >= 0.8
    + gopher_quality.min_stop_words: stop_word_count >= 2
    + newline_cap.max: 2
    ");
    let json: Value = serde_json::from_str(&mashbill(&["profile", "diff", "c4", &web, "--json"]).ok()).unwrap();
    assert_eq!((&json[10]["a"], &json[10]["b"]["name"]), (&Value::Null, &Value::from("newline_cap.max")));
    let json: Value = serde_json::from_str(&mashbill(&["profile", "show", "gopher", "--json"]).ok()).unwrap();
    assert_eq!(json["steps"][1]["entries"][0]["reference_reason"], "gopher_short_doc");
    let list: Value = serde_json::from_str(&mashbill(&["profile", "list", "--json"]).ok()).unwrap();
    assert!(list.as_array().unwrap().iter().any(|p| p["profile"] == "fineweb"));

    let refused = |name: &str| plain(mashbill(&["profile", "show", name]).failed(2).trim(), &[swept.dir.path()]);
    assert!(refused("finewab").contains("unknown profile `finewab` (did you mean `fineweb`?)"));
    insta::assert_snapshot!(refused(&swept.recipe), @"error: DIR/recipe.toml: has several sources; name one, as in DIR/recipe.toml#web");
    insta::assert_snapshot!(refused(&format!("{}#wbe", swept.recipe)), @"error: unknown source `wbe` (did you mean `web`?); known: web, made");
}
