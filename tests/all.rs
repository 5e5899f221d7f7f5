//! The integration tests: one binary, one module a room.

mod filter;
mod text;
