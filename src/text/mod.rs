//! `&str` → structure: words, sentences, lines, paragraphs, characters and repetition, each computed once and shared.
//!
//! ```
//! use mashbill::text::{Analyzer, WordBreak};
//!
//! let mut analyzer = Analyzer::new(); // one per thread; owns the buffers
//! let view = analyzer.view("Rye, corn.\nBarley!");
//! assert_eq!(view.words(WordBreak::Unicode).iter().collect::<Vec<_>>(), ["Rye", "corn", "Barley"]);
//! assert_eq!(view.words(WordBreak::Whitespace).len(), 3);
//! assert_eq!(view.lines().len(), 2);
//! assert_eq!(view.sentences().get(0), Some("Rye, corn."));
//! assert_eq!(view.chars().letters, 13);
//! ```

mod bounds;
mod chars;
pub(crate) mod code;
pub(crate) mod datatrove;
#[cfg(feature = "lists")]
mod host;
mod intern;
pub(crate) mod language;
mod latex;
mod lines;
mod math;
mod ngrams;
mod overlap;
mod phrases;
pub(crate) mod pii;
pub mod python;
pub(crate) mod references;
mod runs;
mod script;
mod sentences;
mod spacy;
mod spans;
mod view;
mod words;

pub(crate) use bounds::RepetitionBounds;
pub use chars::CharCounts;
pub use code::{Encoded, LANGUAGES, Language, VisibleText};
pub use datatrove::treebank_words;
#[cfg(feature = "lists")]
pub(crate) use host::Host;
pub use language::{Detected, LanguageSet, NaturalLanguage};
pub use latex::Latex;
pub use lines::Duplicates;
pub use math::MathMarks;
pub use ngrams::Repetition;
pub use overlap::Overlap;
pub use phrases::PhraseCounts;
pub use spans::{Span, Spans};
pub use view::{Analyzer, TextView};
pub use words::WordBreak;

/// The longest text that is analysed, in bytes: spans are `u32`. What lies beyond (in a single document of over
/// 4 GiB) is left out of the view; `io` hands no such row on.
pub const MAX_TEXT_BYTES: usize = u32::MAX as usize;

mod category;
mod normalize;
mod tokens;

pub use category::is_word_char;
pub use normalize::{Normalizer, words};
pub use tokens::{Bpe, Encoding, TokenCounter};
