//! The crate's error type. It imports nothing of ours: each room writes its own `From`.

use std::path::PathBuf;

/// What a fallible function of this crate returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A boxed cause, so that no dependency's version is part of this crate's API.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Everything that can go wrong, one variant for each thing that a caller might do about it.
///
/// Measuring, deciding and rewriting are total and never fail; errors come from recipes, files and plans.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A recipe does not parse or does not mean anything. The message carries file, line and column.
    #[error("{0}")]
    Recipe(String),

    /// A name (of a profile, step, signal, column, rule …) that nothing answers to.
    #[error("unknown {kind} `{name}`{}; known: {known}", nearest.as_deref().map(|n| format!(" (did you mean `{n}`?)")).unwrap_or_default())]
    Unknown {
        /// What sort of thing was named.
        kind: &'static str,
        /// The name as given.
        name: String,
        /// The closest known name, where one is close.
        nearest: Option<String>,
        /// All known names, comma separated.
        known: String,
    },

    /// A value outside what its setting allows.
    #[error("{what}: {problem}")]
    Invalid {
        /// The setting.
        what: String,
        /// What is wrong, and what would be right.
        problem: String,
    },

    /// A shard that cannot be read as Parquet at all, or a row group that does not decode.
    #[error("{}{}: {cause}", path.display(), row_group.map(|g| format!(", row group {g}")).unwrap_or_default())]
    Read {
        /// The file.
        path: PathBuf,
        /// The row group, where one is to blame.
        row_group: Option<usize>,
        /// The cause, and the remedy where there is one.
        cause: Cause,
    },

    /// A column that is missing or has a type that does not fit its use.
    #[error("{}: column `{column}`: {problem}", path.display())]
    Column {
        /// The file.
        path: PathBuf,
        /// The column as the recipe names it (dots descend into structs).
        column: String,
        /// What is wrong, with the nearest existing name.
        problem: String,
    },

    /// A row whose text cannot be used (null, not UTF-8), under the policy `on_bad_row = "fail"`.
    #[error("{}, row group {row_group}, row {row}: column `{column}`: {problem}; set on_bad_row = \"quarantine\" to count such rows and go on", path.display())]
    BadRow {
        /// The file.
        path: PathBuf,
        /// The row group.
        row_group: usize,
        /// The row, counted from the start of the file.
        row: u64,
        /// The column.
        column: String,
        /// What is wrong with its value.
        problem: String,
    },

    /// A file or folder that cannot be written.
    #[error("{}: {cause}", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// The cause.
        cause: Cause,
    },

    /// The shares, budget and caps asked for cannot all be had. Nothing was emitted.
    #[error("{0}")]
    Infeasible(String),

    /// A result that is more often a mistake than a wish, and was not allowed beforehand: an output without rows, a source that
    /// deduplication all but empties. Nothing was emitted.
    #[error("{0}")]
    Refused(String),

    /// A result that breaks one of the crate's promises (rows in = sum of fates, for one): a bug, or a file changed under the run.
    #[error("the books do not balance: {0}")]
    Unbalanced(String),

    /// An output folder that belongs to another recipe or other inputs, or holds other people's files.
    #[error("{}: {problem}", path.display())]
    Conflict {
        /// The output folder.
        path: PathBuf,
        /// What differs, and what to do.
        problem: String,
    },

    /// The build lacks a feature that is needed.
    #[error("this build lacks the feature `{feature}`, which {what} needs")]
    Feature {
        /// The Cargo feature.
        feature: &'static str,
        /// What needs it.
        what: String,
    },
}

impl Error {
    /// An [`Error::Unknown`] that suggests the nearest of `known` (edit distance at most a third of the name's length).
    ///
    /// ```
    /// let e = mashbill::Error::unknown("profile", "finewab", ["c4", "fineweb"]);
    /// assert_eq!(e.to_string(), "unknown profile `finewab` (did you mean `fineweb`?); known: c4, fineweb");
    /// ```
    pub fn unknown<'a>(kind: &'static str, name: &str, known: impl IntoIterator<Item = &'a str>) -> Error {
        let known: Vec<&str> = known.into_iter().collect();
        Error::Unknown {
            kind,
            name: name.to_owned(),
            nearest: nearest(name, known.iter().copied()).map(str::to_owned),
            known: known.join(", "),
        }
    }
}

/// The name among `known` that is closest to `name`, if the distance is at most a third of the longer one's length.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|k| (edit_distance(name, k), k))
        .min()
        .filter(|&(d, k)| d * 3 <= name.chars().count().max(k.chars().count()))
        .map(|(_, k)| k)
}

/// Levenshtein distance in characters, case folded (ASCII), by one row of the table.
fn edit_distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().map(|c| c.to_ascii_lowercase()).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().map(|c| c.to_ascii_lowercase()).enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, &cb) in b.iter().enumerate() {
            let substitute = diagonal + usize::from(ca != cb);
            diagonal = row[j + 1];
            row[j + 1] = substitute.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearest_is_close_or_nothing() {
        assert_eq!(nearest("gopher_qualty", ["c4", "gopher_quality"]), Some("gopher_quality"));
        assert_eq!(nearest("Text", ["id", "text"]), Some("text"));
        assert_eq!(nearest("banana", ["id", "text"]), None);
        assert_eq!(edit_distance("kitten", "sitting"), 3);
    }
}
