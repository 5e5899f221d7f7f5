//! `annotate`: one row a row, one column a signal, three columns a step, and the values that the library itself finds.

use crate::kit::{self, fixtures, flags, lists, numbers, pool, read, reals, strings, words};
use arrow::datatypes::DataType;
use mashbill::Facts;
use mashbill::pipeline::{AnnotateConfig, ColumnNames, LabelledPath, Silent, Source, annotate};
use mashbill::recipe::{Chain, StepKind};
use mashbill::text::Analyzer;
use std::collections::{BTreeMap, BTreeSet};

fn annotated(profile: &str, files: &[&str], threads: usize, batch_bytes: usize) -> arrow::array::RecordBatch {
    let (dir, pool) = (tempfile::tempdir().unwrap(), pool(threads));
    let files: Vec<LabelledPath> =
        files.iter().map(|f| LabelledPath::new(&fixtures().join("corpus").join(f), None)).collect();
    let chain = Chain::profile(profile).unwrap();
    let source = Source::open(&pool, "input", "input", &files, &ColumnNames::default(), chain).unwrap();
    let path = dir.path().join("a/b/annotations.parquet");
    let config = AnnotateConfig { batch_bytes, reference_reasons: false };
    let rows = annotate(&source, &pool, &path, &config, &Silent).unwrap();
    let batch = read(&path);
    assert_eq!(rows, batch.num_rows() as u64);
    batch
}

#[test]
fn columns_are_id_signals_edits_and_three_for_each_step() {
    let batch = annotated("fineweb", &["web_wet.parquet"], 2, 1 << 20);
    let chain = Chain::profile("fineweb").unwrap();
    let signals: BTreeSet<&str> = chain.rules().iter().filter_map(|r| r.signal).collect();
    let mut expected: Vec<(String, DataType)> = vec![("id".into(), DataType::Utf8)];
    expected.extend(signals.iter().map(|s| ((*s).to_owned(), DataType::Float64)));
    expected.push(("edits".into(), DataType::UInt32));
    for step in chain.steps().iter().filter(|s| matches!(s.kind, StepKind::Filter(_))) {
        expected.push((format!("{}.keep", step.name), DataType::Boolean));
        expected.push((format!("{}.reason", step.name), DataType::Utf8));
        expected.push((format!("{}.failed", step.name), DataType::Utf8));
    }
    // What a sweep needs beside these: `fineweb` measures one signal again, of what `c4_lines` left.
    expected.push(("bytes_if_kept".into(), DataType::UInt64));
    expected.push(("fineweb.duplicate_line_char_ratio".into(), DataType::Float64));
    let schema = batch.schema();
    let found: Vec<(String, DataType)> = schema
        .fields()
        .iter()
        .map(|f| match f.data_type() {
            DataType::List(item) => (f.name().clone(), item.data_type().clone()),
            other => (f.name().clone(), other.clone()),
        })
        .collect();
    assert_eq!(found, expected);
    assert!(matches!(schema.field_with_name("c4.failed").unwrap().data_type(), DataType::List(_)));
    assert!(signals.len() > 15, "{signals:?}");
}

/// Values, reasons and edits as `Chain::audit` gives them on the text itself; rows in the order of the files.
#[test]
fn values_are_those_of_the_chain() {
    for (profile, file) in [("fineweb", "web_wet.parquet"), ("synthetic", "duckdb.parquet"), ("code", "code-1.parquet")]
    {
        let batch = annotated(profile, &[file], 2, 1 << 20);
        let input = read(&fixtures().join("corpus").join(file));
        assert_eq!(words(&batch, "id"), words(&input, "id"));
        let chain = Chain::profile(profile).unwrap();
        let steps: Vec<&str> =
            chain.steps().iter().filter(|s| matches!(s.kind, StepKind::Filter(_))).map(|s| s.name.as_str()).collect();
        let signals: BTreeSet<&str> = chain.rules().iter().filter_map(|r| r.signal).collect();
        let signals: BTreeMap<&str, Vec<Option<f64>>> = signals.iter().map(|s| (*s, reals(&batch, s))).collect();
        let of = |suffix: &'static str| steps.iter().map(move |s| (*s, format!("{s}.{suffix}")));
        let keeps: BTreeMap<&str, Vec<Option<bool>>> = of("keep").map(|(s, c)| (s, flags(&batch, &c))).collect();
        let reasons: BTreeMap<&str, Vec<Option<String>>> =
            of("reason").map(|(s, c)| (s, strings(&batch, &c))).collect();
        let failed: BTreeMap<&str, Vec<Option<Vec<String>>>> =
            of("failed").map(|(s, c)| (s, lists(&batch, &c))).collect();
        let edits = numbers(&batch, "edits");
        let mut analyzer = Analyzer::new();
        let (mut dropped, mut values_seen) = (0, 0);
        for (i, text) in words(&input, "text").iter().enumerate() {
            let mut values: BTreeMap<&str, Option<f64>> = BTreeMap::new();
            let mut failures: BTreeMap<&str, Vec<String>> = BTreeMap::new();
            let outcome = chain.audit(&mut analyzer, text, Facts::NONE, &mut |finding| {
                let rule = chain.rule(finding.rule).unwrap();
                let step = chain.steps()[rule.step].name.as_str();
                if let Some(signal) = rule.signal {
                    values.entry(signal).or_insert(finding.observed);
                }
                if !finding.passed {
                    let short = rule.name.strip_prefix(&format!("{step}.")).unwrap();
                    failures.entry(step).or_default().push(short.to_owned());
                }
            });
            for (signal, column) in &signals {
                assert_eq!(column[i], values[signal], "{profile}, row {i}: {signal}");
                assert!(column[i].is_none_or(f64::is_finite));
                values_seen += usize::from(column[i].is_some());
            }
            for step in &steps {
                let failures = failures.remove(step).unwrap_or_default();
                assert_eq!(keeps[step][i], Some(failures.is_empty()), "{profile}, row {i}: {step}");
                assert_eq!(reasons[step][i], failures.first().cloned(), "{profile}, row {i}: {step}");
                assert_eq!(failed[step][i], Some(failures), "{profile}, row {i}: {step}");
            }
            assert_eq!(edits[i], Some(u64::from(outcome.edits)));
            let all_keep = steps.iter().all(|s| keeps[s][i] == Some(true));
            assert_eq!(all_keep, chain.check(&mut analyzer, text, Facts::NONE).verdict.is_keep());
            dropped += usize::from(!all_keep);
        }
        assert!(dropped > 0 && values_seen > 400, "{profile}: {dropped} {values_seen}");
    }
}

#[test]
fn threads_batches_and_file_order_change_nothing() {
    let files = ["duckdb.parquet", "extra_columns.parquet", "empty.parquet"];
    let whole = annotated("fineweb", &files, 1, 8 << 20);
    assert_eq!(whole.num_rows(), 56 + 41);
    assert_eq!(annotated("fineweb", &["empty.parquet", "extra_columns.parquet", "duckdb.parquet"], 4, 1), whole);
}

#[test]
fn an_unknown_profile_names_the_nearest() {
    let error = Chain::profile("finewab").unwrap_err().to_string();
    assert!(error.contains("did you mean `fineweb`?"), "{error}");
    let nothing = kit::words(&annotated("c4", &["empty.parquet"], 1, 1), "id");
    assert!(nothing.is_empty());
}
