//! Stopped at any instant and run again: the same bytes as an unbroken run. A changed recipe or input is refused by name.

use crate::kit::{self, copy_dir, digests, files, plain, prose, replace, run, run_watched, write_docs};
use mashbill::Error;
use mashbill::pipeline::{Event, Phase, Progress};
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use tempfile::TempDir;

/// Two sources, five files, duplicates, copies, several output shards.
pub(crate) const RECIPE: &str = r#"
seed = 5
[tokens]
counter = "bytes"
[[source]]
name = "web"
category = "organic"
paths = ["web-*.parquet"]
steps = [{ threshold = { signal = "word_count", min = 20 } }]
[[source]]
name = "made"
category = "synthetic"
paths = ["made-*.parquet"]
max_epochs = 2.5
[dedup]
near = { ngram = 5, threshold = 0.8 }
[mix]
tokens = 1_600_000
shares = { organic = 0.6, synthetic = 0.4 }
[output]
shard_mib = 1
compression = "snappy"
"#;

/// The inputs of [`RECIPE`].
pub(crate) fn inputs(dir: &Path) {
    let mut web: Vec<(String, String)> = (0..450).map(|i| (format!("w{i}"), prose(i, 30))).collect();
    web.push(("short".to_owned(), "Too short to be kept.".to_owned()));
    web.push(("copy".to_owned(), prose(7, 30)));
    web.push(("near".to_owned(), format!("{} And one more word.", prose(8, 30))));
    for (part, docs) in web.chunks(160).enumerate() {
        write_docs(&dir.join(format!("web-{part}.parquet")), docs, 50);
    }
    let made: Vec<(String, String)> = (1_000..1_160).map(|i| (format!("m{i}"), prose(i, 20))).collect();
    for (part, docs) in made.chunks(80).enumerate() {
        write_docs(&dir.join(format!("made-{part}.parquet")), docs, 30);
    }
}

fn prepared() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    inputs(dir.path());
    dir
}

/// Stops the run, as if by a kill, at the nth event of a phase: what unwinds is no error that the pipeline could handle.
struct StopAt {
    phase: Phase,
    countdown: AtomicUsize,
}

impl Progress for StopAt {
    fn event(&self, event: Event) {
        let (Event::Begin { phase, .. } | Event::Advance { phase, .. } | Event::End { phase }) = event else { return };
        if phase == self.phase && self.countdown.fetch_sub(1, Ordering::Relaxed) == 0 {
            std::panic::resume_unwind(Box::new("stopped"));
        }
    }
}

/// Whether the run was stopped before its end.
fn stopped(base: &Path, out: &Path, phase: Phase, nth: usize) -> bool {
    let stop = StopAt { phase, countdown: AtomicUsize::new(nth) };
    catch_unwind(AssertUnwindSafe(|| run_watched(RECIPE, base, out, &stop).unwrap())).is_err()
}

#[test]
fn a_run_stopped_in_any_phase_goes_on_to_the_same_bytes() {
    let dir = prepared();
    let unbroken = dir.path().join("unbroken");
    let outcome = run(RECIPE, dir.path(), &unbroken).unwrap();
    assert!(outcome.report.output.shards.len() > 1, "{:?}", outcome.report.output);
    let expected = digests(&unbroken);
    let mut stops = 0;
    for (phase, events) in [
        (Phase::Scan, [0, 1, 5, 9, 14]),
        (Phase::Dedup, [0, 1, 2, 3, 4]),
        (Phase::Plan, [0, 1, 2, 3, 4]),
        (Phase::Scatter, [0, 1, 5, 9, 14]),
        (Phase::Write, [0, 1, 2, 3, 4]),
    ] {
        let mut of_this_phase = 0;
        for nth in events {
            let out = dir.path().join(format!("{phase}-{nth}"));
            if !stopped(dir.path(), &out, phase, nth) {
                break;
            }
            of_this_phase += 1;
            assert!(!out.join("run.json").exists() && !out.join("data").exists(), "{phase} {nth}");
            run(RECIPE, dir.path(), &out).unwrap();
            assert_eq!(digests(&out), expected, "stopped at event {nth} of {phase}");
        }
        assert!(of_this_phase >= 2, "{phase} was stopped {of_this_phase} times");
        stops += of_this_phase;
    }
    assert!(stops >= 15, "{stops}");
}

