//! Rows and totals → copies of each row: the mix's plan over the rows that are left. Nothing is held of a row but in records that go
//! to disk when they are many.

use super::keyed::{CHUNK, Keyed, LeftRows, Supply, bytes_of};
use super::order::Place;
use super::sort::{Sequence, Sorted, Sorter, Space};
use crate::error::Result;
use crate::mix::{DocKey, Item, MixAsk, MixPlan, Quotas, Selection, Selector, SourceSupply, order_key};
use crate::recipe::Order;

/// Sources whose documents are chosen in the same passes: their histograms take 1.5 MiB each.
const SOURCES_AT_ONCE: usize = 32;

/// What the mix is asked for, beside what the sources turn out to have.
#[derive(Debug, Clone)]
pub struct MixConfig {
    /// Budget, shares, shortage policy.
    pub ask: MixAsk,
    /// Each source's weight and highest number of epochs, in the order of the sources.
    pub sources: Vec<(Option<f64>, f64)>,
}

impl MixConfig {
    /// The sources as the mix sees them.
    pub(super) fn supplies(&self, sources: &[(String, String)], have: &[Supply]) -> Vec<SourceSupply> {
        let supply =
            |(((name, group), &(weight, max_epochs)), have): ((&(String, String), &(Option<f64>, f64)), &Supply)| {
                let mut supply = SourceSupply::new(name, group, have.tokens, have.rows);
                (supply.weight, supply.max_epochs) = (weight, max_epochs);
                supply
            };
        sources.iter().zip(&self.sources).zip(have).map(supply).collect()
    }
}

/// What planning needs beside the rows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Planning<'a> {
    pub seed: u64,
    pub order: Order,
    pub space: &'a Space,
}

/// Every copy of every row that is emitted, in the order of the output (of each source, if the order is interleaved).
#[derive(Debug)]
pub(super) struct Planned {
    pub plan: Option<MixPlan>,
    pub places: Sorted<Place>,
    /// Rows, copies counted.
    pub rows: u64,
    /// Bytes of their text.
    pub bytes: u64,
}

/// Plans the mix; without one, every row that is left is emitted once.
///
/// # Errors
/// [`Error::Infeasible`](crate::Error::Infeasible), saying what would do; an unreadable scan.
pub(super) fn plan(planning: &Planning<'_>, left: &LeftRows<'_>, config: Option<&MixConfig>) -> Result<Planned> {
    let places = planning.space.sorter::<Place>("places")?;
    if config.is_none() && planning.order == Order::Input {
        let sums = left.map(|group| {
            let (mut sums, mut buffer) = ((0, 0), Vec::new());
            left.each(group, &[], &mut |rows, _| {
                for row in rows {
                    sums = (sums.0 + 1, sums.1 + bytes_of(row.size));
                    buffer.push(Place::of_input(row.row, 0, row.tokens, row.size));
                }
                if buffer.len() < CHUNK { Ok(()) } else { places.push(&mut buffer) }
            })?;
            places.push(&mut buffer)?;
            Ok(sums)
        })?;
        return finish(None, places, &sums);
    }
    let (keyed, have) = left.keyed(planning.seed, planning.space)?;
    let plan = match config {
        Some(config) => {
            let quotas = config.ask.quotas(&config.supplies(left.sources, &have))?;
            Some(choose(&keyed, quotas)?)
        }
        None => None,
    };
    let sums = left.pool.map(&keyed.pieces(), |piece| {
        let (mut sums, mut buffer) = ((0, 0), Vec::new());
        let mut reader = keyed.read(piece.clone())?;
        while let Some(row) = reader.next()? {
            let copies = plan.as_ref().map_or(1, |plan| plan.copies(row.source as usize, DocKey(row.key)));
            sums = (sums.0 + u64::from(copies), sums.1 + u64::from(copies) * bytes_of(row.size));
            for copy in 0..copies {
                buffer.push(planning.place(&row, copy));
                if buffer.len() == CHUNK {
                    places.push(&mut buffer)?;
                }
            }
        }
        places.push(&mut buffer)?;
        Ok(sums)
    })?;
    finish(plan, places, &sums)
}

fn finish(plan: Option<MixPlan>, places: Sorter<Place>, sums: &[(u64, u64)]) -> Result<Planned> {
    let (rows, bytes) = sums.iter().fold((0, 0), |(rows, bytes), sum| (rows + sum.0, bytes + sum.1));
    Ok(Planned { plan, places: places.finish()?, rows, bytes })
}

impl Planning<'_> {
    fn place(&self, row: &Keyed, copy: u32) -> Place {
        let &Keyed { key, row, source, tokens, size } = row;
        let place = Place::of_input(row, copy, tokens, size);
        let order = || order_key(self.seed, DocKey(key), copy);
        match self.order {
            Order::Input => place,
            Order::Shuffled => Place { order: order(), ..place },
            Order::Interleaved => Place { source, first: copy, order: order(), ..place },
        }
    }
}

/// Chooses the documents that fill the quotas, in passes over all of them.
pub(super) fn choose(keyed: &Sequence<Keyed>, quotas: Quotas) -> Result<MixPlan> {
    let mut selections: Vec<Selection> = Vec::with_capacity(quotas.sources.len());
    for some in quotas.sources.chunks(SOURCES_AT_ONCE) {
        let first = selections.len() as u32;
        let mut selectors: Vec<Selector> = some.iter().map(|source| Selector::new(source.quota)).collect();
        loop {
            let mut reader = keyed.read(0..keyed.len())?;
            while let Some(row) = reader.next()? {
                if let Some(selector) = row.source.checked_sub(first).and_then(|at| selectors.get_mut(at as usize)) {
                    selector.see(Item::new(DocKey(row.key), row.tokens));
                }
            }
            let mut done = true;
            for selector in &mut selectors {
                done &= selector.end_pass()?;
            }
            if done {
                break;
            }
        }
        selections.extend(selectors.into_iter().map(Selector::finish));
    }
    MixPlan::new(quotas, selections)
}
