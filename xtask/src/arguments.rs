//! Reads the command line.

use std::fmt;

use crate::bench::{self, Place};
use crate::build::Profile;
use crate::demo;
use crate::fuzz::{self, Target};
use crate::setup::browsers::Engine;
use crate::test::{Selection, Stage};

/// What `cargo xtask help` prints.
pub(crate) const HELP: &str = "\
usage: cargo xtask <command>

  demo   serve the demo taskpane with the simulated organisation behind it
           --port N      where the page is (4180)
           --open        open it in the default browser
           --https       over https with a local certificate, for real Office
           --release     with the package as it is published
  test   check and test everything, in three browsers
           --native      only what is quick: fmt, clippy, native tests
           --engine E    only what runs in chromium, firefox or webkit; may be repeated
           --stage S     only this stage; may be repeated: fmt clippy native rustdoc
                         clippy-wasm build size js package types docs
                         wasm pages
           --case C      only page cases with this in their names; may be repeated
  build  make the npm package in pkg/
           --dev         not optimised, in target/pkg-dev/
  size   measure the download against its budget
  bench  measure the decoders beside other packages, in three browsers
           --engine E    only chromium, firefox, webkit or node; may be repeated
           --case C      only cases with this in their names; may be repeated
           --rounds N    how often each is timed (9)
           --quick       fewer and shorter rounds
  pace   measure how soon a page is ready, and how long an answer keeps it busy
           --engine E    only this browser; may be repeated
  fuzz   look for inputs that break what reads: [sse] [messages] [frames] [json] [auth]
         [configuration]
           --seconds N   how long for each (600)
  screenshots
         take pictures of the demo page in each of its states, into target/screenshots
           --engine E    only this browser; may be repeated
  lighthouse
         Lighthouse's accessibility score of the demo's pages
  docs   write the API reference, docs/api, from the declarations
  setup  install what the others need, as they do themselves
           --engine E    only this browser; may be repeated

Nothing is done twice: each command builds and installs only what is missing.";

/// A command with its options.
#[derive(Debug)]
pub(crate) enum Command {
    Help,
    Demo(demo::Options),
    Test(Selection),
    Build(Profile),
    Size,
    Bench(bench::Options),
    Fuzz(fuzz::Options),
    Setup(Vec<Engine>),
    Screenshots(Vec<Engine>),
    Pace(Vec<Engine>),
    Lighthouse,
    Docs,
}

/// What is wrong with a command line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum ArgumentError {
    NoCommand,
    UnknownCommand(String),
    UnknownOption { command: &'static str, option: String },
    NoValue(&'static str),
    BadValue { option: &'static str, value: String },
}

impl fmt::Display for ArgumentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoCommand => f.write_str("which command?"),
            Self::UnknownCommand(word) => write!(f, "there is no command {word}"),
            Self::UnknownOption { command, option } => {
                write!(f, "{command} has no option {option}")
            }
            Self::NoValue(option) => write!(f, "{option} needs a value"),
            Self::BadValue { option, value } => write!(f, "{option} can't be {value}"),
        }
    }
}

impl std::error::Error for ArgumentError {}

/// Reads the words after `cargo xtask`.
///
/// # Errors
/// See [`ArgumentError`].
pub(crate) fn parse(words: impl IntoIterator<Item = String>) -> Result<Command, ArgumentError> {
    let mut words = words.into_iter();
    let command = words.next().ok_or(ArgumentError::NoCommand)?;
    match command.as_str() {
        "help" | "--help" | "-h" => Ok(Command::Help),
        "demo" => demo(words),
        "test" => test(words),
        "build" => build(words),
        "size" => nothing_more("size", words).map(|()| Command::Size),
        "docs" => nothing_more("docs", words).map(|()| Command::Docs),
        "lighthouse" => nothing_more("lighthouse", words).map(|()| Command::Lighthouse),
        "bench" => bench(words),
        "fuzz" => fuzz(words),
        "setup" => engines("setup", words).map(Command::Setup),
        "pace" => engines("pace", words).map(Command::Pace),
        "screenshots" => engines("screenshots", words).map(Command::Screenshots),
        _ => Err(ArgumentError::UnknownCommand(command)),
    }
}

