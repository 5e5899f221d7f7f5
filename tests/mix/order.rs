//! The order between sources: how far a prefix strays from the shares, by our rule and by those of others.

use super::Random;
use mashbill::mix::{Deal, DocKey, Interleave, order_key};

/// One document: its source and its tokens.
type Doc = (usize, u64);

/// Queues of documents of 2 to 40 sources, of hostile lengths: lognormal; bimodal, 2 % of documents 100,000 tokens long; each source
/// with documents of one length, 200 or 20,000; and all of one length, with a source that dwarfs the others.
fn sources(random: &mut Random) -> Vec<Vec<u64>> {
    let kind = random.below(4);
    (0..2 + random.below(39))
        .map(|source| {
            let own = if kind == 3 || random.below(2) == 0 { 200 } else { 20_000 };
            let documents = match (kind, source, own) {
                (3, 0, _) => 3_000,
                (2, _, 20_000) => 1 + random.below(20),
                _ => 1 + random.below(200),
            };
            let length = |random: &mut Random| match kind {
                0 => random.lognormal(600.0, 1.2),
                1 if random.below(50) == 0 => 100_000,
                1 => 200 + random.below(200),
                _ => own,
            };
            (0..documents).map(|_| length(random)).collect()
        })
        .collect()
}

fn interleaved(queues: &[Vec<u64>]) -> Vec<Doc> {
    let mut order = Interleave::new(queues.iter().map(|queue| queue.iter().sum()));
    let mut taken = vec![0; queues.len()];
    for (source, queue) in queues.iter().enumerate() {
        queue.first().into_iter().for_each(|&tokens| order.offer(source, tokens));
    }
    let mut docs = Vec::new();
    while let Some(source) = order.next() {
        docs.push((source, queues[source][taken[source]]));
        taken[source] += 1;
        queues[source].get(taken[source]).into_iter().for_each(|&tokens| order.offer(source, tokens));
    }
    docs
}

/// How far the tokens of each source in each prefix are ahead of and behind its share, in tokens, at both ends of every document:
/// between those all moves in straight lines. `(source, ahead, behind)`.
fn errors(docs: &[Doc], sources: usize) -> Vec<(f64, f64)> {
    let mut totals = vec![0_u64; sources];
    docs.iter().for_each(|&(source, tokens)| totals[source] += tokens);
    let all: u64 = totals.iter().sum();
    let (mut emitted, mut now) = (vec![0_u64; sources], 0_u64);
    let mut worst = vec![(0.0_f64, 0.0_f64); sources];
    for &(source, tokens) in docs {
        emitted[source] += tokens;
        now += tokens;
        for (at, worst) in worst.iter_mut().enumerate() {
            // Exact in whole numbers; rounded only to be reported.
            let error = i128::from(emitted[at]) * i128::from(all) - i128::from(now) * i128::from(totals[at]);
            let error = error as f64 / all as f64;
            *worst = (worst.0.max(error), worst.1.max(-error));
        }
    }
    worst
}

/// The largest error of any source either way, in longest documents.
fn worst(docs: &[Doc], sources: usize) -> (f64, f64) {
    let longest = docs.iter().map(|doc| doc.1).max().unwrap_or(1) as f64;
    let errors = errors(docs, sources);
    let most = |side: fn(&(f64, f64)) -> f64| errors.iter().map(side).fold(0.0, f64::max) / longest;
    (most(|e| e.0), most(|e| e.1))
}

/// Megatron-LM's blending rule (`helpers.cpp`, `build_blending_indices`), with tokens in the place of samples: the source that lacks
/// most against the tokens emitted so far; of several the first.
fn largest_deficit(queues: &[Vec<u64>]) -> Vec<Doc> {
    let totals: Vec<i128> = queues.iter().map(|queue| queue.iter().map(|&t| i128::from(t)).sum()).collect();
    let all: i128 = totals.iter().sum();
    let (mut taken, mut emitted, mut now) = (vec![0; queues.len()], vec![0_i128; queues.len()], 0_i128);
    let mut docs = Vec::new();
    loop {
        let open = (0..queues.len()).filter(|&s| taken[s] < queues[s].len());
        let deficit = |&s: &usize| (totals[s] * now.max(1) - emitted[s] * all, std::cmp::Reverse(s));
        let Some(source) = open.max_by_key(deficit) else { return docs };
        let tokens = queues[source][taken[source]];
        docs.push((source, tokens));
        taken[source] += 1;
        emitted[source] += i128::from(tokens);
        now += i128::from(tokens);
    }
}

