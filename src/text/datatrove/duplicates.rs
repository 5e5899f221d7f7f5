//! Duplicate n-grams of five to ten words as datatrove finds them: by a scan from the left that jumps over each.
//!
//! N-grams are equal there if their words without anything between are: `ab c` is `a bc`. So they are compared as they are spelt, and
//! only where one may begin whose first bytes occur again: for that, words need no names.

use super::rounds::{Round, Rounds};
use crate::text::Spans;
use crate::text::intern::{Again, KeyTable};
use crate::text::runs::load;
use xxhash_rust::xxh3::xxh3_64;

/// The lengths n of duplicate n-grams.
pub(super) const LENGTHS: std::ops::RangeInclusive<usize> = 5..=10;
/// How many bytes of n-grams are compared, one after another, before whole ones are: a word stays in the race while what
/// begins at it occurs again.
const PREFIXES: [usize; 5] = [12, 16, 24, 32, 48];

/// Reused buffers.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    rounds: Rounds,
    /// All words, one after another.
    joined: Vec<u8>,
    /// Where each word begins in `joined`, and its end.
    starts: Vec<u32>,
    again: Again,
    /// The words at which an n-gram may begin that is spelt like another, in order.
    candidates: Vec<Candidate>,
    table: KeyTable,
}

/// A word at which an n-gram may begin that is spelt like another.
#[derive(Debug, Clone, Copy, Default)]
struct Candidate {
    word: u32,
    /// No n-gram of as many bytes that begins here is.
    bytes: u32,
    /// Of the longest prefix that occurs again.
    hash: u64,
}

impl Candidate {
    /// The letters of the `n` words that begin here, if they may be spelt like others.
    fn gram<'j>(&self, joined: &'j [u8], starts: &[u32], n: usize) -> Option<&'j [u8]> {
        gram(joined, starts, self.word as usize, n).filter(|bytes| bytes.len() < self.bytes as usize)
    }
}

impl Scratch {
    /// Takes the words of another text.
    pub(super) fn begin(&mut self, words: Spans<'_>) -> Round {
        self.choose(words);
        self.rounds.begin()
    }

    /// Takes the words of that round again, if others came after them.
    pub(super) fn resume(&mut self, words: Spans<'_>, round: Round) {
        if !self.rounds.resume(round) {
            self.choose(words);
        }
    }

    fn choose(&mut self, words: Spans<'_>) {
        let Scratch { joined, starts, again, candidates, .. } = self;
        join(words, joined, starts);
        choose(joined, starts, again, candidates);
    }

    /// The characters of n-grams that an earlier one equals, found from left to right, where the n words of each are passed over
    /// (`find_all_duplicate`).
    pub(super) fn chars(&mut self, n: usize) -> u64 {
        let Scratch { joined, starts, candidates, table, .. } = self;
        table.reset(candidates.len());
        let (mut next, mut chars) = (0, 0);
        for candidate in candidates.iter() {
            let Some(bytes) = candidate.gram(joined, starts, n).filter(|_| candidate.word >= next) else { continue };
            let same = |other| gram(joined, starts, other as usize, n) == Some(bytes);
            if table.id(xxh3_64(bytes), candidate.word, same) != candidate.word {
                chars += bytes.iter().filter(|&&b| b & 0xC0 != 0x80).count() as u64;
                next = candidate.word + n as u32;
            }
        }
        chars
    }
}

/// The letters of the `n` words from `first` on.
fn gram<'j>(joined: &'j [u8], starts: &[u32], first: usize, n: usize) -> Option<&'j [u8]> {
    joined.get(*starts.get(first)? as usize..*starts.get(first + n)? as usize)
}

/// Writes the words one after another.
fn join(words: Spans<'_>, joined: &mut Vec<u8>, starts: &mut Vec<u32>) {
    // Words of sixteen bytes or fewer, and what follows them, are copied as sixteen: a move of fixed size. The next word
    // overwrites what is too much.
    const ROOM: usize = 16;
    let text = words.text().as_bytes();
    starts.clear();
    joined.clear();
    joined.resize(text.len() + ROOM, 0);
    let mut end = 0;
    for &word in words.as_slice() {
        starts.push(end as u32);
        let from = text.get(word.start as usize..).and_then(|rest| rest.first_chunk::<ROOM>());
        let to = joined.get_mut(end..).and_then(|rest| rest.first_chunk_mut::<ROOM>());
        match (from, to) {
            (Some(from), Some(to)) if word.len() <= ROOM => *to = *from,
            _ => joined[end..end + word.len()].copy_from_slice(&text[word.range()]),
        }
        end += word.len();
    }
    starts.push(end as u32);
    joined.truncate(end);
}

/// Fills `candidates` with the words at which a 5-gram may begin that is spelt like another.
fn choose(joined: &[u8], starts: &[u32], again: &mut Again, candidates: &mut Vec<Candidate>) {
    let shortest = *LENGTHS.start();
    let prefix = |start: u32| hashed(joined, start as usize, 0, PREFIXES[0]).unwrap_or(0);
    let grams = || starts.windows(shortest + 1).map(|ends| (ends[0], ends[shortest]));
    again.reset(starts.len());
    for (start, _) in grams() {
        again.add(prefix(start));
    }
    candidates.clear();
    candidates.resize(starts.len(), Candidate::default());
    let mut len = 0;
    for (word, (start, end)) in grams().enumerate() {
        let hash = prefix(start);
        let bytes = if again.holds(hash) { u32::MAX } else { PREFIXES[0] as u32 };
        // Written in any case, and kept or not without a branch, which could not be foretold.
        candidates[len] = Candidate { word: word as u32, bytes, hash };
        len += usize::from(end - start < bytes);
    }
    candidates.truncate(len);
    for lens in PREFIXES.windows(2) {
        longer(joined, starts, (lens[0], lens[1]), again, candidates);
    }
}

