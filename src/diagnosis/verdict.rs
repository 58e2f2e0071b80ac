//! What a step of a diagnosis came to.

use super::finding::Status;
use crate::error::Audience;

/// What a step came to. What an engine can't tell apart is one verdict, whose
/// message says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The configuration can be used.
    Configured,
    /// The host answers.
    Reachable,
    /// This page may read its answers.
    OriginAllowed,
    /// The preflight lets all headers through that are needed.
    HeadersAllowed,
    /// A model to ask is known.
    ModelFound,
    /// The model answered.
    Answered,
    /// The answer came piece by piece.
    Streams,

    /// The configuration can't be used, or the user has to agree to it first.
    NotConfigured,
    /// The machine has no network.
    Offline,
    /// The page's own Content Security Policy refuses the host.
    PolicyRefused,
    /// A page over https reaches for http.
    MixedContent,
    /// The browser keeps this page from the local network.
    LocalNetworkRefused,
    /// The page is cross-origin isolated, so that nothing can be told.
    IsolatedPage,
    /// There is no connection.
    Unreachable,
    /// There is a connection, and no answer in time.
    Silent,
    /// A redirect in the place of an answer.
    Redirected,
    /// A web page in the place of an answer.
    WebPage,
    /// The answer may not be read by this page.
    OriginRefused,
    /// Answers to requests without the right token may not be read.
    ErrorsUnreadable,
    /// The preflight is refused as such.
    PreflightRefused,
    /// The preflight refuses some of the headers.
    HeaderRefused,
    /// The preflight lets any header through.
    AnyHeaderAllowed,
    /// The answer to the message itself may not be read, or broke.
    AnswerUnreadable,
    /// The key is not accepted.
    KeyRefused,
    /// The key is wanted in the other header.
    OtherAuthHeader,
    /// The key is known and not allowed to do this.
    AccessRefused,
    /// There is nothing at this address.
    WrongPath,
    /// There is no such model, or none.
    NoModel,
    /// An answer, but none of the API's.
    NotTheApi,
    /// The request is called wrong.
    RequestRefused,
    /// Too many requests, or no budget left.
    RateLimited,
    /// No capacity.
    Overloaded,
    /// The server failed.
    ServerError,
    /// Something else, which the message tells.
    Failed,
    /// The stream broke off.
    StreamBroken,
    /// The stream stopped arriving.
    StreamStalled,
    /// The stream isn't one.
    StreamInvalid,
    /// The stream reported an error.
    StreamFailed,
    /// The answer came whole although a stream was asked for.
    NotStreamed,
    /// The stream came in one piece.
    Buffered,
    /// It took long until the answer began.
    Slow,
}

use Audience::{Admin, Developer, User};
use Status::{Failed, Passed, Warned};

