//! The integration tests: one binary, one module a room.

mod dedup;
mod hash;
#[cfg(feature = "recipe-file")]
mod recipe;
mod mix;
