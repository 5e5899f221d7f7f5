//! The score that a row brings with it, measured elsewhere.

use super::Score;
use crate::document::Document;

/// What the row itself says ([`Facts::score`](crate::Facts::score)), as a column of FineWeb-Edu's `score` does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowScore {
    column: String,
    /// Which of [`Facts::scores`](crate::Facts::scores) it is, if it is one of those.
    slot: Option<usize>,
}

impl RowScore {
    /// The score in the column of that name, which whoever reads the rows puts into their facts.
    pub fn new(column: impl Into<String>) -> Self {
        RowScore { column: column.into(), slot: None }
    }

    /// The same, where the row brings several: the one at that position of [`Facts::scores`](crate::Facts::scores).
    pub fn at(self, slot: usize) -> Self {
        RowScore { slot: Some(slot), ..self }
    }

    /// The column's name.
    pub fn column(&self) -> &str {
        &self.column
    }
}

impl Score for RowScore {
    fn describe(&self) -> String {
        format!("the column `{}`", self.column)
    }

    fn score(&self, doc: &Document<'_>) -> Option<f64> {
        let facts = doc.facts();
        let score = match self.slot {
            Some(slot) => facts.scores.get(slot).copied().flatten(),
            None => facts.score,
        };
        score.filter(|score| score.is_finite())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Facts;
    use crate::text::Analyzer;

    #[test]
    fn a_row_may_say_nothing_or_nothing_finite() {
        let mut analyzer = Analyzer::new();
        let view = analyzer.view("");
        let of = |score| RowScore::new("edu").score(&Document::new(&view).with_facts(Facts { score, ..Facts::NONE }));
        assert_eq!(of(Some(-2.5)), Some(-2.5));
        assert_eq!([of(None), of(Some(f64::NAN)), of(Some(f64::INFINITY))], [None; 3]);
        let scores = [Some(1.0), None, Some(f64::NAN)];
        let doc = Document::new(&view).with_facts(Facts { scores: &scores, ..Facts::NONE });
        let nth = |slot| RowScore::new("edu").at(slot).score(&doc);
        assert_eq!([nth(0), nth(1), nth(2), nth(3)], [Some(1.0), None, None, None]);
    }
}
