//! Requests that carry no credential, and what a page gets to see of the answer.

use crate::http::Method;
use crate::json::write;
use crate::text;

/// What stands in the place of a header's value. Never a secret, and never
/// what a proxy could take for one.
pub(super) const STAND_IN: &str = "probe";

/// How fetch is asked to treat another origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// `cors`: the answer is readable only if the server allows this page.
    Readable,
    /// `no-cors`: whatever the server allows, it shows whether there is one.
    Opaque,
}

/// A request without credential and body. It has no place for one: of its
/// headers it knows the names alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Probe<'a> {
    method: Method,
    url: &'a str,
    headers: &'a [String],
    mode: Mode,
}

impl<'a> Probe<'a> {
    pub(super) const fn new(
        method: Method,
        url: &'a str,
        headers: &'a [String],
        mode: Mode,
    ) -> Self {
        Self { method, url, headers, mode }
    }

    /// How the requests are sent that it stands for: a server may let one
    /// method through and another not.
    #[must_use]
    pub fn method(&self) -> Method {
        self.method
    }

    /// Where it goes.
    #[must_use]
    pub fn url(&self) -> &'a str {
        self.url
    }

    /// The names of its headers, in lower case.
    #[must_use]
    pub fn headers(&self) -> &'a [String] {
        self.headers
    }

    /// How it is asked.
    #[must_use]
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// `{method,url,mode,headers}` for fetch.
    pub(super) fn describe(&self, probe: &mut write::Object<'_>) {
        probe.string("method", self.method.as_str());
        probe.string("url", self.url);
        // The Fetch standard refuses other redirects without CORS.
        let (mode, redirect) = match self.mode {
            Mode::Readable => ("cors", "manual"),
            Mode::Opaque => ("no-cors", "follow"),
        };
        probe.string("mode", mode);
        probe.string("redirect", redirect);
        let mut headers = probe.object("headers");
        for name in self.headers {
            // What is safelisted (`application/x-www-form-urlencoded`, …) needs no preflight.
            let json = name == "content-type";
            headers.string(name, if json { "application/json" } else { STAND_IN });
        }
    }
}

/// The address to probe: that of the models, with another limit in its query,
/// or that of a message, with a query. A browser remembers preflights by the whole address, and
/// what an earlier run was allowed says nothing of now.
pub(super) fn address(url: &str, random: f64) -> String {
    const LIMIT: &str = "?limit=";
    let mut address = String::from(url);
    match text::find(url, LIMIT) {
        Some(at) => address.truncate(at + LIMIT.len()),
        None => address.push_str("?probe="),
    }
    write::push_number(&mut address, 1 + (random * 998.0) as u64);
    address
}

/// What a page gets to see of the answer to a probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// An answer: readable, or opaque where that was asked for.
    Answer,
    /// A web page under a status of success.
    WebPage,
    /// A redirect, which was not followed.
    Redirect,
    /// Nothing: fetch rejected.
    Nothing,
    /// Nothing, and the browser says that the machine has no network.
    Offline,
    /// Nothing, because this page's Content Security Policy doesn't let it connect there.
    Policy,
    /// Nothing in time.
    Silence,
}

impl Seen {
    /// By the word of the driver.
    #[must_use]
    pub fn read(word: &str) -> Self {
        match word {
            "answer" => Self::Answer,
            "web-page" => Self::WebPage,
            "redirected" => Self::Redirect,
            "offline" => Self::Offline,
            "policy" => Self::Policy,
            "first-byte" => Self::Silence,
            _ => Self::Nothing,
        }
    }
}
