//! What datatrove 0.10's filters measure, as they measure it: for rule sets that decide as it does.
//!
//! Words are spaCy's English tokens ([`WordBreak::SpacyEnglish`](crate::text::WordBreak::SpacyEnglish)), so a mark is one.

use super::words::ellipses;
use super::{ratio, signals};
use crate::document::Document;
use crate::text::WordBreak::SpacyEnglish;
use crate::text::datatrove::C4Rules;

signals! {
    /// Words with a character that is neither mark nor control, as datatrove 0.10 counts them (Gopher quality).
    DtNonSymbolWordCount "dt_non_symbol_word_count" |doc| Some(doc.view().datatrove().words().non_symbol as f64);

    /// Mean characters (code points) of the words that are not all marks, as datatrove 0.10 has it (Gopher quality).
    DtMeanWordLength "dt_mean_word_length" |doc| {
        let words = doc.view().datatrove().words();
        ratio(words.non_symbol_chars, words.non_symbol)
    };

    /// Hash marks (`#`) for each word, marks counted as words, as datatrove 0.10 has it (Gopher quality).
    DtHashToWordRatio "dt_hash_to_word_ratio" |doc| {
        ratio(memchr::memchr_iter(b'#', doc.text().as_bytes()).count() as u64, words(doc))
    };

    /// Ellipses (`...` or `…`) for each word, marks counted as words, as datatrove 0.10 has it (Gopher quality).
    DtEllipsisToWordRatio "dt_ellipsis_to_word_ratio" |doc| ratio(ellipses(doc.text()), words(doc));

    /// Lines that begin with `•` or `-`, over all lines of Python's `splitlines`, blank ones too, as datatrove 0.10 has it
    /// (Gopher quality).
    DtBulletLineRatio "dt_bullet_line_ratio" |doc| {
        let lines = doc.view().datatrove().lines();
        ratio(lines.bullets, lines.all)
    };

    /// Lines that end in an ellipsis (`...` or `…`), over all lines of Python's `splitlines`, blank ones too, as datatrove
    /// 0.10 has it (Gopher quality).
    DtEllipsisLineRatio "dt_ellipsis_line_ratio" |doc| {
        let lines = doc.view().datatrove().lines();
        ratio(lines.ellipses, lines.all)
    };

    /// Words with a letter over all words, marks counted as words, as datatrove 0.10 has it (Gopher quality).
    DtAlphaWordRatio "dt_alpha_word_ratio" |doc| ratio(doc.view().datatrove().words().alpha, words(doc));

    /// How many of the stop words the, be, to, of, and, that, have, with occur, in lower case only, as datatrove 0.10 has it
    /// (Gopher quality).
    DtStopWordCount "dt_stop_word_count" |doc| Some(f64::from(doc.view().datatrove().words().stop_words));

    /// Lines between line feeds that are not blank, as datatrove 0.10 counts them (FineWeb).
    DtFilledLineCount "dt_filled_line_count" |doc| Some(doc.view().datatrove().filled_lines().copies.all as f64);

    /// Lines whose last character ends sentences, white space counted, over those that are not blank, as datatrove 0.10 has it
    /// (FineWeb).
    DtTerminalPunctuationLineRatio "dt_terminal_punctuation_line_ratio" |doc| {
        let lines = doc.view().datatrove().filled_lines();
        ratio(lines.terminal, lines.copies.all)
    };

    /// Lines of 30 characters or fewer, white space counted, over those that are not blank, as datatrove 0.10 has it (FineWeb).
    DtShortLineRatio "dt_short_line_ratio" |doc| {
        let lines = doc.view().datatrove().filled_lines();
        ratio(lines.short, lines.copies.all)
    };

    /// Characters in second and later copies of lines, over all characters but line feeds, as datatrove 0.10 has it (FineWeb).
    DtDuplicateFilledLineCharRatio "dt_duplicate_filled_line_char_ratio" |doc| {
        ratio(doc.view().datatrove().filled_lines().copies.chars, doc.view().char_count() - newlines(doc))
    };

    /// Line feeds for each word, marks counted as words, as datatrove 0.10 has it (FineWeb).
    DtNewlineToWordRatio "dt_newline_to_word_ratio" |doc| ratio(newlines(doc), words(doc)), within |doc| {
        Some((0.0, ratio(newlines(doc), doc.view().datatrove().least_words())?))
    };

    /// Characters (code points) of the third longest line between line feeds; undefined for fewer than three (datatrove 0.10's and
    /// mC4's paragraph filter).
    DtThirdLongestLine "dt_third_longest_line" |doc| {
        let mut longest = [None; 3];
        for line in doc.text().split('\n') {
            let length = Some(line.chars().count());
            let at = longest.iter().position(|other| length > *other);
            if let Some(at) = at {
                longest[at..].rotate_right(1);
                longest[at] = length;
            }
        }
        longest[2].map(|length| length as f64)
    };

    /// 1 if a line that C4's line rules had not dropped holds `lorem ipsum`, before any such line with `{`, as TensorFlow Datasets
    /// has it; 0 otherwise.
    TfdsC4LoremIpsum "tfds_c4_lorem_ipsum" |doc| Some(flag(doc.view().datatrove().c4(C4Rules::Tfds).lorem_ipsum));

    /// 1 if a line that C4's line rules had not dropped holds `{`, before any such line with `lorem ipsum`, as TensorFlow Datasets
    /// has it; 0 otherwise.
    TfdsC4CurlyBracket "tfds_c4_curly_bracket" |doc| Some(flag(doc.view().datatrove().c4(C4Rules::Tfds).curly_bracket));

    /// Sentences of the lines that C4's line rules keep (up to a line that drops the text), the lines as TensorFlow Datasets has
    /// them, the sentences as datatrove 0.10 counts them.
    TfdsC4SentenceCount "tfds_c4_sentence_count" |doc| Some(doc.view().datatrove().c4_sentences(C4Rules::Tfds) as f64);

    /// 1 if a line that C4's line rules had not dropped holds `lorem ipsum`, before any such line with `{`, as datatrove 0.10
    /// decides with lines that need terminal marks; 0 otherwise.
    DtC4LoremIpsum "dt_c4_lorem_ipsum" |doc| Some(flag(doc.view().datatrove().c4(true).lorem_ipsum));

    /// 1 if a line that C4's line rules had not dropped holds `{`, before any such line with `lorem ipsum`, as datatrove 0.10
    /// decides with lines that need terminal marks; 0 otherwise.
    DtC4CurlyBracket "dt_c4_curly_bracket" |doc| Some(flag(doc.view().datatrove().c4(true).curly_bracket));

    /// Sentences of the lines that C4's line rules keep (up to a line that drops the text), as datatrove 0.10 counts them with
    /// lines that need terminal marks.
    DtC4SentenceCount "dt_c4_sentence_count" |doc| Some(doc.view().datatrove().c4_sentences(true) as f64),
        within |doc| at_least(doc.view().datatrove().c4(true).kept);

    /// 1 if a line that C4's line rules had not dropped holds `lorem ipsum`, before any such line with `{`, as datatrove 0.10
    /// decides in FineWeb's setting, where lines need no terminal marks; 0 otherwise.
    DtFinewebC4LoremIpsum "dt_fineweb_c4_lorem_ipsum" |doc| Some(flag(doc.view().datatrove().c4(false).lorem_ipsum));

    /// 1 if a line that C4's line rules had not dropped holds `{`, before any such line with `lorem ipsum`, as datatrove 0.10
    /// decides in FineWeb's setting, where lines need no terminal marks; 0 otherwise.
    DtFinewebC4CurlyBracket "dt_fineweb_c4_curly_bracket" |doc| {
        Some(flag(doc.view().datatrove().c4(false).curly_bracket))
    };

    /// Sentences of the lines that C4's line rules keep (up to a line that drops the text), as datatrove 0.10 counts them in
    /// FineWeb's setting, where lines need no terminal marks.
    DtFinewebC4SentenceCount "dt_fineweb_c4_sentence_count" |doc| {
        Some(doc.view().datatrove().c4_sentences(false) as f64)
    }, within |doc| at_least(doc.view().datatrove().c4(false).kept);
}

