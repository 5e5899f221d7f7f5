//! Models of fastText and n-gram language models on the command line and in recipes.

use super::{mashbill, path};
use crate::kit::{fixture, plain, prose, read, reals, strings, write_docs};
use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::Float32Type;
use mashbill::score::fasttext::{FastText, Newlines};
use mashbill::score::ngram::NgramModel;
use serde_json::Value;
use std::path::Path;

const TEXTS: [&str; 4] =
    ["The mill of the river grinds rye.\nAnd corn.", "", "x = 1;\nreturn x;", "What is 12 times 3? It is 36."];

fn four(dir: &Path) -> String {
    let docs: Vec<(String, String)> =
        TEXTS.iter().enumerate().map(|(i, t)| (format!("d{i}"), (*t).to_owned())).collect();
    write_docs(&dir.join("four.parquet"), &docs, 3);
    path(dir, "four.parquet")
}

fn model(name: &str) -> String {
    fixture(&format!("parity/fasttext/{name}"))
}

fn chances(batch: &RecordBatch, name: &str) -> Vec<Option<f32>> {
    batch.column_by_name(name).unwrap().as_primitive::<Float32Type>().iter().collect()
}

fn run_json(args: &[&str]) -> Value {
    serde_json::from_str(&mashbill(args).ok()).unwrap()
}

#[test]
fn fasttext_scores_and_labels_rows_as_the_library_does() {
    let dir = tempfile::tempdir().unwrap();
    let (file, out, bin) = (four(dir.path()), path(dir.path(), "out"), model("softmax.bin"));
    let fasttext = FastText::load(bin.as_ref()).unwrap();
    let books = fasttext.find_label("books").unwrap();
    mashbill(&["score", "apply", &bin, &file, "--label", "books", "--newlines", "dclm", "--out", &out, "--quiet"]).ok();
    let want = TEXTS.map(|text| fasttext.probability(text, books, Newlines::Dclm).map(f64::from));
    assert_eq!(reals(&read(&dir.path().join("out/scores.parquet")), "score"), want);
    assert_eq!((want[0].is_some(), want[1]), (true, None));
    let top = path(dir.path(), "top");
    mashbill(&["score", "apply", &bin, &file, "--top", "2", "--threads", "2", "--out", &top, "--quiet"]).ok();
    let found = read(&dir.path().join("top/scores.parquet"));
    for (row, text) in TEXTS.iter().enumerate() {
        let best = fasttext.predict(text, 2, Newlines::Space);
        let label = |name: &str| strings(&found, name)[row].clone();
        assert_eq!((label("label").as_deref(), label("label_2").as_deref()), (Some(best[0].0), Some(best[1].0)));
        let chance = |name: &str| chances(&found, name)[row];
        assert_eq!((chance("probability"), chance("probability_2")), (Some(best[0].1), Some(best[1].1)));
    }
    let shown = run_json(&["score", "show", &bin, "--json"]);
    assert_eq!((shown["loss"].as_str(), shown["labels"].as_array().map(Vec::len)), (Some("softmax"), Some(5)));
    assert!(mashbill(&["score", "show", &model("pruned_hs.ftz")]).ok().starts_with("a model of fastText, quantised: "));
}

