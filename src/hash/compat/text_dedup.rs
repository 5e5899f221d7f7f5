//! text-dedup 0.4's MinHash: the slots that its `embed_func` makes.

use super::mersenne::Mersenne;
use crate::error::{Error, Result};
use crate::text::python;
use xxhash_rust::xxh3::xxh3_64;

/// Makes the slots of text-dedup 0.4.0 with `--hash_func xxh3 --hash_bits 64`: the lower-cased text cut at every character that is not `\w` of
/// Python, runs of `n` pieces joined by spaces, the lower 32 bits of xxh3-64, and the least value of each map over them.
///
/// Two separators in a row have an empty piece between them there, which counts. A text of fewer than `min_length` pieces is left
/// out of the tool's output; one of fewer than `n` is a single run. Its `sha1` would need a dependency, and its narrower hashes have no
/// users known.
#[derive(Debug)]
pub struct TextDedup {
    ngram: usize,
    min_length: usize,
    maps: Mersenne,
    shingles: Vec<u64>,
    slots: Vec<u64>,
}

impl TextDedup {
    /// Its `--num_perm`, `--ngram` and `--min_length`; the seed is 42, as it is there.
    ///
    /// # Errors
    /// [`Error::Invalid`] if `slots` or `ngram` is 0, or there are over 65,536 slots.
    pub fn new(slots: usize, ngram: usize, min_length: usize) -> Result<Self> {
        if slots == 0 || slots > 1 << 16 || ngram == 0 {
            let problem = format!("{slots} slots over runs of {ngram} words cannot be had");
            return Err(Error::Invalid { what: "text-dedup".into(), problem });
        }
        Ok(TextDedup { ngram, min_length, maps: Mersenne::new(42, slots), shingles: Vec::new(), slots: Vec::new() })
    }

    /// The slots, each of 32 bits. `None` for a text that the tool leaves out.
    pub fn signature(&mut self, text: &str) -> Option<&[u64]> {
        let lower = text.to_lowercase();
        let (mut joined, mut spans) = (String::with_capacity(lower.len()), Vec::new());
        for piece in lower.split(|c| !python::is_word(c)) {
            if !spans.is_empty() {
                joined.push(' ');
            }
            spans.push((joined.len(), joined.len() + piece.len()));
            joined.push_str(piece);
        }
        if spans.len() < self.min_length.max(1) {
            return None;
        }
        let run = self.ngram.min(spans.len());
        self.shingles.clear();
        let runs = spans.iter().zip(spans.iter().skip(run - 1));
        self.shingles.extend(runs.map(|(first, last)| xxh3_64(&joined.as_bytes()[first.0..last.1]) & MASK));
        self.maps.minima(&self.shingles, MASK, &mut self.slots);
        Some(&self.slots)
    }

    /// A band's value as the tool keys it: its slots as big-endian 64-bit numbers. `None` beyond the last whole band.
    pub fn band(slots: &[u64], band: usize, rows: usize) -> Option<Vec<u8>> {
        let slots = slots.chunks_exact(rows.max(1)).nth(band)?;
        Some(slots.iter().flat_map(|slot| slot.to_be_bytes()).collect())
    }
}

/// 32 bits are kept of hashes and of slots.
const MASK: u64 = u32::MAX as u64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out() {
        assert!(TextDedup::new(0, 5, 5).is_err() && TextDedup::new(8, 0, 5).is_err());
        let mut signer = TextDedup::new(16, 5, 5).unwrap();
        assert!(signer.signature("one two three four").is_none());
        assert!(signer.signature("one, two, three").is_some(), "empty pieces count");
        let mut short = TextDedup::new(16, 5, 0).unwrap();
        assert!(short.signature("").is_some() && short.signature("one two").is_some());
    }

    #[test]
    fn bands_are_bytes() {
        assert_eq!(TextDedup::band(&[1, 2, 3], 0, 2), Some([1_u64.to_be_bytes(), 2_u64.to_be_bytes()].concat()));
        assert_eq!(TextDedup::band(&[1, 2, 3], 1, 2), None);
    }
}
