//! The units of a text: where they lie, and the hash by which they are compared.

use super::{LineRules, LineScope, LineUnit};
use crate::rewrite::lines;
use crate::text::Normalizer;
use memchr::memmem;
use std::ops::Range;
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

/// Reads the units of texts. One per thread: it owns the buffers.
#[derive(Debug)]
pub struct UnitReader {
    unit: LineUnit,
    min_chars: usize,
    salt: u64,
    normalizer: Normalizer,
}

/// One unit of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    /// Where it lies, without its line end.
    pub range: Range<usize>,
    /// What it is compared by; `None` for a unit that is never touched, since it is blank or too short.
    pub hash: Option<u64>,
    /// Whether it is white space only.
    pub blank: bool,
}

impl UnitReader {
    /// A reader for these rules, of the documents of this source. The name counts where sources are kept apart: the seed of
    /// the hash is then its xxh3-64.
    pub fn new(rules: &LineRules, source: &str) -> Self {
        let salt = match rules.scope {
            LineScope::Global => 0,
            LineScope::Source => xxh3_64(source.as_bytes()),
        };
        UnitReader { unit: rules.unit, min_chars: rules.min_chars.max(1) as usize, salt, normalizer: Normalizer::new() }
    }

    /// Calls `each` with the hash and the content form of every unit that is long enough and `wanted`, in order.
    pub fn forms(&mut self, text: &str, wanted: &dyn Fn(u64) -> bool, each: &mut dyn FnMut(u64, &str)) {
        for (range, _) in ranges(self.unit, text) {
            let raw = text[range].trim();
            if let Some(hash) = self.hash(raw).filter(|&hash| wanted(hash)) {
                each(hash, self.normalizer.content_form(raw));
            }
        }
    }

    /// Every unit of `text`, in order.
    pub(super) fn each(&mut self, text: &str, mut each: impl FnMut(Piece)) {
        for (range, blank) in ranges(self.unit, text) {
            let hash = if blank { None } else { self.hash(text[range.clone()].trim()) };
            each(Piece { range, hash, blank });
        }
    }

    /// The hash of a unit, white space at its ends taken off; `None` if it is too short.
    fn hash(&mut self, raw: &str) -> Option<u64> {
        // A content form never has more characters than its text has bytes.
        if raw.len() < self.min_chars {
            return None;
        }
        let form = if is_content_form(raw) { raw } else { self.normalizer.content_form(raw) };
        let long_enough = form.len() >= self.min_chars && form.chars().nth(self.min_chars - 1).is_some();
        long_enough.then(|| xxh3_64_with_seed(form.as_bytes(), self.salt))
    }
}

/// Whether a text without white space at its ends is surely its own content form: printable ASCII, no two spaces together.
fn is_content_form(raw: &str) -> bool {
    let plain = raw.as_bytes().iter().fold(true, |all, b| all & (0x20..0x7f).contains(b));
    plain && memmem::find(raw.as_bytes(), b"  ").is_none()
}

/// The units as byte ranges, and whether each is blank. Only lines can be.
fn ranges(unit: LineUnit, text: &str) -> impl Iterator<Item = (Range<usize>, bool)> + '_ {
    let mut lines = lines(text).map(|line| (line.clone(), text[line].chars().all(char::is_whitespace)));
    std::iter::from_fn(move || match unit {
        LineUnit::Line => lines.next(),
        LineUnit::Paragraph => {
            let (first, _) = lines.find(|(_, blank)| !blank)?;
            let mut end = first.end;
            for (line, blank) in lines.by_ref() {
                if blank {
                    break;
                }
                end = line.end;
            }
            Some((first.start..end, false))
        }
    })
}
