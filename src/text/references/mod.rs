//! What the filters of dolma, DCLM and datamap-rs measure of a text where they measure unlike others, each once.
//!
//! Rules read in `allenai/dolma` 1.2.1 (`python/dolma/taggers/gopher.py`), `mlfoundations/dclm` at c7ed275
//! (`baselines/mappers/filters/content_filters.py`, `core_utils.py`) and `allenai/datamap-rs` at 021da52 (`src/map_fxn.rs`).

mod copies;
mod datamap;
mod dclm;
mod dolma;

pub(crate) use copies::Copies;
pub(crate) use datamap::is_bullet_line;

use super::intern::Interner;
use super::{TextView, WordBreak};
use std::cell::{OnceCell, RefCell};

/// Reused buffers.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    copies: copies::Scratch,
    lengths: Vec<u32>,
}

/// What has been measured of one text.
#[derive(Debug, Default)]
pub(super) struct Cells {
    dolma_words: OnceCell<dolma::Words>,
    dolma_lines: [OnceCell<dolma::Lines>; 2],
    dclm_words: OnceCell<dclm::Words>,
    dclm_count: OnceCell<u64>,
    dclm_lines: OnceCell<dclm::Lines>,
    dclm_paragraphs: OnceCell<Copies>,
    datamap_words: OnceCell<datamap::Words>,
    datamap_count: OnceCell<u64>,
    datamap_lines: OnceCell<Copies>,
    datamap_paragraphs: OnceCell<Copies>,
}

/// The measures of one text, each taken on first use.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Measures<'v> {
    pub(super) view: &'v TextView<'v>,
    pub(super) cells: &'v Cells,
    pub(super) scratch: &'v RefCell<Scratch>,
}

impl<'v> Measures<'v> {
    /// dolma: counts over the words.
    pub(crate) fn dolma_words(self) -> &'v dolma::Words {
        let words =
            || dolma::words(self.view.words(WordBreak::PythonWhitespace), &mut self.scratch.borrow_mut().lengths);
        self.cells.dolma_words.get_or_init(words)
    }

    /// dolma: lines between line feeds, or between runs of them (`gopher_v2`).
    pub(crate) fn dolma_lines(self, runs: bool) -> &'v dolma::Lines {
        let lines = || dolma::lines(self.view.as_str(), runs, &mut self.scratch.borrow_mut().copies);
        self.cells.dolma_lines[usize::from(runs)].get_or_init(lines)
    }

    /// DCLM: counts over words between white space.
    pub(crate) fn dclm_words(self) -> &'v dclm::Words {
        self.cells.dclm_words.get_or_init(|| dclm::words(self.view.words(WordBreak::PythonWhitespace)))
    }

    /// DCLM: words as fastText cuts them that begin with a letter or digit.
    pub(crate) fn dclm_word_count(self) -> u64 {
        *self.cells.dclm_count.get_or_init(|| dclm::word_count(self.view.as_str()))
    }

    /// DCLM: stripped lines that are not empty.
    pub(crate) fn dclm_lines(self) -> &'v dclm::Lines {
        let lines = || dclm::lines(self.view.as_str(), &mut self.scratch.borrow_mut().copies);
        self.cells.dclm_lines.get_or_init(lines)
    }

    /// DCLM: stripped paragraphs that are not empty.
    pub(crate) fn dclm_paragraphs(self) -> &'v Copies {
        let paragraphs = || dclm::paragraphs(self.view.as_str(), &mut self.scratch.borrow_mut().copies);
        self.cells.dclm_paragraphs.get_or_init(paragraphs)
    }

    /// datamap: counts over words between white space.
    pub(crate) fn datamap_words(self) -> &'v datamap::Words {
        self.cells.datamap_words.get_or_init(|| datamap::words(self.view.words(WordBreak::Whitespace)))
    }

    /// datamap: words of `page_len_filter`.
    pub(crate) fn datamap_word_count(self) -> u64 {
        *self.cells.datamap_count.get_or_init(|| match datamap::ascii_word_count(self.view.as_str()) {
            Some(count) => count,
            None => self.view.words(WordBreak::Unicode).len() as u64,
        })
    }

    /// datamap: lines as they stand that are not empty.
    pub(crate) fn datamap_lines(self) -> &'v Copies {
        let lines = || self.pieces("\n");
        self.cells.datamap_lines.get_or_init(lines)
    }

    /// datamap: paragraphs as they stand that are not empty.
    pub(crate) fn datamap_paragraphs(self) -> &'v Copies {
        self.cells.datamap_paragraphs.get_or_init(|| self.pieces("\n\n"))
    }

    fn pieces(self, separator: &str) -> Copies {
        let text = self.view.as_str();
        let pieces = text.split(separator).filter(|piece| !piece.is_empty());
        copies::count(text, pieces, &mut self.scratch.borrow_mut().copies)
    }
}

/// Empties the interner for the pieces of a text: no cut at LFs leaves more than there are LFs, and one.
fn reset_for_lines(seen: &mut Interner, text: &str) {
    seen.reset(memchr::memchr_iter(b'\n', text.as_bytes()).count() + 1);
}
