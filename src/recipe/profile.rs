//! The built-in profiles: which steps, in which order. The rule sets themselves are data in `filter::profile`.

use super::chain::Step;
use crate::error::{Error, Result};
use crate::filter::profile::rule_set;
use crate::rewrite::{
    C4Lines, DatamapLines, DatatroveC4Lines, DclmLines, Ipv4Urls, LineFeedCap, LineLimits, TfdsC4Lines, Urls,
};
use crate::signal::{DclmWordCount, Signal, WordCount};

/// A named list of steps.
pub(super) struct Profile {
    name: &'static str,
    pub(super) parts: &'static [Part],
}

/// One step of a profile.
#[derive(Clone, Copy)]
pub(super) enum Part {
    /// The rule set of that name, as the step of that name.
    Rules(&'static str),
    /// A rule set under another name: the step's, and the set's.
    Named(&'static str, &'static str),
    /// C4's line rules, as the step `c4_lines`.
    Lines(C4Lines),
    /// The same as datatrove has them, also as the step `c4_lines`.
    DatatroveLines(DatatroveC4Lines),
    /// The step `remember`, which takes no settings in a profile.
    Remember(&'static dyn Signal),
    /// The step `urls`.
    Urls(Urls),
    /// The step `ipv4_urls`.
    Ipv4Urls,
    /// The step `line_feed_cap`, under that name.
    LineFeedCap(&'static str, LineFeedCap),
    /// DCLM's line cleaners, as the step `lines`.
    DclmLines(DclmLines),
    /// C4's line rules as TensorFlow Datasets has them, as the step `c4_lines`.
    TfdsLines,
    /// datamap's line cleaners, as the step `lines`.
    DatamapLines(DatamapLines),
}

/// Sorted by name. Steps run in the order written; `fineweb` has the order of FineWeb's published pipeline
/// (datatrove, `examples/fineweb.py`): Gopher repetition, Gopher quality, C4 without terminal punctuation, FineWeb.
static PROFILES: &[Profile] = &[
    Profile { name: "c4", parts: &[Part::Lines(C4Lines::PAPER), Part::Rules("c4")] },
    Profile { name: "c4-tfds", parts: &[Part::Named("c4", "c4_tfds"), Part::TfdsLines] },
    Profile { name: "code", parts: &[Part::Rules("code")] },
    // The web pipeline of datamap-rs (`all_dressed_config.yaml`) without its URL lists and models.
    Profile {
        name: "datamap",
        parts: &[
            Part::Named("quality", "datamap_quality"),
            Part::LineFeedCap("line_feed_cap", LineFeedCap { max: 2 }),
            Part::Named("repetition", "datamap_repetition"),
            Part::Remember(&WordCount),
            Part::DatamapLines(DatamapLines(LineLimits::PUBLISHED)),
            Part::Named("removal", "datamap_removal"),
            Part::LineFeedCap("line_feed_cap_again", LineFeedCap { max: 2 }),
        ],
    },
    // FineWeb's pipeline as datatrove 0.10 runs it; `fineweb_quality` judges what `c4_lines` leaves.
    Profile {
        name: "datatrove-0.10",
        parts: &[
            Part::Named("gopher_repetition", "datatrove_gopher_repetition"),
            Part::Named("gopher_quality", "datatrove_gopher_quality"),
            Part::Named("c4_quality", "datatrove_c4_fineweb"),
            Part::DatatroveLines(DatatroveC4Lines { terminal_punctuation: false }),
            Part::Named("fineweb_quality", "datatrove_fineweb_quality"),
        ],
    },
    // The same filters, each on the text as it came.
    Profile {
        name: "datatrove-0.10-each",
        parts: &[
            Part::Named("gopher_repetition", "datatrove_gopher_repetition"),
            Part::Named("gopher_quality", "datatrove_gopher_quality"),
            Part::Named("c4_quality", "datatrove_c4_fineweb"),
            Part::Named("fineweb_quality", "datatrove_fineweb_quality"),
        ],
    },
    // DCLM-Baseline's heuristics (`dclm_baseline_refinedweb.yaml`) without its URL lists and its language model.
    Profile {
        name: "dclm",
        parts: &[
            Part::Urls(Urls { always: false }),
            Part::Ipv4Urls,
            Part::LineFeedCap("line_feed_cap", LineFeedCap { max: 2 }),
            Part::Named("quality", "dclm_quality"),
            Part::Named("repetition", "dclm_repetition"),
            Part::Remember(&DclmWordCount),
            Part::DclmLines(DclmLines(LineLimits::PUBLISHED)),
            Part::Named("removal", "dclm_removal"),
        ],
    },
    Profile { name: "dolma-1.6", parts: &[Part::Named("gopher", "dolma_gopher_v1")] },
    Profile {
        name: "fineweb",
        parts: &[
            Part::Rules("gopher_repetition"),
            Part::Rules("gopher_quality"),
            Part::Lines(C4Lines::FINEWEB),
            Part::Rules("c4"),
            Part::Rules("fineweb"),
        ],
    },
    Profile { name: "gopher", parts: &[Part::Rules("gopher_repetition"), Part::Rules("gopher_quality")] },
    Profile { name: "math", parts: &[Part::Rules("math")] },
    Profile { name: "starcoder2", parts: &[Part::Rules("starcoder2")] },
    Profile { name: "synthetic", parts: &[Part::Rules("synthetic")] },
];

impl Part {
    /// The name of the step.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Part::Rules(name) | Part::Named(name, _) => name,
            Part::Lines(_) | Part::DatatroveLines(_) | Part::TfdsLines => "c4_lines",
            Part::Remember(_) => "remember",
            Part::Urls(_) => "urls",
            Part::Ipv4Urls => "ipv4_urls",
            Part::LineFeedCap(name, _) => name,
            Part::DclmLines(_) | Part::DatamapLines(_) => "lines",
        }
    }
}

/// The names of the built-in profiles, sorted.
///
/// ```
/// assert_eq!(
///     mashbill::recipe::profile_names(),
///     [
///         "c4", "c4-tfds", "code", "datamap", "datatrove-0.10", "datatrove-0.10-each", "dclm", "dolma-1.6", "fineweb", "gopher",
///         "math", "starcoder2", "synthetic",
///     ]
/// );
/// ```
pub fn profile_names() -> Vec<&'static str> {
    PROFILES.iter().map(|profile| profile.name).collect()
}

