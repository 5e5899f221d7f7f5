//! Under which licences the emitted text stands, in rows and tokens.

use crate::error::{Error, Result};
use crate::ledger::Tally;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Different licences before the column is taken for something else. SPDX lists some 700.
const MOST_LICENCES: usize = 4096;
/// What stands for a licence where the column has none.
pub const NO_LICENCE: &str = "(none)";

/// What is emitted under each licence, by source. Licences are named as the column names them (SPDX ids, at best).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Licences {
    /// By source and licence: rows, bytes and tokens, copies counted.
    pub sources: BTreeMap<String, BTreeMap<String, Tally>>,
}

impl Licences {
    /// Enters rows of a source under a licence; white space around it does not count, and a blank one is none.
    ///
    /// # Errors
    /// [`Error::Refused`] if there are more than 4,096 different ones.
    pub fn add(&mut self, source: &str, licence: Option<&str>, rows: &Tally) -> Result<()> {
        let licence = licence.map(str::trim).filter(|licence| !licence.is_empty()).unwrap_or(NO_LICENCE);
        if !self.sources.contains_key(source) {
            self.sources.insert(source.to_owned(), BTreeMap::new());
        }
        let Some(licences) = self.sources.get_mut(source) else { return Ok(()) };
        if let Some(tally) = licences.get_mut(licence) {
            *tally = sum(tally, rows);
            return Ok(());
        }
        if licences.len() == MOST_LICENCES {
            return Err(Error::Refused(format!(
                "source `{source}` has more than {MOST_LICENCES} different licences, `{licence}` among them: the column under \
                 `license` in [columns] holds something else; name the one that holds SPDX ids, or leave it out"
            )));
        }
        licences.insert(licence.to_owned(), *rows);
        Ok(())
    }

    /// Enters others.
    ///
    /// # Errors
    /// As [`add`](Licences::add).
    pub fn merge(&mut self, other: Licences) -> Result<()> {
        for (source, licences) in other.sources {
            for (licence, rows) in licences {
                self.add(&source, Some(&licence), &rows)?;
            }
        }
        Ok(())
    }

    /// All sources together.
    pub fn all(&self) -> BTreeMap<&str, Tally> {
        let mut all = BTreeMap::<&str, Tally>::new();
        for (licence, rows) in self.sources.values().flatten() {
            let tally = all.entry(licence).or_default();
            *tally = sum(tally, rows);
        }
        all
    }
}

fn sum(a: &Tally, b: &Tally) -> Tally {
    Tally { rows: a.rows + b.rows, bytes: a.bytes + b.bytes, tokens: a.tokens + b.tokens }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn licences_are_named_as_they_are_and_too_many_are_none() {
        let one = Tally { rows: 1, bytes: 10, tokens: 3 };
        let mut licences = Licences::default();
        for licence in [Some(" MIT"), Some("MIT"), None, Some("  "), Some(NO_LICENCE)] {
            licences.add("web", licence, &one).unwrap();
        }
        let mut other = Licences::default();
        other.add("code", Some("MIT"), &one).unwrap();
        licences.merge(other).unwrap();
        let rows: Vec<(&str, u64)> = licences.all().into_iter().map(|(licence, tally)| (licence, tally.rows)).collect();
        assert_eq!(rows, [(NO_LICENCE, 3), ("MIT", 3)]);
        let add = |i: usize| licences.add("web", Some(&format!("page {i}")), &one);
        let error = (0..MOST_LICENCES).map(add).find_map(Result::err).unwrap().to_string();
        assert!(
            error.starts_with("source `web` has more than 4096 different licences, `page 4094` among them"),
            "{error}"
        );
    }
}
