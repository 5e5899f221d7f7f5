//! What dolma's taggers `gopher_v1`, `gopher_v2` and `c4_v2` measure, as they measure it.
//!
//! Scores are rounded to 5 decimals before any threshold there, so they are here. A score that dolma does not write, for want
//! of words, is undefined.

use super::datatrove::flag;
use super::{ratio, signals};
use crate::document::Document;
use crate::text::WordBreak::PythonWhitespace;
use crate::text::datatrove::{speaks_latin, speaks_of_javascript};

signals! {
    /// Words between white space of Python, as dolma counts them (`gopher_v1`, `word_count`).
    DolmaWordCount "dolma_word_count" |doc| Some(words(doc) as f64);

    /// Median characters (code points) of words, as dolma has it (`gopher_v1`, `median_word_length`); 0 without words.
    DolmaMedianWordLength "dolma_median_word_length" |doc| {
        Some(doc.view().references().dolma_words().twice_median as f64 / 2.0)
    };

    /// Words that hold `#` or `…` over all words, as dolma has it (`gopher_v1`, `symbol_to_word_ratio`).
    DolmaSymbolWordRatio "dolma_symbol_word_ratio" |doc| of(doc.view().references().dolma_words().symbols, words(doc));

    /// Words with a letter over all words, as dolma has it (`gopher_v1`, `fraction_of_words_with_alpha_character`).
    DolmaAlphaWordRatio "dolma_alpha_word_ratio" |doc| of(doc.view().references().dolma_words().alpha, words(doc));

    /// Occurrences of the stop words the, be, to, of, and, that, have, with, in lower case only, as dolma counts them
    /// (`gopher_v1`, `required_word_count`).
    DolmaRequiredWordCount "dolma_required_word_count" |doc| {
        Some(doc.view().references().dolma_words().required as f64)
    };

    /// Lines that begin with `*` or `-` over all lines between line feeds, empty ones too, as dolma has it (`gopher_v1`).
    DolmaBulletLineRatio "dolma_bullet_line_ratio" |doc| {
        let lines = doc.view().references().dolma_lines(false);
        of(lines.bullets, lines.copies.all)
    };

    /// Lines that end in `…` over all lines between line feeds, empty ones too, as dolma has it (`gopher_v1`).
    DolmaEllipsisLineRatio "dolma_ellipsis_line_ratio" |doc| {
        let lines = doc.view().references().dolma_lines(false);
        of(lines.ellipses, lines.copies.all)
    };

    /// Lines that another one equals, the first copy counted too, over all lines between line feeds, empty ones too, as dolma has it (`gopher_v1`).
    DolmaDuplicateLineRatio "dolma_duplicate_line_ratio" |doc| {
        let lines = doc.view().references().dolma_lines(false);
        of(lines.copies.copies, lines.copies.all)
    };

    /// Characters in lines that another one equals, white space counted, for each character in words, as dolma has it (`gopher_v1`).
    DolmaDuplicateLineCharsPerWordChar "dolma_duplicate_line_chars_per_word_char" |doc| {
        let lines = doc.view().references().dolma_lines(false);
        of(lines.copies.chars, doc.view().word_chars(PythonWhitespace))
    };

    /// Lines that begin with `*` or `-` over all lines between runs of line feeds, as dolma has it (`gopher_v2`).
    DolmaV2BulletLineRatio "dolma_v2_bullet_line_ratio" |doc| {
        let lines = doc.view().references().dolma_lines(true);
        of(lines.bullets, lines.copies.all)
    };

    /// Lines that end in `…` over all lines between runs of line feeds, as dolma has it (`gopher_v2`).
    DolmaV2EllipsisLineRatio "dolma_v2_ellipsis_line_ratio" |doc| {
        let lines = doc.view().references().dolma_lines(true);
        of(lines.ellipses, lines.copies.all)
    };

    /// Lines that another one equals, the first copy counted too, over all lines between runs of line feeds, as dolma has it (`gopher_v2`).
    DolmaV2DuplicateLineRatio "dolma_v2_duplicate_line_ratio" |doc| {
        let lines = doc.view().references().dolma_lines(true);
        of(lines.copies.copies, lines.copies.all)
    };

    /// Characters in lines that another one equals, white space counted, for each character in words, as dolma has it (`gopher_v2`).
    DolmaV2DuplicateLineCharsPerWordChar "dolma_v2_duplicate_line_chars_per_word_char" |doc| {
        let lines = doc.view().references().dolma_lines(true);
        of(lines.copies.chars, doc.view().word_chars(PythonWhitespace))
    };

    /// Characters in the most frequent 2-gram of words, even if it occurs once, over those in all words, as dolma has it
    /// (`gopher_v1`).
    DolmaTop2gramCharRatio "dolma_top_2gram_char_ratio" |doc| top(doc, 2);

    /// Characters in the most frequent 3-gram of words, even if it occurs once, over those in all words, as dolma has it
    /// (`gopher_v1`).
    DolmaTop3gramCharRatio "dolma_top_3gram_char_ratio" |doc| top(doc, 3);

    /// Characters in the most frequent 4-gram of words, even if it occurs once, over those in all words, as dolma has it
    /// (`gopher_v1`).
    DolmaTop4gramCharRatio "dolma_top_4gram_char_ratio" |doc| top(doc, 4);

    /// Characters in 5-grams of words that occur twice or more, over those in all 5-grams, as dolma has it (`gopher_v1`).
    DolmaDuplicate5gramCharRatio "dolma_duplicate_5gram_char_ratio" |doc| duplicate(doc, 5);

    /// Characters in 6-grams of words that occur twice or more, over those in all 6-grams, as dolma has it (`gopher_v1`).
    DolmaDuplicate6gramCharRatio "dolma_duplicate_6gram_char_ratio" |doc| duplicate(doc, 6);

    /// Characters in 7-grams of words that occur twice or more, over those in all 7-grams, as dolma has it (`gopher_v1`).
    DolmaDuplicate7gramCharRatio "dolma_duplicate_7gram_char_ratio" |doc| duplicate(doc, 7);

    /// Characters in 8-grams of words that occur twice or more, over those in all 8-grams, as dolma has it (`gopher_v1`).
    DolmaDuplicate8gramCharRatio "dolma_duplicate_8gram_char_ratio" |doc| duplicate(doc, 8);

    /// Characters in 9-grams of words that occur twice or more, over those in all 9-grams, as dolma has it (`gopher_v1`).
    DolmaDuplicate9gramCharRatio "dolma_duplicate_9gram_char_ratio" |doc| duplicate(doc, 9);

    /// Characters in 10-grams of words that occur twice or more, over those in all 10-grams, as dolma has it (`gopher_v1`).
    DolmaDuplicate10gramCharRatio "dolma_duplicate_10gram_char_ratio" |doc| duplicate(doc, 10);

    /// 1 if the text holds `{`, 0 otherwise, as dolma's tagger `c4_v2` says.
    DolmaC4CurlyBracket "dolma_c4_curly_bracket" |doc| Some(flag(memchr::memchr(b'{', doc.text().as_bytes()).is_some()));

    /// 1 if the text holds `lorem ipsum` in any case, 0 otherwise, as dolma's tagger `c4_v2` says.
    DolmaC4LoremIpsum "dolma_c4_lorem_ipsum" |doc| Some(flag(speaks_latin(doc.text().as_bytes())));

    /// 1 if the text holds `javascript` in any case, 0 otherwise, as dolma's tagger `c4_v2` says.
    DolmaC4Javascript "dolma_c4_javascript" |doc| Some(flag(speaks_of_javascript(doc.text().as_bytes())));
}

