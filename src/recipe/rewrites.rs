//! The steps that rewrite a text, but for C4's lines: how the settings of each are read.

use super::chain::Step;
use super::reader::{Node, Table};
use super::registry::{Built, Registry};
use crate::error::Result;
use crate::rewrite::{Fix, NewlineCap, NormalForm, Pii, Redaction, SymbolLines, UnicodeNormalize};
use serde_json::json;

/// `newline_cap = { max = 2, across_spaces = false }`
pub(super) fn newline_cap(settings: &Node<'_>, _: &Registry) -> Result<Vec<Built>> {
    let table = settings.table("`newline_cap`")?;
    table.only(&["max", "across_spaces"])?;
    let mut cap = NewlineCap::default();
    if let Some(value) = table.get("max") {
        cap.max = value.whole32(0..=u32::MAX)?;
    }
    if let Some(value) = table.get("across_spaces") {
        cap.across_spaces = value.bool()?;
    }
    let config = json!({ "max": cap.max, "across_spaces": cap.across_spaces });
    Ok(vec![Built::new(Step::rewrite("newline_cap", cap), config)])
}

/// `symbol_lines = { replacement = "" }`
pub(super) fn symbol_lines(settings: &Node<'_>, _: &Registry) -> Result<Vec<Built>> {
    let table = settings.table("`symbol_lines`")?;
    table.only(&["replacement"])?;
    let replacement = table.get("replacement").map_or(Ok(""), |v| v.string())?.to_owned();
    let config = json!({ "replacement": replacement });
    Ok(vec![Built::new(Step::rewrite("symbol_lines", SymbolLines { replacement }), config)])
}

/// `unicode_normalize = { form = "NFC", fix = ["zero_width", "nbsp"] }`
pub(super) fn unicode_normalize(settings: &Node<'_>, _: &Registry) -> Result<Vec<Built>> {
    let table = settings.table("`unicode_normalize`")?;
    table.only(&["form", "fix"])?;
    let form = match table.get("form") {
        Some(value) if value.as_bool() == Some(false) => None,
        Some(value) => Some(value.one_of("normal form", &NormalForm::ALL)?),
        None => Some(NormalForm::Nfc),
    };
    let mut fixes = Vec::new();
    for node in table.get("fix").map_or(Ok(Vec::new()), |v| v.list())? {
        fixes.push(node.one_of("fix", &Fix::ALL)?);
    }
    let names: Vec<&str> = Fix::ALL.iter().filter(|(_, fix)| fixes.contains(fix)).map(|(name, _)| *name).collect();
    let name = NormalForm::ALL.iter().find(|(_, other)| Some(*other) == form).map(|(name, _)| *name);
    let config = json!({ "form": name, "fix": names });
    let step = Step::rewrite("unicode_normalize", UnicodeNormalize::new(form, &fixes));
    Ok(vec![Built::new(step, config)])
}

/// `pii = { email = true, ipv4 = "<IP>", ipv6 = false, phone = false, public_ips_only = true, key = 0 }`
pub(super) fn pii(settings: &Node<'_>, _: &Registry) -> Result<Vec<Built>> {
    let table = settings.table("`pii`")?;
    table.only(&["email", "ipv4", "ipv6", "phone", "public_ips_only", "key"])?;
    let mut pii = Pii::default();
    let kinds =
        [("email", &mut pii.email), ("ipv4", &mut pii.ipv4), ("ipv6", &mut pii.ipv6), ("phone", &mut pii.phone)];
    for (key, kind) in kinds {
        redaction(&table, key, kind)?;
    }
    if let Some(value) = table.get("public_ips_only") {
        pii.public_ips_only = value.bool()?;
    }
    if let Some(value) = table.get("key") {
        pii.key = value.whole(0..=i64::MAX as u64)?;
    }
    let said = |kind: &Option<Redaction>| match kind {
        None => json!(false),
        Some(Redaction::Pseudonym) => json!(true),
        Some(Redaction::Fixed(text)) => json!(text),
    };
    let config = json!({
        "email": said(&pii.email),
        "ipv4": said(&pii.ipv4),
        "ipv6": said(&pii.ipv6),
        "phone": said(&pii.phone),
        "public_ips_only": pii.public_ips_only,
        "key": pii.key,
    });
    Ok(vec![Built::new(Step::rewrite("pii", pii), config)])
}

/// What becomes of one kind, if the table says so: `true` for pseudonyms, `false` to leave it, or a text that stands for each.
fn redaction(table: &Table<'_>, key: &str, kind: &mut Option<Redaction>) -> Result<()> {
    let Some(value) = table.get(key) else { return Ok(()) };
    *kind = match (value.as_bool(), value.text()) {
        (Some(true), _) => Some(Redaction::Pseudonym),
        (Some(false), _) => None,
        (None, Some(text)) => Some(Redaction::Fixed(text.to_owned())),
        (None, None) => return Err(value.expected("true, false, or the text that stands for each")),
    };
    Ok(())
}
