//! What datamap-rs's filters measure (`allenai/datamap-rs`, `map_fxn.rs`), as they measure it: lengths are in bytes where it has
//! them so, n-grams are of UAX #29 words.
//!
//! It divides in 32-bit floating point, this crate in 64-bit: a ratio that lies closer to its bound than 32 bits can tell may be
//! decided otherwise, which needs a text of megabytes.

use super::dclm::{spaced_ellipses, symbols};
use super::{ratio, signals};
use crate::document::Document;
use crate::text::references::{Copies, is_bullet_line};

signals! {
    /// Words as datamap counts them (`page_len_filter`): runs of letters and digits in an ASCII text, UAX #29 words in any other.
    DatamapWordCount "datamap_word_count" |doc| Some(doc.view().references().datamap_word_count() as f64);

    /// Mean UTF-8 bytes of words between white space, as datamap has it (`word_len_filter`).
    DatamapMeanWordBytes "datamap_mean_word_bytes" |doc| {
        let words = doc.view().references().datamap_words();
        ratio(words.bytes, words.all)
    };

    /// Hash marks and ellipses (`...`, `. . .`, `…`) for each word between white space, `. . .` being one, as datamap has it
    /// (`symbol_ratio_filter`).
    DatamapSymbolToWordRatio "datamap_symbol_to_word_ratio" |doc| {
        // Each such ellipsis is three words, or ends of words, that become one.
        let words = doc.view().references().datamap_words().all;
        let words = words.saturating_sub(2 * spaced_ellipses(doc.text()));
        ratio(symbols(doc.text()), words.max(1))
    };

    /// Lines that begin with `●`, `•`, `*` or `-` over all between line feeds, empty ones too, as datamap has it
    /// (`bullet_filter`).
    DatamapBulletLineRatio "datamap_bullet_line_ratio" |doc| {
        let (mut bullets, mut all) = (0, 0);
        for line in doc.text().split('\n') {
            bullets += u64::from(is_bullet_line(line));
            all += 1;
        }
        ratio(bullets, all)
    };

    /// Lines that end in `...`, `. . .` or `…` over all that are not empty, as datamap has it (`ellipsis_line_ratio_filter`).
    DatamapEllipsisLineRatio "datamap_ellipsis_line_ratio" |doc| {
        let (mut ellipses, mut all) = (0, 0);
        for line in doc.view().lines().iter().filter(|line| !line.is_empty()) {
            ellipses += u64::from(line.ends_with("...") || line.ends_with(". . .") || line.ends_with('…'));
            all += 1;
        }
        ratio(ellipses, all.max(1))
    };

    /// Words without a letter over all between white space, as datamap has it (`alphabetic_word_ratio_filter`); undefined for
    /// fewer than two words, which it drops.
    DatamapNonAlphaWordRatio "datamap_non_alpha_word_ratio" |doc| {
        let words = doc.view().references().datamap_words();
        ratio(words.non_alpha, words.all).filter(|_| words.all > 1)
    };

    /// Occurrences of the stop words the, be, to, of, and, that, have, with, in any case, as datamap counts them
    /// (`stop_word_filter`).
    DatamapStopWordCount "datamap_stop_word_count" |doc| {
        Some(doc.view().references().datamap_words().stop_words as f64)
    };

    /// Lines that another one equals, the first copy counted too, over all that are not empty, as datamap has it
    /// (`massive_web_repetition_filter`); 1 without lines.
    DatamapDuplicateLineRatio "datamap_duplicate_line_ratio" |doc| share(doc.view().references().datamap_lines());

    /// UTF-8 bytes in lines that another one equals over those in all lines, as datamap has it
    /// (`massive_web_repetition_filter`); 1 without lines.
    DatamapDuplicateLineByteRatio "datamap_duplicate_line_byte_ratio" |doc| {
        byte_share(doc.view().references().datamap_lines())
    };

    /// Paragraphs (between two line feeds) that another one equals, the first copy counted too, over all that are not empty,
    /// as datamap has it (`massive_web_repetition_filter`); 1 without any.
    DatamapDuplicateParagraphRatio "datamap_duplicate_paragraph_ratio" |doc| {
        share(doc.view().references().datamap_paragraphs())
    };

    /// UTF-8 bytes in paragraphs that another one equals over those in all paragraphs, as datamap has it
    /// (`massive_web_repetition_filter`); 1 without any.
    DatamapDuplicateParagraphByteRatio "datamap_duplicate_paragraph_byte_ratio" |doc| {
        byte_share(doc.view().references().datamap_paragraphs())
    };

    /// UTF-8 bytes in the words of the most frequent 2-gram, of equally frequent ones the longest, each word counted once, over
    /// those in all words, as datamap has it (`massive_web_repetition_filter`).
    DatamapTop2gramByteRatio "datamap_top_2gram_byte_ratio" |doc| of_words(doc, doc.view().byte_repetition().top_ngram_covered_chars(2)?);

    /// UTF-8 bytes in the words of the most frequent 3-gram, of equally frequent ones the longest, each word counted once, over
    /// those in all words, as datamap has it (`massive_web_repetition_filter`).
    DatamapTop3gramByteRatio "datamap_top_3gram_byte_ratio" |doc| of_words(doc, doc.view().byte_repetition().top_ngram_covered_chars(3)?);

    /// UTF-8 bytes in the words of the most frequent 4-gram, of equally frequent ones the longest, each word counted once, over
    /// those in all words, as datamap has it (`massive_web_repetition_filter`).
    DatamapTop4gramByteRatio "datamap_top_4gram_byte_ratio" |doc| of_words(doc, doc.view().byte_repetition().top_ngram_covered_chars(4)?);

    /// UTF-8 bytes in words of 5-grams that occur twice or more, each word counted once, over those in all words, as datamap has
    /// it (`massive_web_repetition_filter`).
    DatamapDuplicate5gramByteRatio "datamap_duplicate_5gram_byte_ratio" |doc| of_words(doc, doc.view().byte_repetition().duplicate_ngram_chars(5)?);

    /// UTF-8 bytes in words of 6-grams that occur twice or more, each word counted once, over those in all words, as datamap has
    /// it (`massive_web_repetition_filter`).
    DatamapDuplicate6gramByteRatio "datamap_duplicate_6gram_byte_ratio" |doc| of_words(doc, doc.view().byte_repetition().duplicate_ngram_chars(6)?);

    /// UTF-8 bytes in words of 7-grams that occur twice or more, each word counted once, over those in all words, as datamap has
    /// it (`massive_web_repetition_filter`).
    DatamapDuplicate7gramByteRatio "datamap_duplicate_7gram_byte_ratio" |doc| of_words(doc, doc.view().byte_repetition().duplicate_ngram_chars(7)?);

    /// UTF-8 bytes in words of 8-grams that occur twice or more, each word counted once, over those in all words, as datamap has
    /// it (`massive_web_repetition_filter`).
    DatamapDuplicate8gramByteRatio "datamap_duplicate_8gram_byte_ratio" |doc| of_words(doc, doc.view().byte_repetition().duplicate_ngram_chars(8)?);

    /// UTF-8 bytes in words of 9-grams that occur twice or more, each word counted once, over those in all words, as datamap has
    /// it (`massive_web_repetition_filter`).
    DatamapDuplicate9gramByteRatio "datamap_duplicate_9gram_byte_ratio" |doc| of_words(doc, doc.view().byte_repetition().duplicate_ngram_chars(9)?);

    /// UTF-8 bytes in words of 10-grams that occur twice or more, each word counted once, over those in all words, as datamap has
    /// it (`massive_web_repetition_filter`).
    DatamapDuplicate10gramByteRatio "datamap_duplicate_10gram_byte_ratio" |doc| of_words(doc, doc.view().byte_repetition().duplicate_ngram_chars(10)?);
}

