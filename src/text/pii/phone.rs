//! Telephone numbers, of the two shapes that little else has.

use super::is_wordy;
use memchr::memchr_iter;
use std::net::Ipv4Addr;
use std::ops::Range;

/// Fewest and most digits of an international number. ITU-T E.164: 15 at most; no country has numbers of fewer than 8 with
/// their code.
const DIGITS: std::ops::RangeInclusive<usize> = 8..=15;
/// Digits of every number of the North American Numbering Plan, its country's code, 1, among them.
const NORTH_AMERICAN_DIGITS: usize = 11;
/// Longest number as written that is looked at, in bytes: every digit with a mark and a blank before it.
const MAX_LEN: usize = 48;

/// Hands on the telephone numbers of a text, and whether each has its country's code.
///
/// International: `+`, 8 to 15 digits, the first not 0, with one of `- . /`, a blank, or brackets between groups. North
/// American: `212-555-0123`, `212.555.0123` or `(212) 555-0123`, area and exchange beginning with 2 to 9. Other national forms
/// look like too many other numbers and are left.
pub(crate) fn phones(text: &str, mut each: impl FnMut(Range<usize>, bool)) {
    let bytes = text.as_bytes();
    let mut settled = 0;
    // A number of either shape has a `+` before it, or a mark behind its first three digits.
    let mut plus = memchr_iter(b'+', bytes).peekable();
    let mut marks = memchr::memchr3_iter(b'-', b'.', b')', bytes).peekable();
    loop {
        let (at, international) = match (plus.peek(), marks.peek()) {
            (Some(&p), Some(&m)) if p < m => (p, true),
            (Some(&p), None) => (p, true),
            (_, Some(&m)) => (m, false),
            (None, None) => return,
        };
        let found = if international {
            plus.next();
            self::international(bytes, at)
        } else {
            marks.next();
            north_american(bytes, at)
        };
        if let Some(range) = found.filter(|range| range.start >= settled) {
            settled = range.end;
            each(range, international);
        }
    }
}

/// Whether the number is one that the North American Numbering Plan sets apart for fiction: exchange 555, 0100 to 0199.
pub(crate) fn is_fictional(number: impl Iterator<Item = u8>) -> bool {
    // The country's code may be left out; no digit is more than the eleventh of such a number.
    let mut digits = [0; 12];
    let mut len = 0;
    for (digit, read) in digits.iter_mut().zip(number.filter(u8::is_ascii_digit)) {
        *digit = read;
        len += 1;
    }
    let national = match digits.get(..len) {
        Some([b'1', rest @ ..]) => rest,
        Some(rest) => rest,
        None => &[],
    };
    matches!(national, [_, _, _, b'5', b'5', b'5', b'0', b'1', _, _])
}

/// The number that begins with the `+` at `plus`.
fn international(bytes: &[u8], plus: usize) -> Option<Range<usize>> {
    let before = plus.checked_sub(1).and_then(|at| bytes.get(at));
    if is_wordy(before) || matches!(before, Some(b'+')) || !matches!(bytes.get(plus + 1), Some(b'1'..=b'9')) {
        return None;
    }
    let (mut digits, mut end, mut open, mut gap) = (0, plus + 1, false, 0);
    let north_american = bytes.get(plus + 1) == Some(&b'1');
    for (i, b) in bytes[plus + 1..].iter().take(MAX_LEN).enumerate() {
        // What follows after a mark is another number, an extension perhaps.
        if north_american && digits == NORTH_AMERICAN_DIGITS && !b.is_ascii_digit() {
            break;
        }
        match b {
            b'0'..=b'9' => (digits, end, gap) = (digits + 1, plus + 2 + i, 0),
            b'(' if !open => (open, gap) = (true, gap + 1),
            b')' if open => (open, gap) = (false, gap + 1),
            b' ' | b'-' | b'.' | b'/' => gap += 1,
            _ => break,
        }
        // ` (0) ` has three marks on a side, counted from digit to digit.
        if gap > 2 {
            break;
        }
    }
    // An address may go on where the number would end.
    let more = bytes[end..].iter().take(MAX_LEN).take_while(|b| b.is_ascii_digit() || **b == b'.').count();
    let mut groups = bytes[plus + 1..end + more]
        .split(|b| !b.is_ascii_digit() && *b != b'.')
        .filter_map(|g| std::str::from_utf8(g).ok());
    let has_address = groups.any(|group| group.trim_matches('.').parse::<Ipv4Addr>().is_ok());
    (DIGITS.contains(&digits) && !is_wordy(bytes.get(end)) && !has_address).then_some(plus..end)
}

