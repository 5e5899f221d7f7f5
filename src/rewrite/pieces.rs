//! A new text made of pieces of the old one and of strings between them, with the edits that lead to it.

use super::{Edit, Rewritten};
use std::borrow::Cow;
use std::ops::Range;

/// Collects pieces that are kept, in order; what lies between them goes. Allocates at the first edit.
pub(super) struct Pieces<'t> {
    text: &'t str,
    /// End of what is settled.
    at: usize,
    edits: Vec<Edit>,
    /// What stands in the place of each edit, one after another, and what is put before the next piece.
    puts: String,
    /// How much of `puts` belongs to edits.
    put: usize,
}

impl<'t> Pieces<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Pieces { text, at: 0, edits: Vec::new(), puts: String::new(), put: 0 }
    }

    /// Puts a string before the next piece.
    pub(super) fn put(&mut self, new: &str) {
        self.puts.push_str(new);
    }

    /// Keeps a piece, which begins at or after the end of the one before.
    pub(super) fn keep(&mut self, piece: Range<usize>) {
        self.settle(piece.start);
        self.at = piece.end;
    }

    /// Makes an edit of what lies between the last piece and `end`, unless it is what was put there.
    fn settle(&mut self, end: usize) {
        let new = &self.puts[self.put..];
        if &self.text[self.at..end] == new {
            self.puts.truncate(self.put);
        } else {
            self.edits.push(Edit { start: self.at as u32, end: end as u32, new_len: new.len() as u32 });
            self.put = self.puts.len();
        }
        self.at = end;
    }

    /// The new text.
    pub(super) fn finish(mut self) -> Rewritten<'t> {
        self.settle(self.text.len());
        if self.edits.is_empty() {
            return Rewritten { text: Cow::Borrowed(self.text), edits: self.edits };
        }
        let mut after = String::with_capacity(self.text.len());
        let (mut old, mut put) = (0, 0);
        for edit in &self.edits {
            after.push_str(&self.text[old..edit.start as usize]);
            let next = put + edit.new_len as usize;
            after.push_str(&self.puts[put..next]);
            (old, put) = (edit.end as usize, next);
        }
        after.push_str(&self.text[old..]);
        Rewritten { text: Cow::Owned(after), edits: self.edits }
    }
}