/// Grain's closed form for the source of position `k` of a mixed data set: the first source against all others by whole numbers, the
/// position among the others likewise. By documents, as it knows no tokens.
fn closed_form(queues: &[Vec<u64>]) -> Vec<Doc> {
    let documents: usize = queues.iter().map(Vec::len).sum();
    let mut taken = vec![0; queues.len()];
    let mut docs = Vec::new();
    for k in 0..documents {
        let (mut at, mut rest) = (k, documents);
        for (source, queue) in queues.iter().enumerate() {
            let (before, after) = (at * queue.len() / rest, (at + 1) * queue.len() / rest);
            if after > before {
                docs.push((source, queue[taken[source]]));
                taken[source] += 1;
                break;
            }
            (at, rest) = (at - before, rest - queue.len());
        }
    }
    docs
}

fn permutation(queues: &[Vec<u64>], random: &mut Random) -> Vec<Doc> {
    let each =
        |(source, queue): (usize, &Vec<u64>)| queue.iter().map(move |&tokens| (source, tokens)).collect::<Vec<_>>();
    let mut docs: Vec<Doc> = queues.iter().enumerate().flat_map(each).collect();
    random.shuffle(&mut docs);
    docs
}

/// The promise, with its sharper constants: ahead by (1 − p)·Lmax of the source at most, behind by (1 − p)·Lmax of the source and p·Lmax
/// of all.
#[test]
fn every_prefix_is_within_one_longest_document_of_every_share() {
    let mut random = Random(11);
    for _ in 0..300 {
        let queues = sources(&mut random);
        let docs = interleaved(&queues);
        assert_eq!(docs.len(), queues.iter().map(Vec::len).sum::<usize>(), "every document once");
        let all: u64 = docs.iter().map(|doc| doc.1).sum();
        let longest = docs.iter().map(|doc| doc.1).max().unwrap() as f64;
        for (queue, (ahead, behind)) in queues.iter().zip(errors(&docs, queues.len())) {
            let share = queue.iter().sum::<u64>() as f64 / all as f64;
            let own = *queue.iter().max().unwrap() as f64;
            assert!(ahead <= (1.0 - share) * own + 1e-6, "{ahead} ahead; share {share}, longest {own}");
            assert!(behind <= (1.0 - share) * own + share * longest + 1e-6, "{behind} behind; share {share}");
        }
    }
}

/// The table of docs/mixing.md, and that the other rules do stray further: without that this test could not fail.
#[test]
fn other_rules_stray_further() {
    let mut random = Random(12);
    let mut table =
        [("WF2Q", [0.0_f64; 3]), ("largest deficit", [0.0; 3]), ("closed form", [0.0; 3]), ("permutation", [0.0; 3])];
    let rounds = 240;
    for _ in 0..rounds {
        let queues = sources(&mut random);
        let orders =
            [interleaved(&queues), largest_deficit(&queues), closed_form(&queues), permutation(&queues, &mut random)];
        for ((_, row), docs) in table.iter_mut().zip(&orders) {
            assert_eq!(docs.len(), orders[0].len());
            let (ahead, behind) = worst(docs, queues.len());
            *row = [row[0].max(ahead), row[1].max(behind), row[2] + ahead.max(behind) / f64::from(rounds)];
        }
    }
    for (rule, [ahead, behind, mean]) in &table {
        println!("{rule:>16}  ahead {ahead:.2}  behind {behind:.2}  mean of worst {mean:.2}");
    }
    let [ours, deficit, closed, random] = table.map(|row| row.1);
    assert!(ours[0] <= 1.0 && ours[1] <= 1.0);
    assert!(deficit[1] > 1.1, "behind by {}", deficit[1]);
    assert!(closed[0].max(closed[1]) > 2.0 && random[0].max(random[1]) > 5.0);
}

