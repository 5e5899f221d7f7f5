//! How much of the text is said again: lines, paragraphs, n-grams of words.
//!
//! The measures are those of the Gopher paper (Rae et al. 2021, A1.1 and table A1), as [`Repetition`](crate::text::Repetition)
//! and [`Duplicates`](crate::text::Duplicates) define them: every second and later copy of a line counts; the most frequent
//! n-gram counts with all its occurrences; the words of duplicate n-grams count once each.

use super::{ratio, signals};
use crate::document::Document;
use crate::text::RepetitionBounds;
use crate::text::WordBreak::Unicode;

signals! {
    /// Second and later copies of lines, over all lines that are not blank (Gopher, table A1).
    DuplicateLineRatio "duplicate_line_ratio" |doc| {
        let lines = doc.view().duplicate_lines();
        ratio(lines.count, lines.total)
    };

    /// Characters in second and later copies of lines, over those of all lines, white space at the ends left out (Gopher,
    /// table A1; FineWeb).
    DuplicateLineCharRatio "duplicate_line_char_ratio" |doc| {
        let lines = doc.view().duplicate_lines();
        ratio(lines.chars, lines.total_chars)
    };

    /// Second and later copies of paragraphs, over all paragraphs (Gopher, table A1).
    DuplicateParagraphRatio "duplicate_paragraph_ratio" |doc| {
        let paragraphs = doc.view().duplicate_paragraphs();
        ratio(paragraphs.count, paragraphs.total)
    };

    /// Characters in second and later copies of paragraphs, over those of all paragraphs (Gopher, table A1).
    DuplicateParagraphCharRatio "duplicate_paragraph_char_ratio" |doc| {
        let paragraphs = doc.view().duplicate_paragraphs();
        ratio(paragraphs.chars, paragraphs.total_chars)
    };

    /// Characters in the most frequent 2-gram of words, if it repeats, over those of all words (Gopher, table A1).
    Top2gramCharRatio "top_2gram_char_ratio" |doc| top(doc, 2), within |doc| top_within(doc, 2);

    /// Characters in the most frequent 3-gram of words, if it repeats, over those of all words (Gopher, table A1).
    Top3gramCharRatio "top_3gram_char_ratio" |doc| top(doc, 3), within |doc| top_within(doc, 3);

    /// Characters in the most frequent 4-gram of words, if it repeats, over those of all words (Gopher, table A1).
    Top4gramCharRatio "top_4gram_char_ratio" |doc| top(doc, 4), within |doc| top_within(doc, 4);

    /// Characters of words in 5-grams that occur twice or more, over those of all words (Gopher, table A1).
    Duplicate5gramCharRatio "duplicate_5gram_char_ratio" |doc| duplicate(doc, 5), within |doc| duplicate_within(doc, 5);

    /// Characters of words in 6-grams that occur twice or more, over those of all words (Gopher, table A1).
    Duplicate6gramCharRatio "duplicate_6gram_char_ratio" |doc| duplicate(doc, 6), within |doc| duplicate_within(doc, 6);

    /// Characters of words in 7-grams that occur twice or more, over those of all words (Gopher, table A1).
    Duplicate7gramCharRatio "duplicate_7gram_char_ratio" |doc| duplicate(doc, 7), within |doc| duplicate_within(doc, 7);

    /// Characters of words in 8-grams that occur twice or more, over those of all words (Gopher, table A1).
    Duplicate8gramCharRatio "duplicate_8gram_char_ratio" |doc| duplicate(doc, 8), within |doc| duplicate_within(doc, 8);

    /// Characters of words in 9-grams that occur twice or more, over those of all words (Gopher, table A1).
    Duplicate9gramCharRatio "duplicate_9gram_char_ratio" |doc| duplicate(doc, 9), within |doc| duplicate_within(doc, 9);

    /// Characters of words in 10-grams that occur twice or more, over those of all words (Gopher, table A1).
    Duplicate10gramCharRatio "duplicate_10gram_char_ratio" |doc| duplicate(doc, 10), within |doc| duplicate_within(doc, 10);
}

fn top(doc: &Document<'_>, n: usize) -> Option<f64> {
    let repetition = doc.view().repetition(Unicode);
    ratio(repetition.top_ngram_chars(n)?, repetition.word_chars())
}

fn duplicate(doc: &Document<'_>, n: usize) -> Option<f64> {
    let repetition = doc.view().repetition(Unicode);
    ratio(repetition.duplicate_ngram_chars(n)?, repetition.word_chars())
}

fn top_within(doc: &Document<'_>, n: usize) -> Option<(f64, f64)> {
    let bounds = unmeasured(doc)?;
    Some((0.0, ratio(*bounds.top.get(n.checked_sub(2)?)?, bounds.word_chars)?))
}

fn duplicate_within(doc: &Document<'_>, n: usize) -> Option<(f64, f64)> {
    let bounds = unmeasured(doc)?;
    Some((0.0, ratio(*bounds.duplicate.get(n.checked_sub(5)?)?, bounds.word_chars)?))
}

/// Bounds on the repetition, as long as it has not been measured.
fn unmeasured<'d>(doc: &Document<'d>) -> Option<&'d RepetitionBounds> {
    if doc.view().knows_repetition(Unicode) { None } else { doc.view().repetition_bounds(Unicode) }
}

#[cfg(test)]
mod tests {
    use crate::signal::tests::measured;

    #[test]
    fn repetition_by_hand() {
        let text = "a b c d e f\nnew line\n\na b c d e f\n\nnew line\nhere\n\nnew line\nhere";
        let want = [
            ("duplicate_line_ratio", 4.0 / 7.0),
            ("duplicate_line_char_ratio", (11 + 8 + 8 + 4) as f64 / (2 * 11 + 3 * 8 + 2 * 4) as f64),
            ("duplicate_paragraph_ratio", 1.0 / 4.0),
            ("duplicate_paragraph_char_ratio", 13.0 / (20 + 11 + 13 + 13) as f64),
            ("top_2gram_char_ratio", 3.0 * 7.0 / 41.0),
            ("top_4gram_char_ratio", 2.0 * 9.0 / 41.0),
            ("duplicate_5gram_char_ratio", (2 * 6 + 7 + 7) as f64 / 41.0),
            ("duplicate_8gram_char_ratio", 26.0 / 41.0),
            ("duplicate_9gram_char_ratio", 0.0),
        ];
        for (name, value) in want {
            assert_eq!(measured(name, text), Some(value), "{name}");
            assert_eq!(measured(name, "\n - \n"), if name.contains("gram") { None } else { Some(0.0) }, "{name}");
            assert_eq!(measured(name, ""), None, "{name} of nothing");
        }
    }
}
