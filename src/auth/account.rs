//! Who a token is for, and who one is asked for.

use std::rc::Rc;

use crate::json::{Json, write};
use crate::text::{contains, join};

use super::fields::{Fields, Words, has, member, or, parse, string, text};

/// The tenant of all personal Microsoft accounts.
pub const PERSONAL_TENANT: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";

/// Where accounts live when nobody says otherwise.
const WORLDWIDE: &str = "login.microsoftonline.com";

/// Members of MSAL's `AccountInfo`, by their places.
pub mod place {
    /// The object ID in the token's tenant.
    pub const LOCAL: usize = 0;
    /// The token's tenant.
    pub const TENANT: usize = 1;
    /// `<object ID>.<home tenant>`
    pub const HOME: usize = 2;
    /// The cloud, by the host that signs in there.
    pub const ENVIRONMENT: usize = 3;
    /// The name that the person signs in with.
    pub const USERNAME: usize = 4;
    /// By which the identity provider knows the person again, where it says so.
    pub(super) const LOGIN_HINT: usize = 6;
    /// The claims of the ID token, as JSON.
    pub(super) const CLAIMS: usize = 8;
}

/// What each cloud's sign-in has been called besides, the present name first
/// (MSAL's `AuthorityMetadata`): accounts that MSAL kept go by the old ones.
static CLOUDS: [&str; 3] = [
    "login.microsoftonline.com login.windows.net login.microsoft.com sts.windows.net",
    "login.partner.microsoftonline.cn login.chinacloudapi.cn",
    "login.microsoftonline.us login.usgovcloudapi.net",
];

const NAMES: &str = "localAccountId tenantId homeAccountId environment username \
    name loginHint nativeAccountId";

/// The first of [`NAMES`], which name an account; the rest describes it.
const NAMING: &str = "localAccountId tenantId homeAccountId environment username";

/// By place: what a host calls it, and the claims that fill a gap. `tfp` and
/// `acr` name the policy in the tenant's place in Azure AD B2C.
const SOURCES: [(&str, &str); 8] = [
    ("localAccountId", "oid sub"),
    ("tenantId", "tid tfp acr"),
    ("homeAccountId", ""),
    ("environment", ""),
    ("username", "preferred_username upn email"),
    ("name", "name"),
    ("loginHint", "login_hint"),
    ("platformBrokerId", ""),
];

/// An account, or as much of one as somebody names. Nothing in it is a secret.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account(Rc<Fields>);

impl Account {
    /// The account of a token, from what the host says, with the ID token's
    /// claims, which are JSON, in its gaps.
    #[must_use]
    pub fn of_token(given: Json<'_>, claims: &str) -> Self {
        let json = parse(claims);
        let mut fields = Fields::default();
        for (at, (name, others)) in SOURCES.iter().enumerate() {
            let mut value = text(given, name);
            for claim in Words(others) {
                value = or(value, &text(json, claim));
            }
            let other = match at {
                place::HOME => join(&[fields.at(place::LOCAL), fields.at(place::TENANT)], "."),
                place::ENVIRONMENT => environment(&text(json, "iss")).to_owned(),
                place::USERNAME => {
                    string(member(json, "emails").elements().next().unwrap_or(Json::NULL))
                }
                _ => String::new(),
            };
            fields.push(or(value, &other));
        }
        fields.push(claims.to_owned());
        Self(Rc::new(fields))
    }

    /// The account that a caller or the host names, which may be nobody. Of
    /// what is given only what names it is kept: MSAL's accounts have tokens
    /// in them.
    #[must_use]
    pub fn read(given: Json<'_>) -> Self {
        Self(Rc::new(Fields::read(given, NAMING)))
    }

    /// By which the identity provider knows the person again.
    pub(super) fn login_hint(&self) -> &str {
        self.0.at_or(place::LOGIN_HINT, self.at(place::USERNAME))
    }

