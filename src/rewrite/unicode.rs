//! One of the four Unicode normal forms, and repairs of characters that look alike or cannot be seen.

use super::splice::Splice;
use super::{Rewrite, Rewritten};
use crate::document::Document;
use std::ops::Range;
use unicode_normalization::char::canonical_combining_class;
use unicode_normalization::{IsNormalized, UnicodeNormalization};
use unicode_normalization::{is_nfc_quick, is_nfd_quick, is_nfkc_quick, is_nfkd_quick};

/// A normal form of UAX #15.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NormalForm {
    /// Composed: the form of nearly all text on the web.
    Nfc,
    /// Decomposed.
    Nfd,
    /// Composed, and compatibility characters replaced: `ﬁ` is `fi`, `²` is `2`, `Ａ` is `A`. Loses meaning (`2²` becomes `22`).
    Nfkc,
    /// Decomposed, and compatibility characters replaced.
    Nfkd,
}

impl NormalForm {
    /// Every form and its name in recipes.
    pub const ALL: [(&'static str, NormalForm); 4] =
        [("NFC", NormalForm::Nfc), ("NFD", NormalForm::Nfd), ("NFKC", NormalForm::Nfkc), ("NFKD", NormalForm::Nfkd)];

    /// Whether the character stays as it is, whatever stands beside it, and keeps apart what stands on its sides.
    fn is_apart(self, c: char) -> bool {
        // Everything below the combining marks is composed and a starter; ASCII is the same in every form.
        let plain = if self == NormalForm::Nfc { '\u{300}' } else { '\u{80}' };
        if c < plain {
            return true;
        }
        let one = std::iter::once(c);
        let quick = match self {
            NormalForm::Nfc => is_nfc_quick(one),
            NormalForm::Nfd => is_nfd_quick(one),
            NormalForm::Nfkc => is_nfkc_quick(one),
            NormalForm::Nfkd => is_nfkd_quick(one),
        };
        quick == IsNormalized::Yes && canonical_combining_class(c) == 0
    }

    fn extend(self, out: &mut String, chars: impl Iterator<Item = char>) {
        match self {
            NormalForm::Nfc => out.extend(chars.nfc()),
            NormalForm::Nfd => out.extend(chars.nfd()),
            NormalForm::Nfkc => out.extend(chars.nfkc()),
            NormalForm::Nfkd => out.extend(chars.nfkd()),
        }
    }
}

/// A repair of characters, done before the text is normalised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fix {
    /// Removes U+200B, U+2060 and U+FEFF, and the joiners U+200C and U+200D, except where they are spelling: U+200B beside Thai,
    /// Lao, Khmer and Myanmar, joiners beside Arabic, Syriac, N'Ko, Mongolian and the scripts of India and South-East Asia,
    /// and in emoji.
    ZeroWidth,
    /// Removes C0 and C1 controls and U+007F, but for tab and what breaks lines.
    Control,
    /// Removes U+00AD.
    SoftHyphen,
    /// Curly and low quotes and primes of quotation to `'` and `"`: U+2018 to U+201F.
    Quotes,
    /// U+00A0 and U+202F to a space.
    Nbsp,
    /// U+2028, U+2029, U+0085, VT and FF to LF.
    LineSeparators,
    /// CRLF, and a lone CR, to LF.
    Crlf,
}

impl Fix {
    /// Every repair and its name in recipes.
    pub const ALL: [(&'static str, Fix); 7] = [
        ("zero_width", Fix::ZeroWidth),
        ("control", Fix::Control),
        ("soft_hyphen", Fix::SoftHyphen),
        ("quotes", Fix::Quotes),
        ("nbsp", Fix::Nbsp),
        ("line_separators", Fix::LineSeparators),
        ("crlf", Fix::Crlf),
    ];

    /// The repair that this character is a case for.
    fn of(c: char) -> Option<Fix> {
        match c {
            '\r' => Some(Fix::Crlf),
            '\u{B}' | '\u{C}' | '\u{85}' | '\u{2028}' | '\u{2029}' => Some(Fix::LineSeparators),
            '\t' | '\n' => None,
            '\0'..='\u{1F}' | '\u{7F}'..='\u{9F}' => Some(Fix::Control),
            '\u{A0}' | '\u{202F}' => Some(Fix::Nbsp),
            '\u{AD}' => Some(Fix::SoftHyphen),
            '\u{200B}'..='\u{200D}' | '\u{2060}' | '\u{FEFF}' => Some(Fix::ZeroWidth),
            '\u{2018}'..='\u{201F}' => Some(Fix::Quotes),
            _ => None,
        }
    }
}

/// Brings a text to a normal form of Unicode and repairs characters. Each edit is as small as the characters that change.
///
/// ```
/// use mashbill::{Document, rewrite::{Fix, NormalForm, Rewrite, UnicodeNormalize}, text::Analyzer};
///
/// let mut analyzer = Analyzer::new();
/// let view = analyzer.view("“Cafe\u{301}”\u{a0}\u{200b}bar\r\n");
/// let doc = Document::new(&view);
/// assert_eq!(UnicodeNormalize::new(NormalForm::Nfc, &[]).rewrite(&doc).text, "“Café”\u{a0}\u{200b}bar\r\n");
/// let all = UnicodeNormalize::new(NormalForm::Nfc, &Fix::ALL.map(|(_, fix)| fix));
/// assert_eq!(all.rewrite(&doc).text, "\"Café\" bar\n");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnicodeNormalize {
    form: Option<NormalForm>,
    /// A bit for each repair.
    fixes: u8,
}

/// What becomes of a character before the text is normalised.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Stays,
    Becomes(char),
    Goes,
}

