//! Candidates for near duplicates: documents that share a band key with another.

use super::exact::Contents;
use super::{DocTable, KeepOrder, Rules};
use crate::error::Result;

/// The documents whose shingles must be looked at, and which of them share a bucket (a band key, in a scope).
///
/// Of documents with equal content only the first in keep order that has band keys is here: its shingles are those of the
/// others.
///
/// Memory: 4 bytes a document (the leaders), 12 a candidate and 4 a membership in a bucket of more than one (at most
/// one per band and candidate); while it is found, 16 bytes a document and 8 a membership more, as bands are gone
/// through one by one.
#[derive(Debug, Clone)]
pub struct Candidates {
    rules: Rules,
    contents: Contents,
    docs: Vec<u32>,
    /// Where each candidate's buckets begin in `buckets`; one entry more than there are candidates.
    starts: Vec<usize>,
    buckets: Vec<u32>,
    bucket_count: usize,
}

impl Candidates {
    /// Finds them.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`](crate::Error::Invalid) if `order` is not of `docs`, or `rules` make no sense.
    pub fn find(docs: &DocTable, order: &KeepOrder, rules: &Rules) -> Result<Self> {
        order.check(docs)?;
        rules.check()?;
        let contents = Contents::find(docs, order);
        let mut found = Candidates {
            rules: *rules,
            contents,
            docs: Vec::new(),
            starts: vec![0],
            buckets: Vec::new(),
            bucket_count: 0,
        };
        if rules.near.is_some() {
            let (memberships, count) = memberships(docs, &found.contents);
            found.bucket_count = count;
            for of_doc in memberships.chunk_by(|a, b| a.0 == b.0) {
                found.docs.push(of_doc[0].0);
                found.buckets.extend(of_doc.iter().map(|&(_, bucket)| bucket));
                found.starts.push(found.buckets.len());
            }
        }
        Ok(found)
    }

    /// The documents whose shingles [`resolve`](super::resolve) will ask for, ascending.
    pub fn docs(&self) -> &[u32] {
        &self.docs
    }

    /// The rules that they were found by.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// The first document, in keep order, with the content of `doc` that has band keys, if one has: whose shingles
    /// [`resolve`](super::resolve) asks for in the place of all.
    pub fn stand_in(&self, doc: u32) -> u32 {
        self.contents.stand_in(doc)
    }

    /// The first document, in keep order, with the content of `doc`.
    pub(super) fn leader(&self, doc: u32) -> u32 {
        self.contents.leader(doc)
    }

    /// That these were found in a table of that many documents.
    pub(super) fn len(&self) -> usize {
        self.contents.leaders.len()
    }

    /// The buckets that `doc` shares with others; none if it is no candidate.
    pub(super) fn buckets(&self, doc: u32) -> &[u32] {
        match self.docs.binary_search(&doc) {
            Ok(i) => &self.buckets[self.starts[i]..self.starts[i + 1]],
            Err(_) => &[],
        }
    }

    /// Buckets are numbered from 0 to this.
    pub(super) fn bucket_count(&self) -> usize {
        self.bucket_count
    }

    /// Whether two documents share a bucket.
    pub(super) fn share_bucket(&self, a: u32, b: u32) -> bool {
        let (a, b) = (self.buckets(a), self.buckets(b));
        let (mut i, mut j) = (0, 0);
        while let (Some(x), Some(y)) = (a.get(i), b.get(j)) {
            if x == y {
                return true;
            }
            i += usize::from(x < y);
            j += usize::from(y < x);
        }
        false
    }

    /// The number of documents in each bucket.
    pub(super) fn bucket_sizes(&self) -> Vec<u32> {
        let mut sizes = vec![0; self.bucket_count];
        self.buckets.iter().for_each(|&bucket| sizes[bucket as usize] += 1);
        sizes
    }
}

/// All pairs (document, bucket) of buckets with more than one document, sorted; and the number of buckets. One document of
/// each content takes part.
fn memberships(docs: &DocTable, contents: &Contents) -> (Vec<(u32, u32)>, usize) {
    let mut memberships = Vec::new();
    let mut bucket = 0;
    let mut records: Vec<(u64, u32, u32)> = Vec::new();
    for band in 0..docs.bands() {
        records.clear();
        records.extend((0..docs.len() as u32).filter(|&doc| contents.stand_in(doc) == doc).filter_map(|doc| {
            let key = docs.band_keys(doc)?.get(band)?;
            Some((*key, docs.scope(doc), doc))
        }));
        records.sort_unstable();
        for same in records.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
            if same.len() > 1 {
                memberships.extend(same.iter().map(|&(.., doc)| (doc, bucket)));
                bucket += 1;
            }
        }
    }
    memberships.sort_unstable();
    (memberships, bucket as usize)
}

#[cfg(test)]
mod tests {
    use super::super::{KeepKey, KeepPolicy};
    use super::*;

    #[test]
    fn sharers_are_found_once_per_content_and_scope() {
        let table: [(u32, u128, Option<[u64; 2]>); 8] = [
            (0, 1, Some([10, 20])),
            (0, 2, Some([10, 21])), // shares with 0
            (0, 1, Some([10, 20])), // content of 0: not looked at
            (1, 3, Some([11, 20])), // shares with 0, in the other source
            (1, 4, None),
            (1, 5, Some([12, 22])), // alone
            (1, 6, Some([11, 23])), // shares with 3
            (0, 7, Some([24, 10])), // same number, but the keys of different bands are not compared
        ];
        let find = |near, scoped: bool| {
            let mut docs = DocTable::new(2);
            let mut keys = Vec::new();
            for (source, content, bands) in &table {
                let scope = if scoped { *source } else { 0 };
                docs.push(scope, *content, bands.as_ref().map(|b| &b[..])).unwrap();
                keys.push(KeepKey { source: 0, score: None, length: 0, id: "", ..KeepKey::default() });
            }
            let order = KeepPolicy::default().order(&keys, &docs).unwrap();
            Candidates::find(&docs, &order, &Rules { near, ..Rules::default() }).unwrap()
        };
        let global = find(Some(0.8), false);
        assert_eq!(global.docs(), [0, 1, 3, 6]);
        assert_eq!((global.buckets(0), global.buckets(1), global.buckets(3)), (&[0, 2][..], &[0][..], &[1, 2][..]));
        assert_eq!((global.buckets(2), global.bucket_count()), (&[][..], 3));
        assert!(global.share_bucket(0, 3) && global.share_bucket(3, 6) && !global.share_bucket(1, 3));
        assert_eq!(global.bucket_sizes(), [2, 2, 2]);
        assert_eq!(find(Some(0.8), true).docs(), [0, 1, 3, 6]);
        assert_eq!(find(Some(0.8), true).bucket_count(), 2);
        assert!(find(None, false).docs().is_empty());
    }
}
