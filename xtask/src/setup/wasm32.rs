//! Finds or makes a Rust toolchain that compiles for wasm32.
//!
//! In order: the toolchain that runs xtask; one that xtask made earlier;
//! Debian's, if its library is installed; the first with `rustup target add`;
//! Debian's compiler with a library built from Debian's source. The last keeps
//! the library in the target folder, in a toolchain folder of its own that
//! borrows the compiler: nothing outside the checkout changes but the packages.

use std::env;
use std::fs;
use std::io;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, UNIX_EPOCH};

use super::{SetupError, apt};
use crate::process::{self, RunError};
use crate::progress::{self, say};
use crate::workspace::{self, Fingerprint, RUST_VERSION, Workspace};

/// The target that the core is compiled for.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

const WHAT: &str = "the Rust standard library for wasm32-unknown-unknown";

/// Debian keeps a current compiler for its web browsers, apart from `rustc`.
const DEBIAN_PACKAGES: [&str; 4] = ["rustc-web", "cargo-web", "rust-web-src", "rust-web-llvm"];
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const DEBIAN_CARGO: &str = "/usr/bin/cargo";

/// A compiler and its cargo.
#[derive(Clone, Debug)]
pub(crate) struct Toolchain {
    cargo: PathBuf,
    rustc: PathBuf,
    /// Whether it is the one that runs xtask, with its environment.
    active: bool,
    /// Where the library is, when the compiler has to be told.
    sysroot: Option<PathBuf>,
}

impl Toolchain {
    fn active() -> Self {
        Self {
            cargo: env::var_os("CARGO").map_or_else(|| "cargo".into(), PathBuf::from),
            rustc: env::var_os("RUSTC").map_or_else(|| "rustc".into(), PathBuf::from),
            active: true,
            sysroot: None,
        }
    }

    fn debian() -> Self {
        Self {
            cargo: DEBIAN_CARGO.into(),
            rustc: DEBIAN_RUSTC.into(),
            active: false,
            sysroot: None,
        }
    }

    /// Debian's compiler, told where our library is by the scripts in the folder.
    fn own(folder: &Path) -> Self {
        Self {
            cargo: DEBIAN_CARGO.into(),
            rustc: folder.join("bin/rustc"),
            active: false,
            sysroot: Some(folder.to_path_buf()),
        }
    }

    /// Cargo for wasm32, in a target folder that no other toolchain writes to:
    /// two toolchains in one folder would undo each other's work.
    pub(crate) fn cargo(&self, workspace: &Workspace) -> Command {
        self.program(&self.cargo, workspace)
    }

    /// Clippy for wasm32, if this toolchain has it.
    pub(crate) fn clippy(&self, workspace: &Workspace) -> Option<Command> {
        let mut command = if self.active {
            let mut probe = Command::new(&self.cargo);
            process::read(probe.args(["clippy", "--version"])).ok()?;
            let mut command = self.cargo(workspace);
            command.arg("clippy");
            command
        } else {
            let program = self.cargo.with_file_name("cargo-clippy");
            if !program.is_file() {
                let why = "lints for wasm32";
                apt::install(workspace, why, &["rust-web-clippy"], "10 s").ok()?;
            }
            // By its own path: `cargo clippy` would find rustup's.
            let mut command = self.program(&program, workspace);
            command.arg("clippy");
            command
        };
        if let Some(sysroot) = &self.sysroot {
            command.env("SYSROOT", sysroot);
        }
        Some(command)
    }

