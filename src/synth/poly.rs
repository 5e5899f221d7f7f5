//! Polynomials with integer coefficients, as templates write and work them.

use super::english::sum;
use std::fmt;

/// Coefficients from the constant upwards; no zero at the top.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Poly(Vec<i64>);

/// `x^n` as a symbol.
const POWERS: [&str; 13] = ["", "x", "x^2", "x^3", "x^4", "x^5", "x^6", "x^7", "x^8", "x^9", "x^10", "x^11", "x^12"];

impl Poly {
    /// From coefficients, the highest power's first, as they are written.
    pub fn of(highest_first: &[i64]) -> Poly {
        Poly(highest_first.iter().rev().copied().collect()).trimmed()
    }

    fn trimmed(mut self) -> Poly {
        while self.0.last() == Some(&0) {
            self.0.pop();
        }
        self
    }

    /// The coefficient of a power.
    pub fn coefficient(&self, power: usize) -> i64 {
        self.0.get(power).copied().unwrap_or(0)
    }

    pub fn plus(&self, other: &Poly) -> Poly {
        let length = self.0.len().max(other.0.len());
        Poly((0..length).map(|power| self.coefficient(power) + other.coefficient(power)).collect()).trimmed()
    }

    pub fn times(&self, other: &Poly) -> Poly {
        let mut product = vec![0; self.0.len() + other.0.len()];
        for (i, a) in self.0.iter().enumerate() {
            for (j, b) in other.0.iter().enumerate() {
                product[i + j] += a * b;
            }
        }
        Poly(product).trimmed()
    }

    pub fn scaled(&self, factor: i64) -> Poly {
        Poly(self.0.iter().map(|c| c * factor).collect()).trimmed()
    }

    /// The derivative, by the power rule.
    pub fn derivative(&self) -> Poly {
        Poly(self.0.iter().zip(0..).skip(1).map(|(c, power)| c * power).collect()).trimmed()
    }

    /// The value, by Horner.
    pub fn at(&self, x: i64) -> i64 {
        self.0.iter().rev().fold(0, |value, c| value * x + c)
    }

    /// Each term's coefficient and power, the highest first, without those of coefficient 0.
    pub fn terms(&self) -> impl Iterator<Item = (i64, usize)> {
        self.0.iter().enumerate().rev().map(|(power, &c)| (c, power)).filter(|(c, _)| *c != 0)
    }
}

/// `x^n`; nothing for `n = 0`.
pub(super) fn power(n: usize) -> &'static str {
    POWERS.get(n).copied().unwrap_or("x^?")
}

impl fmt::Display for Poly {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let terms: Vec<(i64, &str)> = self.terms().map(|(c, n)| (c, power(n))).collect();
        f.pad(&sum(&terms))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn worked_by_hand() {
        let p = Poly::of(&[2, 0, -3, 1]);
        assert_eq!(p.to_string(), "2x^3 - 3x + 1");
        assert_eq!(p.derivative().to_string(), "6x^2 - 3");
        assert_eq!(p.at(-2), -9);
        assert_eq!(Poly::of(&[1, 2]).times(&Poly::of(&[1, -2])).to_string(), "x^2 - 4");
        assert_eq!(p.plus(&p.scaled(-1)).to_string(), "0");
        assert_eq!((Poly::of(&[]).at(5), Poly::of(&[0, 0])), (0, Poly::of(&[])));
    }
}
