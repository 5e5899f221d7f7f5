//! Decontamination in a run: benchmark files → index; texts as the sources' steps leave them → hits, a verdict, spans removed;
//! `contamination.parquet` and the report.
//!
//! ```text
//! benchmark files ──items──► index ─┐
//!  text, after its source's steps ──┴─► Findings ──► scan file (contaminated_by_*) ; work/contamination/… ──► contamination.parquet
//!                                              └───► spans removed, before the text is counted and sketched (and again when it is emitted)
//! ```

mod benchmarks;
mod hits;
mod layout;
mod learn;
mod summary;
mod value;

pub use benchmarks::{BenchmarkDigest, BenchmarkFile, read_benchmarks};
pub use learn::learn_allow_list;

pub(super) use hits::HitRows;
pub(super) use summary::{check_file, summarise, write_contamination};

use super::Source;
use super::run::digest;
use crate::decontaminate::{
    Action, AllowList, DECONTAMINATION_VERSION, Decontaminator, Removal, Rule, Scratch, Severity,
};
use crate::error::{Error, Result};
use crate::report::ContaminationReport;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What is to be found, by which rule, and what is done about it.
#[derive(Debug)]
pub struct Decontamination {
    decontaminator: Arc<Decontaminator>,
    action: Action,
    digests: Vec<BenchmarkDigest>,
    /// Name, size and digest of the allow-list.
    allow_list: Option<(String, u64, String)>,
    fail_above: Option<f64>,
}

impl Decontamination {
    /// Reads benchmarks and an allow-list, and indexes them.
    ///
    /// # Errors
    /// Those of [`read_benchmarks`] and [`AllowList::load`]; [`Error::Invalid`] for settings that mean nothing, and for benchmarks of which no
    /// item can be checked.
    pub fn new(
        files: &[BenchmarkFile],
        allow_list: Option<&Path>,
        rule: Rule,
        action: Action,
        removal: Option<Removal>,
    ) -> Result<Decontamination> {
        let (items, digests) = read_benchmarks(files)?;
        let (list, allow_list) = match allow_list {
            Some(path) => {
                let (bytes, xxh3_128) = digest(&path.to_owned())?;
                let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
                (AllowList::load(path)?, Some((name, bytes, xxh3_128)))
            }
            None => (AllowList::default(), None),
        };
        let mut decontaminator = Decontaminator::with_allow_list(&items, rule, &list)?;
        if let Some(removal) = removal {
            decontaminator = decontaminator.with_removal(removal);
        }
        if !decontaminator.index().items().iter().any(|item| item.checkable) {
            let problem = format!(
                "no item of {} is long enough for the rule `{}`; see docs/decontamination.md for what it needs",
                items.len(),
                decontaminator.rule().name()
            );
            return Err(Error::Invalid { what: "benchmarks".into(), problem });
        }
        Ok(Decontamination { decontaminator: Arc::new(decontaminator), action, digests, allow_list, fail_above: None })
    }

    /// The same with a share of contaminated documents above which [`refuse`](Decontamination::refuse) does.
    pub fn with_fail_above(self, fail_above: Option<f64>) -> Decontamination {
        Decontamination { fail_above, ..self }
    }

    /// Says that too many documents hold an item, if so. Asked once the output is whole, so that there is something to look at.
    ///
    /// # Errors
    /// [`Error::Contaminated`], with both shares.
    pub fn refuse(&self, report: &ContaminationReport) -> Result<()> {
        let share = report.share();
        match self.fail_above {
            Some(limit) if share > limit => Err(Error::Contaminated(format!(
                "{} of the documents that were looked at hold a benchmark item: a share of {share:.6}, where at most {limit} is allowed. The \
                 output is whole; contamination.parquet says which, and report.txt how many",
                report.sources.values().map(|source| source.contaminated).sum::<u64>()
            ))),
            _ => Ok(()),
        }
    }

    /// The index and rule.
    pub fn decontaminator(&self) -> &Arc<Decontaminator> {
        &self.decontaminator
    }

    /// What is done about contaminated documents.
    pub fn action(&self) -> Action {
        self.action
    }

