//! Steps that a user brings lists for, and the files of these lists: text of one entry a line, found from the recipe's folder.

use super::languages;
use super::paths;
use super::reader::{Node, Table};
use super::registry::{Built, Registry};
#[cfg(feature = "lists")]
use crate::error::Error;
use crate::error::Result;
use crate::filter::Undefined;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// The files of a recipe's lists, each read once: chains that are built later have the lists that the recipe was read with.
#[derive(Debug, Default)]
pub(super) struct Lists {
    base: PathBuf,
    read: Mutex<BTreeMap<PathBuf, Arc<str>>>,
}

impl Lists {
    /// Lists whose paths are taken from `base`.
    pub(super) fn new(base: &Path) -> Lists {
        Lists { base: base.to_owned(), read: Mutex::default() }
    }

    /// The text of a list. The error is one sentence.
    fn text(&self, path: &str) -> Result<Arc<str>, String> {
        let file = paths::tidy(&self.base.join(path));
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(text) = read.get(&file) {
            return Ok(Arc::clone(text));
        }
        if !file.exists() {
            return Err(paths::missing(path, &file));
        }
        let bytes = std::fs::read(&file).map_err(|e| format!("cannot read the list `{path}`: {e}"))?;
        let text = String::from_utf8(bytes).map_err(|e| {
            let good = e.as_bytes().get(..e.utf8_error().valid_up_to()).unwrap_or_default();
            format!("{path}, line {}: is not UTF-8; save the list as UTF-8", good.split(|&b| b == b'\n').count())
        })?;
        let text: Arc<str> = text.into();
        read.insert(file, Arc::clone(&text));
        Ok(text)
    }
}

/// One file of a list.
#[cfg_attr(not(feature = "lists"), expect(dead_code, reason = "errors of the filters are shown at the node"))]
struct File<'a> {
    node: Node<'a>,
    path: &'a str,
    text: Arc<str>,
}

impl<'a> File<'a> {
    fn read(node: Node<'a>) -> Result<File<'a>> {
        let path = node.filled()?;
        let text = node.origin.lists.text(path).map_err(|problem| node.error(problem))?;
        Ok(File { node, path, text })
    }

    /// What the resolved recipe says of it: a list that changed makes another job.
    fn stated(&self) -> Value {
        let digest = xxhash_rust::xxh3::xxh3_128(self.text.as_bytes());
        json!({ "path": self.path, "bytes": self.text.len(), "xxh3_128": format!("{digest:032x}") })
    }

    /// A mistake in the list, with its file.
    #[cfg(feature = "lists")]
    fn wrap(&self, error: Error) -> Error {
        match error {
            Error::Invalid { what, problem } => self.node.error(format!("{}, {what}: {problem}", self.path)),
            other => self.node.wrap(other),
        }
    }
}

/// The files of a key: the name of one, or a list of names.
fn files<'a>(table: &Table<'a>, key: &str) -> Result<Vec<File<'a>>> {
    match table.get(key) {
        None => Ok(Vec::new()),
        Some(node) if node.text().is_some() => Ok(vec![File::read(node)?]),
        Some(node) if node.value().is_array() => node.list()?.into_iter().map(File::read).collect(),
        Some(node) => Err(node.expected("the name of a file, or a list of names")),
    }
}

/// What becomes of a document that a list cannot be asked about.
fn policy(table: &Table<'_>, key: &str) -> Result<(Undefined, &'static str)> {
    let policies = [("drop", (Undefined::Drop, "drop")), ("keep", (Undefined::Keep, "keep"))];
    table.get(key).map_or(Ok(policies[0].1), |node| node.one_of("policy", &policies))
}

/// The step whose documents need an address.
pub(super) const URL_LISTS: &str = "url_lists";

/// `url_lists = { domains = "lists/domains.txt", banned_words = ["a.txt", "b.txt"], soft_word_threshold = 2, missing = "drop" }`
pub(super) fn url_lists(settings: &Node<'_>, _: &Registry) -> Result<Vec<Built>> {
    let table = settings.table("`url_lists`")?;
    let keys = ["domains", "urls", "banned_words", "soft_banned_words", "banned_subwords"];
    table.only(&[&keys[..], &["soft_word_threshold", "missing"]].concat())?;
    let mut lists = Vec::new();
    for key in keys {
        lists.push((key, files(&table, key)?));
    }
    if lists.iter().all(|(_, files)| files.is_empty()) {
        return Err(settings.error("`url_lists` needs a list, for example domains = \"lists/domains.txt\""));
    }
    // 2 is datatrove's.
    let threshold = table.get("soft_word_threshold").map_or(Ok(2), |node| node.whole32(1..=u32::MAX))?;
    let (missing, said) = policy(&table, "missing")?;
    let mut config: serde_json::Map<String, Value> =
        lists.iter().map(|(key, files)| ((*key).to_owned(), files.iter().map(File::stated).collect())).collect();
    config.insert("soft_word_threshold".to_owned(), json!(threshold));
    config.insert("missing".to_owned(), json!(said));
    let step = build::url_lists(&lists, threshold, missing).map_err(|e| settings.wrap(e))?;
    Ok(vec![Built::new(step, Value::Object(config))])
}

