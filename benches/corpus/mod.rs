//! Text for the benches: the fixtures where they are, generated text otherwise.

/// Documents of one kind.
pub(crate) struct Corpus {
    pub(crate) name: &'static str,
    pub(crate) docs: Vec<String>,
}

impl Corpus {
    pub(crate) fn bytes(&self) -> u64 {
        self.docs.iter().map(|doc| doc.len() as u64).sum()
    }
}

/// Documents of `fixtures/text` (separated by lines that hold only U+001E), and generated ones.
pub(crate) fn corpora() -> Vec<Corpus> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/text");
    let read = |name: &'static str| {
        let text = std::fs::read_to_string(format!("{folder}/{name}.txt")).ok()?;
        Some(Corpus { name, docs: text.split("\n\u{1e}\n").map(str::to_owned).collect() })
    };
    let real = ["web", "book", "code", "multilingual"].into_iter().filter_map(read);
    real.chain([generated()]).collect()
}

/// Some 400 kB of documents that look like prose to a filter: words by a fixed sequence, in sentences, lines and paragraphs.
fn generated() -> Corpus {
    const WORDS: &[&str] = &[
        "the",
        "of",
        "and",
        "to",
        "that",
        "have",
        "with",
        "be",
        "grain",
        "still",
        "barrel",
        "copper",
        "water",
        "summer",
        "winter",
        "river",
        "mash",
        "barley",
        "rye",
        "corn",
        "yeast",
        "ferment",
        "carefully",
        "distillers",
        "measured",
        "temperature",
        "it's",
        "years",
        "oak",
        "charred",
        "warehouse",
        "proof",
        "blend",
        "slowly",
        "evaporates",
        "3.5",
        "café",
        "angels’",
        "share",
        "tasting",
    ];
    let mut state = 17u64;
    let mut random = |below: usize| {
        // Knuth's MMIX constants; the upper bits are the good ones.
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let docs = (0..100).map(|_| {
        let mut doc = String::new();
        for sentence in 0..20 + random(60) {
            for word in 0..5 + random(15) {
                doc.push_str(if word == 0 { "" } else { " " });
                doc.push_str(WORDS[random(WORDS.len()).min(random(WORDS.len()))]);
            }
            doc.push_str([". ", ".\n", ".\n\n", "? "][if sentence % 5 == 4 { 2 } else { random(2) * random(4) }]);
        }
        doc
    });
    Corpus { name: "generated", docs: docs.collect() }
}
