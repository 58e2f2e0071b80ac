//! Where to sign in, as whom, and where the answer goes.

use crate::error::{Code, Failure};
use crate::http::BaseUrl;
use crate::http::url::RequestUrl;
use crate::json::Json;

use super::super::fields::{Fields, object, or, parse};
use super::{entra, google};

/// Who signs users in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provider {
    /// Microsoft Entra.
    Entra,
    /// Google.
    Google,
}

/// The members by their places.
const NAMES: [&str; 6] =
    ["clientId", "clientSecret", "redirectUri", "identityProvider", "cloud", "authority"];
const CLIENT_ID: usize = 0;
const CLIENT_SECRET: usize = 1;
const REDIRECT_URI: usize = 2;
const IDENTITY_PROVIDER: usize = 3;
const CLOUD: usize = 4;
const AUTHORITY: usize = 5;

/// How a [`super::Broker`] is set up.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Who signs in.
    pub provider: Provider,
    /// The host whose answers count (RFC 9207).
    pub issuer_host: String,
    /// What [`NAMES`] lists.
    fields: Fields,
    /// Where users sign in: with Entra, of a tenant.
    login: BaseUrl,
    /// Where tokens come from.
    token: BaseUrl,
}

impl Settings {
    /// Reads `{identityProvider?, clientId, clientSecret?, redirectUri,
    /// authority?, cloud?, endpoints?}` in JSON.
    ///
    /// `endpoints` has base addresses in the place of hosts, for a simulated
    /// organisation; it is the page code's to give.
    ///
    /// # Errors
    /// Something is unknown, or is no address.
    pub fn read(options: &str) -> Result<Self, Failure> {
        let options = parse(options);
        let fields = Fields::read(options, &NAMES);
        let endpoints = object(options, "endpoints");
        let (provider, login, token) = match fields.at(IDENTITY_PROVIDER) {
            "" | "entra" => {
                let login = authority(&fields)?;
                (Provider::Entra, login.clone(), login)
            }
            "google" => (
                Provider::Google,
                address(&["https://", google::LOGIN_HOST].concat())?,
                address(&["https://", google::TOKEN_HOST].concat())?,
            ),
            _ => return Err(unusable("identityProvider: neither entra nor google")),
        };
        Ok(Self {
            provider,
            issuer_host: login.origin().authority(),
            fields,
            login: moved(login, endpoints)?,
            token: moved(token, endpoints)?,
        })
    }

    /// The application's ID.
    #[must_use]
    pub fn client_id(&self) -> &str {
        self.fields.at(CLIENT_ID)
    }

    /// What Google gives to web applications besides; empty at Entra. In a page
    /// it is no secret of the application's, but it is not shown either.
    #[must_use]
    pub fn client_secret(&self) -> &str {
        self.fields.at(CLIENT_SECRET)
    }

    /// Where the answer goes: registered with the identity provider, letter by letter.
    #[must_use]
    pub fn redirect_uri(&self) -> &str {
        self.fields.at(REDIRECT_URI)
    }

    /// RFC 6749 §3.1.
    #[must_use]
    pub fn authorization(&self) -> RequestUrl {
        self.login.join(match self.provider {
            Provider::Entra => entra::AUTHORIZE,
            Provider::Google => google::AUTHORIZE,
        })
    }

    /// RFC 6749 §3.2.
    #[must_use]
    pub fn token(&self) -> RequestUrl {
        self.token.join(match self.provider {
            Provider::Entra => entra::TOKEN,
            Provider::Google => google::TOKEN,
        })
    }

    /// RFC 7009; Entra has none.
    #[must_use]
    pub fn revocation(&self) -> Option<RequestUrl> {
        match self.provider {
            Provider::Entra => None,
            Provider::Google => Some(self.token.join(google::REVOKE)),
        }
    }
}

/// Entra's host and tenant: of the authority that is given, else of the cloud;
/// all organisations where there is no tenant.
fn authority(fields: &Fields) -> Result<BaseUrl, Failure> {
    let cloud =
        entra::cloud(fields.at(CLOUD)).ok_or_else(|| unusable("cloud: none of Microsoft's"))?;
    let cloud = ["https://", cloud.login_host].concat();
    let base = address(&or(fields.at(AUTHORITY).to_owned(), &cloud))?;
    let path = base.path().strip_suffix("/v2.0").unwrap_or(base.path());
    Ok(base.with_path(if path.is_empty() { "/organizations" } else { path }))
}