impl Verdict {
    /// Its id, what it makes of its step, who can mend it, what its subject is
    /// called, and what it says: lowercase, without a full stop.
    const fn row(self) -> (&'static str, Status, Audience, &'static str, &'static str) {
        match self {
            Self::Configured => ("configured", Passed, Admin, "", "the configuration is complete"),
            Self::Reachable => ("reachable", Passed, Admin, "", "the host answers"),
            Self::OriginAllowed => {
                ("origin-allowed", Passed, Admin, "", "this page may read its answers")
            }
            Self::HeadersAllowed => {
                ("headers-allowed", Passed, Admin, "headers", "every header is let through")
            }
            Self::ModelFound => ("model-found", Passed, Admin, "model", "there is a model to ask"),
            Self::Answered => ("answered", Passed, Admin, "model", "the model answers"),
            Self::Streams => ("streams", Passed, Admin, "", "the answer arrives piece by piece"),
            Self::NotConfigured => {
                ("not-configured", Failed, Admin, "", "the configuration can't be used")
            }
            Self::Offline => ("offline", Failed, User, "", "this computer is offline"),
            Self::PolicyRefused => (
                "policy-refused",
                Failed,
                Developer,
                "origin",
                "this page's Content Security Policy does not let it connect to the host",
            ),
            Self::MixedContent => (
                "mixed-content",
                Failed,
                Admin,
                "origin",
                "a page loaded over https reaches for http: the browser refused that, or nothing listens there",
            ),
            Self::LocalNetworkRefused => (
                "local-network-refused",
                Failed,
                Admin,
                "origin",
                "the browser keeps this page from addresses of the local network",
            ),
            Self::IsolatedPage => (
                "isolated-page",
                Failed,
                Developer,
                "",
                "this page is cross-origin isolated, so a host that is down and one that does not allow this page look the same",
            ),
            Self::Unreachable => (
                "unreachable",
                Failed,
                Admin,
                "",
                "no connection: the name, a firewall, the certificate or a proxy",
            ),
            Self::Silent => {
                ("silent", Failed, Admin, "", "the connection is accepted and no answer comes")
            }
            Self::Redirected => {
                ("redirected", Failed, Admin, "", "a redirect comes in the place of an answer")
            }
            Self::WebPage => {
                ("web-page", Failed, User, "", "a web page comes in the place of an answer")
            }
            Self::OriginRefused => (
                "origin-refused",
                Failed,
                Admin,
                "page",
                "the host answers, and this page may not read it: Access-Control-Allow-Origin is missing, doubled or names somebody else, or the answer is a redirect without it",
            ),
            Self::ErrorsUnreadable => (
                "errors-unreadable",
                Warned,
                Admin,
                "page",
                "answers to requests without the right token lack Access-Control-Allow-Origin, so errors look like a dead network",
            ),
            Self::PreflightRefused => (
                "preflight-refused",
                Failed,
                Admin,
                "headers",
                "the preflight (OPTIONS) is refused: another status than 2xx, a redirect, no Access-Control-Allow-Origin, or no Access-Control-Allow-Headers",
            ),
            Self::HeaderRefused => (
                "header-refused",
                Failed,
                Admin,
                "headers",
                "the preflight (OPTIONS) does not let these headers through",
            ),
            Self::AnyHeaderAllowed => (
                "any-header-allowed",
                Warned,
                Admin,
                "headers",
                "the preflight lets any header through: if by a wildcard, the standard leaves Authorization out of it",
            ),
            Self::AnswerUnreadable => (
                "answer-unreadable",
                Failed,
                Admin,
                "page",
                "the answer to a message can't be read although others can: this route lacks Access-Control-Allow-Origin, or a proxy breaks the connection",
            ),
            Self::KeyRefused => ("key-refused", Failed, User, "", "the token is not accepted"),
            Self::OtherAuthHeader => (
                "other-auth-header",
                Failed,
                Admin,
                "header",
                "the token is wanted in another header",
            ),
            Self::AccessRefused => {
                ("access-refused", Failed, Admin, "", "the token is known and may not do this")
            }
            Self::WrongPath => {
                ("wrong-path", Failed, Admin, "url", "there is nothing at this address")
            }
            Self::NoModel => {
                ("no-model", Failed, Admin, "model", "there is no model, or not this one")
            }
            Self::NotTheApi => {
                ("not-the-api", Failed, Admin, "", "the answer is not one of the API's")
            }
            Self::RequestRefused => {
                ("request-refused", Failed, Admin, "", "the request is called wrong")
            }
            Self::RateLimited => {
                ("rate-limited", Failed, User, "", "too many requests, or a quota is used up")
            }
            Self::Overloaded => {
                ("overloaded", Failed, User, "", "the model has no capacity at the moment")
            }
            Self::ServerError => ("server-error", Failed, Admin, "", "the server failed"),
            Self::Failed => ("failed", Failed, Admin, "", "this failed"),
            Self::StreamBroken => {
                ("stream-broken", Failed, Admin, "", "the answer broke off on its way")
            }
            Self::StreamStalled => {
                ("stream-stalled", Failed, Admin, "", "the answer stopped arriving")
            }
            Self::StreamInvalid => {
                ("stream-invalid", Failed, Admin, "", "the answer arrives damaged")
            }
            Self::StreamFailed => (
                "stream-failed",
                Failed,
                Admin,
                "",
                "the server reported an error inside the answer",
            ),
            Self::NotStreamed => (
                "not-streamed",
                Warned,
                Admin,
                "contentType",
                "the answer comes whole although a stream was asked for",
            ),
            Self::Buffered => (
                "buffered",
                Warned,
                Admin,
                "waitedMs",
                "all of the answer came at once: a proxy seems to hold it back",
            ),
            Self::Slow => {
                ("slow", Warned, Admin, "waitedMs", "it took long until the answer began")
            }
        }
    }

    /// A stable word, to translate by.
    #[must_use]
    pub const fn id(self) -> &'static str {
        self.row().0
    }

    /// What it makes of its step.
    #[must_use]
    pub const fn status(self) -> Status {
        self.row().1
    }

    /// Who can mend it.
    #[must_use]
    pub const fn audience(self) -> Audience {
        self.row().2
    }

    /// The name of its parameter; empty where it has none.
    #[must_use]
    pub const fn subject(self) -> &'static str {
        self.row().3
    }

    /// What it says, lowercase and without a full stop.
    #[must_use]
    pub const fn message(self) -> &'static str {
        self.row().4
    }
}
