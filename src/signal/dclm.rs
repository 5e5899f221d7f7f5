//! What DCLM's filters measure (`mlfoundations/dclm`, `content_filters.py`), as they measure it.
//!
//! Words are those between white space, but n-grams are of UAX #29 words that begin with a letter or digit, and lengths of
//! texts are in words as fastText cuts them.

use super::{ratio, removed, signals};
use crate::document::Document;
use crate::text::WordBreak::{PythonWhitespace, UnicodeAlnum};
use crate::text::references::Copies;

signals! {
    /// Words as fastText cuts them that begin with a letter or digit, as DCLM counts them (`page_length_filter`).
    DclmWordCount "dclm_word_count" |doc| Some(doc.view().references().dclm_word_count() as f64);

    /// Mean characters (code points) of words between white space, as DCLM has it (`word_length_filter`).
    DclmMeanWordLength "dclm_mean_word_length" |doc| ratio(doc.view().word_chars(PythonWhitespace), words(doc));

    /// Hash marks and ellipses (`...`, `. . .`, `…`) for each word between white space, as DCLM has it (`symbol_ratio_filter`).
    DclmSymbolToWordRatio "dclm_symbol_to_word_ratio" |doc| ratio(symbols(doc.text()), words(doc));

    /// Lines that begin with `●`, `•`, `*` or `-` over all that are not blank, as DCLM has it (`bullet_count_filter`).
    DclmBulletLineRatio "dclm_bullet_line_ratio" |doc| {
        let lines = doc.view().references().dclm_lines();
        ratio(lines.bullets, lines.copies.all)
    };

    /// Lines that end in `...`, `. . .` or `…` over all that are not blank, as DCLM has it (`ellipsis_count_filter`).
    DclmEllipsisLineRatio "dclm_ellipsis_line_ratio" |doc| {
        let lines = doc.view().references().dclm_lines();
        ratio(lines.ellipses, lines.copies.all)
    };

    /// Words without a letter over all between white space, as DCLM has it (`alphabetic_word_ratio_filter`).
    DclmNonAlphaWordRatio "dclm_non_alpha_word_ratio" |doc| {
        ratio(doc.view().references().dclm_words().non_alpha, words(doc))
    };

    /// Occurrences of the stop words the, be, to, of, and, that, have, with, in any case, as DCLM counts them
    /// (`stop_word_filter`).
    DclmStopWordCount "dclm_stop_word_count" |doc| Some(doc.view().references().dclm_words().stop_words as f64);

    /// Lines that another one equals, the first copy counted too, over all that are not blank, as DCLM has it
    /// (`repetition_filter`).
    DclmDuplicateLineRatio "dclm_duplicate_line_ratio" |doc| share(&doc.view().references().dclm_lines().copies);

    /// Characters in lines that another one equals over those in all lines, as DCLM has it (`repetition_filter`).
    DclmDuplicateLineCharRatio "dclm_duplicate_line_char_ratio" |doc| {
        char_share(&doc.view().references().dclm_lines().copies)
    };

    /// Paragraphs (between two line feeds) that another one equals, the first copy counted too, over all that are not blank,
    /// as DCLM has it (`repetition_filter`).
    DclmDuplicateParagraphRatio "dclm_duplicate_paragraph_ratio" |doc| share(doc.view().references().dclm_paragraphs());

    /// Characters in paragraphs that another one equals over those in all paragraphs, as DCLM has it (`repetition_filter`).
    DclmDuplicateParagraphCharRatio "dclm_duplicate_paragraph_char_ratio" |doc| {
        char_share(doc.view().references().dclm_paragraphs())
    };

    /// Characters in the most frequent 2-gram of words, of equally frequent ones the longest, over those in all words, as DCLM
    /// has it (`repetition_filter`); 0 if none occurs twice.
    DclmTop2gramCharRatio "dclm_top_2gram_char_ratio" |doc| of_words(doc, doc.view().repetition(UnicodeAlnum).top_ngram_chars(2)?);

    /// Characters in the most frequent 3-gram of words, of equally frequent ones the longest, over those in all words, as DCLM
    /// has it (`repetition_filter`); 0 if none occurs twice.
    DclmTop3gramCharRatio "dclm_top_3gram_char_ratio" |doc| of_words(doc, doc.view().repetition(UnicodeAlnum).top_ngram_chars(3)?);

    /// Characters in the most frequent 4-gram of words, of equally frequent ones the longest, over those in all words, as DCLM
    /// has it (`repetition_filter`); 0 if none occurs twice.
    DclmTop4gramCharRatio "dclm_top_4gram_char_ratio" |doc| of_words(doc, doc.view().repetition(UnicodeAlnum).top_ngram_chars(4)?);

    /// Characters in words of 5-grams that occur twice or more, each word counted once, over those in all words, as DCLM has it
    /// (`repetition_filter`).
    DclmDuplicate5gramCharRatio "dclm_duplicate_5gram_char_ratio" |doc| of_words(doc, doc.view().repetition(UnicodeAlnum).duplicate_ngram_chars(5)?);

    /// Characters in words of 6-grams that occur twice or more, each word counted once, over those in all words, as DCLM has it
    /// (`repetition_filter`).
    DclmDuplicate6gramCharRatio "dclm_duplicate_6gram_char_ratio" |doc| of_words(doc, doc.view().repetition(UnicodeAlnum).duplicate_ngram_chars(6)?);

    /// Characters in words of 7-grams that occur twice or more, each word counted once, over those in all words, as DCLM has it
    /// (`repetition_filter`).
    DclmDuplicate7gramCharRatio "dclm_duplicate_7gram_char_ratio" |doc| of_words(doc, doc.view().repetition(UnicodeAlnum).duplicate_ngram_chars(7)?);

    /// Characters in words of 8-grams that occur twice or more, each word counted once, over those in all words, as DCLM has it
    /// (`repetition_filter`).
    DclmDuplicate8gramCharRatio "dclm_duplicate_8gram_char_ratio" |doc| of_words(doc, doc.view().repetition(UnicodeAlnum).duplicate_ngram_chars(8)?);

    /// Characters in words of 9-grams that occur twice or more, each word counted once, over those in all words, as DCLM has it
    /// (`repetition_filter`).
    DclmDuplicate9gramCharRatio "dclm_duplicate_9gram_char_ratio" |doc| of_words(doc, doc.view().repetition(UnicodeAlnum).duplicate_ngram_chars(9)?);

    /// Characters in words of 10-grams that occur twice or more, each word counted once, over those in all words, as DCLM has it
    /// (`repetition_filter`).
    DclmDuplicate10gramCharRatio "dclm_duplicate_10gram_char_ratio" |doc| of_words(doc, doc.view().repetition(UnicodeAlnum).duplicate_ngram_chars(10)?);

    /// Words that rewrites have removed since the chain took `dclm_word_count` (step `remember`), over those there were, as DCLM
    /// has it (`word_removal_ratio_filter`); 0 if there are more now.
    DclmRemovedWordRatio "dclm_removed_word_ratio" |doc| removed(doc, &DclmWordCount);
}

