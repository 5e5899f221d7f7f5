//! The registry: which step names a recipe may use, and what builds each.

use super::chain::{Step, StepKind};
use super::reader::Node;
use super::steps;
use crate::error::{Error, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt;
use toml::de::ValueDeserializer;

/// The settings of a step that another crate brings. Derive `Serialize` and `Deserialize` on a struct with
/// `#[serde(deny_unknown_fields)]`; never use `flatten`, which hides unknown keys.
///
/// ```
/// use mashbill::recipe::{Chain, Recipe, Registry, StepConfig, StepKind};
/// use mashbill::{Document, filter::{Filter, Finding, Failure, Rule, RuleId, Verdict}};
/// use serde::{Deserialize, Serialize};
///
/// /// `max_bytes = { limit = 100 }`
/// #[derive(Serialize, Deserialize)]
/// #[serde(deny_unknown_fields)]
/// struct MaxBytes { limit: usize }
///
/// impl StepConfig for MaxBytes {
///     const NAME: &'static str = "max_bytes";
///     fn build(&self) -> mashbill::Result<StepKind> {
///         let rule = Rule { name: "max_bytes".into(), signal: None, bound: format!("bytes <= {}", self.limit) };
///         Ok(StepKind::Filter(Box::new(Limit { limit: self.limit, rules: [rule] })))
///     }
/// }
///
/// #[derive(Debug)]
/// struct Limit { limit: usize, rules: [Rule; 1] }
///
/// impl Filter for Limit {
///     fn rules(&self) -> &[Rule] { &self.rules }
///     fn check(&self, doc: &Document<'_>) -> Verdict {
///         let bytes = doc.text().len();
///         if bytes <= self.limit { return Verdict::Keep }
///         Verdict::Drop(Failure { rule: RuleId(0), observed: Some(bytes as f64) })
///     }
///     fn audit(&self, doc: &Document<'_>, each: &mut dyn FnMut(Finding)) {
///         let bytes = doc.text().len();
///         each(Finding { rule: RuleId(0), observed: Some(bytes as f64), passed: bytes <= self.limit });
///     }
/// }
///
/// let registry = Registry::default().with_step::<MaxBytes>()?;
/// # let base = std::env::temp_dir().join("mashbill-doc-registry");
/// # std::fs::create_dir_all(&base).unwrap();
/// # std::fs::write(base.join("web.parquet"), "").unwrap();
/// let text = r#"
///     [[source]]
///     name = "web"
///     category = "organic"
///     paths = ["web.parquet"]
///     steps = [{ max_bytes = { limit = 100 } }]
/// "#;
/// let recipe = Recipe::from_toml(text, "recipe.toml", &base, &registry)?;
/// assert_eq!(recipe.chain(0, &registry)?.rules()[0].name, "max_bytes.max_bytes");
/// # Ok::<(), mashbill::Error>(())
/// ```
pub trait StepConfig: Serialize + DeserializeOwned {
    /// The step's name in recipes.
    const NAME: &'static str;

    /// Makes the step.
    ///
    /// # Errors
    /// Settings that make no sense together; the recipe's reader adds where they stand.
    fn build(&self) -> Result<StepKind>;
}

/// A step as built from a recipe, with its settings for [`Recipe::resolved`](super::Recipe::resolved).
pub(super) struct Built {
    pub(super) step: Step,
    pub(super) config: Value,
    /// The name that recipes know it by, where it bears another one.
    pub(super) kind: Option<String>,
}

impl Built {
    pub(super) fn new(step: Step, config: Value) -> Built {
        Built { step, config, kind: None }
    }

    /// The same step under another name.
    pub(super) fn renamed(self, name: &str) -> Built {
        let Built { mut step, config, kind } = self;
        let old = std::mem::replace(&mut step.name, name.to_owned());
        let kind = kind.or(Some(old)).filter(|kind| kind != name);
        Built { step, config, kind }
    }

    /// The step, and all its settings as a recipe would state them.
    pub(super) fn parted(self) -> (Step, Value) {
        let Built { step, config, kind } = self;
        let settings = match kind {
            None => json!({ step.name.clone(): config }),
            Some(kind) => json!({ AS: step.name, kind: config }),
        };
        (step, settings)
    }
}

/// The key that gives a step another name.
pub(super) const AS: &str = "as";

/// What makes the steps of one name from the value behind it.
pub(super) type Builder = fn(&Node<'_>, &Registry) -> Result<Vec<Built>>;

/// The steps that a recipe may name: explicit, so that a program sees what it allows, and two runs may allow different ones.
///
/// The default holds every built-in step: each rule set under its name, `threshold`, `all_of`, `any_of`, `not`, `language`,
/// `by_language`, `url_lists`, `c4_badwords`, `profile`, and the rewrites `c4_lines`, `newline_cap`, `pii`, `symbol_lines` and
/// `unicode_normalize`.
#[derive(Clone)]
pub struct Registry {
    builders: BTreeMap<&'static str, Builder>,
}

impl Default for Registry {
    fn default() -> Self {
        Registry { builders: steps::built_in().into_iter().collect() }
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Registry").field(&self.names().collect::<Vec<_>>()).finish()
    }
}

impl Registry {
    /// The registry with one more step.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the name is taken: the last one does not win.
    pub fn with_step<C: StepConfig>(mut self) -> Result<Registry> {
        if self.builders.contains_key(C::NAME) {
            return Err(Error::Invalid {
                what: format!("step `{}`", C::NAME),
                problem: "is registered already; give it another name".to_owned(),
            });
        }
        self.builders.insert(C::NAME, build_foreign::<C>);
        Ok(self)
    }

    /// The names of the steps, sorted.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.builders.keys().copied()
    }

    /// Builds what one entry of a `steps` list says: `{ name = settings }`, also with `as` beside it, or a profile with
    /// overrides beside it.
    pub(super) fn build(&self, entry: &Node<'_>) -> Result<Vec<Built>> {
        if let Some(name) = entry.text() {
            return Err(
                entry.error(format!("a step is a table; write {{ {name} = {{}} }} or {{ profile = \"{name}\" }}"))
            );
        }
        let table = entry.table("a step")?;
        if let Some(profile) = table.get(steps::PROFILE) {
            let place = format!("the profile `{}`", profile.text().unwrap_or_default());
            return steps::profile_with(&entry.table(place)?, &profile);
        }
        let keys: Vec<&str> = table.keys().into_iter().filter(|key| *key != AS).collect();
        let Some(&name) = keys.first() else {
            return Err(entry.error("this step is empty; write for example { profile = \"gopher\" }"));
        };
        let (Some(builder), Some(settings)) = (self.builders.get(name), table.get(name)) else {
            return Err(table.key_error(name, Error::unknown("step", name, self.names())));
        };
        if let Some(second) = keys.get(1) {
            return Err(table.key_error(
                second,
                format!("a step has one name, but `{second}` follows `{name}`; write two steps: {{ {name} = … }}, {{ {second} = … }}"),
            ));
        }
        let built = builder(&settings, self)?;
        match table.get(AS) {
            None => Ok(built),
            Some(alias) => {
                let alias = step_name(&alias)?;
                Ok(built.into_iter().map(|built| built.renamed(alias)).collect())
            }
        }
    }
}

/// A name for a step. Without dots, since a rule is called STEP.RULE.
fn step_name<'a>(node: &Node<'a>) -> Result<&'a str> {
    let name = node.filled()?;
    if name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-') {
        return Ok(name);
    }
    Err(node.error("a step's name has only ASCII letters, digits, `_` and `-`"))
}

/// Reads a foreign step's settings by serde and builds it.
fn build_foreign<C: StepConfig>(settings: &Node<'_>, _: &Registry) -> Result<Vec<Built>> {
    let config = C::deserialize(ValueDeserializer::from(settings.spanned().clone())).map_err(|e| {
        let span = e.span().unwrap_or_else(|| settings.spanned().span());
        settings.origin.error(span, format!("step `{}`: {}", C::NAME, e.message()))
    })?;
    let kind = config.build().map_err(|e| settings.wrap(e))?;
    let config = serde_json::to_value(&config).map_err(|e| settings.error(format!("step `{}`: {e}", C::NAME)))?;
    Ok(vec![Built::new(Step { name: C::NAME.to_owned(), kind }, config)])
}