#[test]
fn a_recipe_scores_by_fasttext_and_knows_the_model_by_its_bytes() {
    let dir = tempfile::tempdir().unwrap();
    four(dir.path());
    std::fs::copy(model("softmax.bin"), dir.path().join("m.bin")).unwrap();
    let recipe = path(dir.path(), "recipe.toml");
    let text = |score: &str| {
        format!(
            "[[source]]\nname = \"all\"\ncategory = \"organic\"\npaths = [\"four.parquet\"]\nscore = {{ fasttext = {score} }}\n\
             steps = [{{ threshold = {{ signal = \"score\", min = 0.0 }} }}]\n"
        )
    };
    let write = |score: &str| std::fs::write(&recipe, text(score)).unwrap();
    let out = path(dir.path(), "out");
    write("{ model = \"m.bin\", label = [\"books\", \"__label__docs\"], newlines = \"remove\" }");
    let report = run_json(&["run", &recipe, "--out", &out, "--json"]);
    assert_eq!(report["output"]["rows"].as_u64(), Some(3));
    mashbill(&["verify", &out]).ok();
    std::fs::copy(model("ns.bin"), dir.path().join("m.bin")).unwrap();
    let refused = mashbill(&["run", &recipe, "--out", &out]).failed(2);
    assert!(refused.contains("recipe.sources[0].score.fasttext.xxh3_128: was "), "{refused}");
    std::fs::copy(model("softmax.bin"), dir.path().join("m.bin")).unwrap();
    let fails = |score: &str| {
        write(score);
        let said = plain(mashbill(&["plan", &recipe]).failed(2), &[dir.path()]);
        said.lines().next().unwrap_or_default().to_owned()
    };
    insta::assert_snapshot!(fails("{ model = \"m.bin\", label = \"boks\" }"), @"error: DIR/recipe.toml:5:49: unknown label `boks` (did you mean `books`?)");
    insta::assert_snapshot!(fails("{ model = \"m.bin\" }"), @r#"error: DIR/recipe.toml:5:22: `fasttext` needs the key `label`, for example label = "__label__hq""#);
    insta::assert_snapshot!(fails("{ model = \"m.bin\", label = \"books\", newlines = \"spaces\" }"), @"error: DIR/recipe.toml:5:69: unknown way with line breaks `spaces` (did you mean `space`?)");
    insta::assert_snapshot!(fails("{ model = \"four.parquet\", label = \"books\" }"), @"error: DIR/recipe.toml:5:32: DIR/four.parquet: is no model of fastText (a `.bin` or `.ftz`)");
    insta::assert_snapshot!(fails("{ modle = \"m.bin\", label = \"books\" }"), @"error: DIR/recipe.toml:5:24: unknown key `modle` in `fasttext` (did you mean `model`?)");
}

#[test]
fn what_fasttext_is_not_asked_rightly_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let (file, out) = (four(dir.path()), path(dir.path(), "out"));
    let fails = |args: &[&str]| plain(mashbill(&[args, &["--out", &out]].concat()).failed(2), &[dir.path()]);
    let bin = model("softmax.bin");
    insta::assert_snapshot!(fails(&["score", "apply", &bin, &file]), @"error: --label: say which label of the fastText model is the score (it has __label__web_wet, __label__synthetic_math, __label__books …), or write labels with `--top N`");
    insta::assert_snapshot!(fails(&["score", "apply", &bin, &file, "--label", "hq"]), @"error: unknown label `hq`; known: web_wet, synthetic_math, books, docs, code-0");
    insta::assert_snapshot!(fails(&["score", "apply", &bin, &file, "--label", "docs", "--newlines", "none"]), @"error: unknown way with line breaks `none`; known: dclm, first_line, remove, space");
    assert!(
        fails(&["score", "apply", &bin, &file, "--label", "docs", "--normalise", "cc_net"])
            .contains("--normalise: is for an ARPA file")
    );
    assert!(!Path::new(&out).join("scores.parquet").exists());
}

