//! The decision: documents in keep order, each against the kept ones only.

use super::kept::{HOT_BUCKET, KeptDocs};
use super::{Candidates, DocTable, KeepOrder, ShingleSource};
use crate::error::{Error, Result};
use std::collections::HashMap;
use xxhash_rust::xxh3::Xxh3Default;

/// What counts as a duplicate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rules {
    /// Whether documents of equal content hash are duplicates, however short.
    pub exact: bool,
    /// The Jaccard similarity of shingle sets from which documents are near duplicates, in (0, 1]. `None`: not looked
    /// for.
    pub near: Option<f64>,
}

impl Default for Rules {
    /// Exact duplicates only.
    fn default() -> Self {
        Rules { exact: true, near: None }
    }
}

impl Rules {
    pub(super) fn check(&self) -> Result<()> {
        // Written so that NaN fails too.
        match self.near {
            Some(threshold) if !(threshold > 0.0 && threshold <= 1.0) => Err(Error::Invalid {
                what: "threshold".into(),
                problem: format!("{threshold} is not a similarity in (0, 1]"),
            }),
            _ => Ok(()),
        }
    }
}

/// How a removed document relates to the kept one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// Equal content hash.
    Exact,
    /// Similar shingle sets.
    Near,
    /// Equal slots in some band, with it or with others between them, and nothing verified: [`close`](super::close).
    Unverified,
}

/// Why a document is removed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Duplicate {
    /// How it relates to the kept document.
    pub kind: Kind,
    /// The kept document: of those that qualify the first in keep order.
    pub of: u32,
    /// Exact Jaccard similarity of the two shingle sets; 1 for equal content, 0 where nothing was verified.
    pub similarity: f64,
}

/// What becomes of each document, and the clusters: a kept document and those that were removed for it.
#[derive(Debug, Clone, PartialEq)]
pub struct Resolution {
    duplicates: Vec<Option<Duplicate>>,
    sizes: Vec<u32>,
}

impl Resolution {
    /// What follows from these verdicts, by position.
    pub(super) fn of(duplicates: Vec<Option<Duplicate>>) -> Resolution {
        let mut sizes = vec![1; duplicates.len()];
        duplicates.iter().flatten().for_each(|duplicate| sizes[duplicate.of as usize] += 1);
        Resolution { duplicates, sizes }
    }

    /// Why the document at position `doc` is removed; `None` if it is kept.
    pub fn duplicate(&self, doc: u32) -> Option<Duplicate> {
        self.duplicates[doc as usize]
    }

    /// All verdicts, by position.
    pub fn duplicates(&self) -> &[Option<Duplicate>] {
        &self.duplicates
    }

    /// The kept document of the cluster that `doc` is in: itself, if it is kept.
    pub fn representative(&self, doc: u32) -> u32 {
        self.duplicate(doc).map_or(doc, |duplicate| duplicate.of)
    }

    /// Number of documents in the cluster that `doc` is in, the kept one included.
    pub fn cluster_size(&self, doc: u32) -> u32 {
        self.sizes[self.representative(doc) as usize]
    }
}

/// A cluster's lasting id: xxh3-64 of the kept document's source name, a byte that UTF-8 never has, and its id.
pub fn cluster_id(source: &str, kept_id: &str) -> u64 {
    let mut hash = Xxh3Default::new();
    hash.update(source.as_bytes());
    hash.update(&[0xFF]);
    hash.update(kept_id.as_bytes());
    hash.digest()
}

/// Decides which documents are removed, and for which kept one, by the rules that the candidates were found by.
///
/// A document is compared only with kept documents of its buckets, best first, until one qualifies; so a bucket of
/// copies of one boilerplate costs one comparison a document. Of a bucket of which more than 64 documents are kept
/// (they share a band key and yet are not similar), it meets only those with which it shares one of its rarest shingles,
/// as it must if they are similar: see `kept.rs`. The answer for a connected component of candidates does not depend on
/// the others, so it may be had piece by piece.
///
/// Documents that an earlier run kept ([`KeepKey::batch`](super::KeepKey::batch)) stay and are compared with none: only those that come
/// after them meet them. If the documents of that run that it did not keep are left out, the others are decided as they would be in one
/// run over all, in which that run's documents come first in keep order: nothing goes because of a document that goes itself.
///
/// Memory: 20 bytes a document, 24 a bucket, and 8 a membership of a kept document, beside what it is given; for kept
/// documents of large buckets 8 to 48 bytes for each of their rarest shingles (a fifth of all, at threshold 0.8).
///
/// # Errors
///
/// [`Error::Invalid`] if the parts are not of one size; otherwise what `shingles` fails with.
pub fn resolve(
    docs: &DocTable,
    order: &KeepOrder,
    candidates: &Candidates,
    shingles: &dyn ShingleSource,
) -> Result<Resolution> {
    resolve_with(HOT_BUCKET, docs, order, candidates, shingles)
}

