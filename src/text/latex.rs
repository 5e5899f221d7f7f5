//! Formulas in TeX's notation: how much of a text they are, whether they are closed, and whether something took them out.
//!
//! One pass. Dollars are the difficulty, since they are also money and variables of shells. A single `$` opens a formula if no white
//! space follows; the next `$` closes it if none stands before it and no digit or word follows (`$n$th` and `$x$s` are known), else
//! it is taken for an opening one itself; and a formula ends with its paragraph. So `$5 and $10` holds none.

/// What a text has of TeX's notation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Latex {
    /// Characters (code points) in formulas, their delimiters included.
    pub formula_chars: u64,
    /// Formulas: `$…$`, `$$…$$`, `\(…\)`, `\[…\]`, and environments of formulas.
    pub formulas: u64,
    /// Formulas with nothing in them: what is left where a converter dropped the content; and lines that say only `Image`.
    pub empty: u64,
    /// Delimiters, environments, braces and `\left … \right` of formulas without their partner. A single `$` without one is none,
    /// since it may be money.
    pub unbalanced: u64,
    /// Whether the text ends inside a formula other than `$…`: it was cut off, or a delimiter is missing.
    pub ends_inside: bool,
    /// Commands: a backslash and letters.
    pub commands: u64,
}

/// Environments whose content is a formula, without the star.
const ENVIRONMENTS: [&str; 12] = [
    "equation",
    "align",
    "gather",
    "multline",
    "eqnarray",
    "displaymath",
    "math",
    "alignat",
    "flalign",
    "dmath",
    "subequations",
    "IEEEeqnarray",
];

/// What may follow a closing dollar at once: endings of words.
const ENDINGS: [&str; 7] = ["s", "th", "st", "nd", "rd", "ary", "ly"];

/// Environments within each other of which the names are known; those deeper are only counted.
const MAX_DEPTH: usize = 32;

/// Reads the TeX of `text`.
pub(super) fn measure(text: &str) -> Latex {
    let mut reader = Reader {
        bytes: text.as_bytes(),
        at: 0,
        open: None,
        names: [(0, 0); MAX_DEPTH],
        depth: 0,
        found: Latex::default(),
    };
    reader.begin_line();
    while let Some(&byte) = reader.bytes.get(reader.at) {
        match byte {
            b'\\' => reader.backslash(),
            b'$' => reader.dollar(),
            b'{' => reader.brace(1),
            b'}' => reader.brace(-1),
            b'\n' => reader.line_feed(),
            _ => reader.at = reader.next_mark(),
        }
    }
    let faults = reader.found.unbalanced;
    let in_environment = matches!(reader.open, Some(Formula { opener: Opener::Environment(_), .. }));
    reader.abandon();
    reader.found.ends_inside = in_environment || reader.found.unbalanced > faults;
    reader.found.unbalanced += reader.depth as u64;
    reader.found
}

/// What opened the formula that is being read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Opener {
    Dollar,
    Dollars,
    Round,
    Square,
    /// With the depth of its environment.
    Environment(usize),
}

/// A formula that is being read.
#[derive(Debug, Clone, Copy)]
struct Formula {
    opener: Opener,
    /// Where its first delimiter begins, and where its content does.
    start: usize,
    content: usize,
    /// Braces, and `\left` without `\right`, that are open in it.
    braces: i64,
    lefts: i64,
    /// Whether something was closed in it that was not open.
    below: bool,
}

struct Reader<'t> {
    bytes: &'t [u8],
    at: usize,
    open: Option<Formula>,
    /// Names of the open environments: first byte and length.
    names: [(u32, u32); MAX_DEPTH],
    depth: usize,
    found: Latex,
}

impl<'t> Reader<'t> {
    fn rest(&self) -> &'t [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    /// The next byte after this one that may mean something.
    fn next_mark(&self) -> usize {
        let from = self.at + 1;
        let rest = self.bytes.get(from..).unwrap_or_default();
        let found = if self.open.is_some() {
            rest.iter().position(|b| matches!(b, b'\\' | b'$' | b'{' | b'}' | b'\n'))
        } else {
            memchr::memchr3(b'\\', b'$', b'\n', rest)
        };
        from + found.unwrap_or(rest.len())
    }