impl UnicodeNormalize {
    /// To that form, or to none, after these repairs.
    pub fn new(form: impl Into<Option<NormalForm>>, fixes: &[Fix]) -> UnicodeNormalize {
        UnicodeNormalize { form: form.into(), fixes: fixes.iter().fold(0, |set, &fix| set | 1 << fix as u8) }
    }

    /// The character at that byte: what becomes of it.
    fn fate(self, text: &str, at: usize, c: char) -> Fate {
        let Some(fix) = Fix::of(c).filter(|&fix| self.fixes & 1 << fix as u8 != 0) else { return Fate::Stays };
        match fix {
            Fix::ZeroWidth if is_spelling(text, at, c) => Fate::Stays,
            Fix::ZeroWidth | Fix::Control | Fix::SoftHyphen => Fate::Goes,
            Fix::Crlf if text[at..].starts_with("\r\n") => Fate::Goes,
            Fix::Crlf | Fix::LineSeparators => Fate::Becomes('\n'),
            Fix::Nbsp => Fate::Becomes(' '),
            Fix::Quotes => Fate::Becomes(if c < '\u{201C}' { '\'' } else { '"' }),
        }
    }

    /// Whether nothing before this character has a say in what becomes of it and what follows.
    fn is_apart(self, c: char) -> bool {
        self.form.is_none_or(|form| form.is_apart(c))
    }

    /// Repairs and normalises a piece that nothing around it has a say in.
    fn settle(self, text: &str, piece: Range<usize>, splice: &mut Splice<'_>, buffer: &mut String) {
        let chars = text[piece.clone()].char_indices().filter_map(|(i, c)| match self.fate(text, piece.start + i, c) {
            Fate::Stays => Some(c),
            Fate::Becomes(other) => Some(other),
            Fate::Goes => None,
        });
        buffer.clear();
        match self.form {
            Some(form) => form.extend(buffer, chars),
            None => buffer.extend(chars),
        }
        splice.replace_difference(piece, buffer);
    }
}

impl Rewrite for UnicodeNormalize {
    fn rewrite<'t>(&self, doc: &Document<'t>) -> Rewritten<'t> {
        let text = doc.text();
        let mut splice = Splice::new(text);
        let mut buffer = String::new();
        // Where the piece began that is being read, and whether anything in it may change.
        let (mut start, mut lively) = (0, false);
        for (at, c) in text.char_indices() {
            let fate = if matches!(c, ' '..='~' | '\n' | '\t') { Fate::Stays } else { self.fate(text, at, c) };
            let read = match fate {
                Fate::Stays => Some(c),
                Fate::Becomes(other) => Some(other),
                Fate::Goes => None,
            };
            let apart = read.is_some_and(|c| self.is_apart(c));
            if apart {
                if lively {
                    self.settle(text, start..at, &mut splice, &mut buffer);
                }
                start = at;
            }
            lively = fate != Fate::Stays || !apart;
        }
        if lively {
            self.settle(text, start..text.len(), &mut splice, &mut buffer);
        }
        splice.finish()
    }
}

/// Whether this character without width says how its neighbours are written.
fn is_spelling(text: &str, at: usize, c: char) -> bool {
    let before = text[..at].chars().next_back();
    let after = text[at + c.len_utf8()..].chars().next();
    let beside = |asks: fn(char) -> bool| before.is_some_and(asks) || after.is_some_and(asks);
    match c {
        '\u{200B}' => beside(
            |c| matches!(c, '\u{E00}'..='\u{EFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}' | '\u{A9E0}'..='\u{A9FF}' | '\u{AA60}'..='\u{AA7F}'),
        ),
        '\u{200C}' | '\u{200D}' => beside(takes_joiners),
        _ => false,
    }
}

