//! [`Infeasible`]: why a mix cannot be had, and each thing that would help, in numbers.

use super::share::Share;
use crate::error::Error;
use std::fmt;

/// A budget that the sources cannot meet at the asked shares and caps.
///
/// Feasible means that every group's exact share of the budget (a fraction, before rounding) is at most what its sources
/// may give, so whatever is feasible for one budget is feasible for every smaller one.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "recipe-file", derive(serde::Serialize, serde::Deserialize))]
pub struct Infeasible {
    /// The tokens asked for.
    pub budget: u64,
    /// The largest feasible budget at these shares and caps, exactly: one token more is infeasible. 0 if none is feasible.
    pub largest_budget: u64,
    /// What all groups with a share may give together: if it is less than the budget, renormalising cannot help either.
    pub available: u64,
    /// The groups that are short, the one that binds the largest budget first.
    pub short: Vec<ShortGroup>,
}

/// A group that has too few tokens.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "recipe-file", derive(serde::Serialize, serde::Deserialize))]
pub struct ShortGroup {
    /// The group.
    pub group: String,
    /// Its sources, sorted; those of weight 0 left out.
    pub sources: Vec<String>,
    /// The share asked for.
    pub share: Share,
    /// That share of the budget in tokens, rounded up.
    pub asked: u64,
    /// What the sources may give: unique tokens times `max_epochs`, less what earlier stages emitted.
    pub available: u64,
    /// Their unique tokens.
    pub unique: u64,
    /// The smallest `max_epochs`, in hundredths, that lets the sources give what is asked (a source that already has a
    /// larger one keeps it).
    pub sufficient_epochs: f64,
    /// What the group's own `max_epochs` lets it give, if that binds and not those of its sources.
    #[cfg_attr(feature = "recipe-file", serde(default))]
    pub group_limit: Option<u64>,
}

impl fmt::Display for Infeasible {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, short) in self.short.iter().enumerate() {
            let too = if i == 0 { "" } else { " too" };
            writeln!(
                f,
                "group `{}` is short{too}: {} of {} tokens is {}, but {} may give only {}",
                short.group,
                short.share,
                digits(self.budget),
                digits(short.asked),
                names(&short.sources),
                digits(short.available),
            )?;
            if short.group_limit.is_some() {
                writeln!(f, "  (the group's own max_epochs allows no more)")?;
            }
        }
        write!(f, "any one of these helps:")?;
        if self.largest_budget > 0 {
            let largest = digits(self.largest_budget);
            write!(f, "\n  tokens = {largest} (the largest budget at these shares and max_epochs)")?;
        }
        for (i, short) in self.short.iter().enumerate() {
            let start = if i == 0 { "\n  max_epochs = " } else { " and " };
            write!(f, "{start}{} for {}", short.sufficient_epochs, names(&short.sources))?;
            if short.group_limit.is_some() {
                write!(f, " and for the group `{}`", short.group)?;
            }
        }
        let shrinks = self.largest_budget > 0;
        let policies = match (shrinks, self.available >= self.budget) {
            (true, true) => "\"shrink\", \"repeat\" or \"renormalise\"",
            (true, false) => "\"shrink\" or \"repeat\"",
            (false, true) => "\"repeat\" or \"renormalise\"",
            (false, false) => "\"repeat\"",
        };
        write!(f, "\n  shortage = {policies}")?;
        if self.available < self.budget {
            write!(f, " (all groups together may give only {})", digits(self.available))?;
        }
        Ok(())
    }
}

impl std::error::Error for Infeasible {}

impl From<Infeasible> for Error {
    fn from(infeasible: Infeasible) -> Error {
        Error::Infeasible(infeasible.to_string())
    }
}

/// The first three names, and how many more there are.
fn names(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().take(3).map(|n| format!("`{n}`")).collect();
    let more = match names.len().saturating_sub(3) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("{}{more}", quoted.join(", "))
}

/// 12345678 as 12_345_678, which TOML and Rust both read back.
pub(crate) fn digits(number: u64) -> String {
    let plain = number.to_string();
    let mut text = String::with_capacity(plain.len() + plain.len() / 3);
    for (i, digit) in plain.chars().enumerate() {
        if i > 0 && (plain.len() - i) % 3 == 0 {
            text.push('_');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_grouped_by_three() {
        assert_eq!(digits(0), "0");
        assert_eq!(digits(999), "999");
        assert_eq!(digits(1_000), "1_000");
        assert_eq!(digits(u64::MAX), "18_446_744_073_709_551_615");
    }
}