fn words(doc: &Document<'_>) -> u64 {
    doc.view().words(SpacyEnglish).len() as u64
}

fn newlines(doc: &Document<'_>) -> u64 {
    memchr::memchr_iter(b'\n', doc.text().as_bytes()).count() as u64
}

/// At least one sentence a line.
fn at_least(lines: u64) -> Option<(f64, f64)> {
    Some((lines as f64, f64::INFINITY))
}

pub(super) fn flag(holds: bool) -> f64 {
    f64::from(u8::from(holds))
}

#[cfg(test)]
mod tests {
    use crate::signal::tests::measured;

    #[test]
    fn counts_by_hand() {
        let text = "- The café… has 12 tables of oak.\n\n# Of • course...\u{2028} •";
        // Tokens: - The café … has 12 tables of oak . # Of • course ... •
        let want = [
            ("dt_non_symbol_word_count", 11.0),
            ("dt_mean_word_length", (3 + 4 + 3 + 2 + 6 + 2 + 3 + 2 + 1 + 6 + 1) as f64 / 11.0),
            ("dt_hash_to_word_ratio", 1.0 / 16.0),
            ("dt_ellipsis_to_word_ratio", 2.0 / 16.0),
            ("dt_bullet_line_ratio", 2.0 / 4.0),
            ("dt_ellipsis_line_ratio", 1.0 / 4.0),
            ("dt_alpha_word_ratio", 8.0 / 16.0),
            ("dt_stop_word_count", 1.0),
            ("dt_filled_line_count", 2.0),
            ("dt_terminal_punctuation_line_ratio", 1.0 / 2.0),
            ("dt_short_line_ratio", 1.0 / 2.0),
            ("dt_newline_to_word_ratio", 2.0 / 16.0),
        ];
        for (name, value) in want {
            assert_eq!(measured(name, text), Some(value), "{name}");
        }
        assert_eq!(measured("dt_filled_line_count", " \n\u{1c}\n"), Some(0.0));
        assert_eq!(measured("dt_third_longest_line", "a\néé\nccc\ndddd\n"), Some(2.0));
        assert_eq!(measured("dt_third_longest_line", "a\nb"), None);
        assert_eq!(measured("dt_duplicate_filled_line_char_ratio", "ab\nab\n\ncd"), Some(2.0 / 6.0));
    }

