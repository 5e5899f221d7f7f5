//! Repeated n-grams as datatrove finds them: the most frequent one counts even if it occurs once, and duplicates are found by
//! a scan from the left that jumps over each.

use super::Repetition;
use crate::text::Spans;
use crate::text::intern::{Again, KeyTable};
use crate::text::ngrams::Grams;
use crate::text::runs::load;
use xxhash_rust::xxh3::xxh3_64;

/// The lengths n for which the most frequent n-gram is measured.
const TOP: std::ops::RangeInclusive<usize> = 2..=4;
/// The lengths n of duplicate n-grams.
const LENGTHS: std::ops::RangeInclusive<usize> = 5..=10;
/// Of so many words at most one is a candidate where there are few.
const FEW: usize = 3;
/// How many bytes of n-grams are compared, one after another, before whole ones are: a word stays in the race while what
/// begins at it occurs again.
const PREFIXES: [usize; 5] = [12, 16, 24, 32, 48];

/// Reused buffers.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    /// By name of an n-gram: the greatest n for which it was seen.
    seen: Vec<u8>,
    /// For each word, the greatest n for which the n-gram that begins there occurred before.
    later: Vec<u8>,
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

/// Measures the repetition of `words`.
///
/// n = 2 to 4: occurrences × characters of the most frequent n-gram with one space between its words; of equally frequent
/// ones, and where none repeats, of the first; `None` where there are fewer than n words (`find_top_duplicate`).
///
/// n = 5 to 10: the characters of n-grams that an earlier one equals, found from left to right, where the n words of each are
/// passed over. N-grams are equal if their words without anything between are: `ab c` is `a bc` (`find_all_duplicate`). That
/// hardly ever happens; so n-grams are compared word by word, and where one of a length is spelt like another of other words,
/// all of that length are compared anew.
pub(super) fn measure(words: Spans<'_>, grams: &mut Grams, scratch: &mut Scratch) -> Repetition {
    let Scratch { seen, later, .. } = scratch;
    for marks in [&mut *seen, &mut *later] {
        marks.clear();
        marks.resize(words.len(), 0);
    }
    grams.begin(words);
    let mut found = Repetition::default();
    for n in (*TOP.start()..=*LENGTHS.end()).take_while(|&n| n <= words.len()) {
        grams.lengthen(n);
        match n.checked_sub(*LENGTHS.start()) {
            None => found.top[n - TOP.start()] = Some(top(grams, n)),
            Some(at) => found.duplicate[at] = scan(grams, n, seen, later),
        }
    }
    let alike = spelt_alike(words, scratch);
    for (n, chars) in LENGTHS.zip(&mut found.duplicate).filter(|(n, _)| alike[n - LENGTHS.start()]) {
        *chars = scan_spelling(grams, n, scratch);
    }
    found
}

/// What [`measure`] says of n = 5 to 10, for texts in which few words may begin such an n-gram: these are all compared as they
/// are spelt, and the words need no names. `None` for others.
pub(super) fn few_duplicates(words: Spans<'_>, scratch: &mut Scratch) -> Option<[u64; 6]> {
    let Scratch { later, joined, starts, again, candidates, table, .. } = scratch;
    later.clear();
    later.resize(words.len(), 0);
    join(words, joined, starts);
    choose(joined, starts, later, again, candidates);
    if candidates.len() > words.len() / FEW {
        return None;
    }
    let mut found = [0; 6];
    for (n, chars) in LENGTHS.zip(&mut found) {
        table.reset(candidates.len());
        let mut next = 0;
        for candidate in candidates.iter() {
            let Some(bytes) = candidate.gram(joined, starts, n).filter(|_| candidate.word >= next) else { continue };
            let same = |other| gram(joined, starts, other as usize, n) == Some(bytes);
            if table.id(xxh3_64(bytes), candidate.word, same) != candidate.word {
                *chars += bytes.iter().filter(|&&b| b & 0xC0 != 0x80).count() as u64;
                next = candidate.word + n as u32;
            }
        }
    }
    Some(found)
}

/// Occurrences × characters of the most frequent n-gram.
fn top(grams: &Grams, n: usize) -> u64 {
    let (mut first, mut most) = (0, 1);
    for (at, name) in grams.repeated() {
        let count = grams.count(name);
        if count > most {
            (first, most) = (at, count);
        }
    }
    (grams.chars(first, n) + n as u64 - 1) * most
}

