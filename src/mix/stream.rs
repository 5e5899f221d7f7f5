//! [`Selector`]: the selection of [`select`] from documents that are too many to hold: a few passes over them, in any order.
//!
//! ```text
//! pass 1   tokens and documents by the top 16 bits of the key ──► the stretch of keys in which the quota is met
//! pass 2   the documents of that stretch (N / 65,536, and a window) ──► cut-off and exceptions
//! ```

use super::key::DocKey;
use super::select::{HOPS, Item, STEP_BACK, Selection, WIDE_DOCS, WINDOW, select, select_within};
use crate::error::Result;
use std::collections::BTreeMap;

/// Parts into which a histogram divides its stretch of keys: 65,536, which take 1.5 MiB (mixing.md §4.6).
const PARTS_LOG2: u32 = 16;

/// Documents that are gathered at most, unless they are needed: a stretch that has more is divided once more first. As many take
/// some 80 MiB.
const MOST_GATHERED: u64 = 1 << 20;

/// Documents gathered on either side of the part that holds the first that does not fit: what the hops and the last window take,
/// and as many again for the documents that fit between hops. Where that is too few, more are gathered in further passes.
const BEYOND: u64 = 2 * (WINDOW + HOPS) as u64;

/// Chooses documents for a quota as [`select`] does, and the same ones, from passes over the documents instead of a slice of them.
///
/// Call [`see`](Selector::see) for every document of the source, in any order, then [`end_pass`](Selector::end_pass), and again
/// until that says that it is done: two passes but for keys that are no hashes. Every pass must bring the same documents. Memory is
/// 1.5 MiB and the documents of one stretch of keys, however many there are in all.
///
/// ```
/// use mashbill::mix::{DocKey, Item, Selector, select};
///
/// let document = |i: u64| Item::new(DocKey::new(17, "web", &format!("doc-{i}"), 0), 50 + (i * 7) % 50);
/// let mut selector = Selector::new(100_000);
/// loop {
///     (0..10_000).map(document).for_each(|item| selector.see(item));
///     if selector.end_pass()? {
///         break;
///     }
/// }
/// let selection = selector.finish();
///
/// assert_eq!(selection.tokens, 100_000);
/// let mut items: Vec<Item> = (0..10_000).map(document).collect();
/// assert_eq!(selection, select(&mut items, 100_000)?);
/// # Ok::<(), mashbill::Error>(())
/// ```
#[derive(Debug)]
pub struct Selector {
    quota: u64,
    /// Documents wanted on either side of the cut-off. Grows where it turns out too small.
    margin: u64,
    /// The documents of the first pass while they are [`WIDE_DOCS`] at most: so few are chosen from as a whole.
    few: Option<Vec<Item>>,
    /// Known after the first pass.
    whole: Option<Whole>,
    pass: Pass,
}

/// What all documents come to.
#[derive(Debug, Clone, Copy)]
struct Whole {
    docs: u64,
    epochs: u32,
    /// Tokens of each document once.
    unique: u64,
    /// Tokens of the whole epochs.
    tokens: u64,
    /// Tokens that a prefix of the hash order is to fill, fewer than there are.
    rest: u64,
}

#[derive(Debug)]
enum Pass {
    Count(Histogram),
    Gather(Gather),
    Done(Selection),
}

/// Documents and tokens.
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    /// Held within 64 bits: more than they count is refused after the first pass.
    tokens: u64,
    docs: u64,
    /// Of these, documents that have tokens.
    full: u64,
}

impl Sum {
    fn add(&mut self, item: Item) {
        self.tokens = self.tokens.saturating_add(item.tokens);
        self.docs += 1;
        self.full += u64::from(item.tokens > 0);
    }
}

/// Keys from the first to the last.
#[derive(Debug, Clone, Copy)]
struct Stretch {
    first: u128,
    last: u128,
}

/// Sums by parts of a stretch; of what lies below it, together.
#[derive(Debug)]
struct Histogram {
    stretch: Stretch,
    shift: u32,
    below: Sum,
    docs: u64,
    tokens: u128,
    parts: Vec<Sum>,
}

