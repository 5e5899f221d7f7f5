//! Caps on kinds, generators, templates and rounds: counted in the output, refused with reasons, planned again from a ledger, and verified.

use crate::kit::{self, batch, digests, job_with, numbers, plain, pool, read, read_dir, string_array, strings, words};
use arrow::array::{ArrayRef, ListBuilder, StringArray, StringBuilder, UInt32Array};
use mashbill::pipeline::{Outcome, RatioJob, Silent, all_hold, sweep_mix, verify};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

/// A text of so many words.
fn text(name: &str, words: usize) -> String {
    (0..words).map(|w| format!("{name}w{w}")).collect::<Vec<_>>().join(" ")
}

/// 200 documents of the web, and 600 of models in two sources: half by one generator, with 40 templates, of rounds 0 to 2, each made from
/// two documents of the web.
fn inputs(dir: &Path, files: usize) {
    let web: Vec<(String, String)> =
        (0..200).map(|i| (format!("web-{i}"), text(&format!("web{i}"), 20 + i * 7 % 31))).collect();
    kit::write_docs(&dir.join("web.parquet"), &web, 64);
    for (source, from) in [("qa", 0..400), ("books", 400..600)] {
        let rows: Vec<usize> = from.collect();
        for (file, rows) in rows.chunks(rows.len().div_ceil(files)).enumerate() {
            let each = |of: fn(usize) -> String| string_array(rows.iter().map(|&i| of(i))) as ArrayRef;
            let mut seeds = ListBuilder::new(StringBuilder::new());
            for &i in rows {
                [i % 400, i * 7 % 400].iter().for_each(|seed| seeds.values().append_value(format!("web-{seed}")));
                seeds.append(i % 5 > 0);
            }
            let generator =
                |i: usize| (i % 7 > 0).then(|| if i % 2 == 0 { "gpt-4" } else { ["mixtral", "phi"][i / 2 % 2] });
            let columns = vec![
                ("id", each(|i| format!("made-{i}"))),
                ("text", each(|i| text(&format!("made{i}"), 10 + i * 13 % 41))),
                ("kind", each(|i| ["qa", "textbook", "rephrase"][i % 3].to_owned())),
                ("model", Arc::new(rows.iter().map(|&i| generator(i)).collect::<StringArray>())),
                ("prompt_template_id", each(|i| format!("t{}", i * 11 % 40))),
                ("round", Arc::new(UInt32Array::from_iter_values(rows.iter().map(|&i| (i % 3) as u32)))),
                ("seed_doc_ids", Arc::new(seeds.finish())),
            ];
            kit::write(&dir.join(format!("{source}-{file}.parquet")), &batch(columns), 50);
        }
    }
}

const SOURCES: &str = r#"
seed = 3
[tokens]
counter = "words"
[[source]]
name = "web"
category = "organic"
paths = ["web.parquet"]
[[source]]
name = "qa"
category = "synthetic"
paths = ["qa-*.parquet"]
max_epochs = 2
[[source]]
name = "books"
category = "synthetic"
paths = ["books-*.parquet"]
max_epochs = 3
[output]
allow_empty = false
"#;

fn recipe(tokens: u64, caps: &str) -> String {
    format!("{SOURCES}[mix]\ntokens = {tokens}\nshares = {{ organic = 0.4, synthetic = 0.6 }}\n[mix.caps]\n{caps}\n")
}

/// Mostly synthetic, of which two kinds may give little: the third has not enough.
fn scarce(tokens: u64) -> String {
    let text = recipe(tokens, "kind = { qa = 0.05, textbook = 0.05 }");
    kit::replace(&text, "organic = 0.4, synthetic = 0.6", "organic = 0.1, synthetic = 0.9")
}

fn run(dir: &Path, recipe: &str) -> mashbill::Result<Outcome> {
    inputs(dir, 2);
    let outcome = kit::run(recipe, dir, &dir.join("out"))?;
    all_hold(&verify(&dir.join("out"), &pool(2), &Silent)?)?;
    Ok(outcome)
}

