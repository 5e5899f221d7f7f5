//! Entries of lists that a user brings, a line each: kept as one text, and asked for one by one.

use crate::error::{Error, Result};
use crate::text::python;
use std::sync::Arc;

/// Strings in the order of their bytes, each once, in one piece of text: 8 bytes an entry beside it.
#[derive(Debug, Clone, Default)]
pub(super) struct Entries {
    text: Arc<str>,
    spans: Vec<(u32, u32)>,
}

impl Entries {
    /// The lines of a list as they are, without the white space around them. Left out are blank ones, and those that begin
    /// with `#` if these are comments.
    pub(super) fn lines(text: &Arc<str>, comments: bool) -> Result<Entries> {
        let mut spans = Vec::new();
        let whole = u32::try_from(text.len()).map_err(|_| Error::Invalid {
            what: "the list".to_owned(),
            problem: "has more than 4 GiB; part it into several files".to_owned(),
        })?;
        for (_, line) in lines(text, comments) {
            // Addresses inside one text: their distance is a place in it.
            let start = (line.as_ptr() as usize - text.as_ptr() as usize) as u32;
            spans.push((start, (start + line.len() as u32).min(whole)));
        }
        Ok(Entries { text: Arc::clone(text), spans }.sorted())
    }

    /// The lines of a list reduced to what words are compared by: letters and digits of ASCII, in lower case.
    pub(super) fn words(text: &str) -> Result<Entries> {
        let (mut joined, mut spans) = (String::new(), Vec::new());
        for (number, line) in lines(text, true) {
            let start = joined.len();
            joined.extend(line.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()));
            if joined.len() == start {
                return Err(Error::Invalid {
                    what: format!("line {number}"),
                    problem: format!(
                        "`{line}` has no letter or digit of ASCII, which words are compared by; take it out"
                    ),
                });
            }
            let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
            spans.push((place(start), place(joined.len())));
        }
        Ok(Entries { text: joined.into(), spans }.sorted())
    }

    fn sorted(mut self) -> Entries {
        let text = Arc::clone(&self.text);
        let entry = |span: &(u32, u32)| entry(&text, *span);
        self.spans.sort_unstable_by(|a, b| entry(a).cmp(entry(b)));
        self.spans.dedup_by(|a, b| entry(a) == entry(b));
        self.spans.shrink_to_fit();
        self
    }

    pub(super) fn len(&self) -> usize {
        self.spans.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        self.spans.iter().map(|span| entry(&self.text, *span))
    }

    /// The position of a string among the entries.
    pub(super) fn position(&self, of: &str) -> Option<usize> {
        self.spans.binary_search_by(|span| entry(&self.text, *span).cmp(of)).ok()
    }
}

fn entry(text: &str, (start, end): (u32, u32)) -> &str {
    text.get(start as usize..end as usize).unwrap_or_default()
}

/// The entries of a list and the numbers of their lines, from 1. A line ends where a file's does in Python: at LF, CR or CRLF. A
/// byte-order mark is no part of the first.
fn lines(text: &str, comments: bool) -> impl Iterator<Item = (usize, &str)> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut rest = Some(text);
    let lines = std::iter::from_fn(move || {
        let all = rest?;
        let end = all.find(['\n', '\r']);
        let (line, tail) = all.split_at(end.unwrap_or(all.len()));
        rest = end.map(|_| tail.strip_prefix("\r\n").unwrap_or_else(|| tail.get(1..).unwrap_or_default()));
        Some(line)
    });
    let numbered = lines.enumerate().map(|(at, line)| (at + 1, line));
    numbered
        .filter(move |(_, line)| !(comments && line.starts_with('#')))
        .map(|(number, line)| (number, python::strip(line)))
        .filter(|(_, line)| !line.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_those_of_a_file_in_python() {
        let text: Arc<str> = "\u{feff}b.com\r\n# no\r a.com \n\n #c\rb.com".into();
        let entries = Entries::lines(&text, true).unwrap();
        assert_eq!(entries.iter().collect::<Vec<_>>(), ["#c", "a.com", "b.com"]);
        assert_eq!((entries.position("a.com"), entries.position("a")), (Some(1), None));
        assert_eq!(Entries::lines(&text, false).unwrap().len(), 4);
        assert_eq!(Entries::default().position(""), None);
    }

    #[test]
    fn words_are_letters_and_digits() {
        let words = Entries::words("# c\nFoo-Bar 7\nfoobar7\nzoë\n").unwrap();
        assert_eq!(words.iter().collect::<Vec<_>>(), ["foobar7", "zo"]);
        let refused = Entries::words("a\n\n—\n").unwrap_err().to_string();
        assert_eq!(refused, "line 3: `—` has no letter or digit of ASCII, which words are compared by; take it out");
    }
}
