//! Byte-pair encodings by the `bpe-openai` crate, whose counts are those of OpenAI's tiktoken and whose cost is linear.

use super::Encoding;
use crate::error::Result;

/// A byte-pair encoding, ready to count. The vocabulary is loaded on first use and shared by all threads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Bpe(Encoding);

impl Bpe {
    /// The counter for `encoding`.
    ///
    /// # Errors
    ///
    /// None in this build; [`Error::Feature`](crate::Error::Feature) in one without the feature `tokens`.
    pub fn new(encoding: Encoding) -> Result<Bpe> {
        Ok(Bpe(encoding))
    }

    /// Which one it is.
    pub fn encoding(&self) -> Encoding {
        self.0
    }

    /// The number of tokens in `text`, special tokens taken as ordinary text.
    pub fn count(&self, text: &str) -> u64 {
        let tokenizer = match self.0 {
            Encoding::Cl100k => bpe_openai::cl100k_base(),
            Encoding::O200k => bpe_openai::o200k_base(),
        };
        tokenizer.count(text) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    #[test]
    fn known_counts() {
        // From tiktoken 0.x: encode_ordinary("hello world") is [15339, 1917] (cl100k) and [24912, 2375] (o200k);
        // "<|endoftext|>" as ordinary text is 7 tokens in both.
        for encoding in [Encoding::Cl100k, Encoding::O200k] {
            let bpe = Bpe::new(encoding).unwrap();
            assert_eq!(bpe.count(""), 0);
            assert_eq!(bpe.count("hello world"), 2, "{encoding:?}");
            assert_eq!(bpe.count("<|endoftext|>"), 7, "{encoding:?}");
        }
    }

    /// Ten times the text may not cost a hundred times the time. The margin is wide, and there are three tries, as the
    /// machine may be busy.
    #[test]
    fn hostile_text_costs_linear_time() {
        fn time(bpe: Bpe, text: &str) -> Duration {
            let start = Instant::now();
            assert!(bpe.count(text) > 0);
            start.elapsed()
        }
        let letters: String = (0_u64..5_000).map(|i| char::from(b'a' + (i * i * i / 7 % 26) as u8)).collect();
        for encoding in [Encoding::Cl100k, Encoding::O200k] {
            let bpe = Bpe::new(encoding).unwrap();
            bpe.count("load the vocabulary");
            for piece in
                ["a", " ", "\n", " \n", "A", "é", "ab", "1", "!", "日", "\u{301}", "\t a", "\u{3000}", &letters]
            {
                let short = piece.repeat(100_000 / piece.len());
                let long = short.repeat(10);
                let is_linear = || time(bpe, &long) < time(bpe, &short) * 40 + Duration::from_millis(20);
                assert!((0..3).any(|_| is_linear()), "{encoding:?} {:?}", piece.get(..8).unwrap_or(piece));
            }
        }
    }
}
