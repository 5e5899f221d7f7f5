//! Problems as Parquet, read back by the `parquet` crate alone.

use crate::kit::{digests, files, numbers, plain, pool, read, reals, words};
use arrow::array::{Array, AsArray};
use mashbill::pipeline::{Silent, SynthConfig, synth};
use mashbill::synth::{Generator, Kind, check_answer};
use std::collections::HashSet;

fn config(kinds: &[Kind], count: u64) -> SynthConfig {
    SynthConfig { kinds: kinds.to_vec(), count, seed: 9, difficulty: None }
}

#[test]
fn rows_are_the_generators_items_in_turn() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("deep/problems.parquet");
    let kinds = [Kind::Calculus, Kind::Units, Kind::Physics];
    let made = synth(&config(&kinds, 5_000), &path, &pool(2), &Silent).unwrap();
    assert_eq!(made.kinds.iter().map(|k| k.items).collect::<Vec<_>>(), [1_667, 1_667, 1_666]);
    assert_eq!(made.files, [(path.clone(), 5_000)]);
    let rows = read(&path);
    assert_eq!(rows.num_rows(), 5_000);
    let column = |name: &str| words(&rows, name);
    let (texts, questions, answers, templates) =
        (column("text"), column("question"), column("answer"), column("prompt_template_id"));
    let (phrasings, items) = (numbers(&rows, "phrasing"), numbers(&rows, "item"));
    let generators = kinds.map(|kind| Generator::new(kind, 9));
    for row in 0..5_000 {
        let item = generators[row % 3].item(row as u64 / 3).unwrap();
        assert_eq!((&texts[row], items[row]), (&item.text(), Some(row as u64 / 3)));
        let phrasing = phrasings[row].unwrap() as usize;
        assert_eq!(
            check_answer(&templates[row], phrasing, &questions[row], &answers[row]),
            Some(true),
            "{}",
            texts[row]
        );
    }
    for unique in ["id", "problem_key", "content_hash"] {
        assert_eq!(column(unique).into_iter().collect::<HashSet<_>>().len(), 5_000, "{unique}");
    }
    assert_eq!(column("id")[3], "synth1-calculus-9-1");
    assert_eq!(column("decoding")[1], "version=1 kind=units seed=9");
    assert!(column("origin").iter().all(|v| v == "synthetic") && column("kind").iter().all(|v| v == "rule_based"));
    assert!(reals(&rows, "difficulty").iter().all(|d| d.is_some_and(|d| (0.0..20.0).contains(&d))));
    let verification = rows.column_by_name("verification").unwrap().as_struct();
    assert!(verification.column_by_name("pass").unwrap().as_boolean().iter().all(|pass| pass == Some(true)));
    assert_eq!(rows.column_by_name("seed_doc_ids").unwrap().null_count(), 5_000);
}

#[test]
fn threads_change_no_byte_and_a_folder_has_a_file_a_kind() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, threads: usize| {
        let out = dir.path().join(name);
        synth(&config(&[Kind::Algebra, Kind::Numbers, Kind::Algebra], 9_001), &out, &pool(threads), &Silent).unwrap();
        digests(&out)
    };
    let one = write("one", 1);
    assert_eq!(one.keys().collect::<Vec<_>>(), ["algebra.parquet", "numbers.parquet"]);
    assert_eq!(write("four", 4), one);
    assert_eq!(read(&dir.path().join("one/algebra.parquet")).num_rows(), 4_501);
}

#[test]
fn what_cannot_be_had_is_refused_before_anything_is_written() {
    let dir = tempfile::tempdir().unwrap();
    let fails = |config: SynthConfig| {
        let error = synth(&config, &dir.path().join("out"), &pool(1), &Silent).unwrap_err();
        assert!(files(dir.path()).is_empty());
        plain(error, &[dir.path()])
    };
    assert_eq!(fails(config(&[], 5)), "kinds: at least one is needed");
    let narrow = SynthConfig { difficulty: Some((0.5, 2.0)), ..config(&[Kind::Probability], 1_000_000) };
    let all = Generator::with_difficulty(Kind::Probability, 9, 0.5, 2.0).unwrap().cardinality();
    let expected = format!(
        "count: 1000000 are asked of `probability`, which has only {all} problems of this difficulty, and none is made twice; ask for \
         fewer, for a wider difficulty, or for more kinds"
    );
    assert_eq!(fails(narrow), expected);
    let none = SynthConfig { difficulty: Some((40.0, 50.0)), ..config(&[Kind::Units], 1) };
    assert!(fails(none).starts_with("difficulty: `units` has no template between 40 and 50 digits; it has them from "));
}

#[test]
fn no_items_make_an_empty_table() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("none.parquet");
    synth(&config(&[Kind::Units], 0), &path, &pool(1), &Silent).unwrap();
    assert_eq!(read(&path).num_rows(), 0);
}
