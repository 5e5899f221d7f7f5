//! What a thread needs to look for items in texts: buffers, reused from text to text.

use super::grams::GramTable;
use super::index::{BenchmarkIndex, UNSEEN};
use super::words::{Words, fold};

/// Buffers of one thread. Which index they were used with last does not matter.
#[derive(Debug, Default)]
pub struct Scratch {
    pub(super) words: Words,
    pub(super) reading: Reading,
    pub(super) found: Vec<Match>,
    pub(super) units: Vec<UnitState>,
    /// Units touched by this text.
    pub(super) touched: Vec<u32>,
    pub(super) epoch: u32,
    pub(super) places: Vec<(u32, u32, u32)>,
}

/// An n-gram of the index at a position of the text, its words compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Match {
    /// Position of its first word in the text.
    pub at: u32,
    pub gram: u32,
}

/// What is known of a unit while a text is read; of this text only if the epoch is its.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct UnitState {
    pub epoch: u32,
    pub count: u32,
    pub last: u32,
    pub weight: f32,
    pub best: f32,
}

/// The words of the text as the index numbers them, looked up as needed.
#[derive(Debug, Default)]
pub(super) struct Reading {
    numbers: Vec<u32>,
    form: String,
}

impl Reading {
    /// The index's number of the word at that position.
    pub fn number(&mut self, index: &BenchmarkIndex, text: &str, words: &Words, at: usize) -> u32 {
        let Some(number) = self.numbers.get_mut(at) else { return UNSEEN };
        if *number == UNSEEN {
            fold(&text[words.spans[at].range()], &mut self.form);
            *number = index.word(&self.form);
        }
        *number
    }
}

impl Scratch {
    /// Buffers that are empty.
    pub fn new() -> Scratch {
        Scratch::default()
    }

    /// Reads the words of a text.
    pub(super) fn begin(&mut self, text: &str, units: usize) {
        self.words.read(text);
        self.reading.numbers.clear();
        self.reading.numbers.resize(self.words.len(), UNSEEN);
        self.found.clear();
        self.touched.clear();
        self.places.clear();
        self.epoch = self.epoch.wrapping_add(1);
        if self.epoch == 0 || self.units.len() != units {
            self.units.clear();
            self.units.resize(units, UnitState::default());
            self.epoch = 1;
        }
    }

    /// Finds the n-grams of a table; those on the allow-list only if they are wanted.
    pub(super) fn find(&mut self, index: &BenchmarkIndex, table: &GramTable, text: &str, with_allowed: bool) {
        let Scratch { words, reading, found, .. } = self;
        let n = table.n();
        found.clear();
        let same = |at: usize, place: u32| {
            let expected = &index.words[place as usize..place as usize + n];
            (at..).zip(expected).all(|(at, &word)| reading.number(index, text, words, at) == word)
        };
        table.find(&words.hashes, same, |at, gram| {
            if with_allowed || !table.is_allowed(gram) {
                found.push(Match { at: at as u32, gram });
            }
        });
    }
}
