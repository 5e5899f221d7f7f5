//! The languages that the crate knows by name: all of ISO 639-1, and a few that web corpora name beside them.

/// Two-letter code (three letters where ISO 639-1 has none), ISO 639-3 code, English name; sorted by the first. Source: ISO 639-3
/// code tables (SIL International), by Debian's iso-codes; names shortened where they carry an explanation.
#[rustfmt::skip]
pub(super) const LANGUAGES: &[(&str, &str, &str)] = &[
    ("aa", "aar", "Afar"), ("ab", "abk", "Abkhazian"), ("ae", "ave", "Avestan"), ("af", "afr", "Afrikaans"),
    ("ak", "aka", "Akan"), ("am", "amh", "Amharic"), ("an", "arg", "Aragonese"), ("ar", "ara", "Arabic"),
    ("as", "asm", "Assamese"), ("av", "ava", "Avaric"), ("ay", "aym", "Aymara"), ("az", "aze", "Azerbaijani"),
    ("ba", "bak", "Bashkir"), ("be", "bel", "Belarusian"), ("bg", "bul", "Bulgarian"), ("bi", "bis", "Bislama"),
    ("bm", "bam", "Bambara"), ("bn", "ben", "Bengali"), ("bo", "bod", "Tibetan"), ("br", "bre", "Breton"),
    ("bs", "bos", "Bosnian"), ("ca", "cat", "Catalan"), ("ce", "che", "Chechen"), ("ceb", "ceb", "Cebuano"),
    ("ch", "cha", "Chamorro"), ("co", "cos", "Corsican"), ("cr", "cre", "Cree"), ("cs", "ces", "Czech"),
    ("cu", "chu", "Church Slavic"), ("cv", "chv", "Chuvash"), ("cy", "cym", "Welsh"), ("da", "dan", "Danish"),
    ("de", "deu", "German"), ("dv", "div", "Divehi"), ("dz", "dzo", "Dzongkha"), ("ee", "ewe", "Ewe"),
    ("el", "ell", "Greek"), ("en", "eng", "English"), ("eo", "epo", "Esperanto"), ("es", "spa", "Spanish"),
    ("et", "est", "Estonian"), ("eu", "eus", "Basque"), ("fa", "fas", "Persian"), ("ff", "ful", "Fulah"),
    ("fi", "fin", "Finnish"), ("fil", "fil", "Filipino"), ("fj", "fij", "Fijian"), ("fo", "fao", "Faroese"),
    ("fr", "fra", "French"), ("fy", "fry", "Western Frisian"), ("ga", "gle", "Irish"),
    ("gd", "gla", "Scottish Gaelic"), ("gl", "glg", "Galician"), ("gn", "grn", "Guarani"), ("gu", "guj", "Gujarati"),
    ("gv", "glv", "Manx"), ("ha", "hau", "Hausa"), ("he", "heb", "Hebrew"), ("hi", "hin", "Hindi"),
    ("ho", "hmo", "Hiri Motu"), ("hr", "hrv", "Croatian"), ("ht", "hat", "Haitian Creole"),
    ("hu", "hun", "Hungarian"), ("hy", "hye", "Armenian"), ("hz", "her", "Herero"), ("ia", "ina", "Interlingua"),
    ("id", "ind", "Indonesian"), ("ie", "ile", "Interlingue"), ("ig", "ibo", "Igbo"), ("ii", "iii", "Sichuan Yi"),
    ("ik", "ipk", "Inupiaq"), ("io", "ido", "Ido"), ("is", "isl", "Icelandic"), ("it", "ita", "Italian"),
    ("iu", "iku", "Inuktitut"), ("ja", "jpn", "Japanese"), ("jv", "jav", "Javanese"), ("ka", "kat", "Georgian"),
    ("kg", "kon", "Kongo"), ("ki", "kik", "Kikuyu"), ("kj", "kua", "Kuanyama"), ("kk", "kaz", "Kazakh"),
    ("kl", "kal", "Kalaallisut"), ("km", "khm", "Khmer"), ("kn", "kan", "Kannada"), ("ko", "kor", "Korean"),
    ("kr", "kau", "Kanuri"), ("ks", "kas", "Kashmiri"), ("ku", "kur", "Kurdish"), ("kv", "kom", "Komi"),
    ("kw", "cor", "Cornish"), ("ky", "kir", "Kyrgyz"), ("la", "lat", "Latin"), ("lb", "ltz", "Luxembourgish"),
    ("lg", "lug", "Ganda"), ("li", "lim", "Limburgan"), ("ln", "lin", "Lingala"), ("lo", "lao", "Lao"),
    ("lt", "lit", "Lithuanian"), ("lu", "lub", "Luba-Katanga"), ("lv", "lav", "Latvian"), ("mg", "mlg", "Malagasy"),
    ("mh", "mah", "Marshallese"), ("mi", "mri", "Maori"), ("mk", "mkd", "Macedonian"), ("ml", "mal", "Malayalam"),
    ("mn", "mon", "Mongolian"), ("mr", "mar", "Marathi"), ("ms", "msa", "Malay"), ("mt", "mlt", "Maltese"),
    ("my", "mya", "Burmese"), ("na", "nau", "Nauru"), ("nb", "nob", "Norwegian"), ("nd", "nde", "North Ndebele"),
    ("ne", "nep", "Nepali"), ("ng", "ndo", "Ndonga"), ("nl", "nld", "Dutch"), ("nn", "nno", "Norwegian Nynorsk"),
    ("nr", "nbl", "South Ndebele"), ("nv", "nav", "Navajo"), ("ny", "nya", "Chichewa"), ("oc", "oci", "Occitan"),
    ("oj", "oji", "Ojibwa"), ("om", "orm", "Oromo"), ("or", "ori", "Odia"), ("os", "oss", "Ossetian"),
    ("pa", "pan", "Punjabi"), ("pcm", "pcm", "Nigerian Pidgin"), ("pi", "pli", "Pali"), ("pl", "pol", "Polish"),
    ("ps", "pus", "Pashto"), ("pt", "por", "Portuguese"), ("qu", "que", "Quechua"), ("rm", "roh", "Romansh"),
    ("rn", "run", "Rundi"), ("ro", "ron", "Romanian"), ("ru", "rus", "Russian"), ("rw", "kin", "Kinyarwanda"),
    ("sa", "san", "Sanskrit"), ("sc", "srd", "Sardinian"), ("sd", "snd", "Sindhi"), ("se", "sme", "Northern Sami"),
    ("sg", "sag", "Sango"), ("sh", "hbs", "Serbo-Croatian"), ("si", "sin", "Sinhala"), ("sk", "slk", "Slovak"),
    ("sl", "slv", "Slovenian"), ("sm", "smo", "Samoan"), ("sn", "sna", "Shona"), ("so", "som", "Somali"),
    ("sq", "sqi", "Albanian"), ("sr", "srp", "Serbian"), ("ss", "ssw", "Swati"), ("st", "sot", "Southern Sotho"),
    ("su", "sun", "Sundanese"), ("sv", "swe", "Swedish"), ("sw", "swa", "Swahili"), ("ta", "tam", "Tamil"),
    ("te", "tel", "Telugu"), ("tg", "tgk", "Tajik"), ("th", "tha", "Thai"), ("ti", "tir", "Tigrinya"),
    ("tk", "tuk", "Turkmen"), ("tl", "tgl", "Tagalog"), ("tn", "tsn", "Tswana"), ("to", "ton", "Tonga"),
    ("tr", "tur", "Turkish"), ("ts", "tso", "Tsonga"), ("tt", "tat", "Tatar"), ("tw", "twi", "Twi"),
    ("ty", "tah", "Tahitian"), ("ug", "uig", "Uyghur"), ("uk", "ukr", "Ukrainian"), ("ur", "urd", "Urdu"),
    ("uz", "uzb", "Uzbek"), ("ve", "ven", "Venda"), ("vi", "vie", "Vietnamese"), ("vo", "vol", "Volapük"),
    ("wa", "wln", "Walloon"), ("wo", "wol", "Wolof"), ("xh", "xho", "Xhosa"), ("yi", "yid", "Yiddish"),
    ("yo", "yor", "Yoruba"), ("yue", "yue", "Cantonese"), ("za", "zha", "Zhuang"), ("zh", "zho", "Chinese"),
    ("zu", "zul", "Zulu"),
];

