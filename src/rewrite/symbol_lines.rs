//! Lines of nothing but symbols, removed as datatrove removes them.

use super::splice::Splice;
use super::{Rewrite, Rewritten};
use crate::document::Document;
use crate::text::datatrove::is_symbol;
use crate::text::python;

/// Removes lines that are wholly of marks and blanks and not blank themselves, as datatrove 0.10's `SymbolLinesFormatter`
/// does, and joins the others by LF.
///
/// Marks are datatrove's `PUNCTUATION_SET`, 281 characters: ASCII's, controls, and those that end sentences in any script, but
/// not `•`, `·`, `€` or the tab. Lines are those of Python's `str.splitlines`, so CRLF, U+2028 and the like become LF too,
/// and a last line break goes.
///
/// ```
/// use mashbill::{Document, rewrite::{Rewrite, SymbolLines}, text::Analyzer};
///
/// let mut analyzer = Analyzer::new();
/// let view = analyzer.view("Rye\n* * *\n-----\nCorn");
/// assert_eq!(SymbolLines::default().rewrite(&Document::new(&view)).text, "Rye\nCorn");
/// let breaks = SymbolLines { replacement: "~".to_owned() };
/// assert_eq!(breaks.rewrite(&Document::new(&view)).text, "Rye\n~\nCorn");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SymbolLines {
    /// A line that stands for each run of removed ones (`replace_char` there); none if empty, the default there too.
    pub replacement: String,
}

impl Rewrite for SymbolLines {
    fn rewrite<'t>(&self, doc: &Document<'t>) -> Rewritten<'t> {
        let text = doc.text();
        let mut splice = Splice::new(text);
        let stand_in = format!("\n{}", self.replacement);
        // What goes before the next line that stays, and where the last one ended.
        let (mut link, mut at) = ("", 0);
        let mut removing = false;
        for line in python::line_ranges(text) {
            if !is_symbols(&text[line.clone()]) {
                splice.replace(at..line.start, link);
                (link, at, removing) = ("\n", line.end, false);
            } else if !removing {
                if !self.replacement.is_empty() {
                    splice.replace(at..line.end, &stand_in[1 - link.len()..]);
                    (link, at) = ("\n", line.end);
                }
                removing = true;
            }
        }
        splice.replace(at..text.len(), "");
        splice.finish()
    }
}

/// Whether the line holds nothing but marks and blanks, and more than white space.
fn is_symbols(line: &str) -> bool {
    line.chars().all(|c| c == ' ' || is_symbol(c)) && !python::strip(line).is_empty()
}

#[cfg(test)]
mod tests {
    use super::super::tests::replayed;
    use super::*;
    use crate::text::Analyzer;
    use proptest::prelude::*;

    fn run(replacement: &str, text: &str) -> String {
        let mut analyzer = Analyzer::new();
        let view = analyzer.view(text);
        let rewrite = SymbolLines { replacement: replacement.to_owned() };
        replayed(&rewrite, &Document::new(&view)).into_owned()
    }

    #[test]
    fn lines_by_hand() {
        for (text, after) in [
            ("", ""),
            ("\n", ""),
            ("---\n", ""),
            ("a\n---\nb", "a\nb"),
            ("a\n \n\t\nb", "a\n \n\t\nb"),
            ("a\n• •\n€\n-\t-\nb", "a\n• •\n€\n-\t-\nb"),
            ("a\r\n。。\u{2028}b\n", "a\nb"),
            ("\u{1f}\n-\u{1f}\na", "\u{1f}\na"),
        ] {
            assert_eq!(run("", text), after, "{text:?}");
        }
        assert_eq!(run("\n", "a\n---\nb"), "a\n\n\nb");
        assert_eq!(run("#", "--\n..\na\n--\n \n--"), "#\na\n#\n \n#");
    }

    /// The formatter's loop, with a list of lines.
    fn naive(replacement: &str, text: &str) -> String {
        let mut kept = Vec::new();
        let mut removing = false;
        for line in python::split_lines(text) {
            let symbols = !python::strip(line).is_empty() && line.chars().all(|c| is_symbol(c) || c == ' ');
            if symbols && !removing {
                kept.extend((!replacement.is_empty()).then_some(replacement));
                removing = true;
            } else if !symbols {
                kept.push(line);
                removing = false;
            }
        }
        kept.join("\n")
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(600))]
        #[test]
        fn agrees_with_the_loop(text in "(a|-|\\.| |\t|\n|\r\n|\u{1f}|\u{1e}|\u{2028}|é|。|--\n){0,30}", replacement in "(|#|\n|--)") {
            prop_assert_eq!(run(&replacement, &text), naive(&replacement, &text));
        }
    }
}
