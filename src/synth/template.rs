//! A template: dials that make a problem, phrasings that ask it, and a check that reads the question again.

use super::draw::Draw;
use super::rational::Rational;
use std::fmt::{self, Write};

/// One way to make problems of a kind.
#[derive(Debug)]
pub(super) struct Template {
    /// `kind.name`.
    pub id: &'static str,
    /// Ways to ask, with the page's slots in braces. Each names every slot that the check reads.
    pub phrasings: &'static [&'static str],
    /// Turns the dials and fills the page. `None` where a number outgrew its type, which the ranges rule out.
    pub make: fn(&mut Draw, &mut Page) -> Option<()>,
    /// Whether the answer is right, worked out by another route than `make`'s from the words of the question alone. `None` where
    /// they cannot be read.
    pub check: fn(&Given<'_>) -> Option<bool>,
}

/// What a template writes.
#[derive(Debug, Default)]
pub(super) struct Page {
    slots: Vec<(&'static str, String)>,
    pub steps: String,
    pub answer: String,
}

impl Page {
    /// What stands in the phrasing for `{name}`.
    pub fn slot(&mut self, name: &'static str, text: impl fmt::Display) {
        self.slots.push((name, text.to_string()));
    }

    /// A line of the worked solution.
    pub fn step(&mut self, line: fmt::Arguments<'_>) {
        if !self.steps.is_empty() {
            self.steps.push('\n');
        }
        // Writing to a string cannot fail.
        let _ = self.steps.write_fmt(line);
    }

    /// The answer.
    pub fn answer(&mut self, answer: impl fmt::Display) {
        self.answer = answer.to_string();
    }

    /// The question in a phrasing's words; `None` if that names a slot that is not there.
    pub fn question(&self, phrasing: &str) -> Option<String> {
        let mut question = String::with_capacity(phrasing.len() + 64);
        for piece in pieces(phrasing) {
            match piece {
                Piece::Words(words) => question.push_str(words),
                Piece::Slot(name) => question.push_str(&self.slots.iter().find(|(slot, _)| *slot == name)?.1),
            }
        }
        Some(question)
    }
}

/// Part of a phrasing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Piece<'p> {
    Words(&'p str),
    Slot(&'p str),
}

fn pieces(phrasing: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = phrasing;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let braced = rest.strip_prefix('{').and_then(|after| after.split_once('}'));
        let piece = match braced {
            Some((name, after)) => {
                rest = after;
                Piece::Slot(name)
            }
            None => {
                let end = rest.bytes().skip(1).position(|b| b == b'{').map_or(rest.len(), |at| at + 1);
                let (words, after) = rest.split_at(end);
                rest = after;
                Piece::Words(words)
            }
        };
        Some(piece)
    })
}

/// A question read again: what stands in its slots, and the answer that is claimed.
#[derive(Debug)]
pub(super) struct Given<'q> {
    slots: Vec<(&'q str, &'q str)>,
    /// The answer, as published.
    pub answer: &'q str,
}

impl<'q> Given<'q> {
    /// Reads a question by its phrasing. Each slot ends where the words after it first stand; the last words end the question.
    pub fn read(phrasing: &'q str, question: &'q str, answer: &'q str) -> Option<Given<'q>> {
        let (mut rest, mut slots, mut open) = (question, Vec::with_capacity(6), None);
        for piece in pieces(phrasing) {
            match (piece, open.take()) {
                (Piece::Words(words), None) => rest = rest.strip_prefix(words)?,
                (Piece::Words(words), Some(name)) => {
                    let end = if rest.ends_with(words) && is_last(phrasing, words) {
                        rest.len() - words.len()
                    } else {
                        rest.find(words)?
                    };
                    slots.push((name, &rest[..end]));
                    rest = &rest[end + words.len()..];
                }
                (Piece::Slot(name), None) => open = Some(name),
                (Piece::Slot(_), Some(_)) => return None,
            }
        }
        match open {
            Some(name) => slots.push((name, rest)),
            None if rest.is_empty() => {}
            None => return None,
        }
        Some(Given { slots, answer })
    }

    /// What stands in a slot.
    pub fn text(&self, name: &str) -> Option<&'q str> {
        self.slots.iter().find(|(slot, _)| *slot == name).map(|(_, text)| *text)
    }