/// The documents of a stretch, those of one key together; of what lies below it and above it, sums.
#[derive(Debug)]
struct Gather {
    stretch: Stretch,
    below: Sum,
    above: Sum,
    runs: BTreeMap<u128, Sum>,
}

impl Selector {
    /// A selector for so many tokens.
    pub fn new(quota: u64) -> Selector {
        let pass = if quota == 0 { Pass::Done(Selection::default()) } else { Pass::Count(Histogram::all()) };
        Selector { quota, margin: BEYOND, few: Some(Vec::new()), whole: None, pass }
    }

    /// Takes notice of a document.
    pub fn see(&mut self, item: Item) {
        match &mut self.pass {
            Pass::Count(histogram) => {
                histogram.add(item);
                match &mut self.few {
                    Some(few) if few.len() < WIDE_DOCS => few.push(item),
                    few => *few = None,
                }
            }
            Pass::Gather(gather) => gather.add(item),
            Pass::Done(_) => {}
        }
    }

    /// Ends a pass; whether it was the last.
    ///
    /// # Errors
    /// As [`select`], after the first pass.
    pub fn end_pass(&mut self) -> Result<bool> {
        let pass = std::mem::replace(&mut self.pass, Pass::Done(Selection::default()));
        self.pass = match pass {
            Pass::Count(histogram) => self.counted(histogram)?,
            Pass::Gather(gather) => self.gathered(gather)?,
            done @ Pass::Done(_) => done,
        };
        Ok(matches!(self.pass, Pass::Done(_)))
    }

    /// The selection, once a pass was the last; before that, one of nothing.
    pub fn finish(self) -> Selection {
        match self.pass {
            Pass::Done(selection) => selection,
            _ => Selection::default(),
        }
    }

    fn counted(&mut self, histogram: Histogram) -> Result<Pass> {
        if let Some(mut few) = self.few.take() {
            return Ok(Pass::Done(select(&mut few, self.quota)?));
        }
        let whole = match self.whole {
            Some(whole) => whole,
            None => Whole::of(histogram.docs, histogram.tokens, self.quota)?,
        };
        self.whole = Some(whole);
        if whole.rest == 0 {
            return Ok(Pass::Done(whole.selection()));
        }
        let (stretch, inside) = histogram.around(whole.rest, self.margin);
        if inside > MOST_GATHERED.max(4 * self.margin) && stretch.width() < histogram.stretch.width() {
            return Ok(Pass::Count(Histogram::of(stretch)));
        }
        Ok(Pass::Gather(Gather::of(stretch)))
    }

    fn gathered(&mut self, gather: Gather) -> Result<Pass> {
        let Some(whole) = self.whole else { return Ok(Pass::Count(Histogram::all())) };
        if !gather.suffices(whole.rest) {
            self.margin = self.margin.saturating_mul(8);
            return Ok(Pass::Count(Histogram::all()));
        }
        // What lies outside is out of the reach of every window: two documents stand for it.
        let mut items = Vec::with_capacity(gather.runs.len() + 2);
        items.extend(gather.below.item(gather.stretch.first.wrapping_sub(1)));
        items.extend(gather.runs.iter().filter_map(|(&key, sum)| sum.item(key)));
        items.extend(gather.above.item(gather.stretch.last.wrapping_add(1)));
        let chosen = select_within(&mut items, whole.rest, false)?;
        let inside = gather.runs.iter().filter(|&(&key, _)| chosen.copies(DocKey(key)) > 0);
        let docs = gather.below.docs + inside.map(|(_, sum)| sum.docs).sum::<u64>();
        let mut selection = whole.selection();
        selection.tokens += chosen.tokens;
        if whole.epochs == 0 {
            selection.unique_tokens = chosen.tokens;
        }
        selection.docs += docs;
        (selection.cutoff, selection.extra, selection.skipped) = (chosen.cutoff, chosen.extra, chosen.skipped);
        Ok(Pass::Done(selection))
    }
}

