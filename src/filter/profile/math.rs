//! Mathematics: text with formulas, worked problems, proofs. Rules of our own: no published rule set for prose lets such text pass, and
//! none sees that a page has lost its formulas. `docs/profiles.md` has the evidence for the numbers.

use crate::filter::{BoundRule, RuleSet};

const SHORT: &str = "ours: an exercise is short; Gopher's 50 words would drop most";
const MARKS: &str = "ours: prose has fewer marks of mathematics";
const STRIPPED: &str = "ours, after OpenWebMath (Paster et al. 2023): one may be talk of notation, two are a page without its formulas";
const UNBALANCED: &str = "ours: sources with macros have a few; broken conversions have many";
const WORD: &str = "ours, wider than Gopher's 3: `7 + 5` has words of one character";
const REPETITION: &str = "ours, wider than Gopher (Rae et al. 2021, table A1): steps of a solution resemble each other";
const LINES: &str = "Gopher (Rae et al. 2021), A1.1";

/// Rules for mathematical text.
pub static MATH: RuleSet = RuleSet {
    name: "math",
    doc: "Mathematics with its formulas whole: theorems, proofs, exercises, worked problems; LaTeX is welcome: rules of our own.",
    rules: &[
        BoundRule::min("min_words", "word_count", 10.0, SHORT),
        BoundRule::max("max_words", "word_count", 100_000.0, LINES),
        BoundRule::max("max_stripped_formulas", "stripped_formula_count", 1.0, STRIPPED),
        BoundRule::max("max_unbalanced_latex", "unbalanced_latex_count", 5.0, UNBALANCED),
        BoundRule::min("min_math_marks", "math_mark_to_word_ratio", 0.02, MARKS),
        BoundRule::min("min_mean_word_length", "mean_word_length", 1.0, WORD),
        BoundRule::max("max_mean_word_length", "mean_word_length", 10.0, LINES),
        BoundRule::max("max_ellipsis_lines", "ellipsis_line_ratio", 0.3, LINES),
        BoundRule::max("max_duplicate_line_chars", "duplicate_line_char_ratio", 0.20, LINES),
        BoundRule::max("max_top_4gram_chars", "top_4gram_char_ratio", 0.25, REPETITION),
        BoundRule::max("max_duplicate_10gram_chars", "duplicate_10gram_char_ratio", 0.25, REPETITION),
    ],
};
