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
    "interaction_required",
    "login_required",
    "bad_token",
    "ui_not_allowed",
    "interrupted_user",
    "message_only",
    "additional_action",
    "basic_action",
    "user_password_expired",
];

/// What is known besides what the host says.
#[derive(Clone, Copy, Debug)]
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
    pub tenant: Option<&'a str>,
    /// The page's origin, where it has one.
    pub page_origin: Option<&'a str>,
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

    /// The redirect URI that the page's origin has to be registered with.
    fn redirect_uri(&self) -> Option<String> {
        let (_, authority) = self.page_origin?.split_once("://")?;
        Some(format!("brk-multihub://{authority}"))
    }

    /// Where an administrator agrees for everybody.
    fn consent_link(&self) -> String {
        let tenant = self.tenant.unwrap_or("organizations");
        let safe = |text: &str| {
            let allowed = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
            text.chars().filter(allowed).collect::<String>()
        };
        let (tenant, client) = (safe(tenant), safe(self.client_id));
        format!("https://login.microsoftonline.com/{tenant}/adminconsent?client_id={client}")
    }
}

/// What kind of refusal it is.
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
}

/// The failure for the `error` of a refusal, which may be absent.
#[must_use]
pub fn failure(error: Option<Json<'_>>, asked: &Asked<'_>) -> Failure {
    let report = read(error, asked);
    let kind = classify(&report, asked.method);
    let mut failure = describe(kind, &report, asked);
    failure.bridge = Some(Box::new(report));
    failure
}

/// Keeps what the host said, without tokens.
fn read(error: Option<Json<'_>>, asked: &Asked<'_>) -> BridgeReport {
    let mut report = asked.report();
    let Some(error) = error.filter(|error| !error.is_null()) else { return report };
    if error.kind() == Kind::Object {
        let field = |name| text(error, name).map(|text| clean(&text));
        report.status = field("status");
        report.code = field("code");
        report.sub_error = field("subError").or_else(|| field("suberror"));
        report.description = field("description");
    } else {
        report.description = Some(clean(&error.as_str().unwrap_or_else(|| error.raw().into())));
    }
    let texts = [&report.description, &report.code, &report.sub_error];
    report.aadsts = texts.into_iter().flatten().find_map(|text| aadsts(text));
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
        rest.get(..end)?.parse().ok()
    })
}

