//! Items too short for the rule's n-grams, matched whole.

use super::hit::{Findings, Hit, Severity};
use super::index::BenchmarkIndex;
use super::scratch::Scratch;

pub(super) fn check(index: &BenchmarkIndex, scratch: &mut Scratch, text: &str, findings: &mut Findings) {
    let Some(table) = index.whole.as_ref().filter(|table| table.len() > 0) else { return };
    scratch.find(index, table, text, false);
    let mut seen: Vec<u32> = Vec::new();
    for at in 0..scratch.found.len() {
        let found = scratch.found[at];
        for &place in table.places(found.gram) {
            let number = index.unit_at(place);
            let unit = index.units[number];
            let (from, to) = (found.at as usize, found.at as usize + unit.len());
            if place != unit.start || to > scratch.words.len() {
                continue;
            }
            let Scratch { words, reading, .. } = scratch;
            let expected = &index.words[unit.range()];
            if (from..to).zip(expected).any(|(at, &word)| reading.number(index, text, words, at) != word) {
                continue;
            }
            let span = words.spans[from].start as usize..words.spans[to - 1].end as usize;
            findings.cuts.push(span.clone());
            // Said once; removed wherever it stands.
            if let Err(slot) = seen.binary_search(&(number as u32)) {
                seen.insert(slot, number as u32);
                findings.hits.push(Hit {
                    item: unit.item,
                    rule: "whole",
                    severity: Severity::Contaminated,
                    part: unit.part,
                    span,
                    item_words: 0..unit.len(),
                    part_words: unit.len(),
                    matched_words: unit.len(),
                    score: 1.0,
                });
            }
        }
    }
}