impl Whole {
    fn of(docs: u64, unique: u128, quota: u64) -> Result<Whole> {
        // `select` knows when a quota cannot be had, whatever the documents' number.
        let mut left = unique;
        let mut items = Vec::new();
        while left > 0 {
            let tokens = u64::try_from(left).unwrap_or(u64::MAX);
            items.push(Item::new(DocKey(0), tokens));
            left -= u128::from(tokens);
        }
        let Selection { epochs, .. } = select_within(&mut items, quota, false)?;
        let tokens = u64::try_from(u128::from(epochs) * unique).unwrap_or(u64::MAX);
        let unique = u64::try_from(unique).unwrap_or(u64::MAX);
        Ok(Whole { docs, epochs, unique, tokens, rest: quota.saturating_sub(tokens) })
    }

    fn selection(&self) -> Selection {
        let docs = u64::from(self.epochs) * self.docs;
        let unique_tokens = if self.epochs > 0 { self.unique } else { 0 };
        Selection { epochs: self.epochs, tokens: self.tokens, unique_tokens, docs, ..Selection::default() }
    }
}

impl Sum {
    /// One document for all of these, if they have tokens.
    fn item(&self, key: u128) -> Option<Item> {
        (self.tokens > 0).then(|| Item::new(DocKey(key), self.tokens))
    }
}

impl Stretch {
    /// Keys in it, less one.
    fn width(&self) -> u128 {
        self.last - self.first
    }
}

impl Histogram {
    fn all() -> Histogram {
        Histogram::of(Stretch { first: 0, last: u128::MAX })
    }

    fn of(stretch: Stretch) -> Histogram {
        let bits = u128::BITS - stretch.width().leading_zeros();
        let shift = bits.saturating_sub(PARTS_LOG2);
        let parts = vec![Sum::default(); (stretch.width() >> shift) as usize + 1];
        Histogram { stretch, shift, below: Sum::default(), docs: 0, tokens: 0, parts }
    }

    fn add(&mut self, item: Item) {
        self.docs += 1;
        self.tokens += u128::from(item.tokens);
        let Stretch { first, last } = self.stretch;
        match item.key.0 {
            key if key < first => self.below.add(item),
            key if key <= last => {
                if let Some(part) = self.parts.get_mut(((key - first) >> self.shift) as usize) {
                    part.add(item);
                }
            }
            _ => {}
        }
    }

    /// The parts around the first document that does not fit into `quota`, with `margin` documents on either side of the part
    /// that holds it, and the number of documents in them.
    fn around(&self, quota: u64, margin: u64) -> (Stretch, u64) {
        let mut sum = self.below.tokens;
        let at = self.parts.iter().position(|part| {
            sum += part.tokens;
            sum > quota
        });
        let at = at.unwrap_or(self.parts.len() - 1);
        // Outwards, part by part; what is empty at either end is left out, so that crowded keys leave a narrow stretch.
        let reach = |outwards: &mut dyn Iterator<Item = usize>| {
            let (mut end, mut full) = (at, 0);
            for part in outwards {
                if full >= margin {
                    break;
                }
                if self.parts[part].docs > 0 {
                    (end, full) = (part, full + self.parts[part].full);
                }
            }
            end
        };
        let low = reach(&mut (0..at).rev());
        let high = reach(&mut (at + 1..self.parts.len()));
        let inside = self.parts[low..=high].iter().map(|part| part.docs).sum();
        let first = self.stretch.first + ((low as u128) << self.shift);
        let behind = ((high as u128 + 1).checked_shl(self.shift).unwrap_or(0)).wrapping_sub(1);
        // The last part may be cut short by the end of the stretch.
        let last = if high + 1 == self.parts.len() { self.stretch.last } else { self.stretch.first + behind };
        (Stretch { first, last }, inside)
    }
}

impl Gather {
    fn of(stretch: Stretch) -> Gather {
        Gather { stretch, below: Sum::default(), above: Sum::default(), runs: BTreeMap::new() }
    }

    fn add(&mut self, item: Item) {
        match item.key.0 {
            key if key < self.stretch.first => self.below.add(item),
            key if key > self.stretch.last => self.above.add(item),
            key => self.runs.entry(key).or_default().add(item),
        }
    }

