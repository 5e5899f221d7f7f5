//! The built-in profiles: which steps, in which order. The rule sets themselves are data in `filter::profile`.

use super::chain::{Chain, Step};
use crate::error::{Error, Result};
use crate::filter::profile::rule_set;
use crate::filter::{RuleSet, Undefined};
use crate::rewrite::{
    C4Lines, DatamapLines, DatatroveC4Lines, DclmLines, Ipv4Urls, LineFeedCap, LineLimits, Rewrite, TfdsC4Lines, Urls,
};
use crate::signal::{DclmWordCount, Signal, WordCount};
use std::fmt::Write;

/// A built-in profile: a named list of steps.
///
/// ```
/// use mashbill::recipe::Profile;
///
/// let gopher = Profile::named("gopher")?;
/// assert_eq!(gopher.steps(), ["gopher_repetition", "gopher_quality"]);
/// println!("{}", gopher.chain()?.sheet()); // every rule with its bound and where the number is from
/// assert!(gopher.to_toml()?.contains("min_words = 50"));
/// # Ok::<(), mashbill::Error>(())
/// ```
#[derive(Debug)]
pub struct Profile {
    name: &'static str,
    pub(super) parts: &'static [Part],
}

/// One step of a profile.
#[derive(Debug, Clone, Copy)]
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
    // FineWeb's pipeline as datatrove 0.2 ran it, which made its first version.
    Profile {
        name: "fineweb-1",
        parts: &[
            Part::Named("gopher_repetition", "datatrove_0_2_gopher_repetition"),
            Part::Named("gopher_quality", "datatrove_0_2_gopher_quality"),
            Part::Named("c4_quality", "datatrove_c4_fineweb"),
            Part::DatatroveLines(DatatroveC4Lines { terminal_punctuation: false }),
            Part::Named("fineweb_quality", "datatrove_0_2_fineweb_quality"),
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

impl Profile {
    /// The built-in profiles, sorted by name.
    pub fn all() -> &'static [Profile] {
        PROFILES
    }

    /// The built-in profile of that name.
    ///
    /// # Errors
    /// [`Error::Unknown`] with the nearest name.
    pub fn named(name: &str) -> Result<&'static Profile> {
        PROFILES.iter().find(|p| p.name == name).ok_or_else(|| Error::unknown("profile", name, profile_names()))
    }

    /// The name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The names of its steps, in order.
    pub fn steps(&self) -> Vec<&'static str> {
        self.parts.iter().map(Part::name).collect()
    }

    /// Its chain, with nothing overridden.
    ///
    /// # Errors
    /// None for a built-in profile.
    pub fn chain(&self) -> Result<Chain> {
        let step = |part: &Part| match part {
            Part::Rules(set) | Part::Named(_, set) => Ok(Step::filter(part.name(), rule_set(set)?.build(&[])?)),
            Part::Lines(lines) => Ok(Step::rewrite(part.name(), *lines)),
            Part::DatatroveLines(lines) => Ok(Step::rewrite(part.name(), *lines)),
            Part::TfdsLines => Ok(Step::rewrite(part.name(), TfdsC4Lines)),
            Part::Remember(signal) => Ok(Step::remember(part.name(), *signal)),
            Part::Urls(urls) => Ok(Step::rewrite(part.name(), *urls)),
            Part::Ipv4Urls => Ok(Step::rewrite(part.name(), Ipv4Urls)),
            Part::LineFeedCap(_, cap) => Ok(Step::rewrite(part.name(), *cap)),
            Part::DclmLines(lines) => Ok(Step::rewrite(part.name(), *lines)),
            Part::DatamapLines(lines) => Ok(Step::rewrite(part.name(), *lines)),
        };
        Chain::new(self.parts.iter().map(step).collect::<Result<_>>()?)
    }

    /// Its steps in TOML, every bound and setting written out with where the number is from: to be pasted at the end of a
    /// `[[source]]`, where they make the same chain, and changed there.
    ///
    /// # Errors
    /// None for a built-in profile.
    pub fn to_toml(&self) -> Result<String> {
        let mut out = format!("# The profile `{}`, step by step: paste it at the end of a [[source]].\n", self.name);
        for part in self.parts {
            let (kind, settings) = match part {
                Part::Rules(set) | Part::Named(_, set) => (*set, rule_lines(rule_set(set)?)),
                Part::Lines(lines) => ("c4_lines", setting_lines(lines)),
                Part::DatatroveLines(lines) => ("datatrove_c4_lines", setting_lines(lines)),
                Part::TfdsLines => ("tfds_c4_lines", setting_lines(&TfdsC4Lines)),
                Part::Remember(signal) => ("remember", format!("signal = \"{}\"\n", signal.name())),
                Part::Urls(urls) => ("urls", setting_lines(urls)),
                Part::Ipv4Urls => ("ipv4_urls", setting_lines(&Ipv4Urls)),
                Part::LineFeedCap(_, cap) => ("line_feed_cap", setting_lines(cap)),
                Part::DclmLines(lines) => ("dclm_lines", setting_lines(lines)),
                Part::DatamapLines(lines) => ("datamap_lines", setting_lines(lines)),
            };
            out.push_str("\n[[source.steps]]\n");
            if kind != part.name() {
                let _ = writeln!(out, "as = \"{}\"", part.name());
            }
            let _ = write!(out, "[source.steps.{kind}]\n{settings}");
        }
        Ok(out)
    }
}

/// `min_words = 50 # word_count >= 50; …`
fn rule_lines(set: &RuleSet) -> String {
    let keys: Vec<String> = set.rules.iter().map(|rule| format!("{} = {}", rule.name, rule.bound.value())).collect();
    let width = keys.iter().map(String::len).max().unwrap_or(0);
    let mut out = String::new();
    for (key, rule) in keys.iter().zip(set.rules) {
        let undefined = if rule.undefined == Undefined::Keep { " or undefined" } else { "" };
        let reason = rule.reference_reason.map(|reason| format!("; the reference says {reason}")).unwrap_or_default();
        let (bound, source) = (rule.bound.on(rule.signal), rule.source);
        let _ = writeln!(out, "{key:width$}  # {bound}{undefined}{reason}; {source}");
    }
    out
}

fn setting_lines(rewrite: &dyn Rewrite) -> String {
    rewrite.settings().iter().map(|(key, value)| format!("{key} = {value}\n")).collect()
}

/// The names of the built-in profiles, sorted.
///
/// ```
/// assert_eq!(
///     mashbill::recipe::profile_names(),
///     [
///         "c4", "c4-tfds", "code", "datamap", "datatrove-0.10", "datatrove-0.10-each", "dclm", "dolma-1.6", "fineweb", "fineweb-1",
///         "gopher", "math", "starcoder2", "synthetic",
///     ]
/// );
/// ```
pub fn profile_names() -> Vec<&'static str> {
    PROFILES.iter().map(|profile| profile.name).collect()
}
