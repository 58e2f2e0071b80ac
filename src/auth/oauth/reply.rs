//! What the client is answered, in the messages of nested app authentication.

use crate::json::splice::{Edit, apply};
use crate::json::{Json, write};
use crate::secret::Secret;

use super::super::expiry;
use super::super::fields::{parse, text};

/// A token answer (RFC 6749 §5.1) as the host's answer to a message. The
/// refresh token is left out, and the end is told as a time: by the client's
/// count a token lives from when the window opened.
pub(super) fn granted(
    message: Json<'_>,
    answer: Json<'_>,
    home_account_id: &str,
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
        let mut reply = begin(&mut out, message, true);
        reply.name("token").push_str(token.expose());
        reply.object("account").string("homeAccountId", home_account_id);
    }
    Secret::new(out)
}

/// A refusal: a status of the protocol's, or one of this crate's own, and the
/// code, the sub-error and the description as far as there are any.
pub(super) fn refused(message: Json<'_>, status: &str, said: [&str; 3]) -> Secret {
    let mut out = String::new();
    {
        let mut reply = begin(&mut out, message, false);
        let mut error = reply.object("error");
        error.string("status", status);
        for (name, text) in ["code", "subError", "description"].iter().zip(said) {
            error.string(name, text);
        }
    }
    Secret::new(out)
}

fn begin<'o>(out: &'o mut String, message: Json<'_>, success: bool) -> write::Object<'o> {
    let mut reply = write::Object::new(out);
    reply.string("requestId", &text(message, "requestId"));
    reply.bool("success", success);
    reply
}
