//! C4's line rules as a rewrite, exactly as datatrove has them.

use super::lines::Kept;
use super::{Rewrite, Rewritten};
use crate::document::Document;
use crate::text::datatrove::next_citation;
use crate::text::python;

/// Keeps the lines that datatrove 0.10's `C4QualityFilter` keeps, and joins them by LF.
///
/// Like [`C4Lines`](super::C4Lines), but with Python's strings: lines also end at VT, FF, U+001C to U+001E, U+0085,
/// U+2028 and U+2029, a citation's digits may be of any script, and white space is Python's. `lorem ipsum` and `{` drop
/// the text there, from lines that pass the rules before; that is for the rule sets `datatrove_c4_quality` and
/// `datatrove_c4_fineweb`, which judge the text before it is rewritten. Here such a line stays.
///
/// ```
/// use mashbill::{Document, rewrite::{DatatroveC4Lines, Rewrite}, text::Analyzer};
///
/// let mut analyzer = Analyzer::new();
/// let view = analyzer.view("Main menu\u{2028}Corn is sweet [१]and cheap");
/// let lines = DatatroveC4Lines { terminal_punctuation: false };
/// assert_eq!(lines.rewrite(&Document::new(&view)).text, "Corn is sweet and cheap");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DatatroveC4Lines {
    /// Whether a line must end in a terminal mark. datatrove's default: yes; FineWeb: no.
    pub terminal_punctuation: bool,
}

impl Rewrite for DatatroveC4Lines {
    fn rewrite<'t>(&self, doc: &Document<'t>) -> Rewritten<'t> {
        let text = doc.text();
        let mut kept = Kept::new(text, python::is_space);
        for line in doc.view().datatrove().c4_lines(self.terminal_punctuation) {
            let (end, cited) = (line.span.end as usize, line.cited);
            let citation = |at| if cited { next_citation(&text[..end], at, python::is_decimal) } else { None };
            kept.line(line.span.range(), citation);
        }
        kept.finish()
    }

    fn settings(&self) -> Vec<(&'static str, String)> {
        vec![("terminal_punctuation", self.terminal_punctuation.to_string())]
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::replayed;
    use super::*;
    use crate::text::Analyzer;
    use proptest::prelude::*;

    /// The filter's loop, word for word.
    fn naive(text: &str, terminal: bool) -> String {
        let mut kept = Vec::new();
        for line in python::split_lines(text) {
            let line = python::strip(line);
            let words = line.split(python::is_space).filter(|w| !w.is_empty()).count();
            let mut cut = line.to_owned();
            for mark in ["[]", "[1]", "[22]", "[edit]", "[citation needed]"] {
                cut = cut.replace(mark, "\u{10FFFF}");
            }
            let line = cut.replace('\u{10FFFF}', "");
            let ends = line.ends_with(['.', '?', '!', '"', '\'']) && !line.ends_with("...");
            let lower = line.to_lowercase();
            if (terminal && !ends) || words < 3 || (lower.contains("javascript") && !lower.contains("lorem ipsum")) {
                continue;
            }
            if lower.contains("use cookies") && !lower.contains("lorem ipsum") && !lower.contains('{') {
                continue;
            }
            kept.push(line);
        }
        python::strip(&kept.join("\n")).to_owned()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(512))]

        #[test]
        fn agrees_with_the_loop(
            text in "(a|b |é\\.|\\. |\\.\\.\\.| c |\n|\r\n|\u{85}|\u{1f}|\u{2028}|\\[1\\]|\\[edit\\]| JavaScript |lorem ipsum| \\{| use Cookies |\u{3000}){0,40}",
            terminal: bool,
        ) {
            let mut analyzer = Analyzer::new();
            let view = analyzer.view(&text);
            let after = replayed(&DatatroveC4Lines { terminal_punctuation: terminal }, &Document::new(&view));
            prop_assert_eq!(after, naive(&text, terminal));
        }
    }
}