pub(super) fn profile(name: &str) -> Result<&'static Profile> {
    PROFILES.iter().find(|p| p.name == name).ok_or_else(|| Error::unknown("profile", name, profile_names()))
}

/// The steps of a profile, with nothing overridden.
pub(super) fn steps(name: &str) -> Result<Vec<Step>> {
    profile(name)?
        .parts
        .iter()
        .map(|part| match part {
            Part::Rules(set) | Part::Named(_, set) => Ok(Step::filter(part.name(), rule_set(set)?.build(&[])?)),
            Part::Lines(lines) => Ok(Step::rewrite(part.name(), *lines)),
            Part::DatatroveLines(lines) => Ok(Step::rewrite(part.name(), *lines)),
            Part::Remember(signal) => Ok(Step::remember(part.name(), *signal)),
            Part::Urls(urls) => Ok(Step::rewrite(part.name(), *urls)),
            Part::Ipv4Urls => Ok(Step::rewrite(part.name(), Ipv4Urls)),
            Part::LineFeedCap(_, cap) => Ok(Step::rewrite(part.name(), *cap)),
            Part::DclmLines(lines) => Ok(Step::rewrite(part.name(), *lines)),
            Part::TfdsLines => Ok(Step::rewrite(part.name(), TfdsC4Lines)),
            Part::DatamapLines(lines) => Ok(Step::rewrite(part.name(), *lines)),
        })
        .collect()
}