/// Characters of n-grams of the same words as an earlier one; fills `later`.
fn scan(grams: &Grams, n: usize, seen: &mut [u8], later: &mut [u8]) -> u64 {
    let (mut next, mut chars) = (0, 0);
    for (at, name) in grams.repeated() {
        if name != at {
            later[at] = n as u8;
        }
        if at < next {
            continue;
        }
        if seen[name] == n as u8 {
            chars += grams.chars(at, n);
            next = at + n;
        }
        seen[name] = n as u8;
    }
    chars
}

/// Characters of n-grams that are spelt as an earlier one, whatever their words.
fn scan_spelling(grams: &Grams, n: usize, scratch: &mut Scratch) -> u64 {
    let Scratch { joined, starts, table, .. } = scratch;
    table.reset(starts.len());
    let (mut at, mut chars) = (0, 0);
    while let Some(bytes) = gram(joined, starts, at, n) {
        let same = |other| gram(joined, starts, other as usize, n) == Some(bytes);
        if table.id(xxh3_64(bytes), at as u32, same) == at as u32 {
            at += 1;
        } else {
            chars += grams.chars(at, n);
            at += n;
        }
    }
    chars
}

/// For n = 5 to 10: whether two n-grams of different words are spelt the same.
///
/// Each n-gram of the same words is looked at once, where it first occurs. Two that are spelt the same begin with the same
/// bytes; so only those are compared whose first bytes occur again, and those too short to tell by them.
fn spelt_alike(words: Spans<'_>, scratch: &mut Scratch) -> [bool; 6] {
    let Scratch { later, joined, starts, again, candidates, table, .. } = scratch;
    join(words, joined, starts);
    choose(joined, starts, later, again, candidates);
    let mut alike = [false; 6];
    for (n, alike) in LENGTHS.zip(&mut alike) {
        table.reset(candidates.len());
        *alike = candidates.iter().filter(|c| usize::from(later[c.word as usize]) < n).any(|candidate| {
            candidate.gram(joined, starts, n).is_some_and(|bytes| {
                let same = |other| gram(joined, starts, other as usize, n) == Some(bytes);
                table.id(xxh3_64(bytes), candidate.word, same) != candidate.word
            })
        });
    }
    alike
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
fn choose(joined: &[u8], starts: &[u32], later: &[u8], again: &mut Again, candidates: &mut Vec<Candidate>) {
    let (shortest, longest) = (*LENGTHS.start(), *LENGTHS.end());
    let prefix = |start: u32| hashed(joined, start as usize, 0, PREFIXES[0]).unwrap_or(0);
    let grams = || {
        starts
            .windows(shortest + 1)
            .zip(later)
            .map(|(ends, later)| (ends[0], ends[shortest], usize::from(*later) < longest))
    };
    again.reset(starts.len());
    for (start, _, _) in grams().filter(|&(_, _, first)| first) {
        again.add(prefix(start));
    }
    candidates.clear();
    candidates.resize(starts.len(), Candidate::default());
    let mut len = 0;
    for (word, (start, end, first)) in grams().enumerate() {
        let hash = prefix(start);
        let bytes = if again.holds(hash) { u32::MAX } else { PREFIXES[0] as u32 };
        // Written in any case, and kept or not without a branch, which could not be foretold.
        candidates[len] = Candidate { word: word as u32, bytes, hash };
        len += usize::from(first && end - start < bytes);
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

    fn agree(text: &str) -> Result<(), TestCaseError> {
        let mut analyzer = Analyzer::new();
        let view = analyzer.view(text);
        let words: Vec<&str> = view.words(WordBreak::SpacyEnglish).iter().collect();
        let repetition = *view.datatrove().repetition();
        prop_assert_eq!((repetition.top, repetition.duplicate), naive(&words), "{:?}", words);
        let few = view.datatrove().few_duplicates().unwrap_or(repetition.duplicate);
        prop_assert_eq!(few, repetition.duplicate, "{:?}", words);
        let bounds = view.repetition_bounds(WordBreak::SpacyEnglish).map_or([u64::MAX; 3], |bounds| bounds.top);
        prop_assert!(
            bounds
                .iter()
                .zip(repetition.top)
                .all(|(bound, top)| top.is_some_and(|top| top <= *bound) || words.len() < 10)
        );
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
