//! Every template against what the room promises: answers checked twice, steps that hold, no problem twice, dials that are one to one.

use super::counter::Counter;
use super::draw::{Draw, LEVELS};
use super::evaluate::value;
use super::template::Page;
use super::{Generator, Item, Kind, check_answer};
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// Items of each kind that the quick tests look at; the slow one looks at a hundred thousand.
const QUICK: u64 = 3_000;

fn items(kind: Kind, seed: u64, n: u64) -> impl Iterator<Item = Item> {
    let generator = Generator::new(kind, seed);
    (0..n).map(move |i| generator.item(i).unwrap_or_else(|e| panic!("{e}")))
}

fn kinds() -> impl Iterator<Item = Kind> {
    Kind::ALL.into_iter().map(|(_, kind)| kind)
}

/// What of a text an equation's side is: the longest run of formula next to the sign. Empty where there is prose, or a letter.
fn side(text: &str, from_end: bool) -> &str {
    let formula = |c: char| c.is_ascii_digit() || " +-*/^().".contains(c);
    let run = if from_end {
        let start =
            text.rfind(|c| !formula(c)).map_or(0, |at| at + text[at..].chars().next().map_or(1, char::len_utf8));
        if start > 0
            && text[..start].ends_with(|c: char| c.is_ascii_alphabetic() || c == '\'' || c == '_')
            && !text[start..].starts_with(' ')
        {
            return ""; // `3x`, `f(2)`
        }
        &text[start..]
    } else {
        let end = text.find(|c| !formula(c)).unwrap_or(text.len());
        if text[end..].starts_with(|c: char| c.is_ascii_alphabetic()) && !text[..end].ends_with(' ') {
            return "";
        }
        &text[..end]
    };
    let trimmed = run.trim();
    // Text goes on: a full stop or a comma ends the formula.
    let trimmed = trimmed.trim_end_matches('.').trim();
    // `2)` of `C(9, 2)`.
    if trimmed.matches('(').count() != trimmed.matches(')').count() {
        return "";
    }
    // A single letter with an operator before or after is a variable, not prose.
    if trimmed.starts_with(['*', '/', '+', '^', '-']) && from_end && trimmed[1..].starts_with(' ') {
        ""
    } else {
        trimmed
    }
}

/// All `a = b` of a text whose sides are numbers, as (a, b).
fn equalities(line: &str) -> Vec<(&str, &str)> {
    let parts: Vec<&str> = line.split(" = ").collect();
    let sides = parts.windows(2).map(|pair| (side(pair[0], true), side(pair[1], false)));
    sides.filter(|(a, b)| !a.is_empty() && !b.is_empty()).collect()
}

#[test]
fn equalities_are_found_in_prose() {
    assert_eq!(equalities("So 3 + 4 = 7."), [("3 + 4", "7")]);
    assert_eq!(equalities("The mean is 12 / 5 = 2.4, and 2 = 2."), [("12 / 5", "2.4"), ("2", "2")]);
    assert_eq!(equalities("3x + 4 = 7"), []);
    assert_eq!(equalities("f(2) = 7 and x = 3"), []);
    assert_eq!(equalities("2 * (3 - 5) = 2 * -2 = -4"), [("2 * (3 - 5)", "2 * -2"), ("2 * -2", "-4")]);
}

fn check_all(kind: Kind, n: u64) {
    let mut keys = HashSet::new();
    let mut questions = HashSet::new();
    let (mut stepwise, mut lines) = (0_u64, 0_u64);
    for item in items(kind, 17, n) {
        let Item { question, steps, answer, .. } = &item;
        let shown = || format!("{}\n{}", item.problem_key, item.text());
        assert_eq!(check_answer(item.template, item.phrasing, question, answer), Some(true), "{}", shown());
        assert!(keys.insert(item.problem_key.clone()), "twice: {}", shown());
        assert!(questions.insert(question.clone()), "twice: {}", shown());
        assert!(!steps.is_empty() && !answer.is_empty(), "{}", shown());
        let text = item.text();
        for wrong in ["{", "}", "  ", "+ -", "- -", " 0x", "1x", "?^", " .", " ,"] {
            let found = text
                .match_indices(wrong)
                .any(|(at, _)| wrong != "1x" || !text[..at].ends_with(|c: char| c.is_ascii_digit() || c == '.'));
            assert!(!found, "`{wrong}` in {}", shown());
        }
        assert!(question.starts_with(|c: char| c.is_ascii_uppercase() || c.is_ascii_digit()), "{}", shown());
        assert!(question.ends_with(['.', '?']), "{}", shown());
        for line in steps.lines() {
            lines += 1;
            for (a, b) in equalities(line) {
                let (Some(left), Some(right)) = (value(a, &[]), value(b, &[])) else {
                    panic!("`{a}` or `{b}` is no formula in `{line}` of {}", shown());
                };
                assert_eq!(left, right, "`{a}` and `{b}` in {}", shown());
                stepwise += 1;
            }
        }
    }
    assert!(stepwise * 20 > lines, "{kind}: only {stepwise} equalities in {lines} lines were looked at");
}

