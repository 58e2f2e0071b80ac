//! What the host's refusals mean.
//!
//! The status says it where the host keeps to the protocol. Some don't: a
//! closed window arrives as a server error with a code of its own spelling,
//! the same status comes in several spellings, or nothing is filled in. So the
//! code, the sub-error and the AADSTS number count too, and all of it stays
//! readable in the failure.

use crate::error::{Audience, Code, Failure, Hint};
use crate::json::{Json, Kind, write};
use crate::secret::redact;

use super::account::{Account, place};
use super::envelope::Method;
use super::fields::{Fields, parse, text};
use super::settings::Settings;

/// The longest text that is kept of a host's error, in bytes.
const LONGEST: usize = 4_096;

/// What a host says in an error, by places; the later the more telling.
const SAID: [&str; 4] = ["status", "code", "subError", "description"];
const STATUS: usize = 0;
const CODE: usize = 1;
const SUB_ERROR: usize = 2;
const DESCRIPTION: usize = 3;

/// What is known besides what the host says.
#[derive(Clone, Debug)]
pub struct Asked<'a> {
    /// What was asked.
    pub method: Method,
    /// Under which name.
    pub correlation_id: &'a str,
    /// How long ago, in milliseconds.
    pub elapsed_ms: u64,
    /// Who asked.
    pub settings: &'a Settings,
    /// Who is signed in, where that is known.
    pub account: &'a Account,
}

impl Asked<'_> {
    /// A failure with what the host said, as JSON: method, correlation ID, time
    /// taken, the members of its error, its number in Entra, the whole of it.
    pub(super) fn report(&self, failure: Failure) -> Failure {
        self.describe(failure, &Fields::default(), None, Json::NULL)
    }

    fn describe(
        &self,
        mut failure: Failure,
        said: &Fields,
        aadsts: Option<u32>,
        error: Json<'_>,
    ) -> Failure {
        let mut out = String::new();
        {
            let mut report = write::Object::new(&mut out);
            report.string("method", self.method.as_str());
            report.string("correlationId", self.correlation_id);
            report.number("elapsedMs", self.elapsed_ms);
            said.write(&mut report, &SAID, 0);
            if let Some(number) = aadsts {
                report.number("aadsts", number.into());
            }
            if !error.is_null() && error.raw().len() <= LONGEST {
                write_redacted(report.name("raw"), error.raw());
            }
        }
        failure.bridge = Some(out);
        failure
    }

    /// The redirect URI that the page's origin has to be registered with.
    fn redirect_uri(&self) -> String {
        let (_, authority) = self.settings.page_origin().split_once("://").unwrap_or_default();
        if authority.is_empty() { String::new() } else { ["brk-multihub://", authority].concat() }
    }

    /// Where an administrator agrees for everybody.
    fn consent_link(&self) -> String {
        let tenant = self.account.at(place::TENANT);
        let tenant = if tenant.is_empty() { "organizations" } else { tenant };
        let mut link = String::from("https://login.microsoftonline.com/");
        for (part, after) in [(tenant, "/adminconsent?client_id="), (self.settings.client_id(), "")]
        {
            link.extend(
                part.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.')),
            );
            link.push_str(after);
        }
        link
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
}

