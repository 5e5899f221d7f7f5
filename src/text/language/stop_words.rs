//! Stop words: a few of the commonest function words of a language, which running text cannot do without.

use super::NaturalLanguage;
use crate::text::Spans;
use memchr::memmem;

/// The list of one language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct StopWords {
    words: &'static [&'static str],
    /// Whether they are sought anywhere, since the language writes no spaces.
    anywhere: bool,
}

/// Lists, sorted by code. English has Gopher's eight (Rae et al. 2021, A1.1). The others are ours: articles, copulas,
/// prepositions and conjunctions of the highest frequency, chosen so that no list shares more than a few words with another
/// and no text of a hundred words is likely to have fewer than two.
#[rustfmt::skip]
const SPACED: &[(&str, &[&str])] = &[
    ("ar", &["في", "من", "على", "إلى", "أن", "التي", "الذي", "هذا", "هذه", "عن", "مع", "كان", "لا", "ما"]),
    ("bg", &["и", "на", "да", "се", "за", "от", "не", "са", "който", "като", "това", "по", "със", "е"]),
    ("bn", &["এবং", "এই", "করে", "থেকে", "একটি", "জন্য", "হয়", "করা", "সাথে", "না", "ও", "যে"]),
    ("ca", &["el", "la", "de", "que", "i", "els", "les", "amb", "per", "és", "un", "una", "del", "no"]),
    ("cs", &["a", "je", "se", "na", "že", "to", "v", "pro", "jako", "od", "jsou", "nebo", "která", "ale"]),
    ("da", &["og", "det", "er", "en", "at", "til", "på", "af", "den", "for", "ikke", "med", "som", "et"]),
    ("de", &["der", "die", "und", "in", "den", "das", "ist", "von", "zu", "mit", "nicht", "ein", "eine", "auf"]),
    ("el", &["και", "το", "να", "του", "της", "η", "με", "για", "από", "που", "την", "είναι", "τα", "σε"]),
    ("en", &["the", "be", "to", "of", "and", "that", "have", "with"]),
    ("es", &["de", "la", "que", "el", "en", "y", "los", "del", "se", "las", "por", "un", "con", "para"]),
    ("fa", &["و", "در", "به", "از", "که", "این", "را", "با", "است", "برای", "آن", "یک", "می", "تا"]),
    ("fi", &["ja", "on", "ei", "se", "että", "oli", "joka", "mutta", "myös", "kuin", "tai", "hän", "ovat", "sen"]),
    ("fr", &["de", "la", "le", "et", "les", "des", "en", "un", "une", "du", "que", "est", "pour", "dans"]),
    ("hi", &["के", "में", "की", "है", "और", "से", "को", "का", "यह", "एक", "पर", "कि", "नहीं", "हैं"]),
    ("hu", &["a", "az", "és", "hogy", "nem", "is", "egy", "ez", "meg", "de", "van", "csak", "vagy", "mint"]),
    ("id", &["yang", "dan", "di", "dari", "untuk", "pada", "dengan", "ini", "itu", "dalam", "tidak", "adalah", "ke", "akan"]),
    ("it", &["di", "e", "che", "il", "la", "per", "un", "del", "non", "una", "le", "con", "della", "sono"]),
    ("nb", &["og", "i", "det", "er", "på", "til", "som", "en", "av", "for", "at", "ikke", "med", "et"]),
    ("nl", &["de", "het", "een", "van", "en", "in", "is", "dat", "op", "te", "niet", "voor", "met", "zijn"]),
    ("pl", &["i", "w", "na", "z", "do", "się", "nie", "to", "że", "jest", "o", "od", "jak", "lub"]),
    ("pt", &["de", "a", "que", "o", "e", "do", "da", "em", "um", "para", "com", "não", "uma", "os"]),
    ("ro", &["de", "și", "în", "a", "la", "cu", "pe", "să", "din", "un", "nu", "care", "o", "este"]),
    ("ru", &["и", "в", "не", "на", "что", "с", "по", "как", "это", "для", "к", "из", "от", "а"]),
    ("sr", &["и", "је", "у", "да", "се", "на", "за", "са", "од", "не", "i", "je", "u", "su"]),
    ("sv", &["och", "i", "att", "det", "som", "en", "på", "är", "av", "för", "den", "med", "inte", "ett"]),
    ("ta", &["ஒரு", "மற்றும்", "இந்த", "என்று", "உள்ள", "அல்லது", "இது", "என", "அந்த", "மேலும்", "தான்", "போது"]),
    ("tr", &["ve", "bir", "bu", "için", "ile", "da", "de", "çok", "olarak", "daha", "olan", "gibi", "ne", "veya"]),
    ("uk", &["і", "в", "не", "на", "що", "з", "у", "до", "та", "як", "за", "це", "для", "від"]),
    ("vi", &["và", "của", "là", "có", "các", "được", "cho", "trong", "không", "một", "với", "những", "người", "này"]),
];

