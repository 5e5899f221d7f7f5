//! The integration tests: one binary, one module a room.

mod dedup;
mod filter;
mod hash;
mod layering;
mod mix;
#[cfg(feature = "recipe-file")]
mod recipe;
mod spacy;
mod text;
