//! Pictures of the demo page in each of its states, as wide as a task pane, for people to look at.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::json;
use tokio::time::timeout;

use crate::browser::Browser;
use crate::case::{Complaint, Outcome};
use crate::environment::{Engine, Environment};
use crate::pane::Theme;
use crate::stage::{Stage, World};
use crate::states::{STATES, State};
use crate::value::Look as _;

/// How long a state may take to get into and to be photographed.
const LIMIT: Duration = Duration::from_secs(60);

/// Leaves the pane about as high as Office does on a screen of 1080 lines.
const WINDOW: (u32, u32) = (1000, 1000);

/// Whatever a script changed is on the screen.
const PAINTED: &str =
    "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done('true'))))";

/// Cuts the pane out of the window's picture, as a PNG in base64.
const CUT: &str = "(async (picture) => {
  const bytes = Uint8Array.from(atob(picture), (character) => character.charCodeAt(0));
  const window = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
  const { x, y, width, height } = document.getElementById('frame').getBoundingClientRect();
  const canvas = document.createElement('canvas');
  canvas.width = Math.round(width * devicePixelRatio);
  canvas.height = Math.round(height * devicePixelRatio);
  canvas.getContext('2d').drawImage(window, -Math.round(x * devicePixelRatio), -Math.round(y * devicePixelRatio));
  return JSON.stringify(canvas.toDataURL('image/png').split(',')[1]);
})(arguments[0])";

/// Takes them all into a folder; returns whether every state could be got into.
pub(crate) async fn take(engine: Engine, folder: &Path) -> Outcome<bool> {
    std::fs::create_dir_all(folder)?;
    let environment = Environment::read(engine);
    std::fs::create_dir_all(&environment.output)?;
    let world = Arc::new(World::start(&environment).await?);
    let mut all = album(&world, &environment, folder, &[Theme::Light, Theme::Dark]).await?;
    // The others have no forced colours that a test could ask for.
    if engine == Engine::Chromium {
        let environment = Environment { forced_colours: true, ..environment };
        all &= album(&world, &environment, folder, &[Theme::Forced]).await?;
    }
    Ok(all)
}

/// One browser's pictures.
async fn album(
    world: &Arc<World>,
    environment: &Environment,
    folder: &Path,
    themes: &[Theme],
) -> Outcome<bool> {
    let browser = Browser::start(environment.engine, environment).await?;
    browser.client().set_window_size(WINDOW.0, WINDOW.1).await?;
    let stage = Stage { browser, world: Arc::clone(world), environment: environment.clone() };
    let mut all = true;
    for state in STATES {
        let taken = timeout(LIMIT, photograph(&stage, state, themes, folder)).await;
        let taken = taken.unwrap_or_else(|_| Err(Complaint::new(format!("not within {LIMIT:?}"))));
        match taken {
            Ok(()) => println!("{}: {}", environment.engine, state.name),
            Err(complaint) => {
                all = false;
                println!("{}: {}: FAILED\n{complaint}", environment.engine, state.name);
            }
        }
    }
    stage.browser.end().await;
    Ok(all)
}

async fn photograph(stage: &Stage, state: State, themes: &[Theme], folder: &Path) -> Outcome {
    (state.reach)(stage).await?;
    for theme in themes {
        let pane = stage.pane();
        pane.wear(*theme).await?;
        stage.browser.await_text(PAINTED, Vec::new()).await?;
        let client = stage.browser.client();
        client.clone().enter_parent_frame().await?;
        let picture = picture_of_pane(&stage.browser).await?;
        let name = state.name.replace(' ', "-");
        let file = format!("{name}.{theme}.{}.png", stage.environment.engine);
        std::fs::write(folder.join(file), picture)?;
        client.enter_frame(0).await?;
    }
    Ok(())
}

/// The page in the window does the cutting: pictures of elements are partly
/// black where WebKitGTK's driver takes them.
async fn picture_of_pane(browser: &Browser) -> Outcome<Vec<u8>> {
    let window = BASE64_STANDARD.encode(browser.screenshot().await?);
    let pane = browser.await_text(CUT, vec![json!(window)]).await?;
    BASE64_STANDARD.decode(pane.text("")?).map_err(|error| Complaint::new(error.to_string()))
}
