//! The URL pattern: whether a whole piece of text is a URL, a mail address or a host name.

use super::tables::{Flags, Tables};

/// Longest label of a host name and longest last label, in characters. The pattern allows one more in the first than DNS.
const LONGEST_LABEL: usize = 64;
const LAST_LABEL: std::ops::RangeInclusive<usize> = 2..=63;
/// Digits of a port.
const PORT: std::ops::RangeInclusive<usize> = 2..=5;

/// Whether all of `text` matches: scheme, user and `@`, host, port, path, of which only the host must be there.
///
/// A host can start at the beginning, after the scheme and after each `@` but a first character; it ends before the next
/// `@` in each case, so all tries together look at each character a bounded number of times.
pub(super) fn is_url(tables: &Tables, text: &str) -> bool {
    let after_user = memchr::memchr_iter(b'@', text.as_bytes()).filter(|&at| at > 0).map(|at| at + 1);
    let starts = [Some(0), after_scheme(tables, text)].into_iter().flatten();
    starts.chain(after_user).any(|start| text.get(start..).is_some_and(|rest| starts_with_host(tables, rest)))
}

/// Where a scheme ends: two or more word characters, `+`, `-` or `.`, then `://`.
fn after_scheme(tables: &Tables, text: &str) -> Option<usize> {
    let (scheme, _) = text.split_once(':').filter(|(_, rest)| rest.starts_with("//"))?;
    let holds = |c: char| matches!(c, '+' | '-' | '.') || tables.flags(c).has(Flags::WORD);
    (scheme.chars().take(2).count() == 2 && scheme.chars().all(holds)).then_some(scheme.len() + 3)
}

/// Whether `text` is a host, maybe with a port, and after it nothing or a path.
fn starts_with_host(tables: &Tables, text: &str) -> bool {
    let end = text.bytes().position(|b| matches!(b, b':' | b'/' | b'?' | b'#' | b'@')).unwrap_or(text.len());
    let (host, rest) = text.split_at(end);
    let path = match rest.strip_prefix(':') {
        None => rest,
        Some(port) => {
            let digits = port.chars().take(PORT.end() + 1).take_while(|&c| tables.flags(c).has(Flags::DIGIT));
            let (count, len) = digits.fold((0, 0), |(count, len), c| (count + 1, len + c.len_utf8()));
            if !PORT.contains(&count) {
                return false;
            }
            port.get(len..).unwrap_or("")
        }
    };
    (path.is_empty() || path.starts_with(['/', '?', '#'])) && (is_name(tables, host) || is_public_ip(tables, host))
}

/// One or more labels and a last one of lower-case letters, with dots between.
fn is_name(tables: &Tables, host: &str) -> bool {
    let Some((labels, last)) = host.rsplit_once('.') else { return false };
    LAST_LABEL.contains(&last.chars().take(LAST_LABEL.end() + 1).count())
        && last.chars().all(|c| tables.flags(c).has(Flags::LOWER))
        && labels.split('.').all(is_label)
}

/// Letters, digits and anything from U+00A1 to U+FFFF; inside also `_` and `-`.
fn is_label(label: &str) -> bool {
    let outer = |c: char| c.is_ascii_alphanumeric() || matches!(c, '\u{A1}'..='\u{FFFF}');
    label.starts_with(outer)
        && label.ends_with(outer)
        && label.chars().take(LONGEST_LABEL + 1).count() <= LONGEST_LABEL
        && label.chars().all(|c| outer(c) || c == '_' || c == '-')
}

