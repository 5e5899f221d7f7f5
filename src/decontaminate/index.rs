//! All benchmark items as one index: their words as numbers, their n-grams, and which unit of which item each belongs to.

use super::allow::AllowList;
use super::grams::GramTable;
use super::item::{Item, Part};
use super::words::{Words, fold, hash_of, without_punctuation};
use crate::error::{Error, Result};
use std::collections::HashMap;
use std::ops::Range;

/// A word that no item has.
pub(super) const UNKNOWN: u32 = u32::MAX;
/// A word that was not looked up yet.
pub(super) const UNSEEN: u32 = u32::MAX - 1;
/// Most words of all items together: places are `u32`.
const MAX_WORDS: usize = (u32::MAX - 2) as usize;

/// How items are cut into sequences, and which n-grams of those are indexed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Layout {
    /// One sequence for each part, or one for question, choices and answer together.
    pub parts: bool,
    /// Lengths of n-grams, in words. The allow-list is of the first.
    pub ngrams: Vec<usize>,
    /// Sequences of fewer words are matched whole; 0 for none.
    pub whole_below: usize,
    /// The shortest that is matched whole.
    pub whole_from: usize,
}

/// Distinct words that a sequence must have to be matched whole: `2 2 2 2 2` proves nothing (decon asks for as many).
const WHOLE_DISTINCT: usize = 4;

/// A sequence of words that is matched as one: an item, or a part of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unit {
    pub item: u32,
    pub part: Part,
    pub start: u32,
    pub end: u32,
    /// Matched whole, not by its n-grams.
    pub whole: bool,
}

impl Unit {
    pub fn range(&self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    pub fn len(&self) -> usize {
        (self.end - self.start) as usize
    }
}

/// What an item goes by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemName {
    /// Position of its benchmark among [`BenchmarkIndex::benchmarks`].
    pub benchmark: u32,
    /// The split, where one is named.
    pub split: Option<String>,
    /// The id.
    pub id: String,
    /// Whether any rule can find it: it is long enough.
    pub checkable: bool,
}

/// The items of all benchmarks, indexed. Read-only: threads share it.
#[derive(Debug, Clone)]
pub struct BenchmarkIndex {
    benchmarks: Vec<String>,
    items: Vec<ItemName>,
    vocabulary: HashMap<Box<str>, u32>,
    word_hashes: Vec<u64>,
    pub(super) words: Vec<u32>,
    pub(super) units: Vec<Unit>,
    pub(super) tables: Vec<GramTable>,
    pub(super) whole: Option<GramTable>,
    layout: Layout,
}

impl BenchmarkIndex {
    /// Indexes items for a rule.
    pub(super) fn new(items: &[Item], layout: Layout) -> Result<BenchmarkIndex> {
        let mut index = BenchmarkIndex {
            benchmarks: Vec::new(),
            items: Vec::with_capacity(items.len()),
            vocabulary: HashMap::new(),
            word_hashes: Vec::new(),
            words: Vec::new(),
            units: Vec::new(),
            tables: Vec::new(),
            whole: None,
            layout,
        };
        let mut numbers: HashMap<&str, u32> = HashMap::new();
        for item in items {
            let next = index.benchmarks.len() as u32;
            let benchmark = *numbers.entry(&item.benchmark).or_insert(next);
            if benchmark == next {
                index.benchmarks.push(item.benchmark.clone());
            }
            let number = index.items.len() as u32;
            let (split, id) = (item.split.clone(), item.id.clone());
            index.items.push(ItemName { benchmark, split, id, checkable: false });
            index.add_units(number, item);
            if index.words.len() > MAX_WORDS {
                let problem = "have more than 4 billion words together; use fewer benchmarks at a time".into();
                return Err(Error::Invalid { what: "benchmarks".into(), problem });
            }
        }
        let BenchmarkIndex { words, word_hashes, units, layout, .. } = &index;
        let of = |whole: bool| units.iter().filter(move |unit| unit.whole == whole).map(Unit::range);
        let tables = layout.ngrams.iter().map(|&n| GramTable::new(n, words, word_hashes, of(false))).collect();
        let whole = (layout.whole_below > 0).then(|| GramTable::new(layout.whole_from, words, word_hashes, of(true)));
        (index.tables, index.whole) = (tables, whole);
        Ok(index)
    }

    fn add_units(&mut self, item: u32, parts: &Item) {
        let choices = || parts.choices.iter().map(String::as_str);
        if !self.layout.parts {
            let texts = std::iter::once(parts.question.as_str()).chain(choices()).chain([parts.answer.as_str()]);
            self.add_unit(item, Part::Instance, texts);
            return;
        }
        self.add_part(item, Part::Question, &[parts.question.as_str()]);
        self.add_part(item, Part::Choices, &choices().collect::<Vec<_>>());
        self.add_part(item, Part::Answer, &[parts.answer.as_str()]);
        self.add_part(item, Part::Passage, &[parts.passage.as_str()]);
    }

