//! The simulated clouds under a prefix of their own, as a page reaches them.

use serde_json::{Map, Value, json};
use simulator::{Entry, Journal, Organisation, registrations};

use crate::stage::{Gateway, Stage};

/// Providers that a page can be connected to, with or without faults.
#[derive(Clone, Debug)]
pub(crate) struct Cloud {
    id: String,
    /// Where the page gets its tokens.
    identity: String,
    /// Where hosts are.
    endpoints: Value,
    prefix: String,
    journal: Journal,
    /// The gateway beside them, with the same faults.
    pub(crate) gateway: Gateway,
}

impl Cloud {
    /// `faults` are the clouds' and the gateway's, `how` is what the identity
    /// providers do.
    pub(crate) fn new(stage: &Stage, id: &str, faults: &str, how: &str) -> Self {
        let organisation: &Organisation = &stage.world.package;
        let gateway = stage.gateway(id, faults);
        let id = id.replace(|c: char| !c.is_ascii_alphanumeric(), "-");
        let with = |items: &str| {
            if items.is_empty() { format!("id={id}") } else { format!("id={id},{items}") }
        };
        let (faults, how) = (with(faults), with(how));
        let prefix = format!("/with/{faults}");
        let journal = organisation.clouds_journal().clone();
        journal.clear(&prefix);
        let endpoints: Map<String, Value> = organisation
            .endpoints(&faults, &how)
            .into_iter()
            .map(|(host, address)| (host, Value::String(address)))
            .collect();
        let identity = organisation.identity_url(&how);
        Self { id, identity, endpoints: endpoints.into(), prefix, journal, gateway }
    }

    /// What `openCloud` takes.
    pub(crate) fn open(&self, settings: &Value) -> Value {
        json!({
            "identity": self.identity,
            "endpoints": self.endpoints,
            "settings": settings,
            // What tokens for a gateway are for is the administrator's to say.
            "parameters": { "entra_scope": scope_of(settings) },
        })
    }

    /// Has hosts nowhere: nobody listens there.
    pub(crate) fn unplug(&mut self) {
        if let Some(endpoints) = self.endpoints.as_object_mut() {
            for address in endpoints.values_mut() {
                *address = json!("http://127.0.0.1:9/nobody");
            }
        }
    }

    /// Everything that came to the clouds, preflights too.
    pub(crate) fn entries(&self) -> Vec<Entry> {
        self.journal.entries(&self.prefix)
    }

    /// The requests for messages, at the clouds and at the gateway.
    pub(crate) fn messages(&self) -> Vec<Entry> {
        let is_message = |entry: &Entry| {
            let path = &entry.path;
            entry.method == "POST"
                && (path.ends_with("/v1/messages")
                    || path.ends_with("/invoke")
                    || path.ends_with("-stream")
                    || path.ends_with(":rawPredict") && !path.ends_with("/count-tokens:rawPredict")
                    || path.ends_with(":streamRawPredict"))
        };
        let mut entries = self.entries();
        entries.extend(self.gateway.entries());
        entries.retain(is_message);
        entries
    }

    /// The requests to AWS's token service.
    pub(crate) fn sts(&self) -> Vec<Entry> {
        let mut entries = self.entries();
        entries.retain(|entry| entry.path.contains("/sts."));
        entries
    }

    /// Waits until none is open.
    pub(crate) async fn ended(&self) -> bool {
        let over = |entries: &[Entry]| {
            entries.iter().all(|entry| entry.outcome != simulator::Outcome::Open)
        };
        let limit = std::time::Duration::from_secs(10);
        self.journal.wait_until(&self.prefix, limit, over).await.is_some()
    }

    /// Refuses from here on whatever was issued, though it says that it lasts.
    pub(crate) fn end_sessions(&self, stage: &Stage) {
        stage.world.package.end_sessions(&self.id);
    }
}

fn scope_of(settings: &Value) -> Value {
    if settings.get("gateway_url").is_some() && settings.get("gateway_auth_source").is_some() {
        json!(registrations::GATEWAY_SCOPE)
    } else {
        Value::Null
    }
}

/// A way to reach the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Gateway,
    GatewayBedrock,
    GatewayVertex,
    GatewayEntra,
    Bedrock,
    Vertex,
    FoundryKey,
    FoundryEntra,
}

