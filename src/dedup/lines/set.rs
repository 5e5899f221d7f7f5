//! The units to remove, sorted: what the second pass looks each unit up in.

/// Entries to a cell of the index, about.
const CELL: usize = 16;

/// Hashes of units, sorted, each with the document that keeps it where one does. 8.5 bytes a unit, 16.5 with keepers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RepeatedUnits {
    units: Vec<u64>,
    /// For each unit the content key of the document that keeps it; `None` where none does.
    keepers: Option<Vec<u64>>,
    /// Where the units of each value of the upper bits begin. Hashes are even, so a cell holds about [`CELL`].
    cells: Vec<usize>,
    /// How far a hash is shifted to its cell.
    shift: u32,
}

impl RepeatedUnits {
    /// The set of these units; with keepers, one for each. Units out of order are put in order.
    pub fn new(units: Vec<u64>, keepers: Option<Vec<u64>>) -> Self {
        let (units, keepers) = sorted(units, keepers);
        let bits = (units.len() / CELL).checked_ilog2().map_or(1, |bits| bits + 1);
        let shift = 64 - bits;
        let mut cells = Vec::with_capacity((1 << bits) + 1);
        let mut at = 0;
        for cell in 0..1u64 << bits {
            cells.push(at);
            at += units[at..].iter().take_while(|&&unit| unit >> shift == cell).count();
        }
        cells.push(at);
        RepeatedUnits { units, keepers, cells, shift }
    }

    /// Number of units.
    pub fn len(&self) -> usize {
        self.units.len()
    }

    /// Whether nothing is removed.
    pub fn is_empty(&self) -> bool {
        self.units.is_empty()
    }

    /// The units' hashes, sorted.
    pub fn units(&self) -> &[u64] {
        &self.units
    }

    /// For each unit the document that keeps it; `None` where none does.
    pub fn keepers(&self) -> Option<&[u64]> {
        self.keepers.as_deref()
    }

    /// Memory that so many units take, in bytes.
    pub fn memory(units: usize, keepers: bool) -> u64 {
        units as u64 * if keepers { 33 } else { 17 } / 2
    }

    /// Whether the unit of this hash is removed from the document that `content` gives the key of.
    pub(super) fn removes(&self, unit: u64, content: impl FnOnce() -> u64) -> bool {
        let cell = (unit.checked_shr(self.shift).unwrap_or(0)) as usize;
        let (Some(&from), Some(&to)) = (self.cells.get(cell), self.cells.get(cell + 1)) else { return false };
        let Ok(at) = self.units[from..to].binary_search(&unit) else { return false };
        self.keepers.as_ref().and_then(|k| k.get(from + at)).is_none_or(|&keeper| keeper != content())
    }
}

/// Both in the order of the units.
fn sorted(units: Vec<u64>, keepers: Option<Vec<u64>>) -> (Vec<u64>, Option<Vec<u64>>) {
    if units.is_sorted() {
        return (units, keepers);
    }
    let mut order: Vec<usize> = (0..units.len()).collect();
    order.sort_unstable_by_key(|&i| units[i]);
    let by_order = |values: Vec<u64>| order.iter().filter_map(|&i| values.get(i).copied()).collect();
    (by_order(units), keepers.map(by_order))
}
