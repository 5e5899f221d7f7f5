//! The documents under comparison, as columns: scope, content hash, band keys.

use crate::error::{Error, Result};
use std::num::NonZeroU32;

/// What deduplication knows of each document, in input order. A document is its position here.
///
/// Memory: 24 bytes a document, and 8 bytes a band for each document that is long enough to shingle: 168 bytes with 18
/// bands.
#[derive(Debug, Clone)]
pub struct DocTable {
    bands: usize,
    scopes: Vec<u32>,
    contents: Vec<u128>,
    /// One more than the document's row in `keys`.
    rows: Vec<Option<NonZeroU32>>,
    keys: Vec<u64>,
}

impl DocTable {
    /// An empty table of sketches with `bands` bands.
    pub fn new(bands: u32) -> Self {
        DocTable { bands: bands as usize, scopes: Vec::new(), contents: Vec::new(), rows: Vec::new(), keys: Vec::new() }
    }

    /// Adds a document: the number of its scope, and its sketch. Returns its position.
    ///
    /// Documents of different scopes never meet: give all of them one number, or number their sources, or whatever else
    /// they are to be told apart by (a crawl's dump, a language).
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] if there is not one key for each band, or the table is full (2^32 - 1 documents).
    pub fn push(&mut self, scope: u32, content: u128, band_keys: Option<&[u64]>) -> Result<u32> {
        let full = || Error::Invalid { what: "documents".into(), problem: "more than 4,294,967,294 at once".into() };
        let doc = u32::try_from(self.len()).ok().filter(|&doc| doc < u32::MAX).ok_or_else(full)?;
        let row = match band_keys {
            None => None,
            Some(keys) if keys.len() == self.bands && self.bands > 0 => {
                self.keys.extend_from_slice(keys);
                u32::try_from(self.keys.len() / self.bands).ok().and_then(NonZeroU32::new)
            }
            Some(keys) => {
                let problem = format!("a sketch of {} bands among sketches of {}", keys.len(), self.bands);
                return Err(Error::Invalid { what: "bands".into(), problem });
            }
        };
        self.scopes.push(scope);
        self.contents.push(content);
        self.rows.push(row);
        Ok(doc)
    }

    /// Number of documents.
    pub fn len(&self) -> usize {
        self.contents.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.contents.is_empty()
    }

    /// Number of bands.
    pub fn bands(&self) -> usize {
        self.bands
    }

    /// The number of a document's scope.
    pub fn scope(&self, doc: u32) -> u32 {
        self.scopes[doc as usize]
    }

    /// A document's content hash.
    pub fn content(&self, doc: u32) -> u128 {
        self.contents[doc as usize]
    }

    /// A document's band keys; `None` if it was too short to shingle.
    pub fn band_keys(&self, doc: u32) -> Option<&[u64]> {
        self.rows[doc as usize].map(|row| {
            let end = row.get() as usize * self.bands;
            &self.keys[end - self.bands..end]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_back_to_their_documents() {
        let mut docs = DocTable::new(2);
        assert_eq!(docs.push(7, 70, Some(&[1, 2])).unwrap(), 0);
        assert_eq!(docs.push(8, 80, None).unwrap(), 1);
        assert_eq!(docs.push(9, 90, Some(&[3, 4])).unwrap(), 2);
        assert!(docs.push(9, 90, Some(&[3])).is_err());
        assert_eq!(docs.len(), 3);
        assert_eq!((docs.band_keys(0), docs.band_keys(1)), (Some(&[1, 2][..]), None));
        assert_eq!((docs.band_keys(2), docs.scope(2), docs.content(2)), (Some(&[3, 4][..]), 9, 90));
    }
}