impl Shape {
    pub(crate) const ALL: [Self; 8] = [
        Self::Gateway,
        Self::GatewayBedrock,
        Self::GatewayVertex,
        Self::GatewayEntra,
        Self::Bedrock,
        Self::Vertex,
        Self::FoundryKey,
        Self::FoundryEntra,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Gateway => "gateway",
            Self::GatewayBedrock => "gateway in Bedrock's format",
            Self::GatewayVertex => "gateway in Vertex AI's format",
            Self::GatewayEntra => "gateway by Entra",
            Self::Bedrock => "Bedrock",
            Self::Vertex => "Vertex AI",
            Self::FoundryKey => "Foundry by key",
            Self::FoundryEntra => "Foundry by Entra",
        }
    }

    /// What the gateway needs to be told for it.
    pub(crate) const fn faults(self) -> &'static str {
        match self {
            Self::GatewayEntra => "auth=entra",
            _ => "",
        }
    }

    /// What a user types, or a manifest brings.
    pub(crate) fn settings(self, cloud: &Cloud) -> Value {
        use registrations::{
            AWS_REGION, AWS_ROLE_ARN, AZURE_RESOURCE_NAME, GCP_PROJECT_ID, GCP_REGION,
        };
        let Gateway { url, token, .. } = &cloud.gateway;
        match self {
            Self::Gateway => json!({ "gateway_url": url, "gateway_token": token }),
            Self::GatewayBedrock => {
                json!({ "gateway_url": url, "gateway_token": token, "gateway_api_format": "bedrock" })
            }
            Self::GatewayVertex => json!({
                "gateway_url": format!("{url}/vertex_ai/v1"), "gateway_token": token,
                "gateway_api_format": "vertex", "gateway_auth_header": "authorization",
                "gcp_project_id": GCP_PROJECT_ID, "gcp_region": GCP_REGION,
            }),
            Self::GatewayEntra => json!({ "gateway_url": url, "gateway_auth_source": "entra" }),
            Self::Bedrock => json!({ "aws_role_arn": AWS_ROLE_ARN, "aws_region": AWS_REGION }),
            Self::Vertex => json!({
                "gcp_project_id": GCP_PROJECT_ID, "gcp_region": GCP_REGION,
                "google_client_id": simulator::applications::GOOGLE,
            }),
            Self::FoundryKey => {
                json!({ "azure_resource_name": AZURE_RESOURCE_NAME, "azure_api_key": registrations::FOUNDRY_KEY })
            }
            Self::FoundryEntra => {
                json!({ "azure_resource_name": AZURE_RESOURCE_NAME, "gateway_auth_source": "entra" })
            }
        }
    }

    /// Which tokens the page is asked for at first.
    pub(crate) const fn tokens(self) -> &'static [&'static str] {
        match self {
            Self::Bedrock => &["entra-id"],
            Self::Vertex => &["google"],
            Self::FoundryEntra | Self::GatewayEntra => &["entra"],
            _ => &[],
        }
    }

    /// What a request for a streamed message ends with.
    pub(crate) const fn streamed_path(self) -> &'static str {
        match self {
            Self::Gateway | Self::GatewayEntra => "/v1/messages",
            Self::GatewayBedrock => "/model/anthropic.claude-haiku-5-5/invoke-with-response-stream",
            Self::GatewayVertex => {
                "/vertex_ai/v1/projects/contoso-ai/locations/us-east5/publishers/anthropic/models/claude-haiku-5-5:streamRawPredict"
            }
            Self::Bedrock => {
                "/bedrock-runtime.us-east-1.amazonaws.com/model/us.anthropic.claude-haiku-5-5/invoke-with-response-stream"
            }
            Self::Vertex => {
                "/us-east5-aiplatform.googleapis.com/v1/projects/contoso-ai/locations/us-east5/publishers/anthropic/models/claude-haiku-5-5:streamRawPredict"
            }
            Self::FoundryKey | Self::FoundryEntra => {
                "/contoso.services.ai.azure.com/anthropic/v1/messages"
            }
        }
    }

    /// What it calls Claude Haiku 5.5.
    pub(crate) const fn haiku(self) -> &'static str {
        match self {
            Self::GatewayBedrock => "anthropic.claude-haiku-5-5",
            Self::Bedrock => "us.anthropic.claude-haiku-5-5",
            _ => "claude-haiku-5-5",
        }
    }

    /// How many models are found.
    pub(crate) const fn models(self) -> usize {
        match self {
            Self::Gateway | Self::GatewayEntra => 5,
            // One of them without quota.
            Self::GatewayBedrock | Self::GatewayVertex | Self::Vertex => 7,
            // One of them may not be used.
            Self::Bedrock => 6,
            Self::FoundryKey | Self::FoundryEntra => 3,
        }
    }

    /// Whether tokens can be counted.
    pub(crate) const fn counts(self) -> bool {
        !matches!(self, Self::Bedrock | Self::GatewayBedrock)
    }
}
