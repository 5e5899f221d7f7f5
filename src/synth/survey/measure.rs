//! What is measured of a sample: diversity of its words, of its documents, of its templates.

use super::clusters::{clusters, sizes};
use super::sample::Doc;
use super::skeleton::{Skeleton, document_frequencies, skeleton};
use crate::hash::{Form, SketchConfig, Sketcher};
use crate::text::Normalizer;
use std::collections::{HashMap, HashSet};
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

/// Jaccard similarity of word 5-grams from which two documents are near duplicates, as in the deduplication of most corpora (FineWeb,
/// arXiv 2406.17557, section 3.4, finds pairs from 0.75 up).
pub(super) const NEAR: f64 = 0.8;
/// Jaccard similarity of 3-grams of skeletons from which two documents have one template. Ours: half of what is fixed is the same.
const SAME_TEMPLATE: f64 = 0.5;
/// Length of boilerplate in words, and in how many documents it stands at least (8 to 10 words in several documents are a stock phrase: Cosmopedia
/// and phi-4 look for runs of 10 and 13).
const BOILERPLATE_WORDS: usize = 8;
const BOILERPLATE_DOCUMENTS: u32 = 5;

/// Figures of a sample of so many words.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "recipe-file", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Measures {
    /// Documents that were looked at.
    pub documents: u64,
    /// Words of them (of the normal form).
    pub words: u64,
    /// Distinct n-grams of words over all, for n = 1, 2, 3. `None` where there is none.
    pub distinct: [Option<f64>; 3],
    /// Bytes over compressed bytes; `None` without a codec, or without text.
    pub compression: Option<f64>,
    /// Share of the words that stand in runs of 8 which 5 documents or more have.
    pub boilerplate: Option<f64>,
    /// Share of the documents that have the most common template, and the ten most common ones; a template is what is left without numbers and
    /// rare words.
    pub template_top1: Option<f64>,
    /// As above.
    pub template_top10: Option<f64>,
    /// Share of the documents whose beginning is the most common one, numbers and rare words aside.
    pub opening_top1: Option<f64>,
    /// Share of the documents whose end is the most common one.
    pub closing_top1: Option<f64>,
    /// Share of the documents that have a near duplicate in the sample (Jaccard 0.8 of word 5-grams).
    pub near_duplicates: Option<f64>,
    /// Share of the words that are left when of near duplicates one is kept.
    pub unique_words: Option<f64>,
}

/// What was found of a document of the sample.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Finding {
    /// Its id.
    pub id: String,
    /// Share of the sample's documents that have its template, or begin or end as it does: the largest of the three. 0 where no other has.
    pub template_share: f64,
    /// Whether another document of the sample is a near duplicate.
    pub near_duplicate: bool,
    /// Phrases with which an assistant refuses.
    pub refusals: u32,
    /// Share of its word 5-grams that its seed documents have; `None` without seeds or without 5-grams.
    pub seed_containment: Option<f64>,
}

/// The first documents of a sample that hold `words`; the last may be cut.
pub(super) fn first_words<'d>(docs: &[&'d Doc], words: u64) -> Vec<&'d Doc> {
    let mut held = 0;
    let fits = |doc: &&&Doc| {
        let before = held;
        held += doc.words;
        before < words
    };
    docs.iter().take_while(fits).copied().collect()
}

/// Measures the first `words` words of documents; compression of at most `bytes` bytes of them.
pub(super) fn measure(
    docs: &[&Doc],
    words: u64,
    bytes: usize,
    compress: Option<fn(&[u8]) -> u64>,
) -> (Measures, Vec<Finding>) {
    let mut normalizer = Normalizer::new();
    let normal: Vec<String> = docs.iter().map(|doc| normalizer.normalize(&doc.text).to_owned()).collect();
    let split: Vec<Vec<&str>> = normal.iter().map(|text| crate::text::words(text).collect()).collect();
    // Whole documents make templates and duplicates; n-grams are counted in a window of fixed size.
    let mut rest = words as usize;
    let window: Vec<Vec<u64>> = split
        .iter()
        .map(|words| {
            let taken = words.len().min(rest);
            rest -= taken;
            words[..taken].iter().map(|word| xxh3_64(word.as_bytes())).collect()
        })
        .collect();
    let counted = window.iter().map(|words| words.len() as u64).sum();
    let templates = Templates::find(&split);
    let near = near_duplicates(&normal);
    let near_sizes = sizes(&near);
    let findings = docs.iter().enumerate().map(|(at, doc)| Finding {
        id: doc.id.clone(),
        template_share: templates.share(at),
        near_duplicate: near_sizes[at] > 1,
        refusals: doc.refusals,
        seed_containment: None,
    });
    let (kept, all) = (0..docs.len()).fold((0, 0), |(kept, all), at| {
        let words = split[at].len() as u64;
        (kept + if near[at] == at { words } else { 0 }, all + words)
    });
    let documents = docs.len() as u64;
    let measures = Measures {
        documents,
        words: counted,
        distinct: [1, 2, 3].map(|n| distinct(&window, n)),
        compression: compress.and_then(|compress| compression(docs, bytes, compress)),
        boilerplate: boilerplate(&window),
        template_top1: share(templates.whole.top(1), documents),
        template_top10: share(templates.whole.top(10), documents),
        opening_top1: share(templates.opening.top(1), documents),
        closing_top1: share(templates.closing.top(1), documents),
        near_duplicates: share(near_sizes.iter().filter(|size| **size > 1).count() as u64, documents),
        unique_words: share(kept, all),
    };
    (measures, findings.collect())
}

