//! Lines as sentences, and their words as hashes.

use super::cc_net;
use std::str::FromStr;
use xxhash_rust::xxh3::xxh3_64;

/// What is done to a line before its words are looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Normalise {
    /// Nothing: words as they stand.
    #[default]
    None,
    /// What cc_net does before it asks KenLM (`text_normalizer.normalize` of the CCNet paper's code): white space off both ends, lower
    /// case, accents off (NFD without marks), every decimal digit 0, typographic marks as ASCII ones, control characters out.
    CcNet,
}

/// The ways, by name.
pub(crate) const NORMALISE: [(&str, Normalise); 2] = [("cc_net", Normalise::CcNet), ("none", Normalise::None)];

impl Normalise {
    /// Its name in a recipe: `none` or `cc_net`.
    pub fn name(self) -> &'static str {
        NORMALISE.iter().find(|(_, way)| *way == self).map_or("none", |(name, _)| name)
    }
}

impl FromStr for Normalise {
    type Err = crate::Error;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let found = NORMALISE.iter().find(|(known, _)| *known == name).map(|(_, way)| *way);
        found.ok_or_else(|| crate::Error::unknown("normalisation", name, NORMALISE.iter().map(|(name, _)| *name)))
    }
}

pub(super) const UNKNOWN: &str = "<unk>";
pub(super) const BEGIN: &str = "<s>";
pub(super) const END: &str = "</s>";

/// A word's hash.
pub(super) fn word_hash(word: &[u8]) -> u64 {
    xxh3_64(word)
}

/// What a text says by these names is no mark, but a word that no model knows.
fn text_hash(word: &[u8]) -> u64 {
    match word {
        b"<s>" | b"</s>" => word_hash(UNKNOWN.as_bytes()),
        word => word_hash(word),
    }
}

/// Calls `each` with the hash of every word, and with `None` behind the last of a line. Lines without words are passed over.
pub(super) fn words(text: &str, normalise: Normalise, each: &mut impl FnMut(Option<u64>)) {
    let mut buffer = String::new();
    for line in text.split('\n') {
        let line = match normalise {
            Normalise::None => line,
            Normalise::CcNet => {
                cc_net::normalise(line, &mut buffer);
                buffer.as_str()
            }
        };
        let mut any = false;
        for word in line.as_bytes().split(|&byte| white(byte)).filter(|word| !word.is_empty()) {
            each(Some(text_hash(word)));
            any = true;
        }
        if any {
            each(None);
        }
    }
}

/// What parts words: KenLM's and Python's white space within ASCII.
#[inline]
fn white(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | 0x0B | 0x0C | 0)
}
