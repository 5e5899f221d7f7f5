//! Source files: their language, comments, encoded data, visible HTML, and the marks of generated code.

mod comments;
mod encoded;
mod generated;
mod html;
mod languages;
mod marks;
mod syntax;

pub(crate) use comments::comment_chars;
pub use encoded::Encoded;
pub(crate) use encoded::measure as measure_encoded;
pub(crate) use generated::{is_generated, notices};
pub use html::VisibleText;
pub(crate) use html::measure as measure_html;
pub use languages::{LANGUAGES, Language};
pub(crate) use marks::{CodeMarks, marks};

/// The last part of a path: after the last `/`, `\` or `:`.
pub(crate) fn file_name(path: &str) -> &str {
    path.rsplit(['/', '\\', ':']).next().unwrap_or(path)
}

/// What follows the last full stop of a file's name; `None` without one, and for a name that begins with its only one.
pub(crate) fn extension(name: &str) -> Option<&str> {
    name.rsplit_once('.').filter(|(stem, _)| !stem.is_empty()).map(|(_, extension)| extension)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_extensions() {
        let cases = [
            ("npm:rxjs-7/src/Subject.d.ts", "Subject.d.ts", Some("ts")),
            ("C:\\code\\README", "README", None),
            (".gitignore", ".gitignore", None),
            ("a/b.tar.gz", "b.tar.gz", Some("gz")),
            ("a/", "", None),
            ("", "", None),
        ];
        for (path, name, want) in cases {
            assert_eq!(file_name(path), name, "{path}");
            assert_eq!(extension(name), want, "{path}");
        }
    }
}