fn words(doc: &Document<'_>) -> u64 {
    doc.view().references().dolma_words().all
}

/// `part` over `whole`, which counts for 1 where it is 0, rounded.
fn of(part: u64, whole: u64) -> Option<f64> {
    ratio(part, whole.max(1)).map(rounded)
}

fn top(doc: &Document<'_>, n: usize) -> Option<f64> {
    let chars = doc.view().repetition(PythonWhitespace).first_top_ngram_chars(n)?;
    of(chars, doc.view().word_chars(PythonWhitespace))
}

fn duplicate(doc: &Document<'_>, n: usize) -> Option<f64> {
    let (occurrences, all) = doc.view().repetition(PythonWhitespace).occurring_ngram_chars(n)?;
    // A word has a character, so there is no n-gram where there is none in them.
    if all == 0 { None } else { of(occurrences, all) }
}

/// Python's `round(value, 5)` of a value that is not negative: the nearest number of 5 decimals; of two, the even one.
fn rounded(value: f64) -> f64 {
    let scaled = value * 1e5;
    if (scaled.fract() - 0.5).abs() > 1e-6 {
        return scaled.round() / 1e5;
    }
    // So near to the middle, only the exact digits tell. Formatting has them, and rounds half to even.
    format!("{value:.5}").parse().unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::rounded;
    use crate::signal::tests::measured;
    use proptest::prelude::*;

    #[test]
    fn counts_by_hand() {
        let text = "* The café…\n- of the\u{1c}# of\n\n- of the\u{1c}# of\n";
        // Words: * The café… - of the # of - of the # of. The numbers are those of dolma 1.2.1.
        let want = [
            ("dolma_word_count", 13.0),
            ("dolma_median_word_length", 2.0),
            ("dolma_symbol_word_ratio", 0.23077),
            ("dolma_alpha_word_ratio", 0.61538),
            ("dolma_required_word_count", 6.0),
            ("dolma_bullet_line_ratio", 0.6),
            ("dolma_ellipsis_line_ratio", 0.2),
            ("dolma_duplicate_line_ratio", 0.8),
            ("dolma_duplicate_line_chars_per_word_char", 0.96296),
            ("dolma_v2_duplicate_line_ratio", 0.5),
            ("dolma_v2_bullet_line_ratio", 0.75),
            ("dolma_top_2gram_char_ratio", 0.22222),
            ("dolma_duplicate_5gram_char_ratio", 0.19565),
            ("dolma_duplicate_6gram_char_ratio", 0.0),
        ];
        for (name, value) in want {
            assert_eq!(measured(name, text), Some(value), "{name}");
        }
        assert_eq!(measured("dolma_top_2gram_char_ratio", "Hello world"), Some(1.0));
        assert_eq!(measured("dolma_top_3gram_char_ratio", "Hello world"), None);
        assert_eq!(measured("dolma_duplicate_5gram_char_ratio", "a b c d"), None);
        assert_eq!(measured("dolma_duplicate_line_chars_per_word_char", "  \n  "), Some(4.0));
        assert_eq!(measured("dolma_c4_javascript", "Need JavaScripts"), Some(1.0));
    }

    #[test]
    fn halves_are_rounded_by_their_digits() {
        // The first two are below the middle as binary numbers, the third is on it.
        for (value, want) in [(0.000_005, 1e-5), (0.100_005, 0.1), (0.5 + 1.0 / 64.0, 0.51562), (0.3, 0.3)] {
            assert_eq!(rounded(value), want, "{value}");
        }
    }

    proptest! {
        #[test]
        fn rounding_agrees_with_formatting(part in 0u32..2_000_000, whole in 1u32..2_000_000) {
            let value = f64::from(part) / f64::from(whole);
            prop_assert_eq!(rounded(value), format!("{value:.5}").parse::<f64>().unwrap());
        }
    }
}
