//! C4's line rules in datatrove's order, where `lorem ipsum` and `{` end the loop over the lines.

use crate::text::spacy;
use crate::text::spans::span_of;
use crate::text::{Span, Spans, python};
use memchr::{memchr, memchr2_iter, memmem};
use std::ops::Range;

/// What the loop over the lines came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct C4 {
    /// Whether it met `lorem ipsum` and stopped.
    pub(crate) lorem_ipsum: bool,
    /// Whether it met `{` and stopped.
    pub(crate) curly_bracket: bool,
    /// Lines that it kept until then.
    pub(crate) kept: u64,
}

/// A line that no rule for lines dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Line {
    /// Where it is, without white space around it.
    pub(crate) span: Span,
    /// What it does to the text.
    pub(crate) fate: Fate,
    /// Whether it holds a citation mark.
    pub(crate) cited: bool,
}

/// What becomes of one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Dropped,
    LoremIpsum,
    CurlyBracket,
    Kept,
}

/// Reused buffers.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    cleaned: String,
    words: Vec<Span>,
}

/// Longest word of a line that stays, in characters (datatrove 0.10, `c4_filters.py`).
const MAX_WORD_CHARS: usize = 1000;

/// Where the rules for lines part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Dialect {
    /// What a line must end with; none if it may end as it likes.
    terminal: &'static [char],
    /// Fewest words of a line that stays.
    min_words: usize,
    /// Whether words are counted after citations were cut.
    words_after_citations: bool,
}

impl Dialect {
    /// datatrove 0.10's (`c4_filters.py`), with its rule on terminal marks.
    pub(super) const DATATROVE: Dialect =
        Dialect { terminal: &['.', '?', '!', '"', '\''], min_words: 3, words_after_citations: false };
    /// The same without that rule.
    pub(super) const FINEWEB: Dialect = Dialect { terminal: &[], ..Dialect::DATATROVE };
    /// That of TensorFlow Datasets (`c4_utils.py`), which made C4.
    pub(super) const TFDS: Dialect =
        Dialect { terminal: &['.', '?', '!', '"'], min_words: 5, words_after_citations: true };
}
/// The only character beyond ASCII whose lower case is ASCII alone: the Kelvin sign.
const KELVIN: char = '\u{212A}';

/// Appends the lines by `str.splitlines` that no rule for lines drops.
pub(super) fn lines(text: &str, dialect: Dialect, scratch: &mut Scratch, out: &mut Vec<Line>) {
    let rules = LineRules::of(text, dialect);
    for line in python::split_lines(text).map(python::strip) {
        let (fate, cited) = rules.fate(line, &mut scratch.cleaned);
        if fate != Fate::Dropped {
            out.push(Line { span: span_of(text, line), fate, cited });
        }
    }
}

/// What the loop over these lines comes to.
pub(super) fn judge(lines: &[Line]) -> C4 {
    let kept = lines.iter().position(|line| line.fate != Fate::Kept).unwrap_or(lines.len());
    let end = lines.get(kept).map(|line| line.fate);
    C4 { lorem_ipsum: end == Some(Fate::LoremIpsum), curly_bracket: end == Some(Fate::CurlyBracket), kept: kept as u64 }
}

/// Sentences of the lines until one that is not kept.
///
/// The words of the text are those of its lines: a line break parts them, and white space at a line's ends is no word. Only a
/// line that loses citation marks is cut into words anew.
pub(super) fn sentences(words: Spans<'_>, lines: &[Line], spacy: &mut spacy::Scratch, scratch: &mut Scratch) -> u64 {
    let text = words.text();
    let mut rest = words.as_slice();
    let mut sentences = 0;
    for line in lines.iter().take_while(|line| line.fate == Fate::Kept) {
        if line.cited {
            let Scratch { cleaned, words } = &mut *scratch;
            clean(&text[line.span.range()], python::is_decimal, cleaned);
            words.clear();
            spacy::split_words(cleaned, spacy, words);
            sentences += spacy::count_sentences(cleaned, words, Span::new(0, cleaned.len()));
            continue;
        }
        let first = rest.iter().position(|word| word.start >= line.span.start).unwrap_or(rest.len());
        let (_, from) = rest.split_at(first);
        let count = from.iter().position(|word| word.start >= line.span.end).unwrap_or(from.len());
        let (inside, after) = from.split_at(count);
        sentences += spacy::count_sentences(text, inside, line.span);
        rest = after;
    }
    sentences
}

/// The rules for lines, and which of their phrases the text has at all: one fast pass over it spares nearly every text the
/// search in each line.
#[derive(Debug, Clone, Copy)]
struct LineRules {
    dialect: Dialect,
    lorem_ipsum: bool,
    javascript: bool,
    policy: bool,
    kelvin: bool,
}