    fn program(&self, program: &Path, workspace: &Workspace) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(workspace.root())
            .env("CARGO_TARGET_DIR", workspace.target("wasm"))
            // These would replace the flags of .cargo/config.toml.
            .env_remove("RUSTFLAGS")
            .env_remove("CARGO_ENCODED_RUSTFLAGS")
            .env_remove("CARGO_BUILD_TARGET");
        if !self.active {
            self.detach(&mut command);
            command.env("RUSTDOC", self.rustc.with_file_name("rustdoc"));
        }
        command
    }

    /// Takes the environment of the toolchain that runs xtask off a command.
    fn detach(&self, command: &mut Command) {
        command
            .env("RUSTC", &self.rustc)
            .env("CARGO", &self.cargo)
            .env_remove("RUSTUP_TOOLCHAIN")
            .env_remove("LD_LIBRARY_PATH");
    }

    fn rustc(&self) -> Command {
        let mut command = Command::new(&self.rustc);
        if !self.active {
            self.detach(&mut command);
        }
        command
    }

    /// Compiles and links a test, which takes the library, the test library, a
    /// linker, and all of them made for this very compiler.
    fn probe(&self, workspace: &Workspace) -> Result<(), RunError> {
        let folder = workspace.target("xtask/probe");
        let source = folder.join("probe.rs");
        let write = || -> io::Result<()> {
            fs::create_dir_all(&folder)?;
            workspace::write_if_changed(&source, b"#[test]\nfn probe() {}\n")
        };
        write().map_err(|error| RunError::Start {
            line: source.display().to_string(),
            cause: error.to_string(),
        })?;
        let mut rustc = self.rustc();
        rustc.args(["--edition=2024", "--test", "--target", TARGET, "-o"]);
        rustc.arg(folder.join("probe.wasm")).arg(&source);
        process::read(&mut rustc).map(drop)
    }

    /// Whether the compiler is there and new enough for the workspace.
    fn is_current(&self) -> bool {
        let version = process::read(self.rustc().arg("--version")).unwrap_or_default();
        release(&version) >= release(&format!("rustc {RUST_VERSION}"))
    }

    /// Makes `cargo build` compile the standard library along, without the code
    /// and the texts that describe a panic: a page can only be told that the
    /// module has stopped. `false` where the library's source isn't to be had;
    /// the module is a tenth larger then.
    ///
    /// That takes options that only nightly compilers offer without being asked.
    pub(crate) fn with_library(&self, workspace: &Workspace, cargo: &mut Command) -> bool {
        let found = self.has_source() || self.active && add_source(workspace) && self.has_source();
        if !found {
            return false;
        }
        cargo.env("RUSTC_BOOTSTRAP", "1");
        // Plainer sorting and number formatting; the decoders use neither.
        cargo.args(["-Zbuild-std=std,panic_abort", "-Zbuild-std-features=optimize_for_size"]);
        cargo.arg("--config").arg(format!(
            "target.{TARGET}.rustflags=[\"-Zunstable-options\", \"-Cpanic=immediate-abort\", \"-Zlocation-detail=none\"]"
        ));
        true
    }

    fn has_source(&self) -> bool {
        let mut rustc = self.rustc();
        process::read(rustc.args(["--print", "sysroot"])).is_ok_and(|sysroot| {
            Path::new(sysroot.trim()).join("lib/rustlib/src/rust/library/std/Cargo.toml").is_file()
        })
    }

    /// Throws away what was compiled against another library: cargo tells
    /// compilers apart, but not two builds of one compiler's library.
    fn discard_stale(&self, workspace: &Workspace) -> Result<(), SetupError> {
        let failed = |error: RunError| SetupError::run(WHAT, &error);
        let mut rustc = self.rustc();
        rustc.args(["--print", "target-libdir", "--target", TARGET]);
        let library = process::read(&mut rustc).map_err(failed)?;
        let compare = || -> io::Result<()> {
            let mut fingerprint = Fingerprint::default().text(&library);
            for file in workspace::files(Path::new(library.trim()))? {
                let metadata = fs::metadata(&file)?;
                let time = metadata.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
                fingerprint = fingerprint.text(&format!(
                    "{} {} {}",
                    file.display(),
                    metadata.len(),
                    time.as_secs()
                ));
            }
            let fingerprint = fingerprint.finish();
            let folder = workspace.target("wasm");
            let stamp = folder.join(".library");
            if workspace::is_done(&stamp, &fingerprint) {
                return Ok(());
            }
            if folder.exists() {
                fs::remove_dir_all(&folder)?;
            }
            fs::create_dir_all(&folder)?;
            fs::write(&stamp, fingerprint)
        };
        compare().map_err(|error| SetupError::new("the folder of wasm32 builds", error))
    }
}

