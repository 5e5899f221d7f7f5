//! The view: one text, its splits and counts computed on first use over buffers that outlive it.

use super::bounds::{self, RepetitionBounds};
use super::chars::{self, CharCounts, Lengths};
use super::lines::{self, Duplicates};
use super::ngrams::{self, Repetition};
use super::words::WordBreak;
use super::{Detected, Encoded, Latex, MAX_TEXT_BYTES, MathMarks, Overlap, PhraseCounts, Span, Spans, VisibleText};
use super::{code, datatrove, language, latex, math, overlap, phrases, references, sentences, spacy, words};
use std::cell::{OnceCell, RefCell};

/// Per-thread owner of the buffers that views use. Reuse one for many texts: after the longest text has been seen, a view
/// allocates nothing.
#[derive(Debug, Default)]
pub struct Analyzer {
    pool: Pool,
}

impl Analyzer {
    /// An analyzer with empty buffers.
    pub fn new() -> Self {
        Analyzer::default()
    }

    /// A view of `text`. Nothing is computed until it is asked for.
    pub fn view<'t>(&'t mut self, text: &'t str) -> TextView<'t> {
        TextView::over(text, &self.pool)
    }
}

/// Spare buffers.
///
/// One stack of span buffers for each kind of split, so that each settles at the size that its kind needs.
#[derive(Debug, Default)]
struct Pool {
    words: [RefCell<Vec<Vec<Span>>>; WordBreak::COUNT],
    spacy: RefCell<spacy::Scratch>,
    sentences: RefCell<Vec<Vec<Span>>>,
    spacy_sentences: RefCell<Vec<Vec<Span>>>,
    lines: RefCell<Vec<Vec<Span>>>,
    paragraphs: RefCell<Vec<Vec<Span>>>,
    ngrams: RefCell<ngrams::Grams>,
    bounds: RefCell<bounds::Scratch>,
    duplicates: RefCell<lines::Scratch>,
    datatrove: RefCell<datatrove::Scratch>,
    overlap: RefCell<overlap::Scratch>,
    references: RefCell<references::Scratch>,
}

/// One text and its splits, each computed once, on first use.
///
/// A rewrite makes a new text and so a new view; a view is never stale.
#[derive(Debug)]
pub struct TextView<'t> {
    text: &'t str,
    pool: &'t Pool,
    words: [OnceCell<Vec<Span>>; WordBreak::COUNT],
    word_chars: [OnceCell<u64>; WordBreak::COUNT],
    repetition: [OnceCell<Repetition>; WordBreak::COUNT],
    repetition_bounds: [OnceCell<Option<RepetitionBounds>>; WordBreak::COUNT],
    byte_repetition: OnceCell<Repetition>,
    /// Whether the words of Python are those of `Whitespace`, and those that begin alphanumeric all of `Unicode`.
    plain: [OnceCell<bool>; 2],
    sentences: OnceCell<Vec<Span>>,
    spacy_sentences: OnceCell<Vec<Span>>,
    lines: OnceCell<Vec<Span>>,
    paragraphs: OnceCell<Vec<Span>>,
    duplicate_lines: OnceCell<Duplicates>,
    duplicate_paragraphs: OnceCell<Duplicates>,
    chars: OnceCell<CharCounts>,
    language: OnceCell<Option<Detected>>,
    char_count: OnceCell<u64>,
    encoded: OnceCell<Encoded>,
    visible_html: OnceCell<VisibleText>,
    latex: OnceCell<Latex>,
    math_marks: OnceCell<MathMarks>,
    phrases: OnceCell<PhraseCounts>,
    datatrove: datatrove::Cells,
    references: references::Cells,
}

impl<'t> TextView<'t> {
    fn over(text: &'t str, pool: &'t Pool) -> Self {
        let text = cut(text, MAX_TEXT_BYTES);
        TextView {
            text,
            pool,
            words: Default::default(),
            word_chars: Default::default(),
            repetition: Default::default(),
            repetition_bounds: Default::default(),
            byte_repetition: OnceCell::new(),
            plain: Default::default(),
            sentences: OnceCell::new(),
            spacy_sentences: OnceCell::new(),
            lines: OnceCell::new(),
            paragraphs: OnceCell::new(),
            duplicate_lines: OnceCell::new(),
            duplicate_paragraphs: OnceCell::new(),
            chars: OnceCell::new(),
            language: OnceCell::new(),
            char_count: OnceCell::new(),
            encoded: OnceCell::new(),
            visible_html: OnceCell::new(),
            latex: OnceCell::new(),
            math_marks: OnceCell::new(),
            phrases: OnceCell::new(),
            datatrove: Default::default(),
            references: Default::default(),
        }
    }

