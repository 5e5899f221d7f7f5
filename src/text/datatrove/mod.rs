//! What datatrove 0.10's English filters measure of a text, each number computed once and shared by the signals over it.
//!
//! Words are those of [`WordBreak::SpacyEnglish`]; strings behave as in Python (see [`python`](super::python)). The rules
//! are those of `gopher_quality_filter.py`, `gopher_repetition_filter.py`, `c4_filters.py` and `fineweb_quality_filter.py`.

mod c4;
mod duplicates;
mod lines;
mod marks;
mod rounds;
mod tops;
mod treebank;
mod words;

pub(crate) use c4::{C4, Line, clean, next_citation, speaks_latin, speaks_of_javascript, speaks_of_policy};
pub(crate) use lines::{Copies, FilledLines, FirstLines, Lines, split_at_runs};
pub(crate) use marks::{is_symbol, is_terminal};
pub use treebank::treebank_words;
pub(crate) use words::Words;

use super::intern::Interner;
use super::{Spans, TextView, WordBreak, spacy};
use rounds::Round;
use std::cell::{OnceCell, RefCell, RefMut};

/// Reused buffers.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    seen: Interner,
    tops: tops::Scratch,
    duplicates: duplicates::Scratch,
    c4: c4::Scratch,
    /// Spare buffers.
    c4_lines: Vec<Vec<Line>>,
    treebanks: Vec<treebank::Treebank>,
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
    /// Rounds of the buffers in which the n-grams of the tokens are.
    pairs: OnceCell<Round>,
    candidates: OnceCell<Round>,
    tops: [OnceCell<Option<u64>>; 3],
    top_bounds: OnceCell<Option<[u64; 3]>>,
    duplicates: [OnceCell<u64>; 6],
    c4_lines: [OnceCell<Vec<Line>>; 3],
    c4: [OnceCell<C4>; 3],
    c4_sentences: [OnceCell<u64>; 3],
    first: FirstCells,
}

/// What has been measured of one text as datatrove 0.2 did.
#[derive(Debug, Default)]
struct FirstCells {
    treebank: OnceCell<treebank::Treebank>,
    words: OnceCell<Words>,
    lines: OnceCell<FirstLines>,
    line_copies: OnceCell<Copies>,
    repetition: OnceCell<Repetition>,
}

/// Whose rules for C4's lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum C4Rules {
    /// datatrove 0.10's in FineWeb's setting, where lines need no terminal marks.
    Fineweb,
    /// datatrove 0.10's.
    Datatrove,
    /// Those of TensorFlow Datasets.
    Tfds,
}

impl From<bool> for C4Rules {
    /// datatrove's, with (true) or without terminal marks.
    fn from(terminal: bool) -> C4Rules {
        if terminal { C4Rules::Datatrove } else { C4Rules::Fineweb }
    }
}

impl Cells {
    /// Gives the buffers back.
    pub(super) fn clear(&mut self, scratch: &RefCell<Scratch>) {
        let scratch = &mut *scratch.borrow_mut();
        scratch.c4_lines.extend(self.c4_lines.iter_mut().filter_map(OnceCell::take));
        scratch.treebanks.extend(self.first.treebank.take());
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

    /// The most frequent n-gram of tokens for n = 2 + `at`: [`Repetition::top`].
    pub(crate) fn top_ngram_chars(self, at: usize) -> Option<u64> {
        let measure = || self.pairs().top(self.tokens(), tops::TOP.start() + at);
        *self.cells.tops.get(at)?.get_or_init(measure)
    }

    /// What it is at most, for n = 2 to 4, where that is known.
    pub(crate) fn top_ngram_bounds(self) -> Option<[u64; 3]> {
        *self.cells.top_bounds.get_or_init(|| self.pairs().bounds())
    }

    /// Duplicate n-grams of tokens for n = 5 + `at`: [`Repetition::duplicate`].
    pub(crate) fn duplicate_ngram_chars(self, at: usize) -> Option<u64> {
        let measure = || {
            let (words, duplicates) = (self.tokens(), &mut self.scratch.borrow_mut().duplicates);
            let round = self.cells.candidates.get_or_init(|| duplicates.begin(words));
            duplicates.resume(words, *round);
            duplicates.chars(duplicates::LENGTHS.start() + at)
        };
        Some(*self.cells.duplicates.get(at)?.get_or_init(measure))
    }

    /// The buffer in which the pairs of tokens are counted, of this text.
    fn pairs(self) -> RefMut<'v, tops::Scratch> {
        let words = self.tokens();
        let mut tops = RefMut::map(self.scratch.borrow_mut(), |scratch| &mut scratch.tops);
        let round = *self.cells.pairs.get_or_init(|| tops.begin(words));
        tops.resume(words, round);
        tops
    }

