//! A text → a model. What is held in memory is bounded and stated: 4 bytes for a word of text until all is read, then 17 and
//! those of the n-grams.

use super::counts::Tokens;
use super::file::marks;
use super::kneser_ney::{GRAM_BYTES, estimate};
use super::table::Index;
use super::words::{BEGIN, END, UNKNOWN, word_hash, words};
use super::{MAX_ORDER, NgramModel, Normalise, Origin};
use crate::error::{Error, Result};
use std::collections::HashMap;

/// Bytes that a different word takes while training: its hash, number and count, in a table that is half full.
const WORD_BYTES: u64 = 48;
/// Bytes for each word of the text: as it is read, and while places are sorted.
const TOKEN_BYTES: u64 = 4;
const SORT_BYTES: u64 = 17;

/// What is trained.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Words of the longest n-grams, 1 to 6.
    pub order: usize,
    /// A word that stands less often is `<unk>` in training too. 1 keeps all, as `lmplz` does.
    pub min_count: u64,
    /// For pairs, triples and so on: n-grams that stand at most so often are left out of the model. Must not fall; the last holds for all
    /// longer ones. Empty leaves none out.
    pub prune: Vec<u64>,
    /// What is done to a line first. Part of the model.
    pub normalise: Normalise,
    /// Bytes that training may take, about.
    pub memory: u64,
}

impl Default for Settings {
    /// Five words, nothing pruned, words as they stand, 4 GiB.
    fn default() -> Self {
        Settings { order: 5, min_count: 1, prune: Vec::new(), normalise: Normalise::None, memory: 4 << 30 }
    }
}

/// The words of a text as training needs them, made on any thread.
#[derive(Debug, Clone, Default)]
pub struct Prepared {
    /// Hashes; the end of a line is `None`'s.
    words: Vec<u64>,
    /// Where lines end.
    ends: Vec<usize>,
}

impl Prepared {
    /// Adds a text's lines.
    pub fn push(&mut self, text: &str, normalise: Normalise) {
        words(text, normalise, &mut |word| match word {
            Some(hash) => self.words.push(hash),
            None => self.ends.push(self.words.len()),
        });
    }
}

/// Trains an n-gram model.
#[derive(Debug)]
pub struct Trainer {
    settings: Settings,
    /// Hash → number in the order of appearance.
    numbers: HashMap<u64, u32>,
    counts: Vec<u64>,
    /// Words by number, and marks.
    tokens: Vec<u32>,
    sentences: u64,
}

/// Marks among tokens, before words have their final numbers.
const BEGIN_TOKEN: u32 = u32::MAX;
const END_TOKEN: u32 = u32::MAX - 1;

impl Trainer {
    /// A trainer that has read nothing.
    ///
    /// # Errors
    /// [`Error::Invalid`] for settings out of range.
    pub fn new(settings: Settings) -> Result<Trainer> {
        let wrong = |what: &str, problem: String| Err(Error::Invalid { what: what.into(), problem });
        match () {
            () if !(1..=MAX_ORDER).contains(&settings.order) => {
                wrong("order", format!("must lie between 1 and {MAX_ORDER}, and is {}", settings.order))
            }
            () if settings.prune.windows(2).any(|pair| pair[0] > pair[1]) => {
                wrong("prune", "must not fall from shorter to longer n-grams, whose parts are needed".into())
            }
            () if settings.prune.len() >= settings.order.max(2) => wrong(
                "prune",
                format!("has {} numbers for the orders from 2 to {}", settings.prune.len(), settings.order),
            ),
            () => {
                Ok(Trainer { settings, numbers: HashMap::new(), counts: Vec::new(), tokens: Vec::new(), sentences: 0 })
            }
        }
    }

    /// What is trained.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Reads a text.
    ///
    /// # Errors
    /// [`Error::Invalid`] where more memory would be needed than may be taken.
    pub fn add_text(&mut self, text: &str) -> Result<()> {
        let mut prepared = Prepared::default();
        prepared.push(text, self.settings.normalise);
        self.add(&prepared)
    }

    /// Reads prepared texts.
    ///
    /// # Errors
    /// As [`add_text`](Self::add_text).
    pub fn add(&mut self, prepared: &Prepared) -> Result<()> {
        let more = prepared.words.len() + 2 * prepared.ends.len();
        // A vector that grows is copied: both are there for a while.
        let tokens = (self.tokens.len() + more) as u64;
        self.check("its words", 2 * TOKEN_BYTES * tokens + WORD_BYTES * self.numbers.len() as u64)?;
        if tokens >= u64::from(END_TOKEN) {
            return Err(invalid(format!("{tokens} words are more than a model is trained on here; train on a sample")));
        }
        let mut start = 0;
        for &end in &prepared.ends {
            self.tokens.push(BEGIN_TOKEN);
            for &hash in &prepared.words[start..end] {
                let next = self.counts.len() as u32;
                let number = *self.numbers.entry(hash).or_insert(next);
                if number == next {
                    self.counts.push(0);
                }
                self.counts[number as usize] += 1;
                self.tokens.push(number);
            }
            self.tokens.push(END_TOKEN);
            self.sentences += 1;
            start = end;
        }
        Ok(())
    }

