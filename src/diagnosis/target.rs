//! Which server is asked, and what requests to it carry: no secret, so that it
//! can go to the module that asks.

use crate::config::bootstrap::header_names;
use crate::config::provider::{Authorization, Kind};
use crate::http::{Method, RequestUrl};
use crate::json::{Json, write};
use crate::provider::Provider;
use crate::provider::messages::MessageParams;
use crate::text;

use super::probe::{self, STAND_IN};

/// The word for an organisation's own gateway.
const GATEWAY: &str = Kind::Gateway.as_str();

/// The word for the endpoint that configures the user.
const BOOTSTRAP: &str = "bootstrap";

/// The word for what needs no token to be obtained.
const KEY: &str = "key";

/// A server and the requests that it gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Its origin.
    pub origin: String,
    /// Host, and the port where it isn't the scheme's own.
    pub host: String,
    /// The names of the headers that requests carry, in lower case.
    pub headers: Vec<String>,
    /// The provider's word, as JavaScript sees it; `bootstrap` for the endpoint
    /// that should have said who that is.
    pub provider: String,
    /// The word for what opens it: `key`, `entra`, `google` or `aws-role`.
    pub access: String,
    /// How it is probed.
    pub method: Method,
    /// What is probed.
    pub address: String,
    /// Where its messages go, which is probed too where the organisation runs it
    /// and it was the list of models that was probed first; empty elsewhere.
    pub route: String,
    /// A header that nothing needs: whoever lets it through lets any through.
    pub unneeded: [String; 1],
}

impl Target {
    /// The server of a provider. Its list of models is what is probed, which
    /// changes nothing and costs nothing; where there is none, the route of a
    /// message. `random` from 0 to 1 keeps remembered preflights out of it.
    #[must_use]
    pub fn of(provider: &Provider, random: f64) -> Option<Self> {
        let settings = provider.settings();
        // Not authorised: of what opens the provider only the headers' names are known.
        let params = message(STAND_IN);
        let params = MessageParams::read(&params).ok()?;
        let message = provider.messages_request(&params, true, &[]).ok()?;
        let mut headers = Vec::new();
        for (name, _) in message.headers() {
            headers.push(name.as_str().to_owned());
        }
        for name in provider.access().headers() {
            headers.push((*name).to_owned());
        }
        let mut route = String::new();
        let probed = if provider.lists_models() {
            if settings.kind == Kind::Gateway {
                route = probe::address(message.url().as_str(), random);
            }
            provider.models_request(None)
        } else {
            message
        };
        let origin = probed.url().origin();
        let access = match settings.authorization {
            Authorization::ApiKey | Authorization::Bearer => KEY,
            Authorization::Entra => "entra",
            Authorization::Google => "google",
            Authorization::AwsRole => "aws-role",
        };
        Some(Self {
            origin: origin.to_string(),
            host: origin.authority(),
            headers,
            provider: settings.kind.as_str().to_owned(),
            access: access.to_owned(),
            method: probed.method(),
            address: probe::address(probed.url().as_str(), random),
            route,
            unneeded: unneeded(),
        })
    }

    /// The bootstrap endpoint. What stands in its address's query may say who
    /// asks, and is left out.
    #[must_use]
    pub fn of_bootstrap(url: &RequestUrl, with_token: bool, random: f64) -> Self {
        let address = text::split_once(url.as_str(), "?").map_or(url.as_str(), |(path, _)| path);
        Self {
            origin: url.origin().to_string(),
            host: url.origin().authority(),
            headers: header_names(with_token),
            provider: BOOTSTRAP.to_owned(),
            access: KEY.to_owned(),
            method: Method::Get,
            address: probe::address(address, random),
            route: String::new(),
            unneeded: unneeded(),
        }
    }

    /// `{origin,host,headers,provider,access,method,address,route}`
    #[must_use]
    pub fn describe(&self) -> String {
        let mut out = String::new();
        {
            let mut target = write::Object::new(&mut out);
            target.string("origin", &self.origin);
            target.string("host", &self.host);
            push_list(target.name("headers"), &self.headers);
            target.string("provider", &self.provider);
            target.string("access", &self.access);
            target.string("method", self.method.as_str());
            target.string("address", &self.address);
            target.string("route", &self.route);
        }
        out
    }

    /// What [`describe`](Self::describe) wrote; nothing for anything else.
    #[must_use]
    pub fn read(target: Json<'_>) -> Option<Self> {
        let text = |name| target.text(name);
        let mut headers = Vec::new();
        for header in target.get("headers")?.elements() {
            headers.push(header.as_str()?.into_owned());
        }
        let get = text("method")? == Method::Get.as_str();
        Some(Self {
            origin: text("origin")?,
            host: text("host")?,
            headers,
            provider: text("provider")?,
            access: text("access")?,
            method: if get { Method::Get } else { Method::Post },
            address: text("address")?,
            route: text("route")?,
            unneeded: unneeded(),
        })
    }

    /// Whether the organisation runs it, and can change what it lets through.
    #[must_use]
    pub fn is_own(&self) -> bool {
        self.provider == GATEWAY || self.is_bootstrap()
    }

    /// Whether it configures users, and answers no messages.
    #[must_use]
    pub fn is_bootstrap(&self) -> bool {
        self.provider == BOOTSTRAP
    }

    /// Whether what opens it has to be obtained first.
    #[must_use]
    pub fn is_opened_by_token(&self) -> bool {
        self.access != KEY
    }

    /// The path of the route of messages, as its server knows it.
    pub(super) fn route_path(&self) -> &str {
        let (_, behind) = text::split_once(&self.route, "://").unwrap_or_default();
        let at = text::find(behind, "/").unwrap_or_default();
        let path = behind.get(at..).unwrap_or_default();
        text::split_once(path, "?").map_or(path, |(path, _)| path)
    }

    pub(super) fn sends_authorization(&self) -> bool {
        self.headers.iter().any(|name| name == "authorization")
    }
}

fn unneeded() -> [String; 1] {
    ["x-not-configured".to_owned()]
}

/// The one message that is ever sent: fixed, tiny, and long enough to see
/// whether it streams.
#[must_use]
pub fn message(model: &str) -> String {
    let mut params =
        r#"{"max_tokens":64,"messages":[{"role":"user","content":"Count to 40."}],"model":"#
            .to_owned();
    write::push_string(&mut params, model);
    params.push('}');
    params
}

/// Appends texts as a JSON array.
pub(super) fn push_list(out: &mut String, texts: &[String]) {
    let mut list = write::Array::new(out);
    for text in texts {
        list.string(text);
    }
}
