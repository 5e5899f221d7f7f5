//! The built-in steps of recipes: how the settings of each are read.

use super::chain::{Step, StepKind};
use super::profile::{self, Part};
use super::reader::{Node, Table};
use super::registry::{Builder, Built, Registry};
use crate::error::{Error, Result};
use crate::filter::profile::RULE_SETS;
use crate::filter::{AllOf, AnyOf, Filter, Not, Override, RuleSet, Threshold, Undefined};
use crate::rewrite::{
    C4Lines, DatamapLines, DatatroveC4Lines, DclmLines, Ipv4Urls, LineFeedCap, LineLimits, NewlineCap, Rewrite,
    SymbolLines, TfdsC4Lines, Urls,
};
use crate::signal::{Matches, SIGNALS, Signal, signal};
use serde_json::{Value, json};
use toml::de::DeValue;

/// The one key of a step that may have others beside it.
pub(super) const PROFILE: &str = "profile";

/// Every built-in step.
pub(super) fn built_in() -> Vec<(&'static str, Builder)> {
    let mut steps: Vec<(&'static str, Builder)> = vec![
        ("all_of", all_of),
        ("any_of", any_of),
        ("c4_lines", |settings, _| c4_lines(settings, C4Lines::PAPER)),
        ("datamap_lines", |settings, _| datamap_lines(settings)),
        ("datatrove_c4_lines", |settings, _| {
            datatrove_lines(settings, DatatroveC4Lines { terminal_punctuation: true })
        }),
        ("dclm_lines", |settings, _| dclm_lines(settings)),
        ("ipv4_urls", |settings, _| ipv4_urls(settings)),
        ("line_feed_cap", |settings, _| line_feed_cap(settings, LineFeedCap::default())),
        ("newline_cap", newline_cap),
        ("not", not),
        // Never called, since `Registry::build` takes a profile before it looks here: it makes the name known, and taken.
        (PROFILE, |settings, _| Err(settings.expected("the name of a profile"))),
        ("pattern", pattern),
        ("remember", remember),
        ("symbol_lines", symbol_lines),
        ("tfds_c4_lines", |settings, _| tfds_lines(settings)),
        ("threshold", threshold),
        ("urls", |settings, _| urls(settings, Urls { always: true })),
    ];
    steps.extend(RULE_SETS.iter().map(|set| (set.name, rule_set as Builder)));
    steps
}

/// `gopher_quality = { min_words = 30, max_words = false }`: the step's name is the rule set's.
fn rule_set(settings: &Node<'_>, _: &Registry) -> Result<Vec<Built>> {
    let set = crate::filter::profile::rule_set(settings.name()).map_err(|e| settings.wrap(e))?;
    Ok(vec![rules(set.name, set, Some(settings))?])
}

/// A rule set as a step, changed by settings of the form `{ rule = bound }` or `{ rule = false }`. Its settings in the
/// resolved recipe are its rules and bounds, which say more than the keys that led to them.
fn rules(step: &str, set: &RuleSet, settings: Option<&Node<'_>>) -> Result<Built> {
    let filter = match settings {
        Some(settings) => set.build(&overrides(step, set, settings)?).map_err(|e| settings.wrap(e))?,
        None => set.build(&[])?,
    };
    let config = filter.rules().iter().map(|r| json!({ "rule": r.name, "bound": r.bound }));
    Ok(Built { config: config.collect(), step: Step::filter(step, filter) })
}

