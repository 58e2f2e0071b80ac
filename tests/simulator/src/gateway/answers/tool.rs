//! Tool calls: whether the prompt asks for something that a tool does, and what to give the tool.

use serde_json::{Map, Number, Value};

use super::Prompt;
use crate::gateway::random::Variation;
use crate::gateway::request::{MessagesRequest, Tool, ToolChoice, Turn};

/// A schema nested deeper than this is answered with nothing.
const DEPTH: usize = 8;

/// The tool to call and its input, if one fits.
pub(super) fn call(request: &MessagesRequest, last: &Turn) -> Option<(String, Value)> {
    let prompt = Prompt::of(&last.text);
    let best = || {
        request
            .tools
            .iter()
            .map(|tool| (score(tool, &prompt), tool))
            .rev()
            .max_by_key(|(score, _)| *score)
    };
    let tool = match &request.tool_choice {
        ToolChoice::None => return None,
        ToolChoice::Tool(name) => request.tools.iter().find(|tool| &tool.name == name)?,
        ToolChoice::Any => best()?.1,
        // A result has just come back: the model talks about it.
        ToolChoice::Auto if !last.tool_results.is_empty() || !last.from_user => return None,
        ToolChoice::Auto => {
            let (score, tool) = best()?;
            if score < 2 {
                return None;
            }
            tool
        }
    };
    let material = Material::of(prompt.text());
    Some((tool.name.clone(), value("", &tool.input_schema, &tool.input_schema, &material, DEPTH)))
}

/// What the model says before it calls.
pub(super) fn announcement(name: &str, variation: &mut Variation) -> String {
    let openings = ["Let me look that up with", "I'll check that with", "One moment, I'm asking"];
    format!("{} `{name}`.", variation.pick(&openings).unwrap_or_default())
}

/// What the model says once tools have answered.
pub(super) fn after_results(results: &[(String, bool)], variation: &mut Variation) -> String {
    if let Some((message, _)) = results.iter().find(|(_, failed)| *failed) {
        return format!(
            "The tool reported a problem:\n\n> {}\n\nThat usually means that the range or the name doesn't exist. Shall I try again with another one?",
            one_line(message)
        );
    }
    let shown: Vec<String> =
        results.iter().map(|(text, _)| format!("> {}", one_line(text))).collect();
    let end = variation
        .pick(&[
            "So the answer is in the first line; the rest confirms it.",
            "That agrees with what the sheet shows. Tell me if you want it written into a cell.",
        ])
        .unwrap_or_default();
    format!("Here is what came back:\n\n{}\n\n{end}", shown.join("\n>\n"))
}

fn one_line(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(300).and_then(|(at, _)| line.get(..at)) {
        Some(head) => format!("{head}…"),
        None if line.is_empty() => "(empty)".to_owned(),
        None => line,
    }
}

/// How well a tool fits: two for a word of its name, one for a word of its description.
fn score(tool: &Tool, prompt: &Prompt<'_>) -> usize {
    let asked: Vec<String> = stems(prompt.text()).collect();
    let hits = |text: &str| stems(&spaced(text)).filter(|stem| asked.contains(stem)).count();
    hits(&tool.name).saturating_mul(2).saturating_add(hits(&tool.description))
}

/// `readRange` and `read_range` as words.
fn spaced(name: &str) -> String {
    let mut words = String::new();
    for c in name.chars() {
        if c.is_uppercase() {
            words.push(' ');
        }
        words.push(if c.is_alphanumeric() { c } else { ' ' });
    }
    words
}

/// Beginnings of the words that say something.
fn stems(text: &str) -> impl Iterator<Item = String> {
    const SILENT: &[&str] =
        &["with", "this", "that", "from", "what", "your", "have", "which", "into", "tool"];
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| word.chars().count() > 3)
        .map(str::to_lowercase)
        .filter(|word| !SILENT.contains(&word.as_str()))
        .map(|word| word.chars().take(5).collect())
}

/// What a prompt offers to fill inputs with.
struct Material<'a> {
    prompt: &'a str,
    words: Vec<&'a str>,
    quoted: Option<&'a str>,
    range: Option<&'a str>,
    number: Option<f64>,
}