    /// The text itself.
    pub fn as_str(&self) -> &'t str {
        self.text
    }

    /// The words, by the given break.
    pub fn words(&self, by: WordBreak) -> Spans<'_> {
        let by = self.shared(by);
        let (cell, spare) = (&self.words[by.index()], &self.pool.words[by.index()]);
        Spans::new(self.text, cell.get_or_init(|| filled(spare, |out| by.split(self.text, &self.pool.spacy, out))))
    }

    /// The sentences: UAX #29 segments without the white space around them; blank ones are no sentences.
    pub fn sentences(&self) -> Spans<'_> {
        let split = || filled(&self.pool.sentences, |out| sentences::split(self.text, out));
        Spans::new(self.text, self.sentences.get_or_init(split))
    }

    /// The sentences as datatrove counts them in English: those of spaCy's rule sentencizer over the tokens of
    /// [`WordBreak::SpacyEnglish`]. They cover the text without a gap, so white space leads the next sentence; one may be
    /// blank, and an empty text is one empty sentence.
    pub fn spacy_sentences(&self) -> Spans<'_> {
        let split = || {
            let words = self.words(WordBreak::SpacyEnglish);
            filled(&self.pool.spacy_sentences, |out| spacy::split_sentences(words, out))
        };
        Spans::new(self.text, self.spacy_sentences.get_or_init(split))
    }

    /// The lines: pieces between LF or CRLF, which belong to none. Blank lines count; a final break opens no further line;
    /// an empty text has none.
    pub fn lines(&self) -> Spans<'_> {
        let split = || filled(&self.pool.lines, |out| lines::split_lines(self.text, out));
        Spans::new(self.text, self.lines.get_or_init(split))
    }

    /// The paragraphs: runs of lines that are not blank, from the first character of the first to the last of the last. A
    /// blank line holds white space at most; a blank text has no paragraph.
    pub fn paragraphs(&self) -> Spans<'_> {
        let split = || filled(&self.pool.paragraphs, |out| lines::join_paragraphs(self.lines(), out));
        Spans::new(self.text, self.paragraphs.get_or_init(split))
    }

    /// Characters by kind, counted in one pass.
    pub fn chars(&self) -> &CharCounts {
        self.chars.get_or_init(|| chars::count(self.text))
    }

    /// The language that the text is in, by a sample of at most 4 KiB; undefined for a text without letters, and in builds without the
    /// feature `lang`. The detector allocates, for each text anew.
    pub fn detected_language(&self) -> Option<Detected> {
        *self.language.get_or_init(|| language::detect(self.text))
    }

    /// All characters (code points): some times as fast as to count them by kind.
    pub fn char_count(&self) -> u64 {
        let counted = || self.chars.get().map_or_else(|| chars::len(self.text), |counts| counts.chars);
        *self.char_count.get_or_init(counted)
    }

    /// Runs of base64, hexadecimal bytes and `\uXXXX` escapes.
    pub fn encoded(&self) -> Encoded {
        *self.encoded.get_or_init(|| code::measure_encoded(self.text))
    }

    /// What a reader sees of the text, taken for an HTML page.
    pub fn visible_html(&self) -> VisibleText {
        *self.visible_html.get_or_init(|| code::measure_html(self.text))
    }

    /// Formulas in TeX's notation.
    pub fn latex(&self) -> Latex {
        *self.latex.get_or_init(|| latex::measure(self.text))
    }

    /// Operators and quantities outside TeX's notation as well as in it.
    pub fn math_marks(&self) -> MathMarks {
        *self.math_marks.get_or_init(|| math::measure(self.text))
    }

    /// How many of the text's 5-grams of words `other` has too. Computed at each call.
    pub fn overlap(&self, other: &str) -> Overlap {
        let words = self.words(WordBreak::Unicode);
        let other = cut(other, MAX_TEXT_BYTES);
        overlap::measure(words, other, &self.pool.spacy, &mut self.pool.overlap.borrow_mut())
    }

    /// Phrases that give a text away: refusals, talk of an assistant, leaked prompts, cues of mathematics …
    pub fn phrases(&self) -> PhraseCounts {
        *self.phrases.get_or_init(|| phrases::count(self.text))
    }

    /// Characters (code points) in all words, by the given break.
    pub fn word_chars(&self, by: WordBreak) -> u64 {
        let by = self.shared(by);
        *self.word_chars[by.index()].get_or_init(|| {
            let mut lengths = Lengths::new(self.text);
            self.words(by).as_slice().iter().map(|&word| u64::from(lengths.of(word))).sum()
        })
    }

    /// How much the word n-grams of the text repeat, by the given break.
    pub fn repetition(&self, by: WordBreak) -> &Repetition {
        let by = self.shared(by);
        self.repetition[by.index()].get_or_init(|| {
            let words = self.words(by);
            ngrams::measure(words, ngrams::Unit::Chars, &mut self.pool.ngrams.borrow_mut())
        })
    }

    /// The same of Unicode words, in bytes where the others count characters (datamap).
    pub(crate) fn byte_repetition(&self) -> &Repetition {
        if self.text.is_ascii() {
            return self.repetition(WordBreak::Unicode);
        }
        self.byte_repetition.get_or_init(|| {
            let words = self.words(WordBreak::Unicode);
            ngrams::measure(words, ngrams::Unit::Bytes, &mut self.pool.ngrams.borrow_mut())
        })
    }

    /// The break that gives the same words of this text, and is shared with more rules.
    fn shared(&self, by: WordBreak) -> WordBreak {
        let [separators, initials] = &self.plain;
        match by {
            WordBreak::PythonWhitespace => {
                let plain = || !self.text.bytes().any(|b| (0x1C..=0x1F).contains(&b));
                if *separators.get_or_init(plain) { WordBreak::Whitespace } else { by }
            }
            WordBreak::UnicodeAlnum => {
                let plain = || self.words(WordBreak::Unicode).iter().all(words::begins_alnum);
                if *initials.get_or_init(plain) { WordBreak::Unicode } else { by }
            }
            by => by,
        }
    }

    /// What dolma, DCLM and datamap measure of the text.
    pub(crate) fn references(&self) -> references::Measures<'_> {
        references::Measures { view: self, cells: &self.references, scratch: &self.pool.references }
    }

    /// What [`repetition`](Self::repetition) is at most, where that is known for much less work.
    pub(crate) fn repetition_bounds(&self, by: WordBreak) -> Option<&RepetitionBounds> {
        let bound = || bounds::bound(self.words(by), &mut self.pool.bounds.borrow_mut());
        self.repetition_bounds[by.index()].get_or_init(bound).as_ref()
    }

    /// Whether [`repetition`](Self::repetition) has been measured.
    pub(crate) fn knows_repetition(&self, by: WordBreak) -> bool {
        self.repetition[by.index()].get().is_some()
    }

    /// What datatrove 0.10 measures of the text.
    pub(crate) fn datatrove(&self) -> datatrove::Measures<'_> {
        datatrove::Measures {
            view: self,
            cells: &self.datatrove,
            scratch: &self.pool.datatrove,
            spacy: &self.pool.spacy,
        }
    }

    /// Lines that repeat an earlier one. Compared without the white space around them; blank lines are left out.
    pub fn duplicate_lines(&self) -> &Duplicates {
        self.duplicate_lines.get_or_init(|| lines::duplicates(self.lines(), &mut self.pool.duplicates.borrow_mut()))
    }

    /// Paragraphs that repeat an earlier one. Compared without the white space around them.
    pub fn duplicate_paragraphs(&self) -> &Duplicates {
        self.duplicate_paragraphs
            .get_or_init(|| lines::duplicates(self.paragraphs(), &mut self.pool.duplicates.borrow_mut()))
    }
}

