//! Naive twins: probabilities by the formulas as they are written, back-off by its definition; damaged files; odd texts.

use super::*;
use crate::error::Result;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

type Gram = Vec<String>;

/// Modified Kneser-Ney, interpolated, word for word as Chen and Goodman define it, with sets of n-grams.
struct Twin {
    order: usize,
    words: BTreeSet<String>,
    /// What each n-gram counts, by order.
    counted: Vec<BTreeMap<Gram, u64>>,
    raw: Vec<BTreeMap<Gram, u64>>,
    discounts: Vec<[f64; 3]>,
    prune: Vec<u64>,
}

impl Twin {
    fn new(text: &str, order: usize, min_count: u64, prune: &[u64]) -> Twin {
        let mut seen: BTreeMap<&str, u64> = BTreeMap::new();
        text.split_whitespace().for_each(|word| *seen.entry(word).or_default() += 1);
        let word = |word: &str| if seen[word] >= min_count { word.to_owned() } else { "<unk>".to_owned() };
        let lines = text.lines().filter(|line| !line.trim().is_empty());
        let sentences: Vec<Gram> = lines
            .map(|line| {
                let inner = line.split_whitespace().map(word);
                ["<s>".to_owned()].into_iter().chain(inner).chain(["</s>".to_owned()]).collect()
            })
            .collect();
        let mut raw: Vec<BTreeMap<Gram, u64>> = vec![BTreeMap::new(); order + 1];
        for sentence in &sentences {
            for (n, raw) in raw.iter_mut().enumerate().skip(1) {
                sentence.windows(n).for_each(|gram| *raw.entry(gram.to_vec()).or_default() += 1);
            }
        }
        raw[1].remove(&vec!["<s>".to_owned()]);
        let mut counted = raw.clone();
        for n in 1..order {
            for (gram, count) in &mut counted[n] {
                if gram[0] != "<s>" {
                    *count = raw[n + 1].keys().filter(|longer| longer[1..] == gram[..]).count() as u64;
                }
            }
        }
        let mut words: BTreeSet<String> = raw[1].keys().map(|gram| gram[0].clone()).collect();
        words.insert("<unk>".into());
        let discounts = counted.iter().map(Twin::discounts).collect();
        Twin { order, words, counted, raw, discounts, prune: prune.to_vec() }
    }

    fn discounts(counted: &BTreeMap<Gram, u64>) -> [f64; 3] {
        let of = |count: u64| counted.values().filter(|&&c| c == count).count() as f64;
        let y = of(1) / (of(1) + 2.0 * of(2));
        let d = [1.0 - 2.0 * y * of(2) / of(1), 2.0 - 3.0 * y * of(3) / of(2), 3.0 - 4.0 * y * of(4) / of(3)];
        let sound = (1..=3).all(|j| of(j as u64) > 0.0 && d[j - 1] >= 0.0 && d[j - 1] <= j as f64);
        if sound { d } else { [0.5, 1.0, 1.5] }
    }

    fn kept(&self, gram: &Gram) -> bool {
        let n = gram.len();
        n == 1 || self.raw[n][gram] > self.prune.get(n - 2).or(self.prune.last()).copied().unwrap_or(0)
    }

    /// The probability of a word after a context.
    fn chance(&self, context: &[String], word: &str) -> f64 {
        let n = context.len() + 1;
        let discounts = self.discounts[n];
        let after: Vec<(&Gram, u64)> = self.counted[n]
            .iter()
            .filter(|(gram, _)| gram[..n - 1] == *context)
            .map(|(gram, &count)| (gram, count))
            .collect();
        let total: u64 = after.iter().map(|(_, count)| count).sum();
        let lower = |this: &Twin| match n {
            1 => 1.0 / this.words.len() as f64,
            _ => this.chance(&context[1..], word),
        };
        if total == 0 {
            return lower(self);
        }
        let discount = |count: u64| discounts[count.min(3) as usize - 1];
        let spared: f64 =
            after.iter().map(|(gram, count)| if self.kept(gram) { discount(*count) } else { *count as f64 }).sum();
        let here = after.iter().find(|(gram, _)| gram[n - 1] == word && self.kept(gram));
        let share = here.map_or(0.0, |(_, count)| (*count as f64 - discount(*count)) / total as f64);
        share + spared / total as f64 * lower(self)
    }

