//! C4: its rules for whole documents (Raffel et al. 2020, "Exploring the Limits of Transfer Learning with a Unified
//! Text-to-Text Transformer", section 2.2). Its rules for lines are a rewrite.

use crate::filter::{BoundRule, RuleSet};

const PAPER: &str = "C4 (Raffel et al. 2020), section 2.2";

/// C4's rules for whole documents.
pub static C4: RuleSet = RuleSet {
    name: "c4",
    doc: "Pages of several sentences without placeholder text or code: the document rules of C4 (Raffel et al. 2020).",
    rules: &[
        BoundRule::max("max_lorem_ipsum", "lorem_ipsum_count", 0.0, PAPER).reason("lorem_ipsum"),
        BoundRule::max("max_curly_brackets", "curly_bracket_count", 0.0, PAPER).reason("curly_bracket"),
        // The paper's text says five; the code released with it (TFDS, `c4_utils.py`) asks for three.
        BoundRule::min("min_sentences", "sentence_count", 5.0, PAPER).reason("too_few_sentences"),
    ],
};
