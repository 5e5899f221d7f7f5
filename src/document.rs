//! One row as the rest of the crate sees it: its analysed text and what is known beside it.

use crate::text::{Detected, NaturalLanguage, TextView};

/// The name under which a chain keeps a document's quality score, among what was measured earlier.
pub(crate) const SCORE: &str = "score";

/// What a row says beside its text, as far as it says anything. `Copy`, borrowed from the row.
///
/// ```
/// use mashbill::Facts;
///
/// let facts = Facts { lang: Some("en"), ..Facts::NONE };
/// assert_eq!(facts.url, None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Facts<'a> {
    /// The page's address.
    pub url: Option<&'a str>,
    /// The language: of prose a code (`en`, `eng`, `eng_Latn`), of code the programming language (`python`, `C++`).
    pub lang: Option<&'a str>,
    /// The file's path or name.
    pub path: Option<&'a str>,
    /// What a model was asked, where the text is its answer.
    pub prompt: Option<&'a str>,
    /// A quality score that was measured elsewhere.
    pub score: Option<f64>,
    /// Further scores that were measured elsewhere, in the order in which whoever judges the row knows them.
    pub scores: &'a [Option<f64>],
}

impl Facts<'_> {
    /// Nothing is known.
    pub const NONE: Facts<'static> =
        Facts { url: None, lang: None, path: None, prompt: None, score: None, scores: &[] };
}

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
/// assert_eq!(doc.facts().url, None);
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Document<'a> {
    view: &'a TextView<'a>,
    facts: Facts<'a>,
    earlier: &'a [Earlier],
}

/// What a signal said of a document's text before later rewrites.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Earlier {
    /// The signal's name.
    pub signal: &'static str,
    /// Its value; `None` where it was undefined.
    pub value: Option<f64>,
}

impl<'a> Document<'a> {
    /// A document with nothing known but its text.
    pub fn new(view: &'a TextView<'a>) -> Self {
        Document { view, facts: Facts::NONE, earlier: &[] }
    }

    /// The same document, with what its row says.
    pub fn with_facts(self, facts: Facts<'a>) -> Self {
        Document { facts, ..self }
    }

    /// The same document, with what was measured of it earlier. A later value of the same signal counts.
    pub fn with_earlier(self, earlier: &'a [Earlier]) -> Self {
        Document { earlier, ..self }
    }

    /// What that signal said when the chain took it, before later rewrites; `None` if it was not taken, or was undefined. So a
    /// rule can ask how much of a text is left.
    pub fn earlier(&self, signal: &str) -> Option<f64> {
        self.earlier.iter().rev().find(|earlier| earlier.signal == signal)?.value
    }

    /// The text as it stands (after any rewrite so far).
    pub fn text(&self) -> &'a str {
        self.view.as_str()
    }

    /// The shared, lazily computed analysis of the text.
    pub fn view(&self) -> &'a TextView<'a> {
        self.view
    }

    /// The language: what the row says, or what the text looks like (feature `lang`), where the row says nothing. Undefined
    /// where the row names something that is no language, as of code, and for a text without letters.
    pub fn language(&self) -> Option<NaturalLanguage> {
        self.language_with_confidence().map(|found| found.language)
    }

    /// The same, and how sure it is: 1 where the row says it.
    pub fn language_with_confidence(&self) -> Option<Detected> {
        match self.facts.lang.map(str::trim).filter(|code| !code.is_empty()) {
            Some(code) => NaturalLanguage::parse(code).map(|language| Detected { language, confidence: 1.0 }),
            None => self.view.detected_language(),
        }
    }

    /// What the row says beside its text.
    pub fn facts(&self) -> Facts<'a> {
        self.facts
    }
}
