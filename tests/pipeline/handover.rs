//! Files for trainers and the Hub: they parse, and their numbers are those of `run.json`.

use crate::kit::{self, batch, pool, prose, string_array, write};
use mashbill::Error;
use mashbill::pipeline::{Silent, all_hold, hand_over, verify};
use mashbill::report::{RunReport, Taker};
use serde_json::Value;
use std::fs;
use std::path::Path;
use tempfile::TempDir;
use yaml_rust2::{Yaml, YamlLoader};

const RECIPE: &str = r#"
seed = 3
[tokens]
counter = "words"
[columns]
license = "license"
[[source]]
name = "web"
category = "organic"
paths = ["web-*.parquet"]
[[source]]
name = "made"
category = "synthetic"
paths = ["made.parquet"]
max_epochs = 3.0
columns = { license = "meta_license" }
[mix]
tokens = 60_000
shares = { organic = 0.6, synthetic = 0.4 }
[output]
shard_mib = 1
"#;

/// Licences with blanks and nulls; a file that has none; a source that calls them otherwise; a text column with hostile neighbours.
fn whole_run() -> (TempDir, RunReport) {
    let dir = tempfile::tempdir().unwrap();
    let docs = |prefix: &str, from: u64, n: u64| {
        let ids = string_array((0..n).map(|i| format!("{prefix}{i}")));
        let texts = string_array((from..from + n).map(|i| prose(i, 12)));
        (ids, texts)
    };
    let (ids, texts) = docs("w", 0, 150);
    let licences = ["MIT", "CC-BY-4.0 ", "", "Apache-2.0"];
    let licences = string_array((0..150).map(|i| licences[i % 4]));
    let odd = string_array((0..150).map(|i| format!("a: \"{i}\"")));
    let columns = vec![("id", ids), ("text", texts), ("license", licences), ("odd: \"name\" #1", odd)];
    write(&dir.path().join("web-0.parquet"), &batch(columns), 40);
    let (ids, texts) = docs("v", 1_000, 150);
    write(&dir.path().join("web-1.parquet"), &batch(vec![("id", ids), ("text", texts)]), 40);
    let (ids, texts) = docs("m", 2_000, 60);
    let licences = string_array((0..60).map(|_| "CC0-1.0"));
    write(&dir.path().join("made.parquet"), &batch(vec![("id", ids), ("text", texts), ("meta_license", licences)]), 7);
    let report = kit::run(RECIPE, dir.path(), &dir.path().join("out")).unwrap().report;
    (dir, report)
}

fn read(out: &Path, name: &str) -> String {
    fs::read_to_string(out.join(name)).unwrap()
}

#[test]
fn licences_are_counted_in_tokens_and_recounted() {
    let (dir, report) = whole_run();
    let licences = report.licences.as_ref().unwrap();
    let web = &licences.sources["web"];
    assert_eq!(web.keys().collect::<Vec<_>>(), ["(none)", "Apache-2.0", "CC-BY-4.0", "MIT"]);
    assert_eq!(licences.sources["made"].keys().collect::<Vec<_>>(), ["CC0-1.0"]);
    let tokens: u64 = licences.all().values().map(|tally| tally.tokens).sum();
    assert_eq!(tokens, report.output.tokens);
    assert_eq!(tokens, 60_000);
    let out = dir.path().join("out");
    all_hold(&verify(&out, &pool(2), &Silent).unwrap()).unwrap();
    // One token moved from one licence to another.
    let mut changed: Value = serde_json::from_str(&read(&out, "run.json")).unwrap();
    for (licence, by) in [("MIT", 1), ("(none)", -1)] {
        let tokens = changed.pointer_mut(&format!("/licences/web/{licence}/tokens")).unwrap();
        *tokens = Value::from(tokens.as_i64().unwrap() + by);
    }
    fs::write(out.join("run.json"), changed.to_string()).unwrap();
    let failed: Vec<String> = verify(&out, &pool(2), &Silent)
        .unwrap()
        .into_iter()
        .filter(|check| check.problem.is_some())
        .map(|check| check.what)
        .collect();
    assert_eq!(failed, ["rows and tokens under each licence, counted again in the output"]);
}

#[test]
fn a_column_of_licences_that_no_file_has_is_misspelt() {
    let (dir, _) = whole_run();
    let text = RECIPE.replace("license = \"license\"", "license = \"licence\"").replace("meta_license", "meta_licence");
    let error = kit::run(&text, dir.path(), &dir.path().join("other")).unwrap_err();
    assert!(error.to_string().contains("column `licence`: is missing (did you mean `license`?)"), "{error}");
}

