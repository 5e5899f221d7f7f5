//! The normal form on which texts are compared: NFC, lower case, words joined by single spaces.

use super::category::{CharTable, ascii_lower, char_table};
use std::marker::PhantomData;
use unicode_normalization::UnicodeNormalization;

/// Bytes that are folded together where nothing is left out among them.
const CHUNK: usize = 16;

/// Brings texts into normal form. One per thread: it owns the buffers, and allocates nothing once they have grown.
///
/// The normal form of a text is: Unicode NFC of the whole, then its full lower case (as [`str::to_lowercase`] does,
/// with the final sigma), then the maximal runs of characters of general category L, M, N or Pc
/// ([`is_word_char`](super::is_word_char)), joined by single spaces. A text without such a character has an empty
/// normal form. Normalising twice is not always the same as once (lower-casing may undo NFC), so do it once.
///
/// ```
/// use mashbill::text::Normalizer;
///
/// let mut normalizer = Normalizer::new();
/// assert_eq!(normalizer.normalize("Rye, CORN &\tBarley_2!"), "rye corn barley_2");
/// assert_eq!(normalizer.normalize("Cafe\u{301} ΟΔΟΣ"), "café οδος");
/// assert_eq!(normalizer.normalize("?!"), "");
/// ```
#[derive(Debug)]
pub struct Normalizer {
    table: &'static CharTable,
    nfc: String,
    out: Vec<u8>,
}

impl Default for Normalizer {
    fn default() -> Self {
        Normalizer { table: char_table(), nfc: String::new(), out: Vec::new() }
    }
}

impl Normalizer {
    /// A normaliser with empty buffers.
    pub fn new() -> Self {
        Normalizer::default()
    }

    /// The normal form of `text`.
    pub fn normalize(&mut self, text: &str) -> &str {
        self.fold::<Words>(text)
    }

    fn fold<F: Fold>(&mut self, text: &str) -> &str {
        let text = if compose(self.table, text, &mut self.nfc) { &self.nfc } else { text };
        let len = Folder::<F>::new(self.table, text, &mut self.out).run();
        // Checked, not assumed: the crate has no unsafe code here, and the check costs little.
        std::str::from_utf8(&self.out[..len]).unwrap_or_default()
    }
}

impl Normalizer {
    /// The content form of `text`: Unicode NFC, every run of white space ([`char::is_whitespace`]) one space, none at the ends.
    /// Case and signs stay. Two texts of equal content form have equal normal forms.
    ///
    /// ```
    /// let mut normalizer = mashbill::text::Normalizer::new();
    /// assert_eq!(normalizer.content_form(" Rye,\r\n\tCORN\u{a0}& cafe\u{301}\n"), "Rye, CORN & café");
    /// assert_eq!(normalizer.content_form(" \n"), "");
    /// ```
    pub fn content_form(&mut self, text: &str) -> &str {
        self.fold::<Space>(text)
    }

    /// `text` with every run of white space ([`char::is_whitespace`]) one space and none at the ends; else as it is.
    pub(crate) fn collapse_spaces(&mut self, text: &str) -> &str {
        let len = Folder::<Space>::new(self.table, text, &mut self.out).run();
        std::str::from_utf8(&self.out[..len]).unwrap_or_default()
    }
}

/// The words of a text that is in normal form.
///
/// ```
/// assert_eq!(mashbill::text::words("rye corn").collect::<Vec<_>>(), ["rye", "corn"]);
/// assert_eq!(mashbill::text::words("").count(), 0);
/// ```
pub fn words(normal: &str) -> impl Iterator<Item = &str> {
    normal.split(' ').filter(|word| !word.is_empty())
}

