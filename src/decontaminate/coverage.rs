//! Coverage: where n-grams of a part stand close together its words are aligned with those of the text; what is covered, weighed by how rare it is,
//! is the part's score, and the parts' scores together the item's.

use super::align::Aligner;
use super::hit::{Findings, Hit, Severity};
use super::index::{BenchmarkIndex, Unit};
use super::item::Part;
use super::rule::Coverage;
use super::scratch::{Match, Scratch, UnitState};
use std::collections::HashMap;
use std::ops::Range;

/// The share of a part's weight that its n-grams must reach, close together, before the words are aligned. Of 20 words of which any
/// three are replaced, 40 % of the 5-grams are left on average.
const SEED_SHARE: f32 = 0.1;
/// An n-gram in more places than this is of a template; it is followed up only so often in one text, so that a text of nothing else costs no more.
const HOT: usize = 64;
const HOT_TIMES: u8 = 4;
/// The longest part that is aligned, in words. Of longer ones the n-grams are counted, of which there are many.
const MAX_ALIGNED: usize = 1024;
/// Stretches of one text in which a part is looked at, at most.
const MAX_STRETCHES: usize = 16;
/// Weight, in words that no other item has, from which a question needs no more than the threshold, and up to which it needs all of its words.
const FULL_WEIGHT: f64 = 16.0;
const BARE_WEIGHT: f64 = 6.0;
/// Questions of fewer words decide only together with another part of their item.
const ALONE_WORDS: usize = 8;
/// What other parts are worth beside the question: of what is missing to a full score. Ours; decon's weighted sums (question 0.7 to 0.85, answer 0.2 to
/// 0.25, passage 0.1 to 0.15) would not let a question decide that stands without its answer.
const ANSWER_WORTH: f64 = 0.4;
const CHOICES_WORTH: f64 = 0.3;
const PASSAGE_WORTH: f64 = 0.2;
/// How far from the question another part may stand, in words of the text; decon: 50 for short answers, 100 for others.
const NEAR_WORDS: usize = 100;
/// Answers of fewer words have no n-gram; they are looked for near the question, word by word, and are worth so much less.
const SHORT_ANSWER_WORTH: f64 = 0.5;

/// What coverage knows beside the index.
#[derive(Debug, Clone)]
pub(super) struct CoverageIndex {
    /// The n-gram that begins at each place; `u32::MAX` where none does.
    gram_at: Vec<u32>,
    /// Weight of all n-grams of each unit.
    weights: Vec<f32>,
    /// The units of each item are a range.
    of_item: Vec<u32>,
    /// `ln(1 + units)`, by which weights are made to lie between 0 and 1.
    scale: f64,
}

/// A stretch of the text that holds a part, as far as `score` says.
#[derive(Debug, Clone)]
struct Stretch {
    unit: u32,
    score: f64,
    /// Positions of words in the text.
    text: Range<usize>,
    /// Positions of words in the part.
    words: Range<usize>,
    matched: usize,
    /// Weight of the longest run of words that stand side by side in both.
    run: f64,
}

impl CoverageIndex {
    pub fn new(index: &BenchmarkIndex) -> CoverageIndex {
        let mut gram_at = vec![u32::MAX; index.words.len()];
        let mut coverage = CoverageIndex { gram_at: Vec::new(), weights: Vec::new(), of_item: Vec::new(), scale: 1.0 };
        coverage.scale = (1.0 + index.units.len().max(1) as f64).ln();
        if let Some(table) = index.tables.first() {
            for gram in 0..table.len() as u32 {
                table.places(gram).iter().for_each(|&place| gram_at[place as usize] = gram);
            }
        }
        coverage.gram_at = gram_at;
        let weight = |unit: &Unit| -> f32 { unit.range().map(|place| coverage.gram_weight(index, place) as f32).sum() };
        coverage.weights = index.units.iter().map(weight).collect();
        let items = index.items().len() as u32;
        coverage.of_item =
            (0..=items).map(|item| index.units.partition_point(|unit| unit.item < item) as u32).collect();
        coverage
    }

    pub fn memory(&self) -> usize {
        4 * (self.gram_at.len() + self.weights.len() + self.of_item.len())
    }