#[test]
fn every_file_parses_and_says_what_run_json_says() {
    let (dir, report) = whole_run();
    let out = dir.path().join("out");
    let written = hand_over(&out, &Taker::ALL.map(|(_, taker)| taker)).unwrap();
    assert_eq!(written.len(), 5);
    let shares: Vec<(String, f64)> = report
        .achieved
        .sources
        .iter()
        .map(|s| (s.name.clone(), s.tokens as f64 / report.output.tokens as f64))
        .collect();
    let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-11, "{a} {b}");

    let lines = |name: &str| -> Vec<(f64, String)> {
        let text = read(&out, name);
        let pair = |line: &str| {
            let (weight, prefix) = line.split_once(' ').unwrap();
            (weight.parse().unwrap(), prefix.to_owned())
        };
        text.lines().map(pair).collect()
    };
    for ((weight, prefix), (source, share)) in lines("handover/megatron-sources.txt").iter().zip(&shares) {
        close(*weight, *share);
        assert_eq!(*prefix, format!("{source}_text_document"));
    }
    let shards = lines("handover/megatron-shards.txt");
    assert_eq!(shards.len(), report.output.shards.len());
    for ((weight, prefix), shard) in shards.iter().zip(&report.output.shards) {
        close(*weight, shard.tokens as f64 / report.output.tokens as f64);
        assert_eq!(format!("{}.parquet", prefix.strip_suffix("_text_document").unwrap()), shard.name);
    }

    let yaml = YamlLoader::load_from_str(&read(&out, "handover/mosaic-streams.yaml")).unwrap().remove(0);
    let streams = yaml["streams"].as_hash().unwrap();
    assert_eq!(streams.len(), shares.len());
    for (source, share) in &shares {
        let stream = &yaml["streams"][source.as_str()];
        close(stream["proportion"].as_f64().unwrap(), *share);
        assert_eq!(stream["local"].as_str().unwrap(), format!("mds/{source}"));
    }

    let hf: Value = serde_json::from_str(&read(&out, "handover/hf.json")).unwrap();
    assert_eq!(hf["data_files"]["train"].as_array().unwrap().len(), report.output.shards.len());
    assert_eq!(hf["tokens"], report.output.tokens);
    for (i, (source, share)) in shares.iter().enumerate() {
        assert_eq!(hf["sources"][i], source.as_str());
        close(hf["probabilities"][i].as_f64().unwrap(), *share);
    }
}

#[test]
fn the_card_is_metadata_that_the_hub_reads_and_a_page() {
    let (dir, report) = whole_run();
    let out = dir.path().join("out");
    hand_over(&out, &[Taker::Card]).unwrap();
    // A card may be written again, but not over another page.
    hand_over(&out, &[Taker::Card]).unwrap();
    let card = read(&out, "README.md");
    let mut parts = card.splitn(3, "---\n");
    assert_eq!(parts.next(), Some(""));
    let yaml = YamlLoader::load_from_str(parts.next().unwrap()).unwrap().remove(0);
    let page = parts.next().unwrap();
    assert_eq!(yaml["configs"][0]["data_files"][0]["path"].as_str(), Some("data/train-*.parquet"));
    assert_eq!(yaml["license"].as_str(), Some("other"));
    assert_eq!(yaml["size_categories"][0].as_str(), Some("n<1K"));
    let info = &yaml["dataset_info"];
    let number = |value: &Yaml| value.as_i64().unwrap() as u64;
    assert_eq!(number(&info["splits"][0]["num_examples"]), report.output.rows);
    assert_eq!(number(&info["dataset_size"]), report.output.text_bytes);
    assert_eq!(number(&info["download_size"]), report.output.shards.iter().map(|s| s.bytes).sum::<u64>());
    let features = info["features"].as_vec().unwrap();
    let named: Vec<&str> = features.iter().map(|feature| feature["name"].as_str().unwrap()).collect();
    assert_eq!(named, report.output.columns);
    let dtype = |name: &str| features[named.iter().position(|n| *n == name).unwrap()]["dtype"].as_str().unwrap();
    assert_eq!((dtype("text"), dtype("copy_index")), ("string", "uint32"));
    for source in &report.achieved.sources {
        let share = format!("{:.4} %", source.share.unwrap() * 100.0);
        let line = page.lines().find(|line| line.starts_with(&format!("| {} |", source.name))).unwrap();
        assert!(line.contains(&share), "{line}");
    }
    assert!(page.contains("| CC0-1.0 | 24,000 | 40.0000 % |"), "{page}");

    fs::write(out.join("README.md"), "# My thesis\n").unwrap();
    assert!(matches!(hand_over(&out, &[Taker::Card]).unwrap_err(), Error::Conflict { .. }));
    assert!(matches!(hand_over(dir.path(), &[Taker::Card]).unwrap_err(), Error::Read { .. }));
}