/// Writes the NFC of `text` to `nfc` if it differs; otherwise returns false.
///
/// Only the stretches that the quick check is unsure of are composed, each from a character before which NFC can be
/// cut to the next such one; all else is copied.
fn compose(table: &CharTable, text: &str, nfc: &mut String) -> bool {
    nfc.clear();
    let mut copied = 0; // text before this is in `nfc`
    let mut last_class = 0;
    let mut at = 0;
    loop {
        if text.as_bytes().get(at).is_some_and(is_plain) {
            at += plain_len(&text.as_bytes()[at..]);
            last_class = 0;
        }
        let Some(c) = text[at..].chars().next() else { break };
        let info = table.get(c);
        let class = info.combining_class();
        if info.nfc_unsure() || (class != 0 && class < last_class) {
            let start = last_boundary(table, text, copied, at);
            let end = next_boundary(table, text, at + c.len_utf8());
            nfc.push_str(&text[copied..start]);
            nfc.extend(text[start..end].nfc());
            (copied, last_class, at) = (end, 0, end);
        } else {
            last_class = class;
            at += c.len_utf8();
        }
    }
    if copied > 0 {
        nfc.push_str(&text[copied..]);
    }
    copied > 0
}

/// Whether a byte is of a character below U+0300, the first combining mark: NFC leaves those alone, and can be cut
/// before each. In UTF-8, U+0300 begins with the byte CC, and no character below has a byte as high.
fn is_plain(byte: &u8) -> bool {
    *byte < 0xCC
}

/// Number of leading plain bytes.
fn plain_len(bytes: &[u8]) -> usize {
    let chunks = bytes.chunks_exact(16).take_while(|chunk| chunk.iter().fold(true, |all, byte| all & is_plain(byte)));
    let whole = 16 * chunks.count();
    whole + bytes[whole..].iter().take_while(|byte| is_plain(byte)).count()
}

/// The last place in `from..at` where NFC can be cut; `from`, if there is no other.
fn last_boundary(table: &CharTable, text: &str, from: usize, at: usize) -> usize {
    let mut chars = text[from..at].char_indices();
    chars.rfind(|&(_, c)| table.get(c).nfc_boundary()).map_or(from, |(i, _)| from + i)
}

/// The first place from `from` on where NFC can be cut.
fn next_boundary(table: &CharTable, text: &str, from: usize) -> usize {
    text[from..].char_indices().find(|&(_, c)| table.get(c).nfc_boundary()).map_or(text.len(), |(i, _)| from + i)
}

/// Number of leading ASCII bytes.
#[inline]
fn ascii_len(bytes: &[u8]) -> usize {
    let mut done = 0;
    for chunk in bytes.chunks_exact(8) {
        let mut eight = [0; 8];
        eight.copy_from_slice(chunk);
        let high = u64::from_le_bytes(eight) & 0x8080_8080_8080_8080;
        if high != 0 {
            return done + high.trailing_zeros() as usize / 8;
        }
        done += 8;
    }
    done + bytes[done..].iter().take_while(|byte| byte.is_ascii()).count()
}

/// What becomes of the characters of a composed text. Runs of spaces that come out are then made one, and none is left at the
/// ends.
trait Fold {
    /// Whether runs of spaces are usual, so that to look for chunks without any costs more than it saves.
    const SPACED: bool;

    /// What becomes of an ASCII byte.
    fn ascii(byte: u8) -> u8;

    /// Writes what becomes of the characters of `start..end`, none of them ASCII.
    fn other(folder: &mut Folder<'_, Self>, start: usize, end: usize)
    where
        Self: Sized;
}

/// White space → a space.
struct Space;

impl Fold for Space {
    const SPACED: bool = false;

    #[inline(always)]
    fn ascii(byte: u8) -> u8 {
        // As `char::is_whitespace`, U+0009 to U+000D and U+0020.
        if byte.wrapping_sub(b'\t') < 5 { b' ' } else { byte }
    }

