//! Sets that are alike: exact, by an index of the rarest members.

use crate::hash::jaccard;
use std::collections::HashMap;

/// Most candidates that a set is compared with. More share a rare member only in texts made to cost time; the sample is small, and
/// what follows is still compared with the first ones.
const MAX_CANDIDATES: usize = 512;

/// For each set (sorted, without repetitions) the number of the first set of its cluster. Sets whose Jaccard similarity is at least
/// `threshold` are in one cluster, and so are those that a chain of such pairs joins. An empty set is alone.
///
/// Two sets that are so alike share one of their `n - ceil(threshold * n) + 1` rarest members (the prefix filter of Chaudhuri, Ganti and Kaushik, ICDE
/// 2006); so only these are looked up.
pub(super) fn clusters(sets: &[Vec<u64>], threshold: f64) -> Vec<usize> {
    let mut frequency: HashMap<u64, u32> = HashMap::new();
    sets.iter().flatten().for_each(|&member| *frequency.entry(member).or_insert(0) += 1);
    let mut leader: Vec<usize> = (0..sets.len()).collect();
    let mut index: HashMap<u64, Vec<usize>> = HashMap::new();
    for (at, set) in sets.iter().enumerate() {
        let mut rarest = set.clone();
        rarest.sort_unstable_by_key(|member| (frequency.get(member).copied().unwrap_or(0), *member));
        let needed = (threshold * set.len() as f64 - 1e-9).ceil().max(1.0) as usize;
        let prefix = (set.len() + 1).saturating_sub(needed);
        let mut tried: Vec<usize> = Vec::new();
        for member in &rarest[..prefix.min(rarest.len())] {
            let posts = index.entry(*member).or_default();
            for &other in posts.iter().take(MAX_CANDIDATES) {
                let (a, b) = (root(&leader, at), root(&leader, other));
                if a == b || tried.contains(&other) || tried.len() >= MAX_CANDIDATES {
                    continue;
                }
                tried.push(other);
                if jaccard(set, &sets[other]).is_some_and(|j| j >= threshold) {
                    leader[a.max(b)] = a.min(b);
                }
            }
            posts.push(at);
        }
    }
    (0..sets.len()).map(|at| root(&leader, at)).collect()
}

fn root(leader: &[usize], mut at: usize) -> usize {
    while leader[at] != at {
        at = leader[at];
    }
    at
}

/// Number of members of each set's cluster.
pub(super) fn sizes(leaders: &[usize]) -> Vec<usize> {
    let mut counts = vec![0; leaders.len()];
    leaders.iter().for_each(|&leader| counts[leader] += 1);
    leaders.iter().map(|&leader| counts[leader]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn equals_the_comparison_of_all_pairs(
            sets in prop::collection::vec(prop::collection::btree_set(0_u64..12, 0..6), 0..30),
            threshold in prop::sample::select(vec![0.5, 0.6, 0.8, 1.0]),
        ) {
            let sets: Vec<Vec<u64>> = sets.into_iter().map(|set| set.into_iter().collect()).collect();
            let mut plain: Vec<usize> = (0..sets.len()).collect();
            for a in 0..sets.len() {
                for b in 0..a {
                    if jaccard(&sets[a], &sets[b]).is_some_and(|j| j >= threshold) && plain[a] != plain[b] {
                        let (low, high) = (plain[a].min(plain[b]), plain[a].max(plain[b]));
                        plain.iter_mut().filter(|leader| **leader == high).for_each(|leader| *leader = low);
                    }
                }
            }
            prop_assert_eq!(clusters(&sets, threshold), plain);
        }
    }

    #[test]
    fn sizes_are_those_of_the_clusters() {
        assert_eq!(sizes(&[0, 1, 0, 0, 1, 5]), [3, 2, 3, 3, 2, 1]);
        assert_eq!(clusters(&[], 0.8), Vec::<usize>::new());
        assert_eq!(clusters(&[vec![], vec![]], 0.8), [0, 1]);
    }

    #[test]
    fn many_equal_sets_are_one_cluster_in_little_time() {
        let sets = vec![(0..50).collect::<Vec<u64>>(); 20_000];
        assert!(clusters(&sets, 0.8).iter().all(|&leader| leader == 0));
    }
}
