//! [`Selection`]: which documents of a source make up its quota: a prefix of the hash order, its tail repaired.

use super::infeasible::digits;
use super::key::DocKey;
use super::repair::{fill, fill_wide};
use crate::error::{Error, Result};
use std::collections::VecDeque;

/// How many documents before the cut-off the repair may leave out. With [`WINDOW`] it met the quota exactly in 126 of 126
/// trials on lognormal lengths (median 600, σ 1.2, at most 100k), 1e3 to 1e6 documents (mixing.md §4.3; the lognormal test
/// in `tests/mix` repeats it).
pub const STEP_BACK: usize = 24;

/// How many documents the repair chooses from, the ones it may leave out included. Source as for [`STEP_BACK`].
pub const WINDOW: usize = 64;

/// The largest gap that the repair fills, in tokens: 16 Mi. It bounds the repair to 18 MiB and 64 × 2¹⁸ word operations
/// (tens of milliseconds) and still takes windows of documents of 10⁶ tokens. Longer ones narrow the window.
pub const LARGEST_GAP: u64 = 1 << 24;

/// How many documents that do not fit may be passed over, one after the other, where no subset of the window fills the quota
/// exactly: a document longer than the rest of its window would otherwise leave a gap that nothing near it can fill.
/// Each costs a further repair of a sixteenth of [`LARGEST_GAP`] at most. Our own choice; the bimodal test (2 % of documents
/// 300 times the others) needs more than 8.
pub const HOPS: usize = 32;

/// A source of no more documents than this may have all of them reconsidered where neither the window nor the hops fill the quota exactly: with
/// few documents, a window at its end may miss what the source as a whole can give. (A larger source has enough documents near
/// its cut-off.) Our own choice.
pub const WIDE_DOCS: usize = 4096;

/// Word operations that this may cost, some tens of milliseconds.
const WIDE_WORK: u64 = 1 << 27;

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
#[cfg_attr(feature = "recipe-file", derive(serde::Serialize, serde::Deserialize))]
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
    /// Tokens of the documents that are emitted at least once.
    pub unique_tokens: u64,
    /// Where only some documents are repeated: those. All of the above is said of them alone.
    #[cfg_attr(feature = "recipe-file", serde(default, skip_serializing_if = "Option::is_none"))]
    pub pool: Option<Box<Selection>>,
    /// Where each bucket of keys has a selection of its own ([`DocKey::in_bucket`]): those; `tokens` and `docs` are their sums, and nothing
    /// else above is said of any document.
    #[cfg_attr(feature = "recipe-file", serde(default, skip_serializing_if = "Vec::is_empty"))]
    pub buckets: Vec<Selection>,
}

impl Selection {
    /// How often the document with this key is emitted.
    pub fn copies(&self, key: DocKey) -> u32 {
        if key == DocKey::NEVER || self.pool.as_ref().is_some_and(|pool| pool.copies(key) == 0) {
            return 0;
        }
        if !self.buckets.is_empty() {
            return self.buckets.get(key.bucket()).map_or(0, |bucket| bucket.copies(key));
        }
        self.epochs.saturating_add(u32::from(self.once_more(key)))
    }

    /// Whether the document with this key is emitted once more than the others.
    pub(crate) fn once_more(&self, key: DocKey) -> bool {
        let below = self.cutoff.is_some_and(|cutoff| key <= cutoff);
        let exceptions = if below { &self.skipped } else { &self.extra };
        below != exceptions.binary_search(&key).is_ok()
    }
}

/// Chooses documents for `quota` tokens. Sorts `items` by key, if they are not; nothing else about their order matters.
///
/// Every document is taken ⌊quota / unique tokens⌋ times. The remainder is the documents with the smallest keys, as many as
/// fit; then the last 24 of them are reconsidered with the next 40, and the subset that fills the remainder exactly is taken
/// ([`STEP_BACK`], [`WINDOW`]). If no subset does, the next document, too long to fit, is passed over and the same is tried
/// behind it ([`HOPS`]). If that fails too, a source of few documents has all of them reconsidered ([`WIDE_DOCS`]); for a larger one the nearest
/// subset of the first window is taken, or the prefix with or without its next document if that is nearer: never more than half that
/// document off.
///
/// But for sources that had to be reconsidered as a whole, selections nest but for their tails: a larger quota takes what a smaller one takes, except documents from the smaller
/// one's window on, and without exception once its prefix ends a window behind the smaller one's last document.
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
/// [`Error::Infeasible`] if tokens are asked of items that have none, or `u32::MAX` copies of each;
/// [`Error::Invalid`] if the items sum to more than `u64::MAX` tokens.
pub fn select(items: &mut [Item], quota: u64) -> Result<Selection> {
    let wide = items.len() <= WIDE_DOCS;
    select_within(items, quota, wide)
}

