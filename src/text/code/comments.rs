//! Where a source file has comments and strings: one lexer for all languages, driven by the table in `syntax`.

use super::Language;
use super::syntax::{Quote, Syntax};
use std::ops::Range;

/// Characters (code points) in comments, their marks included; `None` for a language whose comments are not known here.
///
/// A string or comment that nobody closes ends with its line, if it may not hold a line break, and else with the file.
pub(crate) fn comment_chars(text: &str, language: &Language) -> Option<u64> {
    let mut comments = 0;
    pieces(text, language.syntax?, &mut |piece, range| {
        if piece == Piece::Comment {
            // Bytes that begin a character.
            let bytes = text.as_bytes().get(range).unwrap_or_default();
            comments += bytes.iter().filter(|&&b| b & 0xC0 != 0x80).count() as u64;
        }
    });
    Some(comments)
}

/// What is no code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece {
    /// A comment or docstring, its marks included.
    Comment,
    /// A string or character, its quotes included.
    Literal,
}

/// Hands on every comment and literal, in order, with the bytes that it takes.
pub(super) fn pieces(text: &str, syntax: &Syntax, each: &mut dyn FnMut(Piece, Range<usize>)) {
    Lexer { text, at: 0, each }.run(syntax);
}

struct Lexer<'t, 'e> {
    text: &'t str,
    at: usize,
    each: &'e mut dyn FnMut(Piece, Range<usize>),
}

impl Lexer<'_, '_> {
    fn run(mut self, syntax: &Syntax) {
        // Only these bytes can open anything; all are ASCII, so `at` stays on character boundaries.
        let mut opens = [false; 256];
        let marks = syntax.line.iter().chain(syntax.block.iter().map(|(open, _)| open));
        for mark in marks.copied().chain(syntax.strings.iter().map(|q| q.open)) {
            mark.bytes().next().into_iter().for_each(|b| opens[usize::from(b)] = true);
        }
        while let Some(&byte) = self.text.as_bytes().get(self.at) {
            if !opens[usize::from(byte)] || !self.enter(syntax) {
                self.at += 1;
            }
        }
    }

    /// Passes the comment or string that begins here, if one does.
    fn enter(&mut self, syntax: &Syntax) -> bool {
        if let Some((open, close)) = syntax.block.iter().find(|(open, _)| self.stands(open)) {
            let start = self.at;
            self.at += open.len();
            if syntax.nested {
                self.skip_nested(open, close)
            } else {
                self.skip_past(close)
            }
            self.put(Piece::Comment, start);
            return true;
        }
        if syntax.line.iter().any(|open| self.stands(open)) && (!syntax.line_after_space || self.after_space()) {
            let start = self.at;
            self.skip_line();
            self.put(Piece::Comment, start);
            return true;
        }
        let Some(quote) = syntax.strings.iter().find(|q| self.stands(q.open)) else { return false };
        let (start, documents) = (self.at, quote.documents && self.begins_line());
        self.at += quote.open.len();
        self.skip_string(quote);
        self.put(if documents { Piece::Comment } else { Piece::Literal }, start);
        true
    }

    fn stands(&self, mark: &str) -> bool {
        self.text.as_bytes().get(self.at..).is_some_and(|rest| rest.starts_with(mark.as_bytes()))
    }

    fn put(&mut self, piece: Piece, start: usize) {
        let end = self.at.min(self.text.len());
        (self.each)(piece, start..end);
    }

    fn after_space(&self) -> bool {
        let before = self.at.checked_sub(1).and_then(|at| self.text.as_bytes().get(at));
        before.is_none_or(|b| b.is_ascii_whitespace() || *b == b';')
    }

    /// Whether only white space stands before on this line. The white space is looked at once for each docstring, of which a line
    /// begins with one at most.
    fn begins_line(&self) -> bool {
        let before = self.text.as_bytes().get(..self.at).unwrap_or_default();
        let blank = before.iter().rev().take_while(|b| matches!(b, b' ' | b'\t')).count();
        before.len() == blank || before.get(before.len() - blank - 1) == Some(&b'\n')
    }

