//! [`CapShort`]: why a mix cannot be had under its caps, and what would help, in numbers.

use super::super::infeasible::digits;
use super::super::share::Share;
use crate::error::Error;
use std::fmt;

/// A group whose quota cannot be had under its caps.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "recipe-file", derive(serde::Serialize, serde::Deserialize))]
pub struct CapShort {
    /// The group.
    pub group: String,
    /// Tokens that it is to give.
    pub asked: u64,
    /// Tokens that it can give: the most that there is under the caps of one field; where the caps of several bind together, what was
    /// found.
    pub available: u64,
    /// The field whose caps alone rule it out; none where only those of several fields together do.
    pub field: Option<String>,
    /// Caps that bind, the one that leaves most tokens out first: three at most.
    pub caps: Vec<ShortCap>,
    /// How many caps bind.
    pub binding: usize,
    /// What would help, where it can be said.
    pub fix: CapFix,
}

/// A cap that binds.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "recipe-file", derive(serde::Serialize, serde::Deserialize))]
pub struct ShortCap {
    /// The field.
    pub field: String,
    /// The value.
    pub value: String,
    /// Its cap.
    pub cap: Share,
    /// The tokens that this comes to.
    pub most: u64,
    /// The tokens that there are of it, as often as they may be repeated.
    pub available: u64,
}

/// What would help against caps that rule a mix out.
#[derive(Debug, Clone, Default, PartialEq)]
#[cfg_attr(feature = "recipe-file", derive(serde::Serialize, serde::Deserialize))]
pub struct CapFix {
    /// The most tokens that the group can give under these caps, which shrink with it; 0 if there are none.
    pub largest: Option<u64>,
    /// The budget at which that is its part.
    pub largest_budget: Option<u64>,
    /// The smallest cap of the first of the values, in steps of 0.0001, at which the rest could stay as it is.
    pub cap: Option<f64>,
    /// The smallest `default` of the field, in steps of 0.0001, at which the rest could stay as it is.
    pub default: Option<f64>,
}

impl fmt::Display for CapShort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let CapShort { group, asked, available, field, caps, binding, fix } = self;
        let (asked, available) = (digits(*asked), digits(*available));
        match field {
            Some(field) => {
                writeln!(
                    f,
                    "group `{group}` is to give {asked} tokens, but under the caps on {field} it can give only {available}"
                )?;
            }
            None => writeln!(
                f,
                "group `{group}` is to give {asked} tokens, but in hash order only {available} were found that keep all caps together"
            )?,
        }
        for ShortCap { field, value, cap, most, available } in caps {
            let (most, available) = (digits(*most), digits(*available));
            writeln!(f, "  {field} `{value}`: {cap} is {most} tokens, of {available} that there are")?;
        }
        if *binding > caps.len() {
            writeln!(f, "  and {} more caps", binding - caps.len())?;
        }
        write!(f, "any one of these helps:")?;
        if let Some(budget) = fix.largest_budget.filter(|&budget| budget > 0) {
            write!(
                f,
                "\n  tokens = {} (the largest budget under these caps; whole documents may need a little less)",
                digits(budget)
            )?;
        }
        let named = caps.first().filter(|_| fix.cap.is_some());
        if let (Some(cap), Some(ShortCap { field, value, .. })) = (fix.cap, named) {
            write!(f, "\n  a cap of {cap} for {field} `{value}`")?;
        }
        if let (Some(default), Some(field)) = (fix.default, field) {
            write!(f, "\n  a default of {default} for {field}")?;
        }
        write!(f, "\n  more tokens, or a larger max_epochs, of documents that are not under these caps")
    }
}

impl std::error::Error for CapShort {}

impl From<CapShort> for Error {
    fn from(short: CapShort) -> Error {
        Error::Infeasible(short.to_string())
    }
}
