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

const TFDS: &str = "TensorFlow Datasets 4.9, c4_utils.py";

/// What TensorFlow Datasets asked of a page when it made C4, but for its language and bad words; its lines are for the rewrite.
pub static C4_TFDS: RuleSet = RuleSet {
    name: "c4_tfds",
    doc: "What the code that made C4 keeps (TensorFlow Datasets): pages that are not too long, without placeholder text and code, with three sentences. Sentences are spaCy's, where it has NLTK's.",
    rules: &[
        BoundRule::max("max_chars", "char_count", 1.9e5, TFDS).reason("too-long-filter"),
        BoundRule::max("max_lorem_ipsum", "tfds_c4_lorem_ipsum", 0.0, TFDS).reason("loremipsum"),
        BoundRule::max("max_curly_bracket", "tfds_c4_curly_bracket", 0.0, TFDS).reason("squigglybracket"),
        BoundRule::min("min_sentences", "tfds_c4_sentence_count", 3.0, TFDS).reason("too_few_sentences"),
    ],
};

/// mC4's paragraph rule.
pub static C4_PARAGRAPH: RuleSet = RuleSet {
    name: "c4_paragraph",
    doc: "Pages with three lines of 200 characters or more: mC4's paragraph filter, exactly as datatrove 0.10 has it.",
    rules: &[BoundRule::min("min_third_longest_line", "dt_third_longest_line", 200.0, "datatrove 0.10, c4_filters.py")
        .reason("< 3 paragraphs")],
};