    fn measure(&self, text: &str) -> (f64, u64) {
        let (mut log10, mut words) = (0.0, 0);
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            let mut before = vec!["<s>".to_owned()];
            for word in line.split_whitespace().chain(["</s>"]) {
                let word = if self.words.contains(word) { word } else { "<unk>" };
                let context = &before[before.len().saturating_sub(self.order - 1)..];
                log10 += self.chance(context, word).log10();
                words += 1;
                before.push(word.to_owned());
            }
        }
        (log10, words)
    }
}

fn trained(text: &str, settings: Settings) -> NgramModel {
    let mut trainer = Trainer::new(settings).unwrap();
    trainer.add_text(text).unwrap();
    trainer.finish().unwrap()
}

fn loaded(bytes: &[u8]) -> Result<NgramModel> {
    NgramModel::from_bytes("x.lm".as_ref(), bytes)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn probabilities_are_those_of_the_formulas(
        text in "(([abc]|[a-h]|x1?) {1,2}|\\n){1,120}a",
        other in "([a-j] |\\n|zz ){0,30}",
        order in 1usize..=5,
        min_count in 1u64..=3,
        prune in prop::sample::select(vec![vec![], vec![0, 1], vec![1], vec![0, 1, 2]]),
    ) {
        let prune: Vec<u64> = prune.into_iter().take(order.saturating_sub(1)).collect();
        let twin = Twin::new(&text, order, min_count, &prune);
        let settings = Settings { order, min_count, prune, ..Settings::default() };
        let model = trained(&text, settings);
        for text in [&text, &other] {
            let (log10, words) = twin.measure(text);
            let found = model.measure(text);
            prop_assert_eq!(found.map_or(0, |m| m.words), words);
            if let Some(found) = found {
                prop_assert!((found.log10 - log10).abs() <= 1e-4 + 1e-6 * log10.abs(), "{} {}", found.log10, log10);
            }
        }
        // After any context, all words together are certain.
        let context = [String::from("<s>"), String::from("a"), String::from("b")];
        let context = &context[..(order - 1).min(3)];
        let sum: f64 = twin.words.iter().map(|word| twin.chance(context, word)).sum();
        prop_assert!((sum - 1.0).abs() < 1e-9, "{sum}");
    }

    #[test]
    fn every_text_has_an_outcome(text in "(a |b|\\n|\r|\0|é|<s> |</s>|\u{301}|日本 |[ -~]){0,80}", cc_net in any::<bool>()) {
        let normalise = if cc_net { Normalise::CcNet } else { Normalise::None };
        let model = trained("a b a\nb é a", Settings { order: 3, normalise, ..Settings::default() });
        let found = model.measure(&text);
        prop_assert!(found.is_none_or(|m| m.perplexity().is_finite() && m.mean_log10() <= 0.0 && m.unknown <= m.words));
    }

    #[test]
    fn a_damaged_file_is_refused(at in any::<prop::sample::Index>(), bit in 0u8..8, cut in any::<prop::sample::Index>()) {
        let bytes = trained("a b a c\nb a a\nc c b", Settings { order: 3, ..Settings::default() }).to_bytes();
        let mut flipped = bytes.clone();
        flipped[at.index(bytes.len())] ^= 1 << bit;
        prop_assert!(loaded(&flipped).is_err());
        prop_assert!(loaded(&bytes[..cut.index(bytes.len())]).is_err());
    }
}

