//! Reads the sources and holds them to ARCHITECTURE.md: which module may know
//! which, and what must not be named where.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::string_slice,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Each module with its tier; a module may use those of lower tiers, and
/// those of its own tier that stand before it.
const TIERS: [(&str, u32); 16] = [
    ("block", 0),
    ("text", 0),
    ("error", 0),
    ("secret", 0),
    ("date", 0),
    ("json", 0),
    ("http", 1),
    ("sigv4", 1),
    ("stream", 1),
    ("config", 2),
    ("auth", 3),
    ("credentials", 3),
    ("provider", 3),
    ("connection", 4),
    ("diagnosis", 4),
    ("web", 5),
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, ending));
        } else if path.to_string_lossy().ends_with(ending) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The code of a file, without its comments and its tests.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

fn module_of(path: &Path) -> String {
    let inside = path.strip_prefix(root().join("src")).unwrap();
    let first = inside.components().next().unwrap().as_os_str().to_string_lossy();
    first.trim_end_matches(".rs").to_owned()
}

/// The modules that a piece of code names by `crate::…`.
fn named(code: &str) -> Vec<&str> {
    let word = |text: &str| text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    code.split("crate::").skip(1).map(|rest| &rest[..word(rest).unwrap_or(rest.len())]).collect()
}

#[test]
fn every_module_has_its_tier() {
    let mut modules: Vec<_> =
        files(&root().join("src"), ".rs").iter().map(|path| module_of(path)).collect();
    modules.retain(|module| module != "lib");
    modules.dedup();
    let mut tiers: Vec<_> = TIERS.iter().map(|(module, _)| (*module).to_owned()).collect();
    tiers.sort();
    assert_eq!(modules, tiers);
}

#[test]
fn dependencies_point_downwards() {
    let place = |module: &str| TIERS.iter().position(|(name, _)| *name == module);
    let mut upwards = Vec::new();
    for path in files(&root().join("src"), ".rs") {
        let module = module_of(&path);
        let Some(own) = place(&module) else { continue };
        for other in named(&code(&path)) {
            if place(other).is_some_and(|other| other > own) {
                upwards.push(format!("{} names {other}", path.display()));
            }
        }
    }
    assert_eq!(upwards, Vec::<String>::new());
}

#[test]
fn nothing_names_the_browser() {
    for path in files(&root().join("src"), ".rs") {
        let code = code(&path);
        for name in [
            "wasm_bindgen",
            "js_sys",
            "web_sys",
            "gloo",
            "SystemTime",
            "Instant::",
            "async fn",
            "getrandom",
        ] {
            assert!(!code.contains(name), "{} names {name}", path.display());
        }
    }
}

/// Header names, routes and providers are the core's affair. `js/fetch.js` is a
/// server of the Messages API, so it names what its clients ask for.
#[test]
fn the_boundary_knows_no_protocol() {
    let web = files(&root().join("src/web"), ".rs");
    let js = files(&root().join("js"), ".js");
    // What is said to people names what they have to write.
    let words = ["explain.js", "server_snippets.js"];
    let js = js.iter().filter(|path| !words.iter().any(|file| path.ends_with(file)));
    for path in web.iter().chain(js) {
        let code = code(path).to_ascii_lowercase();
        for word in [
            "x-api-key",
            "authorization",
            "anthropic-",
            "/v1/",
            "bearer",
            "gateway_",
            "bedrock",
            "vertex",
            "foundry",
        ] {
            let serves = path.ends_with("js/fetch.js") && ["anthropic-", "/v1/"].contains(&word);
            assert!(serves || !code.contains(word), "{} names {word}", path.display());
        }
    }
}

/// The raw boundaries and the vectors alone may; each block has its proof beside it.
#[test]
fn unsafe_code_is_at_the_boundary_and_explained() {
    for path in files(&root().join("src"), ".rs") {
        let text = fs::read_to_string(&path).unwrap();
        let lines: Vec<_> = text.lines().collect();
        for (number, line) in lines.iter().enumerate() {
            if !line.contains("unsafe {") || line.trim_start().starts_with("//") {
                continue;
            }
            let allowed = ["src/block.rs", "src/web/call_abi.rs", "src/web/stream_abi.rs"];
            let here = format!("{}:{}", path.display(), number + 1);
            assert!(allowed.iter().any(|file| path.ends_with(file)), "{here}");
            let before = &lines[number.saturating_sub(8)..number];
            let explained = before.iter().any(|line| line.contains("SAFETY"));
            assert!(explained, "{here} has no SAFETY comment");
        }
    }
}

/// The functions of a folder whose code has one of the words, as `file:function`.
fn functions_with(folder: &str, words: &[&str]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for path in files(&root().join(folder), ".rs") {
        let code = code(&path);
        let mut function = "";
        for line in code.lines() {
            if let Some((before, name)) = line.split_once("fn ")
                && (before.trim().is_empty() || before.trim_start().starts_with("pub"))
            {
                function = name.split(['(', '<']).next().unwrap();
            }
            if words.iter().any(|word| line.contains(word)) {
                found.insert(format!("{}:{function}", path.file_name().unwrap().display()));
            }
        }
    }
    found
}

