//! What was found in a text: which item, where in both, how much, by which rule.

use super::item::Part;
use std::ops::Range;

/// Whether a match decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// Reported, but nothing is done about it.
    Partial,
    /// The document holds the item.
    Contaminated,
}

impl Severity {
    /// The word in reports.
    pub fn name(self) -> &'static str {
        match self {
            Severity::Partial => "partial",
            Severity::Contaminated => "contaminated",
        }
    }
}

/// A benchmark item found in a text, with the evidence.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// Position of the item among [`BenchmarkIndex::items`](super::BenchmarkIndex::items).
    pub item: u32,
    /// The rule that found it, as in [`Rule::names`](super::Rule::names).
    pub rule: &'static str,
    /// Whether it decides.
    pub severity: Severity,
    /// The part of the item that was found.
    pub part: Part,
    /// From the first matched word to the last, in bytes of the text.
    pub span: Range<usize>,
    /// From the first matched word to the last, in words of the part.
    pub item_words: Range<usize>,
    /// Words of the part.
    pub part_words: usize,
    /// Words of the text that matched words of the item.
    pub matched_words: usize,
    /// What the rule measured, 0 to 1: 1 for an n-gram that decides by itself.
    pub score: f64,
}

/// What was found in a text.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Findings {
    /// The hits, those that decide first, then by score, then in the order of the items.
    pub hits: Vec<Hit>,
    /// What is to go if spans are removed, in bytes of the text: in order, apart from each other.
    pub cuts: Vec<Range<usize>>,
}

impl Findings {
    /// The hit that decides: the strongest one, if any decides.
    pub fn decisive(&self) -> Option<&Hit> {
        self.hits.first().filter(|hit| hit.severity == Severity::Contaminated)
    }

    /// Puts hits in order, and cuts apart.
    pub(super) fn settle(mut self) -> Findings {
        self.hits.sort_by(|a, b| {
            let key = |hit: &Hit| (std::cmp::Reverse(hit.severity), hit.item, hit.part, hit.span.start);
            let by_score = b.score.total_cmp(&a.score);
            std::cmp::Reverse(a.severity).cmp(&std::cmp::Reverse(b.severity)).then(by_score).then(key(a).cmp(&key(b)))
        });
        self.cuts.sort_by_key(|cut| (cut.start, cut.end));
        let mut apart: Vec<Range<usize>> = Vec::with_capacity(self.cuts.len());
        for cut in self.cuts {
            match apart.last_mut() {
                Some(last) if cut.start <= last.end => last.end = last.end.max(cut.end),
                _ => apart.push(cut),
            }
        }
        self.cuts = apart;
        self
    }
}
