//! Whether the text was cut off: a sentence broken off, something announced that does not come, or a code fence left open.

use super::signals;
use crate::text::datatrove::is_terminal;

/// Words in the last line from which it is taken for a sentence, and not for an answer, a heading or an entry of a list. Ours.
const SENTENCE_WORDS: usize = 12;
/// Share of letters and spaces in the last line from which it is prose, and not code or a formula. Ours.
const PROSE_SHARE: f64 = 0.9;

signals! {
    /// 1 if the text breaks off, 0 if it ends. It breaks off if a code fence is open; if it ends in a comma, a colon, an opening
    /// bracket or a word that announces another (`the`, `and`, `of` …); or if its last line is a sentence of 12 words or more
    /// without a mark at its end (a rule of our own: an answer, a formula, a line of code or of a table may end as it likes).
    /// Undefined for a blank text.
    UnfinishedEnding "unfinished_ending" |doc| {
        let text = doc.text().trim_end();
        (!text.is_empty()).then(|| f64::from(u8::from(breaks_off(text))))
    };
}

/// Whether `text`, which has no white space at its end, breaks off.
fn breaks_off(text: &str) -> bool {
    if fences(text) % 2 == 1 {
        return true;
    }
    // Emphasis closes after the mark: `**Done.**`
    let text = text.trim_end_matches(['*', '_']);
    let Some(last) = text.chars().next_back() else { return false };
    if matches!(last, ',' | ':' | '(' | '[' | '{' | '，' | '、' | '：' | '（') {
        return true;
    }
    if is_terminal(last) || !last.is_alphabetic() {
        return false;
    }
    let line = text.rsplit(['\n', '\r']).next().unwrap_or(text);
    announces(line) || is_sentence(line)
}

/// Whether the line's last word cannot be the last one of an English sentence.
fn announces(line: &str) -> bool {
    const WORDS: [&str; 20] = [
        "a", "an", "and", "as", "at", "because", "but", "by", "for", "from", "if", "into", "of", "or", "than", "that",
        "the", "to", "which", "with",
    ];
    let mut words = line.split_whitespace().rev();
    let last = words.next().unwrap_or_default();
    // A label or a lone letter is an answer: `Output: a`, `Type a`.
    let follows_a_word = words.next().is_some_and(|w| w.ends_with(char::is_lowercase)) && words.next().is_some();
    follows_a_word && WORDS.contains(&last)
}

/// Whether the line is long enough, and plain enough, to be a sentence.
fn is_sentence(line: &str) -> bool {
    if line.split_whitespace().nth(SENTENCE_WORDS - 1).is_none() {
        return false;
    }
    let (mut plain, mut all) = (0u64, 0u64);
    for c in line.chars() {
        all += 1;
        plain += u64::from(c.is_alphabetic() || c.is_whitespace());
    }
    plain as f64 >= PROSE_SHARE * all as f64
}

/// Lines that open or close a code fence (three back-quotes, after white space at most).
fn fences(text: &str) -> usize {
    let opens_a_line = |&at: &usize| {
        let before = text[..at].trim_end_matches([' ', '\t']);
        before.is_empty() || before.ends_with(['\n', '\r'])
    };
    memchr::memmem::find_iter(text.as_bytes(), "```").filter(opens_a_line).count()
}

#[cfg(test)]
mod tests {
    use crate::signal::tests::measured;

    #[test]
    fn endings() {
        let finished = [
            "Done.",
            "Done? \n",
            "\"Done.\"",
            "(done)",
            "完了。",
            "**Done.**",
            "…and so on…",
            "$x = 1$",
            "| a | b |",
            "```\ncode\n```",
            "Use ```x``` so.",
            "A.\n  ```sh\n  ls\n  ```\nB.",
            "So 7 + 5 = 12",
            "Answer: mean 269/5, median 39",
            "Answer: 462 km",
            "Output: a",
            "console.log(result);",
            "- a sushi dinner at Tsukiji",
            "for (i = 0; i < n; i++) { a[i] = b[i] + c[i]; d[i] = a[i] * x } else y",
            "***",
        ];
        for text in finished {
            assert_eq!(measured("unfinished_ending", text), Some(0.0), "{text:?}");
        }
        let unfinished = [
            "and then the",
            "one, two,",
            "as follows:",
            "```\nprint(1)",
            "A.\n```\nx\n```\n```py\ny.",
            "It was decided early on that the mash should rest for an hour before anyone would",
        ];
        for text in unfinished {
            assert_eq!(measured("unfinished_ending", text), Some(1.0), "{text:?}");
        }
        assert_eq!(measured("unfinished_ending", " \n"), None);
    }
}
