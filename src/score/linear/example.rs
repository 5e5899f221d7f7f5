//! A document as training sees it: its places, grouped by shard of the tables, so that threads can share the tables out.

use super::walk::{Sink, walk};
use super::{Contract, share};
use crate::document::Document;

/// Into how many parts the tables of weights are cut for training. Fixed, so that it is no matter of threads.
pub(super) const SHARDS: usize = 16;

/// Bytes of a text that training looks at. A model scores whole texts; what it learns of the beginning holds for the rest.
pub(super) const TRAINING_BYTES: usize = 1 << 20;

/// A labelled document.
#[derive(Debug, Clone)]
pub struct Example {
    /// Places, in the order of the text within each shard.
    pub(super) places: Vec<u32>,
    /// Where each shard's places begin.
    pub(super) bounds: [usize; SHARDS + 1],
    /// What one occurrence of a word or pair, and of a run, counts.
    pub(super) shares: [f64; 2],
    /// Values of the signals.
    pub(super) signals: Vec<f64>,
    pub(super) label: f64,
}

impl Example {
    /// The document under a contract. Of a text longer than 1 MiB, the first MiB.
    pub fn of(contract: &Contract, doc: &Document<'_>, label: f64) -> Example {
        let mut text = doc.text();
        if text.len() > TRAINING_BYTES {
            let cut = (0..=TRAINING_BYTES).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
            text = text.get(..cut).unwrap_or_default();
        }
        let mut gather = Gather { places: Vec::new(), words: 0, word_places: 1 << contract.word_bits };
        walk(text, contract, &mut gather);
        let runs = gather.places.len() as u64 - gather.words;
        let shares = [share(gather.words), share(runs)];
        let shard_of = |place: u32| shard(place, contract);
        let mut bounds = [0; SHARDS + 1];
        gather.places.iter().for_each(|&place| bounds[shard_of(place) + 1] += 1);
        (0..SHARDS).for_each(|i| bounds[i + 1] += bounds[i]);
        let (mut next, mut places) = (bounds, vec![0; gather.places.len()]);
        for &place in &gather.places {
            let slot = &mut next[shard_of(place)];
            places[*slot] = place;
            *slot += 1;
        }
        let signals = contract.signals.iter().map(|signal| signal.value(doc)).collect();
        Example { places, bounds, shares, signals, label }
    }

    /// Its label.
    pub fn label(&self) -> f64 {
        self.label
    }

    /// About how many bytes it takes.
    pub fn bytes(&self) -> usize {
        4 * self.places.len() + 8 * self.signals.len() + size_of::<Example>()
    }

    /// The places of one shard.
    pub(super) fn shard(&self, shard: usize) -> &[u32] {
        self.places.get(self.bounds[shard]..self.bounds[shard + 1]).unwrap_or_default()
    }
}

/// The shard that a place lies in.
pub(super) fn shard(place: u32, contract: &Contract) -> usize {
    place as usize / shard_places(contract)
}

/// Places of a shard.
pub(super) fn shard_places(contract: &Contract) -> usize {
    contract.places().div_ceil(SHARDS)
}

/// All places of a text; runs lie behind the words.
struct Gather {
    places: Vec<u32>,
    words: u64,
    word_places: u32,
}

impl Sink for Gather {
    fn word(&mut self, place: u32, _: std::ops::Range<usize>, _: bool) {
        self.places.push(place);
        self.words += 1;
    }

    fn run(&mut self, place: u32, _: usize) {
        self.places.push(self.word_places + place);
    }
}
