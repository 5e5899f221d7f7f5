//! Whether a model refuses: the phrases of `refusal_count`, and sentences in which an assistant names itself and says what it cannot do.

use crate::error::Result;
use crate::text::TextView;
use regex::Regex;
use std::sync::LazyLock;

/// Sentences of refusal that are more than one phrase. Ours, after what 24 models answered to the 805 prompts of AlpacaEval, where the most
/// common forms are "As an AI language model, I cannot" and "I'm sorry, but as an AI"; English, either apostrophe, any case.
const SENTENCES: &str = r"(?ix)
    \b(?:
        as\ an?\ (?:ai|artificial\ intelligence|large\ language|language\ model)\b [^.!?\n]{0,80}?
            \bi(?:\ am|['’]m)?\ (?:cannot|can\ not|can['’]?t|do\ not|don['’]t|unable|not\ able|won['’]t)\b
      | sorry,?\ (?:but\ )?(?:as\ an?\ (?:ai|language\ model|large\ language)|i(?:\ am|['’]m)\ an?\ (?:ai|artificial|language\ model)|i(?:\ am|['’]m)\ (?:not\ able|unable)\ to|i\ (?:cannot|can['’]t)\ (?:comply|fulfill|assist|help\ you|help\ with|provide))
      | i\ apologize,?\ (?:but\ )?i(?:\ am|['’]m)?\ (?:cannot|can['’]t|unable|not\ able|do\ not\ feel|don['’]t\ feel)
      | i\ (?:do\ not|don['’]t)\ feel\ comfortable\ (?:with|providing|answering|writing|helping|giving|discussing|assisting)
      | i\ (?:must|have\ to)\ (?:respectfully\ )?decline\ (?:to|this|that|your)
      | i\ (?:cannot|can['’]t)\ (?:help\ with|assist\ with|assist\ you|comply\ with|fulfill\ (?:your|this|that))
    )";

static REFUSES: LazyLock<Result<Regex, regex::Error>> = LazyLock::new(|| Regex::new(SENTENCES));

/// Refusals of a text.
pub(super) fn refusals(view: &TextView<'_>) -> u32 {
    let sentences = REFUSES.as_ref().map_or(0, |refuses| refuses.find_iter(view.as_str()).count());
    view.phrases().refusals().max(u32::try_from(sentences).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Analyzer;

    #[test]
    fn an_assistant_refuses_and_people_do_not() {
        let count = |text: &str| refusals(&Analyzer::new().view(text));
        for text in [
            "As an AI language model, I cannot browse the web.",
            "I’m sorry, but as an AI I don’t have access to that.",
            "I apologize, but I do not feel comfortable with this.",
            "Unfortunately I can't help with that request.",
            "I must respectfully decline to answer.",
            "As an artificial intelligence without a body, I am unable to taste it.",
        ] {
            assert!(count(text) > 0, "{text}");
        }
        for text in [
            "",
            "I'm sorry to hear that you had a bad day.",
            "I cannot help the way I feel.",
            "As an airline, we cannot fly there.",
            "They had to decline to answer, and she could not assist with it.",
            "As an AI researcher she said that the models do not refuse. I do not know.",
        ] {
            assert_eq!(count(text), 0, "{text}");
        }
        assert!(REFUSES.is_ok());
    }
}
