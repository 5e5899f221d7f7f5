//! C4's line rules as a rewrite: which lines stay, and what is cut from them.

use super::lines::{Kept, lines, strip};
use super::{Rewrite, Rewritten};
use crate::document::Document;
use crate::text::datatrove::{clean, next_citation, speaks_of_javascript, speaks_of_policy};

/// Removes lines as the C4 data set did, and joins the others by LF. Lines end at LF, CRLF or a lone CR.
///
/// A line is first stripped of white space at both ends. It is removed when one of these holds, tried in this order:
///
/// 1. a word (between white space) has more than `max_word_chars` characters;
/// 2. with `terminal_punctuation`: it does not end in one of `. ? ! " '`, or it ends in `...`;
/// 3. it has fewer than `min_words_per_line` words, citation marks counted as the words they are written as;
/// 4. with `javascript`: it holds `javascript`, in any ASCII case;
/// 5. with `policy`: it holds one of `terms of use`, `privacy policy`, `cookie policy`, `uses cookies`, `use of cookies`,
///    `use cookies`, in any ASCII case.
///
/// With `remove_citations`, the marks `[]`, `[12]`, `[edit]` and `[citation needed]` are cut after rule 1 and before the
/// others; the line is not stripped again, so `end. [1]` then ends in a blank and fails rule 2. The text as a whole is
/// stripped last.
///
/// Source: Raffel et al. 2020, section 2.2 (rules 2 to 5 and citations); details and order as in datatrove 0.10's
/// `C4QualityFilter`, which adds rule 1, `'` among the marks and the exception for `...`.
///
/// # Where it differs from datatrove
///
/// There, `lorem ipsum` and `{` drop the whole document in between these rules, from lines of the original text. Here they
/// are rules of the `c4` filter and see the rewritten text. So a line that rule 4 or 5 removes no longer drops its document:
/// `lorem ipsum` beside `javascript`, or `{` beside `cookie policy`. datatrove also breaks lines at VT, FF, FS, GS, RS,
/// NEL, LS and PS, and takes any Unicode decimal digit as part of a citation; here digits are ASCII.
///
/// ```
/// use mashbill::{Document, rewrite::{C4Lines, Rewrite}, text::Analyzer};
///
/// let mut analyzer = Analyzer::new();
/// let view = analyzer.view("Main menu\r\nCorn is sweet [citation needed]and cheap.");
/// let doc = Document::new(&view);
/// assert_eq!(C4Lines::default().rewrite(&doc).text, "Corn is sweet and cheap.");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct C4Lines {
    /// Fewest words of a line that stays; 0 sets no limit. C4 paper, section 2.2: 3.
    pub min_words_per_line: u32,
    /// Whether a line must end in a terminal mark. C4 paper: yes. FineWeb turned it off (Penedo et al. 2024, on C4's filters).
    pub terminal_punctuation: bool,
    /// Longest word of a line that stays, in characters; `None` sets no limit. datatrove 0.10 and TFDS: 1000.
    pub max_word_chars: Option<u32>,
    /// Whether lines that speak of JavaScript go. C4 paper: yes.
    pub javascript: bool,
    /// Whether lines that speak of cookies, privacy policies and terms of use go. C4 paper: yes.
    pub policy: bool,
    /// Whether Wikipedia's citation marks are cut. C4 paper: yes.
    pub remove_citations: bool,
}

impl C4Lines {
    /// The values of the C4 paper (datatrove 0.10's defaults).
    pub const PAPER: C4Lines = C4Lines {
        min_words_per_line: 3,
        terminal_punctuation: true,
        max_word_chars: Some(1000),
        javascript: true,
        policy: true,
        remove_citations: true,
    };

    /// FineWeb's: the paper's, but lines need no terminal punctuation.
    pub const FINEWEB: C4Lines = C4Lines { terminal_punctuation: false, ..C4Lines::PAPER };

    /// Rules 1 and 3, which look at the line with its citations.
    fn words_fit(&self, line: &str) -> bool {
        let enough = self.min_words_per_line as usize;
        if line.split_whitespace().take(enough).count() < enough {
            return false;
        }
        match self.max_word_chars {
            Some(max) if line.len() > max as usize => {
                line.split_whitespace().all(|w| w.len() <= max as usize || w.chars().count() <= max as usize)
            }
            _ => true,
        }
    }

