//! Words as NLTK's `word_tokenize` makes them of one sentence: FineWeb's first version (datatrove 0.2) decided on these.
//!
//! NLTK rewrites the sentence, rule after rule, until all words stand between white space; quotes become ` `` ` and `''`, so words are not
//! always pieces of the text. The rules are those of `NLTKWordTokenizer` in NLTK 3.8.1 (`nltk/tokenize/destructive.py`), in its order. Each
//! goes once over the sentence; one whose marks do not occur is passed over.

use crate::text::python;
use crate::text::{MAX_TEXT_BYTES, Span, Spans};

/// The words of a text, one after another with a space between.
#[derive(Debug, Default)]
pub(super) struct Treebank {
    text: String,
    words: Vec<Span>,
    buffers: [String; 2],
}

impl Treebank {
    /// Begins a new text.
    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.words.clear();
    }

    /// Adds the words of a sentence; white space around it is no part of it.
    pub(super) fn add(&mut self, sentence: &str) {
        rewrite(python::strip(sentence), &mut self.buffers);
        for word in self.buffers[0].split(python::is_space).filter(|word| !word.is_empty()) {
            if self.text.len() + word.len() >= MAX_TEXT_BYTES {
                break;
            }
            if !self.text.is_empty() {
                self.text.push(' ');
            }
            let start = self.text.len();
            self.text.push_str(word);
            self.words.push(Span::new(start, self.text.len()));
        }
    }

    pub(super) fn words(&self) -> Spans<'_> {
        Spans::new(&self.text, &self.words)
    }
}

/// The words of one sentence as NLTK 3.8.1 makes them (`NLTKWordTokenizer`).
///
/// ```
/// use mashbill::text::treebank_words;
///
/// assert_eq!(treebank_words("\"They can't,\" she said."), ["``", "They", "ca", "n't", ",", "''", "she", "said", "."]);
/// ```
pub fn treebank_words(sentence: &str) -> Vec<String> {
    let mut treebank = Treebank::default();
    treebank.add(sentence);
    treebank.words().iter().map(str::to_owned).collect()
}

/// Applies all rules; the result is in the first buffer.
fn rewrite(sentence: &str, buffers: &mut [String; 2]) {
    let [text, spare] = buffers;
    text.clear();
    text.push_str(sentence);
    let mut apply = |text: &mut String, rule: &dyn Fn(&str, &mut String)| {
        spare.clear();
        rule(text, spare);
        std::mem::swap(text, spare);
    };
    let marks = Marks::of(sentence);
    // Opening quotes.
    if marks.quotes {
        apply(text, &pad_opening);
        if text.starts_with('"') {
            text.replace_range(..1, "``");
        }
        apply(text, &|from, to| pad(from, to, "``"));
        apply(text, &open_quotes);
        apply(text, &part_single_quotes);
    }
    // Marks.
    if marks.stops {
        close_with_stop(text, "])}>\"'»”’ ", " ");
    }
    if marks.pauses {
        apply(text, &part_pauses);
        let body = text.strip_suffix('\n').unwrap_or(text).len();
        if text.get(..body).is_some_and(|body| body.ends_with([':', ','])) {
            text.insert(body, ' ');
            text.insert(body - 1, ' ');
        }
    }
    if marks.stops {
        apply(text, &pad_stops);
    }
    if marks.symbols {
        apply(text, &|from, to| pad_any(from, to, |c| matches!(c, ';' | '@' | '#' | '$' | '%' | '&')));
    }
    if marks.stops {
        close_with_stop(text, "])}>\"'", "");
    }
    if marks.symbols {
        apply(text, &|from, to| pad_any(from, to, |c| matches!(c, '?' | '!')));
    }
    if marks.quotes {
        apply(text, &part_closing_apostrophes);
    }
    if marks.symbols {
        apply(text, &|from, to| pad_any(from, to, |c| c == '*'));
        apply(text, &|from, to| pad_any(from, to, |c| matches!(c, '[' | ']' | '(' | ')' | '{' | '}' | '<' | '>')));
        apply(text, &|from, to| pad(from, to, "--"));
    }
    text.insert(0, ' ');
    text.push(' ');
    // Closing quotes and contractions.
    if marks.quotes {
        apply(text, &|from, to| pad_any(from, to, |c| matches!(c, '»' | '”' | '’')));
        apply(text, &|from, to| pad(from, to, "''"));
        apply(text, &|from, to| replace(from, to, "\"", " '' "));
        apply(text, &|from, to| part_clitics(from, to, &["'s", "'S", "'m", "'M", "'d", "'D", "'"]));
        apply(text, &|from, to| part_clitics(from, to, &["'ll", "'LL", "'re", "'RE", "'ve", "'VE", "n't", "N'T"]));
    }
    for (before, after, then) in CONTRACTIONS {
        if holds_ignoring_case(text, before, after) {
            apply(text, &|from, to| part_contraction(from, to, before, after, then));
        }
    }
    // They change places, so both get the room that one of them needed; exactly that, or each would outgrow the other for ever.
    let room = text.capacity().max(spare.capacity());
    for buffer in buffers {
        buffer.reserve_exact(room - buffer.len());
    }
}

