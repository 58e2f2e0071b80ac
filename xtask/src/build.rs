//! Builds the npm package: compiles the core, optimises the module, bundles
//! the JavaScript, and lays it all out.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::process::{self, RunError};
use crate::progress::{self, say};
use crate::setup::node::Node;
use crate::setup::wasm32::{TARGET, Toolchain};
use crate::setup::{Setup, SetupError};
use crate::workspace::{self, Fingerprint, VERSION, Workspace};

/// The file of the module that every session needs; the loader asks for it by
/// this name.
pub(crate) const WASM: &str = "taskpane_connector_bg.wasm";

/// The file of the module that is loaded on demand.
pub(crate) const WASM_ON_DEMAND: &str = "taskpane_connector_on_demand_bg.wasm";

/// One of the package's two modules.
#[derive(Clone, Copy, Debug)]
struct Module {
    file: &'static str,
    /// The crate's feature that it is compiled with.
    feature: &'static str,
    /// Where it is compiled. Not where the other is: cargo gives the outputs of
    /// both the same name.
    folder: &'static str,
}

const MODULES: [Module; 2] = [
    Module { file: WASM, feature: "start", folder: "wasm" },
    Module { file: WASM_ON_DEMAND, feature: "on-demand", folder: "wasm/on-demand" },
];

/// The folder of the scripts in the stage.
const SCRIPTS: &str = "js";

/// The scripts that a page imports, each bundled by itself. What one loads on
/// demand becomes a script of its own, and so does what both of these share.
const ENTRY_POINTS: [&str; 3] = ["index", "auth_page", "explain"];

/// The script with everything in it, the modules too.
const STANDALONE: &str = "standalone";

/// The one way in which the loader may name a module: bundlers look for it.
fn module_address(file: &str) -> String {
    format!("new URL(\"{file}\",import.meta.url)")
}

/// The oldest engines that the package runs on (ARCHITECTURE.md, "Decisions").
const JS_TARGET: &str = "--target=chrome93,firefox92,safari16.4";

/// How the module is optimised.
///
/// Measured on the gateway path: `-O3` by itself gives 63.9 KB gzip, `-Oz`
/// 63.8. The compiler has inlined what pays; what wasm-opt inlines besides
/// compresses worse. Functions sorted by name stand beside their relatives,
/// which compresses better. Together 61.8 KB. The lowest KiB of memory is the far
/// end of the stack: no address wraps into it, so that offsets can be folded
/// into loads (0.2 KB).
const WASM_OPT: [&str; 8] = [
    "-O3",
    "--low-memory-unused",
    "--one-caller-inline-max-function-size=20",
    "--flexible-inline-max-function-size=0",
    "--reorder-functions-by-name",
    "--strip-debug",
    "--strip-producers",
    "--strip-target-features",
];

/// What the module may be made of. SIMD asks for Chromium 91, Firefox 89 and
/// Safari 16.4. All else is older.
const FEATURES: [&str; 7] = [
    "--mvp-features",
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-simd",
];

/// What comes along in the package beside the code.
const DOCUMENTS: [&str; 4] = ["README.md", "CHANGELOG.md", "LICENSE-MIT", "LICENSE-APACHE"];

const LIMIT: Duration = Duration::from_secs(1800);

/// How the package is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Profile {
    /// As it is published, in `pkg/`.
    Release,
    /// To try changes: soon ready, checked at run time, readable. In `target/pkg-dev/`,
    /// so that it can't be published by mistake.
    Dev,
}

impl Profile {
    const fn cargo_folder(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Dev => "debug",
        }
    }

    const fn stage(self) -> &'static str {
        match self {
            Self::Release => "stage/release",
            Self::Dev => "stage/dev",
        }
    }
}

/// A finished package.
#[derive(Clone, Debug)]
pub(crate) struct Package {
    pub(crate) folder: PathBuf,
}