/// What each of so many ranks is dealt, source by source.
fn dealt(queues: &[Vec<u64>], ranks: usize) -> Vec<Vec<Vec<u64>>> {
    let mut dealt = vec![vec![Vec::new(); queues.len()]; ranks];
    for (source, queue) in queues.iter().enumerate() {
        let mut deal = Deal::new(ranks);
        queue.iter().for_each(|&tokens| dealt[deal.next(tokens)][source].push(tokens));
    }
    dealt
}

/// Every rank's prefixes keep the shares of what it has, and what it has of each source is an even part to within one longest document.
#[test]
fn every_rank_keeps_the_shares_in_every_prefix() {
    let mut random = Random(13);
    for ranks in [2, 3, 5, 8, 10, 64] {
        for _ in 0..40 {
            let queues = sources(&mut random);
            let dealt = dealt(&queues, ranks);
            for (source, queue) in queues.iter().enumerate() {
                let loads = dealt.iter().map(|rank| rank[source].iter().sum::<u64>());
                let (least, most) = (loads.clone().min().unwrap(), loads.clone().max().unwrap());
                assert!(most - least <= *queue.iter().max().unwrap());
                assert_eq!(loads.sum::<u64>(), queue.iter().sum::<u64>());
            }
            for rank in &dealt {
                let docs = interleaved(rank);
                assert_eq!(docs.len(), rank.iter().map(Vec::len).sum::<usize>());
                let (ahead, behind) = worst(&docs, rank.len());
                assert!(ahead <= 1.0 + 1e-9 && behind <= 1.0 + 1e-9, "{ahead} {behind} on {ranks} ranks");
            }
        }
    }
}

/// What dealing is for: every n-th document of an interleaved order has other shares, and dealt ranks have not.
#[test]
fn striding_a_good_order_gives_bad_shares() {
    let queues = [vec![100; 500], vec![100; 300], vec![100; 200]];
    let order = interleaved(&queues);
    let share = |docs: &[Doc]| docs.iter().filter(|doc| doc.0 == 0).count() as f64 / docs.len() as f64;
    let mut worst = [0.0_f64; 2];
    for ranks in [2, 5, 8, 10] {
        let dealt = dealt(&queues, ranks);
        for (rank, own) in dealt.iter().enumerate() {
            let strided: Vec<Doc> = order.iter().copied().skip(rank).step_by(ranks).collect();
            worst[0] = worst[0].max((share(&strided) - 0.5).abs());
            worst[1] = worst[1].max((share(&interleaved(own)) - 0.5).abs());
        }
    }
    println!("worst share of a rank: strided {:.2}, dealt {:.3}", worst[0], worst[1]);
    assert!(worst[0] > 0.3 && worst[1] < 0.02, "{worst:?}");
}

/// Copies of a document are a pass apart: by source, all first copies come before any second one.
#[test]
fn copies_of_a_document_are_spread_apart() {
    let keys: Vec<DocKey> = (0..400).map(|i| DocKey::new(7, "web", &i.to_string(), 0)).collect();
    let mut queue: Vec<(u32, u128, usize)> = Vec::new();
    for copy in 0..3 {
        queue.extend(keys.iter().enumerate().map(|(doc, &key)| (copy, order_key(7, key, copy), doc)));
    }
    queue.sort_unstable();
    let mut deals = Deal::new(8);
    let mut last: std::collections::HashMap<usize, usize> = std::collections::HashMap::new();
    let mut least = usize::MAX;
    let mut dealt = vec![Vec::new(); 8];
    for (at, &(_, _, doc)) in queue.iter().enumerate() {
        if let Some(before) = last.insert(doc, at) {
            least = least.min(at - before);
        }
        dealt[deals.next(100)].push(doc);
    }
    // Two random orders of 400 one after the other: the nearest pair is never next to each other by more than chance.
    assert!((1..400).contains(&least));
    let near = queue.windows(20).filter(|w| w[1..].iter().any(|other| other.2 == w[0].2)).count();
    assert!(near < 20, "{near} of 1,200 copies have another one within 20 places");
    // And no rank reads a second copy before its part of the first pass is over.
    for rank in dealt {
        let first = &rank[..50];
        assert_eq!(first.iter().collect::<std::collections::HashSet<_>>().len(), 50);
    }
}
