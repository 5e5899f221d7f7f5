//! dolma: the Gopher rules of its taggers at the thresholds of Dolma 1.6 (`allenai/dolma`, `configs/dolma-v1_6/mixing/cc-head.yaml`),
//! and the document rules of its tagger `c4_v2`, over signals that measure as they do.
//!
//! A rule's reason is the name of dolma's attribute. The config also bounds the most frequent 2-, 3- and 4-gram, but under names
//! that no tagger writes (`…_most_common_2gram`, where the tagger says `…_2grams`), and a missing attribute excludes nothing. So
//! those rules decided nothing in Dolma 1.6; here they are a set of their own, [`DOLMA_TOP_NGRAMS`], which the profile leaves out.

use crate::filter::Undefined::Keep;
use crate::filter::{BoundRule, RuleSet};

const CONFIG: &str = "Dolma 1.6, configs/dolma-v1_6/mixing/cc-head.yaml";
const INERT: &str = "Dolma 1.6, configs/dolma-v1_6/mixing/cc-head.yaml, where a wrong name makes it inert";
const C4: &str = "dolma 1.2.1, taggers/c4.py (c4_v2)";

const fn min(name: &'static str, signal: &'static str, bound: f64, attribute: &'static str) -> BoundRule {
    BoundRule::min(name, signal, bound, CONFIG).reason(attribute)
}

const fn max(name: &'static str, signal: &'static str, bound: f64, attribute: &'static str) -> BoundRule {
    BoundRule::max(name, signal, bound, CONFIG).reason(attribute)
}

/// A duplicate n-gram rule: a text of fewer words has no such attribute, and passes.
const fn duplicates(name: &'static str, signal: &'static str, bound: f64, attribute: &'static str) -> BoundRule {
    max(name, signal, bound, attribute).undefined(Keep)
}

const MIN_WORDS: BoundRule = min("min_words", "dolma_word_count", 50.0, "word_count");
const MAX_WORDS: BoundRule = max("max_words", "dolma_word_count", 100_000.0, "word_count");
const MIN_MEDIAN: BoundRule = min("min_median_word_length", "dolma_median_word_length", 3.0, "median_word_length");
const MAX_MEDIAN: BoundRule = max("max_median_word_length", "dolma_median_word_length", 10.0, "median_word_length");
const SYMBOLS: BoundRule = max("max_symbol_words", "dolma_symbol_word_ratio", 0.1, "symbol_to_word_ratio");
const ALPHA: BoundRule =
    min("min_alpha_words", "dolma_alpha_word_ratio", 0.8, "fraction_of_words_with_alpha_character");
const REQUIRED: BoundRule = min("min_required_words", "dolma_required_word_count", 2.0, "required_word_count");

const DUPLICATE_5: BoundRule = duplicates(
    "max_duplicate_5gram_chars",
    "dolma_duplicate_5gram_char_ratio",
    0.15,
    "fraction_of_characters_in_duplicate_5grams",
);
const DUPLICATE_6: BoundRule = duplicates(
    "max_duplicate_6gram_chars",
    "dolma_duplicate_6gram_char_ratio",
    0.14,
    "fraction_of_characters_in_duplicate_6grams",
);
const DUPLICATE_7: BoundRule = duplicates(
    "max_duplicate_7gram_chars",
    "dolma_duplicate_7gram_char_ratio",
    0.13,
    "fraction_of_characters_in_duplicate_7grams",
);
const DUPLICATE_8: BoundRule = duplicates(
    "max_duplicate_8gram_chars",
    "dolma_duplicate_8gram_char_ratio",
    0.12,
    "fraction_of_characters_in_duplicate_8grams",
);
const DUPLICATE_9: BoundRule = duplicates(
    "max_duplicate_9gram_chars",
    "dolma_duplicate_9gram_char_ratio",
    0.11,
    "fraction_of_characters_in_duplicate_9grams",
);
const DUPLICATE_10: BoundRule = duplicates(
    "max_duplicate_10gram_chars",
    "dolma_duplicate_10gram_char_ratio",
    0.10,
    "fraction_of_characters_in_duplicate_10grams",
);