    /// Rules 2, 4 and 5, on the line without its citations; `look` says which of 4 and 5 can be met at all.
    fn content_fits(&self, line: &str, look: Look) -> bool {
        let ends = !self.terminal_punctuation || (line.ends_with(['.', '?', '!', '"', '\'']) && !line.ends_with("..."));
        let code = look.javascript && speaks_of_javascript(line.as_bytes());
        let terms = look.policy && speaks_of_policy(line.as_bytes());
        ends && !code && !terms
    }
}

impl Default for C4Lines {
    fn default() -> Self {
        C4Lines::PAPER
    }
}

impl Rewrite for C4Lines {
    fn rewrite<'t>(&self, doc: &Document<'t>) -> Rewritten<'t> {
        let text = doc.text();
        // One fast pass over the whole text spares nearly every text the search in each line.
        let asked = Look { javascript: self.javascript, policy: self.policy };
        let met = Look {
            javascript: asked.javascript && speaks_of_javascript(text.as_bytes()),
            policy: asked.policy && speaks_of_policy(text.as_bytes()),
        };
        let mut kept = Kept::new(text, char::is_whitespace);
        let mut cleaned = String::new();
        for range in lines(text) {
            let range = strip(text, range);
            let line = &text[range.clone()];
            if !self.words_fit(line) {
                continue;
            }
            let cited = self.remove_citations && citation(line, 0).is_some();
            let fits = if cited {
                clean(line, is_digit, &mut cleaned);
                // Cutting a mark may join two halves of a phrase, which the pass over the whole text did not see.
                self.content_fits(&cleaned, asked)
            } else {
                self.content_fits(line, met)
            };
            if fits {
                let end = range.end;
                kept.line(range, |at| if cited { citation(&text[..end], at) } else { None });
            }
        }
        kept.finish()
    }

    fn settings(&self) -> Vec<(&'static str, String)> {
        vec![
            ("min_words_per_line", self.min_words_per_line.to_string()),
            ("terminal_punctuation", self.terminal_punctuation.to_string()),
            ("max_word_chars", self.max_word_chars.map_or("false".to_owned(), |max| max.to_string())),
            ("javascript", self.javascript.to_string()),
            ("policy", self.policy.to_string()),
            ("remove_citations", self.remove_citations.to_string()),
        ]
    }
}

/// Which phrases to look for.
#[derive(Clone, Copy)]
struct Look {
    javascript: bool,
    policy: bool,
}

/// A citation's digits are ASCII.
fn is_digit(c: char) -> bool {
    c.is_ascii_digit()
}

/// The next citation mark at or after byte `from`.
fn citation(line: &str, from: usize) -> Option<std::ops::Range<usize>> {
    next_citation(line, from, is_digit)
}

#[cfg(test)]
mod tests {
    use super::super::tests::replayed;
    use super::*;
    use crate::text::Analyzer;
    use proptest::prelude::*;
    use std::borrow::Cow;

    fn run(config: C4Lines, text: &str) -> String {
        let mut analyzer = Analyzer::new();
        let view = analyzer.view(text);
        replayed(&config, &Document::new(&view)).into_owned()
    }

    #[test]
    fn rules_of_the_paper() {
        let long = format!("A {} word ends here.", "x".repeat(1001));
        let fits = format!("A {} word ends here.", "é".repeat(1000));
        for (line, kept) in [
            ("Three words stay.", "Three words stay."),
            ("Two words.", ""),
            ("No mark at the end", ""),
            ("An ellipsis is no end...", ""),
            ("He said \"so be it\"", "He said \"so be it\""),
            ("Curly quotes are “not marks”", ""),
            ("Please enable JavaScript now.", ""),
            ("See our Privacy Policy here.", ""),
            ("This site Uses Cookies today.", ""),
            ("The use of a cookie is fine.", "The use of a cookie is fine."),
            ("One cited fact.[1]", "One cited fact."),
            ("One cited fact. [1]", ""), // a blank is left at the end, and no mark
            ("Marks [1] count here.", "Marks  count here."),
            ("A [] b [23][edit] c[citation needed].", "A  b  c."),
            ("No [a] citation [1a] here [[].", "No [a] citation [1a] here [."),
            ("We use java[1]script on it.", ""),
            (long.as_str(), ""),
            (fits.as_str(), fits.as_str()),
            ("", ""),
            ("\r\r\n \u{3000}", ""),
        ] {
            assert_eq!(run(C4Lines::PAPER, line), kept, "{line:?}");
        }
    }

