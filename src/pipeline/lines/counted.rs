//! The result of counting as a file: version, rules and report, then the units to remove, sorted.

use super::LineDedup;
use crate::dedup::lines::{LINES_VERSION, RepeatedUnits};
use crate::error::{Error, Result};
use crate::io::WholeFile;
use crate::report::LineReport;
use serde_json::{Value, json};
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

/// The first bytes.
const MARK: [u8; 8] = *b"MBUNITS\0";

/// Writes: mark; length of the head and the head, in JSON; number of units; whether they have keepers; units; keepers. All
/// numbers are little-endian `u64`s.
pub(super) fn write(path: &Path, config: &LineDedup, units: &RepeatedUnits, report: &LineReport) -> Result<()> {
    let report = serde_json::to_value(report).map_err(|e| Error::write(path, e))?;
    let head = json!({"rules": identity(config), "report": report}).to_string();
    let mut file = WholeFile::create(path)?;
    file.write(&MARK)?;
    file.write(&(head.len() as u64).to_le_bytes())?;
    file.write(head.as_bytes())?;
    file.write(&(units.len() as u64).to_le_bytes())?;
    file.write(&u64::from(units.keepers().is_some()).to_le_bytes())?;
    for word in units.units().iter().chain(units.keepers().unwrap_or_default()) {
        file.write(&word.to_le_bytes())?;
    }
    file.finish()
}

/// Reads the file; `None` if it is not there.
///
/// # Errors
/// [`Error::Conflict`] if it was made by other rules, [`Error::Read`] if it is damaged.
pub(super) fn read(path: &Path, config: &LineDedup) -> Result<Option<(RepeatedUnits, LineReport)>> {
    let Ok(file) = File::open(path) else { return Ok(None) };
    let mut file = BufReader::with_capacity(1 << 16, file);
    let damaged = |what: &str| Error::read(path, None, format!("{what}; delete the output folder's `work`"));
    let mut word = || -> Result<u64> {
        let mut bytes = [0; 8];
        file.read_exact(&mut bytes).map_err(|e| Error::read(path, None, e))?;
        Ok(u64::from_le_bytes(bytes))
    };
    if word()? != u64::from_le_bytes(MARK) {
        return Err(damaged("is no list of units"));
    }
    let length = word()?;
    let mut head = Vec::new();
    file.by_ref().take(length).read_to_end(&mut head).map_err(|e| Error::read(path, None, e))?;
    let head: Value = serde_json::from_slice(&head).map_err(|e| Error::read(path, None, e))?;
    if head["rules"] != identity(config) {
        let problem = format!("was counted by {}, not by {}; choose another --out", head["rules"], identity(config));
        return Err(Error::Conflict { path: path.to_owned(), problem });
    }
    let report = serde_json::from_value(head["report"].clone()).map_err(|e| Error::read(path, None, e))?;
    let mut word = || -> Result<u64> {
        let mut bytes = [0; 8];
        file.read_exact(&mut bytes).map_err(|e| Error::read(path, None, e))?;
        Ok(u64::from_le_bytes(bytes))
    };
    let (count, keepers) = (word()?, word()? != 0);
    let mut words = |n: u64| (0..n).map(|_| word()).collect::<Result<Vec<u64>>>();
    let units = words(count)?;
    let keepers = if keepers { Some(words(count)?) } else { None };
    if !units.is_sorted() {
        return Err(damaged("its units are out of order"));
    }
    Ok(Some((RepeatedUnits::new(units, keepers), report)))
}

/// What the units depend on, beside the inputs.
fn identity(config: &LineDedup) -> Value {
    let rules = serde_json::to_value(config.rules).unwrap_or_default();
    json!({"version": LINES_VERSION, "hash": "xxh3-64", "rules": rules})
}
