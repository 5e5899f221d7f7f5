//! Counting and removing, beside a twin that does both with strings and hash maps.

use super::*;
use crate::document::Document;
use crate::filter::{Filter, Verdict};
use crate::rewrite::Rewrite;
use crate::rewrite::tests::replayed;
use crate::text::Analyzer;
use proptest::prelude::*;
use std::collections::{BTreeMap, HashMap, HashSet};
use unicode_normalization::UnicodeNormalization;
use xxhash_rust::xxh3::xxh3_64;

fn form(unit: &str) -> String {
    unit.nfc().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The lines of a text, each with its end.
fn lines_of(text: &str) -> Vec<(&str, &str)> {
    let mut lines = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let at = rest.find(['\n', '\r']).unwrap_or(rest.len());
        let end = if rest[at..].starts_with("\r\n") { at + 2 } else { (at + 1).min(rest.len()) };
        lines.push((&rest[..at], &rest[at..end]));
        rest = &rest[end..];
    }
    lines
}

/// The units of a text, each with what parts it from the next, and what stands before the first.
fn units_of(text: &str, unit: LineUnit) -> (String, Vec<(String, String)>) {
    let mut units: Vec<(String, String)> = Vec::new();
    let mut head = String::new();
    let mut within = false;
    for (line, end) in lines_of(text) {
        let blank = line.trim().is_empty();
        match (unit, units.last_mut()) {
            (LineUnit::Paragraph, Some((whole, gap))) if within && !blank => {
                whole.push_str(gap);
                whole.push_str(line);
                *gap = end.to_owned();
            }
            (LineUnit::Paragraph, Some((_, gap))) if blank => gap.push_str(&(line.to_owned() + end)),
            (LineUnit::Paragraph, None) if blank => head.push_str(&(line.to_owned() + end)),
            _ => units.push((line.to_owned(), end.to_owned())),
        }
        within = !blank;
    }
    (head, units)
}

/// Both passes with strings.
fn naive(texts: &[&str], rules: &LineRules) -> Vec<String> {
    let long = |form: &str| form.chars().count() >= rules.min_chars as usize;
    let mut documents: HashMap<String, HashSet<&str>> = HashMap::new();
    for text in texts {
        for (unit, _) in units_of(text, rules.unit).1 {
            let form = form(&unit);
            if long(&form) {
                documents.entry(form).or_default().insert(text);
            }
        }
    }
    let first = |texts: &HashSet<&str>| texts.iter().map(|t| xxh3_64(t.as_bytes()) >> 16).min();
    let remove = |text: &str| {
        let (head, units) = units_of(text, rules.unit);
        let gone = |unit: &str| {
            let found = documents.get(&form(unit)).filter(|d| d.len() >= rules.min_documents as usize);
            let kept = found.is_some_and(|d| first(d) == Some(xxh3_64(text.as_bytes()) >> 16));
            found.is_some() && !(rules.keep == KeepUnit::First && kept)
        };
        let gone: Vec<bool> = units.iter().map(|(unit, _)| gone(unit)).collect();
        let Some(last) = gone.iter().rposition(|gone| !gone) else {
            return if units.is_empty() { text.to_owned() } else { String::new() };
        };
        let mut out = head;
        for (i, (unit, gap)) in units.iter().enumerate().filter(|(i, _)| !gone[*i]) {
            out.push_str(unit);
            // The last unit that stays takes the end of the text.
            out.push_str(if i == last { &units[units.len() - 1].1 } else { gap });
        }
        out
    };
    texts.iter().map(|text| remove(text)).collect()
}

fn counted(texts: &[&str], rules: &LineRules) -> Counted {
    let mut counter = LineCounter::new(rules);
    texts.iter().for_each(|text| counter.collect(text));
    counter.finish()
}

fn removed(texts: &[&str], rules: &LineRules) -> Vec<String> {
    let remove = RemoveUnits::new(rules, counted(texts, rules).units);
    let mut analyzer = Analyzer::new();
    texts
        .iter()
        .map(|text| {
            let view = analyzer.view(text);
            replayed(&remove, &Document::new(&view)).into_owned()
        })
        .collect()
}

const TWO: LineRules = LineRules {
    unit: LineUnit::Line,
    min_documents: 2,
    min_chars: 4,
    keep: KeepUnit::None,
    scope: LineScope::Global,
    max_removed: 1.0,
};

#[test]
fn what_goes_and_what_stays() {
    let menu = "Home | About | Contact\r\nAccept all  cookies\n";
    let texts =
        [format!("{menu}Rye is dry.\n}}\n"), format!("Corn.\n}}\n\n{menu}"), "Oak\nAccept all\tcookies".to_owned()];
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    assert_eq!(removed(&texts, &TWO), ["Rye is dry.\n}\n", "Corn.\n}\n\n", "Oak"]);
    // Three documents have the cookies, two the menu.
    let three = LineRules { min_documents: 3, ..TWO };
    assert_eq!(removed(&texts, &three)[0], "Home | About | Contact\r\nRye is dry.\n}\n");
}

