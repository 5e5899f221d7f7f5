//! A mix planned anew from a ledger: the same bytes as a run of the new recipe, refused where the scan would differ; lists for ratios.

use crate::kit::{self, copy_dir, digests, job_with, numbers, plain, pool, prose, replace, words, write_docs};
use crate::pipeline::resume;
use mashbill::pipeline::{LedgerSource, RatioJob, Silent, all_hold, plan_ledger, sweep_mix, verify};
use mashbill::recipe::Order;
use mashbill::{Error, Result};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// Inputs, and a whole run in `out`.
fn whole_run(recipe: &str) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    resume::inputs(dir.path());
    kit::run(recipe, dir.path(), &dir.path().join("out")).unwrap();
    dir
}

fn remix(recipe: &str, dir: &Path, out: &str) -> Result<()> {
    let pool = pool(2);
    job_with(recipe, dir, &pool, None)?.run_from_ledger(&dir.join("out"), &dir.join(out), &pool, &Silent)?;
    Ok(())
}

/// Another budget, other shares, more epochs, another seed, order and size of shards.
fn changed(recipe: &str, order: &str) -> String {
    let text = replace(recipe, "tokens = 1_600_000", "tokens = 1_100_000");
    let text = replace(&text, "organic = 0.6, synthetic = 0.4", "organic = 0.35, synthetic = 0.65");
    let text = replace(&text, "max_epochs = 2.5", "max_epochs = 6.0");
    let text = replace(&text, "seed = 5", "seed = 6");
    replace(&text, "[output]\n", &format!("[output]\norder = \"{order}\"\n"))
}

#[test]
fn another_mix_from_the_ledger_is_what_a_run_of_it_gives() {
    let recipe = format!("{}\n[ledger]\nsignals = true\n", resume::RECIPE);
    let dir = whole_run(&recipe);
    for order in ["shuffled", "interleaved", "input"] {
        let text = changed(&recipe, order);
        kit::run(&text, dir.path(), &dir.path().join(format!("run-{order}"))).unwrap();
        remix(&text, dir.path(), &format!("mix-{order}")).unwrap();
        let (ours, theirs) = (format!("mix-{order}"), format!("run-{order}"));
        assert_eq!(digests(&dir.path().join(&ours)), digests(&dir.path().join(theirs)), "{order}");
        all_hold(&verify(&dir.path().join(&ours), &pool(2), &Silent).unwrap()).unwrap();
        // A mix can be made from a mix's ledger.
        let pool = pool(1);
        let again = dir.path().join(format!("again-{order}"));
        job_with(&recipe, dir.path(), &pool, None)
            .unwrap()
            .run_from_ledger(&dir.path().join(&ours), &again, &pool, &Silent)
            .unwrap();
        assert_eq!(digests(&again), digests(&dir.path().join("out")));
    }
}

/// Where lines are removed, the ledger does not say which: they are counted again.
#[test]
fn lines_are_removed_as_by_a_run() {
    let recipe = replace(
        resume::RECIPE,
        "near = { ngram = 5, threshold = 0.8 }",
        "near = { ngram = 5, threshold = 0.8 }\nlines = { min_documents = 2, min_chars = 10 }",
    );
    let recipe = replace(&recipe, "tokens = 1_600_000", "tokens = 1_000_000");
    let dir = tempfile::tempdir().unwrap();
    resume::inputs(dir.path());
    let shared: Vec<(String, String)> = (0..40)
        .map(|i| (format!("s{i}"), format!("Log in to read more of this page\n{}", prose(i + 5_000, 30))))
        .collect();
    write_docs(&dir.path().join("web-9.parquet"), &shared, 50);
    kit::run(&recipe, dir.path(), &dir.path().join("out")).unwrap();
    let text = replace(&recipe, "organic = 0.6, synthetic = 0.4", "organic = 0.5, synthetic = 0.5");
    let run = kit::run(&text, dir.path(), &dir.path().join("run")).unwrap();
    assert!(run.report.lines.unwrap().repeated > 0);
    remix(&text, dir.path(), "mix").unwrap();
    assert_eq!(digests(&dir.path().join("mix")), digests(&dir.path().join("run")));
}

#[test]
fn a_ledger_of_another_scan_is_refused_by_name() {
    let dir = whole_run(resume::RECIPE);
    let refused = |recipe: &str| {
        let error = remix(recipe, dir.path(), "mix").unwrap_err();
        assert!(matches!(error, Error::Conflict { .. }), "{error}");
        assert!(!dir.path().join("mix").exists(), "nothing is begun");
        plain(error, &[dir.path()])
    };
    let text = replace(resume::RECIPE, "min = 20", "min = 21");
    let text = replace(&changed(&text, "input"), "threshold = 0.8 }", "threshold = 0.7 }");
    let message = refused(&text);
    let lines: Vec<&str> = message.lines().collect();
    assert_eq!(lines[0], "DIR/out: its ledger is of other inputs, or of a recipe with another scan:", "{message}");
    assert_eq!(lines.last(), Some(&"Undo the change, or scan anew: mashbill run RECIPE --out DIR."), "{message}");
    // What is free is not named.
    assert_eq!(lines.len(), 4, "{message}");
    assert_eq!(lines[1], "  recipe.dedup.near.threshold: was 0.8, is 0.7", "{message}");
    assert!(lines[2].starts_with("  recipe.sources[0].steps[0]") && lines[2].contains("21"), "{message}");
    // The run's own folder is no place for the new mix.
    let error = remix(&changed(resume::RECIPE, "input"), dir.path(), "out").unwrap_err();
    let expected = "DIR/out: is the run whose ledger is used; choose another folder for the new mix";
    assert_eq!(plain(error, &[dir.path()]), expected);
    // Other inputs.
    write_docs(&dir.path().join("web-0.parquet"), &[("w0", prose(1, 30))], 50);
    write_docs(&dir.path().join("web-7.parquet"), &[("w7000", prose(2, 30))], 50);
    let message = refused(resume::RECIPE);
    assert!(message.contains("input web/web-7.parquet: is new"), "{message}");
    assert!(message.contains("input web/web-0.parquet.rows: was 160, is 1"), "{message}");
    // No run.
    let pool = pool(1);
    let job = job_with(resume::RECIPE, dir.path(), &pool, None).unwrap();
    let error = job.run_from_ledger(&dir.path().join("none"), &dir.path().join("mix"), &pool, &Silent).unwrap_err();
    assert!(matches!(error, Error::Read { .. }) && error.to_string().contains("run.json"), "{error}");
}

