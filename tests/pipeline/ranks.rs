//! Outputs by rank, and the stage of each row: read from the files alone.

use crate::kit::{self, batch, files, pool, prose, read, string_array, words, write_docs};
use mashbill::pipeline::{Outcome, Silent, all_hold, verify};
use std::collections::BTreeMap;
use std::path::Path;

const SOURCES: &str = r#"
[tokens]
counter = "words"
[[source]]
name = "web"
category = "organic"
paths = ["web.parquet"]
[[source]]
name = "llm"
category = "synthetic"
paths = ["llm.parquet"]
max_epochs = 3
"#;

fn run(dir: &Path, rest: &str) -> mashbill::Result<Outcome> {
    for (name, from, docs) in [("web", 0, 300), ("llm", 1_000, 80)] {
        let docs: Vec<(String, String)> =
            (from..from + docs).map(|i| (format!("{name}-{i}"), prose(i, 1 + i as usize % 5))).collect();
        write_docs(&dir.join(format!("{name}.parquet")), &docs, 64);
    }
    let outcome = kit::run(&format!("{SOURCES}{rest}"), dir, &dir.join("out"))?;
    all_hold(&verify(&dir.join("out"), &pool(2), &Silent)?)?;
    Ok(outcome)
}

const MIX: &str = "[mix]\ntokens = 9_000\nshares = { organic = 0.6, synthetic = 0.4 }\n";

/// Source, words and id of every row of a rank, in order.
fn rank(out: &Path, rank: usize) -> Vec<(String, u64, String)> {
    let mut rows = Vec::new();
    for file in files(&out.join("data").join(format!("rank-{rank:05}"))) {
        let batch = read(&file);
        let count = |text: String| text.split_whitespace().count() as u64;
        let texts = words(&batch, "text").into_iter().map(count);
        let sources = words(&batch, "source").into_iter().zip(texts);
        rows.extend(sources.zip(words(&batch, "id")).map(|((source, tokens), id)| (source, tokens, id)));
    }
    rows
}

/// Every prefix of every rank is within a longest document of the rank's shares, no two ranks differ by more than a source's longest, and all
/// together they are what one order has.
#[test]
fn every_rank_keeps_the_shares() {
    let ids = |out: &Path| -> Vec<String> {
        let mut ids: Vec<String> = files(&out.join("data")).iter().flat_map(|file| words(&read(file), "id")).collect();
        ids.sort();
        ids
    };
    let whole = tempfile::tempdir().unwrap();
    run(whole.path(), &format!("{MIX}[output]\norder = \"interleaved\"\n")).unwrap();
    for ranks in [2, 3, 7] {
        let dir = tempfile::tempdir().unwrap();
        run(dir.path(), &format!("{MIX}[output]\norder = \"interleaved\"\nranks = {ranks}\n")).unwrap();
        let out = dir.path().join("out");
        assert_eq!(ids(&out), ids(&whole.path().join("out")));
        let all: Vec<Vec<(String, u64, String)>> = (0..ranks).map(|at| rank(&out, at)).collect();
        let longest = all.iter().flatten().map(|row| row.1).max().unwrap() as f64;
        for rows in &all {
            let total: u64 = rows.iter().map(|row| row.1).sum();
            let mut sums = BTreeMap::<&str, u64>::new();
            rows.iter().for_each(|row| *sums.entry(&row.0).or_default() += row.1);
            let (mut emitted, mut so_far) = (BTreeMap::<&str, u64>::new(), 0);
            for (source, tokens, _) in rows {
                *emitted.entry(source).or_default() += tokens;
                so_far += tokens;
                for (source, sum) in &sums {
                    let wanted = so_far as f64 * *sum as f64 / total as f64;
                    let got = emitted.get(source).copied().unwrap_or(0) as f64;
                    assert!((got - wanted).abs() <= longest, "{got} of {source}, where {wanted} is its share");
                }
            }
        }
        for source in ["web", "llm"] {
            let of =
                |rows: &Vec<(String, u64, String)>| rows.iter().filter(|row| row.0 == source).map(|row| row.1).sum();
            let sums: Vec<u64> = all.iter().map(of).collect();
            assert!((sums.iter().max().unwrap() - sums.iter().min().unwrap()) as f64 <= longest, "{sums:?}");
        }
    }
}

