//! The rules and their settings, each number with its source.

use super::index::Layout;
use crate::error::{Error, Result};

/// The shortest sequence that is matched whole, in words. Ours: decon asks for a perfect match of items up to 20 tokens, and for four
/// distinct words; the n-grams of this length are also what `coverage` goes by.
pub(super) const WHOLE_WORDS: usize = 5;

/// By which rule a document is said to hold an item.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "recipe-file", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Rule {
    /// phi-4's algorithm.
    Phi4(Phi4),
    /// GPT-3's.
    Gpt3(Gpt3),
    /// How much of an item's question and answer stands in the document, in order.
    Coverage(Coverage),
}

/// Algorithm 1 of the phi-4 report (arXiv 2412.08905, appendix B.1), over sets of n-grams of the whole instance (question, choices,
/// answer): a 13-gram of the text that is an item's and not on the allow-list decides. Without one, each item's share of 7-grams that
/// are in the text counts: their number by that of the smaller of both sets. The highest share decides.
///
/// An item of fewer words than `ratio_ngram` has no n-gram: it is matched whole, from five words on, else it is uncheckable.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "recipe-file", derive(serde::Serialize))]
pub struct Phi4 {
    /// Words of the n-gram that decides by itself. Published: 13.
    pub hard_ngram: usize,
    /// Words of the n-grams that are counted. Published: 7.
    pub ratio_ngram: usize,
    /// A share above this is reported. Not published; ours: 0.4.
    pub partial: f64,
    /// A share from this on decides. Not published; ours: 0.7, of the sensitivity table in `docs/decontamination.md`.
    pub threshold: f64,
}

impl Default for Phi4 {
    fn default() -> Self {
        Phi4 { hard_ngram: 13, ratio_ngram: 7, partial: 0.4, threshold: 0.7 }
    }
}

/// GPT-3's rule (arXiv 2005.14165, appendix C): any 13-gram of an item decides. Items of 5 to 12 words are matched whole. Where spans are
/// removed, so is what stands around them; see [`Removal`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "recipe-file", derive(serde::Serialize))]
pub struct Gpt3 {
    /// Words of the n-gram. Published: 13.
    pub ngram: usize,
}

impl Default for Gpt3 {
    fn default() -> Self {
        Gpt3 { ngram: 13 }
    }
}

/// How much of an item stands in the document, in order, with words between and around: ours, after decon's scheme (allenai/decon).
///
/// N-grams find where an item may stand; there its words are aligned with those of the text (longest common subsequence), and those count
/// that lie beside another matched word. Each word weighs what its n-grams do: an n-gram of many items, as of a template, weighs less, and
/// one on the allow-list nothing. The question decides by itself; choices, answer and passage raise its score; an answer decides alone if it is long.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "recipe-file", derive(serde::Serialize))]
pub struct Coverage {
    /// Words of the n-grams by which places are found. 5: of 20 words with 3 edits five in a row are left, wherever the edits are.
    pub ngram: usize,
    /// A score from this on is reported.
    pub partial: f64,
    /// A score from this on decides, for questions that weigh as much as 16 words that no other item has; shorter ones need more, up to all of 6.
    pub threshold: f64,
    /// An answer decides alone from this weight on, in words that no other item has.
    pub answer_words: f64,
    /// A run of a question's words decides alone from this weight on, however much of the question is missing: half of a long one is quoted.
    pub run_words: f64,
}

impl Default for Coverage {
    fn default() -> Self {
        Coverage { ngram: WHOLE_WORDS, partial: 0.4, threshold: 0.6, answer_words: 20.0, run_words: 20.0 }
    }
}

impl Default for Rule {
    fn default() -> Self {
        Rule::coverage()
    }
}

impl Rule {
    /// The rules by their names in recipes, each with its default settings.
    pub const NAMES: [&'static str; 3] = ["phi4", "gpt3", "coverage"];

    /// phi-4's algorithm with the default thresholds.
    pub fn phi4() -> Rule {
        Rule::Phi4(Phi4::default())
    }

    /// GPT-3's rule.
    pub fn gpt3() -> Rule {
        Rule::Gpt3(Gpt3::default())
    }

    /// The coverage of items with the default thresholds.
    pub fn coverage() -> Rule {
        Rule::Coverage(Coverage::default())
    }

    /// The rule of that name, with its default settings.
    ///
    /// # Errors
    /// [`Error::Unknown`] with the nearest name.
    pub fn named(name: &str) -> Result<Rule> {
        match name {
            "phi4" => Ok(Rule::phi4()),
            "gpt3" => Ok(Rule::gpt3()),
            "coverage" => Ok(Rule::coverage()),
            _ => Err(Error::unknown("rule", name, Rule::NAMES)),
        }
    }

    /// The name in recipes.
    pub fn name(&self) -> &'static str {
        match self {
            Rule::Phi4(_) => "phi4",
            Rule::Gpt3(_) => "gpt3",
            Rule::Coverage(_) => "coverage",
        }
    }

