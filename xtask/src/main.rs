//! The project's build, set-up and test runner: `cargo xtask help`.

mod arguments;
mod bench;
mod build;
mod clock;
mod demo;
mod docs;
mod fuzz;
mod lighthouse;
mod pace;
mod process;
mod progress;
mod screenshots;
mod setup;
mod size;
mod test;
mod workspace;

use std::fmt;
use std::process::ExitCode;

use arguments::Command;
use build::Profile;
use progress::say;
use setup::Setup;
use workspace::Workspace;

/// Exit status for a command line that makes no sense.
const USAGE: u8 = 2;

fn main() -> ExitCode {
    let command = match arguments::parse(std::env::args().skip(1)) {
        Ok(command) => command,
        Err(error) => {
            say(format_args!("{error}\n\n{}", arguments::HELP));
            return ExitCode::from(USAGE);
        }
    };
    if let Err(error) = process::end_with_children() {
        say(format_args!("could not install a signal handler: {error}"));
        return ExitCode::FAILURE;
    }
    let workspace = Workspace::locate();
    match command {
        Command::Help => {
            say(arguments::HELP);
            ExitCode::SUCCESS
        }
        Command::Setup(engines) => succeed(setup::command(&workspace, &engines)),
        Command::Build(profile) => {
            let package = build::build(&workspace, &mut Setup::new(&workspace), profile);
            let built = package
                .map(|package| say(format_args!("the package is in {}", package.folder.display())));
            finish(built, |error| error.output())
        }
        Command::Size => {
            let mut setup = Setup::new(&workspace);
            match build::build(&workspace, &mut setup, Profile::Release) {
                Ok(package) => finish(size::check(&workspace, &mut setup, &package), |_| ""),
                Err(error) => finish(Err(error), |error| error.output()),
            }
        }
        Command::Fuzz(options) => finish(fuzz::command(&workspace, &options), |e| e.output()),
        Command::Test(selection) => succeed(test::command(&workspace, &selection)),
        Command::Bench(options) => finish(bench::command(&workspace, &options), |e| e.output()),
        Command::Docs => finish(docs::command(&workspace), |e| e.output()),
        Command::Lighthouse => finish(lighthouse::command(&workspace), |e| e.output()),
        Command::Pace(engines) => finish(pace::command(&workspace, &engines), |e| e.output()),
        Command::Screenshots(engines) => {
            finish(screenshots::command(&workspace, &engines), |e| e.output())
        }
        Command::Demo(options) => finish(demo::command(&workspace, &options), |e| e.output()),
    }
}

/// The exit status of a command that has told what failed.
fn succeed(all: bool) -> ExitCode {
    if all { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Shows an error, what the failed tool said before it.
fn finish<E: fmt::Display>(result: Result<(), E>, output: impl Fn(&E) -> &str) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            for line in output(&error).lines() {
                say(format_args!("  | {line}"));
            }
            say(format_args!("error: {error}"));
            ExitCode::FAILURE
        }
    }
}
