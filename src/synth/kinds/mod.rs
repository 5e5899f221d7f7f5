//! The kinds of problems, and the templates of each.

mod algebra;
mod arithmetic;
mod calculus;
mod numbers;
mod physics;
mod polynomials;
mod probability;
mod sequences;
mod units;

use super::template::Template;
use crate::error::{Error, Result};
use std::fmt::{self, Write};

/// A field that problems are made in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "recipe-file", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Kind {
    /// Order of operations, long multiplication and division, fractions, decimals, powers, percent, ratios, means.
    Arithmetic,
    /// Divisors, primes, bases, remainders, congruences.
    Numbers,
    /// Linear and quadratic equations, systems, inequalities, word problems.
    Algebra,
    /// Polynomials multiplied out, factored, divided, composed, evaluated.
    Polynomials,
    /// Derivatives, tangents, extrema, integrals, limits.
    Calculus,
    /// Urns, dice, coins, conditional probability, counting, expectation.
    Probability,
    /// Conversions between metric, imperial and US units; temperatures, durations, areas.
    Units,
    /// Problems with the formulas of mechanics, electricity, heat and decay.
    Physics,
    /// Arithmetic, geometric, quadratic and recursive sequences.
    Sequences,
}

impl Kind {
    /// Every kind by its name on the command line.
    pub const ALL: [(&'static str, Kind); 9] = [
        ("arithmetic", Kind::Arithmetic),
        ("numbers", Kind::Numbers),
        ("algebra", Kind::Algebra),
        ("polynomials", Kind::Polynomials),
        ("calculus", Kind::Calculus),
        ("probability", Kind::Probability),
        ("units", Kind::Units),
        ("physics", Kind::Physics),
        ("sequences", Kind::Sequences),
    ];

    /// The kind of that name.
    ///
    /// # Errors
    /// [`Error::Unknown`], which suggests the nearest.
    pub fn parse(name: &str) -> Result<Kind> {
        let found = Kind::ALL.iter().find(|(known, _)| *known == name).map(|(_, kind)| *kind);
        found.ok_or_else(|| Error::unknown("kind", name, Kind::ALL.iter().map(|(known, _)| *known)))
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        Kind::ALL.iter().find(|(_, kind)| *kind == self).map_or("", |(name, _)| name)
    }

    pub(super) fn templates(self) -> &'static [Template] {
        match self {
            Kind::Arithmetic => arithmetic::TEMPLATES,
            Kind::Numbers => numbers::TEMPLATES,
            Kind::Algebra => algebra::TEMPLATES,
            Kind::Polynomials => polynomials::TEMPLATES,
            Kind::Calculus => calculus::TEMPLATES,
            Kind::Probability => probability::TEMPLATES,
            Kind::Units => units::TEMPLATES,
            Kind::Physics => physics::TEMPLATES,
            Kind::Sequences => sequences::TEMPLATES,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Items between signs: `2 + 3 + 4`.
fn spread<T: fmt::Display>(items: &[T], sign: &str) -> String {
    let mut text = String::new();
    for (at, item) in items.iter().enumerate() {
        let _ = write!(text, "{}{item}", if at == 0 { "" } else { sign });
    }
    text
}
