//! E-mail addresses, IP addresses and telephone numbers, each replaced by something that is nobody's.

use super::splice::Splice;
use super::{Rewrite, Rewritten};
use crate::document::Document;
use crate::text::pii;
use std::fmt::Write;
use std::net::Ipv6Addr;
use std::ops::Range;
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// What stands for a redacted value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Redaction {
    /// A value of the same kind out of a range that is set apart for examples, chosen by hash of the value: equal values
    /// have equal pseudonyms, in every document, whatever comes before.
    Pseudonym,
    /// This text, for every value.
    Fixed(String),
}

/// Replaces what points at a person or a machine; `None` leaves a kind as it is.
///
/// | kind | pseudonym | reserved by |
/// |---|---|---|
/// | e-mail | `user-1a2b3c4d@example.com` | RFC 2606 |
/// | IPv4 | an address of 192.0.2.0/24, 198.51.100.0/24 or 203.0.113.0/24 | RFC 5737 |
/// | IPv6 | an address of 2001:db8::/32 | RFC 3849 |
/// | telephone | `+1-212-555-0123`: exchange 555, 0100 to 0199 | North American Numbering Plan, for fiction |
///
/// Values of those ranges are nobody's and stay, so that a second pass changes nothing. Letter case of e-mail addresses, the way
/// an IPv6 address is written, and all but the digits of a telephone number do not count in the hash.
///
/// datatrove 0.10's `PIIFormatter` hands out its replacements in turn, across documents, so its output depends on their order; it
/// knows e-mail and IPv4. What is an address is much the same but for the edges of words: see the tests.
///
/// ```
/// use mashbill::{Document, rewrite::{Pii, Rewrite}, text::Analyzer};
///
/// let mut analyzer = Analyzer::new();
/// let view = analyzer.view("bob@corp.de wrote from 10.0.0.7 to BOB@corp.de");
/// let after = Pii::default().rewrite(&Document::new(&view)).text;
/// assert_eq!(after, "user-04952574@example.com wrote from 10.0.0.7 to user-04952574@example.com");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pii {
    /// E-mail addresses.
    pub email: Option<Redaction>,
    /// IPv4 addresses.
    pub ipv4: Option<Redaction>,
    /// IPv6 addresses.
    pub ipv6: Option<Redaction>,
    /// Telephone numbers, international or North American. Off by default: numbers of this shape are also other things.
    pub phone: Option<Redaction>,
    /// Whether only IP addresses of the whole internet are replaced, not those of private networks (datatrove: yes).
    pub public_ips_only: bool,
    /// Key of the pseudonyms: with another key, the same value has another one.
    pub key: u64,
}

impl Default for Pii {
    /// Pseudonyms for e-mail and public IP addresses.
    fn default() -> Self {
        let pseudonym = Some(Redaction::Pseudonym);
        Pii {
            email: pseudonym.clone(),
            ipv4: pseudonym.clone(),
            ipv6: pseudonym,
            phone: None,
            public_ips_only: true,
            key: 0,
        }
    }
}

/// A value to replace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Found {
    start: usize,
    kind: Kind,
    end: usize,
    hash: u64,
}

/// In the order in which they win where they overlap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Email,
    Ipv6,
    Ipv4,
    Phone,
}

