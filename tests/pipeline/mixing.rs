//! What a recipe may say of its mix beside shares of categories: every key through a run, and the run verified.

use crate::kit::{self, numbers, read_dir, words};
use mashbill::pipeline::{Outcome, Silent, all_hold, verify};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

/// Three sources: 300 documents of the web, 60 books, 40 texts of a model; 30 to 60 words each.
fn inputs(dir: &Path) {
    for (number, (name, docs)) in [("web", 300), ("books", 60), ("llm", 40)].into_iter().enumerate() {
        let text = |i: u64| {
            let words = 30 + (i * 7 + 3 * number as u64) % 31;
            (0..words).map(|w| format!("{name}{i}w{w}")).collect::<Vec<_>>().join(" ")
        };
        let docs: Vec<(String, String)> = (0..docs).map(|i| (format!("{name}-{i}"), text(i))).collect();
        kit::write_docs(&dir.join(format!("{name}.parquet")), &docs, 64);
    }
}

const SOURCES: &str = r#"
[tokens]
counter = "words"
[[source]]
name = "web"
category = "organic"
paths = ["web.parquet"]
max_epochs = 2
[[source]]
name = "books"
category = "organic"
paths = ["books.parquet"]
max_epochs = 4
[[source]]
name = "llm"
category = "synthetic"
paths = ["llm.parquet"]
max_epochs = 8
"#;

/// Runs the sources with this beside them, and verifies what comes out.
fn run(dir: &Path, rest: &str) -> mashbill::Result<Outcome> {
    inputs(dir);
    let out = dir.join("out");
    let outcome = kit::run(&format!("{SOURCES}{rest}"), dir, &out)?;
    all_hold(&verify(&out, &kit::pool(2), &Silent)?)?;
    Ok(outcome)
}

/// Tokens of the output by source, from its texts.
fn tokens(dir: &Path) -> BTreeMap<String, u64> {
    let data = read_dir(&dir.join("out").join("data"));
    let mut tokens = BTreeMap::new();
    for (source, text) in words(&data, "source").into_iter().zip(words(&data, "text")) {
        *tokens.entry(source).or_default() += text.split_whitespace().count() as u64;
    }
    tokens
}

fn given(pairs: [(&str, u64); 3]) -> BTreeMap<String, u64> {
    pairs.map(|(name, tokens)| (name.to_owned(), tokens)).into()
}

#[test]
fn shares_may_be_of_sources() {
    let dir = tempfile::tempdir().unwrap();
    run(dir.path(), "[mix]\ntokens = 10_000\nshares = { web = 0.5, books = 0.3, llm = 0.2 }\n").unwrap();
    assert_eq!(tokens(dir.path()), given([("web", 5_000), ("books", 3_000), ("llm", 2_000)]));
}

#[test]
fn shares_may_be_set_by_a_rule() {
    for (rule, expected) in [
        ("\"uniform\"", given([("web", 1_500), ("books", 1_500), ("llm", 1_500)])),
        ("{ temperature = 1e9 }", given([("web", 1_500), ("books", 1_500), ("llm", 1_500)])),
        ("\"unimax\"", given([("web", 1_500), ("books", 1_500), ("llm", 1_500)])),
    ] {
        let dir = tempfile::tempdir().unwrap();
        run(dir.path(), &format!("[mix]\ntokens = 4_500\nshares = {rule}\n")).unwrap();
        assert_eq!(tokens(dir.path()), expected, "{rule}");
    }
    let dir = tempfile::tempdir().unwrap();
    run(dir.path(), "[mix]\ntokens = 9_000\nshares = { law = { llm = 1.1 } }\n").unwrap();
    let given = tokens(dir.path());
    // 1 + R* · ln 1.1 epochs, to half a document.
    assert!(given["llm"].abs_diff(4_403) <= 30 && given.values().sum::<u64>().abs_diff(9_000) <= 60, "{given:?}");
}

/// Effective shares: more of what is repeated. Unique shares: each document as often as any other.
#[test]
fn shares_may_be_of_unique_or_effective_tokens() {
    let mix = |target: &str| {
        let dir = tempfile::tempdir().unwrap();
        let text =
            format!("[mix]\ntokens = 8_000\nshares = {{ organic = 0.6, synthetic = 0.4 }}\ntarget = \"{target}\"\n");
        run(dir.path(), &text).unwrap();
        let ledger = read_dir(&dir.path().join("out").join("ledger"));
        let copies: Vec<u64> = numbers(&ledger, "copies").into_iter().flatten().collect();
        (tokens(dir.path()), copies)
    };
    let (emitted, _) = mix("emitted");
    assert_eq!(emitted["llm"], 3_200);
    let (effective, _) = mix("effective");
    assert!(effective["llm"] > 3_205 && effective.values().sum::<u64>().abs_diff(8_000) <= 60, "{effective:?}");
    let (unique, copies) = mix("unique");
    // Few documents are in the pools, and no subset of them need be exact.
    assert!(unique.values().sum::<u64>().abs_diff(8_000) <= 60, "{unique:?}");
    let (most, least) = (copies.iter().max().unwrap(), copies.iter().filter(|&&n| n > 0).min().unwrap());
    assert!(*most <= least + 1, "{most} {least}");
}

