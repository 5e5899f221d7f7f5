//! How much there is: bytes, characters, words, lines, sentences, paragraphs.

use super::signals;
use crate::text::WordBreak::Unicode;

signals! {
    /// Length in UTF-8 bytes.
    ByteCount "byte_count" |doc| Some(doc.text().len() as f64);

    /// Length in characters (code points).
    CharCount "char_count" |doc| Some(doc.view().char_count() as f64);

    /// Words by UAX #29: punctuation is no word.
    WordCount "word_count" |doc| Some(doc.view().words(Unicode).len() as f64);

    /// Lines, between LF or CRLF, blank ones included.
    LineCount "line_count" |doc| Some(doc.view().lines().len() as f64);

    /// Sentences by UAX #29; an ideographic text has them too, a list without full stops has one a line.
    SentenceCount "sentence_count" |doc| Some(doc.view().sentences().len() as f64);

    /// Paragraphs: blocks of lines between blank lines.
    ParagraphCount "paragraph_count" |doc| Some(doc.view().paragraphs().len() as f64);

    /// Opening curly brackets (C4, Raffel et al. 2020, section 2.2, removes pages with any).
    CurlyBracketCount "curly_bracket_count" |doc| {
        Some(memchr::memchr_iter(b'{', doc.text().as_bytes()).count() as f64)
    };
}

#[cfg(test)]
mod tests {
    use crate::signal::tests::measured;

    #[test]
    fn sizes_by_hand() {
        let text = "Né {x}.\n\nTwo {{more}} words!";
        let want = [
            ("byte_count", 29.0),
            ("char_count", 28.0),
            ("word_count", 5.0),
            ("line_count", 3.0),
            ("sentence_count", 2.0),
            ("paragraph_count", 2.0),
            ("curly_bracket_count", 3.0),
        ];
        for (name, value) in want {
            assert_eq!(measured(name, text), Some(value), "{name}");
            assert_eq!(measured(name, ""), Some(0.0), "{name} of nothing");
        }
    }
}