    /// The number that a slot begins with, as in `3 red balls`.
    pub fn number(&self, name: &str) -> Option<Rational> {
        leading_number(self.text(name)?)
    }

    /// The integer that a slot begins with. At most a million in size, as in all questions: so products fit, and counting ends.
    pub fn integer(&self, name: &str) -> Option<i64> {
        small(self.number(name)?).filter(|n| n.abs() <= 1_000_000)
    }

    /// The positive integer that a slot begins with, up to a bound: for what is counted one by one, or divided by.
    pub fn counted(&self, name: &str, most: i64) -> Option<i64> {
        self.integer(name).filter(|n| (1..=most).contains(n))
    }

    /// The answer, where it is one number with at most a unit behind it.
    pub fn answer_number(&self) -> Option<Rational> {
        leading_number(self.answer)
    }

    /// The answer, where it is one integer with at most a unit behind it.
    pub fn answer_integer(&self) -> Option<i64> {
        small(self.answer_number()?)
    }

    /// Whether the answer is this number.
    pub fn answer_is(&self, value: Rational) -> Option<bool> {
        Some(self.answer_number()? == value)
    }
}

/// Whether a phrasing ends in these words.
fn is_last(phrasing: &str, words: &str) -> bool {
    phrasing.strip_suffix(words).is_some_and(|before| before.ends_with('}'))
}

/// An integer of 64 bits.
pub(super) fn small(value: Rational) -> Option<i64> {
    i64::try_from(value.integer()?).ok()
}

/// The number before the first space.
pub(super) fn leading_number(text: &str) -> Option<Rational> {
    Rational::parse(text.split(' ').next()?)
}

/// All integers and decimals of a text, in order; signs count where they stand right before a digit and after no digit.
pub(super) fn numbers(text: &str) -> Vec<Rational> {
    let bytes = text.as_bytes();
    let (mut found, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        if !bytes[at].is_ascii_digit() {
            at += 1;
            continue;
        }
        let signed = at > 0 && bytes[at - 1] == b'-' && (at < 2 || !bytes[at - 2].is_ascii_alphanumeric());
        let start = if signed { at - 1 } else { at };
        let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
        while digit(at) || (bytes.get(at) == Some(&b'.') && digit(at + 1)) {
            at += 1;
        }
        found.extend(Rational::parse(&text[start..at]));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_is_read_as_it_was_written() {
        let mut page = Page::default();
        page.slot("a", "3.5 red balls");
        page.slot("b", "2/7");
        for phrasing in ["{a} and {b}.", "Take {a}, then {b}", "Is {b} more than {a}? Say.", "{a} {b}"] {
            let question = page.question(phrasing).unwrap();
            let given = Given::read(phrasing, &question, "7 m");
            match given {
                Some(given) if phrasing != "{a} {b}" => {
                    assert_eq!((given.text("a"), given.text("b")), (Some("3.5 red balls"), Some("2/7")));
                    assert_eq!(given.number("a"), Rational::new(7, 2));
                    assert_eq!(given.integer("a"), None);
                    assert_eq!(given.answer_is(Rational::from(7)), Some(true));
                }
                // No words between the slots but a space, which the first holds too: read wrongly, and the checks see it.
                other => assert_eq!(other.unwrap().text("a"), Some("3.5")),
            }
        }
        assert_eq!(page.question("{c}"), None);
        assert!(Given::read("Is {a} {b}{c}?", "Is 1 23?", "").is_none());
        assert!(Given::read("Is {a}?", "Was 1?", "").is_none());
        assert!(Given::read("Is {a}? No.", "Is 1? No. Yes", "").is_none());
    }

    #[test]
    fn numbers_are_found_in_prose() {
        let found: Vec<String> = numbers("From -3 to 4.5, 2-1; a1.").iter().map(Rational::to_string).collect();
        assert_eq!(found, ["-3", "9/2", "2", "1", "1"]);
    }
}
