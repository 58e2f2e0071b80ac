//! The other hosts that the configuration names: whether each of them can be
//! reached. Each is asked once, without a secret, for something small that
//! changes nothing.

use crate::http::{BaseUrl, Endpoints, Method};
use crate::json::{Json, write};
use crate::text;

use super::environment::Environment;
use super::probe::{Mode, Probe, Seen};
use super::verdict::Verdict;

/// The most hosts that are asked.
const MOST: usize = 8;

/// What is asked for by purpose, where the configuration names no address. Nothing of
/// it needs a credential and nothing redirects: OpenID Connect Discovery (4), the
/// root of Microsoft Graph, and what needs a token at the others, which they refuse.
static ROUTES: [(&str, &str); 5] = [
    ("entra", "/organizations/v2.0/.well-known/openid-configuration"),
    ("graph", "/v1.0"),
    ("google-sign-in", "/.well-known/openid-configuration"),
    ("google-tokens", "/tokeninfo"),
    ("aws-sts", "/?Action=GetCallerIdentity&Version=2011-06-15"),
];

/// What is asked for at the address that the configuration names. A skill is loaded as it
/// is probed; of the others the probe says only that they are there.
const NAMED: [&str; 4] = ["bootstrap", "mcp", "skill", "traces"];

/// Who signs the user in, which a page that issues tokens itself does elsewhere.
const SIGN_IN: [&str; 3] = ["entra", "google-sign-in", "google-tokens"];

/// What any link can name, since the manifest's layer is the page's own address. The
/// user has agreed to the bootstrap endpoint, and skills are named by its answer alone.
const BY_LINK: [&str; 2] = ["mcp", "traces"];

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asker<'a> {
    /// The origin of whoever is asked anyway.
    pub provider: &'a str,
    /// The connector gets its tokens itself.
    pub signs_in: bool,
    /// An Office host stands behind the page's address.
    pub vouched: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Host {
    address: String,
    purpose: String,
    url: String,
    mode: Mode,
    verdict: Option<Verdict>,
}

/// Hosts, and what is known of each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hosts(Vec<Host>);

impl Hosts {
    /// Those of an allowlist, as [`describe`](super::allowlist::describe) writes it.
    /// `endpoints` say where hosts are.
    #[must_use]
    pub fn read(allowlist: Json<'_>, asker: Asker<'_>, endpoints: &Endpoints) -> Self {
        let mut hosts: Vec<Host> = Vec::new();
        for entry in allowlist.elements() {
            let text = |name| entry.text(name).unwrap_or_default();
            let (address, purpose) = (text("address"), text("purpose"));
            let is_known = |host: &Host| host.address == address;
            if address == asker.provider || hosts.len() == MOST || hosts.iter().any(is_known) {
                continue;
            }
            let is_of = |purposes: &[&str]| purposes.contains(&purpose.as_str());
            if (!asker.signs_in && is_of(&SIGN_IN)) || (!asker.vouched && is_of(&BY_LINK)) {
                continue;
            }
            if let Some(url) = asked(&address, &purpose, &text("url"), endpoints) {
                let mode = if purpose == "skill" { Mode::Readable } else { Mode::Opaque };
                hosts.push(Host { address, purpose, url, mode, verdict: None });
            }
        }
        Self(hosts)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether some are to be asked yet.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        self.0.iter().any(|host| host.verdict.is_none())
    }

    /// What to send to those that are to be asked.
    pub fn pending(&self) -> impl Iterator<Item = Probe<'_>> {
        let waiting = self.0.iter().filter(|host| host.verdict.is_none());
        waiting.map(|host| Probe::new(Method::Get, &host.url, &[], host.mode))
    }

    /// Takes what was seen of each that is [`pending`](Self::pending), in their
    /// order. Of what nobody tells nothing was seen.
    pub fn handle(&mut self, seen: &[Seen], environment: &Environment) {
        let mut seen = seen.iter();
        for host in self.0.iter_mut().filter(|host| host.verdict.is_none()) {
            let seen = seen.next().copied().unwrap_or(Seen::Nothing);
            host.verdict = Some(match (seen, host.mode) {
                (Seen::Offline, _) => Verdict::Offline,
                (Seen::Policy, _) => Verdict::PolicyRefused,
                (Seen::Silence, _) => Verdict::Silent,
                (Seen::Redirect, _) => Verdict::Redirected,
                (Seen::Answer | Seen::WebPage, Mode::Opaque) if host.purpose == "skill" => {
                    Verdict::OriginRefused
                }
                (Seen::WebPage, Mode::Readable) => Verdict::WebPage,
                (Seen::Answer | Seen::WebPage, _) => Verdict::Reachable,
                (Seen::Nothing, Mode::Readable) => {
                    host.mode = Mode::Opaque;
                    continue;
                }
                (Seen::Nothing, Mode::Opaque) => environment.unreachable(&host.address),
            });
        }
    }

    /// A token was there all the same: where the page's policy keeps it from
    /// whoever signs in, that is done by somebody else.
    pub fn forgive_sign_in(&mut self) {
        for host in &mut self.0 {
            if host.verdict == Some(Verdict::PolicyRefused)
                && SIGN_IN.contains(&host.purpose.as_str())
            {
                host.verdict = Some(Verdict::Unprobed);
            }
        }
    }

    /// What it comes to.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let mut all = Verdict::HostsReachable;
        for host in &self.0 {
            match host.verdict {
                None | Some(Verdict::Reachable | Verdict::Unprobed | Verdict::IsolatedPage) => {}
                Some(Verdict::OriginRefused) => {
                    if all == Verdict::HostsReachable {
                        all = Verdict::HostsUnreadable;
                    }
                }
                Some(_) => all = Verdict::HostsUnreachable,
            }
        }
        all
    }

    /// `[{address,purpose,verdict}]`
    pub(super) fn describe(&self, list: &mut write::Array<'_>) {
        for host in &self.0 {
            let mut object = list.object();
            object.string("address", &host.address);
            object.string("purpose", &host.purpose);
            object.string("verdict", host.verdict.map_or("", Verdict::id));
        }
    }
}

/// The address to ask: a fixed one, or what the configuration names.
fn asked(address: &str, purpose: &str, url: &str, endpoints: &Endpoints) -> Option<String> {
    for (known, route) in &ROUTES {
        if purpose == *known {
            return located(address, route, endpoints);
        }
    }
    if purpose == "bootstrap" {
        return located(url, "", endpoints);
    }
    let url = text::split_once(url, "?").map_or(url, |(url, _)| url);
    (NAMED.contains(&purpose) && !url.is_empty()).then(|| url.to_owned())
}

fn located(base: &str, route: &str, endpoints: &Endpoints) -> Option<String> {
    let mut base = BaseUrl::parse(base).ok()?;
    endpoints.locate(&mut base).ok()?;
    Some(if route.is_empty() { base.to_string() } else { base.join(route).as_str().to_owned() })
}