/// The same path of what stands in for a host, where anything does.
fn moved(base: BaseUrl, endpoints: Json<'_>) -> Result<BaseUrl, Failure> {
    let endpoint = endpoints.get(&base.origin().authority()).and_then(|endpoint| endpoint.as_str());
    match endpoint {
        Some(endpoint) => address(&[&endpoint, base.path()].concat()),
        None => Ok(base),
    }
}

fn address(text: &str) -> Result<BaseUrl, Failure> {
    BaseUrl::parse(text).map_err(|_| unusable("authority or endpoints: not an https address"))
}

fn unusable(message: &str) -> Failure {
    Failure::new(Code::InvalidArgument, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    const REST: &str = r#""clientId":"C","redirectUri":"https://pane.example/auth.html""#;

    const NO_ADDRESS: &str = "authority or endpoints: not an https address";

    fn read(options: &str) -> Result<Settings, Failure> {
        Settings::read(&format!("{{{options}{REST}}}"))
    }

    #[test]
    fn each_cloud_has_its_endpoints() {
        let cases = [
            ("", "login.microsoftonline.com/organizations"),
            (r#""cloud":"global","#, "login.microsoftonline.com/organizations"),
            (r#""cloud":"us-gov-high","#, "login.microsoftonline.us/organizations"),
            (r#""cloud":"us-gov-dod","#, "login.microsoftonline.us/organizations"),
            (r#""cloud":"china","#, "login.partner.microsoftonline.cn/organizations"),
            (
                r#""authority":"https://login.microsoftonline.com/contoso.com/","#,
                "login.microsoftonline.com/contoso.com",
            ),
            (r#""cloud":"china","authority":"https://login.example/t/v2.0","#, "login.example/t"),
            (r#""authority":"https://login.example","#, "login.example/organizations"),
        ];
        for (options, tenant) in cases {
            let settings = read(options).unwrap();
            let expected = format!("https://{tenant}/oauth2/v2.0/");
            assert_eq!(settings.authorization().as_str(), expected.clone() + "authorize");
            assert_eq!(settings.token().as_str(), expected + "token");
            assert_eq!(settings.issuer_host, tenant.split('/').next().unwrap());
            assert_eq!(settings.revocation(), None);
        }
    }

    #[test]
    fn google_has_two_hosts() {
        let settings = read(r#""identityProvider":"google","clientSecret":"GOCSPX-s","#).unwrap();
        let addresses =
            [settings.authorization(), settings.token(), settings.revocation().unwrap()];
        assert_eq!(
            addresses.each_ref().map(RequestUrl::as_str),
            [
                "https://accounts.google.com/o/oauth2/v2/auth",
                "https://oauth2.googleapis.com/token",
                "https://oauth2.googleapis.com/revoke",
            ]
        );
        assert_eq!(settings.client_secret(), "GOCSPX-s");
        assert!(!format!("{settings:?}").contains("GOCSPX-s"));
    }

    #[test]
    fn a_simulated_organisation_stands_in_for_hosts() {
        let endpoints = r#""endpoints":{"login.microsoftonline.com":"http://127.0.0.1:9/entra","oauth2.googleapis.com":"http://localhost:9"},"#;
        let entra = read(endpoints).unwrap();
        assert_eq!(
            entra.token().as_str(),
            "http://127.0.0.1:9/entra/organizations/oauth2/v2.0/token"
        );
        assert_eq!(entra.issuer_host, "login.microsoftonline.com");
        let google = read(&format!(r#""identityProvider":"google",{endpoints}"#)).unwrap();
        assert_eq!(google.token().as_str(), "http://localhost:9/token");
        assert_eq!(google.authorization().as_str(), "https://accounts.google.com/o/oauth2/v2/auth");
    }

    #[test]
    fn says_what_is_wrong() {
        let cases = [
            (r#""cloud":"mars","#, "cloud: none of Microsoft's"),
            (r#""identityProvider":"okta","#, "identityProvider: neither entra nor google"),
            (r#""authority":"contoso","#, NO_ADDRESS),
            (r#""authority":"http://idp.example/t","#, NO_ADDRESS),
            (r#""endpoints":{"login.microsoftonline.com":"http://idp.example"},"#, NO_ADDRESS),
        ];
        for (options, message) in cases {
            let failure = read(options).unwrap_err();
            assert_eq!((failure.code, failure.message.as_str()), (Code::InvalidArgument, message));
        }
    }
}