/// Finds the toolchain, or makes it.
///
/// # Errors
/// None of the ways worked; the message says what to install.
pub(crate) fn set_up(workspace: &Workspace) -> Result<Toolchain, SetupError> {
    let toolchain = find(workspace)?;
    toolchain.discard_stale(workspace)?;
    Ok(toolchain)
}

fn find(workspace: &Workspace) -> Result<Toolchain, SetupError> {
    let active = Toolchain::active();
    let own = Toolchain::own(&own_folder(workspace));
    let debian = Toolchain::debian();
    for (toolchain, present) in [
        (&active, true),
        (&own, own.rustc.is_file() && own.is_current()),
        (&debian, debian.cargo.is_file() && debian.is_current()),
    ] {
        if present && toolchain.probe(workspace).is_ok() {
            return Ok(toolchain.clone());
        }
    }
    let rustup = add_by_rustup(workspace);
    if rustup.is_ok() && active.probe(workspace).is_ok() {
        return Ok(active);
    }
    match make_from_debian(workspace) {
        Ok(toolchain) => Ok(toolchain),
        Err(error) => {
            if let Err(failed @ (RunError::Failed { .. } | RunError::TimedOut { .. })) = rustup {
                say(format_args!("  {failed}\n{}", failed.output().trim_end()));
            }
            Err(error.install(format!("or with rustup, anywhere: rustup target add {TARGET}")))
        }
    }
}

/// `rustup target add` for the toolchain that runs xtask.
fn add_by_rustup(workspace: &Workspace) -> Result<(), RunError> {
    let toolchain = env::var_os("RUSTUP_TOOLCHAIN")
        .ok_or_else(|| RunError::Absent { program: "rustup".into() })?;
    progress::step(format_args!("rustup target add {TARGET}"), "10 s");
    let mut command = Command::new("rustup");
    command.args(["target", "add", TARGET, "--toolchain"]).arg(toolchain);
    let result = process::run(&mut command, &workspace.log("rustup"), Duration::from_secs(600));
    if result.is_err() {
        say("  rustup could not add it; trying Debian's packages");
    }
    result.map(drop)
}

/// `rustup component add rust-src` for the toolchain that runs xtask.
fn add_source(workspace: &Workspace) -> bool {
    let Some(toolchain) = env::var_os("RUSTUP_TOOLCHAIN") else { return false };
    progress::step("rustup component add rust-src", "5 s");
    let mut command = Command::new("rustup");
    command.args(["component", "add", "rust-src", "--toolchain"]).arg(toolchain);
    process::run(&mut command, &workspace.log("rustup"), Duration::from_secs(600)).is_ok()
}

fn own_folder(workspace: &Workspace) -> PathBuf {
    workspace.target("tools/wasm32")
}

/// Installs Debian's compiler and builds the library from the source beside it.
fn make_from_debian(workspace: &Workspace) -> Result<Toolchain, SetupError> {
    let debian = Toolchain::debian();
    let source = Path::new("/usr/lib/rustlib/src/rust/library/std/Cargo.toml");
    let complete = || debian.is_current() && Path::new(DEBIAN_CARGO).is_file() && source.is_file();
    if !complete() {
        apt::install(workspace, WHAT, &DEBIAN_PACKAGES, "30 s")?;
        if !complete() {
            let why = format!("Debian's rustc-web is older than {RUST_VERSION} here");
            return Err(SetupError::new(WHAT, why));
        }
    }
    let failed = |error: RunError| SetupError::run(WHAT, &error);
    let version = process::read(debian.rustc().arg("-vV")).map_err(failed)?;
    let field = |name: &str| version.lines().find_map(|line| line.strip_prefix(name));
    let host = field("host: ").unwrap_or_default();
    if process::find(&["rust-lld"]).is_none_or(|linker| !linker.exists()) {
        let llvm = field("LLVM version: ").and_then(|v| v.split('.').next()).unwrap_or_default();
        apt::install(workspace, WHAT, &[&format!("lld-{llvm}")], "10 s")?;
    }

    let folder = own_folder(workspace);
    progress::step("building the standard library for wasm32 from Debian's source", "1 min");
    build_library(workspace, &debian, &folder, host)?;
    let own = Toolchain::own(&folder);
    own.probe(workspace).map_err(failed)?;
    Ok(own)
}

