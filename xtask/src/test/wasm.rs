//! The core's tests inside a browser, by wasm-bindgen's test runner.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::cases::Cases;
use super::{Session, StageError, counted};
use crate::process;
use crate::setup::browsers::{Browser, Engine};
use crate::setup::wasm32::TARGET;

const LIMIT: Duration = Duration::from_secs(30 * 60);

/// The variables by which the runner chooses a browser.
const DRIVER_VARIABLES: [&str; 8] = [
    "CHROMEDRIVER",
    "CHROMEDRIVER_REMOTE",
    "GECKODRIVER",
    "GECKODRIVER_REMOTE",
    "SAFARIDRIVER",
    "SAFARIDRIVER_REMOTE",
    "MSEDGEDRIVER",
    "MSEDGEDRIVER_REMOTE",
];

pub(super) fn run(session: &mut Session<'_>, engine: Engine) -> Result<Cases, StageError> {
    let workspace = session.workspace;
    let toolchain = session.setup.toolchain()?;
    let bindgen = session.setup.bindgen()?;
    let browser = session.setup.browser(engine)?;

    let mut cargo = toolchain.cargo(workspace);
    cargo
        .args(["test", "--package", "taskpane-connector", "--test", "web", "--target", TARGET])
        .args(["--no-run", "--message-format=json-render-diagnostics"]);
    let messages = process::run(&mut cargo, &workspace.log("wasm-compile"), LIMIT)?;
    let module = executable(&messages)
        .ok_or_else(|| StageError::Wrong("cargo names no test module".to_owned()))?;

    // The runner reads webdriver.json from its working directory. Each browser
    // gets its own, for they refuse each other's options.
    let folder = workspace.target(&format!("xtask/webdriver/{engine}"));
    let options = folder.join("webdriver.json");
    fs::create_dir_all(&folder)
        .and_then(|()| fs::write(&options, capabilities(&browser)))
        .map_err(|error| StageError::Wrong(format!("{}: {error}", options.display())))?;

    let mut runner = browser.command(&bindgen.test_runner);
    for variable in DRIVER_VARIABLES {
        runner.env_remove(variable);
    }
    let variable = match engine {
        Engine::Chromium => "CHROMEDRIVER",
        Engine::Firefox => "GECKODRIVER",
        // The runner has no word for WebKit's driver, which speaks as Safari's does.
        Engine::Webkit => "SAFARIDRIVER",
    };
    runner
        .arg(module)
        .current_dir(&folder)
        .env(variable, &browser.driver)
        // For all tests together; the default of 20 s is too short for a slow machine.
        .env("WASM_BINDGEN_TEST_TIMEOUT", "300")
        // The runner's own stack says nothing about a failed test.
        .env("RUST_BACKTRACE", "0");
    let log = workspace.log(&format!("wasm-{engine}"));
    counted(&process::run(&mut runner, &log, LIMIT)?)
}

/// The test module in cargo's messages.
fn executable(messages: &str) -> Option<PathBuf> {
    messages.lines().find_map(|line| {
        let (_, rest) = line.split_once("\"executable\":\"")?;
        let (path, _) = rest.split_once('"')?;
        path.ends_with(".wasm").then(|| PathBuf::from(path))
    })
}

/// What the browser is asked to be.
fn capabilities(browser: &Browser) -> String {
    let binary = json(&browser.binary);
    match browser.engine {
        // Without a sandbox, as root and in containers there is no other way.
        Engine::Chromium => format!(
            r#"{{"goog:chromeOptions":{{"binary":{binary},"args":["--headless=new","--no-sandbox","--disable-gpu","--disable-dev-shm-usage","--no-first-run","--disable-background-networking","--disable-component-update","--disable-sync"]}}}}"#
        ),
        Engine::Firefox => {
            format!(r#"{{"moz:firefoxOptions":{{"binary":{binary},"args":["-headless"]}}}}"#)
        }
        Engine::Webkit => format!(
            r#"{{"webkitgtk:browserOptions":{{"binary":{binary},"args":["--automation"]}}}}"#
        ),
    }
}

/// A path as a JSON string.
fn json(path: &Path) -> String {
    let mut text = String::from('"');
    for character in path.to_string_lossy().chars() {
        if matches!(character, '"' | '\\') {
            text.push('\\');
        }
        text.push(character);
    }
    text.push('"');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_test_module_is_found_among_cargos_messages() {
        let messages = concat!(
            r#"{"reason":"compiler-artifact","filenames":["/t/libjs.rlib"],"executable":null}"#,
            "\n",
            "   Compiling taskpane-connector v0.1.0\n",
            r#"{"reason":"compiler-artifact","target":{"name":"web"},"executable":"/t/deps/web-1f.wasm","fresh":true}"#,
            "\n",
            r#"{"reason":"build-finished","success":true}"#,
        );
        assert_eq!(executable(messages), Some(PathBuf::from("/t/deps/web-1f.wasm")));
        assert_eq!(executable(r#"{"executable":null}"#), None);
    }

    #[test]
    fn paths_are_quoted_for_json() {
        assert_eq!(json(Path::new("/a b/\"c\"\\d")), r#""/a b/\"c\"\\d""#);
    }
}
