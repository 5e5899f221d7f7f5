//! The dumped tables, read once: character classes, units, special strings.

use super::specials::Specials;
use std::collections::HashMap;
use std::sync::LazyLock;

/// Classes of characters as hexadecimal ranges, and the units (see `dump_tables.py`).
const CHARS: &str = include_str!("chars.txt");
/// Special strings with their tokens.
const SPECIALS: &str = include_str!("specials.txt");

/// Characters per block of the two-stage table.
const BLOCK: usize = 128;

static TABLES: LazyLock<Tables> = LazyLock::new(|| Tables::read(CHARS, SPECIALS));

/// The tables, read on first use (some milliseconds).
#[inline]
pub(in crate::text) fn tables() -> &'static Tables {
    &TABLES
}

/// The classes of one character.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(in crate::text) struct Flags(u16);

impl Flags {
    /// `ALPHA`: letters as spaCy lists them, cased or not.
    pub(super) const LETTER: Flags = Flags(1);
    /// `ALPHA_LOWER`: lower-case letters, and those of scripts without case.
    pub(super) const LOWER: Flags = Flags(1 << 1);
    /// `ALPHA_UPPER`: upper-case letters, and those of scripts without case.
    pub(super) const UPPER: Flags = Flags(1 << 2);
    /// Quotes.
    pub(super) const QUOTE: Flags = Flags(1 << 3);
    /// Symbols, emoji among them.
    pub(super) const ICON: Flags = Flags(1 << 4);
    /// A prefix by itself, but for the plus sign.
    pub(super) const PREFIX: Flags = Flags(1 << 5);
    /// A suffix by itself, whatever stands before it.
    pub(super) const SUFFIX: Flags = Flags(1 << 6);
    /// A full stop after it is a suffix.
    pub(super) const BEFORE_STOP: Flags = Flags(1 << 7);
    /// Ends a sentence where it is a token.
    pub(super) const END: Flags = Flags(1 << 8);
    /// General category P.
    pub(super) const PUNCTUATION: Flags = Flags(1 << 9);
    /// `\w` of Python.
    pub(in crate::text) const WORD: Flags = Flags(1 << 10);
    /// `\d` of Python.
    pub(in crate::text) const DIGIT: Flags = Flags(1 << 11);
    /// `str.isalpha`.
    pub(in crate::text) const ALPHABETIC: Flags = Flags(1 << 12);
    /// `str.isspace`.
    pub(in crate::text) const SPACE: Flags = Flags(1 << 13);

    /// Whether it is in any of these classes.
    #[inline]
    pub(in crate::text) fn has(self, any: Flags) -> bool {
        self.0 & any.0 != 0
    }

    /// Both sets of classes.
    pub(super) const fn or(self, other: Flags) -> Flags {
        Flags(self.0 | other.0)
    }

    fn named(name: &str) -> Option<Flags> {
        Some(match name {
            "letter" => Flags::LETTER,
            "lower" => Flags::LOWER,
            "upper" => Flags::UPPER,
            "quote" => Flags::QUOTE,
            "icon" => Flags::ICON,
            "prefix" => Flags::PREFIX,
            "suffix" => Flags::SUFFIX,
            "before_stop" => Flags::BEFORE_STOP,
            "end" => Flags::END,
            "punctuation" => Flags::PUNCTUATION,
            "word" => Flags::WORD,
            "digit" => Flags::DIGIT,
            "alphabetic" => Flags::ALPHABETIC,
            "space" => Flags::SPACE,
            _ => return None,
        })
    }
}

/// All tables.
#[derive(Debug)]
pub(in crate::text) struct Tables {
    index: Vec<u16>,
    blocks: Vec<[Flags; BLOCK]>,
    /// Sorted.
    units: Vec<&'static str>,
    pub(super) specials: Specials,
}

impl Tables {
    /// The classes of `c`.
    #[inline]
    pub(in crate::text) fn flags(&self, c: char) -> Flags {
        let c = c as usize;
        let block = self.index.get(c / BLOCK).and_then(|&block| self.blocks.get(usize::from(block)));
        block.map_or(Flags::default(), |block| block[c % BLOCK])
    }

    /// Whether `tail` is a unit or a currency: a suffix after an ASCII digit.
    pub(super) fn is_unit(&self, tail: &str) -> bool {
        self.units.binary_search(&tail).is_ok()
    }

    #[cfg(test)]
    pub(super) fn units(&self) -> &[&'static str] {
        &self.units
    }

    fn read(chars: &'static str, specials: &'static str) -> Tables {
        let mut flat = vec![Flags::default(); char::MAX as usize + 1];
        let mut units = Vec::new();
        for line in chars.lines().filter(|line| !line.starts_with('#')) {
            let mut fields = line.split(' ');
            match fields.next() {
                Some("units") => units.extend(fields),
                Some(name) => {
                    let Some(flag) = Flags::named(name) else { continue };
                    for range in fields.filter_map(range) {
                        flat.get_mut(range).into_iter().flatten().for_each(|flags| flags.0 |= flag.0);
                    }
                }
                None => {}
            }
        }
        units.sort_unstable();

        let mut blocks: Vec<[Flags; BLOCK]> = Vec::new();
        let mut known = HashMap::new();
        let mut index = Vec::with_capacity(flat.len() / BLOCK);
        for piece in flat.chunks_exact(BLOCK) {
            let mut block = [Flags::default(); BLOCK];
            block.copy_from_slice(piece);
            index.push(*known.entry(block).or_insert_with(|| {
                blocks.push(block);
                (blocks.len() - 1) as u16
            }));
        }
        Tables { index, blocks, units, specials: Specials::read(specials) }
    }
}

/// `A-B` or `A`, hexadecimal.
fn range(text: &str) -> Option<std::ops::RangeInclusive<usize>> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    Some(usize::from_str_radix(first, 16).ok()?..=usize::from_str_radix(last, 16).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_read() {
        let of = |flag| ('\0'..=char::MAX).filter(|&c| tables().flags(c).has(flag)).count();
        assert_eq!(of(Flags::END), 128);
        assert_eq!(of(Flags::ICON), 5984);
        assert_eq!(of(Flags::SPACE), 29);
        assert_eq!(of(Flags::DIGIT), 660);
        assert!(tables().is_unit("km²") && tables().is_unit("US$") && !tables().is_unit("parsec"));
        let named = CHARS.lines().filter(|line| Flags::named(line.split(' ').next().unwrap_or("")).is_some()).count();
        assert_eq!(named, 14);
    }
}
