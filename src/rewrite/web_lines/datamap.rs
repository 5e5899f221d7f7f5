//! datamap-rs's line modifiers.

use super::LineLimits;
use super::line::{Line, join, lines};
use crate::document::Document;
use crate::rewrite::{Rewrite, Rewritten};
use crate::text::WordBreak;
use regex::Regex;
use std::sync::OnceLock;

/// datamap-rs's line modifiers (`allenai/datamap-rs`, `src/map_fxn.rs`), as its web config runs them: like
/// [`DclmLines`](super::DclmLines), but shares are of a line's UTF-8 bytes, digits are ASCII, words are those of UAX #29, nothing is
/// stripped, and the phrases are cut from lines of any length, in the case in which they are written, one within a line leaving a blank. Where phrases are cut, CRLF becomes LF,
/// and each of the three phrases takes one line break from the end of the text.
///
/// ```
/// use mashbill::{Document, rewrite::{DatamapLines, Rewrite}, text::Analyzer};
///
/// let mut analyzer = Analyzer::new();
/// let view = analyzer.view("MAIN MENU\nRye: 3 items in cart now\n12 likes\n\nCorn is sweet. \n");
/// assert_eq!(DatamapLines::default().rewrite(&Document::new(&view)).text, "Rye: 3 now\n\nCorn is sweet. ");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct DatamapLines(pub LineLimits);

impl Rewrite for DatamapLines {
    fn settings(&self) -> Vec<(&'static str, String)> {
        self.0.settings()
    }

    fn rewrite<'t>(&self, doc: &Document<'t>) -> Rewritten<'t> {
        let text = doc.text();
        let limits = self.0;
        let mut lines = lines(text);
        let keeps = |line: &Line, counts: fn(char) -> bool, max: f64| {
            let line = &text[line.range.clone()];
            // In 32 bits, as there.
            line.is_empty() || line.chars().filter(|c| counts(*c)).count() as f32 / line.len() as f32 <= max as f32
        };
        lines.retain(|line| keeps(line, char::is_uppercase, limits.max_uppercase));
        lines.retain(|line| keeps(line, |c| c.is_ascii_digit(), limits.max_digits));
        if limits.counters {
            lines.retain(|line| !is_rust_counter(&text[line.range.clone()]));
        }
        // A line break parts words, so those of a line are the text's that lie in it.
        let mut words = doc.view().words(WordBreak::Unicode).as_slice();
        lines.retain(|line| {
            let start = words.partition_point(|word| (word.start as usize) < line.range.start);
            let within = words[start..].iter().take_while(|word| (word.end as usize) <= line.range.end);
            let enough = within.take(limits.min_words as usize).count() >= limits.min_words as usize;
            words = &words[start..];
            line.range.is_empty() || enough
        });
        if limits.phrases {
            let mut joined = String::new();
            for (phrase, regex, instead) in phrases() {
                take_line_ends(text, &mut lines);
                lines.retain_mut(|line| {
                    let content = line.content(text, &mut joined);
                    if content.contains(phrase) {
                        let found: Vec<_> = regex.find_iter(content).map(|found| found.range()).collect();
                        line.cut(&found, instead);
                    }
                    let content = line.content(text, &mut joined);
                    content.is_empty() && line.cuts.is_empty() || !content.trim().is_empty()
                });
            }
        }
        join(text, &lines)
    }
}

/// `str::lines` of the text that the lines make: a final line break goes, and the CR of each CRLF.
fn take_line_ends(text: &str, lines: &mut Vec<Line>) {
    let mut joined = String::new();
    let open = lines.last().is_some_and(|last| !last.content(text, &mut joined).is_empty());
    // Without a line that is open, the last is the empty one after the final break.
    let ended = lines.len().saturating_sub(1);
    if !open {
        lines.truncate(ended);
    }
    for line in &mut lines[..ended] {
        let before = line.cuts.iter().rev().nth(1).map_or(line.range.start, |(cut, _)| cut.end);
        let at_end = line.cuts.last_mut().filter(|(cut, _)| cut.end == line.range.end);
        if let Some((cut, instead)) = at_end {
            // What was cut at the end may have laid open a CR before it.
            let laid_open = instead.is_empty() && text[before..cut.start].ends_with('\r');
            cut.start -= usize::from(laid_open);
        } else if text[line.range.clone()].ends_with('\r') {
            line.range.end -= 1;
        }
    }
}

/// datamap's phrases: what each match holds, its regular expression, and what stands for it.
pub(super) fn phrases() -> &'static [(&'static str, Regex, &'static str)] {
    static PHRASES: OnceLock<Vec<(&str, Regex, &str)>> = OnceLock::new();
    PHRASES.get_or_init(|| {
        let sources = [
            ("items in cart", r"\s?(?:items in cart)\s?", " "),
            ("Read more", r"\s?(?:Read more...)$", ""),
            ("Sign-in", r"^(?:Sign-in)\s?", ""),
        ];
        sources
            .into_iter()
            .filter_map(|(phrase, regex, instead)| Some((phrase, Regex::new(regex).ok()?, instead)))
            .collect()
    })
}

/// datamap's counters: the same expression as DCLM's, with Rust's classes.
fn is_rust_counter(line: &str) -> bool {
    static COUNTER: OnceLock<Option<Regex>> = OnceLock::new();
    // All before the first digit must be outside of words, and letters are not.
    let begins = line.chars().find(|c| c.is_alphabetic() || c.is_numeric());
    if !begins.is_some_and(|c| c.is_numeric() && !c.is_alphabetic()) {
        return false;
    }
    let source = r"^\W*\d(?:,|\.|\d)*(?:K|k|M|m|B|b)?\s+(?:likes|shares|comments|retweets|reposts|quotes|bookmarks|upvotes|downvotes|downloads|views|followers)\W*$";
    COUNTER.get_or_init(|| Regex::new(source).ok()).as_ref().is_some_and(|regex| regex.is_match(&line.to_lowercase()))
}
