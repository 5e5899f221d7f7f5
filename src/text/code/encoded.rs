//! Encoded data: runs of base64, of hexadecimal bytes and of `\uXXXX`, as StarCoder2's expressions match them, in one pass each.

use std::ops::Range;

/// Fewest characters of a base64 run.
const BASE64_CHARS: usize = 64;
/// Fewest bytes of a hexadecimal run, and escapes of an escaped one.
const GROUPS: usize = 8;

/// Encoded data in a text.
///
/// A run is a match of one of the three expressions of StarCoder2 (Lozhkov et al. 2024, section 2.3): `[a-zA-Z0-9+/\n=]{64,}`,
/// `(?:\b(?:0x|\\x)?[0-9a-fA-F]{2}(?:,|\b\s*)){8,}`, `(?:\\u[0-9a-fA-F]{4}){8,}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Encoded {
    /// Characters (code points) of the longest run.
    pub longest: u64,
    /// Characters (code points) in runs; what lies in two counts once.
    pub chars: u64,
}

/// Finds the encoded data of `text`.
pub(crate) fn measure(text: &str) -> Encoded {
    let mut runs = [Runs::new(text, base64), Runs::new(text, hex), Runs::new(text, escapes)];
    let mut found = Encoded::default();
    let mut covered = 0;
    // The runs of the three kinds in the order in which they begin.
    while let Some(first) =
        runs.iter_mut().filter(|r| r.next.is_some()).min_by_key(|r| r.next.as_ref().map(|n| n.start))
    {
        let Some(run) = first.pop() else { break };
        found.longest = found.longest.max(chars(text, run.clone()));
        found.chars += chars(text, run.start.max(covered)..run.end);
        covered = covered.max(run.end);
    }
    found
}

/// Characters in a range of bytes.
fn chars(text: &str, range: Range<usize>) -> u64 {
    text.as_bytes().get(range).map_or(0, |bytes| bytes.iter().filter(|&&b| b & 0xC0 != 0x80).count() as u64)
}

/// Finds the next run of a kind at or after a byte.
type Find = fn(&str, usize) -> Option<Range<usize>>;

/// The runs of one kind, one ahead.
struct Runs<'t> {
    text: &'t str,
    find: Find,
    next: Option<Range<usize>>,
}

impl<'t> Runs<'t> {
    fn new(text: &'t str, find: Find) -> Self {
        Runs { text, find, next: find(text, 0) }
    }

    fn pop(&mut self) -> Option<Range<usize>> {
        let run = self.next.take()?;
        self.next = (self.find)(self.text, run.end);
        Some(run)
    }
}

/// Whether a byte may stand in base64, by byte.
static BASE64: [bool; 256] = {
    let mut table = [false; 256];
    let mut b = 0;
    while b < 256 {
        let byte = b as u8;
        table[b] = byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'\n' | b'=');
        b += 1;
    }
    table
};

/// The next run of base64. A window of 64 is read from its end, so that text with spaces is mostly skipped.
fn base64(text: &str, from: usize) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let mut start = from;
    loop {
        let window = bytes.get(start..start + BASE64_CHARS)?;
        match window.iter().rposition(|&b| !BASE64[usize::from(b)]) {
            Some(at) => start += at + 1,
            None => {
                let rest = bytes.get(start + BASE64_CHARS..).unwrap_or_default();
                let more = rest.iter().position(|&b| !BASE64[usize::from(b)]).unwrap_or(rest.len());
                return Some(start..start + BASE64_CHARS + more);
            }
        }
    }
}

/// The next run of hexadecimal bytes. None can begin inside a byte of another, so what was read need not be read again.
fn hex(text: &str, from: usize) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let mut at = from;
    loop {
        let rest = bytes.get(at..)?;
        at += rest.iter().zip(rest.get(1..)?).position(|(&a, &b)| may_begin_hex(a, b))?;
        let start = at;
        // A digit inside a word begins nothing: the common case, and not worth the look at characters below.
        let inside =
            bytes[at] != b'\\' && at.checked_sub(1).is_some_and(|before| bytes[before].is_ascii_alphanumeric());
        let mut groups = 0;
        while let Some(end) = if inside { None } else { hex_group(text, at) } {
            (at, groups) = (end, groups + 1);
        }
        if groups >= GROUPS {
            return Some(start..at);
        }
        at = at.max(start + 1);
    }
}

/// Whether a group may begin with these two bytes: two digits, or `0x`, or `\x`.
#[inline]
fn may_begin_hex(a: u8, b: u8) -> bool {
    (HEX[usize::from(a)] && (HEX[usize::from(b)] || b == b'x')) || (a == b'\\' && b == b'x')
}

