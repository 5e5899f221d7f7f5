//! Words of scripts that are written without spaces, cut to about a word's length.

use super::Span;

/// Characters of a piece in Han and Hiragana. Two is the unit of Chinese and Japanese retrieval (character bigrams, as Lucene's
/// `CJKBigramFilter` has them), and near the mean word: 1.71 characters in Chinese (jieba 0.42.1) and 1.64 in Japanese
/// without Katakana (Janome 0.5.0), on the pages of tldr and Open Source Guides.
const HAN: usize = 2;
/// Characters of a piece in Thai, Lao, Khmer and Myanmar, marks counted. The mean word has 4.64 in Thai (PyThaiNLP 5, newmm)
/// and 4.33 in Lao (LaoNLP 1) on the same pages; Khmer and Myanmar were not measured.
const SOUTH_EAST: usize = 4;

/// How many characters of this one's script make a piece; 0 for scripts with spaces, and for Katakana and Hangul, whose UAX #29
/// words are words.
fn piece_chars(c: char) -> usize {
    match c {
        '\u{3041}'..='\u{3096}'
        | '\u{3005}'..='\u{3007}'
        | '\u{3400}'..='\u{4DBF}'
        | '\u{4E00}'..='\u{9FFF}'
        | '\u{F900}'..='\u{FAFF}'
        | '\u{20000}'..='\u{3FFFF}' => HAN,
        '\u{E01}'..='\u{EFF}'
        | '\u{1000}'..='\u{109F}'
        | '\u{1780}'..='\u{17FF}'
        | '\u{A9E0}'..='\u{A9FF}'
        | '\u{AA60}'..='\u{AA7F}' => SOUTH_EAST,
        _ => 0,
    }
}

/// Joins Unicode words that touch and are of a script without spaces to pieces of its length, in place. The rest of a run is a
/// piece; marks stay with the character that they are written on, since Unicode words do not begin with one.
pub(super) fn recut(text: &str, words: &mut Vec<Span>) {
    let size = |word: Span| text[word.range()].chars().next().map_or(0, piece_chars);
    let (mut read, mut written) = (0, 0);
    while let Some(&first) = words.get(read) {
        read += 1;
        let (mut piece, full) = (first, size(first));
        let mut chars = if full > 0 { text[first.range()].chars().count() } else { 0 };
        while let Some(&next) =
            words.get(read).filter(|next| chars < full && next.start == piece.end && size(**next) == full)
        {
            piece.end = next.end;
            chars += text[next.range()].chars().count();
            read += 1;
        }
        words[written] = piece;
        written += 1;
    }
    words.truncate(written);
}

#[cfg(test)]
mod tests {
    use crate::text::{Analyzer, WordBreak};
    use proptest::prelude::*;

    fn words(text: &str) -> Vec<String> {
        let mut analyzer = Analyzer::new();
        let view = analyzer.view(text);
        view.words(WordBreak::Script).iter().map(str::to_owned).collect()
    }

    #[test]
    fn runs_are_cut_by_script() {
        for (text, expected) in [
            ("", vec![]),
            ("Rye, corn.", vec!["Rye", "corn"]),
            ("谷物在秋天到达，等待。", vec!["谷物", "在秋", "天到", "达", "等待"]),
            ("穀物は秋にサイロへ", vec!["穀物", "は秋", "に", "サイロ", "へ"]),
            ("Rust语言 1.0版", vec!["Rust", "语言", "1.0", "版"]),
            ("가나다 라", vec!["가나다", "라"]),
        ] {
            assert_eq!(words(text), expected, "{text}");
        }
        let thai = words("ข้าวมาถึงในฤดูใบไม้ร่วง");
        assert!(thai.concat() == "ข้าวมาถึงในฤดูใบไม้ร่วง" && (4..=6).contains(&thai.len()), "{thai:?}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]
        #[test]
        fn pieces_hold_what_unicode_words_hold(text in "[a1 ,。谷物はサก้าກຂកាမြ\u{3099}\u{301}\n]{0,40}") {
            let mut analyzer = Analyzer::new();
            let view = analyzer.view(&text);
            let (script, unicode) = (view.words(WordBreak::Script), view.words(WordBreak::Unicode));
            let joined = |words: Vec<&str>| words.concat();
            prop_assert_eq!(joined(script.iter().collect()), joined(unicode.iter().collect()));
            prop_assert!(script.as_slice().windows(2).all(|pair| pair[0].end <= pair[1].start));
            prop_assert!(script.as_slice().iter().all(|word| !word.is_empty()));
        }
    }
}