/// [`resolve`] with another number of kept documents from which a bucket is large. Changes nothing but the time it takes.
fn resolve_with(
    hot: usize,
    docs: &DocTable,
    order: &KeepOrder,
    candidates: &Candidates,
    shingles: &dyn ShingleSource,
) -> Result<Resolution> {
    order.check(docs)?;
    let rules = candidates.rules();
    if candidates.len() != docs.len() {
        let problem = format!("found among {} documents, not {}", candidates.len(), docs.len());
        return Err(Error::Invalid { what: "candidates".into(), problem });
    }
    let resolution = Resolution { duplicates: vec![None; docs.len()], sizes: vec![1; docs.len()] };
    let kept = KeptDocs::new(candidates, rules.near.unwrap_or(1.0), hot);
    let mut decision = Decision { docs, candidates, shingles, resolution, kept, copies: HashMap::new() };
    let (known, new) = order.docs().split_at(order.known());
    known.iter().try_for_each(|&doc| decision.kept.keep_known(doc, shingles))?;
    for &doc in new {
        let duplicate = decision.decide(doc)?;
        if let Some(Duplicate { of, .. }) = duplicate {
            decision.resolution.sizes[of as usize] += 1;
        }
        decision.resolution.duplicates[doc as usize] = duplicate;
    }
    Ok(decision.resolution)
}

/// The decision under way.
struct Decision<'a> {
    docs: &'a DocTable,
    candidates: &'a Candidates,
    shingles: &'a dyn ShingleSource,
    resolution: Resolution,
    kept: KeptDocs<'a>,
    /// Of contents whose leader was removed as a near duplicate: from the leader to the first copy that was kept all the
    /// same, because near duplicates of it are not sought.
    copies: HashMap<u32, u32>,
}

impl Decision<'_> {
    fn decide(&mut self, doc: u32) -> Result<Option<Duplicate>> {
        let leader = self.candidates.leader(doc);
        if leader == doc {
            return self.meet(doc);
        }
        let Rules { exact, near } = *self.candidates.rules();
        let sought = |doc: u32| near.is_some() && self.docs.band_keys(doc).is_some();
        let copy = |of: u32| Some(Duplicate { kind: Kind::Exact, of, similarity: 1.0 });
        Ok(match self.resolution.duplicate(leader) {
            // The first of its content is kept, so nothing better is a copy of this one.
            None if exact => copy(leader),
            None if sought(doc) => return self.follow(doc),
            None => None,
            // The leader went as a near duplicate. Copies with shingles go with it, as these are the same: whatever the
            // leader was removed for would remove them too, and nothing better could.
            Some(duplicate) => match self.copies.get(&leader).filter(|_| exact) {
                Some(&kept) => copy(kept),
                None if sought(doc) => Some(duplicate),
                None => {
                    self.copies.insert(leader, doc);
                    None
                }
            },
        })
    }

    /// A document with shingles whose content's leader is kept, while exact duplicates are not sought: equal shingle sets
    /// are as near as can be.
    fn follow(&mut self, doc: u32) -> Result<Option<Duplicate>> {
        let first = self.candidates.stand_in(doc);
        match self.resolution.duplicate(first) {
            _ if first == doc => self.meet(doc),
            None => Ok(Some(Duplicate { kind: Kind::Near, of: first, similarity: 1.0 })),
            duplicate => Ok(duplicate),
        }
    }

    fn meet(&mut self, doc: u32) -> Result<Option<Duplicate>> {
        match self.candidates.rules().near {
            Some(_) => self.kept.meet(doc, self.shingles),
            None => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests;