#[test]
fn answers_and_steps_hold_and_no_problem_comes_twice() {
    kinds().for_each(|kind| check_all(kind, QUICK));
}

#[test]
#[ignore = "slow: a hundred thousand items of every kind"]
fn a_hundred_thousand_of_every_kind() {
    kinds().for_each(|kind| check_all(kind, 100_000));
}

/// An answer with its last number raised by one.
fn spoilt(answer: &str) -> Option<String> {
    let end = answer.rfind(|c: char| c.is_ascii_digit())? + 1;
    let start = answer[..end].rfind(|c: char| !c.is_ascii_digit()).map_or(0, |at| at + 1);
    let number: u64 = answer[start..end].parse().ok()?;
    Some(format!("{}{}{}", &answer[..start], number + 1, &answer[end..]))
}

#[test]
fn wrong_answers_are_seen() {
    for kind in kinds() {
        let mut tried = 0;
        for item in items(kind, 5, 1_000) {
            let Some(wrong) = spoilt(&item.answer) else { continue };
            let judged = check_answer(item.template, item.phrasing, &item.question, &wrong);
            assert_ne!(judged, Some(true), "{wrong} for {}", item.text());
            tried += 1;
        }
        assert!(tried > 900, "{kind}: {tried}");
    }
}

#[test]
fn what_is_no_item_is_not_judged() {
    for (template, phrasing, question) in [
        ("algebra.linear", 0, "What is x?"),
        ("algebra.linear", 99, "Solve x + 1 = 2 for x."),
        ("algebra.nothing", 0, "Solve x + 1 = 2 for x."),
        ("nothing", 0, ""),
        ("", 0, ""),
    ] {
        assert_eq!(check_answer(template, phrasing, question, "x = 1"), None, "{template} {phrasing}");
    }
    assert_eq!(check_answer("algebra.linear", 0, "Solve 2x + 1 = 3 for x.", "x = 1"), Some(true));
    assert_eq!(check_answer("algebra.linear", 0, "Solve 2x + 1 = 2x for x.", "x = 1"), Some(false));
    assert_eq!(check_answer("algebra.linear", 0, &format!("Solve {} for x.", "((".repeat(1 << 16)), "x = 1"), None);
}

#[test]
fn templates_share_evenly_and_have_phrasings() {
    for kind in kinds() {
        let generator = Generator::new(kind, 1);
        assert!(generator.cardinality() >= 100_000, "{kind}");
        let mut last = 0;
        for cell in generator.cell_sizes() {
            assert!(cell.phrasings >= 5, "{}", cell.template);
            assert!(cell.problems < u64::MAX / 1_000_000, "{}: {}", cell.template, cell.problems);
            last = cell.problems.max(last);
        }
        // The smallest cells are full after some rounds; before, all cells have equal shares.
        let cells = generator.cell_sizes().count() as u64;
        let mut shares = BTreeMap::new();
        items(kind, 1, cells * 2).for_each(|item| *shares.entry((item.template, item.level)).or_insert(0) += 1);
        assert!(shares.len() as u64 == cells && shares.values().all(|&n| n == 2), "{kind}: {shares:?}");
        assert!(last > 10_000, "{kind}");
    }
}

/// A kind's items from the first to the last, and beyond: those of its easiest cells.
#[test]
fn every_problem_of_a_small_kind_comes_once() {
    let generator = Generator::with_difficulty(Kind::Algebra, 3, 0.0, 3.5).unwrap();
    let all = generator.cardinality();
    assert_eq!(generator.cell_sizes().map(|cell| cell.problems).sum::<u64>(), all);
    let keys: BTreeSet<String> = (0..all).map(|i| generator.item(i).unwrap().problem_key).collect();
    let texts: BTreeSet<String> = (0..all).map(|i| generator.canonical(i).unwrap()).collect();
    assert_eq!((keys.len() as u64, texts.len() as u64), (all, all));
    let error = generator.item(all).unwrap_err().to_string();
    let expected = format!(
        "item {all} of `algebra`: there are only {all} problems of this kind and difficulty, and none is made twice; ask for {all} at most"
    );
    assert_eq!(error, expected);
    let none = Generator::with_difficulty(Kind::Algebra, 3, 30.0, 40.0).unwrap_err().to_string();
    assert!(
        none.starts_with("difficulty: `algebra` has no template between 30 and 40 digits; it has them from 1 to "),
        "{none}"
    );
}

