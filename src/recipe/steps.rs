//! The built-in steps of recipes: how the settings of each are read.

use super::chain::{Step, StepKind};
use super::profile::{self, Part};
use super::reader::{Node, Table};
use super::registry::{Builder, Built, Registry};
use super::rules::{self, Override, Undefined};
use crate::error::Result;
use crate::filter::Filter;
use crate::rewrite::{C4Lines, NewlineCap};
use serde_json::json;
use toml::de::DeValue;

/// The one key of a step that may have others beside it.
pub(super) const PROFILE: &str = "profile";

/// Every built-in step.
pub(super) fn built_in() -> Vec<(&'static str, Builder)> {
    let mut steps: Vec<(&'static str, Builder)> = vec![
        ("all_of", all_of),
        ("any_of", any_of),
        ("c4_lines", |settings, _| c4_lines(settings, C4Lines::PAPER)),
        ("newline_cap", newline_cap),
        ("not", not),
        // Never called, since `Registry::build` takes a profile before it looks here: it makes the name known, and taken.
        (PROFILE, |settings, _| Err(settings.expected("the name of a profile"))),
        ("threshold", threshold),
    ];
    steps.extend(rules::names().map(|name| (name, rule_set as Builder)));
    steps
}

/// `gopher_quality = { min_words = 30, max_words = false }`: the step's name is the rule set's.
fn rule_set(settings: &Node<'_>, _: &Registry) -> Result<Vec<Built>> {
    let overrides = overrides(settings)?;
    let kind = rules::build(settings.name(), &overrides).map_err(|e| settings.wrap(e))?;
    Ok(vec![decides(settings.name(), kind)])
}

/// `{ rule = bound }` or `{ rule = false }`, each rule one that the set has.
fn overrides(settings: &Node<'_>) -> Result<Vec<(String, Override)>> {
    let set = settings.name();
    let table = settings.table(format!("`{set}`"))?;
    let known = rules::rule_names(set);
    let mut overrides = Vec::new();
    for key in table.keys() {
        let Some(value) = table.get(key).filter(|_| known.contains(&key)) else {
            return Err(table.unknown("rule", key, &known));
        };
        let change = match value.value() {
            DeValue::Boolean(false) => Override::Off,
            DeValue::Boolean(true) => continue,
            DeValue::Integer(_) | DeValue::Float(_) => {
                Override::Bound(value.number("a finite number", |_| true)?)
            }
            _ => return Err(value.expected("a number, or false to switch the rule off")),
        };
        // One at a time, so that a change that the rule cannot take is shown at its own place.
        let change = (key.to_owned(), change);
        rules::build(set, std::slice::from_ref(&change)).map_err(|e| value.wrap(e))?;
        overrides.push(change);
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
            (Part::Rules(set), None) => built.push(decides(set, rules::build(set, &[])?)),
            (Part::Rules(set), Some(settings)) => {
                let kind =
                    rules::build(set, &overrides(&settings)?).map_err(|e| settings.wrap(e))?;
                built.push(decides(set, kind));
            }
            (Part::Lines(lines), None) => built.push(rewrites_lines(*lines)),
            (Part::Lines(lines), Some(settings)) => built.extend(c4_lines(&settings, *lines)?),
        }
    }
    Ok(built)
}

/// `threshold = { signal = "mean_word_length", min = 3.0, max = 10.0, undefined = "drop" }`
fn threshold(settings: &Node<'_>, _: &Registry) -> Result<Vec<Built>> {
    let table = settings.table("`threshold`")?;
    table.only(&["signal", "min", "max", "undefined"])?;
    let signal = table.require("signal", "signal = \"word_count\"")?;
    let name = signal.string()?;
    let bound = |key| table.get(key).map(|v| v.number("a finite number", |_| true)).transpose();
    let (min, max) = (bound("min")?, bound("max")?);
    if min.is_none() && max.is_none() {
        return Err(settings.error("`threshold` needs `min`, `max` or both"));
    }
    if min.zip(max).is_some_and(|(min, max)| min > max) {
        return Err(settings.error("`min` is above `max`: no document would pass"));
    }
    let undefined = match table.get("undefined") {
        Some(value) => {
            value.one_of("policy", &[("drop", Undefined::Drop), ("keep", Undefined::Keep)])?
        }
        None => Undefined::default(),
    };
    let kind = rules::threshold(name, min, max, undefined).map_err(|e| signal.wrap(e))?;
    Ok(vec![decides("threshold", kind)])
}

fn all_of(settings: &Node<'_>, registry: &Registry) -> Result<Vec<Built>> {
    let kind = rules::all_of(children(settings, registry)?);
    Ok(vec![decides("all_of", kind)])
}

fn any_of(settings: &Node<'_>, registry: &Registry) -> Result<Vec<Built>> {
    let kind = rules::any_of(children(settings, registry)?);
    Ok(vec![decides("any_of", kind)])
}

/// `not = { threshold = … }`: keeps what its one step drops.
fn not(settings: &Node<'_>, registry: &Registry) -> Result<Vec<Built>> {
    let child = child(settings, registry)?;
    Ok(vec![decides("not", rules::not(child))])
}

fn children(settings: &Node<'_>, registry: &Registry) -> Result<Vec<Box<dyn Filter>>> {
    let items = settings.list()?;
    if items.is_empty() {
        return Err(settings.error(format!("`{}` needs at least one step", settings.name())));
    }
    items.iter().map(|item| child(item, registry)).collect()
}

/// One step inside a combination: a filter; a profile is taken as all of its filters.
fn child(item: &Node<'_>, registry: &Registry) -> Result<Box<dyn Filter>> {
    let mut filters = Vec::new();
    for Built { step, .. } in registry.build(item)? {
        match step.kind {
            StepKind::Filter(filter) => filters.push(filter),
            StepKind::Rewrite(_) => {
                return Err(item.error(format!(
                    "only filters can be combined, and `{}` rewrites the text",
                    step.name
                )));
            }
        }
    }
    match filters.pop() {
        Some(only) if filters.is_empty() => Ok(only),
        Some(last) => {
            filters.push(last);
            Ok(Box::new(rules::AllOf::new(filters)))
        }
        None => Err(item.error("nothing is left of this step")),
    }
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
    let switches = [
        &mut lines.terminal_punctuation,
        &mut lines.javascript,
        &mut lines.policy,
        &mut lines.remove_citations,
    ];
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

/// A filter step. Its settings are its rules and bounds, which say more than the keys that led to them.
fn decides(name: &str, kind: StepKind) -> Built {
    let rules = match &kind {
        StepKind::Filter(filter) => {
            filter.rules().iter().map(|r| json!({ "rule": r.name, "bound": r.bound })).collect()
        }
        StepKind::Rewrite(_) => Vec::new(),
    };
    Built { step: Step { name: name.to_owned(), kind }, config: serde_json::Value::Array(rules) }
}
