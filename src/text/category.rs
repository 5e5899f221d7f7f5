//! Character properties, one table lookup each: is it part of a word, does NFC leave it alone, has it a lower case.

use regex_syntax::hir::{Class, HirKind};
use std::sync::LazyLock;
use unicode_normalization::{IsNormalized, char::canonical_combining_class, is_nfc_quick};

/// The characters that words of the normal form are made of: letters, marks, numbers, connector punctuation.
const WORD_CLASS: &str = r"[\p{L}\p{M}\p{N}\p{Pc}]";

/// Characters per block of the two-stage table: of 64, 128 and 256 the one with the smallest table.
const BLOCK: usize = 128;

/// Planes 4 to 13 are unassigned and planes 15 and 16 for private use: nothing there has a property of ours.
/// (A test goes through them all.)
const ASSIGNED: [std::ops::Range<u32>; 2] = [0..0x4_0000, 0xE_0000..0xE_1000];

static TABLE: LazyLock<CharTable> = LazyLock::new(CharTable::build);

/// Whether `c` belongs to a word of the normal form: general category L, M, N or Pc.
///
/// ```
/// use mashbill::text::is_word_char;
///
/// assert!(is_word_char('é') && is_word_char('_') && is_word_char('٣') && is_word_char('\u{301}'));
/// assert!(!is_word_char('-') && !is_word_char('€') && !is_word_char('\u{A0}'));
/// ```
pub fn is_word_char(c: char) -> bool {
    if c.is_ascii() { ascii_lower(c as u8) != b' ' } else { char_table().get(c).is_word() }
}

/// The lower case of an ASCII word character; a space for any other byte.
pub(super) const fn ascii_lower(byte: u8) -> u8 {
    if byte.is_ascii_alphanumeric() || byte == b'_' { byte.to_ascii_lowercase() } else { b' ' }
}

/// The table, built on first use (some milliseconds).
pub(super) fn char_table() -> &'static CharTable {
    &TABLE
}

/// What the normaliser asks of a character, packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(super) struct CharInfo(u16);

impl CharInfo {
    const COMBINING_CLASS: u16 = 0xFF;
    const WORD: u16 = 1 << 8;
    const NFC_UNSURE: u16 = 1 << 9;
    const LOWERS: u16 = 1 << 10;

    /// Part of a word.
    pub(super) fn is_word(self) -> bool {
        self.0 & Self::WORD != 0
    }

    /// Part of a word, and its own lower case.
    #[inline]
    pub(super) fn stays(self) -> bool {
        self.0 & (Self::WORD | Self::LOWERS) == Self::WORD
    }

    /// Has a lower case other than itself.
    pub(super) fn lowers(self) -> bool {
        self.0 & Self::LOWERS != 0
    }

    /// NFC may change it, or join it with what stands before (quick check "No" or "Maybe").
    pub(super) fn nfc_unsure(self) -> bool {
        self.0 & Self::NFC_UNSURE != 0
    }

    /// Canonical combining class.
    pub(super) fn combining_class(self) -> u8 {
        (self.0 & Self::COMBINING_CLASS) as u8
    }

    /// NFC of a text can be cut before this character: a starter that NFC leaves alone (UAX #15, section 9).
    pub(super) fn nfc_boundary(self) -> bool {
        self.0 & (Self::COMBINING_CLASS | Self::NFC_UNSURE) == 0
    }

    fn of(c: char) -> CharInfo {
        let mut bits = u16::from(canonical_combining_class(c));
        if is_nfc_quick(std::iter::once(c)) != IsNormalized::Yes {
            bits |= Self::NFC_UNSURE;
        }
        let mut lower = c.to_lowercase();
        if lower.next() != Some(c) || lower.next().is_some() {
            bits |= Self::LOWERS;
        }
        CharInfo(bits)
    }
}

/// A two-stage table: `blocks[index[c / BLOCK]][c % BLOCK]`; equal blocks are stored once.
#[derive(Debug)]
pub(super) struct CharTable {
    index: Vec<u16>,
    blocks: Vec<[CharInfo; BLOCK]>,
}

impl CharTable {
    /// The properties of `c`.
    #[inline]
    pub(super) fn get(&self, c: char) -> CharInfo {
        let c = c as usize;
        let block = self.index.get(c / BLOCK).and_then(|&block| self.blocks.get(usize::from(block)));
        block.map_or(CharInfo::default(), |block| block[c % BLOCK])
    }

    fn build() -> CharTable {
        let mut flat = vec![CharInfo::default(); char::MAX as usize + 1];
        for c in ASSIGNED.into_iter().flatten().filter_map(char::from_u32) {
            flat[c as usize] = CharInfo::of(c);
        }
        for (first, last) in word_ranges() {
            for info in &mut flat[first as usize..=last as usize] {
                info.0 |= CharInfo::WORD;
            }
        }

        let mut blocks: Vec<[CharInfo; BLOCK]> = Vec::new();
        let mut known = std::collections::HashMap::new();
        let mut index = Vec::with_capacity(flat.len() / BLOCK);
        for piece in flat.chunks_exact(BLOCK) {
            let mut block = [CharInfo::default(); BLOCK];
            block.copy_from_slice(piece);
            let number = *known.entry(block).or_insert_with(|| {
                blocks.push(block);
                (blocks.len() - 1) as u16
            });
            index.push(number);
        }
        CharTable { index, blocks }
    }
}

/// The ranges of [`WORD_CLASS`], from the tables that the `regex` crate uses.
fn word_ranges() -> Vec<(char, char)> {
    match regex_syntax::parse(WORD_CLASS).map(|hir| hir.into_kind()) {
        Ok(HirKind::Class(Class::Unicode(class))) => class.iter().map(|range| (range.start(), range.end())).collect(),
        // A constant pattern that parses to a class; the tests would not pass otherwise.
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_agrees_with_its_sources() {
        let word = regex::Regex::new(WORD_CLASS).unwrap();
        let table = char_table();
        let mut utf8 = [0; 4];
        for c in '\0'..=char::MAX {
            let info = table.get(c);
            assert_eq!(info.is_word(), word.is_match(c.encode_utf8(&mut utf8)), "{c:?}");
            assert_eq!(info.is_word(), is_word_char(c), "{c:?}");
            assert_eq!(CharInfo(info.0 & !CharInfo::WORD), CharInfo::of(c), "{c:?}");
        }
    }
}
