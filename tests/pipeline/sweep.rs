//! `sweep` against runs: what it says other bounds keep is what a run with those bounds keeps, row for row, byte for byte.

use crate::kit::{self, files, fixtures, lists, numbers, pool, read, replace, strings, words};
use mashbill::pipeline::{
    AnnotateConfig, ColumnNames, EvidenceFile, LabelledPath, Silent, Source, SweepAsk, SweepSource, annotate, sweep,
    verify,
};
use mashbill::recipe::{Chain, Recipe, Registry};
use mashbill::report::{Setting, Size, SourceSweep, Sweep, Swept};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// Two sources. In `web` a signal is measured before and after a rewrite, and one is undefined for some texts; `mixed` has
/// combinations, two patterns in one step, a rewrite between, and rows that cannot be judged.
const RECIPE: &str = r#"
on_bad_row = "quarantine"
[tokens]
counter = "words"
[[source]]
name = "web"
category = "organic"
paths = ["corpus/web_wet.parquet"]
steps = [
    { profile = "fineweb" },
    { threshold = { signal = "mean_word_length", max = 5.5, undefined = "keep" } },
]
[[source]]
name = "mixed"
category = "synthetic"
paths = ["corpus/duckdb.parquet", "corpus/neardup.parquet", "bad/null_text.parquet"]
steps = [
    { threshold = { signal = "word_count", min = 100, max = 1000 } },
    { any_of = [
        { threshold = { signal = "char_count", max = 1500 } },
        { not = { threshold = { signal = "mean_word_length", min = 4.8 } } },
    ] },
    { newline_cap = { max = 0 } },
    { all_of = [
        { pattern = { regex = "(?i)that", max = 20 } },
        { pattern = { regex = "[0-9]+", max = 40 } },
        { threshold = { signal = "char_count", min = 800 } },
        { threshold = { signal = "mean_sentence_length", max = 30 } },
    ] },
]
[ledger]
signals = true
[output]
order = "input"
"#;

/// What to try: the rule, the bound, and the same in the recipe.
const CASES: &[(&str, &str, &str, &str)] = &[
    ("gopher_quality.min_words", "250", "\"fineweb\"", "\"fineweb\", gopher_quality = { min_words = 250 }"),
    ("gopher_quality.min_stop_words", "10", "\"fineweb\"", "\"fineweb\", gopher_quality = { min_stop_words = 10 }"),
    (
        "gopher_repetition.max_duplicate_line_chars",
        "0.02",
        "\"fineweb\"",
        "\"fineweb\", gopher_repetition = { max_duplicate_line_chars = 0.02 }",
    ),
    (
        "fineweb.max_duplicate_line_chars",
        "0.1",
        "\"fineweb\"",
        "\"fineweb\", fineweb = { max_duplicate_line_chars = 0.1 }",
    ),
    ("c4.max_curly_brackets", "off", "\"fineweb\"", "\"fineweb\", c4 = { max_curly_brackets = false }"),
    ("threshold.max_mean_word_length", "4.9", "max = 5.5", "max = 4.9"),
    ("threshold.min_word_count", "500", "min = 100", "min = 500"),
    ("threshold.max_word_count", "off", "min = 100, max = 1000", "min = 100"),
    ("all_of.max_matches#2", "5", "max = 40", "max = 5"),
    ("all_of.max_matches", "3", "max = 20 }", "max = 3 }"),
    ("all_of.max_mean_sentence_length", "18.5", "max = 30", "max = 18.5"),
    (
        ANY_OF,
        "off",
        "{ threshold = { signal = \"char_count\", max = 1500 } },",
        "{ threshold = { signal = \"word_count\", min = 0 } },",
    ),
];
const ANY_OF: &str = "any_of.any_of(max_char_count, not(min_mean_word_length))";

/// What a run of the recipe keeps, by source, from its ledger.
fn run_keeps(recipe: &str, out: &Path) -> BTreeMap<String, Size> {
    kit::run(recipe, &fixtures(), out).unwrap();
    let mut kept: BTreeMap<String, Size> = BTreeMap::new();
    for file in files(&out.join("ledger")) {
        let ledger = read(&file);
        let (bytes, tokens) = (numbers(&ledger, "bytes"), numbers(&ledger, "tokens"));
        for (i, source) in words(&ledger, "source").into_iter().enumerate() {
            let size = kept.entry(source).or_insert(Size { rows: 0, bytes: Some(0), tokens: Some(0) });
            if words(&ledger, "verdict")[i] == "kept" {
                let add = |sum: Option<u64>, more: Option<u64>| Some(sum.unwrap() + more.unwrap());
                *size =
                    Size { rows: size.rows + 1, bytes: add(size.bytes, bytes[i]), tokens: add(size.tokens, tokens[i]) };
            }
        }
    }
    kept
}

