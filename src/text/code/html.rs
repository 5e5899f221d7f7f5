//! What a reader sees of an HTML page: the text outside tags, comments, scripts and style sheets. Not a parser: it builds no tree,
//! takes nothing for invisible but those, and reads any text in one pass.

/// How much text is visible.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct VisibleText {
    /// Characters (code points) outside tags, comments, `script` and `style`. A character reference (`&amp;`) counts as one; a run
    /// of white space as one, at the ends of the page as none.
    pub chars: u64,
}

/// Longest name of a character reference, in bytes (`&CounterClockwiseContourIntegral;` has 31).
const MAX_REFERENCE: usize = 32;

/// Counts the visible text of `html`.
///
/// A comment, tag or script that never ends hides the rest, as in a browser; a `<` that begins neither tag nor comment is text.
pub(crate) fn measure(html: &str) -> VisibleText {
    let mut page = Page { bytes: html.as_bytes(), at: 0, chars: 0, space: false };
    while let Some(&byte) = page.bytes.get(page.at) {
        match byte {
            b'<' if page.skip_markup() => {}
            b'&' => page.reference(),
            _ => page.character(),
        }
    }
    VisibleText { chars: page.chars }
}

struct Page<'t> {
    bytes: &'t [u8],
    at: usize,
    chars: u64,
    /// Whether white space has been seen since the last character.
    space: bool,
}

impl Page<'_> {
    fn rest(&self) -> &[u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    /// Counts a visible character, and the white space before it.
    fn seen(&mut self) {
        self.chars += 1 + u64::from(std::mem::take(&mut self.space) && self.chars > 0);
    }

    fn character(&mut self) {
        let byte = self.rest().first().copied().unwrap_or(b' ');
        self.at += 1;
        match byte {
            _ if byte.is_ascii_whitespace() => self.space = true,
            // The bytes after the first of a character beyond ASCII.
            _ if byte & 0xC0 == 0x80 => {}
            _ => self.seen(),
        }
    }

    /// One character for `&name;`, `&#123;` and `&#x7b;`; else the `&` itself.
    fn reference(&mut self) {
        let name = self.rest().iter().skip(1).take(MAX_REFERENCE);
        let len = name.take_while(|b| b.is_ascii_alphanumeric() || **b == b'#').count();
        let closed = len > 0 && self.rest().get(len + 1) == Some(&b';');
        let is_space = closed && self.rest().starts_with(b"&nbsp;");
        self.at += if closed { len + 2 } else { 1 };
        if is_space { self.space = true } else { self.seen() }
    }

    /// Passes the tag, comment or declaration that begins here; false if none does.
    fn skip_markup(&mut self) -> bool {
        let rest = self.rest();
        if rest.starts_with(b"<!--") {
            self.skip_past(4, b"-->");
            return true;
        }
        match rest.get(1) {
            Some(b'!' | b'?') => self.skip_past(2, b">"),
            Some(b'/') if rest.get(2).is_some_and(u8::is_ascii_alphabetic) => self.skip_tag(),
            Some(b) if b.is_ascii_alphabetic() => {
                let hidden = ["script", "style"].into_iter().find(|name| opens(rest, name));
                self.skip_tag();
                if let Some(name) = hidden {
                    self.skip_to_end_of(name);
                }
            }
            _ => return false,
        }
        true
    }

    fn skip_past(&mut self, opener: usize, close: &[u8]) {
        let after = self.rest().get(opener..).unwrap_or_default();
        let found = memchr::memmem::find(after, close);
        self.at += found.map_or(self.rest().len(), |at| opener + at + close.len());
    }

    /// Passes a tag: to the `>` that stands in no quoted value.
    fn skip_tag(&mut self) {
        while let Some(at) = memchr::memchr3(b'>', b'"', b'\'', self.rest()) {
            let byte = self.rest().get(at).copied();
            self.at += at + 1;
            match byte {
                Some(b'>') => return,
                // A quote is one only after `=`; elsewhere (`<p don't>`) it is a stray mark.
                Some(quote) if self.follows_equals() => match memchr::memchr(quote, self.rest()) {
                    Some(end) => self.at += end + 1,
                    None => break,
                },
                _ => {}
            }
        }
        self.at = self.bytes.len();
    }

    /// Whether the quote just passed follows `=`, with at most a few spaces between.
    fn follows_equals(&self) -> bool {
        let before = self.bytes.get(..self.at.saturating_sub(1)).unwrap_or_default();
        before.iter().rev().take(8).find(|b| !b.is_ascii_whitespace()) == Some(&b'=')
    }

    /// Passes everything up to the closing tag of `name`, which is itself left to be passed.
    fn skip_to_end_of(&mut self, name: &str) {
        while let Some(at) = memchr::memmem::find(self.rest(), b"</") {
            self.at += at;
            let tag = self.rest().get(1..).unwrap_or_default();
            if opens(tag, name) {
                return;
            }
            self.at += 2;
        }
        self.at = self.bytes.len();
    }
}

/// Whether a tag of that name begins with the byte after the first (which is `<` or `/`).
fn opens(tag: &[u8], name: &str) -> bool {
    let end = 1 + name.len();
    tag.get(1..end).is_some_and(|n| n.eq_ignore_ascii_case(name.as_bytes()))
        && tag.get(end).is_none_or(|b| !b.is_ascii_alphanumeric() && *b != b'-')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn pages_by_hand() {
        let cases = [
            ("", ""),
            ("plain  text\n", "plain text"),
            ("<p>One <b>two</b>three</p>\n<p>four</p>", "One twothree four"),
            ("<!DOCTYPE html><html><head><title>T</title></head></html>", "T"),
            ("a<!-- hidden -- > <b> -->b", "ab"),
            ("a<!-- never closed", "a"),
            ("a<script>if (a < b) { \"</b>\" }</SCRIPT >b", "ab"),
            ("a<style media='x'>p { }</style>b", "ab"),
            ("a<scripty>b</scripty>", "ab"),
            ("a<script>never closed", "a"),
            ("<a title=\"x > y\">b</a>", "b"),
            ("<p don't>b", "b"),
            ("<a title=\"open>b", ""),
            ("1 < 2 <3 << 4 > 5", "1 < 2 <3 << 4 > 5"),
            ("a &amp; b&nbsp;c &#233; &#xe9; &nope &; &", "a & b c é é &nope &; &"),
            ("<?php echo 1 ?>é日", "é日"),
            ("</p>x</3>", "x</3>"),
        ];
        for (html, want) in cases {
            assert_eq!(measure(html).chars, want.chars().count() as u64, "{html}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn text_without_marks_is_all_visible(text in "[a-zé \\n]{0,60}") {
            let want = text.split_whitespace().collect::<Vec<_>>().join(" ").chars().count() as u64;
            prop_assert_eq!(measure(&text).chars, want);
        }

        #[test]
        fn never_more_than_there_is(text in "(<|>|&|;|\"|'|=|/|!--|-->|script|[a-z é]){0,60}") {
            prop_assert!(measure(&text).chars <= text.chars().count() as u64);
        }
    }
}
