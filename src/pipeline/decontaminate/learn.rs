//! An allow-list from a clean corpus: its documents are read once, on all threads.

use super::Decontamination;
use crate::decontaminate::{AllowList, AllowListLearner, Scratch};
use crate::error::Result;
use crate::pipeline::{Event, Phase, Pool, Progress, Source};
use crate::text::Analyzer;

/// Learns which n-grams of the benchmarks at least `min_documents` documents of these sources hold, as their steps leave them.
///
/// # Errors
/// Unreadable data, naming file and row group. Rows without text are passed over.
pub fn learn_allow_list(
    decontamination: &Decontamination,
    sources: &[Source],
    min_documents: u32,
    batch_bytes: usize,
    pool: &Pool,
    progress: &dyn Progress,
) -> Result<AllowList> {
    let decontaminator = decontamination.decontaminator();
    let groups = |source: usize, shard: usize| 0..sources[source].shards[shard].shard.row_groups();
    let shards =
        (0..sources.len()).flat_map(|source| (0..sources[source].shards.len()).map(move |shard| (source, shard)));
    let tasks: Vec<(usize, usize, usize)> =
        shards.flat_map(|(source, shard)| groups(source, shard).map(move |group| (source, shard, group))).collect();
    let total = sources.iter().map(Source::text_bytes).sum();
    progress.event(Event::Begin { phase: Phase::Scan, total });
    let mut learned = AllowListLearner::new(decontaminator);
    // Some at a time: each part has a count for every n-gram.
    for some in tasks.chunks(pool.threads().max(1) * 4) {
        let shares: Vec<&[(usize, usize, usize)]> = some.chunks(some.len().div_ceil(pool.threads().max(1))).collect();
        let parts = pool.map(&shares, |share| {
            let mut learner = AllowListLearner::new(decontaminator);
            let (mut scratch, mut analyzer) = (Scratch::new(), Analyzer::new());
            for &(source, shard, group) in *share {
                let source = &sources[source];
                let input = &source.shards[shard];
                for batch in input.shard.read_roots(group, Some(&input.judged_roots()), None, batch_bytes)? {
                    let batch = batch?;
                    let (texts, facts) = (input.text.bind(&batch)?, input.facts.bind(&batch)?);
                    let mut bytes = 0;
                    for row in 0..batch.num_rows() {
                        let Some(text) = texts.get(row) else { continue };
                        bytes += text.len() as u64;
                        let outcome = source.chain.check(&mut analyzer, text, facts.get(row));
                        if outcome.verdict.is_keep() {
                            learner.observe(&mut scratch, &outcome.text);
                        }
                    }
                    progress.event(Event::Advance { phase: Phase::Scan, units: bytes });
                }
            }
            Ok(learner)
        })?;
        parts.iter().for_each(|part| learned.merge(part));
    }
    progress.event(Event::End { phase: Phase::Scan });
    Ok(learned.finish(min_documents))
}
