//! [`Selection`]: which documents of a source make up its quota: a prefix of the hash order, its tail repaired.

use super::infeasible::digits;
use super::key::DocKey;
use super::repair::fill;
use crate::error::{Error, Result};
use std::collections::VecDeque;

/// How many documents before the cut-off the repair may leave out. With [`WINDOW`] it met the quota exactly in 126 of 126
/// trials on lognormal lengths (median 600, σ 1.2, at most 100k), 1e3 to 1e6 documents: mixing.md §4.3.
pub const STEP_BACK: usize = 24;

/// How many documents the repair chooses from, the ones it may leave out included. Source as for [`STEP_BACK`].
pub const WINDOW: usize = 64;

/// The largest gap that the repair fills, in tokens: 16 Mi. It bounds the repair to 18 MiB and 64 × 2¹⁸ word operations
/// (some 10 ms) and still takes windows of documents of 10⁶ tokens. Longer ones narrow the window.
pub const LARGEST_GAP: u64 = 1 << 24;

/// A document as the selection sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Item {
    /// Its place in the order in which documents are taken.
    pub key: DocKey,
    /// Its tokens.
    pub tokens: u64,
}

impl Item {
    /// A document of so many tokens.
    pub fn new(key: DocKey, tokens: u64) -> Item {
        Item { key, tokens }
    }
}

/// Which documents of a source are emitted, and how often. A few numbers, however many documents there are.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "parquet", derive(serde::Serialize, serde::Deserialize))]
pub struct Selection {
    /// Copies of every document.
    pub epochs: u32,
    /// Documents with this key or a smaller one are emitted once more; `None`: no document is.
    pub cutoff: Option<DocKey>,
    /// Documents above the cut-off that are emitted once more all the same (the repair's), sorted.
    pub extra: Vec<DocKey>,
    /// Documents at or below the cut-off that are not (the repair's), sorted.
    pub skipped: Vec<DocKey>,
    /// Tokens emitted, copies counted.
    pub tokens: u64,
    /// Documents emitted, copies counted.
    pub docs: u64,
}

impl Selection {
    /// How often the document with this key is emitted.
    pub fn copies(&self, key: DocKey) -> u32 {
        let below = self.cutoff.is_some_and(|cutoff| key <= cutoff);
        let exceptions = if below { &self.skipped } else { &self.extra };
        self.epochs + u32::from(below != exceptions.binary_search(&key).is_ok())
    }
}

/// Chooses documents for `quota` tokens. Sorts `items` by key, if they are not; nothing else about their order matters.
///
/// Every document is taken ⌊quota / unique tokens⌋ times. The remainder is the documents with the smallest keys, as many as
/// fit; then the last 24 of them are reconsidered with the next 40, and the subset that fills the remainder exactly is taken
/// ([`STEP_BACK`], [`WINDOW`]). If no subset does, the nearest one, or the prefix with or without its next document if that
/// is nearer: never more than half that document off. Selections nest: a larger quota takes what a smaller one takes, but
/// for the documents of one window.
///
/// - Documents of equal key are one: all are taken or none. Give documents that share an id an occurrence index
///   ([`DocKey::new`]) to keep them apart.
/// - A document of no tokens fills nothing: it is taken if its key is below the cut-off.
/// - A quota of 0 takes nothing.
///
/// ```
/// use mashbill::mix::{DocKey, Item, select};
///
/// let lengths = [("a", 700), ("b", 200), ("c", 300), ("d", 400)];
/// let mut items: Vec<Item> =
///     lengths.iter().map(|&(id, tokens)| Item::new(DocKey::new(17, "web", id, 0), tokens)).collect();
/// let selection = select(&mut items, 900)?;
///
/// assert_eq!(selection.tokens, 900); // exactly: 700 + 200 or 200 + 300 + 400
/// let again: u64 =
///     lengths.iter().map(|&(id, tokens)| tokens * u64::from(selection.copies(DocKey::new(17, "web", id, 0)))).sum();
/// assert_eq!(again, 900);
/// # Ok::<(), mashbill::Error>(())
/// ```
///
/// # Errors
///
/// [`Error::Infeasible`] if tokens are asked of items that have none, or more than `u32::MAX` copies of each;
/// [`Error::Invalid`] if the items sum to more than `u64::MAX` tokens.
pub fn select(items: &mut [Item], quota: u64) -> Result<Selection> {
    let unique: u128 = items.iter().map(|item| u128::from(item.tokens)).sum();
    let Ok(unique) = u64::try_from(unique) else {
        let problem = format!("sum to {unique}, more than 64 bits count");
        return Err(Error::Invalid { what: "tokens of a source".to_owned(), problem });
    };
    if quota == 0 {
        return Ok(Selection::default());
    }
    let copies = |epochs: u64| {
        format!("{} tokens of {}: {epochs} copies of each", digits(quota), digits(unique))
    };
    let epochs = match quota.checked_div(unique) {
        None => {
            return Err(Error::Infeasible(format!(
                "{} tokens asked of documents without any",
                digits(quota)
            )));
        }
        Some(epochs) => u32::try_from(epochs).map_err(|_| Error::Infeasible(copies(epochs)))?,
    };
    if !items.is_sorted_by_key(|item| item.key) {
        items.sort_unstable_by_key(|item| item.key);
    }
    // epochs · unique ≤ quota, so neither overflows.
    let whole = u64::from(epochs) * unique;
    let mut selection = cut(items, quota - whole);
    selection.epochs = epochs;
    selection.tokens += whole;
    selection.docs = u64::from(epochs) * items.len() as u64 + docs_once(items, &selection);
    Ok(selection)
}

