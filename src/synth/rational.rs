//! Exact fractions of 128-bit integers. Every operation says `None` where it would overflow or divide by nothing.

use std::fmt;

/// A fraction in lowest terms with a positive denominator.
///
/// ```
/// use mashbill::synth::Rational;
///
/// let third = Rational::new(1, 3).unwrap();
/// let sum = third.plus(Rational::new(1, 6).unwrap()).unwrap();
/// assert_eq!(sum.to_string(), "1/2");
/// assert_eq!(sum.decimal().as_deref(), Some("0.5"));
/// assert_eq!(third.decimal(), None); // never ends
/// assert_eq!(Rational::new(1, 0), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rational {
    numerator: i128,
    denominator: i128,
}

impl Rational {
    /// 0.
    pub const ZERO: Rational = Rational { numerator: 0, denominator: 1 };
    /// 1.
    pub const ONE: Rational = Rational { numerator: 1, denominator: 1 };

    /// `numerator / denominator` in lowest terms; `None` for a denominator of 0, or of the smallest integer.
    pub fn new(numerator: i128, denominator: i128) -> Option<Rational> {
        if denominator == 0 || denominator == i128::MIN || numerator == i128::MIN {
            return None;
        }
        let common = gcd(numerator.unsigned_abs(), denominator.unsigned_abs()) as i128;
        let sign = if denominator < 0 { -1 } else { 1 };
        Some(Rational { numerator: sign * numerator / common, denominator: sign * denominator / common })
    }

    /// The numerator, which carries the sign.
    pub fn numerator(self) -> i128 {
        self.numerator
    }

    /// The denominator, positive.
    pub fn denominator(self) -> i128 {
        self.denominator
    }

    /// The value as an integer, if it is one.
    pub fn integer(self) -> Option<i128> {
        (self.denominator == 1).then_some(self.numerator)
    }

    /// The sum.
    pub fn plus(self, other: Rational) -> Option<Rational> {
        if self.denominator == 1 && other.denominator == 1 {
            return Some(Rational::from_integer(self.numerator.checked_add(other.numerator)?));
        }
        let left = self.numerator.checked_mul(other.denominator)?;
        let right = other.numerator.checked_mul(self.denominator)?;
        Rational::new(left.checked_add(right)?, self.denominator.checked_mul(other.denominator)?)
    }

    /// The difference.
    pub fn minus(self, other: Rational) -> Option<Rational> {
        self.plus(other.negated())
    }

    /// The product.
    pub fn times(self, other: Rational) -> Option<Rational> {
        if self.denominator == 1 && other.denominator == 1 {
            return Some(Rational::from_integer(self.numerator.checked_mul(other.numerator)?));
        }
        let numerator = self.numerator.checked_mul(other.numerator)?;
        Rational::new(numerator, self.denominator.checked_mul(other.denominator)?)
    }

    /// The quotient; `None` for a divisor of 0.
    pub fn over(self, other: Rational) -> Option<Rational> {
        self.times(Rational::new(other.denominator, other.numerator)?)
    }

    /// The power, by repeated multiplication.
    pub fn pow(self, exponent: u32) -> Option<Rational> {
        (0..exponent).try_fold(Rational::ONE, |power, _| power.times(self))
    }

    /// The value with its sign turned.
    pub fn negated(self) -> Rational {
        Rational { numerator: -self.numerator, denominator: self.denominator }
    }

    /// An integer as a fraction. The smallest of all integers, which has no opposite, becomes the next.
    pub const fn from_integer(value: i128) -> Rational {
        Rational { numerator: if value == i128::MIN { i128::MIN + 1 } else { value }, denominator: 1 }
    }

    /// The exact decimal expansion, if it ends; `None` too where it has more than 30 places.
    pub fn decimal(self) -> Option<String> {
        let (mut rest, mut places) = (self.denominator, 0_u32);
        let (mut twos, mut fives) = (0_u32, 0_u32);
        while rest % 2 == 0 {
            (rest, twos) = (rest / 2, twos + 1);
        }
        while rest % 5 == 0 {
            (rest, fives) = (rest / 5, fives + 1);
        }
        places = places.max(twos).max(fives);
        if rest != 1 || places > 30 {
            return None;
        }
        let scaled = self.numerator.checked_mul(10_i128.pow(places) / self.denominator)?;
        if places == 0 {
            return Some(scaled.to_string());
        }
        let digits = format!("{:0width$}", scaled.unsigned_abs(), width = places as usize + 1);
        let (whole, part) = digits.split_at(digits.len() - places as usize);
        Some(format!("{}{whole}.{part}", if scaled < 0 { "-" } else { "" }))
    }