    fn tokens(self) -> Spans<'v> {
        self.view.words(WordBreak::SpacyEnglish)
    }

    /// The lines that C4's rules for lines keep.
    pub(crate) fn c4_lines(self, rules: impl Into<C4Rules>) -> &'v [Line] {
        let rules = rules.into();
        self.cells.c4_lines[rules as usize].get_or_init(|| {
            let dialect = match rules {
                C4Rules::Fineweb => c4::Dialect::FINEWEB,
                C4Rules::Datatrove => c4::Dialect::DATATROVE,
                C4Rules::Tfds => c4::Dialect::TFDS,
            };
            let scratch = &mut *self.scratch.borrow_mut();
            let mut lines = scratch.c4_lines.pop().unwrap_or_default();
            lines.clear();
            c4::lines(self.view.as_str(), dialect, &mut scratch.c4, &mut lines);
            lines
        })
    }

    /// C4's loop over the lines.
    pub(crate) fn c4(self, rules: impl Into<C4Rules>) -> &'v C4 {
        let rules = rules.into();
        self.cells.c4[rules as usize].get_or_init(|| c4::judge(self.c4_lines(rules)))
    }

    /// Sentences of the lines that C4's loop kept until it ended.
    pub(crate) fn c4_sentences(self, rules: impl Into<C4Rules>) -> u64 {
        let rules = rules.into();
        *self.cells.c4_sentences[rules as usize].get_or_init(|| {
            let (words, lines) = (self.view.words(WordBreak::SpacyEnglish), self.c4_lines(rules));
            c4::sentences(words, lines, &mut self.spacy.borrow_mut(), &mut self.scratch.borrow_mut().c4)
        })
    }

    /// Words as NLTK makes them, of sentences as spaCy's sentencizer parts them: what datatrove 0.2 decided on in English, but for the
    /// sentences, which were those of a trained model there.
    pub(crate) fn treebank_words(self) -> Spans<'v> {
        let make = || {
            let mut treebank = self.scratch.borrow_mut().treebanks.pop().unwrap_or_default();
            treebank.clear();
            self.view.spacy_sentences().iter().for_each(|sentence| treebank.add(sentence));
            treebank
        };
        self.cells.first.treebank.get_or_init(make).words()
    }

    /// Counts over these words; stop words by their occurrences.
    pub(crate) fn first_words(self) -> &'v Words {
        self.cells.first.words.get_or_init(|| words::count_first(self.treebank_words()))
    }

    /// How lines between LFs end, blank ones too, as datatrove 0.2 counted them.
    pub(crate) fn first_lines(self) -> &'v FirstLines {
        self.cells.first.lines.get_or_init(|| lines::first(self.view.as_str()))
    }

    /// Lines by `str.splitlines` that repeat an earlier one, as datatrove 0.2 counted them.
    pub(crate) fn first_line_copies(self) -> &'v Copies {
        let count = || lines::split(self.view.as_str(), &mut self.scratch.borrow_mut().seen);
        self.cells.first.line_copies.get_or_init(count)
    }

    /// N-grams of the words that NLTK makes.
    pub(crate) fn first_repetition(self) -> &'v Repetition {
        self.cells.first.repetition.get_or_init(|| {
            let (words, scratch) = (self.treebank_words(), &mut *self.scratch.borrow_mut());
            scratch.tops.begin(words);
            scratch.duplicates.begin(words);
            let mut found = Repetition::default();
            tops::TOP.zip(&mut found.top).for_each(|(n, top)| *top = scratch.tops.top(words, n));
            duplicates::LENGTHS.zip(&mut found.duplicate).for_each(|(n, chars)| *chars = scratch.duplicates.chars(n));
            found
        })
    }

    /// As many words as there are, or fewer: one for each visible ASCII character after white space or a control.
    pub(crate) fn least_words(self) -> u64 {
        *self.cells.least_words.get_or_init(|| words::at_least(self.view.as_str()))
    }
}