#[test]
fn paragraphs_go_with_the_blank_lines_after_them() {
    let rules = LineRules { unit: LineUnit::Paragraph, ..TWO };
    let texts =
        ["\n\nmenu a\nmenu b\n\n\nRye.\n", "Corn.\r\n \r\nmenu a\r\nmenu b\r\n", "menu a\nmenu b", "menu a\n\nmenu b"];
    // The content form joins lines, so that CRLF and LF are the same.
    assert_eq!(removed(&texts, &rules), ["\n\nRye.\n", "Corn.\r\n", "", "menu a\n\nmenu b"]);
}

/// Else every line of a page that was crawled twice would be boilerplate, before its copy can be removed.
#[test]
fn exact_copies_are_one_document() {
    let texts = ["One page, crawled twice.\nIts second line.", "One page, crawled twice.\nIts second line."];
    assert_eq!(removed(&texts, &TWO), texts);
    let with_other = [texts[0], texts[1], "Another page.\nIts second line."];
    let found = counted(&with_other, &TWO);
    assert_eq!((found.totals.frequent[0].documents, found.totals.frequent[0].times), (2, 3));
    assert_eq!(found.totals.sources[&0], Removed { units: 3, bytes: 48 });
}

#[test]
fn a_unit_counts_once_in_a_document_however_often_it_stands_there() {
    let many = "same line\n".repeat(1_000_000);
    let texts = [many.as_str(), "another"];
    let found = counted(&texts, &TWO);
    assert!(found.units.is_empty());
    assert_eq!(found.totals.distinct, 2);
    assert_eq!(removed(&texts, &TWO), texts);
    let texts = [many.as_str(), "same line"];
    assert_eq!(removed(&texts, &TWO), ["", ""]);
    assert_eq!(counted(&texts, &TWO).totals.frequent[0].times, 1_000_001);
}

#[test]
fn a_million_distinct_lines_lose_nothing() {
    let text = |from: u32| (from..from + 10_000).map(|i| format!("line {i}\n")).collect::<String>();
    let texts: Vec<String> = (0..100).map(|i| text(i * 10_000)).collect();
    let mut counter = LineCounter::new(&TWO);
    texts.iter().for_each(|text| counter.collect(text));
    let found = counter.finish();
    assert_eq!((found.totals.distinct, found.totals.repeated, found.units.len()), (1_000_000, 0, 0));
}

#[test]
fn long_lines_and_none() {
    let long = "x y ".repeat(12 << 20);
    let texts = [long.as_str(), long.trim_end(), "", "\n", "\r", "no line end at all"];
    assert_eq!(removed(&texts, &TWO), ["", "", "", "\n", "\r", "no line end at all"]);
}

#[test]
fn forms_decide_and_length_is_in_characters() {
    // Composition and white space are no difference; case is. Four characters suffice, three do not.
    let texts = ["cafe\u{301}", "\u{3000}caf\u{e9}\u{a0}", "Café", "日本語", "日本語", "日本語日", "日本語日 "];
    assert_eq!(removed(&texts, &TWO), ["", "", "Café", "日本語", "日本語", "", ""]);
}

#[test]
fn the_first_by_hash_keeps_its_units_and_so_do_its_copies() {
    let rules = LineRules { keep: KeepUnit::First, ..TWO };
    let texts = ["menu item\na", "menu item\nb", "menu item\nc", "menu item\na"];
    let kept: Vec<bool> = removed(&texts, &rules).iter().map(|text| text.starts_with("menu")).collect();
    assert_eq!(kept.iter().take(3).filter(|&&k| k).count(), 1);
    assert_eq!(kept[0], kept[3]);
    let totals = counted(&texts, &rules).totals;
    let copies = if kept[0] { 2 } else { 1 };
    assert_eq!(totals.sources[&0].units, 4 - copies);
}

#[test]
fn sources_are_kept_apart_where_the_scope_says_so() {
    let count = |scope: LineScope| {
        let rules = LineRules { scope, ..TWO };
        let mut all = LineCounter::for_source(&rules, 0, "web");
        all.collect("menu item\na");
        all.collect("menu item\nb");
        let mut other = LineCounter::for_source(&rules, 1, "wiki");
        other.collect("menu item\nc");
        all.merge(other);
        let found = all.finish();
        let remove = |source| {
            let mut analyzer = Analyzer::new();
            let view = analyzer.view("menu item\nd");
            RemoveUnits::for_source(&rules, source, found.units.clone())
                .rewrite(&Document::new(&view))
                .text
                .into_owned()
        };
        (remove("web"), remove("wiki"), found.totals.sources)
    };
    let units = |units| Removed { units, bytes: 9 * units };
    let (web, wiki, sources) = count(LineScope::Global);
    assert_eq!((web.as_str(), wiki.as_str()), ("d", "d"));
    assert_eq!(sources, BTreeMap::from([(0, units(2)), (1, units(1))]));
    let (web, wiki, sources) = count(LineScope::Source);
    assert_eq!((web.as_str(), wiki.as_str()), ("d", "menu item\nd"));
    assert_eq!(sources, BTreeMap::from([(0, units(2))]));
}

