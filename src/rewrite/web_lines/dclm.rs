//! DCLM's line modifiers.

use super::LineLimits;
use super::line::{Line, join, lines};
use crate::document::Document;
use crate::rewrite::{Rewrite, Rewritten};
use crate::text::python;
use std::ops::Range;

/// DCLM's line modifiers, one after another (`mlfoundations/dclm`, `baselines/mappers/modifiers.py`): upper-case lines, lines of
/// digits, counters, short lines; then the phrases, from lines of ten words at most and in any case. Lines end at LF. The text as a
/// whole is stripped between the steps, as there, and at the end.
///
/// ```
/// use mashbill::{Document, rewrite::{DclmLines, Rewrite}, text::Analyzer};
///
/// let mut analyzer = Analyzer::new();
/// let view = analyzer.view("MAIN MENU\nSign-in to taste rye. Read more...\n12 likes\n\nCorn is sweet.\nHome");
/// assert_eq!(DclmLines::default().rewrite(&Document::new(&view)).text, "to taste rye.\n\nCorn is sweet.");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct DclmLines(pub LineLimits);

/// Longest line, in words, of which DCLM cuts phrases (`dclm_baseline_refinedweb.yaml`, `max_length`).
const MAX_PHRASE_LINE_WORDS: usize = 10;

impl Rewrite for DclmLines {
    fn settings(&self) -> Vec<(&'static str, String)> {
        self.0.settings()
    }

    fn rewrite<'t>(&self, doc: &Document<'t>) -> Rewritten<'t> {
        let text = doc.text();
        let limits = self.0;
        let mut lines = lines(text);
        let share = |line: &str, counts: fn(char) -> bool| {
            let (counted, all) =
                line.chars().fold((0u32, 0u32), |(counted, all), c| (counted + u32::from(counts(c)), all + 1));
            f64::from(counted) / f64::from(all)
        };
        let keeps = |line: &Line, counts, max| {
            let line = &text[line.range.clone()];
            line.is_empty() || share(line, counts) <= max
        };
        lines.retain(|line| keeps(line, char::is_uppercase, limits.max_uppercase));
        strip(text, &mut lines);
        lines.retain(|line| keeps(line, python::is_digit, limits.max_digits));
        strip(text, &mut lines);
        if limits.counters {
            lines.retain(|line| !is_counter(&text[line.range.clone()]));
            strip(text, &mut lines);
        }
        lines.retain(|line| {
            let line = &text[line.range.clone()];
            line.is_empty() || python_words(line).take(limits.min_words as usize).count() >= limits.min_words as usize
        });
        if limits.phrases {
            for find in [items_in_cart, read_more, sign_in] {
                lines.retain_mut(|line| cut_phrase(text, line, find));
                strip(text, &mut lines);
            }
        }
        join(text, &lines)
    }
}

pub(super) fn python_words(line: &str) -> impl Iterator<Item = &str> {
    line.split(python::is_space).filter(|word| !word.is_empty())
}

/// Strips the text that the lines make: blank ones go from both ends.
fn strip(text: &str, lines: &mut Vec<Line>) {
    let mut joined = String::new();
    let mut blank = |line: &Line| line.content(text, &mut joined).chars().all(python::is_space);
    let solid = lines.len() - lines.iter().rev().take_while(|line| blank(line)).count();
    lines.truncate(solid);
    let leading = lines.iter().take_while(|line| blank(line)).count();
    lines.drain(..leading);
    if let Some(first) = lines.first_mut() {
        first.strip_start(text);
    }
    if let Some(last) = lines.last_mut() {
        last.strip_end(text);
    }
}

/// Cuts what `find` finds out of a short line; false if nothing but white space is left of it then.
fn cut_phrase(text: &str, line: &mut Line, find: fn(&str) -> Vec<Range<usize>>) -> bool {
    let mut joined = String::new();
    let content = line.content(text, &mut joined);
    if python_words(content).take(MAX_PHRASE_LINE_WORDS + 1).count() > MAX_PHRASE_LINE_WORDS || content.is_empty() {
        return true;
    }
    let found = find(content);
    if !found.is_empty() {
        line.cut(&found, "");
    }
    !line.content(text, &mut joined).chars().all(python::is_space)
}

