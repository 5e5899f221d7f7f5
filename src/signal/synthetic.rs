//! What goes wrong when a model writes: an assistant's opening and closing, a prompt that came out again, tags of reasoning, an answer
//! that repeats its question. Phrases are English.

use super::{ratio, signals};

signals! {
    /// 1 if the text begins as an assistant's answer does ("Sure, here is", "Certainly!" …), 0 if not (a list of our own, English).
    AssistantOpening "assistant_opening" |doc| Some(f64::from(doc.view().phrases().opening()));

    /// Phrases with which an assistant ends ("let me know if", "is there anything else" …) in the last 300 bytes (a list of our
    /// own, English).
    AssistantClosingCount "assistant_closing_count" |doc| Some(f64::from(doc.view().phrases().closings()));

    /// Prompts, rubrics and turn marks that came out again ("### Instruction", "you are a helpful assistant", "the rubric" …), in any
    /// case (a list of our own, English).
    PromptLeakCount "prompt_leak_count" |doc| Some(f64::from(doc.view().phrases().leaks()));

    /// Tags of a model's reasoning that was to be cut out (`<think>`, `<scratchpad>` …), opening and closing (a list of our own).
    ThinkingTagCount "thinking_tag_count" |doc| Some(f64::from(doc.view().phrases().thinking()));

    /// The text's 5-grams of words that its prompt has too, over all its 5-grams; undefined without a prompt and for fewer than five
    /// words (ours).
    PromptCopyRatio "prompt_copy_ratio" |doc| {
        let overlap = doc.view().overlap(doc.facts().prompt?);
        ratio(overlap.shared, overlap.total)
    };
}

#[cfg(test)]
mod tests {
    use crate::document::{Document, Facts};
    use crate::signal::{signal, tests::measured};
    use crate::text::Analyzer;

    #[test]
    fn answers_by_hand() {
        let cases = [
            ("Sure, here is the list: one.", "assistant_opening", 1.0),
            ("The list is sure, here.", "assistant_opening", 0.0),
            ("One. Let me know if you need more. Is there anything else?", "assistant_closing_count", 2.0),
            ("<think>Hm.</think> One.", "thinking_tag_count", 2.0),
            ("### Instruction:\nCount.\n### Response:\nOne.", "prompt_leak_count", 2.0),
            ("", "prompt_leak_count", 0.0),
        ];
        for (text, name, want) in cases {
            assert_eq!(measured(name, text), Some(want), "{name} of {text:?}");
        }
    }

    #[test]
    fn a_copied_prompt_is_seen() {
        let copied = |text: &str, prompt: Option<&str>| {
            let mut analyzer = Analyzer::new();
            let view = analyzer.view(text);
            let doc = Document::new(&view).with_facts(Facts { prompt, ..Facts::NONE });
            signal("prompt_copy_ratio").unwrap().measure(&doc)
        };
        let prompt = Some("How far does a train run in eight hours?");
        assert_eq!(copied("How far does a train run in eight hours? It runs far.", prompt), Some(5.0 / 8.0));
        assert_eq!(copied("It runs 864 km in that time.", prompt), Some(0.0));
        assert_eq!(copied("It runs 864 km.", prompt), None);
        assert_eq!(copied("How far does a train run in eight hours?", None), None);
    }
}
