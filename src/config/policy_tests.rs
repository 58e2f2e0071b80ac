use super::*;

const GUID: &str = "0c3f5a1e-7f1d-4c57-9c5b-51a1c7e6d001";

/// What both values are, and how many of their entries are told.
struct Configured(String, String, usize);

fn configured(features: &str, policies: &str) -> Configured {
    let mut faults = Vec::new();
    list::check(policies, statement_fault, &mut faults);
    Configured(features.to_owned(), policies.to_owned(), faults.len())
}

fn allows(configured: &Configured, action: &str, resource: Option<&Resource>) -> bool {
    super::allows(&configured.0, &configured.1, action, resource)
}

fn document(kind: &str, label: Label, path: Option<&str>) -> Resource {
    Resource { kind: kind.to_owned(), label, path: path.map(str::to_owned) }
}

fn labelled(guid: &str, name: &str) -> Label {
    Label::Known { guid: Some(guid.to_owned()), name: Some(name.to_owned()) }
}

/// What a policy of one statement about open documents says of one of them.
fn says(effect: &str, identifiers: &str, label: Label, path: Option<&str>) -> bool {
    let policies = format!(
        r#"[{{"effect":"{effect}","action":"addin.access","resource":{{"type":"open_file","identifiers":[{identifiers}]}}}}]"#
    );
    let configuration = configured("", &policies);
    assert_eq!(configuration.2, 0, "{identifiers}");
    allows(&configuration, "addin.access", Some(&document("open_file", label, path)))
}

#[test]
fn nothing_is_forbidden_where_nobody_forbids_it() {
    let configuration = configured("", "");
    assert!(allows(&configuration, "addin.access", None));
    assert!(allows(&configuration, "file.upload", Some(&Resource::default())));
}

#[test]
fn features_are_switched_off_for_everybody() {
    for features in ["thumbs,file.upload", r#"["file.upload", 5]"#] {
        let configuration = configured(features, "");
        assert!(!allows(&configuration, "file.upload", None), "{features}");
        assert!(!allows(&configuration, "file.upload", Some(&Resource::default())));
        assert!(allows(&configuration, "addin.access", None));
        assert!(allows(&configuration, "file", None));
    }
    let statement = r#"[{"effect":"deny","action":["file.upload","skills.authoring"]}]"#;
    let configuration = configured("", statement);
    assert!(!allows(&configuration, "skills.authoring", None));
    assert!(!allows(&configuration, "file.upload", Some(&Resource::default())));
    assert!(allows(&configuration, "thumbs", None));
}

