//! Text → words as decontamination compares them: where each lies, and a hash of its folded form.

use crate::text::{MAX_TEXT_BYTES, Span, is_word_char};
use unicode_normalization::UnicodeNormalization;

/// Start and factor of the hash of a word: FNV-1a with 64 bits (Fowler, Noll, Vo). Byte by byte, so that a word is read, folded and
/// hashed in one go. Nothing is decided by it: what has equal hashes is compared word by word.
const HASH_START: u64 = 0xCBF2_9CE4_8422_2325;
const HASH_FACTOR: u64 = 0x0000_0100_0000_01B3;

/// What an ASCII byte becomes: its lower case, or 0 where it is part of no word. Other bytes are [`BEYOND`].
const FOLD: [u8; 256] = {
    let mut table = [BEYOND; 256];
    let mut byte = 0;
    while byte < 128 {
        table[byte] = if (byte as u8).is_ascii_alphanumeric() { (byte as u8).to_ascii_lowercase() } else { 0 };
        byte += 1;
    }
    table
};
const BEYOND: u8 = 0xFF;

/// Named character references that stand for a sign or a space. Numbered ones are known by their form.
const ENTITIES: [&str; 10] = ["amp", "lt", "gt", "quot", "apos", "nbsp", "ndash", "mdash", "rsquo", "hellip"];
/// The longest character reference that is looked for, in bytes after the `&`.
const MAX_ENTITY: usize = 9;

/// The words of a text.
#[derive(Debug, Clone, Default)]
pub struct Words {
    /// Where each word lies, in bytes.
    pub spans: Vec<Span>,
    /// A hash of each word's folded form.
    pub hashes: Vec<u64>,
}

impl Words {
    /// The words of `text`.
    ///
    /// A word is a maximal run of letters, marks and digits (general categories L, M, N); in scripts without spaces (Han, kana,
    /// Thai, Lao, Khmer, Myanmar) each letter with its marks is one. An underscore parts words, as does all that is no word
    /// character, so neither punctuation nor white space nor emphasis in Markdown tells two texts apart. HTML's references to signs
    /// (`&quot;`, `&#39;`) are signs. Soft hyphens, zero-width spaces and joiners inside a word are passed over. Words compare in
    /// their folded form: NFKC, lower case, σ for ς.
    ///
    /// ```
    /// use mashbill::decontaminate::Words;
    ///
    /// let (one, other) = (Words::of("What's _2 + 2_?"), Words::of("WHAT&#39;S 2+2"));
    /// assert_eq!(one.hashes, other.hashes);
    /// assert_eq!(one.len(), 4);
    /// ```
    pub fn of(text: &str) -> Words {
        let mut words = Words::default();
        words.read(text);
        words
    }

    /// The same into buffers that are there already. Of a text over 4 GiB the beginning.
    pub fn read(&mut self, text: &str) {
        self.spans.clear();
        self.hashes.clear();
        let bytes = &text.as_bytes()[..text.len().min(MAX_TEXT_BYTES)];
        let mut form = String::new();
        let mut at = 0;
        while at < bytes.len() {
            let mut hash = HASH_START;
            let start = at;
            let mut folded = 0;
            while at < bytes.len() {
                folded = FOLD[usize::from(bytes[at])];
                if folded == 0 || folded == BEYOND {
                    break;
                }
                hash = (hash ^ u64::from(folded)).wrapping_mul(HASH_FACTOR);
                at += 1;
            }
            if folded == BEYOND && at < bytes.len() {
                // From the word's start: what joins it may change how it folds.
                at = self.read_beyond_ascii(text, start, bytes.len(), &mut form);
                continue;
            }
            if at > start {
                self.push(start, at, hash);
            } else {
                at += if bytes[at] == b'&' { 1 + entity_len(&bytes[at + 1..]) } else { 1 };
            }
        }
    }

    /// Number of words.
    pub fn len(&self) -> usize {
        self.hashes.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.hashes.is_empty()
    }

    fn push(&mut self, start: usize, end: usize, hash: u64) {
        self.spans.push(Span { start: start as u32, end: end as u32 });
        self.hashes.push(hash);
    }

    /// Reads the run of word characters at `start`, which is not all ASCII, or steps over a character that is part of no word.
    /// Returns where to go on.
    fn read_beyond_ascii(&mut self, text: &str, start: usize, end: usize, form: &mut String) -> usize {
        let mut word: Option<(usize, usize)> = None;
        for (at, c) in text[start..].char_indices().map(|(i, c)| (start + i, c)) {
            let next = at + c.len_utf8();
            if next > end {
                self.push_folded(text, word, form);
                return end;
            }
            match kind(c) {
                Kind::Ignorable => {}
                Kind::Other => {
                    self.push_folded(text, word, form);
                    return if c == '&' { at } else { next };
                }
                Kind::Alone => {
                    self.push_folded(text, word, form);
                    word = Some((at, next));
                }
                // What follows a letter that stands alone is another word, unless it is a mark on it.
                Kind::Mark => word = Some((word.map_or(at, |word| word.0), next)),
                Kind::Joined => {
                    if word.is_some_and(|(from, _)| text[from..].chars().next().map(kind) == Some(Kind::Alone)) {
                        self.push_folded(text, word, form);
                        word = None;
                    }
                    word = Some((word.map_or(at, |word| word.0), next));
                }
            }
        }
        self.push_folded(text, word, form);
        end
    }

    fn push_folded(&mut self, text: &str, word: Option<(usize, usize)>, form: &mut String) {
        let Some((start, end)) = word else { return };
        fold(&text[start..end], form);
        if !form.is_empty() {
            self.push(start, end, hash_of(form));
        }
    }
}