impl Pii {
    /// What is to be replaced, by position and without overlap.
    fn find(&self, text: &str) -> Vec<Found> {
        let mut found = Vec::new();
        let mut add = |kind, range: Range<usize>, value: &[u8]| {
            let hash = xxh3_64_with_seed(value, self.key.wrapping_add(kind as u64));
            found.push(Found { start: range.start, end: range.end, kind, hash });
        };
        if self.email.is_some() {
            pii::emails(text, |range| {
                let value = text[range.clone()].to_lowercase();
                if !value.split_once('@').is_some_and(|(_, domain)| pii::is_reserved_domain(domain)) {
                    add(Kind::Email, range, value.as_bytes());
                }
            });
        }
        if self.ipv6.is_some() {
            pii::ipv6s(text, |range, address| {
                if !pii::is_documentation_v6(address) && (!self.public_ips_only || pii::is_global_v6(address)) {
                    add(Kind::Ipv6, range, &address.octets());
                }
            });
        }
        if self.ipv4.is_some() {
            pii::ipv4s(text, |range, address| {
                if !pii::is_documentation_v4(address) && (!self.public_ips_only || pii::is_global_v4(address)) {
                    add(Kind::Ipv4, range, &address.octets());
                }
            });
        }
        if self.phone.is_some() {
            pii::phones(text, |range, international| {
                let mut digits: Vec<u8> = text[range.clone()].bytes().filter(u8::is_ascii_digit).collect();
                if !international && digits.len() == 10 {
                    digits.insert(0, b'1');
                }
                if !pii::is_fictional(digits.iter().copied()) {
                    add(Kind::Phone, range, &digits);
                }
            });
        }
        found.sort_unstable();
        // Of values that overlap, the first stands for all: the end of another one must not stay in sight.
        found.dedup_by(|next, kept| {
            let overlaps = next.start < kept.end;
            kept.end = if overlaps { kept.end.max(next.end) } else { kept.end };
            overlaps
        });
        found
    }

    fn redaction(&self, kind: Kind) -> Option<&Redaction> {
        match kind {
            Kind::Email => self.email.as_ref(),
            Kind::Ipv6 => self.ipv6.as_ref(),
            Kind::Ipv4 => self.ipv4.as_ref(),
            Kind::Phone => self.phone.as_ref(),
        }
    }
}

impl Rewrite for Pii {
    fn rewrite<'t>(&self, doc: &Document<'t>) -> Rewritten<'t> {
        let text = doc.text();
        let mut splice = Splice::new(text);
        let mut buffer = String::new();
        for found in self.find(text) {
            match self.redaction(found.kind) {
                None => {}
                Some(Redaction::Fixed(fixed)) => splice.replace(found.start..found.end, fixed),
                Some(Redaction::Pseudonym) => {
                    buffer.clear();
                    pseudonym(found.kind, found.hash, &mut buffer);
                    splice.replace(found.start..found.end, &buffer);
                }
            }
        }
        splice.finish()
    }
}

/// Writes the pseudonym of a value with that hash.
fn pseudonym(kind: Kind, hash: u64, out: &mut String) {
    let part = |of: u64, shift: u32| (hash >> shift) % of;
    // Writing to a string cannot fail.
    let _ = match kind {
        Kind::Email => write!(out, "user-{:08x}@example.com", hash as u32),
        Kind::Ipv4 => {
            let network = ["192.0.2", "198.51.100", "203.0.113"][part(3, 32) as usize];
            write!(out, "{network}.{}", 1 + part(254, 0))
        }
        Kind::Ipv6 => {
            let [a, b, c, d] = [48, 32, 16, 0].map(|shift| (hash >> shift) as u16);
            write!(out, "{}", Ipv6Addr::new(0x2001, 0xDB8, 0, 0, a, b, c, d))
        }
        Kind::Phone => {
            // Area codes are 200 to 989 without 9 in the middle and without N11.
            let (a, b, c) = (2 + part(8, 0), part(9, 8), part(10, 16));
            let c = if (b, c) == (1, 1) { 2 } else { c };
            write!(out, "+1-{a}{b}{c}-555-01{:02}", part(100, 32))
        }
    };
}

#[cfg(test)]
mod tests {
    use super::super::tests::replayed;
    use super::*;
    use crate::text::Analyzer;
    use proptest::prelude::*;

    fn run(pii: &Pii, text: &str) -> String {
        let mut analyzer = Analyzer::new();
        let view = analyzer.view(text);
        replayed(pii, &Document::new(&view)).into_owned()
    }

    fn marked() -> Pii {
        let fixed = |text: &str| Some(Redaction::Fixed(text.to_owned()));
        Pii { email: fixed("<E>"), ipv4: fixed("<4>"), ipv6: fixed("<6>"), phone: fixed("<P>"), ..Pii::default() }
    }

