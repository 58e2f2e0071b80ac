//! Fields of forms and of answers that come back in an address
//! (`application/x-www-form-urlencoded`, RFC 6749 appendix B).

use crate::http::percent;
use crate::json::write;
use crate::text::{replace, split_once};

/// Appends a field, if its value isn't empty.
pub(super) fn push(out: &mut String, name: &str, value: &str) {
    if value.is_empty() {
        return;
    }
    if !out.is_empty() {
        out.push('&');
    }
    out.push_str(name);
    out.push('=');
    percent::encode_into(out, value.as_bytes(), b"");
}

/// The fields of an address, or of what follows its page, as a JSON object: of
/// the fragment where there is one, else of the query. Values that aren't
/// UTF-8 are left out; of a name that is there twice the last one counts.
pub(super) fn of_address(address: &str) -> String {
    let (page, fragment) = split_once(address, "#").unwrap_or((address, ""));
    let query = split_once(page, "?").map_or(page, |(_, query)| query);
    let mut rest = if fragment.is_empty() { query } else { fragment };
    let mut out = String::new();
    {
        let mut object = write::Object::new(&mut out);
        while !rest.is_empty() {
            let (field, others) = split_once(rest, "&").unwrap_or((rest, ""));
            rest = others;
            let (name, value) = split_once(field, "=").unwrap_or_default();
            // A `+` stands for a space, unless it is encoded.
            let bytes = percent::decode(&replace(value, "+", " "));
            if let Ok(value) = String::from_utf8(bytes) {
                object.string(name, &value);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::super::fields::{parse, text};
    use super::*;

    #[test]
    fn what_is_pushed_is_found() {
        let mut out = "https://idp.example/authorize?x=y".to_owned();
        push(&mut out, "a", "1 2&é");
        push(&mut out, "none", "");
        push(&mut out, "b", "+");
        assert_eq!(out, "https://idp.example/authorize?x=y&a=1%202%26%C3%A9&b=%2B");
        assert_eq!(of_address(&out), r#"{"x":"y","a":"1 2&é","b":"+"}"#);
    }

    #[test]
    fn reads_what_servers_write() {
        let cases = [
            ("code=a+b&state=c", "a b"),
            ("code=a%2Bb+%2B&state=c", "a+b +"),
            ("code=&state=c", ""),
            ("state=c&code", ""),
            ("xcode=1&code=2&code=3", "3"),
            ("code=%ff", ""),
            ("code=%zz%", "%zz%"),
            ("code=%22%5C%0A", "\"\\\n"),
            ("\"=1&code=2", "2"),
            ("&&=&code=2&", "2"),
            ("", ""),
        ];
        for (fields, value) in cases {
            let json = of_address(fields);
            assert_eq!(text(parse(&json), "code"), value, "{fields} {json}");
        }
    }

    #[test]
    fn the_fragment_goes_before_the_query() {
        let cases = [
            ("https://pane.example/auth.html?code=q", "q"),
            ("https://pane.example/auth.html?_host_Info=x#code=f", "f"),
            ("https://pane.example/auth.html?code=q#", "q"),
            ("?code=q", "q"),
            ("#code=f", "f"),
            ("code=b", "b"),
        ];
        for (address, code) in cases {
            assert_eq!(text(parse(&of_address(address)), "code"), code, "{address}");
        }
    }
}
