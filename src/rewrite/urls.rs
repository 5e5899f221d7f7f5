//! Addresses of the web taken out of texts, as DCLM's `url_removal_modifier` takes them.

use super::pieces::Pieces;
use super::{Rewrite, Rewritten};
use crate::document::Document;
use crate::text::python;
use memchr::memchr_iter;
use std::collections::HashSet;
use std::ops::Range;
use std::sync::OnceLock;

/// Takes out whatever has a dot before a top-level domain: `https://example.com/a?b=c`, `example.org`, also `a@example.org`,
/// with the scheme before it, up to ten characters of white space before that, and all after it that an address may hold.
///
/// The expression is that of `mlfoundations/dclm` (`baselines/mappers/modifiers.py`), and matches here where it matches there:
/// `\s{0,10}((https?|ftp)://)?[-a-zA-Z0-9@:%._+~#=]{1,256}\.TLD\b[-a-zA-Z0-9()@:%_+.~#?&//=]*`, with a TLD of IANA's list in lower
/// case. DCLM's own list is older: it holds some that are gone, and lacks newer ones.
///
/// ```
/// use mashbill::{Document, rewrite::{Rewrite, Urls}, text::Analyzer};
///
/// let mut analyzer = Analyzer::new();
/// let view = analyzer.view("See https://example.com/rye (or corn.example.org).");
/// assert_eq!(Urls { always: true }.rewrite(&Document::new(&view)).text, "See (or");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Urls {
    /// Whether addresses are taken out of every text. If not, only of one that begins with a top-level domain, in any case: `In`,
    /// `To`, `Is`. DCLM does so, since it asks whether the list matches and not whether it is found.
    pub always: bool,
}

/// Takes IPv4 addresses out, with the scheme before them, up to ten characters of white space before that, and all after them that
/// an address may hold, as DCLM's `url_removal_modifier` does after it took out the other addresses:
/// `\s{0,10}\b((https?|ftp)://)?([0-2]?[0-9]{1,2}\.){3}[0-2]?[0-9]{1,2}[-a-zA-Z0-9()@:%_\+.~#?&//=]*`.
///
/// ```
/// use mashbill::{Document, rewrite::{Ipv4Urls, Rewrite}, text::Analyzer};
///
/// let mut analyzer = Analyzer::new();
/// let view = analyzer.view("Ask http://10.0.0.1:80/rye for 1.2.3 sorts.");
/// assert_eq!(Ipv4Urls.rewrite(&Document::new(&view)).text, "Ask for 1.2.3 sorts.");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ipv4Urls;

/// Most characters between the beginning of a name and the dot before its top-level domain (DCLM, `modifiers.py`).
const MAX_NAME: usize = 256;
/// Most characters of white space that go with an address (same source).
const MAX_SPACE: usize = 10;

/// `[-a-zA-Z0-9@:%._+~#=]`, of a name.
fn in_name(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'-' | b'@' | b':' | b'%' | b'.' | b'_' | b'+' | b'~' | b'#' | b'=')
}

/// `[-a-zA-Z0-9()@:%_+.~#?&//=]`, of what follows.
fn in_rest(b: u8) -> bool {
    in_name(b) || matches!(b, b'(' | b')' | b'?' | b'&' | b'/')
}

/// Top-level domains, and the bytes of the longest.
fn domains() -> &'static (HashSet<&'static str>, usize) {
    static DOMAINS: OnceLock<(HashSet<&str>, usize)> = OnceLock::new();
    DOMAINS.get_or_init(|| {
        let all: HashSet<&str> = include_str!("tlds.txt").lines().filter(|line| !line.starts_with('#')).collect();
        let longest = all.iter().map(|domain| domain.len()).max().unwrap_or(0);
        (all, longest)
    })
}

impl Rewrite for Urls {
    fn settings(&self) -> Vec<(&'static str, String)> {
        vec![("always", self.always.to_string())]
    }

    fn rewrite<'t>(&self, doc: &Document<'t>) -> Rewritten<'t> {
        let text = doc.text();
        let mut splice = Pieces::new(text);
        let mut from = 0;
        if self.always || begins_with_domain(text) {
            // A name has a dot: look at the run of characters around each.
            for dot in memchr_iter(b'.', text.as_bytes()) {
                if dot < from {
                    continue;
                }
                let Some(found) = url_at(text, from, dot) else { continue };
                splice.keep(from..found.start);
                from = found.end;
            }
        }
        splice.keep(from..text.len());
        splice.finish()
    }
}

