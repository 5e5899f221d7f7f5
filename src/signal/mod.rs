//! Document → `Option<f64>`: measure. Each signal states its unit and source; one list, [`SIGNALS`], holds them all.
//!
//! ```
//! use mashbill::{Document, signal, text::Analyzer};
//!
//! let mut analyzer = Analyzer::new();
//! let view = analyzer.view("Rye, corn and barley.");
//! let words = signal::signal("word_count").and_then(|s| s.measure(&Document::new(&view)));
//! assert_eq!(words, Some(4.0));
//! ```
//!
//! Words are UAX #29 words unless a signal says otherwise; characters are code points; lines that hold only white space count
//! in [`LineCount`] and nowhere else. A ratio over nothing is undefined.

use crate::document::Document;
use crate::error::Error;
use std::fmt::Debug;
use std::sync::Arc;

mod chars;
mod code;
mod datamap;
mod datatrove;
mod datatrove_repetition;
mod dclm;
mod dolma;
mod ending;
mod fineweb_1;
mod language;
mod lines;
mod matches;
mod math;
mod phrases;
mod pii;
mod repetition;
mod score;
mod sizes;
mod synthetic;
mod words;

pub use chars::*;
pub use code::*;
pub use datamap::*;
pub use datatrove::*;
pub use datatrove_repetition::*;
pub use dclm::*;
pub use dolma::*;
pub use ending::*;
pub use fineweb_1::*;
pub use language::*;
pub use lines::*;
pub use matches::Matches;
pub use math::*;
pub use phrases::*;
pub use pii::*;
pub use repetition::*;
pub use score::*;
pub use sizes::*;
pub use synthetic::*;
pub use words::*;

/// A measurement of a document.
///
/// Total: every text has an outcome, `None` where the measure is undefined (a mean over no words), never NaN, never a panic.
pub trait Signal: Debug + Send + Sync {
    /// The name: config key, column name, report label. `snake_case`.
    fn name(&self) -> &'static str;

    /// One line: what it measures, its unit, and the reference it follows.
    fn doc(&self) -> &'static str;

