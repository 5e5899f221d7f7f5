//! Clusters as datatrove makes them: everything that collides is one, directly or through others, and one document stays. Nothing is
//! verified: for comparison, not for use.

use super::{Duplicate, Kind, Resolution, ShingleSource};
use crate::error::{Error, Result};

/// Decides as datatrove 0.10 does (its MinHash stages 2 and 3), among documents in its order of files and rows.
///
/// `signatures` gives the slots of each document, bucket after bucket ([`Datatrove::signature`](crate::hash::compat::Datatrove::signature)).
/// Bucket by bucket, documents are sorted by the bucket's slots, then by position; each is joined with the one before it if their slots
/// are equal; the larger set takes in the other, of two as large that of the earlier document. Whoever is the root of its set in the
/// end is kept.
///
/// Memory: 12 bytes a document, and 8 a slot of one bucket.
///
/// # Errors
/// [`Error::Invalid`] if a signature does not have `buckets` times `rows` slots; otherwise what `signatures` fails with.
pub fn close(documents: u32, buckets: usize, rows: usize, signatures: &dyn ShingleSource) -> Result<Resolution> {
    let mut sets = Sets { parents: (0..documents).collect(), sizes: vec![1; documents as usize] };
    let mut slots: Vec<u64> = Vec::with_capacity(rows * documents as usize);
    for bucket in 0..buckets {
        slots.clear();
        for document in 0..documents {
            let signature = signatures.shingles(document)?;
            if signature.len() != buckets * rows {
                let problem = format!("{} slots, where {buckets} buckets of {rows} are needed", signature.len());
                return Err(Error::Invalid { what: format!("signature {document}"), problem });
            }
            slots.extend_from_slice(&signature[bucket * rows..(bucket + 1) * rows]);
        }
        let of = |document: u32| &slots[document as usize * rows..(document as usize + 1) * rows];
        let mut sorted: Vec<u32> = (0..documents).collect();
        sorted.sort_unstable_by(|&a, &b| of(a).cmp(of(b)).then(a.cmp(&b)));
        for (&a, &b) in sorted.iter().zip(sorted.iter().skip(1)).filter(|&(&a, &b)| of(a) == of(b)) {
            sets.join(a, b);
        }
    }
    let duplicate =
        |document: u32, of: u32| (of != document).then_some(Duplicate { kind: Kind::Unverified, of, similarity: 0.0 });
    let roots: Vec<u32> = (0..documents).map(|document| sets.root(document)).collect();
    Ok(Resolution::of((0..).zip(roots).map(|(document, root)| duplicate(document, root)).collect()))
}

/// Sets of documents, each with a root.
struct Sets {
    parents: Vec<u32>,
    /// Right for roots.
    sizes: Vec<u32>,
}

impl Sets {
    fn root(&mut self, mut document: u32) -> u32 {
        // Every step shortens the way for the next who comes along it.
        while self.parents[document as usize] != document {
            let above = self.parents[self.parents[document as usize] as usize];
            self.parents[document as usize] = above;
            document = above;
        }
        document
    }

    fn join(&mut self, a: u32, b: u32) {
        let (a, b) = (self.root(a), self.root(b));
        if a == b {
            return;
        }
        let (root, other) = if self.sizes[a as usize] < self.sizes[b as usize] { (b, a) } else { (a, b) };
        self.parents[other as usize] = root;
        self.sizes[root as usize] += self.sizes[other as usize];
    }
}

#[cfg(test)]
mod tests {
    use super::super::ShingleStore;
    use super::*;
    use proptest::prelude::*;
    use std::collections::{BTreeMap, HashMap};

    fn store(signatures: &[Vec<u64>]) -> ShingleStore {
        let mut store = ShingleStore::default();
        (0..).zip(signatures).for_each(|(doc, signature)| store.insert(doc, signature));
        store
    }

    fn kept(resolution: &Resolution) -> Vec<u32> {
        (0..resolution.duplicates().len() as u32).filter(|&doc| resolution.duplicate(doc).is_none()).collect()
    }

    #[test]
    fn the_larger_set_keeps_its_root() {
        // Bucket 0: 1 and 2. Bucket 1: 0 and 2, which come to a set that is larger.
        let signatures = [vec![9, 5], vec![1, 6], vec![1, 5], vec![7, 7]];
        let resolution = close(4, 2, 1, &store(&signatures)).unwrap();
        assert_eq!(kept(&resolution), [1, 3]);
        assert_eq!((resolution.cluster_size(0), resolution.cluster_size(3)), (3, 1));
        assert!(close(4, 2, 2, &store(&signatures)).is_err());
        assert!(close(0, 2, 1, &store(&[])).unwrap().duplicates().is_empty());
    }

    /// The same written out as in Python: dictionaries, recursion, groups.
    fn naive(signatures: &[Vec<u64>], buckets: usize, rows: usize) -> Vec<u32> {
        let (mut parents, mut sizes): (HashMap<u32, u32>, HashMap<u32, u32>) = Default::default();
        fn parent(parents: &HashMap<u32, u32>, x: u32) -> u32 {
            parents.get(&x).map_or(x, |&above| parent(parents, above))
        }
        for bucket in 0..buckets {
            let mut groups: BTreeMap<&[u64], Vec<u32>> = BTreeMap::new();
            for (doc, signature) in (0..).zip(signatures) {
                groups.entry(&signature[bucket * rows..][..rows]).or_default().push(doc);
            }
            for pair in groups.values().flat_map(|group| group.windows(2)) {
                let (mut a, mut b) = (parent(&parents, pair[0]), parent(&parents, pair[1]));
                if a != b {
                    let size = |x: u32| sizes.get(&x).copied().unwrap_or(1);
                    let (size_a, size_b) = (size(a), size(b));
                    if size_a < size_b {
                        (a, b) = (b, a);
                    }
                    parents.insert(b, a);
                    sizes.insert(a, size_a + size_b);
                }
            }
        }
        (0..signatures.len() as u32).filter(|&doc| parent(&parents, doc) == doc).collect()
    }

    proptest! {
        #[test]
        fn equals_the_naive_one(signatures in prop::collection::vec(prop::collection::vec(0_u64..3, 6), 0..25)) {
            let resolution = close(signatures.len() as u32, 3, 2, &store(&signatures)).unwrap();
            prop_assert_eq!(kept(&resolution), naive(&signatures, 3, 2));
            for doc in 0..signatures.len() as u32 {
                prop_assert_eq!(resolution.duplicate(resolution.representative(doc)), None);
            }
        }
    }
}
