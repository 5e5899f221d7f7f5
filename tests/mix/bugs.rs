//! The bugs of other mixers, each under its number with the answer that would have been right.

use super::{Random, documents, recount, source_quotas, two_groups, two_supplies};
use mashbill::mix::{Budget, DocKey, Interleave, Item, MixAsk, Note, Shortage, SourceSupply, select};

/// Every document of every queue, in the order between sources.
fn interleaved(queues: &[Vec<u64>]) -> Vec<(usize, u64)> {
    let mut order = Interleave::new(queues.iter().map(|queue| queue.iter().sum()));
    let mut heads: Vec<_> = queues.iter().map(|queue| queue.iter().copied().peekable()).collect();
    for (source, head) in heads.iter_mut().enumerate() {
        head.peek().into_iter().for_each(|&tokens| order.offer(source, tokens));
    }
    let mut got = Vec::new();
    while let Some(source) = order.next() {
        got.extend(heads[source].next().map(|tokens| (source, tokens)));
        heads[source].peek().into_iter().for_each(|&tokens| order.offer(source, tokens));
    }
    got
}

/// huggingface/datasets 7954: a mix of all sources without replacement stopped with the first one that was empty. All documents of
/// all sources come, each once, and the shares hold to the last of them.
#[test]
fn datasets_7954_a_short_source_does_not_end_the_mix() {
    let queues = [vec![10; 3], vec![10; 500], vec![10; 40]];
    let got = interleaved(&queues);
    assert_eq!(got.len(), 543);
    for (source, queue) in queues.iter().enumerate() {
        assert_eq!(got.iter().filter(|doc| doc.0 == source).count(), queue.len());
    }
    // The short source is not used up at the start: its last document comes in the last third.
    let last = got.iter().rposition(|doc| doc.0 == 0).unwrap();
    assert!(last > 2 * got.len() / 3, "{last} of {}", got.len());
}

/// huggingface/datasets 8399: an empty source made a mix give rows of another one in its place. It has nothing, and gives nothing.
#[test]
fn datasets_8399_an_empty_source_gives_nothing() {
    assert_eq!(interleaved(&[vec![], vec![5, 5]]), [(1, 5), (1, 5)]);
    let mut supplies = two_supplies(500, 500).to_vec();
    supplies.push(SourceSupply::new("empty", "organic", 0, 0));
    assert_eq!(source_quotas(&two_groups(100).quotas(&supplies).unwrap()), [70, 30, 0]);
}

/// huggingface/datasets 8626: a mix of empty sources alone ended in an index out of bounds. It is refused, by name.
#[test]
fn datasets_8626_nothing_but_empty_sources_is_refused() {
    assert_eq!(interleaved(&[vec![], vec![]]), []);
    let said = two_groups(100).quotas(&two_supplies(0, 0)).unwrap_err().to_string();
    assert_eq!(said, "group `organic` is asked for 0.7, but its sources have no tokens left");
    assert!(two_groups(100).shortage(Shortage::Repeat).quotas(&two_supplies(0, 0)).is_err());
    assert_eq!(select(&mut [], 0).unwrap().docs, 0);
    assert!(select(&mut [], 1).is_err());
}

/// huggingface/datasets 5812: a shuffle after a mix forgot how often sources were to be repeated. Copies belong to documents: whatever
/// order they leave in, they are the same.
#[test]
fn datasets_5812_an_order_changes_no_copies() {
    let mut items = documents(5, [100; 40]);
    let selection = select(&mut items, 9_000).unwrap(); // 2.25 epochs
    let once: Vec<u32> = items.iter().map(|i| selection.copies(i.key)).collect();
    Random(1).shuffle(&mut items);
    let again = select(&mut items.clone(), 9_000).unwrap();
    assert_eq!(again, selection);
    items.sort_by_key(|i| i.key);
    assert_eq!(items.iter().map(|i| again.copies(i.key)).collect::<Vec<_>>(), once);
    assert_eq!((once.iter().filter(|&&n| n == 3).count(), once.iter().filter(|&&n| n == 2).count()), (10, 30));
}

