//! Programming languages by name, alias, file name and extension. Names are Linguist's (github-linguist, `languages.yml`), as in
//! The Stack v2, so that a rule that names a language means the same files.

use super::syntax::{self, Syntax};
use super::{extension, file_name};

/// A programming language, or a format of data or prose that source trees hold.
///
/// ```
/// use mashbill::text::Language;
///
/// assert_eq!(Language::named("cpp").map(|l| l.name()), Some("C++"));
/// assert_eq!(Language::of_path("src/main.rs").map(|l| l.name()), Some("Rust"));
/// assert_eq!(Language::named("en"), None);
/// ```
#[derive(Debug)]
pub struct Language {
    name: &'static str,
    aliases: &'static [&'static str],
    extensions: &'static [&'static str],
    file_names: &'static [&'static str],
    pub(super) syntax: Option<&'static Syntax>,
}

impl PartialEq for Language {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Language {}

impl Language {
    /// Linguist's name: `C++`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The language of that name or alias, in any case. A two-letter code of a language that people speak (`cs`, `pl`) is no alias.
    pub fn named(name: &str) -> Option<&'static Language> {
        let name = name.trim();
        let is = |known: &&str| known.eq_ignore_ascii_case(name);
        LANGUAGES.iter().find(|l| is(&l.name) || l.aliases.iter().any(is))
    }

    /// The language that a file's name or extension tells, in any case. Of extensions that several languages share, the one that
    /// most such files have (`h`: C; `m`: Objective-C).
    pub fn of_path(path: &str) -> Option<&'static Language> {
        let name = file_name(path);
        let by_name = LANGUAGES.iter().find(|l| l.file_names.iter().any(|n| n.eq_ignore_ascii_case(name)));
        by_name.or_else(|| {
            let extension = extension(name)?;
            LANGUAGES.iter().find(|l| l.extensions.iter().any(|e| e.eq_ignore_ascii_case(extension)))
        })
    }

    /// The language that the beginning of a file tells: an interpreter after `#!`, `<?php`, or a declaration of HTML or XML.
    pub fn of_beginning(text: &str) -> Option<&'static Language> {
        let bytes = text.trim_start_matches('\u{feff}').trim_start().as_bytes();
        let begins = |with: &str| bytes.get(..with.len()).is_some_and(|b| b.eq_ignore_ascii_case(with.as_bytes()));
        let declared = [("<?php", "PHP"), ("<!doctype html", "HTML"), ("<html", "HTML"), ("<?xml", "XML")];
        if let Some((_, name)) = declared.iter().find(|(with, _)| begins(with)) {
            return Language::named(name);
        }
        let line = bytes.strip_prefix(b"#!")?.split(|&b| b == b'\n').next()?;
        // A line of commands is short; what is longer is none.
        let line = std::str::from_utf8(line.get(..line.len().min(200))?).ok()?;
        let mut words = line.split_ascii_whitespace().map(file_name);
        let mut program = words.next()?;
        if program == "env" {
            program = words.find(|word| !word.starts_with('-') && !word.contains('='))?;
        }
        // `python3.11` is python.
        let name = program.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
        let found = [("node", "JavaScript"), ("wish", "Tcl"), ("tclsh", "Tcl"), ("Rscript", "R"), ("dash", "Shell")];
        let by_program = found.iter().find(|(known, _)| *known == name).map_or(name, |(_, language)| language);
        Language::named(by_program)
    }
}

/// Shorthand for the table: name; aliases; extensions; file names; syntax of comments and strings, where it is known.
macro_rules! languages {
    ($($name:literal [$($alias:literal)*] [$($extension:literal)*] [$($file:literal)*] $syntax:expr;)+) => {
        &[$(Language {
            name: $name,
            aliases: &[$($alias),*],
            extensions: &[$($extension),*],
            file_names: &[$($file),*],
            syntax: $syntax,
        }),+]
    };
}