    /// The measurement, or `None` where it is undefined for this text.
    fn measure(&self, doc: &Document<'_>) -> Option<f64>;

    /// Values between which the measurement lies, both included, where they cost less than the measurement and it is defined.
    /// A filter that keeps both keeps the document without knowing the value. `None`, always right, asks for the value.
    fn bounds(&self, _doc: &Document<'_>) -> Option<(f64, f64)> {
        None
    }
}

/// Every built-in signal, sorted by name. Config keys, columns and docs come from this list.
pub static SIGNALS: &[&dyn Signal] = &[
    &AlphaWordRatio,
    &AlphabeticCharRatio,
    &AlphanumericCharRatio,
    &AssistantClosingCount,
    &AssistantOpening,
    &AssistantPhraseCount,
    &BulletLineRatio,
    &ByteCount,
    &CharCount,
    &CodeLetterCharRatio,
    &CodeLiteralCharRatio,
    &CodeMaxLineLength,
    &CodeMeanLineLength,
    &CodeNameEntropy,
    &CodeTestNameRatio,
    &CodeUnbalancedBracketRatio,
    &CommentCharRatio,
    &CurlyBracketCount,
    &DataLineCount,
    &DatamapBulletLineRatio,
    &DatamapDuplicate10gramByteRatio,
    &DatamapDuplicate5gramByteRatio,
    &DatamapDuplicate6gramByteRatio,
    &DatamapDuplicate7gramByteRatio,
    &DatamapDuplicate8gramByteRatio,
    &DatamapDuplicate9gramByteRatio,
    &DatamapDuplicateLineByteRatio,
    &DatamapDuplicateLineRatio,
    &DatamapDuplicateParagraphByteRatio,
    &DatamapDuplicateParagraphRatio,
    &DatamapEllipsisLineRatio,
    &DatamapMeanWordBytes,
    &DatamapNonAlphaWordRatio,
    &DatamapStopWordCount,
    &DatamapSymbolToWordRatio,
    &DatamapTop2gramByteRatio,
    &DatamapTop3gramByteRatio,
    &DatamapTop4gramByteRatio,
    &DatamapWordCount,
    &DclmBulletLineRatio,
    &DclmDuplicate10gramCharRatio,
    &DclmDuplicate5gramCharRatio,
    &DclmDuplicate6gramCharRatio,
    &DclmDuplicate7gramCharRatio,
    &DclmDuplicate8gramCharRatio,
    &DclmDuplicate9gramCharRatio,
    &DclmDuplicateLineCharRatio,
    &DclmDuplicateLineRatio,
    &DclmDuplicateParagraphCharRatio,
    &DclmDuplicateParagraphRatio,
    &DclmEllipsisLineRatio,
    &DclmMeanWordLength,
    &DclmNonAlphaWordRatio,
    &DclmRemovedWordRatio,
    &DclmStopWordCount,
    &DclmSymbolToWordRatio,
    &DclmTop2gramCharRatio,
    &DclmTop3gramCharRatio,
    &DclmTop4gramCharRatio,
    &DclmWordCount,
    &DefinitionCueCount,
    &DigitCharRatio,
    &DolmaAlphaWordRatio,
    &DolmaBulletLineRatio,
    &DolmaC4CurlyBracket,
    &DolmaC4Javascript,
    &DolmaC4LoremIpsum,
    &DolmaDuplicate10gramCharRatio,
    &DolmaDuplicate5gramCharRatio,
    &DolmaDuplicate6gramCharRatio,
    &DolmaDuplicate7gramCharRatio,
    &DolmaDuplicate8gramCharRatio,
    &DolmaDuplicate9gramCharRatio,
    &DolmaDuplicateLineCharsPerWordChar,
    &DolmaDuplicateLineRatio,
    &DolmaEllipsisLineRatio,
    &DolmaMedianWordLength,
    &DolmaRequiredWordCount,
    &DolmaSymbolWordRatio,
    &DolmaTop2gramCharRatio,
    &DolmaTop3gramCharRatio,
    &DolmaTop4gramCharRatio,
    &DolmaV2BulletLineRatio,
    &DolmaV2DuplicateLineCharsPerWordChar,
    &DolmaV2DuplicateLineRatio,
    &DolmaV2EllipsisLineRatio,
    &DolmaWordCount,
    &DtAlphaWordRatio,
    &DtBulletLineRatio,
    &DtC4CurlyBracket,
    &DtC4LoremIpsum,
    &DtC4SentenceCount,
    &DtDuplicate10gramCharRatio,
    &DtDuplicate5gramCharRatio,
    &DtDuplicate6gramCharRatio,
    &DtDuplicate7gramCharRatio,
    &DtDuplicate8gramCharRatio,
    &DtDuplicate9gramCharRatio,
    &DtDuplicateFilledLineCharRatio,
    &DtDuplicateLineCharRatio,
    &DtDuplicateLineRatio,
    &DtDuplicateParagraphCharRatio,
    &DtDuplicateParagraphRatio,
    &DtEllipsisLineRatio,
    &DtEllipsisToWordRatio,
    &DtFilledLineCount,
    &DtFinewebC4CurlyBracket,
    &DtFinewebC4LoremIpsum,
    &DtFinewebC4SentenceCount,
    &DtHashToWordRatio,
    &DtMeanWordLength,
    &DtNewlineToWordRatio,
    &DtNonSymbolWordCount,
    &DtShortLineRatio,
    &DtStopWordCount,
    &DtTerminalPunctuationLineRatio,
    &DtThirdLongestLine,
    &DtTop2gramCharRatio,
    &DtTop3gramCharRatio,
    &DtTop4gramCharRatio,
    &Duplicate10gramCharRatio,
    &Duplicate5gramCharRatio,
    &Duplicate6gramCharRatio,
    &Duplicate7gramCharRatio,
    &Duplicate8gramCharRatio,
    &Duplicate9gramCharRatio,
    &DuplicateLineCharRatio,
    &DuplicateLineRatio,
    &DuplicateParagraphCharRatio,
    &DuplicateParagraphRatio,
    &EllipsisLineRatio,
    &EllipsisToWordRatio,
    &EmailCount,
    &EncodedCharRatio,
    &FormulaCount,
    &Fw1AlphaWordRatio,
    &Fw1Duplicate10gramCharRatio,
    &Fw1Duplicate5gramCharRatio,
    &Fw1Duplicate6gramCharRatio,
    &Fw1Duplicate7gramCharRatio,
    &Fw1Duplicate8gramCharRatio,
    &Fw1Duplicate9gramCharRatio,
    &Fw1DuplicateLineCharRatio,
    &Fw1DuplicateLineRatio,
    &Fw1EllipsisToWordRatio,
    &Fw1HashToWordRatio,
    &Fw1MeanWordLength,
    &Fw1NewlineToWordRatio,
    &Fw1NonSymbolWordCount,
    &Fw1ShortLineRatio,
    &Fw1StopWordOccurrences,
    &Fw1TerminalLineRatio,
    &Fw1Top2gramCharRatio,
    &Fw1Top3gramCharRatio,
    &Fw1Top4gramCharRatio,
    &GeneratedFile,
    &GeneratedNoticeCount,
    &HashToWordRatio,
    &HtmlVisibleCharCount,
    &HtmlVisibleCharRatio,
    &IpCount,
    &LangConfidence,
    &LangNumber,
    &LangStopWordCount,
    &LatexCharRatio,
    &LineCount,
    &LongestEncodedRun,
    &LoremIpsumCount,
    &MathCueCount,
    &MathMarkToWordRatio,
    &MathSymbolCharRatio,
    &MaxLineLength,
    &MeanLineLength,
    &MeanSentenceLength,
    &MeanWordLength,
    &NewlineToWordRatio,
    &OpenFormula,
    &ParagraphCount,
    &PhoneCount,
    &PromptCopyRatio,
    &PromptLeakCount,
    &QuantityCount,
    &ReasoningCueCount,
    &RefusalCount,
    &RemovedWordRatio,
    &Score,
    &ScriptAlphaWordRatio,
    &ScriptMeanWordLength,
    &ScriptWordCount,
    &SentenceCount,
    &ShortLineRatio,
    &StopWordCount,
    &StrippedFormulaCount,
    &SymbolCharRatio,
    &TerminalPunctuationLineRatio,
    &TextFileName,
    &TfdsC4CurlyBracket,
    &TfdsC4LoremIpsum,
    &TfdsC4SentenceCount,
    &ThinkingTagCount,
    &Top2gramCharRatio,
    &Top3gramCharRatio,
    &Top4gramCharRatio,
    &UnbalancedLatexCount,
    &UnbalancedLatexRatio,
    &UnfinishedEnding,
    &UppercaseLetterRatio,
    &WhitespaceCharRatio,
    &WordCount,
];

/// The built-in signal of that name.
pub fn signal(name: &str) -> Option<&'static dyn Signal> {
    let at = SIGNALS.binary_search_by_key(&name, |s| s.name()).ok()?;
    SIGNALS.get(at).copied()
}