/// Words of synthetic rows of the output by the values of a column; all of them under none.
fn words_by(dir: &Path, column: &str) -> BTreeMap<Option<String>, u64> {
    let data = read_dir(&dir.join("data"));
    let mut sums = BTreeMap::new();
    for ((category, value), text) in
        words(&data, "category").iter().zip(strings(&data, column)).zip(words(&data, "text"))
    {
        if category == "synthetic" {
            let words = text.split_whitespace().count() as u64;
            value.into_iter().for_each(|value| *sums.entry(Some(value)).or_default() += words);
            *sums.entry(None).or_default() += words;
        }
    }
    sums
}

#[test]
fn no_cap_is_exceeded_and_the_quota_moves() {
    let caps = "generator = { gpt-4 = 0.15, default = 0.3 }\ntemplate = 0.05\nkind = { qa = 0.2 }\nround = { 2 = 0.1 }";
    let dir = tempfile::tempdir().unwrap();
    let outcome = run(dir.path(), &recipe(9_000, caps)).unwrap();
    assert_eq!(outcome.report.output.tokens, 9_000);
    let out = dir.path().join("out");
    for (column, cap) in [
        ("model", &(|value: &str| if value == "gpt-4" { 15_u64 } else { 30 }) as &dyn Fn(&str) -> u64),
        ("prompt_template_id", &|_| 5),
        ("kind", &|value| if value == "qa" { 20 } else { 100 }),
        ("round", &|value| if value == "2" { 10 } else { 100 }),
    ] {
        let sums = words_by(&out, column);
        let all = sums[&None];
        assert_eq!(all, 5_400);
        for (value, words) in sums.iter().filter_map(|(value, words)| Some((value.as_deref()?, *words))) {
            assert!(words * 100 <= all * cap(value), "{column} {value}: {words} of {all}");
        }
    }
    // Both bind: they are filled to within a document.
    assert!(words_by(&out, "model")[&Some("gpt-4".to_owned())] > 810 - 50);
    assert!(words_by(&out, "round")[&Some("2".to_owned())] > 540 - 50);
    // The report says what the output holds.
    let report = outcome.report.provenance.unwrap();
    let top = &report.groups["synthetic"]["generator"].top;
    for value in top {
        assert_eq!(value.tokens, words_by(&out, "model")[&Some(value.value.clone())], "{value:?}");
    }
    assert_eq!(report.groups["synthetic"]["template"].values, words_by(&out, "prompt_template_id").len() as u64 - 1);
    let text = std::fs::read_to_string(out.join("report.txt")).unwrap();
    assert!(text.contains("generator of what `synthetic` emits: 3 different"), "{text}");
}

/// Rows made from documents that are emitted too, counted by hand.
#[test]
fn seeds_that_are_in_the_mix_are_counted() {
    let dir = tempfile::tempdir().unwrap();
    let outcome = run(dir.path(), &recipe(9_000, "kind = 0.5")).unwrap();
    let data = read_dir(&dir.path().join("out").join("data"));
    let (ids, texts) = (words(&data, "id"), words(&data, "text"));
    let web: BTreeSet<&String> = ids.iter().filter(|id| id.starts_with("web")).collect();
    let mut expected = [0; 4];
    for ((id, text), seeds) in ids.iter().zip(&texts).zip(kit::lists(&data, "seed_doc_ids")) {
        let words = text.split_whitespace().count() as u64;
        let Some(seeds) = seeds.filter(|seeds| id.starts_with("made") && !seeds.is_empty()) else { continue };
        (expected[0], expected[1]) = (expected[0] + 1, expected[1] + words);
        if seeds.iter().any(|seed| web.contains(seed)) {
            (expected[2], expected[3]) = (expected[2] + 1, expected[3] + words);
        }
    }
    let seeds = outcome.report.provenance.unwrap().seeds.unwrap();
    assert_eq!([seeds.rows, seeds.tokens, seeds.overlapping_rows, seeds.overlapping_tokens], expected);
    assert!(0 < expected[2] && expected[2] < expected[0], "{expected:?}");
}

