//! Signs of mathematics outside TeX's notation: operators between operands, and numbers with units.

/// Operators and quantities of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MathMarks {
    /// Mathematical characters (`×`, `±`, `÷`, and the blocks U+2200 to U+22FF and U+2A00 to U+2AFF), and ASCII operators and
    /// relations (`= < > + - * / ^`) between operands: numbers, single letters, brackets, commands of TeX, with one space at most.
    pub symbols: u64,
    /// Numbers with a unit behind (`5 km`, `20 %`) or a dollar before.
    pub quantities: u64,
}

/// Units that follow a number, as they are written in English texts.
const UNITS: [&str; 63] = [
    "%",
    "°",
    "km",
    "m",
    "cm",
    "mm",
    "nm",
    "km/h",
    "m/s",
    "mph",
    "kg",
    "g",
    "mg",
    "lb",
    "lbs",
    "oz",
    "s",
    "ms",
    "min",
    "h",
    "hr",
    "hrs",
    "Hz",
    "kHz",
    "MHz",
    "GHz",
    "V",
    "mV",
    "A",
    "mA",
    "W",
    "kW",
    "J",
    "kJ",
    "N",
    "Pa",
    "kPa",
    "K",
    "mol",
    "L",
    "mL",
    "ml",
    "ft",
    "in",
    "degrees",
    "dollars",
    "cents",
    "feet",
    "inches",
    "miles",
    "meters",
    "metres",
    "liters",
    "litres",
    "grams",
    "kilograms",
    "pounds",
    "seconds",
    "minutes",
    "hours",
    "days",
    "weeks",
    "years",
];

/// The longest unit, in bytes.
const MAX_UNIT: usize = 9;

/// Counts the marks of `text`.
pub(super) fn measure(text: &str) -> MathMarks {
    let bytes = text.as_bytes();
    let mut found = MathMarks::default();
    for (at, &byte) in bytes.iter().enumerate() {
        match byte {
            b'=' | b'<' | b'>' | b'+' | b'-' | b'*' | b'/' | b'^' => {
                found.symbols += u64::from(operand_before(bytes, at) && operand_after(bytes, at + 1));
            }
            // Latin-1's `±`, `×`, `÷`, and the lead byte of U+2000 to U+2FFF.
            0xC2 | 0xC3 | 0xE2 => found.symbols += u64::from(is_symbol(bytes.get(at..).unwrap_or_default())),
            b'0'..=b'9' => found.quantities += u64::from(is_quantity(bytes, at)),
            _ => {}
        }
    }
    found
}

/// Whether a mathematical character begins with these bytes.
fn is_symbol(bytes: &[u8]) -> bool {
    match bytes {
        [0xC2, 0xB1, ..] | [0xC3, 0x97 | 0xB7, ..] => true,
        // U+2200 to U+22FF, U+2A00 to U+2AFF.
        [0xE2, 0x88..=0x8B, _, ..] | [0xE2, 0xA8..=0xAB, _, ..] => true,
        _ => false,
    }
}

/// Whether an operand ends before `at`: a digit, a closing bracket, or a letter on its own; a space may stand between.
fn operand_before(bytes: &[u8], at: usize) -> bool {
    let before = |at: usize| at.checked_sub(1).and_then(|i| bytes.get(i).map(|b| (i, *b)));
    let end = if before(at).is_some_and(|(_, b)| b == b' ') { at - 1 } else { at };
    match before(end) {
        Some((_, b'0'..=b'9' | b')' | b']' | b'}' | b'|')) => true,
        Some((i, b)) if b.is_ascii_alphabetic() => before(i).is_none_or(|(_, b)| !b.is_ascii_alphanumeric()),
        _ => false,
    }
}

/// Whether an operand begins at `at`: a digit, a sign, an opening bracket, a command of TeX, or a letter on its own; a space may stand
/// between, and the `=` of `<=`.
fn operand_after(bytes: &[u8], at: usize) -> bool {
    let at = at + usize::from(bytes.get(at) == Some(&b'='));
    let at = at + usize::from(bytes.get(at) == Some(&b' '));
    match bytes.get(at) {
        Some(b'0'..=b'9' | b'(' | b'[' | b'{' | b'\\' | b'-' | b'$' | b'|' | b'.') => true,
        Some(b) if b.is_ascii_alphabetic() => bytes.get(at + 1).is_none_or(|b| !b.is_ascii_alphabetic()),
        _ => false,
    }
}

