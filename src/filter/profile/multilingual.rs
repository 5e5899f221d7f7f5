//! Gopher's quality rules for any language: words by script, stop words by language.

use crate::filter::{BoundRule, In, RuleSet, Undefined};

const QUALITY: &str = "Gopher (Rae et al. 2021), A1.1, quality filtering; words by script";
const STOP_WORDS: &str = "Gopher (Rae et al. 2021), A1.1, quality filtering; the lists of other languages are ours";
const HAN: &str = "ours: a piece of Han or Hiragana has two characters at most";

/// Languages whose words are pieces of two characters.
const TWO: &[&str] = &["ja", "yue", "zh"];

/// Gopher's quality rules, for documents in any language.
pub static GOPHER_MULTILINGUAL: RuleSet = RuleSet {
    name: "gopher_multilingual",
    doc: "Running prose of reasonable length in any language: Gopher's quality rules over words that hold in every script, and each language's own stop words.",
    rules: &[
        BoundRule::min("min_words", "script_word_count", 50.0, QUALITY),
        BoundRule::max("max_words", "script_word_count", 100_000.0, QUALITY),
        BoundRule::min("min_mean_word_length", "script_mean_word_length", 3.0, QUALITY).languages(In::Except(TWO)),
        BoundRule::min("min_mean_han_word_length", "script_mean_word_length", 1.4, HAN).languages(In::Only(TWO)),
        BoundRule::max("max_mean_word_length", "script_mean_word_length", 10.0, QUALITY),
        BoundRule::max("max_hash_ratio", "hash_to_word_ratio", 0.1, QUALITY),
        BoundRule::max("max_ellipsis_ratio", "ellipsis_to_word_ratio", 0.1, QUALITY),
        BoundRule::max("max_bullet_lines", "bullet_line_ratio", 0.9, QUALITY),
        BoundRule::max("max_ellipsis_lines", "ellipsis_line_ratio", 0.3, QUALITY),
        BoundRule::min("min_alpha_words", "script_alpha_word_ratio", 0.8, QUALITY),
        // A language without a list is not asked.
        BoundRule::min("min_stop_words", "lang_stop_word_count", 2.0, STOP_WORDS).undefined(Undefined::Keep),
    ],
};
