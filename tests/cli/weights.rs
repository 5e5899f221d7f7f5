//! `weights`: what each of its commands prints, as a table and as JSON, and what it refuses.

use super::{mashbill, path};
use serde_json::Value;

const SHARES: &str = "fixtures/regmix/shares_1b.csv";
const METRICS: &str = "fixtures/regmix/pile_cc_loss_1b.csv";

fn json(arguments: &[&str]) -> Value {
    serde_json::from_str(&mashbill(&[arguments, &["--json"]].concat()).ok()).unwrap()
}

/// phi-4's unique tokens and budget (arXiv 2412.08905, table 5), in billions: under the law with the values that its shares imply, its shares.
#[test]
fn shares_by_every_rule() {
    let sources = ["web=1300:1", "rewrites=290:1.3", "synthetic=290:2.28", "code=820:1.09", "acquired=580:1.04"];
    let arguments = [&["weights", "shares"], sources.as_slice(), &["--tokens", "10000", "--max-epochs", "20"]].concat();
    insta::assert_snapshot!(mashbill(&arguments).ok(), @r"
    source                  natural               uniform         temperature 2                unimax                   law
    web            39.634 %  3.05 ep      20.000 %  1.54 ep      29.353 %  2.26 ep      20.000 %  1.54 ep      14.720 %  1.13 ep
    rewrites        8.841 %  3.05 ep      20.000 %  6.90 ep      13.864 %  4.78 ep      20.000 %  6.90 ep      14.992 %  5.17 ep
    synthetic       8.841 %  3.05 ep      20.000 %  6.90 ep      13.864 %  4.78 ep      20.000 %  6.90 ep      40.062 % 13.81 ep
    code           25.000 %  3.05 ep      20.000 %  2.44 ep      23.313 %  2.84 ep      20.000 %  2.44 ep      20.159 %  2.46 ep
    acquired       17.683 %  3.05 ep      20.000 %  3.45 ep      19.606 %  3.38 ep      20.000 %  3.45 ep      10.068 %  1.74 ep
    ");
    let rows = json(&arguments);
    let row = |rule: &str, source: &str| {
        let all = rows.as_array().unwrap();
        all.iter()
            .find(|row| row["rule"] == rule && row["source"] == source)
            .unwrap_or_else(|| panic!("{rule} {source}"))
    };
    for (source, share) in [("web", 0.15), ("rewrites", 0.15), ("synthetic", 0.40), ("code", 0.20), ("acquired", 0.10)]
    {
        assert!((row("law", source)["share"].as_f64().unwrap() - share).abs() < 0.003, "{source}");
    }
    assert_eq!(row("uniform", "code")["share"], 0.2);
    assert_eq!(row("natural", "web")["tokens"].as_f64().unwrap().round(), 3963.0);
    // No source beyond twenty epochs, and no token missing.
    let unimax: Vec<f64> =
        sources.iter().map(|s| row("unimax", s.split('=').next().unwrap())["epochs"].as_f64().unwrap()).collect();
    assert!(unimax.iter().all(|epochs| *epochs <= 20.0), "{unimax:?}");
}

/// A budget beyond all caps: the law says so, the other rules are shown.
#[test]
fn a_budget_beyond_all_caps() {
    let told = mashbill(&["weights", "shares", "a=100", "b=100", "--tokens", "1000", "--max-epochs", "2"]).ok();
    assert!(told.contains("natural") && !told.contains("law "), "{told}");
    insta::assert_snapshot!(told.lines().last().unwrap(), @"repetition law: 1000 tokens are asked for, but max_epochs allow 400");
}

#[test]
fn shares_refuse_what_is_no_source() {
    for wrong in ["web", "=5", "web=x", "web=5:0", "web=5:nan", "web=-1"] {
        let told = mashbill(&["weights", "shares", wrong]).failed(2);
        assert!(told.contains("write NAME=TOKENS, as in web=1_300_000"), "{wrong}: {told}");
    }
    mashbill(&["weights", "shares"]).failed(2);
    assert_eq!(mashbill(&["weights", "shares", "a=1", "--quiet"]).ok(), "");
    // Nothing to divide is no crash.
    let none = json(&["weights", "shares", "a=0", "b=0"]);
    assert!(none.as_array().unwrap().iter().all(|row| row["tokens"].as_f64().unwrap() == 0.0), "{none}");
}

/// The 64 runs of 1B parameters of RegMix's public table.
#[test]
fn a_fit_to_runs() {
    let arguments = ["weights", "fit", "--shares", SHARES, "--metrics", METRICS, "--metric", "pile_cc"];
    insta::assert_snapshot!(mashbill(&arguments).ok(), @r"
    pile_cc: 2.8408 predicted; rank correlation of runs left out of the fit 0.989
    arxiv                0.0827  (mean of the runs 0.1437)
    freelaw              0.0441  (mean of the runs 0.0707)
    nih_exporter         0.0026  (mean of the runs 0.0064)
    pubmed_central       0.1061  (mean of the runs 0.1736)
    wikipedia_en         0.0419  (mean of the runs 0.0528)
    dm_mathematics       0.0123  (mean of the runs 0.0190)
    github               0.0525  (mean of the runs 0.0979)
    philpapers           0.0033  (mean of the runs 0.0042)
    stackexchange        0.0452  (mean of the runs 0.0714)
    enron_emails         0.0374  (mean of the runs 0.0002)  beyond what any run had
    gutenberg_pg_19      0.0198  (mean of the runs 0.0290)
    pile_cc              0.4920  (mean of the runs 0.2278)
    ubuntu_irc           0.0089  (mean of the runs 0.0174)
    europarl             0.0035  (mean of the runs 0.0070)
    hackernews           0.0031  (mean of the runs 0.0029)
    pubmed_abstracts     0.0192  (mean of the runs 0.0309)
    uspto_backgrounds    0.0253  (mean of the runs 0.0452)
    ");
    let fit = json(&arguments);
    assert_eq!((fit["runs"].as_u64(), fit["wanted_runs"].as_u64()), (Some(64), Some(54)));
    assert!(fit["metrics"][0]["spearman_of_unseen_runs"].as_f64().unwrap() > 0.95);
    let best: Vec<f64> = fit["best"].as_array().unwrap().iter().map(|s| s["share"].as_f64().unwrap()).collect();
    assert!((best.iter().sum::<f64>() - 1.0).abs() < 1e-9 && best.iter().all(|share| *share >= 0.0));
    // Web text lowers the loss on web text.
    let share = |fit: &Value, name: &str| {
        let all = fit["best"].as_array().unwrap();
        all.iter().find(|s| s["source"] == name).unwrap()["share"].as_f64().unwrap()
    };
    assert!(share(&fit, "pile_cc") > 0.3);
    let capped = json(&[arguments.as_slice(), &["--cap", "pile_cc=0.25"]].concat());
    assert!((share(&capped, "pile_cc") - 0.25).abs() < 1e-6);
    // At a high price, the mean of the runs.
    let near = json(&[arguments.as_slice(), &["--stray", "1000"]].concat());
    assert!(share(&near, "pile_cc") < share(&fit, "pile_cc"));
}

#[test]
fn a_fit_refuses_what_it_cannot_read() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        std::fs::write(dir.path().join(name), text).unwrap();
        path(dir.path(), name)
    };
    let fit = |shares: &str, metrics: &str, more: &[&str]| {
        let arguments = [&["weights", "fit", "--shares", shares, "--metrics", metrics], more].concat();
        mashbill(&arguments).failed(2).replace(dir.path().to_str().unwrap(), "DIR")
    };
    let missing = fit("nowhere.csv", METRICS, &["--metric", "pile_cc"]);
    assert!(missing.contains("nowhere.csv"), "{missing}");
    let metric = fit(SHARES, METRICS, &["--metric", "pile_ccc"]);
    assert!(metric.contains("`pile_ccc`") && metric.contains("pile_cc"), "{metric}");
    let cap = fit(SHARES, METRICS, &["--metric", "pile_cc", "--cap", "pile_xx=0.5"]);
    assert!(cap.contains("unknown source `pile_xx`") && cap.contains("did you mean"), "{cap}");
    let cap = fit(SHARES, METRICS, &["--metric", "pile_cc", "--cap", "pile_cc=2"]);
    assert!(cap.contains("write NAME=SHARE, the share between 0 and 1"), "{cap}");
    for (shares, metrics) in
        [("", "run,loss\n"), ("run,a,b\n0,0.5\n", "run,loss\n0,1\n"), ("run,a\n0,x\n", "run,loss\n0,1\n")]
    {
        let (shares, metrics) = (write("shares.csv", shares), write("metrics.csv", metrics));
        fit(&shares, &metrics, &["--metric", "loss"]);
    }
    mashbill(&["weights", "fit", "--shares", SHARES, "--metrics", METRICS]).failed(2);
}