/// All documents of one key.
#[derive(Clone, Copy)]
struct Run {
    key: DocKey,
    tokens: u64,
}

/// The runs of sorted items that have tokens.
fn runs(items: &[Item]) -> impl Iterator<Item = Run> {
    let same = items.chunk_by(|a, b| a.key == b.key);
    let runs = same.filter_map(|run| {
        let tokens = run.iter().map(|item| item.tokens).sum();
        run.first().map(|item| Run { key: item.key, tokens })
    });
    runs.filter(|run| run.tokens > 0)
}

/// Where a prefix of the hash order meets the quota: all that the choice of the tail needs.
#[derive(Default)]
struct Edge {
    /// The last runs that fit, at most [`STEP_BACK`].
    before: VecDeque<Run>,
    /// The tokens of all runs that fit.
    fits: u64,
    /// The runs that follow, up to a full window; the first does not fit.
    after: Vec<Run>,
}

impl Edge {
    fn find(items: &[Item], quota: u64) -> Edge {
        let mut edge = Edge::default();
        for run in runs(items) {
            // `fits` ≤ quota always, so the difference is a number.
            if edge.after.is_empty() && run.tokens <= quota - edge.fits {
                edge.fits += run.tokens;
                if edge.before.len() == STEP_BACK {
                    edge.before.pop_front();
                }
                edge.before.push_back(run);
            } else if edge.before.len() + edge.after.len() < WINDOW {
                edge.after.push(run);
            } else {
                break;
            }
        }
        edge
    }
}

/// The selection of `quota` tokens, less than the items have, without its `docs`.
fn cut(items: &[Item], quota: u64) -> Selection {
    let mut edge = Edge::find(items, quota);
    let under = quota - edge.fits;
    // The crossing run does not fit, so it is longer than what is left to fill.
    let over = edge.after.first().map_or(u64::MAX, |run| run.tokens - under);
    let prefix = |last: Option<&Run>, tokens| Selection {
        cutoff: last.map(|run| run.key),
        tokens,
        ..Selection::default()
    };
    let nearest = if under <= over {
        prefix(edge.before.back(), edge.fits)
    } else {
        prefix(edge.after.first(), edge.fits + edge.after.first().map_or(0, |run| run.tokens))
    };
    if quota == 0 || under == 0 {
        return nearest;
    }
    repair(&mut edge, under, under.min(over)).unwrap_or(nearest)
}

/// A choice within the window that comes nearer than `slack` tokens, if there is one. `under`: what the fitting runs leave.
fn repair(edge: &mut Edge, under: u64, slack: u64) -> Option<Selection> {
    let mut gap = under + edge.before.iter().map(|run| run.tokens).sum::<u64>();
    while gap.saturating_add(slack) > LARGEST_GAP {
        gap -= edge.before.pop_front()?.tokens;
    }
    let window: Vec<Run> = edge.before.iter().chain(&edge.after).copied().collect();
    let tokens: Vec<u64> = window.iter().map(|run| run.tokens).collect();
    let chosen = fill(&tokens, usize::try_from(gap).ok()?, usize::try_from(slack).ok()?)?;
    let is_chosen = |i: &usize| chosen.binary_search(i).is_ok();
    let filled: u64 = chosen.iter().map(|&i| tokens[i]).sum();
    let keys = |range: std::ops::Range<usize>, taken: bool| -> Vec<DocKey> {
        range.filter(|i| is_chosen(i) == taken).map(|i| window[i].key).collect()
    };
    let back = edge.before.len();
    Some(Selection {
        cutoff: edge.before.back().map(|run| run.key),
        extra: keys(back..window.len(), true),
        skipped: keys(0..back, false),
        tokens: edge.fits + under - gap + filled,
        ..Selection::default()
    })
}