/// Threads, memory and the cutting of files change no byte of the output.
#[test]
fn neither_threads_nor_memory_nor_files_matter() {
    let text = recipe(9_000, "generator = { gpt-4 = 0.15, default = 0.3 }\ntemplate = 0.05");
    let mut all = Vec::new();
    for (files, threads, memory) in [(1, 1, None), (2, 8, Some(1 << 20)), (5, 2, None)] {
        let dir = tempfile::tempdir().unwrap();
        inputs(dir.path(), files);
        let pool = pool(threads);
        job_with(&text, dir.path(), &pool, memory).unwrap().run(&dir.path().join("out"), &pool, &Silent).unwrap();
        all.push(digests(&dir.path().join("out").join("data")));
    }
    assert!(all.windows(2).all(|pair| pair[0] == pair[1]));
}

#[test]
fn caps_that_cannot_be_had_are_refused_with_reasons() {
    let refuse = |recipe: &str| {
        let dir = tempfile::tempdir().unwrap();
        run(dir.path(), recipe).map(|outcome| outcome.report.output.tokens).unwrap_err()
    };
    let short = refuse(&recipe(9_000, "template = 0.02"));
    assert!(matches!(short, mashbill::Error::Infeasible(_)));
    insta::assert_snapshot!(short, @r"
    group `synthetic` is to give 5_400 tokens, but under the caps on template it can give only 4_320
      template `t25`: 0.02 is 108 tokens, of 1_162 that there are
      template `t14`: 0.02 is 108 tokens, of 1_158 that there are
      template `t16`: 0.02 is 108 tokens, of 1_127 that there are
      and 37 more caps
    any one of these helps:
      a default of 0.025 for template
      more tokens, or a larger max_epochs, of documents that are not under these caps
    ");
    insta::assert_snapshot!(refuse(&scarce(18_000)), @r"
    group `synthetic` is to give 16_200 tokens, but under the caps on kind it can give only 15_480
      kind `qa`: 0.05 is 810 tokens, of 14_110 that there are
      kind `textbook`: 0.05 is 810 tokens, of 14_062 that there are
    any one of these helps:
      tokens = 17_111 (the largest budget under these caps; whole documents may need a little less)
      a cap of 0.0945 for kind `qa`
      more tokens, or a larger max_epochs, of documents that are not under these caps
    ");
    let several = "kind = { qa = 0.0, default = 0.5 }\nround = { 1 = 0.0, 2 = 0.0 }\ngenerator = { gpt-4 = 0.0 }";
    insta::assert_snapshot!(refuse(&recipe(9_000, several)), @r"
    group `synthetic` is to give 5_400 tokens, but in hash order only 0 were found that keep all caps together
      generator `gpt-4`: 0 is 0 tokens, of 18_087 that there are
      kind `qa`: 0 is 0 tokens, of 14_110 that there are
      round `2`: 0 is 0 tokens, of 13_860 that there are
      and 1 more caps
    any one of these helps:
      more tokens, or a larger max_epochs, of documents that are not under these caps
    ");
}

/// What a refusal names would do: the budget, the cap, the default.
#[test]
fn what_a_refusal_names_helps() {
    let dir = tempfile::tempdir().unwrap();
    inputs(dir.path(), 1);
    let mut runs = 0;
    let mut run = |recipe: &str| {
        runs += 1;
        kit::run(recipe, dir.path(), &dir.path().join(format!("out-{runs}")))
            .map(|outcome| outcome.report.output.tokens)
    };
    let after = |message: &str, what: &str| -> String {
        let rest = message.split(what).nth(1).unwrap_or_else(|| panic!("no `{what}` in {message}"));
        rest.chars().take_while(|c| c.is_ascii_digit() || "._".contains(*c)).collect()
    };
    let message = run(&recipe(9_000, "template = 0.02")).unwrap_err().to_string();
    let default = after(&message, "a default of ");
    // Forty times that is all there is, to the token: whole documents need a little more.
    let message = run(&recipe(9_000, &format!("template = {default}"))).unwrap_err().to_string();
    assert!(message.starts_with("the caps leave no room for whole documents"), "{message}");
    assert_eq!(run(&recipe(9_000, "template = 0.03")).unwrap(), 9_000);
    let less = format!("{:.4}", default.parse::<f64>().unwrap() - 0.0001);
    run(&recipe(9_000, &format!("template = {less}"))).unwrap_err();
    let message = run(&scarce(18_000)).unwrap_err().to_string();
    let budget: u64 = after(&message, "tokens = ").replace('_', "").parse().unwrap();
    // Whole documents may need a little less, and then that is named.
    let close = run(&scarce(budget)).or_else(|e| {
        let less = after(&e.to_string(), "tokens = ").parse().unwrap();
        run(&scarce(less))
    });
    let close = close.unwrap();
    assert!(close.abs_diff(budget) <= 120, "{close} {budget}");
    let shrunk = scarce(18_000).replace("[mix.caps]", "shortage = \"shrink\"\n[mix.caps]");
    assert!(run(&shrunk).unwrap().abs_diff(budget) <= 120);
}

/// Other caps, planned from the ledger, give the bytes of a run; so do lists of ratios.
#[test]
fn a_ledger_is_enough_for_other_caps() {
    let dir = tempfile::tempdir().unwrap();
    run(dir.path(), &recipe(9_000, "kind = 0.5")).unwrap();
    let out = dir.path().join("out");
    let other = recipe(8_000, "generator = { gpt-4 = 0.1 }\ntemplate = 0.04");
    kit::run(&other, dir.path(), &dir.path().join("run")).unwrap();
    let pool = pool(2);
    let job = || job_with(&other, dir.path(), &pool, None).unwrap();
    job().run_from_ledger(&out, &dir.path().join("mix"), &pool, &Silent).unwrap();
    assert_eq!(digests(&dir.path().join("mix")), digests(&dir.path().join("run")));
    all_hold(&verify(&dir.path().join("mix"), &pool, &Silent).unwrap()).unwrap();
    let jobs = [RatioJob { name: "same".into(), job: job() }];
    sweep_mix(&jobs, &out, &dir.path().join("lists"), &pool).unwrap();
    let list = read(&dir.path().join("lists").join("same.parquet"));
    let listed: u64 = numbers(&list, "copies").into_iter().flatten().sum();
    let data = read_dir(&dir.path().join("run").join("data"));
    assert_eq!(listed, data.num_rows() as u64);
    let ids: BTreeSet<String> = words(&data, "id").into_iter().collect();
    assert_eq!(ids, words(&list, "id").into_iter().collect());
}

#[test]
fn a_changed_count_is_found() {
    let dir = tempfile::tempdir().unwrap();
    run(dir.path(), &recipe(9_000, "generator = { gpt-4 = 0.15 }")).unwrap();
    let path = dir.path().join("out").join("run.json");
    let text = std::fs::read_to_string(&path).unwrap();
    let mut report: serde_json::Value = serde_json::from_str(&text).unwrap();
    let failed = |report: &serde_json::Value| -> Vec<String> {
        std::fs::write(&path, serde_json::to_string(report).unwrap()).unwrap();
        let checks = verify(&dir.path().join("out"), &pool(2), &Silent).unwrap();
        checks.into_iter().filter(|c| c.problem.is_some()).map(|c| c.what).collect()
    };
    let what = "where emitted text comes from, against its caps, from the ledger".to_owned();
    assert!(!failed(&report).contains(&what));
    let tokens = &mut report["provenance"]["groups"]["synthetic"]["kind"]["top"][0]["tokens"];
    *tokens = (tokens.as_u64().unwrap() - 1).into();
    assert!(failed(&report).contains(&what));
    let mut report: serde_json::Value = serde_json::from_str(&text).unwrap();
    let tokens = &mut report["mix"]["caps"]["limits"][0]["tokens"];
    *tokens = (tokens.as_u64().unwrap() - 1).into();
    assert!(failed(&report).contains(&what));
    let mut report: serde_json::Value = serde_json::from_str(&text).unwrap();
    report["provenance"]["seeds"]["overlapping_rows"] = 0.into();
    assert!(failed(&report).contains(&what));
}

/// Columns are found by their usual names, by others, or not at all; caps without a column are an error.
#[test]
fn columns_of_provenance_are_found() {
    let dir = tempfile::tempdir().unwrap();
    inputs(dir.path(), 1);
    let columns = |recipe: &str, out: &str| {
        kit::run(recipe, dir.path(), &dir.path().join(out)).map(|_| {
            let ledger = read_dir(&dir.path().join(out).join("ledger"));
            let names: Vec<String> = ledger.schema().fields().iter().map(|f| f.name().clone()).collect();
            names.into_iter().skip_while(|name| name != "copies").skip(1).collect::<Vec<_>>()
        })
    };
    let text = recipe(9_000, "kind = 0.5");
    assert_eq!(columns(&text, "usual").unwrap(), ["kind", "generator", "template", "round", "seed_ids"]);
    let plain_mix = text.replace("[mix.caps]\nkind = 0.5\n", "");
    let none = "[columns]\nkind = false\ngenerator = false\ntemplate = false\nround = false\nseed_ids = false\n";
    assert_eq!(columns(&format!("{plain_mix}{none}"), "none").unwrap(), Vec::<String>::new());
    let named = format!("{plain_mix}[columns]\nkind = \"model\"\ntemplate = false\n");
    assert_eq!(columns(&named, "named").unwrap(), ["kind", "generator", "round", "seed_ids"]);
    let misspelt = columns(&format!("{plain_mix}[columns]\nkind = \"modell\"\n"), "misspelt").unwrap_err();
    assert!(plain(misspelt, &[dir.path()]).contains("column `modell`: is missing (did you mean `model`?)"));
    let missing = columns(&format!("{text}[columns]\nkind = false\n"), "missing").unwrap_err();
    insta::assert_snapshot!(missing, @r#"the recipe: [mix.caps] has caps on kind, and no source has a column that says it; name one under [columns]: kind = "…""#);
}

/// A ledger written before rows said where they come from serves other mixes, and no caps.
#[test]
fn an_older_ledger_is_read() {
    let dir = tempfile::tempdir().unwrap();
    run(dir.path(), &recipe(9_000, "kind = 0.5")).unwrap();
    for file in kit::files(&dir.path().join("out").join("ledger")) {
        let batch = read(&file);
        let columns: Vec<usize> = (0..=batch.schema().index_of("copies").unwrap()).collect();
        let pairs = mashbill::ledger::versions().into_iter().map(|(k, v)| KeyValue::new(k.to_owned(), v)).collect();
        let properties = WriterProperties::builder().set_key_value_metadata(Some(pairs)).build();
        kit::write_with(&file, &batch.project(&columns).unwrap(), properties);
    }
    let pool = pool(1);
    let mix = |recipe: &str, out: &str| {
        let job = job_with(recipe, dir.path(), &pool, None).unwrap();
        job.run_from_ledger(&dir.path().join("out"), &dir.path().join(out), &pool, &Silent)
    };
    let plain_mix = recipe(8_000, "").replace("[mix.caps]\n", "");
    let outcome = mix(&plain_mix, "plain").unwrap();
    assert!(outcome.report.provenance.is_none());
    all_hold(&verify(&dir.path().join("plain"), &pool, &Silent).unwrap()).unwrap();
    let refused = mix(&recipe(8_000, "kind = 0.5"), "capped").unwrap_err();
    let refused = plain(refused, &[dir.path()]);
    assert!(refused.contains("has no column `kind`, which [mix.caps] needs; scan anew"), "{refused}");
}