/// `\s?(?:items in cart)` wherever it stands.
fn items_in_cart(line: &str) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    for (at, c) in line.char_indices().filter(|(_, c)| folds(*c, 'i')) {
        if let Some(end) = phrase_at(line, at, "items in cart") {
            let start = after_space(line, at).max(found.last().map_or(0, |last| last.end));
            debug_assert!(at + c.len_utf8() <= end);
            found.push(start..end);
        }
    }
    found
}

/// `\s?(?:read more...)$`, where the stops stand for any character, as in the regular expression that DCLM makes of it.
fn read_more(line: &str) -> Vec<Range<usize>> {
    let phrase = "read more...";
    let at = line.char_indices().rev().nth(phrase.len() - 1).map(|(at, _)| at);
    let found = at.filter(|&at| phrase_at(line, at, phrase) == Some(line.len()));
    found.map(|at| after_space(line, at)..line.len()).into_iter().collect()
}

/// `^(?:sign-in)\s?`.
fn sign_in(line: &str) -> Vec<Range<usize>> {
    let end = phrase_at(line, 0, "sign-in").map(|end| {
        let space = line[end..].chars().next().filter(|c| python::is_space(*c));
        end + space.map_or(0, char::len_utf8)
    });
    end.map(|end| 0..end).into_iter().collect()
}

/// `at`, or where the one white space before it begins.
fn after_space(line: &str, at: usize) -> usize {
    let before = line[..at].chars().next_back().filter(|c| python::is_space(*c));
    at - before.map_or(0, char::len_utf8)
}

/// Where the phrase ends, if it stands at `at` in any case; a full stop in it stands for any character.
fn phrase_at(line: &str, at: usize, phrase: &str) -> Option<usize> {
    let mut rest = line[at..].chars();
    phrase
        .chars()
        .all(|want| rest.next().is_some_and(|c| want == '.' || folds(c, want)))
        .then(|| line.len() - rest.as_str().len())
}

/// Whether the character matches a lower-case one of ASCII under Python's `re.IGNORECASE`.
fn folds(c: char, want: char) -> bool {
    c.to_ascii_lowercase() == want
        || matches!((c, want), ('\u{130}' | '\u{131}', 'i') | ('\u{17F}', 's') | ('\u{212A}', 'k'))
}

/// What a counter counts (DCLM, `counter_line_modifier`).
pub(super) const COUNTED: [&str; 12] = [
    "likes",
    "shares",
    "comments",
    "retweets",
    "reposts",
    "quotes",
    "bookmarks",
    "upvotes",
    "downvotes",
    "downloads",
    "views",
    "followers",
];

/// Whether `^\W*\d(?:,|\.|\d)*[kmb]?\s+(?:likes|…)\W*$` matches the line in lower case. No step could give way to another, for
/// the character after each tells where it ends.
fn is_counter(line: &str) -> bool {
    let line = line.trim_start_matches(|c| !python::is_word(c));
    if !line.starts_with(python::is_decimal) {
        return false;
    }
    let unit = line.trim_start_matches(|c| c == ',' || c == '.' || python::is_decimal(c));
    let space = unit.strip_prefix(['K', 'k', '\u{212A}', 'M', 'm', 'B', 'b']).unwrap_or(unit);
    let noun = space.trim_start_matches(python::is_space);
    let counted = COUNTED.iter().find_map(|counted| {
        let mut rest = noun.chars();
        let same = |want: char| {
            rest.next().is_some_and(|c| c.to_ascii_lowercase() == want || (c == '\u{212A}' && want == 'k'))
        };
        counted.chars().all(same).then_some(rest.as_str())
    });
    noun.len() < space.len() && counted.is_some_and(|rest| !rest.contains(python::is_word))
}