/// The number whose area code stands before the mark at `mark`.
fn north_american(bytes: &[u8], mark: usize) -> Option<Range<usize>> {
    let digits = |at: usize, count: usize| {
        let run = bytes.get(at..at + count)?;
        run.iter().all(u8::is_ascii_digit).then_some(run)
    };
    let code = |at: usize| digits(at, 3).filter(|run| run[0] >= b'2').map(|_| ());
    code(mark.checked_sub(3)?)?;
    let bracketed = bytes[mark] == b')';
    let (start, exchange) = if bracketed {
        let open = mark.checked_sub(4).filter(|&at| bytes[at] == b'(')?;
        (open, mark + if bytes.get(mark + 1) == Some(&b' ') { 2 } else { 1 })
    } else {
        (mark - 3, mark + 1)
    };
    code(exchange)?;
    let second = *bytes.get(exchange + 3)?;
    let parted = if bracketed { matches!(second, b'-' | b'.' | b' ') } else { second == bytes[mark] };
    digits(exchange + 4, 4)?;
    let end = exchange + 8;
    let part = |b: Option<&u8>| is_wordy(b) || matches!(b, Some(b'-' | b'.' | b'/' | b'+'));
    let goes_on = match bytes.get(end) {
        Some(b'-' | b'.' | b'/') => is_wordy(bytes.get(end + 1)),
        other => is_wordy(other),
    };
    // `1-212-555-0123`: the country's code with the trunk's.
    let trunk = start.checked_sub(2).filter(|&at| bytes[at] == b'1' && matches!(bytes[at + 1], b'-' | b'.' | b' '));
    let start = trunk.unwrap_or(start);
    let before = start.checked_sub(1).and_then(|at| bytes.get(at));
    (parted && !goes_on && !part(before)).then_some(start..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        let mut found = Vec::new();
        phones(text, |range, _| found.push(&text[range]));
        found
    }

    #[test]
    fn numbers_are_found_whole() {
        for (text, expected) in [
            ("Call +49 30 901820 now", "+49 30 901820"),
            ("+1 (212) 736-5000.", "+1 (212) 736-5000"),
            ("+1-212-736-5000.212", "+1-212-736-5000"),
            ("+44 20 7946 0958, +", "+44 20 7946 0958"),
            ("tel:+4930901820", "+4930901820"),
            ("Fon 212-736-5000", "212-736-5000"),
            ("Fon 212.736.5000.", "212.736.5000"),
            ("(212) 736-5000", "(212) 736-5000"),
            ("(212)736-5000", "(212)736-5000"),
            ("1-800-736-5000", "1-800-736-5000"),
        ] {
            assert_eq!(found(text), [expected], "{text}");
        }
    }

    #[test]
    fn fiction_is_nobodys() {
        for number in ["212-555-0123", "+1 (212) 555-0199", "1-212-555-0100"] {
            assert!(is_fictional(number.bytes()), "{number}");
        }
        for number in ["212-555-0200", "+49 212 555 0123", "212-555-01234", "", "+1 212 555 0123 45"] {
            assert!(!is_fictional(number.bytes()), "{number}");
        }
    }

    #[test]
    fn other_numbers_are_left() {
        for text in [
            "",
            "+",
            "+0123456789",
            "+1234567",
            "+1234567890123456",
            "+192.168.10.100",
            "a+4930901820",
            "++4930901820",
            "+49 30 901820x",
            "1+2",
            "112-736-5000",
            "212-136-5000",
            "212-736.5000",
            "212-736-50001",
            "1212-736-5000",
            "212-736-5000-1",
            "x212-736-5000",
            "212 736 5000",
            "978-0-306-40615-7",
            "2024-01-02",
            "2.212.736.5000",
        ] {
            assert_eq!(found(text), [""; 0], "{text}");
        }
    }
}
