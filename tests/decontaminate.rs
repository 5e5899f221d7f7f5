//! Benchmark items in texts: what coverage finds of changed items and what it leaves alone, short items, allow-lists, removal, memory.

#![allow(clippy::unwrap_used)]

use mashbill::decontaminate::{
    AllowList, AllowListLearner, ContaminationFilter, Coverage, Decontaminator, Item, Part, Phi4, Removal, Rule,
    Scratch, Severity, SpanRemover,
};
use mashbill::filter::{Filter, Finding};
use mashbill::rewrite::Rewrite;
use mashbill::{Document, text::Analyzer};
use std::sync::Arc;

/// Knuth's MMIX constants; the upper bits are the good ones.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n.max(1)
    }

    /// So many words of a language that has 3,000, the first of them the most frequent.
    fn words(&mut self, count: usize) -> Vec<String> {
        (0..count).map(|_| format!("w{}", self.below(3000).min(self.below(3000)).min(self.below(3000)))).collect()
    }
}

fn items(dice: &mut Dice, count: usize) -> Vec<Item> {
    (0..count)
        .map(|i| {
            let (question, answer) = (20 + dice.below(60), dice.below(30));
            Item::new("made", &i.to_string(), &dice.words(question).join(" ")).answer(&dice.words(answer).join(" "))
        })
        .collect()
}

/// A text of these words among others.
fn embedded(dice: &mut Dice, words: &[String]) -> String {
    let (before, after) = (dice.below(400), dice.below(400));
    let (before, after) = (dice.words(before), dice.words(after));
    let all: Vec<&str> = before.iter().chain(words).chain(&after).map(String::as_str).collect();
    all.join(" ")
}

#[test]
fn questions_with_one_to_three_edited_words_are_found() {
    let mut dice = Dice(3);
    let items = items(&mut dice, 400);
    let decontaminator = Decontaminator::new(&items, Rule::coverage()).unwrap();
    let mut scratch = Scratch::new();
    let mut missed = 0;
    for (number, item) in (0..).zip(&items) {
        let mut words: Vec<String> = item.question.split(' ').map(str::to_owned).collect();
        for _ in 0..1 + dice.below(3) {
            let at = dice.below(words.len());
            match dice.below(3) {
                0 => words[at] = "another".into(),
                1 => words.insert(at, "moreover".into()),
                _ => drop(words.remove(at)),
            }
        }
        let text = embedded(&mut dice, &words);
        let findings = decontaminator.check(&mut scratch, &text);
        match findings.decisive() {
            Some(hit) => {
                assert_eq!((hit.item, hit.part), (number, Part::Question));
                // The evidence is where the words are.
                let inside = text[hit.span.clone()].split(' ').count();
                assert!(inside + 12 >= words.len() && inside <= words.len() + 12, "{inside} {}", words.len());
                assert!(hit.matched_words <= hit.part_words && hit.item_words.end <= hit.part_words);
            }
            None => missed += 1,
        }
    }
    assert!(missed <= 20, "{missed} of 400 were missed: 95 % is the goal");
}

#[test]
fn other_texts_in_the_same_words_are_left_alone() {
    let mut dice = Dice(5);
    let decontaminator = Decontaminator::new(&items(&mut dice, 400), Rule::coverage()).unwrap();
    let mut scratch = Scratch::new();
    for _ in 0..1000 {
        let text = embedded(&mut dice, &[]);
        assert_eq!(decontaminator.check(&mut scratch, &text).decisive(), None);
    }
}

