//! Lines and paragraphs as datatrove's filters cut them: each of its filters in its own way.

use super::marks::is_terminal;
use crate::text::intern::Interner;
use crate::text::spans::span_of;
use crate::text::{chars, python};
use memchr::{memchr, memchr_iter};

/// Lines by `str.splitlines`, blank ones too (Gopher quality).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Lines {
    /// All lines.
    pub(crate) all: u64,
    /// Lines that begin with `•` or `-`, after white space.
    pub(crate) bullets: u64,
    /// Lines that end in `...` or `…`, before white space.
    pub(crate) ellipses: u64,
}

/// Pieces that repeat an earlier one exactly (Gopher repetition).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Copies {
    /// All pieces, empty ones too.
    pub(crate) all: u64,
    /// Second and later copies.
    pub(crate) copies: u64,
    /// Characters (code points) of these.
    pub(crate) chars: u64,
}

/// Lines between LFs that are not blank, as they stand (FineWeb).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct FilledLines {
    /// All of them, and what repeats.
    pub(crate) copies: Copies,
    /// Lines whose last character ends sentences.
    pub(crate) terminal: u64,
    /// Lines of 30 characters or fewer.
    pub(crate) short: u64,
}

/// Lines between LFs as they stand, blank ones too (FineWeb in datatrove 0.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct FirstLines {
    /// All lines.
    pub(crate) all: u64,
    /// Lines that end in `.`, `'`, `"`, `!` or `?`.
    pub(crate) terminal: u64,
    /// Lines of 30 characters or fewer.
    pub(crate) short: u64,
}

/// FineWeb's `short_line_length`, in characters (datatrove 0.10, `fineweb_quality_filter.py`).
const SHORT: usize = 30;

pub(super) fn lines(text: &str) -> Lines {
    let mut found = Lines::default();
    for line in python::split_lines(text) {
        found.all += 1;
        found.bullets += u64::from(line.trim_start_matches(python::is_space).starts_with(['•', '-']));
        let end = line.trim_end_matches(python::is_space);
        found.ellipses += u64::from(end.ends_with("...") || end.ends_with('…'));
    }
    found
}

/// Paragraphs: the stripped text cut at runs of two LFs or more.
pub(super) fn paragraphs(text: &str, seen: &mut Interner) -> Copies {
    repeated(text, split_at_runs(python::strip(text), 2), seen)
}

/// Lines: the text as it stands cut at runs of LFs, so that one at either end leaves an empty line there.
pub(super) fn runs(text: &str, seen: &mut Interner) -> Copies {
    repeated(text, split_at_runs(text, 1), seen)
}

pub(super) fn filled(text: &str, seen: &mut Interner) -> FilledLines {
    let mut found = FilledLines::default();
    let lines = text.split('\n').filter(|line| !python::strip(line).is_empty());
    found.copies = repeated(
        text,
        lines.inspect(|line| {
            found.terminal += u64::from(line.chars().next_back().is_some_and(is_terminal));
            found.short += u64::from(line.chars().nth(SHORT).is_none());
        }),
        seen,
    );
    found
}

pub(super) fn first(text: &str) -> FirstLines {
    let mut found = FirstLines::default();
    for line in text.split('\n') {
        found.all += 1;
        found.terminal += u64::from(line.ends_with(['.', '\'', '"', '!', '?']));
        found.short += u64::from(line.chars().nth(SHORT).is_none());
    }
    found
}

/// Lines by `str.splitlines`.
pub(super) fn split(text: &str, seen: &mut Interner) -> Copies {
    repeated_of(python::split_lines(text).count(), text, python::split_lines(text), seen)
}

/// Counts the pieces of `text` that repeat an earlier one.
fn repeated<'t>(text: &'t str, pieces: impl Iterator<Item = &'t str>, seen: &mut Interner) -> Copies {
    // No cut leaves more pieces than there are LFs, and one.
    repeated_of(memchr_iter(b'\n', text.as_bytes()).count() + 1, text, pieces, seen)
}

/// The same, of at most so many pieces.
fn repeated_of<'t>(most: usize, text: &'t str, pieces: impl Iterator<Item = &'t str>, seen: &mut Interner) -> Copies {
    seen.reset(most);
    let mut found = Copies::default();
    let mut empty = false;
    for piece in pieces {
        found.all += 1;
        let repeats = if piece.is_empty() {
            std::mem::replace(&mut empty, true)
        } else {
            seen.intern(text, span_of(text, piece)).repeated
        };
        if repeats {
            found.copies += 1;
            found.chars += chars::len(piece);
        }
    }
    found
}

/// The pieces between runs of at least `least` LFs, as `re.split` gives them: one more than there are runs.
pub(crate) fn split_at_runs(text: &str, least: usize) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let piece = rest?;
        let bytes = piece.as_bytes();
        let mut at = 0;
        while let Some(offset) = memchr(b'\n', bytes.get(at..)?) {
            let start = at + offset;
            let run = bytes[start..].iter().take_while(|&&b| b == b'\n').count();
            at = start + run;
            if run >= least {
                rest = Some(&piece[at..]);
                return Some(&piece[..start]);
            }
        }
        rest = None;
        Some(piece)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_those_of_re_split() {
        let cases: [(&str, usize, &[&str]); 7] = [
            ("", 1, &[""]),
            ("\n", 1, &["", ""]),
            ("\na\n\nb\n", 1, &["", "a", "b", ""]),
            ("\na\n\nb\n", 2, &["\na", "b\n"]),
            ("a\nb\n\n\nc", 2, &["a\nb", "c"]),
            ("a\r\n\r\nb", 2, &["a\r\n\r\nb"]),
            ("\n\n", 2, &["", ""]),
        ];
        for (text, least, want) in cases {
            assert_eq!(split_at_runs(text, least).collect::<Vec<_>>(), want, "{text:?}");
        }
    }

    #[test]
    fn copies_are_exact_and_empty_lines_count() {
        let mut seen = Interner::default();
        assert_eq!(runs("\né b\né b\n", &mut seen), Copies { all: 4, copies: 2, chars: 3 });
        assert_eq!(runs("é b\né b \n", &mut seen), Copies { all: 3, copies: 0, chars: 0 });
        assert_eq!(paragraphs(" \n\n a\n\na\n\n\na\n", &mut seen), Copies { all: 3, copies: 2, chars: 2 });
        assert_eq!(paragraphs("", &mut seen), Copies { all: 1, copies: 0, chars: 0 });
    }

    #[test]
    fn filled_lines_stand_as_they_are() {
        let found = filled("a.\n\u{1c}\n\na.\r\na.\nThis line has 30 characters..x\n", &mut Interner::default());
        let want = FilledLines { copies: Copies { all: 4, copies: 1, chars: 2 }, terminal: 2, short: 4 };
        assert_eq!(found, want);
    }
}
