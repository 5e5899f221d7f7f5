//! The normal form of a line in cc_net: `normalize` of its `text_normalizer.py`, with its defaults (case, accents, numbers, marks).

use regex_syntax::hir::{Class, HirKind};
use std::sync::LazyLock;
use unicode_normalization::UnicodeNormalization;

/// Marks, and what stands for them there. A full-width 1 is listed there too, but is a 0 before it is looked up.
const MARKS: [(char, &str); 33] = [
    ('\u{ab}', "\""),
    ('\u{b4}', "'"),
    ('\u{bb}', "\""),
    ('\u{2013}', "-"),
    ('\u{2014}', " - "),
    ('\u{2019}', "'"),
    ('\u{201c}', "\""),
    ('\u{201d}', "\""),
    ('\u{201e}', "\""),
    ('\u{2026}', "..."),
    ('\u{2236}', ":"),
    ('\u{2501}', "-"),
    ('\u{25ba}', "-"),
    ('\u{3001}', ","),
    ('\u{3002}', "."),
    ('\u{3008}', "<"),
    ('\u{3009}', ">"),
    ('\u{300a}', "\""),
    ('\u{300b}', "\""),
    ('\u{300c}', "\""),
    ('\u{300d}', "\""),
    ('\u{3010}', "["),
    ('\u{3011}', "]"),
    ('\u{ff01}', "!"),
    ('\u{ff05}', "%"),
    ('\u{ff08}', "("),
    ('\u{ff09}', ")"),
    ('\u{ff0c}', ","),
    ('\u{ff0e}', ". "),
    ('\u{ff1a}', ":"),
    ('\u{ff1b}', ";"),
    ('\u{ff1f}', "?"),
    ('\u{ff5e}', "~"),
];

/// Ranges of a class of characters.
struct Ranges(Vec<(char, char)>);

impl Ranges {
    fn new(class: &str) -> Ranges {
        match regex_syntax::parse(class).map(|parsed| parsed.into_kind()) {
            Ok(HirKind::Class(Class::Unicode(class))) => {
                Ranges(class.ranges().iter().map(|range| (range.start(), range.end())).collect())
            }
            _ => Ranges(Vec::new()),
        }
    }

    fn has(&self, c: char) -> bool {
        let behind = self.0.partition_point(|range| range.0 <= c);
        behind.checked_sub(1).is_some_and(|at| c <= self.0[at].1)
    }
}

static ACCENTS: LazyLock<Ranges> = LazyLock::new(|| Ranges::new(r"\p{Mn}"));
static DIGITS: LazyLock<Ranges> = LazyLock::new(|| Ranges::new(r"\p{Nd}"));

/// Writes the normal form of `line` to `out`.
pub(super) fn normalise(line: &str, out: &mut String) {
    out.clear();
    let line = line.trim_matches(|c: char| c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c));
    if line.is_ascii() {
        out.extend(line.bytes().filter(|byte| !byte.is_ascii_control()).map(|byte| match byte {
            b'0'..=b'9' => '0',
            byte => char::from(byte.to_ascii_lowercase()),
        }));
        return;
    }
    for c in line.to_lowercase().nfd() {
        match c {
            c if c.is_control() || ACCENTS.has(c) => {}
            c if DIGITS.has(c) => out.push('0'),
            c => match MARKS.iter().find(|(mark, _)| *mark == c) {
                Some((_, ascii)) if !c.is_ascii() => out.push_str(ascii),
                _ => out.push(c),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_the_reference_does() {
        let of = |line: &str| {
            let mut out = "left over".to_owned();
            normalise(line, &mut out);
            out
        };
        // What `cc_net.text_normalizer.normalize` gives.
        let cases = [
            ("  Hello World 2024\t", "hello world 0000"),
            ("Café – naïve…", "cafe - naive..."),
            ("“Quoted” ‘x’ «y»", "\"quoted\" ‘x' \"y\""),
            ("٣ ３ ½", "0 0 ½"),
            ("a\tb\u{7f}\u{85}c", "abc"),
            ("ΟΔΟΣ", "οδος"),
            ("İ", "i"),
            ("日本。テスト、（１）", "日本.テスト,(0)"),
            ("—", " - "),
            ("", ""),
            ("\u{301}", ""),
        ];
        for (line, normal) in cases {
            assert_eq!(of(line), normal, "{line:?}");
        }
    }
}