/// [`select`]; `wide`: whether all documents may be reconsidered, which is asked where `items` stand for more than they are.
pub(crate) fn select_within(items: &mut [Item], quota: u64, wide: bool) -> Result<Selection> {
    let unique: u128 = items.iter().map(|item| u128::from(item.tokens)).sum();
    let Ok(unique) = u64::try_from(unique) else {
        let problem = format!("sum to {unique}, more than 64 bits count");
        return Err(Error::Invalid { what: "tokens of a source".to_owned(), problem });
    };
    if quota == 0 {
        return Ok(Selection::default());
    }
    let Some(epochs) = quota.checked_div(unique) else {
        return Err(Error::Infeasible(format!("{} tokens asked of documents without any", digits(quota))));
    };
    // One more copy must still be countable.
    let Some(epochs) = u32::try_from(epochs).ok().filter(|&epochs| epochs < u32::MAX) else {
        let (quota, unique) = (digits(quota), digits(unique));
        return Err(Error::Infeasible(format!("{quota} tokens of {unique} are {epochs} copies of each document")));
    };
    if !items.is_sorted_by_key(|item| item.key) {
        items.sort_unstable_by_key(|item| item.key);
    }
    // epochs · unique ≤ quota, so neither overflows.
    let whole = u64::from(epochs) * unique;
    let mut selection = cut(items, quota - whole, wide);
    selection.epochs = epochs;
    selection.unique_tokens = if epochs > 0 { unique } else { selection.tokens };
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
struct Edge<'a> {
    quota: u64,
    /// The last runs that fit, at most [`STEP_BACK`].
    before: VecDeque<Run>,
    /// The key of the last run that fits.
    last: Option<DocKey>,
    /// The tokens of all runs that fit.
    fits: u64,
    /// The sorted items from the first run on that does not fit.
    rest: &'a [Item],
    /// Runs that were passed over.
    hopped: Vec<DocKey>,
}

impl<'a> Edge<'a> {
    fn find(items: &'a [Item], quota: u64) -> Edge<'a> {
        let before = VecDeque::with_capacity(STEP_BACK);
        let mut edge = Edge { quota, before, last: None, fits: 0, rest: items, hopped: Vec::new() };
        edge.advance();
        edge
    }

    /// Tokens that the fitting runs leave to fill.
    fn under(&self) -> u64 {
        self.quota - self.fits
    }

    /// Takes runs as long as they fit.
    fn advance(&mut self) {
        let items = self.rest;
        for run in runs(items) {
            if run.tokens > self.under() {
                break;
            }
            self.fits += run.tokens;
            self.last = Some(run.key);
            if self.before.len() == STEP_BACK {
                self.before.pop_front();
            }
            self.before.push_back(run);
        }
        self.rest = &items[items.partition_point(|item| Some(item.key) <= self.last)..];
    }

    /// The first run that does not fit, and those that follow, up to a full window.
    fn after(&self) -> impl Iterator<Item = Run> + use<'a> {
        runs(self.rest).take(WINDOW - self.before.len())
    }

    /// Passes over the first run that does not fit, and goes on. `false` if there is none.
    fn hop(&mut self) -> bool {
        let Some(run) = runs(self.rest).next() else { return false };
        self.hopped.push(run.key);
        self.rest = &self.rest[self.rest.partition_point(|item| item.key <= run.key)..];
        self.advance();
        true
    }
}

/// The selection of `quota` tokens, less than the items have, without its `docs`.
fn cut(items: &[Item], quota: u64, wide: bool) -> Selection {
    let mut edge = Edge::find(items, quota);
    let under = edge.under();
    let prefix = |cutoff, tokens| Selection { cutoff, tokens, ..Selection::default() };
    if under == 0 {
        return prefix(edge.last, edge.fits);
    }
    // The crossing run does not fit, so it is longer than what is left to fill.
    let (over, nearest) = match edge.after().next() {
        Some(run) if run.tokens - under < under => (run.tokens - under, prefix(Some(run.key), edge.fits + run.tokens)),
        _ => (under, prefix(edge.last, edge.fits)),
    };
    let near = repair(&edge, over, LARGEST_GAP).unwrap_or(nearest);
    if near.tokens == quota {
        return near;
    }
    for _ in 0..HOPS {
        // Only an exact fill is worth a hop: slack 1.
        if !edge.hop() {
            break;
        }
        if let Some(exact) = repair(&edge, 1, LARGEST_GAP / 16) {
            return exact;
        }
    }
    let off = near.tokens.abs_diff(quota);
    if wide { reconsider(items, quota, off).unwrap_or(near) } else { near }
}