    /// A part as it is, and as it is without its punctuation, if that makes other words of it.
    fn add_part(&mut self, item: u32, part: Part, texts: &[&str]) {
        let (units, start) = (self.units.len(), self.words.len());
        self.add_unit(item, part, texts.iter().copied());
        let middle = self.words.len();
        let bare: Vec<String> = texts.iter().map(|text| without_punctuation(text)).collect();
        self.add_unit(item, part, bare.iter().map(String::as_str));
        if self.words[start..middle] == self.words[middle..] {
            self.words.truncate(middle);
            self.units.truncate(units + usize::from(middle > start));
        }
    }

    fn add_unit<'t>(&mut self, item: u32, part: Part, texts: impl IntoIterator<Item = &'t str>) {
        let start = self.words.len();
        let mut form = String::new();
        let mut read = Words::default();
        for text in texts {
            read.read(text);
            for span in &read.spans {
                fold(&text[span.range()], &mut form);
                let next = self.word_hashes.len() as u32;
                let number = match self.vocabulary.get(form.as_str()) {
                    Some(&number) => number,
                    None => {
                        self.vocabulary.insert(form.as_str().into(), next);
                        self.word_hashes.push(hash_of(&form));
                        next
                    }
                };
                self.words.push(number);
            }
        }
        let (end, layout) = (self.words.len(), &self.layout);
        if end == start {
            return;
        }
        let whole = end - start < layout.whole_below;
        let (start, end) = (start as u32, end as u32);
        let unit = Unit { item, part, start, end, whole };
        let shortest = layout.ngrams.iter().copied().min().unwrap_or(0);
        let checkable = match whole {
            true => {
                let mut distinct = self.words[unit.range()].to_vec();
                distinct.sort_unstable();
                distinct.dedup();
                unit.len() >= layout.whole_from && distinct.len() >= WHOLE_DISTINCT
            }
            false => unit.len() >= shortest,
        };
        if checkable && part != Part::Passage {
            self.items[item as usize].checkable = true;
        }
        // Short parts stay: an answer of one word is evidence beside its question.
        if checkable || layout.parts {
            self.units.push(unit);
        } else {
            self.words.truncate(start as usize);
        }
    }

    /// Names of the benchmarks, in the order of their first items.
    pub fn benchmarks(&self) -> &[String] {
        &self.benchmarks
    }

    /// The items, in the order in which they were given.
    pub fn items(&self) -> &[ItemName] {
        &self.items
    }

    /// Distinct n-grams in the index, of all lengths together.
    pub fn ngrams(&self) -> usize {
        self.tables.iter().chain(&self.whole).map(GramTable::len).sum()
    }

    /// Bytes that the tables of n-grams take: filter, hashes, places. Some 15 to 20 for an n-gram that stands in one item.
    pub fn ngram_memory(&self) -> usize {
        self.tables.iter().chain(&self.whole).map(GramTable::memory).sum()
    }

    /// Bytes that all of the index takes, about: the n-grams, the words of the items, the vocabulary, the names.
    pub fn memory(&self) -> usize {
        // A word's entry in a hash map: pointer, length, number, control byte, at a load of about 7 in 10.
        let vocabulary: usize = self.vocabulary.keys().map(|word| word.len().max(16) + 36 + 8).sum();
        let names: usize = self.items.iter().map(|item| size_of::<ItemName>() + item.id.len()).sum();
        self.ngram_memory() + 4 * self.words.len() + size_of::<Unit>() * self.units.len() + vocabulary + names
    }

    /// Takes the n-grams of a list out of the evidence. Returns how many of its n-grams the index has.
    pub(super) fn allow(&mut self, list: &AllowList) -> usize {
        let mut known = 0;
        for (n, gram) in list.iter() {
            let words: Option<Vec<u32>> = gram.split(' ').map(|word| self.vocabulary.get(word).copied()).collect();
            let Some(words) = words.filter(|words| words.len() == n) else { continue };
            let hashes: Vec<u64> = words.iter().map(|&word| self.word_hashes[word as usize]).collect();
            for table in self.tables.iter_mut().take(1).filter(|table| table.n() == n) {
                let mut gram = None;
                let same = |_: usize, place: u32| self.words[place as usize..place as usize + n] == words[..];
                table.find(&hashes, same, |_, found| gram = Some(found));
                if let Some(gram) = gram {
                    table.allow(gram);
                    known += 1;
                }
            }
        }
        known
    }

    /// The number of a word, by its folded form.
    pub(super) fn word(&self, form: &str) -> u32 {
        self.vocabulary.get(form).copied().unwrap_or(UNKNOWN)
    }

    /// The n-gram at a place, as its words joined by spaces.
    pub(super) fn gram_text(&self, place: u32, n: usize, by_number: &[&str]) -> String {
        let words = &self.words[place as usize..place as usize + n];
        words.iter().map(|&word| by_number[word as usize]).collect::<Vec<_>>().join(" ")
    }

    /// The vocabulary by number.
    pub(super) fn by_number(&self) -> Vec<&str> {
        let mut words = vec![""; self.word_hashes.len()];
        for (word, &number) in &self.vocabulary {
            words[number as usize] = word;
        }
        words
    }

    /// The unit that a place lies in.
    pub(super) fn unit_at(&self, place: u32) -> usize {
        self.units.partition_point(|unit| unit.start <= place).saturating_sub(1)
    }
}