pub(super) fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// Different n-grams over all, none across documents.
fn distinct(window: &[Vec<u64>], n: usize) -> Option<f64> {
    let grams = || window.iter().flat_map(|words| words.windows(n).map(gram_hash));
    share(grams().collect::<HashSet<u64>>().len() as u64, grams().count() as u64)
}

fn gram_hash(gram: &[u64]) -> u64 {
    gram.iter().fold(0, |hash, word| xxh3_64_with_seed(&word.to_le_bytes(), hash))
}

fn compression(docs: &[&Doc], bytes: usize, compress: fn(&[u8]) -> u64) -> Option<f64> {
    let mut all = Vec::new();
    for doc in docs {
        let room = bytes.saturating_sub(all.len());
        all.extend_from_slice(&doc.text.as_bytes()[..doc.text.len().min(room)]);
    }
    let compressed = compress(&all);
    (compressed > 0 && !all.is_empty()).then(|| all.len() as f64 / compressed as f64)
}

/// Share of the words that are covered by runs which several documents have.
fn boilerplate(window: &[Vec<u64>]) -> Option<f64> {
    let runs = |words: &[u64]| words.windows(BOILERPLATE_WORDS).map(gram_hash).collect::<Vec<u64>>();
    let mut counts: HashMap<u64, (u32, usize)> = HashMap::new();
    for (at, words) in window.iter().enumerate() {
        for run in runs(words) {
            let (documents, last) = counts.entry(run).or_insert((0, usize::MAX));
            if *last != at {
                (*documents, *last) = (*documents + 1, at);
            }
        }
    }
    let (mut covered, mut all) = (0, 0);
    for words in window {
        let mut covered_until = 0;
        for (at, run) in runs(words).into_iter().enumerate() {
            if counts.get(&run).is_some_and(|(documents, _)| *documents >= BOILERPLATE_DOCUMENTS) {
                let end = at + BOILERPLATE_WORDS;
                covered += (end - at.max(covered_until)) as u64;
                covered_until = end;
            }
        }
        all += words.len() as u64;
    }
    share(covered, all)
}

/// How many documents share a feature with each, 0 for those that have none.
struct Shares {
    sizes: Vec<u64>,
    /// Sizes of the groups of more than one, the largest first.
    groups: Vec<u64>,
}

impl Shares {
    fn of(groups: &[Option<u64>]) -> Shares {
        let mut counts: HashMap<u64, u64> = HashMap::new();
        groups.iter().flatten().for_each(|group| *counts.entry(*group).or_insert(0) += 1);
        let size =
            |group: &Option<u64>| group.and_then(|group| counts.get(&group)).copied().filter(|n| *n > 1).unwrap_or(0);
        let sizes = groups.iter().map(size).collect();
        let mut groups: Vec<u64> = counts.into_values().filter(|n| *n > 1).collect();
        groups.sort_unstable_by(|a, b| b.cmp(a));
        Shares { sizes, groups }
    }

    fn top(&self, n: usize) -> u64 {
        self.groups.iter().take(n).sum()
    }
}

/// Which documents have a template in common: nearly all of it, or its beginning, or its end.
struct Templates {
    whole: Shares,
    opening: Shares,
    closing: Shares,
}

