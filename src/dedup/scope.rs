//! Between which documents duplicates are sought, what counts as equal, and what is done about it: the words of recipes.

use std::fmt;

/// Which documents may meet. As text: `global`, `source`, `column:dump`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "recipe-file", derive(serde::Serialize), serde(into = "String"))]
#[non_exhaustive]
pub enum Scope {
    /// All.
    #[default]
    Global,
    /// Those of the same source.
    Source,
    /// Those with the same value in a column; rows in which it is null are one more scope. FineWeb deduplicates each crawl by
    /// itself (arXiv 2406.17557, section 3.4): deduplicated across all of them, what was left trained worse.
    Column(String),
}

impl Scope {
    /// The scope of that name.
    ///
    /// ```
    /// use mashbill::dedup::Scope;
    ///
    /// assert_eq!(Scope::parse("column:dump"), Some(Scope::Column("dump".into())));
    /// assert_eq!(Scope::parse("galaxy"), None);
    /// ```
    pub fn parse(name: &str) -> Option<Scope> {
        match name {
            "global" => Some(Scope::Global),
            "source" => Some(Scope::Source),
            _ => name.strip_prefix("column:").filter(|c| !c.trim().is_empty()).map(|c| Scope::Column(c.to_owned())),
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Scope::Global => f.write_str("global"),
            Scope::Source => f.write_str("source"),
            Scope::Column(name) => write!(f, "column:{name}"),
        }
    }
}

impl From<Scope> for String {
    fn from(scope: Scope) -> String {
        scope.to_string()
    }
}

/// Which documents are exact duplicates of each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "recipe-file", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Exact {
    /// None: exact duplicates are not sought.
    Off,
    /// Those that differ in nothing but white space and the composition of characters:
    /// [`content_hash`](crate::hash::content_hash).
    #[default]
    Content,
    /// Those whose texts are the same bytes.
    Raw,
}

impl Exact {
    /// Whether they are sought.
    pub fn is_on(self) -> bool {
        self != Exact::Off
    }
}

/// What is done about duplicates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "recipe-file", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Action {
    /// They are removed.
    #[default]
    Remove,
    /// They stay, and the ledger says of what they are duplicates and how large their cluster is.
    Annotate,
}