#[test]
fn a_file_says_what_the_model_said() {
    let settings = Settings { order: 4, normalise: Normalise::CcNet, ..Settings::default() };
    let model = trained("The mill grinds 12 sacks\nof rye and corn\nThe corn of the mill", settings);
    let bytes = model.to_bytes();
    let again = loaded(&bytes).unwrap();
    assert_eq!((again.to_bytes(), again.digest(), again.bytes()), (bytes.clone(), model.digest(), bytes.len() as u64));
    assert_eq!((again.origin(), again.counts(), again.normalise()), (model.origin(), model.counts(), Normalise::CcNet));
    let text = "the mill of corn 34";
    assert_eq!(again.measure(text), model.measure(text));
    assert_eq!(model.measure(text).unwrap().unknown, 0, "every digit is a 0, and letters have no case");
    insta::assert_snapshot!(loaded(b"").unwrap_err(), @"x.lm: is no model of `mashbill score train-lm`");
    let mut other = bytes.clone();
    other[15] = 9;
    insta::assert_snapshot!(loaded(&other).unwrap_err(), @"x.lm: is a model of version 9, and this release reads version 1: train it again, or use the release that did");
    let mut huge = bytes;
    huge[16 + 7 + 32 + 16 + 4 * 32..][..8].copy_from_slice(&(1u64 << 40).to_le_bytes());
    assert!(loaded(&huge).unwrap_err().to_string().starts_with("x.lm: is damaged: "));
}

const ARPA: &str = "\n\\data\\\nngram 1=5\nngram 2=3\nngram 3=1\n\n\\1-grams:\n-1.0\t<unk>\n-99\t<s>\t-0.5\n-0.7\t</s>\n-0.6\ta\t-0.3\n\
                    -0.9\tb\t-0.2\n\n\\2-grams:\n-0.4\t<s> a\t-0.1\n-0.2\ta b\n-0.3\tb </s>\n\n\\3-grams:\n-0.05\t<s> a b\n\n\\end\\\n";

fn arpa(text: &str) -> Result<NgramModel> {
    NgramModel::from_arpa("x.arpa".as_ref(), text.as_bytes())
}

#[test]
fn an_arpa_file_by_hand() {
    let model = arpa(ARPA).unwrap();
    assert_eq!((model.order(), model.counts()), (3, vec![5, 3, 1]));
    let log10 = |text: &str| model.measure(text).unwrap().log10;
    let near = |a: f64, b: f64| assert!((a - b).abs() < 1e-6, "{a} {b}");
    // <s> a; <s> a b; b </s> after the back-off of `a b`, which has none.
    near(log10("a b"), -0.4 - 0.05 - 0.3);
    // b after the back-off of <s>; a after that of b; b after that of `b a`, unknown; the end after that of `a b`.
    near(log10("b a b"), (-0.5 - 0.9) + (-0.2 - 0.6) - 0.2 - 0.3);
    // An unknown word is <unk>, and nothing is known after it.
    near(log10("zz a"), (-0.5 - 1.0) - 0.6 + (-0.3 - 0.7));
    assert_eq!(model.measure("zz a").map(|m| (m.words, m.unknown)), Some((3, 1)));
    near(model.measure("a b").unwrap().perplexity(), 10f64.powf(0.25));
}

#[test]
fn an_n_gram_whose_parts_were_pruned_is_found_all_the_same() {
    // `x a b` needs `x a` and `a b`; the first is not there.
    let text = ARPA.replace("ngram 3=1", "ngram 3=2").replace("-0.05\t<s> a b", "-0.05\t<s> a b\n-0.01\tb a b");
    let model = arpa(&text).unwrap();
    let log10 = model.measure("b a b").unwrap().log10;
    assert!((log10 - ((-0.5 - 0.9) + (-0.2 - 0.6) - 0.01 - 0.3)).abs() < 1e-6, "{log10}");
    assert_eq!(model.counts(), [5, 4, 2]);
}

