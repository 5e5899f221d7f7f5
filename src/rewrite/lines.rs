//! Lines of a text, and the edits that keep some of them.

use super::splice::Splice;
use super::{Edit, Rewritten};
use memchr::memchr2;
use std::ops::Range;

/// The lines of a text as byte ranges, without their LF, CRLF or CR. A final break opens no further line.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = bytes.get(at..).filter(|rest| !rest.is_empty())?;
        let start = at;
        let len = memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
        let crlf = rest[len..].starts_with(b"\r\n");
        at = start + len + if crlf { 2 } else { 1 };
        Some(start..start + len)
    })
}

/// The range without white space at its ends.
pub(super) fn strip(text: &str, range: Range<usize>) -> Range<usize> {
    let start = range.end - text[range.clone()].trim_start().len();
    start..start + text[start..range.end].trim_end().len()
}

/// What is kept, as the edits that lead to it. Allocates at the first edit.
pub(super) struct Kept<'t> {
    text: &'t str,
    /// What the text as a whole is stripped of.
    space: fn(char) -> bool,
    /// Each removes what it covers, or puts LF in its place.
    edits: Vec<Edit>,
    /// End of what is settled: copied or edited away.
    at: usize,
    /// Whether anything but white space was kept. Until then everything is removed.
    started: bool,
    /// One past the last kept byte that is not white space.
    solid: usize,
}

impl<'t> Kept<'t> {
    pub(super) fn new(text: &'t str, space: fn(char) -> bool) -> Self {
        Kept { text, space, edits: Vec::new(), at: 0, started: false, solid: 0 }
    }

    /// Keeps a line, parted from the one before by LF, without what `next_cut` finds in it from a byte on.
    pub(super) fn line(&mut self, line: Range<usize>, next_cut: impl Fn(usize) -> Option<Range<usize>>) {
        if self.started {
            self.replace(line.start, "\n");
        }
        let mut at = line.start;
        while let Some(cut) = next_cut(at) {
            self.copy(at..cut.start);
            at = cut.end;
        }
        self.copy(at..line.end);
    }

    /// Keeps a piece, and removes what lies before it since the last one.
    fn copy(&mut self, mut piece: Range<usize>) {
        if !self.started {
            piece.start = piece.end - self.text[piece.clone()].trim_start_matches(self.space).len();
            self.started = !piece.is_empty();
        }
        if !self.started {
            return;
        }
        self.replace(piece.start, "");
        self.at = piece.end;
        let solid = self.text[piece.clone()].trim_end_matches(self.space).len();
        if solid > 0 {
            self.solid = piece.start + solid;
        }
    }

    /// Puts `new` in the place of all from the end of what is settled to `end`.
    fn replace(&mut self, end: usize, new: &str) {
        if &self.text[self.at..end] != new {
            self.edits.push(Edit { start: self.at as u32, end: end as u32, new_len: new.len() as u32 });
        }
        self.at = end;
    }

    /// Strips the end and makes the new text, if there is one.
    pub(super) fn finish(mut self) -> Rewritten<'t> {
        while self.edits.last().is_some_and(|e| e.start as usize >= self.solid) {
            self.edits.pop();
        }
        self.at = self.solid;
        self.replace(self.text.len(), "");
        let mut splice = Splice::new(self.text);
        for edit in &self.edits {
            splice.replace(edit.start as usize..edit.end as usize, if edit.new_len == 0 { "" } else { "\n" });
        }
        splice.finish()
    }
}
