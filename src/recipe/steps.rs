//! The built-in steps of recipes: how the settings of each are read.

use super::chain::{Step, StepKind};
use super::profile::{Part, Profile};
use super::reader::{Node, Table};
use super::registry::{AS, Builder, Built, Registry};
use super::{languages, lists, rewrites};
use crate::error::Result;
use crate::filter::profile::RULE_SETS;
use crate::filter::{AllOf, AnyOf, Filter, Not, Override, RuleSet, Threshold, Undefined};
use crate::rewrite::{C4Lines, DatatroveC4Lines, LineFeedCap, LineLimits, Urls};
use crate::signal::{Matches, Signal, signal, unknown_signal};
use serde_json::{Value, json};
use toml::de::DeValue;

/// The one key of a step that may have others beside it.
pub(super) const PROFILE: &str = "profile";

/// Every built-in step.
pub(super) fn built_in() -> Vec<(&'static str, Builder)> {
    let mut steps: Vec<(&'static str, Builder)> = vec![
        ("all_of", all_of),
        ("any_of", any_of),
        ("c4_badwords", lists::c4_badwords),
        ("c4_lines", |settings, _| c4_lines(settings, C4Lines::PAPER)),
        ("datatrove_c4_lines", |settings, _| {
            datatrove_lines(settings, DatatroveC4Lines { terminal_punctuation: true })
        }),
        ("by_language", languages::by_language),
        ("datamap_lines", |settings, _| rewrites::datamap_lines(settings, LineLimits::PUBLISHED)),
        ("dclm_lines", |settings, _| rewrites::dclm_lines(settings, LineLimits::PUBLISHED)),
        ("ipv4_urls", |settings, _| rewrites::ipv4_urls(settings)),
        ("language", languages::language),
        ("line_feed_cap", |settings, _| rewrites::line_feed_cap(settings, LineFeedCap::default())),
        ("newline_cap", rewrites::newline_cap),
        ("not", not),
        // Never called, since `Registry::build` takes a profile before it looks here: it makes the name known, and taken.
        (PROFILE, |settings, _| Err(settings.expected("the name of a profile"))),
        ("pattern", pattern),
        ("pii", rewrites::pii),
        ("remember", remember),
        ("symbol_lines", rewrites::symbol_lines),
        ("tfds_c4_lines", |settings, _| rewrites::tfds_lines(settings)),
        ("threshold", threshold),
        ("unicode_normalize", rewrites::unicode_normalize),
        (lists::URL_LISTS, lists::url_lists),
        ("urls", |settings, _| rewrites::urls(settings, Urls { always: true })),
    ];
    steps.extend(RULE_SETS.iter().map(|set| (set.name, rule_set as Builder)));
    steps
}

/// `gopher_quality = { min_words = 30, max_words = false }`: the step's name is the rule set's.
fn rule_set(settings: &Node<'_>, _: &Registry) -> Result<Vec<Built>> {
    let set = crate::filter::profile::rule_set(settings.name()).map_err(|e| settings.wrap(e))?;
    Ok(vec![rules(set.name, set, Some(settings))?])
}

/// A rule set as a step, changed by settings of the form `{ rule = bound }` or `{ rule = false }`, and by `by_language`. Its settings in the
/// resolved recipe are its rules and bounds, which say more than the keys that led to them.
fn rules(step: &str, set: &RuleSet, settings: Option<&Node<'_>>) -> Result<Built> {
    let filter = match settings {
        Some(settings) => {
            let table = settings.table(format!("`{step}`"))?;
            let by_language = match table.get(languages::BY_LANGUAGE) {
                Some(value) => languages::overrides(&value, |of| overrides(of, set, &[]))?,
                None => Vec::new(),
            };
            let overrides = overrides(&table, set, &[languages::BY_LANGUAGE])?;
            set.build_by_language(&overrides, &by_language).map_err(|e| settings.wrap(e))?
        }
        None => set.build(&[])?,
    };
    let asks = filter.rules().iter().any(|rule| rule.signal.is_some_and(languages::is_of_language));
    languages::ask_feature(asks, &format!("step `{step}`")).map_err(|e| match settings {
        Some(settings) => settings.wrap(e),
        None => e,
    })?;
    let config = filter.rules().iter().map(|r| json!({ "rule": r.name, "bound": r.bound })).collect();
    Ok(Built::new(Step::filter(set.name, filter), config))
}

