//! The order of emission: every copy of every chosen row has one place, and every place one output shard.

use super::table::Table;
use crate::mix::{DocKey, order_key};
use crate::recipe::Order;

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
        let key = |row: u32, copy: u32| match order {
            Order::Shuffled => order_key(seed, keys[row as usize], copy),
            Order::Input => u128::from(row) << 64,
        };
        let total = copies.iter().map(|&n| n as usize).sum();
        let mut tickets = Vec::with_capacity(total);
        for (row, &n) in (0_u32..).zip(copies) {
            tickets.extend((0..n).map(|copy| {
                let top = (key(row, copy) >> 64) as u64;
                Ticket { row, copy, spill: (top >> 32) as u32, place: top as u32 }
            }));
        }
        tickets.sort_unstable_by(|a, b| {
            let rest = |t: &Ticket| (key(t.row, t.copy), t.row, t.copy);
            (a.spill, a.place).cmp(&(b.spill, b.place)).then_with(|| rest(a).cmp(&rest(b)))
        });
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