/// Whether joiners are part of spelling beside the character: by blocks of the scripts that The Unicode Standard (chapters 9,
/// 12, 13 and 16) gives joiners a role in, and the blocks that hold emoji with their selectors.
fn takes_joiners(c: char) -> bool {
    matches!(c,
        '\u{600}'..='\u{7FF}' | '\u{840}'..='\u{109F}' | '\u{1780}'..='\u{18AF}' | '\u{1A20}'..='\u{1CFF}'
        | '\u{A800}'..='\u{AAFF}' | '\u{ABC0}'..='\u{ABFF}' | '\u{FB50}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFC}'
        | '\u{10A00}'..='\u{11FFF}' | '\u{1E900}'..='\u{1E95F}'
        | '\u{2190}'..='\u{21FF}' | '\u{2300}'..='\u{23FF}' | '\u{2600}'..='\u{27BF}' | '\u{2B00}'..='\u{2BFF}' | '\u{FE0F}' | '\u{1F000}'..='\u{1FAFF}')
}

#[cfg(test)]
mod tests {
    use super::super::tests::replayed;
    use super::*;
    use crate::text::Analyzer;
    use proptest::prelude::*;

    const ALL: [Fix; 7] =
        [Fix::ZeroWidth, Fix::Control, Fix::SoftHyphen, Fix::Quotes, Fix::Nbsp, Fix::LineSeparators, Fix::Crlf];

    fn run(form: impl Into<Option<NormalForm>>, fixes: &[Fix], text: &str) -> String {
        let mut analyzer = Analyzer::new();
        let view = analyzer.view(text);
        replayed(&UnicodeNormalize::new(form, fixes), &Document::new(&view)).into_owned()
    }

    #[test]
    fn each_repair_alone() {
        let text = "a\u{200b}b\u{2060}\u{feff} \u{7}\u{9b}\u{c}c\u{ad}d ‘e’ “f„ \u{a0}\u{202f}g\u{2028}\u{85}h\r\ni\rj";
        let cases = [
            (Fix::ZeroWidth, "ab \u{7}\u{9b}\u{c}c\u{ad}d ‘e’ “f„ \u{a0}\u{202f}g\u{2028}\u{85}h\r\ni\rj"),
            (Fix::Control, "a\u{200b}b\u{2060}\u{feff} \u{c}c\u{ad}d ‘e’ “f„ \u{a0}\u{202f}g\u{2028}\u{85}h\r\ni\rj"),
            (
                Fix::SoftHyphen,
                "a\u{200b}b\u{2060}\u{feff} \u{7}\u{9b}\u{c}cd ‘e’ “f„ \u{a0}\u{202f}g\u{2028}\u{85}h\r\ni\rj",
            ),
            (
                Fix::Quotes,
                "a\u{200b}b\u{2060}\u{feff} \u{7}\u{9b}\u{c}c\u{ad}d 'e' \"f\" \u{a0}\u{202f}g\u{2028}\u{85}h\r\ni\rj",
            ),
            (Fix::Nbsp, "a\u{200b}b\u{2060}\u{feff} \u{7}\u{9b}\u{c}c\u{ad}d ‘e’ “f„   g\u{2028}\u{85}h\r\ni\rj"),
            (
                Fix::LineSeparators,
                "a\u{200b}b\u{2060}\u{feff} \u{7}\u{9b}\nc\u{ad}d ‘e’ “f„ \u{a0}\u{202f}g\n\nh\r\ni\rj",
            ),
            (
                Fix::Crlf,
                "a\u{200b}b\u{2060}\u{feff} \u{7}\u{9b}\u{c}c\u{ad}d ‘e’ “f„ \u{a0}\u{202f}g\u{2028}\u{85}h\ni\nj",
            ),
        ];
        for (fix, after) in cases {
            assert_eq!(run(None, &[fix], text), after, "{fix:?}");
        }
        assert_eq!(run(None, &[], text), text);
        assert_eq!(run(NormalForm::Nfc, &[], text), text);
    }

    #[test]
    fn joiners_stay_where_they_are_spelling() {
        let stays =
            ["می\u{200c}خواهم", "क्\u{200d}ष", "👩\u{200d}🚀", "❤\u{fe0f}\u{200d}🔥", "ក\u{200b}ខ", "ไทย\u{200b}ไทย"];
        for text in stays {
            assert_eq!(run(NormalForm::Nfc, &[Fix::ZeroWidth], text), text);
        }
        assert_eq!(run(None, &[Fix::ZeroWidth], "zero\u{200d}\u{200c}width की\u{200b}"), "zerowidth की");
    }