/// What a table says of the rules of a set; keys that are `taken` mean something else.
fn overrides(table: &Table<'_>, set: &RuleSet, taken: &[&str]) -> Result<Vec<(String, Override)>> {
    let known: Vec<&str> = set.rules.iter().map(|rule| rule.name).collect();
    let mut overrides = Vec::new();
    for key in table.keys().into_iter().filter(|key| !taken.contains(key)) {
        let Some(value) = table.get(key).filter(|_| known.contains(&key)) else {
            return Err(table.unknown("rule", key, &known));
        };
        let change = match value.value() {
            DeValue::Boolean(false) => Override::Off,
            DeValue::Boolean(true) => continue,
            DeValue::Integer(_) | DeValue::Float(_) => Override::Bound(value.number("a finite number", |_| true)?),
            _ => return Err(value.expected("a number, or false to switch the rule off")),
        };
        overrides.push((key.to_owned(), change));
    }
    Ok(overrides)
}

/// `{ profile = "fineweb", gopher_quality = { min_words = 30 }, fineweb = false }`: all steps of the profile; beside its
/// name, settings for its steps, `false` leaving one out.
pub(super) fn profile_with(table: &Table<'_>, name: &Node<'_>) -> Result<Vec<Built>> {
    let profile = Profile::named(name.string()?).map_err(|e| name.wrap(e))?;
    let mut known = vec![PROFILE];
    known.extend(profile.parts.iter().map(Part::name));
    table.only(&known)?;
    let mut built = Vec::new();
    for part in profile.parts {
        let settings = table.get(part.name());
        if settings.as_ref().and_then(Node::as_bool) == Some(false) {
            continue;
        }
        let steps = profile_part(part, settings.as_ref())?;
        built.extend(steps.into_iter().map(|step| step.renamed(part.name())));
    }
    Ok(built)
}

/// The steps of one part of a profile, each under the name that recipes know it by.
fn profile_part(part: &Part, settings: Option<&Node<'_>>) -> Result<Vec<Built>> {
    match (part, settings) {
        (Part::Rules(set) | Part::Named(_, set), settings) => {
            let set = crate::filter::profile::rule_set(set)?;
            Ok(vec![rules(part.name(), set, settings)?])
        }
        (Part::Lines(lines), None) => Ok(vec![rewrites_lines(*lines)]),
        (Part::Lines(lines), Some(settings)) => c4_lines(settings, *lines),
        (Part::DatatroveLines(lines), None) => Ok(vec![rewrites_datatrove_lines(*lines)]),
        (Part::DatatroveLines(lines), Some(settings)) => datatrove_lines(settings, *lines),
        (Part::Remember(signal), None) => Ok(vec![remembers(*signal)]),
        (Part::Remember(_), Some(settings)) => Err(settings.expected("false, which leaves the step out")),
        (Part::Urls(urls), None) => Ok(vec![rewrites::takes_urls(*urls)]),
        (Part::Urls(urls), Some(settings)) => rewrites::urls(settings, *urls),
        (Part::Ipv4Urls, None) => Ok(vec![rewrites::takes_ipv4_urls()]),
        (Part::Ipv4Urls, Some(settings)) => rewrites::ipv4_urls(settings),
        (Part::LineFeedCap(_, cap), None) => Ok(vec![rewrites::caps_line_feeds(*cap)]),
        (Part::LineFeedCap(_, cap), Some(settings)) => rewrites::line_feed_cap(settings, *cap),
        (Part::DclmLines(lines), None) => Ok(vec![rewrites::cleans_as_dclm(*lines)]),
        (Part::DclmLines(lines), Some(settings)) => rewrites::dclm_lines(settings, lines.0),
        (Part::DatamapLines(lines), None) => Ok(vec![rewrites::cleans_as_datamap(*lines)]),
        (Part::DatamapLines(lines), Some(settings)) => rewrites::datamap_lines(settings, lines.0),
        (Part::TfdsLines, None) => Ok(vec![rewrites::cleans_as_tfds()]),
        (Part::TfdsLines, Some(settings)) => rewrites::tfds_lines(settings),
    }
}

