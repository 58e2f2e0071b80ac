//! Takes pictures of the demo page in each of its states, in three browsers, and lays them out side by side.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::build::{self, BuildError, Profile};
use crate::demo::{self, DemoError};
use crate::process::{self, RunError};
use crate::progress::say;
use crate::setup::browsers::Engine;
use crate::setup::{Setup, SetupError};
use crate::test::pages;
use crate::workspace::{self, Workspace};

/// Why there are no pictures.
#[derive(Debug)]
pub(crate) enum ScreenshotError {
    Setup(SetupError),
    Build(BuildError),
    Vendor(DemoError),
    Run(RunError),
    Io { path: PathBuf, cause: io::Error },
}

impl ScreenshotError {
    pub(crate) fn output(&self) -> &str {
        match self {
            Self::Setup(error) => error.output(),
            Self::Build(error) => error.output(),
            Self::Vendor(error) => error.output(),
            Self::Run(error) => error.output(),
            Self::Io { .. } => "",
        }
    }
}

impl fmt::Display for ScreenshotError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Setup(error) => error.fmt(f),
            Self::Build(error) => error.fmt(f),
            Self::Vendor(error) => error.fmt(f),
            Self::Run(error) => error.fmt(f),
            Self::Io { path, cause } => write!(f, "{}: {cause}", path.display()),
        }
    }
}

impl std::error::Error for ScreenshotError {}

/// Takes the pictures in the engines asked for, all three where none is.
///
/// # Errors
/// See [`ScreenshotError`]. What one engine can't do doesn't keep the others from it.
pub(crate) fn command(workspace: &Workspace, engines: &[Engine]) -> Result<(), ScreenshotError> {
    process::adopt_orphans();
    let mut setup = Setup::new(workspace);
    let package =
        build::build(workspace, &mut setup, Profile::Release).map_err(ScreenshotError::Build)?;
    let node = setup.node().map_err(ScreenshotError::Setup)?;
    let vendor = demo::lay_out_vendor(workspace, &node).map_err(ScreenshotError::Vendor)?;
    let folder = workspace.target("screenshots");
    fs::create_dir_all(&folder)
        .map_err(|cause| ScreenshotError::Io { path: folder.clone(), cause })?;

    let mut failure = None;
    for engine in engines {
        let taken = setup.browser(*engine).map_err(ScreenshotError::Setup).and_then(|browser| {
            let mut pages = pages::command(workspace, &browser, &package, &vendor)
                .map_err(ScreenshotError::Run)?;
            pages.arg("--states").arg(&folder);
            let child = process::start(&mut pages).map_err(ScreenshotError::Run)?;
            process::wait(&pages, child).map_err(ScreenshotError::Run)
        });
        if let Err(error) = taken {
            say(format_args!("{engine}: FAILED\n  {error}"));
            failure.get_or_insert(error);
        }
    }
    let index = lay_out(&folder).map_err(|cause| ScreenshotError::Io { path: folder, cause })?;
    say(format_args!("pictures: {}", index.display()));
    failure.map_or(Ok(()), Err)
}

/// Writes a page with a row for each state and returns its path.
fn lay_out(folder: &Path) -> io::Result<PathBuf> {
    let mut files: Vec<String> = workspace::files(folder)?
        .iter()
        .filter_map(|path| path.file_name()?.to_str().map(str::to_owned))
        .collect();
    // By age, hence in the order of the states as the first engine met them.
    files.sort_by_key(|file| fs::metadata(folder.join(file)).and_then(|data| data.modified()).ok());
    let index = folder.join("index.html");
    fs::write(&index, page(&files))?;
    Ok(index)
}

/// The page for pictures named `state.theme.engine.png`.
fn page(files: &[String]) -> String {
    let mut states: Vec<&str> = Vec::new();
    let mut rows: BTreeMap<&str, Vec<(&str, &str)>> = BTreeMap::new();
    for file in files {
        let Some((state, what)) = file.strip_suffix(".png").and_then(|name| name.split_once('.'))
        else {
            continue;
        };
        if !states.contains(&state) {
            states.push(state);
        }
        rows.entry(state).or_default().push((what, file));
    }
    let mut html = String::from(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>The demo page in its states</title>\n\
         <style>body{font:14px system-ui;margin:16px;background:#ddd}div{display:flex;gap:12px;overflow-x:auto}\
         figure{margin:0}img{display:block;width:320px}</style>\n<h1>The demo page in its states</h1>\n",
    );
    for state in states {
        html.push_str(&format!("<h2>{}</h2>\n<div>\n", state.replace('-', " ")));
        let mut pictures = rows.remove(state).unwrap_or_default();
        pictures.sort_unstable();
        for (what, file) in pictures {
            let what = what.replace('.', ", ");
            html.push_str(&format!(
                "<figure><figcaption>{what}</figcaption><img src=\"{file}\" alt=\"{what}\"></figure>\n"
            ));
        }
        html.push_str("</div>\n");
    }
    html.push_str("</html>\n");
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_keep_their_order_and_other_files_are_left_out() {
        let files = [
            "first-run.light.firefox.png",
            "first-run.dark.firefox.png",
            "connected.light.firefox.png",
            "index.html",
            "first-run.light.chromium.png",
        ];
        let html = page(&files.map(str::to_owned));
        let order = [
            "<h2>first run</h2>",
            "dark, firefox",
            "light, chromium",
            "light, firefox",
            "<h2>connected</h2>",
        ];
        let places: Vec<_> = order.iter().map(|part| html.find(part)).collect();
        assert!(places.iter().all(Option::is_some), "{places:?}");
        assert!(places.is_sorted(), "{places:?}");
        assert!(!html.contains("index.html"));
        assert_eq!(html.matches("<img").count(), 4);
    }
}
