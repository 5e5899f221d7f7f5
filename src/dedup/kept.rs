//! The kept documents, by bucket: whom the next document meets.

use super::prefix::PrefixIndex;
use super::{Candidates, Duplicate, Kind, ShingleSource};
use crate::error::Result;
use crate::hash::jaccard_at_least;

/// Kept documents from which a bucket is large. Below, comparing with all of them costs less than an index would; the
/// number decides the time that resolving takes and nothing else.
pub(super) const HOT_BUCKET: usize = 64;

/// A kept document: its number among the kept, which is its place in keep order, and itself.
pub(super) type Kept = (u32, u32);

/// The kept documents so far.
pub(super) struct KeptDocs<'a> {
    candidates: &'a Candidates,
    threshold: f64,
    /// Kept documents from which a bucket is large.
    hot: usize,
    /// In keep order, by bucket; `None` for a large one, whose documents are in the index.
    buckets: Vec<Option<Vec<Kept>>>,
    index: Option<PrefixIndex>,
    count: u32,
    /// Scratch: those that the document at hand meets.
    met: Vec<Kept>,
}

impl<'a> KeptDocs<'a> {
    pub fn new(candidates: &'a Candidates, threshold: f64, hot: usize) -> Self {
        let buckets = vec![Some(Vec::new()); candidates.bucket_count()];
        KeptDocs { candidates, threshold, hot, buckets, index: None, count: 0, met: Vec::new() }
    }

    /// Compares `doc` with the kept documents of its buckets, best first. If none qualifies it is one of them from now
    /// on.
    pub fn meet(&mut self, doc: u32, shingles: &dyn ShingleSource) -> Result<Option<Duplicate>> {
        let buckets = self.candidates.buckets(doc);
        self.met.clear();
        let mut in_large_bucket = false;
        for &bucket in buckets {
            match &self.buckets[bucket as usize] {
                Some(kept) => self.met.extend_from_slice(kept),
                None => in_large_bucket = true,
            }
        }
        if in_large_bucket || !self.met.is_empty() {
            let mine = shingles.shingles(doc)?;
            if let Some(index) = self.index.as_mut().filter(|_| in_large_bucket) {
                index.find(&mine, &mut |other| self.candidates.share_bucket(doc, other), &mut self.met);
            }
            self.met.sort_unstable();
            self.met.dedup();
            for &(_, of) in &self.met {
                if let Some(similarity) = jaccard_at_least(&mine, &shingles.shingles(of)?, self.threshold) {
                    return Ok(Some(Duplicate { kind: Kind::Near, of, similarity }));
                }
            }
            if let Some(index) = self.index.as_mut().filter(|_| in_large_bucket) {
                index.insert((self.count, doc), &mine);
            }
        }
        self.keep(doc, shingles)?;
        Ok(None)
    }

    /// Takes a document that an earlier run kept: nothing need be compared.
    pub fn keep_known(&mut self, doc: u32, shingles: &dyn ShingleSource) -> Result<()> {
        let in_large_bucket =
            self.candidates.buckets(doc).iter().any(|&bucket| self.buckets[bucket as usize].is_none());
        if let Some(index) = self.index.as_mut().filter(|_| in_large_bucket) {
            index.insert((self.count, doc), &shingles.shingles(doc)?);
        }
        self.keep(doc, shingles)
    }

    fn keep(&mut self, doc: u32, shingles: &dyn ShingleSource) -> Result<()> {
        let kept = (self.count, doc);
        self.count += 1;
        for &bucket in self.candidates.buckets(doc) {
            let Some(bucket) = self.buckets.get_mut(bucket as usize) else { continue };
            let Some(list) = bucket else { continue };
            list.push(kept);
            if list.len() <= self.hot {
                continue;
            }
            if self.index.is_none() {
                self.index = Some(PrefixIndex::new(self.threshold, &large(self.candidates, self.hot), shingles)?);
            }
            let moved = bucket.take().unwrap_or_default();
            for kept in moved {
                if let Some(index) = self.index.as_mut().filter(|index| !index.holds(kept)) {
                    index.insert(kept, &shingles.shingles(kept.1)?);
                }
            }
        }
        Ok(())
    }
}

/// The documents that share a bucket with more than `hot` others, ascending.
fn large(candidates: &Candidates, hot: usize) -> Vec<u32> {
    let sizes = candidates.bucket_sizes();
    let docs = candidates.docs().iter().copied();
    docs.filter(|&doc| candidates.buckets(doc).iter().any(|&b| sizes[b as usize] as usize > hot)).collect()
}
