//! An output by rank: every copy dealt to one rank, each rank an order of its own.

use super::order::{Place, interleave};
use super::sort::{Sorted, Space, record};
use crate::error::Result;
use crate::mix::Deal;
use crate::recipe::Order;

record! {
    /// A copy, and the rank that it is dealt to.
    Dealt {
        rank: u32, stage: u32, source: u32, first: u32, order: u128, row: u32, copy: u32, tokens: u64, size: u64,
    }
}

/// Hands on the copies rank by rank, each rank's in its order; `begin` is told of every rank before its first copy, of those without any too.
/// Copies are dealt in their order, those of each source and stage by themselves where the order is by source.
pub(super) fn each_by_rank(
    places: &mut Sorted<Place>,
    (order, ranks): (Order, u32),
    space: &Space,
    each: &mut dyn FnMut(u32, Option<&Place>) -> Result<()>,
) -> Result<()> {
    const CHUNK: usize = 8192;
    let (sorter, mut buffer) = (space.sorter::<Dealt>("dealt")?, Vec::with_capacity(CHUNK));
    let (mut deal, mut of) = (Deal::new(ranks as usize), None);
    while let Some(place) = places.next()? {
        if of.replace((place.stage, place.source)) != Some((place.stage, place.source)) {
            deal = Deal::new(ranks as usize);
        }
        let Place { stage, source, first, order, row, copy, tokens, size } = place;
        let rank = deal.next(tokens) as u32;
        buffer.push(Dealt { rank, stage, source, first, order, row, copy, tokens, size });
        if buffer.len() == CHUNK {
            sorter.push(&mut buffer)?;
        }
    }
    sorter.push(&mut buffer)?;
    let mut dealt = sorter.finish()?;
    let mut head = dealt.next()?;
    for rank in 0..ranks {
        each(rank, None)?;
        let mut next = || -> Result<Option<Place>> {
            let Some(place) = head.filter(|place| place.rank == rank) else { return Ok(None) };
            head = dealt.next()?;
            let Dealt { stage, source, first, order, row, copy, tokens, size, .. } = place;
            Ok(Some(Place { stage, source, first, order, row, copy, tokens, size }))
        };
        if order == Order::Interleaved {
            interleave(&mut next, space, &mut |place| each(rank, Some(place)))?;
            continue;
        }
        while let Some(place) = next()? {
            each(rank, Some(&place))?;
        }
    }
    Ok(())
}
