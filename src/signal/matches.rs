//! Matches of a regular expression. Not in the list of signals, since it needs the expression.

use super::Signal;
use crate::document::Document;
use crate::error::{Error, Result};
use regex::Regex;

/// Counts the matches of a regular expression, without overlap, from the left. The syntax is that of the `regex` crate, whose
/// searches are linear in the text.
///
/// ```
/// use mashbill::filter::{Filter, Threshold};
/// use mashbill::{Document, signal::Matches, text::Analyzer};
///
/// let no_dummy_text = Threshold::new(Matches::new("(?i)lorem ipsum")?, None, Some(0.0))?;
/// let mut analyzer = Analyzer::new();
/// let view = analyzer.view("Lorem ipsum dolor sit amet.");
/// assert!(!no_dummy_text.check(&Document::new(&view)).is_keep());
/// # Ok::<(), mashbill::Error>(())
/// ```
#[derive(Debug)]
pub struct Matches {
    regex: Regex,
}

impl Matches {
    /// The signal of that expression.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] for an expression that does not compile.
    pub fn new(pattern: &str) -> Result<Matches> {
        let invalid =
            |e| Error::Invalid { what: format!("pattern `{pattern}`"), problem: format!("does not compile: {e}") };
        Ok(Matches { regex: Regex::new(pattern).map_err(invalid)? })
    }
}

impl Signal for Matches {
    fn name(&self) -> &'static str {
        "matches"
    }

    fn doc(&self) -> &'static str {
        "Matches of the step's regular expression, without overlap, from the left."
    }

    fn measure(&self, doc: &Document<'_>) -> Option<f64> {
        Some(self.regex.find_iter(doc.text()).count() as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Analyzer;

    #[test]
    fn matches_are_counted_without_overlap() {
        let matches = Matches::new("aa").unwrap();
        for (text, expected) in [("", 0.0), ("aaa", 1.0), ("aaaa", 2.0), ("aa aa aa", 3.0)] {
            let mut analyzer = Analyzer::new();
            let view = analyzer.view(text);
            assert_eq!(matches.measure(&Document::new(&view)), Some(expected), "{text:?}");
        }
        assert!(Matches::new("(").unwrap_err().to_string().contains("does not compile"));
    }
}
