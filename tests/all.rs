//! The integration tests: one binary, one module a room.

#[cfg(feature = "recipe-file")]
mod recipe;
