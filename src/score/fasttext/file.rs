//! A model's file: fastText's own layout, little-endian, versions 11 and 12.
//!
//! ```text
//! magic i32  version i32  dim ws epoch minCount neg wordNgrams loss model bucket minn maxn lrUpdateRate i32…  t f64
//! entries i32  words i32  labels i32  tokens i64  pruned i64, each entry: text, 0, count i64, kind u8; each pruned: bucket i32, place i32
//! quantised u8  input matrix  quantised output u8  output matrix
//! dense: rows i64 cols i64 f32…;  quantised: norms u8 rows i64 cols i64 codes i32, u8…, parts, if norms: u8…, parts
//! parts: dim i32 parts i32 width i32 last i32 f32 × 256 dim
//! ```

use super::dictionary::Dictionary;
use super::matrix::{Matrix, Parts};
use super::output::{Loss, Output, Tree, sigmoid_table};
use super::{FastText, MAGIC, Summary};
use crate::error::Result;
use crate::score::bounded::{Bounded, Found, Problem, damaged, unreadable};
use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Longest runs of words and of characters that are read. A longer one costs its length for every word, and no model has one.
const LONGEST: u32 = 64;

impl FastText {
    /// Loads a `.bin` or `.ftz`.
    ///
    /// # Errors
    /// [`Error::Read`](crate::Error::Read) if there is none, it is no supervised model of fastText, or it is damaged.
    pub fn load(path: &Path) -> Result<FastText> {
        let read = || -> std::io::Result<(File, u64)> {
            let file = File::open(path)?;
            let bytes = file.metadata()?.len();
            Ok((file, bytes))
        };
        let (file, bytes) = read().map_err(|e| unreadable(path, e))?;
        FastText::read(path, file, bytes)
    }

    /// Reads a model from its file's bytes; `path` is what messages name.
    ///
    /// # Errors
    /// Those of [`load`](Self::load).
    pub fn from_bytes(path: &Path, bytes: &[u8]) -> Result<FastText> {
        FastText::read(path, bytes, bytes.len() as u64)
    }

    fn read(path: &Path, file: impl Read, bytes: u64) -> Result<FastText> {
        let mut reader = Bounded::new(file, bytes);
        let (dictionary, input, output, mut summary) = reader.model().map_err(|problem| problem.of(path))?;
        if reader.left > 0 {
            return Err(unreadable(path, format!("is damaged: {} bytes stand behind its end", reader.left)));
        }
        summary.bytes = bytes;
        summary.digest = reader.digest.digest128();
        Ok(FastText { dictionary, input, output, summary })
    }

    /// Whether a file begins as fastText's do. False also where it cannot be read.
    pub fn is_one(path: &Path) -> bool {
        let mut begin = [0; 4];
        File::open(path).and_then(|mut file| file.read_exact(&mut begin)).is_ok() && i32::from_le_bytes(begin) == MAGIC
    }
}

/// The settings of training that matter for what comes out.
struct Args {
    dim: usize,
    word_ngrams: u32,
    loss: i32,
    buckets: u32,
    char_ngrams: (u32, u32),
}

/// What a model has, in the order of the file.
impl<R: Read> Bounded<R> {
    fn flag(&mut self, what: &str) -> Found<bool> {
        match self.array::<1>()?[0] {
            0 => Ok(false),
            1 => Ok(true),
            other => damaged(format!("{what} is {other}, neither 0 nor 1")),
        }
    }

    fn model(&mut self) -> Found<(Dictionary, Matrix, Output, Summary)> {
        let args = self.args()?;
        let (mut dictionary, counts) = self.dictionary(&args)?;
        let quantised = self.flag("whether its vectors are quantised")?;
        let input = self.matrix(quantised, args.dim)?;
        if dictionary.kept.is_some() && !quantised {
            return damaged("only a quantised model can be pruned");
        }
        let hashed = match &dictionary.kept {
            Some(kept) => kept.values().map(|&place| place as usize + 1).max().unwrap_or(0),
            None => args.buckets as usize,
        };
        if input.rows() < (dictionary.words as usize).saturating_add(hashed) {
            return damaged(format!("{} vectors are too few for its words and runs", input.rows()));
        }
        let quantised_output = self.flag("whether its labels are quantised")?;
        let output = self.matrix(quantised && quantised_output, args.dim)?;
        let labels = dictionary.labels.len();
        if output.rows() != labels {
            return damaged(format!("it has {} vectors for {labels} labels", output.rows()));
        }
        let loss = match args.loss {
            1 => match Tree::new(&counts) {
                Some(tree) => Loss::Hierarchical(tree),
                None => return damaged("the counts of its labels make no tree"),
            },
            3 => Loss::Softmax,
            _ => Loss::Sigmoid(sigmoid_table()),
        };
        dictionary.index();
        let summary = Summary {
            dim: args.dim,
            loss: ["hs", "ns", "softmax", "ova"][args.loss as usize - 1],
            words: dictionary.words as usize,
            labels,
            word_ngrams: args.word_ngrams,
            char_ngrams: args.char_ngrams,
            buckets: args.buckets,
            quantised: input.is_quantised(),
            bytes: 0,
            digest: 0,
        };
        Ok((dictionary, input, Output::new(output, loss, labels), summary))
    }