fn words(doc: &Document<'_>) -> u64 {
    doc.view().references().dclm_words().all
}

/// Hash marks and ellipses; of each of the four, those that do not overlap.
pub(super) fn symbols(text: &str) -> u64 {
    let hashes = memchr::memchr_iter(b'#', text.as_bytes()).count() as u64;
    hashes + super::words::ellipses(text) + spaced_ellipses(text)
}

/// Occurrences of `. . .` without overlap.
pub(super) fn spaced_ellipses(text: &str) -> u64 {
    memchr::memmem::find_iter(text.as_bytes(), ". . .").count() as u64
}

fn share(copies: &Copies) -> Option<f64> {
    ratio(copies.copies, copies.all)
}

fn char_share(copies: &Copies) -> Option<f64> {
    ratio(copies.chars, copies.all_chars)
}

/// A text without words has no n-gram that could repeat.
fn of_words(doc: &Document<'_>, chars: u64) -> Option<f64> {
    ratio(chars, doc.view().repetition(UnicodeAlnum).word_chars().max(1))
}

#[cfg(test)]
mod tests {
    use crate::signal::tests::measured;

    #[test]
    fn counts_by_hand() {
        let text = "● The café . . . …\n\n  # of_ _THE to\0be\u{1c}x\n\n● The café . . . … \n";
        // Words: ● The café . . . … # of_ _THE to\0be x ● The café . . . …; for n-grams: The café of_ to be x The café
        let want = [
            ("dclm_word_count", 7.0),
            ("dclm_mean_word_length", (1 + 3 + 4 + 3 + 1 + 1 + 3 + 4 + 5 + 1 + 1 + 3 + 4 + 3 + 1) as f64 / 19.0),
            ("dclm_symbol_to_word_ratio", 5.0 / 19.0),
            ("dclm_bullet_line_ratio", 2.0 / 3.0),
            ("dclm_ellipsis_line_ratio", 2.0 / 3.0),
            ("dclm_non_alpha_word_ratio", 11.0 / 19.0),
            ("dclm_stop_word_count", 2.0),
            ("dclm_duplicate_line_ratio", 2.0 / 3.0),
            ("dclm_duplicate_line_char_ratio", 32.0 / 48.0),
            ("dclm_duplicate_paragraph_ratio", 2.0 / 3.0),
            ("dclm_top_2gram_char_ratio", 14.0 / 22.0),
            ("dclm_top_3gram_char_ratio", 0.0),
        ];
        for (name, value) in want {
            assert_eq!(measured(name, text), Some(value), "{name}");
        }
        assert_eq!(measured("dclm_duplicate_line_ratio", " \n"), None);
        assert_eq!(measured("dclm_duplicate_5gram_char_ratio", ""), Some(0.0));
        assert_eq!(measured("dclm_removed_word_ratio", "outside a chain nothing is remembered"), None);
    }
}
