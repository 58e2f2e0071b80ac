//! Extension attributes of the user in the directory, as the ID token brings
//! them: a layer of the configuration.

use crate::config::Key;
use crate::json::{Json, write};

use super::fields::parse;
use super::id_token::{self, IdTokenError, attribute};

/// How the directory and optional claims spell an attribute, before its name.
const OPTIONAL: &str = "extn.";
const EXTENSION: &str = "extension_";

/// How long an application's id is without dashes, with a low line behind it.
const APPLICATION: usize = 33;

/// The attributes of an ID token as a JSON object, by the names that the
/// administrator gave them: the keys of the configuration, and others, which
/// templates may name. `client_id` is the page's own application.
///
/// # Errors
/// The text is no ID token.
pub fn read(id_token: &str, client_id: &str) -> Result<String, IdTokenError> {
    let claims = id_token::claims(id_token)?;
    let claims = parse(&claims);
    let mut out = String::new();
    let mut object = write::Object::new(&mut out);
    for key in Key::ALL {
        // Those that can't be set here too: whoever reads the layer tells of them.
        if let Some(value) = attribute(claims, key.name(), client_id) {
            object.json(key.name(), single(value));
        }
    }
    for (claim, value) in claims.members() {
        let name = match (claim.strip_prefix(OPTIONAL), claim.strip_prefix(EXTENSION)) {
            (Some(name), _) => name,
            (_, Some(rest)) => match rest.split_at_checked(APPLICATION) {
                Some((application, name)) if application.ends_with('_') => name,
                _ => continue,
            },
            _ => continue,
        };
        if Key::from_name(name).is_none() && !name.is_empty() {
            object.json(name, single(value));
        }
    }
    drop(object);
    Ok(out)
}

/// Some tokens bring each attribute as a list of one.
fn single(value: Json<'_>) -> Json<'_> {
    let mut elements = value.elements();
    match (elements.next(), elements.next()) {
        (Some(only), None) => only,
        _ => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `{"aud":"x","name":"Ada","extension_c2995f3111e74882b7a7ef9def0a0266_gateway_token":"t","extn.gcp_region":["eu"],"extn.team":["red"],"extension_0123456789abcdef0123456789abcdef_desk":"4","extn.entra_sso":"1","extension_short_x":"y","extn.":"z","extn.mcp_servers":"[]","extn.groups":["a","b"]}`
    const TOKEN: &str = "e30.eyJhdWQiOiJ4IiwibmFtZSI6IkFkYSIsImV4dGVuc2lvbl9jMjk5NWYzMTExZTc0ODgyYjdhN2VmOWRlZjBhMDI2Nl9nYXRld2F5X3Rva2VuIjoidCIsImV4dG4uZ2NwX3JlZ2lvbiI6WyJldSJdLCJleHRuLnRlYW0iOlsicmVkIl0sImV4dGVuc2lvbl8wMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OWFiY2RlZl9kZXNrIjoiNCIsImV4dG4uZW50cmFfc3NvIjoiMSIsImV4dGVuc2lvbl9zaG9ydF94IjoieSIsImV4dG4uIjoieiIsImV4dG4ubWNwX3NlcnZlcnMiOiJbXSIsImV4dG4uZ3JvdXBzIjpbImEiLCJiIl19.x";

    #[test]
    fn attributes_have_the_administrators_names() {
        let client = "c2995f31-11e7-4882-b7a7-ef9def0a0266";
        let read = read(TOKEN, client).unwrap();
        assert_eq!(
            read,
            r#"{"gateway_token":"t","gcp_region":"eu","entra_sso":"1","mcp_servers":"[]","team":"red","desk":"4","groups":["a","b"]}"#
        );
        assert_eq!(super::read("x", client), Err(IdTokenError::NotThreeParts));
    }
}
