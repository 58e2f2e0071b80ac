//! Who a token is for, and who one is asked for.

use crate::json::{self, Json, write};

use super::field::text;
use super::id_token;

/// The tenant of all personal Microsoft accounts.
pub const PERSONAL_TENANT: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";

/// Where accounts live when nobody says otherwise.
const WORLDWIDE: &str = "login.microsoftonline.com";

/// The members by which an account is named, the strongest first: the
/// person's `<object ID>.<home tenant>`, the object ID in the token's tenant,
/// and the name that they sign in with.
const NAMES: [&str; 3] = ["homeAccountId", "localAccountId", "username"];

/// The members that tell apart what one person has in several tenants and clouds.
const PLACES: [&str; 2] = ["tenantId", "environment"];

/// An account, or as much of one as somebody names: the JSON of MSAL's
/// `AccountInfo`, read where it is needed. Nothing in it is a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account(String);

impl Account {
    /// The account of a token, from what the host says, with the ID token's
    /// claims in its gaps.
    #[must_use]
    pub fn of_token(given: Json<'_>, claims: Json<'_>) -> Self {
        let or_empty = |value: Option<String>| value.unwrap_or_default();
        let local = or_empty(text(given, "localAccountId").or_else(|| id_token::object_id(claims)));
        let tenant = or_empty(text(given, "tenantId").or_else(|| id_token::tenant(claims)));
        let home = text(given, "homeAccountId").unwrap_or_else(|| [&local, ".", &tenant].concat());
        let environment = text(given, "environment").or_else(|| issuer(claims));
        let username = text(given, "username").or_else(|| id_token::username(claims));
        let name = text(given, "name").or_else(|| text(claims, "name"));
        let login_hint = text(given, "loginHint").or_else(|| text(claims, "login_hint"));
        let members = [
            ("homeAccountId", Some(home)),
            ("environment", Some(environment.unwrap_or_else(|| WORLDWIDE.to_owned()))),
            ("tenantId", Some(tenant)),
            ("username", Some(or_empty(username))),
            ("localAccountId", Some(local)),
            ("name", Some(or_empty(name))),
            ("loginHint", login_hint),
            ("nativeAccountId", text(given, "platformBrokerId")),
        ];
        let mut out = String::new();
        {
            let mut account = write::Object::new(&mut out);
            for (name, value) in &members {
                if let Some(value) = value {
                    account.string(name, value);
                }
            }
            account.json("idTokenClaims", claims);
        }
        Self(out)
    }

    /// The account that a caller or the host names; `None` where it is nobody.
    /// Of what is given only what names it is kept: MSAL's accounts have
    /// tokens in them.
    #[must_use]
    pub fn named(given: Json<'_>) -> Option<Self> {
        let mut out = String::new();
        let mut named = false;
        {
            let mut account = write::Object::new(&mut out);
            for (at, name) in NAMES.iter().chain(&PLACES).enumerate() {
                if let Some(value) = text(given, name) {
                    account.string(name, &value);
                    named |= at < NAMES.len();
                }
            }
        }
        named.then_some(Self(out))
    }

    /// All of it.
    #[must_use]
    pub fn json(&self) -> Json<'_> {
        Json::parse(&self.0, json::DEFAULT_MAX_DEPTH * 2).unwrap_or(Json::NULL)
    }

    /// A member that is a text with something in it.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<String> {
        text(self.json(), name)
    }

    /// What the ID token says.
    #[must_use]
    pub fn claims(&self) -> Json<'_> {
        self.json().get("idTokenClaims").unwrap_or(Json::NULL)
    }

    /// Whether both are the same account in the same tenant.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        self.accepts(other) && other.accepts(self)
    }

    /// Whether the other is the person that this one names, by the strongest
    /// of the names that it has.
    #[must_use]
    pub fn names(&self, other: &Self) -> bool {
        let strongest = NAMES.iter().find_map(|name| Some((name, self.text(name)?)));
        strongest.is_some_and(|(name, own)| other.has(name, &own))
    }

    /// Whether a token of the other may be given to who asks for this one:
    /// the person, and where they are named the tenant and the cloud.
    #[must_use]
    pub fn accepts(&self, other: &Self) -> bool {
        let agree = |name: &&str| self.text(name).is_none_or(|own| other.has(name, &own));
        self.names(other) && PLACES.iter().all(agree)
    }

    fn has(&self, name: &str, value: &str) -> bool {
        self.text(name).is_some_and(|own| own.eq_ignore_ascii_case(value))
    }

    /// What tells two apart that are asked for.
    pub(super) fn key(&self) -> String {
        let mut key = String::new();
        for name in NAMES.iter().chain(&PLACES) {
            key.push_str(&self.text(name).unwrap_or_default().to_ascii_lowercase());
            key.push('|');
        }
        key
    }
}

/// The host of the issuer that an ID token names.
fn issuer(claims: Json<'_>) -> Option<String> {
    let issuer = text(claims, "iss")?;
    let host = issuer.strip_prefix("https://")?.split('/').next()?;
    // Version 1 tokens name a host that nobody signs in at.
    (!host.is_empty() && host != "sts.windows.net").then(|| host.to_owned())
}

/// Which accounts an authority is for, as far as its address tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tenancy {
    /// `common`, a domain name, or none: nothing can be checked.
    Any,
    /// `organizations`: no personal accounts.
    Organizations,
    /// `consumers`: personal accounts only.
    Consumers,
    /// This tenant only.
    Tenant(String),
}

