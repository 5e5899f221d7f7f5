//! Traps, by name: each once bit somebody.

use super::{documents, recount, source_quotas, two_groups, two_supplies};
use mashbill::Error;
use mashbill::mix::{Budget, DocKey, Item, MixAsk, Note, Shortage, SourceSupply, select};

fn problem(ask: &MixAsk, supplies: &[SourceSupply]) -> String {
    ask.quotas(supplies).unwrap_err().to_string()
}

/// The decay weights of SmolLM3's released configuration sum to this.
#[test]
fn weights_summing_to_1_00565_are_refused() {
    let ask = MixAsk::new(Budget::Tokens(1_000)).group("organic", 0.70565).group("synthetic", 0.3);
    assert_eq!(problem(&ask, &two_supplies(900, 900)), "shares: shares sum to 1.00565, not 1");
}

#[test]
fn shares_outside_zero_to_one_are_refused() {
    let with = |share| MixAsk::new(Budget::Tokens(10)).group("organic", share).group("synthetic", 0.3);
    let said = "share of group `organic`: 70 is not a share; write a fraction between 0 and 1";
    assert_eq!(problem(&with(70.0), &two_supplies(900, 900)), said);
    assert!(problem(&with(f64::NAN), &two_supplies(900, 900)).contains("NaN is not a share"));
}

#[test]
fn zero_rows() {
    let empty = problem(&two_groups(100), &two_supplies(500, 0));
    assert_eq!(empty, "group `synthetic` is asked for 0.3, but its sources have no tokens left");
    let missing = problem(&two_groups(100), &two_supplies(500, 500)[..1]);
    assert_eq!(missing, "group `synthetic`: is asked for 0.3 but has no source");
    // An empty source beside a full one costs the group nothing, weight or no weight.
    let mut supplies = two_supplies(500, 500).map(|s| s.weight(1.0)).to_vec();
    supplies.push(SourceSupply::new("empty", "synthetic", 0, 0).weight(3.0));
    let quotas = two_groups(100).quotas(&supplies).unwrap();
    assert_eq!(source_quotas(&quotas), [70, 30, 0]);
    assert_eq!(quotas.notes, [Note::Capped { source: "empty".to_owned(), asked: 22, quota: 0 }]);
    assert_eq!(select(&mut [], 0).unwrap().docs, 0);
}

#[test]
fn groups_without_a_share_do_not_vanish() {
    let mut supplies = two_supplies(500, 500).to_vec();
    supplies.push(SourceSupply::new("textbooks", "synthetik", 100, 1));
    let said = "group `synthetik`: has sources (`textbooks`) but no share (did you mean `synthetic`?); write 0 to leave it out";
    assert_eq!(problem(&two_groups(100), &supplies), said);
}

#[test]
fn special_case_share_0() {
    let mut supplies = two_supplies(500, 500).to_vec();
    supplies.push(SourceSupply::new("textbooks", "old", 100, 1));
    let quotas = two_groups(100).group("old", 0.0).group("future", 0.0).quotas(&supplies).unwrap();
    assert_eq!(source_quotas(&quotas), [70, 30, 0]);
    assert!(quotas.notes.is_empty());
}

/// marin-community/marin PR 8373: eight sources were never sampled, as their weight times the block rounded to zero.
#[test]
fn a_share_below_one_token_is_refused() {
    let ask = MixAsk::new(Budget::Tokens(100)).group("organic", 0.999).group("synthetic", 0.001);
    let said = "share of group `synthetic`: 0.001 of 100 tokens is less than one token; emit at least 1_000, or write 0 to leave the group out";
    assert_eq!(problem(&ask, &two_supplies(500, 500)), said);
    let ask = MixAsk::new(Budget::Tokens(5_000)).group("organic", 0.999).group("synthetic", 0.001);
    let note =
        Note::BelowOneDocument { source: "cosmopedia".to_owned(), quota: 5, mean_document: 10, least_share: 0.002 };
    assert_eq!(ask.quotas(&two_supplies(50_000, 500)).unwrap().notes, [note]);
}

#[test]
fn weights_for_some_sources_only_are_refused() {
    let mut supplies = two_supplies(500, 500).to_vec();
    supplies.push(SourceSupply::new("math", "synthetic", 500, 1).weight(2.0));
    let said = "group `synthetic`: some sources have a weight, but not `cosmopedia`; give all or none";
    assert_eq!(problem(&two_groups(100), &supplies), said);
    supplies[1].weight = Some(1.0);
    assert_eq!(source_quotas(&two_groups(100).quotas(&supplies).unwrap()), [70, 10, 20]);
    supplies[1].weight = Some(0.0);
    assert_eq!(source_quotas(&two_groups(100).quotas(&supplies).unwrap()), [70, 0, 30]);
    supplies[1].weight = Some(1e-30);
    assert!(problem(&two_groups(100), &supplies).contains("1e-30 vanishes beside the others"));
    supplies[1].weight = Some(-1.0);
    assert!(problem(&two_groups(100), &supplies).contains("-1 is not between 0 and 1e12"));
}

#[test]
fn one_giant_document() {
    let mut items = documents(3, std::iter::once(10_000_000).chain((0..1_000).map(|i| 400 + i % 300)));
    let small: u64 = items[1..].iter().map(|item| item.tokens).sum();
    for quota in [small / 2, small, 5_000_000, 9_999_999, 10_000_000, 10_000_000 + small / 2] {
        let selection = select(&mut items, quota).unwrap();
        assert_eq!(recount(&items, |key| selection.copies(key)), selection.tokens);
        assert!(selection.tokens.abs_diff(quota) <= 5_000_000, "{quota}: {}", selection.tokens);
    }
}