fn chain(source: usize) -> Chain {
    let registry = Registry::default();
    Recipe::from_toml(RECIPE, "test.toml", &fixtures(), &registry).unwrap().chain(source, &registry).unwrap()
}

fn swept(out: &Path, source: usize, asks: &[(&str, &str)], threads: usize) -> Sweep {
    let (name, chain) = (["web", "mixed"][source].to_owned(), chain(source));
    let files = EvidenceFile::of_run(out, &name, &chain).unwrap();
    sweep(&[SweepSource { name, chain, files }], &parsed(asks), &pool(threads)).unwrap()
}

fn parsed(asks: &[(&str, &str)]) -> Vec<SweepAsk> {
    asks.iter().map(|(rule, values)| format!("{rule}={values}").parse().unwrap()).collect()
}

/// The run whose values are swept.
fn recorded() -> (TempDir, BTreeMap<String, Size>) {
    let dir = tempfile::tempdir().unwrap();
    let kept = run_keeps(RECIPE, &dir.path().join("out"));
    (dir, kept)
}

fn kept_at(sweep: &SourceSweep, rule: &str, value: &str) -> Size {
    let setting = Setting { rule: rule.to_owned(), value: value.parse().ok() };
    sweep.alone.iter().find(|swept| swept.settings == [setting.clone()]).unwrap().kept
}

#[test]
fn other_bounds_keep_what_a_run_with_them_keeps() {
    let (dir, as_is) = recorded();
    let out = dir.path().join("out");
    let mut changed = 0;
    for source in 0..2 {
        let names: Vec<String> = chain(source).rules().iter().map(|rule| rule.name.clone()).collect();
        let cases = CASES.iter().filter(|case| names.iter().any(|name| name == case.0));
        let mut asks: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        cases.clone().for_each(|(rule, value, ..)| asks.entry(rule).or_default().push(value));
        let asks: Vec<(&str, String)> = asks.into_iter().map(|(rule, values)| (rule, values.join(","))).collect();
        let asks: Vec<(&str, &str)> = asks.iter().map(|(rule, values)| (*rule, values.as_str())).collect();
        let sweep = swept(&out, source, &asks, 2);
        assert_eq!(sweep, swept(&out, source, &asks, 1), "threads change nothing");
        let sweep = &sweep.sources[0];
        assert_eq!(sweep.kept, as_is[&sweep.source]);
        for (number, (rule, value, from, to)) in cases.enumerate() {
            let out = dir.path().join(format!("{source}-{number}"));
            let kept = run_keeps(&replace(RECIPE, from, to), &out)[&sweep.source];
            assert_eq!(kept_at(sweep, rule, value), kept, "{rule} = {value}");
            changed += usize::from(kept != sweep.kept);
        }
    }
    assert_eq!(changed, CASES.len(), "every bound changes what is kept");
}

#[test]
fn combinations_are_swept_together() {
    let (dir, _) = recorded();
    let asks =
        [("fineweb.min_terminal_punctuation_lines", "0.05,off"), ("fineweb.max_duplicate_line_chars", "0.05,0.1")];
    let sweep = swept(&dir.path().join("out"), 0, &asks, 2);
    assert_eq!((sweep.sources[0].combined.len(), sweep.combinations_left_out), (4, None));
    let Swept { settings, kept } = sweep.sources[0].combined.last().unwrap();
    let said: Vec<String> = settings.iter().map(Setting::to_string).collect();
    assert_eq!(said, ["fineweb.min_terminal_punctuation_lines = off", "fineweb.max_duplicate_line_chars = 0.1"]);
    let to = "\"fineweb\", fineweb = { min_terminal_punctuation_lines = false, max_duplicate_line_chars = 0.1 }";
    assert_eq!(*kept, run_keeps(&replace(RECIPE, "\"fineweb\"", to), &dir.path().join("both"))["web"]);
    let alone: Vec<u64> = sweep.sources[0].alone.iter().map(|swept| swept.kept.rows).collect();
    assert!(alone.iter().all(|&rows| rows < kept.rows), "{alone:?} {kept:?}");
    // Eleven by ten are too many.
    let many: Vec<String> = (0..11).map(|n| n.to_string()).collect();
    let asks = [("gopher_quality.min_words", many.join(",")), ("gopher_quality.min_stop_words", many[..10].join(","))];
    let asks: Vec<(&str, &str)> = asks.iter().map(|(rule, values)| (*rule, values.as_str())).collect();
    let sweep = swept(&dir.path().join("out"), 0, &asks, 2);
    assert_eq!((sweep.combinations_left_out, sweep.sources[0].combined.len()), (Some(110), 0));
    assert_eq!(sweep.sources[0].alone.len(), 21);
}

