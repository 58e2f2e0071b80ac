//! What has to be let through on the way from the pane: hosts, why, and when.
//!
//! Derived from the configuration alone, so that a network team can be asked
//! before anybody opens the pane.

use crate::config::{AuthHeader, Configuration, GatewaySettings};
use crate::json::write;

use super::cors;

/// What a host is needed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The taskpane's own pages.
    Pane,
    /// Microsoft's library that makes a page a taskpane.
    OfficeJs,
    /// Models and messages.
    Inference,
}

impl Purpose {
    /// Its id, what it is, when it is needed, and whether the page connects to
    /// it by script (`connect-src`).
    const fn row(self) -> (&'static str, &'static str, &'static str, bool) {
        match self {
            Self::Pane => ("pane", "the taskpane's pages and this package", "always", true),
            Self::OfficeJs => ("office-js", "office.js", "in Office", false),
            Self::Inference => (
                "inference",
                "models and messages, through the organisation's gateway",
                "while this gateway is configured",
                true,
            ),
        }
    }
}

/// One host that has to be reachable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Scheme, host, and the port where it isn't the scheme's own.
    pub address: String,
    /// What for.
    pub purpose: Purpose,
    /// What the host has to answer so that the page may read it; of a host
    /// that the organisation runs itself.
    pub cors: Vec<String>,
}

/// The hosts of a configuration. One that can't be used names none.
#[must_use]
pub fn entries(configuration: &Configuration, page_origin: &str) -> Vec<Entry> {
    let entry = |address: &str, purpose| Entry { address: address.into(), purpose, cors: vec![] };
    let mut entries = vec![
        entry(page_origin, Purpose::Pane),
        entry("https://appsforoffice.microsoft.com", Purpose::OfficeJs),
    ];
    if let Ok(Some(settings)) = GatewaySettings::read(&mut configuration.clone()) {
        let mut gateway = entry(&settings.base.origin().to_string(), Purpose::Inference);
        gateway.cors = cors::preflight(page_origin, &request_headers(&settings));
        gateway.cors.push(cors::EXPOSED.to_owned());
        entries.push(gateway);
    }
    entries
}

/// The names of the headers that requests to a gateway carry, in order.
fn request_headers(settings: &GatewaySettings) -> Vec<String> {
    let token = match settings.auth_header {
        AuthHeader::ApiKey => "x-api-key",
        AuthHeader::Authorization => "authorization",
    };
    let mut names: Vec<String> =
        ["anthropic-beta", "anthropic-version", "content-type", token].map(str::to_owned).into();
    for (name, _) in &settings.headers {
        names.push(name.as_str().to_owned());
    }
    names.sort_unstable();
    names
}

/// `{entries:[{address,id,purpose,when,connects,cors}],table,csv,connectSrc}`
#[must_use]
pub fn describe(entries: &[Entry]) -> String {
    let mut out = String::new();
    {
        let mut description = write::Object::new(&mut out);
        {
            let mut list = description.array("entries");
            for Entry { address, purpose, cors } in entries {
                let (id, what, when, connects) = purpose.row();
                let mut entry = list.object();
                entry.string("address", address);
                entry.string("id", id);
                entry.string("purpose", what);
                entry.string("when", when);
                entry.bool("connects", connects);
                let mut lines = entry.array("cors");
                for line in cors {
                    lines.string(line);
                }
            }
        }
        description.string("table", &table(entries));
        description.string("csv", &csv(entries));
        description.string("connectSrc", &connect_src(entries));
    }
    out
}

/// As columns of text.
#[must_use]
pub fn table(entries: &[Entry]) -> String {
    let mut width = 0;
    for entry in entries {
        width = width.max(entry.address.len());
    }
    let mut out = String::new();
    for entry in entries {
        let (_, what, when, _) = entry.purpose.row();
        out.push_str(&entry.address);
        for _ in entry.address.len()..width + 2 {
            out.push(' ');
        }
        out.push_str(what);
        out.push_str(" (");
        out.push_str(when);
        out.push_str(")\n");
    }
    out
}

/// As comma-separated values with a first line of names (RFC 4180).
#[must_use]
pub fn csv(entries: &[Entry]) -> String {
    let mut out = "address,purpose,when\r\n".to_owned();
    for entry in entries {
        let (_, what, when, _) = entry.purpose.row();
        for (field, end) in [(entry.address.as_str(), ","), (what, ","), (when, "\r\n")] {
            // None of them holds a quotation mark.
            out.push('"');
            out.push_str(field);
            out.push('"');
            out.push_str(end);
        }
    }
    out
}

/// The directive of a Content Security Policy, for a page that is at the first
/// entry's address.
#[must_use]
pub fn connect_src(entries: &[Entry]) -> String {
    let mut out = "connect-src 'self'".to_owned();
    for entry in entries {
        let (_, _, _, connects) = entry.purpose.row();
        if connects && entry.purpose != Purpose::Pane {
            out.push(' ');
            out.push_str(&entry.address);
        }
    }
    out
}
