//! Sentences by UAX #29, trimmed.

use super::Span;
use super::spans::span_of;
use unicode_normalization::char::is_combining_mark;
use unicode_segmentation::UnicodeSegmentation;

/// Sentence_Break classes (UAX #29, table 4), as far as [`split_simple`] knows them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Other,
    Upper,
    Lower,
    OLetter,
    Numeric,
    /// The full stop: may end a sentence, or an abbreviation.
    ATerm,
    /// `!` and `?`.
    STerm,
    /// Quotes and brackets of either side.
    Close,
    Sp,
    /// Marks after which a sentence goes on.
    SContinue,
}
use Class::*;

/// The class of a character, `None` where it is left to the `unicode-segmentation` crate.
fn class(c: char) -> Option<Class> {
    Some(match c {
        'a'..='z' => Lower,
        'A'..='Z' => Upper,
        '0'..='9' => Numeric,
        '.' => ATerm,
        '!' | '?' => STerm,
        ' ' | '\t' | '\u{B}' | '\u{C}' | '\u{A0}' => Sp,
        '"' | '\'' | '(' | ')' | '[' | ']' | '{' | '}' | '«' | '»' | '\u{2018}'..='\u{201F}' => Close,
        ',' | '-' | ':' | ';' | '\u{2013}' | '\u{2014}' => SContinue,
        // Title-case digraphs, which are upper case here and not for `char::is_uppercase`.
        '\u{1C5}' | '\u{1C8}' | '\u{1CB}' | '\u{1F2}' => Upper,
        'ª' | 'µ' | 'º' | 'À'..='Ö' | 'Ø'..='ö' | 'ø'..='\u{24F}' => letter(c),
        '\u{388}'..='\u{3F5}' | '\u{3F7}'..='\u{481}' | '\u{48A}'..='\u{52F}' if c.is_alphabetic() => letter(c),
        '\0'..='\x7F' | '¡'..='¬' | '®'..='¿' | '×' | '÷' => Other,
        '\u{2010}'..='\u{2012}' | '\u{2015}' | '\u{2020}'..='\u{2023}' | '\u{2026}' => Other,
        _ => return None,
    })
}

/// The class of a letter.
fn letter(c: char) -> Class {
    match (c.is_lowercase(), c.is_uppercase()) {
        (true, _) => Lower,
        (_, true) => Upper,
        _ => OLetter,
    }
}

/// Appends the sentences of `text`, trimmed, to `out`; blank ones are left out. They are those of `split_sentence_bounds`,
/// but for one guard (see [`split_complex`]).
pub(super) fn split(text: &str, out: &mut Vec<Span>) {
    // A line break ends a sentence, whatever stands around it (SB4). CR and LF part here too, into a sentence and a blank.
    let mut start = 0;
    let ends = memchr::memchr2_iter(b'\n', b'\r', text.as_bytes());
    for end in ends.chain([text.len()]) {
        let line = &text[start..end];
        let mut push = |sentence: &str| {
            let sentence = sentence.trim();
            if !sentence.is_empty() {
                out.push(span_of(text, sentence));
            }
        };
        if line.is_ascii() || line.chars().all(|c| c.is_ascii() || class(c).is_some()) {
            split_simple(line, &mut push);
        } else {
            split_complex(line, &mut push);
        }
        start = end + 1;
    }
}

/// Cuts a line whose characters all have a [`Class`], by the rules of UAX #29. Linear: what lies between two terminators is
/// looked at once for the first, and once again while passing.
fn split_simple<'t>(line: &'t str, push: &mut impl FnMut(&'t str)) {
    let bytes = line.as_bytes();
    let next = |at: usize| line[at..].chars().next().and_then(|c| Some((class(c)?, c.len_utf8())));
    let skip = |mut at: usize, skipped: Class| {
        while let Some((_, width)) = next(at).filter(|(class, _)| *class == skipped) {
            at += width;
        }
        at
    };
    let (mut start, mut at) = (0, 0);
    while let Some(found) = memchr::memchr3(b'.', b'!', b'?', &bytes[at..]) {
        let mark = at + found;
        at = mark + 1;
        let after = next(at).map(|(class, _)| class);
        if bytes[mark] == b'.' {
            let before = line[..mark].chars().next_back().and_then(class);
            let in_number = after == Some(Numeric); // SB6
            let in_acronym = after == Some(Upper) && matches!(before, Some(Upper | Lower)); // SB7
            if in_number || in_acronym {
                continue;
            }
        }
        at = skip(skip(at, Close), Sp); // SB9, SB10
        let goes_on = match next(at).map(|(class, _)| class) {
            None => break,
            Some(SContinue | ATerm | STerm) => true, // SB8a
            Some(_) => bytes[mark] == b'.' && lower_case_follows(&line[at..]), // SB8
        };
        if !goes_on {
            push(&line[start..at]);
            start = at;
        }
    }
    push(&line[start..]);
}