fn share(copies: &Copies) -> Option<f64> {
    ratio(copies.copies, copies.all).or(Some(1.0))
}

fn byte_share(copies: &Copies) -> Option<f64> {
    ratio(copies.bytes, copies.all_bytes).or(Some(1.0))
}

/// A text without words has no n-gram that could repeat.
fn of_words(doc: &Document<'_>, bytes: u64) -> Option<f64> {
    ratio(bytes, doc.view().byte_repetition().word_chars().max(1))
}

#[cfg(test)]
mod tests {
    use crate::signal::tests::measured;

    #[test]
    fn counts_by_hand() {
        let text = "● The café . . . …\n\n # OF a_b\u{1c}x\r\n● The café . . . …\n";
        // Words: ● The café . . . … # OF a_b\u{1c}x ● The café . . . …; for n-grams: The café OF a_b x The café
        let want = [
            ("datamap_word_count", 7.0),
            ("datamap_mean_word_bytes", (2 * (3 + 3 + 5 + 3 + 3) + 1 + 2 + 5) as f64 / 17.0),
            ("datamap_symbol_to_word_ratio", 5.0 / 13.0),
            ("datamap_bullet_line_ratio", 2.0 / 5.0),
            ("datamap_ellipsis_line_ratio", 2.0 / 3.0),
            ("datamap_non_alpha_word_ratio", 11.0 / 17.0),
            ("datamap_stop_word_count", 3.0),
            ("datamap_duplicate_line_ratio", 2.0 / 3.0),
            ("datamap_duplicate_line_byte_ratio", 2.0 * 23.0 / (2.0 * 23.0 + 12.0)),
            ("datamap_duplicate_paragraph_ratio", 0.0),
            ("datamap_top_2gram_byte_ratio", 16.0 / 22.0),
            ("datamap_duplicate_5gram_byte_ratio", 0.0),
        ];
        for (name, value) in want {
            assert_eq!(measured(name, text), Some(value), "{name}");
        }
        assert_eq!(measured("datamap_word_count", "a_b c-d, e"), Some(5.0));
        assert_eq!(measured("datamap_non_alpha_word_ratio", "one"), None);
        assert_eq!(measured("datamap_duplicate_line_ratio", ""), Some(1.0));
        assert_eq!(measured("datamap_top_2gram_byte_ratio", "é é é"), Some(1.0));
    }
}
