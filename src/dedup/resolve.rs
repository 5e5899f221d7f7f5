//! The decision: documents in keep order, each against the kept ones only.

use super::{Candidates, DocTable, KeepOrder, ShingleSource};
use crate::error::{Error, Result};
use crate::hash::jaccard_at_least;
use xxhash_rust::xxh3::Xxh3Default;

/// Which documents may meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "recipe-file", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Scope {
    /// All.
    #[default]
    Global,
    /// Those of the same source.
    Source,
}

impl Scope {
    /// The number of the scope that a document of `source` is in.
    pub(super) fn of(self, source: u32) -> u32 {
        match self {
            Scope::Global => 0,
            Scope::Source => source,
        }
    }
}

/// What counts as a duplicate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rules {
    /// Whether documents of equal content hash are duplicates, however short.
    pub exact: bool,
    /// The Jaccard similarity of shingle sets from which documents are near duplicates, in (0, 1]. `None`: not looked
    /// for.
    pub near: Option<f64>,
    /// Which documents may meet.
    pub scope: Scope,
}

impl Default for Rules {
    /// Exact duplicates, everywhere.
    fn default() -> Self {
        Rules { exact: true, near: None, scope: Scope::Global }
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
}

/// Why a document is removed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Duplicate {
    /// How it relates to the kept document.
    pub kind: Kind,
    /// The kept document: of those that qualify the first in keep order.
    pub of: u32,
    /// Exact Jaccard similarity of the two shingle sets; 1 for equal content.
    pub similarity: f64,
}

/// What becomes of each document, and the clusters: a kept document and those that were removed for it.
#[derive(Debug, Clone, PartialEq)]
pub struct Resolution {
    duplicates: Vec<Option<Duplicate>>,
    sizes: Vec<u32>,
}

impl Resolution {
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
/// copies of one boilerplate costs one comparison a document. (A bucket of documents that are all kept, because they
/// share a band key and yet are not similar, costs what they are.) The answer for a connected component of candidates
/// does not depend on the others, so it may be had piece by piece.
///
/// Memory: 20 bytes a document, 24 a bucket, and 8 a membership of a kept document, beside what it is given.
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
    order.check(docs)?;
    let rules = candidates.rules();
    if candidates.len() != docs.len() {
        let problem = format!("found among {} documents, not {}", candidates.len(), docs.len());
        return Err(Error::Invalid { what: "candidates".into(), problem });
    }
    let mut resolution = Resolution { duplicates: vec![None; docs.len()], sizes: vec![1; docs.len()] };
    let mut kept = KeptDocs::new(candidates);
    for &doc in order.docs() {
        let leader = candidates.leader(doc);
        let duplicate = if leader == doc {
            rules.near.map_or(Ok(None), |threshold| kept.meet(doc, threshold, shingles))?
        } else {
            follow(leader, resolution.duplicate(leader), docs, rules)
        };
        if let Some(Duplicate { of, .. }) = duplicate {
            resolution.sizes[of as usize] += 1;
        }
        resolution.duplicates[doc as usize] = duplicate;
    }
    Ok(resolution)
}

/// What becomes of a document with the content of `leader`, which was decided before.
///
/// Its shingles are the leader's, so whatever the leader was removed for would remove it too, and nothing better could:
/// a better kept document that qualified would have removed the leader.
fn follow(leader: u32, verdict: Option<Duplicate>, docs: &DocTable, rules: &Rules) -> Option<Duplicate> {
    match verdict {
        Some(duplicate) => Some(duplicate),
        None if rules.exact => Some(Duplicate { kind: Kind::Exact, of: leader, similarity: 1.0 }),
        // With exact deduplication off, equal shingle sets are as near as can be; without shingles nothing is known.
        None if rules.near.is_some() && docs.band_keys(leader).is_some() => {
            Some(Duplicate { kind: Kind::Near, of: leader, similarity: 1.0 })
        }
        None => None,
    }
}

/// The kept documents, by bucket.
struct KeptDocs<'a> {
    candidates: &'a Candidates,
    /// In keep order: (number among the kept, document).
    buckets: Vec<Vec<(u32, u32)>>,
    count: u32,
    /// Scratch: those that the document at hand meets.
    met: Vec<(u32, u32)>,
}

impl<'a> KeptDocs<'a> {
    fn new(candidates: &'a Candidates) -> Self {
        KeptDocs { candidates, buckets: vec![Vec::new(); candidates.bucket_count()], count: 0, met: Vec::new() }
    }

    /// Compares `doc` with the kept documents of its buckets, best first. If none qualifies it is one of them from now
    /// on.
    fn meet(&mut self, doc: u32, threshold: f64, shingles: &dyn ShingleSource) -> Result<Option<Duplicate>> {
        let buckets = self.candidates.buckets(doc);
        self.met.clear();
        buckets.iter().for_each(|&bucket| self.met.extend_from_slice(&self.buckets[bucket as usize]));
        self.met.sort_unstable();
        self.met.dedup();
        if !self.met.is_empty() {
            let mine = shingles.shingles(doc)?;
            for &(_, of) in &self.met {
                if let Some(similarity) = jaccard_at_least(&mine, &shingles.shingles(of)?, threshold) {
                    return Ok(Some(Duplicate { kind: Kind::Near, of, similarity }));
                }
            }
        }
        buckets.iter().for_each(|&bucket| self.buckets[bucket as usize].push((self.count, doc)));
        self.count += 1;
        Ok(None)
    }
}

#[cfg(test)]
mod tests;
