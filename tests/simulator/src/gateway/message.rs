//! A model's answer, as a Messages API body and as its stream of events.

use std::sync::Arc;

use serde_json::{Value, json};

use super::random::{Variation, identifier};
use super::tokens;

/// A piece of an answer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Block {
    Thinking {
        thinking: String,
        signature: String,
    },
    Text(String),
    ToolUse {
        id: String,
        name: String,
        input: Value,
    },
    /// A block that no client knows; streamed with a delta of its own.
    Unknown(Value),
}

/// Why an answer ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum StopReason {
    EndTurn,
    ToolUse,
    MaxTokens,
    StopSequence(String),
}

impl StopReason {
    const fn as_str(&self) -> &'static str {
        match self {
            Self::EndTurn => "end_turn",
            Self::ToolUse => "tool_use",
            Self::MaxTokens => "max_tokens",
            Self::StopSequence(_) => "stop_sequence",
        }
    }

    fn sequence(&self) -> Value {
        match self {
            Self::StopSequence(sequence) => Value::String(sequence.clone()),
            _ => Value::Null,
        }
    }
}

/// What the model says, before limits.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) blocks: Vec<Block>,
    pub(crate) stop: StopReason,
}

/// A finished answer to one request.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    id: String,
    model: String,
    input_tokens: usize,
    output_tokens: usize,
    answer: Answer,
    /// Whether each object carries a field that no client knows.
    unknown_fields: bool,
}

/// One event of a stream and how many tokens it delivers.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Event {
    pub(crate) name: String,
    /// Shared where many events carry the same.
    pub(crate) data: Arc<Value>,
    pub(crate) tokens: usize,
}

impl Event {
    pub(crate) fn new(name: &str, data: Value) -> Self {
        Self { name: name.to_owned(), data: Arc::new(data), tokens: 0 }
    }
}

impl Answer {
    /// Ends the answer where a stop sequence or the token limit says.
    pub(crate) fn limited(mut self, stop_sequences: &[String], max_tokens: usize) -> Self {
        if let Some((at, sequence)) = self.first_stop(stop_sequences) {
            self.blocks.truncate(at.block.saturating_add(1));
            if let Some(Block::Text(text)) = self.blocks.get_mut(at.block) {
                text.truncate(at.byte);
            }
            self.stop = StopReason::StopSequence(sequence);
        }
        let mut left = max_tokens;
        let mut kept = Vec::new();
        for block in std::mem::take(&mut self.blocks) {
            let tokens = block.tokens();
            if tokens <= left {
                left = left.saturating_sub(tokens);
                kept.push(block);
                continue;
            }
            kept.extend(block.cut(left));
            self.stop = StopReason::MaxTokens;
            break;
        }
        self.blocks = kept;
        self
    }

    fn first_stop(&self, sequences: &[String]) -> Option<(Position, String)> {
        self.blocks.iter().enumerate().find_map(|(block, content)| {
            let Block::Text(text) = content else { return None };
            sequences
                .iter()
                .filter_map(|sequence| text.find(sequence.as_str()).map(|byte| (byte, sequence)))
                .min_by_key(|(byte, _)| *byte)
                .map(|(byte, sequence)| (Position { block, byte }, sequence.clone()))
        })
    }
}

struct Position {
    block: usize,
    byte: usize,
}

impl Block {
    fn tokens(&self) -> usize {
        match self {
            Self::Thinking { thinking, .. } => tokens::count(thinking),
            Self::Text(text) => tokens::count(text),
            Self::ToolUse { name, input, .. } => {
                tokens::count(name).saturating_add(tokens::count(&input.to_string()))
            }
            Self::Unknown(_) => 0,
        }
    }

    /// What fits into so many tokens; a tool call doesn't survive being cut.
    fn cut(self, most: usize) -> Option<Self> {
        let head = |text: &str| tokens::pieces(text).take(most).collect::<String>();
        match self {
            Self::Thinking { thinking, .. } => {
                Some(Self::Thinking { thinking: head(&thinking), signature: String::new() })
            }
            Self::Text(text) if most > 0 => Some(Self::Text(head(&text))),
            _ => None,
        }
    }

    fn to_json(&self) -> Value {
        match self {
            Self::Thinking { thinking, signature } => {
                json!({ "type": "thinking", "thinking": thinking, "signature": signature })
            }
            Self::Text(text) => json!({ "type": "text", "text": text }),
            Self::ToolUse { id, name, input } => {
                json!({ "type": "tool_use", "id": id, "name": name, "input": input })
            }
            Self::Unknown(value) => value.clone(),
        }
    }