/// Whether a byte is a hexadecimal digit, by byte.
static HEX: [bool; 256] = {
    let mut table = [false; 256];
    let mut b = 0;
    while b < 256 {
        table[b] = (b as u8).is_ascii_hexdigit();
        b += 1;
    }
    table
};

/// Where the group ends that begins at `at`: `\b(?:0x|\\x)?[0-9a-fA-F]{2}(?:,|\b\s*)`.
fn hex_group(text: &str, at: usize) -> Option<usize> {
    if word_before(text, at) == word_after(text, at) {
        return None;
    }
    let rest = text.as_bytes().get(at..)?;
    let digits = at + if rest.starts_with(b"0x") || rest.starts_with(b"\\x") { 2 } else { 0 };
    let pair = text.as_bytes().get(digits..digits + 2)?;
    let end = digits + 2;
    if !pair.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    if text.as_bytes().get(end) == Some(&b',') {
        return Some(end + 1);
    }
    let tail = text.get(end..)?;
    (!word_after(text, end)).then(|| end + (tail.len() - tail.trim_start().len()))
}

fn word_before(text: &str, at: usize) -> bool {
    text.get(..at).and_then(|t| t.chars().next_back()).is_some_and(is_word)
}

fn word_after(text: &str, at: usize) -> bool {
    text.get(at..).and_then(|t| t.chars().next()).is_some_and(is_word)
}

fn is_word(c: char) -> bool {
    if c.is_ascii() { c.is_ascii_alphanumeric() || c == '_' } else { crate::text::is_word_char(c) }
}

/// The next run of `\uXXXX`.
fn escapes(text: &str, from: usize) -> Option<Range<usize>> {
    const LEN: usize = 6;
    let bytes = text.as_bytes();
    let stands = |at: usize| {
        let escape = bytes.get(at..at + LEN).and_then(|e| e.strip_prefix(b"\\u"));
        escape.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    };
    let mut at = from;
    loop {
        at += memchr::memchr(b'\\', bytes.get(at..)?)?;
        let start = at;
        while stands(at) {
            at += LEN;
        }
        if at - start >= GROUPS * LEN {
            return Some(start..at);
        }
        at = at.max(start + 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use regex::Regex;

    /// The three expressions, word for word, and a mark on every character that one matches.
    fn naive(text: &str) -> Encoded {
        let expressions =
            [r"[a-zA-Z0-9+/\n=]{64,}", r"(?:\b(?:0x|\\x)?[0-9a-fA-F]{2}(?:,|\b\s*)){8,}", r"(?:\\u[0-9a-fA-F]{4}){8,}"];
        let mut marked = vec![false; text.len()];
        let mut longest = 0;
        for expression in expressions {
            for run in Regex::new(expression).unwrap().find_iter(text) {
                marked[run.range()].fill(true);
                longest = longest.max(run.as_str().chars().count() as u64);
            }
        }
        let chars = text.char_indices().filter(|(at, _)| marked[*at]).count() as u64;
        Encoded { longest, chars }
    }

    #[test]
    fn runs_by_hand() {
        let x64 = "x".repeat(64);
        let cases = [
            (x64.clone(), 64, 64),
            ("x".repeat(63), 0, 0),
            (format!("{x64} {x64}y."), 65, 129),
            (format!("\"{}\n{}==\"", "Ab+/".repeat(10), "Zz09".repeat(10)), 83, 83),
            ("0x00,".repeat(8), 40, 40),
            ("0x00, ".repeat(20), 0, 0),
            ("00 ff ".repeat(4), 24, 24),
            ("00 ff ".repeat(4).trim_end().to_owned(), 23, 23),
            ("00 ff ".repeat(3), 0, 0),
            // The first group has no word boundary before it, as in the published expression.
            (format!("\"{}\"", r"\x41".repeat(9)), 32, 32),
            (r"\u00e9".repeat(8), 48, 48),
            (r"\u00e9".repeat(7), 0, 0),
            (String::new(), 0, 0),
        ];
        for (text, longest, chars) in cases {
            assert_eq!(measure(&text), Encoded { longest, chars }, "{text}");
            assert_eq!(naive(&text), measure(&text), "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(512))]

        #[test]
        fn as_the_expressions_match(text in "([0-9a-f]{2}[ ,]?|0x[0-9a-f]{2},?|\\\\x[0-9a-f]{2}|[xyg_é .]|\\\\u[0-9a-f]{4}|(\\\\u00e9){8}|[a-z/+=]{20}|\u{3000}|\n){0,60}") {
            prop_assert_eq!(measure(&text), naive(&text));
        }

        #[test]
        fn runs_of_bytes(text in "((00|ff|0xab|\\\\x1f|\\\\xAA)[, \n\\\\]{0,2}){0,40}") {
            prop_assert_eq!(measure(&text), naive(&text));
        }
    }
}
