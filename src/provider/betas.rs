//! Names of beta features: those that the caller gives beside the request, and
//! those of its `anthropic_beta` or, as the official SDKs have it, its `betas`,
//! in one list for whichever place the format has for them.
//!
//! A cloud refuses the whole request for a beta that it doesn't know ("invalid
//! beta flag"), so the ones that it is known to refuse are left out. Others go
//! through, new ones too. A gateway gets them all: it knows what it forwards to.

use crate::config::provider::Kind;
use crate::error::{Code, Failure};
use crate::http::HeaderName;
use crate::json::{Json, Kind as JsonKind};
use crate::text;

const BEDROCK: u8 = 1;
const VERTEX: u8 = 2;
const FOUNDRY: u8 = 4;

/// How the names begin that a provider refuses; a date follows. After the table
/// of LiteLLM 1.106 (`anthropic_beta_headers_config.json`), without what AWS's
/// own documentation says otherwise of. Foundry has Anthropic's own betas but
/// for those that depend on accounts there.
const REFUSED: [(&str, u8); 14] = [
    ("advisor-tool-", BEDROCK | VERTEX | FOUNDRY),
    ("code-execution-", BEDROCK | VERTEX),
    ("effort-", VERTEX),
    ("fast-mode-", BEDROCK | VERTEX | FOUNDRY),
    ("files-api-", BEDROCK | VERTEX),
    ("mcp-client-", BEDROCK | VERTEX),
    ("mcp-servers-", BEDROCK | VERTEX | FOUNDRY),
    ("oauth-", BEDROCK | VERTEX | FOUNDRY),
    ("per-turn-control-", BEDROCK),
    ("prompt-caching-scope-", BEDROCK | VERTEX),
    ("skills-", BEDROCK | VERTEX),
    ("structured-outputs-", BEDROCK | VERTEX),
    ("web-fetch-", BEDROCK | VERTEX),
    ("web-search-", BEDROCK),
];

/// The betas of a request.
pub(super) struct Betas {
    /// In the order in which they were given, between commas without blanks: the
    /// form that every gateway splits.
    pub(super) names: String,
    /// Some stood among the caller's parameters, and have to move.
    pub(super) in_params: bool,
    /// Some stood in `betas`, which is the SDKs' word and no server's.
    pub(super) in_sdk_params: bool,
}

impl Betas {
    /// # Errors
    /// A name that no header can carry.
    pub(super) fn new(kind: Kind, params: Json<'_>, given: &[String]) -> Result<Self, Failure> {
        let mut betas = Self { names: String::new(), in_params: false, in_sdk_params: false };
        for name in given {
            betas.add(kind, name)?;
        }
        betas.in_params = betas.take(kind, params, "anthropic_beta")?;
        betas.in_sdk_params = betas.take(kind, params, "betas")?;
        Ok(betas)
    }

    /// Adds those of a member. Another kind of value is the server's to judge.
    fn take(&mut self, kind: Kind, params: Json<'_>, member: &str) -> Result<bool, Failure> {
        let Some(own) = params.get(member).filter(|own| own.kind() == JsonKind::Array) else {
            return Ok(false);
        };
        for name in own.elements() {
            self.add(kind, &name.as_str().unwrap_or_default())?;
        }
        Ok(true)
    }

    fn add(&mut self, kind: Kind, name: &str) -> Result<(), Failure> {
        if HeaderName::parse(name).is_err() {
            let message = "betas: one of them is not a name";
            return Err(Failure::new(Code::InvalidArgument, message));
        }
        if !refuses(kind, name) {
            if !self.names.is_empty() {
                self.names.push(',');
            }
            self.names.push_str(name);
        }
        Ok(())
    }

    /// The names as a list in JSON.
    pub(super) fn list(&self) -> String {
        text::join(&["[\"", &text::replace(&self.names, ",", "\",\""), "\"]"], "")
    }
}

fn refuses(kind: Kind, name: &str) -> bool {
    let provider = match kind {
        Kind::Gateway => return false,
        Kind::Vertex => VERTEX,
        Kind::Bedrock => BEDROCK,
        Kind::Foundry => FOUNDRY,
    };
    REFUSED.iter().any(|(start, by)| by & provider != 0 && name.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(kind: Kind, params: &str, given: &[&str]) -> Vec<String> {
        let given: Vec<_> = given.iter().map(|name| (*name).to_owned()).collect();
        let betas = Betas::new(kind, Json::parse_object(params).unwrap(), &given).unwrap();
        assert_eq!(
            betas.list(),
            serde_json::json!(betas.names.split(',').collect::<Vec<_>>()).to_string()
        );
        betas.names.split(',').map(str::to_owned).collect()
    }

    #[test]
    fn all_places_make_one_list() {
        let params = r#"{"anthropic_beta":["b-2","c-3"]}"#;
        assert_eq!(names(Kind::Gateway, params, &["a-1", "b-2"]), ["a-1", "b-2", "b-2", "c-3"]);
        assert_eq!(names(Kind::Gateway, r#"{"anthropic_beta":"x"}"#, &["a-1"]), ["a-1"]);
        assert_eq!(names(Kind::Gateway, r#"{"betas":["b-2"]}"#, &["a-1"]), ["a-1", "b-2"]);
    }

    #[test]
    fn what_a_provider_refuses_is_left_out() {
        let all =
            ["context-1m-2025-08-07", "files-api-2025-04-14", "web-search-2025-03-05", "new-2027"];
        assert_eq!(names(Kind::Gateway, "{}", &all), all);
        assert_eq!(names(Kind::Foundry, "{}", &all), all);
        assert_eq!(names(Kind::Vertex, "{}", &all), [all[0], all[2], all[3]]);
        assert_eq!(names(Kind::Bedrock, "{}", &all), [all[0], all[3]]);
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for (params, given) in [
            ("{}", "a\nb"),
            ("{}", ""),
            (r#"{"anthropic_beta":[5]}"#, "a"),
            (r#"{"betas":[""]}"#, "a"),
        ] {
            let params = Json::parse_object(params).unwrap();
            assert!(Betas::new(Kind::Gateway, params, &[given.to_owned()]).is_err());
        }
    }
}