#[test]
fn a_run_stopped_again_and_again_ends_with_the_same_bytes() {
    let dir = prepared();
    let (unbroken, out) = (dir.path().join("unbroken"), dir.path().join("out"));
    run(RECIPE, dir.path(), &unbroken).unwrap();
    for (phase, nth) in [(Phase::Scan, 5), (Phase::Scan, 3), (Phase::Dedup, 1), (Phase::Scatter, 6), (Phase::Write, 1)]
    {
        assert!(stopped(dir.path(), &out, phase, nth), "{phase}");
    }
    run(RECIPE, dir.path(), &out).unwrap();
    assert_eq!(digests(&out), digests(&unbroken));
}

/// Scans that are whole are used again; no row of them is read.
#[test]
fn whole_scans_are_not_done_again() {
    struct Reused(AtomicUsize);
    impl Progress for Reused {
        fn event(&self, event: Event) {
            if let Event::Reused { shards } = event {
                self.0.store(shards, Ordering::Relaxed);
            }
        }
    }
    let dir = prepared();
    let out = dir.path().join("out");
    assert!(stopped(dir.path(), &out, Phase::Dedup, 0));
    let reused = Reused(AtomicUsize::new(0));
    run_watched(RECIPE, dir.path(), &out, &reused).unwrap();
    assert_eq!(reused.0.into_inner(), 5);
}

/// The instants at the very end, between one rename and the next, put together from a whole run and an unfinished one.
#[test]
fn a_stop_between_the_last_renames_goes_on_to_the_same_bytes() {
    let dir = prepared();
    let (unbroken, broken) = (dir.path().join("unbroken"), dir.path().join("broken"));
    run(RECIPE, dir.path(), &unbroken).unwrap();
    assert!(stopped(dir.path(), &broken, Phase::Scatter, 0));
    let expected = digests(&unbroken);
    let cases: [(&str, &[&str]); 5] = [
        ("ledger renamed", &["ledger"]),
        ("data renamed", &["ledger", "data"]),
        ("report written", &["ledger", "data", "report.txt"]),
        ("run.json written, work not cleared", &["ledger", "data", "report.txt", "run.json"]),
        ("data without ledger, as after half a clearing", &["data"]),
    ];
    for (case, whole) in cases {
        let out = dir.path().join("out");
        copy_dir(&broken, &out);
        for name in whole {
            let (from, to) = (unbroken.join(name), out.join(name));
            if from.is_dir() { copy_dir(&from, &to) } else { std::fs::copy(from, to).map(drop).unwrap() }
        }
        run(RECIPE, dir.path(), &out).unwrap();
        assert_eq!(digests(&out), expected, "{case}");
        std::fs::remove_dir_all(&out).unwrap();
    }
}

/// Whatever was being written when the run was stopped lies there under its temporary name.
#[test]
fn unfinished_files_are_no_obstacle_and_do_not_stay() {
    let dir = prepared();
    let unbroken = dir.path().join("unbroken");
    run(RECIPE, dir.path(), &unbroken).unwrap();
    for name in ["job.json", "report.txt", "run.json"] {
        let out = dir.path().join("out");
        std::fs::create_dir(&out).unwrap();
        if name != "job.json" {
            assert!(stopped(dir.path(), &out, Phase::Scatter, 0));
        }
        std::fs::write(out.join(format!("{name}.unfinished")), "{\"half").unwrap();
        run(RECIPE, dir.path(), &out).unwrap();
        assert_eq!(digests(&out), digests(&unbroken), "{name}.unfinished");
        std::fs::remove_dir_all(&out).unwrap();
    }
}

#[test]
fn a_whole_run_is_not_done_again() {
    let dir = prepared();
    let out = dir.path().join("out");
    let first = run(RECIPE, dir.path(), &out).unwrap();
    let before = digests(&out);
    let phases = kit::Phases::default();
    let again = run_watched(RECIPE, dir.path(), &out, &phases).unwrap();
    assert!(!first.was_done && again.was_done && phases.0.into_inner().unwrap().is_empty());
    assert_eq!((again.report, digests(&out)), (first.report, before));
}

