//! A reader over spanned TOML: every value knows where it stands, so every mistake can be shown in the file.

use super::lists::Lists;
use crate::error::{Error, Result, nearest};
use std::fmt::Display;
use std::ops::{Range, RangeInclusive};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A recipe's text and the name of the file that it came from.
#[derive(Debug)]
pub(super) struct Origin {
    pub(super) file: String,
    pub(super) text: String,
    /// The lists that it names.
    pub(super) lists: Lists,
}

impl Origin {
    /// Parses the text as TOML, without its meaning.
    pub(super) fn parse(&self) -> Result<Spanned<DeTable<'_>>> {
        DeTable::parse(&self.text).map_err(|e| {
            let end = self.text.len();
            self.error(e.span().unwrap_or(end..end), format!("this is not TOML: {}", e.message()))
        })
    }

    /// `file:line:column: message`, and the line with carets under the span (its part on the first line). Both count from
    /// 1, columns in characters. A list of known names comes last: it may be long, and is seldom what is read first.
    pub(super) fn error(&self, span: Range<usize>, message: impl Display) -> Error {
        let message = message.to_string();
        let (message, known) = match message.split_once("; known: ") {
            Some((message, known)) => (message, format!("\n{}", wrapped("known: ", known))),
            None => (message.as_str(), String::new()),
        };
        let start = floor(&self.text, span.start);
        let line_start = self.text[..start].rfind('\n').map_or(0, |i| i + 1);
        let rest = &self.text[line_start..];
        let line = rest.split('\n').next().unwrap_or(rest).trim_end_matches('\r');
        let number = self.text[..line_start].matches('\n').count() + 1;
        let before = line.get(..start - line_start).unwrap_or(line);
        let marked = line.get(before.len()..).unwrap_or("");
        let marked = &marked[..floor(marked, span.end.saturating_sub(start))];
        let carets = "^".repeat(marked.trim_end().chars().count().max(1));
        // Tabs stay tabs, so that the carets stand under their text.
        let indent: String = before.chars().map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
        let column = before.chars().count() + 1;
        let gutter = " ".repeat(number.to_string().len());
        Error::Recipe(format!(
            "{}:{number}:{column}: {message}\n{gutter} |\n{number} | {line}\n{gutter} | {indent}{carets}{known}",
            self.file
        ))
    }
}

/// A comma-separated list under a label, broken into lines of at most 100 characters where its items allow.
fn wrapped(label: &str, list: &str) -> String {
    let indent = " ".repeat(label.len());
    let mut lines = vec![label.to_owned()];
    for item in list.split_inclusive(", ") {
        let room = |line: &String| line.len() + item.trim_end().len() <= 100;
        match lines.last_mut().filter(|line| line.len() == label.len() || room(line)) {
            Some(line) => line.push_str(item),
            None => lines.push(format!("{indent}{item}")),
        }
    }
    lines.iter().map(|line| line.trim_end()).collect::<Vec<_>>().join("\n")
}

/// The highest character boundary of `text` that is at most `at`.
fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// A value in its place.
#[derive(Debug, Clone)]
pub(super) struct Node<'a> {
    pub(super) origin: &'a Origin,
    /// How messages call it: the key that it belongs to.
    name: String,
    value: &'a Spanned<DeValue<'a>>,
}

impl<'a> Node<'a> {
    pub(super) fn new(origin: &'a Origin, name: impl Into<String>, value: &'a Spanned<DeValue<'a>>) -> Self {
        Node { origin, name: name.into(), value }
    }

    /// A mistake in this value.
    pub(super) fn error(&self, message: impl Display) -> Error {
        self.origin.error(self.value.span(), message)
    }

    /// An error from elsewhere, shown at this value; one that has its place keeps it.
    pub(super) fn wrap(&self, error: Error) -> Error {
        match error {
            placed @ Error::Recipe(_) => placed,
            other => self.error(other),
        }
    }

