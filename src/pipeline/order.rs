//! The order of emission: every copy of every chosen row has one place, and every place one output shard.

use super::keyed::{bytes_of, is_rewritten};
use super::plan::Planned;
use super::ranked::each_by_rank;
use super::sort::{Reader, Sequence, Sorted, Space, record};
use crate::error::Result;
use crate::mix::Interleave;
use crate::recipe::Order;
use std::ops::Range;

/// About how many bytes of text a spill file holds, unless that would make more than [`MAX_SPILLS`] files.
const SPILL_BYTES: u64 = 64 << 20;
/// As many as two rounds of scattering make of 512 open files each: 16 TiB of text.
const MAX_SPILLS: u64 = 512 * 512;

record! {
    /// One copy of a row, by what it is ordered by.
    Place {
        /// The stage that emits it: stages come one after the other.
        stage: u32,
        /// Position of its source, if the sources are ordered one by one.
        source: u32,
        /// What is ordered by before the key: the copy, if all first copies of a source come before any second one.
        first: u32,
        /// Key of the order.
        order: u128,
        row: u32,
        copy: u32,
        tokens: u64,
        /// Packed: see [`pack`](super::keyed::pack).
        size: u64,
    }
}

record! {
    /// One copy of a row, on its way out.
    Ticket {
        /// The row.
        row: u32,
        /// 0 for the first copy.
        copy: u32,
        /// The spill file that it is sorted in.
        spill: u32,
        /// Its place in there.
        place: u32,
        /// Packed: see [`pack`](super::keyed::pack).
        size: u64,
        tokens: u64,
    }
}

impl Place {
    /// A copy that keeps the place of its row in the input.
    pub fn of_input(row: u32, copy: u32, tokens: u64, size: u64) -> Place {
        Place { stage: 0, source: 0, first: 0, order: 0, row, copy, tokens, size }
    }
}

impl Ticket {
    /// Bytes of the row's text as it is emitted.
    pub fn bytes(&self) -> u64 {
        bytes_of(self.size)
    }

    /// Whether a rewrite made that text.
    pub fn rewritten(&self) -> bool {
        is_rewritten(self.size)
    }
}

/// A run of places that is sorted in memory at once, and the output shard that it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SpillPlan {
    /// The output shard.
    pub shard: u32,
    /// Rows.
    pub rows: u64,
    /// Their tokens.
    pub tokens: u64,
}

/// Where every copy goes. Depends on the rows and the recipe alone: threads and memory change no cut.
#[derive(Debug)]
pub(super) struct Schedule {
    /// Sorted by row, then copy.
    tickets: Sequence<Ticket>,
    /// The spill files, in the order of their places.
    pub spills: Vec<SpillPlan>,
    /// Number of output shards.
    pub shards: u32,
    /// Bytes of text in all.
    pub bytes: u64,
    /// The first output shard of each rank, where the output is by rank; else none.
    ranks: Vec<u32>,
    /// Where another stage begins: spill, place, and the stage.
    stages: Vec<(u32, u32, u32)>,
}

/// Cuts places into shards and spills as they come.
struct Cutter {
    shard: Cut,
    spill: Cut,
    spills: Vec<SpillPlan>,
    open: SpillPlan,
    stages: Vec<(u32, u32, u32)>,
}

impl Cutter {
    fn new(shard_bytes: u64, bytes: u64) -> Cutter {
        let open = SpillPlan { shard: 0, rows: 0, tokens: 0 };
        let spill = Cut::new(SPILL_BYTES.max(bytes / MAX_SPILLS));
        Cutter { shard: Cut::new(shard_bytes), spill, spills: vec![open], open, stages: Vec::new() }
    }

    /// Begins another shard, whatever the last one holds.
    fn restart(&mut self) {
        self.open = SpillPlan { shard: self.open.shard + 1, rows: 0, tokens: 0 };
        self.spills.push(self.open);
        self.shard.restart();
        self.spill.restart();
    }

    fn ticket(&mut self, from: &Place) -> Ticket {
        let &Place { row, copy, size, tokens, .. } = from;
        let new_shard = self.shard.before(bytes_of(size));
        if new_shard {
            self.spill.restart();
        }
        let full = self.open.rows >= u64::from(u32::MAX); // rows without bytes
        if self.spill.before(bytes_of(size)) || new_shard || full {
            self.open = SpillPlan { shard: self.open.shard + u32::from(new_shard), rows: 0, tokens: 0 };
            self.spills.push(self.open);
        }
        let (spill, place) = ((self.spills.len() - 1) as u32, self.open.rows as u32);
        if self.stages.last().is_none_or(|last| last.2 != from.stage) {
            self.stages.push((spill, place, from.stage));
        }
        self.open.rows += 1;
        self.open.tokens += tokens;
        if let Some(last) = self.spills.last_mut() {
            *last = self.open;
        }
        Ticket { row, copy, spill, place, size, tokens }
    }
}