    fn other(folder: &mut Folder<'_, Self>, start: usize, end: usize) {
        let text = folder.text;
        for piece in text[start..end].split_inclusive(char::is_whitespace) {
            let whole = piece.trim_end_matches(char::is_whitespace);
            folder.append(whole.as_bytes());
            if whole.len() < piece.len() {
                folder.space();
            }
        }
    }
}

/// Lower case; what is no part of a word → a space.
struct Words;

impl Fold for Words {
    const SPACED: bool = true;

    #[inline(always)]
    fn ascii(byte: u8) -> u8 {
        ascii_lower(byte)
    }

    /// Runs of characters that stay as they are get copied whole.
    fn other(folder: &mut Folder<'_, Self>, start: usize, end: usize) {
        let (text, table) = (folder.text, folder.table);
        let mut copied = start;
        for (i, c) in text[start..end].char_indices() {
            let info = table.get(c);
            if info.stays() {
                continue;
            }
            let at = start + i;
            folder.append(&text.as_bytes()[copied..at]);
            copied = at + c.len_utf8();
            if !info.lowers() {
                folder.put(c, false);
            } else if c == 'Σ' {
                folder.put(if folder.is_final_sigma(at) { 'ς' } else { 'σ' }, true);
            } else {
                // The category that counts is that of the lower case.
                c.to_lowercase().for_each(|lower| folder.put(lower, table.get(lower).is_word()));
            }
        }
        folder.append(&text.as_bytes()[copied..end]);
    }
}

/// Second half of the work: a composed text → what `F` makes of it.
struct Folder<'a, F> {
    table: &'static CharTable,
    text: &'a str,
    /// Room for the result, of which `len` bytes are written. It only grows, so that it is seldom filled with zeros.
    out: &'a mut Vec<u8>,
    len: usize,
    fold: PhantomData<F>,
}

impl<'a, F: Fold> Folder<'a, F> {
    fn new(table: &'static CharTable, text: &'a str, out: &'a mut Vec<u8>) -> Self {
        Folder { table, text, out, len: 0, fold: PhantomData }
    }

    /// Returns the length of the result.
    fn run(mut self) -> usize {
        let bytes = self.text.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            let ascii = ascii_len(&bytes[at..]);
            self.fold_ascii(&bytes[at..at + ascii]);
            at += ascii;
            let other = bytes[at..].iter().take_while(|byte| !byte.is_ascii()).count();
            F::other(&mut self, at, at + other);
            at += other;
        }
        self.len - usize::from(self.len > 0 && self.last() == b' ')
    }

    /// The last byte written; a space at the start.
    fn last(&self) -> u8 {
        self.out[..self.len].last().copied().unwrap_or(b' ')
    }

    fn make_room(&mut self, more: usize) {
        if self.out.len() - self.len < more {
            self.out.resize((self.len + more).max(2 * self.out.len()), 0);
        }
    }

    fn fold_ascii(&mut self, bytes: &[u8]) {
        self.make_room(bytes.len());
        let mut last = self.last();
        let target = &mut self.out[self.len..];
        let mut len = 0;
        let mut chunks = bytes.chunks_exact(CHUNK);
        for chunk in &mut chunks {
            let mut folded = [0; CHUNK];
            folded.iter_mut().zip(chunk).for_each(|(to, &from)| *to = F::ascii(from));
            if F::SPACED || has_double_space(&folded, last) {
                len += squeeze(&folded, last, &mut target[len..]);
            } else {
                target[len..len + CHUNK].copy_from_slice(&folded);
                len += CHUNK;
            }
            last = folded[CHUNK - 1];
        }
        let mut folded = [0; CHUNK];
        let rest = &mut folded[..chunks.remainder().len()];
        rest.iter_mut().zip(chunks.remainder()).for_each(|(to, &from)| *to = F::ascii(from));
        self.len += len + squeeze(rest, last, &mut target[len..]);
    }

    fn put(&mut self, c: char, is_word: bool) {
        if is_word {
            self.append(c.encode_utf8(&mut [0; 4]).as_bytes());
        } else {
            self.space();
        }
    }

    fn space(&mut self) {
        if self.last() != b' ' {
            self.append(b" ");
        }
    }

    fn append(&mut self, bytes: &[u8]) {
        self.make_room(bytes.len());
        self.out[self.len..self.len + bytes.len()].copy_from_slice(bytes);
        self.len += bytes.len();
    }

    /// The Final_Sigma condition of Unicode (SpecialCasing.txt): a cased letter before, none after, with case-ignorable
    /// characters passed over. Each stretch is looked at twice at most, as a sigma is cased itself.
    fn is_final_sigma(&self, at: usize) -> bool {
        let (before, after) = (&self.text[..at], &self.text[at + 'Σ'.len_utf8()..]);
        meets_cased(before.chars().rev()) && !meets_cased(after.chars())
    }
}

