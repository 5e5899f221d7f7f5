//! phi-4's algorithm against its published steps, taken literally and slowly.

use super::super::{AllowList, Decontaminator, Findings, Hit, Item, Rule, Scratch, Severity};
use super::*;
use std::collections::{BTreeMap, BTreeSet};

/// What algorithm 1 returns: the matching 13-gram, or the highest share of 7-grams and the instances that have it.
#[derive(Debug, PartialEq)]
enum Outcome {
    ByHardGram(String),
    ByRatio { contaminated: bool, share: f64, items: BTreeSet<u32> },
    Clean,
}

fn grams(words: &[&str], n: usize) -> Vec<String> {
    words.windows(n).map(|gram| gram.join(" ")).collect()
}

/// The steps one by one, with strings and sets.
fn oracle(text: &str, items: &[String], allowed: &BTreeSet<String>, rule: &Phi4) -> Outcome {
    let lower = text.to_lowercase();
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let items: Vec<Vec<&str>> = items.iter().map(|item| item.split(' ').filter(|w| !w.is_empty()).collect()).collect();
    // 1. Any 13-gram that is in the benchmarks and not allowed.
    let hard: BTreeSet<String> = items.iter().flat_map(|item| grams(item, rule.hard_ngram)).collect();
    for gram in grams(&words, rule.hard_ngram) {
        if hard.contains(&gram) && !allowed.contains(&gram) {
            return Outcome::ByHardGram(gram);
        }
    }
    // 2. The 7-grams of the text; of every instance, those that are among them.
    let of_text: BTreeSet<String> = grams(&words, rule.ratio_ngram).into_iter().collect();
    let mut shares: BTreeMap<u32, f64> = BTreeMap::new();
    for (number, item) in (0..).zip(&items) {
        let of_item: BTreeSet<String> = grams(item, rule.ratio_ngram).into_iter().collect();
        let overlap = of_item.intersection(&of_text).count();
        let smaller = of_item.len().min(of_text.len());
        // 3. The overlap by the smaller number.
        if smaller > 0 {
            shares.insert(number, overlap as f64 / smaller as f64);
        }
    }
    // 4. The maximum against both thresholds.
    let most = shares.values().copied().fold(0.0, f64::max);
    if most <= rule.partial {
        return Outcome::Clean;
    }
    let items = shares.into_iter().filter(|&(_, share)| share == most).map(|(item, _)| item).collect();
    Outcome::ByRatio { contaminated: most >= rule.threshold, share: most, items }
}

/// The same of what was found.
fn outcome(findings: &Findings, text: &str, rule: &Phi4) -> Outcome {
    let hits: Vec<&Hit> = findings.hits.iter().filter(|hit| hit.rule != "whole").collect();
    let Some(&best) = hits.first() else { return Outcome::Clean };
    if best.rule == "phi4.hard" {
        let first = hits.iter().min_by_key(|hit| hit.span.start).unwrap();
        let lower = text[first.span.clone()].to_lowercase();
        let words = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        return Outcome::ByHardGram(words.take(rule.hard_ngram).collect::<Vec<_>>().join(" "));
    }
    let items = hits.iter().filter(|hit| hit.score == best.score).map(|hit| hit.item).collect();
    Outcome::ByRatio { contaminated: best.severity == Severity::Contaminated, share: best.score, items }
}

/// Knuth's MMIX constants; the upper bits are the good ones.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n.max(1)
    }

    fn words(&mut self, most: usize, alphabet: usize) -> Vec<&'static str> {
        const WORDS: [&str; 9] = ["rye", "corn", "oats", "malt", "wheat", "rice", "7", "été", "麦"];
        let length = self.below(most + 1);
        (0..length).map(|_| WORDS[self.below(alphabet)]).collect()
    }
}

/// Ten thousand texts of few different words, so that matches are many: some all random, some with pieces of items in them, changed or not.
fn agrees_on_random_texts(rule: Phi4, rounds: usize, texts: usize) -> BTreeMap<&'static str, usize> {
    let mut dice = Dice(7);
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for _ in 0..rounds {
        let alphabet = 2 + dice.below(8);
        let count = 1 + dice.below(12);
        let items: Vec<String> = (0..count).map(|_| dice.words(40, alphabet).join(" ")).collect();
        let mut allowed: BTreeSet<String> = BTreeSet::new();
        for item in &items {
            let words: Vec<&str> = item.split(' ').filter(|word| !word.is_empty()).collect();
            allowed.extend(grams(&words, rule.hard_ngram).into_iter().filter(|_| dice.below(3) == 0));
        }
        let lines = allowed.iter().map(|gram| format!("{}\t10\t{gram}\n", rule.hard_ngram));
        let list = AllowList::parse(&format!("mashbill allow-list 1\n{}", lines.collect::<String>())).unwrap();
        let as_items: Vec<Item> =
            (0..).zip(&items).map(|(n, text): (u32, _)| Item::new("b", &n.to_string(), text)).collect();
        let decontaminator = Decontaminator::with_allow_list(&as_items, Rule::Phi4(rule), &list).unwrap();
        let mut scratch = Scratch::new();
        for _ in 0..texts {
            let mut words: Vec<&str> = dice.words(30, alphabet);
            for _ in 0..dice.below(3) {
                let item: Vec<&str> = items[dice.below(count)].split(' ').collect();
                let from = dice.below(item.len());
                let to = from + dice.below(item.len() - from + 1);
                words.extend(&item[from..to]);
                words.extend(dice.words(6, alphabet));
            }
            let signs = [" ", ", ", "\n", "—", " _", "\r\n\r\n", "\u{a0}", "; "];
            let mut text = String::new();
            for word in words {
                text.push_str(signs[dice.below(signs.len())]);
                if dice.below(4) == 0 { text.push_str(&word.to_uppercase()) } else { text.push_str(word) }
            }
            let expected = oracle(&text, &items, &allowed, &rule);
            let found = outcome(&decontaminator.check(&mut scratch, &text), &text, &rule);
            assert_eq!(found, expected, "{text:?} against {items:?}, allowed {allowed:?}");
            let kind = match expected {
                Outcome::ByHardGram(_) => "hard",
                Outcome::ByRatio { contaminated: true, .. } => "ratio",
                Outcome::ByRatio { .. } => "partial",
                Outcome::Clean => "clean",
            };
            *seen.entry(kind).or_default() += 1;
        }
    }
    seen
}

#[test]
fn ten_thousand_random_texts_are_judged_as_by_the_published_steps() {
    let seen = agrees_on_random_texts(Phi4::default(), 500, 20);
    assert_eq!(seen.values().sum::<usize>(), 10_000);
    // Every outcome is met often, or the comparison would show little.
    assert!(["hard", "ratio", "partial", "clean"].iter().all(|kind| seen.get(kind) >= Some(&100)), "{seen:?}");
}

#[test]
fn other_lengths_and_thresholds_too() {
    for (hard_ngram, ratio_ngram, partial, threshold) in
        [(4, 2, 0.2, 0.5), (3, 3, 0.0, 1.0), (2, 5, 0.5, 0.5), (1, 1, 0.0, 0.0), (13, 7, 1.0, 1.0)]
    {
        agrees_on_random_texts(Phi4 { hard_ngram, ratio_ngram, partial, threshold }, 60, 20);
    }
}
