//! Special strings: what the tokenizer cuts by a table, and never looks into.

use xxhash_rust::xxh3::xxh3_64;

/// Bits of the filter: most words fail it, and no string is hashed for them.
const FILTER_BITS: u32 = 16;
/// Slots of the table, three times the strings that there are.
const SLOTS: usize = 4096;

/// A special string.
#[derive(Debug)]
pub(super) struct Special {
    text: Box<str>,
    /// Length in bytes of each of its tokens.
    pub(super) tokens: Box<[u8]>,
    /// Lengths in bytes of the tokens that it would have without its rule, where the rule is matched over tokens too.
    pub(super) pattern: Option<Box<[u8]>>,
}

/// The special strings, by their text.
#[derive(Debug)]
pub(super) struct Specials {
    all: Vec<Special>,
    /// Position in `all` plus 1; linear probing.
    slots: Vec<u16>,
    filter: Vec<u64>,
    longest: usize,
    most_tokens: usize,
    /// By first byte of a special string that its rule cuts otherwise: the lengths of its first token without the rule, as
    /// bits.
    starts: [u32; 256],
    /// The first two bytes of these special strings, as bits.
    pairs: Vec<u64>,
}

impl Specials {
    /// Reads the lines of `specials.txt`.
    pub(super) fn read(lines: &str) -> Specials {
        let lines = lines.lines().filter(|line| !line.starts_with('#'));
        let all: Vec<Special> = lines.map(Special::read).filter(|special| !special.text.is_empty()).collect();
        let pattern_lens = all.iter().filter_map(|s| s.pattern.as_ref().map(|pattern| pattern.len()));
        let mut specials = Specials {
            longest: all.iter().map(|special| special.text.len()).max().unwrap_or(0),
            most_tokens: pattern_lens.max().unwrap_or(0),
            slots: vec![0; SLOTS],
            filter: vec![0; 1 << (FILTER_BITS - 6)],
            starts: [0; 256],
            pairs: vec![0; (1 << 16) / 64],
            all: Vec::new(),
        };
        for (i, special) in all.iter().enumerate() {
            let bytes = special.text.as_bytes();
            let bit = filter_bit(bytes);
            specials.filter[bit / 64] |= 1 << (bit % 64);
            let first = special.pattern.as_ref().and_then(|pattern| pattern.first());
            if let Some(&len) = first.filter(|_| special.changes()) {
                specials.starts[usize::from(bytes[0])] |= 1 << len.min(31);
                let pair = pair(bytes);
                specials.pairs[pair / 64] |= 1 << (pair % 64);
            }
            let mut slot = xxh3_64(bytes) as usize % SLOTS;
            while specials.slots[slot] != 0 {
                slot = (slot + 1) % SLOTS;
            }
            specials.slots[slot] = i as u16 + 1;
        }
        specials.all = all;
        specials
    }

    /// The special string that `text` is, if it is one.
    #[inline]
    pub(super) fn get(&self, text: &[u8]) -> Option<&Special> {
        if text.is_empty() || text.len() > self.longest {
            return None;
        }
        let bit = filter_bit(text);
        if self.filter[bit / 64] >> (bit % 64) & 1 == 0 {
            return None;
        }
        self.look_up(text)
    }

    /// Not inlined: few words come so far.
    #[inline(never)]
    fn look_up(&self, text: &[u8]) -> Option<&Special> {
        let mut slot = xxh3_64(text) as usize % SLOTS;
        loop {
            let special = self.all.get(usize::from(self.slots[slot]).checked_sub(1)?)?;
            if special.text.as_bytes() == text {
                return Some(special);
            }
            slot = (slot + 1) % SLOTS;
        }
    }

    /// Whether a special string that its rule cuts otherwise can begin with the token of `len` bytes at the start of `text`.
    #[inline]
    pub(super) fn may_start(&self, text: &[u8], len: usize) -> bool {
        let starts = text.first().is_some_and(|&b| self.starts[usize::from(b)] >> len.min(31) & 1 != 0);
        let pair = pair(text);
        starts && self.pairs[pair / 64] >> (pair % 64) & 1 != 0
    }

    /// Most tokens that a match covers.
    pub(super) fn most_tokens(&self) -> usize {
        self.most_tokens
    }
}

impl Special {
    /// Whether its rule changes the tokens that its pattern matches.
    pub(super) fn changes(&self) -> bool {
        self.pattern.as_ref().is_some_and(|pattern| *pattern != self.tokens)
    }

    fn read(line: &str) -> Special {
        let (tokens, pattern) = line.split_once('\t').map_or((line, None), |(tokens, pattern)| (tokens, Some(pattern)));
        let lengths = |tokens: &str| tokens.split(' ').map(|token| unescape(token).len() as u8).collect();
        let text = tokens.split(' ').map(unescape).collect::<String>().into_boxed_str();
        Special { text, tokens: lengths(tokens), pattern: pattern.map(lengths) }
    }
}

/// Where the filter keeps strings of this length, first two bytes and last byte.
#[inline]
fn filter_bit(text: &[u8]) -> usize {
    let at = |i: usize| text.get(i).copied().map_or(0, u32::from);
    let key = at(0) | at(1) << 8 | at(text.len() - 1) << 16 | (text.len() as u32) << 24;
    (key.wrapping_mul(0x9E37_79B1) >> (32 - FILTER_BITS)) as usize
}

/// The first two bytes as a number.
#[inline]
fn pair(text: &[u8]) -> usize {
    let at = |i: usize| text.get(i).copied().map_or(0, usize::from);
    at(0) | at(1) << 8
}

/// `\u{HEX}` made the character again.
fn unescape(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((plain, escape)) = rest.split_once("\\u{") {
        let (hex, after) = escape.split_once('}').unwrap_or((escape, ""));
        out.push_str(plain);
        out.extend(u32::from_str_radix(hex, 16).ok().and_then(char::from_u32));
        rest = after;
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use xxhash_rust::xxh3::xxh3_128;

    const TABLE: &str = include_str!("specials.txt");

    #[test]
    fn the_table_is_that_of_spacy() {
        let specials = Specials::read(TABLE);
        let mut texts: Vec<&str> = specials.all.iter().map(|s| &*s.text).collect();
        texts.sort_unstable();
        assert_eq!(texts.len(), 1347);
        let digest = xxh3_128(texts.join("\n").as_bytes());
        assert!(TABLE.contains(&format!("xxh3-128 {digest:032x}\n")), "{digest:032x}");
        // The list's SHA-256 in spaCy 3.8, as the script printed it.
        assert!(TABLE.contains("sha256 07b5f4dc6f547a5c"));
        for special in &specials.all {
            let total = |lengths: &[u8]| lengths.iter().map(|&len| usize::from(len)).sum::<usize>();
            assert_eq!(total(&special.tokens), special.text.len());
            assert!(special.pattern.as_ref().is_none_or(|p| total(p) == special.text.len()));
            // A match of one token never changes anything, so only runs of two and more are looked for.
            assert!(!special.changes() || special.pattern.as_ref().is_some_and(|p| p.len() > 1));
            assert!(specials.get(special.text.as_bytes()).is_some_and(|found| found.text == special.text));
        }
    }

    #[test]
    fn other_strings_are_not_special() {
        let specials = Specials::read(TABLE);
        for text in ["", "the", "its", "were", "Well", "don'", "don't.", "x".repeat(100).as_str()] {
            assert!(specials.get(text.as_bytes()).is_none(), "{text:?}");
        }
    }
}
