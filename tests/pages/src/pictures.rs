//! Pictures of the demo page in each of its states, as wide as a task pane, for people to look at.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use fantoccini::Locator;
use tokio::time::timeout;

use crate::browser::Browser;
use crate::case::{Complaint, Outcome};
use crate::environment::{Engine, Environment};
use crate::pane::Theme;
use crate::stage::{Stage, World};
use crate::states::{STATES, State};

/// How long a state may take to get into and to be photographed.
const LIMIT: Duration = Duration::from_secs(60);

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
        let client = stage.browser.client();
        client.clone().enter_parent_frame().await?;
        let picture = client.find(Locator::Css("#frame")).await?.screenshot().await?;
        let name = state.name.replace(' ', "-");
        let file = format!("{name}.{theme}.{}.png", stage.environment.engine);
        std::fs::write(folder.join(file), picture)?;
        client.enter_frame(0).await?;
    }
    Ok(())
}