/// Why there is no package.
#[derive(Clone, Debug)]
pub(crate) enum BuildError {
    /// A tool is missing.
    Setup(SetupError),
    /// A tool failed.
    Run(RunError),
    /// A file could not be read or written.
    Io { path: PathBuf, cause: String },
    /// The module wants something that the loader doesn't give it.
    Imports(String),
    /// The module wants something that the oldest engines lack.
    Features(RunError),
    /// The bundled loader doesn't name the module as bundlers expect.
    ModuleAddress { file: &'static str, found: usize },
    /// `js/package.json` has no version to replace.
    NoVersion,
}

impl BuildError {
    /// What the failed tool said.
    pub(crate) fn output(&self) -> &str {
        match self {
            Self::Setup(error) => error.output(),
            Self::Run(error) | Self::Features(error) => error.output(),
            Self::Io { .. } | Self::Imports(_) | Self::ModuleAddress { .. } | Self::NoVersion => "",
        }
    }
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Setup(error) => error.fmt(f),
            Self::Run(error) => error.fmt(f),
            Self::Io { path, cause } => write!(f, "{}: {cause}", path.display()),
            Self::Imports(listed) => write!(
                f,
                "the module imports what no page provides: {}; \
                 some dependency isn't made for wasm32-unknown-unknown",
                listed.trim().replace('\n', ", ")
            ),
            Self::Features(_) => write!(
                f,
                "the module uses a feature that the oldest engines lack; they have: {}",
                FEATURES.join(" ")
            ),
            Self::ModuleAddress { file, found } => write!(
                f,
                "the bundled scripts name a module by `{}` {found} times, not once",
                module_address(file)
            ),
            Self::NoVersion => f.write_str("js/package.json has no line `\"version\": \"0.0.0\",`"),
        }
    }
}

impl std::error::Error for BuildError {}

impl From<SetupError> for BuildError {
    fn from(error: SetupError) -> Self {
        Self::Setup(error)
    }
}

impl From<RunError> for BuildError {
    fn from(error: RunError) -> Self {
        Self::Run(error)
    }
}

/// Adds the path to an I/O error.
fn at(path: &Path) -> impl FnOnce(io::Error) -> BuildError {
    let path = path.to_path_buf();
    move |error| BuildError::Io { path, cause: error.to_string() }
}

/// Builds the package, or what of it isn't up to date.
///
/// # Errors
/// See [`BuildError`].
pub(crate) fn build(
    workspace: &Workspace,
    setup: &mut Setup<'_>,
    profile: Profile,
) -> Result<Package, BuildError> {
    // Node first: should it be missing, nobody waits for the others to be told.
    let node = setup.node()?;
    let toolchain = setup.toolchain()?;
    let folder = match profile {
        Profile::Release => workspace.path("pkg"),
        Profile::Dev => workspace.target("pkg-dev"),
    };
    let build = Build { workspace, node, profile, package: folder };
    for folder in [build.stage(""), build.package.clone()] {
        fs::create_dir_all(&folder).map_err(at(&folder))?;
    }
    for module in MODULES {
        let compiled = build.compile(&toolchain, module)?;
        build.optimise(&compiled, module.file)?;
    }
    let scripts = build.bundle()?;
    build.lay_out(&scripts)?;
    Ok(Package { folder: build.package })
}

/// The files of the package that a page downloads at start: the module, the
/// script, and the scripts that it imports before it runs.
///
/// # Errors
/// The script can't be read.
pub(crate) fn files_at_start(package: &Package) -> Result<Vec<PathBuf>, BuildError> {
    let mut files = vec![package.folder.join(WASM)];
    let mut waiting = vec!["index.js".to_owned()];
    while let Some(name) = waiting.pop() {
        let script = package.folder.join(name);
        if files.contains(&script) {
            continue;
        }
        waiting.extend(static_imports(&fs::read_to_string(&script).map_err(at(&script))?));
        files.push(script);
    }
    Ok(files)
}

/// The scripts beside it that a bundled script imports, not counting those on demand.
fn static_imports(code: &str) -> Vec<String> {
    let code = code.replace("from \"", "from\"").replace("import \"", "import\"");
    let mut names = Vec::new();
    for keyword in ["from\"./", "import\"./"] {
        for rest in code.split(keyword).skip(1) {
            names.extend(rest.split('"').next().map(str::to_owned));
        }
    }
    names
}

/// Where the scripts of the last build lie one by one, with the module.
pub(crate) fn staged_scripts(workspace: &Workspace) -> PathBuf {
    workspace.target(Profile::Release.stage()).join(SCRIPTS)
}

fn is_script(file: &Path) -> bool {
    file.extension().is_some_and(|extension| extension == "js")
}

struct Build<'a> {
    workspace: &'a Workspace,
    node: Node,
    profile: Profile,
    package: PathBuf,
}

