//! Builds without the feature `tokens`: no encoding can be had, which is said when one is asked for.

use super::Encoding;
use crate::error::{Error, Result};
use std::convert::Infallible;

/// A byte-pair encoding, ready to count. This build lacks the feature `tokens`, so there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Bpe(Infallible);

impl Bpe {
    /// # Errors
    ///
    /// Always [`Error::Feature`] in this build.
    pub fn new(encoding: Encoding) -> Result<Bpe> {
        Err(Error::Feature { feature: "tokens", what: format!("the token counter `{}`", encoding.name()) })
    }

    /// Which one it is.
    pub fn encoding(&self) -> Encoding {
        match self.0 {}
    }

    /// The number of tokens in `text`.
    pub fn count(&self, _text: &str) -> u64 {
        match self.0 {}
    }
}
