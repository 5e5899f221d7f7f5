//! Texts of scanned rows, read again for their shingles.

use crate::error::{Error, Result};
use crate::hash::Sketcher;
use crate::hash::compat::Compat;
use crate::pipeline::table::{Table, TableShard};
use crate::pipeline::{Event, Phase, Progress, ScanConfig, Source};
use crate::text::Analyzer;

/// What texts are read from, and how they are sketched.
#[derive(Clone, Copy)]
pub(in crate::pipeline) struct Texts<'a> {
    pub sources: &'a [Source],
    pub table: &'a Table,
    pub scan: &'a ScanConfig,
    /// Whether signatures take the place of shingle sets: where clusters are closed without looking at similarity.
    pub signatures: bool,
    /// Who is told how many bytes are done, if anybody.
    pub progress: Option<&'a dyn Progress>,
}

impl Texts<'_> {
    /// Reads the texts of some rows of a row group, ascending, rewrites them as the scan did, and gives their shingle sets. The row group
    /// is given with the number of its first row.
    ///
    /// # Errors
    /// Unreadable data, and what `each` fails with.
    pub fn each_shingles(
        &self,
        at: &TableShard,
        (group, first): (usize, usize),
        rows: &[u32],
        each: &mut dyn FnMut(u32, &[u64]) -> Result<()>,
    ) -> Result<()> {
        let source = &self.sources[at.source];
        let input = &source.shards[at.shard];
        let (mut analyzer, mut sketcher) = (Analyzer::new(), Sketcher::new(self.scan.sketch)?);
        let mut signer = self.scan.compat.filter(|_| self.signatures).map(Compat::signer).transpose()?;
        let wanted: Vec<u64> = rows.iter().map(|&row| (row as usize - first) as u64).collect();
        let mut rest = rows;
        for batch in input.shard.read_roots(group, Some(&input.judged_roots()), Some(&wanted), self.scan.batch_bytes)? {
            let batch = batch?;
            let (texts, facts) = (input.text.bind(&batch)?, input.facts.bind(&batch)?);
            let (now, later) = rest.split_at(texts.len().min(rest.len()));
            rest = later;
            let mut units = 0;
            for (i, &row) in now.iter().enumerate() {
                let text = texts.get(i).unwrap_or_default();
                let rewritten = self.table.rewritten(row as usize);
                let rewritten = rewritten.then(|| source.rewrite(&mut analyzer, text, facts.get(i)));
                let text = rewritten.as_deref().unwrap_or(text);
                let evidence = match &mut signer {
                    Some(signer) => signer.signature(text),
                    None => sketcher.shingles(text),
                };
                each(row, evidence.unwrap_or_default())?;
                units += self.table.bytes(row as usize);
            }
            if let Some(progress) = self.progress {
                progress.event(Event::Advance { phase: Phase::Dedup, units });
            }
        }
        match rest.is_empty() {
            true => Ok(()),
            false => Err(Error::Unbalanced(format!("{}: rows that were scanned are gone", input.label))),
        }
    }
}
