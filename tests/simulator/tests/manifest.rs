//! The add-in manifests of the demo, held against the rules of the manifest's schema and against the demo itself.
//!
//! No package registry has the schema's own files ([MS-OWEMXML]), so what is
//! checked here is what the manifests use: the order of elements, which is
//! fixed everywhere, what is required, and the limits of values.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "test code")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use percent_encoding::percent_decode_str;
use roxmltree::{Document, Node};
use simulator::{Options, Organisation};

/// The pane of `cargo xtask demo --https`, whose test knows the port too.
const PANE: &str = "https://localhost:4181";
const GATEWAY: &str = "https://localhost:4182";

const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";
const APP: &str = "http://schemas.microsoft.com/office/appforoffice/1.1";
const BASIC: &str = "http://schemas.microsoft.com/office/officeappbasictypes/1.0";
const TASK_PANE: &str = "http://schemas.microsoft.com/office/taskpaneappversionoverrides";
const MAIL: &str = "http://schemas.microsoft.com/office/mailappversionoverrides";

/// Children in their order; `!` marks what is required, `*` what may come again.
const SEQUENCES: [(&str, &str, &[&str]); 26] = [
    (
        APP,
        "OfficeApp",
        &[
            "Id!",
            "AlternateId",
            "Version!",
            "ProviderName!",
            "DefaultLocale!",
            "DisplayName!",
            "Description!",
            "IconUrl",
            "HighResolutionIconUrl",
            "SupportUrl",
            "AppDomains",
            "Hosts!",
            "Requirements",
            "DefaultSettings",
            "FormSettings",
            "Permissions!",
            "Rule",
            "DisableEntityHighlighting",
            "Dictionary",
            "VersionOverrides",
            "ExtendedOverrides",
        ],
    ),
    (APP, "Hosts", &["Host!*"]),
    (APP, "Requirements", &["Sets!", "Methods"]),
    (APP, "Sets", &["Set!*"]),
    (APP, "DefaultSettings", &["SourceLocation!", "RequestedWidth", "RequestedHeight"]),
    (APP, "FormSettings", &["Form!*"]),
    (APP, "Form", &["DesktopSettings!", "TabletSettings", "PhoneSettings"]),
    (APP, "DesktopSettings", &["SourceLocation!", "RequestedHeight"]),
    (APP, "Rule", &["Rule*"]),
    (
        TASK_PANE,
        "VersionOverrides",
        &[
            "Description",
            "Requirements",
            "Hosts!",
            "Resources!",
            "WebApplicationInfo",
            "VersionOverrides",
        ],
    ),
    (TASK_PANE, "Hosts", &["Host!*"]),
    (TASK_PANE, "Host", &["DesktopFormFactor!"]),
    (TASK_PANE, "DesktopFormFactor", &["GetStarted", "FunctionFile", "ExtensionPoint!*"]),
    (TASK_PANE, "ExtensionPoint", &["OfficeTab!*"]),
    (TASK_PANE, "OfficeTab", &["Group!*"]),
    (TASK_PANE, "Group", &["Label!", "Icon!", "Control!*"]),
    (TASK_PANE, "Control", &["Label!", "Supertip!", "Icon!", "Action!"]),
    (TASK_PANE, "Action", &["TaskpaneId", "SourceLocation!", "Title"]),
    (
        MAIL,
        "VersionOverrides",
        &["Description", "Requirements", "Hosts!", "Resources!", "VersionOverrides"],
    ),
    (MAIL, "Host", &["DesktopFormFactor!", "MobileFormFactor"]),
    (MAIL, "DesktopFormFactor", &["FunctionFile", "ExtensionPoint!*"]),
    (MAIL, "Group", &["Label!", "Control!*"]),
    (MAIL, "Control", &["Label!", "Supertip!", "Icon!", "Action!"]),
    (MAIL, "Action", &["SourceLocation!"]),
    ("", "Supertip", &["Title!", "Description!"]),
    ("", "Resources", &["Images", "Urls", "ShortStrings", "LongStrings"]),
];

fn www() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../www")
}

