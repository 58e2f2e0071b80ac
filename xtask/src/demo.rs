//! Serves the demo taskpane, with the simulated organisation behind it.

use std::fmt;
use std::fs;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command};
use std::thread;
use std::time::Duration;

use crate::build::{self, BuildError, Profile};
use crate::process::{self, RunError};
use crate::progress::{self, say};
use crate::setup::node::Node;
use crate::setup::{Setup, SetupError};
use crate::workspace::{self, Workspace};

/// Where the demo is unless told otherwise.
pub(crate) const DEFAULT_PORT: u16 = 4180;

const LIMIT: Duration = Duration::from_secs(1800);

/// The libraries that the page imports from `/vendor/`, as their packages ship them.
const VENDOR: [(&str, &str); 4] = [
    ("marked/lib/marked.esm.js", "marked.esm.js"),
    ("marked/LICENSE", "marked.LICENSE"),
    ("dompurify/dist/purify.es.mjs", "purify.es.mjs"),
    ("dompurify/LICENSE", "purify.LICENSE"),
];

/// The bundle of what the benchmark compares with.
pub(crate) const PEERS: &str = "bench-peers.js";

/// The bundles among them, by the script in `xtask/node` that says what is in
/// them: what the benchmark compares with, and what the tests run on `connector.fetch`.
const BUNDLES: [(&str, &str); 2] = [("peers.js", PEERS), ("clients.js", "clients.js")];

/// How to serve.
#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) port: u16,
    /// Open the page in the default browser.
    pub(crate) open: bool,
    /// Serve https with a local certificate, as Office wants it.
    pub(crate) https: bool,
    pub(crate) profile: Profile,
}

/// Why the demo isn't there.
#[derive(Debug)]
pub(crate) enum DemoError {
    Setup(SetupError),
    Build(BuildError),
    Run(RunError),
    Vendor { path: PathBuf, cause: io::Error },
    PortTaken(u16),
}

impl DemoError {
    pub(crate) fn output(&self) -> &str {
        match self {
            Self::Setup(error) => error.output(),
            Self::Build(error) => error.output(),
            Self::Run(error) => error.output(),
            Self::Vendor { .. } | Self::PortTaken(_) => "",
        }
    }
}

impl fmt::Display for DemoError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Setup(error) => error.fmt(f),
            Self::Build(error) => error.fmt(f),
            Self::Run(error) => error.fmt(f),
            Self::Vendor { path, cause } => write!(f, "{}: {cause}", path.display()),
            Self::PortTaken(port) => write!(
                f,
                "something listens on port {port} already; choose another: cargo xtask demo --port {}",
                port.wrapping_add(10).max(1024)
            ),
        }
    }
}

impl std::error::Error for DemoError {}

/// Builds, serves, and waits until Ctrl-C.
///
/// # Errors
/// See [`DemoError`].
pub(crate) fn command(workspace: &Workspace, options: &Options) -> Result<(), DemoError> {
    if is_served(options.port) {
        return Err(DemoError::PortTaken(options.port));
    }
    let mut setup = Setup::new(workspace);
    let package = build::build(workspace, &mut setup, options.profile).map_err(DemoError::Build)?;
    let node = setup.node().map_err(DemoError::Setup)?;
    let vendor = lay_out_vendor(workspace, &node)?;

    progress::step("compiling the simulated organisation", "1 min at first, then 3 s");
    let mut cargo = workspace.cargo();
    cargo.args(["build", "--package", "simulator"]);
    process::run(&mut cargo, &workspace.log("simulator"), LIMIT).map_err(DemoError::Run)?;

    say("Ctrl-C ends the demo.");
    let mut simulator = Command::new(workspace.target("debug/simulator"));
    simulator
        .arg("serve")
        .arg("--www")
        .arg(workspace.path("www"))
        .arg("--pkg")
        .arg(&package.folder)
        .arg("--vendor")
        .arg(&vendor)
        .args(["--port", &options.port.to_string()])
        .current_dir(workspace.root());
    if options.https {
        simulator.arg("--https").arg(workspace.target("demo-certificate")).arg("--office-js");
    }
    let mut child = process::start(&mut simulator).map_err(DemoError::Run)?;
    if options.open && answers(options.port, &mut child) {
        open(options);
    }
    process::wait(&simulator, child).map_err(DemoError::Run)
}

/// Copies the page's libraries to one folder, bundles the others, and returns the folder.
///
/// # Errors
/// A file of theirs is missing or can't be copied, or the bundler failed.
pub(crate) fn lay_out_vendor(workspace: &Workspace, node: &Node) -> Result<PathBuf, DemoError> {
    let folder = workspace.target("www-vendor");
    fs::create_dir_all(&folder)
        .map_err(|cause| DemoError::Vendor { path: folder.clone(), cause })?;
    for (inside, name) in VENDOR {
        let from = node.package(inside);
        workspace::copy_if_changed(&from, &folder.join(name))
            .map_err(|cause| DemoError::Vendor { path: from, cause })?;
    }
    for (script, name) in BUNDLES {
        let mut esbuild = node.esbuild();
        esbuild
            .arg(workspace.path("xtask/node").join(script))
            .args(["--bundle", "--format=esm", "--platform=browser", "--minify"])
            .arg(format!("--outfile={}", folder.join(name).display()));
        process::run(&mut esbuild, &workspace.log("vendor"), LIMIT).map_err(DemoError::Run)?;
    }
    Ok(folder)
}

fn is_served(port: u16) -> bool {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    TcpStream::connect_timeout(&address, Duration::from_millis(200)).is_ok()
}

/// Waits until the server answers; false when it ended before.
fn answers(port: u16, server: &mut Child) -> bool {
    while !is_served(port) {
        if !matches!(server.try_wait(), Ok(None)) {
            return false;
        }
        thread::sleep(Duration::from_millis(50));
    }
    true
}

/// Opens the page in whatever this desktop opens pages with.
fn open(options: &Options) {
    let opener = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let origin = if options.https { "https://localhost" } else { "http://127.0.0.1" };
    let address = format!("{origin}:{}/", options.port);
    if process::read(Command::new(opener).arg(&address)).is_err() {
        say(format_args!("{opener} doesn't work here; open {address} yourself"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manifests_name_the_panes_default_port() {
        let workspace = Workspace::locate();
        for manifest in ["www/manifest.xml", "www/manifest-outlook.xml"] {
            let text = fs::read_to_string(workspace.path(manifest)).unwrap();
            // The pane comes after the host page, the gateway after the pane.
            for part in [
                format!("\"https://localhost:{}/taskpane.html?", DEFAULT_PORT + 1),
                format!("gateway_url=https%3A%2F%2Flocalhost%3A{}&", DEFAULT_PORT + 2),
            ] {
                assert!(text.contains(&part), "{manifest} lacks {part}");
            }
        }
    }
}