/// NVIDIA/Megatron-LM 705: extreme weights ran past the end of a small source after hours of training. The planner says so before, with
/// the numbers that would do, and where it is allowed to repeat says how often.
#[test]
fn megatron_705_an_extreme_weight_does_not_run_past_a_small_source() {
    let ask = |budget| MixAsk::new(Budget::Tokens(budget)).group("big", 0.001).group("small", 0.999);
    let supplies =
        [SourceSupply::new("big", "big", 1 << 40, 1 << 30), SourceSupply::new("small", "small", 1_000_000, 1_000)];
    let why = ask(2_000_000).infeasible(&supplies).unwrap().unwrap();
    assert_eq!(
        (why.short[0].group.as_str(), why.short[0].available, why.short[0].asked),
        ("small", 1_000_000, 1_998_000)
    );
    assert_eq!(why.largest_budget, 1_001_001);
    assert!(ask(1_001_001).quotas(&supplies).is_ok() && ask(1_001_002).quotas(&supplies).is_err());
    let repeated = ask(2_000_000).shortage(Shortage::Repeat).quotas(&supplies).unwrap();
    assert_eq!(source_quotas(&repeated), [2_000, 1_998_000]);
    let note = Note::Repeated { source: "small".to_owned(), max_epochs: 1.0, lifted_to: 2.0 };
    assert_eq!(repeated.notes, [note]);
}

/// allenai/OLMo-core pull request 316: rounding by source left a run some steps short of data, so it silently began a second epoch.
/// Quotas sum to the budget, to the token, however the shares round.
#[test]
fn olmo_core_316_rounding_loses_no_tokens() {
    let mut random = Random(31);
    for _ in 0..200 {
        let n = 2 + random.below(30) as usize;
        let parts: Vec<u64> = (0..n).map(|_| 1 + random.below(1_000)).collect();
        let sum: u64 = parts.iter().sum();
        let budget = 1_000_000 + random.below(1_000_000);
        let ask = parts.iter().enumerate().fold(MixAsk::new(Budget::Tokens(budget)), |ask, (i, &part)| {
            ask.group(format!("g{i}"), part as f64 / sum as f64)
        });
        let supply = |i: usize| SourceSupply::new(format!("s{i}"), format!("g{i}"), 2_000_000, 1_000);
        let quotas = ask.quotas(&(0..n).map(supply).collect::<Vec<_>>()).unwrap();
        assert_eq!(source_quotas(&quotas).iter().sum::<u64>(), budget);
        for (quota, &part) in source_quotas(&quotas).into_iter().zip(&parts) {
            assert!((quota as f64 - budget as f64 * part as f64 / sum as f64).abs() < 1.001);
        }
    }
}

/// Null ids: their content stands in for them, so equal texts without ids are told apart by occurrence, as documents of one id are.
#[test]
fn duplicated_and_null_ids_are_documents_of_their_own() {
    let ids = ["", "", "", "a", "a", "b"];
    let mut seen = std::collections::HashMap::new();
    let mut items: Vec<Item> = ids
        .iter()
        .map(|id| {
            let occurrence = seen.entry(*id).and_modify(|n| *n += 1).or_insert(0_u32);
            Item::new(DocKey::new(17, "web", id, *occurrence), 100)
        })
        .collect();
    for (quota, docs) in [(100, 1), (300, 3), (500, 5), (600, 6), (900, 9)] {
        let selection = select(&mut items, quota).unwrap();
        assert_eq!((selection.docs, recount(&items, |key| selection.copies(key))), (docs, quota));
    }
}

/// 30 % ⊂ 40 % for each of several sources at once, within one plan.
#[test]
fn thirty_percent_lie_within_forty_for_every_source() {
    let mut random = Random(33);
    let lengths: Vec<Vec<u64>> = (0..5).map(|_| (0..2_000).map(|_| random.lognormal(400.0, 1.0)).collect()).collect();
    let supplies: Vec<SourceSupply> = lengths
        .iter()
        .enumerate()
        .map(|(i, l)| SourceSupply::new(format!("s{i}"), "organic", l.iter().sum(), l.len() as u64))
        .collect();
    let total: u64 = supplies.iter().map(|s| s.tokens).sum();
    let items = |s: &SourceSupply| {
        let number: usize = s.name[1..].parse().unwrap();
        let key = |i: usize| DocKey::new(17, &s.name, &format!("doc-{i}"), 0);
        Ok(lengths[number].iter().enumerate().map(|(i, &tokens)| Item::new(key(i), tokens)).collect())
    };
    let plan = |tenths: u64| {
        MixAsk::new(Budget::Tokens(total * tenths / 10)).group("organic", 1.0).plan(&supplies, items).unwrap()
    };
    let (thirty, forty) = (plan(3), plan(4));
    for (number, supply) in supplies.iter().enumerate() {
        for item in items(supply).unwrap() {
            assert!(thirty.copies(number, item.key) <= forty.copies(number, item.key));
        }
    }
}