/// Whether the first letter or terminator of `rest` is a lower-case letter.
fn lower_case_follows(rest: &str) -> bool {
    let mut classes = rest.chars().map(class);
    classes.find(|c| matches!(c, Some(Lower | Upper | OLetter | ATerm | STerm))) == Some(Some(Lower))
}

/// Cuts any line by the crate. Its rule SB8 looks ahead anew from each space, bracket and mark after a full stop, which is
/// quadratic in their number; so the line is also cut [`MAX_RUN`] such characters after a full stop.
fn split_complex<'t>(line: &'t str, push: &mut impl FnMut(&'t str)) {
    let mut start = 0;
    // Characters since a full stop, until one that settles whether the sentence ended there.
    let mut run = None;
    for (i, c) in line.char_indices() {
        run = match c {
            '.' | '\u{2024}' | '\u{FE52}' | '\u{FF0E}' => Some(0),
            _ if c.is_alphanumeric() && !is_extend(c) => None,
            _ => run.map(|run| run + 1),
        };
        if run == Some(MAX_RUN) {
            line[start..i].split_sentence_bounds().for_each(&mut *push);
            (start, run) = (i, None);
        }
    }
    line[start..].split_sentence_bounds().for_each(push);
}

/// Whether an alphanumeric character is of class Extend, which no rule sees.
fn is_extend(c: char) -> bool {
    is_combining_mark(c) || matches!(c, '\u{FF9E}' | '\u{FF9F}')
}

/// Longer than any such run in real text; short enough that the crate's look-ahead stays cheap.
const MAX_RUN: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ours(text: &str) -> Vec<&str> {
        let mut out = Vec::new();
        split(text, &mut out);
        out.iter().map(|s| &text[s.range()]).collect()
    }

    fn oracle(text: &str) -> Vec<&str> {
        text.split_sentence_bounds().map(str::trim).filter(|s| !s.is_empty()).collect()
    }

    #[test]
    fn sentences_end_where_readers_end_them() {
        let text = "Dr. Smith went. (He left at 3.30 p.m. today!) “Why?” he asked.\r\n\r\nNo stop";
        let want = ["Dr.", "Smith went.", "(He left at 3.30 p.m. today!)", "“Why?”", "he asked.", "No stop"];
        assert_eq!(ours(text), want);
        assert_eq!(ours(" \n \u{2029} "), [""; 0]);
    }

    /// Every character before, between and after terminators, against the crate.
    #[test]
    fn every_character_cuts_as_in_the_crate() {
        for c in (0..0x3100).chain([0xFF0E, 0x1F600, 0xE0001]).filter_map(char::from_u32) {
            let text = format!("x{c}.Y z{c}. Y a.{c} b. {c}C d.{c}e f? {c}g h.1{c}. i.{c}. Q! {c}");
            assert_eq!(ours(&text), oracle(&text), "{c:?}");
        }
    }

    #[test]
    fn a_long_run_after_a_full_stop_is_linear() {
        let text = format!("日.{}", " (".repeat(200_000));
        assert!(!ours(&text).is_empty());
        let text = format!("a.{}", " \u{345}".repeat(200_000));
        assert!(!ours(&text).is_empty());
        let text = format!("a.{}b. C", " ".repeat(200_000));
        assert_eq!(ours(&text).len(), 2);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1024))]

        #[test]
        fn sentences_are_those_of_the_crate(
            text in "([abAB1.!?,)\"'( \\n\\r\\-]|[éÉ’—…\u{301}日。\u{85}\u{2003}«»;]){0,30}"
        ) {
            prop_assert_eq!(ours(&text), oracle(&text));
        }

        #[test]
        fn any_text_cuts_as_in_the_crate(text in "(\\PC|[.!? ]){0,40}") {
            prop_assert_eq!(ours(&text), oracle(&text));
        }
    }
}
