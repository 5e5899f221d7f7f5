//! Sentences by UAX #29, trimmed.

use super::Span;
use super::spans::span_of;
use unicode_segmentation::UnicodeSegmentation;

/// Appends the sentences of `text`, trimmed, to `out`; blank ones are left out.
pub(super) fn split(text: &str, out: &mut Vec<Span>) {
    let trimmed = text.split_sentence_bounds().map(str::trim);
    out.extend(trimmed.filter(|s| !s.is_empty()).map(|s| span_of(text, s)));
}
