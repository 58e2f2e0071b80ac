//! What a token opens, and the hosts that it may be shown to: a token for one
//! of Microsoft's resources reaches that resource alone, whoever asked for it.

use crate::error::{Audience, Code, Failure};
use crate::http::Credential;
use crate::http::credential::Placement;
use crate::http::header::HeaderError;
use crate::http::url::Origin;
use crate::text;

use super::fields::{Words, has, parse, text as text_of};
use super::id_token;

/// Microsoft Graph's application ID, and where it is (Microsoft Graph, "National
/// cloud deployments").
const GRAPH_ID: &str = "00000003-0000-0000-c000-000000000000";
pub(super) const GRAPH: &str =
    "graph.microsoft.com graph.microsoft.us dod-graph.microsoft.us microsoftgraph.chinacloudapi.cn";

/// What Azure's AI services call themselves, and the names that they answer under.
const AI_IDS: &str =
    "7d312290-28c8-473c-a0ed-8e53749b6d6d cognitiveservices.azure.com ai.azure.com";
const AI: &str = ".services.ai.azure.com .cognitiveservices.azure.com .openai.azure.com";

/// What else of Microsoft's is known by its name: addresses, of which those
/// domains are left out under which customers have gateways (`azure-api.net`,
/// `azurewebsites.net`), and applications: the older ones, Azure's management,
/// its storage.
const OWN: &str = ".microsoft.com .microsoft.us .azure.com .azure.us .azure.net .azure.cn \
    .windows.net .office.com .office365.com .office.net .sharepoint.com .chinacloudapi.cn \
    -0000-0000-c000-000000000000 -0000-0ff1-ce00-000000000000 \
    797f4846-ba00-4fd7-ba43-dac1f8f63013 e406a681-f3d4-42a8-90b6-c2b029497af1";

/// Why a token can't be used for a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BindError {
    /// No header can carry it.
    Header(HeaderError),
    /// It opens something of Microsoft's that is elsewhere.
    Elsewhere {
        /// What it says that it is for.
        resource: String,
        /// The server that was to get it.
        target: Origin,
    },
}

impl From<BindError> for Failure {
    fn from(error: BindError) -> Self {
        match error {
            BindError::Header(error) => error.in_setting("the access token"),
            BindError::Elsewhere { resource, target } => {
                let target = target.authority();
                let message =
                    text::join(&["the token is for", &resource, "and not for", &target], " ");
                Self::told(
                    Code::AudienceRefused,
                    &message,
                    "check-token-audience",
                    Audience::Developer,
                    "Give a token for the scope that is asked for.",
                )
            }
        }
    }
}

/// A token that somebody issued, as a bearer for a server.
///
/// # Errors
/// See [`BindError`].
pub fn bind(target: &Origin, token: &str) -> Result<Credential, BindError> {
    let resource = resource_of(token);
    if !may_reach(&resource, target.host()) {
        return Err(BindError::Elsewhere { resource, target: target.clone() });
    }
    Credential::new(target.clone(), Placement::Bearer, token).map_err(BindError::Header)
}

/// What a token says that it is for (`aud`), in lower case; empty where it is
/// nobody's to read. Its signature is not looked at: a token that lies in its
/// audience opens nothing.
fn resource_of(token: &str) -> String {
    let claims = id_token::claims(token).unwrap_or_default();
    let mut resource = text_of(parse(&claims), "aud");
    resource.make_ascii_lowercase();
    resource
}

fn may_reach(resource: &str, host: &str) -> bool {
    let name = match text::split_once(resource, "://") {
        Some(("https", rest)) => text::split_once(rest, "/").map_or(rest, |(name, _)| name),
        // An application of somebody's.
        Some(_) => return true,
        None => resource,
    };
    if name == GRAPH_ID {
        return is_among(host, GRAPH);
    }
    if has(AI_IDS, name) {
        return is_among(host, AI);
    }
    host == name || !is_among(name, OWN)
}