impl Templates {
    fn find(split: &[Vec<&str>]) -> Templates {
        let frequencies = document_frequencies(split.iter().map(Vec::as_slice));
        let skeletons: Vec<Skeleton> = split.iter().map(|words| skeleton(words, &frequencies, split.len())).collect();
        let named = |text: &String| (!text.is_empty()).then(|| xxh3_64(text.as_bytes()));
        let sets = shingles(skeletons.iter().map(|s| s.text.as_str()), Form::Raw, 3);
        let whole: Vec<Option<u64>> = clusters(&sets, SAME_TEMPLATE)
            .into_iter()
            .zip(&sets)
            .map(|(leader, set)| (!set.is_empty()).then_some(leader as u64))
            .collect();
        Templates {
            whole: Shares::of(&whole),
            opening: Shares::of(&skeletons.iter().map(|s| named(&s.opening)).collect::<Vec<_>>()),
            closing: Shares::of(&skeletons.iter().map(|s| named(&s.closing)).collect::<Vec<_>>()),
        }
    }

    fn share(&self, at: usize) -> f64 {
        let most = [&self.whole, &self.opening, &self.closing].map(|shares| shares.sizes[at]).into_iter().max();
        most.unwrap_or(0) as f64 / self.whole.sizes.len().max(1) as f64
    }
}

/// For each text, the first of its near duplicates. A text too short for a 5-gram is compared as a whole.
fn near_duplicates(normal: &[String]) -> Vec<usize> {
    let mut sets = shingles(normal.iter().map(String::as_str), Form::Raw, 5);
    for (set, text) in sets.iter_mut().zip(normal).filter(|(set, text)| set.is_empty() && !text.is_empty()) {
        set.push(xxh3_64(text.as_bytes()));
    }
    clusters(&sets, NEAR)
}

/// The sets of runs of `n` words of texts; empty for a shorter text.
pub(super) fn shingles<'t>(texts: impl Iterator<Item = &'t str>, form: Form, n: u32) -> Vec<Vec<u64>> {
    let config = SketchConfig { form, ngram: n, ..SketchConfig::default() };
    // The configuration is sound: it is the default's but for the words of a shingle, which are not 0.
    let Ok(mut sketcher) = Sketcher::new(config) else { return texts.map(|_| Vec::new()).collect() };
    texts.map(|text| sketcher.shingles(text).map(<[u64]>::to_vec).unwrap_or_default()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn docs(texts: &[&str]) -> Vec<Doc> {
        let doc = |(at, text): (usize, &&str)| Doc {
            id: at.to_string(),
            text: (*text).to_owned(),
            words: text.split_whitespace().count() as u64,
            refusals: 0,
            seeds: vec![],
        };
        texts.iter().enumerate().map(doc).collect()
    }

    fn measured(texts: &[&str], words: u64) -> Measures {
        let docs = docs(texts);
        let docs: Vec<&Doc> = docs.iter().collect();
        measure(&docs, words, usize::MAX, Some(|bytes| bytes.len() as u64 / 2)).0
    }

    #[test]
    fn figures_by_hand() {
        let m = measured(&["the rye the rye", "the corn"], 100);
        assert_eq!((m.documents, m.words), (2, 6));
        // the, rye, corn of 6; the-rye, rye-the, the-corn of 4; two of two.
        assert_eq!(m.distinct, [Some(0.5), Some(0.75), Some(1.0)]);
        assert!(m.compression.is_some_and(|c| (c - 2.0).abs() < 0.1));
        assert_eq!((m.near_duplicates, m.unique_words, m.boilerplate), (Some(0.0), Some(1.0), Some(0.0)));
        let cut = measured(&["the rye the rye", "the corn"], 3);
        assert_eq!((cut.words, cut.distinct[0]), (3, Some(2.0 / 3.0)));
    }

    #[test]
    fn of_nothing_there_are_no_figures() {
        for texts in [&[][..], &[""][..], &["?!", " \n"][..]] {
            let m = measured(texts, 10);
            assert_eq!((m.words, m.distinct, m.boilerplate), (0, [None; 3], None));
        }
    }

    #[test]
    fn stock_phrases_are_covered_once() {
        let phrase = "one two three four five six seven eight nine";
        let texts: Vec<String> = (0..6).map(|n| format!("a{n} b{n} {phrase} c{n}")).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        assert_eq!(measured(&texts, 1000).boilerplate, Some(9.0 / 12.0));
        assert_eq!(measured(&texts[..4], 1000).boilerplate, Some(0.0));
    }

    #[test]
    fn equal_texts_are_near_duplicates_however_short() {
        let m = measured(&["rye", "Rye!", "corn"], 10);
        assert_eq!((m.near_duplicates, m.unique_words), (Some(2.0 / 3.0), Some(2.0 / 3.0)));
    }
}
