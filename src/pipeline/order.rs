//! The order of emission: every copy of every chosen row has one place, and every place one output shard.

use super::table::Table;
use crate::mix::{DocKey, Interleave, order_key};
use crate::recipe::Order;
use std::ops::Range;

/// About how many bytes of text a spill file holds, unless that would make more than [`MAX_SPILLS`] files.
const SPILL_BYTES: u64 = 64 << 20;
/// All spill files are open at once, and systems allow a process some 1,000.
const MAX_SPILLS: u64 = 512;

/// One copy of a row, on its way out. 16 bytes, and there is one for every row emitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ticket {
    /// The row.
    pub row: u32,
    /// 0 for the first copy.
    pub copy: u32,
    /// The spill file that it is sorted in.
    pub spill: u32,
    /// Its place in there. (Until places are given, this and `spill` hold the top half of the key that it is ordered by.)
    pub place: u32,
}

/// A run of places that is sorted in memory at once, and the output shard that it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SpillPlan {
    /// The output shard.
    pub shard: u32,
    /// Rows.
    pub rows: u64,
}

/// Where every copy goes. Depends on the rows and the recipe alone: threads and memory change no cut.
#[derive(Debug)]
pub(super) struct Schedule {
    /// Sorted by row, then copy.
    pub tickets: Vec<Ticket>,
    /// The spill files, in the order of their places.
    pub spills: Vec<SpillPlan>,
    /// Number of output shards.
    pub shards: u32,
    /// Bytes of text in all.
    pub bytes: u64,
}

impl Schedule {
    /// Orders the copies and cuts them into shards of about `shard_bytes` of text (one row at least each), and those into spills.
    /// No copies at all still make one shard, empty.
    pub fn new(table: &Table, copies: &[u32], keys: &[DocKey], seed: u64, order: Order, shard_bytes: u64) -> Schedule {
        let mut tickets = match order {
            Order::Input => copies_of(copies, 0..copies.len()),
            Order::Shuffled => {
                let mut tickets = copies_of(copies, 0..copies.len());
                sort(&mut tickets, |_| 0, |row, copy| order_key(seed, keys[row as usize], copy));
                tickets
            }
            Order::Interleaved => interleaved(table, copies, keys, seed),
        };
        let size = |row: u32| table.bytes(row as usize);
        let bytes: u64 = tickets.iter().map(|t| size(t.row)).sum();
        let mut shard_cut = Cut::new(shard_bytes);
        let mut spill_cut = Cut::new(SPILL_BYTES.max(bytes / MAX_SPILLS));
        let mut spills = vec![SpillPlan { shard: 0, rows: 0 }];
        let mut open = SpillPlan { shard: 0, rows: 0 };
        for ticket in &mut tickets {
            let new_shard = shard_cut.before(size(ticket.row));
            if new_shard {
                spill_cut.restart();
            }
            let full = open.rows >= u64::from(u32::MAX); // rows without bytes
            if spill_cut.before(size(ticket.row)) || new_shard || full {
                open = SpillPlan { shard: open.shard + u32::from(new_shard), rows: 0 };
                spills.push(open);
            }
            (ticket.spill, ticket.place) = ((spills.len() - 1) as u32, open.rows as u32);
            open.rows += 1;
            if let Some(last) = spills.last_mut() {
                *last = open;
            }
        }
        tickets.sort_unstable_by_key(|t| (t.row, t.copy));
        Schedule { tickets, spills, shards: open.shard + 1, bytes }
    }

    /// The tickets of rows `first..first + rows`.
    pub fn of_rows(&self, first: usize, rows: usize) -> &[Ticket] {
        let from = self.tickets.partition_point(|t| (t.row as usize) < first);
        let to = self.tickets.partition_point(|t| (t.row as usize) < first + rows);
        &self.tickets[from..to]
    }
}

/// The copies of those rows, as the rows lie, copies side by side.
fn copies_of(copies: &[u32], rows: Range<usize>) -> Vec<Ticket> {
    let mut tickets = Vec::with_capacity(copies[rows.clone()].iter().map(|&n| n as usize).sum());
    for row in rows {
        tickets.extend((0..copies[row]).map(|copy| Ticket { row: row as u32, copy, spill: 0, place: 0 }));
    }
    tickets
}

/// Sorts tickets by `first`, then by a key. Tickets hold the top half of it meanwhile; the rest seldom matters, and is computed
/// again where it does.
fn sort(tickets: &mut [Ticket], first: impl Fn(&Ticket) -> u32, key: impl Fn(u32, u32) -> u128) {
    for ticket in tickets.iter_mut() {
        let top = (key(ticket.row, ticket.copy) >> 64) as u64;
        (ticket.spill, ticket.place) = ((top >> 32) as u32, top as u32);
    }
    tickets.sort_unstable_by(|a, b| {
        let rest = |t: &Ticket| (key(t.row, t.copy), t.row, t.copy);
        (first(a), a.spill, a.place).cmp(&(first(b), b.spill, b.place)).then_with(|| rest(a).cmp(&rest(b)))
    });
}

/// Each source in an order by hash, all its first copies before any second one; between sources, the order in which every prefix
/// keeps the shares of their tokens.
fn interleaved(table: &Table, copies: &[u32], keys: &[DocKey], seed: u64) -> Vec<Ticket> {
    let sources = table.shards.iter().map(|shard| shard.source + 1).max().unwrap_or(0);
    let mut queues = vec![Vec::new(); sources];
    for shard in &table.shards {
        queues[shard.source].extend(copies_of(copies, shard.first..shard.first + shard.rows));
    }
    let tokens = |ticket: &Ticket| table.tokens(ticket.row as usize);
    let mut order = Interleave::new(queues.iter().map(|queue| queue.iter().map(tokens).sum()));
    for queue in &mut queues {
        sort(queue, |ticket| ticket.copy, |row, copy| order_key(seed, keys[row as usize], copy));
    }
    let mut merged = Vec::with_capacity(queues.iter().map(Vec::len).sum());
    let mut queues: Vec<_> = queues.into_iter().map(|queue| queue.into_iter().peekable()).collect();
    for (source, queue) in queues.iter_mut().enumerate() {
        queue.peek().into_iter().for_each(|ticket| order.offer(source, tokens(ticket)));
    }
    while let Some(source) = order.next() {
        merged.extend(queues[source].next());
        queues[source].peek().into_iter().for_each(|ticket| order.offer(source, tokens(ticket)));
    }
    merged
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
