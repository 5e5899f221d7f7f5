//! Lines and paragraphs that many documents share: counted first, then removed by rule.
//!
//! Menus, cookie notices and footers stand in document after document. Two passes find them: the first counts in how many
//! distinct documents each unit (a line, or a paragraph) stands, the second removes from every document the units that stand
//! in at least [`LineRules::min_documents`]. What is removed depends on the set of texts alone, not on the order in which
//! files, rows or threads come, as it would if the first document seen kept its lines.
//!
//! ```
//! use mashbill::dedup::lines::{LineCounter, LineRules, RemoveUnits};
//! use mashbill::rewrite::Rewrite;
//! use mashbill::{Document, text::Analyzer};
//!
//! let rules = LineRules { min_documents: 3, ..LineRules::default() };
//! let texts = ["Accept all cookies\nRye is dry.", "Accept  all cookies \nCorn is sweet.", "Oak is old.\nAccept all cookies"];
//!
//! let mut counter = LineCounter::new(&rules);
//! let mut other = counter.fork(); // for another thread
//! counter.collect(texts[0]);
//! other.collect(texts[1]);
//! other.collect(texts[2]);
//! counter.merge(other);
//! let counted = counter.finish();
//! assert_eq!(counted.units.len(), 1);
//!
//! let remove = RemoveUnits::new(&rules, counted.units);
//! let mut analyzer = Analyzer::new();
//! let view = analyzer.view(texts[2]);
//! assert_eq!(remove.rewrite(&Document::new(&view)).text, "Oak is old.");
//! ```
//!
//! # What counts as the same
//!
//! Units are compared by the xxh3-64 hash (seed 0) of their content form: NFC, runs of white space made one space, none at the
//! ends ([`Normalizer::content_form`](crate::text::Normalizer::content_form)); case, digits and signs count. Among n distinct
//! units some n² / 2^65 pairs share a hash by accident: 3e-8 at a million units, 0.03 at a billion. Such a pair does harm only if
//! both together reach `min_documents` where one alone does not.
//!
//! Documents are told apart by the upper 48 bits of their text's hash, so exact copies of a page are one document and do not
//! make its lines boilerplate: they are left for the removal of exact duplicates. Two different documents that share a unit are
//! taken for one with a chance of 2^-48, which makes its count one too low.

mod count;
mod fold;
mod remove;
mod set;
mod unit;

pub use count::{LineCounter, UnitRecord};
pub use fold::{Counted, FrequentUnit, LineTotals, Part, Removed, UnitFold};
pub use remove::{RemoveUnits, UnitSlot};
pub use set::RepeatedUnits;
pub use unit::UnitReader;

use crate::error::{Error, Result};

/// Version of what a unit's hash and a document's key are. Raised when either changes; written into every file that holds one.
pub const LINES_VERSION: u32 = 1;

/// What is compared across documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "recipe-file", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum LineUnit {
    /// Lines, which end at LF, CRLF or a lone CR.
    #[default]
    Line,
    /// Paragraphs: runs of lines that are not blank.
    Paragraph,
}

impl LineUnit {
    /// Every unit by its name in recipes.
    pub const ALL: [(&'static str, LineUnit); 2] = [("line", LineUnit::Line), ("paragraph", LineUnit::Paragraph)];

    /// The name in recipes.
    pub fn name(self) -> &'static str {
        match self {
            LineUnit::Line => "line",
            LineUnit::Paragraph => "paragraph",
        }
    }
}

/// Which document keeps a unit that many share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "recipe-file", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum KeepUnit {
    /// None: boilerplate teaches nothing once either.
    #[default]
    None,
    /// The one that comes first by the hash of its text, and its exact copies. Not the first that is read: that would depend
    /// on the order of files and threads. It keeps the unit as often as it has it.
    First,
}

impl KeepUnit {
    /// Every choice by its name in recipes.
    pub const ALL: [(&'static str, KeepUnit); 2] = [("none", KeepUnit::None), ("first", KeepUnit::First)];
}

/// Between which documents units are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "recipe-file", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum LineScope {
    /// All that take part.
    #[default]
    Global,
    /// Those of the same source.
    Source,
}

impl LineScope {
    /// Every scope by its name in recipes.
    pub const ALL: [(&'static str, LineScope); 2] = [("global", LineScope::Global), ("source", LineScope::Source)];
}

/// What counts as boilerplate, and what is done about it.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "recipe-file", derive(serde::Serialize))]
pub struct LineRules {
    /// What is compared. Default: lines.
    pub unit: LineUnit,
    /// In how many distinct documents a unit must stand to be removed; at least 2. Default 20.
    ///
    /// On 4,000 web pages, among them a dozen releases of one manual, 2 took half of the characters even from pages whose menus
    /// had been stripped before, since what two releases share is no boilerplate. From 20 on, little changed: 7 % of the raw
    /// pages went, under 1 % of the stripped ones, and nearly all of it was menus, headings and footers (`docs/dedup-lines.md`).
    pub min_documents: u32,
    /// Shorter units are never touched, in characters of the content form; at least 1, so blank units never are. Default 15:
    /// `}`, `return false;`, `The End.` and `CHAPTER XVIII` stay, `Accept all cookies` goes.
    pub min_chars: u32,
    /// Who keeps a unit. Default: no document.
    pub keep: KeepUnit,
    /// Between which documents units are compared. Default: all.
    pub scope: LineScope,
    /// The highest share of a document's bytes (of its units that are not blank) that may be removed; a document that would lose
    /// more is dropped, by the rule `lines.max_removed`. 1 never drops one. Default 0.8.
    pub max_removed: f64,
}

impl Default for LineRules {
    fn default() -> Self {
        LineRules {
            unit: LineUnit::Line,
            min_documents: 20,
            min_chars: 15,
            keep: KeepUnit::None,
            scope: LineScope::Global,
            max_removed: 0.8,
        }
    }
}

impl LineRules {
    /// That the rules mean something.
    ///
    /// # Errors
    /// [`Error::Invalid`] for fewer than two documents, for no characters, and for a share outside 0 to 1.
    pub fn check(&self) -> Result<()> {
        let invalid = |what: &str, problem: String| Err(Error::Invalid { what: what.to_owned(), problem });
        if self.min_documents < 2 {
            return invalid("min_documents", format!("{} is too few: a unit repeats from 2 on", self.min_documents));
        }
        if self.min_chars == 0 {
            return invalid("min_chars", "must be at least 1: blank units are never removed".to_owned());
        }
        if !(0.0..=1.0).contains(&self.max_removed) {
            return invalid("max_removed", format!("{} is not a share between 0 and 1", self.max_removed));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