    /// What its hits call it, strongest first.
    pub fn names(&self) -> &'static [&'static str] {
        match self {
            Rule::Phi4(_) => &["phi4.hard", "phi4.ratio", "whole"],
            Rule::Gpt3(_) => &["gpt3.ngram", "whole"],
            Rule::Coverage(_) => &["coverage.question", "coverage.answer"],
        }
    }

    /// That the settings mean something.
    ///
    /// # Errors
    /// [`Error::Invalid`] for n-grams of no words or over 255, and for shares outside 0 to 1 or out of order.
    pub fn check(&self) -> Result<()> {
        let invalid = |what: &str, problem: String| Err(Error::Invalid { what: what.to_owned(), problem });
        let mut ngrams: Vec<(&str, usize)> = Vec::new();
        let mut shares = None;
        match self {
            Rule::Phi4(phi4) => {
                ngrams.extend([("hard_ngram", phi4.hard_ngram), ("ratio_ngram", phi4.ratio_ngram)]);
                shares = Some((phi4.partial, phi4.threshold));
            }
            Rule::Gpt3(gpt3) => ngrams.push(("ngram", gpt3.ngram)),
            Rule::Coverage(coverage) => {
                for (what, words) in [("answer_words", coverage.answer_words), ("run_words", coverage.run_words)] {
                    if words.is_nan() || words < 0.0 {
                        return invalid(what, format!("{words} is not a number from 0 on"));
                    }
                }
                ngrams.push(("ngram", coverage.ngram));
                shares = Some((coverage.partial, coverage.threshold));
            }
        }
        for (what, n) in ngrams {
            if !(1..=255).contains(&n) {
                return invalid(what, format!("{n} is not between 1 and 255 words"));
            }
        }
        let Some((partial, threshold)) = shares else { return Ok(()) };
        for (what, share) in [("partial", partial), ("threshold", threshold)] {
            if !(0.0..=1.0).contains(&share) {
                return invalid(what, format!("{share} is not a share between 0 and 1"));
            }
        }
        if partial > threshold {
            return invalid(
                "partial",
                format!("{partial} is above threshold = {threshold}, from which a share decides"),
            );
        }
        Ok(())
    }

    pub(super) fn layout(&self) -> Layout {
        match self {
            Rule::Phi4(phi4) => Layout {
                parts: false,
                ngrams: vec![phi4.hard_ngram, phi4.ratio_ngram],
                whole_below: phi4.ratio_ngram.min(phi4.hard_ngram),
                whole_from: WHOLE_WORDS,
            },
            Rule::Gpt3(gpt3) => {
                Layout { parts: false, ngrams: vec![gpt3.ngram], whole_below: gpt3.ngram, whole_from: WHOLE_WORDS }
            }
            Rule::Coverage(coverage) => {
                Layout { parts: true, ngrams: vec![coverage.ngram], whole_below: 0, whole_from: WHOLE_WORDS }
            }
        }
    }

    /// How spans are removed, unless somebody says otherwise.
    pub fn removal(&self) -> Removal {
        match self {
            Rule::Gpt3(_) => Removal { margin_chars: 200, min_piece_chars: 200, max_pieces: 10 },
            _ => Removal { margin_chars: 0, min_piece_chars: 0, max_pieces: 10 },
        }
    }
}

/// What goes with a span that is removed, and when the document goes instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "recipe-file", derive(serde::Serialize))]
pub struct Removal {
    /// Characters on each side that go too. GPT-3: 200; of the other rules, which have none published, 0.
    pub margin_chars: usize,
    /// What is left between spans goes too if it has fewer characters. GPT-3: 200; else 0.
    pub min_piece_chars: usize,
    /// A document that would be cut into more pieces is dropped. GPT-3: 10, for all rules.
    pub max_pieces: usize,
}
