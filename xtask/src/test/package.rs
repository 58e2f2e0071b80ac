//! Packs the package and uses it as a project would: installed, in Node, checked, bundled.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::cases::Cases;
use super::{Session, StageError, counted};
use crate::build::{WASM, WASM_ON_DEMAND};
use crate::process;
use crate::setup::browsers::Engine;
use crate::setup::node;
use crate::workspace::{self, VERSION};

const LIMIT: Duration = Duration::from_secs(300);

/// What must be in the package besides the declarations; a `*` is a hash.
const EXPECTED: [&str; 21] = [
    "CHANGELOG.md",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "auth_page.js",
    "auth_page.js.map",
    "chunk-*.js",
    "chunk-*.js.map",
    "explain.js",
    "explain.js.map",
    "fetch-*.js",
    "fetch-*.js.map",
    "index.js",
    "index.js.map",
    "on_demand-*.js",
    "on_demand-*.js.map",
    "package.json",
    "standalone.js",
    "standalone.js.map",
    WASM,
    WASM_ON_DEMAND,
];

/// What is tried of the installed package, in the project that installed it.
const TESTS: [&str; 5] = [
    "start.test.mjs",
    "lint.test.mjs",
    "bundlers.test.mjs",
    "quick_start.test.mjs",
    "examples.test.mjs",
];

/// The ways in which TypeScript resolves packages, and what it may know of the
/// host: a worker has no page's types.
const RESOLUTIONS: [[&str; 6]; 3] = [
    ["--module", "nodenext", "--moduleResolution", "nodenext", "--lib", "es2020,dom"],
    ["--module", "esnext", "--moduleResolution", "bundler", "--lib", "es2020,dom"],
    ["--module", "esnext", "--moduleResolution", "bundler", "--lib", "es2020,webworker"],
];

pub(super) fn run(session: &mut Session<'_>) -> Result<Cases, StageError> {
    let package = session.package()?;
    let workspace = session.workspace;
    let tools = session.setup.node()?;
    let unwritable = |error: io::Error| StageError::Wrong(error.to_string());

    let project = workspace.target("xtask/consumer");
    write_project(&workspace.path("xtask/node/consumer"), &project).map_err(unwritable)?;
    let mut pack = node::npm();
    pack.args(["pack", "--pack-destination"]).arg(&project).current_dir(&package.folder);
    process::run(&mut pack, &workspace.log("npm-pack"), LIMIT)?;
    let mut install = node::npm();
    install.args(["install", "--no-package-lock"]);
    install.arg(format!("./taskpane-connector-{VERSION}.tgz")).current_dir(&project);
    process::run(&mut install, &workspace.log("npm-install"), LIMIT)?;

    let mut cases = Cases::default();
    let browser = session.setup.browser(Engine::Chromium)?;
    // One after the other: they change the project.
    for file in TESTS {
        let mut test = node::test_runner();
        test.arg(file)
            .current_dir(&project)
            .env("NODE_TOOLS", workspace.path("xtask/node"))
            .env("EXAMPLES", workspace.path("examples"))
            .env("BROWSER", &browser.binary);
        cases += counted(&process::run(&mut test, &workspace.log("package-node"), LIMIT)?)?;
    }

    for resolution in RESOLUTIONS {
        let mut tsc = tools.tsc();
        tsc.args(["--noEmit", "--strict", "--target", "es2020"])
            .args(resolution)
            .arg("page.ts")
            .current_dir(&project);
        process::run(&mut tsc, &workspace.log("package-types"), LIMIT)?;
        cases += Cases::ONE;
    }

    let mut esbuild = tools.esbuild();
    esbuild
        .args(["page.ts", "--bundle", "--format=esm", "--minify", "--outfile=bundle.js"])
        .current_dir(&project);
    process::run(&mut esbuild, &workspace.log("package-bundle"), LIMIT)?;
    let bundle = fs::read_to_string(project.join("bundle.js")).map_err(unwritable)?;
    for file in [WASM, WASM_ON_DEMAND] {
        if !bundle.contains(file) {
            return Err(StageError::Wrong(format!("a bundle of the package doesn't name {file}")));
        }
        cases += Cases::ONE;
    }

    check_contents(&workspace.path("js"), &project.join("node_modules/taskpane-connector"))?;
    cases += Cases::ONE;
    Ok(cases)
}

/// Starts the project afresh, so that nothing of an earlier package is in it.
fn write_project(from: &Path, project: &Path) -> io::Result<()> {
    if project.exists() {
        fs::remove_dir_all(project)?;
    }
    fs::create_dir_all(project)?;
    for file in workspace::files(from)? {
        fs::copy(&file, project.join(file.file_name().unwrap_or_default()))?;
    }
    Ok(())
}

/// Compares what was installed with what should have been.
fn check_contents(sources: &Path, installed: &Path) -> Result<(), StageError> {
    let unreadable = |error: io::Error| StageError::Wrong(error.to_string());
    let name = |file: PathBuf| {
        file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
    };
    let declarations = workspace::files(sources)
        .map_err(unreadable)?
        .into_iter()
        .map(name)
        .filter(|name| name.ends_with(".d.ts"));
    let mut expected: Vec<String> =
        EXPECTED.map(str::to_owned).into_iter().chain(declarations).collect();
    expected.sort();
    let present: Vec<String> = workspace::files(installed)
        .map_err(unreadable)?
        .into_iter()
        .map(name)
        .map(|name| without_hash(&name))
        .collect();
    let missing: Vec<_> = expected.iter().filter(|name| !present.contains(name)).collect();
    let surplus: Vec<_> = present.iter().filter(|name| !expected.contains(name)).collect();
    if missing.is_empty() && surplus.is_empty() {
        return Ok(());
    }
    Err(StageError::Wrong(format!(
        "the installed package lacks {missing:?} and has {surplus:?} that don't belong"
    )))
}

/// `on_demand-LR4DZN3B.js` as `on_demand-*.js`.
fn without_hash(name: &str) -> String {
    let is_hash = |text: &str| {
        text.len() == 8
            && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
    };
    match name.split_once('.').map(|(stem, ending)| (stem.rsplit_once('-'), ending)) {
        Some((Some((stem, hash)), ending)) if is_hash(hash) => format!("{stem}-*.{ending}"),
        _ => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::without_hash;

    #[test]
    fn only_hashes_are_left_out_of_names() {
        let cases = [
            ("on_demand-LR4DZN3B.js", "on_demand-*.js"),
            ("chunk-D26JCNSK.js.map", "chunk-*.js.map"),
            ("LICENSE-APACHE", "LICENSE-APACHE"),
            ("auth-page.js", "auth-page.js"),
            ("index.js", "index.js"),
        ];
        for (name, expected) in cases {
            assert_eq!(without_hash(name), expected);
        }
    }
}