/// Other codes and names of those languages, in lower case, and the code above; sorted. Bibliographic codes of ISO 639-2, codes that
/// were withdrawn (`iw`, `in`), and the member by which a macrolanguage is meant in corpora and models (`cmn`, `arb`, `nob`).
#[rustfmt::skip]
pub(super) const ALIASES: &[(&str, &str)] = &[
    ("alb", "sq"), ("als", "sq"), ("arb", "ar"), ("arm", "hy"), ("azj", "az"), ("baq", "eu"), ("bokmal", "nb"),
    ("bokmål", "nb"), ("bur", "my"), ("castilian", "es"), ("chi", "zh"), ("cmn", "zh"), ("cze", "cs"), ("dut", "nl"),
    ("ekk", "et"), ("farsi", "fa"), ("flemish", "nl"), ("fre", "fr"), ("gaz", "om"), ("geo", "ka"), ("ger", "de"),
    ("gre", "el"), ("ice", "is"), ("in", "id"), ("iw", "he"), ("ji", "yi"), ("jw", "jv"), ("khk", "mn"),
    ("knc", "kr"), ("lvs", "lv"), ("mac", "mk"), ("mandarin", "zh"), ("mao", "mi"), ("may", "ms"), ("mo", "ro"),
    ("no", "nb"), ("nor", "nb"), ("norwegian bokmål", "nb"), ("npi", "ne"), ("oriya", "or"), ("ory", "or"),
    ("panjabi", "pa"), ("pbt", "ps"), ("per", "fa"), ("pes", "fa"), ("plt", "mg"), ("rum", "ro"), ("slo", "sk"),
    ("swh", "sw"), ("tib", "bo"), ("uzn", "uz"), ("wel", "cy"), ("ydd", "yi"), ("zsm", "ms"),
];