/// Whatever of punctuation, case and white space is changed, the item is the same.
#[test]
fn case_punctuation_and_white_space_do_not_matter() {
    let question = "Mrs. O'Neil's still costs $11.50 an hour; it isn't run on 2/3 of all days. What (in dollars) does a non-stop week of it cost?";
    let answer = "24*7=168 hours, 168*11.50=1932 dollars, so she'd pay $1,932 for the week.";
    let items = [Item::new("quiz", "1", question).answer(answer)];
    let bare: String = question.chars().filter(|c| c.is_alphanumeric() || c.is_whitespace()).collect();
    let texts = [
        question.to_uppercase(),
        question.replace(' ', "\r\n\t"),
        bare,
        question.replace('\'', "\u{2019}").replace('-', "\u{2011}").replace(' ', "\u{a0}"),
        question.replace('\'', "&#x27;").replace(' ', "&nbsp;"),
        question.split(' ').map(|word| format!("**{word}**")).collect::<Vec<_>>().join(" "),
        format!("> {}", question.replace(' ', "\n> ")),
        question.replace("st", "s\u{ad}t"),
    ];
    let decontaminator = Decontaminator::new(&items, Rule::coverage()).unwrap();
    for text in texts {
        let text = format!("Home | Shop\n{text}\nImprint");
        let findings = decontaminator.check(&mut Scratch::new(), &text);
        let hit = findings.decisive().unwrap_or_else(|| panic!("{text}"));
        assert!(hit.score > 0.999, "{hit:?} {text}");
    }
}

/// Question and answer are put together: what a short question does not prove alone, it does with its answer beside it.
#[test]
fn parts_of_an_item_are_put_together() {
    let item = Item {
        choices: vec!["copper kettles of the old kind".into(), "steel drums with a lid on top".into()],
        passage:
            "At Weller's the wash was boiled twice, first over straw and then over a slow fire of green beech logs."
                .into(),
        ..Item::new("quiz", "1", "What was it boiled in?").answer("copper kettles of the old kind")
    };
    let decontaminator = Decontaminator::new(std::slice::from_ref(&item), Rule::coverage()).unwrap();
    let severity = |text: &str| {
        let findings = decontaminator.check(&mut Scratch::new(), text);
        findings.hits.first().map(|hit| hit.severity)
    };
    assert_eq!(severity(&item.question), None);
    assert_eq!(severity(&format!("{} {}", item.question, item.answer)), Some(Severity::Contaminated));
    assert_eq!(severity(&format!("{} {}", item.passage, item.question)), Some(Severity::Contaminated));
    assert_eq!(severity(&item.passage), None, "a passage is no evidence by itself");
    assert_eq!(severity(&item.answer), None, "nor is a short answer");
}

#[test]
fn short_items_are_matched_whole_or_said_to_be_uncheckable() {
    let items = [
        Item::new("quiz", "five", "which grain makes it sweet"),
        Item::new("quiz", "four", "how old is it"),
        Item::new("quiz", "same", "no no no no no no"),
        Item::new("quiz", "none", "?!"),
        Item::new("quiz", "seven", "which grain makes it sweet and round"),
    ];
    let decontaminator = Decontaminator::new(&items, Rule::phi4()).unwrap();
    let checkable: Vec<bool> = decontaminator.index().items().iter().map(|item| item.checkable).collect();
    assert_eq!(checkable, [true, false, false, false, true]);
    let findings =
        decontaminator.check(&mut Scratch::new(), "Which grain makes it sweet? How old is it? No, no, no, no, no, no.");
    let hits: Vec<(u32, &str)> = findings.hits.iter().map(|hit| (hit.item, hit.rule)).collect();
    assert_eq!(hits, [(0, "whole")]);
    assert_eq!(Decontaminator::new(&[], Rule::gpt3()).unwrap().check(&mut Scratch::new(), "rye").hits, []);
}

