//! The alarm: sources that lose nearly everything are more often a mistake than a copy.

/// The share of its documents that a source may lose before a run stops: a source that loses more has, in published
/// accidents, been eaten by shared boilerplate (marin issue 6854: 859,092 documents cut to 2).
pub const DEFAULT_LOSS_LIMIT: f64 = 0.9;

/// What deduplication did to a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SourceTotals {
    /// The source's number.
    pub source: u32,
    /// Documents that came to deduplication.
    pub documents: u64,
    /// Documents removed as duplicates.
    pub removed: u64,
}

impl SourceTotals {
    /// The share removed. `None` for a source without documents.
    pub fn loss(&self) -> Option<f64> {
        (self.documents > 0).then(|| self.removed as f64 / self.documents as f64)
    }
}

/// The sources that lost more than the share `limit` of their documents.
///
/// ```
/// use mashbill::dedup::{DEFAULT_LOSS_LIMIT, SourceTotals, heavy_losses};
///
/// let web = SourceTotals { source: 0, documents: 100, removed: 90 };
/// let tools = SourceTotals { source: 1, documents: 859_092, removed: 859_090 };
/// assert_eq!(heavy_losses(&[web, tools], DEFAULT_LOSS_LIMIT), [tools]);
/// ```
pub fn heavy_losses(totals: &[SourceTotals], limit: f64) -> Vec<SourceTotals> {
    totals.iter().filter(|t| t.loss().is_some_and(|loss| loss > limit)).copied().collect()
}