    /// What identifies it, beside what the recipe says: a changed benchmark makes another job.
    pub(super) fn identity(&self) -> Value {
        json!({
            "version": DECONTAMINATION_VERSION,
            "benchmarks": self.digests,
            "allow_list": self.allow_list.as_ref().map(|(file, bytes, xxh3_128)| {
                json!({"file": file, "bytes": bytes, "xxh3_128": xxh3_128})
            }),
        })
    }

    /// Gives the sources what is taken out of their texts, if anything is.
    pub fn attach(self: &Arc<Self>, sources: &mut [Source]) {
        sources.iter_mut().for_each(|source| source.decontamination = Some(Arc::clone(self)));
    }

    /// The text without the spans that hold items, and in how many places it was cut; `None` if nothing is.
    pub(super) fn removed(&self, text: &str) -> Option<(String, u32)> {
        if self.action != Action::Remove {
            return None;
        }
        let findings = self.decontaminator.check(&mut Scratch::new(), text);
        let gone = self.decontaminator.removal().plan(text, &findings.cuts)?;
        without(text, &gone)
    }
}

/// A text without these ranges, which are in order and apart; `None` if there are none.
fn without(text: &str, gone: &[std::ops::Range<usize>]) -> Option<(String, u32)> {
    if gone.is_empty() {
        return None;
    }
    let mut left = String::with_capacity(text.len());
    let mut from = 0;
    for range in gone {
        left.push_str(&text[from..range.start]);
        from = range.end;
    }
    left.push_str(&text[from..]);
    Some((left, u32::try_from(gone.len()).unwrap_or(u32::MAX)))
}

/// Where a shard's hits are until the output is whole.
pub(super) fn hits_path(work: &Path, source: &str, file: &Path) -> PathBuf {
    work.join("contamination").join(source).join(file)
}

/// What became of a row: by what it is contaminated, if so, and what is left of it.
#[derive(Debug)]
pub(super) struct Judged {
    /// Number of the item, and the rule.
    pub by: Option<(u32, &'static str)>,
    pub fate: RowFate,
}

/// What happens to a row.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum RowFate {
    /// It stays as it is.
    Stays,
    /// It goes.
    Goes,
    /// Spans go: the text without them, and how many.
    Shrinks(String, u32),
}

/// Looks at the rows of one row group, on one thread.
#[derive(Debug)]
pub(super) struct Checker<'a> {
    decontamination: &'a Decontamination,
    scratch: Scratch,
    pub rows: HitRows,
}

impl<'a> Checker<'a> {
    pub fn new(decontamination: &'a Decontamination, source: &str, shard: &str) -> Self {
        Checker { decontamination, scratch: Scratch::new(), rows: HitRows::new(source, shard) }
    }

    /// Looks at a row's text, and notes what it holds.
    pub fn judge(&mut self, row: u64, id: &str, text: &str) -> Judged {
        let Decontamination { decontaminator, action, .. } = self.decontamination;
        let findings = decontaminator.check(&mut self.scratch, text);
        for hit in &findings.hits {
            self.rows.push(decontaminator.index(), row, id, text, hit);
        }
        let Some(hit) = findings.decisive() else { return Judged { by: None, fate: RowFate::Stays } };
        let fate = match action {
            Action::Drop => RowFate::Goes,
            Action::Annotate => RowFate::Stays,
            Action::Remove => match decontaminator.removal().plan(text, &findings.cuts) {
                None => RowFate::Goes,
                Some(gone) => without(text, &gone).map_or(RowFate::Stays, |(text, cuts)| RowFate::Shrinks(text, cuts)),
            },
        };
        debug_assert_eq!(hit.severity, Severity::Contaminated);
        Judged { by: Some((hit.item, hit.rule)), fate }
    }

    /// Benchmark and id of an item.
    pub fn item(&self, item: u32) -> (&'a str, &'a str) {
        item_name(&self.decontamination.decontaminator, item)
    }
}

/// Benchmark and id of an item.
fn item_name(decontaminator: &Decontaminator, item: u32) -> (&str, &str) {
    let index = decontaminator.index();
    let Some(name) = index.items().get(item as usize) else { return ("", "") };
    (index.benchmarks().get(name.benchmark as usize).map_or("", String::as_str), &name.id)
}
