//! Shards ↔ record batches: Parquet in and out, strings of any type, schemas united, files that appear whole or not at all.
//!
//! ```
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

mod atomic;
mod column;
mod raw_text;
mod schema;
mod shard;
mod sizes;
mod writer;

pub use atomic::{is_unfinished, remove_dir, rename, sync_dir, write_file};
pub use column::{Column, StringColumn, Strings, replace_strings};
pub use schema::{SchemaUnion, canonical, to_schema};
pub use shard::{Batches, Shard};
pub use sizes::add_row_bytes;
pub use writer::{Compression, TableOptions, TableWriter};