/// `c4_badwords = { lists = { en = "lists/en.txt" }, default_language = "en", unlisted = "drop", keep_fraction = 0.0 }`
pub(super) fn c4_badwords(settings: &Node<'_>, _: &Registry) -> Result<Vec<Built>> {
    let table = settings.table("`c4_badwords`")?;
    table.only(&["lists", "default_language", "unlisted", "keep_fraction"])?;
    let named = table.require("lists", "lists = { en = \"lists/en.txt\" }")?;
    let by_language = named.table("`lists`")?;
    if by_language.get(languages::DEFAULT).is_some() {
        let problem =
            "`default` is no language; default_language = \"en\" beside `lists` says what rows are in that state none";
        return Err(by_language.key_error(languages::DEFAULT, problem));
    }
    let mut lists = Vec::new();
    for (language, node) in languages::languages(&by_language)? {
        lists.push((language, File::read(node)?));
    }
    let default = match table.get("default_language") {
        Some(node) => crate::text::NaturalLanguage::named(node.string()?).map_err(|e| node.wrap(e))?,
        None => crate::text::NaturalLanguage::ENGLISH,
    };
    let (unlisted, said) = policy(&table, "unlisted")?;
    if unlisted == Undefined::Drop && !lists.iter().any(|(language, _)| *language == default) {
        let problem = format!(
            "rows that state no language are taken for `{default}`, which has no list, and would all be dropped; add one, set \
             default_language, or unlisted = \"keep\""
        );
        return Err(named.error(problem));
    }
    let part = |node: Node<'_>| node.number("a number between 0 and 1", |x| (0.0..=1.0).contains(&x));
    let keep_fraction = table.get("keep_fraction").map_or(Ok(0.0), part)?;
    let files: serde_json::Map<String, Value> =
        lists.iter().map(|(language, file)| (language.code().to_owned(), file.stated())).collect();
    let config = json!({
        "lists": files,
        "default_language": default.code(),
        "unlisted": said,
        "keep_fraction": keep_fraction,
    });
    let step = build::bad_words(&lists, default, unlisted, keep_fraction).map_err(|e| settings.wrap(e))?;
    Ok(vec![Built::new(step, config)])
}

/// Whether a step of that name is among the settings of steps, however deep.
pub(super) fn names_step(settings: &Value, name: &str) -> bool {
    match settings {
        Value::Object(map) => map.iter().any(|(key, value)| key == name || names_step(value, name)),
        Value::Array(items) => items.iter().any(|item| names_step(item, name)),
        _ => false,
    }
}

#[cfg(feature = "lists")]
mod build {
    use super::File;
    use crate::error::Result;
    use crate::filter::{BadWords, Undefined, UrlLists};
    use crate::recipe::Step;
    use crate::text::NaturalLanguage;
    use std::sync::Arc;

    pub(super) fn url_lists(lists: &[(&str, Vec<File<'_>>)], threshold: u32, missing: Undefined) -> Result<Step> {
        let mut filter = UrlLists::default().soft_word_threshold(threshold)?.missing(missing);
        for (key, files) in lists {
            for file in files {
                let text = &file.text;
                let with = match *key {
                    "domains" => filter.domains(Arc::clone(text)),
                    "urls" => filter.urls(Arc::clone(text)),
                    "banned_words" => filter.banned_words(text),
                    "soft_banned_words" => filter.soft_banned_words(text),
                    _ => filter.banned_subwords(text),
                };
                filter = with.map_err(|e| file.wrap(e))?;
            }
        }
        Ok(Step::filter(super::URL_LISTS, filter))
    }

    pub(super) fn bad_words(
        lists: &[(NaturalLanguage, File<'_>)],
        default: NaturalLanguage,
        unlisted: Undefined,
        keep_fraction: f64,
    ) -> Result<Step> {
        let mut filter = BadWords::new(default).unlisted(unlisted).keep_fraction(keep_fraction)?;
        for (language, file) in lists {
            filter = filter.list(*language, Arc::clone(&file.text)).map_err(|e| file.wrap(e))?;
        }
        Ok(Step::filter("c4_badwords", filter))
    }
}

#[cfg(not(feature = "lists"))]
mod build {
    use super::File;
    use crate::error::{Error, Result};
    use crate::filter::Undefined;
    use crate::recipe::Step;
    use crate::text::NaturalLanguage;

    fn lacking(what: &str) -> Result<Step> {
        Err(Error::Feature { feature: "lists", what: format!("step `{what}`") })
    }

    pub(super) fn url_lists(_: &[(&str, Vec<File<'_>>)], _: u32, _: Undefined) -> Result<Step> {
        lacking(super::URL_LISTS)
    }

    pub(super) fn bad_words(
        _: &[(NaturalLanguage, File<'_>)],
        _: NaturalLanguage,
        _: Undefined,
        _: f64,
    ) -> Result<Step> {
        lacking("c4_badwords")
    }
}
