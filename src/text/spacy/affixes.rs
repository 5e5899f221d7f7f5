//! Prefixes, suffixes and infixes. Lengths in bytes; 0 where there is none.

use super::tables::{Flags, Tables};
use crate::text::Span;
use crate::text::runs::letters_end;

/// No unit is longer, in bytes.
const LONGEST_UNIT: usize = 10;
/// Nor any that ends in an ASCII character.
const LONGEST_ASCII_UNIT: usize = 4;

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
    let bytes = text.as_bytes();
    let longest = if bytes.last().is_some_and(u8::is_ascii) { LONGEST_ASCII_UNIT } else { LONGEST_UNIT };
    let tail = bytes.iter().rev().take(longest + 1).position(u8::is_ascii_digit);
    tail.filter(|&len| tables.is_unit(&text[text.len() - len..])).unwrap_or(0)
}

fn leading_dots(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|&&b| b == b'.').count()
}

/// ASCII bytes that can begin an infix, and the first bytes of all other characters.
const MAYBE_INFIX: [bool; 256] = {
    let mut table = [false; 256];
    let mut b = 0;
    while b < 256 {
        let mark = matches!(b as u8, b'.' | b',' | b'-' | b':' | b'<' | b'>' | b'=' | b'/' | b'~' | b'+' | b'*' | b'^');
        table[b] = mark || b >= 0xC0;
        b += 1;
    }
    table
};

/// Cuts `text`, which starts at byte `at` of the whole, at its infixes. One at its very start cuts nothing.
pub(super) fn split_infixes(tables: &Tables, text: &str, at: usize, out: &mut Vec<Span>) {
    // Start of the piece that is open. What lies before it, infixes too, still counts as context.
    let mut start = 0;
    let mut from = 0;
    let bytes = text.as_bytes();
    loop {
        from = letters_end(bytes, from);
        let Some(&b) = bytes.get(from) else { break };
        if !MAYBE_INFIX[usize::from(b)] {
            from += 1;
            continue;
        }
        let Some(c) = text[from..].chars().next() else { break };
        let len = infix_len(tables, text, from, c);
        if len > 0 && from > 0 {
            if start < from {
                out.push(Span::new(at + start, at + from));
            }
            out.push(Span::new(at + from, at + from + len));
            start = from + len;
        }
        from += len.max(c.len_utf8());
    }
    if start < text.len() {
        out.push(Span::new(at + start, at + text.len()));
    }
}

/// The infix at byte `at` of `text`, where character `c` is.
fn infix_len(tables: &Tables, text: &str, at: usize, c: char) -> usize {
    let (head, rest) = text.split_at(at);
    if !c.is_ascii() {
        if c == '…' || tables.flags(c).has(Flags::ICON) {
            return c.len_utf8();
        }
        return if matches!(c, '–' | '—') { hyphens_len(tables, head, rest, c) } else { 0 };
    }
    let bytes = rest.as_bytes();
    // The order is that of the rules: the first that matches decides.
    if bytes.starts_with(b"..") {
        return leading_dots(bytes);
    }
    let arithmetic = matches!(c, '+' | '-' | '*' | '^') && matches!(bytes.get(1), Some(b'0'..=b'9' | b'-'));
    if arithmetic && head.ends_with(|c: char| c.is_ascii_digit()) {
        return 1;
    }
    let before = |any: Flags| head.ends_with(|c: char| tables.flags(c).has(any));
    let after = |any: Flags| rest[1..].starts_with(|c: char| tables.flags(c).has(any));
    let matched = match c {
        '.' => before(Flags::LOWER.or(Flags::QUOTE)) && after(Flags::UPPER.or(Flags::QUOTE)),
        ',' => before(Flags::LETTER) && after(Flags::LETTER),
        ':' | '<' | '>' | '=' | '/' => ends_alphanumeric(tables, head) && after(Flags::LETTER),
        '-' | '~' => return hyphens_len(tables, head, rest, c),
        _ => false,
    };
    usize::from(matched)
}

fn ends_alphanumeric(tables: &Tables, head: &str) -> bool {
    head.ends_with(|c: char| c.is_ascii_digit() || tables.flags(c).has(Flags::LETTER))
}

/// The hyphens at the start of `rest`, between a letter or digit and a letter: up to three `-`, up to two em dashes, one of
/// the others. (No hyphen is a letter, so no shorter reading of them can match.)
fn hyphens_len(tables: &Tables, head: &str, rest: &str, c: char) -> usize {
    let most = match c {
        '-' => 3,
        '—' => 2,
        _ => 1,
    };
    let len = rest.chars().take(most).take_while(|&next| next == c).count() * c.len_utf8();
    let joins =
        ends_alphanumeric(tables, head) && rest[len..].starts_with(|c: char| tables.flags(c).has(Flags::LETTER));
    if joins { len } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::super::tables::tables;
    use super::*;

    #[test]
    fn no_unit_is_longer_than_is_looked_back() {
        let tail = "\u{62A}".repeat(LONGEST_UNIT);
        for unit in tables().units() {
            let longest = if unit.ends_with(|c: char| c.is_ascii()) { LONGEST_ASCII_UNIT } else { LONGEST_UNIT };
            assert!(unit.len() <= longest, "{unit}");
        }
        assert_eq!(unit_len(tables(), &format!("5{tail}")), 0);
    }

    #[test]
    fn affixes_by_hand() {
        let prefixes =
            [("+5", 0), ("+x", 1), ("...x", 3), (".x", 0), ("US$5", 3), ("C$", 2), ("USD", 0), ("«x", 2), ("", 0)];
        for (text, want) in prefixes {
            assert_eq!(prefix_len(tables(), text), want, "{text}");
        }
        let suffixes = [
            ("x's", 2),
            ("x’S", 4),
            ("s", 0),
            ("5km²", 4),
            ("km", 0),
            ("5US$", 3),
            ("x$", 0),
            ("5+", 1),
            ("x+", 0),
            ("x..", 2),
            ("ab.", 1),
            ("aB.", 0),
            ("AB.", 1),
            ("B.", 0),
            ("°C.", 1),
            ("5.", 1),
            ("x……", 6),
            ("x…", 3),
            ("", 0),
            (".", 0),
        ];
        for (text, want) in suffixes {
            assert_eq!(suffix_len(tables(), text), want, "{text}");
        }
    }
}
