//! Fields of forms and of answers that come back in an address
//! (`application/x-www-form-urlencoded`, RFC 6749 appendix B).

use crate::http::percent;

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

/// The first field of that name; empty where there is none, or none in UTF-8.
pub(super) fn find(fields: &str, name: &str) -> String {
    let mut rest = fields;
    while !rest.is_empty() {
        let (field, others) = rest.split_once('&').unwrap_or((rest, ""));
        let (found, value) = field.split_once('=').unwrap_or_default();
        if found == name {
            let spaced = value.bytes().map(|byte| if byte == b'+' { b' ' } else { byte });
            let spaced = String::from_utf8(spaced.collect()).unwrap_or_default();
            return String::from_utf8(percent::decode(&spaced)).unwrap_or_default();
        }
        rest = others;
    }
    String::new()
}

/// The fields of an address, or of what follows its page: of the fragment
/// where there is one, else of the query.
pub(super) fn of_address(address: &str) -> &str {
    let (page, fragment) = address.split_once('#').unwrap_or((address, ""));
    if fragment.is_empty() {
        page.split_once('?').map_or(page, |(_, query)| query)
    } else {
        fragment
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_pushed_is_found() {
        let mut out = "https://idp.example/authorize?x=y".to_owned();
        push(&mut out, "a", "1 2&é");
        push(&mut out, "none", "");
        push(&mut out, "b", "+");
        assert_eq!(out, "https://idp.example/authorize?x=y&a=1%202%26%C3%A9&b=%2B");
        let fields = of_address(&out);
        assert_eq!(find(fields, "a"), "1 2&é");
        assert_eq!(find(fields, "b"), "+");
        assert_eq!(find(fields, "none"), "");
    }

    #[test]
    fn reads_what_servers_write() {
        let cases = [
            ("code=a+b&state=c", "code", "a b"),
            ("code=&state=c", "code", ""),
            ("state=c&code", "code", ""),
            ("xcode=1&code=2&code=3", "code", "2"),
            ("code=%ff", "code", ""),
            ("code=%zz%", "code", "%zz%"),
            ("", "code", ""),
        ];
        for (fields, name, value) in cases {
            assert_eq!(find(fields, name), value, "{fields}");
        }
    }

    #[test]
    fn the_fragment_goes_before_the_query() {
        let cases = [
            ("https://pane.example/auth.html?code=q", "code=q"),
            ("https://pane.example/auth.html?_host_Info=x#code=f", "code=f"),
            ("https://pane.example/auth.html?code=q#", "code=q"),
            ("?code=q", "code=q"),
            ("#code=f", "code=f"),
            ("code=b", "code=b"),
            ("", ""),
        ];
        for (address, fields) in cases {
            assert_eq!(of_address(address), fields, "{address}");
        }
    }
}
