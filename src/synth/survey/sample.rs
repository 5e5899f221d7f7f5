//! A sample by hash: the documents of least rank that hold so many words. The same whatever the order, the files and the threads.

use std::collections::BTreeMap;
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

/// A document of a sample.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Doc {
    pub id: String,
    /// The text, or as much of its beginning as is looked at.
    pub text: String,
    /// Words of it.
    pub words: u64,
    pub refusals: u32,
    pub seeds: Vec<String>,
}

/// Documents in the order of a hash of their ids, as many as hold `budget` words. Two samples merge to the sample of both.
#[derive(Debug, Clone)]
pub(super) struct Sample {
    budget: u64,
    words: u64,
    /// By rank; equal documents are counted.
    docs: BTreeMap<(u64, u64), (Doc, u64)>,
}

/// Where a document stands: by its id, and where ids are equal by all the rest.
pub(super) fn rank(seed: u64, id: &str, text: &str, seeds: &[&str]) -> (u64, u64) {
    let of_seeds = seeds.iter().fold(0, |hash, id| xxh3_64_with_seed(id.as_bytes(), hash));
    (xxh3_64_with_seed(id.as_bytes(), seed), xxh3_64_with_seed(text.as_bytes(), of_seeds ^ xxh3_64(id.as_bytes())))
}

impl Sample {
    pub fn new(budget: u64) -> Sample {
        Sample { budget: budget.max(1), words: 0, docs: BTreeMap::new() }
    }

    /// Whether a document of this rank would be in the sample.
    pub fn wants(&self, rank: (u64, u64)) -> bool {
        self.words < self.budget || self.docs.last_key_value().is_some_and(|(last, _)| rank <= *last)
    }

    pub fn add(&mut self, rank: (u64, u64), doc: Doc) {
        self.add_copies(rank, doc, 1);
    }

    fn add_copies(&mut self, rank: (u64, u64), doc: Doc, copies: u64) {
        self.words += doc.words * copies;
        self.docs.entry(rank).or_insert((doc, 0)).1 += copies;
        // The last goes as long as the others hold the budget without it.
        while let Some(mut last) = self.docs.last_entry() {
            let (doc, copies) = last.get_mut();
            if self.words - doc.words < self.budget {
                break;
            }
            self.words -= doc.words;
            *copies -= 1;
            if *copies == 0 {
                last.remove();
            }
        }
    }

    pub fn merge(&mut self, other: Sample) {
        for (rank, (doc, copies)) in other.docs {
            self.add_copies(rank, doc, copies);
        }
    }

    /// Its documents in the order of their ranks.
    pub fn docs(&self) -> Vec<&Doc> {
        self.docs.values().flat_map(|(doc, copies)| (0..*copies).map(move |_| doc)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn doc(n: u64) -> ((u64, u64), Doc) {
        let (id, text) = (format!("d{}", n % 50), "x ".repeat(n as usize % 7));
        let doc = Doc { id: id.clone(), text: text.clone(), words: n % 7, refusals: 0, seeds: vec![] };
        (rank(1, &id, &text, &[]), doc)
    }

    fn of(numbers: &[u64], budget: u64) -> Sample {
        let mut sample = Sample::new(budget);
        for &n in numbers {
            let (rank, doc) = doc(n);
            if sample.wants(rank) {
                sample.add(rank, doc);
            }
        }
        sample
    }

    proptest! {
        #[test]
        fn order_and_cuts_do_not_matter(mut numbers in prop::collection::vec(0_u64..200, 0..60), cut in 0_usize..60, budget in 1_u64..60) {
            let whole = of(&numbers, budget);
            // The definition, plainly: all by rank, up to the one that fills the budget.
            let mut all: Vec<_> = numbers.iter().map(|&n| doc(n)).collect();
            all.sort_by_key(|(rank, _)| *rank);
            let mut held = 0;
            let plain: Vec<Doc> = all
                .into_iter()
                .map(|(_, doc)| doc)
                .take_while(|doc| {
                    let before = held;
                    held += doc.words;
                    before < budget
                })
                .collect();
            let shown = |sample: &Sample| sample.docs().into_iter().cloned().collect::<Vec<_>>();
            prop_assert_eq!(&shown(&whole), &plain);
            let (a, b) = numbers.split_at(cut.min(numbers.len()));
            let mut merged = of(b, budget);
            merged.merge(of(a, budget));
            prop_assert_eq!(&shown(&merged), &plain);
            numbers.reverse();
            prop_assert_eq!(&shown(&of(&numbers, budget)), &plain);
        }
    }
}
