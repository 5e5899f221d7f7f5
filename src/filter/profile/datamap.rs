//! datamap-rs's heuristic filters at the bounds of its config (`allenai/datamap-rs`, `configs/all_dressed/all_dressed_config.yaml`,
//! the web pipeline of Olmo 3), over signals that measure as they do.
//!
//! A rule's reason is the name of datamap's mapper.

use crate::filter::{BoundRule, RuleSet};

const CONFIG: &str = "datamap-rs, all_dressed_config.yaml";
const REPETITION: &str = "datamap-rs, map_fxn.rs (massive_web_repetition_filter)";

const fn min(name: &'static str, signal: &'static str, bound: f64, mapper: &'static str) -> BoundRule {
    BoundRule::min(name, signal, bound, CONFIG).reason(mapper)
}

const fn max(name: &'static str, signal: &'static str, bound: f64, mapper: &'static str) -> BoundRule {
    BoundRule::max(name, signal, bound, CONFIG).reason(mapper)
}

const fn repeats(name: &'static str, signal: &'static str, bound: f64) -> BoundRule {
    BoundRule::max(name, signal, bound, REPETITION).reason("massive_web_repetition_filter")
}

/// The filters on length, words, symbols and lines.
pub static DATAMAP_QUALITY: RuleSet = RuleSet {
    name: "datamap_quality",
    doc: "What the quality heuristics of datamap-rs's web config keep.",
    rules: &[
        min("min_chars", "char_count", 150.0, "page_len_filter"),
        min("min_words", "datamap_word_count", 50.0, "page_len_filter"),
        max("max_words", "datamap_word_count", 100_000.0, "page_len_filter"),
        min("min_mean_word_bytes", "datamap_mean_word_bytes", 3.0, "word_len_filter"),
        max("max_mean_word_bytes", "datamap_mean_word_bytes", 10.0, "word_len_filter"),
        max("max_symbols_per_word", "datamap_symbol_to_word_ratio", 0.1, "symbol_ratio_filter"),
        max("max_bullet_lines", "datamap_bullet_line_ratio", 0.9, "bullet_filter"),
        max("max_ellipsis_lines", "datamap_ellipsis_line_ratio", 0.3, "ellipsis_line_ratio_filter"),
        max("max_non_alpha_words", "datamap_non_alpha_word_ratio", 0.2, "alphabetic_word_ratio_filter"),
        min("min_stop_words", "datamap_stop_word_count", 2.0, "stop_word_filter"),
    ],
};

/// The repetition filter.
pub static DATAMAP_REPETITION: RuleSet = RuleSet {
    name: "datamap_repetition",
    doc: "What datamap-rs's repetition filter keeps.",
    rules: &[
        repeats("max_duplicate_lines", "datamap_duplicate_line_ratio", 0.3),
        repeats("max_duplicate_paragraphs", "datamap_duplicate_paragraph_ratio", 0.3),
        repeats("max_duplicate_line_bytes", "datamap_duplicate_line_byte_ratio", 0.2),
        repeats("max_duplicate_paragraph_bytes", "datamap_duplicate_paragraph_byte_ratio", 0.2),
        repeats("max_top_2gram_bytes", "datamap_top_2gram_byte_ratio", 0.2),
        repeats("max_top_3gram_bytes", "datamap_top_3gram_byte_ratio", 0.18),
        repeats("max_top_4gram_bytes", "datamap_top_4gram_byte_ratio", 0.16),
        repeats("max_duplicate_5gram_bytes", "datamap_duplicate_5gram_byte_ratio", 0.15),
        repeats("max_duplicate_6gram_bytes", "datamap_duplicate_6gram_byte_ratio", 0.14),
        repeats("max_duplicate_7gram_bytes", "datamap_duplicate_7gram_byte_ratio", 0.13),
        repeats("max_duplicate_8gram_bytes", "datamap_duplicate_8gram_byte_ratio", 0.12),
        repeats("max_duplicate_9gram_bytes", "datamap_duplicate_9gram_byte_ratio", 0.11),
        repeats("max_duplicate_10gram_bytes", "datamap_duplicate_10gram_byte_ratio", 0.10),
    ],
};

/// What is judged of a page after its lines were cleaned.
pub static DATAMAP_REMOVAL: RuleSet = RuleSet {
    name: "datamap_removal",
    doc: "No page of which datamap-rs's line cleaners took more than a twentieth of the words; it stands after `remember` and the cleaners.",
    rules: &[max("max_removed_words", "removed_word_ratio", 0.05, "word_removal_ratio_filter")],
};