/// The choice of all documents that comes nearest to the quota, if one is nearer than `slack` tokens and it costs no more than
/// [`WIDE_WORK`].
fn reconsider(items: &[Item], quota: u64, slack: u64) -> Option<Selection> {
    let runs: Vec<Run> = runs(items).collect();
    let unique: u64 = runs.iter().map(|run| run.tokens).sum();
    let unit = runs.iter().fold(0, |unit, run| gcd(unit, run.tokens)).max(1);
    // No sum is nearer than the nearest multiple.
    if (quota % unit).min(unit - quota % unit) >= slack {
        return None;
    }
    // Either those that are taken, from the front, or those that are left out, from the back: whichever are fewer tokens.
    let few = quota <= unique - quota;
    let gap = if few { quota } else { unique - quota };
    if (runs.len() as u64).saturating_mul((gap + slack) / 64 + 1) > WIDE_WORK {
        return None;
    }
    let mut tokens: Vec<u64> = runs.iter().map(|run| run.tokens).collect();
    if !few {
        tokens.reverse();
    }
    let chosen = fill_wide(&tokens, usize::try_from(gap).ok()?, usize::try_from(slack).ok()?)?;
    let mut taken = vec![!few; runs.len()];
    for at in chosen {
        taken[if few { at } else { runs.len() - 1 - at }] = few;
    }
    let last = taken.iter().rposition(|&taken| taken)?;
    let skipped = (0..last).filter(|&at| !taken[at]).map(|at| runs[at].key).collect();
    let tokens = runs.iter().zip(&taken).filter(|(_, taken)| **taken).map(|(run, _)| run.tokens).sum();
    Some(Selection { cutoff: Some(runs[last].key), skipped, tokens, ..Selection::default() })
}

/// A choice within the window that comes nearer than `slack` tokens, if there is one and it fills `largest_gap` at most.
fn repair(edge: &Edge<'_>, slack: u64, largest_gap: u64) -> Option<Selection> {
    let mut before = edge.before.clone();
    let mut gap = edge.under() + before.iter().map(|run| run.tokens).sum::<u64>();
    // Long documents: step back less far, or not at all.
    while gap.saturating_add(slack) > largest_gap {
        gap -= before.pop_front()?.tokens;
    }
    let back = before.len();
    let window: Vec<Run> = before.into_iter().chain(edge.after()).collect();
    let tokens: Vec<u64> = window.iter().map(|run| run.tokens).collect();
    // Equal lengths, say: no sum of multiples of a number is anything else, so the bitset need not be asked.
    if slack == 1 && gap % tokens.iter().copied().fold(0, gcd).max(1) != 0 {
        return None;
    }
    let chosen = fill(&tokens, usize::try_from(gap).ok()?, usize::try_from(slack).ok()?)?;
    let filled: u64 = chosen.iter().map(|&i| tokens[i]).sum();
    let keys = |range: std::ops::Range<usize>, taken: bool| -> Vec<DocKey> {
        range.filter(|i| chosen.binary_search(i).is_ok() == taken).map(|i| window[i].key).collect()
    };
    let mut skipped = keys(0..back, false);
    // A run that was passed over last may lie above the cut-off, where it is not taken anyway.
    skipped.extend(edge.hopped.iter().filter(|&&key| Some(key) < edge.last));
    skipped.sort_unstable();
    let extra = keys(back..window.len(), true);
    Some(Selection { cutoff: edge.last, extra, skipped, tokens: edge.quota - gap + filled, ..Selection::default() })
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// The documents that the selection takes once more than the others, counted.
fn docs_once(items: &[Item], selection: &Selection) -> u64 {
    let up_to = |key: DocKey| items.partition_point(|item| item.key <= key);
    let below = |key: DocKey| items.partition_point(|item| item.key < key);
    let count = |keys: &[DocKey]| keys.iter().map(|&key| up_to(key) - below(key)).sum::<usize>();
    let taken = selection.cutoff.map_or(0, up_to) + count(&selection.extra) - count(&selection.skipped);
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
        // 10^8 tokens each: nothing to step back to, but still a subset of what follows.
        let tokens = [100_000_000, 100_000_000, 3, 100_000_000, 4, 5, 100_000_000];
        let selection = select(&mut items(&tokens), 200_000_008).unwrap();
        assert_eq!((selection.tokens, selection.cutoff), (200_000_008, Some(DocKey(20))));
        assert_eq!((selection.extra, selection.skipped), (vec![DocKey(50)], vec![]));
        // Too far from anything: nearest prefix.
        let selection = select(&mut items(&[100_000_000; 4]), 260_000_000).unwrap();
        assert_eq!((selection.tokens, selection.cutoff), (300_000_000, Some(DocKey(20))));
    }

    #[test]
    fn a_document_too_long_for_its_window_is_passed_over() {
        let mut tokens = vec![10; 200];
        tokens[20] = 100_000;
        let mut items = items(&tokens);
        let selection = select(&mut items, 1_000).unwrap();
        assert_eq!((selection.tokens, selection.skipped.as_slice()), (1_000, [DocKey(200)].as_slice()));
        assert_eq!(emitted(&items, &selection), (1_000, 100));
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
