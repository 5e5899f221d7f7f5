//! How much a text repeats itself: word n-grams that occur again, for n = 2 to 10.
//!
//! The definitions are those of the Gopher paper (Rae et al. 2021, appendix A1.1). Words are compared as they stand, case
//! and all; characters are code points of the words themselves, without what lies between them.

use super::Spans;
use super::chars::Lengths;
use super::intern::{Again, KeyTable};

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

/// The n-grams of a text, all of one length n at a time, from n = 1 on.
///
/// An n-gram is named by the word at which it first occurs: exact, so there is no collision to argue away. From n − 1 to n:
///
/// - An (n−1)-gram that occurs once is no part of an n-gram that occurs twice. So each length looks only at what was left of
///   the one before, and work all but ends after n = 3 for a text that does not repeat itself.
/// - Where the next (n−1)-gram is the same as at the first occurrence, the n-gram is too, and keeps its name: in a text that
///   does repeat itself, most do.
/// - The others differ from the n-gram at the first occurrence, and so from all that are equal to it: a table of pairs of
///   names tells them apart.
///
/// At worst, each length costs one table operation per word.
#[derive(Debug, Default)]
pub(super) struct Grams {
    table: KeyTable,
    again: Again,
    /// Characters before each word, and at the end those of all.
    offsets: Vec<u32>,
    /// For each word, the first word at which the n-gram occurs that begins there.
    names: Vec<u32>,
    /// The words at which an n-gram begins that occurs twice or more, in order. For n = 1, all words.
    live: Vec<u32>,
    /// Those of them whose n-gram is not the one that its first n − 1 words first began.
    open: Vec<u32>,
    /// By name: occurrences.
    counts: Vec<u32>,
}

impl Grams {
    /// Takes the words of another text, lengths being in that unit: n is 1.
    fn begin(&mut self, words: Spans<'_>, unit: Unit) {
        let Grams { table, offsets, names, live, open, counts, .. } = self;
        offsets.clear();
        names.clear();
        live.clear();
        open.clear();
        offsets.reserve_exact(words.len() + 1);
        names.reserve_exact(words.len());
        live.reserve_exact(words.len());
        offsets.push(0);
        table.reset(words.len());
        let mut lengths = Lengths::new(words.text());
        let mut offset = 0;
        for (at, &span) in words.as_slice().iter().enumerate() {
            names.push(table.name(words, at));
            offset += match unit {
                Unit::Chars => lengths.of(span),
                Unit::Bytes => span.end - span.start,
            };
            offsets.push(offset);
        }
        live.extend(0..words.len() as u32);
        if counts.len() < words.len() {
            counts.clear();
            counts.reserve_exact(words.len());
            counts.resize(words.len(), 0);
        }
    }

    /// From the (n−1)-grams to the n-grams.
    pub(super) fn lengthen(&mut self, n: usize) {
        let Grams { table, again, names, live, open, counts, .. } = self;
        while live.last().is_some_and(|&last| last as usize + n > names.len()) {
            live.pop();
        }
        open.clear();
        open.reserve_exact(live.len());
        open.resize(live.len(), 0);
        let mut len = 0;
        for &at in live.iter() {
            let first = names[at as usize] as usize;
            let same = names[at as usize + 1] == names[first + 1];
            counts[at as usize] = 0;
            counts[first] += u32::from(same);
            // Written in any case, and kept or not without a branch, which could not be foretold.
            open[len] = at;
            len += usize::from(!same);
        }
        open.truncate(len);

        let pair = |names: &[u32], at: u32| u64::from(names[at as usize]) << 32 | u64::from(names[at as usize + 1]);
        again.reset(len);
        for &at in open.iter() {
            again.add(pair(names, at));
        }
        table.reset(len);
        for &at in open.iter() {
            // Of the names in the pair, neither is a new one yet.
            let pair = pair(names, at);
            let name = if again.holds(pair) { table.id(pair, at, |_| true) } else { at };
            names[at as usize] = name;
            counts[name as usize] += 1;
        }

        let mut len = 0;
        for i in 0..live.len() {
            let at = live[i];
            live[len] = at;
            len += usize::from(counts[names[at as usize] as usize] > 1);
        }
        live.truncate(len);
    }

    /// The words at which an n-gram begins that occurs twice or more, in order, each with the name of its n-gram.
    pub(super) fn repeated(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        self.live.iter().map(|&at| (at as usize, self.names[at as usize] as usize))
    }

    /// Occurrences of the repeated n-gram of that name.
    pub(super) fn count(&self, name: usize) -> u64 {
        u64::from(self.counts[name])
    }

    /// Characters of the `n` words from `first` on.
    pub(super) fn chars(&self, first: usize, n: usize) -> u64 {
        u64::from(self.offsets[first + n] - self.offsets[first])
    }
}

/// Measures the repetition of `words`.
pub(super) fn measure(words: Spans<'_>, unit: Unit, grams: &mut Grams) -> Repetition {
    grams.begin(words, unit);
    let mut found = Repetition { word_chars: grams.chars(0, words.len()), ..Repetition::default() };
    for (n, first_top) in TOP.zip(&mut found.first_top) {
        *first_top = (n <= words.len()).then(|| grams.chars(0, n));
    }
    for (n, all) in DUPLICATE.zip(&mut found.grams) {
        *all = all_ngram_chars(&grams.offsets, n);
    }
    for n in *TOP.start()..=*DUPLICATE.end() {
        grams.lengthen(n);
        if grams.live.is_empty() {
            break;
        }
        if TOP.contains(&n) {
            let (at, mut first_top, mut top) = (n - TOP.start(), (0, 0), (0, 0, 0));
            for (first, name) in grams.repeated() {
                let (count, length) = (grams.count(name), grams.chars(first, n));
                if count > first_top.0 {
                    first_top = (count, length);
                }
                if (count, length) > (top.0, top.1) {
                    top = (count, length, name);
                }
            }
            found.first_top[at] = Some(first_top.0 * first_top.1);
            found.top[at] = top.0 * top.1;
            let tops = grams.repeated().filter(|(_, name)| *name == top.2);
            found.top_covered[at] = covered_chars(grams, tops, n);
        } else {
            let at = n - DUPLICATE.start();
            found.occurrences[at] = grams.repeated().map(|(first, _)| grams.chars(first, n)).sum();
            found.duplicate[at] = covered_chars(grams, grams.repeated(), n);
        }
    }
    found
}

/// Characters of the words in any of these n-grams, each word counted once.
fn covered_chars(grams: &Grams, each: impl Iterator<Item = (usize, usize)>, n: usize) -> u64 {
    let mut covered = 0;
    let uncovered = each.map(|(first, _)| {
        let from = first.max(covered);
        covered = first + n;
        grams.chars(from, covered - from)
    });
    uncovered.sum()
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