/// All languages known here, sorted by name: the common ones, and all that a rule names.
pub static LANGUAGES: &[Language] = languages! {
    "Assembly" ["asm" "nasm"] ["asm" "s" "nasm"] [] None;
    "Batchfile" ["bat" "batch" "dosbatch"] ["bat" "cmd"] [] None;
    "C" [] ["c" "h" "cats" "idc"] [] Some(&syntax::C);
    "C#" ["csharp" "c-sharp" "cake"] ["cs" "csx"] [] Some(&syntax::C_SHARP);
    "C++" ["cpp" "cplusplus" "cxx"] ["cpp" "cc" "cxx" "c++" "hpp" "hh" "hxx" "h++" "ipp" "inl"] [] Some(&syntax::C);
    "CMake" [] ["cmake"] ["CMakeLists.txt"] Some(&syntax::HASH);
    "CSS" [] ["css"] [] Some(&syntax::CSS);
    "CUDA" ["cuda"] ["cu" "cuh"] [] Some(&syntax::C);
    "Clojure" [] ["clj" "cljs" "cljc" "edn"] [] None;
    "CoffeeScript" ["coffee"] ["coffee"] ["Cakefile"] None;
    "Cython" ["pyrex"] ["pyx" "pxd" "pxi"] [] Some(&syntax::PYTHON);
    "Dart" [] ["dart"] [] Some(&syntax::C);
    "Dockerfile" ["docker"] ["dockerfile"] ["Dockerfile" "Containerfile"] Some(&syntax::HASH);
    "Elixir" [] ["ex" "exs"] [] None;
    "Erlang" [] ["erl" "hrl"] [] None;
    "F#" ["fsharp"] ["fs" "fsi" "fsx"] [] None;
    "Fortran" [] ["f" "f77" "f90" "f95" "f03" "f08" "for"] [] None;
    "Go" ["golang"] ["go"] [] Some(&syntax::GO);
    "Graphviz (DOT)" ["dot" "graphviz"] ["dot" "gv"] [] None;
    "HTML" ["xhtml"] ["html" "htm" "xhtml" "xht"] [] Some(&syntax::MARKUP);
    "Haskell" [] ["hs" "hsc"] [] Some(&syntax::HASKELL);
    "JSON" ["jsonl" "geojson" "topojson"] ["json" "jsonl" "geojson" "topojson" "webmanifest" "avsc" "har" "ice" "mcmeta" "tfstate" "yyp"] [] None;
    "Java" [] ["java"] [] Some(&syntax::C);
    "JavaScript" ["js" "node"] ["js" "mjs" "cjs" "jsx" "es6"] ["Jakefile"] Some(&syntax::JAVASCRIPT);
    "Julia" [] ["jl"] [] None;
    "Kotlin" [] ["kt" "kts"] [] Some(&syntax::NESTED_C);
    "Lua" [] ["lua" "nse" "rockspec"] [] Some(&syntax::LUA);
    "MATLAB" ["octave"] ["matlab"] [] None;
    "Makefile" ["make" "bsdmake"] ["mk" "mak"] ["Makefile" "GNUmakefile" "BSDmakefile"] Some(&syntax::HASH);
    "Markdown" ["md" "pandoc"] ["md" "markdown" "mdown" "mkd" "mdwn" "livemd"] [] None;
    "Motorola 68K Assembly" ["m68k"] ["x68"] [] None;
    "OCaml" [] ["ml" "mli" "mll" "mly"] [] None;
    "Objective-C" ["objc" "objective-c" "objectivec" "obj-c"] ["m"] [] Some(&syntax::C);
    "Objective-C++" ["objc++" "objectivec++" "obj-c++"] ["mm"] [] Some(&syntax::C);
    "PHP" [] ["php" "phtml" "php3" "php4" "php5"] [] Some(&syntax::PHP);
    "Pascal" ["delphi" "objectpascal"] ["pas" "dpr" "lpr"] [] None;
    "Perl" [] ["pl" "pm" "perl" "t" "al"] ["Makefile.PL" "cpanfile"] Some(&syntax::HASH);
    "PowerShell" ["posh" "pwsh"] ["ps1" "psm1" "psd1"] [] None;
    "Protocol Buffer" ["proto" "protobuf"] ["proto"] [] Some(&syntax::C);
    "Python" ["python2" "python3" "pypy"] ["py" "pyi" "pyw" "wsgi"] ["SConstruct" "wscript"] Some(&syntax::PYTHON);
    "R" ["rscript" "splus"] ["r" "rsx"] [".Rprofile"] Some(&syntax::HASH);
    "Roff" ["groff" "troff" "nroff"] ["roff" "nr" "tmac" "ms" "me"] [] None;
    "Roff Manpage" ["man" "manpage" "man-page" "mdoc"] ["1" "1m" "2" "3" "3x" "4" "5" "6" "7" "8" "9" "man" "mdoc"] [] None;
    "Ruby" ["jruby" "rake" "rbx"] ["rb" "rake" "gemspec" "ru" "podspec"] ["Gemfile" "Rakefile" "Vagrantfile" "Podfile"] Some(&syntax::RUBY);
    "Rust" [] ["rs"] [] Some(&syntax::RUST);
    "SCSS" [] ["scss"] [] Some(&syntax::C);
    "SMT" ["smt-lib" "smtlib"] ["smt2" "smt"] [] None;
    "SQL" ["postgresql" "mysql" "plpgsql"] ["sql" "ddl" "dml"] [] Some(&syntax::SQL);
    "SVG" [] ["svg"] [] Some(&syntax::MARKUP);
    "Scala" [] ["scala" "sbt" "sc"] [] Some(&syntax::NESTED_C);
    "Shell" ["sh" "bash" "zsh" "ksh" "shell-script"] ["sh" "bash" "zsh" "ksh" "bats"] [".bashrc" ".profile" ".zshrc"] Some(&syntax::HASH);
    "Solidity" [] ["sol"] [] Some(&syntax::C);
    "Swift" [] ["swift"] [] Some(&syntax::NESTED_C);
    "SystemVerilog" [] ["sv" "svh"] [] Some(&syntax::C);
    "TOML" [] ["toml"] ["Cargo.lock" "poetry.lock"] Some(&syntax::HASH);
    "TSX" [] ["tsx"] [] Some(&syntax::JAVASCRIPT);
    "Tcl" ["sdc" "xdc"] ["tcl" "tm" "adp"] [] Some(&syntax::HASH);
    "TeX" ["latex"] ["tex" "sty" "cls" "ltx" "bbx" "cbx" "dtx" "ins" "mkii" "mkiv" "toc"] [] Some(&syntax::TEX);
    "Text" ["txt" "plain" "fundamental" "plain text" "plaintext"] ["txt"] ["COPYING" "INSTALL" "LICENSE" "NEWS" "README"] None;
    "TypeScript" ["typescript"] ["ts" "mts" "cts"] [] Some(&syntax::JAVASCRIPT);
    "VHDL" [] ["vhdl" "vhd"] [] None;
    "Verilog" [] ["v" "veo"] [] Some(&syntax::C);
    "Vim Script" ["viml" "vim" "vimscript"] ["vim"] [".vimrc"] None;
    "Visual Basic .NET" ["vb.net" "vbnet" "visual basic"] ["vb" "vbhtml"] [] None;
    "Vue" [] ["vue"] [] Some(&syntax::MARKUP);
    "Web Ontology Language" ["owl"] ["owl"] [] None;
    "WebAssembly" ["wast" "wasm"] ["wat" "wast"] [] None;
    "XML" ["xsd" "wsdl" "rss"] ["xml" "xsd" "xsl" "xslt" "wsdl" "rss" "plist" "csproj" "vcxproj" "xaml" "rdf" "pom"] [] Some(&syntax::MARKUP);
    "YAML" ["yml"] ["yaml" "yml" "mir" "reek" "rviz"] [".clang-format"] Some(&syntax::HASH);
    "Zig" [] ["zig" "zon"] [] None;
    "reStructuredText" ["rst" "restructured text"] ["rst" "rest"] [] None;
};

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    #[test]
    fn the_table_is_sorted_and_names_each_thing_once() {
        assert!(LANGUAGES.windows(2).all(|pair| pair[0].name < pair[1].name));
        let mut seen: HashMap<(&str, String), &str> = HashMap::new();
        for language in LANGUAGES {
            let words =
                [("alias", language.aliases), ("extension", language.extensions), ("file", language.file_names)];
            for (kind, word) in words.iter().flat_map(|(kind, list)| list.iter().map(move |w| (*kind, *w))) {
                let before = seen.insert((kind, word.to_ascii_lowercase()), language.name);
                assert_eq!(before, None, "{kind} {word} of {}", language.name);
            }
            assert_eq!(Language::named(&language.name.to_uppercase()), Some(language));
            for alias in language.aliases {
                assert_eq!(Language::named(alias), Some(language), "{alias}");
                let spoken = ["cs", "pl", "ml", "no", "sv", "hy", "ts", "tr", "is", "as", "ps", "si"];
                assert!(!spoken.contains(alias), "{alias} is a language that people speak");
            }
            for extension in language.extensions {
                assert_eq!(Language::of_path(&format!("a/b.{extension}")), Some(language), "{extension}");
            }
        }
    }

    #[test]
    fn beginnings_tell() {
        let cases = [
            ("#!/usr/bin/env python3.11\n", Some("Python")),
            ("#!/usr/bin/env -S A=b node --x\n", Some("JavaScript")),
            ("#! /bin/bash -e\n", Some("Shell")),
            ("#!/usr/bin/perl", Some("Perl")),
            ("#!", None),
            ("#!/usr/bin/env", None),
            ("\u{feff}<?php echo 1;", Some("PHP")),
            ("\n <!DOCTYPE HTML>", Some("HTML")),
            ("<?xml version='1.0'?>", Some("XML")),
            ("<?xm", None),
            ("#!\u{e9}\u{e9}", None),
            ("", None),
        ];
        for (text, want) in cases {
            assert_eq!(Language::of_beginning(text).map(Language::name), want, "{text:?}");
        }
        assert_eq!(Language::of_path("x/CMakeLists.txt").map(Language::name), Some("CMake"));
        assert_eq!(Language::of_path("x/notes.TXT").map(Language::name), Some("Text"));
        assert_eq!(Language::of_path("x/LICENSE").map(Language::name), Some("Text"));
        assert_eq!(Language::of_path("x/unknown"), None);
    }
}