/// Whether the digit at `at` ends a number with a unit behind it, or begins one with a dollar before.
fn is_quantity(bytes: &[u8], at: usize) -> bool {
    let money = at.checked_sub(1).and_then(|i| bytes.get(i)) == Some(&b'$');
    money || unit_follows(bytes, at + 1)
}

fn unit_follows(bytes: &[u8], at: usize) -> bool {
    let start = at + usize::from(bytes.get(at) == Some(&b' '));
    let rest = bytes.get(start..).unwrap_or_default();
    if rest.first() == Some(&b'%') || rest.starts_with("°".as_bytes()) {
        return true;
    }
    let len = rest.iter().take(MAX_UNIT + 1).take_while(|b| b.is_ascii_alphabetic() || **b == b'/').count();
    // A unit on its own: `5 m` and `5m`, not `5 more` or `5mx2`.
    let alone = rest.get(len).is_none_or(|b| !b.is_ascii_alphanumeric());
    alone && len > 0 && UNITS.iter().any(|unit| Some(unit.as_bytes()) == rest.get(..len))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn marks_by_hand() {
        let cases = [
            ("", 0, 0),
            ("x = 3, y=4; 7 + 5 = 12", 4, 0),
            ("a well-known and/or so-called <b>thing</b>, x-ray", 0, 0),
            ("2*x^2 - 3 <= (a)/b", 5, 0),
            ("let value = other; if (a == b)", 1, 0),
            ("\\alpha + \\beta = \\gamma", 0, 0),
            ("{\\alpha} + \\beta", 1, 0),
            ("± × ÷ ≤ ∑ ⨁ → é “”", 6, 0),
            ("5 km in 20 minutes at 15 km/h, 30% or 8 °C", 0, 5),
            ("5 more, 5mx2, 1990s, $5.50, $20", 0, 2 + 1),
            ("12345", 0, 0),
        ];
        for (text, symbols, quantities) in cases {
            assert_eq!(measure(text), MathMarks { symbols, quantities }, "{text}");
        }
        assert!(UNITS.iter().all(|unit| unit.len() <= MAX_UNIT));
    }

    /// The definitions over characters, with a list of all operators' neighbours.
    fn naive(text: &str) -> u64 {
        let chars: Vec<char> = text.chars().collect();
        let get = |i: Option<usize>| i.and_then(|i| chars.get(i)).copied();
        let is_letter = |c: char| c.is_ascii_alphabetic();
        let mut found = 0;
        for (i, &c) in chars.iter().enumerate() {
            let c = u32::from(c);
            found += u64::from(matches!(c, 0xB1 | 0xD7 | 0xF7 | 0x2200..=0x22FF | 0x2A00..=0x2AFF));
            if !"=<>+-*/^".contains(chars[i]) {
                continue;
            }
            let mut left = i.checked_sub(1);
            if get(left) == Some(' ') {
                left = left.and_then(|i| i.checked_sub(1));
            }
            let before = get(left).is_some_and(|c| {
                let alone = get(left.and_then(|i| i.checked_sub(1))).is_none_or(|c| !c.is_ascii_alphanumeric());
                ")]}|".contains(c) || c.is_ascii_digit() || (is_letter(c) && alone)
            });
            let mut right = i + 1;
            right += usize::from(get(Some(right)) == Some('='));
            right += usize::from(get(Some(right)) == Some(' '));
            let after = get(Some(right)).is_some_and(|c| {
                let alone = get(Some(right + 1)).is_none_or(|c| !is_letter(c));
                "([{\\-$|.".contains(c) || c.is_ascii_digit() || (is_letter(c) && alone)
            });
            found += u64::from(before && after);
        }
        found
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(512))]

        #[test]
        fn symbols_are_those_of_the_definition(text in "[ab1=<>+*/^ ()\\[\\]{}|.\\\\$éß×≤∑⨁→-]{0,60}") {
            prop_assert_eq!(measure(&text).symbols, naive(&text));
        }
    }
}
