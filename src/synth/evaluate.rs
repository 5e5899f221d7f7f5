//! The independent evaluator: reads a formula as it is printed, and works out its value and its slope exactly.
//!
//! It shares nothing with the templates but the fractions: they build answers forwards from their dials, it reads the text. Slopes
//! come by dual numbers (a value and its derivative, carried through every operation), not by rules on polynomials.

use super::rational::Rational;

/// Deepest nesting of brackets and signs that is read.
const MAX_DEPTH: u32 = 48;
/// Highest power that is worked out.
const MAX_EXPONENT: i128 = 128;

/// A value and its derivative by the one variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Dual {
    pub value: Rational,
    pub slope: Rational,
}

impl Dual {
    fn constant(value: Rational) -> Dual {
        Dual { value, slope: Rational::ZERO }
    }

    fn plus(self, other: Dual) -> Option<Dual> {
        Some(Dual { value: self.value.plus(other.value)?, slope: self.slope.plus(other.slope)? })
    }

    fn negated(self) -> Dual {
        Dual { value: self.value.negated(), slope: self.slope.negated() }
    }

    fn times(self, other: Dual) -> Option<Dual> {
        let slope = self.slope.times(other.value)?.plus(self.value.times(other.slope)?)?;
        Some(Dual { value: self.value.times(other.value)?, slope })
    }

    fn over(self, other: Dual) -> Option<Dual> {
        let above = self.slope.times(other.value)?.minus(self.value.times(other.slope)?)?;
        Some(Dual { value: self.value.over(other.value)?, slope: above.over(other.value.times(other.value)?)? })
    }

    fn pow(self, exponent: i128) -> Option<Dual> {
        if !(0..=MAX_EXPONENT).contains(&exponent) {
            return None;
        }
        (0..exponent).try_fold(Dual::constant(Rational::ONE), |power, _| power.times(self))
    }
}

/// The value of a formula with these variables: `2(x + 1)^2 - 3x/4`. `None` for what is no formula, holds another variable, or
/// outgrows 128 bits.
pub(super) fn value(formula: &str, variables: &[(char, Rational)]) -> Option<Rational> {
    let variables: Vec<(char, Dual)> = variables.iter().map(|&(name, v)| (name, Dual::constant(v))).collect();
    read(formula, &variables).map(|dual| dual.value)
}

/// Value and slope of a formula in `x`.
pub(super) fn slope(formula: &str, x: Rational) -> Option<Dual> {
    read(formula, &[('x', Dual { value: x, slope: Rational::ONE })])
}

/// The value of a formula in `x`, at an integer.
pub(super) fn at(formula: &str, x: i64) -> Option<Rational> {
    value(formula, &[('x', Rational::from(x))])
}

/// Whether an equation `left = right` holds with these variables.
pub(super) fn holds(equation: &str, variables: &[(char, Rational)]) -> Option<bool> {
    let (left, right) = equation.split_once('=')?;
    Some(value(left, variables)? == value(right, variables)?)
}

/// Whether two formulas in `x` of at most this degree are the same polynomial: they agree at one more point.
pub(super) fn same_polynomial(a: &str, b: &str, degree: i64) -> Option<bool> {
    for x in -(degree + 1) / 2..=degree - (degree + 1) / 2 {
        if at(a, x)? != at(b, x)? {
            return Some(false);
        }
    }
    Some(true)
}

fn read(formula: &str, variables: &[(char, Dual)]) -> Option<Dual> {
    let mut reader = Reader { rest: formula.trim(), variables, depth: 0 };
    let value = reader.sum()?;
    reader.rest.is_empty().then_some(value)
}

struct Reader<'f> {
    rest: &'f str,
    variables: &'f [(char, Dual)],
    depth: u32,
}