/// The same, sought anywhere in the text: of languages without spaces, and of Korean, whose function words are endings.
#[rustfmt::skip]
const UNSPACED: &[(&str, &[&str])] = &[
    ("ja", &["の", "に", "は", "を", "が", "と", "で", "も", "です", "ます", "した", "から", "ない", "こと"]),
    ("km", &["និង", "ជា", "នៅ", "ដែល", "ក្នុង", "មាន", "បាន", "នេះ"]),
    ("ko", &["는 ", "을 ", "를 ", "의 ", "에서", "으로", "하는", "있는", "습니다", "입니다", "합니다", "것", "수 있", "하고"]),
    ("lo", &["ທີ່", "ແລະ", "ຂອງ", "ໃນ", "ເປັນ", "ມີ", "ບໍ່", "ໄດ້"]),
    ("my", &["သည်", "နှင့်", "တွင်", "ကို", "များ", "၏", "မှ", "ဖြင့်"]),
    ("th", &["ที่", "และ", "ของ", "ใน", "เป็น", "มี", "ไม่", "ได้", "ให้", "การ", "จะ", "กับ"]),
    ("zh", &["的", "是", "在", "了", "和", "不", "有", "这", "這", "以", "为", "為", "也", "就"]),
];

/// The list of a language, if there is one.
pub(crate) fn stop_words(language: NaturalLanguage) -> Option<StopWords> {
    let find = |lists: &[(&str, &'static [&'static str])]| {
        let at = lists.binary_search_by_key(&language.code(), |list| list.0).ok()?;
        lists.get(at).map(|list| list.1)
    };
    let spaced = find(SPACED).map(|words| StopWords { words, anywhere: false });
    spaced.or_else(|| find(UNSPACED).map(|words| StopWords { words, anywhere: true }))
}

impl StopWords {
    /// How many different ones occur among the words, in any case. Stops when all have been seen.
    pub(crate) fn count(self, words: Spans<'_>) -> u32 {
        if self.anywhere {
            let text = words.text().as_bytes();
            return self.words.iter().filter(|word| memmem::find(text, word.as_bytes()).is_some()).count() as u32;
        }
        let (all, mut seen) = ((1u32 << self.words.len()) - 1, 0u32);
        let longest = self.words.iter().map(|word| word.len()).max().unwrap_or(0);
        for word in words.iter().filter(|word| word.len() <= longest) {
            if let Some(at) = self.words.iter().position(|stop| is_lower_case_of(stop, word)) {
                seen |= 1 << at;
                if seen == all {
                    break;
                }
            }
        }
        seen.count_ones()
    }
}

/// Whether `word` in lower case is `lower`.
fn is_lower_case_of(lower: &str, word: &str) -> bool {
    // The final sigma is one only at the end of a word, which a single character does not know.
    let fold = |c| if c == 'ς' { 'σ' } else { c };
    lower == word || word.chars().flat_map(char::to_lowercase).map(fold).eq(lower.chars().map(fold))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{Analyzer, WordBreak};
    use std::collections::HashSet;

    #[test]
    fn lists_are_sorted_and_in_lower_case() {
        for lists in [SPACED, UNSPACED] {
            assert!(lists.windows(2).all(|pair| pair[0].0 < pair[1].0));
            for (code, words) in lists {
                assert_eq!(NaturalLanguage::parse(code).map(NaturalLanguage::code), Some(*code));
                assert!(words.len() >= 8 && words.len() < 32);
                assert_eq!(words.iter().collect::<HashSet<_>>().len(), words.len(), "{code}");
                assert!(words.iter().all(|word| word.to_lowercase() == *word), "{code}");
            }
        }
    }

    #[test]
    fn each_list_is_found_in_its_own_words() {
        for (code, words) in SPACED.iter().chain(UNSPACED) {
            let list = stop_words(NaturalLanguage::parse(code).unwrap()).unwrap();
            let text = words.join(" ").to_uppercase();
            let mut analyzer = Analyzer::new();
            let view = analyzer.view(&text);
            assert_eq!(list.count(view.words(WordBreak::Unicode)) as usize, words.len(), "{code}");
        }
        let mut analyzer = Analyzer::new();
        let view = analyzer.view("Die Müllerin UND der Müller: und, und, undsoweiter");
        let count = |code: &str| {
            stop_words(NaturalLanguage::parse(code).unwrap()).map(|list| list.count(view.words(WordBreak::Unicode)))
        };
        assert_eq!((count("de"), count("zh"), count("eu")), (Some(3), Some(0), None));
    }
}
