//! The first pass over text: every row of every shard is judged, counted and sketched; what is known goes to one scan file a shard.

use super::decontaminate::{Checker, Decontamination, HitRows, RowFate, hits_path};
use super::job::Folder;
use super::signals::{self, SignalRows};
use super::{Event, InputShard, Phase, Pool, Progress, Source};
use crate::document::Facts;
use crate::error::{Error, Result};
use crate::filter::Finding;
use crate::hash::compat::{Compat, Datatrove};
use crate::hash::{Sketch, SketchConfig, Sketcher};
use crate::io::{Compression, TableOptions, TableWriter};
use crate::ledger::{Provenance, RowProvenance, RowVerdict, ScanBuilder, ScanLayout, ScanRow, versions};
use crate::recipe::{Chain, Evidence, OnBadRow, Outcome};
use crate::text::{Analyzer, TokenCounter};
use arrow::array::RecordBatch;
use arrow::datatypes::{Schema, SchemaRef};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use xxhash_rust::xxh3::xxh3_128;

/// The longest text of a row, in bytes: Parquet and Arrow count the bytes of a value in 31 bits.
const MAX_ROW_BYTES: usize = i32::MAX as usize;

/// Everything that scanning needs to know beside the sources.
#[derive(Debug, Clone)]
pub struct ScanConfig {
    /// How tokens are counted, unless the sources bring a column of counts.
    pub counter: TokenCounter,
    /// Tokens that training adds to each document; counted with those of its text.
    pub tokens_per_document: u64,
    /// How texts are sketched.
    pub sketch: SketchConfig,
    /// Whether band keys are kept, for finding near duplicates.
    pub near: bool,
    /// Whose band keys they are, if not those of `sketch`, which then has as many bands.
    pub compat: Option<Compat>,
    /// Whether signals files are written: every value that a rule saw, of every row.
    pub signals: bool,
    /// Whether the content hash is of the bytes of the text (xxh3-128), not of its content form. Must be where shingles are made
    /// of the raw text: of rows with equal hashes one stands for all.
    pub raw: bool,
    /// The benchmark items that are looked for, if any are.
    pub decontamination: Option<Arc<Decontamination>>,
    /// Which columns say where a row comes from, in any source.
    pub provenance: Provenance,
    /// Whether rows have a scope, in the column that the sources name.
    pub scope: bool,
    /// What to do with bad rows.
    pub on_bad_row: OnBadRow,
    /// About how many uncompressed bytes of columns are decoded at a time, per thread.
    pub batch_bytes: usize,
}

impl ScanConfig {
    /// Band keys stored for each row.
    pub(super) fn bands(&self) -> usize {
        if self.near { self.sketch.bands.bands as usize } else { 0 }
    }

    /// The columns of a source's scan files: those of the ledger that scanning fills, band keys, and evidence if it is wanted.
    fn schema(&self, chain: &Chain) -> SchemaRef {
        let schema = ScanBuilder::schema(self.layout());
        if !self.signals {
            return schema;
        }
        let evidence = signals::fields(&Evidence::of(chain)).into_iter().map(Arc::new);
        Arc::new(Schema::new(schema.fields().iter().cloned().chain(evidence).collect::<Vec<_>>()))
    }

    /// What scan files hold beside the ledger's columns and evidence.
    pub(super) fn layout(&self) -> ScanLayout {
        ScanLayout {
            bands: self.bands(),
            scope: self.scope,
            contaminated: self.decontamination.is_some(),
            provenance: self.provenance,
        }
    }
}

/// Scans every shard that has no scan file yet. Threads share row groups, not files.
///
/// # Errors
/// The first error, by source and shard: unreadable data, a bad row under [`OnBadRow::Fail`], a full disk.
pub(super) fn scan(
    pool: &Pool,
    folder: &Folder,
    sources: &[Source],
    config: &ScanConfig,
    progress: &dyn Progress,
) -> Result<()> {
    let all = sources.iter().flat_map(|source| source.shards.iter().map(move |shard| (source, shard)));
    let (done, open): (Vec<_>, Vec<_>) =
        all.partition(|(source, shard)| folder.scan(&source.name, &shard.label).exists());
    if !done.is_empty() {
        progress.event(Event::Reused { shards: done.len() });
    }
    let total = open.iter().map(|(_, shard)| shard.text_bytes()).sum();
    progress.event(Event::Begin { phase: Phase::Scan, total });
    let open: Vec<OpenShard<'_>> = open.into_iter().map(|(source, shard)| OpenShard::new(source, shard)).collect();
    let groups = |at: usize| (0..open[at].input.shard.row_groups().max(1)).map(move |group| (at, group));
    let tasks: Vec<(usize, usize)> = (0..open.len()).flat_map(groups).collect();
    pool.map(&tasks, |&(at, group)| {
        let shard = &open[at];
        let batches = GroupScan::new(shard.source, shard.input, group, config)?.run(progress)?;
        shard.put(group, batches, folder, config)
    })?;
    progress.event(Event::End { phase: Phase::Scan });
    Ok(())
}

