//! How comments and strings are written, by family of languages: data for the one lexer of `comments`.

/// How a family of languages writes comments and strings.
#[derive(Debug)]
pub(super) struct Syntax {
    /// Openers of comments that end with the line.
    pub(super) line: &'static [&'static str],
    /// Whether a line comment must begin its line or follow white space or `;` (`$#` is no comment of a shell).
    pub(super) line_after_space: bool,
    /// Openers and closers of comments over several lines.
    pub(super) block: &'static [(&'static str, &'static str)],
    /// Whether block comments nest.
    pub(super) nested: bool,
    /// What text may be quoted in, tried in this order.
    pub(super) strings: &'static [Quote],
}

/// A string literal.
#[derive(Debug)]
pub(super) struct Quote {
    pub(super) open: &'static str,
    pub(super) close: &'static str,
    /// Whether a backslash takes the next character's meaning.
    pub(super) escapes: bool,
    /// Whether it may hold a line break. One that may not ends with its line, closed or not.
    pub(super) lines: bool,
    /// Whether it counts as a comment where it begins a line (Python's docstrings).
    pub(super) documents: bool,
}

const fn quote(mark: &'static str) -> Quote {
    Quote { open: mark, close: mark, escapes: true, lines: false, documents: false }
}

const fn over_lines(quote: Quote) -> Quote {
    Quote { lines: true, ..quote }
}

const fn raw(open: &'static str, close: &'static str) -> Quote {
    Quote { open, close, escapes: false, lines: true, documents: false }
}

const fn docstring(mark: &'static str) -> Quote {
    Quote { documents: true, ..over_lines(quote(mark)) }
}

const PLAIN: Syntax = Syntax { line: &[], line_after_space: false, block: &[], nested: false, strings: &[] };

/// A language that nothing is known of.
pub(super) static GENERIC: Syntax = Syntax { strings: &[quote("\"")], ..PLAIN };

/// C, C++, Java and those that write like them.
pub(super) static C: Syntax =
    Syntax { line: &["//"], block: &[("/*", "*/")], strings: &[raw("R\"(", ")\""), quote("\""), quote("'")], ..PLAIN };

/// C#, with verbatim strings.
pub(super) static C_SHARP: Syntax = Syntax {
    line: &["//"],
    block: &[("/*", "*/")],
    strings: &[raw("@\"", "\""), raw("\"\"\"", "\"\"\""), quote("\""), quote("'")],
    ..PLAIN
};

/// Swift, Kotlin, Scala: block comments nest, strings in three marks.
pub(super) static NESTED_C: Syntax = Syntax {
    line: &["//"],
    block: &[("/*", "*/")],
    nested: true,
    strings: &[raw("\"\"\"", "\"\"\""), quote("\""), quote("'")],
    ..PLAIN
};

/// Rust: block comments nest; a lone apostrophe is a lifetime more often than a character, so only a quoted quote is one.
pub(super) static RUST: Syntax = Syntax {
    line: &["//"],
    block: &[("/*", "*/")],
    nested: true,
    strings: &[
        raw("r##\"", "\"##"),
        raw("r#\"", "\"#"),
        raw("r\"", "\""),
        raw("'\"'", ""),
        raw("'\\\"'", ""),
        over_lines(quote("\"")),
    ],
    ..PLAIN
};

pub(super) static GO: Syntax =
    Syntax { line: &["//"], block: &[("/*", "*/")], strings: &[raw("`", "`"), quote("\""), quote("'")], ..PLAIN };

/// JavaScript and TypeScript. Regular expressions are not told from division: a quote in one may end with its line.
pub(super) static JAVASCRIPT: Syntax = Syntax {
    line: &["//"],
    block: &[("/*", "*/")],
    strings: &[over_lines(quote("`")), quote("\""), quote("'")],
    ..PLAIN
};

pub(super) static CSS: Syntax = Syntax { block: &[("/*", "*/")], strings: &[quote("\""), quote("'")], ..PLAIN };

pub(super) static PHP: Syntax = Syntax {
    line: &["//", "#"],
    line_after_space: true,
    block: &[("/*", "*/")],
    strings: &[over_lines(quote("\"")), over_lines(quote("'"))],
    ..PLAIN
};

pub(super) static PYTHON: Syntax =
    Syntax { line: &["#"], strings: &[docstring("\"\"\""), docstring("'''"), quote("\""), quote("'")], ..PLAIN };

/// Shell, Perl, R, Tcl, make, YAML, TOML … Here-documents, and Perl's own marks of quoting, are read as code.
pub(super) static HASH: Syntax =
    Syntax { line: &["#"], line_after_space: true, strings: &[over_lines(quote("\"")), quote("'")], ..PLAIN };

pub(super) static RUBY: Syntax = Syntax {
    line: &["#"],
    line_after_space: true,
    block: &[("\n=begin", "\n=end")],
    strings: &[over_lines(quote("\"")), over_lines(quote("'"))],
    ..PLAIN
};

pub(super) static LUA: Syntax = Syntax {
    line: &["--"],
    block: &[("--[[", "]]"), ("--[=[", "]=]")],
    strings: &[raw("[[", "]]"), quote("\""), quote("'")],
    ..PLAIN
};

pub(super) static HASKELL: Syntax =
    Syntax { line: &["--"], block: &[("{-", "-}")], nested: true, strings: &[quote("\"")], ..PLAIN };

pub(super) static SQL: Syntax = Syntax {
    line: &["--"],
    block: &[("/*", "*/")],
    strings: &[Quote { escapes: false, ..over_lines(quote("'")) }, Quote { escapes: false, ..quote("\"") }],
    ..PLAIN
};

pub(super) static MARKUP: Syntax = Syntax { block: &[("<!--", "-->")], ..PLAIN };

/// TeX: an escaped `\%` is no comment, which a "string" of two characters says.
pub(super) static TEX: Syntax = Syntax { line: &["%"], strings: &[raw("\\%", ""), raw("\\\\", "")], ..PLAIN };
