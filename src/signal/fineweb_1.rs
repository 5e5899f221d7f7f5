//! What the filters that made FineWeb's first version measured (datatrove 0.2, English), as they measured it but for where sentences end.
//!
//! Words are those that NLTK makes of each sentence ([`treebank_words`](crate::text::treebank_words)). The sentences were those of a trained
//! model (Punkt); here they are spaCy's, as in the `dt_…` signals.

use super::words::ellipses;
use super::{ratio, signals};
use crate::document::Document;

signals! {
    /// Words with a character that is neither mark nor control, as datatrove 0.2 counted them for FineWeb 1 (Gopher quality).
    Fw1NonSymbolWordCount "fw1_non_symbol_word_count" |doc| Some(doc.view().datatrove().first_words().non_symbol as f64);

    /// Mean characters (code points) of the words that are not all marks, as in FineWeb 1 (Gopher quality).
    Fw1MeanWordLength "fw1_mean_word_length" |doc| {
        let words = doc.view().datatrove().first_words();
        ratio(words.non_symbol_chars, words.non_symbol)
    };

    /// Hash marks (`#`) for each word, marks counted as words, as in FineWeb 1 (Gopher quality).
    Fw1HashToWordRatio "fw1_hash_to_word_ratio" |doc| {
        ratio(memchr::memchr_iter(b'#', doc.text().as_bytes()).count() as u64, words(doc))
    };

    /// Ellipses (`...` or `…`) for each word, marks counted as words, as in FineWeb 1 (Gopher quality).
    Fw1EllipsisToWordRatio "fw1_ellipsis_to_word_ratio" |doc| ratio(ellipses(doc.text()), words(doc));

    /// Words with a letter over all words, marks counted as words, as in FineWeb 1 (Gopher quality).
    Fw1AlphaWordRatio "fw1_alpha_word_ratio" |doc| ratio(doc.view().datatrove().first_words().alpha, words(doc));

    /// How often the stop words the, be, to, of, and, that, have, with occur in all, in lower case only, as in FineWeb 1 (Gopher
    /// quality).
    Fw1StopWordOccurrences "fw1_stop_word_occurrences" |doc| {
        Some(f64::from(doc.view().datatrove().first_words().stop_words))
    };

    /// Second and later copies of lines of Python's `splitlines`, blank ones too, over all, as in FineWeb 1 (Gopher repetition).
    Fw1DuplicateLineRatio "fw1_duplicate_line_ratio" |doc| {
        let lines = doc.view().datatrove().first_line_copies();
        ratio(lines.copies, lines.all)
    };

    /// Characters in second and later copies of lines over all of the text, as in FineWeb 1 (Gopher repetition).
    Fw1DuplicateLineCharRatio "fw1_duplicate_line_char_ratio" |doc| {
        of_text(doc, doc.view().datatrove().first_line_copies().chars)
    };

    /// Characters in the most frequent 2-gram of words, spaces between them included, even if it occurs once, over all of the
    /// text, as in FineWeb 1 (Gopher repetition).
    Fw1Top2gramCharRatio "fw1_top_2gram_char_ratio" |doc| top(doc, 0);

    /// Characters in the most frequent 3-gram of words, spaces between them included, even if it occurs once, over all of the
    /// text, as in FineWeb 1 (Gopher repetition).
    Fw1Top3gramCharRatio "fw1_top_3gram_char_ratio" |doc| top(doc, 1);

    /// Characters in the most frequent 4-gram of words, spaces between them included, even if it occurs once, over all of the
    /// text, as in FineWeb 1 (Gopher repetition).
    Fw1Top4gramCharRatio "fw1_top_4gram_char_ratio" |doc| top(doc, 2);

    /// Characters in 5-grams of words that occurred before, each passed over once found, over all of the text, as in FineWeb 1
    /// (Gopher repetition).
    Fw1Duplicate5gramCharRatio "fw1_duplicate_5gram_char_ratio" |doc| duplicate(doc, 0);

    /// Characters in 6-grams of words that occurred before, each passed over once found, over all of the text, as in FineWeb 1
    /// (Gopher repetition).
    Fw1Duplicate6gramCharRatio "fw1_duplicate_6gram_char_ratio" |doc| duplicate(doc, 1);

    /// Characters in 7-grams of words that occurred before, each passed over once found, over all of the text, as in FineWeb 1
    /// (Gopher repetition).
    Fw1Duplicate7gramCharRatio "fw1_duplicate_7gram_char_ratio" |doc| duplicate(doc, 2);

    /// Characters in 8-grams of words that occurred before, each passed over once found, over all of the text, as in FineWeb 1
    /// (Gopher repetition).
    Fw1Duplicate8gramCharRatio "fw1_duplicate_8gram_char_ratio" |doc| duplicate(doc, 3);

    /// Characters in 9-grams of words that occurred before, each passed over once found, over all of the text, as in FineWeb 1
    /// (Gopher repetition).
    Fw1Duplicate9gramCharRatio "fw1_duplicate_9gram_char_ratio" |doc| duplicate(doc, 4);

    /// Characters in 10-grams of words that occurred before, each passed over once found, over all of the text, as in FineWeb 1
    /// (Gopher repetition).
    Fw1Duplicate10gramCharRatio "fw1_duplicate_10gram_char_ratio" |doc| duplicate(doc, 5);

    /// Lines that end in `.`, `'`, `"`, `!` or `?`, over all lines between line feeds, blank ones too, as in FineWeb 1.
    Fw1TerminalLineRatio "fw1_terminal_line_ratio" |doc| {
        let lines = doc.view().datatrove().first_lines();
        ratio(lines.terminal, lines.all)
    };

    /// Lines of 30 characters or fewer, over all lines between line feeds, blank ones too, as in FineWeb 1.
    Fw1ShortLineRatio "fw1_short_line_ratio" |doc| {
        let lines = doc.view().datatrove().first_lines();
        ratio(lines.short, lines.all)
    };

    /// Line feeds for each word, marks counted as words, as in FineWeb 1.
    Fw1NewlineToWordRatio "fw1_newline_to_word_ratio" |doc| {
        ratio(memchr::memchr_iter(b'\n', doc.text().as_bytes()).count() as u64, words(doc))
    };
}