/// Which marks occur, so that rules for others are passed over.
#[derive(Debug, Default)]
struct Marks {
    /// `'`, `"`, the backtick, or anything that is not ASCII.
    quotes: bool,
    /// `.`
    stops: bool,
    /// `:` or `,`
    pauses: bool,
    /// Any other mark.
    symbols: bool,
}

impl Marks {
    fn of(sentence: &str) -> Marks {
        let mut marks = Marks::default();
        for b in sentence.bytes() {
            match b {
                b'\'' | b'"' | b'`' | 0x80.. => marks.quotes = true,
                b'.' => marks.stops = true,
                b':' | b',' => marks.pauses = true,
                b => marks.symbols |= b.is_ascii_punctuation(),
            }
        }
        marks
    }
}

/// Between spaces: every match of `find`, from left to right.
fn pad(from: &str, to: &mut String, find: &str) {
    let mut rest = from;
    while let Some((before, after)) = rest.split_once(find) {
        to.extend([before, " ", find, " "]);
        rest = after;
    }
    to.push_str(rest);
}

fn replace(from: &str, to: &mut String, find: &str, by: &str) {
    let mut rest = from;
    while let Some((before, after)) = rest.split_once(find) {
        to.extend([before, by]);
        rest = after;
    }
    to.push_str(rest);
}

fn pad_any(from: &str, to: &mut String, is_mark: impl Fn(char) -> bool) {
    for c in from.chars() {
        if is_mark(c) {
            to.extend([' ', c, ' ']);
        } else {
            to.push(c);
        }
    }
}

/// `([«“‘„]|[`]+)` between spaces.
fn pad_opening(from: &str, to: &mut String) {
    let mut rest = from;
    while let Some(at) = rest.find(['«', '“', '‘', '„', '`']) {
        let (before, mark) = rest.split_at(at);
        let run = mark.len() - mark.trim_start_matches('`').len();
        let end = if run > 0 { run } else { mark.chars().next().map_or(0, char::len_utf8) };
        let (mark, after) = mark.split_at(end);
        to.extend([before, " ", mark, " "]);
        rest = after;
    }
    to.push_str(rest);
}

/// `([ \(\[{<])("|'{2})`: a double quote after a space or an opening bracket opens.
fn open_quotes(from: &str, to: &mut String) {
    let mut rest = from;
    while let Some(at) = rest.find([' ', '(', '[', '{', '<']) {
        let (before, after) = rest.split_at(at + 1);
        to.push_str(before);
        let quoted = after.strip_prefix('"').or_else(|| after.strip_prefix("''"));
        if quoted.is_some() {
            to.push_str(" `` ");
        }
        rest = quoted.unwrap_or(after);
    }
    to.push_str(rest);
}