    /// The weight of the n-gram that begins at a place: 1 for one that stands nowhere else, less for those of many places (the square of
    /// the inverse document frequency, relative to the highest), 0 on the allow-list and where none begins.
    fn gram_weight(&self, index: &BenchmarkIndex, place: usize) -> f64 {
        let (Some(table), gram) = (index.tables.first(), self.gram_at[place]) else { return 0.0 };
        if gram == u32::MAX || table.is_allowed(gram) {
            return 0.0;
        }
        let rarity = (1.0 + index.units.len() as f64 / table.places(gram).len() as f64).ln() / self.scale;
        (rarity * rarity).min(1.0)
    }

    /// The weight of each word of a part: the mean of those of its n-grams.
    fn word_weights(&self, index: &BenchmarkIndex, unit: &Unit, n: usize, out: &mut Vec<f64>) {
        out.clear();
        let grams: Vec<f64> = unit.range().map(|place| self.gram_weight(index, place)).collect();
        let last = unit.len().saturating_sub(n);
        out.extend((0..unit.len()).map(|word| {
            let of_word = &grams[(word + 1).saturating_sub(n)..=word.min(last)];
            of_word.iter().sum::<f64>() / of_word.len().max(1) as f64
        }));
    }

    pub fn check(
        &self,
        rule: &Coverage,
        index: &BenchmarkIndex,
        scratch: &mut Scratch,
        text: &str,
        findings: &mut Findings,
    ) {
        let Some(table) = index.tables.first() else { return };
        scratch.find(index, table, text, false);
        if scratch.found.is_empty() {
            return;
        }
        self.seed(index, scratch);
        let stretches = self.stretches(rule, index, scratch, text);
        self.decide(rule, index, scratch, text, &stretches, findings);
    }

    /// Notes the units whose n-grams stand close together, and leaves all places of those in `scratch.places`.
    fn seed(&self, index: &BenchmarkIndex, scratch: &mut Scratch) {
        let Some(table) = index.tables.first() else { return };
        let Scratch { found, units, touched, epoch, places, .. } = scratch;
        let mut hot: HashMap<u32, u8> = HashMap::new();
        found.retain(|found| {
            if table.places(found.gram).len() <= HOT {
                return true;
            }
            let times = hot.entry(found.gram).or_default();
            *times = times.saturating_add(1);
            *times <= HOT_TIMES
        });
        each_place(index, found, |unit, at, place| {
            let state = &mut units[unit];
            if state.epoch != *epoch {
                *state = UnitState { epoch: *epoch, ..UnitState::default() };
                touched.push(unit as u32);
            } else if at as usize > state.last as usize + gap(index.units[unit].len()) {
                state.weight = 0.0;
            }
            state.last = at;
            state.weight += self.gram_weight(index, place as usize) as f32;
            state.best = state.best.max(state.weight);
        });
        let enough = |unit: usize, state: &UnitState| {
            state.epoch == *epoch && state.best > 0.0 && state.best >= SEED_SHARE * self.weights[unit]
        };
        if touched.iter().any(|&unit| enough(unit as usize, &units[unit as usize])) {
            each_place(index, found, |unit, at, place| {
                if enough(unit, &units[unit]) {
                    places.push((unit as u32, at, place - index.units[unit].start));
                }
            });
            places.sort_unstable();
        }
    }

    /// The stretches of the text in which parts stand, by unit and position.
    fn stretches(&self, rule: &Coverage, index: &BenchmarkIndex, scratch: &mut Scratch, text: &str) -> Vec<Stretch> {
        let mut aligner = Aligner::default();
        let (mut weights, mut stretches) = (Vec::new(), Vec::new());
        let places = std::mem::take(&mut scratch.places);
        for of_unit in places.chunk_by(|a, b| a.0 == b.0) {
            let number = of_unit[0].0;
            let unit = index.units[number as usize];
            self.word_weights(index, &unit, rule.ngram, &mut weights);
            let total: f64 = weights.iter().sum();
            if total <= 0.0 {
                continue;
            }
            for near in clusters(of_unit, unit.len()).into_iter().take(MAX_STRETCHES) {
                let seeds: f32 = near.iter().map(|p| self.gram_weight(index, (unit.start + p.2) as usize) as f32).sum();
                if seeds < SEED_SHARE * self.weights[number as usize] {
                    continue;
                }
                let pairs = match unit.len() <= MAX_ALIGNED {
                    true => align(&mut aligner, index, scratch, text, &unit, near, rule.ngram),
                    false => by_ngrams(near, rule.ngram),
                };
                let (Some(&first), Some(&last)) = (pairs.first(), pairs.last()) else { continue };
                stretches.push(Stretch {
                    unit: number,
                    score: pairs.iter().map(|&(word, _)| weights[word]).sum::<f64>() / total,
                    text: first.1..last.1 + 1,
                    words: first.0..last.0 + 1,
                    matched: pairs.len(),
                    run: longest_run(&pairs, &weights),
                });
            }
        }
        scratch.places = places;
        stretches
    }

