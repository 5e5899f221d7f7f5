//! One pass over the bytes of a text: its words and pairs of words, and its runs of characters, as places in two tables.
//!
//! Words are runs of ASCII letters, digits, `_` and all that is not ASCII; every other mark is a word of its own, and so is a line
//! break. ASCII letters have no case. White space parts words and is otherwise one blank. No list of Unicode is asked: what stands
//! here is part of every model file, and must never change under it ([`CONTRACT`](super::CONTRACT)).

use super::Contract;

/// 2^64 over the golden ratio: multiplying by it spreads low bits to the top ones.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;
/// The multiplier of the last mix: splitmix64's second.
const MIX: u64 = 0x94d0_49bb_1331_11eb;
/// What a word's hash begins with, so that a word of one zero byte is not nothing.
const WORD: u64 = 0x2545_f491_4f6c_dd1d;
/// What stands before the first word.
const BEGIN: u64 = 0x6a09_e667_f3bc_c908;

/// Receives what a text has.
pub(super) trait Sink {
    /// A word or a pair of words, by its place in the table of words; `bytes` of the text are it, the second word of a pair.
    fn word(&mut self, place: u32, bytes: std::ops::Range<usize>, pair: bool);
    /// A run of characters that ends before byte `end`, by its place in the table of runs.
    fn run(&mut self, place: u32, end: usize);
}

const BLANK: u8 = 0;
const LETTER: u8 = 1;
const MARK: u8 = 2;

/// Bytes by kind, and as they are hashed: ASCII in lower case, white space but the line feed as a space.
static BYTES: [(u8, u8); 256] = {
    let mut table = [(MARK, 0u8); 256];
    let mut at = 0;
    while at < 256 {
        let byte = at as u8;
        table[at] = match byte {
            b' ' | b'\t' | b'\r' | 0x0B | 0x0C => (BLANK, b' '),
            b'A'..=b'Z' => (LETTER, byte + 32),
            b'a'..=b'z' | b'0'..=b'9' | b'_' | 0x80.. => (LETTER, byte),
            _ => (MARK, byte),
        };
        at += 1;
    }
    table
};

/// Walks a text.
#[inline]
pub(super) fn walk(text: &str, contract: &Contract, sink: &mut impl Sink) {
    let mut words = Words { shift: 64 - contract.word_bits, pairs: contract.pairs, before: BEGIN };
    let run = contract.run_bytes;
    let (run_shift, keep) = (64 - contract.run_bits, if run >= 8 { u64::MAX } else { (1 << (8 * run)) - 1 });
    let (mut window, mut held) = (0u64, 0u32);
    let (mut word, mut start) = (WORD, usize::MAX);
    let mut after_blank = true;
    for (at, &byte) in text.as_bytes().iter().enumerate() {
        let (kind, folded) = BYTES[usize::from(byte)];
        if kind == LETTER {
            if start == usize::MAX {
                (word, start) = (WORD, at);
            }
            word = (word ^ u64::from(folded)).wrapping_mul(SPREAD);
            word ^= word >> 29;
        } else {
            if start != usize::MAX {
                words.put(word, start..at, sink);
                start = usize::MAX;
            }
            if kind == MARK {
                words.put((WORD ^ u64::from(folded) ^ 0xff00).wrapping_mul(SPREAD), at..at + 1, sink);
            } else if after_blank {
                continue;
            }
        }
        after_blank = kind == BLANK;
        if run > 0 {
            window = ((window << 8) | u64::from(folded)) & keep;
            held += 1;
            if held >= run {
                sink.run((mixed(window) >> run_shift) as u32, at + 1);
            }
        }
    }
    if start != usize::MAX {
        words.put(word, start..text.len(), sink);
    }
}

struct Words {
    shift: u32,
    pairs: bool,
    before: u64,
}

impl Words {
    #[inline]
    fn put(&mut self, word: u64, bytes: std::ops::Range<usize>, sink: &mut impl Sink) {
        sink.word((mixed(word) >> self.shift) as u32, bytes.clone(), false);
        if self.pairs {
            let pair = self.before.rotate_left(23).wrapping_mul(SPREAD) ^ word;
            sink.word((mixed(pair) >> self.shift) as u32, bytes, true);
        }
        self.before = word;
    }
}