    /// Whether no window of `select` reaches beyond the stretch: enough runs before the first that does not fit, and enough after
    /// every one that may be passed over.
    fn suffices(&self, quota: u64) -> bool {
        let mut fits = self.below.tokens;
        if fits > quota {
            return false;
        }
        let runs: Vec<u64> = self.runs.values().map(|sum| sum.tokens).filter(|&tokens| tokens > 0).collect();
        let (open_below, open_above) = (self.below.full > 0, self.above.full > 0);
        let mut at = 0;
        for hop in 0..=HOPS {
            while let Some(&tokens) = runs.get(at).filter(|&&tokens| tokens <= quota - fits) {
                fits += tokens;
                at += 1;
            }
            if open_below && hop == 0 && at < STEP_BACK {
                return false;
            }
            if open_above && runs.len() - at < WINDOW {
                return false;
            }
            at = runs.len().min(at + 1);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    fn streamed(items: &[Item], quota: u64) -> Result<(Selection, u32)> {
        let mut selector = Selector::new(quota);
        for passes in 1.. {
            items.iter().for_each(|&item| selector.see(item));
            if selector.end_pass()? {
                return Ok((selector.finish(), passes));
            }
            assert!(passes < 200, "no end of passes");
        }
        unreachable!()
    }

    fn hashed(n: u64, tokens: impl Fn(u64) -> u64) -> Vec<Item> {
        let key = |i: u64| DocKey::new(3, "s", &i.to_string(), 0);
        (0..n).map(|i| Item::new(key(i), tokens(i))).collect()
    }

    #[test]
    fn two_passes_do_for_hashes() {
        for n in [10, 1_000, 100_000] {
            let items = hashed(n, |i| 1 + (i * i) % 997);
            let unique: u64 = items.iter().map(|i| i.tokens).sum();
            for quota in [1, unique / 3, unique - 1, unique, 2 * unique + 5] {
                let (found, passes) = streamed(&items, quota).unwrap();
                assert_eq!(found, select(&mut items.clone(), quota).unwrap(), "{n} {quota}");
                assert!(passes <= 2, "{n} {quota}: {passes} passes");
            }
        }
    }

    /// Keys that share their first 100 bits, as hashes never do: the stretch is divided until it is small.
    #[test]
    fn crowded_keys_take_more_passes_and_no_more_memory() {
        let mut items: Vec<Item> =
            (0..3_000_000_u128).map(|i| Item::new(DocKey((7 << 100) + i * 5), 1 + (i % 90) as u64)).collect();
        let (found, passes) = streamed(&items, 50_000_123).unwrap();
        assert!(passes > 2);
        assert_eq!(found, select(&mut items, 50_000_123).unwrap());
    }

    #[test]
    fn what_cannot_be_had_is_said_as_by_select() {
        let nothing = hashed(5, |_| 0);
        let much = hashed(3, |_| u64::MAX);
        let few = hashed(1, |_| 1);
        for (items, quota) in [(&nothing[..0], 1), (&nothing, 1), (&much, 1), (&few, u64::MAX)] {
            let error = streamed(items, quota).unwrap_err().to_string();
            assert_eq!(error, select(&mut items.to_vec(), quota).unwrap_err().to_string());
        }
        assert_eq!(streamed(&nothing, 0).unwrap().0, Selection::default());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        /// Hostile lengths (none, giants, all the same), equal keys, keys side by side or spread: whatever `select` chooses.
        #[test]
        fn chooses_what_select_chooses(
            documents in vec((any::<u32>(), prop_oneof![Just(0_u64), 1..40_u64, Just(7), 50_000..70_000_u64]), 1..6_000),
            part in 0_u64..2_500,
            spread in prop_oneof![Just(96_u32), Just(60), Just(0)],
            crowd in prop_oneof![Just(u32::MAX), Just(300)],
        ) {
            let key = |key: u32| DocKey(u128::from(key % crowd) << spread);
            let items: Vec<Item> = documents.iter().map(|&(k, tokens)| Item::new(key(k), tokens)).collect();
            let unique: u64 = items.iter().map(|item| item.tokens).sum();
            prop_assume!(unique > 0);
            let quota = unique * part / 1_000;
            let (found, _) = streamed(&items, quota).unwrap();
            prop_assert_eq!(found, select(&mut items.clone(), quota).unwrap());
        }
    }
}