/// Dials do not depend on what they show, and different numbers give different problems: all of the small cells, some of the large.
#[test]
fn problems_differ_whatever_their_words() {
    for kind in kinds() {
        let generator = Generator::new(kind, 11);
        let mut seen = HashSet::new();
        for i in 0..QUICK * 2 {
            let question = generator.canonical(i).unwrap();
            assert!(seen.insert(question.clone()), "{question}");
        }
    }
}

#[test]
fn seeds_and_numbers_change_the_items() {
    let texts = |seed| items(Kind::Units, seed, 50).map(|item| item.text()).collect::<Vec<_>>();
    assert_eq!(texts(1), texts(1));
    assert_ne!(texts(1), texts(2));
    let generator = Generator::new(Kind::Units, 1);
    assert_eq!(generator.item(49).unwrap().text(), texts(1)[49]);
    assert_eq!(generator.id(7), "synth1-units-1-7");
    let hard = Generator::with_difficulty(Kind::Units, 1, 5.0, 9.0).unwrap();
    assert!((0..100).all(|i| hard.item(i).unwrap().difficulty >= 5.0));
    assert_eq!(hard.id(7), "synth1-units-1-d5..9-7");
}

/// Any number makes a page, even one that is beyond the template's.
#[test]
fn templates_are_total() {
    for template in kinds().flat_map(Kind::templates) {
        for level in 0..LEVELS {
            for index in [0, 1, 12_345, u64::MAX / 3, u64::MAX] {
                let mut page = Page::default();
                let made = (template.make)(&mut Draw::new(index, level, Counter::new(index)), &mut page);
                assert!(made.is_some() && page.question(template.phrasings[0]).is_some(), "{} {index}", template.id);
            }
        }
    }
}

/// Whatever stands in a question's slots and in its answer, the check ends, and soon.
#[test]
fn checks_are_total() {
    const HOSTILE: [&str; 16] = [
        "",
        "0",
        "-1",
        "1",
        "999999",
        "999999999999999999999999999999999999999",
        "170141183460469231731687303715884105727",
        "1/0",
        "((((",
        "x^99",
        "x = 0",
        "0 red balls and 0 blue balls",
        "twice",
        "99:99",
        "é",
        "3 times",
    ];
    let mut number = 0_usize;
    for template in kinds().flat_map(Kind::templates) {
        for round in 0..300 {
            let phrasing = round % template.phrasings.len();
            let mut next = || {
                number += 1;
                HOSTILE[(number * 7 + round * 5 + number / 16) % HOSTILE.len()]
            };
            let mut question = template.phrasings[phrasing].to_owned();
            while let Some((before, rest)) = question.clone().split_once('{') {
                let after = rest.split_once('}').map_or("", |(_, after)| after);
                question = format!("{before}{}{after}", next());
            }
            let _ = check_answer(template.id, phrasing, &question, next());
        }
    }
}

/// Prints items, for reading: `cargo test --lib synth::tests::samples -- --ignored --nocapture`.
#[test]
#[ignore = "prints"]
fn samples() {
    let seed = 3;
    for kind in kinds() {
        for item in items(kind, seed, Generator::new(kind, seed).cell_sizes().count() as u64) {
            println!("## {} {}\n{}\n", item.problem_key, item.difficulty, item.text());
        }
    }
}

/// Distinct n-grams, shares of templates and time, for the documentation.
#[test]
#[ignore = "prints"]
fn figures() {
    for kind in kinds() {
        let generator = Generator::new(kind, 17);
        let began = std::time::Instant::now();
        let items: Vec<Item> = (0..100_000).map(|i| generator.item(i).unwrap()).collect();
        let rate = 1e5 / began.elapsed().as_secs_f64();
        let (mut shares, mut phrasings, mut grams, mut total, mut words) =
            (BTreeMap::new(), BTreeMap::new(), HashSet::new(), 0, 0);
        for item in &items {
            *shares.entry(item.template).or_insert(0) += 1;
            *phrasings.entry((item.template, item.phrasing)).or_insert(0) += 1;
            let text = item.text();
            let split: Vec<&str> = text.split_whitespace().collect();
            words += split.len();
            if total < 200_000 {
                total += split.windows(3).count();
                grams.extend(split.windows(3).map(|gram| gram.join(" ")));
            }
        }
        let top = shares.values().max().unwrap();
        println!(
            "| {kind} | {} | {} | {:.1} | {:.3} | {:.1} % | {:.1} % | {rate:.0} |",
            shares.len(),
            generator.cardinality(),
            words as f64 / 1e5,
            grams.len() as f64 / total as f64,
            *top as f64 / 1e3,
            *phrasings.values().max().unwrap() as f64 / 1e3,
        );
    }
}