/// `threshold = { signal = "mean_word_length", min = 3.0, max = 10.0, undefined = "drop" }`
fn threshold(settings: &Node<'_>, _: &Registry) -> Result<Vec<Built>> {
    let table = settings.table("`threshold`")?;
    table.only(&["signal", "min", "max", "undefined"])?;
    let named = table.require("signal", "signal = \"word_count\"")?;
    let signal = known_signal(&named)?;
    let bound = |key| table.get(key).map(|v| v.number("a finite number", |_| true)).transpose();
    let (min, max) = (bound("min")?, bound("max")?);
    if min.is_none() && max.is_none() {
        return Err(settings.error("`threshold` needs `min`, `max` or both"));
    }
    if min.zip(max).is_some_and(|(min, max)| min > max) {
        return Err(settings.error("`min` is above `max`: no document would pass"));
    }
    let policies = [("drop", Undefined::Drop), ("keep", Undefined::Keep)];
    let undefined = table.get("undefined").map_or(Ok(Undefined::Drop), |v| v.one_of("policy", &policies))?;
    let threshold = Threshold::new(signal, min, max).map_err(|e| settings.wrap(e))?;
    languages::ask_feature(languages::is_of_language(signal.name()), &format!("the signal `{}`", signal.name()))
        .map_err(|e| named.wrap(e))?;
    let policy = if undefined == Undefined::Drop { "drop" } else { "keep" };
    let config = json!({ "signal": signal.name(), "min": min, "max": max, "undefined": policy });
    Ok(vec![Built::new(Step::filter("threshold", threshold.undefined(undefined)), config)])
}

/// `pattern = { regex = "(?i)lorem ipsum", max = 0 }`
fn pattern(settings: &Node<'_>, _: &Registry) -> Result<Vec<Built>> {
    let table = settings.table("`pattern`")?;
    table.only(&["regex", "min", "max"])?;
    let named = table.require("regex", "regex = \"(?i)lorem ipsum\"")?;
    let regex = named.filled()?;
    let bound = |key| table.get(key).map(|v| v.whole32(0..=u32::MAX)).transpose();
    let (min, max) = (bound("min")?, bound("max")?);
    if min.is_none() && max.is_none() {
        return Err(settings.error("`pattern` needs `min`, `max` or both"));
    }
    let matches = Matches::new(regex).map_err(|e| named.wrap(e))?;
    let bounded = Threshold::new(matches, min.map(f64::from), max.map(f64::from)).map_err(|e| settings.wrap(e))?;
    let config = json!({ "regex": regex, "min": min, "max": max });
    Ok(vec![Built::new(Step::filter("pattern", bounded), config)])
}

/// `remember = { signal = "word_count" }`: for later rules that ask how much rewrites have taken away.
fn remember(settings: &Node<'_>, _: &Registry) -> Result<Vec<Built>> {
    let table = settings.table("`remember`")?;
    table.only(&["signal"])?;
    let named = table.require("signal", "signal = \"word_count\"")?;
    Ok(vec![remembers(known_signal(&named)?)])
}

fn remembers(signal: &'static dyn Signal) -> Built {
    Built::new(Step::remember("remember", signal), json!({ "signal": signal.name() }))
}