/// Whether a name is one of those that are listed, or ends with one that
/// begins with a dot or a dash.
fn is_among(name: &str, listed: &str) -> bool {
    Words(listed).any(|one| {
        name == one || matches!(one.as_bytes().first(), Some(b'.' | b'-')) && name.ends_with(one)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::BaseUrl;

    /// An unsigned token with claims of base64url, made here.
    fn token(claims: &str) -> String {
        let mut payload = String::new();
        const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        for chunk in claims.as_bytes().chunks(3) {
            let bits = chunk
                .iter()
                .enumerate()
                .fold(0_u32, |bits, (at, byte)| bits | u32::from(*byte) << (16 - 8 * at));
            for at in 0..=chunk.len() {
                payload.push(DIGITS[(bits >> (18 - 6 * at)) as usize & 63] as char);
            }
        }
        format!("e30.{payload}.c2ln")
    }

    fn origin(base: &str) -> Origin {
        BaseUrl::parse(base).unwrap().origin().clone()
    }

    #[test]
    fn a_token_of_microsofts_reaches_its_own_resource() {
        const GRAPH_ID: &str = "00000003-0000-0000-c000-000000000000";
        let cases = [
            (GRAPH_ID, "https://graph.microsoft.com", true),
            (GRAPH_ID, "https://dod-graph.microsoft.us", true),
            (GRAPH_ID, "https://gw.example.com", false),
            (GRAPH_ID, "https://graph.microsoft.com.evil.example", false),
            (GRAPH_ID, "https://evilgraph.microsoft.com.example", false),
            ("https://graph.microsoft.com", "https://graph.microsoft.com", true),
            ("https://graph.microsoft.com/", "https://graph.microsoft.com", true),
            ("HTTPS://Graph.Microsoft.COM", "https://gw.example.com", false),
            ("https://graph.microsoft.com", "https://graph.microsoft.us", false),
            ("https://graph.microsoft.com", "http://127.0.0.1:8080", false),
            ("https://cognitiveservices.azure.com", "https://a.services.ai.azure.com", true),
            ("https://cognitiveservices.azure.com", "https://services.ai.azure.com", false),
            ("https://ai.azure.com", "https://a.services.ai.azure.com", true),
            ("https://ai.azure.com", "https://gw.example.com", false),
            ("7d312290-28c8-473c-a0ed-8e53749b6d6d", "https://a.services.ai.azure.com", true),
            (
                "7d312290-28c8-473c-a0ed-8e53749b6d6d",
                "https://a.services.ai.azure.com.evil.example",
                false,
            ),
            ("https://management.azure.com/", "https://gw.example.com", false),
            ("797f4846-ba00-4fd7-ba43-dac1f8f63013", "https://gw.example.com", false),
            ("https://contoso.sharepoint.com", "https://gw.example.com", false),
            ("https://outlook.office365.com", "https://gw.example.com", false),
            ("00000002-0000-0ff1-ce00-000000000000", "https://gw.example.com", false),
            ("00000002-0000-0000-c000-000000000000", "https://gw.example.com", false),
            ("https://vault.azure.net", "https://gw.example.com", false),
            // Applications of the organisation's own, and what nobody knows.
            ("api://gw", "https://gw.example.com", true),
            ("cccccccc-cccc-4ccc-8ccc-cccccccccccc", "https://gw.example.com", true),
            ("https://gw.example.com/llm", "https://gw.example.com", true),
            ("https://contoso.azure-api.net", "https://gw.example.com", true),
            ("https://microsoft.com.example", "https://gw.example.com", true),
            ("", "https://gw.example.com", true),
        ];
        for (audience, base, reaches) in cases {
            let token = token(&format!(r#"{{"aud":"{audience}"}}"#));
            let bound = bind(&origin(base), &token);
            assert_eq!(bound.is_ok(), reaches, "{audience} {base}");
            let Err(error) = bound else { continue };
            let failure = Failure::from(error);
            assert_eq!(failure.code, Code::AudienceRefused);
            assert!(!failure.message.contains(&token));
        }
    }

    #[test]
    fn a_token_that_nobody_can_read_goes_where_it_was_issued_for() {
        for token in ["opaque", "a.b", "e30.!!.c", "e30.W10.c2ln", &token(r#"{"aud":["a"]}"#)] {
            assert!(bind(&origin("https://gw.example.com"), token).is_ok(), "{token}");
        }
        let unusable = bind(&origin("https://gw.example.com"), "a\nb");
        assert!(matches!(unusable, Err(BindError::Header(_))));
    }
}
