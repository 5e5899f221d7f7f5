//! `synth` and `synth-report` as their users meet them.

use super::{mashbill, path};
use crate::kit::fixture;
use serde_json::Value;

#[test]
fn problems_are_listed_made_and_compared() {
    let dir = tempfile::tempdir().unwrap();
    let list = mashbill(&["synth", "--list", "--kind", "algebra,units"]).ok();
    assert!(list.contains("algebra.quadratic") && list.contains("units, all") && !list.contains("calculus"), "{list}");
    let out = path(dir.path(), "problems.parquet");
    let made = mashbill(&["synth", "--kind", "algebra,units", "--count", "501", "--seed", "3", "--out", &out]).ok();
    assert!(made.contains("algebra: 251 of ") && made.contains("units: 250 of "), "{made}");
    assert!(made.ends_with("problems.parquet: 501 rows\n"), "{made}");
    let report =
        mashbill(&["synth-report", &out, "--organic", &fixture("corpus/docs.parquet"), "--kind", "subject"]).ok();
    assert!(report.contains("algebra / mashbill-synth@1 / algebra.linear"), "{report}");
    let json = mashbill(&["synth-report", &out, "--organic", &fixture("corpus/docs.parquet"), "--json"]).ok();
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["all"]["documents"], 501);
}

#[test]
fn wrong_questions_are_answered() {
    let dir = tempfile::tempdir().unwrap();
    let out = path(dir.path(), "out");
    let error = mashbill(&["synth", "--kind", "algebar", "--count", "1", "--out", &out]).failed(2);
    assert!(error.contains("unknown kind `algebar` (did you mean `algebra`?)"), "{error}");
    let error = mashbill(&["synth", "--count", "1", "--difficulty", "9..3", "--out", &out]).failed(2);
    assert!(error.contains("two numbers of digits, the lower first, as in 3..6"), "{error}");
    let error = mashbill(&["synth", "--kind", "units"]).failed(2);
    assert!(error.contains("--count"), "{error}");
    let error = mashbill(&["synth", "--kind", "probability", "--count", "999999999999", "--out", &out]).failed(2);
    assert!(error.contains("which has only"), "{error}");
    let error = mashbill(&["synth-report", "nowhere.parquet", "--organic", &fixture("corpus/docs.parquet")]).failed(2);
    assert!(error.contains("nowhere.parquet"), "{error}");
}
