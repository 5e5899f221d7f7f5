//! What is left of a text when numbers and rare words are taken out: what a template leaves in every text it makes.

use std::collections::{HashMap, HashSet};
use xxhash_rust::xxh3::xxh3_64;

/// A word that fewer of the documents have is none of a template's: a template of which less than a twentieth of the documents is made is not worth
/// a warning.
const MIN_SHARE: f64 = 0.05;
/// In samples of less than forty documents a template's word is at least in two.
const MIN_DOCUMENTS: u32 = 2;
/// A skeleton of fewer words tells nothing: "the * of *".
const MIN_FIXED: usize = 8;
/// Words of the beginning and of the end that are compared.
const EDGE: usize = 8;
/// Of which so many are no gaps.
const MIN_EDGE_FIXED: usize = 5;
/// What stands for any number of numbers and rare words.
const GAP: &str = "*";

/// A document's skeleton.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Skeleton {
    /// Words and gaps between single spaces; empty if too little is left.
    pub text: String,
    /// The first words and gaps, or the whole of a short one; empty if too little is left.
    pub opening: String,
    /// The last.
    pub closing: String,
}

/// In how many documents each word stands, by hash.
pub(super) fn document_frequencies<'t>(texts: impl Iterator<Item = &'t [&'t str]>) -> HashMap<u64, u32> {
    let mut frequencies = HashMap::new();
    let mut seen = HashSet::new();
    for words in texts {
        seen.clear();
        seen.extend(words.iter().map(|word| xxh3_64(word.as_bytes())));
        seen.iter().for_each(|&word| *frequencies.entry(word).or_insert(0) += 1);
    }
    frequencies
}

/// The skeleton of a document, given as its words, among `documents`.
pub(super) fn skeleton(words: &[&str], frequencies: &HashMap<u64, u32>, documents: usize) -> Skeleton {
    let least = ((documents as f64 * MIN_SHARE).ceil() as u32).max(MIN_DOCUMENTS);
    let fixed = |word: &str| {
        let is_number = word.bytes().any(|b| b.is_ascii_digit());
        !is_number && frequencies.get(&xxh3_64(word.as_bytes())).is_some_and(|&n| n >= least)
    };
    let mut kept: Vec<&str> = Vec::with_capacity(words.len());
    for &word in words {
        match fixed(word) {
            true => kept.push(word),
            false if kept.last() != Some(&GAP) => kept.push(GAP),
            false => {}
        }
    }
    let whole = |words: &[&str], least: usize| {
        let fixed = words.iter().filter(|word| **word != GAP).count();
        if fixed >= least { words.join(" ") } else { String::new() }
    };
    Skeleton {
        opening: whole(&kept[..kept.len().min(EDGE)], MIN_EDGE_FIXED),
        closing: whole(&kept[kept.len().saturating_sub(EDGE)..], MIN_EDGE_FIXED),
        text: whole(&kept, MIN_FIXED),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_leave_gaps() {
        let texts: Vec<String> =
            (0..40).map(|n| format!("if name{n} has {n} apples and gives two away how many are left now")).collect();
        let words: Vec<Vec<&str>> = texts.iter().map(|text| text.split(' ').collect()).collect();
        let frequencies = document_frequencies(words.iter().map(Vec::as_slice));
        let all: HashSet<String> = words.iter().map(|w| skeleton(w, &frequencies, 40).text).collect();
        assert_eq!(all.into_iter().collect::<Vec<_>>(), ["if * has * apples and gives two away how many are left now"]);
        let one = skeleton(&words[0], &frequencies, 40);
        assert_eq!(one.opening, "if * has * apples and gives two");
        assert_eq!(one.closing, "gives two away how many are left now");
    }

    #[test]
    fn too_little_is_nothing() {
        let words: Vec<&str> = "the cat and the dog".split(' ').collect();
        let frequencies = document_frequencies([words.as_slice(), words.as_slice()].into_iter());
        let short = skeleton(&words, &frequencies, 2);
        assert_eq!((short.text.as_str(), short.opening.as_str()), ("", "the cat and the dog"));
        assert_eq!(skeleton(&[], &frequencies, 2).opening, "");
        assert_eq!(skeleton(&["1", "2"], &frequencies, 0).text, "");
    }
}
