//! Both against naive twins, each step on a text of its own.

use super::datamap::phrases;
use super::dclm::{COUNTED, python_words};
use super::{DatamapLines, DclmLines};
use crate::document::Document;
use crate::rewrite::tests::replayed;
use crate::text::{Analyzer, python};
use proptest::prelude::*;
use regex::Regex;
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
    let share =
        |line: &str, counts: fn(char) -> bool| line.chars().filter(|c| counts(*c)).count() as f32 / line.len() as f32;
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
