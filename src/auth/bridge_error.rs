//! What the host's refusals mean.
//!
//! The status says it where the host keeps to the protocol. Some don't: a
//! closed window arrives as a server error with a code of its own spelling,
//! the same status comes in several spellings, or nothing is filled in. So the
//! code, the sub-error and the AADSTS number count too, and all of it stays
//! readable in the failure.

use crate::error::{Audience, BridgeReport, Code, Failure, Hint};
use crate::json::{Json, Kind, write};
use crate::secret::redact;

use super::envelope::Method;
use super::field::text;

/// The longest text that is kept of a host's error, in bytes.
const LONGEST: usize = 4_096;

/// The words by which Entra and MSAL ask for the user, as codes and sub-errors.
const INTERACTION: [&str; 9] = [
    "interactionrequired",
    "loginrequired",
    "badtoken",
    "uinotallowed",
    "interrupteduser",
    "messageonly",
    "additionalaction",
    "basicaction",
    "userpasswordexpired",
];

/// What is known besides what the host says.
#[derive(Clone, Debug)]
pub struct Asked<'a> {
    /// What was asked.
    pub method: Method,
    /// Under which name.
    pub correlation_id: &'a str,
    /// How long ago, in milliseconds.
    pub elapsed_ms: u64,
    /// The application's ID.
    pub client_id: &'a str,
    /// The tenant that is signed in, where it is known.
    pub tenant: Option<String>,
    /// The redirect URI that has to be registered, where the page has an origin.
    pub redirect_uri: Option<&'a str>,
    /// Where the cloud's users sign in.
    pub login_origin: &'a str,
}

impl Asked<'_> {
    /// The part of a failure that is the host's.
    #[must_use]
    pub fn report(&self) -> BridgeReport {
        BridgeReport {
            method: self.method.as_str(),
            correlation_id: self.correlation_id.to_owned(),
            elapsed_ms: self.elapsed_ms,
            ..BridgeReport::default()
        }
    }

    /// Where an administrator agrees for everybody.
    fn consent_link(&self) -> String {
        let tenant = self.tenant.as_deref().unwrap_or("organizations");
        let safe = |text: &str| {
            let allowed = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
            text.chars().filter(allowed).collect::<String>()
        };
        let (tenant, client) = (safe(tenant), safe(self.client_id));
        let login = self.login_origin;
        format!("{login}/{tenant}/adminconsent?client_id={client}")
    }
}

/// What kind of refusal it is, as a place in [`MEANINGS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kindred {
    Interaction,
    Consent,
    Cancelled,
    NoAccount,
    Offline,
    Unavailable,
    Blocked,
    Registration,
    Throttled,
    Transient,
    Server,
    PopupBlocked,
    Window,
    TimedOut,
    Foreign,
    Tenant,
    Secret,
}