    /// Whether nothing says who it is.
    #[must_use]
    pub fn is_nobody(&self) -> bool {
        self.strongest().1.is_empty()
    }

    /// What is at a [`place`]; empty where nothing is.
    #[must_use]
    pub fn at(&self, place: usize) -> &str {
        self.0.at(place)
    }

    /// What the ID token says.
    #[must_use]
    pub fn claims(&self) -> Json<'_> {
        parse(self.at(place::CLAIMS))
    }

    /// Writes the members of MSAL's `AccountInfo` that are there.
    pub(super) fn write(&self, out: &mut write::Object<'_>) {
        self.0.write(out, NAMES);
        out.name("idTokenClaims").push_str(self.at(place::CLAIMS));
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
        let (place, own) = self.strongest();
        !own.is_empty() && own.eq_ignore_ascii_case(other.at(place))
    }

    /// Whether a token of the other may be given to who asks for this one:
    /// the person, and where they are named the tenant and the cloud.
    #[must_use]
    pub fn accepts(&self, other: &Self) -> bool {
        let mut accepts = self.names(other);
        for place in [place::TENANT, place::ENVIRONMENT] {
            let (own, theirs) = (self.at(place), other.at(place));
            accepts &=
                own.is_empty() || own.eq_ignore_ascii_case(theirs) || are_one_cloud(own, theirs);
        }
        accepts
    }

    /// The strongest of its names, with its place: the home account, the
    /// account in the tenant, the name that the person signs in with.
    fn strongest(&self) -> (usize, &str) {
        for place in [place::HOME, place::LOCAL] {
            if !self.at(place).is_empty() {
                return (place, self.at(place));
            }
        }
        (place::USERNAME, self.at(place::USERNAME))
    }

    /// Whether both are named by the same texts.
    pub(super) fn is_named_as(&self, other: &Self) -> bool {
        self.0.agree(&other.0, place::USERNAME + 1)
    }
}

/// Whether both are names of one cloud; tenants are none.
fn are_one_cloud(one: &str, other: &str) -> bool {
    CLOUDS.iter().any(|names| has(names, one) && has(names, other))
}

/// The host of an issuer, or where accounts usually live. Version 1 tokens
/// name a host that nobody signs in at.
fn environment(issuer: &str) -> &str {
    let host = first_segment(issuer.strip_prefix("https://").unwrap_or_default());
    if host.is_empty() || host == "sts.windows.net" { WORLDWIDE } else { host }
}

fn first_segment(path: &str) -> &str {
    path.split_once('/').map_or(path, |(segment, _)| segment)
}

/// Which accounts an authority is for, as far as its address tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tenancy(String);

impl Tenancy {
    /// Of an authority such as `https://login.microsoftonline.com/<tenant>`.
    /// `organizations` keeps personal accounts out, `consumers` all others, and
    /// an ID all of other tenants. Of `common`, a domain name or nothing, nothing
    /// can be checked.
    #[must_use]
    pub fn of_authority(authority: &str) -> Self {
        let path = authority.strip_prefix("https://").unwrap_or(authority);
        let (_, segments) = path.split_once('/').unwrap_or_default();
        Self(first_segment(segments).to_ascii_lowercase())
    }

    /// The one tenant that it names, by its ID or its domain; empty for none.
    #[must_use]
    pub fn tenant(&self) -> &str {
        if self.0.len() == 36 || contains(&self.0, ".") { &self.0 } else { "" }
    }