    /// Puts the parts of each item together.
    fn decide(
        &self,
        rule: &Coverage,
        index: &BenchmarkIndex,
        scratch: &mut Scratch,
        text: &str,
        stretches: &[Stretch],
        findings: &mut Findings,
    ) {
        let item_of = |stretch: &Stretch| index.units[stretch.unit as usize].item;
        for of_item in stretches.chunk_by(|a, b| item_of(a) == item_of(b)) {
            let part_of = |stretch: &Stretch| index.units[stretch.unit as usize].part;
            let mut best: Option<Hit> = None;
            for stretch in of_item {
                let unit = index.units[stretch.unit as usize];
                let weight = f64::from(self.weights[stretch.unit as usize]) + (rule.ngram - 1) as f64;
                let hit = match unit.part {
                    Part::Question => {
                        let support = |part, worth: f64| {
                            let near = of_item.iter().filter(|other| part_of(other) == part && is_near(other, stretch));
                            worth * near.map(|other| other.score).fold(0.0, f64::max)
                        };
                        let short = self.short_parts(index, scratch, text, unit.item, stretch);
                        let supports = [
                            support(Part::Answer, ANSWER_WORTH).max(short * SHORT_ANSWER_WORTH * ANSWER_WORTH),
                            support(Part::Choices, CHOICES_WORTH),
                            support(Part::Passage, PASSAGE_WORTH),
                        ];
                        let missing = supports.iter().fold(1.0 - stretch.score, |left, worth| left * (1.0 - worth));
                        let score = (1.0 - missing).clamp(0.0, 1.0);
                        let helped = supports.iter().any(|&worth| worth >= 0.1);
                        let enough = score >= needed(rule.threshold, weight) && (unit.len() >= ALONE_WORDS || helped);
                        let decides = enough || stretch.run >= rule.run_words;
                        (score, decides, "coverage.question")
                    }
                    Part::Answer => {
                        let decides = weight >= rule.answer_words && stretch.score >= rule.threshold;
                        (stretch.score, decides, "coverage.answer")
                    }
                    _ => continue,
                };
                let (score, decides, name) = hit;
                if score < rule.partial || (!decides && unit.len() < ALONE_WORDS) {
                    continue;
                }
                let span = bytes(scratch, &stretch.text);
                if decides {
                    findings.cuts.push(span.clone());
                }
                let hit = Hit {
                    item: unit.item,
                    rule: name,
                    severity: if decides { Severity::Contaminated } else { Severity::Partial },
                    part: unit.part,
                    span,
                    item_words: stretch.words.clone(),
                    part_words: unit.len(),
                    matched_words: stretch.matched,
                    score,
                };
                // One hit for each item; of equals the first in the text.
                let better = |than: &Hit| (hit.severity, hit.score) > (than.severity, than.score);
                if best.as_ref().is_none_or(better) {
                    best = Some(hit);
                }
            }
            // Whatever stands beside a question that goes, goes too.
            if best.as_ref().is_some_and(|hit| hit.severity == Severity::Contaminated) {
                let beside = of_item
                    .iter()
                    .filter(|stretch| part_of(stretch) != Part::Passage && stretch.score >= rule.threshold);
                findings.cuts.extend(beside.map(|stretch| bytes(scratch, &stretch.text)));
            }
            findings.hits.extend(best);
        }
    }

    /// How much of an item's answer, if it is too short for an n-gram, stands after the question: 1 or 0.
    fn short_parts(
        &self,
        index: &BenchmarkIndex,
        scratch: &mut Scratch,
        text: &str,
        item: u32,
        question: &Stretch,
    ) -> f64 {
        let item = item as usize;
        let units = &index.units[self.of_item[item] as usize..self.of_item[item + 1] as usize];
        let n = index.tables.first().map_or(0, |table| table.n());
        let Some(answer) = units.iter().find(|unit| unit.part == Part::Answer && unit.len() < n) else { return 0.0 };
        let Scratch { words, reading, .. } = scratch;
        let expected = &index.words[answer.range()];
        let from = question.text.end;
        let to = (from + NEAR_WORDS / 2).min(words.len());
        let found = (from..to).any(|at| {
            at + expected.len() <= words.len()
                && (at..).zip(expected).all(|(at, &word)| reading.number(index, text, words, at) == word)
        });
        f64::from(u8::from(found))
    }
}

