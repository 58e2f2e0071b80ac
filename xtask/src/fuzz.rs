//! Runs the fuzzer: libFuzzer over what `tests/fuzz` says of every input.

use std::fmt;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use crate::process::{self, RunError};
use crate::progress::{self, say};
use crate::setup::{SetupError, cargo_install};
use crate::workspace::Workspace;

/// How long a target runs where nothing else is said.
pub(crate) const DEFAULT_SECONDS: u32 = 600;

/// Longer inputs find nothing that shorter ones don't, and fewer are tried.
const LONGEST: &str = "-max_len=3000";

/// An input that takes longer has found something, in seconds.
const SLOWEST: &str = "-timeout=20";

/// Compiling the targets with their instrumentation.
const BUILD_LIMIT: Duration = Duration::from_secs(40 * 60);

const CARGO_FUZZ: &str = "cargo-fuzz@0.13.2";

/// What is fuzzed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Sse,
    Messages,
    Frames,
    Json,
    Auth,
    Configuration,
}

impl Target {
    pub(crate) const ALL: [Self; 6] =
        [Self::Sse, Self::Messages, Self::Frames, Self::Json, Self::Auth, Self::Configuration];

    /// Its name in `fuzz/Cargo.toml`.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Sse => "sse",
            Self::Messages => "messages",
            Self::Frames => "frames",
            Self::Json => "json",
            Self::Auth => "auth",
            Self::Configuration => "configuration",
        }
    }

    pub(crate) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|target| target.as_str() == word)
    }

    /// The fixtures that it begins with, besides its committed corpus.
    const fn seeds(self) -> &'static [&'static str] {
        match self {
            Self::Sse => &[
                "tests/fixtures/event-source/wpt",
                "tests/fixtures/event-source/eventsource-parser",
                "tests/fixtures/event-source/own",
            ],
            Self::Messages => &["tests/fixtures/streams"],
            Self::Frames => &[
                "tests/fixtures/event-stream/messages",
                "tests/fixtures/event-stream/frames",
                "tests/fixtures/event-stream/smithy-rs",
            ],
            Self::Json => &["tests/fixtures/json/json-test-suite", "tests/fixtures/streams"],
            // Their corpus is all there is.
            Self::Auth | Self::Configuration => &[],
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What to fuzz and how long.
#[derive(Debug)]
pub(crate) struct Options {
    /// All of them where none is named.
    pub(crate) targets: Vec<Target>,
    /// For each target.
    pub(crate) seconds: u32,
}

/// Why fuzzing came to no end.
#[derive(Debug)]
pub(crate) enum FuzzError {
    Setup(SetupError),
    /// The targets don't compile.
    Build(RunError),
    Folder {
        path: PathBuf,
        cause: io::Error,
    },
    /// An input was found.
    Found {
        target: Target,
        error: RunError,
    },
}

impl FuzzError {
    pub(crate) fn output(&self) -> &str {
        match self {
            Self::Setup(error) => error.output(),
            Self::Build(error) | Self::Found { error, .. } => error.output(),
            Self::Folder { .. } => "",
        }
    }
}

impl fmt::Display for FuzzError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Setup(error) => error.fmt(f),
            Self::Build(error) => error.fmt(f),
            Self::Folder { path, cause } => write!(f, "{}: {cause}", path.display()),
            Self::Found { target, error } => write!(
                f,
                "{error}\nthe input is in fuzz/artifacts/{target}; once it is mended, keep it in \
                 fuzz/corpus/{target} under a name that says what it is"
            ),
        }
    }
}

impl std::error::Error for FuzzError {}

/// Runs the targets one after the other.
///
/// # Errors
/// The fuzzer could not be set up, or it found something.
pub(crate) fn command(workspace: &Workspace, options: &Options) -> Result<(), FuzzError> {
    let program = set_up(workspace).map_err(FuzzError::Setup)?;
    let targets =
        if options.targets.is_empty() { Target::ALL.to_vec() } else { options.targets.clone() };
    progress::step("compiling the targets", "2 min at first");
    let mut build = cargo_fuzz(workspace, &program, "build");
    process::run(&mut build, &workspace.log("fuzz-build"), BUILD_LIMIT)
        .map_err(FuzzError::Build)?;
    for target in targets {
        fuzz(workspace, &program, target, options.seconds)?;
    }
    Ok(())
}