/// `(?i)(')(?!re|ve|ll|m|t|s|d|n)(\w)\b`: an apostrophe before a word of one character, unless it begins a clitic.
fn part_single_quotes(from: &str, to: &mut String) {
    let mut rest = from;
    while let Some((before, after)) = rest.split_once('\'') {
        to.extend([before, "'"]);
        rest = after;
        let mut chars = after.chars();
        let (first, second) = (chars.next(), chars.next());
        let single = first.is_some_and(python::is_word) && !second.is_some_and(python::is_word);
        // `re`, `ve` and `ll` have a second letter, and so no border behind the first.
        let clitic = first.is_some_and(|c| ['m', 't', 's', 'd', 'n'].into_iter().any(|letter| is_letter(c, letter)));
        if let Some(first) = first.filter(|_| single && !clitic) {
            to.extend([' ', first]);
            rest = chars_after(after, first);
        }
    }
    to.push_str(rest);
}

fn chars_after(text: &str, first: char) -> &str {
    text.get(first.len_utf8()..).unwrap_or_default()
}

/// `([^\.])(\.)([…]*)\s*$`: the last full stop, where only closing marks follow; what follows the marks goes.
fn close_with_stop(text: &mut String, closing: &str, before_closing: &str) {
    let Some(at) = text.rfind('.') else { return };
    let (before, after) = (text.get(..at).unwrap_or_default(), text.get(at + 1..).unwrap_or_default());
    if before.is_empty() || before.ends_with('.') {
        return;
    }
    let tail = after.trim_start_matches(|c| closing.contains(c));
    if !tail.chars().all(python::is_space) {
        return;
    }
    let end = text.len() - tail.len();
    text.truncate(end);
    text.insert_str(at + 1, before_closing);
    text.insert(at, ' ');
    text.push(' ');
}

/// `([:,])([^\d])`: a space on both sides, unless a digit follows.
fn part_pauses(from: &str, to: &mut String) {
    let mut chars = from.chars().peekable();
    while let Some(c) = chars.next() {
        match chars.peek() {
            Some(&next) if matches!(c, ':' | ',') && !python::is_decimal(next) => {
                to.extend([' ', c, ' ', next]);
                chars.next();
            }
            _ => to.push(c),
        }
    }
}

/// `\.{2,}` between spaces.
fn pad_stops(from: &str, to: &mut String) {
    let mut rest = from;
    while let Some(at) = rest.find("..") {
        let (before, stops) = rest.split_at(at);
        let (stops, after) = stops.split_at(stops.len() - stops.trim_start_matches('.').len());
        to.extend([before, " ", stops, " "]);
        rest = after;
    }
    to.push_str(rest);
}

/// `([^'])' `: a space before an apostrophe that one follows.
fn part_closing_apostrophes(from: &str, to: &mut String) {
    let mut rest = from;
    let mut searched = 0;
    while let Some(at) = rest.get(searched..).and_then(|text| text.find("' ")).map(|at| searched + at) {
        let before = rest.get(..at).unwrap_or_default();
        // The character before is part of the match, and none that an earlier match has taken.
        if before.is_empty() || before.ends_with('\'') {
            searched = at + 1;
            continue;
        }
        to.extend([before, " ' "]);
        rest = rest.get(at + 2..).unwrap_or_default();
        searched = 0;
    }
    to.push_str(rest);
}

/// `([^' ])(CLITIC) `: a space before a clitic that one follows.
fn part_clitics(from: &str, to: &mut String, clitics: &[&str]) {
    let mut taken = 0;
    let mut at = 0;
    while let Some(space) = from.get(at..).and_then(|text| text.find(' ')).map(|found| at + found) {
        at = space + 1;
        let before = from.get(taken..space).unwrap_or_default();
        let parted = clitics.iter().find_map(|clitic| before.strip_suffix(clitic));
        let Some(word) = parted.filter(|word| !word.is_empty() && !word.ends_with(['\'', ' '])) else { continue };
        to.extend([word, " ", before.get(word.len()..).unwrap_or_default(), " "]);
        taken = at;
    }
    to.push_str(from.get(taken..).unwrap_or_default());
}

