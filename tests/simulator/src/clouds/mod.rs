//! Amazon Web Services, Google Cloud and Azure AI Foundry, as far as a taskpane
//! needs them: one listener, on which a path begins with the host that is meant.
//!
//! Each holds clients to its own rules: AWS to the ID token's and the request's
//! signature, which AWS's own crate computes again, Google and Azure to tokens
//! that the simulated identity providers issued. Answers are composed as the
//! gateway composes them, so that one question has one answer everywhere.

pub(crate) mod clock;
pub(crate) mod doors;
pub(crate) mod frames;
pub(crate) mod models;
mod sessions;
mod signature;
pub(crate) mod sts;

use std::sync::Arc;

use serde_json::{Value, json};

use crate::identity::{Identity, applications};
use crate::organisation::Origins;
use sessions::Sessions;

/// What a page needs to know to be let in, by the configuration's own keys.
pub mod registrations {
    /// The role that ID tokens of the pane's application let users act as.
    pub const AWS_ROLE_ARN: &str = "arn:aws:iam::123456789012:role/Claude";
    /// One that may use the profiles of the United States alone, as the
    /// product's set-up makes it.
    pub const AWS_ROLE_ARN_US: &str = "arn:aws:iam::123456789012:role/ClaudeUs";
    /// A region.
    pub const AWS_REGION: &str = "us-east-1";
    /// The project that has models.
    pub const GCP_PROJECT_ID: &str = "contoso-ai";
    /// A region.
    pub const GCP_REGION: &str = "us-east5";
    /// The resource.
    pub const AZURE_RESOURCE_NAME: &str = "contoso";
    /// Its key. Obviously no real one.
    pub const FOUNDRY_KEY: &str = "sim-foundry-9c27e0d4a1b8-not-a-real-key-31f5";
    /// What Entra's tokens for the gateway are asked for with.
    pub const GATEWAY_SCOPE: &str = "api://gateway.contoso.example/.default";
}

/// Who is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    Gateway,
    /// The token service and Bedrock's runtime; which of them tells the route.
    Aws {
        /// `None` for the global token service, and where no region is told.
        region: Option<String>,
    },
    Vertex {
        /// `None` where the host doesn't tell.
        location: Option<String>,
    },
    Foundry,
    Nobody,
}

/// AWS's partitions that are known here, by the ends of their hosts.
const AWS_SUFFIXES: [&str; 3] = [".amazonaws.com", ".amazonaws.com.cn", ".amazonaws.eu"];

impl Service {
    /// The service that has a host. A host that is only the end of others
    /// stands for all of them.
    pub(crate) fn of_host(host: &str) -> Self {
        if host == "amazonaws.com" || host == "sts.amazonaws.com" {
            return Self::Aws { region: None };
        }
        if let Some(name) = AWS_SUFFIXES.iter().find_map(|suffix| host.strip_suffix(suffix)) {
            let region = name.strip_prefix("sts.").or(name.strip_prefix("bedrock-runtime."));
            return match region {
                Some(region) if !region.contains('.') => {
                    Self::Aws { region: Some(region.to_owned()) }
                }
                _ => Self::Nobody,
            };
        }
        if host == "googleapis.com" {
            return Self::Vertex { location: None };
        }
        if let Some(name) = host.strip_suffix(".googleapis.com") {
            let location = match name {
                "aiplatform" => Some("global"),
                _ => name.strip_suffix("-aiplatform").or_else(|| {
                    name.strip_prefix("aiplatform.").and_then(|rest| rest.strip_suffix(".rep"))
                }),
            };
            return match location {
                Some(location) => Self::Vertex { location: Some(location.to_owned()) },
                None => Self::Nobody,
            };
        }
        if host == "services.ai.azure.com"
            || host.strip_suffix(".services.ai.azure.com")
                == Some(registrations::AZURE_RESOURCE_NAME)
        {
            return Self::Foundry;
        }
        Self::Nobody
    }
}

/// What the clouds know of whom they let in.
#[derive(Debug)]
pub(crate) struct Clouds {
    pub(crate) identity: Arc<Identity>,
    pub(crate) sessions: Sessions,
}

impl Clouds {
    pub(crate) fn new(identity: Arc<Identity>) -> Self {
        Self { identity, sessions: Sessions::default() }
    }
}

/// Hosts that are named by themselves; of the others the end says where they are.
const HOSTS: [&str; 13] = [
    "sts.amazonaws.com",
    "sts.us-east-1.amazonaws.com",
    "sts.eu-central-1.amazonaws.com",
    "sts.us-gov-west-1.amazonaws.com",
    "bedrock-runtime.us-east-1.amazonaws.com",
    "bedrock-runtime.us-west-2.amazonaws.com",
    "bedrock-runtime.eu-central-1.amazonaws.com",
    "bedrock-runtime.us-gov-west-1.amazonaws.com",
    "aiplatform.googleapis.com",
    "us-east5-aiplatform.googleapis.com",
    "aiplatform.us.rep.googleapis.com",
    "aiplatform.eu.rep.googleapis.com",
    "contoso.services.ai.azure.com",
];

/// The ends of hosts' names.
const SUFFIXES: [&str; 3] = ["amazonaws.com", "googleapis.com", "services.ai.azure.com"];

/// Where each host is, as `Connector.open` takes it: the clouds' with these
/// faults, the identity providers' answering this way.
pub(crate) fn endpoints(origins: &Origins, faults: &str, how: &str) -> Vec<(String, String)> {
    let with = |origin: &str, items: &str| {
        if items.is_empty() { origin.to_owned() } else { format!("{origin}/with/{items}") }
    };
    let clouds = with(&origins.clouds, faults);
    let identity = with(&origins.identity, how);
    let named = HOSTS.iter().map(|host| ((*host).to_owned(), format!("{clouds}/{host}")));
    let ends = SUFFIXES.iter().map(|end| (format!("*.{end}"), format!("{clouds}/{end}")));
    let sign_in = [
        ("login.microsoftonline.com", "entra"),
        ("graph.microsoft.com", "graph"),
        ("accounts.google.com", "google"),
        ("oauth2.googleapis.com", "google"),
    ]
    .map(|(host, under)| (host.to_owned(), format!("{identity}/{under}")));
    named.chain(ends).chain(sign_in).collect()
}

/// Settings with which each provider here lets in, by the configuration's keys.
pub(crate) fn providers() -> Value {
    use registrations::{
        AWS_REGION, AWS_ROLE_ARN, AZURE_RESOURCE_NAME, FOUNDRY_KEY, GATEWAY_SCOPE, GCP_PROJECT_ID,
        GCP_REGION,
    };
    json!({
        "gateway": { "entra_scope": GATEWAY_SCOPE },
        "vertex": {
            "gcp_project_id": GCP_PROJECT_ID,
            "gcp_region": GCP_REGION,
            "google_client_id": applications::GOOGLE,
            "google_client_secret": applications::GOOGLE_SECRET,
        },
        "bedrock": { "aws_role_arn": AWS_ROLE_ARN, "aws_region": AWS_REGION },
        "foundry": { "azure_resource_name": AZURE_RESOURCE_NAME, "azure_api_key": FOUNDRY_KEY },
    })
}
