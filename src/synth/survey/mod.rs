//! Synthetic texts beside organic ones: how diverse, how templated, how copied, at equal sample size.
//!
//! ```
//! use mashbill::synth::{Surveyor, SurveyConfig, SurveyRow};
//!
//! let mut surveyor = Surveyor::new(SurveyConfig::default()); // one per thread; they merge
//! for n in 0..100 {
//!     let (id, text) = (n.to_string(), format!("Sure, here is the story of Tom, a cat of {n} years who lived in a small house by the sea."));
//!     surveyor.add(&SurveyRow { kind: "textbook", generator: "m1", template: "t1", id: &id, text: &text, seeds: &[] })?;
//!     // What people write differs from page to page; this stands for it.
//!     let words: Vec<String> = (0..20).map(|k| format!("w{}", (n * 31 + k * k * 17) % 997)).collect();
//!     surveyor.add_organic(&id, &words.join(" "));
//! }
//! let report = surveyor.finish().report();
//! assert_eq!(report.groups[0].measures.template_top1, Some(1.0));
//! assert!(report.groups[0].warnings.iter().any(|warning| warning.contains("template")));
//! # Ok::<(), mashbill::Error>(())
//! ```
//!
//! Everything is a function of the rows: the sample is by hash of the ids, so order, files and threads do not matter, and memory is that of
//! the samples. `sample` says which documents are looked at, `measure` what is counted of them, `skeleton` and `clusters` which have a
//! template or nearly all words in common, `refusal` who refuses, `seeds` what was copied, `warn` what is worth a warning.

mod clusters;
mod lengths;
mod measure;
mod refusal;
mod sample;
mod seeds;
mod skeleton;
mod warn;

pub use measure::{Finding, Measures};

use crate::error::{Error, Result};
use crate::text::{Analyzer, Normalizer};
use lengths::Lengths;
use measure::{first_words, measure, share};
use sample::{Doc, Sample, rank};
use seeds::Seeds;
use std::collections::{BTreeMap, HashMap, HashSet};
use xxhash_rust::xxh3::xxh3_64;

/// A word of at most so many documents of the organic reference is rare.
const RARE: u32 = 5;
/// The least words of a sample, and of the organic one beside it, about which warnings are made.
const MIN_WORDS: u64 = 1_000;

/// How texts are compared.
#[derive(Debug, Clone, Copy)]
pub struct SurveyConfig {
    /// Words of each group that are looked at, in whole documents; of the organic texts twice as many.
    pub sample_words: u64,
    /// Of a longer document the sample has the beginning, in bytes.
    pub max_text_bytes: usize,
    /// Most groups. More are an error, since each has a sample in memory.
    pub max_groups: usize,
    /// Seed of the sample.
    pub seed: u64,
    /// A codec: bytes to the number of compressed bytes. `None` leaves the compression ratio out.
    pub compress: Option<fn(&[u8]) -> u64>,
}

impl Default for SurveyConfig {
    /// 50,000 words of each of at most 200 groups, of documents of at most 256 KiB: some 300 kB of text each.
    fn default() -> Self {
        SurveyConfig { sample_words: 50_000, max_text_bytes: 256 << 10, max_groups: 200, seed: 0, compress: None }
    }
}

/// A synthetic document and where it comes from. What is not known is empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SurveyRow<'a> {
    /// What kind of synthesis: `rephrase`, `textbook` …
    pub kind: &'a str,
    /// The model, or the rule.
    pub generator: &'a str,
    /// The prompt's or rule's template.
    pub template: &'a str,
    /// The document's id.
    pub id: &'a str,
    /// The text.
    pub text: &'a str,
    /// Ids of the documents it was made from.
    pub seeds: &'a [&'a str],
}

/// Counts and a sample of one group.
#[derive(Debug, Clone)]
struct Group {
    documents: u64,
    words: u64,
    lengths: Lengths,
    refusing: u64,
    meta: u64,
    sample: Sample,
}

impl Group {
    fn new(sample_words: u64) -> Group {
        let sample = Sample::new(sample_words);
        Group { documents: 0, words: 0, lengths: Lengths::default(), refusing: 0, meta: 0, sample }
    }

    fn merge(&mut self, other: Group) {
        self.documents += other.documents;
        self.words += other.words;
        self.lengths.merge(other.lengths);
        self.refusing += other.refusing;
        self.meta += other.meta;
        self.sample.merge(other.sample);
    }
}

/// Takes rows. One per thread: it owns the buffers.
#[derive(Debug)]
pub struct Surveyor {
    analyzer: Analyzer,
    normalizer: Normalizer,
    survey: Survey,
}

/// What was taken; merges, in any order, to the same.
#[derive(Debug, Clone)]
pub struct Survey {
    config: SurveyConfig,
    groups: BTreeMap<[String; 3], Group>,
    all: Group,
    organic: Group,
}