#[test]
fn labels_are_compared_by_guid_and_by_name() {
    let guid = format!(r#"{{"type":"mip_label_guid","equals":"{GUID}"}}"#);
    let starts = r#"{"type":"mip_label_name","startsWith":"Confidential - "}"#;
    let ends = r#"{"type":"mip_label_name","endsWith":"Restricted"}"#;
    let exists = r#"{"type":"mip_label_guid","exists":true}"#;
    let unlabelled = r#"{"type":"mip_label_name","exists":false}"#;
    let upper = GUID.to_ascii_uppercase();
    let cases: [(&str, Label, bool); 11] = [
        (&guid, labelled(&upper, "x"), true),
        (&guid, labelled("other", "x"), false),
        (&guid, Label::None, false),
        (starts, labelled("g", "Confidential - HR"), true),
        (starts, labelled("g", "confidential - HR"), false),
        (starts, labelled("g", "Confidentiality Waiver"), false),
        (ends, labelled("g", "Confidential - Restricted"), true),
        (exists, labelled("g", "x"), true),
        (exists, Label::None, false),
        (unlabelled, Label::None, true),
        (unlabelled, labelled("g", "x"), false),
    ];
    for (identifier, label, matches) in cases {
        assert_eq!(
            says("deny", identifier, label.clone(), None),
            !matches,
            "{identifier} {label:?}"
        );
        assert_eq!(
            says("allow", identifier, label.clone(), None),
            matches,
            "{identifier} {label:?}"
        );
    }
}

#[test]
fn a_label_that_cannot_be_read_is_denied() {
    let guid = format!(r#"{{"type":"mip_label_guid","equals":"{GUID}"}}"#);
    let name = r#"{"type":"mip_label_name","equals":"x"}"#;
    let known = |guid: Option<&str>, name: Option<&str>| Label::Known {
        guid: guid.map(str::to_owned),
        name: name.map(str::to_owned),
    };
    for effect in ["deny", "allow"] {
        assert!(!says(effect, &guid, Label::Unreadable, None));
        assert!(!says(effect, &guid, known(None, Some("x")), None));
        assert!(!says(effect, name, known(Some(GUID), None), None));
    }
    // Nobody asks for a label there.
    let path = r#"{"type":"file_path","startsWith":"c:/secret/"}"#;
    assert!(says("deny", path, Label::Unreadable, Some("C:\\open\\a.xlsx")));
    let configuration = configured("", r#"[{"effect":"deny","action":"thumbs"}]"#);
    assert!(allows(
        &configuration,
        "addin.access",
        Some(&document("open_file", Label::Unreadable, None))
    ));
}

#[test]
fn paths_are_compared_as_office_spells_them() {
    let share = r#"{"type":"file_path","startsWith":"//fileserver/restricted/"}"#;
    for (path, matches) in [
        ("//FileServer/Restricted/a.docx", true),
        ("\\\\fileserver\\restricted\\a.docx", true),
        ("file://fileserver/restricted/a%20b.docx", true),
        ("//fileserver/restricted-archive/a.docx", false),
        ("C:\\restricted\\a.docx", false),
    ] {
        assert_eq!(says("deny", share, Label::None, Some(path)), !matches, "{path}");
    }
    let drive = r#"{"type":"file_path","equals":"C:\\secret\\a b.docx"}"#;
    assert!(!says("deny", drive, Label::None, Some("file:///c:/Secret/a%20b.docx")));
    let site =
        r#"{"type":"file_path","startsWith":"https://contoso.sharepoint.com/sites/HR%20A/"}"#;
    assert!(!says(
        "deny",
        site,
        Label::None,
        Some("https://contoso.sharepoint.com/sites/hr%20a/x.docx")
    ));
    // An unsaved document has no path.
    assert!(says("deny", share, Label::None, None));
    assert!(!says("allow", share, Label::None, None));
}

#[test]
fn a_denial_beats_a_permission() {
    let policies = format!(
        r#"[{{"effect":"allow","action":"addin.access","resource":{{"type":"open_file","identifiers":[{{"type":"mip_label_guid","exists":true}}]}}}},
            {{"effect":"deny","action":"addin.access","resource":{{"type":"open_file","identifiers":[{{"type":"mip_label_guid","equals":"{GUID}"}}]}}}}]"#
    );
    let configuration = configured("", &policies);
    let says =
        |kind, label| allows(&configuration, "addin.access", Some(&document(kind, label, None)));
    assert!(says("open_file", labelled("other", "x")));
    assert!(!says("open_file", labelled(GUID, "x")));
    assert!(!says("open_file", Label::None));
    // Another kind of document is another scope, and so is none at all.
    assert!(says("uploaded_file", Label::Unreadable));
    assert!(allows(&configuration, "addin.access", None));
}

#[test]
fn a_list_that_matches_nothing_allows_nothing() {
    assert!(!says("allow", "", labelled(GUID, "x"), None));
    assert!(says("deny", "", labelled(GUID, "x"), None));
}

#[test]
fn malformed_statements_are_skipped_and_told() {
    let resource =
        |text: &str| format!(r#"{{"effect":"deny","action":"addin.access","resource":{text}}}"#);
    let identifier =
        |text: &str| resource(&format!(r#"{{"type":"open_file","identifiers":[{text}]}}"#));
    let statements = [
        "5".to_owned(),
        r#"{"effect":"Deny","action":"addin.access"}"#.to_owned(),
        r#"{"effect":"deny","action":[]}"#.to_owned(),
        r#"{"effect":"deny","action":""}"#.to_owned(),
        r#"{"effect":"deny","action":["addin.access",5]}"#.to_owned(),
        resource("[]"),
        resource(r#"{"type":"mailbox","identifiers":[]}"#),
        resource(r#"{"type":"open_file"}"#),
        identifier(r#"{"type":"mip_label_guid","startsWith":"x"}"#),
        identifier(r#"{"type":"mip_label_guid","equals":"x","exists":true}"#),
        identifier(r#"{"type":"mip_label_guid"}"#),
        identifier(r#"{"type":"mip_label_guid","exists":"true"}"#),
        identifier(r#"{"type":"colour","equals":"x"}"#),
        identifier(r#"{"type":"file_path","endsWith":".docx"}"#),
        r#"{"effect":"deny","action":"file.upload","resource":{"type":"uploaded_file","identifiers":[{"type":"file_path","equals":"x"}]}}"#.to_owned(),
    ];
    for statement in statements {
        let configuration = configured("", &format!("[{statement}]"));
        assert_eq!(configuration.2, 1, "{statement}");
        assert!(allows(
            &configuration,
            "addin.access",
            Some(&document("open_file", labelled(GUID, "x"), Some("x.docx")))
        ));
    }
    // A feature of tomorrow is told, and answered for whoever asks.
    let configuration = configured("", r#"[{"effect":"deny","action":"page.own"}]"#);
    assert_eq!(configuration.2, 1);
    assert!(!allows(&configuration, "page.own", None));
}

#[test]
fn documents_as_pages_describe_them() {
    for (text, label) in [
        (r#"{"type":"open_file"}"#, Label::Unreadable),
        (r#"{"type":"open_file","label":null}"#, Label::None),
        (r#"{"type":"open_file","label":{}}"#, Label::Unreadable),
        (r#"{"type":"open_file","label":{"guid":"g","name":"n"}}"#, labelled("g", "n")),
    ] {
        let resource = Resource::read(Json::parse(text, 8).unwrap()).unwrap();
        assert_eq!(resource, document("open_file", label, None), "{text}");
    }
    assert_eq!(Resource::read(Json::parse("{}", 8).unwrap()), None);
}

#[test]
fn a_capital_or_a_blank_leaves_nothing_switched_on() {
    for features in ["File.Upload", " file.upload ,", r#"["FILE.UPLOAD "]"#] {
        assert!(!allows(&configured(features, ""), "file.upload", None), "{features}");
        assert!(allows(&configured(features, ""), "thumbs", None), "{features}");
    }
    let policies = r#"[{"effect":"deny","action":["Thumbs"]}]"#;
    assert!(!allows(&configured("", policies), "thumbs", None));
    assert_eq!(configured("", policies).2, 0);
}
