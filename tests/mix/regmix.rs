//! RegMix's public table (sail-sg/regmix, MIT), in a folder that the reader of this has put it into.

use mashbill::mix::weights::{LogLinear, RunTable, Search, extrapolated, spearman, wanted_runs};
use std::path::PathBuf;

/// What its paper's target is.
const METRIC: &str = "metric/the_pile_pile_cc_val_loss";

/// Fits the 512 runs of 1M parameters and ranks the runs of the three test sizes; mixing.md has 0.966, 0.960 and 0.988 of a like fit.
#[test]
#[ignore = "needs RegMix's CSV files in the folder MASHBILL_REGMIX"]
fn the_public_table_is_ranked() {
    let folder = PathBuf::from(std::env::var("MASHBILL_REGMIX").expect("MASHBILL_REGMIX names the folder"));
    let read = |names: &[&str]| {
        let found = names.iter().find_map(|name| std::fs::read_to_string(folder.join(name)).ok());
        found.unwrap_or_else(|| panic!("{names:?} are not in {}", folder.display()))
    };
    let table = |shares: &[&str], losses: &[&str]| RunTable::parse(&read(shares), &read(losses)).unwrap();
    let train = table(&["train_mixture_1m.csv"], &["train_pile_loss_1m.csv"]);
    let law = LogLinear::fit(&train.shares, &train.metric(METRIC).unwrap()).unwrap();
    for (size, least) in [("1m", 0.95), ("60m", 0.94), ("1B", 0.97)] {
        let shares = format!("test_mixture_{size}.csv");
        let test = table(&[&shares, "test_mixture_60m.csv"], &[&format!("test_pile_loss_{size}.csv")]);
        // Columns by name: their order is not the same everywhere.
        let at: Vec<usize> = train.sources.iter().map(|s| test.sources.iter().position(|t| t == s).unwrap()).collect();
        let predicted: Vec<f64> =
            test.shares.iter().map(|p| law.predict(&at.iter().map(|&j| p[j]).collect::<Vec<_>>())).collect();
        let rank = spearman(&predicted, &test.metric(METRIC).unwrap()).unwrap();
        println!("{size}: Spearman {rank:.3} on {} runs", test.shares.len());
        assert!(rank > least, "{rank} at {size}");
    }
    assert!(train.shares.len() >= wanted_runs(train.sources.len()));
    let prior: Vec<f64> = (0..train.sources.len())
        .map(|j| train.shares.iter().map(|p| p[j]).sum::<f64>() / train.shares.len() as f64)
        .collect();
    let caps = vec![1.0; prior.len()];
    let best = Search { laws: vec![(1.0, law)], prior, prior_weight: 0.05, caps }.best().unwrap();
    println!("best: {best:.3?}; extrapolated: {:?}", extrapolated(&train.shares, &best));
}
