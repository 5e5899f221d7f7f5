//! The view: one text, its splits computed on first use over buffers that outlive it.

use super::{MAX_TEXT_BYTES, Span, Spans};
use std::cell::{OnceCell, RefCell};
use unicode_segmentation::UnicodeSegmentation;

/// What counts as a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WordBreak {
    /// Unicode words: UAX #29 segments that hold at least one alphanumeric character. Punctuation is no word.
    Unicode,
    /// Maximal runs of characters that are not Unicode white space. Punctuation sticks to its word.
    Whitespace,
}

/// Per-thread owner of the buffers that views use. Reuse one for many texts: after the longest text has been seen, a view
/// allocates nothing.
#[derive(Debug, Default)]
pub struct Analyzer {
    pool: Pool,
}

impl Analyzer {
    /// An analyzer with empty buffers.
    pub fn new() -> Self {
        Analyzer::default()
    }

    /// A view of `text`. Nothing is computed until it is asked for.
    pub fn view<'t>(&'t mut self, text: &'t str) -> TextView<'t> {
        TextView::over(text, &self.pool)
    }
}

/// Spare span buffers.
#[derive(Debug, Default)]
pub(super) struct Pool {
    spans: RefCell<Vec<Vec<Span>>>,
}

impl Pool {
    fn take(&self) -> Vec<Span> {
        self.spans.borrow_mut().pop().unwrap_or_default()
    }

    fn give(&self, mut buffer: Vec<Span>) {
        buffer.clear();
        self.spans.borrow_mut().push(buffer);
    }
}

/// One text and its splits, each computed once, on first use.
///
/// A rewrite makes a new text and so a new view; a view is never stale.
#[derive(Debug)]
pub struct TextView<'t> {
    text: &'t str,
    pool: &'t Pool,
    unicode_words: OnceCell<Vec<Span>>,
    whitespace_words: OnceCell<Vec<Span>>,
    lines: OnceCell<Vec<Span>>,
}

impl<'t> TextView<'t> {
    fn over(text: &'t str, pool: &'t Pool) -> Self {
        let text = cut(text, MAX_TEXT_BYTES);
        TextView {
            text,
            pool,
            unicode_words: OnceCell::new(),
            whitespace_words: OnceCell::new(),
            lines: OnceCell::new(),
        }
    }

    /// The text itself.
    pub fn as_str(&self) -> &'t str {
        self.text
    }

    /// The words, by the given break.
    pub fn words(&self, by: WordBreak) -> Spans<'_> {
        let cell = match by {
            WordBreak::Unicode => &self.unicode_words,
            WordBreak::Whitespace => &self.whitespace_words,
        };
        let spans = cell.get_or_init(|| {
            let mut out = self.pool.take();
            match by {
                WordBreak::Unicode => {
                    out.extend(self.text.unicode_word_indices().map(|(i, w)| span(i, w)))
                }
                WordBreak::Whitespace => out.extend(self.text.split_whitespace().map(|w| {
                    let i = w.as_ptr() as usize - self.text.as_ptr() as usize;
                    span(i, w)
                })),
            }
            out
        });
        Spans::new(self.text, spans)
    }

    /// The lines: pieces between LF or CRLF, which belong to none. Blank lines count; a final break opens no further line;
    /// an empty text has none.
    pub fn lines(&self) -> Spans<'_> {
        let spans = self.lines.get_or_init(|| {
            let mut out = self.pool.take();
            out.extend(self.text.lines().map(|l| {
                let i = l.as_ptr() as usize - self.text.as_ptr() as usize;
                span(i, l)
            }));
            out
        });
        Spans::new(self.text, spans)
    }
}

impl Drop for TextView<'_> {
    fn drop(&mut self) {
        for cell in [&mut self.unicode_words, &mut self.whitespace_words, &mut self.lines] {
            if let Some(buffer) = cell.take() {
                self.pool.give(buffer);
            }
        }
    }
}

/// The longest prefix of at most `max` bytes that ends on a character boundary.
fn cut(text: &str, max: usize) -> &str {
    let mut end = text.len().min(max);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

fn span(start: usize, piece: &str) -> Span {
    Span { start: start as u32, end: (start + piece.len()) as u32 }
}
