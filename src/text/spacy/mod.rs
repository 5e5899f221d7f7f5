//! Words and sentences as spaCy's blank English pipeline with its rule sentencizer counts them.
//!
//! The tokenizer is rules and tables, no model: special strings, prefixes, suffixes, infixes and a URL pattern, applied to
//! what lies between white space, then the special strings once more over the tokens. The tables are dumped from spaCy
//! 3.8.18 by `fixtures/parity/spacy/dump_tables.py` and are under its MIT licence (`LICENSE-spacy`); the code is a port of the rules.
//!
//! Cost is linear in the text: a special string is looked up only in what is short enough to be one, an affix is found by
//! looking at a bounded number of characters (and each run of dots once), infixes and the URL pattern are one pass over
//! what the affixes left.

mod affixes;
mod sentences;
mod specials;
pub(super) mod tables;
mod tokenizer;
mod url;

pub(super) use sentences::{count as count_sentences, split as split_sentences};
pub(super) use tokenizer::{Scratch, split as split_words};
