//! Scores by model files of others' making: `score = { fasttext = { … } }`, `score = { perplexity = { … } }`.

use super::reader::Node;
use super::scores::SourceScore;
use crate::error::Result;
#[cfg(feature = "fasttext")]
use crate::score::fasttext::{FastText, FastTextScore, NEWLINES, Newlines};
use crate::score::ngram::{NORMALISE, NgramModel, PerplexityScore};
use serde_json::json;
use std::path::Path;
use std::sync::Arc;

/// `{ fasttext = { model = "oh-eli5.bin", label = "__label__hq" } }`: the probability of a label, or the sum of several. The digest of
/// the file is part of the settings, as that of a linear model is.
#[cfg(feature = "fasttext")]
pub(super) fn fasttext(value: &Node<'_>, base: &Path) -> Result<SourceScore> {
    let table = value.table("`fasttext`")?;
    table.only(&["model", "label", "newlines"])?;
    let path = table.require("model", "model = \"oh-eli5.bin\"")?;
    let label = table.require("label", "label = \"__label__hq\"")?;
    let labels = match label.value().is_array() {
        true => label.list()?.iter().map(|item| item.filled().map(str::to_owned)).collect::<Result<Vec<String>>>()?,
        false => vec![label.filled()?.to_owned()],
    };
    let newlines = table.get("newlines").map(|v| v.one_of("way with line breaks", &NEWLINES)).transpose()?;
    let newlines = newlines.unwrap_or(Newlines::Space);
    let model = Arc::new(FastText::load(&base.join(path.filled()?)).map_err(|e| path.wrap(e))?);
    let digest = format!("{:032x}", model.digest());
    let score = FastTextScore::new(model, labels.iter().map(String::as_str), newlines).map_err(|e| label.wrap(e))?;
    let labels: Vec<&str> = score.labels().collect();
    let settings = json!({ "fasttext": {
        "model": path.filled()?, "label": labels, "newlines": newlines.name(), "xxh3_128": digest,
    }});
    Ok(SourceScore { settings, column: None, of: None, score: Arc::new(score) })
}

/// A build without the feature says so.
#[cfg(not(feature = "fasttext"))]
pub(super) fn fasttext(value: &Node<'_>, _: &Path) -> Result<SourceScore> {
    let what = "`score = { fasttext = … }`".to_owned();
    Err(value.wrap(crate::Error::Feature { feature: "fasttext", what }))
}

/// `{ perplexity = { model = "reference.lm" } }`: the mean logarithm by an n-gram model that was trained here, or an ARPA file, of which
/// the recipe says how lines are normalised.
pub(super) fn perplexity(value: &Node<'_>, base: &Path) -> Result<SourceScore> {
    let table = value.table("`perplexity`")?;
    table.only(&["model", "normalise"])?;
    let path = table.require("model", "model = \"reference.lm\"")?;
    let mut model = NgramModel::load(&base.join(path.filled()?)).map_err(|e| path.wrap(e))?;
    if let Some(node) = table.get("normalise") {
        let normalise = node.one_of("normalisation", &NORMALISE)?;
        if model.origin().is_some() && normalise != model.normalise() {
            let trained = model.normalise().name();
            return Err(node.error(format!("the model was trained with normalise = \"{trained}\"; take this out")));
        }
        model = model.with_normalise(normalise);
    }
    let settings = json!({ "perplexity": {
        "model": path.filled()?, "normalise": model.normalise().name(), "xxh3_128": format!("{:032x}", model.digest()),
    }});
    Ok(SourceScore { settings, column: None, of: None, score: Arc::new(PerplexityScore::new(Arc::new(model))) })
}

#[cfg(all(test, not(feature = "fasttext")))]
mod tests {
    use crate::recipe::{Recipe, Registry};

    #[test]
    fn a_build_without_fasttext_says_what_it_lacks() {
        let recipe = "score = { fasttext = { model = \"x.bin\", label = \"hq\" } }\n\
                      [[source]]\nname = \"web\"\ncategory = \"organic\"\npaths = [\"books.parquet\"]\n";
        let base = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/corpus");
        let refused = Recipe::from_toml(recipe, "r.toml", base.as_ref(), &Registry::default()).unwrap_err().to_string();
        let want = "this build lacks the feature `fasttext`, which `score = { fasttext = … }` needs";
        assert!(refused.contains(want), "{refused}");
    }
}
