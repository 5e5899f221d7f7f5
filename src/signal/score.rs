//! The quality score of a document, as a signal: for rules that ask for it.

use super::signals;
use crate::document::SCORE;

signals! {
    /// The quality score that the source's `score` measured, in the unit of that score. Undefined where the chain takes none before the rule.
    Score "score" |doc| doc.earlier(SCORE);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Document, Earlier};
    use crate::signal::Signal;
    use crate::text::Analyzer;

    #[test]
    fn it_is_what_was_measured_earlier() {
        let mut analyzer = Analyzer::new();
        let view = analyzer.view("x");
        let doc = Document::new(&view);
        assert_eq!(Score.measure(&doc), None);
        let earlier = [Earlier { signal: SCORE, value: Some(-1.5) }];
        assert_eq!(Score.measure(&doc.with_earlier(&earlier)), Some(-1.5));
        assert_eq!(Score.name(), SCORE);
    }
}
