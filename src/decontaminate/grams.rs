//! The n-grams of all items: a filter of one bit, a table of hashes, and where each n-gram stands.

/// Base of the polynomial over word hashes: 2^64 divided by the golden ratio, rounded to an odd number, as for shingles.
const BASE: u64 = 0x9E37_79B9_7F4A_7C15;
/// Bits of the filter for each n-gram, at least: one position of a text in sixteen that has no match is looked up for nothing.
const FILTER_BITS: usize = 16;
/// N-grams of a cell of the table, about.
const CELL: usize = 4;

/// The distinct n-grams of some sequences of words, numbered. By hash they are found, by their words they are told apart.
#[derive(Debug, Clone)]
pub(super) struct GramTable {
    /// Words of an n-gram.
    n: usize,
    /// `BASE^n`.
    out_factor: u64,
    filter: Vec<u64>,
    filter_shift: u32,
    /// The first n-gram of each cell: n-grams are in the order of their hashes.
    cells: Vec<u32>,
    cell_shift: u32,
    /// Lower half of each n-gram's hash.
    tags: Vec<u32>,
    /// Where each n-gram's places begin.
    offsets: Vec<u32>,
    /// Places in the sequence of words, ascending for each n-gram.
    places: Vec<u32>,
    /// N-grams that are no evidence.
    allowed: Vec<u64>,
}

impl GramTable {
    /// The n-grams that begin at `starts` in `words`; `hashes` has the hash of each word number.
    pub fn new(n: usize, words: &[u32], hashes: &[u64], starts: impl Iterator<Item = std::ops::Range<usize>>) -> Self {
        let mut all: Vec<(u64, u32)> = Vec::new();
        for unit in starts {
            let mut roller = Roller::new(n);
            for at in unit {
                if let Some(hash) = roller.push(hashes[words[at] as usize], |back| hashes[words[at - back] as usize]) {
                    all.push((hash, (at + 1 - n) as u32));
                }
            }
        }
        all.sort_unstable();
        let mut table = GramTable {
            n,
            out_factor: BASE.wrapping_pow(n as u32),
            filter: Vec::new(),
            filter_shift: 0,
            cells: Vec::new(),
            cell_shift: 0,
            tags: Vec::new(),
            offsets: vec![0],
            places: Vec::with_capacity(all.len()),
            allowed: Vec::new(),
        };
        let mut sorted: Vec<u64> = Vec::new();
        for same_hash in all.chunk_by(|a, b| a.0 == b.0) {
            let gram = |place: u32| &words[place as usize..place as usize + n];
            // Nearly always one; different words of one hash are n-grams of their own.
            let mut left: Vec<u32> = same_hash.iter().map(|&(_, place)| place).collect();
            while let Some(&first) = left.first() {
                let (same, other): (Vec<u32>, Vec<u32>) = left.iter().partition(|&&place| gram(place) == gram(first));
                sorted.push(same_hash[0].0);
                table.places.extend(&same);
                table.offsets.push(table.places.len() as u32);
                left = other;
            }
        }
        table.index(&sorted);
        table
    }

    /// Makes filter, cells and tags of the n-grams' hashes, which are sorted.
    fn index(&mut self, hashes: &[u64]) {
        let bits = (hashes.len() * FILTER_BITS).max(64).next_power_of_two();
        self.filter = vec![0; bits / 64];
        self.filter_shift = 64 - bits.trailing_zeros();
        let cells = (hashes.len() / CELL).max(2).next_power_of_two();
        self.cell_shift = 64 - cells.trailing_zeros();
        self.cells = Vec::with_capacity(cells + 1);
        for (gram, &hash) in (0_u32..).zip(hashes) {
            let bit = (hash >> self.filter_shift) as usize;
            self.filter[bit / 64] |= 1 << (bit % 64);
            while self.cells.len() <= (hash >> self.cell_shift) as usize {
                self.cells.push(gram);
            }
            self.tags.push(hash as u32);
        }
        self.cells.resize(cells + 1, hashes.len() as u32);
        self.allowed = vec![0; hashes.len().div_ceil(64)];
    }

    /// Words of an n-gram.
    pub fn n(&self) -> usize {
        self.n
    }

    /// Number of distinct n-grams.
    pub fn len(&self) -> usize {
        self.tags.len()
    }

    /// Where an n-gram stands.
    pub fn places(&self, gram: u32) -> &[u32] {
        let gram = gram as usize;
        &self.places[self.offsets[gram] as usize..self.offsets[gram + 1] as usize]
    }

    /// Says that an n-gram is no evidence.
    pub fn allow(&mut self, gram: u32) {
        if let Some(word) = self.allowed.get_mut(gram as usize / 64) {
            *word |= 1 << (gram % 64);
        }
    }

