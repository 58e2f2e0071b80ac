//! The stages: their names, order, needs and usual times.

use std::fmt;

use super::cases::Cases;
use super::{Session, StageError, docs, native, package, pages, scripts, size, types, wasm};
use crate::setup::Need;
use crate::setup::browsers::Engine;

/// One stage of `cargo xtask test`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    Fmt,
    Clippy,
    Native,
    Rustdoc,
    ClippyWasm,
    Build,
    Size,
    Js,
    Package,
    Types,
    Docs,
    Wasm,
    Pages,
}

impl Stage {
    /// All of them, in the order in which they run.
    pub(crate) const ALL: [Self; 13] = [
        Self::Fmt,
        Self::Clippy,
        Self::Native,
        Self::Rustdoc,
        Self::ClippyWasm,
        Self::Build,
        Self::Size,
        Self::Js,
        Self::Package,
        Self::Types,
        Self::Docs,
        Self::Wasm,
        Self::Pages,
    ];

    /// The word on the command line.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Fmt => "fmt",
            Self::Clippy => "clippy",
            Self::Native => "native",
            Self::Rustdoc => "rustdoc",
            Self::ClippyWasm => "clippy-wasm",
            Self::Build => "build",
            Self::Size => "size",
            Self::Js => "js",
            Self::Package => "package",
            Self::Types => "types",
            Self::Docs => "docs",
            Self::Wasm => "wasm",
            Self::Pages => "pages",
        }
    }

    pub(crate) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.as_str() == word)
    }

    /// What it is for.
    pub(super) const fn purpose(self) -> &'static str {
        match self {
            Self::Fmt => "the sources are formatted",
            Self::Clippy => "lints",
            Self::Native => "tests that need no browser",
            Self::Rustdoc => "the documentation builds, private items too",
            Self::ClippyWasm => "lints of what is compiled for wasm32 only",
            Self::Build => "the npm package",
            Self::Size => "the download stays within its budget",
            Self::Js => "the package's JavaScript, in Node",
            Self::Package => {
                "the package installs, starts in Node, and in a browser whoever bundles it"
            }
            Self::Types => "the TypeScript declarations hold",
            Self::Docs => "the reference is up to date, and the code in the pages holds",
            Self::Wasm => "the core's tests inside a browser",
            Self::Pages => "the demo page, end to end",
        }
    }

    pub(super) const fn usual_time(self) -> &'static str {
        match self {
            Self::Fmt => "1 s",
            Self::Clippy | Self::Native => "2 min at first, then 20 s",
            Self::Rustdoc | Self::ClippyWasm | Self::Build => "1 min at first, then 20 s",
            Self::Size => "1 s",
            Self::Js | Self::Types | Self::Docs => "10 s",
            Self::Package => "1 min",
            Self::Wasm => "1 min at first, then 20 s",
            Self::Pages => "2 min",
        }
    }

    /// Whether `--native` runs it.
    pub(super) const fn is_quick(self) -> bool {
        matches!(self, Self::Fmt | Self::Clippy | Self::Native)
    }

    /// Whether it runs once for each browser.
    pub(super) const fn is_per_engine(self) -> bool {
        matches!(self, Self::Wasm | Self::Pages)
    }

    /// What has to be set up for it.
    pub(super) fn needs(self, engine: Option<Engine>) -> Vec<Need> {
        let mut needs = match self {
            Self::Fmt | Self::Clippy | Self::Native | Self::Rustdoc => Vec::new(),
            Self::Docs => vec![Need::Node],
            Self::ClippyWasm => vec![Need::Wasm32],
            Self::Wasm => vec![Need::Wasm32, Need::Bindgen],
            Self::Build | Self::Size | Self::Js | Self::Types | Self::Pages => {
                vec![Need::Node, Need::Wasm32]
            }
            Self::Package => vec![Need::Node, Need::Wasm32, Need::Browser(Engine::Chromium)],
        };
        needs.extend(engine.map(Need::Browser));
        needs
    }

    pub(super) fn run(
        self,
        session: &mut Session<'_>,
        engine: Option<Engine>,
    ) -> Result<Cases, StageError> {
        let engine = || engine.ok_or_else(|| StageError::Wrong("no engine chosen".to_owned()));
        match self {
            Self::Fmt => native::fmt(session),
            Self::Clippy => native::clippy(session),
            Self::Native => native::tests(session),
            Self::Rustdoc => native::rustdoc(session),
            Self::ClippyWasm => native::clippy_wasm(session),
            Self::Build => session.package().map(|_| Cases::ONE).map_err(StageError::from),
            Self::Size => size(session),
            Self::Js => scripts::run(session),
            Self::Package => package::run(session),
            Self::Types => types::run(session),
            Self::Docs => docs::run(session),
            Self::Wasm => wasm::run(session, engine()?),
            Self::Pages => pages::run(session, engine()?),
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
