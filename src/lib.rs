//! Data-mix curation for pre-training: measure text, decide, deduplicate, and mix sources to an exact token ratio.
//!
//! A *mash bill* is the recipe of a whiskey: so much corn, so much rye, so much barley. This crate turns organic, code and
//! synthetic text into a training mix by such a recipe. The shares are exact in tokens, every row that is left out has a
//! measured reason, and the same rows, recipe and seed give the same bytes on any machine.
//!
//! It is a library for programs that have only `&str`, a pipeline over Parquet, and a command line. From the smallest end:
//!
//! ```
//! use mashbill::{Facts, recipe::Chain, text::Analyzer};
//!
//! let chain = Chain::profile("fineweb")?; // also: c4, code, datatrove-0.10, gopher, …
//! let mut analyzer = Analyzer::new(); // one per thread; owns the buffers
//! let outcome = chain.check(&mut analyzer, "Home\nShop\nCart\nLog in", Facts::NONE);
//!
//! let failure = outcome.failure().expect("a menu is no page");
//! assert_eq!(chain.rule(failure.rule).map(|rule| rule.name.as_str()), Some("gopher_quality.min_words"));
//! # Ok::<(), mashbill::Error>(())
//! ```
//!
//! # Three things to copy
//!
//! - [Check one `&str` with a profile](recipe#example-check-one-str-with-a-profile), and learn which rule it fails on what value.
//! - [MinHash two strings and estimate their similarity](hash#example-minhash-two-strings-and-estimate-their-similarity).
//! - [Plan a mix](mix#example-plan-a-mix): what each source has to give, or why it cannot be had.
//!
//! `docs/examples/ingest.rs` puts the first two into a small service: record batches in, a Parquet file of kept rows out. And the
//! main job is a file, not a program (`docs/recipes.md` has every key): `mashbill run recipe.toml --out DIR`.
//!
//! # Rooms
//!
//! The rooms read top to bottom as the flow of the data. Each has one verb and, where it has one, one trait; each knows only
//! rooms above it.
//!
//! | room | from → to | feature |
//! |---|---|---|
//! | [`text`] | `&str` → words, sentences, lines, paragraphs, characters, n-grams | |
//! | [`io`] | shards ↔ record batches | `parquet` |
//! | [`document`] | one row as the rest of the crate sees it | |
//! | [`hash`] | text → fixed-size sketches: content hash, shingles, MinHash, bands | |
//! | [`signal`] | document → `Option<f64>`: measure | |
//! | [`filter`] | document → verdict: decide; [`filter::profile`] holds the published rule sets | |
//! | [`rewrite`] | document → text with edits | |
//! | [`synth`] | a kind, a seed and a number → a STEM problem with worked steps and a checked answer | |
//! | [`score`] | document → how good it is |
//! | [`dedup`] | sketches → duplicates, each proved against a kept document | |
//! | [`decontaminate`] | documents and benchmark items → which stands in which, with the evidence | |
//! | [`mix`] | token totals → how many copies of which document, in which order | |
//! | [`recipe`] | names and TOML → built parts; [`recipe::Chain`] is a source's list of steps | `recipe-file` for TOML |
//! | [`ledger`] | one row's fate: schema, writer, reader, accounting identity | `parquet` |
//! | [`pipeline`] | scan, resolve, plan, emit; resume; progress | `parquet` |
//! | [`report`] | `run.json`, and the table that a person reads | `parquet` |
//! | [`cli`] | arguments → recipe → run → report | `cli` |
//!
//! # Features
//!
//! | feature | default | brings |
//! |---|---|---|
//! | `parquet` | yes | Parquet in and out, and the whole pipeline over it; `recipe-file` |
//! | `parallel` | yes | a rayon pool of the run's own (never the global one) |
//! | `recipe-file` | by `parquet` | recipes from TOML, and steps of other crates by name, without Arrow |
//! | `tokens` | | real BPE token counts, cl100k and o200k; 3 MB of vocabulary |
//! | `lang` | | the language of a text, by trigrams of 70 languages |
//! | `lists` | | filters by lists of addresses and words; the Public Suffix List as code |
//! | `fasttext` | | scores by models of fastText; no crate |
//! | `cli` | | the `mashbill` binary; `parquet`, `parallel`, `tokens`, `lang`, `lists`, `fasttext` |
//!
//! Without any (`default-features = false`) the crate is for services that have only `&str`: no Arrow, no serde, no threads.
//! The library sets no global allocator, logger, thread pool or panic hook, reads no environment and prints nothing. No `unsafe`.
//! Measuring, deciding and rewriting are total: every text has an outcome, and none is a panic or a NaN.

#![cfg_attr(docsrs, feature(doc_cfg))]
// The map shows all rooms, also those that this build leaves out.
#![cfg_attr(not(feature = "cli"), allow(rustdoc::broken_intra_doc_links))]

#[cfg(feature = "cli")]
pub mod cli;
pub mod decontaminate;
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
pub mod score;
pub mod signal;
pub mod synth;
pub mod text;

pub use document::{Document, Earlier, Facts};
pub use error::{Cause, Error, Result, nearest};

/// The README's code runs as a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