    /// The value for serde, which wants its own copy.
    pub(super) fn spanned(&self) -> &'a Spanned<DeValue<'a>> {
        self.value
    }

    pub(super) fn value(&self) -> &'a DeValue<'a> {
        self.value.get_ref()
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The error for a value of the wrong type, with what was found and the remedy where it is plain.
    pub(super) fn expected(&self, what: &str) -> Error {
        let found = match self.value() {
            DeValue::String(s) if s.len() <= 40 => format!("the string \"{s}\""),
            DeValue::Integer(n) if n.radix() == 10 => format!("the whole number {}", n.as_str()),
            DeValue::Float(x) => format!("the number {}", x.as_str()),
            DeValue::Boolean(b) => b.to_string(),
            DeValue::Array(_) => "a list".to_owned(),
            other => format!("a {}", other.type_str()),
        };
        let hint = match self.text() {
            Some(s) if what.contains("number") && s.parse::<f64>().is_ok() => "; take the quotes away".to_owned(),
            Some(s) if what.contains("list") => format!("; put it in brackets: [\"{s}\"]"),
            _ => String::new(),
        };
        self.error(format!("`{}` must be {what}, but is {found}{hint}", self.name))
    }

    /// The text, if this is a string.
    pub(super) fn text(&self) -> Option<&'a str> {
        self.value().as_str()
    }

    pub(super) fn string(&self) -> Result<&'a str> {
        self.text().ok_or_else(|| self.expected("a string"))
    }

    /// A string that is not blank.
    pub(super) fn filled(&self) -> Result<&'a str> {
        let text = self.string()?;
        if text.trim().is_empty() { Err(self.error(format!("`{}` must not be empty", self.name))) } else { Ok(text) }
    }

    pub(super) fn bool(&self) -> Result<bool> {
        self.value().as_bool().ok_or_else(|| self.expected("true or false"))
    }

    /// The boolean, if this is one.
    pub(super) fn as_bool(&self) -> Option<bool> {
        self.value().as_bool()
    }

    pub(super) fn whole(&self, range: RangeInclusive<u64>) -> Result<u64> {
        let Some(integer) = self.value().as_integer() else {
            return Err(self.expected("a whole number"));
        };
        match u64::from_str_radix(integer.as_str(), integer.radix()) {
            Ok(n) if range.contains(&n) => Ok(n),
            _ => Err(self.error(format!("`{}` must lie between {} and {}", self.name, range.start(), range.end()))),
        }
    }

    pub(super) fn whole32(&self, range: RangeInclusive<u32>) -> Result<u32> {
        let (low, high) = range.into_inner();
        self.whole(u64::from(low)..=u64::from(high)).map(|n| u32::try_from(n).unwrap_or(high))
    }

    /// A finite number, whole or not, for which `fits` holds; `bounds` says that in words.
    pub(super) fn number(&self, bounds: &str, fits: impl Fn(f64) -> bool) -> Result<f64> {
        let parsed = match self.value() {
            DeValue::Integer(n) => i64::from_str_radix(n.as_str(), n.radix()).ok().map(|n| n as f64),
            DeValue::Float(x) => x.as_str().parse().ok(),
            _ => return Err(self.expected("a number")),
        };
        match parsed {
            Some(x) if x.is_finite() && fits(x) => Ok(x),
            _ => Err(self.error(format!("`{}` must be {bounds}", self.name))),
        }
    }

    /// One of the words, as its position.
    pub(super) fn one_of<T: Copy>(&self, kind: &'static str, choices: &[(&str, T)]) -> Result<T> {
        let text = self.string()?;
        choices
            .iter()
            .find(|(name, _)| *name == text)
            .map(|&(_, choice)| choice)
            .ok_or_else(|| self.error(Error::unknown(kind, text, choices.iter().map(|c| c.0))))
    }

    pub(super) fn list(&self) -> Result<Vec<Node<'a>>> {
        let items = self.value().as_array().ok_or_else(|| self.expected("a list"))?;
        Ok(items.iter().map(|item| Node::new(self.origin, self.name.clone(), item)).collect())
    }

    /// The table, under the name by which messages call it: `[dedup]`, `step `threshold``.
    pub(super) fn table(&self, place: impl Into<String>) -> Result<Table<'a>> {
        let table = self.value().as_table().ok_or_else(|| self.expected("a table of keys"))?;
        Ok(Table { origin: self.origin, place: place.into(), span: self.value.span(), table })
    }
}

