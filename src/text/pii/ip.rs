//! IP addresses, and which of them may be somebody's.

use super::is_wordy;
use memchr::memchr_iter;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::ops::Range;

/// Longest IPv6 address as text: eight groups of four, the last two as dotted decimals.
const MAX_V6: usize = 45;

/// Words after which four numbers are a version or a place in a document.
const NOT_BEFORE: [&str; 12] =
    ["version", "versions", "ver", "v", "release", "build", "section", "sections", "sec", "chapter", "figure", "table"];

/// Four numbers up to this, not all equal, are taken for a version or a section: of all addresses one in 4096 is such, of the numbers
/// of this shape in documentation about half.
const MAX_NUMBERING: u8 = 31;

/// Hands on the IPv4 addresses of a text: four decimal numbers up to 255 without leading zeros, parted by dots.
///
/// Unlike datatrove's expression, which matches anywhere, an address here is all of its word: not a part of `1.2.3.4.5`,
/// `999.1.1.1`, `v1.2.3.4`, `lib-1.2.3.4.jar` or `Agent/1.2.3.4`. Nor is one what follows a word like `version` or
/// `section`, or has no number above 31, unless four are equal or the network
/// is private (10.0.0.1): versions and sections are many, such addresses few.
pub(crate) fn ipv4s(text: &str, mut each: impl FnMut(Range<usize>, Ipv4Addr)) {
    let bytes = text.as_bytes();
    let is_part = |b: &u8| b.is_ascii_digit() || *b == b'.';
    let mut settled = 0;
    for dot in memchr_iter(b'.', bytes) {
        if dot < settled
            || dot == 0
            || !bytes[dot - 1].is_ascii_digit()
            || !bytes.get(dot + 1).is_some_and(u8::is_ascii_digit)
        {
            continue;
        }
        let start = dot - bytes[settled..dot].iter().rev().take_while(|b| b.is_ascii_digit()).count();
        let mut end = dot + bytes[dot..].iter().take_while(|b| is_part(b)).count();
        settled = end;
        while bytes[end - 1] == b'.' {
            end -= 1;
        }
        let Some(address) = text.get(start..end).filter(|t| t.len() <= 15).and_then(|t| t.parse::<Ipv4Addr>().ok())
        else {
            continue;
        };
        if is_alone(bytes, start, end) && !is_numbering(text, start, address) {
            each(start..end, address);
        }
    }
}

/// Whether the word holds nothing but the address.
fn is_alone(bytes: &[u8], start: usize, end: usize) -> bool {
    let before = |back: usize| start.checked_sub(back).and_then(|at| bytes.get(at));
    let part_before = match before(1) {
        Some(b'.') => true,
        Some(b'-' | b'/') => before(2).is_some_and(|b| b.is_ascii_alphabetic() || *b == b'_'),
        other => is_wordy(other) && other.is_none_or(|b| b.is_ascii()),
    };
    let part_after = match bytes.get(end) {
        Some(b'.') => is_wordy(bytes.get(end + 1)),
        Some(b'-') => bytes.get(end + 1).is_some_and(u8::is_ascii_alphabetic),
        other => is_wordy(other) && other.is_none_or(|b| b.is_ascii()),
    };
    !part_before && !part_after
}

/// Whether the four numbers count something: a version, or a place in a document.
fn is_numbering(text: &str, start: usize, address: Ipv4Addr) -> bool {
    let octets = address.octets();
    let is_low = octets.iter().all(|&n| n <= MAX_NUMBERING) && octets.iter().any(|&n| n != octets[0]);
    if is_low && is_global_v4(address) {
        return true;
    }
    // A word of interest is short.
    let bytes = text.as_bytes();
    let marks = |b: &&u8| matches!(b, b' ' | b'\t' | b':' | b'=' | b'"' | b'\'' | b'(' | b'*' | b'#');
    let lead = start - bytes[..start].iter().rev().take(8).take_while(marks).count();
    let word = lead - bytes[..lead].iter().rev().take(9).take_while(|b| b.is_ascii_alphabetic()).count();
    let word = text.get(word..lead).unwrap_or_default();
    NOT_BEFORE.iter().any(|name| word.eq_ignore_ascii_case(name))
}