/// More ranks than rows leave files without rows; a shuffled output may be dealt too, and an input order not.
#[test]
fn ranks_without_rows_and_other_orders() {
    let dir = tempfile::tempdir().unwrap();
    let few = MIX.replace("9_000", "150");
    let outcome = run(dir.path(), &format!("{few}[output]\nranks = 40\n")).unwrap();
    assert_eq!(outcome.report.output.shards.len(), 40);
    assert_eq!(outcome.report.output.shards[39].name, "rank-00039/train-00000-of-00001.parquet");
    assert!(outcome.report.output.shards.iter().any(|shard| shard.rows == 0));
    let dir = tempfile::tempdir().unwrap();
    let refused = run(dir.path(), &format!("{MIX}[output]\norder = \"input\"\nranks = 2\n")).unwrap_err().to_string();
    assert!(refused.contains("order = \"input\" leaves rows where they lie"), "{refused}");
    run(dir.path(), &format!("{MIX}[output]\nranks = 0\n")).unwrap_err();
}

/// Two rows changed places: no count changes, and the order is not what it was.
#[test]
fn an_order_that_strays_is_found() {
    let dir = tempfile::tempdir().unwrap();
    run(dir.path(), &format!("{MIX}[output]\norder = \"interleaved\"\nranks = 2\n")).unwrap();
    let file = files(&dir.path().join("out").join("data")).remove(0);
    let whole = read(&file);
    let sources = words(&whole, "source");
    let mut order: Vec<u32> = (0..sources.len() as u32).collect();
    order.sort_by_key(|&row| sources[row as usize].clone());
    let order = arrow::array::UInt32Array::from(order);
    kit::write(&file, &arrow::compute::take_record_batch(&whole, &order).unwrap(), 1 << 20);
    let checks = verify(&dir.path().join("out"), &pool(1), &Silent).unwrap();
    let failed: Vec<&str> = checks.iter().filter(|c| c.problem.is_some()).map(|c| c.what.as_str()).collect();
    assert!(failed.contains(&"every prefix of the order within its bound, and every rank"), "{failed:?}");
}

/// Every row says its stage; a column of that name in the input is called otherwise.
#[test]
fn rows_say_their_stage() {
    for (order, ranks) in [("shuffled", 1), ("interleaved", 1), ("interleaved", 3)] {
        let dir = tempfile::tempdir().unwrap();
        let text = format!(
            "[[stage]]\nname = \"stable\"\ntokens = 4_000\nshares = {{ organic = 0.8, synthetic = 0.2 }}\n\
             [[stage]]\nname = \"decay\"\ntokens = 2_000\nshares = {{ organic = 0.3, synthetic = 0.7 }}\n\
             [output]\norder = \"{order}\"\nranks = {ranks}\n"
        );
        run(dir.path(), &text).unwrap();
        let mut sums = BTreeMap::<(String, String), u64>::new();
        for file in files(&dir.path().join("out").join("data")) {
            let batch = read(&file);
            let stages = words(&batch, "stage");
            assert!(stages.is_sorted_by(|a, b| a >= b), "stable comes before decay");
            for ((stage, category), text) in
                stages.into_iter().zip(words(&batch, "category")).zip(words(&batch, "text"))
            {
                *sums.entry((stage, category)).or_default() += text.split_whitespace().count() as u64;
            }
        }
        let sums: Vec<u64> = sums.into_values().collect();
        assert_eq!(sums.len(), 4);
        for (sum, wanted) in sums.iter().zip([600, 1_400, 3_200, 800]) {
            assert!(sum.abs_diff(wanted) <= 100, "{sums:?}");
        }
    }
    let dir = tempfile::tempdir().unwrap();
    let rows = (0..40).map(|i| (format!("d{i}"), prose(i, 2)));
    let (ids, texts): (Vec<String>, Vec<String>) = rows.unzip();
    let stages = string_array(ids.iter().map(|_| "theirs"));
    let columns = vec![("id", string_array(&ids)), ("text", string_array(&texts)), ("stage", stages)];
    kit::write(&dir.path().join("a.parquet"), &batch(columns), 16);
    let recipe = "[[source]]\nname = \"a\"\ncategory = \"organic\"\npaths = [\"a.parquet\"]\n\
                  [[stage]]\nname = \"one\"\ntokens = 300\nshares = { organic = 1.0 }\n";
    kit::run(recipe, dir.path(), &dir.path().join("out")).unwrap();
    let data = kit::read_dir(&dir.path().join("out").join("data"));
    assert!(words(&data, "stage").iter().all(|stage| stage == "one"));
    assert!(words(&data, "input_stage").iter().all(|stage| stage == "theirs"));
}
