//! Share errors against what is possible: a subset-sum oracle over all documents where it can be asked, and half a document elsewhere.

use super::{Random, documents, recount};
use mashbill::mix::select;

/// Every sum that some subset of the documents has: a table of one flag a sum, document by document.
fn reachable(tokens: &[u64], most: u64) -> Vec<bool> {
    let mut sums = vec![false; most as usize + 1];
    sums[0] = true;
    for &tokens in tokens.iter().filter(|&&t| t <= most) {
        for sum in (tokens as usize..sums.len()).rev() {
            sums[sum] |= sums[sum - tokens as usize];
        }
    }
    sums
}

fn lengths(kind: u64, n: u64, random: &mut Random) -> Vec<u64> {
    let length = |random: &mut Random| match kind {
        0 => random.lognormal(60.0, 1.2).min(10_000),
        1 if random.below(50) == 0 => 10_000,
        1 => 20 + random.below(20),
        2 => 51,
        _ => 6 * (1 + random.below(40)), // no odd sums, and none that three does not divide
    };
    (0..n).map(|_| length(random)).collect()
}

/// 1,000 documents of each kind of lengths: the error is 0 whenever any subset of all documents has 0, and else the least there is.
#[test]
fn a_source_of_few_documents_comes_as_near_as_any_subset() {
    let mut random = Random(41);
    let (mut exact, mut inexact) = (0, 0);
    for kind in 0..4 {
        for round in 0..3 {
            let lengths = lengths(kind, 1_000, &mut random);
            let unique: u64 = lengths.iter().sum();
            let sums = reachable(&lengths, unique);
            let items = documents(kind * 10 + round, lengths);
            for _ in 0..40 {
                let quota = 1 + random.below(unique - 1);
                let selection = select(&mut items.clone(), quota).unwrap();
                assert_eq!(recount(&items, |key| selection.copies(key)), selection.tokens);
                let error = selection.tokens.abs_diff(quota);
                let at = |sum: u64| sums.get(sum as usize).copied().unwrap_or(false);
                let least = (0..).find(|off| at(quota + off) || (quota >= *off && at(quota - off))).unwrap();
                assert_eq!(error, least, "kind {kind}, {quota} of {unique}");
                if least == 0 { exact += 1 } else { inexact += 1 }
            }
        }
    }
    assert!(exact > 200 && inexact > 50, "{exact} {inexact}");
}

/// 10³ to 10⁶ documents: exact unless all lengths have a divisor that the quota lacks, and then within half a document.
#[test]
fn larger_sources_are_exact_wherever_divisors_allow() {
    let mut random = Random(42);
    for n in [1_000, 10_000, 100_000, 1_000_000] {
        for kind in 0..4 {
            let lengths = lengths(kind, n, &mut random);
            let unique: u64 = lengths.iter().sum();
            let divisor = [1, 1, 51, 6][kind as usize];
            let mut items = documents(n + kind, lengths);
            for tenths in [1, 3, 7, 9] {
                let quota = unique * tenths / 10 / divisor * divisor;
                let selection = select(&mut items, quota).unwrap();
                assert_eq!(selection.tokens, quota, "{n} documents of kind {kind}");
                if divisor > 1 {
                    assert_eq!(select(&mut items, quota + 2).unwrap().tokens, quota);
                }
            }
        }
    }
}
