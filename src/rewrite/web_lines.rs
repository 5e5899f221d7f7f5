//! RefinedWeb's line rules as DCLM and datamap-rs have them: lines of a page's frame go, and its stock phrases are cut out.

use super::pieces::Pieces;
use super::{Rewrite, Rewritten};
use crate::document::Document;
use crate::text::{WordBreak, python};
use regex::Regex;
use std::ops::Range;
use std::sync::OnceLock;

/// Bounds of the line rules.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LineLimits {
    /// Most upper-case letters of a line that stays, as a share of its length, 0 to 1. RefinedWeb (Penedo et al. 2023,
    /// appendix G.2): mainly upper-case; DCLM and datamap-rs: 0.5.
    pub max_uppercase: f64,
    /// Most digits of a line that stays, as a share of its length, 0 to 1. RefinedWeb: not only digits; DCLM and datamap-rs:
    /// 0.999999.
    pub max_digits: f64,
    /// Whether lines that are a counter go: `3 likes`, `1.2k views`. RefinedWeb: yes.
    pub counters: bool,
    /// Fewest words of a line that stays; empty lines stay. RefinedWeb, DCLM and datamap-rs: 2.
    pub min_words: u32,
    /// Whether `items in cart`, `Read more...` at the end and `Sign-in` at the beginning of lines are cut out. RefinedWeb: yes.
    pub phrases: bool,
}

impl LineLimits {
    /// Those of DCLM-Baseline and of datamap-rs's web config.
    pub const PUBLISHED: LineLimits =
        LineLimits { max_uppercase: 0.5, max_digits: 0.999_999, counters: true, min_words: 2, phrases: true };

    /// By the keys of recipes.
    fn settings(&self) -> Vec<(&'static str, String)> {
        vec![
            ("max_uppercase", self.max_uppercase.to_string()),
            ("max_digits", self.max_digits.to_string()),
            ("counters", self.counters.to_string()),
            ("min_words", self.min_words.to_string()),
            ("phrases", self.phrases.to_string()),
        ]
    }
}

impl Default for LineLimits {
    fn default() -> Self {
        LineLimits::PUBLISHED
    }
}

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

/// datamap-rs's line modifiers (`allenai/datamap-rs`, `src/map_fxn.rs`), as its web config runs them: like [`DclmLines`], but shares
/// are of a line's UTF-8 bytes, digits are ASCII, words are those of UAX #29, nothing is stripped, and the phrases are cut from lines
/// of any length, in the case in which they are written, one within a line leaving a blank. Where phrases are cut, CRLF becomes LF,
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

/// A line: what is left of a range of the text.
struct Line {
    range: Range<usize>,
    /// What is cut out of it, in order, and what stands there instead.
    cuts: Vec<(Range<usize>, &'static str)>,
}

impl Line {
    /// The line as it stands, in `joined` if something was cut.
    fn content<'c>(&self, text: &'c str, joined: &'c mut String) -> &'c str {
        if self.cuts.is_empty() {
            return &text[self.range.clone()];
        }
        joined.clear();
        let mut at = self.range.start;
        for (cut, instead) in &self.cuts {
            joined.push_str(&text[at..cut.start]);
            joined.push_str(instead);
            at = cut.end;
        }
        joined.push_str(&text[at..self.range.end]);
        joined
    }

    /// Where a byte of the content lies in the text: at the beginning of a cut what begins there, at its end what lies in the
    /// string that stands for it.
    fn place(&self, mut at: usize) -> usize {
        let mut from = self.range.start;
        for (cut, instead) in &self.cuts {
            let before = cut.start - from;
            if at <= before {
                return from + at;
            }
            at = (at - before).saturating_sub(instead.len());
            from = cut.end;
        }
        from + at
    }

    /// Takes `found`, ranges of the content, out of the line.
    fn cut(&mut self, found: &[Range<usize>], instead: &'static str) {
        let places: Vec<_> = found.iter().map(|cut| self.place(cut.start)..self.place(cut.end)).collect();
        if self.cuts.is_empty() {
            self.cuts.extend(places.into_iter().map(|place| (place, instead)));
            return;
        }
        for place in places {
            // A cut around older ones takes them in.
            self.cuts.retain(|(cut, _)| cut.start < place.start || cut.end > place.end);
            let at = self.cuts.partition_point(|(cut, _)| cut.end <= place.start);
            self.cuts.insert(at, (place, instead));
        }
    }

    /// Takes white space from the beginning, and cuts with it.
    fn strip_start(&mut self, text: &str) {
        loop {
            let end = self.cuts.first().map_or(self.range.end, |(cut, _)| cut.start);
            let head = &text[self.range.start..end];
            let blank = head.len() - head.trim_start_matches(python::is_space).len();
            self.range.start += blank;
            if blank < head.len() || self.cuts.is_empty() {
                return;
            }
            self.range.start = self.cuts.remove(0).0.end;
        }
    }

    /// Takes white space from the end, and cuts with it.
    fn strip_end(&mut self, text: &str) {
        loop {
            let start = self.cuts.last().map_or(self.range.start, |(cut, _)| cut.end);
            let tail = &text[start..self.range.end];
            let solid = tail.trim_end_matches(python::is_space).len();
            self.range.end = start + solid;
            let last = if solid == 0 { self.cuts.pop() } else { None };
            let Some((cut, _)) = last else { return };
            self.range.end = cut.start;
        }
    }
}

/// The lines between LFs.
fn lines(text: &str) -> Vec<Line> {
    let mut start = 0;
    let line = |line: &str| {
        let range = start..start + line.len();
        start = range.end + 1;
        Line { range, cuts: Vec::new() }
    };
    text.split('\n').map(line).collect()
}

/// The lines, joined by LF.
fn join<'t>(text: &'t str, lines: &[Line]) -> Rewritten<'t> {
    let mut splice = Pieces::new(text);
    for (i, line) in lines.iter().enumerate() {
        if i > 0 {
            splice.put("\n");
        }
        let mut at = line.range.start;
        for (cut, instead) in &line.cuts {
            splice.keep(at..cut.start);
            splice.put(instead);
            at = cut.end;
        }
        splice.keep(at..line.range.end);
    }
    splice.finish()
}

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