/// What is secret crosses to JavaScript in these functions of the boundary and in
/// no other; ARCHITECTURE.md names them.
#[test]
fn secrets_leave_through_the_doors_that_are_named() {
    let exposing = functions_with("src/web", &[".expose()", "Secret::expose", ".expose_layers()"]);
    let doors = [
        "broker.rs:call",
        "broker.rs:describe",
        "connector.rs:call",
        "layers.rs:call",
        "nested_app_auth.rs:next_step",
        "reply.rs:expose",
        "reply.rs:sign_in",
        "signing.rs:sign_aws_request",
    ];
    assert_eq!(exposing, doors.map(str::to_owned).into());
}

/// A `Secret` can't be written into a text by accident.
#[test]
fn a_secret_is_not_displayed() {
    for path in files(&root().join("src"), ".rs") {
        let code = code(&path);
        for name in ["Display for Secret", "Display for HeaderValue", "Serialize", "ToString for"] {
            assert!(!code.contains(name), "{} has {name}", path.display());
        }
    }
}

/// Tokens get into requests by `Credential::attach`, which compares origins, for
/// a provider, the bootstrap endpoint and Microsoft Graph.
#[test]
fn three_places_attach_a_token() {
    let attaching = functions_with("src", &[".attach("]);
    let places = ["access.rs:authorize", "bootstrap.rs:prepare", "graph.rs:authorize"];
    assert_eq!(attaching, places.map(str::to_owned).into());
}

/// Whoever asks a server says `ANONYMOUS` (`js/exchange.js`): no cookies, no
/// referrer, nothing kept. The loader alone asks for its module as a page would.
#[test]
fn requests_are_anonymous() {
    let mut asked = 0;
    for path in files(&root().join("js"), ".js") {
        let code = code(&path);
        if ["js/loader.js", "js/server_snippets.js"].iter().any(|file| path.ends_with(file)) {
            continue;
        }
        let requests = code.matches(" fetch(url").count() + code.matches("(fetch(url").count();
        assert_eq!(requests, code.matches("...ANONYMOUS").count(), "{}", path.display());
        asked += requests;
        for word in ["credentials:", "referrerPolicy:", "cache:", "XMLHttpRequest", "sendBeacon"] {
            let allowed = path.ends_with("js/exchange.js") && !word.starts_with(['X', 's']);
            assert!(allowed || !code.contains(word), "{} has {word}", path.display());
        }
    }
    assert_eq!(asked, 2);
}

/// What stands in quotes behind a word, each time it occurs.
fn quoted_after(code: &str, word: &str) -> BTreeSet<String> {
    let quoted = code.split(word).skip(1).filter_map(|rest| rest.strip_prefix('"'));
    quoted.map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
}

/// An operation has the same name in both languages, and nobody calls or
/// offers one that the other side doesn't know.
#[test]
fn both_sides_of_the_boundary_name_the_same_operations() {
    let mut offered = BTreeSet::new();
    for path in files(&root().join("src/web"), ".rs") {
        for operations in code(&path).split("match operation {\n").skip(1) {
            let arms = operations.split(" _ => ").next().unwrap();
            let named = arms.lines().filter_map(|line| line.trim_start().strip_prefix('"'));
            offered.extend(named.filter_map(|arm| Some(arm.split_once("\" =>")?.0.to_owned())));
        }
    }
    let mut called = BTreeSet::new();
    for path in files(&root().join("js"), ".js") {
        let code = code(&path);
        called.extend(
            ["call(", "callOnDemand(", "made(", "passOn("]
                .iter()
                .flat_map(|word| quoted_after(&code, word)),
        );
    }
    assert_eq!(offered, called);
    assert!(offered.len() > 30, "{offered:?}");
}

/// Each code is in the types that callers see, and nothing else is.
#[test]
fn the_error_codes_are_those_of_the_types() {
    let types = fs::read_to_string(root().join("js/index.d.ts")).unwrap();
    let union = types.split("export type ErrorCode =").nth(1).unwrap().split(';').next().unwrap();
    let declared: Vec<_> = union.split('"').skip(1).step_by(2).collect();
    let mut raised = Vec::new();
    for path in files(&root().join("js"), ".js").iter().chain(&files(&root().join("src"), ".rs")) {
        let text = fs::read_to_string(path).unwrap();
        for part in text.split("connectorError(\"").skip(1) {
            raised.push(part.split('"').next().unwrap().to_owned());
        }
        if path.ends_with("src/error.rs") {
            let words =
                text.split("=> \"").skip(1).map(|part| part.split('"').next().unwrap().to_owned());
            raised.extend(
                words.filter(|word| !["user", "admin", "developer"].contains(&word.as_str())),
            );
        }
    }
    for code in &raised {
        assert!(declared.contains(&code.as_str()), "{code} is not declared");
    }
    for code in declared {
        assert!(raised.iter().any(|raised| raised == code), "{code} is declared and never raised");
    }
}
