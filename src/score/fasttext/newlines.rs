//! Line breaks: fastText reads one line, so whoever uses it on documents has to do something about them.

use std::borrow::Cow;
use std::str::FromStr;

/// What becomes of a text's line breaks before fastText reads it. What the callers of published models do differs, and changes the score.
///
/// The end of the line, `</s>`, is read behind the text always, as fastText's Python package has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Newlines {
    /// A line feed is a blank: datatrove's `LanguageFilter`, datamap's `fasttext_annotator`, and what most users of lid.176 do.
    #[default]
    Space,
    /// A line feed is nothing, so words at both sides are one: datatrove's `FastTextClassifierFilter` by default (which also strips
    /// white space off both ends), and cc_net's language identification.
    Remove,
    /// White space at both ends is taken off, and every line boundary that Python's `splitlines` knows is a blank: DCLM's classifiers.
    Dclm,
    /// Only the text up to the first line feed is read, as the fastText library does with a text of many lines.
    FirstLine,
}

/// The ways, by name.
pub(crate) const NEWLINES: [(&str, Newlines); 4] = [
    ("dclm", Newlines::Dclm),
    ("first_line", Newlines::FirstLine),
    ("remove", Newlines::Remove),
    ("space", Newlines::Space),
];

impl Newlines {
    /// Its name in a recipe: `space`, `remove`, `dclm` or `first_line`.
    pub fn name(self) -> &'static str {
        NEWLINES.iter().find(|(_, way)| *way == self).map_or("space", |(name, _)| name)
    }

    /// The text as the tokenizer is to see it; to that, LF is white space.
    pub(super) fn prepare(self, text: &str) -> Cow<'_, str> {
        match self {
            Newlines::Space | Newlines::FirstLine => Cow::Borrowed(text),
            Newlines::Remove => match text.contains('\n') {
                true => Cow::Owned(text.trim_matches(python_space).replace('\n', "")),
                false => Cow::Borrowed(text.trim_matches(python_space)),
            },
            Newlines::Dclm => {
                let text = text.trim_matches(python_space);
                match text.contains(RARE) {
                    true => Cow::Owned(text.replace(RARE, " ")),
                    false => Cow::Borrowed(text),
                }
            }
        }
    }
}

impl FromStr for Newlines {
    type Err = crate::Error;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let known = || NEWLINES.iter().map(|(name, _)| *name);
        let found = NEWLINES.iter().find(|(known, _)| *known == name).map(|(_, way)| *way);
        found.ok_or_else(|| crate::Error::unknown("way with line breaks", name, known()))
    }
}

/// Line boundaries of Python's `str.splitlines` which fastText does not take for white space.
const RARE: [char; 6] = ['\u{1c}', '\u{1d}', '\u{1e}', '\u{85}', '\u{2028}', '\u{2029}'];

/// What Python's `str.strip` takes off.
fn python_space(c: char) -> bool {
    c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c)
}
