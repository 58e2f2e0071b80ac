//! The shape of JSON texts, counted plainly.

use taskpane_connector::json::Json;

/// Whether an object anywhere has two members of the same name.
pub(crate) fn repeats_names(json: Json<'_>) -> bool {
    let mut names: Vec<_> = json.members().map(|(name, _)| name).collect();
    let count = names.len();
    names.sort();
    names.dedup();
    names.len() < count
        || json.members().any(|(_, value)| repeats_names(value))
        || json.elements().any(repeats_names)
}

/// How deep arrays and objects nest in a valid text.
pub(crate) fn depth(text: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let (mut in_string, mut escaped) = (false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'[' | b'{' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}
