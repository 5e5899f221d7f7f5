//! MinHash signatures against those of datatrove 0.10.1 and text-dedup 0.4.0.

#![allow(clippy::unwrap_used)]

use mashbill::hash::compat::{Datatrove, TextDedup, Tokens, sort_records};
use std::path::PathBuf;
use xxhash_rust::xxh3::xxh3_64;

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures");

struct Signers {
    datatrove: [Datatrove; 2],
    text_dedup: TextDedup,
}

impl Signers {
    fn new() -> Signers {
        let datatrove = [Tokens::Whitespace, Tokens::English].map(|tokens| Datatrove::new(tokens).unwrap());
        Signers { datatrove, text_dedup: TextDedup::new(128, 5, 5).unwrap() }
    }

    /// The columns of `reference.py`.
    fn columns(&mut self, text: &str) -> [String; 4] {
        let [whitespace, english] = &mut self.datatrove;
        [
            format!("{:016x}", xxh3_64(Datatrove::simplified(text).as_bytes())),
            digest(whitespace.signature(text)),
            digest(english.signature(text)),
            digest(self.text_dedup.signature(text)),
        ]
    }
}

fn digest(numbers: Option<&[u64]>) -> String {
    let bytes = |numbers: &[u64]| numbers.iter().flat_map(|n| n.to_le_bytes()).collect::<Vec<_>>();
    numbers.map_or("-".to_owned(), |numbers| format!("{:016x}", xxh3_64(&bytes(numbers))))
}

/// `\u{hex}` back to its character.
fn unescape(text: &str) -> String {
    let mut parts = text.split("\\u{");
    let mut out = parts.next().unwrap().to_owned();
    for part in parts {
        let (hex, rest) = part.split_once('}').unwrap();
        out.push(char::from_u32(u32::from_str_radix(hex, 16).unwrap()).unwrap());
        out.push_str(rest);
    }
    out
}

fn goldens() -> String {
    std::fs::read_to_string(format!("{FIXTURES}/parity/minhash/goldens.tsv")).unwrap()
}

#[test]
fn every_signature_is_that_of_the_reference() {
    let mut signers = Signers::new();
    let (goldens, mut compared, mut signed) = (goldens(), 0, 0);
    let mut set = (String::new(), String::new());
    for line in goldens.lines().filter(|line| !line.starts_with('#')) {
        let cells: Vec<&str> = line.split('\t').collect();
        let text = if cells[0] == "odd" {
            unescape(cells[6])
        } else {
            if set.0 != cells[0] {
                set = (cells[0].into(), std::fs::read_to_string(format!("{FIXTURES}/text/{}.txt", cells[0])).unwrap());
            }
            set.1.split("\n\u{1e}\n").nth(cells[1].parse().unwrap()).unwrap().to_owned()
        };
        assert_eq!(signers.columns(&text)[..], cells[2..6], "{} {}", cells[0], cells[1]);
        compared += 1;
        signed += usize::from(cells[3] != "-");
    }
    assert!(compared > 600 && signed > 600, "{compared} {signed}");
}

#[test]
fn records_are_those_that_stage_1_writes() {
    let mut signer = Datatrove::new(Tokens::Whitespace).unwrap();
    let mut buckets = vec![Vec::new(); 14];
    for line in goldens().lines().filter(|line| line.starts_with("odd\t")) {
        let cells: Vec<&str> = line.split('\t').collect();
        assert_eq!(signer.records(&unescape(cells[6]), cells[1].parse().unwrap(), &mut buckets), cells[3] != "-");
    }
    let written = std::fs::read(format!("{FIXTURES}/parity/minhash/records.bin")).unwrap();
    assert_eq!(buckets[0], written);
    assert_eq!(written.len() % 68, 0);
    let sorted = sort_records(&buckets[0], 8);
    let first = |record: &[u8]| u64::from_le_bytes(record[..8].try_into().unwrap());
    assert!(sorted.chunks(68).map(first).is_sorted() && sorted.len() == written.len());
}

/// A whole corpus, outside of the repository: `MASHBILL_MINHASH_TSV` names what `compare.py` wrote of it.
#[test]
#[ignore = "needs a file that fixtures/parity/minhash/compare.py writes"]
fn a_corpus_agrees() {
    let Some(path) = std::env::var_os("MASHBILL_MINHASH_TSV").map(PathBuf::from) else { return };
    let file = std::fs::read_to_string(path).unwrap();
    let (mut signers, mut differences, mut compared) = (Signers::new(), [0; 4], 0);
    for line in file.lines() {
        let cells: Vec<&str> = line.split('\t').collect();
        let text = unescape(cells[4]);
        for (i, ours) in signers.columns(&text).iter().enumerate() {
            if ours != cells[i] {
                differences[i] += 1;
                let simple = Datatrove::simplified(&text);
                if differences[i] <= 3 {
                    eprintln!("column {i}: {:?} … → {:?} …", excerpt(&text), excerpt(&simple));
                }
            }
        }
        compared += 1;
    }
    eprintln!("{compared} texts; different: {differences:?} (normalized, whitespace, English, text-dedup)");
    assert!(compared > 0);
}

fn excerpt(text: &str) -> String {
    text.chars().take(200).collect()
}
