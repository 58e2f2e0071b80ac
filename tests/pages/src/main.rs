//! End-to-end tests of the package and of the demo page in one browser engine, over WebDriver.
//!
//! ```text
//! pages --engine chromium|firefox|webkit [--list] [--pictures] [PART-OF-A-NAME…]
//! pages --engine chromium|firefox|webkit --measure QUERY RESULTS
//! pages --engine chromium|firefox|webkit --pace RESULTS
//! pages --engine chromium|firefox|webkit --states FOLDER
//! ```
//!
//! `cargo xtask test --stage pages` sets everything up and calls it. By itself
//! it looks for the drivers on the `PATH` and for the built package in `pkg`;
//! `TASKPANE_WEBDRIVER`, `TASKPANE_BROWSER`, `TASKPANE_PKG`, `TASKPANE_WWW` and
//! `TASKPANE_VENDOR` say otherwise, and `TASKPANE_AXE` where axe-core is. WebKit needs a display (`xvfb-run`).
//!
//! A case that fails leaves a screenshot in `target/pages`; with `--pictures` every one does.
//!
//! `--measure` opens the benchmark page with a query, prints how far it is and
//! writes its results to a file; `cargo xtask bench` calls it, and `cargo xtask pace`
//! `--pace`, which times a page's start and a fast answer. `--states` takes a
//! picture of the demo page in each of its states; `cargo xtask screenshots`
//! calls it.

mod browser;
mod case;
mod cases;
mod cloud;
mod driver;
mod environment;
mod measure;
mod pace;
mod package_page;
mod pane;
mod pictures;
mod run;
mod sign_in_window;
mod stage;
mod states;
mod value;

use std::process::ExitCode;

use environment::{Arguments, Task};

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = match Arguments::read(lexopt::Parser::from_env()) {
        Ok(arguments) => arguments,
        Err(error) => {
            eprintln!("pages: {error}");
            return ExitCode::from(2);
        }
    };
    let outcome = match &arguments.task {
        Task::Test => run::run(&arguments).await,
        Task::Measure(measure) => measure::measure(arguments.engine, measure).await.map(|()| true),
        Task::Pace(results) => pace::measure(arguments.engine, results).await.map(|()| true),
        Task::Photograph(folder) => pictures::take(arguments.engine, folder).await,
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(complaint) => {
            eprintln!("pages: {complaint}");
            ExitCode::from(2)
        }
    }
}