/// All bits of a hash from all of its bits; the top ones are best.
#[inline]
fn mixed(hash: u64) -> u64 {
    let hash = (hash ^ (hash >> 32)).wrapping_mul(MIX);
    hash ^ (hash >> 29)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[derive(Default)]
    struct Heard {
        words: Vec<(u32, String, bool)>,
        runs: Vec<(u32, usize)>,
    }

    fn heard(text: &str, contract: &Contract) -> Heard {
        struct Ear<'t>(&'t str, Heard);
        impl Sink for Ear<'_> {
            fn word(&mut self, place: u32, bytes: std::ops::Range<usize>, pair: bool) {
                let word = String::from_utf8_lossy(&self.0.as_bytes()[bytes]).into_owned();
                self.1.words.push((place, word, pair));
            }
            fn run(&mut self, place: u32, end: usize) {
                self.1.runs.push((place, end));
            }
        }
        let mut ear = Ear(text, Heard::default());
        walk(text, contract, &mut ear);
        ear.1
    }

    /// Words by a plain reading of the rule.
    fn naive_words(text: &str) -> Vec<String> {
        let mut words: Vec<String> = vec![String::new()];
        for c in text.chars() {
            match c {
                ' ' | '\t' | '\r' | '\u{b}' | '\u{c}' => words.push(String::new()),
                c if c.is_ascii_alphanumeric() || c == '_' || !c.is_ascii() => words.last_mut().unwrap().push(c),
                mark => words.extend([mark.to_string(), String::new()]),
            }
        }
        words.retain(|word| !word.is_empty());
        words
    }

    #[test]
    fn words_by_hand() {
        let contract = Contract::default();
        let found = heard("Rye,  rye\r\nTHÉ x", &contract);
        let words: Vec<&str> = found.words.iter().filter(|w| !w.2).map(|w| w.1.as_str()).collect();
        assert_eq!(words, ["Rye", ",", "rye", "\n", "THÉ", "x"]);
        let place = |i: usize| found.words.iter().filter(|w| !w.2).nth(i).unwrap().0;
        assert_eq!(place(0), place(2), "letters have no case");
        assert_eq!(found.words.iter().filter(|w| w.2).count(), 6);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]

        #[test]
        fn words_and_runs_are_those_of_a_plain_reading(text in "([a-cA-C_é \\n\\t\\r.,\0]|  |日本){0,40}", run in 0u32..=8) {
            let contract = Contract { run_bytes: run, ..Contract::default() };
            let found = heard(&text, &contract);
            let words: Vec<&str> = found.words.iter().filter(|w| !w.2).map(|w| w.1.as_str()).collect();
            prop_assert_eq!(words, naive_words(&text));
            prop_assert!(found.words.iter().all(|w| w.0 < 1 << contract.word_bits));
            prop_assert!(found.runs.iter().all(|r| r.0 < 1 << contract.run_bits));
            // White space made one blank, none in front; every run of bytes is one.
            let blank = |b: u8| matches!(b, b' ' | b'\t' | b'\r' | 0xb | 0xc);
            let mut folded: Vec<u8> = Vec::new();
            let mut after_blank = true;
            for &b in text.as_bytes() {
                if blank(b) && after_blank {
                    continue;
                }
                after_blank = blank(b);
                folded.push(if blank(b) { b' ' } else { b.to_ascii_lowercase() });
            }
            let runs = if run == 0 { 0 } else { (folded.len() + 1).saturating_sub(run as usize) };
            prop_assert_eq!(found.runs.len(), runs);
            // Equal runs have equal places.
            for (i, a) in folded.windows(run.max(1) as usize).enumerate().take(runs) {
                for (j, b) in folded.windows(run.max(1) as usize).enumerate().take(i) {
                    prop_assert!(a != b || found.runs[i].0 == found.runs[j].0);
                }
            }
        }
    }
}
