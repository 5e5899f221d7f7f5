//! The filters that made FineWeb's first version, those of datatrove 0.2 in English, over signals that measure as they did but for where
//! sentences end ([`fw1_…`](crate::signal)).
//!
//! A rule is named by the reason that datatrove gives, and the rules stand in the order of its checks.

use crate::filter::Undefined::Keep;
use crate::filter::{BoundRule, RuleSet};

const REPETITION: &str = "datatrove 0.2.0, gopher_repetition_filter.py";
const QUALITY: &str = "datatrove 0.2.0, gopher_quality_filter.py";
const FINEWEB: &str = "datatrove 0.2.0, fineweb_quality_filter.py";

const fn min(reason: &'static str, signal: &'static str, bound: f64, source: &'static str) -> BoundRule {
    BoundRule::min(reason, signal, bound, source).reason(reason)
}

const fn max(reason: &'static str, signal: &'static str, bound: f64, source: &'static str) -> BoundRule {
    BoundRule::max(reason, signal, bound, source).reason(reason)
}

/// `GopherRepetitionFilter` of datatrove 0.2.
pub static DATATROVE_0_2_GOPHER_REPETITION: RuleSet = RuleSet {
    name: "datatrove_0_2_gopher_repetition",
    doc: "What the Gopher repetition filter of datatrove 0.2, which made FineWeb 1, keeps in English.",
    rules: &[
        // There, an empty text divides by zero.
        min("empty", "char_count", 1.0, REPETITION),
        max("dup_para_frac", "dt_duplicate_paragraph_ratio", 0.3, REPETITION),
        max("dup_para_char_frac", "dt_duplicate_paragraph_char_ratio", 0.2, REPETITION),
        max("dup_line_frac", "fw1_duplicate_line_ratio", 0.3, REPETITION),
        max("dup_line_char_frac", "fw1_duplicate_line_char_ratio", 0.2, REPETITION),
        max("top_2_gram", "fw1_top_2gram_char_ratio", 0.2, REPETITION).undefined(Keep),
        max("top_3_gram", "fw1_top_3gram_char_ratio", 0.18, REPETITION).undefined(Keep),
        max("top_4_gram", "fw1_top_4gram_char_ratio", 0.16, REPETITION).undefined(Keep),
        max("duplicated_5_n_grams", "fw1_duplicate_5gram_char_ratio", 0.15, REPETITION),
        max("duplicated_6_n_grams", "fw1_duplicate_6gram_char_ratio", 0.14, REPETITION),
        max("duplicated_7_n_grams", "fw1_duplicate_7gram_char_ratio", 0.13, REPETITION),
        max("duplicated_8_n_grams", "fw1_duplicate_8gram_char_ratio", 0.12, REPETITION),
        max("duplicated_9_n_grams", "fw1_duplicate_9gram_char_ratio", 0.11, REPETITION),
        max("duplicated_10_n_grams", "fw1_duplicate_10gram_char_ratio", 0.10, REPETITION),
    ],
};

/// `GopherQualityFilter` of datatrove 0.2.
pub static DATATROVE_0_2_GOPHER_QUALITY: RuleSet = RuleSet {
    name: "datatrove_0_2_gopher_quality",
    doc: "What the Gopher quality filter of datatrove 0.2, which made FineWeb 1, keeps in English.",
    rules: &[
        min("gopher_short_doc", "fw1_non_symbol_word_count", 50.0, QUALITY),
        max("gopher_long_doc", "fw1_non_symbol_word_count", 100_000.0, QUALITY),
        min("gopher_below_avg_threshold", "fw1_mean_word_length", 3.0, QUALITY).undefined(Keep),
        max("gopher_above_avg_threshold", "fw1_mean_word_length", 10.0, QUALITY).undefined(Keep),
        max("gopher_too_many_hashes", "fw1_hash_to_word_ratio", 0.1, QUALITY),
        max("gopher_too_many_ellipsis", "fw1_ellipsis_to_word_ratio", 0.1, QUALITY),
        max("gopher_too_many_bullets", "dt_bullet_line_ratio", 0.9, QUALITY),
        max("gopher_too_many_end_ellipsis", "dt_ellipsis_line_ratio", 0.3, QUALITY),
        min("gopher_below_alpha_threshold", "fw1_alpha_word_ratio", 0.8, QUALITY),
        min("gopher_enough_stop_words", "fw1_stop_word_occurrences", 2.0, QUALITY),
    ],
};

/// `FineWebQualityFilter` of datatrove 0.2.
pub static DATATROVE_0_2_FINEWEB_QUALITY: RuleSet = RuleSet {
    name: "datatrove_0_2_fineweb_quality",
    doc: "What the FineWeb quality filter of datatrove 0.2, which made FineWeb 1, keeps in English.",
    rules: &[
        BoundRule::above("line_punct_ratio", "fw1_terminal_line_ratio", 0.12, FINEWEB).reason("line_punct_ratio"),
        BoundRule::below("short_line_ratio", "fw1_short_line_ratio", 0.67, FINEWEB).reason("short_line_ratio"),
        BoundRule::below("char_dup_ratio", "dt_duplicate_filled_line_char_ratio", 0.01, FINEWEB)
            .reason("char_dup_ratio"),
        max("list_ratio", "fw1_newline_to_word_ratio", 0.3, FINEWEB),
    ],
};
