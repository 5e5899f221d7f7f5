//! The order of emission: every copy of every chosen row has one place, and every place one output shard.

use super::table::Table;
use crate::mix::{DocKey, order_key};

/// The order in which rows leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Order {
    /// A global shuffle by hash(seed, source, id, copy): independent of files, threads and machine.
    Shuffled,
    /// Sources in the order given, shards by label, rows as they lie; copies side by side.
    Input,
}

/// One copy of a row, on its way out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ticket {
    /// Its place among all copies of all rows.
    pub place: u64,
    /// The row.
    pub row: u32,
    /// 0 for the first copy.
    pub copy: u32,
    /// The output shard.
    pub shard: u32,
}

/// Where every copy goes.
#[derive(Debug)]
pub(super) struct Schedule {
    /// Sorted by row, then copy.
    pub tickets: Vec<Ticket>,
    /// Rows of each output shard.
    pub shard_rows: Vec<u64>,
    /// Bytes of text in all.
    pub bytes: u64,
}

impl Schedule {
    /// Orders the copies and cuts them into shards of about `shard_bytes` of text: one shard at least, one row at least each
    /// where there are rows.
    pub fn new(table: &Table, copies: &[u32], keys: &[DocKey], seed: u64, order: Order, shard_bytes: u64) -> Schedule {
        let mut queue: Vec<(u128, u32, u32)> = Vec::new();
        for (row, &n) in copies.iter().enumerate() {
            for copy in 0..n {
                let key = match order {
                    Order::Shuffled => order_key(seed, keys[row], copy),
                    Order::Input => row as u128,
                };
                queue.push((key, row as u32, copy));
            }
        }
        queue.sort_unstable();
        let (mut shard, mut filled, mut bytes) = (0, 0, 0);
        let mut shard_rows: Vec<u64> = Vec::new();
        let mut tickets = Vec::with_capacity(queue.len());
        for (place, (_, row, copy)) in queue.into_iter().enumerate() {
            let size = table.rows[row as usize].bytes;
            if filled > 0 && filled + size > shard_bytes {
                shard += 1;
                filled = 0;
            }
            filled += size.max(1);
            bytes += size;
            match shard_rows.get_mut(shard as usize) {
                Some(rows) => *rows += 1,
                None => shard_rows.push(1),
            }
            tickets.push(Ticket { place: place as u64, row, copy, shard });
        }
        tickets.sort_unstable_by_key(|t| (t.row, t.copy));
        // An output without rows is one file without rows: readers find the columns, and `data/` is there.
        if shard_rows.is_empty() {
            shard_rows.push(0);
        }
        Schedule { tickets, shard_rows, bytes }
    }

    /// The tickets of rows `first..first + rows`.
    pub fn of_rows(&self, first: usize, rows: usize) -> &[Ticket] {
        let from = self.tickets.partition_point(|t| (t.row as usize) < first);
        let to = self.tickets.partition_point(|t| (t.row as usize) < first + rows);
        &self.tickets[from..to]
    }
}
