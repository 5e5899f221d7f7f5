//! The text room on texts that nobody would write on purpose.

use mashbill::text::{Analyzer, TextView, WordBreak};

/// Each of about `size` bytes. A step that is quadratic in any of these lengths would take minutes for a quarter of a megabyte.
pub(crate) fn hostile(size: usize) -> Vec<(&'static str, String)> {
    let shapes = [
        ("one line without spaces", "x"),
        ("one-letter words", "a "),
        ("equal lines", "same line\n"),
        ("blank lines", "\r\n"),
        ("full stops", "."),
        ("full stops and spaces", ". "),
        ("a full stop, then brackets", " ("),
        ("numbers with commas", "1,"),
        ("words with apostrophes", "a'"),
        ("NUL", "\0"),
        ("combining marks", "\u{301}"),
        ("spaces with combining marks", " \u{345}"),
        ("ideographs", "日本。"),
        ("flags", "\u{1F1E6}"),
        ("joined emoji", "\u{1F469}\u{200D}"),
        ("ideographic spaces", ".\u{3000}"),
        ("carriage returns", "\r"),
        ("open fences", "```\n"),
        ("refusals that do not come", "i'm sorry, but i "),
        ("tags that do not end", "<a b=\""),
        ("less-than signs", "<"),
        ("comments that do not end", "<!-- "),
        ("references that do not end", "&amp"),
        ("dollars", "$"),
        ("dollars before words", " $a"),
        ("doubled dollars and words", "$$ be "),
        ("displays that do not end", "\\["),
        ("environments that do not end", "\\begin{a}"),
        ("environments that did not begin", "\\end{b}"),
        ("opening brackets", "{"),
        ("comments in comments", "/*"),
        ("seven hexadecimal bytes", "00 00 00 00 00 00 00 g "),
        ("escaped bytes", "\\x00"),
        ("sixty-three of base64", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA."),
        ("quotes", "\"'"),
        ("numbers with units", "5 km"),
        ("words in one line", "barley "),
        ("one-letter words between CRLF", "a\r\n"),
        ("brackets", "("),
        ("open citations", "[1"),
        ("emoticons", ":("),
        ("addresses", "http://a.bc/d?e "),
        ("hosts", "a."),
        ("hashes", "#"),
        ("ellipses", "…"),
        ("dashes between letters", "x-"),
    ];
    let repeated = |(name, unit): (&'static str, &str)| (name, format!(".{}", unit.repeat(size / unit.len())));
    shapes.into_iter().map(repeated).collect()
}

/// Asks for everything that a view can tell.
fn everything(view: &TextView<'_>) -> u64 {
    let breaks = [WordBreak::Unicode, WordBreak::Whitespace];
    let words: u64 = breaks.iter().map(|&by| view.repetition(by).word_chars()).sum();
    let splits = [view.lines(), view.paragraphs(), view.sentences()];
    let copies = view.duplicate_lines().total + view.duplicate_paragraphs().total;
    words + copies + view.chars().chars + splits.iter().map(|s| s.len() as u64).sum::<u64>()
}

#[test]
fn hostile_texts_cost_no_more_than_their_length() {
    let mut analyzer = Analyzer::new();
    for (name, text) in hostile(1 << 18) {
        let view = analyzer.view(&text);
        assert!(everything(&view) > 0, "{name}");
        assert_eq!(view.chars().chars, text.chars().count() as u64, "{name}");
        for spans in [view.words(WordBreak::Unicode), view.words(WordBreak::Whitespace), view.sentences()] {
            let apart = |pair: &[mashbill::text::Span]| pair[0].end <= pair[1].start;
            assert!(spans.as_slice().windows(2).all(apart), "{name}: pieces overlap or are out of order");
            assert!(spans.iter().all(|piece| !piece.trim().is_empty()), "{name}: a blank piece");
        }
    }
}

#[test]
fn one_analyzer_serves_texts_of_any_size_alike() {
    let texts = ["", "One. Two two two.\n\nOne. Two two two.", "x", "Ein längerer Text — mit “Zeichen”.\n"];
    let mut shared = Analyzer::new();
    for text in texts.iter().chain(texts.iter().rev()) {
        assert_eq!(everything(&shared.view(text)), everything(&Analyzer::new().view(text)), "{text:?}");
    }
}
