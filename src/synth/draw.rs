//! The dials of a template: a number below the template's size turned into the values of one problem, one to one.

use super::counter::Counter;

/// A problem's number, read off dial by dial as the digits of a number of mixed base.
///
/// A template turns the same dials, with the same numbers of positions, whatever they show; so the product of the positions
/// is the number of its problems, and no two numbers give one problem. What does not make another problem (a name, a colour)
/// comes from [`Draw::flavour`] and is not counted.
#[derive(Debug)]
pub(super) struct Draw {
    rest: u64,
    size: u64,
    level: usize,
    values: Vec<i64>,
    flavour: Counter,
}

impl Draw {
    pub(super) fn new(index: u64, level: usize, flavour: Counter) -> Draw {
        Draw { rest: index, size: 1, level: level.min(LEVELS - 1), values: Vec::with_capacity(8), flavour }
    }

    /// The product of the positions of all dials turned so far; at the greatest number it stays.
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// What of the number no dial has taken: 0 after all are turned, unless the number was too large.
    #[cfg(test)]
    pub(super) fn rest(&self) -> u64 {
        self.rest
    }

    /// The values that the dials showed: the problem's key.
    pub(super) fn values(&self) -> &[i64] {
        &self.values
    }

    fn dial(&mut self, positions: u64) -> u64 {
        let positions = positions.max(1);
        self.size = self.size.saturating_mul(positions);
        let shown = self.rest % positions;
        self.rest /= positions;
        shown
    }

    fn show(&mut self, value: i64) -> i64 {
        self.values.push(value);
        value
    }

    /// An integer from `low` to `high`, both included.
    pub(super) fn range(&mut self, low: i64, high: i64) -> i64 {
        let at = self.dial((high - low + 1).max(1) as u64);
        self.show(low + at as i64)
    }

    /// An integer of the level's range. A template's levels share no problem if one dial's ranges share no value: this one's.
    pub(super) fn level(&mut self, ranges: [(i64, i64); LEVELS]) -> i64 {
        let (low, high) = ranges[self.level];
        self.range(low, high)
    }

    /// The level's choice of a setting.
    pub(super) fn by_level<T: Copy>(&self, choices: [T; LEVELS]) -> T {
        choices[self.level]
    }

    /// An integer from `-bound` to `bound` but for 0.
    pub(super) fn nonzero(&mut self, bound: i64) -> i64 {
        let at = self.dial(2 * bound.max(1) as u64) as i64;
        self.show(if at < bound { at - bound } else { at - bound + 1 })
    }

    /// One of the choices.
    pub(super) fn pick<T: Copy>(&mut self, choices: &[T]) -> Option<T> {
        let at = self.dial(choices.len() as u64);
        self.show(at as i64);
        choices.get(at as usize).copied()
    }

    /// True or false.
    pub(super) fn coin(&mut self) -> bool {
        self.range(0, 1) == 1
    }

    /// Two integers from `low` to `high`, the first not greater than the second.
    pub(super) fn ascending(&mut self, low: i64, high: i64) -> (i64, i64) {
        let (a, b) = self.triangle((high - low + 1).max(1) as u64);
        (self.show(low + a as i64), self.show(low + b as i64))
    }

    /// Two integers from `low` to `high`, the first less than the second.
    pub(super) fn rising(&mut self, low: i64, high: i64) -> (i64, i64) {
        let (a, b) = self.triangle((high - low).max(1) as u64);
        (self.show(low + a as i64), self.show(low + b as i64 + 1))
    }

    /// Two different integers of the level's nonzero numbers up to `bound`, in either order.
    pub(super) fn distinct(&mut self, bound: i64) -> (i64, i64) {
        let positions = 2 * bound.max(1) as u64;
        let (first, second) = (self.dial(positions), self.dial(positions - 1));
        let second = if second >= first { second + 1 } else { second };
        let value = |at: u64| if (at as i64) < bound { at as i64 - bound } else { at as i64 - bound + 1 };
        (self.show(value(first)), self.show(value(second)))
    }