impl Schedule {
    /// Cuts the copies, in their order, into shards of about `shard_bytes` of text (one row at least each), and those into spills.
    /// No copies at all still make one shard, empty.
    ///
    /// # Errors
    /// A disk that is full.
    pub fn new(planned: Planned, (order, ranks): (Order, u32), space: &Space, shard_bytes: u64) -> Result<Schedule> {
        const CHUNK: usize = 8192;
        let mut cutter = Cutter::new(shard_bytes, planned.bytes);
        let (tickets, mut buffer) = (space.sorter::<Ticket>("tickets")?, Vec::with_capacity(CHUNK));
        let mut firsts = Vec::new();
        let mut each = |cutter: &mut Cutter, place: &Place| {
            buffer.push(cutter.ticket(place));
            if buffer.len() < CHUNK { Ok(()) } else { tickets.push(&mut buffer) }
        };
        let mut places = planned.places;
        if ranks > 1 {
            each_by_rank(&mut places, (order, ranks), space, &mut |rank, place| match place {
                Some(place) => each(&mut cutter, place),
                None => {
                    if rank > 0 {
                        cutter.restart();
                    }
                    firsts.push(cutter.open.shard);
                    Ok(())
                }
            })?;
        } else {
            each_in_order(&mut places, order, space, &mut |place| each(&mut cutter, place))?;
        }
        drop(places);
        tickets.push(&mut buffer)?;
        let tickets = tickets.finish()?.into_sequence(space, "tickets")?;
        let Cutter { spills, open, stages, .. } = cutter;
        Ok(Schedule { tickets, spills, shards: open.shard + 1, bytes: planned.bytes, ranks: firsts, stages })
    }

    /// The name of an output shard within `data/`.
    pub fn name_of(&self, shard: u32) -> String {
        let rank = self.ranks.partition_point(|&first| first <= shard);
        let Some((rank, &first)) = rank.checked_sub(1).and_then(|rank| Some((rank, self.ranks.get(rank)?))) else {
            return format!("train-{shard:05}-of-{:05}.parquet", self.shards);
        };
        let end = self.ranks.get(rank + 1).copied().unwrap_or(self.shards);
        format!("rank-{rank:05}/train-{:05}-of-{:05}.parquet", shard - first, end - first)
    }

    /// The stage that emits a copy.
    pub fn stage_of(&self, ticket: &Ticket) -> u32 {
        let begun = self.stages.partition_point(|&(spill, place, _)| (spill, place) <= (ticket.spill, ticket.place));
        begun.checked_sub(1).and_then(|at| self.stages.get(at)).map_or(0, |stage| stage.2)
    }

    /// The rows of an output shard whose order is that of the rows: from the first to behind the last.
    ///
    /// # Errors
    /// A file of tickets that is gone.
    pub fn rows_of_shard(&self, shard: u32) -> Result<Range<usize>> {
        let shard_of = |ticket: &Ticket| self.spills.get(ticket.spill as usize).map_or(u32::MAX, |spill| spill.shard);
        let from = self.tickets.partition_point(|ticket| shard_of(ticket) < shard)?;
        let to = self.tickets.partition_point(|ticket| shard_of(ticket) <= shard)?;
        let row = |at: u64| -> Result<Option<usize>> {
            Ok(self.tickets.read(at..at + 1)?.next()?.map(|ticket| ticket.row as usize))
        };
        if from == to {
            return Ok(0..0);
        }
        let (first, last) = (row(from)?, row(to - 1)?);
        Ok(first.unwrap_or(0)..last.map_or(0, |last| last + 1))
    }

    /// Tokens of an output shard.
    pub fn tokens_of_shard(&self, shard: u32) -> u64 {
        self.spills.iter().filter(|spill| spill.shard == shard).map(|spill| spill.tokens).sum()
    }

    /// The tickets of rows `first..first + rows`, in their order.
    pub fn of_rows(&self, first: usize, rows: usize) -> Result<Tickets<'_>> {
        let from = self.tickets.partition_point(|t| (t.row as usize) < first)?;
        let to = self.tickets.partition_point(|t| (t.row as usize) < first + rows)?;
        Ok(Tickets { reader: self.tickets.read(from..to)?, next: None })
    }
}