impl Build<'_> {
    /// A path in the folder where the parts come together.
    fn stage(&self, inside: &str) -> PathBuf {
        self.workspace.target(self.profile.stage()).join(inside)
    }

    fn log(&self, name: &str) -> PathBuf {
        self.workspace.log(name)
    }

    /// Compiles the core, as far as it belongs to a module.
    fn compile(&self, toolchain: &Toolchain, module: Module) -> Result<PathBuf, BuildError> {
        let folder = self.workspace.target(module.folder);
        let mut cargo = toolchain.cargo(self.workspace);
        cargo.env("CARGO_TARGET_DIR", &folder);
        cargo.args(["build", "--package", "taskpane-connector", "--lib", "--target", TARGET]);
        cargo.args(["--no-default-features", "--features", module.feature]);
        if self.profile == Profile::Release {
            cargo.arg("--release");
            if !toolchain.with_library(self.workspace, &mut cargo) {
                say(
                    "  the standard library's source is missing (rustup component add rust-src): the module will be a tenth larger",
                );
            }
            // The package shall be the same wherever it was built.
            for flag in self.workspace.remapped_paths() {
                cargo.arg("--config").arg(format!("target.{TARGET}.rustflags=[{flag:?}]"));
            }
        }
        let usually = match self.profile {
            Profile::Release => "1 min at first, then 15 s",
            Profile::Dev => "30 s at first, then 5 s",
        };
        let what = format!("compiling the core for wasm32, {}", module.feature);
        progress::step(&what, usually);
        process::run(&mut cargo, &self.log("compile"), LIMIT)?;
        Ok(folder.join(TARGET).join(self.profile.cargo_folder()).join("taskpane_connector.wasm"))
    }

    /// Optimises a module, unless it is of this very compilation already.
    fn optimise(&self, compiled: &Path, file: &str) -> Result<(), BuildError> {
        let optimised = self.stage(file);
        let fingerprint = Fingerprint::default()
            .file(compiled)
            .and_then(|print| print.file(&self.node.lockfile()))
            .map_err(at(compiled))?
            .text(&WASM_OPT.join(" "))
            .text(&FEATURES.join(" "))
            .finish();
        let stamp = self.stage(&format!(".{file}"));
        if !workspace::is_done(&stamp, &fingerprint) {
            progress::step(format!("optimising {file}"), "10 s");
            match self.profile {
                Profile::Dev => {
                    fs::copy(compiled, &optimised).map_err(at(&optimised))?;
                }
                Profile::Release => {
                    let mut wasm_opt = self.node.wasm_opt();
                    wasm_opt.args(WASM_OPT).arg(compiled).arg("-o").arg(&optimised);
                    process::run(&mut wasm_opt, &self.log("wasm-opt"), LIMIT)?;
                    // A run of its own, on a module that no longer declares its
                    // features: wasm-opt takes a declaration for permission.
                    let mut validate = self.node.wasm_opt();
                    validate.args(FEATURES).arg(&optimised);
                    process::run(&mut validate, &self.log("wasm-features"), LIMIT)
                        .map_err(BuildError::Features)?;
                }
            }
            let listed = process::read(self.node.script("imports.mjs").arg(&optimised))?;
            if !listed.trim().is_empty() {
                return Err(BuildError::Imports(listed));
            }
            fs::write(&stamp, fingerprint).map_err(at(&stamp))?;
        }
        let packed = self.package.join(file);
        workspace::copy_if_changed(&optimised, &packed).map_err(at(&packed))
    }

    /// Bundles the scripts. Returns the names of what came of it.
    fn bundle(&self) -> Result<Vec<String>, BuildError> {
        let sources = self.workspace.path("js");
        let scripts: Vec<_> = workspace::files(&sources)
            .map_err(at(&sources))?
            .into_iter()
            .filter(|file| is_script(file))
            .collect();
        let source_stage = self.stage(SCRIPTS);
        if source_stage.exists() {
            fs::remove_dir_all(&source_stage).map_err(at(&source_stage))?;
        }
        fs::create_dir_all(&source_stage).map_err(at(&source_stage))?;
        for script in &scripts {
            let copy = source_stage.join(script.file_name().unwrap_or_default());
            fs::copy(script, &copy).map_err(at(script))?;
        }
        // Tests load the scripts one by one: as modules, and with the modules
        // that a page gets.
        let manifest = sources.join("package.json");
        let modules = MODULES.map(|module| self.stage(module.file));
        for from in modules.iter().chain([&manifest]) {
            let name = from.file_name().unwrap_or_default();
            fs::copy(from, source_stage.join(name)).map_err(at(from))?;
        }

        let bundles = self.stage("bundle");
        if bundles.exists() {
            fs::remove_dir_all(&bundles).map_err(at(&bundles))?;
        }
        for entry in ENTRY_POINTS.into_iter().chain([STANDALONE]) {
            let mut esbuild = self.node.esbuild();
            esbuild
                .current_dir(&source_stage)
                .arg(format!("{entry}.js"))
                .args(["--bundle", "--format=esm", "--platform=browser", JS_TARGET])
                .args(["--sourcemap=linked", "--sources-content=true", "--log-level=warning"])
                .arg(format!("--define:__VERSION__=\"{VERSION}\""))
                .arg("--outdir=../bundle");
            if entry == STANDALONE {
                // It asks for no file, so it names none.
                esbuild.args(["--loader:.wasm=binary", "--define:import.meta.url=undefined"]);
            } else {
                esbuild.args(["--splitting", "--chunk-names=[name]-[hash]"]);
            }
            if self.profile == Profile::Release {
                esbuild.arg("--minify");
            }
            process::run(&mut esbuild, &self.log("esbuild"), LIMIT)?;
        }

        let mut names = Vec::new();
        let mut code = String::new();
        let bundled = workspace::files(&bundles).map_err(at(&bundles))?;
        for script in bundled.iter().filter(|file| is_script(file)) {
            let name = script.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if self.profile == Profile::Release {
                self.minify(&name)?;
            }
            code += &fs::read_to_string(script).map_err(at(script))?;
            names.extend([format!("{name}.map"), name]);
        }
        for name in &names {
            let packed = self.package.join(name);
            workspace::copy_if_changed(&bundles.join(name), &packed).map_err(at(&packed))?;
        }
        let code = code.replace(", import.meta.url", ",import.meta.url");
        for Module { file, .. } in MODULES {
            let found = code.matches(&module_address(file)).count();
            if found != 1 {
                return Err(BuildError::ModuleAddress { file, found });
            }
        }
        Ok(names)
    }

    /// Takes out of a minified bundle what esbuild leaves in it, 0.5 KB of 16;
    /// terser alone would keep the names of private members.
    fn minify(&self, name: &str) -> Result<(), BuildError> {
        let mut terser = self.node.terser();
        terser
            .current_dir(self.stage("bundle"))
            .arg(name)
            .args(["--module", "--ecma=2020", "--compress=passes=2", "--mangle"])
            .arg("--source-map")
            .arg(format!("content='{name}.map',url='{name}.map',includeSources"))
            .arg(format!("--output={name}"));
        process::run(&mut terser, &self.log("terser"), LIMIT)?;
        Ok(())
    }

    /// Adds types, documents and the manifest, and removes what doesn't belong.
    fn lay_out(&self, scripts: &[String]) -> Result<(), BuildError> {
        let mut kept = vec!["package.json".to_owned()];
        kept.extend(MODULES.map(|module| module.file.to_owned()));
        kept.extend_from_slice(scripts);
        let sources = self.workspace.path("js");
        let types = workspace::files(&sources)
            .map_err(at(&sources))?
            .into_iter()
            .filter(|file| file.to_string_lossy().ends_with(".d.ts"));
        let documents =
            DOCUMENTS.iter().map(|name| self.workspace.path(name)).filter(|file| file.is_file());
        for file in types.chain(documents) {
            let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let packed = self.package.join(&name);
            workspace::copy_if_changed(&file, &packed).map_err(at(&packed))?;
            kept.push(name);
        }

        let manifest = sources.join("package.json");
        let text = fs::read_to_string(&manifest).map_err(at(&manifest))?;
        let placeholder = "\"version\": \"0.0.0\",";
        if !text.contains(placeholder) {
            return Err(BuildError::NoVersion);
        }
        let text = text.replacen(placeholder, &format!("\"version\": \"{VERSION}\","), 1);
        let packed = self.package.join("package.json");
        workspace::write_if_changed(&packed, text.as_bytes()).map_err(at(&packed))?;

        for file in workspace::files(&self.package).map_err(at(&self.package))? {
            let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if !kept.contains(&name) {
                fs::remove_file(&file).map_err(at(&file))?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::static_imports;

    #[test]
    fn what_is_imported_on_demand_is_not_at_start() {
        let cases: [(&str, &[&str]); 5] = [
            (r#"import{a}from"./chunk-1.js";import"./side.js";"#, &["chunk-1.js", "side.js"]),
            (r#"import { a } from "./chunk-1.js";"#, &["chunk-1.js"]),
            (r#"export * from"./chunk-1.js";"#, &["chunk-1.js"]),
            (r#"const a=()=>import("./on_demand-1.js");"#, &[]),
            (r#"import{b}from"elsewhere";"#, &[]),
        ];
        for (code, expected) in cases {
            assert_eq!(static_imports(code), expected, "{code}");
        }
    }
}
