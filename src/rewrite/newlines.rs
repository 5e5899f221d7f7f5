//! Runs of line breaks, cut to a highest number.

use super::lines::spliced;
use super::{Edit, Rewrite, Rewritten};
use crate::document::Document;
use memchr::{memchr, memchr2};

/// Cuts every run of more than `max` line breaks to its first `max`. A break is LF, CRLF or a lone CR, and stays as it is
/// written; blanks between breaks end a run.
///
/// ```
/// use mashbill::{Document, rewrite::{NewlineCap, Rewrite}, text::Analyzer};
///
/// let mut analyzer = Analyzer::new();
/// let view = analyzer.view("rye\n\n\n\ncorn\nbarley");
/// assert_eq!(NewlineCap::default().rewrite(&Document::new(&view)).text, "rye\n\ncorn\nbarley");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewlineCap {
    /// Most consecutive line breaks that stay. 0 joins all lines.
    pub max: u32,
}

/// Cuts every run of more than `max` line feeds to `max`: like [`NewlineCap`], but only LF is a break, so that CRLFs are no run
/// (DCLM's and datamap-rs's `newline_removal_modifier`).
///
/// ```
/// use mashbill::{Document, rewrite::{LineFeedCap, Rewrite}, text::Analyzer};
///
/// let mut analyzer = Analyzer::new();
/// let view = analyzer.view("rye\n\n\n\ncorn\r\n\r\n\r\n");
/// assert_eq!(LineFeedCap::default().rewrite(&Document::new(&view)).text, "rye\n\ncorn\r\n\r\n\r\n");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineFeedCap {
    /// Most consecutive line feeds that stay.
    pub max: u32,
}

impl Default for LineFeedCap {
    /// 2 (DCLM and datamap-rs, `max_consecutive`).
    fn default() -> Self {
        LineFeedCap { max: 2 }
    }
}

impl Rewrite for LineFeedCap {
    fn rewrite<'t>(&self, doc: &Document<'t>) -> Rewritten<'t> {
        let bytes = doc.text().as_bytes();
        let mut edits = Vec::new();
        let mut at = 0;
        while let Some(offset) = memchr(b'\n', &bytes[at..]) {
            let start = at + offset;
            at = start + bytes[start..].iter().take_while(|b| **b == b'\n').count();
            let cut = start + (self.max as usize).min(at - start);
            if cut < at {
                edits.push(Edit { start: cut as u32, end: at as u32, new_len: 0 });
            }
        }
        spliced(doc.text(), edits)
    }
}

impl Default for NewlineCap {
    /// 2: at most one blank line (datamap-rs, `newline_removal_modifier`: `max_consecutive` 2).
    fn default() -> Self {
        NewlineCap { max: 2 }
    }
}

impl Rewrite for NewlineCap {
    fn rewrite<'t>(&self, doc: &Document<'t>) -> Rewritten<'t> {
        let text = doc.text();
        let bytes = text.as_bytes();
        let mut edits = Vec::new();
        let mut at = 0;
        while let Some(offset) = memchr2(b'\n', b'\r', &bytes[at..]) {
            at += offset;
            let mut breaks = 0;
            let mut cut = at;
            loop {
                let len = match &bytes[at..] {
                    [b'\r', b'\n', ..] => 2,
                    [b'\n' | b'\r', ..] => 1,
                    _ => break,
                };
                at += len;
                if breaks < self.max {
                    breaks += 1;
                    cut = at;
                }
            }
            if cut < at {
                edits.push(Edit { start: cut as u32, end: at as u32, new_len: 0 });
            }
        }
        spliced(text, edits)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::replayed;
    use super::*;
    use crate::text::Analyzer;
    use proptest::prelude::*;

    /// One character at a time.
    fn naive(max: u32, text: &str) -> String {
        let mut out = String::new();
        let mut run = 0;
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            if c != '\n' && c != '\r' {
                run = 0;
                out.push(c);
                continue;
            }
            let crlf = c == '\r' && chars.next_if_eq(&'\n').is_some();
            run += 1;
            if run <= max {
                out.push(c);
                out.extend(crlf.then_some('\n'));
            }
        }
        out
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]
        #[test]
        fn agrees_with_its_naive_twin(text in "[a\\n\\r é]{0,40}", max in 0u32..4) {
            let mut analyzer = Analyzer::new();
            let view = analyzer.view(&text);
            prop_assert_eq!(replayed(&NewlineCap { max }, &Document::new(&view)), naive(max, &text));
            let runs = regex::Regex::new(&format!("\n{{{},}}", max + 1)).unwrap();
            let capped = runs.replace_all(&text, "\n".repeat(max as usize));
            prop_assert_eq!(replayed(&LineFeedCap { max }, &Document::new(&view)), capped);
        }
    }
}