/// Tickets of consecutive rows.
#[derive(Debug)]
pub(super) struct Tickets<'a> {
    reader: Reader<'a, Ticket>,
    next: Option<Ticket>,
}

impl Tickets<'_> {
    /// The next ticket, if it is of a row before `end`.
    pub fn next_before(&mut self, end: usize) -> Result<Option<Ticket>> {
        if self.next.is_none() {
            self.next = self.reader.next()?;
        }
        Ok(self.next.take_if(|ticket| (ticket.row as usize) < end))
    }

    /// How many tickets each of these rows has, which are the next ones.
    pub fn copies(&mut self, rows: Range<usize>) -> Result<Vec<u32>> {
        let mut copies = vec![0; rows.len()];
        while let Some(ticket) = self.next_before(rows.end)? {
            if let Some(copies) = (ticket.row as usize).checked_sub(rows.start).and_then(|at| copies.get_mut(at)) {
                *copies += 1;
            }
        }
        Ok(copies)
    }
}

/// Hands on the copies in the order of the output.
pub(super) fn each_in_order(
    places: &mut Sorted<Place>,
    order: Order,
    space: &Space,
    each: &mut dyn FnMut(&Place) -> Result<()>,
) -> Result<()> {
    if order == Order::Interleaved {
        return interleave(&mut || places.next(), space, each);
    }
    while let Some(place) = places.next()? {
        each(&place)?;
    }
    Ok(())
}

/// Each source in its order, all its first copies before any second one; between sources, the order in which every prefix keeps the
/// shares of their tokens.
pub(super) fn interleave(
    places: &mut dyn FnMut() -> Result<Option<Place>>,
    space: &Space,
    each: &mut dyn FnMut(&Place) -> Result<()>,
) -> Result<()> {
    let mut next = places()?;
    while let Some(first) = next {
        next = interleave_stage(first, places, space, each)?;
    }
    Ok(())
}

/// The places of the stage of `first`, which was the next; returns the first of the next stage.
fn interleave_stage(
    first: Place,
    places: &mut dyn FnMut() -> Result<Option<Place>>,
    space: &Space,
    each: &mut dyn FnMut(&Place) -> Result<()>,
) -> Result<Option<Place>> {
    let mut all = space.sequence::<Place>("queues")?;
    // By source: where its places end, and their tokens.
    let mut ends: Vec<(u64, u64)> = Vec::new();
    let mut next = Some(first);
    while let Some(place) = next.filter(|place| place.stage == first.stage) {
        let end = all.len();
        ends.resize(ends.len().max(place.source as usize + 1), (end, 0));
        all.push(place)?;
        if let Some(last) = ends.last_mut() {
            *last = (end + 1, last.1 + place.tokens);
        }
        next = places()?;
    }
    let all = all.finish()?;
    let mut order = Interleave::new(ends.iter().map(|(_, tokens)| *tokens));
    let mut queues = Vec::with_capacity(ends.len());
    let mut start = 0;
    for (source, &(end, _)) in ends.iter().enumerate() {
        let mut queue = all.read(start..end)?;
        let head = queue.next()?;
        head.iter().for_each(|place| order.offer(source, place.tokens));
        queues.push((queue, head));
        start = end;
    }
    while let Some(source) = order.next() {
        let (queue, head) = &mut queues[source];
        let following = queue.next()?;
        if let Some(place) = std::mem::replace(head, following) {
            each(&place)?;
        }
        head.iter().for_each(|place| order.offer(source, place.tokens));
    }
    Ok(next)
}

/// Cuts a sequence into pieces of at most so many bytes, one item at least each.
#[derive(Debug)]
pub(super) struct Cut {
    limit: u64,
    filled: u64,
    empty: bool,
}

impl Cut {
    pub fn new(limit: u64) -> Cut {
        Cut { limit, filled: 0, empty: true }
    }

    /// Takes an item; true if a new piece begins with it. The first piece begins by itself.
    pub fn before(&mut self, size: u64) -> bool {
        let cut = !self.empty && self.filled.saturating_add(size) > self.limit;
        self.filled = if cut { size } else { self.filled.saturating_add(size) };
        self.empty = false;
        cut
    }

    /// Begins a piece with the next item, without being told of it.
    pub fn restart(&mut self) {
        (self.filled, self.empty) = (0, true);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_keep_to_the_limit_and_hold_an_item_at_least() {
        let mut cut = Cut::new(10);
        let cuts: Vec<bool> = [4, 6, 1, 100, 100, 3, 7, 0].into_iter().map(|size| cut.before(size)).collect();
        assert_eq!(cuts, [false, false, true, true, true, true, false, false]);
    }
}
