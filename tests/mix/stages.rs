//! Stages: one pass after the other over all of them, under one cap; and the published mixes of models that were trained in stages.

use super::{Random, documents};
use mashbill::mix::{Budget, MixAsk, Shortage, SourceSupply, StageAsk, StagedPlan, stage_quotas};

/// Random stages of random documents: quotas met to half a document; no document a second time before all have come once; never more
/// copies than the cap.
#[test]
fn later_stages_go_on_where_earlier_ones_stopped() {
    let mut random = Random(61);
    let mut passes = 0;
    for round in 0..60 {
        let items = documents(round, (0..300).map(|_| random.lognormal(80.0, 0.8)));
        let unique: u64 = items.iter().map(|i| i.tokens).sum();
        let longest = items.iter().map(|i| i.tokens).max().unwrap();
        let cap = 1 + random.below(4);
        let supply = SourceSupply::new("web", "organic", unique, 300).max_epochs(cap as f64);
        // Parts of what the cap allows, which now and then is used up.
        let mut cuts: Vec<u64> = (0..3).map(|_| random.below(cap * unique)).collect();
        cuts.push(if round % 3 == 0 { cap * unique } else { random.below(cap * unique) });
        cuts.push(0);
        cuts.sort_unstable();
        let budgets: Vec<u64> = cuts.windows(2).map(|c| c[1] - c[0]).filter(|&b| b > 0).collect();
        let ask = |&b: &u64| MixAsk::new(Budget::Tokens(b)).group("organic", 1.0);
        let stages: Vec<StageAsk> =
            budgets.iter().enumerate().map(|(i, b)| StageAsk::new(format!("stage {i}"), ask(b))).collect();
        let plan = StagedPlan::new(&stages, &[supply], |_| Ok(items.clone())).unwrap();
        let mut before = vec![0_u32; items.len()];
        for (stage, &budget) in budgets.iter().enumerate() {
            let copies: Vec<u32> = items.iter().map(|i| plan.copies(stage, 0, i.key)).collect();
            let tokens: u64 = items.iter().zip(&copies).map(|(i, &n)| i.tokens * u64::from(n)).sum();
            let part = &plan.stages[stage].sources[0];
            assert_eq!((part.tokens, part.docs), (tokens, copies.iter().map(|&n| u64::from(n)).sum()));
            assert!(tokens.abs_diff(budget) <= longest, "{tokens} for {budget}");
            for (sum, n) in before.iter_mut().zip(copies) {
                *sum += n;
            }
            let (least, most) = (before.iter().min().unwrap(), before.iter().max().unwrap());
            assert!(most - least <= 1, "a document has come {most} times before another came {least} times more");
            assert!(u64::from(*most) <= cap, "{most} copies under a cap of {cap}");
            passes = passes.max(*most);
        }
        let total: u64 = budgets.iter().sum();
        assert!(plan.tokens().abs_diff(total) <= 4 * longest);
    }
    assert!(passes >= 3);
}

/// Neither the order of documents nor of the sources' names matters.
#[test]
fn stages_do_not_hang_on_the_order_of_documents() {
    let mut random = Random(62);
    let mut items = documents(5, (0..500).map(|_| random.lognormal(80.0, 0.8)));
    let unique: u64 = items.iter().map(|i| i.tokens).sum();
    let supply = SourceSupply::new("web", "organic", unique, 500).max_epochs(2.0);
    let ask = |tokens| MixAsk::new(Budget::Tokens(tokens)).group("organic", 1.0);
    let stages = [StageAsk::new("a", ask(unique / 2)), StageAsk::new("b", ask(unique))];
    let plan = StagedPlan::new(&stages, std::slice::from_ref(&supply), |_| Ok(items.clone())).unwrap();
    random.shuffle(&mut items);
    assert_eq!(StagedPlan::new(&stages, &[supply], |_| Ok(items.clone())).unwrap(), plan);
}

#[test]
fn a_stage_that_cannot_be_had_is_named() {
    let supply = SourceSupply::new("web", "organic", 1_000, 10).max_epochs(1.5);
    let ask = |tokens| MixAsk::new(Budget::Tokens(tokens)).group("organic", 1.0);
    let stages = [StageAsk::new("stable", ask(1_200)), StageAsk::new("decay", ask(301))];
    insta::assert_snapshot!(stage_quotas(&stages, std::slice::from_ref(&supply)).unwrap_err().to_string(), @r#"
    stage `decay`: group `organic` is short: 1 of 301 tokens is 301, but `web` may give only 300
    any one of these helps:
      tokens = 300 (the largest budget at these shares and max_epochs)
      max_epochs = 1.51 for `web`
      shortage = "shrink" or "repeat" (all groups together may give only 300)
    "#);
    let shrunk = [StageAsk::new("stable", ask(1_200)), StageAsk::new("decay", ask(301).shortage(Shortage::Shrink))];
    assert_eq!(stage_quotas(&shrunk, std::slice::from_ref(&supply)).unwrap()[1].budget, 300);
    let repeated = [StageAsk::new("stable", ask(1_200)), StageAsk::new("decay", ask(900).shortage(Shortage::Repeat))];
    assert_eq!(stage_quotas(&repeated, std::slice::from_ref(&supply)).unwrap()[1].sources[0].quota, 900);
    let twins = [StageAsk::new("a", ask(10)), StageAsk::new("a", ask(10))];
    assert_eq!(
        stage_quotas(&twins, std::slice::from_ref(&supply)).unwrap_err().to_string(),
        "stages: two are called `a`"
    );
    assert_eq!(stage_quotas(&[], &[supply]).unwrap_err().to_string(), "stages: there is none");
}
