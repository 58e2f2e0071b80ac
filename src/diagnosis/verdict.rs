//! What a step of a diagnosis came to.

use super::finding::Status::{self, Failed, Passed, Warned};

/// What a step came to. What an engine can't tell apart is one verdict; its
/// text (`js/explain.js`) says so.
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

    /// All other hosts that the configuration names answer.
    HostsReachable,

    /// Nothing is configured: no layer names a provider.
    NotAssigned,
    /// The configuration can't be used, or the user has to agree to it first.
    NotConfigured,
    /// The endpoint that configures the user gave no answer that could be read.
    NotFetched,
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
    /// What opens the provider isn't there: nobody issued a token.
    NotSignedIn,
    /// The token service of the provider can't be reached.
    TokenServiceUnreachable,
    /// What opens the provider can't be had for another reason.
    AccessNotObtained,
    /// The provider shows a page nothing without a credential: what it allows,
    /// a request with one decides.
    Unprobed,
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
    /// There is no connection for this route, though there is for others.
    ConnectionBroken,
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
    /// Another host that the configuration names gives no answer.
    HostsUnreachable,
    /// Another host that the configuration names answers what this page may not read.
    HostsUnreadable,
}

/// Of each verdict, in their order: its id, and what it makes of its step.
static ROWS: [(&str, Status); 51] = [
    ("configured", Passed),
    ("reachable", Passed),
    ("origin-allowed", Passed),
    ("headers-allowed", Passed),
    ("model-found", Passed),
    ("answered", Passed),
    ("streams", Passed),
    ("hosts-reachable", Passed),
    ("not-assigned", Failed),
    ("not-configured", Failed),
    ("not-fetched", Failed),
    ("offline", Failed),
    ("policy-refused", Failed),
    ("mixed-content", Failed),
    ("local-network-refused", Failed),
    ("isolated-page", Failed),
    ("unreachable", Failed),
    ("silent", Failed),
    ("redirected", Failed),
    ("web-page", Failed),
    ("not-signed-in", Failed),
    ("token-service-unreachable", Failed),
    ("access-not-obtained", Failed),
    ("unprobed", Warned),
    ("origin-refused", Failed),
    ("errors-unreadable", Warned),
    ("preflight-refused", Failed),
    ("header-refused", Failed),
    ("any-header-allowed", Warned),
    ("answer-unreadable", Failed),
    ("connection-broken", Failed),
    ("key-refused", Failed),
    ("other-auth-header", Failed),
    ("access-refused", Failed),
    ("wrong-path", Failed),
    ("no-model", Failed),
    ("not-the-api", Failed),
    ("request-refused", Failed),
    ("rate-limited", Failed),
    ("overloaded", Failed),
    ("server-error", Failed),
    ("failed", Failed),
    ("stream-broken", Failed),
    ("stream-stalled", Failed),
    ("stream-invalid", Failed),
    ("stream-failed", Failed),
    ("not-streamed", Warned),
    ("buffered", Warned),
    ("slow", Warned),
    ("hosts-unreachable", Warned),
    ("hosts-unreadable", Warned),
];

impl Verdict {
    fn row(self) -> (&'static str, Status) {
        ROWS.get(self as usize).copied().unwrap_or(("", Failed))
    }

    /// A stable word, to translate by.
    #[must_use]
    pub fn id(self) -> &'static str {
        self.row().0
    }

    /// What it makes of its step.
    #[must_use]
    pub fn status(self) -> Status {
        self.row().1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_the_verdicts() {
        let cases = [
            (Verdict::Configured, "configured"),
            (Verdict::Streams, "streams"),
            (Verdict::NotAssigned, "not-assigned"),
            (Verdict::NotConfigured, "not-configured"),
            (Verdict::NotFetched, "not-fetched"),
            (Verdict::NotSignedIn, "not-signed-in"),
            (Verdict::Unprobed, "unprobed"),
            (Verdict::OriginRefused, "origin-refused"),
            (Verdict::HeaderRefused, "header-refused"),
            (Verdict::KeyRefused, "key-refused"),
            (Verdict::Failed, "failed"),
            (Verdict::Buffered, "buffered"),
            (Verdict::Slow, "slow"),
            (Verdict::HostsUnreadable, "hosts-unreadable"),
        ];
        for (verdict, id) in cases {
            assert_eq!(verdict.id(), id);
        }
        assert_eq!(Verdict::HostsUnreadable as usize + 1, ROWS.len());
        assert!(ROWS.iter().all(|(id, ..)| !id.is_empty()));
    }
}
