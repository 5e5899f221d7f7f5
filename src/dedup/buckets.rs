//! Buckets of equal keys, one partition of the keys at a time.

/// A part of all keys, by their top bits: the more parts, the fewer records are in memory at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Partition {
    number: u32,
    of: u32,
}

impl Partition {
    /// The key space in `of` equal parts (at least one).
    pub fn all(of: u32) -> impl Iterator<Item = Partition> {
        (0..of.max(1)).map(move |number| Partition { number, of: of.max(1) })
    }

    /// Whether keys with these top bits belong to it.
    fn holds(self, top: u32) -> bool {
        (u64::from(top) * u64::from(self.of)) >> 32 == u64::from(self.number)
    }
}

/// A key and the document that has it: no padding, so 12 bytes for a band key and 20 for a content hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Record<const WORDS: usize> {
    /// Most significant first.
    key: [u32; WORDS],
    doc: u32,
}

/// Records of one partition, to be grouped by key. Made for band keys (2 words) and content hashes (4).
///
/// ```
/// use mashbill::dedup::{BandBuckets, Partition};
///
/// let mut seen = Vec::new();
/// for partition in Partition::all(3) {
///     let mut buckets = BandBuckets::new(partition, 0);
///     [(7, 0), (u64::MAX, 1), (9, 2), (7, 3), (u64::MAX, 4)].into_iter().for_each(|(key, doc)| buckets.push(key, doc));
///     buckets.each(&|_| 0, &mut |docs| seen.push(docs.to_vec()));
/// }
/// assert_eq!(seen, [[0, 3], [1, 4]]);
/// ```
#[derive(Debug)]
pub struct Buckets<const WORDS: usize> {
    partition: Partition,
    records: Vec<Record<WORDS>>,
}

/// Buckets of band keys: 12 bytes a record.
pub type BandBuckets = Buckets<2>;
/// Buckets of content hashes: 20 bytes a record.
pub type ContentBuckets = Buckets<4>;

impl BandBuckets {
    /// Adds a document, if its key is of this partition.
    pub fn push(&mut self, key: u64, doc: u32) {
        let key = [(key >> 32) as u32, key as u32];
        self.add(key, doc);
    }
}

impl ContentBuckets {
    /// Adds a document, if its content hash is of this partition.
    pub fn push(&mut self, content: u128, doc: u32) {
        let word = |i: u32| (content >> (32 * i)) as u32;
        self.add([word(3), word(2), word(1), word(0)], doc);
    }
}

impl<const WORDS: usize> Buckets<WORDS> {
    /// Bytes of a record.
    pub const RECORD_BYTES: usize = size_of::<Record<WORDS>>();

    /// No records yet, of a partition for which about so many are expected.
    pub fn new(partition: Partition, expected: usize) -> Self {
        Buckets { partition, records: Vec::with_capacity(expected) }
    }

    fn add(&mut self, key: [u32; WORDS], doc: u32) {
        if self.partition.holds(key[0]) {
            self.records.push(Record { key, doc });
        }
    }

    /// Calls `each` with the documents, ascending, of every key that several documents of one scope have. Keys come in
    /// order, the scopes of a key in order.
    pub fn each(mut self, scope: &dyn Fn(u32) -> u32, each: &mut dyn FnMut(&[u32])) {
        self.records.sort_unstable();
        let mut docs: Vec<(u32, u32)> = Vec::new();
        let mut same_scope = Vec::new();
        for same in self.records.chunk_by(|a, b| a.key == b.key).filter(|same| same.len() > 1) {
            docs.clear();
            docs.extend(same.iter().map(|record| (scope(record.doc), record.doc)));
            docs.sort_unstable();
            for group in docs.chunk_by(|a, b| a.0 == b.0).filter(|group| group.len() > 1) {
                same_scope.clear();
                same_scope.extend(group.iter().map(|&(_, doc)| doc));
                each(&same_scope);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::{BTreeMap, BTreeSet};

    #[test]
    fn records_have_no_padding() {
        assert_eq!((BandBuckets::RECORD_BYTES, ContentBuckets::RECORD_BYTES), (12, 20));
    }

    proptest! {
        /// Partitions lose no bucket and repeat none, whatever their number.
        #[test]
        fn equal_to_a_map(
            keys in prop::collection::vec(prop_oneof![0_u64..9, any::<u64>(), Just(u64::MAX)], 0..60),
            of in 0_u32..40,
            scopes in 1_u32..4,
        ) {
            let mut map: BTreeMap<(u64, u32), Vec<u32>> = BTreeMap::new();
            (0_u32..).zip(&keys).for_each(|(doc, &key)| map.entry((key, doc % scopes)).or_default().push(doc));
            let expected: BTreeSet<Vec<u32>> = map.into_values().filter(|docs| docs.len() > 1).collect();
            let mut found = Vec::new();
            for partition in Partition::all(of) {
                let mut bands = BandBuckets::new(partition, 0);
                (0..).zip(&keys).for_each(|(doc, &key)| bands.push(key, doc));
                bands.each(&|doc| doc % scopes, &mut |docs| found.push(docs.to_vec()));
            }
            prop_assert_eq!(found.len(), expected.len());
            prop_assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), expected.clone());
            let mut contents = Vec::new();
            for partition in Partition::all(of) {
                let mut buckets = ContentBuckets::new(partition, 0);
                (0..).zip(&keys).for_each(|(doc, &key)| buckets.push(u128::from(key) << 64 | 5, doc));
                buckets.each(&|doc| doc % scopes, &mut |docs| contents.push(docs.to_vec()));
            }
            prop_assert_eq!(contents.into_iter().collect::<BTreeSet<_>>(), expected);
        }
    }
}
