//! Phrases that give a text away, all lists in one scan.
//!
//! Two bytes tell which phrases may begin at a place; most places have none, so the scan costs about as much for all lists as for one.

mod lists;

use std::ops::Range;
use std::sync::LazyLock;

/// What a phrase gives away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Refusal,
    Assistant,
    Opening,
    Closing,
    Leak,
    Thinking,
    Placeholder,
    MathCue,
    Definition,
    Reasoning,
}

const KINDS: usize = 10;

/// Bytes at the end of a text in which a closing phrase is one. Ours: two or three sentences.
const CLOSING_BYTES: usize = 300;

/// How many phrases of each kind a text has.
///
/// A phrase begins where no ASCII letter or digit stands before it and ends where none follows, if it begins and ends with one.
/// Letters match in either case; a curly apostrophe matches a straight one. Phrases of one kind do not overlap: from left to right,
/// the longest at each place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PhraseCounts {
    counts: [u32; KINDS],
}

impl PhraseCounts {
    /// Refusals of an assistant ("I'm sorry, but I can't" …).
    pub fn refusals(&self) -> u32 {
        self.of(Kind::Refusal)
    }

    /// Stock phrases of an assistant, anywhere ("as an AI", "I hope this helps" …).
    pub fn assistant(&self) -> u32 {
        self.of(Kind::Assistant)
    }

    /// Openings of an assistant's answer ("Sure, here is …") at the beginning of the text: 1 or 0.
    pub fn opening(&self) -> u32 {
        self.of(Kind::Opening)
    }

    /// Closings of an assistant's answer ("let me know if …") in the last 300 bytes.
    pub fn closings(&self) -> u32 {
        self.of(Kind::Closing)
    }

    /// Prompts, rubrics and turn marks that came out again.
    pub fn leaks(&self) -> u32 {
        self.of(Kind::Leak)
    }

    /// Tags of a model's reasoning.
    pub fn thinking(&self) -> u32 {
        self.of(Kind::Thinking)
    }

    /// What stands where formulas were (`[formula]` …).
    pub fn placeholders(&self) -> u32 {
        self.of(Kind::Placeholder)
    }

    /// Words of theorems, proofs, exercises and solutions.
    pub fn math_cues(&self) -> u32 {
        self.of(Kind::MathCue)
    }

    /// Words of definitions and explanations.
    pub fn definitions(&self) -> u32 {
        self.of(Kind::Definition)
    }

    /// Words that tie a conclusion to its reason.
    pub fn reasons(&self) -> u32 {
        self.of(Kind::Reasoning)
    }

    fn of(&self, kind: Kind) -> u32 {
        self.counts[kind as usize]
    }
}

/// Classes of bytes: letters without case, digits as one, and every other byte that a phrase holds among its first two.
const CLASSES: usize = 64;

