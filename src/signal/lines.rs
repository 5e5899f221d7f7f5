//! Lines: how they begin and end, how long they are. Blank lines count in none of these.

use super::{ratio, signals};
use crate::document::Document;
use crate::text::datatrove::is_terminal;

signals! {
    /// Lines that begin with a bullet (`•`, `-`, `*`, `●`), over all lines that are not blank (Gopher, A1.1; DCLM's marks).
    BulletLineRatio "bullet_line_ratio" |doc| {
        share(doc, |line| line.starts_with(['•', '-', '*', '●']))
    };

    /// Lines that end in an ellipsis (`...` or `…`), over all lines that are not blank (Gopher, A1.1).
    EllipsisLineRatio "ellipsis_line_ratio" |doc| {
        share(doc, |line| line.ends_with("...") || line.ends_with('…'))
    };

    /// Lines that end in a mark that ends sentences, over all lines that are not blank (FineWeb, Penedo et al. 2024; marks
    /// of datatrove 0.10).
    TerminalPunctuationLineRatio "terminal_punctuation_line_ratio" |doc| {
        share(doc, |line| line.chars().next_back().is_some_and(is_terminal))
    };

    /// Lines of 30 characters or fewer, over all lines that are not blank (FineWeb, Penedo et al. 2024).
    ShortLineRatio "short_line_ratio" |doc| share(doc, |line| line.chars().nth(30).is_none());

    /// Characters (code points) of the longest line; undefined without one that is not blank. White space at its ends counts.
    MaxLineLength "max_line_length" |doc| {
        filled_lines(doc).map(|line| line.chars().count()).max().map(|longest| longest as f64)
    };

    /// Mean characters (code points) of the lines that are not blank. White space at their ends counts.
    MeanLineLength "mean_line_length" |doc| {
        let (count, chars) = filled_lines(doc)
            .fold((0, 0), |(count, chars), line| (count + 1, chars + line.chars().count() as u64));
        ratio(chars, count)
    };
}

/// The lines that are not blank, as they stand.
fn filled_lines<'a>(doc: &Document<'a>) -> impl Iterator<Item = &'a str> {
    doc.view().lines().iter().filter(|line| !line.trim_start().is_empty())
}

/// The share of the lines that are not blank for which `holds`, given the line without white space around it.
fn share(doc: &Document<'_>, holds: impl Fn(&str) -> bool) -> Option<f64> {
    let (mut held, mut all) = (0, 0);
    for line in doc.view().lines().iter().map(str::trim).filter(|line| !line.is_empty()) {
        held += u64::from(holds(line));
        all += 1;
    }
    ratio(held, all)
}

#[cfg(test)]
mod tests {
    use crate::signal::tests::measured;

    #[test]
    fn lines_by_hand() {
        let text =
            "- one. \r\n\n  • two…\nThis line has 31 characters in.\n\t\nÜber ...\nThis line has 30 characters.._";
        let want = [
            ("bullet_line_ratio", 2.0 / 5.0),
            ("ellipsis_line_ratio", 2.0 / 5.0),
            ("terminal_punctuation_line_ratio", 3.0 / 5.0),
            ("short_line_ratio", 4.0 / 5.0),
            ("max_line_length", 31.0),
            ("mean_line_length", (7 + 8 + 31 + 8 + 30) as f64 / 5.0),
        ];
        for (name, value) in want {
            assert_eq!(measured(name, text), Some(value), "{name}");
            assert_eq!(measured(name, " \n\u{3000}\n"), None, "{name} of blank lines");
        }
    }
}