/// The table of rules, counted again from the ledger's lists of failing rules.
#[test]
fn removals_are_those_of_the_ledger() {
    let (dir, _) = recorded();
    let out = dir.path().join("out");
    for source in 0..2 {
        let sweep = swept(&out, source, &[], 2).sources.remove(0);
        let (mut failing, mut first, mut only) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        let (mut pairs, mut judged, mut unjudged) = (BTreeMap::new(), 0, 0);
        for file in files(&out.join("ledger").join(&sweep.source)) {
            let ledger = read(&file);
            let (failed, rules) = (lists(&ledger, "failed"), strings(&ledger, "rule"));
            for (i, verdict) in words(&ledger, "verdict").iter().enumerate() {
                if verdict == "quarantined" {
                    unjudged += 1;
                    continue;
                }
                judged += 1;
                let failed = failed[i].clone().unwrap_or_default();
                if let (true, Some(rule)) = (verdict == "dropped", &rules[i]) {
                    *first.entry(rule.clone()).or_insert(0) += 1;
                }
                if let [rule] = &failed[..] {
                    *only.entry(rule.clone()).or_insert(0) += 1;
                }
                for (at, rule) in failed.iter().enumerate() {
                    *failing.entry(rule.clone()).or_insert(0) += 1;
                    for other in &failed[at + 1..] {
                        *pairs.entry([rule.clone(), other.clone()]).or_insert(0) += 1;
                    }
                }
            }
        }
        assert_eq!((sweep.judged.rows, sweep.unjudged_rows), (judged, unjudged));
        assert_eq!(unjudged > 0, source == 1);
        let of = |counts: &BTreeMap<String, u64>, rule: &str| counts.get(rule).copied().unwrap_or(0);
        for rule in &sweep.rules {
            let found = (rule.failing_rows, rule.first_rows, rule.only.rows);
            let expected = (of(&failing, &rule.rule), of(&first, &rule.rule), of(&only, &rule.rule));
            assert_eq!(found, expected, "{}", rule.rule);
        }
        let found: BTreeMap<[String; 2], u64> = sweep.pairs.iter().map(|p| (p.rules.clone(), p.rows)).collect();
        assert_eq!(found, pairs);
        assert!(sweep.pairs.windows(2).all(|pair| pair[0].rows >= pair[1].rows) && !sweep.pairs.is_empty());
        let dropped: u64 = sweep.rules.iter().map(|rule| rule.first_rows).sum();
        assert_eq!(sweep.kept.rows + dropped, sweep.judged.rows);
    }
}

