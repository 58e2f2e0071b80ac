//! What goes wrong in signing in, and what it comes to: the code, whether it
//! may pass, what happened in words, and who can do what.

use crate::error::{Audience, Code, Failure, Hint};
use crate::text::join;

/// What kind of failure it is, as a place in [`MEANINGS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kindred {
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
    Silence,
    Broken,
    OtherTenant,
    OtherAccount,
    StillChallenged,
    Claims,
    MixedResources,
    PopupBlocked,
    Window,
    TimedOut,
    Foreign,
    Tenant,
    Secret,
}

/// Code, whether it may pass, what happened, and as hint its ID, its audience
/// and its text.
type Meaning = (Code, bool, &'static str, &'static str, Audience, &'static str);

const SIGN_IN: &str = "Call acquireTokenPopup when the user next clicks, or acquireToken at once.";

/// In the order of [`Kindred`].
static MEANINGS: [Meaning; 24] = [
    (
        Code::InteractionRequired,
        false,
        "the user has to sign in or confirm something: ",
        "sign-in",
        Audience::Developer,
        SIGN_IN,
    ),
    (
        Code::ConsentRequired,
        false,
        "nobody has agreed to what the add-in asks for: ",
        "grant-consent",
        Audience::Admin,
        "Let the user agree in acquireTokenPopup, or open adminConsentUrl as an administrator and agree for everybody.",
    ),
    (
        Code::SignInCancelled,
        false,
        "the sign-in window closed before the sign-in was done: ",
        "try-again",
        Audience::User,
        "Try again. If the window closed by itself, the browser may be blocking third-party cookies; if it showed an error about the redirect URI, an administrator has to register redirectUri.",
    ),
    (
        Code::SignInRequired,
        false,
        "nobody is signed in with that account: ",
        "sign-in",
        Audience::Developer,
        SIGN_IN,
    ),
    (
        Code::Unreachable,
        true,
        "no answer came over the network: ",
        "go-online",
        Audience::User,
        "Connect this computer to the network, let it reach the identity provider, and try again.",
    ),
    (
        Code::HostUnsupported,
        false,
        "this Office host does not offer nested app authentication here: ",
        "use-standard-sign-in",
        Audience::Developer,
        "Sign the user in without the host, and load office.js from Microsoft's address: the npm package has no bridge.",
    ),
    (
        Code::AccessBlocked,
        false,
        "a policy of the organisation does not let this user in: ",
        "check-conditional-access",
        Audience::Admin,
        "Look the sign-in up in the identity provider's log, by its correlation ID, and see which policy refused it.",
    ),
    (
        Code::ConfigurationInvalid,
        false,
        "the app registration does not fit what was asked: ",
        "register-redirect-uri",
        Audience::Admin,
        "In the app registration, add redirectUri as a redirect URI of a single-page application, and check the scopes that are asked for.",
    ),
    (
        Code::RateLimited,
        true,
        "the identity provider was asked too often: ",
        "",
        Audience::User,
        "",
    ),
    (Code::ServerError, true, "no token could be had this time: ", "", Audience::User, ""),
    (Code::ServerError, false, "no token could be had: ", "", Audience::User, ""),
    (Code::Timeout, true, "there was no answer to ", "", Audience::User, ""),
    (Code::ResponseInvalid, false, "", "", Audience::User, ""),
    (
        Code::TenantMismatch,
        false,
        "the token is for an account that this add-in does not let in",
        "use-work-account",
        Audience::User,
        "Sign in to Office with an account of the organisation that this add-in belongs to.",
    ),
    (
        Code::AccountMismatch,
        false,
        "the token is for another account than the one that was named",
        "switch-account",
        Audience::User,
        "Switch the account in Office, or go on with the one that is signed in there.",
    ),
    (
        Code::AccessBlocked,
        false,
        "the resource demands claims again that the token has been given",
        "check-resource",
        Audience::Admin,
        "Look at the resource's Conditional Access policies and at the claims that it demands: a token that has them is refused.",
    ),
    (
        Code::InvalidArgument,
        false,
        "request: claims is not a JSON object",
        "",
        Audience::Developer,
        "",
    ),
    (
        Code::InvalidArgument,
        false,
        "request: scopes of two resources, ",
        "one-resource",
        Audience::Developer,
        "A token is for one resource: ask for each with a request of its own.",
    ),
    (
        Code::PopupBlocked,
        false,
        "the sign-in window did not open: ",
        "allow-popups",
        Audience::User,
        "Allow pop-ups for this page and try again. None is needed where acquireTokenPopup is called at once when the user clicks.",
    ),
    (
        Code::ConfigurationInvalid,
        false,
        "the sign-in window could not show its page: ",
        "check-start-page",
        Audience::Developer,
        "Serve startUrl and redirectUri over https from the pane's own origin, and have that in the manifest's AppDomains.",
    ),
    (Code::Timeout, true, "there was no answer in time: ", "", Audience::User, ""),
    (
        Code::ResponseInvalid,
        false,
        "what came back is not the identity provider's answer: ",
        "",
        Audience::User,
        "",
    ),
    (
        Code::TenantMismatch,
        false,
        "the account is not one of the organisation's: ",
        "use-work-account",
        Audience::User,
        "Sign in with an account of the organisation that this add-in belongs to.",
    ),
    (
        Code::CredentialInvalid,
        false,
        "the identity provider does not know this client ID and secret: ",
        "check-client-secret",
        Audience::Admin,
        "Compare both with the identity provider's console: a secret that was replaced there has to be replaced here.",
    ),
];

impl Kindred {
    /// The failure, with what there is to be said of it besides.
    pub(super) fn failure(self, said: &str) -> Failure {
        let Some((code, passes, summary, id, audience, text)) = MEANINGS.get(self as usize) else {
            return Failure::new(Code::ServerError, said);
        };
        let mut failure = Failure::new(*code, join(&[summary, said], ""));
        failure.retryable = *passes;
        if !id.is_empty() {
            failure.hint = Some(Box::new(Hint::new(id, *audience, *text)));
        }
        failure
    }
}

/// Adds a value that the hint's text names, where there is one.
pub(super) fn add_param(failure: &mut Failure, name: &'static str, value: String) {
    if let Some(hint) = &mut failure.hint
        && !value.is_empty()
    {
        hint.params.push((name, value));
    }
}
