//! Steps that ask for the language, and settings that differ by it.

use super::chain::Step;
use super::reader::{Node, Table};
use super::registry::{Built, Registry};
use super::steps;
use crate::error::{Error, Result};
use crate::filter::{ByLanguage, KeepLanguages, NamedFilters, Override};
use crate::text::NaturalLanguage;
use serde_json::{Map, Value, json};

/// The key beside a rule set's rules under which languages have bounds of their own.
pub(super) const BY_LANGUAGE: &str = "by_language";

/// The key of `by_language` for all other documents.
pub(super) const DEFAULT: &str = "default";

/// What is said of the rules of a set.
type Overrides = Vec<(String, Override)>;

/// `language = { keep = ["en", "de"], min_confidence = 0.65, detect = true }`
pub(super) fn language(settings: &Node<'_>, _: &Registry) -> Result<Vec<Built>> {
    let table = settings.table("`language`")?;
    table.only(&["keep", "min_confidence", "detect"])?;
    let list = table.require("keep", "keep = [\"en\", \"de\"]")?;
    let mut keep = Vec::new();
    for node in list.list()? {
        let language = NaturalLanguage::named(node.string()?).map_err(|e| node.wrap(e))?;
        if keep.contains(&language) {
            return Err(node.error(format!("`{language}` stands twice in `keep`")));
        }
        keep.push(language);
    }
    // 0.65 is what FineWeb and datatrove's `LanguageFilter` ask of fastText's score, which is another measure than whatlang's.
    let part = |v: Node<'_>| v.number("a number between 0 and 1", |x| (0.0..=1.0).contains(&x));
    let min_confidence = table.get("min_confidence").map_or(Ok(0.65), part)?;
    let detect = table.get("detect").map_or(Ok(true), |v| v.bool())?;
    ask_feature(detect, "step `language` (or set detect = false)").map_err(|e| settings.wrap(e))?;
    let filter = KeepLanguages::new(&keep, min_confidence).map_err(|e| list.wrap(e))?;
    let filter = if detect { filter } else { filter.without_detection() };
    let codes: Vec<&str> = keep.iter().map(|language| language.code()).collect();
    let config = json!({ "keep": codes, "min_confidence": min_confidence, "detect": detect });
    Ok(vec![Built::new(Step::filter("language", filter), config)])
}

/// `by_language = { de = [{ gopher_quality = {} }], default = [] }`
pub(super) fn by_language(settings: &Node<'_>, registry: &Registry) -> Result<Vec<Built>> {
    let table = settings.table("`by_language`")?;
    let others = table.require(DEFAULT, "default = [], which keeps documents in other languages")?;
    let mut config = Map::new();
    let mut branches = Vec::new();
    for (language, node) in languages(&table)? {
        branches.push((language, filters(&node, language.code(), registry, &mut config)?));
    }
    let default = filters(&others, DEFAULT, registry, &mut config)?;
    let filter = ByLanguage::new(branches, default).map_err(|e| settings.wrap(e))?;
    ask_feature(true, "step `by_language`").map_err(|e| settings.wrap(e))?;
    Ok(vec![Built::new(Step::filter("by_language", filter), Value::Object(config))])
}

/// What `by_language` says beside a set's rules: changes for documents in some languages.
pub(super) fn overrides(
    settings: &Node<'_>,
    read: impl Fn(&Table<'_>) -> Result<Overrides>,
) -> Result<Vec<(NaturalLanguage, Overrides)>> {
    let table = settings.table("`by_language`")?;
    let each = |(language, node): (NaturalLanguage, Node<'_>)| {
        Ok((language, read(&node.table(format!("`{}`", node.name()))?)?))
    };
    let overrides = languages(&table)?.into_iter().map(each).collect::<Result<_>>()?;
    ask_feature(true, "`by_language`").map_err(|e| settings.wrap(e))?;
    Ok(overrides)
}

/// Whether a signal is about the document's language.
pub(super) fn is_of_language(signal: &str) -> bool {
    signal.starts_with("lang_")
}

/// An error in builds without the feature `lang`, for what needs it.
pub(super) fn ask_feature(needed: bool, what: &str) -> Result<()> {
    if needed && !cfg!(feature = "lang") {
        return Err(Error::Feature { feature: "lang", what: what.to_owned() });
    }
    Ok(())
}

/// The languages that the keys of a table name, each once, and what stands behind them.
pub(super) fn languages<'a>(table: &Table<'a>) -> Result<Vec<(NaturalLanguage, Node<'a>)>> {
    let mut found: Vec<(NaturalLanguage, Node<'a>)> = Vec::new();
    for key in table.keys().into_iter().filter(|&key| key != DEFAULT) {
        let language = NaturalLanguage::named(key).map_err(|e| table.key_error(key, e))?;
        if let Some((_, earlier)) = found.iter().find(|(other, _)| *other == language) {
            let problem = format!("`{key}` and `{}` are one language, `{language}`", earlier.name());
            return Err(table.key_error(key, problem));
        }
        found.extend(table.get(key).map(|node| (language, node)));
    }
    Ok(found)
}

/// The filters of a list of steps, and their settings under the language's code.
fn filters(list: &Node<'_>, code: &str, registry: &Registry, config: &mut Map<String, Value>) -> Result<NamedFilters> {
    let (mut named, mut settings) = (Vec::new(), Vec::new());
    for item in list.list()? {
        for (name, filter, setting) in steps::filters(&item, registry)? {
            settings.push(json!({ name.as_str(): setting }));
            named.push((name, filter));
        }
    }
    config.insert(code.to_owned(), Value::Array(settings));
    Ok(named)
}
