//! Code: line length and character rules that are the same for Codex, The Stack and StarCoder.

use crate::filter::{BoundRule, RuleSet};

const STARCODER: &str = "StarCoder (Li et al. 2023), bigcode-dataset preprocessing/filtering.py";

/// Rules for source code.
pub static CODE: RuleSet = RuleSet {
    name: "code",
    doc: "Source files that were written by hand: no data, no minified code (StarCoder, Li et al. 2023).",
    rules: &[
        // In characters.
        BoundRule::max("max_line_length", "max_line_length", 1000.0, STARCODER),
        BoundRule::max("max_mean_line_length", "mean_line_length", 100.0, STARCODER),
        BoundRule::min("min_alphanumeric_chars", "alphanumeric_char_ratio", 0.25, STARCODER),
    ],
};