impl Surveyor {
    /// Nothing taken yet.
    pub fn new(config: SurveyConfig) -> Surveyor {
        let survey = Survey {
            config,
            groups: BTreeMap::new(),
            all: Group::new(config.sample_words),
            organic: Group::new(config.sample_words.saturating_mul(2)),
        };
        Surveyor { analyzer: Analyzer::new(), normalizer: Normalizer::new(), survey }
    }

    /// Takes a synthetic document.
    ///
    /// # Errors
    /// [`Error::Invalid`] if there are more groups than the configuration allows.
    pub fn add(&mut self, row: &SurveyRow<'_>) -> Result<()> {
        let key = [row.kind, row.generator, row.template].map(str::to_owned);
        if !self.survey.groups.contains_key(&key) {
            self.survey.check_groups(self.survey.groups.len() + 1)?;
        }
        let (config, groups) = (&self.survey.config, &mut self.survey.groups);
        let group = groups.entry(key).or_insert_with(|| Group::new(config.sample_words));
        let known = Known::of(&mut self.analyzer, &mut self.normalizer, row.text);
        for group in [group, &mut self.survey.all] {
            known.add(group, row, config, &mut self.normalizer);
        }
        Ok(())
    }

    /// Takes an organic document.
    pub fn add_organic(&mut self, id: &str, text: &str) {
        let known = Known::of(&mut self.analyzer, &mut self.normalizer, text);
        let row = SurveyRow { kind: "", generator: "", template: "", id, text, seeds: &[] };
        known.add(&mut self.survey.organic, &row, &self.survey.config, &mut self.normalizer);
    }

    /// What was taken.
    pub fn finish(self) -> Survey {
        self.survey
    }
}

/// What every document is asked.
struct Known {
    words: u64,
    refusals: u32,
    meta: bool,
}

impl Known {
    fn of(analyzer: &mut Analyzer, normalizer: &mut Normalizer, text: &str) -> Known {
        let view = analyzer.view(text);
        let phrases = view.phrases();
        let meta = phrases.assistant() > 0 || phrases.opening() > 0 || phrases.leaks() > 0 || phrases.thinking() > 0;
        Known { words: count_words(normalizer, text), refusals: refusal::refusals(&view), meta }
    }

    fn add(&self, group: &mut Group, row: &SurveyRow<'_>, config: &SurveyConfig, normalizer: &mut Normalizer) {
        let SurveyRow { id, text, seeds, .. } = *row;
        group.documents += 1;
        group.words += self.words;
        group.lengths.add(self.words);
        group.refusing += u64::from(self.refusals > 0);
        group.meta += u64::from(self.meta);
        let rank = rank(config.seed, id, text, seeds);
        if group.sample.wants(rank) {
            let cut = beginning(text, config.max_text_bytes);
            let words = if cut.len() == text.len() { self.words } else { count_words(normalizer, cut) };
            let seeds = seeds.iter().map(|&seed| seed.to_owned()).collect();
            group
                .sample
                .add(rank, Doc { id: id.to_owned(), text: cut.to_owned(), words, refusals: self.refusals, seeds });
        }
    }
}

