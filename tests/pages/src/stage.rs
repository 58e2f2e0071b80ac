//! What the cases play on: one browser and two simulated organisations.
//!
//! One organisation serves the pages of these tests, which use the package as
//! any page would; the other serves the demo page. Both under the pane's
//! Content Security Policy.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;
use simulator::{Entry, IssuedSecret, Journal, Options, Organisation, Outcome as Ended, Speed};

use crate::browser::Browser;
use crate::case::{Complaint, Outcome, ensure};
use crate::environment::Environment;
use crate::package_page::{Frame, PackagePage};
use crate::pane::Pane;
use crate::value::Look as _;

/// What the package's pages present; unlike the demo's, so that a mix-up fails.
const TOKEN: &str = "pages-4b8c1f0e-not-a-real-token-either-77d2a9";

/// How long the journal is given to see what the page has already done.
const SETTLE: Duration = Duration::from_secs(10);

/// The simulated organisations.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) package: Organisation,
    pub(crate) demo: Organisation,
}

impl World {
    pub(crate) async fn start(environment: &Environment) -> Outcome<Self> {
        let package = Organisation::start(Options {
            www: environment.site.clone(),
            pkg: environment.package.clone(),
            vendor: Some(environment.vendor.clone()),
            fixtures: Some(environment.fixtures.join("streams")),
            token: TOKEN.to_owned(),
            speed: Speed::Max,
            framed_anywhere: true,
            ..Options::default()
        });
        let demo = Organisation::start(Options {
            www: watched_demo(environment)?,
            pkg: environment.package.clone(),
            vendor: Some(environment.vendor.clone()),
            fixtures: Some(environment.site.join("streams")),
            ..Options::default()
        });
        Ok(Self { package: package.await?, demo: demo.await? })
    }

    pub(crate) fn tokens(&self) -> [&str; 2] {
        [self.package.token(), self.demo.token()]
    }

    fn organisations(&self) -> [&Organisation; 2] {
        [&self.package, &self.demo]
    }

    /// How far the journals have come, and the notes of where secrets were seen.
    pub(crate) fn marks(&self) -> [Mark; 2] {
        self.organisations().map(|organisation| Mark {
            entry: organisation.journal().entries("").last().map_or(0, |last| last.number + 1),
            sighting: organisation.sightings().len(),
            secret: organisation.issued_secrets().len(),
        })
    }

    /// Every code, verifier and token that anybody was given.
    pub(crate) fn secrets(&self) -> Vec<IssuedSecret> {
        self.organisations().into_iter().flat_map(Organisation::issued_secrets).collect()
    }

    /// Those of them that are newer than the marks.
    pub(crate) fn secrets_since(&self, marks: [Mark; 2]) -> Vec<IssuedSecret> {
        let newer = |(organisation, mark): (&Organisation, Mark)| {
            organisation.issued_secrets().into_iter().skip(mark.secret)
        };
        self.organisations().into_iter().zip(marks).flat_map(newer).collect()
    }
}

/// Where a case begins in what an organisation noted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark {
    entry: u64,
    sighting: usize,
    secret: usize,
}

/// A copy of the demo's pages that note what they print and what their policy
/// refuses. No driver lets a test run a script ahead of the page's own in all
/// three engines; the one line more in its head does.
fn watched_demo(environment: &Environment) -> Outcome<PathBuf> {
    let copy = environment.output.join("www");
    match std::fs::remove_dir_all(&copy) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
        _ => copy_folder(&environment.www, &copy)?,
    }
    for file in ["watch.js", "frame.html", "frame.css", "frame.js"] {
        std::fs::copy(environment.site.join(file), copy.join(file))?;
    }
    for page in ["taskpane.html", "bench.html"] {
        let page = copy.join(page);
        let html = std::fs::read_to_string(&page)?;
        let watched =
            html.replacen("<script ", "<script src=\"watch.js\"></script>\n    <script ", 1);
        ensure!(watched != html, "{} has no script to go before", page.display());
        std::fs::write(&page, watched)?;
    }
    Ok(copy)
}

