//! What a source file is made of: comments, literals, names, brackets, tests. One pass, by the lexer of `comments`.

use super::Language;
use super::comments::{Piece, pieces};
use super::syntax::GENERIC;
use xxhash_rust::xxh3::xxh3_64;

/// Beginnings of names that test or assert, in lower case, after marks that are no letters: `assertEqual`, `test_x`, `expect(…)`.
const TESTS: [&[u8]; 5] = [b"assert", b"test", b"expect", b"should", b"require_"];

/// Names are told apart by so many bits of their hash: entropy of up to 13 bits, in memory that does not grow with the file.
const NAME_BITS: u32 = 13;
/// Open brackets whose kind is remembered; deeper ones count as matched by any.
const DEPTH: usize = 1024;

/// What a source file is made of. Characters are code points.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct CodeMarks {
    /// All characters.
    pub chars: u64,
    /// Characters in comments and docstrings; `None` where the language's comments are not known.
    pub comments: Option<u64>,
    /// Characters in literals: strings with their quotes, and numbers.
    pub literals: u64,
    /// Names, keywords among them.
    pub names: u64,
    /// Shannon entropy of the names, in bits; 13 at most.
    pub name_entropy: f64,
    /// Brackets `()[]{}` outside comments and strings.
    pub brackets: u64,
    /// Brackets among them without a partner.
    pub unbalanced: u64,
    /// Names that test or assert.
    pub tests: u64,
}

/// Takes a source file apart. Of an unknown language, text in double quotes is a literal, and nothing a comment.
pub(crate) fn marks(text: &str, language: Option<&Language>) -> CodeMarks {
    let syntax = language.and_then(|language| language.syntax);
    let mut scan = Scan::new();
    let mut code_from = 0;
    let (mut comments, mut literals) = (0, 0);
    pieces(text, syntax.unwrap_or(&GENERIC), &mut |piece, range| {
        scan.code(text.as_bytes().get(code_from..range.start).unwrap_or_default());
        code_from = range.end;
        let chars = chars(text.as_bytes().get(range).unwrap_or_default());
        match piece {
            Piece::Comment => comments += chars,
            Piece::Literal => literals += chars,
        }
    });
    scan.code(text.as_bytes().get(code_from..).unwrap_or_default());
    CodeMarks {
        chars: chars(text.as_bytes()),
        comments: syntax.map(|_| comments),
        literals: literals + scan.numbers,
        names: scan.names.iter().map(|&n| u64::from(n)).sum(),
        name_entropy: scan.entropy(),
        brackets: scan.brackets,
        unbalanced: scan.unbalanced + scan.depth,
        tests: scan.tests,
    }
}

/// Characters: bytes that begin one.
fn chars(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|&&b| b & 0xC0 != 0x80).count() as u64
}

/// What stands between comments and strings.
struct Scan {
    /// How often each name stands, by the top bits of its hash.
    names: [u32; 1 << NAME_BITS],
    numbers: u64,
    tests: u64,
    brackets: u64,
    unbalanced: u64,
    open: [u8; DEPTH],
    depth: u64,
}

impl Scan {
    fn new() -> Scan {
        let (names, open) = ([0; 1 << NAME_BITS], [0; DEPTH]);
        Scan { names, numbers: 0, tests: 0, brackets: 0, unbalanced: 0, open, depth: 0 }
    }

    fn code(&mut self, code: &[u8]) {
        let mut at = 0;
        while let Some(&byte) = code.get(at) {
            match byte {
                b if is_word(b) => {
                    let rest = code.get(at..).unwrap_or_default();
                    let word = rest.get(..rest.iter().take_while(|b| is_word(**b)).count()).unwrap_or_default();
                    self.word(word);
                    at += word.len();
                    continue;
                }
                b'(' | b'[' | b'{' => {
                    self.brackets += 1;
                    if let Some(slot) = self.open.get_mut(self.depth as usize) {
                        *slot = byte;
                    }
                    self.depth += 1;
                }
                b')' | b']' | b'}' => {
                    self.brackets += 1;
                    let top = self.depth.checked_sub(1);
                    match (top.map(|top| self.open.get(top as usize)), byte) {
                        (Some(None | Some(b'(')), b')')
                        | (Some(None | Some(b'[')), b']')
                        | (Some(None | Some(b'{')), b'}') => {
                            self.depth -= 1;
                        }
                        _ => self.unbalanced += 1,
                    }
                }
                _ => {}
            }
            at += 1;
        }
    }

    fn word(&mut self, word: &[u8]) {
        if word.first().is_some_and(u8::is_ascii_digit) {
            self.numbers += chars(word);
            return;
        }
        let name = word.get(word.iter().take_while(|b| **b == b'_').count()..).unwrap_or_default();
        let tests = |test: &&[u8]| name.get(..test.len()).is_some_and(|head| head.eq_ignore_ascii_case(test));
        self.tests += u64::from(TESTS.iter().any(|test| tests(&&**test)));
        if let Some(count) = self.names.get_mut((xxh3_64(word) >> (64 - NAME_BITS)) as usize) {
            *count = count.saturating_add(1);
        }
    }

    fn entropy(&self) -> f64 {
        let all: f64 = self.names.iter().map(|&n| f64::from(n)).sum();
        let bits = |&n: &u32| f64::from(n) / all * (all / f64::from(n)).log2();
        self.names.iter().filter(|&&n| n > 0).map(bits).sum()
    }
}

/// A byte of a name or number: letters beyond ASCII count as such.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_file_by_hand() {
        let text = "def test_é(a):\n    # (one [\n    assert a == \"x)\" + 12\n";
        let found = marks(text, Language::named("python"));
        assert_eq!(found.chars, text.chars().count() as u64);
        assert_eq!(found.comments, Some("# (one [".len() as u64));
        assert_eq!(found.literals, "\"x)\"12".len() as u64);
        // def test_é a assert a
        assert_eq!((found.names, found.tests), (5, 2));
        let bits = 0.4 * (2.5_f64).log2() + 3.0 * 0.2 * (5.0_f64).log2();
        assert!((found.name_entropy - bits).abs() < 1e-12, "{} and {bits}", found.name_entropy);
        assert_eq!((found.brackets, found.unbalanced), (2, 0));
    }

    #[test]
    fn brackets_by_hand() {
        for (text, brackets, unbalanced) in
            [("([{}])", 6, 0), ("(]", 2, 2), ("((", 2, 2), ("))", 2, 2), ("{(}", 3, 3), ("[(]])", 5, 3), ("", 0, 0)]
        {
            let found = marks(text, None);
            assert_eq!((found.brackets, found.unbalanced), (brackets, unbalanced), "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn total(text in "([a-z_0-9 é\\n(){}]|[/*#'\"`\\\\-]|\\[|\\]|--|assert|Test){0,60}") {
            for language in super::super::LANGUAGES.iter().map(Some).chain([None]) {
                let found = marks(&text, language);
                prop_assert!(found.comments.unwrap_or(0) + found.literals <= found.chars);
                prop_assert!(found.unbalanced <= found.brackets && found.tests <= found.names);
                prop_assert!(found.name_entropy.is_finite() && found.name_entropy >= 0.0);
            }
        }
    }
}
