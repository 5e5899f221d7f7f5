//! Document → `Option<f64>`: measure. Each signal states its unit and source; one list, [`SIGNALS`], holds them all.

use crate::document::Document;
use std::fmt::Debug;

/// A measurement of a document.
///
/// Total: every text has an outcome, `None` where the measure is undefined (a mean over no words), never NaN, never a panic.
pub trait Signal: Debug + Send + Sync {
    /// The name: config key, column name, report label. `snake_case`.
    fn name(&self) -> &'static str;

    /// One line: what it measures, its unit, and the reference it follows.
    fn doc(&self) -> &'static str;

    /// The measurement, or `None` where it is undefined for this text.
    fn measure(&self, doc: &Document<'_>) -> Option<f64>;
}

/// Every built-in signal, sorted by name. Config keys, columns and docs come from this list.
pub static SIGNALS: &[&dyn Signal] = &[];

/// The built-in signal of that name.
pub fn signal(name: &str) -> Option<&'static dyn Signal> {
    SIGNALS.iter().copied().find(|s| s.name() == name)
}