    fn brace(&mut self, by: i64) {
        self.at += 1;
        if let Some(formula) = &mut self.open {
            formula.braces += by;
            formula.below |= formula.braces < 0;
        }
    }

    fn backslash(&mut self) {
        match self.bytes.get(self.at + 1) {
            Some(b'(') => self.opener(Opener::Round),
            Some(b'[') => self.opener(Opener::Square),
            Some(b')') => self.closer(Opener::Round),
            Some(b']') => self.closer(Opener::Square),
            Some(b) if b.is_ascii_alphabetic() => self.command(),
            // An escaped mark, or the end of a row.
            Some(b'\n') | None => self.at += 1,
            Some(_) => self.at += 2,
        }
    }

    fn opener(&mut self, opener: Opener) {
        match self.open.map(|f| f.opener) {
            None => self.enter(opener, 2),
            // `$a \(`: the dollar was money.
            Some(Opener::Dollar) => {
                self.open = None;
                self.enter(opener, 2);
            }
            Some(_) => {
                self.found.unbalanced += 1;
                self.at += 2;
            }
        }
    }

    fn closer(&mut self, opener: Opener) {
        if self.open.is_some_and(|f| f.opener == opener) {
            self.close(2);
        } else {
            self.found.unbalanced += 1;
            self.at += 2;
        }
    }

    fn enter(&mut self, opener: Opener, len: usize) {
        let content = self.at + len;
        self.open = Some(Formula { opener, start: self.at, content, braces: 0, lefts: 0, below: false });
        self.at = content;
    }

    /// Closes the formula with a delimiter of that length.
    fn close(&mut self, len: usize) {
        let end = self.at;
        self.at += len;
        let Some(formula) = self.open.take() else { return };
        if is_blank(self.content(formula, end)) {
            self.found.empty += 1;
            return;
        }
        self.found.formulas += 1;
        let chars =
            self.bytes.get(formula.start..self.at).map_or(0, |b| b.iter().filter(|b| **b & 0xC0 != 0x80).count());
        self.found.formula_chars += chars as u64;
        self.found.unbalanced += u64::from(formula.below || formula.braces != 0) + u64::from(formula.lefts != 0);
    }