/// A shard under way. Row groups are scanned in any order and written in theirs; one that is early waits in memory, and
/// since they are begun in order, few do.
struct OpenShard<'a> {
    source: &'a Source,
    input: &'a InputShard,
    file: Mutex<ScanFile>,
}

#[derive(Default)]
struct ScanFile {
    writer: Option<TableWriter>,
    /// The row group to be written next.
    next: usize,
    /// Hits of benchmark items, where those are looked for.
    hits: Option<TableWriter>,
    early: BTreeMap<usize, GroupBatches>,
}

/// What a row group comes to: its rows, and the benchmark items in them.
struct GroupBatches {
    rows: RecordBatch,
    hits: Option<RecordBatch>,
}

impl<'a> OpenShard<'a> {
    fn new(source: &'a Source, input: &'a InputShard) -> Self {
        OpenShard { source, input, file: Mutex::default() }
    }

    /// Takes a row group's scan, writes what is in turn, and gives the file its name once the last group is written.
    fn put(&self, group: usize, batches: GroupBatches, folder: &Folder, config: &ScanConfig) -> Result<()> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.early.insert(group, batches);
        while let Some(batches) = {
            let next = file.next;
            file.early.remove(&next)
        } {
            let mut writer = match file.writer.take() {
                Some(writer) => writer,
                None => self.create(folder, config)?,
            };
            if let Some(batch) = &batches.hits {
                if file.hits.is_none() {
                    file.hits = Some(self.create_hits(folder)?);
                }
                file.hits.iter_mut().try_for_each(|hits| hits.write(batch))?;
            }
            writer.write(&batches.rows)?;
            writer.end_row_group()?;
            file.next += 1;
            // A file without row groups has one scan all the same, of no rows.
            if file.next < self.input.shard.row_groups() {
                file.writer = Some(writer);
                continue;
            }
            // Before the scan file, whose presence says that both are there.
            if let Some(hits) = file.hits.take() {
                hits.finish()?;
            }
            let (rows, expected) = (writer.finish()?, self.input.shard.rows());
            if rows != expected {
                let label = &self.input.label;
                let problem = format!("{label} has {expected} rows by its footer, but {rows} were read");
                return Err(Error::Unbalanced(problem));
            }
        }
        Ok(())
    }

    fn create_hits(&self, folder: &Folder) -> Result<TableWriter> {
        let scan = folder.scan(&self.source.name, &self.input.label);
        let path = hits_path(&folder.work(), &self.source.name, scan.file_name().unwrap_or_default().as_ref());
        let options = TableOptions { compression: Compression::Lz4, metadata: versions(), ..TableOptions::default() };
        TableWriter::create(&path, &HitRows::schema(), &options)
    }

    fn create(&self, folder: &Folder, config: &ScanConfig) -> Result<TableWriter> {
        let options = TableOptions {
            compression: Compression::Lz4,
            plain_columns: ScanBuilder::plain_columns(config.layout()),
            metadata: versions(),
            ..TableOptions::default()
        };
        let path = folder.scan(&self.source.name, &self.input.label);
        TableWriter::create(&path, &config.schema(&self.source.chain), &options)
    }
}

/// Judges rows: what a service that has only `&str` would do with a [`Chain`], a counter and a sketcher.
struct Judge<'a> {
    chain: &'a Chain,
    config: &'a ScanConfig,
    near: bool,
    analyzer: Analyzer,
    sketcher: Sketcher,
    /// Makes the band keys in the place of the sketcher.
    signer: Option<Datatrove>,
    failed: Vec<&'a str>,
    evidence: Option<Recorder>,
    checker: Option<Checker<'a>>,
}

/// What a scan with signals files gathers beside the ledger's columns.
struct Recorder {
    evidence: Evidence,
    rows: SignalRows,
    /// Scratch: the values of one row.
    values: Vec<Option<f64>>,
}

impl Recorder {
    fn new(chain: &Chain) -> Recorder {
        let evidence = Evidence::of(chain);
        Recorder { rows: SignalRows::new(&evidence), values: evidence.blank(), evidence }
    }
}

/// The scan of one row group.
struct GroupScan<'a> {
    shard: &'a InputShard,
    group: usize,
    judge: Judge<'a>,
    builder: ScanBuilder,
}

