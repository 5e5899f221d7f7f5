//! A run's inputs: every shard opened and every column found before any work is done.

use super::Pool;
use super::decontaminate::Decontamination;
use super::facts::{FactColumns, FactNames};
use super::provenance::{ProvenanceColumns, ProvenanceNames};
use crate::document::Facts;
use crate::error::{Error, Result};
use crate::io::{Column, Shard, StringColumn};
use crate::recipe::Chain;
use crate::text::Analyzer;
use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Which columns hold what. Dotted names descend into structs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnNames {
    /// The text.
    pub text: String,
    /// The id; `None` makes ids from the text (32 hex digits of its xxh3-128).
    pub id: Option<String>,
    /// What else rules may look at.
    pub facts: FactNames,
    /// Token counts made elsewhere.
    pub tokens: Option<String>,
    /// What tells rows apart that are not to be compared; see [`Scope::Column`](crate::dedup::Scope::Column).
    pub scope: Option<String>,
    /// The licence of each row, for the report; a file may lack it.
    pub license: Option<String>,
    /// Where the rows come from; a file may lack each of these.
    pub provenance: ProvenanceNames,
}

impl Default for ColumnNames {
    fn default() -> Self {
        ColumnNames {
            text: "text".into(),
            id: Some("id".into()),
            facts: FactNames::default(),
            tokens: None,
            scope: None,
            license: None,
            provenance: ProvenanceNames::default(),
        }
    }
}

/// A source: its name, its shards sorted by label, and the steps that its rows go through.
#[derive(Debug)]
pub struct Source {
    /// Unique name.
    pub name: String,
    /// Group in the mix: `organic`, `code` or `synthetic`.
    pub category: String,
    /// Its shards, sorted by label: the order in which files were named decides nothing.
    pub shards: Vec<InputShard>,
    /// Its steps.
    pub chain: Chain,
    /// Whether near duplicates are sought among its rows, where any are.
    pub near: bool,
    /// What is taken out of its texts after the steps, where anything is.
    pub decontamination: Option<Arc<Decontamination>>,
}

impl Source {
    /// Opens a source's files.
    ///
    /// # Errors
    /// [`Error::Read`](crate::Error::Read) for a file that is no sound Parquet, [`Error::Column`](crate::Error::Column) for a
    /// column that is missing or mistyped; of several, the first by label.
    pub fn open(
        pool: &Pool,
        name: &str,
        category: &str,
        files: &[LabelledPath],
        columns: &ColumnNames,
        chain: Chain,
    ) -> Result<Source> {
        let mut files = files.to_vec();
        files.sort_by(|a, b| a.label.cmp(&b.label));
        let shards = pool.map(&files, |file| InputShard::open(file, columns))?;
        Ok(Source {
            name: name.to_owned(),
            category: category.to_owned(),
            shards,
            chain,
            near: true,
            decontamination: None,
        })
    }

    /// A text as it is emitted: after the rewrites of its steps, and without the spans that hold benchmark items, where those go.
    pub(super) fn rewrite<'t>(&self, analyzer: &mut Analyzer, text: &'t str, facts: Facts<'_>) -> Cow<'t, str> {
        let text = self.chain.rewrite(analyzer, text, facts);
        match self.decontamination.as_ref().and_then(|decontamination| decontamination.removed(&text)) {
            Some((text, _)) => Cow::Owned(text),
            None => text,
        }
    }

    /// Number of rows in all shards.
    pub fn rows(&self) -> u64 {
        self.shards.iter().map(|s| s.shard.rows()).sum()
    }

    /// Uncompressed bytes of text in all shards, as the footers state them.
    pub fn text_bytes(&self) -> u64 {
        self.shards.iter().map(InputShard::text_bytes).sum()
    }
}

/// A file and the name it goes by in ledgers and reports: its path below the recipe's base folder, or the path as given.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LabelledPath {
    /// The name in the ledger.
    pub label: String,
    /// The file.
    pub path: PathBuf,
}

impl LabelledPath {
    /// A file, named by its path below `base` where it lies there. Parts are joined by `/` on every system.
    pub fn new(path: &Path, base: Option<&Path>) -> Self {
        let below = base.and_then(|b| path.strip_prefix(b).ok()).unwrap_or(path);
        let parts: Vec<_> = below.iter().map(|p| p.to_string_lossy()).collect();
        LabelledPath { label: parts.join("/").replace("//", "/"), path: path.to_owned() }
    }
}

