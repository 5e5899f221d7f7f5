//! What datatrove 0.10's English filters measure of a text, each number computed once and shared by the signals over it.
//!
//! Words are those of [`WordBreak::SpacyEnglish`]; strings behave as in Python (see [`python`](super::python)). The rules
//! are those of `gopher_quality_filter.py`, `gopher_repetition_filter.py`, `c4_filters.py` and `fineweb_quality_filter.py`.

mod c4;
mod lines;
mod marks;
mod ngrams;
mod words;

pub(crate) use c4::{C4, Line, clean, next_citation, speaks_of_javascript, speaks_of_policy};
pub(crate) use lines::{Copies, FilledLines, Lines};
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
    /// Spare buffers.
    c4_lines: Vec<Vec<Line>>,
}

/// What has been measured of one text.
#[derive(Debug, Default)]
pub(super) struct Cells {
    words: OnceCell<Words>,
    least_words: OnceCell<u64>,
    lines: OnceCell<Lines>,
    paragraph_copies: OnceCell<Copies>,
    line_copies: OnceCell<Copies>,
    filled: OnceCell<FilledLines>,
    repetition: OnceCell<Repetition>,
    few_duplicates: OnceCell<Option<[u64; 6]>>,
    c4_lines: [OnceCell<Vec<Line>>; 2],
    c4: [OnceCell<C4>; 2],
    c4_sentences: [OnceCell<u64>; 2],
}

impl Cells {
    /// Gives the buffers back.
    pub(super) fn clear(&mut self, scratch: &RefCell<Scratch>) {
        scratch.borrow_mut().c4_lines.extend(self.c4_lines.iter_mut().filter_map(OnceCell::take));
    }
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
    pub(super) ngrams: &'v RefCell<shared::Grams>,
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
            ngrams::measure(words, &mut self.ngrams.borrow_mut(), &mut self.scratch.borrow_mut().ngrams)
        })
    }

    /// Whether [`repetition`](Self::repetition) has been measured.
    pub(crate) fn knows_repetition(self) -> bool {
        self.cells.repetition.get().is_some()
    }

    /// [`Repetition::duplicate`], where that is known for much less work.
    pub(crate) fn few_duplicates(self) -> Option<[u64; 6]> {
        let words = self.view.words(WordBreak::SpacyEnglish);
        let scan = || ngrams::few_duplicates(words, &mut self.scratch.borrow_mut().ngrams);
        *self.cells.few_duplicates.get_or_init(scan)
    }

    /// The lines that C4's rules for lines keep; `terminal` says whether they need a terminal mark.
    pub(crate) fn c4_lines(self, terminal: bool) -> &'v [Line] {
        self.cells.c4_lines[usize::from(terminal)].get_or_init(|| {
            let scratch = &mut *self.scratch.borrow_mut();
            let mut lines = scratch.c4_lines.pop().unwrap_or_default();
            lines.clear();
            c4::lines(self.view.as_str(), terminal, &mut scratch.c4, &mut lines);
            lines
        })
    }

    /// C4's loop over the lines.
    pub(crate) fn c4(self, terminal: bool) -> &'v C4 {
        self.cells.c4[usize::from(terminal)].get_or_init(|| c4::judge(self.c4_lines(terminal)))
    }

    /// Sentences of the lines that C4's loop kept until it ended.
    pub(crate) fn c4_sentences(self, terminal: bool) -> u64 {
        *self.cells.c4_sentences[usize::from(terminal)].get_or_init(|| {
            let (words, lines) = (self.view.words(WordBreak::SpacyEnglish), self.c4_lines(terminal));
            c4::sentences(words, lines, &mut self.spacy.borrow_mut(), &mut self.scratch.borrow_mut().c4)
        })
    }

    /// As many words as there are, or fewer: one for each visible ASCII character after white space or a control.
    pub(crate) fn least_words(self) -> u64 {
        *self.cells.least_words.get_or_init(|| words::at_least(self.view.as_str()))
    }
}
