//! Lines and paragraphs, and how many of them repeat an earlier one.

use super::intern::Interner;
use super::spans::span_of;
use super::{Span, Spans, chars};

/// Pieces (lines or paragraphs) that repeat an earlier one, and all pieces. Pieces are compared and counted without the
/// white space around them; blank ones are left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Duplicates {
    /// Second and later copies, in pieces.
    pub count: u64,
    /// Characters (code points) of the second and later copies.
    pub chars: u64,
    /// All pieces.
    pub total: u64,
    /// Characters (code points) of all pieces.
    pub total_chars: u64,
}

/// Reused buffers of [`duplicates`].
pub(super) type Scratch = Interner;

/// Appends the lines of `text` to `out`: the same pieces as `str::lines`.
pub(super) fn split_lines(text: &str, out: &mut Vec<Span>) {
    let bytes = text.as_bytes();
    let mut start = 0;
    for lf in memchr::memchr_iter(b'\n', bytes) {
        let cr = lf > start && bytes[lf - 1] == b'\r';
        out.push(Span::new(start, lf - usize::from(cr)));
        start = lf + 1;
    }
    if start < bytes.len() {
        out.push(Span::new(start, bytes.len()));
    }
}

/// Appends the runs of lines that are not blank to `out`.
pub(super) fn join_paragraphs(lines: Spans<'_>, out: &mut Vec<Span>) {
    let mut open: Option<Span> = None;
    for (&span, line) in lines.as_slice().iter().zip(lines.iter()) {
        if is_blank(line) {
            out.extend(open.take());
        } else {
            open = Some(Span { start: open.map_or(span.start, |p| p.start), end: span.end });
        }
    }
    out.extend(open);
}

/// Counts the pieces that repeat an earlier one.
pub(super) fn duplicates(pieces: Spans<'_>, scratch: &mut Scratch) -> Duplicates {
    let mut found = Duplicates::default();
    let text = pieces.text();
    scratch.reset(pieces.len());
    for piece in pieces.iter().map(str::trim).filter(|p| !p.is_empty()) {
        let chars = chars::len(piece);
        found.total += 1;
        found.total_chars += chars;
        if scratch.intern(text, span_of(text, piece)).repeated {
            found.count += 1;
            found.chars += chars;
        }
    }
    found
}

/// Whether there is nothing but white space.
fn is_blank(line: &str) -> bool {
    line.chars().all(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Analyzer;
    use proptest::prelude::*;
    use std::collections::HashSet;

    #[test]
    fn paragraphs_are_cut_at_blank_lines() {
        let cases: [(&str, &[&str]); 8] = [
            ("", &[]),
            (" \n\t\n", &[]),
            ("one", &["one"]),
            ("one\ntwo\n\nthree\n", &["one\ntwo", "three"]),
            ("one\r\n\r\ntwo\r\n", &["one", "two"]),
            ("\n\n  one \n \u{3000}\n\n\ntwo\nthree", &["  one ", "two\nthree"]),
            ("a\r\nb", &["a\r\nb"]),
            ("\0\n\n\u{301}", &["\0", "\u{301}"]),
        ];
        let mut analyzer = Analyzer::new();
        for (text, want) in cases {
            let view = analyzer.view(text);
            assert_eq!(view.paragraphs().iter().collect::<Vec<_>>(), want, "{text:?}");
        }
    }

    #[test]
    fn copies_count_from_the_second_on() {
        let mut analyzer = Analyzer::new();
        let view = analyzer.view("né\n  né \r\n\nx\nné\n\nx");
        let want = Duplicates { count: 3, chars: 5, total: 5, total_chars: 8 };
        assert_eq!(*view.duplicate_lines(), want);
        let want = Duplicates { count: 0, chars: 0, total: 3, total_chars: 7 + 4 + 1 };
        assert_eq!(*view.duplicate_paragraphs(), want);
        drop(view);
        let view = analyzer.view("a\nb\n\na\nb\n\nc");
        let want = Duplicates { count: 1, chars: 3, total: 3, total_chars: 7 };
        assert_eq!(*view.duplicate_paragraphs(), want);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn lines_are_those_of_std(text in "[ab\\r\\n\u{85}é ]{0,40}") {
            let mut analyzer = Analyzer::new();
            let view = analyzer.view(&text);
            prop_assert_eq!(view.lines().iter().collect::<Vec<_>>(), text.lines().collect::<Vec<_>>());
        }

        #[test]
        fn duplicates_agree_with_a_hash_set(text in "([ab ]{0,3}(long line of words)?\\r?\\n){0,20}") {
            let mut seen = HashSet::new();
            let mut want = Duplicates::default();
            for line in text.lines().map(str::trim).filter(|l| !l.is_empty()) {
                let copy = u64::from(!seen.insert(line));
                let chars = line.chars().count() as u64;
                want.count += copy;
                want.chars += copy * chars;
                want.total += 1;
                want.total_chars += chars;
            }
            let mut analyzer = Analyzer::new();
            prop_assert_eq!(*analyzer.view(&text).duplicate_lines(), want);
        }
    }
}