impl<'a> Material<'a> {
    fn of(prompt: &'a str) -> Self {
        let words: Vec<&str> = prompt
            .split_whitespace()
            .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric() && c != '$'))
            .filter(|word| !word.is_empty())
            .collect();
        Self {
            prompt,
            quoted: prompt.split(['"', '“', '”']).nth(1).filter(|text| !text.is_empty()),
            range: words.iter().copied().find(|word| is_range(word)),
            number: words
                .iter()
                .find_map(|word| word.parse().ok())
                .filter(|number: &f64| number.is_finite()),
            words,
        }
    }

    /// A word with a capital letter that doesn't begin the sentence: mostly a place or a person.
    fn name(&self) -> Option<&'a str> {
        self.words.iter().skip(1).copied().find(|word| {
            word.chars().next().is_some_and(char::is_uppercase)
                && word.chars().skip(1).any(char::is_lowercase)
        })
    }
}

/// `B2`, `A1:C10`, `Sheet1!A1:B2`.
fn is_range(word: &str) -> bool {
    let cells = word.rsplit_once('!').map_or(word, |(_, cells)| cells);
    !cells.is_empty()
        && cells.split(':').all(|cell| {
            let cell = cell.replace('$', "");
            let letters = cell.bytes().take_while(u8::is_ascii_uppercase).count();
            (1..=3).contains(&letters)
                && cell.len() > letters
                && cell.bytes().skip(letters).all(|b| b.is_ascii_digit())
        })
}

fn value(name: &str, schema: &Value, root: &Value, material: &Material<'_>, depth: usize) -> Value {
    let Some(deeper) = depth.checked_sub(1) else { return Value::Null };
    let schema = resolved(schema, root);
    for fixed in ["const", "default"] {
        if let Some(value) = schema.get(fixed) {
            return value.clone();
        }
    }
    if let Some(choices) = schema.get("enum").and_then(Value::as_array) {
        let lower = material.prompt.to_lowercase();
        let named = choices.iter().find(|choice| {
            choice.as_str().is_some_and(|choice| lower.contains(&choice.to_lowercase()))
        });
        return named.or(choices.first()).cloned().unwrap_or(Value::Null);
    }
    for union in ["anyOf", "oneOf", "allOf"] {
        if let Some(first) =
            schema.get(union).and_then(Value::as_array).and_then(|list| list.first())
        {
            return value(name, first, root, material, deeper);
        }
    }
    match kind(schema) {
        Some("object") => object(schema, root, material, deeper),
        Some("array") => {
            let items = schema.get("items").unwrap_or(&Value::Null);
            let least = schema.get("minItems").and_then(Value::as_u64).unwrap_or(1).clamp(1, 10);
            Value::Array((0..least).map(|_| value(name, items, root, material, deeper)).collect())
        }
        Some("integer") => {
            let number = material.number.map_or(1.0, f64::trunc);
            #[expect(clippy::cast_possible_truncation, reason = "the cast saturates")]
            let whole = within(number, schema) as i64;
            Value::from(whole)
        }
        Some("number") => Number::from_f64(within(material.number.unwrap_or(1.0), schema))
            .map_or(Value::from(1), Value::Number),
        Some("boolean") => Value::Bool(true),
        Some("null") => Value::Null,
        Some("string") => Value::String(string(name, schema, material)),
        _ if schema.get("properties").is_some() => object(schema, root, material, deeper),
        _ => Value::String(string(name, schema, material)),
    }
}

