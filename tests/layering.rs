//! Who may import whom. A room stands on lower layers only; what breaks that is named with its file and line.

#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};

/// The rooms, lowest layer first. A room imports from lower layers and from itself.
const LAYERS: &[&[&str]] = &[
    &["error"],
    &["text", "io"],
    &["document", "hash"],
    &["signal", "ledger"],
    &["filter", "rewrite", "score", "dedup", "decontaminate", "mix", "synth"],
    &["recipe", "report"],
    &["pipeline"],
    &["engine", "cli"],
];

/// Imports within a layer that are meant: these rooms may implement `Filter`, and `Rewrite`.
const MEANT: &[(&str, &str)] =
    &[("dedup", "filter"), ("decontaminate", "filter"), ("dedup", "rewrite"), ("decontaminate", "rewrite")];

/// Lower rooms that a room keeps clear of all the same: the mix knows names, keys and token counts.
const BARRED: &[(&str, &[&str])] = &[("mix", &["text", "io", "document"])];

/// Rooms for services that have only `&str`: they build without Arrow.
const WITHOUT_ARROW: &[&str] = &[
    "error",
    "text",
    "document",
    "hash",
    "signal",
    "filter",
    "rewrite",
    "score",
    "dedup",
    "decontaminate",
    "mix",
    "synth",
];

/// Files that may hold `unsafe`.
const UNSAFE: &[&str] = &["src/hash/simd.rs"];

const MAX_LINES: usize = 600;

/// Where the names that the crate re-exports at its root live.
const ROOT: &[(&str, &str)] =
    &[("Document", "document"), ("Error", "error"), ("Result", "error"), ("Cause", "error"), ("nearest", "error")];

#[test]
fn every_room_stands_on_lower_ones() {
    let mut files = Vec::new();
    collect(Path::new("src"), &mut files);
    assert!(files.len() > 50, "the sources are not where they were");
    let mut found = Vec::new();
    for file in files {
        let source = std::fs::read_to_string(&file).unwrap();
        found.extend(offences(&file.to_string_lossy().replace('\\', "/"), &source));
    }
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

#[test]
fn offences_are_seen_and_placed() {
    let long = "//! Long.\n".repeat(MAX_LINES + 1);
    let cases: &[(&str, &str, &[&str])] = &[
        (
            "src/text/x.rs",
            "//! Doc.\nuse crate::io::Shard;\n",
            &["src/text/x.rs:2: text (layer 1) imports io (layer 1), which is not below it"],
        ),
        (
            "src/hash/x.rs",
            "//! Doc.\nuse crate::{\n    error::{Error, Result},\n    mix::{self, x::{y}},\n    Document,\n};\n",
            &[
                "src/hash/x.rs:4: hash (layer 2) imports mix (layer 4), which is not below it",
                "src/hash/x.rs:5: hash (layer 2) imports document (layer 2), which is not below it",
            ],
        ),
        (
            "src/mix/plan.rs",
            "//! Doc.\nfn f(v: &crate::text::TextView) {}\n",
            &["src/mix/plan.rs:2: mix imports text, which it is to know nothing of"],
        ),
        (
            "src/recipe/mod.rs",
            "//! Doc.\npub(crate) use crate::pipeline::Job;\n",
            &["src/recipe/mod.rs:2: recipe (layer 5) imports pipeline (layer 6), which is not below it"],
        ),
        ("src/error.rs", "//! Doc.\nuse crate::new::X;\n", &["src/error.rs:2: `new` is no room of the table"]),
        ("src/new.rs", "//! Doc.\n", &["src/new.rs:1: `new` is no room of the table"]),
        (
            "src/dedup/x.rs",
            "//! Doc.\n\nuse arrow::array::Array;\nfn f() -> ::parquet::X {}\n",
            &["src/dedup/x.rs:3: dedup builds without `arrow::`", "src/dedup/x.rs:4: dedup builds without `parquet::`"],
        ),
        ("src/io/x.rs", "//! Doc.\nfn f() { unsafe { g() } }\n", &["src/io/x.rs:2: `unsafe` has no place here"]),
        ("src/io/y.rs", "// No doc.\n", &["src/io/y.rs:1: a file begins with `//!` and what it is"]),
        ("src/io/z.rs", &long, &["src/io/z.rs:601: a file has at most 600 lines"]),
        // What is no code is no import; what is below, meant or one's own is allowed.
        (
            "src/dedup/y.rs",
            "//! [`crate::pipeline`] unsafe\n// use crate::cli;\n/* crate::cli /* arrow:: */ crate::cli */\n\
             use crate::filter::Filter;\nconst S: &str = \"crate::cli \\\" unsafe\"; const R: &str = r#\"crate::cli \" \"#;\n\
             const C: char = '\"'; fn f<'a>(x: &'a str) -> crate::Result<crate::dedup::Rules> {}\n#![forbid(unsafe_code)]\n",
            &[],
        ),
        ("src/bin/x.rs", "//! Doc.\nuse crate::cli;\n", &[]),
        ("src/lib.rs", "//! Doc.\npub use crate::pipeline;\n", &[]),
    ];
    for (path, source, expected) in cases {
        assert_eq!(&offences(path, source), expected, "{path}");
    }
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for entry in entries {
        if entry.is_dir() {
            collect(&entry, files);
        } else if entry.extension().is_some_and(|e| e == "rs") {
            files.push(entry);
        }
    }
}

/// All that a file does and may not, as `file:line: what`.
fn offences(path: &str, source: &str) -> Vec<String> {
    let code = code_only(source);
    let mut found: Vec<(usize, String)> = Vec::new();
    if !source.starts_with("//!") {
        found.push((1, "a file begins with `//!` and what it is".to_owned()));
    }
    if source.lines().count() > MAX_LINES {
        found.push((MAX_LINES + 1, format!("a file has at most {MAX_LINES} lines")));
    }
    if !UNSAFE.contains(&path) {
        found.extend(words(&code, "unsafe").map(|at| (line(&code, at), "`unsafe` has no place here".to_owned())));
    }
    let room = path.trim_start_matches("src/").split('/').next().unwrap_or_default().trim_end_matches(".rs");
    if room != "lib" && room != "bin" {
        if layer(room).is_none() {
            found.push((1, format!("`{room}` is no room of the table")));
        }
        for (at, name) in imports(&code) {
            let to = ROOT.iter().find(|(item, _)| *item == name).map_or(name, |(_, room)| room);
            found.extend(forbidden(room, to).map(|why| (line(&code, at), why)));
        }
        for library in ["arrow", "parquet"].into_iter().filter(|_| WITHOUT_ARROW.contains(&room)) {
            let uses = words(&code, library).filter(|at| code[at + library.len()..].starts_with("::"));
            found.extend(uses.map(|at| (line(&code, at), format!("{room} builds without `{library}::`"))));
        }
    }
    found.sort();
    found.into_iter().map(|(line, what)| format!("{path}:{line}: {what}")).collect()
}

/// Why `room` may not import `to`.
fn forbidden(room: &str, to: &str) -> Option<String> {
    let from = layer(room)?;
    let Some(below) = layer(to) else { return Some(format!("`{to}` is no room of the table")) };
    if room == to || MEANT.contains(&(room, to)) {
        None
    } else if below >= from {
        Some(format!("{room} (layer {from}) imports {to} (layer {below}), which is not below it"))
    } else {
        let barred = BARRED.iter().any(|(who, what)| *who == room && what.contains(&to));
        barred.then(|| format!("{room} imports {to}, which it is to know nothing of"))
    }
}

fn layer(room: &str) -> Option<usize> {
    LAYERS.iter().position(|rooms| rooms.contains(&room))
}

/// The names that follow `crate::`, alone or in the outermost braces, and where they stand.
fn imports(code: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    for at in words(code, "crate") {
        let Some(path) = code[at + 5..].strip_prefix("::") else { continue };
        let start = code.len() - path.len();
        if !path.starts_with('{') {
            found.push((start, name(path)));
            continue;
        }
        let (mut depth, mut fresh) = (0, false);
        for (i, c) in path.char_indices() {
            match c {
                '{' => (depth, fresh) = (depth + 1, depth == 0),
                '}' if depth == 1 => break,
                '}' => depth -= 1,
                ',' => fresh = depth == 1,
                _ if fresh && !c.is_whitespace() => {
                    found.push((start + i, name(&path[i..])));
                    fresh = false;
                }
                _ => {}
            }
        }
    }
    found
}

/// Where `word` stands as a whole word.
fn words<'a>(code: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    let whole = move |at: usize| !code[..at].ends_with(part) && !code[at + word.len()..].starts_with(part);
    code.match_indices(word).map(|(at, _)| at).filter(move |&at| whole(at))
}

