//! E-mail addresses.

use memchr::memchr_iter;
use std::ops::Range;

/// Longest local part, in bytes (RFC 5321, 4.5.3.1.1).
const MAX_LOCAL: usize = 64;
/// Longest domain, in bytes (RFC 5321, 4.5.3.1.2).
const MAX_DOMAIN: usize = 255;
/// Longest label of a domain, in bytes (RFC 1035, 2.3.4).
const MAX_LABEL: usize = 63;

/// Endings that name a file, not a top-level domain: `logo@2x.png` is no address.
const FILES: [&str; 16] = [
    "png", "jpg", "jpeg", "gif", "svg", "webp", "ico", "css", "js", "json", "html", "htm", "php", "xml", "pdf",
    "service",
];

/// Hands on the e-mail addresses of a text.
///
/// A local part of letters (Latin, Greek, Cyrillic), digits and `. _ + - %`, that neither begins nor ends with a mark but `_`,
/// and a domain of two labels or more, of which the last has only letters, two at least, and names no kind of file. Of the
/// other characters that RFC 5322 allows in a local part, datatrove takes all; in text they are nearly always what parts an
/// address from something else (`key=a@b.org`, `/a@b.org`, `'a@b.org'`), so here they end it. Nor is there a version after an
/// `@` (`pkg@1.2.3`), or `git@host:path`, or a bracketed domain, whose address is found by itself.
pub(crate) fn emails(text: &str, mut each: impl FnMut(Range<usize>)) {
    let bytes = text.as_bytes();
    let mut settled = 0;
    for at in memchr_iter(b'@', bytes) {
        // Nearly every `@` without an address is told by its neighbours.
        if at <= settled || bytes.get(at + 1).is_none_or(|b| !is_domain_byte(*b)) {
            continue;
        }
        let Some(end) = domain_end(text, at + 1) else { continue };
        let Some(start) = local_start(text, settled, at) else { continue };
        if &text[start..at] == "git" && bytes.get(end) == Some(&b':') {
            continue;
        }
        each(start..end);
        settled = end;
    }
}

/// Whether nobody can have an address there: the domains that RFC 2606 and RFC 6761 set apart for examples and tests.
pub(crate) fn is_reserved_domain(domain: &str) -> bool {
    let lower = domain.to_ascii_lowercase();
    let is = |name: &str| lower.strip_suffix(name).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    ["example.com", "example.net", "example.org", "example", "invalid", "test", "localhost"].into_iter().any(is)
}

/// Letters of scripts that use spaces; in others a word before the address would be taken into it.
fn is_letter(c: char) -> bool {
    c.is_ascii_alphanumeric() || ('\u{C0}'..'\u{530}').contains(&c) && c.is_alphanumeric()
}

fn is_domain_byte(b: u8) -> bool {
    b.is_ascii_alphanumeric() || (0xC3..=0xD4).contains(&b)
}

/// Where the local part before `at` begins.
fn local_start(text: &str, settled: usize, at: usize) -> Option<usize> {
    let is_local = |c: char| is_letter(c) || matches!(c, '.' | '_' | '+' | '-' | '%');
    let mut start = at;
    for c in text[settled..at].chars().rev() {
        if !is_local(c) || (c == '.' && text[start..].starts_with('.')) {
            break;
        }
        start -= c.len_utf8();
        if at - start > MAX_LOCAL {
            return None;
        }
    }
    let local = text[start..at].trim_start_matches(['.', '+', '-', '%']);
    let ends_well = !local.is_empty() && !local.ends_with('.');
    ends_well.then(|| at - local.len())
}

/// Where the domain ends that begins at `start`: behind the last label that may be a top-level domain.
fn domain_end(text: &str, start: usize) -> Option<usize> {
    let rest = &text[start..];
    let len = rest.find(|c: char| !is_letter(c) && c != '-' && c != '.').unwrap_or(rest.len());
    if len > MAX_DOMAIN {
        return None;
    }
    let (mut at, mut end, mut last) = (start, None, "");
    for label in rest[..len].split('.') {
        let whole = label.trim_end_matches('-');
        if whole.is_empty() || whole.len() > MAX_LABEL || whole.starts_with('-') {
            break;
        }
        if at > start && is_top_level(whole) {
            end = Some(at + whole.len());
        }
        at += label.len() + 1;
        last = whole;
        if whole.len() < label.len() {
            break;
        }
    }
    let is_file = FILES.iter().any(|file| last.eq_ignore_ascii_case(file));
    end.filter(|&end| !is_file && !text[end..].starts_with(['_', '@']))
}

/// Whether a domain may end so.
fn is_top_level(label: &str) -> bool {
    let puny = label.len() > 4 && label.get(..4).is_some_and(|p| p.eq_ignore_ascii_case("xn--"));
    puny || (label.chars().nth(1).is_some() && label.chars().all(char::is_alphabetic))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        let mut found = Vec::new();
        emails(text, |range| found.push(&text[range]));
        found
    }

    #[test]
    fn addresses_are_found_whole() {
        for (text, expected) in [
            ("Write to bob.smith+x@mail.example.co.uk, please.", "bob.smith+x@mail.example.co.uk"),
            ("<a@b.de>", "a@b.de"),
            ("mailto:a_b@b-c.museum?subject=x", "a_b@b-c.museum"),
            ("key='a@b.org'", "a@b.org"),
            ("https://a@b.org/", "a@b.org"),
            ("..a.b@c.dE.", "a.b@c.dE"),
            ("a..b@c.de", "b@c.de"),
            ("a@b.de-", "a@b.de"),
            ("a@b.c.d1.com", "a@b.c.d1.com"),
            ("müller@straße.example", "müller@straße.example"),
            ("联系我a@b.cn谢谢", "a@b.cn"),
            ("_x_@b.info", "_x_@b.info"),
            ("a@xn--bcher-kva.xn--p1ai", "a@xn--bcher-kva.xn--p1ai"),
            ("a@b.com.2", "a@b.com"),
        ] {
            assert_eq!(found(text), [expected], "{text}");
        }
        assert_eq!(found("a@b.de,c@d.fr;e@f.it"), ["a@b.de", "c@d.fr", "e@f.it"]);
        assert_eq!(found("a@b.de@c.fr"), ["b.de@c.fr"]);
    }

    #[test]
    fn what_only_looks_like_one_is_left() {
        let long = format!("{}@b.de {}@{}.de", "a".repeat(65), "a", "b".repeat(64));
        for text in [
            "",
            "@",
            "a@",
            "@b.de",
            "a@b",
            "a.@b.de",
            "a@.de",
            "a@b..de",
            "a@-b.de",
            "lodash@4.17.21",
            "logo@2x.png",
            "git@github.com:a/b.git",
            "a@b.c",
            "a @b.de",
            "a@ b.de",
            "a@b.x1",
            "a@b.de_c",
            "user@[8.8.8.8]",
            &long,
        ] {
            assert_eq!(found(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn examples_are_nobodys() {
        for domain in ["example.com", "Mail.Example.ORG", "a.test", "localhost", "x.invalid"] {
            assert!(is_reserved_domain(domain), "{domain}");
        }
        for domain in ["myexample.com", "example.de", "contest", "example.com.br"] {
            assert!(!is_reserved_domain(domain), "{domain}");
        }
    }
}
