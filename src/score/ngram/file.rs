//! A model as bytes: one file, little-endian, with a checksum at its end.
//!
//! ```text
//! "mashbill ngram\n"  version u64  order u64  normalise u64  trained u64 (0 or 1)
//! if trained: sentences u64  words u64  each order: discounts f64 f64 f64  defaulted u64
//! words u64: hashes u64…  log10 and back-off f32 f32…;  each longer order: n-grams u64: hashes u64…  log10 f32…  back-off f32… (but the longest)
//! xxh3-64 of all before u64
//! ```

use super::table::{Index, Table};
use super::words::{BEGIN, END, UNKNOWN, word_hash};
use super::{MAX_ORDER, Marks, NORMALISE, NgramModel, Origin, VERSION};
use crate::error::Result;
use crate::score::bounded::{Bounded, Found, Problem, damaged, unreadable};
use std::fs::File;
use std::io::Read;
use std::path::Path;
use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

pub(super) const MAGIC: &[u8; 15] = b"mashbill ngram\n";

impl NgramModel {
    /// The model's file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        let normalise = NORMALISE.iter().position(|(_, way)| *way == self.normalise).unwrap_or(0);
        let head = [u64::from(VERSION), self.order() as u64, normalise as u64, u64::from(self.origin.is_some())];
        put(&mut out, head.map(u64::to_le_bytes));
        if let Some(origin) = &self.origin {
            put(&mut out, [origin.sentences, origin.words].map(u64::to_le_bytes));
            for (discounts, &defaulted) in origin.discounts.iter().zip(&origin.defaulted) {
                put(&mut out, discounts.map(f64::to_le_bytes));
                put(&mut out, [u64::from(defaulted).to_le_bytes()]);
            }
        }
        put(&mut out, [(self.unigrams.len() as u64).to_le_bytes()]);
        put(&mut out, self.words.keys().iter().map(|key| key.to_le_bytes()));
        put(&mut out, self.unigrams.iter().flatten().map(|x| x.to_le_bytes()));
        for table in &self.tables {
            put(&mut out, [(table.log10.len() as u64).to_le_bytes()]);
            put(&mut out, table.index.keys().iter().map(|key| key.to_le_bytes()));
            put(&mut out, table.log10.iter().chain(&table.backoffs).map(|x| x.to_le_bytes()));
        }
        let sum = xxh3_64(&out);
        put(&mut out, [sum.to_le_bytes()]);
        out
    }

    /// Reads a model's file; `path` is what messages name.
    ///
    /// # Errors
    /// [`Error::Read`](crate::Error::Read) if the bytes are no model, damaged, or of another version.
    pub fn from_bytes(path: &Path, bytes: &[u8]) -> Result<NgramModel> {
        let mut reader = Bounded::new(bytes, bytes.len() as u64);
        reader.ngram_model().map_err(|problem| problem.of(path))
    }

    /// Loads a model: one that `mashbill score train-lm` wrote, or an ARPA file, also one packed by gzip (with the feature `parquet`).
    /// An ARPA file does not say how lines were normalised: see [`with_normalise`](Self::with_normalise).
    ///
    /// # Errors
    /// [`Error::Read`](crate::Error::Read) if there is none, or it is damaged; of an ARPA file with the line.
    pub fn load(path: &Path) -> Result<NgramModel> {
        let read = || -> std::io::Result<(File, u64, Vec<u8>)> {
            let mut begin = Vec::new();
            File::open(path)?.take(MAGIC.len() as u64).read_to_end(&mut begin)?;
            let file = File::open(path)?;
            let bytes = file.metadata()?.len();
            Ok((file, bytes, begin))
        };
        let (file, bytes, begin) = read().map_err(|e| unreadable(path, e))?;
        match begin.as_slice() == MAGIC {
            true => Bounded::new(file, bytes).ngram_model().map_err(|problem| problem.of(path)),
            false => NgramModel::read_arpa(path, file, begin.starts_with(&[0x1F, 0x8B])),
        }
    }

    /// Whether a file is a model that [`load`](Self::load) reads, by its beginning. False also where it cannot be read.
    pub fn is_one(path: &Path) -> bool {
        let mut begin = Vec::new();
        let read = File::open(path).and_then(|file| file.take(64).read_to_end(&mut begin));
        let arpa = || begin.trim_ascii_start().starts_with(b"\\data\\");
        read.is_ok() && (begin.starts_with(MAGIC) || begin.starts_with(&[0x1F, 0x8B]) || arpa())
    }

    /// Gives a model that was made here its size and digest.
    pub(super) fn sealed(mut self) -> NgramModel {
        let bytes = self.to_bytes();
        (self.bytes, self.digest) = (bytes.len() as u64, xxh3_128(&bytes));
        self
    }
}