/// A swarm is CSV that a fit reads; the same under the same seed, another under another.
#[test]
fn a_swarm_of_mixes() {
    let arguments = ["weights", "swarm", "web=1_300_000", "code=820_000", "math=9_000"];
    let csv = mashbill(&arguments).ok();
    insta::assert_snapshot!(csv.lines().take(4).collect::<Vec<_>>().join("\n"), @r"
    run,web,code,math
    0,1,0,0
    1,1,0,0
    2,1,0,0
    ");
    assert_eq!(csv, mashbill(&arguments).ok());
    assert_ne!(csv, mashbill(&[arguments.as_slice(), &["--seed", "1"]].concat()).ok());
    // Three for each source and one more.
    assert_eq!(csv.lines().count(), 1 + 3 * (3 + 1));
    let few = json(&[arguments.as_slice(), &["--runs", "5", "--cap", "0.6"]].concat());
    for run in few.as_array().unwrap() {
        let shares: Vec<f64> = run.as_array().unwrap().iter().map(|share| share.as_f64().unwrap()).collect();
        assert!(
            (shares.iter().sum::<f64>() - 1.0).abs() < 1e-9 && shares.iter().all(|share| (0.0..=0.6).contains(share)),
            "{shares:?}"
        );
    }
    assert_eq!(few.as_array().unwrap().len(), 5);
    // No mix of three has all its shares below a third.
    mashbill(&[arguments.as_slice(), &["--cap", "0.2"]].concat()).failed(3);
    // What it writes can be read back: a loss for each run, and a fit.
    let dir = tempfile::tempdir().unwrap();
    let (shares, metrics) = (path(dir.path(), "shares.csv"), path(dir.path(), "metrics.csv"));
    std::fs::write(&shares, &csv).unwrap();
    let loss = |line: &str| {
        let fields: Vec<f64> = line.split(',').map(|field| field.parse().unwrap()).collect();
        format!("{},{}\n", fields[0], 2.0 + (0.5 - fields[1]).exp())
    };
    let losses: String = std::iter::once("run,loss\n".to_owned()).chain(csv.lines().skip(1).map(loss)).collect();
    std::fs::write(&metrics, losses).unwrap();
    let fit = json(&["weights", "fit", "--shares", &shares, "--metrics", &metrics, "--metric", "loss"]);
    assert_eq!(fit["runs"], 12);
}
