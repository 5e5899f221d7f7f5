//! datatrove 0.10's MinHash, stage 1: the records that `MinhashDedupSignature` writes.

use super::datatrove_text::simplify;
use super::mersenne::Mersenne;
use crate::error::{Error, Result};
use crate::text::{Analyzer, WordBreak};
use xxhash_rust::xxh3::xxh3_64;
use xxhash_rust::xxh64::xxh64;

/// What its words are. datatrove asks the tokenizer of the language, after it has simplified the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tokens {
    /// What stands between white space: datatrove with its tokenizer replaced by `str.split`.
    Whitespace,
    /// English, its default: spaCy's blank pipeline.
    English,
}

/// Whose signatures are made in place of the crate's own: the words of recipes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "recipe-file", derive(serde::Serialize), serde(into = "&'static str"))]
#[non_exhaustive]
pub enum Compat {
    /// Those of datatrove 0.10 with its defaults, of English.
    Datatrove,
    /// The same of words between white space.
    DatatroveWhitespace,
}

impl Compat {
    /// All of them by name.
    pub const ALL: [(&'static str, Compat); 2] =
        [("datatrove-0.10", Compat::Datatrove), ("datatrove-0.10-whitespace", Compat::DatatroveWhitespace)];
    /// Words of a run: datatrove's default.
    pub const NGRAM: u32 = 5;
    /// Buckets: datatrove's default.
    pub const BUCKETS: u32 = 14;
    /// Hashes of a bucket: datatrove's default.
    pub const ROWS: u32 = 8;

    /// What makes the signatures.
    ///
    /// # Errors
    /// None: as [`Datatrove::new`].
    pub fn signer(self) -> Result<Datatrove> {
        Datatrove::new(match self {
            Compat::Datatrove => Tokens::English,
            Compat::DatatroveWhitespace => Tokens::Whitespace,
        })
    }
}

impl From<Compat> for &'static str {
    fn from(compat: Compat) -> &'static str {
        Compat::ALL.into_iter().find(|(_, known)| *known == compat).map_or("", |(name, _)| name)
    }
}

/// Makes the signatures and records of datatrove 0.10.1 with its defaults: words of the simplified text, runs of `n` of them joined by
/// spaces, xxh64 (seed 0), and the least value of each map over them, in buckets of consecutive slots.
///
/// A text of fewer than `n` words has no signature there, so that datatrove never removes it. Of its settings, 64-bit xxhash alone is here:
/// its sha1 would need a dependency for a hash that is not its default.
#[derive(Debug)]
pub struct Datatrove {
    tokens: Tokens,
    ngram: usize,
    rows: usize,
    maps: Mersenne,
    analyzer: Analyzer,
    shingles: Vec<u64>,
    slots: Vec<u64>,
    keys: Vec<u64>,
}

impl Datatrove {
    /// Its defaults: runs of 5 words, 14 buckets of 8 hashes, seed 1.
    ///
    /// # Errors
    /// None: as [`Datatrove::with`].
    pub fn new(tokens: Tokens) -> Result<Self> {
        Datatrove::with(tokens, Compat::NGRAM as usize, Compat::BUCKETS as usize, Compat::ROWS as usize, 1)
    }

    /// Its `MinhashConfig`: `n_grams`, `num_buckets`, `hashes_per_bucket`, `seed`.
    ///
    /// # Errors
    /// [`Error::Invalid`] if one of the first three is 0, or there are over 65,536 hashes.
    pub fn with(tokens: Tokens, ngram: usize, buckets: usize, rows: usize, seed: u32) -> Result<Self> {
        let count = buckets.saturating_mul(rows);
        if ngram == 0 || count == 0 || count > 1 << 16 {
            let problem = format!("{buckets} buckets of {rows} hashes over runs of {ngram} words cannot be had");
            return Err(Error::Invalid { what: "datatrove".into(), problem });
        }
        let maps = Mersenne::new(seed, count);
        let (analyzer, shingles, slots, keys) = (Analyzer::new(), Vec::new(), Vec::new(), Vec::new());
        Ok(Datatrove { tokens, ngram, rows, maps, analyzer, shingles, slots, keys })
    }

    /// The text that is split into words (`simplify_text`): lower case, numbers as `0`, no punctuation and no diacritics.
    pub fn simplified(text: &str) -> String {
        simplify(text)
    }

