//! Published rule sets, as data. Each number stands beside its source.
//!
//! Thresholds are those of the papers; what counts as a word, a line or a duplicate is this crate's (see [`signal`](crate::signal)),
//! so a set here decides nearly, not exactly, as another tool does under the same name. The sets whose names begin with
//! `datatrove_`, `dolma_`, `dclm_` and `datamap_` are the exception: they measure as those tools do, decide as they do, and know
//! what they call each reason.
//!
//! ```
//! use mashbill::filter::profile;
//!
//! let c4 = profile::rule_set("c4")?;
//! assert_eq!(c4.rule("min_sentences").map(|rule| rule.bound.value()), Some(5.0));
//! # Ok::<(), mashbill::Error>(())
//! ```

mod c4;
mod code;
mod datamap;
mod datatrove;
mod dclm;
mod dolma;
mod fineweb;
mod fineweb_1;
mod gopher;
mod math;
mod multilingual;
mod starcoder2;
mod synthetic;

pub use c4::{C4, C4_PARAGRAPH, C4_TFDS};
pub use code::CODE;
pub use datamap::{DATAMAP_QUALITY, DATAMAP_REMOVAL, DATAMAP_REPETITION};
pub use datatrove::{
    DATATROVE_C4_FINEWEB, DATATROVE_C4_QUALITY, DATATROVE_FINEWEB_QUALITY, DATATROVE_GOPHER_QUALITY,
    DATATROVE_GOPHER_REPETITION,
};
pub use dclm::{DCLM_QUALITY, DCLM_REMOVAL, DCLM_REPETITION};
pub use dolma::{DOLMA_C4, DOLMA_GOPHER_V1, DOLMA_GOPHER_V2, DOLMA_TOP_NGRAMS};
pub use fineweb::FINEWEB;
pub use fineweb_1::{DATATROVE_0_2_FINEWEB_QUALITY, DATATROVE_0_2_GOPHER_QUALITY, DATATROVE_0_2_GOPHER_REPETITION};
pub use gopher::{GOPHER_QUALITY, GOPHER_REPETITION};
pub use math::MATH;
pub use multilingual::GOPHER_MULTILINGUAL;
pub use starcoder2::STARCODER2;
pub use synthetic::SYNTHETIC;

use super::RuleSet;
use crate::error::{Error, Result};

/// All rule sets, sorted by name.
pub static RULE_SETS: &[&RuleSet] = &[
    &C4,
    &C4_PARAGRAPH,
    &C4_TFDS,
    &CODE,
    &DATAMAP_QUALITY,
    &DATAMAP_REMOVAL,
    &DATAMAP_REPETITION,
    &DATATROVE_0_2_FINEWEB_QUALITY,
    &DATATROVE_0_2_GOPHER_QUALITY,
    &DATATROVE_0_2_GOPHER_REPETITION,
    &DATATROVE_C4_FINEWEB,
    &DATATROVE_C4_QUALITY,
    &DATATROVE_FINEWEB_QUALITY,
    &DATATROVE_GOPHER_QUALITY,
    &DATATROVE_GOPHER_REPETITION,
    &DCLM_QUALITY,
    &DCLM_REMOVAL,
    &DCLM_REPETITION,
    &DOLMA_C4,
    &DOLMA_GOPHER_V1,
    &DOLMA_GOPHER_V2,
    &DOLMA_TOP_NGRAMS,
    &FINEWEB,
    &GOPHER_MULTILINGUAL,
    &GOPHER_QUALITY,
    &GOPHER_REPETITION,
    &MATH,
    &STARCODER2,
    &SYNTHETIC,
];

/// The rule set of that name.
///
/// # Errors
///
/// [`Error::Unknown`] if there is none, naming the nearest.
pub fn rule_set(name: &str) -> Result<&'static RuleSet> {
    let found = RULE_SETS.iter().copied().find(|set| set.name == name);
    found.ok_or_else(|| Error::unknown("rule set", name, RULE_SETS.iter().map(|set| set.name)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::Filter;
    use std::collections::HashSet;

    #[test]
    fn rule_sets_are_sorted_and_whole() {
        assert!(RULE_SETS.windows(2).all(|pair| pair[0].name < pair[1].name));
        for set in RULE_SETS {
            assert!(set.doc.ends_with('.'), "{}", set.name);
            let filter = set.build(&[]).unwrap();
            assert_eq!(filter.rules().len(), set.rules.len());
            let names: HashSet<&str> = set.rules.iter().map(|rule| rule.name).collect();
            assert_eq!(names.len(), set.rules.len(), "{}: a rule's name is a key", set.name);
            for rule in set.rules {
                let prefix = if rule.bound.is_lower() { "min_" } else { "max_" };
                if set.name.starts_with("datatrove_") {
                    assert_eq!(rule.reference_reason, Some(rule.name), "{}", set.name);
                } else {
                    assert!(rule.name.starts_with(prefix), "{}.{}", set.name, rule.name);
                }
                assert!(!rule.source.is_empty(), "{}.{}", set.name, rule.name);
            }
        }
        let message = rule_set("gopher_qualty").unwrap_err().to_string();
        assert!(message.contains("did you mean `gopher_quality`?"), "{message}");
    }
}
