//! ARPA files, as KenLM, SRILM and others write them.
//!
//! Of an n-gram, models need also what is left of it without its first or its last word. Pruning (SRILM's) may leave such a one out; it is
//! then added with the probability that back-off gives it, which changes no probability.

use super::file::marks;
use super::table::{Index, Table, hash};
use super::words::{UNKNOWN, word_hash};
use super::{MAX_ORDER, NgramModel, Normalise};
#[cfg(not(feature = "parquet"))]
use crate::error::Error;
use crate::error::Result;
use crate::score::bounded::unreadable;
use std::collections::{BTreeSet, HashMap};
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

/// Bytes of a line at most.
const LINE: u64 = 1 << 20;
/// What a model without `<unk>` gives unknown words: KenLM's default.
const NEVER: f32 = -100.0;

impl NgramModel {
    /// Reads an ARPA file's text; `path` is what messages name.
    ///
    /// # Errors
    /// [`Error::Read`](crate::Error::Read), with the line, if it is none or says what cannot be.
    pub fn from_arpa(path: &Path, text: impl Read) -> Result<NgramModel> {
        let mut arpa = Arpa { lines: Lines { text: BufReader::new(text), number: 0, line: Vec::new() }, path };
        arpa.model()
    }

    pub(super) fn read_arpa(path: &Path, file: File, packed: bool) -> Result<NgramModel> {
        match packed {
            false => NgramModel::from_arpa(path, file),
            #[cfg(feature = "parquet")]
            true => NgramModel::from_arpa(path, flate2::read::MultiGzDecoder::new(BufReader::new(file))),
            #[cfg(not(feature = "parquet"))]
            true => Err(Error::Feature { feature: "parquet", what: format!("the gzip file {}", path.display()) }),
        }
    }
}

/// The lines of a text, without white space at their ends.
struct Lines<R> {
    text: BufReader<R>,
    number: u64,
    line: Vec<u8>,
}

impl<R: Read> Lines<R> {
    /// The next line, blank ones too; false behind the last.
    fn next(&mut self) -> std::io::Result<bool> {
        self.line.clear();
        self.number += 1;
        let read = (&mut self.text).take(LINE).read_until(b'\n', &mut self.line)?;
        if read as u64 == LINE && self.line.last() != Some(&b'\n') {
            return Err(std::io::Error::other(format!("is longer than {LINE} bytes")));
        }
        Ok(read > 0)
    }
}

/// N-grams as they are read: hash → logarithms of probability and back-off.
type Logs = Vec<(u64, [f32; 2])>;

/// Takes an n-gram's words and logarithms, or says what is wrong with them.
type Each<'a> = &'a mut dyn FnMut(&[&[u8]], [f32; 2]) -> std::result::Result<(), String>;

struct Arpa<'p, R> {
    lines: Lines<R>,
    path: &'p Path,
}

/// What has been read, lower orders whole.
#[derive(Default)]
struct Grams {
    words: Index,
    unigrams: Vec<[f32; 2]>,
    /// From pairs on, without what was left out.
    tables: Vec<Table>,
    /// What was left out, by order from pairs on.
    added: Vec<HashMap<u64, [f32; 2]>>,
}