/// Calls `each` with unit, position in the text and place of every n-gram found.
fn each_place(index: &BenchmarkIndex, found: &[Match], mut each: impl FnMut(usize, u32, u32)) {
    let Some(table) = index.tables.first() else { return };
    for found in found {
        for &place in table.places(found.gram) {
            each(index.unit_at(place), found.at, place);
        }
    }
}

/// Words of the text between two n-grams of one stretch, at most.
fn gap(words: usize) -> usize {
    (words / 2).max(16)
}

/// The score that a question of that weight needs.
fn needed(threshold: f64, weight: f64) -> f64 {
    let bare = ((FULL_WEIGHT - weight) / (FULL_WEIGHT - BARE_WEIGHT)).clamp(0.0, 1.0);
    // Not quite 1, since sums of weights are rounded.
    (threshold + (1.0 - threshold) * bare).min(1.0 - 1e-6)
}

fn is_near(a: &Stretch, b: &Stretch) -> bool {
    a.text.start <= b.text.end + NEAR_WORDS && b.text.start <= a.text.end + NEAR_WORDS
}

fn bytes(scratch: &Scratch, words: &Range<usize>) -> Range<usize> {
    let spans = &scratch.words.spans;
    let start = spans.get(words.start).map_or(0, |span| span.start as usize);
    let end = words.end.checked_sub(1).and_then(|last| spans.get(last)).map_or(start, |span| span.end as usize);
    start..end
}

/// A unit's places, parted where the text between them is too long, and where a stretch grows longer than the part.
fn clusters(places: &[(u32, u32, u32)], words: usize) -> Vec<&[(u32, u32, u32)]> {
    let longest = words + words / 2 + 16;
    let mut clusters = Vec::new();
    let mut from = 0;
    for at in 1..=places.len() {
        let ends = at == places.len()
            || places[at].1 as usize > places[at - 1].1 as usize + gap(words)
            || (places[at].1 - places[from].1) as usize > longest;
        if ends {
            clusters.push(&places[from..at]);
            from = at;
        }
    }
    clusters
}

/// Aligns a part with the text about its n-grams; pairs of positions, in the part and in the text, that have a neighbour.
fn align(
    aligner: &mut Aligner,
    index: &BenchmarkIndex,
    scratch: &mut Scratch,
    text: &str,
    unit: &Unit,
    near: &[(u32, u32, u32)],
    n: usize,
) -> Vec<(usize, usize)> {
    let (Some(first), Some(last)) = (near.first(), near.last()) else { return Vec::new() };
    let slack = unit.len() / 4 + 4;
    let Scratch { words, reading, .. } = scratch;
    let from = (first.1 as usize).saturating_sub(first.2 as usize + slack);
    let left = unit.len().saturating_sub(last.2 as usize + n);
    let to = (last.1 as usize + n + left + slack).min(words.len());
    let numbers: Vec<u32> = (from..to).map(|at| reading.number(index, text, words, at)).collect();
    let mut pairs = Vec::new();
    aligner.pairs(&index.words[unit.range()], &numbers, &mut pairs);
    let beside = |a: (usize, usize), b: (usize, usize)| a.0 + 1 == b.0 && a.1 + 1 == b.1;
    let kept = (0..pairs.len()).filter(|&at| {
        (at > 0 && beside(pairs[at - 1], pairs[at])) || pairs.get(at + 1).is_some_and(|&next| beside(pairs[at], next))
    });
    kept.map(|at| (pairs[at].0, pairs[at].1 + from)).collect()
}

/// The weight of the heaviest run of pairs that follow each other in both.
fn longest_run(pairs: &[(usize, usize)], weights: &[f64]) -> f64 {
    let runs = pairs.chunk_by(|a, b| a.0 + 1 == b.0 && a.1 + 1 == b.1);
    runs.map(|run| run.iter().map(|&(word, _)| weights[word]).sum::<f64>()).fold(0.0, f64::max)
}

/// The words that n-grams cover, each once, for parts too long to be aligned.
fn by_ngrams(near: &[(u32, u32, u32)], n: usize) -> Vec<(usize, usize)> {
    let mut pairs: Vec<(usize, usize)> =
        near.iter().flat_map(|p| (0..n).map(move |i| (p.2 as usize + i, p.1 as usize + i))).collect();
    pairs.sort_unstable();
    pairs.dedup_by_key(|pair| pair.0);
    pairs
}
