//! Candidates for near duplicates: documents that share a band key with another.

use super::{DocTable, KeepOrder, Rules, exact};
use crate::error::Result;

/// The documents whose shingles must be looked at, and which of them share a bucket (a band key, in a scope).
///
/// Of documents with equal content only the first in keep order is here: what is decided of it holds for the others.
///
/// Memory: 4 bytes a document (the leaders), 12 a candidate and 4 a membership in a bucket of more than one (at most
/// one per band and candidate); while it is found, 16 bytes a document and 8 a membership more, as bands are gone
/// through one by one.
#[derive(Debug, Clone)]
pub struct Candidates {
    rules: Rules,
    leaders: Vec<u32>,
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
        let leaders = exact::leaders(docs, order, rules.scope);
        let mut found = Candidates {
            rules: *rules,
            leaders,
            docs: Vec::new(),
            starts: vec![0],
            buckets: Vec::new(),
            bucket_count: 0,
        };
        if rules.near.is_some() {
            let (memberships, count) = memberships(docs, &found.leaders, rules);
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

    /// The first document, in keep order, with the content of `doc`.
    pub(super) fn leader(&self, doc: u32) -> u32 {
        self.leaders[doc as usize]
    }

    /// That these were found in a table of that many documents.
    pub(super) fn len(&self) -> usize {
        self.leaders.len()
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
}

/// All pairs (leader, bucket) of buckets with more than one leader, sorted; and the number of buckets.
fn memberships(docs: &DocTable, leaders: &[u32], rules: &Rules) -> (Vec<(u32, u32)>, usize) {
    let mut memberships = Vec::new();
    let mut bucket = 0;
    let mut records: Vec<(u64, u32, u32)> = Vec::new();
    for band in 0..docs.bands() {
        records.clear();
        records.extend((0_u32..).zip(leaders).filter(|&(doc, &leader)| doc == leader).filter_map(|(doc, _)| {
            let key = docs.band_keys(doc)?.get(band)?;
            Some((*key, rules.scope.of(docs.source(doc)), doc))
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
    use super::super::{KeepKey, KeepPolicy, Scope};
    use super::*;

    #[test]
    fn sharers_are_found_once_per_content_and_scope() {
        let mut docs = DocTable::new(2);
        let mut keys = Vec::new();
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
        for (source, content, bands) in &table {
            docs.push(*source, *content, bands.as_ref().map(|b| &b[..])).unwrap();
            keys.push(KeepKey { source: 0, score: None, length: 0, id: "" });
        }
        let order = KeepPolicy::default().order(&keys, &docs).unwrap();
        let find = |near, scope| Candidates::find(&docs, &order, &Rules { near, scope, ..Rules::default() }).unwrap();
        let global = find(Some(0.8), Scope::Global);
        assert_eq!(global.docs(), [0, 1, 3, 6]);
        assert_eq!((global.buckets(0), global.buckets(1), global.buckets(3)), (&[0, 2][..], &[0][..], &[1, 2][..]));
        assert_eq!((global.buckets(2), global.bucket_count()), (&[][..], 3));
        assert_eq!(find(Some(0.8), Scope::Source).docs(), [0, 1, 3, 6]);
        assert_eq!(find(Some(0.8), Scope::Source).bucket_count(), 2);
        assert!(find(None, Scope::Global).docs().is_empty());
    }
}