#[test]
fn recording_changes_neither_ledger_nor_output() {
    let (dir, _) = recorded();
    let plain = dir.path().join("plain");
    run_keeps(&replace(RECIPE, "signals = true", "signals = false"), &plain);
    let out = dir.path().join("out");
    for part in ["ledger", "data"] {
        assert_eq!(kit::digests(&out.join(part)), kit::digests(&plain.join(part)), "{part}");
    }
    assert!(!plain.join("signals").exists() && !out.join("work").exists());
    let names = |part: &str| -> Vec<String> {
        let base = out.join(part);
        files(&base).iter().map(|f| f.strip_prefix(&base).unwrap().to_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names("signals"), names("ledger"));
    // A row of signals is a row of the ledger.
    for name in names("ledger") {
        let (ledger, signals) = (read(&out.join("ledger").join(&name)), read(&out.join("signals").join(&name)));
        assert_eq!(numbers(&ledger, "row"), numbers(&signals, "row"));
        let (bytes, tokens) = (numbers(&signals, "bytes_if_kept"), numbers(&signals, "tokens_if_kept"));
        for (i, verdict) in words(&ledger, "verdict").iter().enumerate() {
            assert_eq!(bytes[i].is_none(), verdict == "quarantined");
            if verdict == "kept" {
                assert_eq!((bytes[i], tokens[i]), (numbers(&ledger, "bytes")[i], numbers(&ledger, "tokens")[i]));
            }
        }
    }
}

#[test]
fn annotations_answer_as_the_ledger_does() {
    let (dir, pool) = (tempfile::tempdir().unwrap(), pool(2));
    let out = dir.path().join("out");
    run_keeps(RECIPE, &out);
    let asks = [("gopher_quality.min_words", "30,off"), ("fineweb.max_duplicate_line_chars", "0.1")];
    let ledger = swept(&out, 0, &asks, 2);
    let files = [LabelledPath::new(&fixtures().join("corpus/web_wet.parquet"), None)];
    let source = Source::open(&pool, "web", "organic", &files, &ColumnNames::default(), chain(0)).unwrap();
    let path = dir.path().join("annotations.parquet");
    let config = AnnotateConfig { batch_bytes: 1 << 20, reference_reasons: false };
    annotate(&source, &pool, &path, &config, &Silent).unwrap();
    let file = EvidenceFile::annotations(&path, "web", &chain(0)).unwrap();
    let sources = [SweepSource { name: "web".to_owned(), chain: chain(0), files: vec![file] }];
    let mut annotations = sweep(&sources, &parsed(&asks), &pool).unwrap();
    let tokens = |size: &mut Size, of: &Size| {
        assert_eq!(size.tokens.take(), if of.rows == 0 { Some(0) } else { None }, "annotate counts no tokens");
        size.tokens = of.tokens;
    };
    let (mine, theirs) = (&mut annotations.sources[0], &ledger.sources[0]);
    tokens(&mut mine.judged, &theirs.judged);
    tokens(&mut mine.kept, &theirs.kept);
    mine.alone.iter_mut().zip(&theirs.alone).for_each(|(a, b)| tokens(&mut a.kept, &b.kept));
    mine.combined.iter_mut().zip(&theirs.combined).for_each(|(a, b)| tokens(&mut a.kept, &b.kept));
    mine.rules.iter_mut().zip(&theirs.rules).for_each(|(a, b)| tokens(&mut a.only, &b.only));
    assert_eq!(annotations, ledger);
    // The other source's steps are others, and annotations hold for the steps that made them.
    let refused = EvidenceFile::annotations(&path, "mixed", &chain(1)).unwrap_err();
    insta::assert_snapshot!(kit::plain(refused, &[dir.path()]), @"DIR/annotations.parquet: was recorded by other steps than source `mixed` has: `gopher_repetition` stood where `threshold` stands. Values hold for the steps that saw them: sweep with the recipe they were recorded with, or record them anew");
}

#[test]
fn signals_of_another_run_are_refused() {
    let (dir, _) = recorded();
    let out = dir.path().join("out");
    let refused = |source: usize, name: &str| {
        kit::plain(EvidenceFile::of_run(&out, name, &chain(source)).unwrap_err(), &[dir.path()])
    };
    insta::assert_snapshot!(refused(0, "wbe"), @"DIR/out: the run has other sources: unknown source `wbe` (did you mean `web`?); known: mixed, web");
    let failed = || -> Vec<String> {
        let checks = verify(&out, &pool(2), &Silent).unwrap();
        checks.into_iter().filter_map(|c| c.problem.map(|problem| format!("{}: {problem}", c.what))).collect()
    };
    assert_eq!(failed(), Vec::<String>::new());
    let web = files(&out.join("signals/web")).remove(0);
    kit::write(&web, &read(&web).slice(1, 5), 5);
    assert!(refused(0, "web").contains("names no steps in its footer"), "{}", refused(0, "web"));
    let said = failed();
    assert!(said.len() == 1 && said[0].contains("it has 5 rows, the ledger 407"), "{said:?}");
    fs::remove_file(&web).unwrap();
    assert!(refused(0, "web").contains("signals/web"), "{}", refused(0, "web"));
}
