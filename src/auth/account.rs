//! Who a token is for, and who one was asked for.

use crate::json::{Json, write};

use super::field::text;
use super::id_token::Claims;

/// The tenant of all personal Microsoft accounts.
pub const PERSONAL_TENANT: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";

/// Where accounts live when nobody says otherwise.
const WORLDWIDE: &str = "login.microsoftonline.com";

/// An account as MSAL's `AccountInfo` describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// `<object ID>.<home tenant>`
    pub home_account_id: String,
    /// The host of the identity provider, for example `login.microsoftonline.com`.
    pub environment: String,
    /// The tenant that the token is of.
    pub tenant_id: String,
    /// The name that the user signs in with.
    pub username: String,
    /// The object ID in that tenant.
    pub local_account_id: String,
    /// The name to show.
    pub name: String,
    /// What a standard sign-in would take to skip the choice of account.
    pub login_hint: Option<String>,
    /// The host's own name for the account.
    pub native_account_id: Option<String>,
    /// What the ID token says.
    pub claims: Claims,
}

impl Account {
    /// From what the host says, with the ID token's claims in its gaps.
    #[must_use]
    pub fn read(given: Json<'_>, claims: Claims) -> Self {
        let or_empty = |value: Option<String>| value.unwrap_or_default();
        let local_account_id =
            or_empty(text(given, "localAccountId").or_else(|| claims.object_id()));
        let tenant_id = or_empty(text(given, "tenantId").or_else(|| claims.tenant()));
        let home = text(given, "homeAccountId");
        Self {
            home_account_id: home.unwrap_or_else(|| format!("{local_account_id}.{tenant_id}")),
            environment: text(given, "environment")
                .or_else(|| issuer(&claims))
                .unwrap_or_else(|| WORLDWIDE.to_owned()),
            tenant_id,
            username: or_empty(text(given, "username").or_else(|| claims.username())),
            local_account_id,
            name: or_empty(text(given, "name").or_else(|| claims.text("name"))),
            login_hint: text(given, "loginHint").or_else(|| claims.text("login_hint")),
            native_account_id: text(given, "platformBrokerId"),
            claims,
        }
    }

    /// Whether both are the same account in the same tenant.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        same(&self.home_account_id, &other.home_account_id)
            && same(&self.environment, &other.environment)
            && same(&self.tenant_id, &other.tenant_id)
    }

    /// Writes MSAL's fields. Nothing here is a secret; the ID token itself is added elsewhere.
    pub fn describe(&self, out: &mut write::Object<'_>) {
        out.string("homeAccountId", &self.home_account_id);
        out.string("environment", &self.environment);
        out.string("tenantId", &self.tenant_id);
        out.string("username", &self.username);
        out.string("localAccountId", &self.local_account_id);
        out.string("name", &self.name);
        for (name, value) in
            [("loginHint", &self.login_hint), ("nativeAccountId", &self.native_account_id)]
        {
            if let Some(value) = value {
                out.string(name, value);
            }
        }
        out.json("idTokenClaims", self.claims.json());
    }
}

/// The host of the issuer that an ID token names.
fn issuer(claims: &Claims) -> Option<String> {
    let issuer = claims.text("iss")?;
    let host = issuer.strip_prefix("https://")?.split('/').next()?;
    // Version 1 tokens name a host that nobody signs in at.
    (!host.is_empty() && host != "sts.windows.net").then(|| host.to_owned())
}

fn same(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
}

/// The account that a caller, or the host, names: as many of its fields as are known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountHint {
    /// `<object ID>.<home tenant>`, the only one that the host is told.
    pub home_account_id: Option<String>,
    local_account_id: Option<String>,
    username: Option<String>,
    environment: Option<String>,
    /// The tenant that the token is to be of.
    pub tenant_id: Option<String>,
}

impl AccountHint {
    /// From an `AccountInfo`, or a part of one; `None` where it names nobody.
    #[must_use]
    pub fn read(given: Json<'_>) -> Option<Self> {
        let hint = Self {
            home_account_id: text(given, "homeAccountId"),
            local_account_id: text(given, "localAccountId"),
            username: text(given, "username"),
            environment: text(given, "environment"),
            tenant_id: text(given, "tenantId"),
        };
        let names = [&hint.home_account_id, &hint.local_account_id, &hint.username];
        names.iter().any(|name| name.is_some()).then_some(hint)
    }

    /// Exactly this account.
    #[must_use]
    pub fn of(account: &Account) -> Self {
        Self {
            home_account_id: Some(account.home_account_id.clone()),
            environment: Some(account.environment.clone()),
            tenant_id: Some(account.tenant_id.clone()),
            ..Self::default()
        }
    }