    #[test]
    fn lines_drop_before_they_drop_the_text() {
        let said = |text: &str, mode: &str| {
            ["lorem_ipsum", "curly_bracket", "sentence_count"]
                .map(|s| measured(&format!("dt_{mode}_{s}"), text).unwrap())
        };
        for (text, strict, open) in [
            ("", [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]),
            ("One is here. Two is.\nA { b c\nThree.", [0.0, 0.0, 2.0], [0.0, 1.0, 2.0]),
            ("Some Lorem IPSUM text.\nA { b.", [1.0, 0.0, 0.0], [1.0, 0.0, 0.0]),
            ("A JavaScript { b.\nWe use cookies { here.", [0.0, 1.0, 0.0], [0.0, 1.0, 0.0]),
            ("JavaScript { lorem ipsum.", [1.0, 0.0, 0.0], [1.0, 0.0, 0.0]),
            ("JavaScript [1]{ here.", [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]),
            ("It lo[edit]rem ips[१२]um is.", [1.0, 0.0, 0.0], [1.0, 0.0, 0.0]),
            ("We use coo\u{212A}ies here. And on.", [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]),
            ("It ends here. [1]\n[1] [2] [3]", [0.0, 0.0, 0.0], [0.0, 0.0, 2.0]),
        ] {
            assert_eq!((said(text, "c4"), said(text, "fineweb_c4")), (strict, open), "{text:?}");
        }
        let long = format!("It is {}. And so on.", "x".repeat(1000));
        assert_eq!(measured("dt_c4_sentence_count", &long), Some(0.0));
        assert_eq!(measured("dt_c4_sentence_count", &long.replacen("xx", "é", 1)), Some(2.0));
    }
}
