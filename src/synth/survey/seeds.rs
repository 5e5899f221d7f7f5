//! How much of a document stands in the documents it was made from.

use super::measure::shingles;
use super::sample::Doc;
use crate::hash::{Form, SketchConfig, Sketcher};
use crate::text::Normalizer;
use std::collections::HashMap;

/// Words of a run that is looked for in seeds.
const NGRAM: u32 = 5;

/// What share of the runs of five words of documents their seeds have. Holds the documents' runs, not the seeds'.
#[derive(Debug)]
pub(super) struct Seeds {
    docs: Vec<Watched>,
    /// Documents by the id of a seed.
    by_seed: HashMap<String, Vec<usize>>,
    sketcher: Option<Sketcher>,
    normalizer: Normalizer,
}

#[derive(Debug)]
struct Watched {
    runs: Vec<u64>,
    hit: Vec<bool>,
    seen: bool,
    /// Its words, and those of its seeds.
    words: u64,
    seed_words: u64,
}

impl Seeds {
    pub fn new(docs: &[&Doc]) -> Seeds {
        let mut by_seed: HashMap<String, Vec<usize>> = HashMap::new();
        for (at, doc) in docs.iter().enumerate() {
            doc.seeds.iter().for_each(|seed| by_seed.entry(seed.clone()).or_default().push(at));
        }
        let with_seeds = docs.iter().map(|doc| if doc.seeds.is_empty() { "" } else { doc.text.as_str() });
        let watched = |(runs, doc): (Vec<u64>, &&Doc)| Watched {
            hit: vec![false; runs.len()],
            runs,
            seen: false,
            words: doc.words,
            seed_words: 0,
        };
        let sketcher = Sketcher::new(SketchConfig { ngram: NGRAM, ..SketchConfig::default() }).ok();
        let runs = shingles(with_seeds, Form::Normal, NGRAM);
        Seeds {
            docs: runs.into_iter().zip(docs).map(watched).collect(),
            by_seed,
            sketcher,
            normalizer: Normalizer::new(),
        }
    }

    /// Whether a document was made from this one.
    pub fn wants(&self, id: &str) -> bool {
        self.by_seed.contains_key(id)
    }

    /// Marks what of the documents made from it stands in a seed.
    pub fn add(&mut self, id: &str, text: &str) {
        let (Some(docs), Some(sketcher)) = (self.by_seed.get(id), self.sketcher.as_mut()) else { return };
        let words = crate::text::words(self.normalizer.normalize(text)).count() as u64;
        let runs = sketcher.shingles(text).unwrap_or_default();
        for &at in docs {
            let Some(doc) = self.docs.get_mut(at) else { continue };
            doc.seen = true;
            doc.seed_words += words;
            for (run, hit) in doc.runs.iter().zip(&mut doc.hit) {
                *hit |= runs.binary_search(run).is_ok();
            }
        }
    }

    /// The share of each document; `None` for those without runs or without a seed that was seen.
    pub fn containments(&self) -> Vec<Option<f64>> {
        let share = |doc: &Watched| {
            let hits = doc.hit.iter().filter(|hit| **hit).count();
            (doc.seen && !doc.runs.is_empty()).then(|| hits as f64 / doc.runs.len() as f64)
        };
        self.docs.iter().map(share).collect()
    }

    /// Words of the documents over words of the seeds that each was made from, as far as these were seen; `None` without any.
    pub fn expansion(&self) -> Option<f64> {
        let seen = self.docs.iter().filter(|doc| doc.seen);
        let (words, seed_words) = seen.fold((0, 0), |sum, doc| (sum.0 + doc.words, sum.1 + doc.seed_words));
        (seed_words > 0).then(|| words as f64 / seed_words as f64)
    }

    /// The most documents of one seed.
    pub fn most_of_one_seed(&self) -> u64 {
        self.by_seed.values().map(Vec::len).max().unwrap_or(0) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_any_seed_counts_once() {
        let doc = |text: &str, seeds: &[&str]| Doc {
            id: String::new(),
            text: text.to_owned(),
            words: text.split(' ').count() as u64,
            refusals: 0,
            seeds: seeds.iter().map(|s| (*s).to_owned()).collect(),
        };
        let docs = [
            doc("a b c d e f g h i", &["x", "y"]),
            doc("a b c d e", &[]),
            doc("a b", &["x"]),
            doc("q w e r t", &["z"]),
        ];
        let mut seeds = Seeds::new(&docs.iter().collect::<Vec<_>>());
        assert!(seeds.wants("x") && !seeds.wants("w"));
        seeds.add("x", "A, b c d e f!");
        seeds.add("y", "e f g h i and b c d e f");
        seeds.add("other", "q w e r t");
        assert_eq!(seeds.containments(), [Some(3.0 / 5.0), None, None, None]);
        assert_eq!(seeds.most_of_one_seed(), 2);
        // Nine words of seeds of six and eleven, two of one of six; of the others no seed was seen.
        assert_eq!(seeds.expansion(), Some(11.0 / 23.0));
    }
}