impl Drop for TextView<'_> {
    fn drop(&mut self) {
        let splits = [&mut self.sentences, &mut self.spacy_sentences, &mut self.lines, &mut self.paragraphs];
        let spares = [&self.pool.sentences, &self.pool.spacy_sentences, &self.pool.lines, &self.pool.paragraphs];
        let cells = self.words.iter_mut().chain(splits);
        self.datatrove.clear(&self.pool.datatrove);
        for (cell, spare) in cells.zip(self.pool.words.iter().chain(spares)) {
            spare.borrow_mut().extend(cell.take());
        }
    }
}

/// A spare buffer, emptied and filled anew.
fn filled(spare: &RefCell<Vec<Vec<Span>>>, fill: impl FnOnce(&mut Vec<Span>)) -> Vec<Span> {
    let mut buffer = spare.borrow_mut().pop().unwrap_or_default();
    buffer.clear();
    fill(&mut buffer);
    buffer
}

/// The longest prefix of at most `max` bytes that ends on a character boundary.
fn cut(text: &str, max: usize) -> &str {
    let mut end = text.len().min(max);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cut_keeps_whole_characters() {
        assert_eq!(cut("aé", 2), "a");
        assert_eq!(cut("aé", 3), "aé");
        assert_eq!(cut("é", 1), "");
    }

    #[test]
    fn buffers_come_back_to_their_pool() {
        let mut analyzer = Analyzer::new();
        for text in ["One two.\n\nThree four.", "", "One two.\n\nThree four."] {
            let view = analyzer.view(text);
            view.words(WordBreak::Unicode);
            view.sentences();
            view.spacy_sentences();
            view.paragraphs();
        }
        let pool = &analyzer.pool;
        let words = [&pool.words[0], &pool.words[WordBreak::SpacyEnglish.index()], &pool.spacy_sentences];
        for spare in words.into_iter().chain([&pool.sentences, &pool.lines, &pool.paragraphs]) {
            let spare = spare.borrow();
            assert_eq!(spare.len(), 1, "one buffer serves one view after another");
            assert!(spare[0].capacity() > 0);
        }
    }
}
