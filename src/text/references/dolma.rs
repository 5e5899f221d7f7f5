//! What dolma's tagger `gopher_v1`, and `gopher_v2`, count.

use super::copies::{self, Copies};
use crate::text::chars::Lengths;
use crate::text::{Spans, python};

/// Counts over words between Python's white space.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Words {
    /// All words.
    pub(crate) all: u64,
    /// Twice the median of their lengths in characters (code points); 0 without words.
    pub(crate) twice_median: u64,
    /// Words that hold `#` or `…`.
    pub(crate) symbols: u64,
    /// Words that hold a letter.
    pub(crate) alpha: u64,
    /// Words that are one of Gopher's stop words, in lower case.
    pub(crate) required: u64,
}

/// How lines begin and end, and which are copies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Lines {
    /// All lines, and those that another one equals; empty ones too.
    pub(crate) copies: Copies,
    /// Lines whose first character is `*` or `-`.
    pub(crate) bullets: u64,
    /// Lines whose last character is `…`.
    pub(crate) ellipses: u64,
}

pub(super) fn words(words: Spans<'_>, lengths: &mut Vec<u32>) -> Words {
    let mut found = Words { all: words.len() as u64, ..Words::default() };
    let mut measure = Lengths::new(words.text());
    lengths.clear();
    for (word, &span) in words.iter().zip(words.as_slice()) {
        lengths.push(measure.of(span));
        found.symbols += u64::from(word.contains(['#', '…']));
        let letter_first = word.bytes().next().is_some_and(|b| b.is_ascii_alphabetic());
        found.alpha += u64::from(letter_first || word.chars().any(python::is_alpha));
        found.required += u64::from(matches!(word, "the" | "be" | "to" | "of" | "and" | "that" | "have" | "with"));
    }
    found.twice_median = twice_median(lengths);
    found
}

/// Twice the median, which is the sum of the two values in the middle; 0 of nothing. Linear.
fn twice_median(values: &mut [u32]) -> u64 {
    let Some(middle) = values.len().checked_sub(1).map(|last| last / 2) else { return 0 };
    let even = values.len() % 2 == 0;
    let (_, &mut lower, above) = values.select_nth_unstable(middle);
    let upper = above.iter().copied().min().filter(|_| even).unwrap_or(lower);
    u64::from(lower) + u64::from(upper)
}

pub(super) fn lines(text: &str, runs: bool, scratch: &mut copies::Scratch) -> Lines {
    let mut found = Lines::default();
    let count = |line: &&str| {
        found.bullets += u64::from(line.starts_with(['*', '-']));
        found.ellipses += u64::from(line.ends_with('…'));
    };
    found.copies = if runs {
        copies::count(text, crate::text::datatrove::split_at_runs(text, 1).inspect(count), scratch)
    } else {
        copies::count(text, text.split('\n').inspect(count), scratch)
    };
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn the_median_lies_in_the_middle(values in prop::collection::vec(0u32..9, 0..9)) {
            let mut sorted = values.clone();
            sorted.sort_unstable();
            let n = sorted.len();
            let want = if n == 0 { 0 } else { u64::from(sorted[(n - 1) / 2]) + u64::from(sorted[n / 2]) };
            prop_assert_eq!(twice_median(&mut values.clone()), want);
        }
    }
}
