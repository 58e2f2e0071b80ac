//! The demo page as a person meets it: by what it shows, by clicks and by keys.

use std::fmt;
use std::time::Duration;

use fantoccini::Locator;
use fantoccini::actions::{InputSource as _, KeyAction, KeyActions};
use fantoccini::key::Key;
use serde_json::{Value, json};

use crate::browser::Browser;
use crate::case::Outcome;
use crate::stage::{Gateway, Stage};
use crate::value::Look as _;

/// How long the page may take to show what is waited for.
const SHOWN: Duration = Duration::from_secs(12);

const LOADED: &str = "document.readyState === 'complete' && window.watched";

/// How the page looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Theme {
    Light,
    Dark,
    /// The colours that the system forces on it, where the browser was started so.
    Forced,
}

impl fmt::Display for Theme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Light => "light",
            Self::Dark => "dark",
            Self::Forced => "forced-colors",
        })
    }
}

/// The demo page, in the host's frame or by itself.
#[derive(Debug)]
pub(crate) struct Pane<'a> {
    stage: &'a Stage,
}

impl<'a> Pane<'a> {
    pub(crate) fn new(stage: &'a Stage) -> Self {
        Self { stage }
    }

    pub(crate) fn browser(&self) -> &Browser {
        &self.stage.browser
    }

    /// Opens the simulated Office application at a pane width of 320 pixels and looks into the
    /// pane. `query` is for the host's page.
    pub(crate) async fn open_in_host(&self, query: &str) -> Outcome {
        // What a frame keeps may be apart from what the same page keeps by itself.
        let host = self.stage.world.demo.host_origin();
        self.browser().open(&format!("{host}/?page=icon.svg")).await?;
        self.browser().until("document.getElementById('frame').src", SHOWN).await?;
        self.browser().enter_frame("location.pathname === '/icon.svg'", SHOWN).await?;
        self.forget().await?;
        self.reopen_in_host(query).await
    }

    /// The same with what is kept.
    pub(crate) async fn reopen_in_host(&self, query: &str) -> Outcome {
        let host = self.stage.world.demo.host_origin();
        self.open_host_at(&format!("{host}/?width=320{query}")).await
    }

    /// Opens the demo page by itself, as a link would.
    pub(crate) async fn open_alone(&self, query: &str) -> Outcome {
        self.open_at(self.stage.world.demo.pane_origin(), query).await
    }

    /// Opens a simulated Office application by its address and looks into the pane.
    pub(crate) async fn open_host_at(&self, address: &str) -> Outcome {
        self.browser().open(address).await?;
        self.browser().until("document.getElementById('frame').src", SHOWN).await?;
        self.browser().enter_frame(LOADED, SHOWN).await
    }

    /// Opens the demo page of an organisation by itself, with nothing kept.
    pub(crate) async fn open_at(&self, origin: &str, query: &str) -> Outcome {
        self.browser().open(&format!("{origin}/icon.svg")).await?;
        self.forget().await?;
        self.browser().open(&format!("{origin}/taskpane.html{query}")).await?;
        self.until(LOADED).await
    }

    /// Opens the demo page 320 pixels wide in the frame of a page that is no Office's.
    pub(crate) async fn open_framed(&self, query: &str) -> Outcome {
        let origin = self.stage.world.demo.pane_origin();
        self.browser().open(&format!("{origin}/icon.svg")).await?;
        self.forget().await?;
        self.browser().open(&format!("{origin}/frame.html{query}")).await?;
        self.browser().until("document.getElementById('frame').src", SHOWN).await?;
        self.browser().enter_frame(LOADED, SHOWN).await
    }

    /// Puts on a theme, as the page's own choice of it does.
    pub(crate) async fn wear(&self, theme: Theme) -> Outcome {
        let (media, condition) = match theme {
            Theme::Light => ("not all", "!SCHEME.includes('dark')"),
            Theme::Dark => ("all", "SCHEME.includes('dark')"),
            Theme::Forced => {
                return self.until("matchMedia('(forced-colors: active)').matches").await;
            }
        };
        self.evaluate(&format!("(document.getElementById('dark-theme').media = '{media}', 0)"))
            .await?;
        self.until(
            &condition.replace("SCHEME", "getComputedStyle(document.documentElement).colorScheme"),
        )
        .await
    }

    pub(crate) async fn reopen_alone(&self, query: &str) -> Outcome {
        let origin = self.stage.world.demo.pane_origin();
        self.browser().open(&format!("{origin}/taskpane.html{query}")).await?;
        self.until(LOADED).await
    }

    /// Deletes what the pane's origin keeps.
    async fn forget(&self) -> Outcome {
        self.browser().evaluate("(localStorage.clear(), sessionStorage.clear(), 0)").await?;
        Ok(())
    }

