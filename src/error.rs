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
        /// All known names, comma separated; of very many, the nearest, and where all are.
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

    /// More documents hold benchmark items than the caller allows (`--fail-above`). The output is whole.
    #[error("{0}")]
    Contaminated(String),

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
    /// An [`Error::Unknown`] that suggests the nearest of `known`, as [`nearest`] finds it.
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

    /// The same where the names are too many to be read: the eight nearest, and `elsewhere` for all.
    pub(crate) fn unknown_of_many<'a>(
        kind: &'static str,
        name: &str,
        known: impl IntoIterator<Item = &'a str>,
        elsewhere: &str,
    ) -> Error {
        const SHOWN: usize = 8;
        let mut known: Vec<&str> = known.into_iter().collect();
        let nearest = nearest(name, known.iter().copied()).map(str::to_owned);
        known.sort_by_cached_key(|known| (edit_distance(name, known), *known));
        known.truncate(SHOWN);
        Error::Unknown { kind, name: name.to_owned(), nearest, known: format!("{} … {elsewhere}", known.join(", ")) }
    }
}

/// The name among `known` that is closest to `name`, if the edit distance is at most a third of the longer one's length, or 1.
/// Case aside, and swapped neighbours are one edit. Of equally close names the first in the alphabet.
///
/// ```
/// assert_eq!(mashbill::nearest("ztsd", ["lz4", "none", "zstd"]), Some("zstd"));
/// assert_eq!(mashbill::nearest("gzip", ["lz4", "none", "zstd"]), None);
/// ```
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let far = |k: &str| name.chars().count().max(k.chars().count());
    known
        .into_iter()
        .map(|k| (edit_distance(name, k), k))
        .min()
        // Fewer edits than letters: what shares nothing is not near, however short.
        .filter(|&(d, k)| d < far(k) && d <= (far(k) / 3).max(1))
        .map(|(_, k)| k)
}

/// Edits that make `b` of `a`, in characters, case folded (ASCII): a letter inserted, left out or replaced, or two neighbours
/// swapped (optimal string alignment). Three rows of the table.
fn edit_distance(a: &str, b: &str) -> usize {
    let fold = |s: &str| -> Vec<char> { s.chars().map(|c| c.to_ascii_lowercase()).collect() };
    let (a, b) = (fold(a), fold(b));
    let (mut before, mut above): (Vec<usize>, Vec<usize>) = (Vec::new(), (0..=b.len()).collect());
    for i in 0..a.len() {
        let mut row = vec![i + 1];
        for j in 0..b.len() {
            let mut least = (above[j] + usize::from(a[i] != b[j])).min(above[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j] {
                least = least.min(before[j - 1] + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut above, row);
    }
    above[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearest_is_close_or_nothing() {
        assert_eq!(nearest("gopher_qualty", ["c4", "gopher_quality"]), Some("gopher_quality"));
        assert_eq!(nearest("Text", ["id", "text"]), Some("text"));
        assert_eq!(nearest("banana", ["id", "text"]), None);
        assert_eq!(nearest("wbe", ["code", "web"]), Some("web"));
        assert_eq!(nearest("ed", ["id", "text"]), Some("id"));
        assert_eq!(nearest("x", ["y", "text"]), None);
        assert_eq!(nearest("", ["y"]), None);
        assert_eq!(nearest("y", []), None);
    }

    #[test]
    fn of_many_names_the_nearest_are_shown() {
        let names: Vec<String> = (0..100).map(|i| format!("n{i:02}")).collect();
        let error = Error::unknown_of_many("name", "n4", names.iter().map(String::as_str), "(docs)").to_string();
        let nearest = "n04, n14, n24, n34, n40, n41, n42, n43";
        assert_eq!(error, format!("unknown name `n4` (did you mean `n04`?); known: {nearest} … (docs)"));
    }

    #[test]
    fn an_edit_is_a_letter_or_a_swap() {
        let pairs = [("kitten", "sitting", 3), ("ztsd", "zstd", 1), ("", "abc", 3), ("é", "e", 1), ("ID", "id", 0)];
        for (a, b, distance) in pairs {
            assert_eq!(edit_distance(a, b), distance, "{a} {b}");
            assert_eq!(edit_distance(b, a), distance, "{b} {a}");
        }
        // No letter is edited twice, so this is no swap and an insertion (Damerau's distance is 2).
        assert_eq!(edit_distance("ca", "abc"), 3);
    }
}