fn build_library(
    workspace: &Workspace,
    debian: &Toolchain,
    folder: &Path,
    host: &str,
) -> Result<(), SetupError> {
    let unwritable = |error: io::Error| SetupError::new(WHAT, error);
    let package = workspace.target("tools/wasm32-library");
    write_empty_package(&package).map_err(unwritable)?;

    let mut command = debian.cargo(workspace);
    command
        .current_dir(&package)
        .env("CARGO_TARGET_DIR", package.join("target"))
        // The library's own build needs it; so do cargo's `-Z` options.
        .env("RUSTC_BOOTSTRAP", "1")
        .env("CARGO_ENCODED_RUSTFLAGS", workspace.remapped_paths().join("\u{1f}"))
        // `test` is what `cargo test` links against.
        .args(["build", "--release", "--target", TARGET, "-Zbuild-std=std,panic_abort,test"]);
    process::run(&mut command, &workspace.log("wasm32-library"), Duration::from_secs(1800))
        .map_err(|error| SetupError::run(WHAT, &error))?;

    let built = package.join(format!("target/{TARGET}/release/deps"));
    write_toolchain(&built, folder, host).map_err(unwritable)?;
    fs::remove_dir_all(&package).map_err(unwritable)
}

const EMPTY_PACKAGE: &str = "empty_package";

/// A package to build the library for.
fn write_empty_package(folder: &Path) -> io::Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder.join("src"))?;
    fs::write(folder.join("src/lib.rs"), "#![no_std]\n")?;
    fs::write(
        folder.join("Cargo.toml"),
        format!("[package]\nname = \"{EMPTY_PACKAGE}\"\nedition = \"2024\"\n\n[workspace]\n"),
    )
}

/// Lays out a toolchain: the library just built, Debian's for the host, and
/// scripts that tell Debian's compiler to look here.
fn write_toolchain(built: &Path, folder: &Path, host: &str) -> io::Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    let rustlib = folder.join("lib/rustlib");
    let library = rustlib.join(TARGET).join("lib");
    fs::create_dir_all(&library)?;
    for file in workspace::files(built)? {
        let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let is_library = file.extension().is_some_and(|extension| extension == "rlib");
        if is_library && !name.starts_with(&format!("lib{EMPTY_PACKAGE}-")) {
            fs::copy(&file, library.join(name))?;
        }
    }
    symlink(Path::new("/usr/lib/rustlib").join(host), rustlib.join(host))?;
    symlink("/usr/lib/rustlib/src", rustlib.join("src"))?;

    let bin = folder.join("bin");
    fs::create_dir_all(&bin)?;
    // `${0%/*/*}` is the folder above theirs. Written with `..` it would be
    // another path to cargo, which compares them as text.
    for (name, script) in [
        ("rustc", "exec /usr/bin/rustc --sysroot \"${0%/*/*}\" \"$@\""),
        ("rustdoc", "exec /usr/bin/rustdoc --sysroot \"${0%/*/*}\" \"$@\""),
        ("cargo", "RUSTC=\"${0%/*}/rustc\" RUSTDOC=\"${0%/*}/rustdoc\" exec /usr/bin/cargo \"$@\""),
    ] {
        let path = bin.join(name);
        fs::write(&path, format!("#!/bin/sh\n{script}\n"))?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?;
    }
    Ok(())
}

/// The release in the answer to `rustc --version`, comparable; none counts as oldest.
fn release(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.strip_prefix("rustc ")?.split(['.', '-', ' ']);
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_compare_by_number() {
        let current = release("rustc 1.96.0 (ac68faa20 2026-05-25)");
        for (older, newer) in [
            (release("rustc 1.9.0"), release("rustc 1.63.0")),
            (release("rustc 1.63.0 (4b91a6ea7 2022-08-08)"), current),
            (release(""), release("rustc 1.0.0")),
            (release("no compiler"), current),
        ] {
            assert!(older < newer, "{older:?} < {newer:?}");
        }
        assert_eq!(release("rustc 1.97.0-nightly (abc 2026-06-01)"), Some((1, 97)));
        assert_eq!(release("rustc 1.95"), Some((1, 95)));
    }
}