fn object(schema: &Value, root: &Value, material: &Material<'_>, depth: usize) -> Value {
    let required: Vec<&str> = schema
        .get("required")
        .and_then(Value::as_array)
        .map(|list| list.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default();
    let properties = schema.get("properties").and_then(Value::as_object);
    let filled: Map<String, Value> = properties
        .into_iter()
        .flatten()
        // Optional properties are left out, unless there are no others to fill.
        .filter(|(name, _)| required.is_empty() || required.contains(&name.as_str()))
        .map(|(name, schema)| (name.clone(), value(name, schema, root, material, depth)))
        .collect();
    Value::Object(filled)
}

fn resolved<'a>(schema: &'a Value, root: &'a Value) -> &'a Value {
    let target = schema
        .get("$ref")
        .and_then(Value::as_str)
        .and_then(|reference| reference.strip_prefix('#'));
    target.and_then(|pointer| root.pointer(pointer)).unwrap_or(schema)
}

fn kind(schema: &Value) -> Option<&str> {
    match schema.get("type")? {
        Value::String(kind) => Some(kind),
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null"),
        _ => None,
    }
}

fn within(number: f64, schema: &Value) -> f64 {
    let bound = |name: &str| schema.get(name).and_then(Value::as_f64);
    let number = bound("minimum").map_or(number, |least| number.max(least));
    bound("maximum").map_or(number, |most| number.min(most))
}

fn string(name: &str, schema: &Value, material: &Material<'_>) -> String {
    let lower = name.to_lowercase();
    let about = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    let text = match schema.get("format").and_then(Value::as_str) {
        Some("date") => "2026-01-31".to_owned(),
        Some("date-time") => "2026-01-31T09:00:00Z".to_owned(),
        Some("email") => "finance@contoso.example".to_owned(),
        Some("uri") => "https://contoso.example/report".to_owned(),
        _ if about(&["range", "address", "cell"]) => material.range.unwrap_or("A1:D20").to_owned(),
        _ if about(&["sheet"]) => material.quoted.unwrap_or("Sheet1").to_owned(),
        _ if about(&["formula"]) => format!("=SUM({})", material.range.unwrap_or("B2:B20")),
        _ if about(&["city", "location", "place", "person", "country"]) => {
            material.quoted.or(material.name()).unwrap_or("Zürich").to_owned()
        }
        _ if about(&["query", "question", "prompt", "text", "search", "message"]) => {
            material.quoted.unwrap_or(material.prompt).to_owned()
        }
        _ => material.quoted.or(material.name()).unwrap_or(material.prompt).to_owned(),
    };
    match schema.get("maxLength").and_then(Value::as_u64) {
        Some(most) => text.chars().take(usize::try_from(most).unwrap_or(usize::MAX)).collect(),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn inputs_follow_the_schema() {
        let material = Material::of("Read the range B2:C9 of sheet \"Plan\" in Zürich, top 5");
        for (schema, expected) in [
            (
                json!({"type": "object", "properties": {"range": {"type": "string"}}, "required": ["range"]}),
                json!({"range": "B2:C9"}),
            ),
            (
                json!({"type": "object", "properties": {"sheet": {"type": "string"}, "limit": {"type": "integer", "maximum": 3}}}),
                json!({"sheet": "Plan", "limit": 3}),
            ),
            (
                json!({"type": "object", "properties": {"mode": {"enum": ["write", "read"]}}}),
                json!({"mode": "read"}),
            ),
            (
                json!({"type": "object", "properties": {"a": {"$ref": "#/$defs/point"}}, "$defs": {"point": {"type": "array", "items": {"type": "number"}, "minItems": 2}}}),
                json!({"a": [5.0, 5.0]}),
            ),
            (json!({"type": "object"}), json!({})),
            (
                json!({"type": "object", "properties": {"x": {"type": ["null", "boolean"]}}}),
                json!({"x": true}),
            ),
        ] {
            assert_eq!(value("", &schema, &schema, &material, DEPTH), expected);
        }
    }

    #[test]
    fn a_schema_that_refers_to_itself_ends() {
        let schema = json!({"type": "object", "properties": {"next": {"$ref": "#"}}});
        let filled = value("", &schema, &schema, &Material::of("x"), DEPTH);
        assert!(filled.to_string().ends_with(&format!("null{}", "}".repeat(DEPTH))));
    }

    #[test]
    fn ranges() {
        for (word, expected) in [
            ("B2", true),
            ("A1:C10", true),
            ("Sheet1!$A$1:B2", true),
            ("Q", false),
            ("2026", false),
            ("ABCD1", false),
            ("", false),
        ] {
            assert_eq!(is_range(word), expected, "{word}");
        }
    }
}