    /// Whether an account may be used under it.
    #[must_use]
    pub fn admits(&self, account: &Account) -> bool {
        let tenant = account.at(place::TENANT);
        let personal = tenant.eq_ignore_ascii_case(PERSONAL_TENANT);
        match self.0.as_str() {
            "organizations" => !personal,
            "consumers" => personal,
            // Of the length of an ID, and no domain.
            id if id.len() == 36 && !contains(id, ".") => id.eq_ignore_ascii_case(tenant),
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TENANT: &str = "11111111-2222-3333-4444-555555555555";

    fn account(given: &str, claims: &str) -> Account {
        Account::of_token(Json::parse(given, 8).unwrap(), claims)
    }

    #[test]
    fn the_token_fills_the_hosts_gaps() {
        let full = r#"{"homeAccountId":"H","environment":"E","tenantId":"T","username":"U","localAccountId":"L","name":"N","loginHint":"G","platformBrokerId":"P"}"#;
        let token = r#"{"oid":"o","tid":"t","preferred_username":"u","name":"n","login_hint":"g","iss":"https://login.microsoftonline.us/t/v2.0"}"#;
        let order = [2, 3, 1, 4, 0, 5, 6, 7];
        let fields = |account: &Account| order.map(|place| account.at(place).to_owned());
        assert_eq!(fields(&account(full, token)), ["H", "E", "T", "U", "L", "N", "G", "P"]);
        let filled = fields(&account("{}", token));
        assert_eq!(filled, ["o.t", "login.microsoftonline.us", "t", "u", "o", "n", "g", ""]);
        let nothing = fields(&account(r#"{"name":null,"tenantId":5}"#, "{}"));
        assert_eq!(nothing, [".", WORLDWIDE, "", "", "", "", "", ""]);
        let version_1 = account("{}", r#"{"iss":"https://sts.windows.net/t/"}"#);
        assert_eq!(version_1.at(place::ENVIRONMENT), WORLDWIDE);
    }

    #[test]
    fn the_claims_have_several_places_for_a_name() {
        let cases = [
            (r#"{"preferred_username":"a","upn":"b"}"#, place::USERNAME, "a"),
            (r#"{"preferred_username":"","upn":"b"}"#, place::USERNAME, "b"),
            (r#"{"emails":["c","d"]}"#, place::USERNAME, "c"),
            (r#"{"emails":[]}"#, place::USERNAME, ""),
            (r#"{"emails":"e","upn":1}"#, place::USERNAME, ""),
            (r#"{"sub":"s"}"#, place::LOCAL, "s"),
            (r#"{"oid":"o","sub":"s"}"#, place::LOCAL, "o"),
            (r#"{"tfp":"p","acr":"r"}"#, place::TENANT, "p"),
            (r#"{"acr":"r"}"#, place::TENANT, "r"),
        ];
        for (claims, place, text) in cases {
            assert_eq!(account("{}", claims).at(place), text, "{claims}");
        }
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
            let hint = Account::read(Json::parse(hint, 8).unwrap());
            assert_eq!((hint.names(&ada), hint.accepts(&ada)), (names, accepts), "{hint:?}");
        }
        for nobody in ["{}", r#"{"tenantId":"t"}"#, "null", r#"{"homeAccountId":""}"#] {
            assert!(Account::read(Json::parse(nobody, 8).unwrap()).is_nobody(), "{nobody}");
        }
    }

    #[test]
    fn a_cloud_has_several_names() {
        let environment = |name: &str| {
            account(&format!(r#"{{"homeAccountId":"O.T","environment":"{name}"}}"#), "{}")
        };
        for (one, other, same) in [
            ("login.windows.net", "login.microsoftonline.com", true),
            ("STS.windows.net", "login.microsoft.com", true),
            ("login.chinacloudapi.cn", "login.partner.microsoftonline.cn", true),
            ("login.usgovcloudapi.net", "login.microsoftonline.us", true),
            ("login.microsoftonline.us", "login.microsoftonline.com", false),
            ("login.windows.net", "login.example", false),
            ("login.example", "login.example", true),
        ] {
            assert_eq!(environment(one).is(&environment(other)), same, "{one} {other}");
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
            let named = authority
                .split('/')
                .find(|part| part.len() == 36 || part.ends_with(".onmicrosoft.com"));
            assert_eq!(tenancy.tenant(), named.unwrap_or_default());
        }
    }
}