/// The error for a name that no built-in signal has.
pub(crate) fn unknown_signal(name: &str) -> Error {
    Error::unknown_of_many("signal", name, SIGNALS.iter().map(|s| s.name()), "(all are in docs/signals.md)")
}

macro_rules! signals_behind_pointers {
    ($($pointer:ty),+) => {$(
        impl<S: Signal + ?Sized> Signal for $pointer {
            fn name(&self) -> &'static str {
                (**self).name()
            }

            fn doc(&self) -> &'static str {
                (**self).doc()
            }

            fn measure(&self, doc: &Document<'_>) -> Option<f64> {
                (**self).measure(doc)
            }

            fn bounds(&self, doc: &Document<'_>) -> Option<(f64, f64)> {
                (**self).bounds(doc)
            }
        }
    )+};
}

signals_behind_pointers!(&S, Box<S>, Arc<S>);

/// Declares signals: documentation, which is also [`Signal::doc`]; type; name; how a document is measured; and, after `within`,
/// what bounds the measurement, where that is cheaper.
macro_rules! signals {
    ($($(#[doc = $doc:literal])+ $type:ident $name:literal |$document:ident| $measure:expr
        $(, within |$bounded:ident| $bounds:expr)?;)+) => {$(
        $(#[doc = $doc])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
        pub struct $type;

        impl $crate::signal::Signal for $type {
            fn name(&self) -> &'static str {
                $name
            }

            fn doc(&self) -> &'static str {
                concat!($($doc),+).trim_ascii()
            }

            fn measure(&self, $document: &$crate::document::Document<'_>) -> Option<f64> {
                $measure
            }

            $(fn bounds(&self, $bounded: &$crate::document::Document<'_>) -> Option<(f64, f64)> {
                $bounds
            })?
        }
    )+};
}
use signals;

