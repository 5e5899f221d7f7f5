//! N-gram language models: trained here on the user's reference text, or read from ARPA files; a text's perplexity by them.
//!
//! ```
//! use mashbill::score::ngram::{NgramModel, Settings, Trainer};
//!
//! let mut trainer = Trainer::new(Settings { order: 3, ..Settings::default() })?;
//! for line in ["the mill grinds rye", "the mill grinds corn", "rye and corn and barley"] {
//!     trainer.add_text(line)?;
//! }
//! let model = trainer.finish()?;
//! let known = model.measure("the mill grinds barley").map(|m| m.perplexity());
//! let other = model.measure("barley grinds mill the").map(|m| m.perplexity());
//! assert!(known < other);
//! assert_eq!(model.measure(" \n"), None);
//! # Ok::<(), mashbill::Error>(())
//! ```
//!
//! A line is a sentence, what stands between white space is a word, and a line without words is none. The perplexity is KenLM's: ten to
//! the power of the negative mean of the decimal logarithms of the words' probabilities, the end of each line counting as a word, and
//! unknown words as `<unk>`. The score is that mean: the higher, the better, 0 at best, -3 for a perplexity of 1,000.

mod arpa;
mod cc_net;
mod counts;
mod file;
mod kneser_ney;
mod score;
mod table;
mod train;
mod words;

#[cfg(test)]
mod tests;

pub use score::PerplexityScore;
pub use train::{Prepared, Settings, Trainer};
pub(crate) use words::NORMALISE;
pub use words::Normalise;

use std::fmt;
use table::{Index, Table, begin, extend};
use words::words;

/// Version of a model's file. A model of another version is refused.
pub const VERSION: u32 = 1;
/// Longest n-grams.
pub const MAX_ORDER: usize = 6;

/// An n-gram model with back-off.
pub struct NgramModel {
    normalise: Normalise,
    /// Hashes of the words, sorted; a word's number is its place.
    words: Index,
    /// Decimal logarithms of probability and back-off of every word.
    unigrams: Vec<[f32; 2]>,
    /// From pairs on.
    tables: Vec<Table>,
    marks: Marks,
    origin: Option<Origin>,
    bytes: u64,
    digest: u128,
}

/// Numbers of the words that are none.
#[derive(Debug, Clone, Copy)]
struct Marks {
    unknown: u32,
    begin: u32,
    end: u32,
}

/// What a model was trained on, and how.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Origin {
    /// Lines with a word.
    pub sentences: u64,
    /// Words in them.
    pub words: u64,
    /// Discounts of n-grams that were counted once, twice, and more often, for each order.
    pub discounts: Vec<[f64; 3]>,
    /// Orders whose discounts are the default ones, since the counts of counts gave none: small or artificial text.
    pub defaulted: Vec<bool>,
}

/// What is known of the words before: at most one fewer than the order, the last one first.
#[derive(Debug, Clone, Copy, Default)]
struct State {
    context: [u32; MAX_ORDER - 1],
    backoffs: [f32; MAX_ORDER - 1],
    length: usize,
}

/// How a model finds a text.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Measure {
    /// Sum of the decimal logarithms of the probabilities of all words and ends of lines.
    pub log10: f64,
    /// Words and ends of lines.
    pub words: u64,
    /// Words that the model does not know.
    pub unknown: u64,
}

impl Measure {
    /// Mean logarithm: the score.
    pub fn mean_log10(&self) -> f64 {
        self.log10 / self.words as f64
    }

    /// Ten to the negative mean logarithm.
    pub fn perplexity(&self) -> f64 {
        10f64.powf(-self.mean_log10())
    }
}

impl NgramModel {
    /// The text's measure; `None` for a text without words.
    pub fn measure(&self, text: &str) -> Option<Measure> {
        let start = State { context: [self.marks.begin; MAX_ORDER - 1], ..State::default() };
        let start = self.after_begin(start);
        let (mut state, mut measure) = (start, Measure { log10: 0.0, words: 0, unknown: 0 });
        words(text, self.normalise, &mut |word| {
            let number = match word {
                Some(hash) => self.words.find(hash).map_or(self.marks.unknown, |number| number as u32),
                None => self.marks.end,
            };
            measure.unknown += u64::from(number == self.marks.unknown);
            measure.log10 += f64::from(self.next(&mut state, number));
            measure.words += 1;
            if word.is_none() {
                state = start;
            }
        });
        Some(measure).filter(|m| m.words > 0 && m.log10.is_finite())
    }

    fn after_begin(&self, mut state: State) -> State {
        state.length = usize::from(self.order() > 1);
        state.backoffs[0] = self.unigrams[self.marks.begin as usize][1];
        state
    }

    /// The logarithm of the probability of a word after `state`, which then has it as its last.
    #[inline]
    fn next(&self, state: &mut State, word: u32) -> f32 {
        let [mut found, backoff] = self.unigrams[word as usize];
        let mut after = State::default();
        let (mut hash, mut matched) = (begin(word), 0);
        if !self.tables.is_empty() {
            (after.context[0], after.backoffs[0], after.length) = (word, backoff, 1);
        }
        for (table, &before) in self.tables.iter().zip(&state.context[..state.length]) {
            hash = extend(hash, before);
            let Some(at) = table.find(hash) else { break };
            found = table.log10[at];
            matched += 1;
            if let Some(&backoff) = table.backoffs.get(at) {
                (after.context[matched], after.backoffs[matched], after.length) = (before, backoff, matched + 1);
            }
        }
        // Contexts longer than the longest known n-gram's are backed off from.
        found += state.backoffs[matched..state.length].iter().sum::<f32>();
        *state = after;
        found
    }

    /// Words of the longest n-grams.
    pub fn order(&self) -> usize {
        self.tables.len() + 1
    }

    /// N-grams of every order, from single words on, `<unk>`, `<s>` and `</s>` included.
    pub fn counts(&self) -> Vec<u64> {
        let longer = self.tables.iter().map(|table| table.log10.len());
        std::iter::once(self.unigrams.len()).chain(longer).map(|n| n as u64).collect()
    }

    /// What is done to a line before its words are looked up.
    pub fn normalise(&self) -> Normalise {
        self.normalise
    }

    /// The same model behind another normalisation: what an ARPA file does not say.
    pub fn with_normalise(self, normalise: Normalise) -> NgramModel {
        match normalise == self.normalise {
            true => self,
            false => NgramModel { normalise, ..self }.sealed(),
        }
    }

    /// What it was trained on; `None` for a model that was read from an ARPA file.
    pub fn origin(&self) -> Option<&Origin> {
        self.origin.as_ref()
    }

    /// Bytes of its file; of a model from an ARPA file, of the one that it would have here.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// xxh3-128 of that file.
    pub fn digest(&self) -> u128 {
        self.digest
    }
}

impl fmt::Debug for NgramModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the {}-gram model {:032x} ({})", self.order(), self.digest, self.normalise.name())
    }
}