/// A ledger that lost a file or rows is not planned from.
#[test]
fn a_broken_ledger_is_refused() {
    let dir = whole_run(resume::RECIPE);
    let ledger = kit::files(&dir.path().join("out/ledger")).remove(0);
    let whole = fs::read(&ledger).unwrap();
    fs::remove_file(&ledger).unwrap();
    assert!(matches!(remix(resume::RECIPE, dir.path(), "a").unwrap_err(), Error::Read { .. }));
    fs::write(&ledger, &whole[..whole.len() / 2]).unwrap();
    assert!(matches!(remix(resume::RECIPE, dir.path(), "b").unwrap_err(), Error::Read { .. }));
}

fn ratios(dir: &Path, shares: &[f64]) -> Vec<RatioJob> {
    let pool = pool(2);
    let job = |share: &f64| {
        let (synthetic, organic) = (share, (100.0 - share * 100.0) / 100.0);
        let shares = format!("organic = {organic:?}, synthetic = {synthetic:?}");
        let text = replace(resume::RECIPE, "organic = 0.6, synthetic = 0.4", &shares);
        RatioJob { name: format!("synthetic={share}"), job: job_with(&text, dir, &pool, None).unwrap() }
    };
    shares.iter().map(job).collect()
}

#[test]
fn nine_ratios_from_one_ledger_are_lists_of_what_runs_would_emit() {
    let dir = whole_run(resume::RECIPE);
    let shares = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];
    let out = dir.path().join("lists");
    let sweep = sweep_mix(&ratios(dir.path(), &shares), &dir.path().join("out"), &out, &pool(2)).unwrap();
    assert_eq!(sweep.mixes.len(), 9);
    assert!(sweep.mixes.iter().any(|mix| mix.infeasible.is_some()) && sweep.mixes.iter().any(|mix| mix.plan.is_some()));
    for mix in &sweep.mixes {
        let run = dir.path().join(format!("run {}", mix.ratio));
        let share = mix.ratio.strip_prefix("synthetic=").unwrap().parse().unwrap();
        let job = ratios(dir.path(), &[share]).remove(0).job;
        let Some(list) = &mix.list else {
            let error = job.run(&run, &pool(2), &Silent).unwrap_err();
            assert_eq!(Some(error.to_string()), mix.infeasible, "{}", mix.ratio);
            continue;
        };
        let outcome = job.run(&run, &pool(2), &Silent).unwrap();
        assert_eq!(outcome.report.mix, mix.plan, "{}", mix.ratio);
        let data = kit::read_dir(&run.join("data"));
        let mut emitted: BTreeMap<(String, String), u64> = BTreeMap::new();
        for row in words(&data, "source").into_iter().zip(words(&data, "id")) {
            *emitted.entry(row).or_default() += 1;
        }
        let list = kit::read(&out.join(list));
        let copies = numbers(&list, "copies").into_iter().map(Option::unwrap);
        let rows = words(&list, "source").into_iter().zip(words(&list, "id"));
        assert_eq!(rows.zip(copies).collect::<BTreeMap<_, _>>(), emitted, "{}", mix.ratio);
    }
    assert_eq!(kit::files(&out).len(), sweep.mixes.iter().filter(|mix| mix.list.is_some()).count(), "no work is left");
    let table = sweep.to_string();
    assert!(table.contains("synthetic=0.9") && table.lines().nth(1).unwrap().contains("organic tokens"), "{table}");
}

/// From ledger files alone, wherever they are from.
#[test]
fn a_plan_needs_nothing_but_ledger_files() {
    let dir = whole_run(resume::RECIPE);
    let pool = pool(2);
    let job = job_with(resume::RECIPE, dir.path(), &pool, None).unwrap();
    copy_dir(&dir.path().join("out/ledger"), &dir.path().join("elsewhere"));
    let source = |name: &str, group: &str| {
        let files = kit::files(&dir.path().join("elsewhere").join(name));
        LedgerSource { name: name.to_owned(), group: group.to_owned(), files }
    };
    let sources = [source("web", "organic"), source("made", "synthetic")];
    let (mix, work) = (job.mix.as_ref().unwrap(), dir.path().join("work"));
    let plan = |order, memory| plan_ledger(&sources, mix, (5, order), &work, memory, &pool).unwrap();
    let planned = plan(Order::Shuffled, None);
    let run = kit::run(resume::RECIPE, dir.path(), &dir.path().join("out")).unwrap().report;
    assert_eq!((planned.rows, planned.text_bytes), (run.output.rows, run.output.text_bytes));
    assert_eq!(Some(&planned.plan), run.mix.as_ref());
    assert_eq!(plan(Order::Shuffled, Some(1)), planned);
    assert_ne!(plan(Order::Interleaved, None).order_xxh3_128, planned.order_xxh3_128);
    assert!(!work.exists());
}