/// Hands on the IPv6 addresses of a text, in any form of RFC 4291, section 2.2, without brackets, zone and prefix length.
///
/// An address is all of its word. Four groups or a decimal digit are asked for, so that `Face::add` and `::` are none.
pub(crate) fn ipv6s(text: &str, mut each: impl FnMut(Range<usize>, Ipv6Addr)) {
    let bytes = text.as_bytes();
    let is_part = |b: &u8| b.is_ascii_hexdigit() || matches!(b, b':' | b'.');
    let mut settled = 0;
    for colon in memchr_iter(b':', bytes) {
        // Two colons at least, and nothing longer than a group between them.
        let group = bytes[colon + 1..].iter().take(4).take_while(|b| b.is_ascii_hexdigit()).count();
        if colon < settled || bytes.get(colon + 1 + group) != Some(&b':') {
            continue;
        }
        let start = colon - bytes[settled..colon].iter().rev().take_while(|b| b.is_ascii_hexdigit()).count();
        let mut end = colon + bytes[colon..].iter().take_while(|b| is_part(b)).count();
        settled = end;
        while bytes[end - 1] == b'.' || (bytes[end - 1] == b':' && bytes.get(end.wrapping_sub(2)) != Some(&b':')) {
            end -= 1;
        }
        let Some(token) = text.get(start..end).filter(|t| (3..=MAX_V6).contains(&t.len())) else { continue };
        let alone = !start.checked_sub(1).is_some_and(|at| is_wordy(bytes.get(at))) && !is_wordy(bytes.get(end));
        let groups = token.split(':').filter(|group| !group.is_empty()).count();
        let numeric = groups >= 4 || (groups >= 2 && token.bytes().any(|b| b.is_ascii_digit()));
        if let Some(address) = token.parse().ok().filter(|_| alone && numeric) {
            each(start..end, address);
        }
    }
}

/// Whether the address is one of the whole internet, and so may be somebody's: as `is_global` of Python 3.13's `ipaddress`,
/// by the IANA IPv4 Special-Purpose Address Registry.
pub(crate) fn is_global_v4(address: Ipv4Addr) -> bool {
    let n = u32::from(address);
    let within = |first: [u8; 4], bits: u32| (n ^ u32::from_be_bytes(first)) >> (32 - bits) == 0;
    let special = [
        ([0, 0, 0, 0], 8),
        ([10, 0, 0, 0], 8),
        ([100, 64, 0, 0], 10),
        ([127, 0, 0, 0], 8),
        ([169, 254, 0, 0], 16),
        ([172, 16, 0, 0], 12),
        ([192, 0, 0, 0], 24),
        ([192, 0, 2, 0], 24),
        ([192, 168, 0, 0], 16),
        ([198, 18, 0, 0], 15),
        ([198, 51, 100, 0], 24),
        ([203, 0, 113, 0], 24),
        ([240, 0, 0, 0], 4),
    ];
    let anycast = within([192, 0, 0, 9], 32) || within([192, 0, 0, 10], 32);
    anycast || !special.into_iter().any(|(first, bits)| within(first, bits))
}

/// Whether the address is one of the whole internet: in the space that IANA gives out (2000::/3), and not set apart in its
/// IPv6 Special-Purpose Address Registry. Python's `is_global` also holds for space that is not given out.
pub(crate) fn is_global_v6(address: Ipv6Addr) -> bool {
    let [a, b, ..] = address.segments();
    let unicast = a & 0xE000 == 0x2000;
    // 2001::/23 (protocol assignments), 2001:db8::/32 and 3fff::/20 (documentation), 2002::/16 (6to4).
    let protocol = a == 0x2001 && b < 0x200;
    unicast && !protocol && a != 0x2002 && !is_documentation_v6(address)
}

/// RFC 5737: 192.0.2.0/24, 198.51.100.0/24 and 203.0.113.0/24.
pub(crate) fn is_documentation_v4(address: Ipv4Addr) -> bool {
    matches!(address.octets(), [192, 0, 2, _] | [198, 51, 100, _] | [203, 0, 113, _])
}