    #[test]
    fn forms_by_hand() {
        let text = "e\u{301}ﬁ²\u{958}각ᄀ\u{1161}";
        assert_eq!(run(NormalForm::Nfc, &[], text), "éﬁ²\u{915}\u{93c}각가");
        assert_eq!(run(NormalForm::Nfkc, &[], text), "éfi2\u{915}\u{93c}각가");
        // Taking a character away may bring a mark to its letter, and so may one made a letter.
        assert_eq!(run(NormalForm::Nfc, &[Fix::ZeroWidth], "e\u{200b}\u{301}"), "é");
        assert_eq!(run(NormalForm::Nfc, &[Fix::Nbsp], "e\u{a0}\u{301}"), "e \u{301}");
    }

    #[test]
    fn edits_are_small() {
        let mut analyzer = Analyzer::new();
        let view = analyzer.view("plain e\u{301} plain \u{ad}end");
        let after = UnicodeNormalize::new(NormalForm::Nfc, &ALL).rewrite(&Document::new(&view));
        let spans: Vec<_> = after.edits.iter().map(|e| (e.start, e.end, e.new_len)).collect();
        assert_eq!(spans, [(6, 9, 2), (16, 18, 0)]);
    }

    /// Of the characters below, those beside which joiners stay.
    const JOINED: &str = "یक्👩\u{fe0f}កไ\u{93c}\u{958}";

    /// The whole text at once: every repair by itself, and then the form.
    fn naive(form: Option<NormalForm>, fixes: &[Fix], text: &str) -> String {
        let chars: Vec<char> = text.chars().collect();
        let mut repaired = String::new();
        for (i, &c) in chars.iter().enumerate() {
            let beside = |asks: &dyn Fn(char) -> bool| {
                (i > 0 && asks(chars[i - 1])) || chars.get(i + 1).is_some_and(|&c| asks(c))
            };
            let fix = Fix::of(c).filter(|fix| fixes.contains(fix));
            match fix {
                None => repaired.push(c),
                Some(Fix::ZeroWidth) => {
                    let spaces = c == '\u{200b}' && beside(&|c| "កไ".contains(c));
                    let joins = matches!(c, '\u{200c}' | '\u{200d}') && beside(&|c| JOINED.contains(c));
                    if spaces || joins {
                        repaired.push(c);
                    }
                }
                Some(Fix::Control | Fix::SoftHyphen) => {}
                Some(Fix::Crlf) if chars.get(i + 1) == Some(&'\n') => {}
                Some(Fix::Crlf | Fix::LineSeparators) => repaired.push('\n'),
                Some(Fix::Nbsp) => repaired.push(' '),
                Some(Fix::Quotes) => repaired.push(if c <= '‛' { '\'' } else { '"' }),
            }
        }
        match form {
            None => repaired,
            Some(NormalForm::Nfc) => repaired.nfc().collect(),
            Some(NormalForm::Nfd) => repaired.nfd().collect(),
            Some(NormalForm::Nfkc) => repaired.nfkc().collect(),
            Some(NormalForm::Nfkd) => repaired.nfkd().collect(),
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1500))]
        #[test]
        fn agrees_with_its_naive_twin(
            chars in prop::collection::vec(prop_oneof![
                4 => prop::sample::select("ae \n\r\u{301}\u{323}\u{93c}ᄀ\u{1161}\u{11a8}가ﬁ²é\u{958}\u{344}\u{212b}\u{1e69}".chars().collect::<Vec<_>>()),
                3 => prop::sample::select("\u{200b}\u{200c}\u{200d}\u{2060}\u{ad}\u{a0}\u{2028}\u{85}\u{7}‘”".chars().collect::<Vec<_>>()),
                1 => prop::sample::select("یक्👩\u{fe0f}កไ".chars().collect::<Vec<_>>()),
            ], 0..24),
            form in prop::sample::select(vec![None, Some(NormalForm::Nfc), Some(NormalForm::Nfd), Some(NormalForm::Nfkc), Some(NormalForm::Nfkd)]),
            fixes in prop::sample::subsequence(ALL.to_vec(), 0..=7),
        ) {
            let text: String = chars.into_iter().collect();
            prop_assert_eq!(run(form, &fixes, &text), naive(form, &fixes, &text));
        }

        #[test]
        fn any_text_ends_in_its_form(text in "\\PC{0,30}") {
            prop_assert_eq!(run(NormalForm::Nfc, &[], &text), text.nfc().collect::<String>());
            prop_assert_eq!(run(NormalForm::Nfkd, &[], &text), text.nfkd().collect::<String>());
        }
    }
}
