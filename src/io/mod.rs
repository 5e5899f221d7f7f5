//! Shards ↔ record batches: Parquet in and out, strings of any type, schemas united, files that appear whole or not at all.
//!
//! ```
//! # #[cfg(not(feature = "parquet"))]
//! # fn main() {}
//! # #[cfg(feature = "parquet")]
//! # fn main() -> mashbill::Result<()> {
//! use mashbill::io::{Shard, StringColumn};
//!
//! let shard = Shard::open("fixtures/corpus/books.parquet".as_ref())?;
//! let text = shard.string_column("text")?;
//! let mut bytes = 0;
//! for group in 0..shard.row_groups() {
//!     for batch in shard.read(group, &[&text], 1 << 20)? {
//!         let column = text.bind(&batch?)?;
//!         bytes += (0..column.len()).filter_map(|row| column.get(row)).map(str::len).sum::<usize>();
//!     }
//! }
//! assert!(bytes > 0);
//! # Ok(())
//! # }
//! ```
//!
//! Without the feature `parquet` only [`Compression`] is here, which a recipe names.

#[cfg(feature = "parquet")]
mod atomic;
#[cfg(feature = "parquet")]
mod column;
mod compression;
#[cfg(feature = "parquet")]
mod raw_text;
#[cfg(feature = "parquet")]
mod schema;
#[cfg(feature = "parquet")]
mod shard;
#[cfg(feature = "parquet")]
mod sizes;
#[cfg(feature = "parquet")]
mod writer;

#[cfg(feature = "parquet")]
pub use atomic::{WholeFile, is_unfinished, remove_dir, remove_file, rename, sync_dir, write_file};
#[cfg(feature = "parquet")]
pub use column::{Column, StringColumn, Strings, replace_strings};
pub use compression::Compression;
#[cfg(feature = "parquet")]
pub use schema::{SchemaUnion, canonical, to_schema};
#[cfg(feature = "parquet")]
pub use shard::{Batches, Shard};
#[cfg(feature = "parquet")]
pub use sizes::add_row_bytes;
#[cfg(feature = "parquet")]
pub use writer::{TableOptions, TableWriter};