/// RFC 3849 and RFC 9637: 2001:db8::/32 and 3fff::/20.
pub(crate) fn is_documentation_v6(address: Ipv6Addr) -> bool {
    matches!(address.segments(), [0x2001, 0xDB8, ..] | [0x3FFF, 0..=0xFFF, ..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn v4(text: &str) -> Vec<&str> {
        let mut found = Vec::new();
        ipv4s(text, |range, _| found.push(&text[range]));
        found
    }

    fn v6(text: &str) -> Vec<&str> {
        let mut found = Vec::new();
        ipv6s(text, |range, _| found.push(&text[range]));
        found
    }

    #[test]
    fn quads_are_found_whole() {
        for (text, expected) in [
            ("8.8.8.8", "8.8.8.8"),
            ("ping 84.17.4.4.", "84.17.4.4"),
            ("http://84.17.4.4:80/x", "84.17.4.4"),
            ("84.17.4.0/24", "84.17.4.0"),
            ("[84.17.4.4]", "84.17.4.4"),
            ("::ffff:84.17.4.4", "84.17.4.4"),
            ("from 84.17.4.4-84.17.4.9", "84.17.4.4"),
            ("\n8.8.8.8 Google", "8.8.8.8"),
            ("\n84.17.3.4 Heading", "84.17.3.4"),
            ("32.0.0.1", "32.0.0.1"),
            ("84.17.4.4 dns", "84.17.4.4"),
            ("地址84.17.4.4。", "84.17.4.4"),
            ("0.0.0.0", "0.0.0.0"),
            ("84.17.4.4.", "84.17.4.4"),
        ] {
            assert_eq!(v4(text).first(), Some(&expected), "{text}");
        }
        assert_eq!(v4("84.17.4.4,8.8.8.8 84.17.4.4"), ["84.17.4.4", "8.8.8.8", "84.17.4.4"]);
        assert_eq!(v4("84.17.4.4-84.17.4.9"), ["84.17.4.4", "84.17.4.9"]);
    }

    #[test]
    fn numbers_that_count_are_no_quads() {
        for text in [
            "84.17.4.4.5",
            "999.1.1.1",
            "01.2.3.4",
            "1.2.3.04",
            "1.2.3",
            "v84.17.4.4",
            "84.17.4.4a",
            "lib-84.17.4.4.jar",
            "84.17.4.4-beta",
            "Agent/84.17.4.4",
            "Version 1.2.3.4",
            "version: 84.17.4.4",
            "(Release 84.17.4.4)",
            "see section 1.2.3.4",
            "31.0.0.1",
            "ANSI 3.1.2.5",
            "8.8.4.4",
            "section 84.17.4.4",
            "\n## 1.2.3.4 Scope",
            "1.2.3.4 Scope",
            "1..2.3.4",
            ".1.2.3.4",
            "256.1.1.1",
            "1.2.3.256",
            "84.17.4.4_x",
            "....",
            "",
        ] {
            assert_eq!(v4(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn groups_are_found_whole() {
        for (text, expected) in [
            ("2a00:1450:4001:82b::200e", "2a00:1450:4001:82b::200e"),
            ("http://[2606:4700::1111]:443/", "2606:4700::1111"),
            ("2606:4700::1111/48", "2606:4700::1111"),
            ("at 2606:4700::1111:", "2606:4700::1111"),
            ("at 2606:4700::.", "2606:4700::"),
            ("fe80::1%eth0", "fe80::1"),
            ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"),
            ("1:2:3:4:5:6:84.17.4.4.", "1:2:3:4:5:6:84.17.4.4"),
            ("2A00:1450::ABCD", "2A00:1450::ABCD"),
        ] {
            assert_eq!(v6(text), [expected], "{text}");
        }
    }

    #[test]
    fn colons_alone_are_no_groups() {
        for text in [
            "",
            ":",
            "::",
            ":::",
            "::::::::",
            "std::vec",
            "Face::add",
            "dead::beef",
            "12:34:56",
            "00:1b:44:11:3a:b7",
            "a:b:c:d:e:f:1",
            "1:2:3:4:5:6:7:8:9",
            "2a00:1450::1::2",
            "x2a00:1450::1",
            "2a00:1450::1g",
            "12345::1:2:3",
            "a::b::c1",
            "::1",
        ] {
            assert_eq!(v6(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn documentation_is_nobodys() {
        let v4 = |t: &str| t.parse::<Ipv4Addr>().unwrap();
        assert!(
            ["192.0.2.1", "198.51.100.7", "203.0.113.255"]
                .iter()
                .all(|t| is_documentation_v4(v4(t)) && !is_global_v4(v4(t)))
        );
        let v6 = |t: &str| t.parse::<Ipv6Addr>().unwrap();
        assert!(["2001:db8::1", "3fff:fff::1"].iter().all(|t| is_documentation_v6(v6(t)) && !is_global_v6(v6(t))));
        for (text, global) in [
            ("2a00:1450::1", true),
            ("3fff:1000::1", true),
            ("2001:4860::1", true),
            ("2001::1", false),
            ("2002::1", false),
            ("fe80::1", false),
            ("fd00::1", false),
            ("::1", false),
            ("64:ff9b::1", false),
            ("4000::1", false),
        ] {
            assert_eq!(is_global_v6(v6(text)), global, "{text}");
        }
    }
}
