//! Pieces that occur twice or more, where every copy counts, the first too.

use super::reset_for_lines;
use crate::text::chars;
use crate::text::intern::Interner;
use crate::text::spans::span_of;

/// Pieces of a text, and those of them that are not alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Copies {
    /// All pieces.
    pub(crate) all: u64,
    /// Characters (code points) of these.
    pub(crate) all_chars: u64,
    /// UTF-8 bytes of these.
    pub(crate) all_bytes: u64,
    /// Pieces that another one equals.
    pub(crate) copies: u64,
    /// Characters (code points) of these.
    pub(crate) chars: u64,
    /// UTF-8 bytes of these.
    pub(crate) bytes: u64,
}

/// Reused buffers.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    seen: Interner,
    /// By id of a piece: whether its first copy has been counted.
    counted: Vec<bool>,
}

/// Counts the pieces of `text`, no more than its lines; one may be empty.
pub(super) fn count<'t>(text: &'t str, pieces: impl Iterator<Item = &'t str>, scratch: &mut Scratch) -> Copies {
    let Scratch { seen, counted } = scratch;
    reset_for_lines(seen, text);
    counted.clear();
    let mut found = Copies::default();
    let mut empty = 0;
    for piece in pieces {
        found.all += 1;
        if piece.is_empty() {
            empty += 1;
            continue;
        }
        let (chars, bytes) = (chars::len(piece), piece.len() as u64);
        found.all_chars += chars;
        found.all_bytes += bytes;
        let known = seen.intern(text, span_of(text, piece));
        if !known.repeated {
            counted.push(false);
            continue;
        }
        let first = counted.get_mut(known.id as usize).map(|counted| std::mem::replace(counted, true));
        let copies = if first == Some(false) { 2 } else { 1 };
        found.copies += copies;
        found.chars += copies * chars;
        found.bytes += copies * bytes;
    }
    found.copies += if empty > 1 { empty } else { 0 };
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashMap;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn agrees_with_a_hash_map(text in "([ab]{0,2}|é|a long line of words)(\n([ab]{0,2}|é|a long line of words)){0,20}") {
            let mut counts: HashMap<&str, u64> = HashMap::new();
            text.split('\n').for_each(|line| *counts.entry(line).or_default() += 1);
            let sum = |least: u64, of: fn(&str) -> usize| {
                counts.iter().filter(|(_, count)| **count >= least).map(|(line, count)| of(line) as u64 * count).sum()
            };
            let want = Copies {
                all: sum(1, |_| 1),
                all_chars: sum(1, |line| line.chars().count()),
                all_bytes: sum(1, str::len),
                copies: sum(2, |_| 1),
                chars: sum(2, |line| line.chars().count()),
                bytes: sum(2, str::len),
            };
            prop_assert_eq!(count(&text, text.split('\n'), &mut Scratch::default()), want);
        }
    }
}