    /// The decimal expansion where it ends, the fraction where not.
    pub fn plain(self) -> String {
        self.decimal().unwrap_or_else(|| self.to_string())
    }

    /// Reads `12`, `-3.25` or `7/4`.
    pub fn parse(text: &str) -> Option<Rational> {
        if let Some((above, below)) = text.split_once('/') {
            return Rational::parse_decimal(above)?.over(Rational::parse_decimal(below)?);
        }
        Rational::parse_decimal(text)
    }

    fn parse_decimal(text: &str) -> Option<Rational> {
        let (sign, digits) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
        let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
        let all_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || !all_digits(whole) || !all_digits(part) || part.len() > 30 || digits.ends_with('.') {
            return None;
        }
        let scale = 10_i128.checked_pow(u32::try_from(part.len()).ok()?)?;
        let part: i128 = if part.is_empty() { 0 } else { part.parse().ok()? };
        let value = whole.parse::<i128>().ok()?.checked_mul(scale)?.checked_add(part)?;
        Rational::new(sign * value, scale)
    }
}

impl From<i64> for Rational {
    fn from(value: i64) -> Rational {
        Rational::from_integer(i128::from(value))
    }
}

impl PartialOrd for Rational {
    fn partial_cmp(&self, other: &Rational) -> Option<std::cmp::Ordering> {
        self.minus(*other).map(|difference| difference.numerator.cmp(&0))
    }
}

/// `n` or `n/d`.
impl fmt::Display for Rational {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.denominator {
            1 => write!(f, "{}", self.numerator),
            denominator => write!(f, "{}/{denominator}", self.numerator),
        }
    }
}

/// The greatest common divisor, by Euclid; of 0 and 0 it is 1, so that it can be divided by.
pub(super) fn gcd(a: u128, b: u128) -> u128 {
    match (u64::try_from(a), u64::try_from(b)) {
        (Ok(mut a), Ok(mut b)) => {
            while b != 0 {
                (a, b) = (b, a % b);
            }
            u128::from(a.max(1))
        }
        _ => {
            let (mut a, mut b) = (a, b);
            while b != 0 {
                (a, b) = (b, a % b);
            }
            a.max(1)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_cannot_be_had_is_none() {
        let huge = Rational::from_integer(i128::MAX);
        assert_eq!(huge.plus(Rational::ONE), None);
        assert_eq!(huge.times(huge), None);
        assert_eq!(Rational::ONE.over(Rational::ZERO), None);
        assert_eq!(Rational::new(i128::MIN, 1), None);
        assert_eq!(Rational::from_integer(i128::MIN).negated().numerator(), i128::MAX);
        for bad in ["", "-", ".5", "5.", "1/0", "a", "1/2/3", "1e3", "0.0000000000000000000000000000000000001"] {
            assert_eq!(Rational::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn decimals_end_or_are_fractions() {
        let plain = |n, d| Rational::new(n, d).unwrap().plain();
        assert_eq!(plain(-1, 8), "-0.125");
        assert_eq!(plain(300, 20), "15");
        assert_eq!(plain(10, 6), "5/3");
        assert_eq!(plain(-1001, 10), "-100.1");
    }

    proptest! {
        #[test]
        fn reads_what_it_writes(n in -1_000_000_i128..1_000_000, d in 1_i128..10_000) {
            let value = Rational::new(n, d).unwrap();
            prop_assert_eq!(Rational::parse(&value.to_string()), Some(value));
            prop_assert_eq!(Rational::parse(&value.plain()), Some(value));
        }

        #[test]
        fn the_laws_of_arithmetic_hold(a in -999_i128..999, b in 1_i128..99, c in -999_i128..999, d in 1_i128..99) {
            let (x, y) = (Rational::new(a, b).unwrap(), Rational::new(c, d).unwrap());
            prop_assert_eq!(x.plus(y).unwrap().minus(y).unwrap(), x);
            if y != Rational::ZERO {
                prop_assert_eq!(x.over(y).unwrap().times(y).unwrap(), x);
            }
            prop_assert_eq!(x < y, a * d < c * b);
        }
    }
}