/// The first bytes of a text, whole characters.
fn beginning(text: &str, bytes: usize) -> &str {
    let mut end = text.len().min(bytes);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

fn count_words(normalizer: &mut Normalizer, text: &str) -> u64 {
    crate::text::words(normalizer.normalize(text)).count() as u64
}

impl Survey {
    /// Adds what another has taken.
    ///
    /// # Errors
    /// As [`Surveyor::add`].
    pub fn merge(&mut self, other: Survey) -> Result<()> {
        let new = other.groups.keys().filter(|key| !self.groups.contains_key(*key)).count();
        self.check_groups(self.groups.len() + new)?;
        for (key, group) in other.groups {
            let sample_words = self.config.sample_words;
            self.groups.entry(key).or_insert_with(|| Group::new(sample_words)).merge(group);
        }
        self.all.merge(other.all);
        self.organic.merge(other.organic);
        Ok(())
    }

    fn check_groups(&self, groups: usize) -> Result<()> {
        let most = self.config.max_groups;
        if groups <= most {
            return Ok(());
        }
        let problem = format!(
            "there are more than {most} combinations of kind, generator and template; group by a column with fewer values, or by an empty one"
        );
        Err(Error::Invalid { what: "groups".to_owned(), problem })
    }

    /// The report without seeds.
    pub fn report(self) -> SurveyReport {
        self.with_seeds().report()
    }

    /// Ready to be shown the seed documents.
    pub fn with_seeds(self) -> SeededSurvey {
        let groups =
            std::iter::once((None, self.all)).chain(self.groups.into_iter().map(|(key, group)| (Some(key), group)));
        let groups = groups.map(|(key, group)| {
            let seeds = Seeds::new(&group.sample.docs());
            (key, group, seeds)
        });
        SeededSurvey { config: self.config, groups: groups.collect(), organic: self.organic }
    }
}

/// A survey that looks for copies of seed documents.
#[derive(Debug)]
pub struct SeededSurvey {
    config: SurveyConfig,
    groups: Vec<(Option<[String; 3]>, Group, Seeds)>,
    organic: Group,
}

impl SeededSurvey {
    /// Whether a document of the sample was made from the one with this id.
    pub fn wants(&self, id: &str) -> bool {
        self.groups.iter().any(|(_, _, seeds)| seeds.wants(id))
    }

    /// Shows a seed document. In any order; a document may be shown in parts.
    pub fn add_seed(&mut self, id: &str, text: &str) {
        self.groups.iter_mut().for_each(|(_, _, seeds)| seeds.add(id, text));
    }

    /// Measures all groups.
    pub fn report(self) -> SurveyReport {
        let organic = Organic::new(&self.organic);
        let (mut all, mut groups) = (None, Vec::new());
        for (key, group, seeds) in &self.groups {
            let report = organic.compare(&self.config, key.as_ref(), group, seeds);
            match key {
                None => all = Some(report),
                Some(_) => groups.push(report),
            }
        }
        SurveyReport {
            sample_words: self.config.sample_words,
            organic_documents: self.organic.documents,
            organic_words: self.organic.words,
            all: all.filter(|all| all.documents > 0),
            groups,
        }
    }
}

/// The organic sample in two halves: one to compare with, one to say which words are rare.
struct Organic<'g> {
    group: &'g Group,
    docs: Vec<&'g Doc>,
    frequencies: HashMap<u64, u32>,
}

impl<'g> Organic<'g> {
    fn new(group: &'g Group) -> Organic<'g> {
        let all = group.sample.docs();
        let half = |parity: usize| all.iter().enumerate().filter(move |(at, _)| at % 2 == parity).map(|(_, doc)| *doc);
        let mut frequencies = HashMap::new();
        let mut normalizer = Normalizer::new();
        for doc in half(1) {
            let words: HashSet<u64> =
                crate::text::words(normalizer.normalize(&doc.text)).map(|w| xxh3_64(w.as_bytes())).collect();
            words.into_iter().for_each(|word| *frequencies.entry(word).or_insert(0) += 1);
        }
        Organic { group, docs: half(0).collect(), frequencies }
    }

    /// A group beside as many words of the organic half.
    fn compare(&self, config: &SurveyConfig, key: Option<&[String; 3]>, group: &Group, seeds: &Seeds) -> GroupReport {
        let all = group.sample.docs();
        let held = |docs: &[&Doc]| docs.iter().map(|doc| doc.words).sum::<u64>();
        let own = held(&all).min(config.sample_words);
        // Equal sizes; where there is no organic text, as much as there is.
        let words = if self.docs.is_empty() { own } else { own.min(held(&self.docs)) };
        let (docs, beside) = (first_words(&all, words), first_words(&self.docs, words));
        let bytes = |docs: &[&Doc]| docs.iter().map(|doc| doc.text.len()).sum::<usize>();
        let equal = if beside.is_empty() { bytes(&docs) } else { bytes(&docs).min(bytes(&beside)) };
        let (measures, mut findings) = measure(&docs, words, equal, config.compress);
        if docs.len() < all.len() {
            // Figures are of equal sizes; what is found of documents is of all there are.
            findings = measure(&all, held(&all), 0, None).1;
        }
        let (organic, _) = measure(&beside, words, equal, config.compress);
        let containments = seeds.containments();
        findings.iter_mut().zip(&containments).for_each(|(finding, share)| finding.seed_containment = *share);
        let [kind, generator, template] = key.cloned().unwrap_or_default();
        let mut report = GroupReport {
            kind,
            generator,
            template,
            documents: group.documents,
            words: group.words,
            words_p10: group.lengths.quantile(0.1),
            words_p50: group.lengths.quantile(0.5),
            words_p90: group.lengths.quantile(0.9),
            organic_words_p50: self.group.lengths.quantile(0.5),
            refusals: share(group.refusing, group.documents),
            organic_refusals: share(self.group.refusing, self.group.documents),
            meta_talk: share(group.meta, group.documents),
            organic_meta_talk: share(self.group.meta, self.group.documents),
            rare_words: self.rare(&docs),
            organic_rare_words: self.rare(&beside),
            seeds: SeedOverlap::of(&containments, seeds),
            measures,
            organic: (!beside.is_empty()).then_some(organic),
            warnings: Vec::new(),
            findings,
        };
        if words >= MIN_WORDS || self.docs.is_empty() {
            report.warnings = warn::warnings(&report);
        }
        report
    }

    /// Share of the words that are rare in the other half of the organic sample.
    fn rare(&self, docs: &[&Doc]) -> Option<f64> {
        let mut normalizer = Normalizer::new();
        let (mut rare, mut all) = (0, 0);
        for doc in docs {
            for word in crate::text::words(normalizer.normalize(&doc.text)) {
                rare += u64::from(self.frequencies.get(&xxh3_64(word.as_bytes())).is_none_or(|&n| n <= RARE));
                all += 1;
            }
        }
        share(rare, all).filter(|_| !self.frequencies.is_empty())
    }
}

/// How much of the sampled documents stands in their seeds.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "recipe-file", derive(serde::Serialize))]
#[non_exhaustive]
pub struct SeedOverlap {
    /// Sampled documents of which a seed was seen.
    pub documents: u64,
    /// Mean share of a document's word 5-grams that its seeds have.
    pub mean: f64,
    /// Share of these documents of which at least half stands in a seed: copies.
    pub copies: f64,
    /// Share of which less than a fiftieth does: texts that do not follow their seed.
    pub ungrounded: f64,
    /// The most documents of the sample that were made from one seed.
    pub most_of_one_seed: u64,
    /// Words of these documents over words of the seeds that each was made from; `None` if the seeds have none.
    pub expansion: Option<f64>,
}

impl SeedOverlap {
    /// Containment from which a document is a copy. Ours: half of it.
    pub const COPY: f64 = 0.5;
    /// Containment below which a document does not follow its seed. Ours.
    pub const UNGROUNDED: f64 = 0.02;

