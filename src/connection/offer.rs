//! Which models the organisation lets anybody use: its `available_models`.

use crate::config::{Configuration, Key, model_list};
use crate::error::{Audience, Code, Failure, Hint};
use crate::text;

/// Lets a model be used, unless the organisation has a list that doesn't offer it.
///
/// # Errors
/// [`Code::PolicyDenied`], which names the layer that has the list.
pub(super) fn permit(configuration: &Configuration, model: &str) -> Result<(), Failure> {
    let Some((list, layer)) = configuration.get(Key::AvailableModels) else { return Ok(()) };
    if model_list::permits(list, model) {
        return Ok(());
    }
    let layer = layer.as_str();
    let message = ["the organisation doesn't offer ", model, " (available_models, ", layer, ")"];
    let hint = Hint::new(
        "choose-offered-model",
        Audience::User,
        "Choose one of the models that the organisation offers, or ask its administrator for this one.",
    );
    let hint = hint.with("model", model).with("layer", layer);
    Err(Failure::new(Code::PolicyDenied, text::join(&message, "")).hint(hint))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Values;

    #[test]
    fn a_list_forbids_what_it_does_not_offer() {
        let cases: [(Option<&str>, &str, bool); 7] = [
            (None, "anything", true),
            (Some("[]"), "anything", true),
            (Some("[5]"), "anything", true),
            (Some("claude-a, claude-opus-4-5"), "Claude-A", true),
            (
                Some(r#"[{"id":"claude-opus-4-5","label":"Opus"}]"#),
                "us.anthropic.claude-opus-4-5-20251101-v1:0",
                true,
            ),
            (Some("claude-a"), "claude-b", false),
            (Some("claude-opus-4-5"), "claude-opus-4-5-fast", false),
        ];
        for (list, model, is_permitted) in cases {
            let mut values = Values::default();
            if let Some(list) = list {
                values.set(Key::AvailableModels, list);
            }
            let configuration = Configuration::merge(values, Values::default(), Vec::new());
            let permitted = permit(&configuration, model);
            assert_eq!(permitted.is_ok(), is_permitted, "{list:?} {model}");
            if let Err(failure) = permitted {
                assert_eq!(failure.code, Code::PolicyDenied);
                assert!(failure.message.ends_with("(available_models, manifest)"), "{failure:?}");
            }
        }
    }
}