/// Looks at longer prefixes of those candidates whose shorter ones occur again.
fn longer(
    joined: &[u8],
    starts: &[u32],
    (from, to): (usize, usize),
    again: &mut Again,
    candidates: &mut Vec<Candidate>,
) {
    let start = |candidate: &Candidate| starts[candidate.word as usize] as usize;
    again.reset(candidates.len());
    for candidate in candidates.iter_mut().filter(|candidate| candidate.bytes == u32::MAX) {
        match hashed(joined, start(candidate), from, to) {
            Some(hash) => {
                candidate.hash = candidate.hash.rotate_left(29) ^ hash;
                again.add(candidate.hash);
            }
            // The text ends before: nothing of that length begins here.
            None => candidate.bytes = to as u32,
        }
    }
    candidates.retain_mut(|candidate| {
        if candidate.bytes == u32::MAX && !again.holds(candidate.hash) {
            candidate.bytes = to as u32;
        }
        let end = starts.get(candidate.word as usize + LENGTHS.start()).copied().unwrap_or(u32::MAX);
        end - starts[candidate.word as usize] < candidate.bytes
    });
}

/// A hash of the bytes from `from` to `to` after `start`; `None` if there are fewer.
#[inline]
fn hashed(joined: &[u8], start: usize, from: usize, to: usize) -> Option<u64> {
    let bytes = joined.get(start + from..start + to)?;
    let (mut hash, mut at) = (0u64, 0);
    while let Some(eight) = load(bytes, at) {
        hash = mixed(hash, eight);
        at += 8;
    }
    if let Some(four) = bytes.get(at..).and_then(|rest| rest.first_chunk::<4>()) {
        hash = mixed(hash, u64::from(u32::from_le_bytes(*four)));
    }
    Some(hash)
}

/// An odd constant (that of wyhash), so that all bits move.
#[inline]
fn mixed(hash: u64, word: u64) -> u64 {
    (hash ^ word).wrapping_mul(0xA076_1D64_78BD_642F).rotate_left(32)
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

    /// Asked for in any order, with the words of another measured in between, over buffers that hold what other texts left.
    fn agree(text: &str) -> Result<(), TestCaseError> {
        let mut analyzer = Analyzer::new();
        let before: String = text.chars().rev().chain("a b a b".chars()).collect();
        for text in [before.as_str(), text] {
            let view = analyzer.view(text);
            let measures = view.datatrove();
            let words: Vec<&str> = view.words(WordBreak::SpacyEnglish).iter().collect();
            let naive = naive(&words);
            for at in [2, 0, 1] {
                prop_assert_eq!(measures.top_ngram_chars(at), naive.0[at], "{} {:?}", at, words);
            }
            for (at, bound) in measures.top_ngram_bounds().into_iter().flatten().enumerate() {
                prop_assert!(naive.0[at].is_none_or(|top| top <= bound), "{} {} {:?}", at, bound, words);
            }
            for at in [5, 0] {
                prop_assert_eq!(measures.duplicate_ngram_chars(at), Some(naive.1[at]), "{} {:?}", at, words);
            }
            measures.first_repetition();
            for at in 1..5 {
                prop_assert_eq!(measures.duplicate_ngram_chars(at), Some(naive.1[at]), "{} {:?}", at, words);
            }
        }
        Ok(())
    }

    #[test]
    fn small_cases() {
        for text in
            ["", "one", "a b", "a b a", "a b c d e", "ab c d e f a bc d e f", "b c x y b c z x y w", &"é ".repeat(40)]
        {
            agree(text).unwrap();
        }
        // More pairs than are counted, and more of one pair than a count holds.
        agree(&"a b ".repeat(70_000)).unwrap();
        agree(&format!("{}{}", "c a b ".repeat(40_000), "a b ".repeat(40_000))).unwrap();
    }

    /// The pair that is most frequent by hash need not begin the most frequent n-gram, and ties go to the first.
    #[test]
    fn the_first_of_the_most_frequent_wins() {
        agree("a b c. a b d. a b e. x y z. x y z. ").unwrap();
        agree("p q r s. a b c. a b d. a b e. a b f. x y z. p q r s. x y z.").unwrap();
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn agrees_where_words_collide(text in "((a|aa|ab|b|é|,|\\.|longer-word) ?){0,80}") {
            agree(&text)?;
        }

        #[test]
        fn agrees_where_little_repeats(text in "([a-z]{1,6} ){20,60}(b c x y b c z x y w |the old mill of the town ){0,2}[a-z ]{0,60}") {
            agree(&text)?;
            agree(&format!("{text} {}", text.replace(' ', "")))?;
        }

        #[test]
        fn agrees_where_phrases_repeat(text in "((the old mill of the town|grinds rye and corn into meal for us|r|s|barley) ){0,20}") {
            agree(&text)?;
        }
    }
}
