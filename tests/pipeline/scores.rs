//! Quality scores of a run: where they come from, what they decide, and what the report says of them.

use crate::kit::{
    self, batch, digests, plain, pool, prose, read_dir, reals, recipes, replace, run, string_array, strings, words,
    write,
};
use arrow::array::{ArrayRef, Float32Array, Int64Array};
use mashbill::pipeline::{Silent, all_hold, verify};
use mashbill::recipe::Chain;
use mashbill::signal::signal;
use mashbill::text::Analyzer;
use mashbill::{Document, Facts};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// `web` with a score of real numbers, `books` with whole ones; two texts stand in both, one twice in `web`.
fn two_sources(dir: &Path) {
    let texts = [prose(1, 30), prose(2, 30), prose(3, 30), prose(1, 30), "Too short.".to_owned(), prose(5, 30)];
    let edu = Float32Array::from(vec![Some(1.5), Some(2.5), None, Some(3.5), Some(0.5), Some(f32::NAN)]);
    let ids = ["a", "b", "c", "d", "e", "f"];
    let web =
        batch(vec![("id", string_array(ids)), ("text", string_array(&texts)), ("edu", Arc::new(edu) as ArrayRef)]);
    write(&dir.join("web.parquet"), &web, 2);
    let grade = Arc::new(Int64Array::from(vec![Some(3), Some(4)])) as ArrayRef;
    let texts = [prose(2, 30), prose(7, 30)];
    let books = batch(vec![("id", string_array(["g", "h"])), ("text", string_array(texts)), ("grade", grade)]);
    write(&dir.join("books.parquet"), &books, 2);
}

const RECIPE: &str = r#"
score = { column = "edu" }

[[source]]
name = "web"
category = "organic"
paths = ["web.parquet"]
steps = [{ threshold = { signal = "word_count", min = 50 } }]

[[source]]
name = "books"
category = "organic"
paths = ["books.parquet"]
score = { column = "grade" }

[dedup]
keep = ["score"]
"#;

/// Runs and verifies; the ledger's value of a column for each id.
fn ledger<T>(
    recipe: &str,
    dir: &Path,
    out: &Path,
    column: impl Fn(&arrow::array::RecordBatch) -> Vec<T>,
) -> BTreeMap<String, T> {
    run(recipe, dir, out).unwrap();
    all_hold(&verify(out, &pool(1), &Silent).unwrap()).unwrap();
    let batches = kit::files(&out.join("ledger")).into_iter().map(|file| kit::read(&file));
    batches.flat_map(|batch| words(&batch, "id").into_iter().zip(column(&batch)).collect::<Vec<_>>()).collect()
}

#[test]
fn a_column_is_the_score_and_says_which_duplicate_stays() {
    let dir = tempfile::tempdir().unwrap();
    two_sources(dir.path());
    let out = dir.path().join("out");
    let scores = ledger(RECIPE, dir.path(), &out, |batch| reals(batch, "score"));
    let expected = [
        ("a", Some(1.5)),
        ("b", Some(2.5)),
        ("c", None),
        ("d", Some(3.5)),
        ("e", Some(0.5)),
        ("f", None),
        ("g", Some(3.0)),
        ("h", Some(4.0)),
    ];
    assert_eq!(scores, expected.map(|(id, score)| (id.to_owned(), score)).into());
    let mut kept = words(&read_dir(&out.join("data")), "id");
    kept.sort();
    assert_eq!(kept, ["c", "d", "f", "g", "h"]);
    // Without the score, the first source and the lower id would have stayed.
    let other = dir.path().join("other");
    run(&replace(RECIPE, "[\"score\"]", "[\"source\", \"id\"]"), dir.path(), &other).unwrap();
    let mut kept = words(&read_dir(&other.join("data")), "id");
    kept.sort();
    assert_eq!(kept, ["a", "b", "c", "f", "h"]);
}

