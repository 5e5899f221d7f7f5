//! [`DocKey`]: the number that decides whether a document is chosen, from its seed, source and id alone.
//!
//! Selection takes documents in the order of these keys, so neither file order, row groups nor threads can matter.
//! The bytes that are hashed are a contract (version 1): changing them changes every mix that anybody ever made.

use std::fmt;
use std::str::FromStr;
use xxhash_rust::xxh3::{Xxh3, xxh3_128};

/// What is hashed first for a source's salt; its version is part of it.
const SALT_TAG: &[u8] = b"mashbill.mix.source.1";

/// What is hashed first for a position in the shuffled order.
const ORDER_TAG: &[u8] = b"mashbill.mix.order.1";

/// A document's place in the hash order of its source, as 128 bits; printed and serialised as 32 hexadecimal digits.
///
/// ```
/// use mashbill::mix::DocKey;
///
/// let key = DocKey::new(17, "web", "doc-1", 0);
/// assert_eq!(key, "689943fb271a45a7d7cf1683dfad9179".parse()?);
/// assert_ne!(key, DocKey::new(18, "web", "doc-1", 0));
/// # Ok::<(), std::num::ParseIntError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DocKey(pub u128);

impl DocKey {
    /// The key of a document that is left out of the mix, by a minimum score, say: no selection emits it.
    pub const NEVER: DocKey = DocKey(u128::MAX);

    /// The key of the document `id` of `source`. For many documents of one source, [`SourceSalt`] saves work.
    ///
    /// `occurrence` counts the documents of the source that share an id (0, 1, …) in an order that does not hang on the
    /// files: by content hash, say. A document without an id should bring its content hash instead, never its row number.
    pub fn new(seed: u64, source: &str, id: &str, occurrence: u32) -> DocKey {
        SourceSalt::new(seed, source).key(id, occurrence)
    }
}

impl DocKey {
    /// The same key within a bucket: the bucket's number in place of the eight highest bits. Documents then come by bucket, and within one
    /// by what is left of their key.
    pub fn in_bucket(self, bucket: u8) -> DocKey {
        // The lowest bits go: NEVER is no key of any bucket, since the highest one is not used.
        DocKey(u128::from(bucket.min(u8::MAX - 1)) << 120 | self.0 >> 8)
    }

    /// The bucket of a key that was put into one.
    pub fn bucket(self) -> usize {
        (self.0 >> 120) as usize
    }
}

/// A seed and a source's name, hashed once for all its documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SourceSalt([u8; 16]);

impl SourceSalt {
    /// The salt of `source` under `seed`: xxh3-128 of tag, seed, the name's length and the name, integers little-endian.
    pub fn new(seed: u64, source: &str) -> SourceSalt {
        let mut hash = Xxh3::new();
        hash.update(SALT_TAG);
        hash.update(&seed.to_le_bytes());
        update_sized(&mut hash, source.as_bytes());
        SourceSalt(hash.digest128().to_le_bytes())
    }

    /// As [`DocKey::new`]: xxh3-128 of the salt, the occurrence, the id's length and the id.
    pub fn key(&self, id: &str, occurrence: u32) -> DocKey {
        let mut hash = Xxh3::new();
        hash.update(&self.0);
        hash.update(&occurrence.to_le_bytes());
        update_sized(&mut hash, id.as_bytes());
        DocKey(hash.digest128())
    }
}

/// The length before the bytes: then no two lists of fields hash the same bytes.
fn update_sized(hash: &mut Xxh3, bytes: &[u8]) {
    hash.update(&(bytes.len() as u64).to_le_bytes());
    hash.update(bytes);
}

/// The place of one copy of a document in the globally shuffled output: sort by it. Copies of a document land far apart.
///
/// xxh3-128 of tag, seed, key and copy index, integers little-endian.
pub fn order_key(seed: u64, key: DocKey, copy_index: u32) -> u128 {
    const TAG: usize = ORDER_TAG.len();
    let mut bytes = [0; TAG + 8 + 16 + 4];
    bytes[..TAG].copy_from_slice(ORDER_TAG);
    bytes[TAG..TAG + 8].copy_from_slice(&seed.to_le_bytes());
    bytes[TAG + 8..TAG + 24].copy_from_slice(&key.0.to_le_bytes());
    bytes[TAG + 24..].copy_from_slice(&copy_index.to_le_bytes());
    xxh3_128(&bytes)
}

impl From<u128> for DocKey {
    fn from(key: u128) -> DocKey {
        DocKey(key)
    }
}

impl fmt::Display for DocKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for DocKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DocKey({self})")
    }
}

impl FromStr for DocKey {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<DocKey, Self::Err> {
        u128::from_str_radix(text, 16).map(DocKey)
    }
}

#[cfg(feature = "recipe-file")]
impl serde::Serialize for DocKey {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(feature = "recipe-file")]
impl<'de> serde::Deserialize<'de> for DocKey {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<DocKey, D::Error> {
        let text = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Frozen: these are the keys of every mix made so far. A change here is a new version of the contract.
    #[test]
    fn keys_are_frozen() {
        let long = "x".repeat(1_000); // longer than xxh3's short paths
        let keys = [
            DocKey::new(0, "", "", 0),
            DocKey::new(17, "web", "doc-1", 0),
            DocKey::new(17, "web", "doc-1", 1),
            DocKey::new(u64::MAX, "synthetic", "ß\0\u{301}", u32::MAX),
            DocKey::new(17, "web", &long, 0),
        ];
        assert_eq!(
            keys.map(|key| key.to_string()),
            [
                "2286296c9e0e6907032cc67c5c458b27",
                "689943fb271a45a7d7cf1683dfad9179",
                "621b011a3206696f7a63ea1dd828fa7a",
                "531a0ff847dc2a6dcec8aba86eb6d627",
                "031deb8fe82dad7cf18fb7157c5ca7bf",
            ]
        );
        let orders = [(0, 0, 0), (17, 1, 0), (17, 1, 1), (17, u128::MAX, u32::MAX)];
        let orders = orders.map(|(seed, key, copy)| format!("{:032x}", order_key(seed, DocKey(key), copy)));
        assert_eq!(
            orders,
            [
                "12885992c2423992553b1183fa32478a",
                "c111302a5462061d30b737c61a62a2cf",
                "12b969fc3b367f86675fcdcaaa277865",
                "9b8351c2da774a69dafe732dfe644286",
            ]
        );
    }

    /// The contract once more, as one run of bytes.
    #[test]
    fn a_key_hashes_the_bytes_that_the_contract_names() {
        let source = [b"mashbill.mix.source.1".as_slice(), &17_u64.to_le_bytes(), &3_u64.to_le_bytes(), b"web"];
        let salt = xxh3_128(&source.concat()).to_le_bytes();
        for id in ["", "doc-1", &"y".repeat(500)] {
            let length = (id.len() as u64).to_le_bytes();
            let document = [salt.as_slice(), &2_u32.to_le_bytes(), &length, id.as_bytes()];
            assert_eq!(DocKey::new(17, "web", id, 2).0, xxh3_128(&document.concat()));
        }
    }

    #[test]
    fn fields_do_not_run_together() {
        let mut keys = vec![
            DocKey::new(1, "ab", "c", 0),
            DocKey::new(1, "a", "bc", 0),
            DocKey::new(1, "abc", "", 0),
            DocKey::new(1, "", "abc", 0),
            DocKey::new(1, "a", "b\0c", 0),
        ];
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), 5);
    }
}
