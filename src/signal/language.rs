//! The language of a document, and measures of its words that hold in any script.

use super::{ratio, signals};
use crate::text::WordBreak::{Script, Unicode, Whitespace};
use crate::text::language::stop_words;

signals! {
    /// How sure the language is, 0 to 1: whatlang's confidence for the likeliest one, or 1 where the row's own column
    /// says which; undefined without letters.
    LangConfidence "lang_confidence" |doc| doc.language_with_confidence().map(|found| found.confidence);

    /// The language as a number: its ISO 639-3 code read in base 27 with a = 1 (`eng` is 4030); undefined where there
    /// is none.
    LangNumber "lang_number" |doc| doc.language().map(|language| f64::from(language.number()));

    /// How many different stop words of the document's language occur (lists of 8 to 14; English has Gopher's eight);
    /// undefined for a language without a list.
    LangStopWordCount "lang_stop_word_count" |doc| {
        let list = doc.language().and_then(stop_words)?;
        Some(f64::from(list.count(doc.view().words(Unicode))))
    };
}

signals! {
    /// Words, where scripts without spaces count pieces of about a word's length: two characters of Han and Hiragana,
    /// four of Thai, Lao, Khmer and Myanmar.
    ScriptWordCount "script_word_count" |doc| Some(doc.view().words(Script).len() as f64);

    /// Mean characters (code points) in a word, words being those of `script_word_count`.
    ScriptMeanWordLength "script_mean_word_length" |doc| {
        ratio(doc.view().word_chars(Script), doc.view().words(Script).len() as u64)
    };

    /// Words with a letter or a mark of one over all, words being those of `script_word_count`; what stands alone
    /// between white space and has neither letter nor digit counts as a word without.
    ScriptAlphaWordRatio "script_alpha_word_ratio" |doc| {
        let words = doc.view().words(Script);
        let alpha = words.iter().filter(|word| word.chars().any(char::is_alphabetic)).count() as u64;
        let lone = doc.view().words(Whitespace).iter().filter(|w| !w.chars().any(char::is_alphanumeric)).count() as u64;
        ratio(alpha, words.len() as u64 + lone)
    };
}

#[cfg(test)]
mod tests {
    use crate::signal::tests::measured;

    #[test]
    fn words_of_any_script() {
        let text = "谷物在秋天 7 - rye";
        // 谷物 在秋 天 7 rye, and a lone mark.
        assert_eq!(measured("script_word_count", text), Some(5.0));
        assert_eq!(measured("script_mean_word_length", text), Some(9.0 / 5.0));
        assert_eq!(measured("script_alpha_word_ratio", text), Some(4.0 / 6.0));
        assert_eq!(measured("script_alpha_word_ratio", ""), None);
    }

    #[cfg(feature = "lang")]
    #[test]
    fn the_rows_own_language_wins() {
        use super::*;
        use crate::document::{Document, Facts};
        use crate::signal::Signal;
        use crate::text::{Analyzer, NaturalLanguage};
        let text = "Der Roggen gibt die Würze, und der Mais gibt die Süße, sagt man in Kentucky nicht ohne Grund.";
        let mut analyzer = Analyzer::new();
        let view = analyzer.view(text);
        let said = |lang| Document::new(&view).with_facts(Facts { lang, ..Facts::NONE });
        let code = |lang| said(lang).language().map(NaturalLanguage::code);
        assert_eq!(
            (code(None), code(Some(" ")), code(Some("pt-BR")), code(Some("C++"))),
            (Some("de"), Some("de"), Some("pt"), None)
        );
        assert_eq!(LangConfidence.measure(&said(Some("fra_Latn"))), Some(1.0));
        assert!(LangConfidence.measure(&said(None)).is_some_and(|confidence| (0.0..=1.0).contains(&confidence)));
        assert_eq!(LangNumber.measure(&said(Some("en"))), Some(4030.0));
        assert_eq!(LangStopWordCount.measure(&said(None)), Some(5.0)); // der die und in nicht
        assert_eq!(LangStopWordCount.measure(&said(Some("en"))), Some(0.0));
        assert_eq!(LangStopWordCount.measure(&said(Some("eu"))), None);
    }
}
