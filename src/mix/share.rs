//! [`Share`]: an exact decimal fraction between 0 and 1, so that 0.3 is three tenths and not the nearest binary number.

use crate::error::{Error, Result};
use std::fmt;

/// Decimal places that a [`Share`] keeps. An `f64` carries at most 17 significant digits, so every share of 0.1 or more
/// is exact, and `u64::MAX` tokens times a share still fits `u128`.
const PLACES: u32 = 18;

/// The largest error in a sum of shares that is taken for rounding: 1e-9, in units of 10⁻¹⁸. Shares written with nine or
/// more digits (0.333333333, three times) pass; a sum such as SmolLM3's 1.00565 (`decay` weights as released) does not.
const SUM_TOLERANCE: u128 = 1_000_000_000;

/// A part of a whole, as an exact decimal fraction in 0 ..= 1.
///
/// ```
/// use mashbill::mix::Share;
///
/// let share = Share::from_f64(0.3)?;
/// assert_eq!(share.to_string(), "0.3");
/// assert_eq!(share.of(10), 3); // in floats, 0.1 + 0.2 of 10 is already more than 3
/// # Ok::<(), mashbill::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Share(u64);

impl Share {
    /// Nothing.
    pub const ZERO: Share = Share(0);

    /// The whole.
    pub const ONE: Share = Share(10_u64.pow(PLACES));

    /// The share that `value` is written as: its shortest decimal form, as Rust prints it, rounded to 18 places.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] outside 0 ..= 1, for NaN, and for a share above 0 that would round to 0.
    pub fn from_f64(value: f64) -> Result<Share> {
        Share::checked(value).map_err(|problem| Error::Invalid { what: "share".to_owned(), problem })
    }

    /// A share that is told rather than asked for: to twelve places, which every reader of JSON reads back.
    pub(crate) fn told(value: f64) -> Share {
        Share::from_f64((value * 1e12).round() / 1e12).unwrap_or(Share::ZERO)
    }

    /// As [`from_f64`](Share::from_f64), but an error is only its problem: the caller knows which setting it was.
    pub(crate) fn checked(value: f64) -> std::result::Result<Share, String> {
        match decimal(value, PLACES) {
            Some(0) if value > 0.0 => Err(format!("{value:e} is too small; the least share is 1e-18")),
            Some(units) if units <= u128::from(Share::ONE.0) => Ok(Share(units as u64)),
            _ => Err(format!("{value} is not a share; write a fraction between 0 and 1")),
        }
    }

    /// The nearest `f64`: the number that the share was made from.
    pub fn to_f64(self) -> f64 {
        // Through the decimal form, which parses to the nearest f64; a division by 1e18 could be one step off.
        self.to_string().parse().unwrap_or(self.0 as f64 / Share::ONE.0 as f64)
    }

    /// This share of `tokens`, rounded down.
    pub fn of(self, tokens: u64) -> u64 {
        (u128::from(tokens) * u128::from(self.0) / u128::from(Share::ONE.0)) as u64
    }

    /// One number of a ratio. It is no share by itself, only beside the sum of the ratio.
    pub(crate) fn ratio(part: u64) -> Share {
        Share(part)
    }

    /// From units of 10⁻¹⁸, 1 at most.
    pub(crate) fn from_units(units: u64) -> Share {
        Share(units.min(Share::ONE.0))
    }

    /// In units of 10⁻¹⁸.
    pub(crate) fn units(self) -> u64 {
        self.0
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&decimal_text(u128::from(self.0)))
    }
}

/// As a number: `0.3`.
#[cfg(feature = "recipe-file")]
impl serde::Serialize for Share {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.to_f64())
    }
}

#[cfg(feature = "recipe-file")]
impl<'de> serde::Deserialize<'de> for Share {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Share, D::Error> {
        let value = <f64 as serde::Deserialize>::deserialize(deserializer)?;
        Share::checked(value).map_err(serde::de::Error::custom)
    }
}