    /// Opens the host with a gateway of the case's own and waits for the chat.
    pub(crate) async fn chat_with(&self, gateway: &Gateway) -> Outcome {
        self.open_in_host(&format!("&gateway_url={}", encoded(&gateway.url))).await?;
        self.shows("chat").await
    }

    /// Waits until a view is shown.
    pub(crate) async fn shows(&self, view: &str) -> Outcome {
        self.until(&format!("!document.getElementById('{view}-view').hidden")).await
    }

    pub(crate) async fn until(&self, condition: &str) -> Outcome {
        self.browser().until(condition, SHOWN).await
    }

    pub(crate) async fn evaluate(&self, expression: &str) -> Outcome<Value> {
        self.browser().evaluate(expression).await
    }

    /// The text that an element shows.
    pub(crate) async fn text(&self, selector: &str) -> Outcome<String> {
        let selector = json!(selector);
        let shown =
            self.evaluate(&format!("document.querySelector({selector})?.innerText")).await?;
        Ok(shown.text("")?.to_owned())
    }

    pub(crate) async fn click(&self, selector: &str) -> Outcome {
        let element = self.browser().client().find(Locator::Css(selector)).await?;
        element.click().await?;
        Ok(())
    }

    /// Clicks the last of the buttons with a caption that are on the screen.
    pub(crate) async fn click_button(&self, caption: &str) -> Outcome {
        let path = format!(
            "(//button[normalize-space()='{caption}' and not(ancestor-or-self::*[@hidden])])[last()]"
        );
        self.browser().client().find(Locator::XPath(&path)).await?.click().await?;
        Ok(())
    }

    /// Replaces what is in a field by typing.
    pub(crate) async fn type_into(&self, selector: &str, text: &str) -> Outcome {
        let element = self.browser().client().find(Locator::Css(selector)).await?;
        element.clear().await?;
        // A frame takes no keys before somebody has clicked into it.
        element.click().await?;
        if !text.is_empty() {
            element.send_keys(text).await?;
        }
        Ok(())
    }

    /// Chooses an option as a person does, events and all.
    pub(crate) async fn choose(&self, selector: &str, value: &str) -> Outcome {
        let element = self.browser().client().find(Locator::Css(selector)).await?;
        element.select_by_value(value).await?;
        Ok(())
    }

    /// Chooses the last of the options.
    pub(crate) async fn choose_last(&self, selector: &str) -> Outcome {
        let element = self.browser().client().find(Locator::Css(selector)).await?;
        let last = element.find_all(Locator::Css("option")).await?.len().saturating_sub(1);
        element.select_by_index(last).await?;
        Ok(())
    }

    /// Presses and releases a key, wherever the focus is.
    pub(crate) async fn press(&self, key: Key) -> Outcome {
        self.chord(&[], key).await
    }

    /// Presses a key while others are held.
    pub(crate) async fn chord(&self, held: &[Key], key: Key) -> Outcome {
        let mut actions = KeyActions::new("keyboard".to_owned());
        for held in held {
            actions = actions.then(KeyAction::Down { value: (*held).into() });
        }
        let value = key.into();
        actions = actions.then(KeyAction::Down { value }).then(KeyAction::Up { value });
        for held in held {
            actions = actions.then(KeyAction::Up { value: (*held).into() });
        }
        self.browser().client().perform_actions(actions).await?;
        Ok(())
    }

    /// Types where the focus is.
    pub(crate) async fn write(&self, text: &str) -> Outcome {
        let mut actions = KeyActions::new("keyboard".to_owned());
        for value in text.chars() {
            actions = actions.then(KeyAction::Down { value }).then(KeyAction::Up { value });
        }
        self.browser().client().perform_actions(actions).await?;
        Ok(())
    }

    /// Lets answers be as long as the page offers.
    pub(crate) async fn choose_longest(&self) -> Outcome {
        self.click("#toggle-options").await?;
        self.choose("#max-tokens", "16384").await?;
        self.click("#toggle-options").await
    }

    /// Types a message and sends it with Enter.
    pub(crate) async fn say(&self, text: &str) -> Outcome {
        self.type_into("#message", text).await?;
        self.press(Key::Enter).await
    }

    /// Waits until the newest answer is whole, and returns its text.
    pub(crate) async fn answer(&self) -> Outcome<String> {
        self.until(&format!("{NEWEST} && {NEWEST}.getAttribute('aria-busy') === 'false'")).await?;
        let expression = format!("{NEWEST}.querySelector('.answer-body').innerText");
        // Engines end the text of a block with a line break or don't.
        Ok(self.evaluate(&expression).await?.text("")?.trim().to_owned())
    }
}

/// The newest answer's element.
pub(crate) const NEWEST: &str = "[...document.querySelectorAll('.answer')].at(-1)";

/// Percent-encodes a query's value.
pub(crate) fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}