/// The address whose first dot before a top-level domain is at `dot`; it begins at or after `from`.
fn url_at(text: &str, from: usize, dot: usize) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let mut end = domain_end(text, dot + 1)?;
    // As long a name as there can be: the run of such characters, but for what was passed over.
    let name = bytes[from.max(dot.saturating_sub(MAX_NAME))..dot].iter().rev().take_while(|b| in_name(**b)).count();
    let start = dot - name;
    if name == 0 {
        return None;
    }
    // The name reaches to the last dot that it can. All between is of an address; but a domain beyond ASCII is only met by this.
    let run = bytes[dot..].iter().take(MAX_NAME).take_while(|b| in_name(**b)).count();
    let last = memchr::memrchr(b'.', &bytes[dot..dot + run]).map_or(dot, |at| dot + at);
    if last > dot && last - start <= MAX_NAME {
        end = domain_end(text, last + 1).map_or(end, |other| end.max(other));
    }
    end += bytes[end..].iter().take_while(|b| in_rest(**b)).count();
    Some(with_scheme(text, from, start)..end)
}

/// Where the top-level domain ends that begins at `at`; a boundary of words must follow.
fn domain_end(text: &str, at: usize) -> Option<usize> {
    let (domains, longest) = domains();
    let rest = &text[at..];
    let ascii = rest.bytes().take(*longest + 1).take_while(u8::is_ascii_lowercase).count();
    let next = rest[ascii..].chars().next();
    if next.is_none_or(|c| c.is_ascii()) {
        let ends = !next.is_some_and(python::is_word) && domains.contains(&rest[..ascii]);
        return ends.then_some(at + ascii);
    }
    let mut found = None;
    let mut chars = rest.char_indices().peekable();
    while let Some((_, c)) = chars.next() {
        let (end, next) = chars.peek().map_or((rest.len(), None), |&(end, next)| (end, Some(next)));
        if end > *longest {
            break;
        }
        if python::is_word(c) != next.is_some_and(python::is_word) && domains.contains(&rest[..end]) {
            found = Some(at + end);
        }
    }
    found
}

/// Where an address begins whose name begins at `start`: at its scheme, and the white space before that, but not before `from`.
fn with_scheme(text: &str, from: usize, start: usize) -> usize {
    let before = &text[from..start];
    let scheme = ["https://", "http://", "ftp://"].iter().find(|scheme| before.ends_with(**scheme));
    let start = start - scheme.map_or(0, |scheme| scheme.len());
    with_space(text, from, start)
}

fn with_space(text: &str, from: usize, start: usize) -> usize {
    let spaces = text[from..start].chars().rev().take(MAX_SPACE).take_while(|c| python::is_space(*c));
    start - spaces.map(char::len_utf8).sum::<usize>()
}

/// Whether the text begins with a top-level domain in any case.
fn begins_with_domain(text: &str) -> bool {
    let (domains, longest) = domains();
    let mut head = String::new();
    for c in text.chars() {
        // What Python's `re.IGNORECASE` takes for these letters beside their own two forms.
        match c {
            '\u{130}' | '\u{131}' => head.push('i'),
            '\u{17F}' => head.push('s'),
            c => head.extend(c.to_lowercase()),
        }
        if head.len() > *longest {
            return false;
        }
        if domains.contains(head.as_str()) {
            return true;
        }
    }
    false
}

impl Rewrite for Ipv4Urls {
    fn settings(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    fn rewrite<'t>(&self, doc: &Document<'t>) -> Rewritten<'t> {
        let text = doc.text();
        let bytes = text.as_bytes();
        let mut splice = Pieces::new(text);
        let mut from = 0;
        for dot in memchr_iter(b'.', bytes) {
            // The first group of digits ends at this dot.
            let start = dot - bytes[from.min(dot)..dot].iter().rev().take_while(|b| b.is_ascii_digit()).count();
            if dot < from || start == dot || text[..start].chars().next_back().is_some_and(python::is_word) {
                continue;
            }
            let Some(mut end) = ipv4_end(bytes, start) else { continue };
            end += bytes[end..].iter().take_while(|b| in_rest(**b)).count();
            let bare = with_space(text, from, start);
            let schemed = ["https://", "http://", "ftp://"].iter().find_map(|scheme| {
                let before = text[from..start].strip_suffix(scheme)?.len() + from;
                let parted = !text[..before].chars().next_back().is_some_and(python::is_word);
                parted.then(|| with_space(text, from, before))
            });
            splice.keep(from..schemed.unwrap_or(bare));
            from = end;
        }
        splice.keep(from..text.len());
        splice.finish()
    }
}