    /// The block as `content_block_start` shows it: still empty.
    fn start(&self) -> Value {
        match self {
            Self::Thinking { .. } => json!({ "type": "thinking", "thinking": "", "signature": "" }),
            Self::Text(_) => json!({ "type": "text", "text": "" }),
            Self::ToolUse { id, name, .. } => {
                json!({ "type": "tool_use", "id": id, "name": name, "input": {} })
            }
            Self::Unknown(value) => value.clone(),
        }
    }

    /// The deltas that fill the block, with the tokens that each brings.
    fn deltas(&self, variation: &mut Variation) -> Vec<(Value, usize)> {
        match self {
            Self::Thinking { thinking, signature } => {
                let mut deltas = grouped(
                    thinking,
                    variation,
                    |text| json!({ "type": "thinking_delta", "thinking": text }),
                );
                if !signature.is_empty() {
                    deltas.push((json!({ "type": "signature_delta", "signature": signature }), 0));
                }
                deltas
            }
            Self::Text(text) => {
                grouped(text, variation, |text| json!({ "type": "text_delta", "text": text }))
            }
            Self::ToolUse { name, input, .. } => {
                let delta =
                    |text: &str| json!({ "type": "input_json_delta", "partial_json": text });
                let mut deltas = vec![(delta(""), tokens::count(name))];
                let text = input.to_string();
                // A tool without arguments gets no further delta.
                if text != "{}" {
                    deltas.extend(grouped(&text, variation, delta));
                } else if let Some(first) = deltas.first_mut() {
                    first.1 = first.1.saturating_add(tokens::count(&text));
                }
                deltas
            }
            Self::Unknown(_) => vec![(
                json!({ "type": "annotation_delta", "annotation": { "weight": 1.50, "labels": ["π", "\u{1f600}"] } }),
                0,
            )],
        }
    }
}

/// Deltas of one to four tokens each.
fn grouped(
    text: &str,
    variation: &mut Variation,
    delta: impl Fn(&str) -> Value,
) -> Vec<(Value, usize)> {
    let mut deltas = Vec::new();
    let mut pieces = tokens::pieces(text);
    loop {
        let wanted = variation.below(4).saturating_add(1);
        let group: Vec<&str> = pieces.by_ref().take(wanted).collect();
        if group.is_empty() {
            return deltas;
        }
        deltas.push((delta(&group.concat()), group.len()));
    }
}

impl Message {
    pub(crate) fn new(
        model: &str,
        input_tokens: usize,
        answer: Answer,
        unknown_fields: bool,
    ) -> Self {
        let output_tokens = answer.blocks.iter().map(Block::tokens).sum();
        Self {
            id: identifier("msg"),
            model: model.to_owned(),
            input_tokens,
            output_tokens,
            answer,
            unknown_fields,
        }
    }

    /// How many tokens it has.
    pub(crate) fn output_tokens(&self) -> usize {
        self.output_tokens
    }

    /// The body of an answer that isn't streamed.
    pub(crate) fn to_json(&self) -> Value {
        let content: Vec<Value> = self.answer.blocks.iter().map(Block::to_json).collect();
        let stop = &self.answer.stop;
        self.marked(json!({
            "id": self.id,
            "type": "message",
            "role": "assistant",
            "model": self.model,
            "content": content,
            "stop_reason": stop.as_str(),
            "stop_sequence": stop.sequence(),
            "usage": usage(self.input_tokens, self.output_tokens),
        }))
    }

    /// The same answer as events.
    pub(crate) fn events(&self) -> Vec<Event> {
        let mut variation = Variation::of(&self.id);
        let mut events = vec![self.start()];
        for (index, block) in self.answer.blocks.iter().enumerate() {
            let start = json!({ "type": "content_block_start", "index": index, "content_block": block.start() });
            events.push(Event::new("content_block_start", self.marked(start)));
            if index == 0 {
                events.push(ping());
            }
            for (delta, tokens) in block.deltas(&mut variation) {
                // Long answers keep the connection alive between deltas.
                if events.len().is_multiple_of(200) {
                    events.push(ping());
                }
                let data = json!({ "type": "content_block_delta", "index": index, "delta": delta });
                events.push(Event {
                    name: "content_block_delta".to_owned(),
                    data: Arc::new(self.marked(data)),
                    tokens,
                });
            }
            events.push(Event::new(
                "content_block_stop",
                json!({ "type": "content_block_stop", "index": index }),
            ));
        }
        events.extend(self.end(self.output_tokens));
        events
    }