#[test]
fn an_allow_list_takes_boilerplate_out_of_the_evidence() {
    let boilerplate = "Choose the one alternative that best completes the statement or answers the question below";
    let items: Vec<Item> = (0..3)
        .map(|i| Item::new("quiz", &i.to_string(), &format!("{boilerplate}: grain number {i} is called")))
        .collect();
    let clean: Vec<String> = (0..20).map(|i| format!("Form {i}. {boilerplate}. Sign here.")).collect();
    for rule in [Rule::phi4(), Rule::gpt3()] {
        let naive = Decontaminator::new(&items, rule.clone()).unwrap();
        assert!(naive.check(&mut Scratch::new(), &clean[0]).decisive().is_some());
        let (mut one, mut other) = (AllowListLearner::new(&naive), AllowListLearner::new(&naive));
        let mut scratch = Scratch::new();
        clean[..9].iter().for_each(|text| one.observe(&mut scratch, text));
        clean[9..].iter().for_each(|text| other.observe(&mut scratch, text));
        one.merge(&other);
        assert!(one.clone().finish(21).is_empty());
        let list = one.finish(20);
        assert_eq!(list.len(), 2, "the 13-grams of 14 words");
        let learned =
            Decontaminator::with_allow_list(&items, rule.clone(), &AllowList::parse(&list.to_string()).unwrap())
                .unwrap();
        let hard = learned.check(&mut scratch, &clean[0]);
        assert!(hard.hits.iter().all(|hit| hit.rule == "phi4.ratio"), "{hard:?}");
        assert!(learned.check(&mut scratch, &items[2].question).decisive().is_some());
    }
}

#[test]
fn files_that_are_no_allow_list_are_refused() {
    let answer = |text: &str| AllowList::parse(text).unwrap_err().to_string();
    insta::assert_snapshot!(answer(""), @"allow-list, line 1: must be `mashbill allow-list 1`");
    insta::assert_snapshot!(answer("mashbill allow-list 9\n"), @"allow-list, line 1: is of version 9, and this release reads version 1: learn the list again");
    insta::assert_snapshot!(answer("mashbill allow-list 1\n\n# by hand\n2\t7\trye\n"), @"allow-list, line 4: must be a number of words, a number of documents and so many words, parted by tabs");
    assert_eq!(AllowList::parse("mashbill allow-list 1\r\n2\t7\trye corn\r\n").unwrap().len(), 1);
}

#[test]
fn settings_that_mean_nothing_are_refused() {
    let answer = |rule: Rule| Decontaminator::new(&[], rule).unwrap_err().to_string();
    insta::assert_snapshot!(answer(Rule::Phi4(Phi4 { hard_ngram: 0, ..Phi4::default() })), @"hard_ngram: 0 is not between 1 and 255 words");
    insta::assert_snapshot!(answer(Rule::Phi4(Phi4 { partial: 0.8, ..Phi4::default() })), @"partial: 0.8 is above threshold = 0.7, from which a share decides");
    insta::assert_snapshot!(answer(Rule::Coverage(Coverage { threshold: f64::NAN, ..Coverage::default() })), @"threshold: NaN is not a share between 0 and 1");
    insta::assert_snapshot!(answer(Rule::Coverage(Coverage { run_words: -1.0, ..Coverage::default() })), @"run_words: -1 is not a number from 0 on");
}

/// Filter and rewrite say what the decontaminator does; a text without its spans holds none.
#[test]
fn filter_and_rewrite_agree_with_the_findings() {
    let mut dice = Dice(9);
    let items = items(&mut dice, 30);
    for rule in [Rule::coverage(), Rule::phi4(), Rule::gpt3()] {
        let removal = Removal { margin_chars: 0, min_piece_chars: 0, max_pieces: 99 };
        let decontaminator = Arc::new(Decontaminator::new(&items, rule).unwrap().with_removal(removal));
        let (filter, remover) =
            (ContaminationFilter::new(Arc::clone(&decontaminator)), SpanRemover::new(Arc::clone(&decontaminator)));
        for round in 0..60 {
            let mut words: Vec<String> = Vec::new();
            for _ in 0..round % 4 {
                words.extend(items[dice.below(30)].question.split(' ').map(str::to_owned));
                words.extend(dice.words(40));
            }
            let text = embedded(&mut dice, &words);
            let findings = decontaminator.check(&mut Scratch::new(), &text);
            let mut analyzer = Analyzer::new();
            let view = analyzer.view(&text);
            let doc = Document::new(&view);
            let failure = filter.check(&doc).failure();
            assert_eq!(failure.map(|f| f.observed), findings.decisive().map(|hit| Some(hit.score)));
            let mut found: Vec<Finding> = Vec::new();
            filter.audit(&doc, &mut |finding| found.push(finding));
            assert_eq!(found.iter().find(|finding| !finding.passed).map(|f| f.rule), failure.map(|f| f.rule));
            assert_eq!(found.len(), filter.rules().len());
            let after = remover.rewrite(&doc).text.into_owned();
            assert_eq!(after != text, failure.is_some());
            assert_eq!(decontaminator.check(&mut Scratch::new(), &after).decisive(), None, "{after}");
        }
    }
}