/// The documents that the selection takes once more than the others, counted.
fn docs_once(items: &[Item], selection: &Selection) -> u64 {
    let up_to = |key: DocKey| items.partition_point(|item| item.key <= key);
    let below = |key: DocKey| items.partition_point(|item| item.key < key);
    let count = |keys: &[DocKey]| keys.iter().map(|&key| up_to(key) - below(key)).sum::<usize>();
    let taken =
        selection.cutoff.map_or(0, up_to) + count(&selection.extra) - count(&selection.skipped);
    taken as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    fn items(tokens: &[u64]) -> Vec<Item> {
        tokens.iter().enumerate().map(|(i, &t)| Item::new(DocKey(10 * i as u128), t)).collect()
    }

    /// What `copies` emits, item by item.
    fn emitted(items: &[Item], selection: &Selection) -> (u64, u64) {
        items.iter().fold((0, 0), |(tokens, docs), item| {
            let copies = u64::from(selection.copies(item.key));
            (tokens + copies * item.tokens, docs + copies)
        })
    }

    #[test]
    fn an_exact_prefix_needs_no_repair() {
        let mut items = items(&[5, 3, 9, 2]);
        let selection = select(&mut items, 17).unwrap();
        assert_eq!(selection.cutoff, Some(DocKey(20)));
        assert_eq!((selection.extra.len(), selection.skipped.len()), (0, 0));
    }

    #[test]
    fn documents_of_no_tokens_follow_the_cutoff() {
        let mut items = items(&[0, 4, 0, 4, 0, 0, 4]);
        let selection = select(&mut items, 8).unwrap();
        let copies: Vec<u32> = items.iter().map(|item| selection.copies(item.key)).collect();
        assert_eq!(copies, [1, 1, 1, 1, 0, 0, 0]);
        assert_eq!((selection.tokens, selection.docs), (8, 4));
        let selection = select(&mut items, 12).unwrap(); // one whole epoch
        assert_eq!((selection.epochs, selection.cutoff, selection.docs), (1, None, 7));
        assert!(matches!(select(&mut items[..1], 1), Err(Error::Infeasible(_))));
    }

    #[test]
    fn a_huge_gap_narrows_the_window() {
        // 40 documents of 10^6 tokens: 24 of them do not fit the bitset, 16 do.
        let mut tokens = vec![1_000_000; 40];
        tokens.extend([999_000, 500, 501]);
        let selection = select(&mut items(&tokens), 30_000_500).unwrap();
        assert_eq!((selection.tokens, selection.extra), (30_000_500, vec![DocKey(410)]));
        // 10^8 tokens each: nearest prefix.
        let selection = select(&mut items(&[100_000_000; 4]), 260_000_000).unwrap();
        assert_eq!((selection.tokens, selection.cutoff), (300_000_000, Some(DocKey(20))));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        /// Few enough documents for one window to hold them all: as near as the best of all subsets.
        #[test]
        fn a_small_source_gets_its_best_subset(tokens in vec(0_u64..500, 1..11), quota in 0_u64..6_000) {
            let unique: u64 = tokens.iter().sum();
            prop_assume!(unique > 0);
            let mut items = items(&tokens);
            let selection = select(&mut items, quota).unwrap();
            prop_assert_eq!(emitted(&items, &selection), (selection.tokens, selection.docs));
            let best = (0_u32..1 << tokens.len()).map(|mask| {
                let sum: u64 = (0..tokens.len()).filter(|i| mask >> i & 1 == 1).map(|i| tokens[i]).sum();
                sum.abs_diff(quota % unique)
            });
            prop_assert_eq!(selection.tokens.abs_diff(quota), best.min().unwrap());
        }

        /// Totals are what `copies` says, with equal keys and in any order.
        #[test]
        fn totals_are_what_copies_says(
            documents in vec((0_u128..60, 0_u64..3_000), 1..200),
            part in 0_u64..3_000,
            order in any::<u64>(),
        ) {
            let mut items: Vec<Item> = documents.iter().map(|&(key, tokens)| Item::new(DocKey(key), tokens)).collect();
            let unique: u64 = items.iter().map(|item| item.tokens).sum();
            prop_assume!(unique > 0);
            let quota = unique * part / 1_000;
            let selection = select(&mut items, quota).unwrap();
            prop_assert_eq!(emitted(&items, &selection), (selection.tokens, selection.docs));
            items.sort_by_key(|item| (item.key.0 ^ u128::from(item.tokens)).wrapping_mul(u128::from(order) | 1));
            prop_assert_eq!(select(&mut items, quota).unwrap(), selection);
        }
    }
}
