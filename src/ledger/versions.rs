//! The versions that every scan and ledger file carries in its footer, and the refusal of files that carry others.

use super::LEDGER_VERSION;
use crate::error::{Error, Result};
use crate::hash::HASH_VERSION;
use crate::io::Shard;

/// The footer's key-value pairs: the crate, the columns, the hash contract.
pub fn versions() -> Vec<(&'static str, String)> {
    vec![
        ("mashbill.version", env!("CARGO_PKG_VERSION").to_owned()),
        ("mashbill.ledger", LEDGER_VERSION.to_string()),
        ("mashbill.hash", HASH_VERSION.to_string()),
    ]
}

/// Refuses a scan or ledger file whose columns or hashes are of another version: hashes of two versions never compare equal, so
/// duplicates would silently not be found.
///
/// # Errors
/// [`Error::Read`], with both versions.
pub fn check_versions(file: &Shard) -> Result<()> {
    for (key, what, ours) in
        [("mashbill.ledger", "the ledger", LEDGER_VERSION), ("mashbill.hash", "the hash contract", HASH_VERSION)]
    {
        let theirs = file.footer_value(key);
        if theirs != Some(ours.to_string().as_str()) {
            let writer = file.footer_value("mashbill.version").map(|v| format!(" (mashbill {v})")).unwrap_or_default();
            let problem = match theirs {
                Some(theirs) => format!(
                    "was written under version {theirs} of {what}{writer}, and this is version {ours}: they do not compare. Use the \
                     release that wrote it, or run again into another folder"
                ),
                None => format!("does not say under which version of {what} it was written; it is no file of a run"),
            };
            return Err(Error::read(file.path(), None, problem));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::{TableOptions, TableWriter};

    fn written(change: impl Fn(&mut Vec<(&'static str, String)>)) -> Result<()> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ledger.parquet");
        let mut metadata = versions();
        change(&mut metadata);
        let options = TableOptions { metadata, ..TableOptions::default() };
        TableWriter::create(&path, &crate::ledger::schema(), &options).unwrap().finish().unwrap();
        let result = check_versions(&Shard::open(&path).unwrap());
        result.map_err(|e| Error::Refused(e.to_string().replace(&path.display().to_string(), "ledger.parquet")))
    }

    #[test]
    fn other_versions_are_refused() {
        assert!(written(|_| ()).is_ok());
        assert!(written(|pairs| pairs[0].1 = "9.9.9".into()).is_ok(), "another release may have the same contract");
        let error = written(|pairs| (pairs[0].1, pairs[2].1) = ("9.9.9".into(), "7".into())).unwrap_err();
        insta::assert_snapshot!(error.to_string().replace(&HASH_VERSION.to_string(), "OURS"), @"ledger.parquet: was written under version 7 of the hash contract (mashbill 9.9.9), and this is version OURS: they do not compare. Use the release that wrote it, or run again into another folder");
        assert!(written(|pairs| pairs[1].1 = "7".into()).is_err());
        let error = written(|pairs| pairs.truncate(2)).unwrap_err();
        insta::assert_snapshot!(error, @"ledger.parquet: does not say under which version of the hash contract it was written; it is no file of a run");
    }
}
