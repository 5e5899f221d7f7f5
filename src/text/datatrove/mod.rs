//! What datatrove 0.10's English filters measure of a text, each number computed once and shared by the signals over it.
//!
//! Words are those of [`WordBreak::SpacyEnglish`]; strings behave as in Python (see [`python`](super::python)). The rules
//! are those of `gopher_quality_filter.py`, `gopher_repetition_filter.py`, `c4_filters.py` and `fineweb_quality_filter.py`.

mod c4;
mod lines;
mod marks;
mod ngrams;
mod words;

pub(crate) use c4::{
    C4, Dialect, Fate, LineRules, clean, next_citation, speaks_latin, speaks_of_javascript, speaks_of_policy,
    stripped_lines,
};
pub(crate) use lines::{Copies, FilledLines, Lines, split_at_runs};
pub(crate) use marks::{is_symbol, is_terminal};
pub(crate) use words::Words;

use super::intern::Interner;
use super::{TextView, WordBreak, ngrams as shared, spacy};
use std::cell::{OnceCell, RefCell};

/// Reused buffers.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    seen: Interner,
    ngrams: ngrams::Scratch,
    c4: c4::Scratch,
}

/// What has been measured of one text.
#[derive(Debug, Default)]
pub(super) struct Cells {
    words: OnceCell<Words>,
    lines: OnceCell<Lines>,
    paragraph_copies: OnceCell<Copies>,
    line_copies: OnceCell<Copies>,
    filled: OnceCell<FilledLines>,
    repetition: OnceCell<Repetition>,
    c4: [OnceCell<C4>; 3],
}

/// How much the n-grams of a text repeat, in characters (code points).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Repetition {
    /// n = 2 to 4: occurrences × characters of the most frequent n-gram, spaces between its words included.
    pub(crate) top: [Option<u64>; 3],
    /// n = 5 to 10: characters of n-grams that occurred before.
    pub(crate) duplicate: [u64; 6],
}

/// The measures of one text, each taken on first use.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Measures<'v> {
    pub(super) view: &'v TextView<'v>,
    pub(super) cells: &'v Cells,
    pub(super) scratch: &'v RefCell<Scratch>,
    pub(super) ngrams: &'v RefCell<shared::Scratch>,
    pub(super) spacy: &'v RefCell<spacy::Scratch>,
}

impl<'v> Measures<'v> {
    /// Counts over the tokens.
    pub(crate) fn words(self) -> &'v Words {
        self.cells.words.get_or_init(|| words::count(self.view.words(WordBreak::SpacyEnglish)))
    }

    /// How lines by `str.splitlines` begin and end.
    pub(crate) fn lines(self) -> &'v Lines {
        self.cells.lines.get_or_init(|| lines::lines(self.view.as_str()))
    }

    /// Paragraphs that repeat an earlier one.
    pub(crate) fn paragraph_copies(self) -> &'v Copies {
        let count = || lines::paragraphs(self.view.as_str(), &mut self.scratch.borrow_mut().seen);
        self.cells.paragraph_copies.get_or_init(count)
    }

    /// Lines between runs of LFs that repeat an earlier one.
    pub(crate) fn line_copies(self) -> &'v Copies {
        self.cells.line_copies.get_or_init(|| lines::runs(self.view.as_str(), &mut self.scratch.borrow_mut().seen))
    }

    /// Lines that are not blank.
    pub(crate) fn filled_lines(self) -> &'v FilledLines {
        self.cells.filled.get_or_init(|| lines::filled(self.view.as_str(), &mut self.scratch.borrow_mut().seen))
    }

    /// N-grams of tokens.
    pub(crate) fn repetition(self) -> &'v Repetition {
        self.cells.repetition.get_or_init(|| {
            let words = self.view.words(WordBreak::SpacyEnglish);
            let mut shared = self.ngrams.borrow_mut();
            let top = shared::measure_first_tops(words, &mut shared);
            let duplicate = ngrams::duplicates(words, shared.offsets(), &mut self.scratch.borrow_mut().ngrams);
            Repetition { top, duplicate }
        })
    }

    /// C4's loop over the lines; `terminal` says whether they need a terminal mark.
    pub(crate) fn c4(self, terminal: bool) -> &'v C4 {
        self.c4_loop(usize::from(terminal), Dialect::datatrove(terminal))
    }

    /// The same as TensorFlow Datasets has it, but for what a sentence is.
    pub(crate) fn c4_tfds(self) -> &'v C4 {
        self.c4_loop(2, Dialect::TFDS)
    }

    fn c4_loop(self, at: usize, dialect: Dialect) -> &'v C4 {
        let judge = || {
            let mut scratch = self.scratch.borrow_mut();
            c4::judge(self.view.as_str(), dialect, &mut self.spacy.borrow_mut(), &mut scratch.c4)
        };
        self.cells.c4[at].get_or_init(judge)
    }
}
