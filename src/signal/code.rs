//! Source files: rules that depend on the language, marks of generated code, encoded data, comments, visible HTML.
//!
//! The language is the row's (`lang`, by Linguist's names and common aliases), else that of the file's name (`path`), else what the
//! text's beginning tells (`#!`, `<?php`, HTML, XML), else unknown: then the rules for code in general hold.

use super::{ratio, signals};
use crate::document::Document;
use crate::text::{Language, code};

/// Languages whose files have long lines by nature: StarCoder2 (Lozhkov et al. 2024, section 2.3) holds them to 100,000 characters
/// and to no mean.
const LONG_LINES: [&str; 9] = ["HTML", "JSON", "Markdown", "Roff", "Roff Manpage", "SMT", "TeX", "Text", "XML"];

/// Languages of which StarCoder2 keeps files of 512 lines at most, since longer ones are data.
const DATA: [&str; 5] = ["Text", "JSON", "YAML", "Web Ontology Language", "Graphviz (DOT)"];

/// Languages of which StarCoder2 counts digits as letters.
const ASSEMBLY: [&str; 2] = ["Motorola 68K Assembly", "WebAssembly"];

/// Stems of text files that belong to code (StarCoder2): these, and every name with `requirement` in it.
const TEXT_STEMS: [&str; 5] = ["readme", "notes", "todo", "description", "cmakelists"];

signals! {
    /// Characters of the longest line; undefined for HTML, JSON, Markdown, Roff, SMT, TeX, Text and XML, whose lines are long by
    /// nature, and without a line that is not blank (StarCoder2, Lozhkov et al. 2024).
    CodeMaxLineLength "code_max_line_length" |doc| {
        if is_one_of(doc, &LONG_LINES) { None } else { super::MaxLineLength.measure(doc) }
    };

    /// Mean characters of the lines that are not blank; undefined for HTML, JSON, Markdown, Roff, SMT, TeX, Text and XML, whose
    /// lines are long by nature (StarCoder2, Lozhkov et al. 2024).
    CodeMeanLineLength "code_mean_line_length" |doc| {
        if is_one_of(doc, &LONG_LINES) { None } else { super::MeanLineLength.measure(doc) }
    };

    /// Alphabetic characters over all characters (code points); in Motorola 68K Assembly and WebAssembly, alphanumeric ones
    /// (StarCoder2, Lozhkov et al. 2024).
    CodeLetterCharRatio "code_letter_char_ratio" |doc| {
        let counts = doc.view().chars();
        ratio(if is_one_of(doc, &ASSEMBLY) { counts.alphanumeric } else { counts.letters }, counts.chars)
    };

    /// Lines of a Text, JSON, YAML, OWL or DOT file, blank ones included; undefined for other languages (StarCoder2, Lozhkov et
    /// al. 2024).
    DataLineCount "data_line_count" |doc| {
        is_one_of(doc, &DATA).then(|| doc.view().lines().len() as f64)
    };

    /// 1 if the file's name, a generator's notice, or minified lines say that a tool wrote it, 0 if not (the marks of Linguist and
    /// go-enry's `is_generated`). Without a path, notices and lines decide.
    GeneratedFile "generated_file" |doc| {
        let generated = code::is_generated(doc.view().lines(), doc.facts().path, language(doc));
        Some(f64::from(u8::from(generated)))
    };

    /// Phrases in the first five lines that say that the file was generated ("auto-generated", "this file is generated" …), in
    /// any case (StarCoder2, Lozhkov et al. 2024).
    GeneratedNoticeCount "generated_notice_count" |doc| Some(code::notices(doc.view().lines()) as f64);

    /// Characters of the longest run of base64, hexadecimal bytes or `\uXXXX` escapes, 0 without one (the expressions of
    /// StarCoder2, Lozhkov et al. 2024).
    LongestEncodedRun "longest_encoded_run" |doc| Some(doc.view().encoded().longest as f64);

    /// Characters in runs of base64, hexadecimal bytes or `\uXXXX` escapes over all characters (the expressions of StarCoder2,
    /// Lozhkov et al. 2024).
    EncodedCharRatio "encoded_char_ratio" |doc| ratio(doc.view().encoded().chars, doc.view().chars().chars);

    /// Characters of an HTML page outside tags, comments, scripts and style sheets, runs of white space as one; undefined for
    /// other languages (StarCoder2, Lozhkov et al. 2024).
    HtmlVisibleCharCount "html_visible_char_count" |doc| {
        is_one_of(doc, &["HTML"]).then(|| doc.view().visible_html().chars as f64)
    };

    /// Visible characters of an HTML page over all its characters; undefined for other languages (StarCoder2, Lozhkov et al.
    /// 2024; bigcode-dataset's `filter_html`).
    HtmlVisibleCharRatio "html_visible_char_ratio" |doc| {
        if !is_one_of(doc, &["HTML"]) {
            return None;
        }
        ratio(doc.view().visible_html().chars, doc.view().chars().chars)
    };

    /// 1 if a Text file's name belongs to code (`requirement` in it, or a stem of readme, notes, todo, description, cmakelists), 0 if
    /// not; undefined for other languages and without a path (StarCoder2, Lozhkov et al. 2024).
    TextFileName "text_file_name" |doc| {
        let path = doc.facts().path.filter(|_| is_one_of(doc, &["Text"]))?;
        Some(f64::from(u8::from(belongs_to_code(code::file_name(path)))))
    };

    /// Characters in comments, docstrings among them, over all characters; undefined for a language whose comments are not known,
    /// and for an unknown one. SantaCoder (Ben Allal et al. 2023) keeps shares above 0.01 and below 0.8.
    CommentCharRatio "comment_char_ratio" |doc| {
        ratio(code::comment_chars(doc.text(), language(doc)?)?, doc.view().chars().chars)
    };

    /// Characters in strings and numbers over all characters; of an unknown language, in double quotes and numbers (ours).
    CodeLiteralCharRatio "code_literal_char_ratio" |doc| {
        let marks = code_marks(doc);
        ratio(marks.literals, marks.chars)
    };

    /// Shannon entropy of the names of a source file, keywords among them, in bits; undefined without names (ours).
    CodeNameEntropy "code_name_entropy" |doc| {
        let marks = code_marks(doc);
        (marks.names > 0).then_some(marks.name_entropy)
    };

    /// Brackets without a partner over all brackets, outside comments and strings; undefined without brackets (ours).
    CodeUnbalancedBracketRatio "code_unbalanced_bracket_ratio" |doc| {
        let marks = code_marks(doc);
        ratio(marks.unbalanced, marks.brackets)
    };

    /// Names that test or assert (`assertEqual`, `test_x`, `expect`, `should`) over all names; undefined without names (ours).
    CodeTestNameRatio "code_test_name_ratio" |doc| {
        let marks = code_marks(doc);
        ratio(marks.tests, marks.names)
    };
}

