//! StarCoder2: the rules for files of The Stack v2 (Lozhkov et al. 2024, "StarCoder 2 and The Stack v2", section 2.3).
//!
//! Not here, since they judge other things than files: the rules for notebooks, issues, pull requests, repositories and licences.

use crate::filter::{BoundRule, RuleSet, Undefined};

const PAPER: &str = "StarCoder2 (Lozhkov et al. 2024), section 2.3";
const GENERATED: &str = "StarCoder2 (Lozhkov et al. 2024), section 2.3, by go-enry's `is_generated`";
const EXCEPT: &str =
    "StarCoder2 (Lozhkov et al. 2024), section 2.3; HTML, JSON, Markdown, Roff, SMT, TeX, Text, XML excepted";

/// Rules for source files, in any programming language.
pub static STARCODER2: RuleSet = RuleSet {
    name: "starcoder2",
    doc: "Source files that people wrote, by language: no data, no generated or minified code (StarCoder2, Lozhkov et al. 2024).",
    rules: &[
        BoundRule::max("max_lines", "line_count", 100_000.0, PAPER),
        // In characters.
        BoundRule::max("max_line_length", "code_max_line_length", 1000.0, EXCEPT).undefined(Undefined::Keep),
        BoundRule::max("max_mean_line_length", "code_mean_line_length", 100.0, EXCEPT).undefined(Undefined::Keep),
        BoundRule::max("max_any_line_length", "max_line_length", 100_000.0, PAPER),
        BoundRule::max("max_generated_notices", "generated_notice_count", 0.0, PAPER),
        BoundRule::max("max_generated", "generated_file", 0.0, GENERATED),
        BoundRule::min("min_letters", "code_letter_char_ratio", 0.25, PAPER),
        BoundRule::max("max_encoded_run", "longest_encoded_run", 1024.0, PAPER),
        BoundRule::max("max_encoded_chars", "encoded_char_ratio", 0.5, PAPER),
        BoundRule::max("max_data_lines", "data_line_count", 512.0, PAPER).undefined(Undefined::Keep),
        BoundRule::min("min_visible_html_chars", "html_visible_char_count", 100.0, PAPER).undefined(Undefined::Keep),
        BoundRule::min("min_visible_html", "html_visible_char_ratio", 0.2, PAPER).undefined(Undefined::Keep),
        BoundRule::min("min_text_file_name", "text_file_name", 1.0, PAPER).undefined(Undefined::Keep),
    ],
};
