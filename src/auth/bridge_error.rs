//! What the host's refusals mean.
//!
//! The status says it where the host keeps to the protocol. Some don't: a
//! closed window arrives as a server error with a code of its own spelling,
//! the same status comes in several spellings, or nothing is filled in. So the
//! code, the sub-error and the AADSTS number count too, and all of it stays
//! readable in the failure.

use crate::error::Failure;
use crate::json::{Json, Kind, write};
use crate::secret::redact_tokens;
use crate::text::{contains, join, split_once};

use super::account::{Account, place};
use super::envelope::Method;
use super::fields::{Fields, Words, optional, or, parse, string, text};
use super::flight::Flight;
use super::meaning::{Kindred, add_param};
use super::settings::Settings;

/// The longest text that is kept of a host's error, in bytes.
const LONGEST: usize = 4_096;

/// What a host says in an error, by places; the later the more telling.
const SAID: &str = "status code subError description";
const STATUS: usize = 0;
const CODE: usize = 1;
const SUB_ERROR: usize = 2;
const DESCRIPTION: usize = 3;

/// Statuses and codes that say all, in the spelling of [`spells`].
static PLAIN: [(Kindred, &str); 8] = [
    (Kindred::Cancelled, "usercancel usercanceled usercancelled authenticationcanceled"),
    (Kindred::Offline, "nonetwork"),
    (Kindred::NoAccount, "accountunavailable"),
    (Kindred::Unavailable, "disabled nestedappauthunavailable unsent"),
    // The broker's that is this crate's own (`oauth`).
    (Kindred::PopupBlocked, "popupblocked"),
    (Kindred::Window, "windowfailed"),
    (Kindred::TimedOut, "timeout"),
    (Kindred::Foreign, "foreignanswer"),
];

/// Entra's errors, first to last number, by what they commonly mean. Of these
/// 530021 alone was seen in a report about Office (OfficeDev/office-js#5315).
static ENTRA: [(u32, u32, Kindred); 27] = [
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
    (9_002_326, 9_002_327, Kindred::Registration),
];

/// Demanded by a policy that no user can meet in a browser: an approved client app.
const NEEDS_APPROVED_APP: u32 = 530_021;

/// What codes and sub-errors say where Entra has no number for it, in the
/// spelling of [`spells`]: the words by which Entra and MSAL ask for the user,
/// those of RFC 6749 §5.2, and Google's.
static WORDS: [(Kindred, &str); 6] = [
    (Kindred::Consent, "consentrequired"),
    (
        Kindred::Interaction,
        "interactionrequired loginrequired badtoken uinotallowed interrupteduser messageonly \
         additionalaction basicaction userpasswordexpired",
    ),
    (Kindred::Secret, "invalidclient"),
    (Kindred::Registration, "unauthorizedclient invalidscope redirecturimismatch"),
    (Kindred::Blocked, "adminpolicyenforced"),
    (Kindred::Tenant, "orginternal"),
];

/// What a description says of an origin that isn't registered, in lower case.
const NOT_VALID: &str = "not valid for nested app auth";

/// What Google's says under a code for anything.
const NO_SECRET: &str = "client_secret is missing";

/// What is known besides what the host says.
#[derive(Debug)]
pub(super) struct Asked<'a> {
    /// What was asked.
    pub(super) flight: &'a Flight,
    /// How long ago, in milliseconds.
    pub(super) elapsed_ms: u64,
    /// Who asked.
    pub(super) settings: &'a Settings,
    /// Who is signed in, where that is known.
    pub(super) account: &'a Account,
}

impl Asked<'_> {
    /// The failure for the `error` of a refusal, which may be `null`.
    #[must_use]
    pub(super) fn refusal(&self, error: Json<'_>) -> Failure {
        let said = read(error);
        let mut last_word = "";
        let mut number = None;
        for place in STATUS..=DESCRIPTION {
            let text = said.at(place);
            if !text.is_empty() {
                last_word = text;
            }
            number = aadsts(text).or(number);
        }
        if last_word.is_empty() {
            last_word = "no reason was given";
        }
        let kind = classify(&said, number.unwrap_or_default(), self.flight.method);
        let mut failure = kind.failure(last_word);
        match kind {
            Kindred::Consent => add_param(&mut failure, "adminConsentUrl", self.consent_link()),
            Kindred::Blocked => {
                add_param(&mut failure, "correlationId", self.flight.correlation_id.clone());
            }
            Kindred::Registration | Kindred::Cancelled | Kindred::Window => {
                add_param(&mut failure, "redirectUri", self.redirect_uri());
            }
            _ => {}
        }
        failure.bridge = Some(self.report(&said, number, error));
        failure
    }

    /// A failure that isn't the host's word.
    pub(super) fn failure(&self, kind: Kindred, said: &str) -> Failure {
        let mut failure = kind.failure(said);
        failure.bridge = Some(self.report(&Fields::default(), None, Json::NULL));
        failure
    }

    /// What was asked and what the host said, `BridgeReport` in `js/index.d.ts`.
    fn report(&self, said: &Fields, number: Option<u32>, error: Json<'_>) -> String {
        let mut out = String::new();
        {
            let mut report = write::Object::new(&mut out);
            optional(&mut report, "method", self.flight.method.as_str());
            report.string("correlationId", &self.flight.correlation_id);
            report.number("elapsedMs", self.elapsed_ms);
            said.write(&mut report, SAID);
            if let Some(number) = number {
                report.number("aadsts", number.into());
            }
            if !error.is_null() && error.raw().len() <= LONGEST {
                write_redacted(report.name("raw"), error.raw());
            }
        }
        out
    }

    /// The redirect URI that has to be registered: the page's own, or the one
    /// by which hosts' brokers know its origin.
    fn redirect_uri(&self) -> String {
        if self.settings.is_own_broker() {
            return self.settings.redirect_uri().to_owned();
        }
        let (_, authority) = split_once(self.settings.page_origin(), "//").unwrap_or_default();
        if authority.is_empty() { String::new() } else { join(&["brk-multihub:", authority], "//") }
    }

    /// Where an administrator agrees for everybody.
    fn consent_link(&self) -> String {
        let mut link = String::from("https://");
        link.push_str(self.settings.login_host());
        link.push('/');
        // An application of one tenant's is unknown under any other name (AADSTS50194).
        let tenant = or(self.settings.tenancy.tenant().to_owned(), self.account.at(place::TENANT));
        push_safe(&mut link, &or(tenant, "organizations"));
        link.push_str("/adminconsent?client_id=");
        push_safe(&mut link, self.settings.client_id());
        link
    }
}

