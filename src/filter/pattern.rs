//! Matches of a regular expression between bounds: block lists and the user's own phrases.

use super::{Bound, Filter, Finding, Rule, RuleFilter, Undefined, Verdict};
use crate::document::Document;
use crate::error::{Error, Result};
use crate::signal::Signal;
use regex::Regex;
use std::sync::Arc;

/// Keeps documents in which a regular expression matches neither too seldom nor too often. Matches do not overlap and are
/// counted from the left. The syntax is that of the `regex` crate, whose searches are linear in the text.
///
/// ```
/// use mashbill::filter::{Filter, Pattern};
/// use mashbill::{Document, text::Analyzer};
///
/// let no_dummy_text = Pattern::new("(?i)lorem ipsum", None, Some(0))?;
/// let mut analyzer = Analyzer::new();
/// let view = analyzer.view("Lorem ipsum dolor sit amet.");
/// assert!(!no_dummy_text.check(&Document::new(&view)).is_keep());
/// # Ok::<(), mashbill::Error>(())
/// ```
#[derive(Debug)]
pub struct Pattern {
    rules: RuleFilter,
}

impl Pattern {
    /// Keeps documents with `min` to `max` matches, both included.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] without any bound, with a `min` above the `max`, or for an expression that does not compile.
    pub fn new(pattern: &str, min: Option<u32>, max: Option<u32>) -> Result<Pattern> {
        let invalid = |problem: String| Error::Invalid { what: format!("pattern `{pattern}`"), problem };
        if min.is_none() && max.is_none() {
            return Err(invalid("needs `min`, `max` or both".to_owned()));
        }
        if min.zip(max).is_some_and(|(min, max)| min > max) {
            return Err(invalid("`min` is above `max`: no document would pass".to_owned()));
        }
        let regex = Regex::new(pattern).map_err(|e| invalid(format!("does not compile: {e}")))?;
        let matches: Arc<dyn Signal> = Arc::new(Matches { regex });
        let mut rules = RuleFilter::new();
        if let Some(min) = min {
            rules = rules.with("min_matches", Arc::clone(&matches), Bound::Min(f64::from(min)), Undefined::Drop)?;
        }
        if let Some(max) = max {
            rules = rules.with("max_matches", Arc::clone(&matches), Bound::Max(f64::from(max)), Undefined::Drop)?;
        }
        Ok(Pattern { rules })
    }
}

impl Filter for Pattern {
    fn rules(&self) -> &[Rule] {
        self.rules.rules()
    }

    fn check(&self, doc: &Document<'_>) -> Verdict {
        self.rules.check(doc)
    }

    fn audit(&self, doc: &Document<'_>, each: &mut dyn FnMut(Finding)) {
        self.rules.audit(doc, each);
    }
}

/// Number of matches. Not in the list of signals, since it needs the expression.
#[derive(Debug)]
struct Matches {
    regex: Regex,
}

impl Signal for Matches {
    fn name(&self) -> &'static str {
        "pattern_matches"
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
    fn matches_are_counted_without_overlap_between_both_bounds() {
        let pattern = Pattern::new("aa", Some(1), Some(2)).unwrap();
        for (text, matches, keep) in
            [("", 0.0, false), ("aaa", 1.0, true), ("aaaa", 2.0, true), ("aa aa aa", 3.0, false)]
        {
            let mut analyzer = Analyzer::new();
            let view = analyzer.view(text);
            let doc = Document::new(&view);
            assert_eq!(pattern.check(&doc).is_keep(), keep, "{text:?}");
            pattern.audit(&doc, &mut |finding| assert_eq!(finding.observed, Some(matches), "{text:?}"));
        }
    }

    #[test]
    fn what_cannot_be_is_refused() {
        assert!(Pattern::new("a", None, None).is_err());
        assert!(Pattern::new("a", Some(2), Some(1)).is_err());
        assert!(Pattern::new("(", None, Some(0)).unwrap_err().to_string().contains("does not compile"));
    }
}
