//! Prefixes, suffixes and infixes. Lengths in bytes; 0 where there is none.

use super::tables::{Flags, Tables};
use crate::text::Span;

/// No unit is longer, in bytes.
const LONGEST_UNIT: usize = 10;

/// The prefix of `text`: two or more dots, or one mark; a plus sign unless a digit follows; three currencies of two or more
/// characters.
#[inline]
pub(super) fn prefix_len(tables: &Tables, text: &str) -> usize {
    let bytes = text.as_bytes();
    match bytes {
        [b'+', b'0'..=b'9', ..] => 0,
        [b'+', ..] => 1,
        [b'.', b'.', ..] => leading_dots(bytes),
        [b'C' | b'A', b'$', ..] => 2,
        [b'U', b'S', b'$', ..] => 3,
        [b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9', ..] => 0,
        _ => text.chars().next().filter(|&c| tables.flags(c).has(Flags::PREFIX)).map_or(0, char::len_utf8),
    }
}

/// The suffix of `text`: the longest of those that the rules know.
#[inline]
pub(super) fn suffix_len(tables: &Tables, text: &str) -> usize {
    let bytes = text.as_bytes();
    match *bytes {
        [.., b'.', b'.'] => bytes.iter().rev().take_while(|&&b| b == b'.').count(),
        [.., b'.'] => usize::from(stop_is_suffix(tables, &text[..text.len() - 1])),
        // 's, also with U+2019; no unit ends so after an apostrophe.
        [.., b'\'', b's' | b'S'] => 2,
        [.., 0xE2, 0x80, 0x99, b's' | b'S'] => 4,
        // Two ellipses, U+2026, go together.
        [.., 0xE2, 0x80, 0xA6, 0xE2, 0x80, 0xA6] => 6,
        [.., digit, b'+'] if digit.is_ascii_digit() => 1,
        [.., b'0'..=b'9'] | [] => 0,
        _ => {
            let Some(last) = text.chars().next_back() else { return 0 };
            let unit = unit_len(tables, text);
            if unit > 0 {
                unit
            } else if tables.flags(last).has(Flags::SUFFIX) {
                last.len_utf8()
            } else {
                0
            }
        }
    }
}

/// Whether a full stop after `text`, which does not end in one, is a suffix: after a digit, a mark or a lower-case letter,
/// after two upper-case letters, after a degree.
fn stop_is_suffix(tables: &Tables, text: &str) -> bool {
    let mut before = text.chars().rev();
    let Some(last) = before.next() else { return false };
    let flags = tables.flags(last);
    if flags.has(Flags::BEFORE_STOP) {
        return true;
    }
    match before.next() {
        Some('°') => matches!(last, 'F' | 'f' | 'C' | 'c' | 'K' | 'k'),
        Some(other) => flags.has(Flags::UPPER) && tables.flags(other).has(Flags::UPPER),
        None => false,
    }
}

/// The unit or currency that ends `text` right after an ASCII digit.
fn unit_len(tables: &Tables, text: &str) -> usize {
    let tail = text.bytes().rev().take(LONGEST_UNIT + 1).position(|b| b.is_ascii_digit());
    tail.filter(|&len| tables.is_unit(&text[text.len() - len..])).unwrap_or(0)
}

fn leading_dots(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|&&b| b == b'.').count()
}

/// Cuts `text`, which starts at byte `at` of the whole, at its infixes. One at its very start cuts nothing.
pub(super) fn split_infixes(tables: &Tables, text: &str, at: usize, out: &mut Vec<Span>) {
    // Start of the piece that is open, and end of the last infix: what lies before it still counts as context.
    let (mut start, mut from) = (0, 0);
    let mut before = Flags::default();
    let mut before_digit = false;
    while let Some(c) = text[from..].chars().next() {
        let len = infix_len(tables, &text[from..], c, before, before_digit);
        if len > 0 && from > 0 {
            if start < from {
                out.push(Span::new(at + start, at + from));
            }
            out.push(Span::new(at + from, at + from + len));
            start = from + len;
        }
        let step = if len > 0 { &text[from..from + len] } else { &text[from..from + c.len_utf8()] };
        let last = step.chars().next_back().unwrap_or(c);
        (before, before_digit) = (tables.flags(last), last.is_ascii_digit());
        from += step.len();
    }
    if start < text.len() {
        out.push(Span::new(at + start, at + text.len()));
    }
}

/// The infix at the start of `rest`, whose first character is `c`.
#[inline]
fn infix_len(tables: &Tables, rest: &str, c: char, before: Flags, before_digit: bool) -> usize {
    if c.is_ascii_alphanumeric() {
        return 0;
    }
    let after = |skip: usize| rest.get(skip..).and_then(|rest| rest.chars().next());
    let is = |c: Option<char>, any: Flags| c.is_some_and(|c| tables.flags(c).has(any));
    // The order is that of the rules: the first that matches decides.
    if c == '.' && after(1) == Some('.') {
        return leading_dots(rest.as_bytes());
    }
    if c == '…' || !c.is_ascii() && tables.flags(c).has(Flags::ICON) {
        return c.len_utf8();
    }
    let arithmetic = matches!(c, '+' | '-' | '*' | '^') && before_digit;
    if arithmetic && after(1).is_some_and(|next| next.is_ascii_digit() || next == '-') {
        return 1;
    }
    let after_alnum = before_digit || before.has(Flags::LETTER);
    let matched = match c {
        '.' => before.has(Flags::LOWER.or(Flags::QUOTE)) && is(after(1), Flags::UPPER.or(Flags::QUOTE)),
        ',' => before.has(Flags::LETTER) && is(after(1), Flags::LETTER),
        ':' | '<' | '>' | '=' | '/' => after_alnum && is(after(1), Flags::LETTER),
        '-' | '–' | '—' | '~' if after_alnum => {
            let hyphens = hyphens_len(rest, c);
            return if is(after(hyphens), Flags::LETTER) { hyphens } else { 0 };
        }
        _ => false,
    };
    usize::from(matched)
}

/// The hyphens at the start of `rest`: up to three `-`, up to two em dashes, one of the others. (A letter must follow, so no
/// shorter reading of them can match.)
fn hyphens_len(rest: &str, c: char) -> usize {
    let most = match c {
        '-' => 3,
        '—' => 2,
        _ => 1,
    };
    rest.chars().take(most).take_while(|&next| next == c).count() * c.len_utf8()
}
