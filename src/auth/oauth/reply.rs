//! What the client is answered, in the messages of nested app authentication.

use crate::json::splice::{Edit, apply};
use crate::json::{Json, write};
use crate::secret::Secret;

use super::super::{base64, expiry};
use super::{first_text, parse, text};

/// A token answer (RFC 6749 §5.1) as the host's answer to a message. The
/// refresh token is left out, and the end is told as a time: by the client's
/// count a token lives from when the window opened.
pub(super) fn granted(
    request_id: &str,
    answer: Json<'_>,
    account: &Account,
    sent_at_ms: u64,
) -> Secret {
    let mut end = String::new();
    if let Some(expires_at_ms) = expiry::of_token(answer, sent_at_ms) {
        write::push_number(&mut end, expires_at_ms);
    }
    let edits = [
        Edit::Remove("refresh_token"),
        Edit::Remove("expires_in"),
        Edit::Set("expires_on", parse(&end)),
    ];
    let token = Secret::new(apply(answer, &edits).unwrap_or_default());
    let mut out = String::with_capacity(token.expose().len() + 512);
    {
        let mut reply = begin(&mut out, request_id, true);
        reply.name("token").push_str(token.expose());
        let mut named = reply.object("account");
        named.string("homeAccountId", &account.home_id);
        named.string("username", &account.username);
    }
    Secret::new(out)
}

/// A refusal: a status of the protocol's, or one of this crate's own, and the
/// code, the sub-error and the description as far as there are any.
pub(super) fn refused(request_id: &str, status: &str, said: [&str; 3]) -> Secret {
    let mut out = String::new();
    {
        let mut reply = begin(&mut out, request_id, false);
        let mut error = reply.object("error");
        error.string("status", status);
        for (name, text) in ["code", "subError", "description"].iter().zip(said) {
            error.string(name, text);
        }
    }
    Secret::new(out)
}

fn begin<'o>(out: &'o mut String, request_id: &str, success: bool) -> write::Object<'o> {
    let mut reply = write::Object::new(out);
    reply.string("requestId", request_id);
    reply.bool("success", success);
    reply
}

/// Whose tokens they are.
pub(super) struct Account {
    /// The person: MSAL's `<object ID>.<home tenant>`, at Google the subject.
    pub(super) home_id: String,
    /// What they sign in with.
    pub(super) username: String,
    /// By which the identity provider knows them again.
    pub(super) login_hint: String,
}

impl Account {
    /// Entra says in `client_info` who the person is at home: in another
    /// tenant the ID token names the guest.
    pub(super) fn of(answer: Json<'_>, claims: Json<'_>) -> Self {
        let info = base64::decode_text(&text(answer, "client_info")).unwrap_or_default();
        let mut home_id = text(parse(&info), "uid");
        let mut tenant = text(parse(&info), "utid");
        if home_id.is_empty() || tenant.is_empty() {
            home_id = first_text(claims, &["oid", "sub"]);
            tenant = text(claims, "tid");
        }
        if !tenant.is_empty() {
            home_id.push('.');
            home_id.push_str(&tenant);
        }
        Self {
            home_id,
            username: first_text(claims, &["preferred_username", "upn", "email"]),
            login_hint: first_text(claims, &["login_hint", "preferred_username", "upn", "email"]),
        }
    }
}