/// The rules, with those on lines over these four signals.
const fn gopher(
    bullets: &'static str,
    ellipses: &'static str,
    lines: &'static str,
    chars: &'static str,
) -> [BoundRule; 17] {
    [
        MIN_WORDS,
        MAX_WORDS,
        MIN_MEDIAN,
        MAX_MEDIAN,
        SYMBOLS,
        ALPHA,
        REQUIRED,
        max("max_bullet_lines", bullets, 0.9, "fraction_of_lines_starting_with_bullet_point"),
        max("max_ellipsis_lines", ellipses, 0.3, "fraction_of_lines_ending_with_ellipsis"),
        max("max_duplicate_lines", lines, 0.3, "fraction_of_duplicate_lines"),
        // The paper's number is 0.2.
        max("max_duplicate_line_chars", chars, 0.3, "fraction_of_characters_in_duplicate_lines"),
        DUPLICATE_5,
        DUPLICATE_6,
        DUPLICATE_7,
        DUPLICATE_8,
        DUPLICATE_9,
        DUPLICATE_10,
    ]
}

/// dolma's tagger `gopher_v1` at Dolma 1.6's thresholds.
pub static DOLMA_GOPHER_V1: RuleSet = RuleSet {
    name: "dolma_gopher_v1",
    doc: "What Dolma 1.6 keeps by its Gopher rules (dolma's tagger `gopher_v1`), exactly.",
    rules: &gopher(
        "dolma_bullet_line_ratio",
        "dolma_ellipsis_line_ratio",
        "dolma_duplicate_line_ratio",
        "dolma_duplicate_line_chars_per_word_char",
    ),
};

/// dolma's tagger `gopher_v2`, which leaves empty lines out, at the same thresholds.
pub static DOLMA_GOPHER_V2: RuleSet = RuleSet {
    name: "dolma_gopher_v2",
    doc: "Dolma 1.6's Gopher rules over dolma's tagger `gopher_v2`, which leaves empty lines out.",
    rules: &gopher(
        "dolma_v2_bullet_line_ratio",
        "dolma_v2_ellipsis_line_ratio",
        "dolma_v2_duplicate_line_ratio",
        "dolma_v2_duplicate_line_chars_per_word_char",
    ),
};

/// The rules that Dolma 1.6 meant to have.
pub static DOLMA_TOP_NGRAMS: RuleSet = RuleSet {
    name: "dolma_top_ngrams",
    doc: "The rules on the most frequent n-gram that Dolma 1.6's config has but that decided nothing, for want of the right names.",
    rules: &[
        BoundRule::max("max_top_2gram_chars", "dolma_top_2gram_char_ratio", 0.2, INERT)
            .reason("fraction_of_characters_in_most_common_2grams")
            .undefined(Keep),
        BoundRule::max("max_top_3gram_chars", "dolma_top_3gram_char_ratio", 0.18, INERT)
            .reason("fraction_of_characters_in_most_common_3grams")
            .undefined(Keep),
        BoundRule::max("max_top_4gram_chars", "dolma_top_4gram_char_ratio", 0.16, INERT)
            .reason("fraction_of_characters_in_most_common_4grams")
            .undefined(Keep),
    ],
};

/// dolma's tagger `c4_v2`: what it says of a whole document.
pub static DOLMA_C4: RuleSet = RuleSet {
    name: "dolma_c4",
    doc: "No document that dolma's tagger `c4_v2` flags for a curly bracket, placeholder text or JavaScript.",
    rules: &[
        BoundRule::max("max_curly_bracket", "dolma_c4_curly_bracket", 0.0, C4).reason("has_curly_brace"),
        BoundRule::max("max_lorem_ipsum", "dolma_c4_lorem_ipsum", 0.0, C4).reason("has_lorem_ipsum"),
        BoundRule::max("max_javascript", "dolma_c4_javascript", 0.0, C4).reason("has_javascript"),
    ],
};
