//! Where things are in the checkout, and which versions it pins.

use std::collections::hash_map::DefaultHasher;
use std::env;
use std::fs;
use std::hash::{Hash, Hasher};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The version of the package, which all members of the workspace share.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The oldest Rust that builds it.
pub(crate) const RUST_VERSION: &str = env!("CARGO_PKG_RUST_VERSION");

/// A checkout and its target folder.
#[derive(Clone, Debug)]
pub(crate) struct Workspace {
    root: PathBuf,
    target: PathBuf,
}

impl Workspace {
    /// The checkout that xtask was built in.
    pub(crate) fn locate() -> Self {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = manifest.parent().unwrap_or(manifest).to_path_buf();
        let target = env::var_os("CARGO_TARGET_DIR")
            .and_then(|folder| std::path::absolute(folder).ok())
            .unwrap_or_else(|| root.join("target"));
        Self { root, target }
    }

    /// A path inside the checkout.
    pub(crate) fn path(&self, inside: &str) -> PathBuf {
        self.root.join(inside)
    }

    /// A path inside the target folder.
    pub(crate) fn target(&self, inside: &str) -> PathBuf {
        self.target.join(inside)
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Where the output of a step is kept.
    pub(crate) fn log(&self, name: &str) -> PathBuf {
        self.target(&format!("xtask/log/{name}.log"))
    }

    /// Cargo with the toolchain that runs xtask, for everything native.
    pub(crate) fn cargo(&self) -> Command {
        let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.current_dir(&self.root).env("CARGO_TARGET_DIR", &self.target);
        command
    }

    /// Flags that keep the folders of this machine out of compiled code, where
    /// panic messages name their sources.
    pub(crate) fn remapped_paths(&self) -> Vec<String> {
        let cargo_home = env::var_os("CARGO_HOME")
            .map(PathBuf::from)
            .or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".cargo")));
        let registries = cargo_home.map(|home| home.join("registry/src"));
        let sources = registries.as_deref().and_then(|folder| fs::read_dir(folder).ok());
        let mut from: Vec<_> =
            sources.into_iter().flatten().flatten().map(|entry| entry.path()).collect();
        from.sort();
        from.push(self.root.clone());
        from.iter().map(|path| format!("--remap-path-prefix={}=", path.display())).collect()
    }

    /// The version of a package in `Cargo.lock`.
    pub(crate) fn locked_version(&self, package: &str) -> Option<String> {
        locked_version(&fs::read_to_string(self.path("Cargo.lock")).ok()?, package)
    }
}

fn locked_version(lock: &str, package: &str) -> Option<String> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines();
    lines.find(|line| *line == name)?;
    let version = lines.next()?.strip_prefix("version = \"")?.strip_suffix('"')?;
    Some(version.to_owned())
}

/// A fingerprint of what a step is made from, to skip it when nothing changed.
///
/// Only compared with one that the same xtask wrote, so the hasher need not be
/// stable across versions of Rust.
#[derive(Default)]
pub(crate) struct Fingerprint(DefaultHasher);

impl Fingerprint {
    pub(crate) fn text(mut self, text: &str) -> Self {
        text.hash(&mut self.0);
        self
    }

    pub(crate) fn file(mut self, path: &Path) -> io::Result<Self> {
        path.file_name().hash(&mut self.0);
        fs::read(path)?.hash(&mut self.0);
        Ok(self)
    }

    pub(crate) fn finish(self) -> String {
        format!("{:016x}\n", self.0.finish())
    }
}

/// Whether `stamp` says that its step was done for this fingerprint.
pub(crate) fn is_done(stamp: &Path, fingerprint: &str) -> bool {
    fs::read_to_string(stamp).is_ok_and(|written| written == fingerprint)
}

/// Copies a file unless the copy has the same bytes already, and keeps its time then.
pub(crate) fn copy_if_changed(from: &Path, to: &Path) -> io::Result<()> {
    write_if_changed(to, &fs::read(from)?)
}

/// Writes a file unless it holds these bytes already.
pub(crate) fn write_if_changed(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if fs::read(path).is_ok_and(|present| present == bytes) {
        return Ok(());
    }
    fs::write(path, bytes)
}

/// The files of a folder, by name; none when there is no folder.
pub(crate) fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = r#"
[[package]]
name = "wasm-bindgen-macro"
version = "0.2.99"

[[package]]
name = "wasm-bindgen"
version = "0.2.130"
dependencies = [
 "cfg-if",
]
"#;

    #[test]
    fn a_locked_version_is_the_named_packages() {
        assert_eq!(locked_version(LOCK, "wasm-bindgen").as_deref(), Some("0.2.130"));
        assert_eq!(locked_version(LOCK, "wasm-bindgen-macro").as_deref(), Some("0.2.99"));
        assert_eq!(locked_version(LOCK, "cfg-if"), None);
        assert_eq!(locked_version("", "wasm-bindgen"), None);
    }

    #[test]
    fn the_checkouts_lock_pins_wasm_bindgen() {
        let version = Workspace::locate().locked_version("wasm-bindgen").unwrap();
        assert!(version.starts_with("0."), "{version}");
    }
}
