//! Fields of forms and of answers that come back in an address
//! (`application/x-www-form-urlencoded`, RFC 6749 appendix B).

use crate::http::percent;

/// Appends a field, if its value isn't empty.
pub fn push(out: &mut String, name: &str, value: &str) {
    if value.is_empty() {
        return;
    }
    // An address ends with `?` where its first field goes.
    if !(out.is_empty() || out.ends_with('?')) {
        out.push('&');
    }
    out.push_str(name);
    out.push('=');
    percent::encode_into(out, value.as_bytes(), b"");
}

/// The first field of that name; empty where there is none, or none in UTF-8.
#[must_use]
pub fn find(fields: &str, name: &str) -> String {
    for field in fields.split('&') {
        let Some((found, value)) = field.split_once('=') else { continue };
        if found == name {
            let spaced: String = value.chars().map(|c| if c == '+' { ' ' } else { c }).collect();
            return String::from_utf8(percent::decode(&spaced)).unwrap_or_default();
        }
    }
    String::new()
}

/// The fields of an address, or of what follows its page: of the fragment
/// where there is one, else of the query.
#[must_use]
pub fn of_address(address: &str) -> &str {
    let behind = |mark| address.split_once(mark).map(|(_, behind)| behind);
    let fields = behind('#').filter(|fields| !fields.is_empty()).or_else(|| behind('?'));
    let fields = fields.unwrap_or(address);
    fields.split('#').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_pushed_is_found() {
        let mut out = "https://idp.example/authorize?".to_owned();
        push(&mut out, "a", "1 2&é");
        push(&mut out, "none", "");
        push(&mut out, "b", "+");
        assert_eq!(out, "https://idp.example/authorize?a=1%202%26%C3%A9&b=%2B");
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