fn for_each_manifest(check: impl Fn(&str, &Document<'_>)) {
    for name in ["manifest.xml", "manifest-outlook.xml"] {
        let text = fs::read_to_string(www().join(name)).unwrap();
        check(name, &Document::parse(&text).unwrap());
    }
}

fn name<'a>(node: &Node<'a, '_>) -> &'a str {
    node.tag_name().name()
}

fn find<'a, 'i>(document: &'a Document<'i>, wanted: &str) -> Vec<Node<'a, 'i>> {
    document.descendants().filter(|node| name(node) == wanted).collect()
}

/// All values that are addresses.
fn addresses<'a>(document: &'a Document<'_>) -> Vec<&'a str> {
    let values = document.descendants().filter_map(|node| node.attribute("DefaultValue"));
    values.filter(|value| value.contains("://")).collect()
}

#[test]
fn elements_stand_in_the_schemas_order() {
    for_each_manifest(|file, document| {
        let root = document.root_element();
        assert_eq!((root.tag_name().namespace(), name(&root)), (Some(APP), "OfficeApp"), "{file}");
        for parent in document.descendants().filter(Node::is_element) {
            let space = parent.tag_name().namespace().unwrap();
            let known = SEQUENCES.iter().find(|(of, parent_name, _)| {
                *parent_name == name(&parent) && (of.is_empty() || *of == space)
            });
            let Some((_, _, sequence)) = known else { continue };
            let plain = |entry: &str| entry.trim_end_matches(['!', '*']).to_owned();
            let mut next = 0;
            for child in parent.children().filter(Node::is_element) {
                let found =
                    sequence.iter().skip(next).position(|entry| plain(entry) == name(&child));
                let place = next
                    + found.unwrap_or_else(|| {
                        panic!(
                            "{file}: {} is not where it may be in {}",
                            name(&child),
                            name(&parent)
                        )
                    });
                next = if sequence[place].ends_with('*') { place } else { place + 1 };
            }
            for required in sequence.iter().filter(|entry| entry.contains('!')) {
                assert!(
                    parent.children().any(|child| name(&child) == plain(required)),
                    "{file}: {} lacks {required}",
                    name(&parent)
                );
            }
        }
    });
}

#[test]
fn values_keep_to_their_limits() {
    let mut ids = BTreeSet::new();
    for_each_manifest(|file, document| {
        let text = |wanted: &str| find(document, wanted)[0].text().unwrap().to_owned();
        let id = text("Id");
        let groups: Vec<usize> = id.split('-').map(str::len).collect();
        assert_eq!(groups, [8, 4, 4, 4, 12], "{file}");
        assert!(id.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-'), "{file}: {id}");
        let version = text("Version");
        assert!((1..=4).contains(&version.split('.').count()), "{file}: {version}");
        assert!(version.split('.').all(|part| part.parse::<u16>().is_ok()), "{file}: {version}");
        for (element, longest) in [("DisplayName", 125), ("Description", 250), ("String", 250)] {
            for node in find(document, element) {
                let Some(value) = node.attribute("DefaultValue") else { continue };
                assert!((1..=longest).contains(&value.chars().count()), "{file}: {value}");
            }
        }
        for parent in find(document, "ShortStrings") {
            for node in parent.children().filter(Node::is_element) {
                assert!(node.attribute("DefaultValue").unwrap().chars().count() <= 125, "{file}");
            }
        }
    });
    for_each_manifest_id(&mut ids);
    assert_eq!(ids.len(), 2, "two add-ins of the same id replace each other");
}

fn for_each_manifest_id(ids: &mut BTreeSet<String>) {
    for name in ["manifest.xml", "manifest-outlook.xml"] {
        let text = fs::read_to_string(www().join(name)).unwrap();
        let document = Document::parse(&text).unwrap();
        ids.insert(find(&document, "Id")[0].text().unwrap().to_owned());
    }
}

#[test]
fn hosts_and_their_buttons_are_what_office_knows() {
    let kind = |node: &Node<'_, '_>| node.attribute((XSI, "type")).unwrap_or_default().to_owned();
    for_each_manifest(|file, document| {
        let (app, overrides, hosts, tab): (_, _, &[(&str, &str)], _) = match file {
            "manifest.xml" => (
                "TaskPaneApp",
                TASK_PANE,
                &[
                    ("Workbook", "Workbook"),
                    ("Document", "Document"),
                    ("Presentation", "Presentation"),
                ],
                "TabHome",
            ),
            _ => ("MailApp", MAIL, &[("Mailbox", "MailHost")], "TabDefault"),
        };
        assert_eq!(kind(&document.root_element()), app, "{file}");
        let found: Vec<_> = find(document, "Host");
        let named: Vec<_> = found.iter().filter_map(|host| host.attribute("Name")).collect();
        let with_buttons: Vec<_> =
            found.iter().map(&kind).filter(|kind| !kind.is_empty()).collect();
        assert_eq!(named, hosts.iter().map(|(name, _)| *name).collect::<Vec<_>>(), "{file}");
        assert_eq!(with_buttons, hosts.iter().map(|(_, kind)| *kind).collect::<Vec<_>>(), "{file}");
        let version = &find(document, "VersionOverrides")[0];
        assert_eq!(version.tag_name().namespace(), Some(overrides), "{file}");
        assert_eq!(kind(version), "VersionOverridesV1_0", "{file}");
        for node in find(document, "OfficeTab") {
            assert_eq!(node.attribute("id"), Some(tab), "{file}");
        }
        for node in find(document, "Action") {
            assert_eq!(kind(&node), "ShowTaskpane", "{file}");
        }
        for icon in find(document, "Icon") {
            let sizes: Vec<_> =
                icon.children().filter_map(|image| image.attribute("size")).collect();
            assert_eq!(sizes, ["16", "32", "80"], "{file}: required sizes");
        }
    });
}

#[test]
fn every_resource_is_there_and_used() {
    for_each_manifest(|file, document| {
        let mut resources = BTreeMap::new();
        for node in find(document, "Resources")[0].descendants() {
            if let Some(id) = node.attribute("id") {
                assert!(id.len() <= 32, "{file}: {id} is too long");
                assert_eq!(node.tag_name().namespace(), Some(BASIC), "{file}: {id}");
                assert!(resources.insert(id, 0).is_none(), "{file}: {id} twice");
            }
        }
        for node in document.descendants() {
            if let Some(id) = node.attribute("resid") {
                *resources.get_mut(id).unwrap_or_else(|| panic!("{file}: no resource {id}")) += 1;
            }
        }
        assert!(resources.values().all(|uses| *uses > 0), "{file}: {resources:?}");
        let mut ids = BTreeSet::new();
        for node in document.descendants().filter(|node| ["Group", "Control"].contains(&name(node)))
        {
            assert!(ids.insert(node.attribute("id").unwrap()), "{file}: an id twice");
        }
    });
}

#[test]
fn icons_exist_in_the_sizes_that_they_are_for() {
    for_each_manifest(|file, document| {
        let (small, large) = if file == "manifest.xml" { (32, 64) } else { (64, 128) };
        let value = |node: &Node<'_, '_>| node.attribute("DefaultValue").unwrap().to_owned();
        let mut icons = vec![
            (value(&find(document, "IconUrl")[0]), small),
            (value(&find(document, "HighResolutionIconUrl")[0]), large),
        ];
        for image in find(document, "Image") {
            if let (Some(size), Some(id)) = (image.attribute("size"), image.attribute("resid")) {
                let resource = document.descendants().find(|node| node.attribute("id") == Some(id));
                icons.push((value(&resource.unwrap()), size.parse().unwrap()));
            }
        }
        for (address, size) in icons {
            let path = address.strip_prefix(PANE).unwrap().trim_start_matches('/');
            let bytes =
                fs::read(www().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
            // PNG, section 11.2.2: width and height begin at byte 16.
            assert!(bytes.starts_with(b"\x89PNG\r\n\x1a\n"), "{file}: {path}");
            let number = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
            assert_eq!((number(16), number(20)), (size, size), "{file}: {path}");
        }
    });
}

#[tokio::test]
async fn the_pane_is_the_demos_with_the_administrators_parameters() {
    let nowhere = std::env::temp_dir();
    let demo =
        Organisation::start(Options { www: nowhere.clone(), pkg: nowhere, ..Options::default() });
    let token = demo.await.unwrap().token().to_owned();
    for_each_manifest(|file, document| {
        let locations = find(document, "SourceLocation");
        let mut pages: Vec<&str> =
            locations.iter().filter_map(|node| node.attribute("DefaultValue")).collect();
        let url = document.descendants().find(|node| node.attribute("id") == Some("Taskpane.Url"));
        pages.extend(url.unwrap().attribute("DefaultValue"));
        assert_eq!(pages.len(), 2, "{file}: both SourceLocation and Taskpane.Url");
        assert_eq!(pages[0], pages[1], "{file}: the parameters differ");
        assert!(pages[0].len() <= 2048, "{file}");
        let (page, query) = pages[0].split_once('?').unwrap();
        assert_eq!(page, format!("{PANE}/taskpane.html"), "{file}");
        let parameters: Vec<(&str, String)> = query
            .split('&')
            .map(|field| field.split_once('=').unwrap())
            .map(|(key, value)| {
                (key, percent_decode_str(value).decode_utf8().unwrap().into_owned())
            })
            .collect();
        let expected = [
            ("m", "3p-demo"),
            ("gateway_url", GATEWAY),
            ("gateway_token", token.as_str()),
            ("auto_connect", "1"),
        ];
        assert_eq!(parameters, expected.map(|(key, value)| (key, value.to_owned())), "{file}");
        for address in addresses(document) {
            assert!(address.starts_with(&format!("{PANE}/")), "{file}: {address}");
        }
    });
}
