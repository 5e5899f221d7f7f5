//! Token counts: of a byte-pair encoding (feature `tokens`), or stated estimates that need no vocabulary.
//!
//! ```
//! use mashbill::text::TokenCounter;
//!
//! let counter = TokenCounter::parse("words")?;
//! assert_eq!(counter.count("rye, corn and barley"), 4);
//! # Ok::<(), mashbill::Error>(())
//! ```

#[cfg(not(feature = "tokens"))]
mod disabled;
#[cfg(feature = "tokens")]
mod enabled;

#[cfg(not(feature = "tokens"))]
pub use disabled::Bpe;
#[cfg(feature = "tokens")]
pub use enabled::Bpe;

use crate::error::{Error, Result};
use std::fmt;

/// A byte-pair encoding whose vocabulary the crate carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Encoding {
    /// OpenAI's `cl100k_base`: 100,256 tokens (GPT-3.5, GPT-4).
    Cl100k,
    /// OpenAI's `o200k_base`: 199,998 tokens (GPT-4o).
    O200k,
}

impl Encoding {
    /// The name in recipes.
    pub fn name(self) -> &'static str {
        match self {
            Encoding::Cl100k => "cl100k",
            Encoding::O200k => "o200k",
        }
    }
}

/// What a token is, and how many a text has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TokenCounter {
    /// Words between Unicode white space. An estimate.
    Words,
    /// Bytes of UTF-8. An estimate that nobody can argue about.
    Bytes,
    /// Tokens of a byte-pair encoding.
    Bpe(Bpe),
}

impl TokenCounter {
    /// The names that [`parse`](TokenCounter::parse) knows.
    pub const NAMES: [&str; 4] = ["cl100k", "o200k", "words", "bytes"];

    /// The counter of that name.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`] for any other name; [`Error::Feature`] for an encoding in a build without `tokens`.
    pub fn parse(name: &str) -> Result<TokenCounter> {
        match name {
            "words" => Ok(TokenCounter::Words),
            "bytes" => Ok(TokenCounter::Bytes),
            "cl100k" => Bpe::new(Encoding::Cl100k).map(TokenCounter::Bpe),
            "o200k" => Bpe::new(Encoding::O200k).map(TokenCounter::Bpe),
            _ => Err(Error::unknown("token counter", name, TokenCounter::NAMES)),
        }
    }

    /// The number of tokens in `text`. What looks like a special token (`<|endoftext|>`) is counted as the ordinary
    /// text that it is.
    pub fn count(&self, text: &str) -> u64 {
        match self {
            TokenCounter::Words => text.split_whitespace().count() as u64,
            TokenCounter::Bytes => text.len() as u64,
            TokenCounter::Bpe(bpe) => bpe.count(text),
        }
    }

    /// The name that [`parse`](TokenCounter::parse) takes.
    pub fn name(&self) -> &'static str {
        match self {
            TokenCounter::Words => "words",
            TokenCounter::Bytes => "bytes",
            TokenCounter::Bpe(bpe) => bpe.encoding().name(),
        }
    }
}

impl fmt::Display for TokenCounter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_go_there_and_back() {
        for name in TokenCounter::NAMES {
            match TokenCounter::parse(name) {
                Ok(counter) => assert_eq!(counter.to_string(), name),
                Err(error) => {
                    assert!(!cfg!(feature = "tokens") && matches!(error, Error::Feature { .. }))
                }
            }
        }
        let error = TokenCounter::parse("c100k").unwrap_err();
        assert_eq!(
            error.to_string(),
            "unknown token counter `c100k` (did you mean `cl100k`?); known: cl100k, o200k, words, bytes"
        );
    }

    #[test]
    fn estimates() {
        for (text, words, bytes) in [("", 0, 0), (" \u{2003}\n", 0, 5), ("a\u{A0}bc\r\nd", 3, 8), ("日本語", 1, 9)] {
            assert_eq!((TokenCounter::Words.count(text), TokenCounter::Bytes.count(text)), (words, bytes), "{text:?}");
        }
    }
}