    fn args(&mut self) -> Found<Args> {
        if self.left < 8 || self.i32()? != MAGIC {
            return Err(Problem::Other("is no model of fastText (a `.bin` or `.ftz`)".to_owned()));
        }
        let version = self.i32()?;
        if !(11..=12).contains(&version) {
            let problem = format!("is a model of fastText's version {version}; versions 11 and 12 are read");
            return Err(Problem::Other(problem));
        }
        let mut args = [0; 12];
        for slot in &mut args {
            *slot = self.i32()?;
        }
        self.array::<8>()?;
        let [dim, _, _, _, _, word_ngrams, loss, model, bucket, shortest, longest, _] = args;
        if model != 3 {
            let problem = "is a model of word vectors, without labels: take one that `fasttext supervised` trained";
            return Err(Problem::Other(problem.to_owned()));
        }
        // Old supervised models know no runs of characters, whatever they say (fastText's `loadModel`).
        let longest = if version == 11 { 0 } else { longest };
        let within = |what: &str, value: i32| match u32::try_from(value) {
            Ok(value) if value <= LONGEST => Ok(value),
            _ => damaged(format!("its {what} is {value}, where at most {LONGEST} is read")),
        };
        let (word_ngrams, longest) = (within("wordNgrams", word_ngrams.max(1))?, within("maxn", longest.max(0))?);
        let shortest = shortest.max(0) as u32;
        let buckets = match u32::try_from(bucket) {
            Ok(0) if word_ngrams > 1 || longest > 0 => return damaged("it hashes runs into no places"),
            Ok(buckets) if word_ngrams > 1 || longest > 0 => buckets,
            // Without runs there are no places for them, whatever the file says.
            Ok(_) => 0,
            Err(_) => return damaged(format!("its bucket is {bucket}")),
        };
        if !(1..=4).contains(&loss) {
            return damaged(format!("its loss is {loss}, where 1 to 4 are known"));
        }
        match usize::try_from(dim) {
            Ok(dim) if dim > 0 => Ok(Args { dim, word_ngrams, loss, buckets, char_ngrams: (shortest, longest) }),
            _ => damaged(format!("its vectors have {dim} numbers")),
        }
    }

    /// The dictionary without its index, and the counts of the labels.
    fn dictionary(&mut self, args: &Args) -> Found<(Dictionary, Vec<i64>)> {
        let (entries, words, labels) = (self.i32()?, self.i32()?, self.i32()?);
        self.i64()?;
        let pruned = self.i64()?;
        if words < 0 || labels < 1 || words.checked_add(labels) != Some(entries) {
            return damaged(format!("it says {words} words and {labels} labels in {entries} entries"));
        }
        let entries = self.count("entries", i64::from(entries), 10)?;
        let mut dictionary = Dictionary {
            words: words as u32,
            buckets: args.buckets,
            word_ngrams: args.word_ngrams,
            char_ngrams: args.char_ngrams,
            ..Dictionary::default()
        };
        let (mut word, mut counts) = (Vec::new(), Vec::new());
        for entry in 0..entries {
            word.clear();
            loop {
                match self.array::<1>()? {
                    [0] => break,
                    [byte] => word.push(byte),
                }
            }
            let count = self.i64()?;
            let is_label = entry >= words as usize;
            if self.array::<1>()?[0] != u8::from(is_label) {
                return damaged("its labels do not stand behind its words");
            }
            if is_label {
                counts.push(count);
                dictionary.labels.push(String::from_utf8_lossy(&word).into_owned());
            }
            dictionary.push(&word);
        }
        if pruned >= 0 {
            let mut kept = HashMap::new();
            for _ in 0..self.count("pruned places", pruned, 8)? {
                let (bucket, place) = (self.i32()?, self.i32()?);
                match (u32::try_from(bucket), u32::try_from(place)) {
                    (Ok(bucket), Ok(place)) => kept.insert(bucket, place),
                    _ => return damaged("a pruned place is below 0"),
                };
            }
            dictionary.kept = Some(kept);
        }
        Ok((dictionary, counts))
    }

    fn matrix(&mut self, quantised: bool, dim: usize) -> Found<Matrix> {
        let with_norms = quantised && self.flag("whether norms are quantised")?;
        let (rows, cols) = (self.i64()?, self.i64()?);
        if usize::try_from(cols) != Ok(dim) {
            return damaged(format!("it has vectors of {cols} numbers, where {dim} are needed"));
        }
        if !quantised {
            let rows = self.count("vectors", rows, 4 * dim as u64)?;
            return Ok(Matrix::Dense { dim, values: self.reals(rows * dim)? });
        }
        let rows = self.count("vectors", rows, 1)?;
        let codes = self.i32()?;
        let codes = self.count("codes", i64::from(codes), 1)?;
        let codes = self.bytes(codes)?;
        let parts = self.parts(dim)?;
        if rows.checked_mul(parts.count) != Some(codes.len()) {
            return damaged(format!("it has {} codes for {rows} vectors", codes.len()));
        }
        let norms = match with_norms {
            false => None,
            true => Some((self.bytes(rows)?, self.parts(1)?)),
        };
        Ok(Matrix::Quantised { codes, parts, norms })
    }

    fn parts(&mut self, dim: usize) -> Found<Parts> {
        let numbers = [self.i32()?, self.i32()?, self.i32()?, self.i32()?];
        let [said, count, width, last] = numbers.map(|n| usize::try_from(n).unwrap_or(0));
        let fits = said == dim && width > 0 && count == dim.div_ceil(width);
        if !fits || last != dim - (count - 1) * width {
            return damaged(format!("its centroids {numbers:?} do not fit vectors of {dim} numbers"));
        }
        let size = self.count("numbers of centroids", Parts::size(dim) as i64, 4)?;
        Ok(Parts { count, width, last, centroids: self.reals(size)? })
    }
}
