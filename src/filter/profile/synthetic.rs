//! Synthetic text: what goes wrong when a model writes it. A starter of our own, since no published pipeline has one: refusals,
//! talk of an assistant, texts cut off at the token limit, loops.

use crate::filter::{BoundRule, RuleSet};

const REFUSED: &str = "ours: a refusal is no answer, whatever surrounds it";
const SPOKEN: &str = "ours: one stock phrase may be quoted; two are an assistant speaking";
const CUT_OFF: &str = "ours: a text that stops short was cut at the token limit and teaches to stop there";
const TOO_SHORT: &str = "ours: shorter outputs are mostly acknowledgements; set it by the generator's task";
// Sampling loops repeat a phrase until the limit, which is far beyond what prose repeats.
const LOOP: &str = "ours, at Gopher's number (Rae et al. 2021, table A1): a sampling loop is far beyond it";

/// Rules for text that a model wrote.
pub static SYNTHETIC: RuleSet = RuleSet {
    name: "synthetic",
    doc: "Model-written text without refusals, assistant talk, unfinished endings or loops: a starter of our own.",
    rules: &[
        BoundRule::min("min_words", "word_count", 10.0, TOO_SHORT),
        BoundRule::max("max_refusals", "refusal_count", 0.0, REFUSED),
        BoundRule::max("max_assistant_phrases", "assistant_phrase_count", 1.0, SPOKEN),
        BoundRule::max("max_unfinished_ending", "unfinished_ending", 0.0, CUT_OFF),
        BoundRule::max("max_top_2gram_chars", "top_2gram_char_ratio", 0.20, LOOP),
        BoundRule::max("max_top_3gram_chars", "top_3gram_char_ratio", 0.18, LOOP),
        BoundRule::max("max_top_4gram_chars", "top_4gram_char_ratio", 0.16, LOOP),
        BoundRule::max("max_duplicate_10gram_chars", "duplicate_10gram_char_ratio", 0.10, LOOP),
    ],
};