    #[test]
    fn lines_end_at_lf_crlf_or_cr() {
        assert_eq!(run(C4Lines::PAPER, "A b c.\r\nD e f.\rmenu\n\nG h i.\n"), "A b c.\nD e f.\nG h i.");
        assert_eq!(run(C4Lines::FINEWEB, "[1] [2] [3]\na b c\n[1] [2] [3]\nd e f\n[1] [2] [3]"), "a b c\n  \nd e f");
    }

    #[test]
    fn switches_turn_each_rule_off() {
        let off = C4Lines {
            min_words_per_line: 0,
            terminal_punctuation: false,
            max_word_chars: None,
            javascript: false,
            policy: false,
            remove_citations: false,
        };
        let text = format!("javascript\nprivacy policy [1]\n{}", "x".repeat(2000));
        assert_eq!(run(off, &text), text);
    }

    #[test]
    fn an_unchanged_text_is_borrowed() {
        let mut analyzer = Analyzer::new();
        let view = analyzer.view("Rye gives spice.\nCorn gives sweetness.");
        let after = C4Lines::PAPER.rewrite(&Document::new(&view));
        assert!(matches!(after.text, Cow::Borrowed(_)) && after.edits.is_empty());
    }

    /// The rules said plainly, one string at a time.
    fn naive(c: C4Lines, text: &str) -> String {
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let marks = regex::Regex::new(r"\[[0-9]*\]|\[edit\]|\[citation needed\]").unwrap();
        let policy =
            ["terms of use", "privacy policy", "cookie policy", "uses cookies", "use of cookies", "use cookies"];
        let mut out = Vec::new();
        for line in text.lines().map(str::trim) {
            let words: Vec<&str> = line.split_whitespace().collect();
            let long = c.max_word_chars.is_some_and(|m| words.iter().any(|w| w.chars().count() > m as usize));
            let line = if c.remove_citations { marks.replace_all(line, "").into_owned() } else { line.to_owned() };
            let ends = [".", "?", "!", "\"", "'"].iter().any(|e| line.ends_with(e)) && !line.ends_with("...");
            let lower = line.to_ascii_lowercase();
            if long
                || (c.terminal_punctuation && !ends)
                || words.len() < c.min_words_per_line as usize
                || (c.javascript && lower.contains("javascript"))
                || (c.policy && policy.iter().any(|p| lower.contains(p)))
            {
                continue;
            }
            out.push(line);
        }
        out.join("\n").trim().to_owned()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]
        #[test]
        fn agrees_with_its_naive_twin(
            pieces in prop::collection::vec(prop_oneof![
                4 => prop::sample::select(vec!["a", "rye ", "corn ", "é", " ", "b c d"]),
                3 => prop::sample::select(vec![".", "...", "\"", "\n", "\r", "\r\n", "\n\n", "\u{a0}"]),
                2 => prop::sample::select(vec!["[1]", "[edit]", "[", "]", "[citation needed]", "java", "Script", "Terms of ", "use", "s cookies", "cookie policy"]),
                1 => "\\PC{0,3}".prop_map(|s| -> &'static str { Box::leak(s.into_boxed_str()) }),
            ], 0..40),
            min_words_per_line in 0u32..4, terminal_punctuation: bool, short: bool, javascript: bool, policy: bool, remove_citations: bool,
        ) {
            let max_word_chars = short.then_some(12);
            let config = C4Lines { min_words_per_line, terminal_punctuation, max_word_chars, javascript, policy, remove_citations };
            let text = pieces.concat();
            prop_assert_eq!(run(config, &text), naive(config, &text));
        }
    }
}