/// An opened shard with its columns.
#[derive(Debug)]
pub struct InputShard {
    /// Its name in the ledger.
    pub label: String,
    /// The file.
    pub shard: Shard,
    /// The text column.
    pub text: StringColumn,
    /// The id column, where there is one.
    pub id: Option<StringColumn>,
    /// The columns of facts, where there are any.
    pub facts: FactColumns,
    /// The token column, where there is one.
    pub tokens: Option<Column>,
    /// The scope column, where there is one.
    pub scope: Option<StringColumn>,
    /// The column of licences, where there is one.
    pub license: Option<StringColumn>,
    /// Whether one was asked for.
    pub licensed: bool,
    /// The columns that say where the rows come from, those that there are.
    pub provenance: ProvenanceColumns,
}

impl InputShard {
    fn open(file: &LabelledPath, names: &ColumnNames) -> Result<InputShard> {
        let shard = Shard::open_with_text(&file.path, &[&names.text])?;
        let text = shard.string_column(&names.text)?;
        let id = names.id.as_deref().map(|n| shard.id_column(n).map_err(or_without)).transpose()?;
        let facts = FactColumns::open(&shard, &names.facts)?;
        let tokens = names.tokens.as_deref().map(|n| shard.column(n)).transpose()?;
        if let Some(column) = tokens.as_ref().filter(|c| !c.data_type().is_integer()) {
            return Err(column.error(format!("has type {}, where an integer is needed", column.data_type())));
        }
        let scope = names.scope.as_deref().map(|n| shard.id_column(n)).transpose()?;
        let named = names.license.as_deref();
        let license =
            named.filter(|name| shard.column(name).is_ok()).map(|name| shard.string_column(name)).transpose()?;
        Ok(InputShard {
            label: file.label.clone(),
            provenance: ProvenanceColumns::open(&shard, &names.provenance)?,
            shard,
            text,
            id,
            facts,
            tokens,
            scope,
            license,
            licensed: named.is_some(),
        })
    }

    /// Uncompressed bytes of its text, as the footer states them.
    pub fn text_bytes(&self) -> u64 {
        self.shard.column_bytes(self.text.column().root())
    }

    /// The top-level columns that scanning reads.
    pub(super) fn roots(&self) -> Vec<&str> {
        let mut roots = self.judged_roots();
        roots.extend([&self.id, &self.scope].into_iter().flatten().map(|c| c.column().root()));
        roots.extend(self.tokens.as_ref().map(Column::root));
        roots.extend(self.provenance.roots());
        roots
    }

    /// The top-level columns that rules and rewrites look at.
    pub(super) fn judged_roots(&self) -> Vec<&str> {
        std::iter::once(self.text.column()).chain(self.facts.columns()).map(Column::root).collect()
    }
}

/// The error for a missing id column, with the other way to come by ids.
fn or_without(error: Error) -> Error {
    match error {
        Error::Column { path, column, problem } => {
            let way = "to make ids from the text, say `id = false` under [columns] (without a recipe: leave --id out)";
            Error::Column { path, column, problem: format!("{problem}; {way}") }
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_the_path_below_the_base() {
        let label = |path: &str, base: Option<&str>| LabelledPath::new(path.as_ref(), base.map(Path::new)).label;
        assert_eq!(label("data/web/a.parquet", Some("data")), "web/a.parquet");
        assert_eq!(label("elsewhere/a.parquet", Some("data")), "elsewhere/a.parquet");
        assert_eq!(label("/abs/a.parquet", None), "/abs/a.parquet");
    }

    #[test]
    fn a_missing_id_column_is_answered_with_the_way_without() {
        let file = LabelledPath::new("fixtures/bad/no_id_column.parquet".as_ref(), None);
        let error = InputShard::open(&file, &ColumnNames::default()).unwrap_err().to_string();
        assert!(error.contains("no_id_column.parquet: column `id`: is missing"), "{error}");
        assert!(error.contains("; to make ids from the text, say `id = false` under [columns]"), "{error}");
        let shard = InputShard::open(&file, &ColumnNames { id: None, ..ColumnNames::default() }).unwrap();
        assert!(shard.id.is_none());
    }
}