/// The built-in signal that a value names.
fn known_signal(named: &Node<'_>) -> Result<&'static dyn Signal> {
    let name = named.string()?;
    signal(name).ok_or_else(|| named.error(unknown_signal(name)))
}

fn all_of(settings: &Node<'_>, registry: &Registry) -> Result<Vec<Built>> {
    let (filters, config) = children(settings, registry)?;
    let filter = AllOf::new(filters).map_err(|e| settings.wrap(e))?;
    Ok(vec![Built::new(Step::filter("all_of", filter), config)])
}

fn any_of(settings: &Node<'_>, registry: &Registry) -> Result<Vec<Built>> {
    let (filters, config) = children(settings, registry)?;
    let filter = AnyOf::new(filters).map_err(|e| settings.wrap(e))?;
    Ok(vec![Built::new(Step::filter("any_of", filter), config)])
}

/// `not = { threshold = … }`: keeps what its one step drops.
fn not(settings: &Node<'_>, registry: &Registry) -> Result<Vec<Built>> {
    let (filter, config) = child(settings, registry)?;
    Ok(vec![Built::new(Step::filter("not", Not::new(filter)), config)])
}

/// The filters inside a combination, and their settings.
fn children(settings: &Node<'_>, registry: &Registry) -> Result<(Vec<Box<dyn Filter>>, Value)> {
    let items = settings.list()?;
    if items.is_empty() {
        return Err(settings.error(format!("`{}` needs at least one step", settings.name())));
    }
    let children: Result<Vec<_>> = items.iter().map(|item| child(item, registry)).collect();
    let (filters, configs): (Vec<_>, Vec<_>) = children?.into_iter().unzip();
    Ok((filters, Value::Array(configs)))
}

/// A filter, its step's name and settings.
type NamedFilter = (String, Box<dyn Filter>, Value);

/// The filters of one step inside a combination, with their names and settings; it may have several, as a profile has.
pub(super) fn filters(item: &Node<'_>, registry: &Registry) -> Result<Vec<NamedFilter>> {
    let mut filters = Vec::new();
    if let Some(alias) = item.table("a step").ok().and_then(|table| table.get(AS)) {
        return Err(alias.error("`as` names a step of the chain; a filter inside a combination has no name of its own"));
    }
    for built in registry.build(item)? {
        let name = built.step.name;
        match built.step.kind {
            StepKind::Filter(filter) => filters.push((name, filter, built.config)),
            StepKind::Rewrite(_) => {
                let problem = format!("only filters can be combined, and `{name}` rewrites the text");
                return Err(item.error(problem));
            }
            StepKind::Remember(_) | StepKind::Score(_) | StepKind::Scores(_) => {
                return Err(item.error(format!("only filters can be combined, and `{name}` is none")));
            }
        }
    }
    Ok(filters)
}

/// One step inside a combination: a filter; a profile is taken as all of its filters.
fn child(item: &Node<'_>, registry: &Registry) -> Result<(Box<dyn Filter>, Value)> {
    let (mut filters, mut config) = (Vec::new(), serde_json::Map::new());
    for (name, filter, settings) in self::filters(item, registry)? {
        filters.push(filter);
        config.insert(name, settings);
    }
    let filter: Box<dyn Filter> = match filters.pop() {
        Some(only) if filters.is_empty() => only,
        Some(last) => {
            filters.push(last);
            Box::new(AllOf::new(filters).map_err(|e| item.wrap(e))?)
        }
        None => return Err(item.error("nothing is left of this step")),
    };
    Ok((filter, Value::Object(config)))
}

/// `c4_lines = { terminal_punctuation = false, max_word_chars = false }`
fn c4_lines(settings: &Node<'_>, mut lines: C4Lines) -> Result<Vec<Built>> {
    let table = settings.table("`c4_lines`")?;
    let flags = ["terminal_punctuation", "javascript", "policy", "remove_citations"];
    table.only(&[&["min_words_per_line", "max_word_chars"][..], &flags[..]].concat())?;
    if let Some(value) = table.get("min_words_per_line") {
        lines.min_words_per_line = value.whole32(0..=u32::MAX)?;
    }
    if let Some(value) = table.get("max_word_chars") {
        lines.max_word_chars = match value.as_bool() {
            Some(false) => None,
            Some(true) => return Err(value.expected("a whole number, or false for no limit")),
            None => Some(value.whole32(1..=u32::MAX)?),
        };
    }
    let switches =
        [&mut lines.terminal_punctuation, &mut lines.javascript, &mut lines.policy, &mut lines.remove_citations];
    for (key, switch) in flags.into_iter().zip(switches) {
        if let Some(value) = table.get(key) {
            *switch = value.bool()?;
        }
    }
    Ok(vec![rewrites_lines(lines)])
}

fn rewrites_lines(lines: C4Lines) -> Built {
    let config = json!({
        "min_words_per_line": lines.min_words_per_line,
        "terminal_punctuation": lines.terminal_punctuation,
        "max_word_chars": lines.max_word_chars,
        "javascript": lines.javascript,
        "policy": lines.policy,
        "remove_citations": lines.remove_citations,
    });
    Built::new(Step::rewrite("c4_lines", lines), config)
}

/// `datatrove_c4_lines = { terminal_punctuation = false }`; in a profile the step may have another name.
fn datatrove_lines(settings: &Node<'_>, mut lines: DatatroveC4Lines) -> Result<Vec<Built>> {
    let name = settings.name();
    let table = settings.table(format!("`{name}`"))?;
    table.only(&["terminal_punctuation"])?;
    if let Some(value) = table.get("terminal_punctuation") {
        lines.terminal_punctuation = value.bool()?;
    }
    Ok(vec![rewrites_datatrove_lines(lines)])
}

fn rewrites_datatrove_lines(lines: DatatroveC4Lines) -> Built {
    let config = json!({ "terminal_punctuation": lines.terminal_punctuation });
    Built::new(Step::rewrite("datatrove_c4_lines", lines), config)
}