impl<R: Read> Arpa<'_, R> {
    fn fail<T>(&self, problem: impl std::fmt::Display) -> Result<T> {
        Err(unreadable(self.path, format!("line {}: {problem}", self.lines.number)))
    }

    /// Goes to the next line that is not blank.
    fn line(&mut self) -> Result<bool> {
        loop {
            match self.lines.next() {
                Ok(true) if self.lines.line.trim_ascii().is_empty() => continue,
                Ok(any) => return Ok(any),
                Err(e) => return self.fail(e),
            }
        }
    }

    fn text(&self) -> &[u8] {
        self.lines.line.trim_ascii()
    }

    fn model(&mut self) -> Result<NgramModel> {
        if !self.line()? || self.text() != b"\\data\\" {
            let what = "an ARPA file begins with `\\data\\`";
            return self
                .fail(format!("is neither that of an ARPA file nor of a model of `mashbill score train-lm`: {what}"));
        }
        let counts = self.counts()?;
        let mut grams = Grams::default();
        for order in 1..=counts.len() {
            let title = format!("\\{order}-grams:");
            if self.text() != title.as_bytes() {
                let found = String::from_utf8_lossy(self.text()).into_owned();
                return self.fail(format!("`{title}` is expected here, not `{found}`"));
            }
            let longest = order == counts.len();
            match order {
                1 => self.words(counts[0], &mut grams)?,
                _ => self.longer(order, longest, counts[order - 1], &mut grams)?,
            }
        }
        if self.text() != b"\\end\\" {
            return self.fail("`\\end\\` is expected here: the file is cut short, or has more n-grams than it says");
        }
        let lacks = |word| unreadable(self.path, format!("has no `{word}` among its words"));
        let marks = marks(&grams.words).map_err(lacks)?;
        let too_many = || unreadable(self.path, "has too many n-grams".to_owned());
        let (words, unigrams, tables) = grams.finish().ok_or_else(too_many)?;
        let (origin, normalise) = (None, Normalise::None);
        Ok(NgramModel { normalise, words, unigrams, tables, marks, origin, bytes: 0, digest: 0 }.sealed())
    }

    /// `ngram 1=…`, for every order; leaves the line behind them.
    fn counts(&mut self) -> Result<Vec<u64>> {
        let mut counts = Vec::new();
        loop {
            if !self.line()? {
                return self.fail("the file ends too early");
            }
            let line = String::from_utf8_lossy(self.text()).into_owned();
            let Some(rest) = line.strip_prefix("ngram ") else { break };
            let parsed = rest.split_once('=').and_then(|(order, count)| {
                Some((order.trim().parse::<usize>().ok()?, count.trim().parse::<u64>().ok()?))
            });
            match parsed {
                Some((order, count)) if order == counts.len() + 1 => counts.push(count),
                _ => return self.fail(format!("`ngram {}=COUNT` is expected here, not `{line}`", counts.len() + 1)),
            }
        }
        match counts.len() {
            1..=MAX_ORDER => Ok(counts),
            0 => self.fail("`ngram 1=COUNT` is expected here"),
            order => self.fail(format!("n-grams of {order} words, where at most {MAX_ORDER} are read")),
        }
    }

    /// The lines of a section, each as probability, words and back-off; leaves the line behind them.
    fn section(&mut self, order: usize, longest: bool, count: u64, each: Each<'_>) -> Result<()> {
        let mut seen = 0u64;
        loop {
            if !self.line()? {
                return self.fail("the file ends too early");
            }
            if self.text().starts_with(b"\\") && !self.text().contains(&b'\t') && !self.text().contains(&b' ') {
                break;
            }
            let fields: Vec<&[u8]> =
                self.text().split(|b| b.is_ascii_whitespace()).filter(|field| !field.is_empty()).collect();
            let real = |field: &[u8]| std::str::from_utf8(field).ok()?.parse::<f32>().ok().filter(|x| x.is_finite());
            let log10 = real(fields[0]);
            let backoff = match fields.len().checked_sub(order + 1) {
                Some(0) => Some(0.0),
                Some(1) if !longest => real(fields[order + 1]),
                _ => None,
            };
            let (Some(log10), Some(backoff)) = (log10, backoff) else {
                let of = if order == 1 { "a word".to_owned() } else { format!("{order} words") };
                let tail = if longest { "" } else { " and, at most, a back-off" };
                return self.fail(format!("a logarithm of a probability, {of}{tail} are expected here"));
            };
            if log10 > 0.0 {
                return self.fail(format!("a logarithm of a probability is above 0: {log10}"));
            }
            seen += 1;
            if let Err(problem) = each(&fields[1..=order], [log10, backoff]) {
                return self.fail(problem);
            }
        }
        match seen == count {
            true => Ok(()),
            false => self.fail(format!("here end {seen} {order}-grams, where {count} were announced")),
        }
    }

    fn words(&mut self, count: u64, grams: &mut Grams) -> Result<()> {
        let mut read: Logs = Vec::new();
        self.section(1, false, count, &mut |words, logs| {
            read.push((word_hash(words[0]), logs));
            Ok(())
        })?;
        let unknown = word_hash(UNKNOWN.as_bytes());
        if read.iter().all(|(word, _)| *word != unknown) {
            read.push((unknown, [NEVER, 0.0]));
        }
        let (keys, logs) = self.sorted(read, 1)?;
        match Index::new(keys) {
            Some(words) => (grams.words, grams.unigrams) = (words, logs),
            None => return self.fail("too many words"),
        }
        Ok(())
    }

    fn longer(&mut self, order: usize, longest: bool, count: u64, grams: &mut Grams) -> Result<()> {
        let (mut read, mut numbers): (Logs, Vec<u32>) = (Vec::new(), Vec::new());
        let mut missing: BTreeSet<Vec<u32>> = BTreeSet::new();
        self.section(order, longest, count, &mut |words, logs| {
            numbers.clear();
            for word in words {
                match grams.words.find(word_hash(word)) {
                    Some(number) => numbers.push(number as u32),
                    None => return Err(format!("`{}` is not among the 1-grams", String::from_utf8_lossy(word))),
                }
            }
            for part in [&numbers[1..], &numbers[..order - 1]] {
                if !grams.has(part) {
                    missing.insert(part.to_vec());
                }
            }
            read.push((hash(&numbers), logs));
            Ok(())
        })?;
        missing.iter().for_each(|gram| grams.add(gram));
        let (keys, logs) = self.sorted(read, order)?;
        let Some(index) = Index::new(keys) else { return self.fail("too many n-grams") };
        let log10 = logs.iter().map(|pair| pair[0]).collect();
        let backoffs = if longest { Vec::new() } else { logs.iter().map(|pair| pair[1]).collect() };
        grams.tables.push(Table { index, log10, backoffs });
        grams.added.push(HashMap::new());
        Ok(())
    }

    fn sorted(&self, mut read: Logs, order: usize) -> Result<(Vec<u64>, Vec<[f32; 2]>)> {
        read.sort_by_key(|(key, _)| *key);
        match read.windows(2).any(|pair| pair[0].0 == pair[1].0) {
            true => self.fail(format!("above stands one of the {order}-grams twice")),
            false => Ok(read.into_iter().unzip()),
        }
    }
}

