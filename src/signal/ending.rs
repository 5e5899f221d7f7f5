//! Whether the text was cut off: no mark at its end, or a code fence left open.

use super::{marks, signals};

signals! {
    /// 1 if the text stops short, 0 if it ends: in a terminal mark, a closing quote or bracket, or a closed code fence (a rule of
    /// our own). Undefined for a blank text.
    UnfinishedEnding "unfinished_ending" |doc| {
        let text = doc.text().trim_end();
        (!text.is_empty()).then(|| f64::from(u8::from(!is_finished(text))))
    };
}

/// Whether `text`, which has no white space at its end, ends.
fn is_finished(text: &str) -> bool {
    if fences(text) % 2 == 1 {
        return false;
    }
    // Emphasis closes after the mark: `**Done.**`
    let last = text.trim_end_matches(['*', '_']).chars().next_back();
    let closes = |c| matches!(c, '"' | '\'' | '”' | '’' | '»' | '」' | '』' | ')' | ']' | '}' | '>' | '）' | '】');
    last.is_some_and(|c| marks::is_terminal(c) || closes(c) || matches!(c, '…' | '`' | '$' | '|'))
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
        ];
        for text in finished {
            assert_eq!(measured("unfinished_ending", text), Some(0.0), "{text:?}");
        }
        let unfinished =
            ["and then the", "one, two,", "as follows:", "```\nprint(1)", "A.\n```\nx\n```\n```py\ny.", "***"];
        for text in unfinished {
            assert_eq!(measured("unfinished_ending", text), Some(1.0), "{text:?}");
        }
        assert_eq!(measured("unfinished_ending", " \n"), None);
    }
}
