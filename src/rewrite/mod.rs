//! Document → edited text: line removal and the like, with the edits as spans of the text before.
//!
//! ```
//! use mashbill::{Document, rewrite::{C4Lines, Rewrite}, text::Analyzer};
//!
//! let mut analyzer = Analyzer::new();
//! let view = analyzer.view("Home | About\nRye gives the spice.[1]\nPlease enable Javascript.");
//! let after = C4Lines::default().rewrite(&Document::new(&view));
//! assert_eq!(after.text, "Rye gives the spice.");
//! assert_eq!(after.edits.len(), 2); // the menu line; the citation with all that follows
//! ```

mod c4;
mod datatrove;
mod lines;
mod newlines;
mod pieces;
mod pii;
mod splice;
mod symbol_lines;
mod unicode;
mod urls;
mod web_lines;

pub(crate) use lines::lines;

pub use c4::C4Lines;
pub use datatrove::{DatatroveC4Lines, TfdsC4Lines};
pub use newlines::{LineFeedCap, NewlineCap};
pub use pii::{Pii, Redaction};
pub use symbol_lines::SymbolLines;
pub use unicode::{Fix, NormalForm, UnicodeNormalize};
pub use urls::{Ipv4Urls, Urls};
pub use web_lines::{DatamapLines, DclmLines, LineLimits};

use crate::document::Document;
use std::borrow::Cow;
use std::fmt::Debug;

/// One edit: a byte range of the text before, and how many bytes now stand in its place. Those bytes are read from the
/// text after: copy what lies between edits, and the replacement is the next `new_len` bytes there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edit {
    /// First byte replaced, in the text before.
    pub start: u32,
    /// One past the last byte replaced.
    pub end: u32,
    /// Length of the replacement, in bytes; 0 for a removal.
    pub new_len: u32,
}

/// A rewritten text and what was done to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rewritten<'t> {
    /// The text after; borrowed where nothing changed.
    pub text: Cow<'t, str>,
    /// The edits, in order, without overlap; empty exactly if nothing changed.
    pub edits: Vec<Edit>,
}

/// The text without what the edits, all of them removals, cover.
pub(crate) fn cut<'t>(text: &'t str, removals: &[Edit]) -> Rewritten<'t> {
    let mut splice = splice::Splice::new(text);
    removals.iter().for_each(|edit| splice.replace(edit.start as usize..edit.end as usize, ""));
    splice.finish()
}

/// An edit of a document's text: a pure function, so that scan and emit agree without staging text.
pub trait Rewrite: Debug + Send + Sync {
    /// The text after the edit.
    fn rewrite<'t>(&self, doc: &Document<'t>) -> Rewritten<'t>;

    /// Its settings by their keys, each value as a recipe writes it. Unless it says otherwise, all of them in one.
    fn settings(&self) -> Vec<(&'static str, String)> {
        vec![("settings", format!("{self:?}"))]
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// The text after, once it is shown that the edits alone lead from the text before to it.
    pub(crate) fn replayed<'t>(rewrite: &dyn Rewrite, doc: &Document<'t>) -> Cow<'t, str> {
        let after = rewrite.rewrite(doc);
        let before = doc.text();
        let (mut old, mut new, mut replay) = (0, 0, String::new());
        for edit in &after.edits {
            let (start, end) = (edit.start as usize, edit.end as usize);
            assert!(old <= start && start <= end, "edits are in order and do not overlap: {:?}", after.edits);
            replay.push_str(&before[old..start]);
            new += start - old;
            let replacement = &after.text[new..new + edit.new_len as usize];
            assert_ne!(&before[start..end], replacement, "an edit changes something");
            replay.push_str(replacement);
            (old, new) = (end, new + replacement.len());
        }
        replay.push_str(&before[old..]);
        assert_eq!(replay, after.text, "{before:?} by {:?}", after.edits);
        assert_eq!(after.edits.is_empty(), matches!(after.text, Cow::Borrowed(_)));
        after.text
    }
}