fn copy_folder(from: &Path, to: &Path) -> Outcome {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// A gateway under a prefix of its own, with faults or without.
#[derive(Clone, Debug)]
pub(crate) struct Gateway {
    pub(crate) url: String,
    pub(crate) token: String,
    prefix: String,
    journal: Journal,
}

impl Gateway {
    fn new(organisation: &Organisation, id: &str, faults: &str) -> Self {
        let id = id.replace(|c: char| !c.is_ascii_alphanumeric(), "-");
        let all = match faults {
            "" => format!("id={id}"),
            // They are for what comes once a connector is connected.
            _ => format!("id={id},confirms,{faults}"),
        };
        let journal = organisation.journal().clone();
        let prefix = format!("/with/{all}");
        journal.clear(&prefix);
        Self {
            url: organisation.gateway_url_with(&all),
            token: organisation.token().to_owned(),
            prefix,
            journal,
        }
    }

    /// Host and port.
    pub(crate) fn host(&self) -> &str {
        self.url.split('/').nth(2).unwrap_or_default()
    }

    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.host())
    }

    /// Everything that came, preflights too.
    pub(crate) fn entries(&self) -> Vec<Entry> {
        self.journal.entries(&self.prefix)
    }

    /// The requests for a route, without preflights and the question of one token
    /// by which a connector connects.
    pub(crate) fn requests(&self, route: &str) -> Vec<Entry> {
        let mut entries = self.entries();
        entries.retain(|entry| entry.method != "OPTIONS" && entry.path.ends_with(route));
        entries.retain(|entry| !is_question(entry));
        entries
    }

    /// Waits until the journal satisfies a condition.
    pub(crate) async fn wait_until(
        &self,
        what: &str,
        condition: impl Fn(&[Entry]) -> bool,
    ) -> Outcome<Vec<Entry>> {
        self.journal
            .wait_until(&self.prefix, SETTLE, condition)
            .await
            .ok_or_else(|| Complaint::new(format!("the gateway waited in vain: {what}")))
    }

    /// Waits until no request is open, and returns how each for a message ended.
    pub(crate) async fn messages_ended(&self) -> Outcome<Vec<Ended>> {
        let done = |entries: &[Entry]| entries.iter().all(|entry| entry.outcome != Ended::Open);
        self.wait_until("for the end of all requests", done).await?;
        Ok(self.requests("/v1/messages").iter().map(|entry| entry.outcome).collect())
    }
}

/// What a case gets.
#[derive(Debug)]
pub(crate) struct Stage {
    pub(crate) browser: Browser,
    pub(crate) world: std::sync::Arc<World>,
    pub(crate) environment: Environment,
}

impl Stage {
    /// A gateway for the package's pages.
    pub(crate) fn gateway(&self, id: &str, faults: &str) -> Gateway {
        Gateway::new(&self.world.package, id, faults)
    }

    /// A gateway for the demo page.
    pub(crate) fn demo_gateway(&self, id: &str, faults: &str) -> Gateway {
        Gateway::new(&self.world.demo, id, faults)
    }

    /// A fresh page that uses the package, with nothing kept from before.
    pub(crate) async fn package_page(&self) -> Outcome<PackagePage<'_>> {
        PackagePage::open(self, "").await
    }

    /// The same page in a frame of the simulated Office application, with what is kept there.
    pub(crate) async fn framed_page(&self, frame: Frame) -> Outcome<PackagePage<'_>> {
        let page = PackagePage::in_frame(self);
        page.go_in_frame(frame).await?;
        Ok(page)
    }

    /// The demo page in the simulated Office application, 320 pixels wide.
    pub(crate) fn pane(&self) -> Pane<'_> {
        Pane::new(self)
    }

    /// Checks what must hold whatever was tried: no secret where it has no
    /// business, nothing that the policy refused, nothing thrown unheard.
    pub(crate) async fn check(&self, marks: [Mark; 2]) -> Outcome {
        for (organisation, mark) in self.world.organisations().into_iter().zip(marks) {
            let entries = organisation.journal().entries("");
            for entry in entries.iter().filter(|entry| entry.number >= mark.entry) {
                let Entry { method, path, .. } = entry;
                ensure!(!entry.token_elsewhere, "the token is elsewhere in {method} {path}");
            }
            for sighting in organisation.sightings().iter().skip(mark.sighting) {
                ensure!(sighting.is_meant(), "a secret where it has no business: {sighting:?}");
            }
        }
        let seen = self.browser.evaluate(
            "{ watched: window.watched ?? null, address: location.href, html: document.documentElement.outerHTML,
               text: document.body.innerText, title: document.title, name: window.name }",
        );
        let seen = seen.await?;
        let all = seen.to_string();
        for token in self.world.tokens() {
            ensure!(!all.contains(token), "the page shows the token: {}", around(&all, token));
        }
        for IssuedSecret { kind, value } in self.world.secrets() {
            ensure!(!all.contains(&value), "the page shows a secret: {kind:?}");
        }
        if seen.at("/watched").is_null() {
            return Ok(());
        }
        let refused = seen.list("/watched/violations")?;
        ensure!(refused.is_empty(), "the policy refused {refused:?}");
        let errors = seen.list("/watched/errors")?;
        ensure!(errors.is_empty(), "thrown and not caught: {errors:?}");
        Ok(())
    }
}

/// Says where a token is without printing it.
fn around(text: &str, token: &str) -> String {
    let before = text.split(token).next().unwrap_or_default();
    let skipped = before.chars().count().saturating_sub(120);
    before.chars().skip(skipped).collect()
}

/// Complains when a result holds a token.
pub(crate) fn without_tokens(world: &World, result: &Value) -> Outcome {
    let text = result.to_string();
    for token in world.tokens() {
        ensure!(
            !text.contains(token),
            "the token is in what the page gets: {}",
            around(&text, token)
        );
    }
    Ok(())
}

/// Whether it asks for one token.
fn is_question(entry: &Entry) -> bool {
    let tokens = entry.body.as_ref().and_then(|body| body.get("max_tokens"));
    tokens == Some(&1.into())
}
