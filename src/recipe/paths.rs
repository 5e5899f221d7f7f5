//! Paths and globs of a recipe → the files they name, sorted.

use crate::error::nearest;
use std::path::{Component, Path, PathBuf};

/// The files that a path or glob names, below `base` unless it is absolute; sorted, at least one. What they are is not
/// looked at. The error is one sentence.
pub(super) fn expand(base: &Path, pattern: &str) -> Result<Vec<PathBuf>, String> {
    let plain = tidy(&base.join(pattern));
    if plain.exists() {
        return Ok(vec![plain]);
    }
    if !pattern.contains(['*', '?', '[']) {
        return Err(missing(pattern, &plain));
    }
    let Some(folder) = base.to_str() else {
        return Err(format!("the folder {} is not UTF-8, which globs need", base.display()));
    };
    // Only what the recipe wrote is a pattern, not the folder that it is looked for in.
    let absolute = Path::new(pattern).is_absolute() || folder.is_empty();
    let whole = if absolute { pattern.to_owned() } else { format!("{}/{pattern}", glob::Pattern::escape(folder)) };
    let found = glob::glob(&whole).map_err(|e| format!("`{pattern}` is not a glob: {}", e.msg))?;
    let mut files = found
        .map(|file| {
            file.map(|f| tidy(&f)).map_err(|e| format!("cannot look into {}: {}", e.path().display(), e.error()))
        })
        .collect::<Result<Vec<PathBuf>, String>>()?;
    files.sort();
    files.dedup();
    if files.is_empty() {
        Err(format!("no file matches `{pattern}`, looked for {}", plain.display()))
    } else {
        Ok(files)
    }
}

/// The sentence for a path as written that names no file, and where it was looked for.
pub(super) fn missing(path: &str, plain: &Path) -> String {
    let near = sibling(plain).map(|n| format!(" (did you mean `{n}`?)")).unwrap_or_default();
    format!("no file `{path}`{near}, looked for {}", plain.display())
}

/// The path without its `.` parts, so that one file has one name.
pub(super) fn tidy(path: &Path) -> PathBuf {
    path.components().filter(|part| *part != Component::CurDir).collect()
}

/// The nearest name in the folder of a file that is not there.
fn sibling(path: &Path) -> Option<String> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut names: Vec<String> =
        std::fs::read_dir(folder).ok()?.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
    names.sort();
    nearest(path.file_name()?.to_str()?, names.iter().map(String::as_str)).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_are_sorted_and_literal_names_win() {
        let folder = tempfile::tempdir().unwrap();
        let base = folder.path().join("a[b]*"); // a folder whose name looks like a pattern
        std::fs::create_dir_all(base.join("in")).unwrap();
        for name in ["in/w_10.parquet", "in/w_2.parquet", "in/[x].parquet", "in/x.parquet"] {
            std::fs::write(base.join(name), "").unwrap();
        }
        let names = |pattern: &str| -> Vec<String> {
            let files = expand(&base, pattern).unwrap();
            files.iter().map(|f| f.strip_prefix(&base).unwrap().to_str().unwrap().to_owned()).collect()
        };
        assert_eq!(names("in/w_*.parquet"), ["in/w_10.parquet", "in/w_2.parquet"]);
        assert_eq!(names("./in/[x].parquet"), ["in/[x].parquet"]);
        assert_eq!(names("in/[xy].parquet"), ["in/x.parquet"]);
        assert!(expand(&base, "in/w_3.parquet").unwrap_err().contains("did you mean `w_2.parquet`?"));
        assert!(expand(&base, "in/v_*").unwrap_err().starts_with("no file matches `in/v_*`"));
        assert!(expand(&base, "in/[z").unwrap_err().starts_with("`in/[z` is not a glob"));
    }
}
