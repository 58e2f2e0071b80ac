//! What to test and with what, from the command line and the environment.

use std::env;
use std::fmt;
use std::path::{Path, PathBuf};

use lexopt::prelude::*;

/// A family of browsers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    Chromium,
    Firefox,
    Webkit,
}

impl Engine {
    const ALL: [Self; 3] = [Self::Chromium, Self::Firefox, Self::Webkit];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Chromium => "chromium",
            Self::Firefox => "firefox",
            Self::Webkit => "webkit",
        }
    }

    const fn usual_driver(self) -> &'static str {
        match self {
            Self::Chromium => "chromedriver",
            Self::Firefox => "geckodriver",
            Self::Webkit => "WebKitWebDriver",
        }
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The command line.
#[derive(Debug)]
pub(crate) struct Arguments {
    pub(crate) engine: Engine,
    /// Only tell the cases' names.
    pub(crate) list: bool,
    /// Leave a screenshot of every case, not only of those that fail.
    pub(crate) pictures: bool,
    /// Only cases with one of these in their name; none: all.
    pub(crate) filters: Vec<String>,
    pub(crate) task: Task,
}

/// What to do.
#[derive(Debug)]
pub(crate) enum Task {
    Test,
    Measure(Measure),
    /// Time a page's start and a fast answer, into a file.
    Pace(PathBuf),
    /// Pictures of the demo page's states, into a folder.
    Photograph(PathBuf),
}

/// What to measure.
#[derive(Debug)]
pub(crate) struct Measure {
    /// The benchmark page's query, from the question mark.
    pub(crate) query: String,
    /// Where the results go, as JSON.
    pub(crate) results: PathBuf,
}

impl Arguments {
    pub(crate) fn read(mut parser: lexopt::Parser) -> Result<Self, lexopt::Error> {
        let (mut engine, mut list, mut pictures) = (None, false, false);
        let mut filters = Vec::new();
        let mut task = Task::Test;
        while let Some(argument) = parser.next()? {
            match argument {
                Long("engine") => {
                    let word = parser.value()?.string()?;
                    let known = Engine::ALL.into_iter().find(|engine| engine.as_str() == word);
                    engine = Some(known.ok_or_else(|| format!("no engine {word:?}"))?);
                }
                Long("list") => list = true,
                Long("pictures") => pictures = true,
                Long("measure") => {
                    let query = parser.value()?.string()?;
                    task = Task::Measure(Measure { query, results: parser.value()?.into() });
                }
                Long("pace") => task = Task::Pace(parser.value()?.into()),
                Long("states") => task = Task::Photograph(parser.value()?.into()),
                Value(name) => filters.push(name.string()?),
                other => return Err(other.unexpected()),
            }
        }
        let engine = engine.ok_or("--engine chromium, firefox or webkit is needed")?;
        Ok(Self { engine, list, pictures, filters, task })
    }
}

/// Where everything is.
#[derive(Clone, Debug)]
pub(crate) struct Environment {
    pub(crate) engine: Engine,
    pub(crate) driver: PathBuf,
    /// Unset leaves the choice to the driver.
    pub(crate) browser: Option<PathBuf>,
    pub(crate) package: PathBuf,
    pub(crate) www: PathBuf,
    pub(crate) vendor: PathBuf,
    /// axe-core's script.
    pub(crate) axe: PathBuf,
    /// The pages of these tests.
    pub(crate) site: PathBuf,
    /// The workspace's fixtures.
    pub(crate) fixtures: PathBuf,
    /// Where logs and screenshots go.
    pub(crate) output: PathBuf,
    /// Whether the system forces its colours on pages. Chromium only.
    pub(crate) forced_colours: bool,
}

impl Environment {
    pub(crate) fn read(engine: Engine) -> Self {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = here.ancestors().nth(2).unwrap_or(here);
        let target = env::var_os("CARGO_TARGET_DIR")
            .map_or_else(|| root.join("target"), |folder| root.join(folder));
        let path = |variable: &str, usual: PathBuf| env::var_os(variable).map_or(usual, Into::into);
        Self {
            engine,
            driver: path("TASKPANE_WEBDRIVER", engine.usual_driver().into()),
            browser: env::var_os("TASKPANE_BROWSER").map(Into::into),
            package: path("TASKPANE_PKG", root.join("pkg")),
            www: path("TASKPANE_WWW", root.join("www")),
            vendor: path("TASKPANE_VENDOR", target.join("www-vendor")),
            axe: path("TASKPANE_AXE", root.join("xtask/node/node_modules/axe-core/axe.min.js")),
            site: here.join("site"),
            fixtures: root.join("tests/fixtures"),
            output: target.join("pages"),
            forced_colours: false,
        }
    }
}