    /// A row of a table, and a number below the row's weight: for values that bound one another.
    pub(super) fn row(&mut self, weights: &[u64]) -> (usize, u64) {
        let mut at = self.dial(weights.iter().sum());
        for (row, &weight) in weights.iter().enumerate() {
            if at < weight {
                self.show(row as i64);
                self.show(at as i64);
                return (row, at);
            }
            at -= weight;
        }
        (0, 0)
    }

    /// The pair `a <= b` below `n` that a dial of n (n + 1) / 2 positions shows.
    fn triangle(&mut self, n: u64) -> (u64, u64) {
        let at = self.dial(n * (n + 1) / 2);
        let mut b = ((((8 * at + 1) as f64).sqrt() - 1.0) / 2.0) as u64;
        while b * (b + 1) / 2 > at {
            b -= 1;
        }
        while (b + 1) * (b + 2) / 2 <= at {
            b += 1;
        }
        (at - b * (b + 1) / 2, b)
    }

    /// One of the choices, by chance; the problem stays the same problem.
    pub(super) fn flavour<T: Copy + Default>(&mut self, choices: &[T]) -> T {
        let at = self.flavour.below(choices.len() as u64);
        choices.get(at as usize).copied().unwrap_or_default()
    }
}

/// Levels of difficulty of every template.
pub(super) const LEVELS: usize = 3;

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// Turns every dial at every number below `size`, and says how many different values were shown.
    fn distinct(mut turn: impl FnMut(&mut Draw)) -> (u64, usize) {
        let mut draw = |index| {
            let mut draw = Draw::new(index, 1, Counter::new(0));
            turn(&mut draw);
            draw
        };
        let size = draw(0).size();
        let seen: BTreeSet<Vec<i64>> = (0..size).map(|index| draw(index).values().to_vec()).collect();
        assert_eq!(draw(size - 1).rest(), 0);
        assert_ne!(draw(size).rest(), 0);
        (size, seen.len())
    }

    #[test]
    fn dials_are_one_to_one() {
        assert_eq!(
            distinct(|d| {
                d.range(-3, 4);
            }),
            (8, 8)
        );
        assert_eq!(distinct(|d| assert_ne!(d.nonzero(4), 0)), (8, 8));
        assert_eq!(
            distinct(|d| {
                d.pick(&["a", "b", "c"]);
            }),
            (3, 3)
        );
        let ascending = |d: &mut Draw| {
            let (a, b) = d.ascending(-2, 7);
            assert!(-2 <= a && a <= b && b <= 7);
        };
        assert_eq!(distinct(ascending), (55, 55));
        let rising = |d: &mut Draw| {
            let (a, b) = d.rising(-2, 7);
            assert!(-2 <= a && a < b && b <= 7);
        };
        assert_eq!(distinct(rising), (45, 45));
        let different = |d: &mut Draw| {
            let (a, b) = d.distinct(5);
            assert!(a != b && a != 0 && b != 0);
        };
        assert_eq!(distinct(different), (90, 90));
        assert_eq!(
            distinct(|d| {
                d.row(&[3, 0, 4]);
            }),
            (7, 7)
        );
        let several = |d: &mut Draw| {
            d.level([(0, 1), (2, 4), (5, 5)]);
            d.coin();
            d.ascending(0, 3);
        };
        assert_eq!(distinct(several), (60, 60));
    }

    #[test]
    fn large_triangles_are_read_exactly() {
        let n = 2_000_000_000;
        for at in [0, 1, n * (n + 1) / 2 - 1, n * (n - 1) / 2, n * (n - 1) / 2 - 1] {
            let (a, b) = Draw::new(at, 0, Counter::new(0)).triangle(n);
            assert!(a <= b && b < n);
            assert_eq!(b * (b + 1) / 2 + a, at);
        }
    }
}