impl Grams {
    fn get(&self, gram: &[u32]) -> Option<[f32; 2]> {
        if let [word] = gram {
            return self.unigrams.get(*word as usize).copied();
        }
        let (place, key) = (gram.len().checked_sub(2)?, hash(gram));
        let table = self.tables.get(place)?;
        let there = |at: usize| [table.log10[at], table.backoffs.get(at).copied().unwrap_or(0.0)];
        table.find(key).map(there).or_else(|| self.added.get(place)?.get(&key).copied())
    }

    fn has(&self, gram: &[u32]) -> bool {
        self.get(gram).is_some()
    }

    /// Adds what was left out, and what is left of it without its first or last word.
    fn add(&mut self, gram: &[u32]) {
        if gram.len() < 2 || self.has(gram) {
            return;
        }
        let (context, rest) = (&gram[..gram.len() - 1], &gram[1..]);
        self.add(context);
        self.add(rest);
        let backoff = self.get(context).map_or(0.0, |logs| logs[1]);
        let log10 = self.get(rest).map_or(NEVER, |logs| logs[0]) + backoff;
        if let Some(added) = self.added.get_mut(gram.len() - 2) {
            added.insert(hash(gram), [log10, 0.0]);
        }
    }

    fn finish(self) -> Option<(Index, Vec<[f32; 2]>, Vec<Table>)> {
        let mut tables = Vec::new();
        for (table, added) in self.tables.into_iter().zip(self.added) {
            if added.is_empty() {
                tables.push(table);
                continue;
            }
            let longest = table.backoffs.is_empty() && !table.log10.is_empty();
            let backoff = |at: usize| table.backoffs.get(at).copied().unwrap_or(0.0);
            let there = table.index.keys().iter().enumerate().map(|(at, &key)| (key, [table.log10[at], backoff(at)]));
            let mut all: Logs = there.chain(added).collect();
            all.sort_by_key(|(key, _)| *key);
            let log10 = all.iter().map(|(_, logs)| logs[0]).collect();
            let backoffs = if longest { Vec::new() } else { all.iter().map(|(_, logs)| logs[1]).collect() };
            let index = Index::new(all.into_iter().map(|(key, _)| key).collect())?;
            tables.push(Table { index, log10, backoffs });
        }
        Some((self.words, self.unigrams, tables))
    }
}
