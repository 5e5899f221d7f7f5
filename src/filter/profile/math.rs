//! Mathematics: text with formulas, worked problems, proofs. Rules of our own: no published rule set for prose lets such text pass, and
//! none sees that a page has lost its formulas. `docs/profiles.md` has the evidence for the numbers.

use crate::filter::{BoundRule, RuleSet, Undefined};

const SHORT: &str = "ours: an exercise is short; Gopher's 50 words would drop most";
const GOPHER: &str = "Gopher (Rae et al. 2021), A1.1";
const MARKS: &str = "ours: one mark in fifty words; prose has fewer, all but skeletons of mathematics more";
const STRIPPED: &str =
    "ours: one may be talk of notation, two are a page without its formulas (cf. OpenWebMath, Paster et al. 2023)";
const UNBALANCED: &str =
    "ours: macros leave a few open, broken conversions many; one fault for nine whole formulas is kept";
const LINES: &str = "ours, Gopher's number for lines: proofs repeat their \\begin and \\end";
const REPETITION: &str = "ours, twice Gopher's 0.16 and five times its 0.10: solutions of one kind resemble each other";

/// Rules for mathematical text.
pub static MATH: RuleSet = RuleSet {
    name: "math",
    doc: "Mathematics with its formulas whole: theorems, proofs, exercises, worked problems, in LaTeX or not (ours).",
    rules: &[
        BoundRule::min("min_words", "word_count", 10.0, SHORT),
        BoundRule::max("max_words", "word_count", 100_000.0, GOPHER),
        BoundRule::max("max_stripped_formulas", "stripped_formula_count", 1.0, STRIPPED),
        BoundRule::max("max_unbalanced_latex", "unbalanced_latex_ratio", 0.1, UNBALANCED).undefined(Undefined::Keep),
        BoundRule::min("min_math_marks", "math_mark_to_word_ratio", 0.02, MARKS),
        BoundRule::max("max_mean_word_length", "mean_word_length", 10.0, GOPHER),
        BoundRule::max("max_ellipsis_lines", "ellipsis_line_ratio", 0.3, GOPHER),
        BoundRule::max("max_duplicate_line_chars", "duplicate_line_char_ratio", 0.30, LINES),
        BoundRule::max("max_top_4gram_chars", "top_4gram_char_ratio", 0.32, REPETITION),
        BoundRule::max("max_duplicate_10gram_chars", "duplicate_10gram_char_ratio", 0.50, REPETITION),
    ],
};
