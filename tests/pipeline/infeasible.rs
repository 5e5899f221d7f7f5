//! A mix that cannot be had: said before text is read a second time, with what would do; and outputs that nobody meant.

use crate::kit::{self, Phases, files, recipe, recipes};
use mashbill::Error;
use mashbill::pipeline::Phase;

#[test]
fn an_impossible_mix_is_refused_after_one_reading() {
    let dir = tempfile::tempdir().unwrap();
    let phases = Phases::default();
    let error = kit::run_watched(&recipe("infeasible.toml"), &recipes(), dir.path(), &phases).unwrap_err();
    let Error::Infeasible(message) = &error else { panic!("{error:?}") };
    if cfg!(feature = "tokens") {
        insta::assert_snapshot!(message, @r#"
        group `organic` is short: 0.5 of 15_000_000 tokens is 7_500_000, but `books`, `docs`, `web` may give only 1_341_806
        group `code` is short too: 0.2 of 15_000_000 tokens is 3_000_000, but `code` may give only 863_347
        group `synthetic` is short too: 0.3 of 15_000_000 tokens is 4_500_000, but `synthetic_llm`, `synthetic_math` may give only 2_365_866
        any one of these helps:
          tokens = 2_683_612 (the largest budget at these shares and max_epochs)
          max_epochs = 5.59 for `books`, `docs`, `web` and 3.48 for `code` and 1.91 for `synthetic_llm`, `synthetic_math`
          shortage = "shrink" or "repeat" (all groups together may give only 4_571_019)
        "#);
    }
    for needed in ["organic", "largest budget", "max_epochs = "] {
        assert!(message.contains(needed), "{message}");
    }
    #[cfg(feature = "cli")]
    assert_eq!(mashbill::cli::exit_code(&error), 3);
    // Text is read by Scan, for candidates by Dedup, and for the output by Scatter.
    assert_eq!(*phases.0.lock().unwrap(), [Phase::Scan, Phase::Dedup, Phase::Plan]);
    let left: Vec<_> = files(dir.path()).into_iter().filter(|f| !f.starts_with(dir.path().join("work"))).collect();
    assert_eq!(left, [dir.path().join("job.json")]);
}

/// After a refusal the scans are still there: asking for less costs no reading. (Another recipe is another folder; the same
/// one, run again, says the same.)
#[test]
fn a_refusal_is_repeated_without_reading() {
    let dir = tempfile::tempdir().unwrap();
    kit::write_docs(&dir.path().join("a.parquet"), &[("1", kit::prose(1, 9)), ("2", kit::prose(2, 9))], 1);
    let text = r#"
        [tokens]
        counter = "bytes"
        [[source]]
        name = "a"
        category = "organic"
        paths = ["a.parquet"]
        steps = []
        [mix]
        tokens = 1_000_000
        shares = { organic = 1.0 }
    "#;
    let out = dir.path().join("out");
    let messages: Vec<String> = (0..2).map(|_| kit::run(text, dir.path(), &out).unwrap_err().to_string()).collect();
    assert_eq!(messages[0], messages[1]);
    assert!(!out.join("data").exists());
}

#[test]
fn an_output_without_rows_is_refused_unless_allowed() {
    let dir = tempfile::tempdir().unwrap();
    kit::write_docs(&dir.path().join("a.parquet"), &[("1", "short"), ("2", "shorter")], 1);
    let text = |allowed: bool| {
        format!(
            "[[source]]\nname = \"a\"\ncategory = \"organic\"\npaths = [\"a.parquet\"]\nsteps = [{{ profile = \"gopher\" }}]\n\
             [tokens]\ncounter = \"words\"\n[output]\nallow_empty = {allowed}\n"
        )
    };
    let refused = kit::run(&text(false), dir.path(), &dir.path().join("no")).unwrap_err();
    let Error::Refused(message) = &refused else { panic!("{refused:?}") };
    insta::assert_snapshot!(message, @"not one of 2 rows would be emitted. Look at the rules of the filters; if an empty output is right, say `allow_empty = true` in [output]");
    let outcome = kit::run(&text(true), dir.path(), &dir.path().join("yes")).unwrap();
    assert_eq!((outcome.report.output.rows, outcome.report.books.sources["a"].input.rows), (0, 2));
}
