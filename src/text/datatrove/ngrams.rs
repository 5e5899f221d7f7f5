//! Duplicate n-grams as datatrove finds them: a scan from the left that jumps over each repeat.

use crate::text::Spans;
use crate::text::intern::spread;
use xxhash_rust::xxh3::xxh3_64;

/// The lengths n of duplicate n-grams.
const LENGTHS: std::ops::RangeInclusive<usize> = 5..=10;
/// Bytes by which n-grams are told apart at first sight.
const PREFIX: usize = 12;

/// Reused buffers.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    /// All words, one after another.
    joined: Vec<u8>,
    /// Where each word begins in `joined`, and its end.
    starts: Vec<u32>,
    /// How many words of a prefix's slot begin with it: none, one, more.
    prefixes: Vec<u8>,
    /// The words at which an n-gram may begin that occurs twice.
    candidates: Vec<u32>,
    seen: Vec<Slot>,
}

/// A remembered n-gram: hash and first word, plus one; free while that is 0.
#[derive(Debug, Clone, Copy, Default)]
struct Slot {
    hash: u64,
    after: u32,
}

/// For n = 5 to 10: the characters of n-grams that an earlier one equals, found from left to right, where the n words of
/// each are passed over. N-grams are equal if their words without anything between are: `ab c` is `a bc`, as in datatrove
/// 0.10 (`find_all_duplicate`). `offsets` has the characters before each word, and those of all.
///
/// Two equal n-grams begin with the same bytes; so all lengths look only at words whose first bytes occur again, and at
/// n-grams too short to tell by them. Each length hashes a word at most n times: the cost is linear in the text.
pub(super) fn duplicates(words: Spans<'_>, offsets: &[u32], scratch: &mut Scratch) -> [u64; 6] {
    let Scratch { joined, starts, prefixes, candidates, seen } = scratch;
    joined.clear();
    starts.clear();
    for word in words.iter() {
        starts.push(joined.len() as u32);
        joined.extend_from_slice(word.as_bytes());
    }
    starts.push(joined.len() as u32);
    choose(joined, starts, prefixes, candidates);
    let mut found = [0; 6];
    for (n, chars) in LENGTHS.zip(&mut found) {
        seen.clear();
        seen.resize((candidates.len() * 2).next_power_of_two().max(16), Slot::default());
        let gram = |first: u32| {
            let (start, end) = (starts.get(first as usize)?, starts.get(first as usize + n)?);
            joined.get(*start as usize..*end as usize)
        };
        let mut next = 0;
        for &first in candidates.iter() {
            let at = first as usize;
            if at < next {
                continue;
            }
            let Some(bytes) = gram(first) else { break };
            if !remember(seen, bytes, first, gram) {
                *chars += u64::from(offsets[at + n] - offsets[at]);
                next = at + n;
            }
        }
    }
    found
}

/// Fills `candidates` with the words whose first bytes occur again, or whose 5-gram is shorter than these.
fn choose(joined: &[u8], starts: &[u32], prefixes: &mut Vec<u8>, candidates: &mut Vec<u32>) {
    let size = (starts.len() * 4).next_power_of_two();
    prefixes.clear();
    prefixes.resize(size, 0);
    let prefix = |start: u32| {
        let bytes = joined.get(start as usize..start as usize + PREFIX)?;
        let (head, tail) = bytes.split_first_chunk::<8>()?;
        let tail = tail.first_chunk::<4>().map_or(0, |tail| u32::from_le_bytes(*tail));
        // An odd constant (that of wyhash), so that both halves move every bit.
        let mixed = u64::from_le_bytes(*head) ^ u64::from(tail).wrapping_mul(0xA076_1D64_78BD_642F);
        Some(spread(mixed) & (size - 1))
    };
    for at in starts.iter().filter_map(|&start| prefix(start)) {
        prefixes[at] = (prefixes[at] + 1).min(2);
    }
    candidates.clear();
    let least = *LENGTHS.start();
    for (word, ends) in starts.windows(least + 1).enumerate() {
        let (start, end) = (ends[0], ends[least]);
        let again = prefix(start).is_none_or(|at| prefixes[at] > 1);
        if again || ((end - start) as usize) < PREFIX {
            candidates.push(word as u32);
        }
    }
}

/// Remembers the n-gram at the word `first`; false if an earlier one equals it.
fn remember<'j>(seen: &mut [Slot], bytes: &[u8], first: u32, gram: impl Fn(u32) -> Option<&'j [u8]>) -> bool {
    let hash = xxh3_64(bytes);
    let mask = seen.len() - 1;
    let mut at = spread(hash) & mask;
    loop {
        let slot = seen[at];
        if slot.after == 0 {
            seen[at] = Slot { hash, after: first + 1 };
            return true;
        }
        if slot.hash == hash && gram(slot.after - 1) == Some(bytes) {
            return false;
        }
        at = (at + 1) & mask;
    }
}

#[cfg(test)]
mod tests {
    use crate::text::{Analyzer, WordBreak};
    use proptest::prelude::*;
    use std::collections::{HashMap, HashSet};

    /// The definitions, word for word.
    fn naive(words: &[&str]) -> ([Option<u64>; 3], [u64; 6]) {
        let chars = |s: &str| s.chars().count() as u64;
        let top = |n: usize| {
            let mut counts: HashMap<String, u64> = HashMap::new();
            let grams: Vec<String> = words.windows(n).map(|gram| gram.join(" ")).collect();
            grams.iter().for_each(|gram| *counts.entry(gram.clone()).or_default() += 1);
            let most = counts.values().copied().max()?;
            grams.iter().find(|gram| counts[*gram] == most).map(|gram| chars(gram) * most)
        };
        let scan = |n: usize| {
            let (mut seen, mut at, mut sum) = (HashSet::new(), 0, 0);
            while at + n <= words.len() {
                let gram = words[at..at + n].concat();
                if seen.contains(&gram) {
                    sum += chars(&gram);
                    at += n;
                } else {
                    seen.insert(gram);
                    at += 1;
                }
            }
            sum
        };
        ([2, 3, 4].map(top), [5, 6, 7, 8, 9, 10].map(scan))
    }

    fn agree(text: &str) -> Result<(), TestCaseError> {
        let mut analyzer = Analyzer::new();
        let view = analyzer.view(text);
        let words: Vec<&str> = view.words(WordBreak::SpacyEnglish).iter().collect();
        let repetition = *view.datatrove().repetition();
        prop_assert_eq!((repetition.top, repetition.duplicate), naive(&words), "{:?}", words);
        Ok(())
    }

    #[test]
    fn small_cases() {
        for text in ["", "one", "a b c d e", "ab c d e f a bc d e f", "b c x y b c z x y w", &"é ".repeat(40)] {
            agree(text).unwrap();
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn agrees_where_words_collide(text in "((a|aa|ab|b|é|,|\\.|longer-word) ?){0,80}") {
            agree(&text)?;
        }

        #[test]
        fn agrees_where_phrases_repeat(text in "((the old mill of the town|grinds rye and corn into meal for us|r|s|barley) ){0,20}") {
            agree(&text)?;
        }
    }
}