/// A text without its punctuation: what is neither white space nor part of a word goes, so that what it parted is joined (`11.50`, `don't`,
/// `f(x)`), as where somebody took the punctuation out of a text.
pub(super) fn without_punctuation(text: &str) -> String {
    text.chars().filter(|&c| c.is_whitespace() || kind(c) != Kind::Other).collect()
}

/// What a character does to words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Joins its neighbours of the same kind.
    Joined,
    /// A letter of a script without spaces.
    Alone,
    /// Belongs to what stands before.
    Mark,
    /// Passed over.
    Ignorable,
    /// Parts words.
    Other,
}

fn kind(c: char) -> Kind {
    match c {
        'a'..='z' | 'A'..='Z' | '0'..='9' => Kind::Joined,
        '\0'..='\u{7F}' => Kind::Other,
        '\u{AD}' | '\u{200B}'..='\u{200D}' | '\u{2060}' | '\u{FEFF}' => Kind::Ignorable,
        // Connector punctuation, which is part of the normal form's words.
        '\u{203F}' | '\u{2040}' | '\u{2054}' | '\u{FE33}' | '\u{FE34}' | '\u{FE4D}'..='\u{FE4F}' | '\u{FF3F}' => {
            Kind::Other
        }
        _ if !is_word_char(c) => Kind::Other,
        _ if unicode_normalization::char::is_combining_mark(c) => Kind::Mark,
        '\u{E00}'..='\u{EFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}' => Kind::Alone,
        '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' => Kind::Alone,
        '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}' => Kind::Alone,
        _ => Kind::Joined,
    }
}

/// Whether a letter of a widely used script folds by itself: NFKC leaves it and its lower case alone, whatever stands beside it but
/// marks.
fn folds_alone(c: char) -> bool {
    matches!(c,
        'a'..='z' | 'A'..='Z' | '0'..='9' | 'À'..='Ö' | 'Ø'..='ö' | 'ø'..='ÿ' | 'Ѐ'..='ё' | '一'..='鿿')
}

/// Writes the folded form of a word.
pub(super) fn fold(word: &str, form: &mut String) {
    form.clear();
    if word.chars().all(folds_alone) {
        form.extend(word.chars().flat_map(char::to_lowercase));
        return;
    }
    let kept = word.chars().filter(|&c| kind(c) != Kind::Ignorable);
    let lower = kept.nfkc().flat_map(char::to_lowercase).map(|c| if c == 'ς' { 'σ' } else { c });
    form.extend(lower.filter(|&c| !matches!(kind(c), Kind::Other | Kind::Ignorable)));
}

/// The hash of a folded form.
pub(super) fn hash_of(form: &str) -> u64 {
    form.bytes().fold(HASH_START, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(HASH_FACTOR))
}

/// Length of the character reference that follows an `&`, with its semicolon; 0 if none does.
fn entity_len(rest: &[u8]) -> usize {
    let Some(end) = rest.iter().take(MAX_ENTITY).position(|&byte| byte == b';') else { return 0 };
    let name = &rest[..end];
    let is_reference = match name {
        [b'#', b'x' | b'X', digits @ ..] => !digits.is_empty() && digits.iter().all(u8::is_ascii_hexdigit),
        [b'#', digits @ ..] => !digits.is_empty() && digits.iter().all(u8::is_ascii_digit),
        _ => ENTITIES.iter().any(|known| known.as_bytes() == name),
    };
    if is_reference { end + 1 } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn folded(text: &str) -> Vec<String> {
        let mut form = String::new();
        let words = Words::of(text);
        words
            .spans
            .iter()
            .zip(&words.hashes)
            .map(|(span, &hash)| {
                fold(&text[span.range()], &mut form);
                assert_eq!(hash_of(&form), hash, "{text:?}");
                form.clone()
            })
            .collect()
    }

    #[test]
    fn words_are_folded() {
        let cases: &[(&str, &[&str])] = &[
            ("", &[]),
            (" \n\0—", &[]),
            ("What's 2_x?", &["what", "s", "2", "x"]),
            ("CAFÉ Cafe\u{301} café", &["café", "café", "café"]),
            ("ΟΔΟΣ οδος", &["οδοσ", "οδοσ"]),
            ("co\u{AD}op zero\u{200B}width", &["coop", "zerowidth"]),
            ("ﬁve ２＋２ x²", &["five", "2", "2", "x2"]),
            ("麦芽ab酒", &["麦", "芽", "ab", "酒"]),
            ("&quot;a&#39;b&#x27;c&amp;d&copy;", &["a", "b", "c", "d", "copy"]),
            ("a & b; &;&#;&#x;", &["a", "b", "x"]),
            ("naïve&amp;Ærø", &["naïve", "ærø"]),
            ("‿a＿b", &["a", "b"]),
            ("\u{301}", &["\u{301}"]),
        ];
        for (text, expected) in cases {
            assert_eq!(&folded(text), expected, "{text:?}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        /// Spans are in order, on boundaries, and reading a word alone gives the word again.
        #[test]
        fn spans_hold_words(text in "[aZ3 é\u{301}Σς麦\u{AD}&#;_x＿½🦀\u{0}-]{0,24}") {
            let words = Words::of(&text);
            let mut end = 0;
            for (span, &hash) in words.spans.iter().zip(&words.hashes) {
                prop_assert!(span.start >= end && !span.is_empty());
                end = span.end;
                prop_assert_eq!(Words::of(&text[span.range()]).hashes, vec![hash]);
            }
            folded(&text);
        }
    }
}
