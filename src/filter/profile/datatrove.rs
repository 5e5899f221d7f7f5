//! datatrove's English filters, decision for decision: `GopherRepetitionFilter`, `GopherQualityFilter`, `C4QualityFilter` and
//! `FineWebQualityFilter` of datatrove 0.10 with their default settings, over signals that measure as they do.
//!
//! A rule is named by the reason that datatrove gives, and the rules stand in the order of its checks, so that the first
//! failure is the one it reports.

use crate::filter::Undefined::Keep;
use crate::filter::{BoundRule, RuleSet};

const REPETITION: &str = "datatrove 0.10, gopher_repetition_filter.py";
const QUALITY: &str = "datatrove 0.10, gopher_quality_filter.py";
const C4: &str = "datatrove 0.10, c4_filters.py";
const FINEWEB: &str = "datatrove 0.10, fineweb_quality_filter.py";

/// A rule named by the reason that datatrove gives, which keeps values of at least `bound`.
const fn min(reason: &'static str, signal: &'static str, bound: f64, source: &'static str) -> BoundRule {
    BoundRule::min(reason, signal, bound, source).reason(reason)
}

/// A rule named by the reason that datatrove gives, which keeps values of at most `bound`.
const fn max(reason: &'static str, signal: &'static str, bound: f64, source: &'static str) -> BoundRule {
    BoundRule::max(reason, signal, bound, source).reason(reason)
}

/// datatrove's `GopherRepetitionFilter`.
pub static DATATROVE_GOPHER_REPETITION: RuleSet = RuleSet {
    name: "datatrove_gopher_repetition",
    doc: "What the Gopher repetition filter of datatrove 0.10 keeps in English, exactly.",
    rules: &[
        min("empty", "char_count", 1.0, REPETITION),
        max("dup_para_frac", "dt_duplicate_paragraph_ratio", 0.3, REPETITION),
        max("dup_para_char_frac", "dt_duplicate_paragraph_char_ratio", 0.2, REPETITION),
        max("dup_line_frac", "dt_duplicate_line_ratio", 0.3, REPETITION),
        max("dup_line_char_frac", "dt_duplicate_line_char_ratio", 0.2, REPETITION),
        // A text of fewer words has no n-gram, and passes.
        max("top_2_gram", "dt_top_2gram_char_ratio", 0.2, REPETITION).undefined(Keep),
        max("top_3_gram", "dt_top_3gram_char_ratio", 0.18, REPETITION).undefined(Keep),
        max("top_4_gram", "dt_top_4gram_char_ratio", 0.16, REPETITION).undefined(Keep),
        max("duplicated_5_n_grams", "dt_duplicate_5gram_char_ratio", 0.15, REPETITION),
        max("duplicated_6_n_grams", "dt_duplicate_6gram_char_ratio", 0.14, REPETITION),
        max("duplicated_7_n_grams", "dt_duplicate_7gram_char_ratio", 0.13, REPETITION),
        max("duplicated_8_n_grams", "dt_duplicate_8gram_char_ratio", 0.12, REPETITION),
        max("duplicated_9_n_grams", "dt_duplicate_9gram_char_ratio", 0.11, REPETITION),
        max("duplicated_10_n_grams", "dt_duplicate_10gram_char_ratio", 0.10, REPETITION),
    ],
};

/// datatrove's `GopherQualityFilter`.
pub static DATATROVE_GOPHER_QUALITY: RuleSet = RuleSet {
    name: "datatrove_gopher_quality",
    doc: "What the Gopher quality filter of datatrove 0.10 keeps in English, exactly.",
    rules: &[
        min("gopher_short_doc", "dt_non_symbol_word_count", 50.0, QUALITY),
        max("gopher_long_doc", "dt_non_symbol_word_count", 100_000.0, QUALITY),
        // The mean over no words is NaN there, which passes; so without the rule on short texts.
        min("gopher_below_avg_threshold", "dt_mean_word_length", 3.0, QUALITY).undefined(Keep),
        max("gopher_above_avg_threshold", "dt_mean_word_length", 10.0, QUALITY).undefined(Keep),
        max("gopher_too_many_hashes", "dt_hash_to_word_ratio", 0.1, QUALITY),
        max("gopher_too_many_ellipsis", "dt_ellipsis_to_word_ratio", 0.1, QUALITY),
        max("gopher_too_many_bullets", "dt_bullet_line_ratio", 0.9, QUALITY),
        max("gopher_too_many_end_ellipsis", "dt_ellipsis_line_ratio", 0.3, QUALITY),
        min("gopher_below_alpha_threshold", "dt_alpha_word_ratio", 0.8, QUALITY),
        min("gopher_enough_stop_words", "dt_stop_word_count", 2.0, QUALITY),
    ],
};

/// datatrove's `C4QualityFilter`. Its lines are the rewrite `DatatroveC4Lines`.
pub static DATATROVE_C4_QUALITY: RuleSet = RuleSet {
    name: "datatrove_c4_quality",
    doc: "What the C4 quality filter of datatrove 0.10 keeps in English, exactly; the text is left as it is.",
    rules: &[
        max("lorem_ipsum", "dt_c4_lorem_ipsum", 0.0, C4),
        max("curly_bracket", "dt_c4_curly_bracket", 0.0, C4),
        min("too_few_sentences", "dt_c4_sentence_count", 5.0, C4),
    ],
};

/// datatrove's `C4QualityFilter` with `filter_no_terminal_punct=False`, as in FineWeb's pipeline.
pub static DATATROVE_C4_FINEWEB: RuleSet = RuleSet {
    name: "datatrove_c4_fineweb",
    doc: "What the C4 quality filter of datatrove 0.10 keeps in English with FineWeb's setting, exactly: no line needs a terminal mark.",
    rules: &[
        max("lorem_ipsum", "dt_fineweb_c4_lorem_ipsum", 0.0, C4),
        max("curly_bracket", "dt_fineweb_c4_curly_bracket", 0.0, C4),
        min("too_few_sentences", "dt_fineweb_c4_sentence_count", 5.0, C4),
    ],
};

/// datatrove's `FineWebQualityFilter`.
pub static DATATROVE_FINEWEB_QUALITY: RuleSet = RuleSet {
    name: "datatrove_fineweb_quality",
    doc: "What the FineWeb quality filter of datatrove 0.10 keeps in English, exactly.",
    rules: &[
        min("empty", "dt_filled_line_count", 1.0, FINEWEB),
        min("line_punct_ratio", "dt_terminal_punctuation_line_ratio", 0.12, FINEWEB),
        max("short_line_ratio", "dt_short_line_ratio", 0.67, FINEWEB),
        max("char_dup_ratio", "dt_duplicate_filled_line_char_ratio", 0.01, FINEWEB),
        max("list_ratio", "dt_newline_to_word_ratio", 0.3, FINEWEB),
    ],
};
