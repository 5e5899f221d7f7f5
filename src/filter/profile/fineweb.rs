//! FineWeb: its own rules, which follow Gopher's and C4's in its pipeline (Penedo et al. 2024, "The FineWeb Datasets",
//! section 3.6; numbers and directions of comparison as in datatrove 0.10, `fineweb_quality_filter.py`).

use crate::filter::{BoundRule, RuleSet};

const DATATROVE: &str =
    "FineWeb (Penedo et al. 2024), section 3.6; number as in datatrove 0.10, fineweb_quality_filter.py";
// The paper says 0.1 of the characters; the released code and data used 0.01.
const DUPLICATE_CHARS: &str =
    "datatrove 0.10, fineweb_quality_filter.py (char_duplicates_ratio); the paper's text says 0.1";

/// FineWeb's line rules.
pub static FINEWEB: RuleSet = RuleSet {
    name: "fineweb",
    doc: "Pages whose lines are sentences, not lists or menus: FineWeb's own rules (Penedo et al. 2024).",
    rules: &[
        BoundRule::min("min_terminal_punctuation_lines", "terminal_punctuation_line_ratio", 0.12, DATATROVE)
            .reason("line_punct_ratio"),
        BoundRule::max("max_short_lines", "short_line_ratio", 0.67, DATATROVE).reason("short_line_ratio"),
        BoundRule::max("max_duplicate_line_chars", "duplicate_line_char_ratio", 0.01, DUPLICATE_CHARS)
            .reason("char_dup_ratio"),
        BoundRule::max("max_newlines_per_word", "newline_to_word_ratio", 0.3, DATATROVE).reason("list_ratio"),
    ],
};
