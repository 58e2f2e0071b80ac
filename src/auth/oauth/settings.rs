//! Where to sign in, as whom, and where the answer goes.

use crate::error::{Code, Failure};
use crate::http::BaseUrl;
use crate::http::url::RequestUrl;
use crate::json::Json;
use crate::secret::Secret;

use super::{entra, google, parse, text};

/// Who signs users in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provider {
    /// Microsoft Entra.
    Entra,
    /// Google.
    Google,
}

/// How a [`super::Broker`] is set up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Who signs in.
    pub provider: Provider,
    /// The application's ID.
    pub client_id: String,
    /// What Google gives to web applications besides; empty at Entra. In a page
    /// it is no secret of the application's, but it is not shown either.
    pub client_secret: Secret,
    /// Where the answer goes: registered with the identity provider, letter by letter.
    pub redirect_uri: String,
    /// The host whose answers count (RFC 9207).
    pub issuer_host: String,
    /// RFC 6749 §3.1.
    pub authorization: RequestUrl,
    /// RFC 6749 §3.2.
    pub token: RequestUrl,
    /// RFC 7009; Entra has none.
    pub revocation: Option<RequestUrl>,
}

impl Settings {
    /// Reads `{identityProvider?, clientId, clientSecret?, redirectUri,
    /// authority?, cloud?, endpoints?}` in JSON.
    ///
    /// `endpoints` has base addresses in the place of hosts, for a simulated
    /// organisation; it is the page code's to give.
    ///
    /// # Errors
    /// Something is missing, or is no address.
    pub fn read(options: &str) -> Result<Self, Failure> {
        let options = parse(options);
        for name in ["clientId", "redirectUri"] {
            if text(options, name).is_empty() {
                return Err(unusable(&[name, ": is missing"].concat()));
            }
        }
        let endpoints = options.get("endpoints").unwrap_or(Json::NULL);
        let base = |host: &str| match text(endpoints, host) {
            base if base.is_empty() => address("authority", &["https://", host].concat()),
            base => address("endpoints", &base),
        };
        let (provider, issuer_host, authorization, token, revocation) =
            match text(options, "identityProvider").as_str() {
                "" | "entra" => {
                    let (host, path) = authority(options)?;
                    let base = base(&host)?;
                    let route = |name| base.join(&[&path, "/oauth2/v2.0/", name].concat());
                    (Provider::Entra, host, route("authorize"), route("token"), None)
                }
                "google" => {
                    let token = base(google::TOKEN_HOST)?;
                    (
                        Provider::Google,
                        google::LOGIN_HOST.to_owned(),
                        base(google::LOGIN_HOST)?.join(google::AUTHORIZATION),
                        token.join(google::TOKEN),
                        Some(token.join(google::REVOCATION)),
                    )
                }
                _ => return Err(unusable("identityProvider: neither entra nor google")),
            };
        Ok(Self {
            provider,
            client_id: text(options, "clientId"),
            client_secret: Secret::new(text(options, "clientSecret")),
            redirect_uri: text(options, "redirectUri"),
            issuer_host,
            authorization,
            token,
            revocation,
        })
    }
}

/// Entra's host and tenant: of the authority that is given, else of all
/// organisations of the cloud.
fn authority(options: Json<'_>) -> Result<(String, String), Failure> {
    let cloud = entra::cloud(&text(options, "cloud"))
        .ok_or_else(|| unusable("cloud: none of Microsoft's"))?;
    let given = text(options, "authority");
    if given.is_empty() {
        return Ok((cloud.login_host.to_owned(), "/organizations".to_owned()));
    }
    let base = address("authority", &given)?;
    let path = base.path();
    let path = path.strip_suffix("/v2.0").unwrap_or(path);
    let path = if path.is_empty() { "/organizations" } else { path };
    Ok((base.origin().authority(), path.to_owned()))
}

fn address(option: &str, text: &str) -> Result<BaseUrl, Failure> {
    BaseUrl::parse(text).map_err(|_| unusable(&[option, ": not an https address"].concat()))
}

fn unusable(message: &str) -> Failure {
    Failure::new(Code::InvalidArgument, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    const REST: &str = r#""clientId":"C","redirectUri":"https://pane.example/auth.html""#;

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
            assert_eq!(settings.authorization.as_str(), expected.clone() + "authorize");
            assert_eq!(settings.token.as_str(), expected + "token");
            assert_eq!(settings.issuer_host, tenant.split('/').next().unwrap());
            assert_eq!(settings.revocation, None);
        }
    }

    #[test]
    fn google_has_two_hosts() {
        let settings = read(r#""identityProvider":"google","clientSecret":"GOCSPX-s","#).unwrap();
        let addresses = [settings.authorization, settings.token, settings.revocation.unwrap()];
        assert_eq!(
            addresses.each_ref().map(RequestUrl::as_str),
            [
                "https://accounts.google.com/o/oauth2/v2/auth",
                "https://oauth2.googleapis.com/token",
                "https://oauth2.googleapis.com/revoke",
            ]
        );
        assert_eq!(settings.client_secret, Secret::new("GOCSPX-s"));
    }

    #[test]
    fn a_simulated_organisation_stands_in_for_hosts() {
        let endpoints = r#""endpoints":{"login.microsoftonline.com":"http://127.0.0.1:9/entra","oauth2.googleapis.com":"http://localhost:9"},"#;
        let entra = read(endpoints).unwrap();
        assert_eq!(
            entra.token.as_str(),
            "http://127.0.0.1:9/entra/organizations/oauth2/v2.0/token"
        );
        assert_eq!(entra.issuer_host, "login.microsoftonline.com");
        let google = read(&format!(r#""identityProvider":"google",{endpoints}"#)).unwrap();
        assert_eq!(google.token.as_str(), "http://localhost:9/token");
        assert_eq!(google.authorization.as_str(), "https://accounts.google.com/o/oauth2/v2/auth");
    }

    #[test]
    fn says_what_is_missing_or_wrong() {
        for (options, message) in [
            (r#"{"redirectUri":"r"}"#, "clientId: is missing"),
            (r#"{"clientId":"C","redirectUri":""}"#, "redirectUri: is missing"),
            ("", "clientId: is missing"),
        ] {
            assert_eq!(Settings::read(options).unwrap_err().message, message);
        }
        let cases = [
            (r#""cloud":"mars","#, "cloud: none of Microsoft's"),
            (r#""identityProvider":"okta","#, "identityProvider: neither entra nor google"),
            (r#""authority":"contoso","#, "authority: not an https address"),
            (r#""authority":"http://idp.example/t","#, "authority: not an https address"),
            (
                r#""endpoints":{"login.microsoftonline.com":"http://idp.example"},"#,
                "endpoints: not an https address",
            ),
        ];
        for (options, message) in cases {
            let failure = read(options).unwrap_err();
            assert_eq!((failure.code, failure.message.as_str()), (Code::InvalidArgument, message));
        }
    }
}