impl Reader<'_> {
    fn take(&mut self, sign: char) -> bool {
        match self.rest.strip_prefix(sign) {
            Some(rest) => {
                self.rest = rest.trim_start();
                true
            }
            None => false,
        }
    }

    fn sum(&mut self) -> Option<Dual> {
        let mut total = self.product()?;
        loop {
            if self.take('+') {
                total = total.plus(self.product()?)?;
            } else if self.take('-') {
                total = total.plus(self.product()?.negated())?;
            } else {
                return Some(total);
            }
        }
    }

    /// Factors joined by `*`, `/` or by standing beside each other.
    fn product(&mut self) -> Option<Dual> {
        let mut product = self.factor()?;
        loop {
            if self.take('*') {
                product = product.times(self.factor()?)?;
            } else if self.take('/') {
                product = product.over(self.factor()?)?;
            } else if self.rest.starts_with(|c: char| c == '(' || c.is_ascii_alphabetic()) {
                product = product.times(self.factor()?)?;
            } else {
                return Some(product);
            }
        }
    }

    fn factor(&mut self) -> Option<Dual> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return None;
        }
        let value = if self.take('-') { self.factor()?.negated() } else { self.power()? };
        self.depth -= 1;
        Some(value)
    }

    fn power(&mut self) -> Option<Dual> {
        let base = self.atom()?;
        if !self.take('^') {
            return Some(base);
        }
        let exponent = self.atom()?.value.integer()?;
        base.pow(exponent)
    }

    fn atom(&mut self) -> Option<Dual> {
        if self.take('(') {
            let inner = self.sum()?;
            return self.take(')').then_some(inner);
        }
        let first = self.rest.chars().next()?;
        if first.is_ascii_alphabetic() {
            self.rest = self.rest[1..].trim_start();
            return self.variables.iter().find(|(name, _)| *name == first).map(|(_, value)| *value);
        }
        let end = self.rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(self.rest.len());
        let number = Rational::parse(&self.rest[..end])?;
        self.rest = self.rest[end..].trim_start();
        Some(Dual::constant(number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn formulas_by_hand() {
        let cases = [
            ("2 + 3 * 4", Some("14")),
            ("-3^2", Some("-9")),
            ("(-3)^2", Some("9")),
            ("2(1 + 2)(4 - 1) / 9", Some("2")),
            ("1/2 - 1/3 - 1/6", Some("0")),
            ("2.5 * 4", Some("10")),
            ("7 - (-2)", Some("9")),
            ("8 / 4 / 2", Some("1")),
            ("", None),
            ("2 +", None),
            ("(2", None),
            ("2)", None),
            ("1/0", None),
            ("x", None),
            ("2^-1", None),
            ("2^999", None),
            ("3 4", None),
        ];
        for (formula, expected) in cases {
            assert_eq!(value(formula, &[]).map(|v| v.to_string()).as_deref(), expected, "{formula}");
        }
        assert_eq!(holds("2x + 3 = x - 1", &[('x', Rational::from(-4))]), Some(true));
        let dual = slope("(2x^2 - 1)^3 / (x + 1)", Rational::from(1)).unwrap();
        // f = u/v, u = 1, u' = 3 * 4 = 12, v = 2, v' = 1: f' = (12 * 2 - 1) / 4.
        assert_eq!((dual.value.to_string(), dual.slope.to_string()), ("1/2".into(), "23/4".into()));
        assert_eq!(same_polynomial("(x + 1)^2", "x^2 + 2x + 1", 2), Some(true));
        assert_eq!(same_polynomial("(x + 1)^2", "x^2 + 2x + 2", 2), Some(false));
    }

    #[test]
    fn endless_nesting_is_no_formula() {
        assert_eq!(value(&"(".repeat(100_000), &[]), None);
        assert_eq!(value(&"-".repeat(100_000), &[]), None);
        assert_eq!(value(&format!("{}1{}", "(".repeat(40), ")".repeat(40)), &[]), Some(Rational::ONE));
    }

    proptest! {
        #[test]
        fn any_text_has_an_outcome(text in "[-+*/^().0-9x é]{0,40}") {
            let _ = slope(&text, Rational::from(2));
        }
    }
}
