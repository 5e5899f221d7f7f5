//! Shards in and out.
