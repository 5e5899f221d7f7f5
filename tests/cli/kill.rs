//! `kill -9` at many instants, then the same command again: the same bytes as an unbroken run.

use super::{command, mashbill, path};
use crate::kit::{digests, files};
use crate::pipeline::resume::{RECIPE, inputs};
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

/// Starts the command and kills it after `delay`. Whether it was still running then.
fn killed(arguments: &[&str], delay: Duration) -> bool {
    let mut child = command(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    std::thread::sleep(delay);
    // SIGKILL on Unix: no handler, no destructor runs.
    let running = child.try_wait().unwrap().is_none();
    child.kill().unwrap();
    child.wait().unwrap();
    running
}

fn prepare(dir: &Path) -> (String, Duration) {
    inputs(dir);
    std::fs::write(dir.join("recipe.toml"), RECIPE).unwrap();
    let recipe = path(dir, "recipe.toml");
    let began = Instant::now();
    mashbill(&["run", &recipe, "--out", &path(dir, "unbroken"), "--quiet"]).ok();
    (recipe, began.elapsed())
}

#[test]
fn killed_once_at_any_instant_a_run_goes_on_to_the_same_bytes() {
    let dir = tempfile::tempdir().unwrap();
    let (recipe, whole) = prepare(dir.path());
    let expected = digests(&dir.path().join("unbroken"));
    let mut killed_midway = 0;
    // Tenths of the time that a whole run took: some fall into each phase.
    for tenth in 0..10 {
        let out = path(dir.path(), &format!("out{tenth}"));
        let run = ["run", &recipe, "--out", &out, "--quiet"];
        killed_midway += usize::from(killed(&run, whole * tenth / 10));
        mashbill(&run).ok();
        assert_eq!(digests(Path::new(&out)), expected, "killed after {tenth}/10 of {whole:?}");
    }
    assert!(killed_midway >= 4, "{killed_midway}");
}

#[test]
fn killed_again_and_again_a_run_ends_with_the_same_bytes() {
    let dir = tempfile::tempdir().unwrap();
    let (recipe, whole) = prepare(dir.path());
    let out = path(dir.path(), "out");
    let run = ["run", &recipe, "--out", &out, "--quiet"];
    let mut kills = 0;
    for twentieth in 1..40 {
        if !killed(&run, whole * twentieth / 20) {
            break;
        }
        kills += 1;
    }
    mashbill(&run).ok();
    assert!(kills >= 3, "{kills}");
    assert_eq!(digests(Path::new(&out)), digests(&dir.path().join("unbroken")));
    let left = files(Path::new(&out)).into_iter().filter(|f| f.to_string_lossy().contains("unfinished")).count();
    assert_eq!(left, 0);
    mashbill(&["verify", &out, "--quiet"]).ok();
}

#[test]
fn dedup_killed_goes_on_to_the_same_bytes() {
    let dir = tempfile::tempdir().unwrap();
    inputs(dir.path());
    let (a, b) = (path(dir.path(), "web-0.parquet"), path(dir.path(), "web-2.parquet"));
    let (whole, out) = (path(dir.path(), "whole"), path(dir.path(), "out"));
    let began = Instant::now();
    mashbill(&["dedup", &a, &b, "--out", &whole, "--quiet"]).ok();
    let time = began.elapsed();
    let mut kills = 0;
    for twentieth in 1..21 {
        // A budget so small that there are many spill files to leave behind; it changes no byte.
        let dedup = ["dedup", &a, &b, "--out", &out, "--quiet", "--memory", "1MiB"];
        kills += usize::from(killed(&dedup, time * twentieth / 20));
    }
    assert!(kills >= 3, "{kills}");
    mashbill(&["dedup", &a, &b, "--out", &out, "--quiet"]).ok();
    assert_eq!(digests(Path::new(&out)), digests(Path::new(&whole)));
    assert!(!Path::new(&out).join("work").exists());
    assert!(Path::new(&out).join("duplicates.parquet").exists());
}
