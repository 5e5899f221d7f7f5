//! The integration tests: one binary, one module a room.

#[cfg(feature = "cli")]
mod cli;
mod compat;
mod datatrove;
mod decontaminate;
mod dedup;
mod docs;
mod escapes;
#[cfg(all(feature = "fasttext", feature = "parquet"))]
mod fasttext;
mod filter;
mod fineweb_1;
mod hash;
mod hostile;
#[cfg(feature = "parquet")]
mod io;
#[cfg(feature = "parquet")]
mod kit;
#[cfg(all(feature = "lang", feature = "recipe-file"))]
mod language;
mod layering;
#[cfg(feature = "lists")]
mod lists;
mod mix;
mod ngram;
#[cfg(feature = "parquet")]
mod pipeline;
#[cfg(feature = "recipe-file")]
mod recipe;
mod references;
#[cfg(feature = "parquet")]
mod score;
mod spacy;
mod synth;
mod text;
