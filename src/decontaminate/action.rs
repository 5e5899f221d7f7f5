//! What is done about a document that holds an item.

/// What is done about a document that holds an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "recipe-file", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Action {
    /// It goes.
    #[default]
    Drop,
    /// It stays, and what it holds is said.
    Annotate,
    /// The spans go, as [`Removal`](super::Removal) says; the document, if too little is left.
    Remove,
}

impl Action {
    /// Every action by its name in recipes.
    pub const ALL: [(&'static str, Action); 3] =
        [("drop", Action::Drop), ("annotate", Action::Annotate), ("remove", Action::Remove)];

    /// The name in recipes.
    pub fn name(self) -> &'static str {
        match self {
            Action::Drop => "drop",
            Action::Annotate => "annotate",
            Action::Remove => "remove",
        }
    }
}
