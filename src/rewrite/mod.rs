//! Document → edited text: line removal and the like, with the edits as spans of the text before.

use crate::document::Document;
use std::borrow::Cow;
use std::fmt::Debug;

/// One edit: a byte range of the text before, and how many bytes now stand in its place.
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

/// An edit of a document's text: a pure function, so that scan and emit agree without staging text.
pub trait Rewrite: Debug + Send + Sync {
    /// The text after the edit.
    fn rewrite<'t>(&self, doc: &Document<'t>) -> Rewritten<'t>;
}