fn fuzz(
    workspace: &Workspace,
    program: &PathBuf,
    target: Target,
    seconds: u32,
) -> Result<(), FuzzError> {
    // What a run finds is kept from one to the next; what is committed only grows by hand.
    let grown = workspace.target("fuzz/corpus").join(target.as_str());
    fs::create_dir_all(&grown).map_err(|cause| FuzzError::Folder { path: grown.clone(), cause })?;
    say(format_args!("{target}: {seconds} s"));
    let mut run = cargo_fuzz(workspace, program, "run");
    run.arg(target.as_str())
        .arg(&grown)
        .arg(workspace.path("fuzz/corpus").join(target.as_str()))
        .args(target.seeds().iter().map(|folder| workspace.path(folder)))
        .args(["--", LONGEST, SLOWEST, "-print_final_stats=1"])
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-dict={}", workspace.path(&format!("fuzz/{target}.dict")).display()));
    let limit = BUILD_LIMIT + Duration::from_secs(u64::from(seconds) * 2);
    let output = process::run(&mut run, &workspace.log(&format!("fuzz-{target}")), limit)
        .map_err(|error| FuzzError::Found { target, error })?;
    for line in summary(&output) {
        say(format_args!("  {line}"));
    }
    Ok(())
}

/// The lines of libFuzzer's output that sum a run up: how many inputs were
/// tried, and what the corpus reached when it grew last.
fn summary(output: &str) -> impl Iterator<Item = &str> {
    let last = output.lines().rfind(|line| line.starts_with('#') && line.contains("cov:"));
    output.lines().filter(|line| line.starts_with("Done ")).chain(last)
}

/// Finds cargo-fuzz, or installs it.
fn set_up(workspace: &Workspace) -> Result<PathBuf, SetupError> {
    let ours = workspace.target("tools/bin/cargo-fuzz");
    if let Some(program) = process::find(&["cargo-fuzz"]) {
        return Ok(program);
    }
    if !ours.is_file() {
        progress::step(format_args!("cargo install {CARGO_FUZZ}"), "1 min");
        cargo_install::install(workspace, CARGO_FUZZ, "cargo-fuzz")?;
    }
    Ok(ours)
}

/// cargo-fuzz with a compiler that takes its instrumentation: a nightly one, or
/// else the one at hand, told to.
fn cargo_fuzz(workspace: &Workspace, program: &PathBuf, verb: &str) -> Command {
    let mut command = Command::new(program);
    command
        .args(["fuzz", verb, "--fuzz-dir"])
        .arg(workspace.path("fuzz"))
        .arg("--target-dir")
        .arg(workspace.target("fuzz"))
        // Nothing that is fuzzed is unsafe; without the sanitizer ten times as many inputs are tried.
        .args(["--sanitizer", "none"])
        .current_dir(workspace.root())
        .env_remove("CARGO");
    if has_nightly() {
        command.env("RUSTUP_TOOLCHAIN", "nightly");
    } else {
        command.env("RUSTC_BOOTSTRAP", "1");
    }
    command
}

fn has_nightly() -> bool {
    process::read(Command::new("rustup").args(["toolchain", "list"]))
        .is_ok_and(|list| list.lines().any(|line| line.starts_with("nightly")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_is_what_was_tried_and_reached() {
        let output = "#2\tINITED cov: 10 ft: 11 corp: 1/1b exec/s: 0 rss: 31Mb\n\
                      #9\tNEW    cov: 12 ft: 15 corp: 2/9b lim: 4 exec/s: 0 rss: 31Mb\n\
                      #16\tDONE   cov: 12 ft: 15 corp: 2/9b lim: 4 exec/s: 8 rss: 31Mb\n\
                      Done 16 runs in 2 second(s)\n";
        let lines: Vec<&str> = summary(output).collect();
        assert_eq!(lines.len(), 2);
        assert!(lines[0].starts_with("Done 16 runs") && lines[1].starts_with("#16"));
        assert_eq!(summary("").count(), 0);
    }

    #[test]
    fn every_target_has_its_program_dictionary_corpus_and_seeds() {
        let workspace = Workspace::locate();
        let manifest = fs::read_to_string(workspace.path("fuzz/Cargo.toml")).unwrap();
        assert_eq!(manifest.matches("[[bin]]").count(), Target::ALL.len());
        for target in Target::ALL {
            assert!(manifest.contains(&format!("name = \"{target}\"")), "{target}");
            assert!(workspace.path(&format!("fuzz/{target}.dict")).is_file(), "{target}");
            for folder in target.seeds().iter().copied().chain([&*format!("fuzz/corpus/{target}")])
            {
                let mut files = fs::read_dir(workspace.path(folder)).unwrap();
                assert!(files.next().is_some(), "{target}: {folder} is empty");
            }
            assert_eq!(Target::parse(target.as_str()), Some(target));
        }
    }
}