    /// The slots, bucket after bucket. `None` for a text of fewer words than a run has.
    pub fn signature(&mut self, text: &str) -> Option<&[u64]> {
        let simple = simplify(text);
        let view = self.analyzer.view(&simple);
        let words = view.words(match self.tokens {
            Tokens::Whitespace => WordBreak::Whitespace,
            Tokens::English => WordBreak::SpacyEnglish,
        });
        // All words with one space between, so that a run of them is a slice.
        let (mut joined, mut spans) = (String::with_capacity(simple.len()), Vec::with_capacity(words.len()));
        for word in words.iter() {
            if !joined.is_empty() {
                joined.push(' ');
            }
            spans.push((joined.len(), joined.len() + word.len()));
            joined.push_str(word);
        }
        self.shingles.clear();
        let runs = spans.iter().zip(spans.iter().skip(self.ngram - 1));
        self.shingles.extend(runs.map(|(first, last)| xxh64(&joined.as_bytes()[first.0..last.1], 0)));
        if self.shingles.is_empty() {
            return None;
        }
        self.maps.minima(&self.shingles, u64::MAX, &mut self.slots);
        Some(&self.slots)
    }

    /// A key for each bucket: xxh3-64 of its hashes, little-endian. `None` where there is no signature.
    pub fn band_keys(&mut self, text: &str) -> Option<&[u64]> {
        let mut keys = std::mem::take(&mut self.keys);
        keys.clear();
        let rows = self.rows;
        let mut bytes = Vec::with_capacity(8 * rows);
        for slots in self.signature(text).unwrap_or_default().chunks_exact(rows) {
            bytes.clear();
            bytes.extend(slots.iter().flat_map(|slot| slot.to_le_bytes()));
            keys.push(xxh3_64(&bytes));
        }
        self.keys = keys;
        (!self.keys.is_empty()).then_some(self.keys.as_slice())
    }

    /// Appends the record of a document to each bucket, as stage 1 first writes them: the bucket's hashes, then the document's number within the
    /// task, all little-endian; 68 bytes with the defaults. False, and nothing appended, where there is no
    /// signature. `buckets` beyond those of the configuration stay as they are.
    pub fn records(&mut self, text: &str, doc: u32, buckets: &mut [Vec<u8>]) -> bool {
        let rows = self.rows;
        let Some(slots) = self.signature(text) else { return false };
        for (bucket, slots) in buckets.iter_mut().zip(slots.chunks_exact(rows)) {
            slots.iter().for_each(|slot| bucket.extend_from_slice(&slot.to_le_bytes()));
            bucket.extend_from_slice(&doc.to_le_bytes());
        }
        true
    }
}

/// Puts a bucket's records in the order of the file `bucket_{bucket:03}/{task:05}.minhash.sig`: by their hashes, then by document. `rows`
/// is the number of hashes in a record. Bytes after the last whole record are left out.
pub fn sort_records(bucket: &[u8], rows: usize) -> Vec<u8> {
    let width = 8 * rows + 4;
    let mut records: Vec<&[u8]> = bucket.chunks_exact(width).collect();
    // Numbers are little-endian, so bytes are compared from the last of each number on.
    let numbers = |record: &[u8]| -> Vec<u64> {
        record.chunks(8).map(|n| n.iter().rev().fold(0, |all, &byte| (all << 8) | u64::from(byte))).collect()
    };
    records.sort_by_cached_key(|record| numbers(record));
    records.concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_mean_nothing_are_refused() {
        for (ngram, buckets, rows) in [(0, 14, 8), (5, 0, 8), (5, 14, 0), (5, usize::MAX, 2)] {
            assert!(Datatrove::with(Tokens::English, ngram, buckets, rows, 1).is_err());
        }
    }

    #[test]
    fn records_are_sorted_as_numbers() {
        let record = |hash: u64, doc: u32| [&hash.to_le_bytes()[..], &doc.to_le_bytes()].concat();
        let mixed = [record(256, 1), record(1, 9), record(256, 0), record(2, 3)].concat();
        let sorted = [record(1, 9), record(2, 3), record(256, 0), record(256, 1)].concat();
        assert_eq!(sort_records(&mixed, 1), sorted);
    }
}