/// Appends what of a text an address can hold as it is.
fn push_safe(address: &mut String, text: &str) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.') {
            address.push(char::from(byte));
        }
    }
}

/// What the host said, without tokens.
fn read(error: Json<'_>) -> Fields {
    let mut said = Fields::default();
    for name in Words(SAID) {
        said.push(clean(&text(error, name)));
    }
    if !matches!(error.kind(), Kind::Object | Kind::Null) {
        // Some say it in a word, which is then all of it.
        said.set(DESCRIPTION, clean(&or(string(error), error.raw())));
    }
    said
}

/// A text without tokens, cut where it is longer than anybody reads.
fn clean(text: &str) -> String {
    let mut text = redact_tokens(text);
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
        // With its quotes.
        let token = json.get(json.len() - string.len() - 1..json.len() - string.len() + end + 1);
        let text = parse(token.unwrap_or_default()).as_str().unwrap_or_default();
        write::push_string(out, &clean(&text));
        rest = string.get(end + 1..).unwrap_or_default();
    }
    out.push_str(rest);
}

/// The number behind the first `AADSTS` of a text that has one.
fn aadsts(text: &str) -> Option<u32> {
    let mut rest = text;
    while let Some((_, found)) = split_once(rest, "AADSTS") {
        let mut number = 0_u32;
        for digit in found.bytes() {
            if !digit.is_ascii_digit() {
                break;
            }
            number = number.checked_mul(10)?.checked_add(u32::from(digit - b'0'))?;
        }
        if number != 0 {
            return Some(number);
        }
        rest = found;
    }
    None
}

/// Whether a status or code is a word: `User_Canceled`, `USER_CANCEL` and
/// `userCanceled` differ in nothing that matters.
fn spells(text: &str, word: &str) -> bool {
    let mut word = word.bytes();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() && word.next() != Some(byte.to_ascii_lowercase()) {
            return false;
        }
    }
    word.next().is_none()
}

/// Whether the host failed at its sign-in window in the way that the new
/// Outlook does now and then, though the user signed in
/// (OfficeDev/Office-Add-in-samples#1079): asking again silently helps, or a
/// second window does.
pub(super) fn stumbled(error: Json<'_>) -> bool {
    spells(&text(error, "code"), "nativeexecutorerror")
}

/// What one of two texts means, by a table.
fn look_up(table: &[(Kindred, &str)], one: &str, other: &str) -> Option<Kindred> {
    for (kind, words) in table {
        for word in Words(words) {
            if spells(one, word) || spells(other, word) {
                return Some(*kind);
            }
        }
    }
    None
}

fn classify(said: &Fields, number: u32, method: Method) -> Kindred {
    let status = said.at(STATUS);
    let code = said.at(CODE);
    if let Some(kind) = look_up(&PLAIN, status, code) {
        return kind;
    }
    let asks = spells(status, "userinteractionrequired");
    // The user may still do what a policy demands, while somebody asks them to.
    let may_pass = asks && method != Method::GetTokenPopup && number != NEEDS_APPROVED_APP;
    for (first, last, kind) in &ENTRA {
        if *first <= number && number <= *last && !(may_pass && *kind == Kindred::Blocked) {
            return *kind;
        }
    }
    if let Some(kind) = look_up(&WORDS, code, said.at(SUB_ERROR)) {
        return kind;
    }
    if asks {
        return Kindred::Interaction;
    }
    if contains(&said.at(DESCRIPTION).to_ascii_lowercase(), NOT_VALID) {
        return Kindred::Registration;
    }
    if contains(said.at(DESCRIPTION), NO_SECRET) {
        return Kindred::Secret;
    }
    if spells(status, "transienterror") { Kindred::Transient } else { Kindred::Server }
}

/// There is no bridge to talk over: why, and within how many milliseconds where
/// that was waited for.
#[must_use]
pub fn no_bridge(why: &str, waited_ms: u64) -> Failure {
    Kindred::Unavailable.failure(&within(why, waited_ms))
}

/// What was waited for, and how long where that is known.
pub(super) fn within(what: &str, limit_ms: u64) -> String {
    let mut text = what.to_owned();
    if limit_ms != 0 {
        text.push_str(" within ");
        write::push_number(&mut text, limit_ms);
        text.push_str(" ms");
    }
    text
}
