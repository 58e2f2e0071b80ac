//! What has to be let through on the way from the pane: which hosts, and what
//! for.
//!
//! Derived from the configuration alone, so that a network team can be asked
//! before anybody opens the pane. The words for it, the table, the CSV, the
//! policy and the lines of CORS are `js/explain.js`'s.

use crate::config::Configuration;
use crate::json::write;

use super::run::{Target, push_list};

/// `[{address,purpose,headers}]`: the taskpane's own origin, Microsoft's
/// library that makes a page a taskpane, and the gateway that is configured
/// with the headers that it has to let through.
#[must_use]
pub fn describe(configuration: &Configuration, page_origin: &str) -> String {
    let mut out = String::new();
    {
        let mut list = write::Array::new(&mut out);
        let mut add = |address: &str, purpose: &str, headers: &[String]| {
            let mut entry = list.object();
            entry.string("address", address);
            entry.string("purpose", purpose);
            push_list(entry.name("headers"), headers);
        };
        add(page_origin, "pane", &[]);
        add("https://appsforoffice.microsoft.com", "office-js", &[]);
        if let Some(Target { origin, mut headers, .. }) = Target::of(configuration, 0.0) {
            // Sent where the page asks for a beta.
            headers.push("anthropic-beta".to_owned());
            add(&origin, "inference", &headers);
        }
    }
    out
}