/// A scratch that has seen other texts and other indexes changes nothing.
#[test]
fn findings_depend_on_the_text_alone() {
    let mut dice = Dice(11);
    let items = items(&mut dice, 50);
    let rules = [Rule::coverage(), Rule::phi4(), Rule::gpt3()];
    let all: Vec<Decontaminator> = rules.map(|rule| Decontaminator::new(&items, rule).unwrap()).into();
    let texts: Vec<String> = (0..60)
        .map(|i| {
            let words: Vec<String> = items[dice.below(50)].question.split(' ').take(i).map(str::to_owned).collect();
            embedded(&mut dice, &words)
        })
        .collect();
    let mut shared = Scratch::new();
    for text in &texts {
        for decontaminator in &all {
            assert_eq!(decontaminator.check(&mut shared, text), decontaminator.check(&mut Scratch::new(), text));
        }
    }
}

#[test]
fn hostile_texts_have_an_outcome() {
    let mut dice = Dice(13);
    let mut items = items(&mut dice, 40);
    items.push(Item::new("hot", "a", &"tick tock ".repeat(40)));
    items.push(Item::new("hot", "b", &"\0 \u{301} 麦 é \u{200b}".repeat(30)));
    items.push(Item::new("long", "c", &dice.words(3000).join(" ")));
    let texts = [
        String::new(),
        " \r\n\t\0".into(),
        "\u{301}\u{200d}".repeat(1000),
        "麦".repeat(5000),
        "tick tock ".repeat(20_000),
        items[0].question.repeat(500),
        items[42].question.clone(),
        "&".repeat(10_000),
        "a".repeat(200_000),
        items.iter().map(|item| format!("{} {}\n", item.question, item.answer)).collect(),
    ];
    for rule in [Rule::coverage(), Rule::phi4(), Rule::gpt3()] {
        let decontaminator = Decontaminator::new(&items, rule).unwrap();
        let mut scratch = Scratch::new();
        for text in &texts {
            let findings = decontaminator.check(&mut scratch, text);
            assert!(findings.hits.iter().all(|hit| hit.score.is_finite() && text.get(hit.span.clone()).is_some()));
            assert!(findings.cuts.windows(2).all(|pair| pair[0].end < pair[1].start));
            assert!(findings.cuts.iter().all(|cut| text.get(cut.clone()).is_some()));
        }
        assert!(decontaminator.check(&mut scratch, &texts[6]).decisive().is_some(), "an item of 3,000 words");
    }
}

/// What an n-gram costs in memory, as the documentation says.
#[test]
fn a_million_ngrams_take_under_twenty_four_megabytes() {
    let mut dice = Dice(17);
    let items: Vec<Item> = (0..3000).map(|i| Item::new("made", &i.to_string(), &dice.words(50).join(" "))).collect();
    for rule in [Rule::coverage(), Rule::phi4(), Rule::gpt3()] {
        let decontaminator = Decontaminator::new(&items, rule).unwrap();
        let index = decontaminator.index();
        assert!(index.ngrams() > 100_000);
        let each = index.ngram_memory() as f64 / index.ngrams() as f64;
        assert!((12.0..24.0).contains(&each), "{each} bytes an n-gram");
        assert!(decontaminator.memory() < index.ngram_memory() * 4);
    }
}
