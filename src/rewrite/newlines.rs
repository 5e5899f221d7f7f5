//! Runs of line breaks, cut to a highest number.

use super::splice::Splice;
use super::{Rewrite, Rewritten};
use crate::document::Document;
use memchr::memchr2;

/// Cuts every run of more than `max` line breaks to its first `max`. A break is LF, CRLF or a lone CR, and stays as it is
/// written.
///
/// ```
/// use mashbill::{Document, rewrite::{NewlineCap, Rewrite}, text::Analyzer};
///
/// let mut analyzer = Analyzer::new();
/// let view = analyzer.view("rye\n\n\n\ncorn\nbarley");
/// assert_eq!(NewlineCap::default().rewrite(&Document::new(&view)).text, "rye\n\ncorn\nbarley");
///
/// let view = analyzer.view("rye\r\n \t\r\n\u{a0}\r\n  corn");
/// let cap = NewlineCap { max: 2, across_spaces: true };
/// assert_eq!(cap.rewrite(&Document::new(&view)).text, "rye\r\n \t\r\n  corn");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewlineCap {
    /// Most consecutive line breaks that stay. 0 joins all lines.
    pub max: u32,
    /// Whether lines of white space alone are part of a run; otherwise they end it, as in datamap-rs. Of a run that is cut,
    /// the white space goes that stands between breaks that go; what indents the next line stays.
    pub across_spaces: bool,
}

impl Default for NewlineCap {
    /// 2: at most one blank line (datamap-rs, `newline_removal_modifier`: `max_consecutive` 2).
    fn default() -> Self {
        NewlineCap { max: 2, across_spaces: false }
    }
}

impl NewlineCap {
    /// Where the next break begins and ends, if one stands at `at`, or behind nothing but white space that is overlooked.
    fn next_break(self, text: &str, at: usize) -> Option<usize> {
        let rest = &text[at..];
        let rest = if self.across_spaces {
            rest.trim_start_matches(|c: char| c.is_whitespace() && !matches!(c, '\n' | '\r'))
        } else {
            rest
        };
        let len = match rest.as_bytes() {
            [b'\r', b'\n', ..] => 2,
            [b'\n' | b'\r', ..] => 1,
            _ => return None,
        };
        Some(text.len() - rest.len() + len)
    }
}

impl Rewrite for NewlineCap {
    fn rewrite<'t>(&self, doc: &Document<'t>) -> Rewritten<'t> {
        let text = doc.text();
        let mut splice = Splice::new(text);
        let mut at = 0;
        while let Some(offset) = memchr2(b'\n', b'\r', &text.as_bytes()[at..]) {
            at += offset;
            let mut breaks = 0;
            let mut cut = at;
            while let Some(end) = self.next_break(text, at) {
                at = end;
                if breaks < self.max {
                    breaks += 1;
                    cut = at;
                }
            }
            splice.replace(cut..at, "");
        }
        splice.finish()
    }

    fn settings(&self) -> Vec<(&'static str, String)> {
        vec![("max", self.max.to_string()), ("across_spaces", self.across_spaces.to_string())]
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::replayed;
    use super::*;
    use crate::text::Analyzer;
    use proptest::prelude::*;

    /// One character at a time.
    fn naive(cap: NewlineCap, text: &str) -> String {
        let mut out = String::new();
        let mut run = 0;
        let mut spaces = String::new();
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            if c == '\n' || c == '\r' {
                let crlf = c == '\r' && chars.next_if_eq(&'\n').is_some();
                run += 1;
                if run <= cap.max {
                    out.push_str(&spaces);
                    out.push(c);
                    out.extend(crlf.then_some('\n'));
                }
                spaces.clear();
            } else if cap.across_spaces && run > 0 && c.is_whitespace() {
                spaces.push(c);
            } else {
                run = 0;
                out.push_str(&spaces);
                out.push(c);
                spaces.clear();
            }
        }
        out + &spaces
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(600))]
        #[test]
        fn agrees_with_its_naive_twin(text in "[a\\n\\r é\u{3000}]{0,40}", max in 0u32..4, across_spaces: bool) {
            let mut analyzer = Analyzer::new();
            let view = analyzer.view(&text);
            let cap = NewlineCap { max, across_spaces };
            prop_assert_eq!(replayed(&cap, &Document::new(&view)), naive(cap, &text));
        }
    }
}
