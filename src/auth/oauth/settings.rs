//! Where to sign in, as whom, and where the answer goes.

use crate::error::{Code, Failure};
use crate::http::url::RequestUrl;
use crate::http::{BaseUrl, Endpoints};

use super::super::account::Tenancy;
use super::super::fields::{Fields, object, parse};
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
const NAMES: &str = "clientId clientSecret redirectUri cloud authority";
const CLIENT_ID: usize = 0;
const CLIENT_SECRET: usize = 1;
const REDIRECT_URI: usize = 2;
const CLOUD: usize = 3;
const AUTHORITY: usize = 4;

/// The cloud that isn't Microsoft's.
const GOOGLE: &str = "google";

/// How a [`super::Broker`] is set up.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Who signs in.
    pub provider: Provider,
    /// What [`NAMES`] lists.
    fields: Fields,
    /// Where users sign in: with Entra, of a tenant.
    login: BaseUrl,
    /// Where tokens come from, where that is elsewhere.
    tokens: Option<BaseUrl>,
}

impl Settings {
    /// Reads `{clientId, clientSecret?, redirectUri, cloud?, authority?,
    /// endpoints?}` in JSON. The authority takes the place of the cloud's own;
    /// the [`Endpoints`] say where either is, and whose answers count goes by
    /// the name all the same.
    ///
    /// # Errors
    /// The cloud is unknown, or an address is none to sign in at.
    pub fn read(options: &str) -> Result<Self, Failure> {
        let fields = Fields::read(parse(options), NAMES);
        let endpoints = Endpoints::new(object(parse(options), "endpoints").raw());
        let (cloud, authority) = (fields.at(CLOUD), fields.at(AUTHORITY));
        let mut provider = Provider::Entra;
        let mut login = entra::login(cloud);
        let mut tokens = None;
        if cloud == GOOGLE {
            provider = Provider::Google;
            login = google::LOGIN;
            if authority.is_empty() {
                tokens = BaseUrl::parse(google::TOKENS).ok();
            }
        }
        if !login.is_empty() && !authority.is_empty() {
            login = authority;
        }
        let mut login = BaseUrl::parse(login).map_err(|_| {
            Failure::new(Code::InvalidArgument, "cloud or authority: not one to sign in with")
        })?;
        endpoints.locate(&mut login)?;
        if let Some(tokens) = &mut tokens {
            endpoints.locate(tokens)?;
        }
        Ok(Self { provider, login, tokens, fields })
    }

    /// The host whose answers count (RFC 9207).
    #[must_use]
    pub fn issuer_host(&self) -> String {
        self.login.origin().authority()
    }

    /// Whose accounts the authority lets in.
    #[must_use]
    pub fn tenancy(&self) -> Tenancy {
        Tenancy::of_authority(self.fields.at(AUTHORITY))
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
        self.tokens.as_ref().unwrap_or(&self.login).join(match self.provider {
            Provider::Entra => entra::TOKEN,
            Provider::Google => google::TOKEN,
        })
    }

    /// RFC 7009; Entra has none.
    #[must_use]
    pub fn revocation(&self) -> Option<RequestUrl> {
        if self.provider == Provider::Entra {
            return None;
        }
        Some(self.tokens.as_ref().unwrap_or(&self.login).join(google::REVOKE))
    }
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
            ("", "https://login.microsoftonline.com/organizations"),
            (r#""cloud":"global","#, "https://login.microsoftonline.com/organizations"),
            (r#""cloud":"us-gov-high","#, "https://login.microsoftonline.us/organizations"),
            (r#""cloud":"us-gov-dod","#, "https://login.microsoftonline.us/organizations"),
            (r#""cloud":"china","#, "https://login.partner.microsoftonline.cn/organizations"),
            (
                r#""authority":"https://login.microsoftonline.com/contoso.com/","#,
                "https://login.microsoftonline.com/contoso.com",
            ),
            (r#""cloud":"china","authority":"https://idp.example/t","#, "https://idp.example/t"),
            (r#""authority":"http://127.0.0.1:9/entra/t","#, "http://127.0.0.1:9/entra/t"),
        ];
        for (options, tenant) in cases {
            let settings = read(options).unwrap();
            let endpoint = |name| format!("{tenant}/oauth2/v2.0/{name}");
            assert_eq!(settings.authorization().as_str(), endpoint("authorize"));
            assert_eq!(settings.token().as_str(), endpoint("token"));
            assert_eq!(settings.issuer_host(), tenant.split('/').nth(2).unwrap());
            assert_eq!(settings.revocation(), None);
        }
    }

    #[test]
    fn google_has_two_hosts_unless_one_stands_in_for_them() {
        let settings = read(r#""cloud":"google","clientSecret":"GOCSPX-s","#).unwrap();
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
        let simulated = read(r#""cloud":"google","authority":"http://localhost:9/g","#).unwrap();
        assert_eq!(simulated.token().as_str(), "http://localhost:9/g/token");
        assert_eq!(simulated.revocation().unwrap().as_str(), "http://localhost:9/g/revoke");
    }

    #[test]
    fn a_host_that_is_elsewhere_keeps_its_name() {
        let elsewhere = r#""endpoints":{
            "login.microsoftonline.com":"http://127.0.0.1:9/entra",
            "accounts.google.com":"http://127.0.0.1:9/google",
            "*.googleapis.com":"https://egress.example/google"},"#;
        let entra = read(elsewhere).unwrap();
        assert_eq!(
            entra.token().as_str(),
            "http://127.0.0.1:9/entra/organizations/oauth2/v2.0/token"
        );
        assert_eq!(entra.issuer_host(), "login.microsoftonline.com");
        let tenant = format!(r#"{elsewhere}"authority":"https://login.microsoftonline.com/t","#);
        assert_eq!(
            read(&tenant).unwrap().authorization().as_str(),
            "http://127.0.0.1:9/entra/t/oauth2/v2.0/authorize"
        );
        let google = read(&format!(r#"{elsewhere}"cloud":"google","#)).unwrap();
        assert_eq!(google.authorization().as_str(), "http://127.0.0.1:9/google/o/oauth2/v2/auth");
        assert_eq!(google.token().as_str(), "https://egress.example/google/token");
        assert_eq!(google.revocation().unwrap().as_str(), "https://egress.example/google/revoke");
        assert_eq!(google.issuer_host(), "accounts.google.com");
        let china = read(&format!(r#"{elsewhere}"cloud":"china","#)).unwrap();
        assert!(china.token().as_str().starts_with("https://login.partner."));
    }

    #[test]
    fn says_what_is_wrong() {
        for options in [
            r#""endpoints":{"login.microsoftonline.com":"http://entra.example"},"#,
            r#""cloud":"google","endpoints":{"*.googleapis.com":"egress"},"#,
            r#""cloud":"mars","#,
            r#""cloud":"mars","authority":"https://login.example/t","#,
            r#""authority":"contoso","#,
            r#""authority":"http://idp.example/t","#,
            r#""authority":"https://idp.example/t?x","#,
        ] {
            let failure = read(options).unwrap_err();
            assert_eq!(failure.code, Code::InvalidArgument, "{options}");
        }
    }
}