    /// datatrove 0.10.1's decisions, by running it; where ours is another, ours comes third.
    #[test]
    fn beside_datatrove() {
        let cases: &[(&str, &str, Option<&str>)] = &[
            ("01.2.3.4", "01.2.3.4", None),
            ("10.1.2.3 192.168.0.1", "10.1.2.3 192.168.0.1", None),
            ("100.64.0.1", "100.64.0.1", None),
            ("192.0.2.1", "192.0.2.1", None),
            ("8.8.8.8:53", "<4>:53", None),
            ("bob@corp.de", "<E>", None),
            ("a.b-c@mail.corp.co.uk.", "<E>.", None),
            ("bob@corp", "bob@corp", None),
            // Parts of other numbers are no addresses.
            ("1.2.3.4.5", "<4>.5", Some("1.2.3.4.5")),
            ("999.1.1.1", "9<4>", Some("999.1.1.1")),
            ("version 84.17.4.4", "version <4>", Some("version 84.17.4.4")),
            ("ANSI 3.1.2.5", "ANSI <4>", Some("ANSI 3.1.2.5")),
            // Nor are versions of packages; what parts an address from its surroundings stays.
            ("lodash@4.17.21", "<E>", Some("lodash@4.17.21")),
            ("mail=bob@corp.de", "<E>", Some("mail=<E>")),
            // Examples are nobody's.
            ("x@example.com", "<E>", Some("x@example.com")),
        ];
        for (text, datatrove, ours) in cases {
            assert_eq!(run(&marked(), text), ours.unwrap_or(datatrove), "{text}");
        }
    }

    #[test]
    fn kinds_do_not_overlap() {
        let text = "a@b.de 2a00:1450::84.17.4.4 ::ffff:84.17.4.4 +1 212-736-5000 bob@84.17.4.4";
        assert_eq!(run(&marked(), text), "<E> <6> ::ffff:<4> <P> bob@<4>");
        let none = Pii { email: None, ipv4: None, ipv6: None, phone: None, ..Pii::default() };
        assert_eq!(run(&none, text), text);
        let private = Pii { public_ips_only: false, ..marked() };
        assert_eq!(run(&private, "10.0.0.1 fe80::1 192.0.2.1 2001:db8::1"), "<4> <6> 192.0.2.1 2001:db8::1");
    }

    /// An address of the internet that runs into one of e-mail: neither is left in part.
    #[test]
    fn what_overlaps_goes_as_one() {
        let after = run(&Pii::default(), "2a00::84.17.4.4@corp.de.");
        assert!(after.starts_with("2001:db8::") && !after.contains("corp"), "{after}");
    }

    #[test]
    fn equal_values_have_equal_pseudonyms() {
        let all = Pii { phone: Some(Redaction::Pseudonym), ..Pii::default() };
        let pairs = [
            ("Bob@Corp.de", "bob@corp.DE"),
            ("2A00:1450:0::1", "2a00:1450::1"),
            ("84.17.4.4", "84.17.4.4"),
            ("(212) 736-5000", "+1 212.736.5000"),
        ];
        for (a, b) in pairs {
            let pseudonym = run(&all, a);
            assert_eq!(pseudonym, run(&all, b));
            assert_ne!(pseudonym, a);
            assert_eq!(run(&all, &format!("x {b} y {a}")), format!("x {pseudonym} y {pseudonym}"));
            assert_ne!(run(&Pii { key: 1, ..all.clone() }, a), pseudonym);
        }
    }

    /// What followed a pseudonym was taken into the number, which so was somebody's again.
    #[test]
    fn what_follows_a_pseudonym_is_not_part_of_it() {
        let all = Pii { phone: Some(Redaction::Pseudonym), ..Pii::default() };
        let once = run(&all, "+14508.88.8@corp.de.212");
        assert!(once.ends_with(".212"), "{once}");
        assert_eq!(run(&all, &once), once);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(800))]
        #[test]
        fn a_second_pass_changes_nothing(
            text in "(a|b2|@|\\.|:|::|\\+|-| |\\(|\\)|8\\.8|84\\.17\\.4\\.4|212|736|5000|2a00|1450|corp\\.de|\n|é|_|/){0,24}",
            key: u64,
        ) {
            let all = Pii { phone: Some(Redaction::Pseudonym), key, ..Pii::default() };
            let once = run(&all, &text);
            prop_assert_eq!(run(&all, &once), once);
        }
    }
}