fn overrides(step: &str, set: &RuleSet, settings: &Node<'_>) -> Result<Vec<(String, Override)>> {
    let table = settings.table(format!("`{step}`"))?;
    let known: Vec<&str> = set.rules.iter().map(|rule| rule.name).collect();
    let mut overrides = Vec::new();
    for key in table.keys() {
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
    let profile = profile::profile(name.string()?).map_err(|e| name.wrap(e))?;
    let mut known = vec![PROFILE];
    known.extend(profile.parts.iter().map(Part::name));
    table.only(&known)?;
    let mut built = Vec::new();
    for part in profile.parts {
        let settings = table.get(part.name());
        match (part, settings) {
            (_, Some(off)) if off.as_bool() == Some(false) => {}
            (Part::Rules(set) | Part::Named(_, set), settings) => {
                built.push(rules(part.name(), crate::filter::profile::rule_set(set)?, settings.as_ref())?);
            }
            (Part::Lines(lines), None) => built.push(rewrites_lines(*lines)),
            (Part::Lines(lines), Some(settings)) => built.extend(c4_lines(&settings, *lines)?),
            (Part::Remember(signal), None) => built.push(remembers(*signal)),
            (Part::Remember(_), Some(settings)) => return Err(settings.expected("false, which leaves the step out")),
            (Part::Urls(as_published), None) => built.push(takes_urls(*as_published)),
            (Part::Urls(as_published), Some(settings)) => built.extend(urls(&settings, *as_published)?),
            (Part::Ipv4Urls, None) => built.push(takes_ipv4_urls()),
            (Part::Ipv4Urls, Some(settings)) => built.extend(ipv4_urls(&settings)?),
            (Part::LineFeedCap(name, cap), None) => built.push(caps_line_feeds(name, *cap)),
            (Part::LineFeedCap(_, cap), Some(settings)) => built.extend(line_feed_cap(&settings, *cap)?),
            (Part::DclmLines(lines), None) => built.push(limited(part.name(), DclmLines(lines.0), lines.0)),
            (Part::DclmLines(_), Some(settings)) => built.extend(dclm_lines(&settings)?),
            (Part::DatamapLines(lines), None) => built.push(limited(part.name(), DatamapLines(lines.0), lines.0)),
            (Part::DatamapLines(_), Some(settings)) => built.extend(datamap_lines(&settings)?),
            (Part::TfdsLines, None) => built.push(rewrites_tfds_lines(part.name())),
            (Part::TfdsLines, Some(settings)) => built.extend(tfds_lines(&settings)?),
            (Part::DatatroveLines(lines), None) => built.push(rewrites_datatrove_lines(part.name(), *lines)),
            (Part::DatatroveLines(lines), Some(settings)) => built.extend(datatrove_lines(&settings, *lines)?),
        }
    }
    Ok(built)
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
    let policy = if undefined == Undefined::Drop { "drop" } else { "keep" };
    Ok(vec![Built {
        step: Step::filter("threshold", threshold.undefined(undefined)),
        config: json!({ "signal": signal.name(), "min": min, "max": max, "undefined": policy }),
    }])
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
    Ok(vec![Built {
        step: Step::filter("pattern", bounded),
        config: json!({ "regex": regex, "min": min, "max": max }),
    }])
}

/// `remember = { signal = "word_count" }`: for later rules that ask how much rewrites have taken away.
fn remember(settings: &Node<'_>, _: &Registry) -> Result<Vec<Built>> {
    let table = settings.table("`remember`")?;
    table.only(&["signal"])?;
    let named = table.require("signal", "signal = \"word_count\"")?;
    Ok(vec![remembers(known_signal(&named)?)])
}

fn remembers(signal: &'static dyn Signal) -> Built {
    Built { config: json!({ "signal": signal.name() }), step: Step::remember("remember", signal) }
}

/// The built-in signal that a value names.
fn known_signal(named: &Node<'_>) -> Result<&'static dyn Signal> {
    let name = named.string()?;
    signal(name).ok_or_else(|| named.error(Error::unknown("signal", name, SIGNALS.iter().map(|s| s.name()))))
}

fn all_of(settings: &Node<'_>, registry: &Registry) -> Result<Vec<Built>> {
    let (filters, config) = children(settings, registry)?;
    let filter = AllOf::new(filters).map_err(|e| settings.wrap(e))?;
    Ok(vec![Built { step: Step::filter("all_of", filter), config }])
}

fn any_of(settings: &Node<'_>, registry: &Registry) -> Result<Vec<Built>> {
    let (filters, config) = children(settings, registry)?;
    let filter = AnyOf::new(filters).map_err(|e| settings.wrap(e))?;
    Ok(vec![Built { step: Step::filter("any_of", filter), config }])
}

/// `not = { threshold = … }`: keeps what its one step drops.
fn not(settings: &Node<'_>, registry: &Registry) -> Result<Vec<Built>> {
    let (filter, config) = child(settings, registry)?;
    Ok(vec![Built { step: Step::filter("not", Not::new(filter)), config }])
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

/// One step inside a combination: a filter; a profile is taken as all of its filters.
fn child(item: &Node<'_>, registry: &Registry) -> Result<(Box<dyn Filter>, Value)> {
    let (mut filters, mut config) = (Vec::new(), serde_json::Map::new());
    for built in registry.build(item)? {
        let name = built.step.name;
        match built.step.kind {
            StepKind::Filter(filter) => filters.push(filter),
            StepKind::Rewrite(_) => {
                let problem = format!("only filters can be combined, and `{name}` rewrites the text");
                return Err(item.error(problem));
            }
            StepKind::Remember(_) => return Err(item.error("only filters can be combined, and `remember` is none")),
        }
        config.insert(name, built.config);
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
    Built { step: Step::rewrite("c4_lines", lines), config }
}

/// `datatrove_c4_lines = { terminal_punctuation = false }`; in a profile the step may have another name.
fn datatrove_lines(settings: &Node<'_>, mut lines: DatatroveC4Lines) -> Result<Vec<Built>> {
    let name = settings.name();
    let table = settings.table(format!("`{name}`"))?;
    table.only(&["terminal_punctuation"])?;
    if let Some(value) = table.get("terminal_punctuation") {
        lines.terminal_punctuation = value.bool()?;
    }
    Ok(vec![rewrites_datatrove_lines(name, lines)])
}

fn rewrites_datatrove_lines(name: &str, lines: DatatroveC4Lines) -> Built {
    let config = json!({ "terminal_punctuation": lines.terminal_punctuation });
    Built { step: Step::rewrite(name, lines), config }
}

/// `newline_cap = { max = 2 }`
fn newline_cap(settings: &Node<'_>, _: &Registry) -> Result<Vec<Built>> {
    let table = settings.table("`newline_cap`")?;
    table.only(&["max"])?;
    let mut cap = NewlineCap::default();
    if let Some(value) = table.get("max") {
        cap.max = value.whole32(0..=u32::MAX)?;
    }
    Ok(vec![Built { step: Step::rewrite("newline_cap", cap), config: json!({ "max": cap.max }) }])
}

/// `tfds_c4_lines = {}`; in a profile the step may have another name.
fn tfds_lines(settings: &Node<'_>) -> Result<Vec<Built>> {
    settings.table(format!("`{}`", settings.name()))?.only(&[])?;
    Ok(vec![rewrites_tfds_lines(settings.name())])
}

fn rewrites_tfds_lines(name: &str) -> Built {
    Built { step: Step::rewrite(name, TfdsC4Lines), config: json!({}) }
}

/// `line_feed_cap = { max = 2 }`; in a profile the step may have another name.
fn line_feed_cap(settings: &Node<'_>, mut cap: LineFeedCap) -> Result<Vec<Built>> {
    let table = settings.table(format!("`{}`", settings.name()))?;
    table.only(&["max"])?;
    if let Some(value) = table.get("max") {
        cap.max = value.whole32(0..=u32::MAX)?;
    }
    Ok(vec![caps_line_feeds(settings.name(), cap)])
}

fn caps_line_feeds(name: &str, cap: LineFeedCap) -> Built {
    Built { step: Step::rewrite(name, cap), config: json!({ "max": cap.max }) }
}

/// `urls = { always = true }`
fn urls(settings: &Node<'_>, mut urls: Urls) -> Result<Vec<Built>> {
    let table = settings.table("`urls`")?;
    table.only(&["always"])?;
    if let Some(value) = table.get("always") {
        urls.always = value.bool()?;
    }
    Ok(vec![takes_urls(urls)])
}

fn takes_urls(urls: Urls) -> Built {
    Built { step: Step::rewrite("urls", urls), config: json!({ "always": urls.always }) }
}

/// `ipv4_urls = {}`
fn ipv4_urls(settings: &Node<'_>) -> Result<Vec<Built>> {
    settings.table("`ipv4_urls`")?.only(&[])?;
    Ok(vec![takes_ipv4_urls()])
}

fn takes_ipv4_urls() -> Built {
    Built { step: Step::rewrite("ipv4_urls", Ipv4Urls), config: json!({}) }
}

/// `symbol_lines = { replacement = "" }`
fn symbol_lines(settings: &Node<'_>, _: &Registry) -> Result<Vec<Built>> {
    let table = settings.table("`symbol_lines`")?;
    table.only(&["replacement"])?;
    let mut lines = SymbolLines::default();
    if let Some(value) = table.get("replacement") {
        value.string()?.clone_into(&mut lines.replacement);
    }
    let config = json!({ "replacement": lines.replacement });
    Ok(vec![Built { step: Step::rewrite("symbol_lines", lines), config }])
}

/// `dclm_lines = { max_uppercase = 0.5 }`; in a profile the step is `lines`.
fn dclm_lines(settings: &Node<'_>) -> Result<Vec<Built>> {
    let limits = line_limits(settings)?;
    Ok(vec![limited(settings.name(), DclmLines(limits), limits)])
}

/// `datamap_lines = { max_uppercase = 0.5 }`; in a profile the step is `lines`.
fn datamap_lines(settings: &Node<'_>) -> Result<Vec<Built>> {
    let limits = line_limits(settings)?;
    Ok(vec![limited(settings.name(), DatamapLines(limits), limits)])
}

fn line_limits(settings: &Node<'_>) -> Result<LineLimits> {
    let table = settings.table(format!("`{}`", settings.name()))?;
    table.only(&["max_uppercase", "max_digits", "counters", "min_words", "phrases"])?;
    let mut limits = LineLimits::PUBLISHED;
    let shares = [("max_uppercase", &mut limits.max_uppercase), ("max_digits", &mut limits.max_digits)];
    for (key, share) in shares {
        if let Some(value) = table.get(key) {
            *share = value.number("a number from 0 to 1", |share| (0.0..=1.0).contains(&share))?;
        }
    }
    for (key, switch) in [("counters", &mut limits.counters), ("phrases", &mut limits.phrases)] {
        if let Some(value) = table.get(key) {
            *switch = value.bool()?;
        }
    }
    if let Some(value) = table.get("min_words") {
        limits.min_words = value.whole32(0..=u32::MAX)?;
    }
    Ok(limits)
}

fn limited(name: &str, rewrite: impl Rewrite + 'static, limits: LineLimits) -> Built {
    let config = json!({
        "max_uppercase": limits.max_uppercase,
        "max_digits": limits.max_digits,
        "counters": limits.counters,
        "min_words": limits.min_words,
        "phrases": limits.phrases,
    });
    Built { step: Step::rewrite(name, rewrite), config }
}
