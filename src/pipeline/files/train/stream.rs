//! The documents of an epoch in a mixed order: row groups by hash, several open at a time, the next document from one of them drawn by
//! what each has left.

use super::{Input, InputLabel};
use crate::error::Result;
use crate::hash::splitmix::SplitMix64;
use crate::io::{Batches, Strings};
use arrow::array::RecordBatch;
use std::sync::Arc;
use xxhash_rust::xxh3::xxh3_64;

/// Row groups open at a time: what is mixed with what, and memory (a batch of each).
const OPEN: usize = 16;

/// A labelled text, in the batch that it was read with.
pub(super) struct Item {
    texts: Arc<Strings>,
    row: usize,
    pub label: f64,
}

impl Item {
    pub fn text(&self) -> &str {
        self.texts.get(self.row).unwrap_or_default()
    }
}

/// One batch, bound.
struct Bound {
    texts: Arc<Strings>,
    labels: Option<Vec<Option<f64>>>,
}

impl Bound {
    fn new(input: &Input, batch: &RecordBatch) -> Result<Bound> {
        let labels = match &input.label {
            InputLabel::Fixed(_) => None,
            InputLabel::Column(column) => Some(column.bind_f64(batch)?),
        };
        Ok(Bound { texts: Arc::new(input.text.bind(batch)?), labels })
    }

    /// The label of a row; `None` where the row has none, or no text.
    fn label(&self, input: &Input, row: usize) -> Option<f64> {
        self.texts.get(row)?;
        match (&input.label, &self.labels) {
            (InputLabel::Fixed(label), _) => Some(*label),
            (_, Some(labels)) => labels.get(row).copied().flatten(),
            _ => None,
        }
    }
}

/// Every labelled text of a row group, in its order. Rows without a text or a label are passed over.
pub(super) fn each(input: &Input, group: usize, batch_bytes: usize, each: &mut dyn FnMut(f64, &str)) -> Result<()> {
    for batch in input.shard.read_roots(group, Some(&input.roots()), None, batch_bytes)? {
        let bound = Bound::new(input, &batch?)?;
        for row in 0..bound.texts.len() {
            if let (Some(label), Some(text)) = (bound.label(input, row), bound.texts.get(row)) {
                each(label, text);
            }
        }
    }
    Ok(())
}

/// An open row group.
struct Stream<'a> {
    input: &'a Input,
    batches: Batches,
    bound: Option<Bound>,
    row: usize,
    /// Rows not yet handed on.
    left: u64,
}

impl Stream<'_> {
    /// Its next labelled text.
    fn next(&mut self) -> Result<Option<Item>> {
        loop {
            if let Some(bound) = &self.bound {
                if self.row < bound.texts.len() {
                    let row = self.row;
                    self.row += 1;
                    self.left = self.left.saturating_sub(1);
                    match bound.label(self.input, row) {
                        Some(label) => return Ok(Some(Item { texts: bound.texts.clone(), row, label })),
                        None => continue,
                    }
                }
            }
            match self.batches.next() {
                None => return Ok(None),
                Some(batch) => {
                    self.bound = Some(Bound::new(self.input, &batch?)?);
                    self.row = 0;
                }
            }
        }
    }
}

/// The documents of one pass.
pub(super) struct Epoch<'a> {
    inputs: &'a [Input],
    /// Row groups not yet opened, in order; the last comes next.
    waiting: Vec<(usize, usize)>,
    open: Vec<Stream<'a>>,
    draws: SplitMix64,
    batch_bytes: usize,
}

impl<'a> Epoch<'a> {
    pub fn new(inputs: &'a [Input], seed: u64, number: u32, batch_bytes: usize) -> Epoch<'a> {
        let groups = inputs.iter().enumerate().flat_map(|(at, i)| (0..i.shard.row_groups()).map(move |g| (at, g)));
        let key = |&(at, group): &(usize, usize)| {
            let parts = [seed, u64::from(number), at as u64, group as u64];
            xxh3_64(&parts.map(u64::to_le_bytes).concat())
        };
        let mut waiting: Vec<(usize, usize)> = groups.collect();
        waiting.sort_by_key(|group| (key(group), *group));
        let draws = SplitMix64::new(seed ^ (u64::from(number) << 32) ^ 0x6d69_7865_645f_7570);
        Epoch { inputs, waiting, open: Vec::new(), draws, batch_bytes }
    }

    /// The next document.
    pub fn next(&mut self) -> Result<Option<Item>> {
        loop {
            while self.open.len() < OPEN {
                let Some((at, group)) = self.waiting.pop() else { break };
                let input = &self.inputs[at];
                let batches = input.shard.read_roots(group, Some(&input.roots()), None, self.batch_bytes)?;
                let left = input.shard.group_rows(group);
                self.open.push(Stream { input, batches, bound: None, row: 0, left });
            }
            let all: u64 = self.open.iter().map(|stream| stream.left).sum();
            let mut draw = if all == 0 { 0 } else { self.draws.next_u64() % all };
            let drawn = self.open.iter().position(|stream| {
                let here = draw < stream.left;
                draw = draw.saturating_sub(stream.left);
                here
            });
            let at = drawn.unwrap_or(0);
            let Some(stream) = self.open.get_mut(at) else { return Ok(None) };
            match stream.next()? {
                Some(item) => return Ok(Some(item)),
                // In order, so that what is drawn next does not depend on how rows were removed.
                None => drop(self.open.remove(at)),
            }
        }
    }
}