#[test]
fn the_report_has_the_means_before_and_after() {
    let dir = tempfile::tempdir().unwrap();
    two_sources(dir.path());
    let outcome = run(RECIPE, dir.path(), &dir.path().join("out")).unwrap();
    let scores = outcome.report.scores.clone().unwrap();
    let means = |source: &str| {
        let of = scores.sources[source];
        [of.input, of.kept, of.emitted].map(|tally| (tally.rows, tally.mean()))
    };
    // In: a, b, d and e; kept: d, since a is its copy, b a copy of g, and e too short.
    assert_eq!(means("web"), [(4, Some(2.0)), (1, Some(3.5)), (1, Some(3.5))]);
    assert_eq!(means("books"), [(2, Some(3.5)); 3]);
    let text = outcome.report.to_string();
    let table: Vec<&str> = text.lines().skip_while(|line| !line.starts_with("quality score")).take(4).collect();
    insta::assert_snapshot!(table.join("\n"), @r"
    quality score by row, before and after
      source  rows in    mean  kept    mean  emitted    mean
      books         2  3.5000     2  3.5000        2  3.5000
      web           4  2.0000     1  3.5000        1  3.5000
    ");
}

#[test]
fn thresholds_ask_for_the_score() {
    let dir = tempfile::tempdir().unwrap();
    two_sources(dir.path());
    let asks = "steps = [{ threshold = { signal = \"word_count\", min = 50 } }";
    for (more, dropped) in [
        ("{ threshold = { signal = \"score\", min = 2.0 } }", vec!["a", "c", "e", "f"]),
        ("{ threshold = { signal = \"score\", min = 2.0, undefined = \"keep\" } }", vec!["a", "e"]),
        ("{ any_of = [{ not = { threshold = { signal = \"score\", min = 3.0 } } }] }", vec!["d", "e"]),
    ] {
        let recipe = replace(RECIPE, asks, &format!("{asks}, {more}"));
        let recipe = replace(&recipe, "keep = [\"score\"]", "exact = false");
        let out = tempfile::tempdir().unwrap();
        let verdicts = ledger(&recipe, dir.path(), out.path(), |batch| strings(batch, "rule"));
        let found: Vec<&str> = verdicts.iter().filter(|(_, rule)| rule.is_some()).map(|(id, _)| id.as_str()).collect();
        assert_eq!(found, dropped, "{more}");
    }
}

/// The score is of the text that is emitted, also for a row that a rule dropped on the way, and whether or not signals are
/// written down.
#[test]
fn a_signal_scores_the_text_as_the_steps_leave_it() {
    let steps =
        "[{ c4_lines = {} }, { threshold = { signal = \"sentence_count\", min = 12 } }, { newline_cap = { max = 1 } }]";
    let recipe = format!(
        "score = {{ signal = \"mean_line_length\" }}\n[[source]]\nname = \"web\"\ncategory = \"organic\"\n\
         paths = [\"{}\"]\nsteps = {steps}\n[ledger]\nsignals = SIGNALS\n[output]\nallow_empty = true\n",
        kit::fixture("corpus/web_extracted.parquet")
    );
    let dir = tempfile::tempdir().unwrap();
    let (without, with) = (dir.path().join("without"), dir.path().join("with"));
    let scores = ledger(&recipe.replace("SIGNALS", "false"), &recipes(), &without, |batch| reals(batch, "score"));
    run(&recipe.replace("SIGNALS", "true"), &recipes(), &with).unwrap();
    assert_eq!(digests(&without.join("ledger")), digests(&with.join("ledger")));

    let registry = mashbill::recipe::Registry::default();
    let read =
        mashbill::recipe::Recipe::from_toml(&recipe.replace("SIGNALS", "false"), "r.toml", &recipes(), &registry);
    let chain: Chain = read.unwrap().chain(0, &registry).unwrap();
    let input = kit::read(Path::new(&kit::fixture("corpus/web_extracted.parquet")));
    let (mut analyzer, mut dropped) = (Analyzer::new(), 0);
    for (id, text) in words(&input, "id").into_iter().zip(words(&input, "text")) {
        let after = chain.rewrite(&mut analyzer, &text, Facts::NONE).into_owned();
        let view = analyzer.view(&after);
        assert_eq!(scores[&id], signal("mean_line_length").unwrap().measure(&Document::new(&view)), "{id}");
        drop(view);
        dropped += usize::from(!chain.check(&mut analyzer, &text, Facts::NONE).verdict.is_keep());
    }
    assert!(dropped > 0 && dropped < scores.len(), "{dropped} of {}", scores.len());
}

#[test]
fn another_score_is_another_job() {
    let dir = tempfile::tempdir().unwrap();
    two_sources(dir.path());
    let out = dir.path().join("out");
    run(RECIPE, dir.path(), &out).unwrap();
    let error = run(&replace(RECIPE, "score = { column = \"grade\" }", "score = false"), dir.path(), &out).unwrap_err();
    insta::assert_snapshot!(plain(error, &[dir.path()]), @r#"
    DIR/out: belongs to a run with another recipe or other inputs:
      recipe.sources[1].score: was {"column":"grade"}, is null
    Choose another --out, undo the change, or delete the folder to begin anew.
    "#);
}

#[test]
fn a_column_that_is_missing_or_no_number_is_named() {
    let dir = tempfile::tempdir().unwrap();
    two_sources(dir.path());
    let fails = |column: &str| {
        let recipe = replace(RECIPE, "column = \"edu\"", &format!("column = \"{column}\""));
        plain(run(&recipe, dir.path(), &dir.path().join("out")).unwrap_err(), &[dir.path()])
    };
    insta::assert_snapshot!(fails("edv"), @"DIR/web.parquet: column `edv`: is missing (did you mean `edu`?); there are: id, text, edu");
    insta::assert_snapshot!(fails("text"), @"DIR/web.parquet: column `text`: has type Utf8View, where a number is needed");
}
