//! GPT-3's rule: a run of words that is an item's decides. phi-4's first step is the same.

use super::hit::{Findings, Hit, Severity};
use super::index::BenchmarkIndex;
use super::scratch::Scratch;

/// Finds the n-grams of the first table that are not allowed. Those that go on in the same item are one hit.
pub(super) fn check(
    rule: &'static str,
    index: &BenchmarkIndex,
    scratch: &mut Scratch,
    text: &str,
    findings: &mut Findings,
) {
    let Some(table) = index.tables.first() else { return };
    scratch.find(index, table, text, false);
    let n = table.n();
    // The hit under way: position and place of its first and of its last n-gram.
    let mut open: Option<((u32, u32), (u32, u32))> = None;
    let mut close = |open: Option<((u32, u32), (u32, u32))>| {
        let Some((first, last)) = open else { return };
        let spans = &scratch.words.spans;
        let unit = index.units[index.unit_at(first.1)];
        let (from, to) = (first.0 as usize, last.0 as usize + n);
        let span = spans[from].start as usize..spans[to - 1].end as usize;
        findings.cuts.push(span.clone());
        findings.hits.push(Hit {
            item: unit.item,
            rule,
            severity: Severity::Contaminated,
            part: unit.part,
            span,
            item_words: (first.1 - unit.start) as usize..(last.1 - unit.start) as usize + n,
            part_words: unit.len(),
            matched_words: to - from,
            score: 1.0,
        });
    };
    for found in &scratch.found {
        let places = table.places(found.gram);
        open = match open {
            Some((first, last))
                if found.at == last.0 + 1
                    && places.binary_search(&(last.1 + 1)).is_ok()
                    && index.unit_at(last.1 + 1) == index.unit_at(first.1) =>
            {
                Some((first, (found.at, last.1 + 1)))
            }
            other => {
                close(other);
                places.first().map(|&place| ((found.at, place), (found.at, place)))
            }
        };
    }
    close(open);
}
