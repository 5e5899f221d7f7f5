//! The order of the output: interleaved, every prefix keeps the shares, and copies of a row lie an epoch apart.

use crate::kit::{self, COUNTER, numbers, read_dir, recipe, recipes, replace, words};
use mashbill::text::TokenCounter;
use std::collections::{BTreeMap, HashMap};

#[test]
fn an_interleaved_output_keeps_the_shares_in_every_prefix() {
    // More code is asked for than there is; the output is cut into many shards.
    let text = recipe("phi4-30-synthetic.toml");
    let text = replace(
        &text,
        "organic = 0.50, code = 0.20, synthetic = 0.30",
        "organic = 0.20, code = 0.60, synthetic = 0.20",
    );
    let text = replace(&text, "shortage = \"error\"", "shortage = \"repeat\"");
    let text = format!("{text}\n[output]\norder = \"interleaved\"\nshard_mib = 1\n");
    let dir = tempfile::tempdir().unwrap();
    let outcome = kit::run(&text, &recipes(), dir.path()).unwrap();
    let plan = outcome.report.mix.unwrap();
    let shares: HashMap<&str, u64> = plan.sources.iter().map(|s| (s.quota.name.as_str(), s.selection.tokens)).collect();

    let data = read_dir(&dir.path().join("data"));
    let (sources, texts) = (words(&data, "source"), words(&data, "text"));
    let counter = TokenCounter::parse(COUNTER).unwrap();
    let tokens: Vec<u64> = texts.iter().map(|text| counter.count(text)).collect();
    let (all, longest) = (tokens.iter().sum::<u64>(), *tokens.iter().max().unwrap());
    assert_eq!(all, plan.budget);
    let (mut emitted, mut now) = (BTreeMap::<&str, u64>::new(), 0_u64);
    for (source, tokens) in sources.iter().zip(&tokens) {
        *emitted.entry(source).or_default() += tokens;
        now += tokens;
        for (source, emitted) in &emitted {
            let error = i128::from(*emitted) * i128::from(all) - i128::from(now) * i128::from(shares[source]);
            let allowed = i128::from(longest) * i128::from(all);
            assert!(error.abs() <= allowed, "{source}: {emitted} of {now}");
        }
    }

    // Of the code no row comes a second time before all have come once.
    let copies: Vec<u64> = numbers(&data, "copy_index").into_iter().flatten().collect();
    let code: Vec<u64> = sources.iter().zip(&copies).filter(|(s, _)| *s == "code").map(|(_, copy)| *copy).collect();
    assert!(code.is_sorted() && code.last() > Some(&0), "copies up to {:?}", code.last());
}
