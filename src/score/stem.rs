//! STEM quality without a model: formulas, quantities, proofs, definitions and reasoning, less what spoils them.
//!
//! The weights and the points at which a part is full are ours. The points are near the upper quartile of what mathematical prose,
//! worked problems and manuals hold (docs/scores.md has what was measured), so that a text is not better for being nothing but formulas.

use super::composite::{Composite, Part, Parts, per, ramp};
use crate::document::Document;
use crate::signal::{DuplicateLineCharRatio, Signal};
use crate::text::WordBreak::Unicode;

/// STEM quality of prose, worked problems and textbooks: `score = { stem = {} }`. Cues are English; formulas and quantities are not.
pub static STEM: Composite = Composite {
    name: "stem",
    doc: "Formulas, quantities, proofs, definitions and reasoning, less broken formulas and repeated lines.",
    parts: &[
        Part { name: "formulas", doc: "A tenth of the characters in formulas of TeX.", weight: 1.0 },
        Part { name: "symbols", doc: "Three mathematical symbols or operators in a hundred characters.", weight: 1.0 },
        Part { name: "quantities", doc: "Two numbers with a unit in a hundred words.", weight: 0.5 },
        Part { name: "cues", doc: "Three words of theorems, proofs and solutions in a hundred words.", weight: 1.0 },
        Part { name: "definitions", doc: "One word that defines or explains in a hundred words.", weight: 1.0 },
        Part { name: "reasoning", doc: "One and a half connectives of reasoning in a hundred words.", weight: 1.0 },
        Part { name: "broken_formulas", doc: "Half of the formulas without their other end.", weight: -1.0 },
        Part { name: "stripped_formulas", doc: "Two formulas of which only the place is left.", weight: -1.0 },
        Part { name: "repetition", doc: "Half of the characters in lines that stand there twice.", weight: -1.0 },
    ],
    measure,
};

fn measure(doc: &Document<'_>, parts: &mut Parts) -> bool {
    let view = doc.view();
    let words = view.words(Unicode).len() as u64;
    if words == 0 {
        return false;
    }
    let (latex, marks, phrases, chars) = (view.latex(), view.math_marks(), view.phrases(), view.chars().chars);
    let stripped = latex.empty + u64::from(phrases.placeholders());
    let broken = if latex.formulas == 0 { 0.0 } else { per(latex.unbalanced, latex.unbalanced + latex.formulas) };
    let values = [
        ramp(per(latex.formula_chars, chars), 0.0, 0.1),
        ramp(per(marks.symbols, chars), 0.0, 0.03),
        ramp(per(marks.quantities, words), 0.0, 0.02),
        ramp(per(u64::from(phrases.math_cues()), words), 0.0, 0.03),
        ramp(per(u64::from(phrases.definitions()), words), 0.0, 0.01),
        ramp(per(u64::from(phrases.reasons()), words), 0.0, 0.015),
        ramp(broken, 0.0, 0.5),
        ramp(stripped as f64, 0.0, 2.0),
        ramp(DuplicateLineCharRatio.measure(doc).unwrap_or(0.0), 0.0, 0.5),
    ];
    parts.iter_mut().zip(values).for_each(|(part, value)| *part = Some(value));
    true
}