fn words(doc: &Document<'_>) -> u64 {
    doc.view().datatrove().first_words().all
}

/// Over all characters of the text.
fn of_text(doc: &Document<'_>, chars: u64) -> Option<f64> {
    ratio(chars, doc.view().char_count())
}

fn top(doc: &Document<'_>, at: usize) -> Option<f64> {
    of_text(doc, doc.view().datatrove().first_repetition().top[at]?)
}

fn duplicate(doc: &Document<'_>, at: usize) -> Option<f64> {
    of_text(doc, doc.view().datatrove().first_repetition().duplicate[at])
}

#[cfg(test)]
mod tests {
    use crate::signal::tests::measured;

    #[test]
    fn counts_by_hand() {
        let text = "\"The # can't be...\"\n\nShe said. The end\n\n";
        // Words: `` The # ca n't be ... '' She said . The end
        let want = [
            ("fw1_non_symbol_word_count", 8.0),
            ("fw1_mean_word_length", (3 + 2 + 3 + 2 + 3 + 4 + 3 + 3) as f64 / 8.0),
            ("fw1_hash_to_word_ratio", 1.0 / 13.0),
            ("fw1_ellipsis_to_word_ratio", 1.0 / 13.0),
            ("fw1_alpha_word_ratio", 8.0 / 13.0),
            ("fw1_stop_word_occurrences", 1.0),
            ("fw1_duplicate_line_ratio", 1.0 / 4.0),
            ("fw1_duplicate_line_char_ratio", 0.0),
            ("fw1_terminal_line_ratio", 1.0 / 5.0),
            ("fw1_short_line_ratio", 1.0),
            ("fw1_newline_to_word_ratio", 4.0 / 13.0),
        ];
        for (name, value) in want {
            assert_eq!(measured(name, text), Some(value), "{name}");
        }
        assert_eq!(measured("fw1_top_2gram_char_ratio", "\" \""), Some(5.0 / 3.0));
        assert_eq!(measured("fw1_top_2gram_char_ratio", "\""), None);
    }
}
