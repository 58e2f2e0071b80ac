//! Measures how soon a page with the package is ready, and how long a fast answer keeps it busy.

use std::fs;

use crate::bench::BenchError;
use crate::build::{self, Profile};
use crate::demo;
use crate::process;
use crate::progress::say;
use crate::setup::Setup;
use crate::setup::browsers::Engine;
use crate::test::pages;
use crate::workspace::Workspace;

/// Builds the package as it is published and measures it in browsers. Times fail nothing.
///
/// # Errors
/// See [`BenchError`].
pub(crate) fn command(workspace: &Workspace, engines: &[Engine]) -> Result<(), BenchError> {
    process::adopt_orphans();
    let mut setup = Setup::new(workspace);
    let package =
        build::build(workspace, &mut setup, Profile::Release).map_err(BenchError::Build)?;
    let node = setup.node().map_err(BenchError::Setup)?;
    let vendor = demo::lay_out_vendor(workspace, &node).map_err(BenchError::Peers)?;
    let output = workspace.target("pace");
    let unwritable = |cause| BenchError::Io { path: output.clone(), cause };
    fs::create_dir_all(&output).map_err(unwritable)?;

    let mut results = Vec::new();
    for engine in engines {
        say(format_args!("{engine}: measuring (usually 1 min)"));
        let browser = setup.browser(*engine).map_err(BenchError::Setup)?;
        let file = output.join(format!("{engine}.json"));
        let mut measure =
            pages::command(workspace, &browser, &package, &vendor).map_err(BenchError::Run)?;
        measure.arg("--pace").arg(&file);
        let child = process::start(&mut measure).map_err(BenchError::Run)?;
        process::wait(&measure, child).map_err(BenchError::Run)?;
        results.push(file);
    }
    let file = output.join("results.md");
    let mut summarise = node.script("pace_summary.mjs");
    let text = process::read(summarise.args(&results)).map_err(BenchError::Run)?;
    fs::write(&file, &text).map_err(|cause| BenchError::Io { path: file.clone(), cause })?;
    say(&text);
    say(format_args!("results: {} and the .json files beside it", file.display()));
    Ok(())
}