    /// Whether an n-gram is no evidence.
    pub fn is_allowed(&self, gram: u32) -> bool {
        self.allowed.get(gram as usize / 64).is_some_and(|word| word >> (gram % 64) & 1 == 1)
    }

    /// Calls `found` with every position of a text, given by the hashes of its words, at which an n-gram may begin, and the n-gram:
    /// `same` says whether its words are those at that place.
    pub fn find(&self, hashes: &[u64], mut same: impl FnMut(usize, u32) -> bool, mut found: impl FnMut(usize, u32)) {
        let n = self.n;
        let Some((head, tail)) = hashes.split_at_checked(n) else { return };
        if self.tags.is_empty() {
            return;
        }
        let mut sum = head.iter().fold(0_u64, |sum, &word| sum.wrapping_mul(BASE).wrapping_add(word));
        let mut at = 0;
        loop {
            let hash = mixed(sum);
            let bit = (hash >> self.filter_shift) as usize;
            if self.filter[bit / 64] >> (bit % 64) & 1 == 1 {
                if let Some(gram) = self.look_up(hash, |place| same(at, place)) {
                    found(at, gram);
                }
            }
            let Some(&enters) = tail.get(at) else { return };
            sum = sum.wrapping_mul(BASE).wrapping_add(enters).wrapping_sub(hashes[at].wrapping_mul(self.out_factor));
            at += 1;
        }
    }

    /// The n-gram of that hash whose words are the same.
    fn look_up(&self, hash: u64, mut same: impl FnMut(u32) -> bool) -> Option<u32> {
        let cell = (hash >> self.cell_shift) as usize;
        let (from, to) = (self.cells[cell] as usize, self.cells[cell + 1] as usize);
        let tag = hash as u32;
        let with_tag = (from..to).filter(|&gram| self.tags[gram] == tag);
        with_tag.map(|gram| gram as u32).find(|&gram| same(self.places[self.offsets[gram as usize] as usize]))
    }

    /// Bytes that the table takes.
    pub fn memory(&self) -> usize {
        8 * (self.filter.len() + self.allowed.len())
            + 4 * (self.cells.len() + self.tags.len() + self.offsets.len() + self.places.len())
    }
}

/// The hash of n words after the other, rolling.
struct Roller {
    n: usize,
    out_factor: u64,
    sum: u64,
    count: usize,
}

impl Roller {
    fn new(n: usize) -> Roller {
        Roller { n, out_factor: BASE.wrapping_pow(n as u32), sum: 0, count: 0 }
    }

    /// Takes a word; the hash of the last n, once there are as many. `back` gives the word so many before this one.
    fn push(&mut self, word: u64, back: impl Fn(usize) -> u64) -> Option<u64> {
        self.sum = self.sum.wrapping_mul(BASE).wrapping_add(word);
        if self.count >= self.n {
            self.sum = self.sum.wrapping_sub(back(self.n).wrapping_mul(self.out_factor));
        }
        self.count += 1;
        (self.count >= self.n).then(|| mixed(self.sum))
    }
}

/// The sum with its bits mixed: filter and cells take the upper ones (the first half of SplitMix64's finaliser).
#[inline]
fn mixed(sum: u64) -> u64 {
    let z = (sum ^ (sum >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z ^ (z >> 27)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::{BTreeMap, BTreeSet};

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(500))]
        /// Against a map of word lists; with few hashes for many words, so that hashes collide.
        #[test]
        fn finds_what_a_map_finds(
            units in prop::collection::vec(prop::collection::vec(0_u32..6, 0..12), 0..6),
            text in prop::collection::vec(0_u32..6, 0..40),
            n in 1_usize..5,
            hashes in prop::collection::vec(0_u64..3, 6..7),
        ) {
            let words: Vec<u32> = units.concat();
            let mut ranges = Vec::new();
            let mut at = 0;
            for unit in &units {
                ranges.push(at..at + unit.len());
                at += unit.len();
            }
            let table = GramTable::new(n, &words, &hashes, ranges.iter().cloned());
            let mut naive: BTreeMap<&[u32], Vec<u32>> = BTreeMap::new();
            for range in ranges {
                for at in range.clone().filter(|at| at + n <= range.end) {
                    naive.entry(&words[at..at + n]).or_default().push(at as u32);
                }
            }
            prop_assert_eq!(table.len(), naive.len());
            let mut found = BTreeSet::new();
            let of_text: Vec<u64> = text.iter().map(|&word| hashes[word as usize]).collect();
            let same = |at: usize, place: u32| text[at..at + n] == words[place as usize..place as usize + n];
            table.find(&of_text, same, |at, gram| { found.insert((at, table.places(gram).to_vec())); });
            let expected: BTreeSet<(usize, Vec<u32>)> = (0..(text.len() + 1).saturating_sub(n))
                .filter_map(|at| Some((at, naive.get(&text[at..at + n])?.clone())))
                .collect();
            prop_assert_eq!(found, expected);
        }
    }
}
