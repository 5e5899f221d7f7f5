//! How much a text repeats itself: word n-grams that occur again, for n = 2 to 10.
//!
//! The definitions are those of the Gopher paper (Rae et al. 2021, appendix A1.1). Words are compared as they stand, case
//! and all; characters are code points of the words themselves, without what lies between them.

use super::Spans;
use super::chars::Lengths;
use super::intern::{Interner, KeyTable};

/// The lengths n for which the most frequent n-gram is measured.
const TOP: std::ops::RangeInclusive<usize> = 2..=4;
/// The lengths n for which duplicate n-grams are measured.
const DUPLICATE: std::ops::RangeInclusive<usize> = 5..=10;

/// How much the word n-grams of a text repeat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Repetition {
    word_chars: u64,
    top: [u64; 3],
    duplicate: [u64; 6],
    first_top: [Option<u64>; 3],
    top_covered: [u64; 3],
    occurrences: [u64; 6],
    grams: [u64; 6],
}

impl Repetition {
    /// Characters of all words: what the others are fractions of.
    pub fn word_chars(&self) -> u64 {
        self.word_chars
    }

    /// Characters in all occurrences of the most frequent n-gram: occurrences × its characters. Overlapping occurrences count
    /// in full, so this can exceed [`word_chars`](Self::word_chars). Of equally frequent ones, the longest counts; 0 if no
    /// n-gram occurs twice. `None` unless n is 2, 3 or 4.
    pub fn top_ngram_chars(&self, n: usize) -> Option<u64> {
        self.top.get(n.checked_sub(*TOP.start())?).copied()
    }

    /// Characters of the words that lie in any n-gram occurring twice or more, each word counted once. `None` unless n is 5
    /// to 10.
    pub fn duplicate_ngram_chars(&self, n: usize) -> Option<u64> {
        self.duplicate.get(n.checked_sub(*DUPLICATE.start())?).copied()
    }

    /// Occurrences × characters of the most frequent n-gram; of equally frequent ones, and where none occurs twice, of the
    /// first (dolma). `None` unless n is 2, 3 or 4 and there are n words.
    pub(crate) fn first_top_ngram_chars(&self, n: usize) -> Option<u64> {
        *self.first_top.get(n.checked_sub(*TOP.start())?)?
    }

    /// Characters of the words that lie in any occurrence of the n-gram of [`top_ngram_chars`](Self::top_ngram_chars), each
    /// word counted once; of equally long ones, the first counts (datamap). `None` unless n is 2, 3 or 4.
    pub(crate) fn top_ngram_covered_chars(&self, n: usize) -> Option<u64> {
        self.top_covered.get(n.checked_sub(*TOP.start())?).copied()
    }

    /// Characters of all occurrences of the n-grams that occur twice or more, and of all n-grams, words counted as often as
    /// n-grams hold them (dolma). `None` unless n is 5 to 10.
    pub(crate) fn occurring_ngram_chars(&self, n: usize) -> Option<(u64, u64)> {
        let at = n.checked_sub(*DUPLICATE.start())?;
        self.occurrences.get(at).copied().zip(self.grams.get(at).copied())
    }
}

/// What lengths are counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    /// Code points.
    Chars,
    /// UTF-8 bytes.
    Bytes,
}

/// Reused buffers of [`measure`].
#[derive(Debug, Default)]
pub(super) struct Scratch {
    interner: Interner,
    /// Id of each word.
    ids: Vec<u32>,
    /// Characters before each word, and at the end those of all.
    offsets: Vec<u32>,
    /// By word id: whether it occurs again.
    repeated: Vec<bool>,
    /// The n-grams that occur twice or more, in the order of the text.
    grams: Vec<Gram>,
    counts: Counts,
}

impl Scratch {
    /// Characters before each word, and at the end those of all.
    pub(super) fn offsets(&self) -> &[u32] {
        &self.offsets
    }
}

/// One occurrence of an n-gram.
#[derive(Debug, Clone, Copy)]
struct Gram {
    /// Its first word.
    word: u32,
    /// Equal for equal n-grams, and for no others of its length.
    id: u32,
}

