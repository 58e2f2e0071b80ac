//! A model's id as a part of a path.

use std::fmt;

use crate::error::{Audience, Code, Failure};
use crate::http::percent;
use crate::text;

/// What stands in a segment of a path as it is, besides RFC 3986's unreserved
/// characters: its sub-delimiters, `:` and `@`. Browsers leave them alone too,
/// so the path that is signed is the path that is sent.
const KEPT: &[u8] = b"!$&'()*+,=:@;";

/// Appends an id to a path.
///
/// # Errors
/// [`ModelIdError`] for what no server would take for an id.
pub(super) fn push(
    path: &mut String,
    id: &str,
    encodes_semicolon: bool,
) -> Result<(), ModelIdError> {
    // Servers that cut parameters off see the text before the first `;`.
    let name = text::split_once(id, ";").map_or(id, |(name, _)| name);
    if matches!(name, "" | "." | "..") {
        return Err(ModelIdError);
    }
    let kept =
        if encodes_semicolon { KEPT.split_last().map_or(KEPT, |(_, rest)| rest) } else { KEPT };
    percent::encode_into(path, id.as_bytes(), kept);
    Ok(())
}

/// An id that would lead to another route of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ModelIdError;

const TOLD: &str = "params: model is not an id that an address can hold";

impl fmt::Display for ModelIdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(TOLD)
    }
}

impl std::error::Error for ModelIdError {}

impl From<ModelIdError> for Failure {
    fn from(_: ModelIdError) -> Self {
        Self::told(
            Code::InvalidArgument,
            TOLD,
            "choose-model",
            Audience::Developer,
            "Pass the id of one of connector.models.",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_go_through_unchanged_in_meaning() {
        let cases = [
            ("anthropic.claude-opus-4-6-v1", "anthropic.claude-opus-4-6-v1"),
            ("us.anthropic.claude-x-20250929-v1:0", "us.anthropic.claude-x-20250929-v1:0"),
            ("claude-sonnet-4-5@20250929", "claude-sonnet-4-5@20250929"),
            (
                "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1b2",
                "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile%2Fa1b2",
            ),
            ("bedrock/eu.anthropic.claude", "bedrock%2Feu.anthropic.claude"),
            ("claude-é-ሴ-😀", "claude-%C3%A9-%E1%88%B4-%F0%9F%98%80"),
            ("a b?c#d%e", "a%20b%3Fc%23d%25e"),
            ("a%2Fb", "a%252Fb"),
            ("..%2f..", "..%252f.."),
            ("~!$&'()*+,=", "~!$&'()*+,="),
            ("a;b", "a;b"),
        ];
        for (id, encoded) in cases {
            let mut path = String::new();
            push(&mut path, id, false).unwrap();
            assert_eq!(path, encoded);
            assert_eq!(percent::decode(&path), id.as_bytes());
            // The URL standard's parser, which browsers follow, changes none of it.
            let url =
                url::Url::parse(&format!("https://host.example/model/{path}/invoke")).unwrap();
            assert_eq!(url.path(), format!("/model/{encoded}/invoke"));
        }
        let mut path = String::new();
        push(&mut path, "a;b", true).unwrap();
        assert_eq!(path, "a%3Bb");
    }

    #[test]
    fn no_id_leads_to_another_route() {
        for id in ["", ".", "..", ";", ";x", "..;x", ".;"] {
            assert_eq!(push(&mut String::new(), id, false), Err(ModelIdError), "{id}");
            assert_eq!(push(&mut String::new(), id, true), Err(ModelIdError), "{id}");
        }
    }
}