/// How much less of `signal` there is than when the chain took it (see [`Document::earlier`]), as a share of what there was; 0 if
/// there is more. Undefined if it was not taken, or was 0.
fn removed(doc: &Document<'_>, signal: &dyn Signal) -> Option<f64> {
    let before = doc.earlier(signal.name()).filter(|before| *before > 0.0)?;
    let now = signal.measure(doc)?;
    Some(((before - now) / before).max(0.0))
}

/// `part` as a share of `whole`; undefined for a `whole` of 0.
fn ratio(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Analyzer;
    use proptest::prelude::*;

    /// What the signal of that name says of `text`.
    pub(super) fn measured(name: &str, text: &str) -> Option<f64> {
        let mut analyzer = Analyzer::new();
        let view = analyzer.view(text);
        signal(name).unwrap().measure(&Document::new(&view))
    }

    #[test]
    fn the_list_is_sorted_and_documented() {
        assert!(SIGNALS.windows(2).all(|pair| pair[0].name() < pair[1].name()));
        for signal in SIGNALS {
            let (name, doc) = (signal.name(), signal.doc());
            assert!(name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_'), "{name}");
            assert!(doc.len() > 20 && doc.ends_with('.') && !doc.contains('\n'), "{name}: {doc}");
            // The type's name in snake case is the signal's, so that one can be found from the other.
            let flat = format!("{signal:?}").to_ascii_lowercase();
            assert_eq!(flat, name.replace('_', ""), "{name}");
        }
        assert!(signal("no_such_signal").is_none());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn every_text_has_a_finite_outcome(text in "(\\PC|[ \\r\\n\0\u{301}.#•`{}-]|I'm sorry, but I can’t|lorem ipsum){0,30}") {
            let mut analyzer = Analyzer::new();
            let view = analyzer.view(&text);
            for signal in SIGNALS {
                // Asked for first, on a view that knows nothing yet.
                let bounds = signal.bounds(&Document::new(&Analyzer::new().view(&text)));
                let value = signal.measure(&Document::new(&view));
                let within = |(low, high): (f64, f64)| value.is_some_and(|value| low <= value && value <= high);
                prop_assert!(bounds.is_none_or(within), "{}: {value:?} of {bounds:?}", signal.name());
                prop_assert!(value.is_none_or(|v| v.is_finite() && v >= 0.0), "{}: {value:?}", signal.name());
                let is_share = signal.name().ends_with("line_ratio") || signal.name().contains("char_ratio");
                // The most frequent n-gram may overlap itself.
                if is_share && !signal.name().contains("top_") {
                    prop_assert!(value.is_none_or(|v| v <= 1.0), "{}: {value:?}", signal.name());
                }
            }
        }
    }
}