    fn content(&self, formula: Formula, end: usize) -> &'t [u8] {
        self.bytes.get(formula.content..end).unwrap_or_default()
    }

    /// Gives up the formula that nothing closed.
    fn abandon(&mut self) {
        let Some(formula) = self.open.take() else { return };
        match formula.opener {
            // Money, or a shell's variable.
            Opener::Dollar => {}
            // `Let $$ be a group`: the formula itself is missing.
            Opener::Dollars if is_prose(self.content(formula, self.at)) => self.found.empty += 1,
            // Counted with the environments.
            Opener::Environment(_) => {}
            _ => self.found.unbalanced += 1,
        }
    }

    fn dollar(&mut self) {
        let double = self.bytes.get(self.at + 1) == Some(&b'$');
        match self.open {
            None if double => self.enter(Opener::Dollars, 2),
            None => self.enter(Opener::Dollar, 1),
            Some(f) if f.opener == Opener::Dollars && double => {
                if is_prose(self.content(f, self.at)) && !is_blank(self.content(f, self.at)) {
                    // Two empty formulas with words between: this one begins the next.
                    self.found.empty += 1;
                    self.enter(Opener::Dollars, 2);
                } else {
                    self.close(2);
                }
            }
            Some(f) if f.opener == Opener::Dollar => {
                if self.closes(f) {
                    self.close(1);
                } else {
                    self.open = None;
                    self.enter(if double { Opener::Dollars } else { Opener::Dollar }, if double { 2 } else { 1 });
                }
            }
            // `\text{if $x$}` inside a formula.
            Some(_) => self.at += 1,
        }
    }

    /// Whether the `$` here closes the formula that a `$` opened.
    fn closes(&self, formula: Formula) -> bool {
        let content = self.content(formula, self.at);
        let (Some(first), Some(last)) = (content.first(), content.last()) else { return false };
        let after = self.bytes.get(self.at + 1..).unwrap_or_default();
        let word = after.iter().take(4).take_while(|b| b.is_ascii_alphanumeric()).count();
        let ends = word == 0 || ENDINGS.iter().any(|e| e.as_bytes() == after.get(..word).unwrap_or_default());
        match (first.is_ascii_whitespace(), last.is_ascii_whitespace()) {
            (false, false) => ends,
            // `$ x $`, written wide: with a mark of formulas, or one letter.
            (true, true) => ends && (has_mark(content) || content.trim_ascii().len() == 1),
            _ => false,
        }
    }

    fn command(&mut self) {
        let name = self.rest().iter().skip(1).take_while(|b| b.is_ascii_alphabetic()).count();
        let start = self.at + 1;
        self.found.commands += 1;
        match self.bytes.get(start..start + name).unwrap_or_default() {
            b"begin" => self.environment(start + name, true),
            b"end" => self.environment(start + name, false),
            b"left" => self.left(1, start + name),
            b"right" => self.left(-1, start + name),
            _ => self.at = start + name,
        }
    }

    fn left(&mut self, by: i64, end: usize) {
        self.at = end;
        // The delimiter may be an escaped brace, which counts as no brace, or a plain one of none.
        if let Some(formula) = &mut self.open {
            formula.lefts += by;
            formula.below |= formula.lefts < 0;
        }
    }

    /// Reads `{name}` at `at`, after `\begin` or `\end`.
    fn environment(&mut self, at: usize, begins: bool) {
        let start = self.at;
        self.at = at;
        let Some(after) = self.bytes.get(at..).and_then(|rest| rest.strip_prefix(b"{")) else { return };
        let name =
            after.iter().take(64).take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'*' | b'-' | b'_')).count();
        if name == 0 || after.get(name) != Some(&b'}') {
            return;
        }
        self.at = at + name + 2;
        let span = (at as u32 + 1, name as u32);
        if begins { self.begin(start, span) } else { self.end(start, span) }
    }

    fn begin(&mut self, start: usize, name: (u32, u32)) {
        if let Some(slot) = self.names.get_mut(self.depth) {
            *slot = name;
        }
        let holds_formula = {
            let name = self.name(name);
            let name = name.strip_suffix(b"*").unwrap_or(name);
            ENVIRONMENTS.iter().any(|e| e.as_bytes() == name)
        };
        let free = self.open.is_none_or(|f| f.opener == Opener::Dollar);
        if holds_formula && free {
            let opener = Opener::Environment(self.depth);
            self.open = Some(Formula { opener, start, content: self.at, braces: 0, lefts: 0, below: false });
        }
        self.depth += 1;
    }

    /// Ends the innermost environment of that name, and with it those that began in it and were not ended.
    fn end(&mut self, start: usize, name: (u32, u32)) {
        let wanted = self.name(name);
        let known = self.depth.min(MAX_DEPTH);
        let same = |i: &usize| self.names.get(*i).is_some_and(|&n| self.name(n) == wanted);
        // Deeper ones have no name here: they end in their order.
        let at = if self.depth > MAX_DEPTH { Some(self.depth - 1) } else { (0..known).rev().find(same) };
        let Some(at) = at else {
            self.found.unbalanced += 1;
            return;
        };
        self.found.unbalanced += (self.depth - 1 - at) as u64;
        self.depth = at;
        let Some(Formula { opener: Opener::Environment(depth), .. }) = self.open else { return };
        if depth == at {
            let len = self.at - start;
            self.at = start;
            self.close(len);
        } else if depth > at {
            self.open = None;
        }
    }

    fn name(&self, (start, len): (u32, u32)) -> &'t [u8] {
        self.bytes.get(start as usize..(start + len) as usize).unwrap_or_default()
    }

    fn line_feed(&mut self) {
        self.at += 1;
        let blank = self.rest().iter().take_while(|b| matches!(b, b' ' | b'\t' | b'\r')).count();
        if self.rest().get(blank) == Some(&b'\n') {
            self.end_paragraph();
            self.at += blank;
        } else {
            self.begin_line();
        }
    }

    /// No formula goes beyond its paragraph; an environment may, in sloppy sources.
    fn end_paragraph(&mut self) {
        if self.open.is_some_and(|f| !matches!(f.opener, Opener::Environment(_))) {
            self.abandon();
        }
    }

    /// At the beginning of a line: passes a comment of TeX and a fenced block of Markdown, and counts a placeholder.
    fn begin_line(&mut self) {
        let indent = self.rest().iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
        let line = self.rest().get(indent..).unwrap_or_default();
        if line.starts_with(b"%") {
            self.at += memchr::memchr(b'\n', self.rest()).unwrap_or(self.rest().len());
        } else if line.starts_with(b"```") && self.open.is_none() {
            // Code is not read: to the next line with a fence, or to the end.
            let from = self.at + indent + 3;
            let body = self.bytes.get(from..).unwrap_or_default();
            self.at = memchr::memmem::find(body, b"\n```").map_or(self.bytes.len(), |at| from + at + 4);
        } else if line.get(..5).is_some_and(|w| w.eq_ignore_ascii_case(b"image")) {
            let end = line.get(5..).unwrap_or_default().iter().position(|b| !matches!(b, b' ' | b'\r' | b':' | b'.'));
            let alone = end.is_none_or(|end| line.get(5 + end) == Some(&b'\n'));
            self.found.empty += u64::from(alone);
        }
    }
}

