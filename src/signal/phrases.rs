//! Phrases that give a text away: placeholder text, refusals, the stock phrases of an assistant.

use super::signals;

signals! {
    /// Occurrences of `lorem ipsum`, in any case (C4, Raffel et al. 2020, section 2.2, removes pages with any).
    LoremIpsumCount "lorem_ipsum_count" |doc| Some(lorem_ipsum(doc.text()) as f64);

    /// Phrases with which an assistant refuses ("I'm sorry, but I can't" …), in any case (a list of our own, English).
    RefusalCount "refusal_count" |doc| Some(f64::from(doc.view().phrases().refusals()));

    /// Phrases with which an assistant speaks of itself or to its user ("as an AI", "I hope this helps" …), in any case (a
    /// list of our own).
    AssistantPhraseCount "assistant_phrase_count" |doc| Some(f64::from(doc.view().phrases().assistant()));
}

/// Occurrences of `lorem ipsum` as whole words, found by their rarest letter, the `p`.
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

/// Whether an ASCII letter or digit stands before `at`.
fn follows_alphanumeric(bytes: &[u8], at: usize) -> bool {
    at.checked_sub(1).and_then(|before| bytes.get(before)).is_some_and(u8::is_ascii_alphanumeric)
}

/// Where the phrase ends, if it stands at `at`.
fn matched(bytes: &[u8], mut at: usize, phrase: &str) -> Option<usize> {
    for want in phrase.bytes() {
        let rest = bytes.get(at..)?;
        at += match rest {
            [have, ..] if have.to_ascii_lowercase() == want => 1,
            _ => return None,
        };
    }
    let ends = bytes.get(at).is_none_or(|b| !b.is_ascii_alphanumeric());
    ends.then_some(at)
}

#[cfg(test)]
mod tests {
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
}
