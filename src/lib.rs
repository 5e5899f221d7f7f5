//! Data-mix curation for pre-training: measure text, decide, deduplicate, and mix sources to an exact token ratio.
//!
//! The folders below read top to bottom as the flow of the data; each room has one verb and, where it has one, one trait:
//!
//! | room | from → to |
//! |---|---|
//! | [`text`] | `&str` → words, sentences, lines, paragraphs, characters, n-grams |
//! | [`document`] | one row as the rest of the crate sees it |
//! | [`hash`] | text → fixed-size sketches: content hash, shingles, MinHash, bands |
//! | [`signal`] | document → `Option<f64>`: measure |
//! | [`filter`] | document → verdict: decide |
//! | [`rewrite`] | document → text with edits |
//! | [`dedup`] | sketches → duplicates, each proved against a kept document |
//! | [`mix`] | token totals → how many copies of which document, in which order |
//! | [`recipe`] | names and TOML → built parts; [`recipe::Chain`] is a source's list of steps |

#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "cli")]
pub mod cli;
pub mod dedup;
pub mod document;
mod error;
pub mod filter;
pub mod hash;
#[cfg(feature = "recipe-file")]
pub mod io;
#[cfg(feature = "parquet")]
pub mod ledger;
pub mod mix;
#[cfg(feature = "parquet")]
pub mod pipeline;
pub mod recipe;
#[cfg(feature = "parquet")]
pub mod report;
pub mod rewrite;
pub mod signal;
pub mod text;

pub use document::Document;
pub use error::{Cause, Error, Result, nearest};