fn python_words(line: &str) -> impl Iterator<Item = &str> {
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
const COUNTED: [&str; 12] = [
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
fn phrases() -> &'static [(&'static str, Regex, &'static str)] {
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

#[cfg(test)]
mod tests {
    use super::super::tests::replayed;
    use super::*;
    use crate::text::Analyzer;
    use proptest::prelude::*;
    use unicode_segmentation::UnicodeSegmentation;

    /// DCLM's steps, each on a text of its own, with regular expressions.
    fn naive_dclm(text: &str) -> String {
        let strip = |lines: Vec<String>| python::strip(&lines.join("\n")).to_owned();
        let keep = |text: String, keeps: &dyn Fn(&str) -> bool| -> Vec<String> {
            text.split('\n').filter(|line| line.is_empty() || keeps(line)).map(str::to_owned).collect()
        };
        let share = |line: &str, counts: fn(char) -> bool| {
            line.chars().filter(|c| counts(*c)).count() as f64 / line.chars().count() as f64
        };
        let regex = |source: &str| {
            let space = "[\\t-\\r\\x1c-\\x20\\x{85}\\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}]";
            // Python's `\W` leaves out all numbers, superscripts too.
            Regex::new(&source.replace(r"\s", space).replace(r"\W", r"[^\w\p{N}]")).unwrap()
        };
        let text = strip(keep(text.to_owned(), &|line| share(line, char::is_uppercase) <= 0.5));
        let text = strip(keep(text, &|line| share(line, python::is_digit) <= 0.999_999));
        let counted = COUNTED.join("|");
        let counter = regex(&format!(r"^\W*\d(?:,|\.|\d)*(?:K|k|M|m|B|b)?\s+(?:{counted})\W*$"));
        let text = strip(keep(text, &|line| !counter.is_match(&line.to_lowercase())));
        let mut text = keep(text, &|line| python_words(line).count() >= 2).join("\n");
        for source in [r"\s?(?:items in cart)", r"\s?(?:read more...)$", r"^(?:sign-in)\s?"] {
            // Python also takes the dotless and the dotted one for an i.
            let phrase = regex(&format!("(?i){}", source.replace('i', "[i\u{130}\u{131}]")));
            let lines = text.split('\n').filter_map(|line| {
                if python_words(line).count() > 10 {
                    return Some(line.to_owned());
                }
                let cut = phrase.replace_all(line, "").into_owned();
                (line.is_empty() || !python::strip(&cut).is_empty()).then_some(cut)
            });
            text = strip(lines.collect());
        }
        text
    }

    /// datamap's steps, each on a text of its own.
    fn naive_datamap(text: &str) -> String {
        let share = |line: &str, counts: fn(char) -> bool| {
            line.chars().filter(|c| counts(*c)).count() as f32 / line.len() as f32
        };
        let counter = format!(r"^\W*\d(?:,|\.|\d)*(?:K|k|M|m|B|b)?\s+(?:{})\W*$", COUNTED.join("|"));
        let counter = Regex::new(&counter).unwrap();
        let keeps = |line: &&str| {
            line.is_empty()
                || share(line, char::is_uppercase) <= 0.5
                    && share(line, |c| c.is_ascii_digit()) <= 0.999_999
                    && !counter.is_match(&line.to_lowercase())
                    && line.unicode_words().count() >= 2
        };
        let mut text = text.split('\n').filter(keeps).collect::<Vec<_>>().join("\n");
        for (_, regex, instead) in phrases() {
            let lines = text.lines().filter_map(|line| {
                let cut = regex.replace_all(line, *instead).into_owned();
                (line.is_empty() || !cut.trim().is_empty()).then_some(cut)
            });
            text = lines.collect::<Vec<_>>().join("\n");
        }
        text
    }

    fn pieces() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            6 => prop::sample::select(vec!["rye ", "Corn ", "a", "é", " ", ".", "\n", "\n", "\n\n", "\r\n", "\t"]),
            2 => prop::sample::select(vec!["MENU ", "ÉA", "12", "²", "3", ",", "1.2k ", "7 ", "likes", "Views", "followers", "boo\u{212a}mar\u{212a}s"]),
            3 => prop::sample::select(vec!["items in cart", "Items In Cart", "items in", " cart", "Read more...", "read more!!!", "Read ", "more...", "Sign-in", "s\u{131}gn-in", "Sign", "-in"]),
            1 => prop::sample::select(vec!["\u{1c}", "\u{85}", "\u{3000}", "\r", "(", "a b c d e f g h i j k "]),
        ];
        prop::collection::vec(piece, 0..30).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1024))]

        #[test]
        fn both_agree_with_their_naive_twins(text in pieces()) {
            let mut analyzer = Analyzer::new();
            let view = analyzer.view(&text);
            let doc = Document::new(&view);
            let ours = replayed(&DclmLines::default(), &doc);
            prop_assert_eq!(ours, naive_dclm(&text), "DCLM, {:?}", text);
            let ours = replayed(&DatamapLines::default(), &doc);
            prop_assert_eq!(ours, naive_datamap(&text), "datamap, {:?}", text);
        }
    }
}
