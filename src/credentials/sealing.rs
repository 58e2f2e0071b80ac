//! A sealed record's text: what it is, in the clear, and its sealed contents.
//!
//! ```text
//! {"v":2,"enc":"A256GCM","name":"…","account":"…","audience":"…"}
//! base64 of the initialisation vector (12 bytes) and the ciphertext with its tag
//! ```
//!
//! The first line is the associated data of AES-GCM (NIST SP 800-38D), byte for
//! byte: a record that is moved to another name or partition, or whose account
//! or audience is altered, doesn't open. Account and audience are fingerprints;
//! neither who nor where is told in the clear. The host draws the vector anew
//! for each sealing, and encrypts: only it has the key.

use crate::json::{Json, write};

use super::record::fingerprint;

const VERSION: u64 = 2;
const ENCRYPTION: &str = "A256GCM";

/// The associated data for a record that is to be kept under a name of the
/// store; `None` for what holds nothing to seal.
#[must_use]
pub fn associated(name: &str, record: &str) -> Option<String> {
    let record = Json::parse_object(record)?;
    let audience = record.text("audience").filter(|audience| !audience.is_empty());
    let audience = audience.map(|audience| fingerprint(&audience)).unwrap_or_default();
    Some(header(name, &record.text("account").unwrap_or_default(), &audience))
}

/// A sealed record's text.
#[must_use]
pub fn join(associated: &str, sealed: &str) -> String {
    format!("{associated}\n{sealed}")
}

/// A sealed record's associated data and sealed contents; `None` when the text
/// is none, or was sealed for another name.
#[must_use]
pub fn split<'a>(name: &str, text: &'a str) -> Option<(&'a str, &'a str)> {
    let (line, sealed) = text.split_once('\n')?;
    let given = Json::parse_object(line)?;
    let (account, audience) = (given.text("account")?, given.text("audience")?);
    (line == header(name, &account, &audience)).then_some((line, sealed))
}

fn header(name: &str, account: &str, audience: &str) -> String {
    let mut out = String::new();
    {
        let mut header = write::Object::new(&mut out);
        header.number("v", VERSION);
        header.string("enc", ENCRYPTION);
        header.string("name", name);
        header.string("account", account);
        header.string("audience", audience);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: &str = "taskpane-connector/2/p/secrets";
    const RECORD: &str =
        r#"{"v":1,"account":"0123abcd","audience":"https://gw.example.com","user":{}}"#;

    fn sealed() -> String {
        join(&associated(NAME, RECORD).expect("a record"), "c2VhbGVk")
    }

    #[test]
    fn tells_neither_who_nor_where() {
        let associated = associated(NAME, RECORD).expect("a record");
        assert!(associated.contains(r#""account":"0123abcd""#), "{associated}");
        assert!(associated.contains(&fingerprint("https://gw.example.com")), "{associated}");
        assert!(!associated.contains("gw.example"), "{associated}");
        assert!(!associated.contains('\n'), "{associated}");
    }

    #[test]
    fn comes_apart_as_it_was_joined() {
        let text = sealed();
        let (line, data) = split(NAME, &text).expect("a sealed record");
        assert_eq!((Some(line.to_owned()), data), (associated(NAME, RECORD), "c2VhbGVk"));
        assert_eq!(join(line, data), text);
    }

    #[test]
    fn what_holds_nothing_to_seal_stays_open() {
        for record in ["1", "", "{", "[]", "null"] {
            assert_eq!(associated(NAME, record), None, "{record}");
        }
        let settings = associated(NAME, r#"{"v":1,"values":{}}"#).expect("a record");
        assert!(settings.ends_with(r#""account":"","audience":""}"#), "{settings}");
    }

    #[test]
    fn what_was_sealed_for_another_name_is_not_taken() {
        let text = sealed();
        for name in ["taskpane-connector/2/p/settings", "taskpane-connector/2/q/secrets", ""] {
            assert_eq!(split(name, &text), None, "{name}");
        }
    }

    #[test]
    fn what_is_altered_or_of_another_version_is_not_taken() {
        let good = sealed();
        assert!(split(NAME, &good).is_some());
        let (line, data) = good.split_once('\n').expect("two lines");
        for text in [
            RECORD.to_owned(),
            line.to_owned(),
            good.replace("\n", " \n"),
            good.replace(r#""v":2"#, r#""v":3"#),
            good.replace(ENCRYPTION, "A128CBC"),
            good.replace(r#""account":"0123abcd""#, r#""account":5"#),
            good.replace(r#","account":"0123abcd""#, ""),
            good.replace(r#"{"v""#, r#"{"more":1,"v""#),
            format!("[]\n{data}"),
            format!("\n{data}"),
            "\n".to_owned(),
        ] {
            assert_eq!(split(NAME, &text), None, "{text}");
        }
    }

    #[test]
    fn an_altered_account_or_audience_is_another_associated_text() {
        // Both come back as they lie there: it is the tag that refuses them.
        let good = sealed();
        for (from, to) in [("0123abcd", "ffffffff"), (&fingerprint("https://gw.example.com"), "")] {
            let moved = good.replace(from, to);
            let (line, _) = split(NAME, &moved).expect("still a sealed record");
            assert_ne!(Some(line.to_owned()), associated(NAME, RECORD));
        }
    }

    #[test]
    fn names_with_quotes_and_breaks_stay_in_their_line() {
        let name = "taskpane-connector/2/\"\n\\/secrets";
        let line = associated(name, RECORD).expect("a record");
        let text = join(&line, "AAAA");
        assert_eq!(split(name, &text), Some((line.as_str(), "AAAA")));
    }
}
