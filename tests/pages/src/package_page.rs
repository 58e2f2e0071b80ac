//! The page that uses the package, as its tests see it.

use std::time::Duration;

use serde_json::{Value, json};

use crate::case::Outcome;
use crate::stage::{Gateway, Stage, without_tokens};

/// How long the page's modules may take.
const LOADED: Duration = Duration::from_secs(10);

/// How a page is framed, which decides on what it can keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Frame {
    SameSite,
    /// As in Office on the web.
    CrossSite,
    /// In a sandbox without an origin of its own.
    Sandboxed,
}

/// An open page of `site/package.html`.
#[derive(Debug)]
pub(crate) struct PackagePage<'a> {
    stage: &'a Stage,
}

impl<'a> PackagePage<'a> {
    pub(crate) async fn open(stage: &'a Stage, query: &str) -> Outcome<Self> {
        let page = Self { stage };
        page.go(query).await?;
        page.run("forgetAll", json!({})).await?;
        Ok(page)
    }

    pub(crate) fn in_frame(stage: &'a Stage) -> Self {
        Self { stage }
    }

    /// Loads the frame anew; what is kept stays.
    pub(crate) async fn go_in_frame(&self, frame: Frame) -> Outcome {
        self.go_in_frame_with(frame, "").await
    }

    /// The same with parameters for the application around the frame.
    pub(crate) async fn go_in_frame_with(&self, frame: Frame, query: &str) -> Outcome {
        let browser = &self.stage.browser;
        let mut host = self.stage.world.package.host_origin().to_owned();
        if frame != Frame::SameSite {
            // Another name of this computer is another site.
            host = host.replace("127.0.0.1", "localhost");
        }
        let without_manifest = "gateway_url=&gateway_token=&auto_connect=&et=";
        browser.open(&format!("{host}/?page=package.html&{without_manifest}{query}")).await?;
        browser.until("document.getElementById('frame').src", LOADED).await?;
        let mut loaded = "window.run && location.pathname === '/package.html'";
        if frame == Frame::Sandboxed {
            let sandbox = "(frame => (frame.setAttribute('sandbox', 'allow-scripts'), frame.src = frame.src))(document.getElementById('frame'))";
            browser.evaluate(sandbox).await?;
            loaded = "window.run && self.origin === 'null'";
        }
        browser.enter_frame(loaded, LOADED).await
    }

    /// Loads the page anew; what is kept stays.
    pub(crate) async fn go(&self, query: &str) -> Outcome {
        let origin = self.stage.world.package.pane_origin();
        self.stage.browser.open(&format!("{origin}/package.html{query}")).await?;
        // WebKit's driver calls a page loaded before its modules have run.
        self.stage.browser.until("window.run", LOADED).await
    }

    /// Runs one of the page's scenarios. No token may be in what it returns.
    pub(crate) async fn run(&self, scenario: &str, argument: Value) -> Outcome<Value> {
        let result = self.run_with_secrets(scenario, argument).await?;
        without_tokens(&self.stage.world, &result)?;
        Ok(result)
    }

    /// The same where the result shows what is kept, tokens and all.
    pub(crate) async fn run_with_secrets(&self, scenario: &str, argument: Value) -> Outcome<Value> {
        let arguments = vec![json!(scenario), json!(argument.to_string())];
        self.stage.browser.await_text("window.run(arguments[0], arguments[1])", arguments).await
    }
}

/// Settings as a user types them.
pub(crate) fn settings(gateway: &Gateway) -> Value {
    json!({ "gateway_url": gateway.url, "gateway_token": gateway.token })
}