#[test]
fn categories_have_limits_and_floors() {
    let dir = tempfile::tempdir().unwrap();
    let mix = "[mix]\ntokens = 10_000\nshares = { organic = 0.6, synthetic = 0.4 }\n";
    let short = run(dir.path(), &format!("{mix}max_epochs = {{ synthetic = 2 }}\n")).unwrap_err().to_string();
    assert!(short.contains("the group's own max_epochs allows no more"), "{short}");
    let dir = tempfile::tempdir().unwrap();
    let mix = "[mix]\ntokens = 10_000\nshares = { temperature = 1e6 }\n";
    let low = run(dir.path(), &format!("{mix}min_shares = {{ organic = 0.7 }}\n")).unwrap_err().to_string();
    assert!(low.starts_with("group `organic` comes to 0.666700 of the emitted tokens"), "{low}");
    let dir = tempfile::tempdir().unwrap();
    run(dir.path(), &format!("{mix}min_shares = {{ organic = 0.6 }}\n")).unwrap();
}

/// Training ends each document with a token: shares count it.
#[test]
fn tokens_of_documents_are_counted() {
    let dir = tempfile::tempdir().unwrap();
    inputs(dir.path());
    let sources = SOURCES.replace("counter = \"words\"", "counter = \"words\"\nper_document = 2");
    let text = format!("{sources}[mix]\ntokens = 8_000\nshares = {{ organic = 0.5, synthetic = 0.5 }}\n");
    let out = dir.path().join("out");
    let outcome = kit::run(&text, dir.path(), &out).unwrap();
    all_hold(&verify(&out, &kit::pool(2), &Silent).unwrap()).unwrap();
    assert_eq!(outcome.report.output.tokens, 8_000);
    let data = read_dir(&out.join("data"));
    let words: u64 = words(&data, "text").iter().map(|text| text.split_whitespace().count() as u64).sum();
    assert_eq!(words + 2 * data.num_rows() as u64, 8_000);
}

/// Two stages, in each order of the output: the first before the second, their shares their own, and no document a second time before all
/// of its source have come once.
#[test]
fn stages_go_on_with_what_is_unused() {
    for order in ["shuffled", "interleaved"] {
        let dir = tempfile::tempdir().unwrap();
        let text = format!(
            "[[stage]]\nname = \"stable\"\ntokens = 6_000\nshares = {{ web = 0.8, books = 0.1, llm = 0.1 }}\n\
             [[stage]]\nname = \"decay\"\ntokens = 6_000\nshares = {{ web = 0.4, books = 0.3, llm = 0.3 }}\n\
             [output]\norder = \"{order}\"\n"
        );
        let outcome = run(dir.path(), &text).unwrap();
        let plan = outcome.report.mix.unwrap();
        let rows: Vec<u64> = plan.stages.iter().map(|stage| stage.sources.iter().map(|s| s.docs).sum()).collect();
        let data = read_dir(&dir.path().join("out").join("data"));
        let (sources, ids, texts) = (words(&data, "source"), words(&data, "id"), words(&data, "text"));
        assert_eq!(rows.iter().sum::<u64>(), sources.len() as u64);
        let mut seen: HashMap<&str, u32> = HashMap::new();
        let all = BTreeMap::from([("web", 300), ("books", 60), ("llm", 40)]);
        let mut start = 0;
        for (stage, expected) in [[4_800, 600, 600], [2_400, 1_800, 1_800]].into_iter().enumerate() {
            let mut tokens = BTreeMap::new();
            for i in start..start + rows[stage] as usize {
                *tokens.entry(sources[i].as_str()).or_insert(0) += texts[i].split_whitespace().count();
                *seen.entry(&ids[i]).or_default() += 1;
            }
            start += rows[stage] as usize;
            for (source, expected) in ["web", "books", "llm"].into_iter().zip(expected) {
                // A pass that ends within the stage may leave it half a document off.
                assert!(tokens[source].abs_diff(expected) <= 30, "{order}: {source} {tokens:?}");
                let of_source: Vec<u32> = (0..all[source])
                    .map(|i| seen.get(format!("{source}-{i}").as_str()).copied().unwrap_or(0))
                    .collect();
                let (least, most) = (of_source.iter().min().unwrap(), of_source.iter().max().unwrap());
                assert!(most - least <= 1, "{order}: {source} {most} {least}");
            }
        }
    }
}

