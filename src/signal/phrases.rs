//! Phrases that give a text away: placeholder text, refusals, the stock phrases of an assistant.

use super::signals;

signals! {
    /// Occurrences of `lorem ipsum`, in any case (C4, Raffel et al. 2020, section 2.2, removes pages with any).
    LoremIpsumCount "lorem_ipsum_count" |doc| Some(lorem_ipsum(doc.text()) as f64);

    /// Phrases with which an assistant refuses ("I'm sorry, but I can't" …), in any case (a list of our own).
    RefusalCount "refusal_count" |doc| Some(count(doc.text(), REFUSALS) as f64);

    /// Phrases with which an assistant speaks of itself or to its user ("as an AI", "I hope this helps" …), in any case (a
    /// list of our own).
    AssistantPhraseCount "assistant_phrase_count" |doc| Some(count(doc.text(), ASSISTANT_PHRASES) as f64);
}

/// Occurrences of `lorem ipsum`, as [`count`] has them, found by their rarest letter, the `p`.
fn lorem_ipsum(text: &str) -> u64 {
    const PHRASE: &str = "lorem ipsum";
    const P: usize = 7;
    let bytes = text.as_bytes();
    let stands = |p: &usize| {
        let start = p.checked_sub(P);
        start.is_some_and(|at| !follows_alphanumeric(bytes, at) && matched(bytes, at, PHRASE).is_some())
    };
    memchr::memchr2_iter(b'p', b'P', bytes).filter(stands).count() as u64
}

/// Openings of refusals. First person and to the point, so that prose about refusals seldom matches.
const REFUSALS: &[&str] = &[
    "i'm sorry, but i can't",
    "i'm sorry, but i cannot",
    "i'm sorry, but i am unable",
    "i'm sorry, but i'm unable",
    "i'm sorry, i can't assist",
    "i'm sorry, i cannot assist",
    "i am sorry, but i can't",
    "i am sorry, but i cannot",
    "i apologize, but i can't",
    "i apologize, but i cannot",
    "i can't assist with",
    "i can't help with that",
    "i cannot assist with",
    "i cannot fulfill",
    "i cannot provide assistance",
    "i'm unable to assist",
    "i'm not able to assist",
    "i am unable to assist",
    "i won't be able to assist",
];

/// Stock phrases of a chat assistant that have no place in a document.
const ASSISTANT_PHRASES: &[&str] = &[
    "as an ai",
    "as a large language model",
    "as a language model",
    "i'm just an ai",
    "i am an ai",
    "i don't have personal opinions",
    "i hope this helps",
    "let me know if you have any",
    "let me know if you'd like",
    "let me know if you need",
    "feel free to ask",
    "certainly! here",
    "sure! here",
    "sure, here is",
    "sure, here's",
    "of course! here",
    "my knowledge cutoff",
    "my last knowledge update",
    "my training data",
];

/// Occurrences of any of `phrases` in `text`, from left to right without overlap. A phrase begins where no ASCII letter or
/// digit stands before it and ends where none follows. Letters match in either case; a curly apostrophe matches a straight one.
///
/// `phrases` are lower-case ASCII. Linear, since their lengths are bounded; no allocation.
fn count(text: &str, phrases: &[&str]) -> u64 {
    let bytes = text.as_bytes();
    let mut opens = [false; 256];
    for first in phrases.iter().filter_map(|p| p.bytes().next()) {
        opens[usize::from(first)] = true;
        opens[usize::from(first.to_ascii_uppercase())] = true;
    }
    let mut found = 0;
    let mut at = 0;
    while at < bytes.len() {
        let opens_here = opens[usize::from(bytes[at])] && !follows_alphanumeric(bytes, at);
        let end = if opens_here { phrases.iter().find_map(|p| matched(bytes, at, p)) } else { None };
        found += u64::from(end.is_some());
        at = end.unwrap_or(at + 1);
    }
    found
}

/// Whether an ASCII letter or digit stands before `at`.
fn follows_alphanumeric(bytes: &[u8], at: usize) -> bool {
    at.checked_sub(1).and_then(|before| bytes.get(before)).is_some_and(u8::is_ascii_alphanumeric)
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
    let ends = bytes.get(at).is_none_or(|b| !b.is_ascii_alphanumeric());
    ends.then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::tests::measured;

    #[test]
    fn phrases_match_whole_in_any_case_with_either_apostrophe() {
        let cases = [
            ("Lorem Ipsum dolor, LOREM IPSUM.", "lorem_ipsum_count", 2.0),
            ("lorem ipsums, florem ipsum, lorem  ipsum", "lorem_ipsum_count", 0.0),
            ("I’m sorry, but I can’t. I'm sorry, but I can't!", "refusal_count", 2.0),
            ("I cannot assist with that.", "refusal_count", 1.0),
            ("She cannot assist with that.", "refusal_count", 0.0),
            ("As an AI, … as an AI language model", "assistant_phrase_count", 2.0),
            ("as an aide; has an AI", "assistant_phrase_count", 0.0),
            ("Certainly! Here is the list. I hope this helps", "assistant_phrase_count", 2.0),
            ("I hope this hel", "assistant_phrase_count", 0.0),
            ("", "refusal_count", 0.0),
        ];
        for (text, signal, want) in cases {
            assert_eq!(measured(signal, text), Some(want), "{signal} of {text:?}");
        }
    }

    #[test]
    fn phrases_are_lower_case_ascii_and_none_hides_another() {
        for phrases in [REFUSALS, ASSISTANT_PHRASES] {
            for (i, phrase) in phrases.iter().enumerate() {
                assert!(phrase.bytes().all(|b| b.is_ascii() && !b.is_ascii_uppercase()), "{phrase}");
                let alone = phrases[i + 1..].iter().all(|other| other != phrase);
                assert!(alone && count(phrase, phrases) == 1, "{phrase}");
            }
        }
    }
}