fn conflict(recipe: &str, base: &Path, out: &Path) -> String {
    match run(recipe, base, out).unwrap_err() {
        e @ Error::Conflict { .. } => plain(e, &[base]),
        e => panic!("{e:?}"),
    }
}

#[test]
fn a_changed_recipe_is_refused_with_what_differs() {
    let dir = prepared();
    let out = dir.path().join("out");
    assert!(stopped(dir.path(), &out, Phase::Scan, 6));
    let before = digests(&out);
    let changed = replace(RECIPE, "organic = 0.6, synthetic = 0.4", "organic = 0.7, synthetic = 0.3");
    let changed = replace(&changed, "min = 20", "min = 30");
    insta::assert_snapshot!(conflict(&changed, dir.path(), &out), @r#"
    DIR/out: belongs to a run with another recipe or other inputs:
      recipe.mix.shares.organic: was 0.6, is 0.7
      recipe.mix.shares.synthetic: was 0.4, is 0.3
      recipe.sources[0].steps[0].threshold.min: was 20.0, is 30.0
    Choose another --out, undo the change, or delete the folder to begin anew.
    "#);
    assert_eq!(digests(&out), before, "a refusal changes nothing");
    // The same after the run is whole.
    run(RECIPE, dir.path(), &out).unwrap();
    insta::assert_snapshot!(conflict(&replace(RECIPE, "seed = 5", "seed = 6"), dir.path(), &out), @r#"
    DIR/out: belongs to a run with another recipe or other inputs:
      recipe.seed: was 5, is 6
    Choose another --out, undo the change, or delete the folder to begin anew.
    "#);
}

#[test]
fn changed_inputs_are_refused_with_what_differs() {
    let dir = prepared();
    let out = dir.path().join("out");
    assert!(stopped(dir.path(), &out, Phase::Dedup, 0));
    // One text replaced by another of the same length; one file more.
    let changed = dir.path().join("made-1.parquet");
    let old = std::fs::read(&changed).unwrap();
    let mut docs: Vec<(String, String)> = (1_080..1_160).map(|i| (format!("m{i}"), prose(i, 20))).collect();
    docs[3].1 = docs[3].1.chars().rev().collect();
    write_docs(&changed, &docs, 30);
    write_docs(&dir.path().join("web-9.parquet"), &[("new", prose(99, 9))], 1);
    let message = conflict(RECIPE, dir.path(), &out);
    let keys: BTreeSet<&str> = message.lines().filter_map(|l| l.trim().split_once(": ")).map(|(key, _)| key).collect();
    assert!(keys.contains("input made/made-1.parquet.footer_xxh3_128"), "{message}");
    assert!(message.contains("input web/web-9.parquet: is new"), "{message}");
    assert!(!message.contains("web-0.parquet"), "{message}");
    // Undone, the run goes on.
    std::fs::write(&changed, old).unwrap();
    std::fs::remove_file(dir.path().join("web-9.parquet")).unwrap();
    run(RECIPE, dir.path(), &out).unwrap();
}

#[test]
fn a_folder_of_other_files_is_refused_and_left_alone() {
    let dir = prepared();
    let out = dir.path().join("home");
    std::fs::create_dir(&out).unwrap();
    std::fs::write(out.join("thesis.tex"), "all of it").unwrap();
    insta::assert_snapshot!(conflict(RECIPE, dir.path(), &out), @"DIR/home: holds files that no run made; choose an empty or new folder");
    assert_eq!(files(&out), [out.join("thesis.tex")]);
}

/// An input that changes while the run is on: it is noticed when its text is read again.
#[test]
fn an_input_cut_short_under_the_run_is_an_error() {
    let dir = prepared();
    let out = dir.path().join("out");
    let pool = kit::pool(2);
    let job = kit::job_with(RECIPE, dir.path(), &pool, None).unwrap();
    let file = dir.path().join("web-0.parquet");
    let bytes = std::fs::read(&file).unwrap();
    std::fs::write(&file, &bytes[..bytes.len() / 2]).unwrap();
    let error = job.run(&out, &pool, &mashbill::pipeline::Silent).unwrap_err();
    assert!(matches!(error, Error::Read { .. }) && error.to_string().contains("web-0.parquet"), "{error}");
    assert!(!out.join("data").exists());
}