/// Rows without scores, which is all of them where nothing scores: left out by a minimum and by the top, taken by hash otherwise.
#[test]
fn rows_without_scores_have_an_outcome() {
    let run_with = |key: &str| {
        let dir = tempfile::tempdir().unwrap();
        inputs(dir.path());
        let sources = SOURCES.replace("max_epochs = 8", &format!("max_epochs = 8\n{key}"));
        let text = format!("{sources}[mix]\ntokens = 2_000\nshares = {{ organic = 0.5, synthetic = 0.5 }}\n");
        let out = dir.path().join("out");
        kit::run(&text, dir.path(), &out)?;
        all_hold(&verify(&out, &kit::pool(2), &Silent)?)
    };
    let said = "group `synthetic` is asked for 0.5, but its sources have no tokens left";
    assert_eq!(run_with("min_score = 0.5").unwrap_err().to_string(), said);
    assert_eq!(run_with("top = 0.5").unwrap_err().to_string(), said);
    for key in ["top = 1", "select = \"quality\"", "epochs_by_score = true"] {
        run_with(key).unwrap();
    }
}

/// Scores out of a column: a minimum and the top leave rows out, which are then not sampled; the curve repeats the best most; chances by
/// score prefer the better. What the ledger says of each row is compared with its score there.
#[test]
fn scores_decide_which_rows_are_sampled_and_how_often() {
    let run_with = |keys: &str, tokens: u64| {
        let dir = tempfile::tempdir().unwrap();
        let (ids, texts): (Vec<String>, Vec<String>) = (0..2_000_u64)
            .map(|i| {
                let words = 30 + (i * 7) % 31;
                (format!("{i}"), (0..words).map(|w| format!("w{i}x{w}")).collect::<Vec<_>>().join(" "))
            })
            .unzip();
        // Every tenth row has no score; the others 1 to 5 in steps that do not follow the rows.
        let scores = (0..2_000_u64).map(|i| (i % 10 != 9).then(|| 1.0 + ((i * 7_919) % 2_000) as f64 / 500.0));
        let scores = std::sync::Arc::new(arrow::array::Float64Array::from_iter(scores));
        let columns = vec![("id", kit::string_array(ids)), ("text", kit::string_array(texts)), ("edu", scores as _)];
        kit::write(&dir.path().join("web.parquet"), &kit::batch(columns), 300);
        let text = format!(
            "[[source]]\nname = \"web\"\ncategory = \"organic\"\npaths = [\"web.parquet\"]\nmax_epochs = 9\n\
             score = {{ column = \"edu\" }}\n{keys}\n[mix]\ntokens = {tokens}\nshares = {{ organic = 1 }}\n"
        );
        let out = dir.path().join("out");
        let outcome = kit::run(&text, dir.path(), &out).unwrap();
        all_hold(&verify(&out, &kit::pool(2), &Silent).unwrap()).unwrap();
        assert_eq!(outcome.report.output.tokens, tokens, "{keys}");
        let ledger = read_dir(&out.join("ledger"));
        let copies: Vec<u64> = numbers(&ledger, "copies").into_iter().flatten().collect();
        kit::reals(&ledger, "score").into_iter().zip(copies).collect::<Vec<(Option<f64>, u64)>>()
    };
    let least = run_with("min_score = 3", 30_000);
    assert!(least.iter().all(|&(score, copies)| copies == 0 || score >= Some(3.0)));
    assert!(least.iter().any(|&(score, copies)| copies > 0 && score < Some(3.2)));
    // A fifth of all tokens is the best fifth of the rows or so; three epochs of it.
    let top = run_with("top = 0.2", 50_000);
    let mut sampled: Vec<f64> = top.iter().filter(|row| row.1 > 0).filter_map(|row| row.0).collect();
    sampled.sort_by(f64::total_cmp);
    assert!(sampled.len().abs_diff(400) < 40 && sampled[0] > 3.9, "{} from {}", sampled.len(), sampled[0]);
    let better = top.iter().filter(|row| row.0 > Some(sampled[0]));
    assert!(better.clone().all(|row| row.1 > 0), "no better row is left out");
    let curve = run_with("epochs_by_score = true", 80_000);
    let mean = |low: f64, high: f64| {
        let some = curve.iter().filter(|row| row.0 >= Some(low) && row.0 < Some(high));
        some.clone().map(|row| row.1).sum::<u64>() as f64 / some.count() as f64
    };
    assert!(curve.iter().all(|&(score, copies)| copies == 0 || score > Some(2.0)), "the worst part is dropped");
    assert!(mean(4.8, 5.1) > 5.0 && mean(4.8, 5.1) > mean(4.0, 4.5) && mean(4.0, 4.5) > mean(3.0, 3.5));
    let chance = run_with("select = \"quality\"", 30_000);
    let part = |low: f64, high: f64| {
        let some = chance.iter().filter(|row| row.0 >= Some(low) && row.0 < Some(high));
        some.clone().filter(|row| row.1 > 0).count() as f64 / some.count() as f64
    };
    assert!(part(4.0, 5.1) > part(2.0, 3.0) + 0.05, "{} {}", part(4.0, 5.1), part(2.0, 3.0));
    assert!(chance.iter().all(|&(score, copies)| copies == 0 || score.is_some()), "rows without a score come last");
}
