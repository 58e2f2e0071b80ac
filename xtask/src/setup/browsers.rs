//! Finds or installs the browsers that tests run in, and the drivers that steer them.

use std::env;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{SetupError, apt, cargo_install};
use crate::process;
use crate::progress;
use crate::workspace::Workspace;

/// A family of browsers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Engine {
    Chromium,
    Firefox,
    Webkit,
}

impl Engine {
    pub(crate) const ALL: [Self; 3] = [Self::Chromium, Self::Firefox, Self::Webkit];

    /// The word on the command line.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Chromium => "chromium",
            Self::Firefox => "firefox",
            Self::Webkit => "webkit",
        }
    }

    pub(crate) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|engine| engine.as_str() == word)
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A browser and its driver.
#[derive(Clone, Debug)]
pub(crate) struct Browser {
    pub(crate) engine: Engine,
    pub(crate) driver: PathBuf,
    pub(crate) binary: PathBuf,
}

impl Browser {
    /// A command that runs a program under conditions in which this browser works.
    pub(crate) fn command(&self, program: &Path) -> Command {
        match self.engine {
            Engine::Chromium | Engine::Firefox => Command::new(program),
            Engine::Webkit => {
                // It has no headless mode, and its sandbox wants rights that
                // containers lack.
                let mut command = Command::new("xvfb-run");
                command
                    .args(["-a", "-s", "-screen 0 1280x1024x24"])
                    .arg(program)
                    .env("WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS", "1")
                    .env("WEBKIT_DISABLE_COMPOSITING_MODE", "1");
                command
            }
        }
    }
}

/// geckodriver comes as a crate; Debian has no package of it.
const GECKODRIVER: &str = "geckodriver@0.37.1";

/// Finds an engine's browser and driver, or installs them.
///
/// # Errors
/// Something could not be installed; the message says what.
pub(crate) fn set_up(workspace: &Workspace, engine: Engine) -> Result<Browser, SetupError> {
    match engine {
        Engine::Chromium => chromium(workspace),
        Engine::Firefox => firefox(workspace),
        Engine::Webkit => webkit(workspace),
    }
}

fn chromium(workspace: &Workspace) -> Result<Browser, SetupError> {
    let find = || {
        let names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
        let binary = process::find(&names)
            .or_else(|| application("Google Chrome.app/Contents/MacOS/Google Chrome"))?;
        let driver =
            from_environment("CHROMEDRIVER").or_else(|| process::find(&["chromedriver"]))?;
        Some(Browser { engine: Engine::Chromium, driver, binary })
    };
    let browser = find_or_install(workspace, "Chromium and its driver", find, || {
        apt::install(workspace, "Chromium", &["chromium", "chromium-driver"], "1 min")
    })?;
    let [binary, driver] = [&browser.binary, &browser.driver]
        .map(|program| process::read(Command::new(program).arg("--version")).unwrap_or_default());
    if major(&binary) != major(&driver) {
        let why = format!("{} doesn't fit {}", driver.trim(), binary.trim());
        return Err(SetupError::new("ChromeDriver", why)
            .install("a driver of the browser's version; CHROMEDRIVER may name it"));
    }
    Ok(browser)
}

fn firefox(workspace: &Workspace) -> Result<Browser, SetupError> {
    let find = || {
        process::find(&["firefox-esr", "firefox"])
            .or_else(|| application("Firefox.app/Contents/MacOS/firefox"))
    };
    let binary = find_or_install(workspace, "Firefox", find, || {
        apt::install(workspace, "Firefox", &["firefox-esr"], "30 s")
    })?;
    let find = || {
        let ours = workspace.target("tools/bin/geckodriver");
        from_environment("GECKODRIVER")
            .or_else(|| process::find(&["geckodriver"]))
            .or_else(|| ours.is_file().then_some(ours))
    };
    let driver = find_or_install(workspace, "geckodriver", find, || {
        progress::step(format_args!("cargo install {GECKODRIVER}"), "3 min");
        cargo_install::install(workspace, GECKODRIVER, "geckodriver")
    })?;
    Ok(Browser { engine: Engine::Firefox, driver, binary })
}

fn webkit(workspace: &Workspace) -> Result<Browser, SetupError> {
    let find = || {
        process::find(&["xvfb-run"])?;
        let driver =
            from_environment("WEBKITDRIVER").or_else(|| process::find(&["WebKitWebDriver"]))?;
        Some(Browser { engine: Engine::Webkit, driver, binary: mini_browser()? })
    };
    find_or_install(workspace, "WebKitGTK and its driver", find, || {
        // xvfb-run needs xauth, which Debian only recommends.
        apt::install(workspace, "WebKitGTK", &["webkit2gtk-driver", "xvfb", "xauth"], "1 min")
    })
}

/// WebKitGTK's own browser, which is kept out of `PATH`.
fn mini_browser() -> Option<PathBuf> {
    let folders = std::fs::read_dir("/usr/lib")
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .chain(["/usr/lib", "/usr/libexec", "/usr/lib64"].map(PathBuf::from));
    folders
        .flat_map(|folder| {
            ["webkit2gtk-4.1", "webkitgtk-6.0", "webkit2gtk-4.0"]
                .map(|version| folder.join(version).join("MiniBrowser"))
        })
        .find(|candidate| candidate.is_file())
}

fn find_or_install<T>(
    workspace: &Workspace,
    what: &str,
    find: impl Fn() -> Option<T>,
    install: impl FnOnce() -> Result<(), SetupError>,
) -> Result<T, SetupError> {
    if let Some(found) = find() {
        return Ok(found);
    }
    install()?;
    find().ok_or_else(|| {
        let log = workspace.log("apt");
        SetupError::new(what, format!("installed, but not found; see {}", log.display()))
    })
}

/// A driver that a variable names.
fn from_environment(variable: &str) -> Option<PathBuf> {
    env::var_os(variable).map(PathBuf::from).filter(|path| path.is_file())
}

/// A program of macOS.
fn application(inside: &str) -> Option<PathBuf> {
    let path = Path::new("/Applications").join(inside);
    path.is_file().then_some(path)
}

/// The first number that `--version` answers with.
fn major(answer: &str) -> Option<u32> {
    answer.split_ascii_whitespace().find_map(|word| word.split('.').next()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_and_its_driver_are_compared_by_major_version() {
        for (answer, expected) in [
            ("Chromium 156.0.7700.1 built on Debian GNU/Linux 12 (bookworm)", Some(156)),
            ("ChromeDriver 156.0.7700.1 (abcdef-refs/branch-heads/7700@{#1})", Some(156)),
            ("Google Chrome 150.0.1.2 ", Some(150)),
            ("", None),
        ] {
            assert_eq!(major(answer), expected, "{answer}");
        }
    }

    #[test]
    fn engines_are_named_as_they_print() {
        for engine in Engine::ALL {
            assert_eq!(Engine::parse(&engine.to_string()), Some(engine));
        }
        assert_eq!(Engine::parse("Chromium"), None);
    }
}