fn name(path: &str) -> &str {
    path.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default()
}

fn line(code: &str, at: usize) -> usize {
    code[..at].matches('\n').count() + 1
}

/// The source with comments, strings and character literals taken out, line ends kept.
fn code_only(source: &str) -> String {
    let mut code = String::new();
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let skip = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            block_comment(rest)
        } else if first == '"' {
            string(rest)
        } else if let Some(end) = raw_string(rest).filter(|_| !code.ends_with(char::is_alphanumeric)) {
            end
        } else if first == '\'' {
            character(rest)
        } else {
            0
        };
        if skip == 0 {
            code.push(first);
            rest = &rest[first.len_utf8()..];
        } else {
            code.extend(rest[..skip].chars().filter(|&c| c == '\n'));
            rest = &rest[skip..];
        }
    }
    code
}

/// Length of the block comment, which may hold others, that `rest` begins with.
fn block_comment(rest: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < rest.len() {
        let pair = &rest.as_bytes()[at..rest.len().min(at + 2)];
        match pair {
            b"/*" => (depth, at) = (depth + 1, at + 2),
            b"*/" if depth == 1 => return at + 2,
            b"*/" => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
    }
    rest.len()
}

/// Length of the string literal that `rest` begins with.
fn string(rest: &str) -> usize {
    let mut escaped = true; // of the quote that opens it
    let end = rest.find(|c| {
        let ends = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        ends
    });
    end.map_or(rest.len(), |end| end + 1)
}

/// Length of the raw string literal that `rest` begins with, if it does.
fn raw_string(rest: &str) -> Option<usize> {
    let marks = rest.strip_prefix('r')?;
    let hashes = marks.len() - marks.trim_start_matches('#').len();
    let body = marks[hashes..].strip_prefix('"')?;
    let close = format!("\"{}", "#".repeat(hashes));
    Some(body.find(&close).map_or(rest.len(), |at| rest.len() - body.len() + at + close.len()))
}

/// Length of the character literal that `rest` begins with; 0 for a lifetime.
fn character(rest: &str) -> usize {
    let mut chars = rest.char_indices().skip(1);
    match chars.next() {
        Some((_, '\\')) => rest[3..].find('\'').map_or(0, |at| at + 4),
        _ => chars.next().filter(|&(_, c)| c == '\'').map_or(0, |(at, _)| at + 1),
    }
}
