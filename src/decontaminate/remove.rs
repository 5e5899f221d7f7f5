//! The spans that hold items, taken out of a text.

use super::decontaminator::Decontaminator;
use super::filter::Pool;
use super::hit::Findings;
use super::rule::Removal;
use crate::document::Document;
use crate::rewrite::{Edit, Rewrite, Rewritten, cut};
use std::ops::Range;
use std::sync::Arc;

impl Removal {
    /// What goes of a text in which these cuts are to be made, in bytes, in order and apart; `None` if the document goes instead: it would be
    /// cut into too many pieces, or nothing with a word in it would be left.
    pub fn plan(&self, text: &str, cuts: &[Range<usize>]) -> Option<Vec<Range<usize>>> {
        if cuts.is_empty() {
            return Some(Vec::new());
        }
        let mut wide: Vec<Range<usize>> = Vec::with_capacity(cuts.len());
        for cut in cuts {
            let start = chars_before(text, cut.start, self.margin_chars);
            let end = chars_after(text, cut.end, self.margin_chars);
            match wide.last_mut() {
                Some(last) if start <= last.end => last.end = last.end.max(end),
                _ => wide.push(start..end),
            }
        }
        // Pieces that are too short go with what surrounds them.
        let mut gone: Vec<Range<usize>> = Vec::with_capacity(wide.len());
        let (mut from, mut pieces) = (0, 0);
        let mut piece = |range: Range<usize>, gone: &mut Vec<Range<usize>>| {
            let left = &text[range.clone()];
            if left.chars().nth(self.min_piece_chars.saturating_sub(1)).is_none() || !has_word(left) {
                if !range.is_empty() {
                    join(gone, range);
                }
            } else {
                pieces += 1;
            }
        };
        for cut in wide {
            piece(from..cut.start, &mut gone);
            from = cut.end;
            join(&mut gone, cut);
        }
        piece(from..text.len(), &mut gone);
        (pieces > 0 && pieces <= self.max_pieces).then_some(gone)
    }
}

/// Adds a range that begins where the last one ends, or later.
fn join(ranges: &mut Vec<Range<usize>>, range: Range<usize>) {
    match ranges.last_mut() {
        Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
        _ => ranges.push(range),
    }
}

fn has_word(text: &str) -> bool {
    text.chars().any(crate::text::is_word_char)
}

/// The position so many characters before another.
fn chars_before(text: &str, at: usize, count: usize) -> usize {
    if count == 0 {
        return at;
    }
    text[..at].char_indices().rev().nth(count - 1).map_or(0, |(i, _)| i)
}

/// The position so many characters after another.
fn chars_after(text: &str, at: usize, count: usize) -> usize {
    text[at..].char_indices().nth(count).map_or(text.len(), |(i, _)| at + i)
}

/// Takes the spans that hold benchmark items out of texts, as a [`Rewrite`]: a pure function of the text. A document that is to go as a whole
/// (see [`Removal::plan`]) is left as it is; [`drops`](SpanRemover::drops) says so.
///
/// ```
/// use mashbill::decontaminate::{Decontaminator, Item, Rule, SpanRemover};
/// use mashbill::{Document, rewrite::Rewrite, text::Analyzer};
/// use std::sync::Arc;
///
/// let items = [Item::new("quiz", "1", "Which grain, beside malted barley, do most distillers of the state of Kentucky put first?")];
/// let remover = SpanRemover::new(Arc::new(Decontaminator::new(&items, Rule::phi4())?));
/// let mut analyzer = Analyzer::new();
/// let view = analyzer.view("Q. Which grain, beside malted barley, do most distillers of the state of Kentucky put first? A. Corn.");
/// assert_eq!(remover.rewrite(&Document::new(&view)).text, "Q. ? A. Corn.");
/// # Ok::<(), mashbill::Error>(())
/// ```
#[derive(Debug)]
pub struct SpanRemover {
    decontaminator: Arc<Decontaminator>,
    pool: Pool,
}

impl SpanRemover {
    /// Removes by this index and rule, as [`Decontaminator::removal`] says.
    pub fn new(decontaminator: Arc<Decontaminator>) -> SpanRemover {
        SpanRemover { decontaminator, pool: Pool::default() }
    }

    /// What goes of a text, in bytes, in order and apart; `None` if the document goes.
    pub fn plan(&self, text: &str) -> Option<Vec<Range<usize>>> {
        let Findings { cuts, .. } = self.pool.with(|scratch| self.decontaminator.check(scratch, text));
        self.decontaminator.removal().plan(text, &cuts)
    }

    /// Whether a document goes instead of spans in it.
    pub fn drops(&self, text: &str) -> bool {
        self.plan(text).is_none()
    }
}

impl Rewrite for SpanRemover {
    fn rewrite<'t>(&self, doc: &Document<'t>) -> Rewritten<'t> {
        let text = doc.text();
        let gone = self.plan(text).unwrap_or_default();
        let edit = |range: &Range<usize>| Edit { start: range.start as u32, end: range.end as u32, new_len: 0 };
        cut(text, &gone.iter().map(edit).collect::<Vec<_>>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::single_range_in_vec_init, reason = "lists of ranges are meant")]
    fn margins_short_pieces_and_too_many_pieces() {
        let removal = |margin_chars, min_piece_chars, max_pieces| Removal { margin_chars, min_piece_chars, max_pieces };
        let text = "aé bb 12345 cc dd 67 ee";
        let plan = |removal: Removal, cuts: &[Range<usize>]| removal.plan(text, cuts);
        assert_eq!(plan(removal(0, 0, 10), &[]), Some(vec![]));
        assert_eq!(plan(removal(0, 0, 10), &[7..12]), Some(vec![7..12]));
        assert_eq!(plan(removal(4, 0, 10), &[7..12]), Some(vec![3..16]));
        assert_eq!(plan(removal(5, 0, 10), &[7..12]), Some(vec![1..17]));
        assert_eq!(plan(removal(99, 0, 10), &[7..12]), None, "nothing is left");
        assert_eq!(plan(removal(0, 8, 10), &[7..12]), Some(vec![0..12]), "seven characters before are too few");
        assert_eq!(plan(removal(0, 0, 2), &[7..12, 19..21]), None, "three pieces");
        assert_eq!(plan(removal(1, 0, 10), &[7..12, 13..15]), Some(vec![6..16]), "margins meet");
        assert_eq!(removal(0, 0, 10).plan("a b", &[0..1, 2..3]), None, "a space is left");
    }
}