#[test]
fn document_longer_than_quota() {
    let mut items = documents(3, [1_000]);
    assert_eq!(select(&mut items, 500).unwrap().docs, 0); // as near without it
    assert_eq!(select(&mut items, 501).unwrap().docs, 1);
    assert_eq!(select(&mut items, 1_000).unwrap().epochs, 1);
    let mut items = documents(3, [1_000, 90, 80, 70, 2_000]);
    assert_eq!(select(&mut items, 150).unwrap().tokens, 150);
}

/// A quota that would repeat documents more often than a copy count holds.
#[test]
fn copies_beyond_32_bits_are_refused() {
    let mut items = documents(3, [1]);
    let most = u64::from(u32::MAX) - 1;
    assert_eq!(select(&mut items, most).unwrap().copies(items[0].key), u32::MAX - 1);
    assert!(matches!(select(&mut items, most + 1), Err(Error::Infeasible(_))));
    items[0].tokens = u64::MAX;
    items.push(items[0]);
    assert!(matches!(select(&mut items, 5), Err(Error::Invalid { .. })));
}

/// All keys equal, as from a broken id column: one document in effect, taken whole or left whole.
#[test]
fn equal_keys() {
    let mut items = vec![Item::new(DocKey(5), 100); 10];
    for (quota, tokens, docs) in [(0, 0, 0), (500, 0, 0), (501, 1_000, 10), (1_000, 1_000, 10), (2_600, 3_000, 30)] {
        let selection = select(&mut items, quota).unwrap();
        assert_eq!((selection.tokens, selection.docs), (tokens, docs), "{quota}");
        assert_eq!(recount(&items, |key| selection.copies(key)), tokens);
    }
    // An occurrence index tells them apart.
    let mut items: Vec<Item> = (0..10).map(|n| Item::new(DocKey::new(1, "web", "same", n), 100)).collect();
    assert_eq!(select(&mut items, 500).unwrap().docs, 5);
}

#[test]
fn largest_budget_message() {
    let mut supplies = two_supplies(20_000_000, 800_000).to_vec();
    supplies.push(SourceSupply::new("math", "synthetic", 200_000, 400).max_epochs(2.0));
    insta::assert_snapshot!(problem(&two_groups(10_000_000), &supplies), @r#"
    group `synthetic` is short: 0.3 of 10_000_000 tokens is 3_000_000, but `cosmopedia`, `math` may give only 1_200_000
    any one of these helps:
      tokens = 4_000_000 (the largest budget at these shares and max_epochs)
      max_epochs = 3 for `cosmopedia`, `math`
      shortage = "shrink", "repeat" or "renormalise"
    "#);
    // Each way out is one.
    assert!(two_groups(4_000_000).quotas(&supplies).is_ok());
    assert!(two_groups(4_000_001).quotas(&supplies).is_err());
    let mut repeated = supplies.clone();
    repeated[1..].iter_mut().for_each(|s| s.max_epochs = 3.0);
    assert!(two_groups(10_000_000).quotas(&repeated).is_ok());
    repeated[1].max_epochs = 2.99;
    assert!(two_groups(10_000_000).quotas(&repeated).is_err());

    let repeat = two_groups(10_000_000).shortage(Shortage::Repeat).quotas(&supplies).unwrap();
    let notes: Vec<String> = repeat.notes.iter().map(Note::to_string).collect();
    insta::assert_snapshot!(notes.join("\n"), @r#"
    source `cosmopedia` has max_epochs 3, not 1: shortage = "repeat"
    source `math` has max_epochs 3, not 2: shortage = "repeat"
    "#);
    let renormalise = two_groups(10_000_000).shortage(Shortage::Renormalise).quotas(&supplies).unwrap();
    let notes: Vec<String> = renormalise.notes.iter().map(Note::to_string).collect();
    insta::assert_snapshot!(notes.join("\n"), @r#"
    group `organic` gives 8_800_000 tokens, not 7_000_000: shortage = "renormalise"
    group `synthetic` gives 1_200_000 tokens, not 3_000_000: shortage = "renormalise"
    source `cosmopedia` gives 800_000 tokens, not 960_000: max_epochs
    "#);
    // Nothing has enough: renormalising is not offered.
    insta::assert_snapshot!(problem(&two_groups(100_000_000), &supplies), @r#"
    group `synthetic` is short: 0.3 of 100_000_000 tokens is 30_000_000, but `cosmopedia`, `math` may give only 1_200_000
    group `organic` is short too: 0.7 of 100_000_000 tokens is 70_000_000, but `web` may give only 20_000_000
    any one of these helps:
      tokens = 4_000_000 (the largest budget at these shares and max_epochs)
      max_epochs = 30 for `cosmopedia`, `math` and 3.5 for `web`
      shortage = "shrink" or "repeat" (all groups together may give only 21_200_000)
    "#);
}

#[test]
fn the_largest_budget_is_found() {
    let ask = MixAsk::new(Budget::Max).group("organic", 0.7).group("synthetic", 0.3);
    let quotas = ask.quotas(&two_supplies(7_000, 1_000)).unwrap();
    assert_eq!((quotas.budget, source_quotas(&quotas)), (3_333, vec![2_333, 1_000]));
    let supplies = two_supplies(7_000, 1).map(|s| s.max_epochs(0.5));
    assert!(matches!(ask.quotas(&supplies), Err(Error::Infeasible(_))));
    assert!(problem(&two_groups(0), &supplies).contains("0 tokens is no mix"));
}
