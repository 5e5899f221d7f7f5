//! Spans: pieces of a text as byte offsets, half the size of a `&str` and free of its lifetime.

/// A byte range of a text, on character boundaries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// From `start` to `end`, in bytes. Both fit: a view holds at most [`MAX_TEXT_BYTES`](super::MAX_TEXT_BYTES).
    pub(super) fn new(start: usize, end: usize) -> Span {
        Span { start: start as u32, end: end as u32 }
    }

    /// Length in bytes.
    pub fn len(self) -> usize {
        (self.end - self.start) as usize
    }

    /// Whether it covers nothing.
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// The range, for slicing.
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// A text cut into pieces, in order.
#[derive(Debug, Clone, Copy)]
pub struct Spans<'a> {
    text: &'a str,
    spans: &'a [Span],
}

impl<'a> Spans<'a> {
    /// Pieces of `text`; every span must lie on its character boundaries.
    pub fn new(text: &'a str, spans: &'a [Span]) -> Self {
        Spans { text, spans }
    }

    /// The text that is cut.
    pub fn text(&self) -> &'a str {
        self.text
    }

    /// Number of pieces.
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// The `i`-th piece.
    pub fn get(&self, i: usize) -> Option<&'a str> {
        self.spans.get(i).map(|s| &self.text[s.range()])
    }

    /// The pieces in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &'a str> + use<'a> {
        let text = self.text;
        self.spans.iter().map(move |s| &text[s.range()])
    }

    /// The byte ranges themselves.
    pub fn as_slice(&self) -> &'a [Span] {
        self.spans
    }
}

/// Where `piece`, a slice of `text`, lies in it.
pub(super) fn span_of(text: &str, piece: &str) -> Span {
    let start = piece.as_ptr() as usize - text.as_ptr() as usize;
    Span::new(start, start + piece.len())
}

/// The bytes of `text` that `piece`, a slice of it, holds.
pub(crate) fn range_of(text: &str, piece: &str) -> std::ops::Range<usize> {
    span_of(text, piece).range()
}
