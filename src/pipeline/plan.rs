//! Rows and totals → copies of each row: the mix's plan over the rows that are left. Nothing is held of a row but in records that go
//! to disk when they are many.

use super::caps::{Decided, Held};
use super::keyed::{CHUNK, Keyed, LeftRows, NO_SCORE, bytes_of};
use super::mixing::MixConfig;
use super::order::Place;
use super::sort::{Sequence, Sorted, Sorter, Space};
use crate::error::Result;
use crate::mix::{DocKey, MixPlan, order_key};
use crate::recipe::Order;

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
    let (keyed, plan, held) = match config {
        Some(config) => {
            let (keyed, have) = config.keyed(left, planning.seed, planning.space)?;
            let Decided { plan, free, held } = config.decide(left, &keyed, &have, planning.space)?;
            (free.unwrap_or(keyed), Some(plan), held)
        }
        None => (left.keyed(planning.seed, planning.space, false)?.0, None, None),
    };
    let mut sums = left.pool.map(&keyed.pieces(), |piece| {
        let (mut sums, mut buffer) = ((0, 0), Vec::new());
        let mut reader = keyed.read(piece.clone())?;
        while let Some(row) = reader.next()? {
            let by_stage: Vec<u32> = match &plan {
                Some(plan) => plan.by_stage(row.source as usize, DocKey(row.key)),
                None => vec![1],
            };
            let mut copy = 0;
            for (stage, copies) in (0_u32..).zip(by_stage) {
                sums = (sums.0 + u64::from(copies), sums.1 + u64::from(copies) * bytes_of(row.size));
                for _ in 0..copies {
                    buffer.push(planning.place(&row, stage, copy));
                    copy += 1;
                    if buffer.len() == CHUNK {
                        places.push(&mut buffer)?;
                    }
                }
            }
        }
        places.push(&mut buffer)?;
        Ok(sums)
    })?;
    if let Some(held) = &held {
        sums.extend(planning.place_held(left, held, &places)?);
    }
    finish(plan, places, &sums)
}

fn finish(plan: Option<MixPlan>, places: Sorter<Place>, sums: &[(u64, u64)]) -> Result<Planned> {
    let (rows, bytes) = sums.iter().fold((0, 0), |(rows, bytes), sum| (rows + sum.0, bytes + sum.1));
    Ok(Planned { plan, places: places.finish()?, rows, bytes })
}

impl Planning<'_> {
    /// Places for all copies of rows under caps; rows and bytes.
    fn place_held(
        &self,
        left: &LeftRows<'_>,
        held: &Sequence<Held>,
        places: &Sorter<Place>,
    ) -> Result<Vec<(u64, u64)>> {
        left.pool.map(&held.pieces(), |piece| {
            let (mut sums, mut buffer) = ((0, 0), Vec::new());
            let mut reader = held.read(piece.clone())?;
            while let Some(Held { row, source, key, tokens, size, copies }) = reader.next()? {
                let row = Keyed { key, row, source, tokens, size, score: NO_SCORE };
                sums = (sums.0 + u64::from(copies), sums.1 + u64::from(copies) * bytes_of(size));
                for copy in 0..copies {
                    buffer.push(self.place(&row, 0, copy));
                    if buffer.len() == CHUNK {
                        places.push(&mut buffer)?;
                    }
                }
            }
            places.push(&mut buffer)?;
            Ok(sums)
        })
    }

    fn place(&self, row: &Keyed, stage: u32, copy: u32) -> Place {
        let &Keyed { key, row, source, tokens, size, .. } = row;
        // Rows that stay where they lie have no stage.
        let stage = if self.order == Order::Input { 0 } else { stage };
        let place = Place { stage, ..Place::of_input(row, copy, tokens, size) };
        let order = || order_key(self.seed, DocKey(key), copy);
        match self.order {
            Order::Input => place,
            Order::Shuffled => Place { order: order(), ..place },
            Order::Interleaved => Place { source, first: copy, order: order(), ..place },
        }
    }
}
