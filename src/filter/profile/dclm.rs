//! DCLM-Baseline's heuristic filters, after RefinedWeb (`mlfoundations/dclm`,
//! `baselines/baselines_configs/dclm_baseline_refinedweb.yaml`), over signals that measure as they do.
//!
//! A rule's reason is the name of DCLM's function. Its repetition filter is one function of thirteen checks, in this order.

use crate::filter::Undefined::Keep;
use crate::filter::{BoundRule, RuleSet};

const CONFIG: &str = "DCLM, dclm_baseline_refinedweb.yaml";
const REPETITION: &str = "DCLM, content_filters.py (massive_web_repetition_filters)";
const EMPTY: &str = "DCLM, modifiers.py: a page left empty is dropped";

const fn min(name: &'static str, signal: &'static str, bound: f64, function: &'static str) -> BoundRule {
    BoundRule::min(name, signal, bound, CONFIG).reason(function)
}

const fn max(name: &'static str, signal: &'static str, bound: f64, function: &'static str) -> BoundRule {
    BoundRule::max(name, signal, bound, CONFIG).reason(function)
}

const fn repeats(name: &'static str, signal: &'static str, bound: f64) -> BoundRule {
    BoundRule::max(name, signal, bound, REPETITION).reason("massive_web_repetition_filters")
}

/// The filters on words, symbols and lines.
pub static DCLM_QUALITY: RuleSet = RuleSet {
    name: "dclm_quality",
    doc: "What DCLM-Baseline's quality heuristics keep, exactly.",
    rules: &[
        BoundRule::min("min_chars", "char_count", 1.0, EMPTY).reason("url_removal_modifier"),
        min("min_words", "dclm_word_count", 50.0, "page_length_filter"),
        max("max_words", "dclm_word_count", 100_000.0, "page_length_filter"),
        min("min_mean_word_length", "dclm_mean_word_length", 3.0, "word_length_filter"),
        max("max_mean_word_length", "dclm_mean_word_length", 10.0, "word_length_filter"),
        max("max_symbols_per_word", "dclm_symbol_to_word_ratio", 0.1, "symbol_ratio_filter"),
        // Without a line that is not blank there is no word either, which fails above.
        max("max_bullet_lines", "dclm_bullet_line_ratio", 0.9, "bullet_count_filter").undefined(Keep),
        max("max_ellipsis_lines", "dclm_ellipsis_line_ratio", 0.3, "ellipsis_count_filter").undefined(Keep),
        max("max_non_alpha_words", "dclm_non_alpha_word_ratio", 0.2, "alphabetic_word_ratio_filter"),
        min("min_stop_words", "dclm_stop_word_count", 2.0, "stop_word_filter"),
    ],
};

/// The repetition filter.
pub static DCLM_REPETITION: RuleSet = RuleSet {
    name: "dclm_repetition",
    doc: "What DCLM-Baseline's repetition filter keeps, exactly.",
    rules: &[
        repeats("max_duplicate_lines", "dclm_duplicate_line_ratio", 0.3),
        repeats("max_duplicate_paragraphs", "dclm_duplicate_paragraph_ratio", 0.3),
        repeats("max_duplicate_line_chars", "dclm_duplicate_line_char_ratio", 0.2),
        repeats("max_duplicate_paragraph_chars", "dclm_duplicate_paragraph_char_ratio", 0.2),
        repeats("max_top_2gram_chars", "dclm_top_2gram_char_ratio", 0.2),
        repeats("max_top_3gram_chars", "dclm_top_3gram_char_ratio", 0.18),
        repeats("max_top_4gram_chars", "dclm_top_4gram_char_ratio", 0.16),
        repeats("max_duplicate_5gram_chars", "dclm_duplicate_5gram_char_ratio", 0.15),
        repeats("max_duplicate_6gram_chars", "dclm_duplicate_6gram_char_ratio", 0.14),
        repeats("max_duplicate_7gram_chars", "dclm_duplicate_7gram_char_ratio", 0.13),
        repeats("max_duplicate_8gram_chars", "dclm_duplicate_8gram_char_ratio", 0.12),
        repeats("max_duplicate_9gram_chars", "dclm_duplicate_9gram_char_ratio", 0.11),
        repeats("max_duplicate_10gram_chars", "dclm_duplicate_10gram_char_ratio", 0.10),
    ],
};

/// What is judged of a page after its lines were cleaned.
pub static DCLM_REMOVAL: RuleSet = RuleSet {
    name: "dclm_removal",
    doc: "No page of which DCLM's line cleaners took more than a twentieth of the words, or all; it stands after `remember` and the cleaners.",
    rules: &[
        BoundRule::min("min_chars", "char_count", 1.0, EMPTY).reason("line_modifier"),
        max("max_removed_words", "dclm_removed_word_ratio", 0.05, "word_removal_ratio_filter"),
    ],
};