/// Of a command without options.
fn nothing_more(
    command: &'static str,
    mut words: impl Iterator<Item = String>,
) -> Result<(), ArgumentError> {
    match words.next() {
        None => Ok(()),
        Some(option) => Err(ArgumentError::UnknownOption { command, option }),
    }
}

fn demo(mut words: impl Iterator<Item = String>) -> Result<Command, ArgumentError> {
    let mut options = demo::Options {
        port: demo::DEFAULT_PORT,
        open: false,
        https: false,
        profile: Profile::Dev,
    };
    while let Some(option) = words.next() {
        match option.as_str() {
            "--port" => options.port = value("--port", &mut words, |word| word.parse().ok())?,
            "--open" => options.open = true,
            "--https" => options.https = true,
            "--release" => options.profile = Profile::Release,
            _ => return Err(ArgumentError::UnknownOption { command: "demo", option }),
        }
    }
    Ok(Command::Demo(options))
}

fn test(mut words: impl Iterator<Item = String>) -> Result<Command, ArgumentError> {
    let mut selection = Selection::default();
    while let Some(option) = words.next() {
        match option.as_str() {
            "--native" => selection.native = true,
            "--engine" => selection.engines.push(value("--engine", &mut words, Engine::parse)?),
            "--stage" => selection.stages.push(value("--stage", &mut words, Stage::parse)?),
            "--case" => selection.page_cases.push(value("--case", &mut words, named)?),
            _ => return Err(ArgumentError::UnknownOption { command: "test", option }),
        }
    }
    Ok(Command::Test(selection))
}

fn build(words: impl Iterator<Item = String>) -> Result<Command, ArgumentError> {
    let mut profile = Profile::Release;
    for option in words {
        match option.as_str() {
            "--dev" => profile = Profile::Dev,
            _ => return Err(ArgumentError::UnknownOption { command: "build", option }),
        }
    }
    Ok(Command::Build(profile))
}

fn bench(mut words: impl Iterator<Item = String>) -> Result<Command, ArgumentError> {
    let mut options = bench::Options::default();
    while let Some(option) = words.next() {
        match option.as_str() {
            "--engine" => options.places.push(value("--engine", &mut words, Place::parse)?),
            "--case" => options.cases.push(value("--case", &mut words, named)?),
            "--rounds" => {
                let rounds = |word: &str| word.parse().ok().filter(|rounds| *rounds > 0);
                options.rounds = Some(value("--rounds", &mut words, rounds)?);
            }
            "--quick" => options.quick = true,
            _ => return Err(ArgumentError::UnknownOption { command: "bench", option }),
        }
    }
    Ok(Command::Bench(options))
}

fn fuzz(mut words: impl Iterator<Item = String>) -> Result<Command, ArgumentError> {
    let mut options = fuzz::Options { targets: Vec::new(), seconds: fuzz::DEFAULT_SECONDS };
    while let Some(option) = words.next() {
        match (option.as_str(), Target::parse(&option)) {
            (_, Some(target)) => options.targets.push(target),
            ("--seconds", None) => {
                let seconds = |word: &str| word.parse().ok().filter(|seconds| *seconds > 0);
                options.seconds = value("--seconds", &mut words, seconds)?;
            }
            _ => return Err(ArgumentError::UnknownOption { command: "fuzz", option }),
        }
    }
    Ok(Command::Fuzz(options))
}

/// The engines of a command that takes nothing else; all where none is named.
fn engines(
    command: &'static str,
    mut words: impl Iterator<Item = String>,
) -> Result<Vec<Engine>, ArgumentError> {
    let mut engines = Vec::new();
    while let Some(option) = words.next() {
        match option.as_str() {
            "--engine" => engines.push(value("--engine", &mut words, Engine::parse)?),
            _ => return Err(ArgumentError::UnknownOption { command, option }),
        }
    }
    Ok(if engines.is_empty() { Engine::ALL.to_vec() } else { engines })
}