/// What a kind of refusal comes to: code, whether it may pass, what happened,
/// and as hint its ID, its audience and its text.
type Meaning = (Code, bool, &'static str, &'static str, Audience, &'static str);

const SIGN_IN: &str = "Call acquireTokenPopup when the user next clicks, or acquireToken at once.";

const USE_STANDARD: &str = "Sign the user in without the host, and load office.js from Microsoft's address: the npm package has no bridge.";

/// In the order of [`Kindred`].
const MEANINGS: [Meaning; 17] = [
    (
        Code::InteractionRequired,
        false,
        "the user has to sign in or confirm something",
        "sign-in",
        Audience::Developer,
        SIGN_IN,
    ),
    (
        Code::ConsentRequired,
        false,
        "nobody has agreed to what the add-in asks for",
        "grant-consent",
        Audience::Admin,
        "Let the user agree in acquireTokenPopup, or open adminConsentUrl as an administrator and agree for everybody.",
    ),
    (
        Code::SignInCancelled,
        false,
        "the sign-in window closed before the sign-in was done",
        "try-again",
        Audience::User,
        "Try again. If the window closed by itself, the browser may be blocking third-party cookies. If it showed an error about a redirect URI, an administrator has to add redirectUri to the app registration.",
    ),
    (
        Code::SignInRequired,
        false,
        "nobody is signed in with that account",
        "sign-in",
        Audience::Developer,
        SIGN_IN,
    ),
    (
        Code::Unreachable,
        true,
        "there was no answer over the network",
        "go-online",
        Audience::User,
        "Connect this computer to the network and try again; a firewall has to let it through to the identity provider.",
    ),
    (
        Code::HostUnsupported,
        false,
        "this Office host does not offer nested app authentication here",
        "use-standard-sign-in",
        Audience::Developer,
        USE_STANDARD,
    ),
    (
        Code::AccessBlocked,
        false,
        "a policy of the organisation does not let this user in",
        "check-conditional-access",
        Audience::Admin,
        "Look the sign-in up in the identity provider's log, by its correlation ID, and see which policy refused it.",
    ),
    (
        Code::ConfigurationInvalid,
        false,
        "the app registration does not fit what was asked",
        "register-redirect-uri",
        Audience::Admin,
        "In the app registration, add redirectUri as a redirect URI of a single-page application, and check the scopes that are asked for.",
    ),
    (Code::RateLimited, true, "the identity provider was asked too often", "", Audience::User, ""),
    (Code::ServerError, true, "no token could be had this time", "", Audience::User, ""),
    (Code::ServerError, false, "no token could be had", "", Audience::User, ""),
    (
        Code::PopupBlocked,
        false,
        "the sign-in window was blocked",
        "allow-popups",
        Audience::User,
        "Allow pop-ups for this page and try again. A page that calls acquireTokenPopup at once when it is clicked needs no permission.",
    ),
    (
        Code::ConfigurationInvalid,
        false,
        "the sign-in window could not show its page",
        "check-start-page",
        Audience::Developer,
        "Serve startUrl and redirectUri over https from the pane's own origin, and list that in the manifest's AppDomains.",
    ),
    (Code::Timeout, true, "there was no answer in time", "", Audience::User, ""),
    (
        Code::ResponseInvalid,
        false,
        "what came back was not the identity provider's answer",
        "",
        Audience::User,
        "",
    ),
    (
        Code::TenantMismatch,
        false,
        "the account is not one of the organisation's",
        "use-work-account",
        Audience::User,
        "Sign in with an account of the organisation that this add-in belongs to.",
    ),
    (
        Code::CredentialInvalid,
        false,
        "the application is not known by this client ID and secret",
        "check-client-secret",
        Audience::Admin,
        "Compare client ID and client secret with the identity provider's console; a secret that was replaced there has to be replaced here.",
    ),
];

/// Statuses and codes that say all, in the spelling of [`spelling`].
const PLAIN: [(&str, Kindred); 12] = [
    // Of the standard sign-in's own (`auth::oauth`).
    ("popupblocked", Kindred::PopupBlocked),
    ("windowfailed", Kindred::Window),
    ("timeout", Kindred::TimedOut),
    ("foreignanswer", Kindred::Foreign),
    ("usercancel", Kindred::Cancelled),
    ("usercanceled", Kindred::Cancelled),
    ("usercancelled", Kindred::Cancelled),
    ("authenticationcanceled", Kindred::Cancelled),
    ("nonetwork", Kindred::Offline),
    ("accountunavailable", Kindred::NoAccount),
    ("disabled", Kindred::Unavailable),
    ("nestedappauthunavailable", Kindred::Unavailable),
];

/// Codes that say less than Entra's numbers do.
const WORDS: [(&str, Kindred); 7] = [
    ("consentrequired", Kindred::Consent),
    ("invalidclient", Kindred::Secret),
    ("unauthorizedclient", Kindred::Registration),
    ("invalidscope", Kindred::Registration),
    // Google's.
    ("redirecturimismatch", Kindred::Registration),
    ("adminpolicyenforced", Kindred::Blocked),
    ("orginternal", Kindred::Tenant),
];

/// Entra's errors, first to last number, by what they commonly mean. Of these
/// 530021 alone was seen in a report about Office (OfficeDev/office-js#5315).
const ENTRA: [(u32, u32, Kindred); 27] = [
    (50011, 50011, Kindred::Registration),
    (50020, 50020, Kindred::Tenant),
    (50055, 50055, Kindred::Interaction),
    (50058, 50058, Kindred::Interaction),
    (50074, 50076, Kindred::Interaction),
    (50079, 50079, Kindred::Interaction),
    (50105, 50105, Kindred::Blocked),
    (50173, 50173, Kindred::Interaction),
    (50194, 50194, Kindred::Registration),
    (50196, 50196, Kindred::Throttled),
    (53000, 53004, Kindred::Blocked),
    (65001, 65001, Kindred::Consent),
    (65004, 65004, Kindred::Consent),
    (70043, 70044, Kindred::Interaction),
    (90024, 90024, Kindred::Transient),
    (90033, 90033, Kindred::Transient),
    (90072, 90072, Kindred::Tenant),
    (90094, 90095, Kindred::Consent),
    (500_011, 500_011, Kindred::Registration),
    (500_113, 500_113, Kindred::Registration),
    (530_021, 530_021, Kindred::Blocked),
    (650_057, 650_057, Kindred::Registration),
    (700_016, 700_016, Kindred::Registration),
    (700_046, 700_046, Kindred::Registration),
    (700_082, 700_084, Kindred::Interaction),
    (7_000_218, 7_000_218, Kindred::Registration),
    (9_002_326, 9_002_326, Kindred::Registration),
];

/// Demanded by a policy that no user can meet in a browser: an approved client app.
const NEEDS_APPROVED_APP: u32 = 530_021;

/// The failure for the `error` of a refusal, which may be absent.
#[must_use]
pub fn failure(error: Option<Json<'_>>, asked: &Asked<'_>) -> Failure {
    let report = read(error, asked);
    let kind = classify(&report, asked.method);
    let mut failure = describe(kind, report.last_word().unwrap_or("no reason was given"));
    if let Some(hint) = &mut failure.hint {
        let param = match kind {
            Kindred::Consent => Some(("adminConsentUrl", asked.consent_link())),
            Kindred::Blocked => Some(("correlationId", asked.correlation_id.to_owned())),
            Kindred::Registration | Kindred::Cancelled | Kindred::Window => {
                asked.redirect_uri.map(|uri| ("redirectUri", uri.to_owned()))
            }
            _ => None,
        };
        hint.params.extend(param);
    }
    failure.bridge = Some(Box::new(report));
    failure
}

/// What a kind of refusal comes to, with what the host said of it.
fn describe(kind: Kindred, said: &str) -> Failure {
    let Some((code, passes, summary, id, audience, text)) = MEANINGS.get(kind as usize) else {
        return Failure::new(Code::ServerError, said);
    };
    let mut failure = Failure::new(*code, [summary, ": ", said].concat());
    failure.retryable = *passes;
    if id.is_empty() { failure } else { failure.hint(Hint::new(id, *audience, *text)) }
}

/// Keeps what the host said, without tokens.
fn read(error: Option<Json<'_>>, asked: &Asked<'_>) -> BridgeReport {
    let mut report = asked.report();
    let Some(error) = error.filter(|error| !error.is_null()) else { return report };
    for name in ["status", "code", "subError", "description"] {
        let said = text(error, name).map(|said| (name, clean(&said)));
        report.said.extend(said);
    }
    if error.kind() != Kind::Object {
        let said = error.as_str().unwrap_or_else(|| error.raw().into());
        report.said.push(("description", clean(&said)));
    }
    report.aadsts = report.said.iter().rev().find_map(|(_, text)| aadsts(text));
    let mut raw = String::new();
    write_redacted(&mut raw, error);
    report.raw = Some(raw).filter(|raw| raw.len() <= LONGEST);
    report
}

/// A text without tokens, cut where it is longer than anybody reads.
fn clean(text: &str) -> String {
    let mut text = redact(text, std::iter::empty());
    if text.len() > LONGEST {
        let end = (0..=LONGEST).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default();
        text.truncate(end);
    }
    text
}

/// The same value without tokens in its texts.
fn write_redacted(out: &mut String, value: Json<'_>) {
    if out.len() > LONGEST {
        return;
    }
    match value.kind() {
        Kind::Object => {
            let mut object = write::Object::new(out);
            for (name, value) in value.members() {
                write_redacted(object.name(&clean(&name)), value);
            }
        }
        Kind::Array => {
            let mut array = write::Array::new(out);
            for value in value.elements() {
                write_redacted(array.element(), value);
            }
        }
        Kind::String => write::push_string(out, &clean(&value.as_str().unwrap_or_default())),
        _ => out.push_str(value.raw()),
    }
}

/// The number behind the first `AADSTS` of a text.
fn aadsts(text: &str) -> Option<u32> {
    let mut parts = text.split("AADSTS").skip(1);
    parts.find_map(|rest| {
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let number = Json::parse(rest.get(..end)?, 0).ok()?.as_u64()?;
        u32::try_from(number).ok()
    })
}

/// A status or code in one spelling: `User_Canceled`, `USER_CANCEL` and
/// `userCanceled` differ in nothing that matters.
fn spelling(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

fn classify(report: &BridgeReport, method: Method) -> Kindred {
    let said = |name| report.said(name).map(spelling).unwrap_or_default();
    let (status, code, sub_error) = (said("status"), said("code"), said("subError"));
    for text in [&status, &code] {
        if let Some((_, kind)) = PLAIN.iter().find(|(word, _)| word == text) {
            return *kind;
        }
    }
    let asks = status == "userinteractionrequired";
    let number = report.aadsts.unwrap_or_default();
    let known = ENTRA.iter().find(|(first, last, _)| (*first..=*last).contains(&number));
    match known {
        // The user may still do what is demanded, while somebody asks them to.
        Some((_, _, Kindred::Blocked))
            if asks && method != Method::GetTokenPopup && number != NEEDS_APPROVED_APP => {}
        Some((_, _, kind)) => return *kind,
        None => {}
    }
    let is_word = |word: &str| code == word || sub_error == word;
    if let Some((_, kind)) = WORDS.iter().find(|(word, _)| is_word(word)) {
        return *kind;
    }
    if asks || INTERACTION.iter().any(|word| is_word(word)) {
        return Kindred::Interaction;
    }
    let description = spelling(report.said("description").unwrap_or_default());
    if description.contains("notvalidfornestedappauth") {
        return Kindred::Registration;
    }
    if description.contains("clientsecretismissing") {
        return Kindred::Secret;
    }
    if status == "transienterror" { Kindred::Transient } else { Kindred::Server }
}

/// What is missing before anything can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// The page's window has no bridge.
    Bridge {
        /// After so many milliseconds.
        waited_ms: u32,
    },
    /// There is something in the bridge's place that messages can't go over.
    Methods,
    /// The host's own preparation failed.
    Hook,
    /// It did not end.
    HookEnd {
        /// Within so many milliseconds.
        waited_ms: u32,
    },
}

impl From<Missing> for Failure {
    fn from(missing: Missing) -> Self {
        let (why, waited_ms) = match missing {
            Missing::Bridge { waited_ms } => ("the page has no bridge", waited_ms),
            Missing::Methods => ("the page's bridge lacks its methods", 0),
            Missing::Hook => ("preparing the bridge failed", 0),
            Missing::HookEnd { waited_ms } => ("preparing the bridge did not end", waited_ms),
        };
        if waited_ms == 0 {
            return unavailable(why);
        }
        unavailable(&format!("{why} within {waited_ms} ms"))
    }
}

/// The host has no bridge that works, for this reason.
#[must_use]
pub fn unavailable(why: &str) -> Failure {
    describe(Kindred::Unavailable, why)
}
