//! What the model says: answers chosen by the last message and the request's parameters.
//!
//! The same conversation gets the same answer, another wording another one. The
//! README lists what to type for which.

mod languages;
pub(crate) mod markup;
mod report;
mod tool;
mod topics;

use super::message::{Answer, Block, StopReason};
use super::random::Variation;
use super::request::{MessagesRequest, ToolChoice, Turn};

/// The answer, without limits. `origin` is the gateway's own, for answers that link to it.
pub(crate) fn compose(request: &MessagesRequest, origin: &str) -> Answer {
    let last = request.turns.last().cloned().unwrap_or_default();
    let mut variation = Variation::of(&format!("{} {}", request.turns.len(), last.text));
    let call = tool::call(request, &last);
    let mut blocks = Vec::new();
    if request.thinking {
        blocks.push(thinking(&last, call.as_ref().map(|(name, _)| name.as_str()), &mut variation));
    }
    if let Some((name, input)) = call {
        // Told to use a tool, the model says nothing before it does.
        if request.tool_choice == ToolChoice::Auto {
            blocks.push(Block::Text(tool::announcement(&name, &mut variation)));
        }
        let id = super::random::identifier("toolu");
        blocks.push(Block::ToolUse { id, name, input });
        return Answer { blocks, stop: StopReason::ToolUse };
    }
    blocks.push(Block::Text(text(request, &last, origin, &mut variation)));
    Answer { blocks, stop: StopReason::EndTurn }
}

fn text(request: &MessagesRequest, last: &Turn, origin: &str, variation: &mut Variation) -> String {
    if !last.from_user {
        return topics::continuation(&last.text);
    }
    if !last.tool_results.is_empty() {
        return tool::after_results(&last.tool_results, variation);
    }
    let earlier: Vec<&str> = request
        .turns
        .split_last()
        .map(|(_, earlier)| earlier)
        .unwrap_or_default()
        .iter()
        .filter(|turn| turn.from_user && !turn.text.is_empty())
        .map(|turn| turn.text.as_str())
        .collect();
    let prompt = Prompt::of(&last.text);

    if let Some(words) = prompt.after_any(&["repeat after me:", "say exactly:"]) {
        return words.to_owned();
    }
    if prompt.has_any(&[
        "what did i ask",
        "what did i say",
        "my first question",
        "my last question",
    ]) {
        return topics::recollection(&earlier);
    }
    let lead = topics::lead(&earlier, &prompt, variation);
    if let Some(language) = languages::of(&prompt) {
        return languages::answer(language, &prompt, variation);
    }
    if prompt.has_any(&["html", "inject", "xss", "<script", "hostile"]) {
        return markup::hostile(origin);
    }
    if let Some(body) = topics::answer(&prompt, &last.attachments, variation) {
        return format!("{lead}{body}");
    }
    if prompt.has_any(&[
        "long report",
        "long answer",
        "long text",
        "write a report",
        "essay",
        "in detail",
    ]) {
        return format!("{lead}{}", report::write(variation));
    }
    format!("{lead}{}", topics::anything(&prompt, variation))
}

fn thinking(last: &Turn, tool: Option<&str>, variation: &mut Variation) -> Block {
    let subject = Prompt::of(&last.text).quoted();
    let next = match tool {
        Some(tool) => format!("I can't know that from the conversation alone; `{tool}` can tell me. I'll call it with the narrowest input that answers the question."),
        None if !last.tool_results.is_empty() => "The tool has answered. I should check that the result is plausible, and then say what it means rather than repeat it.".to_owned(),
        None => variation.pick(&[
            "A short answer with one concrete example is worth more here than a list of everything.\n\nI should name the assumption that I make about the sheet's layout, since a wrong range is the likeliest mistake.",
            "Two readings are possible. The more common one is about the numbers themselves, the other about how they are shown.\n\nI'll answer the first and mention the second in a sentence, so that nobody has to ask twice.",
            "Before I answer: what would go wrong if this were followed literally? Empty cells and text that looks like numbers.\n\nSo the answer needs a check for both.",
        ])
        .unwrap_or_default()
        .to_owned(),
    };
    Block::Thinking {
        thinking: format!("The user writes {subject}. {next}"),
        signature: format!("{}==", variation.letters(180)),
    }
}

/// The user's words, ready to be looked through.
#[derive(Clone, Debug)]
pub(super) struct Prompt<'a> {
    text: &'a str,
    lower: String,
}

impl<'a> Prompt<'a> {
    fn of(text: &'a str) -> Self {
        Self { text: text.trim(), lower: text.to_lowercase() }
    }

    pub(super) fn text(&self) -> &'a str {
        self.text
    }

    pub(super) fn has_any(&self, needles: &[&str]) -> bool {
        needles.iter().any(|needle| self.lower.contains(needle))
    }

    /// Whether one of the words stands by itself.
    pub(super) fn has_word(&self, words: &[&str]) -> bool {
        self.lower.split(|c: char| !c.is_alphanumeric()).any(|word| words.contains(&word))
    }

    /// What follows one of the phrases.
    fn after_any(&self, phrases: &[&str]) -> Option<&'a str> {
        phrases.iter().find_map(|phrase| {
            let head = self.text.get(..phrase.len())?;
            head.eq_ignore_ascii_case(phrase)
                .then(|| self.text.get(phrase.len()..))?
                .map(str::trim_start)
        })
    }

    /// The words in quotation marks, cut when they are many.
    pub(super) fn quoted(&self) -> String {
        quote(self.text)
    }
}

pub(super) fn quote(text: &str) -> String {
    const MOST: usize = 80;
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= MOST {
        return format!("“{line}”");
    }
    let head: String = line.chars().take(MOST).collect();
    format!("“{}…”", head.trim_end())
}