impl Tenancy {
    /// Of an authority such as `https://login.microsoftonline.com/<tenant>`.
    #[must_use]
    pub fn of_authority(authority: &str) -> Self {
        let path = authority.split_once("://").map_or(authority, |(_, rest)| rest);
        let segment = path.split('/').nth(1).unwrap_or_default().to_ascii_lowercase();
        match segment.as_str() {
            "organizations" => Self::Organizations,
            "consumers" => Self::Consumers,
            tenant if is_guid(tenant) => Self::Tenant(segment),
            _ => Self::Any,
        }
    }

    /// Whether an account may be used under it.
    #[must_use]
    pub fn admits(&self, account: &Account) -> bool {
        let personal = account.has("tenantId", PERSONAL_TENANT);
        match self {
            Self::Any => true,
            Self::Organizations => !personal,
            Self::Consumers => personal,
            Self::Tenant(tenant) => account.has("tenantId", tenant),
        }
    }
}

fn is_guid(text: &str) -> bool {
    let is_right = |(at, byte): (usize, u8)| match at {
        8 | 13 | 18 | 23 => byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    };
    text.len() == 36 && text.bytes().enumerate().all(is_right)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TENANT: &str = "11111111-2222-3333-4444-555555555555";

    fn account(given: &str, claims: &str) -> Account {
        Account::of_token(Json::parse(given, 8).unwrap(), Json::parse(claims, 8).unwrap())
    }

    #[test]
    fn the_token_fills_the_hosts_gaps() {
        let full = r#"{"homeAccountId":"H","environment":"E","tenantId":"T","username":"U","localAccountId":"L","name":"N","loginHint":"G","platformBrokerId":"P"}"#;
        let token = r#"{"oid":"o","tid":"t","preferred_username":"u","name":"n","login_hint":"g","iss":"https://login.microsoftonline.us/t/v2.0"}"#;
        let names = [
            "homeAccountId",
            "environment",
            "tenantId",
            "username",
            "localAccountId",
            "name",
            "loginHint",
            "nativeAccountId",
        ];
        let fields = |account: &Account| names.map(|name| account.text(name).unwrap_or_default());
        assert_eq!(fields(&account(full, token)), ["H", "E", "T", "U", "L", "N", "G", "P"]);
        let filled = fields(&account("{}", token));
        assert_eq!(filled, ["o.t", "login.microsoftonline.us", "t", "u", "o", "n", "g", ""]);
        let nothing = fields(&account(r#"{"name":null,"tenantId":5}"#, "{}"));
        assert_eq!(nothing, [".", WORLDWIDE, "", "", "", "", "", ""]);
        let version_1 = account("{}", r#"{"iss":"https://sts.windows.net/t/"}"#);
        assert_eq!(version_1.text("environment").as_deref(), Some(WORLDWIDE));
    }

    #[test]
    fn a_hint_names_by_its_strongest_name() {
        let ada = account(
            r#"{"homeAccountId":"O.T","environment":"e","tenantId":"G","username":"ada@x","localAccountId":"L"}"#,
            "{}",
        );
        // The hint, whether it names Ada, whether it accepts a token of hers in tenant G.
        let cases = [
            (r#"{"homeAccountId":"o.t"}"#, true, true),
            (r#"{"homeAccountId":"o.t","tenantId":"g","environment":"E"}"#, true, true),
            (r#"{"homeAccountId":"o.t","tenantId":"T"}"#, true, false),
            (r#"{"homeAccountId":"b.t","username":"ada@x"}"#, false, false),
            (r#"{"localAccountId":"l"}"#, true, true),
            (r#"{"localAccountId":"b","username":"ada@x"}"#, false, false),
            (r#"{"username":"ADA@x"}"#, true, true),
            (r#"{"username":"bob@x"}"#, false, false),
        ];
        for (hint, names, accepts) in cases {
            let hint = Account::named(Json::parse(hint, 8).unwrap()).unwrap();
            assert_eq!((hint.names(&ada), hint.accepts(&ada)), (names, accepts), "{hint:?}");
        }
        for nobody in ["{}", r#"{"tenantId":"t"}"#, "null", r#"{"homeAccountId":""}"#] {
            assert_eq!(Account::named(Json::parse(nobody, 8).unwrap()), None, "{nobody}");
        }
    }

    #[test]
    fn an_authority_says_who_may_come() {
        let work = account(&format!(r#"{{"tenantId":"{TENANT}"}}"#), "{}");
        let personal = account(&format!(r#"{{"tenantId":"{PERSONAL_TENANT}"}}"#), "{}");
        let cases = [
            ("https://login.microsoftonline.com/common".to_owned(), true, true),
            ("https://login.microsoftonline.com/contoso.onmicrosoft.com".to_owned(), true, true),
            ("https://login.microsoftonline.com".to_owned(), true, true),
            ("https://login.microsoftonline.com/Organizations/".to_owned(), true, false),
            ("https://login.microsoftonline.com/consumers".to_owned(), false, true),
            (format!("https://login.microsoftonline.com/{TENANT}/v2.0"), true, false),
            (format!("login.microsoftonline.com/{PERSONAL_TENANT}"), false, true),
        ];
        for (authority, admits_work, admits_personal) in cases {
            let tenancy = Tenancy::of_authority(&authority);
            assert_eq!(
                (tenancy.admits(&work), tenancy.admits(&personal)),
                (admits_work, admits_personal),
                "{authority}"
            );
        }
    }
}
