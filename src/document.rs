//! One row as the rest of the crate sees it: its analysed text and what is known beside it.

use crate::text::TextView;

/// A document under judgement: a [`TextView`] and the row's other facts. `Copy`, borrowed from the row.
///
/// # Example: a document from a string
///
/// ```
/// use mashbill::{Document, text::Analyzer};
///
/// let mut analyzer = Analyzer::new();
/// let view = analyzer.view("Rye, corn and barley.");
/// let doc = Document::new(&view);
/// assert_eq!(doc.text(), "Rye, corn and barley.");
/// assert_eq!(doc.url(), None);
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Document<'a> {
    view: &'a TextView<'a>,
    url: Option<&'a str>,
}

impl<'a> Document<'a> {
    /// A document with nothing known but its text.
    pub fn new(view: &'a TextView<'a>) -> Self {
        Document { view, url: None }
    }

    /// The same document, with the page's address.
    pub fn with_url(self, url: Option<&'a str>) -> Self {
        Document { url, ..self }
    }

    /// The text as it stands (after any rewrite so far).
    pub fn text(&self) -> &'a str {
        self.view.as_str()
    }

    /// The shared, lazily computed analysis of the text.
    pub fn view(&self) -> &'a TextView<'a> {
        self.view
    }

    /// The page's address, where the row has one.
    pub fn url(&self) -> Option<&'a str> {
        self.url
    }
}
