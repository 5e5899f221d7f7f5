//! The rule sets as a user meets them: on prose, on texts that nobody would write, and without allocating.

#![allow(clippy::unwrap_used, clippy::panic)]

use mashbill::filter::{AllOf, Filter, Override, RuleFilter, Verdict, profile};
use mashbill::recipe::{Chain, StepKind, profile_names};
use mashbill::text::Analyzer;
use mashbill::{Document, Facts};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// The system's allocator, counting the calls of each thread.
struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
    static ALLOCATED_BYTES: Cell<u64> = const { Cell::new(0) };
}

fn count(bytes: usize) {
    ALLOCATIONS.with(|count| count.set(count.get() + 1));
    ALLOCATED_BYTES.with(|count| count.set(count.get() + bytes as u64));
}

// Implementing an allocator is unsafe by its trait; each call is handed on as it came.
#[allow(unsafe_code)]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size);
        unsafe { System.realloc(at, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn built(name: &str) -> RuleFilter {
    profile::rule_set(name).unwrap().build(&[]).unwrap()
}

/// Seventy words of prose in seven lines, which passes every set but `code`.
fn prose() -> String {
    let sentences = [
        "The grain arrives in the autumn and waits in tall silos for the first cold week.",
        "Millers crush it slowly, because heat would spoil the enzymes that have to work later.",
        "Water from a limestone spring is heated and mixed with the meal in a copper vessel.",
        "Yeast turns the sweet liquid into beer within three or four days of steady bubbling.",
        "A still then separates spirit from water, and the heart of each run is kept.",
        "New barrels of charred oak give it colour, vanilla and a little smoke over several years.",
        "Nobody can hurry that part; warehouses simply get warm in summer and cool in winter.",
    ];
    sentences.join("\n")
}

fn reason(filter: &dyn Filter, text: &str) -> Option<(String, Option<f64>)> {
    let mut analyzer = Analyzer::new();
    let view = analyzer.view(text);
    let failure = filter.check(&Document::new(&view)).failure()?;
    Some((filter.rules()[usize::from(failure.rule.0)].name.clone(), failure.observed))
}

#[test]
fn each_set_keeps_prose_and_names_what_it_drops() {
    let prose = prose();
    for set in ["c4", "fineweb", "gopher_quality", "gopher_repetition", "synthetic"] {
        assert_eq!(reason(&built(set), &prose), None, "{set}");
    }
    let loops = format!("{prose}{}", " and so on".repeat(40));
    let cases = [
        ("c4", prose.replace("silos", "{silos}"), "max_curly_brackets", Some(1.0)),
        ("c4", "One. Two. Three. Four.".to_owned(), "min_sentences", Some(4.0)),
        ("fineweb", prose.replace(['.', '\n'], "\n"), "min_terminal_punctuation_lines", Some(0.0)),
        ("fineweb", format!("{prose}\n{prose}"), "max_duplicate_line_chars", Some(0.5)),
        ("gopher_quality", "Too short.".to_owned(), "min_words", Some(2.0)),
        ("gopher_quality", "7 8 ".repeat(40), "min_mean_word_length", Some(1.0)),
        ("gopher_repetition", prose.replace('\n', "\nMenu\n").repeat(2), "max_duplicate_lines", Some(16.0 / 25.0)),
        ("gopher_repetition", String::new(), "max_duplicate_lines", None),
        ("synthetic", format!("{prose} I’m sorry, but I cannot go on."), "max_refusals", Some(1.0)),
        ("synthetic", format!("{prose} And the"), "max_unfinished_ending", Some(1.0)),
        ("synthetic", format!("{loops}."), "max_top_2gram_chars", None),
        ("code", "x".repeat(1001), "max_line_length", Some(1001.0)),
        ("code", "+-*/ = ".repeat(9), "min_alphanumeric_chars", Some(0.0)),
    ];
    for (set, text, rule, observed) in cases {
        let (name, value) = reason(&built(set), &text).unwrap_or_else(|| panic!("{set} keeps {text:?}"));
        assert_eq!(name, rule, "{set} of {text:.60}");
        if observed.is_some() || text.is_empty() {
            assert_eq!(value, observed, "{set}.{rule}");
        }
    }
}

#[test]
fn an_override_reaches_the_decision() {
    let set = profile::rule_set("gopher_quality").unwrap();
    let short = "The cat and the dog.";
    assert_eq!(reason(&set.build(&[]).unwrap(), short), Some(("min_words".to_owned(), Some(5.0))));
    let lenient = set.build(&[("min_words".to_owned(), Override::Bound(5.0))]).unwrap();
    assert_eq!(reason(&lenient, short), None);
}

#[test]
fn every_rule_has_an_outcome_on_hostile_texts() {
    let mut analyzer = Analyzer::new();
    for (name, text) in super::text::hostile(1 << 15) {
        for set in profile::RULE_SETS {
            let view = analyzer.view(&text);
            let mut findings = 0;
            set.build(&[]).unwrap().audit(&Document::new(&view), &mut |finding| {
                findings += 1;
                assert!(finding.observed.is_none_or(f64::is_finite), "{} of {name}", set.name);
            });
            assert_eq!(findings, set.rules.len());
        }
    }
}

#[test]
fn nothing_is_allocated_once_the_longest_text_was_seen() {
    let sets = profile::RULE_SETS.iter().map(|set| Box::new(set.build(&[]).unwrap()) as Box<dyn Filter>);
    let all = AllOf::new(sets.collect()).unwrap();
    let long = format!("{}\n\nÄ “quoted” — line.\n日本語。", prose()).repeat(3);
    let texts = [long.as_str(), "", "short", "\r\n\r\n", &long[..long.len() / 3]];
    let mut analyzer = Analyzer::new();
    let mut failed = 0;
    let mut pass = |analyzer: &mut Analyzer| {
        for text in texts {
            let view = analyzer.view(text);
            let doc = Document::new(&view);
            failed += u32::from(all.check(&doc) != Verdict::Keep);
            all.audit(&doc, &mut |finding| failed += u32::from(!finding.passed));
        }
    };
    pass(&mut analyzer);
    let before = ALLOCATIONS.with(Cell::get);
    pass(&mut analyzer);
    assert_eq!(ALLOCATIONS.with(Cell::get) - before, 0);
    assert!(failed > 0);
}

/// Texts of every kind that a rule looks at, the longest first.
fn texts() -> Vec<String> {
    let long = format!("{}\n\nÄ “quoted” — line [1].\n日本語。 don't :-) (see http://a.bc/d)", prose()).repeat(3);
    let third = long[..long.len() / 3].to_owned();
    let loops = format!("{}{}", prose(), " and so on".repeat(20));
    vec![long, third, loops, prose(), String::new(), "short".to_owned(), "\r\n\r\n".to_owned(), ".".repeat(300)]
}

#[test]
fn no_rule_set_allocates_once_the_longest_text_was_seen() {
    let texts = texts();
    for set in profile::RULE_SETS {
        let filter = set.build(&[]).unwrap();
        let mut analyzer = Analyzer::new();
        let mut check = |text: &str| {
            let view = analyzer.view(text);
            filter.check(&Document::new(&view));
        };
        texts.iter().for_each(|text| check(text));
        let before = ALLOCATIONS.with(Cell::get);
        texts.iter().for_each(|text| check(text));
        assert_eq!(ALLOCATIONS.with(Cell::get) - before, 0, "{}", set.name);
    }
}

/// A profile that only filters allocates nothing. One that rewrites allocates the new text, no longer than the old one, and
/// its edits: 12 bytes for each at most one a line and one a citation, in a list that doubles as it grows.
#[test]
fn profiles_allocate_no_more_than_the_text_that_they_rewrite() {
    let texts = texts();
    for name in profile_names() {
        let chain = Chain::profile(name).unwrap();
        let rewrites = chain.steps().iter().any(|step| matches!(step.kind, StepKind::Rewrite(_)));
        let mut analyzer = Analyzer::new();
        for text in &texts {
            chain.check(&mut analyzer, text, Facts::NONE);
        }
        for text in &texts {
            let before = (ALLOCATIONS.with(Cell::get), ALLOCATED_BYTES.with(Cell::get));
            let edits = chain.check(&mut analyzer, text, Facts::NONE).edits;
            let allocations = ALLOCATIONS.with(Cell::get) - before.0;
            let bytes = ALLOCATED_BYTES.with(Cell::get) - before.1;
            let cuts = text.lines().count() + text.matches(['[']).count();
            let most = if rewrites { (text.len() + 48 * (cuts + 4)) as u64 } else { 0 };
            assert!(bytes <= most, "{name}: {allocations} allocations of {bytes} bytes, {edits} edits of {text:.60}");
        }
    }
}
