//! Lines of nothing but marks, taken out as datatrove takes them.

use super::splice::Splice;
use super::{Rewrite, Rewritten};
use crate::document::Document;
use crate::text::datatrove::is_symbol;
use crate::text::{python, range_of};

/// Removes lines that hold marks and spaces only, as datatrove 0.10's `SymbolLinesFormatter` does: rules of dashes, rows of stars.
/// Blank lines stay. Lines end as in Python's `splitlines`, and LF stands between them afterwards; a final break goes.
///
/// ```
/// use mashbill::{Document, rewrite::{Rewrite, SymbolLines}, text::Analyzer};
///
/// let mut analyzer = Analyzer::new();
/// let view = analyzer.view("Rye\n-----\n* * *\n\nCorn, $5");
/// assert_eq!(SymbolLines::default().rewrite(&Document::new(&view)).text, "Rye\n\nCorn, $5");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SymbolLines {
    /// The line that stands for each run of removed ones; empty for none (datatrove's default).
    pub replacement: String,
}

impl Rewrite for SymbolLines {
    fn rewrite<'t>(&self, doc: &Document<'t>) -> Rewritten<'t> {
        let text = doc.text();
        let mut splice = Splice::new(text);
        let (mut first, mut removing) = (true, false);
        for line in python::split_lines(text) {
            let symbols = !python::strip(line).is_empty() && line.chars().all(|c| c == ' ' || is_symbol(c));
            let replaces = symbols && !removing && !self.replacement.is_empty();
            removing = symbols;
            if symbols && !replaces {
                continue;
            }
            if !std::mem::replace(&mut first, false) {
                splice.put("\n");
            }
            if symbols {
                splice.put(&self.replacement);
            } else {
                splice.keep(range_of(text, line));
            }
        }
        splice.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::replayed;
    use super::*;
    use crate::text::Analyzer;
    use proptest::prelude::*;

    /// datatrove's loop.
    fn naive(text: &str, replacement: &str) -> String {
        let (mut lines, mut removing) = (Vec::new(), false);
        for line in python::split_lines(text) {
            let symbols = !python::strip(line).is_empty() && line.chars().all(|c| c == ' ' || is_symbol(c));
            if !symbols {
                lines.push(line);
            } else if !removing && !replacement.is_empty() {
                lines.push(replacement);
            }
            removing = symbols;
        }
        lines.join("\n")
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(512))]

        #[test]
        fn agrees_with_the_loop(text in "(rye|corn 1|-|\\* |=|…|•| |\t|\n|\n|\r\n|\u{85}|\u{1f}){0,30}", replacement in "(|—|\n)") {
            let mut analyzer = Analyzer::new();
            let view = analyzer.view(&text);
            let lines = SymbolLines { replacement: replacement.clone() };
            prop_assert_eq!(replayed(&lines, &Document::new(&view)), naive(&text, &replacement));
        }
    }
}