/// Measures the repetition of `words`.
///
/// An n-gram can occur twice only if the two (n−1)-grams in it do. So each length looks only at what survived the one
/// before, where an n-gram is named exactly by the pair of its (n−1)-grams' ids: no collision to argue away, and work that
/// all but ends after n = 3 for a text that does not repeat itself. At worst, each of the nine lengths costs one table
/// operation per word.
pub(super) fn measure(words: Spans<'_>, unit: Unit, scratch: &mut Scratch) -> Repetition {
    let Scratch { interner, ids, offsets, repeated, grams, counts } = scratch;
    name_words(words, unit, interner, ids, offsets, repeated);
    let chars = |first: usize, n: usize| u64::from(offsets[first + n] - offsets[first]);
    let mut found = Repetition { word_chars: chars(0, ids.len()), ..Repetition::default() };
    for (n, first_top) in TOP.zip(&mut found.first_top) {
        *first_top = (n <= ids.len()).then(|| chars(0, n));
    }
    for (n, all) in DUPLICATE.zip(&mut found.grams) {
        *all = all_ngram_chars(offsets, n);
    }

    grams.clear();
    let occurs_again = |&(_, id): &(usize, &u32)| repeated[*id as usize];
    grams.extend(ids.iter().enumerate().filter(occurs_again).map(|(i, &id)| Gram { word: i as u32, id }));
    for n in *TOP.start()..=*DUPLICATE.end() {
        counts.narrow(grams);
        if grams.is_empty() {
            break;
        }
        if TOP.contains(&n) {
            let (at, mut first_top, mut top) = (n - TOP.start(), (0, 0), (0, 0, 0));
            for gram in grams.iter() {
                let (count, length) = (counts.of(gram.id), chars(gram.word as usize, n));
                if count > first_top.0 {
                    first_top = (count, length);
                }
                if (count, length) > (top.0, top.1) {
                    top = (count, length, gram.id);
                }
            }
            found.first_top[at] = Some(u64::from(first_top.0) * first_top.1);
            found.top[at] = u64::from(top.0) * top.1;
            let tops = grams.iter().filter(|gram| gram.id == top.2).map(|gram| gram.word as usize);
            found.top_covered[at] = covered_chars(tops, n, chars);
        } else {
            let at = n - DUPLICATE.start();
            found.occurrences[at] = grams.iter().map(|gram| chars(gram.word as usize, n)).sum();
            found.duplicate[at] = covered_chars(grams.iter().map(|gram| gram.word as usize), n, chars);
        }
    }
    found
}

/// Characters of the words in any of the n-grams that begin at `firsts`, in order, each word counted once.
fn covered_chars(firsts: impl Iterator<Item = usize>, n: usize, chars: impl Fn(usize, usize) -> u64) -> u64 {
    let mut covered = 0;
    firsts
        .map(|first| {
            let from = first.max(covered);
            covered = first + n;
            chars(from, covered - from)
        })
        .sum()
}

/// Characters of all n-grams: each word counted as often as an n-gram holds it. That is the sum of all ends less the sum of all
/// starts, in which all but n offsets at either end cancel out.
fn all_ngram_chars(offsets: &[u32], n: usize) -> u64 {
    // One more than there are words.
    let ends = offsets.len();
    let each = n.min(ends.saturating_sub(n));
    let sum = |part: &[u32]| part.iter().map(|&offset| u64::from(offset)).sum::<u64>();
    sum(&offsets[ends - each..]) - sum(&offsets[..each])
}

/// For n = 2, 3, 4: occurrences × characters of the most frequent n-gram with one space between its words; of equally
/// frequent ones, and where none repeats, of the first. `None` where there are fewer than n words. This is how datatrove 0.10
/// has it (`find_top_duplicate`).
pub(super) fn measure_first_tops(words: Spans<'_>, scratch: &mut Scratch) -> [Option<u64>; 3] {
    let Scratch { interner, ids, offsets, repeated, grams, counts } = scratch;
    name_words(words, Unit::Chars, interner, ids, offsets, repeated);
    grams.clear();
    let occurs_again = |&(_, id): &(usize, &u32)| repeated[*id as usize];
    grams.extend(ids.iter().enumerate().filter(occurs_again).map(|(i, &id)| Gram { word: i as u32, id }));
    let mut tops = [None; 3];
    for (n, top) in TOP.zip(&mut tops).take_while(|(n, _)| *n <= ids.len()) {
        counts.narrow(grams);
        let (mut first, mut most) = (0, 1);
        for gram in grams.iter() {
            let count = counts.of(gram.id);
            if count > most {
                (first, most) = (gram.word as usize, count);
            }
        }
        let chars = u64::from(offsets[first + n] - offsets[first]) + n as u64 - 1;
        *top = Some(chars * u64::from(most));
    }
    tops
}

/// Fills, for `words`: ids, offsets in that unit, and which ids occur again.
fn name_words(
    words: Spans<'_>,
    unit: Unit,
    interner: &mut Interner,
    ids: &mut Vec<u32>,
    offsets: &mut Vec<u32>,
    repeated: &mut Vec<bool>,
) {
    ids.clear();
    offsets.clear();
    repeated.clear();
    offsets.push(0);
    interner.reset(words.len());
    let mut lengths = Lengths::new(words.text());
    let mut offset = 0;
    for &span in words.as_slice() {
        let known = interner.intern(words.text(), span);
        if known.repeated {
            repeated[known.id as usize] = true;
        } else {
            repeated.push(false);
        }
        ids.push(known.id);
        offset += match unit {
            Unit::Chars => lengths.of(span),
            Unit::Bytes => span.end - span.start,
        };
        offsets.push(offset);
    }
}

/// Occurrences of each pair; cleared between lengths.
#[derive(Debug, Default)]
struct Counts {
    table: KeyTable,
    /// By id.
    counts: Vec<u32>,
}

