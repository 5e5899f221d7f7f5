//! [`Deal`]: a source's documents dealt over ranks, so that every rank has an order of its own that keeps the shares.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Deals the documents of one source over ranks by tokens: each to the rank that has fewest so far.
///
/// Ranks that read an interleaved order by turns (rank *r* of *n* takes every *n*-th document from the *r*-th) see shares that the order does not
/// have: the turns fall in with its period (mixing.md §4.5 measured 80 points). So the documents are dealt first, source by source, and each
/// rank [interleaves](super::Interleave) what it was dealt. Then
///
/// - no two ranks differ by more than the source's longest document in what they have of it, and
/// - every prefix of a rank's order is within one longest document of the shares of what that rank has.
///
/// Take more ranks than there are readers (840 have most divisors), and a reader takes several whole ones: then 8 readers may go on as
/// 12 or 6 without a document twice or missing.
///
/// ```
/// use mashbill::mix::{Deal, Interleave};
///
/// // Tokens of each document of two sources, for two ranks.
/// let sources = [vec![30, 20, 10, 20], vec![10, 10, 10, 10]];
/// let mut ranks = vec![vec![Vec::new(); sources.len()]; 2];
/// for (source, documents) in sources.iter().enumerate() {
///     let mut deal = Deal::new(2);
///     for &tokens in documents {
///         ranks[deal.next(tokens)][source].push(tokens);
///     }
/// }
/// assert_eq!(ranks[0], [vec![30, 20], vec![10, 10]]);
/// assert_eq!(ranks[1], [vec![20, 10], vec![10, 10]]);
/// let order = Interleave::new(ranks[1].iter().map(|documents: &Vec<u64>| documents.iter().sum())); // and so on, rank by rank
/// # let _ = order;
/// ```
#[derive(Debug, Clone)]
pub struct Deal {
    /// Tokens and rank, the fewest first; of as many, the lower rank.
    loads: BinaryHeap<Reverse<(u64, usize)>>,
}

impl Deal {
    /// A deal over so many ranks; one at least.
    pub fn new(ranks: usize) -> Deal {
        Deal { loads: (0..ranks.max(1)).map(|rank| Reverse((0, rank))).collect() }
    }

    /// The rank of the source's next document, by its tokens.
    pub fn next(&mut self, tokens: u64) -> usize {
        // There is always one.
        let Some(Reverse((load, rank))) = self.loads.pop() else { return 0 };
        self.loads.push(Reverse((load.saturating_add(tokens), rank)));
        rank
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_ranks_are_one() {
        let mut deal = Deal::new(0);
        assert_eq!([deal.next(u64::MAX), deal.next(u64::MAX), deal.next(0)], [0; 3]);
    }
}