/// What a source file is made of, read by the rules of its language.
pub(crate) fn code_marks(doc: &Document<'_>) -> code::CodeMarks {
    code::marks(doc.text(), language(doc))
}

/// The document's programming language, as far as it can be told.
fn language(doc: &Document<'_>) -> Option<&'static Language> {
    let facts = doc.facts();
    let stated = facts.lang.and_then(Language::named);
    stated.or_else(|| facts.path.and_then(Language::of_path)).or_else(|| Language::of_beginning(doc.text()))
}

fn is_one_of(doc: &Document<'_>, names: &[&str]) -> bool {
    language(doc).is_some_and(|l| names.contains(&l.name()))
}

fn belongs_to_code(name: &str) -> bool {
    const REQUIREMENT: &[u8] = b"requirement";
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    name.as_bytes().windows(REQUIREMENT.len()).any(|w| w.eq_ignore_ascii_case(REQUIREMENT))
        || TEXT_STEMS.iter().any(|known| known.eq_ignore_ascii_case(stem))
}

#[cfg(test)]
mod tests {
    use crate::document::{Document, Facts};
    use crate::signal::signal;
    use crate::text::Analyzer;

    fn of(name: &str, text: &str, facts: Facts<'_>) -> Option<f64> {
        let mut analyzer = Analyzer::new();
        let view = analyzer.view(text);
        signal(name).unwrap().measure(&Document::new(&view).with_facts(facts))
    }

    fn lang(lang: &str) -> Facts<'_> {
        Facts { lang: Some(lang), ..Facts::NONE }
    }

    fn path(path: &str) -> Facts<'_> {
        Facts { path: Some(path), ..Facts::NONE }
    }

    #[test]
    fn bounds_depend_on_the_language() {
        let cases = [
            ("code_max_line_length", "ab\ncde", Facts::NONE, Some(3.0)),
            ("code_max_line_length", "ab\ncde", lang("rust"), Some(3.0)),
            ("code_max_line_length", "ab\ncde", lang("JSON"), None),
            ("code_max_line_length", "ab\ncde", path("a/b.md"), None),
            // What the row states is heard first; a code of prose is no programming language.
            ("code_max_line_length", "ab\ncde", Facts { lang: Some("c"), ..path("b.md") }, Some(3.0)),
            ("code_max_line_length", "ab\ncde", Facts { lang: Some("en"), ..path("b.md") }, None),
            ("code_max_line_length", "<html>", Facts::NONE, None),
            ("code_mean_line_length", "ab\n\ncdef", lang("go"), Some(3.0)),
            ("code_mean_line_length", "ab\n\ncdef", lang("Roff Manpage"), None),
            ("code_mean_line_length", "", lang("go"), None),
            ("code_letter_char_ratio", "ab12", lang("python"), Some(0.5)),
            ("code_letter_char_ratio", "ab12", lang("WebAssembly"), Some(1.0)),
            ("code_letter_char_ratio", "ab12", path("x.x68"), Some(1.0)),
            ("code_letter_char_ratio", "", Facts::NONE, None),
            ("data_line_count", "a\n\nb", path("x.yml"), Some(3.0)),
            ("data_line_count", "a\n\nb", lang("owl"), Some(3.0)),
            ("data_line_count", "a\n\nb", lang("python"), None),
            ("data_line_count", "a\n\nb", Facts::NONE, None),
        ];
        for (name, text, facts, want) in cases {
            assert_eq!(of(name, text, facts), want, "{name} of {text:?}, {facts:?}");
        }
    }

    #[test]
    fn pages_names_and_comments() {
        let cases = [
            ("html_visible_char_count", "<p>Hello <b>you</b></p>", lang("html"), Some(9.0)),
            ("html_visible_char_count", "<!doctype html><p>Hi</p>", Facts::NONE, Some(2.0)),
            ("html_visible_char_count", "<p>Hi</p>", lang("xml"), None),
            ("html_visible_char_ratio", "<p>Hello</p>", lang("html"), Some(5.0 / 12.0)),
            ("html_visible_char_ratio", "", lang("html"), None),
            ("text_file_name", "x", path("a/Requirements-dev.txt"), Some(1.0)),
            ("text_file_name", "x", path("a/README"), Some(1.0)),
            ("text_file_name", "x", Facts { lang: Some("Text"), ..path("CMakeLists.txt") }, Some(1.0)),
            ("text_file_name", "x", path("a/words.txt"), Some(0.0)),
            ("text_file_name", "x", path("a/readme.md"), None),
            ("text_file_name", "x", lang("text"), None),
            ("comment_char_ratio", "x # é", lang("python"), Some(3.0 / 5.0)),
            ("comment_char_ratio", "x // é", lang("python"), Some(0.0)),
            ("comment_char_ratio", "#!/bin/sh\n", Facts::NONE, Some(9.0 / 10.0)),
            ("comment_char_ratio", "", lang("python"), None),
            ("comment_char_ratio", "x", lang("json"), None),
            ("code_literal_char_ratio", "f('x', 42) # 'y'", lang("python"), Some(5.0 / 16.0)),
            ("code_literal_char_ratio", "", lang("python"), None),
            ("code_name_entropy", "a b a b", lang("python"), Some(1.0)),
            ("code_name_entropy", "1 + 1", lang("python"), None),
            ("code_unbalanced_bracket_ratio", "f(x)) # (", lang("python"), Some(1.0 / 3.0)),
            ("code_unbalanced_bracket_ratio", "f", Facts::NONE, None),
            ("code_test_name_ratio", "self.assertTrue(x)", lang("python"), Some(1.0 / 3.0)),
            ("code_test_name_ratio", "", lang("python"), None),
            ("generated_file", "x", path("Cargo.lock"), Some(1.0)),
            ("generated_file", "", Facts::NONE, Some(0.0)),
            ("generated_notice_count", "# autogenerated", Facts::NONE, Some(1.0)),
        ];
        for (name, text, facts, want) in cases {
            assert_eq!(of(name, text, facts), want, "{name} of {text:?}, {facts:?}");
        }
        let run = format!("ü{}", "A".repeat(99));
        assert_eq!(of("longest_encoded_run", &run, Facts::NONE), Some(99.0));
        assert_eq!(of("encoded_char_ratio", &run, Facts::NONE), Some(0.99));
    }
}