/// A table in its place.
#[derive(Debug)]
pub(super) struct Table<'a> {
    pub(super) origin: &'a Origin,
    pub(super) place: String,
    span: Range<usize>,
    table: &'a DeTable<'a>,
}

impl<'a> Table<'a> {
    /// The whole file.
    pub(super) fn root(origin: &'a Origin, table: &'a Spanned<DeTable<'a>>) -> Self {
        Table { origin, place: "the recipe".to_owned(), span: 0..0, table: table.get_ref() }
    }

    /// A mistake in the table as a whole, shown where it begins.
    pub(super) fn error(&self, message: impl Display) -> Error {
        self.origin.error(self.span.clone(), message)
    }

    /// A mistake in a key.
    pub(super) fn key_error(&self, key: &str, message: impl Display) -> Error {
        let span = self.table.get_key_value(key).map_or(self.span.clone(), |(key, _)| key.span());
        self.origin.error(span, message)
    }

    /// A mistake in the value of a key.
    pub(super) fn value_error(&self, key: &str, message: impl Display) -> Error {
        self.get(key).map_or_else(|| self.error(&message), |value| value.error(&message))
    }

    /// The keys in the order of the file.
    pub(super) fn keys(&self) -> Vec<&'a str> {
        let mut keys: Vec<_> = self.table.keys().map(|key| (key.span().start, key.get_ref().as_ref())).collect();
        keys.sort_unstable();
        keys.into_iter().map(|(_, key)| key).collect()
    }

    /// Refuses every key but these, the first in the file first.
    pub(super) fn only(&self, known: &[&str]) -> Result<()> {
        match self.keys().into_iter().find(|key| !known.contains(key)) {
            Some(key) => Err(self.unknown("key", key, known)),
            None => Ok(()),
        }
    }

    /// The error for a key that this table does not have; `kind` says what its keys are.
    pub(super) fn unknown(&self, kind: &str, key: &str, known: &[&str]) -> Error {
        let near = nearest(key, known.iter().copied());
        let near = near.map(|n| format!(" (did you mean `{n}`?)")).unwrap_or_default();
        let known = known.join(", ");
        self.key_error(key, format!("unknown {kind} `{key}` in {}{near}; known: {known}", self.place))
    }

    pub(super) fn get(&self, key: &str) -> Option<Node<'a>> {
        self.table.get(key).map(|value| Node::new(self.origin, key, value))
    }

    pub(super) fn require(&self, key: &str, example: &str) -> Result<Node<'a>> {
        self.get(key).ok_or_else(|| self.error(format!("{} needs the key `{key}`, for example {example}", self.place)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn carets_stand_under_what_they_mean() {
        let origin =
            Origin { file: "r.toml".to_owned(), text: "a = 1\r\n\té = \"x\ny\"".to_owned(), lists: Lists::default() };
        let message = |span| origin.error(span, "no").to_string();
        assert_eq!(message(8..10), "r.toml:2:2: no\n  |\n2 | \té = \"x\n  | \t^");
        assert_eq!(message(13..18), "r.toml:2:6: no\n  |\n2 | \té = \"x\n  | \t    ^^");
        assert_eq!(message(99..120), "r.toml:3:3: no\n  |\n3 | y\"\n  |   ^");
    }
}
