//! An index over the rarest shingles of kept documents: of many, it finds those that can be similar, and loses none.
//!
//! Put the shingles of all documents into one order, rare ones first. If two documents of `a` and `b` shingles have `c` in
//! common, the first `a - c + 1` of the one and the first `b - c + 1` of the other have one in common too: else all `c` would lie
//! behind, where there is no room for them (prefix filtering: Chaudhuri, Ganti, Kaushik, ICDE 2006; Bayardo, Ma, Srikant,
//! WWW 2007; Xiao et al., WWW 2008). What a licence or a menu brings into every document comes last in that order, so documents
//! that have no more than that in common never meet, however many they are.

use super::ShingleSource;
use super::kept::Kept;
use crate::error::Result;
use std::collections::{HashMap, HashSet};

/// No entry.
const NONE: u32 = u32::MAX;

/// Lists of kept documents, by shingle.
pub(super) struct PrefixIndex {
    threshold: f64,
    /// How often shingles occur, by their lowest bits: several share a count, which costs time where it misleads, and nothing
    /// else.
    counts: Vec<u32>,
    docs: Vec<Indexed>,
    holds: HashSet<Kept>,
    /// By shingle the newest entry of two lists: documents that have it in their short prefix, and those that have it only in
    /// the long one.
    heads: HashMap<u64, [u32; 2]>,
    entries: Vec<Entry>,
    looks: u32,
    /// Scratch: the shingles at hand, rarest first.
    sorted: Vec<(u32, u64)>,
}

struct Indexed {
    kept: Kept,
    size: usize,
    /// The look at the index that saw it last.
    seen: u32,
}

struct Entry {
    /// Position in `docs`.
    doc: u32,
    next: u32,
}

impl PrefixIndex {
    /// An empty index for documents of which `sample` are representative: their shingles are counted.
    pub fn new(threshold: f64, sample: &[u32], shingles: &dyn ShingleSource) -> Result<PrefixIndex> {
        let mut index = PrefixIndex {
            threshold,
            counts: vec![0; (64 * sample.len()).next_power_of_two().clamp(1 << 8, 1 << 22)],
            docs: Vec::new(),
            holds: HashSet::new(),
            heads: HashMap::new(),
            entries: Vec::new(),
            looks: 0,
            sorted: Vec::new(),
        };
        for &doc in sample {
            for &shingle in shingles.shingles(doc)?.iter() {
                let slot = index.slot(shingle);
                index.counts[slot] = index.counts[slot].saturating_add(1);
            }
        }
        Ok(index)
    }

    fn slot(&self, shingle: u64) -> usize {
        shingle as usize & (self.counts.len() - 1)
    }

    pub fn holds(&self, kept: Kept) -> bool {
        self.holds.contains(&kept)
    }

    /// Sorts the rarest shingles to the front of `sorted`, as many as a document that is no longer may need. Returns how many
    /// suffice against documents that are no shorter.
    ///
    /// Of a pair, then, one comes with its short prefix: and in that, what both have from a template seldom stands.
    fn prefix(&mut self, shingles: &[u64]) -> usize {
        let size = shingles.len();
        let (short, long) = prefixes(size, self.threshold);
        let mut sorted = std::mem::take(&mut self.sorted);
        sorted.clear();
        sorted.extend(shingles.iter().map(|&shingle| (self.counts[self.slot(shingle)], shingle)));
        if long < size {
            sorted.select_nth_unstable(long);
            sorted.truncate(long);
        }
        sorted.sort_unstable();
        self.sorted = sorted;
        short
    }

    /// Adds to `out` the kept documents that can be similar to one of these shingles, of those that pass `meets`.
    pub fn find(&mut self, shingles: &[u64], meets: &mut dyn FnMut(u32) -> bool, out: &mut Vec<Kept>) {
        let short = self.prefix(shingles);
        self.looks += 1;
        for (place, &(_, shingle)) in self.sorted.iter().enumerate() {
            let Some(&[short_list, long_list]) = self.heads.get(&shingle) else { continue };
            // A shingle that is only in this one's long prefix need not be looked for in the long prefixes of others.
            for mut at in [Some(short_list), (place < short).then_some(long_list)].into_iter().flatten() {
                while let Some(Entry { doc, next }) = self.entries.get(at as usize) {
                    at = *next;
                    let doc = &mut self.docs[*doc as usize];
                    if std::mem::replace(&mut doc.seen, self.looks) == self.looks {
                        continue;
                    }
                    let (less, more) = (doc.size.min(shingles.len()), doc.size.max(shingles.len()));
                    if ratio(less, less + more) >= self.threshold && meets(doc.kept.1) {
                        out.push(doc.kept);
                    }
                }
            }
        }
    }