    /// The first event.
    pub(crate) fn start(&self) -> Event {
        let data = self.marked(json!({
            "type": "message_start",
            "message": {
                "id": self.id,
                "type": "message",
                "role": "assistant",
                "model": self.model,
                "content": [],
                "stop_reason": null,
                "stop_sequence": null,
                "usage": usage(self.input_tokens, 1),
            },
        }));
        Event::new("message_start", data)
    }

    /// The last two events.
    pub(crate) fn end(&self, output_tokens: usize) -> [Event; 2] {
        let stop = &self.answer.stop;
        let delta = json!({
            "type": "message_delta",
            "delta": { "stop_reason": stop.as_str(), "stop_sequence": stop.sequence() },
            "usage": usage(self.input_tokens, output_tokens),
        });
        [
            Event::new("message_delta", self.marked(delta)),
            Event::new("message_stop", json!({ "type": "message_stop" })),
        ]
    }

    fn marked(&self, mut value: Value) -> Value {
        if self.unknown_fields
            && let Some(object) = value.as_object_mut()
        {
            object.insert(
                "x_gateway_trace".to_owned(),
                json!({ "z": 1, "a": [null, true, 0.10], "nested": { "é": "\u{2028}" } }),
            );
        }
        value
    }
}

fn ping() -> Event {
    Event::new("ping", json!({ "type": "ping" }))
}

fn usage(input: usize, output: usize) -> Value {
    json!({
        "input_tokens": input,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
        "output_tokens": output,
        "service_tier": "standard",
    })
}

/// A stream of at least so many bytes as it is usually framed, without ever having them all.
pub(crate) fn big_events(message: Message, bytes: usize) -> impl Iterator<Item = Event> + Send {
    const SENTENCE: &str =
        "Row by row the figures add up; größer wird nur die Summe 📈, and the totals agree. ";
    const FRAME: &str = "event: content_block_delta\ndata: \n\n";

    let data = Arc::new(json!({
        "type": "content_block_delta",
        "index": 0,
        "delta": { "type": "text_delta", "text": SENTENCE },
    }));
    let deltas = bytes.div_ceil(data.to_string().len().saturating_add(FRAME.len())).max(1);
    let per_delta = tokens::count(SENTENCE);
    let start = json!({ "type": "content_block_start", "index": 0, "content_block": { "type": "text", "text": "" } });
    let head = [message.start(), Event::new("content_block_start", start)];
    let middle = (0..deltas).map(move |_| Event {
        name: "content_block_delta".to_owned(),
        data: Arc::clone(&data),
        tokens: per_delta,
    });
    let stop =
        Event::new("content_block_stop", json!({ "type": "content_block_stop", "index": 0 }));
    let end = message.end(deltas.saturating_mul(per_delta));
    head.into_iter().chain(middle).chain([stop]).chain(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Answer {
        Answer { blocks: vec![Block::Text(text.to_owned())], stop: StopReason::EndTurn }
    }

    #[test]
    fn token_limit_cuts_and_says_so() {
        let answer = text("one two three four five").limited(&[], 2);
        assert_eq!(answer.blocks, [Block::Text("one two".to_owned())]);
        assert_eq!(answer.stop, StopReason::MaxTokens);
    }

    #[test]
    fn exact_token_limit_is_no_cut() {
        assert_eq!(text("one two").limited(&[], 2).stop, StopReason::EndTurn);
    }

    #[test]
    fn earliest_stop_sequence_wins() {
        let answer =
            text("alpha beta gamma").limited(&["gamma".to_owned(), "beta".to_owned()], 100);
        assert_eq!(answer.blocks, [Block::Text("alpha ".to_owned())]);
        assert_eq!(answer.stop, StopReason::StopSequence("beta".to_owned()));
    }

    #[test]
    fn a_cut_tool_call_is_dropped() {
        let call = Block::ToolUse {
            id: "t".to_owned(),
            name: "read_range".to_owned(),
            input: json!({"range": "A1:B2"}),
        };
        let answer =
            Answer { blocks: vec![Block::Text("ok".to_owned()), call], stop: StopReason::ToolUse };
        let answer = answer.limited(&[], 3);
        assert_eq!((answer.blocks.len(), answer.stop), (1, StopReason::MaxTokens));
    }
}
