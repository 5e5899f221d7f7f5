//! As many short documents as you like, put together from pieces of real ones, with near duplicates whose origin is known:
//! something to measure deduplication on.
//! `cargo run --release --example many_documents -- OUT_DIR DOCUMENTS SEED FILE.parquet...`
//!
//! Of ten documents eight are four pieces of some sixteen words each, drawn by seed and number; one is the text of an earlier
//! document with up to eight words replaced, and one in fifty begins with a licence. Columns: `id`, `text`, `dump` (ten of them),
//! `origin` (the id of the earlier document).

#![allow(clippy::print_stdout)]

use arrow::array::{ArrayRef, RecordBatch, StringBuilder};
use mashbill::io::{Shard, TableOptions, TableWriter};
use std::{env, error::Error, path::Path, sync::Arc};
use xxhash_rust::xxh3::xxh3_64_with_seed;

const PIECE_WORDS: usize = 16;
const PIECES: u64 = 4;
const GROUP_DOCS: u64 = 16_384;
const FILE_DOCS: u64 = 16 * GROUP_DOCS;
const DUMPS: u64 = 10;

const LICENCE: &str = "Permission is hereby granted, free of charge, to any person obtaining a copy of this work and the \
    notes that belong to it, to deal in the work without restriction, including without limitation the rights to use, copy, \
    change, merge, publish and distribute copies of it, and to permit persons to whom it is furnished to do so. ";

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [out, documents, seed, files @ ..] = arguments.as_slice() else {
        return Err("many_documents OUT_DIR DOCUMENTS SEED FILE.parquet...".into());
    };
    let (documents, seed): (u64, u64) = (documents.parse()?, seed.parse()?);
    let maker = Maker { seed, pieces: pieces(files)? };
    if maker.pieces.is_empty() {
        return Err("the files hold no text".into());
    }
    std::fs::create_dir_all(out)?;
    for first in (0..documents).step_by(FILE_DOCS as usize) {
        let path = Path::new(out).join(format!("many-{:05}.parquet", first / FILE_DOCS));
        let end = documents.min(first + FILE_DOCS);
        let options = TableOptions { plain_columns: vec!["id".into(), "text".into()], ..TableOptions::default() };
        let mut writer = TableWriter::create(&path, &maker.batch(0..0)?.schema(), &options)?;
        for group in (first..end).step_by(GROUP_DOCS as usize) {
            writer.write(&maker.batch(group..end.min(group + GROUP_DOCS))?)?;
            writer.end_row_group()?;
        }
        writer.finish()?;
    }
    println!("{documents} documents from {} pieces", maker.pieces.len());
    Ok(())
}

/// Runs of words from the texts of the files.
fn pieces(files: &[String]) -> Result<Vec<String>, Box<dyn Error>> {
    let mut pieces = Vec::new();
    for file in files {
        let shard = Shard::open(file.as_ref())?;
        let text = shard.string_column("text")?;
        for group in 0..shard.row_groups() {
            for batch in shard.read(group, &[&text], 8 << 20)? {
                let texts = text.bind(&batch?)?;
                for text in (0..texts.len()).filter_map(|i| texts.get(i)) {
                    let words: Vec<&str> = text.split_whitespace().collect();
                    pieces.extend(words.chunks_exact(PIECE_WORDS).map(|run| run.join(" ")));
                }
            }
        }
    }
    Ok(pieces)
}

struct Maker {
    seed: u64,
    pieces: Vec<String>,
}

fn id(document: u64) -> String {
    format!("doc-{document:010}")
}

impl Maker {
    /// A number below `below` that is a matter of seed, document and purpose alone.
    fn draw(&self, document: u64, purpose: u64, below: u64) -> u64 {
        let bytes = [document.to_le_bytes(), purpose.to_le_bytes()].concat();
        xxh3_64_with_seed(&bytes, self.seed) % below.max(1)
    }

    fn own_text(&self, document: u64) -> String {
        let licence = if self.draw(document, 100, 50) == 0 { LICENCE } else { "" };
        let piece = |i| self.pieces[self.draw(document, i, self.pieces.len() as u64) as usize].as_str();
        licence.to_owned() + &(0..PIECES).map(piece).collect::<Vec<_>>().join(" ")
    }

    /// The document of which this one is a copy.
    fn origin(&self, document: u64) -> Option<u64> {
        (document > 0 && self.draw(document, 101, 10) == 0).then(|| self.draw(document, 102, document))
    }

    fn text(&self, document: u64) -> String {
        let Some(origin) = self.origin(document) else { return self.own_text(document) };
        let text = self.own_text(origin);
        let mut words: Vec<&str> = text.split(' ').collect();
        let others: Vec<String> =
            (0..self.draw(document, 103, 9)).map(|edit| format!("edit{edit}of{document}")).collect();
        for (edit, other) in (0..).zip(&others) {
            let at = self.draw(document, 200 + edit, words.len() as u64) as usize;
            words[at] = other;
        }
        words.join(" ")
    }

    fn batch(&self, documents: std::ops::Range<u64>) -> Result<RecordBatch, Box<dyn Error>> {
        let [mut ids, mut texts, mut dumps, mut origins] = std::array::from_fn(|_| StringBuilder::new());
        for document in documents {
            ids.append_value(id(document));
            texts.append_value(self.text(document));
            dumps.append_value(format!("dump-{}", self.draw(document, 104, DUMPS)));
            // An origin that is a copy itself has other words than its own text: it is no origin.
            origins.append_option(self.origin(document).filter(|&o| self.origin(o).is_none()).map(id));
        }
        let columns: [(&str, ArrayRef); 4] = [
            ("id", Arc::new(ids.finish())),
            ("text", Arc::new(texts.finish())),
            ("dump", Arc::new(dumps.finish())),
            ("origin", Arc::new(origins.finish())),
        ];
        Ok(RecordBatch::try_from_iter_with_nullable(columns.map(|(name, column)| (name, column, true)))?)
    }
}