impl LineRules {
    fn of(text: &str, dialect: Dialect) -> LineRules {
        let bytes = text.as_bytes();
        LineRules {
            dialect,
            lorem_ipsum: speaks_latin(bytes),
            javascript: speaks_of_javascript(bytes),
            policy: speaks_of_policy(bytes),
            kelvin: memmem::find(bytes, KELVIN.encode_utf8(&mut [0; 4]).as_bytes()).is_some(),
        }
    }

    /// What becomes of a stripped line, and whether it holds a citation mark (where that was asked).
    fn fate(&self, line: &str, cleaned: &mut String) -> (Fate, bool) {
        if line.len() > MAX_WORD_CHARS && words(line).any(|word| word.chars().nth(MAX_WORD_CHARS).is_some()) {
            return (Fate::Dropped, false);
        }
        let mut rules = *self;
        let mut content = line;
        let cited = next_citation(line, 0, python::is_decimal).is_some();
        if cited {
            clean(line, python::is_decimal, cleaned);
            content = cleaned;
            // Cutting a mark may join two halves of a phrase, which the pass over the whole text did not see.
            rules = LineRules::of(content, self.dialect);
        }
        let Dialect { terminal, min_words, words_after_citations } = self.dialect;
        if !terminal.is_empty() && (!content.ends_with(terminal) || content.ends_with("...")) {
            return (Fate::Dropped, cited);
        }
        let counted = if words_after_citations { content } else { line };
        if words(counted).take(min_words).count() < min_words {
            return (Fate::Dropped, cited);
        }
        if rules.kelvin && content.contains(KELVIN) {
            let lower = content.replace(KELVIN, "k");
            return (LineRules::of(&lower, self.dialect).fate_by_phrases(&lower), cited);
        }
        (rules.fate_by_phrases(content), cited)
    }

    fn fate_by_phrases(&self, line: &str) -> Fate {
        let bytes = line.as_bytes();
        if self.lorem_ipsum && speaks_latin(bytes) {
            Fate::LoremIpsum
        } else if self.javascript && speaks_of_javascript(bytes) {
            Fate::Dropped
        } else if memchr(b'{', bytes).is_some() {
            Fate::CurlyBracket
        } else if self.policy && speaks_of_policy(bytes) {
            Fate::Dropped
        } else {
            Fate::Kept
        }
    }
}

/// The words between white space.
fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(python::is_space).filter(|word| !word.is_empty())
}

/// Whether it holds `lorem ipsum`, in any ASCII case.
pub(crate) fn speaks_latin(text: &[u8]) -> bool {
    holds(text, b"lorem ipsum", 7)
}

/// Whether it holds `javascript`, in any ASCII case.
pub(crate) fn speaks_of_javascript(text: &[u8]) -> bool {
    holds(text, b"javascript", 0)
}

/// Whether it holds one of C4's phrases on terms and cookies, in any ASCII case. They are found by their rarest letter;
/// `cookie` is searched once for the four phrases that have it.
pub(crate) fn speaks_of_policy(text: &[u8]) -> bool {
    holds(text, b"privacy policy", 3)
        || holds(text, b"terms of use", 7)
        || (holds(text, b"cookie", 3)
            && [(&b"cookie policy"[..], 3), (b"uses cookies", 8), (b"use of cookies", 10), (b"use cookies", 7)]
                .iter()
                .any(|&(phrase, rare)| holds(text, phrase, rare)))
}

/// Whether `text` holds `phrase` (lower case) in any ASCII case. `rare` is the position in the phrase of the byte to jump by.
fn holds(text: &[u8], phrase: &[u8], rare: usize) -> bool {
    let byte = phrase[rare];
    memchr2_iter(byte, byte.to_ascii_uppercase(), text).any(|at| {
        at.checked_sub(rare)
            .and_then(|start| text.get(start..start + phrase.len()))
            .is_some_and(|found| found.eq_ignore_ascii_case(phrase))
    })
}

/// The next citation mark at or after byte `from`: `[]`, `[12]`, `[edit]` or `[citation needed]`.
pub(crate) fn next_citation(line: &str, from: usize, is_digit: fn(char) -> bool) -> Option<Range<usize>> {
    let mut at = from;
    while let Some(offset) = memchr(b'[', line.as_bytes().get(at..)?) {
        let open = at + offset;
        let inside = &line[open + 1..];
        let digits = inside.len() - inside.trim_start_matches(is_digit).len();
        let len = if inside[digits..].starts_with(']') {
            Some(digits)
        } else {
            ["edit", "citation needed"]
                .iter()
                .find(|word| inside.strip_prefix(**word).is_some_and(|rest| rest.starts_with(']')))
                .map(|word| word.len())
        };
        if let Some(len) = len {
            return Some(open..open + len + 2);
        }
        at = open + 1;
    }
    None
}

/// Writes the line without its citation marks.
pub(crate) fn clean(line: &str, is_digit: fn(char) -> bool, into: &mut String) {
    into.clear();
    let mut at = 0;
    while let Some(mark) = next_citation(line, at, is_digit) {
        into.push_str(&line[at..mark.start]);
        at = mark.end;
    }
    into.push_str(&line[at..]);
}
