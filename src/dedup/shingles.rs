//! Where the shingle sets of candidates come from when pairs are verified.

use crate::error::{Error, Result};
use std::borrow::Cow;
use std::collections::HashMap;

/// Gives the shingle sets of candidates: from memory, from a spill file, or from the text again.
pub trait ShingleSource {
    /// The shingle set of the document at position `doc`, sorted and without repetitions.
    ///
    /// # Errors
    ///
    /// Whatever keeps the source from giving it.
    fn shingles(&self, doc: u32) -> Result<Cow<'_, [u64]>>;
}

/// Shingle sets in memory, one after the other: 8 bytes a shingle, some 32 a document.
#[derive(Debug, Clone, Default)]
pub struct ShingleStore {
    ranges: HashMap<u32, std::ops::Range<usize>>,
    all: Vec<u64>,
}

impl ShingleStore {
    /// Adds a document's set, which must be sorted and without repetitions (as
    /// [`Sketcher::shingles`](crate::hash::Sketcher::shingles) gives it).
    pub fn insert(&mut self, doc: u32, shingles: &[u64]) {
        let start = self.all.len();
        self.all.extend_from_slice(shingles);
        self.ranges.insert(doc, start..self.all.len());
    }
}

impl ShingleSource for ShingleStore {
    fn shingles(&self, doc: u32) -> Result<Cow<'_, [u64]>> {
        match self.ranges.get(&doc) {
            Some(range) => Ok(Cow::Borrowed(&self.all[range.clone()])),
            None => Err(Error::Unbalanced(format!("no shingles were read for the candidate at position {doc}"))),
        }
    }
}