/// What must stand around a contraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Then {
    /// Borders of words on both sides.
    Border,
    /// A border before it, white space behind it.
    Space,
    /// A space before it, which goes with it, and a border behind it.
    AfterSpace,
}

/// Contractions and where they part, in the order in which they are sought (Robert MacIntyre's, as NLTK has them).
const CONTRACTIONS: [(&str, &str, Then); 10] = [
    ("can", "not", Then::Border),
    ("d", "'ye", Then::Border),
    ("gim", "me", Then::Border),
    ("gon", "na", Then::Border),
    ("got", "ta", Then::Border),
    ("lem", "me", Then::Border),
    ("more", "'n", Then::Border),
    ("wan", "na", Then::Space),
    ("'t", "is", Then::AfterSpace),
    ("'t", "was", Then::AfterSpace),
];

/// Whether a character is this letter under `re.IGNORECASE`, which also takes `İ` and `ı` for `i` and `ſ` for `s`.
fn is_letter(c: char, letter: char) -> bool {
    c.eq_ignore_ascii_case(&letter) || matches!((letter, c), ('i', 'İ' | 'ı') | ('s', 'ſ'))
}

/// How many bytes of the text are these letters, in any case.
fn begins(text: &str, letters: &str) -> Option<usize> {
    let mut chars = text.chars();
    let same = letters.chars().all(|letter| chars.next().is_some_and(|c| is_letter(c, letter)));
    same.then(|| text.len() - chars.as_str().len())
}

/// Whether a contraction may stand in the text.
fn holds_ignoring_case(text: &str, before: &str, after: &str) -> bool {
    places(text, before).any(|at| text.get(at..).and_then(|rest| parts(rest, before, after)).is_some())
}

/// Where the first letter of a contraction stands, in any case.
fn places<'t>(text: &'t str, before: &'t str) -> impl Iterator<Item = usize> + 't {
    // No first letter has another form than its ASCII ones.
    let first = before.bytes().next().unwrap_or_default();
    memchr::memchr2_iter(first, first.to_ascii_uppercase(), text.as_bytes())
}

/// Where the two parts of a contraction that begins the text end.
fn parts(text: &str, before: &str, after: &str) -> Option<(usize, usize)> {
    let middle = begins(text, before)?;
    Some((middle, middle + begins(text.get(middle..)?, after)?))
}

/// A space around both parts of every contraction.
fn part_contraction(from: &str, to: &mut String, before: &str, after: &str, then: Then) {
    let mut taken = 0;
    for at in places(from, before) {
        let Some(rest) = from.get(at..).filter(|_| at >= taken) else { continue };
        let Some((middle, end)) = parts(rest, before, after) else { continue };
        let (first, second) = (rest.get(..middle).unwrap_or_default(), rest.get(middle..end).unwrap_or_default());
        let last = from.get(..at).and_then(|text| text.chars().next_back());
        let next = rest.get(end..).and_then(|text| text.chars().next());
        let starts = match then {
            // The first letter is a word's, so a border is where none of a word stands before it.
            Then::Border | Then::Space => !last.is_some_and(python::is_word),
            Then::AfterSpace => last == Some(' ') && at > taken,
        };
        let ends = match then {
            Then::Border | Then::AfterSpace => !next.is_some_and(python::is_word),
            Then::Space => next.is_some_and(python::is_space),
        };
        if starts && ends {
            let start = at - usize::from(then == Then::AfterSpace);
            to.extend([from.get(taken..start).unwrap_or_default(), " ", first, " ", second, " "]);
            taken = at + end;
        }
    }
    to.push_str(from.get(taken..).unwrap_or_default());
}