/// All phrases, found by their first two bytes.
struct Index {
    /// In order of the classes of their first two bytes; the longest of a kind first.
    phrases: Vec<(Kind, &'static str)>,
    /// By byte; 0: no phrase begins so.
    class: [u8; 256],
    /// By the two classes: which phrases.
    heads: Vec<Range<u16>>,
}

static INDEX: LazyLock<Index> = LazyLock::new(Index::build);

impl Index {
    fn build() -> Index {
        let mut phrases: Vec<(Kind, &'static str)> =
            lists::LISTS.iter().flat_map(|(kind, list)| list.iter().map(|phrase| (*kind, *phrase))).collect();
        let mut class = [0u8; 256];
        let mut classes = 0u8;
        for byte in phrases.iter().flat_map(|(_, phrase)| phrase.bytes().take(2)) {
            if class[usize::from(byte)] == 0 {
                classes += 1;
                class[usize::from(byte)] = classes;
                class[usize::from(byte.to_ascii_uppercase())] = classes;
            }
        }
        // The first byte of the curly apostrophe.
        class[0xE2] = class[usize::from(b'\'')];
        let head = |phrase: &str| {
            let mut bytes = phrase.bytes().map(|b| usize::from(class[usize::from(b)]));
            bytes.next().unwrap_or(0) * CLASSES + bytes.next().unwrap_or(0)
        };
        phrases.sort_by_key(|(_, phrase)| (head(phrase), std::cmp::Reverse(phrase.len())));
        let mut heads = vec![0..0; CLASSES * CLASSES];
        for (i, (_, phrase)) in phrases.iter().enumerate() {
            let range = &mut heads[head(phrase)];
            let start = if range.start == range.end { i as u16 } else { range.start };
            *range = start..i as u16 + 1;
        }
        Index { phrases, class, heads }
    }

    /// The phrases that may begin with these two bytes.
    #[inline]
    fn beginning(&self, first: u8, second: u8) -> &[(Kind, &'static str)] {
        let head = usize::from(self.class[usize::from(first)]) * CLASSES + usize::from(self.class[usize::from(second)]);
        let range = self.heads.get(head).cloned().unwrap_or(0..0);
        self.phrases.get(usize::from(range.start)..usize::from(range.end)).unwrap_or_default()
    }
}

/// Counts the phrases of all kinds in `text`.
pub(super) fn count(text: &str) -> PhraseCounts {
    let bytes = text.as_bytes();
    let index: &Index = &INDEX;
    let (opening, closing) = (beginning(text), bytes.len().saturating_sub(CLOSING_BYTES));
    let mut found = PhraseCounts::default();
    let mut ends = [0; KINDS];
    let mut before = b' ';
    for (at, pair) in bytes.windows(2).enumerate() {
        let (first, second) = (pair[0], pair[1]);
        let inside = before.is_ascii_alphanumeric() && first.is_ascii_alphanumeric();
        before = first;
        if inside {
            continue;
        }
        for &(kind, phrase) in index.beginning(first, second) {
            let misplaced = (kind == Kind::Opening && at != opening) || (kind == Kind::Closing && at < closing);
            if misplaced || at < ends[kind as usize] {
                continue;
            }
            if let Some(end) = matched(bytes, at, phrase) {
                found.counts[kind as usize] += 1;
                ends[kind as usize] = end;
            }
        }
    }
    found
}

/// Where the text's first words stand: after white space, quotes and marks of Markdown.
fn beginning(text: &str) -> usize {
    text.len() - text.trim_start_matches(|c: char| c.is_whitespace() || "\"“”'*_#>".contains(c)).len()
}

/// Where the phrase ends, if it stands at `at`.
fn matched(bytes: &[u8], mut at: usize, phrase: &str) -> Option<usize> {
    for want in phrase.bytes() {
        let rest = bytes.get(at..)?;
        at += match rest {
            // U+2019, the curly apostrophe.
            [0xE2, 0x80, 0x99, ..] if want == b'\'' => 3,
            [have, ..] if have.to_ascii_lowercase() == want => 1,
            _ => return None,
        };
    }
    let goes_on = phrase.as_bytes().last().is_some_and(u8::is_ascii_alphanumeric);
    let ends = !goes_on || bytes.get(at).is_none_or(|b| !b.is_ascii_alphanumeric());
    ends.then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Each list on its own, every phrase tried at every place.
    fn naive(text: &str) -> PhraseCounts {
        let bytes = text.as_bytes();
        let mut found = PhraseCounts::default();
        for (kind, list) in lists::LISTS {
            let mut at = 0;
            while at < bytes.len() {
                let inside = at > 0 && bytes[at - 1].is_ascii_alphanumeric() && bytes[at].is_ascii_alphanumeric();
                let placed = match kind {
                    Kind::Opening => at == beginning(text),
                    Kind::Closing => at + CLOSING_BYTES >= bytes.len(),
                    _ => true,
                };
                let end = list.iter().filter_map(|p| matched(bytes, at, p)).max().filter(|_| placed && !inside);
                found.counts[*kind as usize] += u32::from(end.is_some());
                at = end.unwrap_or(at + 1);
            }
        }
        found
    }

    #[test]
    fn phrases_are_lower_case_ascii_and_each_is_found() {
        for (kind, list) in lists::LISTS {
            for (i, phrase) in list.iter().enumerate() {
                assert!(
                    phrase.bytes().all(|b| b.is_ascii() && !b.is_ascii_uppercase()) && phrase.len() > 2,
                    "{phrase}"
                );
                assert!(!list[i + 1..].contains(phrase), "{phrase} twice");
                assert_eq!(count(phrase).of(*kind), 1, "{phrase}");
                assert_eq!(count(&phrase.to_uppercase()).of(*kind), 1, "{phrase}");
            }
        }
        let classes = INDEX.class.iter().max().copied().unwrap_or(0);
        assert!(usize::from(classes) < CLASSES, "{classes} classes");
    }

    #[test]
    fn places_by_hand() {
        let long = "word ".repeat(80);
        let cases = [
            ("**Sure, here you are.".to_owned(), 1, 0),
            ("  “Certainly!” she said.".to_owned(), 1, 0),
            ("Not sure, really.".to_owned(), 0, 0),
            (format!("Let me know if it rains. {long}"), 0, 0),
            (format!("{long} Let me know if it rains."), 0, 1),
            (String::new(), 0, 0),
        ];
        for (text, opening, closings) in cases {
            let found = count(&text);
            assert_eq!((found.opening(), found.closings()), (opening, closings), "{text}");
        }
        assert_eq!(count("<think>hm</think> [INST] a [/INST] [formula]").thinking(), 2);
        assert_eq!(count("<think>hm</think> [INST] a [/INST] [formula]").leaks(), 2);
        assert_eq!(count("[formula], x[formula]").placeholders(), 2);
        assert_eq!(count("Theorems on proofs, PROOF; disproof").math_cues(), 1);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(512))]

        #[test]
        fn one_scan_finds_what_each_list_finds_alone(
            parts in prop::collection::vec((0usize..400, "[ .x’é1]{0,3}"), 0..30)
        ) {
            let all: Vec<&str> = lists::LISTS.iter().flat_map(|(_, list)| list.iter().copied()).collect();
            let text: String = parts.iter().map(|(i, gap)| format!("{}{gap}", all[i % all.len()])).collect();
            prop_assert_eq!(count(&text), naive(&text));
            let curly = text.replace('\'', "’").to_uppercase();
            prop_assert_eq!(count(&curly), naive(&curly));
        }
    }
}
