//! Answers that are cut off, made up, or meant to do harm.

use proptest::prelude::*;
use proptest::sample::{Index, select};
use taskpane_connector::auth::sts::{RoleArn, StsError, Unreadable, session_name};
use taskpane_connector::error::{Code, Failure};
use taskpane_connector::sigv4::Region;

use crate::support::{fixtures, parse};

#[test]
fn an_answer_that_ends_early_grants_nothing() {
    for (name, body) in fixtures("success") {
        let body = body.trim_end();
        for end in (0..body.len()).filter(|end| body.is_char_boundary(*end)) {
            assert!(parse(200, &body[..end]).is_err(), "{name} up to {end}");
        }
    }
}

#[test]
fn ten_megabytes_are_not_read() {
    let bodies = [
        "<a>".repeat(3_500_000),
        format!("<a>{}</a>", "x".repeat(10_000_000)),
        "[".repeat(10_000_000),
        format!("{{\"Error\":{{\"Code\":\"{}\"}}}}", "x".repeat(10_000_000)),
    ];
    for body in bodies {
        match parse(200, &body) {
            Err(StsError::Unreadable { what: Unreadable::TooLarge, .. }) => {}
            other => panic!("{other:?}"),
        }
        assert_eq!(Failure::from(parse(200, &body).unwrap_err()).code, Code::LimitExceeded);
    }
}

#[test]
fn entities_do_not_grow_and_nesting_does_not_recurse() {
    let laughs = "<!DOCTYPE l [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;\">]><l>&b;</l>";
    let external = "<!DOCTYPE l [<!ENTITY a SYSTEM \"file:///etc/passwd\">]><l>&a;</l>";
    let deep = "<a>".repeat(80_000);
    let wide = format!("<a>{}</a>", "<b/>".repeat(60_000));
    let attributes = format!("<a {}/>", "b='c' ".repeat(40_000));
    let nested_json = "[".repeat(200_000);
    for body in [laughs, external, &deep, &wide, &attributes, &nested_json] {
        assert!(parse(200, body).is_err());
    }
}

#[test]
fn a_long_message_is_cut() {
    let message = "é".repeat(50_000);
    let body = format!("<e><Error><Code>X</Code><Message>{message}</Message></Error></e>");
    let failure = Failure::from(parse(400, &body).unwrap_err());
    assert!(failure.message.chars().count() < 1_100);
}

/// Pieces that answers are made of.
fn near_answer() -> impl Strategy<Value = String> {
    let piece = select(vec![
        "<",
        ">",
        "/",
        "</",
        "/>",
        "<?",
        "?>",
        "<!--",
        "-->",
        "<![CDATA[",
        "]]>",
        "<!",
        "&",
        ";",
        "&amp;",
        "&#x",
        "Credentials",
        "<Credentials>",
        "</Credentials>",
        "<AccessKeyId>",
        "A",
        "</AccessKeyId>",
        "Error",
        "<Error>",
        "</Error>",
        "<Code>",
        "</Code>",
        "=",
        "'",
        "\"",
        " ",
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        "\"Credentials\":{",
        "\"Expiration\":1e9",
        "é",
        "\u{feff}",
    ]);
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn nothing_panics(body in prop_oneof![near_answer(), ".{0,200}"], status in any::<u16>()) {
        if let Err(error) = parse(status, &body) {
            let _ = (error.wants_fresh_token(), error.tries_next_endpoint());
            prop_assert!(!Failure::from(error).message.is_empty());
        }
    }

    #[test]
    fn a_changed_answer_never_panics(
        which in any::<Index>(),
        at in any::<Index>(),
        inserted in near_answer(),
        removed in 0..40_usize,
    ) {
        let cases = fixtures("success");
        let (_, body) = which.get(&cases);
        let characters: Vec<char> = body.chars().collect();
        let at = at.index(characters.len());
        let rest = characters.iter().skip(at + removed);
        let changed: String =
            characters[..at].iter().copied().chain(inserted.chars()).chain(rest.copied()).collect();
        let _ = parse(200, &changed);
    }

    #[test]
    fn session_names_are_always_allowed(account in any::<String>()) {
        let name = session_name(&account);
        prop_assert!((2..=64).contains(&name.len()));
        prop_assert!(name.chars().all(|c| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c)));
    }

    #[test]
    fn names_of_regions_and_roles_are_read_or_refused(text in ".{0,60}", near in "[a-z0-9:/-]{0,40}") {
        for text in [text, near.clone(), format!("arn:aws:iam::123456789012:{near}")] {
            let _ = RoleArn::parse(&text);
            if let Ok(region) = Region::parse(&text) {
                let label = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
                prop_assert!(region.as_str().bytes().all(label));
            }
        }
    }
}
