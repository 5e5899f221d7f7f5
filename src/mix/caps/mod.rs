//! Caps: no more than so much of a group's tokens from one kind, generator, template or round of synthetic text.
//!
//! ```text
//! totals by value ──► which values can exceed their cap at all (few) ──► documents in hash order, pass by pass: taken while every cap
//!                     of theirs has room ──► what the capped documents give; the others fill the quota as ever
//! ```
//!
//! A document whose values all stay under their caps whatever is chosen is *free*. Only the others are decided here, one by one; what
//! they leave of each source's quota is chosen from the free ones by [`Selector`](super::Selector).

mod short;
mod walk;

pub use short::{CapFix, CapShort, ShortCap};
pub use walk::{CapDoc, CapLimit, CapSource, CapWalk, Capped, Capper};

use super::infeasible::digits;
use super::share::Share;
use crate::error::Result;
use std::collections::BTreeMap;
use std::fmt;

/// Caps by field and value, each a part of the tokens that the value's group emits.
///
/// ```
/// use mashbill::mix::{Caps, Share};
///
/// let caps = Caps::default().default_cap("generator", 0.25).cap("generator", "gpt-4", 0.15);
/// assert_eq!(caps.share("generator", "gpt-4")?, Some(Share::from_f64(0.15)?));
/// assert_eq!(caps.share("generator", "other")?, Some(Share::from_f64(0.25)?));
/// assert_eq!(caps.share("kind", "qa")?, None);
/// # Ok::<(), mashbill::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
#[cfg_attr(feature = "recipe-file", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
pub struct Caps {
    /// By field: `kind`, `generator`, `template`, `round`.
    pub fields: BTreeMap<String, FieldCaps>,
}

/// The caps of one field's values.
#[derive(Debug, Clone, PartialEq, Default)]
#[cfg_attr(feature = "recipe-file", derive(serde::Serialize, serde::Deserialize))]
pub struct FieldCaps {
    /// Of every value that is not named; none where this is none.
    #[cfg_attr(feature = "recipe-file", serde(default, skip_serializing_if = "Option::is_none"))]
    pub default: Option<f64>,
    /// Of values by name.
    #[cfg_attr(feature = "recipe-file", serde(default, skip_serializing_if = "BTreeMap::is_empty"))]
    pub values: BTreeMap<String, f64>,
}

impl Caps {
    /// Caps every value of a field that has no cap of its own.
    pub fn default_cap(mut self, field: impl Into<String>, share: f64) -> Caps {
        self.fields.entry(field.into()).or_default().default = Some(share);
        self
    }

    /// Caps one value of a field.
    pub fn cap(mut self, field: impl Into<String>, value: impl Into<String>, share: f64) -> Caps {
        self.fields.entry(field.into()).or_default().values.insert(value.into(), share);
        self
    }

    /// Whether nothing is capped.
    pub fn is_empty(&self) -> bool {
        self.fields.values().all(|field| field.default.is_none() && field.values.is_empty())
    }

    /// The cap of a value; none where it has none.
    ///
    /// # Errors
    /// [`Error::Invalid`](crate::Error::Invalid) for a cap that is no share.
    pub fn share(&self, field: &str, value: &str) -> Result<Option<Share>> {
        let Some(field) = self.fields.get(field) else { return Ok(None) };
        field.values.get(value).copied().or(field.default).map(Share::from_f64).transpose()
    }
}

/// What caps made of a mix.
#[derive(Debug, Clone, PartialEq, Default)]
#[cfg_attr(feature = "recipe-file", derive(serde::Serialize, serde::Deserialize))]
pub struct CapPlan {
    /// The values that could have exceeded their caps, by group, field and value: what each may give, and gives.
    pub limits: Vec<CapLine>,
    /// What each source gives of documents with such values, in the order of the sources. The plan's selections choose from the others.
    pub sources: Vec<CapHeld>,
}

/// A value that could have exceeded its cap.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "recipe-file", derive(serde::Serialize, serde::Deserialize))]
pub struct CapLine {
    /// The group.
    pub group: String,
    /// `kind`, `generator`, `template` or `round`.
    pub field: String,
    /// The value.
    pub value: String,
    /// Its cap: a part of the tokens that the group emits.
    pub cap: Share,
    /// That part in tokens, rounded down.
    pub most: u64,
    /// Unique tokens of the documents that have the value.
    pub available: u64,
    /// Tokens emitted of them, copies counted.
    pub tokens: u64,
}

/// A source's documents with capped values.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "recipe-file", derive(serde::Serialize, serde::Deserialize))]
pub struct CapHeld {
    /// The source.
    pub source: String,
    /// Tokens emitted of them, copies counted.
    pub tokens: u64,
    /// Documents emitted of them, copies counted.
    pub docs: u64,
    /// Tokens of those that are emitted at least once.
    pub unique_tokens: u64,
}

impl fmt::Display for CapLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let CapLine { group, field, value, cap, most, tokens, .. } = self;
        let (tokens, most) = (digits(*tokens), digits(*most));
        write!(f, "{field} `{value}` gives {tokens} of the {most} tokens that a cap of {cap} allows in `{group}`")
    }
}