/// Whether a space follows a space, in the chunk or before it.
#[inline(always)]
fn has_double_space(chunk: &[u8; CHUNK], before: u8) -> bool {
    // Without a branch for each byte, so that the compiler makes vector code of it.
    let pairs = chunk.iter().zip(&chunk[1..]);
    let inside = pairs.fold(0, |any, (&a, &b)| any | (u8::from(a == b' ') & u8::from(b == b' ')));
    (inside != 0) | ((before == b' ') & (chunk[0] == b' '))
}

/// Writes the bytes but for spaces after spaces, and returns how many. Without a branch for each byte: every byte is written, and the
/// place moves on unless a space would follow a space. `target` has room for all.
#[inline(always)]
fn squeeze(bytes: &[u8], mut last: u8, target: &mut [u8]) -> usize {
    let mut len = 0;
    for &byte in bytes {
        target[len] = byte;
        len += usize::from(byte != b' ' || last != b' ');
        last = byte;
    }
    len
}

/// Whether the first character that is not case-ignorable is cased.
fn meets_cased(chars: impl Iterator<Item = char>) -> bool {
    for c in chars {
        match Casing::of(c) {
            Casing::Ignorable => continue,
            Casing::Cased => return true,
            Casing::Neither => return false,
        }
    }
    false
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Casing {
    Cased,
    Ignorable,
    Neither,
}

impl Casing {
    /// The standard library has these two properties but shows them only by what it does to a sigma. So it is asked
    /// that way, except for the neighbours that a sigma nearly always has.
    fn of(c: char) -> Casing {
        match c {
            ' ' | '\n' => Casing::Neither,
            'a'..='z' | 'A'..='Z' | 'Α'..='Ρ' | 'Σ'..='Ω' | 'ά'..='ώ' => Casing::Cased,
            _ => Casing::ask(c),
        }
    }

    fn ask(c: char) -> Casing {
        let sigma_is_final = |text: String| text.to_lowercase().contains('ς');
        if !sigma_is_final(format!("aΣ{c}")) {
            Casing::Cased
        } else if !sigma_is_final(format!("aΣ{c}a")) {
            Casing::Ignorable
        } else {
            Casing::Neither
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::sync::LazyLock;

    static WORD: LazyLock<regex::Regex> = LazyLock::new(|| regex::Regex::new(r"[\p{L}\p{M}\p{N}\p{Pc}]+").unwrap());

    /// The definition, word for word.
    fn naive(text: &str) -> String {
        let lower = text.nfc().collect::<String>().to_lowercase();
        WORD.find_iter(&lower).map(|m| m.as_str()).collect::<Vec<_>>().join(" ")
    }

    fn naive_content(text: &str) -> String {
        text.nfc().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
    }

    #[track_caller]
    fn agrees(text: &str) {
        assert_eq!(Normalizer::new().normalize(text), naive(text), "{text:?}");
        assert_eq!(Normalizer::new().content_form(text), naive_content(text), "{text:?}");
    }

    #[test]
    fn hand_made_cases() {
        for text in [
            "",
            " ",
            "!!!",
            "\0\r\n",
            "a",
            " a ",
            "It's 3.5 naïve_words—and “more”…",
            "e\u{301}\u{323} \u{301}",        // marks out of order, a mark after a space
            "\u{301}e",                       // begins with a mark
            "x\u{1100}\u{1161}\u{11A8}y",     // jamo that compose
            "İSTANBUL ǅ ΑΣ. Σ Α.Σ Α.Σ.Α ΣΑΣ", // two characters from one; sigmas
            "ΑΣ\u{301}\u{AD}x ΑΣ:b ΑΣ\u{AD}",
            "日本語 ภาษาไทย हिन्दी עִבְרִית اَلْعَرَبِيَّةُ",
            "Ⓐ ª º ² Ⅷ ﬁ Å \u{212B} \u{2126} \u{F900}",
            "\u{16D63}\u{16D67}\u{16D67} \u{113C2}\u{113C2}\u{113B8}",
        ] {
            agrees(text);
        }
    }

    /// Each character alone, and between letters, where it may compose, order itself, or end a word.
    #[test]
    fn every_character_in_place() {
        let mut normalizer = Normalizer::new();
        let all: Vec<char> = ('\0'..=char::MAX).filter(|&c| (c as u32) < 0x4_0000 || c as u32 % 97 == 0).collect();
        for chunk in all.chunks(512) {
            let text: String = chunk.iter().flat_map(|&c| ['E', c, '\u{301}', ' ', 'Α', 'Σ', c, ' ', c, '.']).collect();
            assert_eq!(normalizer.normalize(&text), naive(&text), "from {:?}", chunk[0]);
            assert_eq!(normalizer.content_form(&text), naive_content(&text), "from {:?}", chunk[0]);
        }
    }

    /// A million characters that are bad for a careless implementation.
    #[test]
    fn hostile_texts_end() {
        for piece in ["\u{301}", "\u{301}\u{323}", "Σ", "Σ.", "\u{AD}", " ", "\u{1161}", "é", "E\u{301}"] {
            let text = piece.repeat(200_000);
            agrees(&text);
        }
    }

    /// Characters that interact: marks of several classes, sigmas, jamo, case-ignorables, separators.
    fn lively() -> impl Strategy<Value = char> {
        prop_oneof![
            proptest::sample::select(
                "aEs ΣΣσςΑ.':’\u{301}\u{323}\u{300}\u{345}\u{AD}\u{200D}\u{1100}\u{1161}\u{11A8}각İIıßẞé\u{212B}\u{93C}क\
                 \u{94D}\u{5B0}\u{5BC}ש\u{64B}\u{651}ﬁ_-\n\u{A0}日ʰ²\u{1D15E}\u{11127}\u{11131}\u{344}"
                    .chars()
                    .collect::<Vec<_>>()
            ),
            any::<char>(),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]
        #[test]
        fn equals_the_definition(chars in prop::collection::vec(lively(), 0..60)) {
            let text: String = chars.into_iter().collect();
            let mut normalizer = Normalizer::new();
            normalizer.normalize("Other TEXT e\u{301} before"); // nothing of it may stay
            prop_assert_eq!(normalizer.normalize(&text), naive(&text));
            prop_assert_eq!(normalizer.content_form(&text), naive_content(&text));
        }

        #[test]
        fn sigma_context_is_the_standard_librarys(chars in prop::collection::vec(lively(), 0..12)) {
            let text: String = chars.into_iter().collect();
            let lower = text.to_lowercase();
            let finals = text.char_indices().filter(|&(_, c)| c == 'Σ').map(|(i, _)| {
                Folder::<Words>::new(char_table(), &text, &mut Vec::new()).is_final_sigma(i)
            });
            let given = text.chars().filter(|&c| c == 'ς').count();
            prop_assert_eq!(finals.filter(|&f| f).count() + given, lower.chars().filter(|&c| c == 'ς').count());
        }
    }
}
