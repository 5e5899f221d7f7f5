//! Models of fastText: supervised `.bin` and quantised `.ftz` files, read and applied as the reference does.
//!
//! ```no_run
//! use mashbill::score::fasttext::{FastText, Newlines};
//!
//! let model = FastText::load("lid.176.ftz".as_ref())?;
//! for (label, chance) in model.predict("Roggen, Mais und Gerste.", 2, Newlines::Space) {
//!     println!("{label} {chance}"); // __label__de 0.99…
//! }
//! # Ok::<(), mashbill::Error>(())
//! ```
//!
//! What decides is as in fastText 0.9.2: the same features, sums of `f32` in the same order, the same logarithms, and of equal
//! labels the same first. A model is read-only and shared between threads; a prediction allocates nothing but its answer.

mod dictionary;
mod file;
mod matrix;
mod newlines;
mod output;
mod score;

#[cfg(test)]
mod tests;

#[cfg(feature = "recipe-file")]
pub(crate) use newlines::NEWLINES;
pub use newlines::Newlines;
pub use score::FastTextScore;

use crate::error::{Error, Result};
use dictionary::{Dictionary, Words};
use matrix::Matrix;
use output::Output;
use std::cell::RefCell;
use std::fmt;

/// The first four bytes of a file of fastText, as a little-endian number.
pub const MAGIC: i32 = 793_712_314;

/// A supervised model of fastText.
pub struct FastText {
    dictionary: Dictionary,
    /// A row for each word, and for each place that runs of characters and of words are hashed to.
    input: Matrix,
    output: Output,
    summary: Summary,
}

/// What a model's file says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Summary {
    /// Numbers of a vector.
    pub dim: usize,
    /// `softmax`, `hs` (hierarchical), `ns` (negative sampling) or `ova` (one against all).
    pub loss: &'static str,
    /// Words in the dictionary.
    pub words: usize,
    /// Labels.
    pub labels: usize,
    /// Longest run of words that is a feature.
    pub word_ngrams: u32,
    /// Shortest and longest run of characters that is a feature, in characters; 0 and 0 for none.
    pub char_ngrams: (u32, u32),
    /// Places that runs are hashed to.
    pub buckets: u32,
    /// Whether vectors are product-quantised, as in a `.ftz`.
    pub quantised: bool,
    /// Bytes of the file.
    pub bytes: u64,
    /// xxh3-128 of the file.
    pub digest: u128,
}

/// What a prediction works in; one for each thread.
#[derive(Default)]
struct Work {
    words: Words,
    hidden: Vec<f32>,
    output: Vec<f32>,
}

thread_local! {
    static WORK: RefCell<Work> = RefCell::default();
}

impl FastText {
    /// The `k` most probable labels (0: all) with their probabilities, the best first, as fastText's `predict` lists them. Empty where no
    /// feature of the text is known. A hierarchical model lists only labels of 0.00001 and more; fastText adds that much to what it
    /// prints, so a sum may exceed 1.
    pub fn predict(&self, text: &str, k: usize, newlines: Newlines) -> Vec<(&str, f32)> {
        let found = self.with_hidden(text, newlines, |hidden, output, _| self.output.best(hidden, k, output));
        let listed = found.unwrap_or_default().into_iter();
        listed.filter_map(|(label, p)| Some((self.label(label)?, p)).filter(|(_, p)| p.is_finite())).collect()
    }

    /// The probability of one label, by its place among [`labels`](Self::labels); `None` where no feature of the text is known, but for
    /// the end of the line, or the label is none.
    pub fn probability(&self, text: &str, label: usize, newlines: Newlines) -> Option<f32> {
        self.probabilities(text, &[label], newlines)
    }

    /// The sum of the probabilities of some labels, likewise.
    pub(super) fn probabilities(&self, text: &str, labels: &[usize], newlines: Newlines) -> Option<f32> {
        let sum = self.with_hidden(text, newlines, |hidden, output, known| match known {
            true => self.output.sum(hidden, labels, output),
            false => None,
        });
        sum.flatten().filter(|sum| sum.is_finite())
    }

    /// All labels, in the file's order, with the prefix that they have there (`__label__`, as a rule).
    pub fn labels(&self) -> impl Iterator<Item = &str> {
        (0..self.summary.labels).filter_map(|label| self.label(label))
    }

    /// The place of a label, by its name in the file, or that without `__label__`.
    ///
    /// # Errors
    /// [`Error::Unknown`], with the nearest label.
    pub fn find_label(&self, name: &str) -> Result<usize> {
        let places = || self.labels().enumerate();
        if let Some((place, _)) = places().find(|(_, label)| *label == name || bare(label) == name) {
            return Ok(place);
        }
        // Named as the user does.
        let shown = |label| if name.starts_with(dictionary::LABEL) { label } else { bare(label) };
        let known = self.labels().map(shown);
        match self.summary.labels {
            ..=40 => Err(Error::unknown("label", name, known)),
            _ => Err(Error::unknown_of_many("label", name, known, "(`mashbill score show` lists all)")),
        }
    }

    /// What the file says of the model.
    pub fn summary(&self) -> &Summary {
        &self.summary
    }

    /// xxh3-128 of its file.
    pub fn digest(&self) -> u128 {
        self.summary.digest
    }

    fn label(&self, label: usize) -> Option<&str> {
        self.dictionary.label(label)
    }

    /// Makes the text's vector, the mean of its features' rows, and hands it on, with room for the output, and whether anything but the
    /// end of the line was known. `None` without features.
    fn with_hidden<T>(
        &self,
        text: &str,
        newlines: Newlines,
        then: impl FnOnce(&[f32], &mut Vec<f32>, bool) -> T,
    ) -> Option<T> {
        let text = newlines.prepare(text);
        WORK.with_borrow_mut(|work| {
            let Work { words, hidden, output } = work;
            hidden.clear();
            hidden.resize(self.summary.dim, 0.0);
            let line = newlines == Newlines::FirstLine;
            let count = self.dictionary.walk(text.as_bytes(), line, words, &mut |row| self.input.add(row, hidden));
            if count.rows == 0 {
                return None;
            }
            let share = (1.0 / count.rows as f64) as f32;
            hidden.iter_mut().for_each(|x| *x *= share);
            Some(then(hidden, output, count.rows > count.end))
        })
    }
}

/// A label without fastText's prefix.
fn bare(label: &str) -> &str {
    label.strip_prefix(dictionary::LABEL).unwrap_or(label)
}

impl fmt::Debug for FastText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the fastText model {:032x}", self.summary.digest)
    }
}
