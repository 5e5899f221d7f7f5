//! How Parquet pages are compressed, by name. Knows no Parquet, so that a recipe can be read without it.

use crate::error::{Error, Result};
use std::fmt;

/// Compression of Parquet pages. As text: `zstd:3`, `snappy`, `lz4`, `none`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Compression {
    /// None.
    None,
    /// Snappy.
    Snappy,
    /// LZ4, raw blocks.
    Lz4,
    /// Zstandard, at a level from 1 to 22.
    Zstd(u8),
}

impl Default for Compression {
    /// Zstandard at level 3, its own default.
    fn default() -> Self {
        Compression::Zstd(3)
    }
}

impl Compression {
    /// Parses `zstd`, `zstd:LEVEL`, `snappy`, `lz4` or `none`.
    ///
    /// ```
    /// use mashbill::io::Compression;
    ///
    /// assert_eq!(Compression::parse("zstd:9")?, Compression::Zstd(9));
    /// assert!(Compression::parse("ztsd").unwrap_err().to_string().contains("did you mean `zstd`?"));
    /// # Ok::<(), mashbill::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Unknown`] for another name, [`Error::Invalid`] for a level that does not exist.
    pub fn parse(text: &str) -> Result<Compression> {
        let invalid = |problem: String| Err(Error::Invalid { what: format!("compression `{text}`"), problem });
        let (name, level) = text.split_once(':').map_or((text, None), |(name, level)| (name, Some(level)));
        match (name, level) {
            ("none", None) => Ok(Compression::None),
            ("snappy", None) => Ok(Compression::Snappy),
            ("lz4", None) => Ok(Compression::Lz4),
            ("zstd", None) => Ok(Compression::default()),
            ("zstd", Some(level)) => match level.parse() {
                Ok(level @ 1..=22) => Ok(Compression::Zstd(level)),
                _ => invalid("the level of zstd lies between 1 and 22, as in \"zstd:3\"".to_owned()),
            },
            ("none" | "snappy" | "lz4", Some(_)) => invalid(format!("has no level; write \"{name}\"")),
            _ => Err(Error::unknown("compression", name, ["lz4", "none", "snappy", "zstd", "zstd:LEVEL"])),
        }
    }
}

impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Compression::None => f.pad("none"),
            Compression::Snappy => f.pad("snappy"),
            Compression::Lz4 => f.pad("lz4"),
            Compression::Zstd(level) => write!(f, "zstd:{level}"),
        }
    }
}

impl serde::Serialize for Compression {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_compression_is_read_as_it_is_written() {
        let all =
            [Compression::None, Compression::Snappy, Compression::Lz4, Compression::Zstd(1), Compression::Zstd(22)];
        for compression in all {
            assert_eq!(Compression::parse(&compression.to_string()).unwrap(), compression);
        }
        for bad in ["", "zstd:0", "zstd:23", "zstd:", "lz4:1", "ZSTD", "gzip"] {
            assert!(Compression::parse(bad).is_err(), "{bad}");
        }
    }
}
