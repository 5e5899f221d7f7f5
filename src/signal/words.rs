//! Words: how long, how many with letters, how many of English's commonest, and how many marks for each.

use super::{ratio, signals};
use crate::document::Document;
use crate::text::WordBreak::{Unicode, Whitespace};

signals! {
    /// Mean characters (code points) in a word (Gopher, Rae et al. 2021, A1.1).
    MeanWordLength "mean_word_length" |doc| ratio(doc.view().word_chars(Unicode), words(doc));

    /// Hash marks (`#`) for each word (Gopher, A1.1, "symbol-to-word ratio").
    HashToWordRatio "hash_to_word_ratio" |doc| {
        ratio(memchr::memchr_iter(b'#', doc.text().as_bytes()).count() as u64, words(doc))
    };

    /// Ellipses (`...` or `…`) for each word (Gopher, A1.1, "symbol-to-word ratio").
    EllipsisToWordRatio "ellipsis_to_word_ratio" |doc| ratio(ellipses(doc.text()), words(doc));

    /// Words with a letter over all words, words being runs without white space (Gopher, A1.1): a lone symbol is a word here,
    /// as in dolma and DCLM, for with UAX #29 words the rule would not see it.
    AlphaWordRatio "alpha_word_ratio" |doc| {
        let words = doc.view().words(Whitespace);
        let alpha = words.iter().filter(|w| w.chars().any(char::is_alphabetic)).count();
        ratio(alpha as u64, words.len() as u64)
    };

    /// How many of the eight stop words the, be, to, of, and, that, have, with occur, in any case (Gopher, A1.1).
    StopWordCount "stop_word_count" |doc| Some(f64::from(stop_words(doc)));

    /// Mean words in a sentence, both by UAX #29.
    MeanSentenceLength "mean_sentence_length" |doc| ratio(words(doc), doc.view().sentences().len() as u64);

    /// Words that rewrites have removed since the chain took `word_count` (step `remember`), over those there were; 0 if there
    /// are more now (datamap-rs, `word_removal_ratio_filter`).
    RemovedWordRatio "removed_word_ratio" |doc| super::removed(doc, &super::WordCount);

    /// Line feeds for each word (FineWeb, datatrove's `new_line_ratio`).
    NewlineToWordRatio "newline_to_word_ratio" |doc| {
        ratio(memchr::memchr_iter(b'\n', doc.text().as_bytes()).count() as u64, words(doc))
    };
}

fn words(doc: &Document<'_>) -> u64 {
    doc.view().words(Unicode).len() as u64
}

/// Ellipses, three dots or the one character, from left to right without overlap.
pub(super) fn ellipses(text: &str) -> u64 {
    let count = |mark: &str| memchr::memmem::find_iter(text.as_bytes(), mark).count() as u64;
    count("...") + count("…")
}

/// How many of Gopher's stop words (Rae et al. 2021, A1.1) occur. Stops when all have been seen.
fn stop_words(doc: &Document<'_>) -> u32 {
    let mut seen = 0u8;
    for word in doc.view().words(Unicode).iter().filter(|w| (2..=4).contains(&w.len())) {
        seen |= stop_word(word.as_bytes());
        if seen == u8::MAX {
            break;
        }
    }
    seen.count_ones()
}

/// A bit for each stop word; none for any other word.
fn stop_word(word: &[u8]) -> u8 {
    let mut lower = [0; 4];
    for (lower, byte) in lower.iter_mut().zip(word) {
        *lower = byte.to_ascii_lowercase();
    }
    match &lower {
        b"the\0" => 1,
        b"be\0\0" => 1 << 1,
        b"to\0\0" => 1 << 2,
        b"of\0\0" => 1 << 3,
        b"and\0" => 1 << 4,
        b"that" => 1 << 5,
        b"have" => 1 << 6,
        b"with" => 1 << 7,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use crate::signal::tests::measured;

    #[test]
    fn words_by_hand() {
        let text = "# The café... with 12 tables … and the SEA.\nOf - course.";
        // Words: The café with 12 tables and the SEA Of course; by white space, also `#`, `…` and `-`.
        let want = [
            ("mean_word_length", (3 + 4 + 4 + 2 + 6 + 3 + 3 + 3 + 2 + 6) as f64 / 10.0),
            ("hash_to_word_ratio", 1.0 / 10.0),
            ("ellipsis_to_word_ratio", 2.0 / 10.0),
            ("alpha_word_ratio", 9.0 / 13.0),
            ("mean_sentence_length", 10.0 / 2.0),
            ("newline_to_word_ratio", 1.0 / 10.0),
        ];
        for (name, value) in want {
            assert_eq!(measured(name, text), Some(value), "{name}");
            assert_eq!(measured(name, ""), None, "{name} of nothing");
        }
        assert_eq!(measured("stop_word_count", text), Some(4.0));
        assert_eq!(measured("stop_word_count", "That they have been to bed."), Some(3.0));
        assert_eq!(measured("stop_word_count", "THE be To OF and that HAVE with them toe"), Some(8.0));
        assert_eq!(measured("stop_word_count", ""), Some(0.0));
    }
}