#[test]
fn too_much_removed_drops_the_document() {
    let rules = LineRules { max_removed: 0.5, ..TWO };
    let units = counted(&["menu item\nanother", "menu item\n"], &rules).units;
    let remove = RemoveUnits::new(&rules, units);
    let share = |text: &str| {
        let mut analyzer = Analyzer::new();
        let view = analyzer.view(text);
        match remove.check(&Document::new(&view)) {
            Verdict::Keep => None,
            Verdict::Drop(failure) => failure.observed,
        }
    };
    assert_eq!(share("menu item\n\n\nnine byte"), None);
    assert_eq!(share("menu item\nhalf and"), Some(9.0 / 17.0));
    assert_eq!(share("menu item"), Some(1.0));
    assert_eq!(share(""), None);
    assert_eq!(remove.rules()[0].bound, "share of bytes in repeated lines <= 0.5");
    // A slot without units leaves everything as it is.
    assert_eq!(RemoveUnits::new(&rules, UnitSlot::default()).removed_share("menu item"), 0.0);
}

#[test]
fn rules_that_mean_nothing_are_refused() {
    assert!(LineRules::default().check().is_ok() && TWO.check().is_ok());
    for bad in [
        LineRules { min_documents: 1, ..TWO },
        LineRules { min_chars: 0, ..TWO },
        LineRules { max_removed: f64::NAN, ..TWO },
        LineRules { max_removed: 1.5, ..TWO },
    ] {
        assert!(bad.check().is_err(), "{bad:?}");
    }
}

#[test]
fn the_set_finds_its_units_and_no_others() {
    for size in [0_u64, 1, 15, 16, 17, 1_000, 70_000] {
        let spread = |i: u64| i.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let set = RepeatedUnits::new((0..size).map(spread).collect(), None);
        assert_eq!((set.len() as u64, set.is_empty()), (size, size == 0));
        assert!((0..size).all(|i| set.removes(spread(i), || 0)));
        assert!((size..size + 1_000).all(|i| !set.removes(spread(i), || 0)));
        assert!(RepeatedUnits::memory(set.len(), false) >= 8 * size);
    }
    // All in one cell: keys that are no hashes.
    let low = RepeatedUnits::new((0..100).rev().collect(), Some((0..100).collect()));
    assert!(low.removes(5, || 5) && !low.removes(5, || 94));
}

fn text() -> impl Strategy<Value = String> {
    let line = prop::sample::select(vec![
        "",
        " ",
        "}",
        "menu item",
        " menu  item",
        "cookie\u{301} line",
        "cookié line",
        "other line",
        "Other line",
        "abc",
        "a b c d",
        "日本語日本",
        "\u{3000}",
    ]);
    let end = prop::sample::select(vec!["\n", "\r\n", "\r", "\n\n", ""]);
    prop::collection::vec((line, end), 0..8).prop_map(|l| l.into_iter().map(|(l, e)| format!("{l}{e}")).collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn agrees_with_its_naive_twin(
        texts in prop::collection::vec(text(), 0..8), paragraphs: bool, first: bool, min_documents in 2u32..4, min_chars in 1u32..9,
    ) {
        let unit = if paragraphs { LineUnit::Paragraph } else { LineUnit::Line };
        let keep = if first { KeepUnit::First } else { KeepUnit::None };
        let rules = LineRules { unit, keep, min_documents, min_chars, ..TWO };
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        prop_assert_eq!(removed(&texts, &rules), naive(&texts, &rules));
    }

    /// Neither the order of the texts nor how they are shared among counters matters, nor when records are handed on.
    #[test]
    fn order_and_grouping_decide_nothing(
        texts in prop::collection::vec(text(), 0..8), at in 0usize..8, first: bool, limit in 1usize..6,
    ) {
        let keep = if first { KeepUnit::First } else { KeepUnit::None };
        let rules = LineRules { keep, ..TWO };
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let want = counted(&texts, &rules);
        let (left, right) = texts.split_at(at.min(texts.len()));
        let (mut a, mut b) = (LineCounter::new(&rules), LineCounter::new(&rules));
        left.iter().rev().for_each(|text| a.collect(text));
        right.iter().rev().for_each(|text| b.collect(text));
        b.merge(a);
        prop_assert_eq!(&b.finish(), &want);

        let mut spilled = Vec::new();
        let mut spilling = LineCounter::new(&rules);
        for text in &texts {
            spilling.collect_spilling(text, limit, &mut |records| { spilled.extend_from_slice(records); Ok(()) }).unwrap();
        }
        spilling.spill_rest(&mut |records| { spilled.extend_from_slice(records); Ok(()) }).unwrap();
        spilled.sort_unstable_by_key(UnitRecord::key);
        let mut fold = UnitFold::new(&rules);
        spilled.iter().for_each(|record| fold.push(record));
        prop_assert_eq!(Counted::from_parts(&rules, [fold.finish()]), want);
    }
}
