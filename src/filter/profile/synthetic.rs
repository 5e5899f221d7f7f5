//! Synthetic text: what goes wrong when a model writes it. Rules of our own, since no published pipeline has any: refusals, talk of an
//! assistant, prompts that came out again, texts cut off at the token limit, loops. Phrases are English; in other languages only the
//! rules without phrases see anything. `docs/profiles.md` has what each rule takes from models' texts and from people's.

use crate::filter::{BoundRule, RuleSet, Undefined};

const REFUSED: &str = "ours: a refusal is no answer, whatever surrounds it";
const SPOKEN: &str = "ours: one stock phrase may be quoted; two are an assistant speaking";
const OPENED: &str = "ours: \"Sure, here is\" speaks to a user, not to a reader";
const CLOSED: &str = "ours: so does \"let me know if\"";
const LEAKED: &str = "ours: what was said to the model is no part of its text";
const THOUGHT: &str = "ours: reasoning that was to be cut out";
const CUT_OFF: &str = "ours: a text that stops short was cut at the token limit and teaches to stop there";
const TOO_SHORT: &str = "ours: shorter outputs are mostly acknowledgements; set it by the generator's task";
const OPEN: &str = "ours: cut off inside a formula";
const UNBALANCED: &str = "ours: one fault for nine whole formulas is kept";
const COPIED: &str = "ours: an answer may quote its question, not be it";
const LINES: &str = "Gopher (Rae et al. 2021), table A1";
// Sampling loops repeat a phrase until the limit, which is far beyond what an answer repeats. Gopher's numbers (0.20 to 0.16, 0.10)
// are for pages: they drop three in ten of the solutions that people wrote for GSM8K.
const LOOP: &str =
    "ours, above Gopher's (Rae et al. 2021, table A1): short answers and solutions repeat terms, loops far more";

/// Rules for text that a model wrote.
pub static SYNTHETIC: RuleSet = RuleSet {
    name: "synthetic",
    doc: "Model-written text without refusals, assistant talk, leaked prompts, unfinished endings or loops (ours).",
    rules: &[
        BoundRule::min("min_words", "word_count", 10.0, TOO_SHORT),
        BoundRule::max("max_refusals", "refusal_count", 0.0, REFUSED),
        BoundRule::max("max_assistant_phrases", "assistant_phrase_count", 1.0, SPOKEN),
        BoundRule::max("max_assistant_opening", "assistant_opening", 0.0, OPENED),
        BoundRule::max("max_assistant_closings", "assistant_closing_count", 0.0, CLOSED),
        BoundRule::max("max_prompt_leaks", "prompt_leak_count", 0.0, LEAKED),
        BoundRule::max("max_thinking_tags", "thinking_tag_count", 0.0, THOUGHT),
        BoundRule::max("max_unfinished_ending", "unfinished_ending", 0.0, CUT_OFF),
        BoundRule::max("max_open_formula", "open_formula", 0.0, OPEN),
        BoundRule::max("max_unbalanced_latex", "unbalanced_latex_ratio", 0.1, UNBALANCED).undefined(Undefined::Keep),
        BoundRule::max("max_prompt_copy", "prompt_copy_ratio", 0.5, COPIED).undefined(Undefined::Keep),
        BoundRule::max("max_duplicate_lines", "duplicate_line_ratio", 0.30, LINES),
        BoundRule::max("max_top_2gram_chars", "top_2gram_char_ratio", 0.30, LOOP),
        BoundRule::max("max_top_3gram_chars", "top_3gram_char_ratio", 0.30, LOOP),
        BoundRule::max("max_top_4gram_chars", "top_4gram_char_ratio", 0.30, LOOP),
        BoundRule::max("max_duplicate_10gram_chars", "duplicate_10gram_char_ratio", 0.30, LOOP),
    ],
};
