//! What goes wrong with gateways in the field, one thing at a time: what a
//! person can break on the host page, and what a diagnosis has to find.

/// A gateway that is broken in one way.
#[derive(Clone, Copy, Debug)]
pub struct Breakage {
    /// What is broken, in words.
    pub name: &'static str,
    /// The faults that make it so.
    pub faults: &'static str,
    /// The step of a diagnosis that finds it, and the verdict.
    pub found: (&'static str, &'static str),
}

const fn broken(
    name: &'static str,
    faults: &'static str,
    step: &'static str,
    verdict: &'static str,
) -> Breakage {
    Breakage { name, faults, found: (step, verdict) }
}

/// All of them, by where they are found.
pub const BREAKAGES: &[Breakage] = &[
    broken("Every answer is a sign-in page", "on=all,html=200", "network", "web-page"),
    broken("The host never answers", "on=all,never", "network", "silent"),
    broken("No answer allows this page", "cors=none", "origin", "origin-refused"),
    broken("Allow-Origin comes twice", "cors=duplicate", "origin", "origin-refused"),
    broken("Another origin is allowed", "cors=wrong-origin", "origin", "origin-refused"),
    broken("Errors lack Allow-Origin", "cors=bare-errors", "origin", "errors-unreadable"),
    broken("OPTIONS wants a token", "cors=preflight-401", "headers", "preflight-refused"),
    broken("OPTIONS is not a method", "cors=preflight-405", "headers", "preflight-refused"),
    broken("OPTIONS is redirected", "cors=preflight-redirect", "headers", "preflight-refused"),
    broken("OPTIONS lacks Allow-Origin", "cors=no-preflight", "headers", "preflight-refused"),
    broken("x-api-key is not let through", "cors=missing-x-api-key", "headers", "header-refused"),
    broken(
        "content-type is not let through",
        "cors=missing-content-type",
        "headers",
        "header-refused",
    ),
    broken(
        "No header is let through",
        "cors=missing-x-api-key+content-type+anthropic-version",
        "headers",
        "preflight-refused",
    ),
    broken("The key has expired", "on=all,status=401", "models", "key-refused"),
    broken("The key may do nothing", "on=all,status=403", "models", "access-refused"),
    broken("The key is wanted as Bearer", "auth=bearer", "models", "other-auth-header"),
    broken("The path is wrong", "on=all,status=404,body=detail", "models", "wrong-path"),
    broken("There are no models", "models=empty", "models", "no-model"),
    broken("The list is another API's", "on=models,empty=200", "models", "not-the-api"),
    broken(
        "API calls are redirected to a sign-in",
        "on=all,redirect=other",
        "models",
        "redirected",
    ),
    broken(
        "OPTIONS is refused for messages alone",
        "cors=preflight-405,cors-on=messages",
        "answer",
        "preflight-refused",
    ),
    broken(
        "content-type is not let through to messages",
        "cors=missing-content-type,cors-on=messages",
        "answer",
        "header-refused",
    ),
    broken(
        "Messages alone do not allow this page",
        "cors=wrong-origin,cors-on=messages",
        "answer",
        "origin-refused",
    ),
    broken("Messages are redirected", "redirect=self", "answer", "redirected"),
    broken("Messages get a web page", "html=200", "answer", "web-page"),
    broken("Messages get nothing", "empty=200", "answer", "not-the-api"),
    broken("Messages have another path", "status=404,body=detail", "answer", "wrong-path"),
    broken("Messages are never answered", "never", "answer", "silent"),
    broken("A quota is used up", "status=429", "answer", "rate-limited"),
    broken("The model is overloaded", "status=529", "answer", "overloaded"),
    broken("The gateway fails", "status=500", "answer", "server-error"),
    broken("The request is called wrong", "status=400", "answer", "request-refused"),
    broken("The proxy buffers the answer", "speed=70,buffered", "stream", "buffered"),
    broken("The proxy buffers the body", "speed=70,buffered=body", "stream", "buffered"),
    broken("The proxy is slow", "latency=6000,speed=70", "stream", "slow"),
    broken("Nothing streams", "json-for-stream", "stream", "not-streamed"),
    broken("The stream breaks off", "cut=8", "stream", "stream-broken"),
    broken("The stream ends early", "end=8", "stream", "stream-broken"),
    broken("The stream stops arriving", "stall=8", "stream", "stream-stalled"),
    broken("The stream is damaged", "invalid-json=8", "stream", "stream-invalid"),
    broken(
        "The stream reports an overload",
        "error-event=overloaded_error,at=8",
        "stream",
        "overloaded",
    ),
];
