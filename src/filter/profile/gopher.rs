//! Gopher: quality and repetition rules (Rae et al. 2021, "Scaling Language Models: Methods, Analysis & Insights from
//! Training Gopher", appendix A1.1).

use crate::filter::{BoundRule, RuleSet};

const QUALITY: &str = "Gopher (Rae et al. 2021), A1.1, quality filtering";
const REPETITION: &str = "Gopher (Rae et al. 2021), A1.1, table A1";

/// Gopher's quality rules.
pub static GOPHER_QUALITY: RuleSet = RuleSet {
    name: "gopher_quality",
    doc: "Running English prose of reasonable length: the quality rules of Gopher (Rae et al. 2021).",
    rules: &[
        BoundRule::min("min_words", "word_count", 50.0, QUALITY).reason("gopher_short_doc"),
        BoundRule::max("max_words", "word_count", 100_000.0, QUALITY).reason("gopher_long_doc"),
        BoundRule::min("min_mean_word_length", "mean_word_length", 3.0, QUALITY).reason("gopher_below_avg_threshold"),
        BoundRule::max("max_mean_word_length", "mean_word_length", 10.0, QUALITY).reason("gopher_above_avg_threshold"),
        BoundRule::max("max_hash_ratio", "hash_to_word_ratio", 0.1, QUALITY).reason("gopher_too_many_hashes"),
        BoundRule::max("max_ellipsis_ratio", "ellipsis_to_word_ratio", 0.1, QUALITY).reason("gopher_too_many_ellipsis"),
        BoundRule::max("max_bullet_lines", "bullet_line_ratio", 0.9, QUALITY).reason("gopher_too_many_bullets"),
        BoundRule::max("max_ellipsis_lines", "ellipsis_line_ratio", 0.3, QUALITY)
            .reason("gopher_too_many_end_ellipsis"),
        BoundRule::min("min_alpha_words", "alpha_word_ratio", 0.8, QUALITY).reason("gopher_below_alpha_threshold"),
        BoundRule::min("min_stop_words", "stop_word_count", 2.0, QUALITY).reason("gopher_enough_stop_words"),
    ],
};

/// Gopher's repetition rules.
pub static GOPHER_REPETITION: RuleSet = RuleSet {
    name: "gopher_repetition",
    doc: "Text that does not say the same again: the repetition rules of Gopher (Rae et al. 2021).",
    rules: &[
        BoundRule::max("max_duplicate_lines", "duplicate_line_ratio", 0.30, REPETITION).reason("dup_line_frac"),
        BoundRule::max("max_duplicate_paragraphs", "duplicate_paragraph_ratio", 0.30, REPETITION)
            .reason("dup_para_frac"),
        BoundRule::max("max_duplicate_line_chars", "duplicate_line_char_ratio", 0.20, REPETITION)
            .reason("dup_line_char_frac"),
        BoundRule::max("max_duplicate_paragraph_chars", "duplicate_paragraph_char_ratio", 0.20, REPETITION)
            .reason("dup_para_char_frac"),
        BoundRule::max("max_top_2gram_chars", "top_2gram_char_ratio", 0.20, REPETITION).reason("top_2_gram"),
        BoundRule::max("max_top_3gram_chars", "top_3gram_char_ratio", 0.18, REPETITION).reason("top_3_gram"),
        BoundRule::max("max_top_4gram_chars", "top_4gram_char_ratio", 0.16, REPETITION).reason("top_4_gram"),
        BoundRule::max("max_duplicate_5gram_chars", "duplicate_5gram_char_ratio", 0.15, REPETITION)
            .reason("duplicated_5_n_grams"),
        BoundRule::max("max_duplicate_6gram_chars", "duplicate_6gram_char_ratio", 0.14, REPETITION)
            .reason("duplicated_6_n_grams"),
        BoundRule::max("max_duplicate_7gram_chars", "duplicate_7gram_char_ratio", 0.13, REPETITION)
            .reason("duplicated_7_n_grams"),
        BoundRule::max("max_duplicate_8gram_chars", "duplicate_8gram_char_ratio", 0.12, REPETITION)
            .reason("duplicated_8_n_grams"),
        BoundRule::max("max_duplicate_9gram_chars", "duplicate_9gram_char_ratio", 0.11, REPETITION)
            .reason("duplicated_9_n_grams"),
        BoundRule::max("max_duplicate_10gram_chars", "duplicate_10gram_char_ratio", 0.10, REPETITION)
            .reason("duplicated_10_n_grams"),
    ],
};
