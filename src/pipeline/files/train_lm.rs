//! Parquet → an n-gram language model: one pass over the text, prepared on all threads, the same bytes on any number of them.

use crate::error::Result;
use crate::io::Shard;
use crate::pipeline::{Event, LabelledPath, Phase, Pool, Progress};
use crate::score::ngram::{NgramModel, Prepared, Settings, Trainer};
use std::path::PathBuf;

/// Trains a model on the column `text` of files. Rows without a text are passed over.
///
/// # Errors
/// Unreadable files and missing columns, naming them; [`Error::Invalid`](crate::Error::Invalid) where the text has no word, for settings
/// out of range, and where training would take more memory than they allow.
pub fn train_lm(
    files: &[PathBuf],
    text: &str,
    settings: Settings,
    pool: &Pool,
    batch_bytes: usize,
    progress: &dyn Progress,
) -> Result<NgramModel> {
    let mut trainer = Trainer::new(settings)?;
    let mut paths: Vec<LabelledPath> = files.iter().map(|file| LabelledPath::new(file, None)).collect();
    paths.sort();
    paths.dedup();
    let open = |path: &LabelledPath| {
        let shard = Shard::open_with_text(&path.path, &[text])?;
        let column = shard.string_column(text)?;
        Ok((shard, column))
    };
    let shards = pool.map(&paths, open)?;
    let total = shards.iter().map(|(shard, column)| shard.column_bytes(column.column().root())).sum();
    progress.event(Event::Begin { phase: Phase::Scan, total });
    let normalise = trainer.settings().normalise;
    for (shard, column) in &shards {
        let groups: Vec<usize> = (0..shard.row_groups()).collect();
        // As many row groups as threads at a time, so that memory does not grow with the file.
        for some in groups.chunks(pool.threads().max(1)) {
            let prepare = |&group: &usize| {
                let (mut prepared, mut bytes) = (Prepared::default(), 0);
                for batch in shard.read_roots(group, Some(&[column.column().root()]), None, batch_bytes)? {
                    let texts = column.bind(&batch?)?;
                    for text in (0..texts.len()).filter_map(|row| texts.get(row)) {
                        prepared.push(text, normalise);
                        bytes += text.len() as u64;
                    }
                }
                progress.event(Event::Advance { phase: Phase::Scan, units: bytes });
                Ok(prepared)
            };
            for prepared in pool.map(some, prepare)? {
                trainer.add(&prepared)?;
            }
        }
    }
    progress.event(Event::End { phase: Phase::Scan });
    trainer.finish()
}
