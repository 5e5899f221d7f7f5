//! Which language a text is in: whatlang's answer about a sample of bounded size.

use super::{Detected, NaturalLanguage};
use std::borrow::Cow;

/// Texts up to this length, in bytes, are looked at whole; of longer ones as much in [`PIECES`] pieces.
const SAMPLE_BYTES: usize = 4096;
/// Pieces of a sample, evenly spaced from the first byte to the last: a page's menu is one of them at most.
const PIECES: usize = 8;

/// Latin letters are left out where the letters of other scripts are at least one in so many.
const MIN_OTHER: usize = 4;
/// A character of Han, Kana or Hangul says as much as so many letters: some two make a word, and five to six letters do.
const CJK_WEIGHT: usize = 3;

/// Scripts that whatlang does not know and that one language of the table has nearly for itself: first and last character.
const SCRIPTS: [(char, char, &str); 2] = [('\u{E80}', '\u{EFF}', "lo"), ('\u{F00}', '\u{FFF}', "bo")];

/// The likeliest language; `None` for a text without letters of a known script.
pub(super) fn detect(text: &str) -> Option<Detected> {
    let sample = without_latin(sample(text));
    if let Some(language) = by_script(&sample) {
        return Some(Detected { language, confidence: 1.0 });
    }
    let info = whatlang::detect(&sample)?;
    let confidence = info.confidence();
    let confidence = if confidence.is_finite() { confidence.clamp(0.0, 1.0) } else { 0.0 };
    Some(Detected { language: NaturalLanguage::parse(info.lang().code())?, confidence })
}

/// The language of a script that has no other, if most letters are of it.
fn by_script(sample: &str) -> Option<NaturalLanguage> {
    if sample.is_ascii() {
        return None;
    }
    let letters = sample.chars().filter(|c| c.is_alphabetic()).count();
    SCRIPTS.into_iter().find_map(|(first, last, code)| {
        let count = sample.chars().filter(|c| (first..=last).contains(c) && c.is_alphabetic()).count();
        (count * 2 > letters).then(|| NaturalLanguage::parse(code)).flatten()
    })
}

/// The sample with its Latin letters blanked out, if enough of the others are of another script. Latin letters stand in texts of
/// every script, as names, addresses and code, and whatlang goes by the script with the most.
fn without_latin(sample: Cow<'_, str>) -> Cow<'_, str> {
    let (mut latin, mut other) = (0, 0);
    for c in sample.chars().filter(|c| c.is_alphabetic()) {
        match c {
            '\0'..'\u{370}' | '\u{1D00}'..='\u{1EFF}' => latin += 1,
            '\u{3041}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7A3}' | '\u{20000}'..='\u{3FFFF}' => other += CJK_WEIGHT,
            _ => other += 1,
        }
    }
    if latin == 0 || other * MIN_OTHER < latin + other {
        return sample;
    }
    Cow::Owned(sample.chars().map(|c| if c < '\u{370}' && c.is_alphabetic() { ' ' } else { c }).collect())
}

/// The text itself, or pieces of it whose places depend on its length alone.
fn sample(text: &str) -> Cow<'_, str> {
    if text.len() <= SAMPLE_BYTES {
        return Cow::Borrowed(text);
    }
    let piece = SAMPLE_BYTES / PIECES;
    let mut sample = String::with_capacity(SAMPLE_BYTES + PIECES);
    for i in 0..PIECES {
        let start = (text.len() - piece) as u128 * i as u128 / (PIECES - 1) as u128;
        let (start, end) = (floor(text, start as usize), floor(text, start as usize + piece));
        // Not from the middle of a word, where there are words.
        let whole = &text[start..end];
        let skip = if i == 0 { 0 } else { whole.find(char::is_whitespace).filter(|&at| at < piece / 2).unwrap_or(0) };
        sample.push_str(&whole[skip..]);
        sample.push('\n');
    }
    Cow::Owned(sample)
}

/// The highest character boundary that is at most `at`.
fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> Option<&'static str> {
        detect(text).map(|found| found.language.code())
    }

    #[test]
    fn every_language_of_the_detector_is_in_the_table() {
        for lang in whatlang::Lang::all() {
            assert!(NaturalLanguage::parse(lang.code()).is_some(), "{}", lang.code());
        }
    }

    #[test]
    fn sentences_are_told_apart() {
        for (text, expected) in [
            ("The grain arrives in the autumn and waits in tall silos for the first cold week.", "en"),
            ("Das Korn kommt im Herbst und wartet in hohen Silos auf die erste kalte Woche.", "de"),
            ("Le grain arrive en automne et attend dans de hauts silos la première semaine froide.", "fr"),
            ("El grano llega en otoño y espera en altos silos la primera semana fría.", "es"),
            ("Зерно прибывает осенью и ждёт в высоких силосах первой холодной недели.", "ru"),
            ("谷物在秋天到达，在高大的筒仓里等待第一个寒冷的星期。", "zh"),
            ("穀物は秋に届き、高いサイロで最初の寒い週を待ちます。", "ja"),
            ("ເມັດພືດມາຮອດໃນລະດູໃບໄມ້ຫຼົ່ນ", "lo"),
        ] {
            assert_eq!(code(text), Some(expected), "{text}");
        }
        assert_eq!(code("`tar --extract --file archive.tar.gz` 展开归档文件 `--directory path` 到目录"), Some("zh"));
        assert_eq!(code("The constants α and β are letters of the Greek alphabet."), Some("en"));
        assert_eq!(code(""), None);
        assert_eq!(code("123 !? --"), None);
    }

    #[test]
    fn samples_are_bounded_and_cover_the_text() {
        let german = "Das Korn kommt im Herbst und wartet in hohen Silos auf die erste kalte Woche. Müller mahlen es \
            langsam, weil Hitze die Enzyme verderben würde, die später arbeiten müssen. Wasser aus einer Quelle im Kalk \
            wird erwärmt und mit dem Mehl in einem Kessel aus Kupfer vermischt. Hefe macht aus der süßen Flüssigkeit \
            innerhalb von drei oder vier Tagen ein Bier. Diesen Teil kann niemand beschleunigen.\n";
        let long = format!("{}{}", "Home About Contact Login\n".repeat(20), german.repeat(20));
        assert_eq!(code(&long), Some("de"));
        for text in ["é".repeat(5000), "ab cd ".repeat(100_000), "字".repeat(100_000)] {
            let sample = sample(&text);
            assert!(sample.len() <= SAMPLE_BYTES + PIECES && sample.len() > SAMPLE_BYTES / 2, "{}", sample.len());
        }
        let short = "x".repeat(SAMPLE_BYTES);
        assert!(matches!(sample(&short), Cow::Borrowed(_)));
    }
}