/// A part of a case's name.
fn named(word: &str) -> Option<String> {
    Some(word.to_owned())
}

fn value<T>(
    option: &'static str,
    words: &mut impl Iterator<Item = String>,
    read: impl FnOnce(&str) -> Option<T>,
) -> Result<T, ArgumentError> {
    let word = words.next().ok_or(ArgumentError::NoValue(option))?;
    read(&word).ok_or(ArgumentError::BadValue { option, value: word })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn mistakes_are_named() {
        for (line, message) in [
            ("", "which command?"),
            ("tset", "there is no command tset"),
            ("size --quick", "size has no option --quick"),
            ("build --debug", "build has no option --debug"),
            ("test --engine", "--engine needs a value"),
            ("test --engine chrome", "--engine can't be chrome"),
            ("test --stage lint", "--stage can't be lint"),
            ("demo --port 70000", "--port can't be 70000"),
            ("demo 8080", "demo has no option 8080"),
            ("bench --engine edge", "--engine can't be edge"),
            ("bench --rounds 0", "--rounds can't be 0"),
            ("bench text", "bench has no option text"),
            ("fuzz xml", "fuzz has no option xml"),
            ("docs all", "docs has no option all"),
            ("pace all", "pace has no option all"),
            ("screenshots all", "screenshots has no option all"),
            ("fuzz --seconds 0", "--seconds can't be 0"),
        ] {
            assert_eq!(parse(words(line)).unwrap_err().to_string(), message, "{line}");
        }
    }

    #[test]
    fn options_are_read() {
        let Ok(Command::Test(selection)) =
            parse(words("test --engine firefox --stage wasm --stage pages --case chat"))
        else {
            panic!("not a test command");
        };
        assert_eq!(selection.engines, [Engine::Firefox]);
        assert_eq!(selection.stages, [Stage::Wasm, Stage::Pages]);
        assert_eq!(selection.page_cases, ["chat"]);
        assert!(!selection.native);
        let Ok(Command::Demo(options)) = parse(words("demo --open --port 9000")) else {
            panic!("not a demo command");
        };
        assert_eq!((options.port, options.open, options.profile), (9000, true, Profile::Dev));
        assert!(!options.https);
        let Ok(Command::Demo(options)) = parse(words("demo --https")) else {
            panic!("not a demo command");
        };
        assert_eq!((options.port, options.https), (demo::DEFAULT_PORT, true));
        let Ok(Command::Bench(options)) =
            parse(words("bench --engine node --engine webkit --case l1 --rounds 3 --quick"))
        else {
            panic!("not a bench command");
        };
        assert_eq!(options.places, [Place::Node, Place::Browser(Engine::Webkit)]);
        assert_eq!(
            (options.cases, options.rounds, options.quick),
            (vec!["l1".to_owned()], Some(3), true)
        );
        let Ok(Command::Fuzz(options)) = parse(words("fuzz json --seconds 5 sse")) else {
            panic!("not a fuzz command");
        };
        assert_eq!((options.targets, options.seconds), (vec![Target::Json, Target::Sse], 5));
        let Ok(Command::Setup(engines)) = parse(words("setup")) else {
            panic!("not a setup command");
        };
        assert_eq!(engines, Engine::ALL);
        let Ok(Command::Screenshots(engines)) = parse(words("screenshots --engine webkit")) else {
            panic!("not a screenshots command");
        };
        assert_eq!(engines, [Engine::Webkit]);
    }

    #[test]
    fn help_names_every_stage_engine_and_target() {
        for word in Stage::ALL
            .map(Stage::as_str)
            .into_iter()
            .chain(Engine::ALL.map(Engine::as_str))
            .chain(Target::ALL.map(Target::as_str))
        {
            assert!(HELP.contains(word), "{word}");
        }
        assert!(HELP.contains(&fuzz::DEFAULT_SECONDS.to_string()));
        assert!(HELP.contains(&demo::DEFAULT_PORT.to_string()));
    }
}