    /// Whether the account is the person that is named: by the strongest of the names that are given.
    #[must_use]
    pub fn names(&self, account: &Account) -> bool {
        let pairs = [
            (&self.home_account_id, &account.home_account_id),
            (&self.local_account_id, &account.local_account_id),
            (&self.username, &account.username),
        ];
        let strongest = pairs.into_iter().find_map(|(hint, own)| Some((hint.as_ref()?, own)));
        strongest.is_some_and(|(hint, own)| same(hint, own))
    }

    /// Whether a token of this account may be given out: the person, and where
    /// they are named the tenant and the cloud.
    #[must_use]
    pub fn accepts(&self, account: &Account) -> bool {
        let agrees =
            |hint: &Option<String>, own: &str| hint.as_deref().is_none_or(|hint| same(hint, own));
        self.names(account)
            && agrees(&self.tenant_id, &account.tenant_id)
            && agrees(&self.environment, &account.environment)
    }

    /// What tells two hints apart.
    pub(super) fn key(&self) -> String {
        let parts = [
            &self.home_account_id,
            &self.local_account_id,
            &self.username,
            &self.environment,
            &self.tenant_id,
        ];
        let mut key = String::new();
        for part in parts {
            key.push_str(&part.as_deref().unwrap_or_default().to_ascii_lowercase());
            key.push('|');
        }
        key
    }
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
        let personal = same(&account.tenant_id, PERSONAL_TENANT);
        match self {
            Self::Any => true,
            Self::Organizations => !personal,
            Self::Consumers => personal,
            Self::Tenant(tenant) => same(tenant, &account.tenant_id),
        }
    }
}

fn is_guid(text: &str) -> bool {
    let lengths = text.split('-').map(str::len);
    lengths.eq([8, 4, 4, 4, 12])
        && text.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TENANT: &str = "11111111-2222-3333-4444-555555555555";

    /// A token with these claims; the payload is written as base64url by hand.
    fn claims(json: &str) -> Claims {
        const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let mut payload = String::new();
        for chunk in json.as_bytes().chunks(3) {
            let bits = chunk.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte));
            let bits = bits << (8 * (3 - chunk.len()));
            for digit in 0..=chunk.len() {
                payload.push(char::from(DIGITS[(bits >> (18 - 6 * digit)) as usize & 63]));
            }
        }
        Claims::of_token(&format!("e30.{payload}.")).unwrap()
    }

    fn account(given: &str, token: &str) -> Account {
        Account::read(Json::parse(given, 8).unwrap(), claims(token))
    }

    #[test]
    fn the_token_fills_the_hosts_gaps() {
        let full = r#"{"homeAccountId":"H","environment":"E","tenantId":"T","username":"U","localAccountId":"L","name":"N","loginHint":"G","platformBrokerId":"P"}"#;
        let token = r#"{"oid":"o","tid":"t","preferred_username":"u","name":"n","login_hint":"g","iss":"https://login.microsoftonline.us/t/v2.0"}"#;
        let fields = |account: &Account| {
            [
                account.home_account_id.clone(),
                account.environment.clone(),
                account.tenant_id.clone(),
                account.username.clone(),
                account.local_account_id.clone(),
                account.name.clone(),
                account.login_hint.clone().unwrap_or_default(),
                account.native_account_id.clone().unwrap_or_default(),
            ]
        };
        assert_eq!(fields(&account(full, token)), ["H", "E", "T", "U", "L", "N", "G", "P"]);
        let filled = fields(&account("{}", token));
        assert_eq!(filled, ["o.t", "login.microsoftonline.us", "t", "u", "o", "n", "g", ""]);
        let nothing = fields(&account(r#"{"name":null,"tenantId":5}"#, "{}"));
        assert_eq!(nothing, [".", WORLDWIDE, "", "", "", "", "", ""]);
        let version_1 = account("{}", r#"{"iss":"https://sts.windows.net/t/"}"#);
        assert_eq!(version_1.environment, WORLDWIDE);
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
            let hint = AccountHint::read(Json::parse(hint, 8).unwrap()).unwrap();
            assert_eq!((hint.names(&ada), hint.accepts(&ada)), (names, accepts), "{hint:?}");
        }
        for nobody in ["{}", r#"{"tenantId":"t"}"#, "null", r#"{"homeAccountId":""}"#] {
            assert_eq!(AccountHint::read(Json::parse(nobody, 8).unwrap()), None, "{nobody}");
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