    /// Adds a kept document.
    pub fn insert(&mut self, kept: Kept, shingles: &[u64]) {
        if !self.holds.insert(kept) {
            return;
        }
        let short = self.prefix(shingles);
        let doc = self.docs.len() as u32;
        self.docs.push(Indexed { kept, size: shingles.len(), seen: 0 });
        for (place, &(_, shingle)) in self.sorted.iter().enumerate() {
            let head = &mut self.heads.entry(shingle).or_insert([NONE; 2])[usize::from(place >= short)];
            self.entries.push(Entry { doc, next: *head });
            *head = (self.entries.len() - 1) as u32;
        }
    }
}

/// How many of the rarest of `size` shingles must be looked at: against documents of as many or more, and against any.
fn prefixes(size: usize, threshold: f64) -> (usize, usize) {
    let least = |reaches: &dyn Fn(usize) -> bool| {
        let (mut low, mut high) = (0, size);
        while low < high {
            let middle = (low + high) / 2;
            if reaches(middle) { high = middle } else { low = middle + 1 }
        }
        low
    };
    // The least that a pair has in common: of two as long as this one (more, if the other is longer) …
    let equal = least(&|common| ratio(common, 2 * size) >= threshold);
    // … and of this one and a shorter one that it holds whole.
    let whole = least(&|common| ratio(common, common + size) >= threshold);
    (size - equal.min(size) + usize::from(size > 0), size - whole.min(size) + usize::from(size > 0))
}

/// |A ∩ B| / |A ∪ B| from |A ∩ B| and |A| + |B|, rounded as [`jaccard_at_least`](crate::hash::jaccard_at_least) rounds it.
fn ratio(common: usize, total: usize) -> f64 {
    common as f64 / total.saturating_sub(common).max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::super::ShingleStore;
    use super::*;
    use crate::hash::jaccard_at_least;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    #[test]
    fn prefixes_are_as_short_as_the_threshold_allows() {
        assert_eq!(prefixes(100, 0.8), (12, 21)); // 89 of 100 and 100 are 89/111 ≥ 0.8; 80 of 80 and 100 are 0.8
        assert_eq!(prefixes(1, 0.8), (1, 1));
        assert_eq!(prefixes(3, 1.0), (1, 1));
        assert_eq!(prefixes(0, 0.8), (0, 0));
        assert_eq!(prefixes(10, 0.01), (10, 10));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1_000))]
        /// Whatever is similar is found, and nothing twice.
        #[test]
        fn no_similar_document_is_lost(
            sets in prop::collection::vec(prop::collection::btree_set(0_u64..40, 1..30), 1..30),
            asked in prop::collection::btree_set(0_u64..40, 1..30),
            counted in 0_usize..30,
            threshold in prop_oneof![Just(0.3), Just(0.5), Just(0.8), Just(0.9), Just(1.0), 0.01..1.0],
        ) {
            let vec = |set: &BTreeSet<u64>| -> Vec<u64> { set.iter().copied().collect() };
            let mut store = ShingleStore::default();
            (0..).zip(&sets).for_each(|(doc, set)| store.insert(doc, &vec(set)));
            let sample: Vec<u32> = (0..sets.len().min(counted) as u32).collect();
            let mut index = PrefixIndex::new(threshold, &sample, &store).unwrap();
            (0..).zip(&sets).for_each(|(doc, set)| index.insert((doc, doc), &vec(set)));
            let mut found = Vec::new();
            index.find(&vec(&asked), &mut |_| true, &mut found);
            let distinct: BTreeSet<Kept> = found.iter().copied().collect();
            prop_assert_eq!(distinct.len(), found.len());
            for (doc, set) in (0..).zip(&sets) {
                if jaccard_at_least(&vec(set), &vec(&asked), threshold).is_some() {
                    prop_assert!(distinct.contains(&(doc, doc)), "{:?} {:?}", set, asked);
                }
            }
        }
    }
}
