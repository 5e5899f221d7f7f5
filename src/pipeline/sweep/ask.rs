//! [`SweepAsk`]: a rule and the bounds to try.

use crate::error::{Error, Result};
use std::str::FromStr;

/// A rule and the bounds to try: `gopher_quality.min_words=30,50,off`.
#[derive(Debug, Clone, PartialEq)]
pub struct SweepAsk {
    /// The rule's full name.
    pub rule: String,
    /// The bounds; `None` switches the rule off.
    pub values: Vec<Option<f64>>,
}

impl FromStr for SweepAsk {
    type Err = Error;

    fn from_str(text: &str) -> Result<SweepAsk> {
        let invalid = |problem: &str| Error::Invalid { what: format!("--rule {text}"), problem: problem.to_owned() };
        let form = "is to be STEP.RULE=VALUE,VALUE,… as in gopher_quality.min_words=30,50,off";
        // A combination's name holds what is inside of it, but no `=`.
        let (rule, values) = text.rsplit_once('=').ok_or_else(|| invalid(form))?;
        let value = |word: &str| match word.trim() {
            "off" => Ok(None),
            number => match number.parse::<f64>() {
                Ok(x) if x.is_finite() => Ok(Some(x)),
                _ => Err(invalid(&format!("`{number}` is no number; a bound is a number, or off"))),
            },
        };
        if rule.trim().is_empty() || values.trim().is_empty() {
            return Err(invalid(form));
        }
        Ok(SweepAsk { rule: rule.trim().to_owned(), values: values.split(',').map(value).collect::<Result<_>>()? })
    }
}