impl<'a> GroupScan<'a> {
    fn new(source: &'a Source, shard: &'a InputShard, group: usize, config: &'a ScanConfig) -> Result<Self> {
        let judge = Judge {
            chain: &source.chain,
            config,
            near: config.near && source.near,
            analyzer: Analyzer::new(),
            sketcher: Sketcher::new(config.sketch)?,
            signer: config.compat.map(Compat::signer).transpose()?,
            failed: Vec::new(),
            evidence: config.signals.then(|| Recorder::new(&source.chain)),
            checker: config.decontamination.as_ref().map(|d| Checker::new(d, &source.name, &shard.label)),
        };
        let builder = ScanBuilder::new(&source.name, &shard.label, config.layout());
        Ok(GroupScan { shard, group, judge, builder })
    }

    fn run(mut self, progress: &dyn Progress) -> Result<GroupBatches> {
        let InputShard { shard, text, id, facts, tokens, scope, provenance, .. } = self.shard;
        if self.group >= shard.row_groups() {
            return self.finish();
        }
        let mut row = shard.first_row(self.group);
        for batch in shard.read_roots(self.group, Some(&self.shard.roots()), None, self.judge.config.batch_bytes)? {
            let batch = batch?;
            let texts = text.bind(&batch)?;
            let ids = id.as_ref().map(|c| c.bind(&batch)).transpose()?;
            let facts = facts.bind(&batch)?;
            let counts = tokens.as_ref().map(|c| c.bind_u64(&batch)).transpose()?;
            let scopes = scope.as_ref().map(|c| c.bind(&batch)).transpose()?;
            let provenance = provenance.bind(&batch)?;
            let mut seeds = Vec::new();
            let mut bytes = 0;
            for i in 0..batch.num_rows() {
                let id = ids.as_ref().and_then(|s| s.get(i));
                let scope = scopes.as_ref().and_then(|s| s.get(i));
                let provenance = provenance.get(i, &mut seeds);
                let tokens = counts.as_ref().map(|c| c[i]);
                let beside = Beside { id, facts: facts.get(i), tokens, scope, provenance };
                let result = match texts.get(i) {
                    Some(text) => {
                        bytes += text.len() as u64;
                        self.judge.judge(&mut self.builder, row, text, beside)?
                    }
                    None if texts.is_invalid(i) => Some("invalid_utf8"),
                    None => Some("null_text"),
                };
                if let Some(problem) = result {
                    self.bad_row(row, id, texts.get(i), problem)?;
                }
                row += 1;
            }
            progress.event(Event::Advance { phase: Phase::Scan, units: bytes });
        }
        self.finish()
    }

    fn finish(mut self) -> Result<GroupBatches> {
        let hits = self.judge.checker.as_mut().map(|checker| checker.rows.finish()).transpose()?;
        let batch = self.builder.finish()?;
        let Some(recorder) = &mut self.judge.evidence else { return Ok(GroupBatches { rows: batch, hits }) };
        let columns = batch.columns().iter().cloned().chain(recorder.rows.finish()).collect();
        let rows = RecordBatch::try_new(self.judge.config.schema(self.judge.chain), columns)
            .map_err(|e| Error::Unbalanced(format!("the evidence of a row group does not fit its rows: {e}")))?;
        Ok(GroupBatches { rows, hits })
    }

    /// Fails, or enters the row as quarantined under `problem`.
    fn bad_row(&mut self, row: u64, id: Option<&str>, text: Option<&str>, problem: &'static str) -> Result<()> {
        if self.judge.config.on_bad_row == OnBadRow::Fail {
            return Err(Error::BadRow {
                path: self.shard.shard.path().to_owned(),
                row_group: self.group,
                row,
                column: if problem == "no_token_count" {
                    self.shard.tokens.as_ref().map(|c| c.name().to_owned()).unwrap_or_default()
                } else {
                    self.shard.text.column().name().to_owned()
                },
                problem: bad_row_words(problem).to_owned(),
            });
        }
        let bytes = text.map_or(0, |t| t.len() as u64);
        let id = id.map(Cow::Borrowed).or_else(|| text.map(|t| text_id(t).into())).unwrap_or_default();
        if let Some(recorder) = &mut self.judge.evidence {
            recorder.rows.push_unjudged();
        }
        self.builder.push(&ScanRow {
            row,
            id: &id,
            input_bytes: bytes,
            bytes,
            edits: 0,
            tokens: None,
            content_hash: None,
            verdict: RowVerdict::Quarantined,
            rule: Some(problem),
            observed: None,
            failed: &[],
            score: None,
            scope: None,
            contaminated_by: None,
            provenance: RowProvenance::default(),
            band_keys: None,
        })
    }
}

/// What a row says beside its text. `tokens` is `Some(None)` where a column of counts has none for the row.
struct Beside<'r> {
    id: Option<&'r str>,
    facts: Facts<'r>,
    tokens: Option<Option<u64>>,
    scope: Option<&'r str>,
    provenance: RowProvenance<'r>,
}

