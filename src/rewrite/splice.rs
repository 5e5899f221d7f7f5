//! Replacements in a text, from left to right: the edits and the text after, from one place.

use super::{Edit, Rewritten};
use std::borrow::Cow;
use std::ops::Range;

/// A text under edit. Allocates at the first replacement that changes something.
pub(super) struct Splice<'t> {
    text: &'t str,
    after: String,
    edits: Vec<Edit>,
    /// End of what is in `after`, copied or replaced.
    at: usize,
}

impl<'t> Splice<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Splice { text, after: String::new(), edits: Vec::new(), at: 0 }
    }

    /// Puts `new` in the place of a byte range, which begins at or after the end of the last one. What is replaced by
    /// itself is no edit.
    pub(super) fn replace(&mut self, range: Range<usize>, new: &str) {
        if &self.text[range.clone()] == new {
            return;
        }
        if self.edits.is_empty() {
            self.after.reserve(self.text.len());
        }
        self.after.push_str(&self.text[self.at..range.start]);
        self.after.push_str(new);
        self.edits.push(Edit { start: range.start as u32, end: range.end as u32, new_len: new.len() as u32 });
        self.at = range.end;
    }

    /// The same, without the characters that both begin or end with.
    pub(super) fn replace_difference(&mut self, range: Range<usize>, new: &str) {
        let old = &self.text[range.clone()];
        let same = |pair: &(char, char)| pair.0 == pair.1;
        let start: usize = old.chars().zip(new.chars()).take_while(same).map(|(c, _)| c.len_utf8()).sum();
        let tails = old[start..].chars().rev().zip(new[start..].chars().rev());
        let end: usize = tails.take_while(same).map(|(c, _)| c.len_utf8()).sum();
        self.replace(range.start + start..range.end - end, &new[start..new.len() - end]);
    }

    /// The text after.
    pub(super) fn finish(mut self) -> Rewritten<'t> {
        if self.edits.is_empty() {
            return Rewritten { text: Cow::Borrowed(self.text), edits: self.edits };
        }
        self.after.push_str(&self.text[self.at..]);
        Rewritten { text: Cow::Owned(self.after), edits: self.edits }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replacements_of_any_length_are_spliced_in() {
        let mut splice = Splice::new("rye, corn, oats");
        splice.replace(0..3, "spelt");
        splice.replace(5..9, "corn");
        splice.replace(9..11, "");
        splice.replace_difference(11..15, "oak barrels");
        let after = splice.finish();
        assert_eq!(after.text, "spelt, cornoak barrels");
        let edit = |start, end, new_len| Edit { start, end, new_len };
        assert_eq!(after.edits, [edit(0, 3, 5), edit(9, 11, 0), edit(13, 14, 8)]);
    }

    #[test]
    fn what_stays_the_same_is_borrowed() {
        let mut splice = Splice::new("éé");
        splice.replace(0..2, "é");
        splice.replace_difference(2..4, "é");
        assert_eq!(splice.finish(), Rewritten { text: Cow::Borrowed("éé"), edits: Vec::new() });
    }
}
