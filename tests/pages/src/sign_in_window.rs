//! A button to sign in with, on the package's page, and the windows that open when it is clicked.

use std::time::Duration;

use fantoccini::Locator;
use fantoccini::wd::WindowHandle;
use serde_json::{Value, json};
use simulator::applications;
use tokio::time::{Instant, sleep};

use crate::case::{Complaint, Outcome, ensure, ensure_eq};
use crate::package_page::{Frame, PackagePage};
use crate::stage::Stage;
use crate::value::{Look as _, set};

/// How long a window may take to come.
pub(crate) const SHOWN: Duration = Duration::from_secs(10);

pub(crate) const TENANT: &str = "5c0e7a52-3f64-4b0c-8d7e-2f1b9c6a0d11";

/// Everything beside the usual.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asked {
    /// How the identity provider is to answer.
    pub(crate) how: &'static str,
    /// Further options of `StandardSignIn.open`.
    pub(crate) options: Value,
    pub(crate) scopes: Option<&'static str>,
    /// A member of the scenario's argument.
    pub(crate) also: Option<&'static str>,
}

pub(crate) fn options(stage: &Stage, asked: &Asked) -> Value {
    let identity = stage.world.package.identity_url(asked.how);
    let mut options = json!({
        "clientId": applications::PANE,
        "authority": format!("{identity}/entra/{TENANT}"),
        "partitionKey": "sign-in",
    });
    for (name, value) in asked.options.as_object().into_iter().flatten() {
        set(&mut options, name, value.clone());
    }
    options
}

pub(crate) fn request(asked: &Asked) -> Value {
    json!({ "scopes": [asked.scopes.unwrap_or("api://gateway.contoso.example/use")] })
}

/// A page with a button to sign in, clicked; and the window that opened.
pub(crate) struct Attempt<'a> {
    stage: &'a Stage,
    pub(crate) page: PackagePage<'a>,
    pane: WindowHandle,
    framed: bool,
}

impl<'a> Attempt<'a> {
    pub(crate) async fn begin(stage: &'a Stage, asked: &Asked) -> Outcome<Self> {
        let page = stage.package_page().await?;
        Self::begin_on(stage, page, asked).await
    }

    /// The same in a frame of the simulated Office application, with what is kept there.
    pub(crate) async fn begin_in_frame(
        stage: &'a Stage,
        frame: Frame,
        asked: &Asked,
    ) -> Outcome<Self> {
        let page = stage.framed_page(frame).await?;
        let mut attempt = Self::begin_on(stage, page, asked).await?;
        attempt.framed = true;
        Ok(attempt)
    }

    pub(crate) async fn begin_on(
        stage: &'a Stage,
        page: PackagePage<'a>,
        asked: &Asked,
    ) -> Outcome<Self> {
        let pane = stage.browser.client().window().await?;
        let mut argument = json!({ "open": options(stage, asked), "request": request(asked) });
        if let Some(name) = asked.also {
            set(&mut argument, name, json!(true));
        }
        page.run("offerSignIn", argument).await?;
        stage.browser.client().find(Locator::Css("#sign-in")).await?.click().await?;
        Ok(Self { stage, page, pane, framed: false })
    }

    /// Goes into the window that shows an element, once there is one.
    pub(crate) async fn enter(&self, element: &str) -> Outcome {
        let client = self.stage.browser.client();
        let shown = format!("document.querySelector('{element}') !== null");
        let end = Instant::now() + SHOWN;
        loop {
            for window in client.windows().await? {
                // One may close while it is looked at.
                if window != self.pane
                    && client.switch_to_window(window).await.is_ok()
                    && self.stage.browser.evaluate(&shown).await.is_ok_and(|shown| shown == true)
                {
                    return Ok(());
                }
            }
            if Instant::now() > end {
                return Err(Complaint::new(format!("no window shows {element}")));
            }
            sleep(Duration::from_millis(30)).await;
        }
    }

    /// Clicks something in the window, and is back in the pane.
    pub(crate) async fn choose(&self, choice: &str) -> Outcome {
        let element = format!("#{choice}");
        self.enter(&element).await?;
        self.stage.browser.client().find(Locator::Css(&element)).await?.click().await?;
        self.back().await
    }

    pub(crate) async fn back(&self) -> Outcome {
        let client = self.stage.browser.client();
        client.switch_to_window(self.pane.clone()).await?;
        if self.framed {
            client.enter_frame(0).await?;
        }
        Ok(())
    }

    pub(crate) async fn outcome(&self) -> Outcome<Value> {
        self.page.run("signInOutcome", json!({})).await
    }

    /// The outcome where it is a failure of that code.
    pub(crate) async fn failure(&self, code: &str) -> Outcome<Value> {
        let outcome = self.outcome().await?;
        ensure_eq!(format!("code in {outcome}"), outcome.text("/error/code")?, code);
        self.leave().await?;
        Ok(outcome)
    }

    /// Waits until the window is gone, and closes it where it stays.
    pub(crate) async fn leave(&self) -> Outcome {
        let client = self.stage.browser.client();
        let end = Instant::now() + Duration::from_secs(3);
        loop {
            let windows = client.windows().await?;
            let Some(window) = windows.into_iter().find(|window| *window != self.pane) else {
                return self.back().await;
            };
            if Instant::now() > end {
                client.switch_to_window(window).await?;
                client.close_window().await?;
            }
            sleep(Duration::from_millis(50)).await;
        }
    }

    pub(crate) async fn succeed(&self) -> Outcome<Value> {
        let outcome = self.outcome().await?;
        ensure!(outcome.get("value").is_some(), "no token: {outcome}");
        self.leave().await?;
        Ok(outcome.at("/value").clone())
    }
}