/// Four numbers with dots between, not of a private, local or reserved network, nor the first or last address of one.
fn is_public_ip(tables: &Tables, host: &str) -> bool {
    let mut parts = host.split('.');
    let (Some(a), Some(b), Some(c), Some(d), None) =
        (parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    let number = |part: &str| Number::of(tables, part);
    let (Some(na), Some(nb), Some(nc), Some(nd)) = (number(a), number(b), number(c), number(d)) else { return false };
    let private = match a {
        "10" | "127" => true,
        "169" => b == "254",
        "192" => b == "168",
        "172" => nb.is_172_private(),
        _ => false,
    };
    !private && na.is_first() && nb.is_middle() && nc.is_middle() && nd.is_last()
}

/// One to three digits: the ASCII ones by their value; another script's by none, since the pattern takes them only where any
/// digit will do.
#[derive(Debug, Clone, Copy)]
struct Number([Option<u8>; 3], usize);

impl Number {
    fn of(tables: &Tables, part: &str) -> Option<Number> {
        let mut digits = [None; 3];
        let mut count = 0;
        for c in part.chars() {
            *digits.get_mut(count)? = match c {
                '0'..='9' => Some(c as u8 - b'0'),
                c if tables.flags(c).has(Flags::DIGIT) => None,
                _ => return None,
            };
            count += 1;
        }
        (count > 0).then_some(Number(digits, count))
    }

    /// Three digits: `2`, one up to `tens`, then any; or with the second `tens + 1`, one up to `ones`.
    fn is_two_hundred(self, tens: u8, ones: u8) -> bool {
        let Number([first, second, third], count) = self;
        let second_below = second.is_some_and(|d| d <= tens);
        let at_edge = second == Some(tens + 1) && third.is_some_and(|d| d <= ones);
        count == 3 && first == Some(2) && (second_below || at_edge)
    }

    fn is_one_hundred(self) -> bool {
        self.1 == 3 && self.0[0] == Some(1)
    }

    /// One or two digits that do not start with 0.
    fn is_below_hundred(self) -> bool {
        self.1 < 3 && self.0[0].is_some_and(|d| d > 0)
    }

    /// 1 to 223.
    fn is_first(self) -> bool {
        self.is_below_hundred() || self.is_one_hundred() || self.is_two_hundred(1, 3)
    }

    /// 0 to 255; two digits or fewer may start with 0.
    fn is_middle(self) -> bool {
        self.1 < 3 || self.is_one_hundred() || self.is_two_hundred(4, 5)
    }

    /// 1 to 254.
    fn is_last(self) -> bool {
        self.is_below_hundred() || self.is_one_hundred() || self.is_two_hundred(4, 4)
    }

    /// 16 to 31, the second number of the private network 172.16.0.0/12.
    fn is_172_private(self) -> bool {
        let Number([first, second, _], count) = self;
        count == 2
            && match first {
                Some(1) => second.is_some_and(|d| d >= 6),
                Some(2) => true,
                Some(3) => second.is_some_and(|d| d <= 1),
                _ => false,
            }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tables::tables;
    use super::*;

    #[test]
    fn urls_and_what_looks_like_them() {
        let yes = [
            "example.com",
            "https://example.com/a(b)?c#d",
            "user:pass@host.org:8080/x",
            "a_b-c.de",
            "@@a.bc",
            "1.2.3.4",
            "1.2.3.4:80",
            "223.255.255.254/x",
            "x://@a.bc",
            "bücher.example",
            "日本.かな",
            "172.15.1.1",
            "192.167.1.1",
            "1.02.3.4",
            "a@b@c.de",
            "mailto:me@there.org",
            "x.yz?",
            "٣.1.x.yz",
            "1.٣.٣٣.4",
        ];
        for text in yes {
            assert!(is_url(tables(), text), "{text}");
        }
        let no = [
            "",
            "com",
            ".com",
            "a.c",
            "a.Com",
            "a..com",
            "-a.com",
            "a-.com",
            "a.com:1",
            "a.com:123456",
            "a.com:80x",
            "@",
            "a.com@",
            "10.0.0.1",
            "127.0.0.1",
            "192.168.1.1",
            "172.16.0.1",
            "169.254.1.1",
            "224.1.1.1",
            "1.2.3.255",
            "1.2.3.0",
            "1.256.1.1",
            "1.2.3",
            "1.2.3.4.5",
            "x://localhost",
            "a b.com",
            "٣.1.1.1",
            "1.2.3.2٣4",
        ];
        for text in no {
            assert!(!is_url(tables(), text), "{text}");
        }
        assert!(is_url(tables(), &format!("{}.com", "a".repeat(64))));
        assert!(!is_url(tables(), &format!("{}.com", "a".repeat(65))));
        assert!(is_url(tables(), &format!("a.{}", "b".repeat(63))));
        assert!(!is_url(tables(), &format!("a.{}", "b".repeat(64))));
    }
}