impl Counts {
    /// Turns the repeated (n−1)-grams into the repeated n-grams: pairs of neighbours that occur twice or more. The id of an
    /// n-gram is good until the next call.
    fn narrow(&mut self, grams: &mut Vec<Gram>) {
        self.table.reset(grams.len());
        self.counts.clear();
        let mut len = 0;
        for i in 1..grams.len() {
            let (a, b) = (grams[i - 1], grams[i]);
            if a.word + 1 == b.word {
                // One more than the pair: no key may be 0.
                let id = self.add((u64::from(a.id) << 32 | u64::from(b.id)) + 1);
                grams[len] = Gram { word: a.word, id };
                len += 1;
            }
        }
        grams.truncate(len);
        grams.retain(|g| self.of(g.id) > 1);
    }

    /// Counts one more of the pair with that key; its id.
    #[inline]
    fn add(&mut self, key: u64) -> u32 {
        let next = self.counts.len() as u32;
        let id = self.table.id(key, next, |_| true);
        match self.counts.get_mut(id as usize) {
            Some(count) => *count += 1,
            None => self.counts.push(1),
        }
        id
    }

    /// Occurrences of the n-gram of that id.
    fn of(&self, id: u32) -> u32 {
        self.counts[id as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{Analyzer, WordBreak};
    use proptest::prelude::*;
    use std::collections::HashMap;

    /// The definitions, word for word.
    fn naive(words: &[&str]) -> Repetition {
        let chars = |w: &[&str]| w.iter().map(|w| w.chars().count() as u64).sum::<u64>();
        let mut found = Repetition { word_chars: chars(words), ..Repetition::default() };
        for n in 2..=10 {
            let mut counts: HashMap<&[&str], u64> = HashMap::new();
            for gram in words.windows(n) {
                *counts.entry(gram).or_default() += 1;
            }
            if n <= 4 {
                let top = counts.iter().filter(|(_, c)| **c > 1).map(|(g, &c)| (c, chars(g))).max();
                found.top[n - 2] = top.map_or(0, |(count, chars)| count * chars);
                let most = counts.values().max();
                let first = words.windows(n).find(|gram| Some(&counts[gram]) == most);
                found.first_top[n - 2] = first.map(|gram| counts[gram] * chars(gram));
                let longest = words.windows(n).find(|gram| Some((counts[gram], chars(gram))) == top);
                found.top_covered[n - 2] = covered(words, n, &|gram| Some(gram) == longest);
                continue;
            }
            found.duplicate[n - 5] = covered(words, n, &|gram| counts[gram] > 1);
            found.occurrences[n - 5] = words.windows(n).filter(|gram| counts[gram] > 1).map(chars).sum();
            found.grams[n - 5] = words.windows(n).map(chars).sum();
        }
        found
    }

    /// Characters of the words in n-grams for which `counts` holds.
    fn covered(words: &[&str], n: usize, counts: &dyn Fn(&[&str]) -> bool) -> u64 {
        let mut covered = vec![false; words.len()];
        for (i, gram) in words.windows(n).enumerate() {
            if counts(gram) {
                covered[i..i + n].fill(true);
            }
        }
        words.iter().zip(covered).filter(|(_, c)| *c).map(|(w, _)| w.chars().count() as u64).sum()
    }

    fn ours(text: &str) -> Repetition {
        *Analyzer::new().view(text).repetition(WordBreak::Whitespace)
    }

    #[test]
    fn a_small_case_by_hand() {
        // "to be" occurs three times; "be or" and "or not" once each.
        let found = ours("to be or not to be to be");
        assert_eq!(found.word_chars(), 17);
        assert_eq!(found.top_ngram_chars(2), Some(3 * 4));
        assert_eq!(found.top_ngram_chars(3), Some(0));
        assert_eq!(found.top_ngram_chars(5), None);
        assert_eq!(found.duplicate_ngram_chars(4), None);
        assert_eq!(found.duplicate_ngram_chars(5), Some(0));
        // One word eleven times: every n-gram up to ten repeats and covers all.
        let found = ours(&"é ".repeat(11));
        assert_eq!(found.top_ngram_chars(2), Some(10 * 2));
        assert_eq!(found.duplicate_ngram_chars(10), Some(11));
        assert_eq!(found.duplicate_ngram_chars(11), None);
        assert_eq!(ours(""), Repetition::default());
        assert_eq!(ours("to be").first_top_ngram_chars(2), Some(4));
        assert_eq!(ours("to be").first_top_ngram_chars(3), None);
        assert_eq!(ours("é é é").top_ngram_covered_chars(2), Some(3));
        assert_eq!(ours(&"é ".repeat(11)).occurring_ngram_chars(10), Some((20, 20)));
    }

    #[test]
    fn of_equally_frequent_ngrams_the_longest_counts() {
        assert_eq!(ours("a b x a b y long words z long words").top_ngram_chars(2), Some(2 * 9));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn agrees_with_the_definitions(text in "((aa|b|ccc|longer-word|é) ){0,80}") {
            let words: Vec<&str> = text.split_whitespace().collect();
            prop_assert_eq!(ours(&text), naive(&words));
        }

        #[test]
        fn agrees_where_phrases_repeat(text in "((a b c d e f|g h i j k l m n o p q|r|s) ){0,20}") {
            let words: Vec<&str> = text.split_whitespace().collect();
            prop_assert_eq!(ours(&text), naive(&words));
        }
    }
}