/// The sum of `shares` in units of 10⁻¹⁸: one, or as near to one as rounding in the recipe explains (1e-9).
/// Quotas divide by this sum, so a tolerated error is spread over all groups.
pub(crate) fn sum_to_one(shares: impl Iterator<Item = Share>) -> Result<u128> {
    let sum: u128 = shares.map(|s| u128::from(s.0)).sum();
    if sum.abs_diff(u128::from(Share::ONE.0)) <= SUM_TOLERANCE {
        return Ok(sum);
    }
    let problem = format!("shares sum to {}, not 1", decimal_text(sum));
    Err(Error::Invalid { what: "shares".to_owned(), problem })
}

/// `value` in units of 10^-`places`, from its shortest decimal form, rounded half up; `None` if negative, not finite, or too large.
pub(crate) fn decimal(value: f64, places: u32) -> Option<u128> {
    if !value.is_finite() || value < 0.0 {
        return None;
    }
    // Rust prints an f64 without an exponent and with the fewest digits that parse back to it.
    let text = value.abs().to_string();
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let digit = |i: u32| fraction.as_bytes().get(i as usize).map_or(0, |b| u128::from(b - b'0'));
    let mut units: u128 = whole.parse().ok()?;
    for i in 0..places {
        units = units.checked_mul(10)?.checked_add(digit(i))?;
    }
    units.checked_add(u128::from(digit(places) >= 5))
}

/// Units of 10⁻¹⁸ as a decimal number without trailing zeros.
fn decimal_text(units: u128) -> String {
    let one = u128::from(Share::ONE.0);
    let fraction = format!("{:018}", units % one);
    let fraction = fraction.trim_end_matches('0');
    let dot = if fraction.is_empty() { "" } else { "." };
    format!("{}{dot}{fraction}", units / one)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_share_is_the_decimal_that_was_written() {
        for (value, units) in [
            (0.0, 0),
            (0.3, 300_000_000_000_000_000),
            (0.1 + 0.2, 300_000_000_000_000_040),
            (1.0 / 3.0, 333_333_333_333_333_300),
            (1e-18, 1),
            (1.0, 1_000_000_000_000_000_000),
        ] {
            assert_eq!(Share::from_f64(value).unwrap().units(), units, "{value}");
        }
        for value in [-0.1, 1.000_000_1, f64::NAN, f64::INFINITY, 1e300, 1e-19, f64::MIN_POSITIVE] {
            assert!(Share::from_f64(value).is_err(), "{value}");
        }
        assert_eq!(Share::from_f64(-0.0).unwrap(), Share::ZERO);
    }

    #[test]
    fn decimals_round_half_up_at_the_last_place() {
        assert_eq!(decimal(2.345, 2), Some(235));
        assert_eq!(decimal(2.344_9, 2), Some(234));
        assert_eq!(decimal(1e22, 0), Some(10_u128.pow(22)));
        assert_eq!(decimal(1e300, 0), None);
    }

    #[test]
    fn sums_are_exact_decimals() {
        let sum =
            |values: &[f64]| sum_to_one(values.iter().map(|&v| Share::from_f64(v).unwrap())).map_err(|e| e.to_string());
        assert_eq!(sum(&[0.1; 10]), Ok(u128::from(Share::ONE.units()))); // 0.9999999999999999 in floats
        assert!(sum(&[0.333_333_333; 3]).is_ok());
        assert_eq!(sum(&[0.33; 3]), Err("shares: shares sum to 0.99, not 1".to_owned()));
        assert_eq!(sum(&[]), Err("shares: shares sum to 0, not 1".to_owned()));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(512))]
        #[test]
        fn a_share_goes_back_to_its_float(n in 0_u32..=1_000_000) {
            let value = f64::from(n) / 1e6;
            prop_assert_eq!(Share::from_f64(value).unwrap().to_f64().to_bits(), value.to_bits());
        }
    }
}
