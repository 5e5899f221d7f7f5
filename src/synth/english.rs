//! The little grammar that questions need: one and many, a and an, lists, and sums as they are written.

use std::fmt::Write;

/// `1 ball`, `2 balls`.
pub(super) fn count(n: i64, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

/// `a` or `an`, as the number is said: eight, eleven, eighteen, eighty … begin with a vowel.
pub(super) fn article(n: i64) -> &'static str {
    let mut head = n;
    while head >= 1000 {
        head /= 1000;
    }
    match head {
        8 | 11 | 18 | 80..=89 | 800..=899 => "an",
        _ => "a",
    }
}

/// `1st`, `2nd`, `3rd`, `4th`, `11th`.
pub(super) fn ordinal(n: i64) -> String {
    let ending = match (n % 100, n % 10) {
        (11..=13, _) => "th",
        (_, 1) => "st",
        (_, 2) => "nd",
        (_, 3) => "rd",
        _ => "th",
    };
    format!("{n}{ending}")
}

/// `a`, `a and b`, `a, b and c`.
pub(super) fn list<T: std::fmt::Display>(items: &[T]) -> String {
    let mut text = String::new();
    for (at, item) in items.iter().enumerate() {
        let joint = match at {
            0 => "",
            _ if at + 1 == items.len() => " and ",
            _ => ", ",
        };
        let _ = write!(text, "{joint}{item}");
    }
    text
}

/// `a, b, c`.
pub(super) fn commas<T: std::fmt::Display>(items: &[T]) -> String {
    let mut text = String::new();
    for (at, item) in items.iter().enumerate() {
        let _ = write!(text, "{}{item}", if at == 0 { "" } else { ", " });
    }
    text
}

/// A sum of terms, each a coefficient and its symbol (none for a number): `3x - y + 5`. Terms of 0 are left out; nothing is `0`.
pub(super) fn sum(terms: &[(i64, &str)]) -> String {
    let mut text = String::new();
    for &(coefficient, symbol) in terms.iter().filter(|(coefficient, _)| *coefficient != 0) {
        text.push_str(match (text.is_empty(), coefficient < 0) {
            (true, true) => "-",
            (true, false) => "",
            (false, true) => " - ",
            (false, false) => " + ",
        });
        let size = coefficient.unsigned_abs();
        if size != 1 || symbol.is_empty() {
            let _ = write!(text, "{size}");
        }
        text.push_str(symbol);
    }
    if text.is_empty() { "0".to_owned() } else { text }
}

/// A number as a factor or a subtrahend: in brackets if it is negative.
pub(super) fn bracketed(n: i64) -> String {
    if n < 0 { format!("({n})") } else { n.to_string() }
}

/// ` + 3` or ` - 3`.
pub(super) fn signed(n: i64) -> String {
    format!(" {} {}", if n < 0 { '-' } else { '+' }, n.unsigned_abs())
}

/// First names, for people in questions.
pub(super) const NAMES: [&str; 24] = [
    "Ada", "Amir", "Bea", "Carlos", "Chen", "Dana", "Elif", "Emeka", "Fatima", "Grace", "Hiro", "Ines", "Jonas",
    "Kavya", "Liam", "Maria", "Noor", "Olga", "Priya", "Quentin", "Rosa", "Samir", "Tomas", "Yara",
];

/// Things that are bought and counted: one and many.
pub(super) const THINGS: [(&str, &str); 12] = [
    ("apple", "apples"),
    ("pencil", "pencils"),
    ("marble", "marbles"),
    ("stamp", "stamps"),
    ("shell", "shells"),
    ("button", "buttons"),
    ("battery", "batteries"),
    ("tile", "tiles"),
    ("ticket", "tickets"),
    ("screw", "screws"),
    ("candle", "candles"),
    ("notebook", "notebooks"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_said_as_they_are_spelt() {
        let an: Vec<i64> = (1..1000).filter(|&n| article(n) == "an").collect();
        let expected: Vec<i64> = [8, 11, 18].into_iter().chain(80..90).chain(800..900).collect();
        assert_eq!(an, expected);
        assert_eq!((article(8_000), article(11_500), article(1_800), article(18_000_000)), ("an", "an", "a", "an"));
        assert_eq!(
            [1, 2, 3, 4, 11, 12, 13, 21, 112, 121].map(ordinal).join(" "),
            "1st 2nd 3rd 4th 11th 12th 13th 21st 112th 121st"
        );
        assert_eq!((count(1, "ball", "balls"), count(0, "ball", "balls")), ("1 ball".into(), "0 balls".into()));
    }

    #[test]
    fn sums_are_written_as_by_hand() {
        assert_eq!(sum(&[(1, "x"), (-1, "y"), (5, "")]), "x - y + 5");
        assert_eq!(sum(&[(-1, "x^2"), (0, "x"), (-1, "")]), "-x^2 - 1");
        assert_eq!(sum(&[(0, "x")]), "0");
        assert_eq!(list(&["a", "b", "c"]), "a, b and c");
        assert_eq!((list(&["a"]), list::<i32>(&[]), commas(&[1, 2])), ("a".into(), String::new(), "1, 2".into()));
        assert_eq!((bracketed(-2), signed(-2), signed(0)), ("(-2)".into(), " - 2".into(), " + 0".into()));
    }
}
