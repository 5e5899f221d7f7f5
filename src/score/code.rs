//! Quality of source files without a model: explained, varied, whole and tested, less what is data or says the same again.
//!
//! The weights and the points at which a part is full are ours; the bounds of comments are SantaCoder's (Ben Allal et al. 2023: a
//! share above 0.01 and below 0.8), narrowed.

use super::composite::{Composite, Part, Parts, per, ramp};
use crate::document::Document;
use crate::signal::{DuplicateLineRatio, EncodedCharRatio, GeneratedFile, MaxLineLength, Signal, code_marks};

/// Quality of source files: `score = { code = {} }`. The language is the row's (`lang`, `path`), or told by the file's beginning.
pub static CODE: Composite = Composite {
    name: "code",
    doc: "Comments, varied names, balanced brackets and tests, less literals, encoded data, repetition, endless lines and generated code.",
    parts: &[
        Part { name: "comments", doc: "A seventh of the characters in comments or docstrings.", weight: 1.0 },
        Part { name: "names", doc: "Seven bits of entropy in the names.", weight: 1.0 },
        Part { name: "balance", doc: "Every bracket has its partner.", weight: 1.0 },
        Part { name: "tests", doc: "One name in fifty tests or asserts.", weight: 0.25 },
        Part {
            name: "only_comments",
            doc: "Nine tenths of the characters in comments; counted from six tenths on.",
            weight: -1.0,
        },
        Part {
            name: "literals",
            doc: "Seven tenths of the characters in literals; counted from three tenths on.",
            weight: -1.0,
        },
        Part { name: "encoded", doc: "A fifth of the characters in encoded data.", weight: -1.0 },
        Part {
            name: "repetition",
            doc: "Six tenths of the lines stand there again; counted from three tenths on.",
            weight: -1.0,
        },
        Part { name: "long_lines", doc: "A line of 1,000 characters; counted from 200 on.", weight: -0.5 },
        Part { name: "generated", doc: "A tool wrote it.", weight: -1.0 },
    ],
    measure,
};

fn measure(doc: &Document<'_>, parts: &mut Parts) -> bool {
    let marks = code_marks(doc);
    if marks.names == 0 {
        return false;
    }
    let comments = marks.comments.map(|comments| per(comments, marks.chars));
    let of = |signal: &dyn Signal| signal.measure(doc).unwrap_or(0.0);
    let values = [
        comments.map(|share| ramp(share, 0.0, 1.0 / 7.0)),
        Some(ramp(marks.name_entropy, 0.0, 7.0)),
        Some(1.0 - ramp(per(marks.unbalanced, marks.brackets), 0.0, 0.1)),
        Some(ramp(per(marks.tests, marks.names), 0.0, 0.02)),
        comments.map(|share| ramp(share, 0.6, 0.9)),
        Some(ramp(per(marks.literals, marks.chars), 0.3, 0.7)),
        Some(ramp(of(&EncodedCharRatio), 0.0, 0.2)),
        Some(ramp(of(&DuplicateLineRatio), 0.3, 0.6)),
        Some(ramp(of(&MaxLineLength), 200.0, 1_000.0)),
        Some(of(&GeneratedFile)),
    ];
    parts.iter_mut().zip(values).for_each(|(part, value)| *part = value);
    true
}