fn is_blank(content: &[u8]) -> bool {
    content.iter().all(|b| b.is_ascii_whitespace())
}

/// Whether a content has a mark that words have not.
fn has_mark(content: &[u8]) -> bool {
    content.iter().any(|b| b"\\=^_+<>{}|".contains(b))
}

/// Whether what stands between two `$$` is no formula but the words between two that are gone: on one line, no mark and no digit,
/// and a word of three letters, or no letter at all.
fn is_prose(content: &[u8]) -> bool {
    let plain = !has_mark(content) && !content.iter().any(|b| b.is_ascii_digit() || *b == b'\n');
    let mut words = content.split(|b| !b.is_ascii_alphabetic());
    plain && (words.any(|w| w.len() >= 3) || !content.iter().any(u8::is_ascii_alphabetic))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn formulas_by_hand() {
        // Text; formulas, their characters, empty ones, unbalanced marks.
        let cases: &[(&str, u64, u64, u64, u64)] = &[
            ("", 0, 0, 0, 0),
            ("Let $x$ be in $A_1$.", 2, 3 + 5, 0, 0),
            ("It costs $5 and $10, or $20-$50, in $HOME/$USER.", 0, 0, 0, 0),
            ("The $n$th and the $x$s, $k$-ary; $n$x", 3, 9, 0, 0),
            ("Wide: $ x $ and $ a = b $, but $ 5 or 6 $.", 2, 5 + 9, 0, 0),
            ("$$a = b$$ and \\[c\\] and \\(dé\\)", 3, 9 + 5 + 6, 0, 0),
            ("$$\na\n$$\n\n$$ab$$", 2, 7 + 6, 0, 0),
            ("\\begin{align*}\na &= b \\\\[2pt]\n\\end{align*}", 1, 42, 0, 0),
            ("\\begin{proof}\nIt is $a$.\n\\end{proof}", 1, 3, 0, 0),
            ("\\[ \\begin{cases} a \\\\ b \\end{cases} \\text{if $x$} \\]", 1, 52, 0, 0),
            ("Escaped \\$5 and \\$6, 50\\%, \\{x\\}", 0, 0, 0, 0),
            // Stripped pages.
            ("Let $$ be a group and $$ a subgroup of $$.", 0, 0, 3, 0),
            ("Then $$, $$ and $$ hold.", 0, 0, 3, 0),
            ("So $$$$ and \\(\\) and \\[ \\] and $$ $$", 0, 0, 4, 0),
            ("as follows:\nImage\nand\n  image: \nImages", 0, 0, 2, 0),
            // Broken ones.
            ("\\[ a = b", 0, 0, 0, 1),
            ("a \\) b \\]", 0, 0, 0, 2),
            ("$$ a = b\n\nnext $c$", 1, 3, 0, 1),
            ("\\( a \\( b \\)", 1, 12, 0, 1),
            ("$\\frac{a}{b$ and $c}$ and $\\{d$", 3, 12 + 4 + 5, 0, 2),
            ("$\\left( a$ and $\\left\\{ b \\right.$", 2, 10 + 19, 0, 1),
            ("\\begin{thm} a \\begin{eq} b \\end{thm}", 0, 0, 0, 1),
            ("\\begin{thm} a", 0, 0, 0, 1),
            ("\\end{thm}", 0, 0, 0, 1),
            ("\\begin{equation} a = b", 0, 0, 0, 1),
            ("\\begin{} \\begin x \\end", 0, 0, 0, 0),
            // Not read: comments, code.
            ("% $a$ \\[\n$b$", 1, 3, 0, 0),
            ("```sh\necho $a$ \\[\n```\n$b$", 1, 3, 0, 0),
            ("\\", 0, 0, 0, 0),
        ];
        for &(text, formulas, formula_chars, empty, unbalanced) in cases {
            let found = measure(text);
            let got = (found.formulas, found.formula_chars, found.empty, found.unbalanced);
            assert_eq!(got, (formulas, formula_chars, empty, unbalanced), "{text}");
        }
        for (text, inside) in
            [("\\[ a =", true), ("$$ a = b", true), ("\\begin{align} a", true), ("\\( a \\) b", false)]
        {
            assert_eq!(measure(text).ends_inside, inside, "{text}");
        }
        for text in ["", "$a", "\\begin{proof} a", "\\[ a\n\nb", "Let $$ be a group"] {
            assert!(!measure(text).ends_inside, "{text}");
        }
        assert_eq!(measure("\\alpha \\$ \\beta2 \\\\").commands, 2);
    }

    #[test]
    fn environments_deeper_than_names_are_kept_balance() {
        for depth in [1, 31, 32, 33, 100] {
            let text = format!("{}x{}", "\\begin{a}".repeat(depth), "\\end{a}".repeat(depth));
            assert_eq!(measure(&text).unbalanced, 0, "{depth}");
        }
    }

    /// Balance by rewriting: a text of whole formulas has no fault, and loses one for each delimiter that is cut off its end.
    fn whole() -> impl Strategy<Value = (String, u64)> {
        let part = prop_oneof![
            Just(("$x^2$", 1)),
            Just(("$$y = 1$$", 1)),
            Just(("\\(z\\)", 1)),
            Just(("\\[\\frac{a}{b}\\]", 1)),
            Just(("\\begin{equation}c\\end{equation}", 1)),
            Just(("\\begin{proof}", 0)),
            Just(("words of prose, $5", 0)),
            Just(("\n\n", 0)),
        ];
        prop::collection::vec(part, 0..20).prop_map(|parts| {
            let opened = parts.iter().filter(|(p, _)| p.contains("proof")).count();
            let text = parts.iter().map(|(p, _)| *p).collect::<Vec<_>>().join(" ; ");
            (format!("{text} ; {}", "\\end{proof}".repeat(opened)), parts.iter().map(|(_, n)| n).sum())
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn whole_formulas_are_counted_and_balanced((text, formulas) in whole()) {
            let found = measure(&text);
            prop_assert_eq!((found.formulas, found.unbalanced, found.empty), (formulas, 0, 0), "{}", text);
            let broken = measure(&format!("{text}\n\n\\[ a"));
            prop_assert_eq!(broken.unbalanced, 1);
        }

        #[test]
        fn total(text in "(\\$|\\$\\$|\\\\|\\[|\\]|\\(|\\)|\\{|\\}|begin\\{a\\}|end\\{a\\}|left|right|[a é%\n]|```){0,60}") {
            let found = measure(&text);
            prop_assert!(found.formula_chars <= text.chars().count() as u64);
        }
    }
}