fn put<const N: usize>(out: &mut Vec<u8>, numbers: impl IntoIterator<Item = [u8; N]>) {
    numbers.into_iter().for_each(|bytes| out.extend_from_slice(&bytes));
}

/// What every model has to know.
pub(super) fn marks(words: &Index) -> std::result::Result<Marks, &'static str> {
    let of = |word: &'static str| words.find(word_hash(word.as_bytes())).map(|number| number as u32).ok_or(word);
    Ok(Marks { unknown: of(UNKNOWN)?, begin: of(BEGIN)?, end: of(END)? })
}

impl<R: Read> Bounded<R> {
    fn ngram_model(&mut self) -> Found<NgramModel> {
        let bytes = self.left;
        if bytes < MAGIC.len() as u64 || self.array::<15>()? != *MAGIC {
            return Err(Problem::Other("is no model of `mashbill score train-lm`".to_owned()));
        }
        let version = self.u64()?;
        if version != u64::from(VERSION) {
            let problem = format!(
                "is a model of version {version}, and this release reads version {VERSION}: train it again, or use the release that did"
            );
            return Err(Problem::Other(problem));
        }
        let [order, normalise, trained] = [self.u64()?, self.u64()?, self.u64()?];
        let order = match usize::try_from(order) {
            Ok(order) if (1..=MAX_ORDER).contains(&order) => order,
            _ => return damaged(format!("its order is {order}, where 1 to {MAX_ORDER} are read")),
        };
        let Some(&(_, normalise)) = usize::try_from(normalise).ok().and_then(|at| NORMALISE.get(at)) else {
            return damaged("its normalisation is none that is known");
        };
        let origin = if trained == 0 { None } else { Some(self.origin(order)?) };
        let count = self.u64()? as i64;
        let count = self.count("words", count, 16)?;
        let words = self.index(count)?;
        let unigrams = self.reals(2 * count)?.chunks_exact(2).map(|pair| [pair[0], pair[1]]).collect();
        let mut tables = Vec::new();
        for longer in 2..=order {
            let (count, longest) = (self.u64()? as i64, longer == order);
            let count = self.count("n-grams", count, if longest { 12 } else { 16 })?;
            let index = self.index(count)?;
            let (log10, backoffs) = (self.reals(count)?, self.reals(if longest { 0 } else { count })?);
            tables.push(Table { index, log10, backoffs });
        }
        let marks = marks(&words).or_else(|word| damaged(format!("it does not know `{word}`")))?;
        let sum = self.digest.digest();
        if self.u64()? != sum {
            return damaged("its checksum does not fit; copy or train it again");
        }
        if self.left > 0 {
            return damaged(format!("{} bytes stand behind its end", self.left));
        }
        let digest = self.digest.digest128();
        Ok(NgramModel { normalise, words, unigrams, tables, marks, origin, bytes, digest })
    }

    fn origin(&mut self, order: usize) -> Found<Origin> {
        let (sentences, words) = (self.u64()?, self.u64()?);
        let mut origin = Origin { sentences, words, discounts: Vec::new(), defaulted: Vec::new() };
        for _ in 0..order {
            let discounts = [self.u64()?, self.u64()?, self.u64()?].map(f64::from_bits);
            origin.discounts.push(discounts);
            origin.defaulted.push(self.u64()? != 0);
        }
        Ok(origin)
    }

    fn index(&mut self, count: usize) -> Found<Index> {
        match Index::new(self.u64s(count)?) {
            Some(index) => Ok(index),
            None => damaged("its hashes are not sorted"),
        }
    }
}