#[test]
fn a_language_model_is_the_same_on_any_number_of_threads_and_ranks_what_it_knows_above() {
    let dir = tempfile::tempdir().unwrap();
    let docs =
        |from: u64| -> Vec<(String, String)> { (from..from + 120).map(|i| (format!("g{i}"), prose(i, 6))).collect() };
    write_docs(&dir.path().join("reference.parquet"), &docs(0), 25);
    write_docs(&dir.path().join("held.parquet"), &docs(500), 50);
    let shuffled = |text: &str| text.split(' ').rev().collect::<Vec<_>>().join(" ");
    let other: Vec<(String, String)> = docs(500).iter().map(|(id, text)| (id.clone(), shuffled(text))).collect();
    write_docs(&dir.path().join("other.parquet"), &other, 50);
    let reference = path(dir.path(), "reference.parquet");
    let train = |name: &str, more: &[&str]| {
        let out = path(dir.path(), name);
        let args = ["score", "train-lm", &reference, "--order", "3", "--normalise", "cc_net", "--out", &out];
        let printed = mashbill(&[&args[..], more].concat()).ok();
        (std::fs::read(&out).unwrap(), printed)
    };
    let (one, printed) = train("one.lm", &["--threads", "1"]);
    assert!(printed.contains("an n-gram language model of order 3, lines normalised by `cc_net`: "), "{printed}");
    for threads in ["2", "5"] {
        assert_eq!(train("other.lm", &["--threads", threads]).0, one, "{threads} threads");
    }
    assert!(train("pruned.lm", &["--prune", "0,2"]).0.len() < one.len());
    let scores = |file: &str| {
        let out = path(dir.path(), "scores");
        mashbill(&["score", "apply", &path(dir.path(), "one.lm"), &path(dir.path(), file), "--out", &out, "--quiet"])
            .ok();
        read(&dir.path().join("scores/scores.parquet"))
    };
    let (held, other) = (scores("held.parquet"), scores("other.parquet"));
    let mean = |batch: &RecordBatch| reals(batch, "score").into_iter().flatten().sum::<f64>() / 120.0;
    assert!(mean(&held) > mean(&other) + 0.05, "{} {}", mean(&held), mean(&other));
    for (score, perplexity) in reals(&held, "score").into_iter().zip(reals(&held, "perplexity")) {
        assert!((10f64.powf(-score.unwrap()) / perplexity.unwrap() - 1.0).abs() < 1e-9);
    }
    // In a recipe the same scores, and another model under the same name is another job.
    let recipe = path(dir.path(), "recipe.toml");
    let text = "[[source]]\nname = \"held\"\ncategory = \"organic\"\npaths = [\"held.parquet\"]\nscore = { perplexity = { model = \"one.lm\" } }\n";
    std::fs::write(&recipe, text).unwrap();
    let out = path(dir.path(), "out");
    mashbill(&["run", &recipe, "--out", &out, "--quiet"]).ok();
    assert_eq!(reals(&read(&dir.path().join("out/ledger/held/held.parquet")), "score"), reals(&held, "score"));
    train("one.lm", &["--prune", "0,2"]);
    let refused = mashbill(&["run", &recipe, "--out", &out]).failed(2);
    assert!(refused.contains("recipe.sources[0].score.perplexity.xxh3_128: was "), "{refused}");
    let shown = run_json(&["score", "show", &path(dir.path(), "one.lm"), "--json"]);
    assert_eq!((shown["order"].as_u64(), shown["normalise"].as_str()), (Some(3), Some("cc_net")));
    std::fs::write(&recipe, text.replace("\"one.lm\"", "\"one.lm\", normalise = \"none\"")).unwrap();
    let said = plain(mashbill(&["plan", &recipe]).failed(2), &[dir.path()]);
    insta::assert_snapshot!(said.lines().next().unwrap_or_default(), @r#"error: DIR/recipe.toml:5:56: the model was trained with normalise = "cc_net"; take this out"#);
}

#[test]
fn an_arpa_file_may_be_packed_and_needs_no_training_here() {
    let dir = tempfile::tempdir().unwrap();
    let file = four(dir.path());
    let arpa = fixture("parity/kenlm/trained.arpa");
    let model = NgramModel::load(arpa.as_ref()).unwrap();
    let out = path(dir.path(), "out");
    mashbill(&["score", "apply", &arpa, &file, "--out", &out, "--quiet"]).ok();
    let found = read(&dir.path().join("out/scores.parquet"));
    assert_eq!(reals(&found, "perplexity"), TEXTS.map(|text| model.measure(text).map(|m| m.perplexity())));
    assert!(mashbill(&["score", "show", &arpa]).ok().contains("  4-grams: "));
    let small = path(dir.path(), "small.lm");
    let big: Vec<(String, String)> = (0..400).map(|i| (format!("b{i}"), prose(i, 60))).collect();
    write_docs(&dir.path().join("big.parquet"), &big, 100);
    let args = ["score", "train-lm", &path(dir.path(), "big.parquet"), "--out", &small, "--memory", "1MiB"];
    let refused = plain(mashbill(&args).failed(2), &[dir.path()]);
    assert!(refused.starts_with("error: memory: training the language model takes about "), "{refused}");
    let refused =
        plain(mashbill(&["score", "train-lm", &file, "--out", &small, "--order", "7"]).failed(2), &[dir.path()]);
    insta::assert_snapshot!(refused, @"error: order: must lie between 1 and 6, and is 7");
    assert!(!Path::new(&small).exists());
}