#[test]
fn what_is_wrong_in_an_arpa_file_is_said_with_its_line() {
    let fails = |from: &str, to: &str| {
        assert!(ARPA.contains(from), "{from}");
        arpa(&ARPA.replacen(from, to, 1)).unwrap_err().to_string()
    };
    insta::assert_snapshot!(arpa("").unwrap_err(), @"x.arpa: line 1: is neither that of an ARPA file nor of a model of `mashbill score train-lm`: an ARPA file begins with `\\data\\`");
    insta::assert_snapshot!(fails("ngram 2=3", "ngram 3=3"), @"x.arpa: line 4: `ngram 2=COUNT` is expected here, not `ngram 3=3`");
    insta::assert_snapshot!(fails("ngram 2=3", "ngram 2=4"), @"x.arpa: line 19: here end 3 2-grams, where 4 were announced");
    insta::assert_snapshot!(fails("-0.2\ta b", "-0.2\ta"), @"x.arpa: line 16: a logarithm of a probability, 2 words and, at most, a back-off are expected here");
    insta::assert_snapshot!(fails("-0.2\ta b", "0.2\ta b"), @"x.arpa: line 16: a logarithm of a probability is above 0: 0.2");
    insta::assert_snapshot!(fails("-0.2\ta b", "-0.2\ta c"), @"x.arpa: line 16: `c` is not among the 1-grams");
    insta::assert_snapshot!(fails("-0.2\ta b", "-0.2\t<s> a"), @"x.arpa: line 19: above stands one of the 2-grams twice");
    insta::assert_snapshot!(fails("-0.2\ta b", "nan\ta b"), @"x.arpa: line 16: a logarithm of a probability, 2 words and, at most, a back-off are expected here");
    insta::assert_snapshot!(fails("\\3-grams:", "\\4-grams:"), @"x.arpa: line 19: `\\3-grams:` is expected here, not `\\4-grams:`");
    insta::assert_snapshot!(fails("\\end\\", ""), @"x.arpa: line 23: the file ends too early");
    insta::assert_snapshot!(fails("-99\t<s>\t-0.5", "-99\t<t>\t-0.5"), @"x.arpa: line 15: `<s>` is not among the 1-grams");
    // Whatever line is missing, or cut: an answer or an error.
    for (at, _) in ARPA.match_indices('\n') {
        let _ = arpa(&ARPA[..at]);
        let _ = arpa(&format!("{}{}", &ARPA[..at], &ARPA[at + 1..]));
    }
}

#[test]
fn training_keeps_to_its_memory_and_says_what_would_help() {
    let text = "the mill of rye and corn\n".repeat(20_000);
    let train = |memory: u64, order: usize| {
        let mut trainer = Trainer::new(Settings { memory, order, ..Settings::default() })?;
        trainer.add_text(&text)?;
        trainer.finish()
    };
    insta::assert_snapshot!(train(1 << 20, 3).unwrap_err(), @"memory: training the language model takes about 2 MiB for its words, and may take 1: allow more, train on a sample, or make the model smaller (order 2, prune, min_count)");
    insta::assert_snapshot!(train(2 << 20, 3).unwrap_err(), @"memory: training the language model takes about 4 MiB for sorting its words, and may take 2: allow more, train on a sample, or make the model smaller (order 2, prune, min_count)");
    assert!(train(4 << 20, 3).is_ok());
    let refused = |settings: Settings| Trainer::new(settings).unwrap_err().to_string();
    insta::assert_snapshot!(refused(Settings { order: 7, ..Settings::default() }), @"order: must lie between 1 and 6, and is 7");
    insta::assert_snapshot!(refused(Settings { prune: vec![2, 1], ..Settings::default() }), @"prune: must not fall from shorter to longer n-grams, whose parts are needed");
    let empty = Trainer::new(Settings::default()).unwrap().finish().unwrap_err();
    insta::assert_snapshot!(empty, @"training: the text has no word to train a language model on");
}

#[test]
fn one_word_and_loops_train_a_model() {
    for text in ["a", "a\n\n\na", &"a ".repeat(100_000), &"a b c\n".repeat(30_000)] {
        let model = trained(text, Settings::default());
        assert!(model.measure(text).is_some_and(|m| m.perplexity() >= 1.0));
    }
}
