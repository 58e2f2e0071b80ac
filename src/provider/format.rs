//! What the formats differ in, and the requests that follow from it.

use crate::error::{Audience, Code, Failure};
use crate::json::splice::Edit;
use crate::json::{Json, write};

use super::betas::Betas;
use super::messages::MessageParams;
use super::model_id;

/// A format of the Messages API. `{place}` is what its routes begin with, where
/// there is such a thing.
pub(super) struct Format {
    pub(super) version: &'static str,
    /// The version is the body's `anthropic_version`, else a header.
    pub(super) version_in_body: bool,
    /// Betas are the body's `anthropic_beta`, else a header.
    pub(super) betas_in_body: bool,
    /// The route for messages; the model follows where there are methods.
    pub(super) messages: &'static str,
    /// What follows the model in the path: for an answer in one piece, and for
    /// a stream. `None` where the model is a member of the body.
    pub(super) methods: Option<[&'static str; 2]>,
    /// Whether a `;` of the model's id is percent-encoded.
    pub(super) encodes_semicolon: bool,
    pub(super) streaming: Streaming,
    /// The route for counts of tokens. There the model is in the body always.
    pub(super) count_tokens: Option<&'static str>,
}

/// What says that the answer is to be streamed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Streaming {
    /// The member `stream`.
    Member,
    /// The method.
    Method,
    /// Either of both.
    Both,
}

impl Format {
    /// Appends the route of a message, and gives the body: the caller's JSON
    /// with what stands elsewhere taken out, and what the body has to say added.
    pub(super) fn message(
        &self,
        route: &mut String,
        params: &MessageParams<'_>,
        stream: bool,
        betas: &Betas,
        version: &str,
    ) -> Result<String, Failure> {
        route.push_str(self.messages);
        let mut edits = Vec::with_capacity(4);
        if let Some([whole, streamed]) = self.methods {
            model_id::push(route, &params.model(), self.encodes_semicolon)?;
            route.push_str(if stream { streamed } else { whole });
            edits.push(Edit::Remove("model"));
        }
        edits.push(if stream && self.streaming != Streaming::Method {
            Edit::Set("stream", Json::TRUE)
        } else {
            Edit::Remove("stream")
        });
        Ok(self.edited(params, edits, betas, version))
    }

    /// Appends the route of a count of tokens, and gives the body.
    ///
    /// # Errors
    /// [`Code::Unsupported`] where there is no such route.
    pub(super) fn count_tokens(
        &self,
        route: &mut String,
        params: &MessageParams<'_>,
        betas: &Betas,
        version: &str,
    ) -> Result<String, Failure> {
        let Some(end) = self.count_tokens else {
            return Err(Failure::told(
                Code::Unsupported,
                "this provider counts no tokens",
                "count-from-usage",
                Audience::Developer,
                "Read usage.input_tokens of the answers instead.",
            ));
        };
        route.push_str(end);
        Ok(self.edited(params, Vec::new(), betas, version))
    }

    /// The caller's own version stays, as in the official SDKs; its betas are
    /// among the others, wherever those stand.
    fn edited(
        &self,
        params: &MessageParams<'_>,
        edits: Vec<Edit<'static>>,
        betas: &Betas,
        version: &str,
    ) -> String {
        let mut body_version = String::new();
        let list;
        let mut edits: Vec<Edit<'_>> = edits;
        if self.version_in_body {
            write::push_string(&mut body_version, version);
            edits.push(Edit::Add("anthropic_version", Json::written(&body_version)));
        }
        if self.betas_in_body && !betas.names.is_empty() {
            list = betas.list();
            let list = Json::written(&list);
            // One that is not ours to read stays.
            edits.push(match betas.in_params {
                true => Edit::Set("anthropic_beta", list),
                false => Edit::Add("anthropic_beta", list),
            });
        } else if betas.in_params {
            edits.push(Edit::Remove("anthropic_beta"));
        }
        if betas.in_sdk_params {
            edits.push(Edit::Remove("betas"));
        }
        params.edited(&edits)
    }
}
