//! Scores put together from measured parts, each with a weight that a user may change.

use super::Score;
use crate::document::Document;
use crate::error::{Error, Result};
use std::fmt;

/// Most parts of a composite score.
pub(super) const MAX_PARTS: usize = 16;

/// The parts of a document, measured: each from 0 (nothing of it) to 1 (as much as counts); `None` where it is undefined.
pub(super) type Parts = [Option<f64>; MAX_PARTS];

/// A kind of composite score: its parts, and how they are measured.
///
/// The score is the sum of weight × part over the parts that are defined, divided by the sum of the positive weights among them. So 1
/// is the best there is; 0 is a text with nothing of it; below 0 is one with faults and nothing to make up for them.
#[derive(Debug)]
pub struct Composite {
    /// Its name: the key in recipes.
    pub name: &'static str,
    /// What it is good for, in one line.
    pub doc: &'static str,
    /// Its parts.
    pub parts: &'static [Part],
    /// Measures the parts, in their order; `false` where the document has nothing to measure.
    pub(super) measure: fn(&Document<'_>, &mut Parts) -> bool,
}

/// A part of a composite score.
#[derive(Debug)]
pub struct Part {
    /// Its name: the key of its weight in recipes.
    pub name: &'static str,
    /// What it is 1 for, in one line.
    pub doc: &'static str,
    /// Its weight, where a recipe says nothing; negative for a fault. Ours.
    pub weight: f64,
}

/// A composite score with its weights.
///
/// ```
/// use mashbill::{Document, score::{CompositeScore, STEM, Score}, text::Analyzer};
///
/// let stem = CompositeScore::new(&STEM, &[("quantities", 0.0)])?; // all other weights as they are
/// let mut analyzer = Analyzer::new();
/// let mut of = |text: &str| stem.score(&Document::new(&analyzer.view(text)));
/// let proof = of("Theorem. If $n$ is even, then $n^2$ is even. Proof. Let $n = 2k$; hence $n^2 = 4k^2$.");
/// assert!(proof > of("We sell shoes in all sizes. Log in to see your cart."));
/// # Ok::<(), mashbill::Error>(())
/// ```
pub struct CompositeScore {
    composite: &'static Composite,
    weights: Vec<f64>,
}

impl CompositeScore {
    /// The score, with other weights for some of its parts.
    ///
    /// # Errors
    /// [`Error::Unknown`] for a part that it does not have; [`Error::Invalid`] for a weight that is not finite, and if no weight is
    /// above 0.
    pub fn new(composite: &'static Composite, weights: &[(&str, f64)]) -> Result<Self> {
        let mut all: Vec<f64> = composite.parts.iter().map(|part| part.weight).collect();
        for &(name, weight) in weights {
            let at = composite.parts.iter().position(|part| part.name == name);
            let Some(slot) = at.and_then(|at| all.get_mut(at)) else {
                return Err(Error::unknown("part of the score", name, composite.parts.iter().map(|part| part.name)));
            };
            if !weight.is_finite() {
                let problem = "must be a finite number".to_owned();
                return Err(Error::Invalid { what: format!("the weight of `{name}`"), problem });
            }
            *slot = weight;
        }
        if !all.iter().any(|&weight| weight > 0.0) {
            return Err(Error::Invalid {
                what: format!("score `{}`", composite.name),
                problem: "no weight is above 0, so every document would have the same or no score".to_owned(),
            });
        }
        Ok(CompositeScore { composite, weights: all })
    }

    /// Its parts with their weights.
    pub fn weights(&self) -> impl Iterator<Item = (&'static Part, f64)> + '_ {
        self.composite.parts.iter().zip(self.weights.iter().copied())
    }
}

impl Score for CompositeScore {
    fn describe(&self) -> String {
        let weights: Vec<String> = self.weights().map(|(part, weight)| format!("{} {weight}", part.name)).collect();
        format!("{} ({})", self.composite.name, weights.join(", "))
    }

    fn score(&self, doc: &Document<'_>) -> Option<f64> {
        let mut parts: Parts = [None; MAX_PARTS];
        if !(self.composite.measure)(doc, &mut parts) {
            return None;
        }
        let (mut sum, mut positive) = (0.0, 0.0);
        for (part, &weight) in parts.iter().zip(&self.weights) {
            if let Some(part) = part {
                sum += weight * part;
                positive += weight.max(0.0);
            }
        }
        Some(sum / positive).filter(|score| score.is_finite())
    }
}

impl fmt::Debug for CompositeScore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.describe())
    }
}

