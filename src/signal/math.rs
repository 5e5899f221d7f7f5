//! Mathematics: formulas, whether they are whole or gone, operators, units, words of proofs and solutions. English words.
//!
//! Formulas are those of TeX's notation, as [`Latex`](crate::text::Latex) finds them.

use super::{ratio, signals};
use crate::document::Document;
use crate::text::WordBreak::Unicode;

signals! {
    /// Characters in formulas (`$…$`, `$$…$$`, `\(…\)`, `\[…\]`, environments of formulas), delimiters included, over all
    /// characters (ours).
    LatexCharRatio "latex_char_ratio" |doc| ratio(doc.view().latex().formula_chars, doc.view().chars().chars);

    /// Formulas in TeX's notation (ours).
    FormulaCount "formula_count" |doc| Some(doc.view().latex().formulas as f64);

    /// Formulas of which only the delimiters, the word `Image` on a line, or a placeholder (`[formula]` …) is left: what a page
    /// has whose formulas were stripped (ours, after OpenWebMath, Paster et al. 2023).
    StrippedFormulaCount "stripped_formula_count" |doc| {
        Some((doc.view().latex().empty + u64::from(doc.view().phrases().placeholders())) as f64)
    };

    /// Delimiters, environments, braces and `\left … \right` of formulas without their partner; a single `$` may be money and is
    /// none (ours).
    UnbalancedLatexCount "unbalanced_latex_count" |doc| Some(doc.view().latex().unbalanced as f64);

    /// Such faults over faults and whole formulas together; undefined without a whole formula, for then a backslash and a bracket
    /// are Markdown's or a path's (ours).
    UnbalancedLatexRatio "unbalanced_latex_ratio" |doc| {
        let latex = doc.view().latex();
        if latex.formulas == 0 { None } else { ratio(latex.unbalanced, latex.unbalanced + latex.formulas) }
    };

    /// 1 if the text ends inside a formula (`\(`, `\[`, `$$` or an environment of formulas), 0 if not (ours).
    OpenFormula "open_formula" |doc| Some(f64::from(u8::from(doc.view().latex().ends_inside)));

    /// Mathematical characters and operators between operands (`x = 3`, `7 + 5`), over all characters (ours).
    MathSymbolCharRatio "math_symbol_char_ratio" |doc| {
        ratio(doc.view().math_marks().symbols, doc.view().chars().chars)
    };

    /// Words of theorems, proofs, exercises and solutions ("theorem", "show that", "how many" …), in any case, English (ours).
    MathCueCount "math_cue_count" |doc| Some(f64::from(doc.view().phrases().math_cues()));

    /// Words that define, name and explain ("is defined as", "refers to", "for example" …), in any case, English (ours).
    DefinitionCueCount "definition_cue_count" |doc| Some(f64::from(doc.view().phrases().definitions()));

    /// Words that tie a conclusion to its reason ("therefore", "because", "it follows that" …), in any case, English (ours).
    ReasoningCueCount "reasoning_cue_count" |doc| Some(f64::from(doc.view().phrases().reasons()));

    /// Numbers with a unit (`5 km`, `20 %`) or a dollar sign (ours).
    QuantityCount "quantity_count" |doc| Some(doc.view().math_marks().quantities as f64);

    /// Formulas, mathematical symbols, cues and quantities together, for each word (ours).
    MathMarkToWordRatio "math_mark_to_word_ratio" |doc| ratio(marks(doc), doc.view().words(Unicode).len() as u64);
}

fn marks(doc: &Document<'_>) -> u64 {
    let (view, marks) = (doc.view(), doc.view().math_marks());
    view.latex().formulas + marks.symbols + marks.quantities + u64::from(view.phrases().math_cues())
}

#[cfg(test)]
mod tests {
    use crate::signal::tests::measured;

    #[test]
    fn mathematics_by_hand() {
        let text = "Theorem. Let $a = b$. Then it weighs 5 kg. [formula] \\[ c";
        let want = [
            ("latex_char_ratio", 7.0 / 57.0),
            ("formula_count", 1.0),
            ("stripped_formula_count", 1.0),
            ("unbalanced_latex_count", 1.0),
            ("open_formula", 1.0),
            ("unbalanced_latex_ratio", 1.0 / 2.0),
            ("math_symbol_char_ratio", 1.0 / 57.0),
            ("math_cue_count", 1.0),
            ("definition_cue_count", 0.0),
            ("reasoning_cue_count", 0.0),
            ("quantity_count", 1.0),
            // Words: Theorem Let a b Then it weighs 5 kg formula c.
            ("math_mark_to_word_ratio", 4.0 / 11.0),
        ];
        for (name, value) in want {
            assert_eq!(measured(name, text), Some(value), "{name}");
            assert_eq!(measured(name, ""), if name.ends_with("ratio") { None } else { Some(0.0) }, "{name} of nothing");
        }
    }
}
