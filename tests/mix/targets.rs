//! What shares may be shares of, limits of groups, and rules in the place of shares.

use super::{Random, recount, source_quotas, two_groups, two_supplies};
use mashbill::Error;
use mashbill::mix::weights::RepetitionLaw;
use mashbill::mix::{Budget, DocKey, Item, MixAsk, Note, ShareRule, Shortage, SourceSupply, Target, draw};

/// Whatever the recipe: effective tokens of the groups have the ratio of the shares, to a token's rounding, and nothing is over its cap;
/// or no such mix is within the caps.
#[test]
fn effective_shares_are_met_or_refused() {
    let mut random = Random(21);
    let law = RepetitionLaw::default();
    let (mut met, mut refused) = (0, 0);
    for _ in 0..300 {
        let share = 0.05 + random.below(90) as f64 / 100.0;
        let mut supply = |name: &str, group| {
            let epochs = 1.0 + random.below(1_500) as f64 / 100.0;
            SourceSupply::new(name, group, 1_000 + random.below(100_000), 100).max_epochs(epochs)
        };
        let supplies = [supply("a", "organic"), supply("b", "organic"), supply("c", "synthetic")];
        let budget = 1_000 + random.below(300_000);
        let ask = MixAsk::new(Budget::Tokens(budget)).group("organic", 1.0 - share).group("synthetic", share);
        let ask = ask.target(Target::Effective);
        let worth = |quotas: &[u64], of: std::ops::Range<usize>| -> f64 {
            of.map(|s| law.effective(supplies[s].tokens as f64, quotas[s] as f64)).sum()
        };
        let ratio = |quotas: &[u64]| worth(quotas, 2..3) / (worth(quotas, 0..2) + worth(quotas, 2..3));
        let caps = supplies.each_ref().map(|s| (s.tokens as f64 * s.max_epochs) as u64);
        match ask.quotas(&supplies) {
            Ok(quotas) => {
                let given = source_quotas(&quotas);
                assert_eq!(given.iter().sum::<u64>(), budget);
                assert!(given.iter().zip(caps).all(|(g, cap)| *g <= cap), "{given:?} {caps:?}");
                // A token more or less of either group.
                assert!((ratio(&given) - share).abs() < 8.0 / worth(&given, 0..3), "{} for {share}", ratio(&given));
                met += 1;
            }
            Err(Error::Infeasible(_)) => {
                refused += 1;
                // The largest budget is one, and no budget is larger.
                let most = ask.clone();
                let most = MixAsk { budget: Budget::Max, ..most }.quotas(&supplies).unwrap();
                assert!(most.budget < budget);
                let given = source_quotas(&most);
                assert!((ratio(&given) - share).abs() < 8.0 / worth(&given, 0..3), "{} for {share}", ratio(&given));
                let full = |of: std::ops::Range<usize>| of.clone().all(|s| given[s] + 2 >= caps[s]);
                assert!(full(0..2) || full(2..3), "{given:?} {caps:?}");
                let shrunk = ask.clone().shortage(Shortage::Shrink).quotas(&supplies).unwrap();
                assert_eq!((shrunk.budget, source_quotas(&shrunk)), (most.budget, given));
                if let Ok(repeated) = ask.clone().shortage(Shortage::Repeat).quotas(&supplies) {
                    let given = source_quotas(&repeated);
                    assert_eq!(given.iter().sum::<u64>(), budget);
                    assert!((ratio(&given) - share).abs() < 8.0 / worth(&given, 0..3), "{} for {share}", ratio(&given));
                    assert!(repeated.notes.iter().any(|note| matches!(note, Note::Repeated { .. })));
                }
            }
            Err(other) => panic!("{other}"),
        }
    }
    assert!(met > 50 && refused > 25, "{met} {refused}");
}

/// Unique shares: a part of each group is chosen by its share, and all of it is repeated alike.
#[test]
fn unique_shares_choose_first_and_repeat_then() {
    let supplies = two_supplies(90_000, 3_000).map(|s| s.max_epochs(5.0));
    let ask = two_groups(20_000).target(Target::Unique);
    let quotas = ask.quotas(&supplies).unwrap();
    // 3,000 are 0.3 of 10,000; to emit 20,000, both are read twice.
    assert_eq!(source_quotas(&quotas), [14_000, 6_000]);
    assert_eq!([quotas.sources[0].pool, quotas.sources[1].pool], [Some(7_000), None]);
    let mut random = Random(22);
    let items = super::documents(3, (0..3_000).map(|_| 20 + random.below(21)));
    let tokens: u64 = items.iter().map(|i| i.tokens).sum();
    let supplies = [SourceSupply { tokens, docs: 3_000, ..supplies[0].clone() }, supplies[1].clone()];
    let quotas = ask.quotas(&supplies).unwrap();
    let selection = draw(&mut items.clone(), &supplies[0], &quotas.sources[0]).unwrap();
    assert_eq!(recount(&items, |key| selection.copies(key)), 14_000);
    let unique: u64 = items.iter().filter(|i| selection.copies(i.key) > 0).map(|i| i.tokens).sum();
    assert_eq!((unique, selection.unique_tokens), (7_000, 7_000));
    assert!(items.iter().all(|i| matches!(selection.copies(i.key), 0 | 2)));
    // No repetition needed: the same as emitted shares.
    assert_eq!(source_quotas(&two_groups(9_000).target(Target::Unique).quotas(&supplies).unwrap()), [6_300, 2_700]);
    let short = two_groups(50_001).target(Target::Unique).quotas(&supplies).unwrap_err().to_string();
    assert!(short.contains("tokens = 50_000 (the largest budget"), "{short}");
}

