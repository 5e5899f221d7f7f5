//! The content hash: equal for texts that differ in nothing but white space and the composition of their characters.

use xxhash_rust::xxh3::xxh3_128;

/// 128-bit content hash of a text: xxh3-128 (seed 0) of its content form, as
/// [`Normalizer::content_form`](crate::text::Normalizer::content_form) gives it.
///
/// Signs count: `x^2 - 3x` and `x^2 + 3x` are two problems, though they have the same words. Texts with the same words in the
/// same order are found as near duplicates of similarity 1.
///
/// ```
/// use mashbill::{hash::content_hash, text::Normalizer};
///
/// let mut normalizer = Normalizer::new();
/// let mut hash = |text| content_hash(normalizer.content_form(text));
/// assert_eq!(hash("rye\r\ncorn "), hash("rye corn"));
/// assert_ne!(hash("x^2 - 3x"), hash("x^2 + 3x"));
/// ```
pub fn content_hash(content_form: &str) -> u128 {
    xxh3_128(content_form.as_bytes())
}
