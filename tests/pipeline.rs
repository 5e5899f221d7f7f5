//! The pipeline from outside: recipes run over the fixtures and over files made here, results read with arrow and parquet alone.
// The helpers here are no tests in Clippy's eyes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod annotate;
mod bad;
mod caps;
mod columns;
mod compat;
mod decontaminate;
mod dedup;
mod determinism;
mod handover;
mod hostile;
mod index;
mod infeasible;
mod lines;
mod mixing;
mod order;
mod presets;
mod ranks;
mod recall;
mod remix;
pub(crate) mod resume;
mod scores;
mod shares;
mod sweep;
mod verify;