    fn of(containments: &[Option<f64>], seeds: &Seeds) -> Option<SeedOverlap> {
        let known: Vec<f64> = containments.iter().flatten().copied().collect();
        let part =
            |wanted: fn(f64) -> bool| known.iter().filter(|share| wanted(**share)).count() as f64 / known.len() as f64;
        (!known.is_empty()).then(|| SeedOverlap {
            documents: known.len() as u64,
            mean: known.iter().sum::<f64>() / known.len() as f64,
            copies: part(|share| share >= SeedOverlap::COPY),
            ungrounded: part(|share| share < SeedOverlap::UNGROUNDED),
            most_of_one_seed: seeds.most_of_one_seed(),
            expansion: seeds.expansion(),
        })
    }
}

/// One kind × generator × template.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "recipe-file", derive(serde::Serialize))]
#[non_exhaustive]
pub struct GroupReport {
    /// The kind; empty where not known.
    pub kind: String,
    /// The generator.
    pub generator: String,
    /// The template.
    pub template: String,
    /// All its documents.
    pub documents: u64,
    /// All its words (of the normal form).
    pub words: u64,
    /// Length in words that a tenth of the documents do not exceed, to two digits.
    pub words_p10: Option<u64>,
    /// The median.
    pub words_p50: Option<u64>,
    /// Length that nine tenths do not exceed.
    pub words_p90: Option<u64>,
    /// The organic median.
    pub organic_words_p50: Option<u64>,
    /// Share of all documents with a phrase of refusal.
    pub refusals: Option<f64>,
    /// The organic share.
    pub organic_refusals: Option<f64>,
    /// Share of all documents in which an assistant speaks of itself, a prompt or a tag of reasoning came out.
    pub meta_talk: Option<f64>,
    /// The organic share.
    pub organic_meta_talk: Option<f64>,
    /// Share of the sample's words that at most 5 documents of an organic reference have.
    pub rare_words: Option<f64>,
    /// The organic share.
    pub organic_rare_words: Option<f64>,
    /// Overlap with seeds, where seeds are named and were seen.
    pub seeds: Option<SeedOverlap>,
    /// Figures of the sample.
    pub measures: Measures,
    /// The same of as many words of organic text.
    pub organic: Option<Measures>,
    /// What is worth a look.
    pub warnings: Vec<String>,
    /// What was found of each document of the sample.
    #[cfg_attr(feature = "recipe-file", serde(skip))]
    pub findings: Vec<Finding>,
}

/// All groups beside the organic texts.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "recipe-file", derive(serde::Serialize))]
#[non_exhaustive]
pub struct SurveyReport {
    /// Words of each group that were looked at, at most.
    pub sample_words: u64,
    /// Organic documents.
    pub organic_documents: u64,
    /// Organic words.
    pub organic_words: u64,
    /// All groups together; `None` without documents.
    pub all: Option<GroupReport>,
    /// Each group, sorted by name.
    pub groups: Vec<GroupReport>,
}

#[cfg(test)]
mod tests;
