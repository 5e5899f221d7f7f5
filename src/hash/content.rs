//! The content hash: equal for texts that are equal in normal form.

use xxhash_rust::xxh3::{xxh3_128, xxh3_128_with_seed};

/// Seed for texts without a word: ASCII "raw bytes". Any number but 0 would do.
const RAW_SEED: u64 = 0x7261_7720_6279_7465;

/// 128-bit content hash of a text: xxh3-128 of its normal form (seed 0).
///
/// A text whose normal form is empty hashes its `raw` bytes under another seed, so that `!!!` and `???`, which have no
/// word between them, are not each other's copy.
///
/// ```
/// use mashbill::hash::content_hash;
///
/// assert_eq!(content_hash("rye corn", "Rye, corn!"), content_hash("rye corn", "rye corn"));
/// assert_ne!(content_hash("", "!!!"), content_hash("", "???"));
/// ```
pub fn content_hash(normal_form: &str, raw: &str) -> u128 {
    if normal_form.is_empty() { xxh3_128_with_seed(raw.as_bytes(), RAW_SEED) } else { xxh3_128(normal_form.as_bytes()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_raw_bytes_do_not_meet() {
        assert_ne!(content_hash("", "rye"), content_hash("rye", "rye"));
        assert_eq!(content_hash("", ""), content_hash("", ""));
    }
}