/// A group may have a limit of its own, below those of its sources.
#[test]
fn max_epochs_of_a_group() {
    let mut supplies = two_supplies(7_000, 1_000).to_vec();
    supplies.push(SourceSupply::new("math", "synthetic", 1_000, 100).max_epochs(8.0));
    supplies[1].max_epochs = 8.0;
    let ask = two_groups(10_000).group_epochs("synthetic", 1.5);
    assert_eq!(source_quotas(&ask.quotas(&supplies).unwrap()), [7_000, 1_500, 1_500]);
    let ask = two_groups(10_000).group_epochs("synthetic", 1.25);
    insta::assert_snapshot!(ask.quotas(&supplies).unwrap_err().to_string(), @r#"
    group `synthetic` is short: 0.3 of 10_000 tokens is 3_000, but `cosmopedia`, `math` may give only 2_500
      (the group's own max_epochs allows no more)
    any one of these helps:
      tokens = 8_333 (the largest budget at these shares and max_epochs)
      max_epochs = 1.5 for `cosmopedia`, `math` and for the group `synthetic`
      shortage = "shrink" or "repeat" (all groups together may give only 9_500)
    "#);
    let repeated = ask.clone().shortage(Shortage::Repeat).quotas(&supplies).unwrap();
    assert_eq!(source_quotas(&repeated), [7_000, 1_500, 1_500]);
    let note = Note::GroupRepeated { group: "synthetic".to_owned(), max_epochs: 1.25, lifted_to: 1.5 };
    assert_eq!(repeated.notes, [note]);
    let misspelt = two_groups(10).group_epochs("synthetik", 1.0).quotas(&supplies).unwrap_err().to_string();
    assert_eq!(misspelt, "group `synthetik`: has a limit but no share (did you mean `synthetic`?)");
}

/// A floor holds whatever a rule or a policy makes of the shares.
#[test]
fn an_organic_anchor_is_kept() {
    let supplies = two_supplies(1_000, 9_000);
    let natural = MixAsk::new(Budget::Tokens(5_000)).rule(ShareRule::Natural);
    assert_eq!(source_quotas(&natural.quotas(&supplies).unwrap()), [500, 4_500]);
    let said = natural.floor("organic", 0.3).quotas(&supplies).unwrap_err().to_string();
    assert_eq!(
        said,
        "group `organic` comes to 0.100000 of the emitted tokens, and is to have 0.3 at least; raise its share, give it more documents, or lower the limit"
    );
    let renormalised = two_groups(5_000).shortage(Shortage::Renormalise);
    assert_eq!(source_quotas(&renormalised.quotas(&supplies).unwrap()), [1_000, 4_000]);
    assert!(renormalised.clone().floor("organic", 0.2).quotas(&supplies).is_ok());
    assert!(renormalised.floor("organic", 0.21).quotas(&supplies).is_err());
}

/// Every rule gives whole tokens that sum to the budget; by hand and by rule at once is refused.
#[test]
fn rules_set_the_shares_of_sources() {
    let supplies = [
        SourceSupply::new("web", "organic", 8_000, 80).max_epochs(4.0),
        SourceSupply::new("books", "organic", 1_000, 10).max_epochs(4.0),
        SourceSupply::new("textbooks", "synthetic", 1_000, 10).max_epochs(4.0),
    ];
    let quotas = |rule| MixAsk::new(Budget::Tokens(8_000)).rule(rule).quotas(&supplies).map(|q| source_quotas(&q));
    assert_eq!(quotas(ShareRule::Natural).unwrap(), [6_400, 800, 800]);
    assert_eq!(quotas(ShareRule::Uniform).unwrap(), [2_666, 2_667, 2_667]);
    assert_eq!(quotas(ShareRule::Temperature(3.0)).unwrap(), [4_000, 2_000, 2_000]);
    assert_eq!(quotas(ShareRule::Unimax).unwrap(), [2_667, 2_667, 2_666]);
    let values = [("textbooks".to_owned(), 1.2)].into();
    let law = quotas(ShareRule::Law(values)).unwrap();
    assert_eq!(law.iter().sum::<u64>(), 8_000);
    assert!(law[2] > 3_700 && law[2] <= 4_000, "{law:?}"); // worth more even read 3.8 times
    let values = [("textbook".to_owned(), 1.2)].into();
    assert!(quotas(ShareRule::Law(values)).is_err());
    let both = MixAsk::new(Budget::Tokens(10)).group("organic", 1.0).rule(ShareRule::Natural).quotas(&supplies);
    assert_eq!(both.unwrap_err().to_string(), "shares: are set by a rule and by hand; leave one out");
    assert!(MixAsk::new(Budget::Max).rule(ShareRule::Unimax).quotas(&supplies).is_err());
    assert_eq!(MixAsk::new(Budget::Max).rule(ShareRule::Natural).quotas(&supplies).unwrap().budget, 40_000);
}

/// Left out of the mix, whatever the quota.
#[test]
fn a_document_that_is_left_out_is_never_emitted() {
    let mut items = super::documents(3, [100; 50]);
    items[7].key = DocKey::NEVER;
    items.push(Item::new(DocKey::NEVER, 5));
    let supply = SourceSupply::new("web", "organic", 4_900, 49).max_epochs(9.0);
    let quotas =
        MixAsk::new(Budget::Tokens(9_800)).group("organic", 1.0).quotas(std::slice::from_ref(&supply)).unwrap();
    let selection = draw(&mut items, &supply, &quotas.sources[0]).unwrap();
    assert_eq!((selection.copies(DocKey::NEVER), selection.docs), (0, 98));
}