/// What a kind of refusal comes to: code, whether it may pass, what happened,
/// and as hint its ID, its audience and its text.
type Meaning = (Code, bool, &'static str, &'static str, Audience, &'static str);

const SIGN_IN: &str = "Call acquireTokenPopup when the user next clicks, or acquireToken at once.";

const USE_STANDARD: &str = "Sign the user in without the host, and load office.js from Microsoft's address: the npm package has no bridge.";

/// In the order of [`Kindred`].
const MEANINGS: [Meaning; 11] = [
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
        "Try again. If the window closes by itself, the browser may be blocking third-party cookies.",
    ),
    (
        Code::SignInRequired,
        false,
        "nobody is signed in to Office with that account",
        "sign-in",
        Audience::Developer,
        SIGN_IN,
    ),
    (
        Code::Unreachable,
        true,
        "the Office host has no network",
        "go-online",
        Audience::User,
        "Connect this computer to the network and try again.",
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
        "Look the sign-in up in Entra's sign-in log, by its correlation ID, and see which policy refused it.",
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
    (
        Code::ServerError,
        true,
        "the Office host could not get a token this time",
        "",
        Audience::User,
        "",
    ),
    (Code::ServerError, false, "the Office host could not get a token", "", Audience::User, ""),
];

/// Statuses and codes that say all, in the spelling of [`spelling`].
const PLAIN: [(&str, Kindred); 8] = [
    ("usercancel", Kindred::Cancelled),
    ("usercanceled", Kindred::Cancelled),
    ("usercancelled", Kindred::Cancelled),
    ("authenticationcanceled", Kindred::Cancelled),
    ("nonetwork", Kindred::Offline),
    ("accountunavailable", Kindred::NoAccount),
    ("disabled", Kindred::Unavailable),
    ("nestedappauthunavailable", Kindred::Unavailable),
];

/// Entra's errors, first to last number, by what they commonly mean. Of these
/// 530021 alone was seen in a report about Office (OfficeDev/office-js#5315).
const ENTRA: [(u32, u32, Kindred); 19] = [
    (50011, 50011, Kindred::Registration),
    (50055, 50055, Kindred::Interaction),
    (50058, 50058, Kindred::Interaction),
    (50074, 50076, Kindred::Interaction),
    (50079, 50079, Kindred::Interaction),
    (50105, 50105, Kindred::Blocked),
    (50173, 50173, Kindred::Interaction),
    (50196, 50196, Kindred::Throttled),
    (53000, 53004, Kindred::Blocked),
    (65001, 65001, Kindred::Consent),
    (65004, 65004, Kindred::Consent),
    (90024, 90024, Kindred::Transient),
    (90033, 90033, Kindred::Transient),
    (500_011, 500_011, Kindred::Registration),
    (530_021, 530_021, Kindred::Blocked),
    (650_057, 650_057, Kindred::Registration),
    (700_016, 700_016, Kindred::Registration),
    (700_046, 700_046, Kindred::Registration),
    (9_002_326, 9_002_326, Kindred::Registration),
];

/// Demanded by a policy that no user can meet in a browser: an approved client app.
const NEEDS_APPROVED_APP: u32 = 530_021;

/// The words by which Entra and MSAL ask for the user, as codes and sub-errors,
/// in the spelling of [`spelling`].
const WORDS: [(&str, Kindred); 10] = [
    ("consentrequired", Kindred::Consent),
    ("interactionrequired", Kindred::Interaction),
    ("loginrequired", Kindred::Interaction),
    ("badtoken", Kindred::Interaction),
    ("uinotallowed", Kindred::Interaction),
    ("interrupteduser", Kindred::Interaction),
    ("messageonly", Kindred::Interaction),
    ("additionalaction", Kindred::Interaction),
    ("basicaction", Kindred::Interaction),
    ("userpasswordexpired", Kindred::Interaction),
];

/// What a description says of an origin that isn't registered, in that spelling.
const NOT_VALID: &[u8] = b"notvalidfornestedappauth";

/// The failure for the `error` of a refusal, which may be `null`.
#[must_use]
pub fn failure(error: Json<'_>, asked: &Asked<'_>) -> Failure {
    let said = read(error);
    let aadsts = (0..SAID.len()).rev().find_map(|place| aadsts(said.at(place)));
    let kind = classify(&said, aadsts.unwrap_or_default(), asked.method);
    let mut failure = describe(kind, last_word(&said));
    let (name, value) = match kind {
        Kindred::Consent => ("adminConsentUrl", asked.consent_link()),
        Kindred::Blocked => ("correlationId", asked.correlation_id.to_owned()),
        Kindred::Registration => ("redirectUri", asked.redirect_uri()),
        _ => ("", String::new()),
    };
    if let Some(hint) = &mut failure.hint
        && !value.is_empty()
    {
        hint.params.push((name, value));
    }
    asked.describe(failure, &said, aadsts, error)
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

/// What the host said, without tokens.
fn read(error: Json<'_>) -> Fields {
    let mut said = Fields::default();
    for name in SAID {
        said.push(&clean(&text(error, name)));
    }
    if !matches!(error.kind(), Kind::Object | Kind::Null) {
        let text = error.as_str().unwrap_or_else(|| error.raw().into());
        said = Fields::default();
        for _ in 0..DESCRIPTION {
            said.push("");
        }
        said.push(&clean(&text));
    }
    said
}

/// The most telling part of it: the description, else what comes closest.
fn last_word(said: &Fields) -> &str {
    for place in (0..SAID.len()).rev() {
        if !said.at(place).is_empty() {
            return said.at(place);
        }
    }
    "no reason was given"
}

/// A text without tokens, cut where it is longer than anybody reads.
fn clean(text: &str) -> String {
    let mut text = redact(text, std::iter::empty());
    text.truncate(text.floor_char_boundary(LONGEST));
    text
}

/// The same JSON without tokens in its texts.
fn write_redacted(out: &mut String, json: &str) {
    let mut rest = json;
    while let Some((between, string)) = rest.split_once('"') {
        out.push_str(between);
        let mut end = 0;
        let mut escaped = false;
        for byte in string.bytes() {
            if byte == b'"' && !escaped {
                break;
            }
            escaped = byte == b'\\' && !escaped;
            end += 1;
        }
        let text = ["\"", string.get(..end).unwrap_or_default(), "\""].concat();
        write::push_string(out, &clean(&parse(&text).as_str().unwrap_or_default()));
        rest = string.get(end + 1..).unwrap_or_default();
    }
    out.push_str(rest);
}

/// The number behind the first `AADSTS` of a text that has one.
fn aadsts(text: &str) -> Option<u32> {
    let mut rest = text.as_bytes();
    while !rest.is_empty() {
        if let Some(digits) = rest.strip_prefix(b"AADSTS") {
            let mut number = None;
            for digit in digits {
                if !digit.is_ascii_digit() {
                    break;
                }
                let tens = number.unwrap_or(0_u32).checked_mul(10)?;
                number = Some(tens.checked_add(u32::from(digit - b'0'))?);
            }
            if number.is_some() {
                return number;
            }
        }
        rest = rest.get(1..).unwrap_or_default();
    }
    None
}

/// A status or code in one spelling: `User_Canceled`, `USER_CANCEL` and
/// `userCanceled` differ in nothing that matters.
fn spelling(text: &str) -> String {
    let mut spelling = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() {
            spelling.push(char::from(byte.to_ascii_lowercase()));
        }
    }
    spelling
}

fn classify(said: &Fields, number: u32, method: Method) -> Kindred {
    let [status, code, sub_error] = [STATUS, CODE, SUB_ERROR].map(|place| spelling(said.at(place)));
    for (word, kind) in PLAIN {
        if word == status || word == code {
            return kind;
        }
    }
    let asks = status == "userinteractionrequired";
    for (first, last, kind) in ENTRA {
        if first <= number && number <= last {
            // The user may still do what is demanded, while somebody asks them to.
            if kind == Kindred::Blocked
                && asks
                && method != Method::GetTokenPopup
                && number != NEEDS_APPROVED_APP
            {
                break;
            }
            return kind;
        }
    }
    for (word, kind) in WORDS {
        if word == code || word == sub_error {
            return kind;
        }
    }
    if asks {
        return Kindred::Interaction;
    }
    let description = spelling(said.at(DESCRIPTION));
    let mut places = description.as_bytes().windows(NOT_VALID.len());
    if places.any(|place| place == NOT_VALID) {
        return Kindred::Registration;
    }
    if status == "transienterror" { Kindred::Transient } else { Kindred::Server }
}

/// Why there is no bridge to talk over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// The page's window has no bridge.
    Bridge {
        /// After so many milliseconds.
        waited_ms: u64,
    },
    /// There is something in the bridge's place that messages can't go over.
    Methods,
    /// The host's own preparation failed.
    Hook,
    /// It did not end.
    HookEnd {
        /// Within so many milliseconds.
        waited_ms: u64,
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
        let mut why = why.to_owned();
        if waited_ms != 0 {
            push_limit(&mut why, waited_ms);
        }
        unavailable(&why)
    }
}

/// Appends how long something was waited for.
pub(super) fn push_limit(message: &mut String, limit_ms: u64) {
    message.push_str(" within ");
    write::push_number(message, limit_ms);
    message.push_str(" ms");
}

/// The host has no bridge that works, for this reason.
#[must_use]
pub fn unavailable(why: &str) -> Failure {
    describe(Kindred::Unavailable, why)
}