/// How far `value` is on the way from `from` to `to`: 0 before, 1 after.
pub(super) fn ramp(value: f64, from: f64, to: f64) -> f64 {
    ((value - from) / (to - from)).clamp(0.0, 1.0)
}

/// `part` for each of `whole`, 0 where there is nothing of either.
pub(super) fn per(part: u64, whole: u64) -> f64 {
    part as f64 / whole.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::super::{CODE, STEM};
    use super::*;
    use crate::text::Analyzer;
    use proptest::prelude::*;

    /// A composite of two parts and a fault, by the first characters of the text.
    static TOY: Composite = Composite {
        name: "toy",
        doc: "Toy.",
        parts: &[
            Part { name: "a", doc: "A.", weight: 3.0 },
            Part { name: "b", doc: "B.", weight: 1.0 },
            Part { name: "fault", doc: "F.", weight: -2.0 },
        ],
        measure: |doc, parts| {
            for (part, c) in parts.iter_mut().zip(doc.text().chars()) {
                *part = c.to_digit(10).map(|d| f64::from(d) / 8.0);
            }
            !doc.text().is_empty()
        },
    };

    fn of(score: &CompositeScore, text: &str) -> Option<f64> {
        let mut analyzer = Analyzer::new();
        score.score(&Document::new(&analyzer.view(text)))
    }

    #[test]
    fn the_sum_by_hand() {
        let plain = CompositeScore::new(&TOY, &[]).unwrap();
        let cases = [
            ("880", Some(1.0)),
            ("840", Some((3.0 + 0.5) / 4.0)),
            ("488", Some((1.5 + 1.0 - 2.0) / 4.0)),
            ("008", Some(-0.5)),
            // What is undefined has no say, and its weight is not in the divisor.
            ("x80", Some(1.0)),
            ("xx8", None),
            ("", None),
        ];
        for (text, want) in cases {
            assert_eq!(of(&plain, text), want, "{text}");
        }
        let other = CompositeScore::new(&TOY, &[("a", 0.0), ("fault", -1.0)]).unwrap();
        assert_eq!(of(&other, "888"), Some(0.0));
    }

    #[test]
    fn weights_that_mean_nothing_are_refused() {
        let error = |weights: &[(&str, f64)]| CompositeScore::new(&TOY, weights).unwrap_err().to_string();
        insta::assert_snapshot!(error(&[("aa", 1.0)]), @"unknown part of the score `aa` (did you mean `a`?); known: a, b, fault");
        insta::assert_snapshot!(error(&[("a", f64::NAN)]), @"the weight of `a`: must be a finite number");
        insta::assert_snapshot!(
            error(&[("a", 0.0), ("b", -1.0)]),
            @"score `toy`: no weight is above 0, so every document would have the same or no score"
        );
    }

    #[test]
    fn ramps() {
        assert_eq!(
            [0.0, 0.1, 0.2, 0.3, 0.9].map(|x| ramp(x, 0.1, 0.3)),
            [0.0, 0.0, (0.2 - 0.1) / (0.3 - 0.1), 1.0, 1.0]
        );
        assert_eq!(ramp(0.25, 0.5, 0.0), 0.5);
        assert_eq!((per(0, 0), per(1, 4)), (0.0, 0.25));
    }

    #[test]
    fn the_built_in_ones_fit() {
        for composite in [&STEM, &CODE] {
            assert!(composite.parts.len() <= MAX_PARTS);
            assert!(composite.doc.ends_with('.') && composite.parts.iter().all(|part| part.doc.ends_with('.')));
            CompositeScore::new(composite, &[]).unwrap();
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn every_text_has_a_finite_score_of_at_most_one(
            text in "(\\PC|[ \\r\\n\0$(){}]|\\$x = 3\\$|theorem|therefore|5 km|def f|# |\"|assert){0,40}"
        ) {
            for composite in [&STEM, &CODE] {
                let plain = CompositeScore::new(composite, &[]).unwrap();
                let score = of(&plain, &text);
                prop_assert!(score.is_none_or(|s| s.is_finite() && s <= 1.0), "{}: {score:?}", composite.name);
                let mut parts: Parts = [None; MAX_PARTS];
                let mut analyzer = Analyzer::new();
                let view = analyzer.view(&text);
                (composite.measure)(&Document::new(&view), &mut parts);
                prop_assert!(parts.iter().flatten().all(|part| (0.0..=1.0).contains(part)), "{parts:?}");
            }
        }
    }
}
