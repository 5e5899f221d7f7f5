//! How much of the text is said again, as datatrove 0.10's Gopher repetition filter measures it.
//!
//! Every share is of all characters of the text, white space included.

use super::{ratio, signals};
use crate::document::Document;
use crate::text::datatrove::Copies;

signals! {
    /// Second and later copies of paragraphs (the stripped text cut at two line feeds or more) over all, as datatrove 0.10 has it
    /// (Gopher repetition).
    DtDuplicateParagraphRatio "dt_duplicate_paragraph_ratio" |doc| share(doc.view().datatrove().paragraph_copies());

    /// Characters in second and later copies of paragraphs over all of the text, as datatrove 0.10 has it (Gopher repetition).
    DtDuplicateParagraphCharRatio "dt_duplicate_paragraph_char_ratio" |doc| {
        of_text(doc, doc.view().datatrove().paragraph_copies().chars)
    };

    /// Second and later copies of lines (the text cut at runs of line feeds, with the empty lines at its ends) over all, as
    /// datatrove 0.10 has it (Gopher repetition).
    DtDuplicateLineRatio "dt_duplicate_line_ratio" |doc| share(doc.view().datatrove().line_copies());

    /// Characters in second and later copies of lines over all of the text, as datatrove 0.10 has it (Gopher repetition).
    DtDuplicateLineCharRatio "dt_duplicate_line_char_ratio" |doc| {
        of_text(doc, doc.view().datatrove().line_copies().chars)
    };

    /// Characters in the most frequent 2-gram of words, spaces between them included, even if it occurs once, over all of the
    /// text, as datatrove 0.10 has it (Gopher repetition).
    DtTop2gramCharRatio "dt_top_2gram_char_ratio" |doc| top(doc, 0), within |doc| top_within(doc, 0);

    /// Characters in the most frequent 3-gram of words, spaces between them included, even if it occurs once, over all of the
    /// text, as datatrove 0.10 has it (Gopher repetition).
    DtTop3gramCharRatio "dt_top_3gram_char_ratio" |doc| top(doc, 1), within |doc| top_within(doc, 1);

    /// Characters in the most frequent 4-gram of words, spaces between them included, even if it occurs once, over all of the
    /// text, as datatrove 0.10 has it (Gopher repetition).
    DtTop4gramCharRatio "dt_top_4gram_char_ratio" |doc| top(doc, 2), within |doc| top_within(doc, 2);

    /// Characters in 5-grams of words that occurred before, each passed over once found, over all of the text, as datatrove
    /// 0.10 has it (Gopher repetition).
    DtDuplicate5gramCharRatio "dt_duplicate_5gram_char_ratio" |doc| duplicate(doc, 0);

    /// Characters in 6-grams of words that occurred before, each passed over once found, over all of the text, as datatrove
    /// 0.10 has it (Gopher repetition).
    DtDuplicate6gramCharRatio "dt_duplicate_6gram_char_ratio" |doc| duplicate(doc, 1);

    /// Characters in 7-grams of words that occurred before, each passed over once found, over all of the text, as datatrove
    /// 0.10 has it (Gopher repetition).
    DtDuplicate7gramCharRatio "dt_duplicate_7gram_char_ratio" |doc| duplicate(doc, 2);

    /// Characters in 8-grams of words that occurred before, each passed over once found, over all of the text, as datatrove
    /// 0.10 has it (Gopher repetition).
    DtDuplicate8gramCharRatio "dt_duplicate_8gram_char_ratio" |doc| duplicate(doc, 3);

    /// Characters in 9-grams of words that occurred before, each passed over once found, over all of the text, as datatrove
    /// 0.10 has it (Gopher repetition).
    DtDuplicate9gramCharRatio "dt_duplicate_9gram_char_ratio" |doc| duplicate(doc, 4);

    /// Characters in 10-grams of words that occurred before, each passed over once found, over all of the text, as datatrove
    /// 0.10 has it (Gopher repetition).
    DtDuplicate10gramCharRatio "dt_duplicate_10gram_char_ratio" |doc| duplicate(doc, 5);
}

fn share(copies: &Copies) -> Option<f64> {
    ratio(copies.copies, copies.all)
}

fn of_text(doc: &Document<'_>, chars: u64) -> Option<f64> {
    ratio(chars, doc.view().char_count())
}

fn top(doc: &Document<'_>, at: usize) -> Option<f64> {
    of_text(doc, doc.view().datatrove().top_ngram_chars(at)?)
}

fn top_within(doc: &Document<'_>, at: usize) -> Option<(f64, f64)> {
    Some((0.0, of_text(doc, *doc.view().datatrove().top_ngram_bounds()?.get(at)?)?))
}

fn duplicate(doc: &Document<'_>, at: usize) -> Option<f64> {
    of_text(doc, doc.view().datatrove().duplicate_ngram_chars(at)?)
}

#[cfg(test)]
mod tests {
    use crate::signal::tests::measured;

    #[test]
    fn repetition_by_hand() {
        let text = "a b c d e f\n\na b c d e f\nnew line\nnew line\n";
        let want = [
            ("dt_duplicate_paragraph_ratio", 0.0),
            ("dt_duplicate_line_ratio", 2.0 / 5.0),
            ("dt_duplicate_line_char_ratio", (11 + 8) as f64 / 43.0),
            ("dt_top_2gram_char_ratio", 2.0 * 3.0 / 43.0),
            ("dt_top_4gram_char_ratio", 2.0 * 7.0 / 43.0),
            ("dt_duplicate_5gram_char_ratio", 5.0 / 43.0),
            ("dt_duplicate_6gram_char_ratio", 6.0 / 43.0),
            ("dt_duplicate_7gram_char_ratio", 0.0),
        ];
        for (name, value) in want {
            assert_eq!(measured(name, text), Some(value), "{name}");
        }
        assert_eq!(measured("dt_top_2gram_char_ratio", "Hello world"), Some(1.0));
        assert_eq!(measured("dt_top_3gram_char_ratio", "Hello world"), None);
        assert_eq!(measured("dt_duplicate_line_ratio", "\n"), Some(0.5));
        assert_eq!(measured("dt_duplicate_line_char_ratio", ""), None);
    }
}