impl<'a> Judge<'a> {
    /// Enters a row, or says why it cannot be used.
    fn judge(
        &mut self,
        builder: &mut ScanBuilder,
        row: u64,
        text: &str,
        beside: Beside<'_>,
    ) -> Result<Option<&'static str>> {
        if text.len() > MAX_ROW_BYTES {
            return Ok(Some("text_over_2_gib"));
        }
        if beside.tokens == Some(None) {
            return Ok(Some("no_token_count"));
        }
        let mut outcome = self.outcome(text, beside.facts);
        let failure = outcome.failure();
        let id = beside.id.map_or_else(|| text_id(text).into(), Cow::Borrowed);
        let mut verdict = if failure.is_none() { RowVerdict::Kept } else { RowVerdict::Dropped };
        let mut contaminated_by = None;
        if let Some(checker) = self.checker.as_mut().filter(|_| verdict == RowVerdict::Kept) {
            let judged = checker.judge(row, &id, &outcome.text);
            contaminated_by = judged.by.map(|(item, rule)| {
                let (benchmark, item) = checker.item(item);
                (benchmark, item, rule)
            });
            match judged.fate {
                RowFate::Stays => {}
                RowFate::Goes => verdict = RowVerdict::Contaminated,
                RowFate::Shrinks(text, cuts) => {
                    let edits = outcome.judged.edits.saturating_add(cuts);
                    (outcome.judged.bytes, outcome.judged.edits) = (text.len(), edits);
                    outcome.text = Cow::Owned(text);
                }
            }
        }
        let kept = verdict == RowVerdict::Kept;
        let sketch = kept.then(|| match &mut self.signer {
            Some(signer) => {
                let (content, band_keys) = (self.sketcher.content(&outcome.text), signer.band_keys(&outcome.text));
                Sketch { content, words: 0, band_keys, slots: None }
            }
            None => self.sketcher.sketch(&outcome.text),
        });
        let count = || {
            let counted = beside.tokens.flatten().unwrap_or_else(|| self.config.counter.count(&outcome.text));
            counted.saturating_add(self.config.tokens_per_document)
        };
        // A dropped row's tokens are counted only for those who ask what another bound would bring back.
        let tokens = (kept || self.evidence.is_some()).then(count);
        if let Some(recorder) = &mut self.evidence {
            recorder.rows.push(outcome.text.len() as u64, tokens, &recorder.values);
        }
        let content = |sketch: &Sketch<'_>| match self.config.raw {
            true => xxh3_128(outcome.text.as_bytes()),
            false => sketch.content,
        };
        builder.push(&ScanRow {
            row,
            id: &id,
            input_bytes: text.len() as u64,
            bytes: outcome.judged.bytes as u64,
            edits: outcome.judged.edits,
            tokens: tokens.filter(|_| kept),
            content_hash: sketch.as_ref().map(content),
            verdict,
            rule: failure.and_then(|f| self.chain.rule(f.rule)).map(|r| r.name.as_str()),
            observed: failure.and_then(|f| f.observed),
            failed: &self.failed,
            score: outcome.score,
            scope: beside.scope,
            contaminated_by,
            provenance: beside.provenance,
            band_keys: sketch.and_then(|s| s.band_keys).filter(|_| self.near),
        })?;
        Ok(None)
    }

    /// Takes a text through the chain and gathers the rules that it fails, for evidence also what every rule saw: then one
    /// audit does all, while without a document that is kept needs no more than a check.
    fn outcome<'t>(&mut self, text: &'t str, facts: Facts<'_>) -> Outcome<'t> {
        let Judge { chain, analyzer, failed, evidence, .. } = self;
        let chain = *chain;
        failed.clear();
        let note_failed = |finding: Finding, failed: &mut Vec<&'a str>| {
            if !finding.passed {
                failed.extend(chain.rule(finding.rule).map(|r| r.name.as_str()));
            }
        };
        if let Some(Recorder { evidence, values, .. }) = evidence {
            return chain.audit(analyzer, text, facts, &mut |finding| {
                note_failed(finding, failed);
                evidence.note(finding, values);
            });
        }
        let outcome = chain.check(analyzer, text, facts);
        if outcome.verdict.is_keep() {
            return outcome;
        }
        // What is dropped has a score too, so that a report can say what dropping did to it.
        chain.audit(analyzer, text, facts, &mut |finding| note_failed(finding, failed))
    }
}

/// The id of a row that has none: 32 hex digits of its text's xxh3-128.
pub(super) fn text_id(text: &str) -> String {
    format!("{:032x}", xxh3_128(text.as_bytes()))
}

fn bad_row_words(problem: &str) -> &str {
    match problem {
        "null_text" => "is null",
        "invalid_utf8" => "is not UTF-8",
        "text_over_2_gib" => "holds over 2 GiB of text, more than Parquet takes in one value",
        "no_token_count" => "has no token count",
        other => other,
    }
}