    /// Estimates the model.
    ///
    /// # Errors
    /// [`Error::Invalid`] without a word, or where more memory would be needed than may be taken.
    pub fn finish(self) -> Result<NgramModel> {
        if self.sentences == 0 {
            return Err(invalid("the text has no word to train a language model on"));
        }
        let origin_words = self.tokens.len() as u64 - 2 * self.sentences;
        let words = self.vocabulary()?;
        let marks = marks(&words).map_err(|word| invalid(format!("`{word}` is not among the words")))?;
        let found = |hash: u64| words.find(hash).map_or(marks.unknown, |number| number as u32);
        let mut by_number = vec![marks.unknown; self.counts.len()];
        self.numbers.iter().for_each(|(&hash, &number)| by_number[number as usize] = found(hash));
        let Trainer { settings, numbers, counts, mut tokens, sentences } = self;
        drop((numbers, counts));
        for token in &mut tokens {
            *token = match *token {
                BEGIN_TOKEN => marks.begin,
                END_TOKEN => marks.end,
                number => by_number[number as usize],
            };
        }
        let order = settings.order;
        let tokens = Tokens { tokens: &tokens, begin: marks.begin, order };
        check(&settings, "sorting its words", (TOKEN_BYTES + SORT_BYTES) * tokens.tokens.len() as u64)?;
        let sorted = tokens.sorted();
        let prune: Vec<u64> = (2..=order).map(|n| at_order(&settings.prune, n)).collect();
        let mut grams = 0;
        let mut most = 0;
        for n in 2..=order {
            let mut kept = 0u64;
            sorted.grams(&tokens, n, &mut |gram| kept += u64::from(gram.raw > prune[n - 2]));
            grams += kept;
            most = kept.max(most);
        }
        let here = (TOKEN_BYTES + SORT_BYTES) * tokens.tokens.len() as u64;
        check(&settings, &format!("its {grams} n-grams"), here + 16 * grams + GRAM_BYTES * most)?;
        let refused = || invalid("the text has more n-grams than a model can hold; train on a sample");
        let estimates = estimate(&tokens, &sorted, words.keys().len(), &prune).ok_or_else(refused)?;
        let origin =
            Origin { sentences, words: origin_words, discounts: estimates.discounts, defaulted: estimates.defaulted };
        let model = NgramModel {
            normalise: settings.normalise,
            words,
            unigrams: estimates.unigrams,
            tables: estimates.tables,
            marks,
            origin: Some(origin),
            bytes: 0,
            digest: 0,
        };
        Ok(model.sealed())
    }

    /// All words that are kept, and the marks.
    fn vocabulary(&self) -> Result<Index> {
        let kept = self.numbers.iter().filter(|&(_, &number)| self.counts[number as usize] >= self.settings.min_count);
        let marks = [UNKNOWN, BEGIN, END].map(|mark| word_hash(mark.as_bytes()));
        let mut hashes: Vec<u64> = kept.map(|(&hash, _)| hash).chain(marks).collect();
        hashes.sort_unstable();
        hashes.dedup();
        Index::new(hashes).ok_or_else(|| invalid("the text has more words than a model can hold"))
    }

    fn check(&self, what: &str, bytes: u64) -> Result<()> {
        check(&self.settings, what, bytes)
    }
}

fn invalid(problem: impl Into<String>) -> Error {
    Error::Invalid { what: "training".into(), problem: problem.into() }
}

/// How often n-grams of `n` words may stand and be left out.
fn at_order(prune: &[u64], n: usize) -> u64 {
    prune.get(n - 2).or(prune.last()).copied().unwrap_or(0)
}

/// # Errors
/// [`Error::Invalid`] where `bytes` are more than may be taken.
fn check(settings: &Settings, what: &str, bytes: u64) -> Result<()> {
    if bytes <= settings.memory {
        return Ok(());
    }
    let mib = |bytes: u64| bytes.div_ceil(1 << 20);
    let problem = format!(
        "training the language model takes about {} MiB for {what}, and may take {}: allow more, train on a sample, or make the model \
         smaller (order {}, prune, min_count)",
        mib(bytes),
        mib(settings.memory),
        settings.order.saturating_sub(1).max(1),
    );
    Err(Error::Invalid { what: "memory".into(), problem })
}
