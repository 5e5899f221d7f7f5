//! The host of an address, cut where the Public Suffix List says that names are sold: `forums` and `bbc.co.uk` (feature `lists`).
//!
//! As tldextract 5.4 reads addresses, which datatrove decides by: leniently, so that any string has a host, if an empty one. Only the part
//! of the list that registries keep counts; suffixes that companies offer (`github.io`) are names like others.

use super::python;
use psl::{Info, List, Psl, Type};
use std::borrow::Cow;

/// Full stops of East Asian scripts, which count as dots.
const DOTS: [char; 3] = ['\u{3002}', '\u{ff0e}', '\u{ff61}'];

/// A host and where its parts begin.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Host<'u> {
    /// The host in the case of the address, with dots of ASCII.
    name: Cow<'u, str>,
    /// Where the registered domain begins; `None` where there is none: of `localhost`, of an IP address, of `co.uk`.
    registered: Option<usize>,
}

impl<'u> Host<'u> {
    /// The host of an address.
    pub(crate) fn of(address: &'u str) -> Host<'u> {
        let host = host(address);
        let name = if host.contains(DOTS) { Cow::Owned(host.replace(DOTS, ".")) } else { Cow::Borrowed(host) };
        let registered = suffix_labels(&name).and_then(|labels| registered(&name, labels));
        Host { name, registered }
    }

    /// The registered domain, `bbc.co.uk`; empty where there is none.
    pub(crate) fn registered(&self) -> &str {
        self.registered.and_then(|at| self.name.get(at..)).unwrap_or_default()
    }

    /// The whole name, `forums.bbc.co.uk`; empty where nothing of it is registered.
    pub(crate) fn full(&self) -> &str {
        match self.registered {
            None => "",
            // A dot with nothing before it parts no subdomain.
            Some(1) => self.registered(),
            Some(_) => &self.name,
        }
    }
}

/// What stands where hosts stand: behind the scheme, before path, query and fragment, without user and port.
fn host(address: &str) -> &str {
    let authority = without_scheme(address);
    let authority = authority.split(['/', '?', '#']).next().unwrap_or(authority);
    let host = authority.rsplit('@').next().unwrap_or(authority);
    if let Some(end) = host.find(']').filter(|_| host.starts_with('[')) {
        return host.get(..=end).unwrap_or(host);
    }
    let host = host.split(':').next().unwrap_or(host);
    python::strip(host).trim_end_matches(|c| c == '.' || DOTS.contains(&c))
}

fn without_scheme(address: &str) -> &str {
    let scheme = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b));
    match address.split_once("//") {
        Some(("", rest)) => rest,
        Some((before, rest)) if before.strip_suffix(':').is_some_and(scheme) => rest,
        _ => address,
    }
}

/// How many labels the public suffix has, if there is one on the list.
fn suffix_labels(name: &str) -> Option<usize> {
    let lower = if name.bytes().any(|b| b.is_ascii_uppercase() || !b.is_ascii()) {
        Cow::Owned(name.to_lowercase())
    } else {
        Cow::Borrowed(name)
    };
    let mut suffix: &str = &lower;
    loop {
        let Info { len, typ } = List.find(suffix.rsplit('.').map(str::as_bytes));
        suffix = suffix.get(suffix.len().checked_sub(len)?..)?;
        match typ? {
            Type::Icann => return Some(suffix.split('.').count()),
            // What a company offers stands on a suffix of a registry.
            Type::Private => suffix = suffix.split_once('.')?.1,
        }
    }
}

/// Where the label before the suffix begins, unless it is empty.
fn registered(name: &str, suffix_labels: usize) -> Option<usize> {
    let (before, _) = name.rmatch_indices('.').nth(suffix_labels.checked_sub(1)?)?;
    let label = before.checked_sub(name.get(..before)?.rsplit('.').next()?.len())?;
    (label < before).then_some(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_cut_where_names_are_sold() {
        let cases = [
            ("http://forums.bbc.co.uk/path?q#f", "bbc.co.uk", "forums.bbc.co.uk"),
            ("BBC.co.UK", "BBC.co.UK", "BBC.co.UK"),
            ("https://user:pass@www.example.com:8080", "example.com", "www.example.com"),
            ("//a.example.com.", "example.com", "a.example.com"),
            ("https://someone.github.io/", "github.io", "someone.github.io"),
            ("http://a.b.c.kobe.jp", "b.c.kobe.jp", "a.b.c.kobe.jp"),
            ("http://www.city.kobe.jp", "city.kobe.jp", "www.city.kobe.jp"),
            ("http://a\u{3002}example\u{ff0e}com", "example.com", "a.example.com"),
            ("http://.example.com", "example.com", "example.com"),
            ("http://..example.com", "example.com", "..example.com"),
            ("http://x..com", "", ""),
            ("http://co.uk", "", ""),
            ("http://localhost:80", "", ""),
            ("http://127.0.0.1/", "", ""),
            ("http://[::1]:80/a.com", "", ""),
            ("ht tp://example.com", "", ""),
            ("mailto:someone@example.com", "example.com", "example.com"),
            ("", "", ""),
            ("http://", "", ""),
        ];
        for (address, registered, full) in cases {
            let host = Host::of(address);
            assert_eq!((host.registered(), host.full()), (registered, full), "{address}");
        }
    }
}
