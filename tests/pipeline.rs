//! The pipeline from outside: recipes run over the fixtures and over files made here, results read with arrow and parquet alone.
// The helpers here are no tests in Clippy's eyes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod annotate;
mod bad;
mod columns;
mod decontaminate;
mod dedup;
mod determinism;
mod hostile;
mod infeasible;
mod lines;
mod order;
mod recall;
pub(crate) mod resume;
mod shares;
mod sweep;
mod verify;