/// A status or code in one spelling: `User_Canceled`, `USER_CANCEL` and
/// `userCanceled` differ in nothing that matters.
fn spelling(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

fn classify(report: &BridgeReport, method: Method) -> Kindred {
    let said = |text: &Option<String>| text.as_deref().map(spelling).unwrap_or_default();
    let (status, code, sub_error) =
        (said(&report.status), said(&report.code), said(&report.sub_error));
    let is_word = |words: &[&str]| {
        words.iter().any(|word| spelling(word) == code || spelling(word) == sub_error)
    };
    let cancelled = |text: &str| text.contains("usercancel") || text == "authenticationcanceled";
    if cancelled(&status) || cancelled(&code) {
        return Kindred::Cancelled;
    }
    match status.as_str() {
        "nonetwork" => return Kindred::Offline,
        "accountunavailable" => return Kindred::NoAccount,
        "disabled" | "nestedappauthunavailable" => return Kindred::Unavailable,
        _ => {}
    }
    let asks = status == "userinteractionrequired";
    match report.aadsts {
        Some(65001 | 65004) => return Kindred::Consent,
        Some(530_021) => return Kindred::Blocked,
        // The user may still do what is demanded, while somebody asks them to.
        Some(53000..=53004 | 50105) if !asks || method == Method::GetTokenPopup => {
            return Kindred::Blocked;
        }
        Some(50011 | 650_057 | 500_011 | 700_016 | 700_046 | 9_002_326) => {
            return Kindred::Registration;
        }
        Some(50196) => return Kindred::Throttled,
        Some(90024 | 90033) => return Kindred::Transient,
        Some(50055 | 50058 | 50074 | 50076 | 50079 | 50173) => return Kindred::Interaction,
        _ => {}
    }
    if is_word(&["consent_required"]) {
        return Kindred::Consent;
    }
    if asks || is_word(&INTERACTION) {
        return Kindred::Interaction;
    }
    let description = report.description.as_deref().unwrap_or_default();
    if description.to_ascii_lowercase().contains("not valid for nested app auth") {
        return Kindred::Registration;
    }
    if status == "transienterror" { Kindred::Transient } else { Kindred::Server }
}

fn describe(kind: Kindred, report: &BridgeReport, asked: &Asked<'_>) -> Failure {
    let (code, summary) = match kind {
        Kindred::Interaction => {
            (Code::InteractionRequired, "the user has to sign in or confirm something")
        }
        Kindred::Consent => {
            (Code::ConsentRequired, "nobody has agreed to what the add-in asks for")
        }
        Kindred::Cancelled => {
            (Code::SignInCancelled, "the sign-in window closed before the sign-in was done")
        }
        Kindred::NoAccount => {
            (Code::SignInRequired, "nobody is signed in to Office with that account")
        }
        Kindred::Offline => (Code::Unreachable, "the Office host has no network"),
        Kindred::Unavailable => (
            Code::HostUnsupported,
            "this Office host does not offer nested app authentication here",
        ),
        Kindred::Blocked => {
            (Code::AccessBlocked, "a policy of the organisation does not let this user in")
        }
        Kindred::Registration => {
            (Code::ConfigurationInvalid, "the app registration does not fit what was asked")
        }
        Kindred::Throttled => (Code::RateLimited, "the identity provider was asked too often"),
        Kindred::Transient => {
            (Code::ServerError, "the Office host could not get a token this time")
        }
        Kindred::Server => (Code::ServerError, "the Office host could not get a token"),
    };
    let mut failure = Failure::new(code, message(summary, report));
    failure.retryable = matches!(kind, Kindred::Offline | Kindred::Throttled | Kindred::Transient);
    match hint(kind, asked) {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}

/// The summary and what the host said, however little that is.
fn message(summary: &str, report: &BridgeReport) -> String {
    let said = [&report.description, &report.sub_error, &report.code, &report.status];
    match said.into_iter().flatten().next() {
        Some(said) => format!("{summary}: {said}"),
        None => format!("{summary}: it gave no reason for refusing {}", report.method),
    }
}

fn hint(kind: Kindred, asked: &Asked<'_>) -> Option<Hint> {
    Some(match kind {
        Kindred::Interaction | Kindred::NoAccount => Hint::new(
            "sign-in",
            Audience::Developer,
            "Call acquireTokenPopup when the user next clicks, or acquireToken at once.",
        ),
        Kindred::Consent => Hint::new(
            "grant-consent",
            Audience::Admin,
            "Let the user agree in acquireTokenPopup, or open adminConsentUrl as an administrator and agree for everybody.",
        )
        .with("adminConsentUrl", asked.consent_link()),
        Kindred::Cancelled => Hint::new(
            "try-again",
            Audience::User,
            "Try again. If the window closes by itself, the browser may be blocking third-party cookies.",
        ),
        Kindred::Offline => Hint::new(
            "go-online",
            Audience::User,
            "Connect this computer to the network and try again.",
        ),
        Kindred::Unavailable => unavailable(),
        Kindred::Blocked => Hint::new(
            "check-conditional-access",
            Audience::Admin,
            "Look the sign-in up in Entra's sign-in log, by its correlation ID, and see which policy refused it.",
        )
        .with("correlationId", asked.correlation_id),
        Kindred::Registration => registration(asked)?,
        Kindred::Throttled | Kindred::Transient | Kindred::Server => return None,
    })
}

/// What to do in a host without the bridge.
#[must_use]
pub fn unavailable() -> Hint {
    Hint::new(
        "use-standard-sign-in",
        Audience::Developer,
        "Sign the user in without the host, and load office.js from Microsoft's address: the npm package has no bridge.",
    )
}

fn registration(asked: &Asked<'_>) -> Option<Hint> {
    let uri = asked.redirect_uri()?;
    let text = format!(
        "In the app registration, add {uri} as a redirect URI of a single-page application, and check the scopes that are asked for."
    );
    Some(Hint::new("register-redirect-uri", Audience::Admin, text).with("redirectUri", uri))
}