    fn rest(&self) -> &[u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    fn skip_line(&mut self) {
        self.at += memchr::memchr(b'\n', self.rest()).unwrap_or(self.rest().len());
    }

    fn skip_past(&mut self, close: &str) {
        let found = memchr::memmem::find(self.rest(), close.as_bytes());
        self.at += found.map_or(self.rest().len(), |at| at + close.len());
    }

    fn skip_nested(&mut self, open: &str, close: &str) {
        let mut depth = 1u64;
        while depth > 0 && self.at < self.text.len() {
            if self.stands(close) {
                (depth, self.at) = (depth - 1, self.at + close.len());
            } else if self.stands(open) {
                (depth, self.at) = (depth + 1, self.at + open.len());
            } else {
                self.at += 1;
            }
        }
    }

    fn skip_string(&mut self, quote: &Quote) {
        while let Some(&byte) = self.text.as_bytes().get(self.at) {
            if self.stands(quote.close) {
                self.at += quote.close.len();
                return;
            }
            if byte == b'\n' && !quote.lines {
                return;
            }
            let escaped = quote.escapes && byte == b'\\' && self.at + 1 < self.text.len();
            self.at += if escaped { 2 } else { 1 };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What stands between `«` and `»` is comment; the marks are taken out before the text is read.
    #[test]
    fn comments_by_hand() {
        let cases = [
            ("C", "int a; «// one é»\nchar *s = \"// no\"; «/* two\nlines */» x = '\"'; «// three»"),
            ("C++", "auto s = R\"(\" // no)\"; «// yes»"),
            ("Java", "«/** Doc. */»\nint a = b / c; String s = \"\\\"// no\";"),
            ("JavaScript", "const s = `a\n// no`; «// yes»\nlet t = 'it\\'s // no';"),
            ("TypeScript", "let a = 'open // no\nb; «// yes»"),
            ("Go", "s := `\\` «// yes»\nt := \"`\" «// yes»"),
            ("Rust", "«/* a /* b */ c */» fn f<'a>(c: &'a str) { g('\"'); } «// it's»\nlet r = r#\"// no\"#;"),
            ("Swift", "«/* a /* b */ c */» let s = \"\"\"\n// no\n\"\"\""),
            ("PHP", "$a = '# no'; «# yes»\n$b = \"//\"; «// yes»"),
            ("Python", "def f():\n    «\"\"\"Doc # string.\"\"\"»\n    s = \"\"\"# no\"\"\"  «# yes»\n"),
            ("Python", "«'''Module.'''»\nx = '#' «# it's»"),
            ("Shell", "echo $# \"# no\" a#b «# yes»\n«#!x»"),
            ("Perl", "my $n = $#a; «# it's»\nmy $s = '# no';"),
            ("Ruby", "x = 1«\n=begin\nanything # here\n=end»\ny «# yes»"),
            ("Lua", "«--[[ a\nb ]]» x = [[-- no]] «-- yes»"),
            ("Haskell", "«{- a {- b -} c -}» f = \"-- no\" «-- yes»"),
            ("SQL", "SELECT '-- it''s no' «-- yes»\n«/* x */» FROM t"),
            ("HTML", "<p>«<!-- a\nb -->»</p><!- no"),
            ("CSS", "a { b: url(\"/* no */\") } «/* yes */»"),
            ("TeX", "50\\% of it \\\\«% yes»\nno"),
            ("C", "«/* never closed"),
            ("C", ""),
        ];
        for (name, marked) in cases {
            let language = Language::named(name).unwrap();
            let inside = |part: &str| part.split('»').next().unwrap().chars().count() as u64;
            let want: u64 = marked.split('«').skip(1).map(inside).sum();
            let text = marked.replace(['«', '»'], "");
            assert_eq!(comment_chars(&text, language), Some(want), "{name}: {text}");
        }
        assert_eq!(comment_chars("x", Language::named("Zig").unwrap()), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        /// Whatever stands there, no language finds more comment than text, and a line comment of its own is found whole.
        #[test]
        fn total(text in "([a-z é\\n]|[/*#'\"`\\\\-]|--|<!--|-->|=begin|\\[\\[|R\"\\(){0,40}") {
            for language in super::super::LANGUAGES {
                let Some(found) = comment_chars(&text, language) else { continue };
                prop_assert!(found <= text.chars().count() as u64, "{}", language.name());
            }
        }
    }
}