/// Where four groups of digits end that begin at `at`: numbers of up to three digits below 300, the last taking what is left.
fn ipv4_end(bytes: &[u8], mut at: usize) -> Option<usize> {
    for _ in 0..3 {
        let digits = bytes[at..].iter().take(4).take_while(|b| b.is_ascii_digit()).count();
        let fits = matches!(digits, 1 | 2) || digits == 3 && bytes[at] <= b'2';
        at += digits;
        if !fits || bytes.get(at) != Some(&b'.') {
            return None;
        }
        at += 1;
    }
    bytes.get(at).filter(|b| b.is_ascii_digit()).map(|_| at + 1)
}

#[cfg(test)]
mod tests {
    use super::super::tests::replayed;
    use super::*;
    use crate::text::Analyzer;
    use proptest::prelude::*;
    use regex::{Regex, RegexBuilder};

    const SPACE: &str =
        r"[\t-\r\x1c-\x20\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}]";

    fn regexes() -> (Regex, Regex) {
        // Those that the pieces below can make.
        let made = |domain: &&&str| domain.chars().all(|c| "abxorgyzincmdeq中国рф".contains(c));
        let domains = domains().0.iter().filter(made).copied().collect::<Vec<_>>().join("|");
        let url = format!(
            r"{SPACE}{{0,10}}(?:(?:https?|ftp)://)?[-a-zA-Z0-9@:%._+~#=]{{1,256}}\.(?:{domains})\b[-a-zA-Z0-9()@:%_+.~#?&/=]*"
        );
        let ipv4 = format!(
            r"{SPACE}{{0,10}}\b(?:(?:https?|ftp)://)?(?:[0-2]?[0-9]{{1,2}}\.){{3}}[0-2]?[0-9]{{1,2}}[-a-zA-Z0-9()@:%_+.~#?&/=]*"
        );
        let sized = |source: &str| RegexBuilder::new(source).size_limit(1 << 28).build().unwrap();
        (sized(&url), sized(&ipv4))
    }

    fn after(rewrite: &dyn Rewrite, text: &str) -> String {
        let mut analyzer = Analyzer::new();
        let view = analyzer.view(text);
        replayed(rewrite, &Document::new(&view)).into_owned()
    }

    #[test]
    fn only_a_text_that_begins_with_a_domain_is_looked_at_by_default() {
        let dclm = Urls { always: false };
        assert_eq!(after(&dclm, "What a.com"), "What a.com");
        assert_eq!(after(&dclm, "In a.com"), "In");
        assert_eq!(after(&dclm, "РФ a.com"), "РФ");
        assert_eq!(after(&dclm, ""), "");
    }

    #[test]
    fn domains_are_those_of_iana() {
        let (domains, longest) = domains();
        assert_eq!((domains.len(), *longest > 20), (1437, true));
        assert!(domains.iter().all(|domain| domain.chars().count() >= 2 && *domain == domain.to_lowercase()));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(512))]

        #[test]
        fn both_agree_with_their_expressions(pieces in prop::collection::vec(prop::sample::select(vec![
            "a", "b-c", ".", ".", ".com", ".de", ".中国", ".рф", "中", "org", "http://", "https://", "ftp://", "x", "/", "(", ")", " ", " ", "           ", "\n",
            "é", "@", ":", "1", "12", "123", "300", "255.", "1.", "1.2.3.", "1.2.3.4", "_", "?q=", "\u{1c}", "\u{3000}", "xyz", "in", ".co", ".com.", "q%20",
        ]), 0..24), long in 0usize..300) {
            static REGEXES: OnceLock<(Regex, Regex)> = OnceLock::new();
            let (url, ipv4) = REGEXES.get_or_init(regexes);
            let mut text = pieces.concat();
            if long > 200 {
                text = text.replacen('x', &"x".repeat(long), 1);
            }
            prop_assert_eq!(after(&Urls { always: true }, &text), url.replace_all(&text, "").into_owned(), "{:?}", text);
            prop_assert_eq!(after(&Ipv4Urls, &text), ipv4.replace_all(&text, "").into_owned(), "{:?}", text);
        }
    }
}
