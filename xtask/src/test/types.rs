//! Checks the TypeScript declarations: by themselves, and in use.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;
use std::time::Duration;

use super::cases::Cases;
use super::{Session, StageError};
use crate::process;
use crate::workspace;

const LIMIT: Duration = Duration::from_secs(300);

pub(super) fn run(session: &mut Session<'_>) -> Result<Cases, StageError> {
    let package = session.package()?;
    let workspace = session.workspace;
    let tools = session.setup.node()?;
    let unreadable = |error: io::Error| StageError::Wrong(error.to_string());

    let declarations = with_ending(&package.folder, ".d.ts").map_err(unreadable)?;
    let uses = with_ending(&workspace.path("tests/types"), ".ts").map_err(unreadable)?;
    if declarations.is_empty() || uses.is_empty() {
        return Err(StageError::NoTests);
    }

    let folder = workspace.target("xtask/types");
    fs::create_dir_all(&folder).map_err(unreadable)?;
    let index = package.folder.join("index.d.ts");
    let sdk = tools.package("@anthropic-ai/sdk");
    let projects = [
        // The oldest library that a taskpane may be written against: the
        // declarations must not lean on what it lacks.
        ("declarations", &declarations, false, r#""es2020", "dom""#),
        // The SDK's declarations, which some uses compare ours with, aren't ours to check.
        (
            "uses",
            &uses,
            true,
            r#""es2022", "dom", "dom.iterable", "dom.asynciterable", "esnext.disposable""#,
        ),
    ];
    let mut cases = Cases::default();
    for (name, files, skip, library) in projects {
        let config = format!(
            r#"{{
  "compilerOptions": {{
    "noEmit": true, "strict": true, "exactOptionalPropertyTypes": false, "noUncheckedIndexedAccess": true,
    "target": "es2022", "module": "esnext", "moduleResolution": "bundler",
    "lib": [{library}], "types": [], "skipLibCheck": {skip},
    "paths": {{
      "taskpane-connector": [{index:?}],
      "@anthropic-ai/sdk": [{sdk:?}],
      "@anthropic-ai/sdk/*": [{sdk_inside:?}]
    }}
  }},
  "files": [{files}]
}}
"#,
            sdk_inside = sdk.join("*"),
            files = list(files)
        );
        let path = folder.join(format!("{name}.json"));
        fs::write(&path, config).map_err(unreadable)?;
        let mut tsc = tools.tsc();
        tsc.arg("--project").arg(&path).current_dir(workspace.root());
        process::run(&mut tsc, &workspace.log(&format!("types-{name}")), LIMIT)?;
        for _ in files {
            cases += Cases::ONE;
        }
    }
    Ok(cases)
}

fn with_ending(folder: &Path, ending: &str) -> io::Result<Vec<String>> {
    let files = workspace::files(folder)?;
    let paths = files.iter().map(|file| file.to_string_lossy().into_owned());
    Ok(paths.filter(|path| path.ends_with(ending)).collect())
}

/// Paths as the elements of a JSON array.
fn list(paths: &[String]) -> String {
    let mut text = String::new();
    for path in paths {
        let separator = if text.is_empty() { "" } else { ", " };
        let _ = write!(text, "{separator}{path:?}");
    }
    text
}
